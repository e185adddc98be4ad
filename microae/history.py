"""``History`` and ``Trajectory``: the losses of a training, and the parameters at some of its epochs."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from microae import views
from microae.core.arrays import Array
from microae.data.files import write_text
from microae.data.tensors import write_tensors
from microae.nn.initialisers import generator
from microae.nn.module import Module

SHOWN = 16
"""How many samples a trajectory keeps, so that their outputs can be shown at each epoch."""


class Trajectory:
    """The parameters of a model at some epochs of its training: at the start, then evenly spaced, and the last.

    An update rebinds parameters to new arrays, so keeping the old ones copies nothing; it takes memory, for at most
    ``most`` epochs.

    Parameters
    ----------
    model : Module
        The model in training.
    data, target : array (N, ...)
        What it is trained on; the first 16 different samples are kept.
    most : int
        When there are more epochs than that, every second one is dropped.

    Attributes
    ----------
    epochs : list of int
        Ascending; 0 is the start of the training.
    states : list of list of array
        At each of these epochs the data of ``model.parameters()``.
    data, target : array (samples, ...)
        The samples that were kept.
    most, stride : int
        How many epochs are kept at most, and that those are which it divides.

    Examples
    --------
    >>> import microae as ma
    >>> net = ma.Autoencoder([3, 2, 3], seed=0)
    >>> optimizer = ma.SGD(net.parameters(), lr=0.1)
    >>> history = ma.fit(net, [[1, 0, 1]], optimizer, epochs=9, batch_size=1, progress=False, record=4)
    >>> history.trajectory.epochs
    [0, 4, 8, 9]
    """

    def __init__(self, model: Module, data: Array, target: Array, most: int = 200) -> None:
        chosen = _different(data)
        self.model, self.data, self.target = model, data[chosen], target[chosen]
        self.epochs: list[int] = []
        self.states: list[list[Array]] = []
        self.most, self.stride = most, 1

    def add(self, epoch: int) -> None:
        """Keep the present parameters as those after ``epoch``.

        Parameters
        ----------
        epoch : int
            Larger than those before.
        """
        if self.epochs and self.epochs[-1] % self.stride:  # it was kept only because it was the last
            del self.epochs[-1], self.states[-1]
        self.epochs.append(epoch)
        self.states.append([p.data for p in self.model.parameters()])
        if len(self.epochs) > self.most:
            self.stride *= 2
            indices = [i for i, e in enumerate(self.epochs) if e % self.stride == 0 or e == epoch]
            self.epochs, self.states = [self.epochs[i] for i in indices], [self.states[i] for i in indices]

    def at(self, epoch: int) -> dict[str, Array]:
        """The ``state_dict`` after an epoch.

        Parameters
        ----------
        epoch : int
            One of ``epochs``.

        Returns
        -------
        dict of str to array

        Raises
        ------
        ValueError
            If it was not kept; the message names the nearest that was.
        """
        if epoch not in self.epochs:
            nearest = min(self.epochs, key=lambda kept: abs(kept - epoch))
            raise ValueError(f"epoch {epoch} was not kept; the nearest that was is {nearest}")
        return dict(zip(self._names(), self.states[self.epochs.index(epoch)], strict=True))

    def _names(self) -> list[str]:
        return [name for name, _ in self.model.named_parameters()]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters of all kept epochs to a .safetensors file; an error leaves the old file as it was.

        :func:`microae.training.checkpoint.load_states` reads it, and so does
        ``draw_landscape(net, data, descent=path)``.

        Parameters
        ----------
        path : path
            The file to make or to replace; its directory must exist.

        Raises
        ------
        FileNotFoundError, IsADirectoryError
            If the directory does not exist, or ``path`` is one.

        Examples
        --------
        >>> import tempfile, pathlib, microae as ma
        >>> from microae.training.checkpoint import load_states
        >>> net = ma.Autoencoder([3, 2, 3], seed=0)
        >>> optimizer = ma.SGD(net.parameters(), lr=0.1)
        >>> history = ma.fit(net, [[1, 0, 1]], optimizer, epochs=5, batch_size=1, progress=False)
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     path = pathlib.Path(directory, "trajectory.safetensors")
        ...     history.trajectory.save(path)
        ...     states = load_states(path)
        >>> len(states), states[0]["encoder.0.weight"].shape
        (6, (3, 2))
        """
        import numpy as np

        arrays = {name: np.stack(p) for name, p in zip(self._names(), zip(*self.states, strict=True), strict=True)}
        write_tensors(path, arrays, {"epochs": self.epochs}, "saving a trajectory")


