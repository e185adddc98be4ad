"""``gradients``, and derivatives of whole functions made of it: ``vjp``, ``jvp``, ``jacobian``, ``hessian``, ``hvp``.

A function ``f`` to differentiate takes Values and returns a Value. Results are plain arrays, so that they are the same
inside ``no_grad()``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from microae.core.arrays import Traced, as_data, as_number
from microae.core.context import Provenance, changed, current
from microae.core.engine import Backpropagation, checked_output, checked_seed, general_pass, seed_array, unshared
from microae.core.errors import NoDerivativeError
from microae.core.node import Node, new_node
from microae.core.operation import Operand
from microae.core.value import Value

_LEAF = Provenance()


def gradients(
    output: Node, inputs: Sequence[Node], gradient: Operand = None, *, record: bool = False, zeros: bool = True
) -> list[Any]:
    """The gradients of ``output`` by each of ``inputs``; nothing is stored anywhere.

    Parameters
    ----------
    output : Value
        A scalar, unless ``gradient`` is given.
    inputs : sequence of Values
        Leaves or nodes on the way to ``output``.
    gradient : array_like or Value, optional
        The seed, of the output's shape.
    record : bool
        Return Values that can be differentiated again, instead of arrays.
    zeros : bool
        What an input that ``output`` does not depend on gets: zeros, or ``None``.

    Returns
    -------
    list
        One array (a float for scalars), or Value, per input, each of its input's shape and dtype.

    Raises
    ------
    TypeError
        If ``output`` or one of ``inputs`` is not a Value.
    ValueError
        Without a seed for an output that is not a scalar, or with one of another shape.

    Examples
    --------
    >>> import microae as ma
    >>> x = ma.Value(3.0)
    >>> (slope,) = ma.gradients(x**3, [x], record=True)
    >>> ma.gradients(slope, [x])  # the second derivative, 6x
    [18.0]
    """
    if isinstance(inputs, Node):
        raise TypeError("gradients: inputs must be a list of Values, as in gradients(loss, [w])")
    inputs = list(inputs)
    for x in inputs:
        if not isinstance(x, Node):
            raise TypeError(
                f"gradients: inputs must be Values, got {type(x).__name__}; wrap it before computing output"
            )
    if no_graph := getattr(output, "no_graph", ""):  # a compiled function's: without this, all would be 0
        raise RuntimeError("gradients: " + no_graph.format("gradients"))
    seed = checked_seed(checked_output(output), gradient)
    if record:
        recorded = record_backpropagation(output, seed, set(inputs)).results
        none = [new_node(type(x), _zeros(x), _LEAF) if zeros and x not in recorded else None for x in inputs]
        return [recorded.get(x, absent) for x, absent in zip(inputs, none, strict=True)]
    by_input = general_pass(output, seed_array(seed), set(inputs))
    taken: set[int] = set()
    results = [unshared(by_input[x] if x in by_input else _zeros(x) if zeros else None, taken) for x in inputs]
    return list(map(as_number, results))


def _zeros(x: Node) -> Any:
    return np.zeros(x._array.shape, x._array.dtype)[()]


def record_backpropagation(output: Node, seed: Any, wanted: set[Node] | None = None) -> Backpropagation:
    """The walk with its own operations recorded, in the stage "backward"."""
    if not current().grad_enabled:
        raise RuntimeError("a recorded backward pass inside no_grad() would record nothing: leave the block first")
    record = Backpropagation(output)
    seed = seed if isinstance(seed, Node) else new_node(type(output), seed, _LEAF)
    with changed(provenance=Provenance("backward")):
        results = general_pass(output, seed, wanted, record)
    record.results = {
        x: g if isinstance(g, Node) else new_node(type(output), as_data(g), _LEAF) for x, g in results.items()
    }
    record.gradients |= record.results
    return record


def _leaves(inputs: Any) -> list[Value]:
    return [Value(x._array if isinstance(x, Value) else x) for x in inputs]


def _plain(value: Value) -> Any:
    return value.numpy() if value.ndim else value.data


def _evaluated(f: Callable[..., Any], leaves: Sequence[Value]) -> Value:
    with changed(grad_enabled=True):
        output: Value = checked_output(f(*leaves))
        return output


def _recorded_gradients(output: Value, leaves: Sequence[Value], seed: Any = None) -> list[Value]:
    """The gradients as Values that can be differentiated again."""
    with changed(grad_enabled=True):
        return gradients(output, leaves, seed, record=True)


def _directional_derivative(partials: Sequence[Value], directions: Sequence[Value]) -> Value:
    """``Σ ∂f/∂x · direction``, to be differentiated; its value may be NaN where a derivative is infinite."""
    with changed(grad_enabled=True, anomaly=False), np.errstate(all="ignore"):
        return sum(((g * d._array).sum() for g, d in zip(partials, directions, strict=True)), start=Value(0.0))


def vjp(f: Callable[..., Any], *primals: Operand) -> tuple[Any, Callable[[Operand], tuple[Any, ...]]]:
    """The value of ``f`` and its vector-Jacobian product, as ``torch.func.vjp`` and ``jax.vjp``.

    Parameters
    ----------
    f : callable
        Takes Values, returns one Value.
    *primals : array_like
        Where to evaluate it.

    Returns
    -------
    output : array
        ``f(*primals)``.
    pullback : callable
        ``pullback(u)`` is a tuple with ``uᵀ ∂f/∂x`` for each primal, of the primal's shape; ``u`` has the output's.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> output, pullback = ma.vjp(lambda x: x**2, np.array([1.0, 2.0]))
    >>> output, pullback(np.array([1.0, 10.0]))
    (array([1., 4.]), (array([ 2., 40.]),))
    """
    leaves = _leaves(primals)
    output = _evaluated(f, leaves)
    return _plain(output), lambda u: tuple(gradients(output, leaves, u))


def jvp(f: Callable[..., Any], primals: Sequence[Operand], tangents: Sequence[Operand]) -> tuple[Any, Any]:
    """The value of ``f`` and its directional derivative, as ``torch.func.jvp`` and ``jax.jvp``.

    Computed by differentiating the vector-Jacobian product by its vector, in which it is linear; so every operation
    that has a vjp has a jvp.

    Parameters
    ----------
    f : callable
        Takes Values, returns one Value.
    primals : sequence of array_like
        Where to evaluate it.
    tangents : sequence of array_like
        The direction: for each primal an array of its shape.

    Returns
    -------
    output : array
        ``f(*primals)``.
    tangent : array
        ``Σ ∂f/∂x · t`` over the primals, of the output's shape.

    Raises
    ------
    ValueError
        If the tangents differ from the primals in number or shape.

    Examples
    --------
    >>> import microae as ma
    >>> ma.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    if len(primals) != len(tangents):
        raise ValueError(f"jvp: {len(primals)} primals need as many tangents, got {len(tangents)}")
    leaves = _leaves(primals)
    directions = _leaves(tangents)
    for x, t in zip(leaves, directions, strict=True):
        if x.shape != t.shape:
            raise ValueError(f"jvp: a primal has shape {x.shape}, its tangent {t.shape}; they must be equal")
    output = _evaluated(f, leaves)
    u = Value(np.ones(output.shape, output.dtype))  # any vector would do, except 0 where a derivative is infinite
    derivative = _directional_derivative(_recorded_gradients(output, leaves, u), directions)
    try:
        return _plain(output), gradients(derivative, [u])[0]
    except NoDerivativeError:  # of the gradient by a primal, which nobody asked for
        parts = zip(_jacobians(output, leaves), directions, strict=True)
        tangent = sum(np.tensordot(jacobian, t._array, t.ndim) for jacobian, t in parts)
        return _plain(output), _plain(Value(np.asarray(tangent, output.dtype)))


