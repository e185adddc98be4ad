"""The cases of what joins, cuts and turns arrays, and of means and differences along an axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.operations.drawing import Draw, Sample
from tests.operations.registered import composition


def _shapes(*choices: tuple[tuple[int, ...], ...]) -> Callable[[Draw], Sample]:
    return lambda d: ([d.array(s) for s in d.one_of(*choices)], {})


def _of_list(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arrays, **parameters: f(arrays, **parameters)


def _with(*choices: tuple[tuple[int, ...], dict[str, Any]]) -> Callable[[Draw], Sample]:
    def recipe(d: Draw) -> Sample:
        shape, parameters = d.one_of(*choices)
        return [d.array(shape)], dict(parameters)

    return recipe


def _weighted(d: Draw) -> Sample:
    shape, weights, axis = d.one_of(
        ((3,), (3,), None), ((2, 3), (2, 3), None), ((2, 3), (3,), 1), ((2, 3), (2,), 0), ((2, 3), (2, 3), -1),
        ((2, 3, 2), (3,), 1),
    )  # fmt: skip
    return [d.array(shape)], {"weights": np.abs(d.away_from_zero(weights)), "axis": axis}


def _sampled(d: Draw) -> Sample:
    shape, points, axis = d.one_of(((4,), (4,), -1), ((2, 3), (3,), 1), ((2, 3), (2,), 0), ((2, 3), (2, 3), -1))
    return [d.array(shape)], {"x": np.cumsum(np.abs(d.away_from_zero(points)), axis=-1), "axis": axis}


composition("append", np.append, _shapes(((2, 3), (2,)), ((), (2,)), ((0,), (3,))))
composition("append", lambda x, y: np.append(x, y, 1), _shapes(((2, 3), (2, 1))),
            call=lambda append: lambda x, y: append(x, y, 1))  # fmt: skip
composition("column_stack", _of_list(np.column_stack), _shapes(((3,), (3,)), ((2, 2), (2,))), call=_of_list)
composition("dstack", _of_list(np.dstack), _shapes(((3,), (3,)), ((2, 2), (2, 2)), ((), ()), ((1, 2, 3), (1, 2, 1))),
            call=_of_list)  # fmt: skip
composition("array_split", np.array_split, _with(
    ((5,), {"indices_or_sections": 2}), ((2, 5), {"indices_or_sections": 3, "axis": 1}),
    ((4,), {"indices_or_sections": [1, 3]}), ((2,), {"indices_or_sections": 3}),
))  # fmt: skip
composition("hsplit", np.hsplit, _with(((4,), {"indices_or_sections": 2}), ((2, 4), {"indices_or_sections": [1]})))
composition("vsplit", np.vsplit, _with(((4, 1), {"indices_or_sections": 2}), ((3, 2), {"indices_or_sections": [1]})))
composition("dsplit", np.dsplit, _with(((1, 2, 4), {"indices_or_sections": 2})))
composition("flipud", np.flipud, _shapes(((3,),), ((2, 3),)))
composition("fliplr", np.fliplr, _shapes(((2, 3),), ((1, 2, 2),)))
composition("rot90", np.rot90, _with(*[((2, 3), {"k": k}) for k in range(-1, 5)], ((2, 3, 2), {"axes": (2, 0)})))
composition("diff", np.diff, _with(
    ((4,), {}), ((2, 3), {"axis": 0}), ((2, 4), {"n": 2}), ((1,), {}), ((2, 3), {"n": 3}),
))  # fmt: skip
composition("average", np.average, _weighted, promotes=False)
composition("average", np.average, _with(((2, 3), {}), ((2, 3), {"axis": 1}), ((3,), {"keepdims": True})))
composition("trapezoid", np.trapezoid, _with(((4,), {}), ((2, 3), {"dx": 0.5}), ((2, 3), {"axis": 0}), ((1,), {})))
composition("trapezoid", np.trapezoid, _sampled, promotes=False)
composition("full_like", lambda c: np.broadcast_to(c, (2, 3)).copy(), _shapes(((),), ((3,),), ((2, 1),)),
            call=lambda full_like: lambda c: full_like(np.ones((2, 3)), c))  # fmt: skip
