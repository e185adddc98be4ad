"""Schedules: how the learning rate changes from epoch to epoch.

Each is a callback of ``fit``: it is called with the ``History`` after an epoch and sets the ``lr`` of its optimiser.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from inspect import signature
from typing import Any

from microae.arguments import count, not_negative, share
from microae.optim.base import Optimizer


class Schedule:
    """Base class: keeps the optimiser and its rate at the start, and counts the epochs.

    Parameters
    ----------
    optimizer : Optimizer
    start : float
        The rate that later ones are fractions of.
    epoch : int
        How many epochs are done. What else a schedule is made of are the arguments and attributes of its class.
    """

    def __init__(self, optimizer: Optimizer, start: float, epoch: int) -> None:
        self.optimizer = optimizer
        self.start = start
        self.epoch = epoch

    def __call__(self, history: Any) -> None:
        self.epoch += 1
        self.optimizer.lr = self.start * self.fraction(history)

    def fraction(self, history: Any) -> float:
        """The fraction of the rate at the start that holds after ``self.epoch`` epochs."""
        raise NotImplementedError

    def configuration(self) -> dict[str, Any]:
        """What the same schedule is made of, as it stands now; JSON can say it."""
        kind = next(name for name, kind in SCHEDULES.items() if kind is type(self))
        return {"kind": kind, **{name: given for name, given in vars(self).items() if name != "optimizer"}}


class _CosineDecay(Schedule):
    def __init__(self, *, epochs: int, **common: Any) -> None:
        super().__init__(**common)
        self.epochs = epochs

    def fraction(self, history: Any) -> float:
        return 0.5 * (1.0 + math.cos(math.pi * min(1.0, self.epoch / self.epochs)))


class _ExponentialDecay(Schedule):
    def __init__(self, *, gamma: float, **common: Any) -> None:
        super().__init__(**common)
        self.gamma = gamma

    def fraction(self, history: Any) -> float:
        return self.gamma**self.epoch


class _StepDecay(Schedule):
    def __init__(self, *, step_size: int, gamma: float, **common: Any) -> None:
        super().__init__(**common)
        self.step_size = step_size
        self.gamma = gamma

    def fraction(self, history: Any) -> float:
        return self.gamma ** (self.epoch // self.step_size)


class _ReduceOnPlateau(Schedule):
    def __init__(
        self,
        *,
        factor: float,
        patience: int,
        least: float | None = None,  # the least loss so far
        waited: int = 0,
        reductions: int = 0,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.factor = factor
        self.patience = patience
        self.least = least
        self.waited = waited
        self.reductions = reductions

    def fraction(self, history: Any) -> float:
        loss = (history.validation_loss or history.loss)[-1]
        if self.least is None or loss < self.least:
            self.least, self.waited = loss, 0
        else:
            self.waited += 1
        if self.waited > self.patience:
            self.waited, self.reductions = 0, self.reductions + 1
        return self.factor**self.reductions


SCHEDULES: dict[str, type[Schedule]] = {
    "cosine_decay": _CosineDecay,
    "exponential_decay": _ExponentialDecay,
    "step_decay": _StepDecay,
    "reduce_on_plateau": _ReduceOnPlateau,
}
"""By the names of the functions that make them."""


def cosine_decay(optimizer: Optimizer, epochs: int) -> Callable[[Any], Any]:
    """A callback that lowers the learning rate from its present value to 0 along half a cosine.

    After its epoch ``e`` the rate is ``lr · (1 + cos(π e / epochs)) / 2`` (Loshchilov and Hutter 2017, SGDR, without
    restarts).

    Parameters
    ----------
    optimizer : Optimizer
        Its ``lr`` is the rate at the start, and is changed.
    epochs : int
        After how many epochs the rate is 0.

    Returns
    -------
    callable
        For the ``callbacks`` of :func:`fit`.

    Raises
    ------
    ValueError, TypeError
        If ``epochs`` is no whole number of at least 1, or no optimiser is given.

    Examples
    --------
    >>> import microae as ma
    >>> w = ma.Value(1.0)
    >>> optimizer = ma.SGD([w], lr=0.2)
    >>> decay = ma.cosine_decay(optimizer, epochs=2)
    >>> decay(ma.History(loss=[1.0]))  # after the first of two epochs
    >>> round(optimizer.lr, 12)
    0.1
    """
    return _made("cosine_decay", optimizer, epochs=count("cosine_decay", "epochs", epochs))


def exponential_decay(optimizer: Optimizer, gamma: float) -> Callable[[Any], Any]:
    """A callback that multiplies the learning rate by ``gamma`` after each epoch, as PyTorch's ``ExponentialLR``.

    Parameters
    ----------
    optimizer : Optimizer
        Its ``lr`` is the rate at the start, and is changed.
    gamma : float
        After its epoch ``e`` the rate is ``lr · gamma**e``.

    Returns
    -------
    callable
        For the ``callbacks`` of :func:`fit`.

    Raises
    ------
    ValueError, TypeError
        If ``gamma`` is negative or infinite, or no optimiser is given.

    Examples
    --------
    >>> import microae as ma
    >>> optimizer = ma.SGD([ma.Value(1.0)], lr=0.2)
    >>> ma.exponential_decay(optimizer, 0.5)(ma.History(loss=[1.0]))  # after the first epoch
    >>> optimizer.lr
    0.1
    """
    return _made("exponential_decay", optimizer, gamma=not_negative("exponential_decay", "gamma", gamma))


def step_decay(optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> Callable[[Any], Any]:
    """A callback that multiplies the learning rate by ``gamma`` every ``step_size`` epochs, as PyTorch's ``StepLR``.

    Parameters
    ----------
    optimizer : Optimizer
        Its ``lr`` is the rate at the start, and is changed.
    step_size : int
        How many epochs have the same rate.
    gamma : float
        After its epoch ``e`` the rate is ``lr · gamma**(e // step_size)``.

    Returns
    -------
    callable
        For the ``callbacks`` of :func:`fit`.

    Raises
    ------
    ValueError, TypeError
        If ``step_size`` is no whole number of at least 1, ``gamma`` negative or infinite, or no optimiser is given.

    Examples
    --------
    >>> import microae as ma
    >>> optimizer = ma.SGD([ma.Value(1.0)], lr=0.2)
    >>> decay = ma.step_decay(optimizer, step_size=2, gamma=0.5)
    >>> decay(ma.History(loss=[1.0])), optimizer.lr
    (None, 0.2)
    >>> decay(ma.History(loss=[1.0, 0.9])), optimizer.lr
    (None, 0.1)
    """
    step_size, gamma = count("step_decay", "step_size", step_size), not_negative("step_decay", "gamma", gamma)
    return _made("step_decay", optimizer, step_size=step_size, gamma=gamma)


def reduce_on_plateau(optimizer: Optimizer, factor: float = 0.1, patience: int = 10) -> Callable[[Any], Any]:
    """A callback that lowers the learning rate when the loss no longer falls, as PyTorch's ``ReduceLROnPlateau``.

    Parameters
    ----------
    optimizer : Optimizer
        Its ``lr`` is the rate at the start, and is changed.
    factor : float
        What the rate is multiplied by, at least 0 and less than 1.
    patience : int
        How many epochs in a row without a new least loss are borne before that: of the validation loss if there is
        one, else of the training loss. Any fall counts.

    Returns
    -------
    callable
        For the ``callbacks`` of :func:`fit`.

    Raises
    ------
    ValueError, TypeError
        If ``patience`` is no whole number of at least 1, ``factor`` is negative or would not lower the rate, or no
        optimiser is given.

    Examples
    --------
    >>> import microae as ma
    >>> optimizer = ma.SGD([ma.Value(1.0)], lr=0.2)
    >>> reduce = ma.reduce_on_plateau(optimizer, factor=0.5, patience=1)
    >>> for epochs in range(1, 4):
    ...     reduce(ma.History(loss=[1.0] * epochs))
    ...     print(optimizer.lr)
    0.2
    0.2
    0.1
    """
    factor = share("reduce_on_plateau", "factor", factor)
    patience = count("reduce_on_plateau", "patience", patience)
    return _made("reduce_on_plateau", optimizer, factor=factor, patience=patience)


def _made(name: str, optimizer: Any, **options: Any) -> Schedule:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"{name}: needs the optimiser whose lr it sets, as {name}(adam, {next(iter(options.values()))}), "
            f"got {optimizer!r}"
        )
    return SCHEDULES[name](optimizer=optimizer, start=optimizer.lr, epoch=0, **options)


MAKERS: dict[str, Callable[..., Schedule]] = {name: globals()[name] for name in SCHEDULES}
"""The functions that make them, by their names."""

CONSTANT = "constant"
"""In place of a schedule's name: the learning rate stays."""


def schedule_options(name: str) -> dict[str, Any]:
    """The options of a schedule besides its optimiser, with their defaults; ``None`` where there is none.

    Examples
    --------
    >>> from microae.optim.schedules import schedule_options
    >>> schedule_options("step_decay")
    {'step_size': None, 'gamma': 0.1}
    """
    _, *options = signature(MAKERS[name]).parameters.values()
    return {p.name: None if p.default is p.empty else p.default for p in options}
