"""The library's own table under its own checker: to the second order, no case gives a false alarm."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from microae.testing import GradientCheckError, check_gradients
from tests.operations.cases import COMPOSITIONS, ROWS
from tests.operations.drawing import Case
from tests.testing.mutations import samples

CASES = [
    pytest.param(case, id=f"{name}{i or ''}")
    for group in (ROWS, COMPOSITIONS)
    for name, cases in group.items()
    for i, case in enumerate(cases)
]


def called(case: Case, parameters: dict[str, object], *xs: object) -> object:
    return case.call(*xs, **parameters)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_no_false_alarm_and_enough_said(case: Case) -> None:
    verdicts, empty = [], 0
    for (arrays, parameters), _ in zip(samples(case), range(15), strict=False):
        try:
            verdict = check_gradients(partial(called, case, parameters), *arrays, seed=0).verdict
        except GradientCheckError as error:
            assert error.report.verdict == "inconclusive", str(error)  # noqa: PT017
            verdict = "inconclusive"
        if any(np.size(x) for x in arrays):
            verdicts.append(verdict)
        else:  # nothing of it can be checked
            assert verdict == "inconclusive"
            empty += 1
    assert 2 * verdicts.count("agrees") >= len(verdicts)
    assert len(verdicts) + empty > 0
