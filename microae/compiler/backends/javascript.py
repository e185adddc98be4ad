"""A program as one JavaScript function, for a page that computes: plain numbers, and nothing else to load.

Every element of every array is written out, as for Python's numbers; arrays are lists in lists, as JSON has them. The
text is read by people too: stages have headings, what is used once stands in the line that uses it, and the names are
those of the program's text.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from string import Formatter
from typing import Any

import numpy as np

from microae.compiler.backends import UnsupportedError
from microae.compiler.backends.scalars import OPERATORS, Scalars, Symbol, lowered
from microae.compiler.printing import Printed, in_comment, shape_text
from microae.compiler.program import Program, Term

_WIDE = 100
"""Expressions of more letters have a line of their own."""

_ATOM, _UNARY = 10, 7
_STRENGTH = {"*": 6, "/": 6, "+": 5, "-": 5, **dict.fromkeys((">", "<", ">=", "<="), 4), "==": 3, "!=": 3}
"""How strongly each operator binds."""

WORDS: dict[str, tuple[str, int]] = {
    **{name: (f"{{0}} {symbol} {{1}}", _STRENGTH[symbol]) for name, symbol in OPERATORS.items()},
    "bitwise_and": ("{0} && {1}", 2),
    "logical_and": ("{0} && {1}", 2),
    "bitwise_or": ("{0} || {1}", 1),
    "logical_or": ("{0} || {1}", 1),
    "negative": ("-{0}", _UNARY),
    "logical_not": ("!{0}", _UNARY),
    "reciprocal": ("1 / {0}", 6),
    "square": ("{0} * {0}", 6),
    "isnan": ("{0} != {0}", 3),
    "where": ("({0} ? {1} : {2})", _ATOM),
    "fmax": ("({0} >= {1} || {1} != {1} ? {0} : {1})", _ATOM),
    "fmin": ("({0} <= {1} || {1} != {1} ? {0} : {1})", _ATOM),
    "maximum": ("Math.max({0}, {1})", _ATOM),
    "minimum": ("Math.min({0}, {1})", _ATOM),
    "power": ("power({0}, {1})", _ATOM),
    "exp2": ("Math.pow(2, {0})", _ATOM),
    "absolute": ("Math.abs({0})", _ATOM),
    "isfinite": ("Number.isFinite({0})", _ATOM),
    "arctan2": ("Math.atan2({0}, {1})", _ATOM),
    "hypot": ("Math.hypot({0}, {1})", _ATOM),
    "erfc": ("erfc({0})", _ATOM),
    **{name: (f"Math.{name}({{0}})", _ATOM) for name in ("exp", "log", "log1p", "expm1", "log2", "log10", "sqrt")},
    **{name: (f"Math.{name}({{0}})", _ATOM) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: (f"Math.{name}({{0}})", _ATOM) for name in ("sign", "floor", "cbrt")},
    **{f"arc{name}": (f"Math.a{name}({{0}})", _ATOM) for name in ("tan", "sin", "cos", "sinh", "cosh", "tanh")},
}
"""How each elementwise function is written, and how strongly that binds."""

_HELPERS = {
    "power": """\
  const power = (x, y) => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y)); // as C has it""",
    "erfc": """\
  const erfc = (x) => {
    if (x < 0) return 2 - erfc(-x);
    const bell = Math.exp(-x * x) / Math.sqrt(Math.PI);
    if (x < 2) { // the series of the error function
      let term = 2 * x, sum = term;
      for (let n = 1; n < 60; n++) sum += term *= (2 * x * x) / (2 * n + 1);
      return 1 - bell * sum;
    }
    let tail = x; // a continued fraction
    for (let n = 60; n > 0; n--) tail = x + n / 2 / tail;
    return bell / tail;
  };""",
}
"""Functions that JavaScript has not, or that are others there."""

_FITS = """\
  const fits = (part, shape, axis = 0) => {
    if (axis === shape.length) return typeof part === "number" || typeof part === "boolean";
    if (typeof part !== "object" || part === null || part.length !== shape[axis]) return false;
    for (let i = 0; i < part.length; i++) if (!fits(part[i], shape, axis + 1)) return false;
    return true;
  };"""

