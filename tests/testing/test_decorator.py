"""``@gradient_test``: every option reaches the check, and the inputs are those that the shapes ask for."""

from __future__ import annotations

import subprocess
import sys
import types
from functools import partial
from importlib.metadata import entry_points

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import microae as ma
from microae.testing import GradientCheckError, Report, gradient_test, strategies
from microae.testing.decorator import inputs_of


def nothing_known(x):
    return x * float("nan")


def report_of(test) -> Report:
    with pytest.raises(GradientCheckError) as caught:
        test()
    return caught.value.report


def test_examples_and_seed_are_used() -> None:
    report = report_of(gradient_test(shapes=[(2,)], examples=9, seed=5)(nothing_known))
    assert (report.points, report.seed) == (9, 5)
    again, other = (report_of(gradient_test(shapes=[(2,)], examples=9, seed=seed)(nothing_known)) for seed in (5, 6))
    np.testing.assert_array_equal(again.inputs[0], report.inputs[0])
    assert (other.inputs[0] != report.inputs[0]).any()


def test_by_default_100_points_from_the_seed_0() -> None:
    report = report_of(gradient_test(inputs=[st.floats(-3.0, 3.0)])(nothing_known))
    assert (report.points, report.seed) == (100, 0)


@pytest.fixture
def right_once():
    @ma.operation(name="right_once")
    def square(x):
        return x**2

    square.vjps = (lambda g, out, x: g * 2.0 * (x.data if isinstance(x, ma.Value) else x),)
    yield square
    from microae.operations import remove

    remove("right_once")


def test_the_order_is_used_and_is_2_by_default(right_once) -> None:
    gradient_test(inputs=[np.ones(2)], order=1)(right_once)()
    for options in ({"order": 2}, {}):
        report = report_of(gradient_test(inputs=[np.ones(2)], **options)(right_once))
        assert {finding.order for finding in report.findings} == {2}


def test_a_test_keeps_the_name_and_the_words_of_its_function() -> None:
    def f(x):
        """What it says."""
        return np.sin(x)

    test = gradient_test(inputs=[1.0])(f)
    assert (test.__name__, test.__qualname__, test.__doc__, test.__module__) == (
        f.__name__, f.__qualname__, f.__doc__, __name__,
    )  # fmt: skip
    assert test() is None
    partly = gradient_test(inputs=[1.0])(partial(np.multiply, 2.0))  # it has no name
    assert partly() is None


def drawn(strategy, seed: int = 0, examples: int = 30) -> list:
    """What a strategy draws."""
    seen: list = []

    def f(*xs):
        seen.append(xs)
        return xs[0] * float("nan")

    report_of(gradient_test(inputs=[strategy], examples=examples, order=1, seed=seed)(f))
    return [tuple(x.data for x in xs if isinstance(x, ma.Value)) for xs in seen]


@pytest.mark.slow
def test_inputs_from_shapes() -> None:
    first, second = inputs_of([(3,), strategies.shapes(min_dims=2, max_dims=2)])
    assert {xs[0].shape for xs in drawn(first) if xs} == {(3,)}
    assert {xs[0].ndim for xs in drawn(second) if xs} == {2}
    (pair,) = inputs_of("(m,k),(k,n)->(m,n)")
    assert all(xs[0].shape[1] == xs[1].shape[0] for xs in drawn(pair) if xs)
    given = [np.ones(2), 3.0]
    assert inputs_of(None, given) == given


def test_the_options_of_arrays_reach_them() -> None:
    for strategy in (*inputs_of([(3,)], min_value=1.0, max_value=2.0), *inputs_of("(n)", min_value=1.0, max_value=2.0)):
        assert all(((xs[0] >= 1.0) & (xs[0] <= 2.0)).all() for xs in drawn(strategy) if xs)


@pytest.mark.parametrize(("options", "words"), [
    ({"shapes": [(3,)], "inputs": [1.0]}, "one of them"), ({"shapes": []}, "one shape per input"),
    ({"shapes": (3, 4)}, "one shape per input"), ({"shapes": [(3,), 4]}, "one shape per input"),
])  # fmt: skip
def test_mistakes_are_told_when_decorating(options, words) -> None:
    with pytest.raises(TypeError, match=words):
        gradient_test(**options)


@pytest.mark.slow
def test_bare_and_with_empty_parentheses_arrays_that_broadcast_together_are_drawn() -> None:
    shapes = set()

    def product(x, y):
        shapes.add((x.shape, y.shape))
        return x * y

    for test in (gradient_test(product), gradient_test()(product)):
        shapes.clear()
        test()
        assert len(shapes) > 5

    @gradient_test
    def wrong(x):
        return x * x.data

    assert report_of(wrong).verdict == "disagrees"


