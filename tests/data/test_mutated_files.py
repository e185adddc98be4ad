"""A share of ``tests/benchmarks/mutated_files.py``: files with mistakes raise documented errors."""

import pytest

from tests.benchmarks.mutated_files import KINDS, outcome

COUNT = 400


@pytest.mark.parametrize("kind", KINDS)
def test_documented_errors_only(kind):
    read, refused, other, memory = outcome(kind, COUNT, seed=1)
    assert not other
    assert read + refused == COUNT
    assert min(read, refused) > 15  # neither harmless nor hopeless
    assert memory < 20e6
