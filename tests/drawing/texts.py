"""Whether a figure can be read: every text that is drawn, its size and its place."""

from itertools import combinations
from unittest import mock

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

LEAST = 12  # points


def drawn_texts(figure):
    """Every text that was really drawn: its letters, its size in points, and its box in pixels."""
    canvas = FigureCanvasAgg(figure)
    found = []
    original = Text.draw

    def draw(self, renderer):
        original(self, renderer)
        if self.get_visible() and self.get_text().strip():
            found.append((self.get_text(), self.get_fontsize(), self.get_window_extent(renderer)))

    with mock.patch.object(Text, "draw", draw):
        canvas.draw()
    return found


def assert_readable(figure):
    texts = drawn_texts(figure)
    assert texts
    page = figure.bbox
    for text, size, box in texts:
        assert size >= LEAST, text
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= page.x1, text
        assert box.y1 <= page.y1, text
    for (text, _, box), (other, _, other_box) in combinations(texts, 2):
        wide = min(box.x1, other_box.x1) - max(box.x0, other_box.x0)
        high = min(box.y1, other_box.y1) - max(box.y0, other_box.y0)
        assert min(wide, high) <= 0.5, (text, other)
