"""Training on files: every sample once in an epoch, in an order that mixes the file; it can be stopped."""

from contextlib import suppress
from importlib import import_module
from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest

import microae as ma
from microae.data import open_table
from microae.training.samples import Streamed
from tests.training.test_resume import assert_same_state, stop

N, WIDTH = 2003, 6
X = np.random.default_rng(0).random((N, WIDTH))


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Blocks of 8 rows, 10 of them in memory together."""
    samples, fit = (import_module(f"microae.training.{name}") for name in ("samples", "fit"))
    monkeypatch.setattr(samples, "BLOCK", 8 * WIDTH * 8)
    for module in (samples, fit):
        monkeypatch.setattr(module, "CHUNK", 80 * WIDTH * 8)
    np.save(tmp_path / "x.npy", X)
    return open_table(tmp_path / "x.npy")


def taken(samples, order, batch_size, first=0):
    """The samples and targets of an epoch, batch by batch."""
    pieces = list(samples.pieces(order, batch_size, first))
    assert all(len(rows) % batch_size == 0 for _, rows in pieces[:-1])
    return np.concatenate([x[rows] for (x, _), rows in pieces]), np.concatenate([y[rows] for (_, y), rows in pieces])


@pytest.mark.parametrize("batch_size", [1, 7, 32, 100, 5000])
@pytest.mark.parametrize("left_out", [[], [0, 5, 6, 7, 1999]])
def test_every_sample_once_with_its_target_from_any_batch_on(table, batch_size, left_out):
    stays = np.setdiff1d(np.arange(N), left_out)
    samples = Streamed(table.without(left_out), np.arange(len(stays)), np.dtype("float64"))
    x, y = taken(samples, 5, batch_size)
    assert sorted(y) == list(range(len(stays)))
    assert (x == X[stays][y]).all()
    for first in {0, 1, 2, 11, 12, 13, -(-len(stays) // batch_size) - 1}:
        if first * batch_size < len(stays):
            assert (taken(samples, 5, batch_size, first)[1] == y[first * batch_size :]).all()


def test_orders_mix_the_whole_file(table):
    samples = Streamed(table, np.arange(N), np.dtype("float64"))
    one, other = taken(samples, 1, 32)[1], taken(samples, 2, 32)[1]
    assert (one != other).any()
    for order in (one, other):
        assert np.ptp(order[:32]) > N / 2  # already the first batch comes from far apart
        assert abs(np.corrcoef(order, np.arange(N))[0, 1]) < 0.25  # four times what 250 blocks let expect
        assert (np.abs(np.diff(order)) == 1).mean() < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["eager", "numpy", "python"])
def test_training_on_a_file_is_training_on_its_samples_in_that_order(table, backend):
    net, other = (ma.Autoencoder([WIDTH, 3, WIDTH], "tanh", seed=0) for _ in range(2))
    history = ma.fit(net, table, "adam", epochs=2, batch_size=4, seed=3, progress=False, backend=backend)
    assert history.waiting > 0
    optimizer = ma.Adam(other.parameters(), lr=0.003)
    rng, samples, losses = np.random.default_rng(3), Streamed(table, None, np.dtype("float64")), []
    for _ in range(2):
        x, total = taken(samples, samples.draw(rng), 4)[0], 0.0
        for start in range(0, N, 4):
            optimizer.zero_grad()
            loss = other.loss(x[start : start + 4])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x[start : start + 4])
        losses.append(total / N)
    assert history.loss == pytest.approx(losses, rel=1e-12)
    for p, q in zip(net.parameters(), other.parameters(), strict=True):
        assert p.data == pytest.approx(q.data, rel=1e-11)


def test_a_file_that_fits_is_trained_on_as_an_array(tmp_path):
    np.save(tmp_path / "x.npy", X)
    ends = []
    for data in (X, tmp_path / "x.npy", str(tmp_path / "x.npy"), open_table(tmp_path / "x.npy")):
        net = ma.Autoencoder([WIDTH, 3, WIDTH], seed=0)
        ends.append(ma.fit(net, data, "adam", epochs=2, batch_size=32, seed=3, progress=False).loss)
    assert ends[1] == ends[2] == ends[3] == ends[0]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["eager", "numpy"])
def test_stopped_in_the_midst_of_a_file(table, tmp_path, backend):
    classes = np.arange(N) % 3

    def run(directory, stopped):
        net = ma.Classifier([WIDTH, 5, 3], seed=3)
        with suppress(KeyboardInterrupt):
            ma.fit(net, table, "adam", epochs=3, batch_size=32, seed=1, target=classes, progress=False,
                   backend=backend, checkpoint=directory, every=25, callbacks=stop(stopped))  # fmt: skip

    run(tmp_path / "whole", None)
    run(tmp_path / "parts", 2)  # the last checkpoint is that after 125 updates, of 63 in an epoch
    with pytest.raises(ValueError, match="the data are not those"):
        ma.resume(tmp_path / "parts", table.without([1]), target=classes[1:], callbacks=[])
    changed = X.copy()
    changed[1234, 2] += 1e-12
    np.save(tmp_path / "changed.npy", changed)
    with pytest.raises(ValueError, match="the data are not those"):
        ma.resume(tmp_path / "parts", tmp_path / "changed.npy", target=classes, callbacks=[])
    _, history = ma.resume(tmp_path / "parts", table, target=classes, callbacks=[], progress=False)
    assert history.epochs == 3
    assert_same_state(tmp_path / "whole", tmp_path / "parts")


@pytest.mark.parametrize("row", [0, 1999, N - 1])
def test_a_class_that_there_is_not_is_noticed_before_the_training(table, monkeypatch, row):
    """Though of a file only the first samples are looked at."""
    monkeypatch.setattr(Streamed, "pieces", None)
    classes = np.arange(N) % 3
    classes[row] = 3
    pairs = list(Streamed(table, classes, np.dtype("float64")).first(100))
    assert (np.concatenate([y for _, y in pairs]) == classes).all()
    assert all((x == X[: len(y)]).all() for x, y in pairs)
    with pytest.raises(ValueError, match=r"fit: cross_entropy: the classes must lie in 0\.\.2, they span 0\.\.3"):
        ma.fit(ma.Classifier([WIDTH, 3]), table, "adam", target=classes, epochs=1, batch_size=32, progress=False)


def test_arrays_of_an_archive(tmp_path):
    """They are read whole; of several the user says which."""
    options = {"epochs": 2, "batch_size": 32, "seed": 3, "progress": False}
    expected = ma.fit(ma.Autoencoder([WIDTH, 3, WIDTH], seed=0), X, "adam", validation=X, **options)
    np.savez(tmp_path / "x.npz", x=X, n=3)
    path = tmp_path / "x.npz"
    history = ma.fit(ma.Autoencoder([WIDTH, 3, WIDTH], seed=0), path, "adam", validation=str(path), **options)
    assert (history.loss, history.validation_loss) == (expected.loss, expected.validation_loss)
    np.savez_compressed(tmp_path / "both.npz", a=X, b=X)
    with pytest.raises(ValueError, match=r"both\.npz: has 2 2-D arrays, .*load\(path, name\).* a \(2003, 6\), b"):
        ma.fit(ma.Autoencoder([WIDTH, 3, WIDTH]), tmp_path / "both.npz", "adam", **options)


def test_validation_on_a_file_is_that_on_its_array(table):
    losses = []
    for validation in (table, X):
        net = ma.Autoencoder([WIDTH, 3, WIDTH], seed=0)
        options = {"epochs": 2, "batch_size": 500, "seed": 3, "progress": False}
        losses.append(ma.fit(net, X, "adam", validation=validation, **options).validation_loss)
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)


def test_a_number_that_is_none_in_the_midst_of_a_file(table, tmp_path):
    array = X.copy()
    array[1500, 2] = np.nan
    np.save(tmp_path / "nan.npy", array)
    net = ma.Autoencoder([WIDTH, 3, WIDTH], seed=0)
    with pytest.raises(ValueError, match=r"nan\.npy: NaN in row 1500"):
        ma.fit(net, tmp_path / "nan.npy", "adam", epochs=1, batch_size=32, progress=False, record=False)
    with pytest.raises(ValueError, match="input must have 5 features"):
        ma.fit(ma.Autoencoder([5, 3, 5]), table, "adam", epochs=1, batch_size=32, progress=False)
    with pytest.raises(ValueError, match=r"has 2003 samples, its target has shape \(3,\)"):
        ma.fit(net, table, "adam", target=[1, 2, 3], epochs=1, batch_size=32, progress=False)


def test_the_waiting_of_a_training_is_that_of_its_epochs_added(table, monkeypatch):
    """By a clock that goes on by 1 whenever it is read, as it is before and after each waiting."""

    def waited(epochs):
        clock = SimpleNamespace(perf_counter=count().__next__)
        monkeypatch.setattr(import_module("microae.training.samples"), "time", clock)
        net = ma.Autoencoder([WIDTH, 3, WIDTH], seed=0)
        return ma.fit(net, table, "adam", epochs=epochs, batch_size=500, seed=0, progress=False).waiting

    assert waited(3) == 3 * waited(1) > 0
