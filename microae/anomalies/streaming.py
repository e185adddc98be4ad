"""Scores of more samples than fit into memory: files in chunks, and Dask's arrays and dataframes by their blocks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from microae.core.arrays import Array
from microae.data.readers import existing, load
from microae.data.registry import LARGE
from microae.data.tables import CHUNK, open_table


def chunks(path: str | os.PathLike[str], name: str | None = None, rows: int | None = None) -> Iterator[Array]:
    """The table in a file, some rows at a time, as :func:`microae.data.open_table` reads it.

    Parameters
    ----------
    path : path
        Of a file for :func:`microae.data.load`; those with names and small ``.csv`` files are read whole.
    name : str, optional
        Which array of an ``.npz`` file.
    rows : int, optional
        How many at a time; by default as many as take 32 MiB.

    Yields
    ------
    array (rows, features)
        The last may be smaller.

    Raises
    ------
    OSError, ValueError, ModuleNotFoundError
        As :func:`microae.data.load` and :func:`microae.data.open_table`.

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
    file = existing(path)
    suffix = file.suffix.lower()
    if name is None and (suffix in (".npy", ".parquet") or (suffix == ".csv" and file.stat().st_size > LARGE)):
        yield from open_table(file).chunks(rows)
        return
    table = load(file, name)
    rows = rows or max(1, CHUNK // (table.itemsize * table.shape[1]))
    for start in range(0, len(table), rows):
        yield table[start : start + rows]


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
