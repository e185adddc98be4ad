"""``Value`` as a user meets it: what it accepts, shows, refuses, and never changes behind one's back."""

from __future__ import annotations

import copy
import math
import operator
import pickle
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import microae as ma
from microae import Value

finite = st.floats(-1e6, 1e6)
arrays = hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4), elements=finite)


# --- what it is made of ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.5, np.float64),
        (3, np.float64),
        (True, np.float64),
        (2**70, np.float64),
        (np.float32(1.5), np.float32),
        (np.float64(1.5), np.float64),
        (np.int8(3), np.float64),
        (np.bool_(True), np.float64),
        ([1, 2, 3], np.float64),
        ([[True, False]], np.float64),
        ([], np.float64),
        (range(3), np.float64),
        (np.arange(3, dtype=np.uint16), np.float64),
        (np.ones(3, np.float32), np.float32),
        (np.ones((2, 0), np.float32), np.float32),
        (np.array(2.0, np.float32), np.float32),
        (np.ones(3, ">f8"), np.float64),
        (np.ones(3, ">f4"), np.float32),
    ],
)
def test_numbers_become_floats_and_float32_stays(data, dtype):
    v = Value(data)
    assert v.dtype == dtype
    assert v.dtype.isnative
    np.testing.assert_array_equal(v.numpy(), np.asarray(data, float))


@pytest.mark.parametrize(
    ("data", "given"),
    [
        (1j, "complex128"),
        (np.ones(2, complex), "complex128"),
        ("1.5", "'1.5'"),
        (None, "None"),
        (object(), "object"),
        ({"a": 1}, "object"),
        (Fraction(1, 3), r"Fraction\(1, 3\)"),
        (np.float16(1.0), "float16"),
        (np.ones(2, np.float16), "float16"),
        (np.ones(2, np.longdouble), np.dtype(np.longdouble).name),
        (np.array(["a"]), "U1"),
        (np.array("2020-01-01", "datetime64[D]"), "datetime64"),
        (np.ma.masked_array([1.0, 2.0], [True, False]), "masked"),
        (Value(1.0), "already a Value"),
        ([Value(1.0), 2.0], "np.stack"),
    ],
)
def test_what_is_not_real_numbers_is_refused_with_what_was_given(data, given):
    with pytest.raises(TypeError, match=given):
        Value(data)


@pytest.mark.parametrize("data", [[[1.0], [1.0, 2.0]], [1.0, [2.0]], [[[1]], [1]]])
def test_ragged_lists_are_refused(data):
    with pytest.raises(ValueError, match="ragged"):
        Value(data)


def test_a_second_number_is_not_taken_for_a_label():
    with pytest.raises(TypeError, match="label must be a string, got 2"):
        Value(1.0, 2.0)


@given(arrays)
@settings(deadline=None)
def test_shape_attributes_are_numpys(array):
    v = Value(array, label="v")
    assert (v.shape, v.ndim, v.size, v.dtype, v.label) == (array.shape, array.ndim, array.size, array.dtype, "v")
    assert v.grad is None
    assert v.operation is None
    assert v.inputs == ()
    np.testing.assert_array_equal(v.data, array)
    np.testing.assert_array_equal(v.T.data, array.T)


def test_the_data_of_a_scalar_is_a_plain_float():
    assert type(Value(3).data) is float
    assert type(Value(np.array(3.0)).data) is float
    assert type((Value(3) * 2).data) is float
    assert type(Value([1.0, 2.0]).sum().data) is float


def test_item():
    assert Value([[2.5]]).item() == 2.5
    assert type(Value(np.float32(2.5)).item()) is float
    with pytest.raises(ValueError, match=r"Value 'w' has 2 elements \(shape \(2,\)\)"):
        Value([1.0, 2.0], label="w").item()


def test_numpy_gives_an_array_of_ones_own():
    v = Value([1.0, 2.0])
    array = v.numpy()
    array[0] = 99.0
    assert v.data[0] == 1.0


