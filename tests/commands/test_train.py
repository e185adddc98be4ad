"""``microae train``: its options, the files it reads and writes, and one line for every mistake."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import microae as ma
from microae.commands import main
from tests.commands.terminal import shown

QUICK = ["--layers", "64,8,64", "--epochs", "2", "--quiet"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


OF_A_RUN = ["checkpoint-00000001.safetensors", "checkpoint-00000002.safetensors", "settings.toml"]
"""What a run writes besides its results."""


def files(directory):
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The network that the quick run without more options gives."""
    out = tmp_path_factory.mktemp("plain")
    assert main(["train", *QUICK, "--out", str(out)]) == 0
    return ma.load(out / "weights.safetensors")


def test_train(tmp_path, capsys):
    assert main(["train", "--out", "run", *QUICK]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "digits: 1,797 samples of 64 numbers, 1,438 to train on, 359 held out." in out
    for words in ("autoencoder, code of 8", "PCA, code of 8", "mean squared error", "Reconstructed worst:", "Files"):
        assert words in out
    expected = ["history.csv", "reconstructions.png", "report.md", "trajectory.safetensors", "weights.safetensors"]
    assert files(tmp_path / "run") == sorted(expected + OF_A_RUN)
    assert all(os.path.join("run", name) in out for name in expected)
    net = ma.load(tmp_path / "run" / "weights.safetensors")
    assert net.layers == (64, 8, 64)


def test_the_default_directory_and_files_of_an_earlier_run(tmp_path, capsys):
    assert main(["train", *QUICK]) == 0
    directory = tmp_path / "microae-train"
    (directory / "mine.txt").write_text("stays")
    before = (directory / "weights.safetensors").read_bytes()
    assert main(["train", *QUICK, "--seed", "1"]) == 0
    assert (directory / "weights.safetensors").read_bytes() != before
    assert main(["train", *QUICK]) == 0
    assert (directory / "weights.safetensors").read_bytes() == before
    kept = ["history.csv", "mine.txt", "reconstructions.png", "report.md", "weights.safetensors", *OF_A_RUN]
    assert files(directory) == sorted([*kept, "trajectory.safetensors"])
    assert main(["train", *QUICK, "--layers", "64,400,64", "--epochs", "1"]) == 0
    assert files(directory) == sorted(kept)  # too large a network to keep its way; that of the run before is gone


def reported():
    """The settings that the report of the run in ``changed`` lists."""
    with open("changed/report.md", encoding="utf-8") as report:
        return dict(cells[1:4:2] for line in report if len(cells := line.split()) == 5 and cells[0] == "|")


@pytest.mark.parametrize("option", ["--noise", "--sparsity", "--dropout", "--weight-decay"])
def test_variants_change_the_network(capsys, option, plain):
    assert main(["train", *QUICK, "--out", "changed", option, "0.5"]) == 0
    changed = ma.load("changed/weights.safetensors")
    assert any((p.data != q.data).any() for p, q in zip(plain.parameters(), changed.parameters(), strict=True))
    assert reported()[option[2:].replace("-", "_")] == "0.5"


def test_options_reach_the_network(capsys):
    options = {
        "optimizer": "sgd", "momentum": "0.5", "lr": "0.25", "batch_size": "64", "activation": "tanh", "loss": "bce",
        "dtype": "float32", "test_fraction": "0.5", "epochs": "3", "seed": "7", "output": "sigmoid",
    }  # fmt: skip
    given = [text for name, value in options.items() for text in (f"--{name.replace('_', '-')}", value)]
    assert main(["train", *QUICK, "--out", "changed", *given]) == 0
    assert options.items() <= reported().items()
    net = ma.load("changed/weights.safetensors")
    assert (net.dtype, net.distance, repr(net.encoder[1])) == (np.float32, "bce", "Tanh()")
    assert "899 to train on, 898 held out" in capsys.readouterr().out
    with open("changed/history.csv") as history:
        assert len(history.readlines()) == 1 + 3


def test_nothing_of_everything_may_be_asked_for_as_the_defaults_do():
    amounts = ["--noise", "0", "--sparsity", "0", "--weight-decay", "0", "--dropout", "0", "--seed", "0"]
    assert main(["train", *QUICK, "--epochs", "1", *amounts]) == 0
    assert ma.load("microae-train/weights.safetensors").noise is None


@pytest.mark.parametrize("suffix", ["npy", "npz", "csv", "parquet"])
def test_data_from_a_file(tmp_path, capsys, suffix):
    data = np.random.default_rng(0).random((30, 5))
    if suffix == "csv":
        np.savetxt("x.csv", data, delimiter=",", header="a,b,c,d,e", comments="")
    elif suffix == "npy":
        np.save("x.npy", data)
    elif suffix == "parquet":
        pandas = pytest.importorskip("pandas")
        pandas.DataFrame(data, columns=list("abcde")).to_parquet("x.parquet")
    else:
        np.savez("x.npz", data=data, other=data[:5])
    choice = ["--array", "data"] if suffix == "npz" else []
    assert main(["train", "--data", f"x.{suffix}", *choice, "--epochs", "2", "--quiet"]) == 0
    assert "30 samples of 5 numbers, 24 to train on, 6 held out." in capsys.readouterr().out
    assert ma.load(tmp_path / "microae-train" / "weights.safetensors").layers == (5, 2, 5)


def test_a_file_that_is_larger_than_memory(tmp_path, monkeypatch, capsys):
    """What counts as large is little here; the samples come in another order, so the scores are near those."""
    monkeypatch.setattr("microae.commands.train.LARGE", 1 << 16)
    for module in ("samples", "fit"):
        monkeypatch.setattr(import_module(f"microae.training.{module}"), "CHUNK", 1 << 16)
    monkeypatch.setattr("microae.commands.experiment.SEEN", 1000)
    np.save("x.npy", ma.data.digits()[0])
    settings = ["--data", "x.npy", "--epochs", "30", "--quiet"]
    assert main(["train", *settings]) == 0
    out = capsys.readouterr().out
    assert (
        "1,797 samples of 64 numbers, 1,438 to train on, 359 held out. PCA and the mean sample are those of 1," in out
    )
    scores = {
        line.split("|")[1].strip(): float(line.split("|")[2]) for line in out.splitlines() if "code of 32" in line
    }
    assert main(["train", "--epochs", "30", "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    others = {line.split("|")[1].strip(): float(line.split("|")[2]) for line in lines if "code of 32" in line}
    for name, score in scores.items():
        assert score == pytest.approx(others[name], rel=0.3)
    assert len(scores) == 2
    before = (tmp_path / "microae-train" / "weights.safetensors").read_bytes()
    assert main(["train", *settings, "--out", "again"]) == 0
    after = (tmp_path / "again" / "weights.safetensors").read_bytes()
    assert len(before) == len(after)
    assert main(["train", "--resume", "again", "--quiet"]) == 0
    assert (tmp_path / "again" / "weights.safetensors").read_bytes() == after


def test_logs(tmp_path, capsys):
    pytest.importorskip("tensorboard")
    assert main(["train", *QUICK, "--log", "logs/log.csv", "--tensorboard", "board"]) == 0
    assert (tmp_path / "logs" / "log.csv").read_text() == (tmp_path / "microae-train" / "history.csv").read_text()
    assert list((tmp_path / "board").iterdir())
    assert main(["train", "--resume", "microae-train", "--quiet"]) == 0
    capsys.readouterr()
    (tmp_path / "folder.csv").mkdir()
    assert main(["train", *QUICK, "--log", "folder.csv"]) == 2
    assert capsys.readouterr().err == "microae: error: folder.csv is a directory, not a file\n"


@pytest.mark.parametrize(("arguments", "said"), [
    (["--log", "x.npy"], "x.npy: the losses are written to a .csv file; choose such a name for --log"),
    (["--log", "note.txt"], "note.txt: the losses are written to a .csv file"),
    (["--log", "run/weights.safetensors"], "run/weights.safetensors: the losses are written to a .csv file"),
    (["--log", "run/../run/history.csv"], "run/../run/history.csv: is a file that the run itself writes"),
    (["--log", "new/history.csv", "--out", "new"], "new/history.csv: is a file that the run itself writes"),
    (["--data", "x.csv", "--log", "./x.csv"], "./x.csv: is an input, and would be replaced"),
    (["--data", "link.csv", "--log", "x.csv"], "x.csv: is an input, and would be replaced"),
    (["--data", "run/history.csv"], "run/history.csv: is an input, and would be replaced"),
])  # fmt: skip
def test_no_output_replaces_what_it_should_not(tmp_path, capsys, arguments, said):
    table = np.random.default_rng(0).random((30, 5))
    (tmp_path / "run").mkdir()
    np.save("x.npy", table)
    for name in ("x.csv", "run/history.csv"):
        np.savetxt(name, table, delimiter=",")
    for name in ("note.txt", "run/weights.safetensors"):
        (tmp_path / name).write_text("mine")
    os.symlink("x.csv", "link.csv")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert main(["train", "--data", "x.npy", "--epochs", "1", "--quiet", "--out", "run", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"microae: error: {said}")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs a terminal of a process")
def test_the_progress_bar(capsys):
    told = shown("train", *QUICK[:-1])
    assert "training" in told
    assert "2/2" in told
    assert "loss=" in told
    assert shown("train", *QUICK) == ""
    assert main(["train", *QUICK[:-1]]) == 0
    assert capsys.readouterr().err == ""  # is no terminal


# --- mistakes ----------------------------------------------------------------------------------------------------


def table(**cells):
    data = np.full((12, 4), 0.5)
    for place, number in cells.items():
        data[int(place[1]), int(place[2])] = number
    return data


MISTAKES = {
    "no.npy": (None, [], "no.npy: there is no such file"),
    "x.txt": (b"1,2", [], "x.txt: cannot read .txt; use .npy, .npz, .csv"),
    "pickle.npy": (np.array([[print]], object), [], "pickle.npy: holds Python objects"),
    "half.npy": (b"\x93NUMPY", [], "half.npy: not a complete .npy file"),
    "bad.csv": (b"a,b\n1,2\n3,x\n", [], "bad.csv: line 3, column 2: 'x' is not a number"),
    "ragged.csv": (b"1,2\n3\n", [], "ragged.csv: line 2 has 1 cells"),
    "empty.csv": (b"", [], "empty.csv: is empty"),
    "flat.npy": (np.zeros(4), [], "flat.npy: needs a table"),
    "cube.npy": (np.zeros((4, 2, 2)), [], "cube.npy: needs a table of shape (samples, features), its shape is (4, 2"),
    "nan.npy": (table(r31=np.nan), [], "nan.npy: NaN in row 3, column 1"),
    "inf.npy": (table(r02=np.inf), [], "inf.npy: infinity in row 0, column 2"),
    "big.npy": (table(r00=255), [], "big.npy: a sigmoid output needs numbers in [0, 1], these span [0.5, 255]"),
    "neg.npy": (table(r00=-1), ["--loss", "bce"], "or use a linear output (--output linear)"),
    "one.npy": (np.zeros((1, 4)), [], "one.npy: has only 1 sample"),
    "wide.npy": (table(), ["--layers", "3,2,3"], "wide.npy: has 4 features a sample, the network has 3 inputs; use"),
    "named.npy": (table(), ["--array", "x"], "named.npy: a name chooses an array of an .npz file"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_in_the_data(tmp_path, capsys, name):
    content, options, said = MISTAKES[name]
    if isinstance(content, bytes):
        (tmp_path / name).write_bytes(content)
    elif content is not None:
        np.save(name, content, allow_pickle=True)
    before = files(tmp_path)
    assert main(["train", "--data", name, *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("microae: error: ")
    assert err.count("\n") == 1
    assert said in err
    assert files(tmp_path) == before


def test_without_matplotlib(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main(["train", *QUICK]) == 2
    assert capsys.readouterr().err == "microae: error: this picture needs matplotlib: pip install 'microae[plots]'\n"
    assert files(tmp_path) == []


def test_divergence(tmp_path, capsys):
    arguments = ["--output", "linear", "--optimizer", "sgd", "--lr", "1e6"]
    assert main(["train", *arguments]) == 1
    err = capsys.readouterr().err
    assert err.startswith("microae: error: fit: ")
    assert "in epoch 1, batch " in err
    assert "lower the learning rate" in err
    assert err.count("\n") == 1
    assert files(tmp_path / "microae-train") == [OF_A_RUN[0], OF_A_RUN[2]]  # the state before it, to look into


def test_a_backend_that_cannot_take_the_network(tmp_path, capsys):
    assert main(["train", "--backend", "python", "--quiet"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("microae: error: fit: backend='python' cannot take this step: ")
    assert err.count("\n") == 1
    assert files(tmp_path / "microae-train") == ["settings.toml"]


# --- a run that was stopped --------------------------------------------------------------------------------------


def stopped(out, *arguments, how="interrupted"):
    """Begin a run in a process, and end it as Ctrl-C, or SIGTERM, does when it has come some way."""
    log = Path(out, "log.csv")
    command = [sys.executable, "-m", "microae", "train", *arguments, "--out", str(out), "--log", str(log)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as run:
        assert "held out" in run.stdout.readline()
        while not (log.exists() and log.read_text().count("\n") > 1):
            assert run.poll() is None
            time.sleep(0.01)
        run.send_signal(signal.SIGINT if how == "interrupted" else signal.SIGTERM)
        assert f"microae: error: {how}; microae train --resume {out} goes on" in run.communicate(timeout=60)[1]
    assert run.returncode == {"interrupted": 130, "terminated": 143}[how]


@pytest.mark.skipif(os.name == "nt", reason="sends the signal of Ctrl-C")
@pytest.mark.parametrize(
    ("how", "options"),
    [("interrupted", ()), ("terminated", ("--backend", "numpy", "--optimizer", "sgd", "--dropout", "0.25"))],
)
def test_a_run_goes_on_where_it_was_stopped(tmp_path, monkeypatch, how, options):
    np.save("x.npy", np.random.default_rng(0).random((200, 6)))
    settings = ["--data", "x.npy", "--epochs", "600", "--seed", "3", "--noise", "0.1", *options]
    stopped("parts", *settings, how=how)
    assert "weights.safetensors" not in files(tmp_path / "parts")
    monkeypatch.chdir("parts")  # the data are found from anywhere
    assert main(["train", "--resume", str(tmp_path / "parts"), "--quiet"]) == 0
    monkeypatch.chdir(tmp_path)
    assert main(["train", *settings, "--quiet", "--out", "whole"]) == 0
    for name in ("weights.safetensors", "trajectory.safetensors", "reconstructions.png"):
        assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    columns = [
        [line.split(",")[:3] for line in (tmp_path / run / "history.csv").read_text().splitlines()]
        for run in ("parts", "whole")
    ]
    assert columns[0] == columns[1]


def test_resume_takes_no_other_settings_and_no_other_data(tmp_path, capsys):
    np.save("x.npy", np.random.default_rng(0).random((30, 5)))
    assert main(["train", "--data", "x.npy", "--epochs", "2", "--quiet", "--out", "run"]) == 0
    capsys.readouterr()
    before = (tmp_path / "run" / "weights.safetensors").read_bytes()
    assert main(["train", "--resume", "run", "--quiet"]) == 0  # it is finished
    assert (tmp_path / "run" / "weights.safetensors").read_bytes() == before

    def refused(*arguments):
        capsys.readouterr()
        assert main(["train", *arguments, "--quiet"]) == 2
        return capsys.readouterr().err

    said = "microae: error: --resume goes on in run with its settings; leave out --data, --batch-size\n"
    assert refused("--resume", "run", "--batch-size", "3", "--data", "y.npy") == said
    for out in ("other", "microae-train"):
        said = "microae: error: --resume goes on in run with its settings; leave out --out\n"
        assert refused("--resume", "run", "--out", out) == said
    assert "settings.toml: there is no such file" in refused("--resume", "nowhere")
    np.save("x.npy", np.random.default_rng(1).random((30, 5)))
    assert "the data are not those of the training" in refused("--resume", "run")
    (tmp_path / "run" / "settings.toml").write_text("data = x.npy")
    assert "no settings as microae train writes them" in refused("--resume", "run")
    (tmp_path / "run" / "settings.toml").write_text('data = "x.npy"\ncolour = "red"')
    assert "its settings.toml has colour, which is no option" in refused("--resume", "run")


@pytest.fixture
def small(tmp_path):
    """The options of a small run on a file."""
    np.savetxt("x.csv", np.random.default_rng(0).random((30, 5)), delimiter=",")
    return ["train", "--data", "x.csv", "--quiet"]


def epochs_of(log):
    return Path(log).read_text().count("\n") - 1


@pytest.mark.parametrize("out", ["two", "sub/two"])
def test_a_log_in_the_directory_of_a_run_follows_it(small, capsys, out):
    pytest.importorskip("tensorboard")
    assert main([*small, "--epochs", "4", "--out", "one", "--log", "one/logs/log.csv", "--tensorboard", "one/tb"]) == 0
    before = Path("one/logs/log.csv").read_bytes(), files(Path("one/tb"))
    assert main(["train", "--config", "one/settings.toml", "--quiet", "--epochs", "3", "--out", out]) == 0
    assert (Path("one/logs/log.csv").read_bytes(), files(Path("one/tb"))) == before
    assert epochs_of(f"{out}/logs/log.csv") == 3
    assert len(files(Path(out, "tb"))) == 1


@pytest.mark.skipif(os.name == "nt", reason="sends the signal of Ctrl-C")
def test_a_run_that_was_copied_or_moved_writes_its_log_where_it_is(tmp_path, small):
    settings = [*small[1:-1], "--epochs", "2000"]
    stopped("one", *settings)
    before = (tmp_path / "one" / "log.csv").read_bytes()
    (tmp_path / "sub").mkdir()
    shutil.copytree("one", "sub/two")
    assert main(["train", "--resume", "sub/two", "--quiet"]) == 0
    assert (tmp_path / "one" / "log.csv").read_bytes() == before
    assert epochs_of("sub/two/log.csv") == 2000
    shutil.move("one", "three")
    assert main(["train", "--resume", "three", "--quiet"]) == 0
    assert epochs_of("three/log.csv") == 2000
    assert not Path("one").exists()


def test_a_log_of_another_run_is_not_replaced(small, capsys):
    assert main([*small, "--epochs", "4", "--out", "one", "--log", "log.csv"]) == 0
    before = Path("log.csv").read_bytes()
    capsys.readouterr()
    full = os.path.abspath("log.csv")
    for log, more in ((full, ["--config", "one/settings.toml"]), ("log.csv", ["--log", "log.csv"])):
        assert main([*small, "--epochs", "3", "--out", "two", *more]) == 2
        said = f"{log}: is there already, and no run in two wrote it; choose another one for --log, or remove it"
        assert capsys.readouterr() == ("", f"microae: error: {said}\n")
        assert Path("log.csv").read_bytes() == before
        assert not Path("two").exists()
    assert main([*small, "--epochs", "3", "--out", "one", "--log", "./log.csv"]) == 0  # that of the run before
    assert epochs_of("log.csv") == 3
    assert main(["train", "--resume", "one", "--quiet"]) == 0
    assert main([*small, "--epochs", "4", "--out", "three", "--log", "other.csv"]) == 0
    assert main([*small, "--epochs", "3", "--out", "one", "--log", "other.csv"]) == 2


def test_a_board_of_another_run_is_not_mixed_with_it(small, capsys):
    pytest.importorskip("tensorboard")
    assert main([*small, "--epochs", "2", "--out", "one", "--tensorboard", "board"]) == 0
    before = files(Path("board"))
    capsys.readouterr()
    assert main(["train", "--config", "one/settings.toml", "--quiet", "--out", "two"]) == 2
    said = "board: is there already, and no run in two wrote it; choose another one for --tensorboard, or remove it\n"
    assert capsys.readouterr().err == f"microae: error: {os.path.abspath('')}/{said}"
    assert files(Path("board")) == before
    assert main([*small, "--epochs", "2", "--out", "one", "--tensorboard", "board"]) == 0
    assert main([*small, "--epochs", "2", "--out", "two", "--tensorboard", "board/two"]) == 0


# --- what info says of a run --------------------------------------------------------------------------------------


def info(capsys, directory):
    capsys.readouterr()
    assert main(["info", str(directory), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.skipif(os.name == "nt", reason="sends the signal of Ctrl-C")
def test_info_says_how_far_a_stopped_run_has_come(small, capsys):
    stopped("run", *small[1:-1], "--epochs", "100000")
    with open("run/log.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    said = info(capsys, "run")
    assert (said["epochs"], said["epochs done"], said["weights"]) == (100000, len(rows), "not yet")
    assert (said["training loss"], said["held-out loss"]) == (
        float(rows[-1]["loss"]),
        float(rows[-1]["validation_loss"]),
    )
    assert said["seconds"] == pytest.approx(sum(float(row["seconds"]) for row in rows), rel=1e-12)
    assert main(["info", "run"]) == 0
    assert f"| epochs done   | {len(rows)} " in capsys.readouterr().out


def test_info_shows_no_results_of_a_run_before_in_the_same_directory(small, capsys):
    assert main([*small, "--epochs", "3", "--out", "run"]) == 0
    first = info(capsys, "run")
    assert (first["epochs"], first["epochs done"], first["weights"]) == (3, 3, "run/weights.safetensors")
    assert main([*small, "--epochs", "5", "--out", "run", "--backend", "python", "--dtype", "float32"]) == 2
    assert info(capsys, "run") == first  # nothing was begun
    assert (
        main([*small, "--epochs", "5", "--out", "run", "--output", "linear", "--optimizer", "sgd", "--lr", "1e9"]) == 1
    )
    said = info(capsys, "run")
    assert (said["epochs"], said["epochs done"]) == (5, 0)
    assert said["weights"] == "not yet; weights.safetensors there is of an earlier run"
    assert not said.keys() & {"training loss", "held-out loss"}
    assert main([*small, "--epochs", "4", "--out", "run"]) == 0
    said = info(capsys, "run")
    assert (said["epochs"], said["epochs done"], said["weights"]) == (4, 4, "run/weights.safetensors")
    for checkpoint in Path("run").glob("checkpoint-*"):  # as one does who needs room
        checkpoint.unlink()
    assert info(capsys, "run") == said


# --- clipping and schedules --------------------------------------------------------------------------------------

SMALL = ["--data", "paper", "--layers", "3,2,3", "--optimizer", "sgd", "--lr", "0.5", "--epochs", "6", "--quiet"]


def learning_rates(monkeypatch, *arguments):
    """The learning rate in each epoch of a small run."""
    rates = []

    class Watched(ma.SGD):
        def step(self):
            rates.append(self.lr)
            super().step()

    monkeypatch.setitem(import_module("microae.optim").OPTIMIZERS, "sgd", Watched)
    monkeypatch.setattr(Watched, "usual_lr", ma.SGD.usual_lr, raising=False)
    assert main(["train", *SMALL, "--batch-size", "100", *arguments]) == 0
    return rates


@pytest.mark.parametrize(
    ("arguments", "rates"),
    [
        ([], [0.25 * (1 + np.cos(np.pi * epoch / 6)) for epoch in range(6)]),
        (["--schedule", "constant"], [0.5] * 6),
        (["--schedule", "exponential_decay", "--gamma", "0.5"], [0.5**epoch for epoch in range(1, 7)]),
        (["--schedule", "step_decay", "--step-size", "2"], [0.5, 0.5, 0.05, 0.05, 0.005, 0.005]),
        (["--schedule", "step_decay", "--step-size", "4", "--gamma", "0"], [0.5] * 4 + [0.0] * 2),
        (["--schedule", "reduce_on_plateau", "--factor", "0.5", "--patience", "100"], [0.5] * 6),
    ],
)
def test_schedules(monkeypatch, arguments, rates):
    assert learning_rates(monkeypatch, *arguments) == pytest.approx(rates, rel=1e-12)


def test_a_plateau_lowers_the_rate(monkeypatch):
    arguments = ["--momentum", "0", "--lr", "1e-300", "--schedule", "reduce_on_plateau", "--patience", "1"]
    rates = learning_rates(monkeypatch, *arguments, "--factor", "0.5")  # so small that the loss stays
    assert rates == pytest.approx([1e-300, 1e-300, 1e-300, 5e-301, 5e-301, 2.5e-301], rel=1e-12)


def test_clipped_gradients():
    small = ["train", *SMALL, "--batch-size", "100", "--epochs", "1", "--momentum", "0", "--schedule", "constant"]
    for norm in ("1e-3", "1e6"):
        assert main([*small, "--max-grad-norm", norm, "--out", norm]) == 0
    assert main([*small, "--out", "free"]) == 0
    states = {
        name: ma.training.checkpoint.load_states(f"{name}/trajectory.safetensors") for name in ("1e-3", "1e6", "free")
    }
    moved = {
        name: np.sqrt(sum(((after[key] - before[key]) ** 2).sum() for key in before))
        for name, (before, after) in states.items()
    }
    norm = moved["free"] / 0.5  # which is divided by itself and 1e-6, as in PyTorch
    assert moved["1e-3"] == pytest.approx(0.5 * 1e-3 * norm / (norm + 1e-6), rel=1e-9)
    assert moved["1e6"] == moved["free"] > 2 * moved["1e-3"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--schedule", "exponential_decay"], "the schedule exponential_decay needs gamma: --gamma"),
        (["--schedule", "step_decay"], "the schedule step_decay needs step_size: --step-size"),
        (["--gamma", "0.5"], "gamma is an option of exponential_decay and step_decay, not of cosine_decay"),
        (["--schedule", "constant", "--patience", "2"], "patience is an option of reduce_on_plateau, not of constant"),
        (["--schedule", "linear"], "argument --schedule: invalid choice: 'linear'"),
        (["--max-grad-norm", "0"], "argument --max-grad-norm: must be a number above 0, got '0'"),
        (["--gamma", "-1"], "argument --gamma: must be a number of at least 0, got '-1'"),
        (["--step-size", "0"], "argument --step-size: must be a whole number of at least 1, got '0'"),
    ],
)
def test_mistakes_in_schedules(tmp_path, capsys, arguments, said):
    assert main(["train", *SMALL, *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"microae: error: {said}")
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_resumed_run_keeps_its_schedule(capsys):
    options = ["--schedule", "step_decay", "--step-size", "2", "--max-grad-norm", "0.5"]
    assert main(["train", *SMALL, *options, "--out", "run"]) == 0
    before = Path("run/weights.safetensors").read_bytes()
    Path("run/checkpoint-00000006.safetensors").unlink(missing_ok=True)
    assert main(["train", "--resume", "run", "--quiet"]) == 0
    assert Path("run/weights.safetensors").read_bytes() == before
