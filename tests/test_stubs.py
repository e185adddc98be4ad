"""The stubs say what the tables hold, and type checkers accept what there is and nothing else."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import microae as ma
from tests.stubs import ROOMS, stubs

ROOT = Path(ma.__file__).parent


@pytest.mark.parametrize("path", stubs(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_stub_is_what_the_command_writes(path):
    assert path.read_text(encoding="utf-8") == stubs()[path], "run: python -m tests.stubs"


def test_there_are_no_other_stubs_and_the_package_is_marked_as_typed():
    assert set(ROOT.rglob("*.pyi")) == set(stubs())
    assert (ROOT / "py.typed").exists()


def test_the_wheel_has_whatever_stands_in_the_package():
    """Hatchling packs a listed directory whole, but for what is excluded or what git ignores."""
    wheel = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    assert wheel["targets"]["wheel"] == {"packages": ["microae"]}
    assert not {"exclude", "include", "only-include"} & set(wheel)
    ignored = (ROOT.parent / ".gitignore").read_text(encoding="utf-8")
    assert not re.search(r"pyi|typed|microae/", ignored.replace("/microae-", ""))


@pytest.mark.parametrize("module", [ma, *ROOMS.values()], ids=lambda module: module.__name__)
def test_every_public_name_stands_in_the_stub(module):
    text = Path(module.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    stubbed = set(re.findall(r" as (\w+)$", text, re.M)) | set(re.findall(r"^(\w+)(?:: | = )", text, re.M))
    assert set(module.__all__) <= stubbed


SNIPPET = """\
import microae as ma
from microae.drawing import draw_codes
from microae.nn import Linear, ReLU
from microae.optim import Adam, step_decay
from microae.testing import strategies

v = ma.Value([1.0, 2.0])
reveal_type(v + v)
reveal_type(2.0 * v)
reveal_type(v.sin())
reveal_type(v.sum(axis=0))
reveal_type(v[0])
ma.relu(v)
ma.LeakyReLU(negative_slope=0.2)
ma.draw(v * 2.0)
draw_codes(ma.Autoencoder([3, 2, 3]), [[0.0, 1.0, 0.0]])
step_decay(Adam([*Linear(2, 3).parameters()]), 2)
ReLU()(v)
strategies.networks(activations=strategies.ACTIVATIONS)
v.sni()
ma.rleu(v)
ma.LaekyReLU()
ma.LeakyReLU(slope=0.2)
v.sum(axes=0)
ma.nn.Lineer(1)
from microae.nn import Lineer
from microae.optim import Adm
strategies.ntworks()
"""
RIGHT = SNIPPET.splitlines().index("v.sni()")


@pytest.mark.slow
def test_what_a_type_checker_says_of_a_few_lines(tmp_path):
    (tmp_path / "snippet.py").write_text(SNIPPET, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary", "snippet.py"]
    cache = f"--cache-dir={tmp_path / 'cache'}"
    environment = {"MYPYPATH": str(ROOT.parent), "PATH": "", "PYTHONUTF8": "1"}
    done = subprocess.run([*command, cache], cwd=tmp_path, env=environment, capture_output=True, text=True)
    lines = SNIPPET.splitlines()
    said = [
        (lines[int(number) - 1], kind, words)
        for number, kind, words in re.findall(r"^snippet\.py:(\d+): (note|error): (.*)$", done.stdout, re.M)
    ]
    value = 'Revealed type is "microae.core.value.Value"'
    types = [(line, words) for line, kind, words in said if kind == "note" and line.startswith("reveal_type")]
    assert types == [(line, value) for line in lines if line.startswith("reveal_type")], done.stdout
    errors = dict.fromkeys(line for line, kind, _ in said if kind == "error")
    assert list(errors) == lines[RIGHT:], done.stdout + done.stderr
