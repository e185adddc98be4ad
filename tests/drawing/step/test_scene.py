"""The scene of a step: names, formulas, derivatives, the paper's formulas, values; on one slide's worth of nodes."""

from __future__ import annotations

import functools
import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import microae as ma
from microae import Value, paper
from tests.drawing.step.pictures import STEPS, adam, batch, deep, residual, the_papers, variant
from tests.drawing.step.reading import shaped, value


def by_name(scene):
    return {box.name: box for box in scene.boxes}


def derivatives(scene):
    return {(scene.boxes[e.tail].name, scene.boxes[e.head].name): e.label for e in scene.edges if e.stage == "backward"}


def test_the_papers_step():
    scene = ma.draw(the_papers()).scene
    boxes = by_name(scene)
    assert list(boxes) == [
        *("x", "W⁽¹⁾", "b⁽¹⁾", "z⁽¹⁾", "h⁽¹⁾", "W⁽²⁾", "b⁽²⁾", "z⁽²⁾", "a⁽²⁾", "y", "L"),
        *("∂L/∂L", "∂L/∂z⁽²⁾", "∇b⁽²⁾", "∇W⁽²⁾", "∂L/∂h⁽¹⁾", "∂L/∂z⁽¹⁾", "∇b⁽¹⁾", "∇W⁽¹⁾"),
        *("W⁽¹⁾′", "b⁽¹⁾′", "W⁽²⁾′", "b⁽²⁾′"),
    ]
    assert {name: box.formula for name, box in boxes.items() if box.formula} == {
        "z⁽¹⁾": "z⁽¹⁾ = x W⁽¹⁾ + b⁽¹⁾",
        "h⁽¹⁾": "h⁽¹⁾ = LeakyReLU(z⁽¹⁾)",
        "z⁽²⁾": "z⁽²⁾ = h⁽¹⁾ W⁽²⁾ + b⁽²⁾",
        "a⁽²⁾": "a⁽²⁾ = σ(z⁽²⁾)",
        "y": "y = x",
        "L": "L = BCE(a⁽²⁾, y)",
        "∂L/∂L": "∂L/∂L = 1",
        "∂L/∂z⁽²⁾": "∂L/∂z⁽²⁾ = (a⁽²⁾ − y)/3",
        "∇b⁽²⁾": "∇b⁽²⁾ = ∂L/∂z⁽²⁾",
        "∇W⁽²⁾": "∇W⁽²⁾ = h⁽¹⁾ᵀ · ∂L/∂z⁽²⁾",
        "∂L/∂h⁽¹⁾": "∂L/∂h⁽¹⁾ = ∂L/∂z⁽²⁾ · W⁽²⁾ᵀ",
        "∂L/∂z⁽¹⁾": "∂L/∂z⁽¹⁾ = ∂L/∂h⁽¹⁾ · LeakyReLU′(z⁽¹⁾)",
        "∇b⁽¹⁾": "∇b⁽¹⁾ = ∂L/∂z⁽¹⁾",
        "∇W⁽¹⁾": "∇W⁽¹⁾ = xᵀ · ∂L/∂z⁽¹⁾",
        "W⁽¹⁾′": "W⁽¹⁾′ = W⁽¹⁾ − η∇W⁽¹⁾",
        "b⁽¹⁾′": "b⁽¹⁾′ = b⁽¹⁾ − η∇b⁽¹⁾",
        "W⁽²⁾′": "W⁽²⁾′ = W⁽²⁾ − η∇W⁽²⁾",
        "b⁽²⁾′": "b⁽²⁾′ = b⁽²⁾ − η∇b⁽²⁾",
    }
    assert {name: box.paper for name, box in boxes.items() if box.paper} == {
        "z⁽¹⁾": "paper: z = W h + b, meant Wᵀ h + b",
        "h⁽¹⁾": "paper: h = f(z)",
        "z⁽²⁾": "paper: z = W h + b, meant Wᵀ h + b",
        "a⁽²⁾": "paper: h = f(z)",
        "∂L/∂z⁽²⁾": "paper: ∇ = δ·σ′(z), meant δ = ∂L/∂a",
        "∂L/∂z⁽¹⁾": "paper: ∇ = (∇next·Wᵀ)·σ′(z), meant f′",
        "W⁽¹⁾′": "paper: W ← W − η∇W",
        "b⁽¹⁾′": "paper: b ← b − η∇b",
        "W⁽²⁾′": "paper: W ← W − η∇W",
        "b⁽²⁾′": "paper: b ← b − η∇b",
    }
    assert derivatives(scene) == {
        ("∂L/∂L", "∂L/∂z⁽²⁾"): "(a⁽²⁾ − y)/3",
        ("∂L/∂z⁽²⁾", "∇b⁽²⁾"): "1",
        ("∂L/∂z⁽²⁾", "∇W⁽²⁾"): "h⁽¹⁾ᵀ",
        ("∂L/∂z⁽²⁾", "∂L/∂h⁽¹⁾"): "W⁽²⁾ᵀ",
        ("∂L/∂h⁽¹⁾", "∂L/∂z⁽¹⁾"): "LeakyReLU′(z⁽¹⁾)",
        ("∂L/∂z⁽¹⁾", "∇b⁽¹⁾"): "1",
        ("∂L/∂z⁽¹⁾", "∇W⁽¹⁾"): "xᵀ",
    }
    assert "∂h⁽¹⁾/∂z⁽¹⁾ = LeakyReLU′(z⁽¹⁾)" in [edge.equation for edge in scene.edges]
    assert dict(scene.facts) == {
        "optimiser": "SGD",
        "η": "0.01",
        "loss before": "0.0005352",
        "loss after": "0.0005351",
    }
    assert len(scene.boxes) <= 45


