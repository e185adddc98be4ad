"""How far rounding carries what a graph computes: it is computed again, with each result a little off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microae.core.engine import newest_first
from microae.core.value import Value

Array = Any


def recomputed(outputs: Sequence[Value], dtype: Any, rng: np.random.Generator) -> list[Array]:
    """The outputs of a graph, computed again from its leaves with the result of each operation off at random.

    Parameters
    ----------
    outputs : sequence of Value
    dtype : dtype
        Whose rounding each result is moved by at most: that of its largest element, but never to another sign.
    rng : numpy.random.Generator

    Returns
    -------
    list of arrays

    Examples
    --------
    >>> import numpy as np
    >>> import microae as ma
    >>> from microae.testing.rounding import recomputed
    >>> y = 1.0 - np.tanh(ma.Value(15.0)) ** 2  # of 16 digits that were known, 13 are lost
    >>> (off,) = recomputed([y], np.float64, np.random.default_rng(1))
    >>> bool(1e-5 < abs(off / y.data - 1.0) < 1e-2)
    True
    """
    nodes = sorted({node for y in outputs for node in newest_first(y)}, key=lambda node: node.serial)
    kind = np.finfo(dtype)
    results: dict[Any, Array] = {}
    for node in nodes:
        arguments = [a if x is None else results.get(x, a) for x, a in zip(node.inputs, node.arguments, strict=True)]
        result = np.asarray(node.operation.forward(*arguments, **node.parameters), np.float64)
        sizes = np.abs(result)
        most = np.minimum(kind.eps / 2.0 * sizes.max(initial=0.0), sizes / 2.0)  # what is positive stays so
        results[node] = result + (most + kind.smallest_subnormal) * rng.uniform(-1.0, 1.0, result.shape)
    return [np.asarray(results.get(y, y.data)) for y in outputs]
