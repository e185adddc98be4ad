"""What a training went through: its losses, and the parameters on the way, to be played back or started anew from."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from microae import views
from microae.core.arrays import Array
from microae.data.files import replacing, write_text
from microae.extras import needed
from microae.nn.module import Module

FORMAT = 1
"""Of the file that a trajectory is saved in."""

SHOWN = 16
"""How many samples are kept, to see what becomes of them."""


class Trajectory:
    """The parameters of a model at some epochs of its training, 0 the first: evenly spaced, and the last one.

    An update rebinds parameters to new arrays, so that keeping the old ones copies nothing; it takes memory, for at
    most ``most`` epochs.

    Parameters
    ----------
    model : Module
    data, target : array (N, ...)
        What it is trained on; the first 16 different samples are kept.
    most : int
        When there are more epochs than that, every second one is dropped.

    Attributes
    ----------
    epochs : list of int
    states : list of list of array
        At each of these epochs the data of ``model.parameters()``.
    data, target : array (samples, ...)
        The samples that were kept.
    """

    def __init__(self, model: Module, data: Array, target: Array, most: int = 200) -> None:
        chosen = _different(data)
        self.model, self.data, self.target = model, data[chosen], target[chosen]
        self.epochs: list[int] = []
        self.states: list[list[Array]] = []
        self._most, self._stride = most, 1

    def add(self, epoch: int) -> None:
        """Keep the present parameters as those after ``epoch``."""
        if self.epochs and self.epochs[-1] % self._stride:  # it was kept only for being the last
            del self.epochs[-1], self.states[-1]
        self.epochs.append(epoch)
        self.states.append([p.data for p in self.model.parameters()])
        if len(self.epochs) > self._most:
            self._stride *= 2
            kept = [i for i, e in enumerate(self.epochs) if e % self._stride == 0 or e == epoch]
            self.epochs, self.states = [self.epochs[i] for i in kept], [self.states[i] for i in kept]

    def at(self, epoch: int) -> dict[str, Array]:
        """The ``state_dict`` after an epoch that was kept.

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
        """Write the parameters on the way to a .safetensors file, replacing it whole.

        :func:`microae.training.checkpoint.load_states` reads it, and so does
        ``draw_landscape(net, data, descent=path)``.

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
        import json

        import numpy as np

        with needed("safetensors", "saving a trajectory"):
            from safetensors.numpy import save

        arrays = {name: np.stack(way) for name, way in zip(self._names(), zip(*self.states, strict=True), strict=True)}
        metadata = {"microae": json.dumps({"format": FORMAT, "epochs": self.epochs})}
        with replacing(path) as temporary:
            temporary.write_bytes(save(arrays, metadata))


def _different(samples: Array) -> list[int]:
    """The places of the first different samples, as far as the first thousand have them."""
    places: dict[bytes, int] = {}
    for i, sample in enumerate(samples[:1000]):
        places.setdefault(sample.tobytes(), i)
    return list(places.values())[:SHOWN]


@dataclass
class History:
    """What training went through, one entry an epoch.

    Attributes
    ----------
    loss : list of float
        The mean of the training loss over the epoch's samples, each taken just before its update.
    validation_loss : list of float
        The loss of the validation data after the epoch, without noise and dropout; empty if there were none.
    seconds : list of float
        How long the epoch took, without its validation.
    trajectory : Trajectory or None
        The parameters on the way, if ``fit`` recorded them.
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    trajectory: Trajectory | None = field(default=None, init=False, compare=False, repr=False)

    @property
    def epochs(self) -> int:
        """The number of epochs so far."""
        return len(self.loss)

    def recorded(self) -> Trajectory:
        """The trajectory; a ``ValueError`` that says how to get one, if there is none."""
        if self.trajectory is None:
            raise ValueError("this training was not recorded; train with ma.fit(..., record=True)")
        return self.trajectory

    def rewind(self, model: Module, epoch: int = 0) -> None:
        """Give a model the parameters that were recorded after an epoch; 0 is the start of the training.

        Training from the same start again, with another learning rate perhaps, needs a new optimiser: the old one
        remembers its momentum.

        Raises
        ------
        ValueError
            If the training, or that epoch, was not recorded.
        KeyError
            If it is another kind of model.

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
        """A page that plays the training back: a slider over its epochs moves weights, loss and reconstructions.

        Parameters
        ----------
        other : History, optional
            Of a second training, to be shown beside this one.
        names : sequence of str, optional
            What each of the trainings is called.

        Returns
        -------
        Page
            It shows itself in a notebook; ``save("player.html")`` writes one file that needs nothing else.

        Raises
        ------
        ValueError
            If a training was not recorded.
        """
        return views.player(self, other, names=names)

    def csv(self) -> str:
        """A table with a header and one line an epoch, counted from 1."""
        import csv

        columns = {"loss": self.loss, "validation_loss": self.validation_loss, "seconds": self.seconds}
        present = {name: numbers for name, numbers in columns.items() if numbers}
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", *present])
        writer.writerows([i, *numbers] for i, numbers in enumerate(zip(*present.values(), strict=True), start=1))
        return text.getvalue()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table of :meth:`csv` to a file, replacing it whole."""
        write_text(path, self.csv())

    def __repr__(self) -> str:
        if not self.loss:
            return "<History of 0 epochs>"
        validation = f", validation loss {self.validation_loss[-1]:.6g}" if self.validation_loss else ""
        epochs = f"{self.epochs} epoch{'s' if self.epochs != 1 else ''}"
        return f"<History of {epochs}: loss {self.loss[0]:.6g} → {self.loss[-1]:.6g}{validation}>"


def read_history(path: str | os.PathLike[str]) -> History:
    """The history that ``microae train`` or ``History.save`` wrote as a .csv file.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        If there is no such file.
    ValueError
        If it holds something else.

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
    with path.open(encoding="utf-8", newline="") as file:
        try:
            rows = list(csv.DictReader(file, strict=True))
            names = [name for name in (rows[0] if rows else ()) if name != "epoch"]
            return History(**{name: [float(row[name]) for row in rows] for name in names})
        except (csv.Error, UnicodeDecodeError, ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path}: not a history as microae train writes it, columns epoch and loss") from error
