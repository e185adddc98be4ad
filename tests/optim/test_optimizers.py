"""Optimisers against independent reimplementations of their papers, and what may go wrong between steps."""

from __future__ import annotations

import math
from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microae as ma
from microae import Value, gradients

rates = st.floats(1e-4, 0.5)
decays = st.sampled_from([0.0, 0.01, 0.3])


def train(optimizer, w, slopes):
    """Feed gradients one after the other and note where the parameter goes."""
    path = []
    for g in slopes:
        optimizer.zero_grad()
        w.grad = g
        optimizer.step()
        path.append(np.array(w.data))
    return np.array(path)


def some_gradients(shape, steps=6):
    return np.random.default_rng(3).normal(size=(steps, *shape))


shapes = st.sampled_from([(), (3,), (2, 3)])


# --- independent reimplementations, element by element ---


def sgd(w, slopes, lr, momentum=0.0, weight_decay=0.0, nesterov=False):
    velocity, first = 0.0, True
    for g in slopes:
        g = g + weight_decay * w
        velocity = g if first else momentum * velocity + g
        first = False
        w = w - lr * (g + momentum * velocity if nesterov else velocity)
        yield w


def adam(w, slopes, lr, b1, b2, eps, weight_decay, decoupled):
    m = v = 0.0
    for t, g in enumerate(slopes, start=1):
        if decoupled:
            w = w * (1 - lr * weight_decay)
        else:
            g = g + weight_decay * w
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        w = w - lr * (m / (1 - b1**t)) / (math.sqrt(v / (1 - b2**t)) + eps)
        yield w


def expected_path(method, w, slopes, *arguments):
    """The method run on each element by itself, in Python floats."""
    paths = np.empty(slopes.shape)
    for i in np.ndindex(w.shape):
        column = (slice(None), *i)
        paths[column] = list(method(float(w[i]), [float(g) for g in slopes[column]], *arguments))
    return paths


@given(shapes, rates, st.sampled_from([0.0, 0.5, 0.9]), decays, st.booleans())
@settings(deadline=None, max_examples=40)
def test_sgd(shape, lr, momentum, weight_decay, nesterov):
    nesterov = nesterov and momentum > 0
    start, slopes = np.random.default_rng(1).normal(size=shape), some_gradients(shape)
    w = Value(start)
    path = train(ma.SGD([w], lr, momentum, weight_decay, nesterov), w, slopes)
    np.testing.assert_allclose(
        path, expected_path(sgd, np.asarray(start), slopes, lr, momentum, weight_decay, nesterov), rtol=1e-12
    )


@pytest.mark.parametrize(("make", "decoupled"), [(ma.Adam, False), (ma.AdamW, True)])
@given(shapes, rates, st.sampled_from([(0.9, 0.999), (0.5, 0.9), (0.0, 0.0)]), st.sampled_from([1e-8, 1e-3]), decays)
@settings(deadline=None, max_examples=40)
def test_adam_and_adamw(make, decoupled, shape, lr, betas, eps, weight_decay):
    start, slopes = np.random.default_rng(1).normal(size=shape), some_gradients(shape)
    w = Value(start)
    path = train(make([w], lr=lr, betas=betas, eps=eps, weight_decay=weight_decay), w, slopes)
    expected = expected_path(adam, np.asarray(start), slopes, lr, *betas, eps, weight_decay, decoupled)
    np.testing.assert_allclose(path, expected, rtol=1e-11, atol=1e-13)


# Three steps from w = [1, -2] along w² - [0.5, 1.25], as PyTorch 2 takes them.
PYTORCH = [
    (lambda p: ma.SGD(p, 0.1, momentum=0.9, weight_decay=0.1), [0.71800897024, -4.033065217975625]),
    (
        lambda p: ma.SGD(p, 0.1, momentum=0.9, weight_decay=0.1, nesterov=True),
        [0.6612485820583095, -6.272153919032453],
    ),
    (lambda p: ma.Adam(p, 0.1, (0.8, 0.99), 1e-6, 0.1), [0.7163806641576875, -2.3018144103468483]),
    (lambda p: ma.AdamW(p, 0.1, (0.8, 0.99), 1e-6, 0.1), [0.6981166466439759, -2.239167915870587]),
]


@pytest.mark.parametrize(("make", "expected"), PYTORCH)
def test_three_steps_as_pytorch_takes_them(make, expected):
    w = Value([1.0, -2.0])
    optimizer = make([w])
    for _ in range(3):
        optimizer.zero_grad()
        (w**3 / 3 - w * [0.5, 1.25]).sum().backward()
        optimizer.step()
    np.testing.assert_allclose(w.data, expected, rtol=1e-13)


# --- defaults, and what everybody relies on ---


