"""A program as readable Python: stages as sections, the graph's labels as names, shapes beside the lines.

What is used once stands inside the line that uses it, unless it is the result of a layer, a gradient, or labelled. The
text is a real function: as a file by itself it computes what the program means. What it calls besides NumPy's functions
it imports from microae, or, where that is not the library's, asks for in a comment.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from microae.compiler.program import Call, Constant, Program, Term
from microae.nn.activations import activation_rows
from microae.operations import TABLE

_WIDTH = 100

_STRENGTH = {
    **dict.fromkeys(("power",), 7),
    **dict.fromkeys(("matmul", "multiply", "divide"), 6),
    **dict.fromkeys(("add", "subtract"), 5),
    "bitwise_and": 4,
    "bitwise_xor": 3,
    "bitwise_or": 2,
    **dict.fromkeys(("greater", "less", "greater_equal", "less_equal", "equal", "not_equal"), 1),
}
"""How strongly each operator binds."""

_SYMBOLS = {
    "power": "**", "matmul": "@", "multiply": "*", "divide": "/", "add": "+", "subtract": "-", "bitwise_and": "&",
    "bitwise_xor": "^", "bitwise_or": "|", "greater": ">", "less": "<", "greater_equal": ">=", "less_equal": "<=",
    "equal": "==", "not_equal": "!=",
}  # fmt: skip
_ATOM, _NEGATIVE, _COMPARES = 10, 6, 1


class Source(str):
    """Python text, highlighted where a notebook shows it."""

    __slots__ = ()
    language = "python"

    def _repr_markdown_(self) -> str:
        return f"```{self.language}\n{self}```"


class JavaScript(Source):
    """JavaScript text, highlighted where a notebook shows it."""

    __slots__ = ()
    language = "javascript"


@dataclass
class Line:
    """One line of a program's text.

    Attributes
    ----------
    name, expression : str
        ``name = expression``.
    term : Term
        What it computes.
    """

    name: str
    expression: str
    term: Term

    @property
    def text(self) -> str:
        """The line."""
        return f"{self.name} = {self.expression}"


class Printed:
    """A program's text, line by line.

    Attributes
    ----------
    lines : list of Line
    names : dict of Term to str
    constants : dict of str to Constant
        The arrays that are part of the program.
    functions : dict of str to Call
        What is called besides NumPy's functions, with its first call.
    """

    def __init__(self, program: Program, function: str = "step") -> None:
        self.program = program
        name = re.sub(r"\W", "", function)
        self.function = name if name.isidentifier() and not keyword.iskeyword(name) else "step"
        self.names: dict[Term, str] = {}
        self.constants: dict[str, Constant] = {}
        self.functions: dict[str, Call] = {}
        self.lines: list[Line] = []
        self._taken = {"np", *keyword.kwlist}
        self._times: Counter[str] = Counter()  # how often a name was wanted again
        self._uses = Counter(term for call in program.calls for term in call.terms())
        self._uses.update(program.outputs())
        self._name_functions()
        self._name_inputs()
        self._name_results()
        self._write()

    # names

    def _new_name(self, wanted: str) -> str:
        plain = unicodedata.normalize("NFKC", wanted)  # as Python reads names: W₁ is W1
        name = "".join(letter if f"_{letter}".isidentifier() else "_" for letter in plain).strip("_") or "t"
        name = name if name.isidentifier() else f"_{name}"
        again = name
        while again in self._taken:
            self._times[name] += 1
            again = f"{name}_{self._times[name] + 1}"
        self._taken.add(again)
        return again

    def _name_functions(self) -> None:
        self._called: dict[Any, str] = {}
        for call in self.program.calls:
            if call.opaque is not None and call.opaque not in self._called:
                self._taken.add(self.function)  # which would call itself
                name = self._called[call.opaque] = self._new_name(call.function)
                self.functions[name] = call

    def _name_inputs(self) -> None:
        layers: dict[str, int] = {}
        program = self.program
        inputs = (*program.inputs, *program.updates, *program.gradients)
        parameters = {t.name: t for t in inputs if t.kind == "parameter"}
        short: dict[str, str] = {}
        for name in parameters:
            owner, _, last = name.rpartition(".")
            if last in ("weight", "bias") and owner:
                number = layers.setdefault(owner, len(layers) + 1)
                short[name] = f"{'W' if last == 'weight' else 'b'}{number}"
        self._layers = layers
        for term in inputs:
            if term in self.names:
                continue
            name = term.name
            if term.kind == "state":
                owner, _, last = name.rpartition(".")
                name = f"{_STATES.get(last, last)}_{short.get(owner, owner)}"
            elif term.kind == "gradient":
                name = f"d_{short.get(name[2:], name[2:])}"
            self.names[term] = self._new_name(short.get(name, name))

    def _name_results(self) -> None:
        program = self.program
        wanted: dict[Term, str] = {}
        activations = activation_rows()
        for term, node in program.nodes.items():
            number = self._layers.get(node.owner)
            if node.label:
                wanted[term] = node.label
            elif node.stage == "forward" and node.operation == "linear" and number:
                wanted[term] = f"z{number}"
            elif node.stage == "forward" and node.operation in activations:
                z = wanted.get(node.first, "") if node.first is not None else ""
                wanted[term] = f"h{z[1:]}" if z.startswith("z") else "h"
        for term in program.results[:1]:
            if term in program.nodes:
                wanted.setdefault(term, "loss" if not term.shape else "out")
        for i, condition in enumerate(program.conditions):
            wanted[condition] = f"valid{i + 1 if len(program.conditions) > 1 else ''}"
        for gradient, of in program.adjoints.items():
            if of in wanted and gradient not in wanted:
                wanted[gradient] = f"d_{wanted[of]}"
        for of, gradient in program.gradients.items():
            wanted.setdefault(gradient, f"d_{self.names[of]}")
        self._wanted = {term: name for term, name in wanted.items() if isinstance(term, Call)}
        self._becomes = {new: old for old, new in program.updates.items() if isinstance(new, Call)}

    # lines

    def _write(self) -> None:
        last_use = {term: i for i, call in enumerate(self.program.calls) for term in call.terms()}
        inlined: dict[Term, tuple[str, int]] = {}
        outputs = set(self.program.outputs())
        returned = {*self.program.results, *self.program.gradients.values()}
        temporaries = 0
        for i, call in enumerate(self.program.calls):
            text, strength = self._expression(call, inlined)
            becomes = self._becomes.get(call)
            if becomes is not None and call not in self._wanted:
                free = last_use.get(becomes, -1) <= i and becomes not in returned
                name = self.names[becomes] if free else self._new_name(f"{self.names[becomes]}_new")
            elif call in self._wanted:
                name = self._new_name(self._wanted[call])
            elif self._uses[call] > 1 or len(text) > _WIDTH or call in outputs:
                temporaries += 1
                name = self._new_name(f"t{temporaries}")
            else:
                inlined[call] = (text, strength)
                continue
            self.names[call] = name
            self.lines.append(Line(name, text, call))

    def _expression(self, call: Call, inlined: dict[Term, tuple[str, int]]) -> tuple[str, int]:
        """How a call is written, and how strongly it binds."""

        def write(operand: Any, least: int = 0) -> str:
            if isinstance(operand, Call) and operand in inlined:
                text, strength = inlined[operand]
            else:
                text, strength = self._operand(operand, write), _ATOM
                if text.startswith("-"):
                    strength = _NEGATIVE
            return text if strength >= least else f"({text})"

        if call.opaque is not None:
            return _called(self._called[call.opaque], call.args, call.kwargs, write), _ATOM
        return written(call, write)

    def _operand(self, operand: Any, write: Any) -> str:
        if isinstance(operand, Constant):
            return self._constant(operand)
        if isinstance(operand, Term):
            return self.names[operand]
        if type(operand) is tuple:
            return "(" + ", ".join(map(write, operand)) + ("," if len(operand) == 1 else "") + ")"
        if type(operand) is list:
            return "[" + ", ".join(map(write, operand)) + "]"
        if isinstance(operand, np.dtype) or (isinstance(operand, type) and issubclass(operand, np.generic)):
            return f"np.{np.dtype(operand).name}"
        if isinstance(operand, float) and operand != operand:
            return "np.nan"
        if isinstance(operand, float) and operand in (np.inf, -np.inf):
            return "np.inf" if operand > 0 else "-np.inf"
        return repr(operand)

    def _constant(self, constant: Constant) -> str:
        if constant.shape or constant.dtype.kind not in "fiub":
            return self._array(constant)
        number = constant.value.item()
        text = self._operand(number, None)
        return text if constant.dtype in (np.float64, np.bool_, np.int64) else f"np.{constant.dtype}({text})"

    def _array(self, constant: Constant) -> str:
        for name, known in self.constants.items():
            if _bits(known) == _bits(constant):
                return name
        name = self._new_name(f"c{len(self.constants) + 1}")
        self.constants[name] = constant
        return name

    # the text

    def body(self) -> Iterator[str]:
        """The lines, each stage under its heading, shapes beside them."""
        width = min(72, max((len(line.text) for line in self.lines), default=0))
        stage = None
        for line in self.lines:
            now = line.term.provenance.stage if isinstance(line.term, Call) else stage
            if now != stage:
                if stage is not None:
                    yield ""
                yield f"# {now}"
                stage = now
            yield f"{line.text:{width}}  # {shape_text(line.term)}"

    def arguments(self) -> list[str]:
        """The names of the inputs."""
        return [self.names[term] for term in self.program.inputs]

    def returned(self) -> str:
        """What the function returns: the results, then all that lives on."""
        shown = [self._operand(term, None) for term in self.program.outputs()]
        return ", ".join(shown) + ("," if len(shown) == 1 else "") or "()"

    def source(self) -> str:
        """The whole function."""
        lines = [*self._head(), f"def {self.function}({', '.join(self.arguments())}):"]
        body, returned = list(self.body()), self.returned()  # before the constants, which they name
        lines += [f"    {name} = {_literal(constant)}" for name, constant in self.constants.items()]
        lines += [f"    {line}".rstrip() for line in body]
        return "\n".join([*lines, f"    return {returned}", ""])

    def _head(self) -> Iterator[str]:
        """Where the functions are from."""
        yield "import numpy as np"
        from_table = {name: _in_table(call.opaque) for name, call in self.functions.items()}
        if any(from_table.values()):
            yield "from microae.operations import TABLE"
        for name, call in self.functions.items():
            place = from_table[name]
            caller = in_comment(call.line or "the step")
            yield f"{name} = {place}" if place else f"# It needs {name}: what {caller} calls."
        yield ""


def in_comment(text: str) -> str:
    """A text of the user's, such as a label, as it may stand in a comment: it cannot end it."""
    return "".join(c if c.isprintable() else " " for c in text).replace("*/", "* /")


