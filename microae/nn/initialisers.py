"""How the weights of a layer start: functions of its shape (in, out) and a random generator."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Seed = int | np.random.Generator | None
    Initialiser = Callable[[tuple[int, int], np.random.Generator], NDArray[np.float64]]
else:  # numpy.random is a tenth of NumPy's import time: only code that draws numbers loads it
    Seed = Initialiser = object


def he_normal(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Weights from a normal distribution of variance ``2 / fan_in``, for ReLU and its relatives.

    Parameters
    ----------
    shape : pair of int
        Of the weights: ``(fan_in, fan_out)``.
    rng : numpy.random.Generator

    Returns
    -------
    array of that shape

    Notes
    -----
    Source: He et al. (2015).

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> W = ma.he_normal((1000, 50), np.random.default_rng(0))
    >>> W.shape, round(float(W.var()), 4)
    ((1000, 50), 0.002)
    """
    return rng.normal(0.0, math.sqrt(2.0 / shape[0]), shape)


def he_uniform(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Weights from a uniform distribution around 0 of variance ``2 / fan_in``, for ReLU and its relatives.

    Parameters
    ----------
    shape : pair of int
        Of the weights: ``(fan_in, fan_out)``.
    rng : numpy.random.Generator

    Returns
    -------
    array of that shape

    Notes
    -----
    Source: He et al. (2015).

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> W = ma.he_uniform((1000, 50), np.random.default_rng(0))
    >>> W.shape, round(float(W.var()), 4)
    ((1000, 50), 0.002)
    """
    limit = math.sqrt(6.0 / shape[0])
    return rng.uniform(-limit, limit, shape)


def glorot_normal(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Weights from a normal distribution of variance ``2 / (fan_in + fan_out)``, for tanh and sigmoid.

    Parameters
    ----------
    shape : pair of int
        Of the weights: ``(fan_in, fan_out)``.
    rng : numpy.random.Generator

    Returns
    -------
    array of that shape

    Notes
    -----
    Source: Glorot and Bengio (2010).

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> W = ma.glorot_normal((150, 50), np.random.default_rng(0))
    >>> W.shape, round(float(W.var()), 3)
    ((150, 50), 0.01)
    """
    return rng.normal(0.0, math.sqrt(2.0 / sum(shape)), shape)


def glorot_uniform(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Weights from a uniform distribution around 0 of variance ``2 / (fan_in + fan_out)``, for tanh and sigmoid.

    Parameters
    ----------
    shape : pair of int
        Of the weights: ``(fan_in, fan_out)``.
    rng : numpy.random.Generator

    Returns
    -------
    array of that shape

    Notes
    -----
    Source: Glorot and Bengio (2010).

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> W = ma.glorot_uniform((150, 50), np.random.default_rng(0))
    >>> W.shape, round(float(W.var()), 3)
    ((150, 50), 0.01)
    """
    limit = math.sqrt(6.0 / sum(shape))
    return rng.uniform(-limit, limit, shape)


def uniform(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Weights from a uniform distribution in ``±1 / √fan_in``, as PyTorch's ``Linear`` starts.

    Parameters
    ----------
    shape : pair of int
        Of the weights: ``(fan_in, fan_out)``.
    rng : numpy.random.Generator

    Returns
    -------
    array of that shape

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> W = ma.uniform((100, 50), np.random.default_rng(0))
    >>> W.shape, round(float(abs(W).max()), 3)
    ((100, 50), 0.1)
    """
    limit = 1.0 / math.sqrt(shape[0])
    return rng.uniform(-limit, limit, shape)


INITIALISERS: dict[str, Initialiser] = {
    f.__name__: f for f in (he_normal, he_uniform, glorot_normal, glorot_uniform, uniform)
}


def initialiser(given: str | Initialiser) -> Initialiser:
    """An initialiser by its name, or the function itself.

    Parameters
    ----------
    given : str or callable
        A name of ``INITIALISERS``, or a function of (shape, generator).

    Returns
    -------
    callable

    Raises
    ------
    ValueError
        For a name that is not known.

    Examples
    --------
    >>> from microae.nn.initialisers import initialiser
    >>> initialiser("he_normal").__name__
    'he_normal'
    """
    if callable(given):
        return given
    if not isinstance(given, str) or given not in INITIALISERS:
        raise ValueError(f"initialiser {given!r} is not known; use one of {', '.join(INITIALISERS)}, or a function")
    return INITIALISERS[given]


def generator(seed: Seed) -> np.random.Generator:
    """A random generator from a seed.

    Parameters
    ----------
    seed : int, numpy.random.Generator or None
        A generator is used as it is; ``None`` takes fresh entropy.

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    TypeError
        For anything else.
    ValueError
        If the integer is negative.

    Examples
    --------
    >>> from microae.nn.initialisers import generator
    >>> generator(0).random() == generator(0).random()
    True
    """
    if seed is not None and not isinstance(seed, (int, np.integer, np.random.Generator)):
        raise TypeError(f"seed must be an integer, a numpy.random.Generator or None, got {seed!r}")
    if isinstance(seed, (int, np.integer)) and seed < 0:
        raise ValueError(f"seed must not be negative, got {seed!r}")
    return np.random.default_rng(seed)
