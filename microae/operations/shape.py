"""Shape: the same elements in another arrangement, joined, repeated, or cut apart."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from microae.core.arrays import Array
from microae.core.operation import Variadic, function, operation
from microae.operations.indexing import getitem, take, where


@operation(np.reshape, symbol="reshape", notation="{0}", derivatives=("1",))
def reshape(a: Array, shape: Any) -> Array:
    """The same elements, in C order, in another shape; one length may be -1."""
    return np.reshape(a, shape)


reshape.vjps = (lambda g, out, a, shape: np.reshape(g, np.shape(a)),)


def _are_reversed(axes: Any) -> bool:
    return axes is None or [axis % len(axes) for axis in axes] == list(range(len(axes)))[::-1]


def _transpose_notation(operands: Any, parameters: Any) -> str:
    axes = parameters.get("axes")
    return "{0}ᵀ" if _are_reversed(axes) else f"transpose({{0}}, {tuple(axes)})".replace("-", "−")


def _transpose_slope(operands: Any, parameters: Any) -> str | None:
    return "ᵀ" if _are_reversed(parameters.get("axes")) else None


@operation(np.transpose, symbol="ᵀ", notation=_transpose_notation, derivatives=(_transpose_slope,))
def transpose(a: Array, axes: Any = None) -> Array:
    """The axes in another order, reversed by default."""
    return np.transpose(a, axes)


transpose.vjps = (
    lambda g, out, a, axes=None: np.transpose(g, None if axes is None else np.argsort(np.array(axes) % len(axes))),
)


@operation(np.broadcast_to, symbol="broadcast", notation="{0}", derivatives=("Σ",))
def broadcast_to(array: Array, shape: Any) -> Array:
    """The array stretched to ``shape``, as broadcasting would."""
    return np.broadcast_to(array, shape)


broadcast_to.vjps = (lambda g, out, array, shape: g,)  # the engine undoes broadcasting


@operation(np.flip, symbol="flip")
def flip(m: Array, axis: Any = None) -> Array:
    """The elements in reverse order along the axes, all by default."""
    return np.flip(m, axis)


flip.vjps = (lambda g, out, m, axis=None: np.flip(g, axis),)


@operation(np.roll, symbol="roll")
def roll(a: Array, shift: Any, axis: Any = None) -> Array:
    """The elements shifted along the axes, those pushed out coming in again at the other end."""
    return np.roll(a, shift, axis)


roll.vjps = (lambda g, out, a, shift, axis=None: np.roll(g, np.negative(shift), axis),)


def _joined(i: int, g: Any, out: Any, *arrays: Any, axis: int) -> Any:
    start = sum(np.shape(x)[axis] for x in arrays[:i])
    stop = start + np.shape(arrays[i])[axis]
    return g[(slice(None),) * (axis % out.ndim) + (slice(start, stop),)]


@operation(symbol="concatenate", name="concatenate", method=False, derivatives=("1",))
def _concatenate(*arrays: Array, axis: Any) -> Array:
    """Arrays joined along an axis that they have."""
    return np.concatenate(arrays, axis)


_concatenate.vjps = Variadic(_joined)


@function(np.concatenate, method=False)
def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    """The arrays joined along an existing axis; flattened first for ``axis=None``."""
    if axis is None:
        arrays, axis = [ravel(x) for x in arrays], 0
    return _concatenate(*arrays, axis=axis)


@function(np.stack, method=False)
def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """The arrays, all of one shape, joined along a new axis."""
    shapes = [np.shape(x) for x in arrays]
    if len(set(shapes)) > 1:
        raise ValueError(f"stack: the arrays must be of one shape, got {' and '.join(map(str, shapes))}")
    if not shapes:
        raise ValueError("stack: needs at least one array")
    axis = normalize_axis_index(axis, len(shapes[0]) + 1, "stack")
    return concatenate([expand_dims(x, axis) for x in arrays], axis)


@function(np.vstack, method=False)
def vstack(tup: Sequence[Any]) -> Any:
    """The arrays, at least 2-D, joined along the first axis."""
    return concatenate([atleast_2d(x) for x in tup], 0)


@function(np.hstack, method=False)
def hstack(tup: Sequence[Any]) -> Any:
    """The arrays joined along the second axis, or the first if they are 1-D."""
    arrays = [atleast_1d(x) for x in tup]
    return concatenate(arrays, 0 if np.ndim(arrays[0]) == 1 else 1)


@function(np.ravel)
def ravel(a: Any) -> Any:
    """The elements as a 1-D array, in C order."""
    return reshape(a, -1)


@function(np.swapaxes)
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged."""
    n = np.ndim(a)
    i, j = normalize_axis_index(axis1, n, "swapaxes"), normalize_axis_index(axis2, n, "swapaxes")
    axes = list(range(n))
    axes[i], axes[j] = j, i
    return transpose(a, axes=tuple(axes))


