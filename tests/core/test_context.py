"""Contexts: ``no_grad``, ``detect_anomaly``, stages and owners; restored whatever happens, separate for each thread."""

from __future__ import annotations

import asyncio
import inspect
import threading

import numpy as np
import pytest

import microae as ma
from microae import Value, gradients
from microae.core.context import at, changed, current


class BoomError(Exception):
    pass


BLOCKS = {
    "no_grad": ma.no_grad,
    "detect_anomaly": ma.detect_anomaly,
    "record": ma.record,
    "at": lambda: at("update", owner="somebody"),
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_contexts_are_restored_after_exceptions(block):
    before = current()
    with pytest.raises(BoomError), block(), block():
        raise BoomError
    assert current() is before
    with block():
        inside = current()
        assert inside is not before
        with pytest.raises(BoomError), block():
            raise BoomError
        assert current() is inside
    assert current() is before


def test_contexts_nest_without_disturbing_each_other():
    with ma.no_grad(), ma.detect_anomaly(), at("update"):
        inner = current()
        assert (inner.grad_enabled, inner.anomaly, inner.provenance.stage) == (False, True, "update")
        with changed(grad_enabled=True):
            assert (current().anomaly, current().provenance.stage) == (True, "update")
            assert (Value(1.0) + 1).operation is not None
        assert current() is inner


def test_the_context_is_restored_after_a_failing_backward_pass():
    before = current()

    def refuse(g, out, x):
        raise BoomError

    op = ma.operation(name="refusing")(lambda x: x * 1.0)
    op.vjps = (refuse,)
    try:
        x = Value(1.0)
        for record in (False, True):
            with pytest.raises(BoomError):
                gradients(op(x), [x], record=record)
            assert current() is before
            assert np.geterr()["invalid"] != "raise"
    finally:
        ma.operations.remove("refusing")


# --- no_grad -----------------------------------------------------------------------------------------------------


def test_no_grad_builds_no_graph():
    w = Value([1.0, 2.0], label="w")
    with ma.no_grad():
        y = np.exp(w) @ w
        z = w * 2
    for result in (y, z):
        assert (result.operation, result.inputs, result.arguments) == (None, (), ())
    (y * w).sum().backward()
    np.testing.assert_array_equal(w.grad, [y.item()] * 2)


def test_no_grad_as_a_decorator_works_each_time():
    @ma.no_grad()
    def evaluate(v):
        return v * 2

    x = Value(1.0)
    assert all(evaluate(x).operation is None for _ in range(3))
    assert (x * 2).operation is not None


def test_a_graph_made_before_can_be_differentiated_inside_no_grad():
    x = Value(3.0)
    y = x * x
    with ma.no_grad():
        y.backward()
        assert gradients(y, [x]) == [6.0]
    assert x.grad == 6.0


def test_detach_inside_and_outside():
    x = Value(2.0)
    y = x * x
    assert gradients(y.detach() * x, [x]) == [4.0]
    assert gradients(y.detach() + y, [x]) == [4.0]


# --- detect_anomaly ----------------------------------------------------------------------------------------------


def here() -> int:
    return inspect.currentframe().f_back.f_lineno


FORWARD = [
    (lambda x: np.log(x), "log"),
    (lambda x: x / (x + 1.0), "divide"),
    (lambda x: np.exp(x * -1e6), "exp"),
    (lambda x: (x - 1.0) ** 0.5, "power"),
    (lambda x: x.log(), "log"),
    (lambda x: ma.sqrt(x), "sqrt"),
    (lambda x: 0.0 / (x + 1.0), "divide"),
]


@pytest.mark.parametrize(("f", "name"), FORWARD)
def test_the_first_nan_or_infinity_forward(f, name):
    x = Value([1.0, -1.0], label="x")
    with np.errstate(all="ignore"):
        assert not np.isfinite(f(x).data).all()  # unnoticed without
        with ma.detect_anomaly(), pytest.raises(FloatingPointError) as raised:
            f(x)
    message = str(raised.value)
    assert message.startswith(f"{name}: the result has a")
    assert "1 of 2 elements" in message
    assert f"{__file__}:{f.__code__.co_firstlineno}" in message


def test_the_users_line_is_named_through_the_library():
    net = ma.Autoencoder([2, 1, 2], activation="linear", output="linear", seed=0)
    net.encoder[0].weight.data = [[1e308], [1e308]]
    with np.errstate(all="ignore"), ma.detect_anomaly(), pytest.raises(FloatingPointError) as raised:
        net([10.0, 10.0])
    line = here() - 1
    assert f"{__file__}:{line} in test_the_users_line" in str(raised.value)
    assert "weight: shape (2, 1)" in str(raised.value)


def test_the_users_line_is_named_through_numpys_own_python():
    """A function of NumPy that is written in Python calls the operators of Values."""
    x = Value([1.0, 2.0], label="x")
    with np.errstate(all="ignore"), ma.detect_anomaly(), pytest.raises(FloatingPointError) as raised:
        np.polynomial.polynomial.polyval(x, [1.0, np.inf])
    line = here() - 1
    assert f"{__file__}:{line} in test_the_users_line" in str(raised.value)


def test_nan_and_infinity_are_counted_apart():
    with np.errstate(all="ignore"), ma.detect_anomaly():
        for data, words in (
            ([0.0, -1.0, 2.0], r"a NaN \(1 of 3 elements\)"),
            ([0.0, 0.0, 2.0], r"an infinity \(2 of 3 elements\)"),
            ([-1.0, -1.0, 0.0], r"a NaN \(2 of 3 elements\)"),
        ):
            with pytest.raises(FloatingPointError, match=f"log: the result has {words}"):
                np.log(Value(data))


def test_an_anomaly_through_a_loss_of_a_sigmoid():
    """Its row knows two ways back; by the leaves it takes the usual one."""
    z = Value([0.5, -1.0], label="z")
    with ma.detect_anomaly():
        ma.binary_cross_entropy(ma.sigmoid(z), np.array([1.0, 0.0])).backward()
    expected = (1.0 / (1.0 + np.exp(-z.data)) - [1.0, 0.0]) / 2.0
    np.testing.assert_allclose(z.grad, expected, rtol=1e-14)


def test_an_anomaly_backward_names_operation_label_and_line():
    x = Value([0.0, 4.0], label="depth")
    with np.errstate(divide="ignore"), ma.detect_anomaly():
        y = np.sqrt(x)
        line = here() - 1
        for differentiate in (lambda: y.sum().backward(), lambda: gradients(y.sum(), [x])):
            with pytest.raises(FloatingPointError) as raised:
                differentiate()
            message = str(raised.value)
            assert message.startswith("sqrt: its derivative has an infinity (1 of 2 elements)")
            assert f"{__file__}:{line} in " in message
            assert "depth: shape (2,)" in message
    assert x.grad is None
    with np.errstate(divide="ignore"):
        y.sum().backward()  # unnoticed without
    assert np.isinf(x.grad[0])


def test_an_anomaly_in_a_graph_built_outside_the_block():
    x = Value(0.0)
    y = np.cbrt(x)
    with np.errstate(divide="ignore"), ma.detect_anomaly(), pytest.raises(FloatingPointError, match="line unknown"):
        y.backward()


def test_an_anomaly_in_a_recorded_backward_pass():
    x = Value(0.0, label="x")
    with np.errstate(divide="ignore"), ma.detect_anomaly(), pytest.raises(FloatingPointError, match=r"divide|sqrt"):
        gradients(np.sqrt(x), [x], record=True)


def test_sound_numbers_pass_and_are_unchanged():
    rng = np.random.default_rng(0)
    x = Value(rng.normal(size=(3, 4)))

    def f():
        return (ma.softmax(np.tanh(x) @ np.ones((4, 2))) ** 2).sum()

    plain = gradients(f(), [x])[0]
    with ma.detect_anomaly():
        np.testing.assert_array_equal(gradients(f(), [x])[0], plain)


# --- stages and owners -------------------------------------------------------------------------------------------


def test_nodes_carry_stage_and_owner():
    x = Value(1.0)
    assert ((x + 1).stage, (x + 1).owner) == ("forward", "")
    with at("update", owner="SGD"):
        y = x + 1
        with at("backward"):
            z = x * 2
    assert (y.stage, y.owner) == ("update", "SGD")
    assert (z.stage, z.owner) == ("backward", "SGD")


# --- threads and tasks -------------------------------------------------------------------------------------------


def test_threads_have_contexts_of_their_own():
    x = Value(1.0)
    inside, done = threading.Event(), threading.Event()
    seen = []

    def other():
        inside.wait(10)
        seen.append((x + 1).operation)
        with ma.detect_anomaly(), at("update"):
            seen.append((x + 1).stage)
            done.set()
            leave.wait(10)

    leave = threading.Event()
    thread = threading.Thread(target=other)
    thread.start()
    with ma.no_grad():
        inside.set()
        assert done.wait(10)
        assert (x + 1).operation is None
        assert (x + 1).stage == "forward"
        assert not current().anomaly
    leave.set()
    thread.join()
    assert seen == [ma.add, "update"]


def test_tasks_have_contexts_of_their_own():
    x = Value(1.0)

    async def quiet():
        with ma.no_grad():
            await asyncio.sleep(0)
            first = (x + 1).operation
            await asyncio.sleep(0)
            return first, (x + 1).operation

    async def recording(name):
        with at("update", owner=name):
            found = []
            for _ in range(3):
                await asyncio.sleep(0)
                found.append((x + 1).owner)
            return found

    async def both():
        return await asyncio.gather(quiet(), recording("a"), quiet(), recording("b"))

    results = asyncio.run(both())
    assert results == [(None, None), ["a"] * 3, (None, None), ["b"] * 3]


def test_owners_of_modules_are_kept_apart_between_threads():
    net = ma.Autoencoder([3, 2, 3], seed=0)
    gate = threading.Barrier(4)
    wrong = []

    def work():
        gate.wait()
        for _ in range(50):
            code = net.encode([1.0, 0.0, 1.0])
            if code.owner != "encoder.1" or net.decode(code).owner != "decoder.1" or (code + 1).owner:
                wrong.append(code.owner)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_modules_work_in_the_context_that_they_are_called_in():
    """Of modules in modules too: their names change the owner and nothing else."""
    net = ma.Sequential(ma.Sequential(ma.Linear(2, 2, seed=0), ma.Tanh()), ma.Sigmoid())
    x = np.ones(2)
    assert [net(x).owner, net(x).inputs[0].owner, net(x).inputs[0].inputs[0].owner] == ["1", "0.1", "0.0"]
    for _ in range(2):  # the second time with what is kept of the first
        with ma.no_grad():
            y = net(x)
            assert (y.operation, y.inputs) == (None, ())
        assert net(x).operation.name == "sigmoid"
        with at("update", owner="outer"):
            y = net(x)
            assert (y.stage, y.owner, y.inputs[0].owner) == ("update", "outer.1", "outer.0.1")
        with ma.record() as step:
            net(x)
        assert [node.owner for node in step.nodes] == ["0.0", "0.1", "1"]
        with ma.detect_anomaly(), pytest.raises(FloatingPointError, match="linear: the result has a NaN"):
            net(np.array([np.nan, 1.0]))
        assert (x * Value(1.0)).owner == ""
