"""The states of random generators of any kind: NumPy's, its older ones, and Python's."""

from __future__ import annotations

import random
from typing import Any

import numpy as np


def state_of(generator: Any) -> Any:
    """The state of a random generator of any kind."""
    if isinstance(generator, random.Random):
        return generator.getstate()
    if isinstance(generator, np.random.RandomState):
        return generator.get_state(legacy=False)
    return getattr(generator, "bit_generator", generator).state


def set_state(generator: Any, state: Any) -> None:
    """Let a random generator of any kind go on from a state."""
    if isinstance(generator, random.Random):
        generator.setstate(state)
    elif isinstance(generator, np.random.RandomState):
        generator.set_state(state)
    else:
        getattr(generator, "bit_generator", generator).state = state


def same_state(now: Any, before: Any) -> bool:
    """Whether two states of a random generator are equal."""
    if isinstance(now, dict):
        return all(same_state(now[name], before[name]) for name in now)
    return bool(np.array_equal(now, before)) if isinstance(now, np.ndarray) else bool(now == before)
