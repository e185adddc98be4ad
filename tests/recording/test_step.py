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
from microae.core.context import current

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


class Halving(ma.SGD):
    """An optimiser of one's own, which counts its updates: it must not be run twice."""

    calls = 0

    def init_state(self, p):
        return (0,)

    def update(self, p, g, state, lr, step):
        self.calls += 1
        return p - (lr / 2**step) * g, (state[0] + 1,)


def test_an_optimiser_of_ones_own():
    plain, recorded = Value([1.0, -4.0], label="w"), Value([1.0, -4.0], label="w")
    one, two = Halving([plain], lr=0.5), Halving([recorded], lr=0.5)
    for _ in range(3):
        one.zero_grad()
        two.zero_grad()
        (plain**2).sum().backward()
        one.step()
        with ma.record() as step:
            (recorded**2).sum().backward()
            two.step()
        assert step.updates[recorded].after.data.tolist() == plain.data.tolist() == recorded.data.tolist()
        assert step.nodes[-1].label == "w′"
    assert (one.calls, one.state) == (two.calls, two.state) == (3, [(3,)])


def test_what_happens_after_a_step_does_not_change_it():
    """The nodes of the backward pass and of the update are made when they are first asked for."""
    w = Value([1.0, 2.0], label="w")
    optimizer = ma.SGD([w], lr=0.1, momentum=0.5)
    with ma.record() as step:
        (w * w).sum().backward()
        optimizer.step()
    expected = [w.data.copy(), w.grad.copy()]
    w.grad[:] = 99.0
    optimizer.lr = 7.0
    w.data = [5.0, 5.0]
    with ma.record():
        (w * 3.0).sum().backward()
        optimizer.step()
    changed = w.data.copy(), w.grad.copy(), optimizer.state[0][0].copy()
    update = step.updates[w]
    assert update.before.tolist() == [1.0, 2.0]
    assert update.after.data.tolist() == expected[0].tolist() == [0.8, 1.6]
    assert update.gradient.data.tolist() == expected[1].tolist() == step.gradient(w).data.tolist()
    assert len(step) == len(step.nodes) == 10
    for now, then in zip((w.data, w.grad, optimizer.state[0][0]), changed, strict=True):
        assert now.tolist() == then.tolist()


def test_two_steps_in_one_recording():
    twin, w = (Value([1.0, 2.0], label="w") for _ in range(2))
    for p, recording in ((twin, False), (w, True)):
        optimizer = ma.Adam([p], lr=0.1)

        def steps(p=p, optimizer=optimizer):
            for _ in range(2):
                optimizer.zero_grad()
                (p * p).sum().backward()
                optimizer.step()

        if recording:
            with ma.record() as step:
                steps()
        else:
            steps()
    assert w.data.tolist() == twin.data.tolist() == step.updates[w].after.data.tolist()
    stages = [node.stage for node in step.nodes]
    assert [stage for stage, _ in itertools.groupby(stages)] == ["forward", "backward", "update"] * 2


def test_nodes_can_be_asked_for_on_the_way():
    w = Value([1.0, 2.0], label="w")
    optimizer = ma.SGD([w], lr=0.1)
    with ma.record() as step:
        loss = (w * w).sum()
        assert len(step) == 2
        loss.backward()
        assert {node.stage for node in step.nodes} == {"forward", "backward"}
        before = list(step.nodes)
        optimizer.step()
        assert step.nodes[: len(before)] == before
        assert len(step.nodes) == len(before) + 2
    assert step.gradient(w) is step.updates[w].gradient
    assert step.gradient(loss).data == 1.0
    assert step.gradient(Value(1.0)) is None


def test_the_parts_of_a_gradient_add_up():
    a = Value(3.0, label="a")
    with ma.record() as step:
        b = a + a
        (a * b).backward()
    (record,) = step.passes
    assert sorted(part.item() for _, _, part in record.parts[a]) == [3.0, 3.0, 6.0]
    assert record.gradients[a].item() == step.gradient(a).item() == a.grad == 12.0
    assert [(consumer is b, place) for consumer, place, _ in record.parts[a]].count((True, 1)) == 1


def test_a_recorded_step_that_warned_does_not_warn_again():
    w = Value([0.0, 1.0])
    with ma.record() as step, np.errstate(all="ignore"):
        (1.0 / w).sum().backward()
    assert len(step.nodes) > 2
