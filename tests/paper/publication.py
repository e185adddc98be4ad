"""Publications: the paper's own, copied here from its text, and others, whose numbers the library has never seen.

``published`` puts one in the place of the paper's, so that whatever is computed from the paper must change with it.
Beside them stand the oracles: the network of such a publication in plain NumPy. Nothing here imports the library but
to know where its copy of the data stands.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

PAPER: dict[str, Any] = {
    "input": ("1", "0", "1"),
    "W(1)": (
        ("1.28098", "3.1223", "-2.08707", "0.870437"),
        ("1.58878", "1.26969", "1.91459", "-2.58573"),
        ("-2.38938", "2.4454", "1.70066", "1.09686"),
    ),
    "b(1)": ("0.665083", "0.468071", "0.475733", "0.618163"),
    "z(1)": ("-0.443317", "6.035771", "0.089323", "2.58546"),
    "a(1)": ("-0.00443317", "6.035771", "0.089323", "2.58546"),
    "W(2)": (
        ("-0.691801", "0.332733", "-4.93794"),
        ("2.13842", "0.592468", "1.48174"),
        ("-4.41755", "0.758111", "0.5045"),
        ("-1.93134", "-5.56105", "-1.09996"),
    ),
    "b(2)": ("0.53651", "0.397774", "0.511934"),
    "z(2)": ("8.05859916", "-10.33785547", "6.67842892"),
    "a(2)": ("0.99968373", "0.0000323826", "0.998743828"),
    "output": ("0.99968373", "0.0000323826", "0.998743828"),
}


@dataclass(frozen=True)
class Publication:
    """What a paper prints, the vectors that it trains on, and its hyperparameters."""

    texts: Mapping[str, Any]
    vectors: Any
    layers: tuple[int, int, int]
    announced: int = 3
    steps: tuple[str, ...] = ("Gradient Computation", "Weights and Biases Update")

    def __getitem__(self, name: str) -> Any:
        return np.array(self.texts[name], dtype=float)

    @property
    def parameters(self) -> tuple[Any, Any, Any, Any]:
        return self["W(1)"], self["b(1)"], self["W(2)"], self["b(2)"]

    def forward(self, x: Any, parameters: Any = None) -> tuple[Any, Any, Any, Any]:
        """z and output of both layers."""
        w1, b1, w2, b2 = self.parameters if parameters is None else parameters
        z1 = x @ w1 + b1
        h = np.where(z1 > 0, z1, z1 / 100)
        z2 = h @ w2 + b2
        return z1, h, z2, 1 / (1 + np.exp(-z2))

    def loss(self, parameters: Any = None) -> float:
        """The mean cross-entropy of the vectors' reconstructions."""
        z2 = self.forward(self.vectors, parameters)[2]
        return float(np.mean(np.logaddexp(0.0, z2) - self.vectors * z2))

    def gradients(self, x: Any, y: Any, parameters: Any = None) -> tuple[Any, Any, Any, Any]:
        """Of the mean cross-entropy of one sample, by W(1), b(1), W(2) and b(2)."""
        z1, h, _, a = self.forward(x, parameters)
        w2 = (self.parameters if parameters is None else parameters)[2]
        out = (a - y) / y.size
        hidden = (w2 @ out) * np.where(z1 > 0, 1.0, 0.01)
        return np.outer(x, hidden), hidden, np.outer(h, out), out


BITS = np.array(list(itertools.product((0.0, 1.0), repeat=3)))
THE_PAPER = Publication(PAPER, BITS, (3, 4, 3))


def _another(width: int, seed: int) -> Publication:
    """Other weights, another example, other vectors; and printed results that belong to none of them."""
    rng = np.random.default_rng(seed)

    def numbers(*shape: int) -> Any:
        drawn = rng.uniform(0.3, 1.2, shape) * rng.choice([-1.0, 1.0], shape)
        return np.vectorize(lambda x: f"{x:.6g}")(drawn).tolist()

    texts = {
        "input": ("1", "1", "0"),
        "W(1)": numbers(3, width), "b(1)": numbers(width), "z(1)": numbers(width), "a(1)": numbers(width),
        "W(2)": numbers(width, 3), "b(2)": numbers(3), "z(2)": numbers(3), "a(2)": numbers(3), "output": numbers(3),
    }  # fmt: skip
    return Publication(
        texts, BITS[[7, 6, 1, 4, 5, 0, 0]][::-1].copy(), (3, width, 3), 7, ("one", "two", "three", "four")
    )


WIDER = _another(5, 3)
SQUARE = _another(3, 2)


def replaced(monkeypatch: pytest.MonkeyPatch, old: Any, new: Any) -> None:
    """One object for another under every name by which a module of the paper knows it."""
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("microae.paper"):
            for name, value in list(vars(module).items()):
                if value is old:
                    monkeypatch.setattr(module, name, new)


def published(monkeypatch: pytest.MonkeyPatch, publication: Publication) -> None:
    """Let the library read another publication than the paper."""
    from microae.paper import published as room

    changed = MappingProxyType({**room.HYPERPARAMETERS, "layers": publication.layers})
    steps = MappingProxyType({"announced": publication.announced, "steps": publication.steps})
    for old, new in (
        (room.PRINTED, MappingProxyType(dict(publication.texts))),
        (room.HYPERPARAMETERS, changed),
        (room.BINARY_VECTORS, publication.vectors),
        (room.BACKPROPAGATION, steps),
    ):
        replaced(monkeypatch, old, new)
