"""``Value``: a number or an array that remembers how it was computed.

Every operation on a Value makes a new Value, a node of the graph; :mod:`microae.core.node` says what it keeps.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy import float64

from microae import views
from microae.core import engine
from microae.core.arrays import Traced, as_data, as_number, frozen
from microae.core.context import Provenance, current
from microae.core.methods import Methods
from microae.core.node import NO_PARAMETERS, Node, new_node, next_serial
from microae.core.numpy_protocol import NumpyProtocol, plain, readable
from microae.core.operation import FUNCTIONS, TABLE, Operand

_LEAF = Provenance()
_HOW_TO_RETAIN = "ask for it with retain_grad() before backward(), for all with backward(retain_grads=True)"


class Value(Methods, NumpyProtocol, Node):
    """A float scalar or array that records the operations applied to it.

    Parameters
    ----------
    data : array_like
        Real numbers of any shape. Copied. float32 stays float32; integers, booleans and Python numbers become float64.
    label : str, optional
        A name for pictures and messages.

    Attributes
    ----------
    data : float or numpy.ndarray
        The number itself, or a read-only view of the array. Assigning to it *rebinds* it (same shape): graphs built
        before keep the array they were built with.
    grad : float, numpy.ndarray or None
        What ``backward()`` has accumulated here; only leaves (Values you made yourself) get one.
    operation, inputs, arguments, parameters, provenance
        How a node was made, see :class:`microae.core.node.Node`.

    Raises
    ------
    TypeError, ValueError
        For complex, object, string, masked or ragged data.

    Notes
    -----
    ``==`` compares numbers, so ``v in values`` and ``values.index(v)`` of a list find the first Value of an equal
    number, or raise for arrays. Ask by identity: ``any(v is w for w in values)``.

    Examples
    --------
    >>> from microae import Value
    >>> a, b = Value(-4.0), Value(2.0)
    >>> c = (a * b + b**3).relu() + 3 * a
    >>> c.backward()
    >>> c.data, a.grad, b.grad
    (-12.0, 3.0, 0.0)
    """

    __slots__ = ()

    def __init__(self, data: Any, label: str | None = None) -> None:
        if label is not None and not isinstance(label, str):
            raise TypeError(f"Value: label must be a string, got {label!r}; a tensor is given as one nested list")
        self._array = as_data(data)
        self.label = label
        self._grad = None
        self.operation = None
        self.inputs = self.arguments = ()
        self.parameters = NO_PARAMETERS
        self.provenance = _LEAF
        self.serial = next_serial()

    # data and shape

    @property
    def data(self) -> Any:
        return readable(self)

    @data.setter
    def data(self, data: Any) -> None:
        if self.operation is not None:
            raise TypeError(
                f"{self._name} was computed by {self.operation.name!r}; only a leaf's data can be rebound, by v.data = "
                "a or in no_grad() by v += a. Make a new Value, v = v + a, or a new leaf, v.detach()"
            )
        new = as_data(data, "data")
        if new.shape != self._array.shape:
            raise ValueError(f"{self._name} has shape {self.shape}; its data cannot be rebound to {new.shape}")
        self._array = new if new.dtype is self._array.dtype else new.astype(self.dtype)

    @property
    def grad(self) -> Any:
        grad = self._grad
        if grad is None and self.operation is not None:
            warnings.warn(f"{self._name} was computed: it has no grad; {_HOW_TO_RETAIN}", UserWarning, stacklevel=2)
        return None if grad is engine.RETAINED else as_number(grad)

    @grad.setter
    def grad(self, grad: Any) -> None:
        if grad is not None:
            grad = as_data(grad, "grad")
            if grad.shape not in ((), self._array.shape):
                raise ValueError(f"{self._name} has shape {self.shape}; a gradient of {grad.shape} does not fit")
            if grad.shape != self._array.shape or grad.dtype != self._array.dtype:
                grad = np.full(self.shape, grad, self.dtype)[()]
        self._grad = grad

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes; ``()`` for a scalar."""
        return self._array.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._array.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._array.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """float64 or float32."""
        return self._array.dtype

    @property
    def stage(self) -> str:
        """The stage of the training step that made this node: forward, backward or update."""
        return self.provenance.stage

    @property
    def owner(self) -> str:
        """The path of the module that made this node, or ``""``."""
        return self.provenance.owner

    def item(self) -> float:
        """The only element, as a Python float; ``ValueError`` if there is not exactly one."""
        if self.size != 1:
            raise ValueError(f"item: {self._name} has {self.size} elements (shape {self.shape}), not one")
        return float(self._array.item())

    def numpy(self) -> Any:
        """An independent array with the data, outside the graph; yours to change."""
        return self._array if isinstance(self._array, Traced) else np.array(self._array)

    def detach(self) -> Value:
        """A new leaf with the same data: no gradient flows through it to what made this Value."""
        node = new_node(type(self), as_data(self._array), _LEAF)
        node.label = self.label
        return node

    def retain_grad(self) -> None:
        """Have ``backward()`` keep the gradient of this Value in its ``grad`` too, though it was computed."""
        engine.retain(self)

    def backward(self, gradient: Operand = None, *, retain_grads: bool = False) -> None:
        """Accumulate into each leaf's ``grad`` the gradient of this Value by that leaf.

        Parameters
        ----------
        gradient : array_like, optional
            The seed, of this Value's shape; needed when it is not a scalar.
        retain_grads : bool
            Keep the gradients of all Values on the way too, as :meth:`retain_grad` does for one.

        Raises
        ------
        ValueError
            Without a seed for a non-scalar, or with one of another shape.
        """
        engine.backward(self, gradient, retain_grads)

    # words

    def __repr__(self) -> str:
        text = np.array2string(np.asarray(self._array), precision=6, separator=", ", threshold=20, prefix="Value(")
        extra = f", shape={self.shape}" if self.size > 20 or (not self.size and self.ndim > 1) else ""
        extra += "" if self.dtype == float64 else f", dtype={self.dtype}"
        extra += f", label={self.label!r}" if self.label else ""
        extra += f", operation={self.operation.name}" if self.operation is not None else ""
        return f"Value({text}{extra})"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002 (IPython's)
        return views.display(self)

    # refusing to leave the graph silently

    def _leaves_the_graph(self, how: str, fix: str) -> TypeError:
        return TypeError(f"{how} on {self._name} of shape {self.shape} would silently lose its graph; {fix}")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if current().grad_enabled:
            raise self._leaves_the_graph(
                "making a NumPy array", "use v.data or v.numpy(), np.stack / ma.stack to join Values, or ma.full"
            )
        return np.array(self._array, dtype=dtype)

    def __float__(self) -> float:
        if current().grad_enabled:
            raise self._leaves_the_graph("float()", "use v.item(), or a NumPy function in place of one from math")
        return self.item()

    def __int__(self) -> int:
        raise self._leaves_the_graph("int()", "use int(v.item())")

    def __complex__(self) -> complex:
        raise self._leaves_the_graph("complex()", "use complex(v.item())")

    def __index__(self) -> int:
        raise TypeError(f"{self._name} cannot be an index: it is a float; use int(v.item())")

    def __setitem__(self, index: Any, value: Any = None) -> None:
        raise TypeError(
            "a Value's data is never changed in place; use ma.where(condition, new, v), build the pieces and "
            "np.concatenate them, or rebind a leaf with v.data = array"
        )

    __delitem__ = __setitem__

    def __reduce__(self) -> tuple[Any, ...]:
        if self.operation is not None:
            raise TypeError(f"only leaves can be copied or pickled, {self._name} is a node; use v.detach() first")
        return type(self), (np.asarray(self._array), self.label), (None, {"_grad": self._grad})

    # comparisons are plain

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> Any:
        """Compare the numbers, elementwise; so ``v in values`` and ``values.index(v)`` do not ask for ``v`` itself.

        ``any(v is w for w in values)`` does; sets and dictionaries tell Values apart by identity, too.

        Examples
        --------
        >>> from microae import Value
        >>> v, other = Value(1.0), Value(1.0)
        >>> v in [other], any(v is w for w in [other]), v in {other}
        (True, False, False)
        """
        return self._array == plain(other)

    def __ne__(self, other: object) -> Any:
        return self._array != plain(other)

    def __lt__(self, other: Operand) -> Any:
        return np.less(plain(self), plain(other))

    def __le__(self, other: Operand) -> Any:
        return np.less_equal(plain(self), plain(other))

    def __gt__(self, other: Operand) -> Any:
        return np.greater(plain(self), plain(other))

    def __ge__(self, other: Operand) -> Any:
        return np.greater_equal(plain(self), plain(other))

    def __bool__(self) -> bool:
        return bool(self._array)

    def __round__(self, digits: int = 0) -> Any:
        return np.round(self._array, digits)

    # sequences

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError(f"len(): {self._name} is a scalar")
        return self.shape[0]

    def __iter__(self) -> Iterator[Value]:
        if not self.ndim:
            raise TypeError(f"{self._name} is a scalar: it has no elements to iterate over")
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Value:
        return TABLE["getitem"](self, index=frozen(index))

    # arithmetic

    def __add__(self, other: Operand) -> Value:
        return TABLE["add"](self, other)

    def __radd__(self, other: Operand) -> Value:
        return TABLE["add"](other, self)

    def __sub__(self, other: Operand) -> Value:
        return TABLE["subtract"](self, other)

    def __rsub__(self, other: Operand) -> Value:
        return TABLE["subtract"](other, self)

    def __mul__(self, other: Operand) -> Value:  # beside an np.matrix, * is the matrix product
        return TABLE["matmul" if isinstance(other, np.matrix) and self.ndim else "multiply"](self, other)

    def __rmul__(self, other: Operand) -> Value:
        return TABLE["matmul" if isinstance(other, np.matrix) and self.ndim else "multiply"](other, self)

    def __truediv__(self, other: Operand) -> Value:
        return TABLE["divide"](self, other)

    def __rtruediv__(self, other: Operand) -> Value:
        return TABLE["divide"](other, self)

    def __pow__(self, other: Operand) -> Value:
        return TABLE["power"](self, other)

    def __rpow__(self, other: Operand) -> Value:
        return TABLE["power"](other, self)

    def __mod__(self, other: Operand) -> Value:
        return FUNCTIONS["remainder"](self, other)

    def __rmod__(self, other: Operand) -> Value:
        return FUNCTIONS["remainder"](other, self)

    def __floordiv__(self, other: Operand) -> Any:
        return self._array // plain(other)  # whole numbers have no derivative

    def __rfloordiv__(self, other: Operand) -> Any:
        return plain(other) // self._array

    def __divmod__(self, other: Operand) -> tuple[Any, Value]:
        return self // other, self % other

    def __rdivmod__(self, other: Operand) -> tuple[Any, Value]:
        return other // self, other % self

    def __matmul__(self, other: Operand) -> Value:
        return TABLE["matmul"](self, other)

    def __rmatmul__(self, other: Operand) -> Value:
        return TABLE["matmul"](other, self)

    # augmented assignment: the name is rebound to a new node; in no_grad() a leaf's data is, as by an update

    def _augmented(self, result: Any) -> Any:
        if current().grad_enabled:
            return result
        self.data = plain(result)
        return self

    def __iadd__(self, other: Operand) -> Any:
        return self._augmented(self + other)

    def __isub__(self, other: Operand) -> Any:
        return self._augmented(self - other)

    def __imul__(self, other: Operand) -> Any:
        return self._augmented(self * other)

    def __itruediv__(self, other: Operand) -> Any:
        return self._augmented(self / other)

    def __ipow__(self, other: Operand) -> Any:
        return self._augmented(self**other)

    def __imatmul__(self, other: Operand) -> Any:
        return self._augmented(self @ other)

    def __imod__(self, other: Operand) -> Any:
        return self._augmented(self % other)

    def __ifloordiv__(self, other: Operand) -> Any:
        return self._augmented(self // other)

    def __neg__(self) -> Value:
        return TABLE["negative"](self)

    def __pos__(self) -> Value:
        return TABLE["positive"](self)

    def __abs__(self) -> Value:
        return TABLE["absolute"](self)

    @property
    def T(self) -> Value:
        """The Value with its axes reversed."""
        return self.transpose()

    def reshape(self, *shape: Any, **parameters: Any) -> Value:
        """The same elements in another shape; one length may be -1."""
        return FUNCTIONS["reshape"](self, shape[0] if len(shape) == 1 else shape, **parameters)

    def transpose(self, *axes: Any) -> Value:
        """The axes in another order; reversed by default."""
        return FUNCTIONS["transpose"](self, axes[0] if len(axes) == 1 else (axes or None))
