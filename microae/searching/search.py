"""``search``: a study of many trainings."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from microae.arguments import count
from microae.optim import OPTIMIZERS
from microae.progress import trials_bar
from microae.searching.result import SearchResult
from microae.searching.space import Space, did_you_mean, optuna
from microae.searching.storage import alone, file_of, open_storage, open_study, quietly, writing_into
from microae.searching.task import CHANGES_THE_LOSS, TRAINING, Outcome, Task, split
from microae.searching.workers import (
    LOOK,
    Cluster,
    Crew,
    Here,
    Processes,
    connected,
    interruptible,
    scheduler_storage,
)

TRIALS = 20
"""How many trials there are where nothing is said; a grid has all of its points."""

ATTEMPTS = 3
"""How often a trial is begun, if its worker dies each time."""

SAMPLERS: dict[str, Callable[[int], Any]] = {
    "grid": lambda seed: optuna.samplers.RandomSampler(seed=seed),  # all points stand in line before the first is taken
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
}
"""How settings are chosen."""

PRUNERS: dict[str, Callable[[], Any]] = {
    "none": lambda: optuna.pruners.NopPruner(),
    "median": lambda: optuna.pruners.MedianPruner(),
    "halving": lambda: optuna.pruners.SuccessiveHalvingPruner(),
}
"""Which trials end early: none, those that are worse than the median at their epoch, or the worse ones at each rung."""


def search(
    space: Mapping[str, Any],
    data: Any,
    *,
    fixed: Mapping[str, Any] | None = None,
    model: Any = "Autoencoder",
    target: Any = None,
    validation: Any = 0.2,
    score: str | Callable[[Any, Any, Any], float] = "loss",
    trials: int | None = None,
    sampler: str = "tpe",
    pruner: str = "none",
    seed: int = 0,
    storage: str | os.PathLike[str] | None = None,
    workers: int = 1,
    dask: str | None = None,
    progress: bool = True,
) -> SearchResult:
    """Try settings from a space: train a model with each and compare them on held-out samples.

    A study in a file goes on where it was stopped or killed: what was done counts, what was under way is begun again.
    The order of trials and what each trains follow from the seed, so that grid and random search find the same on any
    number of workers; with TPE each choice depends on the trials that are done by then, and with a pruner so does
    which ones are ended.

    Parameters
    ----------
    space : mapping of str to list, mapping or optuna distribution
        For each setting its choices or its range, see :class:`microae.searching.Space`. Settings are those of the
        training ("optimizer", "lr", "schedule", "epochs", "batch_size", "backend"), the options of the optimiser and
        of the schedule, the parameters of the model ("layers", "activation", "noise", ...), and "model" itself. A
        setting that has no meaning for a trial's model, optimiser and schedule is left out of it.
    data : array_like (N, features) or path
        Of a file as :func:`microae.data.load` reads it.
    fixed : mapping of str to anything, optional
        Settings that are the same in all trials; by default Adam with its usual rate, falling to 0 along half a
        cosine (``schedule="cosine_decay"``; the others and "constant" as in ``microae train``), 100 epochs of batches
        of 32.
    model : str or callable
        A class of the family by its name, or a class or function that makes a Module with a ``loss`` of the settings.
    target : array_like (N, ...), optional
        As in :func:`microae.fit`.
    validation : float, array_like (M, features), or tuple of data and target
        The share that is held out, drawn with the seed, or the held-out samples.
    score : "loss", "mse" or callable
        What is compared, the less the better: the validation loss, the squared error of the reconstruction, or
        ``score(model, x, target)``.
    trials : int, optional
        How many; by default 20, and of a grid all of its points, each of which is tried once.
    sampler : "tpe", "random" or "grid"
    pruner : "none", "median" or "halving"
    seed : int
        Of the held-out share, the choices, and of weights, noise and orders, which are the same in all trials.
    storage : path or str, optional
        A SQLite file, a journal file (``.journal`` or ``.log``), or the URL of a database; by default nothing is kept.
    workers : int
        Processes of this machine; a script that uses them needs the usual ``if __name__ == "__main__":``.
    dask : str, optional
        The address of a Dask scheduler, whose workers run the trials; it opens ``storage`` itself.
    progress : bool
        Show a progress bar with the best score.

    Returns
    -------
    SearchResult

    Raises
    ------
    ValueError, TypeError
        Before the first trial, if something is not known, or a choice fits neither the data nor the rest; afterwards,
        if no trial succeeded.
    ConnectionError
        If the cluster cannot be reached.
    OSError
        If the study cannot be written, as on a full disk; what is done by then is kept.
    ModuleNotFoundError
        Without ``pip install 'microae[search]'``.

    Examples
    --------
    >>> import microae as ma
    >>> x, _ = ma.data.digits()
    >>> space = {"lr": [0.001, 0.01], "layers": [[64, 4, 64], [64, 16, 64]]}
    >>> found = ma.search(space, x[:200], fixed={"epochs": 5}, sampler="grid", progress=False)
    >>> len(found.trials), found.best
    (4, {'lr': 0.01, 'layers': [64, 16, 64]})
    """
    if fixed is not None and not isinstance(fixed, Mapping):
        raise TypeError(f'search: fixed must be a mapping of settings, such as {{"epochs": 10}}, got {fixed!r}')
    chosen, fixed = Space(space), dict(fixed or {})
    workers, trials = count("search", "workers", workers), _trials(trials)
    for what, given, known in (("sampler", sampler, SAMPLERS), ("pruner", pruner, PRUNERS)):
        if given not in known:
            raise ValueError(f"search: no {what} is called {given!r}; {did_you_mean(str(given), list(known))}")
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"search: seed must be a whole number of at least 0, got {seed!r}")
    if dask is not None and workers != 1:
        raise ValueError("search: workers are processes of this machine, dask has its own; give one of the two")
    train, held_out = split(data, target, validation, int(seed))
    task = Task(train, held_out, model, score, int(seed))
    _check_names(chosen, fixed, task)
    with quietly():
        _check_values(chosen, fixed, task)
    points = chosen.points(fixed, task.applies) if sampler == "grid" else []
    total = min(trials or len(points), len(points)) if points else trials or TRIALS
    made_by = {
        "space": chosen.describe(),
        "fixed": {name: repr(given) for name, given in sorted(fixed.items())},
        "model": _written(model),
        "score": _written(score),
        "sampler": sampler,
        "seed": int(seed),
        "data": _fingerprint(*train, *held_out),
    }
    with ExitStack() as stack:
        stack.enter_context(quietly())
        place = _place(storage, workers, dask, stack)
        stack.enter_context(alone(place))
        stack.enter_context(writing_into(place))
        ended = PRUNERS[pruner]()
        client = None if dask is None else stack.enter_context(connected(dask))
        kept = open_storage(place) if client is None else scheduler_storage(client, place)
        study = open_study(kept, made_by, storage)
        study.pruner = ended
        if points and not study.get_trials(deepcopy=False):
            for point in points:
                study.enqueue_trial(point)
        crew: Crew
        if client is not None:
            crew = Cluster(task, client, kept, ended)
        else:
            crew = Here(task, study) if workers == 1 else Processes(task, place, ended, workers)
        stack.callback(crew.close)
        turns = _turns(study, chosen, fixed, task, total, SAMPLERS[sampler], int(seed))
        done = [t for t in study.get_trials(deepcopy=False) if t.state.is_finished()]
        with trials_bar(total, len(done), progress) as show, interruptible():
            _conduct(study, crew, turns, show)
        return SearchResult(study, chosen, fixed, task)


# --- the trials --------------------------------------------------------------------------------------------------


@dataclass
class _Turn:
    """A trial that was asked for, and how often it was begun."""

    trial: Any
    settings: dict[str, Any]
    attempts: int = 0


def _turns(
    study: Any, space: Space, fixed: dict[str, Any], task: Task, total: int, sampler: Any, seed: int
) -> Iterator[_Turn]:
    """The trials that a study still needs: those that were under way when it was stopped, then new ones.

    A sampler of its own for each trial, seeded by the trial's number, gives a study that goes on what it would have
    given one that was never stopped.
    """
    state = optuna.trial.TrialState
    trials = study.get_trials(deepcopy=False)
    begun = [t for t in trials if t.state == state.RUNNING]
    number = sum(t.state != state.WAITING for t in trials)
    for frozen in begun:
        study.sampler = sampler(_mixed(seed, frozen.number))
        trial = optuna.trial.Trial(study, frozen._trial_id)
        yield _Turn(trial, space.suggest(trial, fixed, task.applies))
    for n in range(number, total):
        study.sampler = sampler(_mixed(seed, n))
        trial = study.ask()
        yield _Turn(trial, space.suggest(trial, fixed, task.applies))


def _mixed(seed: int, number: int) -> int:
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _conduct(study: Any, crew: Crew, turns: Iterator[_Turn], show: Callable[[float | None], None]) -> None:
    """Have all trials trained, and tell the study what came of each."""
    running: dict[Future[Outcome], _Turn] = {}
    again: list[_Turn] = []
    over = False
    while running or again or not over:
        while len(running) < crew.slots and not (over and not again):
            turn = again.pop() if again else next(turns, None)
            if turn is None:
                over = True
            else:
                turn.attempts += 1
                running[crew.trial(turn.trial._trial_id, turn.settings)] = turn
        if not running and not over:
            time.sleep(LOOK)  # all workers of the cluster are gone, and others may come
        for future in wait(running, timeout=LOOK, return_when=FIRST_COMPLETED).done:
            turn = running.pop(future)
            error = CancelledError() if future.cancelled() else future.exception()
            if crew.lost(error) and turn.attempts < ATTEMPTS:
                again.append(turn)
                continue
            if crew.lost(error):
                error = RuntimeError(f"its worker died {ATTEMPTS} times")
            _tell(study, turn.trial, error or future.result())
            show(_best(study))


def _tell(study: Any, trial: Any, came: Outcome | BaseException) -> None:
    state = optuna.trial.TrialState
    if isinstance(came, Outcome):
        trial.set_user_attr("epochs", came.epochs)
        trial.set_user_attr("seconds", came.seconds)
        study.tell(trial, *(() if came.pruned else (came.score,)), state=state.PRUNED if came.pruned else None)
    else:
        trial.set_user_attr("reason", str(came) or type(came).__name__)
        study.tell(trial, state=state.FAIL)


def _best(study: Any) -> float | None:
    complete = study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.COMPLETE])
    return min((trial.value for trial in complete), default=None)


@contextmanager
def _temporary() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="microae-") as directory:
        yield Path(directory, "study.journal")


def _place(storage: Any, workers: int, dask: str | None, stack: ExitStack) -> Any:
    """Where the study is kept: a file that several processes can open, if there are several."""
    if storage is not None:
        url = "://" in os.fspath(storage)
        return storage if url else str(file_of(storage))  # the scheduler has another working directory
    return str(stack.enter_context(_temporary())) if workers > 1 and dask is None else None


# --- what is checked before the first trial ----------------------------------------------------------------------


def _trials(trials: int | None) -> int | None:
    return None if trials is None else count("search", "trials", trials)


def _check_names(space: Space, fixed: Mapping[str, Any], task: Task) -> None:
    """Refuse settings that nothing takes, that are given twice, or whose scores could not be compared."""
    ends = [*space.ends(), *fixed.items()]
    models = [given for name, given in ends if name == "model"] or [task.model]
    optimizers = [given for name, given in ends if name == "optimizer"] or [TRAINING["optimizer"]]
    for optimizer in optimizers:
        if optimizer not in OPTIMIZERS:
            raise ValueError(
                f"search: no optimizer is called {optimizer!r}; {did_you_mean(str(optimizer), list(OPTIMIZERS))}"
            )
    schedules = [given for name, given in ends if name == "schedule"]
    known = task.names(models, optimizers, schedules)
    for name in [*space.names, *fixed]:
        if known is not None and name not in known:
            raise ValueError(f"search: no setting is called {name!r}; {did_you_mean(name, known)}")
    missing = [name for name in task.needed(models) if name not in (*space.names, *fixed)]
    if missing:
        raise ValueError(f"search: {missing[0]} must be in the space or fixed, as in fixed={{{missing[0]!r}: ...}}")
    twice = [name for name in space.names if name in fixed]
    if twice:
        raise ValueError(f"search: {twice[0]} is in the space and fixed; give it once")
    if task.score not in ("loss", "mse") and not callable(task.score):
        raise ValueError(
            f"search: score must be 'loss', 'mse' or a function of model, x and target, got {task.score!r}"
        )
    differing = [name for name in CHANGES_THE_LOSS if name in space.names]
    if task.score == "loss" and differing:
        raise ValueError(
            f"search: trials that differ in {differing[0]} have losses that mean different things; compare them by "
            "score='mse' or a function"
        )


def _check_values(space: Space, fixed: Mapping[str, Any], task: Task) -> None:
    """Refuse a choice that fits neither the data nor any of some combinations of the other settings."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for name, given in [*space.ends(), (None, None)]:
        for attempt in range(ATTEMPTS):
            settings = {**space.suggest(study.ask(), fixed, task.applies), **({} if name is None else {name: given})}
            try:
                task.check(settings)
                break
            except (ValueError, TypeError) as error:
                if attempt == ATTEMPTS - 1:
                    what = "" if name is None else f"{name} = {given!r}: "
                    raise type(error)(f"search: {what}{error}") from error


def _written(what: Any) -> str:
    return what if isinstance(what, str) else getattr(what, "__qualname__", repr(what))


def _fingerprint(*arrays: Any) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        if array is not None:
            digest.update(f"{array.shape} {array.dtype}".encode())
            digest.update(np.ascontiguousarray(array).tobytes() if array.dtype != object else repr(array).encode())
    return digest.hexdigest()[:16]
