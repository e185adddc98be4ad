"""The paper's worked example, input [1, 0, 1], run step by step and compared with every digit that it prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from microae.core.context import no_grad
from microae.paper.published import PRINTED, network, printed

GIVEN = ("input", "W(1)", "b(1)", "W(2)", "b(2)")
"""The vectors and matrices that the paper prints as data; it computes the others."""


@dataclass(frozen=True)
class Row:
    """One printed number beside the computed one.

    Attributes
    ----------
    step : str
        Its name in the paper, such as "z(1)".
    element : tuple of int
        Its place in the vector or matrix, from 0.
    printed : str
        As printed.
    computed : float
        The network's number.

    Examples
    --------
    >>> from microae import paper
    >>> row = paper.Row("z(1)", (0,), "-0.4433", -0.44337)
    >>> row.name, row.rounded, row.agrees, row.ticks
    ('z(1)[1]', '-0.4434', False, '-✓.✓✓✓✗')
    """

    step: str
    element: tuple[int, ...]
    printed: str
    computed: float

    @property
    def rounded(self) -> str:
        """The computed number with as many decimals as are printed."""
        return f"{Decimal(self.computed).quantize(Decimal(self.printed), ROUND_HALF_UP):f}"

    @property
    def agrees(self) -> bool:
        """Whether the computed number, rounded, equals the printed one."""
        return self.rounded == self.printed

    @property
    def ticks(self) -> str:
        """The printed number with ✓ for each digit that is right and ✗ for each that is not."""
        width = max(len(self.rounded), len(self.printed))
        pairs = zip(self.rounded.rjust(width), self.printed.rjust(width), strict=True)
        return "".join(_tick(computed, printed) for computed, printed in pairs).lstrip()

    @property
    def name(self) -> str:
        """The element as the paper counts, from 1: "z(1)[2]"."""
        return f"{self.step}[{', '.join(str(i + 1) for i in self.element)}]"


def _tick(computed: str, printed: str) -> str:
    if computed != printed:
        return "✗"
    return "✓" if printed.isdigit() else printed


def walkthrough(net: Any = None) -> list[Row]:
    """Every number that the paper prints for the input [1, 0, 1], beside the number that the network computes.

    Parameters
    ----------
    net : Autoencoder([3, 4, 3]), optional
        By default the one with the published weights.

    Returns
    -------
    list of Row
        In the paper's order: 31 weights and biases and the input as data, then 17 computed numbers and the output.

    Examples
    --------
    >>> from microae import paper
    >>> rows = paper.walkthrough()
    >>> len(rows), all(row.agrees for row in rows)
    (51, True)
    >>> rows[-3].name, rows[-3].printed, rows[-3].ticks
    ('output[1]', '0.99968373', '✓.✓✓✓✓✓✓✓✓')
    """
    computed = _steps(network() if net is None else net)
    return [
        Row(step, element, text, float(computed[step][element]))
        for step, texts in PRINTED.items()
        for element, text in _elements(texts)
    ]


def _steps(net: Any) -> dict[str, Any]:
    """The worked example, one layer and one activation at a time: each vector and matrix by its name."""
    x = printed("input")
    (hidden, leaky_relu), (output, sigmoid) = net.encoder, net.decoder
    with no_grad():
        z1 = hidden(x)
        a1 = leaky_relu(z1)
        z2 = output(a1)
        a2 = sigmoid(z2)
    return {
        "input": x,
        "W(1)": hidden.weight.numpy(),
        "b(1)": hidden.bias.numpy(),
        "z(1)": z1.numpy(),
        "a(1)": a1.numpy(),
        "W(2)": output.weight.numpy(),
        "b(2)": output.bias.numpy(),
        "z(2)": z2.numpy(),
        "a(2)": a2.numpy(),
        "output": net.reconstruct(x),
    }


def _elements(texts: Any) -> Iterator[tuple[tuple[int, ...], str]]:
    for i, text in enumerate(texts):
        if isinstance(text, str):
            yield (i,), text
        else:
            yield from (((i, *rest), inner) for rest, inner in _elements(text))


def walkthrough_table(rows: Sequence[Row], *, given: bool = False) -> str:
    """The comparison as text: a tick for each printed digit, then the totals.

    Parameters
    ----------
    rows : sequence of Row
        From :func:`walkthrough`.
    given : bool
        List the printed data (input, weights, biases) too, not only what is computed from them.

    Returns
    -------
    str

    Examples
    --------
    >>> from microae import paper
    >>> print(paper.walkthrough_table(paper.walkthrough()))
    step       printed          computed             digits
    z(1)[1]    -0.443317        -0.443317            -✓.✓✓✓✓✓✓
    ...
    51 printed numbers, 51 agree in every printed digit
    """
    lines = [f"{'step':<10} {'printed':<16} {'computed':<20} digits"]
    lines += [
        f"{row.name:<10} {row.printed:<16} {row.computed:<20.12g} {row.ticks}"
        for row in rows
        if given or row.step not in GIVEN or not row.agrees
    ]
    agreeing = sum(row.agrees for row in rows)
    return "\n".join([*lines, f"{len(rows)} printed numbers, {agreeing} agree in every printed digit"])
