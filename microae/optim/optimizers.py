"""Optimisers: how parameters follow their gradients.

An update is written once, in operators. On plain arrays it is the fast path; while a step is being recorded the same
lines run on Values in the stage "update", so that the update is part of the graph. Either way a parameter is rebound
to its new data, never changed in place, so that graphs made before stay true.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy import ndarray, subtract

from microae.core.arrays import FLOAT32, FLOAT64
from microae.core.context import Recorder, Update, at, current, rebound
from microae.core.errors import not_negative
from microae.core.value import Value


class Optimizer:
    """Base class: keeps the parameters, clears their gradients, applies ``update`` to each."""

    usual_lr: ClassVar[float]
    """The learning rate that ``microae train`` takes when none is said; of the registered optimisers."""

    def __init__(self, parameters: Iterable[Value], lr: float, weight_decay: float = 0.0) -> None:
        name = type(self).__name__
        if isinstance(parameters, Value) or not isinstance(parameters, Iterable):
            raise TypeError(f"{name}: the parameters must be a list of Values, such as [w] or net.parameters()")
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError(f"{name}: there are no parameters to optimise")
        for i, p in enumerate(self.parameters):
            if not isinstance(p, Value) or p.operation is not None:
                raise TypeError(f"{name}: parameter {i} must be a leaf Value, got {p!r}")
        if len(set(self.parameters)) != len(self.parameters):
            raise ValueError(f"{name}: a parameter is given twice; it would be updated twice in each step")
        self.lr = lr
        self.weight_decay = not_negative(name, "weight_decay", weight_decay)
        self.state: list[Any] = [None] * len(self.parameters)

    @property
    def lr(self) -> float:
        """The learning rate; may be set between steps."""
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        self._lr = not_negative(type(self).__name__, "lr", lr)
        # By dtype, and as arrays, which NumPy takes quicker than a Python number.
        with np.errstate(over="ignore"):
            self._rates = {dtype: np.array(self._lr, dtype) for dtype in (FLOAT64, FLOAT32)}

    def zero_grad(self) -> None:
        """Set every parameter's ``grad`` to ``None``."""
        for p in self.parameters:
            p._grad = None

    def step(self) -> None:
        """Move every parameter that has a gradient."""
        recorder = current().recorder
        if recorder is not None:
            then = [
                (i, p._data, p._grad.copy(), self.state[i])
                for i, p in enumerate(self.parameters)
                if p._grad is not None
            ]
            if type(self).update.__module__ != __name__:  # someone else's update may not bear to be run twice
                self._recorded_step(then, recorder.settle(), True)
                return
            recorder.note(partial(type(self)._recorded_step, copy.copy(self), then))
        state, update = self.state, self.update
        for i, p in enumerate(self.parameters):
            if p._grad is not None:
                p._data, state[i] = update(p._data, p._grad, state[i])

    def _recorded_step(self, then: list[tuple[int, Any, Any, Any]], recorder: Recorder, moves: bool = False) -> None:
        """The updates, recorded, of parameters with the data, ``grad`` and state that they had ``then``."""
        for i, data, grad, state in then:
            p = self.parameters[i]
            with rebound({p: data}), at("update", owner=type(self).__name__):
                g = recorder.gradient(p, grad)
                new, state = self.update(p, g, state if moves else _tracked(state))
            new.label = f"{p.label}′" if p.label else None
            recorder.updates[p] = Update(self, data, g, new, state)
            if moves:
                p._data, self.state[i] = new._data, _detached(state)

    def update(self, p: Any, g: Any, state: Any) -> tuple[Any, Any]:
        """The new data and state of a parameter, from its data, its gradient and its state (``None`` at first)."""
        raise NotImplementedError


def _own(g: Any) -> Any:
    """A gradient to keep, whatever becomes of ``grad``: ``p.grad[:] = 0`` must not clear the momentum."""
    return g.copy() if isinstance(g, np.ndarray) else g


def _tracked(state: Any) -> Any:
    """A state as leaves of the recorded graph, which then shows what becomes of it."""
    if isinstance(state, tuple):
        return tuple(map(_tracked, state))
    return Value(state) if isinstance(state, (np.ndarray, np.floating)) else state


def _detached(state: Any) -> Any:
    if isinstance(state, tuple):
        return tuple(map(_detached, state))
    return state._data if isinstance(state, Value) else state


OPTIMIZERS: dict[str, type[Optimizer]] = {}
"""Every registered optimiser by the name that ``microae train --optimizer`` takes."""

Kind = TypeVar("Kind", bound=type[Optimizer])


