"""The paper's three kinds of gradient descent: the columns of its table, measured."""

from __future__ import annotations

import statistics
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from microae.autoencoders.autoencoder import Autoencoder
from microae.history import History
from microae.optim import SGD
from microae.paper.manual import Floats
from microae.paper.published import BINARY_VECTORS, HYPERPARAMETERS
from microae.training.fit import fit

METHODS = {"stochastic": 1, "mini-batch": 4, "batch": 8}
"""The three methods and their batch sizes on the 8 binary vectors."""


def batches(data: Floats, size: int, rng: np.random.Generator) -> Iterator[Floats]:
    """The batches of one epoch: the samples in a new random order.

    Parameters
    ----------
    data : array (N, features)
    size : int
        Samples in a batch; the last one may be smaller.
    rng : numpy.random.Generator
        Gives the order.

    Yields
    ------
    array (size, features)
        With size 1 a vector (features,).

    Examples
    --------
    >>> import numpy as np
    >>> from microae import paper
    >>> [batch.shape for batch in paper.batches(paper.BINARY_VECTORS, 3, np.random.default_rng(0))]
    [(3, 3), (3, 3), (2, 3)]
    """
    order = rng.permutation(len(data))
    for start in range(0, len(data), size):
        yield data[order[start]] if size == 1 else data[order[start : start + size]]


def update(net: Autoencoder, optimizer: SGD, x: Floats) -> float:
    """One update of the parameters: forward pass, backward pass, ``W − η ∇W``.

    Parameters
    ----------
    net : Autoencoder
    optimizer : SGD
        Of the network's parameters; its ``lr`` is η.
    x : array
        One sample (features,) or a batch (N, features).

    Returns
    -------
    float
        The loss before the update.

    Examples
    --------
    >>> import microae as ma
    >>> from microae import paper
    >>> net = paper.network()
    >>> optimizer = ma.SGD(net.parameters(), lr=0.01)
    >>> before = paper.update(net, optimizer, paper.BINARY_VECTORS[5])
    >>> paper.update(net, optimizer, paper.BINARY_VECTORS[5]) < before
    True
    """
    optimizer.zero_grad()
    loss = net.loss(x)
    loss.backward()
    optimizer.step()
    return float(loss.data)


@dataclass(frozen=True)
class Descent:
    """The measurements of one method; made by :func:`compare_descents`.

    Attributes
    ----------
    method : str
        "stochastic", "mini-batch" or "batch".
    batch_size, updates_per_epoch : int
        Samples in an update, and updates in an epoch.
    seconds_per_update, seconds_per_epoch : float
        Medians of the wall time; that of an epoch is the sum of its updates.
    peak_bytes : int
        The peak memory of one update, beyond what was in use before (``tracemalloc``).
    noise : float
        Standard deviation, over the updates of the first epochs, of the batch's loss minus the loss of all the data
        with the same weights: 0 for batch descent.
    rises : float
        The share of those updates after which the loss of all the data was higher.
    epochs_to_loss : int or None
        Epochs until the loss of all the data was at most ``loss``; ``None`` if it never was.
    final_loss : float
        The loss of all the data after the last epoch that was run.

    Examples
    --------
    >>> from microae import paper
    >>> paper.compare_descents(loss=0.69, epochs=3, noise_epochs=3)[1].batch_size
    4
    """

    method: str
    batch_size: int
    updates_per_epoch: int
    seconds_per_update: float
    seconds_per_epoch: float
    peak_bytes: int
    noise: float
    rises: float
    epochs_to_loss: int | None
    final_loss: float


