"""A row owns its facts: what is registered at run time is found wherever functions, activations and texts are read."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import find

import microae as ma
from microae.commands import main
from microae.core.operation import FACTS, FUNCTIONS, NUMPY, TABLE
from microae.nn.activations import ACTIVATIONS, activation, activation_rows, elementwise
from microae.testing import check_gradients, strategies
from tests.operations.drawing import Case
from tests.operations.test_kinks import faults

X = [-4.0, -3.0, 0.0, 1.5, 3.0]
EXPECTED = [0.0, 0.0, 0.5, 0.75, 1.0]


def register_hard_logistic():
    @ma.operation(symbol="hardσ", activation="HardLogistic", kinks=lambda x: (x + 3.0, x - 3.0),
                  derivatives=("[−3 < {0} < 3]/6",))  # fmt: skip
    def hard_logistic(x):
        """``x / 6 + 1 / 2`` limited to [0, 1]."""
        return np.clip(x / 6.0 + 0.5, 0.0, 1.0)

    hard_logistic.vjps = (lambda g, out, x: np.where(np.abs(x) < 3.0, g / 6.0, 0.0),)


GREATEST = np.frompyfunc(max, 2, 1)
"""A function of NumPy's kind that nobody else answers for."""


def register_greatest():
    @ma.operation(GREATEST, symbol="greatest", kinks=lambda x, y: x - y)
    def greatest(x, y):
        """Elementwise larger one, of a number and NaN the number."""
        return np.fmax(x, y)

    greatest.vjps = (
        lambda g, out, x, y: np.where(x > y, g, np.where(x == y, 0.5 * g, np.where(np.isnan(y), g, 0.0))),
        lambda g, out, x, y: np.where(y > x, g, np.where(x == y, 0.5 * g, np.where(np.isnan(x), g, 0.0))),
    )


@pytest.fixture(autouse=True)
def _registered():
    register_hard_logistic()
    register_greatest()
    yield
    for name in ("hard_logistic", "greatest"):
        ma.operations.remove(name)


def boxes(value):
    return {box.name: box for box in ma.draw(value).scene.boxes}


def test_the_function_and_the_method():
    x = ma.Value(X)
    np.testing.assert_allclose(ma.hard_logistic(x).data, EXPECTED)
    np.testing.assert_allclose(x.hard_logistic().data, EXPECTED)
    np.testing.assert_allclose(ma.hard_logistic(np.array(X)), EXPECTED)
    assert ma.gradients(x.hard_logistic().sum(), [x])[0].tolist() == [0, 0, 1 / 6, 1 / 6, 0]
    y = ma.Value([np.nan, 1.0])
    assert (
        GREATEST(y, 0.5).data.tolist()
        == y.greatest(0.5).data.tolist()
        == ma.greatest(y, 0.5).data.tolist()
        == [0.5, 1.0]
    )
    assert ma.gradients(GREATEST(y, 0.5).sum(), [y])[0].tolist() == [0.0, 1.0]


def test_the_module_and_its_pickle():
    module = ma.HardLogistic()
    assert type(module) is ma.nn.HardLogistic is ma.nn.activations.HardLogistic is ACTIVATIONS["hard_logistic"]
    assert repr(module) == "HardLogistic()"
    again = pickle.loads(pickle.dumps(module))
    assert type(again) is ma.HardLogistic
    np.testing.assert_allclose(again(ma.Value(X)).data, EXPECTED)
    assert type(activation("hard_logistic")) is ma.HardLogistic
    assert not hasattr(ma, "Fmax")
    assert "greatest" not in ACTIVATIONS


def test_the_autoencoder_and_its_file(tmp_path):
    net = ma.Autoencoder([3, 2, 3], activation="hard_logistic", seed=0)
    assert any(type(part) is ma.HardLogistic for part in net.modules())
    ma.save(net, tmp_path / "net.safetensors")
    again = ma.load(tmp_path / "net.safetensors")
    np.testing.assert_array_equal(again([1, 0, 1]).data, net([1, 0, 1]).data)


@pytest.mark.slow
def test_the_command_line(capsys, tmp_path):
    assert main(["train", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "hard_logistic, hard_" in text
    assert main(["train", "--activation", "hard_logistic", "--output", "hard_logistic", "--layers", "64,4,64",
                 "--epochs", "1", "--quiet", "--out", str(tmp_path)]) == 0  # fmt: skip
    assert "hard_logistic" in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert main(["train", "--activation", "greatest"]) == 2


@pytest.mark.slow
def test_strategies():
    assert "hard_logistic" in strategies.ACTIVATIONS
    assert "greatest" not in strategies.ACTIVATIONS
    several = lambda net: len(net.layers) == 3
    net = find(strategies.networks(activations=("hard_logistic",)), several)
    assert net.activation == "hard_logistic"
    assert check_gradients(net, *net.parameters).verdict == "agrees"
    find(strategies.networks(), lambda net: several(net) and net.activation == "hard_logistic")


def test_the_drawn_formula_and_the_local_derivative():
    x = ma.Value(X, label="x")
    with ma.record() as step:
        (x.hard_logistic() * np.arange(5.0)).sum().backward()
    drawn = ma.draw(step)
    box = boxes(step)["v₁"]
    assert box.formula == "v₁ = hardσ(x)"
    assert "[−3 < x < 3]/6" in [edge.label for edge in drawn.scene.edges]
    with ma.record() as step:
        GREATEST(x, 1.0).sum().backward()
    assert boxes(step)["v₁"].formula == "v₁ = greatest(x, 1)"
    assert "∂v₁/∂x" in [edge.label for edge in ma.draw(step).scene.edges]


def test_the_name_of_its_result():
    net = ma.Autoencoder([3, 2, 3], activation="hard_logistic", seed=0)
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1])
    assert {"h⁽¹⁾", "z⁽¹⁾", "a⁽²⁾"} <= set(boxes(step))
    assert boxes(step)["h⁽¹⁾"].formula.startswith("h⁽¹⁾ = hardσ(z⁽¹⁾)")
    z = TABLE["linear"](ma.Value([1.0, 2.0]), ma.Value(np.ones((2, 3)), label="weight"), np.zeros(3))
    for function in (ma.hard_logistic, ma.hard_tanh, ma.relu):  # with no module
        assert "h" in boxes(function(z))
    assert "h" not in boxes(np.absolute(z))
    assert {"hard_logistic", "clip", "tanh"} <= activation_rows()
    assert not {"greatest", "multiply", "absolute"} & activation_rows()


