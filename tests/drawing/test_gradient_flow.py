"""Gradient flow: the sizes against those of backward(), and that what is wrong is said."""

import numpy as np
import pytest

import microae as ma
from microae import paper
from microae.drawing import draw_gradient_flow

X = paper.BINARY_VECTORS


def drawn(figure):
    """Of each parameter the mean, the largest and the words beside it; ``None`` for a cross."""
    axes, remarks = figure.axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    words = [label.get_text() for label in remarks.get_yticklabels()]
    assert axes.get_ylim() == remarks.get_ylim()
    found = dict.fromkeys(names)
    sizes = {}
    for line in axes.lines:
        if line.get_marker() in ("o", ">"):
            sizes[int(line.get_ydata()[0]), line.get_marker()] = line.get_xdata()[0]
    for i, name in enumerate(names):
        found[name] = (sizes.get((i, "o")), sizes.get((i, ">")), words[i])
    return found


class Faulty(ma.Module):
    """A dead unit, a dead layer, one that is not used, one that explodes and one that vanishes."""

    def __init__(self):
        self.used = ma.Linear(3, 4, seed=0)
        self.used.bias.data = np.array([-1e3, 1.0, 1.0, 1.0])
        self.dead = ma.Linear(3, 4, seed=0)
        self.dead.bias.data = np.full(4, -1e3)
        self.unused = ma.Linear(2, 2, seed=0)
        self.large, self.small = ma.Value(1e-3), ma.Value(1e8)
        self.out = ma.Linear(4, 3, seed=0)

    def forward(self, x):
        h = ma.relu(self.used(x)) + ma.relu(self.dead(x))
        return self.out(h) + self.large * 1e4 + self.small * 1e-9


def test_the_sizes_are_those_of_backward():
    net = ma.Autoencoder([3, 4, 3], noise=0.3, dropout=0.3, seed=0)
    found = drawn(draw_gradient_flow(net, X))
    net.eval()
    net.loss(X).backward()
    again = drawn(draw_gradient_flow(net))
    assert list(found) == [name for name, _ in net.named_parameters()]
    for name, p in net.named_parameters():
        size = np.abs(p.grad)
        assert found[name][:2] == pytest.approx((size.mean(), size.max()))
        assert again[name] == found[name]


def test_what_is_wrong_is_said():
    words = {name: row[2] for name, row in drawn(draw_gradient_flow(Faulty(), X, loss=ma.mean_squared_error)).items()}
    assert words["unused.weight"] == words["unused.bias"] == "no gradient"
    assert words["dead.weight"] == words["dead.bias"] == "dead: all are 0"
    assert words["used.bias"] == "25 % are 0"
    assert words["large"] == "exploding"
    assert words["small"] == "vanishing"
    assert words["out.bias"] == ""


def test_a_cross_marks_what_has_no_place_on_the_axis():
    figure = draw_gradient_flow(Faulty(), X, loss=ma.mean_squared_error)
    found = drawn(figure)
    crosses = [line for line in figure.axes[0].lines if line.get_marker() == "X"]
    assert len(crosses) == 4
    assert [row[:2] for name, row in found.items() if "dead" in name or "unused" in name] == [(None, None)] * 4


def test_nan_is_said():
    net = ma.Autoencoder([3, 2, 3], seed=0)
    for p in net.parameters():
        p.grad = np.full(p.shape, np.nan)
    assert set(drawn(draw_gradient_flow(net)).values()) == {(None, None, "NaN or infinite")}


def test_target_and_loss():
    net = ma.Sequential(ma.Linear(3, 2, seed=0))
    found = drawn(draw_gradient_flow(net, X, np.ones((8, 2)), loss=ma.mean_squared_error))
    error = 2 * (net(X).numpy() - 1) / 16
    assert found["0.bias"][1] == pytest.approx(np.abs(error.sum(0)).max())
    with pytest.raises(TypeError, match="Sequential has no loss of its own"):
        draw_gradient_flow(net, X)


def test_all_sizes_are_inside():
    figure = draw_gradient_flow(Faulty(), X, loss=ma.mean_squared_error)
    low, high = figure.axes[0].get_xlim()
    for mean, largest, _ in drawn(figure).values():
        assert mean is None or low < mean <= largest < high


def test_no_gradients():
    with pytest.raises(ValueError, match=r"no parameter has a gradient; call backward\(\) first, or pass data"):
        draw_gradient_flow(ma.Autoencoder([3, 2, 3], seed=0))


def remarks(gradient):
    net = ma.Sequential(ma.Linear(len(gradient), 1, bias=False, seed=0))
    (weight,) = net.parameters()
    weight.grad = np.array(gradient, float)[:, None]
    ((mean, largest, words),) = drawn(draw_gradient_flow(net)).values()
    return words, mean, largest


JUST = 1 + 1e-9


@pytest.mark.parametrize(
    ("gradient", "said"),
    [
        ([1e-7 / JUST, 1e-7 / JUST], "vanishing"),
        ([1e-7 * JUST, 1e-7 * JUST], ""),
        ([3e-7 / JUST, -1e-20, 1e-20], "vanishing"),  # the mean, not the largest or the median
        ([3e-7 * JUST, -1e-20, 1e-20], ""),
        ([100 * JUST, 1.0], "exploding"),
        ([-100 * JUST, 1.0], "exploding"),
        ([100.0, 1.0], ""),
        ([200.0, 0.0], "exploding, 50 % are 0"),
        ([1.0, *[0.0] * 3], "75 % are 0"),
        ([0.0, *[1.0] * 199], "0 % are 0"),
        ([0.0, *[1.0] * 200], ""),
        ([0.0, *[1.0] * 99], "1 % are 0"),
        ([0.0, 0.0], "dead: all are 0"),
        ([0.0, np.inf], "NaN or infinite"),
        ([np.nan, 1.0], "NaN or infinite"),
    ],
)
def test_the_words_at_their_thresholds(gradient, said):
    words, _, _ = remarks(gradient)
    assert words == said


def test_mean_is_the_mean_and_largest_the_largest():
    _, mean, largest = remarks([1.0, -2.0, 9.0, 0.5])
    assert mean == pytest.approx(12.5 / 4)
    assert largest == 9.0
    _, mean, largest = remarks([1.0, -20.0])
    assert largest == 20.0


def test_the_legend_says_which_mark_is_which():
    figure = draw_gradient_flow(Faulty(), X, loss=ma.mean_squared_error)
    (legend,) = figure.legends
    marks = {
        text.get_text(): handle.get_marker() for text, handle in zip(legend.texts, legend.legend_handles, strict=True)
    }
    assert marks == {"mean |gradient|": "o", "largest |gradient|": ">", "no gradient, 0 or NaN": "X"}
    net = ma.Autoencoder([3, 2, 3], seed=0)
    (legend,) = draw_gradient_flow(net, X).legends
    assert [text.get_text() for text in legend.texts] == ["mean |gradient|", "largest |gradient|"]
