"""From the bones to the scene: every box with its name, formula and values, every edge with its derivative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microae.context import Update
from microae.drawing.step.badges import badges, not_finite
from microae.drawing.step.collapsing import Cell, Partition, partition, summary
from microae.drawing.step.naming import names
from microae.drawing.step.notation import Written, derivative, formula, number, numbers
from microae.drawing.step.scene import Badge, Box, Edge, Scene
from microae.drawing.step.skeleton import Change, Node, Part, Skeleton
from microae.value import Value

_UPDATE_NAMES = {1: ("v",), 2: ("m", "v")}


def scene(graph: Skeleton, depth: int | None = None, max_nodes: int = 400, closed: Sequence[str] = ()) -> Scene:
    """The scene of a graph; see :func:`microae.draw` for the options."""
    called = names(graph)
    found = partition(graph, called, depth, max_nodes, closed)
    return _Builder(graph, called, found).scene()


class _Builder:
    def __init__(self, graph: Skeleton, called: list[str], found: Partition) -> None:
        self.graph, self.names, self.found = graph, called, found
        self.cells, self.cell_of = found.cells, found.cell_of
        self.boxes: list[Box] = []
        self.edges: list[Edge] = []
        self.loss = called[graph.roots[-1]] if graph.roots else "L"
        self.out = [self._output(cell) for cell in self.cells]  # the node that a cell stands for
        self.gradient_box: dict[int, int] = {}  # by cell

    def scene(self) -> Scene:
        for k, cell in enumerate(self.cells):
            self._forward(k, cell)
        if self.graph.lanes:
            self._backward()
        self._update()
        modules = {box.path: "" for box in self.boxes if box.path}
        for path in list(modules):
            parts = path.split(".")
            for n in range(1, len(parts)):
                modules.setdefault(".".join(parts[:n]), "")
        modules = {path: self.graph.modules.get(path, "") for path in modules}
        return Scene(self.boxes, self.edges, modules, "", [*self.graph.notes, *self.found.notes])

    # forward

    def _output(self, cell: Cell) -> int:
        """The last of a cell's nodes that is used outside, else its last."""
        return max(cell.members)

    def _forward(self, k: int, cell: Cell) -> None:
        i = self.out[k]
        node, name = self.graph.nodes[i], self.names[i]
        tails = dict.fromkeys(
            self.cell_of[j] for m in cell.members for j in self.graph.nodes[m].inputs if j >= 0 and self.cell_of[j] != k
        )
        gradient = _data(self.graph.gradients.get(i))
        values = tuple(v for m in cell.members if (v := self.graph.nodes[m].value) is not None)
        if cell.is_collapsed:
            incoming = ", ".join(self.names[self.out[t]] for t in tails)
            title = cell.path or cell.words
            self.boxes.append(
                Box(
                    k,
                    "forward",
                    "module",
                    name,
                    cell.path,
                    self.graph.modules.get(cell.path, ""),
                    f"{name} = {title}({incoming})" if cell.path else "",
                    value=node.data,
                    gradient=gradient,
                    badges=self._all_badges(cell.members),
                    nodes=values,
                    words=summary(self.graph, cell.members),
                )
            )
        elif node.operation is None:
            kind = "parameter" if node.value is not None else "input"
            marks = tuple(not_finite(node.data))
            self.boxes.append(
                Box(k, "forward", kind, name, node.path, value=node.data, gradient=gradient, badges=marks, nodes=values)  # type: ignore[arg-type]
            )
        else:
            written = formula(node.operation, self._operands(node), node.parameters)
            plugged = formula(node.operation, self._numbers(node), node.parameters)
            self.boxes.append(
                Box(
                    k,
                    "forward",
                    "operation",
                    name,
                    node.path,
                    node.operation.symbol,
                    f"{name} = {written.text}",
                    f"{name} = {plugged.text} = {numbers(node.data)}",
                    _PAPER_FORWARD.get(name[:1], "") if name[:1] in "zha" and node.label is None else "",
                    node.data,
                    gradient=gradient,
                    badges=self._badges(i),
                    nodes=values,
                )
            )
        self.edges += [Edge(t, k, "forward") for t in tails]

    def _operands(self, node: Node) -> list[Written]:
        return [
            Written(self.names[j]) if j >= 0 else _number(a) for j, a in zip(node.inputs, node.arguments, strict=True)
        ]

    def _numbers(self, node: Node) -> list[Written]:
        return [_number(a) for a in node.arguments]

    def _badges(self, i: int) -> tuple[Badge, ...]:
        node = self.graph.nodes[i]
        masked = any(j >= 0 and self.names[j].startswith("mask") for j in node.inputs)
        return tuple(badges(node, [self.names[j] if j >= 0 else "" for j in node.inputs], masked))

    def _all_badges(self, members: Sequence[int]) -> tuple[Badge, ...]:
        """Of a collapsed box: one badge of each kind."""
        if len(members) > 2000:
            return ()
        found: dict[str, Badge] = {}
        for i in members:
            for badge in self._badges(i):
                found.setdefault(badge.name, Badge(badge.glyph, badge.words.split(":")[0], badge.name))
        return tuple(found.values())

    # backward

    def _backward(self) -> None:
        """The gradients, from the loss to the leaves."""
        reached = [k for k in range(len(self.cells)) if self.out[k] in self.graph.gradients]
        operations = [k for k in reached if self.graph.nodes[self.out[k]].operation is not None]
        leaves = [k for k in reached if self.graph.nodes[self.out[k]].operation is None]
        after: dict[int, list[int]] = {}
        for k in leaves:  # a leaf's gradient comes after the gradient of the first operation that used it
            users = [self.cell_of[part.consumer] for part in self.graph.parts.get(self.out[k], ())]
            after.setdefault(min(users, default=-1), []).append(k)
        order = list(after.pop(-1, []))
        for k in reversed(operations):
            order += [k, *reversed(after.pop(k, []))]
        order += [k for rest in after.values() for k in rest]
        for k in order:
            self.gradient_box[k] = len(self.boxes)
            self._gradient(k)

    def _gradient(self, k: int) -> None:
        i, here = self.out[k], len(self.boxes)
        node = self.graph.nodes[i]
        of_loss = self._gradient_name(i)
        g = self.graph.gradients[i]
        parts = self._parts(k)
        terms, edges, plugged = [], [], []
        for consumer, sent in parts.items():
            tail = self.gradient_box.get(consumer)
            local, equation, term, with_numbers = self._local(i, consumer, sent)
            terms.append(term)
            plugged.append(with_numbers)
            if tail is not None:
                edges.append(Edge(tail, here, "backward", local, equation, _total(sent)))
        text = " + ".join(terms) or "1"
        shown = f"{of_loss} = {' + '.join(plugged)} = {numbers(_data(g))}" if all(plugged) and plugged else ""
        self.boxes.append(
            Box(
                here,
                "backward",
                "gradient",
                of_loss,
                node.path,
                "",
                f"{of_loss} = {text}",
                shown,
                self._paper_gradient(i, parts),
                _data(g),
                k,
                tuple(terms) if len(terms) > 1 else (),
                badges=tuple(not_finite(_data(g))),
                nodes=(g,) if isinstance(g, Value) else (),
                words=f"sum of {len(terms)}" if len(terms) > 1 else "",
            )
        )
        self.edges += edges

    def _gradient_name(self, i: int) -> str:
        name = self.names[i]
        if self.graph.nodes[i].operation is None and self.graph.nodes[i].value is not None:
            return f"∇{name}"
        return f"∂{self.loss}/∂{name}"

    def _parts(self, k: int) -> dict[int, list[Part]]:
        """What arrives at a cell's output, by the cell that sends it."""
        found: dict[int, list[Part]] = {}
        for part in self.graph.parts.get(self.out[k], ()):
            found.setdefault(self.cell_of[part.consumer], []).append(part)
        return found

    def _local(self, i: int, cell: int, sent: Sequence[Part]) -> tuple[str, str, str, str]:
        """On an edge of the backward lane: the derivative, its equation, the term of the chain rule, with numbers."""
        name, consumer = self.names[i], self.graph.nodes[self.out[cell]]
        out = self.names[self.out[cell]]
        upstream = self._gradient_name(self.out[cell])
        quotient = f"∂{out}/∂{name}"
        if self.cells[cell].is_collapsed or consumer.operation is None:
            return quotient, "", f"{upstream} · {quotient}", ""
        parameters = dict(consumer.parameters) | {"elements": _elements(consumer)}
        texts = dict.fromkeys(
            derivative(consumer.operation, part.place, self._operands(consumer), Written(out), parameters)
            for part in sent
        )
        local = " + ".join(text for text in texts if text)
        if len(sent) > 1 and len(texts) == 1:
            local = f"{len(sent)} · {local}"
        factor = local if " " not in local or local.startswith("(") else f"({local})"
        if consumer.operation.name in ("linear", "matmul") and sent[0].place == 1:
            term = f"{factor} · {upstream}"
        elif local == "1":
            term = upstream
        else:
            term = f"{upstream} · {factor}"
        g = _data(self.graph.gradients.get(self.out[cell]))
        plugged = numbers(_total(sent)) if len(self._parts(self.cell_of[i])) > 1 else ""
        if not plugged and g is not None:
            numerical = [_number(a) for a in consumer.arguments]
            texts = dict.fromkeys(
                derivative(consumer.operation, part.place, numerical, _number(consumer.data), parameters)
                for part in sent
            )
            local_numbers = " + ".join(text for text in texts if text)
            wrapped = local_numbers if " " not in local_numbers else f"({local_numbers})"
            if local == "1":
                plugged = numbers(g)
            else:
                plugged = f"{wrapped} · {numbers(g)}" if term.endswith(upstream) else f"{numbers(g)} · {wrapped}"
        return local, f"{quotient} = {local}", term, plugged

    def _paper_gradient(self, i: int, parts: dict[int, list[Part]]) -> str:
        """The paper's formulas for the gradient of what goes into an activation."""
        if not self.names[i].startswith("z") or self.graph.nodes[i].label or not parts:
            return ""
        users = [self.out[cell] for cell in parts]
        if any(u in self.graph.roots or self._is_prediction(u) for u in users):
            return "∇ = δ·σ′(z)"
        return "∇ = (∇next·Wᵀ)·σ′(z)"

    def _is_prediction(self, i: int) -> bool:
        return self.names[i].startswith("a") and self.graph.nodes[i].label is None

    # update

    def _update(self) -> None:
        by_cell: dict[int, list[Change]] = {}
        for change in self.graph.changes:
            by_cell.setdefault(self.cell_of[change.parameter], []).append(change)
        for k, changes in by_cell.items():
            if self.cells[k].is_collapsed:
                self._updated_module(k, changes)
            else:
                for change in changes:
                    self._updated(k, change)

    def _updated_module(self, k: int, changes: Sequence[Change]) -> None:
        here, cell = len(self.boxes), self.cells[k]
        size = sum(self.graph.nodes[change.parameter].data.size for change in changes)
        moved = max(float(np.abs(c.update.after.data - c.update.before).max(initial=0.0)) for c in changes)
        title = cell.path or cell.words
        plain = all(_is_plain(change.update) for change in changes)
        text = "θ′ = θ − η∇θ" if plain else f"θ′ = {type(changes[0].update.optimizer).__name__}(θ, ∇θ)"
        self.boxes.append(
            Box(
                here,
                "update",
                "update",
                f"{title}′",
                cell.path,
                "",
                text,
                "",
                "",
                None,
                k,
                nodes=tuple(change.update.after for change in changes),
                words=f"{size:,} parameters moved by at most {number(moved)}",
            )
        )
        if k in self.gradient_box:
            self.edges.append(Edge(self.gradient_box[k], here, "update", "−η" if plain else ""))

    def _updated(self, k: int, change: Change) -> None:
        update, i = change.update, change.parameter
        node, name = self.graph.nodes[i], self.names[i]
        known = {id(node.value): Written(name), id(update.gradient): Written(f"∇{name}")}
        source: dict[int, int] = {id(node.value): k}
        if k in self.gradient_box:
            source[id(update.gradient)] = self.gradient_box[k]
        states = [s for s in (update.state if isinstance(update.state, tuple) else (update.state,))
                  if isinstance(s, Value) and s.operation is not None and s is not update.gradient]  # fmt: skip
        for letter, state in zip(
            _UPDATE_NAMES.get(len(states), [f"s{n}" for n in range(len(states))]), states, strict=True
        ):
            called = f"{letter}({name})"
            self._updated_box(k, node, f"{called}′", state, known, source, called, update)
            known[id(state)] = Written(f"{called}′")
            source[id(state)] = len(self.boxes) - 1
        self._updated_box(k, node, f"{name}′", update.after, known, source, "", update)

    def _updated_box(
        self, k: int, node: Node, name: str, value: Value, known: dict[int, Written], source: dict[int, int],
        old: str, update: Update,
    ) -> None:  # fmt: skip
        here = len(self.boxes)
        used: dict[int, None] = {}
        folded = _folded(value, known, used, old, update, False)
        plugged = _folded(value, known, {}, old, update, True)
        paper = ""
        if not old and _is_plain(update) and node.label in ("weight", "bias"):
            letter = "W" if node.label == "weight" else "b"
            paper = f"{letter} ← {letter} − η∇{letter}"
        self.boxes.append(
            Box(
                here,
                "update",
                "update",
                name,
                node.path,
                value.operation.symbol if value.operation else "",
                f"{name} = {folded.text}",
                f"{name} = {plugged.text} = {numbers(value.data)}",
                paper,
                value.data,
                k,
                badges=tuple(not_finite(value.data)),
                nodes=(value,),
            )
        )
        tails = dict.fromkeys(source[v] for v in used if v in source)
        self.edges += [
            Edge(t, here, "update", "−η" if t == self.gradient_box.get(k) and _is_plain(update) else "") for t in tails
        ]


