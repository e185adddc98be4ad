"""Series and tables of pandas beside a Value: the graph is kept, on either side."""

import operator

import numpy as np
import pandas as pd
import pytest

import microae as ma

KINDS = {
    "Series": lambda x: pd.Series(x),
    "Series of Float64": lambda x: pd.Series(x, dtype="Float64"),
    "array of Float64": lambda x: pd.Series(x, dtype="Float64").array,
    "Index": lambda x: pd.Index(x),
    "DataFrame": lambda x: pd.DataFrame([x]),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("op", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow])
def test_on_either_side_of_a_value(kind, op):
    numbers, v = [2.0, 3.0], ma.Value([1.5, 0.5])
    theirs = KINDS[kind](numbers)
    expected = np.array([numbers]) if kind == "DataFrame" else np.array(numbers)
    for result, right in ((op(theirs, v), op(expected, v.data)), (op(v, theirs), op(v.data, expected))):
        assert isinstance(result, ma.Value)
        np.testing.assert_array_equal(result.data, right)
        assert ma.gradients(result.sum(), [v])[0].shape == (2,)


@pytest.mark.parametrize("kind", ["Series", "Series of Float64", "DataFrame"])
@pytest.mark.parametrize("op", [operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ipow])
def test_a_table_is_not_changed_in_place(kind, op):
    theirs = KINDS[kind]([2.0, 3.0])
    with pytest.raises(TypeError, match=r"a table of pandas cannot hold a Value: use the result \(s = s \+ v"):
        op(theirs, ma.Value([1.5, 0.5]))


@pytest.mark.parametrize("method", ["add", "sub", "mul", "rsub", "pow"])
def test_methods_of_tables(method):
    series, number = pd.Series([2.0, 3.0]), ma.Value(1.5)
    for v in (number, ma.Value([1.5, 0.5])):
        result = getattr(series, method)(v)
        assert isinstance(result, ma.Value)
        np.testing.assert_array_equal(result.data, getattr(series, method)(v.data))
    table = series.to_frame()
    with pytest.raises(AttributeError, match=r"df \+ v in place of df\.add\(v\)"):
        getattr(table, method)(number)
    with pytest.raises(TypeError, match="would silently lose its graph"):
        getattr(table, method)(ma.Value([1.5]))


@pytest.mark.parametrize("kind", ["Series", "DataFrame"])
def test_numpys_functions_of_both(kind):
    v = ma.Value([1.5, 0.5])
    assert isinstance(np.multiply(KINDS[kind]([2.0, 3.0]), v), ma.Value)


def test_a_value_of_nullable_numbers():
    assert ma.Value(pd.Series([1, 2], dtype="Int64")).data.tolist() == [1, 2]
    assert ma.Value(pd.DataFrame({"a": [0.5, 1.5]}, dtype="Float64")).data.tolist() == [[0.5], [1.5]]
    with pytest.raises(TypeError, match=r"needs real numbers, got dtype object.* convert it to numbers first"):
        ma.Value(pd.DataFrame({"a": [1, 2], "b": ["1", "2"]}))
