"""``check_gradients``, ``check_vjp`` and ``check_gradient_function``.

All three bring their function into one form, a :class:`Scalar`: a number that depends on arrays, and its gradient. At
a point the gradient is held against the measured slope along a few random directions, each of which moves every
element: so the cost is a few evaluations, however many elements there are, and a single wrong element shows. Only
after a failure are the elements that are wrong looked for, by bisection. The gradient of the gradient is checked in
the same way: along a direction ``u``, ``⟨u, gradient⟩`` is again a number that depends on the arrays.

The verdict follows the error that the numerical slope estimates of itself and the rounding of the automatic value,
relative to the gradient's own size; there is no absolute tolerance: a small gradient must be as right as a large one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from microae.core.engine import gradients
from microae.core.value import Value
from microae.extras import needed
from microae.testing.diagnosis import likely_cause
from microae.testing.numerical import EPSILON, Slope, slope
from microae.testing.reports import Finding, GradientCheckError, Report, Verdict

Array = Any
Gradient = Callable[[Sequence[Array]], list[Array]]

DIRECTIONS = 2
ENOUGH_POINTS = 0.5
"""The fraction of points at which something must have been said, for a run to count."""

_KNOWN_TO = 1e-3  # a slope known less well, relative to what it is compared with, says nothing
_ROUNDING = {np.dtype(np.float64): 2.0**-32, np.dtype(np.float32): 2.0**-13}
"""How exactly an automatic gradient can be expected, relative to the sizes of what it is added up from."""

_BACKWARD = 2.0**-46
"""The same, relative to the function's own value and its slopes nearby, 64 roundings: so ``1 - tanh²`` is rounded where
tanh is nearly 1, and the gradient of a determinant, by singular values, where it is 0."""

_FLOATS = (np.float64, np.float32)


@dataclass
class Scalar:
    """A number that depends on arrays, and its gradient; ``of`` may be given complex arrays if ``analytic``."""

    of: Callable[[Sequence[Array]], Any]
    gradient: Gradient
    order: int = 1
    analytic: bool = False
    evaluations: int = 0
    gradient_evaluations: int = 0


@dataclass
class _Point:
    """The inputs of one check, and which of them are differentiated."""

    inputs: tuple[Any, ...]
    moving: list[int] = field(init=False)
    wide: list[Array] = field(init=False)  # the moving ones, in float64
    rounding: float = field(init=False)  # of the gradient that is checked

    def __post_init__(self) -> None:
        self.inputs = tuple(x.data if isinstance(x, Value) else x for x in self.inputs)
        self.moving = [i for i, x in enumerate(self.inputs) if _is_real(x)]
        if not self.moving:
            raise TypeError("there is nothing to differentiate: no input is a float or an array of floats")
        kinds = {np.asarray(self.inputs[i]).dtype for i in self.moving}
        self.rounding = max(_ROUNDING[kind] for kind in kinds)
        self.wide = [np.array(self.inputs[i], np.float64) for i in self.moving]

    def filled(self, xs: Sequence[Any]) -> list[Any]:
        """All inputs, the moving ones replaced."""
        everything = list(self.inputs)
        for i, x in zip(self.moving, xs, strict=True):
            everything[i] = x
        return everything

    def narrow(self, xs: Sequence[Array]) -> list[Array]:
        """The moving inputs in the types in which they were given."""
        return [x.astype(np.asarray(self.inputs[i]).dtype) for i, x in zip(self.moving, xs, strict=True)]


def _is_real(x: Any) -> bool:
    return isinstance(x, float) or (isinstance(x, (np.ndarray, np.generic)) and x.dtype in _FLOATS)


def check_gradients(
    f: Callable[..., Any],
    *inputs: Any,
    order: int = 2,
    examples: int = 100,
    seed: int | None = None,
    progress: Callable[[], None] | None = None,
) -> Report:
    """Check microae's gradients of ``f`` against numerical derivatives.

    Parameters
    ----------
    f : callable
        Takes Values, or arrays through NumPy functions; returns one output of any shape, or a tuple or list of them.
    *inputs : arrays, numbers, Values, or Hypothesis strategies
        Float arrays and numbers are differentiated; all else (a dict, ``None``, an array of integers or booleans) is
        passed on as it is. If any is a strategy, Hypothesis draws ``examples`` points and shrinks what fails; a
        strategy that draws a tuple gives several inputs.
    order : int
        1 checks the gradient, 2 also the gradient of the gradient, and so on.
    examples : int
        How many points Hypothesis draws.
    seed : int, optional
        The same seed gives the same verdict.
    progress : callable, optional
        Called after each point.

    Returns
    -------
    Report
        With verdict "agrees".

    Raises
    ------
    GradientCheckError
        With the report, if the verdict is "disagrees" or "inconclusive".

    Examples
    --------
    >>> import numpy as np
    >>> from microae.testing import check_gradients
    >>> check_gradients(lambda x, W: np.tanh(x @ W), np.ones(2), np.eye(2)).verdict
    'agrees'
    """
    __tracebackhide__ = True
    if order < 1:
        raise ValueError(f"check_gradients: order must be 1 or more, got {order!r}")

    def scalars(point: _Point, rng: np.random.Generator) -> Iterator[Scalar]:
        # The outputs of f, weighted, are the first number; its gradient, weighted, the second, and so on. Weights enter
        # as seeds of the backward pass: no other operation may hide a fault of the one that is checked.
        first = _outputs(f(*point.filled([Value(x) for x in point.wide])))
        weights = [[_direction(rng, np.shape(y)) for y in first]]

        def derivatives(xs: Sequence[Array], k: int, record: bool) -> list[Any]:
            """The outputs differentiated ``k`` times, each time weighted and summed."""
            leaves = [Value(x) for x in xs]
            outputs = _outputs(f(*point.filled(leaves)))
            for level in range(k):
                outputs = _pulled_back(outputs, weights[level], leaves, record or level < k - 1)
            return outputs

        def number(xs: Sequence[Array], k: int) -> Any:
            if any(np.iscomplexobj(x) for x in xs):
                outputs = _outputs(f(*point.filled(xs)))
            else:
                outputs = [y.data if isinstance(y, Value) else y for y in derivatives(xs, k - 1, record=False)]
            return sum(np.sum(w * y) for w, y in zip(weights[k - 1], outputs, strict=True))

        def gradient(xs: Sequence[Array], k: int) -> list[Array]:
            return [np.asarray(g, np.float64) for g in derivatives(point.narrow(xs), k, record=False)]

        for k in range(1, order + 1):
            yield Scalar(partial(number, k=k), partial(gradient, k=k), k, analytic=k == 1)
            weights.append([_direction(rng, x.shape) for x in point.wide])

    return _check(scalars, inputs, examples, seed, progress)


def _outputs(found: Any) -> list[Any]:
    return list(found) if isinstance(found, (tuple, list)) else [found]


def _pulled_back(outputs: Sequence[Any], weights: Sequence[Array], leaves: list[Value], record: bool) -> list[Any]:
    """The gradient of the weighted sum of the outputs by each leaf."""
    total: list[Any] = [Value(np.zeros(x.shape, x.dtype)) if record else np.zeros(x.shape, x.dtype) for x in leaves]
    found = [gradients(y, leaves, w, record=record) for y, w in zip(outputs, weights, strict=True) if type(y) is Value]
    for i, parts in enumerate(zip(*found, strict=True)):
        total[i] = parts[0]
        for part in parts[1:]:
            total[i] = total[i] + part
    return total


def check_vjp(
    f: Callable[..., Any],
    vjp: Callable[..., Any],
    *inputs: Any,
    examples: int = 100,
    seed: int | None = None,
    progress: Callable[[], None] | None = None,
) -> Report:
    """Check a hand-written vector-Jacobian product of plain arrays.

    Parameters
    ----------
    f : callable
        Of arrays; returns one output or a tuple.
    vjp : callable
        ``vjp(g, *inputs)`` returns one array, or a tuple with one per differentiated input. ``g`` has the output's
        shape; for several outputs it is a tuple.
    *inputs, examples, seed, progress
        As for :func:`check_gradients`.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.testing import check_vjp
    >>> check_vjp(np.sin, lambda g, x: g * np.cos(x), np.ones(3)).verdict
    'agrees'
    """

    __tracebackhide__ = True

    def scalars(point: _Point, rng: np.random.Generator) -> Iterator[Scalar]:
        first = f(*point.filled(point.narrow(point.wide)))
        several = isinstance(first, (tuple, list))
        weights = [_direction(rng, np.shape(y)) for y in (first if several else [first])]

        def number(xs: Sequence[Array]) -> Any:
            found = f(*point.filled(xs))
            outputs = found if several else [found]
            return sum(np.sum(w * np.asarray(y)) for w, y in zip(weights, outputs, strict=True))

        def gradient(xs: Sequence[Array]) -> list[Array]:
            g = [w.astype(np.asarray(y).dtype) for w, y in zip(weights, first if several else [first], strict=True)]
            return _as_list(vjp(tuple(g) if several else g[0], *point.filled(point.narrow(xs))), point, "vjp")

        yield Scalar(number, gradient, analytic=True)

    return _check(scalars, inputs, examples, seed, progress)


def check_gradient_function(
    f: Callable[..., Any],
    grad: Callable[..., Any],
    *inputs: Any,
    examples: int = 100,
    seed: int | None = None,
    progress: Callable[[], None] | None = None,
) -> Report:
    """Check the gradient of a scalar function, whatever framework computes the two.

    Parameters
    ----------
    f : callable
        Of arrays; returns one number.
    grad : callable
        ``grad(*inputs)`` returns one array, or a tuple with one per differentiated input.
    *inputs, examples, seed, progress
        As for :func:`check_gradients`.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.testing import GradientCheckError, check_gradient_function
    >>> try:
    ...     check_gradient_function(lambda x: np.sum(x**2), lambda x: x, np.array([1.0, 2.0]), seed=0)
    ... except GradientCheckError as error:
    ...     print(error.report.findings[0].cause)
    off by a constant factor: multiply by 2
    """

    __tracebackhide__ = True

    def scalars(point: _Point, _: np.random.Generator) -> Iterator[Scalar]:
        def number(xs: Sequence[Array]) -> Any:
            found = np.asarray(f(*point.filled(xs)))
            if found.size != 1:
                raise TypeError(f"check_gradient_function: f must return one number, its shape is {found.shape}")
            return found.item()

        def gradient(xs: Sequence[Array]) -> list[Array]:
            return _as_list(grad(*point.filled(point.narrow(xs))), point, "grad")

        yield Scalar(number, gradient, analytic=True)

    return _check(scalars, inputs, examples, seed, progress)


def _as_list(found: Any, point: _Point, name: str) -> list[Array]:
    parts = list(found) if isinstance(found, (tuple, list)) else [found]
    if len(parts) == len(point.inputs) != len(point.moving):
        parts = [parts[i] for i in point.moving]
    if len(parts) != len(point.moving):
        raise TypeError(f"{name} returned {len(parts)} gradients for {len(point.moving)} differentiated inputs")
    return [np.asarray(part, np.float64) for part in parts]


# --- running -----------------------------------------------------------------------------------------------------

Scalars = Callable[[_Point, np.random.Generator], Iterator[Scalar]]


def _check(
    scalars: Scalars, inputs: tuple[Any, ...], examples: int, seed: int | None, progress: Callable[[], None] | None
) -> Report:
    __tracebackhide__ = True
    seed = int(np.random.default_rng().integers(2**32)) if seed is None else seed
    report = Report(seed=seed)

    def at(*drawn: Any) -> None:
        __tracebackhide__ = True
        point = _Point(drawn)
        report.points += 1
        findings = _at_point(scalars, point, np.random.default_rng(seed), report)
        report.conclusive += all(finding.verdict == "disagrees" for finding in findings)
        report.findings, report.inputs = findings, drawn
        if progress is not None:
            progress()
        if any(finding.verdict == "disagrees" for finding in findings):
            report.verdict = "disagrees"
            raise GradientCheckError(report)

    if any(_is_strategy(x) for x in inputs):
        _draw(at, inputs, examples, seed)
    else:
        at(*inputs)
    if report.points and report.conclusive < ENOUGH_POINTS * report.points:
        report.verdict = "inconclusive"
        raise GradientCheckError(report)
    report.findings, report.inputs = [], ()
    return report


def _is_strategy(x: Any) -> bool:
    return type(x).__module__.startswith("hypothesis.") and hasattr(x, "example")


def _draw(at: Callable[..., None], inputs: tuple[Any, ...], examples: int, seed: int) -> None:
    """Let Hypothesis draw the points, and shrink the one that fails."""
    __tracebackhide__ = True
    with needed("hypothesis", "drawing points", "'microae[testing]', or give arrays"):
        import hypothesis
        from hypothesis import HealthCheck, Phase, Verbosity, strategies

    drawn = strategies.tuples(*(x if _is_strategy(x) else strategies.just(x) for x in inputs))

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
            flat.extend(x if isinstance(x, tuple) and _is_strategy(strategy) else [x])
        at(*flat)

    try:
        run()
    except GradientCheckError as error:
        raise GradientCheckError(error.report) from None  # without Hypothesis's notes


# --- one point ---------------------------------------------------------------------------------------------------


def _at_point(scalars: Scalars, point: _Point, rng: np.random.Generator, report: Report) -> list[Finding]:
    """What is wrong, or not known, at a point; nothing where all agrees."""
    unclear: list[Finding] = []
    height = 0.0  # of what has been differentiated: a gradient is rounded as its function is
    for scalar in scalars(point, rng):
        automatic = scalar.gradient(point.wide)
        report.gradient_evaluations += 1
        wrong_shapes = _shapes(automatic, point, scalar.order)
        if wrong_shapes:
            return wrong_shapes
        if not sum(x.size for x in point.wide):
            continue
        look = _Look(scalar, point, automatic, report, height)
        for _ in range(DIRECTIONS):
            direction = [_direction(rng, x.shape) for x in point.wide]
            verdict, found, along = look.verdict(direction)
            if verdict == "disagrees":
                wrong = look.elements(direction, singly=found.kind == "kink")
                if wrong or found.kind != "kink":
                    return wrong or [look.finding(None, None, verdict, found, along)]
                # Kinks of several elements bend different ways: their sum need not lie between the sums of the slopes.
                verdict = "inconclusive"
            if verdict == "inconclusive":
                unclear.append(look.finding(None, None, verdict, found, along))
                break
        height = look.height
        if unclear:
            break  # what is not known of the gradient says nothing of its gradient
    return unclear


def _shapes(automatic: list[Array], point: _Point, order: int) -> list[Finding]:
    return [
        Finding("disagrees", "shape", order, _input_name(i), None, cause=f"the gradient has shape {g.shape}, "
                f"the input {x.shape}" + (": not summed over a broadcast axis" if g.size > x.size else ""))
        for i, g, x in zip(point.moving, automatic, point.wide, strict=True)
        if g.shape != x.shape
    ]  # fmt: skip


def _input_name(i: int) -> str:
    return f"input {i}"


def _direction(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Random signs and sizes from 1/2 to 1: every element counts."""
    return np.asarray(rng.uniform(0.5, 1.0, shape) * rng.choice([-1.0, 1.0], shape))


