"""Faults planted in the rules of the table, and whether ``check_gradients`` finds them.

    python -m tests.testing.mutations

prints killed / planted and every survivor.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from microae.core.operation import TABLE, Operation, Variadic
from microae.testing import GradientCheckError, check_gradients
from tests.operations.cases import ROWS
from tests.operations.drawing import Case

Rule = Callable[..., Any]
SAMPLES = 150


def _out_for_input(rule: Rule) -> Rule:
    def wrong(g: Any, out: Any, *inputs: Any, **parameters: Any) -> Any:
        same = bool(inputs) and np.shape(out) == np.shape(inputs[0])
        return rule(g, out, *((out, *inputs[1:]) if same else inputs), **parameters)

    return wrong


def _wrong_result(change: Callable[[Any], Any]) -> Callable[[Rule], Rule]:
    return lambda rule: lambda *args, **parameters: change(rule(*args, **parameters))


def _transposed(c: Any) -> Any:
    return c.T if np.ndim(c) >= 2 and np.shape(c) == np.shape(c)[::-1] else c


def _stale(c: Any) -> Any:
    """Where the gradient is zero and where not, of the element before."""
    c = np.asarray(c)
    return np.where(np.roll(c, 1) == 0.0, 0.0, c)


def _one_element(c: Any) -> Any:
    factors = np.ones(np.shape(c))
    if factors.size:
        factors.flat[factors.size // 2] = 1.01
    return c * factors


def _mean_for_sum(c: Any) -> Any:
    return c / max(1, np.size(c))


def _undone(c: Any, shape: tuple[int, ...]) -> Any:
    """A result as the engine passes it on: what broadcasting did to the input summed up."""
    c = np.asarray(c)
    extra = c.ndim - len(shape)
    if extra < 0:
        return c
    stretched = [k + extra for k, (n, m) in enumerate(zip(shape, c.shape[extra:], strict=True)) if n == 1 != m]
    return c.sum(axis=(*range(extra), *stretched), keepdims=False)


def _dropped(rule: Rule) -> Rule:
    """What arrives is forgotten: the local derivative alone."""
    return lambda g, *args, **parameters: rule(np.ones(np.shape(g)), *args, **parameters)


FAULTS: dict[str, Callable[[Rule], Rule]] = {
    "sign": _wrong_result(lambda c: -c),
    "factor 2": _wrong_result(lambda c: 2.0 * c),
    "factor 1.01": _wrong_result(lambda c: 1.01 * c),
    "zero": _wrong_result(lambda c: 0.0 * c),
    "a term too many": _wrong_result(lambda c: c + 0.01),
    "one element": _wrong_result(_one_element),
    "transposed": _wrong_result(_transposed),
    "reversed": _wrong_result(lambda c: np.flip(c)),
    "shifted along an axis": _wrong_result(lambda c: np.roll(c, 1)),
    "stale mask": _wrong_result(_stale),
    "averaged, not summed": _wrong_result(_mean_for_sum),
    "out in place of the input": _out_for_input,
    "what arrives is dropped": _dropped,
}


@contextmanager
def planted(row: Operation, i: int, fault: Callable[[Rule], Rule], log: list[bool]) -> Iterator[None]:
    """The row with rule ``i`` replaced; ``log`` gets whether each result differed from the right one."""
    right: Any = row.vjps
    rule = right[i]
    wrong = fault(rule)

    def watched(*args: Any, **parameters: Any) -> Any:
        found, good = wrong(*args, **parameters), rule(*args, **parameters)
        shape = np.shape(args[2 + i])
        a, b = _undone(found, shape), _undone(good, shape)
        log.append(a.shape != b.shape or not np.allclose(a, b, rtol=1e-6, atol=1e-12, equal_nan=True))
        return found

    if isinstance(right, Variadic):
        row.vjps = Variadic(lambda k, *args, **kwargs: (watched if k == i else right[k])(*args, **kwargs))
    else:
        row.vjps = (*right[:i], watched, *right[i + 1 :])
    try:
        yield
    finally:
        row.vjps = right


def samples(case: Case) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    for seed in range(SAMPLES):
        arrays, parameters = case.sample(seed)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                case.reference(*arrays, **parameters)
        except (ValueError, RuntimeWarning):
            continue
        yield arrays, parameters


def fate(row: Operation, i: int, fault: Callable[[Rule], Rule]) -> str:
    """ "killed", "survived", or "equivalent" where the fault changed no result at all."""
    log: list[bool] = []
    with planted(row, i, fault, log):
        for case in ROWS[row.name]:
            for arrays, parameters in samples(case):
                try:
                    check_gradients(lambda *xs: case.call(*xs, **parameters), *arrays, order=1, seed=0)  # noqa: B023
                except GradientCheckError as error:
                    if error.report.verdict == "disagrees":
                        return "killed"
                except (ValueError, TypeError, IndexError):
                    return "killed"  # the engine itself refused the rule's result
    return "survived" if any(log) else "equivalent"


def rules() -> Iterator[tuple[Operation, int]]:
    for name, row in TABLE.items():
        if name in ROWS:
            for i in range(2 if isinstance(row.vjps, Variadic) else len(row.vjps)):
                if row.vjps[i] is not None:
                    yield row, i


def main() -> None:
    fates = {(row.name, i, name): fate(row, i, fault) for row, i in rules() for name, fault in FAULTS.items()}
    counts = {kind: sum(f == kind for f in fates.values()) for kind in ("killed", "survived", "equivalent")}
    for (name, i, fault), end in fates.items():
        if end == "survived":
            print(f"survived: {name}, rule {i}, {fault}")
    print(f"killed {counts['killed']} of {counts['killed'] + counts['survived']} planted; "
          f"{counts['equivalent']} more changed no result")  # fmt: skip


if __name__ == "__main__":
    main()
