"""The classifier: the same layers with one output for each class, such as the paper's apple, orange and other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from microae.arguments import precision, widths
from microae.autoencoders.autoencoder import evaluating
from microae.core.arrays import Array, Traced, as_data
from microae.core.context import no_grad
from microae.core.value import Value
from microae.nn.activations import Activation, Identity
from microae.nn.activations import activation as make_activation
from microae.nn.initialisers import Initialiser, Seed, generator
from microae.nn.layers import Linear
from microae.nn.losses import cross_entropy
from microae.nn.module import Module, Sequential
from microae.operations.activations import softmax


class Classifier(Module):
    """Layers whose last gives one logit z for each class; minimises ``-ln softmax(z)[class]``.

    Parameters
    ----------
    layers : sequence of int
        Such as ``[64, 32, 10]``: features, hidden layers, classes.
    activation : str or Module
        Of the hidden layers.
    initialiser : str or callable
        See :class:`Linear`.
    seed : int, numpy.random.Generator or None
        Source of the randomness.
    dtype : numpy dtype
        float64 or float32.

    Raises
    ------
    ValueError
        For fewer than two layers, or a width that is not a positive whole number.

    Examples
    --------
    >>> import microae as ma
    >>> fruit = [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    >>> net = ma.Classifier([2, 8, 3], seed=0)
    >>> _ = ma.fit(net, fruit, "adam", target=[0, 1, 2], epochs=500, batch_size=3, seed=0, progress=False)
    >>> [["apple", "orange", "other"][c] for c in net.predict(fruit)]
    ['apple', 'orange', 'other']
    """

    def __init__(
        self,
        layers: Sequence[int],
        activation: str | Module | type[Module] = "relu",
        *,
        initialiser: str | Initialiser = "he_uniform",
        seed: Seed = None,
        dtype: Any = np.float64,
    ) -> None:
        self.layers, self.dtype = widths("Classifier", layers), precision("Classifier", dtype)
        rng, parts = generator(seed), []
        for n, m in pairwise(self.layers):
            parts += [Linear(n, m, initialiser=initialiser, seed=rng, dtype=dtype), make_activation(activation)]
        self.network = Sequential(*parts[:-1])

    def forward(self, x: Any) -> Any:
        """The logits (classes,) or (N, classes) of ``x``, (n,) or (N, n)."""
        if not isinstance(x, Value):
            x = as_data(x, "Classifier: the input").astype(self.dtype, copy=False)
        if not x.ndim or x.shape[-1] != self.layers[0]:
            raise ValueError(f"Classifier: the input must have {self.layers[0]} features, its shape is {x.shape}")
        return self.network(x)

    def loss(self, x: Any, target: Any, reduction: Any = "mean") -> Any:
        """The cross-entropy with ``target``: classes of shape (N,), or one-hot rows (N, classes)."""
        logits = self(x)
        if not isinstance(target, (Value, Traced)):
            self._check(np.asarray(target), logits.shape, target is x)
        return cross_entropy(logits, target, reduction)

    def _check(self, target: Array, shape: tuple[int, ...], is_input: bool) -> None:
        kind, classes = target.dtype.kind, self.layers[-1]
        if (target.shape == shape and kind in "biuf") or (target.shape == shape[:-1] and kind in "iu"):
            return
        if is_input:
            fix = "; pass it, as in fit(net, x, ..., target=classes)"
        elif target.shape == shape[:-1]:
            whole = kind in "bf" and bool((target == np.floor(target)).all())
            fix = "; convert it, with " + (".astype(int)" if whole else "np.unique(target, return_inverse=True)[1]")
        else:
            fix = "; flatten it, with .ravel()" if target.size == shape[0] and kind in "iu" else ""
        raise ValueError(
            f"Classifier: the target must be a whole number from 0 to {classes - 1} for each sample, or a row of "
            f"{classes} probabilities; got {target.dtype} of shape {target.shape}{fix}"
        )

    def predict_proba(self, x: Any) -> Array:
        """The probability of each class as a plain array (N, classes)."""
        with evaluating(self), no_grad():
            probabilities: Array = softmax(self(x), axis=-1).numpy()
        return probabilities

    def predict(self, x: Any) -> Any:
        """The likeliest class of each sample, (N,)."""
        return np.argmax(self.predict_proba(x), axis=-1)

    def configuration(self) -> dict[str, Any]:
        """The arguments that make a network like this one, but for its weights."""
        activations = [part for part in self.network.modules() if isinstance(part, Activation)]
        return {
            "layers": list(self.layers),
            "activation": activations[0] if activations else Identity(),
            "dtype": self.dtype.name,
        }