def test_the_papers_formula_for_the_output_layer_holds_with_what_it_meant_and_not_with_the_error():
    boxes = by_name(ma.draw(batch()).scene)
    a, y, gradient = (boxes[name].value for name in ("a⁽²⁾", "y", "∂L/∂z⁽²⁾"))
    assert boxes["∂L/∂z⁽²⁾"].paper.partition(", meant ")[2] == "δ = ∂L/∂a"
    slope = a * (1.0 - a)  # σ′(z)
    np.testing.assert_allclose((a - y) / (a * (1.0 - a)) / a.size * slope, gradient, rtol=1e-12)
    assert np.abs((a - y) / a.size * slope - gradient).max() > 0.5 * np.abs(gradient).max()


def test_its_values_are_those_of_the_step():
    net = paper.network()
    before = net.state_dict()
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.01), [1, 0, 1])
    boxes = by_name(ma.draw(step).scene)
    for layer, name in ((1, "encoder.0"), (2, "decoder.0")):
        for letter, part in (("W", "weight"), ("b", "bias")):
            p = dict(net.named_parameters())[f"{name}.{part}"]
            key = f"{letter}⁽{'⁰¹²'[layer]}⁾"
            np.testing.assert_array_equal(boxes[key].value, before[f"{name}.{part}"])
            np.testing.assert_array_equal(boxes[f"∇{key}"].value, p.grad)
            np.testing.assert_array_equal(boxes[key].gradient, p.grad)
            np.testing.assert_array_equal(boxes[f"{key}′"].value, p.data)
            assert boxes[key].path == boxes[f"∇{key}"].path == boxes[f"{key}′"].path == name
    assert boxes["L"].value == step.loss_before
    assert boxes["z⁽¹⁾"].value.round(6).tolist() == [-0.443317, 6.035771, 0.089323, 2.585460]
    assert "[1, 0, 1]" in boxes["z⁽¹⁾"].numbers
    assert boxes["∂L/∂z⁽¹⁾"].numbers.split(" = ")[1].endswith("· [0.01, 1, 1, 1]")


