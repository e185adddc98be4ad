"""What the page of a recorded step is given to say: of each node, of each edge, and of each check."""

from __future__ import annotations

import numpy as np
import pytest

import microae as ma
from microae.drawing.walk import comparison as comparing
from microae.drawing.walk.by_hand import ByHand, gradients_by_hand
from microae.drawing.walk.page import title, walk, words
from tests.drawing.step.pictures import adam, batch, digits, neurons, the_papers


def data_of(step, **options):
    drawing = ma.draw(step, **options)
    return drawing.scene, walk(drawing.scene, "<svg/>", step).data


def read(text):
    return float(text.replace("−", "-"))


def test_each_node_says_what_its_box_knows():
    step = the_papers()
    scene, data = data_of(step)
    assert len(data["nodes"]) == len(scene.boxes)
    for box, node in zip(scene.boxes, data["nodes"], strict=True):
        assert node["name"] == box.name
        assert node["stage"] == box.stage
        assert node["kind"] == box.kind
        assert node.get("of") == box.of
        for said in ("formula", "numbers", "paper", "path", "words"):
            assert node.get(said, "") == getattr(box, said)
        shape = np.shape(box.value)
        assert node["shape"] == ("×".join(map(str, shape)) or "scalar")
    first = data["nodes"][0]
    assert (first["name"], first["value"], first["shape"]) == ("x", "[1, 0, 1]", "3")


def test_badges_and_shares_are_told():
    x = ma.Value([0.0, 2.0], label="x")
    with ma.record() as step:
        ma.relu(x).sum().backward()
    _, data = data_of(step)
    (node,) = (node for node in data["nodes"] if node["name"] == "v₁")
    assert node["badges"] == [
        {"glyph": "▲", "words": "at a kink: 1 of 2"},
        {"glyph": "○", "words": "off in this sample: 1 of 2"},
    ]
    assert "badges" not in data["nodes"][0]


@pytest.mark.parametrize("size", [16, 17])
def test_many_numbers_are_told_by_how_they_are_spread(size):
    array = np.arange(float(size)) ** 2 - 20
    w = ma.Value(array, label="w")
    with ma.record() as step:
        (w * w).sum().backward()
    _, data = data_of(step)
    value = data["nodes"][0]["value"]
    if size == 16:
        assert value.startswith("[−20, −19, −16, −11, ")
    else:
        assert value == f"17 numbers from −20 to {16**2 - 20}, mean 68"
        assert np.median(array) != array.mean()
    (gradient,) = (node for node in data["nodes"] if node["name"] == "∇w")
    assert ("numbers from −40 to" in gradient["value"]) == (size == 17)


def test_each_edge_says_its_derivative_and_what_it_brings():
    scene, data = data_of(the_papers())
    assert len(data["edges"]) == len(scene.edges)
    for edge, told in zip(scene.edges, data["edges"], strict=True):
        assert (told["from"], told["to"]) == (edge.tail, edge.head)
        assert told.get("label", "") == edge.label
        assert told.get("equation", "") == edge.equation
        assert ("part" in told) == (edge.part is not None)
    (bias,) = (box for box in scene.boxes if box.name == "∇b⁽²⁾")
    (part,) = (told["part"] for told in data["edges"] if told["to"] == bias.number)
    assert [read(x) for x in part.strip("[]").split(", ")] == pytest.approx(bias.value, rel=0.05)


def test_the_title_tells_the_losses_in_order():
    step = the_papers()
    scene = ma.draw(step).scene
    assert title(scene, step) == f"One training step: loss {step.loss_before:.4g} → {step.loss_after:.4g}"
    assert step.loss_before > step.loss_after
    assert title(scene, None) == "A graph, drawn"
    counts = [sum(box.stage == stage for box in scene.boxes) for stage in ("forward", "backward", "update")]
    told = f"as a graph of {sum(counts)} nodes: {counts[0]} forward, {counts[1]} backward, {counts[2]} update"
    assert words(scene, step).endswith(told)


def test_modules_have_their_kind_where_their_name_is_a_number():
    _, data = data_of(the_papers())
    assert data["modules"]["encoder"] == "encoder"
    assert data["modules"]["encoder.0"] == "encoder.0 (Linear)"


def test_a_check_belongs_to_the_parameter_its_gradient_and_its_update():
    step = batch()
    scene, data = data_of(step)
    assert len(data["checks"]) == 4
    named = {}
    for box, node in zip(scene.boxes, data["nodes"], strict=True):
        if "check" in node:
            named.setdefault(node["check"], set()).add(box.name)
    assert [named[k] for k in range(4)] == [{name, f"∇{name}", f"{name}′"} for name in ("W⁽¹⁾", "b⁽¹⁾", "W⁽²⁾", "b⁽²⁾")]


