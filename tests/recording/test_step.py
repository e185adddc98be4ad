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
    with ma.record() as step:
        (w * w).sum().backward()
        (w * 3).sum().backward()
        assert w.grad.tolist() == [5.0, 7.0]
        optimizer.step()
    np.testing.assert_allclose(w.data, [0.5, 1.3], rtol=1e-15)
    np.testing.assert_array_equal(step.updates[w].after.data, w.data)
    total = step.gradient(w)
    assert total is step.updates[w].gradient
    assert total.data.tolist() == [5.0, 7.0]
    assert [part.stage for part in total.inputs] == ["backward", "backward"]  # the sum is of what the passes gave


def test_a_gradient_changed_by_hand_is_the_one_that_counts():
    for change in (lambda g: g * 0.5, lambda g: np.clip(g, -1.0, 1.0), lambda g: 0 * g):
        plain, recorded = Value([1.0, -4.0]), Value([1.0, -4.0])
        (plain**2).sum().backward()
        plain.grad = change(plain.grad)
        ma.SGD([plain], lr=0.1).step()
        optimizer = ma.SGD([recorded], lr=0.1)
        with ma.record() as step:
            (recorded**2).sum().backward()
            recorded.grad = change(recorded.grad)
            optimizer.step()
        np.testing.assert_array_equal(recorded.data, plain.data)
        assert step.updates[recorded].is_changed
        np.testing.assert_array_equal(step.updates[recorded].gradient.data, plain.grad)
        np.testing.assert_array_equal(step.updates[recorded].after.data, plain.data)


def test_zero_grad_inside_a_recording_forgets():
    w = Value(2.0)
    optimizer = ma.SGD([w], lr=0.1)
    with ma.record() as step:
        (w * w).backward()
        optimizer.zero_grad()
        (w * 3).backward()
        optimizer.step()
    assert w.data == pytest.approx(1.7)
    assert step.updates[w].after.data == w.data
    assert step.updates[w].gradient.data == step.gradient(w).data == 3.0


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
        np.sqrt(w).sum().backward()
    assert len(step.nodes) > 2


# --- what a recording keeps, and what it leaves alone ------------------------------------------------------------


def test_a_grad_from_before_is_kept_as_it_was():
    """``backward()`` adds to it; whoever holds the old array may change it before the nodes are asked for."""
    for number in (1, 2):
        w = Value([1.0, 2.0], label="w")
        held = []
        with ma.record() as step:
            for _ in range(number):
                (w * 0.0).sum().backward()
                w.grad = [10.0, 20.0]
                held.append(w.grad)
            (w * w).sum().backward()
        for array in held:
            array[:] = 99.0
        assert w.grad.tolist() == [12.0, 24.0]
        assert step.gradient(w).data.tolist() == [12.0, 24.0]


def test_a_grad_that_is_updated_in_place_afterwards():
    w = Value([1.0, 2.0], label="w")
    optimizer = ma.SGD([w], lr=0.5)
    with ma.record() as step:
        (w * w).sum().backward()
        optimizer.step()
        w.grad *= 0.0
        (w * 3.0).sum().backward()
        optimizer.step()
    assert w.data.tolist() == [-1.5, -1.5]
    assert step.updates[w].before.tolist() == [0.0, 0.0]
    assert step.updates[w].after.data.tolist() == [-1.5, -1.5]
    assert step.gradient(w).data.tolist() == [3.0, 3.0]


def test_two_recorded_passes_through_one_node():
    """The gradient of a parameter adds up; that of a node is of the last pass that reached it."""
    w = Value([1.0, 2.0], label="w")
    with ma.record() as step:
        node = w * w
        other = np.exp(w)
        (node * 2.0 + other).sum().backward()
        assert step.gradient(node).data.tolist() == [2.0, 2.0]
        (node * 3.0).sum().backward()
    assert step.gradient(node).data.tolist() == [3.0, 3.0]
    assert step.gradient(other).data.tolist() == [1.0, 1.0]
    np.testing.assert_allclose(w.grad, 10.0 * w.data + np.exp(w.data), rtol=1e-15)
    np.testing.assert_array_equal(step.gradient(w).data, w.grad)
    assert len(step.passes) == 2


def test_a_recorded_pass_with_a_seed():
    seed = np.array([1.0, 10.0])
    w = Value([1.0, 2.0], label="w")
    with ma.record() as step:
        node = w * w
        node.backward(seed)
    seed[:] = 99.0
    assert step.gradient(node).data.tolist() == [1.0, 10.0]
    assert step.gradient(w).data.tolist() == w.grad.tolist() == [2.0, 40.0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (2,)])
