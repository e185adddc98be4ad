"""A recorded step: the same numbers as an unrecorded one, every node with its stage and owner."""

from __future__ import annotations

import copy
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microae as ma
from microae import Value, gradients
from microae.context import current

OPTIMIZERS = {
    "sgd": lambda p: ma.SGD(p, lr=0.1),
    "decay": lambda p: ma.SGD(p, lr=0.1, weight_decay=0.01),
    "momentum": lambda p: ma.SGD(p, lr=0.1, momentum=0.9),
    "nesterov": lambda p: ma.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True),
    "adam": lambda p: ma.Adam(p, lr=0.1),
    "adam decay": lambda p: ma.Adam(p, lr=0.1, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.01),
    "adamw": lambda p: ma.AdamW(p, lr=0.1, weight_decay=0.1),
}
VARIANTS = [
    {},
    {"activation": "tanh", "output": "linear"},
    {"noise": 0.1, "dropout": 0.3},
    {"sparsity": 0.5, "activation": "relu"},
    {"activation": "gelu"},
    {"activation": "softplus", "output": "softmax"},
    {"dtype": np.float32},
]


def batches(shape, count):
    return np.random.default_rng(0).uniform(size=(count, *shape))


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
@given(
    st.lists(st.integers(1, 5), min_size=0, max_size=3),
    st.integers(1, 4),
    st.sampled_from([(), (1,), (5,), (16,), (2, 3)]),
    st.sampled_from(VARIANTS),
)
@settings(deadline=None, max_examples=15)
def test_recording_changes_no_bit(make, hidden, width, batch, variant):
    net = ma.Autoencoder([width, *hidden, width], **variant, seed=1)
    twin = copy.deepcopy(net)
    optimizer, shadow = make(net.parameters()), make(twin.parameters())
    for x in batches((*batch, width), 3):
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        optimizer.step()
        step = ma.record_step(twin, shadow, x)
        assert step.loss_before == loss.item()
        for p, q in zip(net.parameters(), twin.parameters(), strict=True):
            np.testing.assert_array_equal(p.data, q.data)
            np.testing.assert_array_equal(p.grad, q.grad)
            assert p.dtype == q.dtype


def test_stages_and_owners():
    net = ma.Autoencoder([3, 4, 3], noise=0.1, sparsity=0.1, seed=0)
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1, momentum=0.9), [1, 0, 1])
    assert len(step) == len(step.nodes) == sum(len(step.stage(s)) for s in ("forward", "backward", "update"))
    stages = [node.stage for node in step.nodes]
    assert stages == sorted(stages, key=("forward", "backward", "update").index)
    forward = [(n.owner, n.operation.name) for n in step.stage("forward")]
    assert ("encoder.0", "linear") in forward
    assert ("encoder.1", "leaky_relu") in forward
    assert ("decoder.0", "linear") in forward
    assert ("decoder.1", "sigmoid") in forward
    assert forward[-1][0] == ""  # the loss belongs to no module
    assert {n.owner for n in step.stage("backward")} >= {"encoder.0", "encoder.1", "decoder.0"}
    assert {n.owner for n in step.stage("update")} == {"SGD"}
    assert [n.label for n in step.stage("update") if n.label] == ["weight′", "bias′"] * 2
    assert repr(step).startswith(f"<Step of {len(step)} nodes: ")


def test_every_node_comes_after_what_it_is_made_of():
    net = ma.Autoencoder([3, 2, 3], seed=0)
    step = ma.record_step(net, ma.Adam(net.parameters()), [1, 0, 1])
    place = {node: i for i, node in enumerate(step.nodes)}
    for node in step.nodes:
        assert all(place.get(x, -1) < place[node] for x in node.inputs if x is not None)
        assert all(x in place or x.operation is None for x in node.inputs if x is not None)


