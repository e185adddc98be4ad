"""Whether the gradient of one scalar is right at one point, and the proof that is asked for before it is called wrong.

The gradient is compared with the numerical slope along a direction of each input, which moves all its elements. So the
cost is a few evaluations, however many elements there are; one wrong element is enough to fail; and a wrong input is
not hidden by a larger one. Only after that are single elements looked at, by bisection.

The verdict is derived from the error estimate of the numerical slope and the rounding of the gradient, relative to its
size along that direction. There is no absolute tolerance: a small gradient must be as accurate as a large one.

A gradient is called wrong only if it is proven that there is a derivative and that it is another one:

- the difference is far above the error of the numerical slope, of a second measurement at other steps, and of the
  gradient's own rounding, which is seen in how it scatters at neighbouring points;
- the slopes on both sides are equal, and linear in the direction: the slopes along parts of it, and along it together
  with other directions, add up;
- no operation of the graph is at one of its kinks there, where the chain rule promises nothing.

At a kink of its own, a gradient must lie between the slopes on the two sides of each element (Clarke 1975), and is
called wrong only where a single kink is met, or if it is not finite and written by hand. Of a convex function it must
lie between them along every direction. Derivatives of a higher order do not exist there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from microae.core.engine import newest_first
from microae.core.errors import NoDerivativeError
from microae.testing.functions import refuse_random_gradient
from microae.testing.lines import Scalar, random_signs
from microae.testing.numerical import ROUNDING, Slope, shows
from microae.testing.pieces import FAR, FEW, SHORT, Pieces, dot
from microae.testing.points import Point
from microae.testing.reports import Finding, Report, Verdict
from microae.testing.rounding import recomputed

Array = Any

_KNOWN_TO = 1e-3  # a slope with a larger relative error estimate is inconclusive
_SCATTER = 16.0  # the same, in what the gradient scatters at neighbouring points
_ROUNDING = {np.dtype(np.float64): 2.0**-32, np.dtype(np.float32): 2.0**-13}
"""The rounding error to expect of a gradient, relative to the sizes of its summands."""

_BACKWARD = {np.dtype(np.float64): 2.0**-46, np.dtype(np.float32): 2.0**-17}
"""The same, relative to the function's value and its slopes nearby: 64 roundings. Needed for ``1 - tanh²`` where tanh
is nearly 1, and for the gradient of a determinant, which uses singular values, where it is 0."""

_AT_KINK = 0.5 + 2.0**-7
"""How far slopes near a kink of one element may lie from the middle of those on its two sides, in their difference."""

_SEVERAL = "several kinks meet here, where the chain rule promises nothing"

_NOT_KNOWN = "the slopes along several elements at once are not known well enough"

_NOT_LINEAR = "not differentiable here: its slopes do not add up"

_ALIKE = "all inputs, moved alike"
_ALONG_ITSELF = "all inputs, moved along the gradient itself"

_FLOATS = (1e-290, 1e290)  # derivatives beyond are not accused of overflow, nor smaller differences of underflow
_SQUARES = 1e-150  # numbers whose squares are about to leave the range of floats
_NOISE = 2.0**-36  # what a function may change by that only shows its roundings, relative to its numbers
_AGAIN = 8  # how often a graph is computed again, to see how roundings scatter
_MOST_TRIED = 300  # directions in the search for wrong elements
_HANDFUL = 6  # elements that are looked at one by one sooner than in halves


@dataclass(frozen=True)
class Outcome:
    """What a comparison along one direction came to."""

    verdict: Verdict
    measured: Slope
    along: float
    reason: str = ""


@dataclass
class Judgement:
    """What a scalar's gradient came to, by one input: ``status`` is "judged", "excused" or "unclear"."""

    status: str = "judged"
    findings: list[Finding] = field(default_factory=list)
    kinked: bool = False


