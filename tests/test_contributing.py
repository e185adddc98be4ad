"""The recipes of CONTRIBUTING: each touches one file of the library, and what it adds is found wherever it should be.

They are followed in a copy, to the letter: a block of code is put at the end of the file that the text before it names.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.recipes import RECIPES

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+)\n([^#]*(?:#(?!# )[^#]*)*)", TEXT, re.M))


def parts(recipe: str) -> tuple[list[str], list[str]]:
    """The files of the library that a recipe names, and its blocks of code."""
    blocks = re.findall(r"^```python\n(.*?)^```$", SECTIONS[recipe], re.M | re.S)
    words = re.sub(r"^```.*?^```$", "", SECTIONS[recipe], flags=re.M | re.S)
    return re.findall(r"`(microae/[\w/]+\.py)`", words), blocks


def run(tree: Path, *command: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, *command], cwd=tree, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def followed(tmp_path_factory) -> Path:
    """A copy of the library in which every recipe has been followed."""
    tree = tmp_path_factory.mktemp("followed")
    shutil.copytree(ROOT / "microae", tree / "microae", ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "tests").mkdir()
    for name in ("tests/__init__.py", "tests/recipes.py", "tests/stubs.py", "pyproject.toml"):
        shutil.copy2(ROOT / name, tree / name)
    for recipe in RECIPES:
        (file,), (block,) = parts(recipe)
        before = (tree / file).read_text(encoding="utf-8").rstrip() + "\n\n\n" if (tree / file).exists() else ""
        (tree / file).write_text(before + block, encoding="utf-8")
    run(tree, "-m", "tests.stubs")
    return tree


@pytest.fixture(scope="module")
def wrong(followed, tmp_path_factory) -> dict[str, str]:
    return json.loads(run(followed, "-m", "tests.recipes", str(tmp_path_factory.mktemp("work"))))


def test_there_is_a_check_of_each_recipe():
    assert list(RECIPES) == [name for name in SECTIONS if name not in ("The house", "Running things")]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_is_one_block_for_one_file(recipe):
    files, blocks = parts(recipe)
    assert (len(files), len(blocks)) == (1, 1)
    new = recipe in ("A figure", "A correction", "A command")
    assert (ROOT / files[0]).exists() is not new


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
def test_what_a_recipe_adds_is_found_everywhere(wrong, recipe):
    assert wrong[recipe] == ""


@pytest.mark.slow
def test_without_the_recipes_nothing_of_it_is_there(tmp_path):
    wrong = json.loads(run(ROOT, "-m", "tests.recipes", str(tmp_path)))
    assert [recipe for recipe, reason in wrong.items() if not reason] == []


@pytest.mark.slow
def test_the_recipes_are_written_as_the_library_is(followed):
    run(followed, "-m", "ruff", "check", "--no-cache", "microae")
    run(followed, "-m", "ruff", "format", "--no-cache", "--check", "microae")
    run(followed, "-m", "mypy", "--cache-dir", str(followed / "cache"))


# --- the picture of the house, and the commands ------------------------------------------------------------------


def test_the_picture_names_every_room():
    picture = SECTIONS["The house"]
    rooms = {path.stem for path in (ROOT / "microae").glob("*.py")} - {"__init__", "__main__"}
    rooms |= {path.name for path in (ROOT / "microae").iterdir() if (path / "__init__.py").exists()}
    for name in rooms:
        assert re.search(rf"(?<![\w/]){name}(/|\.py)", picture), name


@pytest.mark.parametrize("room", ["core", "nn", "recording", "training", "autoencoders", "data", "paper", "operations"])
def test_what_the_picture_says_is_in_a_room_is_there(room):
    (line,) = re.findall(rf"^  {room}/ +(.*)$", SECTIONS["The house"], re.M)
    words = {word.removesuffix(".py").rstrip("/") for word in re.findall(r"[a-z_]+(?:\.py|/)?", line)}
    modules = {path.stem for path in (ROOT / "microae" / room).glob("*.py")} - {"__init__"}
    assert words & modules
    if room == "core":
        assert words == modules


def test_every_path_that_the_readme_names_is_there():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    house = readme.partition("## The house")[2]
    named = re.findall(r"`((?:[a-z_]+/)*[a-z_]+(?:\.py|/))`", house)
    assert len(named) >= 20
    places = [ROOT / "microae", ROOT / "microae" / "core", ROOT / "microae" / "drawing"]
    assert [name for name in named if not any((place / name).exists() for place in places)] == []
    modules = re.findall(r"`(?:python -m |microae/|tests/)?(tests[./][\w./]+|microae/[\w./]+)", readme)
    assert [name for name in modules if not _is_there(name)] == []


def _is_there(name: str) -> bool:
    path = ROOT / (name if "/" in name else name.replace(".", "/"))
    return path.exists() or path.with_suffix(".py").exists()


def test_the_commands_exist():
    commands = re.findall(r"`python -m (tests[\w.]*)", SECTIONS["Running things"])
    assert len(commands) == 5
    for name in commands:
        assert _is_there(name), name
    assert (ROOT / ".ci" / "run").exists()
