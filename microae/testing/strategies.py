"""Hypothesis strategies for gradient checking: arrays whose shapes fit together, matrices, whole networks.

Each draws what :func:`microae.testing.check_gradients` takes, one array or a tuple of them, and shrinks to small
arrays of simple numbers. Where an argument may be one option or several (``dtype``, ``values``, ``layout``), one of
those given is drawn for each array. Shapes come from :mod:`hypothesis.extra.numpy`, whose own strategies may be used
too.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from microae.extras import needed
from microae.nn.activations import activation, elementwise
from microae.nn.registry import LOSSES
from microae.operations.activations import sigmoid
from microae.operations.linear_algebra import linear
from microae.testing.numbers import DTYPES, LAYOUTS, VALUES, Array, Numbers, Shape, numbers

with needed("hypothesis", "a strategy", "'microae[testing]'"):
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as hnp
    from hypothesis.strategies import SearchStrategy

__all__ = [
    "ACTIVATIONS",
    "DTYPES",
    "LAYOUTS",
    "LOSSES",
    "VALUES",
    "Network",
    "arrays",
    "broadcastable",
    "gufunc",
    "networks",
    "positive",
    "positive_definite",
    "shapes",
    "well_conditioned",
]

# --- arrays ----------------------------------------------------------------------------------------------------------


def shapes(
    *, min_dims: int = 0, max_dims: int = 3, min_side: int = 1, max_side: int = 4
) -> SearchStrategy[tuple[int, ...]]:
    """Shapes of arrays, by default from 0-d to 3-d.

    Parameters
    ----------
    min_dims, max_dims : int
        The range of the number of dimensions.
    min_side, max_side : int
        The range of every side; ``min_side=0`` allows arrays without elements.

    Returns
    -------
    SearchStrategy of tuple of int

    Examples
    --------
    >>> from hypothesis import find
    >>> from microae.testing.strategies import shapes
    >>> find(shapes(min_side=0), lambda shape: len(shape) == 2)
    (0, 0)
    """
    return hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side)


@st.composite
def _array(draw: Any, shape: SearchStrategy[Any], numbers: Numbers) -> Array:
    return numbers.array(draw, draw(shape))


@st.composite
def _tuple(draw: Any, fitting: SearchStrategy[Any], numbers: Numbers) -> tuple[Array, ...]:
    return tuple(numbers.array(draw, shape) for shape in draw(fitting).input_shapes)


def arrays(
    shape: int | Shape | SearchStrategy[Shape] | None = None, dtype: Any = np.float64, **options: Any
) -> SearchStrategy[Array]:
    """Arrays of moderate numbers, some of them with ties and zeros, or with numbers of very different magnitudes.

    Parameters
    ----------
    shape : int, tuple of int or strategy
        By default any of :func:`shapes`.
    dtype : dtype, or several
        float64 or float32; ``DTYPES`` for either.
    min_value, max_value : float
        The range. By default from -3 to 3, of every eighth array from -10 to 10, of another from -100 to 100; with one
        of the two alone, -3 or 3 stands for the other.
    away_from : float, or several
        Kinks or poles near which no number is drawn.
    by : float
        The distance to keep from them, by default 0.1.
    values : str, or several
        "spread" over the range, with many zeros and no number that is nearly 0; "ties", multiples of 1/2, of which many
        are equal or 0; "magnitudes", from a thousandth of the largest up. By default one of these three for each
        array. On request "extremes", which are as small as 1e-300 of the largest.
    layout : str, or several
        "C" (by default), "F", "strided" (every second element), "reversed", or "broadcast", which repeats one row
        without memory of its own and is read-only; ``LAYOUTS`` for any.

    Returns
    -------
    SearchStrategy of array

    Raises
    ------
    ValueError, TypeError
        Immediately, not when drawing, if the arguments contradict each other or are not known.

    Examples
    --------
    >>> from hypothesis import find
    >>> from microae.testing.strategies import arrays
    >>> find(arrays((2, 2), away_from=0.0, by=0.25), lambda x: x[0, 1] < 0)
    array([[ 1.,  -1.],
           [ 1.,  1.]])
    """
    elements = numbers(dtype, **options)
    if isinstance(shape, SearchStrategy):
        return _array(shape, elements)
    return _array(shapes() if shape is None else st.just(_as_shape(shape)), elements)


def _as_shape(shape: Any) -> Shape:
    sides = shape if isinstance(shape, (tuple, list)) else (shape,)
    if not all(isinstance(n, (int, np.integer)) and n >= 0 for n in sides):
        raise ValueError(f"a shape must be a tuple of whole numbers such as (3, 4), got {shape!r}")
    return tuple(int(n) for n in sides)


def positive(
    shape: int | Shape | SearchStrategy[Shape] | None = None,
    dtype: Any = np.float64,
    *,
    min_value: float = 0.1,
    max_value: float = 10.0,
    **options: Any,
) -> SearchStrategy[Array]:
    """Arrays of positive numbers.

    Parameters
    ----------
    shape, dtype, **options
        As in :func:`arrays`.
    min_value, max_value : float
        The range.

    Returns
    -------
    SearchStrategy of array

    Raises
    ------
    ValueError
        If ``min_value`` is not positive, and as :func:`arrays`.

    Examples
    --------
    >>> from hypothesis import find
    >>> from microae.testing.strategies import positive
    >>> find(positive((3,)), lambda x: True)
    array([1., 1., 1.])
    """
    if not min_value > 0:
        raise ValueError(f"min_value of positive numbers must be positive, got {min_value!r}")
    return arrays(shape, dtype, min_value=min_value, max_value=max_value, **options)


def broadcastable(
    number: int = 2,
    dtype: Any = np.float64,
    *,
    min_dims: int = 0,
    max_dims: int = 3,
    min_side: int = 1,
    max_side: int = 4,
    **options: Any,
) -> SearchStrategy[tuple[Array, ...]]:
    """Tuples of arrays whose shapes broadcast together.

    Parameters
    ----------
    number : int
        How many arrays.
    min_dims, max_dims, min_side, max_side : int
        As in :func:`shapes`.
    dtype, **options
        As in :func:`arrays`.

    Returns
    -------
    SearchStrategy of tuple of array

    Examples
    --------
    >>> from hypothesis import find
    >>> from microae.testing.strategies import broadcastable
    >>> x, y = find(broadcastable(2), lambda drawn: drawn[0].ndim < drawn[1].ndim)
    >>> (x + y).shape == y.shape
    True
    """
    fitting = hnp.mutually_broadcastable_shapes(
        num_shapes=number, min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side
    )
    return _tuple(fitting, numbers(dtype, **options))


_DIMENSIONS = r"\((?:\w+\??(?:,\w+\??)*)?\)"
_SIGNATURE = re.compile(rf"({_DIMENSIONS}(?:,{_DIMENSIONS})*)(?:->{_DIMENSIONS}(?:,{_DIMENSIONS})*)?")


def gufunc(
    signature: str,
    dtype: Any = np.float64,
    *,
    max_batch_dims: int = 0,
    min_side: int = 1,
    max_side: int = 4,
    **options: Any,
) -> SearchStrategy[tuple[Array, ...]]:
    """Tuples of arrays whose shapes fit a signature in NumPy's notation for generalised ufuncs.

    Parameters
    ----------
    signature : str
        Such as ``"(m,k),(k,n)->(m,n)"``: equal names are equal sides, ``(3)`` is a fixed side, ``()`` a scalar, and
        ``m?`` a side that may be missing. The part after the arrow is not used.
    dtype, **options
        As in :func:`arrays`.
    max_batch_dims : int
        The largest number of broadcast dimensions before those of the signature.
    min_side, max_side : int
        The range of every side that is not fixed.

    Returns
    -------
    SearchStrategy of tuple of array

    Raises
    ------
    ValueError
        If the signature is written in another way.

    Examples
    --------
    >>> from hypothesis import find
    >>> from microae.testing.strategies import gufunc
    >>> x, y = find(gufunc("(m,k),(k,n)->(m,n)"), lambda drawn: drawn[0].size > 2)
    >>> x.shape[1] == y.shape[0]
    True
    """
    inputs = ",".join(input_dimensions(signature))
    fitting = hnp.mutually_broadcastable_shapes(
        signature=f"{inputs}->()", max_dims=max_batch_dims, min_side=min_side, max_side=max_side
    )
    return _tuple(fitting, numbers(dtype, **options))


def input_dimensions(signature: str) -> list[str]:
    """The dimensions of each input of a gufunc signature.

    Parameters
    ----------
    signature : str

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If the signature is written in another way.

    Examples
    --------
    >>> from microae.testing.strategies import input_dimensions
    >>> input_dimensions("(m,k), (k,n) -> (m,n)")
    ['(m,k)', '(k,n)']
    """
    match = _SIGNATURE.fullmatch("".join(signature.split()))
    if match is None:
        raise ValueError(f'the signature {signature!r} cannot be read; write it as in "(m,k),(k,n)->(m,n)"')
    return re.findall(_DIMENSIONS, match[1])


# --- matrices --------------------------------------------------------------------------------------------------------


def positive_definite(
    n: int | SearchStrategy[int] | None = None,
    dtype: Any = np.float64,
    *,
    batch: Shape | SearchStrategy[Shape] = (),
    layout: Any = "C",
) -> SearchStrategy[Array]:
    r"""Symmetric positive definite matrices, of shape (\*batch, n, n) with eigenvalues in [1, 1 + n].

    They are ``B Bᵀ / n + I`` with elements of ``B`` in [-1, 1]; the simplest is the identity.

    Parameters
    ----------
    n : int or strategy, optional
        Rows and columns, by default 1 to 4.
    dtype, layout
        As in :func:`arrays`.
    batch : tuple of int or strategy
        The dimensions before the last two.

    Returns
    -------
    SearchStrategy of array

    Examples
    --------
    >>> from hypothesis import find
    >>> from microae.testing.strategies import positive_definite
    >>> find(positive_definite(2), lambda a: a[0, 1] != 0)
    array([[1.5, 0.5],
           [0.5, 1.5]])
    """
    return _matrix(_definite, _side(n), _batch(batch), _matrix_numbers(dtype, layout))


def well_conditioned(
    n: int | SearchStrategy[int] | None = None,
    dtype: Any = np.float64,
    *,
    batch: Shape | SearchStrategy[Shape] = (),
    layout: Any = "C",
) -> SearchStrategy[Array]:
    r"""Square matrices that are safe to invert, of either sign of the determinant, shape (\*batch, n, n).

    They are ``S (I + B / (2 n))`` with signs ``S`` on a diagonal and elements of ``B`` in [-1, 1], so that the
    condition number in the maximum norm is at most 3.

    Parameters
    ----------
    n, dtype, batch, layout
        As in :func:`positive_definite`.

    Returns
    -------
    SearchStrategy of array

    Examples
    --------
    >>> from hypothesis import find
    >>> import numpy as np
    >>> from microae.testing.strategies import well_conditioned
    >>> a = find(well_conditioned(2), lambda a: np.linalg.det(a) < 0)
    >>> a.shape, bool(np.linalg.cond(a, np.inf) <= 3)
    ((2, 2), True)
    """
    return _matrix(_dominant, _side(n), _batch(batch), _matrix_numbers(dtype, layout))


def _side(n: int | SearchStrategy[int] | None) -> SearchStrategy[int]:
    if isinstance(n, SearchStrategy):
        return n
    return st.integers(1, 4) if n is None else st.just(_as_shape(n)[0])


def _batch(batch: Shape | SearchStrategy[Shape]) -> SearchStrategy[Shape]:
    return batch if isinstance(batch, SearchStrategy) else st.just(_as_shape(batch))


def _matrix_numbers(dtype: Any, layout: Any) -> Numbers:
    return numbers(dtype, min_value=-1.0, max_value=1.0, values="spread", layout=layout)


@st.composite
def _matrix(draw: Any, make: Any, side: SearchStrategy[int], batch: SearchStrategy[Shape], elements: Numbers) -> Array:
    n, outer = draw(side), draw(batch)
    return elements.array(draw, (*outer, n, n), make(draw, n, outer))


def _definite(_: Any, n: int, __: Shape) -> Callable[[Array], Array]:
    return lambda b: b @ b.swapaxes(-1, -2) / n + np.eye(n)


def _dominant(draw: Any, n: int, batch: Shape) -> Callable[[Array], Array]:
    signs = draw(hnp.arrays(np.float64, (*batch, n, 1), elements=st.sampled_from([1.0, -1.0])))
    return lambda b: signs * (np.eye(n) + b / (2.0 * n))


# --- networks --------------------------------------------------------------------------------------------------------

ACTIVATIONS: tuple[str, ...]


if not TYPE_CHECKING:  # to a type checker any name would exist

    def __getattr__(name: str) -> Any:
        """``ACTIVATIONS``, those that suit a layer of any width: all that are functions of each number alone."""
        if name == "ACTIVATIONS":
            return elementwise()
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@dataclass(frozen=True, eq=False)
class Network:
    """A network of affine layers at a point: call it with its parameters to get the loss.

    Attributes
    ----------
    layers : tuple of int
        The widths, from input to output.
    activation : str
        Of the hidden layers; the output layer has none.
    loss : str
        A name of ``LOSSES``, such as "bce" or "mse"; one that needs numbers in [0, 1] is taken from logits.
    x, target : arrays of shape (batch, layers[0]) and (batch, layers[-1])
        ``target`` in [0, 1].
    parameters : tuple of arrays
        Weight (in, out) and bias (out,) of each layer in turn.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.testing.strategies import Network
    >>> W, b = np.array([[0.5], [-1.0]]), np.array([0.25])
    >>> net = Network((2, 1), "tanh", "mse", x=np.ones((1, 2)), target=np.ones((1, 1)), parameters=(W, b))
    >>> float(net(W, b))
    1.5625
    """

    layers: tuple[int, ...]
    activation: str
    loss: str
    x: Array
    target: Array
    parameters: tuple[Array, ...]

    def __call__(self, *parameters: Any) -> Any:
        h: Any = self.x
        hidden = activation(self.activation)
        for i in range(0, len(parameters), 2):
            h = linear(hidden(h) if i else h, parameters[i], parameters[i + 1])
        loss = LOSSES[self.loss]
        if loss.fractions and loss.from_logits is None:
            return loss.function(sigmoid(h), self.target)
        return (loss.from_logits or loss.function)(h, self.target)


@st.composite
def networks(
    draw: Any,
    *,
    max_layers: int = 4,
    max_width: int = 8,
    max_batch: int = 5,
    activations: tuple[str, ...] | None = None,
    losses: tuple[str, ...] | None = None,
) -> Network:
    """Whole networks: topology, activation, loss, batch, weights and data.

    Parameters
    ----------
    max_layers, max_width, max_batch : int
        The largest number of affine layers, of neurons in a layer and of samples.
    activations : tuple of str, optional
        Of the hidden layers, one for each network; by default of all that are functions of each number alone.
    losses : tuple of str, optional
        Names of registered losses, by default all of them.

    Returns
    -------
    SearchStrategy of Network

    Examples
    --------
    >>> from hypothesis import find
    >>> from microae.testing import check_gradients
    >>> from microae.testing.strategies import networks
    >>> net = find(networks(activations=("tanh",)), lambda net: len(net.layers) == 3)
    >>> len(net.parameters), net.activation
    (4, 'tanh')
    >>> check_gradients(net, *net.parameters).verdict
    'agrees'
    """
    layers = tuple(draw(st.lists(st.integers(1, max_width), min_size=2, max_size=max_layers + 1)))
    batch = draw(st.integers(1, max_batch))
    moderate, fractions = numbers(min_value=-2.0, max_value=2.0), numbers(min_value=0.0, max_value=1.0)
    parameters: list[Array] = []
    for n, m in itertools.pairwise(layers):
        parameters += [moderate.array(draw, (n, m)), moderate.array(draw, (m,))]
    return Network(
        layers,
        draw(st.sampled_from(elementwise() if activations is None else activations)),
        draw(st.sampled_from(tuple(LOSSES) if losses is None else losses)),
        moderate.array(draw, (batch, layers[0])),
        fractions.array(draw, (batch, layers[-1])),
        tuple(parameters),
    )
