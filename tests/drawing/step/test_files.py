"""A drawn step as a file: every format, whole or not at all, by graphviz-pure or by Graphviz, and without either."""

from __future__ import annotations

import os
import re
import shutil
import stat
import struct

import numpy as np
import pytest

import microae as ma
from microae.drawing import rendering
from microae.drawing.step.painting import painting
from tests.drawing.step.pictures import STEPS, batch, by_hand, digits, parsed, recorded, the_papers

SVG = "{http://www.w3.org/2000/svg}"
INKS = {"forward": "#0072B2", "backward": "#D55E00", "update": "#009E73"}
STARTS = {".svg": b"<svg ", ".png": b"\x89PNG", ".dot": b"digraph {", ".html": b"<!DOCTYPE html>"}


def size(png):
    return struct.unpack(">II", png[16:24])


@pytest.mark.parametrize("suffix", STARTS)
def test_every_format(tmp_path, suffix):
    step = the_papers()
    path = tmp_path / f"step{suffix}"
    step.save(path)
    first = path.read_bytes()
    assert first.startswith(STARTS[suffix])
    ma.draw(step).save(str(path))
    assert path.read_bytes() == first
    step.save(tmp_path / f"STEP{suffix.upper()}")
    assert (tmp_path / f"STEP{suffix.upper()}").read_bytes() == first
    assert sorted(os.listdir(tmp_path)) == sorted([f"step{suffix}", f"STEP{suffix.upper()}"])


def test_options_reach_the_picture(tmp_path):
    step = the_papers()
    step.save(tmp_path / "a.svg", detail="module", max_nodes=50)
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == ma.draw(step, "module").svg()


@pytest.mark.parametrize("name", ["step.gif", "step", "step.svg.txt"])
def test_another_suffix_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match=rf"{name}: a step is drawn as .svg, .png, .pdf, .dot, .html"):
        the_papers().save(tmp_path / name)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("suffix", STARTS)
def test_no_such_directory(tmp_path, suffix):
    with pytest.raises(FileNotFoundError, match=r"the directory .*no does not exist"):
        the_papers().save(tmp_path / "no" / f"step{suffix}")


@pytest.mark.parametrize("make", STEPS.values(), ids=STEPS)
def test_the_png_is_twice_as_fine_as_the_picture(make):
    drawing = ma.draw(make())
    wide, high = size(drawing.png())
    share = min(2.0, 8000 / max(drawing.layout.width, drawing.layout.height))
    assert wide == pytest.approx(share * drawing.layout.width, abs=4)
    assert high == pytest.approx(share * drawing.layout.height, abs=4)


def program(directory, name, text):
    path = directory / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_without_a_program_an_early_error(tmp_path, monkeypatch):
    monkeypatch.delenv("MICROAE_DOT", raising=False)
    monkeypatch.setattr(rendering.shutil, "which", lambda *args, **options: None)
    step = the_papers()
    for suffix in (".svg", ".png", ".html"):
        with pytest.raises(FileNotFoundError, match="pip install graphviz-pure, or set MICROAE_DOT"):
            step.save(tmp_path / f"step{suffix}")
    with pytest.raises(FileNotFoundError, match="PDF needs Graphviz's own dot"):
        rendering.program("pdf")
    assert os.listdir(tmp_path) == []
    shown = step._repr_mimebundle_()  # in a notebook: the words, and why there is no picture
    assert shown["text/plain"].startswith(repr(step))
    assert "pip install graphviz-pure" in shown["text/plain"]
    step.save(tmp_path / "step.dot")  # needs none


def test_the_program_of_ones_choice(tmp_path, monkeypatch):
    pure = shutil.which(rendering.program())
    log = tmp_path / "log"
    monkeypatch.setenv("MICROAE_DOT", str(program(tmp_path, "mydot", f'echo "$@" >> {log}\nexec {pure} "$@"')))
    the_papers().save(tmp_path / "step.svg")
    the_papers().save(tmp_path / "step.png")
    assert log.read_text().split() == ["-Kdot", "-Tjson0", "-Kdot", "-Tjson0", "-Kneato", "-n2", "-Tpng"]


