"""What is declared of how rows are written, read again and computed: formulas against the forward function, local
derivatives times a gradient against the rule, for every row and all that its cases draw."""

from __future__ import annotations

import re

import numpy as np
import pytest

import microae as ma
from microae.core.operation import TABLE
from microae.drawing.step.notation import Written, derivative, formula
from tests.drawing.step.reading import shaped, value
from tests.operations.cases import ROWS

LETTERS = "pqrs"
PRODUCTS = ("matmul", "linear")
MOVED = ("getitem", "scatter", "where", "diagonal", "diagonal_embed", "flip", "roll", "reshape", "broadcast_to",
         "concatenate", "einsum", "transpose", "cofactors_vjp", "divisor")  # fmt: skip
"""Their formulas name what they do, or what numbers they take, but not which of them go where."""
NAMED = ("einsum", "convolve", "solve", "inv", "cholesky", "cofactors", "cofactors_vjp", "softmax", "log_softmax",
         "max", "min", "prod", "cumsum", "cumprod", "diagonal", "diagonal_embed", "eigvalsh", "eigvals", "svdvals",
         "eigenvectors", "general_eigenvectors", "left_singular_vectors", "right_singular_vectors", "orthonormal",
         "triangular", "pinv", "sinc", "products_of_others")  # fmt: skip
"""Their derivatives are not written out."""
OF_MATRICES = ("det", "inv", "logabsdet", "cholesky", "cofactors", "cofactors_vjp", "solve", "eigvalsh", "eigvals",
               "svdvals", "eigenvectors", "general_eigenvectors", "left_singular_vectors", "right_singular_vectors",
               "orthonormal", "triangular", "pinv")  # fmt: skip
ARRANGED = ("getitem", "scatter", "flip", "roll", "reshape", "concatenate", "transpose")
"""Their derivatives put the numbers of a gradient elsewhere, as NumPy's functions of these names do."""
BY_NAME = ("relu", "leaky_relu", "elu", "sigmoid")
"""Neither are these, which every student knows, and each is the slope of the function that it names."""
SEEDS = range(40)


def node_of(name, seed):
    """A result of the row as a case draws it."""
    case = ROWS[name][seed % len(ROWS[name])]
    arrays, parameters = case.sample(seed)
    try:
        out = case.call(*(ma.Value(a) for a in arrays), **parameters)
    except ValueError:  # of no elements
        return None
    while out.operation.name != name:  # what a case adds around the row, or the row's own inputs after it
        out = next(x for x in out.inputs if x is not None and x.operation is not None)
    return out


def is_told(node):
    """Whether the formula has all that it takes: not which axes, and whole arrays for products."""
    row = node.operation.name
    if node.parameters.get("axis") is not None and row not in MOVED and row not in ("softmax", "log_softmax"):
        return False
    if row in ("softmax", "log_softmax") and node.parameters.get("axis", -1) not in (-1, np.ndim(node.data) - 1):
        return False
    if not all(np.size(a) for a in (*node.arguments, node.data)) or node.parameters.get("reduction") == "none":
        return False
    least = 2 if row in PRODUCTS else 0
    most = 2 if row in (*PRODUCTS, *OF_MATRICES) else 9
    return all(least - (row == "linear" and i == 2) <= np.ndim(a) <= most for i, a in enumerate(node.arguments))


