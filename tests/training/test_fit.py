"""The training loop against a hand-written one, its batches, its history, and what it refuses."""

import copy
import csv
import math
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microae as ma

DIGITS = ma.data.digits()[0]


def small_net(**options):
    return ma.Autoencoder([3, 2, 3], seed=0, **options)


def sgd(net, lr=0.5, **options):
    return ma.SGD(net.parameters(), lr=lr, **options)


def train(net, data, optimizer=None, **options):
    options = {"epochs": 2, "batch_size": 2, "seed": 0, "progress": False} | options
    return ma.fit(net, data, optimizer or sgd(net), **options)


class Spy:
    """A loss that notes the batches it is given, in training only."""

    def __init__(self, net):
        self.net, self.seen = net, []

    def __call__(self, prediction, target):
        if self.net.training:
            self.seen.append(target)
        return ma.mean_squared_error(prediction, target)


# --- the loop ----------------------------------------------------------------------------------------------------


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def hand_written_training(state, x, lr, epochs, batch_size, seed):
    """Mini-batch descent of a LeakyReLU and sigmoid autoencoder with cross-entropy, in plain NumPy."""
    W1, b1, W2, b2 = (state[name].copy() for name in state)
    rng, losses = np.random.default_rng(seed), []
    for _ in range(epochs):
        order, total = rng.permutation(len(x)), 0.0
        for start in range(0, len(x), batch_size):
            h0 = x[order[start : start + batch_size]]
            z1 = h0 @ W1 + b1
            h1 = np.where(z1 > 0, z1, 0.01 * z1)
            a = sigmoid(h1 @ W2 + b2)
            total += len(h0) * np.mean(-h0 * np.log(a) - (1 - h0) * np.log(1 - a))
            d2 = (a - h0) / h0.size
            d1 = (d2 @ W2.T) * np.where(z1 > 0, 1, 0.01)
            W2, b2 = W2 - lr * h1.T @ d2, b2 - lr * d2.sum(0)
            W1, b1 = W1 - lr * h0.T @ d1, b1 - lr * d1.sum(0)
        losses.append(total / len(x))
    return losses, (W1, b1, W2, b2)


@pytest.mark.slow
@given(
    n=st.integers(1, 9),
    batch_size=st.integers(1, 12),
    epochs=st.integers(1, 4),
    seed=st.integers(0, 999),
)
@settings(deadline=None, max_examples=60)
def test_fit_is_the_hand_written_loop(n, batch_size, epochs, seed):
    x = np.random.default_rng(seed + 1).random((n, 3))
    net = ma.Autoencoder([3, 2, 3], seed=seed)
    losses, weights = hand_written_training(net.state_dict(), x, 0.5, epochs, batch_size, seed)
    history = train(net, x, epochs=epochs, batch_size=batch_size, seed=seed)
    np.testing.assert_allclose(history.loss, losses, rtol=1e-11)
    for p, expected in zip(net.parameters(), weights, strict=True):
        np.testing.assert_allclose(p.data, expected, rtol=1e-10, atol=1e-13)


def test_a_training_by_hand():
    """One training as above, with a smaller last batch, and what its history says of other data."""
    x, held_out = np.random.default_rng(1).random((5, 3)), np.random.default_rng(2).random((4, 3))
    net = ma.Autoencoder([3, 2, 3], seed=0)
    losses, weights = hand_written_training(net.state_dict(), x, 0.5, 3, 2, 0)
    history = train(net, x, epochs=3, batch_size=2, seed=0, validation=held_out)
    np.testing.assert_allclose(history.loss, losses, rtol=1e-11)
    for p, expected in zip(net.parameters(), weights, strict=True):
        np.testing.assert_allclose(p.data, expected, rtol=1e-10, atol=1e-13)
    assert history.validation_loss[-1] == pytest.approx(net.loss(held_out).item(), rel=1e-12)


