"""``Experiment``: train an autoencoder on data, compare it with PCA on held-out samples, and write a report."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microae.autoencoders.autoencoder import Autoencoder
from microae.autoencoders.evaluation import cross_entropies, pca_reconstruction, reconstruction_errors, worst
from microae.commands.common import HISTORY, REPORT, SHOWN, TRAJECTORY, WEIGHTS, listed
from microae.commands.tables import markdown
from microae.core.arrays import Array
from microae.data import Table, as_table, require_features, require_fractions
from microae.data.files import check_writable_directory, write_text
from microae.drawing.images import Group, draw_images
from microae.drawing.sheet import require_matplotlib
from microae.history import History
from microae.nn.registry import LOSSES
from microae.optim import OPTIMIZERS, Optimizer
from microae.optim.schedules import CONSTANT, MAKERS, SCHEDULES, schedule_options
from microae.training import checkpoint
from microae.training.fit import fit
from microae.training.resuming import resume
from microae.training.run import Callback

PICTURE = "reconstructions.png"
"""The file with the picture of the held-out samples."""

WRITTEN = (WEIGHTS, HISTORY, TRAJECTORY, PICTURE, REPORT)
"""What an experiment writes into its directory."""

ROOM = 4_000_000
"""The largest size in bytes of the file with the weights during training."""

HELD_OUT, SEEN = 10_000, 20_000
"""Of a file that is larger than memory, how many samples are held out at most, and how many PCA sees."""

OPTIONS: dict[str, float | None] = {"momentum": 0.9, "weight_decay": None}
"""Options that only some optimisers have, with their default; ``None`` for the optimiser's own."""


@dataclass(frozen=True)
class Settings:
    """The settings of an experiment; where ``None`` is given, the value follows from the other settings.

    Attributes
    ----------
    layers : sequence of int, optional
        The topology; by default one hidden layer half as wide as the data.
    epochs, batch_size : int
    optimizer : str
        A name of ``microae.optim.OPTIMIZERS``: "sgd", "adam", "adamw" or one registered later.
    lr : float, optional
        The learning rate at the start, by default the optimiser's ``usual_lr``.
    momentum : float, optional
        Of optimisers that have it, by default 0.9.
    weight_decay : float, optional
        By default the optimiser's own.
    max_grad_norm : float, optional
        See :func:`microae.fit`.
    schedule : str
        A name of ``microae.optim.schedules.SCHEDULES``, by default "cosine_decay" over the epochs, or "constant".
    gamma, step_size, factor, patience
        Options of those schedules that have them, by default their own.
    activation, output : str
        See :class:`Autoencoder`; a sigmoid output needs data in [0, 1].
    loss : str
        A name of ``microae.nn.registry.LOSSES``: "mse", for which PCA is the best linear code, "bce", the paper's, for
        a sigmoid output, or one registered later.
    noise, sparsity, dropout : float
        The variants, see :class:`Autoencoder`.
    seed : int
        Of the split, the weights, the noise and the shuffling.
    dtype : str
        "float64" or "float32".
    test_fraction : float
        How much of the data is held out, between 0 and 1.
    backend : str
        What trains: "eager", or a backend of :func:`microae.compile`.
    """

    layers: Sequence[int] | None = None
    epochs: int = 500
    batch_size: int = 32
    optimizer: str = "adamw"  # its decay removes weights of pixels that are blank in all of the training images
    lr: float | None = None
    momentum: float | None = None
    weight_decay: float | None = None
    max_grad_norm: float | None = None
    schedule: str = "cosine_decay"
    gamma: float | None = None
    step_size: int | None = None
    factor: float | None = None
    patience: int | None = None
    activation: str = "leaky_relu"
    output: str = "sigmoid"
    loss: str = "mse"
    noise: float = 0.0
    sparsity: float = 0.0
    dropout: float = 0.0
    seed: int = 0
    dtype: str = "float64"
    test_fraction: float = 0.2
    backend: str = "eager"


