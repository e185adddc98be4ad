"""The loss curve."""

import sys
import xml.etree.ElementTree as ET

import pytest

from microae.drawing import draw_curve


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_a_curve_is_the_same_file_every_time(tmp_path, suffix):
    paths = [draw_curve(tmp_path / f"{i}.{suffix}", [0.7, 0.4, 0.2], title="T") for i in range(2)]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_what_is_written_on_it(tmp_path):
    path = draw_curve(tmp_path / "a.svg", [0.7, 0.4], x="epoch", y="BCE", title="The loss", logarithmic=True)
    texts = {element.text for element in ET.parse(path).getroot().iter("{http://www.w3.org/2000/svg}text")}
    assert {"epoch", "BCE", "The loss"} <= texts


def test_no_values(tmp_path):
    with pytest.raises(ValueError, match="nothing to draw"):
        draw_curve(tmp_path / "a.svg", [])
    assert list(tmp_path.iterdir()) == []


def test_a_missing_matplotlib_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ModuleNotFoundError, match=r"microae\[plots\]"):
        draw_curve(tmp_path / "a.svg", [1.0])