def _in_table(function: Any) -> str:
    """How a forward function or a rule of the library's own rows is written; empty if it is another."""
    for name, row in TABLE.items():
        rules = row.vjps if isinstance(row.vjps, tuple) else ()
        of_row = {"forward": row.forward, **{f"vjps[{i}]": rule for i, rule in enumerate(rules)}}
        for part, known in of_row.items():
            if known is function and known.__module__.startswith("microae."):
                return f"TABLE[{name!r}].{part}".replace("'", '"')
    return ""


_STATES = {"state0": "v", "state1": "s"}


def written(call: Call, write: Any) -> tuple[str, int]:
    """How a call is written, and how strongly it binds; ``write(operand, least)`` writes its arguments."""
    name, args, kwargs = call.function, call.args, call.kwargs
    if name in _STRENGTH and not kwargs and len(args) == 2:
        symbol, strength = _SYMBOLS[name], _STRENGTH[name]
        left, right = strength + (name == "power" or strength == _COMPARES), strength + (name != "power")
        return f"{write(args[0], left)} {symbol} {write(args[1], right)}", strength
    if name == "negative" and not kwargs:
        positive = write(args[0], _NEGATIVE)
        return f"-({positive})" if positive.startswith("-") else f"-{positive}", _NEGATIVE
    if name == "getitem":
        return f"{write(args[0], _ATOM)}[{_index(args[1], write)}]", _ATOM
    if name == "part":
        return f"{write(args[0], _ATOM)}[{args[1]}]", _ATOM
    if name == "astype" and call.weak:
        return f"float({write(args[0])})", _ATOM
    if name == "astype":
        if isinstance(args[0], Term) and args[0].weak:
            return f"np.{np.dtype(args[1])}({write(args[0])})", _ATOM
        return f"{write(args[0], _ATOM)}.astype({write(args[1])})", _ATOM
    if name == "transpose" and len(args) == 1 and kwargs.get("axes") is None:
        return f"{write(args[0], _ATOM)}.T", _ATOM
    if name == "add.reduce":
        name, kwargs = "sum", {"axis": args[1] if len(args) > 1 else 0} | kwargs
        args = args[:1]
        kwargs = {k: v for k, v in kwargs.items() if not (k == "axis" and v is None)}
    return _called(f"np.{name}", args, kwargs, write), _ATOM


def _called(function: str, args: Any, kwargs: Any, write: Any) -> str:
    words = [write(operand) for operand in args] + [f"{word}={write(operand)}" for word, operand in kwargs.items()]
    return f"{function}({', '.join(words)})"


def _index(index: Any, write: Any) -> str:
    if type(index) is tuple:
        return ", ".join(_index(part, write) for part in index) or "()"
    if isinstance(index, slice):
        ends = ["" if end is None else str(end) for end in (index.start, index.stop, index.step)]
        return ":".join(ends[: 2 + bool(ends[2])])
    return "..." if index is Ellipsis else write(index)


def _bits(constant: Constant) -> tuple[Any, ...]:
    return constant.shape, constant.dtype, constant.value.tobytes()


def shape_text(term: Term) -> str:
    if term.weak:
        return "a number"
    return " × ".join(map(str, term.shape)) or "a scalar"


def _literal(constant: Constant) -> str:
    shape = f".reshape({constant.shape})" if constant.shape and not constant.size else ""
    return f"np.array({constant.value.tolist()!r}, np.{constant.dtype}){shape}"
