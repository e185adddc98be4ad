"""Gradients as people write them by hand, each with a mistake that people make. Plain NumPy alone.

For each function the right gradient, which must pass, and wrong ones by what is wrong with them, which must not: a
sign, a factor, a transpose, a term, an axis, a mask, one input of several, one element of many, a small part of a sum.
"""

# ruff: noqa: E501 (the collection is a table: a mistake and what is written)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from microae.testing.strategies import arrays, positive, well_conditioned

Array = Any
Gradient = Callable[..., Any]


@dataclass(frozen=True)
class Written:
    """A function of arrays that gives a number, its inputs, its gradient, and wrong gradients by their mistakes."""

    f: Callable[..., Any]
    inputs: tuple[Any, ...]
    right: Gradient
    wrong: dict[str, Gradient]


def sigmoid(z: Array) -> Array:
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def log_sum_exp(z: Array) -> Array:
    top = z.max(axis=-1, keepdims=True)
    return np.log(np.exp(z - top).sum(axis=-1)) + top[..., 0]


X = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]])  # a batch of two samples of three features
Y = np.array([[0.0, 1.0], [1.0, 0.25]])
ONE_HOT = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
C = np.array([0.3, -1.2, 0.8])
V = arrays((3,))
V4 = arrays((4,))
M = arrays((2, 3))
S = arrays(())


def dense(W: Array, b: Array) -> Array:
    return X @ W + b


def layer(activation: Callable[[Array], Array], slope: Callable[[Array], Array], wrong: dict[str, Any]) -> Written:
    """The mean squared error of one dense layer, and its gradient with slopes that are wrong."""

    def gradient(slope: Callable[[Array], Array]) -> Gradient:
        def by_parameters(W: Array, b: Array) -> tuple[Array, Array]:
            z = dense(W, b)
            delta = 2.0 * (activation(z) - Y) / Y.size * slope(z)
            return X.T @ delta, delta.sum(axis=0)

        return by_parameters

    def loss(W: Array, b: Array) -> Any:
        return np.mean((activation(dense(W, b)) - Y) ** 2)

    inputs = (arrays((3, 2)), arrays((2,)))
    return Written(loss, inputs, gradient(slope), {mistake: gradient(s) for mistake, s in wrong.items()})


# --- two layers, of the paper's kind ------------------------------------------------------------------------------


def network(W: Array, b: Array, U: Array, c: Array) -> Any:
    p = sigmoid(np.tanh(X @ W + b) @ U + c)
    return np.mean((p - X) ** 2)


NETWORK = (arrays((3, 4)), arrays((4,)), arrays((4, 3)), arrays((3,)))


def network_gradient(
    difference: Callable[..., Any] = lambda p: 2.0 * (p - X) / X.size,
    output_slope: Callable[..., Any] = lambda p: p * (1.0 - p),
    hidden_slope: Callable[..., Any] = lambda h: 1.0 - h**2,
    second_input: Callable[..., Any] = lambda h: h,
    change: Callable[..., Any] = lambda *gradients: gradients,
) -> Gradient:
    """Backpropagation through it, of which a line can be changed, or the gradients of W, b, U and c at the end."""

    def gradient(W: Array, b: Array, U: Array, c: Array) -> Any:
        h = np.tanh(X @ W + b)
        p = sigmoid(h @ U + c)
        dz = difference(p) * output_slope(p)
        dh = dz @ U.T * hidden_slope(h)
        return change(X.T @ dh, dh.sum(axis=0), second_input(h).T @ dz, dz.sum(axis=0))

    return gradient


NETWORK_MISTAKES = {
    "the target's side of the difference": network_gradient(difference=lambda p: 2.0 * (X - p) / X.size),
    "the mean over samples, not over elements": network_gradient(difference=lambda p: 2.0 * (p - X) / len(X)),
    "the sigmoid's slope forgotten": network_gradient(output_slope=np.ones_like),
    "one side of the sigmoid's slope": network_gradient(output_slope=lambda p: 1.0 - p),
    "the hidden slope with one minus forgotten": network_gradient(hidden_slope=lambda h: h**2),
    "the hidden slope at the activation": network_gradient(hidden_slope=lambda h: 1.0 - np.tanh(h) ** 2),
    "the hidden slope forgotten": network_gradient(hidden_slope=np.ones_like),
    "the second weights from the input": network_gradient(second_input=lambda h: np.hstack([X, X[:, :1]])),
    "the hidden bias of the first half": network_gradient(change=lambda W, b, U, c: (W, b * [1, 1, 0, 0], U, c)),
    "the output's bias averaged": network_gradient(change=lambda W, b, U, c: (W, b, U, c / len(X))),
    "the first weights not learned": network_gradient(change=lambda W, b, U, c: (0 * W, b, U, c)),
    "the hidden bias not learned": network_gradient(change=lambda W, b, U, c: (W, 0 * b, U, c)),
    "the first weights half as large": network_gradient(change=lambda W, b, U, c: (0.5 * W, b, U, c)),
    "a dead unit": network_gradient(change=lambda W, b, U, c: (W * [1, 0, 1, 1], b, U, c)),
    "the last column of the second layer": network_gradient(change=lambda W, b, U, c: (W, b, U * [1, 1, 0], c)),
    "the two biases' signs": network_gradient(change=lambda W, b, U, c: (W, -b, U, -c)),
}


