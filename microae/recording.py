"""A training step as a list of nodes, each with the stage and the module that made it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from microae.context import Recorder, changed, no_grad
from microae.nn.layers import RandomModule
from microae.nn.module import Module
from microae.optim import Optimizer
from microae.value import Value


class Step:
    """What was recorded: ``nodes`` in the order in which they were made, forward, backward and update.

    Attributes
    ----------
    loss_before, loss_after : float or None
        The loss of the step and the loss with the updated parameters; known for ``record_step``.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.loss_before: float | None = None
        self.loss_after: float | None = None

    @property
    def nodes(self) -> list[Value]:
        return self._recorder.nodes

    def stage(self, name: str) -> list[Value]:
        """The nodes of one stage: "forward", "backward" or "update"."""
        return [node for node in self.nodes if node.stage == name]

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(self.stage(name))} {name}" for name in ("forward", "backward", "update"))
        return f"<Step of {len(self)} nodes: {counts}>"


@contextmanager
def record() -> Iterator[Step]:
    """Record every operation on Values in the block: forward, ``backward()`` and ``optimizer.step()``.

    Recording changes no number: the parameters end bitwise as they would without it.

    Examples
    --------
    >>> import microae as ma
    >>> w = ma.Value(2.0, label="w")
    >>> optimizer = ma.SGD([w], lr=0.1)
    >>> with ma.record() as step:
    ...     (w * w).backward()
    ...     optimizer.step()
    >>> step
    <Step of 6 nodes: 1 forward, 3 backward, 2 update>
    """
    recorder = Recorder()
    with changed(recorder=recorder):
        yield Step(recorder)


def record_step(
    model: Module,
    optimizer: Optimizer,
    x: Any,
    target: Any = None,
    loss: Callable[[Any, Any], Any] | None = None,
) -> Step:
    """Run one real training step and return its recording.

    Parameters
    ----------
    model : Module
        An autoencoder, or any module if ``loss`` is given.
    optimizer : Optimizer
        Of the model's parameters.
    x, target : array_like
        Input, and what its output should be (``x`` by default).
    loss : callable, optional
        ``loss(prediction, target)``; by default the model's own ``loss(x, target)``.

    Returns
    -------
    Step
        With ``loss_before`` and, for the same noise and dropout, ``loss_after``.

    Examples
    --------
    >>> import microae as ma
    >>> net = ma.Autoencoder([3, 4, 3], seed=0)
    >>> step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1])
    >>> step.loss_after < step.loss_before
    True
    """

    def objective() -> Any:
        if loss is None:
            return model.loss(x, target)  # type: ignore[attr-defined]
        return loss(model(x), x if target is None else target)

    optimizer.zero_grad()
    generators = {id(m.rng): m.rng for m in model.modules() if isinstance(m, RandomModule)}.values()
    states = [rng.bit_generator.state for rng in generators]
    with record() as step:
        before = objective()
        before.backward()
        optimizer.step()
    for rng, state in zip(generators, states, strict=True):
        rng.bit_generator.state = state  # the same draws again, so that only the parameters differ
    with no_grad():
        step.loss_before, step.loss_after = before.item(), objective().item()
    return step
