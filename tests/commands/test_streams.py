"""Commands in real processes whose streams are closed or full, whose files have odd names, and that are stopped."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time

import numpy as np
import pytest

import microae as ma
from microae.data.files import replacing, write_text

PYTHON = f'"{sys.executable}" -m microae'


def shell(command, directory):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        ["bash", "-c", command], cwd=directory, capture_output=True, text=True, check=False, env=environment
    )


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """A directory with a file of functions to check, a right one and a wrong one."""
    directory = tmp_path_factory.mktemp("checked")
    (directory / "right.py").write_text("def f(x):\n    return x * x\n")
    np.save(directory / "x.npy", np.random.default_rng(0).random((8, 3)))
    return directory


@pytest.mark.parametrize(("command", "code", "said"), [
    (f"{PYTHON} --version >&-", 2, "standard output: it is closed"),
    (f"{PYTHON} --version > /dev/full", 2, "standard output: No space left on device"),
    (f"{PYTHON} check right:f --shapes '(2,)' --quiet >&-", 2, "standard output: it is closed"),
    (f"{PYTHON} check right:f --shapes '(2,)' --quiet > /dev/full", 2, "standard output: No space left on device"),
    (f"{PYTHON} train --data x.npy --layers 3,2,3 --epochs 2 --quiet --out a > /dev/full", 2, "No space left"),
    (f"{PYTHON} train --data x.npy --layers 3,2,3 --epochs 2 --quiet --out b >&-", 2, "standard output: it is closed"),
    (f"({PYTHON} --help; echo $? > code) | true; exit $(cat code)", 141, ""),
    (f"{PYTHON} --version 2>&-", 0, ""),
    (f"{PYTHON} --nonsense 2>&-", 2, ""),
    (f"{PYTHON} --nonsense 2> /dev/full", 2, ""),
    (f"{PYTHON} --version >&- 2>&-", 2, ""),
])  # fmt: skip
def test_streams_that_cannot_be_written(checked, command, code, said):
    done = shell(command, checked)
    assert done.returncode == code, done
    assert said in done.stderr
    assert len(done.stderr.splitlines()) <= 1, done.stderr
    assert "Traceback" not in done.stdout


def test_without_a_standard_error_training_goes_on(checked):
    done = shell(f"{PYTHON} train --data x.npy --layers 3,2,3 --epochs 2 --quiet --out c 2>&-", checked)
    assert done.returncode == 0, done
    assert (checked / "c" / "weights.safetensors").exists()


def test_a_file_whose_name_is_no_text(tmp_path):
    name = b"x\xff.npy"
    np.save(tmp_path / "x.npy", np.random.default_rng(0).random((8, 3)))
    os.rename(tmp_path / "x.npy", os.fsencode(tmp_path) + b"/" + name)
    command = f"{PYTHON} train --data x$'\\xff'.npy --layers 3,2,3 --epochs 2 --quiet --out"
    done = subprocess.run(["bash", "-c", f"{command} out"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done
    assert (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    gone = subprocess.run(["bash", "-c", f"rm x*.npy; {command} other"], cwd=tmp_path, capture_output=True, check=False)
    assert gone.returncode == 2
    assert b"there is no such file" in gone.stderr
    assert b"Traceback" not in gone.stderr


def test_a_terminated_training_leaves_nothing_half_written(tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).random((500, 20)))
    process = subprocess.Popen(
        [sys.executable, "-m", "microae", "train", "--data", "x.npy", "--layers", "20,9,20", "--epochs", "100000",
         "--out", "out"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )  # fmt: skip
    time.sleep(4.0)
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 143, error
    assert error.splitlines()[-1] == "microae: error: terminated"
    assert [p for p in tmp_path.rglob("*") if p.is_file() and p.name != "x.npy"] == []


WRITER = """
import sys, time
from microae.commands.streams import Terminated, terminable
from microae.data.files import replacing
with terminable():
    with replacing(sys.argv[1]) as temporary:
        temporary.write_text("half")
        print("writing", flush=True)
        time.sleep(60)
"""


def test_termination_while_writing_keeps_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout.readline() == b"writing\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_the_permissions_of_a_replaced_file_are_kept(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    path.chmod(0o640)
    write_text(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    model = tmp_path / "net.safetensors"
    ma.save(ma.Autoencoder([3, 2, 3], seed=0), model)
    model.chmod(0o604)
    ma.save(ma.Autoencoder([3, 2, 3], seed=0), model, overwrite=True)
    assert stat.S_IMODE(model.stat().st_mode) == 0o604
    with replacing(tmp_path / "new.txt") as temporary:
        temporary.write_text("x")
    assert stat.S_IMODE((tmp_path / "new.txt").stat().st_mode) & 0o600 == 0o600
