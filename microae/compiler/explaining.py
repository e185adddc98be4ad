"""What each line of a program is: its stage, module and shape, its name in the drawing, and the formula it computes."""

from __future__ import annotations

import re
from html import escape

from microae.compiler.printing import Line, Printed
from microae.compiler.program import NOWHERE, Call, Term
from microae.core.context import Provenance
from microae.operations import TABLE
from microae.optim import OPTIMIZERS

_FORMULAS = (
    (r"z\d+ = .*", "z = x W + b, a layer's sum"),
    (r"h\d* = .*", "h = f(z), its activation"),
    (r"loss = .*", "L, what training minimises"),
    (r"d_z\d+ = .*", "δ = ∂L/∂z"),
    (r"d_h\d* = d_z\d+ @ W\d+\.T", "∂L/∂h = δ Wᵀ, passed back through the weights"),
    (r"d_W\d+ = \w+(\.T @ d_z\d+|\[:, None\] @ d_z\d+\[None\])", "∂L/∂W = hᵀ δ"),
    (r"d_b\d+ = np\.sum\(d_z\d+, \([\d, ]+\)\)", "∂L/∂b = δ, summed over the batch"),
    (r"valid\d* = .*", "a check of the data; if it fails, an ordinary step says what is wrong"),
)
"""What a line is by how it is written."""

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Explanation:
    """A table of a program's lines; in a notebook it shows itself.

    Attributes
    ----------
    rows : list of tuple of str
        For each line: stage, module, line, shape, the name of its node in the drawing of ``ma.record_step``, the
        formula that it computes. The last two only of lines that have a name.
    """

    def __init__(self, printed: Printed) -> None:
        letters = _letters(printed)
        numbers = {line.name: f"({line.expression})" for line in printed.lines if not line.term.shape}
        self.rows = [_row(line, letters, numbers) for line in printed.lines]

    def __str__(self) -> str:
        rows = [_HEAD, *self.rows]
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        lines = ["  ".join([*(f"{cell:{n}}" for cell, n in zip(row, widths, strict=False)), row[5]]) for row in rows]
        return "\n".join(line.rstrip() for line in lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th style='text-align:left'>{name}</th>" for name in _HEAD)
        body = "".join(
            "<tr>"
            + "".join(f"<td style='text-align:left'>{_cell(i, cell)}</td>" for i, cell in enumerate(row))
            + "</tr>"
            for row in self.rows
        )
        return f"<table><tr>{head}</tr>{body}</table>"


_HEAD = ("stage", "module", "line", "shape", "drawn as", "what it is")


def _cell(i: int, text: str) -> str:
    return f"<code>{escape(text)}</code>" if i == 2 else escape(text)


def _letters(printed: Printed) -> dict[str, str]:
    """The letters of the drawing's names, with the layer, by those of the lines; none if it is no chain of layers."""
    program, names = printed.program, printed.names
    depth: dict[Term, int] = {}  # how many layers stand behind a term
    found: dict[str, int] = {}
    for call in program.calls:
        node = program.nodes.get(call)
        is_layer = re.fullmatch(r"z\d+", names.get(call, "")) is not None and node is not None
        depth[call] = max((depth.get(term, 0) for term in call.terms()), default=0) + is_layer
        if is_layer:
            found[names[call]] = depth[call]
    parameters = {names[term] for term in program.inputs if term.kind == "parameter"}
    layers = range(1, len(found) + 1)
    if found != {f"z{n}": n for n in layers} or not parameters >= {f"{letter}{n}" for letter in "Wb" for n in layers}:
        return {}
    several = len(layers) > 1
    letters = {f"{x}{n}": x + f"⁽{n}⁾".translate(_RAISED) * several for x in "zhWb" for n in layers}
    operations = (TABLE.get(node.operation) for node in program.nodes.values())
    if any(operation is not None and "target" in operation.parameters for operation in operations):
        last = f"h{len(layers)}"  # of which a loss is told that it is the prediction
        letters[last] = "a" + letters[last][1:]
    return letters | {"loss": "L"}


def _drawn(line: Line, letters: dict[str, str]) -> str:
    """The name of what a line makes in the drawing; empty if it has none there."""
    gradient, name = line.name.startswith("d_"), line.name.removeprefix("d_")
    if name not in letters or (gradient and _provenance(line).stage != "backward"):  # such as one that was clipped
        return ""
    if name[0] in "Wb":
        return f"∇{letters[name]}" if gradient else f"{letters[name]}′"
    return f"∂L/∂{letters[name]}" if gradient else letters[name]


def _provenance(line: Line) -> Provenance:
    return line.term.provenance if isinstance(line.term, Call) else NOWHERE


def _formula(line: Line, numbers: dict[str, str]) -> str:
    """The formula that a line computes; ``numbers`` are the expressions of lines without a shape."""
    name = line.name
    if re.fullmatch(r"[Wb]\d+", name) is None:
        return next((words for pattern, words in _FORMULAS if re.fullmatch(pattern, line.text)), "")
    written = re.sub(r"\bt\d+\b", lambda t: numbers.get(t[0], t[0]), line.expression)
    written = re.sub(rf"\b(([dvs]_)?){name}\b", r"\1W", written)
    written = re.sub(r"(?<![\w.])\d+(\.\d+)?(e-?\d+)?(?![\w.])", "N", written)
    for optimizer in OPTIMIZERS.values():
        if found := optimizer.formulas.get(written.removeprefix("W - ")):
            return f"{name[0]} ← {name[0]} − {found.replace('W', name[0])}"
    return ""


def _row(line: Line, letters: dict[str, str], numbers: dict[str, str]) -> tuple[str, str, str, str, str, str]:
    stage, owner, _ = _provenance(line)
    shape = " × ".join(map(str, line.term.shape)) or "scalar"
    return stage, owner, line.text, shape, _drawn(line, letters), _formula(line, numbers)
