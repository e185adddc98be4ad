"""Each badge with a case, and cases without: in glyph and words, with how many elements it is of."""

from __future__ import annotations

import numpy as np
import pytest

import microae as ma
from microae import Value
from tests.drawing.step.pictures import parsed

SVG = "{http://www.w3.org/2000/svg}"


def badges(value):
    """Of the last operation."""
    box = ma.draw(value).scene.boxes[-1]
    drawn = [t.text for t in parsed(ma.draw(value)).iter(f"{SVG}text") if t.get("class") == "badge"]
    words = [f"{badge.glyph} {badge.words}" for badge in box.badges]
    assert all(word in drawn for word in words)
    return words


CASES = [
    (lambda x: ma.relu(x), [0.0, 2.0], ["▲ at a kink: 1 of 2", "○ off in this sample: 1 of 2"]),
    (lambda x: ma.relu(x), [1e-4, 2.0], ["▲ near a kink: 1 of 2"]),
    (lambda x: ma.relu(x), [0.5, 2.0], []),
    (lambda x: ma.relu(x), [[-1.0, -1.0, 1.0], [-2.0, 1.0, 1.0]], ["○ off in all 2 samples: 1 of 3"]),
    (lambda x: ma.leaky_relu(x), [-0.5, 0.0, 0.0], ["▲ at a kink: 2 of 3"]),
    (lambda x: ma.leaky_relu(x), [-0.5, 0.5], []),
    (lambda x: ma.absolute(x), 0.0, ["▲ at a kink"]),
    (lambda x: ma.elu(x), [0.0, 1.0], []),
    (lambda x: ma.elu(x, alpha=0.5), [0.0, 1.0], ["▲ at a kink: 1 of 2"]),
    (lambda x: ma.clip(x, -1, 1), [-1.0, 0.0, 3.0], ["▲ at a kink: 1 of 3", "▬ saturated: 1 of 3"]),
    (lambda x: ma.clip(x, -1, 1), [-0.5, 0.0], []),
    (lambda x: ma.sigmoid(x), [8.0, -9.0, 0.0], ["▬ saturated: 2 of 3"]),
    (lambda x: ma.sigmoid(x), [3.0, -3.0], []),
    (lambda x: ma.tanh(x), 5.0, ["▬ saturated"]),
    (lambda x: ma.tanh(x), [2.0, 0.1], []),
    (lambda x: x * np.array([0.0, 1.0, 1.0]), [1.0, 2.0, 3.0], ["□ masked: 1 of 3"]),
    (lambda x: x * np.array([0.0, 2.0, 2.0]), [1.0, 2.0, 3.0], []),
    (lambda x: x * np.zeros(3), [1.0, 2.0, 3.0], []),
    (lambda x: x * np.array([0.5, 2.0, 2.0]), [1.0, 2.0, 3.0], []),
    (lambda x: x - x.data, [np.inf, 1.0], ["‼ NaN: 1 of 2"]),
    (lambda x: x * 2.0, [np.inf, -np.inf, 1.0], ["‼ Inf: 2 of 3"]),
    (lambda x: x * 2.0, np.nan, ["‼ NaN"]),
]

