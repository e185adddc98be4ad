"""What the paper prints: hyperparameters, the weights of its trained network, and the numbers of its example.

The numbers are kept as strings, so that each printed digit can be compared.

Source: Subedi and Dhungana, "A Peek Into Autoencoder Neural Networks", section "The Network in Action".
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microae.autoencoders.autoencoder import Autoencoder
from microae.data import dataset

Floats = NDArray[np.float64]

HYPERPARAMETERS: Mapping[str, Any] = MappingProxyType(
    {
        "layers": (3, 4, 3),
        "hidden activation": "leaky_relu",
        "alpha": 0.01,  # stated only inside the worked example
        "output activation": "sigmoid",
        "learning rate": 0.01,
        "loss": "binary_cross_entropy",
        "optimizer": "SGD",
        "batch size": 1,
        "epochs": 2000,
    }
)
"""The paper's hyperparameters."""

PRINTED: Mapping[str, tuple[Any, ...]] = MappingProxyType(
    {
        "input": ("1", "0", "1"),
        "W(1)": (
            ("1.28098", "3.1223", "-2.08707", "0.870437"),
            ("1.58878", "1.26969", "1.91459", "-2.58573"),
            ("-2.38938", "2.4454", "1.70066", "1.09686"),
        ),
        "b(1)": ("0.665083", "0.468071", "0.475733", "0.618163"),
        "z(1)": ("-0.443317", "6.035771", "0.089323", "2.58546"),
        "a(1)": ("-0.00443317", "6.035771", "0.089323", "2.58546"),
        "W(2)": (
            ("-0.691801", "0.332733", "-4.93794"),
            ("2.13842", "0.592468", "1.48174"),
            ("-4.41755", "0.758111", "0.5045"),
            ("-1.93134", "-5.56105", "-1.09996"),
        ),
        "b(2)": ("0.53651", "0.397774", "0.511934"),
        "z(2)": ("8.05859916", "-10.33785547", "6.67842892"),
        "a(2)": ("0.99968373", "0.0000323826", "0.998743828"),
        "output": ("0.99968373", "0.0000323826", "0.998743828"),
    }
)
"""Every number of the worked example, in the paper's order; weights stored in × out: (3, 4) and (4, 3)."""

BACKPROPAGATION: Mapping[str, Any] = MappingProxyType(
    {"announced": 3, "steps": ("Gradient Computation", "Weights and Biases Update")}
)
"""How many steps of back propagation the paper announces, and the headings of those that it describes."""

BINARY_VECTORS: Floats = np.array(list(itertools.product((0.0, 1.0), repeat=3)))
"""The 8 combinations of three zeros and ones, shape (8, 3): what the network is trained to reconstruct."""
BINARY_VECTORS.flags.writeable = False


@dataset("paper", "the paper's 8 vectors", features=3, title="the paper's {n} vectors")
def binary_vectors() -> tuple[Floats, list[str]]:
    """The 8 binary vectors, and the bits of each as its label.

    Returns
    -------
    x : array (8, 3)
    labels : list of str

    Examples
    --------
    >>> from microae.paper.published import binary_vectors
    >>> x, labels = binary_vectors()
    >>> x[5].tolist(), labels[5]
    ([1.0, 0.0, 1.0], '101')
    """
    return BINARY_VECTORS, ["".join(f"{bit:.0f}" for bit in vector) for vector in BINARY_VECTORS]


def printed(name: str) -> Floats:
    """A printed vector or matrix as numbers.

    Parameters
    ----------
    name : str
        A name of ``PRINTED``, such as "W(1)".

    Returns
    -------
    array of float64
        Matrices of weights are in × out.

    Raises
    ------
    KeyError
        If the paper prints nothing of that name.

    Examples
    --------
    >>> from microae import paper
    >>> paper.printed("b(2)").tolist()
    [0.53651, 0.397774, 0.511934]
    """
    if name not in PRINTED:
        raise KeyError(f"the paper prints no {name!r}; it prints {', '.join(PRINTED)}")
    return np.array(PRINTED[name], dtype=np.float64)


def weights() -> list[Floats]:
    """The published weights.

    Returns
    -------
    list of array
        In × out: shapes (3, 4) and (4, 3).

    Examples
    --------
    >>> from microae import paper
    >>> [W.shape for W in paper.weights()]
    [(3, 4), (4, 3)]
    """
    return [printed("W(1)"), printed("W(2)")]


def biases() -> list[Floats]:
    """The published biases.

    Returns
    -------
    list of array
        Shapes (4,) and (3,).

    Examples
    --------
    >>> from microae import paper
    >>> paper.biases()[1].tolist()
    [0.53651, 0.397774, 0.511934]
    """
    return [printed("b(1)"), printed("b(2)")]


def network() -> Autoencoder:
    """The paper's trained network, with the published weights.

    Returns
    -------
    Autoencoder
        With layers 3-4-3, LeakyReLU inside and a sigmoid output.

    Examples
    --------
    >>> from microae import paper
    >>> paper.network().reconstruct([1, 0, 1]).round(8).tolist()
    [0.99968373, 3.238e-05, 0.99874383]
    """
    net = Autoencoder(HYPERPARAMETERS["layers"], seed=0)
    published = [array for pair in zip(weights(), biases(), strict=True) for array in pair]
    net.load_state_dict(dict(zip(net.state_dict(), published, strict=True)))
    return net


def layers_of(net: Any) -> tuple[list[Floats], list[Floats]]:
    """The weights and the biases of a network of ``Linear`` layers, as plain arrays.

    Parameters
    ----------
    net : Module
        Each of its layers has a bias.

    Returns
    -------
    weights, biases : lists of arrays
        Layer by layer, shapes (in, out) and (out,).

    Examples
    --------
    >>> from microae import paper
    >>> weights, biases = paper.layers_of(paper.network())
    >>> weights[0].shape, biases[0].shape
    ((3, 4), (4,))
    """
    arrays = [parameter.numpy() for parameter in net.parameters()]
    return arrays[0::2], arrays[1::2]
