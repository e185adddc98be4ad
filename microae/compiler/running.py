"""Whole trainings by a program: the samples of all steps are picked beforehand, and many epochs are one native call."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from microae.compiler.backends import UnsupportedError, installed
from microae.compiler.backends import backend as backend_module
from microae.compiler.captured import Captured
from microae.compiler.entry import Entry, restore
from microae.compiler.errors import CompileError, UnmetError
from microae.compiler.loop import Loop, Plan, conditions_met, without_conditions
from microae.compiler.program import Call, Input, Program, Term
from microae.compiler.step import Snapshot
from microae.core.value import Value
from microae.data.orders import orders
from microae.history import History, diverged
from microae.optim.base import Optimizer

DRAWN = 1 << 26
"""Random numbers are drawn beforehand for so many bytes at most."""

_AT_ONCE = 1 << 16
"""Samples whose orders are drawn together: so many that a call costs nothing, so few that they stay in the cache."""

NATIVE = 4.0
"""Seconds that a training would take on NumPy, by estimate, from which "auto" compiles natively."""


class Training:
    """A compiled step that is repeated over epochs.

    Parameters
    ----------
    entry_of : callable
        ``entry_of(args)``: the program for arguments like these; made anew where something that it reads has changed.
    function : callable
        The step itself, for what the program leaves to it.
    tables : sequence of arrays (N, ...)
        The arguments of the step, a sample a row.
    batch_size : int
    rng : numpy.random.Generator or None
        Of the orders; ``None`` takes the samples as they stand.
    backend : str
    epochs : int
        How many there will be, by which "auto" chooses.
    user : str
        Whose training it is, for messages.
    n : int, optional
        How many samples an epoch has, if the tables hold only the first of them.
    devices : int or sequence, optional
        Of JAX, that divide each batch.

    Raises
    ------
    TypeError, ValueError
        If they are no devices, or their number does not divide ``batch_size``.
    """

    def __init__(
        self,
        entry_of: Callable[[Sequence[Any]], Entry],
        function: Callable[..., Any],
        tables: Sequence[Any],
        batch_size: int,
        rng: np.random.Generator | None,
        backend: str,
        epochs: int,
        user: str = "run",
        n: int | None = None,
        devices: Any = None,
    ) -> None:
        if devices is not None:
            devices = backend_module(backend, devices).devices
            number = len(devices)
            if batch_size % number:
                raise ValueError(
                    f"{user}: batches of {batch_size} samples cannot be divided among {number} devices; "
                    f"take a batch_size that is a multiple of {number}"
                )
        self.entry_of = entry_of
        self.function = function
        self.tables = list(tables)
        self.n = len(tables[0]) if n is None else n
        self.batch_size = min(batch_size, self.n)
        self.rng = rng
        self.epochs_done = 0
        self.finished: list[float] = []
        self._parameters: list[Value] = []
        self._optimizers: list[Optimizer] = []
        self._met: dict[Entry, frozenset[Term]] = {}
        self._ready: dict[int, tuple[Entry, Loop, Plan]] = {}  # by the size of the batch
        self._losses = np.empty(0)
        self._views: list[Any] = []
        self._taken = 0
        self._leaves = False  # whether the last step leaves its gradients
        self._before = 0  # batches of the epoch that were taken before those of which the losses are noted
        self.steps_ahead = epochs * -(-self.n // self.batch_size)
        self.asked = backend
        self.user = user
        self.devices = devices
        self.backend = "eager"  # until a program runs

    def train(self, epochs: int, history: History, same: bool = False, gradients: bool = False) -> None:
        """Train for some epochs, and note those that are finished, also after an error.

        Parameters
        ----------
        epochs : int
        history : History
        same : bool
            Whether nobody can have changed the samples since the last time.
        gradients : bool
            Whether the last step leaves its gradients, which costs a step more; else there are none.

        Raises
        ------
        FloatingPointError
            If a loss or a parameter is not finite.
        TypeError
            If the step does not return its loss.
        """
        start = time.perf_counter()
        try:
            self.advance(epochs, same, gradients)
        finally:
            history.add(self.finished, time.perf_counter() - start, self.backend)
        if not all(np.isfinite(value._array).all() for value in self._parameters):
            last, rates = -(-self.n // self.batch_size) - 1, {optimizer.lr for optimizer in self._optimizers}
            what = "a parameter is NaN or infinite"
            raise FloatingPointError(diverged(self.user, what, self.epochs_done - 1, last, rates))

    def steps(self, tables: Sequence[Any], index: Any, epoch: int, batch: int, gradients: bool = False) -> Any:
        """Take some steps within an epoch.

        Parameters
        ----------
        tables : sequence of arrays (N, ...)
        index : array of int64 (steps, batch)
            The rows that each step picks.
        epoch, batch : int
            How many are done, of each.
        gradients : bool
            As of :meth:`train`.

        Returns
        -------
        array of float64 (steps,)
            The losses.

        Raises
        ------
        FloatingPointError
            If a loss is not finite.
        """
        if batch == 0 or not self._views or any(a is not b for a, b in zip(tables, self.tables, strict=True)):
            self._look_at(tables)
        self._losses, self._taken, self._leaves = np.empty(len(index)), 0, gradients
        self.epochs_done, self._before = epoch, batch
        self._take(index)
        self.epochs_done += (batch + len(index)) // -(-self.n // self.batch_size)
        return self._losses

    @property
    def taken(self) -> Any:
        """The losses of the steps that the last call took, or of whole epochs and a part since an order was drawn."""
        return self._losses[: self._taken]

    def _look_at(self, tables: Sequence[Any]) -> None:
        """Have all asked anew of the samples and of what the step reads: someone may have changed them."""
        self.tables, self._met, self._ready = list(tables), {}, {}
        self._views = [table.view() for table in tables]  # by which a loop knows that they are the same

    def advance(self, epochs: int, same: bool = False, gradients: bool = False) -> None:
        """Train for some epochs; the mean loss of each that is finished stands in ``finished``, also after an error.

        What the program asks of the samples is asked anew, unless they are the ``same``.

        Raises
        ------
        FloatingPointError
            If a loss is not finite.
        """
        self._ready, self._leaves = {}, gradients  # what the step reads is asked for anew
        if not (same and self._views):
            self._look_at(self.tables)
        self.finished = []
        most = max(1, _AT_ONCE // self.n)
        for start in range(0, epochs, most):
            self._advance(min(most, epochs - start))

    def _advance(self, epochs: int) -> None:
        n, size = self.n, self.batch_size
        whole = n // size
        per_epoch = whole + (n % size > 0)
        self._losses = np.empty(epochs * per_epoch)
        self._taken = self._before = 0
        try:
            drawn = orders(n, epochs, self.rng)
            if n % size == 0:
                self._take(drawn.reshape(-1, size))
            else:
                for order in drawn:
                    self._take(order[: whole * size].reshape(-1, size))
                    self._take(order[None, whole * size :])
        finally:
            done = self._taken // per_epoch
            losses = self._losses[: done * per_epoch].reshape(done, per_epoch)
            if size > 1:
                samples = np.full(per_epoch, float(size))
                samples[-1] = n - (per_epoch - 1) * size
                losses = losses * samples
            # One batch after the other, as an ordinary training adds them up.
            total = reduce(np.add, losses.T) if done > per_epoch else np.add.accumulate(losses, axis=1)[:, -1]
            self.finished += (total / n).tolist()
            self.epochs_done += done

    def _take(self, index: Any) -> None:
        """Take a step for each row of the index."""
        start = 0
        while start < len(index):
            try:
                entry, loop, plan = self._program(index[start])
            except UnmetError:
                self._note([self._ordinary(index[start])])
                start += 1
                continue
            left = len(index) - start
            ends = self._leaves and self._taken + left == len(self._losses)
            alone = (ends and left == 1) or entry.is_first
            stop = start + (1 if alone else min(left - ends, _chunk(plan)))
            losses = self._native(entry, loop, plan, index[start:stop], alone)
            self._note(losses)
            if entry.is_first:
                self._ready = {}  # another program adds to the gradients that this one leaves
            start += len(losses)
            if start < stop:  # the program leaves this step to an ordinary one
                self._note([self._ordinary(index[start])])
                start += 1

    def _program(self, rows: Any) -> tuple[Entry, Loop, Plan]:
        """The program for a batch, and its loop; between two ordinary steps nothing changes that it reads."""
        size = len(rows)
        if size not in self._ready:
            entry = self.entry_of([table[rows] for table in self.tables])
            self._ready[size] = (entry, *self._loop(entry))
        return self._ready[size]

    def _note(self, losses: Any) -> None:
        self._losses[self._taken : self._taken + len(losses)] = losses
        self._taken += len(losses)

    def _native(self, entry: Entry, loop: Loop, plan: Plan, index: Any, alone: bool) -> Any:
        """Steps by the program; fewer, if it comes upon one that it leaves to others. One leaves gradients."""
        states = entry.random_states()
        now = entry.values(())
        draws = entry.draw(plan.draws, len(index))
        carried, fixed = [now[term] for term in plan.carried], [now[term] for term in plan.fixed]
        try:
            losses, after = loop(self._views, index, draws, carried, fixed)
        except Exception:  # such as an index out of range, in some step
            restore(states)
            half = len(index) // 2
            return self._native(entry, loop, plan, index[:half], alone=False) if half else np.empty(0)
        gradients: list[Any] = []
        if alone and len(losses):
            gradients = self._gradients(entry, index, draws, now)
            if len(gradients) < len(entry.step.grads):
                losses = losses[:0]  # an ordinary step masks them
        finite = np.isfinite(losses)
        if len(losses) < len(index) or not finite.all():
            good = len(losses) if finite.all() else int(finite.argmin())
            restore(states)
            draws = entry.draw(plan.draws, good)
            losses, after = loop(self._views, index[:good], draws, carried, fixed) if good else (losses[:0], carried)
        entry.write(after, len(losses))
        if alone and len(losses):
            entry.leave(gradients)
        return losses

    def _gradients(self, entry: Entry, index: Any, draws: Sequence[Any], now: Mapping[Input, Any]) -> list[Any]:
        """Those that a step leaves: by XLA where it holds the arrays; else by NumPy, for it compiles nothing."""
        if self.backend != "jax":
            return entry.gradients(backend_module("numpy"), self._views, index, draws, now)
        rows = [table[index[0]] for table in self.tables]  # for a device need not hold the tables twice
        every = np.arange(len(index[0]))[None]
        return entry.gradients(backend_module("jax", self.devices), rows, every, draws, now)

    def _ordinary(self, rows: Any) -> float:
        """Take a step as it is written; one whose loss is no number is taken back, and says so."""
        self._ready = {}
        before = Snapshot(Captured(self.function))
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite raises below
            returned = self.function(*[table[rows] for table in self.tables])
        loss = float(getattr(returned, "_array", returned))
        if not np.isfinite(loss):
            before.restore()
            epoch, batch = divmod(self._before + self._taken, -(-self.n // self.batch_size))
            rates = {optimizer.lr for optimizer in self._optimizers}
            raise FloatingPointError(diverged(self.user, f"the loss is {loss}", self.epochs_done + epoch, batch, rates))
        return loss

    def _loop(self, entry: Entry) -> tuple[Loop, Plan]:
        program = entry.repeated
        if entry.plan is None:
            if not program.results or program.results[0].shape or not isinstance(program.results[0], Call):
                raise CompileError(f"{self.user}: the step must return its loss, a number, alone or first of a tuple")
            entry.plan = Plan.of(program)
        if entry not in self._met:
            self._met[entry] = conditions_met(program, entry.plan, self.tables)
        met = self._met[entry]
        if met not in entry.loops:
            asked = without_conditions(program, met)
            entry.loops[met] = chosen_loop(self.asked, asked, entry.plan, self.steps_ahead, self.devices)
        self.backend, loop = entry.loops[met]
        self._parameters, self._optimizers = list(entry.captured.values), list(entry.captured.optimizers)
        return loop, entry.plan


def _chunk(plan: Plan) -> int:
    size = sum(term.size * term.dtype.itemsize for term in plan.draws)
    return max(1, DRAWN // size) if size else 1 << 62


def chosen_loop(name: str, program: Program, plan: Plan, steps: int, devices: Any = None) -> tuple[str, Loop]:
    """The loop of a backend; for "auto" of the one that pays for so many steps."""
    if name != "auto":
        return name, backend_module(name, devices).build_loop(program, plan)
    candidates = ["numba"] if installed("numba") and seconds(program) * steps > NATIVE else []
    for candidate in (*candidates, "python", "numpy"):
        try:
            return candidate, backend_module(candidate).build_loop(program, plan)
        except UnsupportedError:
            continue
    raise AssertionError("NumPy says every program")


def seconds(program: Program) -> float:
    """About how long a step takes on NumPy."""
    total = 0.0
    for call in program.calls:
        products = call.size * call.args[0].shape[-1] if call.function in ("matmul", "dot") else 0
        total += 0.8e-6 + call.size * 1e-9 + products * 1e-10
    return total