class Experiment:
    """A data set, split into training and held-out samples, and the network to be trained on it.

    Data and settings are checked here, before any training.

    Parameters
    ----------
    data : array_like (N, features) or Table
        Of a table in a file at most 10,000 samples are held out, and PCA is that of 20,000 others.
    labels : array_like (N,), optional
        Shown in the list of the samples that reconstruct worst.
    settings : Settings
    name : str
        What the data are called in messages and in the report.

    Raises
    ------
    ValueError
        If the data do not fit the settings, or the settings each other.

    Attributes
    ----------
    train, test : array (N, features), or Table
        The samples to train on, and those that are held out.
    seen : array (M, features)
        Those of the first, or of a file some of them.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.commands.experiment import Experiment, Settings
    >>> images, labels = ma.data.digits()
    >>> experiment = Experiment(images, labels, Settings(layers=[64, 8, 64], epochs=2), "digits")
    >>> result = experiment.run(progress=False)
    >>> [score.name for score in result.scores]
    ['autoencoder, code of 8', 'PCA, code of 8', 'mean sample', 'perfect']
    """

    def __init__(self, data: Any, labels: Any = None, settings: Settings | None = None, name: str = "data") -> None:
        self.settings = settings = settings or Settings()
        self.name = name
        self.data = data if isinstance(data, Table) else as_table(data, name)
        self.labels = None if labels is None else np.asarray(labels)
        split, weights, self.noise, self.shuffling = np.random.default_rng(settings.seed).spawn(4)
        if isinstance(self.data, Table):
            self.test_rows, seen = _split_file(len(self.data), settings.test_fraction, split)
            self.test, self.seen = self.data.take(self.test_rows), self.data.take(seen)
            self.train = self.data.without(self.test_rows)
        else:
            self.train_rows, self.test_rows = _split(len(self.data), settings.test_fraction, split, name)
            self.test = self.data[self.test_rows]
            self.train = self.seen = self.data[self.train_rows]
        self.model = _model(settings, self.data.shape[1], weights)
        require_features(self.data, self.model.layers, name)
        if LOSSES[settings.loss].fractions and settings.output != "sigmoid":
            others = " or ".join(loss.name for loss in LOSSES.values() if not loss.fractions)
            raise ValueError(f"the loss {settings.loss} needs a sigmoid output, not {settings.output}; use {others}")
        if settings.output == "sigmoid":
            require_fractions(np.concatenate([self.seen, self.test]), name, "--output linear")
        self.optimizer = _optimizer(settings, self.model)
        self._lr = self.optimizer.lr  # where its schedule starts
        _schedule(settings, self.optimizer)  # what is wrong with its options is said before the training

    def describe(self) -> str:
        """One sentence about the data and one about the network."""
        n, layers = len(self.data), "-".join(map(str, self.model.layers))
        parameters = sum(p.size for p in self.model.parameters())
        return (
            f"{self.name}: {n:,} samples of {self.data.shape[1]} numbers, {len(self.train):,} to train on, "
            f"{len(self.test):,} held out.{self._of_some}\n"
            f"Autoencoder {layers}: {self.settings.activation} inside, {self.settings.output} output, "
            f"{parameters:,} parameters."
        )

    @property
    def chosen(self) -> dict[str, Any]:
        """The settings that may be ``None``, with the values that are used."""
        known = {name: getattr(self.optimizer, name) for name in OPTIONS if self.settings.optimizer in having(name)}
        return {"layers": list(self.model.layers), "lr": self._lr, **known}

    @property
    def code_size(self) -> int:
        """The width of the narrowest layer."""
        return min(self.model.layers)

    @property
    def _of_some(self) -> str:
        some = len(self.seen) < len(self.train)
        return f" PCA and the mean sample are those of {len(self.seen):,} of them." if some else ""

    def run(
        self,
        progress: bool = True,
        checkpoint: str | os.PathLike[str] | None = None,
        go_on: bool = False,
        logs: Sequence[Callback] = (),
    ) -> Result:
        """Train the network and measure it.

        Parameters
        ----------
        progress : bool
            Show a progress bar.
        checkpoint : path, optional
            A directory for the state of the training; see :func:`microae.fit`.
        go_on : bool
            Whether to go on with the training of which the state is kept there.
        logs : sequence of callables
            Called with the history after each epoch.

        Returns
        -------
        Result

        Raises
        ------
        FloatingPointError
            If the loss or a parameter becomes NaN or infinite.
        FileNotFoundError, ValueError
            If there is no training to go on with, or it is one of other data.
        """
        settings = self.settings
        if checkpoint is not None and go_on:
            known: dict[str, Any] = {"validation": self.test, "model": self.model, "optimizer": self.optimizer}
            known["callbacks"] = logs
            return Result(self, resume(checkpoint, self.train, progress=progress, **known)[1])
        history = fit(
            self.model,
            self.train,
            self.optimizer,
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            seed=self.shuffling,
            validation=self.test,
            progress=progress,
            callbacks=[*_schedule(settings, self.optimizer), *logs],
            max_grad_norm=settings.max_grad_norm,
            record=_kept(self.model),
            backend=settings.backend,
            checkpoint=checkpoint,
        )
        return Result(self, history)