_KINDS = {"rate": "learning rate", "step": "count of updates", "draw": "random numbers"}

_WORDS = """
    arguments await break case catch class const continue debugger default delete do else enum eval export extends
    false finally for function if implements import in instanceof interface let new null package private protected
    public return static super switch this throw true try typeof var void while with yield undefined NaN Infinity
    Math Number RangeError erfc power fits results updates gradients valid
"""
_RESERVED = set(_WORDS.split())
"""Names that mean something else in the text."""


def source(program: Program, printed: Printed) -> str:
    """The text of the function.

    Parameters
    ----------
    program : Program
    printed : Printed
        The program's text, for its names.

    Raises
    ------
    UnsupportedError
        For a function that cannot be said number by number, or arrays that are not float64.
    """
    try:
        narrow = next((t.dtype for t in (*program.inputs, *program.calls) if t.dtype.kind not in "fiub"), None)
        narrow = narrow or next((t.dtype for t in (*program.inputs, *program.calls) if t.dtype == np.float32), None)
        if narrow is not None:
            raise UnsupportedError(f"numbers of {narrow}, where JavaScript's are float64")
        scalars = lowered(program)
    except UnsupportedError as error:
        raise UnsupportedError(f"javascript: {error}") from None
    return _Function(program, printed, scalars).text()


def input_names(printed: Printed) -> dict[Term, str]:
    """The names of the inputs, and of what is updated, in JavaScript: those of the program's text, made possible."""
    program, taken = printed.program, set(_RESERVED)
    terms = dict.fromkeys([*program.inputs, *program.updates, *program.gradients])
    return {term: _new_name(printed.names[term], taken) for term in terms}


def _new_name(wanted: str, taken: set[str]) -> str:
    name = wanted if wanted.isidentifier() else "t"
    while name in taken:
        name += "_"
    taken.add(name)
    return name


