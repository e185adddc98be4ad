"""The cases of statistics, and of reductions that pass over NaN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.operations.drawing import Draw, Sample
from tests.operations.registered import composition

METHODS = ("linear", "lower", "higher", "midpoint", "nearest", "median_unbiased", "hazen", "inverted_cdf")


def _reduced(*, ties: bool = True, zero: bool = True) -> Callable[[Draw], Sample]:
    def recipe(d: Draw) -> Sample:
        shape = d.shape(zero=zero)
        return [d.array(shape, ties=ties)], {"axis": d.axes(shape), "keepdims": d.one_of(False, True)}

    return recipe


def _quantiles(most: float, methods: tuple[str, ...] = ()) -> Callable[[Draw], Sample]:
    def recipe(d: Draw) -> Sample:
        arrays, parameters = _reduced(ties=False, zero=False)(d)
        q = most * np.asarray(d.one_of(0.5, 0.0, 1.0, 0.3, [0.25, 0.8], [[0.1], [0.6]]))
        return arrays, {"q": q, **parameters, **({"method": d.one_of(*methods)} if methods else {})}

    return recipe


def _missing(
    *, parameters: Callable[[Draw], dict[str, Any]] = lambda d: {}, axes: bool = True, ties: bool = True
) -> Callable[[Draw], Sample]:
    """Numbers of which some are NaN, but not all along any axis that is reduced."""

    def recipe(d: Draw) -> Sample:
        shape, missing, axis = d.one_of(
            ((3,), (1,), None),
            ((4,), (0,), 0),
            ((2, 3), (0, 1), 1),
            ((2, 3), (1, 2), None),
            ((3, 2), (2, 0), 0),
            ((2, 2, 2), (1, 0, 1), (0, 2)),
            ((3,), None, None),
            ((2, 0), None, None),
        )
        x = d.array(shape, ties=ties)
        if missing is not None:
            x[missing] = np.nan
        axis = axis if axes or not isinstance(axis, tuple) else 1
        return [x], {"axis": axis, **parameters(d)}

    return recipe


def _keepdims(d: Draw) -> dict[str, Any]:
    return {"keepdims": d.one_of(False, True)}


def _one_missing(d: Draw) -> Sample:
    x = d.array((3, 2))
    x[2, 0] = np.nan
    return [x], {"axis": d.one_of(0, None), **_keepdims(d)}


composition("ptp", np.ptp, _reduced(), analytic=False)
composition("median", np.median, _reduced(ties=False, zero=False), analytic=False)
composition("quantile", np.quantile, _quantiles(1.0, METHODS), analytic=False)
composition("percentile", np.percentile, _quantiles(100.0, METHODS), analytic=False)

composition("nansum", np.nansum, _missing(parameters=_keepdims), analytic=False)
composition("nanprod", np.nanprod, _missing(parameters=_keepdims), analytic=False)
composition("nanmax", np.nanmax, _missing(parameters=_keepdims), analytic=False)
composition("nanmin", np.nanmin, _missing(parameters=_keepdims), analytic=False)
composition("nanmean", np.nanmean, _missing(parameters=_keepdims), analytic=False)
composition("nanvar", np.nanvar, _missing(parameters=lambda d: {"ddof": d.one_of(0, 0.5)}), analytic=False)
composition("nanstd", np.nanstd, _missing(parameters=lambda d: {"ddof": d.one_of(0, 0.5)}), analytic=False)
composition("nancumsum", np.nancumsum, _missing(axes=False), analytic=False)
composition("nancumprod", np.nancumprod, _missing(axes=False), analytic=False)
composition("nanmedian", np.nanmedian, _one_missing, analytic=False)
composition(
    "nanquantile",
    np.nanquantile,
    _missing(parameters=lambda d: {"q": d.one_of(0.3, 1.0, [0.0, 0.75])}, ties=False),
    analytic=False,
)
composition(
    "nanpercentile",
    np.nanpercentile,
    _missing(parameters=lambda d: {"q": d.one_of(30, 100, [0.0, 75.0])}, ties=False),
    analytic=False,
)


# --- covariances -----------------------------------------------------------------------------------------------


def _observed(d: Draw) -> Sample:
    shape = d.one_of((4,), (2, 3), (3, 4))
    n = shape[-1]
    return [d.array(shape)], d.one_of(
        {},
        {"bias": True},
        {"ddof": 0},
        {"rowvar": False},
        {"fweights": np.arange(1, n + 1)},
        {"aweights": np.linspace(0.5, 2.0, n)},
        {"fweights": np.arange(1, n + 1), "aweights": np.linspace(0.5, 2.0, n), "ddof": 1},
    ) if shape != (4,) or d.one_of(True, False) else {}


def _two_sets(d: Draw) -> Sample:
    return [d.array(shape) for shape in d.one_of(((4,), (4,)), ((2, 3), (3,)), ((2, 3), (2, 3)))], {}


composition("cov", np.cov, _observed, analytic=False)
composition("cov", np.cov, _two_sets, analytic=False)
composition("corrcoef", np.corrcoef, lambda d: ([d.array(d.one_of((4,), (2, 3), (3, 4)))], {}), analytic=False)
composition("corrcoef", np.corrcoef, _two_sets, analytic=False)
