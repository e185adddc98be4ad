"""``Run``: a training under way, from batch to batch and from epoch to epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from microae.autoencoders.autoencoder import evaluating
from microae.compiler.errors import CompileError
from microae.core.arrays import Array
from microae.history import History, diverged
from microae.nn.module import Module
from microae.optim import Optimizer, clip_grad_norm
from microae.progress import BLOCK, Show, blocks, training_bar
from microae.training.samples import Pair, Samples, Streamed, batch

if TYPE_CHECKING:
    from microae.compiler.running import Training

Objective = Callable[[Array, Array], Any]
Callback = Callable[[History], Any]
"""A function that is called with the history after each epoch; see ``callbacks`` of :func:`fit`."""


class Keeper(Protocol):
    """What writes checkpoints; :class:`microae.training.keeping.Keeper`."""

    def until(self, run: Run) -> int:
        """How many updates may pass until the next look."""

    def look(self, run: Run) -> None:
        """Do what is to be done now."""


@dataclass
class Run:
    """A training under way.

    Attributes
    ----------
    model : Module
    objective : callable
        The loss of a batch: input and target to a scalar Value.
    optimizer : Optimizer
    samples, validation : InMemory or Streamed
        The second may be None.
    history : History
        Of the epochs that are done.
    goal : int
        How many epochs there will be in the history at the end.
    batch_size : int
    max_grad_norm : float or None
        What the gradients are clipped to before an ordinary step; a compiled one does it itself.
    callbacks : list of callable
    training : Training or None
        The compiled step; None for ordinary steps, to which "auto" goes over where the step cannot be compiled.
    keeper : Keeper or None
        What writes checkpoints.
    batch : int
        How many batches of the present epoch are done.
    total : float
        The sum of the losses of its samples so far.
    seconds : float
        What they took, as far as it was before a resumption.
    begun : dict or None
        The state of the orders' generator before it drew the order of the present epoch.
    asked : dict
        What was asked for, as JSON has it: the name of the "loss", the number of "epochs", "max_grad_norm", the
        "backend", the number of "devices", and, for checkpoints, "every" and the configuration of the "model".
    """

    model: Module
    objective: Objective
    optimizer: Optimizer
    samples: Samples
    validation: Samples | None
    history: History
    goal: int
    batch_size: int
    max_grad_norm: float | None = None
    callbacks: list[Callback] = field(default_factory=list)
    training: Training | None = None
    keeper: Keeper | None = None
    batch: int = 0
    total: float = 0.0
    seconds: float = 0.0
    begun: dict[str, Any] | None = None
    asked: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.batches = -(-self.samples.n // self.batch_size)
        self._shared = any(
            getattr(module, name) is self.history.generator for _, module, name in generators(self.model)
        )
        self._show: Show | None = None
        self._stride = 1  # steps of a compiled training between two looks at an interruption
        if self.training is not None:
            self.training.epochs_done = self.history.epochs

    @property
    def updates(self) -> int:
        """How many batches are done since the history's start."""
        return self.history.epochs * self.batches + self.batch

    def go(self, progress: bool) -> None:
        """Train until the goal is reached, or a callback says that it is enough."""
        history = self.history
        with (
            _closing(self.callbacks),
            training_bar(self.goal, self.batches, progress, self.updates) as show,
        ):
            self._show = show if progress else None
            for block in blocks(self.goal - history.epochs, self._most):
                self.model.train()
                if self.training is None or block == 1:
                    self._epoch()
                else:
                    self._compiled_epochs(block)
                if self.validation is not None:
                    history.validation_loss.append(measured(self.model, self.objective, self.validation))
                if history.trajectory is not None:
                    history.trajectory.add(history.epochs)
                show(history.loss[-1], self.updates, self.optimizer.lr)
                said = [callback(history) for callback in self.callbacks]  # a list: each of them is called
                enough = any(isinstance(answer, (bool, np.bool_)) and answer for answer in said)
                if enough:
                    self.goal = history.epochs
                if self.keeper is not None:
                    self.keeper.look(self)
                if enough:
                    break

    def _most(self) -> int:
        """How many epochs may pass between two looks at them."""
        watched = self.callbacks or self.validation is not None or self.history.trajectory is not None
        if self.training is None or watched or self.batch or self._shared or isinstance(self.samples, Streamed):
            return 1
        return self.goal if self.keeper is None else max(1, self.keeper.until(self) // self.batches)

    def _epoch(self) -> None:
        """Train on every sample once, in a new random order, or on what is left of an epoch."""
        start, rng = time.perf_counter(), self.history.generator
        now = rng.bit_generator.state
        if self.begun is None:
            self.begun = now
            order = self.samples.draw(rng)
        else:  # the generator may have drawn other things since
            rng.bit_generator.state = self.begun
            order = self.samples.draw(rng)
            rng.bit_generator.state = now
        with np.errstate(over="ignore", invalid="ignore"):  # infinities and NaN raise below
            for pair, rows in self.samples.pieces(order, self.batch_size, self.batch):
                if self.training is not None:
                    rows = self._compiled_steps(pair, rows)
                self._steps(pair, rows)
        self._require_finite(all(np.isfinite(p.data).all() for p in self.optimizer.parameters))
        backend = "eager" if self.training is None else self.training.backend
        self.history.add([self.total / self.samples.n], self.seconds + time.perf_counter() - start, backend)
        self.history.waiting = self.samples.waiting
        self.batch, self.total, self.seconds, self.begun = 0, 0.0, 0.0, None

    def _require_finite(self, finite: bool) -> None:
        if not finite:
            what = "a parameter is NaN or infinite"
            raise FloatingPointError(diverged("fit", what, self.history.epochs, self.batches - 1, [self.optimizer.lr]))

    def _steps(self, pair: Pair, rows: Any) -> None:
        """Ordinary steps."""
        optimizer, keeper, show = self.optimizer, self.keeper, self._show
        before, after = methods(self.callbacks, "before_update"), methods(self.callbacks, "after_update")
        for start in range(0, len(rows), self.batch_size):
            chosen = rows[start : start + self.batch_size]
            for call in before:
                call()
            optimizer.zero_grad()
            loss = self.objective(*batch(pair, chosen))
            value = loss.item()
            if not math.isfinite(value):
                where = self.history.epochs, self.batch, [optimizer.lr]
                raise FloatingPointError(diverged("fit", f"the loss is {value}", *where))
            loss.backward()
            if self.max_grad_norm is not None:
                clip_grad_norm(optimizer.parameters, self.max_grad_norm)
            optimizer.step()
            for call in after:
                call(value, len(chosen))
            self.total += value * len(chosen)
            self.batch += 1
            if keeper is not None and self.batch < self.batches:
                keeper.look(self)
            if show is not None:
                show(self.total / (self.batch * self.batch_size), self.updates, optimizer.lr)

    def _compiled_epochs(self, epochs: int) -> None:
        """Some epochs by the program, without a look at them; where it cannot go on, by ordinary steps."""
        training: Any = self.training
        history, rng = self.history, self.history.generator
        before, begun, goal = rng.bit_generator.state, history.epochs, history.epochs + epochs
        try:
            training.train(epochs, history, same=True, gradients=goal == self.goal)
        except CompileError:
            if training.asked != "auto":
                raise
            self.training = None
            rng.bit_generator.state = before
            for _ in range(history.epochs - begun):
                self.samples.draw(rng)
            self.begun = rng.bit_generator.state
            self.samples.draw(rng)
            losses = training.taken
            self._note(losses[len(losses) // self.batches * self.batches :], self.batch_size)
            while history.epochs < goal:
                self._epoch()

    def _note(self, losses: Any, samples: int) -> None:
        """Count in the losses of batches of so many samples."""
        for loss in losses.tolist():
            self.total += loss * samples
        self.batch += len(losses)

    def _compiled_steps(self, pair: Pair, rows: Any) -> Any:
        """Steps by the program, so many in a row that an interruption is soon noticed; the rows that are left."""
        training: Any = self.training
        tables, size, start = arguments(pair), self.batch_size, 0
        whole = len(rows) // size * size
        while start < len(rows):
            most = self._stride if self.keeper is None else min(self._stride, self.keeper.until(self))
            stop = min(whole, start + max(1, most) * size) if start < whole else len(rows)
            index = rows[start:stop].reshape(-1, min(size, stop - start))
            seen = self.callbacks or self.history.epochs + 1 == self.goal  # the gradients of an epoch's last step
            gradients = bool(seen) and self.batch + len(index) == self.batches
            began = time.perf_counter()
            try:
                losses = training.steps(tables, index, self.history.epochs, self.batch, gradients)
            except CompileError:
                if training.asked != "auto":
                    raise
                self.training = None
                self._note(training.taken, index.shape[1])
                return rows[start + len(training.taken) * index.shape[1] :]
            if time.perf_counter() - began < BLOCK / 4:
                self._stride *= 2
            self._note(losses, index.shape[1])
            start = stop
            if self.keeper is not None and self.batch < self.batches:
                self.keeper.look(self)
            if self._show is not None:
                self._show(self.total / (self.batch * size), self.updates, self.optimizer.lr)
        return rows[start:]


def arguments(pair: Pair) -> Sequence[Array]:
    """The arguments of a step: the target only where it is not the input."""
    return pair[:1] if pair[0] is pair[1] else pair


def measured(model: Module, objective: Objective, samples: Samples) -> float:
    """The loss of samples in evaluation mode: no noise, no dropout."""
    total = 0.0
    # Not in no_grad(): binary cross-entropy reads the sigmoid's input from the graph, which keeps it finite.
    with evaluating(model), np.errstate(over="ignore", invalid="ignore"):
        for x, y in samples.parts(4096):
            total += objective(x, y).item() * len(x)
    return total / samples.n


@contextmanager
def _closing(callbacks: Iterable[Callback]) -> Iterator[None]:
    try:
        yield
    finally:
        for close in methods(callbacks, "close"):
            close()


def methods(callbacks: Iterable[Callback], name: str) -> list[Callable[..., Any]]:
    """The methods of that name, of the callbacks that have one."""
    return [getattr(callback, name) for callback in callbacks if hasattr(callback, name)]


def generators(model: Module) -> Iterator[tuple[str, Module, str]]:
    """Where a model has its random generators: the path, the module and the attribute of each."""
    for path, module in model.named_modules():
        for name, given in vars(module).items():
            if isinstance(given, np.random.Generator):
                yield f"{path}.{name}" if path else name, module, name
