"""Anomalies: samples beside what was expected of them, and the features that make up their scores."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from microae.anomalies import AnomalyDetector
from microae.core.arrays import Array
from microae.drawing.documentation import figure_docstring
from microae.drawing.images import Group, draw_images
from microae.drawing.sheet import sheet, shortened

if TYPE_CHECKING:
    from microae.drawing.figure import Figure

CELL = 1.45
"""In inches: the width of a feature in the table."""

_FEATURES, _MOST, _SMALLEST_SIDE = 8, 12, 4


@figure_docstring
def draw_anomalies(
    detector: AnomalyDetector,
    data: Any,
    names: Sequence[str] | None = None,
    *,
    title: str = "Anomalies",
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw samples with their scores, and in which features they differ from what is expected.

    Samples whose columns share a unit and make a square are drawn as images, above what was expected and each pixel's
    share of the score. Others are the rows of a table: of the features that make up most of the scores it shows the
    value, below it what was expected, and by its shade the share.

    Parameters
    ----------
    detector : AnomalyDetector
        Fitted.
    data : array_like (N, features)
        At most 12 samples.
    names : sequence of str (N,), optional
        What each is called, by default its row.

    Raises
    ------
    ValueError
        If there are more than 12 samples or none, or not as many names as samples.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> from microae.drawing.anomalies import draw_anomalies
    >>> normal = np.random.default_rng(0).normal(size=(50, 2))
    >>> detector = ma.AnomalyDetector(updates=20, seed=0).fit(normal, features=["width", "height"])
    >>> figure = draw_anomalies(detector, [[0.0, 9.0]])
    >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
    ['height', 'width']
    """
    if not isinstance(detector, AnomalyDetector):
        raise TypeError(f"draw_anomalies: needs an AnomalyDetector, got {detector!r}")
    shares = detector.score_features(data)
    x, scores = np.asarray(data, np.float64), shares.sum(axis=1)
    shares = shares / np.where(scores > 0, scores, 1.0)[:, None]
    names = [str(i) for i in range(len(x))] if names is None else list(names)
    if not 0 < len(x) <= _MOST or len(names) != len(x):
        raise ValueError(f"draw_anomalies: needs 1 to {_MOST} samples and a name for each, got {len(x)}, {len(names)}")
    expected = detector.expected(data)
    if detector.scaling.kind != "column" and math.isqrt(x.shape[1]) ** 2 == x.shape[1] >= _SMALLEST_SIDE**2:
        largest = np.maximum(shares.max(axis=1, keepdims=True), 1e-12)
        limits = np.minimum(0.0, x.min(axis=1, keepdims=True)), np.maximum(1.0, x.max(axis=1, keepdims=True))
        rows = {"sample": x, "expected": expected, "share of score": limits[0] + shares / largest * np.ptp(limits, 0)}
        captions = [f"{name}\n{score:.3g}" for name, score in zip(names, scores, strict=True)]
        return draw_images([Group(title, rows, captions)], path=path)
    labels = [f"{name}, score {score:.3g}" for name, score in zip(names, scores, strict=True)]
    return _table(detector.features, labels, x, expected, shares, title, path)


def _table(
    features: Sequence[str],
    labels: Sequence[str],
    x: Array,
    expected: Array,
    shares: Array,
    title: str,
    path: str | os.PathLike[str] | None,
) -> Figure:
    chosen = np.argsort(-shares.sum(axis=0), kind="stable")[:_FEATURES]
    with sheet(3.0 + CELL * len(chosen), 1.6 + 0.75 * len(x), title=title, path=path) as figure:
        axes = figure.add_subplot()
        image = axes.imshow(shares[:, chosen], cmap="Greys", vmin=0.0, vmax=1.0, aspect="auto")
        axes.grid(visible=False)
        axes.set_xticks(range(len(chosen)), [shortened(features[j], CELL - 0.1) for j in chosen])
        axes.set_yticks(range(len(x)), [shortened(label, 2.6) for label in labels])
        axes.tick_params(length=0)
        for i in range(len(x)):
            for place, j in enumerate(chosen):
                colour = "white" if shares[i, j] > 0.5 else "black"
                text = f"{x[i, j]:.4g}\n({expected[i, j]:.3g})"
                axes.text(place, i, text, color=colour, fontsize=13, ha="center", va="center")
        axes.set_xlabel("value, and in brackets what was expected")
        figure.colorbar(image, ax=axes, label="share of score")
    return figure
