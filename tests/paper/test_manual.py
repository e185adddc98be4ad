"""The paper's formulas by hand, against the engine, a complex-step oracle, and with faults planted."""

import ast
import inspect
import itertools
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import microae as ma
from microae import paper
from microae.paper import manual
from tests.paper.networks import Network, assert_equal_gradients, complex_step, networks, rounding

LOSSES = {"binary_cross_entropy": ma.binary_cross_entropy, "mean_squared_error": ma.mean_squared_error}


def _rounding(network: Network):
    *allowed, crosses = _bounds(network)
    assume(not crosses)  # at a kink rounding decides which slope is taken
    return allowed


def _bounds(network: Network):
    zs, hs = paper.manual_forward(network.weights, network.biases, network.x, network.activations)
    return rounding(network, zs, hs)


def _fixed(seed: int = 0, loss: str = "binary_cross_entropy", reduction: str = "mean") -> Network:
    rng = np.random.default_rng(seed)
    widths = (3, 5, 4, 2)
    return Network(
        [rng.normal(size=shape) for shape in itertools.pairwise(widths)],
        [rng.normal(size=width) for width in widths[1:]],
        rng.normal(size=(6, 3)),
        rng.uniform(size=(6, 2)),
        ("leaky_relu", "tanh", "sigmoid"),
        loss,
        reduction,
    )


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(networks())
def test_manual_gradients_are_the_automatic_ones(network):
    allowed = _rounding(network)
    assert_equal_gradients(
        paper.manual_gradients(*network.arguments), paper.automatic_gradients(*network.arguments), allowed
    )


@settings(deadline=None, max_examples=60)
@given(networks(most_width=4, most_samples=3))
def test_manual_gradients_are_those_of_the_complex_step(network):
    allowed = _rounding(network)
    assert_equal_gradients(paper.manual_gradients(*network.arguments), complex_step(network), allowed)


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@given(networks(), st.sampled_from((0.01, 0.5, 3.0)))
def test_a_whole_update_step_is_the_optimisers(network, lr):
    allowed = _rounding(network)
    net = paper.sequential(network.weights, network.biases, network.activations)
    optimizer = ma.SGD(net.parameters(), lr=lr)
    LOSSES[network.loss](net(network.x), network.y, network.reduction).backward()
    optimizer.step()

    grads = paper.manual_gradients(*network.arguments)
    updated = paper.manual_update(network.weights, network.biases, *grads, lr)
    # The step, not only the sum of the step and a weight in which a wrong small step would not be seen.
    steps = [[n - o for n, o in zip(new, old, strict=True)] for new, old in zip(updated, _old(network), strict=True)]
    theirs = [[n - o for n, o in zip(new, old, strict=True)] for new, old in zip(_new(net), _old(network), strict=True)]
    eps = np.finfo(float).eps
    errors = [
        [lr * e + eps * (np.abs(old) + np.abs(lr * g)) for e, g, old in zip(es, gs, olds, strict=True)]
        for es, gs, olds in zip(allowed, grads, _old(network), strict=True)
    ]
    assert_equal_gradients(steps, theirs, errors)


def _old(network):
    return network.weights, network.biases


def _new(net):
    return paper.layers_of(net)


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@given(networks(), st.sampled_from((0.01, 0.5)))
def test_the_update_is_the_printed_formula(network, lr):
    grads = paper.manual_gradients(*network.arguments)
    for new, old, grad in zip(
        paper.manual_update(network.weights, network.biases, *grads, lr), _old(network), grads, strict=True
    ):
        for w, v, g in zip(new, old, grad, strict=True):
            assert (w == v - lr * g).all()


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(networks())
def test_printed_and_simplified_output_gradients_are_equal_where_finite(network):
    assume(network.loss == "binary_cross_entropy")
    allowed = _rounding(network)
    printed = paper.manual_gradients(*network.arguments, as_printed=True)
    finite = all(np.isfinite(g).all() for grads in printed for g in grads)
    a = paper.manual_forward(network.weights, network.biases, network.x, network.activations)[1][-1]
    assert finite == bool(((a > 0) & (a < 1)).all())
    if finite:
        assert_equal_gradients(printed, paper.manual_gradients(*network.arguments), allowed)


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(networks())
def test_the_unfused_automatic_chain_is_the_printed_product(network):
    """Cross-entropy of a probability that does not come straight from a sigmoid: δ, then σ'."""
    assume(network.loss == "binary_cross_entropy")
    allowed = _rounding(network)
    a = paper.manual_forward(network.weights, network.biases, network.x, network.activations)[1][-1]
    assume((a > 1e-3).all() and (a < 1 - 1e-3).all())
    net = paper.sequential(network.weights, network.biases, network.activations)
    ma.binary_cross_entropy(net(network.x) * 1.0, network.y, network.reduction).backward()
    grads = [p.grad for p in net.parameters()]
    slack = [[4 * e for e in es] for es in allowed]
    printed = paper.manual_gradients(*network.arguments, as_printed=True)
    assert_equal_gradients(printed, (grads[0::2], grads[1::2]), slack)