@pytest.mark.slow
@given(n=st.integers(1, 12), batch_size=st.integers(1, 15), epochs=st.integers(1, 3), same=st.booleans())
@settings(deadline=None, max_examples=40)
def test_each_epoch_gives_every_sample_once(n, batch_size, epochs, same):
    net = small_net()
    x = np.arange(3.0 * n).reshape(n, 3) / (3 * n)
    spy = Spy(net)
    train(net, x, sgd(net, 0), epochs=epochs, batch_size=batch_size, loss=spy, target=None if same else 1 - x)
    per_epoch = math.ceil(n / batch_size)
    assert len(spy.seen) == epochs * per_epoch
    for i in range(epochs):
        part = spy.seen[i * per_epoch : (i + 1) * per_epoch]
        assert [len(batch) for batch in part[:-1]] == [batch_size] * (per_epoch - 1)
        targets = np.concatenate(part)
        rows = targets if same else 1 - targets
        np.testing.assert_allclose(rows[np.argsort(rows[:, 0])], x, atol=1e-15)
    for batch in spy.seen:
        assert batch.flags.c_contiguous
        assert not batch.flags.writeable


def test_the_order_changes_from_epoch_to_epoch():
    net = small_net()
    spy = Spy(net)
    x = np.random.default_rng(0).random((20, 3))
    train(net, x, sgd(net, 0), epochs=2, batch_size=20, loss=spy)
    first, second = spy.seen
    assert (first != second).any()
    assert (first != x).any()


def test_seeds():
    def weights(seed, **options):
        net = small_net()
        train(net, DIGITS[:30, 20:23], epochs=3, seed=seed, **options)
        return np.concatenate([p.data.ravel() for p in net.parameters()])

    assert (weights(1) == weights(1)).all()
    assert (weights(1) == weights(np.random.default_rng(1))).all()
    assert (weights(1) != weights(2)).any()
    np.testing.assert_allclose(weights(1, batch_size=30), weights(2, batch_size=30), rtol=1e-12)


def test_the_data_are_not_changed():
    x = np.random.default_rng(0).random((5, 3))
    before = x.copy()
    train(small_net(noise=0.1, dropout=0.5), x)
    assert (x == before).all()
    assert x.flags.writeable


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("given", [np.float32, np.float64, np.uint8, bool])
def test_the_model_keeps_its_dtype(dtype, given):
    net = small_net(dtype=dtype)
    spy = Spy(net)
    train(net, np.eye(3, dtype=given), loss=spy)
    assert {batch.dtype for batch in spy.seen} == {np.dtype(dtype)}
    assert {p.dtype for p in net.parameters()} == {np.dtype(dtype)}


def test_denoising_has_a_clean_target():
    net, clean = small_net(noise=ma.GaussianNoise(0.5, seed=0)), np.eye(3)
    inputs, targets = [], []

    class Watched(ma.Module):
        def __init__(self):
            self.net = net

        def loss(self, x, target):
            if self.training:
                inputs.append(self.net.noise(x))
                targets.append(target)
            return self.net.loss(x, target)

    model = Watched()
    train(model, clean, sgd(model), epochs=1, batch_size=3)
    assert sorted(map(tuple, targets[0])) == sorted(map(tuple, clean))
    assert (np.asarray(inputs[0]) != np.asarray(targets[0])).all()


def test_other_models_and_targets():
    x = np.random.default_rng(0).normal(size=(60, 4))
    classes = (x[:, 0] > 0).astype(int)
    net = ma.Sequential(ma.Linear(4, 8, seed=0), ma.Tanh(), ma.Linear(8, 2, seed=1))
    history = train(
        net, x, sgd(net), target=classes, loss=ma.cross_entropy, validation=(x, classes), epochs=30, batch_size=8
    )
    assert history.loss[-1] < 0.2 < history.loss[0]
    assert (net(x).data.argmax(axis=1) == classes).mean() > 0.9


def test_the_loss_of_an_autoencoder_can_be_chosen():
    x = np.random.default_rng(0).random((5, 3))
    for loss, expected in [
        ("mse", ma.mean_squared_error),
        ("bce", ma.binary_cross_entropy),
        (None, ma.binary_cross_entropy),
    ]:
        net = small_net(loss=loss)
        assert net.loss(x).item() == expected(net(x), x).item()
    linear = small_net(output="linear")
    assert linear.loss(x).item() == ma.mean_squared_error(linear(x), x).item()
    assert "loss='mse'" in repr(small_net(loss="mse"))
    with pytest.raises(ValueError, match="loss must be 'bce' or 'mse', got 'mae'"):
        small_net(loss="mae")


# --- variants ----------------------------------------------------------------------------------------------------


