"""The result of a gradient check: a ``Report`` with its ``Finding``s, and the error that carries it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Verdict = Literal["agrees", "disagrees", "inconclusive"]


@dataclass(frozen=True)
class Finding:
    """One element or direction in which the gradient is wrong or could not be checked.

    Attributes
    ----------
    verdict : "disagrees" or "inconclusive"
    kind : str
        What the numerical derivative met there: "smooth", "kink" or, where it is not known, "unclear"; or "shape".
    order : int
        1 for the gradient, 2 for the gradient of the gradient, ...
    input : str
        The input's position, as ``"input 0"``, and its place in it if it is nested, as ``"input 0['W']"``; or that a
        direction of it is meant.
    element : tuple of int, or None
        The index in that input; ``None`` if the finding is about the whole input or a direction.
    automatic : float
        The derivative that is being checked.
    numerical, error : float
        The numerical derivative and the estimate of its error.
    low, high : float
        The slopes from the left and from the right; equal to ``numerical`` where the function is smooth.
    cause : str
        A guess at the mistake, or why nothing could be said, or ``""``.
    source : "automatic" or "given"
        Where the derivative that is being checked is from: the engine, or a function by hand.
    weighted : str
        What the numbers are derivatives of a sum of, each times a random number; ``""`` if of one number.

    Examples
    --------
    >>> from microae.testing import Finding
    >>> Finding("disagrees", "smooth", 1, "input 0", (2,), automatic=1.0, numerical=1.001).digits
    3
    """

    verdict: Verdict
    kind: str
    order: int
    input: str
    element: tuple[int, ...] | None
    automatic: float = math.nan
    numerical: float = math.nan
    error: float = math.nan
    low: float = math.nan
    high: float = math.nan
    cause: str = ""
    source: str = "automatic"
    weighted: str = ""

    @property
    def digits(self) -> int:
        """How many leading digits of the automatic and the numerical value agree, 0 to 16."""
        size = max(abs(self.automatic), abs(self.numerical))
        difference = abs(self.automatic - self.numerical)
        if not math.isfinite(difference):
            return 0
        return 16 if not difference else max(0, math.floor(-math.log10(difference / size)))

    def __str__(self) -> str:
        where = self.input + (f", element {list(self.element)}" if self.element else "")
        lines = [f"{where}, order {self.order}: {self.kind}"]
        if not math.isnan(self.numerical) or not math.isnan(self.automatic):
            lines.append(f"  {self.source:9s} {self.automatic!r}")
            known = self.error < max(abs(self.automatic), abs(self.numerical))
            digits = f", {self.digits} digits agree" if known else ""
            lines.append(f"  numerical {self.numerical!r} ± {self.error:.1g}{digits}")
        if self.weighted:
            lines.append(f"  of the sum of the {self.weighted}, each times a random number")
        if self.kind == "kink":
            lines.append(f"  slopes on the two sides: {self.low!r} and {self.high!r}")
        if self.cause:
            lines.append(f"  {'likely cause' if self.verdict == 'disagrees' else 'because'}: {self.cause}")
        return "\n".join(lines)


@dataclass
class Tally:
    """At how many points the derivative of one order by one input was judged, and at how many not.

    Attributes
    ----------
    judged, excused, unclear : int
        Points at which the derivative was compared; at which there is none, which is no failure; and at which nothing
        could be said.
    """

    judged: int = 0
    excused: int = 0
    unclear: int = 0


@dataclass
class Report:
    """The result of a gradient check; ``print(report)`` shows it as text.

    Attributes
    ----------
    verdict : "agrees", "disagrees" or "inconclusive"
    points, conclusive : int
        The number of points at which the gradient was checked, and of those at which something could be said of each
        input and each order.
    evaluations, gradient_evaluations : int
        How often the function and its gradient were computed.
    worst : float
        The largest relative error where the gradient agreed, and was not 0 but for rounding.
    findings : list of Finding
        What is wrong at the failing point, the smallest one after shrinking; or what could not be said, and why.
    inputs : tuple
        That point.
    seed : int
        Give it to the check to repeat this run.
    tallies : dict
        How each input fared at each order: ``(order, input)`` to :class:`Tally`.
    empty : set of str
        The inputs that had no elements at some point, so that nothing of them was checked there.
    moving : set of str
        The inputs on which the function was seen to depend.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.testing import check_gradients
    >>> report = check_gradients(np.tanh, np.ones(2), seed=0)
    >>> report.verdict, report.points, report.findings
    ('agrees', 1, [])
    """

    verdict: Verdict = "agrees"
    points: int = 0
    conclusive: int = 0
    evaluations: int = 0
    gradient_evaluations: int = 0
    worst: float = 0.0
    seed: int = 0
    findings: list[Finding] = field(default_factory=list)
    inputs: tuple[Any, ...] = ()
    tallies: dict[tuple[int, str], Tally] = field(default_factory=dict)
    empty: set[str] = field(default_factory=set)
    moving: set[str] = field(default_factory=set)

    def count(self, tallies: dict[tuple[int, str], Tally], findings: list[Finding], inputs: tuple[Any, ...]) -> None:
        """Add what was found at a point where nothing is wrong; of those where something is unclear, keep the last."""
        self.conclusive += bool(tallies) and not findings
        if findings:
            self.findings, self.inputs = findings, inputs
        for key, tally in tallies.items():
            total = self.tallies.setdefault(key, Tally())
            total.judged += tally.judged
            total.excused += tally.excused
            total.unclear += tally.unclear

    def enough(self, fraction: float) -> bool:
        """Whether each input was judged, at each order, at this fraction of the points at which it could be."""
        return bool(self.tallies) and all(
            t.judged >= fraction * (t.judged + t.unclear) and (t.judged or (self.points == 1 and order > 1))
            for (order, _), t in self.tallies.items()
        )

    def _only_first(self) -> bool:
        """Whether the first derivatives were judged by each input, and no second ones."""
        first, second = ([t.judged for (order, _), t in self.tallies.items() if order == k] for k in (1, 2))
        return bool(second) and all(first) and not any(second)

    def __str__(self) -> str:
        lines = [f"gradients: {self.verdict}"]
        lines += [str(finding) for finding in self.findings]
        if self.findings and self.inputs:
            with np.printoptions(precision=17, threshold=20):
                lines.append("at the inputs " + ", ".join(map(repr, self.inputs)))
        for (order, name), tally in self.tallies.items():
            total = f"of {self.points} points" if self.points > 1 else "point"
            if tally.excused:
                lines.append(f"{name}, order {order}: no derivative was found at {tally.excused} {total}")
        lines += [
            f"{name} changes nothing: of the function, only that this derivative is 0 was checked"
            for name in dict.fromkeys(name for _, name in self.tallies)
            if name not in self.moving and self.verdict == "agrees"
        ]
        lines += [f"{name} has no elements: nothing of it was checked there" for name in sorted(self.empty)]
        if self.verdict == "inconclusive" and self._only_first():
            lines.append("the first derivatives agree; order=1 checks them alone")
        points = "1 point" if self.points == 1 else f"{self.points} points"
        lines.append(
            f"{points}, {self.conclusive} conclusive; {self.evaluations} evaluations of the function, "
            f"{self.gradient_evaluations} of the gradient; "
            + (f"worst relative error {self.worst:.1e}; " if self.verdict == "agrees" else "")
            + f"seed {self.seed}"
        )
        return "\n".join(lines)


class GradientCheckError(AssertionError):
    """Raised by a gradient check whose verdict is not "agrees".

    Parameters
    ----------
    report : Report
        Kept as ``error.report``; its text is the message.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.testing import GradientCheckError, check_vjp
    >>> try:
    ...     check_vjp(np.sin, lambda g, x: -g * np.cos(x), np.array([0.5, 1.0]))
    ... except GradientCheckError as error:
    ...     print(error.report.verdict, "-", error.report.findings[0].cause)
    disagrees - the sign is wrong
    """

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report