def _different(samples: Array) -> list[int]:
    """The indices of the first ``SHOWN`` different samples among the first thousand."""
    indices: dict[bytes, int] = {}
    for i, sample in enumerate(samples[:1000]):
        indices.setdefault(sample.tobytes(), i)
    return list(indices.values())[:SHOWN]


@dataclass
class History:
    """The losses and times of a training, one entry for each epoch; made by :func:`microae.fit`.

    Attributes
    ----------
    loss : list of float
        The mean training loss over the epoch's samples, each computed just before its update.
    validation_loss : list of float
        The loss of the validation data after the epoch, without noise and dropout; empty without validation data.
    seconds : list of float
        The time that the epoch took, without its validation.
    trajectory : Trajectory or None
        The parameters at some epochs, if ``fit`` recorded them.
    backend : str
        What ran at last: "eager", or the backend of a compiled training.
    waiting : float
        Seconds of the training that went by in waiting for samples from a file.
    generator : numpy.random.Generator or None
        What draws the orders of the samples, when the training goes on.

    Examples
    --------
    >>> import microae as ma
    >>> history = ma.History(loss=[0.5, 0.25], seconds=[0.1, 0.1])
    >>> history
    <History of 2 epochs: loss 0.5 → 0.25>
    >>> print(history.csv(), end="")
    epoch,loss,seconds
    1,0.5,0.1
    2,0.25,0.1
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    trajectory: Trajectory | None = field(default=None, init=False, compare=False, repr=False)
    backend: str = field(default="eager", init=False, compare=False, repr=False)
    waiting: float = field(default=0.0, init=False, compare=False, repr=False)
    generator: Any = field(default=None, init=False, compare=False, repr=False)

    @property
    def epochs(self) -> int:
        """The number of epochs so far."""
        return len(self.loss)

    def orders(self, seed: Any) -> Any:
        """The generator of the orders of the samples: that of the training's start when it goes on, else a new one.

        Parameters
        ----------
        seed : int, numpy.random.Generator or None

        Returns
        -------
        numpy.random.Generator
        """
        if not self.epochs or self.generator is None:
            self.generator = generator(seed)
        return self.generator

    def add(self, losses: Sequence[float], seconds: float, backend: str = "eager") -> None:
        """Note epochs that are done.

        Parameters
        ----------
        losses : sequence of float
            One for each epoch.
        seconds : float
            What all of them took.
        backend : str
            What ran.
        """
        self.loss += losses
        self.seconds += [seconds / len(losses)] * len(losses) if losses else []
        self.backend = backend

    def recorded(self) -> Trajectory:
        """The trajectory.

        Returns
        -------
        Trajectory

        Raises
        ------
        ValueError
            If the training was not recorded; the message says how to record one.
        """
        if self.trajectory is None:
            raise ValueError("this training was not recorded; train with ma.fit(..., record=True)")
        return self.trajectory

    def rewind(self, model: Module, epoch: int = 0) -> None:
        """Give a model the parameters that were recorded after an epoch.

        To train from the same start once more, make a new optimiser: the old one still has its momentum.

        Parameters
        ----------
        model : Module
            The model of this training, or one with the same parameters.
        epoch : int
            0 is the start of the training.

        Raises
        ------
        ValueError
            If the training, or that epoch, was not recorded.
        KeyError
            If the model has other parameters.

        Examples
        --------
        >>> import microae as ma
        >>> x = [[0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1]]
        >>> net = ma.Autoencoder([3, 4, 3], seed=0)
        >>> def train(lr):
        ...     optimizer = ma.SGD(net.parameters(), lr=lr)
        ...     return ma.fit(net, x, optimizer, epochs=50, batch_size=1, seed=0, progress=False)
        >>> slow = train(lr=0.1)
        >>> slow.rewind(net)
        >>> fast = train(lr=0.5)
        >>> fast.loss[-1] < slow.loss[-1]
        True
        """
        model.load_state_dict(self.recorded().at(epoch))

    def player(self, other: History | None = None, *, names: Sequence[str] = ()) -> Any:
        """A page with a slider over the epochs, which shows the weights, the loss and the reconstructions at each.

        Parameters
        ----------
        other : History, optional
            A second training to be shown beside this one.
        names : sequence of str, optional
            The name of each training.

        Returns
        -------
        Page
            It shows itself in a notebook; ``save("player.html")`` writes a self-contained file.

        Raises
        ------
        ValueError
            If a training was not recorded, or there are not as many names as trainings.

        Examples
        --------
        >>> import microae as ma
        >>> net = ma.Autoencoder([2, 1, 2], seed=0)
        >>> optimizer = ma.SGD(net.parameters(), lr=0.5)
        >>> ma.fit(net, [[0, 1], [1, 0]], optimizer, epochs=20, batch_size=1, progress=False).player()
        <Page 'Training: 20 epochs'>
        """
        return views.player(self, other, names=names)

    def csv(self, after: int = 0) -> str:
        """The losses and times as comma-separated text: a header, then one line for each epoch, counted from 1.

        Parameters
        ----------
        after : int
            After which epoch the lines begin.

        Returns
        -------
        str
        """
        import csv

        columns = {"loss": self.loss, "validation_loss": self.validation_loss, "seconds": self.seconds}
        present = {name: numbers for name, numbers in columns.items() if numbers}
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", *present])
        rows = zip(*(numbers[after:] for numbers in present.values()), strict=True)
        writer.writerows([i, *numbers] for i, numbers in enumerate(rows, start=after + 1))
        return text.getvalue()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table of :meth:`csv` to a file; an error leaves the old file as it was.

        Parameters
        ----------
        path : path
            The file to make or to replace; its directory must exist.

        Raises
        ------
        FileNotFoundError, IsADirectoryError
            If the directory does not exist, or ``path`` is one.
        """
        write_text(path, self.csv())

    def __repr__(self) -> str:
        if not self.loss:
            return "<History of 0 epochs>"
        validation = f", validation loss {self.validation_loss[-1]:.6g}" if self.validation_loss else ""
        epochs = f"{self.epochs} epoch{'s' if self.epochs != 1 else ''}"
        return f"<History of {epochs}: loss {self.loss[0]:.6g} → {self.loss[-1]:.6g}{validation}>"


