"""Who runs the trials: this process, processes of this machine, or the workers of a Dask cluster.

Each is a :class:`Crew`. A trial that was under way when its worker died is run again, under its own number.
"""

from __future__ import annotations

import pickle
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from microae.extras import needed
from microae.searching.space import optuna
from microae.searching.storage import NAME, open_storage, quietly
from microae.searching.task import TRAINING, Outcome, Task
from microae.training.callbacks import spread

ASKED = 20
"""At how many epochs of a trial, at most, the pruner is asked: it reads all trials that are done."""

LOOK = 1.0
"""Seconds between two looks at whether the search was stopped, or has new workers."""

CONNECTING = 10.0
"""Seconds to wait for a scheduler and its first worker."""

Settings = Mapping[str, Any]


class Crew(Protocol):
    """Workers that take one trial each."""

    @property
    def slots(self) -> int:
        """How many trials they can train at a time."""

    def trial(self, trial_id: int, settings: Settings) -> Future[Outcome]:
        """Begin to train a trial."""

    def lost(self, error: BaseException | None) -> bool:
        """Whether a trial ended because its worker did."""

    def close(self) -> None:
        """End what is under way."""


def train(
    task: Task, study: Any, trial_id: int, settings: Settings, stopped: Callable[[], bool] = lambda: False
) -> Outcome:
    """Train one trial of a study and report its score after each epoch.

    What a worker that died has reported is not reported again: the trial is the same.
    """
    with quietly():
        trial = optuna.trial.Trial(study, trial_id)
    reported = set(study._storage.get_trial(trial_id).intermediate_values)
    epochs = settings.get("epochs", TRAINING["epochs"])
    asked, looked = frozenset(spread(epochs, ASKED)), time.monotonic()

    def report(epoch: int, score: float) -> bool:
        nonlocal looked
        if time.monotonic() - looked > LOOK:
            looked = time.monotonic()
            if stopped():
                raise CancelledError
        if epoch not in reported:
            trial.report(score, epoch)
        return epoch in asked and trial.should_prune()

    return task.run(settings, report)[2]


class Here:
    """This process, which trains a trial as soon as it is given one."""

    slots = 1

    def __init__(self, task: Task, study: Any) -> None:
        self._task, self._study = task, study

    def trial(self, trial_id: int, settings: Settings) -> Future[Outcome]:
        done: Future[Outcome] = Future()
        try:
            with interruptible():
                done.set_result(train(self._task, self._study, trial_id, settings))
        except Exception as error:
            done.set_exception(error)
        return done

    def lost(self, error: BaseException | None) -> bool:  # noqa: ARG002
        return False

    def close(self) -> None:
        pass


class Processes:
    """New processes of this machine, which share its processors and open the study's storage themselves.

    Raises
    ------
    ValueError
        If the task cannot be sent to another process.
    """

    def __init__(self, task: Task, place: Any, pruner: Any, workers: int) -> None:
        try:
            pickle.dumps((task, pruner))
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise ValueError(
                "search: workers are new processes, which model and score must reach by pickle, so they must be "
                f"functions or classes of a module: {error}"
            ) from error
        self.slots = workers
        self._begin = (task, place, pruner, workers)
        self._before = set(_children())
        self._pool = self._new()

    def _new(self) -> ProcessPoolExecutor:
        from multiprocessing import get_context

        return ProcessPoolExecutor(self.slots, get_context("spawn"), _begin, self._begin)

    def trial(self, trial_id: int, settings: Settings) -> Future[Outcome]:
        with _interrupted_later():
            try:
                return self._pool.submit(_train_here, trial_id, settings)
            except BrokenExecutor:
                self._pool = self._new()
                return self._pool.submit(_train_here, trial_id, settings)

    def lost(self, error: BaseException | None) -> bool:
        return isinstance(error, BrokenExecutor)

    def close(self) -> None:
        for child in set(_children()) - self._before:
            child.kill()  # the storage loses nothing: the trial is begun again when the search goes on
        self._pool.shutdown(cancel_futures=True)


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise Ctrl-C as such: optuna's lock of a journal file, interrupted, raises an error of its own in its place."""
    try:
        yield
    except Exception as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, KeyboardInterrupt):
                raise cause from None
            cause = cause.__context__
        raise


