"""Reading tables of numbers, with errors that say where in the file something is wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from microae.arguments import is_masked
from microae.core.arrays import Array
from microae.data.binary import read_npy, read_npz

if TYPE_CHECKING:  # imported in the functions that need it, so that importing microae stays quick
    from pathlib import Path


def load(path: str | os.PathLike[str], name: str | None = None, *, header: bool | None = None) -> Array:
    """Read a table of numbers, one sample a row, from a ``.npy``, ``.npz``, ``.csv`` or ``.parquet`` file.

    Parameters
    ----------
    path : path
        A ``.csv`` is separated by commas, semicolons or tabs.
    name : str, optional
        Which array of an ``.npz`` file; needed if more than one of its arrays is a table of numbers.
    header : bool, optional
        Whether the first line of a ``.csv`` names the columns. By default it does if none of its cells is a number,
        or if it counts up, as ``0,1,2`` or ``2019,2020``, above numbers that are all written with a decimal point.
        Other whole numbers that look like names, above numbers of which some or all have one, are asked about.

    Returns
    -------
    array (samples, features)
        float32 if the file holds float32, else float64.

    Raises
    ------
    OSError
        If there is no such file (``FileNotFoundError``, ``IsADirectoryError``) or it cannot be read.
    ValueError
        If the file has another suffix, is damaged or empty, is not a 2-D table of numbers, holds NaN or infinity, or
        would take far more memory than its size lets expect; the message says where. In a ``.csv``, lines and columns
        are counted from 1. Pickled objects are never loaded.

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
    path = existing(path)
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        raise ValueError(f"{path}: cannot read {path.suffix or 'a file without suffix'}; use {', '.join(_READERS)}")
    if name is not None and suffix != ".npz":
        raise ValueError(f"{path}: a name chooses an array of an .npz file; a {suffix} file has only one")
    require_header_of_csv(path, header)
    return as_table(_READERS[suffix](path, name, header), str(path))


def column_names(path: str | os.PathLike[str]) -> list[str] | None:
    """The names of the columns of a ``.csv`` or ``.parquet`` file; ``None`` where they have none.

    Parameters
    ----------
    path : path
        The first line of a ``.csv`` is judged by the first hundred.

    Returns
    -------
    list of str or None

    Raises
    ------
    OSError, ValueError, ModuleNotFoundError
        As :func:`load`.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from microae.data.readers import column_names
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "table.csv")
    ...     _ = path.write_text("width,height\\n1,2\\n")
    ...     column_names(path)
    ['width', 'height']
    """
    file = existing(path)
    kind = file.suffix.lower()
    if kind == ".csv":
        from microae.data.text import form

        known = form(file)
        return known.cells if known.lines else None
    if kind == ".parquet":
        from microae.data.arrow import parquet_names

        return parquet_names(file)
    return None


def existing(path: str | os.PathLike[str]) -> Path:
    """The path of a file that is there; ``FileNotFoundError`` or ``IsADirectoryError`` else."""
    from pathlib import Path

    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory, not a file")
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file")
    return path


def require_header_of_csv(path: Path, header: bool | None) -> None:
    """Raise ``ValueError`` if a ``header`` is given for a file that is no ``.csv``."""
    if header is not None and path.suffix.lower() != ".csv":
        raise ValueError(f"{path}: header says whether the first line of a .csv file names the columns; this has none")


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
        array = _as_array(data)
    except ValueError as error:
        raise ValueError(f"{what}: the rows differ in length") from error
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{what}: needs real numbers, it holds {array.dtype}")
    require_table(array.shape, what)
    with np.errstate(all="ignore"):  # a longer float may be infinite in this one, and is refused then
        array = np.ascontiguousarray(array, np.float32 if array.dtype == np.float32 else np.float64)
    require_finite(array, what)
    return array


def require_table(shape: tuple[int, ...], what: str) -> None:
    """Raise ``ValueError`` unless a shape is that of a table with samples and features."""
    if len(shape) != 2:
        fix = "; flatten each sample: x.reshape(len(x), -1)" if len(shape) > 2 else "; one sample a row"
        raise ValueError(f"{what}: needs a table of shape (samples, features), its shape is {shape}{fix}")
    if not all(shape):
        raise ValueError(f"{what}: is empty, its shape is {shape}")


def _as_array(data: Any) -> Array:
    """``np.asarray``; a pandas table whose columns are of nullable kinds of numbers is one of numbers, NA of NaN."""
    array: Array = np.asarray(data)
    if array.dtype == object and hasattr(data, "isna"):
        array = np.where(np.asarray(data.isna()), np.nan, array)
        if all(isinstance(x, Real) for x in array.flat):
            return array.astype(np.float64)
    return array


def refuse_masked(data: Any, what: str) -> None:
    """Raise ``ValueError`` for a masked array, or a list of some: the numbers under their masks would be taken."""
    if is_masked(data):
        raise ValueError(f"{what}: a masked array would lose its mask; fill it first, with data.filled(...)")


def require_finite(array: Array, what: str, numbers: Sequence[int] | Array | None = None) -> None:
    """Raise ``ValueError`` where a table holds NaN or infinity.

    ``numbers`` are those of its rows in the whole of which it is a part.
    """
    bad = ~np.isfinite(array)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        kind = "NaN" if np.isnan(array[row, column]) else "infinity"
        count = f", the first of {bad.sum()} such number{'s' if bad.sum() > 1 else ''}" if numbers is None else ""
        where = row if numbers is None else numbers[row]
        raise ValueError(f"{what}: {kind} in row {where}, column {column} (counted from 0){count}")


def require_fractions(array: Array, what: str = "data", linear: str = 'output="linear"') -> None:
    """Check that all numbers lie in [0, 1], as a sigmoid output and binary cross-entropy need.

    Parameters
    ----------
    array : array
        Of any shape, not empty.
    what : str
        What the data are called in messages.
    linear : str
        How a linear output is asked for.

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
        shifted = f"x + {first[1:]}" if low < 0 else f"x - {first}"
        scaled = f"x / {last}" if low in (0, high) else f"({shifted}) / {length}"
        raise ValueError(
            f"{what}: a sigmoid output needs numbers in [0, 1], these span [{first}, {last}]; scale them, as with "
            f"{scaled}, or use a linear output ({linear})"
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


def _read_csv(path: Path, header: bool | None) -> Any:
    from microae.data.text import read_csv

    return read_csv(path, header)


def _read_parquet(path: Path) -> Any:
    from microae.data.arrow import parquet_batches

    batches = list(parquet_batches(path))
    return np.concatenate(batches) if batches else np.empty((0, 0))


_READERS: dict[str, Callable[[Path, str | None, bool | None], Any]] = {
    ".npy": lambda path, name, header: read_npy(path),
    ".npz": lambda path, name, header: read_npz(path, name),
    ".csv": lambda path, name, header: _read_csv(path, header),
    ".parquet": lambda path, name, header: _read_parquet(path),
}
