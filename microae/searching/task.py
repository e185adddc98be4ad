"""What a trial does: a model and an optimiser from settings, trained, and measured on held-out samples."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any, NamedTuple

import numpy as np

from microae import autoencoders
from microae.arguments import count
from microae.autoencoders import Autoencoder
from microae.autoencoders.autoencoder import evaluating
from microae.autoencoders.evaluation import reconstruction_errors
from microae.compiler.backends import BACKENDS
from microae.core.arrays import Array
from microae.data import as_table, load, require_features, require_fractions
from microae.history import History
from microae.nn.activations import Sigmoid
from microae.nn.module import Module
from microae.optim import OPTIMIZERS, Optimizer
from microae.optim.schedules import CONSTANT, MAKERS, schedule_options
from microae.searching.space import did_you_mean
from microae.training.fit import fit

TRAINING = {
    "optimizer": "adam",
    "lr": None,
    "schedule": "cosine_decay",
    "epochs": 100,
    "batch_size": 32,
    "backend": "eager",
}
"""The settings of every training, and what they are where nothing is said; ``lr=None``: the optimiser's usual one."""

CHANGES_THE_LOSS = ("model", "loss", "sparsity", "penalty", "weight", "target", "beta")
"""Settings that change what the loss means, so that trials that differ in them cannot be compared by it."""

Report = Callable[[int, float], bool]
"""Called after an epoch with its number and its score; whether the trial is to be pruned."""


class Outcome(NamedTuple):
    """What came of a trial.

    Attributes
    ----------
    score : float
        After its last epoch.
    pruned : bool
    epochs : int
        That were trained.
    seconds : float
    """

    score: float
    pruned: bool
    epochs: int
    seconds: float


