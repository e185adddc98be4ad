"""The picture of anomalies: images above what was expected, or a table of the features that tell."""

import numpy as np
import pytest

import microae as ma
from microae.drawing.anomalies import draw_anomalies

IMAGES = ma.data.digits()[0][:200]
TABLE = np.random.default_rng(0).normal(size=(100, 12)) * np.arange(1, 13)


@pytest.fixture(scope="module")
def of_images():
    return ma.AnomalyDetector(updates=30, members=1, seed=0).fit(IMAGES)


@pytest.fixture(scope="module")
def of_table():
    return ma.AnomalyDetector(updates=30, members=1, seed=0).fit(TABLE, features=[f"column {i}" for i in range(12)])


def test_images_are_drawn_above_what_was_expected(of_images):
    odd = IMAGES[:3].copy()
    odd[0, 0] = 1.0
    figure = draw_anomalies(of_images, odd, ["a", "b", "c"], title="Odd ones")
    drawn = [np.asarray(image.get_array()) for axes in figure.subfigs[0].axes for image in axes.images]
    assert len(drawn) == 9
    np.testing.assert_array_equal(drawn[0].ravel(), odd[0])
    np.testing.assert_allclose(drawn[3].ravel(), of_images.expected(odd)[0])
    assert drawn[6].argmax() == 0  # the pixel that was changed has the largest share
    assert drawn[6].max() == 1
    assert figure.subfigs[0].get_suptitle() == "Odd ones"
    captions = [text.get_text() for axes in figure.subfigs[0].axes for text in axes.texts]
    assert f"a\n{of_images.score_samples(odd)[0]:.3g}" in captions


def test_a_table_shows_the_features_that_tell(of_table):
    odd = TABLE[:2].copy()
    odd[1, 7] = 1000.0
    figure = draw_anomalies(of_table, odd)
    axes = figure.axes[0]
    names = [label.get_text() for label in axes.get_xticklabels()]
    assert names[0] == "column 7"
    assert len(names) == 8
    shares = of_table.score_features(odd) / of_table.score_samples(odd)[:, None]
    np.testing.assert_allclose(np.asarray(axes.images[0].get_array())[:, 0], shares[:, 7])
    assert f"1000\n({of_table.expected(odd)[1, 7]:.3g})" in [text.get_text() for text in axes.texts]
    score = of_table.score_samples(odd)[1]
    assert [label.get_text() for label in axes.get_yticklabels()][1] == f"1, score {score:.3g}"


def test_what_cannot_be_drawn_is_told(of_table):
    with pytest.raises(TypeError, match="needs an AnomalyDetector, got None"):
        draw_anomalies(None, TABLE[:2])
    with pytest.raises(ValueError, match="needs 1 to 12 samples and a name for each, got 13, 13"):
        draw_anomalies(of_table, TABLE[:13])
    with pytest.raises(ValueError, match="got 2, 1"):
        draw_anomalies(of_table, TABLE[:2], ["a"])
