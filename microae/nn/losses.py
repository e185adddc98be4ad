"""Loss functions: how far a prediction is from its target.

Each takes ``reduction="mean"`` (over all elements, or over samples for ``cross_entropy``), ``"sum"`` or ``"none"``.
The shapes of prediction and target must be equal: nothing is broadcast, which is a common silent mistake.
"""

from __future__ import annotations

import inspect
from typing import Any, Literal

import numpy as np
from numpy import ndarray

from microae.arguments import by_name, refuse_masked
from microae.core.arrays import Traced, as_data, short
from microae.core.value import Value
from microae.nn.registry import LOSSES, LossFunction, loss
from microae.operations import losses as rows
from microae.operations.activations import log_softmax, sigmoid
from microae.operations.indexing import where
from microae.operations.kernels import are_fractions, holds

Reduction = Literal["mean", "sum", "none"]


def named_losses() -> dict[str, LossFunction]:
    """Every loss by its names: the short ones of those that are registered first, then those of functions.

    Examples
    --------
    >>> from microae.nn.losses import named_losses
    >>> list(named_losses())[:3]
    ['mse', 'bce', 'mean_squared_error']
    """
    named = {known.name: known.function for known in LOSSES.values()}
    for known in LOSSES.values():
        named[known.function.__name__] = known.function
        if known.from_logits is not None:
            named[known.from_logits.__name__] = known.from_logits
    return named | {"mse_loss": mean_squared_error, "cross_entropy": cross_entropy}


def loss_function(name: str) -> LossFunction:
    """A loss by its short name or by the name of its function, that from logits and that of classes included.

    Parameters
    ----------
    name : str
        Capital letters do not matter.

    Returns
    -------
    callable
        ``function(prediction, target, reduction="mean")``.

    Raises
    ------
    ValueError
        If there is none; the message lists all names.

    Examples
    --------
    >>> from microae.nn.losses import loss_function
    >>> loss_function("bce") is loss_function("binary_cross_entropy")
    True
    """
    named = named_losses()
    function = by_name(named, name)
    if function is None:
        raise ValueError(f"loss {name!r} is not known; use one of {', '.join(named)}")
    return function


# --- checks of prediction and target -----------------------------------------------------------------------------

_REDUCTIONS = ("mean", "sum", "none")


def _checked(name: str, prediction: Any, target: Any, reduction: str) -> Any:
    """The target as floats, after the checks that all losses share: reduction, shapes, no mean of nothing."""
    if reduction not in _REDUCTIONS:
        raise ValueError(f"{name}: reduction must be 'mean', 'sum' or 'none', got {reduction!r}")
    data = prediction._array if isinstance(prediction, Value) else as_data(prediction, f"{name}: the prediction")
    if (type(target) is not ndarray or target.dtype is not data.dtype) and not isinstance(target, Value):
        target = _as_floats(name, target, data.dtype)
    if (shape := data.shape) != target.shape:
        raise ValueError(f"{name}: the prediction has shape {shape}, the target {target.shape}; they must be equal")
    if not target.size and reduction == "mean":
        raise ValueError(f"{name}: the mean over no elements does not exist; the shape is {shape}")
    return target


def _as_floats(name: str, target: Any, dtype: Any) -> Any:
    """Lists and integers as floats of the prediction's dtype, and narrower floats too: ``1 - y`` is rounded in y's."""
    data = as_data(target, f"{name}: the target")
    is_float = getattr(target, "dtype", None) is not None and target.dtype.kind == "f"
    return data.astype(np.promote_types(data.dtype, dtype) if is_float else dtype)


def _fractions(name: str, what: str, x: Any) -> None:
    """Refuse numbers outside [0, 1]."""
    data = x._array if isinstance(x, Value) else x
    if not are_fractions(data):
        low, high = (repr(float(end)).removesuffix(".0") for end in (np.min(data), np.max(data)))
        seen = "has NaN" if np.isnan(data).any() else f"spans [{low}, {high}]"
        raise ValueError(f"{name}: the {what} must lie in [0, 1], it {seen}")


# --- the losses --------------------------------------------------------------------------------------------------


