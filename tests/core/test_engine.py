"""Reverse-mode differentiation: against independent derivatives, and against all that could go silently wrong."""

from __future__ import annotations

import copy
import gc
import math
import pickle
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microae as ma
from microae import Value, gradients
from microae.drawing.step.skeleton import topological_order
from tests import oracles

small = st.floats(-2.0, 2.0)


@contextmanager
def without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def row(*rules, name="under_test", forward=lambda x: x * 2.0):
    """A row of the table for as long as the block runs."""
    made = ma.operation(name=name)(forward)
    try:
        if rules:
            made.vjps = rules
        yield made
    finally:
        ma.operations.remove(name)


# --- random scalar programs against the complex step -------------------------------------------------------------

STEPS = [
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: a - b * 0.5,
    lambda a, b: a / (2.5 + b * b),
    lambda a, b: np.sin(a),
    lambda a, b: np.exp(0.2 * a),
    lambda a, b: a**2,
    lambda a, b: a * a,
    lambda a, b: -b,
    lambda a, b: np.tanh(a) + 1.0,
]
programs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=14)


def stays_moderate(program, numbers):
    """Whether no number of a program overflows on the way."""
    made = list(map(np.float64, numbers))
    with np.errstate(all="ignore"):
        for step, i, j in program:
            made.append(STEPS[step](made[i % len(made)], made[j % len(made)]))
    return all(np.isfinite(x) and abs(x) < 1e100 for x in made)


def run(program, inputs):
    """The last of a list of numbers, each made from two earlier ones: graphs with any sharing."""
    made = list(inputs)
    for step, i, j in program:
        made.append(STEPS[step](made[i % len(made)], made[j % len(made)]))
    return made[-1] + 0.0 * made[0]


@given(programs, st.lists(small, min_size=1, max_size=3))
@settings(deadline=None, max_examples=100)
def test_any_graph_of_scalars_against_the_complex_step(program, numbers):
    if not stays_moderate(program, numbers):
        return
    leaves = [Value(x) for x in numbers]
    output = run(program, leaves)
    expected = oracles.complex_step(lambda *xs: run(program, xs), [np.array(x) for x in numbers]).values
    found = gradients(output, leaves)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * max(1.0, np.max(np.abs(expected))))
    recorded = gradients(output, leaves, record=True)
    np.testing.assert_array_equal([g.data for g in recorded], found)
    output.backward()
    np.testing.assert_array_equal([0.0 if x.grad is None else x.grad for x in leaves], found)


@given(programs, st.lists(small, min_size=2, max_size=3), st.data())
@settings(deadline=None, max_examples=60)
def test_gradients_by_intermediates_and_pruning(program, numbers, data):
    """By any node: what one gets when the graph is cut there and the node made a leaf."""
    if not stays_moderate(program, numbers):
        return
    leaves = [Value(x) for x in numbers]
    made = list(leaves)
    for step, i, j in program:
        made.append(STEPS[step](made[i % len(made)], made[j % len(made)]))
    at = data.draw(st.integers(0, len(made) - 1))
    cut = [x.detach() for x in made[: max(at + 1, len(leaves))]]
    for step, i, j in program[max(0, at + 1 - len(leaves)) :]:
        cut.append(STEPS[step](cut[i % len(cut)], cut[j % len(cut)]))
    found = gradients(made[-1], [made[at], *leaves])
    assert found[0] == gradients(cut[-1], [cut[at]])[0]
    np.testing.assert_array_equal(found[1:], gradients(made[-1], leaves))


# --- the shapes of graphs ----------------------------------------------------------------------------------------


def test_a_diamond():
    a = Value(3.0)
    b = a + a
    c = b + b
    c.backward()
    assert a.grad == 4.0
    with pytest.warns(UserWarning, match=r"retain_grad\(\)"):
        assert b.grad is None  # only leaves keep one


