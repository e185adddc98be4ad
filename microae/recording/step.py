"""``record``, ``record_step`` and ``Step``: a training step as a list of nodes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from microae import views
from microae.core.context import at, changed, current
from microae.core.engine import Backpropagation
from microae.core.value import Value
from microae.nn.losses import given_loss
from microae.nn.module import Module
from microae.optim import Optimizer
from microae.optim.registry import given_optimizer
from microae.readonly import noted
from microae.recording.recorder import Recorder, Update


class Step:
    """A recorded training step: every node of its forward pass, backward passes and updates.

    Made by :func:`record` and :func:`record_step`. In a notebook it shows its picture; :meth:`save` writes it.

    Attributes
    ----------
    loss_before, loss_after : float or None
        The loss of the step, and the loss with the updated parameters; set by :func:`record_step` only.
    given : mapping of str to array_like
        The input ``x`` and the target ``y``; set by :func:`record_step` only.

    Examples
    --------
    >>> import microae as ma
    >>> net = ma.Autoencoder([3, 4, 3], seed=0)
    >>> step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.01), [1, 0, 1])
    >>> step
    <Step of 24 nodes: 5 forward, 11 backward, 8 update>
    >>> step.gradient(net.encoder[0].weight).shape
    (3, 4)
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.loss_before: float | None = None
        self.loss_after: float | None = None
        self.given: Mapping[str, Any] = {}
        self._model: Module | None = None

    def __reduce__(self) -> str:
        raise TypeError('a recorded step is not copied or pickled; step.save("step.html") keeps what it shows')

    @property
    def nodes(self) -> list[Value]:
        """All nodes in the order in which they were computed: forward, backward, update."""
        return self._recorder.replay().nodes

    @property
    def passes(self) -> Sequence[Backpropagation]:
        """One entry for each call of ``backward()``, with the gradients of the nodes that it reached, as nodes."""
        return self._recorder.replay().passes

    @property
    def updates(self) -> Mapping[Value, Update]:
        """For each parameter its data before the update and, as nodes, its gradient and its new data."""
        return self._recorder.replay().updates

    @property
    def modules(self) -> Mapping[str, str]:
        """The class name of the module at each path, as ``{"encoder.1": "LeakyReLU"}``.

        Of the model that :func:`record_step` was given, or of the modules that were called; one of several that have
        the same path is left out.
        """
        if self._model is not None:
            return {path: type(module).__name__ for path, module in self._model.named_modules()}
        called: dict[str, set[str]] = {}
        for call in self._recorder.calls.values():
            called.setdefault(call.provenance.owner, set()).add(type(call.module).__name__)
        return {path: kinds.pop() for path, kinds in called.items() if len(kinds) == 1}

    def gradient(self, value: Value) -> Value | None:
        """The node that holds the gradient of the loss with respect to ``value``.

        Parameters
        ----------
        value : Value
            A parameter, or any node of the step.

        Returns
        -------
        Value or None
            Of the shape of ``value``; ``None`` if no gradient reached it.
        """
        known = self._recorder.replay().gradients.get(value)
        if known is not None:
            return known  # type: ignore[no-any-return]
        gradients = (record.gradients[value] for record in reversed(self.passes) if value in record.gradients)
        return next(gradients, None)

    def stage(self, name: str) -> list[Value]:
        """The nodes of one stage.

        Parameters
        ----------
        name : str
            "forward", "backward" or "update".

        Returns
        -------
        list of Value
            In the order in which they were computed.
        """
        return [node for node in self.nodes if node.stage == name]

    def save(self, path: str | os.PathLike[str], **options: Any) -> None:
        """Write the picture of the step to a file; an error leaves no partly written file.

        Parameters
        ----------
        path : path
            Its suffix chooses the format: .svg, .png, .dot, .html (a page to walk through), or .pdf where ``dot``
            can write it.
        **options
            Those of :func:`microae.draw`, such as ``detail="module"``.

        Raises
        ------
        ValueError
            If the suffix is none of these.
        FileNotFoundError
            If the directory does not exist or no layout program is found.
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
    """Record every operation on Values in a ``with`` block: forward, ``backward()`` and ``optimizer.step()``.

    Recording changes no number: the parameters end bitwise equal to those of an unrecorded step.

    Yields
    ------
    Step
        It can be read during the block and afterwards.

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
    with changed(recorder=recorder), noted(recorder.note_computed):
        yield Step(recorder)


def record_step(
    model: Module,
    optimizer: Optimizer | str,
    x: Any,
    target: Any = None,
    loss: Callable[[Any, Any], Any] | str | None = None,
) -> Step:
    """Run one training step, which updates the parameters, and return its recording.

    Parameters
    ----------
    model : Module
        An autoencoder, or any module if ``loss`` is given.
    optimizer : Optimizer or str
        Of the model's parameters; or the name of one, such as "sgd", with its usual learning rate.
    x, target : array_like
        Input, (features,) or (N, features), and the target for its output, by default ``x``.
    loss : callable or str, optional
        ``loss(prediction, target)``, a scalar Value, or the name of one, such as "mse"; by default the model's own
        ``loss(x, target)``.

    Returns
    -------
    Step
        With ``loss_before`` and ``loss_after`` set; both are taken with the same noise and dropout.

    Raises
    ------
    TypeError
        If ``loss`` is not given and the model has no method ``loss``.
    ValueError
        If the optimiser holds none of the model's parameters.

    Examples
    --------
    >>> import microae as ma
    >>> net = ma.Autoencoder([3, 4, 3], seed=0)
    >>> step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1])
    >>> step.loss_after < step.loss_before
    True
    """

    distance = given_loss("record_step", loss)
    if distance is None and not hasattr(model, "loss"):
        kind = type(model).__name__
        raise TypeError(f"record_step: {kind} has no loss of its own; pass one, as loss=ma.mean_squared_error")
    optimizer = given_optimizer("record_step", optimizer, model.parameters())

    def objective() -> Any:
        if distance is None:
            return model.loss(x, target)  # type: ignore[attr-defined]
        prediction = model(x)
        with at("forward", owner="loss"):
            return distance(prediction, x if target is None else target)

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
