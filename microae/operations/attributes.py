"""What arrays have beside the methods of the table, and Values too; and what to write for attributes that Values lack.

NumPy's meaning: ``mT``, ``real``, ``imag`` and ``tolist()``. Other names of arrays, and PyTorch's, are answered with
what does the same here.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from microae.core.methods import Methods, attach
from microae.operations.arranging import matrix_transpose
from microae.operations.operands import array_of
from microae.operations.parts import real


def tolist(v: Any) -> Any:
    """The elements as plain numbers, in lists inside lists; a number, where there are no axes.

    Examples
    --------
    >>> import microae as ma
    >>> ma.Value([[1.0, 2.0], [3.0, 4.0]]).tolist(), ma.Value(2.0).tolist()
    ([[1.0, 2.0], [3.0, 4.0]], 2.0)
    """
    return array_of(v).tolist()


PROPERTIES: dict[str, Any] = {"mT": matrix_transpose, "real": real, "imag": np.imag}
"""Functions that are not called, as methods are: ``v.mT``."""

attach("tolist", tolist)
for _name, _function in PROPERTIES.items():
    setattr(Methods, _name, property(_function))

INSTEAD_OF_ATTRIBUTES: dict[str, str] = {
    # NumPy's
    "fill": "v.data = np.full(v.shape, x) of a leaf", "flat": "v.ravel()", "put": "np.where(condition, x, v)",
    # PyTorch's
    "bmm": "v @ w", "chunk": "np.array_split(v, n)", "clamp": "v.clip(low, high)", "clone": "+v",
    "contiguous": "v itself", "cpu": "v.numpy()", "dim": "v.ndim", "div": "v / w", "double": "v.astype(np.float64)",
    "expand": "np.broadcast_to(v, shape)", "float": "v.astype(np.float32)", "gather": "np.take_along_axis(v, i, axis)",
    "grad_fn": "v.operation", "is_leaf": "v.operation is None", "masked_fill": "np.where(mask, x, v)", "mm": "v @ w",
    "mul": "v * w", "numel": "v.size", "permute": "v.transpose(axes)",
    "requires_grad": "v.data for a constant, every leaf gets a grad",
    "requires_grad_": "v.data for a constant, every leaf gets a grad",
    "sub": "v - w", "t": "v.T", "to": "v.astype(dtype)",
    "topk": "np.sort(v)[-k:]", "unsqueeze": "np.expand_dims(v, axis)",
    "view": "v.reshape(shape); where pandas asked for it, df + v in place of df.add(v)",
    "zero_": "v.data = np.zeros(v.shape) of a leaf",
}  # fmt: skip
"""What to write for them; what else arrays have is said to be that of the data."""


def _missing(self: Any, name: str) -> NoReturn:
    instead = INSTEAD_OF_ATTRIBUTES.get(name)
    if instead is None and not name.startswith("_") and hasattr(np.ndarray, name):
        instead = f"v.data.{name}, outside the graph"
    raise AttributeError(
        f"a {type(self).__name__} has no attribute {name!r}" + (f"; use {instead}" if instead else ""),
        name=name,
        obj=self,
    )


Methods.__getattr__ = _missing  # type: ignore[attr-defined]  # not where type checkers see it: they know the names
