"""The command line: by ``main(argv)``, and as a process where the process matters."""

import os
import signal
import subprocess
import sys
import time

import pytest

import microae as ma
from microae.commands import main

COMMAND = [sys.executable, "-m", "microae"]
QUICK = ["--layers", "64,8,64", "--epochs", "2", "--quiet"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def files(directory):
    return sorted(path.name for path in directory.iterdir())


def process(*arguments, **options):
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, encoding="utf-8", **options)


# --- mistakes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required: COMMAND (see microae --help)"),
        (["fly"], "invalid choice: 'fly'"),
        (
            ["train", "--layers", "64,x"],
            "must be whole numbers such as 64,32,64, got '64,x' (see microae train --help)",
        ),
        (["train", "--layers", "64,32"], "the output must be as wide as the input, got 64 in and 32 out"),
        (["train", "--layers", "64,0,64"], "layers must be two or more positive whole numbers"),
        (["train", "--layers", "32,8,32"], "digits: has 64 features a sample, the network has 32 inputs"),
        (["train", "--epochs", "0"], "argument --epochs: must be a whole number of at least 1, got '0'"),
        (["train", "--epochs", "ten"], "argument --epochs: must be a whole number of at least 1, got 'ten'"),
        (["train", "--batch-size", "-1"], "argument --batch-size: must be a whole number of at least 1"),
        (["train", "--lr", "0"], "argument --lr: must be a number above 0, got '0'"),
        (["train", "--lr", "nan"], "argument --lr: must be a number above 0, got 'nan'"),
        (["train", "--lr", "inf"], "argument --lr: must be a number above 0, got 'inf'"),
        (["train", "--noise", "-0.1"], "argument --noise: must be a number of at least 0"),
        (["train", "--sparsity", "x"], "argument --sparsity: must be a number of at least 0, got 'x'"),
        (["train", "--weight-decay", "-1"], "argument --weight-decay: must be a number of at least 0"),
        (["train", "--dropout", "1"], "argument --dropout: must be at least 0 and less than 1, got '1'"),
        (["train", "--momentum", "1.5", "--optimizer", "sgd"], "argument --momentum: must be at least 0 and less"),
        (["train", "--momentum", "0.5"], "momentum is an option of sgd, not of adamw"),
        (["train", "--test-fraction", "1"], "argument --test-fraction: must be between 0 and 1, got '1'"),
        (["train", "--seed", "-1"], "argument --seed: must be a whole number of at least 0"),
        (["train", "--optimizer", "lbfgs"], "argument --optimizer: invalid choice: 'lbfgs'"),
        (["train", "--activation", "x"], "argument --activation: invalid choice: 'x'"),
        (["train", "--dtype", "int8"], "argument --dtype: invalid choice: 'int8'"),
        (["train", "--loss", "bce", "--output", "linear"], "the loss bce needs a sigmoid output"),
        (["train", "--array", "x"], "--array chooses an array of an .npz file"),
        (["train", "--typo"], "unrecognized arguments: --typo"),
        (["train", "--out", "file"], "file is a file, not a directory"),
        (["train", "--out", "file/below"], "file is a file, not a directory"),
        (["paper", "--epochs", "0"], "argument --epochs: must be a whole number of at least 1"),
        (["paper", "--seed", "x"], "argument --seed: must be a whole number of at least 0"),
        (["paper", "--out", "file"], "file is a file, not a directory"),
    ],
)
def test_mistakes_in_the_arguments(tmp_path, capsys, arguments, said):
    (tmp_path / "file").write_text("")
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("microae: error: ")
    assert err.count("\n") == 1
    assert said in err
    assert files(tmp_path) == ["file"]


# --- as a process ------------------------------------------------------------------------------------------------


def test_version_and_help():
    done = process("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"microae {ma.__version__}\n", "")
    for command in ([], ["paper"], ["train"]):
        done = process(*command, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("usage: microae")
    assert "files of an earlier run in it are replaced" in " ".join(done.stdout.split())


def test_exit_codes_of_the_process(tmp_path):
    done = process("train", "--data", "no.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "microae: error: no.csv: there is no such file\n"
    assert process("train", "--epochs", "x").returncode == 2
    done = process("train", *QUICK)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert len(files(tmp_path / "microae-train")) == 5


def test_a_terminal_without_ticks():
    done = process("paper", "--epochs", "1", "--quiet", env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "-?.??????" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="sends the signal of Ctrl-C")
def test_ctrl_c(tmp_path):
    with subprocess.Popen(
        [*COMMAND, "train", "--epochs", "1000000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout.readline().startswith("digits: ")
        time.sleep(0.3)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert err.rstrip().splitlines()[-1] == "microae: error: interrupted"
    assert "Traceback" not in err
    assert files(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="pipes end differently")
@pytest.mark.parametrize("command", ["paper", "train"])
def test_a_reader_that_has_seen_enough(command):
    with subprocess.Popen(
        [*COMMAND, command, "--epochs", "20", "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        running.stdout.close()
        assert running.stderr.read() == ""
        assert running.wait(60) == 141
