"""``microae check`` as a user types it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import microae.testing
from microae.commands import main
from tests.commands.terminal import shown

MINE = """
import numpy as np


def layer(x, W):
    return np.tanh(x @ W)


def total(x):
    return np.sum(x**2)


def twice(x):
    return 2 * x


def once(x):
    return x


def leave(x):
    raise SystemExit(1)


def root(x):
    return np.sqrt(x)


def product(x, y):
    return x @ y


def product_vjp(g, x, y):
    return g @ y.T, x.T @ g
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    return path


def check(where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "microae", "check", *arguments]
    return subprocess.run(run, capture_output=True, text=True, cwd=where.parent, check=False)


@pytest.mark.parametrize("arguments", [
    ("mine:layer", "--shapes", "(3,),(3,4)"),
    ("mine.py:layer", "--signature", "(m,k),(k,n)->(m,n)"),
    ("mine:total", "--shapes", "(3,)", "--gradient", "mine:twice"),
    ("mine:product", "--signature", "(m,k),(k,n)", "--vjp", "mine:product_vjp"),
    ("mine:root", "--shapes", "(2,)", "--positive", "--order", "3"),
])  # fmt: skip
def test_right_functions(mine: Path, arguments: tuple[str, ...]) -> None:
    done = check(mine, *arguments, "--examples", "12", "--seed", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "gradients: agrees" in done.stdout
    assert "12 points" in done.stdout
    assert "seed 3" in done.stdout
    assert done.stderr == ""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs a terminal of a process")
def test_a_bar_in_a_terminal(mine: Path) -> None:
    assert "point" in shown("check", "mine:layer", "--shapes", "(3,),(3,4)", "--examples", "12", cwd=mine.parent)


@pytest.mark.parametrize(("arguments", "expected"), [
    ((), {"order": 2, "seed": 0, "examples": 100}),
    (("--order", "3", "--seed", "7", "--examples", "12"), {"order": 3, "seed": 7, "examples": 12}),
    (("--order", "1"), {"order": 1, "seed": 0, "examples": 100}),
])  # fmt: skip
def test_options_reach_the_check(mine: Path, monkeypatch: pytest.MonkeyPatch, arguments, expected) -> None:
    given = {}
    monkeypatch.setattr(microae.testing, "check_gradients", lambda f, *inputs, **options: given.update(options))
    assert main(["check", f"{mine}:layer", "--shapes", "(3,),(3,4)", "--quiet", *arguments]) == 0
    assert given.items() >= expected.items()


def test_either_shapes_or_a_signature_not_both(mine: Path) -> None:
    done = check(mine, "mine:layer", "--shapes", "(3,),(3,4)", "--signature", "(m,k),(k,n)")
    assert (done.returncode, done.stdout) == (2, "")
    assert "give the shapes of the inputs" in done.stderr


def test_the_order_is_used(mine: Path) -> None:
    """Each further order takes more gradients; by default there are two."""

    def evaluations(*options: str) -> int:
        done = check(
            mine, "mine:layer", "--shapes", "(3,),(3,4)", "--examples", "3", "--seed", "0", "--quiet", *options
        )
        return int(done.stdout.split(" of the gradient")[0].split()[-1])

    counts = [evaluations("--order", order) for order in "123"]
    assert counts == sorted(set(counts))
    assert evaluations() == counts[1]


def test_a_wrong_gradient(mine: Path) -> None:
    done = check(mine, "mine:total", "--shapes", "(3,)", "--gradient", "mine:once", "--quiet")
    assert (done.returncode, done.stderr) == (1, "")
    assert "multiply by 2" in done.stdout


def test_too_little_that_tells_anything_is_no_disagreement(mine: Path) -> None:
    mine.write_text("import numpy as np\n\n\ndef f(x):\n    return np.sqrt(x - 1e9)\n")
    done = check(mine, "mine:f", "--shapes", "(3,)", "--quiet")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "gradients: inconclusive" in done.stdout


@pytest.mark.parametrize(("arguments", "name"), [
    (("mine.py:total", "--gradient", "mine.py:leave"), "mine.py:leave raised SystemExit: 1"),
    (("mine.py:total", "--gradient", "mine.py:indirect"), "mine.py:indirect raised ZeroDivisionError"),
    (("mine.py:total", "--gradient", "mine.py:product"), "mine.py:product raised TypeError: product() missing"),
    (("mine:total", "--vjp", "mine:product_vjp"), "mine:product_vjp raised TypeError"),
    (("mine.py:indirect", "--gradient", "mine.py:twice"), "mine.py:indirect raised ZeroDivisionError"),
    (("mine.py:product", "--gradient", "mine.py:twice"), "mine.py:product raised TypeError: product() missing"),
])  # fmt: skip
def test_an_error_names_the_function_that_raised_it(mine: Path, capsys, monkeypatch, arguments, name) -> None:
    monkeypatch.chdir(mine.parent)
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    with mine.open("a") as file:
        file.write("\n\ndef divide(x):\n    return 1 / 0\n\n\ndef indirect(x):\n    return divide(x)\n")
    assert main(["check", *arguments, "--shapes", "(3,)", "--quiet"]) == 2
    assert capsys.readouterr().err.startswith(f"microae: error: {name}")
    sys.modules.pop("mine", None)


@pytest.mark.parametrize(("arguments", "says"), [
    (("mine.py:nothing",), "check_gradients: nothing returned None: is its return missing?"),
    (("mine.py:total", "--gradient", "mine.py:nothing"), "nothing returned None as the gradient by input 0"),
    (("mine.py:noisy",), "check_gradients: noisy is random: two calls at the same point gave"),
    (("mine.py:total", "--gradient", "mine.py:noisy"), "check_gradient_function: noisy is random"),
])  # fmt: skip
def test_a_function_that_cannot_be_checked_is_not_said_to_have_raised_that(
    mine: Path, capsys, monkeypatch, arguments, says
) -> None:
    monkeypatch.chdir(mine.parent)
    with mine.open("a") as file:
        file.write("\n\ndef nothing(x):\n    x * 2\n")
        file.write("\n\nrng = np.random.default_rng(0)\n\n\ndef noisy(x):\n    return x + rng.random(x.shape)\n")
    assert main(["check", *arguments, "--shapes", "(3,)", "--quiet"]) == 2
    assert capsys.readouterr().err.startswith(f"microae: error: {says}")


@pytest.mark.parametrize(("arguments", "words"), [
    (("mine:layer",), "give the shapes"),
    (("mine:nothing", "--shapes", "(3,)"), "has no 'nothing'"),
    (("absent:f", "--shapes", "(3,)"), "cannot be imported"),
    (("absent.py:f", "--shapes", "(3,)"), "no file absent.py"),
    (("layer", "--shapes", "(3,)"), "module:function"),
    (("scripts:f", "--shapes", "(3,)"), "scripts cannot be imported, it raised SystemExit: 1"),
    (("mine:leave", "--shapes", "(3,)", "--quiet"), "mine:leave raised SystemExit: 1"),
    (("mine:layer", "--shapes", "3"), "must be written as in"),
    (("mine:layer", "--signature", "m,k"), "cannot be read"),
    (("mine:layer", "--shapes", "(3,),(4,4)", "--quiet"), "mine:layer raised ValueError"),
])  # fmt: skip
def test_mistakes_are_one_line(mine: Path, arguments: tuple[str, ...], words: str) -> None:
    mine.with_name("scripts.py").write_text("raise SystemExit(1)")
    done = check(mine, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
