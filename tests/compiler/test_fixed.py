"""What is fixed in programs: numbers of their own classes, constants, arguments that are no arrays, labels in texts."""

import ast
import enum
import functools
import json
import operator
import re
import shutil
import subprocess
from typing import NamedTuple

import numpy as np
import pytest

import microae as ma

DATA = np.random.default_rng(0).random((4, 3)) + 0.1
BACKENDS = ["numpy", "python", "numba", "jax"]


class Whole(enum.IntEnum):
    ONE = 1
    TWO = 2


class Bits(enum.IntFlag):
    ONE = 1
    TWO = 2


class Mode(enum.StrEnum):
    CONSTANT = "constant"


class Shape(NamedTuple):
    rows: int
    columns: int


class Percent(float):
    def __repr__(self):
        return f"{100 * float(self):.0f}"


class Narrow(np.float64):
    def __repr__(self):
        return "7"


HALF = Percent(0.5)
NUMBERS = {
    "a factor": lambda x: x * Whole.TWO,
    "a flag": lambda x: x + (Bits.ONE | Bits.TWO),
    "a power": lambda x: x**Whole.TWO,
    "an index": lambda x: x[Whole.ONE],
    "a slice": lambda x: x[Whole.ONE : Whole.TWO],
    "an axis": lambda x: x.sum(axis=Whole.ONE),
    "axes": lambda x: np.transpose(x, (Whole.ONE, 0)),
    "a shape": lambda x: x.reshape(Whole.TWO, 6),
    "a shape with names": lambda x: x.reshape(Shape(2, 6)),
    "a percentage": lambda x: x * HALF,
    "its power": lambda x: x**HALF,
    "a limit": lambda x: np.clip(x, 0, HALF),
    "a choice": lambda x: np.where(x > HALF, HALF, Whole.TWO),
    "a slope": lambda x: ma.leaky_relu(x - 0.5, HALF),
    "of a Value": lambda x: (ma.Value(x) * HALF).data,
    "of a number of a Value": lambda x: (ma.Value(2.0) * HALF * x).data,
    "NumPy's": lambda x: x * Narrow(0.5),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("what", NUMBERS)
def test_a_number_of_a_class_of_its_own_is_the_number(what, backend):
    function = NUMBERS[what]
    assert ma.compile(function, backend=backend)(DATA) == pytest.approx(function(DATA), rel=1e-13)


def test_a_number_of_a_class_of_its_own_widens_float32_no_more_than_in_an_ordinary_step():
    x = DATA.astype(np.float32)

    def scaled(x):
        return x * (ma.Value(2.0) * HALF).data

    assert ma.compile(scaled, backend="numpy")(x).dtype == scaled(x).dtype


def test_a_text_of_a_class_of_its_own_is_the_text():
    compiled = ma.compile(lambda x: np.pad(x, Whole.ONE, mode=Mode.CONSTANT), backend="numpy")
    assert np.array_equal(compiled(DATA), np.pad(DATA, 1))


def test_numbers_of_classes_of_their_own_are_plain_in_the_texts():
    compiled = ma.compile(lambda x: x * Whole.TWO + HALF).trace(DATA[0])
    assert "* 2 + 0.5" in compiled.source
    assert "* 2 + 0.5" in compiled.javascript()


SIGNED = np.array([0.0, -0.0, 0.0])


@pytest.mark.parametrize("backend", ["numpy", "numba", "jax"])
@pytest.mark.parametrize("zeros", [SIGNED, -SIGNED], ids=str)
def test_a_constant_of_zeros_of_both_signs_keeps_them(zeros, backend):
    for function in (lambda x: x / zeros, lambda x: np.copysign(x, zeros), lambda x: np.arctan2(zeros, -x)):
        with np.errstate(all="ignore"):
            assert np.array_equal(ma.compile(function, backend=backend)(DATA), function(DATA))


def test_a_constant_of_one_number_is_written_as_the_number():
    for number in (-0.0, 0.5):
        text = ma.compile(lambda x: np.copysign(x, np.full(3, number))).trace(DATA).source  # noqa: B023 (called here)
        assert f"np.copysign(x, {number})" in text


FIXED = {
    "a slice": (operator.getitem, slice(0, 3), slice(0, 2)),
    "a slice of NumPy's numbers": (operator.getitem, slice(np.int64(1), None), slice(np.int64(2), None)),
    "a slice in a tuple": (operator.getitem, (slice(0, 2), 1), (slice(0, 2), 0)),
    "a slice in a dict": (lambda x, i: x[i["rows"]], {"rows": slice(0, 2)}, {"rows": slice(1, 2)}),
    "an ellipsis": (operator.getitem, ..., None),
    "a dtype": (lambda x, i: x.astype(i), np.dtype(np.float32), np.dtype(np.int64)),
    "a dtype of another order": (lambda x, i: x.astype(i.newbyteorder("=")), np.dtype(">f4"), np.dtype(">i8")),
    "a type": (lambda x, i: x.astype(i), np.float32, int),
    "a function": (lambda x, i: i(x), np.tanh, ma.relu),
    "a function with arguments": (lambda x, i: i(x), functools.partial(np.power, 2.0), functools.partial(np.power, 3)),
    "an enum": (lambda x, i: x * i, Whole.ONE, Whole.TWO),
    "a number that says little": (lambda x, i: x * i, Percent(0.501), Percent(0.502)),
    "a text of NumPy's": (lambda x, i: np.pad(x, 1, mode=i), np.str_("edge"), np.str_("wrap")),
    "a date of NumPy's": (lambda x, i: x * (i > np.datetime64("2020")), np.datetime64("2019"), np.datetime64("2021")),
}


@pytest.mark.parametrize("what", FIXED)
def test_what_is_no_array_is_a_fixed_argument(what):
    function, *arguments = FIXED[what]
    compiled = ma.compile(function, backend="numpy")
    for argument in (*arguments, *arguments):
        assert np.array_equal(compiled(DATA, argument), function(DATA, argument))
    assert len(compiled._entries) == 2


async def awaited(x):
    return x * 2.0


async def yielded(x):
    yield x * 2.0


class Awaited:
    async def __call__(self, x):
        return x * 2.0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "function", [awaited, yielded, Awaited(), functools.partial(awaited), lambda x: (awaited(x), 1.0)]
)
def test_what_computes_once_it_is_awaited_is_refused(function):
    with pytest.raises(ma.CompileError, match="only once it is awaited; compile a plain function"):
        ma.compile(function)(DATA)


