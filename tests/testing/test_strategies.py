"""What the strategies promise of every array that they draw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from microae.testing import GradientCheckError, check_gradients, gradient_test, strategies

quick = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(strategies.arrays(min_value=-2.0, max_value=5.0, away_from=(0.0, 1.0), by=0.25))
def test_arrays_keep_their_range_and_their_distance(x) -> None:
    assert x.dtype == np.float64
    assert ((x >= -2.0) & (x <= 5.0) & (abs(x) >= 0.25) & (abs(x - 1.0) >= 0.25)).all()


@quick
@given(st.data(), st.sampled_from(strategies.LAYOUTS), st.sampled_from(strategies.DTYPES))
def test_shape_dtype_and_layout(data, layout, dtype) -> None:
    x = data.draw(strategies.arrays((3, 4), dtype, layout=layout))
    assert (x.shape, x.dtype) == ((3, 4), dtype)
    assert x.flags.writeable == (layout != "broadcast")
    assert x.flags.c_contiguous == (layout == "C")


@quick
@given(strategies.broadcastable(3))
def test_broadcastable(drawn) -> None:
    np.broadcast_shapes(*(x.shape for x in drawn))


@quick
@given(strategies.gufunc("(m,k),(k,n),(3)->(m,n)"))
def test_signatures(drawn) -> None:
    x, y, z = drawn
    assert x.shape[-1] == y.shape[0]
    assert z.shape == (3,)


@quick
@given(strategies.positive_definite(), strategies.well_conditioned(3, batch=(2,)), strategies.positive())
def test_matrices(a, b, p) -> None:
    assert np.linalg.eigvalsh(a).min() >= 1.0 - 1e-12
    np.testing.assert_array_equal(a, a.T)
    assert b.shape == (2, 3, 3)
    assert (np.linalg.cond(b, np.inf) <= 3.0 + 1e-9).all()
    assert (p > 0).all()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.networks(max_width=4, activations=("tanh", "sigmoid", "silu")))
def test_networks_have_right_gradients(net) -> None:
    assert check_gradients(net, *net.parameters, seed=0).verdict == "agrees"


@pytest.mark.parametrize("wrong", [
    lambda: strategies.arrays((-1,)), lambda: strategies.gufunc("m,k"), lambda: strategies.positive(min_value=0.0),
    lambda: strategies.arrays((2,), np.int64), lambda: strategies.arrays((2,), min_value=1.0, max_value=0.0),
])  # fmt: skip
def test_mistakes_are_told_at_once(wrong) -> None:
    with pytest.raises((ValueError, TypeError)):
        wrong()


@gradient_test(shapes=[(3,), (3, 4)], examples=20)
def test_a_layer(x, W):
    return np.tanh(x @ W)


@gradient_test(shapes="(m,k),(k,n)->(m,n)", order=2, examples=20)
def test_a_product(x, y):
    return x @ y


@gradient_test(inputs=[strategies.positive((3,)), np.ones(3)], examples=20)
def test_a_logarithm(x, y):
    return np.log(x) * y


def test_a_wrong_function_fails_its_test() -> None:
    @gradient_test(shapes=[strategies.shapes(min_dims=1)], examples=20)
    def halved(x):
        return (x * x.detach()).sum() if hasattr(x, "detach") else (x * x).sum()

    with pytest.raises(GradientCheckError, match=r"order [12]: smooth"):
        halved()
    with pytest.raises(TypeError, match="one of them"):
        gradient_test(shapes=[(3,)], inputs=[1.0])
    with pytest.raises(TypeError, match="one shape per input"):
        gradient_test(shapes=(3, 4))
