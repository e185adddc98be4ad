"""What the cases are drawn with: shapes, axes and arrays, each from a few lines that name the domain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

SHAPES = [(), (1,), (3,), (4,), (0,), (2, 3), (3, 2), (1, 3), (3, 1), (2, 0), (2, 1, 3), (2, 2, 2)]
Sample = tuple[list[np.ndarray], dict[str, Any]]  # the operands and the parameters of one call


class Draw:
    """A sample in the making."""

    def __init__(self, integer: Callable[[int, int], int]) -> None:
        self.integer = integer  # integer(low, high), both included: every choice is made of these
        self.rng = np.random.default_rng(integer(0, 2**32 - 1))

    def one_of(self, *options: Any) -> Any:
        return options[self.integer(0, len(options) - 1)]

    def shape(self, least_ndim: int = 0, most_ndim: int = 3, *, zero: bool = True) -> tuple[int, ...]:
        fit = [s for s in SHAPES if least_ndim <= len(s) <= most_ndim and (zero or 0 not in s)]
        return self.one_of(*fit)

    def broadcastable(self, n: int) -> list[tuple[int, ...]]:
        """``n`` shapes that broadcast together."""
        full = self.shape()
        shapes = []
        for _ in range(n):
            shape = tuple(1 if m != 1 and self.one_of(False, False, True) else m for m in full)
            shapes.append(shape[self.integer(0, len(shape)) if self.one_of(False, True) else 0 :])
        return shapes

    def array(self, shape: tuple[int, ...], low: float = -2.0, high: float = 2.0, *, ties: bool = False) -> np.ndarray:
        """Numbers in ``[low, high]``; with ``ties`` often at halves, so that some are equal and some are kinks."""
        x = self.rng.uniform(low, high, shape)
        if ties and self.one_of(False, True):
            x = np.clip(np.round(2.0 * x) / 2.0, low, high)
        return np.asarray(x)

    def away_from_zero(self, shape: tuple[int, ...]) -> np.ndarray:
        return np.asarray(self.array(shape, 0.5, 2.0) * self.rng.choice([-1.0, 1.0], shape))

    def with_zeros(self, shape: tuple[int, ...]) -> np.ndarray:
        """Numbers of which some, and in some draws several in a row, are zero."""
        return np.asarray(self.array(shape) * (self.rng.uniform(size=shape) > self.one_of(0.0, 0.2, 0.6)))

    def integers(self, low: int, high: int, shape: tuple[int, ...]) -> np.ndarray:
        return self.rng.integers(low, high, shape)

    def axis(self, shape: tuple[int, ...]) -> int:
        return self.integer(-len(shape), len(shape) - 1)

    def axes(self, shape: tuple[int, ...]) -> Any:
        """``None``, an axis or a tuple of axes, some counted from the end."""
        if not shape or self.one_of(True, False, False):
            return None
        chosen = self.rng.permutation(len(shape))[: self.integer(0, len(shape))]
        several = tuple(int(i) - (len(shape) if self.one_of(True, False) else 0) for i in chosen)
        return several[0] if len(several) == 1 and self.one_of(True, False) else several

    def well_conditioned(self, n: int, batch: tuple[int, ...] = ()) -> np.ndarray:
        """Square matrices that are safely invertible, of either sign of determinant."""
        sign = self.rng.choice([-1.0, 1.0], (*batch, n, 1))
        return self.array((*batch, n, n), -0.5, 0.5) + sign * 2.0 * np.eye(n)


@dataclass(frozen=True, eq=False)
class Case:
    """One way to call an operation: how it is drawn, and the NumPy function that it must equal.

    ``reference(*arrays, **parameters)`` takes plain arrays; complex ones too if ``analytic``. ``call`` takes Values.
    """

    name: str
    call: Callable[..., Any]
    reference: Callable[..., Any]
    recipe: Callable[[Draw], Sample]
    analytic: bool = True
    steep: bool = False  # steep without bound, or jumping, in the midst of where it is defined
    promotes: bool = True  # the result has NumPy's common dtype of the operands
    numpy: tuple[Any, ...] = ()  # NumPy's own functions that are called as the reference is, if that is none itself
    listed: bool = False  # they take the operands as one list

    def plainly(self, f: Callable[..., Any], *arrays: Any, **parameters: Any) -> Any:
        """Call NumPy's own function."""
        return f(list(arrays), **parameters) if self.listed else f(*arrays, **parameters)

    def samples(self) -> st.SearchStrategy[Sample]:
        """For Hypothesis."""
        return st.composite(lambda draw: self.recipe(Draw(lambda low, high: draw(st.integers(low, high)))))()

    def sample(self, seed: int) -> Sample:
        """One and the same for one seed."""
        rng = np.random.default_rng(seed)
        return self.recipe(Draw(lambda low, high: int(rng.integers(low, high, endpoint=True))))