def test_the_columns_are_by_hand_automatic_and_measured(monkeypatch):
    """Each shows its own number: here three that differ."""
    step = batch()
    right = gradients_by_hand(step)
    leaf = next(iter(right))
    wrong = right | {leaf: ByHand(right[leaf].gradient * 3.0, right[leaf].formula)}
    monkeypatch.setattr(comparing, "gradients_by_hand", lambda step: wrong)
    step.gradient(leaf)._array = step.gradient(leaf).data * 2.0
    _, data = data_of(step)
    check = data["checks"][0]
    assert check["columns"] == ["", "by hand", "automatic", "finite difference", ""]
    assert check["ok"] is False
    gradient = right[leaf].gradient
    assert len(check["rows"]) == gradient.size
    for place, ok, by_hand, automatic, difference in check["rows"]:
        true = gradient[tuple(map(int, place.strip("[]").split(", ")))]
        assert ok is False or abs(true) < 1e-12
        assert [read(by_hand), read(automatic), read(difference)] == pytest.approx([3 * true, 2 * true, true], rel=1e-5)
    assert check["notes"] == ["by hand: ∇W = hᵀ∇ with ∇ = (∇next Wnextᵀ) · f′(z)"]
    assert data["checks"][2]["notes"] == ["by hand: ∇W = hᵀ∇ with ∇ = δ · f′(z), δ = ∂L/∂f(z)"]
    assert data["checks"][3]["notes"] == ["by hand: ∇b = Σ∇ with ∇ = δ · f′(z), δ = ∂L/∂f(z)"]
    assert data["checks"][3]["ok"] is True


def test_without_a_formula_there_is_no_column_by_hand():
    _, data = data_of(neurons(), max_nodes=1000)
    check = data["checks"][0]
    assert check["columns"] == ["", "automatic", "finite difference", ""]
    assert [len(row) for row in check["rows"]] == [4]
    assert check["rows"][0][0] == ""
    assert check["notes"] == []


def test_at_a_kink_the_left_slope_stands_left():
    x = ma.Value([0.0, 1.0], label="x")
    with ma.record() as step:
        (ma.leaky_relu(x, negative_slope=-0.5)).sum().backward()
    _, data = data_of(step)
    (check,) = data["checks"]
    left, right = map(read, check["rows"][0][-1].split(" | "))
    assert (left, right) == pytest.approx((-0.5, 1.0), rel=1e-4)
    assert read(check["rows"][1][-1]) == pytest.approx(1.0)
    w = ma.Value([0.0, 1.0])
    with ma.record() as step:
        np.sum(np.sqrt(w + 1e-300)).backward()
    _, data = data_of(step)
    assert data["checks"][0]["rows"][0][-1] == "unclear"


def test_of_many_numbers_the_largest_are_measured_and_it_is_said():
    step = digits()
    scene, data = data_of(step)
    place = next(k for k, box in enumerate(scene.boxes) if box.name == "W⁽¹⁾")
    check = data["checks"][data["nodes"][place]["check"]]
    notes = check["notes"]
    gradient = next(box.value for box in scene.boxes if box.name == "∇W⁽¹⁾")
    rows = check["rows"]
    assert notes[0] == ("measured: the largest of 2,048" if len(rows) == 1 else "measured: the 2 largest of 2,048")
    assert notes[-1] == "all by hand and automatic: equal up to rounding"
    assert len(notes) == 3
    largest = max(abs(read(row[3])) for row in rows)
    assert largest == pytest.approx(np.abs(gradient).max(), rel=1e-5)


def test_numbers_of_the_check_have_six_digits_and_a_sign():
    w = ma.Value([0.0, 1.0 / 3.0, -2.0, np.nan], label="w")
    with ma.record() as step, np.errstate(all="ignore"):
        (w * w).sum().backward()
    _, data = data_of(step)
    automatic = [row[2] for row in data["checks"][0]["rows"]]
    assert automatic == ["0", "+0.666667", "−4.00000", "NaN"]


def test_one_number_that_needs_an_exponent_gives_all_of_a_check_one():
    w = ma.Value([1e-5, 1.0 / 3.0, 0.0], label="w")
    with ma.record() as step:
        (w * w).sum().backward()
    rows = data_of(step)[1]["checks"][0]["rows"]
    assert [row[2] for row in rows] == ["+2.00000e−5", "+6.66667e−1", "0"]
    assert all("e" in row[3] for row in rows[:2])


def test_how_far_hand_and_engine_are_apart(monkeypatch):
    step = digits()
    right = gradients_by_hand(step)
    leaf = next(iter(right))
    moved = right[leaf].gradient.copy()
    moved[3, 4] += 0.25
    monkeypatch.setattr(comparing, "gradients_by_hand", lambda step: right | {leaf: ByHand(moved, "f")})
    _, data = data_of(step)
    assert data["checks"][0]["notes"][-1] == "all by hand and automatic: at most 0.25 apart"
    assert data["checks"][0]["ok"] is False


@pytest.mark.parametrize(("difference", "agrees"), [(3e-7, True), (3e-6, False)])
def test_the_slack_of_the_measured_numbers(difference, agrees):
    """A millionth of the largest gradient, so that rounding is no fault and a wrong digit is one."""
    w = ma.Value([1.0, 2.0], label="w")
    with ma.record() as step:
        (w * w).sum().backward()
    step.gradient(w)._array = np.array([2.0, 4.0 * (1.0 + difference)])
    (found,) = comparing.comparisons(step).values()
    assert [number.agrees for number in found.numbers] == [True, agrees]
    assert found.agrees is agrees


def test_in_single_precision_the_slack_is_that_of_its_digits():
    for difference, agrees in ((1e-5, True), (0.5, False)):
        w = ma.Value(np.array([1.0, 2.0], np.float32), label="w")
        with ma.record() as step:
            (w * w).sum().backward()
        step.gradient(w)._array = np.array([2.0, 4.0 * (1.0 + difference)], np.float32)
        (found,) = comparing.comparisons(step).values()
        assert found.agrees is agrees


def test_adam_is_checked_too():
    _, data = data_of(adam())
    assert [check["ok"] for check in data["checks"]] == [True] * 4
