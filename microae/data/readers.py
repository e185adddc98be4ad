"""Reading tables of numbers, with errors that say where in the file something is wrong."""

from __future__ import annotations

import io
import math
import os
import re
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from microae.core.arrays import Array

if TYPE_CHECKING:  # imported in the functions that need it, so that importing microae stays quick
    from pathlib import Path


def load(path: str | os.PathLike[str], name: str | None = None) -> Array:
    """Read a table of numbers, one sample a row, from a ``.npy``, ``.npz`` or ``.csv`` file.

    Parameters
    ----------
    path : path
        A ``.csv`` is separated by commas, or by semicolons or tabs, and then may have decimal commas. Its first row
        is a header if none of its cells is a number, or if they count the columns from 0, as pandas writes them.
    name : str, optional
        Which array of an ``.npz`` file; needed if more than one of its arrays is 2-D.

    Returns
    -------
    array (samples, features)
        float32 if the file holds float32, else float64.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        If there is no such file.
    ValueError
        If the file has another suffix, is damaged or empty, is not a 2-D table of numbers, or holds NaN or infinity;
        the message says where. Pickled objects are never loaded.

    Examples
    --------
    >>> import tempfile, pathlib, microae as ma
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "table.csv")
    ...     _ = path.write_text("width,height\\n1,2\\n3,4.5\\n")
    ...     ma.data.load(path)
    array([[1. , 2. ],
           [3. , 4.5]])
    """
    from pathlib import Path

    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory, not a file")
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file")
    if path.suffix.lower() not in _READERS:
        raise ValueError(f"{path}: cannot read {path.suffix or 'a file without suffix'}; use {', '.join(_READERS)}")
    return as_table(_READERS[path.suffix.lower()](path, name), str(path))


def as_table(data: Any, what: str = "data") -> Array:
    """Check that data are a table of finite numbers.

    Parameters
    ----------
    data : array_like (samples, features)
        Real numbers, integers or booleans.
    what : str
        What the data are called in messages.

    Returns
    -------
    array (samples, features)
        Contiguous; float32 if ``data`` is float32, else float64.

    Raises
    ------
    ValueError
        If the data are not numeric, not 2-D, empty, or hold NaN or infinity; the message says where.

    Examples
    --------
    >>> from microae.data import as_table
    >>> as_table([[1, 2], [3, float("nan")]])
    Traceback (most recent call last):
        ...
    ValueError: data: NaN in row 1, column 1 (counted from 0), the first of 1 such number
    """
    refuse_masked(data, what)
    try:
        array = _from_pandas(data) if hasattr(data, "to_numpy") else np.asarray(data)
    except ValueError as error:
        raise ValueError(f"{what}: the rows differ in length") from error
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{what}: needs real numbers, it holds {array.dtype}")
    if array.ndim != 2:
        fix = "; flatten each sample: x.reshape(len(x), -1)" if array.ndim > 2 else "; one sample a row"
        raise ValueError(f"{what}: needs a table of shape (samples, features), its shape is {array.shape}{fix}")
    if not array.size:
        raise ValueError(f"{what}: is empty, its shape is {array.shape}")
    array = np.ascontiguousarray(array, np.float32 if array.dtype == np.float32 else np.float64)
    _require_finite(array, what)
    return array


def _from_pandas(data: Any) -> Array:
    """A table of pandas, whose own kinds of numbers NumPy does not know; what is missing is NaN."""
    kinds = list(getattr(data, "dtypes", ())) if getattr(data, "ndim", 0) == 2 else [data.dtype]
    if not all(getattr(kind, "kind", "O") in "biuf" for kind in kinds):
        return np.asarray(data)
    single = all(str(kind).lower() == "float32" for kind in kinds)
    return data.to_numpy(dtype=np.float32 if single else np.float64, na_value=np.nan)


def refuse_masked(data: Any, what: str) -> None:
    """Raise ``ValueError`` for a masked array: the numbers under its mask would be taken."""
    if isinstance(data, np.ma.MaskedArray):
        raise ValueError(f"{what}: a masked array would lose its mask; fill it first, with data.filled(...)")


def _require_finite(array: Array, what: str) -> None:
    bad = ~np.isfinite(array)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        kind = "NaN" if np.isnan(array[row, column]) else "infinity"
        number = f"{bad.sum()} such number{'s' if bad.sum() > 1 else ''}"
        raise ValueError(f"{what}: {kind} in row {row}, column {column} (counted from 0), the first of {number}")