def optimizer(name: str, *, lr: float) -> Callable[[Kind], Kind]:
    """A decorator that registers an optimiser.

    Parameters
    ----------
    name : str
        What ``microae train --optimizer`` takes.
    lr : float
        The learning rate that ``microae train`` takes when none is said; kept as the class attribute ``usual_lr``.

    Raises
    ------
    ValueError
        If the name is taken.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.optim import OPTIMIZERS, Optimizer, optimizer
    >>> @optimizer("signs", lr=0.001)
    ... class Signs(Optimizer):
    ...     def update(self, p, g, state):
    ...         return p - self.lr * np.sign(g), state
    >>> OPTIMIZERS["signs"].usual_lr
    0.001
    >>> del OPTIMIZERS["signs"]
    """
    if name in OPTIMIZERS:
        raise ValueError(f"an optimiser {name!r} is registered already: {OPTIMIZERS[name].__name__}")

    def register(kind: Kind) -> Kind:
        kind.usual_lr = lr
        OPTIMIZERS[name] = kind
        return kind

    return register


@optimizer("sgd", lr=1.0)
class SGD(Optimizer):
    """Gradient descent, ``w - lr * g``, with optional momentum, Nesterov momentum and weight decay.

    The paper's update ``W - η ∇W``; with one sample a step its stochastic gradient descent. Momentum as in PyTorch:
    ``v = momentum * v + g``, then ``w - lr * v``, or ``w - lr * (g + momentum * v)`` for Nesterov's.

    Parameters
    ----------
    parameters : iterable of leaf Values
    lr : float
        The learning rate, the paper's η.
    momentum : float
        Between 0 and 1.
    weight_decay : float
        Adds ``weight_decay * w`` to each gradient (L2 regularisation).
    nesterov : bool
        Needs momentum.

    Examples
    --------
    >>> import microae as ma
    >>> w = ma.Value([1.0, -2.0])
    >>> optimizer = ma.SGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    Value([ 0.8, -1.6])
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        if not not_negative("SGD", "momentum", momentum) < 1:
            raise ValueError(f"SGD: momentum must be at least 0 and less than 1, got {momentum!r}")
        if nesterov and not momentum:
            raise ValueError("SGD: nesterov=True needs a momentum above 0")
        self.momentum, self.nesterov = float(momentum), nesterov

    def update(self, p: Any, g: Any, state: Any) -> tuple[Any, Any]:
        if self.weight_decay:
            g = g + self.weight_decay * p
        if self.momentum:
            state = _own(g) if state is None else self.momentum * state + g
            g = g + self.momentum * state if self.nesterov else state
        if type(p) is not ndarray:
            return p - self._lr * g, state
        by = self._rates[p.dtype] * g
        return subtract(p, by, by), state  # in memory of our own: large arrays are slow to allocate


@optimizer("adam", lr=0.003)
class Adam(Optimizer):
    """Adam (Kingma and Ba 2015); ``weight_decay`` is added to the gradient.

    Parameters
    ----------
    parameters : iterable of leaf Values
    lr : float
    betas : pair of floats
        Decay of the running means of the gradient and of its square.
    eps : float
        Added to the root of the latter.
    weight_decay : float
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        try:
            fitting = len(betas) == 2 and all(0 <= beta < 1 for beta in betas)
        except TypeError:
            fitting = False
        if not fitting:
            raise ValueError(f"{type(self).__name__}: betas must be two numbers from 0 to below 1, got {betas!r}")
        self.betas, self.eps = tuple(betas), not_negative(type(self).__name__, "eps", eps)

    def update(self, p: Any, g: Any, state: Any) -> tuple[Any, Any]:
        if self.weight_decay:
            g = g + self.weight_decay * p
        return self._moved(p, g, state)

    def _moved(self, p: Any, g: Any, state: Any) -> tuple[Any, Any]:
        b1, b2 = self.betas
        m, v, t = state or (0.0, 0.0, 0)
        t += 1
        m = b1 * m + (1.0 - b1) * g
        v = b2 * v + (1.0 - b2) * (g * g)
        rate = self.lr / (1.0 - b1**t)
        return p - rate * m / (np.sqrt(v) / math.sqrt(1.0 - b2**t) + self.eps), (m, v, t)


@optimizer("adamw", lr=0.003)
class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019): ``w - lr * weight_decay * w`` beside the step."""

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def update(self, p: Any, g: Any, state: Any) -> tuple[Any, Any]:
        if self.weight_decay:
            return self._moved(p - (self.lr * self.weight_decay) * p, g, state)
        return self._moved(p, g, state)
