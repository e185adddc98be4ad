"""The user's own words, labels and names of modules and files, as pictures and pages can show them."""

from __future__ import annotations

import html
import re

_UNSEEN = re.compile(  # control characters, marks of the direction of writing, halves of pairs, and no characters
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    "\ufffe\uffff]"
)

MOST = 60
"""How many characters of a label, or of one name in the path of a module, are shown."""


def printable(words: str) -> str:
    """Words without what XML, HTML and a font cannot show: in its place stands "\N{REPLACEMENT CHARACTER}".

    Parameters
    ----------
    words : str

    Returns
    -------
    str

    Examples
    --------
    >>> from microae.drawing.words import printable
    >>> printable("a\\x07b")
    'a�b'
    """
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", words)


def legible(words: str, most: int = MOST) -> str:
    """Printable words in one line, and no more than can be read in a picture.

    Parameters
    ----------
    words : str
    most : int
        How many characters, the "…" included.

    Returns
    -------
    str

    Examples
    --------
    >>> from microae.drawing.words import legible
    >>> legible("two\\nlines"), legible("w" * 5000, most=8)
    ('two lines', 'wwwwwww…')
    """
    line = " ".join(printable(words).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def legible_path(path: str) -> str:
    """The path of a module with legible names; one of white space alone is quoted, so that it can be seen.

    Parameters
    ----------
    path : str
        Names with dots between them.

    Returns
    -------
    str

    Examples
    --------
    >>> from microae.drawing.words import legible_path
    >>> legible_path("encoder.two\\nlines"), legible_path("encoder. ")
    ('encoder.two lines', "encoder.' '")
    """
    return ".".join(legible(name) or (repr(name) if name else "") for name in path.split("."))


def module_title(path: str, kind: str = "") -> str:
    """The title of a module: its path, and what it is where the path ends in a number.

    Parameters
    ----------
    path : str
    kind : str
        The name of its class, if it is known.

    Returns
    -------
    str

    Examples
    --------
    >>> from microae.drawing.words import module_title
    >>> module_title("encoder", "Sequential"), module_title("encoder.0", "Linear"), module_title("0", "Linear")
    ('encoder', 'encoder.0 (Linear)', 'layer 0 (Linear)')
    """
    if not path.rpartition(".")[2].isdigit():
        return path
    name = f"layer {path}" if path.isdigit() else path
    return f"{name} ({kind})" if kind else name


def escape(words: str) -> str:
    """Printable words in a document of SVG or HTML."""
    return html.escape(printable(words))
