"""Reading tables from ``.csv`` files: what separates the cells, what is a header, and where a cell is no number."""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TextIO

import numpy as np

from microae.core.arrays import Array

if TYPE_CHECKING:
    from pathlib import Path

Line = tuple[int, list[str]]
"""The number of a line in the file, counted from 1, and its cells."""

INDEX = ("", "unnamed: 0")
"""The names that pandas gives to a column that only counts or names the rows."""

OTHERWISE = re.compile(r"[-+]?(\d+|\d{1,3}([ _'’.,\u00a0\u202f]\d{3})+)([.,]\d+)?(e[-+]?\d+)?\s?[%‰]?", re.IGNORECASE)
"""How numbers are written that are not read: with a decimal comma, a sign for thousands, or in percent."""

WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
"""How whole numbers are written that may be the names of columns."""

QUOTED = re.compile(r'(?<![^,;\t\r\n])"(?:[^"]|"")*(?:"|\Z)')
"""A cell in quotes, whose text separates no cells."""

FIRST = re.compile(rf"[\r\n]*(?:{QUOTED.pattern}|[^\r\n])*")
"""The first line that is not empty; a cell in quotes may go on in the next."""


def read_csv(path: Path, header: bool | None = None) -> Array:
    """The numbers of a ``.csv`` file.

    Parameters
    ----------
    path : Path
        Cells are separated by what the first line shows: tabs, else semicolons, else commas. Where it is not commas,
        numbers may have decimal commas.
    header : bool, optional
        Whether the first line names the columns; by default it does if none of its cells is a number, or if it counts
        up, as ``0,1,2`` or ``2019,2020``, above numbers that are all written with a decimal point.

    Returns
    -------
    array (samples, features)
        Finite numbers.

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        If it is not a table of numbers; the message says in which line and column, both counted from 1.
    """
    with _opened(path) as file:
        return _read(_Lines(file.read()), header, path)


class Form(NamedTuple):
    """How a ``.csv`` file is written.

    Attributes
    ----------
    encoding, separator : str
    cells : list of str
        Those of the first line that is not empty.
    lines : int
        How many lines it ends after, if it names the columns; else 0.
    """

    encoding: str
    separator: str
    cells: list[str]
    lines: int


def form(path: Path, header: bool | None = None, reader: str = "load") -> Form:
    """How a ``.csv`` file is written, judged by its first hundred lines.

    Parameters
    ----------
    path : Path
    header : bool, optional
        As in :func:`read_csv`.
    reader : str
        The function that takes a ``header``, for messages.

    Raises
    ------
    ValueError
        If it is no text or empty, or its first column is an index.
    """
    with _opened(path) as file:
        lines = _Lines("".join(islice(file, 100)), reader)
        number, first = next(iter(lines), (0, []))
        cells = [cell.strip() for cell in first]
        if not cells:
            raise ValueError(f"{path}: there is nothing in it")
        named = _is_header(cells, lines, path) if header is None else header
    if named and cells[0].lower() in INDEX:
        raise ValueError(_is_index(path))
    ends = number + sum(cell.count("\n") for cell in first)
    return Form(file.encoding, lines.separator, cells, ends if named else 0)


def has_decimal_commas(path: Path, known: Form) -> bool:
    """Whether commas stand below the names of the columns, where other signs separate the cells."""
    if known.separator == ",":
        return False
    with _opened(path) as file:
        return any("," in line for line in islice(file, known.lines, None))


def require_numbers(path: Path, known: Form, comma: bool) -> None:
    """Raise ``ValueError`` at the first bad cell, or line of another length, as :func:`read_csv`."""
    with _opened(path) as file:
        for number, cells in _lines(file, known.separator):
            if number > known.lines:
                _row(cells, number, len(known.cells), comma, path)


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """A file as text; what is none is said to be no table."""
    try:
        with path.open(encoding=_encoding(path), newline="") as file:
            yield file
    except (csv.Error, UnicodeError) as error:
        raise ValueError(f"{path}: not a text file of comma-separated numbers ({error})") from error


def _is_index(path: Path) -> str:
    return f"{path}: column 1 is an index, it has no name; leave it out, as with to_csv(..., index=False) in pandas"


def _read(lines: _Lines, header: bool | None, path: Path) -> Array:
    _, first = next(iter(lines), (0, []))
    if not first:
        return np.empty((0, 0))
    names = [cell.strip() for cell in first]
    if not (_is_header(names, lines, path) if header is None else header):
        return _table(lines, 0, len(first), path)
    if names[0].lower() in INDEX and len(list(islice(lines, 2))) == 2:
        raise ValueError(_is_index(path))
    return _table(lines, 1, len(first), path)


def _encoding(path: Path) -> str:
    """UTF-8, with or without its byte-order mark, unless there is one of UTF-16."""
    with path.open("rb") as file:
        return "utf-16" if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


class _Lines:
    """The lines of a text that are not empty, each a ``Line``, to be gone through several times."""

    def __init__(self, text: str, reader: str = "load") -> None:
        self.text, self.reader = text, reader
        first = FIRST.match(text)
        unquoted = QUOTED.sub("", first[0]) if first else ""
        self.separator = next((sign for sign in "\t;" if sign in unquoted), ",")
        self.comma = self.separator != "," and any(_has_decimal_comma(cell) for _, cells in self for cell in cells)

    def __iter__(self) -> Iterator[Line]:
        return _lines(io.StringIO(self.text, newline=""), self.separator)


