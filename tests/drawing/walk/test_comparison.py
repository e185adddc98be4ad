"""A recorded step run again on other numbers, and its gradients by hand, by the engine and by finite differences."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microae as ma
from microae.drawing.walk import comparison as comparing
from microae.drawing.walk.by_hand import gradients_by_hand
from microae.drawing.walk.comparison import comparisons
from microae.drawing.walk.replay import Replay
from microae.nn.layers import RandomModule

X = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])


def recorded(net, x=X, loss=None, optimizer=ma.SGD, target=None, **options):
    return ma.record_step(net, optimizer(net.parameters(), lr=0.1, **options), x, target, loss)


def test_a_replay_gives_the_loss_that_the_model_would_have():
    net = ma.Autoencoder([3, 4, 3], seed=0)
    before = net.state_dict()
    step = recorded(net)
    weight = net.parameters()[0]
    replay = Replay(step, weight)
    assert np.array_equal(replay.start, before["encoder.0.weight"])
    assert replay(replay.start) == step.loss_before
    moved = replay.start.copy()
    moved[1, 2] += 0.25
    net.load_state_dict(before | {"encoder.0.weight": moved})
    assert replay(moved) == net.loss(X).item()


def test_a_replay_draws_no_new_dropout_mask_and_touches_nothing():
    net = ma.Autoencoder([3, 8, 3], dropout=0.5, seed=0)
    step = recorded(net)
    after = {name: value.copy() for name, value in net.state_dict().items()}
    (generator,) = {id(m.rng): m.rng for m in net.modules() if isinstance(m, RandomModule)}.values()
    state = generator.bit_generator.state
    replay = Replay(step, net.parameters()[0])
    assert replay(replay.start) == replay(replay.start) == step.loss_before
    comparisons(step)
    assert all(np.array_equal(after[name], value) for name, value in net.state_dict().items())
    assert generator.bit_generator.state == state


def test_of_a_leaf_that_is_not_used_nothing_is_known():
    w, unused = ma.Value(1.0), ma.Value(2.0)
    with ma.record() as step:
        (w * w).backward()
    assert Replay(step, unused).start is None
    assert list(comparisons(step)) == [w]


def test_several_backward_passes_and_their_seeds_add_up():
    w = ma.Value([1.0, 2.0])
    with ma.record() as step:
        (w * w).backward(np.array([1.0, 10.0]))
        np.sum(w).backward()
    (found,) = comparisons(step).values()
    assert [number.automatic for number in found.numbers] == [3.0, 41.0]
    assert found.agrees


networks = st.builds(
    lambda widths, hidden, output, seed: ma.Autoencoder([3, *widths, 3], activation=hidden, output=output, seed=seed),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
    st.sampled_from(["leaky_relu", "tanh", "sigmoid", "softplus"]),
    st.sampled_from(["sigmoid", "linear"]),
    st.integers(0, 99),
)


@settings(max_examples=40)
@given(net=networks, batch=st.sampled_from([X, X[0]]))
def test_all_three_agree_on_random_networks(net, batch):
    loss = None if type(net.decoder[-1]).__name__ == "Sigmoid" else ma.mean_squared_error
    step = recorded(net, batch, loss)
    found = comparisons(step)
    assert list(found) == net.parameters()
    for parameter, comparison in found.items():
        assert comparison.by_hand is True
        assert comparison.agrees
        assert comparison.size == parameter.data.size
        assert len(comparison.numbers) == (parameter.data.size if parameter.data.size <= 16 else 2)
        for number in comparison.numbers:
            assert number.by_hand == pytest.approx(number.automatic, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("width", "measured"), [(3, 9), (4, 16), (5, 2)])
def test_which_elements_are_measured(width, measured):
    net = ma.nn.Sequential(ma.nn.Linear(width, width, seed=0))
    found = comparisons(recorded(net, np.ones((2, width)), ma.mean_squared_error))
    assert len(found[net.parameters()[0]].numbers) == measured


def test_those_with_the_largest_gradients_are_measured_whatever_their_sign():
    w = ma.Value(np.linspace(-3.0, 2.0, 20))
    with ma.record() as step:
        np.sum(w**2).backward()
    (found,) = comparisons(step).values()
    assert [number.place for number in found.numbers] == [(0,), (1,)]


def test_by_hand_needs_a_chain():
    """Without a formula there is no column for it; the rest is compared all the same."""
    net = ma.nn.Sequential(ma.nn.Linear(3, 3, seed=0), ma.nn.Dropout(0.5, seed=1), ma.nn.Linear(3, 3, seed=2))
    step = recorded(net, loss=ma.mean_squared_error)
    assert gradients_by_hand(step) == {}
    for found in comparisons(step).values():
        assert found.by_hand is None
        assert found.numbers
        assert all(number.by_hand is None and number.agrees for number in found.numbers)


@pytest.mark.parametrize("kind", ["tied", "residual", "penalty", "other slope", "none"])
def test_what_the_formulas_do_not_know_is_left_to_the_others(kind):
    a = ma.nn.Linear(3, 3, seed=0)
    slope = ma.nn.LeakyReLU(0.2) if kind == "other slope" else ma.nn.LeakyReLU()

    def objective(x, y):
        h = slope(a(x))
        out = a(h) if kind == "tied" else h + x if kind == "residual" else h
        loss = ma.mean_squared_error(out, y)
        return loss + 0.1 * np.sum(a.weight**2) if kind == "penalty" else loss

    with ma.record() as step:
        if kind == "none":
            a(X)
        else:
            objective(X, X).backward()
    assert gradients_by_hand(step) == {}
    assert all(found.agrees for found in comparisons(step).values())


@pytest.mark.parametrize("place", range(3))
def test_a_wrong_formula_is_found(monkeypatch, place):
    net = ma.Autoencoder([3, 4, 3], seed=0)
    step = recorded(net)
    right = gradients_by_hand(step)
    leaf = list(right)[place]
    gradient = right[leaf].gradient.copy()
    gradient.flat[1] *= 1.0 + 1e-6
    monkeypatch.setattr(
        comparing, "gradients_by_hand", lambda step: right | {leaf: right[leaf]._replace(gradient=gradient)}
    )
    found = comparisons(step)
    assert [comparison.agrees for comparison in found.values()] == [k != place for k in range(4)]
    assert [number.agrees for number in found[leaf].numbers].count(False) == 1
    assert found[leaf].by_hand is False


@pytest.mark.parametrize("factor", [1.01, 0.0, -1.0])
def test_a_wrong_rule_of_the_engine_is_found(monkeypatch, factor):
    row = ma.operations.TABLE["tanh"]
    monkeypatch.setattr(row, "_vjps", (lambda g, out, x: factor * g * (1.0 - out * out),))
    net = ma.Autoencoder([3, 2, 3], activation="tanh", seed=0)
    found = comparisons(recorded(net))
    weight, bias, *others = found.values()
    assert not weight.agrees
    assert not bias.agrees
    assert all(comparison.agrees for comparison in others)


def test_gradients_that_were_not_zeroed_are_seen():
    net = ma.Autoencoder([3, 2, 3], seed=0)
    net.loss(X).backward()
    with ma.record() as step:
        net.loss(X).backward()
    assert not any(found.agrees for found in comparisons(step).values())


def test_at_a_kink_either_side_is_right_and_nothing_else():
    for slope, agrees in ((0.0, True), (0.5, True), (1.0, True), (1.5, False)):
        w = ma.Value([0.0, 1.0])
        with ma.record() as step:
            np.sum(ma.relu(w)).backward()
        node = step.gradient(w)
        node._array = np.array([slope, 1.0])
        (found,) = comparisons(step).values()
        assert found.numbers[0].measured.kind == "kink"
        assert found.numbers[0].agrees is agrees
        assert found.numbers[1].agrees


def test_single_precision_is_measured_in_double():
    net = ma.Autoencoder([3, 4, 3], seed=0, dtype=np.float32)
    w = ma.Value(np.array([0.5, -1.0, 2.0], np.float32))
    with ma.record() as step:
        np.sum(np.tanh(w * np.float32(3.0))).backward()
    (found,) = comparisons(step).values()
    assert found.agrees
    for number in found.numbers:
        exact = 3.0 * (1.0 - np.tanh(3.0 * float(w.data[number.place])) ** 2)
        assert number.measured.value == pytest.approx(exact, rel=1e-7)
    assert all(found.agrees for found in comparisons(recorded(net)).values())


def test_nan_never_agrees():
    w = ma.Value([0.0, 1.0])
    with ma.record() as step, np.errstate(all="ignore"):
        (np.sum(np.log(w) * 0.0 + w / w)).backward()
    (found,) = comparisons(step).values()
    assert not found.agrees
    assert not found.numbers[0].agrees


def test_where_differences_are_unclear_nothing_is_said():
    w = ma.Value([0.0, 1.0])
    with ma.record() as step:
        np.sum(np.sqrt(w + 1e-300)).backward()  # at the end of its domain, where the slope is 5e149
    (found,) = comparisons(step).values()
    assert [number.agrees for number in found.numbers] == [None, True]
    assert found.agrees is None


def test_large_parameters_are_measured_where_the_gradient_is_largest():
    net = ma.Autoencoder([20, 10, 20], seed=0)
    x = np.random.default_rng(0).random((5, 20))
    found = next(iter(comparisons(recorded(net, x)).values()))
    gradient = net.parameters()[0].grad
    largest = np.sort(np.abs(gradient), axis=None)[-2:]
    assert sorted(abs(number.automatic) for number in found.numbers) == largest.tolist()
    assert found.size == 200
    assert found.by_hand
    assert 0.0 <= found.largest_difference < 1e-15


def test_long_graphs_are_not_measured():
    w = ma.Value(1.0)
    with ma.record() as step:
        h = w
        for _ in range(comparing.EFFORT + 1):
            h = h * 1.0
        h.backward()
    (found,) = comparisons(step).values()
    assert found.numbers == []
    assert found.agrees is None
    assert dataclasses.asdict(found)["by_hand"] is None


def test_a_loss_that_has_gradients_in_it_is_replayed():
    """That of a contractive autoencoder depends on derivatives, which are no nodes of the forward stage."""
    net = ma.ContractiveAutoencoder([3, 2, 3], seed=0)
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1])
    compared = comparisons(step)
    assert set(net.parameters()) <= set(compared)
    assert all(comparison.agrees for comparison in compared.values())
    weight = compared[net.encoder[0].weight]
    assert len(weight.numbers) == 6
    for number in weight.numbers:
        assert number.measured.value == pytest.approx(number.automatic, rel=1e-6, abs=1e-9)
    assert "<html" in ma.draw(step).page().html()
