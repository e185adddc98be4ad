"""Reductions that pass over NaN, a missing number: nothing flows to it.

Where all elements are NaN, ``nansum`` and ``nanprod`` are those of no elements, the others NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from microae.operations.indexing import where
from microae.operations.norms import norm
from microae.operations.operands import floats
from microae.operations.reductions import Axis, count, cumprod, cumsum, extreme_gap, max, min, prod, sum
from microae.operations.registry import function


def _split(a: Any, user: str) -> tuple[Any, Any]:
    """The array, and where it is NaN."""
    a = floats(a, user)
    return a, np.isnan(a)


@function(np.nansum)
def nansum(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The sum of the elements that are not NaN.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> x = ma.Value([1.0, np.nan, 3.0])
    >>> ma.nansum(x), ma.gradients(ma.nansum(x), [x])
    (Value(4., operation=sum), [array([1., 0., 1.])])
    """
    a, missing = _split(a, "nansum")
    return sum(where(missing, 0.0, a), axis, keepdims=keepdims)


@function(np.nanprod)
def nanprod(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The product of the elements that are not NaN.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> ma.nanprod(ma.Value([2.0, np.nan, 3.0]))
    Value(6., operation=prod)
    """
    a, missing = _split(a, "nanprod")
    return prod(where(missing, 1.0, a), axis, keepdims=keepdims)


@function(np.nancumsum)
def nancumsum(a: Any, axis: int | None = None) -> Any:
    """The running sum, to which NaN adds nothing.

    Parameters
    ----------
    a : array_like or Value
    axis : int, optional
        Along which to sum; by default over all elements in C order.

    Returns
    -------
    Value
        Of the shape of ``a``, without an ``axis`` of shape (a.size,); a plain array if ``a`` is one.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> ma.nancumsum(ma.Value([1.0, np.nan, 3.0]))
    Value([1., 1., 4.], operation=cumsum)
    """
    a, missing = _split(a, "nancumsum")
    return cumsum(where(missing, 0.0, a), axis)


@function(np.nancumprod)
def nancumprod(a: Any, axis: int | None = None) -> Any:
    """The running product, which NaN leaves as it is.

    Parameters
    ----------
    a : array_like or Value
    axis : int, optional
        Along which to multiply; by default over all elements in C order.

    Returns
    -------
    Value
        Of the shape of ``a``, without an ``axis`` of shape (a.size,); a plain array if ``a`` is one.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> ma.nancumprod(ma.Value([2.0, np.nan, 3.0]))
    Value([2., 2., 6.], operation=cumprod)
    """
    a, missing = _split(a, "nancumprod")
    return cumprod(where(missing, 1.0, a), axis)


def _extreme_kinks(sign: float) -> Any:
    def kinks(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        return extreme_gap(np.where(np.isnan(a), -sign * np.inf, a), axis, sign=sign)

    return kinks


@function(np.nanmax, kinks=_extreme_kinks(1.0))
def nanmax(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The largest element that is not NaN; ties share the gradient equally.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> x = ma.Value([1.0, np.nan, 3.0])
    >>> ma.nanmax(x).item(), ma.gradients(ma.nanmax(x), [x])
    (3.0, [array([0., 0., 1.])])
    """
    a, missing = _split(a, "nanmax")
    largest = max(where(missing, -np.inf, a), axis, keepdims=keepdims)
    return where(np.all(missing, axis=axis, keepdims=keepdims), np.nan, largest)


@function(np.nanmin, kinks=_extreme_kinks(-1.0))
def nanmin(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The smallest element that is not NaN; ties share the gradient equally.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> x = ma.Value([1.0, np.nan, 3.0])
    >>> ma.nanmin(x).item(), ma.gradients(ma.nanmin(x), [x])
    (1.0, [array([1., 0., 0.])])
    """
    a, missing = _split(a, "nanmin")
    smallest = min(where(missing, np.inf, a), axis, keepdims=keepdims)
    return where(np.all(missing, axis=axis, keepdims=keepdims), np.nan, smallest)


def _number(missing: Any, axis: Axis, keepdims: bool, less: float = 0.0) -> Any:
    """How many elements are there, ``less`` fewer; NaN where that is none."""
    n = np.sum(~missing, axis=axis, keepdims=keepdims) - less
    return np.where(n > 0, n, np.nan)


@function(np.nanmean)
def nanmean(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """The mean of the elements that are not NaN.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> x = ma.Value([1.0, np.nan, 3.0])
    >>> ma.nanmean(x).item(), ma.gradients(ma.nanmean(x), [x])
    (2.0, [array([0.5, 0. , 0.5])])
    """
    a, missing = _split(a, "nanmean")
    axis = _some(a, axis, "nanmean")
    return nansum(a, axis, keepdims=keepdims) / _number(missing, axis, keepdims).astype(a.dtype)


def _some(a: Any, axis: Axis, user: str) -> Axis:
    """The axis along which there are elements: of a number, which for NumPy has here an axis 0, none."""
    axis = None if not np.ndim(a) and axis in (0, -1) else axis
    if not count(a, axis, user):
        raise ValueError(f"{user}: of no elements it does not exist; the shape is {np.shape(a)}")
    return axis


@function(np.nanvar)
def nanvar(a: Any, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """The variance of the elements that are not NaN; NaN where there are not more than ``ddof``.

    Parameters
    ----------
    a : array_like or Value
    axis : int or tuple of int, optional
        The axes to reduce; by default all of them.
    ddof : float
        ``n - ddof`` divides the sum of squares, where ``n`` elements are not NaN.
    keepdims : bool
        Whether the reduced axes stay, with length 1.

    Returns
    -------
    Value
        Of the shape of ``a`` without the reduced axes; a plain array if ``a`` is one.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> ma.nanvar(ma.Value([1.0, np.nan, 3.0])).item()
    1.0
    """
    a, missing = _split(a, "nanvar")
    axis = _some(a, axis, "nanvar")
    difference = where(missing, 0.0, a - nanmean(a, axis, keepdims=True))
    degrees = _number(missing, axis, keepdims, ddof).astype(a.dtype)
    return sum(difference * difference, axis=axis, keepdims=keepdims) / degrees


def _nanstd_kinks(a: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    spread = np.nanmax(a, axis) - np.nanmin(a, axis)
    return np.where(np.sum(~np.isnan(a), axis=axis) > 1, spread, 1.0)


@function(np.nanstd, kinks=_nanstd_kinks)
def nanstd(a: Any, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """The standard deviation of the elements that are not NaN, the root of :func:`nanvar`; where 0, its gradient is 0.

    Parameters
    ----------
    a : array_like or Value
    axis : int or tuple of int, optional
        The axes to reduce; by default all of them.
    ddof : float
        ``n - ddof`` divides the sum of squares, where ``n`` elements are not NaN.
    keepdims : bool
        Whether the reduced axes stay, with length 1.

    Returns
    -------
    Value
        Of the shape of ``a`` without the reduced axes; a plain array if ``a`` is one.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> ma.nanstd(ma.Value([1.0, np.nan, 3.0])).item()
    1.0
    """
    a, missing = _split(a, "nanstd")
    axis = _some(a, axis, "nanstd")
    length = norm(where(missing, 0.0, a - nanmean(a, axis, keepdims=True)), axis=axis, keepdims=keepdims)
    return length / np.sqrt(_number(missing, axis, keepdims, ddof)).astype(a.dtype)
