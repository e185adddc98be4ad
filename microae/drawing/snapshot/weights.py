"""A network's parameters at one epoch: the network figure with its numbers, or heat maps of a larger network."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from microae.drawing.chain import Layer, layers_of
from microae.drawing.colours import BLUE, GREY, VERMILLION
from microae.drawing.network import network_source
from microae.drawing.pixels import SIGNED, levels, shrunk
from microae.drawing.rendering import render
from microae.drawing.snapshot.svg import Image, image, svg, text
from microae.nn.module import Module

Floats = NDArray[np.float64]

DRAWN = 100
"""The largest number of weights that the network figure shows; larger networks are shown as heat maps."""

MOST = 64
"""Rows and columns of a heat map; larger matrices are shrunk to it."""

THINNEST, THICKER = 0.8, 4.2
"""The width of a line in points: of a weight of 0, and the addition for the largest weight."""

_LEGEND = {"a0-b0": "positive", "a1-b1": "negative"}
_SIDE, _GAP = 300.0, 40.0
_SVG = "{http://www.w3.org/2000/svg}"
ET.register_namespace("", _SVG[1:-1])


class Scale(NamedTuple):
    """How the numbers of a picture are written and drawn, the same at every epoch.

    ``decimals`` is the number of decimals, or −1 for powers of ten.
    """

    largest: float
    decimals: int

    @classmethod
    def of(cls, numbers: Floats) -> Scale:
        """The scale that shows four digits of the largest number."""
        finite = np.abs(numbers[np.isfinite(numbers)])
        largest = float(finite.max(initial=0.0)) or 1.0
        return cls(largest, max(0, 3 - math.floor(math.log10(largest))) if 1e-4 <= largest < 1e6 else -1)

    def written(self, number: float) -> str:
        if not math.isfinite(number):
            return "NaN" if math.isnan(number) else "+∞" if number > 0 else "−∞"
        shown = f"{number:+.{self.decimals}f}" if self.decimals >= 0 else f"{number:+.3e}"
        return shown.replace("-", "−")

    def width(self, number: float) -> float:
        return THINNEST + THICKER * min(1.0, abs(float(np.nan_to_num(number))) / self.largest)


def network_picture(layers: Sequence[Layer], numbers: Floats, scale: Scale) -> str:
    """The network figure with the parameters ``numbers``, layer by layer the weights and the biases.

    The positions of its labels depend on the scale only, so that the numbers of every epoch fit.
    """
    widest = -float(f"1.111e{math.floor(math.log10(scale.largest))}")  # as many letters as the widest number
    weights = [np.full(layer.linear.weight.shape, widest) for layer in layers]
    biases = [np.full(layer.linear.out_features, widest) for layer in layers]
    names = [type(layer.activation).__name__ if layer.activation else "linear" for layer in layers]
    digits = max(4, scale.decimals + math.floor(math.log10(scale.largest)) + 1) if scale.decimals >= 0 else 4
    source = network_source(weights, biases, names, digits=digits)
    root = ET.fromstring(_laid_out(source))
    places = _places([layer.linear.weight.shape for layer in layers])
    for group in root.iter(f"{_SVG}g"):
        title = group.find(f"{_SVG}title")
        if title is None:
            continue
        group.remove(title)
        group.attrib.pop("id")
        name = (title.text or "").replace("--", "-")
        if name in places:
            _set(group, places[name], float(numbers[places[name]]), scale)
        elif name in _LEGEND:
            group.set("class", f"edge {_LEGEND[name]}")
    return ET.tostring(root, "unicode")


@lru_cache(maxsize=8)
def _laid_out(source: str) -> bytes:
    """The figure without its numbers, cached: it is the same for every epoch of a live figure."""
    return render(source, "svg", "neato")


def _places(shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
    """For the name of an edge, of a weight's label or of a neuron, the index of its number among the parameters."""
    places: dict[str, int] = {}
    start = 0
    for layer, (rows, columns) in enumerate(shapes):
        for i, j in np.ndindex(rows, columns):
            k = start + i * columns + j
            places[f"n{layer}_{i}-n{layer + 1}_{j}"] = places[f"w{layer}_{i}_{j}"] = k
        start += rows * columns
        places |= {f"n{layer + 1}_{j}": start + j for j in range(columns)}
        start += columns
    return places


