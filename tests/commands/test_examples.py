"""The examples in the help of every command, run as they stand there."""

import json
import shlex
import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest

from microae import commands
from microae.commands import main

NAMES = [module.name for module in iter_modules(commands.__path__)]
COMMANDS = [name for name in NAMES if hasattr(import_module(f"microae.commands.{name}"), "HELP")]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A directory with all that the examples name."""
    directory = tmp_path_factory.mktemp("examples")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 4)) @ rng.normal(size=(4, 64))
    np.save(directory / "samples.npy", x)
    for name in ("good", "new", "newer"):
        np.savetxt(directory / f"{name}.csv", rng.normal(size=(60, 3)), delimiter=",", header="a,b,c", comments="")
    (directory / "search.toml").write_text("[fixed]\nepochs = 1\nlayers = [64, 4, 64]\n[space]\nlr = [0.001, 0.01]\n")
    quick = ["--layers", "64,8,64", "--epochs", "2", "--quiet"]
    assert main(["train", *quick, "--out", str(directory / "microae-train")]) == 0
    return directory


@pytest.mark.parametrize("command", COMMANDS)
def test_examples(place, monkeypatch, capsys, command):
    monkeypatch.chdir(place)
    examples = import_module(f"microae.commands.{command}").EXAMPLES
    assert examples
    assert main([command, "--help"]) == 0
    shown = capsys.readouterr().out
    for example in examples:
        assert f"\n  {example}\n" in shown
        if ">" in example:
            microae = f'microae() {{ {shlex.quote(sys.executable)} -m microae "$@"; }}\n'
            subprocess.run(["bash", "-ec", microae + example], check=True)
            continue
        name, *arguments = shlex.split(example, comments=True)
        assert name == "microae"
        assert main(arguments) == 0, capsys.readouterr().err
        out = capsys.readouterr().out
        if "--json" in arguments:
            json.loads(out)
