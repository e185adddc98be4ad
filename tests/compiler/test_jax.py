"""The jax backend: the table, trainings, what NumPy refuses and JAX does not, devices, and 64 bits only within."""

import warnings

import numpy as np
import pytest

import microae as ma
from tests.compiler.test_table import CASES, drawn, functions, plain


@pytest.mark.slow
@pytest.mark.parametrize(("name", "case"), CASES, ids=[name for name, _ in CASES])
def test_a_program_of_other_data_gives_what_the_function_gives(name, case):
    """The function and its derivatives, to the second, in one program."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        samples = drawn(case)[-1]
        parts = functions(case, samples[0][1])
        function = lambda *arrays: [parts[what](*arrays) for what in ("forward", "first", "second")]
        program = ma.compile(function, backend="jax")
        for arrays, _ in samples[:3]:
            try:
                expected = function(*arrays)
            except ValueError:  # a sample that the function refuses
                continue
            for part, right_part in zip(program(*arrays), expected, strict=True):
                for found, right in zip(plain(part), plain(right_part), strict=True):
                    assert found.shape == right.shape
                    assert found.dtype == right.dtype
                    assert found == pytest.approx(right, rel=1e-9, abs=1e-9, nan_ok=True)
