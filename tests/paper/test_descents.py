"""Stochastic, mini-batch and batch gradient descent: what is counted and computed, not what is timed."""

import inspect
import tracemalloc

import numpy as np
import pytest

import microae as ma
from microae import paper
from microae.paper import descents
from tests.paper.publication import BITS, THE_PAPER


@pytest.fixture(scope="module")
def rows():
    return paper.compare_descents(loss=0.6, epochs=600, noise_epochs=20)


def _whole_losses(size: int, epochs: int, seed: int = 0) -> list[float]:
    """The loss of all data after each epoch, by the manual formulas."""
    net = ma.Autoencoder([3, 4, 3], seed=seed)
    W, b = paper.layers_of(net)
    rng = np.random.default_rng(seed)
    X, names, losses = paper.BINARY_VECTORS, ("leaky_relu", "sigmoid"), []
    for _ in range(epochs):
        order = rng.permutation(8)
        for start in range(0, 8, size):
            x = X[order[start : start + size]]
            W, b = paper.manual_update(W, b, *paper.manual_gradients(W, b, x, x, names), 0.01)
        losses.append(paper.manual_loss(W, b, X, X, names))
    return losses


def test_the_three_methods(rows):
    assert [(row.method, row.batch_size, row.updates_per_epoch) for row in rows] == [
        ("stochastic", 1, 8),
        ("mini-batch", 4, 2),
        ("batch", 8, 1),
    ]


@pytest.mark.parametrize("i", range(3))
def test_epochs_to_the_loss_are_those_of_descent_by_hand(rows, i):
    row = rows[i]
    losses = _whole_losses(row.batch_size, row.epochs_to_loss)
    assert losses[-1] <= 0.6 < losses[-2]
    ran = max(row.epochs_to_loss, 20)
    assert row.final_loss == pytest.approx(_whole_losses(row.batch_size, ran)[-1], rel=1e-9)


def test_more_updates_reach_the_loss_in_fewer_epochs(rows):
    epochs = [row.epochs_to_loss for row in rows]
    assert epochs[0] < epochs[1] < epochs[2]


def test_noise_falls_with_the_batch_and_vanishes_for_all_data(rows):
    noise = [row.noise for row in rows]
    assert noise[0] > noise[1] > noise[2] == 0.0


def test_noise_is_the_deviation_of_the_batch_loss():
    (row,) = paper.compare_descents(methods={"stochastic": 1}, lr=0.0, epochs=1, noise_epochs=1)
    W, b = paper.layers_of(ma.Autoencoder([3, 4, 3], seed=0))
    names = ("leaky_relu", "sigmoid")
    losses = [paper.manual_loss(W, b, x, x, names) for x in paper.BINARY_VECTORS]
    assert row.noise == pytest.approx(np.std(losses), rel=1e-12)
    assert row.rises == 0.0


def test_a_learning_rate_too_large_makes_the_loss_rise():
    small, large = (
        paper.compare_descents(methods={"batch": 8}, lr=lr, epochs=50, noise_epochs=50)[0] for lr in (0.01, 50.0)
    )
    assert small.rises == 0.0
    assert large.rises > 0.1


def test_a_loss_that_is_not_reached():
    rows = paper.compare_descents(loss=1e-9, epochs=3)
    assert all(row.epochs_to_loss is None for row in rows)
    assert paper.descent_table(rows).count("not reached") == 3


def test_times_and_memory_are_measured(rows):
    for row in rows:
        assert 0 < row.seconds_per_update <= row.seconds_per_epoch
        assert row.peak_bytes > 0
    wide = paper.compare_descents(np.eye(64), layers=(64, 32, 64), methods={"one": 1, "all": 64}, epochs=1)
    assert wide[1].peak_bytes > 2 * wide[0].peak_bytes
    assert wide[1].peak_bytes > 64 * 64 * 8


def test_memory_is_measured_also_while_someone_else_is_tracing():
    tracemalloc.start()
    try:
        rows = paper.compare_descents(epochs=1)
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()
    assert all(row.peak_bytes > 0 for row in rows)


def test_measuring_memory_leaves_the_weights_alone():
    (row,) = paper.compare_descents(methods={"batch": 8}, lr=0.0, epochs=1)
    W, b = paper.layers_of(ma.Autoencoder([3, 4, 3], seed=0))
    expected = paper.manual_loss(W, b, paper.BINARY_VECTORS, paper.BINARY_VECTORS, ("leaky_relu", "sigmoid"))
    assert row.final_loss == pytest.approx(expected, rel=1e-12)