def require_fractions(array: Array, what: str = "data") -> None:
    """Check that all numbers lie in [0, 1], as a sigmoid output and binary cross-entropy need.

    Parameters
    ----------
    array : array
        Of any shape, not empty.
    what : str
        What the data are called in messages.

    Raises
    ------
    ValueError
        If a number is outside; the message says how to scale the data.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.data import require_fractions
    >>> require_fractions(np.array([[0.0, 1.0]]))
    """
    low, high = float(array.min()), float(array.max())
    if low < 0 or high > 1:
        first, last, length = (repr(number).removesuffix(".0") for number in (low, high, high - low))
        scaled = f"x / {last}" if low in (0, high) else f"(x - {first}) / {length}"
        raise ValueError(
            f"{what}: a sigmoid output needs numbers in [0, 1], these span [{first}, {last}]; scale them, as with "
            f"{scaled}, or use a linear output (--output linear)"
        )


def require_features(array: Array, layers: Sequence[int], what: str = "data") -> None:
    """Check that the samples fit a network's input layer.

    Parameters
    ----------
    array : array (samples, features)
    layers : sequence of int
        The widths of the network's layers, from input to output.
    what : str
        What the data are called in messages.

    Raises
    ------
    ValueError
        If there are not ``layers[0]`` features.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.data import require_features
    >>> require_features(np.ones((5, 3)), [3, 2, 3])
    """
    features = array.shape[1]
    if features != layers[0]:
        fitting = ",".join(map(str, [features, *layers[1:-1], features]))
        raise ValueError(
            f"{what}: has {features} features a sample, the network has {layers[0]} inputs; use layers {fitting}"
        )


# --- arrays of NumPy -------------------------------------------------------------------------------------------

_HEADER = 1 << 17
"""Bytes in which the header of an array must end."""

_INFLATED, _RATIO = 1 << 28, 100
"""An array of more bytes than that, from a part of the file that many times smaller, is taken for a mistake."""


def _read_npy(path: Path, name: str | None) -> Any:
    if name is not None:
        raise ValueError(f"{path}: a name chooses an array of an .npz file; a .npy file has only one")
    with path.open("rb") as file:
        return _array(file, path.stat().st_size, str(path))


def _array(file: Any, size: int, what: str) -> Array:
    """The array of a .npy file of so many bytes; nothing is read before its header fits them."""
    shape, fortran, dtype, start = _header(file.read(min(size, _HEADER)), what)
    if dtype.hasobject:
        raise ValueError(f"{what}: holds Python objects, which are not loaded; store plain numbers")
    if dtype.kind not in "biuf":
        raise ValueError(f"{what}: needs real numbers, it holds {dtype}")
    count = math.prod(shape)
    if start + count * dtype.itemsize != size:
        raise ValueError(
            f"{what}: not a complete .npy file: shape {shape} of {dtype} takes {count * dtype.itemsize} bytes, it has "
            f"{max(0, size - start)}"
        )
    file.seek(start)
    raw = file.read(count * dtype.itemsize)
    if len(raw) != count * dtype.itemsize:
        raise ValueError(f"{what}: not a complete .npy file: it ends early")
    return np.frombuffer(raw, dtype).reshape(shape, order="F" if fortran else "C")