def test_the_update_is_part_of_the_graph():
    """The updated weight as a function of the weight before: w - lr · 2w, so its derivative is 1 - 2 lr."""
    w = Value(3.0, label="w")
    optimizer = ma.SGD([w], lr=0.1)
    with ma.record() as step:
        (w * w).backward()
        optimizer.step()
        new = step.nodes[-1]
    assert new.label == "w′"
    assert w.data == new.data == pytest.approx(2.4)
    assert gradients(new, [w]) == [pytest.approx(0.8)]
    before = next(n for n in step.nodes if n.stage == "forward")
    assert before.arguments == (3.0, 3.0)  # the old graph is true still


def test_gradients_accumulate_over_two_recorded_backward_passes():
    w = Value([1.0, 2.0])
    optimizer = ma.SGD([w], lr=0.1)
    with ma.record():
        (w * w).sum().backward()
        (w * 3).sum().backward()
        assert w.grad.tolist() == [5.0, 7.0]
        optimizer.step()
    np.testing.assert_allclose(w.data, [0.5, 1.3], rtol=1e-15)


def test_a_gradient_changed_by_hand_is_the_one_that_counts():
    for change in (lambda g: g * 0.5, lambda g: np.clip(g, -1.0, 1.0), lambda g: 0 * g):
        plain, recorded = Value([1.0, -4.0]), Value([1.0, -4.0])
        (plain**2).sum().backward()
        plain.grad = change(plain.grad)
        ma.SGD([plain], lr=0.1).step()
        optimizer = ma.SGD([recorded], lr=0.1)
        with ma.record():
            (recorded**2).sum().backward()
            recorded.grad = change(recorded.grad)
            optimizer.step()
        np.testing.assert_array_equal(recorded.data, plain.data)


def test_zero_grad_inside_a_recording_forgets():
    w = Value(2.0)
    optimizer = ma.SGD([w], lr=0.1)
    with ma.record():
        (w * w).backward()
        optimizer.zero_grad()
        (w * 3).backward()
        optimizer.step()
    assert w.data == pytest.approx(1.7)


def test_recorded_gradients_are_ones_own():
    w = Value([1.0, 2.0])
    with ma.record() as step:
        (w * 2).sum().backward()
    w.grad[:] = 99.0
    assert all(not np.any(node.data == 99.0) for node in step.nodes)


def test_nothing_is_recorded_outside_and_after_an_exception():
    w = Value(1.0)
    before = current()

    def use():
        with ma.record() as step:
            steps.append(step)
            w * 2
            raise KeyError

    steps = []
    with pytest.raises(KeyError):
        use()
    assert current() is before
    w * 3
    assert len(steps[0]) == 1


def test_the_losses_of_a_step_are_of_the_same_noise():
    net = ma.Autoencoder([4, 3, 4], noise=0.3, dropout=0.5, seed=0)
    twin = copy.deepcopy(net)
    optimizer, shadow = ma.SGD(net.parameters(), lr=0.0), ma.SGD(twin.parameters(), lr=0.0)
    x = batches((8, 4), 1)[0]
    for _ in range(3):
        step = ma.record_step(net, optimizer, x)
        assert step.loss_after == step.loss_before  # the learning rate is 0
        shadow.zero_grad()
        assert step.loss_before == twin.loss(x).item()  # and the draws go on as in a plain step


def test_a_step_of_any_module_with_a_loss_of_ones_own():
    net = ma.Sequential(ma.Linear(2, 3, seed=0), ma.Tanh(), ma.Linear(3, 1, seed=1))
    optimizer = ma.SGD(net.parameters(), lr=0.05)
    x, y = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [0.0]])
    steps = [ma.record_step(net, optimizer, x, y, loss=ma.mean_squared_error) for _ in range(30)]
    assert steps[0].stage("forward")[0].owner == "0"
    assert all(step.loss_after < step.loss_before for step in steps)
    assert all(a.loss_after == b.loss_before for a, b in itertools.pairwise(steps))


def test_stale_gradients_do_not_enter_a_step():
    net, twin = (ma.Autoencoder([3, 2, 3], seed=0) for _ in range(2))
    net.loss([0, 0, 1]).backward()
    for model in (net, twin):
        ma.record_step(model, ma.SGD(model.parameters(), lr=0.1), [1, 0, 1])
    for p, q in zip(net.parameters(), twin.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)
