"""What formulas and numbers say, read again and computed: each text against NumPy, derivatives against differences."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import microae as ma
from microae.drawing.step.notation import Written, aligned, derivative, dimensions, formula, number, numbers
from microae.operations import TABLE
from tests.drawing.step.reading import shaped, value
from tests.operations.cases import ROWS

# --- numbers

FEW = {
    10.0: "10", 100.0: "100", 1000.0: "1000", 9999.0: "9999", 10000.0: "1e4", 12345.0: "1.2e4", 200.0: "200",
    1234.0: "1234", 1234.5: "1234", 0.001: "0.001", 0.00099: "9.9e−4", -0.5: "−0.5", 99.96: "100", 99.94: "99.9",
    20.5: "20.5", -3.2e-5: "−3.2e−5", 1e-10: "1e−10", 1e20: "1e20", 120.4: "120", 0.1: "0.1", 1.0: "1", -1.0: "−1",
    0.0: "0", math.inf: "∞", -math.inf: "−∞", math.nan: "NaN", 1.006: "1.01", 1.004: "1.004", 0.99968: "0.9997",
    0.87: "0.87", 0.87012: "0.870", 99999.0: "1.0e5",
    0.00443317: "0.00443",
}  # fmt: skip


@pytest.mark.parametrize("x", FEW)
def test_a_number_in_few_letters(x):
    assert number(x) == FEW[x]
    assert number(-0.0) == "0"


def read(text):
    return float(text.replace("−", "-").replace("∞", "inf"))


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(2, 6))
def test_a_number_read_again_is_the_number_up_to_its_digits(x, digits):
    assume(abs(x) < 1e307)  # what it is rounded to may be too large
    text = number(x, digits)
    assert "-" not in text
    if x == 0:
        assert text == "0"
        return
    shown = digits - 1 if "e" in text else digits
    last = 10.0 ** (math.floor(math.log10(abs(x))) + 1 - shown)
    unit = last if "e" in text else min(last, 1.0)  # a whole number has all its digits
    assert abs(read(text) - x) <= 0.5 * unit * (1 + 1e-9) or read(text) == pytest.approx(x, rel=1e-12)
    assert ("e" in text) == (not 1e-3 <= abs(x) < 10 ** (digits + 1))
    if "." in text and text.split("e")[0].endswith("0"):  # zeros at the end say that it is rounded
        assert read(text) != x


AMONG = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, 20.0, math.nan, math.inf]),
    st.floats(-1.0, 1.0).map(lambda t: 1 / (1 + math.exp(-20 * t))),  # what a sigmoid makes
    st.floats(-12.0, 8.0).map(lambda t: 10.0**t),
    st.floats(-3.0, 3.0),
)


def reads_alike(a, b):
    """Whether two numbers are so close that a picture may write them alike."""
    return a == b or abs(a - b) <= 1e-4 * max(abs(a), abs(b))


@settings(max_examples=400)
@given(st.lists(AMONG, min_size=1, max_size=6))
def test_numbers_of_a_row_are_in_one_format_told_apart_and_never_0_or_1_that_they_are_not(values):
    texts = aligned(values)
    known = [(x, text) for x, text in zip(values, texts, strict=True) if math.isfinite(x)]
    for x, text in known:
        assert read(text) == pytest.approx(x, rel=6e-2)  # of the smallest one digit behind the first
        assert (read(text) in (0.0, 1.0, -1.0)) == (x in (0.0, 1.0, -1.0)) or reads_alike(x, round(x))
        assert x != round(x) or abs(x) >= 1e4 or text == str(int(x)).replace("-", "−")
        for other, its in known:
            assert text != its or reads_alike(x, other)
    assert len({"e" in text for x, text in known if x != round(x) or abs(x) >= 1e4}) <= 1


@given(st.integers(-9999, 9999))
def test_whole_numbers_are_written_whole(n):
    assert number(float(n)) == str(n).replace("-", "−")


def test_numbers_that_stand_together_have_as_many_digits():
    assert aligned([10.0, -2.0, 0.0]) == ["10", "−2", "0"]
    assert aligned([1.0, 0.5, 0.25]) == ["1", "0.50", "0.25"]
    assert aligned([1.0, 0.5, 1.0 / 3.0]) == ["1", "0.500", "0.333"]
    assert aligned([100.0, 99.9, 0.5]) == ["100", "99.9", "0.5"]
    assert aligned([np.nan, 1.0, np.inf]) == ["NaN", "1", "∞"]
    assert aligned([-np.inf, 0.25, 120.0]) == ["−∞", "0.25", "120"]
    assert aligned([0.5, 20.0, np.pi], digits=2) == ["0.50", "20", "3.1"]
    assert aligned([0.387123, 6.21e-4]) == ["0.387", "0.00062"]
    assert aligned([2.1449e-3, 6e-4, 0.0]) == ["2.1e−3", "6.0e−4", "0"]
    assert aligned([0.8703, 0.8704]) == ["0.8703", "0.8704"]
    assert aligned([np.float32(0.1), np.float32(0.7)]) == ["0.1", "0.7"]


def test_arrays_in_a_formula():
    assert numbers(np.array([[1.0, -0.5], [10.0, 0.0]])) == "[[1, −0.5], [10, 0]]"
    assert numbers(np.arange(16.0)).startswith("[0, 1, ")
    assert numbers(np.arange(17.0)) == "(17)"
    assert numbers(np.zeros((4, 4))).startswith("[[0")
    assert numbers(np.zeros((3, 6))) == "(3×6)"
    assert numbers(np.zeros((1, 1, 1))) == "(1×1×1)"
    assert numbers(-20.0) == "−20"
    assert dimensions(()) == "scalar"
    assert dimensions((2, 3, 4)) == "2×3×4"


# --- formulas

EXACT = {  # what is written without what it does: where numbers go, not what they are
    "getitem": "p[new]", "scatter": "scatter(p)", "where": "where(condition, p, q)", "diagonal": "diag(p)",
    "diagonal_embed": "diag(p)", "flip": "flip(p)", "roll": "roll(p)", "reshape": "reshape(p)",
    "broadcast_to": "broadcast(p)",
    "concatenate": "concatenate(p, q, r)", "einsum": "einsum(p, q, r)", "cofactors": "cof(p)",
    "cofactors_vjp": "cofVJP(p, q)",
    "sigmoid_cross_entropy": "BCE(q, r)",  # of the sigmoid's result
}  # fmt: skip
LETTERS = "pqrs"


def sample(name):
    """Operands of a row, if it can be called without parameters; a parameter that is an operand is one."""
    for case in ROWS[name]:
        for seed in range(80):
            arrays, given_ = case.sample(seed)
            operands = [*arrays, *(given_[p] for p in TABLE[name].parameters if p == "y" and p in given_)]
            if all(np.size(a) > 1 for a in arrays) and not set(given_) - {"y", "dtype"}:
                return case, operands
    return None


def test_every_row_is_read_or_known_by_its_words():
    unread = [name for name in TABLE if name not in EXACT and name in ROWS and sample(name) is None]
    assert set(unread) <= {
        "leaky_relu",
        "elu",
        "sinc",
        "pinv",
        "std",
        "mean_squared_error",
        "binary_cross_entropy",
        "transpose",
        "norm",
        "p_norm",
    }


@pytest.mark.parametrize("name", [name for name in ROWS if name in TABLE])
def test_the_formula_of_a_row_says_what_it_computes(name):
    operation = TABLE[name]
    operands = [Written(letter) for letter in LETTERS]
    if name in EXACT:
        number_of = 3 if name in ("concatenate", "einsum", "sigmoid_cross_entropy") else len(operation.vjps)
        assert formula(operation, operands[:number_of]).text == EXACT[name]
        return
    found = sample(name)
    rng = np.random.default_rng(0)
    if found is None:  # its parameters are always drawn: plain operands, and its defaults
        arrays = [np.abs(x) if "cross" in name else x for x in rng.uniform(0.1, 0.9, (len(operation.vjps), 2, 3))]
        if name in ("leaky_relu", "elu"):
            arrays[0] = arrays[0] - 0.5
    else:
        arrays = found[1]
    text = formula(operation, operands[: len(arrays)]).text
    more = {"astype": {"dtype": np.float64}, "pinv": {"rcond": 1e-15}}.get(name, {})
    expected = operation.forward(*arrays, **more)
    np.testing.assert_allclose(value(text, dict(zip(LETTERS, arrays, strict=False))), expected, rtol=1e-9, atol=1e-12)


def test_getitem_names_its_index():
    operation, x = TABLE["getitem"], [Written("x")]
    for index, text in [
        ((0, slice(None)), "x[0, :]"), (slice(1, None, 2), "x[1::2]"), (slice(1, 3), "x[1:3]"), (-1, "x[-1]"),
        (np.array([True, False]), "x[mask=[1, 0]]"), (np.array([0, 1]), "x[[0, 1]]"), ((..., 2), "x[…, 2]"),
        ((slice(None), np.array([0, -2])), "x[:, [0, -2]]"), (np.arange(20), "x[20 indices]"),
        (np.arange(20) > 7, "x[mask of 12]"), (np.array(1), "x[1]"), (np.array([], int), "x[[]]"),
        ((None, 2), "x[new, 2]"), (None, "x[new]"), ((..., None), "x[…, new]"), (slice(None), "x"),
    ]:  # fmt: skip
        assert formula(operation, x, {"index": index}).text == text
    for axes, text in {None: "xᵀ", (1, 0): "xᵀ", (-1, -2): "xᵀ", (0, 2, 1): "transpose(x, (0, 2, 1))"}.items():
        assert formula(TABLE["transpose"], x, {"axes": axes}).text == text
        assert derivative(TABLE["transpose"], 0, x, Written("z"), {"axes": axes}) == (
            "·ᵀ" if text == "xᵀ" else "transpose(·, (0, 2, 1))"
        )


def test_a_whole_exponent_is_raised():
    for exponent, text in {"2": "x²", "−2": "x⁻²", "10": "x¹⁰", "0.5": "x^0.5", "n": "x^n"}.items():
        assert formula(TABLE["power"], [Written("x"), Written(exponent)]).text == text


UNARY = {
    "negative": np.negative, "square": np.square, "sqrt": np.sqrt, "reciprocal": np.reciprocal, "exp": np.exp,
    "exp2": np.exp2, "log1p": np.log1p, "tanh": np.tanh, "absolute": np.absolute, "cbrt": np.cbrt, "log2": np.log2,
    "sum": np.sum, "positive": np.positive, "expm1": np.expm1,
}  # fmt: skip
BINARY = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide, "power": np.power}
NAMES = {"x": 0.75, "y": 1.5, "W⁽¹⁾": 0.5, "∇b": 2.0}

leaves = st.one_of(
    st.sampled_from(list(NAMES)).map(lambda name: (Written(name), NAMES[name])),
    st.sampled_from([2.0, 3.0, 0.5, -1.0, -2.5, 10.0]).map(
        lambda x: (Written(number(x), 2 if x < 0 else 4), x)
    ),
)  # fmt: skip
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(list(UNARY)), inner).map(
            lambda drawn: (formula(TABLE[drawn[0]], [drawn[1][0]]), UNARY[drawn[0]](np.float64(drawn[1][1])))
        ),
        st.tuples(st.sampled_from(list(BINARY)), inner, inner).map(
            lambda drawn: (
                formula(TABLE[drawn[0]], [drawn[1][0], drawn[2][0]]),
                BINARY[drawn[0]](np.float64(drawn[1][1]), np.float64(drawn[2][1])),
            )
        ),
    ),
    max_leaves=5,
)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=400)
@given(expressions)
def test_parentheses_stand_where_they_must(drawn):
    written, expected = drawn
    assume(math.isfinite(expected) and abs(expected) < 1e100)
    assert value(written.text, NAMES) == pytest.approx(expected, rel=1e-9, abs=1e-12), written.text


# --- derivatives

NO_FORMULA = ("einsum", "solve")
EITHER_SIGN = {"add", "subtract", "multiply", "negative", "square", "absolute", "relu", "tanh", "leaky_relu", "elu"}
EITHER_SIGN |= {"sigmoid", "reciprocal", "cbrt", "sin", "exp", "clip", "maximum", "minimum", "hypot", "arctan2"}
DOMAIN = {"tan": (0.1, 1.2), "arccosh": (1.3, 3.0), "arctanh": (0.1, 0.8), "arcsin": (0.1, 0.8), "arccos": (0.1, 0.8)}
ELEMENTWISE = [
    name
    for name, cases in ROWS.items()
    if name in TABLE and name not in (*NO_FORMULA, *EXACT)
    and all(case.reference.__class__ is np.ufunc or name in ("relu", "leaky_relu", "elu", "sigmoid", "softplus",
                                                             "erfc", "astype") for case in cases[:1])
    and name not in ("matmul",)
]  # fmt: skip


def slope(name, x, i):
    """The derivative of a row's NumPy function by its input ``i``."""
    reference = ROWS[name][0].reference
    more = {"dtype": np.float64} if name == "astype" else {}

    def along(t):
        return reference(*(np.float64(a + t) if k == i else np.float64(a) for k, a in enumerate(x)), **more)

    h = 1e-4
    return (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h)