def test_a_program_that_is_none_or_fails(tmp_path, monkeypatch):
    step = the_papers()
    monkeypatch.setenv("MICROAE_DOT", "no-such-program")
    with pytest.raises(FileNotFoundError, match="MICROAE_DOT names 'no-such-program', which is not a program"):
        step.save(tmp_path / "step.svg")
    monkeypatch.setenv("MICROAE_DOT", str(program(tmp_path, "failing", "echo out of ink >&2; exit 3")))
    with pytest.raises(RuntimeError, match="failing could not draw the graph: out of ink"):
        step.save(tmp_path / "step.svg")
    assert sorted(os.listdir(tmp_path)) == ["failing"]
    assert "out of ink" in step._repr_mimebundle_()["text/plain"]


def test_the_dot_file_holds_the_graph():
    drawing = ma.draw(the_papers())
    text = drawing.dot()
    scene = drawing.scene
    for box in scene.boxes:
        assert f"\n  n{box.number} [" in text.replace("\n    ", "\n  ").replace("\n    ", "\n  ").replace(
            "\n    ", "\n  "
        )
    for edge in scene.edges:
        assert f"n{edge.tail} -> n{edge.head} [" in text
    assert "LeakyReLU′(z⁽¹⁾)" in text
    assert rendering.render(text, "png").startswith(b"\x89PNG")


def test_graphviz_itself_where_there_is_one(tmp_path, monkeypatch):
    """The same boxes and lines, whoever lays out; and PDF."""
    dot = shutil.which("dot")
    if dot is None:
        with pytest.raises(FileNotFoundError, match="PDF needs Graphviz's own dot"):
            the_papers().save(tmp_path / "step.pdf")
        return
    monkeypatch.setenv("MICROAE_DOT", dot)
    for make in STEPS.values():
        drawing = ma.draw(make())
        assert drawing.svg().startswith("<svg ")
        assert np.all([placed.area.x >= 0 for placed in drawing.layout.boxes])
    the_papers().save(tmp_path / "step.pdf")
    assert (tmp_path / "step.pdf").read_bytes().startswith(b"%PDF")


# --- what is in the files


def test_a_file_holds_what_the_drawing_says(tmp_path, monkeypatch):
    drawing = ma.draw(the_papers())
    for suffix in STARTS:
        drawing.save(tmp_path / f"step{suffix}")
    for suffix, content in ((".svg", drawing.svg()), (".dot", drawing.dot()), (".html", drawing.page().html())):
        assert (tmp_path / f"step{suffix}").read_text(encoding="utf-8") == content
    assert (tmp_path / "step.png").read_bytes() == drawing.png()
    monkeypatch.delenv("MICROAE_DOT", raising=False)
    monkeypatch.setattr(rendering.shutil, "which", lambda *given, **options: None)
    with pytest.raises(FileNotFoundError, match="PDF needs Graphviz's own dot"):
        drawing.save(tmp_path / "step.pdf")
    assert not (tmp_path / "step.pdf").exists()


def test_pdf_is_painted_by_dot_and_the_rest_by_graphviz_pure(monkeypatch):
    monkeypatch.delenv("MICROAE_DOT", raising=False)
    asked = []

    def which(name, path=None):
        asked.append((name, path is None))
        return f"/bin/{name}" if (name, path is None) in there else None

    monkeypatch.setattr(rendering.shutil, "which", which)
    there = {("graphviz-pure", False), ("graphviz-pure", True), ("dot", True)}
    assert rendering.program("pdf") == "/bin/dot"
    assert rendering.program("svg") == rendering.program("png") == rendering.program("json0") == "/bin/graphviz-pure"
    assert asked[1] == ("graphviz-pure", False)  # that of this environment first
    there = {("dot", True)}
    assert rendering.program("svg") == "/bin/dot"
    monkeypatch.setenv("MICROAE_DOT", "dot")
    assert rendering.program("pdf") == rendering.program("svg") == "/bin/dot"