class Judge(Pieces):
    """Compares the gradient of one scalar at one point with numerical slopes along any direction."""

    def __init__(
        self, scalar: Scalar, point: Point, report: Report, rng: np.random.Generator, height: float, most: int
    ) -> None:
        super().__init__(scalar, point, report, rng, height)
        self.most = most
        self.steepest = 0.0  # the largest slope within reach, in any direction
        kinds = {g.dtype for g in self.automatic}
        self.kind = np.dtype(np.float32 if np.dtype(np.float32) in kinds or scalar.narrow else np.float64)
        self.automatic = [np.asarray(g, np.float64) for g in self.automatic]
        self._joined = False  # whether the inputs were moved together

    # --- one input -----------------------------------------------------------------------------------------------

    def input(self, i: int, directions: int, kinked: bool) -> Judgement:
        """Judge the gradient by input ``i``; ``kinked`` if a lower derivative has a kink here already."""
        for _ in range(directions):
            direction = self.random_direction(i)
            outcome = self.along(direction, quick=kinked and self.scalar.order > 1)
            if not outcome.measured.constant:
                self.report.moving.add(self.point.names[i])
            if outcome.verdict == "agrees" and outcome.measured.kind == "smooth":
                continue
            if outcome.verdict != "agrees":
                again = [np.asarray(g, np.float64) for g in self.gradient(self.point.wide)]
                refuse_random_gradient(self.automatic, again, _ROUNDING[self.kind], self.scalar.name)
            if self.scalar.order > 1 and (kinked or outcome.measured.kind in ("kink", "jump", "steep")):
                return self._excused(i, outcome)
            return self._pieces(i, direction, outcome)
        return self._narrow(i, direction) if self.point.dtypes[i] == np.float32 else Judgement()

    def _excused(self, i: int, outcome: Outcome) -> Judgement:
        order = {2: "twice", 3: "three times"}.get(self.scalar.order, f"{self.scalar.order} times")
        finding = self.finding(i, None, outcome, f"not {order} differentiable here")
        return Judgement("excused", [finding], kinked=True)

    def _pieces(self, i: int, direction: list[Array], outcome: Outcome) -> Judgement:
        """The elements of a direction along which something is wrong, not known, or has a kink."""
        wrong, unclear = self._search(i, direction, outcome)
        if wrong:
            return Judgement("wrong", wrong)
        if outcome.verdict == "disagrees" and outcome.measured.kind == "smooth" and not unclear:
            reason = self._doubt(direction, outcome)
            if not reason:
                return Judgement("wrong", [self.finding(i, None, outcome)])
            unclear = [self.finding(i, None, Outcome("inconclusive", outcome.measured, outcome.along, reason))]
        if not unclear:
            return self._together(i)
        kinks = all(finding.kind == "kink" or finding.cause in (_SEVERAL, _NOT_LINEAR) for finding in unclear)
        if self.scalar.order == 1 and kinks and self.is_one_piece(i, direction, _difference(outcome)):
            return Judgement(kinked=True)
        causes = [finding.cause for finding in unclear]
        if self.scalar.order > 1 and any("differentiable" in cause or "kink" in cause for cause in causes):
            return self._excused(i, outcome)
        if all(finding.kind in ("jump", "steep") or finding.cause == _SEVERAL for finding in unclear):
            return Judgement("excused", unclear[:1], kinked=True)
        return Judgement("unclear", unclear[:1], kinked=True)

    def _together(self, i: int) -> Judgement:
        """At kinks, a gradient by hand along directions in which equal elements stay equal, and along itself.

        Where equal elements stay equal, there may be no kink; along itself, a gradient is as large as it can be.
        """
        if self.scalar.order > 1 or self.scalar.source != "given" or self._joined:
            return Judgement(kinked=True)
        self._joined = True
        sizes = self.own_sizes()
        least = min(float(size.min(initial=math.inf)) for size in sizes)
        quickest = max(
            float(np.max(np.abs(g) / size, initial=0.0)) for g, size in zip(self.automatic, sizes, strict=True)
        )
        for name, parts in (  # no element moves farther than its own size
            (_ALIKE, [np.full(x.shape, least) for x in self.point.wide]),
            (_ALIKE, self.point.wide),
            (_ALONG_ITSELF, [g / (quickest or 1.0) for g in self.automatic]),
        ):
            direction = self.point.mirrored(list(parts))
            outcome = self.along(direction)
            if outcome.verdict != "disagrees":
                continue
            differs = outcome.measured.kind == "smooth" and not self._doubt(direction, outcome, together=True)
            if differs or self.beyond_convex(direction, outcome.measured, outcome.along):
                cause = "the gradients of the elements do not add up to the slope along all of them" * differs
                return Judgement("wrong", [replace(self.finding(i, None, outcome, cause), input=name)])
        return Judgement(kinked=True)

    def _search(self, i: int, direction: list[Array], outcome: Outcome) -> tuple[list[Finding], list[Finding]]:
        """The first wrong elements of an input, and one that is not known, by bisection."""
        flat = direction[i].ravel()
        if outcome.verdict == "inconclusive" and flat.size > FEW:
            return [], [self.finding(i, None, outcome)]
        wrong: list[Finding] = []
        unclear: list[Finding] = []
        pending = [np.arange(flat.size)]
        tried = 0
        while pending and len(wrong) < self.most:
            chosen = pending.pop()
            tried += 1
            if tried > _MOST_TRIED:  # a large input, many of whose elements are at kinks
                if outcome.verdict != "agrees":
                    unclear.append(self.finding(i, None, Outcome("inconclusive", outcome.measured, outcome.along,
                                                                 "many kinks at once")))  # fmt: skip
                break
            part = np.zeros(flat.size)
            part[chosen] = flat[chosen] if chosen.size > 1 else self.point.sizes[i].ravel()[chosen]
            tested = self.only(i, part)
            compared = outcome if chosen.size == flat.size > 1 else self.along(tested)
            if compared.verdict == "agrees" and (compared.measured.kind == "smooth" or chosen.size == 1):
                continue
            if chosen.size > 1:
                pending += reversed(np.array_split(chosen, 2 if chosen.size > _HANDFUL else chosen.size))
                continue
            element = tuple(int(n) for n in np.unravel_index(int(chosen[0]), direction[i].shape))
            reason = self._doubt(tested, compared) if compared.verdict == "disagrees" else compared.reason
            if reason:
                compared = Outcome("inconclusive", compared.measured, compared.along, reason)
            (unclear if reason else wrong).append(self.finding(i, element, compared, reason))
        return wrong, unclear

    def _narrow(self, i: int, direction: list[Array]) -> Judgement:
        """The gradient in float32 against the one in float64 at the same point, which is right."""
        here, there, size = self._narrow_slopes(i, direction, self.point.wide)
        nearby = max(self.height, self.steepest)
        single = np.dtype(np.float32)
        if abs(there - here) <= _ROUNDING[single] * size + _BACKWARD[single] * nearby:
            return Judgement()
        measured = Slope(here, 0.0, here, here, "smooth", size, nearby, 0)
        differences = []
        for near in 4 * (2.0**-20, 2.0**-14, 2.0**-8):  # a function that saturates rounds alike in a neighbourhood
            xs = [x * (1.0 + near * self.rng.uniform(-1.0, 1.0, x.shape)) for x in self.point.wide]
            differences.append(np.subtract(*self._narrow_slopes(i, direction, xs)[:2]))
        for _ in range(
            8
        ):  # one that saturates far rounds by as much, relatively, as it is from one multiple to another
            xs = [x * (1.0 + 2.0**-4 * self.rng.uniform(-1.0, 1.0, x.shape)) for x in self.point.wide]
            wide, narrow, nearby_size = self._narrow_slopes(i, direction, xs)
            differences.append((wide - narrow) / nearby_size * size if nearby_size else 0.0)
        scatter = max(float(np.ptp(differences)), self._rounded(direction, single)[1])
        if not math.isfinite(there) or not abs(there - here) > 4.0 * scatter:
            reason = "float32 is not accurate enough here" if math.isfinite(there) else "not finite in float32"
            return Judgement("unclear", [self.finding(i, None, Outcome("inconclusive", measured, there, reason))])
        return Judgement("wrong", [self.finding(i, None, Outcome("disagrees", measured, there, "wrong in float32"))])

    def _narrow_slopes(self, i: int, direction: list[Array], xs: list[Array]) -> tuple[float, float, float]:
        """Along a direction of one input, the gradient in float64 and in float32, at the same point, and its size."""
        narrow = self.point.narrowed(xs)
        wide = self.automatic if xs is self.point.wide else self.gradient([x.astype(np.float64) for x in narrow])
        pair = [np.asarray(g[i], np.float64) for g in (wide, self.gradient(narrow))]
        size = math.fsum(np.abs(pair[0] * direction[i]).ravel().tolist())
        return dot(pair[0], direction[i]), dot(pair[1], direction[i]), size

    # --- one direction -------------------------------------------------------------------------------------------

    def along(self, direction: Sequence[Array], *, quick: bool = False) -> Outcome:
        """The comparison along a direction; unless ``quick``, with noise in mind where it does not agree at once.

        No noise makes a kink that is clear.
        """
        along, size = self.gradient_along(direction)
        measured = self.slope(direction, quick=quick)
        verdict = self._compared(along, size, measured)
        if not quick and not (measured.clear and (verdict == "agrees" or measured.kind == "kink")):
            largest = max((float(np.abs(x).max(initial=0.0)) for x in self.point.wide), default=0.0)
            for resting in (_NOISE * max(largest, abs(self.start())), 0.0):
                measured = self.slope(direction, noisy=True, resting=resting)
                verdict = self._compared(along, size, measured)
                if not measured.constant or verdict == "agrees":
                    break
            self.steepest = max(self.steepest, measured.scale)
        if verdict == "agrees" and measured.kind == "smooth" and size and not measured.constant:
            self.report.worst = max(self.report.worst, abs(along - measured.value) / max(size, measured.scale))
        return Outcome(
            verdict, measured, along, _unclear(measured, self.point.nonfinite()) if verdict == "inconclusive" else ""
        )

    def _compared(self, along: float, size: float, measured: Slope) -> Verdict:
        if not math.isfinite(measured.error):
            return "inconclusive"
        if not math.isfinite(along):
            known = measured.error <= _KNOWN_TO * max(abs(measured.value), measured.scale) or measured.constant
            return "disagrees" if known and measured.kind in ("smooth", "kink") else "inconclusive"
        nearby = max(measured.height, measured.scale, self.steepest, self.height_before)
        rounding = _ROUNDING[self.kind] * max(size, abs(measured.value)) + _BACKWARD[self.kind] * nearby
        if measured.low - rounding <= along <= measured.high + rounding:
            known = measured.error <= _KNOWN_TO * max(abs(along), abs(measured.value), size, measured.scale)
            return "agrees" if known or measured.constant else "inconclusive"
        outside = max(measured.low + measured.error - along, along - measured.high + measured.error)
        return "disagrees" if outside > max(FAR * measured.error, _FLOATS[0]) else "inconclusive"

    # --- the proof -----------------------------------------------------------------------------------------------

    def _doubt(self, direction: list[Array], outcome: Outcome, *, together: bool = False) -> str:
        """Why a gradient that differs along a direction cannot be called wrong; empty if it can.

        If equal elements move ``together``, others may have kinks, where the slope must be the same on all their sides.
        """
        measured, along = outcome.measured, outcome.along
        largest = max(float(np.abs(d).max(initial=0.0)) for d in direction)
        if largest < _FLOATS[0]:
            return "numbers as small as these are not exact"
        steep = abs(measured.value) / largest
        if steep and not _FLOATS[0] < steep < _FLOATS[1]:
            return "the derivative is beyond the range of floats"
        if not math.isfinite(along) and 0.0 < largest < _SQUARES:
            return "squares of numbers as small as these are beyond the range of floats"
        met = self.scalar.kinks([self.moved(direction, t) for t in (-measured.step, 0.0, measured.step)])
        if measured.kind == "kink":
            return self._doubt_at_kink(direction, outcome, met)
        met = [name for name in met if name != "where"]  # whose pieces fit together here
        if met:
            return f"{met[0]} is at a kink here, where the chain rule promises nothing"
        if not together and self._kinks_meet(direction, outcome):
            return _SEVERAL
        if math.isfinite(along):
            again = self.slope(direction, noisy=True, shift=0.61)
            if self._compared(along, abs(along), again) != "disagrees" or again.kind != "smooth":
                return "another measurement does not confirm it"
            difference = abs(along - measured.value)
            number, scatter = self._rounded(direction, self.within)
            if not measured.exact and difference <= FAR * ROUNDING * number / measured.step:
                return "the function is not accurate enough here"
            if difference <= _SCATTER * max(scatter, self.scatter(direction, together)):
                return "the gradient itself is not accurate enough here"
            if shows(self._line(direction), along, difference, self._grain(direction)):
                return "some steps show this slope, others do not: the function changes too quickly here"
        reason = "" if together else self._not_linear(direction, outcome)
        if reason:
            return reason
        if math.isfinite(along) and self.bends(direction, measured.value, along, together):
            return _SEVERAL
        return ""

    def _rounded(self, direction: list[Array], dtype: Any) -> tuple[float, float]:
        """How much roundings of a kind of float scatter the number, and the slope of its gradient along a direction."""
        try:
            graph = self.scalar.graph()
        except NoDerivativeError:  # of a row's own rule
            return 0.0, 0.0
        if not graph:
            return 0.0, 0.0
        pairs = []
        for _ in range(_AGAIN):
            first, *rest = recomputed(graph, dtype, self.rng)
            pairs.append((float(first), sum(dot(g, d) for g, d in zip(rest, direction, strict=False))))
        number, slope = np.nan_to_num(np.ptp(pairs, axis=0), nan=math.inf, posinf=math.inf)
        return float(number), float(slope)

    def _not_linear(self, direction: list[Array], outcome: Outcome) -> str:
        """Why slopes along parts of a direction, and along it and others, do not add up to within the difference."""
        value = outcome.measured.value
        difference = _difference(outcome)
        flat = np.concatenate([d.ravel() for d in direction])
        moving = self.rng.permutation(np.flatnonzero(flat))
        parts = []
        for chosen in np.array_split(moving, min(8, moving.size)):
            part = np.zeros(flat.size)
            part[chosen] = flat[chosen]
            parts.append(part)
        signs = [np.ones(len(parts)), *(self.rng.choice([-1.0, 1.0], len(parts)) for _ in range(2))]
        slopes = [self.slope(self.split(part), noisy=True) for part in parts] if len(parts) > 1 else [outcome.measured]
        if any(s.kind != "smooth" for s in slopes):
            return _NOT_LINEAR
        error = sum(s.error for s in slopes)
        for sign in signs if len(parts) > 1 else []:
            whole = self.slope(self.split(np.sum(sign[:, None] * parts, axis=0)), noisy=True)
            missing = abs(whole.value - sum(sign * [s.value for s in slopes]))
            if not missing + whole.error + error <= difference / 4.0:
                return _NOT_LINEAR if missing > whole.error + error else _NOT_KNOWN
        return self._adds_to_others(flat, value, difference)

    def _kinks_meet(self, direction: list[Array], outcome: Outcome) -> bool:
        """Whether slopes do not add up by as much however small the step is: a quick look, which spares the proof."""
        flat = np.concatenate([d.ravel() for d in direction])
        for _ in range(4):
            others = self._others(flat)
            if not others.any():
                return False
            lines = [self._line(self.split(part)) for part in (others, flat + others)]
            missing: list[float] = []  # by how much the slopes do not add up, at two steps
            for step in (SHORT, SHORT / 16.0):
                ends = [[float(line(t)) for t in (-step, step)] for line in lines]
                alone, both = ((right - left) / (2.0 * step) for left, right in ends)
                missing.append(both - alone - outcome.measured.value)
                rounding = 4.0 * ROUNDING * max(self._noise(), self.epsilon * np.abs(ends).max()) / step
                if not abs(missing[-1]) > _difference(outcome) / 4.0 + outcome.measured.error + rounding:
                    break
            else:
                return abs(missing[0] - missing[1]) <= abs(missing[0]) / 8.0
        return False

    def _others(self, flat: Array) -> Array:
        """A direction of all elements that another one does not move."""
        signs = [(random_signs(self.rng, size.shape) * size).ravel() for size in self.own_sizes()]
        return np.concatenate(signs) * (flat == 0.0)

    def _adds_to_others(self, flat: Array, value: float, difference: float) -> str:
        """Why the slope is not the same where all other elements move too; these may be at kinks of their own."""
        others = self._others(flat)
        if not others.any():
            return ""
        for sign in (1.0, -1.0):
            reason = self._adds_up(flat, sign * others, value, difference / 4.0)
            if reason:
                return reason
        return ""

    def _adds_up(self, flat: Array, others: Array, value: float, within: float) -> str:
        """Why the slope beside others is not the same: by the difference of two lines, else by their two slopes.

        The difference is disturbed by nothing that others do, however large; the slopes are known with their own noise.
        """
        beside = self.slope(self.split(flat), noisy=True, beside=self.split(others))
        if all(abs(side - value) + beside.error <= within for side in (beside.left, beside.right)):
            return ""
        alone, both = (self.slope(self.split(part), noisy=True) for part in (others, flat + others))
        error = alone.error + both.error
        missing = max(abs(both.left - alone.left - value), abs(both.right - alone.right - value))
        if missing + error <= within:
            return ""
        return _NOT_LINEAR if missing > error else _NOT_KNOWN

    def _doubt_at_kink(self, direction: list[Array], outcome: Outcome, met: list[str]) -> str:
        """The same at a kink, for a single element: only where it is the only kink that is met."""
        if self.scalar.order > 1:
            return "not differentiable here: a kink"
        if not math.isfinite(outcome.along):
            return self._not_finite() if self.scalar.source == "automatic" else ""
        if len(met) > 1:
            return _SEVERAL
        if self.scalar.outputs is not None:
            here, there = (self.scalar.outputs(self.moved(direction, t)) for t in (0.0, outcome.measured.step))
            if sum(int(np.sum(a != b)) for a, b in zip(here, there, strict=True)) > 1:
                return _SEVERAL
        left, right = outcome.measured.left, outcome.measured.right
        near, step = 2.0**-16, 2.0**-24
        for _ in range(24):  # elements that are equal come to lie in many orders
            aside = [near * self.rng.uniform(-1.0, 1.0, s.shape) * s for s in self.point.sizes]
            for t in self.rng.uniform(-near, near, 2):
                ends = [
                    float(self._evaluated([x + a for x, a in zip(self.moved(direction, s), aside, strict=True)]))
                    for s in (t, t + step)
                ]
                if not abs((ends[1] - ends[0]) / step - (left + right) / 2.0) <= _AT_KINK * abs(right - left):
                    return _SEVERAL
        return ""

    def _not_finite(self) -> str:
        """What is said of the chain rule where it meets 0 · ∞ at a kink, as an automatic gradient has to."""
        try:
            names = {node.operation.name for y in self.scalar.graph() for node in newest_first(y)}
        except NoDerivativeError:  # of a row's own rule
            names = set()
        norm = "; np.linalg.norm(x) has one in place of np.sqrt(np.sum(x**2))" if "sqrt" in names else ""
        return f"the gradient is not finite here, at a kink{norm}"

    # --- what is said --------------------------------------------------------------------------------------------

    def finding(self, i: int, element: tuple[int, ...] | None, outcome: Outcome, cause: str = "") -> Finding:
        """What the report says of an input, or of one of its elements, whose derivative is then told per unit."""
        measured, along = outcome.measured, outcome.along
        name = self.point.names[i] + (", along a random direction" if element is None else "")
        unit = self.scalar.unit / (1.0 if element is None else float(self.point.sizes[i][element]))
        return Finding(
            outcome.verdict, measured.kind, self.scalar.order, name, element,
            along * unit, measured.value * unit, measured.error * abs(unit),
            measured.left * unit, measured.right * unit, cause or outcome.reason, self.scalar.source,
            self.scalar.weighted,
        )  # fmt: skip

    def numerical(self, i: int) -> Array:
        """The numerical gradient by one input; ``None`` for an input of more than a few elements."""
        x = self.point.wide[i]
        if x.size > FEW:
            return None
        numerical = np.zeros(x.shape)
        for k in np.ndindex(x.shape):
            part = np.zeros(x.shape)
            part[k] = self.point.sizes[i][k]
            numerical[k] = self.slope(self.only(i, part)).value / part[k]
        return numerical


def _difference(outcome: Outcome) -> float:
    """How far a gradient is from the slope; from one that is not finite as far as the slope is large."""
    value = outcome.measured.value
    return abs(outcome.along - value) if math.isfinite(outcome.along) else abs(value) or outcome.measured.scale


def _unclear(measured: Slope, nonfinite: str) -> str:
    """Why a slope is not known."""
    if math.isnan(measured.height):
        return "the function raises or is not finite here, or on one side" + (nonfinite and f"; {nonfinite}")
    if measured.kind == "jump":
        return "the function jumps here, or changes within steps that are too small to be tried"
    if measured.kind == "steep":
        return "the slope grows without bound here"
    if measured.kind == "kink":
        return "at a kink: the slopes on the two sides are not known well enough"
    return "the numerical slope is not known well enough"