def test_what_computes_once_it_is_asked_is_refused():
    def one_by_one(x):
        yield x * 2.0

    with pytest.raises(ma.CompileError, match="returns 'generator' with arrays in it"):
        ma.compile(one_by_one)(DATA)


def test_a_mean_that_runs_along_is_to_be_held_in_a_value():
    class Normalised(ma.nn.Module):
        def __init__(self, mean):
            self.mean = mean

        def forward(self, x):
            centre = ma.Value(x).mean(axis=0)
            if isinstance(self.mean, ma.Value):
                self.mean.data = 0.9 * self.mean.data + 0.1 * centre.data
            else:
                self.mean = 0.9 * self.mean + 0.1 * centre.data
            return x - centre

    with pytest.raises(ma.CompileError, match=r"such as a running mean, in a ma\.Value, and set its data"):
        ma.compile(Normalised(np.zeros(3)))(DATA)
    right, found = (Normalised(ma.Value(np.zeros(3))) for _ in range(2))
    compiled = ma.compile(found)
    for _ in range(3):
        right(DATA), compiled(DATA)
    assert found.mean.data == pytest.approx(right.mean.data, rel=1e-13)


LABELS = [
    "*/ throw 1 /*",
    "a\nthrow 1\n",
    "a\u2028throw 1",
    "a\r\nthrow 1 //",
    "*\u200b/ throw 1 /*",
    "__proto__",
    "x²",
]


@pytest.mark.parametrize("label", LABELS)
def test_a_label_stays_in_its_comment(label):
    w = ma.Value(DATA[0], label=label)
    optimizer = ma.Adam([w])

    @ma.compile
    def step(x):
        optimizer.zero_grad()
        loss = ((x * w) ** 2).sum()
        loss.backward()
        optimizer.step()
        return loss

    text = step.trace(DATA[0]).javascript()
    heading, code = text.split("\n */\nfunction ", 1)
    assert not re.search(r"\*/|[^\S\n ]", heading)
    assert all(line.startswith(("/**", " *")) for line in heading.split("\n"))
    assert "throw 1" not in code
    assert [type(part) for part in ast.parse(step.source).body] == [ast.Import, ast.FunctionDef]
    if shutil.which("node"):
        given = json.dumps({"x": DATA[0].tolist(), **step.state()})
        script = f"{text}\nif (!(step({given}).results[0] > 0)) throw new Error()"
        subprocess.run(["node", "-e", script], check=True)


def test_the_name_of_a_file_stays_in_its_comment():
    row = ma.operation(lambda x: np.asarray(x) * 2.0)
    row.vjps = (lambda g, out, x: g * 2.0,)
    function = eval(compile("lambda x: row(Value(x))", "a\nimport os\n#", "eval"), {"row": row, "Value": ma.Value})
    text = ma.compile(function).trace(DATA).source
    assert "# It needs " in text
    assert [type(part) for part in ast.parse(text).body] == [ast.Import, ast.FunctionDef]


def test_a_function_whose_name_is_none_of_pythons_has_another_in_the_text():
    def function(x):
        return x * 2.0

    function.__name__ = "1st"
    assert "def step(x):" in ma.compile(function).trace(DATA).source
