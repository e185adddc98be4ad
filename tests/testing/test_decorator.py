"""``@gradient_test``: every option reaches the check, and the inputs are those that the shapes ask for."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
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
    ({}, "one of them"), ({"shapes": [(3,)], "inputs": [1.0]}, "one of them"), ({"shapes": []}, "one shape per input"),
    ({"shapes": (3, 4)}, "one shape per input"), ({"shapes": [(3,), 4]}, "one shape per input"),
])  # fmt: skip
def test_mistakes_are_told_when_decorating(options, words) -> None:
    with pytest.raises(TypeError, match=words):
        gradient_test(**options)
