"""Pages in a real JupyterLab: a notebook that is not trusted shows pictures; once it is run, the pages live."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser.notebooks import run

CELLS = [
    """
import time
import numpy as np, microae as ma
net = ma.Autoencoder([3, 4, 3], seed=0)
step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1, 0, 1])
def train(**options):
    optimizer = ma.SGD(net.parameters(), lr=0.1)
    return ma.fit(net, np.eye(3), optimizer, epochs=6, batch_size=1, seed=0, progress=False, **options)
step
""",
    "step",
    "train().player()",
    "train(callbacks=[ma.watch(net), lambda history: time.sleep(0.4)]);",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a server with a notebook that was executed elsewhere, so that it is not trusted here."""
    home = tmp_path_factory.mktemp("lab")
    work = home / "work"
    work.mkdir()
    executed = run(*CELLS)[0]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    executed.metadata["kernelspec"] = kernel  # else a dialog asks for it
    nbformat.write(executed, work / "step.ipynb")
    settings = home / "config" / "labconfig"
    settings.mkdir(parents=True)
    quiet = {"@jupyterlab/apputils-extension:announcements": True}  # it would ask the network for news
    (settings / "page_config.json").write_text(json.dumps({"disabledExtensions": quiet}))
    whole = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}  # also cells that are not in sight
    (settings / "default_setting_overrides.json").write_text(json.dumps(whole))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {f"JUPYTER_{name.upper()}_DIR": str(home / name) for name in ("config", "data", "runtime")}
    log = (home / "log").open("wb")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser",
         "--IdentityProvider.token=", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
         f"--ServerApp.root_dir={work}", "--LabApp.extension_manager=readonly"],
        env=os.environ | places,
        stdout=log,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/api", timeout=1).close()
                break
            except OSError:
                assert server.poll() is None, (home / "log").read_text()
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


@pytest.fixture
def notebook(browser, lab):
    """The notebook, opened in JupyterLab."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, color_scheme="light")
    context.set_default_timeout(60_000)
    page = context.new_page()
    failed = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on("request", lambda r: failed.append(r.url) if not r.url.startswith((lab, "data:", "blob:", "ws:")) else None)
    page.goto(f"{lab}/lab/tree/step.ipynb")
    expect(page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(len(CELLS), timeout=60_000)
    expect(page.locator(".jp-OutputArea-output").first).to_be_visible(timeout=60_000)
    kernel = "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"
    page.wait_for_function(f"() => {kernel}?.status === 'idle'")  # before, running cells would open a dialog
    yield page
    context.close()
    assert failed == []


def command(page, name, **arguments):
    """Start a command, without waiting for its end."""
    page.evaluate("([name, given]) => void window.jupyterapp.commands.execute(name, given)", [name, arguments])


def test_a_notebook_that_is_not_trusted_shows_the_pictures(notebook):
    images = notebook.get_by_role("img", name=re.compile("One training step.*as a graph of"))
    expect(images).to_have_count(2)
    expect(images.first).to_be_visible()
    assert images.first.evaluate("i => i.naturalWidth") > 1000
    assert 300 < images.first.bounding_box()["width"] < 1280
    expect(notebook.get_by_role("img", name="training: the weights after epoch 6")).to_have_count(1)
    expect(notebook.locator(".microae-page .page")).to_have_count(0)


def test_once_it_is_run_the_pages_live_and_do_not_collide(notebook):
    command(notebook, "notebook:run-all-cells")
    nodes = notebook.get_by_role("slider", name="node")
    expect(nodes).to_have_count(2, timeout=60_000)
    expect(notebook.get_by_role("slider", name="epoch")).to_have_count(1, timeout=60_000)
    nodes.nth(1).scroll_into_view_if_needed()
    nodes.nth(1).focus()
    for _ in range(3):
        notebook.keyboard.press("ArrowRight")
    notebook.keyboard.press("ArrowDown")
    assert [nodes.nth(k).input_value() for k in (0, 1)] == ["0", "2"]
    focused = notebook.locator(".microae-page [data-node].focus")
    assert focused.evaluate_all("all => all.map(g => g.dataset.node)") == ["0", "2"]
    for key in ("a", "d", "d", "x"):  # JupyterLab's own keys would add and delete cells
        notebook.keyboard.press(key)
    expect(notebook.locator(".jp-Notebook .jp-CodeCell")).to_have_count(len(CELLS))
    notebook.get_by_role("button", name="module encoder", exact=True).nth(0).click()
    assert [notebook.locator(".microae-page").nth(k).locator(".stub").count() for k in (0, 1)] == [3, 0]

    pages = notebook.locator(".microae-page .page")
    assert pages.evaluate_all("all => all.map(p => p.dataset.theme)") == ["light"] * 3
    command(notebook, "apputils:change-theme", theme="JupyterLab Dark")
    expect(pages.nth(2)).to_have_attribute("data-theme", "dark")
    assert pages.evaluate_all("all => all.map(p => p.dataset.theme)") == ["dark"] * 3
    command(notebook, "apputils:change-theme", theme="JupyterLab Light")


def test_a_watched_training_is_seen_while_it_runs(notebook):
    expect(notebook.get_by_role("img", name=re.compile("^the weights, epoch 6"))).to_be_visible()
    notebook.evaluate(
        """() => {
          window.seen = [];
          new MutationObserver(() => {
            const words = document.querySelector('img[alt^="the weights, "]')?.alt;
            if (words && words !== window.seen.at(-1)) window.seen.push(words);
          }).observe(document.body, { subtree: true, childList: true, attributes: true });
        }"""
    )
    command(notebook, "notebook:run-all-cells")
    notebook.wait_for_function(
        "() => window.seen.length > 1 && window.seen.at(-1).startsWith('the weights, epoch 6')", timeout=60_000
    )
    epochs = [int(found[1]) for words in notebook.evaluate("seen") if (found := re.search(r"epoch (\d)", words))]
    assert len(set(epochs) & {1, 2, 3, 4, 5}) >= 3
    assert epochs[-1] == 6
