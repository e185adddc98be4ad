"""Networks drawn by Hypothesis, an oracle for their gradients, and what "equal to 1e-12" means for them."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

EPS = float(np.finfo(float).eps)
HIDDEN = ("leaky_relu", "relu", "elu", "selu", "sigmoid", "silu", "tanh", "softplus", "linear")
KINKED = ("leaky_relu", "relu", "selu")


@dataclass(frozen=True)
class Network:
    """A network, its data and its loss."""

    weights: list[Any]
    biases: list[Any]
    x: Any
    y: Any
    activations: tuple[str, ...]
    loss: str
    reduction: str

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.weights, self.biases, self.x, self.y, self.activations, self.loss, self.reduction


@st.composite
def networks(draw: Any, most_layers: int = 4, most_width: int = 8, most_samples: int = 5) -> Network:
    """1 to 4 layers of widths 1 to 8, any activations, both losses, one sample or a batch.

    Numbers are multiples of 1/64, so that zeros, ties and z = 0 occur and the first layer's z is exact.
    """

    def numbers(shape: tuple[int, ...], low: int = -80, high: int = 80, unit: float = 64.0) -> Any:
        size = int(np.prod(shape))
        return np.array(draw(st.lists(st.integers(low, high), min_size=size, max_size=size))).reshape(shape) / unit

    widths = draw(st.lists(st.integers(1, most_width), min_size=2, max_size=most_layers + 1))
    depth = len(widths) - 1
    loss = draw(st.sampled_from(("binary_cross_entropy", "mean_squared_error")))
    activations = [draw(st.sampled_from(HIDDEN)) for _ in range(depth)]
    if loss == "binary_cross_entropy":
        activations[-1] = "sigmoid"
    samples = draw(st.integers(0, most_samples))
    batch = (samples,) if samples else ()
    y = numbers((*batch, widths[-1]), 0, 4, 4.0) if loss == "binary_cross_entropy" else numbers((*batch, widths[-1]))
    return Network(
        [numbers(shape) for shape in itertools.pairwise(widths)],
        [numbers((width,)) for width in widths[1:]],
        numbers((*batch, widths[0])),
        y,
        tuple(activations),
        loss,
        draw(st.sampled_from(("mean", "sum"))),
    )


# --- the oracle: a loss of complex numbers, differentiated by a complex step -----------------------------------------


def _sigmoid(z: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-z))


def _where_positive(z: Any, yes: Any, no: Any) -> Any:
    return np.where(z.real > 0, yes, no)


def _expm1(z: Any) -> Any:
    return np.expm1(np.where(z.real > 0, 0.0, z))


COMPLEX = {
    "leaky_relu": lambda z: _where_positive(z, z, 0.01 * z),
    "relu": lambda z: _where_positive(z, z, 0.0 * z),
    "elu": lambda z: _where_positive(z, z, _expm1(z)),
    "selu": lambda z: 1.0507009873554805 * _where_positive(z, z, 1.6732632423543772 * _expm1(z)),
    "sigmoid": _sigmoid,
    "silu": lambda z: z * _sigmoid(z),
    "tanh": np.tanh,
    "softplus": lambda z: np.log1p(np.exp(z)),
    "linear": lambda z: z,
}


def complex_loss(weights: Any, biases: Any, network: Network) -> Any:
    """The loss with complex weights; at a kink it goes the way of z <= 0."""
    h = np.atleast_2d(network.x).astype(complex)
    for W, b, name in zip(weights, biases, network.activations, strict=True):
        z = np.array([[sum(p * q for p, q in zip(row, column, strict=True)) for column in W.T] for row in h]) + b
        h = COMPLEX[name](z)
    y = np.atleast_2d(network.y)
    each = np.log1p(np.exp(z)) - y * z if network.loss == "binary_cross_entropy" else (h - y) ** 2
    return each.sum() / (y.size if network.reduction == "mean" else 1)


def complex_step(network: Network) -> tuple[list[Any], list[Any]]:
    """All gradients, one parameter at a time: Im f(w + ih) / h, which has no cancellation."""
    h = 1e-150
    parameters = [array.astype(complex) for array in (*network.weights, *network.biases)]
    depth = len(network.weights)
    found = []
    for array in parameters:
        g = np.empty(array.shape)
        for i in np.ndindex(array.shape):
            array[i] += 1j * h
            g[i] = complex_loss(parameters[:depth], parameters[depth:], network).imag / h
            array[i] = array[i].real
        found.append(g)
    return found[:depth], found[depth:]


# --- agreement -------------------------------------------------------------------------------------------------------


def rounding(network: Network, zs: list[Any], hs: list[Any]) -> tuple[list[Any], list[Any], bool]:
    """How far rounding alone may move each gradient (a running error estimate), and whether it may cross a kink.

    It follows the computation, adds the rounding of the terms at each sum and of the result at each function, and
    passes on what came before. Only where terms cancel is it more than 1e-12 of the gradient itself.
    """
    e_zs, e_hs, crosses = [], [np.zeros_like(hs[0])], False
    slopes = [_slope(name, z) for name, z in zip(network.activations, zs, strict=True)]
    for k, (W, b, z, h) in enumerate(zip(network.weights, network.biases, zs, hs[1:], strict=True)):
        e_z = e_hs[k] @ np.abs(W) + EPS * (np.abs(hs[k]) @ np.abs(W) + np.abs(b)) * (k > 0)  # the first z is exact
        if k and network.activations[k] in KINKED:
            crosses |= bool((np.abs(z) < 4 * e_z).any())
        e_zs.append(e_z)
        e_hs.append(slopes[k] * e_z + EPS * np.abs(h))

    y = np.atleast_2d(network.y)
    scale = 1.0 / y.size if network.reduction == "mean" else 1.0
    e_slopes = [e_z + EPS * _slope_terms(name, z) for name, z, e_z in zip(network.activations, zs, e_zs, strict=True)]
    away = hs[-1] - y
    if network.loss == "binary_cross_entropy":
        nabla, e = scale * np.abs(away), scale * (e_hs[-1] + EPS * np.abs(away))
    else:
        nabla = scale * 2 * np.abs(away) * slopes[-1]
        e = scale * 2 * (e_hs[-1] * slopes[-1] + np.abs(away) * e_slopes[-1]) + EPS * nabla
    e_weights, e_biases = [], []
    for k in range(len(zs) - 1, -1, -1):
        e_weights.append(np.abs(hs[k]).T @ (e + EPS * nabla) + e_hs[k].T @ nabla)
        e_biases.append((e + EPS * nabla).sum(axis=0))
        if k:
            W = np.abs(network.weights[k])
            back, e = nabla @ W.T, (e + EPS * nabla) @ W.T
            nabla, e = back * slopes[k - 1], e * slopes[k - 1] + back * e_slopes[k - 1]
    return e_weights[::-1], e_biases[::-1], crosses


def _slope_terms(name: str, z: Any) -> Any:
    """The size of the terms from which f' is added up: those of 1 − tanh² cancel, those of σ (1 − σ) do too."""
    if name == "tanh":
        return 1.0 + np.tanh(z) ** 2
    if name in ("sigmoid", "silu"):
        return (1.0 + np.abs(z)) / (1.0 + np.exp(-z))
    return _slope(name, z)


def _slope(name: str, z: Any) -> Any:
    """|f'(z)|, by the oracle's complex functions."""
    return np.abs(COMPLEX[name](z + 1e-150j).imag / 1e-150)


def assert_equal_gradients(found: Any, expected: Any, allowed: Any) -> None:
    """Each element to 1e-12 of itself, not of the largest; only where terms cancelled, to a few roundings of them."""
    for what, ours, theirs, errors in zip(("weight", "bias"), found, expected, allowed, strict=True):
        assert len(ours) == len(theirs)
        for layer, (a, b, e) in enumerate(zip(ours, theirs, errors, strict=True)):
            a, b = np.asarray(a), np.asarray(b)
            assert a.shape == b.shape
            wrong = ~(np.abs(a - b) <= np.maximum(1e-12 * np.abs(b), 4 * e))
            assert not wrong.any(), f"{what} gradient of layer {layer}: {a[wrong]} against {b[wrong]}"
