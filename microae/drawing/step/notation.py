"""Operations in mathematical notation: ``z = x W + b``, the same with numbers, and local derivatives such as ``Wᵀ``.

A row of the table is written by its symbol, so that a new row is drawn without anything being added here:

- a symbol with a dot in it is written around its input: ``|·|`` gives ``|x|``;
- a sign between two inputs, before one, or, if it is raised, behind it: ``x × y``, ``−x``, ``x²``;
- what begins or ends with a letter is a function: ``tanh(x)``, and its derivative is ``tanh′(x)``.

A row that is better written in another way says so by a template among its facts, such as ``"{0} {1} + {2}"``. Either
way an operand gets parentheses where it holds together less than what stands beside it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any, NamedTuple

import numpy as np

from microae.core.arrays import short
from microae.core.operation import Operation, Text


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

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ′"
_SUMS, _RELATIONS, _PRODUCTS = ("+", "−"), ("=", "<", ">", "≤", "≥"), ("×", "÷", "·")


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
    template = _template(operation.facts.notation, operands, parameters)
    if template is None:
        template = _by_symbol(operation.symbol, len(operands))
    return _written(template, operands, symbol=Written(operation.symbol))


_MINUS = re.compile(r"-(?=[\d.])")


def choices(operation: Operation, parameters: Parameters) -> str:
    """The parameters that a formula leaves unsaid, such as an axis, behind it; those that are as usual apart.

    Examples
    --------
    >>> from microae import operations
    >>> from microae.drawing.step.notation import choices
    >>> choices(operations.TABLE["sum"], {"axis": 0, "keepdims": False})
    ' [axis=0]'
    """
    usual = {name: known.default for name, known in inspect.signature(operation.forward).parameters.items()}
    left = ("axis", "keepdims") if callable(operation.facts.notation) else tuple(parameters)  # it looks at the others
    said = [
        f"{name}={_chosen(given)}"
        for name, given in parameters.items()
        if name in left and not _same(given, usual.get(name))
    ]
    return f" [{', '.join(said)}]" if said else ""


def _same(given: Any, usual: Any) -> bool:
    return type(given) is type(usual) and not isinstance(given, np.ndarray) and bool(given == usual)


def _chosen(given: Any) -> str:
    """A parameter: an array of truth values or numbers, if it is small, else how many of which there are.

    Of some truth values more, the rows stand one behind the other: ``1011 0010``.
    """
    if isinstance(given, (type, np.dtype)):
        return np.dtype(given).name
    if isinstance(given, tuple):
        return f"({', '.join(map(_chosen, given))})"
    if isinstance(given, slice):
        ends = (given.start, given.stop, *([] if given.step is None else [given.step]))
        return ":".join("" if end is None else _chosen(end) for end in ends)
    if isinstance(given, (float, np.floating)):
        return _MINUS.sub("−", f"{given:.4g}")
    if not isinstance(given, np.ndarray):
        plain = given.item() if isinstance(given, np.generic) else given
        return "…" if plain is Ellipsis else _MINUS.sub("−", short(plain, 40))
    if given.size <= 6:
        return _MINUS.sub("−", short(given.astype(int).tolist() if given.dtype == bool else given.tolist(), 40))
    if given.dtype == bool and given.size <= 40:
        return " ".join("".join("01"[int(x)] for x in row) for row in given.reshape(-1, given.shape[-1]))
    if given.dtype == bool:
        return f"true in {np.sum(given)} of {given.size}"
    return f"{' × '.join(map(str, given.shape))} numbers"


def _template(text: Text | None, operands: Operands, parameters: Parameters | None) -> str | None:
    """What a row says about how it is written, here."""
    return text([operand.text for operand in operands], parameters or {}) if callable(text) else text


def _by_symbol(symbol: str, n: int) -> str:
    """The template that a symbol stands for."""
    is_word = _is_letter(symbol[:1]) or _is_letter(symbol[-1:]) or " " in symbol
    symbol = symbol.replace("{", "{{").replace("}", "}}")
    if "·" in symbol and n == 1:
        return symbol.replace("·", "{0}")
    if not is_word and n == 2:
        return "{0}^{1}" if symbol == "^" else f"{{0}} {symbol} {{1}}"
    if not is_word and n == 1:
        return f"{{0}}{symbol}" if symbol[0] in _RAISED else f"{symbol}{{0}}"
    return f"{symbol}({', '.join(f'{{{i}}}' for i in range(n))})"


def _is_letter(sign: str) -> bool:
    return sign.isalpha() and sign not in _RAISED


# --- parentheses -------------------------------------------------------------------------------------------------

_HOLE = "\0"  # where an operand stands


def _written(template: str, operands: Operands, **named: Written) -> Written:
    """A template with its operands written in, each in parentheses if it needs them there."""
    parts = list(Formatter().parse(template))
    outline = "".join(before + ("" if field is None else _HOLE) for before, field, _, _ in parts)
    if outline == _HOLE:
        return _named(str(parts[0][1]), operands, named)
    text, at = "", -1
    for before, field, _, _ in parts:
        text += before
        if field is None:
            continue
        at = outline.index(_HOLE, at + 1)
        left, right = outline[:at], outline[at + 1 :]
        operand = _named(field, operands, named)
        inserted = operand.inside(max(_needed_after(left), _needed_before(right)))
        if inserted.startswith("−") and left.endswith(" ") and _is_operator(_last(left)):
            inserted = f"({inserted})"  # no sign behind a sign
        if inserted[:1].isdigit() and text[-1:].isdecimal():
            text += " · "  # 2 · 3, not 23
        text += inserted
    return Written(text, strength(outline))


def _named(field: str, operands: Operands, named: Mapping[str, Written]) -> Written:
    return named[field] if field in named else operands[int(field)]


def _last(left: str) -> str:
    return left[:-1].rpartition(" ")[2]


def _needed_after(left: str) -> int:
    """How strongly an operand must hold together for what stands before it."""
    if not left or left[-1] in "([|‖" or left.endswith(", "):
        return SUM
    if left[-1] == "^":
        return NAME
    if left[-1] != " ":
        return POWER
    return {"+": SUM, "−": PRODUCT, "×": PRODUCT, "·": PRODUCT, **dict.fromkeys(_RELATIONS, SUM)}.get(
        _last(left), SIGN if _is_operator(_last(left)) else POWER
    )


def _needed_before(right: str) -> int:
    """The same for what stands behind it."""
    if not right or right[0] in ")]|‖,":
        return SUM
    if right[0] in _RAISED or right[0] in "^[":
        return NAME
    if right[0] != " ":
        return POWER
    sign = right[1:].partition(" ")[0]
    if sign in _SUMS or sign in _RELATIONS:
        return SUM
    return PRODUCT if _is_operator(sign) else POWER


def _is_operator(word: str) -> bool:
    """Whether what stands between two spaces is the sign of an operation, and no operand."""
    return (
        bool(word)
        and word not in _RELATIONS
        and not any(sign.isalnum() or sign in _RAISED or sign in "()[]|‖√∛" + _HOLE for sign in word)
    )


def strength(text: str) -> int:
    """How strongly an expression holds together: what its weakest sign outside of brackets is.

    Examples
    --------
    >>> from microae.drawing.step.notation import POWER, PRODUCT, SIGN, SUM, strength
    >>> [strength(text) for text in ("a + b c", "a b", "(a + b)/2", "x²")] == [SUM, PRODUCT, SIGN, POWER]
    True
    """
    outer = _outside(text)
    words = outer.split(" ")
    if any(word in _SUMS or word in _RELATIONS for word in words[1:]):
        return SUM
    if len(words) > 1:
        return PRODUCT
    if outer[:1] in ("−", "+", "√", "∛") or "/" in outer or re.search(rf"[^^]{_HOLE}", outer):
        return SIGN
    return POWER if any(sign in _RAISED or sign == "^" for sign in outer) else NAME


def _outside(text: str) -> str:
    """A text without what is in brackets or bars."""
    outer, depth, bars = "", 0, 0
    for sign in text:
        if sign in "|‖":
            bars = 1 - bars
        depth += (sign in "([") - (sign in ")]")
        if not depth and not bars:
            outer += sign
    return outer


# --- local derivatives -------------------------------------------------------------------------------------------


ARRIVING = Written("·")
"""The gradient of a result, where it has no name."""


def derivative(
    operation: Operation,
    i: int,
    operands: Operands,
    out: Written,
    parameters: Parameters | None = None,
    g: Written = ARRIVING,
) -> str:
    """The derivative of an operation by its input ``i``, as it stands on an edge.

    If it is no factor but something that is done to the gradient of the result, ``g`` stands for that.

    Examples
    --------
    >>> from microae import operations
    >>> from microae.drawing.step.notation import Written, derivative
    >>> x, W, b, z, h = map(Written, ("x", "W", "b", "z", "h"))
    >>> [derivative(operations.TABLE["linear"], i, [x, W, b], z) for i in range(3)]
    ['Wᵀ', 'xᵀ', '1']
    >>> derivative(operations.TABLE["leaky_relu"], 0, [z], h)
    'LeakyReLU′(z)'
    >>> derivative(operations.TABLE["transpose"], 0, [W], z)
    '·ᵀ'
    """
    template = _of_derivative(operation, i, operands, parameters)
    if template is not None:
        text = _written(template, operands, out=out, symbol=Written(operation.symbol), g=g).text
        return "1" if text == "1/1" else text
    if len(operands) == 1:
        symbol = operation.symbol
        if " " in symbol:
            symbol = f"({symbol})"
        elif "·" in symbol or not _is_letter(symbol[-1:]):
            symbol = operation.name
        return f"{symbol}′({operands[0].text})"
    return f"∂{out.text}/∂{operands[i].text}"


def is_factor(operation: Operation, i: int, operands: Operands, parameters: Parameters | None = None) -> bool:
    """Whether the derivative by input ``i`` is a factor of a gradient, not something else that is done to it."""
    return "{g}" not in (_of_derivative(operation, i, operands, parameters) or "")


def _of_derivative(operation: Operation, i: int, operands: Operands, parameters: Parameters | None) -> str | None:
    texts = operation.facts.derivatives
    if texts is None:
        return None
    return _template(texts[min(i, len(texts) - 1)], operands, {**(parameters or {}), "place": i})


# --- numbers -----------------------------------------------------------------------------------------------------


def number(value: float, digits: int = 3) -> str:
    """A number in few letters: 1.28, −0.00443, 3.2e−5, ∞, NaN.

    With an exponent where it is very small or large. Zeros at its end are left out where it is exactly what then
    stands there, so 0.870 is rounded and 0.87 is not.

    Examples
    --------
    >>> from microae.drawing.step.notation import number
    >>> [number(x) for x in (1.28098, -0.00443317, 3.2417e-5, 1234567.0, 0.0, 1.0, float("nan"))]
    ['1.28', '−0.00443', '3.2e−5', '1.2e6', '0', '1', 'NaN']
    >>> [number(x) for x in (0.87, 0.87012, 0.99968)]
    ['0.87', '0.870', '0.9997']
    """
    return aligned([value], digits)[0]


def aligned(values: Sequence[float], digits: int = 3, beside: Sequence[float] = ()) -> list[str]:
    """Numbers that stand together, in one format; a whole number is written whole, another one never as 0 or 1.

    They have more than ``digits`` where two that differ would else read alike, unless they differ very little. With
    numbers that stand ``beside`` them, as those of a parameter after its update, they share the format, so that a
    number that is in both reads alike.

    Examples
    --------
    >>> from microae.drawing.step.notation import aligned
    >>> aligned([1.0, 0.0, -2.0]), aligned([0.8701, -1.1, 0.0])
    (['1', '0', '−2'], ['0.870', '−1.10', '0'])
    >>> aligned([0.99968, 3.24e-5, 0.99874]), aligned([2.1417e-5, 0.0, -6e-4])
    (['0.9997', '0.000032', '0.9987'], ['2.1e−5', '0', '−6.0e−4'])
    """
    known, others = [float(x) for x in values], [float(x) for x in beside]
    together = known + others
    rounded = [abs(x) for x in together if np.isfinite(x) and not _is_short(x, digits)]
    if not rounded:
        return [_text(x, "f", 0) for x in known]
    low, high = min(rounded), max(abs(x) for x in together if np.isfinite(x))
    among_larger = low >= 1e-5 and high >= 1e-2  # as a small share beside a large one
    form = "g" if (low >= 1e-3 or among_larger) and high < 10 ** (digits + 1) else "e"
    return _in_full(together, form, digits)[: len(known)] or _told_apart(known, others, form, digits)


def _is_short(x: float, digits: int) -> bool:
    """Whether a number is whole and has few digits."""
    return x == round(x) and abs(x) < 10 ** (digits + 1)


_MORE = 4  # digits at most, to tell numbers apart


def _in_full(values: Sequence[float], form: str, digits: int) -> list[str]:
    """Numbers that are exactly what is written; none if there is one that is not."""
    if not all(_is_exact(x, f"{x:.{digits - 1}e}") for x in values if np.isfinite(x)):
        return []
    form = "e" if form == "e" else "f"
    for precision in range(digits + 1):
        if all(_is_exact(x, f"{x:.{precision}{form}}") for x in values if np.isfinite(x)):
            return [_text(x, form, precision, digits) for x in values]
    return []


def _is_exact(x: float, text: str) -> bool:
    """Whether a text is a number, but for the rounding of an operation or to single precision."""
    written = float(text)
    with np.errstate(over="ignore"):
        is_near = np.isfinite(written) and written != np.round(written) and abs(written - x) <= 1e-14 * abs(x)
        return bool(written == x or is_near or float(np.float32(text)) == x)


def _told_apart(values: Sequence[float], beside: Sequence[float], form: str, digits: int) -> list[str]:
    """Numbers with as many digits as tell those that differ from each other, and from 0 and 1, here and beside."""
    precision = digits - 2 if form == "e" else digits
    precision += max(_more(group, form, precision, digits) for group in (values, beside))
    return [_text(x, form, precision, digits) for x in values]


def _more(values: Sequence[float], form: str, precision: int, digits: int) -> int:
    """How many more digits tell numbers apart."""
    finest = [_text(x, form, precision + _MORE, digits) for x in values]
    for more in range(_MORE):
        texts = [_text(x, form, precision + more, digits) for x in values]
        plain = all(
            not _reads_exact(text, x) or _reads_exact(fine, x)
            for text, fine, x in zip(texts, finest, values, strict=True)
        )
        if plain and len(set(texts)) == len(set(finest)):
            return more
    return _MORE


def _reads_exact(text: str, x: float) -> bool:
    """Whether what stands for a number is 0 or 1, which it is not."""
    return abs(read(text)) in (0.0, 1.0) if np.isfinite(x) and abs(x) not in (0.0, 1.0) else False


def read(text: str) -> float:
    """The number that a text of :func:`aligned` stands for.

    Examples
    --------
    >>> from microae.drawing.step.notation import read
    >>> read("−3.2e−5"), read("1.00")
    (-3.2e-05, 1.0)
    """
    return float(text.replace("−", "-").replace("∞", "inf"))


def _text(x: float, form: str, precision: int, digits: int = 3) -> str:
    """A number in a format: "g" with so many digits, "f" with so many decimals, "e" with these and an exponent."""
    if x != x:
        return "NaN"
    if x in (np.inf, -np.inf):
        return "∞" if x > 0 else "−∞"
    if _is_short(x, digits):
        text = f"{round(x)}"
    elif form == "e":
        mantissa, exponent = f"{x:.{precision}e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    elif form == "f":
        text = f"{x:.{precision}f}"
    else:
        shown = precision if abs(x) >= 1e-3 else max(2, precision - 2)
        first = int(f"{x:.{shown - 1}e}".split("e")[1])  # the place of the first digit that is written
        text = f"{x:.{max(0, shown - 1 - first)}f}"
    return text.replace("-", "−")


def rows(value: Any, digits: int = 3, beside: Any = None) -> list[list[str]]:
    """The numbers of an array of at most two axes, row by row, in one format, with those of an array beside it.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.drawing.step.notation import rows
    >>> rows(np.array([[1.0, 0.25], [0.5, 0.0]]))
    [['1', '0.25'], ['0.50', '0']]
    """
    matrix = np.atleast_2d(value)
    texts = iter(aligned(matrix.ravel().tolist(), digits, [] if beside is None else np.ravel(beside).tolist()))
    return [[next(texts) for _ in row] for row in matrix]


def numbers(value: Any, digits: int = 3, most: int = 16, beside: Any = None) -> str:
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
        return rows(array, digits, beside)[0][0]
    written = [f"[{', '.join(row)}]" for row in rows(array, digits, beside)]
    return written[0] if array.ndim == 1 else f"[{', '.join(written)}]"


def dimensions(shape: Sequence[int]) -> str:
    """A shape in words: ``3×4``; "scalar" for a number.

    Examples
    --------
    >>> from microae.drawing.step.notation import dimensions
    >>> dimensions((3, 4)), dimensions((3,)), dimensions(())
    ('3×4', '3', 'scalar')
    """
    return "×".join(map(str, shape)) or "scalar"
