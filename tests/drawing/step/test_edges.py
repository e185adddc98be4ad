"""What is unusual: nothing, one number, NaN, odd names, odd shapes, several passes, graphs of gradients, very large."""

from __future__ import annotations

import re

import numpy as np
import pytest

import microae as ma
from microae import Value
from microae.drawing.step import scalars
from tests.drawing.step.pictures import batch, check, parsed, the_papers
from tests.drawing.step.test_scene import by_name


def texts(drawing):
    return ["".join(element.itertext()) for element in parsed(drawing).iter("{http://www.w3.org/2000/svg}text")]


def test_nothing_recorded():
    with ma.record() as step:
        pass
    for detail in ("tensor", "module", "scalar"):
        assert texts(ma.draw(step, detail)) == ["nothing was recorded"]
    assert ma.draw(step).png().startswith(b"\x89PNG")
    assert ma.draw(step).dot().startswith("digraph {")


def test_a_leaf_alone():
    leaf = Value([[1.0, 2.0]], label="w")
    drawing = ma.draw(leaf)
    check(drawing)
    assert texts(drawing) == ["w", "gradient —", "1×2", "1", "2"]
    leaf.grad = np.array([[0.5, 0.25]])
    assert texts(ma.draw(leaf))[:3] == ["w", "grad, added up so far: [[0.50, 0.25]]", "1×2"]
    assert leaf._repr_mimebundle_() == {"text/plain": repr(leaf)}


def test_the_grad_of_leaves_is_called_a_gradient_of_a_number_only():
    """What was given to ``backward()`` of an array is not known any more, nor how often it was called."""
    w = Value([1.0, -2.0], label="w")
    y = w * w
    for _ in range(2):
        y.backward([1.0, 10.0])
    assert w.grad.tolist() == [4.0, -80.0]
    for graph in (y, w * w * w):
        boxes = by_name(ma.draw(graph).scene)
        assert boxes["w"].words == "grad, added up so far: [4, −80]"
        assert boxes["w"].gradient is None
        assert not any(box.tells_gradient for box in boxes.values())


def test_a_graph_shows_itself_with_gradients_once_there_are_some():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    e = a * b
    e.label = "e"
    out = np.tanh(e)
    before = texts(ma.draw(out))
    assert before.count("gradient —") == 2
    assert "v₁" in before
    out.backward()
    after = texts(ma.draw(out))
    assert "gradient —" not in after
    assert sum(text.startswith("gradient") for text in after) == 4
    bundle = out._repr_mimebundle_()
    assert bundle["image/svg+xml"] == ma.draw(out).svg()
    assert bundle["text/plain"] == repr(out)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e308, 1e-308, 5e-324])
def test_numbers_of_any_kind(bad):
    w = Value([[bad, 1.0], [0.0, -bad]], label="w")
    wide = Value(np.full((9, 9), bad), label="wide")
    with ma.record() as step, np.errstate(all="ignore"):
        ((w * w).sum() + wide.sum()).backward()
    for detail in ("tensor", "scalar"):
        check(ma.draw(step, detail))
    words = " ".join(texts(ma.draw(step)))
    assert ("NaN: 1 of 4" in words or "NaN: 2 of 4" in words) == bool(np.isnan(bad))
    assert ("Inf: " in words) == bool(np.isinf(bad) or bad == 1e308)
    assert ma.draw(step).png().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ['<b>&"\\N\\l{}|', "a b", "名前", "x" * 60, "\n", "]]>", "−∇∂", "n1"])
def test_names_of_any_kind(name):
    w = Value([1.0, 2.0], label=name)
    optimizer = ma.SGD([w], lr=0.1)
    with ma.record() as step:
        (w * w).sum().backward()
        optimizer.step()
    drawing = ma.draw(step)
    check(drawing)
    assert (name.strip() or "v₁") in [text.strip() for text in texts(drawing)]
    assert drawing.png().startswith(b"\x89PNG")
    from microae.drawing import render

    assert render(drawing.dot()).lstrip().startswith(b"<?xml")
    net = ma.Sequential(ma.Linear(2, 2, seed=0))
    object.__setattr__(net[0], "_name", name)
    check(ma.draw(ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1.0, 2.0], [0.0, 0.0], ma.mean_squared_error)))


@pytest.mark.parametrize("shape", [(0,), (3, 0), (1,), (1, 1), (5,), (2, 3, 4), (1, 1, 1, 2), (300, 2), (2, 300)])
def test_shapes_of_any_kind(shape):
    w = Value(np.ones(shape), label="w")
    optimizer = ma.SGD([w], lr=0.1)
    with ma.record() as step:
        (w * 2.0).sum().backward()
        optimizer.step()
    drawing = ma.draw(step)
    check(drawing)
    assert ("no elements" in texts(drawing)) == (0 in shape)
    assert drawing.png().startswith(b"\x89PNG")
    if np.prod(shape) < 50:
        check(ma.draw(step, "scalar"))


