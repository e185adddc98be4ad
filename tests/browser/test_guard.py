"""The guard over the pages can fail: each fault that it looks for is found."""

import pytest

from tests.browser.pages import complaints_of


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("", None),
        ("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='>", None),
        ("<script>console.error('no')</script>", "console: no"),
        ("<script>throw new Error('broken')</script>", "script: broken"),
        ("<img src='https://example.invalid/a.png'>", "request: https://example.invalid/a.png"),
        ("<link rel='stylesheet' href='style.css'>", "style.css"),
        ("<script>fetch('https://example.invalid/b').catch(() => {})</script>", "request: https://example.invalid/b"),
    ],
)
def test_a_fault_of_a_page_is_found(browser, tmp_path, fault, complaint):
    path = tmp_path / "page.html"
    path.write_text(f"<!DOCTYPE html><p>text</p>{fault}")
    page = browser.new_page()
    complaints = complaints_of(page, path.as_uri())
    page.goto(path.as_uri())
    page.wait_for_timeout(200)
    page.close()
    if complaint is None:
        assert complaints == []
    else:
        assert any(complaint in found for found in complaints)
