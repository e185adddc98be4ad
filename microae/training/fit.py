"""``fit``: the training loop over epochs of mini-batches, with a history of the losses."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from microae.arguments import count, positive
from microae.autoencoders.autoencoder import evaluating
from microae.autoencoders.configuration import configuration
from microae.compiler import CompileError, UnsupportedError, compile
from microae.compiler.errors import NotYetError
from microae.core.arrays import Array
from microae.core.errors import same_kind
from microae.core.value import Value
from microae.data import as_table, load
from microae.data.files import check_writable_directory
from microae.data.readers import refuse_masked
from microae.data.tables import CHUNK, Table, open_table
from microae.history import History, Trajectory
from microae.nn.initialisers import Seed
from microae.nn.losses import given_loss
from microae.nn.module import Module
from microae.optim import Optimizer, clip_grad_norm
from microae.optim.registry import given_optimizer
from microae.training.callbacks import given_callbacks
from microae.training.keeping import Keeper, alone, checkpoints
from microae.training.run import Callback, Objective, Run, arguments, methods
from microae.training.samples import InMemory, Samples, Streamed
from microae.training.state import loss_packed

if TYPE_CHECKING:
    from microae.compiler.running import Training

FEW = 500
"""Trainings of fewer updates are not compiled by "auto"."""

RECORDED = 1000
"""A network of at most this many parameters is recorded by default; see ``record`` of :func:`fit`."""


def fit(
    model: Module,
    data: Any,
    optimizer: Optimizer | str,
    *,
    epochs: int,
    batch_size: int,
    seed: Seed = None,
    target: Any = None,
    validation: Any = None,
    loss: Callable[[Any, Any], Any] | str | None = None,
    max_grad_norm: float | None = None,
    progress: bool = True,
    callbacks: Iterable[Callback] | Callback = (),
    history: History | None = None,
    record: bool | int | None = None,
    backend: str = "eager",
    devices: Any = None,
    checkpoint: str | os.PathLike[str] | None = None,
    every: int | None = None,
) -> History:
    """Train a model by mini-batches, in a new random order in each epoch; the last batch may be smaller.

    Parameters
    ----------
    model : Module
        An autoencoder, or any module if ``loss`` is given. It is left in training mode.
    data : array_like (N, features), path, or Table of microae.data.open_table
        The samples to train on, one a row. Of a file that is larger than 32 MiB a part is in memory at a time; its
        samples come in an order that mixes the whole file, though not in that of an array. What is wrong with a
        number in it may be found in the midst of the training.
    optimizer : Optimizer or str
        Of the model's parameters; or a name such as "adam", for one with its usual learning rate.
    epochs, batch_size : int
        The number of passes over the data, and the number of samples in an update (1: the paper's stochastic gradient
        descent, N: batch gradient descent).
    seed : int, numpy.random.Generator or None
        Of the order of the samples; a training that continues a ``history`` goes on with the generator of its start.
    target : array_like (N, ...), optional
        What the outputs should be, by default the data themselves.
    validation : array_like (M, features) or tuple (data, target), optional
        Its loss is measured after each epoch, in evaluation mode.
    loss : callable or str, optional
        ``loss(prediction, target)``, a scalar Value, or a name such as "mse"; by default the model's own
        ``loss(x, target)``, which adds an autoencoder's sparsity penalty.
    max_grad_norm : float, optional
        Before each update scale the gradients of all parameters so that together they are no longer than this; see
        :func:`microae.clip_grad_norm`.
    progress : bool
        Show a progress bar with the loss.
    callbacks : callable, or iterable of callables
        Each is called with the history after each epoch; one that returns True ends the training. It may also have
        the methods ``before_update()`` and ``after_update(loss, samples)``, called around each update with the loss
        before it and the number of samples in the batch, and ``close()``, called when the training ends or is
        interrupted. ``microae.training.callbacks`` has some.
    history : History, optional
        The history of an earlier training to be continued; if the training is interrupted, it holds the epochs until
        then.
    record : bool or int, optional
        Keep the parameters of up to 200 epochs, or of up to this many, with the first and the last, in the history's
        ``trajectory``: for ``history.player()``, ``history.rewind(model)`` and the descent in ``draw_landscape``. By
        default this is done for networks of at most 1000 parameters.
    backend : "eager", "auto", "numpy", "python", "numba" or "jax"
        Whether to compile the step, and what runs it; see :func:`microae.compile`. "auto" compiles where it pays, and
        goes over to ordinary steps where the step cannot be compiled, also in the midst of the training. The orders,
        the noise and the losses are those of the eager training, and so are the gradients of an epoch's last step, for
        callbacks and at the end.
    devices : int or sequence of jax.Device, optional
        For "jax": divide each batch among so many devices, or these; their number must divide ``batch_size``. A
        smaller last batch that it does not divide is computed by one device.
    checkpoint : path, optional
        A directory, made if missing, in which the whole state of the training is kept: at the start, every minute,
        after Ctrl-C, and at the end. :func:`microae.resume` goes on from the last one, bit for bit. Each is a
        safetensors file, written whole; the last two are kept.
    every : int, optional
        How many updates lie between two checkpoints, in place of a minute.

    Returns
    -------
    History
        Losses and seconds of each epoch, and in ``backend`` what ran at last; ``history`` itself if that was given.

    Raises
    ------
    ValueError, TypeError
        Before training, if something does not fit: empty data, a wrong number of features or targets, NaN, a batch
        size below 1, an optimiser of other parameters.
    FileExistsError
        If ``checkpoint`` has those of another training.
    BlockingIOError
        If another training is under way there.
    ImportError
        If ``progress`` is true and tqdm is not installed.
    UnsupportedError
        If the backend has no program for the step, as "python" for float32 or for large networks.
    FloatingPointError
        If the loss or a parameter becomes NaN or infinite; the message says in which epoch and batch.

    Examples
    --------
    >>> import microae as ma
    >>> x = [[0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1]]
    >>> net = ma.Autoencoder([3, 4, 3], seed=0)
    >>> optimizer = ma.SGD(net.parameters(), lr=0.5)
    >>> history = ma.fit(net, x, optimizer, epochs=200, batch_size=1, seed=0, progress=False)
    >>> history.epochs, history.loss[-1] < 0.1 < history.loss[0]
    (200, True)
    """
    epochs, batch_size = count("fit", "epochs", epochs), count("fit", "batch_size", batch_size)
    history = History() if history is None else history
    if not isinstance(history, History):
        raise TypeError(f"fit: history must be the History of an earlier training, as fit returns it, got {history!r}")
    keeper = _keeper(checkpoint, every, history)
    goal, begun = history.epochs + epochs, history.epochs
    history.orders(seed)
    run = prepared(
        model, data, optimizer, goal=goal, epochs=epochs, batch_size=batch_size, target=target, validation=validation,
        loss=loss, max_grad_norm=max_grad_norm, callbacks=callbacks, history=history, backend=backend,
        devices=devices,
    )  # fmt: skip
    if not begun and (_is_small(model) if record is None else record):
        most = {} if record is None or record is True else {"most": max(2, count("fit", "record", record))}
        history.trajectory = Trajectory(model, *run.samples.head(1000), **most)
        history.trajectory.add(0)
    with nullcontext() if keeper is None else _alone(keeper, history):
        return conducted(run, keeper, progress)


def conducted(run: Run, keeper: Keeper | None, progress: bool) -> History:
    """Train to the goal, with checkpoints if there is a keeper; return the history."""
    try:
        if keeper is None:
            run.go(progress)
        else:
            run.keeper = keeper
            run.asked |= {"every": keeper.every, "model": configuration(run.model)}
            with keeper, keeper.first(run):
                run.go(progress)
                keeper.write(run)
    except UnsupportedError as error:
        backend = run.asked["backend"]
        raise UnsupportedError(
            f"fit: backend={backend!r} cannot take this step: {error}; 'auto' takes one that can"
        ) from error
    return run.history


def _keeper(directory: str | os.PathLike[str] | None, every: int | None, history: History) -> Keeper | None:
    if directory is None:
        if every is not None:
            raise ValueError("fit: every= says how often a checkpoint is written; say where, with checkpoint=")
        return None
    if not isinstance(directory, (str, os.PathLike)) or not os.fspath(directory):
        raise TypeError(f"fit: checkpoint must be the path of a directory, got {directory!r}")
    check_writable_directory(directory)
    keeper = Keeper(directory, every)
    _refuse_others(keeper, history)
    return keeper


def _refuse_others(keeper: Keeper, history: History) -> None:
    if not history.epochs and checkpoints(keeper.directory):
        raise FileExistsError(
            f"fit: {keeper.directory} has the checkpoints of another training; microae.resume continues it, "
            "remove them or take another directory for a new one"
        )


@contextmanager
def _alone(keeper: Keeper, history: History) -> Iterator[None]:
    """The directory for this training alone, which may have become another's since it was looked at."""
    keeper.directory.mkdir(parents=True, exist_ok=True)
    with alone(keeper.directory):
        _refuse_others(keeper, history)
        yield