def test_other_consumers_of_a_value_change_no_bit():
    """What was made of a value elsewhere, and dropped or kept, must not change how its gradient is added up."""

    def graph():
        rng = np.random.default_rng(0)
        w = Value(rng.normal(size=5))
        h = [np.tanh(w * c) for c in rng.normal(size=6)]
        joined = [h[i] * h[(i + 1) % 6] + h[(i + 3) % 6] for i in range(6)]
        return w, h, joined, sum((np.sin(j) for j in joined), w).sum()

    w, _, _, loss = graph()
    (expected,) = gradients(loss, [w])
    w, h, joined, loss = graph()
    kept = [x * 2.0 for x in h] + [joined[0] @ h[1]]
    for x in joined[::2]:
        np.exp(x)
    for _ in range(2):
        assert_same(gradients(loss, [w])[0], expected)
        assert_same(gradients(loss, [w], record=True)[0].data, expected)
        w.grad = None
        loss.backward()
        assert_same(w.grad, expected)
    (alone,) = gradients(kept[-1], [w])
    assert_same(gradients(kept[-1] + 0.0 * kept[0].sum(), [w])[0], alone)


def assert_same(actual, expected):
    np.testing.assert_array_equal(actual, expected, strict=True)


@pytest.mark.parametrize("make", [lambda w: w * 1.0, lambda w: w + w, lambda w: np.exp(w)])
def test_a_value_with_one_consumer_inside_no_grad_and_one_in_the_graph(make):
    w = Value(0.5)
    h = make(w)
    with ma.no_grad():
        _ = h * 3.0
    once = gradients(h * 3.0, [w])
    assert gradients(make(w) * 3.0, [w]) == once


def test_layers_of_values_with_two_consumers_each_take_one_visit_each():
    """Diamonds of arrays through rows of one, two and three inputs: 2⁶⁰ paths."""
    visits = []

    def counted(i, g):
        visits.append(i)
        return g

    w = Value(np.ones(3) / 2)
    v = w
    for i in range(60):
        node = ma.operation(name=f"counted_{i}")(lambda x: x * 1.0)
        node.vjps = (lambda g, out, x, i=i: counted(i, g),)
        x = node(v)
        v = ma.where(np.array([True, False, True]), x, -x) + x * 0.0
    try:
        gradients(v.sum(), [w])
        assert sorted(visits) == list(range(60))
    finally:
        for i in range(60):
            ma.operations.remove(f"counted_{i}")


def test_sixty_doublings_take_sixty_steps():
    x = y = Value(1.0)
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad == 2.0**60


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda x: x * x, 6.0),
        (lambda x: x + x, 2.0),
        (lambda x: x - x, 0.0),
        (lambda x: x / x, 0.0),
        (lambda x: x**x, 27.0 * (1.0 + math.log(3.0))),
        (lambda x: np.maximum(x, x), 1.0),
        (lambda x: np.hypot(x, x), math.sqrt(2.0)),
    ],
)
def test_the_same_operand_twice(f, slope):
    x = Value(3.0)
    f(x).backward()
    assert x.grad == pytest.approx(slope, rel=1e-15, abs=1e-15)
    v = Value([[3.0, 3.0], [3.0, 3.0]])
    assert gradients(f(v).sum(), [v])[0] == pytest.approx(np.full((2, 2), slope), rel=1e-15, abs=1e-15)


def test_backward_twice_adds_exactly_twice():
    rng = np.random.default_rng(0)
    W, x = Value(rng.normal(size=(3, 4))), Value(rng.normal(size=3))
    loss = np.tanh(x @ W).sum() * (x * x).sum()
    loss.backward()
    first = W.grad.copy(), x.grad.copy()
    loss.backward()
    np.testing.assert_array_equal(W.grad, 2 * first[0])
    np.testing.assert_array_equal(x.grad, 2 * first[1])


