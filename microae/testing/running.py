"""A gradient check from its points to its report: at given inputs, or at those that Hypothesis draws and shrinks."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from microae.extras import needed
from microae.testing.diagnosis import Evidence, explained
from microae.testing.judging import Judge
from microae.testing.lines import Scalar
from microae.testing.points import Point, leaves
from microae.testing.reports import Finding, GradientCheckError, Report, Tally

Scalars = Callable[[Point, np.random.Generator], Iterator[Scalar]]

ENOUGH_POINTS = 0.5
"""The fraction of points at which each input must be judged, or the whole run is inconclusive."""

_MOST_NAMED = 3  # wrong elements of an input


def check(
    scalars: Scalars, inputs: tuple[Any, ...], examples: int, seed: int | None, progress: Callable[[], None] | None
) -> Report:
    """Judge each scalar at each point.

    Parameters
    ----------
    scalars : callable
        ``scalars(point, rng)`` gives the scalars to check there, one for each order; before the first it calls the
        function twice, to see what it returns.
    inputs, examples, seed, progress
        As for :func:`microae.testing.check_gradients`.

    Returns
    -------
    Report
        With verdict "agrees".

    Raises
    ------
    GradientCheckError
        With the report, if the verdict is another one.
    """
    __tracebackhide__ = True
    seed = int(np.random.default_rng().integers(2**32)) if seed is None else seed
    report = Report(seed=seed)
    failing: list[tuple[Any, ...]] = []  # the first drawn point at which something is wrong, and the last
    drawing = any(has_strategy(x) for x in inputs)

    def at(*drawn: Any) -> None:
        __tracebackhide__ = True
        report.points += 1
        evidence: list[Evidence] | None = None if drawing else []
        with np.errstate(all="ignore"):
            findings, tallies = _at_point(scalars, drawn, seed, report, evidence)
        if progress is not None:
            progress()
        if any(finding.verdict == "disagrees" for finding in findings):
            report.verdict = "disagrees"
            report.conclusive += 1
            if evidence is None:
                failing[1:] = [drawn]
                if len(failing) == 1:
                    failing.append(drawn)
            else:
                report.inputs, report.findings = drawn, _explained(scalars, findings, drawn, evidence, seed, report)
            raise GradientCheckError(report)
        report.count(tallies, findings, drawn)

    if drawing:
        _draw(at, inputs, examples, seed)
    else:
        at(*inputs)
    if failing:
        first: list[Evidence] = []
        last: list[Evidence] = []
        with np.errstate(all="ignore"):
            if failing[0] is not failing[-1]:
                _at_point(scalars, failing[0], seed, report, first)
            findings, _ = _at_point(scalars, failing[-1], seed, report, last)
        report.inputs = failing[-1]
        report.findings = _explained(scalars, findings, failing[-1], [*last, *first], seed, report)
        raise GradientCheckError(report)
    if not report.enough(ENOUGH_POINTS):
        report.verdict = "inconclusive"
        raise GradientCheckError(report)
    report.findings, report.inputs = [], ()
    return report


def is_strategy(x: Any) -> bool:
    """Whether something is a Hypothesis strategy."""
    return type(x).__module__.startswith("hypothesis.") and hasattr(x, "example")


def has_strategy(x: Any) -> bool:
    """Whether an input is a Hypothesis strategy, or a list, tuple or dict with one in it."""
    return any(is_strategy(leaf) for _, leaf in leaves(x, ""))


def _strategy(x: Any) -> Any:
    """What draws an input in which strategies may be nested."""
    from hypothesis import strategies

    if is_strategy(x):
        return x
    if isinstance(x, dict) and has_strategy(x):
        return strategies.fixed_dictionaries({key: _strategy(part) for key, part in x.items()})
    if isinstance(x, (list, tuple)) and has_strategy(x):
        return strategies.tuples(*map(_strategy, x)).map(type(x))
    return strategies.just(x)


def _at_point(
    scalars: Scalars, drawn: tuple[Any, ...], seed: int, report: Report, evidence: list[Evidence] | None = None
) -> tuple[list[Finding], dict[tuple[int, str], Tally]]:
    """What is wrong or not known at a point, and how each input fared at each order.

    With ``evidence`` all that is wrong is looked for, and the gradients beside the numerical ones are added to it.
    """
    point, rng = Point(drawn), np.random.default_rng(seed)
    most = 1 if evidence is None or in_hypothesis() else _MOST_NAMED  # Hypothesis shrinks by failing at many points
    names = [name for name, x in zip(point.names, point.wide, strict=True) if x.size]
    report.empty |= set(point.names) - set(names)
    tallies: dict[tuple[int, str], Tally] = {}
    findings: list[Finding] = []
    kinked: set[str] = set()  # the inputs by which a lower derivative has a kink
    height = 0.0
    for scalar in scalars(point, rng):
        report.evaluations += 2 * (scalar.order == 1)  # before the first scalar
        try:
            judge = Judge(scalar, point, report, rng, height, most)
        except np.linalg.LinAlgError as error:  # the function itself did not raise one: its rule refuses the point
            cause = f"there is no derivative here: {error}"
            findings += [Finding("inconclusive", "unclear", scalar.order, name, None, cause=cause) for name in names]
            tally = Tally(excused=1) if scalar.order > 1 else Tally(unclear=1)
            return findings, tallies | {(scalar.order, name): tally for name in names}
        wrong_shapes = _shapes(judge, point)
        if wrong_shapes:
            return wrong_shapes, tallies
        if fault := scalar.fault():
            return [Finding("disagrees", "unclear", scalar.order, name, None, cause=fault) for name in names], tallies
        wrong: list[Finding] = []
        unclear: list[Finding] = []
        for i, name in enumerate(point.names):
            if not point.wide[i].size:
                continue
            if name in kinked and scalar.order > 1:  # the gradient jumps there
                tallies[scalar.order, name] = Tally(excused=1)
                continue
            judged = judge.input(i, directions=2 if len(names) == 1 else 1, kinked=bool(kinked))
            tallies[scalar.order, name] = Tally(**{judged.status: 1} if judged.status != "wrong" else {})
            if judged.status != "excused" or scalar.order == 1:
                (wrong if judged.status == "wrong" else unclear).extend(judged.findings)
            kinked |= {name} if judged.kinked else set()
            if wrong and evidence is None:
                return wrong, tallies
            if judged.status == "wrong" and evidence is not None:
                numerical = judge.numerical(i)
                pair = scalar.unit * judge.automatic[i], None if numerical is None else scalar.unit * numerical
                evidence.append(Evidence(scalar.order, name, *pair, point.is_telling()))
        if wrong:
            return wrong, tallies
        findings += unclear
        height = judge.height
        if unclear:
            break  # where the gradient is not known, nothing is of its own gradient
    return findings, tallies


def _shapes(judge: Judge, point: Point) -> list[Finding]:
    return [
        Finding("disagrees", "shape", judge.scalar.order, name, None, cause=f"the gradient has shape {g.shape}, "
                f"the input {x.shape}" + (": not summed over a broadcast axis" if g.size > x.size else ""))
        for name, g, x in zip(point.names, judge.automatic, point.wide, strict=True)
        if g.shape != x.shape
    ]  # fmt: skip


def _explained(
    scalars: Scalars,
    findings: list[Finding],
    failing: tuple[Any, ...],
    evidence: list[Evidence],
    seed: int,
    report: Report,
) -> list[Finding]:
    """What is wrong, with the cause that explains the evidence; another point is asked if there is none that tells."""
    if evidence and not any(e.telling for e in evidence):
        another = Point(failing).another(np.random.default_rng(seed))
        with np.errstate(all="ignore"), contextlib.suppress(Exception):  # the function may refuse that point
            more: list[Evidence] = []
            _at_point(scalars, another, seed, report, more)
            evidence = [*evidence, *(replace(e, telling=True) for e in more)]  # beside the failing point
    return [explained(finding, evidence) for finding in findings]


def in_hypothesis() -> bool:
    """Whether a test of Hypothesis's is running, which draws points of its own."""
    hypothesis = sys.modules.get("hypothesis")
    return hypothesis is not None and bool(hypothesis.currently_in_test_context())


