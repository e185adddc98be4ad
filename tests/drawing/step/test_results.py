"""Boxes with several results: all are shown with their gradients, and what formulas and arrows say of them is true."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

import microae as ma
from microae import Value
from tests.drawing.step.pictures import check, recorded
from tests.drawing.step.test_calls import MODELS, along, modules, named

X = np.array([[0.5, 0.875, 0.25], [1.0, 0.0, 0.5]])


class Gaussian(ma.Module):
    def __init__(self):
        self.mean, self.log_variance = ma.Linear(3, 2, seed=0), ma.Linear(3, 2, seed=1)

    def forward(self, x):
        return self.mean(x), self.log_variance(x)


class Sampled(ma.Module):
    def __init__(self):
        self.first, self.code, self.last = ma.Linear(3, 3, seed=2), Gaussian(), ma.Linear(2, 3, seed=3)

    def forward(self, x):
        mean, log_variance = self.code(self.first(x))
        return self.last(mean + np.exp(0.5 * log_variance) * np.array([[0.3, -1.2], [0.8, 0.4]]))


class Streams(ma.Module):
    def __init__(self):
        self.a, self.b = ma.Linear(3, 2, seed=0), ma.Linear(3, 2, seed=1)

    def forward(self, p, q):
        return self.a(p), self.b(q)


class TwoStreams(ma.Module):
    def __init__(self):
        self.left, self.right, self.pair = ma.Linear(3, 3, seed=2), ma.Linear(3, 3, seed=3), Streams()
        self.out = ma.Linear(2, 3, seed=4)

    def forward(self, x):
        u, v = self.pair(self.left(x), self.right(x))
        return self.out(u) + 2.0 * self.out(v)


class Around(ma.Module):
    """Of its two results, the second is made of the first and of what it is given."""

    def __init__(self):
        self.layer = ma.Linear(3, 3, seed=0)

    def forward(self, x):
        h = np.tanh(self.layer(x))
        return h, h + x


class GoesAround(ma.Module):
    def __init__(self):
        self.first, self.around, self.last = ma.Linear(3, 3, seed=1), Around(), ma.Linear(3, 3, seed=2)

    def forward(self, x):
        h, z = self.around(self.first(x))
        return self.last(h * z)


def drawn(net, detail="module", **options):
    return ma.draw(recorded(net, X, **({} if hasattr(net, "loss") else {"loss": "mse"})), detail, **options)


def of_results(box):
    return {line.partition(" = ")[0]: np.asarray(value) for line, value in box.results}


def test_a_module_of_two_results_shows_both_and_both_gradients():
    net = Sampled()
    picture, whole = drawn(net), drawn(Sampled(), "tensor").scene
    check(picture)
    scene = picture.scene
    (box,) = modules(scene, "code")
    assert box.formula == "(z⁽²⁾, z₂⁽²⁾) = code(z⁽¹⁾)"
    gradient = scene.gradients[box.number]
    assert gradient.name == "∂L/∂(z⁽²⁾, z₂⁽²⁾)"
    assert [line for line, _ in gradient.results] == ["∂L/∂z⁽²⁾ = ∂L/∂v₄", "∂L/∂z₂⁽²⁾ = ∂L/∂v₁ · 0.5"]
    for shown in (box, gradient):
        assert len(shown.results) == 2
        for name, value in of_results(shown).items():
            np.testing.assert_array_equal(value, named(whole, name).value)
            said = [t.words for placed in picture.layout.boxes if placed.box is shown for t in placed.face.texts]
            assert any(words.startswith(name) for words in said)
    labels = {edge.label for edge in scene.arriving[gradient.number]}
    assert labels == {"∂v₄/∂z⁽²⁾ = 1", "∂v₁/∂z₂⁽²⁾ = 0.5"}


def test_the_chain_rule_goes_through_both_results():
    net = Sampled()
    weights = [layer.weight.data for layer in (net.code.mean, net.code.log_variance)]
    scene = drawn(net).scene
    below = named(scene, "∂L/∂z⁽¹⁾")
    assert below.formula == "∂L/∂z⁽¹⁾ = ∂L/∂z⁽²⁾ · ∂z⁽²⁾/∂z⁽¹⁾ + ∂L/∂z₂⁽²⁾ · ∂z₂⁽²⁾/∂z⁽¹⁾"
    (edge,) = scene.arriving[below.number]
    assert edge.label == "∂(z⁽²⁾, z₂⁽²⁾)/∂z⁽¹⁾"
    g = of_results(scene.boxes[edge.tail])
    by_hand = g["∂L/∂z⁽²⁾"] @ weights[0].T + g["∂L/∂z₂⁽²⁾"] @ weights[1].T
    np.testing.assert_allclose(below.value, by_hand)
    (update,) = (box for box in scene.stage("update") if box.path == "code")
    assert [arrow.label for arrow in scene.arriving[update.number]] == ["−η · ∂(z⁽²⁾, z₂⁽²⁾)/∂θ"]


def test_of_two_results_only_those_that_depend_on_an_input_lead_to_it():
    scene = drawn(TwoStreams()).scene
    assert named(scene, "∂L/∂z⁽¹⁾").formula == "∂L/∂z⁽¹⁾ = ∂L/∂z⁽²⁾ · ∂z⁽²⁾/∂z⁽¹⁾"
    assert named(scene, "∂L/∂z₂⁽¹⁾").formula == "∂L/∂z₂⁽¹⁾ = ∂L/∂z₂⁽²⁾ · ∂z₂⁽²⁾/∂z₂⁽¹⁾"
    (pair,) = modules(scene, "pair")
    carried = {scene.boxes[edge.head].name: edge.label for edge in scene.leaving[pair.number]}
    assert carried == {"z⁽³⁾": "z⁽²⁾", "z₂⁽³⁾": "z₂⁽²⁾"}


def test_a_result_that_goes_into_another_one_has_that_term_too():
    scene = drawn(ma.VariationalAutoencoder([3, 4, 2, 4, 3], seed=0)).scene
    (encoder,) = modules(scene, "encoder")
    assert [line for line, _ in encoder.results] == ["h⁽¹⁾", "z⁽²⁾"]
    assert [line for line, _ in scene.gradients[encoder.number].results] == [
        "∂L/∂h⁽¹⁾ = ∂L/∂z₂⁽²⁾ · ∂z₂⁽²⁾/∂h⁽¹⁾ + ∂L/∂z⁽²⁾ · ∂z⁽²⁾/∂h⁽¹⁾",
        "∂L/∂z⁽²⁾ = ∂loss/∂z⁽²⁾ + ∂L/∂v₄",
    ]


def test_where_a_slope_could_be_read_in_two_ways_there_is_none():
    """Of what a result of the module depends on both directly and by way of its other result."""
    scene = drawn(GoesAround()).scene
    below = named(scene, "∂L/∂z⁽¹⁾")
    (edge,) = scene.arriving[below.number]
    assert not edge.label
    assert not below.formula
    assert len(scene.boxes[edge.tail].results) == 2


@pytest.mark.parametrize("make", [*MODELS.values(), Sampled, TwoStreams, GoesAround])
@pytest.mark.parametrize("options", [{"detail": "module"}, {"max_nodes": 12}, {"max_nodes": 18}, {"max_nodes": 30}])
def test_what_an_arrow_names_is_in_the_boxes_that_it_joins(make, options):
    scene = drawn(make(), **{"detail": "tensor", **options}).scene
    for edge in scene.edges:
        assert edge.label != ","
        assert not re.search(r"^, |, , |, $", edge.label)
        assert not edge.equation.endswith("= ")
        above, by = (scene.boxes[end] for end in (edge.tail, edge.head))
        if edge.stage == "forward" or "loss" in edge.label or by.words.endswith("gradients"):  # not all are shown
            continue
        for of, at in re.findall(r"∂(\(.*?\)|[^/ ]*)/∂([^ ),]*)", edge.label):
            shown = set(of_results(above)) or {above.name}
            assert all(f"∂L/∂{name}" in shown for name in of.strip("()").split(", ")), edge
            assert at == "θ" or f"∂L/∂{at}" in (set(of_results(by)) or {by.name}), edge
    for box in scene.stage("backward"):
        is_folded = scene.boxes[box.of].kind == "module"
        assert not (is_folded and box.name.startswith("∇"))


class Deep(ma.Module):
    """Twenty layers, the parameters of which belong to no module of theirs."""

    def __init__(self):
        rng = np.random.default_rng(0)
        for i in range(20):
            setattr(self, f"W{i}", Value(rng.normal(size=(3, 3)) * 0.6))
            setattr(self, f"b{i}", Value(rng.normal(size=3) * 0.1))

    def forward(self, x):
        for i in range(20):
            x = np.tanh(x @ getattr(self, f"W{i}") + getattr(self, f"b{i}"))
        return x


def test_a_stretch_shows_a_result_and_its_gradient_and_no_parameter():
    net = Deep()
    step = recorded(net, X, loss="mse")
    scene = ma.draw(step).scene
    whole = {box.name: box for box in ma.draw(step, max_nodes=1000).scene.boxes}
    stretches = [box for box in scene.stage("forward") if box.kind == "module"]
    assert len(stretches) == 16
    for box in stretches:
        assert whole[box.name].kind == "operation"
        np.testing.assert_array_equal(box.value, whole[box.name].value)
        assert box.results[0][0] == box.name
        np.testing.assert_array_equal(scene.gradients[box.number].value, whole[f"∂L/∂{box.name}"].value)
        assert not box.symbol
    for above, box in itertools.pairwise(scene.stage("backward")[1:]):
        name, of = (b.name.removeprefix("∂L/∂") for b in (box, above))
        assert box.formula == f"∂L/∂{name} = ∂L/∂{of} · ∂{of}/∂{name}"
    counts = [re.findall(r"\d+", box.words) for box in stretches]
    assert sum(int(operations) for operations, _ in counts) == 61
    assert sum(int(parameters) for _, parameters in counts) == 20 * 12
    for box in scene.stage("update"):
        (arrow,) = scene.arriving[box.number]
        assert scene.boxes[arrow.tail].of == box.of
        assert box.words.split()[0] == scene.boxes[box.of].words.split()[2]


def test_a_stretch_says_how_many_units_are_off():
    class Dead(ma.Module):
        def __init__(self):
            self.layer, self.out = ma.Linear(3, 4, seed=0), ma.Linear(4, 3, seed=1)

        def forward(self, x):
            h = self.layer(x)
            (h * h).sum()
            return self.out(ma.relu(h))

    x = np.random.default_rng(3).normal(size=(4, 3))
    step = recorded(Dead(), x, loss="mse")
    scene = ma.draw(step, max_nodes=12).scene
    one = [badge.words for box in ma.draw(step).scene.boxes for badge in box.badges]
    assert [badge.words for box in scene.boxes for badge in box.badges] == one
    first, _ = scene.stage("forward")
    assert first.words == "3 operations, 16 parameters"  # those of the first layer
    assert [line for line, _ in first.results] == ["v₁", "h⁽¹⁾"]


def test_a_part_of_the_loss_is_a_function_of_what_its_result_depends_on():
    scene = drawn(ma.ContractiveAutoencoder([3, 2, 3], weight=0.1, seed=0)).scene
    parts = [box for box in modules(scene, "loss") if " = f(" in box.formula]
    assert [box.formula for box in parts] == ["v₂ = f(h₂⁽¹⁾)", "v₁₃ = f(v₁₀)"]
    box = parts[1]
    np.testing.assert_allclose(box.value, np.sum(named(scene, "v₁₀").value ** 2))
    assert scene.gradients[box.number].name == "∂L/∂v₁₃"


class Penalised(ma.Module):
    def __init__(self):
        self.layer, self.out = ma.Linear(3, 2, seed=0), ma.Linear(2, 3, seed=1)

    def forward(self, x):
        return self.out(self.layer(x))

    def loss(self, x, target=None):
        return ((self(x) - x) ** 2).mean() + 0.01 * sum((p**2).sum() for p in self.parameters())


def test_a_loss_of_the_parameters_says_so():
    scene = drawn(Penalised()).scene
    (loss,) = modules(scene, "loss")
    assert loss.formula == "L = loss(z⁽²⁾, y, θ)"
    assert {edge.label for edge in scene.arriving[loss.number]} == {"θ", "z⁽²⁾, θ", ""}


class Sided(ma.Module):
    """An arrow with a label crosses another one."""

    def __init__(self):
        self.first, self.out, self.aux = ma.Linear(3, 2, seed=0), ma.Linear(2, 3, seed=1), ma.Linear(2, 1, seed=4)

    def forward(self, x):
        h = ma.softmax(self.first(x))
        self.side = self.aux(h)
        return self.out(h)

    def loss(self, x, target=None):
        y = self(x)
        return (
            ((y - x) ** 2).sum() + 0.1 * np.abs(self.side).sum() + 0.01 * sum((p**2).sum() for p in self.parameters())
        )


def test_a_label_is_not_read_as_that_of_another_arrow():
    picture = ma.draw(recorded(Sided(), [0.5, -1.0, 0.25]), "module")
    lines = picture.layout.lines
    (labelled,) = (line for line in lines if line.edge.label == "θ")
    assert picture.scene.boxes[labelled.edge.tail].path == "first"
    own, *others = (
        np.hypot(*(along(line.points) - labelled.label).T).min()
        for line in sorted(lines, key=lambda line: line is not labelled)
    )
    assert all(far > 1.5 * own for far in others)
