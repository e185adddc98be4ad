"""Choices and functions of parts, spaced numbers; lists with Values in them; plain methods."""

from __future__ import annotations

import numpy as np
import pytest

import microae as ma
from microae.core.value import Value

NAN = np.nan
X = np.array([[3.0, 1.0, 2.0], [0.5, 4.0, -1.0]])


def slopes(f, *arrays):
    leaves = [Value(x) for x in arrays]
    return [np.asarray(g).tolist() for g in ma.gradients(f(*leaves), leaves)]


# --- choices -------------------------------------------------------------------------------------------------------


def test_what_is_not_chosen_gets_no_gradient_and_no_nan():
    with np.errstate(all="ignore"):
        assert slopes(lambda x: ma.piecewise(x, [x > 0], [np.sqrt, 0.0]).sum(), [4.0, -1.0, 0.0]) == [[0.25, 0.0, 0.0]]
        f = lambda x: ma.select([x > 0, x > -2], [np.log(x), x * x], x / 0.0).sum()
        assert slopes(f, [2.0, -1.0]) == [[0.5, -2.0]]
    assert slopes(lambda x, y: np.choose([0, 1, 0], [x, y]).sum(), [1.0, 2.0, NAN], 5.0) == [[1.0, 0.0, 1.0], 1.0]


def test_pieces_are_numpys():
    x = X.ravel()
    for conditions in ([x > 2, x < 0], [[True, False] * 3], x > 1, np.array([x > 2, x > 3])):
        n = 1 if np.ndim(conditions) == 1 else len(conditions)
        for functions in ([lambda y: y * 2, 7.0][:n], [lambda y: -y, *[lambda y: y**2] * n]):
            np.testing.assert_allclose(
                np.piecewise(Value(x), conditions, functions).data, np.piecewise(x, conditions, functions)
            )
    assert np.piecewise(Value(2.0), [True], [lambda y: y * 3]).item() == 6.0
    with pytest.raises(ValueError, match="piecewise: 1 conditions need"):
        np.piecewise(Value(x), [x > 1], [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda v: np.select([], []), ValueError, "."),
        (lambda v: ma.select([X > 1], []), ValueError, "select: needs as many choices"),
        (lambda v: np.choose([0, 2, 0], [v, v]), ValueError, r"choose: there are the choices 0\.\.1"),
        (lambda v: np.compress(X > 0, v), ValueError, "compress: the condition must have one axis"),
        (lambda v: np.apply_along_axis(np.sum, 0, v[:, :0]), ValueError, "there are no slices"),
        (lambda v: np.apply_over_axes(lambda x, axis: x.sum(), v, [0]), ValueError, "apply_over_axes: the function's"),
        (lambda v: np.partition(v, 7), ValueError, "partition: kth"),
        (lambda v: np.block([[v], v]), ValueError, "block: lists must"),
        (lambda v: np.block([]), ValueError, "."),
        (lambda v: np.insert(v, 9, v), IndexError, "."),
        (lambda v: np.delete(v, 9), IndexError, "."),
        (lambda v: np.resize(v, (-1, 2)), ValueError, "resize: lengths"),
        (lambda v: np.rollaxis(v, 5), ValueError, "rollaxis"),
        (lambda v: np.linspace(v, 1.0, -1), ValueError, "linspace: the number"),
        (lambda v: np.geomspace(v, 1.0), ValueError, "geomspace: start and stop must be of one sign"),
        (lambda v: np.meshgrid(v[0], v[1], indexing="yx"), ValueError, "meshgrid: indexing"),
        (lambda v: np.broadcast_arrays(v, np.ones(2)), ValueError, "broadcast_arrays: shapes"),
    ],
)
def test_what_is_refused(call, kind, words):
    with pytest.raises(kind, match=words):
        call(Value(X))


