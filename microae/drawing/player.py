"""The training player: a page that shows the epochs of a training, or of two side by side."""

from __future__ import annotations

import base64
import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microae.autoencoders.autoencoder import evaluating
from microae.core.context import no_grad
from microae.drawing.page import Page, Picture
from microae.drawing.pixels import INK, SIGNED, levels
from microae.drawing.snapshot.loss import LossChart
from microae.drawing.snapshot.samples import WRITTEN, image_shape, images_picture, samples_picture
from microae.drawing.snapshot.weights import (
    MOST,
    THICKER,
    THINNEST,
    Scale,
    drawn_layers,
    flat,
    maps,
    weights_picture,
)
from microae.history import History, Trajectory

Floats = NDArray[np.float64]

BUDGET = 600_000
"""The largest size of a run's numbers in bytes, before they are encoded; if it is exceeded, fewer epochs are shown."""


def player(history: History, other: History | None = None, *, names: Sequence[str] = ()) -> Page:
    """A page with a slider over the epochs of a training.

    Parameters
    ----------
    history, other, names
        As for :meth:`microae.History.player`.

    Returns
    -------
    Page

    Raises
    ------
    ValueError
        If a training was not recorded, or there are not as many names as trainings.

    Examples
    --------
    >>> import microae as ma
    >>> net = ma.Autoencoder([2, 1, 2], seed=0)
    >>> optimizer = ma.SGD(net.parameters(), lr=0.5)
    >>> history = ma.fit(net, [[0, 1], [1, 0]], optimizer, epochs=20, batch_size=1, seed=0, progress=False)
    >>> page = ma.drawing.player.player(history)
    >>> page
    <Page 'Training: 20 epochs'>
    >>> len(page.html()) < 100_000
    True
    """
    histories = [history] if other is None else [history, other]
    if names and len(names) != len(histories):
        raise ValueError(
            f"player: {len(histories)} training{'s' * (len(histories) > 1)} and {len(names)} names: {names}"
        )
    labels = list(names) or (["training"] if other is None else ["first run", "second run"])
    runs = [Run(h.recorded(), name, k) for k, (h, name) in enumerate(zip(histories, labels, strict=True))]
    chart = LossChart(labels, [h.loss for h in histories])
    scale = Scale.of(np.concatenate([flat(state) for run in runs for state in run.states]))
    last = max(h.epochs for h in histories)
    pictures = [Picture(chart.picture(last), f"the training loss over {last} epochs", "loss")]
    moves = []
    for k, (run, h) in enumerate(zip(runs, histories, strict=True)):
        more, move = run.parts(scale)
        pictures += more
        moves.append(
            move | {"losses": [_loss(h, e) for e in run.epochs], "places": [chart.marker(k, e) for e in run.epochs]}
        )
    data = {
        "runs": moves,
        # rounded as in the pictures, so that another processor's last digits change no byte
        "scale": {
            **scale._asdict(),
            "largest": float(f"{scale.largest:.6g}"),
            "thinnest": THINNEST,
            "thicker": THICKER,
        },
        "palettes": {"ink": packed(INK), "signed": packed(SIGNED)},
    }
    title = f"Training: {' and '.join(labels)}" if names or other else f"Training: {last} epochs"
    return Page(title, "player", pictures, data)


def _loss(history: History, epoch: int) -> str:
    return f"{history.loss[epoch - 1]:.6g}" if epoch else "—"


