"""A point at which gradients are checked: its inputs, nested as the user has them, and which numbers in them move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from microae.core.value import Value

Array = Any

_FLOATS = (np.float64, np.float32)
_TINY = 1e-6  # an element smaller than this, beside the largest of its array, moves with the larger ones


class Point:
    """The inputs of one check.

    Parameters
    ----------
    inputs : tuple
        Arrays, numbers, Values, or lists, tuples and dicts of them, nested as deep as you like; whatever else is
        passed on unchanged.

    Attributes
    ----------
    names : list of str
        What the report calls each differentiated array, such as ``"input 0"`` or ``"input 1['W']"``.
    wide : list of arrays
        The differentiated arrays, in float64.
    sizes : list of arrays
        How far each of their elements moves in a step of 1: about as far as it is from 0.
    narrow : bool
        Whether any of them is float32.

    Raises
    ------
    TypeError
        If no input is a float or an array of floats.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.testing.points import Point
    >>> point = Point((np.ones(2), {"W": np.eye(2), "steps": 3}))
    >>> point.names
    ['input 0', "input 1['W']"]
    """

    def __init__(self, inputs: tuple[Any, ...]) -> None:
        self.inputs = inputs
        named = [pair for i, x in enumerate(inputs) for pair in leaves(x, f"input {i}")]
        self._leaves = [x.data if isinstance(x, Value) else x for _, x in named]
        given = [x if isinstance(x, Value) and not any(x is y for _, y in named[:i]) else None
                 for i, (_, x) in enumerate(named)]  # fmt: skip
        self._moving = [i for i, x in enumerate(self._leaves) if is_real(x)]
        if not self._moving:
            kinds = sorted({str(getattr(x, "dtype", type(x).__name__)) for x in self._leaves})
            raise TypeError(
                "there is nothing to differentiate: no input is a float or an array of floats in float64 or float32; "
                f"there is {', '.join(kinds) or 'no input'}"
            )
        self._values = [given[i] for i in self._moving]
        self.names = [named[i][0] for i in self._moving]
        moving = [self._leaves[i] for i in self._moving]
        self.dtypes = [np.asarray(x).dtype for x in moving]
        self.narrow = np.float32 in self.dtypes
        self.wide = [np.array(x, np.float64) for x in moving]
        self._given = [x.copy() for x in self.wide]
        self.sizes = [_sizes(x) for x in self.wide]
        self._mirrored = [False] * len(self.wide)

    def is_telling(self) -> bool:
        """Whether the numbers are not 0 and not all equal, as where mistakes in a gradient look alike."""
        numbers = np.abs(np.concatenate([x.ravel() for x in self.wide]))
        return bool(np.all(numbers > 0.0)) and np.unique(numbers).size > 1

    def another(self, rng: np.random.Generator) -> tuple[Any, ...]:
        """The inputs with other numbers, none of them 0: of the same signs, and half as large or more."""
        signs = [np.where(x != 0.0, np.sign(x), rng.choice([-1.0, 1.0], x.shape)) for x in self.wide]
        numbers = [s * size * rng.uniform(0.5, 1.0, s.shape) for s, size in zip(signs, self.sizes, strict=True)]
        return tuple(self.filled([x.astype(kind) for x, kind in zip(numbers, self.dtypes, strict=True)]))

    def nonfinite(self) -> str:
        """The first number that is not finite, with its place; empty if all are."""
        for name, x in zip(self.names, self.wide, strict=True):
            for index in np.argwhere(~np.isfinite(x)):
                place = f", element [{', '.join(map(str, index))}]" if x.ndim else ""
                return f"{name}{place} is {x[tuple(index)]}"
        return ""

    def changed(self) -> list[str]:
        """The names of the differentiated arrays whose numbers are no longer those that were given."""
        pairs = zip(self.names, self.wide, self._given, strict=True)
        return [name for name, x, given in pairs if not np.array_equal(x, given, equal_nan=True)]

    def mirror(self) -> None:
        """Move symmetric matrices as symmetric ones from now on: the function is one of such alone."""
        self._mirrored = [x.ndim > 1 and np.array_equal(x, np.swapaxes(x, -1, -2)) for x in self.wide]

    def mirrored(self, direction: list[Array]) -> list[Array]:
        """A direction in which what stands above the diagonal of symmetric matrices moves as what stands below."""
        return [
            np.tril(d) + np.swapaxes(np.tril(d, -1), -1, -2) if symmetric else d
            for d, symmetric in zip(direction, self._mirrored, strict=True)
        ]

    def filled(self, xs: Sequence[Any]) -> list[Any]:
        """All inputs, with ``xs`` in place of the differentiated arrays."""
        everything = list(self._leaves)
        for i, x in zip(self._moving, xs, strict=True):
            everything[i] = x
        remaining = iter(everything)
        return [_rebuilt(x, remaining) for x in self.inputs]

    @contextmanager
    def as_values(self, xs: Sequence[Array]) -> Iterator[list[Value]]:
        """``xs`` as Values; those that were given as Values are these, which a network may hold, for the time being."""
        leaves = [Value(x) for x in xs]
        held = [(given, given._array) for given in self._values if given is not None and given.operation is None]
        try:
            for i, given in enumerate(self._values):
                if given is not None and given.operation is None:
                    given._array, leaves[i] = leaves[i]._array, given
            yield leaves
        finally:
            for given, array in held:
                given._array = array

    def narrowed(self, xs: Sequence[Array]) -> list[Array]:
        """``xs`` in the dtypes of the differentiated arrays."""
        return [x.astype(dtype) for x, dtype in zip(xs, self.dtypes, strict=True)]

    def gradients(self, returned: Any, user: str) -> list[Array]:
        """One array for each differentiated one, from what a gradient function returned: nested as the inputs are.

        Raises
        ------
        TypeError
            If it cannot be read so.
        """
        moving = {name.partition("[")[0] for name in self.names}
        tops = [f"input {i}" for i in range(len(self.inputs))]
        differentiated = [top for top in tops if top in moving]
        parts = list(returned) if isinstance(returned, (tuple, list)) else [returned]
        if len(parts) == len(tops):
            by_top = dict(zip(tops, parts, strict=True))
        elif len(parts) == len(differentiated):
            by_top = dict(zip(differentiated, parts, strict=True))
        elif len(differentiated) == 1 and isinstance(self.inputs[tops.index(differentiated[0])], (tuple, list, dict)):
            by_top = {differentiated[0]: returned}
        else:
            raise TypeError(
                f"{user} returned {len(parts)} gradients for {len(differentiated)} differentiated inputs; "
                "it must return one for each"
            )
        single = len(differentiated) == 1 and differentiated[0] in by_top
        if single and not _fits(self.inputs[tops.index(differentiated[0])], by_top[differentiated[0]]):
            by_top = {differentiated[0]: returned}  # one list or dict, given as it is rather than in a tuple of one
        arrays: dict[str, Any] = {}
        for top in differentiated:
            arrays |= dict(_matched(self.inputs[tops.index(top)], by_top[top], top, user))
        return [_as_array(arrays[name], name, user) for name in self.names]


def leaves(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The arrays and numbers of nested lists, tuples and dicts, each with the name of its place."""
    if isinstance(tree, dict):
        for key, part in tree.items():
            yield from leaves(part, f"{name}[{key!r}]")
    elif isinstance(tree, (list, tuple)):
        for k, part in enumerate(tree):
            yield from leaves(part, f"{name}[{k}]")
    else:
        yield name, tree