@pytest.mark.parametrize(
    ("obj", "values", "axis"),
    [
        (1, [7.0, 8.0], 1), (1, [[7.0], [8.0]], 1), ([1], [[7.0], [8.0]], 1), ([1], [[7.0, 8.0], [9.0, 0.5]], 1),
        (0, [7.0, 8.0, 9.0], 0), ([0, 2], [7.0, 8.0, 9.0], 0), (-1, [7.0, 8.0], None), ([2], [7.0, 8.0], None),
        (slice(0, 5, 2), 7.0, None), ([1, 1], [7.0, 8.0], None),
    ],
)  # fmt: skip
def test_what_is_put_in_is_numpys(obj, values, axis):
    for arr, given in ((Value(X), np.array(values)), (X, Value(values)), (Value(X), values)):
        np.testing.assert_array_equal(np.insert(arr, obj, given, axis).data, np.insert(X, obj, values, axis))


# --- spaced numbers ------------------------------------------------------------------------------------------------


def test_spaced_numbers_end_where_they_should():
    ends = Value([0.1, 0.7])
    for n in (2, 7, 50):
        x = np.linspace(ends[0], ends[1], n)
        assert (x[0].item(), x[-1].item()) == (0.1, 0.7)
        by_ends = np.array([ma.gradients(x[i], [ends])[0] for i in range(n)])
        np.testing.assert_allclose(by_ends.T, [1 - np.arange(n) / (n - 1), np.arange(n) / (n - 1)])
    half = Value(np.float32(0.5))
    for x in (
        np.linspace(half, np.float32(1), 3),
        np.linspace(0, half, 3),
        np.logspace(half, 1.0),
        np.geomspace(1, half),
    ):
        assert x.dtype == np.float32
    assert np.linspace(half, Value(1.0)).dtype == np.linspace(Value(0), 1).dtype == np.float64
    assert np.insert(Value(np.ones(2, np.float32)), 0, 5.0).dtype == np.float32
    out, step = np.linspace(Value(0.0), 1.0, 5, retstep=True)
    assert (out.shape, step.item()) == ((5,), 0.25)


def test_powers_of_a_base():
    x = np.logspace(Value(0.0), 3.0, 4, base=Value(2.0))
    np.testing.assert_allclose(x.data, [1.0, 2.0, 4.0, 8.0])
    np.testing.assert_allclose(np.geomspace(-1.0, Value(-8.0), 4).data, [-1.0, -2.0, -4.0, -8.0])


def test_a_copy_passes_gradients_and_full_sums_them():
    v = Value([1.0, 2.0])
    for f in (np.copy, ma.copy, Value.copy):
        assert f(v) is not v
        assert ma.gradients(f(v).sum(), [v])[0].tolist() == [1.0, 1.0]
    assert ma.gradients(ma.full((2, 3), v[0]).sum(), [v])[0].tolist() == [6.0, 0.0]
    assert type(ma.full(2, 3.0)) is np.ndarray


# --- lists with Values in them ---------------------------------------------------------------------------------------


def test_lists_of_values_are_one():
    v, w = Value(1.0), Value(3.0)
    for call, right in (
        (lambda: ma.mean([v, w]), [0.5, 0.5]),
        (lambda: ma.sum([[v, 2.0], [w, w]]), [1.0, 2.0]),
        (lambda: ma.max((v, w)), [0.0, 1.0]),
        (lambda: ma.var([v, w]), [-1.0, 1.0]),
        (lambda: ma.median([v, w]), [0.5, 0.5]),
        (lambda: ma.linalg.norm([v * 3.0, w + 1.0]), [1.8, 0.8]),
        (lambda: (Value([2.0, 5.0]) * [v, w]).sum(), [2.0, 5.0]),
        (lambda: (np.array([2.0, 5.0]) + ma.exp([v * 0.0, w * 0.0])).sum(), [0.0, 0.0]),
        (lambda: Value([2.0, 5.0]) @ [v, w], [2.0, 5.0]),
        (lambda: [v, w] @ Value([2.0, 5.0]), [2.0, 5.0]),
        (lambda: np.dot(Value([2.0, 5.0]), [v, w]), [2.0, 5.0]),
        (lambda: np.add(Value([0.0, 0.0]), [v, w]).sum(), [1.0, 1.0]),
        (lambda: ma.average([v, w], weights=[1.0, 3.0]), [0.25, 0.75]),
        (lambda: ma.polyval([v, w], 2.0), [2.0, 1.0]),
        (lambda: ma.interp(0.25, [0.0, 1.0], [v, w]), [0.75, 0.25]),
    ):
        out = call()
        assert isinstance(out, Value)
        np.testing.assert_allclose(ma.gradients(out, [v, w]), right, atol=1e-12)
    with pytest.raises(ValueError, match="stack: the arrays must be of one shape"):
        ma.mean([v, Value([1.0, 2.0])])
    with pytest.raises(TypeError, match=r"use .*np\.stack / ma\.stack"):
        np.mean([v, w])  # NumPy looks for Values among its arguments, not within lists


