"""What an optimiser remembers, saved and loaded: the training goes on as if nothing had happened."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import microae as ma
from microae import Value

MAKERS = {
    "sgd": lambda ps: ma.SGD(ps, lr=0.1),
    "momentum": lambda ps: ma.SGD(ps, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": lambda ps: ma.Adam(ps, lr=0.05, betas=(0.8, 0.99)),
    "adamw": lambda ps: ma.AdamW(ps, lr=0.05, weight_decay=0.1),
}
NAMES = {
    "sgd": [],
    "momentum": ["momentum_buffer"],
    "adam": ["exp_avg", "exp_avg_sq"],
    "adamw": ["exp_avg", "exp_avg_sq"],
}


def parameters(dtype=float):
    return [Value(np.array([[1.0, -2.0], [0.5, 3.0]], dtype)), Value(dtype(2.0))]


def train(optimizer, slopes):
    for g in slopes:
        for i, p in enumerate(optimizer.parameters):
            p.grad = g * (i + 1) * np.ones(p.shape)
        optimizer.step()
    return [p.numpy() for p in optimizer.parameters]


@pytest.mark.parametrize("name", MAKERS)
def test_training_goes_on_bitwise(name):
    one, other = (MAKERS[name](parameters()) for _ in range(2))
    whole = train(one, [0.3, -1.0, 2.0, 0.5])
    half = train(other, [0.3, -1.0])
    again = type(other)([Value(x) for x in half], lr=9.0)
    again.load_state_dict(pickle.loads(pickle.dumps(other.state_dict())))
    assert again.lr == one.lr
    for found, right in zip(train(again, [2.0, 0.5]), whole, strict=True):
        np.testing.assert_array_equal(found, right)
    assert again.steps == [4, 4]


@pytest.mark.parametrize("name", MAKERS)
def test_it_has_pytorchs_names_and_copies(name):
    optimizer = MAKERS[name](parameters())
    train(optimizer, [1.0, 2.0])
    kept = optimizer.state_dict()
    assert list(kept) == ["state", "param_groups"]
    assert [list(kept["state"][i]) for i in (0, 1)] == [["step", *NAMES[name]]] * 2
    (group,) = kept["param_groups"]
    assert group["params"] == [0, 1]
    assert {"lr", "weight_decay"} <= set(group)
    for part in NAMES[name]:
        before = kept["state"][0][part].copy()
        kept["state"][0][part][...] = 7.0  # ours to change
        np.testing.assert_array_equal(optimizer.state_dict()["state"][0][part], before)
    optimizer.load_state_dict(kept)
    for part in NAMES[name]:
        kept["state"][0][part][...] = 8.0
        assert (optimizer.state_dict()["state"][0][part] == 7.0).all()


def test_hyperparameters_are_those_of_the_state():
    one, other = ma.SGD(parameters(), lr=0.1, momentum=0.9), ma.SGD(parameters(), lr=3.0)
    train(one, [1.0])
    other.load_state_dict(one.state_dict())
    assert (other.lr, other.momentum) == (0.1, 0.9)
    assert other.rate(other.parameters[0]) == 0.1
    np.testing.assert_array_equal(other.state[0][0], np.ones((2, 2)))
    other.load_state_dict(ma.SGD(parameters(), lr=1.0).state_dict())
    assert (other.momentum, other.state, other.steps) == (0.0, [(), ()], [0, 0])


def test_a_parameter_without_steps_may_be_missing_and_dtypes_are_the_parameters():
    state = {0: {"step": np.array(3.0), "exp_avg": np.ones((2, 2)), "exp_avg_sq": [[2, 2], [2, 2]]}}
    group = {"lr": 0.5, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0, "params": [0, 1]}
    kept = {"state": state, "param_groups": [group]}
    optimizer = ma.Adam(parameters(np.float32))
    optimizer.load_state_dict(kept)
    assert optimizer.steps == [3, 0]
    assert {part.dtype for state in optimizer.state for part in state} == {np.dtype(np.float32)}
    assert optimizer.state[1] == (0.0, 0.0)


def test_an_optimiser_of_ones_own():
    class Last(ma.Optimizer):
        def __init__(self, ps, lr, scale=2.0):
            self.scale = scale
            super().__init__(ps, lr)

        def init_state(self, p):
            return (p * 0.0,)

        def update(self, p, g, state, lr, step):
            return p - lr * self.scale * g, (g,)

    one, other = Last(parameters(), 0.1, scale=5.0), Last(parameters(), 0.1)
    train(one, [4.0])
    other.load_state_dict(one.state_dict())
    assert other.scale == 5.0
    assert list(one.state_dict()["state"][1]) == ["step", "state0"]
    assert other.state[1][0] == 8.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda kept: {}, "needs what state_dict"),
        (lambda kept: None, "needs what state_dict"),
        (lambda kept: {**kept, "param_groups": []}, "needs what state_dict"),
        (lambda kept: ma.SGD(parameters(), lr=0.1).state_dict(), r"it has \['lr', 'momentum'"),
        (lambda kept: ma.Adam(parameters()[:1]).state_dict(), "it is of 1 parameters, this optimiser has 2"),
        (
            lambda kept: ma.Adam([Value([1.0]), Value(1.0)]).state_dict(),
            r"exp_avg of parameter 0 has shape \(1,\), not",
        ),
        (lambda kept: {**kept, "state": {1: {"step": 1, "exp_avg": 1.0}}}, r"parameter 1 has \['exp_avg', 'step'\]"),
        (lambda kept: {**kept, "param_groups": [{**kept["param_groups"][0], "lr": -1.0}]}, "lr must be"),
    ],
)
def test_what_does_not_fit_changes_nothing(change, words):
    optimizer = ma.Adam(parameters(), lr=0.25)
    train(optimizer, [1.0])
    before = pickle.dumps(optimizer.state_dict())
    with pytest.raises(ValueError, match=words):
        optimizer.load_state_dict(change(optimizer.state_dict()))
    assert pickle.dumps(optimizer.state_dict()) == before


def test_a_compiled_step_goes_on_from_what_is_loaded():
    def made():
        w = Value([1.0, -2.0])
        optimizer = ma.Adam([w], lr=0.1)

        def step(x):
            optimizer.zero_grad()
            loss = ((w - x) * (w - x)).sum()
            loss.backward()
            optimizer.step()
            return loss

        return w, optimizer, step

    x = np.array([0.5, 0.25])
    w, optimizer, step = made()
    compiled = ma.compile(step)
    for _ in range(3):
        compiled(x)
    kept, data = optimizer.state_dict(), w.numpy()
    for _ in range(2):
        compiled(x)
    v, other, plain = made()
    v.data = data
    other.load_state_dict(kept)
    for _ in range(2):
        plain(x)
    np.testing.assert_allclose(v.data, w.data, rtol=1e-14)
    w.data = data
    optimizer.load_state_dict(kept)
    for _ in range(2):
        compiled(x)
    np.testing.assert_allclose(w.data, v.data, rtol=1e-14)
