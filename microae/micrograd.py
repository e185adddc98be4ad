"""micrograd's face on this engine: of its code only the import changes, to ``microae.micrograd``.

Gradients start at 0.0 and are kept at every Value, ``_prev`` and ``_op`` tell how one was made, other attributes can be
set. ``_backward()`` may be called, but not set by hand, for here the rules stand in the table of operations. A second
``backward()`` adds the same gradients once more, at every Value; in micrograd those on the way, unless they are set to
0, pass on what they have kept as well.

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

from numpy import float64

from microae.core.arrays import as_data
from microae.core.engine import unbroadcast
from microae.core.numpy_protocol import readable
from microae.core.value import Value as _Value

_WRITTEN = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "relu": "ReLU", "negative": "neg"}


def _as_value(operand: Any) -> Any:
    return Value(operand) if isinstance(operand, (int, float)) else operand


class Value(_Value):
    """A scalar as in micrograd and its lecture.

    Parameters
    ----------
    data : float
    _children, _op
        Only what micrograd gives a leaf, ``()`` and ``""``.
    label : str
        A name for pictures.

    Raises
    ------
    TypeError
        For children or an operation: no gradient would flow to them.

    Attributes
    ----------
    grad : float
        0.0 until ``backward()`` has added to it; kept at every Value on the way.
    """

    def __init__(self, data: Any, _children: Any = (), _op: str = "", label: str = "") -> None:
        if _children or _op:
            raise TypeError(
                "Value: what is made of others by hand would lose its graph, for here the rules stand in the table of "
                "operations: compute it of them, as with a + b, or declare a row with ma.operation"
            )
        super().__init__(data, label or None)

    def __reduce__(self) -> tuple[Any, ...]:
        made, (data, label), state = super().__reduce__()
        return made, (data, (), "", label), state

    @property
    def data(self) -> Any:
        return readable(self)

    @data.setter
    def data(self, data: Any) -> None:
        self._array = as_data(data, "data")  # that of a computed Value too, as in the lecture's e.data += h

    @property
    def grad(self) -> Any:
        return 0.0 if self._grad is None else float(self._grad) if not self._grad.ndim else self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        super(Value, type(self)).grad.fset(self, grad)  # type: ignore[attr-defined]

    @property
    def _prev(self) -> set[Value]:
        """The Values that this one was made of, numbers among them, but for exponents."""
        return {x for x in self.inputs if isinstance(x, Value)}

    @property
    def _op(self) -> str:
        """How it was made, "" for a leaf."""
        if self.operation is None:
            return ""
        if self.operation.name == "power":
            return f"**{float(self.arguments[1]):g}"
        return _WRITTEN.get(self.operation.name, str(self.operation.name))

    def _backward(self) -> None:
        """Add to the gradients of what this was made of, as micrograd's closures do."""
        if self.operation is not None:
            for x, a, rule in zip(self.inputs, self.arguments, self.operation.vjps):  # noqa: B905 (some have no end)
                if x is not None and rule is not None:
                    g = rule(float64(self.grad), self._array, *self.arguments, **self.parameters)
                    x.grad = x.grad + unbroadcast(g, a)

    def backward(self, gradient: Any = None, *, retain_grads: bool = True) -> None:
        super().backward(gradient, retain_grads=retain_grads)

    # numbers become Values, which have gradients, as in micrograd

    def __add__(self, other: Any) -> Any:
        return super().__add__(_as_value(other))

    def __radd__(self, other: Any) -> Any:
        return super().__radd__(_as_value(other))

    def __sub__(self, other: Any) -> Any:
        return super().__sub__(_as_value(other))

    def __rsub__(self, other: Any) -> Any:
        return super().__rsub__(_as_value(other))

    def __mul__(self, other: Any) -> Any:
        return super().__mul__(_as_value(other))

    def __rmul__(self, other: Any) -> Any:
        return super().__rmul__(_as_value(other))

    def __truediv__(self, other: Any) -> Any:
        return super().__truediv__(_as_value(other))

    def __rtruediv__(self, other: Any) -> Any:
        return super().__rtruediv__(_as_value(other))

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:  # micrograd compares by identity, and so do its sets
        return self is other

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"
