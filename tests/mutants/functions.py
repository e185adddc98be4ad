"""Faults in statistics, samples, choices and lists of Values; in clipping, optimisers' states and cross-entropy."""

from __future__ import annotations

from tests.mutants.fault import Fault

ROOM = "microae/operations"
T_CONVENTIONS = "tests/operations/test_conventions.py"
T_NUMBERS = "tests/operations/test_difficult_numbers.py"
T_SECOND = "tests/operations/test_second_derivatives.py"
T_STATISTICS, T_CHOOSING = "tests/operations/test_statistics.py", "tests/operations/test_choosing.py"
T_CLIPPING, T_STATE = "tests/optim/test_clipping.py", "tests/optim/test_state_dict.py"
T_ENTROPY = "tests/nn/test_cross_entropy.py"
T_EQUALS = "tests/operations/test_table.py::test_value_equals_numpys"
BASE, OPTIMIZERS = "microae/optim/base.py", "microae/optim/optimizers.py"
LOSSES = "microae/nn/losses.py"


def of(file: str, tests: str, *changes: tuple[str, str]) -> list[Fault]:
    return [Fault(file, old, new, tests) for old, new in changes]


FAULTS = [
    *of(
        f"{ROOM}/kinks.py",
        T_SECOND,
        ("if _are_none(_changes(g, hidden, same).values(), g.dtype) or", "if"),
        ("(between and _stay_equal(*between))", "False"),
        ("where() if between else", ""),
        ("(slope.any() and not smooth)", "False"),
        ("np.sqrt(np.finfo(dtype).eps)", "0.0"),
        ("weights = np.where(where, rng.uniform(1.0, 2.0, length.shape), 0.0)", "weights = np.where(where, 1.0, 0.0)"),
        ("*(changes.values() if alone else ())", ""),
        ("or _is_kinked(x))", "or False)"),
        ("by_same[~where], ", ""),
        ("slope if of_sides is None else slope + of_sides", "slope"),
        ("zero_only_here(g * slope + 0.0 * x, where", "zero_only_here(g * slope, where"),
        ("zero_only_here(c + 0.0 * d, touched", "zero_only_here(c, touched"),
        ("kink & (above * below > 0)", "kink & (above * below < 0)"),
        ("all(x is y for x, y in zip(node.inputs, length.inputs, strict=True))", "True"),
        ("(level & differs_nearby(g, level))", "level"),
        ("(level & differs_nearby(g, level))", "False"),
    ),
    *of(
        f"{ROOM}/kinks.py",
        f"{T_CONVENTIONS} -k second_derivative",
        ('changed(anomaly=False), np.errstate(all="ignore")', "changed(anomaly=False)"),
        ('changed(anomaly=False), np.errstate(all="ignore")', 'np.errstate(all="ignore")'),
        ("g, out, *between)\n    if hidden", "g, out)\n    if hidden"),
    ),
    *of(
        f"{ROOM}/arithmetic.py",
        f"{T_NUMBERS} -k power",
        ("np.logical_and(x == 0, y <= 1)", "np.logical_and(x == 0, y < 1)"),
        ("np.logical_and(x == 0, y <= 1)", "np.logical_and(x == 0, y <= 2)"),
        ("y <= 1), x, y)", "y <= 1), y)"),
    ),
    *of(
        f"{ROOM}/decompositions.py",
        "tests/operations/test_matrices.py",
        ("left_singular_vectors(x) * row(g)", "left_singular_vectors(x) * row(np.where(out == 0, 0.0, g))"),
        ("np.all(is_large(s) | ~is_large(size))", "np.all(s > -1.0)"),
    ),
    *of(
        f"{ROOM}/norms.py",
        "tests/operations/test_matrices.py",
        ("s = absolute(np.where(", "s = (np.where("),
        ("is_large(s) | (s == 0)", "s == s"),
        ("is_large(s) | (s == 0)", "is_large(s)"),
    ),
    Fault(
        f"{ROOM}/reductions.py",
        "np.isfinite(largest), largest, 1.0)",
        "(largest < 0), largest, 1.0)",
        f"{T_NUMBERS} -k lengths",
    ),
    Fault(f"{ROOM}/arithmetic.py", "y = _at_base_0(y, x, y)", "g = _at_base_0(g, x, y)", f"{T_NUMBERS} -k by_its_base"),
    Fault(f"{ROOM}/arithmetic.py", "y = _at_base_0(y, x, y)", "pass", f"{T_NUMBERS} -k by_its_base"),
    Fault(f"{ROOM}/reductions.py", " | (a != a)", "", f"{T_CONVENTIONS} -k of_nan"),
    Fault(f"{ROOM}/norms.py", "is_leading & is_alone", "is_leading & False", f"{T_NUMBERS} -k nearly_one"),
    Fault(f"{ROOM}/reductions.py", "lambda: np.reshape(ties > 1", "lambda: np.reshape(ties > 99", T_SECOND),
    Fault(
        f"{ROOM}/kernels.py", "np.frexp(x.astype(float64))", "x, np.zeros(x.shape, int)", f"{T_CONVENTIONS} -k products"
    ),
    Fault(f"{ROOM}/kernels.py", "<= 1 << 19", "<= 1 << 30", f"{T_CONVENTIONS} -k many_numbers"),
    Fault(f"{ROOM}/reductions.py", "counts & ~((g == 0) &", "counts & ~(False &", f"{T_CONVENTIONS} -k products"),
    Fault(
        f"{ROOM}/reductions.py",
        "np.expand_dims(x, -2))), ~itself)",
        "np.expand_dims(x, -2))), True)",
        f"{T_CONVENTIONS} -k products",
    ),
    Fault(
        f"{ROOM}/kinks.py",
        "if isinstance(found, Traced):",
        "if False:",
        "tests/compiler/test_table.py::test_a_program_of_other_data_gives_what_the_function_gives[absolute-0-second]",
    ),
    *of(
        f"{ROOM}/statistics.py",
        T_STATISTICS,
        ("out * (1.0 - share) + at(below + 1) * share", "out * share + at(below + 1) * (1.0 - share)"),
        ("where(share == 0, out, ", "where(share > 2, out, "),
        ("between if not skip and share.all() else ", ""),
        ("not skip and share.all()", "not skip"),
        ("    if not skip:  # in", "    if skip:  # in"),
        ("(q >= 0.0) & (q <= 1.0)", "(q >= 0.0) | (q <= 1.0)"),
        ("if degrees <= 0:", "if degrees < 0:"),
    ),
    *of(
        f"{ROOM}/statistics.py",
        f"{T_EQUALS}[cov-function]",
        ("ddof = (0 if bias else 1)", "ddof = (1 if bias else 0)"),
        ("* (1.0 if aweights is None else", "* (1.0 if aweights is not None else"),
        ("return rows if rowvar or", "return rows if not rowvar or"),
    ),
    *of(
        f"{ROOM}/attributes.py",
        "tests/operations/test_attributes.py",
        ("if instead is None and not", "if not"),
        ('"mT": matrix_transpose', '"mT": np.transpose'),
    ),
    Fault(f"{ROOM}/statistics.py", "share != 0.5", "True", T_STATISTICS),
    *of(
        f"{ROOM}/missing.py",
        f"{T_STATISTICS} {T_EQUALS}[nansum-function]",
        ("where(missing, -np.inf, a)", "where(missing, 0.0, a)"),
        ("sum(where(missing, 0.0, a), axis, keepdims=keepdims)", "sum(a, axis, keepdims=keepdims)"),
        (
            "return length / np.sqrt(_number(missing, axis, keepdims, ddof)).astype(a.dtype)",
            "return np.sqrt(nanvar(a, axis, ddof=ddof, keepdims=keepdims))",
        ),
        ("np.where(n > 0, n, np.nan)", "n"),
    ),
    *of(
        f"{ROOM}/sampled.py",
        T_STATISTICS,
        ('side="right") - 1', 'side="left") - 1'),
        ("(min(n, m) - 1) // 2)", "min(n, m) // 2)"),
        ("(m - 1) // 2 if n >= m else n // 2)", "(m - 1) // 2)"),
        ("lambda g, out, a, v: np.convolve(g, np.flip(v), mode", "lambda g, out, a, v: np.convolve(g, v, mode"),
        ("(k * k - h * h)", "(k * k + h * h)"),
        ("(1.0 + k / (h + k)) * last", "(1.0 + h / (h + k)) * last"),
    ),
    *of(
        f"{ROOM}/choosing.py",
        T_CHOOSING,
        ("condlist[::-1], choicelist[::-1]", "condlist, choicelist"),
        ('if mode == "raise" and a.size', 'if mode == "wrap" and a.size'),
        ("functions.append(0.0)", "functions.append(1.0)"),
    ),
    *of(
        f"{ROOM}/filling.py",
        T_CHOOSING,
        ("steps = num - 1 if endpoint else num\n    share", "steps = num\n    share"),
        ("sign * absolute(start)", "absolute(start)"),
    ),
    *of(
        f"{ROOM}/arranging.py",
        T_CHOOSING,
        ("values = moveaxis(values, 0, axis)", "pass"),
        ("m = np.shape(values)[axis] if m == 1 else m", "m = m"),
    ),
    Fault(f"{ROOM}/indexing.py", "out[index] = np.asarray(x)", "out[index] = x", f"{T_CHOOSING} -k compiled"),
    Fault("microae/core/operation.py", "return self(*map(joined, operands)", "return self(*operands[:0]", T_CHOOSING),
    Fault("microae/core/methods.py", "(function.__module__ or 'microae')", "('microae')", f"{T_CHOOSING} -k say_what"),
    *of(
        "microae/optim/clipping.py",
        T_CLIPPING,
        ("total + 1e-6), 1.0)", "total + 1e-6), 2.0)"),
        ("total + 1e-6)", "total)"),
        ("(p._grad * factor).astype(p._grad.dtype, copy=False)", "p._grad * factor"),
        (".reshape(p._grad, -1).astype(np.float64, copy=False)", ".reshape(p._grad, -1)"),
        ("if p._grad is not None", ""),
        ("    if not given:\n        warnings", "    if False:\n        warnings"),
        ("-float(clip_value), float(clip_value))", "0.0, float(clip_value))"),
    ),
    *of(
        BASE,
        T_STATE,
        ("self._state_name(j): np.array(part)[()]", "self._state_name(j): part"),
        ("            setattr(self, key, value)\n        self.steps", "            pass\n        self.steps"),
        ("part = np.array(given[name], np.asarray(first).dtype)[()]", "part = np.array(given[name])[()]"),
        ('return int(given["step"]), tuple(parts)', "return 0, tuple(parts)"),
    ),
    Fault(OPTIMIZERS, '("exp_avg", "exp_avg_sq")', '("exp_avg_sq", "exp_avg")', T_STATE),
    *of(
        LOSSES,
        T_ENTROPY,
        ("        if ignore_index >= 0:", "        if False:"),
        ("+ label_smoothing / logs.shape[-1]", "+ label_smoothing"),
        ("where(shares == 0, 0.0, shares * loss)", "shares * loss"),
        ("where(kept, uniform, 0.0)", "uniform"),
        ("target if weight is None else target * weight", "target"),
        ("if not holds(total > 0):", "if False:"),
        ("return loss.sum() / total", "return loss.mean()"),
    ),
]
