"""Clipping gradients between ``loss.backward()`` and ``optimizer.step()``, against steps that are far too long."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from microae.core.arrays import Traced, short
from microae.core.value import Value
from microae.operations.kernels import holds
from microae.operations.norms import norm


def _with_gradient(user: str, parameters: Any) -> list[Value]:
    if isinstance(parameters, Value):
        parameters = [parameters]
    parameters = list(parameters) if isinstance(parameters, Iterable) else [parameters]
    for p in parameters:
        if not isinstance(p, Value):
            raise TypeError(f"{user}: needs Values, such as net.parameters(), got {short(p)}")
    given = [p for p in parameters if p._grad is not None]
    if not given:
        warnings.warn(
            f"{user}: no parameter has a gradient, so nothing is clipped; call it after loss.backward()", stacklevel=3
        )
    return given


def clip_grad_norm(
    parameters: Value | Iterable[Value], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Any:
    """Scale the gradients of all parameters by one number, so that together they are no longer than ``max_norm``.

    As ``torch.nn.utils.clip_grad_norm_``: they are multiplied by ``max_norm / (norm + 1e-6)`` where that is below 1.

    Parameters
    ----------
    parameters : iterable of Values, or one
        Those without a gradient are passed over; if none has one, there is a warning.
    max_norm : float
        At least 0.
    norm_type : float
        Which norm, as the ``ord`` of a vector; ``inf`` is the largest absolute value.
    error_if_nonfinite : bool
        Whether a norm that is infinite or NaN raises. Else it is handed on: the gradients become 0 or NaN.

    Returns
    -------
    float
        The norm of all gradients together, before.

    Raises
    ------
    TypeError
        If a parameter is no Value.
    ValueError
        If ``max_norm`` is negative or ``norm_type`` not positive.
    FloatingPointError
        If the norm is not finite, with ``error_if_nonfinite``; the gradients are left as they are.

    Examples
    --------
    >>> import microae as ma
    >>> w, b = ma.Value([1.0, 1.0]), ma.Value(0.0)
    >>> (3 * w[0] + 4 * b).backward()
    >>> ma.clip_grad_norm([w, b], max_norm=1.0)
    5.0
    >>> w.grad.round(5), round(b.grad, 5)
    (array([0.6, 0. ]), 0.8)
    """
    if not max_norm >= 0 or not norm_type > 0:
        raise ValueError(
            f"clip_grad_norm: max_norm={max_norm!r} must not be negative, norm_type={norm_type!r} positive"
        )
    given = _with_gradient("clip_grad_norm", parameters)
    if not given:
        return 0.0
    # in float64: the norm of float32 gradients may be larger than a float32
    norms = [norm(np.reshape(p._grad, -1).astype(np.float64, copy=False), ord=norm_type) for p in given]
    total = norm(np.stack(norms), ord=norm_type)
    if error_if_nonfinite and not holds(np.isfinite(total)):
        raise FloatingPointError(f"clip_grad_norm: the norm of the gradients is {total}; they are left as they are")
    factor = np.minimum(max_norm / (total + 1e-6), 1.0)
    for p in given:
        p._grad = (p._grad * factor).astype(p._grad.dtype, copy=False)
    return total if isinstance(total, Traced) else float(total)


def clip_grad_value(parameters: Value | Iterable[Value], clip_value: float) -> None:
    """Limit each element of the gradients to ``[-clip_value, clip_value]``, as ``torch.nn.utils.clip_grad_value_``.

    Parameters
    ----------
    parameters : iterable of Values, or one
        Those without a gradient are passed over; if none has one, there is a warning.
    clip_value : float
        At least 0.

    Raises
    ------
    TypeError
        If a parameter is no Value.
    ValueError
        If ``clip_value`` is negative.

    Examples
    --------
    >>> import microae as ma
    >>> w = ma.Value([1.0, 1.0])
    >>> (w * [3.0, -0.5]).sum().backward()
    >>> ma.clip_grad_value([w], 1.0)
    >>> w.grad
    array([ 1. , -0.5])
    """
    if not clip_value >= 0:
        raise ValueError(f"clip_grad_value: clip_value must not be negative, got {clip_value!r}")
    for p in _with_gradient("clip_grad_value", parameters):
        p._grad = np.clip(p._grad, -float(clip_value), float(clip_value))