@pytest.mark.parametrize("make", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("detail", ["tensor", "scalar"])
def test_a_gradient_is_the_sum_of_what_arrives(make, detail):
    scene = ma.draw(make(), detail).scene
    for box in scene.boxes:
        arriving = [edge for edge in scene.arriving[box.number] if edge.stage == "backward"]
        if arriving and all(edge.part is not None for edge in arriving):
            np.testing.assert_allclose(sum(edge.part for edge in arriving), box.value, rtol=1e-9, atol=1e-15)
            assert box.of is not None
            terms = [edge.term for edge in arriving]
            assert box.formula == f"{box.name} = {' + '.join(terms)}"
            assert list(box.terms) == (terms if len(terms) > 1 else [])


def unreadable(text, repeated):
    """Whether a formula has a shape or a module in place of numbers, or a name that several boxes have."""
    words = text.replace("BCE(", "").replace("MSE(", "")
    return bool(re.search(r"\(\d+(×\d+)*\)|coder|…|numbers", text)) or any(name in words for name in repeated)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("make", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("detail", ["tensor", "scalar"])
def test_every_formula_says_what_its_box_shows(make, detail):
    """Read again and computed: forward, backward and update, with the learning rate; and once more with numbers."""
    step = make()
    scene = ma.draw(step, detail, max_nodes=2000).scene
    names = [box.name for box in scene.boxes]
    repeated = {name for name in names if names.count(name) > 1}
    assert repeated <= {"BCE", "MSE", "∂L/∂BCE", "∂L/∂MSE"}
    values = {box.name: box.value for box in scene.boxes} | {"η": 0.01 if make is the_papers else 0.1}
    values = {"β₁": 0.9, "β₂": 0.999, "β₁ᵗ": 0.9, "β₂ᵗ": 0.999, "ε": 1e-8, "μ": 0.9, "λ": 0.01} | values
    values |= {box.name.replace("′", "", 1): 0.0 * box.value for box in scene.boxes if box.name[:3] in ("m′(", "v′(")}
    read = 0
    if make is deep and detail == "scalar":  # it is too large, and collapsed
        assert scene.notes
        return
    for box in scene.boxes:
        for k, part in enumerate([*box.formula.split(" = ")[1:], *box.numbers.split(" = ")[1:]]):
            if unreadable(part, repeated) or (k and make is the_papers):  # saturated: 1 − 0.9997
                continue
            summed = functools.partial(shaped, wanted=box.value) if box.stage == "backward" else np.sum
            found = value(part, {} if k else values, summed)  # a gradient of what was broadcast says its sum
            found = np.broadcast_to(found, np.shape(box.value))
            size = max(map(float, re.findall(r"\d+\.\d+|\d+", part) if k else [0.0]), default=0.0)
            exact = 1e-6 if not k and box.stage != "update" and "." not in part else 2e-2
            atol = exact * np.abs(box.value).max() + (7e-3 * size if "−" in part or "+" in part else 0.0)
            np.testing.assert_allclose(found, box.value, rtol=exact, atol=atol + 1e-12, err_msg=f"{box.name}: {part}")
            read += 1
    assert read >= len(scene.boxes) / 3


@pytest.mark.parametrize("make", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("options", [{}, {"detail": "module"}, {"max_nodes": 12}, {"detail": "scalar"}], ids=str)
def test_the_order_is_that_of_computing(make, options):
    scene = ma.draw(make(), **options).scene
    stages = [box.stage for box in scene.boxes]
    assert stages == sorted(stages, key=("forward", "backward", "update").index)
    assert all(edge.tail < edge.head for edge in scene.edges)
    assert [box.number for box in scene.boxes] == list(range(len(scene.boxes)))
    for box in scene.boxes:
        assert (box.of is None) == (box.stage == "forward")
        assert box.name


def test_a_value_used_twice_is_one_node_with_two_edges():
    a = Value(3.0, label="a")
    with ma.record() as step:
        b = a + a
        b.label = "b"
        b.backward()
    scene = ma.draw(step).scene
    assert [box.name for box in scene.boxes] == ["a", "b", "∂b/∂b", "∂b/∂a"]
    assert [(e.tail, e.head, e.place) for e in scene.edges] == [(0, 1, 0), (0, 1, 1), (2, 3, 0), (2, 3, 1)]
    assert scene.boxes[3].terms == ("1", "1")
    assert scene.boxes[3].numbers == "∂b/∂a = 1 + 1 = 2"


def test_a_variant():
    scene = ma.draw(variant()).scene
    boxes = by_name(scene)
    assert {"x̃", "mask⁽¹⁾", "h̃⁽¹⁾", "BCE", "L"} <= set(boxes)
    assert boxes["h̃⁽¹⁾"].formula == "h̃⁽¹⁾ = h⁽¹⁾ × mask⁽¹⁾"
    assert boxes["y"].formula == "y = x"  # the clean one
    np.testing.assert_array_equal(boxes["y"].value, boxes["x"].value)
    assert boxes["∂L/∂h̃⁽¹⁾"].terms == ("∂L/∂v₁ · sign(h̃⁽¹⁾)", "∂L/∂z⁽²⁾ · W⁽²⁾ᵀ")
    assert not any(box.paper for box in scene.boxes)  # the paper's network has neither noise nor dropout
    assert boxes["mask⁽¹⁾"].path == "encoder.2"


def test_every_dropout_mask_is_named():
    net = ma.Autoencoder([4, 3, 2, 3, 4], dropout=0.5, seed=0)
    scene = ma.draw(ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), np.ones((3, 4)))).scene
    names = [box.name for box in scene.boxes]
    assert [name for name in names if name.startswith("mask")] == ["mask⁽¹⁾", "mask⁽²⁾", "mask⁽³⁾"]
    assert {"h̃⁽¹⁾", "h̃⁽²⁾", "h̃⁽³⁾"} <= set(names)
    masked = [box for box in scene.boxes if any(badge.name == "masked" for badge in box.badges)]
    assert [box.name for box in masked] == ["h̃⁽¹⁾", "h̃⁽²⁾", "h̃⁽³⁾"]
    twice = ma.Sequential(ma.Linear(4, 4, seed=0), ma.Dropout(0.5, seed=1), ma.Dropout(0.5, seed=2))
    step = ma.record_step(twice, ma.SGD(twice.parameters(), lr=0.1), np.ones((3, 4)), loss=ma.mean_squared_error)
    assert {"mask", "mask′"} <= {box.name for box in ma.draw(step).scene.boxes}


def test_an_operation_shows_its_numbers_and_its_result():
    product = ma.Value(2.0, label="a") * ma.Value(3.0, label="b")
    assert by_name(ma.draw(product).scene)["v₁"].numbers == "v₁ = 2 × 3 = 6"


def test_names_of_elements():
    """The elements of the second array are v₂,₁ …, for v₂₁ would be the 21st."""
    v = ma.Value([1.0, 2.0])
    assert list(by_name(ma.draw((v * v).sum(), detail="scalar").scene)) == ["v₁,₁", "v₂,₁", "v₁,₂", "v₂,₂", "v₃"]


def test_shared_layers():
    boxes = by_name(ma.draw(residual()).scene)
    assert boxes["∇W⁽¹⁾"].terms == ("v₁ᵀ · ∂L/∂z⁽³⁾", "xᵀ · ∂L/∂z⁽¹⁾")
    assert boxes["z⁽³⁾"].formula == "z⁽³⁾ = v₁ W⁽¹⁾ + b⁽¹⁾"


def test_adam():
    scene = ma.draw(adam()).scene
    boxes = by_name(scene)
    assert boxes["m′(W⁽¹⁾)"].formula == "m′(W⁽¹⁾) = β₁ × m(W⁽¹⁾) + (1 − β₁) × ∇W⁽¹⁾"
    assert boxes["W⁽¹⁾′"].formula == "W⁽¹⁾′ = W⁽¹⁾ − η/(1 − β₁ᵗ) × m′(W⁽¹⁾) ÷ (√v′(W⁽¹⁾) ÷ √(1 − β₂ᵗ) + ε)"
    assert boxes["W⁽¹⁾′"].words == "largest change 0.100, t = 1, β₁ = 0.9, β₂ = 0.999, ε = 1e−8"
    assert boxes["W⁽¹⁾′"].paper == ""
    tails = {scene.boxes[edge.tail].name for edge in scene.arriving[boxes["W⁽¹⁾′"].number]}
    assert tails == {"W⁽¹⁾", "m′(W⁽¹⁾)", "v′(W⁽¹⁾)"}


def test_the_second_step_with_momentum_names_the_old_state():
    net = ma.Autoencoder([2, 1, 2], seed=0)
    optimizer = ma.SGD(net.parameters(), lr=0.1, momentum=0.9)
    ma.record_step(net, optimizer, [1, 0])
    boxes = by_name(ma.draw(ma.record_step(net, optimizer, [1, 0])).scene)
    assert boxes["v′(W⁽¹⁾)"].formula == "v′(W⁽¹⁾) = μ × v(W⁽¹⁾) + ∇W⁽¹⁾"
    assert boxes["W⁽¹⁾′"].formula == "W⁽¹⁾′ = W⁽¹⁾ − η v′(W⁽¹⁾)"
    assert boxes["W⁽¹⁾′"].words.endswith(", μ = 0.9")


def test_an_update_shows_the_digits_that_it_changes():
    w = ma.Value([1.28098, -0.5], label="w")
    optimizer = ma.SGD([w], lr=1e-3)
    with ma.record() as step:
        (w * w).sum().backward()
        optimizer.step()
    boxes = by_name(ma.draw(step).scene)
    assert boxes["w"].digits == boxes["w′"].digits == 4
    assert boxes["w′"].change is None
    assert boxes["w′"].words == "largest change 0.00256"
    assert boxes["w′"].numbers == "w′ = [1.281, −0.5000] − 0.001 × [2.56, −1] = [1.278, −0.4990]"


@given(
    st.lists(st.tuples(st.floats(-2.0, 2.0), st.sampled_from([0.0, 0.0, 1.0, -0.3])), min_size=1, max_size=4),
    st.sampled_from([0.1, 1e-3]),
)
@example([(0.9023, 1.0), (0.9022, 0.0), (-1.3671, 0.0)], 0.1)  # more digits tell the first two apart, before only
@example([(0.875458, 1.0), (0.87824, 0.0), (0.878238, 0.0)], 0.1)
@example([(2.0005e-3, 0.0), (0.5, 1.0)], 0.5)  # another format, if it stood alone
@example([(1.25, 0.0), (0.5, 1.0)], 1e-3)  # written exactly
@settings(deadline=None, max_examples=60)
@pytest.mark.slow
def test_what_an_update_leaves_is_written_as_it_was(numbers, lr):
    before, slopes = (np.array(column) for column in zip(*numbers, strict=True))
    w = ma.Value(before, label="w")
    optimizer = ma.SGD([w], lr=lr)
    with ma.record() as step:
        (w * slopes).sum().backward()
        optimizer.step()
    drawing = ma.draw(step)
    boxes, nodes = by_name(drawing.scene), drawing.page().data["nodes"]
    if boxes["w′"].change is not None:
        return
    shown = [
        [text.words for text in placed.face.texts if text.look == "number"]
        for name in ("w", "w′")
        for placed in drawing.layout.boxes
        if placed.box.name == name
    ]
    paged = [nodes[boxes[name].number]["value"].strip("[]").split(", ") for name in ("w", "w′")]
    formula = boxes["w′"].numbers.split(" = ")
    written = [formula[1].partition("]")[0].strip("w′ [").split(", "), formula[-1].strip("[]").split(", ")]
    for old, new in (shown, paged, written):
        assert len(old) == len(new) == len(before)
        for a, b, is_other in zip(old, new, w.data != before, strict=True):
            assert (a != b) == is_other, (old, new)


def test_where_digits_do_not_show_an_update_its_change_is_drawn():
    w = ma.Value([1.28098, -0.5], label="w")
    optimizer = ma.SGD([w], lr=1e-7)
    with ma.record() as step:
        (w * w).sum().backward()
        optimizer.step()
    drawing = ma.draw(step)
    box = by_name(drawing.scene)["w′"]
    np.testing.assert_array_equal(box.change, w.data - np.array([1.28098, -0.5]))
    assert (box.digits, box.words) == (3, "")
    (face,) = (placed.face for placed in drawing.layout.boxes if placed.box is box)
    assert "w changed by" in [text.words for text in face.texts]
    drawn = [float(text.words.replace("−", "-")) for text in face.texts if text.look == "number"]
    np.testing.assert_allclose(drawn, box.change, rtol=5e-2)
    data = drawing.page().data["nodes"][box.number]
    assert data["change"] == "[−2.6e−7, 1.0e−7]"


class Halving(ma.SGD):
    def update(self, p, g, state, lr, step):
        return p - 0.5 * lr * g, state


def test_another_update_is_not_the_papers():
    net = ma.Autoencoder([2, 1, 2], seed=0)
    boxes = by_name(ma.draw(ma.record_step(net, Halving(net.parameters(), lr=0.5), [1, 0])).scene)
    assert boxes["W⁽¹⁾′"].formula == "W⁽¹⁾′ = W⁽¹⁾ − 0.25 × ∇W⁽¹⁾"
    assert boxes["W⁽¹⁾′"].paper == ""


def test_the_learning_rate_is_known_in_single_precision():
    net = ma.Autoencoder([2, 1, 2], seed=0, dtype="float32")
    for lr in (0.1, np.float64(0.1)):
        boxes = by_name(ma.draw(ma.record_step(net, ma.SGD(net.parameters(), lr=lr), [1, 0])).scene)
        assert boxes["W⁽¹⁾′"].formula == "W⁽¹⁾′ = W⁽¹⁾ − η∇W⁽¹⁾"
        assert boxes["W⁽¹⁾′"].paper == "paper: W ← W − η∇W"


def test_a_step_by_modules():
    scene = ma.draw(batch(), "module").scene
    boxes = by_name(scene)
    assert [box.path for box in scene.boxes if box.kind == "module"] == ["encoder", "decoder"]
    assert boxes["h⁽¹⁾"].words == "2 operations, 16 parameters"
    assert boxes["h⁽¹⁾"].formula == "h⁽¹⁾ = encoder(x)"
    assert boxes["encoder′"].formula == "θ′ = θ − η∇θ"
    assert boxes["encoder′"].words.startswith("16 parameters, largest change ")
    assert derivatives(scene) == {
        ("∂L/∂L", "∂L/∂z⁽²⁾"): "(a⁽²⁾ − y)/12",
        ("∂L/∂z⁽²⁾", "∂L/∂h⁽¹⁾"): "∂z⁽²⁾/∂h⁽¹⁾",
    }


def test_the_modules_are_nested():
    drawing = ma.draw(deep())
    frames = {(frame.path, frame.stage): frame.area for frame in drawing.layout.frames}
    assert {path for path, _ in frames} == {"encoder", "decoder", "loss"}
    for placed in drawing.layout.boxes:
        if placed.box.path and placed.box.stage == "forward":
            assert frames[placed.box.path.split(".")[0], "forward"].holds(placed.area), placed.box.name
    momentum = ma.draw(STEPS["momentum"]())
    inner = {frame.path: frame.area for frame in momentum.layout.frames if frame.stage == "forward"}
    assert inner["encoder"].holds(inner["encoder.1"])  # a GELU of several operations


@pytest.mark.parametrize("make", STEPS.values(), ids=STEPS)
def test_the_backward_lane_is_the_mirror_of_the_forward_lane(make):
    layout = ma.draw(make()).layout
    area = {placed.box.number: placed.area for placed in layout.boxes}
    forward, backward = layout.lanes[:2]
    at = forward.y + forward.height + backward.y
    for placed in layout.boxes:
        box = placed.box
        if box.kind == "gradient":
            assert (placed.area.x, placed.area.width) == (area[box.of].x, area[box.of].width)
            assert placed.area.y == pytest.approx(at - area[box.of].bottom, abs=0.2)
        if box.stage == "forward":
            for edge in layout.scene.leaving[box.number]:
                if edge.stage == "forward" and edge.tail != edge.head:
                    same_column = area[edge.tail].x == area[edge.head].x
                    assert same_column or area[edge.tail].x < area[edge.head].x


def test_on_scalars_every_number_is_a_node_and_the_numbers_agree():
    net = paper.network()
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.01), [1, 0, 1])
    scene = ma.draw(step, "scalar").scene
    assert len(scene.boxes) > 200
    boxes = by_name(scene)
    assert all(np.ndim(box.value) == 0 for box in scene.boxes)
    W = net.parameters()[0]
    for i, j in np.ndindex(W.shape):
        name = f"W⁽¹⁾{'₁₂₃'[i]}{'₁₂₃₄'[j]}"
        assert boxes[f"∂L/∂{name}"].value == pytest.approx(W.grad[i, j], rel=1e-12, abs=1e-18)
        assert boxes[f"{name}′"].value == pytest.approx(W.data[i, j], rel=1e-12)
    assert boxes["L"].value == pytest.approx(step.loss_before, rel=1e-12)
    assert boxes["z⁽¹⁾₂"].value == pytest.approx(6.035771, rel=1e-6)
    for name in ("encoder.0", "decoder.1", "loss"):
        assert any(box.path == name for box in scene.boxes)


