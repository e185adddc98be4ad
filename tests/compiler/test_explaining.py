"""What ``explain()`` says of a program's lines: among it the name of the node in the drawing of the same step."""

from __future__ import annotations

import numpy as np
import pytest

import microae as ma
from microae.drawing.step.building import scene
from microae.drawing.step.skeleton import of_step

NETWORKS = {
    "the paper's": lambda: ma.Autoencoder([3, 4, 3], seed=0),
    "deep": lambda: ma.Autoencoder([3, 4, 2, 4, 3], "tanh", seed=0, output="linear"),
    "another output": lambda: ma.Autoencoder([3, 4, 3], "relu", seed=0, output="tanh"),
    "random": lambda: ma.Autoencoder([3, 4, 3], seed=0, noise=0.1, dropout=0.5, sparsity=0.1),
    "contractive": lambda: ma.ContractiveAutoencoder([3, 2, 3], seed=0),
}
NO_CHAINS = {
    "tied": lambda: ma.Autoencoder([3, 4, 3], seed=0, tied=True),
    "variational": lambda: ma.VariationalAutoencoder([3, 4, 2, 4, 3], "tanh", seed=0),
}
X = np.random.default_rng(0).random((6, 3))


def usual_step(net, optimizer):
    @ma.compile
    def step(x):
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        optimizer.step()
        return loss

    return step


def drawn_and_said(net):
    """The names in the drawing, and those that explain() says, by the lines."""
    optimizer = ma.SGD(net.parameters(), lr=0.01)
    drawn = {box.name for box in scene(of_step(ma.record_step(net, optimizer, x=X))).boxes}

    explained = usual_step(net, optimizer).trace(X).explain()
    return drawn, {row[2].partition(" = ")[0]: row[4] for row in explained.rows if row[4]}, explained


@pytest.mark.parametrize("network", NETWORKS)
def test_lines_are_drawn_under_the_names_that_they_say(network):
    net = NETWORKS[network]()
    drawn, said, _ = drawn_and_said(net)
    assert set(said.values()) <= drawn
    layers = sum(name.endswith("weight") for name, _ in net.named_parameters())
    for n in range(1, layers + 1):
        number = f"⁽{'⁰¹²³⁴'[n]}⁾"
        assert (said[f"z{n}"], said[f"d_z{n}"]) == (f"z{number}", f"∂L/∂z{number}")
        assert (said[f"d_W{n}"], said[f"W{n}"], said[f"b{n}"]) == (f"∇W{number}", f"W{number}′", f"b{number}′")
    assert said["loss"] == "L"


@pytest.mark.parametrize("network", NO_CHAINS)
def test_of_other_networks_no_name_is_said_that_may_be_another_nodes(network):
    drawn, said, _ = drawn_and_said(NO_CHAINS[network]())
    assert set(said.values()) <= drawn


def test_the_names_stand_in_the_table_and_in_a_notebook():
    _, _, explained = drawn_and_said(NETWORKS["the paper's"]())
    assert "drawn as" in str(explained).splitlines()[0]
    assert "∂L/∂z⁽²⁾" in str(explained)
    assert "<td style='text-align:left'>∇W⁽¹⁾</td>" in explained._repr_html_()


STEPS = {
    "W ← W − η ∂L/∂W": lambda p: ma.SGD(p, lr=0.1),
    "W ← W − η (∂L/∂W + λ W)": lambda p: ma.SGD(p, lr=0.1, weight_decay=0.01),
    "W ← W − η v": lambda p: ma.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
    "W ← W − η (∂L/∂W + μ v)": lambda p: ma.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "W ← W − η v̂ / (√ŝ + ε), v̂ = v/(1 − β₁ᵗ), ŝ = s/(1 − β₂ᵗ)": lambda p: ma.Adam(p),
    "W ← W − η λ W − η v̂ / (√ŝ + ε), v̂ = v/(1 − β₁ᵗ), ŝ = s/(1 − β₂ᵗ)": lambda p: ma.AdamW(p),
    "": lambda p: HalfSteps(p, lr=0.1),
}


class HalfSteps(ma.optim.Optimizer):
    """Of which no formula is known."""

    replayable = True

    def init_state(self, p):
        return ()

    def update(self, p, g, state, lr, step):
        return p - 0.5 * lr * g, state


@pytest.mark.parametrize("formula", STEPS)
def test_an_update_has_the_formula_of_its_optimiser_or_none(formula):
    net = ma.Autoencoder([3, 2, 3], seed=0)
    optimizer = STEPS[formula](net.parameters())

    said = {row[2].partition(" = ")[0]: row[5] for row in usual_step(net, optimizer).trace(X).explain().rows}
    assert (said["W1"], said["b2"]) == (formula, formula.replace("W", "b"))


CHANGED = {
    "clipped by their norm": lambda net: ma.optim.clip_grad_norm(net.parameters(), 0.1),
    "clipped by value": lambda net: ma.optim.clip_grad_value(net.parameters(), 0.1),
    "decayed": lambda net: [setattr(p, "grad", p.grad + 0.01 * p.data) for p in net.parameters()],
}


@pytest.mark.parametrize("how", CHANGED)
def test_of_gradients_that_were_changed_no_formula_and_no_node_is_said(how):
    net = ma.Autoencoder([3, 2, 3], seed=0)
    optimizer = ma.SGD(net.parameters(), lr=0.1)

    def step(x):
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        CHANGED[how](net)
        optimizer.step()
        return loss

    said = {row[2].partition(" = ")[0]: row[4:] for row in ma.compile(step).trace(X).explain().rows}
    assert [said[name] for name in ("d_W1", "d_b1", "d_W2", "d_b2")] == [("", "")] * 4
    assert said["d_z1"] == ("∂L/∂z⁽¹⁾", "δ = ∂L/∂z")


def test_of_a_penalised_weight_the_gradient_is_not_that_of_the_layer_alone():
    net = ma.Autoencoder([3, 2, 3], seed=0)
    optimizer = ma.SGD(net.parameters(), lr=0.1)
    weight = dict(net.named_parameters())["encoder.0.weight"]

    def step(x):
        optimizer.zero_grad()
        loss = net.loss(x) + 0.01 * (weight**2).sum()
        loss.backward()
        optimizer.step()
        return loss

    said = {row[2].partition(" = ")[0]: row[5] for row in ma.compile(step).trace(X).explain().rows}
    assert (said["d_W1"], said["d_W2"]) == ("", "∂L/∂W = hᵀ δ")
