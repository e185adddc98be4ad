"""The variational autoencoder: a code that is drawn, and from which new samples are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microae.arguments import count, not_negative
from microae.autoencoders.autoencoder import Autoencoder
from microae.core.arrays import Array
from microae.core.context import current, enter, no_grad
from microae.nn.activations import Identity
from microae.nn.initialisers import Seed, generator
from microae.nn.layers import Linear, RandomModule
from microae.nn.module import Sequential
from microae.nn.registry import LOSSES


class StandardNormal(RandomModule):
    """Standard normal numbers of the input's shape, drawn in training."""

    def __init__(self, *, seed: Seed = None) -> None:
        super().__init__(1.0, seed)

    def change(self, x: Any) -> Any:
        return self._draws.standard_normal(x.shape).astype(x.dtype)


class VariationalAutoencoder(Autoencoder):
    """Minimises minus the evidence lower bound (Kingma and Welling 2014), averaged over the batch.

    ``-ELBO = -ln p(x|z) + β KL``, with ``z = μ + exp(½ ln σ²) ε``, ``ε ~ N(0, 1)`` and
    ``KL = -½ Σ (1 + ln σ² - μ² - σ²)``. ``-ln p(x|z)`` is the cross-entropy summed over the features for "bce", and
    ``½ Σ (x - x̂)² + n/2 ln 2π`` for "mse" (a Gaussian of variance 1). β other than 1: Higgins et al. 2017.

    Parameters
    ----------
    layers : sequence of int
        As of :class:`Autoencoder`; the code needs a hidden layer before it.
    activation : str or Module
        Of the hidden layers other than the code, whose mean is linear.
    beta : float
        Weight of the divergence.
    seed : int, numpy.random.Generator or None
        Source of all randomness.
    **options
        As of :class:`Autoencoder`, but for ``tied``, ``sparsity`` and ``dropout``.

    Raises
    ------
    ValueError
        If there is no hidden layer before the code, a number is out of range, or the loss is not "bce" or "mse".

    Examples
    --------
    >>> import microae as ma
    >>> net = ma.VariationalAutoencoder([6, 4, 2, 4, 6], seed=0)
    >>> net.loss([1, 0, 1, 0, 1, 0]).shape, net.sample(3, seed=0).shape
    ((), (3, 6))
    """

    def __init__(
        self,
        layers: Sequence[int],
        activation: Any = "leaky_relu",
        *,
        beta: float = 1.0,
        seed: Seed = None,
        **options: Any,
    ) -> None:
        unsupported = {"tied", "sparsity", "dropout"} & {name for name, given in options.items() if given}
        if unsupported:
            raise ValueError(f"VariationalAutoencoder: {', '.join(sorted(unsupported))} cannot be used here")
        rng = generator(seed)
        super().__init__(layers, activation, seed=rng, **options)
        if len(self.encoder) < 4 or not len(self.decoder):
            raise ValueError(
                f"VariationalAutoencoder: a hidden layer must stand before the code, as in [64, 32, 8, 32, 64], "
                f"got {list(self.layers)}"
            )
        if self.distance not in ("bce", "mse"):
            raise ValueError(f"VariationalAutoencoder: loss must be 'bce' or 'mse', got {self.distance!r}")
        self.beta = not_negative("VariationalAutoencoder", "beta", beta)
        *shared, mean, _ = self.encoder.children()
        self.encoder = Sequential(*shared, mean, Identity())
        width, code = self.layers[len(shared) // 2], self.layers[len(shared) // 2 + 1]
        self.log_variance = Linear(width, code, initialiser="glorot_uniform", seed=rng, dtype=self.dtype)
        self.draws = StandardNormal(seed=rng)

    def posterior(self, x: Any) -> tuple[Any, Any]:
        """The mean and the logarithm of the variance of the code of ``x``, each (code,) or (N, code)."""
        h = self._checked(x)
        h = h if self.noise is None else self.noise(h)
        *shared, mean, _ = self.encoder.children()
        context = current()
        enter(context.inside("encoder"))  # its parts run one by one, and are still its own in a recording
        try:
            for part in shared:
                h = part(h)
            centre = mean(h)
        finally:
            enter(context)
        return centre, self.log_variance(h)

    def forward(self, x: Any) -> Any:
        """The reconstruction from a drawn code in training, from the mean code in evaluation."""
        return self.decoder(self._drawn(*self.posterior(x)))

    def loss(self, x: Any, target: Any = None, reduction: Any = "mean") -> Any:
        """Minus the evidence lower bound of a sample, averaged ("mean") or summed ("sum") over the batch."""
        if reduction not in ("mean", "sum"):
            raise ValueError(f"VariationalAutoencoder: reduction must be 'mean' or 'sum', got {reduction!r}")
        x = self._checked(x)
        target = x if target is None else self._checked(target, "target")
        mean, log_variance = self.posterior(x)
        distance = LOSSES[self.distance].function(self.decoder(self._drawn(mean, log_variance)), target, "sum")
        samples = x.shape[0] if x.ndim == 2 else 1
        if self.distance == "mse":
            distance = 0.5 * distance + samples * (0.5 * self.layers[0] * np.log(2.0 * np.pi))
        divergence = -0.5 * (1.0 + log_variance - mean * mean - np.exp(log_variance)).sum()
        total = distance + self.beta * divergence
        return total if reduction == "sum" else total / samples

    def sample(self, n: int, seed: Seed = None) -> Array:
        """``n`` new samples (n, features): codes drawn from the standard normal prior, decoded without a graph."""
        n = count("VariationalAutoencoder.sample", "n", n, least=0)
        codes = generator(seed).standard_normal((n, self.log_variance.weight.shape[1]))
        with no_grad():
            drawn: Array = self.decode(codes).numpy()
        return drawn

    def configuration(self) -> dict[str, Any]:
        return super().configuration() | {"beta": self.beta}

    def _drawn(self, mean: Any, log_variance: Any) -> Any:
        return mean + np.exp(0.5 * log_variance) * self.draws(mean) if self.draws.training else mean
