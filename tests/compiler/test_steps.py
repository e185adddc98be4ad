"""A compiled step does what the ordinary one does: same losses, parameters, gradients, states, from the same seeds."""

import gc

import numpy as np
import pytest

import microae as ma
from microae.compiler import CompileError, compile
from microae.compiler.tracer import Tracer

OPTIMIZERS = {
    "sgd": lambda p: ma.SGD(p, lr=0.1),
    "momentum": lambda p: ma.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda p: ma.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "adam": lambda p: ma.Adam(p, lr=0.01, weight_decay=0.01),
    "adamw": lambda p: ma.AdamW(p, lr=0.01, weight_decay=0.1),
}
NETWORKS = {
    "paper's": {},
    "noise": {"noise": 0.1},
    "dropout": {"dropout": 0.5},
    "sparsity": {"sparsity": 0.1},
    "tanh": {"activation": "tanh"},
    "mse": {"output": "linear"},
}


def train_step(net, optimizer):
    def step(x):
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        optimizer.step()
        return loss

    return step


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_thirty_steps_equal_ordinary_ones(optimizer, network, dtype):
    ordinary, compiled = (ma.Autoencoder([5, 4, 5], seed=0, dtype=dtype, **NETWORKS[network]) for _ in range(2))
    one, other = OPTIMIZERS[optimizer](ordinary.parameters()), OPTIMIZERS[optimizer](compiled.parameters())
    step, program = train_step(ordinary, one), compile(train_step(compiled, other))
    rng = np.random.default_rng(0)
    tolerance = {np.float64: 1e-12, np.float32: 1e-4}[dtype]
    for _ in range(30):
        x = rng.random((7, 5)).astype(dtype)
        assert program(x).data == pytest.approx(step(x).data, rel=tolerance)
        for p, q in zip(ordinary.parameters(), compiled.parameters(), strict=True):
            assert q._array.dtype == p._array.dtype
            assert q.data == pytest.approx(p.data, rel=tolerance, abs=tolerance)
            assert q.grad == pytest.approx(p.grad, rel=tolerance, abs=tolerance)
    assert one.steps == other.steps


def test_a_graph_that_escapes_has_no_backward():
    w = ma.Value([1.0, 2.0])
    total = compile(lambda x: (w * x).sum())
    with pytest.raises(RuntimeError, match="compiled"):
        total(np.ones(2)).backward()


def test_what_asks_for_numbers_is_refused_with_its_line_and_nothing_changes():
    net = ma.Autoencoder([3, 4, 3], seed=0)
    optimizer = ma.SGD(net.parameters(), lr=0.1)
    before = [p.numpy() for p in net.parameters()]

    def step(x):
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        optimizer.step()
        return loss.item()

    with pytest.raises(CompileError, match=r"test_steps.py:\d+ in step.*return it from the step"):
        compile(step)([1.0, 0.0, 1.0])
    for p, old in zip(net.parameters(), before, strict=True):
        assert np.array_equal(p.data, old)
        assert p.grad is None


def test_a_network_that_nobody_has_called_reconstructs():
    net = ma.Autoencoder([3, 4, 3], seed=0, dropout=0.5)
    found = compile(net.reconstruct)([1.0, 0.0, 1.0])
    assert found == pytest.approx(net.reconstruct([1.0, 0.0, 1.0]), rel=1e-15)
    assert all(module.training for module in net.modules())


def test_tracing_leaves_no_numbers_behind():
    """Its tracers go with it, without a search for garbage: of large batches each holds a large array."""
    net = ma.Autoencoder([3, 4, 3], seed=0)
    optimizer = ma.Adam(net.parameters())

    @ma.compile
    def step(x):
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        optimizer.step()
        return loss

    gc.collect()
    gc.disable()
    try:
        step.trace(np.ones((5, 3)))
        assert not any(type(thing) is Tracer for thing in gc.get_objects())
    finally:
        gc.enable()
