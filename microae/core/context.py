"""What the library is doing right now: building graphs or not, in which stage of a training step, for which module.

One :class:`Context` sits in a context variable. Its fields are not changed; it only remembers the contexts of its
parts. Entering a block sets another one and leaving it, also by an exception, puts the old one back; threads and
asyncio tasks each see their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, NamedTuple

Stage = Literal["forward", "backward", "update"]


class Provenance(NamedTuple):
    """Where a node was made: the stage of the training step, the path of the module, the user's line if it is known."""

    stage: Stage = "forward"
    owner: str = ""
    line: str = ""


class Context:
    """The state that operations look at when they run.

    Attributes
    ----------
    provenance : Provenance
        What new nodes are stamped with.
    grad_enabled : bool
        Whether results remember how they were made.
    anomaly : bool
        Whether the first NaN or infinity is an error.
    recorder : object or None
        Is told of every node, backward pass and update; see :mod:`microae.recording`.
    trace : object or None
        Collects the array functions that run while a step is compiled; see :mod:`microae.compiler`.
    plain : bool
        Whether none of this is unusual: one look tells an operation that there is nothing else to do.
    """

    __slots__ = ("_inside", "anomaly", "grad_enabled", "plain", "provenance", "recorder", "trace")

    def __init__(
        self,
        provenance: Provenance,
        grad_enabled: bool = True,
        anomaly: bool = False,
        recorder: Any = None,
        trace: Any = None,
    ) -> None:
        self.provenance = provenance
        self.grad_enabled = grad_enabled
        self.anomaly = anomaly
        self.recorder = recorder
        self.trace = trace
        self.plain = grad_enabled and not anomaly and recorder is None and trace is None
        self._inside: dict[str, Context] = {}

    def inside(self, name: str) -> Context:
        """This context, owned by the part ``name`` of the present owner; made once and kept."""
        known = self._inside.get(name)
        if known is None:
            stage, owner, line = self.provenance
            provenance = Provenance(stage, f"{owner}.{name}" if owner else name, line)
            known = self._inside[name] = self.replaced(provenance=provenance)
        return known

    def replaced(self, **changes: Any) -> Context:
        """A copy with some fields replaced."""
        fields = {name: getattr(self, name) for name in ("provenance", "grad_enabled", "anomaly", "recorder", "trace")}
        return Context(**(fields | changes))


_context: ContextVar[Context] = ContextVar("microae_context", default=Context(Provenance()))  # noqa: B039 (it is never changed)
current = _context.get
enter = _context.set
leave = _context.reset


@contextmanager
def changed(**changes: Any) -> Iterator[Context]:
    """Run a block in the present context with some fields replaced."""
    context = current().replaced(**changes)
    token = enter(context)
    try:
        yield context
    finally:
        leave(token)


@contextmanager
def at(stage: Stage, owner: str | None = None) -> Iterator[Context]:
    """Run a block in another stage of the training step (and, if given, for another owner)."""
    with changed(provenance=Provenance(stage, current().provenance.owner if owner is None else owner)) as context:
        yield context


@contextmanager
def no_grad() -> Iterator[None]:
    """Run a block without building a graph; usable as a decorator too.

    Results are Values without history: nothing flows back through them, and inside the block ``float(v)`` and
    ``np.asarray(v)`` are allowed because no graph can be lost.

    Examples
    --------
    >>> import microae as ma
    >>> w = ma.Value([1.0, 2.0], label="w")
    >>> with ma.no_grad():
    ...     y = w * 2
    >>> y.operation is None
    True
    """
    with changed(grad_enabled=False):
        yield


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Raise ``FloatingPointError`` at the operation where the first NaN or infinity appears.

    Forward, the error names the operation, its operands and the line of your code that called it. Backward, it
    names the operation whose derivative gave the NaN and the line that made that node, so build the graph inside
    the block as well. Slow; meant for finding a fault, not for training.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> with np.errstate(all="ignore"), ma.detect_anomaly():
    ...     ma.log(ma.Value(-1.0, label="x"))
    Traceback (most recent call last):
        ...
    FloatingPointError: log: the result has a NaN (1 of 1 elements) at <doctest ...>...
    """
    with changed(anomaly=True):
        yield
