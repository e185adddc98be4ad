"""Modules and constants of a drawn step: what each call is given, whose operations are whose, what a constant is."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import microae as ma
from microae import Value
from microae.drawing.step.layout import Area
from tests.drawing.step.pictures import recorded

X = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
FAMILY = {
    "plain": lambda: ma.Autoencoder([3, 4, 3], seed=0),
    "tied": lambda: ma.Autoencoder([3, 2, 3], tied=True, seed=0),
    "sparse": lambda: ma.SparseAutoencoder([3, 4, 3], seed=0),
    "contractive": lambda: ma.ContractiveAutoencoder([3, 4, 3], seed=0),
    "denoising": lambda: ma.DenoisingAutoencoder([3, 4, 3], "gaussian", 0.3, seed=0),
    "variational": lambda: ma.VariationalAutoencoder([3, 4, 2, 4, 3], seed=0),
}


def drawn(net, x=X, detail="module", **options):
    return ma.draw(recorded(net, x, **options), detail).scene


def modules(scene, path):
    return [box for box in scene.boxes if box.kind == "module" and box.path == path]


def named(scene, name):
    (box,) = (box for box in scene.boxes if box.name == name)
    return box


@pytest.mark.parametrize("make", FAMILY.values(), ids=FAMILY)
@pytest.mark.parametrize("detail", ["module", "tensor"])
def test_no_gradient_is_a_sum_with_itself_in_it(make, detail):
    scene = drawn(make(), detail=detail)
    gradients = scene.stage("backward")
    for box in gradients:
        name, _, written = box.formula.partition(" = ")
        assert name not in written.split(" + "), box.formula
        arriving = [edge for edge in scene.arriving[box.number] if edge.part is not None]
        if arriving:
            np.testing.assert_allclose(sum(edge.part for edge in arriving), box.value, rtol=1e-9, atol=1e-15)
    assert len(gradients) >= 3


def test_the_parts_of_a_penalty_and_of_what_comes_from_above_are_told_apart():
    scene = drawn(ma.SparseAutoencoder([3, 4, 3], seed=0))
    assert list(named(scene, "∂L/∂h⁽¹⁾").terms) == ["∂loss/∂h⁽¹⁾", "∂L/∂z⁽²⁾ · ∂z⁽²⁾/∂h⁽¹⁾"]
    assert named(scene, "∂L/∂z⁽²⁾").formula == "∂L/∂z⁽²⁾ = ∂loss/∂z⁽²⁾"


def test_the_encoder_of_a_contractive_autoencoder_is_given_the_input_twice_and_differentiated():
    scene = drawn(ma.ContractiveAutoencoder([3, 4, 3], seed=0))
    first, again, *derivatives = modules(scene, "encoder")
    assert [first.formula, again.formula] == ["h⁽¹⁾ = encoder(x)", "h₂⁽¹⁾ = encoder(x₂)"]
    assert named(scene, "x₂").formula == "x₂ = x"
    assert not named(scene, "x₂").path
    assert len(derivatives) == 4  # one for each unit of the code
    assert all(" = encoder′(h₂⁽¹⁾, v" in box.formula for box in derivatives)
    assert all(box.words.endswith("of its derivative") for box in derivatives)


def test_a_module_is_a_function_of_the_node_that_it_is_given_inside_of_another_one_too():
    scene = drawn(FAMILY["variational"]())
    (encoder,), (log_variance,) = modules(scene, "encoder"), modules(scene, "log_variance")
    assert encoder.formula == "(h⁽¹⁾, z⁽²⁾) = encoder(x)"
    assert log_variance.formula == "z₂⁽²⁾ = log_variance(h⁽¹⁾)"
    (edge,) = (edge for edge in scene.edges if (edge.tail, edge.head) == (encoder.number, log_variance.number))
    assert edge.label == "h⁽¹⁾"


class Cell(ma.Module):
    def __init__(self):
        self.given, self.kept = ma.Linear(2, 3, seed=0), ma.Linear(3, 3, seed=1)

    def forward(self, x, h):
        return np.tanh(self.given(x) + self.kept(h))


class Recurrent(ma.Module):
    def __init__(self):
        self.cell, self.out = Cell(), ma.Linear(3, 1, seed=2)

    def forward(self, rows):
        h = np.zeros((1, 3))
        for x in rows:
            h = self.cell(x[None], h)
        return self.out(h)


def test_each_call_of_a_module_has_a_box_and_says_what_it_is_given():
    rows = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    scene = drawn(Recurrent(), rows, target=[[1.0]], loss="mse")
    cells = modules(scene, "cell")
    assert [box.formula.partition(" = ")[2] for box in cells] == ["cell(x[0], c₁)", "cell(x[1], v₂)", "cell(x[2], v₄)"]
    carried = {scene.boxes[edge.head].formula: edge.label for edge in scene.edges if edge.tail == cells[0].number}
    assert carried["v₄ = cell(x[1], v₂)"] == "v₂, θ"
    assert carried["v₆ = cell(x[2], v₄)"] == "θ"
    (update,) = (box for box in scene.stage("update") if box.path == "cell")
    arrows = {scene.boxes[edge.tail].name: edge.label for edge in scene.arriving[update.number]}
    assert arrows == {f"∂L/∂{v}": f"−η · ∂{v}/∂θ" for v in ("v₂", "v₄", "v₆")}
    (back,) = scene.arriving[scene.gradients[cells[0].number].number]
    assert back.label == "∂v₄/∂v₂"


class Twice(ma.Module):
    """One layer, applied twice."""

    def __init__(self, cell):
        self.cell = cell

    def forward(self, x):
        return self.cell(ma.relu(self.cell(x)))


class Rounds(ma.Module):
    """Two layers, again and again."""

    def __init__(self):
        self.first, self.second = ma.Linear(3, 3, seed=0), ma.Linear(3, 3, seed=1)

    def forward(self, x):
        for _ in range(3):
            x = np.tanh(self.second(self.first(x)))
        return x


TWICE = {
    "rounds": Rounds,
    "layer": lambda: Twice(ma.Linear(3, 3, seed=0)),
    "sequence": lambda: Twice(ma.Sequential(ma.Linear(3, 3, seed=0), ma.Tanh())),
    "within": lambda: Twice(Twice(ma.Linear(3, 3, seed=0))),
}


def test_a_layer_that_is_called_again_is_that_layer_again():
    scene = drawn(TWICE["layer"](), target=np.zeros((2, 3)), loss="mse")
    first, again = modules(scene, "cell")
    assert [first.formula, again.formula] == ["z⁽¹⁾ = cell(x)", "z⁽²⁾ = cell(h⁽¹⁾)"]
    assert [first.words, again.words] == ["1 operation, 12 parameters", "1 operation"]


def test_a_layer_whose_first_result_is_thrown_away_has_its_gradient_from_the_second():
    net = ma.Linear(3, 2, seed=0)
    whole = ma.Sequential(net)
    optimizer = ma.SGD(net.parameters(), lr=0.1)
    with ma.record() as step:
        whole(X)
        (whole(X + 1.0) ** 2).sum().backward()
        optimizer.step()
    scene = ma.draw(step, "module").scene
    first, again = modules(scene, "0")
    assert first.number not in scene.gradients
    (update,) = scene.stage("update")
    (arrow,) = scene.arriving[update.number]
    assert arrow.tail == scene.gradients[again.number].number
    assert arrow.label == f"−η · ∂{again.name}/∂θ"


def test_of_several_numbers_a_module_is_given_what_is_not_its_own():
    step = recorded(TWICE["layer"](), X[:1], target=np.zeros((1, 3)), loss="mse")
    scene = ma.draw(step, "scalar", collapsed=["cell"]).scene
    first, again = modules(scene, "cell")
    h = [f"h⁽¹⁾₁{k}" for k in "₁₂₃"]
    assert first.name == "z⁽¹⁾₁₁ … z⁽¹⁾₁₃"
    assert sorted(again.formula.partition("cell(")[2].rstrip(")").split(", ")) == h
    assert [edge.label for edge in scene.arriving[again.number] if edge.tail == first.number] == ["θ"]
    (update,) = scene.stage("update")
    gradients = [scene.gradients[box.number].number for box in (first, again)]
    assert sorted(edge.tail for edge in scene.arriving[update.number]) == sorted(gradients)
    assert not any(box.formula.endswith((" = ", " · ")) for box in scene.boxes)


def test_what_an_update_adds_is_the_sum_of_what_its_arrows_say():
    net, target = TWICE["layer"](), np.array([[0.5, 0.0, -1.0], [1.0, 2.0, 0.0]])
    step = recorded(net, X, target=target, loss="mse")
    scene = ma.draw(step, "module").scene
    (update,) = scene.stage("update")
    given = {"∂z⁽¹⁾/∂θ": X, "∂z⁽²⁾/∂θ": named(scene, "h⁽¹⁾").value}
    weight = bias = 0.0
    for arrow in scene.arriving[update.number]:
        rate, _, slope = arrow.label.partition(" · ")
        assert rate == "−η"
        weight = weight - 0.1 * given[slope].T @ scene.boxes[arrow.tail].value
        bias = bias - 0.1 * scene.boxes[arrow.tail].value.sum(axis=0)
    for part, moved in ((net.cell.weight, weight), (net.cell.bias, bias)):
        np.testing.assert_allclose(part.data - step.updates[part].before, moved, rtol=1e-12)


MODELS = FAMILY | TWICE


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_what_enters_a_gradient_is_a_term_of_it(make):
    net = make()
    scene = drawn(net, **({} if hasattr(net, "loss") else {"loss": "mse"}))
    for box in scene.stage("backward"):
        arriving = scene.arriving[box.number]
        assert not any("θ" in edge.label for edge in arriving)
        assert all(edge.term in box.formula for edge in arriving)
    for box in scene.stage("update"):
        assert scene.arriving[box.number]


@pytest.mark.parametrize("make", [*MODELS.values(), Recurrent], ids=[*MODELS, "recurrent"])
def test_arrows_to_updates_go_around_all_boxes_and_have_their_labels_where_they_are_alone(make):
    net = make()
    x, target = (X[:, :2], [[1.0]]) if make is Recurrent else (X, X)
    options = {} if hasattr(net, "loss") else {"loss": "mse", "target": target}
    layout = ma.draw(recorded(net, x, **options), "module").layout
    lines = [line for line in layout.lines if line.edge.stage == "update"]
    paths = [along(line.points) for line in lines]
    assert lines
    for n, (line, points) in enumerate(zip(lines, paths, strict=True)):
        for placed in layout.boxes:
            if placed.box.number not in (line.edge.tail, line.edge.head):
                assert not any(placed.area.holds(Area(x, y, 0.0, 0.0)) for x, y in points), line.edge
        if line.edge.label and make is not FAMILY["contractive"]:  # where several come down side by side
            away = [np.hypot(*(path - line.label).T).min() for path in paths]
            assert all(far > away[n] + 1.0 for k, far in enumerate(away) if k != n), line.edge


def along(points):
    """Many points of a path of cubic pieces."""
    t = np.linspace(0.0, 1.0, 100)[:, None]
    pieces = [np.array(points[i - 1 : i + 3], float) for i in range(1, len(points) - 2, 3)]
    weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3]
    return np.concatenate([sum(w * p for w, p in zip(weights, piece, strict=True)) for piece in pieces])


def test_a_graph_that_was_not_recorded_claims_no_call_where_there_may_be_two():
    net = ma.Sequential(ma.Sequential(ma.Linear(3, 3, seed=0), ma.Tanh()))
    once, twice = net(X), net(net(X))
    assert ma.draw(once, "module").scene.boxes[-1].formula == "h = layer₀(x)"
    assert not ma.draw(twice, "module").scene.boxes[-1].formula


def test_a_graph_that_was_not_recorded_has_its_derivatives():
    loss = FAMILY["contractive"]().loss(X)
    words = [box.words for box in modules(ma.draw(loss, "module").scene, "encoder")]
    assert [said.endswith("of its derivative") for said in words] == [False, False, True, True, True, True]


def test_layers_of_a_sequence_are_called_by_index_and_class():
    net = ma.Sequential(ma.Linear(3, 4, seed=0), ma.Tanh(), ma.Linear(4, 2, seed=1))
    step = recorded(net, X, target=np.zeros((2, 2)), loss="mse")
    scene = ma.draw(step, "module").scene
    assert named(scene, "z⁽¹⁾").formula == "z⁽¹⁾ = Linear₀(x)"
    assert named(scene, "z⁽²⁾").formula == "z⁽²⁾ = Linear₂(h⁽¹⁾)"
    assert [box.name for box in scene.stage("update")] == ["layer 0′", "layer 2′"]
    assert {frame.words for frame in ma.draw(step).layout.frames} == {
        "layer 0 (Linear)",
        "layer 1 (Tanh)",
        "layer 2 (Linear)",
        "loss",
    }
    assert "layer 0" in ma.draw(step, "module").svg()
    assert not named(scene, "y").formula  # it is not x


class Scaled(ma.Module):
    def __init__(self):
        self.first, self.scale = ma.Linear(3, 2, seed=0), Value([1.5, 2.0], label="scale")

    def forward(self, x):
        return ma.sigmoid(self.first(x)) * self.scale


def of_a_module(x):
    net = Scaled()
    return net.parameters(), lambda: net(x)


def of_the_loop(x):
    net, scale = ma.Sequential(ma.Linear(3, 2, seed=0), ma.Sigmoid()), Value([1.5, 2.0], label="scale")
    return [*net.parameters(), scale], lambda: net(x) * scale


@pytest.mark.parametrize("make", [of_a_module, of_the_loop])
def test_what_a_model_does_itself_is_not_in_the_loss_of_a_loop(make):
    parameters, predict = make(X)
    optimizer, y = ma.SGD(parameters, lr=0.1), np.array([[0.0, 1.0], [0.25, 0.5]])
    (scale,) = (p for p in parameters if p.label == "scale")
    with ma.record() as step:
        prediction = predict()
        loss = ((prediction - y) ** 2).mean() + 0.1 * (scale**2).sum()
        loss.backward()
        optimizer.step()
    scene = ma.draw(step, "module").scene
    (scaled,) = (box for box in scene.boxes if box.formula.endswith(" × scale"))
    assert not scaled.path
    assert not named(scene, "scale").path
    (inside,) = modules(scene, "loss")
    assert inside.formula == f"L = loss({scaled.name}, c₁, scale)"


def test_the_modules_of_a_loop_are_known():
    net = ma.Sequential(ma.Linear(3, 4, seed=0), ma.Tanh())
    with ma.record() as step:
        net(X).sum().backward()
    assert step.modules == {"": "Sequential", "0": "Linear", "1": "Tanh"}


@pytest.mark.parametrize("corruption", ["masking", "salt_and_pepper"])
@pytest.mark.parametrize("seed", [0, 3, 5, 7])
def test_as_many_are_masked_as_the_picture_says(corruption, seed):
    net = ma.DenoisingAutoencoder([4, 3, 4], corruption, 0.5, seed=seed)
    x, rng = np.array([1.0, 0.0, 1.0, 0.0]), copy.deepcopy(net.noise.rng)
    scene = drawn(net, x, "tensor")
    draws = rng.random(4)
    lost = draws < 0.5
    np.testing.assert_array_equal(named(scene, "mask").value, 1.0 - lost)
    words = [badge.words for box in scene.boxes for badge in box.badges if badge.name == "masked"]
    assert words == ([f"masked: {lost.sum()} of 4"] if lost.any() else [])
    made = x * ~lost + (draws < 0.25 if corruption == "salt_and_pepper" else 0.0)
    np.testing.assert_array_equal(named(scene, "x̃").value, made)


def test_noise_after_noise_is_drawn_in_the_order_of_the_calls():
    net = ma.Sequential(ma.MaskingNoise(0.5, seed=1), ma.GaussianNoise(0.25, seed=2), ma.Linear(3, 3, seed=0))
    scene = drawn(net, X, "tensor", loss="mse")
    mask = np.random.default_rng(1).random((2, 3)) >= 0.5
    noise = 0.25 * np.random.default_rng(2).standard_normal((2, 3))
    np.testing.assert_array_equal(named(scene, "mask").value, mask)
    np.testing.assert_array_equal(named(scene, "ε").value, noise)
    assert named(scene, "ε").formula == "ε ~ N(0, 0.25²)"
    assert named(scene, "x̃").formula == "x̃ = kept + ε"
    np.testing.assert_array_equal(named(scene, "x̃").value, X * mask + noise)


def test_the_noise_of_a_variational_autoencoder_is_said_to_be_drawn():
    scene = drawn(FAMILY["variational"]())
    assert named(scene, "ε").formula == "ε ~ N(0, 1)"
    assert any(box.formula.endswith(" × ε") for box in scene.boxes)
    assert not any(box.name.startswith("c") for box in scene.stage("forward"))


ROUNDED = {
    "floor(x)": np.floor,
    "ceil(x)": np.ceil,
    "sign(x)": np.sign,
    "round(x)": np.round,
    "[x > 0.5]": lambda x: x > 0.5,
    "[x ≤ −2.5]": lambda x: x <= -2.5,
}


@pytest.mark.parametrize("name", ROUNDED)
def test_what_was_rounded_or_compared_is_called_so(name):
    x = Value([1.5, -2.75, 0.25], label="x")
    with ma.record() as step:
        (x * ROUNDED[name](x)).sum().backward()
    scene = ma.draw(step).scene
    (product,) = (box for box in scene.boxes if box.formula.endswith(f" = x × {name}"))
    np.testing.assert_array_equal(product.value, x.data * ROUNDED[name](x.data))
    assert named(scene, name).words == "constant: no gradient flows through it"
    assert named(scene, "∇x").formula.endswith(f" · {name}")


def test_what_only_looks_like_something_rounded_is_not_called_so():
    x = Value([1.5, -2.75, 0.25], label="x")
    signs = np.array([1.0, -1.0, 1.0])
    with ma.record() as step:
        product = x * signs
        assert (np.sign(x) == signs).all()  # later
        np.round(x, 1)
        (product * np.round(x, decimals=1)).sum().backward()
    names = {box.name for box in ma.draw(step).scene.stage("forward")}
    assert {"c₁", "c₂"} <= names
    assert not any("sign" in name or "round" in name for name in names)