@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_recorded_nodes_keep_the_dtype(make, shape, dtype):
    w = Value(np.ones(shape, dtype), label="w")
    optimizer = make([w])
    for _ in range(2):
        optimizer.zero_grad()
        with ma.record() as step:
            (w * w).sum().backward()
            optimizer.step()
        assert {node.dtype for node in step.nodes} == {np.dtype(dtype)}
        assert {step.gradient(w).dtype, step.updates[w].after.dtype, step.updates[w].before.dtype} == {np.dtype(dtype)}
        np.testing.assert_array_equal(step.updates[w].after.data, w.data)


def test_a_step_inside_a_recording_is_a_recording_of_its_own():
    net = ma.Autoencoder([3, 2, 3], noise=0.1, seed=0)
    w = Value(2.0, label="w")
    with ma.record() as outer:
        before = w * 2.0
        inner = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1])
        after = w * 3.0
    assert outer.nodes == [before, after]
    assert {node.stage for node in inner.nodes} == {"forward", "backward", "update"}
    assert inner.loss_after < inner.loss_before
    assert not outer.updates
    assert not outer.passes
    assert set(inner.updates) == set(net.parameters())


def test_recordings_inside_each_other():
    w = Value(2.0)
    with ma.record() as outer:
        a = w * 2.0
        with ma.record() as inner:
            b = w * 3.0
        c = w * 4.0
    assert (outer.nodes, inner.nodes) == ([a, c], [b])
    assert (w * 5.0) not in outer.nodes + inner.nodes


def asked_in_the_open(step):
    return step.nodes


def asked_inside_no_grad(step):
    with ma.no_grad():
        return step.nodes


def asked_inside_detect_anomaly(step):
    with ma.detect_anomaly():
        return step.nodes


def asked_inside_another_recording(step):
    with ma.record() as another:
        nodes = step.nodes
    assert len(another) == 0
    return nodes


def asked_inside_a_module(step):
    class Asking(ma.Module):
        def forward(self, step):
            return step.nodes

    class Holding(ma.Module):
        def __init__(self):
            self.asking = Asking()

        def forward(self, step):
            return self.asking(step)

    return Holding()(step)


@pytest.mark.parametrize(
    "ask",
    [
        asked_inside_no_grad,
        asked_inside_detect_anomaly,
        asked_inside_another_recording,
        asked_inside_a_module,
    ],
)
def test_the_nodes_are_the_same_wherever_they_are_asked_for(ask):
    def described(ask):
        net = ma.Sequential(ma.Linear(2, 2, seed=0), ma.ReLU())
        optimizer = ma.SGD(net.parameters(), lr=0.1, momentum=0.5)
        x = Value([0.0, 1.0])
        with ma.record() as step, np.errstate(divide="ignore"):
            (net(x).sum() + (1.0 / x).sum()).backward()  # infinite, which is no anomaly of the asking
            net.parameters()[0].sum().backward()
            optimizer.step()
        return [(n.operation.name, n.stage, n.owner, n.label, np.array(n.data).tolist()) for n in ask(step)]

    expected = described(asked_in_the_open)
    assert {owner for _, stage, owner, *_ in expected if stage == "backward"} >= {"0", "1"}
    assert described(ask) == expected


def test_the_loss_of_ones_own_is_given_prediction_and_target():
    net = ma.Linear(2, 2, seed=0)
    given = []

    def loss(prediction, target):
        given.append((prediction.numpy(), target))
        return ma.mean_squared_error(prediction, target)

    x, y = np.array([1.0, 2.0]), np.array([5.0, 7.0])
    before = net(x).numpy()
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), x, y, loss=loss)
    assert [target is y for _, target in given] == [True, True]
    np.testing.assert_array_equal(given[0][0], before)
    np.testing.assert_array_equal(given[1][0], net(x).numpy())
    assert step.loss_before == pytest.approx(np.mean((before - y) ** 2), rel=1e-14)
    assert step.loss_after == pytest.approx(np.mean((net(x).numpy() - y) ** 2), rel=1e-14)
    assert (step.given["x"] is x, step.given["y"] is y) == (True, True)
    given.clear()
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), x, loss=loss)
    assert all(target is x for _, target in given)
    assert step.given["y"] is x
    assert len(given) == 2


def test_the_target_reaches_the_models_own_loss():
    net, twin = (ma.Autoencoder([3, 2, 3], seed=0) for _ in range(2))
    x, y = np.array([1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0])
    expected = twin.loss(x, y).item()
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), x, y)
    assert step.loss_before == expected
    assert step.loss_after == net.loss(x, y).item()
    assert step.given["y"] is y