def fault(node):
    """What is wrong with the texts of a node: a word and the text; nothing if all can be read and are right."""
    row, arguments, parameters = node.operation, [np.asarray(a) for a in node.arguments], dict(node.parameters)
    known = parameters | {"elements": max(1, arguments[0].size // max(1, np.size(node.data)))}
    known["shapes"] = [a.shape for a in arguments]
    letters = [Written(letter) for letter in LETTERS[: len(arguments)]]
    names = dict(zip(LETTERS, arguments, strict=False)) | {"z": np.asarray(node.data)}
    text = formula(row, letters, known).text
    if row.name not in MOVED:
        found = value(text, names)
        if not np.allclose(np.ravel(found), np.ravel(node.data), rtol=1e-9, atol=1e-11):
            return f"formula {text}"
    g = np.random.default_rng(0).uniform(0.5, 1.5, np.shape(node.data))
    for i in range(len(arguments)):
        rule = row.vjps[i]
        text = derivative(row, i, letters, Written("z"), known)
        if rule is None:
            if text:
                return f"derivative {text} by what nothing flows to"
            continue
        if "∂" in text or ("′" in text and row.name not in BY_NAME):
            if row.name not in NAMED:
                return f"derivative {text} is not written out"
            continue
        expected = shaped(rule(g, node.data, *arguments, **parameters), arguments[i])
        if row.name in PRODUCTS and i < 2:
            found = value(f"G {text}" if i == 0 else f"{text} G", names | {"G": g})
        elif row.name in ARRANGED:
            text = derivative(row, i, letters, Written("z"), known, Written("G"))
            if not UNTOLD.search(text) and not arranges(text, g, expected):
                return f"derivative {text}"
            continue
        elif row.name == "where":
            holds = np.asarray(parameters["condition"])
            found = shaped(g * {"[condition]": holds, "[not condition]": ~holds}[text], arguments[i])
        else:
            found = shaped(g * value(text, names), arguments[i])
        if not np.allclose(found, expected, rtol=1e-5, atol=1e-6, equal_nan=True):
            return f"derivative {text}"
    return ""


UNTOLD = re.compile(r"indices|mask of")  # of many indices only how many they are


def arranges(text, g, wanted):
    """Whether what a text does to the gradient ``G`` makes what is wanted."""

    def scatter(numbers, index):
        out = np.zeros(wanted.shape)
        np.add.at(out, index, numbers)
        return out

    plain = text.replace("−", "-").replace("…", "...").replace("new", "None").replace("Gᵀ", "transpose(G)")
    plain = re.sub(r"mask=(\[\[.*?\]\]|\[.*?\])", r"np.array(\1, bool)", plain)
    plain = re.sub(r"^scatter\(G, \[(.*)\]\)$", r"scatter(G, np.s_[\1])", plain)
    reshape = lambda numbers: numbers.reshape(wanted.shape)
    known = {"transpose": np.transpose, "flip": np.flip, "roll": np.roll, "scatter": scatter, "reshape": reshape}
    found = eval(plain, {"np": np, "G": g} | known)
    return found.shape == wanted.shape and np.allclose(found, wanted)


def faults(name, seeds=SEEDS):
    read = 0
    for seed in seeds:
        node = node_of(name, seed)
        if node is not None and is_told(node) and _is_smooth(node):
            read += 1
            if found := fault(node):
                return found
    return "" if read else "never read"


def _is_smooth(node):
    """Not at a kink where the text has no value, or a side of its own."""
    if node.operation.name in ("maximum", "minimum", "absolute", "clip") or node.operation.facts.kinks is None:
        return True  # what they say holds at ties too
    if node.operation.name == "std" and node.arguments[0].size == 1:
        return False  # always 0, and so is its derivative
    kinks = node.operation.facts.kinks(*node.arguments, **node.parameters)
    return all((np.abs(k) > 1e-5).all() for k in (kinks if isinstance(kinks, tuple) else (kinks,)))


WITH_CASES = [name for name in TABLE if name in ROWS]


def test_all_rows_have_cases_but_three():
    assert set(TABLE) - set(WITH_CASES) <= {"cofactors_vjp", "zero_only_here", "bent"}
    assert set(MOVED) | set(NAMED) | set(BY_NAME) <= set(TABLE)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", WITH_CASES)
def test_what_a_row_says_is_so(name):
    assert faults(name) == ""


PLANTED = {
    "add": {"derivatives": ("−1",)}, "subtract": {"derivatives": ("1",)}, "sin": {"derivatives": ("−cos({0})",)},
    "log2": {"derivatives": ("1/{0}",)}, "tan": {"derivatives": ("1 − {out}²",)}, "exp": {"notation": "2^{0}"},
    "multiply": {"derivatives": ("{0}", "{1}")}, "matmul": {"notation": "{1} {0}"}, "norm": {"derivatives": ("{0}",)},
    "linear": {"derivatives": ("{1}", "{0}ᵀ", "1")}, "clip": {"derivatives": ("[{1} ≤ {0} ≤ {2}]",)},
    "maximum": {"derivatives": ("(1 + sign({0} − {1}))/2",)}, "mean": {"derivatives": ("1",)},
    "cosh": {"derivatives": None}, "sigmoid_cross_entropy": {"notation": "{symbol}({0}, {2})"},
    "binary_cross_entropy": {"derivatives": ("ln {0}",)}, "leaky_relu": {"notation": None}, "power": {"symbol": "×"},
    "hypot": {"derivatives": ("{0}/{out}",)}, "where": {"derivatives": ("[condition]",)}, "sqrt": {"symbol": "∛"},
    "flip": {"derivatives": ("{g}",)}, "transpose": {"derivatives": ("{g}ᵀ",)},
    "roll": {"derivatives": ("roll({g}, 1)",)}, "getitem": {"derivatives": ("reshape({g})",)},
    "concatenate": {"derivatives": ("reshape({g})",)}, "reshape": {"derivatives": ("{g}",)},
    "std": {"notation": None}, "arctan2": {"derivatives": ("{1}/({0} + {1})²", "−{0}/({0}² + {1}²)")},
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", PLANTED)
def test_a_wrong_notation_is_found(name, monkeypatch):
    row = TABLE[name]
    facts = {field: getattr(row.facts, field) for field in row.facts._fields} | PLANTED[name]
    monkeypatch.setattr(row, "facts", type(row.facts)(**facts))
    try:
        found = faults(name)
    except (SyntaxError, ValueError) as error:  # it cannot be read at all
        found = str(error)
    assert found not in ("", "never read")