def _lines(file: TextIO, separator: str) -> Iterator[Line]:
    reader = csv.reader(file, delimiter=separator)
    number = 1
    for cells in reader:
        if cells:
            yield number, cells
        number = reader.line_num + 1  # a quoted cell may go on in the next line


def _has_decimal_comma(cell: str) -> bool:
    return "," in cell and is_number(cell.replace(",", "."))


def _is_header(first: list[str], lines: _Lines, path: Path) -> bool:
    """Whether the first line names the columns."""
    if _are_names(first, lines, path):
        return True
    if first[0].lower() in INDEX and _follow(first[1:]):  # with an index before them
        return True
    if not all(map(WHOLE.fullmatch, first)) or len(set(map(int, first))) < len(first):
        return False
    # whether any cell below has a decimal point, and any has none
    below = (cell for _, cells in islice(lines, 1, None) for cell in cells if is_number(cell, lines.comma))
    pointed = {bool(set(cell.lower()) & set(".,e")) for cell in below}
    if pointed == {True} and len(first) > 1 and _count_up(first):
        return True
    from_0 = int(first[0]) == 0 and _count_up(first)  # as pandas names columns
    mixed = len(pointed) == 2 and len(first) > 1 and _follow(first)
    if pointed != {True} and not (pointed and from_0) and not mixed:
        return False
    raise ValueError(
        f"{path}: line 1, {','.join(first)[:40]}, may name the columns or be a sample; say which, by "
        f"{lines.reader}(path, header=True) or header=False, or in the file: c0 is a name, 0.0 a number"
    )


def _follow(cells: list[str]) -> bool:
    """Whether cells are whole numbers that follow each other, in some order."""
    return bool(cells) and all(map(WHOLE.fullmatch, cells)) and _count_up(sorted(cells, key=int))


def _count_up(whole: list[str]) -> bool:
    return list(map(int, whole)) == list(range(int(whole[0]), int(whole[0]) + len(whole)))


def _are_names(first: list[str], lines: _Lines, path: Path) -> bool:
    """Whether no cell of the first line is a number; ``ValueError`` if all look like numbers that are not read."""
    if any(is_number(cell, lines.comma) for cell in first):
        return False
    if all(map(OTHERWISE.fullmatch, first)):
        raise ValueError(
            f"{path}: line 1, column 1: {first[0][:40]!r} may be a number with a decimal comma, a sign for thousands "
            "or %, which is not read so, or name the column; write numbers as 1234.5, or say that these are names, by "
            f"{lines.reader}(path, header=True)"
        )
    return True


def _table(lines: _Lines, skipped: int, columns: int, path: Path) -> Array:
    rows = [_row(cells, number, columns, lines.comma, path) for number, cells in islice(lines, skipped, None)]
    return np.array(rows) if rows else np.empty((0, columns))


def _row(cells: list[str], number: int, columns: int, comma: bool, path: Path) -> Array:
    row = np.array(_numbers(cells, number, comma, path))
    if len(cells) != columns:
        raise ValueError(f"{path}: line {number} has {len(cells)} cells, the first line has {columns}")
    return row


def _numbers(cells: list[str], line: int, comma: bool, path: Path) -> list[float]:
    try:
        numbers = [float(cell.replace(",", ".") if comma else cell) for cell in cells]
        if all(map(math.isfinite, numbers)) and all(
            "_" not in cell and cell.isascii() and not (comma and "." in cell) for cell in cells
        ):
            return numbers
    except ValueError:
        pass
    column, cell = next((i, cell) for i, cell in enumerate(cells, start=1) if not _is_finite(cell, comma))
    raise ValueError(f"{path}: line {line}, column {column}: {_why(cell, comma)}")


def _is_finite(cell: str, comma: bool) -> bool:
    return is_number(cell, comma) and math.isfinite(float(cell.replace(",", ".")))


def _why(cell: str, comma: bool) -> str:
    """What is wrong with a cell that is no finite number."""
    shown = repr(cell[:40])
    if not cell.strip():
        return "the cell is empty, as pandas writes NaN; fill it, or leave the row out"
    if is_number(cell, comma):
        number = float(cell.replace(",", "."))
        return f"{shown} is {'NaN' if math.isnan(number) else 'infinity'}, not a finite number"
    if comma and is_number(cell):
        return f"{shown} has a decimal point, other numbers of the file a decimal comma"
    if _has_decimal_comma(cell):
        return f"{shown} is not a number; a decimal comma can be read where semicolons or tabs separate the cells"
    return f"{shown} is not a number between commas, semicolons or tabs"


def is_number(cell: str, comma: bool = False) -> bool:
    """Whether a cell is a number, finite or not.

    Parameters
    ----------
    cell : str
    comma : bool
        Whether numbers are written with a decimal comma.

    Returns
    -------
    bool

    Examples
    --------
    >>> from microae.data.text import is_number
    >>> is_number("1e-3"), is_number("1,5"), is_number("1,5", comma=True)
    (True, False, True)
    """
    try:
        float(cell.replace(",", ".") if comma else cell)
    except ValueError:
        return False
    if comma and "." in cell:
        return False
    return "_" not in cell and cell.isascii()  # Python reads 1_0 as 10, and the digits of all scripts
