"""Names say what a thing is: no number, constant or node has its name by a coincidence, and no two have one name."""

from __future__ import annotations

import numpy as np
import pytest

import microae as ma
from tests.drawing.step.test_scene import by_name

ADAM = "W′ = W − η/(1 − β₁ᵗ) × m′(W) ÷ (√v′(W) ÷ √(1 − β₂ᵗ) + ε)"
ADAM_STATE = {"m′(W)": "m′(W) = β₁ × m(W) + (1 − β₁) × ", "v′(W)": "v′(W) = β₂ × v(W) + (1 − β₂) × "}


def updated(make, **options):
    """The formulas of the update of a weight, by name."""
    net = ma.Linear(3, 2, seed=0)
    step = ma.record_step(net, make(net.parameters(), **options), [1, 0, 1], [0, 1], loss="mse")
    return {box.name: box.formula for box in ma.draw(step).scene.stage("update")}


@pytest.mark.parametrize(
    ("lr", "others"),
    [
        (0.01, {}),
        (1e-4, {}),
        (0.1, {"eps": 0.1}),
        (0.1, {"betas": (0.9, 0.9)}),
        (0.01, {"weight_decay": 0.1}),
        (0.001, {"weight_decay": 0.001}),
    ],
)
def test_numbers_of_an_optimiser_are_named_by_what_they_are(lr, others):
    """η/(1 − β₁) is 0.1 for the usual lr = 0.01, as 1 − β₁ is."""
    formulas = updated(ma.Adam, lr=lr, **others)
    g = "(∇W + λ × W)" if "weight_decay" in others else "∇W"
    assert formulas["W′"] == ADAM
    assert formulas["m′(W)"] == ADAM_STATE["m′(W)"] + g
    assert formulas["v′(W)"] == ADAM_STATE["v′(W)"] + f"{g} × {g}"


def test_numbers_of_other_optimisers():
    decayed = ADAM.replace("W − ", "W − ηλ × W − ")
    assert updated(ma.AdamW, lr=0.01)["W′"] == updated(ma.AdamW, lr=0.1, weight_decay=0.1)["W′"] == decayed
    assert updated(ma.SGD, lr=0.9, momentum=0.9)["v′(W)"] == "v′(W) = μ × v(W) + ∇W"
    assert updated(ma.SGD, lr=0.1, weight_decay=0.1)["W′"] == "W′ = W − η(∇W + λ × W)"
    assert updated(ma.SGD, lr=0.5, momentum=0.5, weight_decay=0.5)["v′(W)"] == "v′(W) = μ × v(W) + ∇W + λ × W"


def test_numbers_are_named_in_single_precision():
    net = ma.Autoencoder([3, 2, 3], seed=0, dtype="float32")
    optimizers = ((ma.Adam(net.parameters(), lr=0.01), ADAM), (ma.SGD(net.parameters(), lr=0.1), "W′ = W − η∇W"))
    for optimizer, form in optimizers:
        boxes = by_name(ma.draw(ma.record_step(net, optimizer, [1, 0, 1])).scene)
        assert boxes["W⁽¹⁾′"].formula.replace("⁽¹⁾", "") == form


class Halving(ma.Optimizer):
    """Takes one half of the step, whatever its rate is."""

    replayable = True

    def update(self, p, g, state, lr, step):
        return p - 0.5 * (lr * g), state


class Once(ma.SGD):
    """Its update may not be run again."""

    def update(self, p, g, state, lr, step):
        return super().update(p, g, state, lr, step)


def test_a_number_in_the_code_is_not_the_learning_rate():
    assert updated(Halving, lr=0.5)["W′"] == "W′ = W − 0.5 × η∇W"


def test_a_number_that_may_be_two_of_an_optimisers_has_no_letter():
    assert updated(Once, lr=0.25, weight_decay=0.5)["W′"] == "W′ = W − η(∇W + λ × W)"
    assert updated(Once, lr=0.5, weight_decay=0.5)["W′"] == "W′ = W − 0.5 × (∇W + 0.5 × W)"


def test_an_update_keeps_its_number():
    """The optimiser goes on counting after the step was recorded."""
    net = ma.Linear(3, 2, seed=0)
    optimizer = ma.Adam(net.parameters(), lr=0.01)
    step = ma.record_step(net, optimizer, [1, 0, 1], [0, 1], loss="mse")
    ma.record_step(net, optimizer, [1, 0, 1], [0, 1], loss="mse")
    box = by_name(ma.draw(step).scene)["W′"]
    assert (box.formula, ", t = 1," in box.words) == (ADAM, True)


