"""What rows say about themselves, held against their NumPy functions: where their kinks are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microae.core.operation import FACTS, FUNCTIONS, TABLE
from tests.operations.cases import COMPOSITIONS, ROWS
from tests.operations.drawing import Case

STEPS = 400
INFINITE = {"reciprocal", "divide", "power", "inv", "solve", "logabsdet", "slogdet", "cbrt"}
"""Those that are infinite, or steep without bound, in the midst of where they are defined: no line leads there."""

CASES = [
    pytest.param(case, TABLE[name] if cases is ROWS.get(name) else FUNCTIONS[name], id=f"{name}-{i}")
    for group in (ROWS, COMPOSITIONS)
    for name, cases in group.items()
    for i, case in enumerate(cases)
]


def along_lines(case: Case, seed: int) -> tuple[list[list[Any]], dict[str, Any]] | None:
    """Operands on a straight line from one draw to the next of the same shapes, or through zero."""
    (start, parameters), (end, _) = case.sample(seed), case.sample(seed + 1)
    if [x.shape for x in start] != [x.shape for x in end]:
        end = [-x for x in start] if seed % 3 == 0 else [np.flip(x) for x in start]
        if [x.shape for x in start] != [x.shape for x in end]:
            return None
    rng = np.random.default_rng(seed)
    if case.name in INFINITE or case.steep:
        end = [x * rng.uniform(0.8, 1.2, x.shape) for x in start]
    end = [x + rng.uniform(-0.1, 0.1, x.shape) if seed % 3 else x for x in end]
    t = np.linspace(0.0, 1.0, STEPS + 1)
    return [[a + s * (b - a) for a, b in zip(start, end, strict=True)] for s in t], parameters


def measured(case: Case, line: list[list[Any]], parameters: dict[str, Any]) -> np.ndarray | None:
    """The sum of the results, each with a weight of its own, or ``None`` where NumPy has none."""
    values = []
    try:
        with np.errstate(all="ignore"):
            for operands in line:
                results = case.reference(*operands, **parameters)
                results = list(results) if isinstance(results, (list, tuple)) else [results]
                values.append(
                    sum(float(np.sum(r * np.cos(np.arange(np.size(r)).reshape(np.shape(r))))) for r in results)
                )
    except (ValueError, np.linalg.LinAlgError, FloatingPointError):
        return None
    found = np.array(values)
    return found if np.isfinite(found).all() else None


def bends(values: np.ndarray) -> set[int]:
    """The places where the slope changes at once, more than it does anywhere nearby."""
    change = np.abs(np.diff(values, 2))
    smooth = np.array([np.median(change[max(0, i - 8) : i + 9]) for i in range(len(change))])
    scale = np.abs(np.diff(values)).max(initial=0.0)
    found = np.flatnonzero((change > 20.0 * smooth) & (change > 1e-3 * scale + 1e-11)) + 1
    return {int(i) for i in found if 6 < i < STEPS - 6}


def vanishes(kinks: Any, line: list[list[Any]], parameters: dict[str, Any]) -> set[int]:
    """The places where what should vanish at the kinks does, between two neighbours on the line."""
    rows = []
    for operands in line:
        found = kinks(*operands, **parameters)
        parts = found if isinstance(found, tuple) else (found,)
        rows.append(np.concatenate([np.ravel(np.asarray(part, float)) for part in parts] or [np.zeros(0)]))
    table = np.array(rows).reshape(len(line), -1)
    by = np.abs(np.diff(table, axis=0))
    by[by > 20.0 * np.median(by, axis=0)] = 0.0  # what jumps does not vanish
    reach = np.maximum(np.vstack([by, by[-1:]]), np.vstack([by[:1], by]))
    small = ((np.abs(table) <= reach * (1 + 1e-9)) & (reach > 0)).any(axis=1)
    return {int(i) for i in np.flatnonzero(small) if 3 < i < STEPS - 3}  # at its ends a line shows no bend


def near(place: int, places: set[int], by: int = 3) -> bool:
    return any(abs(place - other) <= by for other in places)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("case", "function"), CASES)
def test_kinks_are_where_they_are_said_to_be(case: Case, function: Any) -> None:
    """A bend in the function is at a kink that its row declares, and what a row declares is a bend."""
    kinks = FACTS[function].kinks
    read = 0
    for seed in range(60):
        drawn = along_lines(case, seed)
        values = None if drawn is None else measured(case, *drawn)
        if drawn is None or values is None:
            continue
        line, parameters = drawn
        bent = bends(values)
        said = set() if kinks is None else vanishes(kinks, line, parameters)
        assert all(near(place, said) for place in bent), (seed, sorted(bent), sorted(said))
        assert sum(near(place, bent) for place in said) >= 0.7 * len(said), (seed, sorted(bent), sorted(said))
        read += 1
        if read == 4:
            break
