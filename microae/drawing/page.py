"""A page: pictures that a script moves, in one file that asks for nothing else, or as the output of a notebook's cell.

Where scripts do not run (a notebook that is not trusted, an exported file, a code host) the pictures alone are shown.
In the page everything lives in a shadow tree, so that several pages in one document cannot collide.
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


@dataclass(frozen=True)
class Picture:
    """A part of a page: an SVG, what it shows in words, and how the page's script and style call it."""

    svg: str
    words: str
    name: str

    def image(self, width: str = "", still: bytes = b"") -> str:
        """The picture as an HTML element that needs no script and survives being sanitised.

        ``still`` is the same as a PNG file: code hosts show that, and take images of SVG out.
        """
        size = f' width="{width}"' if width else ""
        svg = data_uri("image/svg+xml", self.svg.encode())
        shown = f'src="{data_uri("image/png", still)}" data-svg="{svg}"' if still else f'src="{svg}"'
        return f'<img alt="{escape(self.words)}"{size} {shown}>'


@dataclass(frozen=True)
class Page:
    """Pictures and what moves them.

    Attributes
    ----------
    title : str
    kind : str
        Which scripts and style, of those in ``assets``: "player" or "step".
    pictures : sequence of Picture
    data : mapping
        For the script; of what JSON can hold.
    """

    title: str
    kind: str
    pictures: Sequence[Picture]
    data: Mapping[str, Any]

    def fragment(self, alone: bool = False, stills: Mapping[str, bytes] | None = None) -> str:
        """The page as a part of an HTML document; ``alone`` if it is the only thing there.

        ``stills`` are pictures as PNG files, by name, for where no script runs.
        """
        pngs = stills or {}
        figures = "".join(
            f'<figure data-name="{name}" style="margin:0">{picture.image(still=pngs.get(name, b""))}</figure>'
            for name, picture in ((picture.name, picture) for picture in self.pictures)
        )
        data = json.dumps({"title": self.title, **self.data}, ensure_ascii=False, separators=(",", ":"))
        safe = data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        return (
            f'<div class="microae-page" data-kind="{self.kind}"{" data-alone" if alone else ""} '
            f'data-lm-suppress-shortcuts="true">{figures}'
            f'<script type="application/json">{safe}</script></div>\n<script>{_script(self.kind)}</script>\n'
        )

    def html(self) -> str:
        """The page as a whole document."""
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(self.title)}</title>\n"
            "<style>body { margin: 0; } img { max-width: 100%; }</style>\n</head>\n<body>\n"
            f"{self.fragment(alone=True)}</body>\n</html>\n"
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to one file, whole or not at all; the same page gives the same bytes.

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
    """The script of a kind of page, which brings its style along."""
    style = json.dumps(_asset("page.css") + _asset(f"{kind}.css"), ensure_ascii=False)
    parts = "\n".join(map(_asset, _SCRIPTS[kind]))
    return f"(() => {{\n'use strict';\nconst STYLE = {style};\n{parts}\n}})();"


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("assets", name).read_text(encoding="utf-8")