def _header(beginning: bytes, what: str) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Shape, order and dtype of an array, and where its numbers start."""
    stream = io.BytesIO(beginning)
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"of version {version[0]}.{version[1]}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old Python's numbers in a header
            shape, fortran, dtype = read(stream)
        if any(type(n) is not int or n < 0 for n in shape):
            raise ValueError(f"of shape {shape}")
    except Exception as error:  # NumPy evaluates the header as Python, which raises almost anything
        raise ValueError(f"{what}: not a complete .npy file ({_in_a_line(error)})") from error
    return shape, fortran, dtype, stream.tell()


def _in_a_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _read_npz(path: Path, name: str | None) -> Any:
    import zipfile

    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return _chosen(archive, path, name)
        except (ValueError, MemoryError):
            raise
        except Exception as error:  # each way to compress has its own
            raise ValueError(f"{path}: not a complete .npz file ({_in_a_line(error)})") from error


def _chosen(archive: Any, path: Path, name: str | None) -> Array:
    """The array of a name, or the only table; the others are not read."""
    members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    shapes: dict[str, tuple[int, ...] | str] = {}
    for key, info in members.items():
        if name not in (None, key):
            continue
        try:
            with archive.open(info) as file:
                shape, _, dtype, _ = _header(file.read(_HEADER), f"{path}: the array {key}")
            shapes[key] = shape if dtype.kind in "biuf" else str(dtype)
        except Exception as error:
            if name is not None or len(members) == 1:
                raise
            shapes[key] = f"damaged: {_in_a_line(error)}" if not isinstance(error, ValueError) else "damaged"
    if name is None:
        tables = [key for key, shape in shapes.items() if isinstance(shape, tuple) and len(shape) == 2]
        if len(tables) != 1 and len(members) != 1:
            listed = ", ".join(f"{key} {shape}" for key, shape in shapes.items()) or "no arrays"
            raise ValueError(f"{path}: has {len(tables) or 'no'} 2-D arrays, choose one by name; it has {listed}")
        name = (tables or list(members))[0]
    if name not in members:
        raise ValueError(f"{path}: has no array {name!r}; it has {', '.join(members) or 'none'}")
    info = members[name]
    if info.file_size > _INFLATED and info.file_size > _RATIO * max(1, info.compress_size):
        raise ValueError(
            f"{path}: the array {name} would take {info.file_size / 1e9:.1f} GB of memory from "
            f"{info.compress_size / 1e6:.1f} MB in the file; save it as .npy if that is meant"
        )
    with archive.open(info) as file:
        return _array(file, info.file_size, f"{path}: the array {name}")


# --- text ------------------------------------------------------------------------------------------------------

_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d*,\d+([eE][+-]?\d+)?\s*")


def _read_csv(path: Path, name: str | None) -> Any:
    import csv

    if name is not None:
        raise ValueError(f"{path}: a name chooses an array of an .npz file; a .csv file has only one")
    with path.open("rb") as file:
        marked = file.read(2) in (b"\xff\xfe", b"\xfe\xff")
    rows: list[Array] = []
    try:
        with path.open(encoding="utf-16" if marked else "utf-8-sig", newline="") as file:
            delimiter = _delimiter(file)
            reader = csv.reader(file, delimiter=delimiter)
            first = next(filter(None, reader), [])
            heading = _is_heading(first, delimiter)
            if not heading and any(_is_number(cell, delimiter) for cell in first):
                rows.append(_numbers(first, reader.line_num, path, delimiter))
            for cells in filter(None, reader):
                rows.append(_numbers(cells, reader.line_num, path, delimiter))
                if len(cells) != len(first):
                    raise ValueError(
                        f"{path}: line {reader.line_num} has {len(cells)} cells, the first line has {len(first)}"
                    )
    except (csv.Error, UnicodeError) as error:
        raise ValueError(f"{path}: not a text file of comma-separated numbers ({_in_a_line(error)})") from error
    if first and not first[0].strip() and rows and [row[0] for row in rows] == list(range(len(rows))):
        raise ValueError(
            f"{path}: its first column has no heading and counts the rows: an index, as pandas writes it; save the "
            "table with index=False"
        )
    table = np.array(rows) if rows else np.empty((0, len(first)))
    if heading and table.size and np.isin(table, np.arange(len(first))).all():
        raise ValueError(
            f"{path}: its first line counts the columns, {', '.join(first[:3])}, ..., and the others hold no other "
            "numbers: is it a heading, as pandas writes it, or a sample? Give the columns names, or leave the line out"
        )
    return table


def _delimiter(file: Any) -> str:
    """What separates the cells of a file: a semicolon or a tab, if its first line has one, else a comma."""
    line = next((line for line in file if line.strip()), "")
    file.seek(0)
    return ";" if ";" in line else "\t" if "\t" in line else ","


def _is_heading(cells: list[str], delimiter: str) -> bool:
    """Whether the first row has no numbers but names; the numbers of the columns are names, as in pandas."""
    named = cells[1:] if cells and not cells[0].strip() else cells
    counted = len(named) > 1 and [cell.strip() for cell in named] == [str(i) for i in range(len(named))]
    return counted or not any(_is_number(cell, delimiter) for cell in cells)


def _numbers(cells: list[str], line: int, path: Path, delimiter: str) -> Array:
    where = f"{path}: line {line}, column"
    try:
        numbers = np.array([float(_pointed(cell, delimiter)) for cell in cells])
        doubtful = any("_" in cell for cell in cells)
    except ValueError:
        doubtful = True
    if doubtful:
        column, cell = next((i, c) for i, c in enumerate(cells, start=1) if not _is_number(c, delimiter))
        raise ValueError(f"{where} {column}: {cell[:40]!r} is not a number{_suggested(cell, delimiter)}")
    finite = np.isfinite(numbers)
    if not finite.all():
        column = int(finite.argmin())
        raise ValueError(f"{where} {column + 1}: {cells[column][:40]!r} is not a finite number")
    return numbers


def _pointed(cell: str, delimiter: str) -> str:
    """A cell with a decimal point, where commas do not separate the cells."""
    return cell.replace(",", ".") if delimiter != "," and _DECIMAL_COMMA.fullmatch(cell) else cell


def _suggested(cell: str, delimiter: str) -> str:
    if not cell.strip():
        return ": the cell is empty"
    return " between commas" if delimiter == "," else ""


def _is_number(cell: str, delimiter: str) -> bool:
    try:
        float(_pointed(cell, delimiter))
    except ValueError:
        return False
    return "_" not in cell  # Python reads 1_0 as 10; in a table it is more likely a mistake


_READERS = {".npy": _read_npy, ".npz": _read_npz, ".csv": _read_csv}
