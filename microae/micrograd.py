"""micrograd's face on this engine: of its code only the import changes, to ``microae.micrograd``.

Gradients start at 0.0 and are kept at every Value, ``_prev`` and ``_op`` tell how one was made, other attributes can be
set. Not there: a ``_backward`` that is set by hand, for here the rules stand in the table of operations.

Examples
--------
>>> from microae.micrograd import Value
>>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
>>> c = a * b
>>> d = (c + 10.0).relu()
>>> d.backward()
>>> a.grad, b.grad, c.grad, d.grad, c._op, c._prev == {a, b}
(-3.0, 2.0, 1.0, 1.0, '*', True)
"""

from __future__ import annotations

from typing import Any

from microae.core.value import Value as _Value

_WRITTEN = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "relu": "ReLU", "negative": "neg"}


class Value(_Value):
    """A scalar as in micrograd and its lecture.

    Parameters
    ----------
    data : float
    label : str
        A name for pictures.

    Attributes
    ----------
    grad : float
        0.0 until ``backward()`` has added to it; kept at every Value on the way.
    """

    def __init__(self, data: Any, _children: Any = (), _op: str = "", label: str = "") -> None:
        super().__init__(data, label or None)

    @property
    def grad(self) -> Any:
        return 0.0 if self._grad is None else float(self._grad) if not self._grad.ndim else self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        super(Value, type(self)).grad.fset(self, grad)  # type: ignore[attr-defined]

    @property
    def _prev(self) -> set[Value]:
        """The Values that this one was made of, numbers among them."""
        known = self.__dict__.get("_made_of")
        if known is None:
            pairs = zip(self.inputs, self.arguments, strict=True)
            known = self.__dict__["_made_of"] = {Value(a) if x is None else x for x, a in pairs}
        return known

    @property
    def _op(self) -> str:
        """How it was made, "" for a leaf."""
        if self.operation is None:
            return ""
        if self.operation.name == "power":
            return f"**{float(self.arguments[1]):g}"
        return _WRITTEN.get(self.operation.name, str(self.operation.name))

    def backward(self, gradient: Any = None, *, retain_grads: bool = True) -> None:
        super().backward(gradient, retain_grads=retain_grads)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:  # micrograd compares by identity, and so do its sets
        return self is other

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"