class _Function:
    """The text while it is written."""

    def __init__(self, program: Program, printed: Printed, scalars: Scalars) -> None:
        self.program = program
        self.printed = printed
        self.scalars = scalars
        self.inputs = input_names(printed)
        self._taken = _RESERVED | set(self.inputs.values())
        self.name = _new_name(printed.function, set(_RESERVED))
        self._name_symbols()

    def _name_symbols(self) -> None:
        """Names of inputs are places in them; of results, those of the program's text with the place behind."""
        for term, symbols in self.scalars.inputs.items():
            for place in np.ndindex(*term.shape):
                symbols[place].name = self.inputs[term] + "".join(f"[{i}]" for i in place)
        made = set(self.scalars.order)
        self._named: set[Symbol] = set()
        for call, symbols in self.scalars.results.items():
            if call not in self.printed.names:
                continue
            name = self.printed.names[call]
            name = name if name not in self._taken else f"{name}_new"
            for place in np.ndindex(*call.shape):
                symbol, wanted = symbols[place], name + "".join(f"_{i}" for i in place)
                if symbol in made and symbol not in self._named and wanted not in self._taken and wanted.isidentifier():
                    symbol.name = wanted
                    self._taken.add(wanted)
                    self._named.add(symbol)

    # expressions

    def _lines(self) -> Iterator[str]:
        """The symbols, each stage under its heading."""
        uses: Counter[Symbol] = Counter()
        for symbol in self.scalars.order:
            for _, which, _, _ in Formatter().parse(WORDS[symbol.function][0]):
                if which and isinstance(symbol.args[int(which)], Symbol):
                    uses[symbol.args[int(which)]] += 1
        outputs = {x for array in self.scalars.outputs.values() for x in array.flat if isinstance(x, Symbol)}
        inlined: dict[Symbol, tuple[str, int]] = {}
        stage, count = "", 0
        for symbol in self.scalars.order:
            text, strength = self._expression(symbol, inlined)
            if symbol not in self._named:
                if uses[symbol] == 1 and symbol not in outputs and len(text) <= _WIDE:
                    inlined[symbol] = (text, strength)
                    continue
                count += 1
                symbol.name = _new_name(f"t{count}", self._taken)
            now = symbol.call.provenance.stage if symbol.call is not None else stage
            if now != stage:
                yield f"\n  // {now}"
                stage = now
            yield f"  const {symbol.name} = {text};"

    def _expression(self, symbol: Symbol, inlined: dict[Symbol, tuple[str, int]]) -> tuple[str, int]:
        template, strength = WORDS[symbol.function]
        words = []
        for i, x in enumerate(symbol.args):
            text, own = inlined.get(x, (word(x), _ATOM)) if isinstance(x, Symbol) else (word(x), _ATOM)
            least = 0 if strength == _ATOM else strength + (i > 0 or strength == _UNARY)
            if symbol.function == "reciprocal":
                least = _UNARY
            words.append(text if own >= least else f"({text})")
        return template.format(*words), strength

    def _nested(self, term: Term) -> str:
        """An output as a list in lists."""
        return nested(self.scalars.outputs[term], word)

    # the text

    def text(self) -> str:
        """The whole function."""
        program, inputs = self.program, self.inputs
        body = list(self._lines())
        needed = [_HELPERS[name] for name in _HELPERS if any(s.function == name for s in self.scalars.order)]
        names = ", ".join(inputs[term] for term in program.inputs)
        lines = [*self._comment(), f"function {self.name}({{ {names} }}) {{", *needed, _FITS]
        for term in program.inputs:
            said = json.dumps(f"{self.name}: {inputs[term]} must be {_described(term)}", ensure_ascii=False)
            lines.append(f"  if (!fits({inputs[term]}, {list(term.shape)})) throw new RangeError({said});")
        lines += body
        lines.append("\n  const results = [" + ", ".join(map(self._nested, program.results)) + "];")
        updates = {inputs[term]: self._nested(new) for term, new in program.updates.items()}
        gradients = {f"d_{inputs[term]}": self._nested(new) for term, new in program.gradients.items()}
        for word_, parts in (("updates", updates), ("gradients", gradients)):
            lines.append(f"  const {word_} = {{" + "".join(f"\n    {k}: {v}," for k, v in parts.items()))
            lines[-1] += "\n  };" if parts else "};"
        lines.append(f"  const valid = {self._valid()};")
        return "\n".join([*lines, "  return { results, updates, gradients, valid };", "}", ""])

    def _comment(self) -> Iterator[str]:
        yield "/**"
        yield f" * {self.name}, as it was traced: float64 numbers, written out one by one; arrays are lists in lists."
        yield " *"
        for term in self.program.inputs:
            of = f" of {in_comment(term.name)}" if term.kind in ("parameter", "state", "gradient") else ""
            yield f" * {self.inputs[term]}: {_KINDS.get(term.kind, term.kind)}{of}, {shape_text(term)}"
        yield " *"
        yield " * Returns results; updates and gradients by their names, to be given to the next call; and valid:"
        yield " * whether the checks of the data hold and no number is NaN. Where it is false, the rest means nothing."
        yield " */"

    def _valid(self) -> str:
        program, outputs = self.program, self.scalars.outputs
        parts = [word(x) for term in program.conditions for x in outputs[term].flat]
        floats = [t for t in program.outputs() if t.dtype.kind == "f"]
        numbers = dict.fromkeys(x.name for t in floats for x in outputs[t].flat if isinstance(x, Symbol))
        if numbers:
            parts.append(f"[{', '.join(numbers)}].every((number) => number === number)")
        return " && ".join(parts) or "true"


def word(x: Any) -> str:
    """A symbol or a number."""
    if isinstance(x, Symbol):
        return x.name
    if isinstance(x, bool):
        return "true" if x else "false"
    if isinstance(x, float) and not np.isfinite(x):
        return "NaN" if x != x else "-Infinity" if x < 0 else "Infinity"
    return repr(x)


def nested(array: Any, write: Callable[[Any], str]) -> str:
    """An array as a list in lists."""
    array = np.asarray(array, object)
    return "[" + ", ".join(nested(part, write) for part in array) + "]" if array.ndim else write(array.item())


def _described(term: Term) -> str:
    shape: Sequence[int] = term.shape
    return f"an array of shape {' × '.join(map(str, shape))}" if shape else "a number"