def test_a_value_used_after_backward():
    x = Value(2.0)
    y = x * x
    y.backward()
    z = y * 3
    z.backward()
    assert x.grad == 4.0 + 12.0


def test_two_outputs_of_one_graph_add_up():
    x = Value([1.0, 2.0])
    shared = np.exp(x)
    (shared * 2).sum().backward()
    shared.sum().backward()
    np.testing.assert_allclose(x.grad, 3 * np.exp([1.0, 2.0]), rtol=1e-15)


def test_backward_on_a_leaf():
    x = Value([1.0, 2.0])
    x.backward([3.0, 4.0])
    assert x.grad.tolist() == [3.0, 4.0]
    s = Value(2.0)
    s.backward()
    assert s.grad == 1.0


def test_unused_inputs():
    x, unused = Value([1.0, 2.0]), Value(np.ones((2, 3), np.float32))
    assert gradients(x.sum(), [unused])[0].shape == (2, 3)
    assert gradients(x.sum(), [unused])[0].dtype == np.float32
    assert gradients(x.sum(), [x, unused, Value(1.0)], zeros=False)[1:] == [None, None]
    recorded = gradients(x.sum(), [unused], record=True)[0]
    assert isinstance(recorded, Value)
    assert recorded.shape == (2, 3)
    assert gradients(x.sum(), [unused], record=True, zeros=False) == [None]
    x.sum().backward()
    assert unused.grad is None
    assert gradients(Value(1.0), [x])[0].tolist() == [0.0, 0.0]
    assert gradients(x.sum(), []) == []


def test_pruning_runs_no_rule_that_is_not_needed():
    def refuse(*arguments):
        raise AssertionError("not needed")

    with row(refuse) as refused:
        x, y = Value(2.0), Value(3.0)
        z = refused(y) + x * x
        assert gradients(z, [x]) == [4.0]
        with pytest.raises(AssertionError, match="not needed"):
            gradients(z, [y])


def test_inputs_are_checked():
    x = Value(1.0)
    with pytest.raises(TypeError, match=r"must be a list of Values"):
        gradients(x * x, x)
    with pytest.raises(TypeError, match="got float"):
        gradients(x * x, [1.0])
    with pytest.raises(TypeError, match="output to differentiate must be a Value, got float64"):
        gradients(np.float64(3.0), [x])
    (slope,) = gradients(x**3, [x])
    with pytest.raises(TypeError, match=r"got float: .*np\.round.*gradients\(\.\.\.\) without record=True"):
        gradients(slope, [x])


# --- seeds -------------------------------------------------------------------------------------------------------


def test_a_non_scalar_needs_a_seed():
    x = Value([1.0, 2.0])
    for differentiate in (lambda: (x * 2).backward(), lambda: gradients(x * 2, [x])):
        with pytest.raises(ValueError, match=r"shape \(2,\).*sum\(\)"):
            differentiate()


@pytest.mark.parametrize("seed", [1.0, [1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]]])
def test_a_seed_of_another_shape_is_refused(seed):
    x = Value([1.0, 2.0])
    with pytest.raises(ValueError, match="must be equal"):
        (x * 2).backward(seed)
    with pytest.raises(ValueError, match="must be equal"):
        gradients(x * 2, [x], Value(seed), record=True)


def test_a_seed_weighs_the_outputs():
    x = Value([1.0, 2.0])
    assert gradients(x**2, [x], [10.0, 1.0])[0].tolist() == [20.0, 4.0]
    assert gradients(x**2, [x], Value([10.0, 1.0]))[0].tolist() == [20.0, 4.0]
    u = Value([10.0, 1.0])
    (g,) = gradients(x**2, [x], u, record=True)
    assert gradients(g.sum(), [u])[0].tolist() == [2.0, 4.0]


@pytest.mark.parametrize("seed", [np.ones(2), [1, 1], Value([1.0, 1.0])])
@pytest.mark.parametrize("record", [False, True])
def test_gradients_have_their_inputs_dtype(seed, record):
    x = Value(np.ones(2, np.float32))
    for output in (x, x * 2, x * np.ones(2)):
        assert gradients(output, [x], seed, record=record)[0].dtype == np.float32


