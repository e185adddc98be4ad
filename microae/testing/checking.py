"""``check_gradients``, ``check_vjp`` and ``check_gradient_function``.

All three bring their function into one form, a :class:`Scalar`: a number that depends on arrays, and its gradient. At
a point the gradient is compared with the numerical slope along a few random directions, each of which moves every
element. So the cost is a few evaluations, however many elements there are, and one wrong element is enough to fail.
Only after a failure are the wrong elements searched for, by bisection. The gradient of the gradient is checked in the
same way: for a fixed vector ``u``, ``⟨u, gradient⟩`` is also a number that depends on the arrays.

The verdict is derived from the error estimate of the numerical slope and the rounding of the automatic value, relative
to the size of the gradient. There is no absolute tolerance: a small gradient must be as accurate as a large one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from microae.core.value import Value
from microae.extras import needed
from microae.testing.diagnosis import likely_cause
from microae.testing.numerical import EPSILON, Slope, slope
from microae.testing.reports import Finding, GradientCheckError, Report, Verdict
from microae.transforms import gradients

Array = Any
Gradient = Callable[[Sequence[Array]], list[Array]]

DIRECTIONS = 2
ENOUGH_POINTS = 0.5
"""The fraction of points that must be conclusive, or the whole run is inconclusive."""

_KNOWN_TO = 1e-3  # a slope with a larger relative error estimate is inconclusive
_ROUNDING = {np.dtype(np.float64): 2.0**-32, np.dtype(np.float32): 2.0**-13}
"""The rounding error to expect of an automatic gradient, relative to the sizes of its summands."""

_BACKWARD = 2.0**-46
"""The same, relative to the function's value and its slopes nearby: 64 roundings. Needed for ``1 - tanh²`` where tanh
is nearly 1, and for the gradient of a determinant, which uses singular values, where it is 0."""

_FLOATS = (np.float64, np.float32)


@dataclass
class Scalar:
    """A number that depends on arrays, and its gradient; ``of`` takes complex arrays too if ``analytic``."""

    of: Callable[[Sequence[Array]], Any]
    gradient: Gradient
    order: int = 1
    analytic: bool = False
    evaluations: int = 0
    gradient_evaluations: int = 0


@dataclass
class _Point:
    """The inputs of one check; ``moving`` are the indices of those that are differentiated."""

    inputs: tuple[Any, ...]
    moving: list[int] = field(init=False)
    wide: list[Array] = field(init=False)  # the differentiated inputs, in float64
    rounding: float = field(init=False)  # relative rounding error of the gradient

    def __post_init__(self) -> None:
        self.inputs = tuple(x.data if isinstance(x, Value) else x for x in self.inputs)
        self.moving = [i for i, x in enumerate(self.inputs) if _is_real(x)]
        if not self.moving:
            raise TypeError("there is nothing to differentiate: no input is a float or an array of floats")
        kinds = {np.asarray(self.inputs[i]).dtype for i in self.moving}
        self.rounding = max(_ROUNDING[kind] for kind in kinds)
        self.wide = [np.array(self.inputs[i], np.float64) for i in self.moving]

    def filled(self, xs: Sequence[Any]) -> list[Any]:
        """All inputs, with ``xs`` in place of the differentiated ones."""
        everything = list(self.inputs)
        for i, x in zip(self.moving, xs, strict=True):
            everything[i] = x
        return everything

    def narrow(self, xs: Sequence[Array]) -> list[Array]:
        """``xs`` in the dtypes of the differentiated inputs."""
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
        Float arrays and numbers are differentiated; everything else (a dict, ``None``, an array of integers or
        booleans) is passed on unchanged. If any input is a strategy, Hypothesis draws ``examples`` points and shrinks
        a failing one; a strategy that draws a tuple gives several inputs.
    order : int
        1 checks the gradient, 2 also the gradient of the gradient, and so on.
    examples : int
        How many points Hypothesis draws.
    seed : int, optional
        The same seed gives the same verdict; by default a random one, which the report names.
    progress : callable, optional
        Called without arguments after each point.

    Returns
    -------
    Report
        With verdict "agrees".

    Raises
    ------
    GradientCheckError
        With the report, if the verdict is "disagrees" or "inconclusive".
    TypeError
        If no input is a float or an array of floats.
    ValueError
        If ``order`` is less than 1.

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
        # The scalar of order 1 is the weighted sum of f's outputs, that of order 2 the weighted sum of its gradient,
        # and so on. The weights are seeds of the backward pass: no other operation can hide a fault of the checked one.
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


def _outputs(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (tuple, list)) else [result]


def _pulled_back(outputs: Sequence[Any], weights: Sequence[Array], leaves: list[Value], record: bool) -> list[Any]:
    """The gradient of the weighted sum of the outputs with respect to each leaf."""
    total: list[Any] = [Value(np.zeros(x.shape, x.dtype)) if record else np.zeros(x.shape, x.dtype) for x in leaves]
    by_output = [
        gradients(y, leaves, w, record=record) for y, w in zip(outputs, weights, strict=True) if type(y) is Value
    ]
    for i, parts in enumerate(zip(*by_output, strict=True)):
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
    """Check a vector-Jacobian product of plain arrays that was written by hand.

    Parameters
    ----------
    f : callable
        Takes arrays; returns one output of any shape, or a tuple of them.
    vjp : callable
        ``vjp(g, *inputs)`` returns one array, or a tuple with one for each differentiated input, of its shape. ``g``
        has the output's shape; for several outputs it is a tuple.
    *inputs, examples, seed, progress
        As for :func:`check_gradients`.

    Returns
    -------
    Report
        With verdict "agrees".

    Raises
    ------
    GradientCheckError
        With the report, if the verdict is "disagrees" or "inconclusive".
    TypeError
        If no input is a float or an array of floats, or ``vjp`` returns a wrong number of gradients.

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
            result = f(*point.filled(xs))
            outputs = result if several else [result]
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
    """Check the gradient of a function that returns one number; any framework may compute the two.

    Parameters
    ----------
    f : callable
        Takes arrays; returns one number.
    grad : callable
        ``grad(*inputs)`` returns one array, or a tuple with one for each differentiated input, of its shape.
    *inputs, examples, seed, progress
        As for :func:`check_gradients`.

    Returns
    -------
    Report
        With verdict "agrees".

    Raises
    ------
    GradientCheckError
        With the report, if the verdict is "disagrees" or "inconclusive".
    TypeError
        If no input is a float or an array of floats, ``f`` returns several numbers, or ``grad`` returns a wrong number
        of gradients.

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
            result = np.asarray(f(*point.filled(xs)))
            if result.size != 1:
                raise TypeError(f"check_gradient_function: f must return one number, its shape is {result.shape}")
            return result.item()

        def gradient(xs: Sequence[Array]) -> list[Array]:
            return _as_list(grad(*point.filled(point.narrow(xs))), point, "grad")

        yield Scalar(number, gradient, analytic=True)

    return _check(scalars, inputs, examples, seed, progress)


def _as_list(returned: Any, point: _Point, name: str) -> list[Array]:
    parts = _outputs(returned)
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
    """Call ``at`` with points that Hypothesis draws; it shrinks a failing one."""
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
    """What is wrong or inconclusive at a point; empty where everything agrees."""
    unclear: list[Finding] = []
    height = 0.0  # the largest value of the function that was differentiated, which sets the rounding of its gradient
    for scalar in scalars(point, rng):
        automatic = scalar.gradient(point.wide)
        report.gradient_evaluations += 1
        wrong_shapes = _shapes(automatic, point, scalar.order)
        if wrong_shapes:
            return wrong_shapes
        if not sum(x.size for x in point.wide):
            continue
        comparison = _Comparison(scalar, point, automatic, report, height)
        for _ in range(DIRECTIONS):
            direction = [_direction(rng, x.shape) for x in point.wide]
            verdict, measured, along = comparison.verdict(direction)
            if verdict == "disagrees":
                wrong = comparison.elements(direction, singly=measured.kind == "kink")
                if wrong or measured.kind != "kink":
                    return wrong or [comparison.finding(None, None, verdict, measured, along)]
                # With kinks in several elements, a correct slope along the direction may lie outside the two one-sided
                # slopes, because the kinks may open to opposite sides.
                verdict = "inconclusive"
            if verdict == "inconclusive":
                unclear.append(comparison.finding(None, None, verdict, measured, along))
                break
        height = comparison.height
        if unclear:
            break  # where the gradient is inconclusive, so is its own gradient
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
    """Random signs, and sizes from 1/2 to 1, so that every element matters."""
    return np.asarray(rng.uniform(0.5, 1.0, shape) * rng.choice([-1.0, 1.0], shape))


class _Comparison:
    """Compares the automatic and the numerical slope of one scalar at one point, along any direction."""

    def __init__(self, scalar: Scalar, point: _Point, automatic: list[Array], report: Report, height: float) -> None:
        self.height = self.height_before = height
        self.scalar, self.point, self.automatic, self.report = scalar, point, automatic, report
        self.reach = max(1.0, *(float(np.abs(x).max(initial=0.0)) for x in point.wide))
        self.steepest = 0.0  # the largest slope within that reach, in any direction

    def slope(self, direction: Sequence[Array], *, noisy: bool = False) -> Slope:
        def line(t: Any) -> Any:
            return self.scalar.of([x + t * d for x, d in zip(self.point.wide, direction, strict=True)])

        measured = slope(
            line, noisy=noisy, noise=EPSILON * self.height_before, reach=self.reach, analytic=self.scalar.analytic
        )
        self.height = max(self.height, measured.height)  # NaN is ignored
        if self.scalar.order == 1:
            self.report.evaluations += measured.evaluations
        else:
            self.report.gradient_evaluations += measured.evaluations
        return measured

    def verdict(self, direction: Sequence[Array]) -> tuple[Verdict, Slope, float]:
        """The verdict along a direction, with the numerical and the automatic slope."""
        parts = [g * d for g, d in zip(self.automatic, direction, strict=True)]
        along = math.fsum(float(part.sum()) for part in parts)
        size = math.fsum(float(np.abs(part).sum()) for part in parts)
        measured = self.slope(direction)
        verdict = self._compared(along, size, measured)
        if verdict != "agrees":  # measure again, with the function's own noise taken into account
            measured = self.slope(direction, noisy=True)
            self.steepest = max(self.steepest, measured.scale)
            verdict = self._compared(along, size, measured)
        if verdict == "agrees" and measured.kind == "smooth" and size:
            self.report.worst = max(self.report.worst, abs(along - measured.value) / max(size, measured.scale))
        return verdict, measured, along

    def _compared(self, along: float, size: float, measured: Slope) -> Verdict:
        if not math.isfinite(measured.error):
            return "inconclusive"
        if not math.isfinite(along):
            return "disagrees" if measured.error <= _KNOWN_TO * abs(measured.value) else "inconclusive"
        nearby = max(measured.height, measured.scale, self.steepest, self.height_before)
        rounding = self.point.rounding * max(size, abs(measured.value)) + _BACKWARD * nearby
        if measured.low - rounding <= along <= measured.high + rounding:
            known = measured.error <= _KNOWN_TO * max(abs(along), abs(measured.value), size, measured.scale)
            return "agrees" if known else "inconclusive"
        return "disagrees" if measured.error <= abs(along - measured.value) / 4.0 else "inconclusive"

    def elements(self, direction: Sequence[Array], singly: bool, most: int = 3) -> list[Finding]:
        """The first ``most`` wrong elements, by bisection of a failing direction, or by trying each one alone."""
        flat = np.concatenate([d.ravel() for d in direction])
        findings: list[Finding] = []
        pending = list(np.arange(flat.size)[::-1, None]) if singly else [np.arange(flat.size)]
        while pending and len(findings) < most:
            chosen = pending.pop()
            part = np.zeros(flat.size)
            part[chosen] = 1.0 if chosen.size == 1 else flat[chosen]
            verdict, measured, along = self.verdict(self._split(part))
            if verdict != "disagrees":
                continue
            if chosen.size == 1:
                i, element = self._index(int(chosen[0]))
                findings.append(self.finding(i, element, verdict, measured, along))
            else:
                half = chosen.size // 2
                pending += [chosen[half:], chosen[:half]]
        return findings

    def _split(self, flat: Array) -> list[Array]:
        ends = np.cumsum([x.size for x in self.point.wide])[:-1]
        return [p.reshape(x.shape) for p, x in zip(np.split(flat, ends), self.point.wide, strict=True)]

    def _index(self, k: int) -> tuple[int, tuple[int, ...]]:
        """The input, and the index in it, of element ``k`` of all differentiated inputs one after the other."""
        for i, x in enumerate(self.point.wide):
            if k < x.size:
                return i, tuple(int(n) for n in np.unravel_index(k, x.shape)) if x.ndim else ()
            k -= x.size
        raise IndexError(k)

    def finding(
        self, i: int | None, element: tuple[int, ...] | None, verdict: Verdict, measured: Slope, along: float
    ) -> Finding:
        cause = ""
        if i is not None and verdict == "disagrees":
            cause = likely_cause(self.automatic[i], self._numerical(i), measured.kind == "kink")
        return Finding(
            verdict, measured.kind, self.scalar.order,
            _input_name(self.point.moving[i]) if i is not None else "along a random direction of all inputs",
            element, along, measured.value, measured.error, measured.left, measured.right, cause,
        )  # fmt: skip

    def _numerical(self, i: int, most: int = 64) -> Array:
        """The numerical gradient with respect to one input; ``None`` for an input of more than ``most`` elements."""
        x = self.point.wide[i]
        if x.size > most:
            return None
        numerical = np.zeros(x.shape)
        for k in np.ndindex(x.shape):
            direction = [np.zeros(other.shape) for other in self.point.wide]
            direction[i][k] = 1.0
            numerical[k] = self.slope(direction).value
        return numerical
