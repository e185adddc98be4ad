"""The worked example against exact rational arithmetic, and every printed digit."""

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from microae import paper
from microae.paper.walkthrough import GIVEN, Row


def _exact() -> dict[str, list[object]]:
    """The printed weights in rational arithmetic; the sigmoid to 40 digits."""
    read = {
        name: np.vectorize(Fraction, otypes=[object])(np.array(texts, dtype=object))
        for name, texts in paper.PRINTED.items()
    }
    x = read["input"]
    z1 = [sum(x[i] * read["W(1)"][i, j] for i in range(3)) + read["b(1)"][j] for j in range(4)]
    a1 = [z if z > 0 else z / 100 for z in z1]
    z2 = [sum(a1[i] * read["W(2)"][i, j] for i in range(4)) + read["b(2)"][j] for j in range(3)]
    with mpmath.workdps(40):
        a2 = [Decimal(str(1 / (1 + mpmath.exp(-mpmath.mpf(z.numerator) / z.denominator)))) for z in z2]
    decimals = [[Decimal(z.numerator) / Decimal(z.denominator) for z in zs] for zs in (z1, a1, z2)]
    return dict(zip(("z(1)", "a(1)", "z(2)", "a(2)", "output"), (*decimals, a2, a2), strict=True))


EXACT = _exact()
ROWS = paper.walkthrough()


@pytest.mark.parametrize("row", [row for row in ROWS if row.step not in GIVEN], ids=lambda row: row.name)
def test_the_computed_number_is_the_exact_one(row):
    exact = EXACT[row.step][row.element[0]]
    assert abs(Decimal(row.computed) - exact) <= abs(exact) * Decimal("1e-13")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_printed_digit_is_right(row):
    assert row.agrees
    assert row.rounded == row.printed
    assert re.sub(r"\d", "✓", row.printed) == row.ticks


@pytest.mark.parametrize("step", ["z(1)", "a(1)", "z(2)", "a(2)", "output"])
def test_every_printed_digit_follows_exactly(step):
    for exact, printed in zip(EXACT[step], paper.PRINTED[step], strict=True):
        assert f"{exact.quantize(Decimal(printed), ROUND_HALF_UP):f}" == printed


def test_all_that_is_printed_is_compared():
    def count(texts):
        return 1 if isinstance(texts, str) else sum(map(count, texts))

    assert len(ROWS) == sum(map(count, paper.PRINTED.values())) == 51
    assert len({(row.step, row.element) for row in ROWS}) == 51
    for row in ROWS:
        texts = paper.PRINTED[row.step]
        for i in row.element:
            texts = texts[i]
        assert texts == row.printed


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_wrong_digit_is_seen(row):
    """The last printed digit changed by one: the row does not agree, and exactly that digit has a cross."""
    last = row.printed[-1]
    changed = Row(row.step, row.element, row.printed[:-1] + str((int(last) + 1) % 10), row.computed)
    assert not changed.agrees
    assert changed.ticks.count("✗") == 1
    assert changed.ticks[-1] == "✗"


def test_a_wrong_weight_is_seen():
    net = paper.network()
    weight = net.encoder[0].weight
    data = weight.numpy()
    data[0, 0] += 1e-5
    weight.data = data
    wrong = {row.step for row in paper.walkthrough(net) if not row.agrees}
    assert {"W(1)", "z(1)", "a(1)", "z(2)"} <= wrong


@pytest.mark.parametrize(("k", "step"), [(0, "W(1)"), (1, "b(1)"), (2, "W(2)"), (3, "b(2)")])
def test_every_parameter_is_the_networks(k, step):
    net = paper.network()
    parameter = list(net.parameters())[k]
    parameter.data = parameter.numpy() + 1.0
    assert [row.computed for row in paper.walkthrough(net) if row.step == step] == parameter.numpy().ravel().tolist()
    assert {row.step for row in paper.walkthrough(net) if row.step in GIVEN and not row.agrees} == {step}


def test_a_line_of_the_table():
    table = paper.walkthrough_table([Row("z(2)", (1,), "-10.33785547", -10.3378554712345)])
    assert table.splitlines() == [
        "step       printed          computed             digits",
        "z(2)[2]    -10.33785547     -10.3378554712       -✓✓.✓✓✓✓✓✓✓✓",
        "1 printed numbers, 1 agree in every printed digit",
    ]


@pytest.mark.parametrize(
    ("printed", "computed", "ticks"),
    [
        ("0.25", 0.2549, "✓.✓✓"),
        ("0.25", 0.2551, "✓.✓✗"),
        ("-0.25", 0.25, "✗✓.✓✓"),
        ("10.5", 9.5, "✗✗.✓"),
        ("9.5", 10.5, "✗✗.✓"),
        ("1", float("0.6"), "✓"),
        ("0.50", 0.4999, "✓.✓✓"),
    ],
)
def test_ticks_stand_under_their_digits(printed, computed, ticks):
    row = Row("z", (0,), printed, computed)
    assert row.ticks == ticks
    assert row.agrees == ("✗" not in ticks)


def test_the_table_shows_what_is_wrong_and_counts():
    rows = paper.walkthrough()
    assert paper.walkthrough_table(rows).endswith("51 printed numbers, 51 agree in every printed digit")
    assert "W(1)" not in paper.walkthrough_table(rows)
    assert "W(1)[3, 4]" in paper.walkthrough_table(rows, given=True)
    wrong = [Row(row.step, row.element, row.printed, row.computed + 1) if row.step == "b(2)" else row for row in rows]
    table = paper.walkthrough_table(wrong)
    assert "b(2)[1]" in table
    assert table.endswith("51 printed numbers, 48 agree in every printed digit")
