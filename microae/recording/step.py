"""A training step as a list of nodes, each with the stage and the module that made it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from microae import views
from microae.core.context import changed, current
from microae.core.engine import Backpropagation
from microae.core.value import Value
from microae.nn.module import Module
from microae.optim import Optimizer
from microae.recording.recorder import Recorder, Update


class Step:
    """What was recorded: ``nodes`` in the order in which they were made, forward, backward and update.

    In a notebook a step shows itself; ``save`` writes its picture.

    Attributes
    ----------
    loss_before, loss_after : float or None
        The loss of the step and the loss with the updated parameters; known for ``record_step``.
    given : mapping
        The names of arrays that went in, ``x`` and ``y``; known for ``record_step``.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.loss_before: float | None = None
        self.loss_after: float | None = None
        self.given: Mapping[str, Any] = {}
        self._model: Module | None = None

    @property
    def nodes(self) -> list[Value]:
        return self._recorder.replay().nodes

    @property
    def passes(self) -> Sequence[Backpropagation]:
        """The calls of ``backward()``: for each, the gradients of the nodes that it reached, as nodes."""
        return self._recorder.replay().passes

    @property
    def updates(self) -> Mapping[Value, Update]:
        """What the optimiser did to each parameter: its data before, and as nodes its gradient and its data after."""
        return self._recorder.replay().updates

    @property
    def modules(self) -> Mapping[str, str]:
        """The kind of module at each path, such as ``{"encoder.1": "LeakyReLU"}``; known for ``record_step``."""
        return {} if self._model is None else {path: type(m).__name__ for path, m in self._model.named_modules()}

    def gradient(self, value: Value) -> Value | None:
        """The node that is the gradient of the loss by ``value``, a parameter or a node; ``None`` if there is none."""
        known = self._recorder.replay().gradients.get(value)
        if known is not None:
            return known  # type: ignore[no-any-return]
        found = (record.gradients[value] for record in reversed(self.passes) if value in record.gradients)
        return next(found, None)

    def stage(self, name: str) -> list[Value]:
        """The nodes of one stage: "forward", "backward" or "update"."""
        return [node for node in self.nodes if node.stage == name]

    def save(self, path: str | os.PathLike[str], **options: Any) -> None:
        """Write the picture of the step, whole or not at all: as .svg, .png, .dot, .html, or .pdf where ``dot`` can.

        Parameters
        ----------
        path : path
        **options
            Those of :func:`microae.draw`, such as ``detail="module"``.

        Raises
        ------
        ValueError
            If the suffix is another.
        FileNotFoundError
            If there is no program to draw with.
        """
        views.draw(self, **options).save(path)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        return views.display(self)

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
    >>> step.gradient(w).item(), step.updates[w].before, step.updates[w].after.item()
    (4.0, np.float64(2.0), 1.6)
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
    with record() as step:
        before = objective()
        before.backward()
        optimizer.step()
    for rng, state in step._recorder.generators.values():
        rng.bit_generator.state = state  # the same draws again, so that only the parameters differ
    step.loss_before, step._model = before.item(), model
    step.given = {"x": x, "y": x if target is None else target}
    with changed(recorder=None) if current().recorder is not None else nullcontext():
        step.loss_after = objective().item()
    return step
