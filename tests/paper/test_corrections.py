"""Each correction's evidence is what it claims; the numbers are found here again by other means."""

import itertools
import string

import numpy as np
import pytest

from microae import paper

W1, W2 = (np.array(paper.PRINTED[name], float) for name in ("W(1)", "W(2)"))
B1, B2 = (np.array(paper.PRINTED[name], float) for name in ("b(1)", "b(2)"))
BY_ID = {correction.id: correction for correction in paper.CORRECTIONS}


def _forward(x, w1=W1, b1=B1, w2=W2, b2=B2):
    z = x @ w1 + b1
    h = np.where(z > 0, z, z / 100)
    return h, 1 / (1 + np.exp(-(h @ w2 + b2)))


def _loss(*parameters):
    x = np.array(list(itertools.product([0, 1], repeat=3)))
    _, a = _forward(x, *parameters)
    return -np.mean(np.log(np.where(x == 1, a, 1 - a)))


@pytest.mark.parametrize("correction", paper.CORRECTIONS, ids=lambda correction: correction.id)
def test_the_evidence_shows_it(correction):
    assert correction.holds()


@pytest.mark.parametrize("correction", paper.CORRECTIONS, ids=lambda correction: correction.id)
def test_the_statement_quotes_the_evidence(correction):
    fields = {field.split("[")[0] for _, field, _, _ in string.Formatter().parse(correction.truth) if field}
    names = {name.replace(" ", "_") for name in correction.evidence()}
    assert fields <= names
    assert fields or correction.id == "transpose"  # that one's numbers are shapes
    statement = correction.statement()
    assert "{" not in statement
    assert correction.paper
    assert statement.rstrip(")").endswith(".")


def test_ids_are_unique():
    assert len(BY_ID) == len(paper.CORRECTIONS) >= 25


@pytest.mark.parametrize("correction", paper.CORRECTIONS, ids=lambda correction: correction.id)
def test_a_correction_can_be_refuted(correction):
    """With other numbers the claim does not hold, so that it is a claim."""
    assert not correction.shows({name: _other(value) for name, value in correction.evidence().items()})


def _other(value):
    if isinstance(value, (bool, np.bool_)):
        return not value
    if isinstance(value, list):
        return [_other(element) for element in reversed(value)]
    return 7.5


def _product():
    return {"error": 0.0, "square": np.abs(W1[:, :3] @ [1, 0, 1] - W1[[0, 2], :3].sum(axis=0)).max()}


def _near_kink():
    x, y = np.ones(3), np.array([0.0, 1.0, 1.0])
    _h, a = _forward(x)
    return {
        "z": W1[:, 3].sum() + B1[3],
        "doubt": 5e-7 + 5e-6 + 5e-6 + 5e-7,
        "leaky": 0.01 * (W2[3] @ (a - y)) / 3,
        "relu": 0.0,
    }


def _dot():
    _h, a = _forward(np.array([1.0, 0.0, 1.0]))
    return {"dot": (a - [0, 1, 1]).sum()}


def _hidden_derivative():
    x, y = np.array([1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0])
    _, a = _forward(x)
    z = x @ W1 + B1
    back = W2 @ (a - y)
    right, printed = back * np.where(z > 0, 1, 0.01), back * np.exp(-z) / (1 + np.exp(-z)) ** 2
    return {"right": 0.0, "as_printed": np.abs(printed - right).max() / np.abs(right).max()}


def _digits():
    """z(2) with every weight moved by its rounding in the direction that raises it, and in the other."""
    x, doubt = np.array([1.0, 0.0, 1.0]), []
    w1, b1, w2, b2 = (0.5 * 10.0 ** (np.floor(np.log10(np.abs(m))) - 5) for m in (W1, B1, W2, B2))
    for k in range(3):
        ends = []
        for sign in (-1, 1):
            z = x @ W1 + B1 + sign * np.sign(W2[:, k]) * (x @ w1 + b1)
            h = np.where(z > 0, z, z / 100)
            ends.append(h @ (W2[:, k] + sign * np.sign(h) * w2[:, k]) + B2[k] + sign * b2[k])
        doubt.append((ends[1] - ends[0]) / 2)
    return {"numbers": 51, "agree": 51, "doubt": doubt, "units": [d * 1e8 for d in doubt]}


def _one_example():
    x = np.array(list(itertools.product([0, 1], repeat=3)))
    errors = np.abs(_forward(x)[1] - x).max(axis=1)
    return {"worst": [0, 0, 0], "error": errors[0], "next": np.sort(errors)[-2], "example": errors[5]}


def _no_minimum():
    return {
        "loss": _loss(),
        "doubled": _loss(W1, B1, 2 * W2, 2 * B2),
        "four times": _loss(W1, B1, 4 * W2, 4 * B2),
    }


def _many_optima():
    back = [3, 2, 1, 0]
    middle = _loss((W1 + W1[:, back]) / 2, (B1 + B1[back]) / 2, (W2 + W2[back]) / 2, B2)
    return {"networks": 24, "loss": _loss(), "middle": middle}


def _sigmoid_range():
    x = np.array(list(itertools.product([0, 1], repeat=3)))
    a = _forward(x)[1]
    return {"lowest": a.min(), "highest": a.max(), "sum": a[7].sum()}


def _held_out():
    return {"error": np.abs(_forward(np.full(3, 0.5))[1] - 0.5).max()}


def _loss_numbers():
    return {"ratio": 3.0, "floor": np.log(2.0), "squared floor": 0.0}


def _delta():
    _, a = _forward(np.array([1.0, 0.0, 1.0]))
    y = np.array([0.0, 1.0, 1.0])
    return {"delta": ((a - y) / (a * (1 - a))).tolist(), "wrong": np.abs((a - y) * (a * (1 - a) - 1)).max()}


def _sparse():
    c = np.sqrt((W2**2).sum() / (W1**2).sum())
    return {"activity": c}


def _overcomplete():
    x = np.array([0.0, 1.0])
    return {"input": 3, "code": 4, "error": np.abs(1 / (1 + np.exp(10 - 20 * x)) - x).max()}


AGAIN = {
    "product": _product,
    "near-kink": _near_kink,
    "dot": _dot,
    "hidden-derivative": _hidden_derivative,
    "digits": _digits,
    "one-example": _one_example,
    "no-minimum": _no_minimum,
    "many-optima": _many_optima,
    "sigmoid-range": _sigmoid_range,
    "held-out": _held_out,
    "loss": _loss_numbers,
    "delta": _delta,
    "sparse-denoising": _sparse,
    "overcomplete": _overcomplete,
}


@pytest.mark.parametrize("name", AGAIN)
def test_the_numbers_again_by_other_means(name):
    evidence = BY_ID[name].evidence()
    for what, expected in AGAIN[name]().items():
        tolerance = 1e-3 if name == "digits" else 1e-9
        np.testing.assert_allclose(evidence[what], expected, rtol=tolerance, atol=1e-12, err_msg=what)


def test_the_errors_and_silences_that_must_be_there():
    expected = {
        "product",
        "hidden-derivative",
        "delta",
        "weight-gradients",
        "loss",
        "alpha",
        "hidden-layer-2",
        "layer-count",
        "descents",
        "dot",
        "overcomplete",
        "dropout",
        "transpose",
        "kink",
        "one-example",
        "digits",
    }
    assert expected <= set(BY_ID)
