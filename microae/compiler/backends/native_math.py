"""Functions that the compiler can vectorise where NumPy's would be calls of a library: exp, and log1p of a fraction.

Both are polynomials, for exp after a reduction of the range, summed in parts of which none waits for another. They rely
on operations being done in the order in which they are written, though products and sums may be rounded together: no
function that uses them may be compiled with a ``fastmath`` that reorders. Within 2 ulp of NumPy's for all numbers:
overflow, subnormals, infinities, NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

f32, i32 = np.float32, np.int32


@njit(error_model="numpy", forceinline=True, fastmath={"contract"})
def reduced64(x: Any) -> Any:
    """``e ** r`` and ``k`` of ``e ** x = 2 ** k * e ** r``, ``|r| <= ln(2) / 2``, by Taylor's series of degree 13."""
    k = np.floor(x * 1.4426950408889634 + 0.5)
    r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10
    r2 = r * r
    r4 = r2 * r2
    p0 = (1.0 + r) + r2 * (0.5 + r * (1 / 6))
    p4 = (1 / 24 + r * (1 / 120)) + r2 * (1 / 720 + r * (1 / 5040))
    p8 = (1 / 40320 + r * (1 / 362880)) + r2 * (1 / 3628800 + r * (1 / 39916800))
    p12 = 1 / 479001600 + r * (1 / 6227020800)
    return p0 + r4 * (p4 + r4 * (p8 + r4 * p12)), i32(k)  # of 32 bits, which are made of several numbers at once


@njit(error_model="numpy", forceinline=True, fastmath={"contract"})
def exp64(x: Any) -> Any:
    """``e ** x``."""
    x = x if not x < -746.0 else -746.0
    x = x if not x > 710.0 else 710.0
    p, n = reduced64(x)
    half = n >> i32(1)  # in two factors: one alone would overflow, or underflow, before the product does
    return p * np.int64((half + 1023) << 52).view(np.float64) * np.int64((n - half + 1023) << 52).view(np.float64)


@njit(error_model="numpy", forceinline=True, fastmath={"contract"})
def exp_of_negative64(x: Any) -> Any:
    """``e ** x`` for ``x <= 0``, or NaN: the second factor is the same for all."""
    p, n = reduced64(x)
    y = p * np.int64((n + 1023 + 128) << 52).view(np.float64) * 2.0**-128
    return y if not x < -746.0 else 0.0  # last, so that nothing waits for it


@njit(error_model="numpy", forceinline=True, fastmath={"contract"})
def reduced32(x: Any) -> Any:
    """The same in float32, by a series of degree 7."""
    k = np.floor(x * f32(1.4426950408889634) + f32(0.5))
    r = (x - k * f32(0.693359375)) - k * f32(-2.12194440e-4)
    r2 = r * r
    p0 = (f32(1.0) + r) + r2 * (f32(0.5) + r * f32(1 / 6))
    p4 = (f32(1 / 24) + r * f32(1 / 120)) + r2 * (f32(1 / 720) + r * f32(1 / 5040))
    return p0 + r2 * r2 * p4, i32(k)


@njit(error_model="numpy", forceinline=True, fastmath={"contract"})
def exp32(x: Any) -> Any:
    """``e ** x`` in float32."""
    x = x if not x < f32(-104.0) else f32(-104.0)
    x = x if not x > f32(89.0) else f32(89.0)
    p, n = reduced32(x)
    half = n >> i32(1)
    return p * i32((half + i32(127)) << i32(23)).view(f32) * i32((n - half + i32(127)) << i32(23)).view(f32)


@njit(error_model="numpy", forceinline=True, fastmath={"contract"})
def exp_of_negative32(x: Any) -> Any:
    """``e ** x`` for ``x <= 0``, or NaN, in float32."""
    x = x if not x < f32(-104.0) else f32(-104.0)
    p, n = reduced32(x)
    return p * i32((n + i32(127 + 64)) << i32(23)).view(f32) * f32(2.0**-64)


@njit(error_model="numpy", forceinline=True, fastmath={"contract"})
def log1p_of_fraction64(e: Any) -> Any:
    """``log(1 + e) = 2 artanh(s) = e - s (e - 2 s² (1/3 + s²/5 + ...))``, ``s = e / (2 + e)``, for ``0 <= e <= 1``."""
    s = e / (2.0 + e)
    q = s * s
    q2 = q * q
    q4 = q2 * q2
    p3 = (1 / 3 + q * (1 / 5)) + q2 * (1 / 7 + q * (1 / 9))
    p11 = (1 / 11 + q * (1 / 13)) + q2 * (1 / 15 + q * (1 / 17))
    p19 = (1 / 19 + q * (1 / 21)) + q2 * (1 / 23 + q * (1 / 25))
    p27 = (1 / 27 + q * (1 / 29)) + q2 * (1 / 31)
    p = p3 + q4 * (p11 + q4 * (p19 + q4 * p27))
    return e - s * (e - 2.0 * q * p)


@njit(error_model="numpy", forceinline=True, fastmath={"contract"})
def log1p_of_fraction32(e: Any) -> Any:
    """``log(1 + e) = e - e² q(e)`` in float32, with the polynomial q that is nearest in [0, 1], to 5e-9."""
    e2 = e * e
    e4 = e2 * e2
    q0 = (f32(0.4999999952) - e * f32(0.3333323735)) + e2 * (f32(0.2499675991) - e * f32(0.1995670795))
    q4 = (f32(0.1636515287) - e * f32(0.1303336424)) + e2 * (f32(0.0913941377) - e * f32(0.0493099734))
    q8 = f32(0.0171842670) - e * f32(0.0028016420)
    return e - e2 * (q0 + e4 * (q4 + e4 * q8))


@njit(error_model="numpy", forceinline=True)
def row_sum(x: Any) -> Any:
    """The sum of an array, as eight sums side by side, of which none waits for another."""
    zero = x.dtype.type(0)
    a, b, c, d, e, f, g, h = zero, zero, zero, zero, zero, zero, zero, zero
    whole = x.size - x.size % 8
    for i in range(0, whole, 8):
        a += x[i]
        b += x[i + 1]
        c += x[i + 2]
        d += x[i + 3]
        e += x[i + 4]
        f += x[i + 5]
        g += x[i + 6]
        h += x[i + 7]
    total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for i in range(whole, x.size):
        total += x[i]
    return total
