"""A network with its weights and biases as numbers, as in the paper's second result figure."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microae.data.files import replacing
from microae.drawing.chain import layers_of
from microae.drawing.colours import BLACK, BLUE, GREY, VERMILLION
from microae.drawing.pixels import compact
from microae.drawing.registry import figure
from microae.drawing.rendering import render
from microae.drawing.words import printable
from microae.nn.module import Module

Floats = NDArray[np.float64]

# In points.
_FONT = 17.0
_LINE = 1.45 * _FONT  # what a label needs in height
_LETTER = 0.64 * _FONT  # the width of a digit, in the wider of the fonts that may stand in for Helvetica
_GAP = 10.0
_MOST = 100  # weights that are still readable as numbers
_AIR = 1.15  # the height reserved for a label, relative to its own, so that lines show between labels
_CROSSING = 0.2  # the share of its edge that a label moves rather than cover another edge
_TRIES, _ALONG = 21, 33  # arrangements from narrow to wide; positions along an edge


def network_source(
    weights: Sequence[Floats],
    biases: Sequence[Floats],
    activations: Sequence[str] = (),
    *,
    digits: int = 6,
    title: str = "",
) -> str:
    """The picture of a network as Graphviz source, with all positions fixed.

    See :func:`draw_network` for what it shows.

    Parameters
    ----------
    weights, biases : sequences of arrays
        Layer by layer, shapes (in, out) and (out,).
    activations : sequence of str, optional
        Named above the columns, one for each layer.
    digits : int
        Significant digits of the numbers.
    title : str
        A text above the picture.

    Returns
    -------
    str
        For Graphviz's engine ``neato``.

    Raises
    ------
    ValueError
        If there are more than 100 weights, which could not be read.

    Examples
    --------
    >>> from microae import paper
    >>> from microae.drawing import network_source
    >>> source = network_source(paper.weights(), paper.biases(), ["leaky_relu", "sigmoid"])
    >>> "−0.691801" in source
    True
    """
    number = sum(W.size for W in weights)
    if number > _MOST:
        raise ValueError(
            f"a picture with {number:,} weights cannot be read, at most {_MOST} are drawn; draw_weights shows more, as "
            "images (microae draw weights)"
        )
    widths = [weights[0].shape[0], *(W.shape[1] for W in weights)]
    places = _Places(widths, _longest(weights, digits), _longest(biases, digits))
    largest = max(float(np.abs(W).max()) for W in weights) or 1.0
    lines = [
        "graph network {",
        '  graph [bgcolor=white outputorder=edgesfirst splines=line pad=0.2 fontname="Helvetica"]',
        f'  node [fontname="Helvetica" fontsize={_FONT:g} fixedsize=true]',
        *(f"  {line}" for line in _edges(weights, places, largest, digits)),
        *(f"  {line}" for line in _neurons(widths, biases, places, digits)),
        *(f"  {line}" for line in _captions(activations, places, title)),
        "}",
    ]
    return "\n".join(lines) + "\n"


class _Places:
    """The positions of all parts, in points, y upwards.

    A weight's label is on its edge, near one end or the other in turn, or further along if it would cover another.
    One arrangement always works: the labels on the edges from a neuron to m others are at the fraction 1 / (m + 1) of
    the edges. With the neurons (m + 1) label heights apart, the m labels of one neuron are a label height apart and do
    not touch those of the next. Narrower arrangements are tried first, until no label covers another.
    """

    def __init__(self, widths: Sequence[int], weight_letters: int, bias_letters: int) -> None:
        self.widths = widths
        self.neuron_size = _LETTER * bias_letters + 1.5 * _GAP
        self.label = np.array([_LETTER * weight_letters, _LINE])
        airy = np.array([self.label[0], _AIR * _LINE])  # so that lines show between labels
        close = self.neuron_size + _GAP, self.neuron_size + 3 * _GAP + 3 * self.label[0]
        most = max(widths) + 1
        wide = max(close[0], _LINE * most), most * (self.neuron_size / 2 + _GAP + self.label[0] / 2)
        for share in np.linspace(0.0, 1.0, _TRIES):
            self.row, self.column = ((1 - share) * c + share * w for c, w in zip(close, wide, strict=True))
            along, size = (_ALONG, airy) if share < 1 else (0, self.label)
            gaps = [self._labels(layer, along, size) for layer in range(len(widths) - 1)]
            if all(gaps):
                break
        self.labels = gaps
        self.top = (max(widths) - 1) / 2 * self.row

    def neuron(self, layer: int, i: int) -> tuple[float, float]:
        return layer * self.column, ((self.widths[layer] - 1) / 2 - i) * self.row

    def weight(self, layer: int, i: int, j: int) -> tuple[float, float]:
        return self.labels[layer][i, j]

    def _labels(self, layer: int, along: int, size: Floats) -> dict[tuple[int, int], tuple[float, float]]:
        """The positions of the labels between two layers; empty if one would cover another.

        Besides the default position, ``along`` others are tried; the best is close to it and covers few other edges.
        """
        nearest = (self.neuron_size / 2 + _GAP / 2 + self.label[0] / 2) / self.column
        anywhere = np.linspace(nearest, 1 - nearest, along) if nearest <= 0.5 else np.empty(0)
        pairs = list(np.ndindex(self.widths[layer], self.widths[layer + 1]))
        starts = np.array([self.neuron(layer, i) for i, _ in pairs])
        ends = np.array([self.neuron(layer + 1, j) for _, j in pairs])
        placed = np.empty((0, 2))
        for number, (i, j) in enumerate(pairs):
            near = 1 / (self.widths[layer + 1] + 1) if (i + j) % 2 == 0 else 1 - 1 / (self.widths[layer] + 1)
            fractions = np.array([near, *anywhere])
            places = starts[number] + fractions[:, None] * (ends[number] - starts[number])
            free = (np.abs(places[:, None] - placed) >= size - 1e-6).any(axis=2).all(axis=1)
            free &= np.abs(fractions - 0.5) <= 0.5 - nearest + 1e-9
            if not free.any():
                return {}
            heights = starts[:, 1] + fractions[:, None] * (ends - starts)[:, 1]  # of all edges where the label would be
            others = (np.abs(heights - places[:, 1:]) < self.label[1] / 2).sum(axis=1) - 1
            cost = np.abs(fractions - near) + _CROSSING * others
            placed = np.vstack([placed, places[np.argmin(np.where(free, cost, np.inf))]])
        return {pair: (float(x), float(y)) for pair, (x, y) in zip(pairs, placed, strict=True)}


def _edges(weights: Sequence[Floats], places: _Places, largest: float, digits: int) -> Iterator[str]:
    for layer, W in enumerate(weights):
        for i, j in np.ndindex(W.shape):
            w = float(W[i, j])
            yield f"n{layer}_{i} -- n{layer + 1}_{j} [{_line(w, largest)}]"
            text = _signed(w, digits)
            yield (
                f'w{layer}_{i}_{j} [label="{text}" {_at(*places.weight(layer, i, j))} shape=box '
                f'style=filled fillcolor=white color=white penwidth=0 fontcolor="{_colour(w)}" '
                f"width={_LETTER * len(text) / 72:.4f} height={1.15 * _FONT / 72:.4f}]"
            )


def _neurons(widths: Sequence[int], biases: Sequence[Floats], places: _Places, digits: int) -> Iterator[str]:
    last = len(widths) - 1
    for layer, width in enumerate(widths):
        for i in range(width):
            name = _name(layer, i, last)
            bias = f"\\n{_signed(float(biases[layer - 1][i]), digits)}" if layer else ""
            yield (
                f'n{layer}_{i} [label="{name}{bias}" {_at(*places.neuron(layer, i))} shape=circle style=filled '
                f'fillcolor="#F4F4F4" color="{BLACK}" penwidth=1.5 width={places.neuron_size / 72:.4f}]'
            )


def _name(layer: int, i: int, last: int) -> str:
    """x₁, h₁ and y₁; h₁,₂ for the second neuron of the first of several hidden layers."""
    letter = "x" if not layer else "y" if layer == last else "h"
    number = f"{layer},{i + 1}" if letter == "h" and last > 2 else f"{i + 1}"
    return letter + number.translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _captions(activations: Sequence[str], places: _Places, title: str) -> Iterator[str]:
    """Headings above the columns, the title above those, the legend below."""
    last = len(places.widths) - 1
    above = places.top + places.neuron_size / 2 + 1.5 * _FONT
    for layer in range(last + 1):
        name = "input" if not layer else "output" if layer == last else "hidden" if last == 2 else f"hidden {layer}"
        if layer and activations:
            name += f": {activations[layer - 1]}"
        yield _text(f"heading{layer}", name, layer * places.column, above)
    middle = last * places.column / 2
    if title:
        yield _text("title", title, middle, above + 2 * _FONT, 1.3 * _FONT)
    below = -places.top - places.neuron_size / 2 - 1.5 * _FONT
    yield _text("legend", "bias: in the neuron", middle + 270, below)
    for k, (name, sign) in enumerate((("positive weight", 1.0), ("negative weight", -1.0))):
        x = middle - 340 + 250 * k
        for end, at in (("a", x), ("b", x + 50)):
            yield f'{end}{k} [label="" {_at(at, below)} shape=point width=0.01 color="{_colour(sign)}"]'
        yield f"a{k} -- b{k} [{_line(sign, 2.0)}]"
        yield _text(f"legend{k}", name, x + 125, below)


def _text(key: str, text: str, x: float, y: float, size: float = _FONT) -> str:
    safe = printable(text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return f'{key} [label="{safe}" {_at(x, y)} shape=plaintext fontsize={size:g} width=0 height=0 fixedsize=false]'


def _at(x: float, y: float) -> str:
    return f'pos="{x:.2f},{y:.2f}!"'


def _line(w: float, largest: float) -> str:
    style = "dashed" if w < 0 else "solid"
    return f'color="{_colour(w)}" style={style} penwidth={0.8 + 4.2 * abs(w) / largest:.3f}'


def _colour(w: float) -> str:
    return VERMILLION if w < 0 else BLUE if w > 0 else GREY


def _longest(arrays: Sequence[Floats], digits: int) -> int:
    return max(len(_signed(float(number), digits)) for array in arrays for number in array.flat)


def _signed(number: float, digits: int) -> str:
    return f"{number:+.{digits}g}".replace("-", "−")


class NetworkFigure:
    """A picture of a network, which shows itself in a notebook; made by :func:`draw_network`.

    Parameters
    ----------
    source : str
        From :func:`network_source`.
    """

    def __init__(self, source: str) -> None:
        self.source = source

    def svg(self) -> str:
        """The picture as SVG text; the same network gives the same text."""
        return render(self.source, "svg", "neato").decode()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file; an error leaves no partly written file.

        Parameters
        ----------
        path : path
            A .svg, .png or .dot file; .dot is the Graphviz source.

        Raises
        ------
        ValueError
            If the suffix is none of these.
        FileNotFoundError
            If no program to draw with is found, or the directory does not exist.
        """
        form = _form(path)
        picture = self.source.encode() if form == "dot" else render(self.source, form, "neato")  # type: ignore[arg-type]
        with replacing(path) as temporary:
            temporary.write_bytes(picture)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        # PNG is shown while a notebook is not trusted, and on code hosts that remove SVG
        png = compact(render(self.source, "png", "neato"))
        return {"image/svg+xml": self.svg(), "image/png": png, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<NetworkFigure of {self.source.count(' -- n')} weights>"


def _form(path: str | os.PathLike[str]) -> str:
    form = Path(path).suffix.lstrip(".").lower()
    if form not in ("svg", "png", "dot"):
        raise ValueError(f"{Path(path).name}: a network is drawn as .svg, .png or .dot")
    return form


@figure(
    "network",
    "The network with its true weights and biases; at most 100 weights.",
    title="{model}",
    suffixes=(".svg", ".png", ".dot"),
)
def draw_network(
    model: Module, *, digits: int = 6, title: str = "", path: str | os.PathLike[str] | None = None
) -> NetworkFigure:
    """Draw a network with its weights and biases as numbers, as the paper shows its trained network.

    The neurons of a layer are a column, with their biases inside; the weights are on the edges. A positive weight is a
    solid blue line, a negative one a dashed vermillion line; the larger the weight, the thicker the line.

    Parameters
    ----------
    model : Autoencoder, or Sequential of Linear layers and activations
        Of at most 100 weights; each layer has a bias.
    digits : int
        Significant digits of the numbers.
    title : str
        A text above the picture.
    path : path, optional
        A .svg, .png or .dot file to write.

    Returns
    -------
    NetworkFigure
        It shows itself in a notebook; ``save(path)`` writes it to a file.

    Raises
    ------
    ValueError
        If the model has more than 100 weights, which could not be read, or is not such a chain of layers.
    FileNotFoundError
        If no program to draw with is found.

    Examples
    --------
    >>> from microae import paper
    >>> from microae.drawing import draw_network
    >>> picture = draw_network(paper.network(), title="The paper's network")
    >>> picture
    <NetworkFigure of 24 weights>
    >>> "−0.691801" in picture.svg()
    True
    """
    if path is not None:
        _form(path)
    layers = layers_of(model)
    if layers is None:
        raise ValueError(
            "draw_network: draws an autoencoder, or a Sequential of Linear layers with biases and activations, not "
            f"this {type(model).__name__}"
        )
    picture = NetworkFigure(
        network_source(
            [layer.linear.weight.numpy() for layer in layers],
            [layer.linear.bias.numpy() for layer in layers if layer.linear.bias is not None],
            [type(layer.activation).__name__ if layer.activation else "linear" for layer in layers],
            digits=digits,
            title=title,
        )
    )
    if path is not None:
        picture.save(path)
    return picture
