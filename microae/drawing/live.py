"""``watch``: a figure in a notebook that is updated while a training runs."""

from __future__ import annotations

import sys
from typing import Any

from microae.core.value import Value
from microae.drawing.page import Picture
from microae.drawing.snapshot.loss import LossChart
from microae.drawing.snapshot.weights import Scale, flat, weights_picture
from microae.history import History
from microae.nn.module import Module


class Watch:
    """The figure that :func:`watch` shows; call it once for each epoch."""

    def __init__(self, model: Module, every: int, display: Any) -> None:
        self.model, self.every = model, every
        self.losses: list[float] = []
        self._state = [p.data for p in model.parameters()]
        self._shown = -1
        self._handle = display(self, display_id=True)

    def __call__(self, loss: Any) -> None:
        """Called at the end of an epoch, with the history or the loss."""
        self.losses = loss.loss if isinstance(loss, History) else [*self.losses, _number(loss)]
        self._state = [p.data for p in self.model.parameters()]
        if len(self.losses) % self.every == 0:
            self._show()

    def close(self) -> None:
        """Called at the end of the training: show the last epoch."""
        self._show()

    def _show(self) -> None:
        if self._shown != len(self.losses):
            self._shown = len(self.losses)
            self._handle.update(self)

    def pictures(self) -> list[Picture]:
        """The present weights, and the loss until now."""
        epoch = len(self.losses)
        words = f"epoch {epoch}, loss {self.losses[-1]:.6g}" if epoch else "before training"
        weights = weights_picture(self.model, self._state, Scale.of(flat(self._state)))
        loss = LossChart(["training"], [self.losses]).picture(epoch)
        return [Picture(weights, f"the weights, {words}", "weights"), Picture(loss, f"the loss, {words}", "loss")]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002
        weights, loss = self.pictures()
        words = weights.words.split(", ", 1)[1]
        return {
            "text/html": f"<div><p>{words}</p>{weights.image('60%')}{loss.image('38%')}</div>",
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        epoch = len(self.losses)
        return f"<Watch: epoch {epoch}" + (f", loss {self.losses[-1]:.6g}>" if epoch else ">")


def watch(model: Module, every: int = 1) -> Watch:
    """Show a network and its loss in a notebook, and update them during its training.

    Parameters
    ----------
    model : Module
        The model in training.
    every : int
        Update the figure after every so many epochs; the last epoch is always shown.

    Returns
    -------
    Watch
        For ``ma.fit(..., callbacks=[ma.watch(net, every=50)])``. In a loop of your own, call it after each epoch with
        the loss, ``figure(loss)``, and call ``figure.close()`` at the end.

    Raises
    ------
    RuntimeError
        Outside a notebook.
    ValueError
        If ``every`` is not a whole number of at least 1.

    Examples
    --------
    >>> import microae as ma
    >>> ma.watch(ma.Autoencoder([3, 4, 3]), every=50)
    Traceback (most recent call last):
        ...
    RuntimeError: watch: there is no notebook to show a figure in; train with progress=True, and see it afterwards...
    """
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        raise ValueError(f"watch: every must be a whole number of at least 1, got {every!r}")
    return Watch(model, every, _notebook_display())


def _notebook_display() -> Any:
    """IPython's ``display``, if it can show pictures."""
    ipython = sys.modules.get("IPython")  # imported already, if this is a notebook
    shell = ipython.get_ipython() if ipython else None
    if shell is None or any(kind.__name__ == "TerminalInteractiveShell" for kind in type(shell).__mro__):
        raise RuntimeError(
            "watch: there is no notebook to show a figure in; train with progress=True, and see it afterwards with "
            "history.player().save('player.html')"
        )
    from IPython.display import display

    return display


def _number(loss: Any) -> float:
    return loss.item() if isinstance(loss, Value) else float(loss)
