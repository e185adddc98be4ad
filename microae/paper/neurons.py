"""A network with given weights, built as a ``Sequential`` of layers and neuron by neuron from scalar Values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microae.core.value import Value
from microae.nn.activations import activation as make_activation
from microae.nn.layers import Linear
from microae.nn.losses import loss_function
from microae.nn.module import Module, Sequential
from microae.paper.manual import Floats


def sequential(weights: Sequence[Floats], biases: Sequence[Floats], activations: Sequence[str]) -> Sequential:
    """A ``Sequential`` of ``Linear`` layers and activations with given weights and biases.

    Parameters
    ----------
    weights, biases : sequences of arrays
        Layer by layer, shapes (in, out) and (out,).
    activations : sequence of str
        One for each layer.

    Returns
    -------
    Sequential

    Examples
    --------
    >>> from microae import paper
    >>> net = paper.sequential(paper.weights(), paper.biases(), ["leaky_relu", "sigmoid"])
    >>> net([1, 0, 1]).numpy().round(4).tolist()
    [0.9997, 0.0, 0.9987]
    """
    parts: list[Module] = []
    for W, b, name in zip(weights, biases, activations, strict=True):
        layer = Linear(*W.shape, seed=0)
        layer.weight.data = W
        assert layer.bias is not None
        layer.bias.data = b
        parts += [layer, make_activation(name)]
    return Sequential(*parts)


def automatic_gradients(
    weights: Sequence[Floats],
    biases: Sequence[Floats],
    x: Any,
    target: Any,
    activations: Sequence[str],
    loss: str = "binary_cross_entropy",
    reduction: Any = "mean",
) -> tuple[list[Floats], list[Floats]]:
    """The gradients of the loss with respect to all weights and biases, computed by the engine.

    Parameters
    ----------
    weights, biases, x, target, activations, loss, reduction
        As in :func:`manual_gradients`.

    Returns
    -------
    grad_weights, grad_biases : lists of arrays
        Of the shapes of ``weights`` and ``biases``.

    Examples
    --------
    >>> from microae import paper
    >>> grad_weights, grad_biases = paper.automatic_gradients(
    ...     paper.weights(), paper.biases(), [1, 0, 1], [1, 0, 1], ["leaky_relu", "sigmoid"], reduction="sum"
    ... )
    >>> grad_biases[1].round(8).tolist()
    [-0.00031627, 3.238e-05, -0.00125617]
    """
    net = sequential(weights, biases, activations)
    loss_function(loss)(net(np.asarray(x, np.float64)), target, reduction).backward()
    grads = [parameter.grad for parameter in net.parameters()]
    return grads[0::2], grads[1::2]


class Neuron:
    """One neuron, built from scalar Values: its output is ``f(Σ w h + b)``.

    Parameters
    ----------
    w : sequence of float
        One weight for each input.
    b : float
        The bias.
    activation : str
        The name of f.
    name : str
        For the labels of the Values, such as "1,2": the weights are "w1,2,1", "w1,2,2" and so on.

    Attributes
    ----------
    w : list of Value
    b : Value

    Examples
    --------
    >>> from microae import paper
    >>> neuron = paper.Neuron([1.0, -2.0], 0.5, "leaky_relu")
    >>> out = neuron([3.0, 1.0])
    >>> out.backward()
    >>> out.data, [w.grad for w in neuron.w], neuron.b.grad
    (1.5, [3.0, 1.0], 1.0)
    """

    def __init__(self, w: Sequence[float], b: float, activation: str, name: str = "") -> None:
        self.w = [Value(number, label=f"w{name},{i + 1}") for i, number in enumerate(w)]
        self.b = Value(b, label=f"b{name}")
        self.activation = make_activation(activation)

    def __call__(self, h: Sequence[Any]) -> Any:
        """The output, a scalar Value, for the inputs ``h``, a sequence of numbers or scalar Values."""
        z: Any = self.b
        for w, x in zip(self.w, h, strict=True):
            z = z + w * x
        return self.activation(z)


class ScalarNetwork:
    """A network in which every weight and bias is a scalar Value and every neuron a sum of its own.

    Parameters
    ----------
    weights, biases : sequences of arrays
        Layer by layer, shapes (in, out) and (out,).
    activations : sequence of str
        One for each layer.

    Examples
    --------
    >>> from microae import paper
    >>> net = paper.ScalarNetwork(paper.weights(), paper.biases(), ["leaky_relu", "sigmoid"])
    >>> [round(output.data, 4) for output in net([1, 0, 1])]
    [0.9997, 0.0, 0.9987]
    >>> net.loss([1, 0, 1], [1, 0, 1]).backward()
    >>> grad_weights, grad_biases = net.gradients()
    >>> grad_weights[0].shape
    (3, 4)
    """

    def __init__(self, weights: Sequence[Floats], biases: Sequence[Floats], activations: Sequence[str]) -> None:
        self.layers = [
            [Neuron(W[:, j].tolist(), float(b[j]), name, f"{i + 1},{j + 1}") for j in range(W.shape[1])]
            for i, (W, b, name) in enumerate(zip(weights, biases, activations, strict=True))
        ]

    def __call__(self, x: Sequence[Any]) -> list[Any]:
        """The outputs, a list of scalar Values, for one sample ``x``, a sequence of numbers."""
        h = list(x)
        for layer in self.layers:
            h = [neuron(h) for neuron in layer]
        return h

    def loss(self, x: Any, target: Any, loss: str = "binary_cross_entropy", reduction: str = "mean") -> Any:
        """The loss of a sample or a batch.

        Parameters
        ----------
        x, target : array_like
            Shapes (in,) and (out,), or (N, in) and (N, out).
        loss : str
            A name of a registered loss.
        reduction : str
            "mean" over all N × out elements, or "sum".

        Returns
        -------
        Value
            A scalar.
        """
        function = loss_function(loss)
        xs, ys = np.atleast_2d(np.asarray(x, np.float64)), np.atleast_2d(np.asarray(target, np.float64))
        total: Any = 0.0
        for sample, expected in zip(xs.tolist(), ys.tolist(), strict=True):
            for output, y in zip(self(sample), expected, strict=True):
                total = total + function(output, y, "sum")
        return total / ys.size if reduction == "mean" else total

    def parameters(self) -> list[Value]:
        """Every weight and bias, each a scalar Value; for each neuron its weights, then its bias."""
        return [value for layer in self.layers for neuron in layer for value in (*neuron.w, neuron.b)]

    def gradients(self) -> tuple[list[Floats], list[Floats]]:
        """The ``grad`` of the weights (in, out) and of the biases (out,) of each layer, as lists of arrays."""
        return (
            [np.array([[w.grad for w in neuron.w] for neuron in layer]).T for layer in self.layers],
            [np.array([neuron.b.grad for neuron in layer]) for layer in self.layers],
        )

    def values(self) -> tuple[list[Floats], list[Floats]]:
        """The present weights (in, out) and biases (out,) of each layer, as lists of arrays."""
        return (
            [np.array([[w.data for w in neuron.w] for neuron in layer]).T for layer in self.layers],
            [np.array([neuron.b.data for neuron in layer]) for layer in self.layers],
        )
