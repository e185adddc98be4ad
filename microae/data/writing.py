"""Writing tables of numbers, some rows at a time: ``.npy``, ``.npz``, ``.csv`` and ``.parquet`` files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from microae.core.arrays import Array
from microae.data.files import check_writable_file, replacing
from microae.extras import needed

if TYPE_CHECKING:
    from pathlib import Path

Write = Callable[[Array], None]


class UnwrittenError(OSError):
    """Raised where a file cannot be written though its name is right: the disk is full, or may not be written to."""


def check_table_file(path: str | os.PathLike[str]) -> None:
    """Raise if no table can be written to ``path``; nothing is made.

    Parameters
    ----------
    path : path

    Raises
    ------
    OSError
        As :func:`microae.data.files.check_writable_file`.
    ValueError
        If it has another suffix than ``.npy``, ``.npz``, ``.csv`` and ``.parquet``.
    ModuleNotFoundError
        If pyarrow is needed and not installed.
    """
    from pathlib import Path

    path = Path(path)
    if path.suffix.lower() not in WRITERS:
        raise ValueError(f"{path}: cannot write {path.suffix or 'a file without suffix'}; use {', '.join(WRITERS)}")
    check_writable_file(path)
    if path.suffix.lower() == ".parquet":
        _parquet_package()


@contextmanager
def writing_table(path: str | os.PathLike[str], names: Sequence[str]) -> Iterator[Write]:
    """A function that appends rows to a table; the file is there, whole, after the ``with`` block.

    Parameters
    ----------
    path : path
        A ``.npy``, ``.npz`` (where the array is called "data"), ``.csv`` or ``.parquet`` file.
    names : sequence of str
        Of the columns, for the first line of a ``.csv`` and for ``.parquet``.

    Yields
    ------
    callable
        Takes arrays (rows, columns) of one dtype, float32 or float64.

    Raises
    ------
    OSError, ValueError, ModuleNotFoundError
        As :func:`check_table_file`.
    UnwrittenError
        If the disk is full, or something else is in the way. An old file stays as it was then, as it does if the
        block raises.

    Examples
    --------
    >>> import pathlib, tempfile, numpy as np
    >>> from microae.data import load
    >>> from microae.data.writing import writing_table
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "table.csv")
    ...     with writing_table(path, ["a", "b"]) as write:
    ...         write(np.array([[1.0, 2.0]]))
    ...         write(np.array([[3.0, 4.5]]))
    ...     path.read_text(), load(path).tolist()
    ('a,b\\n1.0,2.0\\n3.0,4.5\\n', [[1.0, 2.0], [3.0, 4.5]])
    """
    from pathlib import Path

    path = Path(path)
    check_table_file(path)
    of_block: BaseException | None = None
    try:
        with replacing(path) as temporary, WRITERS[path.suffix.lower()](temporary, names) as append:

            def write(array: Array) -> None:
                try:
                    append(array)
                except OSError as error:
                    raise _unwritten(path, error) from error

            try:
                yield write
            except BaseException as error:
                of_block = error
                raise
    except OSError as error:
        raise error if error is of_block else _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> UnwrittenError:
    return UnwrittenError(f"{path}: cannot be written: {os.strerror(error.errno) if error.errno else error}")


@contextmanager
def _npy(path: Path, names: Sequence[str]) -> Iterator[Write]:
    with path.open("wb") as file:
        rows, dtype = 0, np.dtype(np.float64)

        def header() -> None:
            file.seek(0)
            described = np.lib.format.dtype_to_descr(dtype)
            shape = (rows, len(names))  # NumPy leaves room for a larger number of rows
            np.lib.format.write_array_header_1_0(file, {"descr": described, "fortran_order": False, "shape": shape})

        def write(array: Array) -> None:
            nonlocal rows, dtype
            if not rows:
                dtype = array.dtype
                header()
            rows += len(array)
            file.write(np.ascontiguousarray(array, dtype).data)

        yield write
        header()


@contextmanager
def _npz(path: Path, names: Sequence[str]) -> Iterator[Write]:
    import shutil
    import zipfile

    array = path.with_name(f"{path.name}.npy")
    try:
        with _npy(array, names) as write:
            yield write
        with (
            zipfile.ZipFile(path, "w", allowZip64=True) as archive,
            archive.open(zipfile.ZipInfo("data.npy"), "w", force_zip64=True) as member,
            array.open("rb") as file,
        ):
            shutil.copyfileobj(file, member, 1 << 22)
    finally:
        array.unlink(missing_ok=True)


@contextmanager
def _csv(path: Path, names: Sequence[str]) -> Iterator[Write]:
    import csv

    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(names)
        yield lambda array: table.writerows(array.tolist())


@contextmanager
def _parquet(path: Path, names: Sequence[str]) -> Iterator[Write]:
    pyarrow, parquet = _parquet_package()
    with ExitStack() as stack:
        opened: list[Any] = []

        def write(array: Array) -> None:
            batch = pyarrow.table(
                [pyarrow.array(column) for column in np.ascontiguousarray(array.T)], names=list(names)
            )
            if not opened:
                opened.append(stack.enter_context(parquet.ParquetWriter(path, batch.schema)))
            opened[0].write_table(batch)

        yield write


def _parquet_package() -> tuple[Any, Any]:
    with needed("pyarrow", "a .parquet file", "'microae[files]'"):
        import pyarrow
        from pyarrow import parquet
    return pyarrow, parquet


WRITERS: dict[str, Callable[[Path, Sequence[str]], Any]] = {
    ".npy": _npy,
    ".npz": _npz,
    ".csv": _csv,
    ".parquet": _parquet,
}
"""What writes each kind of file."""
