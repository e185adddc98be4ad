"""What stands in a box: numbers and how they are spread, the colours of a heat map, titles, lines, badges, facts."""

from __future__ import annotations

import base64
import re
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microae as ma
from microae import Value
from microae.drawing.pixels import INK, SIGNED, levels, shrunk
from microae.drawing.step.face import face, statistics, stretched
from microae.drawing.step.looks import box_look, text_ink
from microae.drawing.step.scene import Badge, Box
from tests.drawing.step.pictures import adam, digits, parsed, recorded, the_papers

SVG = "{http://www.w3.org/2000/svg}"


def box_of(value, **more):
    return Box(number=0, stage="forward", kind="parameter", name="w", value=value, **more)


def words(box):
    return [text.words for text in face(box).texts]


def png_of(element):
    """The colours of an image of an SVG, pixel by pixel; of the PNG files that the library writes, with a palette."""
    address = next(value for key, value in element.attrib.items() if key.endswith("href"))
    content = base64.b64decode(address.partition("base64,")[2])
    place, parts = 8, {}
    while place < len(content):
        (length,), kind = struct.unpack(">I", content[place : place + 4]), content[place + 4 : place + 8]
        parts[kind] = content[place + 8 : place + 8 + length]
        place += length + 12
    columns, rows = struct.unpack(">II", parts[b"IHDR"][:8])
    palette = np.frombuffer(parts[b"PLTE"], np.uint8).reshape(-1, 3)
    lines = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(rows, columns + 1)
    return palette[lines[:, 1:]].astype(int)


# --- colours


def test_positive_is_blue_negative_is_vermillion_and_zero_is_white():
    assert SIGNED[[0, 255]].tolist() == [[213, 94, 0], [0, 114, 178]]
    assert (SIGNED[[127, 128]] > 250).all()
    assert INK[[0, 255]].tolist() == [[255, 255, 255], [0, 0, 0]]
    assert (np.diff(INK[:, 0].astype(int)) < 0).all()


@given(st.floats(-5, 5), st.floats(-3, 0), st.floats(0.1, 3))
def test_a_level_is_the_share_of_the_range(x, low, high):
    level = int(levels(np.array([x]), low, high)[0])
    assert level == round(255 * min(1.0, max(0.0, (x - low) / (high - low))))


def test_what_is_no_number_has_the_middle_level():
    assert levels(np.array([np.nan, -np.inf, np.inf, 0.0]), -1.0, 1.0).tolist() == [128, 0, 255, 128]