def trained(optimizer=None, **options):
    net = ma.Autoencoder([64, 16, 64], seed=0, **options)
    optimizer = (optimizer or (lambda p: ma.Adam(p, lr=0.01)))(net.parameters())
    return net, ma.fit(net, DIGITS[:300], optimizer, epochs=15, batch_size=20, seed=0, progress=False)


@pytest.mark.slow
def test_variants_do_what_they_are_for():
    x = DIGITS[300:500]
    noisy = x + np.random.default_rng(0).normal(0, 0.3, x.shape)
    plain, _ = trained()
    denoising, _ = trained(noise=0.3)
    sparse, sparse_history = trained(sparsity=0.1)
    decayed, _ = trained(lambda p: ma.AdamW(p, lr=0.01, weight_decay=1.0))
    dropped, _ = trained(dropout=0.3)

    def error(net, given):
        return np.mean((net.reconstruct(given) - x) ** 2)

    def size(net):
        return sum(np.sum(p.data**2) for p in net.parameters())

    assert error(denoising, noisy) < 0.9 * error(plain, noisy)
    assert np.abs(sparse.encode(x).data).mean() < 0.5 * np.abs(plain.encode(x).data).mean()
    assert size(decayed) < 0.8 * size(plain)
    assert (dropped.reconstruct(x) != plain.reconstruct(x)).any()
    assert (dropped.reconstruct(x) == dropped.reconstruct(x)).all()
    assert sparse_history.loss[-1] < sparse_history.loss[0]


# --- history -----------------------------------------------------------------------------------------------------


@given(n=st.integers(1, 9), batch_size=st.integers(1, 10), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=30)
def test_losses_are_means_over_samples(n, batch_size, seed):
    x = np.random.default_rng(seed).random((n, 3))
    net = small_net()
    history = train(net, x, sgd(net, 0), batch_size=batch_size, validation=x, epochs=3)
    expected = net.loss(x).item()
    np.testing.assert_allclose(history.loss, [expected] * 3, rtol=1e-12)
    np.testing.assert_allclose(history.validation_loss, [expected] * 3, rtol=1e-12)


def test_validation_is_without_noise_and_changes_nothing():
    x = DIGITS[:50]

    def run(**options):
        net = ma.Autoencoder([64, 8, 64], noise=0.3, dropout=0.5, seed=0)
        history = train(net, x, batch_size=10, **options)
        return net, history

    net, history = run(validation=x)
    other, bare = run()
    assert bare.validation_loss == []
    assert bare.loss == history.loss
    assert all((p.data == q.data).all() for p, q in zip(net.parameters(), other.parameters(), strict=True))
    assert net.training
    assert net.eval().loss(x).item() == history.validation_loss[-1]


def test_the_validation_loss_of_a_saturated_sigmoid_is_finite():
    net = small_net()
    net.decoder[0].bias.data = [800.0, -800.0, 0.0]
    history = train(net, [[0.0, 1.0, 0.5]], sgd(net, 1e-9), validation=[[0.0, 1.0, 0.5]], epochs=1)
    assert math.isfinite(history.validation_loss[0])
    assert history.validation_loss[0] > 500


def test_much_validation_data_are_measured_in_parts():
    net, x = small_net(), np.random.default_rng(0).random((10_000, 3))
    history = train(net, x[:4], sgd(net, 0), validation=x, epochs=1)
    np.testing.assert_allclose(history.validation_loss, [net.loss(x).item()], rtol=1e-12)


def test_history_as_a_table(tmp_path):
    net = small_net()
    assert repr(ma.History()) == "<History of 0 epochs>"
    history = train(net, np.eye(3), validation=np.eye(3), epochs=3)
    history.save(tmp_path / "history.csv")
    with (tmp_path / "history.csv").open(newline="") as file:
        header, *rows = list(csv.reader(file))
    assert header == ["epoch", "loss", "validation_loss", "seconds"]
    columns = list(zip(*[[float(cell) for cell in row] for row in rows], strict=True))
    assert columns == [(1, 2, 3), tuple(history.loss), tuple(history.validation_loss), tuple(history.seconds)]
    assert train(small_net(), np.eye(3)).csv().splitlines()[0] == "epoch,loss,seconds"
    assert repr(ma.History([2.0, 0.5], [0.25, 0.125])) == "<History of 2 epochs: loss 2 → 0.5, validation loss 0.125>"
    assert repr(ma.History([2.0])) == "<History of 1 epoch: loss 2 → 2>"


