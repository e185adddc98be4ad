"""Every row of the table and every public composition, against NumPy and independent numerical derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import microae as ma
from microae.core.operation import FUNCTIONS, TABLE, Variadic
from microae.core.value import Value
from tests import oracles
from tests.operations.cases import COMPOSITIONS, ROWS
from tests.operations.drawing import Case

NOT_OPERATIONS = {"backward"}  # a method that makes no node; tested with the engine
CASES = [
    pytest.param(case, id=f"{name}-{kind}{i or ''}")
    for kind, group in (("row", ROWS), ("function", COMPOSITIONS))
    for name, cases in group.items()
    for i, case in enumerate(cases)
]

every_case = pytest.mark.parametrize("case", CASES)


def examples(n: int) -> Callable[[Any], Any]:
    quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.differing_executors]
    return settings(max_examples=n, deadline=None, suppress_health_check=quiet)


def test_every_row_has_cases_and_every_case_a_row() -> None:
    assert set(ROWS) == set(TABLE) - {"zero_only_here", "bent"}  # of recorded gradients: test_second_derivatives
    assert all(ROWS.values())


def test_every_public_function_has_cases() -> None:
    public = {name for name, f in FUNCTIONS.items() if TABLE.get(name) is not f and f.__name__ == name}
    assert set(COMPOSITIONS) == public - NOT_OPERATIONS
    assert all(COMPOSITIONS.values())


def outputs(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (list, tuple)) else [result]


def run(case: Case, arrays: list[Any], parameters: dict[str, Any]) -> list[Any]:
    return outputs(case.call(*arrays, **parameters))


def right(case: Case, arrays: list[Any], parameters: dict[str, Any]) -> list[Any] | None:
    """What NumPy returns, or ``None`` where it raises or warns."""
    try:
        return outputs(case.reference(*arrays, **parameters))
    except (ValueError, RuntimeWarning):
        return None


def expected(case: Case, arrays: list[Any], parameters: dict[str, Any]) -> list[Any]:
    """What NumPy returns; an example where it raises is given up, being tested apart."""
    results = right(case, arrays, parameters)
    assume(results is not None)
    return results or []


def weights(results: list[Any], seed: int = 0) -> list[np.ndarray]:
    """A fixed random seed gradient for each output."""
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.uniform(0.5, 1.5, np.shape(out))) for out in results]


def total(results: list[Any], ws: list[np.ndarray]) -> Any:
    """``Σ w · out``: Values give a Value, arrays a number, so that one function serves both sides of a test."""
    parts = [(out * w).sum() for out, w in zip(results, ws, strict=True)]
    return sum(parts[1:], start=parts[0])


def agree(found: list[Any], slopes: oracles.Slopes, f: Callable[..., Any], arrays: list[np.ndarray]) -> None:
    """Each partial derivative equals the oracle's; at a kink it lies between the slopes on either side."""
    for k, (g, by_oracle, error) in enumerate(zip(found, slopes.values, slopes.errors, strict=True)):
        assert np.shape(g) == by_oracle.shape
        scale = max([1.0, *(float(np.max(np.abs(v), initial=0.0)) for v in slopes.values if np.isfinite(v).all())])
        for i in np.ndindex(by_oracle.shape):
            if error[i] <= 1e-7 * scale:
                assert abs(np.asarray(g)[i] - by_oracle[i]) <= 1e-12 * scale + 10.0 * error[i], (k, i, g, by_oracle)
                continue
            left, right_slope = oracles.one_sided(f, arrays, k, i)
            low, high = sorted((left, right_slope))
            assert low - 1e-6 * scale <= np.asarray(g)[i] <= high + 1e-6 * scale, (k, i, g, low, high)


@pytest.mark.slow
@every_case
@examples(25)
@given(data=st.data())
def test_value_equals_numpys(case: Case, data: st.DataObject) -> None:
    arrays, parameters = data.draw(case.samples())
    results = right(case, arrays, parameters)
    if results is None:
        with pytest.raises(ValueError, match=r"^\w+: "):  # in its own words, beginning with the operation's name
            run(case, [Value(x) for x in arrays], parameters)
        return
    kept = [x.copy() for x in arrays]
    leaves = [Value(x) for x in arrays]
    for out in (run(case, leaves, parameters), run(case, arrays, parameters)):
        assert len(out) == len(results)
        for y, r in zip(out, results, strict=True):
            data_ = y.data if isinstance(y, Value) else y
            assert np.shape(data_) == np.shape(r)
            np.testing.assert_allclose(data_, r, rtol=1e-12, atol=1e-13)
    for x, leaf, before in zip(arrays, leaves, kept, strict=True):
        np.testing.assert_array_equal(x, before)
        np.testing.assert_array_equal(leaf.data, before)


