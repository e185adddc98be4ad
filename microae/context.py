"""What the library is doing right now: recording gradients or not, in which stage, for which module.

One immutable :class:`Context` sits in a context variable. Entering a block sets another one and leaving it,
also by an exception, puts the old one back; threads and asyncio tasks each see their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

Stage = Literal["forward", "backward", "update"]


class Place(NamedTuple):
    """Where a node was made: the stage of the training step and the path of the module that owns it."""

    stage: Stage = "forward"
    owner: str = ""
    line: str = ""


_START = Place()


class Backpropagation:
    """A recorded backward pass: the gradient of each node that it reached, and the parts that it is the sum of."""

    def __init__(self, output: Any) -> None:
        self.output = output
        self.found: dict[Any, Any] = {}  # what was asked for: the gradients of the leaves, if not of others
        self.gradients: dict[Any, Any] = {}
        self.parts: dict[Any, list[tuple[Any, int, Any]]] = {}  # by node: a consumer, as which of its inputs, the part


class Update(NamedTuple):
    """What an optimiser did to a parameter: its data before, its gradient, and the new data and state as nodes."""

    optimizer: Any
    before: Any
    gradient: Any
    after: Any
    state: Any


class Recorder:
    """The Values of a step being recorded: its nodes, in order, its backward passes and its updates."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.gradients: dict[Any, Any] = {}
        self.passes: list[Backpropagation] = []
        self.updates: dict[Any, Update] = {}

    def accumulate(self, found: Backpropagation) -> None:
        """What ``backward()`` does with the gradients that it found: add them to the leaves' ``grad``."""
        self.passes.append(found)
        for leaf, g in found.found.items():
            total = g if leaf._grad is None else self.gradient(leaf) + g
            self.gradients[leaf] = total
            leaf._grad = total._data.copy()

    def gradient(self, leaf: Any) -> Any:
        """``leaf.grad`` as the recorded Value that it came from; as the plain array if it was set by hand."""
        known = self.gradients.get(leaf)
        return known if known is not None and (known._data == leaf._grad).all() else leaf._grad


@dataclass(frozen=True, eq=False)
class Context:
    """The state that operations look at when they run."""

    place: Place = _START
    grad_enabled: bool = True
    anomaly: bool = False
    recorder: Recorder | None = None
    plain: bool = field(init=False)
    _inside: dict[str, Context] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        # One look tells an operation that nothing special is going on.
        object.__setattr__(self, "plain", self.grad_enabled and not self.anomaly and self.recorder is None)

    def inside(self, name: str) -> Context:
        """This context, owned by the part ``name`` of the present owner; made once and kept."""
        known = self._inside.get(name)
        if known is None:
            owner = f"{self.place.owner}.{name}" if self.place.owner else name
            known = self._inside[name] = replace(self, place=self.place._replace(owner=owner))
        return known


_context: ContextVar[Context] = ContextVar("microae_context", default=Context())  # noqa: B039 (it is immutable)
current = _context.get
enter = _context.set
leave = _context.reset


@contextmanager
def changed(**changes: object) -> Iterator[Context]:
    """Run a block in the present context with some fields replaced."""
    context = replace(current(), **changes)  # type: ignore[arg-type]
    token = enter(context)
    try:
        yield context
    finally:
        leave(token)


@contextmanager
def at(stage: Stage, owner: str | None = None) -> Iterator[Context]:
    """Run a block in another stage of the training step (and, if given, for another owner)."""
    here = current().place
    with changed(place=Place(stage, here.owner if owner is None else owner)) as context:
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
