"""Backpropagation by hand: the paper's formulas in plain NumPy, for any topology, activation, loss and batch.

Nothing here uses the engine, because the engine is checked against it. Weights are stored in × out and a sample is a
row, so that the formulas read, for layer l with input h, z = h W + b and output f(z):

- output layer     ∇ = δ · f'(z), elementwise, with δ = ∂loss/∂f(z)
- hidden layer     ∇ = (∇_next Wᵀ_next) · f'(z), with f the layer's own activation
- parameters       ∇W = hᵀ ∇ and ∇b = Σ ∇ over the batch (the paper does not give these)
- update           W − η ∇W and b − η ∇b

Source: the paper, section "Back Propagation"; what it leaves open is in ``paper.CORRECTIONS``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]
Reduction = Literal["mean", "sum"]

_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al. (2017)


def _sigmoid(z: Floats) -> Floats:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def _sigmoid_slope(z: Floats) -> Floats:
    return _sigmoid(z) * (1.0 - _sigmoid(z))


def _elu(z: Floats) -> Floats:
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0.0)))


def _selu(z: Floats) -> Floats:
    return _SELU_SCALE * np.where(z > 0, z, _SELU_ALPHA * np.expm1(np.minimum(z, 0.0)))


def _selu_slope(z: Floats) -> Floats:
    return _SELU_SCALE * np.where(z > 0, 1.0, _SELU_ALPHA * np.exp(np.minimum(z, 0.0)))


ACTIVATIONS: dict[str, tuple[Function, Function]] = {
    "leaky_relu": (lambda z: np.where(z > 0, z, 0.01 * z), lambda z: np.where(z > 0, 1.0, 0.01)),
    "relu": (lambda z: np.where(z > 0, z, 0.0), lambda z: np.where(z > 0, 1.0, 0.0)),
    "elu": (_elu, lambda z: np.where(z > 0, 1.0, np.exp(np.minimum(z, 0.0)))),
    "selu": (_selu, _selu_slope),
    "sigmoid": (_sigmoid, _sigmoid_slope),
    "silu": (lambda z: z * _sigmoid(z), lambda z: _sigmoid(z) + z * _sigmoid_slope(z)),
    "tanh": (np.tanh, lambda z: 1.0 - np.tanh(z) ** 2),
    "softplus": (lambda z: np.logaddexp(0.0, z), _sigmoid),
    "linear": (lambda z: z, np.ones_like),
}
"""f and f' of each activation, as functions of z; at a kink f' is the slope from the left, as in the engine."""


def _bce(a: Floats, y: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return -np.where(y == 0, 0.0, y * np.log(a)) - np.where(y == 1, 0.0, (1 - y) * np.log1p(-a))


def _bce_slope(a: Floats, y: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return (a - y) / (a * (1.0 - a))


LOSSES: dict[str, tuple[Callable[[Floats, Floats], Floats], Callable[[Floats, Floats], Floats]]] = {
    "binary_cross_entropy": (_bce, _bce_slope),
    "mean_squared_error": (lambda a, y: (a - y) ** 2, lambda a, y: 2.0 * (a - y)),
}
"""Each loss of an element and δ, its derivative by the output, before the reduction."""


def manual_forward(
    weights: Sequence[Floats], biases: Sequence[Floats], x: ArrayLike, activations: Sequence[str]
) -> tuple[list[Floats], list[Floats]]:
    """The forward pass: ``z = h W + b`` and ``h = f(z)`` of every layer.

    Parameters
    ----------
    weights, biases : sequences of arrays
        Layer by layer, shapes (in, out) and (out,).
    x : array_like
        One sample (in,) or a batch (N, in).
    activations : sequence of str
        One of ``ACTIVATIONS`` for each layer.

    Returns
    -------
    zs, hs : lists of arrays
        ``zs[l]`` of layer l; ``hs[0]`` is the input and ``hs[l + 1]`` the output of layer l; all of shape (N, width).

    Raises
    ------
    ValueError
        If a shape does not fit or an activation is not known.

    Examples
    --------
    >>> from microae import paper
    >>> zs, hs = paper.manual_forward(paper.weights(), paper.biases(), [1, 0, 1], ["leaky_relu", "sigmoid"])
    >>> zs[0].round(6).tolist()
    [[-0.443317, 6.035771, 0.089323, 2.58546]]
    """
    _check_network(weights, biases, activations)
    h = np.atleast_2d(np.asarray(x, np.float64))
    if h.shape[1] != weights[0].shape[0]:
        raise ValueError(f"x has {h.shape[1]} features, the first layer takes {weights[0].shape[0]}")
    zs, hs = [], [h]
    for W, b, name in zip(weights, biases, activations, strict=True):
        zs.append(hs[-1] @ W + b)
        hs.append(ACTIVATIONS[name][0](zs[-1]))
    return zs, hs


def _check_network(weights: Sequence[Floats], biases: Sequence[Floats], activations: Sequence[str]) -> None:
    if not weights or not len(weights) == len(biases) == len(activations):
        raise ValueError(
            f"every layer needs weights, biases and an activation: got {len(weights)}, {len(biases)} and "
            f"{len(activations)}"
        )
    for i, (W, b) in enumerate(zip(weights, biases, strict=True)):
        if W.ndim != 2 or b.shape != W.shape[1:] or (i and W.shape[0] != weights[i - 1].shape[1]):
            raise ValueError(f"layer {i}: weights of shape {W.shape} and biases of shape {b.shape} do not fit")
    unknown = [name for name in activations if name not in ACTIVATIONS]
    if unknown:
        raise ValueError(f"activation {unknown[0]!r} is not known; use one of {', '.join(ACTIVATIONS)}")


def output_gradient(
    z: Floats, y: Floats, activation: str, loss: str, reduction: Reduction = "mean", *, as_printed: bool = False
) -> Floats:
    """∇ of the output layer: ``δ · f'(z)``, elementwise.

    For a sigmoid with binary cross-entropy the product is ``a − y``: σ'(z) = a (1 − a) cancels the denominator of δ.

    Parameters
    ----------
    z, y : arrays (N, out)
        The layer's input to its activation, and the target.
    activation, loss : str
        Names of ``ACTIVATIONS`` and ``LOSSES``.
    reduction : str
        "mean" over all N × out elements, or "sum".
    as_printed : bool
        Compute the product δ · σ'(z) itself, which is 0/0 where the sigmoid saturates, instead of ``a − y``.

    Returns
    -------
    array (N, out)

    Raises
    ------
    ValueError
        If the loss or the reduction is not known, or the shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.paper import output_gradient
    >>> z, y = np.array([[0.5, 40.0]]), np.array([[1.0, 1.0]])
    >>> output_gradient(z, y, "sigmoid", "binary_cross_entropy", "sum").round(6).tolist()
    [[-0.377541, 0.0]]
    >>> output_gradient(z, y, "sigmoid", "binary_cross_entropy", "sum", as_printed=True).round(6).tolist()
    [[-0.377541, nan]]
    """
    if loss not in LOSSES:
        raise ValueError(f"loss {loss!r} is not known; use one of {', '.join(LOSSES)}")
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction must be 'mean' or 'sum', got {reduction!r}")
    f, slope = ACTIVATIONS[activation]
    a = f(z)
    if a.shape != y.shape:
        raise ValueError(f"the output has shape {a.shape}, the target {y.shape}; they must be equal")
    if activation == "sigmoid" and loss == "binary_cross_entropy" and not as_printed:
        nabla = a - y
    else:
        with np.errstate(invalid="ignore"):
            nabla = LOSSES[loss][1](a, y) * slope(z)
    return nabla / y.size if reduction == "mean" else nabla


def hidden_gradient(nabla_next: Floats, W_next: Floats, z: Floats, activation: str) -> Floats:
    """∇ of a hidden layer: ``(∇_next Wᵀ_next) · f'(z)``, a matrix product, then elementwise.

    Parameters
    ----------
    nabla_next : array (N, next width)
        ∇ of the next layer.
    W_next : array (width, next width)
        The weights of the next layer.
    z : array (N, width)
    activation : str
        The hidden layer's own; the paper prints σ' where its network has LeakyReLU.

    Returns
    -------
    array (N, width)

    Examples
    --------
    >>> import numpy as np
    >>> from microae.paper import hidden_gradient
    >>> hidden_gradient(np.array([[2.0]]), np.array([[3.0], [5.0]]), np.array([[1.0, -1.0]]), "relu").tolist()
    [[6.0, 0.0]]
    """
    return (nabla_next @ W_next.T) * ACTIVATIONS[activation][1](z)


def parameter_gradients(h: Floats, nabla: Floats) -> tuple[Floats, Floats]:
    """The gradients of a layer's parameters: ``∇W = hᵀ ∇`` and ``∇b = Σ ∇`` over the batch.

    Parameters
    ----------
    h : array (N, in)
        The layer's input.
    nabla : array (N, out)
        The layer's ∇.

    Returns
    -------
    grad_W : array (in, out)
    grad_b : array (out,)

    Examples
    --------
    >>> import numpy as np
    >>> from microae.paper import parameter_gradients
    >>> grad_W, grad_b = parameter_gradients(np.array([[1.0, 2.0]]), np.array([[3.0]]))
    >>> grad_W.tolist(), grad_b.tolist()
    ([[3.0], [6.0]], [3.0])
    """
    return h.T @ nabla, nabla.sum(axis=0)


def manual_gradients(
    weights: Sequence[Floats],
    biases: Sequence[Floats],
    x: ArrayLike,
    target: ArrayLike,
    activations: Sequence[str],
    loss: str = "binary_cross_entropy",
    reduction: Reduction = "mean",
    *,
    as_printed: bool = False,
) -> tuple[list[Floats], list[Floats]]:
    """The gradients of the loss with respect to all weights and biases, by the paper's formulas.

    Parameters
    ----------
    weights, biases, x, activations
        As in :func:`manual_forward`.
    target : array_like
        Of the output's shape, (out,) or (N, out).
    loss : str
        "binary_cross_entropy" or "mean_squared_error".
    reduction : str
        "mean" over all N × out elements, or "sum".
    as_printed : bool
        Compute δ · σ'(z) as the paper prints it, also where it equals ``a − y`` (see :func:`output_gradient`).

    Returns
    -------
    grad_weights, grad_biases : lists of arrays
        Of the shapes of ``weights`` and ``biases``.

    Raises
    ------
    ValueError
        If a shape does not fit, or an activation, the loss or the reduction is not known.

    Examples
    --------
    >>> from microae import paper
    >>> grad_weights, grad_biases = paper.manual_gradients(
    ...     paper.weights(), paper.biases(), [1, 0, 1], [1, 0, 1], ["leaky_relu", "sigmoid"], reduction="sum"
    ... )
    >>> grad_biases[1].round(8).tolist()
    [-0.00031627, 3.238e-05, -0.00125617]
    """
    zs, hs = manual_forward(weights, biases, x, activations)
    y = np.atleast_2d(np.asarray(target, np.float64))
    nabla = output_gradient(zs[-1], y, activations[-1], loss, reduction, as_printed=as_printed)
    layer_gradients = [parameter_gradients(hs[-2], nabla)]
    for i in range(len(weights) - 2, -1, -1):
        nabla = hidden_gradient(nabla, weights[i + 1], zs[i], activations[i])
        layer_gradients.append(parameter_gradients(hs[i], nabla))
    layer_gradients.reverse()
    return [W for W, _ in layer_gradients], [b for _, b in layer_gradients]


def manual_update(
    weights: Sequence[Floats],
    biases: Sequence[Floats],
    grad_weights: Sequence[Floats],
    grad_biases: Sequence[Floats],
    lr: float,
) -> tuple[list[Floats], list[Floats]]:
    """One step of gradient descent: ``W − η ∇W`` and ``b − η ∇b``.

    Parameters
    ----------
    weights, biases, grad_weights, grad_biases : sequences of arrays
        Layer by layer, shapes (in, out) and (out,).
    lr : float
        The learning rate η.

    Returns
    -------
    weights, biases : lists of arrays
        New arrays of the same shapes.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.paper import manual_update
    >>> one = np.ones((1, 1)), np.ones(1)
    >>> weights, biases = manual_update([one[0]], [one[1]], [2 * one[0]], [4 * one[1]], lr=0.25)
    >>> weights[0].tolist(), biases[0].tolist()
    ([[0.5]], [0.0])
    """
    return (
        [W - lr * g for W, g in zip(weights, grad_weights, strict=True)],
        [b - lr * g for b, g in zip(biases, grad_biases, strict=True)],
    )


def manual_loss(
    weights: Sequence[Floats],
    biases: Sequence[Floats],
    x: ArrayLike,
    target: ArrayLike,
    activations: Sequence[str],
    loss: str = "binary_cross_entropy",
    reduction: Reduction = "mean",
) -> float:
    """The loss of a network, by the textbook formulas.

    Parameters
    ----------
    weights, biases, x, target, activations, loss, reduction
        As in :func:`manual_gradients`.

    Returns
    -------
    float
        Infinite where a saturated sigmoid output is wrong.

    Raises
    ------
    ValueError
        If a shape does not fit or an activation is not known.

    Examples
    --------
    >>> from microae import paper
    >>> x, activations = [1, 0, 1], ["leaky_relu", "sigmoid"]
    >>> round(paper.manual_loss(paper.weights(), paper.biases(), x, x, activations), 6)
    0.000535
    """
    a = manual_forward(weights, biases, x, activations)[1][-1]
    each = LOSSES[loss][0](a, np.atleast_2d(np.asarray(target, np.float64)))
    return float(each.mean() if reduction == "mean" else each.sum())