# --- deep networks of saturating layers, float32 among them -------------------------------------------------------


def deep(*weights: Array) -> Any:
    h = X.astype(weights[0].dtype)
    for W in weights:
        h = sigmoid(h @ W)
    return np.sum(h * h)


def deep_gradient(zero: int = -1) -> Gradient:
    """Backpropagation through it; the gradient of one layer's weights is left at 0."""

    def gradient(*weights: Array) -> tuple[Array, ...]:
        hs = [X.astype(weights[0].dtype)]
        for W in weights:
            hs.append(sigmoid(hs[-1] @ W))
        delta, grads = 2.0 * hs[-1], []
        for i in reversed(range(len(weights))):
            delta = delta * hs[i + 1] * (1.0 - hs[i + 1])
            grads.append(np.zeros_like(weights[i]) if i == zero else hs[i].T @ delta)
            delta = delta @ weights[i].T
        return tuple(grads[::-1])

    return gradient


def deep_written(depth: int, dtype: Any) -> Written:
    inputs = tuple(arrays((3, 3), dtype=dtype) for _ in range(depth))
    wrong = {f"layer {i} not learned": deep_gradient(i) for i in range(depth)}
    return Written(deep, inputs, deep_gradient(), wrong)


# --- normalisation and attention ----------------------------------------------------------------------------------


def normalised(x: Array) -> Any:
    centred = x - x.mean()
    return np.sum(C * centred / np.sqrt(np.mean(centred**2) + 0.1))


def normalised_gradient(change: str = "") -> Gradient:
    def gradient(x: Array) -> Array:
        centred = x - x.mean()
        s = np.sqrt(np.mean(centred**2) + 0.1)
        g = C / s
        by_scale = centred * np.sum(C * centred) / (x.size * s**3)
        if change == "the deviation held constant":
            by_scale = 0.0
        if change == "the deviation's sign":
            by_scale = -by_scale
        if change == "the deviation with n - 1":
            by_scale = by_scale * x.size / (x.size - 1)
        if change == "the variance's root forgotten":
            by_scale = by_scale * s
        mean = g.mean() if change != "the mean held constant" else 0.0
        return g - mean - by_scale

    return gradient


def attention(q: Array, k: Array, v: Array) -> Any:
    return np.sum(softmax(q @ k.T / np.sqrt(3.0)) @ v * X[:, :3])


def attention_gradient(change: str = "") -> Gradient:
    def gradient(q: Array, k: Array, v: Array) -> tuple[Array, ...]:
        a = softmax(q @ k.T / np.sqrt(3.0))
        g = X[:, :3]
        dv = a.T @ g if change != "values by weights untransposed" else a @ g
        da = g @ v.T
        ds = a * (da - np.sum(da * a, axis=-1, keepdims=True))
        if change == "the softmax's normaliser held constant":
            ds = a * da
        if change == "the softmax's sum over the wrong axis":
            ds = a * (da - np.sum(da * a, axis=0, keepdims=True))
        if change == "the softmax as a sigmoid":
            ds = da * a * (1.0 - a)
        scale = 1.0 if change == "the scale forgotten" else 1.0 / np.sqrt(3.0)
        dq, dk = ds @ k * scale, ds.T @ q * scale
        if change == "keys and queries swapped":
            dq, dk = ds @ q * scale, ds.T @ k * scale
        if change == "keys held constant":
            dk = np.zeros_like(k)
        return dq, dk, dv

    return gradient


def chosen(gradient: Callable[[str], Gradient], *changes: str) -> dict[str, Gradient]:
    return {change: gradient(change) for change in changes}


# --- the collection -----------------------------------------------------------------------------------------------