@settings(deadline=None, max_examples=60)
@given(networks())
def test_manual_loss_and_output_are_the_automatic_ones(network):
    net = paper.sequential(network.weights, network.biases, network.activations)
    out = net(network.x)
    _, hs = paper.manual_forward(network.weights, network.biases, network.x, network.activations)
    np.testing.assert_allclose(np.atleast_2d(out.data), hs[-1], rtol=1e-12, atol=1e-12)
    ours, theirs = (
        paper.manual_loss(*network.arguments),
        LOSSES[network.loss](out, network.y, network.reduction).item(),
    )
    a = hs[-1]
    if network.loss == "mean_squared_error" or (((a > 1e-4) & (a < 1 - 1e-4)).all()):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-11)


@settings(deadline=None, max_examples=50)
@given(networks())
def test_nothing_that_is_given_is_changed(network):
    before = [array.copy() for array in (*network.weights, *network.biases, network.x, network.y)]
    for array in (*network.weights, *network.biases, network.x, network.y):
        array.flags.writeable = False
    grads = paper.manual_gradients(*network.arguments)
    paper.manual_update(network.weights, network.biases, *grads, 0.1)
    after = (*network.weights, *network.biases, network.x, network.y)
    assert all((a == b).all() for a, b in zip(after, before, strict=True))


def test_saturated_outputs_have_a_gradient_in_the_simplified_form_only():
    W, b = [np.array([[1000.0]])], [np.zeros(1)]
    arguments = W, b, [1.0], [0.0], ["sigmoid"]
    assert paper.manual_gradients(*arguments)[1][0] == 1.0
    assert np.isnan(paper.manual_gradients(*arguments, as_printed=True)[1][0])


@pytest.mark.parametrize(
    ("x", "target", "loss"), [(1.0, 1.0, 0.0), (-1.0, 0.0, 0.0), (-1.0, 1.0, np.inf), (1.0, 0.0, np.inf)]
)
def test_the_loss_of_saturated_outputs(x, target, loss):
    """0 where they are right, infinite where they are wrong: never 0 · ∞."""
    assert paper.manual_loss([np.array([[1000.0]])], [np.zeros(1)], [x], [target], ["sigmoid"]) == loss