def test_detach_gives_a_leaf_that_shares_nothing():
    x = Value([1.0, 2.0], label="x")
    y = x * 3
    z = y.detach()
    assert z.operation is None
    assert not np.shares_memory(z.data, y.data)
    (z * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [3.0, 6.0])


# --- words -------------------------------------------------------------------------------------------------------


def test_repr_tells_numbers_dtype_label_and_operation():
    assert repr(Value(1.0)) == "Value(1.)"
    assert repr(Value([1.0, 2.5], label="w")) == "Value([1. , 2.5], label='w')"
    assert repr(Value(np.float32(0.5))) == "Value(0.5, dtype=float32)"
    assert repr(Value(2.0) * 3) == "Value(6., operation=multiply)"
    assert str(Value(1.0)) == "Value(1.)"
    assert len(repr(Value(np.zeros(100_000)))) < 200


def test_format():
    assert f"{Value(1 / 3):.3f}" == "0.333"
    assert f"{Value([[2.0]]):>6.1f}" == "   2.0"
    assert f"{Value([1.0, 2.0])}" == "Value([1., 2.])"
    with pytest.raises(ValueError, match="2 elements"):
        f"{Value([1.0, 2.0]):.3f}"


# --- identity, comparisons ---------------------------------------------------------------------------------------


def test_hash_is_by_identity():
    a, b = Value(1.0), Value(1.0)
    assert len({a, b, a}) == 2
    assert {a: "a", b: "b"}[b] == "b"
    vectors = [Value([1.0, 2.0]) for _ in range(100)]
    assert len(set(vectors)) == 100


@given(finite, finite)
@settings(deadline=None, max_examples=50)
def test_comparisons_of_scalars_are_plain_truth_values(x, y):
    for left, right in ((Value(x), Value(y)), (Value(x), y), (x, Value(y))):
        for mine, plain in (
            (left < right, x < y),
            (left <= right, x <= y),
            (left > right, x > y),
            (left >= right, x >= y),
            (left == right, x == y),
            (left != right, x != y),
        ):
            assert isinstance(mine, (bool, np.bool_))
            assert mine == plain


def test_comparisons_of_arrays_are_plain_arrays():
    x, y = np.array([1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0])
    for left, right in ((Value(x), Value(y)), (Value(x), y), (x, Value(y))):
        assert type(left < right) is np.ndarray
        np.testing.assert_array_equal(left < right, x < y)
        np.testing.assert_array_equal(left == right, x == y)
    assert Value(1.0) != None  # noqa: E711
    assert bool(Value(0.5))
    assert not Value(0.0)


@pytest.mark.parametrize("data", [[0, 1], [1.0, 1.0], [[0.0], [0.0]], np.zeros((0,)), np.zeros((2, 0))])
def test_several_numbers_or_none_have_no_truth_value(data):
    """As NumPy's arrays: ``if v`` must not decide by the first number, nor by whether there are any."""
    v = Value(data)
    for use in (bool, lambda v: v and 1, lambda v: not v, lambda v: 1 if v else 0, lambda v: any([v])):
        with pytest.raises(ValueError, match="truth value"):
            use(v)


def test_one_number_has_a_truth_value_whatever_its_shape():
    for shape in ((), (1,), (1, 1)):
        for number in (0.0, -0.0, 2.0, -1e-300, math.nan, math.inf):
            assert bool(Value(np.full(shape, number))) is bool(number)
    x = Value([1.0, 2.0])
    with pytest.raises(ValueError, match="truth value"):
        assert x == x.data


def test_a_scalar_is_no_sequence():
    s = Value(1.0, label="s")
    with pytest.raises(TypeError, match=r"len\(\): Value 's' is a scalar"):
        len(s)
    with pytest.raises(TypeError, match="scalar"):
        list(s)
    assert len(Value(np.zeros((0, 2)))) == 0
    assert [v.shape for v in Value(np.zeros((3, 2)))] == [(2,)] * 3