class Scaled(ma.Module):
    """Of its input and constants, which are not its input."""

    def __init__(self, make):
        self.make, self.w = make, ma.Value([1.0, 2.0, 3.0], label="w")

    def __call__(self, x):
        return self.make(self.w, np.asarray(x, np.float64))


def forward(make):
    step = ma.record_step(Scaled(make), "sgd", [1, 0.5, 2], loss="mse")
    return {box.name: box.formula for box in ma.draw(step).scene.stage("forward")}


def test_a_constant_is_not_the_input_because_it_has_its_shape():
    formulas = forward(lambda w, x: w * np.array([5.0, 5.0, 5.0]) + x)
    assert (formulas["v₁"], formulas["v₂"]) == ("v₁ = w × c₁", "v₂ = v₁ + x")
    formulas = forward(lambda w, x: w * np.array([5.0, 5.0, 5.0]) * np.array([1.0, 2.0, 3.0]))
    assert (formulas["v₁"], formulas["v₂"]) == ("v₁ = w × c₁", "v₂ = v₁ × c₂")
    assert forward(lambda w, x: w * (x / 2 - 1))["v₁"] == "v₁ = w × c₁"
    w = ma.Value(np.ones((2, 3)), label="w")
    assert [box.name for box in ma.draw(np.sum(w * np.full((2, 3), 2.0))).scene.boxes] == ["w", "c₁", "v₁", "v₂"]


class Shifted(ma.Module):
    """Of numbers that NumPy has made of its input."""

    def __init__(self):
        self.layer = ma.Linear(3, 2, seed=0)

    def __call__(self, x):
        return self.layer(np.asarray(x) / 2.0 - 1.0)


def test_what_a_network_is_given_is_not_the_input_with_noise_unless_there_is_noise():
    step = ma.record_step(Shifted(), "sgd", [1, 0, 1], [0, 1], loss="mse")
    assert by_name(ma.draw(step).scene)["z"].formula == "z = c₁ W + b"


NETS = {
    "variational": lambda: (ma.VariationalAutoencoder([3, 4, 2, 4, 3], seed=0), None),
    "contractive": lambda: (ma.ContractiveAutoencoder([3, 2, 3], seed=0), None),
    "silu": lambda: (ma.Sequential(ma.Linear(3, 2, seed=0), ma.nn.SiLU(), ma.Linear(2, 3, seed=1)), "mse"),
    "selu": lambda: (ma.Sequential(ma.Linear(3, 2, seed=0), ma.nn.SELU(), ma.Linear(2, 3, seed=1)), "mse"),
}


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("detail", ["tensor", "module", "scalar"])
def test_no_two_nodes_have_one_name(name, detail):
    net, loss = NETS[name]()
    boxes = ma.draw(ma.record_step(net, "sgd", [1, 0, 1], loss=loss), detail).scene.boxes
    names = [box.name for box in boxes if box.name]
    assert len(set(names)) == len(names)


def test_equal_labels_are_numbered():
    a, b = ma.Value(2.0, label="a"), ma.Value(3.0, label="a")
    boxes = by_name(ma.draw(a * b).scene)
    assert boxes["v₁"].formula == "v₁ = a × a₂"


def test_layers_side_by_side_are_told_apart():
    boxes = by_name(ma.draw(ma.record_step(NETS["variational"]()[0], "sgd", [1, 0, 1])).scene)
    assert boxes["z₂⁽²⁾"].formula == "z₂⁽²⁾ = h⁽¹⁾ W₂⁽²⁾ + b₂⁽²⁾"
    assert boxes["v₁"].formula == "v₁ = 0.5 × z₂⁽²⁾"
    assert boxes["∂L/∂h⁽¹⁾"].formula == "∂L/∂h⁽¹⁾ = ∂L/∂z₂⁽²⁾ · W₂⁽²⁾ᵀ + ∂L/∂z⁽²⁾ · W⁽²⁾ᵀ"


def test_an_activation_of_several_operations_is_called_h_once():
    net, loss = NETS["silu"]()
    boxes = by_name(ma.draw(ma.record_step(net, "sgd", [1, 0, 1], loss=loss)).scene)
    assert (boxes["v₁"].formula, boxes["h⁽¹⁾"].formula) == ("v₁ = σ(z⁽¹⁾)", "h⁽¹⁾ = z⁽¹⁾ × v₁")
    net, loss = NETS["contractive"]()
    boxes = by_name(ma.draw(ma.record_step(net, "sgd", [1, 0, 1])).scene)
    assert {name for name in boxes if name[0] == "h" and name[-1] != "′"} == {"h⁽¹⁾", "h₂⁽¹⁾"}
    assert boxes["h₂⁽¹⁾"].formula == "h₂⁽¹⁾ = σ(z₂⁽¹⁾)"


