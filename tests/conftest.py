"""What holds for all tests: which of them are slow; on CI nothing is skipped, a missing component is a failure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

settings.register_profile("default", deadline=None)
settings.load_profile("default")

SLOW = (
    "tests/browser",
    "tests/commands",
    "tests/drawing",
    "tests/notebooks",
    "tests/training/test_backends.py",
    "tests/compiler/test_table.py",
    "tests/compiler/test_programs.py",
    "tests/operations/test_kinks",
    "tests/mutants",
    "tests/test_bare.py",
    "tests/test_docstrings.py",
    "microae",
    "README.md",
)
"""Tests that draw, start processes, browsers or kernels, that try every row in every way, and the examples of the
docstrings. Others that are slow are marked."""


def is_slow(path: Path) -> bool:
    return path.is_relative_to(ROOT) and path.relative_to(ROOT).as_posix().startswith(SLOW)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What will not be run is not even imported."""
    return True if config.option.markexpr == "not slow" and is_slow(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_slow(item.path):
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    outcome: Any = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
