"""Activations: derivatives against independent ones, kinks where they are."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import microae as ma
from microae.drawing import draw_activations
from microae.drawing.activations import derivative, kinks
from microae.nn.activations import activation, elementwise
from tests.drawing.texts import drawn_texts

X = np.linspace(-4, 4, 801)
ELEMENTWISE = elementwise()
KINKS = {"relu": [0], "leaky_relu": [0], "selu": [0], "hard_tanh": [-1, 1]}


@pytest.mark.parametrize("name", elementwise())
def test_kinks(name):
    assert kinks(activation(name), X) == KINKS.get(name, [])


@given(st.lists(st.floats(-3.9, 3.9).map(lambda x: round(x, 6)), min_size=1, max_size=4, unique=True).map(sorted))
def test_kinks_wherever_they_are(places):
    assume(all(b - a > 0.02 for a, b in pairwise(places)))  # two within one step of X look like one
    found = kinks(lambda x: sum(abs(x - place) for place in places) + x * x, X)
    assert np.allclose(found, places, atol=1e-8)
    assert len(found) == len(places)


def test_smooth_functions_have_none():
    for smooth in (ma.sin, ma.square, lambda x: ma.tanh(50 * x), lambda x: x * 0.0, ma.exp):
        assert kinks(smooth, X) == []


@pytest.mark.parametrize("name", elementwise())
def test_what_is_drawn(name):
    (axes,) = draw_activations(name).axes
    function, *slopes = (line for line in axes.lines if len(line.get_xdata()) > 2)
    y = activation(name)(X)
    assert np.array_equal(function.get_xdata(), X)
    assert np.array_equal(function.get_ydata(), y.numpy() if isinstance(y, ma.Value) else y)
    drawn = np.concatenate([line.get_xdata() for line in slopes])
    assert sorted([*drawn, *KINKS.get(name, [])]) == pytest.approx(X)
    step = 1e-6
    for line in slopes:
        x = line.get_xdata()
        low, high = (np.asarray(activation(name)(x + h)) for h in (-step, step))
        assert line.get_ydata() == pytest.approx((high - low) / (2 * step), abs=1e-6)


def test_a_kink_is_marked_with_all_three_derivatives():
    (axes,) = draw_activations(ma.LeakyReLU(negative_slope=0.25)).axes
    marks = [line for line in axes.lines if line.get_marker() == "o"]
    sides, taken = (list(zip(*line.get_data(), strict=True)) for line in marks)
    assert sides == [(0, 0.25), (0, 1)]
    assert taken == [(0, 0.25)]
    legend = [text for text, _, _ in drawn_texts(axes.figure)]
    assert {"kink", "f′ on either side", "f′ taken at the kink"} <= set(legend)
    assert "kink" not in [text for text, _, _ in drawn_texts(draw_activations("tanh"))]


def test_all_of_the_librarys_are_drawn_and_named():
    titles = [axes.get_title() for axes in draw_activations().axes]
    assert titles == list(elementwise())
    assert set(titles) == set(ma.nn.activations.ACTIVATIONS) - {"softmax", "log_softmax"}


def test_modules_classes_and_functions():
    figure = draw_activations([ma.ELU(alpha=0.5), ma.Tanh, ma.Tanh(), ma.sin, np.abs])
    assert [axes.get_title() for axes in figure.axes] == ["ELU\n(alpha=0.5)", "Tanh", "Tanh", "sin", "absolute"]


def test_where_a_function_is_not_defined_nothing_is_drawn():
    y, slope = derivative(ma.log, X)
    assert np.isnan(y[X < 0]).all()
    assert np.isnan(slope[X <= 0]).all()
    low, high = draw_activations(ma.log).axes[0].get_ylim()
    assert -10 < low < high < 20  # 1/x near 0 does not squeeze the rest


def test_the_range():
    (axes,) = draw_activations("sigmoid", low=-10, high=2).axes
    assert axes.get_xlim() == (-10, 2)


@pytest.mark.parametrize("function", ["softmax", ma.LogSoftmax(), ma.cumsum, lambda x: x.sum()])
def test_functions_of_more_than_one_number_are_refused(function):
    with pytest.raises(ValueError, match="is not a function of one number"):
        draw_activations(function)


def test_mistakes():
    with pytest.raises(ValueError, match="activation 'rule' is not known"):
        draw_activations("rule")
    with pytest.raises(ValueError, match="no function is given"):
        draw_activations([])
    with pytest.raises(ValueError, match="low must be less than high, got 1 and 1"):
        draw_activations("relu", low=1, high=1)


def test_the_colours_and_the_legend_say_which_curve_is_the_derivative():
    (axes,) = draw_activations(ma.LeakyReLU(negative_slope=0.25)).axes
    curves = [line for line in axes.lines if len(line.get_xdata()) > 2]
    assert curves[0].get_color() == "#0072B2"
    assert {(line.get_color(), line.get_linestyle()) for line in curves[1:]} == {("#D55E00", "--")}
    (legend,) = axes.figure.legends
    told = {text.get_text(): handle for text, handle in zip(legend.texts, legend.legend_handles, strict=True)}
    assert told["f(x)"].get_color() == "#0072B2"
    assert told["derivative f′(x)"].get_color() == "#D55E00"
    assert told["kink"].get_linestyle() == ":"
    assert told["f′ on either side"].get_markerfacecolor() == "white"
    assert told["f′ taken at the kink"].get_markerfacecolor() == "#D55E00"
    (mark,) = [line for line in axes.lines if line.get_linestyle() == ":"]
    assert list(mark.get_xdata()) == [0, 0]


def test_what_the_y_axis_spans():
    low, high = draw_activations("relu", low=-1, high=3).axes[0].get_ylim()
    assert (low, high) == pytest.approx((-0.18, 3.18))