def test_single_precision():
    net = ma.Autoencoder([3, 2, 3], seed=0, dtype="float32")
    step = ma.record_step(net, ma.Adam(net.parameters()), [1, 0, 1])
    for detail in ("tensor", "module", "scalar"):
        check(ma.draw(step, detail))


def test_several_backward_passes_add_up():
    w = Value([1.0, 2.0], label="w")
    with ma.record() as step:
        (w * w).sum().backward()
        (w * 3.0).sum().backward()
    scene = ma.draw(step).scene
    check(ma.draw(step))
    (box,) = (box for box in scene.boxes if box.name == "∇w")
    assert box.value.tolist() == [5.0, 7.0]
    assert sum(edge.part for edge in scene.arriving[box.number]).tolist() == [5.0, 7.0]
    assert len(box.terms) == 3


def test_a_gradient_of_a_gradient():
    x = Value([1.0, 2.0], label="x")
    with ma.record() as step:
        (g,) = ma.gradients((x**3).sum(), [x], record=True)
        (g * g).sum().backward()
    check(ma.draw(step))
    assert {box.stage for box in ma.draw(step).scene.boxes} == {"forward", "backward"}
    assert x.grad.tolist() == [36.0, 288.0]  # of 9x⁴


def test_a_graph_begun_before_the_recording():
    w = Value([1.0, 2.0], label="w")
    loss = (w * w).sum()
    with ma.record() as step:
        loss.backward()
    drawing = ma.draw(step)
    check(drawing)
    assert [box.name for box in drawing.scene.stage("forward")] == ["w", "v₁", "L"]


def test_a_hundred_thousand_nodes():
    a = Value(1.0, label="a")
    x = a
    for _ in range(50_000):
        x = x * 1.0001 + a
    drawing = ma.draw(x)
    check(drawing)
    assert len(drawing.scene.boxes) <= 16
    (note,) = drawing.scene.notes
    assert note == "100,001 nodes would be more than max_nodes=150: they are collapsed into stretches"
    assert note in texts(drawing)
    assert sum(len(box.nodes) for box in drawing.scene.boxes) == 100_001
    assert x._repr_mimebundle_() == {"text/plain": repr(x)}  # at a glance it is too large
    scalar = ma.draw(Value(np.ones((200, 200))) * 2.0, "scalar")
    assert scalar.scene.notes == [
        "about 40,000 scalar operations forward are too many to draw: one node for each array"
    ]


def test_the_limit_collapses_modules_and_says_so():
    net = ma.Autoencoder([8, 6, 4, 3, 4, 6, 8], "tanh", seed=0)
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), np.eye(8))
    every = len(ma.draw(step).scene.boxes)
    for limit in (every, every - 1, 40, 20, 10, 5, 1):
        drawing = ma.draw(step, max_nodes=limit)
        check(drawing)
        assert bool(drawing.scene.notes) == (limit < every)
        assert len(drawing.scene.boxes) <= max(limit, 3)
        assert all(note in texts(drawing) for note in drawing.scene.notes)


def test_depth_and_single_modules():
    step = the_papers()
    names = [box.path for box in ma.draw(step, "module").scene.boxes if box.kind == "module"]
    assert names == ["encoder", "decoder"]
    names = [box.path for box in ma.draw(step, depth=1).scene.boxes if box.kind == "module"]
    assert names == ["encoder.0", "decoder.0"]
    drawing = ma.draw(step, collapsed=["encoder"])
    assert [box.path for box in drawing.scene.boxes if box.kind == "module"] == ["encoder"]
    check(drawing)
    assert len(ma.draw(step, depth=9).scene.boxes) == len(ma.draw(step).scene.boxes)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"detail": "pixel"}, "detail must be one of 'tensor', 'module', 'scalar', got 'pixel'"),
        ({"depth": -1}, "depth must be at least 0"),
        ({"max_nodes": 0}, "max_nodes must be at least 1"),
        ({"collapsed": ["encoder.7"]}, "there is no module .encoder.7.; collapsed may name decoder, decoder.0"),
        ({"collapsed": "encoder"}, "collapsed must be a list of paths"),
    ],
)
def test_what_is_wrong_is_said(options, said):
    with pytest.raises((ValueError, TypeError), match="draw: .*" + said):
        ma.draw(the_papers(), **options)


def test_only_steps_and_values_are_drawn():
    with pytest.raises(TypeError, match="draw: needs a Value or a recorded Step, got list"):
        ma.draw([1.0])


