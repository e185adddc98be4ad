"""Callbacks that write down how a training goes while it goes: as a table, or for TensorBoard."""

from __future__ import annotations

import os
from typing import Any

from microae.data.files import check_writable_directory, naming
from microae.extras import needed
from microae.history import History
from microae.optim import Optimizer


class CsvLog:
    """Writes the losses to a ``.csv`` file after each epoch, in the form of ``history.save(path)``.

    An earlier file is replaced; that of a training that goes on is written anew, then continued.

    Parameters
    ----------
    path : path

    Examples
    --------
    >>> import tempfile, pathlib, microae as ma
    >>> from microae.training.logs import CsvLog
    >>> net = ma.Autoencoder([3, 2, 3], seed=0)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "log.csv")
    ...     log = CsvLog(path)
    ...     _ = ma.fit(net, [[1, 0, 1]], "adam", epochs=3, batch_size=1, progress=False, callbacks=log)
    ...     path.read_text().splitlines()[0], path.read_text().count("\\n")
    ('epoch,loss,seconds', 4)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        if os.path.isdir(path):
            raise IsADirectoryError(f"{os.fspath(path)} is a directory, not a file")
        check_writable_directory(os.path.dirname(os.path.abspath(path)))
        self.path, self._epochs = os.path.abspath(path), 0

    def __call__(self, history: History) -> None:
        if not self._epochs:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            history.save(self.path)
        else:
            with naming(self.path), open(self.path, "a", encoding="utf-8", newline="") as file:
                file.write("".join(history.csv(self._epochs).splitlines(keepends=True)[1:]))
        self._epochs = history.epochs


class TensorBoardLog:
    """Writes the losses and the learning rate after each epoch for TensorBoard, by its own writer.

    Parameters
    ----------
    directory : path
        What ``tensorboard --logdir`` takes.
    optimizer : Optimizer
        Of the training.

    Raises
    ------
    ModuleNotFoundError
        If tensorboard is not installed.
    """

    def __init__(self, directory: str | os.PathLike[str], optimizer: Optimizer) -> None:
        with needed("tensorboard", "a log for TensorBoard"):
            from tensorboard.summary import Writer

        check_writable_directory(directory)
        self._writer: Any = Writer(os.fspath(directory))
        self._optimizer = optimizer

    def __call__(self, history: History) -> None:
        said = {"loss": history.loss[-1:], "validation_loss": history.validation_loss[-1:], "lr": [self._optimizer.lr]}
        for name, numbers in said.items():
            for number in numbers:
                self._writer.add_scalar(name, number, history.epochs)

    def close(self) -> None:
        """Write what waits to be written; called by ``fit`` at the end."""
        self._writer.close()
