"""``--config FILE.toml``: what stands in a file is read and judged as on the command line."""

import json
import os
import shutil
import sys

import numpy as np
import pytest

import microae as ma
from microae.commands import configuration, main


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def ran(capsys, *arguments):
    assert main(list(arguments)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def weights(directory):
    with open(f"{directory}/weights.safetensors", "rb") as file:
        return file.read()


def test_what_a_run_writes_is_a_configuration(capsys):
    ran(capsys, "train", "--layers", "64,4,64", "--epochs", "2", "--seed", "3", "--quiet", "--out", "one")
    ran(capsys, "train", "--config", "one/settings.toml", "--quiet", "--out", "two")
    assert weights("one") == weights("two")
    shutil.move("one/settings.toml", "mine.toml")
    ran(capsys, "train", "--quiet", "--out", "three", "--config=mine.toml", "--seed", "4")
    assert weights("three") != weights("one")
    assert ma.load("three/weights.safetensors").layers == (64, 4, 64)


def test_the_command_line_goes_before_the_file(tmp_path, capsys):
    (tmp_path / "c.toml").write_text('data = "paper"\nlayers = [3, 2, 3]\nepochs = 3\nquiet = true\njson = true\n')
    for arguments in (["--epochs", "2", "--config", "c.toml"], ["--config", "c.toml", "--epochs", "2"]):
        said = json.loads(ran(capsys, "train", *arguments))
        assert (said["data"], said["epochs"], said["settings"]["layers"]) == ("paper", 2, [3, 2, 3])


def test_what_is_false_is_not_asked_for(tmp_path, capsys):
    (tmp_path / "c.toml").write_text("json = false\n")
    assert ran(capsys, "info", "paper", "--config", "c.toml").startswith("| paper ")


def test_a_picture_takes_a_file_too(tmp_path, capsys):
    ran(capsys, "train", "--data", "paper", "--layers", "3,2,3", "--epochs", "1", "--quiet")
    (tmp_path / "c.toml").write_text(
        'model = "microae-train/weights.safetensors"\nhistory = ["microae-train/history.csv"]'
    )
    assert ran(capsys, "draw", "losses", "--config", "c.toml", "--out", "l.svg") == "l.svg\n"
    assert (tmp_path / "l.svg").exists()


@pytest.mark.parametrize(("text", "said"), [
    ("epoch = 3", "c.toml: microae train has no option 'epoch'; did you mean 'epochs'?"),
    ("config = 'c.toml'", "c.toml: microae train has no option 'config'"),
    ("epochs = 0",
     "argument --epochs: must be a whole number of at least 1, got '0' (see microae train --help, and c.toml"),
    ("lr = true", "c.toml: lr must be a text or a number, got True"),
    ("quiet = 1", "c.toml: quiet must be true or false, got 1"),
    ("layers = []", "c.toml: layers must be a text or a number, got []"),
    ("[layers]\na = 1", "c.toml: layers must be a text or a number"),
    ("loss = 'hinge'", "argument --loss: invalid choice: 'hinge'"),
    ("lr = ", "c.toml: not a TOML file; "),
    (b"\xff\xfe", "c.toml: not a TOML file; "),
    (None, "c.toml: there is no such file"),
])  # fmt: skip
def test_mistakes(tmp_path, capsys, text, said):
    if text is not None:
        (tmp_path / "c.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    assert main(["train", "--config", "c.toml"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"microae: error: {said}")
    assert err.count("\n") == 1
    assert not (tmp_path / "microae-train").exists()


def test_what_is_told_of_a_file_is_so(tmp_path, capsys):
    (tmp_path / "c.toml").write_text("config = 'c.toml'")
    assert main(["train", "--config", "c.toml"]) == 2
    assert capsys.readouterr().err == "microae: error: c.toml: microae train has no option 'config'\n"
    (tmp_path / "c.toml").write_text("json = true")
    for command in (["encode"], ["draw", "losses"], ["paper"]):
        said = " ".join(ran(capsys, *command, "--help").split())
        assert "options of this command from a file, such as json = true" in said
        assert "settings.toml" not in said
    assert json.loads(ran(capsys, "info", "paper", "--config", "c.toml"))


def test_an_option_without_its_file(capsys):
    assert main(["train", "--config"]) == 2
    assert capsys.readouterr().err.startswith("microae: error: argument --config: expected one argument")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere such names cannot be made")
def test_a_run_with_a_file_whose_name_is_no_utf_8_goes_on(tmp_path, capsys):
    data, log = os.fsdecode(b"d\xff\x7f\xc3\xa9.npy"), "l\x7f.csv"
    np.save(data, np.eye(8)[:, :3])
    ran(capsys, "train", "--data", data, "--layers", "3,2,3", "--epochs", "2", "--log", log, "--quiet", "--out", "one")
    assert configuration.read("one")["data"] == str(tmp_path / data)
    for rest in (["--resume", "one"], ["--config", "one/settings.toml", "--out", "two", "--log", "two.csv"]):
        ran(capsys, "train", "--quiet", *rest)
    assert weights("one") == weights("two")
    assert sorted(os.listdir(b".")) == [b"d\xff\x7f\xc3\xa9.npy", b"l\x7f.csv", b"one", b"two", b"two.csv"]
