"""Callbacks for ``fit``: functions that it calls after each epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from microae.arguments import count
from microae.history import History
from microae.optim import Optimizer
from microae.optim.schedules import MAKERS, SCHEDULES
from microae.training.run import Callback


def early_stopping(patience: int = 10) -> Callback:
    """A callback that ends a training whose loss has not fallen below its least for some epochs.

    Parameters
    ----------
    patience : int
        How many epochs without a new least loss are borne: of the validation loss if there is one, else of the
        training loss.

    Returns
    -------
    callable
        For ``callbacks`` of ``microae.fit``. The parameters stay those of the last epoch.

    Raises
    ------
    ValueError
        If ``patience`` is no whole number of at least 1.

    Examples
    --------
    >>> import microae as ma
    >>> net = ma.Autoencoder([3, 4, 3], seed=0)
    >>> still = ma.SGD(net.parameters(), lr=0.0)
    >>> options = {"epochs": 50, "batch_size": 1, "seed": 0, "progress": False}
    >>> ma.fit(net, [[0, 0, 1]], still, callbacks=ma.early_stopping(3), **options).epochs
    4
    """
    return EarlyStopping(count("early_stopping", "patience", patience))


class EarlyStopping:
    """What :func:`early_stopping` makes."""

    def __init__(self, patience: int) -> None:
        self.patience = patience

    def __call__(self, history: History) -> bool:
        losses = history.validation_loss or history.loss
        return len(losses) - 1 - losses.index(min(losses)) >= self.patience

    def configuration(self) -> dict[str, Any]:
        return {"kind": "early_stopping", "patience": self.patience}


def rebuilt(configuration: dict[str, Any], optimizer: Optimizer) -> Callback:
    """A callback of the library, as it was when its ``configuration()`` was taken.

    Parameters
    ----------
    configuration : dict
    optimizer : Optimizer
        That of the training.

    Returns
    -------
    callable

    Examples
    --------
    >>> import microae as ma
    >>> from microae.training.callbacks import rebuilt
    >>> optimizer = ma.SGD([ma.Value(1.0)], lr=0.2)
    >>> rebuilt(ma.cosine_decay(optimizer, epochs=2).configuration(), optimizer).start
    0.2
    """
    options = dict(configuration)
    kind = options.pop("kind")
    if kind == "early_stopping":
        return EarlyStopping(**options)
    try:
        return SCHEDULES[kind](optimizer=optimizer, **options)
    except TypeError as error:
        raise ValueError(f"its {kind} was written by another version: {error}") from error


def at_epochs(epochs: Iterable[int], call: Callable[[History], Any]) -> Callback:
    """A callback that calls a function after chosen epochs only.

    Parameters
    ----------
    epochs : iterable of int
        Counted from 1.
    call : callable
        Called with the history; if it returns True, the training ends.

    Returns
    -------
    callable
        For the ``callbacks`` of :func:`fit`.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.training.callbacks import at_epochs
    >>> net = ma.Autoencoder([3, 4, 3], seed=0)
    >>> optimizer = ma.SGD(net.parameters(), lr=0.5)
    >>> seen = []
    >>> note = at_epochs([1, 10], lambda history: seen.append(history.epochs))
    >>> _ = ma.fit(net, [[1, 0, 1]], optimizer, epochs=20, batch_size=1, progress=False, callbacks=[note])
    >>> seen
    [1, 10]
    """
    chosen = frozenset(epochs)
    return lambda history: call(history) if history.epochs in chosen else None


def spread(epochs: int, times: int) -> list[int]:
    """Up to ``times`` epochs, evenly spread over a training, with the first and the last.

    Parameters
    ----------
    epochs : int
        The length of the training.
    times : int
        How many epochs to choose, at most.

    Returns
    -------
    list of int
        Ascending, counted from 1.

    Examples
    --------
    >>> from microae.training.callbacks import spread
    >>> spread(100, 5)
    [1, 25, 50, 75, 100]
    >>> spread(2, 5)
    [1, 2]
    """
    return sorted(set(np.linspace(1, epochs, times).astype(int).tolist()))


def given_callbacks(user: str, callbacks: Any) -> list[Callback]:
    """The callbacks that a user gave, one or several, as a list.

    Raises
    ------
    TypeError
        If one cannot be called with a history: it is a class, or a function that makes a callback; the message says
        what to pass.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.training.callbacks import given_callbacks
    >>> given_callbacks("fit", ma.early_stopping)
    Traceback (most recent call last):
        ...
    TypeError: fit: early_stopping makes a callback; call it, as in callbacks=early_stopping(...)
    """
    one = callable(callbacks) or isinstance(callbacks, str) or not isinstance(callbacks, Iterable)
    given = [callbacks] if one else list(callbacks)
    for callback in given:
        if isinstance(callback, type) or callback in _MAKERS:
            name = callback.__name__
            raise TypeError(f"{user}: {name} makes a callback; call it, as in callbacks={name}(...)")
        if not callable(callback):
            hint = ", such as ma.cosine_decay(optimizer, epochs=...)," if isinstance(callback, str) else ","
            raise TypeError(f"{user}: a callback must be a function of the history{hint} got {callback!r}")
    return given


_MAKERS = (early_stopping, at_epochs, *MAKERS.values())