@every_case
@examples(12)
@given(data=st.data())
def test_first_order(case: Case, data: st.DataObject) -> None:
    arrays, parameters = data.draw(case.samples())
    expected(case, arrays, parameters)
    tracked = [data.draw(st.booleans()) for _ in arrays]
    check_first_order(case, arrays, parameters, tracked if any(tracked) else [True] * len(arrays))


def check_first_order(case: Case, arrays: list[np.ndarray], parameters: dict[str, Any], tracked: list[bool]) -> None:
    """The gradients by the inputs that are tracked, plain and recorded, the others being constants."""
    ws = weights(outputs(case.reference(*arrays, **parameters)))

    def f(*xs: np.ndarray) -> Any:
        return total(outputs(case.reference(*xs, **parameters)), ws)

    slopes = oracles.complex_step(f, arrays) if case.analytic else oracles.extrapolated(f, arrays)
    operands = [Value(x) if t else x for x, t in zip(arrays, tracked, strict=True)]
    leaves = [x for x in operands if isinstance(x, Value)]
    out = total(run(case, operands, parameters), ws)
    found = ma.gradients(out, leaves)
    recorded = ma.gradients(out, leaves, record=True)

    chosen = [k for k, t in enumerate(tracked) if t]
    wanted = oracles.Slopes([slopes.values[k] for k in chosen], [slopes.errors[k] for k in chosen])
    agree(found, wanted, lambda *xs: f(*_filled(arrays, chosen, xs)), [arrays[k] for k in chosen])
    for g, r in zip(found, recorded, strict=True):  # BLAS may round products of the same numbers in two ways
        np.testing.assert_allclose(g, r.data, rtol=1e-13, atol=1e-15)
    out.backward()
    for g, leaf in zip(found, leaves, strict=True):
        np.testing.assert_array_equal(np.zeros(leaf.shape) if leaf.grad is None else leaf.grad, g)


def _filled(arrays: list[np.ndarray], chosen: list[int], xs: tuple[Any, ...]) -> list[Any]:
    full: list[Any] = list(arrays)
    for k, x in zip(chosen, xs, strict=True):
        full[k] = x
    return full


@pytest.mark.slow
@every_case
@examples(6)
@given(data=st.data())
def test_second_order(case: Case, data: st.DataObject) -> None:
    arrays, parameters = data.draw(case.samples())
    ws = weights(expected(case, arrays, parameters))

    def slope(leaves: list[Value], record: bool) -> list[Any]:
        return ma.gradients(total(run(case, leaves, parameters), ws), leaves, record=record)

    leaves = [Value(x) for x in arrays]
    firsts = slope(leaves, record=True)
    vs = weights(firsts, seed=1)
    try:
        found = ma.gradients(total(firsts, vs), leaves)
    except np.linalg.LinAlgError:  # it says that there is none, as of a norm at 0
        found = []
    assume(found)

    def f(*xs: np.ndarray) -> Any:
        return total([np.asarray(g) for g in slope([Value(x) for x in xs], record=False)], vs)

    directions = weights([np.empty(x.shape) for x in arrays], seed=2)

    def along(t: np.ndarray) -> Any:
        return f(*(x + t * d for x, d in zip(arrays, directions, strict=True)))

    origin = [np.array(0.0)]
    assume(not oracles.jumps(along))  # at a kink there is no second derivative
    slope_along = sum(float(np.sum(g * d)) for g, d in zip(found, directions, strict=True))
    agree([slope_along], oracles.extrapolated(along, origin, (0.05, 0.005)), along, origin)


