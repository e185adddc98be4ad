"""Linear algebra under NumPy's names: ``ma.linalg.inv`` and the others, as ``np.linalg.inv``."""

from microae.operations.decompositions import qr, svd, svdvals
from microae.operations.eigenvalues import eig, eigh, eigvals, eigvalsh
from microae.operations.least_squares import lstsq, pinv
from microae.operations.linear_algebra import cholesky, det, inv, slogdet, solve
from microae.operations.norms import cond, matrix_norm, vector_norm
from microae.operations.products import matrix_power, multi_dot, tensorinv, tensorsolve
from microae.operations.reductions import norm

__all__ = [
    "cholesky", "cond", "det", "eig", "eigh", "eigvals", "eigvalsh", "inv", "lstsq", "matrix_norm", "matrix_power",
    "multi_dot", "norm", "pinv", "qr", "slogdet", "solve", "svd", "svdvals", "tensorinv", "tensorsolve", "vector_norm",
]  # fmt: skip
