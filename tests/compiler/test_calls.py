"""Calls of a compiled function: what is given to it, what it compares between two of them, and what a refusal leaves."""

import numpy as np
import pytest

import microae as ma

BACKENDS = ["numpy", "jax"]
DATA = np.random.default_rng(0).random((8, 6, 5))


# --- what is given ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_arguments_by_name_may_come_in_any_order(backend):
    function = lambda x, y, **others: x - y + 0.5 * next(iter(others.values()))
    compiled = ma.compile(function, backend=backend)
    one, other, third, fourth = DATA[:4]
    for given in (
        {"x": one, "y": other, "p": third, "q": fourth},
        {"y": other, "x": one, "p": third, "q": fourth},
        {"q": fourth, "p": third, "y": one, "x": other},
    ):
        np.testing.assert_allclose(compiled(**given), function(**given), rtol=1e-14)


def test_keys_of_a_dict_that_are_equal_but_not_the_same_have_programs_of_their_own():
    function = lambda parts: sum(k / 2 if isinstance(k, float) else k // 2 for k in parts) + parts[1]
    compiled = ma.compile(function)
    for key in (1, 1.0, True):
        np.testing.assert_array_equal(compiled({key: DATA[0]}), function({key: DATA[0]}))
