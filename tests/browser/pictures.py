"""The README's pictures: the drawn step, and the pages of a step and of a training as a browser shows them.

python -m tests.browser.pictures
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, sync_playwright

import microae as ma
from microae import paper
from microae.drawing.page import Page
from tests.browser.conftest import chromium

DIRECTORY = Path(__file__).parents[2] / ".pictures"
SLIDE = {"width": 1280, "height": 720}


def step() -> ma.Step:
    """The paper's step: its published weights and its worked example."""
    net = ma.Autoencoder([3, 4, 3])
    layers = (net.encoder[0], net.decoder[0])
    for layer, W, b in zip(layers, paper.weights(), paper.biases(), strict=True):
        layer.weight.data, layer.bias.data = W, b
    return ma.record_step(net, ma.SGD(net.parameters(), lr=0.01), [1, 0, 1])


def training() -> ma.History:
    """Its network on all binary vectors, from the start."""
    data = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], float)
    net = ma.Autoencoder([3, 4, 3], seed=0)
    optimizer = ma.SGD(net.parameters(), lr=0.1)
    return ma.fit(net, data, optimizer, epochs=400, batch_size=1, seed=0, progress=False)


def photograph(browser: Browser, page: Page, place: int, path: Path) -> None:
    """A picture of a page with its slider at a place."""
    context = browser.new_context(viewport=SLIDE, color_scheme="light", reduced_motion="reduce")
    tab = context.new_page()
    tab.set_content(page.html())
    tab.get_by_role("slider").evaluate("(s, place) => { s.value = place; s.dispatchEvent(new Event('input')); }", place)
    tab.screenshot(path=path)
    context.close()


def make(browser: Browser, directory: Path) -> None:
    """All pictures."""
    drawing = ma.draw(step())
    drawing.save(directory / "step.svg")
    gradient = next(box.number for box in drawing.scene.boxes if box.name == "∇W⁽¹⁾")
    photograph(browser, drawing.page(), gradient, directory / "walk.png")
    photograph(browser, training().player(), 20, directory / "player.png")


def main() -> None:
    DIRECTORY.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        make(browser, DIRECTORY)
        browser.close()
    for path in sorted(DIRECTORY.iterdir()):
        print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
