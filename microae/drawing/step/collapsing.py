"""Which nodes of a graph share a box: each its own, or a whole module, or whole stretches of a large graph.

A collapsed box always stands for consecutive operations, so that the boxes are a graph without circles again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from microae.drawing.step.skeleton import Skeleton, consumers

_STRETCHES = 16
"""The largest number of boxes of a graph that is too large and has no modules to collapse."""


@dataclass
class Cell:
    """Nodes that share a box; a collapsed module has its ``path``, other groups have ``words``.

    Of a module's derivative, which a loss may contain, ``is_derivative`` is true.
    """

    members: list[int]
    path: str = ""
    words: str = ""
    is_derivative: bool = False

    @property
    def is_collapsed(self) -> bool:
        return bool(self.words)


@dataclass
class Partition:
    """The cells of a graph, in an order in which inputs come before their consumers, and the cell of each node."""

    cells: list[Cell]
    cell_of: list[int]
    notes: list[str] = field(default_factory=list)


def partition(
    graph: Skeleton, names: Sequence[str], depth: int | None, max_nodes: int, closed: Collection[str] = ()
) -> Partition:
    """Collapse the modules deeper than ``depth``, then more until there are at most ``max_nodes`` boxes.

    Parameters
    ----------
    depth : int or None
        How many levels of modules are opened: 0 none, ``None`` all of them.
    max_nodes : int
    closed : collection of str
        Modules that are collapsed in any case.
    """
    levels = max((path.count(".") + 1 for path in _paths(graph)), default=0)
    if not levels and len(graph.nodes) > max_nodes:  # each its own box: that needs no trying out
        return _too_many(graph, max_nodes, len(graph.nodes) + len(graph.gradients) + len(graph.changes))
    grouping = _by_module(graph, names, depth, closed)
    number = _boxes(graph, grouping)
    if number <= max_nodes:
        return grouping
    for level in range(min(levels, levels if depth is None else depth) - 1, -1, -1):
        grouping = _by_module(graph, names, level, closed)
        if _boxes(graph, grouping) <= max_nodes:
            modules = sum(cell.is_collapsed for cell in grouping.cells)
            grouping.notes.append(
                f"{number:,} nodes would be more than max_nodes={max_nodes}: {modules} modules are collapsed"
            )
            return grouping
    return _too_many(graph, max_nodes, number)


def _too_many(graph: Skeleton, max_nodes: int, number: int) -> Partition:
    grouping = _by_stretch(graph, min(_STRETCHES, max(1, max_nodes // (3 if graph.lanes else 1) - 2)))
    grouping.notes.append(
        f"{number:,} nodes would be more than max_nodes={max_nodes}: they are collapsed into stretches"
    )
    return grouping


def _paths(graph: Skeleton) -> set[str]:
    return {node.path for node in graph.nodes if node.path}


def _boxes(graph: Skeleton, grouping: Partition) -> int:
    """The number of boxes that the picture would have."""
    number = len(grouping.cells)
    if graph.lanes:
        cells = {grouping.cell_of[i] for i in graph.gradients}
        number += len(cells) + len({grouping.cell_of[change.parameter] for change in graph.changes})
    return number


def _by_module(graph: Skeleton, names: Sequence[str], depth: int | None, closed: Collection[str]) -> Partition:
    """One cell for each call of a module that is below a depth or named; what it is given stands outside."""
    cells: list[Cell] = []
    open_cell, open_call = -1, None
    for i, node in enumerate(graph.nodes):
        path = _closed_at(node.path, depth, closed)
        if path is None or (node.operation is None and _is_given(graph, i, names[i])):
            cells.append(Cell([i], node.path if path is None or names[i] == "y" else ""))
            if node.operation is not None:
                open_call = None
            continue
        call = path, graph.call(i, path), node.provenance.stage
        if call != open_call:
            open_cell, open_call = len(cells), call
            cells.append(Cell([], path, path, is_derivative=node.provenance.stage == "backward"))
        cells[open_cell].members.append(i)
    return _in_order(_opened(graph, cells))


def _is_given(graph: Skeleton, i: int, name: str) -> bool:
    """Whether a leaf is an input, no parameter of a module and no array that it drew."""
    return not (graph.is_weight(i) or name.startswith("mask") or i in graph.said)


def _closed_at(path: str, depth: int | None, closed: Collection[str]) -> str | None:
    """The module at which a path ends when it is cut, or ``None`` if it is open to the end."""
    if not path:
        return None
    parts = path.split(".")
    for k in range(1, len(parts) + 1):
        if ".".join(parts[:k]) in closed or (depth is not None and k > depth):
            return ".".join(parts[:k])
    return None


def _opened(graph: Skeleton, cells: Sequence[Cell]) -> Partition:
    """A module that is one operation without parameters, not even those of an earlier call, is shown as that."""
    hidden = {i for cell in cells if cell.is_collapsed and len(cell.members) > 1 for i in cell.members}
    hidden = {i for i in hidden if graph.is_weight(i)}
    kept: list[Cell] = []
    for cell in cells:
        alone = len(cell.members) == 1 or all(graph.nodes[i].value is None for i in cell.members[:-1])
        alone = alone and hidden.isdisjoint(j for i in cell.members for j in graph.nodes[i].inputs)
        kept += [Cell([i], cell.path) for i in cell.members] if cell.is_collapsed and alone else [cell]
    cell_of = [0] * len(graph.nodes)
    for k, cell in enumerate(kept):
        for i in cell.members:
            cell_of[i] = k
    return Partition(kept, cell_of)


def _in_order(grouping: Partition) -> Partition:
    """Cells sorted by their last operation: a constant made within a module's run comes before the module."""
    ends = [max(cell.members) for cell in grouping.cells]
    order = sorted(range(len(grouping.cells)), key=ends.__getitem__)
    place = {old: new for new, old in enumerate(order)}
    return Partition([grouping.cells[k] for k in order], [place[k] for k in grouping.cell_of], grouping.notes)