# --- gradients are one's own -------------------------------------------------------------------------------------


def _aliasing_graphs():
    a, b = Value(np.ones((2, 2))), Value(np.ones((2, 2)))
    yield [a, b], a + b
    yield [a, b], +a + b.T
    yield [a, b], ma.concatenate([a, b])[:2] + ma.reshape(b, (4,)).reshape(2, 2)
    yield [a, b], ma.broadcast_to(a, (2, 2)) + ma.transpose(b)
    yield [a], a
    yield [a, a], a + b
    yield [a, b], ma.where([[True, True], [True, True]], a, b) + a[:]
    yield [a, b], ma.stack([a, b])[0] + ma.flip(b) + ma.astype(a, np.float64)


@pytest.mark.parametrize("case", range(8))
@pytest.mark.parametrize("value_seed", [False, True])
def test_gradients_alias_nothing(case, value_seed):
    leaves, output = list(_aliasing_graphs())[case]
    given = np.ones((2, 2))
    seed = Value(given) if value_seed else given
    first = gradients(output, leaves, seed)
    output.backward(seed)
    kept = [x.grad for x in dict.fromkeys(leaves)]
    everything = [*first, *kept, given, output.data, *(x.data for x in dict.fromkeys(leaves))]
    everything += [seed.data] if value_seed else []
    for i, left in enumerate(everything):
        for right in everything[i + 1 :]:
            if left.base is None or left.base is not right.base:
                assert not np.shares_memory(left, right)
    for g in (*first, *kept):
        g += 5.0  # theirs to change
    assert all((x.data == 1.0).all() for x in leaves)
    assert (given == 1.0).all()


def test_grad_stays_as_it_was_when_more_is_added():
    x = Value([1.0, 2.0])
    (x * 2).sum().backward()
    held = x.grad
    (x * 2).sum().backward()
    assert held.tolist() == [2.0, 2.0]
    assert x.grad.tolist() == [4.0, 4.0]


# --- rebinding ---------------------------------------------------------------------------------------------------


def test_recording_after_a_parameter_was_rebound_is_refused():
    w, x = Value(2.0, label="w"), Value(3.0)
    y = w * w * x
    w.data = 10.0
    assert gradients(y, [w]) == [12.0]
    with pytest.raises(RuntimeError, match="'w' was rebound"):
        gradients(y, [w], record=True)
    with pytest.raises(RuntimeError, match="no_grad"), ma.no_grad():
        gradients(x * x, [x], record=True)


# --- higher orders -----------------------------------------------------------------------------------------------


def test_second_and_third_derivatives():
    x = Value(0.7)
    y = np.sin(x) * np.exp(2 * x)
    expected = [oracles.precise(lambda t: mpmath.sin(t) * mpmath.exp(2 * t), 0.7, k + 1) for k in range(5)]
    for k in range(5):
        (y,) = gradients(y, [x], record=True)
        assert y.item() == pytest.approx(expected[k], rel=1e-13)


def test_the_gradient_of_a_gradients_norm():
    """As in a gradient penalty: the inner gradient is part of the loss."""
    rng = np.random.default_rng(1)
    W, x = rng.normal(size=(3, 2)), rng.normal(size=3)

    def penalty(W):  # |∂/∂x sum(tanh(x W))|², by hand
        return np.sum((W @ (1 - np.tanh(x @ W) ** 2)) ** 2)

    weights, inputs = Value(W), Value(x)
    (slope,) = gradients(np.tanh(inputs @ weights).sum(), [inputs], record=True)
    found = gradients((slope * slope).sum(), [weights])[0]
    np.testing.assert_allclose(found, oracles.complex_step(penalty, [W]).values[0], rtol=1e-12)


