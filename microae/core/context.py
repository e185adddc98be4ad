"""What the library is doing right now: recording gradients or not, in which stage, for which module.

One immutable :class:`Context` sits in a context variable. Entering a block sets another one and leaving it,
also by an exception, puts the old one back; threads and asyncio tasks each see their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, NamedTuple

from numpy import errstate

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
    """The Values of a step being recorded: its nodes, in order, its backward passes and its updates.

    While a step runs, its backward passes and updates run on plain arrays and are only noted; when their nodes are
    asked for they are run again, on Values. So recording costs little, until one looks.
    """

    def __init__(self) -> None:
        self.nodes: list[Any] = []  # and, until they are settled, what has been noted
        self.gradients: dict[Any, Any] = {}
        self.passes: list[Backpropagation] = []
        self.updates: dict[Any, Update] = {}
        self.generators: dict[int, tuple[Any, Any]] = {}
        self._has_notes = False

    def draws_from(self, generator: Any) -> None:
        """Random numbers are about to be drawn: keep the generator, and its state before the first of them."""
        if id(generator) not in self.generators:
            self.generators[id(generator)] = generator, generator.bit_generator.state

    def note(self, again: partial[None]) -> None:
        """What runs a part of the step again: it is called with this recorder, when its nodes are asked for."""
        self.nodes.append(again)
        self._has_notes = True

    def settle(self) -> Recorder:
        """Run again what was noted; afterwards there are nodes only."""
        if self._has_notes:
            self._has_notes = False
            log, self.nodes = self.nodes, []
            quiet = errstate(all="ignore")  # what there was to warn of has been warned of
            with quiet, changed(recorder=self, grad_enabled=True, anomaly=False, place=_START):
                for entry in log:
                    if isinstance(entry, partial):
                        entry(self)
                    else:
                        self.nodes.append(entry)
        return self

    def accumulate(self, found: Backpropagation, before: dict[Any, Any]) -> None:
        """What ``backward()`` does with the gradients that it found: add them to those from ``before``."""
        self.passes.append(found)
        for leaf, g in found.found.items():
            self.gradients[leaf] = g if before[leaf] is None else self.gradient(leaf, before[leaf]) + g

    def gradient(self, leaf: Any, grad: Any) -> Any:
        """``grad`` of a leaf as the recorded Value that it came from; as it is if it was set by hand."""
        known = self.gradients.get(leaf)
        return known if known is not None and (known._data == grad).all() else grad


@dataclass(frozen=True, eq=False)
class Context:
    """The state that operations look at when they run."""

    place: Place  # no defaults: as attributes of the class they would make looking up an instance's slower
    grad_enabled: bool
    anomaly: bool
    recorder: Recorder | None
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
            known = self._inside[name] = self.replaced(place=Place(self.place[0], owner, self.place[2]))
        return known

    def replaced(self, **changes: object) -> Context:
        """A copy with some fields replaced; quicker than ``dataclasses.replace``."""
        new = object.__new__(Context)
        fields = vars(new)
        fields.update(vars(self))
        fields.update(changes)
        fields["plain"] = fields["grad_enabled"] and not fields["anomaly"] and fields["recorder"] is None
        fields["_inside"] = {}
        return new


_context: ContextVar[Context] = ContextVar("microae_context", default=Context(_START, True, False, None))  # noqa: B039 (it is immutable)
current = _context.get
enter = _context.set
leave = _context.reset


@contextmanager
def changed(**changes: object) -> Iterator[Context]:
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
    here = current().place
    with changed(place=Place(stage, here.owner if owner is None else owner)) as context:
        yield context


@contextmanager
def rebound(data: dict[Any, Any]) -> Iterator[None]:
    """Run a block with leaves as they were: each with the data given."""
    now = {leaf: leaf._data for leaf in data}
    try:
        for leaf, then in data.items():
            leaf._data = then
        yield
    finally:
        for leaf, array in now.items():
            leaf._data = array


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