def test_rounding_is_plain():
    assert round(Value(1.26), 1) == 1.3
    assert type(round(Value([1.26, 2.0]), 1)) is np.ndarray
    assert round(Value([1.26, 2.0]), 1).tolist() == [1.3, 2.0]
    assert round(Value(1.6)) == 2.0


# --- the graph stays true ----------------------------------------------------------------------------------------


def test_data_is_read_only():
    w = Value([1.0, 2.0])
    with pytest.raises(ValueError, match="never changed in place"):
        w.data[0] = 5.0
    with pytest.raises(ValueError, match="read-only"):
        w.data.view(np.ndarray)[0] = 5.0
    with pytest.raises(ValueError, match="nobody writes into"):
        np.add(np.ones(2), 1.0, out=w.data)
    for seen in (w.data, w.data[:1], w.data.reshape(2, 1)):
        with pytest.raises(ValueError, match=r"np\.add\.at: the data of a Value is never changed in place"):
            np.add.at(seen, [0], 5.0)
        with pytest.raises(ValueError, match=r"np\.negative\.at: the data of a Value is never"):
            np.negative.at(seen, [0])
    with pytest.raises(ValueError, match="read-only"):
        w.data.base[0] = 5.0
    sums = np.zeros(2)
    np.add.at(sums, [0, 1], w.data)
    assert sums.tolist() == w.data.tolist() == [1.0, 2.0]
    with pytest.raises(TypeError, match=r"ma\.where"):
        w[0] = 5.0


@pytest.mark.parametrize(
    "write",
    [
        lambda d: np.multiply(d, 0.5, out=d, where=[True, False, True]),
        lambda d: np.multiply(d, 0.5, d),
        lambda d: np.maximum(d, -0.1, out=d),
        lambda d: np.exp(d, out=d),
        lambda d: np.subtract(d, 1.0, out=d[:]),
        lambda d: np.divmod(d, 2.0, out=(d, np.empty(3))),
        lambda d: np.add.accumulate(d, out=d),
        lambda d: np.add.reduce(d[None], 0, out=d),
        lambda d: np.add.reduceat(d, [0, 1, 2], out=d),
        lambda d: np.clip(d, -1.0, 1.0, out=d),
        lambda d: np.clip(d, -1.0, 1.0, d),
        lambda d: np.cumprod(d, out=d),
        lambda d: np.take(d, [0, 1, 2], out=d),
        lambda d: np.einsum("i->i", d, out=d),
        lambda d: np.copyto(d, 0.0),
        lambda d: np.put(d, 0, 1.0),
        lambda d: np.nan_to_num(d, copy=False),
        lambda d: d.clip(-1.0, 1.0, out=d),
        lambda d: d.round(out=d),
        lambda d: d.cumsum(out=d),
        lambda d: d.take([0, 1, 2], out=d),
        lambda d: d.dot(np.eye(3), out=d),
        lambda d: d.sort(),
        lambda d: d.fill(0.0),
    ],
)
def test_what_writes_into_data_says_what_to_do(write):
    w = Value([3.0, 1.4, -2.0])
    with pytest.raises(ValueError, match=r"data of a Value.*take a copy, change that, and rebind: data = v\.numpy\(\)"):
        write(w.data)
    assert w.data.tolist() == [3.0, 1.4, -2.0]


@pytest.mark.parametrize("name", ["iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow", "imatmul"])
def test_augmented_operators_of_data_make_new_arrays(name):
    start = np.array([[3.0, 1.4], [2.0, 5.0]])
    w, expected = Value(start), start.copy()
    changed = getattr(operator, name)(w.data, start + 1.0)
    if name == "imatmul":
        expected = expected @ (start + 1.0)
    else:
        getattr(operator, name)(expected, start + 1.0)
    assert type(changed) is np.ndarray
    assert changed.tolist() == expected.tolist()
    assert w.data.tolist() == start.tolist()


