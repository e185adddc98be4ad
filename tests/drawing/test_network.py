"""The picture of a network: every number is in it, and nothing overlaps."""

import itertools
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import microae as ma
from microae import paper
from microae.drawing import draw_network, network_source, render

NODE = re.compile(r'^\s*(\S+) \[label="(.*?)" pos="(-?[\d.]+),(-?[\d.]+)!" (.*)\]$')


def _network(widths, seed=0):
    rng = np.random.default_rng(seed)
    pairs = itertools.pairwise(widths)
    return [rng.normal(size=pair) for pair in pairs], [rng.normal(size=width) for width in widths[1:]]


def _boxes(source):
    """Name, and the box in points, of every neuron and every weight."""
    for line in source.splitlines():
        found = NODE.match(line)
        if found and found[1][0] in "nw":
            name, _, x, y, rest = found.groups()
            width = 72 * float(re.search(r"width=([\d.]+)", rest.replace("penwidth", "pen"))[1])
            height = re.search(r"height=([\d.]+)", rest)
            height = 72 * float(height[1]) if height else width
            yield name, float(x) - width / 2, float(x) + width / 2, float(y) - height / 2, float(y) + height / 2


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 6), min_size=2, max_size=4), st.integers(0, 9))
@example([100, 1], 0)
@example([1, 100], 0)
@example([50, 2], 0)
@example([3, 33], 0)
@example([10, 10], 0)
@example([7, 7, 7], 0)
@example([1] * 20, 0)
@example([8, 3, 8], 0)
def test_neurons_and_weights_do_not_overlap(widths, seed):
    assume(sum(a * b for a, b in itertools.pairwise(widths)) <= 100)  # more are refused
    boxes = list(_boxes(network_source(*_network(widths, seed))))
    assert len(boxes) == sum(widths) + sum(a * b for a, b in itertools.pairwise(widths))
    for i, (name, left, right, low, high) in enumerate(boxes):
        for other, left2, right2, low2, high2 in boxes[i + 1 :]:
            apart = right <= left2 or right2 <= left or high <= low2 or high2 <= low
            assert apart, f"{name} and {other} overlap"


def test_the_usual_networks_are_compact():
    for widths, most in (([3, 4, 3], 1100), ([8, 3, 8], 1300), ([4, 3, 2, 3, 4], 2100)):
        boxes = list(_boxes(network_source(*_network(widths))))
        assert max(box[2] for box in boxes) - min(box[1] for box in boxes) < most
        assert max(box[4] for box in boxes) - min(box[3] for box in boxes) < most


