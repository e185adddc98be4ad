"""What a training learns from: samples in memory, in a new random order in each epoch."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from microae.core.arrays import Array

Pair = tuple[Array, Array]
Piece = tuple[Pair, Any]
"""Input and target in memory, and the rows of them that the next batches take, in their order."""


class InMemory:
    """Samples in memory.

    Parameters
    ----------
    x : array (N, features)
    y : array (N, ...)
        The targets; ``x`` itself where they are the inputs.
    """

    def __init__(self, x: Array, y: Array) -> None:
        self.pair = x, y
        self.n = len(x)

    def head(self, rows: int) -> Pair:
        """The first so many samples, with their targets."""
        x, y = self.pair
        return (x[:rows], x[:rows]) if y is x else (x[:rows], y[:rows])

    def draw(self, rng: np.random.Generator) -> Any:
        """A new order of an epoch, for :meth:`pieces`."""
        return rng.permutation(self.n)

    def pieces(self, order: Any, batch_size: int, first: int = 0) -> Iterator[Piece]:
        """The samples of an epoch, from a batch on, of which the first has the number 0."""
        yield self.pair, order[first * batch_size :]

    def parts(self, rows: int) -> Iterator[Pair]:
        """All samples as they stand, so many at a time; read-only, so that a graph does not copy them."""
        for start in range(0, self.n, rows):
            yield batch(self.pair, slice(start, start + rows))

    def fingerprint(self) -> dict[str, Any]:
        """What tells these samples from others: their number and form, and a checksum of some of them."""
        rows = np.unique(np.linspace(0, self.n - 1, 256).astype(int))
        x, y = self.pair
        return {"x": _checksum(x, rows), "target": None if y is x else _checksum(y, rows)}


def batch(pair: Pair, chosen: Any) -> Pair:
    """The chosen samples, read-only, so that the graph does not copy them."""
    x, y = pair
    part = x[chosen]
    part.flags.writeable = False
    if y is x:
        return part, part
    target = y[chosen]
    target.flags.writeable = False
    return part, target


def _checksum(array: Array, rows: Any) -> list[Any]:
    return [list(array.shape), str(array.dtype), zlib.crc32(np.ascontiguousarray(array[rows]).tobytes())]
