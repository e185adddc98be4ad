"""Activation functions as modules: one for each function of the table that says it is one.

``ACTIVATIONS["leaky_relu"]`` is :class:`LeakyReLU`, a module whose options are those of :func:`microae.leaky_relu`.
A row of your own that is declared with ``activation="Swish"`` has its module here at once.
"""

from __future__ import annotations

import inspect
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
    **options
        The function's own, such as ``negative_slope=0.2``; by position in the function's order.

    Raises
    ------
    TypeError
        For an option that the function does not have.

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
        self._unusual = {name: value for name, value in self.options.items() if value != defaults[name].default}

    def forward(self, x: Any) -> Any:
        return self.function(x, **self._unusual) if self._unusual else self.function(x)

    def _extra_repr(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.options.items())


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


class Identity(Activation):
    """Passes its input on: a linear output layer."""

    function = staticmethod(lambda x: x)


class _Activations(Mapping[str, type[Activation]]):
    """The module of each activation function, by the function's name; ``"linear"`` is :class:`Identity`."""

    def __init__(self) -> None:
        self._made: dict[Callable[..., Any], type[Activation]] = {}

    def __getitem__(self, name: str) -> type[Activation]:
        if name == "linear":
            return Identity
        function = FUNCTIONS[name]
        kind = FACTS[function].activation
        if kind is None:
            raise KeyError(name)
        if function not in self._made:
            made = type(kind, (Activation,), {"function": staticmethod(function), "__module__": __name__})
            made.__doc__ = f":func:`microae.{name}` as a module."
            self._made[function] = made
        return self._made[function]

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
    for kind in ACTIVATIONS.values():
        if kind.__name__ == name:
            return kind
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def activation(given: str | Module | type[Module]) -> Module:
    """An activation module from its name, its class, or itself.

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
    if given not in ACTIVATIONS:
        raise ValueError(f"activation {given!r} is not known; use one of {', '.join(ACTIVATIONS)}, or a module")
    return ACTIVATIONS[given]()
