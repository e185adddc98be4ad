"""The registry of optimisers: what each is called, and which one a user means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from microae.arguments import by_name
from microae.core.value import Value
from microae.optim.base import Optimizer

OPTIMIZERS: dict[str, type[Optimizer]] = {}
"""Every registered optimiser by the name that ``microae train --optimizer`` takes."""

OptimizerClass = TypeVar("OptimizerClass", bound=type[Optimizer])


def optimizer(name: str, *, lr: float) -> Callable[[OptimizerClass], OptimizerClass]:
    """A decorator that registers an optimiser.

    Parameters
    ----------
    name : str
        What ``microae train --optimizer`` takes.
    lr : float
        The learning rate that ``microae train`` takes by default; kept as the class attribute ``usual_lr``.

    Returns
    -------
    callable
        The decorator.

    Raises
    ------
    ValueError
        If the name is registered already.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.optim import OPTIMIZERS, Optimizer, optimizer
    >>> @optimizer("signs", lr=0.001)
    ... class Signs(Optimizer):
    ...     def update(self, p, g, state, lr, step):
    ...         return p - lr * np.sign(g), state
    >>> OPTIMIZERS["signs"].usual_lr
    0.001
    >>> del OPTIMIZERS["signs"]
    """
    if name in OPTIMIZERS:
        raise ValueError(f"an optimiser {name!r} is registered already: {OPTIMIZERS[name].__name__}")

    def register(optimizer_class: OptimizerClass) -> OptimizerClass:
        optimizer_class.usual_lr = lr
        OPTIMIZERS[name] = optimizer_class
        return optimizer_class

    return register


def given_optimizer(user: str, optimizer: Any, parameters: Sequence[Value]) -> Optimizer:
    """The optimiser that a user gave, or a new one of the name that was given in any case, of a model's parameters.

    Raises
    ------
    ValueError
        If no optimiser has that name, or the one that was given holds none of the parameters.
    TypeError
        If it is something else; all say what to pass.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.optim.registry import given_optimizer
    >>> given_optimizer("fit", "adam", [ma.Value([1.0, 2.0])]).lr
    0.003
    """
    if isinstance(optimizer, str):
        kind = by_name(OPTIMIZERS, optimizer)
        if kind is None:
            known = ", ".join(map(repr, OPTIMIZERS))
            raise ValueError(f"{user}: no optimiser is called {optimizer!r}; there are {known}")
        return kind(parameters, lr=kind.usual_lr)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{user}: needs an optimiser, as ma.Adam(net.parameters(), lr=0.003), got {optimizer!r}")
    if not set(optimizer.parameters) & set(parameters):
        raise ValueError(f"{user}: the optimiser holds none of the model's parameters; make it with model.parameters()")
    return optimizer