def test_what_does_not_work_on_scalars_stays_whole():
    """A row whose forward gives other numbers for arrays of objects."""

    @ma.operation(symbol="odd")
    def odd(x):
        return np.sum(x) * (2.0 if x.dtype == np.float64 else 3.0)

    try:
        odd.vjps = (lambda g, out, x: g * 2.0 * np.ones_like(x),)
        w = Value([1.0, 2.0], label="w")
        with ma.record() as step:
            odd(w).backward()
        boxes = by_name(ma.draw(step, "scalar").scene)
        assert boxes["L"].value == 6.0
        assert boxes["∂L/∂w₂"].value == 2.0
        assert "odd(" in boxes["L"].formula
    finally:
        ma.operations.remove("odd")


class Scaled(ma.Module):
    """A network whose last operations are its own, not its layers'."""

    def __init__(self):
        self.layer = ma.Linear(3, 2, seed=0)
        self.scale = ma.Value(2.0, label="scale")

    def forward(self, x):
        return ma.sigmoid(self.layer(x)) * self.scale


@pytest.mark.parametrize("loss", [ma.mean_squared_error, lambda p, y: ((p - y) ** 2).mean(), ma.binary_cross_entropy])
def test_owners_follow_calls(loss):
    net = Scaled()
    net.scale.data = 0.5
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1.0, 0.0, 1.0], [0.5, 1.0], loss)
    paths = {box.name: box.path for box in ma.draw(step).scene.boxes if box.stage == "forward"}
    assert paths["z"] == "layer"
    assert paths["scale"] == ""
    assert paths["L"] == "loss"
    own = [box for box in ma.draw(step).scene.boxes if box.stage == "forward" and box.formula.endswith("× scale")]
    assert [box.path for box in own] == [""]


