"""A watched training: when its figure is drawn anew, and what it says; in a notebook it is tested in a browser."""

import base64
import re
import types

import numpy as np
import pytest

import microae as ma
from microae.drawing import live

X = np.eye(3)


@pytest.fixture
def shown(monkeypatch):
    """What a notebook would be given, as words."""
    found = []

    def display(figure, display_id):
        assert display_id is True
        found.append(repr(figure))
        return types.SimpleNamespace(update=lambda figure: found.append(repr(figure)))

    monkeypatch.setattr(live, "_notebook_display", lambda: display)
    return found


def test_it_is_drawn_every_so_many_epochs_and_at_the_end(shown):
    net = ma.Autoencoder([3, 2, 3], seed=0)
    history = ma.fit(
        net, X, ma.SGD(net.parameters(), lr=0.5), epochs=7, batch_size=1, seed=0, progress=False,
        callbacks=[ma.watch(net, every=3)],
    )  # fmt: skip
    assert shown == ["<Watch: epoch 0>", *(f"<Watch: epoch {k}, loss {history.loss[k - 1]:.6g}>" for k in (3, 6, 7))]


def test_in_a_loop_of_ones_own(shown):
    net = ma.Autoencoder([3, 2, 3], seed=0)
    figure = ma.watch(net, every=2)
    for loss in (0.5, ma.Value(0.25), np.float64(0.125)):
        figure(loss)
    assert shown == ["<Watch: epoch 0>", "<Watch: epoch 2, loss 0.25>"]
    figure.close()
    figure.close()
    assert shown[2:] == ["<Watch: epoch 3, loss 0.125>"]


def test_it_shows_the_weights_of_the_epoch_and_the_losses_so_far(shown):
    net = ma.Autoencoder([3, 2, 3], seed=0)
    figure = ma.watch(net)
    assert [picture.words for picture in figure.pictures()] == [
        "the weights, before training",
        "the loss, before training",
    ]
    net.parameters()[0].data = np.full((3, 2), -0.625)
    net.parameters()[1].data = np.full(2, 0.25)
    figure(0.75)
    net.parameters()[0].data = np.full((3, 2), 0.5)  # the epoch that is on the way
    weights, loss = figure.pictures()
    assert weights.words == "the weights, epoch 1, loss 0.75"
    assert loss.words == "the loss, epoch 1, loss 0.75"
    texts = re.findall(r">([+−][\d.]+)<", weights.svg)
    assert texts.count("−0.625") == 6
    assert "polyline" in loss.svg
    html = figure._repr_mimebundle_()["text/html"]
    assert "<p>epoch 1, loss 0.75</p>" in html
    first = base64.b64decode(re.search(r"svg\+xml;base64,([^\"]+)", html)[1]).decode()
    assert first == weights.svg
    figure(0.5)
    assert [picture.words for picture in figure.pictures()] == [
        "the weights, epoch 2, loss 0.5",
        "the loss, epoch 2, loss 0.5",
    ]


@pytest.mark.parametrize("every", [0, -1, 1.5, True, "2"])
def test_every_is_a_whole_number(every, shown):
    with pytest.raises(ValueError, match="watch: every must be a whole number of at least 1, got"):
        ma.watch(ma.Autoencoder([3, 2, 3]), every=every)
    assert shown == []
