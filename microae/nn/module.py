"""``Module``: a part of a network that owns parameters and other parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from microae.core.arrays import Array, as_data
from microae.core.context import current, enter
from microae.core.value import Value
from microae.pickling import refuse_nameless


class Module:
    """Base class of layers and networks: subclass it, set Values and modules as attributes, define ``forward``.

    A Value attribute is a parameter; a module attribute, or one in a list, tuple or dict, is a child. What runs
    inside ``module(x)`` is stamped with the module's path as its ``owner``. A parameter is not replaced by a computed
    Value: ``module.weight -= step`` outside ``no_grad()`` is a ``TypeError``.

    Attributes
    ----------
    training : bool
        Whether noise and dropout are on; set it by :meth:`train` and :meth:`eval`.

    Notes
    -----
    Modules can be pickled. Functions among their attributes are pickled by their names: define them at the top of a
    module, not as a ``lambda`` or inside another function, or use ``cloudpickle``, which takes these too.

    Examples
    --------
    >>> import microae as ma
    >>> class Scale(ma.Module):
    ...     def __init__(self):
    ...         self.factor = ma.Value([1.0, 2.0])
    ...     def forward(self, x):
    ...         return self.factor * x
    >>> scale = Scale()
    >>> scale([3.0, 3.0])
    Value([3., 6.], operation=multiply)
    >>> [name for name, _ in scale.named_parameters()]
    ['factor']
    """

    training: bool = True
    _name: str | None = None

    def forward(self, *inputs: Any) -> Any:
        """What the module computes; call the module itself, not this."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(self, x)")

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        name, context = self._name, current()
        if context.recorder is not None:
            enter(context.recorder.inside(context, self, name))
        elif name is None:  # the root of a path, as in state_dict: it adds no name
            return self.forward(*inputs, **options)
        else:
            enter(context.inside(name))
        try:
            return self.forward(*inputs, **options) if options else self.forward(*inputs)
        finally:
            enter(context)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Value) and value.operation is not None:
            self._refuse_to_lose(name)
        object.__setattr__(self, name, value)
        for path, parameter in _members({name: value}, Value):
            parameter.label = parameter.label or path
        for child_name, child in _members({name: value}, Module):
            object.__setattr__(child, "_name", child_name)

    def _refuse_to_lose(self, name: str) -> None:
        old = vars(self).get(name)
        if isinstance(old, Value) and old.operation is None:
            raise TypeError(
                f"{type(self).__name__}.{name} is a parameter, a computed Value cannot take its place; update it "
                f"inside ma.no_grad(), as in module.{name} -= step, or rebind it, as in module.{name}.data = v.data"
            )

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly inside this one, with their names."""
        for name, child in _members(vars(self), Module):
            if child._name is None:  # it was put into a list after the list became an attribute
                object.__setattr__(child, "_name", name)
            yield name, child

    def children(self) -> Iterator[Module]:
        """The modules directly inside this one."""
        return (child for _, child in self.named_children())

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all inside it, with their paths; a module in several places comes once."""
        seen: set[int] = set()

        def walk(module: Module, path: str) -> Iterator[tuple[str, Module]]:
            if id(module) in seen:
                return
            seen.add(id(module))
            yield path, module
            for name, child in module.named_children():
                yield from walk(child, f"{path}.{name}" if path else name)

        return walk(self, prefix)

    def modules(self) -> Iterator[Module]:
        """This module and all inside it."""
        return (module for _, module in self.named_modules())

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """All parameters with their paths, such as ``encoder.0.weight``; one in several places comes once."""
        seen: set[Value] = set()
        for path, module in self.named_modules():
            for name, value in _members(vars(module), Value):
                if value not in seen and value.operation is None:  # the result of an operation is no parameter
                    seen.add(value)
                    yield f"{path}.{name}" if path else name, value

    def parameters(self) -> list[Value]:
        """All parameters, in the order of ``named_parameters``."""
        return [value for _, value in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set every parameter's ``grad`` to ``None``, as an optimiser's ``zero_grad`` does."""
        for value in self.parameters():
            value.grad = None

    def train(self, mode: bool = True) -> Module:
        """Switch this module and all inside it to training, noise and dropout on, or to evaluation.

        Parameters
        ----------
        mode : bool
            Whether to training.

        Returns
        -------
        Module
            Itself.
        """
        for module in self.modules():
            object.__setattr__(module, "training", bool(mode))
        return self

    def eval(self) -> Module:
        """Switch to evaluation, noise and dropout off; returns itself."""
        return self.train(False)

    def state_dict(self) -> dict[str, Array]:
        """A copy of every parameter's data, by path.

        Returns
        -------
        dict of str to array
        """
        return {name: value.numpy() for name, value in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> None:
        """Rebind the parameters to the arrays of ``state``; nothing changes unless all of it fits.

        Parameters
        ----------
        state : mapping of str to array
            As :meth:`state_dict` returns it.
        strict : bool
            Whether the names must be exactly those of the parameters.

        Raises
        ------
        KeyError
            If a name is missing or not known (with ``strict``).
        ValueError, TypeError
            If a shape differs, or an array is not of finite real numbers.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"load_state_dict: needs a mapping of names to arrays, got {type(state).__name__}")
        parameters = dict(self.named_parameters())
        missing, unknown = [n for n in parameters if n not in state], [n for n in state if n not in parameters]
        if strict and (missing or unknown):
            raise KeyError(f"load_state_dict: missing {missing or 'nothing'}, not known {unknown or 'nothing'}")
        names = [name for name in parameters if name in state]
        new = {n: as_data(state[n], f"load_state_dict: {n}") for n in names}
        mismatched = [
            f"{n} has shape {parameters[n].shape}, got {new[n].shape}"
            for n in names
            if parameters[n].shape != new[n].shape
        ]
        if mismatched:
            raise ValueError("load_state_dict: " + "; ".join(mismatched))
        nonfinite = [name for name in names if not np.isfinite(new[name]).all()]
        if nonfinite:
            raise ValueError(f"load_state_dict: NaN or infinity in {', '.join(nonfinite)}")
        for name in names:
            parameters[name].data = new[name]

    def _extra_repr(self) -> str:
        """What stands between the parentheses of the ``repr`` of a module without children."""
        return ""

    def __reduce_ex__(self, protocol: Any) -> Any:
        refuse_nameless(type(self).__name__, **vars(self))
        return super().__reduce_ex__(protocol)

    def __repr__(self) -> str:
        number = sum(value.size for value in self.parameters())
        count = f"  # {number:,} parameter{'s' if number != 1 else ''}" if number else ""
        children = list(self.named_children())
        if not children:
            return f"{type(self).__name__}({self._extra_repr()}){count}"
        lines = [f"{type(self).__name__}({self._extra_repr()}{count}"]
        for name, child in children:
            first, *rest = repr(child).splitlines()
            lines += [f"  ({name}): {first}", *(f"  {line}" for line in rest)]
        return "\n".join([*lines, ")"])


