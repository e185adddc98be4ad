"""``@gradient_test``: a function of arrays becomes a test of its gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from microae.testing.checking import check_gradients


def gradient_test(
    *,
    shapes: str | Sequence[Any] | None = None,
    inputs: Sequence[Any] | None = None,
    order: int = 2,
    examples: int = 100,
    seed: int = 0,
) -> Callable[[Callable[..., Any]], Callable[[], None]]:
    """Make a gradient test of a function of arrays or Values.

    Parameters
    ----------
    shapes : str or sequence
        The shapes of the inputs: a signature such as ``"(m,k),(k,n)->(m,n)"``, or for each input one tuple or one
        strategy of tuples. The elements are drawn between -3 and 3.
    inputs : sequence of arrays or Hypothesis strategies
        Instead of ``shapes``: the inputs themselves, as for :func:`check_gradients`.
    order, examples, seed
        As for :func:`check_gradients`; the seed is fixed, so that a test does the same every time.

    Returns
    -------
    callable
        A decorator. What it returns takes no arguments, so that pytest collects it or you call it; it raises a
        :class:`GradientCheckError` if the gradients are wrong.

    Raises
    ------
    TypeError
        If not exactly one of ``shapes`` and ``inputs`` is given, or ``shapes`` is no list of shapes.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.testing import gradient_test
    >>> @gradient_test(shapes="(m,k),(k,n)->(m,n)", examples=20)
    ... def test_layer(x, W):
    ...     return np.tanh(x @ W)
    >>> test_layer()
    """
    drawn = inputs_of(shapes, inputs)

    def decorate(f: Callable[..., Any]) -> Callable[[], None]:
        def test() -> None:
            __tracebackhide__ = True
            check_gradients(f, *drawn, order=order, examples=examples, seed=seed)

        for name in ("__name__", "__qualname__", "__doc__", "__module__"):
            if hasattr(f, name):  # an operation or a partial has no __qualname__
                setattr(test, name, getattr(f, name))
        return test

    return decorate


def inputs_of(shapes: str | Sequence[Any] | None, inputs: Sequence[Any] | None = None, **options: Any) -> list[Any]:
    """The inputs of a check, from their shapes.

    Parameters
    ----------
    shapes, inputs
        As for :func:`gradient_test`.
    **options
        Those of :func:`microae.testing.strategies.arrays`.

    Returns
    -------
    list of arrays or strategies

    Raises
    ------
    TypeError
        As :func:`gradient_test`.
    """
    if (shapes is None) == (inputs is None):
        raise TypeError("gradient_test: give shapes=, such as [(3,), (3, 4)] or a signature, or inputs=; one of them")
    if inputs is not None:
        return list(inputs)
    from microae.testing import strategies

    if isinstance(shapes, str):
        return [strategies.gufunc(shapes, **options)]
    given: Sequence[Any] = shapes or ()
    if not given or any(isinstance(n, int) for n in given):
        raise TypeError(f"shapes must be a list with one shape per input, such as [(3,), (3, 4)], got {shapes!r}")
    return [strategies.arrays(shape, **options) for shape in given]