@dataclass(frozen=True)
class Task:
    """The part that the trials of a search share; it is sent to each worker once.

    Attributes
    ----------
    train, held_out : tuple of arrays
        Samples (N, features), and their targets or None.
    model : str or callable
        A name of the family, or what makes a Module of its settings; the settings may name another.
    score : "loss", "mse" or callable
        See :func:`search`.
    seed : int
        Of the weights, the noise and the orders, the same in each trial whose settings have none.
    """

    train: tuple[Array, Any]
    held_out: tuple[Array, Any]
    model: Any = "Autoencoder"
    score: Any = "loss"
    seed: int = 0

    def applies(self, name: str, settings: Mapping[str, Any]) -> bool:
        """Whether a setting has a meaning beside those that are chosen: ``momentum`` has none for Adam."""
        optimizer = settings.get("optimizer", TRAINING["optimizer"])
        return (
            name == "model"
            or name in TRAINING
            or name in _options(optimizer)
            or name in _options_of_schedule(settings)
            or self._takes(self._kind(settings), name)
        )

    def names(self, models: list[Any], optimizers: list[str], schedules: list[str]) -> list[str]:
        """All settings that have a meaning for some of these models, optimisers and schedules."""
        named = {"model", *TRAINING}.union(*(_options(name) for name in optimizers))
        named = named.union(*(_options_of_schedule({"schedule": name}) for name in schedules))
        return sorted(named.union(*(_parameters(_made_by(model)) or () for model in models)))

    def needed(self, models: list[Any]) -> list[str]:
        """The settings that some of these models cannot be made without."""
        makers = [_made_by(model) for model in models]
        parameters = [p for maker in makers for p in signature(maker).parameters.values()]
        return sorted({p.name for p in parameters if p.default is p.empty and p.kind in _NAMED})

    def build(self, settings: Mapping[str, Any]) -> tuple[Module, Optimizer, dict[str, Any]]:
        """The model, its optimiser, and the options of its training, its schedule among the ``callbacks``.

        Parameters
        ----------
        settings : mapping of str to anything
            Those that have no meaning beside the others are left out.

        Returns
        -------
        tuple

        Raises
        ------
        ValueError, TypeError
            If the settings do not fit each other or the data.
        """
        settings = {name: given for name, given in settings.items() if self.applies(name, settings)}
        known = {**TRAINING, **settings}
        kind = self._kind(settings)
        if known["optimizer"] not in OPTIMIZERS:
            raise ValueError(f"no optimizer is called {known['optimizer']!r}; there are {', '.join(OPTIMIZERS)}")
        schedule = _schedule(known)
        if schedule not in (*MAKERS, CONSTANT):
            raise ValueError(f"schedule must be one of {', '.join([*MAKERS, CONSTANT])}, got {schedule!r}")
        of_schedule = {name: known.get(name, default) for name, default in _options_of_schedule(known).items()}
        missing = [name for name, given in of_schedule.items() if given is None]
        if missing:
            raise ValueError(f"the schedule {schedule} needs {missing[0]}")
        if known["backend"] not in ("eager", "auto", *BACKENDS):
            raise ValueError(f"backend must be one of eager, auto, {', '.join(BACKENDS)}, got {known['backend']!r}")
        options = {name: count("fit", name, known[name]) for name in ("epochs", "batch_size")}
        of_optimizer = _options(known["optimizer"])
        of_model = {
            name: given
            for name, given in settings.items()
            if name != "model" and name not in TRAINING and name not in of_optimizer and name not in of_schedule
        }
        if self._takes(kind, "seed"):
            of_model.setdefault("seed", self.seed)
        model = kind(**of_model)
        if not isinstance(model, Module):
            raise TypeError(f"the model must be a Module, {_name(kind)} makes {model!r}")
        maker = OPTIMIZERS[known["optimizer"]]
        lr = maker.usual_lr if known["lr"] is None else known["lr"]
        optimizer = maker(
            model.parameters(), lr=lr, **{name: settings[name] for name in of_optimizer if name in settings}
        )
        schedules = [] if schedule == CONSTANT else [MAKERS[schedule](optimizer, **of_schedule)]
        return model, optimizer, {**options, "backend": known["backend"], "callbacks": schedules}

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raise what :meth:`run` would raise before its first step."""
        model, _, _ = self.build(settings)
        for samples, target in (self.train, self.held_out):
            if isinstance(model, Autoencoder):
                require_features(samples, model.layers, "data")
                if isinstance(model.decoder[-1], Sigmoid):
                    require_fractions(samples, "data", 'output = "linear" under [fixed]')
            with evaluating(model):
                some: Any = model
                some.loss(samples[:2], *(() if target is None else (target[:2],)))
        if self.score != "loss":
            self.measured(model, History(validation_loss=[0.0]))

    def run(self, settings: Mapping[str, Any], report: Report | None = None) -> tuple[Module, History, Outcome]:
        """Train a model and measure it.

        Parameters
        ----------
        settings : mapping of str to anything
        report : callable, optional
            ``report(epoch, score)`` after each epoch; the training ends when it returns True.

        Returns
        -------
        tuple of Module, History, Outcome

        Raises
        ------
        FloatingPointError
            If the training diverges.
        ValueError, TypeError
            If the settings do not fit each other or the data.
        """
        model, optimizer, options = self.build(settings)
        start, pruned, scores = time.perf_counter(), False, [math.nan]

        def note(history: History) -> bool:
            nonlocal pruned
            scores.append(self.measured(model, history))
            asked = report is not None and report(history.epochs, scores[-1])
            pruned = asked and history.epochs < options["epochs"]
            return pruned

        validation = self.held_out[0] if self.held_out[1] is None else self.held_out
        history = fit(
            model,
            self.train[0],
            optimizer,
            target=self.train[1],
            validation=validation,
            seed=settings.get("seed", self.seed),
            progress=False,
            record=False,
            **options | {"callbacks": [*options["callbacks"], note]},
        )
        if not math.isfinite(scores[-1]):
            raise FloatingPointError(f"the score is {scores[-1]} after epoch {history.epochs}")
        return model, history, Outcome(scores[-1], pruned, history.epochs, time.perf_counter() - start)

    def measured(self, model: Module, history: History) -> float:
        """The score of a model on the held-out samples."""
        if self.score == "loss":
            return history.validation_loss[-1]
        samples, target = self.held_out
        if self.score == "mse":
            of_model: Any = model
            if not hasattr(model, "reconstruct"):
                raise TypeError(f"score='mse' is of reconstructions, {type(model).__name__} has none; take 'loss'")
            return float(reconstruction_errors(samples, of_model.reconstruct(samples)).mean())
        return float(self.score(model, samples, samples if target is None else target))

    def _kind(self, settings: Mapping[str, Any]) -> Any:
        return _made_by(settings.get("model", self.model))

    def _takes(self, kind: Any, name: str) -> bool:
        parameters = _parameters(kind)
        return parameters is None or name in parameters


def split(data: Any, target: Any, validation: Any, seed: int) -> tuple[tuple[Array, Any], tuple[Array, Any]]:
    """The samples to train on and those to hold out.

    Parameters
    ----------
    data : array_like (N, features) or path
    target : array_like (N, ...), optional
    validation : float, array_like (M, features), or tuple of data and target
        The share that is drawn from the data with the seed, or what is held out.
    seed : int

    Returns
    -------
    tuple
        Twice samples and target.

    Raises
    ------
    ValueError
        If one of them is no table, or the share is not between 0 and 1.
    """
    data = load(data) if isinstance(data, (str, os.PathLike)) else data
    x, y = as_table(data, "data"), None if target is None else np.asarray(target)
    if y is not None and (not y.ndim or len(y) != len(x)):
        raise ValueError(f"search: data has {len(x)} samples, its target has shape {y.shape}")
    if not isinstance(validation, (int, float)):
        held_out, its = validation if isinstance(validation, tuple) else (validation, None)
        if (its is None) != (y is None):
            raise ValueError("search: validation must be a tuple of data and target exactly if there is a target")
        return (x, y), (as_table(held_out, "validation"), None if its is None else np.asarray(its))
    if not 0 < validation < 1:
        raise ValueError(f"search: validation must be a share between 0 and 1, or data, got {validation!r}")
    if len(x) < 2:
        raise ValueError(f"search: data has {len(x)} sample; one to train on and one to hold out are needed")
    held = min(len(x) - 1, max(1, round(len(x) * validation)))
    order = np.random.default_rng(seed).permutation(len(x))
    parts = np.sort(order[held:]), np.sort(order[:held])
    first, second = ((x[rows], None if y is None else y[rows]) for rows in parts)
    return first, second


def _made_by(model: Any) -> Any:
    """What makes a model: a class of the family by its name, or what was given."""
    if not isinstance(model, str):
        return model
    if model not in autoencoders.__all__:
        raise ValueError(f"no model is called {model!r}; {did_you_mean(model, autoencoders.__all__)}")
    return getattr(autoencoders, model)


def _name(kind: Any) -> str:
    return getattr(kind, "__name__", repr(kind))


def _options(optimizer: str) -> set[str]:
    """The options of an optimiser, beside parameters and learning rate."""
    return set(signature(OPTIMIZERS[optimizer]).parameters) - {"parameters", "lr"} if optimizer in OPTIMIZERS else set()


def _schedule(settings: Mapping[str, Any]) -> Any:
    """The name of the schedule among settings; "cosine" is what files say that were written before."""
    name = settings.get("schedule", TRAINING["schedule"])
    return "cosine_decay" if name == "cosine" else name


def _options_of_schedule(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the schedule among settings, with their defaults."""
    name = _schedule(settings)
    return schedule_options(name) if name in [*MAKERS] else {}


_NAMED = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def _parameters(kind: Any) -> set[str] | None:
    """The names that a model takes, also those that it passes on to the class it extends; None for any."""
    names: set[str] = set()
    for maker in kind.__mro__ if isinstance(kind, type) else [kind]:
        if isinstance(maker, type) and "__init__" not in vars(maker):
            continue
        parameters = list(signature(maker).parameters.values())
        names |= {p.name for p in parameters if p.kind in _NAMED}
        if all(p.kind is not Parameter.VAR_KEYWORD for p in parameters):
            return names
    return None