def is_real(x: Any) -> bool:
    """Whether something is a float, or an array of floats, and so is differentiated."""
    return isinstance(x, float) or (isinstance(x, (np.ndarray, np.generic)) and x.dtype in _FLOATS)


def _rebuilt(tree: Any, new: Iterator[Any]) -> Any:
    if isinstance(tree, dict):
        parts_by_key = {key: _rebuilt(part, new) for key, part in tree.items()}
        if type(tree) is dict:
            return parts_by_key
        rebuilt = type(tree).__new__(type(tree))  # such as one whose keys are attributes, which its constructor takes
        dict.update(rebuilt, parts_by_key)
        return rebuilt
    if isinstance(tree, (list, tuple)):
        parts = [_rebuilt(part, new) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return next(new)


def _fits(tree: Any, returned: Any) -> bool:
    if isinstance(tree, dict):
        return isinstance(returned, dict)
    return not isinstance(tree, (list, tuple)) or (isinstance(returned, (list, tuple)) and len(returned) == len(tree))


def _matched(tree: Any, returned: Any, name: str, user: str) -> Iterator[tuple[str, Any]]:
    """Each leaf's name with what was returned for it."""
    if not _fits(tree, returned):
        raise TypeError(f"{user} must return gradients nested as {name} is; got {type(returned).__name__}")
    if isinstance(tree, dict):
        for key in tree:
            if key not in returned:
                raise TypeError(f"{user} must return gradients nested as {name} is; it returned none for {key!r}")
        for key, part in tree.items():
            yield from _matched(part, returned[key], f"{name}[{key!r}]", user)
    elif isinstance(tree, (list, tuple)):
        for k, part in enumerate(tree):
            yield from _matched(part, returned[k], f"{name}[{k}]", user)
    else:
        yield name, returned


def _as_array(returned: Any, name: str, user: str) -> Array:
    if returned is None:
        raise TypeError(f"{user} returned None as the gradient by {name}; return an array, of zeros if it is 0")
    returned = returned.data if isinstance(returned, Value) else returned
    if np.any(np.ma.getmask(returned)):
        raise TypeError(f"{user} returned a masked array as the gradient by {name}; fill what is masked: g.filled(0.0)")
    try:
        array = np.asarray(returned)
        found = array if array.dtype in _FLOATS or array.dtype.kind not in "fiubO" else array.astype(np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{user} returned {type(returned).__name__} as the gradient by {name}") from None
    if found.dtype not in _FLOATS:
        raise TypeError(
            f"{user} returned an array of {array.dtype} as the gradient by {name}; it must be of real numbers"
        )
    return found


def _sizes(x: Array) -> Array:
    """How far each element moves: as far as it is from 0; elements at 0 as far as the largest, but not beyond 1."""
    sizes = np.abs(x)
    largest = float(sizes.max(initial=0.0))
    if not largest or not np.isfinite(largest):
        return np.ones(x.shape)
    return np.where(sizes < _TINY * min(largest, 1.0), min(largest, 1.0), sizes)