def test_a_penalty_belongs_to_the_loss():
    net = ma.Autoencoder([3, 2, 3], sparsity=0.1, seed=0)
    boxes = ma.draw(ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1.0, 0.0, 1.0])).scene.boxes
    assert {box.path for box in boxes if box.stage == "forward" and box.formula.startswith(("L =", "v₁ = |"))} == {
        "loss"
    }


def test_one_picture_shows_one_walk():
    a = ma.Value(3.0, label="a")
    h = a * 2.0
    h.label = "h"
    L = h * h
    L.label = "L"
    L.backward()
    (h * 5.0).backward()
    boxes = {box.name: box for box in ma.draw(L).scene.boxes}
    assert (boxes["h"].gradient, boxes["a"].gradient) == (12.0, 24.0)
    assert boxes["a"].words == "grad, added up so far: 34"
    assert a.grad == 34.0
    a.grad = None
    L.backward()
    assert {box.name: box.words for box in ma.draw(L).scene.boxes}["a"] == ""


@pytest.mark.parametrize("corruption", ["masking", "salt_and_pepper"])
def test_lost_elements_and_the_clean_input_are_shown(corruption):
    net = ma.DenoisingAutoencoder([6, 2, 6], corruption, 0.5, seed=2)
    x = np.array([[0.5, 0.25, 0.0, 1.0, 0.75, 0.3], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]])
    boxes = by_name(ma.draw(ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), x)).scene)
    assert boxes["x"].value.tolist() == x.tolist()
    mask, noisy = boxes["mask"].value, boxes["x̃"].value
    assert set(np.unique(mask)) == {0.0, 1.0}
    if corruption == "masking":
        assert boxes["x̃"].formula == "x̃ = x × mask"
        np.testing.assert_array_equal(noisy, x * mask)
    else:
        np.testing.assert_array_equal(noisy, x * mask + boxes["salt"].value)
        assert set(np.unique(boxes["salt"].value)) <= {0.0, 1.0}
        assert boxes["x̃"].formula.endswith("+ salt")
    assert {boxes[name].path for name in ("mask", "x̃")} == {"noise"}
    assert boxes["z⁽¹⁾"].formula == "z⁽¹⁾ = x̃ W⁽¹⁾ + b⁽¹⁾"


