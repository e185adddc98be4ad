"""Labels and names that no picture expects: what is drawn is valid, readable, and runs nothing."""

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pytest

import microae as ma
from microae.drawing import draw_losses, draw_network
from microae.drawing.words import MOST, legible

WORDS = {
    "quotes": "a\"b'c<&>",
    "control characters": "a\x00\x07\x1b[31m\n\r\tb",
    "no characters": "\uffff\ufffe\ufdd0",
    "halves of pairs": "a\ud800 \udcff",
    "long": "w" * 5000,
    "a script": "</script><script>alert(1)</script>",
    "graphviz": "{x|y}\\n\\l->",
    "a formula": "%s $x$ $\\frac",
    "backwards": "\u202eabc\u2066",
    "line ends": "a\x85b\u2028c\u2029d",
    "a comment": "--> ]]> `x` ${y}",
}


@pytest.fixture(params=WORDS)
def words(request):
    return WORDS[request.param]


class _Scripts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.number, self.data, self._inside = 0, "", False

    def handle_starttag(self, tag, attributes):
        self.number += tag == "script"
        self._inside = ("type", "application/json") in attributes

    def handle_data(self, data):
        self.data += data if self._inside else ""

    def handle_endtag(self, tag):
        self._inside = False


def check_svg(path, most=4000):
    content = path.read_bytes()
    picture = ET.fromstring(content)  # raises for what is not XML
    assert float(re.match(r"[\d.]+", picture.get("width"))[0]) < most
    assert "alert" not in {element.tag.rpartition("}")[2] for element in picture.iter()}
    assert not re.search("[\x00-\x08\x0b-\x1f\ufffe\uffff\u202e]", content.decode())


def check_page(path, scripts=2):
    parser = _Scripts()
    parser.feed(path.read_text(encoding="utf-8"))
    assert parser.number == scripts
    assert json.loads(parser.data)
    assert not re.search("[\ufffe\uffff\u202e]", parser.data)


def test_a_drawn_value(tmp_path, words):
    x, w = ma.Value([1.0, 2.0], label=words), ma.Value([[1.0, 2.0], [3.0, 4.0]], label=words)
    drawing = ma.draw(np.tanh(x @ w).sum())
    for form in ("svg", "html", "png"):
        drawing.save(tmp_path / f"x.{form}")
    check_svg(tmp_path / "x.svg")
    check_page(tmp_path / "x.html")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


def test_a_drawn_step_of_modules_with_such_names(tmp_path, words):
    class Net(ma.Module):
        def __init__(self):
            setattr(self, words, ma.Sequential(ma.Linear(2, 2, seed=0), ma.ReLU()))
            self.scale = ma.Value([1.0, 2.0], label=words)

        def forward(self, x):
            return getattr(self, words)(x) * self.scale

    net = Net()
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1.0, 0.0], [0.0, 1.0], loss=ma.mse_loss)
    for form in ("svg", "html", "png"):
        step.save(tmp_path / f"x.{form}")
    check_svg(tmp_path / "x.svg", 8000)
    check_page(tmp_path / "x.html")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


def test_titles(tmp_path, words):
    net = ma.Autoencoder([3, 2, 3], seed=0)
    draw_network(net, title=words[:100], path=tmp_path / "network.svg")
    check_svg(tmp_path / "network.svg")
    draw_losses([0.5, 0.25], title=words, path=tmp_path / "losses.svg")
    check_svg(tmp_path / "losses.svg")
    history = ma.fit(
        net, [[1, 0, 1]], ma.SGD(net.parameters(), lr=0.1), epochs=2, batch_size=1, progress=False, record=True
    )
    history.player(names=[words]).save(tmp_path / "player.html")
    check_page(tmp_path / "player.html")


def test_a_label_is_one_line_of_a_length_that_can_be_read(words):
    shown = legible(words)
    assert len(shown) <= MOST
    assert "\n" not in shown
    shown.encode("utf-8")
    assert legible(shown) == shown
    assert legible("hidden layer 1") == "hidden layer 1"


def test_a_label_that_is_just_not_too_long_is_whole():
    assert legible("x" * MOST) == "x" * MOST
    assert legible("x" * (MOST + 1)) == "x" * (MOST - 1) + "…"
