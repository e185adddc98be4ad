"""What a gradient check has to say: a ``Report`` of ``Finding``s, and the error that carries it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Verdict = Literal["agrees", "disagrees", "inconclusive"]


@dataclass(frozen=True)
class Finding:
    """One place where the gradient is wrong, or where nothing can be said about it.

    Attributes
    ----------
    verdict : "disagrees" or "inconclusive"
    kind : str
        What the numerical derivative met there: "smooth", "kink" or, where it is not known, "unclear"; or "shape".
    order : int
        1 for the gradient, 2 for the gradient of the gradient, ...
    input : str
        The input's position, as ``"input 0"``; or that a direction of all inputs is meant.
    element : tuple of int, or None
        The place in that input; ``None`` where the finding is about all of it.
    automatic : float
        The derivative that is being checked.
    numerical, error : float
        The numerical derivative and the estimate of its error.
    low, high : float
        The slopes on either side; equal to ``numerical`` where the function is smooth.
    cause : str
        A guess at what is wrong, or ``""``.
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

    @property
    def digits(self) -> int:
        """How many leading digits of the automatic and the numerical value agree."""
        size = max(abs(self.automatic), abs(self.numerical))
        difference = abs(self.automatic - self.numerical)
        if not math.isfinite(difference) or not size:
            return 0
        return 16 if not difference else max(0, math.floor(-math.log10(difference / size)))

    def __str__(self) -> str:
        where = self.input + (f", element {list(self.element)}" if self.element else "")
        lines = [f"{where}, order {self.order}: {self.kind}"]
        if not math.isnan(self.numerical) or not math.isnan(self.automatic):
            lines.append(f"  automatic {self.automatic!r}")
            lines.append(f"  numerical {self.numerical!r} ± {self.error:.1g}, {self.digits} digits agree")
        if self.kind == "kink":
            lines.append(f"  slopes on the two sides: {self.low!r} and {self.high!r}")
        if self.cause:
            lines.append(f"  likely cause: {self.cause}")
        return "\n".join(lines)


@dataclass
class Report:
    """The outcome of a gradient check; ``str(report)`` is what a learner reads.

    Attributes
    ----------
    verdict : "agrees", "disagrees" or "inconclusive"
    points, conclusive : int
        The points at which the gradient was checked, and those at which something could be said.
    evaluations, gradient_evaluations : int
        How often the function and its gradient were computed.
    worst : float
        The largest relative error met where the verdict was conclusive.
    findings : list of Finding
        Of the (smallest) failing point: first what disagrees, then what was inconclusive.
    inputs : tuple
        That point.
    seed : int
        Gives the same run again.
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

    def __str__(self) -> str:
        lines = [f"gradients: {self.verdict}"]
        lines += [str(finding) for finding in self.findings]
        if self.findings and self.inputs:
            with np.printoptions(precision=17, threshold=20):
                lines.append("at the inputs " + ", ".join(map(repr, self.inputs)))
        lines.append(
            f"{self.points} points, {self.conclusive} conclusive; {self.evaluations} evaluations of the function, "
            f"{self.gradient_evaluations} of the gradient; worst relative error {self.worst:.1e}; seed {self.seed}"
        )
        return "\n".join(lines)


class GradientCheckError(AssertionError):
    """A gradient check that failed; ``error.report`` tells why."""

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report