def test_the_array_given_may_be_changed_afterwards():
    given = np.array([1.0, 2.0])
    w = Value(given)
    given[:] = 99.0
    np.testing.assert_array_equal(w.data, [1.0, 2.0])


def _constants():
    whole = np.arange(4.0)
    yield whole, whole
    yield whole, whole[::2].repeat(2)
    view = whole.view()
    view.flags.writeable = False
    yield whole, view
    yield whole, np.broadcast_to(whole[:1], 4)


@pytest.mark.parametrize("case", range(4))
@pytest.mark.parametrize(
    "use",
    [
        lambda x, c: x * c,
        lambda x, c: c * x,
        lambda x, c: ma.multiply(x, c),
        lambda x, c: x @ c,
        lambda x, c: ma.concatenate([x * x, c]) * ma.concatenate([c, x]),
        lambda x, c: ma.mean_squared_error(x, c),
        lambda x, c: x[c.astype(int)] * x,
        lambda x, c: ma.where(c > 1, x, 0.0) * x,
        lambda x, c: ma.take(x, c.astype(int)) ** 2,
    ],
)
def test_a_constant_changed_after_its_use_does_not_change_the_graph(use, case):
    owner, constant = list(_constants())[case]
    x = Value([1.0, -2.0, 3.0, 0.5])
    seed = np.ones(use(x, constant).shape)
    expected = ma.gradients(use(x, constant), [x], seed)
    y = use(x, constant)
    owner[:] = 7.0
    np.testing.assert_array_equal(ma.gradients(y, [x], seed)[0], expected[0])


def test_an_index_changed_after_its_use_does_not_change_the_graph():
    x, index = Value([1.0, 2.0, 3.0]), np.array([0, 1])
    y = x[index].sum()
    index[:] = 2
    assert ma.gradients(y, [x])[0].tolist() == [1.0, 1.0, 0.0]
    x, rows, mask = Value(np.ones((3, 3))), np.array([0, 1]), np.array([True, False, True])
    for y in (x[rows, 1:].sum(), x[..., rows].sum(), x[mask, 0].sum(), x[[0, 1], rows].sum(), x[:, mask].sum()):
        (expected,) = ma.gradients(y, [x])
        rows[:], mask[:] = 2, False
        np.testing.assert_array_equal(ma.gradients(y, [x])[0], expected)
        rows[:], mask[:] = [0, 1], [True, False, True]


def test_rebinding_keeps_old_graphs_true():
    w = Value([1.0, 2.0], label="w")
    old = (w**3).sum()
    old.backward()
    np.testing.assert_array_equal(w.grad, [3.0, 12.0])
    w.data = w.data - 0.5 * w.grad
    w.grad = None
    assert old.item() == 9.0
    old.backward()  # the gradient of the graph as it was built
    np.testing.assert_array_equal(w.grad, [3.0, 12.0])
    np.testing.assert_array_equal(w.data, [-0.5, -4.0])


def test_what_data_gave_before_an_update_stays():
    w = Value([1.0, 2.0])
    before, copied = w.data, w.numpy()
    w.data = [5.0, 6.0]
    assert before.tolist() == [1.0, 2.0]
    copied[:] = 99.0
    assert w.data.tolist() == [5.0, 6.0]


def test_a_rebound_scalar_keeps_its_dtype():
    for dtype in (np.float32, np.float64):
        w = Value(dtype(1.0))
        for number in (2, 2.5, np.float64(0.1), np.float32(0.1), np.array(0.1), True):
            w.data = number
            assert w.dtype == dtype
            assert w.data == dtype(number)


def test_grad_of_a_float32_scalar_is_set_as_float32():
    w = Value(np.float32(1.0))
    for number in (2, 2.5, np.float64(0.1), np.array(0.1)):
        w.grad = number
        assert np.asarray(w.grad).dtype == np.float32
        assert w.grad == np.float32(number)


