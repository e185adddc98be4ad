"""The autoencoder family: the paper's network, of any topology, and its denoising and sparse variants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy import ndarray

from microae.arguments import flag, not_negative, precision, share, widths
from microae.core.arrays import Array, as_data, private
from microae.core.context import no_grad
from microae.core.value import Value
from microae.nn.activations import Activation, Sigmoid
from microae.nn.activations import activation as make_activation
from microae.nn.initialisers import Initialiser, Seed, generator
from microae.nn.layers import Dropout, GaussianNoise, Linear, TiedLinear
from microae.nn.module import Module, Sequential
from microae.nn.registry import LOSSES, default_loss
from microae.operations.arithmetic import absolute


class Autoencoder(Module):
    """A network that learns to reconstruct its input through a code.

    Parameters
    ----------
    layers : sequence of int
        The topology, such as ``[3, 4, 3]``: input, hidden layers, output; the first and last width are equal. The
        code is the narrowest hidden layer, the first of equals.
    activation : str or Module
        Of the hidden layers; "leaky_relu" is the paper's, with slope 0.01.
    output : str or Module
        Activation of the output layer; "sigmoid" is the paper's, "linear" for data outside [0, 1].
    noise : float or Module
        Corrupts the input in training while the target stays clean (a denoising autoencoder): a standard deviation
        for Gaussian noise, or a module such as ``MaskingNoise(0.3)``.
    sparsity : float
        Weight of the penalty on the code's activity, its mean absolute value (a sparse autoencoder).
    dropout : float
        Probability of dropping each hidden neuron in training.
    loss : str, optional
        The distance that training minimises, by the short name of a loss of ``microae.nn.registry.LOSSES``: "bce",
        binary cross-entropy, "mse", the mean squared error, or one registered since. By default "bce" for a sigmoid
        output, as in the paper, else "mse".
    tied : bool
        Each layer of the decoder uses the transposed weight of its mirror image in the encoder: one parameter, used
        twice (Vincent et al. 2010). The topology must read the same backwards, with the code in its middle.
    initialiser : str or callable
        See :class:`Linear`.
    seed : int, numpy.random.Generator or None
        Source of all randomness: weights, noise and dropout.
    dtype : numpy dtype
        float64 or float32.

    Attributes
    ----------
    encoder, decoder : Sequential
        From the input to the code, and from the code to the reconstruction.
    noise : Module or None
        What corrupts the input in training.
    distance : str
        The short name of the loss.

    Raises
    ------
    ValueError
        If the layers are not a topology, or the loss, the activation or the initialiser is not known, or a number is
        out of range.
    TypeError
        For another dtype.

    Examples
    --------
    >>> import microae as ma
    >>> net = ma.Autoencoder([3, 4, 3], seed=0)
    >>> net
    Autoencoder([3, 4, 3]  # 31 parameters
      (encoder): Sequential(  # 16 parameters
        (0): Linear(3, 4)  # 16 parameters
        (1): LeakyReLU(negative_slope=0.01)
      )
      (decoder): Sequential(  # 15 parameters
        (0): Linear(4, 3)  # 15 parameters
        (1): Sigmoid()
      )
    )
    >>> net([1, 0, 1]).shape, net.encode([1, 0, 1]).shape
    ((3,), (4,))
    """

    def __init__(
        self,
        layers: Sequence[int],
        activation: str | Module | type[Module] = "leaky_relu",
        output: str | Module | type[Module] = "sigmoid",
        *,
        noise: float | Module = 0.0,
        sparsity: float = 0.0,
        dropout: float = 0.0,
        loss: str | None = None,
        tied: bool = False,
        initialiser: str | Initialiser = "he_uniform",
        seed: Seed = None,
        dtype: Any = np.float64,
    ) -> None:
        self.layers = _checked_topology(layers)
        if loss is not None and not (isinstance(loss, str) and loss in LOSSES):
            *names, last = map(repr, sorted(LOSSES))
            raise ValueError(f"Autoencoder: loss must be {', '.join(names)} or {last}, got {loss!r}")
        rng = generator(seed)
        self.dtype = precision("Autoencoder", dtype)
        dropout, tied = share("Autoencoder", "dropout", dropout), flag("Autoencoder", "tied", tied)
        self.sparsity = not_negative("Autoencoder", "sparsity", sparsity)
        self.noise = _noise(noise, rng)
        parts: list[list[Module]] = []
        outermost = len(self.layers) - 2
        for i, (n, m) in enumerate(zip(self.layers, self.layers[1:], strict=False)):
            part: list[Module] = [Linear(n, m, initialiser=initialiser, seed=rng, dtype=dtype)]
            part.append(make_activation(output if i == outermost else activation))
            if dropout and i != outermost:
                part.append(Dropout(dropout, seed=rng))
            parts.append(part)
        hidden = self.layers[1:-1]
        depth = 1 + hidden.index(min(hidden)) if hidden else 0
        self.encoder = Sequential(*(module for part in parts[:depth] for module in part))
        self.decoder = Sequential(*(module for part in parts[depth:] for module in part))
        if tied:
            self._tie()
        self.distance = loss or self._default_distance()

    def forward(self, x: Any) -> Any:
        """The reconstruction of ``x``, with noise and dropout in training.

        Parameters
        ----------
        x : array_like or Value
            A sample (n,) or a batch (N, n).

        Returns
        -------
        Value
            Of the shape of ``x``.

        Raises
        ------
        ValueError
            If the last axis is not as wide as the input layer.
        """
        x = self._checked(x)
        return self.decoder(self.encoder(x if self.noise is None else self.noise(x)))

    def encode(self, x: Any) -> Any:
        """The code of ``x``: the output of the narrowest hidden layer, without noise.

        Parameters
        ----------
        x : array_like or Value
            A sample (n,) or a batch (N, n).

        Returns
        -------
        Value
            Of shape (code,) or (N, code).
        """
        return self.encoder(self._checked(x))

    def decode(self, code: Any) -> Any:
        """The reconstruction from a code.

        Parameters
        ----------
        code : array_like or Value
            Of shape (code,) or (N, code).

        Returns
        -------
        Value
            Of shape (n,) or (N, n).
        """
        if not isinstance(code, Value):
            code = as_data(code, "Autoencoder: the code").astype(self.dtype, copy=False)
        return self.decoder(code)

    def reconstruct(self, x: Any) -> Array:
        """The reconstruction as a plain array, without noise, dropout or a graph.

        Parameters
        ----------
        x : array_like or Value
            A sample (n,) or a batch (N, n).

        Returns
        -------
        array
            Of the shape of ``x``.
        """
        with evaluating(self), no_grad():
            return self(x).numpy()

    def loss(self, x: Any, target: Any = None, reduction: Any = "mean") -> Any:
        """What training minimises: the distance of the reconstruction from the target, plus the sparsity penalty.

        Parameters
        ----------
        x : array_like or Value
            A sample (n,) or a batch (N, n).
        target : array_like or Value, optional
            Of the same shape; by default ``x`` itself.
        reduction : "mean", "sum" or "none"
            Over all elements.

        Returns
        -------
        Value
            Of shape (), or for "none" of the shape of ``x``.
        """
        x = self._checked(x)
        if target is None:
            target = x = x if isinstance(x, Value) else private(x)  # one copy serves both
        else:
            target = self._checked(target, "target")
        code = self.encoder(x if self.noise is None else self.noise(x))
        loss = LOSSES[self.distance].function(self.decoder(code), target, reduction)
        penalty = self.penalty(x, code)
        if penalty is None:
            return loss
        return loss + penalty

    def penalty(self, x: Any, code: Any) -> Any:  # noqa: ARG002 - a variant may need the input
        """What the loss adds to the distance: ``sparsity`` times the mean absolute code; a variant defines its own.

        Parameters
        ----------
        x : array_like or Value
            The clean input, (n,) or (N, n).
        code : Value
            Its code, (code,) or (N, code).

        Returns
        -------
        Value or None
            Of shape (); ``None`` for no penalty.
        """
        return self.sparsity * absolute(code).mean() if self.sparsity else None

    def configuration(self) -> dict[str, Any]:
        """The arguments that make a network like this one, but for its weights and generators.

        Returns
        -------
        dict
            Activations and noise as modules.
        """
        parts = [*self.encoder.modules(), *self.decoder.modules()]
        activations = [part for part in parts if isinstance(part, Activation)]
        return {
            "layers": list(self.layers),
            "activation": activations[0],
            "output": activations[-1],
            "noise": self.noise,
            "sparsity": self.sparsity,
            "dropout": next((part.amount for part in parts if type(part) is Dropout), 0.0),
            "loss": self.distance,
            "tied": any(isinstance(part, TiedLinear) for part in parts),
            "dtype": self.dtype.name,
        }

    def _tie(self) -> None:
        own = [layer for layer in self.encoder.children() if isinstance(layer, Linear)]
        if self.layers != self.layers[::-1] or 2 * len(own) != len(self.layers) - 1:
            raise ValueError(
                "Autoencoder: tied weights need layers that read the same backwards with the code in the middle, "
                f"such as [8, 4, 2, 4, 8], got {list(self.layers)}"
            )
        mirrored = iter(reversed(own))
        self.decoder = Sequential(
            *(TiedLinear(next(mirrored)) if isinstance(part, Linear) else part for part in self.decoder.children())
        )

    def _default_distance(self) -> str:
        return default_loss("sigmoid" if isinstance(self.decoder[-1], Sigmoid) else "others")

    def _checked(self, x: Any, what: str = "input") -> Any:
        if (type(x) is not ndarray or x.dtype is not self.dtype) and not isinstance(x, Value):
            x = as_data(x, f"Autoencoder: the {what}").astype(self.dtype, copy=False)
        if not x.ndim or x.shape[-1] != self.layers[0]:
            raise ValueError(
                f"Autoencoder: the {what} must have {self.layers[0]} features in its last axis, its shape is {x.shape}"
            )
        return x

    def _extra_repr(self) -> str:
        extra = f", sparsity={self.sparsity:g}" if self.sparsity else ""
        extra += f", loss={self.distance!r}" if self.distance != self._default_distance() else ""
        return f"{list(self.layers)}{extra}"


def _checked_topology(layers: Sequence[int]) -> tuple[int, ...]:
    topology = widths("Autoencoder", layers)
    if topology[0] != topology[-1]:
        raise ValueError(
            f"Autoencoder: the output must be as wide as the input, got {topology[0]} in and {topology[-1]} out; "
            "for other networks use Sequential"
        )
    return topology


def _noise(noise: float | Module | None, rng: np.random.Generator) -> Module | None:
    if noise is None or isinstance(noise, Module):
        return noise
    std = not_negative("Autoencoder", "noise, if it is no module such as MaskingNoise(0.3),", noise)
    return GaussianNoise(std, seed=rng) if std else None


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """Run a block with the model in evaluation mode; each module gets its own mode back afterwards."""
    modes = [(module, vars(module).get("training")) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            if mode is None:  # it had that of its class
                object.__delattr__(module, "training")
            else:
                object.__setattr__(module, "training", mode)
