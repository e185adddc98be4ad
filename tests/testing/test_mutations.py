"""Every fault planted in a rule of the table is found."""

from __future__ import annotations

import pytest

from tests.testing.mutations import FAULTS, fate, rules

RULES = list(rules())


@pytest.mark.slow
@pytest.mark.parametrize(("row", "i"), [pytest.param(row, i, id=f"{row.name}-{i}") for row, i in RULES])
def test_no_fault_survives(row, i) -> None:
    fates = {name: fate(row, i, fault) for name, fault in FAULTS.items()}
    assert "survived" not in fates.values(), fates
    assert list(fates.values()).count("killed") >= 4  # sign, factors and zero change every rule
