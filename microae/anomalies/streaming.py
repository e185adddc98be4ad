"""Scores of more samples than fit into memory: files in chunks, and Dask's arrays and dataframes by their blocks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from microae.core.arrays import Array
from microae.data import as_table, load

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 65_536
"""How many samples of a file are in memory at a time."""


def chunks(path: str | os.PathLike[str], name: str | None = None, rows: int = ROWS) -> Iterator[Array]:
    """The table in a file, some rows at a time; a ``.npy`` file is read from its place in the file, not mapped.

    Parameters
    ----------
    path : path
        As of :func:`microae.data.load`; other files than ``.npy`` are read whole.
    name : str, optional
        Which array of an ``.npz`` file.
    rows : int
        How many at a time.

    Yields
    ------
    array (rows, features)
        The last may be smaller.

    Raises
    ------
    OSError, ValueError
        As :func:`microae.data.load`; rows are counted from the beginning of the file.

    Examples
    --------
    >>> import pathlib, tempfile, numpy as np
    >>> from microae.anomalies.streaming import chunks
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "table.npy")
    ...     np.save(path, np.ones((5, 2)))
    ...     [chunk.shape for chunk in chunks(path, rows=2)]
    [(2, 2), (2, 2), (1, 2)]
    """
    from pathlib import Path

    path = Path(path)
    if path.suffix.lower() == ".npy" and path.is_file() and name is None:
        yield from _npy_chunks(path, rows)
        return
    table = load(path, name)
    for start in range(0, len(table), rows):
        yield table[start : start + rows]


def _npy_chunks(path: Path, rows: int) -> Iterator[Array]:
    mapped = None
    try:
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)  # checks the header and the size; no page is touched
    except (ValueError, EOFError, OSError):
        load(path)  # says what is wrong
    if not isinstance(mapped, np.memmap) or mapped.ndim != 2 or not mapped.flags.c_contiguous or not mapped.size:
        table = load(path)  # says what is wrong, or reads what is stored column by column
        yield from (table[start : start + rows] for start in range(0, len(table), rows))
        return
    (n, features), dtype, offset = mapped.shape, mapped.dtype, mapped.offset
    del mapped
    with path.open("rb") as file:
        file.seek(offset)
        for start in range(0, n, rows):
            count = min(rows, n - start)
            chunk = np.fromfile(file, dtype, count * features)
            if chunk.size != count * features:
                raise ValueError(f"{path}: has become shorter while it was read, row {start} and those after it lack")
            yield as_table(chunk.reshape(count, features), f"{path}, rows {start} to {start + count - 1}")


def is_dask(x: Any) -> bool:
    """Whether samples are a Dask array or dataframe; asked without importing Dask."""
    return type(x).__module__.partition(".")[0] in ("dask", "dask_expr")


def by_blocks(function: Callable[[Any], Array], x: Any, width: int | None = None) -> Any:
    """A function of samples for each block of a Dask array, or each partition of a dataframe, when it is computed.

    Parameters
    ----------
    function : callable
        From samples (N, n) to an array (N,), or (N, width).
    x : dask.array.Array or dask.dataframe.DataFrame
    width : int, optional
        Of what the function returns; ``None`` for one number a sample.

    Returns
    -------
    dask.array.Array, dask.dataframe.Series or dask.dataframe.DataFrame
        In as many blocks as ``x`` has along its rows; a dataframe's result has its index.
    """
    if hasattr(x, "map_partitions"):
        import pandas as pd  # type: ignore[import-untyped]

        make = pd.Series if width is None else pd.DataFrame

        def of_partition(part: Any) -> Any:
            empty = np.empty(0 if width is None else (0, width))
            return make(function(part) if len(part) else empty, index=part.index)

        return x.map_partitions(of_partition, meta=of_partition(x._meta))
    if x.ndim != 2:
        raise ValueError(f"the samples: needs a table of shape (samples, features), its shape is {x.shape}")
    whole_rows = x.rechunk({1: -1})
    if width is None:
        return whole_rows.map_blocks(function, drop_axis=1, dtype=np.float64, meta=np.empty(0))
    return whole_rows.map_blocks(function, chunks=(x.chunks[0], (width,)), dtype=np.float64, meta=np.empty((0, 0)))