def test_several_noises_are_drawn_as_the_input_that_they_made():
    class Noisy(ma.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = ma.GaussianNoise(0.1, seed=0), ma.GaussianNoise(0.1, seed=1)
            self.layer = ma.Linear(3, 3, seed=0)

        def forward(self, x):
            return self.layer(self.second(self.first(x)))

    net = Noisy()
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1.0, 0.0, 1.0], loss="mse")
    assert "x̃" in by_name(ma.draw(step).scene)


def test_the_noise_and_the_clean_input_are_shown():
    net = ma.Autoencoder([3, 2, 3], noise=0.3, seed=0)
    x = [1.0, 0.0, 1.0]
    boxes = by_name(ma.draw(ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), x)).scene)
    assert boxes["x"].value.tolist() == x
    assert boxes["x̃"].formula == "x̃ = x + ε"
    assert (boxes["x̃"].path, boxes["ε"].path, boxes["ε"].kind) == ("noise", "noise", "input")
    np.testing.assert_allclose(boxes["x̃"].value, boxes["x"].value + boxes["ε"].value)
    assert boxes["z⁽¹⁾"].formula == "z⁽¹⁾ = x̃ W⁽¹⁾ + b⁽¹⁾"
    plain = ma.Autoencoder([3, 2, 3], seed=0)
    assert "ε" not in by_name(ma.draw(ma.record_step(plain, ma.SGD(plain.parameters(), lr=0.1), x)).scene)


