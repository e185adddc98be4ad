"""Linear algebra under NumPy's names: ``ma.linalg.inv`` and the others, as ``np.linalg.inv``."""

from microae.operations.linear_algebra import cholesky, det, inv, slogdet, solve
from microae.operations.reductions import norm

__all__ = ["cholesky", "det", "inv", "norm", "slogdet", "solve"]
