"""``microae check``: check the gradients of a function, or a gradient written by hand."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from traceback import walk_tb
from typing import Any

from microae.commands.common import (
    FAILED,
    INCONCLUSIVE,
    QUIET,
    SEED,
    SUCCESS,
    USAGE,
    add_general,
    bar_shown,
    count,
    failed,
    say,
    say_json,
)
from microae.extras import needed

HELP = "check the gradients of a function"
DESCRIPTION = (
    "Check the automatic gradients of a function, or a gradient written by hand, against numerical derivatives at "
    "drawn points. Exits with 0 if they agree, 1 if they disagree, 3 if too few points tell anything."
)

EXAMPLES = (
    'microae check numpy:tanh --shapes "(3,)"',
    'microae check numpy:matmul --signature "(m,k),(k,n)->(m,n)" --examples 20 --json',
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command to a parser."""
    parser.add_argument("function", metavar="module:function", help="or path/to/file.py:function")
    parser.add_argument("--shapes", metavar="SHAPES", help='of the inputs, such as "(3,),(3,4)"')
    parser.add_argument("--signature", metavar="SIGNATURE", help='in place of shapes, such as "(m,k),(k,n)->(m,n)"')
    by_hand = parser.add_mutually_exclusive_group()
    by_hand.add_argument("--vjp", metavar="module:function", help="a vector-Jacobian product by hand: vjp(g, *inputs)")
    by_hand.add_argument("--gradient", metavar="module:function", help="a gradient by hand: gradient(*inputs)")
    parser.add_argument("--order", type=count, default=2, help="2 checks second derivatives too (default: 2)")
    parser.add_argument("--examples", type=count, default=100, metavar="N", help="points drawn (default: 100)")
    parser.add_argument("--seed", **SEED)
    parser.add_argument("--positive", action="store_true", help="draw positive numbers only")
    parser.add_argument("--quiet", **QUIET)
    add_general(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check the gradients and print the report; return the exit code."""
    try:
        from microae.testing import GradientCheckError, check_gradient_function, check_gradients, check_vjp, named
        from microae.testing.decorator import inputs_of

        f = named.function(arguments.function)
        pair = named.function(arguments.vjp or arguments.gradient) if arguments.vjp or arguments.gradient else None
        if (arguments.shapes is None) == (arguments.signature is None):
            raise ValueError('give the shapes of the inputs, by --shapes "(3,),(3,4)" or --signature "(m,k),(k,n)"')
        shapes = arguments.signature or named.shapes(arguments.shapes)
        inputs = inputs_of(shapes, min_value=0.1 if arguments.positive else None)
        with needed("tqdm", "a progress bar"):
            from tqdm import tqdm  # type: ignore[import-untyped]
    except (ImportError, ValueError) as error:
        return failed(error, USAGE)
    with tqdm(disable=not bar_shown(arguments), unit="point", total=arguments.examples, leave=False) as bar:
        options = {"examples": arguments.examples, "seed": arguments.seed, "progress": lambda: bar.update()}
        try:
            if pair is None:
                report = check_gradients(f, *inputs, order=arguments.order, **options)
            else:
                report = (check_vjp if arguments.vjp else check_gradient_function)(f, pair, *inputs, **options)
        except GradientCheckError as error:
            bar.close()
            _tell(error.report, arguments)
            return FAILED if error.report.verdict == "disagrees" else INCONCLUSIVE
        except (Exception, SystemExit) as error:
            bar.close()
            if _was_refused(error):
                return failed(error, USAGE)
            by_hand = arguments.vjp or arguments.gradient
            name = by_hand if pair is not None and _was_in(pair, error) else arguments.function
            return failed(f"{name} raised {type(error).__name__}: {error}", USAGE)
    _tell(report, arguments)
    return SUCCESS


def _tell(report: Any, arguments: argparse.Namespace) -> None:
    """Print the report, as text or as JSON."""
    if not arguments.json:
        say(str(report))
        return
    known = ("verdict", "points", "conclusive", "evaluations", "gradient_evaluations", "worst", "seed", "inputs")
    results = {name: getattr(report, name) for name in known}
    say_json({"function": arguments.function, **results, "findings": [str(finding) for finding in report.findings]})


def _was_in(function: Callable[..., Any], error: BaseException) -> bool:
    """Whether an error was raised in a function, in what it calls, or in giving it its arguments."""
    code = getattr(function, "__code__", None)
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    refused = isinstance(error, TypeError) and str(error).startswith(f"{getattr(function, '__qualname__', '')}() ")
    return any(frame.f_code is code for frame in frames) or refused


def _was_refused(error: BaseException) -> bool:
    """Whether the checker itself raised an error, for what a function returned."""
    last = [frame for frame, _ in walk_tb(error.__traceback__)][-1]
    return last.f_globals["__name__"] in ("microae.testing.functions", "microae.testing.points")
