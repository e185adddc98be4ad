"""Planted faults can be planted: each stands where it says, once, and names tests that there are."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.mutants.__main__ import ROOT, faults
from tests.mutants.fault import Fault

FAULTS = list(faults())


@cache
def text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.file)
def test_a_fault_can_be_planted(fault: Fault) -> None:
    assert text(ROOT / fault.file).count(fault.old) == 1, fault.old
    assert fault.new != fault.old
    paths = [word for word in fault.tests.split() if word.startswith("tests")]
    assert paths
    for path in paths:
        file, *names = path.split("::")
        assert (ROOT / file).exists(), path
        for name in names:
            assert name.partition("[")[0] in text(ROOT / file), path
        _, _, chosen = fault.tests.partition(" -k ")
        if chosen and " " not in chosen and (ROOT / file).is_file():
            assert re.search(rf"def test_\w*{chosen}|def {chosen}", text(ROOT / file)), fault.tests


def test_no_fault_is_planted_twice() -> None:
    assert len({(fault.file, fault.old, fault.new) for fault in FAULTS}) == len(FAULTS)
