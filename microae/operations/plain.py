"""NumPy functions without a derivative that give plain results for Values: shapes, comparisons, positions, rounding.

And what to use in place of functions that are not in the table, NumPy's and SciPy's.
"""

from __future__ import annotations

import numpy as np

from microae.core.methods import attach
from microae.core.numpy_protocol import INSTEAD, PLAIN

PLAIN.update(
    (
        np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.iscomplexobj, np.isrealobj,
        np.zeros_like, np.ones_like, np.full_like, np.empty_like,
        np.argmax, np.argmin, np.argsort, np.argpartition, np.argwhere, np.nonzero, np.flatnonzero, np.count_nonzero,
        np.searchsorted, np.nanargmax, np.nanargmin, np.digitize, np.isin, np.lexsort,
        np.sign, np.signbit, np.heaviside, np.round, np.around, np.rint, np.fix, np.floor, np.ceil, np.trunc,
        np.floor_divide, np.imag, np.angle,
        np.isnan, np.isinf, np.isfinite, np.isposinf, np.isneginf, np.isreal, np.iscomplex,
        np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
        np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.any, np.all,
        np.isclose, np.allclose, np.array_equal, np.array_equiv,
        np.linalg.matrix_rank,
        np.array_repr, np.array_str, np.array2string,
    )
)  # fmt: skip

INSTEAD.update(
    copyto="np.where or ma.full", put="np.where", put_along_axis="np.where", place="np.where", fill_diagonal="np.where",
    expit="ma.sigmoid", logit="np.log(p) - np.log1p(-p)", erf="1 - ma.erfc(x)", xlogy="x * np.log(y)",
    log_expit="-ma.softplus(-x)",
)  # fmt: skip

METHODS = (np.argmax, np.argmin, np.argpartition, np.argsort, np.nonzero, np.searchsorted, np.round, np.any, np.all)
"""Those that arrays, and so Values, have as methods."""

for _function in METHODS:
    attach(_function.__name__, _function)