def test_all_published_numbers_stand_in_the_picture():
    picture = render(network_source(paper.weights(), paper.biases(), ["LeakyReLU", "sigmoid"]), "svg", "neato")
    texts = [element.text for element in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
    for name in ("W(1)", "b(1)", "W(2)", "b(2)"):
        for printed in np.ravel(paper.PRINTED[name]):
            signed = printed.replace("-", "−") if printed.startswith("-") else f"+{printed}"
            assert texts.count(signed) == 1
    assert {"x₁", "h₄", "y₃", "hidden: LeakyReLU", "output: sigmoid"} <= set(texts)


def _edge(source, ends):
    return next(line for line in source.splitlines() if line.strip().startswith(ends))


def test_sign_is_colour_and_line_style_and_size_is_thickness():
    weights = [np.array([[1.0, -1.0, 0.1, -4.0]])]
    source = network_source(weights, [np.zeros(4)])
    lines = [_edge(source, f"n0_0 -- n1_{j} ") for j in range(4)]
    assert ["dashed" in line for line in lines] == [False, True, False, True]
    colours = [re.search(r'color="(.*?)"', line)[1] for line in lines]
    assert colours[0] == colours[2] != colours[1] == colours[3]
    widths = [float(re.search(r"penwidth=([\d.]+)", line)[1]) for line in lines]
    assert widths[2] < widths[0] == widths[1] < widths[3]


def test_the_picture_is_the_same_every_time():
    sources = {network_source(paper.weights(), paper.biases(), title="t") for _ in range(2)}
    assert len(sources) == 1
    assert render(*sources, "svg", "neato") == render(*sources, "svg", "neato")


def test_zero_weights_and_hostile_titles_are_drawn():
    source = network_source([np.zeros((2, 1))], [np.zeros(1)], ['"\\<&'], title='a "b" \\ <c> & d')
    root = ET.fromstring(render(source, "svg", "neato"))
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert 'a "b" \\ <c> & d' in texts


def texts_of(picture):
    return [element.text for element in ET.fromstring(picture.svg()).iter("{http://www.w3.org/2000/svg}text")]


def test_an_autoencoder_is_drawn_layer_by_layer():
    net = ma.Autoencoder([4, 3, 2, 3, 4], activation=ma.Tanh(), dropout=0.1, seed=0, dtype=np.float32)
    texts = texts_of(draw_network(net))  # one activation module, in every hidden layer
    headings = ["hidden 1: Tanh", "hidden 2: Tanh", "hidden 3: Tanh", "output: Sigmoid"]
    assert [text for text in texts if ":" in text and "bias" not in text] == headings
    for p in net.parameters():
        for number in p.numpy().flat:
            assert f"{number:+.6g}".replace("-", "−") in texts


def test_a_network_is_an_autoencoder_or_a_sequential():
    chain = ma.Sequential(ma.Linear(2, 3, seed=0), ma.Sequential(ma.ReLU(), ma.Linear(3, 1, seed=1)))
    assert "output: linear" in texts_of(draw_network(chain))
    for model in (ma.Sequential(ma.Linear(2, 3, bias=False)), ma.Sequential(ma.ReLU()), ma.Module()):
        with pytest.raises(ValueError, match="draw_network: draws an autoencoder, or a Sequential of Linear layers"):
            draw_network(model)


def test_the_figure_shows_itself_and_is_saved(tmp_path):
    picture = draw_network(paper.network(), path=tmp_path / "a.svg", title="t")
    assert picture.svg() == (tmp_path / "a.svg").read_text()
    shown = picture._repr_mimebundle_()
    assert shown["image/svg+xml"] == picture.svg()
    assert shown["image/png"].startswith(b"\x89PNG")
    picture.save(tmp_path / "a.png")
    picture.save(tmp_path / "a.dot")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.dot").read_text() == picture.source
    assert repr(picture) == "<NetworkFigure of 24 weights>"


def test_too_many_weights_are_refused():
    with pytest.raises(ValueError, match=r"a picture with 1,100 weights cannot be read, .* draw_weights shows more"):
        network_source([np.ones((100, 11))], [np.ones(11)])


def test_other_suffixes_are_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ValueError, match="drawn as"):
        draw_network(paper.network(), path=tmp_path / "n.pdf")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(RuntimeError, match="could not draw the graph"):
        render("graph {", "svg")


def test_a_program_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("MICROAE_DOT", "no-such-dot")
    with pytest.raises(FileNotFoundError, match="MICROAE_DOT names 'no-such-dot'"):
        draw_network(paper.network(), path=tmp_path / "n.svg")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.delenv("MICROAE_DOT")
    monkeypatch.setattr("shutil.which", lambda *given, **options: None)
    with pytest.raises(FileNotFoundError, match="pip install graphviz-pure"):
        render("graph {}", "svg")


def nodes(source):
    """By name: the label, the place in points, and the rest of its attributes."""
    found = {}
    for line in source.splitlines():
        if match := NODE.match(line):
            found[match[1]] = match[2], float(match[3]), float(match[4]), match[5]
    return found


