"""Arrays as small images: the colour of a number, fewer cells for large arrays, and PNG files."""

from __future__ import annotations

import base64
import io
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from microae.drawing.colours import BLUE, VERMILLION

Bytes = NDArray[np.uint8]
Floats = NDArray[np.floating]


def _between(*colours: str) -> Bytes:
    """256 colours, evenly from the first to the last of those given."""
    stops = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours], float)
    places = np.linspace(0, len(stops) - 1, 256)
    channels = [np.interp(places, range(len(stops)), stops[:, k]) for k in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)


INK = _between("#FFFFFF", "#000000")
"""White for 0, black for the largest: for samples."""

SIGNED = _between(VERMILLION, "#FFFFFF", BLUE)
"""Vermillion for negative, white for zero, blue for positive: for weights."""


def levels(numbers: Floats, low: float, high: float) -> Bytes:
    """Numbers as levels of a palette: ``low`` is 0, ``high`` 255; numbers outside are clipped, NaN is the middle."""
    share = (np.asarray(numbers, float) - low) / ((high - low) or 1.0)
    return (np.clip(np.nan_to_num(share, nan=0.5), 0.0, 1.0) * 255).round().astype(np.uint8)


def shrunk(matrix: Floats, most: int = 64) -> Floats:
    """A matrix of at most ``most`` rows and columns, each cell the mean of a block.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.drawing.pixels import shrunk
    >>> shrunk(np.array([[1.0, 3.0, 5.0, 7.0]]), most=2)
    array([[2., 6.]])
    """
    for axis, length in enumerate(matrix.shape):
        if length > most:
            edges = np.linspace(0, length, most + 1).astype(int)
            counts = np.diff(edges).reshape([-1 if k == axis else 1 for k in range(matrix.ndim)])
            matrix = np.add.reduceat(matrix, edges[:-1], axis=axis) / counts
    return matrix


def data_uri(mime: str, content: bytes) -> str:
    """Bytes as a data URI."""
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def compact(png: bytes, colours: int = 64) -> bytes:
    """A PNG file reduced to a palette, which makes that of a drawing about three times smaller.

    Without Pillow, which comes with Matplotlib, the file is returned unchanged.

    Examples
    --------
    >>> from microae.drawing.pixels import compact
    >>> from microae.drawing import render
    >>> picture = render("digraph { a -> b }", "png")
    >>> len(compact(picture)) < len(picture) / 2
    True
    """
    try:
        from PIL import Image
        from PIL.PngImagePlugin import PngInfo
    except ModuleNotFoundError:
        return png
    file, notes = io.BytesIO(), PngInfo()
    with Image.open(io.BytesIO(png)) as image:
        if "Software" in image.info:
            notes.add_text("Software", image.info["Software"])
        plain = image.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
        plain.save(file, "png", optimize=True, pnginfo=notes)
    return file.getvalue()


def png(cells: Bytes, palette: Bytes) -> bytes:
    """Levels (rows, columns) of a palette (256, 3) as a PNG file, one pixel a cell.

    Source: PNG specification (ISO/IEC 15948), colour type 3.
    """
    rows, columns = cells.shape
    lines = np.zeros((rows, columns + 1), np.uint8)  # each line begins with its filter type, 0
    lines[:, 1:] = cells
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )
