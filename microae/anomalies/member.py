"""One network of a detector, and how far a sample lies from its nearest reference as the network sees both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
from numpy.typing import NDArray

from microae.autoencoders.autoencoder import Autoencoder, evaluating
from microae.core.arrays import Array
from microae.core.context import no_grad

BLOCK = 256
"""Samples are scored in blocks of exactly this many rows: a product of another shape may give a row other bits."""

SAME = 1e-4
"""A sample that is nearer to a reference than this, of scaled columns, is that reference.

Where most samples have a twin this is the unit of scores too, and less than this no difference between them.
"""


def blocks(n: int) -> list[slice]:
    """The rows of n samples in blocks; the last may be smaller."""
    return [slice(start, min(start + BLOCK, n)) for start in range(0, n, BLOCK)]


def filled(block: Array) -> Array:
    """A block of BLOCK rows; zeros stand where rows lack."""
    if len(block) == BLOCK:
        return block
    whole = np.zeros((BLOCK, block.shape[1]), block.dtype)
    whole[: len(block)] = block
    return whole


@contextmanager
def plain(members: Iterable[Member]) -> Iterator[None]:
    """A block in which the networks of members compute without noise, dropout or a graph."""
    with ExitStack() as stack:
        stack.enter_context(no_grad())
        for member in members:
            stack.enter_context(evaluating(member.net))
        yield


class Member:
    """A trained network with the references, normal samples as it sees them.

    A sample is placed at ``[x - decode(h), h]``, ``h = encode(x)``: by what the network cannot reconstruct, and by
    what it makes of the rest. Since x is the sum of the residual and of what is decoded from h, samples that are far
    apart stay so here, however well a network reconstructs what lies outside its data.

    Where all columns share a unit, as pixels do, it is placed at ``[x - decode(h), decode(h), 2h]``: so were drawn
    letters and patches of photographs told apart better, on which this was chosen.

    Parameters
    ----------
    net : Autoencoder
        Of float32, trained on scaled samples.
    references : array (M, features)
        Scaled normal samples that it was trained on.
    usual : float
        The unit of this member's distances.
    shared : bool
        Whether all columns share a unit.

    Raises
    ------
    ValueError
        If the network makes of the references numbers whose squares float32 does not hold.
    """

    def __init__(self, net: Autoencoder, references: Array, usual: float = 1.0, shared: bool = False) -> None:
        self.net, self.usual, self.shared = net, usual, shared
        with plain([self]), np.errstate(over="ignore", invalid="ignore"):
            placed = [self.placed(filled(references[rows])) for rows in blocks(len(references))]
            self._references: Array = np.concatenate(placed)[: len(references), :-1].copy()
            # [z, 1] @ this is |r|² - 2 z·r for every reference r: the squared distance but for |z|².
            self._products = np.vstack([-2.0 * self._references.T, np.square(self._references).sum(axis=1)])
        if not np.isfinite(self._products).all():
            raise ValueError("AnomalyDetector: a network makes of the normal samples numbers that are too large")

    def reconstruct(self, x: Array) -> tuple[Array, Array]:
        """The code and the reconstruction of scaled samples (N, features); to be called in :func:`plain`."""
        code = self.net.encode(x)
        return code.data, self.net.decode(code).data

    def placed(self, x: Array) -> Array:
        """Where scaled samples (N, features) lie, and a 1, (N, width + 1)."""
        code, reconstruction = self.reconstruct(x)
        n = x.shape[1]
        start = 2 * n if self.shared else n  # of the code
        place = np.ones((len(x), start + code.shape[1] + 1), np.float32)
        np.subtract(x, reconstruction, out=place[:, :n])
        if self.shared:
            place[:, n:start] = reconstruction
        np.multiply(code, 2.0 if self.shared else 1.0, out=place[:, start:-1])
        return place

    def distances(self, block: Array) -> NDArray[np.float64]:
        """For scaled samples (BLOCK, features): how many usual distances each is from its nearest reference.

        Where it is itself a reference it is left out, so that fitted samples can be scored too.
        """
        place = self.placed(block)
        products = place @ self._products
        distances = self._exact(place, products.argmin(axis=1))
        same = np.flatnonzero(distances < SAME)
        if len(same):
            products[same, products[same].argmin(axis=1)] = np.inf
            distances[same] = self._exact(place[same], products[same].argmin(axis=1))
        return distances / self.usual

    def _exact(self, place: Array, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """The distances from chosen references: not by the products, for here nothing cancels."""
        differences = place[:, :-1] - self._references[rows]
        distances: NDArray[np.float64] = np.sqrt(np.einsum("ij,ij->i", differences, differences, dtype=np.float64))
        return distances
