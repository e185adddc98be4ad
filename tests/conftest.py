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

SLOW = ("tests/browser/", "tests/commands/", "tests/drawing/", "tests/notebooks/", "microae/", "README.md")
"""Tests that draw, start processes, browsers or kernels, and the examples of the docstrings; single ones are marked."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(ROOT).as_posix().startswith(SLOW):
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    outcome: Any = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