def test_recorded_gradients_run_in_the_stage_backward():
    x = Value(2.0)
    (g,) = gradients(x**3, [x], record=True)
    stages = {node.stage for node in topological_order(g) if node.operation is not None}
    assert "backward" in stages
    assert (x * x).stage == "forward"


# --- long chains and memory --------------------------------------------------------------------------------------

N = 1_000_000


@pytest.mark.slow
def test_a_million_operations_forward_backward_and_gone():
    limit = sys.getrecursionlimit()
    x = Value(1.0)
    with without_collector():
        before = sys.getallocatedblocks()
        y = x
        for _ in range(N // 2):
            y = y * 1.0
            y = y + 0.0
        held = sys.getallocatedblocks() - before
        y.backward()
        del y
        left = sys.getallocatedblocks() - before
    assert x.grad == 1.0
    assert held > N
    assert left < held / 1000
    assert sys.getrecursionlimit() == limit


def test_a_wide_sum_of_many_terms():
    x = Value(1.0)
    total = sum((x * i for i in range(20_000)), Value(0.0))
    total.backward()
    assert x.grad == sum(range(20_000))
    assert len(topological_order(total)) == 40_001 + 1


def values_alive() -> int:
    return sum(type(o) is Value for o in gc.get_objects())


def _recorded(x):
    (g,) = gradients((np.tanh(x) * x).sum(), [x], record=True)
    gradients((g * g).sum(), [x])


def _failing_rule(x):
    def broken(g, out, a):
        raise ValueError("broken")

    with row(broken) as op, pytest.raises(ValueError, match="broken"):
        (op(x * 2) * 3).sum().backward()


def _failing_forward(x):
    with pytest.raises(ValueError, match="matmul"):
        np.tanh(x * 2) @ Value(np.ones((7, 7)))


def _anomaly(x):
    with pytest.raises(FloatingPointError), ma.detect_anomaly(), np.errstate(all="ignore"):
        np.log((x * 0.0 - 1.0) * 2).sum().backward()


def _step(x):
    optimizer = ma.SGD([x], lr=0.1, momentum=0.9)
    with ma.record():
        (x * x).sum().backward()
        optimizer.step()


@pytest.mark.slow
@pytest.mark.parametrize(
    "use",
    [
        lambda x: (np.exp(x) * x).sum().backward(),
        lambda x: gradients(np.sin(x).sum(), [x]),
        _recorded,
        lambda x: ma.hessian(lambda v: (v**3).sum(), x),
        lambda x: ma.binary_cross_entropy(ma.sigmoid(x @ np.ones((3, 2))), [0.0, 1.0]).backward(),
        _failing_rule,
        _failing_forward,
        _anomaly,
        _step,
    ],
    ids=["backward", "gradients", "recorded", "hessian", "loss", "failing rule", "failing forward", "anomaly", "step"],
)
def test_graphs_are_freed_by_reference_counting_alone(use):
    x = Value([0.1, 0.2, 0.3])
    use(x)  # whatever is made once is made now
    x.grad = None
    with without_collector():
        before = values_alive()
        for _ in range(3):
            use(x)
        x.grad = None
        after = values_alive()
    assert after <= before


# --- custom operations -------------------------------------------------------------------------------------------


def test_a_custom_operation_differentiates_to_any_order():
    with row(lambda g, out, x: g * 3 * x**2, forward=lambda x: x * x * x, name="cube") as cube:
        x = Value([2.0, 3.0], label="x")
        y = cube(x)
        assert y.operation is cube
        assert gradients(y.sum(), [x])[0].tolist() == [12.0, 27.0]
        np.testing.assert_allclose(ma.hessian(lambda v: cube(v).sum(), [2.0, 3.0]), np.diag([12.0, 18.0]))
        assert cube(np.array([2.0])).tolist() == [8.0]  # plain arrays stay plain
        assert "cube" in repr(cube)


def test_a_custom_operation_with_parameters_and_several_inputs():
    def blend(x, y, weight=0.5):
        return weight * x + (1.0 - weight) * y

    rules = (
        lambda g, out, x, y, weight=0.5: g * weight,
        lambda g, out, x, y, weight=0.5: g * (1.0 - weight),
    )
    with row(*rules, forward=blend) as op:
        x, y = Value(np.ones((2, 3))), Value(np.ones(3))
        for output in (op(x, y, 0.25), op(x, y, weight=0.25), op(y=y, x=x, weight=0.25)):
            dx, dy = gradients(output.sum(), [x, y])
            assert (dx == 0.25).all()
            assert (dy == 1.5).all()  # broadcast undone by the engine
        with pytest.raises(TypeError, match="given twice"):
            op(x, y, 0.25, weight=0.3)
        with pytest.raises(TypeError, match="'y' not given"):
            op(x)
        with pytest.raises(TypeError, match="at most 3"):
            op(x, y, 1, 2)


def test_nothing_flows_to_an_input_whose_rule_is_none():
    with row(lambda g, out, x, y: g * y, None, forward=lambda x, y: x * y) as op:
        x, y = Value(2.0), Value(3.0)
        z = op(x, y * 1.0) + y
        z.backward()
        assert (x.grad, y.grad) == (3.0, 1.0)
        assert gradients(op(x, y), [y]) == [0.0]
        assert gradients(op(y * y, x * y), [x, y]) == [0.0, 36.0]
        for record in (False, True):
            shared = np.exp(x * 1.0) * 1.0  # a node that gets nothing from one consumer, something from another
            for z in (op(y, shared) + shared, shared + op(y, shared), op(y, shared) * op(shared, y)):
                found = gradients(z, [x], record=record)[0]
                by_hand = gradients(z, [shared], record=record)[0]
                assert float(getattr(found, "data", found)) == pytest.approx(
                    float(getattr(by_hand, "data", by_hand)) * np.exp(2.0), rel=1e-14
                )
                assert float(getattr(by_hand, "data", by_hand)) != 0.0
            deep = np.exp(x * 1.0)
            assert gradients(op(y, np.sin(deep) * np.cos(deep)) + deep, [x])[0] == pytest.approx(np.exp(2.0))


def test_a_name_is_given_once():
    with row(lambda g, out, x: g * 2.0, name="mine"), pytest.raises(ValueError, match="has an operation 'mine'"):
        ma.operation(name="mine")(lambda x: x)
    with pytest.raises(ValueError, match="already has an operation 'tanh'"):
        ma.operation(name="tanh")(lambda x: x)


def test_an_operation_without_rules_is_not_silently_constant():
    with row() as op, pytest.raises(TypeError, match=r"under_test: has no derivative rules yet.*vjps"):
        op(Value(1.0))
    with row() as op, pytest.raises(TypeError, match="must be a tuple"):
        op.vjps = lambda g, out, x: g
    with row(lambda g, out, x, y: g * y, forward=lambda x, y: x * y) as op:
        for call in (lambda: op(Value([1.0, 2.0]), Value(3.0)), lambda: op(Value([1.0, 2.0]), y=Value(3.0))):
            with pytest.raises(TypeError, match=r"returned a Value: under_test\.vjps lacks the rule of an input"):
                call()


@pytest.mark.parametrize("pair", [False, True])
@pytest.mark.parametrize("record", [False, True])
@pytest.mark.parametrize(
    ("rule", "error", "words"),
    [
        (
            lambda g, out, x, *y: np.ones(3),
            ValueError,
            r"under_test: its derivative rule failed: it returned shape \(3,\).*\(2,\)",
        ),
        (lambda g, out, x, *y: np.float64(1.0), ValueError, r"under_test: .*returned shape \(\).*\(2,\)"),
        (lambda g, out, x, *y: None, TypeError, "under_test: its derivative rule failed: it returned .*None"),
        (lambda g, out, x, *y: 1j * np.ones(2), TypeError, "under_test: its derivative rule failed: it returned .*1.j"),
        (lambda g, out, x, *y: g @ np.ones(3), ValueError, "under_test: its derivative rule failed"),
        (lambda g, out, x, *y: g["a"], (IndexError, TypeError), "under_test: its derivative rule failed"),
    ],
)
def test_a_wrong_rule_is_named(pair, record, rule, error, words):
    x = Value([1.0, 2.0])
    rules = (rule, lambda g, out, x, y: g) if pair else (rule,)
    with row(*rules, forward=(lambda x, y: x + y) if pair else (lambda x: x * 2.0)) as op:
        y = op(x, [0.0, 0.0]) if pair else op(x)
        with pytest.raises(error, match=words):
            gradients(y.sum(), [x], record=record)
        with pytest.raises(error, match=words):
            y.sum().backward()


def test_a_forward_function_must_return_floats():
    with row(lambda g, out, x: g, forward=lambda x: x > 0) as op, pytest.raises(TypeError, match=r"under_test: .*bool"):
        op(Value([1.0]))
    with (
        row(lambda g, out, x: g, forward=lambda x: x @ np.ones(5)) as op,
        pytest.raises(ValueError, match="under_test"),
    ):
        op(Value([1.0]))


def test_a_rule_that_makes_nan_gives_nan_and_anomaly_detection_finds_it():
    with row(lambda g, out, x: g * np.float64("nan")) as op:
        x = Value(1.0, label="x")
        assert math.isnan(gradients(op(x), [x])[0])
        with ma.detect_anomaly(), pytest.raises(FloatingPointError, match=r"under_test: its derivative has a NaN"):
            gradients(op(x), [x])


def test_zero_gradient_times_infinite_slope_is_zero():
    x = Value([0.0, 4.0])
    with np.errstate(divide="ignore"):
        y = ma.where(x > 1, np.sqrt(x), 0.0).sum()
        assert gradients(y, [x])[0].tolist() == [0.0, 0.25]


@pytest.mark.parametrize("record", [False, True])
def test_gradients_that_add_up_to_nan_are_nan(record):
    """Where infinities of both signs meet, in the batch of a bias, at a leaf or at a node, nothing is raised."""
    for shape in ((2,), (1, 2, 1)):
        b = Value(np.zeros(shape))
        seed = np.array([[np.inf, 1.0], [-np.inf, 1.0]]).reshape((2, *shape[-2:]))
        (g,) = gradients(np.zeros(seed.shape) + b, [b], gradient=seed, record=record)
        assert np.array_equal(np.ravel(g.data if record else g), [np.nan, 2.0], equal_nan=True)
    for x in (Value([1.0, 2.0]), Value(1.0)):
        for node in (x, ma.exp(x)):
            with np.errstate(invalid="ignore"):
                loss = ma.sum(node * np.inf - node * np.inf)
            (g,) = gradients(loss, [x], record=record)
            assert np.isnan(g.data if record else g).all()
            with (
                ma.detect_anomaly(),
                pytest.raises(FloatingPointError, match=r"(?s)multiply.*test_engine" if record else "multiply"),
            ):
                gradients(loss, [x], record=record)


# --- order -------------------------------------------------------------------------------------------------------


@given(programs, st.lists(small, min_size=1, max_size=3))
@settings(deadline=None, max_examples=50)
def test_topological_order(program, numbers):
    with np.errstate(all="ignore"):
        output = run(program, [Value(x) for x in numbers])
    order = topological_order(output)
    assert order[-1] is output
    assert len(set(order)) == len(order)
    place = {node: i for i, node in enumerate(order)}
    for node in order:
        assert all(place[x] < place[node] for x in node.inputs if x is not None)
    assert order == topological_order(output)


# --- threads -----------------------------------------------------------------------------------------------------


def test_threads_differentiate_shared_parameters_at_once():
    rng = np.random.default_rng(0)
    W = Value(rng.normal(size=(6, 6)))
    batches = rng.normal(size=(64, 5, 6))
    together = np.tanh(batches[0] @ W)  # one graph that all of them walk
    gate = threading.Barrier(8)

    def work(k):
        gate.wait()
        results = []
        for batch in batches[k::8]:
            results.append(gradients((np.tanh(batch @ W) @ W).sum(), [W])[0])
            results.append(gradients(together.sum(), [W])[0])
            (slope,) = gradients((np.tanh(batch @ W) ** 2).sum(), [W], record=True)
            results.append(gradients((slope * slope).sum(), [W])[0])
        return results

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(8)))
    gate = threading.Barrier(1)
    for k in range(8):
        for mine, theirs in zip(work(k), found[k], strict=True):
            np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("f", [
    np.sum, np.mean, np.max, np.min, np.prod, np.ravel, np.linalg.norm,
    lambda x: np.where(True, x, 0.0), lambda x: np.sum(x, axis=()), lambda x: np.where(x > 0, x * 3, 0.0) * x,
])  # fmt: skip
def test_the_gradient_of_a_scalar_is_a_number(f):
    x = Value(2.0)
    y = f(x).reshape(())
    y.backward()
    assert type(x.grad) is float
    (g,) = ma.gradients(y, [x])
    assert type(g) is float


