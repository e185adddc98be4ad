"""Each option of the strategies is used, at its default too: bounds are kept, and what lies within them is reached."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import microae as ma
from microae.nn.registry import LOSSES
from microae.testing import strategies
from microae.testing.numbers import numbers


def drawn(strategy, count: int = 80) -> list:
    """So many examples, the same every time."""
    found: list = []

    @seed(0)
    @settings(max_examples=count, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(strategy)
    def run(x) -> None:
        found.append(x)

    run()
    return found


def elements(strategy, count: int = 300) -> np.ndarray:
    return np.concatenate([np.ravel(x) for x in drawn(strategy, count)])


LARGE = (30, 30)  # more elements than are drawn one by one


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(4,), LARGE])
def test_the_usual_numbers(shape) -> None:
    x = elements(strategies.arrays(shape))
    assert x.min() >= -100.0
    assert x.max() <= 100.0
    assert x.min() < -50.0  # most lie near 0, but faults far from it are to be found, too
    assert x.max() > 50.0
    assert 0.6 < (abs(x) <= 3.0).mean() < 0.95
    assert (x == 0.0).any()
    assert (2.0 * x % 1.0 != 0.0).any()
    assert ((x != 0.0) & (abs(x) < 0.05)).any()
    assert (abs(x[x != 0.0]) >= 3e-3 * (1 - 1e-12)).all()  # none that is nearly 0


@pytest.mark.parametrize("shape", [(4,), LARGE])
def test_spread_numbers_are_no_ties(shape) -> None:
    x = elements(strategies.arrays(shape, values="spread", min_value=0.5, max_value=20.0))
    assert ((x >= 0.5) & (x <= 20.0)).all()
    assert (2.0 * x % 1.0 != 0.0).mean() > 0.3


@pytest.mark.parametrize("shape", [(4,), LARGE])
def test_ties_are_multiples_of_a_half(shape) -> None:
    x = elements(strategies.arrays(shape, values="ties", min_value=-2.0, max_value=1.5))
    assert set(x) == {-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5}
    between = elements(strategies.arrays(shape, values="ties", min_value=0.6, max_value=0.9))
    assert set(between) <= {0.6, 0.9}


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(4,), LARGE])
def test_magnitudes_run_over_three_decades_on_both_sides(shape) -> None:
    x = elements(strategies.arrays(shape, values="magnitudes", min_value=-2.0, max_value=1.0), 150)
    assert ((x >= -2.0) & (x <= 1.0) & (abs(x) >= 2e-3 * (1 - 1e-12))).all()
    for side in (x[x > 0], -x[x < 0]):
        assert side.min() < 1e-2
        assert side.max() > 0.5
    if shape == LARGE:
        decades = np.histogram(np.log10(abs(x)), bins=[-2.5, -2.0, -1.5, -1.0, -0.5])[0]
        assert decades.max() < 1.5 * decades.min()  # as many near to zero as far from it
    positive = elements(strategies.arrays(shape, values="magnitudes", min_value=0.25, max_value=4.0))
    assert ((positive >= 0.25) & (positive <= 4.0)).all()


@pytest.mark.parametrize("shape", [(4,), LARGE])
def test_extremes_are_drawn_on_request_alone(shape) -> None:
    x = elements(strategies.arrays(shape, values="extremes"), 150)
    assert (abs(x[x != 0.0]) < 1e-200).any()
    assert (abs(x) > 0.1).any()
    assert "extremes" not in strategies.VALUES


def test_spread_numbers_are_equal_or_differ_visibly() -> None:
    x = np.unique(elements(strategies.arrays((8,), values="spread"), 150))
    assert np.diff(x).min() >= 2.0**-19 * (1 - 1e-12)
    assert np.unique(elements(strategies.arrays((4,), values="spread", min_value=1e-12, max_value=3e-12))).size > 20


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*strategies.VALUES, "extremes"])
@pytest.mark.parametrize("shape", [(4,), LARGE])
def test_all_kinds_keep_away(shape, kind) -> None:
    x = elements(strategies.arrays(shape, values=kind, away_from=(0.0, 1.0), by=0.25, min_value=-1.5, max_value=2.0))
    assert ((abs(x) >= 0.25) & (abs(x - 1.0) >= 0.25) & (x >= -1.5) & (x <= 2.0)).all()
    for low, high in ((-1.5, -0.25), (0.25, 0.75), (1.25, 2.0)):
        assert ((x >= low) & (x <= high)).any()


def test_by_default_a_tenth_away() -> None:
    x = elements(strategies.arrays(LARGE, away_from=0.0), 40)
    assert 0.1 <= abs(x).min() < 0.12


def test_a_kind_may_be_one_of_several() -> None:
    kinds = {
        bool((2.0 * x % 1.0 == 0.0).all())
        for x in drawn(strategies.arrays(LARGE, values=("ties", "magnitudes")))
    }  # fmt: skip
    assert kinds == {True, False}


def test_large_arrays_differ() -> None:
    assert len({x[0, 0] for x in drawn(strategies.arrays(LARGE, values="spread"), 20)}) > 5


def test_intervals_are_chosen_by_their_length() -> None:
    x = elements(strategies.arrays(LARGE, values="spread", min_value=0.0, max_value=10.0, away_from=2.0, by=1.0), 20)
    assert 0.1 < (x < 2.0).mean() < 0.15  # 1 of 8


def test_the_simplest_number_is_nearest_to_zero() -> None:
    from hypothesis import find

    assert find(strategies.arrays((), min_value=-5.0, max_value=5.0, away_from=0.0, by=2.0), lambda x: True) == 2.0
    assert find(strategies.arrays((), min_value=-5.0, max_value=-3.0), lambda x: True) == -3.0


@pytest.mark.parametrize(("options", "words"), [
    ({"dtype": np.int32}, "dtype must be float64 or float32"),
    ({"dtype": (np.float64, np.float16)}, "dtype must be float64 or float32"),
    ({"values": "all"}, "values 'all' is not known; use one or several of spread, ties, magnitudes, extremes"),
    ({"layout": ("C", "D")}, "layout 'D' is not known; use one or several of C, F, strided, reversed, broadcast"),
    ({"min_value": 1.0, "max_value": 1.0}, "min_value must be less than max_value"),
    ({"max_value": math.inf}, "both finite"), ({"min_value": math.nan}, "both finite"),
    ({"by": 0.0}, "must be positive, got 0"), ({"by": -1.0}, "must be positive"),
    ({"away_from": 0.0, "by": 4.0}, r"no number in \[-3, 3\] is 4 or more away from \[0.0\]"),
])  # fmt: skip
def test_options_that_cannot_be_met(options, words) -> None:
    with pytest.raises(ValueError, match=words):
        numbers(**options)


@pytest.mark.parametrize("shape", [(2.5,), (-1,), (3, -2), "ab"])
def test_a_shape_must_be_whole_numbers(shape) -> None:
    with pytest.raises(ValueError, match="tuple of whole numbers"):
        strategies.arrays(shape)


# --- types and layouts ------------------------------------------------------------------------------------------------


def test_types() -> None:
    assert {x.dtype for x in drawn(strategies.arrays((2,)), 20)} == {np.dtype(np.float64)}
    assert {x.dtype for x in drawn(strategies.arrays((2,), strategies.DTYPES))} == set(map(np.dtype, strategies.DTYPES))
    for one in (strategies.positive((2,), np.float32), strategies.positive_definite(2, np.float32),
                strategies.well_conditioned(2, np.float32)):  # fmt: skip
        assert {x.dtype for x in drawn(one, 20)} == {np.dtype(np.float32)}
    for several in (strategies.broadcastable(2, np.float32), strategies.gufunc("(n),(n)", np.float32)):
        assert {x.dtype for pair in drawn(several, 20) for x in pair} == {np.dtype(np.float32)}


@pytest.mark.slow
def test_layouts() -> None:
    def all_of(layout):
        return drawn(strategies.arrays((3, 4), layout=layout, values="spread"), 40)

    assert all(x.flags.c_contiguous for x in drawn(strategies.arrays((3, 4)), 20))
    assert all(x.flags.f_contiguous and not x.flags.c_contiguous for x in all_of("F"))
    for x in all_of("strided"):
        assert x.strides == (8 * x.itemsize, 2 * x.itemsize)
        assert np.isnan(x.base[..., 1::2]).all()
        assert np.isfinite(x).all()
    assert all(x.strides == (-4 * x.itemsize, -x.itemsize) for x in all_of("reversed"))
    rows = all_of("broadcast")
    assert all(x.strides[0] == 0 and not x.flags.writeable for x in rows)
    assert any((x != 0.0).any() for x in rows)
    assert drawn(strategies.arrays((), layout="strided"), 3)[0].shape == ()
    assert drawn(strategies.arrays((0, 2), layout="broadcast"), 3)[0].shape == (0, 2)
    several = drawn(strategies.arrays((3, 4), layout=strategies.LAYOUTS), 150)
    assert {x.strides for x in several} >= {(32, 8), (8, 24), (64, 16), (-32, -8), (0, 8)}


def test_a_layout_changes_no_number() -> None:
    for layout in ("C", "F", "strided", "reversed"):
        x = drawn(strategies.arrays((2, 3), layout=layout, values="spread"), 30)
        y = drawn(strategies.arrays((2, 3), values="spread"), 30)
        assert all((a == b).all() for a, b in zip(x, y, strict=True))


# --- shapes -----------------------------------------------------------------------------------------------------------


def sides(shapes) -> set[int]:
    return {n for shape in shapes for n in shape}


def test_shapes() -> None:
    usual = drawn(strategies.shapes(), 150)
    assert {len(shape) for shape in usual} == {0, 1, 2, 3}
    assert sides(usual) == {1, 2, 3, 4}
    chosen = drawn(strategies.shapes(min_dims=2, max_dims=4, min_side=0, max_side=2), 150)
    assert {len(shape) for shape in chosen} == {2, 3, 4}
    assert sides(chosen) == {0, 1, 2}
    assert {x.ndim for x in drawn(strategies.arrays(), 150)} == {0, 1, 2, 3}
    assert {x.shape for x in drawn(strategies.arrays(5), 3)} == {(5,)}


@pytest.mark.slow
def test_broadcastable_shapes() -> None:
    usual = drawn(strategies.broadcastable(), 150)
    assert {len(pair) for pair in usual} == {2}
    assert {x.ndim for pair in usual for x in pair} == {0, 1, 2, 3}
    assert sides(x.shape for pair in usual for x in pair) == {1, 2, 3, 4}
    assert any(a.shape != b.shape for a, b in usual)
    chosen = drawn(
        strategies.broadcastable(3, min_dims=1, max_dims=2, min_side=0, max_side=2, min_value=4.0, max_value=5.0), 400
    )
    assert {len(each) for each in chosen} == {3}
    assert {x.ndim for each in chosen for x in each} == {1, 2}
    assert sides(x.shape for each in chosen for x in each) == {0, 1, 2}
    assert all((x >= 4.0).all() for each in chosen for x in each)


@pytest.mark.slow
def test_signatures() -> None:
    usual = drawn(strategies.gufunc("(m,k),(k,n?),()->(m,n)"), 150)
    assert {a.ndim for a, _, _ in usual} == {2}
    assert {b.ndim for _, b, _ in usual} == {1, 2}
    assert {c.shape for _, _, c in usual} == {()}
    assert sides(x.shape for each in usual for x in each) == {1, 2, 3, 4}
    chosen = drawn(strategies.gufunc("(m),(m)", max_batch_dims=2, min_side=2, max_side=3, max_value=-1.0), 150)
    assert {a.ndim for a, _ in chosen} == {1, 2, 3}
    assert {a.shape[-1] for a, _ in chosen} == {2, 3}
    assert all((x <= -1.0).all() for each in chosen for x in each)
    assert strategies.input_dimensions(" (m, k) ,(k,n)->(m,n)") == ["(m,k)", "(k,n)"]
    for wrong in ("m,k", "(m,k", "(m)->", "(m),,(n)", ""):
        with pytest.raises(ValueError, match="cannot be read"):
            strategies.gufunc(wrong)


def test_positive_numbers() -> None:
    x = elements(strategies.positive(LARGE), 30)
    assert ((x >= 0.1) & (x <= 10.0)).all()
    assert x.min() < 0.11
    assert x.max() > 9.9
    narrow = elements(strategies.positive((3,), min_value=2.0, max_value=3.0, values="ties"))
    assert set(narrow) == {2.0, 2.5, 3.0}
    for least in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="must be positive"):
            strategies.positive(min_value=least)


# --- matrices ---------------------------------------------------------------------------------------------------------


def test_positive_definite_matrices() -> None:
    usual = drawn(strategies.positive_definite(), 150)
    assert {a.shape for a in usual} == {(n, n) for n in (1, 2, 3, 4)}
    for a in usual:
        eigenvalues = np.linalg.eigvalsh(a)
        assert (a == a.T).all()
        assert eigenvalues.min() >= 1.0 - 1e-12
        assert eigenvalues.max() <= 1.0 + len(a) + 1e-12
    assert any(np.linalg.eigvalsh(a).max() > 2.0 for a in usual)
    batch = drawn(strategies.positive_definite(3, batch=(2, 1), layout="F"), 20)
    assert {a.shape for a in batch} == {(2, 1, 3, 3)}
    assert all(a.flags.f_contiguous for a in batch)
    assert {a.shape[0] for a in drawn(strategies.positive_definite(st.integers(2, 3)), 60)} == {2, 3}


def test_well_conditioned_matrices() -> None:
    usual = drawn(strategies.well_conditioned(), 150)
    assert {a.shape for a in usual} == {(n, n) for n in (1, 2, 3, 4)}
    assert all(np.linalg.cond(a, np.inf) <= 3.0 + 1e-9 for a in usual)
    assert max(np.linalg.cond(a, np.inf) for a in usual) > 1.5
    assert {bool(np.linalg.det(a) > 0) for a in usual} == {True, False}
    batch = drawn(strategies.well_conditioned(2, batch=st.just((3,)), layout="reversed"), 20)
    assert {a.shape for a in batch} == {(3, 2, 2)}
    assert all(a.strides[-1] < 0 for a in batch)


# --- networks ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_networks() -> None:
    usual = drawn(strategies.networks(), 300)
    assert {len(net.layers) for net in usual} == {2, 3, 4, 5}
    assert {n for net in usual for n in net.layers} == set(range(1, 9))
    assert {len(net.x) for net in usual} == set(range(1, 6))
    assert {net.activation for net in usual} == set(strategies.ACTIVATIONS)
    assert {net.loss for net in usual} == {"bce", "mse"}
    for net in usual:
        assert (net.x.shape[1], net.target.shape) == (net.layers[0], (len(net.x), net.layers[-1]))
        pairs = zip(net.layers, net.layers[1:], strict=False)
        assert [p.shape for p in net.parameters] == [shape for n, m in pairs for shape in ((n, m), (m,))]
        assert ((net.target >= 0.0) & (net.target <= 1.0)).all()
        assert all((abs(p) <= 2.0).all() for p in (net.x, *net.parameters))
    assert max(abs(net.x).max() for net in usual) > 1.5
    assert max(net.target.max() for net in usual) > 0.9


@pytest.mark.slow
def test_the_options_of_networks() -> None:
    chosen = drawn(
        strategies.networks(max_layers=2, max_width=3, max_batch=2, activations=("tanh", "relu"), losses=("mse",)), 200
    )
    assert {len(net.layers) for net in chosen} == {2, 3}
    assert {n for net in chosen for n in net.layers} == {1, 2, 3}
    assert {len(net.x) for net in chosen} == {1, 2}
    assert {net.activation for net in chosen} == {"tanh", "relu"}
    assert {net.loss for net in chosen} == {"mse"}
    assert {net.loss for net in drawn(strategies.networks(max_layers=1, max_width=2, max_batch=1), 100)} == set(LOSSES)


@pytest.mark.parametrize("loss", ["bce", "mse"])
def test_a_network_called_is_its_loss(loss: str) -> None:
    for net in drawn(strategies.networks(activations=("tanh",), losses=(loss,), max_width=3), 30):
        h = net.x
        for i in range(0, len(net.parameters), 2):
            h = (np.tanh(h) if i else h) @ net.parameters[i] + net.parameters[i + 1]
        each = np.logaddexp(0.0, h) - net.target * h if loss == "bce" else (h - net.target) ** 2
        found = net(*(ma.Value(p) for p in net.parameters))
        assert found.item() == pytest.approx(each.mean(), rel=1e-12, abs=1e-14)
