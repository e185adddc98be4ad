"""What a correction is, and what several of them compute with."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from microae.paper.manual import Floats, manual_forward, manual_loss
from microae.paper.published import BINARY_VECTORS, biases, printed, weights

Evidence = dict[str, Any]
NET = ("leaky_relu", "sigmoid")
WRONG = np.array([0.0, 1.0, 1.0])
"""A target far from the output, so that no gradient of the example is tiny."""


@dataclass(frozen=True)
class Correction:
    """One error or silence of the paper.

    Attributes
    ----------
    id : str
        A short name.
    paper : str
        What the paper says.
    truth : str
        What is so, with ``{fields}`` that :meth:`statement` fills with the evidence.
    evidence : callable
        Computes the numbers, by name.
    shows : callable
        Whether such numbers show the truth.
    position : float
        Where it stands among the others, in the order of the paper's text: from 100 the forward pass, from 200 the
        backward pass, from 300 names and counts, from 400 training and its results.

    Examples
    --------
    >>> from microae import paper
    >>> first = paper.CORRECTIONS[0]
    >>> first.id, first.holds()
    ('product', True)
    """

    id: str
    paper: str
    truth: str
    evidence: Callable[[], Evidence]
    shows: Callable[[Evidence], bool]
    position: float = math.inf

    def holds(self) -> bool:
        """Whether the evidence, computed now, shows the truth."""
        return bool(self.shows(self.evidence()))

    def statement(self) -> str:
        """The truth with its numbers, computed now."""
        numbers = {name.replace(" ", "_"): value for name, value in self.evidence().items()}
        return self.truth.format(**numbers)


def loss_of_all(W: list[Floats], b: list[Floats]) -> float:
    """The mean cross-entropy of the 8 binary vectors' reconstructions."""
    return manual_loss(W, b, BINARY_VECTORS, BINARY_VECTORS, NET)


def largest_difference(a: Any, b: Any) -> float:
    """The largest absolute difference of two elements."""
    return float(np.max(np.abs(np.asarray(a) - np.asarray(b))))


def example(activations: tuple[str, str] = NET) -> tuple[list[Floats], list[Floats]]:
    """z and h of the worked example, layer by layer."""
    return manual_forward(weights(), biases(), printed("input"), activations)


def half_units(name: str) -> Floats:
    """How far the number before rounding may be from the printed one: half a unit of the sixth significant digit."""
    size = np.floor(np.log10(np.abs(printed(name))))
    return 0.5 * 10.0 ** (size - 5)