def test_grad_of_an_array_set_to_a_number_is_an_array_to_change():
    w = Value([1.0, 2.0])
    w.grad = 3.0
    w.grad[0] = 5.0
    assert w.grad.tolist() == [5.0, 3.0]
    for bad, error in (([1.0, 2.0, 3.0], ValueError), ([[1.0, 2.0]], ValueError), (1j, TypeError)):
        with pytest.raises(error):
            w.grad = bad
    assert w.grad.tolist() == [5.0, 3.0]


def test_rebinding_keeps_shape_dtype_and_copies():
    w = Value(np.ones(2, np.float32), label="w")
    given = np.array([1.0, 2.0])
    w.data = given
    given[:] = 99.0
    assert w.dtype == np.float32
    assert w.data.tolist() == [1.0, 2.0]
    for bad in ([1.0, 2.0, 3.0], 1.0, [[1.0, 2.0]]):
        with pytest.raises(ValueError, match=r"Value 'w' has shape \(2,\)"):
            w.data = bad
    with pytest.raises(TypeError, match="complex128"):
        w.data = [1j, 2j]
    with pytest.raises(TypeError, match=r"v\.data for its numbers"):
        w.data = w * 0.5
    assert w.data.tolist() == [1.0, 2.0]


def test_the_data_of_a_node_cannot_be_rebound():
    y = Value(1.0) + 1
    with pytest.raises(TypeError, match=r"computed by 'add'.*detach"):
        y.data = 3.0


def test_grad_can_be_set_to_a_number_an_array_or_none():
    w = Value(np.ones((2, 2), np.float32))
    w.grad = 0
    assert w.grad.shape == (2, 2)
    assert w.grad.dtype == np.float32
    mine = np.ones((2, 2))
    w.grad = mine
    mine[:] = 5.0
    assert w.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    w.grad *= 2
    assert w.grad.tolist() == [[2.0, 2.0], [2.0, 2.0]]
    with pytest.raises(ValueError, match="does not fit"):
        w.grad = np.ones(3)
    w.grad = None
    assert w.grad is None
    s = Value(1.0)
    s.grad = 0
    assert type(s.grad) is float


# --- dtypes through operations -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        2,
        2.5,
        True,
        np.float32(2),
        np.float64(2),
        np.int64(2),
        np.bool_(True),
        np.ones(2, np.float32),
        np.ones(2),
        np.array([True, False]),
        np.array([3, 4]),
        np.array([3, 4], np.int16),
        np.array([3, 4], np.uint8),
        np.array([3, 4], np.uint16),
        np.array([3, 4], np.int32),
        np.int16(2),
        np.int32(2),
    ],
    ids=lambda other: f"{type(other).__name__} {getattr(other, 'dtype', '')}",
)
@pytest.mark.parametrize("use", [lambda x, y: x * y, lambda x, y: y * x, lambda x, y: x + y, lambda x, y: y / x])
def test_float32_is_promoted_as_numpy_promotes_it(use, other):
    x = np.array([1.0, 2.0], np.float32)
    v = Value(x)
    out = use(v, other)
    assert out.dtype == use(x, other).dtype
    np.testing.assert_array_equal(out.data, use(x, other))
    out.sum().backward()
    assert v.grad.dtype == np.float32


@pytest.mark.parametrize("name", ["exp", "tanh", "sigmoid", "relu", "sum", "mean", "std", "softmax", "cumsum", "sort"])
def test_float32_stays_through_functions(name):
    v = Value(np.array([0.5, 1.5], np.float32))
    out = getattr(ma, name)(v)
    assert out.dtype == np.float32
    assert ma.gradients(out.sum(), [v])[0].dtype == np.float32


# --- leaving the graph -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("leave", "fix"),
    [
        (np.asarray, "v.numpy"),
        (np.array, "v.numpy"),
        (lambda v: np.array([v, v]), "np.stack"),
        (float, "v.item"),
        (int, "v.item"),
        (complex, "v.item"),
        (math.exp, "v.item"),
        (lambda v: [10, 20][v], "int"),
    ],
)
def test_leaving_the_graph_silently_is_refused_with_the_fix(leave, fix):
    with pytest.raises(TypeError, match=fix):
        leave(Value(1.0, label="v"))