def operand(name, x):
    """A number as a name, or written in, or as a compound."""
    return st.sampled_from([
        (Written(name), {name: x}), (Written(f"{name} + w", 0), {name: x - 1.0, "w": 1.0}),
        (Written(f"−{name}", 2), {name: -x}), (Written(f"{x:.9g}".replace("-", "−"), 2 if x < 0 else 4), {}),
        (Written(f"w × {name}", 1), {name: x / 2.0, "w": 2.0}),
    ])  # fmt: skip


def test_the_elementwise_rows_are_these():
    assert len(ELEMENTWISE) > 30


@pytest.mark.parametrize("name", ELEMENTWISE)
@settings(max_examples=25)
@given(st.data())
def test_the_derivative_of_a_row_is_that_of_its_function(name, data):
    arity = len(ROWS[name][0].sample(0)[0])
    low, high = DOMAIN.get(name, (0.3, 1.9))
    signs = (1.0, -1.0) if name in EITHER_SIGN else (1.0,)
    draw = lambda: round(data.draw(st.floats(low, high)) * 64) / 64 * data.draw(st.sampled_from(signs))
    x = [draw() for _ in range(arity)]
    if name == "power" and data.draw(st.booleans()):
        x[1] = float(data.draw(st.integers(0, 12)))
    assume(name != "clip" or len(set(x)) == 3)  # at a bound it takes one side's
    assume(name not in ("remainder", "fmod") or abs(x[0] / x[1] - round(x[0] / x[1])) > 1e-3)  # there it jumps
    i = data.draw(st.integers(0, arity - 1))
    more = {"dtype": np.float64} if name == "astype" else {}
    z = float(ROWS[name][0].reference(*map(np.float64, x), **more))
    names = {}
    operands = []
    for letter, at in zip("pqr", x, strict=False):
        plain = name == "power" and at == int(at) and letter == "q"
        written, known = (Written(str(int(at))), {}) if plain else data.draw(operand(letter, at))
        if known.keys() & names.keys():
            written, known = Written(letter), {letter: at}
        operands.append(written)
        names |= known
    out, known = data.draw(st.sampled_from([(Written("z"), {"z": z}), (Written(f"{z:.12g}".replace("-", "−"), 2), {})]))
    text = derivative(TABLE[name], i, operands, out)
    expected = slope(name, x, i)
    assert value(text, names | known) == pytest.approx(expected, rel=1e-5, abs=1e-6), text


