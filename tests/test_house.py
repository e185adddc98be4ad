"""The house: imports point down, never in a circle; files and functions are short; the core is read in one sitting."""

import ast
import io
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "microae"

ROOMS = (
    "__main__",
    "commands",
    "the face",  # microae/__init__.py
    "sklearn",
    "searching",
    "drawing",
    "paper",
    "testing",
    "anomalies",
    "training",
    "export",
    "compiler",
    "autoencoders",
    "history",
    "data",
    "recording",
    "nn",
    "optim",
    "micrograd",
    "transforms",
    "linalg",
    "operations",
    "core",
    "views",
    "progress",
    "arguments",
    "pickling",
    "readonly",
    "signatures",
    "extras",
)
"""From the top to the bottom: a room imports those that stand after it."""

UPWARDS: dict[tuple[str, str], str] = {}
"""Modules that import what stands above them, and why. There is none, and a new one needs a good reason."""


def modules(house: Path = HOUSE) -> dict[str, Path]:
    """Every module by its dotted name."""
    found = {}
    for path in sorted(house.rglob("*.py")):
        parts = path.relative_to(house.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(name: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules of the house that one imports, wherever in it: at the top, in functions, by their written names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        wanted = []
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parent = name.split(".")[: -node.level if path.stem != "__init__" else 1 - node.level or None]
            module = ".".join([*parent, *filter(None, [node.module])]) if node.level else str(node.module)
            wanted = [f"{module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module") and node.args:
            wanted = [node.args[0].value] if isinstance(node.args[0], ast.Constant) else []
        for full in wanted:
            while full and full not in known:  # a name in a module
                full = full.rpartition(".")[0]
            if full and full != name:
                yield full


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else "the face"


def upwards(house: Path = HOUSE) -> set[tuple[str, str]]:
    known = modules(house)
    return {
        (name, wanted)
        for name, path in known.items()
        for wanted in imports(name, path, known)
        if ROOMS.index(room(wanted)) < ROOMS.index(room(name))
    }


def circles(house: Path = HOUSE) -> list[set[str]]:
    """The modules that import each other, whichever way round."""
    known = modules(house)
    direct = {name: set(imports(name, path, known)) for name, path in known.items()}
    reached = {name: set(wanted) for name, wanted in direct.items()}
    for _ in known:
        longer = {name: wanted.union(*(direct[other] for other in wanted)) for name, wanted in reached.items()}
        if longer == reached:
            break
        reached = longer
    return [{other for other in reached[name] if name in reached[other]} for name in known if name in reached[name]]


def test_every_module_has_a_room():
    assert {room(name) for name in modules()} == set(ROOMS)


@pytest.mark.slow
def test_imports_point_down():
    assert upwards() == set(UPWARDS)


@pytest.mark.slow
def test_there_are_no_circles():
    assert circles() == []


@pytest.fixture
def small_house(tmp_path):
    """Two rooms with right imports, and what adds a line to one of their modules."""
    for file in ("__init__", "core/__init__", "core/value", "nn/__init__", "nn/module", "nn/layers"):
        (tmp_path / "microae" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "microae" / f"{file}.py").write_text("")

    def write(file: str, line: str) -> Path:
        with (tmp_path / "microae" / f"{file}.py").open("a") as module:
            module.write(line + "\n")
        return tmp_path / "microae"

    write("nn/layers", "from microae.core import value\nfrom microae.nn.module import Module\nimport numpy")
    return write


@pytest.mark.parametrize(
    "line",
    [
        "import microae.nn.layers",
        "from microae.nn.layers import Linear",
        "from microae.nn import layers",
        "from ..nn import layers",
        "def f():\n    from microae.nn.layers import Linear",
        "import importlib\nimportlib.import_module('microae.nn.layers')",
    ],
)
def test_each_way_to_import_upwards_is_seen(small_house, line):
    assert upwards(small_house("nn/module", "from microae.core.value import Value")) == set()
    assert upwards(small_house("core/value", line)) == {("microae.core.value", "microae.nn.layers")}


@pytest.mark.parametrize("line", ["from microae.nn.layers import Linear", "def f():\n    from . import layers"])
def test_circles_are_seen(small_house, line):
    assert circles(small_house("nn/module", "import numpy")) == []
    both = {"microae.nn.module", "microae.nn.layers"}
    assert circles(small_house("nn/module", line)) == [both, both]


# --- sizes -------------------------------------------------------------------------------------------------------

FILE, CORE = 600, 1000
"""Lines of a file with everything in it; lines of the core that are code, without docstrings, comments and stubs."""


def test_files_are_short():
    files = [path for path in HOUSE.rglob("*") if path.suffix in (".py", ".js", ".css")]
    assert len(files) > 100
    long = {path.name: n for path in files if (n := len(path.read_text(encoding="utf-8").splitlines())) >= FILE}
    assert long == {}


def code_lines(source: str) -> int:
    """How many lines hold code: something else than a comment, a docstring or nothing."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.NAME, tokenize.OP, tokenize.NUMBER, tokenize.STRING):
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines -= set(range(node.lineno, node.end_lineno + 1))
    return len(lines)


def test_lines_of_code_are_counted():
    source = '"""Words."""\n\n# more\nx = 1  # one\n\ndef f():\n    """Words\n    on."""\n    return """a\nb"""\n'
    assert code_lines(source) == 4


def test_the_core_is_read_in_one_sitting():
    sizes = {path.name: code_lines(path.read_text(encoding="utf-8")) for path in (HOUSE / "core").glob("*.py")}
    assert sum(sizes.values()) <= CORE, sizes


def test_no_function_has_more_than_fifteen_branches(tmp_path):
    long = "def f(x):\n" + "".join(f"    if x == {i}:\n        return {i}\n" for i in range(15)) + "    return 0\n"
    (tmp_path / "long.py").write_text(long)
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    complained = subprocess.run([*command, "long.py"], cwd=tmp_path, capture_output=True, text=True)
    assert "`f` is too complex (16 > 15)" in complained.stdout
    clean = subprocess.run([*command, "--select", "C901", "."], cwd=ROOT, capture_output=True, text=True)
    assert clean.returncode == 0, clean.stdout


def test_the_top_level_holds_no_more_than_it_is_for() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tops = {line.split("/")[0] for line in listed.splitlines()}
    named = {"pyproject.toml", "README.md", "LICENSE", "microae", "tests", "notebooks"}
    assert {top for top in tops if not top.startswith(".")} == named
