"""Where the cases of rows and compositions are put; the ``cases`` modules do so, one for each family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from microae.core.operation import FUNCTIONS, TABLE
from tests.operations.drawing import Case, Draw, Sample

ROWS: dict[str, list[Case]] = {}
COMPOSITIONS: dict[str, list[Case]] = {}


def _add(
    to: dict[str, list[Case]],
    known: dict[str, Any],
    name: str,
    reference: Callable[..., Any],
    recipe: Callable[[Draw], Sample],
    call: Callable[[Any], Callable[..., Any]] = lambda f: f,
    **properties: bool,
) -> None:
    """``call`` makes of the operation what takes ``(*operands, **parameters)``, as the reference does."""
    operation = known.get(name)
    if operation is not None:  # a case of no operation is reported by a test
        to.setdefault(name, []).append(Case(name, call(operation), reference, recipe, **properties))
    else:
        to.setdefault(name, [])


def row(name: str, *args: Any, **properties: Any) -> None:
    _add(ROWS, TABLE, name, *args, **properties)


def composition(name: str, *args: Any, **properties: Any) -> None:
    _add(COMPOSITIONS, FUNCTIONS, name, *args, **properties)
