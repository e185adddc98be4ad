"""The notebooks: executed in a real kernel, brought into one form, compared with what is committed.

``python -m tests.notebooks`` does the first two and writes them in place; the tests do the first and the last.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import numpy as np
import PIL.Image
from nbclient import NotebookClient
from nbformat import NotebookNode
from numpy.lib.stride_tricks import sliding_window_view

DIRECTORY = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(DIRECTORY.glob("*.ipynb"))

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
SECONDS = 60  # when a cell is given up: it hangs
NEAR, NEAR_IN_OTHER_VERSIONS = 2, 10  # pixels, of the 1600 of a figure's width
LARGE = 128  # pixels: more has lines and letters, less are cells of a heat map
TOLERATED = 0.3  # of the way from white to black, at edges of letters and lines

Pixels = np.ndarray[Any, np.dtype[np.float32]]


def read(path: Path) -> NotebookNode:
    """A notebook as it is on disk."""
    return nbformat.read(path, as_version=4)


def execute(notebook: NotebookNode, environment: Mapping[str, str] | None = None) -> NotebookNode:
    """A copy with the outputs of a new kernel, that started in an empty directory: nothing but the library is there."""
    fresh = nbformat.from_dict(notebook)
    for cell in fresh.cells:
        cell.metadata.pop("execution", None)
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as settings:
        client = NotebookClient(
            fresh,
            timeout=SECONDS,
            kernel_name="python3",
            record_timing=False,
            coalesce_streams=True,
            extra_arguments=["--log-level=ERROR"],  # what the kernel has to say about sockets
            resources={"metadata": {"path": directory}},
        )
        client.execute(env={**os.environ, "IPYTHONDIR": settings, **(environment or {})})
    return fresh


def normal(notebook: NotebookNode) -> str:
    """The one text that a notebook is committed as: no times, no versions, of the metadata of cells only the tags.

    A page or a picture is one line: nobody reads it, and a change of it is one line of a difference.
    """
    plain = nbformat.from_dict(notebook)
    plain.metadata = nbformat.from_dict(METADATA)
    plain.nbformat, plain.nbformat_minor = 4, 5
    for cell in plain.cells:
        cell.metadata = nbformat.from_dict({"tags": list(cell.metadata.tags)} if cell.metadata.get("tags") else {})
        for output in cell.get("outputs", []):
            output.pop("transient", None)
    written = json.loads(nbformat.writes(plain))
    for cell in written["cells"]:
        for output in cell.get("outputs", []):
            shown = output.get("data", {})
            shown.update({kind: "".join(shown[kind]) for kind in ("text/html", "image/svg+xml") if kind in shown})
    return json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def differences(committed: NotebookNode, fresh: NotebookNode) -> list[str]:
    """What a new execution shows that is not as committed, each with the id of its cell."""
    found = []
    for old, new in zip_longest(committed.cells, fresh.cells):
        if old.cell_type == "code":
            found += [f"cell {old.id!r}: {difference}" for difference in _cell_differences(old, new)]
    return found


def _cell_differences(old: NotebookNode, new: NotebookNode) -> Iterator[str]:
    if old.execution_count != new.execution_count:
        yield f"is number {new.execution_count}, committed {old.execution_count}"
    if len(old.outputs) != len(new.outputs):
        yield f"has {len(new.outputs)} outputs, committed {len(old.outputs)}"
        return
    for before, after in zip(old.outputs, new.outputs, strict=True):
        first, second = _parts(before), _parts(after)
        if first.keys() != second.keys():
            yield f"shows {', '.join(second)}, committed {', '.join(first)}"
        for kind in first.keys() & second.keys():
            if kind == "image/png":
                if reason := _pixels_differ(first[kind], second[kind]):
                    yield f"image/png: {reason}"
            elif kind in ("text/html", "image/svg+xml"):
                if reason := _pages_differ(first[kind], second[kind]):
                    yield f"{kind}: {reason}"
            elif first[kind] != second[kind]:
                yield f"{kind}: {_first_difference(str(first[kind]), str(second[kind]))}"


def _parts(output: NotebookNode) -> dict[str, Any]:
    """An output as its parts by name: the streams' text, the forms of what is displayed and their sizes."""
    if output.output_type == "stream":
        return {output.name: output.text}
    if output.output_type == "error":
        return {"error": f"{output.ename}: {output.evalue}"}
    return {**output.data, "metadata": dict(output.metadata)}


def _first_difference(old: str, new: str) -> str:
    at = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = max(0, at - 30)
    return f"at character {at}: {new[start : at + 50]!r}, committed {old[start : at + 50]!r}"


