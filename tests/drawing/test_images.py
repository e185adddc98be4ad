"""Pictures of samples: what is drawn, in which scale, and the files."""

import sys

import matplotlib.image
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from microae.drawing.images import Group, _figure, require_matplotlib, save_images


def group(n=3, features=4, title="Title"):
    samples = np.linspace(0, 1, n * features).reshape(n, features)
    return Group(title, {"original": samples, "again": samples / 2}, [f"caption {i}" for i in range(n)])


def drawn(figure):
    return [axes for part in figure.subfigs for axes in part.axes if axes.images]


def test_every_sample_is_drawn_once_as_a_square():
    first, second = group(3), group(2)
    pictures = drawn(_figure([first, second]))
    shown = [np.asarray(axes.images[0].get_array()) for axes in pictures]
    expected = [sample.reshape(2, 2) for g in (first, second) for row in g.rows.values() for sample in row]
    assert len(shown) == len(expected)
    assert all((a == b).all() for a, b in zip(shown, expected, strict=True))


def test_other_sizes_are_strips():
    shown = drawn(_figure([group(features=6)]))[0].images[0].get_array()
    assert shown.shape == (1, 6)


def test_a_column_has_one_scale():
    samples = np.array([[0.0, 0.5, 1, 1], [-2, 0, 0, 3]])
    pictures = drawn(_figure([Group("", {"a": samples, "b": samples * 9}, ["", ""])]))
    assert [axes.images[0].get_clim() for axes in pictures] == [(0, 1), (-2, 3)] * 2


def boxes(figure):
    """The extents of all texts that say something, in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    texts = figure.findobj(lambda artist: hasattr(artist, "get_text") and bool(artist.get_text().strip()))
    return [(t.get_text(), t.get_window_extent(canvas.get_renderer())) for t in texts]


@pytest.mark.parametrize("columns", [1, 2, 10])
def test_no_text_overlaps_another_or_leaves_the_figure(columns):
    samples = np.zeros((columns, 64))
    captions = ["1742 (2)\n0.00950"] * columns
    title = "Reconstructed worst, with their row (label) and the squared error"
    rows = {"original": samples, "autoencoder": samples, "PCA": samples}
    figure = _figure([Group(title, rows, captions), Group(title, rows, captions)])
    found = boxes(figure)
    assert len(found) == 2 * (1 + 3 + columns)
    for i, (text, box) in enumerate(found):
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= figure.bbox.x1, text
        assert box.y1 <= figure.bbox.y1, text
        for other, other_box in found[:i]:
            assert not box.overlaps(other_box), (text, other)


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_same_picture_is_the_same_file(tmp_path, suffix):
    paths = [tmp_path / f"{name}.{suffix}" for name in "ab"]
    for path in paths:
        save_images([group()], path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_ink_is_dark(tmp_path):
    path = tmp_path / "a.png"
    for value in (0.0, 1.0):
        save_images([Group("", {"": np.full((1, 4), value)}, [""])], path)
        pixels = matplotlib.image.imread(path)[..., :3].mean(axis=2)
        share = (pixels < 0.1).mean()
        assert (share > 0.03) == (value == 1.0)


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pictures need matplotlib: pip install 'microae\[plots\]'"):
        require_matplotlib()
