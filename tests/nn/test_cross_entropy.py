"""Cross-entropy with class weights, targets that are ignored and smoothed labels, as PyTorch defines them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import microae as ma
from microae import Value, gradients
from microae.testing import check_gradients

LOGITS = np.array([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0], [0.3, 0.2, -0.4], [2.0, -2.0, 0.1]])
CLASSES = np.array([2, 0, 1, 1])
WEIGHT = np.array([0.5, 2.0, 0.0])
SOFT = np.array([[0.25, 0.5, 0.25], [0.0, 1.0, 0.0], [0.1, 0.1, 0.8], [1.0, 0.0, 0.0]])


def by_hand(target, weight=(1.0, 1.0, 1.0), ignore=-100, smoothing=0.0):
    """Each loss, and what each counts in a mean: PyTorch's documentation, in loops."""
    losses, counts = [], []
    for z, y in zip(LOGITS, target, strict=True):
        logs = [t - np.log(np.sum(np.exp(z))) for t in z]
        if np.ndim(y):
            q = [(1 - smoothing) * p + smoothing / 3 for p in y]
            losses.append(-sum(w * p * t for w, p, t in zip(weight, q, logs, strict=True)))
            counts.append(1.0)
        elif y == ignore:
            losses.append(0.0)
            counts.append(0.0)
        else:
            uniform = -sum(w * t for w, t in zip(weight, logs, strict=True)) / 3
            losses.append((1 - smoothing) * -weight[y] * logs[y] + smoothing * uniform)
            counts.append(weight[y])
    return np.array(losses), np.array(counts)


OPTIONS = [
    {"weight": weight, "label_smoothing": smoothing}
    for weight, smoothing in itertools.product((None, WEIGHT, [1.0, 2.0, 3.0]), (0.0, 0.1, 1.0))
]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("target", [CLASSES, [2, -100, 1, 1], [0, -100, -100, 0], SOFT])
def test_losses_and_their_reductions(options, target):
    weight = (1.0, 1.0, 1.0) if options["weight"] is None else options["weight"]
    losses, counts = by_hand(target, weight, smoothing=options["label_smoothing"])
    right = {"none": losses, "sum": losses.sum(), "mean": losses.sum() / counts.sum()}
    for reduction, expected in right.items():
        f = lambda z, _reduction=reduction: ma.cross_entropy(z, target, _reduction, **options)
        np.testing.assert_allclose(f(Value(LOGITS)).data, expected, rtol=1e-13, atol=1e-15)
        assert check_gradients(f, LOGITS, order=1, seed=0).verdict == "agrees"


def test_ignored_targets_get_no_gradient_however_wild_their_logits():
    z = Value(np.array([[1.0, 2.0], [np.inf, np.nan], [3.0, -np.inf]]))
    with np.errstate(invalid="ignore"):
        loss = ma.cross_entropy(z, [0, 7, 7], ignore_index=7)
        (g,) = gradients(loss, [z])
    assert loss.item() == pytest.approx(np.log1p(np.e))
    assert np.isfinite(g[0]).all()
    assert g[1:].tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_a_class_without_weight_may_have_a_logit_of_minus_infinity():
    z = Value(np.array([[1.0, -np.inf], [2.0, -np.inf]]))
    for target in ([0, 1], [[1.0, 0.0], [0.0, 1.0]]):
        assert ma.cross_entropy(z, target, "sum", weight=[1.0, 0.0]).item() == 0.0


def test_what_is_given_alone_changes_nothing():
    z = Value(LOGITS)
    plain = ma.cross_entropy(z, CLASSES)
    for options in ({"weight": [1.0, 1.0, 1.0]}, {"ignore_index": 5}, {"label_smoothing": 0.0}):
        assert ma.cross_entropy(z, CLASSES, **options).item() == pytest.approx(plain.item(), rel=1e-15)
    assert (
        ma.cross_entropy(Value(LOGITS.astype(np.float32)), CLASSES, weight=WEIGHT, label_smoothing=0.1).dtype
        == np.float32
    )
    assert ma.cross_entropy(z, CLASSES.astype(np.uint8)).item() == plain.item()


@pytest.mark.parametrize(
    ("target", "options", "words"),
    [
        (CLASSES, {"weight": [1.0, 2.0]}, "needs a weight for each of 3 classes"),
        (CLASSES, {"weight": [1.0, 2.0, -1.0]}, "none negative"),
        (CLASSES, {"label_smoothing": 1.5}, r"label_smoothing must lie in \[0, 1\]"),
        ([-100] * 4, {}, "all targets are ignored or weigh nothing"),
        ([2] * 4, {"weight": WEIGHT}, "all targets are ignored or weigh nothing"),
        ([0, 1, -1, 2], {}, r"must lie in 0\.\.2, they span -1\.\.2"),
        (SOFT, {"ignore_index": 0}, "ignore_index=0 needs targets that are classes"),
        ([0, 1, -100, 3], {}, r"must lie in 0\.\.2, they span 0\.\.3"),
    ],
)
def test_what_is_refused(target, options, words):
    with pytest.raises(ValueError, match=words):
        ma.cross_entropy(Value(LOGITS), target, **options)


def test_a_target_out_of_range_is_named_in_full():
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\], it spans \[0, 1\.0000001\]"):
        ma.binary_cross_entropy(Value([0.5, 0.5]), [0.0, 1.0000001])


@pytest.mark.parametrize("options", OPTIONS[1::3])
def test_it_is_compiled(options):
    """One program for the classes of other samples, ignored ones and all; one that does not exist is named."""
    W = Value(np.arange(6.0).reshape(2, 3) / 6)

    def slope(x, y):
        return gradients(ma.cross_entropy(x @ W, y, **options), [W])[0]

    program, x = ma.compile(slope), np.random.default_rng(0).normal(size=(4, 2))
    for y in ([0, 1, 2, 1], [1, 1, 0, 0], [1, -100, -100, 2], [-100, 0, 1, 1]):
        np.testing.assert_allclose(program(x, np.array(y)), slope(x, np.array(y)), atol=1e-15)
    with pytest.raises(ValueError, match=r"must lie in 0\.\.2, they span 0\.\.3"):
        program(x, np.array([0, 1, 3, 1]))
    np.testing.assert_allclose(program(x, SOFT), slope(x, SOFT), atol=1e-15)