def test_a_value_does_not_slip_into_an_array():
    with pytest.raises(ValueError, match="sequence") as raised:  # NumPy's words, after ours
        np.zeros(3)[0] = Value(1.0)
    assert "v.item" in str(raised.value.__cause__)


def test_inside_no_grad_there_is_no_graph_to_lose():
    v = Value([1.0, 2.0])
    with ma.no_grad():
        np.testing.assert_array_equal(np.asarray(v), [1.0, 2.0])
        assert float(v.sum()) == 3.0
    with pytest.raises(TypeError):
        np.asarray(v)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_leaves_can_be_copied_and_pickled(copied):
    v = Value(np.ones(2, np.float32), label="v")
    w = copied(v)
    w.data = [5.0, 5.0]
    assert (w.label, w.dtype) == ("v", np.float32)
    assert v.data.tolist() == [1.0, 1.0]
    assert copied(Value(2.0)).data == 2.0
    assert (w.grad, copied(Value(2.0)).grad) == (None, None)
    v.grad = [3.0, 4.0]
    w = copied(v)
    w.grad = w.grad + 1.0
    assert (w.grad.tolist(), w.grad.dtype, v.grad.tolist()) == ([4.0, 5.0], np.float32, [3.0, 4.0])
    with pytest.raises(TypeError, match="detach"):
        copied(v * 2)


# --- NumPy's protocols -------------------------------------------------------------------------------------------


def test_numpy_functions_take_values_on_either_side():
    v, ones = Value([1.0, 2.0, 3.0]), np.ones(3)
    for out in (ones * v, v * ones, np.float64(1.0) * v, v * np.float64(1.0), np.multiply(ones, v), ones @ np.diag(v)):
        assert isinstance(out, Value)
        np.testing.assert_array_equal(out.data, v.data)
    assert (ones < v).tolist() == [False, True, True]
    assert np.argmax(v) == 2
    assert not np.isnan(v).any()
    assert np.sign(-v).tolist() == [-1.0, -1.0, -1.0]
    assert (np.shape(v), np.ndim(v), np.size(v)) == ((3,), 1, 3)
    assert np.array_equal(v, v.data)
    assert np.allclose(v, ones * [1, 2, 3])
    assert type(np.zeros_like(v)) is np.ndarray


def test_what_numpy_could_do_but_values_cannot_names_the_way_out():
    v, out = Value([1.0, 2.0]), np.zeros(2)
    for wrong, words in (
        (lambda: np.eye(2).__imatmul__(v), r"np.matmul: the argument 'out' is not .*never written in place"),
        (lambda: np.exp(v, out=out), r"np.exp: the argument 'out' is not supported.*never written in place"),
        (lambda: np.exp(out, out=v), "out"),
        (lambda: out.__iadd__(v), r"np.add: the argument 'out'.*a = a \+ v"),
        (lambda: np.add(v, 1.0, where=[True, False]), r"'where'.*np.where"),
        (lambda: np.add.reduce(v), r"np.add.reduce.*use np.sum"),
        (lambda: np.multiply.accumulate(v), r"use np.cumprod"),
        (lambda: np.add.at(out, [0], v), r"np.add.at"),
        (lambda: np.fft.fft(v), r"np.fft has no derivative in the table|np.fft.*v\.data"),
        (lambda: np.i0(v), r"no derivative in the table.*v\.data"),
        (lambda: np.nextafter(v, 1.0), r"np.nextafter has no derivative"),
        (lambda: np.copyto(out, v), "copyto|NumPy array"),
    ):
        with pytest.raises(TypeError, match=words):
            wrong()
    assert not out.any()


# --- as a sequence -----------------------------------------------------------------------------------------------