@dataclass(frozen=True)
class Score:
    """How well a method reconstructs the held-out samples: its mean errors for one feature."""

    name: str
    squared_error: float
    cross_entropy: float


class Result:
    """The results of an experiment; made by :meth:`Experiment.run`.

    Attributes
    ----------
    experiment : Experiment
        With its trained ``model``.
    history : History
    reconstruction, pca : array (M, features)
        The held-out samples reconstructed by the network, and by PCA with a code of the same size.
    scores : list of Score
        The network, PCA, the mean sample and a perfect reconstruction; with noise also of the corrupted samples.
    errors : array (M,)
        The squared error of each held-out sample.
    worst : array of int
        The rows in the data of the held-out samples that reconstruct worst, the worst first.
    """

    def __init__(self, experiment: Experiment, history: History) -> None:
        self.experiment, self.history = experiment, history
        train, test, code = experiment.seen, experiment.test, experiment.code_size
        self.reconstruction = experiment.model.reconstruct(test)
        self.pca = pca_reconstruction(train, test, code)
        self.errors = reconstruction_errors(test, self.reconstruction)
        self._worst = worst(self.errors, SHOWN)
        self.worst = experiment.test_rows[self._worst]
        reconstructions = {f"autoencoder, code of {code}": self.reconstruction, f"PCA, code of {code}": self.pca}
        if experiment.settings.noise:
            noisy = test + experiment.settings.noise * experiment.noise.standard_normal(test.shape)
            reconstructions["autoencoder, from noisy input"] = experiment.model.reconstruct(noisy)
            reconstructions["PCA, from noisy input"] = pca_reconstruction(train, noisy, code)
        reconstructions |= {"mean sample": np.broadcast_to(train.mean(axis=0), test.shape), "perfect": test}
        self.scores = [_score(name, test, reconstruction) for name, reconstruction in reconstructions.items()]

    def summary(self) -> str:
        """The scores and the worst samples, in Markdown."""
        parts_of_data = self.experiment.seen, self.experiment.test
        fractions = all(part.min() >= 0 and part.max() <= 1 for part in parts_of_data)
        shown = 3 if fractions else 2  # beyond [0, 1] there is no cross-entropy
        rows = [(s.name, f"{s.squared_error:.6f}", f"{s.cross_entropy:.4f}")[:shown] for s in self.scores]
        parts = [
            markdown(("held-out samples", "mean squared error", "cross-entropy")[:shown], rows),
            self._verdict(),
            "Reconstructed worst:",
            self._table_of_worst(),
        ]
        return "\n\n".join(parts)

    def numbers(self) -> dict[str, Any]:
        """The scores, the worst samples and the losses, for a program."""
        experiment, history = self.experiment, self.history
        return {
            "data": experiment.name,
            "samples": len(experiment.data),
            "settings": {**asdict(experiment.settings), **experiment.chosen},
            "scores": [asdict(score) for score in self.scores],
            "worst": self.worst,
            "epochs": history.epochs,
            "loss": history.loss[-1],
            "validation_loss": history.validation_loss[-1],
            "seconds": sum(history.seconds),
        }

    def _table_of_worst(self) -> str:
        rows = self._list(self._worst)
        if self.experiment.labels is None:
            return markdown(["row", "error"], [(row, error) for row, _, error in rows])
        return markdown(["row", "label", "error"], rows)

    def _verdict(self) -> str:
        settings = self.experiment.settings
        network, pca = self.scores[2:4] if settings.noise else self.scores[:2]
        difference = network.squared_error - pca.squared_error
        share = f"{abs(difference) / pca.squared_error:.1%} " if pca.squared_error > 1e-12 else ""  # PCA may be perfect
        return (
            f"The squared error of the autoencoder{', from noisy input,' if settings.noise else ''} is "
            f"{share}{'above' if difference > 0 else 'below'} that of PCA with the same code size; "
            f"it was trained for the loss {settings.loss}."
        )

    def _list(self, chosen: NDArray[np.intp]) -> list[tuple[str, str, str]]:
        """For some of the held-out samples the row in the data, the label and the error, as text."""
        rows, labels = self.experiment.test_rows[chosen], self.experiment.labels
        names = [""] * len(rows) if labels is None else [str(label) for label in labels[rows]]
        return [(str(r), name, f"{e:.5f}") for r, name, e in zip(rows, names, self.errors[chosen], strict=True)]

    def report(self) -> str:
        """The report, in Markdown."""
        experiment, history = self.experiment, self.history
        used = {**asdict(experiment.settings), **experiment.chosen}
        return (
            "\n\n".join(
                [
                    f"# An autoencoder of {experiment.name}",
                    experiment.describe(),
                    self.summary(),
                    f"![Originals above their reconstructions]({PICTURE})",
                    f"Trained for {history.epochs} epochs in {sum(history.seconds):.1f} s ({history.backend}); "
                    "loss by epoch in "
                    f'`{HISTORY}`, the network in `{WEIGHTS}` (`microae.load("{WEIGHTS}")`).',
                    markdown(["setting", "value"], [[name, value] for name, value in used.items()]),
                ]
            )
            + "\n"
        )

    def write(self, out: str | os.PathLike[str]) -> list[Path]:
        """Write weights, history, picture and report into a directory, replacing those of an earlier run.

        Parameters
        ----------
        out : path
            The directory; made if missing.

        Returns
        -------
        list of Path
            The files that were written.
        """
        directory = Path(out)
        directory.mkdir(parents=True, exist_ok=True)
        weights, history, trajectory, picture, report = files = [directory / name for name in WRITTEN]
        checkpoint.save(self.experiment.model, weights, overwrite=True)
        self.history.save(history)
        if self.history.trajectory is None:
            trajectory.unlink(missing_ok=True)  # one of an earlier run would not belong to these weights
            files.remove(trajectory)
        else:
            self.history.trajectory.save(trajectory)
        draw_images(self._groups(), path=picture)
        write_text(report, self.report())
        return files

    def _groups(self) -> list[Group]:
        first = np.arange(min(SHOWN, len(self.errors)))
        return [self._group("Held-out samples", first), self._group("Reconstructed worst", self._worst)]

    def _group(self, title: str, chosen: NDArray[np.intp]) -> Group:
        rows = {"original": self.experiment.test, "autoencoder": self.reconstruction, "PCA": self.pca}
        words = "row (label)" if self.experiment.labels is not None else "row"
        return Group(
            f"{title}, with their {words} and the squared error",
            {name: images[chosen] for name, images in rows.items()},
            [f"{row} ({label})\n{error}" if label else f"{row}\n{error}" for row, label, error in self._list(chosen)],
        )