class _Look:
    """One scalar at one point, seen along any direction."""

    def __init__(self, scalar: Scalar, point: _Point, automatic: list[Array], report: Report, height: float) -> None:
        self.height = self.height_before = height
        self.scalar, self.point, self.automatic, self.report = scalar, point, automatic, report
        self.reach = max(1.0, *(float(np.abs(x).max(initial=0.0)) for x in point.wide))
        self.steepest = 0.0  # of the slopes within that reach, in any direction

    def slope(self, direction: Sequence[Array], *, noisy: bool = False) -> Slope:
        def line(t: Any) -> Any:
            return self.scalar.of([x + t * d for x, d in zip(self.point.wide, direction, strict=True)])

        found = slope(
            line, noisy=noisy, noise=EPSILON * self.height_before, reach=self.reach, analytic=self.scalar.analytic
        )
        self.height = max(self.height, found.height)  # NaN does not count
        if self.scalar.order == 1:
            self.report.evaluations += found.evaluations
        else:
            self.report.gradient_evaluations += found.evaluations
        return found

    def verdict(self, direction: Sequence[Array]) -> tuple[Verdict, Slope, float]:
        """Whether the automatic slope along a direction is the measured one."""
        parts = [g * d for g, d in zip(self.automatic, direction, strict=True)]
        along = math.fsum(float(part.sum()) for part in parts)
        size = math.fsum(float(np.abs(part).sum()) for part in parts)
        verdict, found = self._compared(along, size, self.slope(direction))
        if verdict != "agrees":  # is it the noise of the function?
            measured = self.slope(direction, noisy=True)
            self.steepest = max(self.steepest, measured.scale)
            verdict, found = self._compared(along, size, measured)
        if verdict == "agrees" and found.kind == "smooth" and size:
            self.report.worst = max(self.report.worst, abs(along - found.value) / max(size, found.scale))
        return verdict, found, along

    def _compared(self, along: float, size: float, found: Slope) -> tuple[Verdict, Slope]:
        if not math.isfinite(found.error):
            return "inconclusive", found
        if not math.isfinite(along):
            return ("disagrees" if found.error <= _KNOWN_TO * abs(found.value) else "inconclusive"), found
        nearby = max(found.height, found.scale, self.steepest, self.height_before)
        rounding = self.point.rounding * max(size, abs(found.value)) + _BACKWARD * nearby
        if found.low - rounding <= along <= found.high + rounding:
            known = found.error <= _KNOWN_TO * max(abs(along), abs(found.value), size, found.scale)
            return ("agrees" if known else "inconclusive"), found
        return ("disagrees" if found.error <= abs(along - found.value) / 4.0 else "inconclusive"), found

    def elements(self, direction: Sequence[Array], singly: bool, most: int = 3) -> list[Finding]:
        """The elements that are wrong, found by halving what a failing direction moves; or one after the other."""
        flat = np.concatenate([d.ravel() for d in direction])
        found: list[Finding] = []
        front = list(np.arange(flat.size)[::-1, None]) if singly else [np.arange(flat.size)]
        while front and len(found) < most:
            chosen = front.pop()
            part = np.zeros(flat.size)
            part[chosen] = 1.0 if chosen.size == 1 else flat[chosen]
            verdict, measured, along = self.verdict(self._split(part))
            if verdict != "disagrees":
                continue
            if chosen.size == 1:
                i, element = self._place(int(chosen[0]))
                found.append(self.finding(i, element, verdict, measured, along))
            else:
                half = chosen.size // 2
                front += [chosen[half:], chosen[:half]]
        return found

    def _split(self, flat: Array) -> list[Array]:
        ends = np.cumsum([x.size for x in self.point.wide])[:-1]
        return [p.reshape(x.shape) for p, x in zip(np.split(flat, ends), self.point.wide, strict=True)]

    def _place(self, k: int) -> tuple[int, tuple[int, ...]]:
        for i, x in enumerate(self.point.wide):
            if k < x.size:
                return i, tuple(int(n) for n in np.unravel_index(k, x.shape)) if x.ndim else ()
            k -= x.size
        raise IndexError(k)

    def finding(
        self, i: int | None, element: tuple[int, ...] | None, verdict: Verdict, found: Slope, along: float
    ) -> Finding:
        cause = ""
        if i is not None and verdict == "disagrees":
            cause = likely_cause(self.automatic[i], self._measured(i), found.kind == "kink")
        return Finding(
            verdict, found.kind, self.scalar.order,
            _input_name(self.point.moving[i]) if i is not None else "along a random direction of all inputs",
            element, along, found.value, found.error, found.left, found.right, cause,
        )  # fmt: skip

    def _measured(self, i: int, most: int = 64) -> Array:
        """The numerical gradient by one input, for small ones."""
        x = self.point.wide[i]
        if x.size > most:
            return None
        measured = np.zeros(x.shape)
        for k in np.ndindex(x.shape):
            direction = [np.zeros(other.shape) for other in self.point.wide]
            direction[i][k] = 1.0
            measured[k] = self.slope(direction).value
        return measured
