"""Loss curves: which lines are drawn, and in which scale."""

import numpy as np
import pytest

import microae as ma
from microae.drawing import draw_losses
from tests.drawing.texts import drawn_texts


def lines(figure):
    return {line.get_label(): line for line in figure.axes[0].lines}


def test_every_loss_is_where_it_belongs():
    history = ma.History([0.7, 0.5, 0.4], [0.8, 0.6, 0.55])
    found = lines(draw_losses({"slow": history, "fast": [0.6, 0.3]}))
    expected = {
        "slow, training": history.loss,
        "slow, validation": history.validation_loss,
        "fast": [0.6, 0.3],
    }
    assert list(found) == list(expected)
    for label, losses in expected.items():
        assert found[label].get_ydata().tolist() == losses
        assert found[label].get_xdata().tolist() == list(range(1, len(losses) + 1))


def test_one_run_needs_no_names():
    assert list(lines(draw_losses(ma.History([1.0], [2.0])))) == ["training", "validation"]
    figure = draw_losses([0.5, 0.4], loss="cross-entropy", title="T")
    assert figure.legends == []
    assert {"epoch", "cross-entropy", "T"} <= {text for text, _, _ in drawn_texts(figure)}


def test_curves_are_told_apart_without_colour():
    found = lines(draw_losses({str(i): ma.History([1.0], [1.0]) for i in range(15)}))
    styles = [(line.get_marker(), line.get_linestyle()) for line in found.values()]
    assert len(set(styles)) == 30
    assert all(style == "--" for (_, style), label in zip(styles, found, strict=True) if "validation" in label)


@pytest.mark.parametrize(
    ("losses", "scale"),
    [
        ([0.7, 0.5], "linear"),
        ([0.7, 0.01], "log"),
        ([5.0, 0.5], "linear"),  # exactly ten times as large
        ([0.7, 0.0], "linear"),
        ([5.0, -1.0], "linear"),
        ([0.7, np.nan, 0.6, np.inf], "linear"),
        ([0.7, np.nan, 0.001], "log"),
    ],
)
def test_the_scale_that_helps(losses, scale):
    axes = draw_losses(losses).axes[0]
    assert axes.get_yscale() == scale
    finite = [number for number in losses if np.isfinite(number)]
    low, high = axes.get_ylim()
    assert low <= min(finite) <= max(finite) <= high
    if min(finite) >= 0 and scale == "linear":
        assert low == 0
    chosen = draw_losses([0.7, 0.5], logarithmic=True).axes[0], draw_losses([0.7, 0.01], logarithmic=False).axes[0]
    assert [axes.get_yscale() for axes in chosen] == ["log", "linear"]


@pytest.mark.parametrize("n", [1, 2, 7, 300])
def test_epochs_are_whole_numbers_from_1(n):
    figure = draw_losses(np.linspace(2, 1, n))
    drawn_texts(figure)
    axes = figure.axes[0]
    low, high = axes.get_xlim()
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert ticks
    assert all(tick >= 1 and tick == round(tick) for tick in ticks)
    assert low <= 1 <= n <= high


@pytest.mark.parametrize("runs", [[], {}, ma.History(), {"a": [1.0], "b": []}, [np.nan, np.inf]])
def test_no_losses(runs):
    with pytest.raises(ValueError, match="there is nothing to draw"):
        draw_losses(runs)


def test_a_logarithm_of_0():
    with pytest.raises(ValueError, match="needs positive losses, the smallest is 0"):
        draw_losses([1.0, 0.0], logarithmic=True)


@pytest.mark.parametrize(("ratio", "scale"), [(10 / 1.001, "linear"), (10 * 1.001, "log")])
def test_a_logarithmic_scale_helps_from_ten_times_on(ratio, scale):
    assert draw_losses([0.5, 0.5 * ratio]).axes[0].get_yscale() == scale


def test_training_is_solid_and_full_validation_dashed_and_open():
    found = lines(draw_losses({"a": ma.History([0.7, 0.5], [0.8, 0.6]), "b": [0.4, 0.3]}))
    styles = {label: (line.get_linestyle(), line.get_markerfacecolor()) for label, line in found.items()}
    assert styles["a, training"] == ("-", "#0072B2")
    assert styles["a, validation"] == ("--", "white")
    assert styles["b"] == ("-", "#D55E00")
    assert found["a, training"].get_marker() == found["a, validation"].get_marker() != found["b"].get_marker()
    long = lines(draw_losses(np.linspace(1, 0.5, 80)))["training"]
    assert long.get_markevery() == 10