WRITTEN: dict[str, Written] = {
    "sum of squares": Written(
        lambda x: np.sum(x**2), (V,), lambda x: 2 * x,
        {"no factor": lambda x: x, "sign": lambda x: -2 * x, "power": lambda x: 2 * x**2,
         "the mean's": lambda x: 2 * x / x.size, "off by a part in 10⁵": lambda x: 2.00002 * x,
         "of the last element alone": lambda x: np.append(0 * x[:-1], 2 * x[-1])},
    ),
    "mean of squares": Written(
        lambda x: np.mean(x**2), (M,), lambda x: 2 * x / x.size,
        {"the sum's": lambda x: 2 * x, "by the rows": lambda x: 2 * x / len(x), "by the columns": lambda x: 2 * x / x.shape[1]},
    ),
    "cube": Written(
        lambda x: np.sum(x**3), (V,), lambda x: 3 * x**2,
        {"power": lambda x: 3 * x**3, "factor": lambda x: x**2, "odd": lambda x: 3 * x * np.abs(x), "integral": lambda x: x**4 / 4},
    ),
    "product": Written(
        lambda x, y: np.sum(x * y), (V, V), lambda x, y: (y, x),
        {"swapped": lambda x, y: (x, y), "the first alone": lambda x, y: (y, 0 * y), "the second alone": lambda x, y: (0 * x, x),
         "both": lambda x, y: (x * y, x * y), "the second's sign": lambda x, y: (y, -x)},
    ),
    "quotient": Written(
        lambda x, y: np.sum(x / y), (V, positive((3,))), lambda x, y: (1 / y, -x / y**2),
        {"sign": lambda x, y: (1 / y, x / y**2), "power": lambda x, y: (1 / y, -x / y), "swapped": lambda x, y: (-x / y**2, 1 / y),
         "the denominator held constant": lambda x, y: (1 / y, 0 * y), "no numerator": lambda x, y: (1 / y, -1 / y**2)},
    ),
    "power": Written(
        lambda x, y: np.sum(x**y), (positive((3,)), V), lambda x, y: (y * x ** (y - 1), x**y * np.log(x)),
        {"the base's power": lambda x, y: (y * x**y, x**y * np.log(x)), "the exponent held constant": lambda x, y: (y * x ** (y - 1), 0 * y),
         "logarithm to base 10": lambda x, y: (y * x ** (y - 1), x**y * np.log10(x)), "logarithm of the exponent": lambda x, y: (y * x ** (y - 1), x**y * np.log1p(np.abs(y)))},
    ),
    "exp": Written(
        lambda x: np.sum(np.exp(x)), (V,), np.exp,
        {"power rule": lambda x: x * np.exp(x - 1), "of minus x": lambda x: np.exp(-x), "minus one": np.expm1, "held constant": np.ones_like},
    ),
    "log": Written(
        lambda x: np.sum(np.log(x)), (positive((3,)),), lambda x: 1 / x,
        {"guarded": lambda x: 1 / (x + 1e-3), "sign": lambda x: -1 / x, "squared": lambda x: 1 / x**2, "base 10": lambda x: 1 / (x * np.log(10))},
    ),
    "sqrt": Written(
        lambda x: np.sum(np.sqrt(x)), (positive((3,)),), lambda x: 0.5 / np.sqrt(x),
        {"no half": lambda x: 1 / np.sqrt(x), "no root": lambda x: 0.5 / x, "upside down": lambda x: 0.5 * np.sqrt(x), "guarded": lambda x: 0.5 / (np.sqrt(x) + 1e-3)},
    ),
    "reciprocal": Written(
        lambda x: np.sum(1 / x), (positive((3,)),), lambda x: -1 / x**2,
        {"sign": lambda x: 1 / x**2, "no square": lambda x: -1 / x, "logarithm": lambda x: np.log(x)},
    ),
    "sin": Written(
        lambda x: np.sum(np.sin(x)), (V,), np.cos,
        {"sign": lambda x: -np.cos(x), "itself": np.sin, "degrees": lambda x: np.cos(x) * np.pi / 180, "first term": lambda x: 1 - x**2 / 2},
    ),
    "tan": Written(
        lambda x: np.sum(np.tan(0.3 * np.tanh(x))), (V,), lambda x: 0.3 / np.cosh(x) ** 2 / np.cos(0.3 * np.tanh(x)) ** 2,
        {"inner slope forgotten": lambda x: 0.3 / np.cos(0.3 * np.tanh(x)) ** 2, "outer slope forgotten": lambda x: 0.3 / np.cosh(x) ** 2,
         "inner factor forgotten": lambda x: 1 / np.cosh(x) ** 2 / np.cos(0.3 * np.tanh(x)) ** 2},
    ),
    "tanh": Written(
        lambda x: np.sum(np.tanh(x)), (V,), lambda x: 1 - np.tanh(x) ** 2,
        {"of the output": lambda x: 1 - np.tanh(np.tanh(x)) ** 2, "no square": lambda x: 1 - np.tanh(x), "the sigmoid's": lambda x: np.tanh(x) * (1 - np.tanh(x)), "of x": lambda x: 1 - x**2},
    ),
    "sigmoid": Written(
        lambda x: np.sum(sigmoid(x)), (V,), lambda x: sigmoid(x) * (1 - sigmoid(x)),
        {"of the output": lambda x: sigmoid(sigmoid(x)) * (1 - sigmoid(sigmoid(x))), "of x": lambda x: x * (1 - x), "tanh's": lambda x: 1 - sigmoid(x) ** 2, "one side": lambda x: 1 - sigmoid(x)},
    ),
    "softplus": Written(
        lambda x: np.sum(np.logaddexp(0.0, x)), (V,), sigmoid,
        {"mirrored": lambda x: sigmoid(-x), "step": lambda x: (x > 0) * 1.0, "tanh": lambda x: 0.5 * np.tanh(x), "slope of slope": lambda x: sigmoid(x) * (1 - sigmoid(x))},
    ),
    "relu": Written(
        lambda x: np.sum(np.maximum(x, 0)), (V,), lambda x: (x > 0) * 1.0,
        {"one everywhere": np.ones_like, "mirrored": lambda x: (x < 0) * 1.0, "the value": lambda x: np.maximum(x, 0), "leaky": lambda x: np.where(x > 0, 1.0, 0.01), "beyond one": lambda x: (x > 1) * 1.0},
    ),
    "leaky relu": Written(
        lambda x: np.sum(np.where(x > 0, x, 0.01 * x)), (V,), lambda x: np.where(x > 0, 1.0, 0.01),
        {"not leaky": lambda x: (x > 0) * 1.0, "slope times x": lambda x: np.where(x > 0, 1.0, 0.01 * x), "slope of 0.1": lambda x: np.where(x > 0, 1.0, 0.1), "sign of the leak": lambda x: np.where(x > 0, 1.0, -0.01)},
    ),
    "elu": Written(
        lambda x: np.sum(np.where(x > 0, x, np.expm1(np.minimum(x, 0)))), (V,), lambda x: np.where(x > 0, 1.0, np.exp(np.minimum(x, 0))),
        {"its value on the left": lambda x: np.where(x > 0, 1.0, np.expm1(np.minimum(x, 0))), "flat on the left": lambda x: (x > 0) * 1.0, "exp everywhere": np.exp},
    ),
    "swish": Written(
        lambda x: np.sum(x * sigmoid(x)), (V,), lambda x: sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x)),
        {"product rule forgotten": sigmoid, "second term alone": lambda x: x * sigmoid(x) * (1 - sigmoid(x)), "no x": lambda x: sigmoid(x) + sigmoid(x) * (1 - sigmoid(x)), "sign": lambda x: sigmoid(x) - x * sigmoid(x) * (1 - sigmoid(x))},
    ),
    "absolute value": Written(
        lambda x: np.sum(np.abs(x)), (V,), np.sign,
        {"one": np.ones_like, "mirrored": lambda x: -np.sign(x), "smoothed": lambda x: np.tanh(3 * x), "step": lambda x: (x > 0) * 1.0},
    ),
    "clip": Written(
        lambda x: np.sum(np.clip(x, -1, 1)), (V,), lambda x: (np.abs(x) < 1) * 1.0,
        {"straight through": np.ones_like, "upper end alone": lambda x: (x < 1) * 1.0, "lower end alone": lambda x: (x > -1) * 1.0, "outside": lambda x: (np.abs(x) > 1) * 1.0},
    ),
    "maximum of two": Written(
        lambda x, y: np.sum(np.maximum(x, y)), (V, V), lambda x, y: ((x >= y) * 1.0, (y > x) * 1.0),
        {"neither where they tie": lambda x, y: ((x > y) * 1.0, (y > x) * 1.0), "both where they tie": lambda x, y: ((x >= y) * 1.0, (y >= x) * 1.0), "the smaller": lambda x, y: ((x < y) * 1.0, (y < x) * 1.0), "both": lambda x, y: (np.ones_like(x), np.ones_like(y)), "the first alone": lambda x, y: ((x > y) * 1.0, 0 * y), "halves": lambda x, y: (0 * x + 0.5, 0 * y + 0.5)},
    ),
    "largest": Written(
        lambda x: np.max(x), (V4,), lambda x: (x == x.max()) / np.sum(x == x.max()),
        {"the smallest": lambda x: (x == x.min()) * 1.0, "all": lambda x: np.ones_like(x) / x.size, "softly": softmax, "the first": lambda x: np.eye(4)[0], "all that tie in full": lambda x: (x == x.max()) * 1.0},
    ),
    "log-sum-exp": Written(
        log_sum_exp, (V4,), softmax,
        {"not normalised": lambda x: np.exp(x - x.max()), "the hard maximum": lambda x: (x == x.max()) * 1.0, "log-softmax": lambda x: x - log_sum_exp(x), "temperature": lambda x: softmax(2 * x)},
    ),
    "softmax against constants": Written(
        lambda x: np.sum(C * softmax(x)), (V,), lambda x: softmax(x) * (C - np.sum(C * softmax(x))),
        {"the diagonal alone": lambda x: C * softmax(x) * (1 - softmax(x)), "the normaliser held constant": lambda x: C * softmax(x), "a plain mean": lambda x: softmax(x) * (C - C.mean()), "sign": lambda x: -softmax(x) * (C - np.sum(C * softmax(x)))},
    ),
    "cross-entropy": Written(
        lambda z: np.mean(log_sum_exp(z) - np.sum(ONE_HOT * z, axis=1)), (M,), lambda z: (softmax(z) - ONE_HOT) / 2,
        {"the sum's": lambda z: softmax(z) - ONE_HOT, "sign": lambda z: (ONE_HOT - softmax(z)) / 2, "the target forgotten": lambda z: softmax(z) / 2, "over elements": lambda z: (softmax(z) - ONE_HOT) / 6, "softmax over samples": lambda z: (softmax(z.T).T - ONE_HOT) / 2, "the right class alone": lambda z: ONE_HOT * (softmax(z) - 1) / 2},
    ),
    "binary cross-entropy of logits": Written(
        lambda z: np.sum(np.logaddexp(0.0, z) - Y * z), (arrays((2, 2)),), lambda z: sigmoid(z) - Y,
        {"sign": lambda z: Y - sigmoid(z), "the slope counted twice": lambda z: (sigmoid(z) - Y) * sigmoid(z) * (1 - sigmoid(z)), "hard": lambda z: (z > 0) - Y, "the mean's": lambda z: (sigmoid(z) - Y) / 4, "z for its sigmoid": lambda z: z - Y},
    ),
    "dot product": Written(
        lambda x, y: x @ y, (V4, V4), lambda x, y: (y, x),
        {"swapped": lambda x, y: (x, y), "the second held constant": lambda x, y: (y, 0 * y), "reversed": lambda x, y: (y[::-1], x[::-1]), "an element lost": lambda x, y: (np.append(y[:-1], 0.0), x)},
    ),
    "quadratic form": Written(
        lambda x, A: x @ A @ x, (V, arrays((3, 3))), lambda x, A: (A @ x + A.T @ x, np.outer(x, x)),
        {"as if symmetric": lambda x, A: (2 * A @ x, np.outer(x, x)), "one side": lambda x, A: (A @ x, np.outer(x, x)), "the matrix twice": lambda x, A: (A @ x + A.T @ x, 2 * np.outer(x, x)), "the matrix's diagonal": lambda x, A: (A @ x + A.T @ x, np.diag(x * x))},
    ),
    "matrix product": Written(
        lambda A, B: np.sum((A @ B) ** 2), (arrays((3, 3)), arrays((3, 3))), lambda A, B: (2 * A @ B @ B.T, 2 * A.T @ A @ B),
        {"no transpose of B": lambda A, B: (2 * A @ B @ B, 2 * A.T @ A @ B), "no transpose of A": lambda A, B: (2 * A @ B @ B.T, 2 * A @ A @ B), "order": lambda A, B: (2 * B.T @ A @ B, 2 * A @ B @ A.T), "the factor of one": lambda A, B: (2 * A @ B @ B.T, A.T @ A @ B), "swapped": lambda A, B: (2 * A.T @ A @ B, 2 * A @ B @ B.T)},
    ),
    "bias of a batch": Written(
        lambda b: np.sum(np.tanh(X + b)), (V,), lambda b: np.sum(1 - np.tanh(X + b) ** 2, axis=0),
        {"the first sample": lambda b: 1 - np.tanh(X[0] + b) ** 2, "mean over samples": lambda b: np.mean(1 - np.tanh(X + b) ** 2, axis=0), "summed over features": lambda b: np.full(3, np.sum(1 - np.tanh(X + b) ** 2))},
    ),
    "least squares": Written(
        lambda w: np.sum((X @ w - Y[0]) ** 2), (V,), lambda w: 2 * X.T @ (X @ w - Y[0]),
        {"factor": lambda w: X.T @ (X @ w - Y[0]), "sign": lambda w: 2 * X.T @ (Y[0] - X @ w), "the targets forgotten": lambda w: 2 * X.T @ (X @ w), "absolute": lambda w: X.T @ np.sign(X @ w - Y[0])},
    ),
    "ridge": Written(
        lambda w: np.sum((X @ w - Y[0]) ** 2) + 1e-3 * np.sum(w * w), (V,), lambda w: 2 * X.T @ (X @ w - Y[0]) + 2e-3 * w,
        {"the penalty forgotten": lambda w: 2 * X.T @ (X @ w - Y[0]), "the penalty halved": lambda w: 2 * X.T @ (X @ w - Y[0]) + 1e-3 * w, "the penalty's sign": lambda w: 2 * X.T @ (X @ w - Y[0]) - 2e-3 * w, "the penalty as L1": lambda w: 2 * X.T @ (X @ w - Y[0]) + 1e-3 * np.sign(w)},
    ),
    "a small part of a sum": Written(
        lambda a, b: np.sum(np.sin(a)) + 1e-5 * np.sum(np.sin(b)), (V, V), lambda a, b: (np.cos(a), 1e-5 * np.cos(b)),
        {"its gradient 0": lambda a, b: (np.cos(a), 0 * b), "its sign": lambda a, b: (np.cos(a), -1e-5 * np.cos(b)), "the other's": lambda a, b: (np.cos(a), 1e-5 * np.cos(a)), "off by 1 %": lambda a, b: (np.cos(a), 1.01e-5 * np.cos(b))},
    ),
    "a tiny part of a sum": Written(
        lambda a, b: np.sum(np.sin(a)) + 1e-8 * np.sum(np.sin(b)), (V, V), lambda a, b: (np.cos(a), 1e-8 * np.cos(b)),
        {"its gradient 0": lambda a, b: (np.cos(a), 0 * b), "its sign": lambda a, b: (np.cos(a), -1e-8 * np.cos(b))},
    ),
    "variance": Written(
        lambda x: np.var(x), (V4,), lambda x: 2 * (x - x.mean()) / x.size,
        {"not centred": lambda x: 2 * x / x.size, "n - 1": lambda x: 2 * (x - x.mean()) / (x.size - 1), "the sum's": lambda x: 2 * (x - x.mean()), "the mean subtracted twice": lambda x: 2 * (x - x.mean()) * (1 - 1 / x.size) / x.size},
    ),
    "length": Written(
        lambda x: np.sqrt(np.sum(x * x)), (V,), lambda x: x / np.maximum(np.sqrt(np.sum(x * x)), 1e-300),
        {"not a number at 0": lambda x: x / np.sqrt(np.sum(x * x)), "the square's": lambda x: 2 * x, "not divided": lambda x: x, "signs": np.sign, "divided twice": lambda x: x / np.sum(x * x)},
    ),
    "cosine similarity": Written(
        lambda x, y: x @ y / np.sqrt((1 + x @ x) * (1 + y @ y)), (V, V),
        lambda x, y: ((y - x * (x @ y) / (1 + x @ x)) / np.sqrt((1 + x @ x) * (1 + y @ y)), (x - y * (x @ y) / (1 + y @ y)) / np.sqrt((1 + x @ x) * (1 + y @ y))),
        {"lengths held constant": lambda x, y: (y / np.sqrt((1 + x @ x) * (1 + y @ y)), x / np.sqrt((1 + x @ x) * (1 + y @ y))),
         "the second's length held constant": lambda x, y: ((y - x * (x @ y) / (1 + x @ x)) / np.sqrt((1 + x @ x) * (1 + y @ y)), x / np.sqrt((1 + x @ x) * (1 + y @ y))),
         "sign of the second term": lambda x, y: ((y + x * (x @ y) / (1 + x @ x)) / np.sqrt((1 + x @ x) * (1 + y @ y)), (x - y * (x @ y) / (1 + y @ y)) / np.sqrt((1 + x @ x) * (1 + y @ y)))},
    ),
    "huber": Written(
        lambda x: np.sum(np.where(np.abs(x) < 1, 0.5 * x * x, np.abs(x) - 0.5)), (V,), lambda x: np.clip(x, -1, 1),
        {"not bounded": lambda x: x, "absolute": np.sign, "twice inside": lambda x: np.where(np.abs(x) < 1, 2 * x, np.sign(x)), "zero outside": lambda x: np.where(np.abs(x) < 1, x, 0.0)},
    ),
    "cumulative sum": Written(
        lambda x: np.sum(np.cumsum(x) ** 2), (V4,), lambda x: 2 * np.cumsum(np.cumsum(x)[::-1])[::-1],
        {"not reversed": lambda x: 2 * np.cumsum(np.cumsum(x)), "not summed": lambda x: 2 * np.cumsum(x), "reversed once": lambda x: 2 * np.cumsum(np.cumsum(x)[::-1])},
    ),
    "product of elements": Written(
        np.prod, (positive((4,)),), lambda x: np.prod(x) / x,
        {"the product": lambda x: np.full(4, np.prod(x)), "the factors": lambda x: x, "the logarithm's": lambda x: 1 / x},
    ),
    "picked rows, one twice": Written(
        lambda x: np.sum(x[[0, 2, 2]] ** 2), (arrays((3, 2)),), lambda x: 2 * x * np.array([[1.0], [0.0], [2.0]]),
        {"the repeated one counted once": lambda x: 2 * x * np.array([[1.0], [0.0], [1.0]]), "all rows": lambda x: 2 * x, "the wrong row": lambda x: 2 * x * np.array([[1.0], [2.0], [0.0]])},
    ),
    "a slice": Written(
        lambda x: np.sum(np.exp(x[1:])), (V4,), lambda x: np.append(0.0, np.exp(x[1:])),
        {"shifted": lambda x: np.append(np.exp(x[1:]), 0.0), "all": np.exp, "the last forgotten": lambda x: np.append(0.0, np.append(np.exp(x[1:-1]), 0.0))},
    ),
    "transposed and flattened": Written(
        lambda x: np.sum(np.arange(6.0) * np.sin(x.T.ravel())), (M,), lambda x: np.arange(6.0).reshape(3, 2).T * np.cos(x),
        {"not transposed back": lambda x: np.arange(6.0).reshape(2, 3) * np.cos(x), "reversed": lambda x: np.arange(6.0)[::-1].reshape(3, 2).T * np.cos(x)},
    ),
    "differences": Written(
        lambda x: np.sum(np.diff(x) ** 2), (V4,), lambda x: 2 * (np.append(0.0, np.diff(x)) - np.append(np.diff(x), 0.0)),
        {"one end": lambda x: 2 * np.append(0.0, np.diff(x)), "sign": lambda x: -2 * (np.append(0.0, np.diff(x)) - np.append(np.diff(x), 0.0)), "wrapped": lambda x: 2 * (2 * x - np.roll(x, 1) - np.roll(x, -1))},
    ),
    "convolution": Written(
        lambda x, w: np.sum(np.convolve(x, w, "valid") ** 2), (arrays((5,)), V),
        lambda x, w: (2 * np.convolve(np.convolve(x, w, "valid"), w[::-1], "full"), 2 * np.convolve(np.convolve(x, w, "valid")[::-1], x, "valid")[::-1]),
        {"the kernel not flipped": lambda x, w: (2 * np.convolve(np.convolve(x, w, "valid"), w, "full"), 2 * np.convolve(np.convolve(x, w, "valid")[::-1], x, "valid")[::-1]),
         "the kernel's gradient flipped": lambda x, w: (2 * np.convolve(np.convolve(x, w, "valid"), w[::-1], "full"), 2 * np.convolve(np.convolve(x, w, "valid")[::-1], x, "valid")),
         "the kernel held constant": lambda x, w: (2 * np.convolve(np.convolve(x, w, "valid"), w[::-1], "full"), 0 * w)},
    ),
    "determinant": Written(
        np.linalg.det, (well_conditioned(3),), lambda A: np.linalg.det(A) * np.linalg.inv(A).T,
        {"not transposed": lambda A: np.linalg.det(A) * np.linalg.inv(A), "the logarithm's": lambda A: np.linalg.inv(A).T, "the trace's": lambda A: np.eye(3)},
    ),
    "inverse": Written(
        lambda A: np.sum(np.linalg.inv(A)), (well_conditioned(3),), lambda A: -np.linalg.inv(A).T @ np.ones((3, 3)) @ np.linalg.inv(A).T,
        {"sign": lambda A: np.linalg.inv(A).T @ np.ones((3, 3)) @ np.linalg.inv(A).T, "elementwise": lambda A: -np.linalg.inv(A) ** 2, "not transposed": lambda A: -np.linalg.inv(A) @ np.ones((3, 3)) @ np.linalg.inv(A)},
    ),
    "linear system": Written(
        lambda A, b: np.sum(np.linalg.solve(A, b)), (well_conditioned(3), V),
        lambda A, b: (-np.outer(np.linalg.solve(A.T, np.ones(3)), np.linalg.solve(A, b)), np.linalg.solve(A.T, np.ones(3))),
        {"not transposed": lambda A, b: (-np.outer(np.linalg.solve(A, np.ones(3)), np.linalg.solve(A, b)), np.linalg.solve(A, np.ones(3))),
         "the matrix held constant": lambda A, b: (0 * A, np.linalg.solve(A.T, np.ones(3))),
         "the matrix's sign": lambda A, b: (np.outer(np.linalg.solve(A.T, np.ones(3)), np.linalg.solve(A, b)), np.linalg.solve(A.T, np.ones(3))),
         "the outer product's order": lambda A, b: (-np.outer(np.linalg.solve(A, b), np.linalg.solve(A.T, np.ones(3))), np.linalg.solve(A.T, np.ones(3)))},
    ),
    "chain": Written(
        lambda x: np.sum(np.sin(np.exp(0.3 * np.tanh(x)))), (V,),
        lambda x: np.cos(np.exp(0.3 * np.tanh(x))) * np.exp(0.3 * np.tanh(x)) * 0.3 / np.cosh(x) ** 2,
        {"the innermost forgotten": lambda x: np.cos(np.exp(0.3 * np.tanh(x))) * np.exp(0.3 * np.tanh(x)) * 0.3,
         "the middle forgotten": lambda x: np.cos(np.exp(0.3 * np.tanh(x))) * 0.3 / np.cosh(x) ** 2,
         "the outer at x": lambda x: np.cos(x) * np.exp(0.3 * np.tanh(x)) * 0.3 / np.cosh(x) ** 2},
    ),
    "a number and an array": Written(
        lambda s, x: s * np.sum(np.sin(x)), (S, V), lambda s, x: (np.sum(np.sin(x)), s * np.cos(x)),
        {"the number held constant": lambda s, x: (0.0 * s, s * np.cos(x)), "the number's mean": lambda s, x: (np.mean(np.sin(x)), s * np.cos(x)), "the array not scaled": lambda s, x: (np.sum(np.sin(x)), np.cos(x))},
    ),
    "beside a large constant": Written(
        lambda x: 1e4 + np.sum(np.sin(x)), (V,), np.cos, {"zero": np.zeros_like, "off by 0.1 %": lambda x: 1.001 * np.cos(x)},
    ),
    "one element of many": Written(
        lambda x: np.sum(np.sin(x)), (arrays((40,)),), np.cos,
        {"the last element": lambda x: np.cos(x) * np.append(np.ones(39), 0.99), "the first element's sign": lambda x: np.cos(x) * np.append(-1.0, np.ones(39)), "two swapped": lambda x: np.cos(x)[[1, 0, *range(2, 40)]]},
    ),
    "tanh layer": layer(np.tanh, lambda z: 1 - np.tanh(z) ** 2, {"no square": lambda z: 1 - np.tanh(z), "forgotten": np.ones_like, "of the output": lambda z: 1 - np.tanh(np.tanh(z)) ** 2}),
    "sigmoid layer": layer(sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z)), {"tanh's": lambda z: 1 - sigmoid(z) ** 2, "forgotten": np.ones_like, "half": lambda z: 0.5 * sigmoid(z) * (1 - sigmoid(z))}),
    "relu layer": layer(lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0, {"forgotten": np.ones_like, "mirrored": lambda z: (z < 0) * 1.0, "leaky": lambda z: np.where(z > 0, 1.0, 0.01)}),
    "two layers": Written(network, NETWORK, network_gradient(), NETWORK_MISTAKES),
    "four sigmoid layers": deep_written(4, np.float64),
    "four sigmoid layers, float32": deep_written(4, np.float32),
    "six sigmoid layers, float32": deep_written(6, np.float32),
    "normalisation": Written(
        normalised, (V,), normalised_gradient(),
        chosen(normalised_gradient, "the deviation held constant", "the deviation's sign", "the deviation with n - 1", "the variance's root forgotten", "the mean held constant"),
    ),
    "attention": Written(
        attention, (M, arrays((2, 3)), arrays((2, 3))), attention_gradient(),
        chosen(attention_gradient, "values by weights untransposed", "the softmax's normaliser held constant", "the softmax's sum over the wrong axis", "the softmax as a sigmoid", "the scale forgotten", "keys and queries swapped", "keys held constant"),
    ),
    "relu6": Written(
        lambda x: np.sum(np.minimum(np.maximum(x, 0), 6)), (V,), lambda x: ((x > 0) & (x < 6)) * 1.0,
        {"without its upper bound": lambda x: (x > 0) * 1.0},
    ),
    "hard sigmoid": Written(
        lambda x: np.sum(np.clip(x / 6 + 0.5, 0, 1)), (V,), lambda x: (np.abs(x) < 3) / 6, {"without its bounds": lambda x: np.ones_like(x) / 6},
    ),
    "clip far from 0": Written(
        lambda x: np.sum(np.clip(x, -5, 5)), (V,), lambda x: (np.abs(x) < 5) * 1.0, {"without its bounds": np.ones_like},
    ),
    "Huber loss that is linear far from 0": Written(
        lambda x: np.sum(np.where(np.abs(x) < 4, 0.5 * x * x, 4 * (np.abs(x) - 2))), (V,), lambda x: np.clip(x, -4, 4), {"without the linear part": lambda x: x},
    ),
    "log cosh": Written(
        lambda x: np.sum(np.logaddexp(x, -x)), (V,), np.tanh, {"wrong far from 0": lambda x: np.where(np.abs(x) < 4, 1.0, 0.9) * np.tanh(x)},
    ),
    "float32 squares": Written(
        lambda x: np.sum(x * x), (arrays((3,), dtype=np.float32),), lambda x: 2 * x,
        {"off by 1 %": lambda x: np.float32(2.02) * x, "factor": lambda x: x, "off by a part in 1,000": lambda x: np.float32(2.002) * x},
    ),
    "float32, a small part of a sum": Written(
        lambda a, b: np.sum(np.sin(a)) + a.dtype.type(1e-5) * np.sum(np.sin(b)), (arrays((3,), dtype=np.float32), arrays((3,), dtype=np.float32)),
        lambda a, b: (np.cos(a), b.dtype.type(1e-5) * np.cos(b)), {"its gradient 0": lambda a, b: (np.cos(a), 0 * b), "its sign": lambda a, b: (np.cos(a), -b.dtype.type(1e-5) * np.cos(b))},
    ),
}  # fmt: skip