INSIDE = 1.0 - 1e-9  # a share just below a threshold, or above it
SATURATED = 0.01  # the share of the steepest slope below which an element is
CASES += [
    # as far from 0 as the derivative is that share of the largest: of tanh 1, of sigmoid a quarter
    (lambda x: ma.tanh(x), np.arctanh(np.sqrt(1 - SATURATED)) * INSIDE, []),
    (lambda x: ma.tanh(x), np.arctanh(np.sqrt(1 - SATURATED)) / INSIDE, ["▬ saturated"]),
    (lambda x: ma.tanh(x), -np.arctanh(np.sqrt(1 - SATURATED)) / INSIDE, ["▬ saturated"]),
    (lambda x: ma.sigmoid(x), 2 * np.arctanh(np.sqrt(1 - SATURATED)) * INSIDE, []),
    (lambda x: ma.sigmoid(x), 2 * np.arctanh(np.sqrt(1 - SATURATED)) / INSIDE, ["▬ saturated"]),
    # within a thousandth of the largest
    (lambda x: ma.relu(x), [2e-3 * INSIDE, 2.0], ["▲ near a kink: 1 of 2"]),
    (lambda x: ma.relu(x), [2e-3 / INSIDE, 2.0], []),
    (lambda x: ma.relu(x), [-2e-3 * INSIDE, 2.0], ["▲ near a kink: 1 of 2", "○ off in this sample: 1 of 2"]),
    (lambda x: ma.relu(x), [1e-9, *[1.0] * 63], ["▲ near a kink: 1 of 64"]),
    (lambda x: ma.relu(x), [1e-9, *[1.0] * 64], []),  # of many some are always near
    (lambda x: ma.relu(x), [0.0, *[1.0] * 64], ["▲ at a kink: 1 of 65", "○ off in this sample: 1 of 65"]),
    (lambda x: ma.absolute(x), [1e-4, -1e-4, 2.0], ["▲ near a kink: 2 of 3"]),
    (lambda x: ma.leaky_relu(x), [-1e-4, 2.0], ["▲ near a kink: 1 of 2"]),
    (lambda x: ma.clip(x, -1, 2), [-1.0, 2.0, 0.5], ["▲ at a kink: 2 of 3"]),
    (lambda x: ma.clip(x, -1, 2), [-1.5, 2.5, 2.6], ["▬ saturated: 3 of 3"]),
    (lambda x: ma.clip(x, None, 2), [-9.0, 2.5], ["▬ saturated: 1 of 2"]),
    (
        lambda x: ma.relu(x),
        [[0.0, -1.0, 1.0], [-2.0, 1.0, 1.0]],
        ["▲ at a kink: 1 of 6", "○ off in all 2 samples: 1 of 3"],
    ),
    (lambda x: ma.tanh(x), 0.0, []),
    (lambda x: ma.exp(x), [0.0, 9.0], []),
]


@pytest.mark.parametrize(("make", "data", "expected"), CASES)
def test_a_badge(make, data, expected):
    with np.errstate(all="ignore"):
        assert badges(make(Value(data, label="x"))) == expected


def test_a_function_that_falls_is_not_saturated_where_it_is_steep():
    @ma.operation(name="falling", kinks=lambda x: (x + 1.0, x - 1.0))
    def falling(x):
        return -np.clip(x, -1.0, 1.0)

    falling.vjps = (lambda g, out, x: -g * (np.abs(x) < 1.0),)
    try:
        assert badges(falling(Value([-3.0, 0.5, -0.5]))) == ["▬ saturated: 1 of 3"]
    finally:
        ma.operations.remove("falling")


def test_badges_of_leaves_gradients_and_updates():
    w = Value([0.0, np.nan], label="w")
    optimizer = ma.SGD([w], lr=0.1)
    with ma.record() as step, np.errstate(all="ignore"):
        np.sqrt(w).sum().backward()
        optimizer.step()
    found = {box.name: [badge.words for badge in box.badges] for box in ma.draw(step).scene.boxes}
    assert found["w"] == ["NaN: 1 of 2"]
    assert found["∇w"] == found["w′"] == ["NaN: 1 of 2", "Inf: 1 of 2"]


def test_dropout_and_a_collapsed_module():
    net = ma.Autoencoder([4, 3, 4], "relu", dropout=0.5, seed=3)
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), np.zeros((2, 4)))
    (mask,) = (box for box in ma.draw(step).scene.boxes if box.name == "mask⁽¹⁾")
    masked = int((mask.value == 0).sum())
    words = [badge.words for box in ma.draw(step).scene.boxes for badge in box.badges]
    assert f"masked: {masked} of 6" in words
    (encoder,) = (box for box in ma.draw(step, "module").scene.boxes if box.kind == "module" and box.path == "encoder")
    assert [badge.words for badge in encoder.badges] == [
        "at a kink: 6 of 6",
        "off in all 2 samples: 3 of 3",
        f"masked: {masked} of 6",
    ]