# --- methods -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [
    lambda v: v.argmax(), lambda v: v.argmax(1), lambda v: v.argmin(axis=0, keepdims=True), lambda v: v.argsort(axis=0),
    lambda v: v.any(), lambda v: v.all(axis=1), lambda v: v.round(), lambda v: v.round(1),
    lambda v: v.nonzero()[1], lambda v: v[0].searchsorted(1.5), lambda v: v.ravel().searchsorted([1.5]),
])  # fmt: skip
def test_methods_without_a_derivative_are_plain(call):
    found, right = call(Value(X)), call(X)
    assert not isinstance(found, Value)
    np.testing.assert_array_equal(found, right)


@pytest.mark.parametrize("call", [
    lambda v: v.flatten(), lambda v: v.copy(), lambda v: v.partition(1) if isinstance(v, Value) else np.partition(v, 1),
    lambda v: v.compress([0, 1], axis=0) if not isinstance(v, Value) else np.compress([0, 1], v, axis=0),
])  # fmt: skip
def test_methods_with_one_are_values(call):
    found = call(Value(X))
    assert isinstance(found, Value)
    np.testing.assert_array_equal(found.data, call(X))


def test_methods_say_what_they_are_and_take():
    import inspect

    assert Value.argmax.__doc__ == "``numpy.argmax`` of this Value."
    assert Value.sum.__doc__ == "``microae.sum`` of this Value."
    assert list(inspect.signature(Value([1.0]).median).parameters) == ["axis", "keepdims"]
    assert not any(
        hasattr(Value, name) for name in ("select", "choose", "block", "linspace", "full", "gradient", "resize")
    )


def test_positions_over_numbers_that_are_missing_are_plain():
    x = np.array([[1.0, NAN, 3.0], [NAN, 0.0, 2.0]])
    for f in (np.nanargmax, np.nanargmin, lambda v: np.nanargmax(v, axis=0), lambda v: np.digitize(v, [0.5, 2.5]),
              lambda v: np.isin(v, [3.0]), lambda v: np.lexsort((v[0], v[1]))):  # fmt: skip
        np.testing.assert_array_equal(f(Value(x)), f(x))
        assert not isinstance(f(Value(x)), Value)


# --- compiled ------------------------------------------------------------------------------------------------------


def test_a_program_orders_and_interpolates_other_numbers():
    """Places that depend on the numbers are the program's own, not those of the step that was traced."""
    f = lambda v: v.median() + np.quantile(v, 0.2) + np.interp(v[0], [0.0, 1.0, 2.0], [0.0, 3.0, 1.0]) + np.nanmax(v)
    program = ma.compile(lambda x: f(Value(x)))
    for x in ([0.5, 2.0, 1.0], [1.5, 0.25, 9.0], [-1.0, 3.0, 2.0]):
        assert program(np.array(x)).item() == pytest.approx(f(Value(x)).item())


def test_derivatives_by_one_element_are_compiled():
    def second(x):
        v = Value(x)
        (slope,) = ma.gradients(v[1] ** 3 * v[0], [v], record=True)
        return ma.gradients(slope.sum(), [v])[0]

    program = ma.compile(second)
    for x, y in ([2.0, 3.0], [5.0, 7.0]):
        np.testing.assert_allclose(program(np.array([x, y])), [3 * y**2, 3 * y**2 + 6 * x * y])