def test_training_can_be_continued():
    x = np.random.default_rng(0).random((9, 3))
    whole, halves = small_net(), small_net()
    rng = np.random.default_rng(5)
    expected = train(whole, x, epochs=6, seed=5)
    optimizer = sgd(halves)
    history = train(halves, x, optimizer, epochs=2, seed=rng)
    assert train(halves, x, optimizer, epochs=4, seed=rng, history=history) is history
    assert history.loss == expected.loss
    assert history.epochs == 6


def test_a_history_is_continued_as_it_began():
    with_validation = train(small_net(), np.eye(3), validation=np.eye(3))
    for history, options in [(with_validation, {}), (train(small_net(), np.eye(3)), {"validation": np.eye(3)})]:
        with pytest.raises(ValueError, match="a history is continued with validation data if"):
            train(small_net(), np.eye(3), history=history, **options)


def test_an_interrupted_training_keeps_its_history():
    net, history = small_net(), ma.History()

    def interrupt(so_far):
        if so_far.epochs == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(net, np.eye(3), epochs=9, history=history, callbacks=[interrupt])
    assert len(history.loss) == len(history.seconds) == 3


def test_callbacks_can_stop_and_all_are_called():
    calls = []
    history = train(
        small_net(),
        np.eye(3),
        epochs=9,
        callbacks=(f for f in [lambda h: h.epochs == 2, lambda h: calls.append(h.epochs), lambda h: "go on"]),
    )
    assert history.epochs == 2
    assert calls == [1, 2]


class Around:
    """A callback that notes what it is told."""

    def __init__(self, net):
        self.net, self.told = net, []

    def before_update(self):
        self.told.append(("before", self.net.encoder[0].weight.data.copy()))

    def after_update(self, loss, samples):
        self.told.append(("after", self.net.encoder[0].weight.data.copy(), loss, samples))

    def __call__(self, history):
        self.told.append(("epoch", history.epochs))

    def close(self):
        self.told.append(("close",))


def test_a_callback_is_told_of_each_update():
    net, x = small_net(), np.eye(3)
    around = Around(net)
    history = train(net, x, epochs=2, batch_size=2, callbacks=[lambda history: None, around])
    words = [told[0] for told in around.told]
    assert words == [*["before", "after", "before", "after", "epoch"] * 2, "close"]
    befores = [told for told in around.told if told[0] == "before"]
    afters = [told for told in around.told if told[0] == "after"]
    assert [told[3] for told in afters] == [2, 1, 2, 1]
    assert history.loss == pytest.approx([(2 * a[2] + b[2]) / 3 for a, b in (afters[:2], afters[2:])], rel=1e-15)
    for before, after in zip(befores, afters, strict=True):
        assert (before[1] != after[1]).any()
    for after, before in zip(afters, befores[1:], strict=False):
        assert (before[1] == after[1]).all()


def test_a_training_does_not_end_because_its_bar_cannot_be_written(monkeypatch):
    class Full:
        def write(self, text):
            raise OSError(28, "No space left on device")

        def flush(self):
            pass

    class Closed(Full):
        def flush(self):
            self.write("")

    for stream in (None, Full(), Closed()):
        monkeypatch.setattr(sys, "stderr", stream)
        net = ma.Autoencoder([3, 2, 3], seed=0)
        history = ma.fit(net, [[1, 0, 1]], ma.SGD(net.parameters(), lr=0.1), epochs=3, batch_size=1, progress=True)
        assert history.epochs == 3


