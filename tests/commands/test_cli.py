"""The command line: by ``main(argv)``, and as a process where the process matters."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import microae as ma
from microae import paper
from microae.commands import reproduction
from microae.commands.cli import main

COMMAND = [sys.executable, "-m", "microae"]
QUICK = ["--layers", "64,8,64", "--epochs", "2", "--quiet"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def files(directory):
    return sorted(path.name for path in directory.iterdir())


def process(*arguments, **options):
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, encoding="utf-8", **options)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The network that the quick run without more options gives."""
    out = tmp_path_factory.mktemp("plain")
    assert main(["train", *QUICK, "--out", str(out)]) == 0
    return ma.load(out / "weights.safetensors")


# --- train -------------------------------------------------------------------------------------------------------


def test_train(tmp_path, capsys):
    assert main(["train", "--out", "run", *QUICK]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "digits: 1,797 samples of 64 numbers, 1,438 to train on, 359 held out." in out
    for words in ("autoencoder, code of 8", "PCA, code of 8", "mean squared error", "Reconstructed worst:", "Files"):
        assert words in out
    expected = ["history.csv", "reconstructions.png", "report.md", "trajectory.safetensors", "weights.safetensors"]
    assert files(tmp_path / "run") == expected
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
    kept = ["history.csv", "mine.txt", "reconstructions.png", "report.md", "weights.safetensors"]
    assert files(directory) == sorted([*kept, "trajectory.safetensors"])
    assert main(["train", *QUICK, "--layers", "64,400,64", "--epochs", "1"]) == 0
    assert files(directory) == kept  # too large a network to keep its way; that of the run before is gone


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


@pytest.mark.parametrize("suffix", ["npy", "npz", "csv"])
def test_data_from_a_file(tmp_path, capsys, suffix):
    data = np.random.default_rng(0).random((30, 5))
    if suffix == "csv":
        np.savetxt("x.csv", data, delimiter=",", header="a,b,c,d,e", comments="")
    elif suffix == "npy":
        np.save("x.npy", data)
    else:
        np.savez("x.npz", data=data, other=data[:5])
    choice = ["--array", "data"] if suffix == "npz" else []
    assert main(["train", "--data", f"x.{suffix}", *choice, "--epochs", "2", "--quiet"]) == 0
    assert "30 samples of 5 numbers, 24 to train on, 6 held out." in capsys.readouterr().out
    assert ma.load(tmp_path / "microae-train" / "weights.safetensors").layers == (5, 2, 5)


def test_the_progress_bar(capsys):
    assert main(["train", *QUICK[:-1]]) == 0
    shown = capsys.readouterr().err
    assert "training" in shown
    assert "2/2" in shown
    assert "loss=" in shown


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


def test_without_matplotlib(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main(["train", *QUICK]) == 2
    assert capsys.readouterr().err == "microae: error: pictures need matplotlib: pip install 'microae[plots]'\n"
    assert files(tmp_path) == []


def test_divergence(tmp_path, capsys):
    arguments = ["--output", "linear", "--optimizer", "sgd", "--lr", "1e6", "--quiet"]
    assert main(["train", *arguments]) == 1
    err = capsys.readouterr().err
    assert err.startswith("microae: error: fit: ")
    assert "in epoch 1, batch " in err
    assert "lower the learning rate" in err
    assert err.count("\n") == 1
    assert files(tmp_path) == []


# --- paper -------------------------------------------------------------------------------------------------------


def test_paper(tmp_path, capsys):
    assert main(["paper", "--epochs", "5", "--out", "p"]) == 0
    out, err = capsys.readouterr()
    assert "training" in err
    assert "5/5" in err
    assert paper.walkthrough_table(paper.walkthrough()) in out
    assert all(f"\n✓ {correction.id}: " in out for correction in paper.CORRECTIONS)
    assert all(f"| {method}" in out for method in paper.METHODS)
    assert out.count("| rounded |") == 1
    assert "✗ walk" not in out
    assert {"report.md", "weights.safetensors"} < set(files(tmp_path / "p"))
    assert all(os.path.join("p", name) in out for name in files(tmp_path / "p"))


def test_paper_fails_if_a_digit_is_wrong(tmp_path, capsys, monkeypatch):
    rows = paper.walkthrough()
    rows[-1] = paper.Row(rows[-1].step, rows[-1].element, "0.998743829", rows[-1].computed)
    monkeypatch.setattr(paper, "walkthrough", lambda: rows)
    assert main(["paper", "--epochs", "2", "--quiet"]) == 1
    assert "✗ walk-through: 50 of 51" in capsys.readouterr().out


def test_paper_fails_if_a_correction_does_not_hold(tmp_path, capsys, monkeypatch):
    wrong = paper.Correction(
        "wrong", "2 + 2 = 5", "It is {sum}. Not more.", lambda: {"sum": 4}, lambda e: e["sum"] == 5
    )
    monkeypatch.setattr(paper, "CORRECTIONS", (*paper.CORRECTIONS, wrong))
    assert main(["paper", "--epochs", "2", "--quiet"]) == 1
    assert "\n✗ wrong: It is 4\n" in capsys.readouterr().out


def test_the_seed_of_the_paper(tmp_path, monkeypatch):
    seeds = []
    reproduce, compare = reproduction.reproduce, paper.compare_descents

    def reproducing(seed, *arguments, **options):
        seeds.append(seed)
        return reproduce(seed, *arguments, **options)

    def comparing(seed, **options):
        seeds.append(seed)
        return compare(seed=seed, **options)

    monkeypatch.setattr(reproduction, "reproduce", reproducing)
    monkeypatch.setattr(paper, "compare_descents", comparing)
    assert main(["paper", "--epochs", "1", "--quiet", "--seed", "3"]) == 0
    assert seeds == [3, 3]


# --- defaults ----------------------------------------------------------------------------------------------------


def test_the_defaults_of_paper(capsys, monkeypatch):
    given = []

    def reproducing(*arguments):
        given.append(arguments[:3])
        raise ValueError("seen")

    monkeypatch.setattr(reproduction, "reproduce", reproducing)
    assert main(["paper"]) == 2
    assert given == [(0, 2000, "microae-paper")]


def test_nothing_of_everything_may_be_asked_for_as_the_defaults_do():
    amounts = ["--noise", "0", "--sparsity", "0", "--weight-decay", "0", "--dropout", "0", "--seed", "0"]
    assert main(["train", *QUICK, "--epochs", "1", *amounts]) == 0
    assert ma.load("microae-train/weights.safetensors").noise is None


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
        assert running.wait(60) == 1