def test_defaults_are_the_fields():
    w = Value(1.0)
    adam, adamw, sgd = ma.Adam([w]), ma.AdamW([w]), ma.SGD([w], lr=0.5)
    assert (adam.lr, adam.betas, adam.eps, adam.weight_decay) == (1e-3, (0.9, 0.999), 1e-8, 0.0)
    assert (adamw.lr, adamw.betas, adamw.eps, adamw.weight_decay) == (1e-3, (0.9, 0.999), 1e-8, 0.01)
    assert (sgd.momentum, sgd.weight_decay, sgd.nesterov) == (0.0, 0.0, False)


@pytest.mark.parametrize(
    "make",
    [
        lambda p: ma.SGD(p, lr=0.02),
        lambda p: ma.SGD(p, lr=0.01, momentum=0.9),
        lambda p: ma.SGD(p, lr=0.01, momentum=0.9, nesterov=True),
        lambda p: ma.Adam(p, lr=0.05),
        lambda p: ma.AdamW(p, lr=0.05, weight_decay=0.0),
    ],
)
def test_they_find_the_minimum_of_a_bowl(make):
    A = np.array([[3.0, 1.0], [1.0, 2.0]])
    w, s = Value([5.0, -3.0]), Value(4.0)
    optimizer = make([w, s])
    for _ in range(1500):
        optimizer.zero_grad()
        (0.5 * (w @ A @ w) - np.array([1.0, 1.0]) @ w + (s - 2.0) ** 2).backward()
        optimizer.step()
    np.testing.assert_allclose(w.data, np.linalg.solve(A, [1.0, 1.0]), atol=1e-4)
    assert s.data == pytest.approx(2.0, abs=1e-4)


def test_parameters_are_rebound_never_changed_in_place():
    w = Value([1.0, 2.0])
    old = (w**3).sum()
    before, slope = w.data, gradients(old, [w])[0]
    optimizer = ma.SGD([w], lr=0.1)
    old.backward()
    optimizer.step()
    assert before.tolist() == [1.0, 2.0]
    np.testing.assert_array_equal(gradients(old, [w])[0], slope)
    assert w.data.tolist() != [1.0, 2.0]


def test_a_parameter_without_gradient_stays():
    w, idle = Value([1.0]), Value([1.0])
    for make in (lambda p: ma.SGD(p, lr=0.1, weight_decay=0.1), lambda p: ma.AdamW(p, lr=0.1)):
        optimizer = make([w, idle])
        optimizer.zero_grad()
        w.sum().backward()
        optimizer.step()
        assert idle.data.tolist() == [1.0]
        assert idle.grad is None


def test_zero_grad_and_step_leave_other_things_alone():
    w = Value([1.0, 2.0])
    optimizer = ma.SGD([w], lr=0.1)
    (w * w).sum().backward()
    optimizer.step()
    assert w.grad.tolist() == [2.0, 4.0]  # kept until zero_grad
    optimizer.zero_grad()
    assert w.grad is None
    with pytest.warns(UserWarning, match="no parameter has a gradient"):
        optimizer.step()  # nothing to do


@pytest.mark.parametrize("clear", [lambda w: w.grad.fill(0.0), lambda w: w.grad.__imul__(0.0)])
def test_clearing_a_gradient_in_place_keeps_the_momentum(clear):
    one, two = Value([1.0, 2.0]), Value([1.0, 2.0])
    first, second = (ma.SGD([w], lr=0.1, momentum=0.9) for w in (one, two))
    for k in range(3):
        (one * (k + 1.0)).sum().backward()
        first.step()
        clear(one)
        (two * (k + 1.0)).sum().backward()
        second.step()
        two.grad = None
    np.testing.assert_array_equal(one.data, two.data)


@pytest.mark.parametrize(
    "make",
    [
        lambda p: ma.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.1, nesterov=True),
        lambda p: ma.Adam(p, weight_decay=0.1),
        lambda p: ma.AdamW(p),
    ],
)
@pytest.mark.parametrize("shape", [(), (3,)])
def test_float32_stays(make, shape):
    w = Value(np.ones(shape, np.float32))
    train(make([w]), w, some_gradients(shape, 3))
    assert w.dtype == np.float32


@pytest.mark.parametrize("start", [0.0, [0.0, 0.0], np.zeros((1, 2), np.float32)], ids=repr)
def test_the_learning_rate_can_be_changed_between_steps(start):
    w = Value(start)
    optimizer = ma.SGD([w], lr=1.0)
    train(optimizer, w, np.ones(2))
    optimizer.lr = 0.1
    assert optimizer.lr == 0.1
    train(optimizer, w, np.ones(2))
    np.testing.assert_allclose(w.data, np.full(w.shape, -2.2), rtol=1e-6)


def test_parameters_may_come_from_a_generator():
    net = ma.Linear(2, 2, seed=0)
    assert ma.SGD((p for p in net.parameters()), lr=0.1).parameters == net.parameters()