def test_a_step_tells_its_modules_losses_and_stages():
    net = ma.Autoencoder([3, 2, 3], seed=0)
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1])
    assert step.modules == {
        "": "Autoencoder",
        "encoder": "Sequential",
        "encoder.0": "Linear",
        "encoder.1": "LeakyReLU",
        "decoder": "Sequential",
        "decoder.0": "Linear",
        "decoder.1": "Sigmoid",
    }
    assert all(type(loss) is float for loss in (step.loss_before, step.loss_after))
    counts = [len(step.stage(name)) for name in ("forward", "backward", "update")]
    assert repr(step) == f"<Step of {sum(counts)} nodes: {counts[0]} forward, {counts[1]} backward, {counts[2]} update>"
    with ma.record() as bare:
        pass
    assert (bare.loss_before, bare.loss_after, bare.given, bare.modules) == (None, None, {}, {})
    assert repr(bare) == "<Step of 0 nodes: 0 forward, 0 backward, 0 update>"


def test_the_state_of_an_optimiser_in_a_recording():
    w = Value([1.0, 2.0], label="w")
    optimizer = ma.SGD([w], lr=0.1, momentum=0.5)
    velocity = np.zeros(2)
    for _ in range(3):
        optimizer.zero_grad()
        gradient, before = 2 * w.numpy(), w.numpy()
        with ma.record() as step:
            (w * w).sum().backward()
            optimizer.step()
        velocity = 0.5 * velocity + gradient
        update = step.updates[w]
        (state,) = update.state
        np.testing.assert_allclose(state.data, velocity, rtol=1e-15)
        np.testing.assert_array_equal(update.before, before)
        np.testing.assert_array_equal(update.gradient.data, gradient)
        np.testing.assert_allclose(update.after.data, before - 0.1 * velocity, rtol=1e-14)
        assert update.optimizer.lr == 0.1


def test_a_parameter_without_a_gradient_has_no_update():
    w, idle = Value([1.0]), Value([1.0])
    with ma.record() as step:
        (w * 2.0).sum().backward()
        ma.SGD([w, idle], lr=0.1).step()
    assert list(step.updates) == [w]
    assert step.gradient(idle) is None


def test_a_recording_leaves_the_surroundings_as_they_are():
    w = Value([1.0, -1.0], label="w")
    with ma.no_grad(), ma.record() as step:
        assert (w * 2.0).operation is None
    assert len(step) == 1
    with np.errstate(all="ignore"), ma.detect_anomaly(), ma.record(), pytest.raises(FloatingPointError, match="log"):
        ma.log(w)
    with ma.record(), ma.no_grad():
        pass
    assert (w * 2.0).operation is not None


# --- what has been rebound since --------------------------------------------------------------------------------


def test_a_seed_that_is_rebound_before_the_nodes_are_asked_for():
    x, u = Value([1.0, 2.0], label="x"), Value([1.0, 10.0], label="u")
    with ma.record() as step:
        (x * x).backward(u)
    u.data = [7.0, 7.0]
    x.data = [9.0, 9.0]
    assert step.gradient(x).data.tolist() == [2.0, 40.0] == x.grad.tolist()
    assert (u.data.tolist(), x.data.tolist()) == ([7.0, 7.0], [9.0, 9.0])
    assert any(u in node.inputs for node in step.stage("backward"))


def test_a_seed_that_is_a_node():
    x, u = Value([1.0, 2.0], label="x"), Value([1.0, 10.0], label="u")
    with ma.record() as step:
        seed = u * 2.0
        (x * x).backward(seed)
    u.data = [7.0, 7.0]
    assert step.gradient(x).data.tolist() == [4.0, 80.0] == x.grad.tolist()


