"""From the graph view to the scene: boxes with name, formula and values, edges with their local derivatives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from microae.core.value import Value
from microae.drawing.step.badges import badges, not_finite, together
from microae.drawing.step.collapsing import Cell, Partition, partition, summary
from microae.drawing.step.naming import lowered, names
from microae.drawing.step.notation import Written, choices, formula, number, numbers
from microae.drawing.step.results import MOST, Results
from microae.drawing.step.scene import Badge, Box, Edge, Scene
from microae.drawing.step.skeleton import Change, Node, Part, Skeleton, data_of
from microae.drawing.step.terms import Term, summed, term, total
from microae.drawing.step.updates import described, is_plain, stages, told_apart, unseen
from microae.drawing.words import module_title

_PAPER_FORWARD = {"z": "z = W h + b, meant Wᵀ h + b", "h": "h = f(z)", "a": "h = f(z)"}
_PAPER_LOSSES = {"sigmoid_cross_entropy", "binary_cross_entropy"}
_SEED = "g"
_CHANGED = "grad is not ∇: it was changed after backward()"
_SUM = "grad is not ∇: it was not 0 before, or was zeroed meanwhile"
_LOOKED_AT = 2000
"""A collapsed box with more nodes than this is not searched for badges."""


def scene(graph: Skeleton, depth: int | None = None, max_nodes: int = 400, closed: Sequence[str] = ()) -> Scene:
    """The scene of a graph; see :func:`microae.draw` for the options."""
    called = names(graph)
    with np.errstate(all="ignore"):  # sums of what has overflowed may be shown too
        return _Builder(graph, called, partition(graph, called, depth, max_nodes, closed)).scene()


class _Builder:
    def __init__(self, graph: Skeleton, called: list[str], grouping: Partition) -> None:
        self.graph, self.names, self.grouping = graph, called, grouping
        self.cells, self.cell_of = grouping.cells, grouping.cell_of
        self.boxes: list[Box] = []
        self.edges: list[Edge] = []
        self.loss = called[graph.roots[-1]] if len(set(graph.roots)) == 1 else "L"  # of several, their sum
        self.results = Results(graph, grouping, called)
        self.numbers = self.results.numbers
        self.out = [nodes[-1] for nodes in self.results.forward]  # the last of the nodes whose values a cell shows
        self.reached = [max(nodes, default=-1) for nodes in self.results.backward]  # the same of gradients, or -1
        self.gradient_box: dict[int, int] = {}  # by cell
        self.is_papers = _is_papers(graph)
        self.told_apart = {  # a parameter's numbers are written like those that an update makes of them
            graph.version(change.parameter, change.update.before): told_apart(change.update) for change in graph.changes
        }

    def scene(self) -> Scene:
        for k, cell in enumerate(self.cells):
            self._forward(k, cell)
        if self.graph.lanes:
            self._backward()
        self._update()
        paths = {
            ".".join(parts[:n])
            for box in self.boxes
            if (parts := box.path.split("."))
            for n in range(1, len(parts) + 1)
        }
        modules = {path: self.graph.modules.get(path, "") for path in sorted(paths - {""})}
        notes = [*self.graph.notes, *self.grouping.notes, *(self._seeds() if self.graph.lanes else ())]
        rebound = [
            f"{self.names[j]} is {self.names[i]} after it was rebound"
            for i, later in self.graph.later.items()
            for j in later
        ]
        notes += [", ".join(rebound)] if rebound else []
        return Scene(self.boxes, self.edges, modules, self.graph.facts, notes)

    def _name(self, k: int, gradient: bool = False) -> str:
        """The name of what a cell shows."""
        several = self.numbers.get(k)
        if several is not None:
            first, last = (self.names[several[end]] for end in (0, -1))
            return f"∂{self.loss}/∂({first} … {last})" if gradient else f"{first} … {last}"
        shown = self.results.backward[k] if gradient else self.results.forward[k]
        if gradient and len(shown) == 1:
            return self._gradient_name(shown[0])
        return f"∂{self.loss}/∂{self.results.name(shown)}" if gradient else self.results.name(shown)

    # forward

    def _forward(self, k: int, cell: Cell) -> None:
        node, name = self.graph.nodes[self.out[k]], self._name(k)
        tails = [
            self.cell_of[j] for m in cell.members for j in self.graph.nodes[m].inputs if j >= 0 and self.cell_of[j] != k
        ]
        if cell.is_collapsed:
            box = self._module(k, cell, name)
        elif node.operation is None:
            box = self._leaf(k, node, name)
        else:
            box = self._operation(k, node, name)
        self.boxes.append(box)
        seen: dict[int, int] = {}
        for t in tails:
            place = seen[t] = seen.get(t, -1) + 1
            if not place or not (cell.is_collapsed or self.cells[t].is_collapsed):
                self.edges.append(Edge(t, k, "forward", self.results.carried(t, k), place=place))

    def _module(self, k: int, cell: Cell, name: str) -> Box:
        return Box(
            number=k,
            stage="forward",
            kind="module",
            name=name,
            path=cell.path,
            symbol=self.graph.modules.get(cell.path, "") if cell.path else "",
            formula=self._call(k, cell, name),
            value=np.array([self.graph.nodes[i].data for i in self.numbers[k]])
            if k in self.numbers
            else self.graph.nodes[self.out[k]].data,
            results=self._several(k),
            gradient=self._gradient_data(k),
            badges=self._all_badges(cell.members),
            nodes=tuple(v for m in cell.members if (v := self.graph.nodes[m].value) is not None),
            words=summary(self.graph, cell.members) + " of its derivative" * cell.is_derivative + self._more(k),
        )

    def _several(self, k: int) -> list[tuple[str, Any]]:
        """The results of a collapsed cell by name, where no formula says which one it shows."""
        shown = self.results.forward[k] if k not in self.numbers else []
        is_told = len(shown) == 1 and self.cells[k].path
        return [] if is_told else [(self.names[i], self.graph.nodes[i].data) for i in shown[-MOST:]]

    def _more(self, k: int) -> str:
        number = len(self.results.forward[k])
        return f", {number:,} results" if number > MOST and k not in self.numbers else ""

    def _call(self, k: int, cell: Cell, name: str) -> str:
        """A module's results as a function of what it is given; nothing where several calls may be in one box."""
        if not cell.path or (not self.graph.calls and self._has_a_weight_twice(cell)):
            return ""
        inputs = self.results.given(k)
        given = [j for j in inputs if self.results.called(j) != "θ"]
        if any(self.cell_of[j] in self.numbers for j in given) or k in self.numbers:
            incoming = list(dict.fromkeys(self._name(self.cell_of[j]) for j in given))
        else:
            incoming = [self.names[j] for j in given]
        if any(self.cells[self.cell_of[j]].path != cell.path for j in set(inputs) - set(given)):
            incoming.append("θ")  # of other modules
        return f"{name} = {self._function(cell)}({', '.join(incoming)})"

    def _has_a_weight_twice(self, cell: Cell) -> bool:
        nodes = [self.graph.nodes[m] for m in cell.members]
        used = Counter(
            (node.operation, j) for node in nodes if node.operation is not None for j in node.inputs if j >= 0
        )
        return any(times > 1 and self.graph.is_weight(j) for (_, j), times in used.items())

    def _function(self, cell: Cell) -> str:
        """What a module is called where it is used as a function; a part of the loss is no function that has a name."""
        *_, last = cell.path.split(".")
        if cell.path == "loss" and not set(self.graph.roots) & set(cell.members):
            return "f"
        if last.isdigit():
            return f"{self.graph.modules.get(cell.path) or 'layer'}{lowered(int(last))}" + "′" * cell.is_derivative
        return cell.path + "′" * cell.is_derivative

    def _leaf(self, k: int, node: Node, name: str) -> Box:
        added, known = self.graph.added_up.get(self.out[k]), bool(self.graph.gradients)
        digits, _, after = self.told_apart.get(self.out[k], (3, None, None))
        return Box(
            number=k,
            stage="forward",
            kind="parameter" if node.value is not None else "input",
            name=name,
            path="" if name == "x" else self.cells[k].path,
            formula=self._said(k, name, node),
            value=node.data,
            gradient=self._gradient_data(k),
            tells_gradient=node.value is not None and not self.graph.lanes and (known or added is None),
            words=f"grad{'' if self.graph.lanes else ', added up so far'}: {numbers(added)}"
            if added is not None
            else self._remark(k),
            badges=tuple(not_finite(node.data)),
            nodes=() if node.value is None else (node.value,),
            digits=digits,
            beside=after,
        )

    def _said(self, k: int, name: str, node: Node) -> str:
        """What is known of a leaf: that it is the input once more, or what a constant is."""
        again = (name == "y" and node.path == "loss") or not (node.label or name == "x" or name.startswith("mask"))
        if again and np.ndim(node.data) and self._is_input(node.data):
            return f"{name} = x"
        return "" if self.out[k] in self.graph.rounded else self.graph.said.get(self.out[k], "")

    def _remark(self, k: int) -> str:
        """What is to be said of a constant that has a formula as its name."""
        return self.graph.said[self.out[k]] if self.out[k] in self.graph.rounded else ""

    def _is_input(self, data: Any) -> bool:
        return any(
            name == "x" and np.array_equal(node.data, data, equal_nan=True)
            for name, node in zip(self.names, self.graph.nodes, strict=True)
        )

    def _operation(self, k: int, node: Node, name: str) -> Box:
        assert node.operation is not None
        written = formula(node.operation, self._operands(node), node.parameters)
        plugged = formula(node.operation, [_number(a) for a in node.arguments], node.parameters)
        chosen = choices(node.operation, node.parameters)
        letter = name[:1] if node.label is None else ""
        return Box(
            number=k,
            stage="forward",
            kind="operation",
            name=name,
            path=node.path,
            symbol=node.operation.symbol,
            formula=f"{name} = {written.text}{chosen}",
            numbers=f"{name} = {plugged.text}{chosen} = {numbers(node.data)}",
            paper=self._papers(_PAPER_FORWARD.get(letter, "")),
            value=node.data,
            gradient=self._gradient_data(k),
            tells_gradient=bool(self.graph.gradients) and not self.graph.lanes,
            badges=self._badges(self.out[k]),
            nodes=() if node.value is None else (node.value,),
        )

    def _gradient_data(self, k: int) -> Any:
        if self.reached[k] >= 0 and k in self.numbers:
            return np.array([data_of(self.graph.gradients.get(i, 0.0)) for i in self.numbers[k]])
        return data_of(self.graph.gradients[self.reached[k]]) if self.reached[k] >= 0 else None

    def _operands(self, node: Node) -> list[Written]:
        return [
            Written(self.names[j]) if j >= 0 else _number(a) for j, a in zip(node.inputs, node.arguments, strict=True)
        ]

    def _badges(self, i: int) -> tuple[Badge, ...]:
        node = self.graph.nodes[i]
        return tuple(badges(node, [self.names[j] if j >= 0 else "" for j in node.inputs]))

    def _all_badges(self, members: Sequence[int]) -> tuple[Badge, ...]:
        """Of a collapsed box: those of the same words as one."""
        found = [badge for i in members if len(members) <= _LOOKED_AT for badge in self._badges(i)]
        return tuple(together(found))

    # backward

    def _backward(self) -> None:
        """The gradients, from the loss to the leaves; a leaf's after that of the first operation that used it."""
        cells = [k for k in range(len(self.cells)) if self.reached[k] >= 0]
        is_leaf = {k: self.graph.nodes[self.reached[k]].operation is None for k in cells}
        after: dict[int, list[int]] = {}
        for k in cells:
            if is_leaf[k]:
                users = [self.cell_of[part.consumer] for part in self.graph.parts.get(self.reached[k], ())]
                after.setdefault(min(users, default=-1), []).append(k)
        order = [k for k in cells if not is_leaf[k]]
        for k in [*reversed(order), *sorted(set(after) - set(order))]:
            for one in [k] * (k in order) + after.get(k, [])[::-1]:
                self.gradient_box[one] = len(self.boxes)
                self._gradient(one)

    def _gradient(self, k: int) -> None:
        here, shown = len(self.boxes), self.results.backward[k]
        arriving = self._arriving(k)
        terms: dict[int, list[Term]] = {i: [] for i in shown}
        edges: dict[tuple[int, int], Edge] = {}  # between two boxes of modules one
        for (cell, to, place), sent in sorted(arriving.items(), key=lambda arrived: arrived[0][1] != self.reached[k]):
            arrived = self._term(to, cell, sent)
            terms[to].append(arrived)
            if cell in self.gradient_box:
                edge = self._arrow(k, cell, to, sent, arrived, sum(i == to for _, i, _ in arriving))
                first = edges.get((edge.tail, place))
                if first is not None:
                    both = f"{first.label}, {edge.label}" if first.label and edge.label else ""
                    edge = replace(first, label=both)
                edges[edge.tail, place] = replace(edge, head=here, place=place)
        self.edges += edges.values()
        value, i = self._gradient_data(k), self.reached[k]
        products = {j: self._products(k, j, terms[j]) for j in shown} if k not in self.numbers else {i: []}
        name, formulas = self._name(k, gradient=True), {j: self._sum(j, found) for j, found in products.items()}
        alone = products[i] if len(products) == 1 and all(products[i]) else []
        g = self.graph.gradients[i]
        self.boxes.append(
            Box(
                number=here,
                stage="backward",
                kind="gradient",
                name=name,
                path=self.boxes[k].path,
                formula=", ".join(formulas.values()) if alone or all(map(all, products.values())) else "",
                numbers=self._with_numbers(k, arriving, terms[i]) if alone else "",
                paper="" if k in self.numbers else self._paper_gradient(i, [cell for cell, _, _ in arriving]),
                value=value,
                results=[(formulas[j], data_of(self.graph.gradients[j])) for j in shown[-MOST:]]
                if len(products) > 1
                else [],
                of=k,
                terms=tuple(alone) if len(alone) > 1 else (),
                badges=tuple(not_finite(value)),
                nodes=(g,) if isinstance(g, Value) else (),
                words=f"{len(products):,} gradients" if len(products) > MOST else "",
            )
        )

    def _sum(self, i: int, products: Sequence[str]) -> str:
        """A gradient as the sum of its terms, if all of them are known."""
        name = self._gradient_name(i)
        return f"{name} = {summed(products)}" if products and all(products) else name

    def _arrow(self, k: int, cell: int, to: int, sent: Sequence[Part], arrived: Term, number: int) -> Edge:
        """The arrow of what a cell sends for a node of another cell, one of a number of such things."""
        quotient = self._quotient(cell, k, to)
        is_part = self.out[cell] in self.graph.roots and number > 1  # ∂L/∂i is the sum
        is_told = is_part or not quotient or arrived.local in ("", quotient)
        equation = "" if is_told else f"{quotient} = {arrived.local}"
        is_one = len(self.results.backward[k]) == 1 or k in self.numbers
        label = arrived.local if is_one else equation or arrived.local
        part = None if k in self.numbers or to != self.reached[k] else total(sent)  # of what its box shows
        return Edge(self.gradient_box[cell], -1, "backward", label, equation, part, arrived.product)

    def _products(self, k: int, i: int, terms: Sequence[Term]) -> list[str]:
        """What a gradient is the sum of; from within a module, what comes by way of another of its results."""
        within = self._folded(i, k).product if len(self.results.backward[k]) > 1 and self.results.leads_on(i) else None
        return [*self._seed(i), *(t.product for t in terms), *([] if within is None else [within])]

    def _with_numbers(self, k: int, arriving: Mapping[tuple[int, int, int], Sequence[Part]], terms: list[Term]) -> str:
        """The formula of a gradient with numbers."""
        i, value = self.reached[k], self._gradient_data(k)
        plugged = summed(t.numbers for t in terms) if all(t.numbers for t in terms) else ""
        if len(terms) > 1 or (terms and i in self.graph.seeds):
            seeds = [self.graph.seeds[i]] if i in self.graph.seeds else []
            plugged = summed(numbers(data_of(part)) for part in [*seeds, *map(total, arriving.values())])
        shown = numbers(value)
        if np.ndim(value) and not any(sign in plugged for sign in "[("):
            plugged = ""  # one number is no array
        if plugged != shown:
            plugged = f"{plugged} = {shown}" if plugged else ""
        return f"{self._name(k, gradient=True)} = {plugged}" if plugged else ""

    def _seed(self, i: int) -> list[str]:
        """What a gradient starts with: 1 for a loss, or what ``backward()`` was given."""
        if i not in self.graph.seeds:
            return [] if self.graph.parts.get(i) else ["1"]
        return ["1" if np.all(data_of(self.graph.seeds[i]) == 1.0) else _SEED]

    def _seeds(self) -> Iterable[str]:
        """A note on what is differentiated, where that is not a loss by itself."""
        called = [self.names[i] for i in self.graph.seeds if self._seed(i) == [_SEED]]
        if called and len(called) == len(self.graph.seeds) == 1:
            yield (
                f"{_SEED} is what backward() was given, added up over its calls; the gradients are those of "
                f"Σ {_SEED} × {called[0]}"
            )
        elif called:
            yield f"{_SEED} is what backward() was given for {', '.join(called)}, added up over its calls"

    def _gradient_name(self, i: int) -> str:
        node = self.graph.nodes[i]
        is_parameter = node.operation is None and node.value is not None and np.ndim(node.data) > 0
        is_parameter = is_parameter and (node.label is not None or "x" not in self.graph.given)
        return f"∇{self.names[i]}" if is_parameter else f"∂{self.loss}/∂{self.names[i]}"

    def _arriving(self, k: int) -> dict[tuple[int, int, int], list[Part]]:
        """What arrives at a cell from others: by the cell that sends it, the node it is for, and which use of it.

        What hidden parameters are sent goes to their update.
        """
        arriving: dict[tuple[int, int, int], list[Part]] = {}
        for i in self.cells[k].members if self.cells[k].is_collapsed else (self.reached[k],):
            if self.results.is_hidden(i):
                continue
            for part in self.graph.parts.get(i, ()):
                cell = self.cell_of[part.consumer]
                if cell == k:
                    continue
                place, to = 0, self.reached[k] if k in self.numbers else i
                if not (self.cells[cell].is_collapsed or self.cells[k].is_collapsed):
                    place = self.graph.nodes[part.consumer].inputs[: part.place].count(i)
                arriving.setdefault((cell, to, place), []).append(part)
        return arriving

    def _term(self, i: int, cell: int, sent: Sequence[Part]) -> Term:
        """The term of the chain rule for node ``i`` that a cell brings."""
        if self.cells[cell].is_collapsed or self.cell_of[i] in self.numbers or self.results.is_hidden(i):
            return self._folded(i, cell)
        out, g = self.out[cell], self._gradient_data(cell)
        upstream = self._gradient_name(out)
        if self._is_loss_alone(out):
            upstream = "1"
        return term(sent, self.graph.nodes[out], self._operands(self.graph.nodes[out]), self.names[out], upstream, g)

    def _is_loss_alone(self, i: int) -> bool:
        """Whether a node is a loss whose gradient is that of itself only: 1."""
        g = data_of(self.graph.gradients[i])
        return i in self.graph.roots and np.ndim(g) == 0 and float(g) == 1.0

    def _folded(self, i: int, cell: int) -> Term:
        """The term of a cell without its inner operations: by the derivatives of its results by node ``i``."""
        through = [] if self.cell_of[i] in self.numbers else self.results.through(cell, [i])
        local = self._slope(cell, through, self.results.called(i))
        if any(self._is_loss_alone(j) for j in through):
            return Term(local, local, "")
        slopes = [f"{self._gradient_name(j)} · {self._slope(cell, [j], self.results.called(i))}" for j in through]
        return Term(local, summed(slopes), "")

    def _slope(self, cell: int, through: Sequence[int], by: str) -> str:
        """The derivative of results of a cell by something; ∂L/∂i is all of the gradient, of which this is a part."""
        if not through:
            return ""
        if any(self._is_loss_alone(j) for j in through):
            one_module = self.cells[cell].is_collapsed and self.cells[cell].path and len(through) == 1
            return f"∂{self._function(self.cells[cell])}/∂{by}" if one_module else ""
        return f"∂{self.results.name(through)}/∂{by}"

    def _quotient(self, cell: int, k: int, to: int) -> str:
        """The derivative of what one cell shows by what another one shows."""
        if cell in self.numbers or k in self.numbers:
            return ""  # of several numbers by several numbers
        through = self.results.through(cell, [to])
        return f"∂{self.results.name(through)}/∂{self.results.called(to)}" if through else ""

    def _paper_gradient(self, i: int, cells: Iterable[int]) -> str:
        """The paper's formulas for the gradient of what goes into an activation, with what is wrong in them."""
        if not self.names[i].startswith("z") or self.graph.nodes[i].label:
            return ""
        users = [self.out[cell] for cell in cells]
        if not users:
            return ""
        is_output = any(_is_loss(self.graph.nodes[u]) or self.names[u].startswith("a") for u in users)
        return self._papers("∇ = δ·σ′(z), meant δ = ∂L/∂a" if is_output else "∇ = (∇next·Wᵀ)·σ′(z), meant f′")

    def _papers(self, formula: str) -> str:
        """A formula of the paper, said to be its; where the graph is not the paper's, nothing."""
        return f"paper: {formula}" if formula and self.is_papers else ""

    # update

    def _update(self) -> None:
        by_cell: dict[int, list[Change]] = {}
        for change in self.graph.changes:
            by_cell.setdefault(self.cell_of[change.parameter], []).append(change)
        for k, changes in by_cell.items():
            if self.cells[k].is_collapsed:
                self._updated_module(k, changes)
            else:
                self._updated(k, changes[0])

    def _updated_module(self, k: int, changes: Sequence[Change]) -> None:
        here, cell = len(self.boxes), self.cells[k]
        size = sum(np.size(change.update.before) for change in changes)
        moved = max(float(np.abs(c.update.after.data - c.update.before).max(initial=0.0)) for c in changes)
        plain = all(is_plain(change.update) for change in changes)
        optimizer = type(changes[0].update.optimizer).__name__
        is_changed = any(change.update.is_changed for change in changes)
        self.boxes.append(
            Box(
                number=here,
                stage="update",
                kind="update",
                name=f"{module_title(cell.path) or cell.words}′",
                path=cell.path,
                formula="θ′ = θ − η∇θ" if plain else f"θ′ = {optimizer}(θ, {'grad(θ)' if is_changed else '∇θ'})",
                of=k,
                nodes=tuple(change.update.after for change in changes),
                words=f"{size:,} parameters, largest change {number(moved)}",
            )
        )
        if not is_changed:
            for sender, slope in self._into_update([change.parameter for change in changes]):
                label = f"−η · {slope}" if plain and slope else slope
                self.edges.append(Edge(self.gradient_box[sender], here, "update", label))

    def _into_update(self, parameters: Sequence[int]) -> Iterator[tuple[int, str]]:
        """The cells of whose gradients the ∇θ of a cell is made, each with what its gradient is multiplied by.

        These are all that use its parameters: each call of a module, and whatever else.
        """
        sent = {
            self.cell_of[part.consumer]: None
            for i in parameters
            for part in self.graph.parts.get(i, ())
            if self.cell_of[part.consumer] in self.gradient_box
        }
        for cell in sorted(sent):
            through = self.results.through(cell, parameters)
            yield cell, self._slope(cell, through, "θ")

    def _described(self, change: Change) -> str:
        is_sum = change.parameter in self.graph.added_up
        return described(change.update, "η" not in self.graph.facts, _SUM if is_sum else _CHANGED)

    def _updated(self, k: int, change: Change) -> None:
        node = self.graph.nodes[change.parameter]
        name = self.names[self.graph.version(change.parameter, change.update.before)]
        assert node.value is not None
        plain = is_plain(change.update)
        box_of: dict[Value, int] = {node.value: k}
        if k in self.gradient_box and not change.update.is_changed:
            box_of[change.update.gradient] = self.gradient_box[k]
        for stage in stages(change.update, node.value, name, self._gradient_name(change.parameter)):
            here = len(self.boxes)
            letter = {"weight": "W", "bias": "b"}.get(node.label or "", "") if plain else ""
            self.boxes.append(
                Box(
                    number=here,
                    stage="update",
                    kind="update",
                    name=stage.name,
                    path=node.path,
                    symbol=stage.value.operation.symbol if stage.value.operation is not None else "",
                    formula=stage.formula,
                    numbers=stage.numbers,
                    paper=self._papers(f"{letter} ← {letter} − η∇{letter}" if letter else ""),
                    value=stage.value._array,
                    digits=stage.digits,
                    beside=stage.beside,
                    change=unseen(change.update) if stage.value is change.update.after else None,
                    of=k,
                    words=self._described(change) if stage.value is change.update.after else "",
                    badges=tuple(not_finite(stage.value._array)),
                    nodes=(stage.value,),
                )
            )
            for used in stage.uses:
                if used in box_of:
                    is_gradient = box_of[used] == self.gradient_box.get(k)
                    self.edges.append(Edge(box_of[used], here, "update", "−η" if is_gradient and plain else ""))
            box_of[stage.value] = here


def _is_papers(graph: Skeleton) -> bool:
    """Whether a step is the paper's: layers with Leaky ReLU, the last with a sigmoid, binary cross-entropy."""
    rows = [node.operation.name for node in graph.nodes if node.operation is not None]
    *layers, loss = rows or [""]
    hidden, last = layers[:-2], layers[-2:]
    alternate = hidden == ["linear", "leaky_relu"] * (len(hidden) // 2) and bool(hidden)
    return (
        graph.lanes and len(graph.roots) == 1 and loss in _PAPER_LOSSES and alternate and last == ["linear", "sigmoid"]
    )


def _is_loss(node: Node) -> bool:
    return node.operation is not None and "target" in node.operation.parameters


def _number(value: Any) -> Written:
    text = numbers(value)
    return Written(text, 2 if text.startswith("−") else 4)
