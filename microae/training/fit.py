"""``fit``: the training loop over epochs of mini-batches, with a history of the losses."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from microae.arguments import count
from microae.autoencoders.autoencoder import evaluating
from microae.compiler import CompileError, compile
from microae.core.arrays import Array
from microae.core.context import no_grad
from microae.core.value import Value
from microae.data import as_table
from microae.data.readers import refuse_masked
from microae.history import History, Trajectory, diverged
from microae.nn.initialisers import Seed
from microae.nn.losses import given_loss
from microae.nn.module import Module
from microae.optim import Optimizer, given_optimizer
from microae.progress import blocks, epochs_bar

if TYPE_CHECKING:
    from microae.compiler.running import Training

Pair = tuple[Array, Array]
Objective = Callable[[Array, Array], Any]
Callback = Callable[[History], Any]
"""A function that is called with the history after each epoch; see ``callbacks`` of :func:`fit`."""

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
    progress: bool = True,
    callbacks: Iterable[Callback] | Callback = (),
    history: History | None = None,
    record: bool | int | None = None,
    backend: str = "eager",
    devices: Any = None,
) -> History:
    """Train a model by mini-batches, in a new random order in each epoch; the last batch may be smaller.

    Parameters
    ----------
    model : Module
        An autoencoder, or any module if ``loss`` is given. It is left in training mode.
    data : array_like (N, features)
        The samples to train on, one a row.
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
        Whether to compile the step, and what runs it; see :func:`microae.compile`. "auto" compiles where it pays. The
        orders, the noise and the losses are those of the eager training.
    devices : int or sequence of jax.Device, optional
        For "jax": divide each batch among so many devices, or these; their number must divide ``batch_size``. A
        smaller last batch that it does not divide is computed by one device.

    Returns
    -------
    History
        Losses and seconds of each epoch, and in ``backend`` what ran; ``history`` itself if that was given.

    Raises
    ------
    ValueError, TypeError
        Before training, if something does not fit: empty data, a wrong number of features or targets, NaN, a batch
        size below 1, an optimiser of other parameters.
    ImportError
        If ``progress`` is true and tqdm is not installed.
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
    if not isinstance(model, Module):
        raise TypeError(f"fit: the model must be a Module, as ma.Autoencoder([3, 4, 3]), got {model!r}")
    loss, optimizer = given_loss("fit", loss), given_optimizer("fit", optimizer, model.parameters())
    objective = _objective(model, loss)
    pair = _pair("data", data, target, model)
    held_out = None if validation is None else _validation_pair(validation, model)
    for part in (pair, held_out):
        if part is not None:
            _check_loss(model, objective, part)
    callbacks = [callbacks] if callable(callbacks) else list(callbacks)
    history = History() if history is None else history
    rng = history.orders(seed)
    if history.epochs and bool(history.validation_loss) != (held_out is not None):
        raise ValueError("fit: a history is continued with validation data if it began with them, else without")
    if not history.epochs and (_is_small(model) if record is None else record):
        most = {} if record is None or record is True else {"most": max(2, count("fit", "record", record))}
        history.trajectory = Trajectory(model, *pair, **most)
        history.trajectory.add(0)
    if devices is not None and backend != "jax":
        raise ValueError(f"fit: devices= is for backend='jax', not {backend!r}")
    training = _compiled(model, loss, pair, optimizer, batch_size, rng, epochs, backend, devices, callbacks)
    watched = training is None or callbacks or held_out is not None or history.trajectory is not None
    with epochs_bar(epochs, progress) as show, _closing(callbacks):
        for block in blocks(epochs, 1 if watched else epochs):
            model.train()
            if training is None:
                start = time.perf_counter()
                mean = _epoch(objective, pair, optimizer, batch_size, rng, history.epochs + 1, callbacks)
                history.add([mean], time.perf_counter() - start)
            else:
                training.train(block, history, same=not watched)
            history.validation_loss += [] if held_out is None else [_measured(model, objective, held_out)]
            if history.trajectory is not None:
                history.trajectory.add(history.epochs)
            show(history.loss[-1], block)
            said = [callback(history) for callback in callbacks]  # a list: each of them is called
            if any(isinstance(answer, (bool, np.bool_)) and answer for answer in said):
                break
    return history