@loss(
    "mse",
    "mean squared error",
    remark="mean squared error, in which PCA is the best linear code",
    default_after="others",
    rows=("mean_squared_error",),
)
def mean_squared_error(prediction: Any, target: Any, reduction: Reduction = "mean") -> Any:
    """The mean of the squared differences, ``(ŷ - y)²``; also called ``mse_loss``.

    Parameters
    ----------
    prediction : array_like or Value
        Any shape.
    target : array_like or Value
        Of the same shape: nothing is broadcast.
    reduction : "mean", "sum" or "none"
        Over all elements.

    Returns
    -------
    Value
        Of shape (), or for "none" of the shape of ``prediction``.

    Raises
    ------
    ValueError
        If the shapes differ, the mean of no elements is asked for, or the reduction is none of these.

    Examples
    --------
    >>> import microae as ma
    >>> prediction = ma.Value([1.0, 3.0])
    >>> loss = ma.mean_squared_error(prediction, [0.0, 0.0])
    >>> loss, ma.gradients(loss, [prediction])
    (Value(5., operation=mean_squared_error), [array([1., 3.])])
    """
    target = _checked("mean_squared_error", prediction, target, reduction)
    return rows.mean_squared_error(prediction, target, reduction=reduction)


mse_loss = mean_squared_error


def binary_cross_entropy_with_logits(logits: Any, target: Any, reduction: Reduction = "mean") -> Any:
    """Binary cross-entropy of ``sigmoid(logits)``, finite and exact for logits of any size.

    Parameters
    ----------
    logits : array_like or Value
        The sigmoid's input ``z``, any shape.
    target : array_like or Value
        Of the same shape, in [0, 1].
    reduction : "mean", "sum" or "none"
        Over all elements.

    Returns
    -------
    Value
        Of shape (), or for "none" of the shape of ``logits``. Its gradient is ``sigmoid(z) - y`` for each element.

    Raises
    ------
    ValueError
        If the shapes differ, a target lies outside [0, 1], the mean of no elements is asked for, or the reduction is
        none of these.

    Examples
    --------
    >>> import microae as ma
    >>> z = ma.Value([-1000.0, 0.0])
    >>> loss = ma.binary_cross_entropy_with_logits(z, [1.0, 1.0], reduction="sum")
    >>> loss, ma.gradients(loss, [z])
    (Value(1000.693147, operation=sigmoid_cross_entropy), [array([-1. , -0.5])])
    """
    target = _checked("binary_cross_entropy_with_logits", logits, target, reduction)
    _fractions("binary_cross_entropy_with_logits", "target", target)
    return rows._sigmoid_cross_entropy(logits, sigmoid(logits), target, reduction=reduction)


@loss(
    "bce",
    "binary cross-entropy",
    remark="the paper's cross-entropy",
    fractions=True,
    from_logits=binary_cross_entropy_with_logits,
    default_after="sigmoid",
    rows=("binary_cross_entropy", "sigmoid_cross_entropy"),
)
def binary_cross_entropy(prediction: Any, target: Any, reduction: Reduction = "mean") -> Any:
    """``-y ln p - (1 - y) ln(1 - p)`` of probabilities ``p`` and targets ``y``; the paper's loss.

    When the prediction comes straight from ``sigmoid``, the loss is computed from the sigmoid's input, so that it is
    finite and its gradient ``p - y`` exact however far the sigmoid is saturated.

    Parameters
    ----------
    prediction : array_like or Value
        ``p``, any shape, in [0, 1].
    target : array_like or Value
        ``y``, of the same shape, in [0, 1].
    reduction : "mean", "sum" or "none"
        Over all elements.

    Returns
    -------
    Value
        Of shape (), or for "none" of the shape of ``prediction``.

    Raises
    ------
    ValueError
        If the shapes differ, a number lies outside [0, 1], the mean of no elements is asked for, or the reduction is
        none of these.

    Examples
    --------
    >>> import microae as ma
    >>> z = ma.Value([-1000.0, 0.0], label="z")
    >>> loss = ma.binary_cross_entropy(ma.sigmoid(z), [1.0, 1.0], reduction="sum")
    >>> loss.backward()
    >>> round(loss.item(), 6), z.grad.tolist()
    (1000.693147, [-1.0, -0.5])
    """
    target = _checked("binary_cross_entropy", prediction, target, reduction)
    _fractions("binary_cross_entropy", "target", target)
    if isinstance(prediction, Value) and prediction.operation is sigmoid:
        z: Any = prediction.inputs[0]
        if z._array is prediction.arguments[0]:  # unless z was rebound since
            if reduction == "mean":  # the row's own default
                return rows._sigmoid_cross_entropy(z, prediction, target)
            return rows._sigmoid_cross_entropy(z, prediction, target, reduction=reduction)
    if not isinstance(prediction, Value):
        prediction = as_data(prediction, "binary_cross_entropy: the prediction")
    _fractions("binary_cross_entropy", "prediction", prediction)
    return rows.binary_cross_entropy(prediction, target, reduction=reduction)


