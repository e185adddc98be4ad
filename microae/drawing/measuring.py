"""What figures measure of a model, on a copy, so that the model is not changed: its loss, its principal directions."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from microae.autoencoders.autoencoder import Autoencoder
from microae.core.arrays import Array
from microae.core.value import Value
from microae.data import as_table
from microae.nn.losses import given_loss
from microae.nn.module import Module
from microae.nn.registry import LOSSES, loss_words


def require(model: Any, kind: type[Module], user: str) -> None:
    """Raise a ``TypeError`` if the model is not of class ``kind``; ``user`` is the function named in the message."""
    if not isinstance(model, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise TypeError(f"{user}: the model must be {article} {kind.__name__}, got {type(model).__name__}")


def still(model: Module) -> Module:
    """A copy of a model in evaluation mode: no noise, no dropout."""
    return copy.deepcopy(model).eval()


def table(data: Any, model: Module, what: str = "data") -> Array:
    """Samples as a read-only table in the precision of the model."""
    x = as_table(data, what)
    x = np.array(x, model.parameters()[0].dtype)
    x.flags.writeable = False
    return x


def objective(
    model: Module, data: Any, target: Any = None, loss: Callable[[Any, Any], Any] | str | None = None
) -> Callable[[], Value]:
    """The loss of all the data as ``fit`` computes it: the model's own, or ``loss(prediction, target)``.

    Parameters
    ----------
    model : Module
    data, target : array_like (N, features) and (N, ...)
        By default the target is the data.
    loss : callable or str, optional

    Returns
    -------
    callable
        Takes nothing; returns the loss, a scalar Value, with the present parameters of the model.

    Raises
    ------
    TypeError
        If the model has no loss of its own and none is given.
    """
    x = table(data, model)
    y = x if target is None else np.asarray(target)
    distance = given_loss("the loss of a figure", loss)
    if distance is not None:
        return lambda: distance(model(x), y)
    if not hasattr(model, "loss"):
        raise TypeError(f"{type(model).__name__} has no loss of its own; pass one, as loss=ma.mean_squared_error")
    own: Any = model.loss
    return lambda: own(x, y)


def loss_name(model: Module, loss: Callable[[Any, Any], Any] | str | None = None) -> str:
    """The label of an axis that shows the loss."""
    distance = given_loss("the loss of a figure", loss)
    if distance is not None:
        return loss_words(distance)
    return LOSSES[model.distance].words if isinstance(model, Autoencoder) else "loss"


def principal_components(rows: Array) -> tuple[Array, Array]:
    """The directions in which the rows vary most, and the share of the variance along each.

    The largest element of each direction is positive, so that the signs are the same on every machine.

    Parameters
    ----------
    rows : array (N, features)
        With mean 0 in each column.

    Returns
    -------
    directions : array (min(N, features), features)
        Unit vectors, by decreasing variance.
    shares : array (min(N, features),)
        Of sum 1.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.drawing.measuring import principal_components
    >>> directions, shares = principal_components(np.array([[-1.0, 1.0], [0.0, 0.0], [1.0, -1.0]]))
    >>> directions[0].round(4).tolist(), shares.round(4).tolist()
    ([0.7071, -0.7071], [1.0, 0.0])
    """
    _, spread, directions = np.linalg.svd(rows, full_matrices=False)
    largest = np.argmax(np.abs(directions).round(9), axis=1)
    signs = np.sign(directions[np.arange(len(directions)), largest])
    variances = spread**2
    return directions * signs[:, None], variances / (variances.sum() or 1.0)