class Skip(ma.Module):
    """With a connection that skips the layers."""

    def __init__(self):
        self.first, self.second = ma.Linear(3, 4, seed=0), ma.Linear(4, 3, seed=1)

    def forward(self, x):
        return self.second(ma.relu(self.first(x))) + x


@pytest.mark.parametrize("x", [[[1.5, 0.0, -2.0], [0.25, 1.0, 1.0]], [1, 0, 1]], ids=["batch", "binary"])
@pytest.mark.parametrize("make", [list, np.array, lambda x: np.array(x, np.float32), ma.Value])
@pytest.mark.parametrize("detail", ["tensor", "module"])
def test_a_connection_that_skips_layers_comes_from_the_input(x, make, detail):
    x = make(x)
    scene = ma.draw(ma.record_step(Skip(), "sgd", x, np.full(np.shape(x), 0.5), loss="mse"), detail).scene
    boxes = by_name(scene)
    assert boxes["v₁"].formula == "v₁ = z⁽²⁾ + x"
    heads = [scene.boxes[edge.head].name for edge in scene.leaving[boxes["x"].number]]
    assert heads[:2] == ["z⁽¹⁾", "v₁"]
    assert not any(box.name.startswith("c") for box in scene.boxes)


def test_the_input_is_the_target_in_the_loss_only():
    boxes = by_name(ma.draw(ma.record_step(Skip(), "sgd", [1, 0, 1], loss="mse")).scene)
    assert (boxes["v₁"].formula, boxes["y"].formula, boxes["L"].formula) == (
        "v₁ = z⁽²⁾ + x",
        "y = x",
        "L = MSE(v₁, y)",
    )
    by_hand = ma.record_step(Skip(), "sgd", [1, 0, 1], loss=lambda a, y: ((a - y) ** 2).mean())
    boxes = by_name(ma.draw(by_hand).scene)
    assert (boxes["v₁"].formula, boxes["y"].formula, boxes["v₂"].formula) == ("v₁ = z⁽²⁾ + x", "y = x", "v₂ = v₁ − y")


def test_what_may_equal_the_input_by_chance_is_not_the_input_but_said_to_equal_it():
    boxes = by_name(ma.draw(ma.record_step(Skip(), "sgd", [1, 1, 1], loss="mse")).scene)
    assert (boxes["c₁"].formula, boxes["v₁"].formula) == ("c₁ = x", "v₁ = z⁽²⁾ + c₁")
    net, x = ma.Sequential(ma.Linear(3, 3, seed=0), ma.Dropout(0.5, seed=1)), [2.0, 2.0, 0.0]
    assert np.array_equal(ma.Dropout(0.5, seed=1)(np.ones(3)), x)  # the mask, scaled
    boxes = by_name(ma.draw(ma.record_step(net, "sgd", x, loss="mse")).scene)
    assert boxes["z̃"].formula == "z̃ = z × mask"
    assert not boxes["mask"].formula


def test_the_input_of_a_loop_is_known_where_it_comes_again():
    net, x = Skip(), np.array([[1.5, 0.0, -2.0]])
    with ma.record() as step:
        ((net(x) - 1.0) ** 2).sum().backward()
    boxes = by_name(ma.draw(step).scene)
    assert (boxes["c₁"].formula, boxes["v₁"].formula) == ("c₁ = x", "v₁ = z⁽²⁾ + c₁")


class Gated(ma.Module):
    """Each row goes into two layers."""

    def __init__(self):
        self.first, self.second = ma.Linear(2, 3, seed=0), ma.Linear(2, 3, seed=1)

    def forward(self, rows):
        return sum(ma.sigmoid(self.first(x)) * self.second(x) for x in rows)


def test_a_piece_of_the_input_is_one_node():
    scene = ma.draw(ma.record_step(Gated(), "sgd", [[1.0, 2.0], [3.0, 4.0]], np.zeros(3), loss="mse")).scene
    assert [box.name for box in scene.boxes if box.name.startswith("x")] == ["x[0]", "x[1]"]
    assert [len(scene.leaving[box.number]) for box in scene.boxes if box.name.startswith("x")] == [2, 2]
