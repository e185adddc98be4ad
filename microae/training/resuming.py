"""``resume``: a training that was stopped goes on from its last checkpoint."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from microae.autoencoders.configuration import build
from microae.history import History
from microae.nn.module import Module
from microae.optim import Optimizer
from microae.training.callbacks import rebuilt
from microae.training.fit import conducted, prepared
from microae.training.keeping import Keeper, alone, read
from microae.training.run import Callback, Run
from microae.training.state import Arrays, Facts, unpacked_generators, unpacked_history, unpacked_optimizer


def resume(
    path: str | os.PathLike[str],
    data: Any,
    *,
    target: Any = None,
    validation: Any = None,
    model: Module | None = None,
    optimizer: Optimizer | None = None,
    loss: Callable[[Any, Any], Any] | None = None,
    callbacks: Iterable[Callback] | Callback | None = None,
    devices: Any = None,
    progress: bool = True,
    every: int | None = None,
) -> tuple[Any, History]:
    """Go on with a training that ``fit(..., checkpoint=path)`` began, to the epochs that were asked for.

    Weights, losses and all that follows are bit for bit those of a training that was never stopped, with the same
    versions of the libraries on the same kind of processor. One that is finished is returned as it is.

    Parameters
    ----------
    path : path
        The directory with the checkpoints; further ones are written there.
    data : array_like (N, features)
        The samples of the training, with ``target`` and ``validation`` as they were given to :func:`fit`.
    target, validation
        As above.
    model : Module, optional
        Needed if it is not of the family, or has parts of one's own: one of the same form.
    optimizer : Optimizer, optional
        Of the parameters of ``model``; needed if it is not registered.
    loss : callable, optional
        Needed if it is not registered.
    callbacks : callable, or iterable of callables, optional
        Those of one's own, in their order; the library's are made anew. An empty list goes on without.
    devices : int or sequence of jax.Device, optional
        Needed if other than the first so many devices were given to :func:`fit`.
    progress : bool
        Show a progress bar.
    every : int, optional
        As in :func:`fit`; by default as it was there.

    Returns
    -------
    model : Module
        ``model``, or a new one.
    history : History
        Of all epochs.

    Raises
    ------
    FileNotFoundError
        If there is no checkpoint.
    ValueError
        If none of them can be read, the data are others, or something of one's own is needed that is not given.
    BlockingIOError
        If the training is still under way, in this process or another.

    Examples
    --------
    >>> import tempfile, microae as ma
    >>> x = [[0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1]]
    >>> options = {"epochs": 20, "batch_size": 1, "seed": 0, "progress": False}
    >>> def stop(history):
    ...     if history.epochs == 7:
    ...         raise KeyboardInterrupt
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     net = ma.Autoencoder([3, 4, 3], seed=0)
    ...     try:
    ...         _ = ma.fit(net, x, "adam", checkpoint=directory, every=5, callbacks=stop, **options)
    ...     except KeyboardInterrupt:
    ...         net, history = ma.resume(directory, x, callbacks=[], progress=False)
    >>> other = ma.Autoencoder([3, 4, 3], seed=0)
    >>> history.loss == ma.fit(other, x, "adam", **options).loss
    True
    """
    with alone(path):
        arrays, facts = read(path)
        try:
            run = _restored(arrays, facts, data, target, validation, model, optimizer, loss, callbacks, devices)
        except (ValueError, KeyError) as error:
            raise ValueError(f"resume: {os.fspath(path)}: {error.args[0]}") from error
        if run.history.epochs < run.goal:
            conducted(run, Keeper(path, facts["asked"]["every"] if every is None else every), progress)
    return run.model, run.history


def _restored(
    arrays: Arrays,
    facts: Facts,
    data: Any,
    target: Any,
    validation: Any,
    model: Module | None,
    optimizer: Optimizer | None,
    loss: Any,
    callbacks: Iterable[Callback] | Callback | None,
    devices: Any,
) -> Run:
    asked = facts["asked"]
    model = _model(model, facts)
    model.load_state_dict({name[6:]: array for name, array in arrays.items() if name.startswith("model.")})
    optimizer = unpacked_optimizer(optimizer, model, arrays, facts)
    history = unpacked_history(model, arrays, facts)
    history.generator = unpacked_generators(model, facts)
    if asked["loss"] == "?" and loss is None:
        raise ValueError("its loss is not registered; pass it, as resume(path, data, loss=...)")
    run = prepared(
        model, data, optimizer, goal=facts["goal"], epochs=asked["epochs"], batch_size=facts["batch_size"],
        target=target, validation=validation, loss=asked["loss"] if loss is None else loss,
        max_grad_norm=asked.get("max_grad_norm"), callbacks=_callbacks(callbacks, facts, optimizer), history=history,
        backend=asked["backend"], devices=asked.get("devices") if devices is None else devices,
    )  # fmt: skip
    _require_same("data", run.samples.fingerprint, facts["data"])
    _require_same("validation", run.validation and run.validation.fingerprint, facts["validation"])
    run.batch, run.total, run.begun = facts["batch"], facts["total"], facts["begun"]
    return run


def _model(model: Module | None, facts: Facts) -> Module:
    if model is not None:
        return model
    if facts["asked"]["model"] is None:
        raise ValueError("its model is not of the family; make one of the same form, as resume(path, data, model=net)")
    try:
        built: Module = build(facts["asked"]["model"])
    except (TypeError, KeyError, IndexError, AttributeError) as error:
        raise ValueError(f"the configuration in it cannot be used; {error}") from error
    return built


def _callbacks(given: Iterable[Callback] | Callback | None, facts: Facts, optimizer: Optimizer) -> list[Callback]:
    """Those of the library, made anew, and between them in their places those that are given."""
    said, own = facts["callbacks"], [one["name"] for one in facts["callbacks"] if one["kind"] is None]
    mine = [given] if callable(given) else None if given is None else list(given)
    if mine is None and own:
        raise ValueError(
            f"callbacks of one's own, {', '.join(own)}, took part; pass them, as resume(path, data, callbacks=[...]), "
            "or [] to go on without"
        )
    waiting = iter(mine or [])
    made = [next(waiting, None) if one["kind"] is None else rebuilt(one, optimizer) for one in said]
    return [callback for callback in made if callback is not None] + list(waiting)


def _require_same(what: str, given: Any, known: Any) -> None:
    if given != known:
        raise ValueError(f"the {what} are not those of the training: {_form(given)} here, {_form(known)} there")


def _form(fingerprint: Any) -> str:
    if fingerprint is None:
        return "none"
    parts = [f"{name} {tuple(said[0])} {said[1]} ({said[2]:08x})" for name, said in fingerprint.items() if said]
    return ", ".join(parts)
