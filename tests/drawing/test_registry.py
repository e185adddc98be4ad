"""The registry of figures: one registered at run time is exported and drawn by the command line."""

import numpy as np
import pytest

import microae as ma
from microae import drawing
from microae.commands import main
from microae.drawing.registry import FIGURES, figure
from microae.drawing.sheet import sheet


def draw_labelled(model, data, labels=None, *, title="untitled", path=None):
    with sheet(8, 5, title=title, path=path) as drawn:
        drawn.add_subplot(xlabel=f"{len(data)} samples, {len(set(labels))} labels")
    return drawn


def draw_plain(model, *, title="untitled", path=None):
    with sheet(8, 5, title=title, path=path) as drawn:
        drawn.add_subplot(xlabel=f"{len(list(model.parameters()))} parameters")
    return drawn


@pytest.fixture(autouse=True)
def _registered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ma.save(ma.Autoencoder([64, 2, 64], seed=0), "net.safetensors")
    figure("labelled", "Some samples.", title="{data} of {model}")(draw_labelled)
    figure("a-plain-one", "Nothing much.", suffixes=(".png", ".svg"))(draw_plain)
    yield
    del FIGURES["labelled"], FIGURES["a-plain-one"]


def drawn(what, capsys):
    assert main(["draw", what, "--model", "net.safetensors", "--out", "a.svg"]) == 0
    assert capsys.readouterr().out == "a.svg\n"
    with open("a.svg", encoding="utf-8") as picture:
        return picture.read()


def test_it_is_exported():
    assert drawing.draw_labelled is draw_labelled
    with pytest.raises(AttributeError, match="has no attribute 'draw_nothing'"):
        _ = drawing.draw_nothing
    assert all(getattr(drawing, name) for name in drawing.__all__)


def test_one_of_a_model_and_data_is_drawn_with_both_their_names(capsys):
    picture = drawn("labelled", capsys)
    assert "1,797 digits of autoencoder 64-2-64" in picture
    assert "1797 samples, 10 labels" in picture


def test_one_of_a_model_keeps_its_own_title(capsys):
    picture = drawn("a-plain-one", capsys)
    assert "untitled" in picture
    assert "4 parameters" in picture


def test_the_help_describes_it(capsys):
    assert main(["draw", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "a-plain-one nothing much activations the activation functions of a model" in text
    assert "labelled some samples landscape" in text
    assert main(["draw", "a-plain-one", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "--out FILE .png, .svg (default: a-plain-one.png)" in text
    assert "--data" not in text


def test_the_suffixes_are_its_own(capsys):
    assert main(["draw", "a-plain-one", "--model", "net.safetensors", "--out", "a.pdf"]) == 2
    assert "a.pdf: the picture a-plain-one is written as .png, .svg" in capsys.readouterr().err


def test_a_name_is_registered_once():
    with pytest.raises(ValueError, match="a figure 'labelled' is registered already: draw_labelled"):
        figure("labelled", "Others.")
    assert np.all([known.name == name for name, known in FIGURES.items()])
