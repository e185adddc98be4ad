"""Pages in a real browser: headless Chromium, driven by Playwright.

Whatever a test does with a page, at its end no error may stand in the console and nothing may have been asked for
but the page itself.
"""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.pages import complaints_of


def chromium():
    """The path of the browser, or ``None``."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")  # Playwright keeps an event loop running, in which other tests could start none
def browser():
    program = chromium()
    if program is None:  # on CI a skipped test is a failure
        pytest.skip("no Chromium to test pages in: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Open HTML, or a file of it; options are those of a browser's context, such as ``color_scheme="dark"``."""
    contexts, complaints = [], []

    def open_page(html, *, width=1280, height=720, **options):
        path = html if isinstance(html, Path) else tmp_path / f"page{len(contexts)}.html"
        if path is not html:
            path.write_text(html, encoding="utf-8")
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))
        contexts[-1].set_default_timeout(10_000)
        page = contexts[-1].new_page()
        complaints.append(complaints_of(page, path.as_uri()))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [found for page in complaints for found in page] == []
