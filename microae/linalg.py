"""Linear algebra under NumPy's names: ``ma.linalg.inv`` and the others, as ``np.linalg.inv``."""

from microae.operations.arranging import matrix_transpose
from microae.operations.decompositions import qr, svd, svdvals
from microae.operations.eigenvalues import eig, eigh, eigvals, eigvalsh
from microae.operations.least_squares import lstsq, pinv
from microae.operations.linear_algebra import cholesky, det, inv, matmul, outer, slogdet, solve, tensordot
from microae.operations.norms import cond, matrix_norm, norm, vector_norm
from microae.operations.products import cross, matrix_power, multi_dot, tensorinv, tensorsolve, vecdot

__all__ = [
    "cholesky", "cond", "cross", "det", "eig", "eigh", "eigvals", "eigvalsh", "inv", "lstsq", "matmul", "matrix_norm",
    "matrix_power", "matrix_transpose", "multi_dot", "norm", "outer", "pinv", "qr", "slogdet", "solve", "svd",
    "svdvals", "tensordot", "tensorinv", "tensorsolve", "vecdot", "vector_norm",
]  # fmt: skip
