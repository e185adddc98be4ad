"""Layers: the affine map, and the random ones (dropout and input noise)."""

from __future__ import annotations

from typing import Any

import numpy as np

from microae.arguments import not_negative, precision, refuse_masked, share
from microae.core.arrays import Traced
from microae.core.context import current
from microae.core.value import Value
from microae.nn.initialisers import Initialiser, Seed, generator, initialiser
from microae.nn.module import Module
from microae.operations.linear_algebra import linear


class Linear(Module):
    """The affine map ``x @ weight + bias``; the paper's ``z = W h + b`` with W stored in × out, as it prints it.

    Parameters
    ----------
    in_features, out_features : int
        Width of the input and of the output.
    bias : bool
        Whether there is a bias; it starts at 0.
    initialiser : str or callable
        How the weights start: "he_normal", "he_uniform", "glorot_normal", "glorot_uniform", "uniform", or a function
        of (shape, generator).
    seed : int, numpy.random.Generator or None
        Source of the randomness.
    dtype : numpy dtype
        float64 or float32.

    Attributes
    ----------
    weight : Value
        Shape (in_features, out_features).
    bias : Value or None
        Shape (out_features,).

    Raises
    ------
    ValueError
        If a width is not a positive integer, the initialiser is not known or gives another shape.
    TypeError
        For another dtype.

    Examples
    --------
    >>> import microae as ma
    >>> layer = ma.Linear(3, 4, seed=0)
    >>> layer.weight.shape, layer.bias.shape, layer([1, 0, 1]).shape
    ((3, 4), (4,), (4,))
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        initialiser: str | Initialiser = "he_uniform",
        seed: Seed = None,
        dtype: Any = np.float64,
    ) -> None:
        for name, width in (("in_features", in_features), ("out_features", out_features)):
            if not isinstance(width, (int, np.integer)) or width < 1:
                raise ValueError(f"Linear: {name} must be a positive integer, got {width!r}")
        self.in_features, self.out_features = int(in_features), int(out_features)
        dtype = precision("Linear", dtype)
        weight = _initial(initialiser, (self.in_features, self.out_features), seed)
        self.weight = Value(weight.astype(dtype))
        self.bias = Value(np.zeros(self.out_features, dtype)) if bias else None

    def forward(self, x: Any) -> Any:
        """From ``x`` (..., in_features) to (..., out_features)."""
        bias = self.bias
        return x @ self.weight if bias is None else linear(x, self.weight, bias)

    def _extra_repr(self) -> str:
        return f"{self.in_features}, {self.out_features}" + ("" if self.bias is not None else ", bias=False")


class TiedLinear(Module):
    """The affine map by another layer's transposed weight, ``x @ weight.T + bias``, with a bias of its own.

    Parameters
    ----------
    layer : Linear
        Whose weight, (n, m), is used a second time; it stays one parameter.

    Examples
    --------
    >>> import microae as ma
    >>> layer = ma.Linear(3, 2, seed=0)
    >>> tied = ma.TiedLinear(layer)
    >>> tied.weight is layer.weight, tied([1.0, 0.0]).shape
    (True, (3,))
    """

    def __init__(self, layer: Linear) -> None:
        self.weight = layer.weight
        self.bias = Value(np.zeros(layer.in_features, layer.weight.dtype), label="b")

    def forward(self, x: Any) -> Any:
        """``x @ weight.T + bias``; ``x`` has shape (n,) or (N, n)."""
        return linear(x, self.weight.T, self.bias)

    def _extra_repr(self) -> str:
        return f"{self.weight.shape[1]}, {self.weight.shape[0]}"


def _initial(given: str | Initialiser, shape: tuple[int, int], seed: Seed) -> Any:
    weights = np.asarray(initialiser(given)(shape, generator(seed)))
    if weights.shape != shape:
        raise ValueError(f"Linear: the initialiser gave weights of shape {weights.shape}, not {shape}")
    return weights


class RandomModule(Module):
    """A module that draws random numbers in training and passes its input on in evaluation.

    Parameters
    ----------
    amount : float
        How much; at 0 the input passes too.
    seed : int, numpy.random.Generator or None
        Source of the randomness.
    """

    def __init__(self, amount: float, seed: Seed) -> None:
        self.rng = generator(seed)
        self.amount = float(amount)

    def forward(self, x: Any) -> Any:
        """``x`` changed in training, ``x`` itself in evaluation."""
        if not self.training or not self.amount:
            return x
        recorder = current().recorder
        if recorder is not None:
            recorder.note_draws(self.rng)
            state = self.rng.bit_generator.state
        if not isinstance(x, (Value, Traced)):
            refuse_masked(type(self).__name__, x)
            x = np.asarray(x)
            x = x if x.dtype.kind == "f" else x.astype(np.float64)
        made = self.change(x)
        if recorder is not None:
            recorder.note_random(self, state, x, made)
        return made

    @property
    def _draws(self) -> Any:
        """The generator, or while a step is compiled what notes its draws as inputs of the program."""
        trace = current().trace
        return self.rng if trace is None else trace.draws_of(self.rng)

    def change(self, x: Any) -> Any:
        """What training makes of ``x``; a subclass defines it."""
        raise NotImplementedError

    def _mask(self, x: Any, p: float) -> Any:
        """1 for each element that stays, with probability ``1 - p``, else 0."""
        return (self._draws.random(x.shape) >= p).astype(x.dtype)

    def _extra_repr(self) -> str:
        return f"{self.amount:g}"


class Dropout(RandomModule):
    """Sets elements to 0 in training, so that no neuron relies on another; in evaluation the input passes unchanged.

    Parameters
    ----------
    p : float
        The probability of each element, at least 0 and below 1. The others are multiplied by ``1 / (1 - p)``, so that
        the mean stays (inverted dropout).
    seed : int, numpy.random.Generator or None
        Source of the randomness.

    Raises
    ------
    ValueError
        If ``p`` is out of range.

    Notes
    -----
    Source: Srivastava et al. (2014).

    Examples
    --------
    >>> import microae as ma
    >>> dropout = ma.Dropout(0.5, seed=0)
    >>> dropout([1.0, 1.0, 1.0, 1.0]), dropout.eval()([1.0, 1.0, 1.0, 1.0])
    (array([2., 0., 0., 0.]), [1.0, 1.0, 1.0, 1.0])
    """

    def __init__(self, p: float = 0.5, *, seed: Seed = None) -> None:
        super().__init__(share("Dropout", "p", p), seed)

    def change(self, x: Any) -> Any:
        return x * (self._mask(x, self.amount) / x.dtype.type(1.0 - self.amount))


class MaskingNoise(RandomModule):
    """Sets elements to 0 in training, the others unchanged: the corrupted input of a denoising autoencoder.

    Parameters
    ----------
    p : float
        The probability of each element, at least 0 and below 1.
    seed : int, numpy.random.Generator or None
        Source of the randomness.

    Raises
    ------
    ValueError
        If ``p`` is out of range.

    Notes
    -----
    Source: Vincent et al. (2008).

    Examples
    --------
    >>> import microae as ma
    >>> ma.MaskingNoise(0.5, seed=0)([1.0, 2.0, 3.0, 4.0])
    array([1., 0., 0., 0.])
    """

    def __init__(self, p: float = 0.25, *, seed: Seed = None) -> None:
        super().__init__(share("MaskingNoise", "p", p), seed)

    def change(self, x: Any) -> Any:
        return x * self._mask(x, self.amount)


class GaussianNoise(RandomModule):
    """Adds normal noise in training; in evaluation the input passes unchanged.

    Parameters
    ----------
    std : float
        The standard deviation, not negative.
    seed : int, numpy.random.Generator or None
        Source of the randomness.

    Raises
    ------
    ValueError
        If ``std`` is negative.

    Examples
    --------
    >>> import microae as ma
    >>> noise = ma.GaussianNoise(0.1, seed=0)
    >>> noise([1.0, 2.0]).round(3), noise.eval()([1.0, 2.0])
    (array([1.013, 1.987]), [1.0, 2.0])
    """

    def __init__(self, std: float = 0.1, *, seed: Seed = None) -> None:
        super().__init__(not_negative("GaussianNoise", "std", std), seed)

    def change(self, x: Any) -> Any:
        return x + (self.amount * self._draws.standard_normal(x.shape)).astype(x.dtype)


class SaltAndPepperNoise(RandomModule):
    """Sets each element to 0 (pepper) or 1 (salt), each with probability ``p / 2``, in training.

    Parameters
    ----------
    p : float
        The share of elements that are lost, at least 0 and less than 1.
    seed : int, numpy.random.Generator or None
        Source of the randomness.

    Raises
    ------
    ValueError
        If ``p`` is out of range.

    Examples
    --------
    >>> import microae as ma
    >>> noise = ma.SaltAndPepperNoise(0.5, seed=0)
    >>> noise([0.5, 0.5, 0.5, 0.5]), noise.eval()([0.5])
    (array([0.5, 0. , 1. , 1. ]), [0.5])
    """

    def __init__(self, p: float = 0.1, *, seed: Seed = None) -> None:
        super().__init__(share("SaltAndPepperNoise", "p", p), seed)

    def change(self, x: Any) -> Any:
        drawn = self._draws.random(x.shape)
        stays, salt = drawn >= self.amount, drawn < self.amount / 2.0
        return x * stays.astype(x.dtype) + salt.astype(x.dtype)
