"""The table is closed: every function and its derivatives, to the second, are programs that hold for other data too."""

import warnings
from collections import defaultdict

import numpy as np
import pytest

from microae import Value, gradients
from microae.compiler import compile
from tests.operations.cases import COMPOSITIONS, ROWS

CASES = [
    (f"{name}-{i}", case)
    for known in (ROWS, COMPOSITIONS)
    for name, cases in known.items()
    for i, case in enumerate(cases)
]
OPAQUE = {"erfc", "scatter", "diagonal_embed", "scatter.vjp"}
"""Rows whose forward functions write into arrays, call C, or refuse numbers: a program calls them as a whole.

And the rule of one, where it picks, at places that the program computes, numbers that it does not.
"""


def weighted(outputs, seed):
    """One number that depends on every element in its own way."""
    rng, total = np.random.default_rng(seed), Value(0.0)
    for output in outputs if isinstance(outputs, (tuple, list)) else [outputs]:
        total = total + (output * rng.uniform(0.5, 1.5, output.shape)).sum()
    return total


def functions(case, parameters):
    def forward(*arrays):
        return case.call(*map(Value, arrays), **parameters)

    def first(*arrays):
        inputs = list(map(Value, arrays))
        return gradients(weighted(case.call(*inputs, **parameters), 0), inputs)

    def second(*arrays):
        inputs = list(map(Value, arrays))
        slopes = gradients(weighted(case.call(*inputs, **parameters), 0), inputs, record=True)
        return gradients(weighted(slopes, 1), inputs)

    return {"forward": forward, "first": first, "second": second}


def drawn(case):
    """Samples of equal shapes and parameters, so that one program serves several."""
    groups = defaultdict(list)
    for seed in range(40):
        arrays, parameters = case.sample(seed)
        groups[tuple(np.shape(a) for a in arrays), repr(sorted(parameters.items()))].append((arrays, parameters))
    return sorted(groups.values(), key=len)[-2:]


def plain(result):
    parts = result if isinstance(result, (tuple, list)) else [result]
    return [np.asarray(x.data if isinstance(x, Value) else x) for x in parts]


@pytest.mark.parametrize("what", ["forward", "first", "second"])
@pytest.mark.parametrize(("name", "case"), CASES, ids=[name for name, _ in CASES])
def test_a_program_of_other_data_gives_what_the_function_gives(name, case, what):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for samples in drawn(case):
            function = functions(case, samples[0][1])[what]
            program = compile(function, backend="numpy")
            for arrays, _ in samples[:3]:
                try:
                    expected = plain(function(*arrays))
                except ValueError:  # a sample that the function refuses
                    continue
                for found, right in zip(plain(program(*arrays)), expected, strict=True):
                    assert found.shape == right.shape
                    assert found.dtype == right.dtype
                    assert found == pytest.approx(right, rel=1e-9, abs=1e-9, nan_ok=True)
                try:
                    calls = program.program.calls
                except RuntimeError:  # at a kink every step is an ordinary one
                    assert what == "second"
                    continue
                assert {call.function for call in calls if call.opaque is not None} <= OPAQUE