def test_a_variational_autoencoder_runs_its_encoder_in_the_encoder():
    net = ma.VariationalAutoencoder([3, 4, 2, 4, 3], seed=0)
    scene = ma.draw(ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1])).scene
    owners = {box.nodes[0]: box.path for box in scene.boxes if box.kind == "parameter"}
    paths = {p: name.rpartition(".")[0] for name, p in net.named_parameters()}
    assert owners == paths
    assert {"encoder.0", "encoder.1", "encoder.2", "log_variance", "decoder.0"} <= set(scene.modules)
    assert not {"0", "1", "2"} & set(scene.modules)


OPTIMISERS = {
    "SGD": lambda p: ma.SGD(p, lr=0.5),
    "momentum": lambda p: ma.SGD(p, lr=0.5, momentum=0.9),
    "Adam": lambda p: ma.Adam(p, lr=0.5),
}


@pytest.mark.parametrize("detail", ["tensor", "scalar"])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_clipped_gradient_is_not_called_the_gradient_of_the_loss(optimiser, detail):
    w = ma.Value([1.5, -2.0], label="w")
    optimizer = OPTIMISERS[optimiser]([w])
    for _ in range(2):
        with ma.record() as step:
            optimizer.zero_grad()
            (w * w).sum().backward()
            ma.clip_grad_norm([w], 0.25)
            clipped = w.grad.copy()
            optimizer.step()
    scene = ma.draw(step, detail).scene
    updates = scene.stage("update")
    assert updates
    assert not any("∇w" in box.formula or "∂L" in box.formula for box in updates)
    values = {box.name: box.value for box in scene.boxes}
    names = ["w"] if detail == "tensor" else ["w₁", "w₂"]
    for name, g in zip(names, [clipped] if detail == "tensor" else clipped, strict=True):
        values[f"grad({name})"] = g
        new = next(box for box in updates if box.name == f"{name}′")
        assert "grad is not ∇: it was changed after backward()" in new.words
        np.testing.assert_allclose(new.value, w.data[() if detail == "tensor" else names.index(name)], rtol=1e-12)
        assert all(scene.boxes[edge.tail].stage != "backward" for edge in scene.arriving[new.number])
    values |= {"η": 0.5, "μ": 0.9, "β₁": 0.9, "β₂": 0.999, "ε": 1e-8, "β₁ᵗ": 0.9**2, "β₂ᵗ": 0.999**2}
    if detail == "tensor":
        before = optimizer_state_before(step, w)
        for box in updates:
            said = box.formula.partition(" = ")[2]
            np.testing.assert_allclose(value(said, values | before), box.value, rtol=1e-9)


