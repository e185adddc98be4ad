"""The command line: by ``main(argv)``, and as a process where the process matters."""

import os
import shlex
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import microae as ma
from microae.commands import main

COMMAND = [sys.executable, "-m", "microae"]
QUICK = ["--layers", "64,8,64", "--epochs", "2", "--quiet"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


OF_A_RUN = ("checkpoint-00000001.safetensors", "checkpoint-00000002.safetensors", "settings.toml")
"""What a run writes besides its results."""


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


def test_too_little_memory(tmp_path, capsys):
    assert main(["train", "--layers", "64,999999999999999,64"]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("microae: error: there is not enough memory: Unable to allocate ")
    assert files(tmp_path) == []


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
    assert len(files(tmp_path / "microae-train")) == 5 + len(OF_A_RUN)


def test_a_terminal_without_ticks():
    done = process("paper", "--epochs", "1", "--quiet", env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "-?.??????" in done.stdout


LOADING = """
import os, runpy, signal, sys

class Interrupting:
    def find_spec(self, name, *_):
        if name == "microae.commands.common":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
runpy.run_module("microae", run_name="__main__", alter_sys=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="sends the signal of Ctrl-C")
def test_ctrl_c_while_the_command_line_is_loaded():
    done = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "microae: error: interrupted\n")


ENDING = """
import atexit, os, runpy, signal, sys

ignored = sys.argv.pop() == "ignored"
if ignored:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
atexit.register(os.kill, os.getpid(), signal.SIGINT)
runpy.run_module("microae", run_name="__main__", alter_sys=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="sends the signal of Ctrl-C")
@pytest.mark.parametrize(("how", "code"), [("usual", -signal.SIGINT), ("ignored", 0)])  # 130 to a shell
def test_ctrl_c_when_the_command_line_has_done_its_work(how, code):
    done = subprocess.run([sys.executable, "-c", ENDING, "--version", how], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (code, f"microae {ma.__version__}\n", "")


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
    said = "microae: error: interrupted; microae train --resume microae-train goes on"
    assert err.rstrip().splitlines()[-1] == said
    assert "Traceback" not in err
    *checkpoints, settings = files(tmp_path / "microae-train")
    assert settings == "settings.toml"
    assert checkpoints
    assert all(name.startswith("checkpoint-") for name in checkpoints)


@pytest.mark.skipif(os.name == "nt", reason="pipes end differently")
@pytest.mark.parametrize("command", ["paper", "train"])
def test_a_reader_that_has_seen_enough(command):
    with subprocess.Popen(
        [*COMMAND, command, "--epochs", "20", "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        running.stdout.close()
        assert running.stderr.read() == ""
        assert running.wait(60) == 141


TRAIN, CHECK = "train --layers 64,4,64 --epochs 1", "check numpy:tanh --shapes '(2,)'"


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a file that is always full")
@pytest.mark.parametrize(
    ("command", "code"),
    [
        (f"{TRAIN} >&-", 0),
        (f"{TRAIN} >/dev/full", 4),
        (f"{TRAIN} 2>/dev/full", 0),
        (f"{TRAIN} >&- 2>&-", 0),
        (f"{CHECK} >/dev/full", 4),
        (f"{CHECK} 2>&-", 0),
        (f"{CHECK} 2>/dev/full", 0),
        (f"{CHECK} >/dev/full 2>/dev/full", 4),
        ("--version >/dev/full", 4),
        ("--version >&-", 0),
        ("train --typo 2>&-", 2),
        ("train --typo 2>/dev/full", 2),
    ],
)
def test_streams_that_cannot_be_written(tmp_path, command, code):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    shell = ["sh", "-c", f"{shlex.join(COMMAND)} {command}"]
    done = subprocess.run(shell, capture_output=True, text=True, env=environment)
    assert done.returncode == code
    errors = [line for line in done.stderr.replace("\r", "\n").splitlines() if "error" in line or "Traceback" in line]
    said = code == 4 and "2>" not in command
    assert errors == ["microae: error: cannot write to the standard output: No space left on device"] * said
    assert len(list(tmp_path.glob("microae-train/*"))) == (8 if command.startswith(TRAIN) and code == 0 else 0)


def test_without_a_console(monkeypatch):
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(sys, stream, None)
    assert main(["train", *QUICK[:-1]]) == 0
    assert main(["fly"]) == 2
    assert sys.stdout is None
    net = ma.Autoencoder([3, 2, 3], seed=0)
    ma.fit(net, [[1, 0, 1]], ma.SGD(net.parameters(), lr=0.1), epochs=1, batch_size=1, progress=True)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_sigterm_while_a_file_is_written(tmp_path):
    """What is begun is taken back: no temporary file is left, and the old file is whole."""
    (tmp_path / "slow.py").write_text(
        "import sys, time\n"
        "from pathlib import Path\n"
        "from microae.commands import main\n"
        "from microae.data import files\n"
        "def write_bytes(self, content, write=Path.write_bytes):\n"
        "    if 'weights' not in self.name:\n"
        "        return write(self, content)\n"
        "    write(self, content[:9])\n"
        "    print('half of it is written', flush=True)\n"
        "    time.sleep(60)\n"
        "Path.write_bytes = write_bytes\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "weights.safetensors").write_text("old")
    command = [sys.executable, "slow.py", "train", *QUICK, "--out", "out"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        while "half of it" not in running.stdout.readline():
            assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (143, "microae: error: terminated; microae train --resume out goes on\n")
    assert not [name for name in files(tmp_path / "out") if name.startswith(".")]
    assert (tmp_path / "out" / "weights.safetensors").read_text() == "old"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_file_names_that_are_not_utf_8(tmp_path):
    name = os.fsdecode(b"caf\xe9")
    np.savetxt(f"{name}.csv", np.random.default_rng(0).random((12, 4)), delimiter=",")
    for arguments in (
        ["train", "--data", f"{name}.csv", "--epochs", "2", "--quiet", "--out", name],
        [
            "draw",
            "reconstructions",
            "--model",
            f"{name}/weights.safetensors",
            "--data",
            f"{name}.csv",
            "--out",
            f"{name}.png",
        ],
        ["draw", "network", "--model", f"{name}/weights.safetensors", "--out", f"{name}.svg"],
        ["draw", "losses", "--model", f"{name}/weights.safetensors", "--out", f"{name}-loss.svg"],
    ):
        done = subprocess.run([*COMMAND, *arguments], capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")
    for arguments, code in ((["train", "--data", f"{name}.npy"], 2), (["check", f"{name}:f"], 2)):
        done = subprocess.run([*COMMAND, *arguments], capture_output=True)
        assert done.returncode == code
        assert done.stderr.startswith(b"microae: error: ")
        assert done.stderr.count(b"\n") == 1
    assert len(list(tmp_path.iterdir())) == 5
