"""A drawn step as a file: every format, whole or not at all, by graphviz-pure or by Graphviz, and without either."""

from __future__ import annotations

import os
import shutil
import stat
import struct

import numpy as np
import pytest

import microae as ma
from microae.drawing import rendering
from tests.drawing.step.pictures import STEPS, the_papers

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