def check_output(out: str | os.PathLike[str]) -> None:
    """Raise before the training what :meth:`Result.write` would raise after it: no matplotlib, or no permission."""
    require_matplotlib()
    check_writable_directory(out)


def _score(name: str, x: Array, reconstruction: Array) -> Score:
    squared, entropy = reconstruction_errors(x, reconstruction), cross_entropies(x, reconstruction)
    return Score(name, float(squared.mean()), float(entropy.mean()))


def _kept(model: Autoencoder) -> int:
    """The number of epochs whose weights are kept: as many as fit into ``ROOM`` bytes, or 0 if fewer than 20 fit."""
    fitting = ROOM // sum(p.size * p.dtype.itemsize for p in model.parameters())
    return min(200, fitting) if fitting >= 20 else 0


def _split(n: int, fraction: float, rng: np.random.Generator, name: str) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows to train on and the rows to hold out, each in the order of the data."""
    if not 0 < fraction < 1:
        raise ValueError(f"the held-out fraction must lie between 0 and 1, got {fraction:g}")
    if n < 2:
        raise ValueError(f"{name}: has only {n} sample; one to train on and one to hold out are needed")
    held_out = min(n - 1, max(1, round(n * fraction)))
    order = rng.permutation(n)
    return np.sort(order[held_out:]), np.sort(order[:held_out])


def _split_file(n: int, fraction: float, rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows of a file to hold out, and some to compare with, which are trained on too."""
    held_out = min(HELD_OUT, max(1, round(n * fraction)))
    chosen = rng.choice(n, min(n - 1, held_out + SEEN), replace=False)
    return np.sort(chosen[:held_out]), np.sort(chosen[held_out:])