def compare_descents(
    data: Any = None,
    *,
    layers: Sequence[int] = HYPERPARAMETERS["layers"],
    methods: Any = None,
    lr: float = HYPERPARAMETERS["learning rate"],
    loss: float = 0.3,
    epochs: int = 2000,
    noise_epochs: int = 100,
    seed: int = 0,
    progress: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> list[Descent]:
    """Measure stochastic, mini-batch and batch gradient descent, all from the same first weights.

    Parameters
    ----------
    data : array_like, optional
        Shape (N, in); by default the 8 binary vectors.
    layers : sequence of int
        The widths of the network's layers; by default the paper's.
    lr : float
        The learning rate of every method; by default the paper's.
    methods : mapping of str to int, optional
        Name and batch size of each; by default stochastic 1, mini-batch 4, batch 8.
    loss : float
        The loss of all the data at which a method has arrived.
    epochs : int
        The largest number of epochs to train for.
    noise_epochs : int
        The number of epochs, at the start, over which noise and rises are measured.
    seed : int
        Of the weights and of the order of the samples.
    progress : callable
        Wraps the range of epochs of each method, such as ``tqdm``.

    Returns
    -------
    list of Descent
        One for each method; :func:`descent_table` writes them as text. Times and memory are this machine's.

    Raises
    ------
    ValueError
        If a batch size is less than 1 or larger than the number of samples.

    Examples
    --------
    >>> from microae import paper
    >>> rows = paper.compare_descents(loss=0.69, epochs=5)
    >>> [(row.method, row.updates_per_epoch) for row in rows]
    [('stochastic', 8), ('mini-batch', 2), ('batch', 1)]
    >>> rows[2].noise
    0.0
    """
    samples = BINARY_VECTORS if data is None else np.asarray(data, np.float64)
    measured = []
    for method, size in (METHODS if methods is None else methods).items():
        if not 1 <= size <= len(samples):
            raise ValueError(f"{method}: the batch size must lie in 1..{len(samples)}, got {size!r}")
        net = Autoencoder(layers, seed=seed)
        optimizer = SGD(net.parameters(), lr=lr)
        peak = _peak_bytes(net, optimizer, samples[0] if size == 1 else samples[:size])
        measuring = _Measuring(net, samples, loss, noise_epochs, progress(range(1, epochs + 1)))
        fit(
            net,
            samples,
            optimizer,
            epochs=epochs,
            batch_size=size,
            seed=seed,
            progress=False,
            callbacks=[measuring],
            record=False,
        )
        measured.append(measuring.descent(method, size, peak))
    return measured


class _Measuring:
    """A callback of ``fit`` that measures one method, and ends the training when nothing is left to measure."""

    def __init__(self, net: Autoencoder, data: Floats, goal: float, noise_epochs: int, epochs: Iterable[int]) -> None:
        self.net, self.data, self.goal, self.noise_epochs = net, data, goal, noise_epochs
        self.epochs = iter(epochs)
        self.times: list[float] = []
        self.epoch_times: list[float] = []
        self.noise: list[float] = []
        self.rises: list[bool] = []
        self.reached: int | None = None
        self.whole = self._whole()
        self._first = 0  # index in ``times`` of the epoch's first update
        self._start = 0.0  # of the present update
        next(self.epochs, None)

    def before_update(self) -> None:
        self._start = perf_counter()

    def after_update(self, loss: float, samples: int) -> None:
        self.times.append(perf_counter() - self._start)
        if len(self.epoch_times) < self.noise_epochs:
            self.noise.append(0.0 if samples == len(self.data) else loss - self.whole)
            after = self._whole()
            self.rises.append(after > self.whole)
            self.whole = after

    def __call__(self, history: History) -> bool:
        self.epoch_times.append(sum(self.times[self._first :]))
        self._first = len(self.times)
        self.whole = self._whole()
        if self.reached is None and self.whole <= self.goal:
            self.reached = history.epochs
        next(self.epochs, None)
        return history.epochs >= self.noise_epochs and self.reached is not None

    def descent(self, method: str, size: int, peak: int) -> Descent:
        """The measurements so far."""
        return Descent(
            method=method,
            batch_size=size,
            updates_per_epoch=-(-len(self.data) // size),
            seconds_per_update=statistics.median(self.times),
            seconds_per_epoch=statistics.median(self.epoch_times),
            peak_bytes=peak,
            noise=float(np.std(self.noise)),
            rises=float(np.mean(self.rises)),
            epochs_to_loss=self.reached,
            final_loss=self.whole,
        )

    def _whole(self) -> float:
        """The loss of all the data with the present weights."""
        return float(self.net.loss(self.data).data)


def _peak_bytes(net: Autoencoder, optimizer: SGD, batch: Floats) -> int:
    """The peak memory of one update; the weights are restored afterwards."""
    state = net.state_dict()
    update(net, optimizer, batch)  # the first update fills caches
    tracing = tracemalloc.is_tracing()
    if not tracing:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        update(net, optimizer, batch)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        if not tracing:
            tracemalloc.stop()
    net.load_state_dict(state)
    return peak


def descent_table(rows: Sequence[Descent]) -> str:
    """The measurements as a Markdown table.

    Parameters
    ----------
    rows : sequence of Descent

    Returns
    -------
    str
        A header and one line for each method.

    Examples
    --------
    >>> from microae import paper
    >>> print(paper.descent_table(paper.compare_descents(loss=0.69, epochs=2)))
    | method | batch | updates per epoch | µs per update | µs per epoch | peak memory (bytes) | loss noise | ...
    """
    header = (
        "method",
        "batch",
        "updates per epoch",
        "µs per update",
        "µs per epoch",
        "peak memory (bytes)",
        "loss noise",
        "updates that raise the loss",
        "epochs to the loss",
        "final loss",
    )
    lines = [header, ("---",) + ("---:",) * (len(header) - 1)]
    for row in rows:
        lines.append(
            (
                row.method,
                str(row.batch_size),
                str(row.updates_per_epoch),
                f"{row.seconds_per_update * 1e6:.1f}",
                f"{row.seconds_per_epoch * 1e6:.1f}",
                f"{row.peak_bytes:,}",
                f"{row.noise:.4f}",
                f"{row.rises:.0%}",
                "not reached" if row.epochs_to_loss is None else str(row.epochs_to_loss),
                f"{row.final_loss:.4f}",
            )
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