def test_a_picture_made_later_shows_what_was():
    """Parameters that are rebound after the recording, by hand or by training, change nothing."""
    net = ma.Autoencoder([3, 2, 3], seed=0)
    optimizer = ma.SGD(net.parameters(), lr=0.1)
    with ma.record() as alone:
        loss = net.loss([1, 0, 1])
        loss.backward()
    step = ma.record_step(net, optimizer, [1, 0, 1])
    shown = [(ma.draw(what, detail).svg()) for what in (alone, step) for detail in ("tensor", "module", "scalar")]
    graph = ma.draw(loss).svg()
    for _ in range(3):
        ma.record_step(net, optimizer, [0, 1, 1])
    for p in net.parameters():
        p.data = np.zeros(p.shape)
    assert shown == [
        (ma.draw(what, detail).svg()) for what in (alone, step) for detail in ("tensor", "module", "scalar")
    ]
    for p in net.parameters():
        p.grad = None
    assert "gradient —" in ma.draw(loss).svg()
    assert graph.count("0.387") == ma.draw(loss).svg().count("0.387") > 0


def test_products_count_their_scalar_operations(monkeypatch):
    """As many products and sums as numbers go in: a matrix product is more than its result."""
    x, w = Value(np.ones((3, 5)), label="x"), Value(np.ones((5, 2)), label="w")
    drawn = ma.draw(x @ w, "scalar", max_nodes=2000).scene
    monkeypatch.setattr(scalars, "MOST", 59)
    (note,) = ma.draw(x @ w, "scalar").scene.notes
    assert note == "about 60 scalar operations forward are too many to draw: one node for each array"
    operations = sum(box.kind == "operation" for box in drawn.boxes)
    assert 0.85 < operations / 60 < 1.1


def test_the_gradient_of_what_is_broadcast_is_a_sum():
    """Over the samples of a batch, and of a number that all elements are multiplied with."""
    boxes = by_name(ma.draw(batch()).scene)
    assert boxes["∇b⁽²⁾"].formula == "∇b⁽²⁾ = Σ ∂L/∂z⁽²⁾ [axis=0]"
    assert re.fullmatch(r"∇b⁽¹⁾ = Σ \[\[.*\]\] \[axis=0\] = \[[^\[]*\]", boxes["∇b⁽¹⁾"].numbers)
    s, w = ma.Value(2.0, label="s"), ma.Value([1.0, 2.0, 4.0], label="w")
    with ma.record() as step:
        (s * w - s).sum().backward()
    box = by_name(ma.draw(step).scene)["∂L/∂s"]
    assert box.formula == "∂L/∂s = Σ (∂L/∂v₂ · (−1)) + Σ (∂L/∂v₁ · w)"
    W = ma.Value(np.ones((3, 2)), label="W")
    with ma.record() as step:
        (np.ones((4, 2, 3)) @ W).sum().backward()
    assert by_name(ma.draw(step).scene)["∇W"].formula == "∇W = Σ (c₁ᵀ · ∂L/∂v₁) [axis=0]"


def test_what_is_done_to_a_gradient_is_done_to_a_gradient():
    W, b = ma.Value([[1.0, 2.0]], label="W"), ma.Value([1.0, 2.0], label="b")
    with ma.record() as step:
        (W.T * 2.0).sum().backward()
        np.broadcast_to(b, (2, 2)).sum().backward()
    boxes = by_name(ma.draw(step).scene)
    assert boxes["∇W"].formula == "∇W = (∂L/∂v₁)ᵀ"
    assert boxes["∇W"].numbers == "∇W = [[2], [2]]ᵀ = [[2, 2]]"
    assert boxes["∇b"].formula.startswith("∇b = Σ ∂L/∂v")


def test_a_gradient_of_a_sum_is_the_same_for_each():
    w = ma.Value([1.0, 2.0], label="w")
    with ma.record() as step:
        (w.sum() * 3.0).backward()
    assert by_name(ma.draw(step).scene)["∇w"].numbers == "∇w = 3 · [1, 1] = [3, 3]"


def test_several_losses_are_numbered_and_a_gradient_is_that_of_their_sum():
    w = ma.Value([1.0, 2.0], label="w")
    with ma.record() as step:
        (w.sum() * 3.0).backward()
        w.mean().backward()
    boxes = by_name(ma.draw(step).scene)
    assert (boxes["L₁"].formula, boxes["L₂"].formula) == ("L₁ = v₁ × 3", "L₂ = mean(w)")
    assert boxes["∂L/∂v₁"].formula == "∂L/∂v₁ = 3"
    assert set(boxes["∇w"].terms) == {"∂L/∂v₁", "1/2"}