def diverged(user: str, what: str, epoch: int, batch: int, rates: Iterable[float]) -> str:
    """The message of a training that came to no numbers, in a batch of an epoch, both counted from 0."""
    known = " and ".join(f"{rate:g}" for rate in rates)
    return (
        f"{user}: {what} in epoch {epoch + 1}, batch {batch + 1}; lower the learning rate"
        f"{f' (it is {known})' if known else ''} or scale the data; detect_anomaly() finds the operation"
    )


def read_history(path: str | os.PathLike[str]) -> History:
    """Read a history from a .csv file that ``microae train`` or ``History.save`` wrote.

    Parameters
    ----------
    path : path

    Returns
    -------
    History
        Without a trajectory.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        If there is no such file.
    ValueError
        If the file holds something else.

    Examples
    --------
    >>> import tempfile, pathlib, microae as ma
    >>> from microae.history import read_history
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "history.csv")
    ...     ma.History([0.5, 0.25], seconds=[0.1, 0.1]).save(path)
    ...     read_history(path)
    <History of 2 epochs: loss 0.5 → 0.25>
    """
    import csv
    from pathlib import Path

    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory, not a file")
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            names, *rows = csv.reader(file, strict=True)
        if len(set(names)) < len(names) or (rows and "loss" not in names):
            raise ValueError("a column is lacking, or there twice")
        columns = zip(*([float(cell) for cell in row] for row in rows), strict=True) if rows else [()] * len(names)
        table = dict(zip(names, map(list, columns), strict=True))
        if table.pop("epoch") != [*range(1, len(rows) + 1)]:
            raise ValueError("the epochs are not counted from 1")
        return History(**table)
    except (csv.Error, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path}: not a history as microae train writes it, columns epoch and loss") from error
