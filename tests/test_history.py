"""What a training keeps of its way, and going back to it."""

import json
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

import microae as ma
from microae.history import Trajectory, read_history
from microae.training.checkpoint import load_states

X = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], float)


def train(net, epochs=5, lr=0.1, **options):
    return ma.fit(
        net, X, ma.SGD(net.parameters(), lr=lr), epochs=epochs, batch_size=1, seed=0, progress=False, **options
    )


def state(net):
    return [p.data.copy() for p in net.parameters()]


def equal(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_each_epoch_is_kept_as_it_was_and_can_be_gone_back_to():
    net = ma.Autoencoder([3, 4, 3], seed=0)
    states = [state(net)]
    history = train(net, callbacks=[lambda h: states.append(state(net))])
    assert history.trajectory.epochs == [0, 1, 2, 3, 4, 5]
    for epoch in (3, 0, 5):
        history.rewind(net, epoch)
        assert equal(state(net), states[epoch])


def test_trainings_from_the_same_start_are_the_same_training():
    net = ma.Autoencoder([3, 4, 3], seed=0)
    first = train(net)
    end = state(net)
    first.rewind(net)
    assert train(net).loss == first.loss
    assert equal(state(net), end)


def test_recording_changes_no_number():
    nets = [ma.Autoencoder([3, 4, 3], seed=0) for _ in range(2)]
    losses = [train(net, record=record).loss for net, record in zip(nets, (True, False), strict=True)]
    assert losses[0] == losses[1]
    assert equal(state(nets[0]), state(nets[1]))


def test_continued_training_continues_the_trajectory():
    net = ma.Autoencoder([3, 4, 3], seed=0)
    history = train(net, 3)
    train(net, 2, history=history)
    assert history.trajectory.epochs == [0, 1, 2, 3, 4, 5]


def test_small_networks_are_recorded_and_large_ones_when_asked_for():
    small, large = ma.Autoencoder([3, 4, 3], seed=0), ma.Autoencoder([3, 400, 3], seed=0)
    assert train(small, 1).trajectory is not None
    assert train(large, 1).trajectory is None
    assert train(large, 1, record=True).trajectory is not None
    assert train(small, 1, record=False).trajectory is None


@pytest.mark.slow
@given(st.integers(0, 700), st.integers(2, 40))
def test_of_many_epochs_evenly_spaced_ones_and_the_last_are_kept(epochs, most):
    w = ma.Value(np.zeros(1), label="w")

    class Counter(ma.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = w

    model = Counter()
    kept = Trajectory(model, np.eye(2), np.eye(2), most)
    for epoch in range(epochs + 1):
        w.data = np.array([float(epoch)])
        kept.add(epoch)
    assert len(kept.epochs) <= most + 1
    assert (kept.epochs[0], kept.epochs[-1]) == (0, epochs)
    assert [s[0].item() for s in kept.states] == kept.epochs
    steps = set(np.diff(kept.epochs[:-1]).tolist())
    assert len(steps) <= 1
    if len(kept.epochs) > 2:
        assert 0 < kept.epochs[-1] - kept.epochs[-2] <= kept.epochs[1]
    assert len(kept.epochs) >= min(epochs + 1, most // 2)


def test_different_samples_are_kept():
    data = np.repeat(np.eye(3), 10, axis=0)
    kept = Trajectory(ma.Autoencoder([3, 2, 3], seed=0), data, data)
    assert np.array_equal(kept.data, np.eye(3))
    target = np.arange(30.0)[:, None]
    kept = Trajectory(ma.Autoencoder([3, 2, 3], seed=0), data, target)
    assert kept.target.tolist() == [[0.0], [10.0], [20.0]]  # of the first of each
    many = np.arange(90.0).reshape(30, 3)
    assert np.array_equal(Trajectory(ma.Autoencoder([3, 2, 3], seed=0), many, many).data, many[:16])


def test_the_state_at_an_epoch_when_not_all_were_kept():
    net = ma.Autoencoder([3, 2, 3], seed=0)
    states = [net.state_dict()]
    history = train(net, epochs=20, record=5, callbacks=[lambda h: states.append(net.state_dict())])
    kept = history.trajectory.epochs
    assert len(kept) < 20
    for epoch in kept:
        assert equal(history.trajectory.at(epoch).values(), states[epoch].values())
    for missing, nearest in ((kept[1] - 1, kept[1]), (kept[1] + 1, kept[1])):
        with pytest.raises(ValueError, match=f"epoch {missing} was not kept; the nearest that was is {nearest}"):
            history.trajectory.at(missing)


def test_an_epoch_that_was_not_kept_names_the_nearest():
    history = train(ma.Autoencoder([3, 4, 3], seed=0), 3)
    with pytest.raises(ValueError, match="epoch 9 was not kept; the nearest that was is 3"):
        history.rewind(ma.Autoencoder([3, 4, 3]), 9)


def test_rewinding_another_model_or_nothing_is_an_error():
    history = train(ma.Autoencoder([3, 4, 3], seed=0), 1)
    with pytest.raises((KeyError, ValueError)):
        history.rewind(ma.Autoencoder([3, 5, 3]))
    with pytest.raises(ValueError, match="not recorded"):
        ma.History([1.0]).rewind(ma.Autoencoder([3, 4, 3]))


def test_a_trajectory_is_read_as_it_was_written(tmp_path):
    net = ma.Autoencoder([3, 2, 3], seed=0)
    history = train(net, epochs=7)
    path = tmp_path / "trajectory.safetensors"
    history.trajectory.save(path)
    states = load_states(path)
    assert len(states) == 8
    for epoch, state in enumerate(states):
        assert list(state) == sorted(history.trajectory.at(epoch))
        assert all((state[name] == array).all() for name, array in history.trajectory.at(epoch).items())
    first = path.read_bytes()
    history.trajectory.save(path)
    assert path.read_bytes() == first
    assert list(tmp_path.iterdir()) == [path]


def test_a_trajectory_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "trajectory.safetensors"
    train(ma.Autoencoder([3, 2, 3], seed=0), epochs=2).trajectory.save(path)
    old = path.read_bytes()

    def interrupted(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(ma.Autoencoder([3, 2, 3], seed=1), epochs=3).trajectory.save(path)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def test_other_files_than_trajectories(tmp_path):
    net = ma.Autoencoder([3, 2, 3], seed=0)
    history = train(net, epochs=2)
    model, way = tmp_path / "model.safetensors", tmp_path / "way.safetensors"
    ma.save(net, model)
    history.trajectory.save(way)
    (only,) = load_states(model)
    assert all((only[name] == array).all() for name, array in net.state_dict().items())
    with pytest.raises(ValueError, match=r"way\.safetensors: holds the parameters of several epochs, not a model"):
        ma.load(way)
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        load_states(tmp_path / "none.safetensors")
    save_file({"x": np.zeros((3, 2))}, tmp_path / "odd.safetensors", {"microae": '{"epochs": [0, 1]}'})
    with pytest.raises(ValueError, match=r"odd\.safetensors: is not as history\.trajectory\.save"):
        load_states(tmp_path / "odd.safetensors")
    for epochs in ('"ab"', "[1, 0]", "[0, 0]", "[0, null]", "[0, NaN]", "[0, 1e999]", "[" * 9999):
        save_file({"x": np.zeros((2, 2))}, tmp_path / "odd.safetensors", {"microae": f'{{"epochs": {epochs}}}'})
        with pytest.raises(ValueError, match=r"odd\.safetensors: is not as history\.trajectory\.save"):
            load_states(tmp_path / "odd.safetensors")
    for lengths in ((2, 3), (3, 2)):
        arrays = {name: np.zeros((n, 2)) for name, n in zip("xy", lengths, strict=True)}
        save_file(arrays, tmp_path / "uneven.safetensors", {"microae": '{"epochs": [0, 1]}'})
        with pytest.raises(ValueError, match=r"uneven\.safetensors: is not as history\.trajectory\.save"):
            load_states(tmp_path / "uneven.safetensors")
    way.write_bytes(way.read_bytes()[:100])
    with pytest.raises(ValueError, match="not a complete safetensors file"):
        load_states(way)


def test_as_many_epochs_are_kept_as_said():
    net = ma.Autoencoder([3, 2, 3], seed=0)
    for most in (1, 2, 5):
        history = train(net, epochs=20, record=most)
        assert len(history.trajectory.epochs) <= max(2, most)
        assert history.trajectory.epochs[0] == 0
        assert history.trajectory.epochs[-1] == 20
    with pytest.raises(ValueError, match="record must be a whole number of at least 1, got -3"):
        train(net, record=-3)


def test_as_many_epochs_as_may_be_kept_are_kept():
    trajectory = Trajectory(ma.Autoencoder([3, 2, 3], seed=0), X, X, most=4)
    for epoch in range(4):
        trajectory.add(epoch)
    assert trajectory.epochs == [0, 1, 2, 3]
    trajectory.add(4)
    assert trajectory.epochs == [0, 2, 4]


def test_the_samples_that_are_shown_are_the_different_ones_of_the_first_thousand():
    data = np.zeros((1001, 3))
    data[999:] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    trajectory = Trajectory(ma.Autoencoder([3, 2, 3], seed=0), data, data)
    assert trajectory.data.tolist() == [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]


def test_a_history_that_a_spreadsheet_has_saved_is_read(tmp_path):
    """It begins with a byte order mark then."""
    (tmp_path / "h.csv").write_text(ma.History([0.5], [0.1]).csv(), encoding="utf-8-sig")
    assert read_history(tmp_path / "h.csv") == ma.History([0.5], [0.1])


@pytest.mark.parametrize("epochs", [[0, 1], [0, 1, 1], [0, 2, 1], []])
def test_a_file_whose_epochs_are_not_those_of_its_rows_is_no_trajectory(tmp_path, epochs):
    entry = {"microae": json.dumps({"format": 1, "epochs": epochs})}
    save_file({"w": np.zeros((3, 2))}, tmp_path / "t.safetensors", entry)
    with pytest.raises(ValueError, match=r"is not as history\.trajectory\.save\(path\) writes it, one entry an epoch"):
        load_states(tmp_path / "t.safetensors")


def test_a_history_is_read_as_it_was_written(tmp_path):
    for history in (ma.History([0.1, 1 / 3], [0.2, 1e-300], [1.0, 2.0]), ma.History([0.5]), ma.History()):
        history.save(tmp_path / "h.csv")
        assert read_history(tmp_path / "h.csv") == history


@pytest.mark.parametrize("text", [
    "", "\n", "x\n", "epoch,loss\n2,0.5\n", "epoch,loss\n1,0.5\n1,0.5\n", "epoch,loss\n1\n", "epoch,loss\n1,0.5,3\n",
    "epoch,loss\n1,0.5\n2,0.25,3\n", "epoch,loss,loss\n1,2,3\n", "epoch,seconds\n1,0.5\n",
    "epoch,loss,trajectory\n1,2,3\n",
    "epoch,loss\n1,x\n", 'epoch,loss\n1,"0.5\n',
])  # fmt: skip
def test_other_tables_are_no_history(tmp_path, text):
    (tmp_path / "h.csv").write_text(text)
    with pytest.raises(ValueError, match=r"h\.csv: not a history as microae train writes it, columns epoch and loss"):
        read_history(tmp_path / "h.csv")


def test_epochs_that_are_done_together_share_their_time():
    history = ma.History()
    history.add([0.5, 0.25], 0.2)
    history.add([], 1.0)
    history.add([0.125], 0.3)
    assert history.loss == [0.5, 0.25, 0.125]
    assert history.seconds == [0.1, 0.1, 0.3]
