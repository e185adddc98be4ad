"""NumPy programs of large arrays: chains are done a block of rows after the other, and compute what the step does."""

from __future__ import annotations

import numpy as np
import pytest

import microae as ma
from microae.compiler.backends import numpy as numpy_backend
from microae.compiler.loop import Plan

ROWS, COLUMNS = 701, 250  # more than is done at once, and no multiple of the rows of a block
DATA = np.random.default_rng(0).random((2 * ROWS, COLUMNS))


LOSSES = {
    "a chain that is added up to a number": lambda x, w: (ma.tanh(x * w) ** 2).mean(),
    "to a row": lambda x, w: (ma.exp(-(x * w)).sum(axis=0) ** 2).mean(),
    "to a column": lambda x, w: (ma.exp(-(x * w)).sum(axis=1) ** 2).mean(),
    "a number that scales what it is of": lambda x, w: (x * w * (x * w).mean() ** 2).mean(),
    "a row that scales what it is of": lambda x, w: (x * w * (x * w).sum(axis=0)).mean(),
    "a column": lambda x, w: ((x[:, :1] - 0.5) * ma.tanh(x * w)).mean(),
    "a chain of rows, turned": lambda x, w: (ma.sin((x * w).T) * (x * w).T ** 2).mean(),
    "a choice": lambda x, w: ma.where(x > 0.5, x * w, ma.exp(x * w)).mean(),
    "the larger of two": lambda x, w: np.maximum(x * w, 0.3 * (x + w)).mean() + (x * w).max(),
}


def weights(objective, start, backend, kind):
    w = ma.Value(start)
    optimizer = kind([w], lr=0.01)

    def step(x):
        optimizer.zero_grad()
        loss = objective(x, w)
        loss.backward()
        optimizer.step()
        return loss

    if backend is None:
        return np.mean([step(x).item() for x in (DATA[:ROWS], DATA[ROWS:])]), w.numpy()
    history = ma.compile(step, backend=backend).run(DATA, epochs=1, batch_size=ROWS, shuffle=False)
    return history.loss[0], w.numpy()


def equal(objective, start, kind=ma.Adam):
    (loss, w), (eager_loss, eager_w) = (weights(objective, start, backend, kind) for backend in ("numpy", None))
    assert loss == pytest.approx(eager_loss, rel=1e-12)
    np.testing.assert_allclose(w, eager_w, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", LOSSES)
def test_a_chain_in_blocks_computes_what_the_step_does(name):
    equal(LOSSES[name], np.linspace(-1.0, 1.0, COLUMNS))


TURNED = {
    "the parameter and itself": lambda x, w: ((w + w.T) ** 2).mean() + (x[:250, :1] * w[:250]).sum(),
    "the parameter": lambda x, w: (w * w.detach().T).mean() * 1e3,
    "a product": lambda x, w: of_a_product(x[:400] @ w[:COLUMNS]),
}


def of_a_product(y):
    return (ma.tanh(y) * y.detach().T).mean() * 1e3


@pytest.mark.parametrize("name", TURNED)
def test_nothing_is_written_over_while_others_read_it_in_another_order(name):
    equal(TURNED[name], np.random.default_rng(1).normal(size=(400, 400)), ma.SGD)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_single_step_in_blocks_has_the_bits_of_the_ordinary_one(dtype):
    x = DATA.astype(dtype)

    def numbers(x):
        y = np.exp(x) * x - 0.5
        return y, y.sum(axis=0), np.where(y > 0.0, y, 2.0 * y) + y[0]

    program = ma.compile(numbers, backend="numpy")
    for given in (x, x[::-1]):
        for found, right in zip(program(given), numbers(given), strict=True):
            assert found.dtype == right.dtype
            assert np.array_equal(found, right)


def test_what_leaves_a_single_step_in_blocks_is_new():
    program = ma.compile(lambda x: np.exp(x) * x - 0.5, backend="numpy")
    first = program(DATA)
    copy = first.copy()
    program(2.0 * DATA)
    assert np.array_equal(first, copy)


def test_samples_that_a_parameter_becomes_are_not_written_over_by_the_next():
    p = ma.Value(np.zeros((ROWS, COLUMNS)))

    @ma.compile(backend="numpy")
    def step(x):
        before = p.data
        p.data = x
        return ma.Value(before).sum()

    history = step.run(DATA, epochs=2, batch_size=ROWS, shuffle=False)
    first, second = DATA[:ROWS].sum(), DATA[ROWS:].sum()
    assert history.loss == pytest.approx([first / 2, (second + first) / 2])
    assert np.array_equal(p.data, DATA[ROWS:])


def test_a_wide_batch_is_held_twice():
    """The samples, and the outputs, over which their gradients are written; what is between them is a block."""
    net = ma.Autoencoder([COLUMNS, 8, COLUMNS], seed=0)
    optimizer = ma.SGD(net.parameters(), lr=0.5)

    @ma.compile(backend="numpy")
    def step(x):
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        optimizer.step()
        return loss

    step.trace(DATA)
    text = numpy_backend._Text(step.program, in_loop=True)
    text.loop(Plan.of(step.program), careful=False)
    held = sum(memory.nbytes for memory in text.known.values() if isinstance(memory, np.ndarray))
    assert held < 2.5 * DATA.nbytes