def test_derivatives_that_say_no_more_than_that_they_are():
    p, q, z = Written("p"), Written("q"), Written("z")
    for name in NO_FORMULA:
        assert [derivative(TABLE[name], i, [p, q, p], z) for i in (0, 1)] == ["∂z/∂p", "∂z/∂q"]
    assert derivative(TABLE["softmax"], 0, [p], z) == "softmax′(p)"
    assert derivative(TABLE["log_softmax"], 0, [p], z) == "(log softmax)′(p)"
    assert derivative(TABLE["diagonal"], 0, [p], z) == "diag′(p)"


def test_derivatives_of_what_moves_numbers():
    p, q, z = Written("p"), Written("q"), Written("z")
    for name, text in {
        "reshape": "reshape(·)",
        "concatenate": "part of ·",
        "flip": "flip(·)",
        "sum": "1",
        "broadcast_to": "1",
        "transpose": "·ᵀ",
    }.items():
        assert derivative(TABLE[name], 0, [p, q], z) == text
    assert derivative(TABLE["concatenate"], 3, [p, q, p, q], z) == "part of ·"
    assert derivative(TABLE["mean"], 0, [p], z, {"elements": 12}) == "1/12"
    assert derivative(TABLE["mean"], 0, [p], z) == "1/n"
    assert [derivative(TABLE["matmul"], i, [p, q], z) for i in (0, 1)] == ["qᵀ", "pᵀ"]
    assert [derivative(TABLE["linear"], i, [p, q, p], z) for i in (0, 1, 2)] == ["qᵀ", "pᵀ", "1"]


