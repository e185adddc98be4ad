"""Drawn steps of many kinds: nothing overlaps, all is inside, every part can be found, the same bytes every run."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import microae as ma
from tests.drawing.step.pictures import STEPS, check, covered, neurons, recorded, struck_out, the_papers
from tests.operations.cases import COMPOSITIONS, ROWS

OPTIONS = [{}, {"detail": "module"}, {"depth": 1}, {"max_nodes": 12}, {"detail": "scalar"}]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("make", STEPS.values(), ids=STEPS)
def test_nothing_overlaps(make, options):
    drawing = ma.draw(make(), **options)
    check(drawing)
    assert covered(drawing) == []


@pytest.mark.parametrize("make", STEPS.values(), ids=STEPS)
def test_no_line_runs_through_its_own_words(make):
    assert struck_out(ma.draw(make())) == []


def test_words_at_a_bend_and_on_a_slope():
    net = ma.Autoencoder([3, 4, 3], sparsity=0.1, seed=0)
    assert struck_out(ma.draw(recorded(net, [[1, 0, 1], [0, 1, 1]]))) == []


def test_a_network_neuron_by_neuron():
    drawing = ma.draw(neurons(), max_nodes=1000)
    check(drawing)
    assert covered(drawing) == []
    assert len(drawing.scene.boxes) > 200


CASES = [
    pytest.param(case, id=f"{name}{i or ''}")
    for group in (ROWS, COMPOSITIONS)
    for name, cases in group.items()
    for i, case in enumerate(cases)
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("detail", ["tensor", "scalar"])
def test_every_operation_of_the_table_draws(case, detail):
    """With its backward pass and an update of its inputs; and as a graph alone."""
    samples = [case.sample(seed) for seed in range(40)]
    arrays, parameters = min((sample for sample in samples if drawable(case, *sample)), key=size)
    leaves = [ma.Value(array) for array in arrays]
    optimizer = ma.SGD(leaves, lr=0.1)
    with ma.record() as step:
        result = case.call(*leaves, **parameters)
        total = sum((part.sum() for part in (result if isinstance(result, (list, tuple)) else [result])), start=0.0)
        total.backward()
        optimizer.step()
    for drawing in (ma.draw(step, detail), ma.draw(total, detail)):
        check(drawing)
        assert all(box.formula for box in drawing.scene.boxes if box.kind == "operation")
        assert not drawing.scene.notes


def size(sample):
    """As small as may be, but nothing empty and no single numbers, so that the structure is seen."""
    sizes = [array.size for array in sample[0]]
    return 0 in sizes, sum(sizes) < 3, sum(sizes)


def drawable(case, arrays, parameters):
    try:
        with np.errstate(all="raise"):
            case.reference(*arrays, **parameters)
    except (ValueError, RuntimeWarning, FloatingPointError):
        return False
    return True


def test_a_row_of_ones_own_is_drawn_by_its_symbol():
    @ma.operation(symbol="swish")
    def my_own(x):
        return x / (1 + np.exp(-x))

    try:
        my_own.vjps = (lambda g, out, x: g * (out + (1 - out) / (1 + np.exp(-x))),)
        w = ma.Value([1.0, -1.0], label="w")
        with ma.record() as step:
            my_own(w).sum().backward()
        text = ma.draw(step).svg()
        check(ma.draw(step))
        assert "swish(w)" in text
        assert "swish′(w)" in text
        check(ma.draw(step, "scalar"))
        assert "swish(w₁)" in ma.draw(step, "scalar").svg()
    finally:
        ma.operations.remove("my_own")


modules = st.recursive(
    st.sampled_from(["linear", "tanh", "relu", "gelu", "dropout"]),
    lambda inner: st.lists(inner, min_size=1, max_size=3),
)


def built(plan, rng):
    if isinstance(plan, list):
        return ma.Sequential(*(built(part, rng) for part in plan))
    kinds = {"tanh": ma.Tanh, "relu": ma.ReLU, "gelu": ma.GELU}
    if plan in kinds:
        return kinds[plan]()
    return ma.Dropout(0.3, seed=rng) if plan == "dropout" else ma.Linear(2, 2, seed=rng)


@example(
    [["linear"] * 3, [[[["linear"] * 3, "linear", "gelu"], "linear", "gelu"], ["gelu", "linear"], "linear"]],
    {"detail": "scalar"},
    ma.SGD,
)  # a label that its last rounding moved onto a box
@given(st.lists(modules, min_size=1, max_size=3), st.sampled_from(OPTIONS), st.sampled_from([ma.SGD, ma.Adam]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_modules(plan, options, optimizer):
    net = built([*plan, "linear"], np.random.default_rng(0))
    step = ma.record_step(
        net, optimizer(net.parameters(), lr=0.1), np.array([[1.0, -2.0]]), np.zeros((1, 2)), ma.mean_squared_error
    )
    drawing = ma.draw(step, **options)
    check(drawing)
    assert covered(drawing) == []


@given(st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_graphs_of_numbers(data):
    """Any graph of scalars: values used several times, by one operation or by many."""
    values = [ma.Value(1.0 + k, label=name) for k, name in enumerate("abc")]
    optimizer = ma.SGD(values, lr=0.1)
    with ma.record() as step:
        for _ in range(data.draw(st.integers(1, 9))):
            x, y = (values[data.draw(st.integers(0, len(values) - 1))] for _ in range(2))
            values.append(data.draw(st.sampled_from([x + y, x * y, x - y, np.tanh(x), x * 2.0])))
        values[-1].backward()
        optimizer.step()
    drawing = ma.draw(step)
    check(drawing)
    scene = drawing.scene
    for box in scene.boxes:
        if box.kind == "gradient" and box.of is not None and scene.arriving[box.number]:
            parts = [edge.part for edge in scene.arriving[box.number]]
            assert sum(parts) == pytest.approx(box.value)
            assert len(box.terms) == (len(parts) if len(parts) > 1 else 0)
    check(ma.draw(values[-1]))


RUN = """
import microae as ma
from tests.drawing.step.pictures import STEPS
for make in STEPS.values():
    for detail in ("tensor", "module", "scalar"):
        drawing = ma.draw(make(), detail)
        print(drawing.svg(), drawing.dot())
"""


def test_the_same_bytes_in_every_process():
    def run(seed):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        return subprocess.run([sys.executable, "-c", RUN], capture_output=True, check=True, env=environment).stdout

    first = run("1")
    assert len(first) > 100_000
    assert run("2") == first


def test_the_papers_step_fits_a_slide():
    drawing = ma.draw(the_papers())
    assert len(drawing.scene.boxes) <= 45
    assert 1.5 < drawing.layout.width / drawing.layout.height < 1.9
    smallest = min(text.size for placed in drawing.layout.boxes for text in placed.face.texts)
    assert smallest * min(1920 / drawing.layout.width, 1080 / drawing.layout.height) > 14
