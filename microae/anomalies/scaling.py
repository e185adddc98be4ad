"""Columns are scaled before a network sees them: each by its own unit, or all by one, as the pixels of images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from microae.core.arrays import Array

KINDS = ("auto", "column", "shared", "none")

FARTHEST = 1e12
"""Scaled numbers end here, so that their squares stay finite in float32."""


class Moments(NamedTuple):
    """How many samples there are, and the mean and variance of each column, (features,)."""

    n: int
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]

    @classmethod
    def of(cls, x: Array) -> Moments:
        """Those of samples (N, features)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return cls(len(x), x.mean(axis=0, dtype=np.float64), x.var(axis=0, dtype=np.float64))

    def merged(self, other: Moments) -> Moments:
        """Those of both samples together (Chan, Golub and LeVeque 1983)."""
        n = self.n + other.n
        share = other.n / n
        with np.errstate(over="ignore", invalid="ignore"):
            difference = other.mean - self.mean
            between = share * (1.0 - share) * np.square(difference)
            variance = (1.0 - share) * self.variance + share * other.variance + between
            return Moments(n, self.mean + share * difference, variance)


@dataclass(frozen=True)
class Scaling:
    """``(x - centre) / unit``; made by :meth:`measured`.

    Attributes
    ----------
    kind : str
        "column": every column has a unit, its standard deviation, or a tenth of the number in it where it is constant,
        or the smallest of the others' units where that is 0; "shared": all have one, the root of their mean variance;
        "none": centre 0 and unit 1.
    reason : str
        Why this kind was taken.
    centre, unit : array (features,)
    moments : Moments or None
        What centre and unit follow from.

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
    moments: Moments | None = None

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
            If the kind is not known, or the numbers are too large for a variance.
        """
        x = np.asarray(x)
        if kind not in KINDS:
            raise ValueError(f"scaling must be one of {', '.join(map(repr, KINDS))}, got {kind!r}")
        reason = "as was asked for"
        if kind == "auto":
            kind, reason = ("shared", _SHARED) if _share_a_range(x) else ("column", _DIFFER)
        if kind == "none":
            return cls(kind, reason, np.zeros(x.shape[1]), np.ones(x.shape[1]))
        return cls._following(kind, reason, Moments.of(x))

    @classmethod
    def _following(cls, kind: str, reason: str, moments: Moments) -> Scaling:
        if not np.isfinite(moments.variance).all():
            column = int(np.argmin(np.isfinite(moments.variance)))
            raise ValueError(f"the numbers in column {column} are too large for their variance; divide them first")
        mean, deviation, varies = moments.mean, np.sqrt(moments.variance), _vary(moments)
        unit = np.where(varies, deviation, 0.1 * np.abs(mean))
        unit = np.where(unit > _NOTHING, unit, unit.min(initial=np.inf, where=unit > _NOTHING))
        unit = np.where(np.isfinite(unit), unit, 0.1)
        if kind == "shared":
            unit = np.full(len(mean), np.sqrt(moments.variance.mean()) if varies.any() else unit.max())
        return cls(kind, reason, mean, unit, moments)

    def updated(self, x: Any) -> Scaling:
        """A scaling of the same kind by all samples so far and these, (N, features).

        Raises
        ------
        ValueError
            If the numbers are too large for a variance.
        """
        if self.moments is None:
            return self
        return self._following(self.kind, self.reason, self.moments.merged(Moments.of(np.asarray(x))))

    @property
    def varies(self) -> NDArray[np.bool_]:
        """Which columns were not constant, (features,)."""
        return np.ones(len(self.unit), bool) if self.moments is None else _vary(self.moments)

    def __call__(self, x: Any, dtype: Any = np.float32) -> Array:
        """Samples (N, features), scaled and limited to ±1e12, of a kind of floats."""
        x = np.asarray(x)
        with np.errstate(over="ignore"):
            if x.dtype == np.dtype(dtype) == np.float32:  # half the memory traffic where nothing is lost
                scaled = (x - self.centre.astype(np.float32)) * (1.0 / self.unit).astype(np.float32)
            else:
                scaled = (x - self.centre) / self.unit
        scaled = np.clip(scaled, -FARTHEST, FARTHEST, out=scaled)
        return scaled.astype(dtype, copy=False)

    def restored(self, z: Array) -> Array:
        """Scaled samples (N, features) in the units of their columns; those that were constant are so again."""
        return (z * (self.varies * self.unit) + self.centre).astype(z.dtype, copy=False)

    def __repr__(self) -> str:
        said = {"column": "by column", "shared": "by a unit that all columns share", "none": "not at all"}
        return f"scaled {said[self.kind]} ({self.reason})"


def _vary(moments: Moments) -> NDArray[np.bool_]:
    varies: NDArray[np.bool_] = np.sqrt(moments.variance) > 1e-12 * np.abs(moments.mean)
    return varies


_NOTHING = float(np.finfo(np.float32).tiny)
"""Units that float32 cannot divide by are none."""

_SHARED = "the columns reach over one range, as pixels do"
_DIFFER = "the columns differ in the range of their numbers"


def _share_a_range(x: Array) -> bool:
    low, high = float(x.min()), float(x.max())
    down, up = x.min(axis=0) == low, x.max(axis=0) >= high - 0.1 * (high - low)
    return bool(x.shape[1] > 1 and high > low and (down & up).mean() >= 0.5)
