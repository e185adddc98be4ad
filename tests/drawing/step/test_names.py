"""Names say what a thing is: no number, constant or node has its name by a coincidence, and no two have one name."""

from __future__ import annotations

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
