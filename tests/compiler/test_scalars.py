"""Programs number by number: sums in NumPy's order, bit for bit; truth values and casts are NumPy's or refused."""

import itertools

import numpy as np
import pytest

import microae as ma
from microae.compiler import UnsupportedError

SHAPES = [(5,), (8,), (9,), (17,), (130,), (300,), (3, 4), (7, 20), (20, 7), (2, 3, 4), (9, 2, 10), (10, 1), (1, 10),
          (4, 1, 9), (5, 9, 1), (16, 1, 3)]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_sums_are_added_in_numpy_s_order(shape):
    x = np.random.default_rng(0).normal(size=shape)
    for n in range(1, len(shape) + 1):
        for axes in itertools.combinations(range(len(shape)), n):
            total = lambda x, axes=axes: x.sum(axis=axes)
            assert np.array_equal(ma.compile(total, backend="python")(x), total(x)), axes


SAID = {
    "numbers as truth values": lambda x: np.logical_and(x, x + 1.0) * 1.0,
    "either of two": lambda x: np.logical_or(x, x - 3.0).sum(),
    "none": lambda x: np.logical_not(x) * 2.0,
    "a condition of numbers": lambda x: np.where(x, 1.0, 2.0),
    "a cast to truth": lambda x: x.astype(bool) * 1.5,
    "a cast of truth": lambda x: (x > 0).astype(int) - 1,
    "any": lambda x: np.any(x) * 2.0,
    "all": lambda x: np.all(x) * 2.0,
    "hits": lambda x: (x > 0).sum(),
    "the truer of two": lambda x: np.maximum(x > 0, x < -1) * 1.0,
    "a sum of truths": lambda x: ((x > 0) + (x > 1)) * 1.0,
    "the largest truth": lambda x: (x > 0).max(),
    "a sum that starts somewhere": lambda x: np.sum(x, initial=5.0),
    "neither": lambda x: ~(x > 0) * 1.0,
    "one of two": lambda x: ((x > 0) ^ (x > -5)) * x,
    "a count of hits": lambda x: (x > 0).astype(int) * 3 - np.sum(x > 1),
    "a largest number that starts somewhere": lambda x: np.max(x, initial=50.0),
}
REFUSED = {
    "astype from float64 to int64": lambda x: (x * 3.7).astype(int) * 1.0,
    "multiply of int64": lambda x: (x * 0 + 1 > 0).astype(int) * 2**40 * 2**40,
    "bitwise_and of int64": lambda x: np.arange(4) & (x > 0),
}


@pytest.mark.parametrize("what", SAID)
def test_truth_values_and_casts_are_numpy_s(what):
    x = np.array([0.0, -2.0, 3.0, 0.5])
    found, right = ma.compile(SAID[what], backend="python")(x), SAID[what](x)
    assert np.asarray(found).dtype == np.asarray(right).dtype
    assert np.array_equal(found, right)


def test_masks_beside_values_are_no_numbers_of_less_precision():
    function = lambda x: ((ma.Value(x) * (x > 0)).sum(), ma.Value(x) @ (x[:, None] == np.arange(3)))
    compiled = ma.compile(function, backend="python")
    for x in (np.array([0.0, -2.0, 3.0, 0.1]), np.array([1.0, 2.0, 0.0, -7.0])):
        for found, right in zip(compiled(x), function(x), strict=True):
            assert found.dtype == right.dtype
            assert np.array_equal(found.data, right.data)


@pytest.mark.parametrize(
    "function", [lambda x: (x > 0).astype(np.float32), lambda x: x.astype(np.float32).sum(), lambda x: np.float32(x[0])]
)
def test_float32_is_refused_with_its_line(function):
    with pytest.raises(ma.CompileError, match=r"test_scalars.py:\d+.*"):
        ma.compile(function, backend="python")(np.array([0.0, -2.0]))


@pytest.mark.parametrize("what", REFUSED)
def test_what_would_be_another_number_is_refused_by_name(what):
    with pytest.raises(UnsupportedError, match=what):
        ma.compile(REFUSED[what], backend="python")(np.array([0.0, -2.0, 3.0, 0.5]))


def test_bytes_that_wrap_around_are_refused():
    with pytest.raises(UnsupportedError, match="add of uint8"):
        ma.compile(lambda x: x + x, backend="python")(np.array([200], np.uint8))


@pytest.mark.parametrize("backend", ["python", "numpy", "auto"])
def test_a_root_of_a_negative_number_is_no_number(backend):
    """Python's own power of it would be complex."""
    W = ma.Value([[0.5], [-0.2]], label="W")
    optimizer = ma.SGD([W], lr=0.1)

    @ma.compile(backend=backend)
    def step(x):
        optimizer.zero_grad()
        loss = np.sum((x @ W) ** 0.5)
        loss.backward()
        optimizer.step()
        return loss

    with pytest.raises(FloatingPointError, match="the loss is nan in epoch 1, batch 2"):
        step.run(np.eye(2), epochs=1, shuffle=False)
    assert W.data.ravel() == pytest.approx([0.5 - 0.1 * 0.5 / np.sqrt(0.5), -0.2])
    with np.errstate(invalid="ignore"):
        assert np.isnan(ma.compile(lambda x: x**0.5, backend=backend)(np.array([-0.2]))).all()


def test_a_gradient_of_a_parameter_that_nothing_reads_is_printed():
    b = ma.Value(np.zeros(3), label="b")

    @ma.compile
    def step(x):
        b.grad = None
        (x + b).sum().backward()

    assert "d_b = np.broadcast_to(1.0, (3,))" in step.trace(np.ones(3)).source


def test_native_products_are_added_to_a_bias():
    """Of a small bias beside products that cancel nothing is left, unless it is added last."""
    x, W = np.array([[1e16, 1.0, -1e16]]), ma.Value(np.ones((3, 1)), label="W")
    b = ma.Value(np.array([1.0]), label="b")
    optimizer = ma.SGD([W, b], lr=0.0)

    @ma.compile(backend="numba")
    def step(x):
        optimizer.zero_grad()
        loss = (x @ W + b).sum()
        loss.backward()
        optimizer.step()
        return loss

    assert step.run(x, epochs=1, batch_size=1, seed=0).loss == [0.0]  # 1 + 1e16 is 1e16
    assert step(x) == 1.0