def test_badges():
    words = lambda value: [f"{badge.glyph} {badge.words}" for badge in ma.draw(value).scene.boxes[-1].badges]
    assert words(ma.hard_logistic(ma.Value(X))) == ["▲ at a kink: 2 of 5", "▬ saturated: 3 of 5"]
    assert words(ma.hard_logistic(ma.Value([0.5, 3.0 - 1e-4]))) == ["▲ near a kink: 1 of 2"]
    assert words(GREATEST(ma.Value([1.0, 2.0, 3.0]), ma.Value([1.0, 2.0, 0.0]))) == ["▲ at a kink: 2 of 3"]


KINKED = [
    (lambda x: np.maximum(x, ma.Value([1.0, 0.0, -2.0])), "▲ at a kink: 1 of 3"),
    (lambda x: np.minimum(x, 1.0), "▲ at a kink: 1 of 3"),
    (lambda x: (x * [1.0, 0.5, 1.0]).max(), "▲ at a kink"),
    (lambda x: (x * [2.0, 0.0, 0.0]).min(), "▲ at a kink"),
    (lambda x: (x * 0.0).std(), "▲ at a kink"),
    (lambda x: ma.linalg.norm(x * 0.0), "▲ at a kink"),
    (lambda x: np.hypot(x - 1.0, 0.0), "▲ at a kink: 1 of 3"),
    (lambda x: ma.hard_tanh(x), "▲ at a kink: 2 of 3"),
    (lambda x: x.leaky_relu(negative_slope=1.0), ""),
    (lambda x: x.max(), ""),
    (lambda x: ma.linalg.norm(x), ""),
]


@pytest.mark.parametrize(("make", "expected"), KINKED)
def test_all_that_has_kinks_has_their_badge(make, expected):
    badges = ma.draw(make(ma.Value([1.0, 2.0, -1.0], label="x"))).scene.boxes[-1].badges
    found = [f"{badge.glyph} {badge.words}" for badge in badges if badge.glyph == "▲"]
    assert found == ([expected] if expected else [])


def test_kinks_are_checked():
    case = Case("hard_logistic", TABLE["hard_logistic"], np.abs, lambda d: ([d.array((3,), -4.0, 4.0, ties=True)], {}))
    assert faults(TABLE["hard_logistic"].facts.kinks, [case]) == ""
    assert "undeclared" in faults(lambda x: x - 3.0, [case])
    two = Case(
        "greatest", TABLE["greatest"], np.fmax, lambda d: ([d.array(s, ties=True) for s in d.broadcastable(2)], {})
    )
    assert faults(TABLE["greatest"].facts.kinks, [two]) == ""
    assert "undeclared" in faults(None, [two])


def test_all_of_it_goes_again():
    kind = ma.HardLogistic
    for name in ("hard_logistic", "greatest"):
        ma.operations.remove(name)
    try:
        for name in ("hard_logistic", "greatest"):
            assert name not in TABLE
            assert name not in FUNCTIONS
            assert name not in ACTIVATIONS
            assert name not in elementwise()
            assert name not in strategies.ACTIVATIONS
            assert not hasattr(ma, name)
            assert not hasattr(ma.Value(1.0), name)
            assert name not in [getattr(function, "__name__", "") for function in FACTS]
        assert GREATEST not in NUMPY
        assert kind not in ACTIVATIONS.values()
        assert not hasattr(ma, "HardLogistic")
        assert not hasattr(ma.nn, "HardLogistic")
        with pytest.raises(ValueError, match="activation 'hard_logistic' is not known"):
            activation("hard_logistic")
        with pytest.raises(ValueError, match="not known"):
            ma.Autoencoder([3, 2, 3], activation="hard_logistic")
        assert main(["train", "--activation", "hard_logistic"]) == 2
        with pytest.raises(TypeError):
            GREATEST(ma.Value(1.0), 2.0)
        with pytest.raises((pickle.PicklingError, AttributeError)):
            pickle.dumps(kind())
    finally:
        register_hard_logistic()
        register_greatest()


def test_a_new_function_is_listed() -> None:
    @ma.operation(public=True)
    def twice(x):
        return 2.0 * x

    try:
        assert "twice" in dir(ma)
    finally:
        ma.operations.remove("twice")
    assert "twice" not in dir(ma)


def test_the_decorator_works_without_parentheses() -> None:
    @ma.operation
    def thrice(x):
        return 3.0 * x

    thrice.vjps = (lambda g, out, x: 3.0 * g,)
    try:
        assert TABLE["thrice"] is thrice
        assert ma.gradients(thrice(x := ma.Value(2.0)), [x]) == [3.0]
    finally:
        ma.operations.remove("thrice")
