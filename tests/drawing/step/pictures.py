"""What the tests of drawn steps share: steps of many kinds, and checks of a placed picture."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET

import numpy as np

import microae as ma
from microae import paper
from microae.drawing.step.fonts import width
from microae.drawing.step.layout import LABEL, Area

SVG = "{http://www.w3.org/2000/svg}"


def recorded(net, x, optimizer=ma.SGD, lr=0.1, target=None, loss=None, **options):
    return ma.record_step(net, optimizer(net.parameters(), lr=lr, **options), x, target, loss)


def the_papers():
    return recorded(paper.network(), [1, 0, 1], lr=0.01)


def batch():
    return recorded(ma.Autoencoder([3, 4, 3], seed=0), [[1, 0, 1], [0, 1, 1], [0, 0, 1], [1, 1, 1]])


def variant():
    net = ma.Autoencoder([4, 3, 4], noise=0.1, sparsity=0.1, dropout=0.4, seed=0)
    return recorded(net, [[1, 0, 1, 1], [0, 1, 0, 1.0]])


def deep():
    return recorded(ma.Autoencoder([8, 6, 4, 3, 4, 6, 8], "tanh", seed=0), np.random.default_rng(0).random((5, 8)))


def adam():
    return recorded(ma.Autoencoder([3, 4, 3], seed=0), [1, 0, 1], ma.Adam)


def momentum():
    net = ma.Autoencoder([3, 4, 3], "gelu", seed=0)
    return recorded(net, [1, 0, 1], momentum=0.9, weight_decay=0.01)


def digits():
    return recorded(ma.Autoencoder([64, 32, 64], seed=0), ma.data.digits()[0][:32])


class Residual(ma.Module):
    """Shared layers and a shortcut."""

    def __init__(self):
        self.outer, self.inner = ma.Linear(4, 4, seed=1), ma.Linear(4, 4, seed=2)
        self.act = ma.ReLU()

    def forward(self, x):
        h = self.act(self.outer(x))
        return self.outer(self.act(self.inner(h)) + h)


def residual():
    x, y = np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[0.0, 1.0, 0.0, 1.0]])
    return recorded(Residual(), x, target=y, loss=ma.mean_squared_error)


def by_hand():
    rng = np.random.default_rng(0)
    W, b = ma.Value(rng.normal(size=(2, 3)), label="W"), ma.Value(np.zeros(3), label="b")
    x, optimizer = np.array([[1.0, 2.0], [0.5, -1.0]]), ma.SGD([W, b], lr=0.1)
    with ma.record() as step:
        h = np.tanh(x @ W + b)
        h.label = "h"
        loss = ((h - 1) ** 2).mean() + 0.1 * (W * W).sum()
        loss.label = "loss"
        loss.backward()
        optimizer.step()
    return step


def diamond():
    a = ma.Value(3.0, label="a")
    with ma.record() as step:
        b = a + a
        b.label = "b"
        c = a * b
        c.label = "c"
        d = b * c + a
        d.label = "d"
        d.backward()
    return step


def neurons():
    net = paper.ScalarNetwork(paper.weights(), paper.biases(), ["leaky_relu", "sigmoid"])
    optimizer = ma.SGD(net.parameters(), lr=0.1)
    with ma.record() as step:
        net.loss([1, 0, 1], [1, 0, 1]).backward()
        optimizer.step()
    return step


STEPS = {
    make.__name__: make
    for make in (the_papers, batch, variant, deep, adam, momentum, digits, residual, by_hand, diamond)
}


def parsed(drawing):
    return ET.fromstring(drawing.svg())


def check(drawing):
    """What holds of every picture: nothing overlaps, all words are inside, every part carries its place."""
    layout, scene = drawing.layout, drawing.scene
    sheet = Area(0, 0, layout.width, layout.height)
    for placed in layout.boxes:
        assert inside(placed.area, sheet), placed.box.name
        for text in placed.face.texts:
            start = text.x - {"start": 0, "middle": 0.5, "end": 1}[text.anchor] * text.width
            assert start >= 2, (placed.box.name, text)
            assert start + text.width <= placed.area.width - 2, (placed.box.name, text)
            assert text.y - 0.8 * text.size > 0, (placed.box.name, text)
            assert text.y + 0.22 * text.size <= placed.area.height, (placed.box.name, text)
    for a, b in itertools.combinations(layout.boxes, 2):
        assert not a.area.overlaps(b.area), (a.box.name, b.box.name)
    for frame in layout.frames:
        assert inside(frame.area, sheet)
        for placed in layout.boxes:
            path = placed.box.path
            if placed.box.stage == frame.stage and (path == frame.path or path.startswith(f"{frame.path}.")):
                assert frame.area.holds(placed.area), (frame.path, placed.box.name)
    for line in layout.lines:
        assert all(0 <= x <= layout.width and 0 <= y <= layout.height for x, y in line.points), line.edge
    words = [label_area(line) for line in layout.lines if line.edge.label]
    for area in words:
        assert inside(area, sheet)
    root = parsed(drawing)
    nodes = [int(g.get("data-node")) for g in root.iter(f"{SVG}g") if g.get("data-node")]
    assert nodes == [box.number for box in scene.boxes] == list(range(len(scene.boxes)))
    drawn = {g.get("data-edge") for g in root.iter(f"{SVG}g") if g.get("data-edge")}
    stages = [box.stage for box in scene.boxes]
    for edge in scene.edges:
        by_name = edge.stage == "update" and stages[edge.tail] == "forward"  # it stands in the formula
        assert (f"{edge.tail}-{edge.head}" in drawn) is not by_name
    assert not any(element.get("id") for element in root.iter())


def label_area(line):
    x, y = line.label
    wide = width(line.edge.label, LABEL)
    return Area(x - wide / 2, y - LABEL * 0.5, wide, LABEL)


def inside(area, sheet):
    return area.x >= 0 and area.y >= 0 and area.right <= sheet.right + 0.1 and area.bottom <= sheet.bottom + 0.1


def covered(drawing):
    """The labels of edges that stand on a box or on another label."""
    areas = [(line.edge, label_area(line)) for line in drawing.layout.lines if line.edge.label]
    boxes = [placed.area for placed in drawing.layout.boxes]
    found = [edge.label for edge, area in areas if any(area.overlaps(box) for box in boxes)]
    return found + [a[0].label for a, b in itertools.combinations(areas, 2) if a[1].overlaps(b[1])]


def struck_out(drawing):
    """The labels of edges that their own line runs through."""
    return [line.edge.label for line in drawing.layout.lines if line.edge.label and _runs_through(line)]


def _runs_through(line):
    area, t = label_area(line), np.linspace(0, 1, 200)[:, None]
    for i in range(1, len(line.points) - 2, 3):
        p = np.array(line.points[i - 1 : i + 3], float)
        x, y = ((1 - t) ** 3 * p[0] + 3 * t * (1 - t) ** 2 * p[1] + 3 * t * t * (1 - t) * p[2] + t**3 * p[3]).T
        if ((area.x < x) & (x < area.right) & (area.y < y) & (y < area.bottom)).any():
            return True
    return False
