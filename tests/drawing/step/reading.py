"""Read the notation of drawn formulas and compute what it says: an oracle for texts, which knows NumPy only.

``value("2(a − y)/3", a=..., y=...)`` is a number or an array. Conventions, from what binds most to what binds least:
a raised mark (``x²``, ``Wᵀ``, ``x⁻¹``); ``^``, to be read from the right; a sign before (``−x``, ``√x``, ``Σ x``) and a
function of one operand without parentheses (``ln x``); what stands side by side, and ``/``; ``×``, ``÷``, ``·``; the
signs of sums. ``[x < y]`` is 1 where it is so, else 0.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

RAISED = {"⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9", "⁻": "-"}
NUMBER = re.compile(r"\d+(\.\d+)?(e−?\d+)?")

sigmoid = lambda x: 1.0 / (1.0 + np.exp(-x))
erfc = np.vectorize(math.erfc, otypes=[float])


def cofactors(x):
    """Of each element, the determinant of what is left without its row and column, with its sign."""
    minors = [[np.delete(np.delete(x, i, 0), j, 1) for j in range(len(x))] for i in range(len(x))]
    return np.array([[(-1) ** (i + j) * np.linalg.det(m) for j, m in enumerate(row)] for i, row in enumerate(minors)])


def cofactors_vjp(g, x):
    """The gradient of ``sum(g * cofactors(x))``: each element enters linearly, so a difference is the derivative."""
    out = np.empty_like(x)
    for at in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[at] = 1.0
        out[at] = np.sum(g * (cofactors(x + step) - cofactors(x)))
    return out


def sinc_derivative(x, order):
    """By ``πx``: the mean of ``tⁿ cos(πx t + nπ/2)`` over t from 0 to 1."""
    t, weights = np.polynomial.legendre.leggauss(40)
    t = 0.5 * (t + 1.0)
    return (0.5 * weights * t**order * np.cos(np.pi * np.asarray(x)[..., None] * t + order * np.pi / 2)).sum(-1)


def _mean_of(loss: Callable[..., Any]) -> Callable[..., Any]:
    return lambda p, y, reduction="mean": {"mean": np.mean, "sum": np.sum}[reduction](loss(p, y))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp2": np.exp2, "expm1": np.expm1, "ln": np.log, "log₂": np.log2, "log₁₀": np.log10, "log2": np.log2,
    "log10": np.log10, "log1p": np.log1p, "sin": np.sin, "cos": np.cos, "tan": np.tan, "arcsin": np.arcsin,
    "arccos": np.arccos, "arctan": np.arctan, "arctan2": np.arctan2, "sinh": np.sinh, "cosh": np.cosh,
    "tanh": np.tanh, "arsinh": np.arcsinh, "arcosh": np.arccosh, "artanh": np.arctanh, "cbrt": np.cbrt,
    "sign": np.sign, "conv": np.convolve, "cof": cofactors, "cofVJP": cofactors_vjp,
    "max": lambda *x: np.maximum(*x) if len(x) == 2 else np.max(x[0]),
    "min": lambda *x: np.minimum(*x) if len(x) == 2 else np.min(x[0]),
    "clip": np.clip, "cast": lambda x: x, "hypot": np.hypot, "logaddexp": np.logaddexp, "σ": sigmoid, "erfc": erfc,
    "ReLU": lambda x: np.maximum(x, 0.0),
    "LeakyReLU": lambda x, slope=0.01: np.where(x > 0, x, slope * x),
    "ELU": lambda x, alpha=1.0: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0))),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "softmax": lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True),
    "log softmax": lambda x: x - np.log(np.exp(x).sum(-1, keepdims=True)),
    "mean": np.mean, "std": lambda x, ddof=0: np.std(x, ddof=int(ddof)),
    "det": np.linalg.det, "solve": np.linalg.solve, "cumΣ": np.cumsum,
    "cumΠ": np.cumprod, "logΣexp": lambda x: np.log(np.sum(np.exp(x))), "chol": np.linalg.cholesky,
    "eigvalsh": np.linalg.eigvalsh, "eigenvectors": lambda x: np.linalg.eigh(x)[1], "eigvals": np.linalg.eigvals,
    "eig V": lambda x: np.linalg.eig(x)[1], "svdvals": lambda x: np.linalg.svd(x, compute_uv=False),
    "svd U": lambda x: np.linalg.svd(x, full_matrices=False)[0],
    "svd Vᵀ": lambda x: np.linalg.svd(x, full_matrices=False)[2], "qr Q": lambda x: np.linalg.qr(x)[0],
    "qr R": lambda x: np.linalg.qr(x)[1], "pinv": np.linalg.pinv,
    "floor": np.floor, "trunc": np.trunc, "mod": np.mod, "fmod": np.fmod, "logaddexp2": np.logaddexp2,
    "sinc": np.sinc, **{"sinc" + "′" * n: functools.partial(sinc_derivative, order=n) for n in (1, 2, 3)},
    "others": lambda x: np.stack([np.prod(np.delete(x, i, -1), -1) for i in range(np.shape(x)[-1])], -1),
    "log|det|": lambda x: np.linalg.slogdet(x)[1],
    "MSE": _mean_of(lambda p, y: (p - y) ** 2),
    "BCE": _mean_of(lambda p, y: -(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))),
}  # fmt: skip


class _Turned(np.ndarray):
    """A transposed array: a product with it is the matrix product."""


def value(text: str, names: Mapping[str, Any], total: Callable[[Any], Any] = np.sum) -> Any:
    """What a text says, with the numbers of the names in it; ``total`` is what ``Σ`` means.

    Raises
    ------
    SyntaxError
        If it cannot be read.
    """
    reader = _Reader(text, names, total)
    found = reader.sum()
    if reader.rest.strip():
        raise SyntaxError(f"{text!r}: cannot read on at {reader.rest!r}")
    return np.asarray(found).view(np.ndarray)[()]


def shaped(found, wanted):
    """A gradient summed over what was broadcast, or spread over what was summed, as the engine does."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    if found.ndim > wanted.ndim:
        found = found.sum(tuple(range(found.ndim - wanted.ndim)))
    axes = tuple(
        i for i in range(found.ndim) if wanted.shape[wanted.ndim - found.ndim + i] == 1 and found.shape[i] != 1
    )
    return np.broadcast_to(found.sum(axes, keepdims=True) if axes else found, wanted.shape)