def _model(settings: Settings, features: int, rng: np.random.Generator) -> Autoencoder:
    return Autoencoder(
        settings.layers or [features, max(1, features // 2), features],
        settings.activation,
        settings.output,
        noise=settings.noise,
        sparsity=settings.sparsity,
        dropout=settings.dropout,
        loss=settings.loss,
        seed=rng,
        dtype=settings.dtype,
    )


def having(option: str) -> list[str]:
    """The names of the registered optimisers that have an option.

    Examples
    --------
    >>> from microae.commands.experiment import having
    >>> having("momentum"), having("weight_decay")
    (['sgd'], ['sgd', 'adam', 'adamw'])
    """
    return [name for name, kind in OPTIMIZERS.items() if option in signature(kind).parameters]


def _schedule(settings: Settings, optimizer: Optimizer) -> list[Callback]:
    """The callbacks that set the learning rate: one, or none."""
    name, given = settings.schedule, asdict(settings)
    if name not in (*SCHEDULES, CONSTANT):
        raise ValueError(f"schedule must be one of {', '.join([*SCHEDULES, CONSTANT])}, got {name!r}")
    known = {} if name == CONSTANT else schedule_options(name)
    for option in ("gamma", "step_size", "factor", "patience"):
        if given[option] is not None and option not in known:
            having = [other for other in SCHEDULES if option in schedule_options(other)]
            raise ValueError(f"{option} is an option of {listed(having)}, not of {name}")
    if name == CONSTANT:
        return []
    options = {option: default if given[option] is None else given[option] for option, default in known.items()}
    missing = [option for option, value in options.items() if value is None]
    if missing:
        raise ValueError(f"the schedule {name} needs {listed(missing)}: --{missing[0].replace('_', '-')}")
    return [MAKERS[name](optimizer, **options)]


def _optimizer(settings: Settings, model: Autoencoder) -> Optimizer:
    name = settings.optimizer
    if name not in OPTIMIZERS:
        raise ValueError(f"optimizer must be one of {', '.join(OPTIMIZERS)}, got {name!r}")
    options: dict[str, Any] = {}
    for option, default in OPTIONS.items():
        given = getattr(settings, option)
        if name in having(option):
            options |= {option: default if given is None else given}
        elif given is not None:
            raise ValueError(f"{option} is an option of {listed(having(option))}, not of {name}")
    options = {option: value for option, value in options.items() if value is not None}
    kind = OPTIMIZERS[name]
    return kind(model.parameters(), lr=kind.usual_lr if settings.lr is None else settings.lr, **options)
