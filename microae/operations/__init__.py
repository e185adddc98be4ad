"""The table of operations: import this and every row is there."""

from microae.core.value import FUNCTIONS, TABLE, Operation, Variadic, operation
from microae.operations import (  # noqa: F401 (each registers its rows)
    activations,
    arithmetic,
    elementwise,
    indexing,
    linear_algebra,
    losses,
    plain,
    reductions,
    shape,
)

__all__ = ["FUNCTIONS", "TABLE", "Operation", "Variadic", "operation"]