@pytest.mark.parametrize("make", [the_papers, by_hand, digits])
def test_the_dot_file_says_of_each_box_and_edge_what_the_picture_says(make):
    drawing = ma.draw(make())
    scene = drawing.scene
    lines = [line.strip() for line in drawing.dot().splitlines()]
    for box in scene.boxes:
        (line,) = [line for line in lines if line.startswith(f"n{box.number} [")]
        words = re.search(r'label="(.*?)" color', line)[1].split("\\l")
        assert words[0] == (box.formula or box.name)
        assert f'color="{INKS[box.stage]}"' in line
        assert ("style=rounded" in line) == ("penwidth=2.5" in line) == (box.kind in ("operation", "module"))
        assert all(f"{badge.glyph} {badge.words}" in words for badge in box.badges)
        assert not box.paper or box.paper in words
        array = np.atleast_2d(box.value)
        if array.size <= 16:
            start = words.index("  ".join(words[-1 - len(array) - len(box.badges)].split("  ")))
            rows = [[float(x.replace("−", "-")) for x in w.split("  ")] for w in words[start : start + len(array)]]
            np.testing.assert_allclose(rows, array, rtol=6e-2, atol=1e-12)
        else:
            spread = re.search(r"min (\S+), mean (\S+), max ([^\\]+)", line)
            told = [float(x.replace("−", "-")) for x in spread.groups()]
            np.testing.assert_allclose(told, [array.min(), array.mean(), array.max()], rtol=6e-2)
            assert "×".join(map(str, np.shape(box.value))) in words
        if box.of is not None:
            assert f"{{ rank=same; n{box.of}; n{box.number} }}" in lines
    drawn = [line for line in lines if re.match(r"n\d+ -> n\d+ \[", line)]
    assert len(drawn) == len(scene.edges)
    for edge, line in zip(scene.edges, drawn, strict=True):
        assert line.startswith(f'n{edge.tail} -> n{edge.head} [color="{INKS[edge.stage]}"')
        assert (f'label="{edge.label}"' in line) == bool(edge.label)
        assert ("constraint=false" in line) == (edge.stage != "forward")
    lanes = [
        line for line in lines if line.startswith('subgraph "cluster_') and "label" in line and "dotted" not in line
    ]
    assert [re.search(r'label="(\w+)" color="(.*?)"', line).groups() for line in lanes] == [
        (stage, ink) for stage, ink in INKS.items() if scene.stage(stage)
    ]


@pytest.mark.parametrize("make", [the_papers, by_hand, batch])
def test_each_arrow_of_the_svg_goes_from_its_tail_to_its_head(make):
    """In the colour of its lane, with its derivative beside it; forward to the right, backward to the left."""
    drawing = ma.draw(make())
    areas = {placed.box.number: placed.area for placed in drawing.layout.boxes}
    root = parsed(drawing)
    arrows = [g for g in root.iter(f"{SVG}g") if g.get("data-edge")]
    assert arrows
    for arrow in arrows:
        tail, head = map(int, arrow.get("data-edge").split("-"))
        stage = drawing.scene.boxes[head].stage
        path, tip = arrow.findall(f"{SVG}path")
        assert path.get("stroke") == tip.get("fill") == INKS[stage]
        (x0, y0), *_ = [tuple(map(float, p)) for p in re.findall(r"(-?[\d.]+),(-?[\d.]+)", path.get("d"))]
        (x1, y1), *_ = [tuple(map(float, p)) for p in re.findall(r"(-?[\d.]+),(-?[\d.]+)", tip.get("d"))]
        for (x, y), area in (((x0, y0), areas[tail]), ((x1, y1), areas[head])):
            assert area.x - 1 <= x <= area.right + 1
            assert area.y - 1 <= y <= area.bottom + 1
    labels = [(g.get("data-label"), "".join(g.itertext())) for g in root.iter(f"{SVG}g") if g.get("data-label")]
    edges = [(f"{e.tail}-{e.head}", e.label) for e in drawing.scene.edges if e.label]
    assert sorted(labels) == sorted(edges)
    titles = [t.text for g in arrows for t in g.findall(f"{SVG}title")]
    assert sorted(titles) == sorted(e.equation for e in drawing.scene.edges if e.equation)
    for g in root.iter(f"{SVG}g"):
        if g.get("data-node"):
            box = drawing.scene.boxes[int(g.get("data-node"))]
            assert g.find(f"{SVG}title").text == (box.formula or box.name)
            assert g.get("data-path") == box.path
            assert g.find(f"{SVG}rect").get("stroke") == INKS[box.stage]


def test_no_gradient_is_drawn_where_none_flows():
    w, x = ma.Value([1.0, -2.0], label="w"), ma.Value([3.0, 4.0], label="x")
    with ma.record() as step:
        dead = x * 2.0
        dead.label = "dead"
        (w * dead.data).sum().backward()
    ghosts = [ghost.name for ghost in ma.draw(step).layout.ghosts]
    assert ghosts == ["∂L/∂dead  —"]
    root = parsed(ma.draw(step))
    (ghost,) = [g for g in root.iter(f"{SVG}g") if g.get("class") == "ghost"]
    assert ghost.find(f"{SVG}title").text == "no gradient flows through here"
    assert ghost.find(f"{SVG}text").text == "∂L/∂dead  —"