def _folded(
    value: Any, known: dict[int, Written], used: dict[int, None], old: str, update: Update, with_numbers: bool
) -> Written:
    """A small graph as one expression, down to what has a name."""
    if not isinstance(value, Value):
        if np.size(value) > 1:
            return _number(value) if with_numbers else Written(old or "c")
        if not with_numbers and float(value) == update.optimizer.lr:
            return Written("η")
        return _number(value)
    if id(value) in known:
        used[id(value)] = None
        if with_numbers:
            return _number(update.before if value.operation is None and value.label != "" else value.data)
        return known[id(value)]
    if value.operation is None:
        return _number(value.data)
    operands = [
        _folded(a if x is None else x, known, used, old, update, with_numbers)
        for x, a in zip(value.inputs, value.arguments, strict=True)
    ]
    return formula(value.operation, operands, value.parameters)


def _is_plain(update: Update) -> bool:
    """Whether an update is the paper's ``W − η∇W`` and nothing else."""
    after = update.after
    if after.operation is None or after.operation.name != "subtract":
        return False
    step = after.inputs[1]
    return bool(
        step is not None
        and step.operation is not None
        and step.operation.name == "multiply"
        and step.inputs[1] is update.gradient
        and np.size(step.arguments[0]) == 1
        and float(step.arguments[0]) == update.optimizer.lr
    )


_PAPER_FORWARD = {"z": "z = W h + b", "h": "h = f(z)", "a": "h = f(z)"}


def _number(value: Any) -> Written:
    text = numbers(value)
    return Written(text, 2 if text.startswith("−") else 4)


def _data(value: Any) -> Any:
    return value._data if isinstance(value, Value) else value


def _total(sent: Sequence[Part]) -> Any:
    first, *others = (_data(part.value) for part in sent)
    for other in others:
        first = first + other
    return first


def _elements(node: Node) -> int:
    """How many elements a loss or a mean is taken over."""
    size, out = np.size(node.arguments[0]), max(1, np.size(node.data))
    return max(1, size // out)
