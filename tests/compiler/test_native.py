"""exp and log1p as native code computes them, beside NumPy's in wider numbers: within 2 ulp, for all numbers."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from microae.compiler.backends import native, native_math

RNG = np.random.default_rng(0)


def applied(name, x, by):
    """One of them, in a loop over an array, as a program has it, compiled by numba or by LLVM alone."""
    f = getattr(native_math, name)
    if by == "llvm":
        text = "    for i in range(x.size):\n        out[i] = NAME(x[i])\n    return 1\n".replace("NAME", name)
        text = "@njit(fastmath={'contract', 'nsz'})\ndef loop(index, x, out):\n" + text
        out, index = np.empty_like(x), np.zeros((1, 1), int)
        native.function(text, [(n, a.dtype, a.shape) for n, a in (("index", index), ("x", x), ("out", out))])(
            index, x, out
        )
        return out

    @njit(error_model="numpy", fastmath={"contract", "nsz"})
    def loop(x, out):
        for i in range(x.size):
            out[i] = f(x[i])

    out = np.empty_like(x)
    loop(x, out)
    return out


def ulps(out, right):
    """How many of the units in the last place of the nearest number each is away from the right one."""
    wide = np.asarray(right)
    nearest = wide.astype(out.dtype)
    same = (out == nearest) | (np.isnan(out) & np.isnan(nearest))
    with np.errstate(invalid="ignore", over="ignore"):
        away = np.abs(out.astype(wide.dtype) - wide) / np.spacing(np.abs(nearest)).astype(wide.dtype)
    return np.where(same, 0.0, away)


def all_kinds(bits, dtype):
    """Numbers of every exponent, both signs, subnormals, infinities and NaN."""
    return RNG.integers(0, 2**bits, 400_000, dtype=f"u{bits // 8}").view(dtype)


@pytest.mark.parametrize("by", ["numba", "llvm"])
@pytest.mark.parametrize(("name", "bits", "dtype", "wide"), [
    ("exp64", 64, np.float64, np.longdouble), ("exp32", 32, np.float32, np.float64)
])  # fmt: skip
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_exp(name, bits, dtype, wide, by):
    info = np.finfo(dtype)
    edges = np.log(wide(info.max)), np.log(wide(info.tiny)), np.log(wide(info.smallest_subnormal))
    near = np.concatenate(
        [np.asarray(edge, dtype) + np.arange(-400, 401) * dtype(abs(edge)) * info.eps for edge in edges]
    )
    moderate = RNG.uniform(2 * float(edges[2]), 1.5 * float(edges[0]), 400_000)
    small = RNG.uniform(-1.0, 1.0, 200_000)
    x = np.concatenate([all_kinds(bits, dtype), near, moderate, small, [0.0, -0.0, np.inf, -np.inf, np.nan]]).astype(
        dtype
    )
    out = applied(name, x, by)
    assert np.max(ulps(out, np.exp(x.astype(wide)))) <= 2.0
    assert np.isnan(out[-1])
    negative = np.append(-np.abs(x), [-np.inf, np.nan]).astype(dtype)
    out = applied(f"exp_of_negative{bits}", negative, by)
    assert np.max(ulps(out, np.exp(negative.astype(wide)))) <= 2.0


@pytest.mark.parametrize("by", ["numba", "llvm"])
@pytest.mark.parametrize(("name", "dtype", "wide"), [
    ("log1p_of_fraction64", np.float64, np.longdouble), ("log1p_of_fraction32", np.float32, np.float64)
])  # fmt: skip
def test_log1p_of_a_fraction(name, dtype, wide, by):
    tiny = 10.0 ** RNG.uniform(np.log10(np.finfo(dtype).smallest_subnormal) + 0.5, 0.0, 400_000)
    x = np.concatenate([RNG.random(400_000), tiny, [0.0, 1.0, np.nan]]).astype(dtype)
    x[:-1] = np.clip(x[:-1], 0.0, 1.0)
    out = applied(name, x, by)
    assert np.max(ulps(out, np.log1p(x.astype(wide)))) <= 2.0
    assert np.isnan(out[-1])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 64, 1001])
def test_a_sum_of_a_row(n, dtype):
    x = RNG.normal(size=n).astype(dtype)

    @njit(error_model="numpy", fastmath={"contract", "nsz"})
    def total(x):
        return native_math.row_sum(x)

    text = "def loop(index, x, out):\n    out[0] = row_sum(x)\n    return 1\n"
    index, out = np.zeros((1, 1), int), np.zeros(1, dtype)
    loop = native.function(text, [(n, a.dtype, a.shape) for n, a in (("index", index), ("x", x), ("out", out))])

    def by_llvm(x):
        loop(index, x, out)
        return out[0]

    for summed in (total, by_llvm):
        right, most = x.astype(np.float64).sum(), float(4 * np.finfo(dtype).eps * np.abs(x).sum())
        assert summed(x) == pytest.approx(right, abs=most)
        if n:
            broken = x.copy()
            broken[n // 2] = np.nan
            assert np.isnan(summed(broken))
