"""A real pytest in a process of its own: the fixture, its options, and the report in place of a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

from microae.testing import GradientCheckError, Report
from microae.testing.plugin import GradCheck

TESTS = """
import numpy as np
from microae.testing import strategies


def test_right(gradcheck):
    report = gradcheck(np.sin, strategies.arrays((3,)))
    assert (report.points, report.seed) == (7, 11)
    gradcheck.vjp(np.sin, lambda g, x: g * np.cos(x), np.ones(3))
    gradcheck.gradient_function(lambda x: np.sum(x**2), lambda x: 2 * x, np.ones(3))


def test_wrong(gradcheck):
    gradcheck.gradient_function(lambda x: np.sum(x**2), lambda x: x, np.ones(3))


def test_another_error(gradcheck):
    gradcheck.gradient_function(lambda x: x, lambda x: x, np.ones(3))
"""

USUAL = """
from hypothesis import strategies as st


def test_usual(gradcheck):
    report = gradcheck(lambda x: x * x, st.floats(-3.0, 3.0))
    assert (report.points, report.seed) == (100, 0)
"""


def run(where: Path, tests: str, *options: str) -> subprocess.CompletedProcess[str]:
    (where / "test_it.py").write_text(tests)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(where)]
    return subprocess.run(command, capture_output=True, text=True, cwd=where, check=False)


@pytest.mark.slow
def test_the_plugin(tmp_path: Path) -> None:
    done = run(tmp_path, TESTS, "--gradcheck-examples", "7", "--gradcheck-seed", "11")
    assert done.returncode == 1, done.stdout
    assert "2 failed, 1 passed" in done.stdout
    assert "test_it.py:14: gradients: disagrees" in done.stdout
    assert "multiply by 2" in done.stdout
    assert "def test_another_error(gradcheck)" in done.stdout  # an error of another kind keeps its traceback
    assert "f must return one number" in done.stdout


@pytest.mark.slow
def test_a_failed_check_is_told_without_a_traceback(tmp_path: Path) -> None:
    done = run(tmp_path, TESTS, "-k", "wrong")
    assert "checking.py" not in done.stdout
    assert "plugin.py" not in done.stdout
    assert "def test_wrong" not in done.stdout


@pytest.mark.slow
def test_the_usual_options(tmp_path: Path) -> None:
    done = run(tmp_path, USUAL)
    assert done.returncode == 0, done.stdout


def nothing_known(x):
    return x * float("nan")


CALLS = {
    "gradients": lambda check, *inputs, **options: check(nothing_known, *inputs, **options),
    "vjp": lambda check, *inputs, **options: check.vjp(nothing_known, lambda g, x: g, *inputs, **options),
    "gradient function": lambda check, *inputs, **options: check.gradient_function(
        nothing_known, lambda x: x, *inputs, **options
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_options_of_the_command_line_and_of_a_call(name: str) -> None:
    def report_of(**options) -> Report:
        with pytest.raises(GradientCheckError) as caught:
            CALLS[name](GradCheck(examples=7, seed=3), st.floats(-3.0, 3.0), **options)
        return caught.value.report

    usual = report_of()
    assert (usual.points, usual.seed) == (7, 3)
    assert report_of(examples=4).points == 4
    assert report_of(seed=5).seed == 5
    done: list[None] = []
    report_of(progress=lambda: done.append(None))
    assert len(done) == 7


def test_the_order_of_a_call() -> None:
    counts = [GradCheck(examples=1, seed=0)(np.tanh, np.ones(2), order=k).gradient_evaluations for k in (1, 2, 3)]
    assert counts[0] < counts[1] < counts[2]
    assert GradCheck(examples=1, seed=0)(np.tanh, np.ones(2)).gradient_evaluations == counts[1]