def test_without_tqdm_only_the_progress_bar_lacks(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert train(small_net(), np.eye(3), epochs=3).epochs == 3
    with pytest.raises(ImportError, match="a progress bar needs tqdm: pip install tqdm, or train with progress=False"):
        train(small_net(), np.eye(3), progress=True)


def test_the_progress_bar(capsys):
    train(small_net(), np.eye(3), epochs=4, progress=True)
    shown = capsys.readouterr().err
    assert "training" in shown
    assert "4/4" in shown
    assert "loss=" in shown
    train(small_net(), np.eye(3), epochs=4)
    assert capsys.readouterr() == ("", "")


# --- modes, times, targets ---------------------------------------------------------------------------------------


def noisy_net():
    return ma.Autoencoder([3, 4, 3], noise=0.3, dropout=0.4, seed=0)


def test_a_model_in_evaluation_mode_is_trained_in_training_mode_and_left_there():
    """Evaluated before, as one does: noise and dropout must be on again."""
    nets = [noisy_net(), noisy_net().eval(), noisy_net()]
    nets[2].encoder.eval()
    histories = [train(net, np.eye(3), epochs=3) for net in nets]
    assert histories[0].loss == histories[1].loss == histories[2].loss
    for net in nets:
        assert all(module.training for module in net.modules())


def test_a_callback_that_evaluates_does_not_end_the_noise():
    plain, looked_at = noisy_net(), noisy_net()
    expected = train(plain, np.eye(3), epochs=4)
    history = train(looked_at, np.eye(3), epochs=4, callbacks=[lambda h: looked_at.eval() and None])
    assert history.loss == expected.loss


def test_a_model_that_is_refused_keeps_its_modes():
    net = noisy_net()
    net.decoder.eval()
    modes = [module.training for module in net.modules()]
    with pytest.raises(ValueError, match="must have 3 features"):
        train(net, np.zeros((4, 2)))
    assert [module.training for module in net.modules()] == modes


def test_seconds_are_those_of_the_training_alone(monkeypatch):
    """On a clock that only losses and callbacks move."""
    now = [1000.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    net = small_net()

    def loss(prediction, target):
        now[0] += 1.0 if net.training else 100.0
        return ma.mean_squared_error(prediction, target)

    def slow_callback(history):
        now[0] += 10_000.0

    history = train(net, np.eye(3), epochs=3, batch_size=2, loss=loss, validation=np.eye(3), callbacks=[slow_callback])
    assert history.seconds == [2.0, 2.0, 2.0]  # two batches an epoch


def test_a_history_is_complete_when_the_callbacks_see_it():
    seen = []

    def look(history):
        seen.append((history.epochs, len(history.validation_loss), len(history.seconds), history.trajectory.epochs[-1]))

    train(small_net(), np.eye(3), epochs=3, validation=np.eye(3), callbacks=[look])
    assert seen == [(i, i, i, i) for i in (1, 2, 3)]


def test_the_loss_is_taken_before_each_update_and_validation_after_the_epoch():
    x, held_out = np.eye(3), np.full((2, 3), 0.5)
    net, twin = small_net(), small_net()
    history = train(net, x, sgd(net, 0.5), batch_size=3, epochs=2, validation=held_out)
    optimizer, expected = sgd(twin, 0.5), []
    for _ in range(2):
        optimizer.zero_grad()
        loss = twin.loss(x)
        loss.backward()
        optimizer.step()
        expected.append((loss.item(), twin.loss(held_out).item()))
    np.testing.assert_allclose(list(zip(history.loss, history.validation_loss, strict=True)), expected, rtol=1e-12)


def test_a_loss_of_ones_own_is_given_the_targets_of_its_batch():
    x = np.random.default_rng(0).random((7, 3))
    net = ma.Linear(3, 2, seed=0)
    table = {tuple(row): [row.sum(), i] for i, row in enumerate(x)}
    y = np.array(list(table.values()))
    batches = []

    def loss(prediction, target):
        batches.append((prediction.numpy(), np.array(target), net.weight.numpy(), net.bias.numpy()))
        return ma.mean_squared_error(prediction, target)

    train(net, x, sgd(net, 0.1), target=y, loss=loss, batch_size=2, epochs=2)
    for prediction, target, weight, bias in batches:
        rows = x[target[:, 1].astype(int)]
        np.testing.assert_allclose(prediction, rows @ weight + bias, rtol=1e-13)
        np.testing.assert_allclose(target[:, 0], rows.sum(axis=1), rtol=1e-13)


def test_validation_data_with_targets_of_their_own():
    x, y = np.eye(3), 1.0 - np.eye(3)
    net = small_net()
    history = train(net, x, sgd(net, 0.0), epochs=1, validation=(x, y))
    assert history.validation_loss == [pytest.approx(net.loss(x, y).item(), rel=1e-14)]
    assert history.validation_loss[0] != pytest.approx(net.loss(x).item(), rel=1e-3)


def test_a_gradient_from_before_does_not_enter_the_training():
    net, twin = small_net(), small_net()
    net.loss(np.ones(3)).backward()
    assert train(net, np.eye(3)).loss == train(twin, np.eye(3)).loss
    for p, q in zip(net.parameters(), twin.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)


def test_callbacks_are_closed_also_after_an_interruption():
    class Closing:
        closed = 0

        def __call__(self, history):
            if history.epochs == self.until:
                raise KeyboardInterrupt

        def close(self):
            self.closed += 1

    first, second = Closing(), Closing()
    first.until, second.until = 9, 2
    with pytest.raises(KeyboardInterrupt):
        train(small_net(), np.eye(3), epochs=5, callbacks=[first, second, lambda h: None])
    assert (first.closed, second.closed) == (1, 1)
    second.until = 9
    train(small_net(), np.eye(3), callbacks=[second])
    assert second.closed == 2


def test_only_true_ends_the_training():
    for said, epochs in (
        (True, 1),
        (np.True_, 1),
        ("yes", 3),
        (False, 3),
        (None, 3),
        (np.eye(3), 3),
        (ma.Value([1.0, 1.0]), 3),
    ):
        assert train(small_net(), np.eye(3), epochs=3, callbacks=[lambda h, said=said: said]).epochs == epochs


def test_training_inside_detect_anomaly_and_after_no_grad():
    expected = train(small_net(), np.eye(3)).loss
    with ma.detect_anomaly():
        assert train(small_net(), np.eye(3)).loss == expected
    with ma.no_grad():
        small_net().loss(np.eye(3))
    assert train(small_net(), np.eye(3)).loss == expected


def test_cosine_decay_inside_a_training():
    net = small_net()
    optimizer, rates = sgd(net, 0.8), []
    spy = Spy(net)

    def loss(prediction, target):
        if net.training:
            rates.append(optimizer.lr)
        return spy(prediction, target)

    train(net, np.eye(3), optimizer, epochs=4, batch_size=3, loss=loss, callbacks=[ma.cosine_decay(optimizer, 4)])
    np.testing.assert_allclose(rates, [0.4 * (1 + math.cos(math.pi * i / 4)) for i in range(4)], rtol=1e-12)
    assert optimizer.lr == pytest.approx(0.0, abs=1e-15)
    for bad in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match="epochs must be a whole number of at least 1"):
            ma.cosine_decay(optimizer, bad)


@pytest.mark.parametrize("backend", ["eager", "numpy", "python", "numba"])
def test_gradients_are_clipped_before_each_update(backend):
    net, expected, norms = small_net(), small_net(), []
    optimizer = sgd(expected, momentum=0.9)
    for _ in range(12):
        optimizer.zero_grad()
        expected.loss(np.eye(3)).backward()
        norms.append(math.sqrt(sum((np.asarray(p.grad) ** 2).sum() for p in expected.parameters())))
        for p in expected.parameters():
            p.grad = p.grad * min(1.0, 0.4 / (norms[-1] + 1e-6))
        optimizer.step()
    assert min(norms) < 0.4 < max(norms)  # some are clipped, some are not
    train(net, np.eye(3), sgd(net, momentum=0.9), epochs=12, batch_size=3, max_grad_norm=0.4, backend=backend)
    for p, q in zip(net.parameters(), expected.parameters(), strict=True):
        np.testing.assert_allclose(p.data, q.data, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_gradients_of_loops_over_arrays_are_clipped_too(backend):
    x = np.random.default_rng(0).random((30, 12))

    def parameters(**options):
        net = ma.Autoencoder([12, 20, 12], seed=0)
        train(net, x, ma.Adam(net.parameters(), lr=0.01), batch_size=5, **options)
        return np.concatenate([np.ravel(p.data) for p in net.parameters()])

    clipped = parameters(max_grad_norm=0.02)
    np.testing.assert_allclose(parameters(max_grad_norm=0.02, backend=backend), clipped, rtol=1e-9, atol=1e-12)
    assert np.abs(parameters() - clipped).max() > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "layers"),
    [
        ("python", [4, 2, 4]),
        *((name, layers) for name in ("numpy", "numba", "jax") for layers in ([4, 2, 4], [64, 16, 64])),
    ],
)
def test_data_that_may_not_be_written_into(backend, layers):
    """As the packaged ones are."""
    x = np.random.default_rng(0).random((12, layers[0]))

    def losses(data, **options):
        net = ma.Autoencoder(layers, seed=0)
        return train(net, data, sgd(net), batch_size=4 if layers[0] > 4 else 1, **options).loss

    expected = losses(x)
    x.flags.writeable = False
    np.testing.assert_allclose(losses(x, backend=backend), expected, rtol=1e-9)