def prepared(
    model: Module,
    data: Any,
    optimizer: Optimizer | str,
    *,
    goal: int,
    epochs: int,
    batch_size: int,
    target: Any,
    validation: Any,
    loss: Any,
    max_grad_norm: float | None,
    callbacks: Iterable[Callback] | Callback,
    history: History,
    backend: str,
    devices: Any = None,
) -> Run:
    """A training of which everything is checked, before its first step; the arguments are those of :func:`fit`.

    ``epochs`` is how many were asked for in the first place, by which a backend is chosen, ``goal`` how many there
    will be in the history, which has the generator of the orders.
    """
    if not isinstance(model, Module):
        raise TypeError(f"fit: the model must be a Module, as ma.Autoencoder([3, 4, 3]), got {model!r}")
    named, optimizer = given_loss("fit", loss), given_optimizer("fit", optimizer, model.parameters())
    objective = _objective(model, named)
    if max_grad_norm is not None:
        max_grad_norm = positive("fit", "max_grad_norm", max_grad_norm)
    samples = _samples("data", data, target, model)
    held_out = None if validation is None else _validation_samples(validation, model)
    for what, part in (("", samples), ("validation: ", held_out)):
        if part is not None:
            _check_loss(what, model, objective, part)
    callbacks = given_callbacks("fit", callbacks)
    if history.epochs and bool(history.validation_loss) != (held_out is not None):
        raise ValueError("fit: a history is continued with validation data if it began with them, else without")
    if devices is not None and backend != "jax":
        raise ValueError(f"fit: devices= is for backend='jax', not {backend!r}")
    rng = history.generator
    step = _step(model, named, optimizer, max_grad_norm)
    training = _compiled(step, samples, batch_size, rng, epochs, backend, devices, callbacks)
    return Run(
        model, objective, optimizer, samples, held_out, history, goal, batch_size, max_grad_norm, callbacks, training,
        asked={
            "loss": loss_packed(named), "epochs": epochs, "max_grad_norm": max_grad_norm, "backend": backend,
            "devices": len(training.devices) if training is not None and training.devices else None,
        },
    )  # fmt: skip


