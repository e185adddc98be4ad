"""The estimators among scikit-learn's own: pipelines, searches, data frames, displays."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from microae.sklearn import AutoencoderClassifier, AutoencoderOutlierDetector, AutoencoderTransformer
from microae.sklearn.estimator import _held_out

WINE = load_wine(as_frame=True)
FRAME, LABELS = WINE.data, WINE.target_names[WINE.target]


def test_a_code_is_enough_for_a_classifier_behind_it():
    pipeline = make_pipeline(AutoencoderTransformer(n_components=4, random_state=0), LogisticRegression())
    assert cross_val_score(pipeline, FRAME, LABELS, cv=3).mean() > 0.9


def test_some_columns_of_a_table():
    table = FRAME[["alcohol", "ash", "hue"]].assign(kind=LABELS)
    reducer = AutoencoderTransformer(n_components=2, max_iter=3, random_state=0)
    both = ColumnTransformer(
        [("code", reducer, ["alcohol", "ash", "hue"]), ("kind", OneHotEncoder(sparse_output=False), ["kind"])]
    ).set_output(transform="pandas")
    out = both.fit_transform(table)
    assert list(out.columns) == [
        "code__autoencodertransformer0",
        "code__autoencodertransformer1",
        *(f"kind__kind_{name}" for name in sorted(WINE.target_names)),
    ]
    alone = reducer.fit_transform(table[["alcohol", "ash", "hue"]])
    np.testing.assert_array_equal(out.iloc[:, :2], alone)


def test_frames_in_and_out():
    reducer = AutoencoderTransformer(n_components=2, max_iter=3, random_state=0).set_output(transform="pandas")
    codes = reducer.fit(FRAME).transform(FRAME[:5])
    assert isinstance(codes, pd.DataFrame)
    assert list(codes.columns) == list(reducer.get_feature_names_out())
    assert list(reducer.feature_names_in_) == list(FRAME.columns)
    assert reducer.inverse_transform(codes).shape == (5, 13)
    with pytest.raises(ValueError, match="feature names should match"):
        reducer.transform(FRAME[FRAME.columns[::-1]])


def test_a_frame_of_several_kinds_of_numbers():
    frame = FRAME[["alcohol", "proline"]].assign(count=pd.array(range(178), "Int64"), odd=np.arange(178) % 2 == 1)
    model = AutoencoderTransformer(n_components=1, max_iter=3, random_state=0).fit(frame)
    as_floats = frame.astype(float)
    np.testing.assert_array_equal(model.transform(frame), model.transform(as_floats))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("contamination", ["auto", 0.1])
def test_an_outlier_detector_of_a_frame_knows_its_names(contamination):
    model = AutoencoderOutlierDetector(contamination=contamination, max_iter=3, random_state=0)
    verdicts = model.fit_predict(FRAME)
    assert contamination == "auto" or (verdicts == -1).mean() == pytest.approx(0.1, abs=0.01)
    np.testing.assert_array_equal(verdicts, model.predict(FRAME))


def test_a_code_of_another_width_is_refused():
    model = AutoencoderTransformer(n_components=2, max_iter=1, random_state=0).fit(FRAME)
    with pytest.raises(ValueError, match="the codes have 3 columns, this code has 2"):
        model.inverse_transform(np.zeros((1, 3)))


@pytest.mark.slow
def test_a_search_by_two_processes_finds_what_one_finds():
    space = {"n_components": [1, 5], "variant": ["plain", "denoising"]}
    model = AutoencoderTransformer(max_iter=20, random_state=0)
    alone, together = (GridSearchCV(model, space, cv=2, n_jobs=n).fit(FRAME) for n in (1, 2))
    np.testing.assert_array_equal(alone.cv_results_["mean_test_score"], together.cv_results_["mean_test_score"])
    assert together.best_params_["n_components"] == 5  # by the least error: there are no labels
    np.testing.assert_array_equal(alone.transform(FRAME), together.transform(FRAME))


def test_the_display():
    html = AutoencoderTransformer(n_components=3)._repr_html_()
    assert "AutoencoderTransformer" in html
    assert "n_components" in html
    assert repr(AutoencoderClassifier(n_components=3, reconstruction=1.0)) == (
        "AutoencoderClassifier(n_components=3, reconstruction=1.0)"
    )


# --- outliers ----------------------------------------------------------------------------------------------------


MIXED = np.array([[1.0, 2.0, 0.0, -1.0, 0.5], [0.0, 1.0, -2.0, 1.0, 3.0]])


def plane(n, seed):
    """Samples of five columns that follow from two numbers, but for some noise."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2)) @ MIXED + rng.normal(0, 0.1, (n, 5))


@pytest.fixture(scope="module")
def detector():
    return AutoencoderOutlierDetector(random_state=0).fit(plane(1000, 0))


