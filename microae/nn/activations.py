"""Activation functions as modules: one for each function of the table that says it is one.

``ACTIVATIONS["leaky_relu"]`` is :class:`LeakyReLU`, a module whose options are those of :func:`microae.leaky_relu`.
A row of your own that is declared with ``activation="Swish"`` has its module here at once.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from microae.core.context import changed
from microae.core.operation import FACTS, FUNCTIONS, Operation
from microae.core.value import Value
from microae.nn.module import Module


class Activation(Module):
    """A function of the table as a module; its options are the function's.

    Parameters
    ----------
    *given, **options
        The function's own, such as ``negative_slope=0.2``; by position in the function's order.

    Raises
    ------
    TypeError
        For an option that the function does not have.
    ValueError
        If an option that is a number is not finite.

    Examples
    --------
    >>> import microae as ma
    >>> ma.LeakyReLU(0.2)
    LeakyReLU(negative_slope=0.2)
    >>> ma.LeakyReLU(negative_slope=0.2)(ma.Value([-1.0, 1.0]))
    Value([-0.2,  1. ], operation=leaky_relu)
    """

    function: Callable[..., Any]

    def __init__(self, *given: Any, **options: Any) -> None:
        defaults = options_of(type(self).function)
        try:
            bound = inspect.Signature(list(defaults.values())).bind(*given, **options)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}: {error}") from None
        bound.apply_defaults()
        self.options = dict(bound.arguments)
        for name, value in self.options.items():
            if isinstance(defaults[name].default, float) and not _is_finite(value):
                raise ValueError(f"{type(self).__name__}: {name} must be a finite number, got {value!r}")
        self._non_default = {name: value for name, value in self.options.items() if value != defaults[name].default}

    def forward(self, x: Any) -> Any:
        return self.function(x, **self._non_default) if self._non_default else self.function(x)

    def _extra_repr(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.options.items())


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except (TypeError, OverflowError):  # a whole number that no float holds
        return False


def options_of(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The parameters of an activation function after its input.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.nn.activations import options_of
    >>> options_of(ma.leaky_relu)["negative_slope"].default
    0.01
    """
    _, *options = inspect.signature(function).parameters.items()
    return dict(options)


class _Documentation:
    """The docstring of an activation module: its function's summary and options, and an example.

    It is written when it is read, for that takes longer than all else that an import does with these modules.
    """

    def __get__(self, instance: Activation | None, owner: type[Activation]) -> str:
        module, name = owner.__name__, owner.function.__name__
        text = inspect.cleandoc(owner.function.__doc__ or f"The activation function ``{name}``.")
        options = options_of(owner.function)
        section = re.search(r"^Parameters\n-+\n(.*?)(?:\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
        described = re.split(r"\n(?=\S)", section[1])[1:] if section else []  # the first is the input
        if options and not described:
            described = [f"{option} : by default {p.default!r}" for option, p in options.items()]
        defaults = ", ".join(f"{option}={p.default!r}" for option, p in options.items())
        return "\n".join(
            [
                text.partition("\n\n")[0],
                "",
                f"The module of :func:`microae.{name}`.",
                "",
                *(["Parameters", "----------", *described, ""] if described else []),
                "Examples",
                "--------",
                ">>> import microae as ma",
                f">>> ma.{module}()",
                f"{module}({defaults})",
                ">>> x = ma.Value([-1.0, 2.0])",
                f">>> bool((ma.{module}()(x).data == ma.{name}(x).data).all())",
                "True",
            ]
        )


class Identity(Activation):
    """Passes its input on: the activation of a linear output layer.

    Examples
    --------
    >>> import microae as ma
    >>> ma.Identity()(ma.Value([-1.0, 1.0]))
    Value([-1.,  1.])
    """

    function = staticmethod(lambda x: x)


class _Activations(Mapping[str, type[Activation]]):
    """The module of each activation function, by the function's name; ``"linear"`` is :class:`Identity`."""

    def __init__(self) -> None:
        self._classes: dict[Callable[..., Any], type[Activation]] = {}

    def __getitem__(self, name: str) -> type[Activation]:
        if name == "linear":
            return Identity
        function = FUNCTIONS[name]
        class_name = FACTS[function].activation
        if class_name is None:
            raise KeyError(name)
        if function not in self._classes:
            attributes = {"function": staticmethod(function), "__module__": __name__, "__doc__": _Documentation()}
            self._classes[function] = type(class_name, (Activation,), attributes)
        return self._classes[function]

    def __iter__(self) -> Iterator[str]:
        yield from (name for name, function in FUNCTIONS.items() if FACTS[function].activation is not None)
        yield "linear"

    def __len__(self) -> int:
        return sum(1 for _ in self)


ACTIVATIONS: Mapping[str, type[Activation]] = _Activations()


def is_elementwise(kind: type[Activation]) -> bool:
    """Whether an activation is a function of each number alone: those that are not, as softmax, take an axis.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.nn.activations import is_elementwise
    >>> is_elementwise(ma.Tanh), is_elementwise(ma.Softmax)
    (True, False)
    """
    return "axis" not in options_of(kind.function)


def elementwise() -> tuple[str, ...]:
    """The names of all activations that are functions of each number alone.

    Examples
    --------
    >>> from microae.nn.activations import elementwise
    >>> "hard_tanh" in elementwise(), "softmax" in elementwise()
    (True, False)
    """
    return tuple(name for name, kind in ACTIVATIONS.items() if is_elementwise(kind))


def activation_rows() -> set[str]:
    """The rows of the table that are an activation, or all that one consists of, as "clip" is of ``hard_tanh``."""
    rows = set()
    for function, facts in FACTS.items():
        if isinstance(function, Operation):
            rows |= {function.name} if facts.activation is not None else set()
        elif facts.activation is not None:
            x = Value([[0.25]])
            with changed(grad_enabled=True, anomaly=False, recorder=None):
                y = function(x)
            if y.operation is not None and {node for node in y.inputs if node is not None} == {x}:
                rows.add(y.operation.name)
    return rows


def __getattr__(name: str) -> type[Activation]:
    """The modules by their own names, such as ``LeakyReLU``: so they are imported, and found again by pickle."""
    for module in ACTIVATIONS.values():
        if module.__name__ == name:
            return module
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def activation(given: str | Module | type[Module]) -> Module:
    """An activation module from its name, its class, or itself.

    Parameters
    ----------
    given : str, Module or subclass of Module
        A name of ``ACTIVATIONS``, such as "leaky_relu"; "linear" is :class:`Identity`.

    Returns
    -------
    Module

    Raises
    ------
    ValueError
        For a name that is not known.

    Examples
    --------
    >>> from microae.nn import activation
    >>> activation("tanh")
    Tanh()
    """
    if isinstance(given, Module):
        return given
    if isinstance(given, type) and issubclass(given, Module):
        return given()
    if not isinstance(given, str) or given not in ACTIVATIONS:
        raise ValueError(f"activation {given!r} is not known; use one of {', '.join(ACTIVATIONS)}, or a module")
    return ACTIVATIONS[given]()
