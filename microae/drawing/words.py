"""Words that come from outside, such as labels, as a picture can show them."""

from __future__ import annotations

import html
import re

_UNSHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
"""Controls, marks that turn the order of letters, halves of characters, and what no document may contain."""


def legible(words: str, most: int = 60) -> str:
    """A name on one line: spaces for breaks, ``�`` for what cannot be shown, and the middle of a long one left out.

    Examples
    --------
    >>> from microae.drawing.words import legible
    >>> legible("a\\nb\\x00"), legible("x" * 100, 9)
    ('a b�', 'xxxxxx…xx')
    """
    line = shown(" ".join(words.split()))
    if len(line) <= most:
        return line
    end = most // 4
    return f"{line[: most - 1 - end]}…{line[-end:]}"


def shown(words: str) -> str:
    """The words with ``�`` for each character that cannot be shown."""
    return _UNSHOWN.sub("�", words)


def escape(words: str) -> str:
    """The words in a document of SVG or HTML."""
    return html.escape(shown(words))