def test_a_step_does_not_hold_on_to_graphs():
    w = Value(np.ones(3))
    optimizer = ma.Adam([w])
    with ma.record():
        (w * w).sum().backward()
        optimizer.step()
    flat = [x for state in optimizer.state for x in state]
    assert not any(isinstance(x, Value) for x in flat)
    assert w.operation is None


# --- refusals ---


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda w: ma.SGD(w, lr=0.1), TypeError, r"SGD: the parameters must be a list of Values, such as \[w\]"),
        (lambda w: ma.Adam(ma.Linear(2, 2), lr=0.1), TypeError, r"Adam: the parameters must .*net\.parameters\(\)"),
        (lambda w: ma.SGD(ma.Sequential(ma.Linear(2, 2)), lr=0.1), TypeError, r"net\.parameters\(\)"),
        (lambda w: ma.SGD([], lr=0.1), ValueError, "SGD: there are no parameters"),
        (lambda w: ma.Adam([w, 1.0]), TypeError, "Adam: parameter 1 must be a leaf Value, got 1.0"),
        (lambda w: ma.SGD([w * 2], lr=0.1), TypeError, "parameter 0 must be a leaf Value"),
        (lambda w: ma.SGD([w, w], lr=0.1), ValueError, "given twice"),
        (lambda w: ma.SGD([w], lr=-0.1), ValueError, "SGD: lr must be a finite number, not negative, got -0.1"),
        (lambda w: ma.SGD([w], lr=math.nan), ValueError, "got nan"),
        (lambda w: ma.SGD([w], lr="fast"), ValueError, "got 'fast'"),
        (lambda w: ma.SGD([w], lr=0.1, momentum=1.0), ValueError, "momentum must be at least 0 and less than 1"),
        (lambda w: ma.SGD([w], lr=0.1, momentum=-0.1), ValueError, "momentum"),
        (lambda w: ma.SGD([w], lr=0.1, momentum="much"), ValueError, "SGD: momentum must be a finite number"),
        (lambda w: ma.SGD([w], lr=0.1, nesterov=True), ValueError, "needs a momentum above 0"),
        (lambda w: ma.SGD([w], lr=0.1, weight_decay=-1), ValueError, "SGD: weight_decay must"),
        (lambda w: ma.Adam([w], betas=(0.9, 1.0)), ValueError, "Adam: betas must be two numbers"),
        (lambda w: ma.Adam([w], betas=0.9), ValueError, "Adam: betas must be two numbers"),
        (lambda w: ma.AdamW([w], betas=(0.9,)), ValueError, "AdamW: betas must be two numbers"),
        (lambda w: ma.Adam([w], eps=-1e-8), ValueError, "Adam: eps must"),
        (lambda w: ma.AdamW([w], weight_decay=math.inf), ValueError, "AdamW: weight_decay must"),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make(Value([1.0, 2.0]))


@pytest.mark.filterwarnings("error")
def test_a_learning_rate_beyond_float32():
    """It is infinite there, as NumPy has it, and that is said where it is used, not where it is set."""
    wide = Value([1.0, 2.0])
    optimizer = ma.SGD([wide], lr=1e300)
    optimizer.lr = 1e250
    wide.grad = [1e-250, 0.0]
    optimizer.step()
    np.testing.assert_allclose(wide.data, [0.0, 2.0], atol=1e-15)


def test_a_parameter_that_had_no_gradient_counts_its_own_steps():
    """Adam's first step is as long as its rate, whatever others have taken before."""
    w, late = Value([1.0, 2.0]), Value([1.0, 2.0])
    optimizer = ma.Adam([w, late], lr=0.1)
    w.grad = [3.0, -4.0]
    optimizer.step()
    optimizer.step()
    late.grad = [3.0, -4.0]
    optimizer.step()
    assert optimizer.steps == [3, 1]
    np.testing.assert_allclose(late.data, [0.9, 2.1], rtol=1e-7)


def test_a_step_without_any_gradient_warns():
    w = Value([1.0, 2.0])
    optimizer = ma.SGD([w], lr=0.1)
    with pytest.warns(UserWarning, match=r"no parameter has a gradient; call loss\.backward\(\)"):
        optimizer.step()
    np.testing.assert_array_equal(w.data, [1.0, 2.0])
    assert optimizer.steps == [0]


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("change", [lambda p: p.sum(), lambda p: p[:1], lambda p: p.astype(np.float32)])
def test_an_update_that_makes_something_else_of_a_parameter_is_refused(change, recorded):
    class Other(ma.Optimizer):
        def update(self, p, g, state, lr, step):
            return change(p), state

    w = ma.Value([1.0, 2.0], label="w")
    optimizer = Other([w], lr=0.1)
    w.grad = np.ones(2)
    with ma.record() if recorded else nullcontext(), pytest.raises(ValueError, match=r"Other.update: .*w.* has shape"):
        optimizer.step()
    assert w.data.tolist() == [1.0, 2.0]
