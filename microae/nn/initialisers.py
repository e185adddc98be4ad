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
else:  # numpy.random is a tenth of NumPy's import time: only who draws numbers loads it
    Seed = Initialiser = object


def he_normal(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Normal with variance ``2 / fan_in`` (He et al. 2015), for ReLU and its relatives."""
    return rng.normal(0.0, math.sqrt(2.0 / shape[0]), shape)


def he_uniform(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Uniform with variance ``2 / fan_in`` (He et al. 2015)."""
    limit = math.sqrt(6.0 / shape[0])
    return rng.uniform(-limit, limit, shape)


def glorot_normal(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Normal with variance ``2 / (fan_in + fan_out)`` (Glorot and Bengio 2010), for tanh and sigmoid."""
    return rng.normal(0.0, math.sqrt(2.0 / sum(shape)), shape)


def glorot_uniform(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Uniform with variance ``2 / (fan_in + fan_out)`` (Glorot and Bengio 2010)."""
    limit = math.sqrt(6.0 / sum(shape))
    return rng.uniform(-limit, limit, shape)


def uniform(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Uniform in ``±1 / sqrt(fan_in)``, as PyTorch's ``Linear`` starts."""
    limit = 1.0 / math.sqrt(shape[0])
    return rng.uniform(-limit, limit, shape)


INITIALISERS: dict[str, Initialiser] = {
    f.__name__: f for f in (he_normal, he_uniform, glorot_normal, glorot_uniform, uniform)
}


def initialiser(given: str | Initialiser) -> Initialiser:
    """An initialiser by its name, or the function itself."""
    if callable(given):
        return given
    if given not in INITIALISERS:
        raise ValueError(f"initialiser {given!r} is not known; use one of {', '.join(INITIALISERS)}, or a function")
    return INITIALISERS[given]


def generator(seed: Seed) -> np.random.Generator:
    """A random generator from a seed; a generator is used as it is; ``None`` takes fresh entropy."""
    if seed is not None and not isinstance(seed, (int, np.integer, np.random.Generator)):
        raise TypeError(f"seed must be an integer, a numpy.random.Generator or None, got {seed!r}")
    if isinstance(seed, (int, np.integer)) and seed < 0:
        raise ValueError(f"seed must not be negative, got {seed!r}")
    return np.random.default_rng(seed)