def test_the_formulas_import_nothing_of_the_engine():
    names = {
        name
        for node in ast.walk(ast.parse(inspect.getsource(manual)))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not [name for name in names if name.startswith("microae")]


@pytest.mark.parametrize("x", [0.0, -0.0])
def test_the_slope_at_a_kink_is_the_left_one(x):
    assert manual.ACTIVATIONS["leaky_relu"][1](np.array(x)) == 0.01
    assert manual.ACTIVATIONS["relu"][1](np.array(x)) == 0.0


def test_errors_say_what_is_wrong():
    W, b = paper.weights(), paper.biases()
    names = ["leaky_relu", "sigmoid"]
    with pytest.raises(ValueError, match="2 features, the first layer takes 3"):
        paper.manual_forward(W, b, [1, 0], names)
    with pytest.raises(ValueError, match="activation 'cube' is not known; use one of leaky_relu"):
        paper.manual_forward(W, b, [1, 0, 1], ["cube", "sigmoid"])
    with pytest.raises(ValueError, match="layer 0: weights of shape"):
        paper.manual_forward(W[::-1], b, [1, 0, 1], names)
    with pytest.raises(ValueError, match="layer 1: weights of shape"):
        paper.manual_forward([W[0], np.ones((5, 3))], b, [1, 0, 1], names)
    with pytest.raises(ValueError, match="got 2, 2 and 1"):
        paper.manual_forward(W, b, [1, 0, 1], ["sigmoid"])
    with pytest.raises(ValueError, match="the target"):
        paper.manual_gradients(W, b, [1, 0, 1], [1, 0], names)
    with pytest.raises(ValueError, match="loss 'hinge'"):
        paper.manual_gradients(W, b, [1, 0, 1], [1, 0, 1], names, "hinge")
    with pytest.raises(ValueError, match="reduction must be"):
        paper.manual_gradients(W, b, [1, 0, 1], [1, 0, 1], names, reduction="none")


# --- tests of the tests: each planted fault must be seen -------------------------------------------------------------


def _hidden(change):
    right = manual.hidden_gradient
    return mock.patch.object(manual, "hidden_gradient", lambda *given: change(right, *given))


def _parameters(change):
    right = manual.parameter_gradients
    return mock.patch.object(manual, "parameter_gradients", lambda h, nabla: change(*right(h, nabla), h, nabla))


def _one_small_element(grad, by):
    grad = grad.copy()
    grad.flat[np.abs(grad).argmin()] *= 1 + by
    return grad


FAULTS = {
    "σ' in a hidden layer": lambda: _hidden(lambda right, nabla, W, z, name: right(nabla, W, z, "sigmoid")),
    "no derivative in a hidden layer": lambda: _hidden(lambda right, nabla, W, z, name: right(nabla, W, z, "linear")),
    "a transposed matrix": lambda: _hidden(lambda right, nabla, W, z, name: right(nabla, W[::-1], z, name)),
    "the wrong sign": lambda: _hidden(lambda right, *given: -right(*given)),
    "a slope of 0.0100000001": lambda: mock.patch.dict(
        manual.ACTIVATIONS, leaky_relu=(manual.ACTIVATIONS["leaky_relu"][0], lambda z: np.where(z > 0, 1, 0.0100000001))
    ),
    "tanh' without its square": lambda: mock.patch.dict(
        manual.ACTIVATIONS, tanh=(np.tanh, lambda z: 1 - np.abs(np.tanh(z)))
    ),
    "the bias gradient averaged": lambda: _parameters(lambda W, b, h, nabla: (W, nabla.mean(axis=0))),
    "the bias gradient of one sample": lambda: _parameters(lambda W, b, h, nabla: (W, nabla[0])),
    "one small weight gradient off by 1e-10": lambda: _parameters(
        lambda W, b, h, nabla: (_one_small_element(W, 1e-10), b)
    ),
    "one small bias gradient off by 1e-10": lambda: _parameters(
        lambda W, b, h, nabla: (W, _one_small_element(b, 1e-10))
    ),
    "the squared error's gradient without its 2": lambda: mock.patch.dict(
        manual.LOSSES, mean_squared_error=(manual.LOSSES["mean_squared_error"][0], lambda a, y: a - y)
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("against", ["automatic", "complex step"])
def test_a_planted_fault_is_seen(fault, against):
    network = _fixed(loss="mean_squared_error" if "squared error" in fault else "binary_cross_entropy")
    expected = paper.automatic_gradients(*network.arguments) if against == "automatic" else complex_step(network)
    *allowed, crosses = _bounds(network)
    assert not crosses
    assert_equal_gradients(manual.manual_gradients(*network.arguments), expected, allowed)
    with FAULTS[fault](), pytest.raises(AssertionError, match="gradient of layer"):
        assert_equal_gradients(manual.manual_gradients(*network.arguments), expected, allowed)


@pytest.mark.parametrize("fault", ["lr twice", "added", "first layer left out"])
def test_a_planted_fault_in_the_update_is_seen(fault):
    network, lr = _fixed(), 0.01
    grads = paper.manual_gradients(*network.arguments)
    net = paper.sequential(network.weights, network.biases, network.activations)
    optimizer = ma.SGD(net.parameters(), lr=lr)
    ma.binary_cross_entropy(net(network.x), network.y).backward()
    optimizer.step()
    right = paper.manual_update(*_old(network), *grads, lr)
    wrong = {
        "lr twice": paper.manual_update(*_old(network), *grads, lr * (1 + 1e-9)),
        "added": paper.manual_update(*_old(network), *grads, -lr),
        "first layer left out": ([network.weights[0], *right[0][1:]], right[1]),
    }[fault]
    for updated, equal in ((right, True), (wrong, False)):
        same = [
            np.allclose(m, a, rtol=1e-14, atol=1e-14)
            for ours, theirs in zip(updated, paper.layers_of(net), strict=True)
            for m, a in zip(ours, theirs, strict=True)
        ]
        assert all(same) == equal or fault == "lr twice"
    steps = [w - v for w, v in zip(wrong[0], network.weights, strict=True)]
    theirs = [w - v for w, v in zip(paper.layers_of(net)[0], network.weights, strict=True)]
    assert not all(np.allclose(m, a, rtol=1e-10, atol=0) for m, a in zip(steps, theirs, strict=True))
