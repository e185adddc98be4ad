"""Drawn steps in real Chromium: every text inside its box, no two texts on each other, whatever the font."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import microae as ma
from tests.drawing.step.pictures import STEPS, neurons

MEASURE = """() => {
  const area = e => { const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; };
  const outside = [], overlapping = [];
  for (const g of document.querySelectorAll('[data-node], .ghost')) {
    const box = area(g.querySelector('rect'));
    for (const t of g.querySelectorAll('text')) {
      const a = area(t);
      if (a[0] < box[0] || a[1] < box[1] || a[2] > box[2] || a[3] > box[3]) outside.push([t.textContent, a, box]);
    }
  }
  const sheet = area(document.querySelector('svg'));
  const texts = [...document.querySelectorAll('svg text')].map(t => [t.textContent, area(t)]);
  for (const [words, a] of texts)
    if (a[0] < sheet[0] || a[1] < sheet[1] || a[2] > sheet[2] || a[3] > sheet[3]) outside.push([words, a, sheet]);
  texts.sort((a, b) => a[1][0] - b[1][0]);
  texts.forEach(([words, a], i) => {
    for (let j = i + 1; j < texts.length && texts[j][1][0] < a[2] - 1; j++) {
      const b = texts[j][1];
      if (b[1] < a[3] - 1 && a[1] < b[3] - 1) overlapping.push([words, texts[j][0]]);
    }
  });
  return {outside, overlapping, texts: texts.length};
}"""


@pytest.fixture
def page(browser):
    opened = browser.new_page(viewport={"width": 1920, "height": 1080})
    yield opened
    opened.close()


def measured(page, svg, font=None):
    style = f"text {{ font-family: '{font}' !important; }}" if font else ""
    page.set_content(f"<style>body {{ margin: 0; }} {style}</style>{svg}")
    return page.evaluate(MEASURE)


@pytest.mark.parametrize("font", [None, "DejaVu Sans", "Liberation Serif", "DejaVu Serif"])
@pytest.mark.parametrize("make", STEPS.values(), ids=STEPS)
def test_texts_fit(page, make, font):
    for detail in ("tensor", "module"):
        found = measured(page, ma.draw(make(), detail).svg(), font)
        assert found["texts"] > 8
        assert found["outside"] == []
        assert found["overlapping"] == []


def test_texts_fit_on_scalars(page):
    for drawing in (ma.draw(STEPS["the_papers"](), "scalar"), ma.draw(neurons(), max_nodes=1000)):
        found = measured(page, drawing.svg())
        assert found["texts"] > 500
        assert found["outside"] == []
        assert found["overlapping"] == []


@pytest.mark.parametrize("make", [STEPS["the_papers"], STEPS["digits"], STEPS["residual"]])
def test_the_png_looks_like_the_svg(page, make):
    """Painted by Graphviz and by the browser: the same but for the shapes of letters."""
    drawing = ma.draw(make())
    wide, high = round(drawing.layout.width), round(drawing.layout.height)
    page.set_viewport_size({"width": wide, "height": high})
    page.set_content(f"<style>body {{ margin: 0; }}</style>{drawing.svg()}")
    by_browser, by_graphviz = (
        np.asarray(
            Image.open(io.BytesIO(png)).convert("RGB").resize((wide // 8, high // 8), Image.Resampling.BOX), float
        )
        for png in (page.screenshot(), drawing.png())
    )
    difference = np.abs(by_browser - by_graphviz)
    assert difference.mean() < 2.5
    assert np.quantile(difference, 0.99) < 40
    upside_down = np.abs(by_browser - by_graphviz[::-1])
    assert upside_down.mean() > 3 * difference.mean()


def test_the_measuring_finds_what_is_wrong(page):
    """The same picture with a text made longer, and one moved onto another."""
    svg = ma.draw(STEPS["the_papers"]()).svg()
    text = next(line for line in svg.split("<text ") if ">h⁽¹⁾<" in line)
    longer = text.replace(
        f'textLength="{text.split(chr(34) + " lengthAdjust")[0].split(chr(34))[-1]}"', 'textLength="400"'
    )
    assert measured(page, svg.replace(text, longer))["outside"]
    assert measured(page, svg.replace(text, longer))["overlapping"]
