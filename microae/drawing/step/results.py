"""What comes out of the boxes of a picture: their results, what an arrow carries, and which gradients go through which.

A box of its own has one result. A collapsed box has those of its operations that others use; its parameters are no
results, however many boxes use them, and stand together as θ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from microae.drawing.step.collapsing import Partition
from microae.drawing.step.notation import Written, formula
from microae.drawing.step.skeleton import Skeleton, consumers

MOST = 4
"""A collapsed box shows so many results and their gradients; of more, it says how many there are."""


class Results:
    """The results of each cell of a partition.

    Attributes
    ----------
    forward : list of lists of int
        For each cell the nodes that are its results.
    backward : list of lists of int
        For each cell the nodes whose gradients it shows: those by which a gradient comes into it.
    numbers : dict of int to list of int
        Of collapsed cells with several results, all of which are numbers: these, which are shown as one array.
    """

    def __init__(self, graph: Skeleton, grouping: Partition, names: Sequence[str]) -> None:
        self.graph, self.cells, self.cell_of, self.names = graph, grouping.cells, grouping.cell_of, names
        self.users = consumers(graph.nodes)
        self._named: dict[int, list[int]] = {}
        self._inner: dict[int, set[int]] = {}
        self.forward = [self._out(k) for k in range(len(self.cells))]
        self.numbers = {
            k: nodes
            for k, nodes in enumerate(self.forward)
            if len(nodes) > 1 and all(np.ndim(graph.nodes[i].data) == 0 for i in nodes)
        }
        self.backward = [self._in(k) for k in range(len(self.cells))]

    def is_hidden(self, i: int) -> bool:
        """Whether a node is a leaf that is drawn with its module, not by itself."""
        return self.graph.nodes[i].operation is None and self.cells[self.cell_of[i]].is_collapsed

    def called(self, i: int) -> str:
        """The name of a node in a collapsed module, of which the parameters together are θ."""
        return "θ" if self.is_hidden(i) and self.graph.is_weight(i) else self.names[i]

    def written(self, i: int) -> list[int]:
        """The inputs of a node that its formula names."""
        if i not in self._named:
            node = self.graph.nodes[i]
            marks = [Written(f"\0{place}\0") for place in range(len(node.inputs))]
            text = "" if node.operation is None else formula(node.operation, marks, node.parameters).text
            self._named[i] = [j for j, mark in zip(node.inputs, marks, strict=True) if j >= 0 and mark.text in text]
        return self._named[i]

    def used(self, k: int, i: int) -> Iterable[int]:
        """The inputs of a node of a cell; in a stretch of a large graph without asking for formulas."""
        return self.written(i) if self.cells[k].path else [j for j in self.graph.nodes[i].inputs if j >= 0]

    def _out(self, k: int) -> list[int]:
        cell = self.cells[k]
        if not cell.is_collapsed:
            return [cell.members[-1]]
        made = [i for i in cell.members if self.graph.nodes[i].operation is not None] or cell.members
        known, roots = set(made), set(self.graph.roots)
        out = {i for i in made if i in roots}
        for i in made:
            out.update(
                j
                for user in self.users[i]
                if self.cell_of[user] != k
                for j in self.used(self.cell_of[user], user)
                if j in known
            )
        has_result = cell.path and cell.path != "loss" and not cell.is_derivative  # what it returns, used or not
        return sorted(out | {max(made)} if has_result else out or {max(made)})

    def _in(self, k: int) -> list[int]:
        graph, cell = self.graph, self.cells[k]
        if not cell.is_collapsed:
            return [i for i in cell.members if i in graph.gradients]
        return [
            i
            for i in sorted(cell.members)
            if i in graph.gradients
            and not self.is_hidden(i)
            and (i in graph.seeds or any(self.cell_of[part.consumer] != k for part in graph.parts.get(i, ())))
        ]

    def name(self, nodes: Sequence[int]) -> str:
        """The name of several results together."""
        called = [self.names[i] for i in nodes]
        if len(called) == 1:
            return called[0]
        return f"({', '.join(called)})" if len(called) <= MOST else f"({called[0]}, …, {called[-1]})"

    def carried(self, tail: int, head: int) -> str:
        """What an arrow out of a collapsed cell carries, if it is not all that the cell's box shows."""
        if not self.cells[tail].is_collapsed:
            return ""
        inputs = (j for m in self.cells[head].members for j in self.used(head, m) if self.cell_of[j] == tail)
        used = list(dict.fromkeys(inputs))
        hidden = dict.fromkeys(self.called(j) for j in used if self.is_hidden(j))
        results = [j for j in used if not self.is_hidden(j)]
        if results and (tail in self.numbers or used == self.forward[tail][:1] == self.forward[tail]):
            return ""
        said = [self.names[j] for j in results] if len(results) <= MOST else [f"{len(results):,} results"]
        return ", ".join([*said, *hidden])

    def given(self, k: int) -> list[int]:
        """The nodes of other cells that the formulas of a cell's results come down to."""
        needed, front = set(self.forward[k]), list(self.forward[k])
        while front:
            new = {j for j in self.written(front.pop()) if self.cell_of[j] == k} - needed
            needed |= new
            front += new
        inputs = (j for i in self.cells[k].members if i in needed for j in self.written(i))
        return list(dict.fromkeys(j for j in inputs if self.cell_of[j] != k))

    def through(self, k: int, starts: Iterable[int]) -> list[int]:
        """The results of a cell that depend on some nodes, so that the chain rule goes through each of them.

        None where it has no simple form: if there are too many, or if one depends on them also by way of another.
        """
        results = self.backward[k]
        if len(results) > MOST or k in self.numbers:
            return []
        if len(results) == 1:
            return results
        first = self._reached(k, starts)
        behind, front = set(first), list(first)
        while front:
            new = self._within(k, front.pop()) - behind
            behind |= new
            front += new
        return [] if any(i in self._within(k, j) for j in behind for i in first) else sorted(first)

    def leads_on(self, i: int) -> bool:
        """Whether a result goes into another result of its cell, within it."""
        return bool(self._within(self.cell_of[i], i))

    def _within(self, k: int, i: int) -> set[int]:
        """The results of a cell that another of its results goes into."""
        if i not in self._inner:
            self._inner[i] = self._reached(k, [i])
        return self._inner[i]

    def _reached(self, k: int, starts: Iterable[int]) -> set[int]:
        """The results of a cell at the ends of all ways from some nodes through it that meet no other result."""
        results, found = set(self.backward[k]), set()
        front, seen = list(starts), set(starts)
        while front:
            j = front.pop()
            for i in self.users[j]:
                if self.cell_of[i] != k or i in seen or j not in self.used(k, i):
                    continue
                seen.add(i)
                if i in results:
                    found.add(i)
                else:
                    front.append(i)
        return found