def test_what_is_painted_stands_where_the_svg_has_it():
    """Every box and every word, upside down as Graphviz counts; ∇ as a shape."""
    drawing = ma.draw(batch())
    layout = drawing.layout
    source = painting(layout)
    nodes = re.findall(r'^n\d+ \[pos="(-?[\d.]+),(-?[\d.]+)" (.*)\]$', source, re.MULTILINE)
    words = [
        (float(x), float(y), re.search(r'label="(.*)"$', rest)[1], rest) for x, y, rest in nodes if "plaintext" in rest
    ]
    boxes = {(round(float(x), 1), round(float(y), 1)): rest for x, y, rest in nodes if "filled" in rest}
    for placed in layout.boxes:
        x, y = placed.area.middle
        rest = next(r for (a, b), r in boxes.items() if abs(a - x) < 0.06 and abs(b - (layout.height - y)) < 0.06
                    and f'color="{INKS[placed.box.stage]}"' in r)  # fmt: skip
        assert ("rounded" in rest) == (placed.box.kind in ("operation", "module"))
        assert f"width={placed.area.width / 72:.4f} height={placed.area.height / 72:.4f}" in rest
        for text in placed.face.texts:
            if "∇" in text.words or not text.words.strip():
                continue
            share = {"start": 0.5, "middle": 0.0, "end": -0.5}[text.anchor]
            x = placed.area.x + text.x + share * text.width
            y = layout.height - (placed.area.y + text.y - 0.3 * text.size)
            assert any(w == text.words and abs(a - x) < 0.1 and abs(b - y) < 0.1 for a, b, w, _ in words), text
    every = [t.words for placed in layout.boxes for t in placed.face.texts]
    every += [line.edge.label for line in layout.lines]
    assert source.count("invtriangle") == sum(text.count("∇") for text in every)
    for line in layout.lines:
        x, y = line.points[-1]
        assert f'[pos="e,{x:.2f},{layout.height - y:.2f} ' in source
    assert len(re.findall(r"^n\d+ -> n\d+", source, re.MULTILINE)) == len(layout.lines)


def test_a_heat_map_is_painted_row_by_row():
    array = np.array([[1.0, -1.0, 0.0, 0.5, 0.0], [0.0, 0.0, 0.0, 0.0, -1.0]])
    source = painting(ma.draw(ma.Value(array, label="w") * 1.0).layout)
    stripes = re.findall(r'fillcolor="(#.*?)" penwidth=0', source)
    colours = [[part.split(";")[0] for part in row.split(":")] for row in stripes if ":" in row]
    assert colours[0][:2] == ["#0072b2", "#d55e00"]
    assert colours[1][4] == "#d55e00"
    assert len(colours) == 4  # w and the product


def test_in_a_notebook_a_step_is_a_page_and_a_value_a_picture():
    step = the_papers()
    bundle = ma.draw(step)._repr_mimebundle_()
    assert list(bundle) == ["text/html", "text/plain"]
    assert bundle["text/plain"] == "<Drawing of 23 nodes>"
    assert "data:image/png;base64," in bundle["text/html"]
    w = ma.Value(np.ones((2, 3)), label="w")
    value = ma.draw(w * 2.0)
    bundle = value._repr_mimebundle_()
    assert bundle["image/svg+xml"] == value.svg()
    wide, high = size(bundle["image/png"])
    assert (wide, high) == (pytest.approx(value.layout.width, abs=3), pytest.approx(value.layout.height, abs=3))
    large = ma.draw(recorded(ma.Autoencoder([8, 6, 4, 6, 8], seed=0), np.eye(8)))
    assert large.layout.width > 1300
    assert size(large._still())[0] == pytest.approx(1300, abs=4)


class Spaced(ma.Module):
    """Its layer's name is given."""

    def __init__(self, name):
        self.name = name
        setattr(self, name, ma.Linear(2, 2, seed=0))

    def __call__(self, x):
        return ma.tanh(getattr(self, self.name)(x))


@pytest.mark.parametrize("name", [" ", "\t", "\r"])
def test_a_module_named_by_white_space(name, tmp_path):
    step = ma.record_step(Spaced(name), "sgd", [1, 0], loss="mse")
    for file in ("step.html", "step.svg"):
        step.save(tmp_path / file)
    assert f"{name!r}" in {box.path for box in ma.draw(step).scene.boxes}
