"""Polynomials, given by their coefficients from the highest power down, as ``np.polyval`` takes them.

Leading zeros stay: NumPy's ``polymul`` drops those of its factors, after which they would have no derivative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from microae.operations.joining import concatenate
from microae.operations.least_squares import lstsq
from microae.operations.operands import floats, numbers
from microae.operations.reductions import sum
from microae.operations.registry import function
from microae.operations.sampled import convolve
from microae.operations.shape import atleast_1d, reshape


def _coefficients(p: Any, user: str) -> Any:
    p = atleast_1d(floats(p, user))
    if np.ndim(p) != 1:
        raise ValueError(f"{user}: needs a vector of coefficients, got shape {np.shape(p)}")
    return p


@function(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """The numbers of a polynomial, ``p[0] x^(n-1) + ... + p[n-1]``, at ``x``.

    Parameters
    ----------
    p : array_like or Value
        Shape (n,): the coefficients from the highest power down.
    x : array_like or Value, any shape

    Returns
    -------
    Value
        Of the shape of ``x``; a plain array if no argument is a Value.

    Raises
    ------
    ValueError
        If ``p`` is no vector.

    Examples
    --------
    >>> import microae as ma
    >>> p, x = ma.Value([1.0, 0.0, -2.0]), ma.Value(3.0)
    >>> y = ma.polyval(p, x)
    >>> y.item(), ma.gradients(y, [p, x])
    (7.0, [array([9., 3., 1.]), 6.0])
    """
    p, x = _coefficients(p, "polyval"), floats(x, "polyval")
    out = x * 0.0 + (p[0] if len(p) else sum(p))
    for i in range(1, len(p)):
        out = out * x + p[i]
    return out


@function(np.polyadd, method=False)
def polyadd(a1: Any, a2: Any) -> Any:
    """The sum of two polynomials.

    Parameters
    ----------
    a1, a2 : array_like or Value
        Shapes (n,) and (m,): their coefficients from the highest power down.

    Returns
    -------
    Value
        Shape (max(n, m),); a plain array if no argument is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> ma.polyadd(ma.Value([1.0, 2.0]), [3.0])
    Value([1., 5.], operation=add)
    """
    a1, a2 = _as_long(_coefficients(a1, "polyadd"), _coefficients(a2, "polyadd"))
    return a1 + a2


@function(np.polysub, method=False)
def polysub(a1: Any, a2: Any) -> Any:
    """The difference of two polynomials.

    Parameters
    ----------
    a1, a2 : array_like or Value
        Shapes (n,) and (m,): their coefficients from the highest power down.

    Returns
    -------
    Value
        Shape (max(n, m),); a plain array if no argument is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> ma.polysub(ma.Value([1.0, 2.0]), [3.0])
    Value([ 1., -1.], operation=subtract)
    """
    a1, a2 = _as_long(_coefficients(a1, "polysub"), _coefficients(a2, "polysub"))
    return a1 - a2


def _as_long(a1: Any, a2: Any) -> list[Any]:
    n = max(len(a1), len(a2))
    return [a if len(a) == n else concatenate((np.zeros(n - len(a), a.dtype), a)) for a in (a1, a2)]


@function(np.polymul, method=False)
def polymul(a1: Any, a2: Any) -> Any:
    """The product of two polynomials.

    Parameters
    ----------
    a1, a2 : array_like or Value
        Shapes (n,) and (m,): their coefficients from the highest power down.

    Returns
    -------
    Value
        Shape (n + m - 1,); a plain array if no argument is a Value.

    Examples
    --------
    >>> import microae as ma
    >>> ma.polymul(ma.Value([1.0, 2.0]), [1.0, -2.0])
    Value([ 1.,  0., -4.], operation=convolve)
    """
    return convolve(_coefficients(a1, "polymul"), _coefficients(a2, "polymul"))


@function(np.polyder, method=False)
def polyder(p: Any, m: int = 1) -> Any:
    """The coefficients of the ``m``-th derivative of a polynomial.

    Parameters
    ----------
    p : array_like or Value
        Shape (n,): the coefficients from the highest power down.
    m : int

    Returns
    -------
    Value
        Shape (n - m,), at least (0,); a plain array if ``p`` is one.

    Raises
    ------
    ValueError
        If ``m`` is negative.

    Examples
    --------
    >>> import microae as ma
    >>> ma.polyder(ma.Value([1.0, 5.0, 7.0]))
    Value([2., 5.], operation=multiply)
    """
    if m < 0:
        raise ValueError(f"polyder: the order of the derivative must not be negative, got {m}")
    p = _coefficients(p, "polyder")
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1, dtype=p.dtype)
    return p


@function(np.polyint, method=False)
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """The coefficients of the ``m``-th integral of a polynomial.

    Parameters
    ----------
    p : array_like or Value
        Shape (n,): the coefficients from the highest power down.
    m : int
    k : float or sequence of float, optional
        The constants of integration, one or ``m``; by default 0.

    Returns
    -------
    Value
        Shape (n + m,); a plain array if ``p`` is one.

    Raises
    ------
    ValueError
        If ``m`` is negative, or there are neither one nor ``m`` constants.

    Examples
    --------
    >>> import microae as ma
    >>> ma.polyint(ma.Value([2.0, 5.0]), k=7.0)
    Value([1., 5., 7.], operation=concatenate)
    """
    p = _coefficients(p, "polyint")
    constants = [0.0] if k is None else np.atleast_1d(k)
    constants = list(constants) * m if len(constants) == 1 else list(constants)
    if m < 0 or len(constants) != m:
        raise ValueError(f"polyint: {m} integrals need one constant or {m}, got {len(constants)}")
    for constant in constants:
        p = concatenate((p / np.arange(len(p), 0, -1, dtype=p.dtype), np.array([constant], p.dtype)))
    return p


@function(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers of the elements of a vector, a row for each.

    Parameters
    ----------
    x : array_like or Value
        Shape (n,).
    N : int, optional
        How many powers; by default n.
    increasing : bool
        Whether they go from 0 up; else down to 0.

    Returns
    -------
    Value
        Shape (n, N); a plain array if ``x`` is one.

    Raises
    ------
    ValueError
        If ``x`` is no vector.

    Examples
    --------
    >>> import microae as ma
    >>> ma.vander(ma.Value([2.0, 3.0]), 3)
    Value([[4., 2., 1.],
           [9., 3., 1.]], operation=power)
    """
    x = _coefficients(x, "vander")
    powers = np.arange(len(x) if N is None else N)
    return reshape(x, (-1, 1)) ** (powers if increasing else powers[::-1]).astype(np.int8 if powers.size < 128 else int)


