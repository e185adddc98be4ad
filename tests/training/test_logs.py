"""Logs of a training: a table that grows, and TensorBoard's files."""

import sys

import numpy as np
import pytest

import microae as ma
from microae.history import read_history
from microae.training.logs import CsvLog, TensorBoardLog

X = np.random.default_rng(0).random((12, 4))


def trained(log, epochs=3, **options):
    net = ma.Autoencoder([4, 3, 4], seed=0)
    optimizer = ma.Adam(net.parameters(), lr=0.01)
    callbacks = [ma.cosine_decay(optimizer, 3), *([] if log is None else [log(optimizer)])]
    options = {"batch_size": 4, "seed": 1, "progress": False, "validation": X[:3]} | options
    return ma.fit(net, X, optimizer, epochs=epochs, callbacks=callbacks, **options)


def test_a_table_grows_with_each_epoch(tmp_path):
    path, seen = tmp_path / "log.csv", []

    def watched(optimizer):
        log = CsvLog(path)

        def both(history):
            log(history)
            seen.append(read_history(path))

        return both

    path.write_text("of an earlier training")
    history = trained(watched)
    assert [log.epochs for log in seen] == [1, 2, 3]
    assert seen[-1] == history
    history.save(tmp_path / "history.csv")
    assert (tmp_path / "history.csv").read_text() == path.read_text()


def test_the_table_of_a_training_that_goes_on_is_whole(tmp_path):
    """Also where epochs had been written that are trained once more."""

    def stop(history):
        if history.epochs == 2:
            raise KeyboardInterrupt

    path, options = tmp_path / "log.csv", {"checkpoint": tmp_path / "run", "every": 2}
    with pytest.raises(KeyboardInterrupt):
        trained(lambda optimizer: stop, **options)
    path.write_text("epoch,loss\n1,0.5\n2,0.25\n3,0.125\n")
    callbacks = [lambda history: None, CsvLog(path)]
    _, history = ma.resume(tmp_path / "run", X, validation=X[:3], callbacks=callbacks, progress=False)
    assert read_history(path) == history
    assert history.epochs == 3


def test_places_that_cannot_be_written(tmp_path):
    with pytest.raises(IsADirectoryError, match="is a directory, not a file"):
        CsvLog(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        CsvLog(tmp_path / "file" / "log.csv")


def test_what_tensorboard_reads_is_what_was_trained(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    history = trained(lambda optimizer: TensorBoardLog(tmp_path, optimizer))
    found = EventAccumulator(str(tmp_path)).Reload()
    read = {
        name: [(event.step, float(event.tensor_proto.float_val[0])) for event in found.Tensors(name)]
        for name in found.Tags()["tensors"]
    }
    rates = [0.01 * (1 + np.cos(np.pi * epoch / 3)) / 2 for epoch in (1, 2, 3)]
    expected = {"loss": history.loss, "validation_loss": history.validation_loss, "lr": rates}
    assert set(read) == set(expected)
    for name, numbers in expected.items():
        assert [step for step, _ in read[name]] == [1, 2, 3]
        assert [number for _, number in read[name]] == pytest.approx(numbers, rel=1e-6, abs=1e-12)


def test_without_tensorboard_it_is_said_how_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboard.summary", None)
    with pytest.raises(ModuleNotFoundError, match="a log for TensorBoard needs tensorboard: pip install tensorboard"):
        TensorBoardLog(tmp_path, ma.SGD([ma.Value(1.0)], lr=0.1))
