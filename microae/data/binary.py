"""Reading arrays from ``.npy`` and ``.npz`` files: no more memory is taken than what the file is known to hold."""

from __future__ import annotations

import io
import math
import warnings
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np

from microae.core.arrays import Array

if TYPE_CHECKING:  # imported in the functions that need it, so that importing microae stays quick
    import zipfile
    from collections.abc import Iterator
    from pathlib import Path

HEADER = 12_000
"""How many bytes of a file are read for its header; NumPy's own readers refuse longer ones."""

EXPANDED, RATIO = 2**28, 100
"""An archive's array of more bytes than that which was packed more tightly than that is not unpacked."""


class Header(NamedTuple):
    """What stands before the numbers of an array: of which shape and kind they are, where they begin, the whole size.

    ``by_columns`` says whether the numbers of a column follow each other.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    begin: int
    size: int
    by_columns: bool


class NotNumbersError(ValueError):
    """A whole array, but not of numbers, or no array at all: no reason to refuse what stands beside it."""


def read_npy(path: Path) -> Array:
    """The array of a ``.npy`` file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    array

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        If it is damaged or holds something else than numbers.
    """
    with path.open("rb") as file:
        try:
            _whole(file)
            file.seek(0)
            return _array(file)
        except Exception as error:  # NumPy lets through whatever Python's tokenizer and its own constructors raise
            raise _refused(path, error) from error


def npy_header(path: Path) -> Header:
    """What a ``.npy`` file says of its array, which is there whole; raises as :func:`read_npy`."""
    with path.open("rb") as file:
        try:
            return _whole(file)
        except Exception as error:
            raise _refused(path, error) from error


def _whole(file: IO[bytes]) -> Header:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    header = _header(file.read(HEADER))
    if header.size > size:
        raise ValueError(f"{header.size:,} bytes are announced and {size:,} there")
    return header


def read_npz(path: Path, name: str | None) -> Array:
    """One of the arrays of a ``.npz`` file; the others' headers are read only to find it.

    Parameters
    ----------
    path : Path
    name : str or None
        Which; ``None`` is the only one, or the only one that is a 2-D array of numbers.

    Returns
    -------
    array

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        If it is damaged, has no such array or several, or the array is not of numbers or unpacks to far more than the
        file would let expect.
    """
    import zipfile

    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
                chosen = _only_table(archive, members) if name is None else _named(archive, members, name)
                return _member(archive, chosen)
        except Exception as error:  # as above, and whatever the decompressors raise
            raise _refused(path, error) from error


def _header(start: bytes) -> Header:
    """The header of an array from the first bytes of its file, without reading on."""
    stream = io.BytesIO(start)
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a header that Python 2 wrote, or of an odd literal in a damaged one
        shape, by_columns, dtype = read(stream)
    if dtype.hasobject:
        raise NotNumbersError("holds Python objects, which are not loaded; store plain numbers")
    if dtype.kind not in "biuf":
        raise NotNumbersError(f"needs real numbers, it holds {str(dtype)[:80]}")
    if any(n < 0 for n in shape):
        raise ValueError(f"a shape of {shape}")
    begin = stream.tell()
    return Header(shape, dtype, begin, begin + math.prod(shape) * dtype.itemsize, by_columns)


def _array(stream: IO[bytes]) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        array: Array = np.lib.format.read_array(stream, allow_pickle=False)
    return array


# --- archives ----------------------------------------------------------------------------------------------------


def _start(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Header:
    with archive.open(member) as stream:
        start = stream.read(HEADER)
    if not start.startswith(np.lib.format.MAGIC_PREFIX):
        raise NotNumbersError(f"not a complete .npz file ({member.filename} is no array)")
    header = _header(start)
    if header.size != member.file_size:
        raise ValueError(f"{member.filename}: {header.size:,} bytes are announced and {member.file_size:,} there")
    return header


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    header = _start(archive, member)
    if header.size > EXPANDED and header.size > RATIO * member.compress_size:
        raise NotNumbersError(
            f"{member.filename} would unpack from {member.compress_size:,} to {header.size:,} bytes; if that is meant, "
            "unpack the archive and read the .npy file in it"
        )
    with archive.open(member) as stream:
        return _array(stream)


def _headers(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> Iterator[tuple[str, Header | None]]:
    """Each array's header; none where there is something else than numbers."""
    for name, member in members.items():
        try:
            yield name, _start(archive, member)
        except NotNumbersError:
            yield name, None


def _only_table(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> zipfile.ZipInfo:
    if len(members) == 1:
        return next(iter(members.values()))
    headers = dict(_headers(archive, members))
    tables = [name for name, header in headers.items() if header and len(header.shape) == 2]
    if len(tables) == 1:
        return members[tables[0]]
    how = "choose one by name (microae.data.load(path, name), --array NAME)"
    raise NotNumbersError(f"has {len(tables) or 'no'} 2-D arrays, {how}; it has {_listed(headers)}")


def _named(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    if name not in members:
        raise NotNumbersError(f"has no array {name!r}; it has {_listed(dict(_headers(archive, members)))}")
    return members[name]


def _listed(headers: dict[str, Header | None]) -> str:
    shown = (f"{name} {header.shape if header else '(no numbers)'}" for name, header in headers.items())
    return ", ".join(shown) or "no arrays"


def _refused(path: Path, error: Exception) -> ValueError:
    if isinstance(error, NotNumbersError):
        return ValueError(f"{path}: {error}")
    said = " ".join(str(error).split())[:200] or type(error).__name__
    return ValueError(f"{path}: not a complete {path.suffix.lower()} file ({said})")