def differences(function, x, i):
    found = np.empty(np.shape(x[i]))
    for index in np.ndindex(found.shape):
        moved = [np.array(a, float) for a in x]
        sides = []
        for h in (1e-5, -1e-5):
            moved[i][index] = x[i][index] + h
            sides.append(function(*moved))
        found[index] = (sides[0] - sides[1]) / 2e-5
    return found


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("size", [1, 4])
def test_the_derivatives_of_losses(reduction, size):
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=size), rng.uniform(0.1, 0.9, size)
    p = 1 / (1 + np.exp(-z))
    reduce = getattr(np, reduction)
    parameters = {"reduction": reduction, "elements": size}

    def bce(z, y):
        return reduce(np.log1p(np.exp(z)) - y * z)

    def mse(p, y):
        return reduce((p - y) ** 2)

    names, values = [Written("z"), Written("p"), Written("y")], {"z": z, "p": p, "y": y, "L": bce(z, y)}
    for i, k in ((0, 0), (2, 1)):
        text = derivative(TABLE["sigmoid_cross_entropy"], i, names, Written("L"), parameters)
        np.testing.assert_allclose(value(text, values), differences(bce, [z, y], k), atol=1e-8, err_msg=text)
    assert derivative(TABLE["sigmoid_cross_entropy"], 1, names, Written("L"), parameters) == ""
    for i in (0, 1):
        text = derivative(TABLE["mean_squared_error"], i, names[1:], Written("L"), parameters)
        np.testing.assert_allclose(value(text, values), differences(mse, [p, y], i), atol=1e-8, err_msg=text)


