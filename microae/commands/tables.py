"""Text tables that are aligned in a terminal and valid Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def markdown(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; columns of numbers are aligned at the right, others at the left.

    Parameters
    ----------
    header : sequence of str
    rows : iterable of sequences
        As many cells as the header has.

    Returns
    -------
    str

    Examples
    --------
    >>> from microae.commands.tables import markdown
    >>> print(markdown(["name", "error"], [["ours", 0.5], ["PCA", 0.25]]))
    | name | error |
    |------|------:|
    | ours |   0.5 |
    | PCA  |  0.25 |
    """
    cells = [list(map(str, row)) for row in rows]
    right = [bool(cells) and all(map(_is_number, column)) for column in zip(*cells, strict=True)] or [False] * len(
        header
    )
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    lines = [_line(header, widths, right)]
    lines.append("|" + "|".join("-" * (w + 1) + (":" if r else "-") for w, r in zip(widths, right, strict=True)) + "|")
    return "\n".join([*lines, *(_line(row, widths, right) for row in cells)])


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = (c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True))
    return "| " + " | ".join(padded) + " |"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell == ""
    return True
