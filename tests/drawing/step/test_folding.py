"""What is folded: how many operations and parameters a box holds, its gradient with all its parts, its update."""

from __future__ import annotations

import numpy as np
import pytest

import microae as ma
from microae import Value
from tests.drawing.step.pictures import adam, batch, deep, momentum, recorded, residual


def module(scene, path):
    (box,) = (box for box in scene.boxes if box.kind == "module" and box.path == path)
    return box


def operations_of(step, path):
    return [
        node
        for node in step.stage("forward")
        if node.provenance.owner == path or node.provenance.owner.startswith(f"{path}.")
    ]


@pytest.mark.parametrize("make", [batch, deep, momentum])
@pytest.mark.parametrize("path", ["encoder", "decoder"])
def test_a_folded_module_counts_what_is_in_it(make, path):
    step = make()
    drawn = ma.draw(step, collapsed=[path]).scene
    inside = operations_of(step, path)
    leaves = {x for node in inside for x in node.inputs if x is not None and x.operation is None}
    box = module(drawn, path)
    numbers = sum(leaf.size for leaf in leaves)
    operations = len(inside)
    assert box.words == f"{operations} operation{'s' * (operations > 1)}, {numbers} parameters"
    assert len(box.nodes) == operations + len(leaves)
    assert box.value is not None
    np.testing.assert_array_equal(box.value, inside[-1].data)


def test_one_operation_and_one_parameter_are_not_several():
    class Scale(ma.Module):
        def __init__(self):
            self.factor = Value(2.0, label="factor")

        def forward(self, x):
            return x * self.factor

    net = ma.Sequential(Scale(), ma.Linear(2, 2, seed=0))
    step = recorded(net, [1.0, 2.0], target=np.zeros(2), loss=ma.mean_squared_error)
    box = module(ma.draw(step, "module").scene, "0")
    assert box.words == "1 operation, 1 parameter"
    assert module(ma.draw(step, "module").scene, "1").words == "1 operation, 6 parameters"


def test_stretches_count_operations_or_leaves():
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    x = a + b
    for _ in range(1500):
        x = x * 1.0001
    boxes = ma.draw(x, max_nodes=6).scene.boxes
    words = [box.words for box in boxes]
    counts = [int(word.split()[0].replace(",", "")) for word in words if "operation" in word]
    assert sum(counts) == 1501
    assert all(word.split()[1] in ("operations,", "operations", "leaves") for word in words)
    assert len(ma.draw(x, max_nodes=1).scene.boxes) == 1
    (whole,) = ma.draw(x, max_nodes=1).scene.boxes
    assert whole.words == "1,501 operations, 2 parameters"


def test_the_update_of_a_stretch_is_called_by_its_operations():
    w = Value(1.0, label="w")
    optimizer = ma.SGD([w], lr=0.1)
    with ma.record() as step:
        x = w * 2.0
        for _ in range(60):
            x = x * 1.01
        x.backward()
        optimizer.step()
    scene = ma.draw(step, max_nodes=9).scene
    (update,) = scene.stage("update")
    operations, parameters = scene.boxes[update.of].words.split(", ")
    assert parameters == "1 parameter"
    assert update.name == f"{operations}′"


class Shortcut(ma.Module):
    """What the first part gives goes into the second part, and around it, and twice into the loss."""

    def __init__(self):
        self.first, self.second = ma.Linear(3, 3, seed=0), ma.Sequential(ma.Linear(3, 3, seed=1), ma.Tanh())

    def forward(self, x):
        h = self.first(x)
        return self.second(h) + h * 0.5


@pytest.mark.parametrize("collapsed", [["first"], ["second"], ["first", "second"]])
def test_the_gradient_of_a_folded_module_has_all_its_parts(collapsed):
    step = recorded(
        Shortcut(), [[1.0, 2.0, 3.0], [0.5, 0.0, -1.0]], target=np.zeros((2, 3)), loss=ma.mean_squared_error
    )
    whole = {box.name: box for box in ma.draw(step).scene.boxes}
    scene = ma.draw(step, collapsed=collapsed).scene
    found = 0
    for box in scene.boxes:
        if box.kind != "gradient":
            continue
        arriving = [edge for edge in scene.arriving[box.number] if edge.stage == "backward"]
        if arriving:
            np.testing.assert_allclose(sum(edge.part for edge in arriving), box.value, atol=1e-15)
            np.testing.assert_array_equal(box.value, whole[box.name].value)
            found += 1
    assert found >= 3
    if "first" in collapsed:
        (box,) = (box for box in scene.boxes if box.name == "∂L/∂z⁽¹⁾")
        tails = [scene.boxes[edge.tail].name for edge in scene.arriving[box.number]]
        assert len(tails) == len(box.terms) == 2
        assert all(term in box.formula for term in box.terms)


def test_the_parts_of_one_sender_add_up():
    """A folded module that uses a number three times sends one part, the sum."""

    class Thrice(ma.Module):
        def __init__(self):
            self.scale = Value(2.0, label="scale")

        def forward(self, x):
            return x * self.scale + x * x + x

    net = ma.Sequential(ma.Linear(2, 2, seed=0), Thrice())
    step = recorded(net, [1.0, -2.0], target=np.zeros(2), loss=ma.mean_squared_error)
    scene = ma.draw(step, collapsed=["1"]).scene
    (box,) = (box for box in scene.boxes if box.name == "∂L/∂z")
    (edge,) = scene.arriving[box.number]
    np.testing.assert_allclose(edge.part, box.value)
    opened = ma.draw(step).scene
    (open_box,) = (box for box in opened.boxes if box.name == "∂L/∂z")
    np.testing.assert_array_equal(open_box.value, box.value)
    assert len(opened.arriving[open_box.number]) == 4