def test_an_input_without_a_rule_that_is_rebound_before_the_nodes_are_asked_for():
    half = ma.operation(name="weighed")(lambda x, weights: x * weights)
    half.vjps = (lambda g, out, x, weights: g * weights, None)
    try:
        for use in (lambda x, w: half(x, w), lambda x, w: half(x * 1.0, w), lambda x, w: half(x, w) * half(x, w)):
            x, w = Value([1.0, 2.0], label="x"), Value([3.0, 4.0], label="w")
            with ma.record() as step:
                use(x, w).sum().backward()
            expected = x.grad.copy()
            w.data = [100.0, 100.0]
            x.data = [-1.0, -1.0]
            assert step.gradient(x).data.tolist() == expected.tolist()
            assert (w.data.tolist(), w.grad) == ([100.0, 100.0], None)
    finally:
        ma.operations.remove("weighed")


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_rebound_for_a_replay_is_put_back(fails):
    """Also if the replay fails: by a rule that runs on arrays only."""
    x = Value([1.0, 2.0], label="x")

    def rule(g, out, x):
        if fails and isinstance(x, Value):
            raise ValueError("arrays only")
        return g * 2.0

    double = ma.operation(name="doubled")(lambda x: x * 2.0)
    double.vjps = (rule,)
    try:
        with ma.record() as step:
            double(x).sum().backward()
        x.data = [5.0, 6.0]
        if fails:
            with pytest.raises(ValueError, match="doubled"):
                len(step.nodes)
        else:
            assert step.gradient(x).data.tolist() == [2.0, 2.0]
        assert x.data.tolist() == [5.0, 6.0]
    finally:
        ma.operations.remove("doubled")


def test_an_optimiser_derived_from_one_of_the_librarys_updates_once():
    """Its own update may have side effects: while a step is recorded it is run once, on Values."""

    calls = []

    class Counting(ma.SGD):
        def update(self, p, g, state, lr, step):
            calls.append(step)
            return super().update(p, g, state, lr, step)

    w = Value([1.0, 2.0], label="w")
    optimizer = Counting([w], lr=0.1, momentum=0.5)
    with ma.record() as step:
        (w * w).sum().backward()
        optimizer.step()
    assert len(step.stage("update")) > 0
    assert calls == [1]
    assert all(type(part) is np.ndarray for part in optimizer.state[0])
    optimizer.step()
    assert calls == [1, 2]
    assert ma.SGD.replayable  # what is said of it says nothing of those derived from it, nor they of it
    assert not Counting.replayable
    assert type("Renamed", (ma.SGD,), {}).replayable


def test_an_optimiser_of_ones_own_leaves_idle_parameters_alone():
    class Halves(ma.Optimizer):
        def update(self, p, g, state, lr, step):
            return p * 0.5, state

    w, idle = Value([4.0], label="w"), Value([4.0], label="idle")
    optimizer = Halves([idle, w], lr=1.0)
    with ma.record() as step:
        (w * 1.0).sum().backward()
        optimizer.step()
    assert (w.data.tolist(), idle.data.tolist()) == ([2.0], [4.0])
    assert list(step.updates) == [w]
    assert optimizer.steps == [0, 1]


def test_the_state_before_an_update_is_part_of_its_graph():
    w = Value([1.0, 2.0], label="w")
    for optimizer in (ma.SGD([w], lr=0.1, momentum=0.5), ma.Adam([w], lr=0.1)):
        for number in range(2):
            optimizer.zero_grad()
            before = [part.copy() for part in optimizer.state[0]]
            with ma.record() as step:
                (w * w).sum().backward()
                optimizer.step()
            inputs = [x for node in step.stage("update") for x in node.inputs if x is not None and x.operation is None]
            for part in before:
                assert any(x.shape == part.shape and (x.data == part).all() for x in inputs), number


def test_a_gradient_that_does_not_depend_on_anything_is_a_value():
    """A rule may return a plain array: what was recorded of it is a Value all the same."""
    constant = ma.operation(name="constant_slope")(lambda x: x * 3.0)
    constant.vjps = (lambda g, out, x: np.full(x.shape, 3.0),)
    try:
        x = Value([1.0, 2.0], label="x")
        with ma.record() as step:
            constant(x).sum().backward()
        assert isinstance(step.gradient(x), Value)
        (record,) = step.passes
        assert isinstance(record.gradients[x], Value)
        assert record.gradients[x] is record.results[x] is step.gradient(x)
        assert step.gradient(x).data.tolist() == [3.0, 3.0]
    finally:
        ma.operations.remove("constant_slope")


def test_another_networks_optimiser_is_refused():
    net, other = (ma.Autoencoder([3, 4, 3], seed=seed) for seed in (0, 1))
    with pytest.raises(ValueError, match="none of the model's parameters"):
        ma.record_step(net, ma.SGD(other.parameters(), lr=0.1), [1, 0, 1])


def test_a_module_without_a_loss_is_told_to_pass_one():
    net = ma.Sequential(ma.Linear(3, 3))
    with pytest.raises(TypeError, match=r"Sequential has no loss of its own; pass one, as loss=ma\.mean_squared_error"):
        ma.record_step(net, "sgd", [1, 0, 1])
    assert net[0].weight.grad is None