def test_what_is_outside_the_data_or_between_them_is_an_outlier(detector):
    on_the_plane = np.array([[0.0, 0.0], [0.5, 0.5], [1.0, -1.0], [-0.7, 0.2]]) @ MIXED
    assert detector.predict(on_the_plane).tolist() == [1] * 4
    beside_it = on_the_plane + np.array([0.0, 0.0, 1.5, 0.0, 0.0])
    assert (np.abs(beside_it) < np.abs(plane(1000, 0)).max(axis=0)).all()  # no column alone tells
    assert detector.predict(beside_it).tolist() == [-1] * 4
    for size in (10.0, 1e3, 1e9):
        assert (detector.predict(size * on_the_plane[1:]) == -1).all(), size


def test_no_share_has_to_be_known(detector):
    """One new inlier in 20 is called an outlier, within what 100 held-out samples say of the 5 % quantile."""
    assert 0.01 < (detector.predict(plane(4000, 7)) == -1).mean() < 0.1


def test_a_share_is_kept_on_the_samples_of_the_training():
    x = plane(200, 0)
    model = AutoencoderOutlierDetector(contamination=0.15, max_iter=5, random_state=0)
    assert (model.fit_predict(x) == -1).sum() == 30
    assert (model.decision_function(x) < 0).sum() == 30


def test_a_score_depends_on_its_sample_alone(detector):
    x = plane(50, 3)
    alone = np.concatenate([detector.score_samples(row[None]) for row in x])
    np.testing.assert_allclose(detector.score_samples(np.vstack([x, 1e6 * x]))[:50], alone, rtol=1e-9)


@pytest.mark.parametrize("fraction", [0.0, 0.1])
@pytest.mark.parametrize("n", [10, 30])
def test_few_samples(n, fraction):
    x = plane(n, 0)
    model = AutoencoderOutlierDetector(max_iter=3, validation_fraction=fraction, random_state=0).fit(x)
    assert model.predict(x).shape == (n,)
    assert model.predict(1e3 * x[:1]) == [-1]
    with pytest.raises(ValueError, match="a minimum of 10 is required"):
        model.fit(x[:9])


def test_the_detector_in_it_scores_by_its_network_and_scaling():
    x, held = plane(200, 0), 20
    model = AutoencoderOutlierDetector(max_iter=5, random_state=0).fit(x)
    detector = model.detector_
    np.testing.assert_array_equal(model.score_samples(x), -detector.score_samples(x))
    assert len(detector.calibration.scores) == held
    np.testing.assert_array_equal(detector.scaling.unit, model._scaling.unit)
    (member,) = detector.members
    for p, q in zip(member.net.parameters(), model.network_.parameters(), strict=True):
        np.testing.assert_array_equal(p.numpy(), q.numpy().astype(np.float32))
    assert model.offset_ == np.quantile(-detector.calibration.scores, 0.05)
    assert "usual" in str(detector.explain(9 * x[:1])[0])


# --- classes -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("reconstruction", [0.0, 1.0])
def test_classes_by_their_names(reconstruction):
    model = AutoencoderClassifier(reconstruction=reconstruction, max_iter=60, random_state=0)
    assert cross_val_score(model, FRAME, LABELS, cv=3).mean() > 0.9
    assert set(model.fit(FRAME, LABELS).predict(FRAME)) == set(WINE.target_names)


def test_probabilities_are_the_softmax_of_the_logits():
    model = AutoencoderClassifier(max_iter=5, random_state=0).fit(FRAME, LABELS)
    powers = np.exp(model.decision_function(FRAME))
    np.testing.assert_allclose(model.predict_proba(FRAME), powers / powers.sum(axis=1, keepdims=True), rtol=1e-9)


def test_of_two_classes_the_decision_is_the_log_odds():
    two = LABELS != "class_2"
    model = AutoencoderClassifier(max_iter=5, random_state=0).fit(FRAME[two], LABELS[two])
    probabilities = model.predict_proba(FRAME)
    odds = np.log(probabilities[:, 1] / probabilities[:, 0])
    np.testing.assert_allclose(model.decision_function(FRAME), odds, rtol=1e-6, atol=1e-9)


def test_the_loss_counts_the_reconstruction():
    plain, both = (
        AutoencoderClassifier(reconstruction=r, max_iter=20, random_state=0)
        .fit(FRAME, LABELS)
        ._errors(FRAME.to_numpy())
        for r in (0.0, 1.0)
    )
    assert both.mean() < 0.5 * plain.mean()


def test_each_class_is_held_out_in_its_share():
    rare = np.r_[np.zeros(90, int), np.ones(10, int), np.full(3, 2)]
    held = _held_out(rare, 0.2, np.random.default_rng(0))
    assert np.bincount(rare[held], minlength=3).tolist() == [18, 2, 0]
    assert (np.diff(held) > 0).all()
