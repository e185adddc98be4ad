"""What a training learns from, in a new random order in each epoch: samples in memory, or in a file."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from typing import Any

import numpy as np

from microae.core.arrays import Array
from microae.data.tables import CHUNK, Table

BLOCK = 1 << 16
"""Bytes of rows of a file that are read together; see :class:`Streamed`."""

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
        self.waiting = 0.0  # seconds

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

    @cached_property
    def fingerprint(self) -> dict[str, Any]:
        """What tells these samples from others: their number and form, and a checksum of all their numbers."""
        x, y = self.pair
        return {"x": _fingerprint(x), "target": None if y is x else _fingerprint(y)}


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


def _fingerprint(array: Array) -> list[Any]:
    rows = max(1, CHUNK // max(1, array[:1].nbytes))
    parts = (array[start : start + rows] for start in range(0, len(array), rows))
    return [list(array.shape), str(array.dtype), _crc32(parts)]


def _crc32(parts: Iterable[Array]) -> int:
    total = 0
    for part in parts:
        total = zlib.crc32(part.tobytes(), total)
    return total


class Streamed:
    """Samples in a file, in an order that mixes the whole of it: blocks from everywhere, whose rows are shuffled.

    A block is rows that follow each other in the file, 64 KiB of them. Blocks are taken in random order, some hundred
    together, and their rows trained on in random order, while the next ones are read.

    Parameters
    ----------
    table : Table
    y : array (N, ...), optional
        The targets, in memory; by default the samples themselves.
    dtype : numpy dtype
        What the samples are given as.
    """

    def __init__(self, table: Table, y: Array | None, dtype: Any) -> None:
        self.table, self.y, self.dtype = table, y, dtype
        self.n = len(table)
        self.waiting = 0.0

    def head(self, rows: int) -> Pair:
        stop = rows + len(self.table.left_out)
        x, y = self._pair([(0, min(stop, self.table.places.shape[0]))])
        return (x[:rows], x[:rows]) if y is x else (x[:rows], y[:rows])

    def first(self, rows: int) -> Iterator[Pair]:
        """The first so many samples, as often as it takes to see every target once, if there are others than these."""
        pair = self.head(rows)
        yield batch(pair, slice(None))
        if self.y is not None:
            for start in range(len(pair[0]), self.n, len(pair[0])):
                targets = self.y[start : start + len(pair[0])]
                yield batch((pair[0], targets), slice(0, len(targets)))

    def draw(self, rng: np.random.Generator) -> Any:
        """What an order of an epoch follows from, for :meth:`pieces`."""
        return int(rng.integers(1 << 63))

    def pieces(self, order: Any, batch_size: int, first: int = 0) -> Iterator[Piece]:
        """The samples of an epoch, from a batch on; each piece is whole batches, but for the last."""
        from concurrent.futures import ThreadPoolExecutor

        rng, table = np.random.default_rng(order), self.table
        length = table.fitting(BLOCK)
        starts = rng.permutation(np.arange(0, table.places.shape[0], length))
        stops = np.minimum(starts + length, table.places.shape[0])
        together = max(1, CHUNK // BLOCK)
        parts = [slice(i, i + together) for i in range(0, len(starts), together)]
        sizes = [int(table.kept(starts[part], stops[part]).sum()) for part in parts]
        skipped = first * batch_size  # samples that were trained on before
        left: Pair | None = None
        wanted = []  # of each read that is left to do: how, and how many of its rows were trained on before
        for i, (part, size) in enumerate(zip(parts, sizes, strict=True)):
            if skipped < size:
                ranges = sorted(zip(starts[part].tolist(), stops[part].tolist(), strict=True))  # as disks like it
                wanted.append((partial(self._mixed, ranges, [order, i]), skipped))
            skipped = max(0, skipped - size)
        with ThreadPoolExecutor(1) as reader:
            future = reader.submit(wanted[0][0])
            for i, (_, start) in enumerate(wanted):
                began = time.perf_counter()
                pair = future.result()
                self.waiting += time.perf_counter() - began
                if i + 1 < len(wanted):
                    future = reader.submit(wanted[i + 1][0])
                if left is not None:  # what was no whole batch, and what makes it one
                    lacking = min(batch_size - len(left[0]), len(pair[0]))
                    left, start = _joined(left, _cut(pair, 0, lacking)), lacking
                    if len(left[0]) == batch_size:
                        yield left, np.arange(batch_size)
                        left = None
                whole = start + (len(pair[0]) - start) // batch_size * batch_size
                if whole > start:
                    yield _cut(pair, start, whole), np.arange(whole - start)
                if whole < len(pair[0]) and left is None:
                    left = _copy(_cut(pair, whole, len(pair[0])))
            if left is not None:
                yield left, np.arange(len(left[0]))

    def parts(self, rows: int) -> Iterator[Pair]:
        n = self.table.places.shape[0]
        for start in range(0, n, rows):
            pair = self._pair([(start, min(start + rows, n))])
            if len(pair[0]):
                yield batch(pair, slice(None))

    @cached_property
    def fingerprint(self) -> dict[str, Any]:
        """As of :class:`InMemory`; the whole file is read for it, once."""
        said = [list(self.table.shape), str(self.table.places.dtype), _crc32(self.table.chunks())]
        return {"x": said, "target": None if self.y is None else _fingerprint(self.y)}

    def _pair(self, ranges: Any) -> Pair:
        x = self.table.rows(ranges).astype(self.dtype, copy=False)
        return (x, x) if self.y is None else (x, self.y[self.table.positions(ranges)])

    def _mixed(self, ranges: Any, seed: Any) -> Pair:
        x, y = self._pair(ranges)
        order = np.random.default_rng(seed).permutation(len(x))
        mixed = x[order]
        return mixed, mixed if y is x else y[order]


def _cut(pair: Pair, start: int, stop: int) -> Pair:
    x, y = pair
    return (x[start:stop],) * 2 if y is x else (x[start:stop], y[start:stop])


def _joined(one: Pair, other: Pair) -> Pair:
    x = np.concatenate([one[0], other[0]])
    return x, x if other[1] is other[0] else np.concatenate([one[1], other[1]])


def _copy(pair: Pair) -> Pair:
    """A copy, which does not keep in memory what the pair was cut from."""
    x = pair[0].copy()
    return x, x if pair[1] is pair[0] else pair[1].copy()


Samples = InMemory | Streamed