# --- the same in drawn graphs: what a box says is what it shows

SHAPES_ARE_TOLD = re.compile(r"\(\d+(×\d+)+\)|\(\d\d+\)")
SAYS_NO_NUMBER = re.compile(
    r"∂z/∂[pqrs]|(scatter|flip|roll|reshape|broadcast|transpose)\(|part of|(Π|softmax|"
    r"log_softmax|max|min|std|norm|inv|det|cof|chol|logabsdet|solve|diag"
    r"|cumΣ|cumΠ|logΣexp|log softmax|eigvalsh|eigvals"
    r"|svdvals|pinv|sinc|eigenvectors|general_eigenvectors|left_singular_vectors|right_singular_vectors|orthonormal"
    r"|triangular|others)′|\w\)′\(|[^\s\[(,]\[|where|einsum|concat"
)
NEVER_DRAWN_PLAIN = {"leaky_relu", "elu", "softmax", "log_softmax", "det", "inv", "solve", "cholesky", "transpose"}
NEVER_DRAWN_PLAIN |= {"eigvalsh", "eigvals", "eigenvectors", "general_eigenvectors", "svdvals", "left_singular_vectors"}
NEVER_DRAWN_PLAIN |= {"right_singular_vectors", "orthonormal", "triangular", "pinv", "sinc", "products_of_others"}
NEVER_DRAWN_PLAIN |= {"logabsdet", "cumsum", "cumprod", "logsumexp", "norm", "p_norm", "std", "max", "min", "prod"}


