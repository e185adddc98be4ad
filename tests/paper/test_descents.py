"""Stochastic, mini-batch and batch gradient descent: what is counted and computed, not what is timed."""

import tracemalloc

import numpy as np
import pytest

import microae as ma
from microae import paper
from microae.paper import descents


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