def test_bare_it_says_what_to_give_where_its_shapes_do_not_fit() -> None:
    @gradient_test
    def layer(x, W):
        return x @ W

    with pytest.raises((TypeError, ValueError)) as caught:
        layer()
    assert "shapes=[(3,), (3, 4)]" in caught.value.__notes__[0]

    @gradient_test
    def nothing():
        return np.ones(3)

    with pytest.raises(TypeError, match="no parameters to draw"):
        nothing()
    with pytest.raises(TypeError, match="by name"):
        gradient_test([(3,)])


def times(x, k):
    return np.sin(x) * k


def wrong_times(x, k):
    return x.data * x * k


QUICK = settings(max_examples=10, deadline=None, database=None, phases=(Phase.generate,))


@pytest.mark.slow
@pytest.mark.parametrize("decorated", [
    lambda f: given(strategies.arrays(3), st.integers(1, 3))(gradient_test(f)),
    lambda f: gradient_test(given(strategies.arrays(3), st.integers(1, 3))(f)),
    lambda f: given(x=strategies.arrays(3), k=st.integers(1, 3))(gradient_test()(f)),
    lambda f: gradient_test(QUICK(given(x=strategies.arrays(3), k=st.integers(1, 3))(f))),
    lambda f: given(st.integers(1, 3))(gradient_test(shapes=[(3,)])(f)),
    lambda f: given(k=st.integers(1, 3))(gradient_test(inputs=[strategies.arrays(3)])(f)),
    lambda f: gradient_test(shapes=[(3,)])(given(st.integers(1, 3))(f)),
    lambda f: gradient_test(shapes="(n)")(QUICK(given(k=st.integers(1, 3))(f))),
])  # fmt: skip
def test_beside_given_in_either_order(decorated) -> None:
    def run(f) -> None:
        test = decorated(f)
        (test if hasattr(test, "_hypothesis_internal_use_settings") else QUICK(test))()

    right, wrong = types.FunctionType(times.__code__, globals()), types.FunctionType(wrong_times.__code__, globals())
    run(right)
    with pytest.raises(GradientCheckError):
        run(wrong)


def test_a_point_of_given_that_tells_nothing_is_no_failure() -> None:
    @QUICK
    @given(st.sampled_from([np.zeros(3), np.arange(3.0), np.array([2.0, 0.5, -1.0])]))
    @gradient_test
    def sorted_numbers(x):
        return np.sort(x)

    sorted_numbers()


COLLECTED = """
import numpy as np
import pytest
from hypothesis import Phase, given, settings, strategies as st

from microae.testing import gradient_test
from microae.testing.strategies import arrays


@gradient_test
def test_bare(x, y):
    return x * y


class TestMethods:
    @gradient_test
    def test_bare(self, x):
        return np.sin(x)

    @gradient_test(shapes=[(3,)])
    def test_shapes(self, x):
        return np.sin(x)

    @settings(max_examples=5, deadline=None)
    @given(arrays(3))
    @gradient_test
    def test_given(self, x):
        return np.sin(x)

    @pytest.mark.parametrize("k", [1, 2])
    @gradient_test
    def test_parametrized(self, x, k):
        return x**k


@pytest.mark.parametrize("k", [1, 2])
@gradient_test(shapes=[(3,)])
def test_parametrized_above(x, k):
    return x**k


@gradient_test(inputs=[arrays(3)])
@pytest.mark.parametrize("k", [1, 2])
def test_parametrized_below(x, k):
    return x**k


@gradient_test
@pytest.mark.parametrize("k", [1, 2])
def test_bare_and_parametrized_below(x, k):
    return x**k


@gradient_test(shapes=[(2,)])
def test_fixture(x, tmp_path):
    return x * x if tmp_path.exists() else None


@settings(max_examples=5, deadline=None)
@given(arrays(3))
def test_the_fixture_under_given(gradcheck, x):
    gradcheck(np.sin, x)


@gradient_test
def test_wrong(x):
    return x * x.data
"""


@pytest.mark.slow
def test_what_pytest_collects(tmp_path) -> None:
    (tmp_path / "test_it.py").write_text(COLLECTED)
    installed = any(entry.value == "microae.testing.plugin" for entry in entry_points(group="pytest11"))
    plugin = [] if installed else ["-p", "microae.testing.plugin"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "1 failed, 14 passed" in done.stdout, done.stdout
    assert "test_wrong" in done.stdout
