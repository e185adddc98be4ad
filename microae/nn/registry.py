"""The registry of the losses that an autoencoder can take.

A loss that is registered by :func:`loss` is known everywhere by its short name: to ``Autoencoder(loss=…)``, to
``microae train --loss``, to ``microae.testing.strategies.networks`` and to the words of pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

LossFunction = Callable[..., Any]


class Loss(NamedTuple):
    """What is known about a registered loss.

    Attributes
    ----------
    name : str
        The short name, such as "bce".
    function : callable
        ``function(prediction, target, reduction="mean")``.
    words : str
        What it is called in pictures and reports, such as "binary cross-entropy".
    remark : str
        What the command line says of it; by default its ``words``.
    fractions : bool
        Whether prediction and target must lie in [0, 1], so that an autoencoder needs a sigmoid output.
    from_logits : callable or None
        The same loss as a function of the sigmoid's input, if there is such a form.
    default_after : "sigmoid", "others" or None
        The outputs after which an autoencoder takes this loss by default.
    rows : tuple of str
        The operations of the table that are this loss alone; by default none: it is a composition of others.

    Examples
    --------
    >>> from microae.nn.registry import LOSSES
    >>> LOSSES["bce"].words, LOSSES["bce"].fractions, LOSSES["bce"].function.__name__
    ('binary cross-entropy', True, 'binary_cross_entropy')
    """

    name: str
    function: LossFunction
    words: str
    remark: str
    fractions: bool = False
    from_logits: LossFunction | None = None
    default_after: Literal["sigmoid", "others"] | None = None
    rows: tuple[str, ...] = ()


LOSSES: dict[str, Loss] = {}
"""Every registered loss by its short name."""


def loss(name: str, words: str, *, remark: str = "", **facts: Any) -> Callable[[LossFunction], LossFunction]:
    """A decorator that registers a loss function, which stays as it is.

    Parameters
    ----------
    name : str
        The short name, for ``Autoencoder(loss=…)`` and the command line.
    words : str
        What it is called in pictures and reports.
    remark : str
        What the help of ``microae train --loss`` says of it, by default ``words``.
    **facts
        The others of :class:`Loss`.

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
    >>> import microae as ma
    >>> from microae.nn.registry import LOSSES, loss
    >>> @loss("fourth", "mean fourth power")
    ... def mean_fourth_power(prediction, target, reduction="mean"):
    ...     powers = (prediction - target) ** 4
    ...     return {"mean": powers.mean, "sum": powers.sum, "none": lambda: powers}[reduction]()
    >>> net = ma.Autoencoder([3, 4, 3], loss="fourth", seed=0)
    >>> net.loss([1, 0, 1]).shape
    ()
    >>> del LOSSES["fourth"]
    """
    if name in LOSSES:
        raise ValueError(f"a loss {name!r} is registered already: {LOSSES[name].function.__name__}")

    def register(function: LossFunction) -> LossFunction:
        LOSSES[name] = Loss(name, function, words, remark or words, **facts)
        return function

    return register


def default_loss(output: Literal["sigmoid", "others"]) -> str:
    """The short name of the loss that an autoencoder takes by default.

    Parameters
    ----------
    output : "sigmoid" or "others"
        Whether its output layer ends in a sigmoid.

    Returns
    -------
    str

    Examples
    --------
    >>> from microae.nn.registry import default_loss
    >>> default_loss("sigmoid"), default_loss("others")
    ('bce', 'mse')
    """
    return next(known.name for known in LOSSES.values() if known.default_after == output)


def loss_words(function: LossFunction) -> str:
    """What a loss function is called in pictures: the words of a registered one, else the words of its name.

    Parameters
    ----------
    function : callable

    Returns
    -------
    str

    Examples
    --------
    >>> import microae as ma
    >>> from microae.nn.registry import loss_words
    >>> loss_words(ma.binary_cross_entropy_with_logits), loss_words(ma.cross_entropy)
    ('binary cross-entropy', 'cross entropy')
    """
    for known in LOSSES.values():
        if function in (known.function, known.from_logits):
            return known.words
    return str(getattr(function, "__name__", "loss")).replace("_", " ")