def test_a_derivative_that_does_not_exist_is_a_number_too():
    base, exponent = Value(-2.0), Value(2.0)
    by_base, by_exponent = ma.gradients(base**exponent, [base, exponent])
    assert by_base == -4.0
    assert type(by_exponent) is float
    assert math.isnan(by_exponent)


def test_a_parameter_changed_afterwards_changes_no_graph():
    mask, x = np.array([1.0, 0.0]), Value([1.0, 2.0])
    with row(lambda g, out, x, mask: g * mask, forward=lambda x, mask: x * mask) as masked:
        y = masked(x, mask=mask).sum()
        mask[:] = 5.0
        y.backward()
    assert x.grad.tolist() == [1.0, 0.0]


def test_an_anomaly_in_a_recorded_backward_pass_names_the_node_and_its_line():
    with np.errstate(all="ignore"), ma.detect_anomaly():
        x = Value(0.0, label="x")
        y = np.sqrt(x)  # the line
        with pytest.raises(
            FloatingPointError, match=r"in the derivative of sqrt, made at .*test_engine\.py:\d+ in test"
        ):
            ma.gradients(y, [x], record=True)


def test_an_operation_that_is_removed_leaves_nothing_behind():
    """Neither a name, a method, nor an answer to a NumPy function."""

    @ma.operation(np.spacing, symbol="gap", activation="Gap")
    def gap_of_ones_own(x):
        return x * 1.0

    gap_of_ones_own.vjps = (lambda g, out, x: g,)
    x = Value(2.0)
    assert x.gap_of_ones_own().data == np.spacing(x).data == ma.Gap()(x).data == 2.0
    ma.operations.remove("gap_of_ones_own")
    assert "gap_of_ones_own" not in ma.operations.TABLE
    assert not hasattr(x, "gap_of_ones_own")
    with pytest.raises(TypeError, match=r"np\.spacing has no derivative in the table"):
        np.spacing(x)
    for name in ("gap_of_ones_own", "Gap"):
        with pytest.raises(AttributeError, match=name):
            getattr(ma, name)
    ma.operations.remove("gap_of_ones_own")  # what is not there may be removed


@pytest.mark.parametrize("name", ["add", "matmul", "norm", "sigmoid_cross_entropy"])
def test_a_row_is_pickled_by_its_name(name):
    row = ma.operations.TABLE[name]
    assert pickle.loads(pickle.dumps(row)) is copy.deepcopy(row) is row
    assert len(pickle.dumps(row)) < 200
