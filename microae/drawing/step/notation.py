"""Operations in mathematical notation: ``z = x W + b``, the same with numbers, and local derivatives such as ``Wᵀ``.

A row of the table is written by its symbol, so that a new row is drawn without anything being added here:

- a symbol with a dot in it is written around its input: ``|·|`` gives ``|x|``;
- a sign between two inputs, before one, or, if it is raised, behind it: ``x × y``, ``−x``, ``x²``;
- what begins or ends with a letter is a function: ``tanh(x)``, and its derivative is ``tanh′(x)``.

Rows that are better written in another way stand in ``FORMULAS`` and ``DERIVATIVES``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from microae.core.operation import Operation


class Written(NamedTuple):
    """An expression, and how strongly it holds together, from a sum to a name."""

    text: str
    strength: int = 4

    def inside(self, strength: int) -> str:
        """As an operand of something that binds with ``strength``: in parentheses if it holds together less."""
        return self.text if self.strength >= strength else f"({self.text})"


SUM, PRODUCT, SIGN, POWER, NAME = range(5)

Operands = Sequence[Written]
Parameters = Mapping[str, Any]

_STRENGTHS = {"+": SUM, "−": SUM, "×": PRODUCT, "÷": PRODUCT, "^": POWER}
_RAISED = "²³⁴′ᵀ⁻"
_WORDS = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZσαβγδελμφψΣΠ")


def formula(operation: Operation, operands: Operands, parameters: Parameters | None = None) -> Written:
    """An operation with its operands written in.

    Examples
    --------
    >>> from microae import operations
    >>> from microae.drawing.step.notation import Written, formula
    >>> x, W, b = Written("x"), Written("W"), Written("b")
    >>> formula(operations.TABLE["linear"], [x, W, b]).text
    'x W + b'
    >>> total = formula(operations.TABLE["add"], [x, b])
    >>> formula(operations.TABLE["multiply"], [total, W]).text
    '(x + b) × W'
    >>> formula(operations.TABLE["absolute"], [x]).text, formula(operations.TABLE["tanh"], [x]).text
    ('|x|', 'tanh(x)')
    """
    special = FORMULAS.get(operation.name)
    if special is not None and (written := special(operands, parameters or {})) is not None:
        return written
    return _by_symbol(operation.symbol, operands)


def _by_symbol(symbol: str, operands: Operands) -> Written:
    if "·" in symbol and len(operands) == 1:
        return Written(symbol.replace("·", operands[0].text))
    if _WORDS.isdisjoint(symbol[:1] + symbol[-1:]) and " " not in symbol:
        if len(operands) == 2:
            return _between(symbol, *operands)
        if len(operands) == 1 and symbol[0] in _RAISED:
            return Written(operands[0].inside(NAME) + symbol, POWER)
        if len(operands) == 1:
            return Written(symbol + operands[0].inside(POWER), SIGN)
    return Written(f"{symbol}({', '.join(operand.text for operand in operands)})")


def _between(symbol: str, x: Written, y: Written) -> Written:
    strength = _STRENGTHS.get(symbol, PRODUCT)
    associative = symbol in ("+", "×")
    right = y.inside(strength if associative else strength + 1)
    if right.startswith("−"):
        right = f"({right})"
    space = "" if symbol == "^" else " "
    left = x.inside(NAME if symbol == "^" else strength)  # a power of a power is read from the right
    return Written(f"{left}{space}{symbol}{space}{right}", strength)


def _product(operands: Operands, _parameters: Parameters) -> Written:
    return Written(" ".join(operand.inside(POWER) for operand in operands), PRODUCT)


def _linear(operands: Operands, parameters: Parameters) -> Written:
    return Written(f"{_product(operands[:2], parameters).text} + {operands[2].inside(SUM)}", SUM)


def _power(operands: Operands, _parameters: Parameters) -> Written | None:
    exponent = operands[1].text
    if not exponent.removeprefix("−").isdecimal():
        return None
    return Written(operands[0].inside(NAME) + exponent.translate(_SUPERSCRIPT), POWER)


_SUPERSCRIPT = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _getitem(operands: Operands, parameters: Parameters) -> Written:
    index = parameters.get("index")
    parts = index if isinstance(index, tuple) else (index,)
    if all(part is None or part == slice(None) or part is Ellipsis for part in map(_comparable, parts)):
        return operands[0]  # only axes of length 1 are added
    return Written(f"{operands[0].inside(NAME)}[{_index(index)}]")


def _comparable(part: Any) -> Any:
    return part if part is None or isinstance(part, slice) or part is Ellipsis else 0


def _index(index: Any) -> str:
    if isinstance(index, tuple):
        return ", ".join(map(_index, index))
    if isinstance(index, slice):
        ends = ["" if end is None else str(end) for end in (index.start, index.stop, index.step)]
        return ":".join(ends[:2] + ([ends[2]] if ends[2] else []))
    if isinstance(index, np.ndarray):
        return "mask" if index.dtype == bool else "indices" if index.ndim else str(index)
    return "…" if index is Ellipsis else "new" if index is None else str(index)


def _same(operands: Operands, _parameters: Parameters) -> Written:
    return operands[0]


def _loss(name: str) -> Callable[[Operands, Parameters], Written]:
    return lambda operands, parameters: Written(f"{name}({operands[-2].text}, {operands[-1].text})")


def _reduction(symbol: str) -> Callable[[Operands, Parameters], Written]:
    return lambda operands, parameters: Written(f"{symbol} {operands[0].inside(POWER)}", PRODUCT)


FORMULAS: dict[str, Callable[[Operands, Parameters], Written | None]] = {
    "linear": _linear,
    "matmul": _product,
    "power": _power,
    "getitem": _getitem,
    "reshape": _same,
    "broadcast_to": _same,
    "astype": _same,
    "sum": _reduction("Σ"),
    "prod": _reduction("Π"),
    "sigmoid_cross_entropy": _loss("BCE"),
    "binary_cross_entropy": _loss("BCE"),
    "mean_squared_error": _loss("MSE"),
    "exp": lambda operands, parameters: Written("e" + "^" + operands[0].inside(NAME), POWER),
}
"""Rows that are not written by their symbol; ``None`` where they are after all."""


# --- local derivatives -------------------------------------------------------------------------------------------


def derivative(
    operation: Operation, i: int, operands: Operands, out: Written, parameters: Parameters | None = None
) -> str:
    """The derivative of an operation by its input ``i``, as it stands on an edge.

    Examples
    --------
    >>> from microae import operations
    >>> from microae.drawing.step.notation import Written, derivative
    >>> x, W, b, z, h = map(Written, ("x", "W", "b", "z", "h"))
    >>> [derivative(operations.TABLE["linear"], i, [x, W, b], z) for i in range(3)]
    ['Wᵀ', 'xᵀ', '1']
    >>> derivative(operations.TABLE["leaky_relu"], 0, [z], h)
    'LeakyReLU′(z)'
    """
    texts = DERIVATIVES.get(operation.name)
    if texts is not None:
        text = texts[min(i, len(texts) - 1)]
        if callable(text):
            return text(operands, out, parameters or {})
        return text.format(*(operand.inside(POWER) for operand in operands), out=out.inside(POWER))
    if len(operands) == 1:
        symbol = operation.symbol
        if "·" in symbol or _WORDS.isdisjoint(symbol[-1:]) or " " in symbol:
            symbol = operation.name
        return f"{symbol}′({operands[0].text})"
    return f"∂{out.text}/∂{operands[i].text}"


def _share(parameters: Parameters) -> str:
    """Of a loss, what is divided by for each of its elements."""
    n = parameters.get("elements", 1) if parameters.get("reduction", "mean") == "mean" else 1
    return f"/{n}" if n > 1 else ""


def _residual(first: int, second: int, factor: str = "") -> Callable[[Operands, Written, Parameters], str]:
    def text(operands: Operands, _out: Written, parameters: Parameters) -> str:
        difference = f"{operands[first].inside(SUM + 1)} − {operands[second].inside(SUM + 1)}"
        share = _share(parameters)
        return f"{factor}({difference}){share}" if factor or share else difference

    return text


def _power_rule(operands: Operands, _out: Written, _parameters: Parameters) -> str:
    """``2x``, ``3x²``, ``n · x^(n − 1)``."""
    x, n = operands[0].inside(NAME), operands[1]
    if not n.text.isdecimal():
        return f"{n.inside(POWER)} · {x}^({n.text} − 1)"
    if n.text in ("0", "1"):
        return n.text
    power = "" if n.text == "2" else str(int(n.text) - 1).translate(_SUPERSCRIPT)
    return f"{n.text}{' · ' if x[0].isdigit() else ''}{x}{power}"


Text = str | Callable[[Operands, Written, Parameters], str]

DERIVATIVES: dict[str, tuple[Text, ...]] = {
    "add": ("1",),
    "subtract": ("1", "−1"),
    "multiply": ("{1}", "{0}"),
    "divide": ("1/{1}", "−{out}/{1}"),
    "negative": ("−1",),
    "positive": ("1",),
    "square": (lambda operands, out, parameters: _power_rule([operands[0], Written("2")], out, parameters),),
    "power": (_power_rule, "{out} ln {0}"),
    "sqrt": ("1/(2{out})",),
    "reciprocal": ("−{out}²",),
    "absolute": ("sign({0})",),
    "exp": ("{out}",),
    "log": ("1/{0}",),
    "tanh": ("1 − {out}²",),
    "matmul": ("{1}ᵀ", "{0}ᵀ"),
    "linear": ("{1}ᵀ", "{0}ᵀ", "1"),
    "sum": ("1",),
    "mean": (lambda operands, out, parameters: f"1/{parameters.get('elements', 'n')}",),
    "reshape": ("1",),
    "broadcast_to": ("Σ",),
    "transpose": ("ᵀ",),
    "astype": ("1",),
    "concatenate": ("1",),
    "stack": ("1",),
    "sigmoid_cross_entropy": (
        _residual(1, 2),
        "",
        lambda operands, out, parameters: f"−{operands[0].inside(POWER)}{_share(parameters)}",
    ),
    "mean_squared_error": (_residual(0, 1, "2"), _residual(1, 0, "2")),
}
"""By input: a text with ``{0}``, ``{1}`` for the inputs and ``{out}``; the last one stands for all that follow."""


# --- numbers -----------------------------------------------------------------------------------------------------


def number(value: float, digits: int = 3, whole: bool = True) -> str:
    """A number in few letters: 1.28, −0.0044, 3.2e−5, ∞, NaN; with its last zeros unless ``whole``.

    Examples
    --------
    >>> from microae.drawing.step.notation import number
    >>> [number(x) for x in (1.28098, -0.00443317, 3.24e-5, 1234567.0, 0.0, 1.0, float("nan"))]
    ['1.28', '−0.00443', '3.2e−5', '1.2e6', '0', '1', 'NaN']
    """
    value = float(value)
    if value != value:
        return "NaN"
    if value in (np.inf, -np.inf):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    size = abs(value)
    if 1e-3 <= size < 10 ** (digits + 1):
        text = f"{value:.0f}" if float(f"{size:.{digits}g}") >= 10 ** (digits - 1) else f"{value:#.{digits}g}"
        if whole and "." in text:
            text = text.rstrip("0").rstrip(".")
    else:
        mantissa, exponent = f"{value:.{digits - 2}e}".split("e")
        text = f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(exponent)}"
    return text.replace("-", "−")


def aligned(values: Sequence[float], digits: int = 3) -> list[str]:
    """Numbers that stand together, all with as many digits; whole numbers as such if all of them are whole.

    Examples
    --------
    >>> from microae.drawing.step.notation import aligned
    >>> aligned([1.0, 0.0, -2.0]), aligned([0.87, -1.1, 0.0])
    (['1', '0', '−2'], ['0.870', '−1.10', '0'])
    """
    if all(x == int(x) if np.isfinite(x) else True for x in values):
        return [number(x, digits) for x in values]
    return [number(x, digits, whole=False) for x in values]


def numbers(value: Any, digits: int = 3, most: int = 16) -> str:
    """An array as it is written into a formula: its numbers if they are few, else its shape.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.drawing.step.notation import numbers
    >>> numbers(np.array([1.0, 0.5])), numbers(np.float64(2.0)), numbers(np.zeros((8, 8)))
    ('[1, 0.5]', '2', '(8×8)')
    """
    array = np.asarray(value)
    if array.size > most or array.ndim > 2:
        return f"({dimensions(array.shape)})"
    if not array.ndim:
        return number(float(array), digits)
    if array.ndim == 1:
        return f"[{', '.join(number(x, digits) for x in array.tolist())}]"
    return f"[{', '.join(numbers(row, digits) for row in array)}]"


def dimensions(shape: Sequence[int]) -> str:
    """A shape in words: ``3×4``; "scalar" for a number.

    Examples
    --------
    >>> from microae.drawing.step.notation import dimensions
    >>> dimensions((3, 4)), dimensions((3,)), dimensions(())
    ('3×4', '3', 'scalar')
    """
    return "×".join(map(str, shape)) or "scalar"
