"""``microae search``: the file that it reads, those it writes, and one line for every mistake."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import microae as ma
from microae.commands import main

ROOT = Path(__file__).parents[2]
CONFIG = """
data = "digits"
sampler = "grid"
[fixed]
layers = [64, 4, 64]
epochs = 1
[space]
lr = [0.001, 0.05]
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("search.toml").write_text(CONFIG)


def test_search(capsys):
    assert main(["search", "--config", "search.toml", "--out", "run", "--quiet"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "2 trials, 0 of them pruned and 0 failed." in out
    assert {path.name for path in Path("run").iterdir()} >= {
        "trials.csv", "best.json", "best.safetensors", "study.journal",
    }  # fmt: skip
    assert json.loads(Path("run/best.json").read_text())["settings"]["lr"] == 0.05
    assert ma.load("run/best.safetensors").layers == (64, 4, 64)
    table = Path("run/trials.csv").read_text()
    assert main(["search", "--config", "search.toml", "--out", "run", "--quiet", "--json"]) == 0  # nothing left to do
    assert Path("run/trials.csv").read_text() == table
    assert [row["lr"] for row in json.loads(capsys.readouterr().out)] == [0.001, 0.05]


def test_info_says_what_a_search_found(capsys):
    assert main(["search", "--config", "search.toml", "--out", "run", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["info", "run", "--json"]) == 0
    said, best = json.loads(capsys.readouterr().out), json.loads(Path("run/best.json").read_text())
    assert said["kind"] == "search"
    assert said["settings"] == best["settings"]
    assert said["score"] == best["score"]
    assert main(["info", "run"]) == 0
    assert "lr" in capsys.readouterr().out
    Path("run/best.json").write_text("{")
    assert main(["info", "run"]) == 2
    assert "run/best.json: not as microae search writes it; " in capsys.readouterr().err


def test_switches_may_stand_in_the_file(capsys):
    Path("search.toml").write_text("json = true\nquiet = true\nplots = false" + CONFIG)
    assert main(["search", "--config", "search.toml", "--out", "run"]) == 0
    assert [row["lr"] for row in json.loads(capsys.readouterr().out)] == [0.001, 0.05]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("[space", "not a TOML file"),
        ("trials = 3", "has no [space]"),
        ('json = "yes"' + CONFIG, "json must be true or false, got 'yes'"),
        ("space = 3", "space must be a table"),
        ("trails = 3\n[space]\nlr = [1.0]", "nothing is called 'trails'; did you mean trials?"),
        (CONFIG.replace("lr =", "lrr ="), "no setting is called 'lrr'; did you mean lr?"),
        (CONFIG.replace('"digits"', '"no.npy"'), "no.npy: there is no such file"),
        (CONFIG.replace("epochs = 1", "epochs = 1\nlr = 0.1"), "lr is in the space and fixed"),
        (
            CONFIG.replace('"digits"', '"wide.csv"'),
            'with (x + 4.5) / 7, or use a linear output (output = "linear" under',
        ),
        ("sampler = 3" + CONFIG.replace('sampler = "grid"', ""), "no sampler is called 3"),
    ],
)
def test_a_mistake_is_one_line(capsys, config, words):
    Path("search.toml").write_text(config)
    Path("wide.csv").write_text(("-4.5," + "0.0," * 62 + "2.5\n") * 3)
    assert main(["search", "--config", "search.toml", "--out", "run", "--quiet"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert words in err


def test_what_is_said_of_data_beyond_0_to_1_helps(capsys):
    Path("wide.csv").write_text(("-4.5," + "0.0," * 62 + "2.5\n") * 3)
    config = CONFIG.replace('"digits"', '"wide.csv"')
    Path("search.toml").write_text(config.replace("[fixed]", '[fixed]\noutput = "linear"'))
    assert main(["search", "--config", "search.toml", "--out", "run", "--quiet"]) == 0


def test_an_output_that_is_an_input(capsys):
    Path("run").mkdir()
    table = "\n".join(["0,1,0,1"] * 30)
    for name in ("trials.csv", "data.csv"):
        Path("run", name).write_text(table)
    Path("run/best.json").write_text(CONFIG.replace('"digits"', '"run/data.csv"'))
    for config, data, said in (("search.toml", "trials.csv", "trials.csv"), ("run/best.json", "data.csv", "best.json")):
        assert main(["search", "--config", config, "--data", f"run/{data}", "--out", "run", "--quiet"]) == 2
        assert capsys.readouterr().err.startswith(f"microae: error: run/{said}: is an input, and would be replaced")
    assert sorted(os.listdir("run")) == ["best.json", "data.csv", "trials.csv"]
    assert Path("run/trials.csv").read_text() == table


@pytest.mark.skipif(os.name == "nt", reason="has no limits of a process")
@pytest.mark.slow
@pytest.mark.parametrize("storage", ["s.journal", "s.db"])
def test_a_full_disk_is_one_line_and_the_search_goes_on(capsys, storage):
    """A file may grow by 4 kB at first, as on a disk that is full then."""
    Path("search.toml").write_text(
        CONFIG.replace('"grid"', '"random"').replace("[0.001, 0.05]", "{low = 0.1, high = 1.0}")
    )
    arguments = ["search", "--config", "search.toml", "--storage", storage, "--quiet", "--trials"]
    assert main([*arguments, "1"]) == 0
    capsys.readouterr()
    limit = os.path.getsize(storage) // 1024 + 4
    command = shlex.join([sys.executable, "-B", "-m", "microae", *arguments, "40"])  # writes no half of a .pyc
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f {limit}; {command}"], capture_output=True, text=True, env=environment
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"microae: error: {Path(storage).absolute()}: the study cannot be written; ")
    assert done.stderr.count("\n") == 1
    assert main([*arguments, "40"]) == 0
    assert "40 trials, 0 of them pruned" in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is a signal")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_ends_it_and_it_goes_on(capsys, workers):
    Path("search.toml").write_text(CONFIG.replace("epochs = 1", "epochs = 100000"))
    command = [
        sys.executable,
        "-m",
        "microae",
        "search",
        "--config",
        "search.toml",
        "--out",
        "run",
        "--workers",
        workers,
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [*command, "--quiet"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not (Path("run/study.journal").exists() and b"intermediate" in Path("run/study.journal").read_bytes()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err.decode().splitlines() == ["microae: error: interrupted"]
    while alive(process.pid):  # no worker is left
        assert time.monotonic() < deadline
        time.sleep(0.1)


def alive(group):
    """The processes of a group that have not ended."""
    listed = subprocess.run(["ps", "-e", "-o", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    lines = [line.split() for line in listed.splitlines()]
    return [pgid for pgid, state in lines if pgid == str(group) and not state.startswith("Z")]
