"""The recipes of CONTRIBUTING: each touches one file of the library, and what it adds is found wherever it should be.

They are followed in a copy, to the letter: a block of code is put at the end of the file that the text before it names.
There the tests of what all files, docstrings and registries are like must hold too.
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


def parts(recipe: str) -> list[tuple[list[str], str]]:
    """The blocks of code of a recipe, each after the files that the words before it name."""
    words_and_blocks = re.split(r"^```python\n(.*?)^```$", SECTIONS[recipe], flags=re.M | re.S)
    named = [re.findall(r"`((?:microae|tests)/[\w/]+\.py)`", words) for words in words_and_blocks[::2]]
    assert named.pop() == []  # after the last block
    return list(zip(named, words_and_blocks[1::2], strict=True))


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
    shutil.copytree(ROOT / "tests", tree / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "pyproject.toml", tree)
    for recipe in RECIPES:
        for (file,), block in parts(recipe):
            gap = "\n\n\n" if re.match("@|class |def ", block) else "\n"
            before = (tree / file).read_text(encoding="utf-8").rstrip() + gap if (tree / file).exists() else ""
            (tree / file).write_text(before + block, encoding="utf-8")
    run(tree, "-m", "tests.stubs")
    return tree


@pytest.fixture(scope="module")
def wrong(followed, tmp_path_factory) -> dict[str, str]:
    return json.loads(run(followed, "-m", "tests.recipes", str(tmp_path_factory.mktemp("work"))))


def test_there_is_a_check_of_each_recipe():
    assert list(RECIPES) == [name for name in SECTIONS if name not in ("The house", "Running things")]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_is_one_block_for_one_file_of_the_library(recipe):
    files = [file for (file,), _ in parts(recipe)]
    assert [file.partition("/")[0] for file in files] == ["microae", "tests"][: len(files)]
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
    for tool in (["check"], ["format", "--check"]):
        run(followed, "-m", "ruff", *tool, "--no-cache", "microae", "tests/operations/cases.py")
    run(followed, "-m", "mypy", "--cache-dir", str(followed / "cache"))


PINNED = {
    "tests/test_house.py": "room or short or sitting",
    "tests/test_docstrings.py": "",
    "tests/test_stubs.py": "not type_checker and not wheel",
    "tests/nn/test_loss_registry.py": "not strategies and not drawn",
    "tests/optim/test_registry.py": "",
    "tests/data/test_registry.py": "",
    "tests/commands/test_registries.py": "",
    "tests/operations/test_facts.py": "",
    "tests/operations/test_table.py": "has_cases or xlogy or hard_sigmoid",
    "tests/paper/test_corrections.py": "order or shows_it or file",
}
"""The tests of what the recipes could break, and which of a file."""


@pytest.mark.slow
@pytest.mark.parametrize("file", PINNED)
def test_the_other_tests_hold_where_the_recipes_are_followed(followed, file):
    options = ["-p", "no:cacheprovider", "-q", "-x", "-o", "addopts="]
    run(followed, "-m", "pytest", *options, file, *(["-k", PINNED[file]] if PINNED[file] else []))


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
