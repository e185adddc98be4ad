"""The cases of slopes, interpolation, convolution and polynomials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.operations.drawing import Draw, Sample
from tests.operations.registered import composition, row


def _shapes(*choices: tuple[tuple[int, ...], ...]) -> Callable[[Draw], Sample]:
    return lambda d: ([d.array(s) for s in d.one_of(*choices)], {})


def _with(*choices: tuple[tuple[int, ...], dict[str, Any]]) -> Callable[[Draw], Sample]:
    def recipe(d: Draw) -> Sample:
        shape, parameters = d.one_of(*choices)
        return [d.array(shape)], dict(parameters)

    return recipe


# --- slopes ----------------------------------------------------------------------------------------------------

composition(
    "gradient",
    np.gradient,
    _with(
        ((4,), {}),
        ((3,), {"edge_order": 2}),
        ((2, 3), {}),
        ((2, 3), {"axis": 1}),
        ((4, 3), {"axis": (0, -1), "edge_order": 2}),
        ((1,), {}),
        ((2,), {"edge_order": 2}),
        ((2, 2, 2), {}),
    ),
)
composition(
    "gradient",
    np.gradient,
    lambda d: ([d.array((4,)), np.abs(d.away_from_zero(()))], {"edge_order": d.one_of(1, 2)}),
    promotes=False,
)


def _at_coordinates(d: Draw) -> Sample:
    shape, axis = d.one_of(((3, 1), 0), ((1, 3), -1), ((2, 4), 1), ((4, 2), 0))
    x = np.cumsum(np.abs(d.away_from_zero((shape[axis],))))
    return [d.array(shape), x], {"axis": axis, "edge_order": d.one_of(1, 2)}


composition("gradient", np.gradient, _at_coordinates, steep=True, promotes=False)


composition(
    "ediff1d",
    np.ediff1d,
    _with(((4,), {}), ((2, 2), {"to_end": [1.0, 2.0]}), ((3,), {"to_begin": 0.5, "to_end": [[3.0]]}), ((1,), {})),
)


_RUNNING = _with(((4,), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1, "include_initial": True}), ((), {}))
composition("cumulative_sum", np.cumulative_sum, _RUNNING)
composition("cumulative_prod", np.cumulative_prod, _RUNNING)


# --- interpolation ---------------------------------------------------------------------------------------------


def _interpolated(d: Draw) -> Sample:
    n = d.integer(1, 4)
    xp = np.cumsum(np.abs(d.away_from_zero((n,)))) - 3.0
    fp = np.abs(d.away_from_zero((n,))) * (-1.0) ** np.arange(n)  # that it bends at each point, to be seen
    return [d.array(d.shape(most_ndim=2), -4, 4, ties=True), xp, fp], d.one_of({}, {"left": 1.0, "right": -2.0})


def _periodic(d: Draw) -> Sample:
    return [d.array((3,), -9, 9), np.array([0.3, 3.1, 1.2]), d.array((3,))], {"period": d.one_of(4.0, -4.0)}


composition("interp", np.interp, _interpolated, analytic=False, promotes=False)
composition("interp", np.interp, _periodic, analytic=False, steep=True, promotes=False)


# --- convolution -----------------------------------------------------------------------------------------------

_VECTORS = _shapes(
    ((4,), (2,)), ((2,), (4,)), ((3,), (3,)), ((5,), (2,)), ((2,), (5,)), ((1,), (3,)), ((5,), (3,)), ((4,), (3,))
)


def _in_mode(d: Draw) -> Sample:
    return _VECTORS(d)[0], {"mode": d.one_of("full", "same", "valid")}


row("convolve", np.convolve, _VECTORS)
composition("convolve", np.convolve, _in_mode)
composition(
    "correlate",
    lambda a, v, mode: np.convolve(a, v[::-1], mode) if mode == "full" else np.correlate(a, v, mode),
    _in_mode,
    analytic=False,
    numpy=(np.correlate,),
)


# --- polynomials -----------------------------------------------------------------------------------------------

composition("polyval", np.polyval, _shapes(((3,), (2,)), ((1,), (2, 2)), ((4,), ()), ((0,), (2,)), ((2,), (0,))))
composition("polyadd", np.polyadd, _shapes(((3,), (2,)), ((1,), (4,)), ((2,), (2,))))
composition("polysub", np.polysub, _shapes(((3,), (2,)), ((1,), (4,)), ((2,), (2,))))
composition("polymul", np.polymul, _shapes(((3,), (2,)), ((1,), (4,)), ((2,), (2,))))
composition("polyder", np.polyder, _with(((4,), {}), ((4,), {"m": 2}), ((1,), {}), ((2,), {"m": 3}), ((3,), {"m": 0})))
composition(
    "polyint",
    np.polyint,
    _with(((3,), {}), ((2,), {"m": 2}), ((2,), {"m": 2, "k": [1.0, 2.0]}), ((2,), {"k": 3}), ((2,), {"m": 0})),
)
composition(
    "vander",
    np.vander,
    _with(((3,), {}), ((2,), {"N": 4}), ((3,), {"N": 3, "increasing": True}), ((0,), {})),
    analytic=False,
)


def _points(d: Draw) -> Sample:
    x = np.cumsum(np.abs(d.away_from_zero((4,)))) - 2.5
    return [x, d.array(d.one_of((4,), (4, 2)))], {"deg": d.integer(0, 2)}


def _weighted_points(d: Draw) -> Sample:
    arrays, parameters = _points(d)
    return arrays, {**parameters, "w": np.array([0.5, 2.0, 1.0, 1.5])}


composition("polyfit", np.polyfit, _points, analytic=False)
composition("polyfit", np.polyfit, _weighted_points, analytic=False, promotes=False)