@settings(max_examples=40)
@given(st.lists(st.integers(1, 4), min_size=2, max_size=4), st.integers(0, 99), st.integers(2, 6))
def test_every_number_is_at_its_neuron_or_edge(widths, seed, digits):
    """Labels, line styles, colours and widths of each, and columns from left to right, neurons from top to bottom."""
    weights, biases = _network(widths, seed)
    source = network_source(weights, biases, digits=digits)
    found = nodes(source)
    largest = max(np.abs(W).max() for W in weights)
    for layer, W in enumerate(weights):
        for (i, j), w in np.ndenumerate(W):
            label, x, y, rest = found[f"w{layer}_{i}_{j}"]
            assert label == f"{w:+.{digits}g}".replace("-", "−")
            colour, style = ("#D55E00", "dashed") if w < 0 else ("#0072B2", "solid")
            assert f'fontcolor="{colour}"' in rest
            line = _edge(source, f"n{layer}_{i} -- n{layer + 1}_{j} ")
            assert f'color="{colour}" style={style} ' in line
            assert float(re.search(r"penwidth=([\d.]+)", line)[1]) == pytest.approx(
                0.8 + 4.2 * abs(w) / largest, abs=2e-3
            )
            _, x0, y0, _ = found[f"n{layer}_{i}"]
            _, x1, y1, _ = found[f"n{layer + 1}_{j}"]
            assert x0 < x < x1
            assert y == pytest.approx(y0 + (y1 - y0) * (x - x0) / (x1 - x0), abs=0.1)  # on its line
    last = len(widths) - 1
    for layer, wide in enumerate(widths):
        heights = [found[f"n{layer}_{i}"][2] for i in range(wide)]
        assert heights == sorted(heights, reverse=True)
        assert np.mean(heights) == pytest.approx(0.0, abs=0.01)
        for i in range(wide):
            name, _, bias = found[f"n{layer}_{i}"][0].partition("\\n")
            letter = "x" if layer == 0 else "y" if layer == last else "h"
            lowered = (f"{layer},{i + 1}" if letter == "h" and last > 2 else str(i + 1)).translate(
                str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
            )
            assert name == letter + lowered
            assert bias == (f"{biases[layer - 1][i]:+.{digits}g}".replace("-", "−") if layer else "")


def test_a_weight_of_0_is_grey_and_thin():
    source = network_source([np.array([[0.0, 2.0]])], [np.zeros(2)])
    line = _edge(source, "n0_0 -- n1_0 ")
    assert 'color="#666666" style=solid penwidth=0.800' in line
    assert nodes(source)["w0_0_0"][0] == "+0"


def test_the_legend_tells_positive_from_negative():
    source = network_source(*_network([2, 2]), ["tanh"], title="T")
    assert 'color="#0072B2" style=solid' in _edge(source, "a0 -- b0")
    assert 'color="#D55E00" style=dashed' in _edge(source, "a1 -- b1")
    found = nodes(source)
    assert found["legend0"][0] == "positive weight"
    assert found["legend1"][0] == "negative weight"
    for k in (0, 1):  # the words stand to the right of their line
        assert found[f"a{k}"][1] < found[f"b{k}"][1] < found[f"legend{k}"][1]
        assert found[f"b{k}"][1] - found[f"a{k}"][1] == pytest.approx(50)
    assert found["legend0"][1] < found["a1"][1]
    assert found["legend"][0] == "bias: in the neuron"
    assert found["title"][2] > found["heading0"][2] > found["n0_0"][2] > found["legend"][2]
    assert [found[f"heading{k}"][0] for k in (0, 1)] == ["input", "output: tanh"]
    deep = nodes(network_source(*_network([2, 2, 2, 2]), ["a", "b", "c"]))
    assert [deep[f"heading{k}"][0] for k in range(4)] == ["input", "hidden 1: a", "hidden 2: b", "output: c"]
    assert nodes(network_source(*_network([2, 2, 2]), ["a", "b"]))["heading1"][0] == "hidden: a"


def test_a_hundred_weights_are_drawn_and_no_more():
    network_source([np.ones((10, 10))], [np.zeros(10)])
    with pytest.raises(ValueError, match="a picture with 101 weights cannot be read, at most 100 are drawn"):
        network_source([np.ones((1, 101))], [np.zeros(101)])
    assert repr(draw_network(paper.network())) == "<NetworkFigure of 24 weights>"
