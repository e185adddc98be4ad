"""The progress bar: within an epoch, with loss, learning rate and time left, in terminals and notebooks."""

import re
import time

import numpy as np
import pytest

import microae as ma

X = np.random.default_rng(0).random((20, 4))


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["eager", "numpy"])
def test_a_long_epoch_moves_the_bar(capsys, backend):
    net = ma.Autoencoder([4, 3, 4], seed=0)

    def slow(prediction, target):
        time.sleep(0.02)
        return ma.mean_squared_error(prediction, target)

    x = X if backend == "eager" else np.tile(X, (1000, 1))  # compiled, only the work itself takes time
    loss = {"loss": slow} if backend == "eager" else {}
    ma.fit(net, x, ma.SGD(net.parameters(), lr=0.125), epochs=2, batch_size=1, seed=0, backend=backend, **loss)
    bars = capsys.readouterr().err.split("\r")
    done = [int(found[1]) for bar in bars if (found := re.search(r"epoch 1/2: .* (\d+)/\d+ \[", bar))]
    assert len({number for number in done if 0 < number < len(x)}) > 1
    assert done == sorted(done)
    assert re.search(r"epoch 1/2: .*\[\d\d:\d\d<\d\d:\d\d, .*update/s, loss=0\.\d+, lr=0\.125\]", "".join(bars))
    assert f"epoch 2/2: 100%|██████████| {2 * len(x)}/{2 * len(x)} [" in bars[-1]


@pytest.mark.slow
def test_the_loss_of_a_bar_is_that_of_a_sample(capsys):
    net = ma.Autoencoder([4, 3, 4], seed=0)

    def slow(prediction, target):
        time.sleep(0.12)  # longer than a bar stands still
        return ma.mean_squared_error(prediction, target)

    x = np.tile(X[0], (20, 1))
    history = ma.fit(net, x, ma.SGD(net.parameters(), lr=0.0), epochs=1, batch_size=5, loss=slow)
    bars = capsys.readouterr().err.split("\r")
    shown = [found[1] for bar in bars if (found := re.search(r"loss=([0-9.e+-]+),", bar))]
    assert len(shown) > 1
    assert [float(number) for number in shown] == pytest.approx([history.loss[0]] * len(shown), rel=1e-2)


def test_a_history_that_goes_on_has_its_epochs_counted(capsys):
    net = ma.Autoencoder([4, 3, 4], seed=0)
    optimizer = ma.SGD(net.parameters(), lr=0.1)
    history = ma.fit(net, X, optimizer, epochs=2, batch_size=5, seed=0, progress=False)
    ma.fit(net, X, optimizer, epochs=3, batch_size=5, history=history)
    assert "epoch 5/5: 100%|██████████| 20/20 [" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("widgets", [True, False])
def test_in_a_notebook(widgets):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    if widgets:
        pytest.importorskip("ipywidgets")
    hidden = "" if widgets else "import sys; sys.modules['ipywidgets'] = None\n"
    source = (
        f"{hidden}import microae as ma\nnet = ma.Autoencoder([3, 2, 3], seed=0)\n"
        "_ = ma.fit(net, [[1, 0, 1]], 'adam', epochs=3, batch_size=1)"
    )
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbclient.NotebookClient(book, timeout=120).execute()
    outputs = book.cells[0].outputs
    shown = ["application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in outputs]
    written = "".join(output.get("text", "") for output in outputs)
    if widgets:
        assert shown == [True]
    else:
        assert not any(shown)
        assert "training, epoch 3/3: 100%" in written
    assert "Warning" not in written