@contextmanager
def _interrupted_later() -> Iterator[None]:
    """Hold Ctrl-C back in this block; processes that are made in it never take notice of it, for their parent does."""
    if not hasattr(signal, "pthread_sigmask") or threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: came.append(number))  # another thread may take the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which a new process inherits
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGINT, handler or signal.SIG_DFL)
        if came:
            signal.raise_signal(signal.SIGINT)


def _children() -> list[Any]:
    from multiprocessing import active_children

    return active_children()


_HERE: list[Any] = []
"""In a worker process: the task and the study."""


def _begin(task: Task, place: Any, pruner: Any, workers: int) -> None:
    """What a worker process does first: open the study, leave room to the others, and end when its parent does."""
    import os
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which ends this process
    parent = parent_process()

    def end() -> None:
        wait([parent.sentinel] if parent is not None else [])
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()
    with suppress(ModuleNotFoundError):
        from threadpoolctl import threadpool_limits

        threadpool_limits(max(1, (os.cpu_count() or 1) // workers))
    with quietly():
        study = optuna.load_study(study_name=NAME, storage=open_storage(place), pruner=pruner)
    _HERE[:] = task, study


def _train_here(trial_id: int, settings: Settings) -> Outcome:
    task, study = _HERE
    return train(task, study, trial_id, settings)


class Cluster:
    """The workers of a Dask cluster, each of their threads; whoever joins later takes trials too.

    The study is kept by the scheduler (optuna's ``DaskStorage``); the task is sent to each worker once.
    """

    def __init__(self, task: Task, client: Any, storage: Any, pruner: Any) -> None:
        self._task, self._client = task, client
        self._said = (storage.name, pruner, f"{storage.name}-stopped")
        self._pool = client.get_executor(pure=False)
        self._scatter()

    def _scatter(self) -> None:
        self._sent = self._client.scatter(self._task, broadcast=True)

    @property
    def slots(self) -> int:
        return sum(self._client.nthreads().values())

    def trial(self, trial_id: int, settings: Settings) -> Future[Outcome]:
        future: Future[Outcome] = self._pool.submit(_train_there, self._sent, *self._said, trial_id, dict(settings))
        return future

    def lost(self, error: BaseException | None) -> bool:
        from distributed import KilledWorker

        gone = isinstance(error, (CancelledError, KilledWorker))
        if gone:
            self._scatter()  # it may be the task that went with the last worker that had it
        return gone

    def close(self) -> None:
        from distributed import Event

        Event(self._said[2], client=self._client).set()
        self._pool.shutdown(wait=False)


def connected(address: str) -> Any:
    """A client of the Dask scheduler at an address such as "tcp://127.0.0.1:8786".

    Raises
    ------
    ConnectionError
        If there is none, the address is none, or it has no worker.
    """
    with needed("distributed", "a search on a Dask cluster", "'microae[dask]'"):
        from distributed import Client
        from distributed.comm.addressing import get_address_host_port

    try:
        if not address.startswith("inproc:"):
            get_address_host_port(address)  # a client of none would end with a traceback, much later
        client = Client(address, timeout=CONNECTING, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise ConnectionError(f"no Dask scheduler answers at {address}: {error}") from error
    try:
        client.wait_for_workers(1, timeout=CONNECTING)
    except TimeoutError as error:
        client.close()
        raise ConnectionError(
            f"the Dask scheduler at {address} has no worker; start one: dask worker {address}"
        ) from error
    return client


def scheduler_storage(client: Any, place: Any) -> Any:
    """optuna's storage on a scheduler, which opens the place itself.

    Raises
    ------
    ValueError
        If it cannot.
    """
    with needed("optuna_integration", "a search on a Dask cluster", "'microae[dask]'"):
        from optuna_integration import DaskStorage

    try:
        inner = client.run_on_scheduler(open_storage, place)
        return DaskStorage(inner, name=f"microae-{uuid.uuid4().hex}", client=client)
    except (OSError, ValueError) as error:
        raise ValueError(f"the scheduler cannot open the study's storage: {error}") from error


def _train_there(task: Task, storage_name: str, pruner: Any, event: str, trial_id: int, settings: Settings) -> Outcome:
    from distributed import Event, get_client
    from optuna_integration import DaskStorage

    with quietly():
        storage = DaskStorage(name=storage_name, register=False)
        study = optuna.load_study(study_name=NAME, storage=storage, pruner=pruner)
    stop = Event(event, client=get_client())
    return train(task, study, trial_id, settings, stop.is_set)