def drawn_there(inputs: Sequence[Any]) -> list[Any]:
    """Inputs drawn from strategies as a part of the point of the test of Hypothesis's that is running."""
    from hypothesis.control import current_build_context

    flat: list[Any] = []
    for x in inputs:
        drawn = current_build_context().data.draw(_strategy(x))
        flat.extend(drawn if isinstance(drawn, tuple) and is_strategy(x) else [drawn])
    return flat


@contextlib.contextmanager
def one_of_many() -> Iterator[None]:
    """A check at a point that Hypothesis has drawn: one that tells nothing is no failure, it draws another."""
    try:
        yield
    except GradientCheckError as error:
        if error.report.verdict == "inconclusive" and in_hypothesis():
            sys.modules["hypothesis"].reject()
        raise


class _Stopped(Exception):  # noqa: N818
    """Ends a run of Hypothesis after an exception of the user's function, which must come through unchanged."""


def _draw(at: Callable[..., None], inputs: tuple[Any, ...], examples: int, seed: int) -> None:
    """Call ``at`` with points that Hypothesis draws; it shrinks a failing one."""
    __tracebackhide__ = True
    with needed("hypothesis", "drawing points", "'microae[testing]', or give arrays"):
        import hypothesis
        from hypothesis import HealthCheck, Phase, Verbosity, strategies

    if examples < 1:
        raise ValueError(f"examples must be 1 or more, got {examples!r}")
    drawn = strategies.tuples(*map(_strategy, inputs))
    raised: list[Exception] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        print_blob=False,
    )
    @hypothesis.given(drawn)
    def run(given: tuple[Any, ...]) -> None:
        flat: list[Any] = []
        for x, strategy in zip(given, inputs, strict=True):
            flat.extend(x if isinstance(x, tuple) and is_strategy(strategy) else [x])
        try:
            if not raised:
                at(*flat)
        except (GradientCheckError, hypothesis.errors.HypothesisException):
            raise
        except Exception as error:
            raised.append(error)
        if raised:
            raise _Stopped

    with contextlib.suppress(GradientCheckError, _Stopped):
        run()
    if raised:
        raise raised[0]