@function(np.polyfit, method=False)
def polyfit(x: Any, y: Any, deg: int, rcond: float | None = None, *, w: Any = None) -> Any:
    """The polynomial of degree ``deg`` with the least squared distances from points.

    Parameters
    ----------
    x : array_like or Value
        Shape (n,).
    y : array_like or Value
        Shape (n,), or (n, k) for k polynomials.
    deg : int
    rcond : float, optional
        Singular values up to so many times the largest count as 0; by default rounding times n.
    w : array_like or Value, optional
        Shape (n,): what each distance is multiplied by.

    Returns
    -------
    Value
        The coefficients from the highest power down, (deg + 1,) or (deg + 1, k); a plain array if no argument is a
        Value.

    Raises
    ------
    ValueError
        If the shapes do not fit, or ``deg`` is negative.
    numpy.linalg.LinAlgError
        When it is differentiated where the points do not determine the polynomial.

    Examples
    --------
    >>> import microae as ma
    >>> y = ma.Value([1.0, 3.0, 5.0])
    >>> p = ma.polyfit([0.0, 1.0, 2.0], y, 1)
    >>> p.data.round(6), ma.gradients(p[0], [y])[0].round(6)
    (array([2., 1.]), array([-0.5,  0. ,  0.5]))
    """
    if deg < 0:
        raise ValueError(f"polyfit: the degree must not be negative, got {deg}")
    x, y = _coefficients(x, "polyfit"), floats(y, "polyfit")
    n = len(x)
    if np.ndim(y) not in (1, 2) or np.shape(y)[0] != n or not n:
        raise ValueError(f"polyfit: points of shapes {np.shape(x)} and {np.shape(y)} do not fit; (n,) and (n,) do")
    powers = vander(x, deg + 1)
    if w is not None:
        w = _coefficients(w, "polyfit")
        if len(w) != n:
            raise ValueError(f"polyfit: {n} points need as many weights, got {len(w)}")
        powers, y = reshape(w, (-1, 1)) * powers, reshape(w, (-1,) + (1,) * (np.ndim(y) - 1)) * y
    data = numbers(powers)
    scale = np.sqrt(np.sum(data * data, axis=0))  # columns of length 1 lose fewer digits
    scale = np.where(scale == 0, 1.0, scale).astype(powers.dtype)
    coefficients = lstsq(powers / scale, y, n * np.finfo(powers.dtype).eps if rcond is None else rcond).x
    return coefficients / (scale if np.ndim(y) == 1 else np.reshape(scale, (-1, 1)))