def _pixels_differ(old: str, new: str) -> str:
    """Why two PNG images are not the same picture, or nothing.

    They are, if each pixel of one is as dark as something near its place in the other: other processors move letters
    and lines by a fraction of a pixel, other versions of Matplotlib by a few pixels.
    """
    (first, by), (second, by_now) = _grey(old), _grey(new)
    if first.shape != second.shape:
        return f"is {second.shape[1]} × {second.shape[0]} pixels, committed {first.shape[1]} × {first.shape[0]}"
    near = NEAR if by == by_now else NEAR_IN_OTHER_VERSIONS
    strange = np.maximum(_beyond(first, second, near), _beyond(second, first, near))
    if (farthest := float(strange.max())) <= TOLERATED:
        return ""
    row, column = np.unravel_index(strange.argmax(), strange.shape)
    return f"differs by {farthest:.0%} of black at pixel ({column}, {row})"


def _grey(png: str) -> tuple[Pixels, str]:
    """The picture, from black 0 to white 1, and the program that made it."""
    image = PIL.Image.open(io.BytesIO(base64.b64decode(png)))
    return np.asarray(image.convert("L"), np.float32) / 255, image.info.get("Software", "")


def _beyond(image: Pixels, other: Pixels, near: int) -> Pixels:
    """How far each pixel is outside the range of what the other image has within ``near`` pixels of its place."""
    darkest = brightest = other
    for axis in (0, 1):
        margin = [(near, near) if a == axis else (0, 0) for a in (0, 1)]
        darkest, brightest = (
            extreme(sliding_window_view(np.pad(pixels, margin, mode="edge"), 2 * near + 1, axis), axis=-1)
            for extreme, pixels in ((np.min, darkest), (np.max, brightest))
        )
    return np.maximum(image - brightest, darkest - image)


def _pages_differ(old: str, new: str) -> str:
    """Why two outputs of HTML or SVG are not the same, or nothing: all exactly, but packed numbers closely."""
    (first, packed, pictures), (second, packed_now, pictures_now) = _opened(old), _opened(new)
    if first != second:
        return _first_difference(first, second)
    for reason in map(_pixels_differ, pictures, pictures_now):
        if reason:
            return f"has a picture that {reason}"
    for before, after in zip(packed, packed_now, strict=True):
        if before.numbers.shape != after.numbers.shape:
            return f"has numbers of shape {after.numbers.shape}, committed {before.numbers.shape}"
        if not np.allclose(before.numbers, after.numbers, rtol=1e-5, atol=before.tolerance, equal_nan=True):
            return f"has numbers that differ by up to {np.nanmax(np.abs(before.numbers - after.numbers)):.3g}"
    return ""


class _Packed(NamedTuple):
    """Numbers in HTML or SVG, and by how much rounding alone may change them."""

    numbers: np.ndarray[Any, Any]
    tolerance: float


def _opened(html: str) -> tuple[str, list[_Packed], list[str]]:
    """HTML or SVG with its images of SVG as text, and apart: small images and a page's frames, large images."""
    packed: list[_Packed] = []
    pictures: list[str] = []

    def image(match: re.Match[str]) -> str:
        pixels = PIL.Image.open(io.BytesIO(base64.b64decode(match[1]))).convert("RGB")
        if max(pixels.size) > LARGE:
            pictures.append(match[1])
            return "(a picture)"
        packed.append(_Packed(np.asarray(pixels, np.int16), 1))
        return "(an image)"

    def frames(match: re.Match[str]) -> str:
        kind, between, text = match.groups()
        raw = base64.b64decode(text)
        if kind == "pixels":
            packed.append(_Packed(np.frombuffer(raw, np.uint8).astype(np.int16), 1))
        else:
            packed.append(_Packed(np.frombuffer(raw, "<f4"), 1e-5))
        return f'"kind":"{kind}"{between}"frames":"(numbers)"'

    text = _SVG.sub(lambda match: base64.b64decode(match[1]).decode(), html)
    return _FRAMES.sub(frames, _PNG.sub(image, text)), packed, pictures


_BASE64 = "([A-Za-z0-9+/=]+)"
_SVG = re.compile(rf"data:image/svg\+xml;base64,{_BASE64}")
_PNG = re.compile(rf"data:image/png;base64,{_BASE64}")
_FRAMES = re.compile(rf'"kind":"(pixels|numbers)"([^{{}}]*)"frames":"{_BASE64}"')
