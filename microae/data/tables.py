"""Tables in files that are larger than memory: rows are read by their place in the file, or one chunk after another.

``open_table("samples.npy")`` gives a ``Table``, which ``microae.fit`` takes in place of an array. A ``.npy`` file is
read where it lies. The rows of a ``.csv`` or ``.parquet`` file have no places: the first that are asked for by number
make a copy in binary, in the directory for temporary files, which vanishes with the process.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from microae.core.arrays import Array
from microae.data.arrow import BATCHES, require_pyarrow
from microae.data.binary import npy_header
from microae.data.readers import existing, require_finite, require_header_of_csv, require_table

if TYPE_CHECKING:
    from pathlib import Path

CHUNK = 1 << 25
"""Bytes of a file that are read at a time, and are in memory a few times over at most."""


class Table:
    """Rows of numbers in a file; made by :func:`open_table`.

    The file is not mapped into memory: mapped pages count as taken, and the system reads more than is asked for.

    Attributes
    ----------
    path : Path
    left_out : array of int
        The numbers of the rows of the file that are passed over, ascending.

    Examples
    --------
    >>> import tempfile, pathlib, numpy as np
    >>> from microae.data import open_table
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "x.npy")
    ...     np.save(path, np.arange(8.0).reshape(4, 2))
    ...     table = open_table(path)
    ...     table.shape, table.rows([(2, 4), (0, 1)]).tolist(), [len(chunk) for chunk in table.chunks(3)]
    ((4, 2), [[4.0, 5.0], [6.0, 7.0], [0.0, 1.0]], [3, 1])
    """

    def __init__(self, path: Path, batches: Callable[[], Iterator[Array]] | None, places: Places | None = None) -> None:
        self.path, self.left_out = path, np.empty(0, np.int64)
        self._batches, self._places = batches, places

    @property
    def places(self) -> Places:
        """The rows in binary; a copy is made where they are not."""
        if self._places is None and self._batches is not None:
            self._places = _copied(self._batches(), self.path)
        assert self._places is not None
        return self._places

    @property
    def shape(self) -> tuple[int, int]:
        """The number of rows that are not left out, and that of the columns."""
        n, features = self.places.shape
        return n - len(self.left_out), features

    def __len__(self) -> int:
        return self.shape[0]

    def rows(self, ranges: Any) -> Array:
        """Ranges of rows of the file, one after the other, without those that are left out.

        Parameters
        ----------
        ranges : sequence of pairs of int
            The first row of each, and that after its last.

        Returns
        -------
        array (rows, features)
            float32 if the file holds float32, else float64.

        Raises
        ------
        ValueError
            If a number is NaN or infinite, or the file has become shorter.
        """
        read = self.places.read(ranges)
        if len(self.left_out):
            read = read[self._stays(ranges)]
        read = read.astype(np.float32 if read.dtype == np.float32 else np.float64, copy=False)
        if not np.isfinite(read).all():
            require_finite(read, str(self.path), _numbers(ranges)[self._stays(ranges)])
        return read

    def positions(self, ranges: Any) -> Any:
        """Where the rows of :meth:`rows` stand among those that are not left out."""
        numbers = _numbers(ranges)[self._stays(ranges)]
        return numbers - np.searchsorted(self.left_out, numbers)

    def kept(self, starts: Any, stops: Any) -> Any:
        """How many rows of each range are not left out."""
        return stops - starts - (np.searchsorted(self.left_out, stops) - np.searchsorted(self.left_out, starts))

    def _stays(self, ranges: Any) -> Any:
        return ~np.isin(_numbers(ranges), self.left_out)

    def take(self, rows: Any) -> Array:
        """Rows by their numbers in the file, in any order; of many that follow each other :meth:`rows` is quicker.

        Parameters
        ----------
        rows : sequence of int

        Returns
        -------
        array (len(rows), features)
        """
        return Table(self.path, None, self.places).rows([(row, row + 1) for row in np.asarray(rows).tolist()])

    def chunks(self, rows: int | None = None) -> Iterator[Array]:
        """All rows as they stand in the file, so many at a time; in this way no copy is needed.

        Parameters
        ----------
        rows : int, optional
            By default as many as take 32 MiB.

        Yields
        ------
        array (rows, features)
            Of finite numbers; the last may have fewer rows, and others too where some are left out.

        Raises
        ------
        ValueError
            As :meth:`rows`.
        """
        if self._places is None and self._batches is not None and not len(self.left_out):
            start = 0
            for chunk in _cut(self._batches(), rows):
                require_finite(chunk, str(self.path), range(start, start + len(chunk)))
                start += len(chunk)
                yield chunk
            if not start:
                raise ValueError(f"{self.path}: is empty")
            return
        n, size = self.places.shape[0], rows or self.fitting(CHUNK)
        for start in range(0, n, size):
            chunk = self.rows([(start, min(start + size, n))])
            if len(chunk):
                yield chunk

    def fitting(self, size: int) -> int:
        """How many rows fit into so many bytes of the file, at least 1."""
        return max(1, size // (self.places.dtype.itemsize * int(self.places.shape[1])))

    def without(self, rows: Any) -> Table:
        """The same table without some rows, to hold them out.

        Parameters
        ----------
        rows : sequence of int
            Their numbers in the file.

        Returns
        -------
        Table
        """
        rest = Table(self.path, self._batches, self.places)
        rest.left_out = np.union1d(self.left_out, np.asarray(rows, np.int64))
        return rest

    def __repr__(self) -> str:
        return f"<Table of {self.path}>"


def open_table(path: str | os.PathLike[str], *, header: bool | None = None) -> Table:
    """A table in a file, which need not fit into memory.

    Parameters
    ----------
    path : path
        A ``.npy`` file, whose rows are read quickest if they stand one after the other, or a ``.csv`` or ``.parquet``
        file, for which pyarrow is needed. All columns are of numbers. A ``.csv`` is read as by :func:`load`.
    header : bool, optional
        Whether the first line of a ``.csv`` names the columns, as in :func:`load`, but judged by the first hundred.

    Returns
    -------
    Table

    Raises
    ------
    OSError
        If there is no such file, or it cannot be read.
    ValueError
        If it is no table of numbers.
    ModuleNotFoundError
        If pyarrow is needed and not installed.

    Examples
    --------
    >>> import tempfile, numpy as np, microae as ma
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     np.save(f"{directory}/table.npy", np.eye(3))
    ...     ma.data.open_table(f"{directory}/table.npy").shape
    (3, 3)
    """
    file = existing(path)
    suffix = file.suffix.lower()
    require_header_of_csv(file, header)
    if suffix == ".npy":
        return Table(file, None, _npy(file))
    if suffix not in BATCHES:
        raise ValueError(f"{file}: cannot be read in chunks; use .npy, {', '.join(BATCHES)}")
    require_pyarrow()
    return Table(file, lambda: BATCHES[suffix](file, header))


def _numbers(ranges: Any) -> Any:
    return np.concatenate([np.arange(start, stop) for start, stop in ranges])


# --- rows by their places ----------------------------------------------------------------------------------------


class Places:
    """An open file with rows of numbers from a place on, one after the other, or column by column."""

    def __init__(
        self, file: IO[bytes], path: Path, begin: int, shape: Any, dtype: np.dtype[Any], by_columns: bool = False
    ) -> None:
        self.file, self.path, self.begin, self.shape, self.dtype = file, path, begin, shape, dtype
        self.by_columns = by_columns

    def read(self, ranges: Any) -> Array:
        """Ranges of rows, one after the other."""
        n, features = self.shape
        rows = sum(stop - start for start, stop in ranges)
        if not self.by_columns:
            return self._read([self.begin], features, ranges).reshape(rows, features)
        columns = [self.begin + j * n * self.dtype.itemsize for j in range(features)]
        return np.ascontiguousarray(self._read(columns, 1, ranges).reshape(features, rows).T)

    def _read(self, begins: list[int], width: int, ranges: Any) -> Array:
        """From each of some places on: ranges of rows of so many numbers, one after the other."""
        width *= self.dtype.itemsize
        parts = [(begin + start * width, (stop - start) * width) for begin in begins for start, stop in ranges]
        read = np.empty(sum(size for _, size in parts) // self.dtype.itemsize, self.dtype)
        memory, done = _bytes(read), 0
        if hasattr(os, "posix_fadvise") and len(parts) > 1:  # so that the disk is asked for all of them at once
            for place, size in parts:
                os.posix_fadvise(self.file.fileno(), place, size, os.POSIX_FADV_WILLNEED)
        for place, size in parts:
            if _read_at(self.file, memory[done : done + size], place) < size:
                raise ValueError(f"{self.path}: has become shorter than its {self.shape[0]:,} rows")
            done += size
        return read

    def __del__(self) -> None:
        self.file.close()


def _bytes(array: Array) -> memoryview:
    return memoryview(array.reshape(-1).view(np.uint8))


def _read_at(file: IO[bytes], memory: memoryview, place: int) -> int:
    """Fill memory with the bytes from a place on, of which there may be fewer; return their number."""
    done = 0
    while done < len(memory):
        if hasattr(os, "preadv"):
            got = os.preadv(file.fileno(), [memory[done:]], place + done)
        else:  # Windows
            file.seek(place + done)
            got = file.readinto(memory[done:])  # type: ignore[attr-defined]
        if not got:
            break
        done += got
    return done


def _npy(path: Path) -> Places:
    header = npy_header(path)
    require_table(header.shape, str(path))
    by_columns = header.by_columns and min(header.shape) > 1
    return Places(path.open("rb", buffering=0), path, header.begin, header.shape, header.dtype, by_columns)


# --- files without places ----------------------------------------------------------------------------------------


def _cut(batches: Iterator[Array], rows: int | None) -> Iterator[Array]:
    """The same rows, so many at a time."""
    waiting: list[Array] = []
    held = 0
    for batch in batches:
        waiting.append(batch)
        held += len(batch)
        size = rows or max(1, CHUNK // (batch.itemsize * batch.shape[1]))
        while held >= size:
            whole = np.concatenate(waiting)
            yield whole[:size]
            waiting, held = [whole[size:]], held - size
    if held:
        yield np.concatenate(waiting)


def _copied(batches: Iterator[Array], path: Path) -> Places:
    """A copy in binary, in a temporary file without a name."""
    import tempfile

    file: Any = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
    rows, width, dtype = 0, 0, np.dtype(np.float64)
    try:
        for batch in batches:
            rows, width, dtype = rows + len(batch), batch.shape[1], batch.dtype
            left = _bytes(np.ascontiguousarray(batch))
            while left:
                left = left[file.write(left) :]
        if not rows * width:
            raise ValueError(f"{path}: is empty")
    except BaseException as error:
        file.close()
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            where = tempfile.gettempdir()
            raise OSError(f"{path}: no room for a binary copy in {where}; TMPDIR chooses another directory") from error
        raise
    return Places(file, path, 0, (rows, width), dtype)
