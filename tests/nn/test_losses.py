"""Losses against their formulas in high precision, at extreme logits too; reductions, dtypes, refusals."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import microae as ma
from microae import Value, gradients

REDUCTIONS = ["mean", "sum", "none"]
extreme = st.floats(-1000, 1000) | st.sampled_from([-1000.0, 1000.0, -745.2, 745.2, -37.5, 37.5, 0.0, 1e-300])
fractions = st.floats(0, 1) | st.sampled_from([0.0, 1.0])


@st.composite
def logits_and_targets(draw, logits=extreme):
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=2, max_side=4))
    return draw(hnp.arrays(float, shape, elements=logits)), draw(hnp.arrays(float, shape, elements=fractions))


def reduced(losses, reduction):
    return {"none": losses, "sum": np.sum(losses), "mean": np.mean(losses)}[reduction]


def exactly(f, *arrays):
    """``f`` of mpmath numbers, element by element, in 60 digits."""
    with mpmath.workdps(60):
        arrays = [np.asarray(a) for a in arrays]
        flat = [float(f(*(mpmath.mpf(float(x)) for x in xs))) for xs in zip(*(a.flat for a in arrays), strict=True)]
    return np.array(flat).reshape(arrays[0].shape)


def sigma(z):
    return 1 / (1 + mpmath.exp(-z))


def bce(z, y):  # -y ln σ(z) - (1 - y) ln σ(-z), of which neither part cancels
    return y * mpmath.log1p(mpmath.exp(-z)) + (1 - y) * mpmath.log1p(mpmath.exp(z))


# --- binary cross-entropy ---


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [float, np.float32])
@given(st.data())
@settings(deadline=None, max_examples=40)
def test_many_elements_are_like_few(dtype, data):
    """Rows choose other calls for more than 64 elements; the numbers must not show it."""
    z = data.draw(hnp.arrays(float, (90,), elements=extreme)).astype(dtype)
    y = data.draw(hnp.arrays(float, (90,), elements=fractions)).astype(dtype)

    def results(z, y):
        v = Value(z)
        logistic = ma.binary_cross_entropy_with_logits(v, y, "none")
        outs = logistic, ma.sigmoid(v), ma.softplus(v), ma.leaky_relu(v), ma.leaky_relu(v, negative_slope=0.3)
        return [r for out in outs for r in (out.data, gradients(out, [v], gradient=np.ones_like(z))[0])]

    few = [np.concatenate(parts) for parts in zip(results(z[:45], y[:45]), results(z[45:], y[45:]), strict=True)]
    for many, together in zip(results(z, y), few, strict=True):
        assert many.dtype == together.dtype == dtype
        np.testing.assert_allclose(many, together, rtol=8 * np.finfo(dtype).eps, atol=8 * np.finfo(dtype).tiny)


VIA = {
    "logits": ma.binary_cross_entropy_with_logits,
    "sigmoid": lambda z, y, reduction: ma.binary_cross_entropy(ma.sigmoid(z), y, reduction),
}


@pytest.mark.slow
@pytest.mark.parametrize("loss", VIA.values(), ids=VIA)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@given(logits_and_targets())
@settings(deadline=None, max_examples=40)
def test_bce_is_finite_and_exact_for_any_logit(loss, reduction, drawn):
    z, y = drawn
    v = Value(z)
    out = loss(v, y, reduction=reduction)
    assert np.isfinite(out.data).all()
    losses = exactly(bce, z, y)
    # Hard targets to the last digits however small the loss; between them y z is rounded before it is taken off.
    error = 1e-14 * losses + 4e-16 * np.abs(z) * ((y > 0) & (y < 1))
    assert (np.abs(out.data - reduced(losses, reduction)) <= reduced(error, reduction) + 1e-300).all()
    slope = exactly(lambda z, y: sigma(z) - y, z, y)
    size = z.size if reduction == "mean" else 1
    # σ(z) - y, to within the roundings of a σ(z) near 1: two units in the last place of numbers below 1.
    np.testing.assert_allclose(gradients(out.sum(), [v])[0], slope / size, rtol=1e-12, atol=2.3e-16 / size)


@pytest.mark.parametrize("loss", VIA.values(), ids=VIA)
@given(logits_and_targets(st.floats(-30, 30)))
@settings(deadline=None, max_examples=30)
def test_bces_second_derivative_and_the_targets_gradient(loss, drawn):
    z, y = drawn
    v, t = Value(z), Value(y)
    (slope,) = gradients(loss(v, t, reduction="sum"), [v], record=True)
    second, mixed = gradients(slope.sum(), [v, t])
    np.testing.assert_allclose(second, exactly(lambda z: sigma(z) * (1 - sigma(z)), z), rtol=1e-10, atol=1e-15)
    np.testing.assert_array_equal(mixed, np.full(y.shape, -1.0))
    np.testing.assert_array_equal(gradients(loss(v, t, reduction="sum"), [t])[0], -z)


def naive(p, y):
    return -y * (mpmath.log(p) if y else 0) - (1 - y) * (mpmath.log(1 - p) if y != 1 else 0)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@given(logits_and_targets(st.floats(1e-6, 1 - 1e-6)))
@settings(deadline=None, max_examples=40)
def test_bce_from_probabilities(reduction, drawn):
    p, y = drawn
    v = Value(p)
    out = ma.binary_cross_entropy(v, y, reduction)
    np.testing.assert_allclose(out.data, reduced(exactly(naive, p, y), reduction), rtol=1e-9, atol=1e-15)
    slope = exactly(lambda p, y: (p - y) / (p * (1 - p)), p, y) / (p.size if reduction == "mean" else 1)
    np.testing.assert_allclose(gradients(out.sum(), [v])[0], slope, rtol=1e-9, atol=1e-9)


@given(logits_and_targets(st.floats(-10, 10)))
@settings(deadline=None, max_examples=40)
def test_bce_through_a_sigmoid_is_bce_from_its_probabilities(drawn):
    z, y = drawn
    v, w = Value(z), Value(z)
    fused, plain = (ma.binary_cross_entropy(p, y, "sum") for p in (ma.sigmoid(v), ma.sigmoid(w) + 0.0))
    assert fused.operation is not plain.operation
    np.testing.assert_allclose(fused.data, plain.data, rtol=1e-10, atol=1e-12)
    for _ in range(2):  # first and second derivative
        (fused,), (plain,) = (gradients(out.sum(), [x], record=True) for out, x in ((fused, v), (plain, w)))
        np.testing.assert_allclose(fused.data, plain.data, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_gradient_by_the_prediction_itself_also_through_a_sigmoid(reduction):
    z, y = Value([0.3, -1.0, 2.0]), np.array([1.0, 0.0, 0.25])
    p = ma.sigmoid(z)
    loss = ma.binary_cross_entropy(p, y, reduction)
    by_hand = (p.data - y) / (p.data * (1 - p.data)) / (3 if reduction == "mean" else 1)
    np.testing.assert_allclose(gradients(loss, [p])[0], by_hand, rtol=1e-14)
    dp, dz = gradients(loss, [p, z])
    np.testing.assert_allclose(dp, by_hand, rtol=1e-14)
    np.testing.assert_allclose(dz, by_hand * p.data * (1 - p.data), rtol=1e-14)
    np.testing.assert_allclose(gradients(loss, [p], record=True)[0].data, by_hand, rtol=1e-14)
    more = loss + (p * p).sum()  # the prediction used elsewhere too
    np.testing.assert_allclose(gradients(more, [p])[0], by_hand + 2 * p.data, rtol=1e-14)
    np.testing.assert_allclose(gradients(more, [z, p])[0], (by_hand + 2 * p.data) * p.data * (1 - p.data), rtol=1e-14)
    np.testing.assert_allclose(gradients(more, [z])[0], (by_hand + 2 * p.data) * p.data * (1 - p.data), rtol=1e-14)


def test_a_logit_rebound_between_sigmoid_and_loss_does_not_matter():
    z = Value([0.3, -1.0])
    p = ma.sigmoid(z)
    expected = ma.binary_cross_entropy(p, [1.0, 0.0])
    slope = gradients(expected, [z])[0]
    z.data = [5.0, 5.0]
    loss = ma.binary_cross_entropy(p, [1.0, 0.0])
    assert loss.item() == pytest.approx(expected.item(), rel=1e-14)
    np.testing.assert_allclose(gradients(loss, [z])[0], slope, rtol=1e-14)


def test_certain_predictions():
    p = Value([0.0, 1.0])
    loss = ma.binary_cross_entropy(p, [0.0, 1.0], "sum")
    assert loss.item() == 0.0
    assert gradients(loss, [p])[0].tolist() == [1.0, -1.0]
    assert ma.binary_cross_entropy(p, [1.0, 1.0], "none").data.tolist() == [np.inf, 0.0]


# --- mean squared error ---


@pytest.mark.parametrize("reduction", REDUCTIONS)
@given(logits_and_targets(st.floats(-100, 100)))
@settings(deadline=None, max_examples=40)
def test_mse(reduction, drawn):
    x, y = drawn
    v, t = Value(x), Value(y)
    out = ma.mean_squared_error(v, t, reduction)
    np.testing.assert_allclose(out.data, reduced((x - y) ** 2, reduction), rtol=1e-14)
    slope = 2 * (x - y) / (x.size if reduction == "mean" else 1)
    dx, dy = gradients(out.sum(), [v, t], record=True)
    np.testing.assert_allclose(dx.data, slope, rtol=1e-13)
    np.testing.assert_allclose(dy.data, -slope, rtol=1e-13)
    second = gradients(dx.sum(), [v])[0]
    np.testing.assert_allclose(second, np.full(x.shape, 2 / (x.size if reduction == "mean" else 1)), rtol=1e-14)
    assert ma.mse_loss is ma.mean_squared_error


def test_an_overflowing_loss_is_infinite():
    with np.errstate(over="ignore"):
        assert ma.mean_squared_error(Value([1e154, 1.2e154]), [0, 0], "sum").item() == np.inf


# --- cross-entropy over classes ---


@pytest.mark.slow
@pytest.mark.parametrize("reduction", REDUCTIONS)
@given(st.data())
@settings(deadline=None, max_examples=40)
def test_cross_entropy_with_classes_and_with_probabilities(reduction, data):
    samples, classes = data.draw(st.sampled_from([(), (1,), (3,), (2, 2)])), data.draw(st.integers(1, 4))
    z = data.draw(hnp.arrays(float, (*samples, classes), elements=extreme))
    index = data.draw(hnp.arrays(int, samples, elements=st.integers(0, classes - 1)))
    weights = data.draw(hnp.arrays(float, z.shape, elements=st.floats(0.1, 1.0)))
    for target, q in ((index, np.eye(classes)[index]), (weights / weights.sum(-1, keepdims=True),) * 2):
        v = Value(z)
        out = ma.cross_entropy(v, target, reduction)
        losses, slope = np.zeros(samples), np.zeros(z.shape)
        with mpmath.workdps(60):
            for i in np.ndindex(samples):
                row = [mpmath.mpf(float(t)) for t in z[i]]
                total = mpmath.fsum(mpmath.exp(t) for t in row)
                losses[i] = float(
                    sum(mpmath.mpf(float(w)) * (mpmath.log(total) - t) for w, t in zip(q[i], row, strict=True))
                )
                weight = sum(mpmath.mpf(float(w)) for w in q[i])
                slope[i] = [float(weight * mpmath.exp(t) / total - w) for w, t in zip(q[i], row, strict=True)]
        np.testing.assert_allclose(out.data, reduced(losses, reduction), rtol=1e-12, atol=1e-12)
        size = max(losses.size, 1) if reduction == "mean" else 1
        np.testing.assert_allclose(gradients(out.sum(), [v])[0], slope / size, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("dtype", [float, np.float32])
@pytest.mark.parametrize("filler", [0, 100])  # more elements take another way
def test_infinite_logits_lose_nothing_where_they_are_right(dtype, filler):
    z = np.array([np.inf, -np.inf, np.inf, -np.inf, np.inf, 2.0] + [0.0] * filler, dtype)
    y = np.array([1.0, 0.0, 0.0, 1.0, 0.5, 1.0] + [0.5] * filler, dtype)
    expected = [0.0, 0.0, np.inf, np.inf, np.inf, np.log1p(np.exp(-2.0))] + [np.log(2.0)] * filler
    v = Value(z)
    for loss in (ma.binary_cross_entropy_with_logits(v, y, "none"), ma.binary_cross_entropy(ma.sigmoid(v), y, "none")):
        np.testing.assert_allclose(loss.data, expected, rtol=1e-6)
        slope = [0.0, 0.0, 1.0, -1.0, 0.5, -1.0 / (1.0 + np.exp(2.0))] + [0.0] * filler
        np.testing.assert_allclose(gradients(loss.sum(), [v])[0], slope, rtol=1e-6, atol=1e-37)
    assert ma.binary_cross_entropy_with_logits(Value(z[:2]), y[:2]).item() == 0.0


def test_cross_entropy_by_hand():
    logits, target = np.array([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]]), np.array([[0.25, 0.5, 0.25], [0.0, 1.0, 0.0]])
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    losses = [-(target[i] * logs[i]).sum() for i in range(2)]
    for given_target, expected in ((target, losses), (np.array([2, 0]), [-logs[0, 2], -logs[1, 0]])):
        for reduction in REDUCTIONS:
            found = ma.cross_entropy(Value(logits), given_target, reduction).data
            np.testing.assert_allclose(found, reduced(np.array(expected), reduction), rtol=1e-14)


def test_cross_entropy_of_two_classes_is_binary():
    z, y = np.array([2.0, -1.0, 0.5]), np.array([1, 0, 1])
    binary = ma.binary_cross_entropy_with_logits(Value(z), y)
    classes = ma.cross_entropy(Value(np.stack([np.zeros(3), z], axis=1)), y)
    assert classes.item() == pytest.approx(binary.item(), rel=1e-14)


@pytest.mark.parametrize(
    ("logits", "target", "words"),
    [
        (np.zeros((2, 3)), [0, 3], r"must lie in 0\.\.2, they span 0\.\.3"),
        (np.zeros((2, 3)), [-1, 0], r"must lie in 0\.\.2, they span -1\.\.0"),
        (
            np.zeros((2, 3)),
            [0.0, 1.0],
            r"integer classes of shape \(2,\) or probabilities of shape \(2, 3\); got float64",
        ),
        (np.zeros((2, 3)), [0, 1, 2], r"got int64 of shape \(3,\)"),
        (np.zeros((2, 2)), [[0.5, 0.5], [1.5, -0.5]], r"target must lie in \[0, 1\], it spans \[-0\.5, 1\.5\]"),
        (np.zeros((2, 2)), [[0.5, 0.5], [1.0, np.nan]], r"target must lie in \[0, 1\], it has NaN"),
    ],
)
def test_cross_entropy_refuses(logits, target, words):
    with pytest.raises(ValueError, match=words):
        ma.cross_entropy(Value(logits), target)


# --- all of them ---

LOSSES = {
    "mse": ma.mean_squared_error,
    "bce": ma.binary_cross_entropy,
    "logits": ma.binary_cross_entropy_with_logits,
    "sigmoid": lambda z, y, *reduction: ma.binary_cross_entropy(ma.sigmoid(z), y, *reduction),
    "classes": lambda z, y, *reduction: ma.cross_entropy(z, y, *reduction),
}
BINARY = [name for name in LOSSES if name not in ("mse", "classes")]


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("target", [[0, 1, 1], [0.0, 1.0, 0.5], np.array([0, 1, 1]), np.array([False, True, True])])
def test_float32_is_kept_also_with_lists_and_whole_numbers(loss, reduction, target):
    v = Value(np.array([0.25, 0.5, 0.75], np.float32))
    out = loss(v, target, reduction)
    assert out.dtype == np.float32
    assert gradients(out.sum(), [v])[0].dtype == np.float32
    wide = loss(Value(v.numpy().astype(float)), target, reduction)
    np.testing.assert_allclose(out.data, wide.data, rtol=1e-5)


@pytest.mark.parametrize("loss", [ma.mean_squared_error, ma.binary_cross_entropy, ma.cross_entropy])
def test_a_target_in_double_precision_is_not_rounded_to_a_prediction_in_single(loss):
    target = np.array([0.1, 0.2, 0.7])
    out = loss(Value(np.array([0.25, 0.5, 0.25], np.float32)), target, "sum")
    assert out.dtype == np.float64
    np.testing.assert_allclose(out.data, loss(Value([0.25, 0.5, 0.25]), target, "sum").data, rtol=1e-6)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_the_reduction_is_checked_and_mean_is_the_default(loss):
    v, y = Value([0.25, 0.5]), [0.0, 1.0]
    with pytest.raises(ValueError, match="must be 'mean', 'sum' or 'none', got 'average'"):
        loss(v, y, "average")
    assert loss(v, y).item() == loss(v, y, "mean").item()


@pytest.mark.parametrize("loss", [LOSSES[name] for name in LOSSES if name != "classes"])
@pytest.mark.parametrize("shape", [(3,), (2, 1), (1, 2), (), (2, 2)])
def test_shapes_must_be_equal(loss, shape):
    with pytest.raises(ValueError, match=r"the prediction has shape \(2,\), the target .*must be equal"):
        loss(Value([0.25, 0.5]), np.zeros(shape))


@pytest.mark.parametrize("loss", [LOSSES[name] for name in BINARY])
@pytest.mark.parametrize("size", [2, 200])
@pytest.mark.parametrize("bad", [-0.001, 1.001, np.nan, np.inf])
def test_targets_outside_the_unit_interval_are_refused(loss, size, bad):
    target = np.full(size, 0.5)
    target[-1] = bad
    for given_target in (target, Value(target), target.tolist()):
        with pytest.raises(ValueError, match=r"the target must lie in \[0, 1\]"):
            loss(Value(np.full(size, 0.5)), given_target)


@pytest.mark.parametrize("dtype", [float, np.float32])
@pytest.mark.parametrize("size", [2, 200])
def test_targets_at_the_ends_of_the_unit_interval_are_taken(size, dtype):
    target = np.full(size, 0.5, dtype)
    target[-1] = 1.0
    target[1] = np.nextafter(dtype(1), dtype(2))
    with pytest.raises(ValueError, match=r"the target must lie in \[0, 1\]"):
        ma.binary_cross_entropy_with_logits(Value(np.zeros(size, dtype)), target)
    target[0], target[1] = -0.0, 1.0
    logits = Value(np.zeros(size, dtype))
    assert ma.binary_cross_entropy_with_logits(logits, target).item() == pytest.approx(np.log(2), rel=1e-6)
    target[-1] = np.nextafter(target[-1], dtype(2))
    with pytest.raises(ValueError, match=r"the target must lie in \[0, 1\]"):
        ma.binary_cross_entropy_with_logits(logits, target)


@pytest.mark.parametrize("bad", [-0.001, 1.001, np.nan])
def test_probabilities_outside_the_unit_interval_are_refused(bad):
    with pytest.raises(ValueError, match=r"the prediction must lie in \[0, 1\]"):
        ma.binary_cross_entropy(Value([0.5, bad]), [0.0, 1.0])


@pytest.mark.parametrize("loss", [LOSSES[name] for name in LOSSES if name != "classes"])
def test_targets_that_are_no_numbers_are_refused(loss):
    for bad, error in (([1j, 0.0], TypeError), (["a", "b"], TypeError), ([[0.0], [0.0, 1.0]], ValueError)):
        with pytest.raises(error, match="target"):
            loss(Value([0.25, 0.5]), bad)


@pytest.mark.parametrize("loss", [LOSSES[name] for name in LOSSES if name != "classes"])
def test_no_elements(loss):
    empty = Value(np.zeros((0, 3)))
    assert loss(empty, np.zeros((0, 3)), "sum").item() == 0.0
    assert loss(empty, np.zeros((0, 3)), "none").shape == (0, 3)
    with pytest.raises(ValueError, match="the mean over no elements"):
        loss(empty, np.zeros((0, 3)))


@pytest.mark.parametrize("loss", [LOSSES[name] for name in LOSSES if name != "classes"])
def test_plain_arrays_give_plain_numbers(loss):
    x, y = np.array([0.25, 0.5]), np.array([0.0, 1.0])
    assert not isinstance(loss(x, y), Value)
    assert float(loss(x, y)) == loss(Value(x), y).item()
    assert float(loss([0.25, 0.5], [0, 1])) == loss(Value(x), y).item()


def test_a_loss_that_takes_something_else_is_refused_with_what_it_takes():
    from microae.nn.losses import given_loss

    with pytest.raises(TypeError, match=r"of prediction and target.*sigmoid_cross_entropy takes z, p"):
        given_loss("fit", ma.sigmoid_cross_entropy)
    with pytest.raises(TypeError, match=r"<lambda> takes prediction$"):
        given_loss("fit", lambda prediction: prediction)
    for loss in (ma.mse_loss, lambda prediction, target, scale=1.0: scale, lambda *both: both, max):
        assert given_loss("fit", loss) is loss
