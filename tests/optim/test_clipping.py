"""Clipped gradients, as PyTorch's ``clip_grad_norm_`` and ``clip_grad_value_`` define them."""

from __future__ import annotations

import numpy as np
import pytest

import microae as ma
from microae import Value

G = [np.array([[3.0, -4.0], [0.5, 1.0]]), np.array([2.0, -0.25, 0.0]), np.array(-1.5)]


def parameters(dtype=float):
    made = [Value(np.zeros_like(g, dtype)) for g in G]
    for p, g in zip(made, G, strict=True):
        p.grad = g
    return [*made, Value(1.0)]  # the last one has no gradient


def length(gradients, norm_type):
    flat = np.abs(np.concatenate([np.ravel(g) for g in gradients]))
    return flat.max() if norm_type == np.inf else (flat**norm_type).sum() ** (1 / norm_type)


@pytest.mark.parametrize("norm_type", [2, 1.0, 3.5, 0.5, np.inf])
@pytest.mark.parametrize("max_norm", [0.0, 0.5, 5.0, 1e3])
def test_all_gradients_are_scaled_by_one_number(norm_type, max_norm):
    ps = parameters()
    before = length(G, norm_type)
    assert ma.clip_grad_norm(ps, max_norm, norm_type) == pytest.approx(before, rel=1e-14)
    factor = min(1.0, max_norm / (before + 1e-6))
    for p, g in zip(ps, G, strict=False):
        np.testing.assert_allclose(p.grad, factor * g, rtol=1e-14)
    assert ps[-1].grad is None
    assert length([p.grad for p in ps[:-1]], norm_type) <= max(max_norm, 0) + 1e-12 or before <= max_norm


def test_each_element_is_limited():
    ps = parameters()
    kept = ps[0].grad
    assert ma.clip_grad_value(ps, 1.0) is None
    for p, g in zip(ps, G, strict=False):
        np.testing.assert_array_equal(p.grad, np.clip(g, -1.0, 1.0))
    assert kept.tolist() == G[0].tolist()  # a gradient is rebound, never changed in place
    assert isinstance(ps[2].grad, float)


def test_dtypes_one_parameter_and_none():
    ps = parameters(np.float32)
    assert type(ma.clip_grad_norm(ps, 1.0)) is float
    ma.clip_grad_value(ps, 0.1)
    assert [p.grad.dtype for p in ps[:2]] == [np.float32] * 2
    mixed = [parameters(np.float32)[0], parameters()[1]]
    ma.clip_grad_norm(mixed, 1.0)
    assert [p.grad.dtype for p in mixed] == [np.float32, np.float64]
    w = parameters()[0]
    assert ma.clip_grad_norm(w, 1.0) == pytest.approx(np.linalg.norm(G[0]))
    assert ma.clip_grad_norm(iter(parameters()), 1.0) > 1.0


def test_no_gradient_at_all_is_told():
    with pytest.warns(UserWarning, match=r"^clip_grad_norm: no parameter has a gradient") as told:
        assert ma.clip_grad_norm([Value(1.0)], 1.0) == 0.0
    assert told[0].filename == __file__
    with pytest.warns(UserWarning, match=r"^clip_grad_value: no parameter has a gradient"):
        ma.clip_grad_value([], 1.0)


def test_huge_gradients_do_not_overflow():
    w = Value([1.0, 1.0])
    w.grad = [3e300, 4e300]
    assert ma.clip_grad_norm([w], 10.0) == pytest.approx(5e300)
    np.testing.assert_allclose(w.grad, [6.0, 8.0])


def test_what_is_not_finite():
    w = Value([1.0, 1.0])
    w.grad = [np.inf, 1.0]
    with pytest.raises(FloatingPointError, match="the norm of the gradients is inf"):
        ma.clip_grad_norm([w], 1.0, error_if_nonfinite=True)
    assert w.grad.tolist() == [np.inf, 1.0]
    with np.errstate(invalid="ignore"):
        assert ma.clip_grad_norm([w], 1.0) == np.inf
    assert w.grad[1] == 0.0


@pytest.mark.parametrize("call", [
    lambda p: ma.clip_grad_norm(p, -1.0), lambda p: ma.clip_grad_norm(p, 1.0, 0), lambda p: ma.clip_grad_value(p, -1.0),
    lambda p: ma.clip_grad_norm(p, np.nan), lambda p: ma.clip_grad_value(p, np.nan),
])  # fmt: skip
def test_what_is_refused(call):
    with pytest.raises(ValueError, match=r"^clip_grad_(norm|value): "):
        call(parameters())


@pytest.mark.parametrize("clip", [ma.clip_grad_norm, ma.clip_grad_value])
def test_what_is_no_value_is_refused(clip):
    with pytest.raises(TypeError, match=r"^clip_grad_(norm|value): needs Values"):
        clip([np.ones(2)], 1.0)
    with pytest.raises(
        TypeError, match=r"^clip_grad_(norm|value): needs Values, such as net.parameters\(\), got Linear"
    ):
        clip(ma.Linear(2, 3), 1.0)


@pytest.mark.parametrize("clip", [lambda ps: ma.clip_grad_norm(ps, 0.5), lambda ps: ma.clip_grad_value(ps, 0.05)])
def test_a_compiled_step_clips(clip):
    data = np.random.default_rng(0).uniform(size=(6, 3))

    def trained(wrap):
        net = ma.Autoencoder([3, 2, 3], seed=0)
        optimizer = ma.SGD(net.parameters(), lr=1.0, momentum=0.5)

        def step(x):
            optimizer.zero_grad()
            loss = net.loss(x)
            loss.backward()
            clip(net.parameters())
            optimizer.step()
            return loss

        step = wrap(step)
        losses = [step(x).item() for x in data]
        return losses, [p.numpy() for p in net.parameters()]

    (losses, weights), (again, others) = trained(lambda step: step), trained(ma.compile)
    np.testing.assert_allclose(again, losses, rtol=1e-12)
    for w, other in zip(weights, others, strict=True):
        np.testing.assert_allclose(other, w, rtol=1e-12)


@pytest.mark.parametrize("norm_type", [1, 2, 3, np.inf])
def test_gradients_whose_norm_is_no_float32_keep_their_direction(norm_type):
    whole = length([np.array([3.0, -3.0, 1.5])], norm_type)
    for max_norm in (1e-6, 1.0):
        ps = [Value(np.zeros(2, np.float32)), Value(np.zeros(1, np.float32))]
        ps[0].grad, ps[1].grad = np.array([3e38, -3e38], np.float32), np.array([1.5e38], np.float32)
        assert ma.clip_grad_norm(ps, max_norm, norm_type) == pytest.approx(whole * 1e38, rel=1e-6)
        for p, g in zip(ps, ([3.0, -3.0], [1.5]), strict=True):
            assert p.grad.dtype == np.float32
            np.testing.assert_allclose(p.grad, np.array(g) * max_norm / whole, rtol=1e-6)