def test_iterating_and_unpacking():
    a, b = Value([2.0, 3.0])
    (a * b).backward()
    assert len(Value([[1.0], [2.0]])) == 2
    with pytest.raises(TypeError, match="scalar"):
        len(Value(1.0))
    with pytest.raises(TypeError, match="scalar"):
        list(Value(1.0))


@pytest.mark.parametrize(
    "index", [[], [0, 2], [True, False, True], np.array(1), -1, slice(None, None, -1), None, ..., ([0, 1], [1, 0])]
)
def test_indexing_is_numpys(index):
    x = np.arange(9.0).reshape(3, 3)
    np.testing.assert_array_equal(Value(x)[index].data, x[index])


def test_an_index_is_not_a_value():
    with pytest.raises(TypeError, match=r"\.data"):
        Value([1.0, 2.0])[Value(1.0)]
    with pytest.raises(IndexError, match=r"getitem.*w: shape \(2,\).*index=5"):
        Value([1.0, 2.0], label="w")[5]


# --- errors for learners -----------------------------------------------------------------------------------------

W1 = Value(np.ones((3, 4)), label="W1")
x4 = Value(np.ones(4), label="x")
x3 = Value(np.ones(3), label="x")


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda: x4 @ W1, r"did you mean x @ W1\.T\? .*x: shape \(4,\), W1: shape \(3, 4\)"),
        (lambda: W1 @ x3, r"did you mean W1\.T @ x\?|did you mean x @ W1\?"),
        (lambda: W1.T @ x4, r"did you mean W1 @ x\? .*W1\.T: shape \(4, 3\)"),
        (lambda: x3 @ W1.T, r"did you mean x @ W1\?"),
        (lambda: ma.linear(x4, W1, np.ones(4)), r"linear: .*did you mean x @ W1\.T\?"),
        (lambda: W1 @ W1, r"did you mean W1 @ W1\.T\?"),
        (lambda: np.ones((5, 5)) @ W1, r"matmul: .*shape \(5, 5\), W1: shape \(3, 4\)"),
        (lambda: W1 @ 2.0, r"matmul: matmul\(W1: shape \(3, 4\), 2\)"),
        (lambda: 2.0 @ W1, r"matmul: matmul\(2, W1: shape \(3, 4\)\)"),
        (lambda: ma.linear(3.0, W1, np.ones(4)), r"linear: linear\(3, W1: shape \(3, 4\)"),
        (lambda: W1 + x3, r"add: add\(W1: shape \(3, 4\), x: shape \(3,\)\)"),
        (lambda: W1.reshape(5, 5), r"reshape: reshape\(W1: shape \(3, 4\), shape=\(5, 5\)\)"),
        (lambda: ma.concatenate([W1, x3]), r"W1: shape \(3, 4\), x: shape \(3,\), axis=0"),
        (lambda: W1.sum(axis=2), r"sum: .*W1: shape \(3, 4\), axis=2"),
    ],
)
def test_errors_name_the_operation_the_operands_and_the_way_out(wrong, hint):
    with pytest.raises(ValueError, match=hint):
        wrong()


@pytest.mark.parametrize("other", ["a", None, 1j, object(), np.float16(1), {1: 2}])
def test_an_operand_that_is_no_number_names_the_operation(other):
    with pytest.raises(TypeError, match=r"add: needs real numbers, got"):
        Value(1.0) + other


def test_methods_are_the_functions():
    x = Value([[1.0, -2.0], [3.0, 4.0]])
    for name in (
        "sum",
        "mean",
        "prod",
        "max",
        "min",
        "var",
        "std",
        "exp",
        "tanh",
        "relu",
        "sigmoid",
        "ravel",
        "cumsum",
    ):
        np.testing.assert_array_equal(getattr(x, name)().data, getattr(ma, name)(x).data)
    assert x.reshape(4).shape == x.reshape((4,)).shape == x.reshape(-1).shape == (4,)
    assert x.transpose(1, 0).shape == x.transpose((1, 0)).shape == x.transpose().shape == (2, 2)


