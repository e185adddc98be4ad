"""``@gradient_test``: a function of arrays becomes a test of its gradients."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from microae.testing.checking import check_gradients
from microae.testing.functions import name_of
from microae.testing.running import drawn_there, in_hypothesis, is_strategy, one_of_many

_DRAWN = object()
"""In place of an argument that the test draws itself."""


def gradient_test(
    f: Callable[..., Any] | None = None,
    /,
    *,
    shapes: str | Sequence[Any] | None = None,
    inputs: Sequence[Any] | None = None,
    order: int = 2,
    examples: int = 100,
    seed: int = 0,
) -> Any:
    """Make a gradient test of a function or method of arrays or Values.

    The first parameters are drawn. All others are left to pytest and Hypothesis: fixtures, ``parametrize`` and
    ``@given``, above this decorator or below. Without ``shapes`` and ``inputs``, as in a bare ``@gradient_test``, all
    parameters but those of ``parametrize``, and of a ``@given`` below it, are drawn, as arrays of any shapes that
    broadcast together; or a ``@given`` above it draws all of them. In pytest the bare form needs microae's plugin,
    which is there where microae is installed.

    Parameters
    ----------
    f : callable
        The function, where the decorator is used bare.
    shapes : str or sequence
        The shapes of the inputs: a signature such as ``"(m,k),(k,n)->(m,n)"``, or for each input one tuple or one
        strategy of tuples. The elements are as :func:`microae.testing.strategies.arrays` draws them.
    inputs : sequence of arrays or Hypothesis strategies
        Instead of ``shapes``: the inputs themselves, as for :func:`check_gradients`.
    order, examples, seed
        As for :func:`check_gradients`; the seed is fixed, so that a test does the same every time. Where
        ``@given`` draws the points, it also says how many.

    Returns
    -------
    callable
        The test, or a decorator. The test needs no arguments for what is drawn, so that pytest collects it or you call
        it; it raises a :class:`GradientCheckError` if the gradients are wrong.

    Raises
    ------
    TypeError
        If both of ``shapes`` and ``inputs`` are given, ``shapes`` is no list of shapes, or, when the test runs, the
        function has no parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.testing import gradient_test
    >>> @gradient_test(shapes="(m,k),(k,n)->(m,n)", examples=20)
    ... def test_layer(x, W):
    ...     return np.tanh(x @ W)
    >>> test_layer()
    >>> @gradient_test
    ... def test_product(x, y):
    ...     return x * y
    >>> test_product()
    """
    if f is not None and not callable(f):
        raise TypeError(f"gradient_test: give shapes={f!r} or inputs=..., by name")
    drawn = None if shapes is None and inputs is None else inputs_of(shapes, inputs)
    options = {"order": order, "examples": examples, "seed": seed}

    def decorate(f: Callable[..., Any]) -> Callable[..., None]:
        given = getattr(f, "hypothesis", None)  # what @given keeps of the function beneath it
        if given is None:
            return _test(f, shapes, drawn, options, hidden=drawn is not None)
        left = [p.name for p in _parameters(f) if p.name != "self"]  # what @given does not draw
        test: Any = _test(given.inner_test, shapes, drawn, options, hidden=False, among=left)
        given.inner_test = test
        return _above_given(f, test) if drawn is not None or left else f

    return decorate if f is None else decorate(f)


def _test(
    f: Callable[..., Any],
    shapes: Any,
    drawn: list[Any] | None,
    options: dict[str, Any],
    hidden: bool,
    among: Sequence[str] = (),
) -> Callable[..., None]:
    """The function as a test; ``drawn`` names the parameters that it draws, ``bare`` says that these are all.

    Its signature is without them if they are ``hidden``. A bare one draws those ``among`` a few, if there are any.
    """
    parameters = _parameters(f)
    free = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    bound = free[:1] == ["self"]
    names = free[bound:]
    if drawn is not None:
        names = names[: _how_many(shapes, drawn, len(names))]
    elif among:
        names = [name for name in names if name in among]
    shown = [name for name in free if not hidden or name not in names]
    unnamed = len(free) < len(parameters) or not parameters  # such as *xs

    @functools.wraps(f)
    def test(*args: Any, **given: Any) -> None:
        __tracebackhide__ = True
        given = {**dict(zip(shown, args, strict=False)), **given}
        fixed = {name: x for name, x in given.items() if name not in names}
        ours = [name for name in names if given.get(name, _DRAWN) is _DRAWN]
        if not ours and names:
            inputs = [given[name] for name in names]
        elif len(ours) < len(names):
            raise TypeError(f"gradient_test: {_listed(ours)} must be given too, or all of {_listed(names)} be drawn")
        else:
            inputs = _of_any_shapes(f, names) if drawn is None else drawn

        @functools.wraps(f)
        def of_inputs(*xs: Any) -> Any:
            try:
                return f(*xs, **fixed) if unnamed else f(**fixed, **dict(zip(names, xs, strict=True)))
            except Exception as error:
                if drawn is None and ours and not error.__dict__.get("__notes__"):
                    error.add_note(
                        f"gradient_test drew {_listed(names)} in shapes that broadcast together; if the function takes "
                        'others, give them: shapes=[(3,), (3, 4)], one for each input, or shapes="(m,k),(k,n)"'
                    )
                raise

        with one_of_many():
            check_gradients(of_inputs, *(drawn_there(inputs) if in_hypothesis() else inputs), **options)

    test.drawn, test.bare, test.above_given = names, drawn is None, False  # type: ignore[attr-defined]
    if hidden:
        hide(test, names, hide_unnamed=True)
    return test


def _parameters(f: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # some functions of C have no signature
        return []


def hide(test: Any, names: Sequence[str], *, hide_unnamed: bool = False) -> None:
    """Leave parameters out of what pytest and Hypothesis see of a test.

    Parameters
    ----------
    test : function
    names : sequence of str
    hide_unnamed : bool
        Whether to leave out those that cannot be given by name, too.
    """
    shown = [p for p in _parameters(test) if p.name not in names]
    if hide_unnamed:
        shown = [p for p in shown if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY, p.VAR_KEYWORD)]
    test.__signature__ = inspect.Signature(shown)


def _above_given(f: Callable[..., Any], beneath: Any) -> Callable[..., None]:
    """A test of Hypothesis's without some of its parameters, which the function beneath draws."""

    @functools.wraps(f)
    def test(*args: Any, **given: Any) -> None:
        __tracebackhide__ = True
        f(*args, **dict.fromkeys(beneath.drawn, _DRAWN), **given)

    test.drawn, test.bare, test.above_given = beneath.drawn, beneath.bare, True  # type: ignore[attr-defined]
    if not beneath.bare:
        hide(test, beneath.drawn)
    return test


def _how_many(shapes: Any, drawn: list[Any], most: int) -> int:
    """How many parameters the inputs fill: one each, or as many as there are in a tuple that a strategy draws."""
    if isinstance(shapes, str):
        from microae.testing.strategies import input_dimensions

        return len(input_dimensions(shapes))
    if len(drawn) >= most or not any(map(is_strategy, drawn)):
        return len(drawn)
    from hypothesis import find, settings

    quick = settings(max_examples=100, database=None, deadline=None)
    examples = [find(x, lambda _: True, settings=quick) if is_strategy(x) else None for x in drawn]
    return sum(len(x) if isinstance(x, tuple) else 1 for x in examples)


def _of_any_shapes(f: Callable[..., Any], names: list[str]) -> list[Any]:
    if not names:
        raise TypeError(
            f"gradient_test: {name_of(f)} has no parameters to draw; return the function's value from a test that "
            "takes its inputs, as in @gradient_test def test_tanh(x): return np.tanh(x), or give inputs="
        )
    from microae.testing import strategies

    return [strategies.broadcastable(len(names), max_dims=2, max_side=3)] if len(names) > 1 else [strategies.arrays()]


def _listed(names: list[str]) -> str:
    return ", ".join(names)


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
