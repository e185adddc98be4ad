"""Reading tables of numbers, with errors that say where in the file something is wrong."""

from __future__ import annotations

import io
import os
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
        A ``.csv`` is separated by commas; its first row is a header if none of its cells is a number.
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
        array = np.asarray(data)
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


# --- reading each kind of file ---------------------------------------------------------------------------------


def _read_npy(path: Path, name: str | None) -> Any:
    if name is not None:
        raise ValueError(f"{path}: a name chooses an array of an .npz file; a .npy file has only one")
    try:
        return np.lib.format.read_array(io.BytesIO(path.read_bytes()), allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(_damaged(path, error)) from error


def _read_npz(path: Path, name: str | None) -> Any:
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.removesuffix(".npy"): archive.read(member) for member in archive.namelist()}
        arrays = {key: np.lib.format.read_array(io.BytesIO(raw), allow_pickle=False) for key, raw in members.items()}
    except (ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(_damaged(path, error)) from error
    if name is None:
        return _only_table(arrays, path)
    if name not in arrays:
        raise ValueError(f"{path}: has no array {name!r}; it has {_listed(arrays)}")
    return arrays[name]


def _only_table(arrays: dict[str, Any], path: Path) -> Any:
    tables = [name for name, array in arrays.items() if array.ndim == 2]
    if len(arrays) == 1 or len(tables) == 1:
        return arrays[(tables or list(arrays))[0]]
    raise ValueError(f"{path}: has {len(tables) or 'no'} 2-D arrays, choose one by name; it has {_listed(arrays)}")


def _listed(arrays: dict[str, Any]) -> str:
    return ", ".join(f"{name} {array.shape}" for name, array in arrays.items()) or "no arrays"


def _damaged(path: Path, error: Exception) -> str:
    if "Object arrays" in str(error):
        return f"{path}: holds Python objects, which are not loaded; store plain numbers"
    return f"{path}: not a complete {path.suffix} file ({' '.join(str(error).split()) or type(error).__name__})"


def _read_csv(path: Path, name: str | None) -> Any:
    import csv

    if name is not None:
        raise ValueError(f"{path}: a name chooses an array of an .npz file; a .csv file has only one")
    rows: list[Array] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            first = next(filter(None, reader), [])
            if any(map(_is_number, first)):
                rows.append(_numbers(first, reader.line_num, path))
            for cells in filter(None, reader):
                rows.append(_numbers(cells, reader.line_num, path))
                if len(cells) != len(first):
                    raise ValueError(
                        f"{path}: line {reader.line_num} has {len(cells)} cells, the first line has {len(first)}"
                    )
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not a text file of comma-separated numbers ({error})") from error
    return np.array(rows) if rows else np.empty((0, len(first)))


def _numbers(cells: list[str], line: int, path: Path) -> Array:
    try:
        numbers = np.array([float(cell) for cell in cells])
        doubtful = any("_" in cell for cell in cells)
    except ValueError:
        doubtful = True
    if doubtful:
        column, cell = next((i, cell) for i, cell in enumerate(cells, start=1) if not _is_number(cell))
        raise ValueError(f"{path}: line {line}, column {column}: {cell[:40]!r} is not a number between commas")
    return numbers


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell  # Python reads 1_0 as 10; in a table it is more likely a mistake


_READERS = {".npy": _read_npy, ".npz": _read_npz, ".csv": _read_csv}
