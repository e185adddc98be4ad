"""Columns are scaled before a network sees them: each by its own unit, or all by one, as the pixels of images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microae.core.arrays import Array

KINDS = ("auto", "column", "shared", "none")

FARTHEST = 1e12
"""Scaled numbers end here, so that their squares stay finite in float32."""


@dataclass(frozen=True)
class Scaling:
    """``(x - centre) / unit``, in float32; made by :meth:`measured`.

    Attributes
    ----------
    kind : str
        "column": every column has a unit, its standard deviation; "shared": all have one, the root of their mean
        variance; "none": centre 0 and unit 1.
    reason : str
        Why this kind was taken.
    centre, unit : array (features,)

    Examples
    --------
    >>> from microae.anomalies import Scaling
    >>> scaling = Scaling.measured([[0.0, 100.0], [2.0, 300.0]])
    >>> scaling
    scaled by column (the columns differ in the range of their numbers)
    >>> scaling([[1.0, 300.0]])
    array([[0., 1.]], dtype=float32)
    """

    kind: str
    reason: str
    centre: NDArray[np.float64]
    unit: NDArray[np.float64]

    @classmethod
    def measured(cls, x: Any, kind: str = "auto") -> Scaling:
        """The scaling of a table.

        Parameters
        ----------
        x : array_like (N, features)
            Finite numbers.
        kind : str
            "column", "shared", "none", or "auto": "shared" where half of the columns reach from the smallest
            number of the table to its largest (within a tenth of the range), as pixels do, else "column".

        Returns
        -------
        Scaling

        Raises
        ------
        ValueError
            If the kind is not known, or the numbers are too large for a standard deviation.
        """
        if kind not in KINDS:
            raise ValueError(f"Scaling: scale must be one of {', '.join(map(repr, KINDS))}, got {kind!r}")
        x = np.asarray(x)
        reason = "as was asked for"
        if kind == "auto":
            kind, reason = ("shared", _SHARED) if _share_a_range(x) else ("column", _DIFFER)
        if kind == "none":
            return cls(kind, reason, np.zeros(x.shape[1]), np.ones(x.shape[1]))
        with np.errstate(over="ignore", invalid="ignore"):
            centre, deviation = x.mean(axis=0, dtype=np.float64), x.std(axis=0, dtype=np.float64)
            constant = deviation <= 1e-12 * np.abs(centre)
            unit = np.where(constant, 0.1 * np.maximum(np.abs(centre), 1.0), deviation)
            if kind == "shared":
                unit = np.full(x.shape[1], np.sqrt(np.square(deviation).mean()) if not constant.all() else unit.max())
        if not np.isfinite(unit).all():
            column = int(np.flatnonzero(~np.isfinite(unit))[0])
            raise ValueError(f"Scaling: the numbers of column {column} are too large, up to {np.abs(x).max():.3g}")
        return cls(kind, reason, centre, unit)

    def __call__(self, x: Any) -> Array:
        """Samples (N, features), scaled and limited to ±1e12, as float32."""
        x = np.asarray(x)
        if x.dtype == np.float32:  # half the memory traffic where nothing is lost
            scaled = (x - self.centre.astype(np.float32)) * (1.0 / self.unit).astype(np.float32)
        else:
            scaled = (x - self.centre) / self.unit
        return np.clip(scaled, -FARTHEST, FARTHEST, out=scaled).astype(np.float32, copy=False)

    def __repr__(self) -> str:
        said = {"column": "by column", "shared": "by a unit that all columns share", "none": "not at all"}
        return f"scaled {said[self.kind]} ({self.reason})"


_SHARED = "the columns reach over one range, as pixels do"
_DIFFER = "the columns differ in the range of their numbers"


def _share_a_range(x: Array) -> bool:
    low, high = float(x.min()), float(x.max())
    down, up = x.min(axis=0) == low, x.max(axis=0) >= high - 0.1 * (high - low)
    return bool(x.shape[1] > 1 and high > low and (down & up).mean() >= 0.5)