def _compiled(
    train_step: Callable[..., Any],
    samples: Samples,
    batch_size: int,
    rng: np.random.Generator,
    epochs: int,
    backend: str,
    devices: Any,
    callbacks: Sequence[Callback],
) -> Training | None:
    """The training of a compiled step; None for one of ordinary steps."""
    if backend == "eager":
        return None
    looked_at = methods(callbacks, "before_update") or methods(callbacks, "after_update")
    if looked_at and backend != "auto":
        raise ValueError(f"fit: callbacks that look at each update need backend='eager' or 'auto', not {backend!r}")
    if backend == "auto" and (looked_at or epochs * -(-samples.n // batch_size) < FEW):
        return None
    step = compile(train_step, backend=backend, devices=devices)
    tables = arguments(samples.head(batch_size if isinstance(samples, Streamed) else samples.n))
    if backend == "auto":
        try:
            step.trace(*(table[:batch_size] for table in tables))
        except NotYetError:  # the first step will be an ordinary one
            pass
        except CompileError:
            return None
    return step.training(tables, epochs, batch_size, rng, "fit", samples.n)  # type: ignore[no-any-return]


def _step(
    model: Module, loss: Callable[[Any, Any], Any] | None, optimizer: Optimizer, max_grad_norm: float | None
) -> Callable[..., Any]:
    """The training step, for the compiler."""

    def train_step(x: Any, y: Any = None) -> Any:
        optimizer.zero_grad()
        target = x if y is None else y
        of_model: Any = model
        value = of_model.loss(x, target) if loss is None else loss(model(x), target)
        value.backward()
        if max_grad_norm is not None:
            clip_grad_norm(optimizer.parameters, max_grad_norm)
        optimizer.step()
        return value

    return train_step


def _is_small(model: Module) -> bool:
    return sum(p.size for p in model.parameters()) <= RECORDED


# --- what is checked before the first step -----------------------------------------------------------------------


def _objective(model: Module, loss: Callable[[Any, Any], Any] | None) -> Objective:
    if loss is not None:
        return lambda x, y: loss(model(x), y)
    if not hasattr(model, "loss"):
        raise TypeError(f"fit: {type(model).__name__} has no loss of its own; pass one, as loss=ma.mean_squared_error")
    return lambda x, y: model.loss(x, y)


def _samples(what: str, data: Any, target: Any, model: Module) -> Samples:
    """Input and target in the model's dtype; they are the same array where the target is the input."""
    dtype = model.parameters()[0].dtype
    table = _opened(data) if isinstance(data, (str, os.PathLike)) else data
    if isinstance(table, Table) and len(table) > table.fitting(CHUNK):
        return Streamed(table, None if target is None else _target(what, target, len(table), dtype), dtype)
    x = np.concatenate(list(table.chunks())) if isinstance(table, Table) else as_table(table, what)
    x = x.astype(dtype, copy=False)
    return InMemory(x, x if target is None else _target(what, target, len(x), dtype))


def _opened(path: str | os.PathLike[str]) -> Any:
    """A file as a table of which a part is in memory at a time; an archive, whose rows have no places, as an array."""
    return load(path) if os.path.splitext(path)[1].lower() == ".npz" else open_table(path)


def _target(what: str, target: Any, n: int, dtype: Any) -> Array:
    refuse_masked(target, f"the target of {what}")
    y: Array = np.asarray(target)
    if not y.ndim or len(y) != n:
        raise ValueError(f"fit: {what} has {n} samples, its target has shape {y.shape}")
    if y.dtype.kind == "f":
        if not np.isfinite(y).all():
            raise ValueError(f"fit: the target of {what} has NaN or infinity")
        y = y.astype(dtype, copy=False)
    return y


def _validation_samples(validation: Any, model: Module) -> Samples:
    if isinstance(validation, tuple) and len(validation) != 2:
        raise ValueError(f"fit: validation must be data, or a tuple of data and target, got {len(validation)} parts")
    data, target = validation if isinstance(validation, tuple) else (validation, None)
    return _samples("validation", data, target, model)


def _check_loss(what: str, model: Module, objective: Objective, samples: Samples) -> None:
    """Compute the loss of the data once, so that what does not fit raises before a weight is changed.

    Of a file only the first samples are looked at, with all targets; the others are as they are read.
    """
    with evaluating(model), np.errstate(over="ignore", invalid="ignore"):
        for x, y in samples.parts(4096) if isinstance(samples, InMemory) else samples.first(4096):
            try:
                loss = objective(x, y)
            except (ValueError, TypeError) as error:
                raise same_kind(error, f"fit: {what}{error}") from error
            if not isinstance(loss, Value) or loss.ndim:
                raise ValueError(f"fit: the loss must be a scalar Value, got {loss!r}; reduce it, as with .mean()")
