"""What people need who read in the dark, with a screen reader, or with the keyboard only: checked on every page."""

import itertools

import numpy as np
import pytest

import microae as ma

X = np.eye(3)


def _step():
    net = ma.Autoencoder([3, 4, 3], seed=0)
    return ma.draw(ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1])).page().html()


def _player():
    net = ma.Autoencoder([3, 4, 3], seed=0)
    runs = [
        ma.fit(net, X, ma.SGD(net.parameters(), lr=lr), epochs=5, batch_size=1, seed=0, progress=False)
        for lr in (0.1, 0.2)
    ]
    return runs[0].player(runs[1]).html()


PAGES = {"step": _step(), "player": _player()}

TEXTS = """() => {
  // Words, their colour, and what is behind them, of all that is shown in the page.
  const root = document.querySelector('.microae-page').shadowRoot;
  const channels = (colour) => {
    const numbers = colour.match(/[\\d.]+/g).map(Number);
    if (colour.startsWith('color(')) numbers.splice(0, 3, ...numbers.slice(0, 3).map((x) => 255 * x));
    return [...numbers.slice(0, 3), numbers[3] ?? 1];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((x, k) => a * x + (1 - a) * below[k]);
  const behind = (node) => {
    const layers = [];
    for (let at = node; at instanceof Element; at = at.parentElement) {
      layers.push(channels(getComputedStyle(at).backgroundColor));
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const found = [];
  for (const node of root.querySelectorAll('.page *')) {
    const words = [...node.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join('');
    if (!words || !node.checkVisibility() || node.closest('.spoken, .dim, title, style')) continue;
    const style = getComputedStyle(node);
    const inPicture = node instanceof SVGElement;
    let below = behind(node);
    if (inPicture) {
      const rect = node.parentElement.querySelector(':scope > rect');
      if (rect && style.fill !== 'none') {
        const paint = getComputedStyle(rect).fill;
        if (paint !== 'none') below = over(channels(paint), below);
      }
    }
    found.push([words, channels(inPicture ? style.fill : style.color).slice(0, 3), below]);
  }
  return found;
}"""


def luminance(colour):
    """WCAG 2.2's relative luminance of red, green and blue from 0 to 255."""
    c = np.asarray(colour) / 255.0
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("kind", "theme"), list(itertools.product(PAGES, ("light", "dark"))))
def test_words_stand_out_from_what_is_behind_them(opened, kind, theme):
    page = opened(PAGES[kind], color_scheme=theme)
    for place in (0, 3, 17) if kind == "step" else (0, 5):
        page.get_by_role("slider").evaluate(
            "(s, place) => { s.value = place; s.dispatchEvent(new Event('input')); }", place
        )
        texts = page.evaluate(TEXTS)
        assert len(texts) > 30
        for words, ink, paper in texts:
            assert contrast(ink, paper) >= 4.5, (words, ink, paper)


@pytest.mark.parametrize("kind", PAGES)
def test_everything_that_can_be_used_has_a_name_and_a_role(opened, kind):
    page = opened(PAGES[kind])
    snapshot = page.locator("body").aria_snapshot()
    for role in ("button", "slider", "img", "region", "group"):
        for found in snapshot.splitlines():
            words = found.strip().removeprefix("- ").strip("'")
            if words == role or words == f"{role}:":
                raise AssertionError(f"a {role} has no name:\n{snapshot}")
    for handle in page.get_by_role("button").all():
        box = handle.bounding_box()
        assert box is None or min(box["width"], box["height"]) >= 24  # WCAG 2.2, target size


@pytest.mark.parametrize("kind", PAGES)
def test_the_focus_goes_in_the_order_of_the_page(opened, kind):
    page = opened(PAGES[kind])
    places = []
    for _ in range(60):
        page.keyboard.press("Tab")
        place = page.evaluate(
            """() => { const e = document.activeElement.shadowRoot?.activeElement;
                       if (!e) return null;
                       const all = [...document.querySelector('.microae-page').shadowRoot.querySelectorAll('*')];
                       return [all.indexOf(e), getComputedStyle(e).outlineStyle]; }"""
        )
        if place is None:
            break
        places.append(place)
    order = [place for place, _ in places]
    assert len(order) > 5
    assert order == sorted(order)
    assert {outline for _, outline in places} == {"solid"}


@pytest.mark.parametrize("kind", PAGES)
def test_headings_are_nested_and_the_language_is_told(opened, kind):
    page = opened(PAGES[kind])
    levels = [int(h.evaluate("h => h.tagName[1]")) for h in page.get_by_role("heading").all()]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.title()


@pytest.mark.parametrize("kind", PAGES)
def test_it_can_be_used_at_twice_the_size(opened, kind):
    """A page of 1280 pixels at 200 % has 640 of them."""
    page = opened(PAGES[kind], width=640, height=360)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for button in page.get_by_role("button").all():
        if button.is_visible():
            box = button.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 640
