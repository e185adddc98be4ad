"""A kind of Value of one's own stays what it is: through every row, operator and NumPy function, and back."""

from __future__ import annotations

import copy
import operator
import pickle

import numpy as np
import pytest

import microae as ma
from microae import Value
from tests.operations.cases import COMPOSITIONS, ROWS


class Measured(Value):
    """A Value that knows its unit."""

    __slots__ = ()

    def unit(self):
        return "m"


class Finer(Measured):
    """A kind of that kind."""

    __slots__ = ()


class Other(Value):
    """A kind that has nothing to do with them."""

    __slots__ = ()


def outputs(result):
    return list(result) if isinstance(result, (list, tuple)) else [result]


def sampled(case):
    """Operands of a case for which NumPy has a result."""
    for seed in range(40):
        arrays, parameters = case.sample(seed)
        try:
            case.reference(*arrays, **parameters)
        except (ValueError, RuntimeWarning):
            continue
        return arrays, parameters
    raise AssertionError(f"no sample of {case}")


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=f"{name}-{i}") for group in (ROWS, COMPOSITIONS) for name, cases in group.items()
     for i, case in enumerate(cases)],
)  # fmt: skip
def test_every_function_and_its_gradients(case):
    arrays, parameters = sampled(case)
    for k in range(len(arrays)):  # each operand in turn, the others plain Values or constants
        for others in (Value, lambda x: x):
            operands = [Measured(x) if i == k else others(x) for i, x in enumerate(arrays)]
            results = outputs(case.call(*operands, **parameters))
            made = [out for out in results if out is not operands[k]]
            if not isinstance(operands[-1], Value) and not any(isinstance(out, Value) for out in made):
                continue
            from_it = [out for out in made if isinstance(out, Measured)]
            assert from_it or len(made) > 1  # of several results, such as of atleast_1d, one is of each operand
            assert not case.name.startswith("atleast") or len(from_it) <= len(made)
            if len(made) == 1:
                assert type(made[0]) is Measured
            for out in from_it:
                (g,) = ma.gradients(out, [operands[k]], np.ones(out.shape), record=True)
                assert type(g) is Measured
                assert g.shape == operands[k].shape


@pytest.mark.parametrize(
    "f",
    [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, np.add, np.hypot, np.maximum,
     lambda x, y: np.concatenate([np.atleast_1d(x), np.atleast_1d(y)]), lambda x, y: ma.where(True, x, y)],
)  # fmt: skip
@pytest.mark.parametrize("other", [2.0, 2, np.float64(2.0), np.array([2.0, 3.0]), Value(2.0), Value([2.0, 3.0])])
def test_operators_in_either_order(f, other):
    for x in (Measured(3.0), Measured([3.0, 4.0])):
        for out in (f(x, other), f(other, x)):
            assert type(out) is Measured
            assert out.unit() == "m"


def test_operators_of_one():
    x = Measured([[1.0, -2.0], [3.0, 4.0]])
    for out in (-x, +x, abs(x), x[0], x[:, 1], x.T, x.sum(), x @ x, np.eye(2) @ x, x @ np.eye(2), x.reshape(4), *x):
        assert type(out) is Measured


def test_the_narrowest_kind_is_the_results():
    assert type(Measured(1.0) + Finer(1.0)) is type(Finer(1.0) + Measured(1.0)) is Finer
    assert type(Value(1.0) + Finer(1.0)) is type(Finer(1.0) + Value(1.0)) is Finer
    assert type(Value(1.0) + Measured(1.0) * Finer(1.0)) is Finer
    assert type(Measured(1.0) + Other(1.0)) is Measured  # of two that have nothing in common, the first
    assert type(Other(1.0) + Measured(1.0)) is Other
    assert type(np.stack([Value(1.0), Measured(2.0), Finer(3.0), Value(4.0)])) is Finer


def test_a_recorded_gradient_is_of_the_outputs_kind():
    x, unused = Measured([1.0, 2.0]), Measured([1.0])
    output = (x * x).sum()
    slope, zero = ma.gradients(output, [x, unused], record=True)
    assert type(slope) is type(zero) is Measured
    (second,) = ma.gradients(slope.sum(), [x], record=True)
    assert type(second) is Measured
    assert second.data.tolist() == [2.0, 2.0]
    (own,) = ma.gradients(x, [x], [1.0, 1.0], record=True)
    assert type(own) is Measured
    with ma.record() as step:
        (x * 3.0).sum().backward()
    assert type(step.gradient(x)) is Measured
    assert {type(node) for node in step.nodes} == {Measured}


def test_copies_of_a_leaf_are_of_its_kind_with_its_label():
    for data in (2.5, [1.0, 2.0], np.float32(1.5), np.ones((2, 2), np.float32)):
        x = Measured(data, label="x")
        copies = [copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x)), x.detach()]
        for twin in copies:
            assert type(twin) is Measured
            assert twin is not x
            assert (twin.label, twin.dtype, twin.shape) == ("x", x.dtype, x.shape)
            np.testing.assert_array_equal(twin.data, x.data)
            assert twin.operation is None
            assert twin.grad is None
    assert type((x * 2.0).detach()) is Measured


def test_a_recorded_step_of_it():
    w = Measured([1.0, -2.0], label="w")
    optimizer = ma.SGD([w], lr=0.1, momentum=0.5)
    with ma.record() as step:
        (w * w).sum().backward()
        optimizer.step()
    assert type(step.updates[w].gradient) is Measured
    assert isinstance(step.updates[w].after, Value)
    assert w.data.tolist() == step.updates[w].after.data.tolist() == [0.8, -1.6]
