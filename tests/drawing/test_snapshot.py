"""The pictures of one epoch: where the losses stand, round numbers along the axes, weights, samples, errors."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microae as ma
from microae.drawing.chain import layers_of
from microae.drawing.measuring import loss_name
from microae.drawing.sheet import logarithmic_ticks, sheet
from microae.drawing.snapshot.loss import LossChart, ticks
from microae.drawing.snapshot.samples import decimal, samples_picture, written_error
from microae.drawing.snapshot.svg import short
from microae.drawing.snapshot.weights import Scale, maps_picture, network_picture, weights_picture

SVG = "{http://www.w3.org/2000/svg}"
PLACES = re.compile(r"(-?[\d.]+),(-?[\d.]+)")


def texts(svg):
    return [
        (float(t.get("x")), float(t.get("y")), "".join(t.itertext())) for t in ET.fromstring(svg).iter(f"{SVG}text")
    ]


@given(st.floats(1e-9, 1e9), st.integers(4, 8))
def test_ticks_are_round_and_reach_the_top(top, most):
    """Evenly from 0 with steps of 1, 2 or 5 times a power of ten; none above, and no room for another one."""
    found = ticks(top, most)
    assert found[0] == 0
    assert 2 <= len(found) <= most + 1
    step = found[1]
    digit = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(digit - k) for k in (1, 2, 5)) < 1e-6
    np.testing.assert_allclose(found, step * np.arange(len(found)), rtol=1e-5)
    assert found[-1] <= top * (1 + 1e-6)
    assert found[-1] + step > top * (1 - 1e-6)


@pytest.mark.parametrize(
    ("top", "expected"),
    [(6.0, [0, 1, 2, 3, 4, 5, 6]), (5.999997, [0, 1, 2, 3, 4, 5]), (0.6, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]),
     (10.0, [0, 2, 4, 6, 8, 10]), (60, [0, 10, 20, 30, 40, 50, 60]), (61, [0, 20, 40, 60])],
)  # fmt: skip
def test_a_tick_at_the_top_and_none_above_it(top, expected):
    assert ticks(top) == expected


def test_losses_stand_where_the_axes_say():
    losses = [[0.8, 0.4, 0.2, 0.1], [0.6, 0.5]]
    svg = LossChart(["a", "b"], losses).picture(3)
    root = ET.fromstring(svg)
    lines = [[tuple(map(float, p)) for p in PLACES.findall(line.get("points"))] for line in root.iter(f"{SVG}polyline")]
    words = texts(svg)
    across = {float(w): x for x, y, w in words if y == 272 and w != "epoch"}
    upwards = {float(w): y - 5 for x, y, w in words if x == 52}
    assert len(across) >= 3
    assert len(upwards) >= 3
    for line, loss in zip(lines, losses, strict=True):
        for (x, y), epoch, here in zip(line, range(1, 5), loss, strict=False):
            assert x == pytest.approx(np.interp(epoch, *zip(*sorted(across.items()), strict=True)), abs=0.1)
            slope = (upwards[max(upwards)] - upwards[0.0]) / max(upwards)
            assert y == pytest.approx(upwards[0.0] + slope * here, abs=0.2)
    markers = {g.get("data-run"): PLACES.findall(g.get("transform").replace(" ", ",")) for g in root.iter(f"{SVG}g")}
    assert tuple(map(float, markers["0"][0])) == lines[0][2]
    assert tuple(map(float, markers["1"][0])) == lines[1][1]  # the shorter one waits at its end
    assert {"training loss", "epoch", "a", "b"} <= {w for _, _, w in words}
    strokes = [(line.get("stroke"), line.get("stroke-dasharray")) for line in root.iter(f"{SVG}polyline")]
    assert strokes == [("#009E73", "none"), ("#CC79A7", "7 4")]


def test_the_numbers_along_the_axes_have_all_their_digits():
    words = [w for _, _, w in texts(LossChart(["a"], [[0.15] * 150]).picture(1))]
    assert [w for w in words if w.startswith("0")][:4] == ["0", "0.05", "0.1", "0.15"]
    assert {"50", "100", "150"} <= set(words)


def test_before_the_first_epoch_the_marker_is_on_the_axis_at_the_first_loss():
    chart = LossChart(["a"], [[0.8, 0.4]])
    assert chart.marker(0, 0) == chart.place(0, 0.8)
    assert chart.marker(0, 2) == chart.place(2, 0.4)
    assert chart.place(1, math.nan) == chart.place(1, math.inf) == chart.place(1, chart.top)
    assert LossChart(["a"], [[]]).marker(0, 0) == LossChart(["a"], [[]]).place(0, 0.0)


def test_a_long_training_keeps_its_least_and_greatest():
    loss = np.random.default_rng(0).uniform(0.4, 0.6, 5000)
    loss[1234], loss[4321] = 0.9, 0.1
    svg = LossChart(["a"], [loss.tolist()]).picture(1)
    chart = LossChart(["a"], [loss.tolist()])
    (line,) = ET.fromstring(svg).iter(f"{SVG}polyline")
    points = [tuple(map(float, p)) for p in PLACES.findall(line.get("points"))]
    assert len(points) < 900
    assert chart.place(1235, 0.9) in points
    assert chart.place(4322, 0.1) in points


# --- weights


@given(st.lists(st.floats(-1e5, 1e5), min_size=22, max_size=22), st.integers(0, 3))
def test_every_weight_and_bias_stands_at_its_edge_or_neuron(numbers, seed):
    net = ma.Autoencoder([2, 3, 2], seed=seed)
    size = sum(p.size for p in net.parameters())
    values = np.array(numbers[:size] + [0.5] * (size - len(numbers[:size])))
    scale = Scale.of(values)
    root = ET.fromstring(network_picture(layers_of(net), values, scale))
    places = {}
    start = 0
    for layer, (rows, columns) in enumerate([(2, 3), (3, 2)]):
        places |= {start + i * columns + j: ("edge", layer, i, j) for i in range(rows) for j in range(columns)}
        start += rows * columns
        places |= {start + j: ("bias", layer + 1, j) for j in range(columns)}
        start += columns
    seen = {}
    largest = np.abs(values).max() or 1.0
    centres = {}
    for ellipse in root.iter(f"{SVG}g"):
        if (shape := ellipse.find(f"{SVG}ellipse")) is not None and ellipse.find(f"{SVG}text") is not None:
            centres[ellipse.find(f"{SVG}text").text] = float(shape.get("cx")), float(shape.get("cy"))
    for group in root.iter(f"{SVG}g"):
        if group.get("data-number") is None:
            continue
        k = int(group.get("data-number"))
        number = values[k]
        path, words = group.find(f"{SVG}path"), group.findall(f"{SVG}text")
        colour = "#D55E00" if number < 0 else "#0072B2" if number > 0 else "#666666"
        if path is not None and not words:
            kind, layer, i, j = places[k]
            assert kind == "edge"
            (x0, y0), *_, (x1, y1) = [tuple(map(float, p)) for p in PLACES.findall(path.get("d"))]
            ends = [("x", "h", "y")[layer] + "₁₂₃"[i], ("x", "h", "y")[layer + 1] + "₁₂₃"[j]]
            assert min(centres, key=lambda name: math.dist(centres[name], (x0, y0))) == ends[0]
            assert min(centres, key=lambda name: math.dist(centres[name], (x1, y1))) == ends[1]
            assert path.get("stroke") == colour
            assert path.get("stroke-dasharray") == ("5,2" if number < 0 else None)
            assert float(path.get("stroke-width")) == pytest.approx(0.8 + 4.2 * (abs(number) / largest), abs=0.006)
            seen[k] = seen.get(k, 0) + 1
            continue
        assert words[-1].text == scale.written(number)
        if len(words) == 1:
            assert places[k][0] == "edge"
            assert words[0].get("fill") == colour
        else:
            _, layer, j = places[k]
            assert words[0].text == ("h" if layer == 1 else "y") + "₁₂₃"[j]
        seen[k] = seen.get(k, 0) + 1
    assert {k: 2 if places[k][0] == "edge" else 1 for k in places} == seen


@pytest.mark.parametrize(
    ("numbers", "number", "text"),
    [
        ([0.5, -0.25], -0.25, "−0.2500"), ([5.0], 0.1234, "+0.123"), ([50.0], 1.005, "+1.00"), ([5000.0], 10.0, "+10"),
        ([1e6], 10.0, "+1.000e+01"), ([9.9e5], 10.0, "+10"),
        ([1e-4], 1e-4, "+0.0001000"), ([9.9e-5], 1e-5, "+1.000e−05"),
        ([1.0], math.nan, "NaN"), ([1.0], math.inf, "+∞"), ([1.0], -math.inf, "−∞"), ([0.0], 0.0, "+0.000"),
    ],
)  # fmt: skip
def test_numbers_have_four_digits_of_the_largest(numbers, number, text):
    assert Scale.of(np.array(numbers)).written(number) == text


def test_the_width_of_a_line_is_the_share_of_the_largest():
    scale = Scale.of(np.array([2.0, -4.0, np.inf]))
    assert scale.largest == 4.0
    assert [scale.width(x) for x in (0.0, 4.0, -4.0, 2.0, 99.0, math.nan)] == pytest.approx(
        [0.8, 5.0, 5.0, 2.9, 5.0, 0.8]
    )


def test_heat_maps_say_their_shapes_and_their_scale():
    net = ma.Autoencoder([20, 10, 20], seed=0)
    svg = weights_picture(net, [p.data for p in net.parameters()], Scale(2.5, 3))
    words = [w for _, _, w in texts(svg)]
    assert words[:2] == ["encoder.0.weight 20 × 10", "encoder.0.bias 10"]
    assert words[-3:] == ["−2.5", "0", "+2.5"]
    at = {w: x for x, _, w in texts(svg)}
    assert at["−2.5"] < at["0"] < at["+2.5"]
    assert "−2.5" in maps_picture(["a"], [np.zeros((2, 2), np.uint8)], 2.5)


def test_two_activations_are_no_layer():
    assert layers_of(ma.Sequential(ma.Linear(2, 2, seed=0), ma.Tanh(), ma.ReLU())) is None
    assert layers_of(ma.Sequential(ma.Tanh(), ma.Linear(2, 2, seed=0))) is None
    layer = ma.Linear(2, 2, seed=0)
    assert layers_of(ma.Sequential(layer, ma.Tanh(), layer)) is None
    chain = layers_of(ma.Sequential(layer, ma.Tanh(), ma.Dropout(0.5), ma.Linear(2, 2, seed=1)))
    assert [(type(a).__name__) for _, a in chain] == ["Tanh", "NoneType"]
    assert chain[0].linear is layer


# --- samples


def test_samples_show_their_numbers_their_grey_and_their_error():
    blocks = {"input": np.array([[0.0, 1.0], [0.5, 0.25]]), "reconstruction": np.array([[0.1, 0.9], [0.4, 12.0]])}
    svg = samples_picture(blocks, np.array([0.01, 0.00004]), 0.0, 1.0)
    words = [w for _, _, w in texts(svg)]
    assert words == ["input", "0", "1", "0.500", "0.250", "reconstruction", "0.100", "0.900", "0.400", "12",
                     "squared error", "0.0100", "<0.0001"]  # fmt: skip
    root = ET.fromstring(svg)
    cells = [g for g in root.iter(f"{SVG}g") if g.get("data-number") is not None]
    assert [int(g.get("data-number")) for g in cells] == [0, 1, 2, 3]
    for cell, number in zip(cells, blocks["reconstruction"].ravel(), strict=True):
        grey = 255 - round(255 * min(1.0, number))
        assert cell.find(f"{SVG}rect").get("fill") == f"#{grey:02x}{grey:02x}{grey:02x}"
        assert cell.find(f"{SVG}text").get("fill") == ("#FFFFFF" if number > 0.55 else "#000000")
    assert [written_error(x) for x in (0.00005, 0.000049, 0.25)] == ["0.0001", "<0.0001", "0.2500"]
    assert [decimal(x) for x in (-0.5, 9.9994, 10.0, -123.456)] == ["−0.500", "9.999", "10", "−123.5"]
    assert short("a long name", 7) == "a long…"
    assert short("abcdefgh", 7) == "abcdef…"
    assert short("a long", 7) == "a long"


# --- axes of figures


@pytest.mark.parametrize(
    ("low", "high", "digits"),
    [(1e-4, 1.0, {1}), (1e-3, 1.0, {1, 2, 5}), (0.1, 0.55, {1, 2, 5}), (0.2, 0.9, set(range(1, 10)))],
)
def test_ticks_of_a_logarithmic_axis_are_as_close_as_what_it_spans(low, high, digits):
    with sheet(6, 4) as figure:
        axes = figure.add_subplot(yscale="log", ylim=(low, high))
        logarithmic_ticks(axes.yaxis, low, high)
    shown = [tick for tick in axes.get_yticks() if low <= tick <= high]
    first = {round(tick / 10 ** math.floor(math.log10(tick) + 1e-9)) for tick in shown}
    inside = {d for d in digits for e in range(-5, 1) if low <= d * 10.0**e <= high}
    assert first == inside


def test_what_a_loss_is_called():
    assert loss_name(ma.Autoencoder([3, 2, 3])) == "binary cross-entropy"
    assert loss_name(ma.Autoencoder([3, 2, 3], output="linear", loss="mse")) == "mean squared error"
    assert loss_name(ma.Sequential(), ma.mean_squared_error) == "mean squared error"
    assert loss_name(ma.Sequential()) == "loss"
