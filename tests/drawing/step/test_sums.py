"""Sums in gradients say over what, and stand only where there are some; parts say which; constants what they are."""

from __future__ import annotations

import re

import numpy as np
import pytest

import microae as ma
from microae import Value
from tests.drawing.step.pictures import recorded
from tests.drawing.step.reading import value
from tests.drawing.step.test_calls import named


def drawn(f):
    with ma.record() as step:
        f().backward()
    return ma.draw(step).scene


def exactly(text):
    raise AssertionError(f"Σ {text} does not say over what")


SHAPES = [(3,), (1,), (1, 3), (2, 1), (1, 1), (1, 2, 1), (4, 1, 3), (4, 1, 1), (1, 1, 3)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("combine", [np.add, np.multiply, np.maximum, lambda a, b: np.broadcast_to(b, a.shape) * a])
def test_a_sum_is_over_the_axes_that_it_names(shape, combine):
    rng = np.random.default_rng(0)
    a, b, G = Value(rng.normal(size=(4, 2, 3))), Value(rng.normal(size=shape), label="b"), rng.normal(size=(4, 2, 3))
    scene = drawn(lambda: (combine(a, b) * G).sum())
    box = named(scene, "∇b")
    values = {box.name: box.value for box in scene.boxes}
    found = value(box.formula.partition(" = ")[2], values, exactly)
    assert found.shape == shape
    np.testing.assert_allclose(found, box.value)
    assert "Σ" in box.formula


def test_of_a_number_all_elements_are_summed():
    s = Value(2.0, label="s")
    scene = drawn(lambda: (s * np.arange(6.0).reshape(2, 3)).sum())
    assert named(scene, "∂L/∂s").formula == "∂L/∂s = Σ (∂L/∂v₁ · c₁)"


NO_SUM = {
    "average": lambda a, w: np.average(a, weights=w),
    "choose": lambda a, w: np.choose([0, 1, 0], [a, w]).sum(),
    "piecewise": lambda a, w: np.piecewise(a, [w.data > 2.0], [lambda x: x * 2.0, lambda x: x * 3.0]).sum(),
    "apply_along_axis": lambda a, w: np.apply_along_axis(lambda row: row * w, 0, a).sum(),
    "broadcast_to": lambda a, w: (np.broadcast_to(w, (3,)) * a).sum(),
}


@pytest.mark.parametrize("name", NO_SUM)
def test_where_nothing_is_summed_there_is_no_sum(name):
    a, w = Value([1.0, 2.0, 3.0], label="a"), Value([1.0, 2.0, 4.0], label="w")
    scene = drawn(lambda: NO_SUM[name](a, w))
    assert not any("Σ" in box.formula + box.numbers for box in scene.stage("backward"))


def test_a_reduction_says_along_which_axis_in_numbers_too_and_back():
    A = Value([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], label="A")
    scene = drawn(lambda: (A / A.sum(axis=1, keepdims=True)).mean(axis=0).sum())
    boxes = {box.name: box for box in scene.boxes}
    assert boxes["v₁"].numbers == "v₁ = Σ [[1, 2, 3], [4, 5, 6]] [axis=1, keepdims=True] = [[6], [15]]"
    assert boxes["∂L/∂v₁"].formula == "∂L/∂v₁ = Σ (∂L/∂v₂ · (−v₂/v₁)) [axis=1, keepdims=True]"
    assert boxes["∂L/∂v₂"].formula == "∂L/∂v₂ = broadcast(∂L/∂v₃, axis=0)/2"
    assert " [axis=1, keepdims=True] = [[" in boxes["∂L/∂v₁"].numbers


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_a_part_of_a_gradient_says_which(axis):
    a, b = Value(np.arange(6.0).reshape(2, 3), label="a"), Value(np.ones((2, 3)), label="b")
    G = np.random.default_rng(0).normal(size=np.concatenate([a, b, a], axis=axis).shape)
    scene = drawn(lambda: (np.concatenate([a, b, a], axis=axis) * G).sum())
    joined = {"∂L/∂v₁": named(scene, "∂L/∂v₁").value}
    for name, count in (("∇a", 2), ("∇b", 1)):
        box = named(scene, name)
        found = 0.0
        for text in box.formula.partition(" = ")[2].split(" + "):
            of, index = re.fullmatch(r"\((.*)\)\[(.*)\]", text).groups()
            found = found + eval(f"joined[{of!r}][{index}]", {"joined": joined})
            count -= 1
        assert not count
        np.testing.assert_array_equal(found, box.value)


@pytest.mark.parametrize(
    ("factor", "is_mask"),
    [
        ([0.0, 1.0, 1.0], True),
        ([0.0, 2.0, 2.0], False),
        ([0.0, 1.0, 2.0], False),
        ([0.0, 0.5, 0.5], False),
        ([0.0, 0.0, 0.0], False),
        ([1.0, 1.0, 1.0], False),
    ],
)
def test_only_zeros_and_ones_are_a_mask(factor, is_mask):
    class Scaled(ma.Module):
        def __init__(self):
            self.layer = ma.Linear(3, 3, seed=0)

        def forward(self, x):
            return self.layer(x) * np.array(factor)

    scene = ma.draw(recorded(Scaled(), [0.5, -1.0, 0.25], loss="mse")).scene
    names = {box.name for box in scene.boxes}
    assert ("mask" in names) == ("z\u0303" in names) == is_mask
    assert any(badge.name == "masked" for box in scene.boxes for badge in box.badges) == is_mask


def test_what_is_called_a_mask_but_multiplies_nothing_masks_nothing():
    w = Value([0.0, 1.0], label="mask")
    assert not any(badge.name == "masked" for box in drawn(lambda: (w + 2.0).sum()).boxes for badge in box.badges)


def test_parameters_are_written_without_pythons_words():
    M = Value([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]], label="M")
    b = Value([1.0, 2.0], label="b")

    def f():
        solution = np.linalg.lstsq(M, np.ones(3), rcond=np.float64(1e-9))[0]
        (slope,) = ma.gradients(b[..., 1] * 2.0, [b], record=True)
        return (solution * slope).sum() + np.broadcast_to(b, (2,)).reshape((2,)).sum()

    said = [box.formula for box in drawn(f).boxes]
    assert any("[index=(…, 1), shape=(2)]" in text for text in said)
    assert any("rcond=1e−09]" in text for text in said)
    assert not any(re.search(r"np\.|float64|Ellipsis|,\)|slice", text) for text in said)


@pytest.mark.parametrize(("f", "called"), [(ma.log_softmax, "log softmax"), (lambda x: np.linalg.qr(x)[1], "qr R")])
def test_the_derivative_of_a_function_has_its_name(f, called):
    x = Value([[1.0, 2.0], [3.0, 5.0]], label="x")
    boxes = {box.name: box for box in drawn(lambda: (f(x) * 2.0).sum()).boxes}
    assert any(box.formula.endswith(f" = {called}(x)") for box in boxes.values())
    assert boxes["∇x"].formula.endswith(f" · ({called})′(x)")