def test_equal_seeds_give_equal_numbers():
    first, second = (paper.compare_descents(epochs=5, seed=3) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert (a.noise, a.rises, a.final_loss) == (b.noise, b.rises, b.final_loss)


@pytest.mark.parametrize("size", [1, 3, 4, 8])
def test_an_epoch_sees_every_sample_once(size):
    batches = list(paper.batches(paper.BINARY_VECTORS, size, np.random.default_rng(0)))
    seen = np.vstack([np.atleast_2d(batch) for batch in batches])
    assert sorted(map(tuple, seen.tolist())) == sorted(map(tuple, paper.BINARY_VECTORS.tolist()))
    assert len(batches) == -(-8 // size)


@pytest.mark.parametrize("size", [0, 9])
def test_a_batch_size_that_does_not_fit(size):
    with pytest.raises(ValueError, match=r"the batch size must lie in 1\.\.8"):
        paper.compare_descents(methods={"odd": size}, epochs=1)


def test_a_loss_reached_early_is_dated_by_its_first_epoch_and_noise_is_measured_to_its_end():
    (row,) = paper.compare_descents(methods={"batch": 8}, loss=10.0, noise_epochs=3, epochs=9)
    assert row.epochs_to_loss == 1
    assert row.final_loss == pytest.approx(_whole_losses(8, 3)[-1], rel=1e-12)


def test_times_are_of_the_updates(monkeypatch):
    ticks = iter(range(1_000_000))
    monkeypatch.setattr(descents, "perf_counter", lambda: float(next(ticks)))
    rows = paper.compare_descents(epochs=4)
    assert [row.seconds_per_update for row in rows] == [1.0, 1.0, 1.0]
    assert [row.seconds_per_epoch for row in rows] == [8.0, 2.0, 1.0]


def test_progress_is_told_every_epoch_of_each_method():
    seen = []
    paper.compare_descents(loss=1e-9, epochs=4, progress=lambda epochs: (seen.append(i) or i for i in epochs))
    assert seen == [1, 2, 3, 4] * 3


def test_a_batch_of_all_the_data_has_no_noise_in_whichever_order_it_comes():
    data = np.random.default_rng(0).random((50, 3))
    (row,) = paper.compare_descents(data, methods={"all": 50}, epochs=30, noise_epochs=30)
    assert row.noise == 0.0


# --- what is counted, with a clock of its own and an oracle that knows nothing of the library -------------------------


def _by_hand(size, epochs, lr=0.01, seed=0, data=BITS, layers=(3, 4, 3)):
    """For each update: the batch's loss before it, and the loss of all data before and after."""
    parameters = [p.numpy() for p in ma.Autoencoder(list(layers), seed=seed).parameters()]
    rng, found = np.random.default_rng(seed), []

    def loss(x):
        w1, b1, w2, b2 = parameters
        z1 = x @ w1 + b1
        z = np.where(z1 > 0, z1, 0.01 * z1) @ w2 + b2
        return np.mean(np.logaddexp(0.0, z) - x * z)

    for _ in range(epochs):
        order = rng.permutation(len(data))
        for start in range(0, len(data), size):
            x = data[order[start : start + size]]
            before, whole = loss(x), loss(data)
            each = [THE_PAPER.gradients(row, row, parameters) for row in x]
            grads = [np.mean(parts, axis=0) for parts in zip(*each, strict=True)]
            parameters = [p - lr * g for p, g in zip(parameters, grads, strict=True)]
            found.append((before, whole, loss(data)))
    return found


class Clock:
    """Each reading is later by what comes next in a list, over and over."""

    def __init__(self, *spans):
        self.spans, self.now, self.count = spans, 0.0, 0

    def __call__(self):
        self.now += self.spans[self.count % len(self.spans)]
        self.count += 1
        return self.now


def test_seconds_are_those_of_an_update_and_of_an_epoch(monkeypatch):
    """Between start and end of an update 2 s pass; what passes between two updates, 1000 s, belongs to none."""
    monkeypatch.setattr(descents, "perf_counter", Clock(1000.0, 2.0))
    rows = paper.compare_descents(loss=0.0, epochs=3, noise_epochs=1)
    assert [row.seconds_per_update for row in rows] == [2.0, 2.0, 2.0]
    assert [row.seconds_per_epoch for row in rows] == [16.0, 4.0, 2.0]


def test_seconds_are_medians(monkeypatch):
    """Of the updates 2, 2, 50 s and so on; of the epochs, two updates each, 4, 52, 52 s and so on."""
    monkeypatch.setattr(descents, "perf_counter", Clock(0.0, 2.0, 0.0, 2.0, 0.0, 50.0))
    (row,) = paper.compare_descents(methods={"two": 4}, loss=0.0, epochs=3)
    assert (row.seconds_per_update, row.seconds_per_epoch) == (2.0, 52.0)


def test_the_table_says_what_was_measured():
    row = paper.Descent("stochastic", 1, 8, 12.34e-6, 98.76e-6, 1234567, 0.123456, 0.25, 42, 0.98765)
    other = paper.Descent("batch", 8, 1, 1e-6, 2e-6, 3, 0.0, 0.0, None, 1.0)
    assert paper.descent_table([row, other]).splitlines() == [
        "| method | batch | updates per epoch | µs per update | µs per epoch | peak memory (bytes) | loss noise | "
        "updates that raise the loss | epochs to the loss | final loss |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| stochastic | 1 | 8 | 12.3 | 98.8 | 1,234,567 | 0.1235 | 25% | 42 | 0.9877 |",
        "| batch | 8 | 1 | 1.0 | 2.0 | 3 | 0.0000 | 0% | not reached | 1.0000 |",
    ]


@pytest.mark.parametrize("lr", [0.01, 20.0])
@pytest.mark.parametrize("size", [1, 3, 8])
def test_noise_and_rises_are_those_of_the_first_epochs(size, lr):
    (row,) = paper.compare_descents(methods={"some": size}, lr=lr, loss=0.0, epochs=7, noise_epochs=4)
    updates = _by_hand(size, 7, lr)
    first = updates[: 4 * -(-8 // size)]
    assert row.noise == pytest.approx(np.std([before - whole for before, whole, _ in first]), rel=1e-9, abs=1e-14)
    assert row.rises == np.mean([after > whole for _, whole, after in first])
    assert row.final_loss == pytest.approx(updates[-1][2], rel=1e-9)
    assert (row.batch_size, row.updates_per_epoch) == (size, -(-8 // size))


def test_the_loss_is_reached_where_it_is_equal():
    """As often as a loss of 3 epochs is asked for, 3 epochs are needed."""
    (three,) = paper.compare_descents(methods={"batch": 8}, loss=0.0, epochs=3)
    (row,) = paper.compare_descents(methods={"batch": 8}, loss=three.final_loss, epochs=9, noise_epochs=1)
    assert (row.epochs_to_loss, row.final_loss) == (3, three.final_loss)
    (nine,) = paper.compare_descents(methods={"batch": 8}, loss=0.0, epochs=9)
    (row,) = paper.compare_descents(methods={"batch": 8}, loss=three.final_loss, epochs=20, noise_epochs=9)
    assert (row.epochs_to_loss, row.final_loss) == (3, nine.final_loss)  # noise is measured to its end


def test_every_option_is_used():
    data = BITS[[1, 2, 4, 7, 7]]
    calls = []

    def progress(epochs):
        calls.append(list(epochs))
        return epochs

    (row,) = paper.compare_descents(
        data,
        layers=(3, 2, 3),
        methods={"two": 2},
        lr=0.3,
        loss=0.0,
        epochs=4,
        noise_epochs=2,
        seed=5,
        progress=progress,
    )
    updates = _by_hand(2, 4, 0.3, 5, data, (3, 2, 3))
    assert calls == [[1, 2, 3, 4]]
    assert (row.method, row.updates_per_epoch) == ("two", 3)
    assert row.final_loss == pytest.approx(updates[-1][2], rel=1e-9)
    assert row.noise == pytest.approx(np.std([before - whole for before, whole, _ in updates[:6]]), rel=1e-9)


def test_the_usual_options_are_those_of_the_paper():
    usual = {name: p.default for name, p in inspect.signature(paper.compare_descents).parameters.items()}
    assert (usual["layers"], usual["lr"], usual["loss"]) == ((3, 4, 3), 0.01, 0.3)
    assert (usual["epochs"], usual["noise_epochs"], usual["seed"]) == (2000, 100, 0)
    assert dict(paper.METHODS) == {"stochastic": 1, "mini-batch": 4, "batch": 8}


def test_an_update_takes_the_gradient_once_and_gives_the_loss_before_it():
    net = paper.network()
    optimizer = ma.SGD(net.parameters(), lr=0.5)
    parameters = THE_PAPER.parameters
    for x in (BITS[0], BITS[3]):
        grads = THE_PAPER.gradients(x, x, parameters)
        z = THE_PAPER.forward(x, parameters)[2]
        assert paper.update(net, optimizer, x) == pytest.approx(np.mean(np.logaddexp(0.0, z) - x * z), rel=1e-9)
        parameters = [p - 0.5 * g for p, g in zip(parameters, grads, strict=True)]
        for ours, theirs in zip(net.parameters(), parameters, strict=True):
            np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-10)


def test_the_order_of_the_samples_is_that_of_the_generator():
    rng, again = np.random.default_rng(7), np.random.default_rng(7)
    for _ in range(2):
        order = again.permutation(8)
        found = list(paper.batches(BITS, 3, rng))
        for batch, rows in zip(found, (order[:3], order[3:6], order[6:]), strict=True):
            np.testing.assert_array_equal(batch, BITS[rows])
    single = list(paper.batches(BITS, 1, np.random.default_rng(7)))
    assert all(x.shape == (3,) for x in single)


def test_the_memory_of_an_update_is_its_peak_beyond_what_was_there(monkeypatch):
    traced = iter([(100, 0), (0, 350)])
    monkeypatch.setattr(tracemalloc, "get_traced_memory", lambda: next(traced))
    (row,) = paper.compare_descents(methods={"batch": 8}, epochs=1)
    assert row.peak_bytes == 250
    assert not tracemalloc.is_tracing()
