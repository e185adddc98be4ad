"""The notebooks: executed in a real kernel, brought into one form, compared with what is committed.

``python -m tests.notebooks`` does the first two and writes them in place; the tests do the first and the last.
"""

from __future__ import annotations

import base64
import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

import matplotlib.image
import nbformat
import numpy as np
from nbclient import NotebookClient
from nbformat import NotebookNode

DIRECTORY = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(DIRECTORY.glob("*.ipynb"))

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
SECONDS = 60  # when a cell is given up: it hangs


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
    """The one text that a notebook is committed as: no times, no versions, of the metadata of cells only the tags."""
    plain = nbformat.from_dict(notebook)
    plain.metadata = nbformat.from_dict(METADATA)
    plain.nbformat, plain.nbformat_minor = 4, 5
    for cell in plain.cells:
        cell.metadata = nbformat.from_dict({"tags": list(cell.metadata.tags)} if cell.metadata.get("tags") else {})
        for output in cell.get("outputs", []):
            output.pop("transient", None)
    return nbformat.writes(plain) + "\n"


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

    Other versions of Matplotlib, and other processors, move the edges of letters and lines by a fraction of a pixel;
    another curve or number changes whole groups of pixels by much.
    """
    first, second = (_grey(image) for image in (old, new))
    if first.shape != second.shape:
        return f"is {second.shape[1]} × {second.shape[0]} pixels, committed {first.shape[1]} × {first.shape[0]}"
    farthest = float(np.abs(_blurred(first) - _blurred(second)).max())
    return f"up to {farthest:.0%} of black in 8 × 8 pixels differ" if farthest > 0.1 else ""


def _grey(png: str) -> np.ndarray[Any, Any]:
    pixels = matplotlib.image.imread(io.BytesIO(base64.b64decode(png)), format="png")
    return pixels[..., :3].mean(axis=2) if pixels.ndim == 3 else pixels


def _blurred(grey: np.ndarray[Any, Any], size: int = 8) -> np.ndarray[Any, Any]:
    """The mean of each square of ``size`` pixels."""
    rows, columns = (n // size * size for n in grey.shape)
    squares = grey[:rows, :columns].reshape(rows // size, size, columns // size, size)
    return squares.mean(axis=(1, 3))
