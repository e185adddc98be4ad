"""Planted faults of what rows say about themselves: notations, derivatives, kinks, and those who read them."""
# ruff: noqa: E501 (a piece of source stands in one line)

from __future__ import annotations

from tests.mutants.fault import Fault

ROWS = "microae/operations"
STEP = "microae/drawing/step"
NOTATION = "tests/drawing/step/test_notation.py"
OF_ROWS = "tests/drawing/step/test_notation_of_rows.py::test_what_a_row_says_is_so"
KINKS = "tests/operations/test_kinks.py::test_kinks_are_where_they_are_declared"
FACTS = "tests/operations/test_facts.py"
BADGES = "tests/drawing/step/test_badges.py"
LOSSES = f"{NOTATION}::test_the_derivatives_of_losses"
PARENTHESES = f"{NOTATION}::test_parentheses_stand_where_they_must"


def of_row(file: str, row: str, old: str, new: str) -> Fault:
    return Fault(f"{ROWS}/{file}.py", old, new, f"{OF_ROWS}[{row}]")


def of_kink(file: str, row: str, old: str, new: str, kind: str = "row") -> Fault:
    return Fault(f"{ROWS}/{file}.py", old, new, f"{KINKS}[{kind}-{row}]")


FAULTS = [
    # what rows say
    of_row("arithmetic", "subtract", 'derivatives=("1", "−1")', 'derivatives=("1", "1")'),
    of_row("arithmetic", "multiply", 'derivatives=("{1}", "{0}")', 'derivatives=("{0}", "{1}")'),
    of_row("arithmetic", "divide", '"−{out}/{1}"', '"{out}/{1}"'),
    of_row("arithmetic", "divide", '"−{out}/{1}"', '"−{0}/{1}"'),
    of_row("arithmetic", "divide", '("1/{1}"', '("{1}"'),
    of_row("arithmetic", "negative", 'symbol="−", derivatives=("−1",)', 'symbol="−", derivatives=("1",)'),
    of_row("arithmetic", "square", 'derivatives=("2{0}",)', 'derivatives=("3{0}",)'),
    of_row("arithmetic", "power", '"{out} ln {0}"', '"{out} ln {1}"'),
    of_row("arithmetic", "sqrt", '"1/(2{out})"', '"1/({out})"'),
    of_row("arithmetic", "sqrt", '"1/(2{out})"', '"1/2{out}"'),
    of_row("arithmetic", "cbrt", '"1/(3{out}²)"', '"1/(3{out})"'),
    of_row("arithmetic", "reciprocal", '"−{out}²"', '"{out}²"'),
    of_row("arithmetic", "absolute", '"sign({0})"', '"{0}"'),
    of_row("arithmetic", "maximum", '("(1 + sign({0} − {1}))/2", "(1 − sign', '("(1 − sign({0} − {1}))/2", "(1 − sign'),
    of_row("arithmetic", "clip", '"[{0} < {1} ≤ {2}]"', '"[{0} ≤ {1} ≤ {2}]"'),
    of_row("arithmetic", "power", '"{1} · {0}^({1} − 1)"', '"{1} · {0}^{1}"'),
    Fault(f"{ROWS}/arithmetic.py", "str(n - 1).translate", "str(n).translate", NOTATION),
    Fault(f"{ROWS}/arithmetic.py", '"{0}" + exponent.translate', '"{0}" + exponent[-1:].translate', PARENTHESES),
    Fault(f"{ROWS}/arithmetic.py", 'exponent.removeprefix("−").isdecimal()', "exponent.isdecimal()", f"{NOTATION}::test_a_whole_exponent_is_raised"),
    of_row("elementwise", "exp", 'derivatives=("{out}",)', 'derivatives=("{0}",)'),
    of_row("elementwise", "exp", 'notation="e^{0}"', 'notation="2^{0}"'),
    of_row("elementwise", "log", 'symbol="ln", derivatives=("1/{0}",)', 'symbol="ln", derivatives=("{0}",)'),
    of_row("elementwise", "log10", '"1/({0} ln 10)"', '"1/({0} ln 2)"'),
    of_row("elementwise", "tanh", '"1 − {out}²"', '"1 − {out}"'),
    of_row("elementwise", "tan", '"1 + {out}²"', '"1 − {out}²"'),
    of_row("elementwise", "cos", '"−sin({0})"', '"sin({0})"'),
    of_row("elementwise", "arccosh", '"1/√({0}² − 1)"', '"1/√(1 − {0}²)"'),
    of_row("elementwise", "logaddexp", '"e^({1} − {out})"', '"e^({0} − {out})"'),
    of_row("linear_algebra", "matmul", 'derivatives=("{1}ᵀ", "{0}ᵀ"),\n)(product)', 'derivatives=("{1}", "{0}ᵀ"),\n)(product)'),
    of_row("linear_algebra", "matmul", 'notation="{0} {1}",', 'notation="{1} {0}",'),
    of_row("linear_algebra", "linear", 'notation="{0} {1} + {2}"', 'notation="{0} {1} + {1}"'),
    of_row("linear_algebra", "linear", '"{0}ᵀ", "1")', '"{0}", "1")'),
    of_row("linear_algebra", "logabsdet", '"({0}⁻¹)ᵀ"', '"{0}⁻¹"'),
    of_row("reductions", "sum", 'notation="Σ {0}"', 'notation="Π {0}"'),
    of_row("reductions", "prod", 'notation="Π {0}"', 'notation="Σ {0}"'),
    of_row("reductions", "mean", "parameters.get('elements', 'n')}\"", "parameters.get('element', 'n')}\""),
    of_row("reductions", "std", '{n - ddof:g}"', '{n:g}"'),
    of_row("losses", "sigmoid_cross_entropy", '_loss("{1}, {2}")', '_loss("{0}, {2}")'),
    of_row("losses", "sigmoid_cross_entropy", '_shared("{1} − {2}"', '_shared("{2} − {1}"'),
    of_row("losses", "sigmoid_cross_entropy", '_shared("−{0}", "−{0}/#")', '_shared("−{0}", "−{0}")'),
    of_row("losses", "mean_squared_error", '"2({0} − {1})/#"', '"({0} − {1})/#"'),
    of_row("losses", "mean_squared_error", '"2({1} − {0})/#"', '"2({0} − {1})/#"'),
    of_row("losses", "mean_squared_error", '== "mean" else 1', '!= "none" else 1'),
    of_row("losses", "mean_squared_error", 'if reduction == "sum" else', 'if reduction == "each" else'),
    of_row("activations", "softplus", '"σ({0})"', '"1 − σ({0})"'),
    of_row("activations", "leaky_relu", 'return None if given == usual else f"{name}', 'return None if given != usual else f"{name}'),
    Fault(f"{ROWS}/indexing.py", '":".join(ends[:2] + ([ends[2]] if ends[2] else []))', '":".join(ends[:2])', NOTATION),
    Fault(f"{ROWS}/indexing.py", 'if index.dtype == bool:', 'if index.dtype != bool:', NOTATION),
    Fault(f"{ROWS}/shape.py", "list(range(len(axes)))[::-1]", "list(range(len(axes)))", NOTATION),
    # parentheses
    Fault(f"{STEP}/notation.py", '{"+": SUM, "−": PRODUCT,', '{"+": SUM, "−": SUM,', PARENTHESES),
    Fault(f"{STEP}/notation.py", '"×": PRODUCT, "·"', '"×": SUM, "·"', PARENTHESES),
    Fault(f"{STEP}/notation.py", "SIGN if _is_operator(_last(left)) else POWER", "PRODUCT if _is_operator(_last(left)) else POWER", PARENTHESES),
    Fault(f"{STEP}/notation.py", 'if left[-1] == "^":\n        return NAME', 'if left[-1] == "^":\n        return SIGN', PARENTHESES),
    Fault(f"{STEP}/notation.py", 'or right[0] in "^[":\n        return NAME', 'or right[0] in "^[":\n        return POWER', PARENTHESES),
    Fault(f"{STEP}/notation.py", "return PRODUCT if _is_operator(sign) else POWER", "return SUM if _is_operator(sign) else POWER", PARENTHESES),
    Fault(f"{STEP}/notation.py", 'if inserted.startswith("−") and left', 'if inserted.startswith("+") and left', PARENTHESES),
    Fault(f"{STEP}/notation.py", "if inserted[:1].isdigit() and text[-1:].isdecimal():", "if False:", f"{NOTATION}::test_the_square_of_a_number_has_a_slope_that_is_not_its_digits"),
    Fault(f"{STEP}/notation.py", "        return PRODUCT\n    if outer[:1]", "        return SIGN\n    if outer[:1]", PARENTHESES),
    # kinks
    of_kink("activations", "relu", 'activation="ReLU", kinks=lambda x: x)', 'activation="ReLU")'),
    of_kink("activations", "elu", "() if alpha == 1.0 else x", "() if alpha != 1.0 else x"),
    of_kink("activations", "selu", 'activation="SELU", kinks=lambda x: x)', 'activation="SELU")', "composition"),
    of_kink("activations", "hard_tanh", "(x - min_val, x - max_val)", "x - max_val", "composition"),
    of_kink("arithmetic", "absolute", 'symbol="|·|", kinks=lambda x: x', 'symbol="|·|", kinks=lambda x: x - 1.0'),
    of_kink("arithmetic", "clip", "np.maximum(x, low) - high", "x - high"),
    of_kink("elementwise", "arctan2", "np.where(x < 0, y, np.hypot(x, y))", "np.hypot(x, y)"),
    of_kink("reductions", "min", "functools.partial(extreme_gap, sign=-1.0)", "extreme_gap"),
    of_kink("reductions", "std", "np.ptp(a, axis)", "np.max(a, axis)"),
    of_kink("norms", "norm", "return _length(x, axes) if ord > 1 else x", "return _length(x, axes)", "composition"),
    of_kink("indexing", "sort", "@function(np.sort, kinks=_sort_kinks)", "@function(np.sort)", "composition"),
    # who reads them
    Fault(f"{STEP}/badges.py", "_FLAT = 0.01", "_FLAT = 0.02", BADGES),
    Fault(f"{STEP}/badges.py", "(units == 0).all(axis=0)", "(units == 0).any(axis=0)", BADGES),
    Fault(f"{STEP}/badges.py", "at = int((distance == 0).sum())", "at = int((distance >= 0).sum())", BADGES),
    Fault(f"{STEP}/badges.py", "np.minimum.reduce(np.broadcast", "np.maximum.reduce(np.broadcast", BADGES),
    Fault(f"{STEP}/badges.py", "not all(sides):", "not any(sides):", BADGES),
    Fault(f"{STEP}/naming.py", "self.activations = activation_rows()", 'self.activations = {"tanh"}', f"{FACTS}::test_the_name_of_its_result"),
    Fault("microae/nn/activations.py", '"axis" not in options_of', '"axes" not in options_of', "tests/drawing/test_activations.py"),
    Fault("microae/drawing/walk/by_hand.py", "value == usual[name].default", "value != usual[name].default", "tests/drawing/walk"),
]  # fmt: skip
