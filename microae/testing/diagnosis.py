"""``likely_cause``: a guess at why a gradient is wrong, from the gradient and its numerical estimate."""

from __future__ import annotations

from typing import Any

import numpy as np

_NEAR = 1e-5


def likely_cause(automatic: Any, numerical: Any, kink: bool = False) -> str:
    """The most likely mistake behind a wrong gradient, as a sentence.

    Parameters
    ----------
    automatic, numerical : arrays of the same shape
        The gradient that is checked and its numerical estimate; ``None`` if there is no estimate.
    kink : bool
        Whether the function has a kink at this point.

    Returns
    -------
    str
        Empty if no simple mistake turns one array into the other.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.testing.diagnosis import likely_cause
    >>> likely_cause(np.array([1.0, 2.0]), np.array([-1.0, -2.0]))
    'the sign is wrong'
    """
    if kink:
        return "at a kink: a gradient there must lie between the slopes on the two sides"
    if not np.isfinite(automatic).all():
        return "the gradient is not finite"
    if not automatic.any():
        return "the gradient is zero: is the input used through plain numbers or a function that cuts the graph?"
    if numerical is None or not np.isfinite(numerical).all():
        return ""
    size = float(np.abs(numerical).max(initial=0.0))
    if not size:
        return "the gradient should be zero: a term too many"

    def near(guess: Any) -> bool:
        return bool(np.abs(guess - numerical).max() <= _NEAR * size)

    factor = float(np.sum(numerical * automatic) / np.sum(automatic * automatic))
    if near(automatic):
        return "too few digits are right: is something large subtracted from its like?"
    if near(-automatic):
        return "the sign is wrong"
    if factor and near(factor * automatic):
        return f"off by a constant factor: multiply by {_as_fraction(factor)}"
    if automatic.ndim == 2 and automatic.shape[0] == automatic.shape[1] and near(automatic.T):
        return "the gradient is transposed"
    if automatic.ndim and near(automatic[(slice(None, None, -1),) * automatic.ndim]):
        return "the elements are in reverse order"
    wrong = np.abs(automatic - numerical) > _NEAR * size
    if wrong.sum() == 1 and wrong.size > 2:
        return "only this element is wrong"
    difference = numerical - automatic
    if wrong.size > 1 and np.ptp(difference) <= _NEAR * size:
        return f"the same number is missing everywhere: {difference.flat[0]:.6g}"
    return "a term is missing or wrong"


def _as_fraction(factor: float) -> str:
    for below in range(1, 13):
        above = round(factor * below)
        if above and abs(factor * below - above) <= 1e-5 * abs(above):
            return f"{above}" if below == 1 else f"{above}/{below}"
    return f"{factor:.6g}"
