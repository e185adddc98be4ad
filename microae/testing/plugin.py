"""The pytest plugin: the fixture ``gradcheck``; a failed gradient check shows its report instead of a traceback."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from microae.testing.checking import check_gradient_function, check_gradients, check_vjp
from microae.testing.decorator import hide
from microae.testing.reports import GradientCheckError, Report
from microae.testing.running import one_of_many


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("microae")
    group.addoption("--gradcheck-examples", type=int, default=100, metavar="N", help="points that gradcheck draws")
    group.addoption("--gradcheck-seed", type=int, default=0, metavar="N", help="the seed of gradcheck (default: 0)")


class GradCheck:
    """What the fixture ``gradcheck`` is: the three checks of :mod:`microae.testing`, with pytest's options.

    ``gradcheck(f, *inputs)`` is :func:`~microae.testing.check_gradients`, ``gradcheck.vjp`` is
    :func:`~microae.testing.check_vjp`, and ``gradcheck.gradient_function`` is
    :func:`~microae.testing.check_gradient_function`.

    Parameters
    ----------
    examples, seed : int
        Used where a call does not give its own: pytest's ``--gradcheck-examples`` and ``--gradcheck-seed``.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.testing.plugin import GradCheck
    >>> gradcheck = GradCheck(examples=10, seed=0)
    >>> gradcheck.vjp(np.sin, lambda g, x: g * np.cos(x), np.ones(3)).verdict
    'agrees'
    """

    def __init__(self, examples: int, seed: int) -> None:
        self._usual = {"examples": examples, "seed": seed}

    def __call__(self, f: Any, *inputs: Any, **options: Any) -> Report:
        __tracebackhide__ = True
        with one_of_many():
            return check_gradients(f, *inputs, **{**self._usual, **options})

    def vjp(self, f: Any, vjp: Any, *inputs: Any, **options: Any) -> Report:
        """See :func:`microae.testing.check_vjp`."""
        __tracebackhide__ = True
        with one_of_many():
            return check_vjp(f, vjp, *inputs, **{**self._usual, **options})

    def gradient_function(self, f: Any, grad: Any, *inputs: Any, **options: Any) -> Report:
        """See :func:`microae.testing.check_gradient_function`."""
        __tracebackhide__ = True
        with one_of_many():
            return check_gradient_function(f, grad, *inputs, **{**self._usual, **options})


@pytest.fixture(scope="session")
def gradcheck(request: pytest.FixtureRequest) -> GradCheck:
    """Check gradients, as ``gradcheck(f, *inputs)`` with arrays or Hypothesis strategies."""
    options = request.config.option
    return GradCheck(options.gradcheck_examples, options.gradcheck_seed)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: Any, obj: Any) -> None:
    """What a bare ``@gradient_test`` draws is no fixture: all parameters but those of ``parametrize``."""
    obj = getattr(obj, "__func__", obj)  # of a static method
    if not (inspect.isfunction(obj) and getattr(obj, "bare", False)):
        return
    beneath = getattr(getattr(obj, "hypothesis", None), "inner_test", None)
    if beneath is None or getattr(obj, "above_given", False):
        _hide_drawn(collector, obj)
        return
    missing = [name for name in inspect.signature(obj).parameters if name in beneath.drawn]
    if missing:
        raise collector.CollectError(
            f"gradient_test: @given draws all but {', '.join(missing)}; put @gradient_test above @given, or give the "
            "shapes of what it shall draw itself, as in @gradient_test(shapes=[(3,)])"
        )


def _hide_drawn(collector: Any, test: Any) -> None:
    marks = [*getattr(test, "pytestmark", []), *collector.iter_markers()]
    names = {name for mark in marks if mark.name == "parametrize" for name in _parametrized(*mark.args, **mark.kwargs)}
    test.drawn[:] = [name for name in test.drawn if name not in names]
    hide(test, test.drawn)


def _parametrized(argnames: Any, *_: Any, **__: Any) -> list[str]:
    return [name.strip() for name in argnames.split(",")] if isinstance(argnames, str) else list(argnames)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[Any]) -> Iterator[None]:
    outcome: Any = yield
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, GradientCheckError):
        assert call.excinfo is not None
        entries = [entry for entry in call.excinfo.traceback if not entry.ishidden(call.excinfo)]
        where = f"{entries[-1].path}:{entries[-1].lineno + 1}: " if entries else ""
        outcome.get_result().longrepr = f"{where}{error.report}"
