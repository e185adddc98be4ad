"""What each line of a program is: its stage, module and shape, and the formula of backpropagation that it computes."""

from __future__ import annotations

import re
from html import escape

from microae.compiler.printing import Line, Printed
from microae.compiler.program import Call

_FORMULAS = (
    (r"z\d+$", "z = x W + b, a layer's sum"),
    (r"h\d*$", "h = f(z), its activation"),
    (r"loss$", "L, what training minimises"),
    (r"d_z\d+$", "δ = ∂L/∂z"),
    (r"d_h\d*$", "∂L/∂h = δ Wᵀ, passed back through the weights"),
    (r"d_W\d+$", "∂L/∂W = hᵀ δ"),
    (r"d_b\d+$", "∂L/∂b = δ, summed over the batch"),
    (r"W\d+$", "W ← W − η ∂L/∂W"),
    (r"b\d+$", "b ← b − η ∂L/∂b"),
    (r"valid\d*$", "a check of the data; if it fails, an ordinary step says what is wrong"),
)


class Explanation:
    """A table of a program's lines; in a notebook it shows itself.

    Attributes
    ----------
    rows : list of tuple of str
        For each line: stage, module, line, shape, the formula that it computes where it has a name.
    """

    def __init__(self, printed: Printed) -> None:
        self.rows = [_row(line) for line in printed.lines]

    def __str__(self) -> str:
        head = ("stage", "module", "line", "shape", "what it is")
        rows = [head, *self.rows]
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        lines = ["  ".join([*(f"{cell:{n}}" for cell, n in zip(row, widths, strict=False)), row[4]]) for row in rows]
        return "\n".join(line.rstrip() for line in lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th style='text-align:left'>{name}</th>" for name in ("stage", "module", "line", "shape", ""))
        body = "".join(
            "<tr>"
            + "".join(f"<td style='text-align:left'>{_cell(i, cell)}</td>" for i, cell in enumerate(row))
            + "</tr>"
            for row in self.rows
        )
        return f"<table><tr>{head}</tr>{body}</table>"


def _cell(i: int, text: str) -> str:
    return f"<code>{escape(text)}</code>" if i == 2 else escape(text)


def _row(line: Line) -> tuple[str, str, str, str, str]:
    provenance = line.term.provenance if isinstance(line.term, Call) else None
    stage, owner = (provenance.stage, provenance.owner) if provenance is not None else ("", "")
    shape = " × ".join(map(str, line.term.shape)) or "scalar"
    formula = next((words for pattern, words in _FORMULAS if re.match(pattern, line.name)), "")
    return stage, owner, line.text, shape, formula
