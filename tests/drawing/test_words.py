"""Labels and names of modules as people and programs make them: pictures and pages stay valid and readable."""

from __future__ import annotations

import xml.dom.minidom

import pytest

import microae as ma
from microae.drawing.words import legible

LABELS = {
    "quotes": "a\"b'c<d>&e",
    "controls": "a\x00b\x07c\nd\te\x1b[31m\x85",
    "no characters": "a\uffffb\ufffe",
    "halves": "a\ud800b\udc00",
    "long": "x" * 5000,
    "turned": "a\u202eb\u2066c",
    "backslashes": "a\\nb\\N\\",
    "tags": "</script><script>alert(1)</script><!--",
    "records": "{a|b}<p>",
    "empty": "",
    "spaces": "  ",
}


class Net(ma.Module):
    def __init__(self, label):
        self.layer = ma.Linear(2, 2, seed=0)
        self.layer.weight.label = label
        setattr(self, label or "x", ma.Linear(2, 2, seed=1))
        self.name = label or "x"

    def forward(self, x):
        return ma.sigmoid(vars(self)[self.name](self.layer(x)))

    def loss(self, x, target=None, reduction="mean"):
        return ma.mean_squared_error(self(x), x, reduction)


@pytest.mark.parametrize("kind", LABELS)
def test_pictures_of_odd_labels_are_valid(kind, tmp_path):
    label = LABELS[kind]
    x = ma.Value([1.0, 2.0], label=label)
    y = (x * 2.0).sum()
    y.backward()
    drawing = ma.draw(y)
    drawing.save(tmp_path / "graph.svg")
    net = Net(label)
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), x=[1.0, 0.0])
    step.save(tmp_path / "step.svg")
    step.save(tmp_path / "step.html")
    for name in ("graph.svg", "step.svg"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        document = xml.dom.minidom.parseString(text.encode())
        assert "script" not in {element.tagName for element in document.getElementsByTagName("*")}
        words = [element.firstChild.data for element in document.getElementsByTagName("text") if element.firstChild]
        assert max(map(len, words)) <= 200
    page = (tmp_path / "step.html").read_text(encoding="utf-8")
    assert "alert(1)</script>" not in page.replace("&lt;/script&gt;", "")
    if label.strip():
        assert legible(label)[:1] in "".join(words)


def test_a_long_name_keeps_its_ends():
    assert legible("weights of " + "x" * 5000 + " the decoder") == "weights of " + "x" * 33 + "…" + "xxx the decoder"
    assert len(legible("x" * 61)) == 60
    assert legible("x" * 60) == "x" * 60


@pytest.mark.parametrize("point", [0, 7, 31, 127, 0x85, 0x202E, 0x2066, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF])
def test_what_cannot_be_shown(point):
    assert legible(f"a{chr(point)}b") in ("a�b", "a b")
