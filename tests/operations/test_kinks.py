"""Kinks that are declared are there, and none is there that is not declared: by the one-sided slopes of every function.

Along each element the slopes to the right and to the left are compared at two distances. Of a smooth function they
come together as the distance shrinks, at a kink they do not. The points are the cases' own, and the same on a grid of
halves, at zeros, and with all elements equal.
"""

from __future__ import annotations

import numpy as np
import pytest

import microae as ma
from microae.core.operation import FACTS, FUNCTIONS, TABLE
from tests.operations.cases import COMPOSITIONS, ROWS
from tests.operations.drawing import Case

NEAR, NEARER = 1e-4, 1e-5
SLOPES_DIFFER = 1e-3
SEEDS = range(60)


def numbers(result):
    """All numbers of a result, one array or several, in a row."""
    parts = result if isinstance(result, (list, tuple)) else [result]
    return np.concatenate([np.ravel(np.asarray(part)) for part in parts]).astype(float)


def called(function, arrays):
    """The numbers of a result; NaN instead of what is not finite or very large; ``None`` if there is none."""
    try:
        out = numbers(function(*arrays))
    except (ValueError, np.linalg.LinAlgError):
        return None
    return np.where(np.abs(out) < 1e6, out, np.nan)


def gaps(function, arrays, h):
    """By each element of each array, how much the slopes to either side differ, for each number of the result."""
    here = called(function, arrays)
    for k, array in enumerate(arrays):
        for place in np.ndindex(array.shape):
            moved = []
            for step in (h, -h):
                x = array.copy()
                x[place] += step
                moved.append(called(function, [*arrays[:k], x, *arrays[k + 1 :]]))
            if any(m is None for m in moved):
                yield np.full_like(here, np.nan)
            else:
                yield np.abs((moved[0] - here) / h - (here - moved[1]) / h)


def bends(function, arrays):
    """Whether each number of the result has a kink here, along some element."""
    found = np.zeros(called(function, arrays).shape, bool)
    for far, near in zip(gaps(function, arrays, NEAR), gaps(function, arrays, NEARER), strict=True):
        found |= (near > SLOPES_DIFFER) & (near > 0.5 * far)  # a NaN is neither
    return found


def points(case: Case, seed: int):
    arrays, parameters = case.sample(seed)
    for changed in (
        lambda a: a,
        lambda a: np.round(2.0 * a) / 2.0 + 0.0,
        lambda a: a * (np.arange(a.size).reshape(a.shape) % 2),
        lambda a: np.full_like(a, np.round(a.mean()) if a.size else 0.0),
        np.zeros_like,
    ):
        yield [np.array(changed(np.asarray(a, float))) for a in arrays], parameters


def declared(kinks, arrays, parameters):
    """The arrays that vanish at kinks."""
    found = () if kinks is None else kinks(*arrays, **parameters)
    return [np.asarray(kink) for kink in (found if isinstance(found, tuple) else (found,))]


def faults(kinks, cases, seeds=SEEDS):
    """What is wrong with the kinks that are declared of a function.

    "undeclared" with the point, where it bends although nothing vanishes; "nowhere" for what vanishes only where it
    does not bend.
    """
    confirmed, seen = set(), set()
    for case in cases:
        for seed in seeds:
            for arrays, parameters in points(case, seed):
                if sum(a.size for a in arrays) > 30:
                    continue

                def function(*arrays, _parameters=parameters, _case=case):
                    return _case.call(*arrays, **_parameters)

                out = called(function, arrays)
                if out is None or not out.size:
                    continue
                vanishing = declared(kinks, arrays, parameters)
                if any(((np.abs(k) < 20 * NEAR) & (np.abs(k) > 1e-12)).any() for k in vanishing):
                    continue  # so close to a kink that it is between the points
                zeros = [np.abs(k).ravel() <= 1e-12 for k in vanishing]
                if any(z.size != out.size for z in zeros):  # of which number of the result each is, is not known
                    zeros = [np.full(out.size, z.any()) for z in zeros]
                bent, expected = bends(function, arrays), np.logical_or.reduce([np.zeros(out.size, bool), *zeros])
                if (bent & ~expected).any():
                    return f"undeclared at {arrays} with {parameters}"
                for i, zero in enumerate(zeros):
                    alone = zero & ~np.logical_or.reduce([np.zeros(out.size, bool), *zeros[:i], *zeros[i + 1 :]])
                    seen |= {i} if alone.any() else set()
                    confirmed |= {i} if (alone & bent).any() else set()
    return f"bends nowhere where kink {min(seen - confirmed)} vanishes" if seen - confirmed else ""


EVERY = [("row", name) for name in ROWS if name in TABLE] + [("composition", name) for name in COMPOSITIONS]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_kinks_are_where_they_are_declared(kind, name):
    facts = TABLE[name].facts if kind == "row" else FACTS[FUNCTIONS[name]]
    cases = ROWS[name] if kind == "row" else COMPOSITIONS[name]
    with np.errstate(all="ignore"):
        assert faults(facts.kinks, cases, SEEDS if facts.kinks else range(6)) == ""


def test_these_functions_have_kinks():
    """The test above has met a kink of each."""
    rows = {row.name for row in TABLE.values() if row.facts.kinks}
    assert rows == {
        "absolute", "maximum", "minimum", "clip", "hypot", "per_length", "arctan2", "relu", "leaky_relu",
        "elu", "max", "min", "std", "norm", "eigvalsh", "eigenvectors", "eigvals", "general_eigenvectors",
        "svdvals", "left_singular_vectors", "right_singular_vectors", "orthonormal", "triangular", "pinv",
        "remainder", "fmod",
    }  # fmt: skip
    for name in rows:
        met = 0
        for case in ROWS[name]:
            for seed in SEEDS:
                for arrays, parameters in points(case, seed):
                    if all(a.size for a in arrays):
                        met += any((k == 0).any() for k in declared(TABLE[name].facts.kinks, arrays, parameters))
        assert met > 3, name


WRONG = {
    "relu": (None, lambda x: x - 0.5, lambda x: ()),
    "tanh": (lambda x: x, lambda x: x - 0.5),
    "maximum": (None, lambda x, y: x, lambda x, y: x + y),
    "clip": (lambda x, low, high: x - low, lambda x, low, high: (x - low, np.maximum(x, low) - high, x)),
    "max": (None, lambda a, axis=None, keepdims=False: a),
    "hypot": (None,),
    "arctan2": (np.hypot,),
    "elu": (None, lambda x, alpha=1.0: x - 0.5),
    "std": (None,),
    "norm": (None, lambda x, axis=None, keepdims=False: np.max(np.abs(x), axis, initial=0.0) - 1.0),
}


@pytest.mark.parametrize(("name", "i"), [(name, i) for name, wrong in WRONG.items() for i in range(len(wrong))])
def test_a_wrong_kink_is_found(name, i):
    with np.errstate(all="ignore"):
        assert faults(WRONG[name][i], ROWS[name]) != ""


def test_a_composition_with_a_kink_that_is_not_declared_is_found():
    case = COMPOSITIONS["hard_tanh"][0]
    one = lambda x, min_val=-1.0, max_val=1.0: x - max_val
    assert "undeclared" in faults(one, [case])
    assert "undeclared" in faults(None, [case])
    smooth = Case("silu", ma.silu, np.abs, COMPOSITIONS["silu"][0].recipe)
    assert faults(None, [smooth]) == ""
    assert "bends nowhere" in faults(lambda x: x, [smooth])
