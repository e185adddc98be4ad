"""scikit-learn's own checks of estimators, none of which is expected to fail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from microae.sklearn import AutoencoderClassifier, AutoencoderOutlierDetector, AutoencoderTransformer

ESTIMATORS = [
    AutoencoderTransformer(max_iter=5),
    AutoencoderOutlierDetector(max_iter=5),
    AutoencoderClassifier(max_iter=20),
]
ROOT = Path(__file__).parents[2]
APART = "array_api"
"""Checks of this name are skipped unless SciPy is told before it is imported to take arrays of other libraries."""


def checks():
    """Each estimator with each check, by their names."""
    for estimator in ESTIMATORS:
        for taken, check in estimator_checks_generator(estimator):
            name = f"{type(estimator).__name__}-{getattr(check, 'func', check).__name__}"
            yield pytest.param(taken, check, id=name)


@pytest.mark.parametrize(("estimator", "check"), [case for case in checks() if APART not in case.id])
def test_scikit_learn_finds_nothing(estimator, check):
    check(estimator)


@pytest.mark.slow
def test_nor_with_arrays_of_other_libraries():
    program = f"""
from tests.sklearn.test_estimator_checks import checks
for case in checks():
    if {APART!r} in case.id:
        estimator, check = case.values
        check(estimator)
"""
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
