"""Each kernel computes its plain formula: of few elements and many, any layout and dtype, NaN, infinities and zeros."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from microae.core.operation import TABLE
from microae.operations import kernels
from tests.operations.cases import ROWS

NAN, INF = np.nan, np.inf
SPECIAL = [NAN, INF, -INF, 0.0, -0.0]
SIZES = (0, 1, 2, 3, 7, 63, 64, 65, 66, 130, 1000)  # one call for up to 64 elements, others for more
LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "contiguous": lambda x: x,
    "reversed": lambda x: x[::-1].copy()[::-1],
    "strided": lambda x: np.repeat(x, 2, -1)[..., ::2],
    "transposed": lambda x: np.asfortranarray(x),
}


@dataclass
class Drawing:
    """How the operands of one example are made."""

    size: int
    layout: str
    dtype: Any
    seed: int
    special: bool

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)

    def array(self, shape: tuple[int, ...], low: float = -3.0, high: float = 3.0, special: bool = True) -> Any:
        x = self.rng.uniform(low, high, shape)
        x = np.where(self.rng.uniform(size=shape) < 0.2, np.round(x), x)
        if self.special and special:
            x = np.where(self.rng.uniform(size=shape) < 0.3, self.rng.choice(SPECIAL, shape), x)
        x = np.asarray(x, self.dtype)
        return LAYOUTS[self.layout](x) if x.ndim else x[()]

    def like(self, low: float = -3.0, high: float = 3.0, special: bool = True) -> Any:
        """A scalar for size 1, now and then; a vector; a matrix of about as many elements."""
        shapes = [(self.size,), (self.size // 3, 3), (self.size, 1)] + [()] * (self.size == 1)
        return self.array(shapes[self.rng.integers(len(shapes))], low, high, special)

    def factors(self, *shapes: tuple[int, ...]) -> list[Any]:
        """What is multiplied as matrices: NaN and infinity never meet 0, which BLAS takes for nothing, or not."""
        special = self.one_of(0, 1)
        plain = self.array(shapes[1 - special], special=False)
        factors = [self.array(shapes[special]), np.where(plain == 0.0, self.dtype(0.5), plain)]
        return factors[::-1] if special else factors

    def one_of(self, *choices: Any) -> Any:
        return choices[self.rng.integers(len(choices))]


def _select(d: Drawing) -> Any:
    x = d.like()
    y = np.asarray(d.array(np.shape(x)))[()]
    return (x > 0.0, *d.one_of((x, y), (x, 0.0), (1.0, 0.25), (y, x * 2)))


def _product(d: Drawing) -> Any:
    n, k, m = d.one_of(0, 1, 3, 8), d.one_of(0, 1, 2, 5, 20), d.one_of(0, 1, 3)
    x, y = d.one_of(
        ((k,), (k,)), ((n, k), (k,)), ((k,), (k, m)), ((n, k), (k, m)), ((2, n, k), (k, m)), ((2, n, k), (2, k, m)),
        ((n, k), (2, k, m)), ((3, 1, n, k), (2, k, m)), ((2, n, k), (k,)),
    )  # fmt: skip
    return d.factors(x, y)


def _affine(d: Drawing) -> Any:
    n, k, m = d.one_of(0, 1, 3, 8), d.one_of(1, 2, 5, 20), d.one_of(1, 3)
    x, W = d.factors(d.one_of((k,), (n, k), (2, n, k)), (k, m))
    b = d.array(d.one_of((m,), (m,), (m,), (1, m), ()))
    return x, W, b.astype(d.one_of(d.dtype, d.dtype, np.float32, np.float64))


def _scaled(d: Drawing) -> Any:
    x = d.like()
    return x, d.one_of(d.array(()), d.array(np.shape(x)))


def _descended(d: Drawing) -> Any:
    p = d.like()
    return p, np.array(0.3, d.dtype), d.array(np.shape(p))


def _activated(d: Drawing) -> Any:
    return (d.like(-900.0, 900.0) if d.one_of(True, False) else d.like(),)


def _slope(d: Drawing) -> Any:
    return d.like(), d.one_of(0.0, 0.01, 0.3, 1.0, 2.5, -0.5)


def _losses(d: Drawing) -> Any:
    z = d.like(*d.one_of((-3, 3), (-40, 40), (-600, 600)))
    return z, d.array(np.shape(z), 0.0, 1.0, special=False)


def _fractions(d: Drawing) -> Any:
    x = d.one_of(
        d.like(0.0, 1.0, special=False), d.like(0.0, 1.0), d.like(-0.01, 1.0), d.like(0.0, 1.01, special=False)
    )
    return (np.asarray(x),)


def _total(d: Drawing) -> Any:
    return (np.asarray(d.like(*d.one_of((0, 3), (-3, 3)))),)


def _factors(d: Drawing) -> Any:
    return (d.array(d.one_of((0,), (1,), (2,), (7,), (20,), (3, 5), (2, 0), (2, 3, 4))),)


def _truths(drawing: Drawing) -> tuple[Any, ...]:
    return (_fractions(drawing)[0] < 0.999,)


OPERANDS = {
    kernels.select: _select, kernels.product: _product, kernels.affine: _affine, kernels.scaled: _scaled,
    kernels.descended: _descended, kernels.sigmoid: _activated, kernels.leaky_relu: _slope,
    kernels.leaky_slope: _slope, kernels.logistic_losses: _losses, kernels.are_fractions: _fractions,
    kernels.total: _total, kernels.holds: _truths, kernels.others: _factors,
}  # fmt: skip
CHANGES_ITS_FIRST = {kernels.scaled}
EXACT = {kernels.select, kernels.leaky_relu, kernels.leaky_slope, kernels.are_fractions, kernels.holds, kernels.scaled}
ANY_DTYPE = {
    kernels.select,
    kernels.leaky_slope,
    kernels.are_fractions,
    kernels.holds,
}  # of Python numbers, or of truth values


def test_every_kernel_is_tested() -> None:
    assert set(OPERANDS) == set(kernels.DEFINITIONS)


def bound(kernel: Callable[..., Any], operands: tuple[Any, ...], dtype: Any) -> float:
    """How far rounding may carry the two apart, beside two units in the last place."""
    eps = float(np.finfo(dtype).eps)
    largest = [float(np.max(np.abs(x), initial=0.0, where=np.isfinite(x))) for x in operands]
    if kernel in (kernels.product, kernels.affine):
        return 4 * eps * (np.shape(operands[0])[-1] * largest[0] * largest[1] + sum(largest[2:]))
    if kernel is kernels.total:
        return 4 * eps * np.size(operands[0]) * largest[0]
    if kernel is kernels.descended:
        return 4 * eps * (largest[0] + largest[2])
    return float(np.finfo(dtype).tiny)  # where exp stops


@pytest.mark.slow
@pytest.mark.parametrize("kernel", OPERANDS, ids=lambda kernel: kernel.__name__)
@settings(max_examples=150, deadline=None)
@given(
    size=st.sampled_from(SIZES),
    layout=st.sampled_from(list(LAYOUTS)),
    dtype=st.sampled_from([np.float64, np.float32]),
    seed=st.integers(0, 10_000),
    special=st.booleans(),
)
@example(size=64, layout="contiguous", dtype=np.float64, seed=0, special=True)
@example(size=65, layout="contiguous", dtype=np.float32, seed=0, special=True)
def test_a_kernel_computes_its_definition(
    kernel: Callable[..., Any], size: int, layout: str, dtype: Any, seed: int, special: bool
) -> None:
    operands = OPERANDS[kernel](Drawing(size, layout, dtype, seed, special))
    kept = [np.array(x) for x in operands]
    with np.errstate(all="ignore"):
        expected = np.asarray(kernels.DEFINITIONS[kernel](*operands))
        given_ = [x.copy() if kernel in CHANGES_ITS_FIRST and i == 0 else x for i, x in enumerate(operands)]
        result = kernel(*given_)
    for x, before in zip(operands, kept, strict=True):
        np.testing.assert_array_equal(x, before)
    assert not any(result is x for x in operands if isinstance(x, np.ndarray)) or kernel is kernels.select
    found = np.asarray(result)
    if kernel is kernels.select and not np.shape(operands[0]):
        expected = expected.astype(found.dtype)
    if kernel in ANY_DTYPE:
        assert found.dtype in (expected.dtype, np.dtype(dtype))
        found, expected = found.astype(dtype), expected.astype(dtype)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    if kernel in EXACT:
        np.testing.assert_array_equal(found, expected)
        return
    eps = float(np.finfo(dtype).eps)
    steep = 600.0 if kernel is kernels.logistic_losses else 4.0  # an exponent that is rounded once less or more
    np.testing.assert_allclose(found, expected, rtol=2 * steep * eps, atol=bound(kernel, operands, dtype))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_is_large_overflows_in_none_of_them(dtype: Any) -> None:
    largest = np.finfo(dtype).max
    z = np.array([-largest, -1e4, -750.0, -100.0, 0.0, 100.0, 750.0, 1e4, largest], dtype)
    with np.errstate(all="raise", under="ignore"):
        for x in (z, np.tile(z, 20), *z):
            np.testing.assert_allclose(kernels.sigmoid(x), np.where(x >= 0, 1.0, 0.0), atol=0.51)
            assert np.all(np.where(x < -745.0, kernels.sigmoid(x) == 0.0, kernels.sigmoid(x) >= 0.0))
            np.testing.assert_array_equal(kernels.leaky_relu(x), np.where(x > 0, x, dtype(0.01) * x))
            for y in (dtype(0.0), dtype(1.0)):
                losses = kernels.logistic_losses(x, np.full(np.shape(x), y)[()])
                np.testing.assert_allclose(losses, np.maximum(x, 0.0) - y * x, atol=0.7)
        for few in (3, 30, 100):
            assert kernels.total(np.full(few, largest / few / 2, dtype)) == pytest.approx(largest / 2, rel=1e-5)


@pytest.mark.parametrize("n", [3, 100])
@pytest.mark.parametrize(("logit", "target"), [(INF, 1.0), (-INF, 0.0)])
def test_an_infinite_logit_that_is_right_costs_nothing(logit: float, target: float, n: int) -> None:
    z = np.zeros(n)
    z[1] = logit
    losses = kernels.logistic_losses(z, np.full(n, target))
    assert (losses[0], losses[1]) == (pytest.approx(np.log(2.0)), 0.0)


@pytest.mark.parametrize("few", [2, 64, 65])
def test_a_total_beyond_the_largest_number_is_infinite(few: int) -> None:
    with np.errstate(all="ignore"):
        for dtype in (np.float64, np.float32):
            total = kernels.total(np.full(few, np.finfo(dtype).max, dtype))
            assert (total, total.dtype) == (INF, dtype)
        assert kernels.total(np.array([INF] * few)) == INF
        assert np.isnan(kernels.total(np.array([INF, -INF] * few)))
        assert np.isnan(kernels.total(np.array([1.0, NAN] * few)))


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.facts.definition is not None])
def test_the_definition_of_a_row_is_that_of_its_forward_function(name: str) -> None:
    row = TABLE[name]
    read = 0
    for case in ROWS[name]:
        for seed in range(20):
            arrays, parameters = case.sample(seed)
            operands = arrays
            if name == "sigmoid_cross_entropy":
                operands = [arrays[0], 1.0 / (1.0 + np.exp(-arrays[0])), arrays[1]]
            expected = case.reference(*arrays, **parameters)
            np.testing.assert_allclose(row.facts.definition(*operands, **parameters), expected, rtol=1e-12, atol=1e-13)
            np.testing.assert_allclose(row.forward(*operands, **parameters), expected, rtol=1e-12, atol=1e-13)
            read += 1
    assert read
