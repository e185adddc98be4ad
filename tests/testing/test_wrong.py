"""A share of ``tests/benchmarks/wrong_gradients.py``: wrong gradients of the kinds that people write are found."""

from __future__ import annotations

import pytest

from microae.testing import GradientCheckError, check_gradient_function
from tests.testing.wrong import WRITTEN

MISTAKES = [(name, mistake) for name, written in WRITTEN.items() for mistake in written.wrong]


def test_they_are_many() -> None:
    assert len(MISTAKES) >= 200


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITTEN)
def test_the_right_gradient_agrees(name: str) -> None:
    written = WRITTEN[name]
    report = check_gradient_function(written.f, written.right, *written.inputs, examples=40, seed=len(name))
    assert report.verdict == "agrees"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "mistake"), MISTAKES[::3])
def test_a_wrong_gradient_is_found(name: str, mistake: str) -> None:
    written = WRITTEN[name]
    with pytest.raises(GradientCheckError) as found:
        check_gradient_function(written.f, written.wrong[mistake], *written.inputs, examples=60, seed=len(name))
    assert found.value.report.verdict == "disagrees"