@function(np.moveaxis)
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Axes moved to other places, the rest keeping their order."""
    n = np.ndim(a)
    sources = normalize_axis_tuple(source, n, "moveaxis: source")
    targets = normalize_axis_tuple(destination, n, "moveaxis: destination")
    if len(sources) != len(targets):
        raise ValueError(f"moveaxis: source {source} and destination {destination} differ in length")
    rest = [i for i in range(n) if i not in sources]
    for target, moved in sorted(zip(targets, sources, strict=True)):
        rest.insert(target, moved)
    return transpose(a, axes=tuple(rest))


@function(np.squeeze)
def squeeze(a: Any, axis: int | tuple[int, ...] | None = None) -> Any:
    """Without its axes of length 1, or without those named."""
    shape = np.shape(a)
    axes = [i for i, n in enumerate(shape) if n == 1]
    if axis is not None:
        axes = list(normalize_axis_tuple(axis, len(shape), "squeeze"))
        if any(shape[i] != 1 for i in axes):
            raise ValueError(f"squeeze: the shape is {shape}; only axes of length 1 can go, not {axis}")
    return reshape(a, tuple(n for i, n in enumerate(shape) if i not in axes))


@function(np.expand_dims)
def expand_dims(a: Any, axis: int | tuple[int, ...]) -> Any:
    """With new axes of length 1 at the places named."""
    n = np.ndim(a) + (len(axis) if isinstance(axis, (tuple, list)) else 1)
    new = normalize_axis_tuple(axis, n, "expand_dims")
    lengths = iter(np.shape(a))
    return reshape(a, tuple(1 if i in new else next(lengths) for i in range(n)))


@function(np.atleast_1d, method=False)
def atleast_1d(*arrays: Any) -> Any:
    """Each array with at least one axis."""
    return _each(arrays, np.atleast_1d)


@function(np.atleast_2d, method=False)
def atleast_2d(*arrays: Any) -> Any:
    """Each array with at least two axes."""
    return _each(arrays, np.atleast_2d)


@function(np.atleast_3d, method=False)
def atleast_3d(*arrays: Any) -> Any:
    """Each array with at least three axes."""
    return _each(arrays, np.atleast_3d)


def _each(arrays: tuple[Any, ...], shaper: Any) -> Any:
    shaped = tuple(reshape(x, shaper(np.empty(np.shape(x), bool)).shape) for x in arrays)
    return shaped[0] if len(shaped) == 1 else shaped


@function(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """The array cut along an axis, into equal sections or at the indices given."""
    axis = normalize_axis_index(axis, np.ndim(ary), "split")
    n = np.shape(ary)[axis]
    before = (slice(None),) * axis
    if np.ndim(indices_or_sections):
        cuts = [0, *indices_or_sections, n]
    elif indices_or_sections <= 0 or n % indices_or_sections:
        raise ValueError(f"split: an axis of length {n} cannot be cut into {indices_or_sections} equal sections")
    else:
        cuts = [n * i // indices_or_sections for i in range(indices_or_sections + 1)]
    return [getitem(ary, (*before, slice(a, b))) for a, b in itertools.pairwise(cuts)]


@function(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element, or each slice along an axis, repeated."""
    if axis is None:
        a, axis = ravel(a), 0
    n = np.shape(a)[normalize_axis_index(axis, np.ndim(a), "repeat")]
    if np.ndim(repeats) and np.size(repeats) not in (1, n):
        raise ValueError(f"repeat: {np.size(repeats)} repeats do not fit the {n} elements of the axis")
    return take(a, np.repeat(np.arange(n), repeats), axis=axis)


@function(np.tile)
def tile(A: Any, reps: Any) -> Any:
    """The whole array repeated along its axes."""
    counts = (reps,) if np.ndim(reps) == 0 else tuple(reps)
    shape = (1,) * (len(counts) - np.ndim(A)) + np.shape(A)
    counts = (1,) * (len(shape) - len(counts)) + counts
    between = tuple(n for pair in zip([1] * len(shape), shape, strict=True) for n in pair)
    stretched = tuple(n for pair in zip(counts, shape, strict=True) for n in pair)
    final = tuple(c * n for c, n in zip(counts, shape, strict=True))
    return reshape(broadcast_to(reshape(A, between), stretched), final)


@function(np.pad)
def pad(array: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Any:
    """The array with margins: constant, or (``mode`` "edge", "reflect", "symmetric", "wrap") filled from itself."""
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        raise ValueError(f"pad: mode {mode!r} is not supported; use constant, edge, reflect, symmetric or wrap")
    places = np.arange(math.prod(np.shape(array))).reshape(np.shape(array))
    if mode == "constant":
        inside = np.pad(np.ones(np.shape(array), bool), pad_width)
        margin = np.pad(np.zeros(np.shape(array), _dtype(array)), pad_width, constant_values=constant_values)
        if not places.size:
            return concatenate([ravel(array), margin.ravel()]).reshape(margin.shape)
        return where(inside, take(array, np.pad(places, pad_width)), margin)
    return take(array, np.pad(places, pad_width, mode=mode))  # type: ignore[call-overload]


def _dtype(x: Any) -> Any:
    return getattr(x, "dtype", np.float64)


def _triangle(m: Any, k: int) -> Any:
    shape = np.shape(m)
    if not shape:
        raise ValueError("tril and triu: need an array with at least one axis")
    rows, columns = shape[-2:] if len(shape) > 1 else shape * 2
    return np.arange(columns) <= np.arange(rows)[:, None] + k


@function(np.tril)
def tril(m: Any, k: int = 0) -> Any:
    """The lower triangle of the last two axes, zeros above diagonal ``k``."""
    return where(_triangle(m, k), m, 0.0)


@function(np.triu)
def triu(m: Any, k: int = 0) -> Any:
    """The upper triangle of the last two axes, zeros below diagonal ``k``."""
    return where(_triangle(m, k - 1), 0.0, m)
