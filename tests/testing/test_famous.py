"""Honest functions that fool other checkers pass, wrong ones fail; and each verdict is for the right reason."""

from __future__ import annotations

import numpy as np
import pytest

import microae as ma
from microae.operations.registry import remove
from microae.testing import GradientCheckError, check_gradient_function, check_gradients
from tests.testing.famous import FAMOUS, Famous


@pytest.mark.slow
@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in FAMOUS])
@pytest.mark.parametrize("seed", range(5))
def test_verdict(case: Famous, seed: int) -> None:
    if case.right:
        assert check_gradient_function(case.f, case.gradient, *case.inputs, seed=seed).verdict == "agrees"
        return
    with pytest.raises(GradientCheckError) as caught:
        check_gradient_function(case.f, case.gradient, *case.inputs, seed=seed)
    assert caught.value.report.verdict == "disagrees"


@pytest.mark.slow
def test_the_wrong_element_of_many_is_named() -> None:
    case = FAMOUS[-1]
    with pytest.raises(GradientCheckError) as caught:
        check_gradient_function(case.f, case.gradient, *case.inputs, seed=0)
    (finding,) = caught.value.report.findings
    assert (finding.element, finding.digits) == ((77_777,), 2)


def test_a_rule_right_once_and_wrong_twice() -> None:
    @ma.operation(name="cut_cube")
    def cube(x):  # type: ignore[no-untyped-def]
        return x**3

    cube.vjps = (lambda g, out, x: g * 3.0 * (x.data if isinstance(x, ma.Value) else x) ** 2,)
    try:
        assert check_gradients(cube, np.array([1.0, 2.0]), order=1, seed=0).verdict == "agrees"
        with pytest.raises(GradientCheckError) as caught:
            check_gradients(cube, np.array([1.0, 2.0]), seed=0)
        assert {finding.order for finding in caught.value.report.findings} == {2}
    finally:
        remove("cut_cube")