class Leaking(ma.Module):
    """Whose inner number is used outside too."""

    def __init__(self):
        self.linear = ma.Linear(2, 2, seed=0)

    def forward(self, x):
        self.inner = self.linear(x)
        return np.tanh(self.inner)


def test_what_an_inner_number_of_a_folded_module_is_sent_arrives_at_the_module():
    net = Leaking()
    whole = ma.Sequential(net)
    with ma.record() as step:
        out = whole(np.array([1.0, -2.0]))
        (out * out).sum().backward()
        (np.sin(net.inner).sum() * 3.0).backward()
    scene = ma.draw(step, collapsed=["0"]).scene
    (box,) = (box for box in scene.boxes if box.kind == "gradient" and scene.boxes[box.of].kind == "module")
    arriving = [edge for edge in scene.arriving[box.number] if edge.stage == "backward"]
    assert len(arriving) == 2
    (inner,) = (edge for edge in arriving if edge.label.endswith("/∂inner = cos(inner)"))
    (outer,) = (edge for edge in arriving if edge is not inner)
    np.testing.assert_allclose(outer.part, 2 * out.data)
    assert inner.part is None  # no part of its last result
    np.testing.assert_allclose(box.value, 2 * out.data)
    lines = {line.partition(" = ")[0]: value for line, value in box.results}
    hidden = np.asarray(net.inner.data)
    expected = 3 * np.cos(hidden) + 2 * np.tanh(hidden) * (1 - np.tanh(hidden) ** 2)
    np.testing.assert_allclose(lines["∂L/∂inner"], expected)


class Twice(ma.Module):
    def __init__(self, function):
        self.function = function

    def forward(self, x):
        return self.function(x)


@pytest.mark.parametrize(("function", "local"), [(lambda x: x + x, "2"), (lambda x: x * x, "2 · z")])
def test_a_folded_module_that_is_used_twice_by_one_operation(function, local):
    net = ma.Sequential(ma.Linear(2, 2, seed=0), Twice(function))
    step = recorded(net, [1.0, -2.0], target=np.zeros(2), loss=ma.mean_squared_error)
    scene = ma.draw(step, collapsed=["0"]).scene
    (box,) = (box for box in scene.boxes if box.name == "∂L/∂z")
    (edge,) = scene.arriving[box.number]
    assert edge.label == local
    np.testing.assert_allclose(edge.part, box.value)
    (above,) = (b for b in scene.boxes if b.number == edge.tail)
    z = scene.boxes[box.of].value
    np.testing.assert_allclose(box.value, above.value * (2 if local == "2" else 2 * z))


def test_an_updated_module_says_how_far_its_parameters_moved():
    for make, formula in ((batch, "θ′ = θ − η∇θ"), (adam, "θ′ = Adam(θ, ∇θ)")):
        step = make()
        scene = ma.draw(step, "module").scene
        for path in ("encoder", "decoder"):
            (box,) = (box for box in scene.boxes if box.name == f"{path}′")
            updates = [u for p, u in step.updates.items() if any(p is node for node in module(scene, path).nodes)]
            moved = max(np.abs(update.after.data - update.before).max() for update in updates)
            size = sum(np.size(update.before) for update in updates)
            said = box.words.partition(" parameters, largest change ")
            assert int(said[0]) == size
            assert float(said[2].replace("−", "-")) == pytest.approx(moved, rel=6e-3)
            assert box.formula == formula
            assert scene.boxes[box.of].path == path


def test_what_is_written_of_too_many_nodes():
    step = deep()
    every = len(ma.draw(step).scene.boxes)
    (note,) = ma.draw(step, max_nodes=every - 1).scene.notes
    modules = sum(box.kind == "module" for box in ma.draw(step, max_nodes=every - 1).scene.boxes)
    assert note == f"{every} nodes would be more than max_nodes={every - 1}: {modules} modules are collapsed"
    assert ma.draw(step, max_nodes=every).scene.notes == []


def test_shared_layers_are_one_module_each_time_they_run():
    scene = ma.draw(residual(), "module").scene
    assert [box.path for box in scene.boxes if box.kind == "module"].count("outer") <= 2
    repeated = [box for box in scene.boxes if box.path == "outer" and box.stage == "forward"]
    assert len(repeated) >= 2


def test_an_input_that_is_a_value_is_not_counted_as_a_parameter():
    net = ma.Autoencoder([3, 2, 3], seed=0)
    with ma.record() as step:
        net.loss(ma.Value([1.0, 0.0, 1.0])).backward()
    words = [box.words for box in ma.draw(step, "module").scene.boxes if box.kind == "module"]
    assert words[0].endswith(f", {sum(p.size for p in net.encoder.parameters())} parameters")


def test_labelled_leaves_of_a_loop_without_modules_and_optimisers_are_its_parameters():
    a, b = Value(1.0, label="a"), Value([2.0, 3.0], label="b")
    with ma.record() as step:
        out = a * b
        for _ in range(60):
            out = out * 1.01
        out.sum().backward()
    words = [box.words for box in ma.draw(step, max_nodes=9).scene.stage("forward")]
    assert [text.partition(", ")[2] for text in words if "parameter" in text] == ["3 parameters"]
