"""Loss curves over the epochs, of one training or of two, with a marker at one epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from microae.drawing.colours import GREEN, PURPLE
from microae.drawing.snapshot.svg import short, svg, text

RUN_COLOURS = (GREEN, PURPLE)
RUN_DASHES = ("none", "7 4")

_WIDTH, _HEIGHT, _LEFT, _TOP, _BELOW, _RIGHT = 480.0, 300.0, 62.0, 36.0, 50.0, 22.0


class LossChart:
    """The axes of loss curves: of one training, or of two."""

    def __init__(self, names: Sequence[str], losses: Sequence[Sequence[float]]) -> None:
        self.names, self.losses = names, losses
        self.epochs = max(map(len, losses), default=0) or 1
        everything = np.concatenate([np.asarray(loss, float) for loss in losses])
        self.top = float(everything[np.isfinite(everything)].max(initial=0.0)) * 1.05 or 1.0

    def place(self, epoch: float, loss: float) -> tuple[float, float]:
        """The position of an epoch's loss in the picture; NaN and infinity are at the top."""
        loss = min(loss, self.top) if math.isfinite(loss) else self.top
        x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * epoch / self.epochs
        return round(x, 1), round(_HEIGHT - _BELOW - (_HEIGHT - _TOP - _BELOW) * loss / self.top, 1)

    def marker(self, run: int, epoch: int) -> tuple[float, float]:
        """The position of a run's marker after an epoch; at epoch 0, which has no loss, none is seen."""
        loss = self.losses[run]
        return self.place(epoch, loss[max(epoch, 1) - 1]) if len(loss) else self.place(epoch, 0.0)

    def picture(self, epoch: int) -> str:
        """The curves over all epochs, with a marker at one epoch."""
        parts = [*self._axes()]
        for run, (name, loss) in enumerate(zip(self.names, self.losses, strict=True)):
            points = " ".join(f"{x:g},{y:g}" for x, y in (self.place(e, at) for e, at in _thinned(loss)))
            style = f'stroke="{RUN_COLOURS[run]}" stroke-dasharray="{RUN_DASHES[run]}" class="run{run}"'
            parts.append(f'<polyline fill="none" stroke-width="2.5" {style} points="{points}"/>')
            if len(self.names) > 1:
                y = _TOP + 14 + 24 * run
                parts.append(f'<path d="M{_WIDTH - 214},{y - 5}h44" stroke-width="2.5" {style}/>')
                parts.append(text(_WIDTH - 162, y, short(name, 17), 16))
        for run, loss in enumerate(self.losses):
            x, y = self.marker(run, min(epoch, len(loss)))
            shape = '<circle r="7"/>' if run == 0 else '<rect x="-6.5" y="-6.5" width="13" height="13"/>'
            parts.append(
                f'<g class="marker run{run}" data-run="{run}" transform="translate({x:g} {y:g})" '
                f'visibility="{"visible" if min(epoch, len(loss)) else "hidden"}" '
                f'fill="{RUN_COLOURS[run]}" stroke="#FFFFFF" stroke-width="2">{shape}</g>'
            )
        return svg(_WIDTH, _HEIGHT, parts)

    def _axes(self) -> Iterator[str]:
        left, right, floor = _LEFT, _WIDTH - _RIGHT, _HEIGHT - _BELOW
        for loss in ticks(self.top):
            y = self.place(0, loss)[1]
            yield f'<path class="grid" d="M{left:g},{y:g}H{right:g}" stroke="#DDDDDD"/>'
            yield text(left - 10, y + 5, f"{loss:g}", 15, "end")
        for epoch in ticks(self.epochs):
            if epoch == int(epoch):
                yield text(self.place(epoch, 0)[0], floor + 22, f"{epoch:g}", 15, "middle")
        yield f'<path class="axis" d="M{left:g},{_TOP:g}V{floor:g}H{right:g}" fill="none" stroke="#000000"/>'
        yield text(left, 22, "training loss", 17)
        yield text(right, _HEIGHT - 8, "epoch", 17, "end")


def _thinned(loss: Sequence[float], most: int = 400) -> Iterator[tuple[int, float]]:
    """Epochs and losses; of a long training only the smallest and the largest of each interval."""
    stretch = max(1, math.ceil(len(loss) / most))
    for start in range(0, len(loss), stretch):
        part = loss[start : start + stretch]
        for i in sorted({min(range(len(part)), key=part.__getitem__), max(range(len(part)), key=part.__getitem__)}):
            yield start + i + 1, part[i]


def ticks(top: float, most: int = 6) -> list[float]:
    """Round numbers from 0 to ``top``.

    Examples
    --------
    >>> from microae.drawing.snapshot.loss import ticks
    >>> ticks(0.72)
    [0.0, 0.2, 0.4, 0.6]
    """
    power = 10.0 ** math.floor(math.log10(top / most))
    step = next(power * k for k in (1, 2, 5, 10, 20) if top / (power * k) <= most)
    return [float(f"{step * i:.6g}") for i in range(int(top / step * (1 + 1e-9)) + 1)]