def _compiled(
    model: Module,
    loss: Callable[[Any, Any], Any] | None,
    pair: Pair,
    optimizer: Optimizer,
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
    if _methods(callbacks, "before_update") or _methods(callbacks, "after_update"):
        raise ValueError(f"fit: callbacks that look at each update need backend='eager', not {backend!r}")
    if backend == "auto" and epochs * -(-len(pair[0]) // batch_size) < FEW:
        return None
    tables = pair[:1] if pair[0] is pair[1] else pair
    step = compile(_step(model, loss, optimizer), backend=backend, devices=devices)
    if backend == "auto":
        try:
            step.trace(*(table[:batch_size] for table in tables))
        except CompileError:
            return None
    return step.training(tables, epochs, batch_size, rng, "fit")  # type: ignore[no-any-return]


def _step(model: Module, loss: Callable[[Any, Any], Any] | None, optimizer: Optimizer) -> Callable[..., Any]:
    """The training step, for the compiler."""

    def train_step(x: Any, y: Any = None) -> Any:
        optimizer.zero_grad()
        target = x if y is None else y
        of_model: Any = model
        value = of_model.loss(x, target) if loss is None else loss(model(x), target)
        value.backward()
        optimizer.step()
        return value

    return train_step


def _is_small(model: Module) -> bool:
    return sum(p.size for p in model.parameters()) <= RECORDED


@contextmanager
def _closing(callbacks: Iterable[Callback]) -> Iterator[None]:
    try:
        yield
    finally:
        for close in _methods(callbacks, "close"):
            close()


def _methods(callbacks: Iterable[Callback], name: str) -> list[Callable[..., Any]]:
    """The methods of that name, of the callbacks that have one."""
    return [getattr(callback, name) for callback in callbacks if hasattr(callback, name)]


# --- what is checked before the first step -----------------------------------------------------------------------


def _objective(model: Module, loss: Callable[[Any, Any], Any] | None) -> Objective:
    if loss is not None:
        return lambda x, y: loss(model(x), y)
    if not hasattr(model, "loss"):
        raise TypeError(f"fit: {type(model).__name__} has no loss of its own; pass one, as loss=ma.mean_squared_error")
    return lambda x, y: model.loss(x, y)


def _pair(what: str, data: Any, target: Any, model: Module) -> Pair:
    """Input and target in the model's dtype; they are the same array where the target is the input."""
    dtype = model.parameters()[0].dtype
    x = as_table(data, what).astype(dtype, copy=False)
    if target is None:
        return x, x
    refuse_masked(target, f"the target of {what}")
    y = np.asarray(target)
    if not y.ndim or len(y) != len(x):
        raise ValueError(f"fit: {what} has {len(x)} samples, its target has shape {y.shape}")
    if y.dtype.kind == "f":
        if not np.isfinite(y).all():
            raise ValueError(f"fit: the target of {what} has NaN or infinity")
        y = y.astype(dtype, copy=False)
    return x, y


def _validation_pair(validation: Any, model: Module) -> Pair:
    data, target = validation if isinstance(validation, tuple) else (validation, None)
    return _pair("validation", data, target, model)


def _check_loss(model: Module, objective: Objective, pair: Pair) -> None:
    """Compute the loss of all the data once, so that what does not fit raises before a weight is changed."""
    with evaluating(model), no_grad():
        one = objective(*_batch(pair, np.arange(1)))
    if not isinstance(one, Value) or one.ndim:
        raise ValueError(f"fit: the loss must be a scalar Value, got {one!r}; reduce it, as with .mean()")
    _measured(model, objective, pair)


# --- the loop ----------------------------------------------------------------------------------------------------


def _epoch(
    objective: Objective,
    pair: Pair,
    optimizer: Optimizer,
    batch_size: int,
    rng: np.random.Generator,
    number: int,
    callbacks: Iterable[Callback],
) -> float:
    """Train on every sample once, in a new random order; return the mean loss."""
    order, total = rng.permutation(len(pair[0])), 0.0
    before, after = _methods(callbacks, "before_update"), _methods(callbacks, "after_update")
    with np.errstate(over="ignore", invalid="ignore"):  # infinities and NaN raise below
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            for call in before:
                call()
            optimizer.zero_grad()
            loss = objective(*_batch(pair, chosen))
            value = loss.item()
            if not math.isfinite(value):
                raise FloatingPointError(
                    diverged("fit", f"the loss is {value}", number - 1, start // batch_size, [optimizer.lr])
                )
            loss.backward()
            optimizer.step()
            for call in after:
                call(value, len(chosen))
            total += value * len(chosen)
    if not all(np.isfinite(p.data).all() for p in optimizer.parameters):
        last = -(-len(order) // batch_size) - 1
        raise FloatingPointError(diverged("fit", "a parameter is NaN or infinite", number - 1, last, [optimizer.lr]))
    return total / len(order)


def _batch(pair: Pair, chosen: Any) -> Pair:
    """The chosen samples, read-only, so that the graph does not copy them."""
    x, y = pair
    part = x[chosen]
    part.flags.writeable = False
    if y is x:
        return part, part
    target = y[chosen]
    target.flags.writeable = False
    return part, target


def _measured(model: Module, objective: Objective, pair: Pair, chunk: int = 4096) -> float:
    """The loss of data in evaluation mode: no noise, no dropout."""
    total, n = 0.0, len(pair[0])
    # Not in no_grad(): binary cross-entropy reads the sigmoid's input from the graph, which keeps it finite.
    with evaluating(model), np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, n, chunk):
            chosen = np.arange(start, min(start + chunk, n))
            total += objective(*_batch(pair, chosen)).item() * len(chosen)
    return total / n
