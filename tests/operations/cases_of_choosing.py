"""The cases of choices, functions of parts, spaced numbers, grids, and of what puts elements in and takes them out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.operations.drawing import Draw, Sample
from tests.operations.registered import composition


def _shapes(*choices: tuple[tuple[int, ...], ...]) -> Callable[[Draw], Sample]:
    return lambda d: ([d.array(s) for s in d.one_of(*choices)], {})


def _with(*choices: tuple[tuple[int, ...], dict[str, Any]]) -> Callable[[Draw], Sample]:
    def recipe(d: Draw) -> Sample:
        shape, parameters = d.one_of(*choices)
        return [d.array(shape)], dict(parameters)

    return recipe


# --- choices ---------------------------------------------------------------------------------------------------

CONDITIONS = [np.array([True, False, False]), np.array([[True, True, False], [False, False, False]])]


def _selected(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, y, z: f(CONDITIONS, [x, y], z)


composition("select", _selected(np.select), _shapes(((3,), (2, 3), ()), ((2, 3), (1,), (3,))), call=_selected)
composition(
    "choose",
    lambda *xs, a, mode="raise": np.choose(a, xs, mode=mode),
    lambda d: (
        [d.array((3,)), d.array(d.one_of((3,), (), (2, 3)))],
        d.one_of(
            {"a": [0, 1, 0]},
            {"a": 1},
            {"a": [0, 3, -1], "mode": "wrap"},
            {"a": [0, 3, -1], "mode": "clip"},
            {"a": [2, 0, 1]},
        ),
    ),
    call=lambda choose: lambda *xs, a, mode="raise": choose(a, xs, mode=mode),
)
composition(
    "compress",
    lambda a, condition, axis=None: np.compress(condition, a, axis),
    _with(
        ((3,), {"condition": [True, False, True]}),
        ((2, 3), {"condition": [False, True], "axis": 1}),
        ((2, 3), {"condition": [0, 1, 1, 0, 1]}),
    ),
    call=lambda compress: lambda a, condition, axis=None: compress(condition, a, axis),
)
composition(
    "extract",
    lambda arr, condition: np.extract(condition, arr),
    _with(
        ((3,), {"condition": np.array([True, False, True])}),
        ((2, 2), {"condition": np.array([[0, 1], [1, 0]])}),
    ),
    call=lambda extract: lambda arr, condition: extract(condition, arr),
)


# --- functions of parts ------------------------------------------------------------------------------------------


PIECES = [np.array([True, False, True]), np.array([False, False, True])]


def _pieces(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x: f(x, PIECES, [lambda x: x * x, lambda x: x**3 - 1, 2.0])


composition("piecewise", _pieces(np.piecewise), _shapes(((3,),)), call=_pieces)
composition(
    "piecewise",
    lambda x: np.piecewise(x, PIECES[0], [lambda x, by: x * by], 3.0),
    _shapes(((3,),)),
    call=lambda f: lambda x: f(x, PIECES[0], [lambda x, by: x * by], 3.0),
)


def _sums(row: Any) -> Any:
    return row.sum()


def _runs(row: Any) -> Any:
    return row.cumsum()


composition(
    "apply_along_axis",
    lambda arr, func1d, axis: np.apply_along_axis(func1d, axis, arr),
    _with(
        ((3,), {"func1d": _sums, "axis": 0}),
        ((2, 3), {"func1d": _sums, "axis": 1}),
        ((2, 3), {"func1d": _runs, "axis": 0}),
        ((2, 1, 3), {"func1d": _runs, "axis": 1}),
        ((2, 1, 3), {"func1d": lambda row: row[:, None] * row[0], "axis": -1}),
    ),
    call=lambda f: lambda arr, func1d, axis: f(func1d, axis, arr),
)
composition(
    "apply_over_axes",
    lambda a, axes: np.apply_over_axes(np.sum, a, axes),
    _with(
        ((2, 3), {"axes": [0, 1]}),
        ((2, 1, 3), {"axes": -1}),
        ((3,), {"axes": 0}),
    ),
    call=lambda f: lambda a, axes: f(np.sum, a, axes),
)


# --- spaced numbers, grids ---------------------------------------------------------------------------------------

composition("copy", np.copy, lambda d: ([d.array(d.shape())], {}))
composition(
    "full",
    lambda c: np.broadcast_to(c, (2, 3)).copy(),
    _shapes(((),), ((3,),), ((2, 1),)),
    call=lambda full: lambda c: full((2, 3), c),
)


def _ends(low: float, high: float) -> Callable[[Draw], Sample]:
    def recipe(d: Draw) -> Sample:
        shapes = d.one_of(((), ()), ((2,), ()), ((2,), (3, 1)), ((0,), ()))
        parameters = d.one_of(
            {"num": 4}, {"num": 3, "endpoint": False}, {"num": 1}, {"num": 0}, {"num": 2, "axis": -1}, {"num": -1}
        )
        return [d.array(s, low, high) for s in shapes], parameters

    return recipe


composition("linspace", np.linspace, _ends(-2, 2))
composition(
    "linspace",
    lambda x, y: np.linspace(x, y, 4, retstep=True),
    _shapes(((), ()), ((2,), ())),
    call=lambda linspace: lambda x, y: linspace(x, y, 4, retstep=True),
)
composition("logspace", np.logspace, _ends(-1, 1))
composition(
    "logspace",
    lambda x, y, b: np.logspace(x, y, 3, base=b),
    lambda d: (
        [d.array(()), d.array(()), d.array((), 1.5, 3)],
        {},
    ),
    call=lambda logspace: lambda x, y, b: logspace(x, y, 3, base=b),
)
composition("geomspace", np.geomspace, _ends(0.5, 4), analytic=False)
composition(
    "geomspace",
    lambda x, y: -np.geomspace(-x, -y, 4),
    lambda d: ([d.array((), -3, -1), d.array((), -3, -1)], {}),
    call=lambda geomspace: lambda x, y: geomspace(x, y, 4),
    analytic=False,
)
composition(
    "broadcast_arrays",
    lambda *xs: tuple(x.copy() for x in np.broadcast_arrays(*xs)),
    lambda d: ([d.array(s) for s in d.broadcastable(3)], {}),
    promotes=False,
    numpy=(np.broadcast_arrays,),
)
composition(
    "meshgrid",
    np.meshgrid,
    lambda d: (
        [d.array(s) for s in d.one_of(((2,), (3,)), ((2,),), ((2,), (1,), (3,)), ((), (2,)))],
        d.one_of({}, {"indexing": "ij"}, {"sparse": True}),
    ),
    promotes=False,
)


# --- putting in, taking out, joining -----------------------------------------------------------------------------


def _nested(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, y, z: f([[x, y], [z]])


composition(
    "block",
    _nested(np.block),
    _shapes(((2, 2), (2, 1), (1, 3)), ((2,), (), (3,)), ((2, 1, 2), (2, 1, 2), (2, 2, 4))),
    call=_nested,
)
composition("block", lambda x: np.block(x), _shapes(((2,),), ((),)), call=lambda block: lambda x: block(x))


def _inserted(d: Draw) -> Sample:
    shape, values, parameters = d.one_of(
        ((3,), (), {"obj": 1}),
        ((3,), (2,), {"obj": -1}),
        ((3,), (2,), {"obj": [0, 2]}),
        ((3,), (), {"obj": [1, 1]}),
        ((2, 3), (3,), {"obj": 1, "axis": 0}),
        ((2, 3), (2,), {"obj": 1, "axis": 1}),
        ((2, 3), (2, 1), {"obj": [1], "axis": 1}),
        ((2, 3), (2, 2), {"obj": [1], "axis": 1}),
        ((2, 3), (2, 1), {"obj": [0, 3], "axis": -1}),
        ((2, 3), (), {"obj": 2}),
        ((3,), (), {"obj": slice(0, 2)}),
        ((3,), (2,), {"obj": np.array([True, False, True])}),
        ((3,), (3,), {"obj": [2]}),
        ((2, 3), (2, 1), {"obj": 0, "axis": 1}),
    )
    return [d.array(shape), d.array(values)], parameters


composition(
    "insert",
    lambda arr, values, obj, axis=None: np.insert(arr, obj, values, axis),
    _inserted,
    call=lambda insert: lambda arr, values, obj, axis=None: insert(arr, obj, values, axis),
)
composition(
    "delete",
    np.delete,
    _with(
        ((3,), {"obj": 1}),
        ((2, 3), {"obj": [0, -1], "axis": 1}),
        ((2, 3), {"obj": slice(1, 4)}),
        ((3,), {"obj": [True, False, False]}),
        ((2, 3), {"obj": 0, "axis": 0}),
    ),
)
composition(
    "resize",
    np.resize,
    _with(
        ((3,), {"new_shape": (2, 4)}),
        ((2, 3), {"new_shape": 4}),
        ((2,), {"new_shape": (0, 2)}),
        ((0,), {"new_shape": (2,)}),
        ((2,), {"new_shape": (-1,)}),
    ),
)
composition(
    "unstack",
    lambda x, axis=0: tuple(np.moveaxis(x, axis, 0)),
    _with(
        ((3,), {}),
        ((2, 3), {"axis": 1}),
        ((2, 3), {"axis": -2}),
    ),
    numpy=tuple(getattr(np, name) for name in ("unstack",) if hasattr(np, name)),
)
composition(
    "rollaxis",
    np.rollaxis,
    _with(
        *[((2, 1, 3), {"axis": axis, "start": start}) for axis in (0, 1, -1) for start in (0, 1, 2, 3, -1)],
        ((3,), {"axis": 0}),
    ),
)
composition(
    "matrix_transpose",
    lambda x: np.swapaxes(x, -1, -2),
    _shapes(((2, 3),), ((2, 1, 3),)),
    numpy=tuple(getattr(np, name) for name in ("matrix_transpose",) if hasattr(np, name)),
)
composition(
    "partition",
    lambda a, kth, axis=-1: np.take(np.sort(a, axis), kth, axis),
    _with(
        ((4,), {"kth": 1}),
        ((2, 3), {"kth": [0, 2]}),
        ((3, 2), {"kth": 1, "axis": 0}),
        ((1,), {"kth": 0}),
    ),
    call=lambda partition: lambda a, kth, axis=-1: partition(a, kth, axis).take(kth, axis),
    numpy=(np.partition,),
    analytic=False,
)
composition(
    "diff",
    lambda a, x: np.diff(a, prepend=x),
    _shapes(((3,), (2,)), ((2, 3), ()), ((2, 3), (2, 1))),
    call=lambda diff: lambda a, x: diff(a, prepend=x),
)
composition(
    "diff",
    lambda a, x, n: np.diff(a, n, 0, append=x),
    lambda d: ([d.array((3,)), d.array(())], {"n": d.integer(1, 3)}),
    call=lambda diff: lambda a, x, n: diff(a, n, 0, append=x),
)
composition(
    "einsum",
    lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [0, 2]),
    _shapes(((2, 3), (3, 2))),
    call=lambda einsum: lambda x, y: einsum(x, [0, 1], y, [1, 2], [0, 2]),
)
composition(
    "einsum", lambda x: np.einsum(x, [0, 0]), _shapes(((2, 2),)), call=lambda einsum: lambda x: einsum(x, [0, 0])
)
composition(
    "einsum",
    lambda x, y: np.einsum(x, [..., 0], y, [0]),
    _shapes(((2, 3), (3,))),
    call=lambda einsum: lambda x, y: einsum(x, [..., 0], y, [0]),
)
composition("diagflat", np.diagflat, _with(((3,), {}), ((2, 2), {"k": 1}), ((), {}), ((2,), {"k": -2})))