def cross_entropy(
    logits: Any,
    target: Any,
    reduction: Reduction = "mean",
    *,
    weight: Any = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> Any:
    """Cross-entropy over classes: minus the logarithm of the probability that ``softmax(logits)`` gives the target.

    Parameters
    ----------
    logits : array_like or Value
        Shape (..., classes).
    target : array_like
        Class indices of shape (...), or probabilities of the shape of ``logits``.
    reduction : "mean", "sum" or "none"
        Over samples; with class indices and ``weight`` the weighted mean.
    weight : array_like, optional
        Shape (classes,): what each class counts, by default 1.
    ignore_index : int
        Samples of this class index count nothing: neither loss nor gradient, nor in the mean. Not for probabilities.
    label_smoothing : float
        From 0 to 1: so much of each target is shared out among all classes equally.

    Returns
    -------
    Value
        Of shape (), or for "none" of shape (...).

    Raises
    ------
    ValueError
        If the shapes do not fit, a class does not exist, a number lies outside [0, 1], a weight is negative, the
        reduction is none of these, a mean has nothing to be taken over, or a class is ignored of probabilities.

    Notes
    -----
    As in PyTorch, the mean over class indices is divided by the sum of their weights, that over probabilities by the
    number of samples. Where PyTorch gives NaN, of targets that are all ignored, here is an error.

    Examples
    --------
    >>> import microae as ma
    >>> logits = ma.Value([[2.0, 2.0], [0.0, 1000.0]])
    >>> loss = ma.cross_entropy(logits, [0, 1], reduction="sum")
    >>> loss, ma.gradients(loss, [logits])[0].round(6)
    (Value(0.693147, operation=sum), array([[-0.5,  0.5],
           [ 0. ,  0. ]]))
    >>> ma.cross_entropy(logits, [0, -100])  # of the first alone
    Value(0.693147, operation=divide)
    """
    if reduction not in _REDUCTIONS:
        raise ValueError(f"cross_entropy: reduction must be 'mean', 'sum' or 'none', got {reduction!r}")
    if not 0.0 <= label_smoothing <= 1.0:
        raise ValueError(f"cross_entropy: label_smoothing must lie in [0, 1], got {label_smoothing!r}")
    shape = np.shape(logits)
    refuse_masked("cross_entropy: the target", target)
    given, target = target, target if isinstance(target, (Value, Traced)) else np.asarray(target)
    logs = log_softmax(logits, axis=-1)
    weight = None if weight is None else _class_weights(weight, logs)
    shares = None
    if target.shape == shape:
        if ignore_index >= 0:
            raise ValueError(
                f"cross_entropy: ignore_index={ignore_index} needs targets that are classes, these are probabilities"
            )
        if given is not target or target.dtype.kind != "f":
            target = _as_floats("cross_entropy", given, logits)
        _fractions("cross_entropy", "target", target)
        loss = _of_probabilities(logs, target, weight, label_smoothing)
    elif target.shape == shape[:-1] and target.dtype.kind in "iu":
        loss, shares = _of_classes(logs, target, weight, ignore_index, label_smoothing)
    else:
        raise ValueError(
            f"cross_entropy: logits of shape {shape} need integer classes of shape {shape[:-1]} or probabilities of "
            f"shape {shape}; got {target.dtype} of shape {target.shape}"
        )
    if reduction == "none":
        return loss
    if reduction == "sum" or shares is None:
        return loss.sum() if reduction == "sum" else loss.mean()
    total = np.sum(shares)
    if not holds(total > 0):
        raise ValueError("cross_entropy: all targets are ignored or weigh nothing; their mean does not exist")
    return loss.sum() / total


def _class_weights(weight: Any, logs: Any) -> Any:
    weight = weight._array if isinstance(weight, Value) else as_data(weight, "cross_entropy: the weights")
    if weight.shape != logs.shape[-1:] or not holds(np.all(weight >= 0)):
        raise ValueError(
            f"cross_entropy: needs a weight for each of {logs.shape[-1]} classes, none negative, got {short(weight)}"
        )
    return weight.astype(logs.dtype)


def _of_probabilities(logs: Any, target: Any, weight: Any, label_smoothing: float) -> Any:
    """The loss of each sample by the probabilities that its classes should have."""
    if label_smoothing:
        target = (1.0 - label_smoothing) * target + label_smoothing / logs.shape[-1]
    target = target if weight is None else target * weight
    absent = (target._array if isinstance(target, Value) else target) == 0
    with np.errstate(invalid="ignore"):  # 0 · ∞ is 0
        return -where(absent, 0.0, target * logs).sum(axis=-1)


def _of_classes(logs: Any, target: Any, weight: Any, ignore_index: int, label_smoothing: float) -> tuple[Any, Any]:
    """The loss of each sample by the class that it is of, and what each counts; ``None`` if all count 1."""
    n, kept = logs.shape[-1], target != ignore_index
    classes = np.minimum(np.maximum(target, 0), n - 1)
    if not holds(np.all((classes == target) | ~kept)):
        given = np.where(kept, target, classes)
        raise ValueError(f"cross_entropy: the classes must lie in 0..{n - 1}, they span {given.min()}..{given.max()}")
    every = not isinstance(target, Traced) and np.all(kept)  # one program for both
    of_class = classes[..., None] == np.arange(n)
    loss = -where(of_class, logs, 0.0).sum(axis=-1)
    if every and weight is None and not label_smoothing:
        return loss, None
    shares = kept.astype(logs.dtype)
    if weight is not None:
        shares = shares * np.sum(np.where(of_class, weight, 0.0), axis=-1)
    with np.errstate(invalid="ignore"):  # 0 · ∞ is 0
        loss = where(shares == 0, 0.0, shares * loss)
    if label_smoothing:
        uniform = _of_probabilities(logs, np.full(n, 1.0 / n, logs.dtype), weight, 0.0)
        loss = (1.0 - label_smoothing) * loss + label_smoothing * where(kept, uniform, 0.0)
    return loss, shares


def given_loss(user: str, loss: Any) -> LossFunction | None:
    """The loss that a user gave: a function, the name of one, or ``None``.

    Raises
    ------
    ValueError
        If no loss has that name.
    TypeError
        If it is something else; both say what to pass.

    Examples
    --------
    >>> from microae.nn.losses import given_loss
    >>> given_loss("fit", "mse").__name__
    'mean_squared_error'
    """
    if isinstance(loss, str):
        return loss_function(loss)
    if loss is not None and (isinstance(loss, type) or not callable(loss)):
        raise TypeError(
            f"{user}: loss must be a function of prediction and target, as ma.mean_squared_error, or the name of one, "
            f'as "mse", got {loss!r}'
        )
    if loss is not None:
        _require_two(user, loss)
    return loss


def _require_two(user: str, loss: LossFunction) -> None:
    """Raise ``TypeError`` for a loss that cannot be called with prediction and target alone."""
    try:
        signature = inspect.signature(loss)
    except (TypeError, ValueError):  # some of those written in C tell none
        return
    try:
        signature.bind(None, None)
    except TypeError as error:
        name = getattr(loss, "__name__", repr(loss))
        raise TypeError(
            f"{user}: loss must be a function of prediction and target, as ma.mean_squared_error, "
            f"{name} takes {', '.join(signature.parameters)}"
        ) from error