def _by_stretch(graph: Skeleton, most: int) -> Partition:
    """Groups of nodes by depth, which is the number of operations on the longest path to a node."""
    depth = [0] * len(graph.nodes)
    for i, node in enumerate(graph.nodes):
        depth[i] = max((depth[j] + 1 for j in node.inputs if j >= 0), default=0)
    users = consumers(graph.nodes)
    for i, node in enumerate(graph.nodes):
        if node.operation is None and users[i]:
            depth[i] = min(depth[k] for k in users[i])  # with the first that uses it
    deepest = max(depth) + 1
    number = max(1, min(most, deepest))
    stretch = [d * number // deepest for d in depth]
    cells = [Cell([]) for _ in range(number)]
    for i, k in enumerate(stretch):
        cells[k].members.append(i)
    for cell in cells:
        operations = sum(graph.nodes[i].operation is not None for i in cell.members)
        cell.words = _counted(operations, "operation") if operations else _counted(len(cell.members), "leaf")
    kept = [k for k, cell in enumerate(cells) if cell.members]
    place = {k: new for new, k in enumerate(kept)}
    return Partition([cells[k] for k in kept], [place[k] for k in stretch])


def _counted(number: int, word: str) -> str:
    plural = {"leaf": "leaves"}.get(word, f"{word}s")
    return f"{number:,} {word if number == 1 else plural}"


def summary(graph: Skeleton, members: Sequence[int]) -> str:
    """The text of a collapsed box: its numbers of operations and parameters."""
    operations = sum(graph.nodes[i].operation is not None for i in members)
    parameters = sum(np.size(graph.nodes[i].data) for i in members if graph.is_weight(i))
    words = [_counted(operations, "operation")] if operations else []
    if parameters:
        words.append(_counted(parameters, "parameter"))
    return ", ".join(words)