@dataclass
class Run:
    """A training as the player shows it: at each epoch the parameters, and the output for each sample."""

    trajectory: Trajectory
    name: str
    number: int

    @cached_property
    def kept(self) -> NDArray[np.intp]:
        """The indices of the epochs that are shown: evenly spaced, as many as ``BUDGET`` allows, first and last too."""
        shapes = [np.atleast_2d(p).shape for p in self.trajectory.states[0]]
        drawn = drawn_layers(self.trajectory.model)
        each = sum(4 * n * m if drawn else min(n, MOST) * min(m, MOST) for n, m in shapes)
        each += 4 * self.trajectory.target.size
        number = len(self.trajectory.epochs)
        return np.unique(np.linspace(0, number - 1, max(2, min(number, BUDGET // each))).round().astype(int))

    @property
    def epochs(self) -> list[int]:
        """The epochs that are shown."""
        return [self.trajectory.epochs[i] for i in self.kept]

    @property
    def states(self) -> list[list[Any]]:
        """The parameters at these epochs."""
        return [self.trajectory.states[i] for i in self.kept]

    @cached_property
    def outputs(self) -> Floats:
        """The output for each sample at each epoch shown, (epochs, samples, features)."""
        model = copy.deepcopy(self.trajectory.model)
        outputs = []
        with evaluating(model), no_grad():
            for epoch in self.epochs:
                model.load_state_dict(self.trajectory.at(epoch))
                outputs.append(_as_rows(model(self.trajectory.data).numpy()))
        return np.array(outputs, np.float64)

    @cached_property
    def errors(self) -> Floats | None:
        """The squared error (epochs, samples); ``None`` if the targets do not have the shape of the outputs."""
        target = _as_rows(self.trajectory.target)
        return np.square(self.outputs - target).mean(axis=2) if target.shape == self.outputs.shape[1:] else None

    def parts(self, scale: Scale) -> tuple[list[Picture], dict[str, Any]]:
        """The pictures of the last epoch, and the data with which the script shows other epochs."""
        model, states = self.trajectory.model, self.states
        if drawn_layers(model):
            numbers = np.array([flat(state) for state in states])
            moves = {"kind": "numbers", "size": numbers.shape[1], "frames": packed(numbers)}
        else:
            frames = [maps(state, scale.largest) for state in states]
            everything = np.concatenate([cells.ravel() for frame in frames for cells in frame])
            shapes = [cells.shape for cells in frames[0]]
            moves = {"kind": "pixels", "palette": "signed", "shapes": shapes, "frames": packed(everything)}
        weights = weights_picture(model, states[-1], scale)
        samples, changes = self._samples()
        shown = f"after epoch {self.epochs[-1]}"
        pictures = [
            Picture(weights, f"{self.name}: the weights {shown}", f"weights{self.number}"),
            Picture(samples, f"{self.name}: input and output {shown}", f"samples{self.number}"),
        ]
        return pictures, {"name": self.name, "epochs": self.epochs, "weights": moves, "samples": changes}

    def _samples(self) -> tuple[str, dict[str, Any]]:
        data, target = self.trajectory.data, self.trajectory.target
        blocks, output = {"input": _as_rows(data)}, "reconstruction"
        if not np.array_equal(target, data):
            blocks["target"], output = _as_rows(target), "output"
        low = min(0.0, *(float(block.min()) for block in blocks.values()))
        high = max(1.0, *(float(block.max()) for block in blocks.values()))
        blocks[output] = self.outputs[-1]
        errors = None if self.errors is None else self.errors[-1]
        changes: dict[str, Any] = {"errors": None if self.errors is None else packed(self.errors)}
        if max(block.shape[1] for block in blocks.values()) <= WRITTEN:
            size = self.outputs[0].size
            changes |= {"kind": "numbers", "size": size, "low": low, "high": high, "frames": packed(self.outputs)}
            return samples_picture(blocks, errors, low, high), changes
        pixels = {name: levels(block, low, high) for name, block in blocks.items()}
        shapes = [image_shape(sample).shape for sample in pixels[output]]
        frames = packed(levels(self.outputs, low, high))
        changes |= {"kind": "pixels", "palette": "ink", "shapes": shapes, "frames": frames}
        return images_picture(pixels, errors), changes


def _as_rows(samples: Any) -> Floats:
    """Samples as (samples, features)."""
    array = np.asarray(samples, np.float64)
    return array.reshape(len(array), -1)


def packed(numbers: NDArray[Any]) -> str:
    """Bytes as they are, other numbers as little-endian float32 (what is too large for it, as infinity), in base64."""
    with np.errstate(over="ignore"):
        array = numbers if numbers.dtype == np.uint8 else numbers.astype("<f4")
    return base64.b64encode(array.tobytes()).decode()
