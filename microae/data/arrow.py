"""Reading ``.csv`` and ``.parquet`` files some rows at a time, by pyarrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from microae.core.arrays import Array
from microae.extras import needed

if TYPE_CHECKING:
    from pathlib import Path


def require_pyarrow() -> None:
    """Raise ``ModuleNotFoundError``, which says how to install it, if pyarrow is not there."""
    with needed("pyarrow", "reading a file in chunks", "'microae[files]'"):
        import pyarrow  # noqa: F401


def csv_batches(path: Path, header: bool | None = None) -> Iterator[Array]:
    """The rows of a ``.csv`` file, some at a time; numbers and mistakes are those of :func:`text.read_csv`."""
    import pyarrow
    from pyarrow import csv

    from microae.data.text import form, has_decimal_commas, require_numbers

    known = form(path, header, "open_table")
    comma, columns = has_decimal_commas(path, known), [f"column {i + 1}" for i in range(len(known.cells))]
    options = {
        "read_options": csv.ReadOptions(
            block_size=1 << 22, skip_rows=known.lines, column_names=columns,
            encoding="utf-16" if known.encoding == "utf-16" else "utf8",
        ),
        "parse_options": csv.ParseOptions(delimiter=known.separator),
        "convert_options": csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pyarrow.float64()), decimal_point="," if comma else "."
        ),
    }  # fmt: skip
    try:
        with csv.open_csv(path, **options) as reader:
            for batch in reader:
                array = _array(batch, path)
                if not np.isfinite(array).all():
                    require_numbers(path, known, comma)
                yield array
    except ValueError as error:  # as those of pyarrow are
        require_numbers(path, known, comma)
        raise ValueError(f"{path}: not a table of numbers ({' '.join(str(error).split())[:200]})") from error


def parquet_batches(path: Path) -> Iterator[Array]:
    """The rows of a ``.parquet`` file, some at a time."""
    with _opened(path) as file:
        for batch in file.iter_batches(1 << 14):
            yield _array(batch, path)


def parquet_names(path: Path) -> list[str]:
    """The names of the columns of a ``.parquet`` file."""
    with _opened(path) as file:
        names: list[str] = file.schema_arrow.names
        return names


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A ``.parquet`` file; what is none is said to be no complete one."""
    require_pyarrow()
    from pyarrow import ArrowInvalid, parquet

    try:
        with parquet.ParquetFile(path) as file:
            yield file
    except ArrowInvalid as error:
        raise ValueError(f"{path}: not a complete .parquet file ({' '.join(str(error).split())[:200]})") from error


def _array(batch: Any, path: Path) -> Array:
    """A batch of pyarrow as an array (rows, columns): float32 if all columns are."""
    columns = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if column.null_count:
            raise ValueError(f"{path}: {name} has cells without a number; fill them, or leave their rows out")
        array = column.to_numpy(zero_copy_only=False)
        if array.dtype.kind not in "biuf":
            raise ValueError(f"{path}: {name} is not of numbers; leave the column out")
        columns.append(array)
    narrow = all(column.dtype == np.float32 for column in columns)
    return np.stack(columns, axis=1).astype(np.float32 if narrow else np.float64, copy=False)


BATCHES: dict[str, Callable[[Path, bool | None], Iterator[Array]]] = {
    ".csv": csv_batches,
    ".parquet": lambda path, header: parquet_batches(path),
}
"""What reads each kind of file: some rows at a time, in their order, as arrays (rows, columns)."""
