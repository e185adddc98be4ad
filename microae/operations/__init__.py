"""The table of operations: import this and every row is there."""

from microae.core.operation import FUNCTIONS, TABLE, Facts, Operation, Variadic
from microae.operations import (  # noqa: F401 (each registers its rows)
    activations,
    arithmetic,
    arranging,
    attributes,
    choosing,
    decompositions,
    documentation,
    eigenvalues,
    elementwise,
    filling,
    indexing,
    joining,
    least_squares,
    linear_algebra,
    losses,
    missing,
    norms,
    parts,
    plain,
    polynomials,
    products,
    reductions,
    sampled,
    shape,
    statistics,
)
from microae.operations.registry import add_aliases, function, operation, remove

documentation.complete(FUNCTIONS.values())
add_aliases()

__all__ = ["FUNCTIONS", "TABLE", "Facts", "Operation", "Variadic", "function", "operation", "remove"]
