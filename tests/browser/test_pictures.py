"""The README's pictures are those that the command makes."""

import re

from tests.browser.pictures import DIRECTORY, make


def test_the_readme_shows_what_the_command_makes(browser, tmp_path):
    make(browser, tmp_path)
    made = {path.name for path in tmp_path.iterdir()}
    readme = (DIRECTORY.parent / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\(\.pictures/(.*?)\)", readme)) == made
    assert {path.name for path in DIRECTORY.iterdir()} == made
    assert (tmp_path / "step.svg").read_bytes() == (DIRECTORY / "step.svg").read_bytes()
    for name in ("walk.png", "player.png"):
        now, then = (directory / name for directory in (tmp_path, DIRECTORY))
        assert abs(now.stat().st_size / then.stat().st_size - 1) < 0.3
