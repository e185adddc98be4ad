"""Functions whose gradients are right and hard to measure: a checker that accuses one of them is wrong.

Each is checked as a user would: ``check_gradients(f, *inputs)`` with all defaults, on points that Hypothesis draws.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

import microae as ma
from microae.nn.activations import activation
from microae.testing.strategies import ACTIVATIONS, arrays, positive, positive_definite, well_conditioned

Array = Any
V, W, M, S = (3,), (4, 2), (3, 4), ()
SINGLE = np.float32


def _linear(x: Any, W: Any, b: Any) -> Any:
    return x @ W + b


def _mlp(
    activation: Callable[[Any], Any], depth: int, single: bool = False
) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    def f(x: Any, *weights: Any) -> Any:
        for i, w in enumerate(weights):
            x = x @ w
            x = activation(x) if i < len(weights) - 1 else x
        return (x * x).mean()

    dtype = SINGLE if single else np.float64
    return f, (arrays((2, 3), dtype=dtype), *(arrays((3, 3), dtype=dtype) for _ in range(depth)))


def _attention(q: Any, k: Any, v: Any) -> Any:
    return (ma.softmax(q @ k.T / np.sqrt(3.0), axis=-1) @ v).sum()


def _layer_norm(x: Any) -> Any:
    centred = x - x.mean(axis=-1, keepdims=True)
    return (centred / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + 1e-5)).sum(axis=0)


def _rms_norm(x: Any) -> Any:
    return x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-8)


def _gru(x: Any, h: Any, U: Any) -> Any:
    for _ in range(3):
        z = ma.sigmoid(x + h @ U)
        h = z * h + (1.0 - z) * np.tanh(x + h @ U.T)
    return h


def _power_iteration(A: Any, v: Any) -> Any:
    for _ in range(4):
        v = A @ v
        v = v / np.sqrt((v * v).sum() + 1e-3)
    return v @ A @ v


def _newton(x: Any) -> Any:
    y = 1.0 + 0.5 * x * x
    root = y
    for _ in range(5):
        root = 0.5 * (root + y / root)
    return root


def _logistic_map(x: Any) -> Any:
    x = ma.sigmoid(x)
    for _ in range(6):
        x = 3.7 * x * (1.0 - x)
    return x


def _soft_sort(x: Any) -> Any:
    return ma.softmax(-np.abs(np.sort(x)[:, None] - x[None, :]) / 0.5, axis=1) @ x


def _huber(x: Any) -> Any:
    return ma.where(np.abs(x) < 1.0, 0.5 * x * x, np.abs(x) - 0.5)


def _pinball(x: Any) -> Any:
    return np.maximum(0.3 * x, -0.7 * x).sum()


def _hinge(x: Any, w: Any) -> Any:
    return np.maximum(0.0, 1.0 - x @ w).sum() + 0.1 * (w * w).sum()


def _triplet(a: Any, p: Any, n: Any) -> Any:
    return np.maximum(0.0, ((a - p) ** 2).sum() - ((a - n) ** 2).sum() + 0.2)


def _contrastive(a: Any, b: Any) -> Any:
    return -(ma.log_softmax(a @ b.T, axis=1) * np.eye(3)).sum()


def _kl_gauss(mean: Any, log_variance: Any) -> Any:
    return 0.5 * (np.exp(log_variance) + mean * mean - 1.0 - log_variance).sum()


def _wasserstein(x: Any, y: Any) -> Any:
    return np.abs(np.sort(x) - np.sort(y)).mean()


def _rosenbrock(x: Any) -> Any:
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def _himmelblau(x: Any) -> Any:
    return (x[0] ** 2 + x[1] - 11.0) ** 2 + (x[0] + x[1] ** 2 - 7.0) ** 2


def _rastrigin(x: Any) -> Any:
    return (x * x - 10.0 * np.cos(2.0 * np.pi * x)).sum()


def _ackley(x: Any) -> Any:
    return -20.0 * np.exp(-0.2 * np.sqrt((x * x).mean() + 1e-3)) - np.exp(np.cos(2.0 * np.pi * x).mean())


def _beale(x: Any) -> Any:
    a, b = x[0], x[1]
    return (1.5 - a + a * b) ** 2 + (2.25 - a + a * b**2) ** 2 + (2.625 - a + a * b**3) ** 2


def _griewank(x: Any) -> Any:
    return (x * x).sum() / 4000.0 - np.prod(np.cos(x / np.sqrt(np.arange(1.0, 4.0)))) + 1.0


def _cosine_similarity(x: Any, y: Any) -> Any:
    return (x @ y) / np.sqrt((x @ x) * (y @ y) + 1e-6)


def _determinant_of_gram(x: Any) -> Any:
    return np.linalg.det(x.T @ x + 0.1 * np.eye(2))


def _log_det(A: Any) -> Any:
    return np.linalg.slogdet(A)[1]


def _gaussian_likelihood(A: Any, x: Any) -> Any:
    return 0.5 * x @ np.linalg.solve(A, x) + 0.5 * np.linalg.slogdet(A)[1]


def _whiten(A: Any, x: Any) -> Any:
    return np.linalg.solve(np.linalg.cholesky(A), x)


def _mixture(x: Any, logits: Any, means: Any) -> Any:
    return -ma.logsumexp(ma.log_softmax(logits) - 0.5 * (x[:, None] - means) ** 2, axis=1).sum()


def _focal(z: Any) -> Any:
    p = ma.sigmoid(z)
    return -((1.0 - p) ** 2 * np.log(p + 1e-7)).mean()


def _sparsity(z: Any) -> Any:
    mean = ma.sigmoid(z).mean(axis=0)
    return (0.05 * np.log(0.05 / mean) + 0.95 * np.log(0.95 / (1.0 - mean))).sum()


def _conv(x: Any, w: Any) -> Any:
    return sum(x[i : i + 6] * w[i] for i in range(3))


def _max_pool(x: Any) -> Any:
    return x.reshape(4, 2).max(axis=1)


def _tied(x: Any, W: Any) -> Any:
    return ((ma.leaky_relu(x @ W) @ W.T - x) ** 2).mean()


def _dict_network(x: Any, p: Any) -> Any:
    return ma.relu(x @ p["W"] + p["b"]).sum()


def _list_network(x: Any, layers: Any) -> Any:
    for W, b in layers:
        x = np.tanh(x @ W + b)
    return x


def _relu_clamp(x: Any) -> Any:
    return np.clip(x, -1.0, 1.0)


def _many_paths(x: Any) -> Any:
    y = x
    for _ in range(8):
        y = y + 0.1 * np.sin(y) * x
    return y


def _safe_log(x: Any) -> Any:
    return ma.where(x > 0.5, np.log(ma.where(x > 0.5, x, 1.0)), x - 0.5)


def _unsafe_log(x: Any) -> Any:
    return ma.where(x > 0.0, np.log(x), 0.0 * x).sum() if bool(np.all(x > 0)) else (x * x).sum()


def _einsum(x: Any, y: Any) -> Any:
    return np.einsum("ij,kj->ik", x, y)


def _rational(x: Any) -> Any:
    return (1.0 + x + x * x) / (2.0 + x**4)


def _small_scale(scale: float) -> Callable[[Any], Any]:
    return lambda x: np.sin(x / scale)


EPS = st.floats(-3.0, 3.0).filter(lambda x: abs(x) > 1e-3)

DIFFICULT: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    # kinks: layers and losses at 0 and at ties
    "relu layer": (lambda x, W: ma.relu(x @ W).sum(), (arrays((3, 4)), arrays(W))),
    "leaky layer": (lambda x, W: ma.leaky_relu(x @ W).sum(), (arrays((3, 4)), arrays(W))),
    "abs of a product": (lambda x, y: np.abs(x * y).sum(), (arrays(V), arrays(V))),
    "maximum of a product": (lambda x, y: np.maximum(x * y, 0.0).sum(), (arrays(V), arrays(V))),
    "relu": (ma.relu, (arrays(V),)),
    "relu of a scalar": (ma.relu, (st.floats(-3, 3),)),
    "abs": (np.abs, (arrays(),)),
    "abs of abs": (lambda x: np.abs(np.abs(x) - 1.0), (arrays(V),)),
    "abs of a difference of relus": (lambda x: np.abs(ma.relu(x) - ma.leaky_relu(-x)), (arrays(V),)),
    "sum of relus that cancel": (lambda x: ma.relu(x) - ma.relu(-x), (arrays(V),)),
    "relu of relu": (lambda x: ma.relu(ma.relu(x) - 0.5), (arrays(V),)),
    "relu squared": (lambda x: ma.relu(x) ** 2, (arrays(V),)),
    "relu cubed": (lambda x: ma.relu(x) ** 3, (arrays(V),)),
    "relu times x": (lambda x: ma.relu(x) * x, (arrays(V),)),
    "relu of a square": (lambda x: ma.relu(x * x - 1.0), (arrays(V),)),
    "relu with a bias": (lambda x, W, b: ma.relu(x @ W + b), (arrays((2, 4)), arrays(W), arrays((2,)))),
    "relu6": (lambda x: np.minimum(ma.relu(x), 2.0), (arrays(V),)),
    "clip": (_relu_clamp, (arrays(V),)),
    "maximum at ties": (np.maximum, (arrays(V), arrays(V))),
    "minimum at ties": (np.minimum, (arrays(V), arrays(V))),
    "max": (np.max, (arrays(V),)),
    "max of ones": (np.max, (np.ones(3),)),
    "max along an axis": (lambda x: np.max(x, axis=1), (arrays(M),)),
    "min of a product": (lambda x, y: np.min(x * y), (arrays(V), arrays(V))),
    "max pool": (_max_pool, (arrays((8,)),)),
    "sort": (np.sort, (arrays((5,)),)),
    "sorted differences": (lambda x: np.diff(np.sort(x)), (arrays((5,)),)),
    "huber": (_huber, (arrays(V),)),
    "pinball": (_pinball, (arrays(V),)),
    "hinge": (_hinge, (arrays((3, 4)), arrays((4,)))),
    "triplet": (_triplet, (arrays(V), arrays(V), arrays(V))),
    "wasserstein": (_wasserstein, (arrays(V), arrays(V))),
    "l1": (lambda x: np.abs(x).sum(), (arrays(),)),
    "l1 of a residual": (lambda x, W: np.abs(x @ W - x).sum(), (arrays((2, 3)), arrays((3, 3)))),
    "mean absolute error": (lambda x, y: np.abs(x - y).mean(), (arrays(V), arrays(V))),
    "soft shrink": (lambda x: np.sign(x) * ma.relu(np.abs(x) - 0.5), (arrays(V),)),
    "hard tanh layer": (lambda x, W: np.clip(x @ W, -1, 1), (arrays((2, 4)), arrays(W))),
    "total variation": (lambda x: np.abs(np.diff(x)).sum(), (arrays((6,)),)),
    "where of two branches": (lambda x: ma.where(x > 0, x * x, -x), (arrays(V),)),
    "guarded log": (_safe_log, (arrays(V),)),
    "log where positive": (_unsafe_log, (arrays(V),)),
    "abs cubed": (lambda x: np.abs(x) ** 3, (arrays(V),)),
    "x times abs": (lambda x: x * np.abs(x), (arrays(V),)),
    "sqrt of x to the fourth": (lambda x: np.sqrt(x**4 + 0.0), (arrays(V, away_from=0.0),)),
    # norms, quotients, poles
    "norm": (np.linalg.norm, (arrays(V),)),
    "norm squared": (lambda x: (x * x).sum(), (arrays(V),)),
    "hypot": (np.hypot, (arrays(V), arrays(V))),
    "row norms": (lambda x: np.linalg.norm(x, axis=1), (arrays(M),)),
    "unit vector": (lambda x: x / np.linalg.norm(x), (arrays(V),)),
    "sqrt of a sum of squares": (lambda x: np.sqrt((x * x).sum()), (arrays(V),)),
    "reciprocal": (lambda x: 1.0 / x, (arrays(V),)),
    "quotient": (lambda x, y: x / y, (arrays(V), arrays(V))),
    "arctan2": (np.arctan2, (arrays(V), arrays(V))),
    "cosine similarity": (_cosine_similarity, (arrays(V), arrays(V))),
    "log of abs": (lambda x: np.log(np.abs(x)), (arrays(V, away_from=0.0),)),
    "reciprocal square": (lambda x: 1.0 / (x * x), (arrays(V, away_from=0.0),)),
    "pairwise distances": (
        lambda x: np.sqrt(((x[:, None] - x[None]) ** 2).sum(axis=-1) + 1e-6).sum(), (arrays((3, 2)),),
    ),
    "rational": (_rational, (arrays(V),)),
    "newton's square root": (_newton, (arrays(V),)),
    # roots, powers, logarithms near the ends of their domains
    "sqrt": (np.sqrt, (positive(V),)),
    "log": (np.log, (positive(V),)),
    "log1p of exp": (lambda x: np.log1p(np.exp(x)), (arrays(V),)),
    "expm1": (lambda x: np.expm1(x) / (1.0 + x * x), (arrays(V),)),
    "x to the x": (lambda x: x**x, (positive(V),)),
    "x to the y": (lambda x, y: x**y, (positive(V), arrays(V))),
    "square by power": (lambda x: x**2, (arrays(V),)),
    "cube by power": (lambda x: x**3.0, (arrays(V),)),
    "entropy": (lambda x: -(ma.softmax(x) * ma.log_softmax(x)).sum(), (arrays(V),)),
    "arcsin": (np.arcsin, (arrays(V, min_value=-0.95, max_value=0.95),)),
    "arctanh": (np.arctanh, (arrays(V, min_value=-0.95, max_value=0.95),)),
    "arccosh": (np.arccosh, (positive(V, min_value=1.1, max_value=9.0),)),
    "cbrt": (np.cbrt, (arrays(V, away_from=0.0),)),
    # saturation and cancellation
    "tanh that saturates": (np.tanh, (arrays(V, min_value=-9, max_value=9),)),
    "sigmoid that saturates": (ma.sigmoid, (arrays(V, min_value=-30, max_value=30),)),
    "product of saturated": (lambda x: np.tanh(4.0 * x).prod(), (arrays(V),)),
    "1 - tanh squared": (lambda x: 1.0 - np.tanh(3.0 * x) ** 2, (arrays(V),)),
    "1 - cos": (lambda x: 1.0 - np.cos(x), (arrays(V),)),
    "difference of equals": (lambda x: (x + 1e3) ** 2 - x**2 - 2e3 * x, (arrays(V),)),
    "constant by cancellation": (lambda x: np.sin(x) ** 2 + np.cos(x) ** 2, (arrays(V),)),
    "softmax sums to one": (lambda x: ma.softmax(x).sum(), (arrays(V),)),
    "log of softmax": (lambda x: np.log(ma.softmax(x)), (arrays(V),)),
    "logsumexp": (ma.logsumexp, (arrays(V),)),
    "far logits": (lambda x: ma.logsumexp(100.0 * x), (arrays(V),)),
    "gaussian": (lambda x: np.exp(-x * x), (arrays(V),)),
    "focal loss": (_focal, (arrays(V),)),
    "variance": (np.var, (arrays(V),)),
    "standard deviation": (np.std, (arrays(V),)),
    "standardised": (lambda x: (x - x.mean()) / np.sqrt(x.var() + 1e-5), (arrays(V),)),
    "large and small terms": (lambda x, y: np.sin(x) + 1e-6 * np.sin(y), (arrays(V), arrays(V))),
    "small terms alone": (lambda x: 1e-12 * np.sin(x), (arrays(V),)),
    "large terms alone": (lambda x: 1e12 * np.sin(x), (arrays(V),)),
    # scales
    "scale 1e-3": (_small_scale(1e-3), (arrays(V).map(lambda x: x * 1e-3),)),
    "scale 1e-40": (_small_scale(1e-40), (arrays(V).map(lambda x: x * 1e-40),)),
    "scale 1e-150": (_small_scale(1e-150), (arrays(V).map(lambda x: x * 1e-150),)),
    "scale 1e40": (_small_scale(1e40), (arrays(V).map(lambda x: x * 1e40),)),
    "oscillation": (lambda x: np.sin(50.0 * x), (arrays(V),)),
    "chaos": (_logistic_map, (arrays(V),)),
    "rosenbrock": (_rosenbrock, (arrays((4,)),)),
    "himmelblau": (_himmelblau, (arrays((2,)),)),
    "rastrigin": (_rastrigin, (arrays(V),)),
    "ackley": (_ackley, (arrays(V),)),
    "beale": (_beale, (arrays((2,)),)),
    "griewank": (_griewank, (arrays(V),)),
    # products, sums, shapes
    "product": (np.prod, (arrays((4,)),)),
    "cumulative product": (np.cumprod, (arrays((4,)),)),
    "cumulative sum": (lambda x: np.cumsum(x) ** 2, (arrays((4,)),)),
    "many paths": (_many_paths, (arrays(V),)),
    "broadcast": (lambda x, y: (x * y).sum(), (arrays((3, 1)), arrays((1, 4)))),
    "outer": (lambda x, y: np.outer(x, y), (arrays(V), arrays(V))),
    "einsum": (_einsum, (arrays((2, 3)), arrays((4, 3)))),
    "convolution": (_conv, (arrays((8,)), arrays(V))),
    "repeated index": (lambda x: x[np.array([0, 0, 2, 0])], (arrays(V),)),
    "reversed": (lambda x: x[::-1] * x, (arrays(V),)),
    "no elements": (lambda x, y: x.sum() + (y * y).sum(), (np.ones((0, 2)), arrays(V))),
    "unused input": (lambda x, y: (x * x).sum(), (arrays(V), arrays(V))),
    "constant": (lambda x: 0.0 * x + 3.0, (arrays(V),)),
    "linear": (lambda x: 3.0 * x - 1.0, (arrays(V),)),
    "several outputs": (lambda x: (np.sin(x), x * x), (arrays(V),)),
    # linear algebra
    "determinant": (np.linalg.det, (arrays((3, 3)),)),
    "determinant of a gram matrix": (_determinant_of_gram, (arrays((3, 2)),)),
    "inverse": (np.linalg.inv, (well_conditioned(3),)),
    "log determinant": (_log_det, (positive_definite(3),)),
    "gaussian likelihood": (_gaussian_likelihood, (positive_definite(3), arrays(V))),
    "whitening": (_whiten, (positive_definite(3), arrays(V))),
    "power iteration": (_power_iteration, (arrays((3, 3)), arrays(V))),
    "matrix power": (lambda A: A @ A @ A, (arrays((3, 3)),)),
    # networks and losses
    "attention": (_attention, (arrays((3, 3)), arrays((3, 3)), arrays((3, 3)))),
    "layer norm": (_layer_norm, (arrays(M),)),
    "rms norm": (_rms_norm, (arrays(M),)),
    "gru": (_gru, (arrays(V), arrays(V), arrays((3, 3)))),
    "soft sort": (_soft_sort, (arrays((4,)),)),
    "contrastive": (_contrastive, (arrays((3, 2)), arrays((3, 2)))),
    "gaussian kl": (_kl_gauss, (arrays(V), arrays(V))),
    "mixture": (_mixture, (arrays(V), arrays((2,)), arrays((2,)))),
    "sparsity": (_sparsity, (arrays((4, 3)),)),
    "tied autoencoder": (_tied, (arrays((2, 4)), arrays(W))),
    "parameters in a dict": (
        _dict_network, (arrays((2, 4)), st.fixed_dictionaries({"W": arrays(W), "b": arrays((2,))})),
    ),
    "parameters in lists": (
        _list_network, (arrays((2, 3)), st.lists(st.tuples(arrays((3, 3)), arrays(V)), min_size=1, max_size=2)),
    ),
    "cross-entropy": (lambda z: ma.cross_entropy(z, np.array([0, 2])), (arrays((2, 3)),)),
    "binary cross-entropy": (
        lambda z: ma.binary_cross_entropy_with_logits(z, np.array([0.0, 0.5, 1.0])), (arrays(V, max_value=30.0),),
    ),
    "six sigmoid layers": _mlp(ma.sigmoid, 6),
    **{f"network of {name}": _mlp(activation(name), 3) for name in ACTIVATIONS},
    # float32
    "tanh in float32": (np.tanh, (arrays(V, dtype=SINGLE, min_value=-6, max_value=6),)),
    "tanh layer in float32": (lambda x, W: np.tanh(x @ W), (arrays((2, 4), dtype=SINGLE), arrays(W, dtype=SINGLE))),
    "sum of relus in float32": (lambda x: ma.relu(x).sum(), (arrays((7,), dtype=SINGLE),)),
    "softmax in float32": (ma.softmax, (arrays(V, dtype=SINGLE),)),
    "norm in float32": (np.linalg.norm, (arrays(V, dtype=SINGLE),)),
    "mixed precision": (lambda x, y: np.sin(x) * y, (arrays(V, dtype=SINGLE), arrays(V))),
    "reciprocal in float32": (lambda x: 1.0 / x, (arrays(V, dtype=SINGLE),)),
    "variance in float32": (np.var, (arrays((5,), dtype=SINGLE),)),
    **{f"network of {name} in float32": _mlp(activation(name), 3, single=True) for name in ACTIVATIONS},
    "six sigmoid layers in float32": _mlp(ma.sigmoid, 6, single=True),
}  # fmt: skip
"""By name: the function and its inputs."""
