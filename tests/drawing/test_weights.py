"""Weights as images: every number is where it belongs, and its sign can be seen without colour."""

import matplotlib.colors
import numpy as np
import pytest

import microae as ma
from microae import paper
from microae.drawing import draw_weights
from microae.drawing.weights import _RAMP, _colours

WIDE = ma.Autoencoder([64, 16, 64], seed=0)


def shown(axes):
    return np.ma.filled(axes.images[0].get_array(), np.nan)


def test_small_matrices_are_drawn_with_their_numbers():
    net = paper.network()
    for axes, W in zip(draw_weights(net).axes, paper.weights(), strict=False):
        assert (shown(axes) == W).all()
        texts = {text.get_position(): text.get_text() for text in axes.texts}
        for (i, j), weight in np.ndenumerate(W):
            assert float(texts[j, i].replace("−", "-")) == pytest.approx(weight, rel=5e-3)
        low, high = axes.images[0].get_clim()
        assert -low == high == np.abs(W).max()


def cut(mosaic, side, columns, n):
    cell = side + max(1, side // 8)
    return [mosaic[i // columns * cell :, i % columns * cell :][:side, :side] for i in range(n)]


def test_each_neuron_of_a_wide_layer_is_an_image():
    first, last = draw_weights(WIDE).axes[:2]
    W, V = WIDE.encoder[0].weight.data, WIDE.decoder[0].weight.data
    for i, (received, sent) in enumerate(zip(cut(shown(first), 8, 8, 16), cut(shown(last), 8, 8, 16), strict=True)):
        assert (received == W[:, i].reshape(8, 8)).all()
        assert (sent == V[i].reshape(8, 8)).all()
    assert [axes.get_xlabel() for axes in (first, last)] == [
        "what each neuron receives",
        "what each neuron sends to the output",
    ]


def test_more_than_64_neurons_are_said():
    axes = draw_weights(ma.Autoencoder([64, 100, 64], seed=0)).axes[0]
    assert axes.get_xlabel() == "what each neuron receives; the first 64 of 100"
    assert np.isfinite(shown(axes)).sum() == 64 * 64


@pytest.mark.parametrize("widths", [[30, 20, 30], [2, 60, 2], [17, 1, 17]])
def test_what_is_not_square_is_drawn_as_a_matrix(widths):
    net = ma.Autoencoder(widths, seed=0)
    axes = draw_weights(net).axes[0]
    assert (shown(axes) == net.encoder[0].weight.data).all()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("neuron", "input")
    assert not axes.texts


def test_one_parameter_by_name():
    figure = draw_weights(WIDE, "decoder.0.weight")
    assert [axes.get_title() for axes in figure.axes if axes.get_title()] == ["decoder.0.weight, 16 × 64"]
    assert figure.axes[0].get_xlabel() == "what each neuron sends to the output"


def test_lightness_tells_the_sign():
    linear = [np.array(matplotlib.colors.to_rgb(colour)) ** 2.2 for colour in (*_RAMP, *_colours()(range(256)))]
    lightness = [rgb[:3] @ (0.2126, 0.7152, 0.0722) for rgb in linear]
    assert (np.diff(lightness[:5]) > 0.03).all()
    assert (np.diff(lightness[5:]) > 0).all()


def test_zeros():
    net = ma.Autoencoder([3, 2, 3], seed=0)
    for p in net.parameters():
        p.data = np.zeros(p.shape)
    assert draw_weights(net).axes[0].images[0].get_clim() == (-1, 1)


def test_mistakes():
    with pytest.raises(ValueError, match=r"no weight matrix 'W'; it has encoder\.0\.weight, decoder\.0\.weight"):
        draw_weights(WIDE, "W")
    with pytest.raises(ValueError, match="no weight matrix; it has none"):
        draw_weights(ma.Sequential(ma.Tanh()))


def test_sign_and_digits_of_a_written_weight():
    net = ma.Sequential(ma.Linear(2, 2, seed=0), ma.Linear(2, 9, seed=0))
    net[0].weight.data = np.array([[10.0, -0.25], [0.125, -8.0]])
    small, wide = draw_weights(net).axes[:2]
    assert [text.get_text() for text in small.texts] == ["+10.0", "−0.250", "+0.125", "−8.00"]
    colours = {text.get_text(): text.get_color() for text in small.texts}
    assert colours == {"+10.0": "black", "−0.250": "black", "+0.125": "black", "−8.00": "white"}  # on a dark ground
    for text, weight in zip(wide.texts, net[1].weight.data.ravel(), strict=True):
        assert text.get_text() == f"{weight:+#.2g}".replace("-", "−")
    assert small.get_title() == "0.weight, 2 × 2"
    ticks = [label.get_text() for label in wide.get_xticklabels()]
    assert ticks[:3] == ["1", "2", "3"]


@pytest.mark.parametrize(("share", "colour"), [(-0.19, "black"), (-0.21, "white")])
def test_words_are_white_on_dark_ground(share, colour):
    net = ma.Sequential(ma.Linear(2, 1, seed=0))
    net[0].weight.data = np.array([[1.0], [share]])
    assert draw_weights(net).axes[0].texts[1].get_color() == colour


@pytest.mark.parametrize(("shape", "written"), [((10, 10), True), ((16, 6), True), ((17, 5), False), ((11, 10), False)])
def test_a_hundred_numbers_are_written(shape, written):
    net = ma.Sequential(ma.Linear(*shape, seed=0))
    assert bool(draw_weights(net).axes[0].texts) is written


def test_dark_is_negative_and_light_is_positive():
    map_ = _colours()
    negative, zero, positive = (np.array(map_(x)[:3]) for x in (0.25, 0.5, 0.75))
    assert negative.sum() < zero.sum() < positive.sum()
    assert negative[0] > negative[2]  # vermillion
    assert positive[2] > positive[0]  # blue