def test_a_cell_of_a_shrunk_matrix_is_the_mean_of_its_block():
    matrix = np.arange(24.0).reshape(4, 6) ** 2
    blocks = matrix.reshape(2, 2, 3, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(shrunk(matrix[:, :6], 3)[:, 0], shrunk(matrix, 3)[:, 0])
    np.testing.assert_allclose(shrunk(shrunk(matrix, 3), 2).shape, (2, 2))
    np.testing.assert_allclose(shrunk(matrix.reshape(4, 6), 2), matrix.reshape(2, 2, 2, 3).mean(axis=(1, 3)))
    assert blocks.shape == (2, 3)
    assert shrunk(matrix, 6) is matrix


@pytest.mark.parametrize("shape", [(9, 9), (5, 40), (70, 3)])
def test_the_heat_map_of_a_drawn_array(shape):
    """One colour a cell: its sign and its size, as a share of the largest."""
    array = np.random.default_rng(0).normal(size=shape)
    array[0, 0] = -np.abs(array).max() * 2
    picture = ma.draw(Value(array, label="w") * 2.0)
    image = next(iter(parsed(picture).iter(f"{SVG}image")))
    pixels = png_of(image)
    blocks = array if max(shape) <= 32 else shrunk(array, 32)
    share = blocks / np.abs(blocks).max()
    expected = np.where(
        share[..., None] < 0,
        255 + share[..., None] * (255 - np.array([213, 94, 0])),
        255 - share[..., None] * (255 - np.array([0, 114, 178])),
    )
    assert np.abs(pixels - expected).max() <= 3


@given(st.lists(st.floats(-1e3, 1e3), min_size=5, max_size=30))
def test_how_an_array_is_spread(numbers):
    array = np.array(numbers)
    told = dict(statistics(array))
    assert list(told) == ["min", "mean", "max"]
    assert told["min"] == min(numbers)
    assert told["max"] == max(numbers)
    assert told["mean"] == pytest.approx(sum(numbers) / len(numbers), abs=1e-9)


def test_the_spread_is_that_of_the_finite_numbers():
    told = dict(statistics(np.array([np.nan, 1.0, 2.0, 6.0, np.inf])))
    assert told == {"finite min": 1.0, "finite mean": 3.0, "finite max": 6.0}
    assert list(statistics(np.array([np.nan]))) == []
    told = words(box_of(np.array([1.0, 2.0, 3.0, 4.0, 40.0])))
    assert {"min 1", "mean 10", "max 40"} <= set(told)


# --- words


@pytest.mark.parametrize(
    ("shape", "written"), [((4, 4), True), ((5,), False), ((4,), True), ((2, 5), False), ((), True)]
)
def test_numbers_are_written_up_to_four_rows_and_columns(shape, written):
    shown = face(box_of(np.ones(shape)))
    assert [text.words for text in shown.texts if text.look == "number"].count("1") == (
        np.prod(shape) if written else 0
    )
    assert bool(shown.maps) is not written
    assert ("×".join(map(str, shape)) or "w") in [text.words for text in shown.texts]


def test_numbers_stand_in_their_rows_and_columns():
    array = np.array([[1.0, -2.0, 10.0], [0.5, 4.0, -0.25]])
    texts = [text for text in face(box_of(array)).texts if text.look == "number"]
    rows = sorted({text.y for text in texts})
    read = [[float(t.words.replace("−", "-")) for t in sorted(texts, key=lambda t: t.x) if t.y == y] for y in rows]
    assert read == array.tolist()


def test_the_gradient_of_a_box_that_tells_it():
    assert "gradient −2.5" in words(box_of(1.0, tells_gradient=True, gradient=-2.5))
    assert "gradient —" in words(box_of(1.0, tells_gradient=True))
    assert words(box_of(np.ones(2), tells_gradient=True, gradient=np.array([3.0, -4.0]))) == [
        "w", "gradient", "2", "1", "1", "3", "−4",
    ]  # fmt: skip
    assert not any("gradient" in line for line in words(box_of(1.0, gradient=-2.5)))


def test_badges_terms_and_the_papers_formula_are_lines():
    box = Box(
        number=0, stage="backward", kind="gradient", name="∇w", value=3.0, terms=("1", "2x"), paper="∇ = δ",
        badges=(Badge("▲", "at a kink", "kink"),),
    )  # fmt: skip
    assert words(box)[:4] == ["∇w", "= 1", "+ 2x", "∇ = δ"]
    assert "▲ at a kink" in words(box)


def test_what_stands_behind_a_name():
    drawing = ma.draw(the_papers())
    by_name = {placed.box.name: [text.words for text in placed.face.texts] for placed in drawing.layout.boxes}
    assert by_name["z⁽¹⁾"][:2] == ["z⁽¹⁾", "= x W⁽¹⁾ + b⁽¹⁾"]
    assert by_name["W⁽¹⁾′"][:2] == ["W⁽¹⁾′", "paper: W ← W − η∇W"]
    assert by_name["y"][:2] == ["y", "= x"]
    assert by_name["∂L/∂z⁽²⁾"][:2] == ["∂L/∂z⁽²⁾", "paper: ∇ = δ·σ′(z), meant δ = ∂L/∂a"]
    modules = {
        placed.box.name: [t.words for t in placed.face.texts] for placed in ma.draw(the_papers(), "module").layout.boxes
    }
    assert modules["h⁽¹⁾"][:1] == ["encoder"]
    assert "2 operations, 16 parameters" in modules["h⁽¹⁾"]


def test_a_wider_face_keeps_words_left_and_shape_right():
    inside = face(box_of(np.array([1.0, 3.0])))
    wider = stretched(inside, inside.width + 40, inside.height + 20)
    moved = {text.words: round(after.x - text.x, 1) for text, after in zip(inside.texts, wider.texts, strict=True)}
    assert moved == {"w": 0.0, "1": 20.0, "3": 20.0, "2": 40.0}
    assert {round(after.y - text.y, 1) for text, after in zip(inside.texts, wider.texts, strict=True)} == {10.0}


# --- colours and lines of boxes, and what is known of the step


def test_each_lane_has_its_colour_and_operations_are_round_and_thick():
    looks = {
        (stage, kind): box_look(Box(number=0, stage=stage, kind=kind, name="a"))
        for stage, kind in [("forward", "operation"), ("forward", "parameter"), ("forward", "module"),
                            ("backward", "gradient"), ("update", "update"), ("forward", "input")]
    }  # fmt: skip
    assert {stage: look.ink for (stage, _), look in looks.items()} == {
        "forward": "#0072B2", "backward": "#D55E00", "update": "#009E73",
    }  # fmt: skip
    for kind in ("operation", "module"):
        assert looks["forward", kind].thickness > looks["forward", "parameter"].thickness
        assert looks["forward", kind].radius > looks["forward", "input"].radius


def texts(drawing):
    return ["".join(element.itertext()) for element in parsed(drawing).iter(f"{SVG}text")]


@pytest.mark.parametrize(("lr", "shown"), [(0.1, "0.1"), (0.25, "0.25"), (10.0, "10"), (1e-5, "1e−5")])
def test_the_learning_rate_is_that_of_the_step(lr, shown):
    net = ma.Autoencoder([2, 1, 2], seed=0)
    step = recorded(net, [1, 0], lr=lr)
    drawing = ma.draw(step)
    assert drawing.scene.facts["η"] == shown
    assert f"η = {shown}" in texts(drawing)
    (box,) = (box for box in drawing.scene.boxes if box.name == "b⁽¹⁾′")
    before = next(box for box in drawing.scene.boxes if box.name == "b⁽¹⁾").value
    gradient = next(box for box in drawing.scene.boxes if box.name == "∇b⁽¹⁾").value
    np.testing.assert_allclose(box.value, before - lr * gradient)
    assert "SGD" in texts(drawing)


def test_losses_before_and_after_stand_in_their_lanes():
    step = the_papers()
    drawing = ma.draw(step)
    lanes = {lane.stage: lane for lane in drawing.layout.lanes}
    at = {"".join(t.itertext()): float(t.get("y")) for t in parsed(drawing).iter(f"{SVG}text")}
    for words_, stage, number in (
        ("loss before", "forward", step.loss_before),
        ("loss after", "update", step.loss_after),
    ):
        assert lanes[stage].y < at[words_] < lanes[stage].y + lanes[stage].height
        below = [t for t, y in at.items() if y == at[words_] + 21]
        assert any(float(t) == pytest.approx(number, rel=1e-3) for t in below if re.fullmatch(r"[\d.e-]+", t))
    assert step.loss_before != step.loss_after
    assert {"forward →", "← backward", "update ↓"} <= set(at)


def test_minus_eta_stands_on_the_edges_from_gradients_to_parameters_only():
    for make, plain in ((the_papers, True), (digits, True), (adam, False)):
        scene = ma.draw(make()).scene
        labels = {(scene.boxes[e.tail].kind, e.label) for e in scene.edges if e.stage == "update"}
        if plain:
            assert labels == {("gradient", "−η"), ("parameter", "")}
        else:
            assert {label for _, label in labels} == {""}
        for edge in scene.edges:
            if edge.label == "−η":
                assert scene.boxes[edge.tail].of == scene.boxes[edge.head].of
    for make, plain in ((the_papers, True), (adam, False)):
        scene = ma.draw(make(), "module").scene
        labels = [e.label for e in scene.edges if e.stage == "update"]
        start = "−η · " if plain else ""  # from the gradient by what a module gives to that by its parameters
        assert labels == [f"{start}∂h⁽¹⁾/∂θ", f"{start}∂z⁽²⁾/∂θ"]


def test_badges_and_the_papers_formulas_have_their_own_ink():
    shown = face(box_of(1.0, paper="∇ = δ", badges=(Badge("‼", "NaN", "nan"),)))
    inks = {text.words: text_ink(text) for text in shown.texts}
    assert inks["‼ NaN"] == "#A33F00"
    assert inks["∇ = δ"] == "#555555"
    assert inks["w"] == inks["1"] == "#000000"