def _members(attributes: Mapping[str, Any], type_: type[Any]) -> Iterator[tuple[str, Any]]:
    """The attributes of a type, and those inside lists, tuples and dicts, with dotted names."""
    for name, value in attributes.items():
        if isinstance(value, type_):
            yield name, value
        elif isinstance(value, (list, tuple)):
            yield from _members({f"{name}.{i}": item for i, item in enumerate(value)}, type_)
        elif isinstance(value, dict):
            yield from _members({f"{name}.{key}": item for key, item in value.items()}, type_)


class Sequential(Module):
    """Modules applied one after the other; named "0", "1", ...

    Parameters
    ----------
    *layers : Module

    Raises
    ------
    TypeError
        If one is no Module.

    Examples
    --------
    >>> import microae as ma
    >>> net = ma.Sequential(ma.Linear(3, 2, seed=0), ma.ReLU())
    >>> net([1.0, 0.0, 1.0]).shape
    (2,)
    """

    def __init__(self, *layers: Module) -> None:
        for i, layer in enumerate(layers):
            if not isinstance(layer, Module):
                raise TypeError(f"Sequential: layer {i} must be a Module, got {type(layer).__name__}")
        self._named_layers = tuple((str(i), layer) for i, layer in enumerate(layers))
        self._ordinary = all(type(layer).__call__ is Module.__call__ for layer in layers)
        for name, layer in self.named_children():
            object.__setattr__(layer, "_name", name)

    def named_children(self) -> Iterator[tuple[str, Module]]:
        return iter(self._named_layers)

    def forward(self, x: Any) -> Any:
        if not self._ordinary:  # a layer has a __call__ of its own
            for _, layer in self._named_layers:
                x = layer(x)
            return x
        context = current()
        recorder, inside = context.recorder, context.inside
        try:  # what layer(x) does, without its calls
            for name, layer in self._named_layers:
                enter(inside(name) if recorder is None else recorder.inside(context, layer, name))
                x = layer.forward(x)
        finally:
            enter(context)
        return x

    def __len__(self) -> int:
        return len(self._named_layers)

    def __getitem__(self, i: int) -> Module:
        return self._named_layers[i][1]