@pytest.mark.slow
@every_case
@examples(5)
@given(data=st.data())
def test_the_same_operand_twice(case: Case, data: st.DataObject) -> None:
    """A Value used twice gets the sum of what each use would get alone."""
    arrays, parameters = data.draw(case.samples())
    ws = weights(expected(case, arrays, parameters))
    if len(arrays) > 1 and arrays[0].shape == arrays[1].shape:
        arrays = [arrays[0], *arrays[:1], *arrays[2:]]
        apart = [Value(x) for x in arrays]
        each = ma.gradients(total(run(case, apart, parameters), ws), apart)
        x = Value(arrays[0])
        (both,) = ma.gradients(total(run(case, [x, x, *arrays[2:]], parameters), ws), [x])
        np.testing.assert_allclose(both, each[0] + each[1], rtol=1e-13, atol=1e-14)
    leaves = [Value(x) for x in arrays]
    once = ma.gradients(total(run(case, leaves, parameters), ws), leaves)
    twice = ma.gradients(total(run(case, leaves, parameters), ws) + total(run(case, leaves, parameters), ws), leaves)
    for one, two in zip(once, twice, strict=True):
        np.testing.assert_allclose(2.0 * np.asarray(one), two, rtol=1e-13, atol=1e-15)


LAYOUTS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[Value], Value]]] = {
    "transposed": (lambda x: x.T, lambda v: v.T),
    "reversed": (lambda x: x[(slice(None, None, -1),) * x.ndim], lambda v: v[(slice(None, None, -1),) * v.ndim]),
    "strided": (lambda x: np.repeat(x, 2, -1) if x.ndim else x, lambda v: v[..., ::2] if v.ndim else v),
}


@pytest.mark.slow
@every_case
@pytest.mark.parametrize("layout", LAYOUTS)
@examples(4)
@given(data=st.data())
def test_noncontiguous_operands(case: Case, layout: str, data: st.DataObject) -> None:
    arrays, parameters = data.draw(case.samples())
    results = expected(case, arrays, parameters)
    ws = weights(results)
    there, back = LAYOUTS[layout]
    views = [back(Value(there(x))) for x in arrays]
    out = run(case, views, parameters)
    for y, r in zip(out, results, strict=True):
        np.testing.assert_allclose(y.data, r, rtol=1e-12, atol=1e-13)
    leaves = [Value(x) for x in arrays]
    plain = ma.gradients(total(run(case, leaves, parameters), ws), leaves)
    for g, p in zip(ma.gradients(total(out, ws), views), plain, strict=True):
        np.testing.assert_allclose(g, p, rtol=1e-11, atol=1e-12)


@pytest.mark.slow
@every_case
@examples(8)
@given(data=st.data())
def test_dtypes_are_numpys(case: Case, data: st.DataObject) -> None:
    """float32 stays float32, mixtures are promoted as NumPy does, and a gradient has the dtype of its input."""
    arrays, parameters = data.draw(case.samples())
    results = expected(case, arrays, parameters)
    ws = weights(results)
    common = np.float32 if data.draw(st.booleans()) else None
    dtypes = [common or data.draw(st.sampled_from([np.float32, np.float64])) for _ in arrays]
    leaves = [Value(x.astype(t)) for x, t in zip(arrays, dtypes, strict=True)]
    out = run(case, leaves, parameters)
    if case.promotes:
        assert {y.dtype for y in out} == {np.result_type(*dtypes)}
    wide = [Value(x) for x in arrays]
    exact = ma.gradients(total(run(case, wide, parameters), ws), wide)
    for record in (False, True):
        for x, g, e in zip(leaves, ma.gradients(total(out, ws), leaves, record=record), exact, strict=True):
            assert np.asarray(g.numpy() if isinstance(g, Value) else g).dtype == x.dtype
            assert np.shape(e) == np.shape(g)


RULES = [
    (name, i) for name, row in TABLE.items() for i in range(1 if isinstance(row.vjps, Variadic) else len(row.vjps))
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "i"), [(name, i) for name, i in RULES if TABLE[name].vjps[i] is not None and name in ROWS]
)
def test_a_wrong_rule_is_found(name: str, i: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test of the test: one rule off by a thousandth, and the check fails."""
    row, case = TABLE[name], ROWS[name][0]
    rules: Any = row.vjps

    def wrong(*args: Any, **kwargs: Any) -> Any:
        return rules[i](*args, **kwargs) * 1.001

    def check() -> None:
        for sample in samples:
            check_first_order(case, *sample, [True] * len(sample[0]))

    samples = [sample for sample in map(case.sample, range(12)) if right(case, *sample) is not None]
    check()
    monkeypatch.setattr(row, "_vjps", row.vjps)  # to be put back
    if isinstance(rules, Variadic):
        row.vjps = Variadic(lambda k, *args, **kwargs: (wrong if k == i else rules[k])(*args, **kwargs))
    else:
        row.vjps = (*rules[:i], wrong, *rules[i + 1 :])
    with pytest.raises(AssertionError):
        check()