def jacobian(f: Callable[..., Any], inputs: Any) -> Any:
    """The matrix of partial derivatives, as ``torch.autograd.functional.jacobian``.

    One backward pass is made for each element of the output.

    Parameters
    ----------
    f : callable
        Takes Values, returns one Value.
    inputs : array_like, or tuple of array_like
        One argument, or several as a tuple.

    Returns
    -------
    array, or tuple of arrays
        Of shape ``output.shape + input.shape``, one per input if a tuple was given.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> ma.jacobian(lambda x: x**2, np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    several = isinstance(inputs, tuple)
    leaves = _leaves(inputs if several else (inputs,))
    jacobians = _jacobians(_evaluated(f, leaves), leaves)
    return jacobians if several else jacobians[0]


def _jacobians(output: Value, leaves: Sequence[Value]) -> tuple[Any, ...]:
    """The Jacobian of a node by leaves: one backward pass for each element of the output."""
    rows: list[list[Any]] = [[] for _ in leaves]
    for i in range(output.size):
        seed = np.zeros(output.size, output.dtype)
        seed[i] = 1.0
        for parts, g in zip(rows, gradients(output, leaves, seed.reshape(output.shape)), strict=True):
            parts.append(g)
    return tuple(_stacked(parts, output.shape + x.shape, x.dtype) for parts, x in zip(rows, leaves, strict=True))


def _stacked(rows: Sequence[Any], shape: tuple[int, ...], dtype: Any) -> Any:
    """Rows as one array of a shape, or as a number."""
    whole = np.reshape(np.stack(rows), shape) if rows else np.zeros(shape, dtype)
    return whole if shape or isinstance(whole, Traced) else whole.item()


def hessian(f: Callable[..., Any], inputs: Any) -> Any:
    """The second derivatives of a scalar function, as ``torch.autograd.functional.hessian``.

    Parameters
    ----------
    f : callable
        Takes Values, returns one Value of shape ().
    inputs : array_like, or tuple of array_like
        One argument, or several as a tuple.

    Returns
    -------
    array, or tuple of tuples of arrays
        Of shape ``x.shape + x.shape``; ``[i][j]`` of shape ``x_i.shape + x_j.shape`` if a tuple was given.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> ma.hessian(lambda x: (x**3).sum(), np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    several = isinstance(inputs, tuple)
    leaves = _leaves(inputs if several else (inputs,))
    first = _recorded_gradients(_evaluated(f, leaves), leaves)
    second = tuple(_jacobians(gradient, leaves) for gradient in first)
    return second if several else second[0][0]


def hvp(f: Callable[..., Any], inputs: Any, v: Any) -> tuple[Any, Any]:
    """The value of a scalar function and its Hessian times a vector, as ``torch.autograd.functional.hvp``.

    Costs a few evaluations of ``f``, whatever the number of inputs.

    Parameters
    ----------
    f : callable
        Takes Values, returns one Value of shape ().
    inputs : array_like, or tuple of array_like
        One argument, or several as a tuple.
    v : array_like, or tuple of array_like
        The vector: of the shape of ``inputs``, or one for each of them.

    Returns
    -------
    output : float
        ``f`` at the inputs.
    product : array, or tuple of arrays
        ``H v``, of the shapes of the inputs.

    Raises
    ------
    ValueError
        If ``v`` differs from ``inputs`` in number or shape.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> ma.hvp(lambda x: (x**3).sum(), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    (9.0, array([ 6., 12.]))
    """
    several = isinstance(inputs, tuple)
    leaves = _leaves(inputs if several else (inputs,))
    directions = _leaves(v if several else (v,))
    if [x.shape for x in leaves] != [d.shape for d in directions]:
        raise ValueError(
            f"hvp: the inputs have shapes {[x.shape for x in leaves]}, v has {[d.shape for d in directions]}"
        )
    output = _evaluated(f, leaves)
    products = tuple(gradients(_directional_derivative(_recorded_gradients(output, leaves), directions), leaves))
    return _plain(output), products if several else products[0]
