"""What holds for all tests: which of them are slow; on CI nothing is skipped, a missing component is a failure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

settings.register_profile("default", deadline=None)
settings.load_profile("default")

SLOW = (
    "tests/anomalies/test_calibration.py",
    "tests/browser",
    "tests/commands",
    "tests/drawing",
    "tests/notebooks",
    "tests/training/test_backends.py",
    "tests/compiler/test_table.py",
    "tests/compiler/test_programs.py",
    "tests/compiler/test_jax.py",
    "tests/compiler/test_native.py",
    "tests/data/test_mutated_files.py",
    "tests/operations/test_kinks",
    "tests/paper/test_manual.py",
    "tests/searching/test_dask.py",
    "tests/sklearn/test_composition.py",
    "tests/sklearn/test_estimator_checks.py",
    "tests/testing/test_difficult.py",
    "tests/testing/test_drawing.py",
    "tests/testing/test_strategies.py",
    "tests/mutants",
    "tests/test_bare.py",
    "tests/test_docstrings.py",
    "microae",
    "README.md",
)
"""Tests that draw, start processes, browsers or kernels, that try every row in every way, and the examples of the
docstrings. Others that are slow are marked."""

QUICK = ("tests/commands/test_tables.py", "tests/drawing/step/test_names.py")
"""Those among them that are not."""

QUICK_CASES = 4
"""Of a test of more cases, so many are quick, spread evenly over them."""


def is_of_jax(item: pytest.Item) -> bool:
    """Whether it is the case of a test that compiles with JAX, whose import alone takes a second."""
    return "jax" in item.name.partition("[")[2].rstrip("]").split("-")


@cache
def is_slow(path: Path) -> bool:
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
    return name.startswith(SLOW) and name not in QUICK


def pytest_configure(config: pytest.Config) -> None:
    """Import no module of the project for the examples of its docstrings if they will not be run."""
    if config.option.markexpr == "not slow" and config.args_source is config.ArgsSource.TESTPATHS:
        config.args = ["tests"]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What will not be run is not even imported."""
    will_not_run = config.option.markexpr == "not slow" and collection_path.is_file() and is_slow(collection_path)
    return True if will_not_run else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for of_one in cases.values():
        n = len(of_one)
        quick = {i * n // QUICK_CASES for i in range(QUICK_CASES)} if n > QUICK_CASES else range(n)
        for i, item in enumerate(of_one):
            if is_slow(item.path) or is_of_jax(item) or i not in quick:
                item.add_marker(pytest.mark.slow)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    outcome: Any = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
