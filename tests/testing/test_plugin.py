"""A real pytest in a process of its own: the fixture, its options, and the report in place of a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = """
import numpy as np
from microae.testing import strategies


def test_right(gradcheck):
    assert gradcheck(np.sin, strategies.arrays((3,))).points == 7
    gradcheck.vjp(np.sin, lambda g, x: g * np.cos(x), np.ones(3))
    gradcheck.gradient_function(lambda x: np.sum(x**2), lambda x: 2 * x, np.ones(3))


def test_wrong(gradcheck):
    gradcheck.gradient_function(lambda x: np.sum(x**2), lambda x: x, np.ones(3))
"""


def test_the_plugin(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--gradcheck-examples", "7", str(tmp_path)]
    done = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1, done.stdout
    assert "1 failed, 1 passed" in done.stdout
    assert "test_it.py:13: gradients: disagrees" in done.stdout
    assert "multiply by 2" in done.stdout
    assert "checking.py" not in done.stdout