def optimizer_state_before(step, w):
    """The old state of a parameter as it stands in the recorded update: ``v(w)``, or ``m(w)`` and ``v(w)``."""
    states = [s for s in step.updates[w].state if isinstance(s, ma.Value)]
    letters = ["v(w)"] if len(states) == 1 else ["m(w)", "v(w)"]
    found = {}
    for letter, state in zip(letters, states, strict=False):
        leaves = [x for node in (state, *state.inputs) if node is not None for x in node.inputs if x is not None]
        found[letter] = next(x.data for x in leaves if x.operation is None and x is not step.updates[w].gradient)
    return found


def test_a_folded_module_says_that_its_gradients_were_changed():
    net = ma.Sequential(ma.Linear(2, 2, seed=0), ma.Linear(2, 1, seed=0))
    optimizer = ma.SGD(net.parameters(), lr=0.1)
    with ma.record() as step:
        ma.mean_squared_error(net([1.0, 2.0]), [3.0]).backward()
        ma.clip_grad_norm(net.parameters(), 0.1)
        optimizer.step()
    (box, _) = (box for box in ma.draw(step, "module").scene.boxes if box.stage == "update")
    assert box.formula == "θ′ = SGD(θ, grad(θ))"


def test_two_losses_have_as_many_digits_as_tell_them_apart():
    for lr, apart in ((1e-16, False), (1e-9, True), (0.5, True)):
        w = ma.Value([300.0, -2.0], label="w")

        class Square(ma.nn.Module):
            def loss(self, x, target=None):
                return (self.w * self.w * x).sum()

        net = Square()
        net.w = w
        step = ma.record_step(net, ma.SGD([w], lr=lr), 1e4)
        facts = ma.draw(step).scene.facts
        assert (facts["loss before"] != facts["loss after"]) == (apart or step.loss_before == step.loss_after)
        for name, loss in (("loss before", step.loss_before), ("loss after", step.loss_after)):
            assert float(facts[name].replace("−", "-")) == pytest.approx(loss, rel=1e-3)
            assert "+" not in facts[name]
