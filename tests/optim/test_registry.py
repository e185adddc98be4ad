"""The registry of optimisers: what is registered, and with which learning rate."""

from __future__ import annotations

import numpy as np
import pytest

import microae as ma
import microae.optim
from microae.optim import OPTIMIZERS, Optimizer, optimizer
from microae.optim.registry import given_optimizer


def test_the_registered_optimisers():
    assert OPTIMIZERS.items() >= {"sgd": ma.SGD, "adam": ma.Adam, "adamw": ma.AdamW}.items()
    usual = {name: kind.usual_lr for name, kind in OPTIMIZERS.items()}
    assert usual.items() >= {"sgd": 1.0, "adam": 0.003, "adamw": 0.003}.items()


@pytest.mark.parametrize(("name", "kind"), [("adam", ma.Adam), ("Adam", ma.Adam), ("SGD", ma.SGD), ("AdamW", ma.AdamW)])
def test_capital_letters_of_a_name_do_not_matter(name, kind):
    made = given_optimizer("fit", name, [ma.Value(1.0)])
    assert type(made) is kind
    assert made.lr == kind.usual_lr
    with pytest.raises(ValueError, match="fit: no optimiser is called 'Adma'; there are 'sgd', 'adam', 'adamw'"):
        given_optimizer("fit", "Adma", [ma.Value(1.0)])


def test_registering_leaves_the_class_as_it_is():
    class Signs(Optimizer):
        def update(self, p, g, state, lr, step):
            return p - lr * np.sign(g), state

    before = dict(OPTIMIZERS)
    try:
        assert optimizer("signs", lr=0.125)(Signs) is Signs
        assert dict(OPTIMIZERS) == before | {"signs": Signs}
        assert Signs.usual_lr == 0.125
        assert ma.Signs is Signs
        assert microae.optim.Signs is Signs
        with pytest.raises(ValueError, match="an optimiser 'signs' is registered already: Signs"):
            optimizer("signs", lr=0.5)(ma.SGD)
        assert ma.SGD.usual_lr == 1.0
    finally:
        OPTIMIZERS.pop("signs", None)


def test_a_class_derived_from_a_registered_one_has_a_rate_of_its_own():
    try:
        kind = optimizer("other", lr=0.5)(type("Other", (ma.Adam,), {}))
        assert (kind.usual_lr, ma.Adam.usual_lr) == (0.5, 0.003)
    finally:
        OPTIMIZERS.pop("other", None)


def test_what_is_registered_no_more_is_not_found():
    for module in (ma, microae.optim):
        with pytest.raises(AttributeError, match="has no attribute 'Signs'"):
            _ = module.Signs
