"""The optimisers: each is a row, its state and its update."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np

from microae.arguments import not_negative
from microae.core.value import Value
from microae.operations.kernels import descended
from microae.optim.base import Optimizer, State, zeros_like
from microae.optim.registry import optimizer


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
        At least 0 and below 1.
    weight_decay : float
        Adds ``weight_decay * w`` to each gradient (L2 regularisation).
    nesterov : bool
        Whether the momentum is Nesterov's; it must then be above 0.

    Raises
    ------
    TypeError
        If the parameters are not an iterable of leaf Values.
    ValueError
        If a number is out of range, there are no parameters, or one is given twice.

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

    replayable = True
    state_names = ("momentum_buffer",)
    formulas: ClassVar = {
        "lr * d_W": "η ∂L/∂W",
        "lr * (d_W + N * W)": "η (∂L/∂W + λ W)",
        "lr * v_W": "η v",
        "lr * (d_W + N * v_W)": "η (∂L/∂W + μ v)",
    }

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        if not not_negative("SGD", "momentum", momentum) < 1:
            raise ValueError(f"SGD: momentum must be at least 0 and less than 1, got {momentum!r}")
        if nesterov and not momentum:
            raise ValueError("SGD: nesterov=True needs a momentum above 0")
        self.momentum, self.nesterov = float(momentum), nesterov
        super().__init__(parameters, lr, weight_decay)

    def init_state(self, p: Any) -> State:
        return (zeros_like(p),) if self.momentum else ()

    def update(self, p: Any, g: Any, state: State, lr: Any, step: int) -> tuple[Any, State]:
        if self.weight_decay:
            g = g + self.weight_decay * p
        if self.momentum:
            (velocity,) = state or self.init_state(p)
            velocity = self.momentum * velocity + g
            g, state = (g + self.momentum * velocity if self.nesterov else velocity), (velocity,)
        return descended(p, lr, g), state


@optimizer("adam", lr=0.003)
class Adam(Optimizer):
    """Adam: steps of about the size of ``lr``, whatever the size of the gradients.

    Parameters
    ----------
    parameters : iterable of leaf Values
    lr : float
        The learning rate.
    betas : pair of floats
        Decay of the running means of the gradient and of its square, at least 0 and below 1.
    eps : float
        Added to the root of the latter.
    weight_decay : float
        Adds ``weight_decay * w`` to each gradient (L2 regularisation).

    Raises
    ------
    TypeError
        If the parameters are not an iterable of leaf Values.
    ValueError
        If a number is out of range, there are no parameters, or one is given twice.

    Notes
    -----
    Source: Kingma and Ba (2015).

    Examples
    --------
    >>> import microae as ma
    >>> w = ma.Value([1.0, -200.0])
    >>> optimizer = ma.Adam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    Value([   0.9, -199.9])
    """

    replayable = True
    state_names = ("exp_avg", "exp_avg_sq")
    _text = "(lr / (N - N ** step)) * v_W / (np.sqrt(s_W) / ((N - N ** step) ** N) + N)"
    formulas: ClassVar = {_text: "η v̂ / (√ŝ + ε), v̂ = v/(1 − β₁ᵗ), ŝ = s/(1 − β₂ᵗ)"}

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        try:
            valid = len(betas) == 2 and all(0 <= beta < 1 for beta in betas)
        except TypeError:
            valid = False
        if not valid:
            raise ValueError(f"{type(self).__name__}: betas must be two numbers from 0 to below 1, got {betas!r}")
        self.betas, self.eps = tuple(betas), not_negative(type(self).__name__, "eps", eps)
        super().__init__(parameters, lr, weight_decay)

    def init_state(self, p: Any) -> State:
        return zeros_like(p), zeros_like(p)

    def update(self, p: Any, g: Any, state: State, lr: Any, step: int) -> tuple[Any, State]:
        if self.weight_decay:
            g = g + self.weight_decay * p
        return self._adam_update(p, g, state, lr, step)

    def _adam_update(self, p: Any, g: Any, state: State, lr: Any, step: int) -> tuple[Any, State]:
        (b1, b2), (m, v) = self.betas, state
        m = b1 * m + (1.0 - b1) * g
        v = b2 * v + (1.0 - b2) * (g * g)
        rate = lr / (1.0 - b1**step)
        return p - rate * m / (np.sqrt(v) / (1.0 - b2**step) ** 0.5 + self.eps), (m, v)


@optimizer("adamw", lr=0.003)
class AdamW(Adam):
    """Adam with decoupled weight decay: ``lr * weight_decay * w`` is subtracted beside Adam's step.

    Parameters
    ----------
    parameters : iterable of leaf Values
    lr : float
        The learning rate.
    betas : pair of floats
        Decay of the running means of the gradient and of its square, at least 0 and below 1.
    eps : float
        Added to the root of the latter.
    weight_decay : float
        How fast the weights decay, in units of ``lr``.

    Raises
    ------
    TypeError
        If the parameters are not an iterable of leaf Values.
    ValueError
        If a number is out of range, there are no parameters, or one is given twice.

    Notes
    -----
    Source: Loshchilov and Hutter (2019).

    Examples
    --------
    >>> import microae as ma
    >>> w = ma.Value([1.0, -200.0])
    >>> optimizer = ma.AdamW([w], lr=0.1, weight_decay=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    Value([   0.85, -189.9 ])
    """

    replayable = True
    formulas: ClassVar = {f"(lr * N) * W - {text}": f"η λ W − {formula}" for text, formula in Adam.formulas.items()}

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def update(self, p: Any, g: Any, state: State, lr: Any, step: int) -> tuple[Any, State]:
        if self.weight_decay:
            p = p - (lr * self.weight_decay) * p
        return self._adam_update(p, g, state, lr, step)