# --- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "options", "said"),
    [
        (np.zeros((0, 3)), {}, "data: is empty"),
        ([], {}, "data: needs a table"),
        ([1.0, 0.0, 1.0], {}, "data: needs a table"),
        (np.zeros((4, 2)), {}, "must have 3 features in its last axis"),
        ([[0, 0, math.nan]], {}, "data: NaN in row 0, column 2"),
        ([["a", "b", "c"]], {}, "data: needs real numbers"),
        (np.full((2, 3), 2.0), {}, r"the target must lie in \[0, 1\]"),
        ([*np.eye(3), [0, 1.5, 0]], {"batch_size": 1}, r"the target must lie in \[0, 1\]"),
        (np.eye(3), {"target": np.eye(2)}, "data has 3 samples, its target has shape"),
        (np.eye(3), {"target": 1.0}, "data has 3 samples, its target has shape"),
        (np.eye(3), {"target": np.full((3, 3), math.inf)}, "the target of data has NaN or infinity"),
        (np.eye(3), {"target": np.zeros((3, 2))}, "the target must have 3 features"),
        (np.eye(3), {"validation": np.zeros((4, 2))}, "must have 3 features in its last axis"),
        (np.eye(3), {"validation": np.full((4, 3), 7.0)}, r"the target must lie in \[0, 1\]"),
        (np.eye(3), {"validation": np.zeros((0, 3))}, "validation: is empty"),
        (np.eye(3), {"validation": (np.eye(3), np.eye(3)[:2])}, "validation has 3 samples, its target has shape"),
        (np.eye(3), {"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0"),
        (np.eye(3), {"batch_size": 1.5}, "batch_size must be a whole number of at least 1, got 1.5"),
        (np.eye(3), {"batch_size": True}, "batch_size must be a whole number"),
        (np.eye(3), {"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        (np.eye(3), {"epochs": -1}, "epochs must be a whole number"),
        (np.eye(3), {"loss": lambda p, y: (p - y) ** 2}, "the loss must be a scalar Value"),
        (np.eye(3), {"loss": lambda p, y: 1.0}, "the loss must be a scalar Value, got 1.0"),
    ],
)
def test_refused_before_training(data, options, said):
    net = small_net()
    before = net.state_dict()
    with pytest.raises(ValueError, match=said):
        train(net, data, **options)
    assert all((array == before[name]).all() for name, array in net.state_dict().items())


def test_other_mistakes():
    net = small_net()
    with pytest.raises(ValueError, match="holds none of the model's parameters"):
        train(net, np.eye(3), sgd(small_net()))
    with pytest.raises(TypeError, match="Linear has no loss of its own; pass one"):
        train(ma.Linear(3, 3), np.eye(3))
    with pytest.raises(TypeError, match="seed must be"):
        train(net, np.eye(3), seed="x")


def test_an_optimiser_may_hold_more_than_the_model():
    net, scale = small_net(), ma.Value(2.0)
    optimizer = ma.SGD([*net.parameters(), scale], lr=0.1)
    train(net, np.eye(3), optimizer, loss=lambda p, y: scale * ma.mean_squared_error(p, y), epochs=1)
    assert scale.data < 2.0


def test_divergence_is_named():
    x = np.random.default_rng(0).random((10, 3))
    net = ma.Autoencoder([3, 2, 3], output="linear", seed=0)
    with pytest.raises(FloatingPointError, match=r"the loss is (inf|nan) in epoch 1, batch [1-5]; lower the") as caught:
        train(net, x, sgd(net, 1e6), epochs=100)
    assert "it is 1e+06" in str(caught.value)


def test_divergence_in_the_very_last_update_is_named():
    net = ma.Autoencoder([1, 1], output="linear", seed=0)
    with pytest.raises(FloatingPointError, match="a parameter is NaN or infinite in epoch 1, batch 1;"):
        train(net, [[1.0]], sgd(net, 1e308), target=[[1e10]], epochs=1)


# --- what people write -----------------------------------------------------------------------------------------------


def fitted(**options):
    net = ma.Autoencoder([3, 2, 3], seed=0)
    given = {"optimizer": ma.SGD(net.parameters(), lr=0.1), "epochs": 2, "batch_size": 2, "seed": 0, "progress": False}
    x = np.array([[0.0, 0.5, 1.0], [1.0, 0.25, 0.0]])
    return ma.fit(net, **{"data": x} | given | {name: f(net) for name, f in options.items()})


def test_losses_and_optimisers_by_name_and_a_single_callback():
    by_name = fitted(loss=lambda net: "mse", optimizer=lambda net: "adam")
    in_full = fitted(
        loss=lambda net: ma.mean_squared_error,
        optimizer=lambda net: ma.Adam(net.parameters(), lr=ma.Adam.usual_lr),
    )
    assert by_name.loss == in_full.loss
    seen = []
    fitted(callbacks=lambda net: lambda history: seen.append(history.epochs))
    assert seen == [1, 2]


def test_losses_are_found_by_every_public_name():
    net, x = ma.Sequential(ma.Linear(3, 2, seed=0)), np.eye(3)
    for name, target in (("cross_entropy", [0, 1, 1]), ("mean_squared_error", np.ones((3, 2))), ("mse_loss", x[:, :2]),
                         ("binary_cross_entropy_with_logits", x[:, :2])):  # fmt: skip
        histories = [
            ma.fit(
                copy.deepcopy(net), x, "sgd", target=target, loss=loss, epochs=2, batch_size=1, seed=0, progress=False
            )
            for loss in (name, getattr(ma, name))
        ]
        assert histories[0].loss == histories[1].loss


MASKED = np.ma.array([[0.0, 0.5, 1.0], [1.0, 0.25, 0.0]], mask=[[1, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("loss", "nope", "loss 'nope' is not known; use one of mse"),
        ("loss", ma.nn.Linear, "loss must be a function"),
        ("loss", 3, "loss must be a function"),
        ("optimizer", "nope", "no optimiser is called 'nope'; there are .*'adam'"),
        ("optimizer", ma.Adam, r"needs an optimiser, as ma.Adam\(net.parameters"),
        ("optimizer", 0.1, "needs an optimiser"),
        ("data", MASKED, "data: a masked array would lose its mask"),
        ("target", MASKED, "the target of data: a masked array"),
        ("validation", MASKED, "validation: a masked array"),
        ("loss", "nope", "use one of .*cross_entropy"),
        ("callbacks", ma.early_stopping, r"early_stopping makes a callback; call it, as in callbacks=early_stopping\("),
        ("callbacks", [ma.cosine_decay], "cosine_decay makes a callback"),
        ("callbacks", Spy, "Spy makes a callback"),
        ("callbacks", 3, "a callback must be a function of the history, got 3"),
        ("callbacks", "cosine", r"such as ma.cosine_decay\(optimizer, epochs=...\), got 'cosine'"),
        ("callbacks", ["cosine"], r"such as ma.cosine_decay\(optimizer, epochs=...\), got 'cosine'"),
        ("max_grad_norm", -1, "max_grad_norm must be a finite number above 0, got -1"),
        ("max_grad_norm", 0, "max_grad_norm must be a finite number above 0, got 0"),
        ("history", "x", "history must be the History of an earlier training, .*got 'x'"),
        ("target", np.eye(4)[:2, :2], r"^fit: Autoencoder: the target must have 3 features.* its shape is \(2, 2\)"),
        ("validation", (np.eye(3),), "^fit: validation must be data, or a tuple of data and target, got 1 parts"),
        ("validation", np.eye(2), r"^fit: validation: Autoencoder: the input must have 3 features"),
        ("validation", (np.eye(3), np.eye(3)[:, :2]), r"^fit: validation: Autoencoder: the target must have 3"),
        ("data", list(MASKED), "data: a masked array would lose its mask"),
        ("target", [MASKED[0], [1.0, 0.0, 0.0]], "the target of data: a masked array"),
    ],
)
def test_what_is_no_loss_optimiser_or_data_is_refused_with_what_to_pass(name, given, words):
    with pytest.raises((TypeError, ValueError), match=words):
        fitted(**{name: lambda net: given})


def test_a_class_is_no_model_and_a_number_no_optimiser():
    with pytest.raises(TypeError, match="the model must be a Module"):
        ma.fit(ma.Autoencoder, [[1.0]], "adam", epochs=1, batch_size=1)
    with pytest.raises(TypeError, match="needs the optimiser whose lr it sets"):
        ma.cosine_decay(0.1, 10)
