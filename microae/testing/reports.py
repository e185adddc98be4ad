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
        The input's position, as ``"input 0"``; or that a direction of all inputs is meant.
    element : tuple of int, or None
        The index in that input; ``None`` if the finding is about the whole input or a direction.
    automatic : float
        The derivative that is being checked.
    numerical, error : float
        The numerical derivative and the estimate of its error.
    low, high : float
        The slopes from the left and from the right; equal to ``numerical`` where the function is smooth.
    cause : str
        A guess at the mistake, or ``""``.

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

    @property
    def digits(self) -> int:
        """How many leading digits of the automatic and the numerical value agree, 0 to 16."""
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
    """The result of a gradient check; ``print(report)`` shows it as text.

    Attributes
    ----------
    verdict : "agrees", "disagrees" or "inconclusive"
    points, conclusive : int
        The number of points at which the gradient was checked, and of those with a verdict other than "inconclusive".
    evaluations, gradient_evaluations : int
        How often the function and its gradient were computed.
    worst : float
        The largest relative error where the gradient agreed.
    findings : list of Finding
        What is wrong or inconclusive at the failing point, the smallest one after shrinking.
    inputs : tuple
        That point.
    seed : int
        Give it to the check to repeat this run.

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
