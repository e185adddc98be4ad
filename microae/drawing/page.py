"""``Page``: pictures with a script that changes them, as a self-contained HTML file or the output of a notebook's cell.

Where scripts do not run (a notebook that is not trusted, an exported file, a code host) only the pictures are shown.
The elements of a page are in a shadow tree, so that several pages in one document do not interfere.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources
from typing import Any

from microae.data.files import write_text
from microae.drawing.pixels import data_uri
from microae.drawing.words import legible, printable


@dataclass(frozen=True)
class Picture:
    """A picture of a page.

    Attributes
    ----------
    svg : str
    words : str
        A description for readers who do not see it.
    name : str
        By which the page's script and style find it.
    """

    svg: str
    words: str
    name: str

    def image(self, width: str = "", still: bytes = b"") -> str:
        """The picture as an HTML ``img`` element, which needs no script and passes HTML sanitisers.

        ``still`` is the same picture as a PNG file, for code hosts, which remove SVG images.
        """
        size = f' width="{width}"' if width else ""
        svg = data_uri("image/svg+xml", self.svg.encode())
        shown = f'src="{data_uri("image/png", still)}" data-svg="{svg}"' if still else f'src="{svg}"'
        return f'<img alt="{escape(printable(self.words))}"{size} {shown}>'


@dataclass(frozen=True)
class Page:
    """Pictures with a script that changes them; it shows itself in a notebook.

    Attributes
    ----------
    title : str
    kind : str
        Chooses the scripts and the style in ``assets``: "player" or "step".
    pictures : sequence of Picture
    data : mapping
        What the script needs, of types that JSON has.

    Examples
    --------
    >>> import microae as ma
    >>> page = ma.draw(ma.Value(2.0) * 3.0).page()
    >>> page
    <Page 'A graph, drawn'>
    >>> page.html().startswith("<!DOCTYPE html>")
    True
    """

    title: str
    kind: str
    pictures: Sequence[Picture]
    data: Mapping[str, Any]

    def fragment(self, alone: bool = False, stills: Mapping[str, bytes] | None = None) -> str:
        """The page as a part of an HTML document; ``alone`` if nothing else is in the document.

        ``stills`` are the pictures as PNG files, by name, to be shown where no script runs.
        """
        pngs = stills or {}
        figures = "".join(
            f'<figure data-name="{name}" style="margin:0">{picture.image(still=pngs.get(name, b""))}</figure>'
            for name, picture in ((picture.name, picture) for picture in self.pictures)
        )
        data = json.dumps({"title": self.title, **self.data}, ensure_ascii=False, separators=(",", ":"))
        safe = printable(data).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        return (
            f'<div class="microae-page" data-kind="{self.kind}"{" data-alone" if alone else ""} '
            f'data-lm-suppress-shortcuts="true">{figures}'
            f'<script type="application/json">{safe}</script></div>\n<script>{_script(self.kind)}</script>\n'
        )

    def html(self) -> str:
        """The page as a complete HTML document."""
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(legible(self.title, 200))}</title>\n"
            "<style>body { margin: 0; } img { max-width: 100%; }</style>\n</head>\n<body>\n"
            f"{self.fragment(alone=True)}</body>\n</html>\n"
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file; the same page gives the same bytes, and an error no partly written file.

        Parameters
        ----------
        path : path
            A .html file.

        Raises
        ------
        ValueError
            If the suffix is not .html.
        OSError
            If the file cannot be written.
        """
        if not str(os.fspath(path)).lower().endswith((".html", ".htm")):
            raise ValueError(f"{os.fspath(path)}: a page is written as .html")
        write_text(path, self.html())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002
        return {"text/html": self.fragment(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Page {self.title!r}>"


_SCRIPTS = {"player": ("page.js", "player.js"), "step": ("page.js", "graph.js", "step.js")}


@cache
def _script(kind: str) -> str:
    """The script of a kind of page, with the style as a constant in it."""
    style = json.dumps(_asset("page.css") + _asset(f"{kind}.css"), ensure_ascii=False)
    parts = "\n".join(map(_asset, _SCRIPTS[kind]))
    return f"(() => {{\n'use strict';\nconst STYLE = {style};\n{parts}\n}})();"


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("assets", name).read_text(encoding="utf-8")
