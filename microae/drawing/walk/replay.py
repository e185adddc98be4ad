"""``Replay``: the loss of a recorded step as a function of one of its leaves.

The recorded operations are run again with other numbers. The model is not used, and random numbers are not drawn
again: a dropout mask is one of the recorded arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from microae.core.arrays import Array
from microae.core.value import Value
from microae.drawing.step.skeleton import forward_of
from microae.recording.step import Step


class Replay:
    """The outputs that the backward passes of a step started from, summed, as a function of one leaf.

    Parameters
    ----------
    step : Step
    leaf : Value
        A parameter, for example.

    Attributes
    ----------
    start : array or None
        The data that the leaf had at its first use; ``None`` if none of the outputs depends on it.
    nodes : list of Value
        The forward nodes that depend on the leaf.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.drawing.walk.replay import Replay
    >>> w = ma.Value(3.0, label="w")
    >>> with ma.record() as step:
    ...     (w * w).backward()
    >>> replay = Replay(step, w)
    >>> float(replay.start), float(replay(5.0))
    (3.0, 25.0)
    """

    def __init__(self, step: Step, leaf: Value) -> None:
        self.start: Array | None = None
        self.nodes: list[Value] = []
        self._leaf = leaf
        depends = {leaf}
        for node in forward_of(step):
            if not depends.isdisjoint(node.inputs):
                depends.add(node)
                self.nodes.append(node)
                if self.start is None:
                    self.start = next(a for x, a in zip(node.inputs, node.arguments, strict=True) if x is leaf)
        if not any(record.output in depends for record in step.passes):
            self.start = None
        self._arguments = [[_double(a) for a in node.arguments] for node in self.nodes]
        self._ends = [
            (record.output, np.asarray(record.gradients[record.output].data, np.float64))
            for record in step.passes
            if record.output in depends and record.output in record.gradients
        ]

    def __call__(self, numbers: Any) -> Any:
        """The loss in float64; complex for complex ``numbers``, if the operations take them."""
        known: dict[Any, Any] = {self._leaf: numbers}
        for node, arguments in zip(self.nodes, self._arguments, strict=True):
            given = [known.get(x, a) for x, a in zip(node.inputs, arguments, strict=True)]
            assert node.operation is not None
            known[node] = node.operation.forward(*given, **node.parameters)
        return sum(np.sum(seed * known[output]) for output, seed in self._ends)[()]


def _double(argument: Any) -> Any:
    return np.asarray(argument, np.float64)[()] if getattr(argument, "dtype", None) == np.float32 else argument