# --- micrograd's classroom ---------------------------------------------------------------------------------------


def test_micrograds_readme():
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


class Neuron:
    def __init__(self, nin, nonlin=True):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0)
        self.nonlin = nonlin

    def __call__(self, x):
        act = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return act.tanh() if self.nonlin else act

    def parameters(self):
        return [*self.w, self.b]


class Layer:
    def __init__(self, nin, nout, **kwargs):
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]

    def __call__(self, x):
        out = [n(x) for n in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self):
        return [p for n in self.neurons for p in n.parameters()]


class MLP:
    def __init__(self, nin, nouts):
        sz = [nin, *nouts]
        self.layers = [Layer(sz[i], sz[i + 1], nonlin=i != len(nouts) - 1) for i in range(len(nouts))]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


def test_the_classroom_mlp_learns():
    random.seed(1337)
    model = MLP(3, [4, 4, 1])
    xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    ys = [1.0, -1.0, -1.0, np.int64(1)]
    losses = []
    for _ in range(60):
        ypred = [model(x) for x in xs]
        loss = sum((yout - ygt) ** 2 for ygt, yout in zip(ys, ypred, strict=True))
        margin = sum((1 + -yi * scorei).relu() for yi, scorei in zip(ys, ypred, strict=True))
        loss = loss + margin * (0.01 / len(ys)) + 1e-4 * sum(p * p for p in model.parameters())
        for p in model.parameters():
            p.grad = 0
        loss.backward()
        for p in model.parameters():
            p.data += -0.05 * p.grad
        losses.append(loss.data)
    assert losses[-1] < 0.1 * losses[0]
    assert all(type(p.data) is float for p in model.parameters())


def test_repr_tells_the_shape_where_the_numbers_do_not():
    assert repr(Value(np.zeros((0, 3)))) == "Value([], shape=(0, 3))"
    assert repr(Value([])) == "Value([])"
    assert "shape=(4, 25)" in repr(Value(np.zeros((4, 25))))
    assert "shape" not in repr(Value(np.zeros((4, 5))))


def test_an_array_given_to_a_loss_stays_ones_own():
    """The library takes what it needs: the array may be changed before and after, and changes no graph."""
    net = ma.Autoencoder([3, 2, 3], seed=0)
    given = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
    loss = net.loss(given)
    (expected,) = ma.gradients(loss, net.parameters()[:1])
    assert given.flags.writeable
    given[:] = 0.5
    np.testing.assert_array_equal(ma.gradients(loss, net.parameters()[:1])[0], expected)


@pytest.mark.parametrize("view", [False, True])
def test_a_parameter_changed_after_its_use_does_not_change_the_graph(view):
    """An array that is not an operand but a parameter, such as a mask; also a read-only view of one."""
    kept = ma.operation(name="kept_where")(lambda x, mask: np.where(mask, x, 0.0))
    kept.vjps = (lambda g, out, x, mask: np.where(mask, g, 0.0),)
    try:
        for use in (
            lambda x, mask: kept(x, mask=mask),
            lambda x, mask: ma.where(mask, x, 0.0),
            lambda x, mask: x[mask],
        ):
            mask = np.array([True, False, True])
            given = mask.view()
            given.flags.writeable = not view
            x = Value([1.0, 2.0, 3.0])
            y = use(x, given)
            mask[:] = False
            y.sum().backward()
            assert x.grad.tolist() == [1.0, 0.0, 1.0]
            assert mask.flags.writeable
    finally:
        ma.operations.remove("kept_where")


def test_documentation_says_how_to_ask_for_a_value_itself():
    for text in (Value.__doc__, Value.__eq__.__doc__):
        assert "any(v is w for w in values)" in text
        assert "``v in values``" in text
        assert "values.index(v)" in text
    v, w = Value(1.0), Value(1.0)
    values = [w, v]
    assert v in [w]
    assert values.index(v) == 0
    assert [any(v is u for u in group) for group in ([w], values)] == [False, True]
