"""Pictures of samples: what is drawn, in which scale, and the files."""

from itertools import pairwise

import matplotlib.image
import numpy as np
import pytest

import microae as ma
from microae.drawing import Group, draw_images, draw_reconstructions
from tests.drawing.texts import assert_readable, drawn_texts


def group(n=3, features=4, title="Title"):
    samples = np.linspace(0, 1, n * features).reshape(n, features)
    return Group(title, {"original": samples, "again": samples / 2}, [f"caption {i}" for i in range(n)])


def drawn(figure):
    return [image for part in figure.subfigs for axes in part.axes for image in axes.images]


def test_every_sample_is_drawn_once_as_a_square():
    first, second = group(3), group(2)
    pictures = drawn(draw_images([first, second]))
    shown = [np.asarray(image.get_array()) for image in pictures]
    expected = [sample.reshape(2, 2) for g in (first, second) for row in g.rows.values() for sample in row]
    assert len(shown) == len(expected)
    assert all((a == b).all() for a, b in zip(shown, expected, strict=True))


def test_pictures_stand_in_rows_and_columns_apart_from_each_other():
    figure = draw_images([group(3)])
    figure.canvas.draw()
    boxes = [image.get_window_extent() for image in drawn(figure)]
    rows = [boxes[:3], boxes[3:]]
    for row in rows:
        assert len({(box.y0, box.y1) for box in row}) == 1
        assert all(a.x1 < b.x0 for a, b in pairwise(row))
    for above, below in zip(*rows, strict=True):
        assert (above.x0, above.x1) == (below.x0, below.x1)
        assert above.y0 > below.y1
    assert all(box.width == pytest.approx(box.height) for box in boxes)


def test_other_sizes_are_strips():
    shown = drawn(draw_images([group(features=6)]))[0].get_array()
    assert shown.shape == (1, 6)


def test_a_column_has_one_scale():
    samples = np.array([[0.0, 0.5, 1, 1], [-2, 0, 0, 3], [0.25, 0.5, 0.5, 0.75]])
    pictures = drawn(draw_images([Group("", {"a": samples, "b": samples * 9}, ["", "", ""])]))
    assert [image.get_clim() for image in pictures] == [(0, 1), (-2, 3), (0, 1)] * 2


@pytest.mark.parametrize("columns", [1, 2, 10])
def test_no_text_overlaps_another_or_leaves_thedraw_images(columns):
    samples = np.zeros((columns, 64))
    captions = ["1742 (2)\n0.00950"] * columns
    title = "Reconstructed worst, with their row (label) and the squared error"
    rows = {"original": samples, "autoencoder": samples, "PCA": samples}
    figure = draw_images([Group(title, rows, captions), Group(title, rows, captions)])
    assert len(drawn_texts(figure)) == 2 * (1 + 3 + columns)
    assert_readable(figure)


def test_ink_is_dark(tmp_path):
    path = tmp_path / "a.png"
    for value in (0.0, 1.0):
        draw_images([Group("", {"": np.full((1, 4), value)}, [""])], path=path)
        pixels = matplotlib.image.imread(path)[..., :3].mean(axis=2)
        share = (pixels < 0.1).mean()
        assert (share > 0.03) == (value == 1.0)


def test_reconstructions_stand_below_their_originals():
    net = ma.Autoencoder([64, 8, 64], noise=0.5, dropout=0.5, seed=0)
    images, labels = ma.data.digits()
    figure = draw_reconstructions(net, images[:15], labels[:15], title="T")
    assert [part.get_suptitle() for part in figure.subfigs] == ["T", ""]
    again = net.reconstruct(images[:15])
    rows = [images[:12], again[:12], images[12:15], again[12:]]
    shown = [np.asarray(image.get_array()).ravel() for image in drawn(figure)]
    np.testing.assert_array_equal(shown, np.concatenate(rows))
    errors = np.square(again - images[:15]).mean(axis=1)
    captions = [text for text, _, _ in drawn_texts(figure) if "\n" in text]
    shown = [caption.split("\n") for caption in captions]
    assert [label for label, _ in shown] == [str(label) for label in labels[:15]]
    np.testing.assert_allclose([float(text.replace("−", "-")) for _, text in shown], errors, rtol=5e-2)
    assert len({"e" in text for _, text in shown}) == 1


def test_reconstructions_that_cannot_be():
    net = ma.Autoencoder([64, 8, 64], seed=0)
    images, labels = ma.data.digits()
    with pytest.raises(ValueError, match="1797 samples cannot be seen; at most 100 are drawn"):
        draw_reconstructions(net, images)
    with pytest.raises(ValueError, match="there are 5 samples and 4 labels"):
        draw_reconstructions(net, images[:5], labels[:4])
    with pytest.raises(ValueError, match="must have 64 features"):
        draw_reconstructions(net, images[:5, :9])


@pytest.mark.parametrize("groups", [[], [Group("T", {}, ["a"])], [Group("T", {"a": np.ones((0, 4))}, [])]])
def test_nothing_to_draw(groups):
    with pytest.raises(ValueError, match="there is nothing to draw"):
        draw_images(groups)
