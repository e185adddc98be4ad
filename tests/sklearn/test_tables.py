"""Any table of numbers as it comes: scaled inside and scaled back, in its own float type."""

import numpy as np
import pytest
from sklearn.datasets import load_iris

from microae.sklearn import AutoencoderClassifier, AutoencoderOutlierDetector, AutoencoderTransformer

LINE = np.random.default_rng(0).normal(size=300)
TABLE = np.column_stack(
    [1e9 + 1e6 * LINE, 1e-9 * LINE, np.full(300, 0.1), -5.0 + LINE, np.full(300, -1e8), np.round(30 * LINE)]
)
"""Columns of all sizes that follow from one number, and two constant ones."""


def fitted(x=TABLE, **options):
    return AutoencoderTransformer(**{"n_components": 1, "max_iter": 60, "random_state": 0} | options).fit(x)


@pytest.mark.slow
def test_columns_of_any_unit_come_back():
    model = fitted()
    back = model.inverse_transform(model.transform(TABLE))
    varied = TABLE.std(axis=0) > 1e-12
    assert varied.tolist() == [True, True, False, True, False, True]
    unexplained = np.mean((back - TABLE) ** 2, axis=0)[varied] / TABLE.var(axis=0)[varied]
    assert (unexplained < 0.02).all(), unexplained


@pytest.mark.slow
def test_constant_columns_survive_any_code():
    back = fitted().inverse_transform(np.random.default_rng(1).normal(size=(50, 1)))
    np.testing.assert_allclose(back[:, [2, 4]], np.tile(TABLE[0, [2, 4]], (50, 1)), rtol=1e-12)


def test_a_constant_column_errs_by_nothing():
    x = TABLE[:, [0, 2, 4]]
    model = fitted(x, max_iter=1, n_components=2)
    alone = (model._scaling(x, float) - model.network_.reconstruct(model._scaling(x, float)))[:, 0] ** 2
    np.testing.assert_allclose(model.score_samples(x), -alone / 3, rtol=1e-9)


@pytest.mark.slow
def test_a_constant_column_that_changes_is_noticed():
    scores = fitted().score_samples(TABLE[:2] + np.outer([0, 5], [0, 0, 1, 0, 0, 0]))
    assert scores[1] < -4 < scores[0]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.bool_, np.float16])
def test_other_numbers_are_taken_as_float64(dtype):
    x = (np.random.default_rng(0).random((40, 3)) > 0.5).astype(dtype)
    a, b = fitted(x), fitted(x.astype(float))
    assert a.transform(x).dtype == np.float64
    np.testing.assert_array_equal(a.transform(x), b.transform(x.astype(float)))


def by_hand(model, x, kind):
    """The code and the reconstruction by plain NumPy: a tanh network with one hidden layer, of scaled columns."""
    centre, size = x.mean(axis=0), x.std(axis=0)
    size = np.full_like(size, np.sqrt(np.mean(size**2))) if kind == "shared" else size
    w = [p.numpy() for p in model.network_.parameters()]
    code = np.tanh(np.tanh((x - centre) / size @ w[0] + w[1]) @ w[2] + w[3])
    return code, (np.tanh(code @ w[4] + w[5]) @ w[6] + w[7]) * size + centre


@pytest.mark.parametrize("kind", ["column", "shared"])
def test_encoder_and_decoder_can_be_used_apart(kind):
    x = load_iris().data
    model = fitted(x, scaling=kind, validation_fraction=0.0, n_components=2)
    code, back = by_hand(model, x, kind)
    np.testing.assert_allclose(model.transform(x), code, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(model.inverse_transform(code), back, rtol=1e-9, atol=1e-12)
    size = x.std(axis=0) if kind == "column" else np.sqrt(x.var(axis=0).mean())
    np.testing.assert_allclose(model.score_samples(x), -(((x - back) / size) ** 2).mean(axis=1), rtol=1e-9)
    assert model.score(x) == pytest.approx(model.score_samples(x).mean())


def test_float32_is_kept():
    x, y = load_iris(return_X_y=True)
    x = x.astype(np.float32)
    model, classifier = fitted(x), AutoencoderClassifier(max_iter=3, random_state=0).fit(x, y)
    for net in (model.network_, classifier.network_):
        assert {p.dtype for p in net.parameters()} == {np.dtype(np.float32)}
    codes = model.transform(x)
    assert codes.dtype == model.inverse_transform(codes).dtype == np.float32
    assert model.inverse_transform(codes.astype(float)).dtype == np.float32
    assert classifier.predict_proba(x).dtype == classifier.decision_function(x).dtype == np.float32


def test_more_rows_than_go_through_at_a_time():
    x = np.random.default_rng(0).normal(size=(10_000, 3))
    model = fitted(x[:100])
    np.testing.assert_allclose(model.transform(x)[9_990:], model.transform(x[9_990:]), rtol=1e-9)
    assert model.score_samples(x).shape == (10_000,)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_number_as_large_as_there_is_gives_no_nan(dtype):
    x = np.random.default_rng(0).normal(size=(100, 3)).astype(dtype)
    detector = AutoencoderOutlierDetector(max_iter=5, random_state=0).fit(x)
    largest = np.finfo(dtype).max
    for row in ([largest, 0, 0], [largest, -largest, largest], [-largest] * 3):
        far = np.array([row], dtype)
        assert np.isfinite(detector.score_samples(far)).all()
        assert detector.predict(far) == [-1]


def test_a_column_without_a_variance_is_named():
    x = np.random.default_rng(0).normal(size=(20, 3)) * [1.0, 1e200, 1.0]
    with pytest.raises(
        ValueError, match=r"^the numbers in column 1 are too large for their variance; divide them first"
    ):
        fitted(x)
