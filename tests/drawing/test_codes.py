"""Latent codes: where the points are, and that classes can be told apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microae as ma
from microae import paper
from microae.drawing import draw_codes
from microae.drawing.codes import _AXES, apart, plane
from microae.drawing.measuring import principal_components

IMAGES, LABELS = ma.data.digits()
IMAGES, LABELS = IMAGES[:200], LABELS[:200]


def net(width, **options):
    return ma.Autoencoder([64, width, 64], seed=0, **options)


def drawn(figure):
    return {c.get_label(): np.asarray(c.get_offsets()) for c in figure.axes[0].collections}


def code(model, x):
    z = x @ model.encoder[0].weight.data + model.encoder[0].bias.data
    return np.where(z > 0, z, 0.01 * z)


def test_two_numbers_are_drawn_as_they_are():
    model = net(2, noise=0.5, dropout=0.5)
    figure = draw_codes(model, IMAGES, LABELS)
    codes = code(model, IMAGES)
    for digit in range(10):
        np.testing.assert_allclose(drawn(figure)[str(digit)], codes[digit == LABELS])
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("code 1", "code 2")


def test_wider_codes_are_drawn_by_principal_components():
    model = net(5)
    figure = draw_codes(model, IMAGES)
    codes = code(model, IMAGES)
    values, vectors = np.linalg.eigh(np.cov(codes.T))
    (points,) = drawn(figure).values()
    for i in (0, 1):
        theirs = (codes - codes.mean(0)) @ vectors[:, -1 - i]
        assert abs(np.corrcoef(points[:, i], theirs)[0, 1]) == pytest.approx(1, abs=1e-9)
        assert points[:, i].std() == pytest.approx(theirs.std())
    share = 100 * values[-1] / values.sum()
    assert figure.axes[0].get_xlabel() == f"principal component 1 ({share:.0f} % of the variance)"


def test_a_single_number_is_drawn_over_the_sample():
    model = net(1)
    figure = draw_codes(model, IMAGES)
    (points,) = drawn(figure).values()
    np.testing.assert_allclose(points, np.column_stack([np.arange(200), code(model, IMAGES)]))
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("sample", "code")


def test_few_samples():
    for n in (1, 2):
        (points,) = drawn(draw_codes(net(5), IMAGES[:n])).values()
        assert points.shape == (n, 2)
        assert np.isfinite(points).all()


def test_classes_are_told_apart_without_colour():
    figure = draw_codes(net(2), IMAGES, LABELS)
    shapes = {c.get_paths()[0].vertices.tobytes() for c in figure.axes[0].collections}
    assert len(shapes) == 10
    written = [text.get_text() for text in figure.axes[0].texts]
    assert written == [str(digit) for digit in range(10)]


def test_labels_are_any_kind():
    names = np.array(["even", "odd"])[LABELS % 2]
    assert list(drawn(draw_codes(net(2), IMAGES, names))) == ["even", "odd"]
    assert list(drawn(draw_codes(net(2), IMAGES, list(names)))) == ["even", "odd"]
    assert draw_codes(net(2), IMAGES).legends == []


@given(
    st.lists(st.tuples(st.floats(0, 600), st.floats(0, 330)), min_size=1, max_size=15),
    st.floats(20, 140),
)
def test_names_are_pushed_apart(places, width):
    sizes = np.full((len(places), 2), (width, 30.0))
    moved = apart(np.array(places), sizes, np.empty((0, 2)))
    assert (moved >= sizes / 2 - 1e-6).all()
    assert (moved <= _AXES - sizes / 2 + 1e-6).all()
    for i in range(len(places)):
        gaps = np.abs(moved[:i] - moved[i])
        assert ((gaps >= sizes[i] - 1e-3).any(axis=1)).all()


@given(st.integers(0, 99), st.integers(2, 8), st.integers(2, 8))
def test_principal_components(seed, n, m):
    rows = np.random.default_rng(seed).normal(size=(n, m))
    directions, shares = principal_components(rows)
    np.testing.assert_allclose(directions @ directions.T, np.eye(len(directions)), atol=1e-9)
    assert (np.diff(shares) <= 1e-12).all()
    assert shares.sum() == pytest.approx(1)
    np.testing.assert_allclose(np.square(rows @ directions.T).sum(0) / np.square(rows).sum(), shares, atol=1e-9)
    flipped = principal_components(-rows)[0]
    np.testing.assert_allclose(flipped, directions, atol=1e-9)


def test_a_code_that_never_varies():
    points, names = plane(np.ones((5, 3)))
    assert (points == 0).all()
    assert "(0 % of the variance)" in names[0]


def test_mistakes():
    with pytest.raises(ValueError, match=r"there are 200 samples and labels of shape \(3,\)"):
        draw_codes(net(2), IMAGES, [1, 2, 3])
    with pytest.raises(ValueError, match="200 classes cannot be told apart in one picture; at most 15"):
        draw_codes(net(2), IMAGES, range(200))
    with pytest.raises(ValueError, match="needs a table"):
        draw_codes(net(2), IMAGES[0])


def test_a_few_points_are_not_covered_by_their_names():
    figure = draw_codes(paper.network(), paper.BINARY_VECTORS, [f"{i:03b}" for i in range(8)])
    axes = figure.axes[0]
    figure.draw_without_rendering()
    boxes = [name.get_bbox_patch().get_window_extent() for name in axes.texts]
    points = [axes.transData.transform(points.get_offsets())[0] for points in axes.collections]
    assert len(boxes) == len(points) == 8
    for box in boxes:
        assert not any(box.contains(*point) for point in points)
    for box, point in zip(boxes, points, strict=True):  # and each name stands close to its own
        nearest = min(points, key=lambda other: abs((box.x0 + box.x1) / 2 - other[0]) + abs(box.y0 - other[1]))
        assert (nearest == point).all()


def test_the_name_of_a_class_stands_at_the_median_of_its_points():
    model = net(2)
    for p in model.parameters():
        p.data = np.zeros(p.shape)
    weight = np.zeros((64, 2))  # the code is (x₀, x₁)
    weight[0, 0] = weight[1, 1] = 1.0
    model.encoder[0].weight.data = weight
    x = np.zeros((300, 64))
    rng = np.random.default_rng(0)
    x[:, :2] = rng.uniform(0.5, 1.0, (300, 2))
    x[:20, :2] = 9.0  # far away: they move the mean, not the median
    figure = draw_codes(model, x, np.zeros(300, int))
    axes = figure.axes[0]
    (name,) = axes.texts
    figure.draw_without_rendering()
    at = axes.transData.inverted().transform(axes.transAxes.transform(name.get_position()))
    assert np.abs(at - np.median(x[:, :2], axis=0)).max() < 0.15
    assert np.abs(at - x[:, :2].mean(axis=0)).max() > 0.3


def test_the_colour_of_a_name_is_that_of_its_points():
    figure = draw_codes(net(2), IMAGES, LABELS)
    axes = figure.axes[0]
    for text, points in zip(axes.texts, axes.collections, strict=True):
        assert text.get_text() == points.get_label()
        edge = text.get_bbox_patch().get_edgecolor()[:3]
        assert edge == pytest.approx(points.get_facecolor()[0][:3])


def test_up_to_fifteen_classes():
    assert len(draw_codes(net(2), IMAGES, np.arange(200) % 15).axes[0].collections) == 15
    with pytest.raises(ValueError, match="16 classes cannot be told apart"):
        draw_codes(net(2), IMAGES, np.arange(200) % 16)


def test_the_share_of_the_second_direction_is_its_own():
    codes = code(net(5), IMAGES)
    values = np.linalg.eigvalsh(np.cov(codes.T))[::-1]
    axes = draw_codes(net(5), IMAGES).axes[0]
    assert axes.get_ylabel() == f"principal component 2 ({100 * values[1] / values.sum():.0f} % of the variance)"