class _Reader:
    def __init__(self, text: str, names: Mapping[str, Any], total: Callable[[Any], Any]) -> None:
        self.text, self.rest, self.names, self.total = text, text, names, total
        self.words = sorted([*names, *FUNCTIONS], key=len, reverse=True)

    def take(self, *signs: str) -> str:
        """The sign that stands next, if it is one of these."""
        for sign in signs:
            if self.rest.startswith(sign):
                self.rest = self.rest[len(sign) :]
                return sign
        return ""

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise SyntaxError(f"{self.text!r}: {sign!r} is missing before {self.rest!r}")

    def no_sign(self) -> None:
        """Two signs do not stand side by side: it is ``x + (−y)``."""
        if self.rest.startswith("−"):
            raise SyntaxError(f"{self.text!r}: a sign behind a sign before {self.rest!r}")

    def sum(self) -> Any:
        x = self.product()
        while sign := self.take(" + ", " − "):
            self.no_sign()
            y = self.product()
            x = x + y if sign == " + " else x - y
        return x

    def product(self) -> Any:
        x = self.tight()
        while sign := self.take(" × ", " ÷ ", " · "):
            if sign != " · ":
                self.no_sign()
            y = self.tight()
            x = x / y if sign == " ÷ " else _times(x, y, matrix=False)
        return x

    def tight(self) -> Any:
        x = self.signed()
        while True:
            if self.take("/"):
                y = self.signed()
                with np.errstate(all="ignore"):  # 1/(1/(x − x)) is 0
                    x = np.divide(x, y)
            elif self.rest[:1] == " " and self.rest[1:2] not in ("", "+", "−", "×", "÷", "·", "=", "<", "≤"):
                self.rest = self.rest[1:]
                if (isinstance(x, float) or np.ndim(x) == 0) and NUMBER.match(self.rest):
                    raise SyntaxError(f"{self.text!r}: two numbers side by side before {self.rest!r}")
                is_function = self.word() in FUNCTIONS and self.word() not in self.names
                x = _times(x, self.signed(), matrix=not is_function)
            elif self.rest and self.rest[0] not in " +−×÷·=),]|/‖":
                if NUMBER.match(self.rest):
                    raise SyntaxError(f"{self.text!r}: two numbers side by side before {self.rest!r}")
                x = _times(x, self.signed(), matrix=False)
            else:
                return x

    def word(self) -> str:
        """The longest name or function that stands next; a loss may be called as its function is."""
        return next((word for word in self.words if self.rest.startswith(word)), "")

    def signed(self) -> Any:
        if self.take("−"):
            return -self.signed()
        if self.take("+"):
            return self.signed()
        if self.take("√"):
            return np.sqrt(self.signed())
        if self.take("∛"):
            return np.cbrt(self.signed())
        if self.word() not in self.names:
            if self.take("Σ "):
                x = self.signed()
                return self.along(x) if self.rest.startswith(" [axis=") else self.total(x)
            if self.take("Π "):
                return np.prod(self.signed())
        return self.power()

    def along(self, x: Any) -> Any:
        """The sum along the axes that stand next: `` [axis=0]``, `` [axis=(0, 2), keepdims=True]``."""
        said = re.match(r" \[axis=\(?([−\d, ]*?)\)?(, keepdims=True)?\]", self.rest)
        if said is None:
            raise SyntaxError(f"{self.text!r}: cannot read the axes at {self.rest!r}")
        self.rest = self.rest[said.end() :]
        axes = tuple(int(axis.replace("−", "-")) for axis in said[1].split(", "))
        return np.sum(x, axis=axes, keepdims=said[2] is not None)

    def power(self) -> Any:
        x = self.raised()
        return x ** self.exponent() if self.take("^") else x

    def exponent(self) -> Any:
        return -self.exponent() if self.take("−") else self.power()

    def raised(self) -> Any:
        x = self.name()
        while True:
            if self.take("ᵀ"):
                turned = np.asarray(x)[:, None] if np.ndim(x) == 1 else np.swapaxes(x, -1, -2)
                x = np.asarray(turned).view(_Turned)
            elif self.rest[:1] in RAISED and self.rest:
                digits = ""
                while self.rest[:1] in RAISED and self.rest:
                    digits += RAISED[self.rest[0]]
                    self.rest = self.rest[1:]
                x = np.linalg.inv(x) if digits == "-1" and np.ndim(x) > 1 else np.asarray(x) ** float(digits)
            else:
                return x

    def name(self) -> Any:
        if self.take("("):
            x = self.sum()
            self.need(")")
            return x
        if self.take("|"):
            x = np.abs(self.sum())
            self.need("|")
            return x
        if self.take("‖"):
            x = np.sqrt(np.sum(np.square(self.sum())))
            self.need("‖")
            return x
        if self.rest.startswith("["):
            return self.array()
        word = self.word()
        if not word:
            if found := NUMBER.match(self.rest):
                self.rest = self.rest[found.end() :]
                return float(found[0].replace("−", "-"))
            if self.take("e^"):
                return np.exp(self.exponent())
            if self.take("π"):
                return np.pi
            if self.take("NaN"):
                return np.nan
            if self.take("∞"):
                return np.inf
            raise SyntaxError(f"{self.text!r}: nothing known stands at {self.rest!r}")
        self.rest = self.rest[len(word) :]
        if word in self.names and not (word in FUNCTIONS and self.rest.startswith("(")):
            return self.names[word]
        function = FUNCTIONS[word]
        if self.take("′"):
            plain, h = function, 1e-6
            function = lambda x, *more: (plain(x + h, *more) - plain(x - h, *more)) / (2 * h)
        if self.take(" "):
            return function(self.signed())
        self.need("(")
        given = [self.sum()]
        while self.take(", "):
            self.take("ddof=")
            given.append("sum" if self.take("sum") else self.sum())
        self.need(")")
        return function(*given)

    def array(self) -> Any:
        """``[1, 2]``; or the bracket of Iverson, ``[0 ≤ x < y]``: 1 where it is so, else 0."""
        self.need("[")
        rows = [self.sum()]
        if self.rest.startswith((" <", " ≤")):
            holds = np.True_
            while sign := self.take(" < ", " ≤ "):
                before, after = rows[-1], self.sum()
                holds = holds & ((before < after) if sign == " < " else (before <= after))
                rows.append(after)
            self.need("]")
            return np.where(holds, 1.0, 0.0)
        while self.take(", "):
            rows.append(self.sum())
        self.need("]")
        return np.array(rows)


def _times(x: Any, y: Any, matrix: bool) -> Any:
    if isinstance(x, _Turned) or isinstance(y, _Turned) or (matrix and np.ndim(x) and np.ndim(y)):
        x, y = np.asarray(x).view(np.ndarray), np.asarray(y).view(np.ndarray)
        if min(x.ndim, y.ndim) == 1 and max(x.shape[-1:], y.shape[-1:]) and (x.shape[-1] == 1 or y.shape[-1] == 1):
            return np.outer(x, y)  # a column by a row
        return x @ y if x.ndim and y.ndim else x * (y[:, 0] if y.shape[-1:] == (1,) else y)
    return np.asarray(x * y).view(np.ndarray)[()]