READ = [name for name in ROWS if name in TABLE and name not in EXACT]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", READ)
def test_a_drawn_operation_says_the_numbers_that_it_shows(name):
    """Its formula, that of each gradient, and both once more with their numbers."""
    read = 0
    for seed in range(12):
        case = ROWS[name][seed % len(ROWS[name])]
        arrays, parameters = case.sample(seed)
        if not all(0 < a.size <= 16 and a.ndim <= 2 for a in arrays) or set(parameters) - {"y", "dtype", "reduction"}:
            continue
        if parameters.get("reduction") == "none" or (name == "matmul" and any(1 in a.shape for a in arrays)):
            continue
        arrays = [np.where(a == 0, 0.25, a) for a in arrays]  # not at a kink
        inputs = [ma.Value(a, label=letter) for a, letter in zip(arrays, LETTERS, strict=False)]
        with ma.record() as step:
            z = case.call(*inputs, **parameters)
            z.label = "z"
            G = ma.Value(np.random.default_rng(seed).uniform(1, 2, z.shape), label="G")
            (z * G).sum().backward()
        scene = ma.draw(step).scene
        values = {box.name: box.value for box in scene.boxes}
        for box in scene.boxes:
            if box.stage == "forward" and box.name != "z":
                continue
            texts = box.formula, box.numbers
            if box.name == "z":  # of what kind, which the reader needs not know
                texts = tuple(re.sub(r" \[\w+=.*?\](?= = |$)", "", text) for text in texts)
            for text, names, tolerance in zip(texts, (values, {}), (1e-6, 4e-2), strict=True):
                for part in text.split(" = ")[1:]:
                    if SHAPES_ARE_TOLD.search(part) or SAYS_NO_NUMBER.search(part):
                        continue
                    found = shaped(value(part, names), box.value)
                    scale = max(np.abs(box.value).max(), *(np.abs(a).max() for a in arrays)) if not names else 1.0
                    np.testing.assert_allclose(
                        found, box.value, rtol=tolerance, atol=0.4 * tolerance * scale, err_msg=f"{box.name}: {text}"
                    )
                    read += 1
    assert read or name in NEVER_DRAWN_PLAIN


def test_a_mean_divides_by_how_many_it_is_taken_over():
    for axis, n in ((None, 6), (0, 2), (1, 3)):
        x = ma.Value(np.arange(6.0).reshape(2, 3), label="x")
        with ma.record() as step:
            (x.mean(axis=axis) * 2.0).sum().backward()
        (box,) = (box for box in ma.draw(step).scene.boxes if box.name == "∇x")
        assert box.formula.endswith(f" · 1/{n}" if axis is None else f" = broadcast(∂L/∂v₁, axis={axis})/{n}")
        np.testing.assert_allclose(box.value, 2.0 / n)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [0, 1, -1, (0, 1), (1,)])
@pytest.mark.parametrize("reduce", [np.sum, np.mean, np.max, np.linalg.norm, np.std])
def test_the_gradient_of_a_reduction_along_an_axis_stands_beside_what_was_reduced(reduce, axis, keepdims):
    data = np.random.default_rng(0).uniform(0.5, 2.0, (2, 3))
    x = ma.Value(data, label="x")
    with ma.record() as step:
        out = reduce(x, axis=axis, keepdims=keepdims)
        (out * np.arange(1.0, out.size + 1.0).reshape(out.shape)).sum().backward()
    (box,) = (box for box in ma.draw(step).scene.boxes if box.name == "∇x")
    g = np.arange(1.0, out.size + 1.0)
    said = box.numbers.split(" = ")[1]
    if reduce in (np.sum, np.mean):
        inner, along, share = re.fullmatch(r"broadcast\((.*), axis=\(?([−\d, ]*?)\)?\)(?:/(\d+))?", said).groups()
        assert [int(k.replace("−", "-")) for k in along.split(", ")] == np.atleast_1d(axis).tolist()
        spread = np.asarray(value(inner, {})).reshape(np.sum(data, axis, keepdims=True).shape)
        np.testing.assert_allclose(np.broadcast_to(spread, data.shape) / float(share or 1), box.value)
    else:
        first = np.asarray(value(said.split(" · ")[0], {}))
        assert np.broadcast_shapes(first.shape, data.shape) == data.shape
        np.testing.assert_allclose(first.ravel(), g)


def test_the_square_of_a_number_has_a_slope_that_is_not_its_digits():
    x = ma.Value(3.0, label="x")
    with ma.record() as step:
        (x**2).backward()
    (box,) = (box for box in ma.draw(step).scene.boxes if box.stage == "backward" and box.of == 0)
    assert box.numbers == "∂L/∂x = 2 · 3 = 6"