def _set(group: ET.Element, place: int, number: float, scale: Scale) -> None:
    """Write a number into one part of the network figure."""
    colour = VERMILLION if number < 0 else BLUE if number > 0 else GREY
    path, texts = group.find(f"{_SVG}path"), group.findall(f"{_SVG}text")
    group.set("data-number", str(place))
    if path is not None:
        path.set("stroke", colour)
        path.set("stroke-width", f"{scale.width(number):.2f}")
        path.attrib.pop("stroke-dasharray", None)
        if number < 0:
            path.set("stroke-dasharray", "5,2")
    else:
        texts[-1].text = scale.written(number)
        if len(texts) == 1:  # a weight; a bias stands in its neuron, in black
            texts[-1].set("fill", colour)


def maps_picture(names: Sequence[str], matrices: Sequence[NDArray[np.uint8]], largest: float) -> str:
    """Parameters as heat maps, levels of ``SIGNED`` from −largest to largest; a layer's stand one below the other."""
    images: list[Image] = []
    words: list[str] = []
    x = y = bottom = width = 0.0
    layer = ""
    for name, cells in zip(names, matrices, strict=True):
        if name.rpartition(".")[0] != layer or not images:
            layer, x, y, width = name.rpartition(".")[0], x + width + (_GAP if images else 0.0), 0.0, 0.0
        cell = min(_SIDE / max(cells.shape), 24.0)
        shown = Image(cells, x, y + 30, max(cell * cells.shape[1], 12.0), max(cell * cells.shape[0], 12.0))
        images.append(shown)
        words.append(text(x, y + 20, name, 16))
        y = shown.y + shown.height + 8
        width, bottom = max(width, shown.width, 8.5 * len(name)), max(bottom, y)
    bar = Image(np.arange(256, dtype=np.uint8)[None, :], 0.0, bottom + 16, 256.0, 14.0)
    for at, number, anchor in ((0, f"−{largest:.3g}", "start"), (128, "0", "middle"), (256, f"+{largest:.3g}", "end")):
        words.append(text(at, bar.y + 32, number, 14, anchor))
    drawn = [image(shown, SIGNED, f' data-pixels="{k}"') for k, shown in enumerate(images)]
    return svg(max(x + width, 256), bar.y + 38, [*drawn, image(bar, SIGNED), *words])


def weights_picture(model: Module, state: Sequence[Any], scale: Scale) -> str:
    """A model with the parameters ``state``: the network figure where it can be drawn, else heat maps."""
    layers = drawn_layers(model)
    if layers:
        return network_picture(layers, flat(state), scale)
    names = [f"{name} {' × '.join(map(str, value.shape))}" for name, value in model.named_parameters()]
    return maps_picture(names, maps(state, scale.largest), scale.largest)


def drawn_layers(model: Module) -> list[Layer] | None:
    """The layers of a model, if the network figure can show them."""
    layers = layers_of(model)
    return layers if layers and sum(layer.linear.weight.size for layer in layers) <= DRAWN else None


def flat(state: Sequence[Any]) -> Floats:
    """All the numbers of parameters, one after the other."""
    return np.concatenate([np.ravel(array) for array in state]).astype(np.float64)


def maps(state: Sequence[Any], largest: float) -> list[NDArray[np.uint8]]:
    """Parameters as levels from −largest to largest, of at most ``MOST`` rows and columns."""
    return [levels(shrunk(np.atleast_2d(array), MOST), -largest, largest) for array in state]
