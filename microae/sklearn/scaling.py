"""Columns of any unit as a network takes them, about 0 and of size 1, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.preprocessing import StandardScaler

from microae.core.arrays import Array

KINDS = ("column", "shared")
LIMIT = 1e12
"""A scaled number is kept within this, so that no float32 network makes infinity of it."""


class Scaling:
    """Centres each column and divides it by its standard deviation, or all by one that they share.

    The statistics are of all samples that were given to :meth:`update` so far. A column that was constant in them
    comes back as that constant, whatever a network makes of it.

    Parameters
    ----------
    kind : str
        "column", or "shared": the root of the mean variance, as for the pixels of an image.

    Attributes
    ----------
    centre, unit : array (features,)
        The mean, and what is divided by.
    varies : array (features,)
        1 for a column that varied, 0 for one that was constant.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.sklearn.scaling import Scaling
    >>> x = np.array([[1000.0, 7.0], [3000.0, 7.0]])
    >>> scaling = Scaling("column").update(x)
    >>> scaling.scaled(x, np.float64)
    array([[-1.,  0.],
           [ 1.,  0.]])
    >>> scaling.restored(np.array([[0.5, 0.5]]))
    array([[2500.,    7.]])
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._statistics = StandardScaler()

    def update(self, x: Array) -> Scaling:
        """Take samples (N, features) into the statistics.

        Raises
        ------
        ValueError
            If a column is so large that its variance is no number.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            statistics = self._statistics.partial_fit(x)
            deviation = np.sqrt(statistics.var_)
        if not np.isfinite(deviation).all():
            column = int(np.argmin(np.isfinite(deviation)))
            raise ValueError(f"the numbers in column {column} are too large for their variance; divide them first")
        self.varies = np.where(statistics.scale_ == deviation, 1.0, 0.0)  # of a constant column scale_ is 1
        self.centre, self.unit = statistics.mean_, statistics.scale_
        if self.kind == "shared":
            self.unit = np.full_like(deviation, np.sqrt(np.mean(deviation**2 * self.varies)) or 1.0)
        return self

    def scaled(self, x: Array, dtype: Any) -> Array:
        """Samples (N, features) as the network takes them."""
        with np.errstate(over="ignore"):
            return np.clip((x - self.centre) / self.unit, -LIMIT, LIMIT).astype(dtype, copy=False)

    def restored(self, z: Array) -> Array:
        """Scaled samples (N, features) in the units of their columns, in their own dtype."""
        return (z * (self.varies * self.unit) + self.centre).astype(z.dtype, copy=False)