def test_what_is_no_function_of_each_number_alone_has_no_slopes():
    """The rule of softmax makes zeros of ones: that says nothing about a gradient."""
    x = ma.Value([1.0, 2.0, 0.5], label="x")
    with ma.record() as step:
        (ma.softmax(x) * np.array([1.0, 2.0, 3.0])).sum().backward()
    (box,) = (box for box in ma.draw(step).scene.boxes if box.name == "∇x")
    assert box.numbers.startswith("∇x = [1, 2, 3] · ")
    assert "softmax′([1, 2, 0.5])" in box.numbers
    y = ma.Value([0.0, 1.0], label="y")
    with ma.record() as step:
        ma.maximum(y, 0.5).sum().backward()
    (box,) = (box for box in ma.draw(step).scene.boxes if box.name == "∇y")
    assert box.formula == "∇y = ∂L/∂v₁ · (1 + sign(y − 0.5))/2"
    assert box.numbers == "∇y = 1 · [0, 1] = [0, 1]" or box.numbers == "∇y = [1, 1] · [0, 1] = [0, 1]"


def test_a_minus_within_a_sum_stands_in_parentheses():
    x = ma.Value(3.0, label="x")
    with ma.record() as step:
        (x + x * -2.0).backward()
    (box,) = (box for box in ma.draw(step).scene.boxes if box.stage == "backward" and box.of == 0)
    assert box.numbers == "∂L/∂x = 1 + (−2) = −1"
    with ma.record() as step:
        (x - x).backward()
    (box,) = (box for box in ma.draw(step).scene.boxes if box.stage == "backward" and box.of == 0)
    assert box.formula == "∂L/∂x = 1 + (−1)"


X = np.arange(6.0).reshape(2, 3) + 0.5
MANY = np.arange(12.0).reshape(4, 1, 3)
CHOICES = {
    "Σ x": lambda x: x.sum(),
    "Σ x [axis=0]": lambda x: x.sum(axis=0),
    "Σ x [axis=−1, keepdims=True]": lambda x: x.sum(axis=-1, keepdims=True),
    "max(x) [axis=1]": lambda x: x.max(axis=1),
    "mean(x) [axis=0]": lambda x: x.mean(axis=0),
    "std(x) [axis=0]": lambda x: x.std(axis=0),
    "std(x, ddof=1) [axis=0]": lambda x: x.std(axis=0, ddof=1),
    "softmax(x) [axis=0]": lambda x: ma.softmax(x, axis=0),
    "softmax(x)": lambda x: ma.softmax(x),
    "concatenate(x, x) [axis=1]": lambda x: np.concatenate([x, x], axis=1),
    "einsum(x, x) [subscripts='ij,kj->ik']": lambda x: np.einsum("ij,kj->ik", x, x),
    "where(condition, x, x) [condition=[[0, 0, 1], [1, 1, 1]]]": lambda x: ma.where(X > 2, x, x),
    "where(condition, x, 1) [condition=000 000 000 011]": lambda x: ma.where(
        np.arange(12.0).reshape(4, 1, 3) > 9, x, 1.0
    ),
    "reshape(x) [shape=(3, 2)]": lambda x: x.reshape(3, 2),
    "broadcast(x) [shape=(4, 2, 3)]": lambda x: np.broadcast_to(x, (4, 2, 3)),
    "transpose(x, (0, 1))": lambda x: np.transpose(x, (0, 1)),
    "xᵀ": lambda x: x.T,
    "flip(x) [axis=0]": lambda x: np.flip(x, axis=0),
    "roll(x) [shift=1, axis=0]": lambda x: np.roll(x, 1, axis=0),
    "cast(x) [dtype=float32]": lambda x: x.astype(np.float32),
    "‖x‖ [axis=(1)]": lambda x: np.linalg.norm(x, axis=1),
}


@pytest.mark.parametrize("said", CHOICES)
def test_a_formula_says_which_axis_shape_or_condition(said):
    y = CHOICES[said](ma.Value(X, label="x"))
    y.label = "y"
    (box,) = (box for box in ma.draw(y).scene.boxes if box.name == "y")
    assert box.formula == f"y = {said}"