def test_gradients_of_a_node_that_two_losses_use_are_those_of_their_sum():
    w = Value([1.0, 2.0], label="w")
    with ma.record() as step:
        h = np.tanh(w)
        h.sum().backward()
        (h * h).sum().backward()
    tanh = np.tanh([1.0, 2.0])
    boxes = by_name(ma.draw(step).scene)
    assert boxes["∂L/∂v₁"].terms == ("1", "∂L/∂v₂ · v₁", "∂L/∂v₂ · v₁")
    np.testing.assert_allclose(boxes["∂L/∂v₁"].value, 1.0 + 2.0 * tanh)
    assert boxes["∇w"].formula == "∇w = ∂L/∂v₁ · (1 − v₁²)"
    np.testing.assert_allclose(boxes["∇w"].value, (1.0 + 2.0 * tanh) * (1.0 - tanh**2))


@pytest.mark.parametrize("detail", ["tensor", "scalar"])
def test_a_loss_inside_another_one_counts_once_and_by_it(detail):
    w = Value(2.0, label="w")
    with ma.record() as step:
        inner = w * w
        (inner * 3.0).backward()
        inner.backward()
    box = by_name(ma.draw(step, detail).scene)["∂L/∂L₁"]
    assert (box.formula, float(box.value)) == ("∂L/∂L₁ = 1 + 3", 4.0)


def test_a_gradient_begins_with_what_backward_was_given():
    w = Value([1.0, 2.0], label="w")
    with ma.record() as step:
        (w * w).backward(np.array([1.0, 10.0]))
    scene = ma.draw(step).scene
    boxes = by_name(scene)
    assert boxes["∂v₁/∂v₁"].formula == "∂v₁/∂v₁ = g"
    assert boxes["∂v₁/∂v₁"].value.tolist() == [1.0, 10.0]
    (note,) = scene.notes
    assert note.endswith("the gradients are those of Σ g × v₁")


def from_before(w, optimizer):
    (w * 5.0).sum().backward()
    with ma.record() as step:
        (w * w).sum().backward()
        optimizer.step()
    return step, [2.0, 4.0], [7.0, 9.0]


def zeroed(w, optimizer):
    with ma.record() as step:
        (w * 5.0).sum().backward()
        optimizer.zero_grad()
        (w * w).sum().backward()
        optimizer.step()
    return step, [7.0, 9.0], [2.0, 4.0]


@pytest.mark.parametrize("make", [from_before, zeroed])
def test_a_grad_that_is_not_the_gradient_is_told_apart_from_it(make):
    w = Value([1.0, 2.0], label="w")
    step, gradient, grad = make(w, ma.SGD([w], lr=0.1))
    boxes = by_name(ma.draw(step).scene)
    assert boxes["∇w"].value.tolist() == gradient
    assert boxes["w"].words == f"grad: [{', '.join(f'{x:g}' for x in grad)}]"
    assert boxes["w′"].formula == "w′ = w − η grad(w)"
    assert boxes["w′"].words.endswith("grad is not ∇: it was not 0 before, or was zeroed meanwhile")
    np.testing.assert_allclose(boxes["w′"].value, [1.0, 2.0] - 0.1 * np.array(grad))


def test_two_optimisers_each_have_their_rate():
    v, w = Value(1.0, label="v"), Value(2.0, label="w")
    optimizers = ma.SGD([v], lr=0.1), ma.Adam([w], lr=0.01)
    with ma.record() as step:
        (v * w).backward()
        for optimizer in optimizers:
            optimizer.step()
    scene = ma.draw(step).scene
    assert scene.facts == {"optimiser": "SGD, Adam"}
    boxes = by_name(scene)
    assert "η = 0.1" in boxes["v′"].words.split(", ")
    assert "η = 0.01" in boxes["w′"].words.split(", ")


@pytest.mark.parametrize("detail", ["tensor", "scalar"])
def test_a_parameter_that_was_updated_between_has_another_name(detail):
    w = Value(1.0, label="w")
    optimizer = ma.SGD([w], lr=0.25)
    with ma.record() as step:
        for _ in range(2):
            optimizer.zero_grad()
            (w * w).backward()
            optimizer.step()
    scene = ma.draw(step, detail).scene
    boxes = by_name(scene)
    assert float(boxes["L₁"].value) == 1.0
    assert float(boxes["L₂"].value) == 0.25
    (update,) = scene.stage("update")
    assert float(update.value) == 0.25
    if detail == "tensor":
        assert boxes["L₂"].formula == "L₂ = w₂ × w₂"
        assert float(boxes["w₂"].value) == 0.5
        assert update.formula == "w₂′ = w₂ − η grad(w₂)"
        assert scene.notes == ["w₂ is w after it was rebound"]
