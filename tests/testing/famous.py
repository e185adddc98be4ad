"""Functions that fool gradient checkers: honest ones that are failed elsewhere, wrong ones that pass.

Plain NumPy alone, so that every checker can be given the same: ``f`` of arrays gives a number, ``gradient`` a tuple.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any


@dataclass(frozen=True)
class Famous:
    name: str
    right: bool
    f: Callable[..., Any]
    gradient: Callable[..., tuple[Any, ...]]
    inputs: tuple[Any, ...]


def _relu_gradient(x: Array) -> tuple[Array]:
    return (np.where(x > 0, 1.0, 0.0),)


def _tied_max(x: Array) -> tuple[Array]:
    top = x == x.max()
    return (top / top.sum(),)


def _guarded_log(x: Array) -> Any:
    with np.errstate(all="ignore"):
        return np.sum(np.where(x > 0, np.log(x), x))


def _guarded_log_gradient(x: Array) -> tuple[Array]:
    with np.errstate(all="ignore"):
        return (np.where(x > 0, 1.0 / x, 1.0),)


# The published weights of the paper, and its input [1, 1, 1]: one pre-activation of the hidden layer is -0.00027.
_W1 = np.array([[1.28098, 3.1223, -2.08707, 0.870437], [1.58878, 1.26969, 1.91459, -2.58573],
                [-2.38938, 2.4454, 1.70066, 1.09686]])  # fmt: skip
_B1 = np.array([0.665083, 0.468071, 0.475733, 0.618163])
_ONES = np.ones(3)


def _hidden(W: Array, b: Array) -> Any:
    z = _ONES @ W + b
    return np.sum(np.where(z > 0, z, 0.01 * z))


def _hidden_gradient(W: Array, b: Array) -> tuple[Array, Array]:
    slope = np.where(_ONES @ W + b > 0, 1.0, 0.01)
    return np.outer(_ONES, slope), slope


_DATA = np.random.default_rng(0).uniform(size=(16, 30)).astype(np.float32)


def _float32_network(W: Array, V: Array) -> Any:
    away = np.tanh(_DATA @ W) @ V - _DATA
    return np.mean(away * away)


def _float32_gradient(W: Array, V: Array) -> tuple[Array, Array]:
    h = np.tanh(_DATA @ W)
    away = 2.0 * (h @ V - _DATA) / np.float32(_DATA.size)
    return _DATA.T @ ((away @ V.T) * (1.0 - h * h)), h.T @ away


def _weights(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).normal(size=shape, scale=0.3).astype(np.float32)


def _one_wrong(x: Array) -> tuple[Array]:
    slope = np.cos(x)
    slope[77_777] *= 1.01
    return (slope,)


def _zero(x: Array) -> tuple[Array]:
    return (np.zeros_like(x),)


_X = np.array([0.7, -0.2])
_MANY = np.linspace(-1.0, 1.0, 100_000)

FAMOUS = [
    *(Famous(f"relu at {x:g}", True, lambda x: np.sum(np.maximum(x, 0.0)), _relu_gradient, (np.array([x]),))
      for x in (0.0, 1e-7, -1e-7)),
    *(Famous(f"|x| at {x:g}", True, lambda x: np.sum(np.abs(x)), lambda x: (np.sign(x),), (np.array([x]),))
      for x in (0.0, 1e-7, -1e-7)),
    Famous("max with ties", True, np.max, _tied_max, (np.array([1.0, 1.0, 0.5]),)),
    Famous("a float32 network", True, _float32_network, _float32_gradient, (_weights(1, 30, 8), _weights(2, 8, 30))),
    Famous("a sum of 10⁵ terms", True, lambda x: np.sum(np.sin(x)), lambda x: (np.cos(x),), (_MANY,)),
    Famous("1e8 + sin x", True, lambda x: 1e8 + np.sum(np.sin(x)), lambda x: (np.cos(x),), (_X,)),
    Famous("where with a NaN branch", True, _guarded_log, _guarded_log_gradient, (np.array([1.5, -1.0]),)),
    Famous("the paper's [1, 1, 1]", True, _hidden, _hidden_gradient, (_W1, _B1)),
    Famous("1e-7 sin x, gradient zero", False, lambda x: 1e-7 * np.sum(np.sin(x)), _zero, (_X,)),
    Famous("exp(x - 200), gradient zero", False, lambda x: np.sum(np.exp(x - 200.0)), _zero, (_X,)),
    Famous("log(x + 1e5), gradient zero", False, lambda x: np.sum(np.log(x + 1e5)), _zero, (_X,)),
    Famous("|x|, sign wrong on one side", False, lambda x: np.sum(np.abs(x)), lambda x: (np.ones_like(x),), (_X,)),
    Famous("relu at 0, gradient 2", False, lambda x: np.sum(np.maximum(x, 0.0)), lambda x: (2.0 + 0.0 * x,),
           (np.zeros(1),)),
    Famous("one element of 10⁵ off by 1 %", False, lambda x: np.sum(np.sin(x)), _one_wrong, (_MANY,)),
]  # fmt: skip
