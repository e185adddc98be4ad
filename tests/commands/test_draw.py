"""``microae draw``: every picture from files, and one line for every mistake."""

import subprocess
import sys

import numpy as np
import pytest

import microae as ma
from microae import paper
from microae.commands import draw as command
from microae.commands import main
from microae.commands.draw import formats, pictures
from microae.history import read_history

MODELS = ("paper", "digits")
TOO_WIDE = {("network", "digits")}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The paper's network and one of the digits, each with the history of a training beside it."""
    directory = tmp_path_factory.mktemp("models")
    images, _ = ma.data.digits()
    wide = ma.Autoencoder([64, 16, 64], "tanh", noise=0.1, loss="mse", seed=0, dtype="float32")
    for name, net in zip(MODELS, (paper.network(), wide), strict=True):
        (directory / name).mkdir()
        ma.save(net, directory / name / "weights.safetensors")
    ma.History([0.7, 0.5], [0.8, 0.6]).save(directory / "digits" / "history.csv")
    ma.History([0.7, 0.001]).save(directory / "paper" / "history.csv")
    np.save(directory / "images.npy", images[:40])
    np.savez(directory / "two.npz", small=images[:20], other=images[:5])
    return directory


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def files(directory):
    return sorted(path.name for path in directory.iterdir())


def starts(path):
    head = path.read_bytes()[:300].lstrip()
    kinds = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<", ".html": b"<!"}
    if path.suffix == ".dot":
        return head.startswith((b"graph network", b"digraph"))
    return head.lower().startswith(kinds[path.suffix].lower())


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("what", pictures())
def test_every_picture_of_a_saved_model(tmp_path, capsys, models, what, model):
    if (what, model) in TOO_WIDE:
        assert main(["draw", what, "--model", f"{models}/{model}/weights.safetensors"]) == 2
        assert "cannot be read" in capsys.readouterr().err
        return
    for suffix in formats(what):
        out = tmp_path / f"a{suffix}"
        assert main(["draw", what, "--model", f"{models}/{model}/weights.safetensors", "--out", str(out)]) == 0
        assert capsys.readouterr() == (f"{out}\n", "")
        assert starts(out)
        first = out.read_bytes()
        assert main(["draw", what, "--model", f"{models}/{model}/weights.safetensors", "--out", str(out)]) == 0
        capsys.readouterr()
        assert out.read_bytes() == first
    assert len(files(tmp_path)) == len(formats(what))


def test_the_usual_file(tmp_path, models):
    assert main(["draw", "weights", "--model", f"{models}/paper/weights.safetensors"]) == 0
    assert main(["draw", "activations"]) == 0
    assert files(tmp_path) == ["activations.svg", "weights.svg"]


def text(path):
    return path.read_text(encoding="utf-8")


def test_data_of_ones_own(tmp_path, capsys, models):
    model = ["--model", f"{models}/digits/weights.safetensors"]
    assert main(["draw", "codes", *model, "--data", f"{models}/images.npy"]) == 0
    assert "autoencoder 64-16-64, 40 samples of images.npy" in text(tmp_path / "codes.svg")
    assert main(["draw", "codes", *model, "--data", f"{models}/two.npz", "--array", "small"]) == 0
    assert "20 samples of two.npz" in text(tmp_path / "codes.svg")
    assert main(["draw", "codes", *model]) == 0
    assert "1,797 digits" in text(tmp_path / "codes.svg")
    assert main(["draw", "codes", "--model", f"{models}/paper/weights.safetensors"]) == 0
    assert "the paper's 8 vectors" in text(tmp_path / "codes.svg")


def test_a_landscape_is_measured_on_part_of_many_samples(tmp_path, models):
    assert main(["draw", "landscape", "--model", f"{models}/digits/weights.safetensors"]) == 0
    assert "360 of 1,797 digits" in text(tmp_path / "landscape.svg")  # every fifth: at most 400


def test_histories(tmp_path, models):
    histories = [f"{models}/{name}/history.csv" for name in MODELS]
    assert main(["draw", "losses", "--history", *histories]) == 0
    assert all(name in text(tmp_path / "losses.svg") for name in ("paper/history.csv", "digits/history.csv, training"))
    assert main(["draw", "losses", "--model", f"{models}/digits/weights.safetensors"]) == 0
    assert "mean squared error" in text(tmp_path / "losses.svg")
    assert "validation" in text(tmp_path / "losses.svg")


def test_what_train_and_paper_write_can_be_drawn(tmp_path):
    assert main(["train", "--layers", "64,4,64", "--epochs", "3", "--quiet"]) == 0
    assert main(["paper", "--epochs", "3", "--quiet"]) == 0
    for directory in ("microae-train", "microae-paper"):
        for what in pictures():
            code = main(["draw", what, "--model", f"{directory}/weights.safetensors", "--out", f"{what}.svg"])
            assert code == (2 if what == "network" and directory == "microae-train" else 0)
        assert "descent" in text(tmp_path / "landscape.svg")  # it stands beside the weights
    history = read_history("microae-train/history.csv")
    assert (history.epochs, len(history.validation_loss), len(history.seconds)) == (3, 3, 3)


def test_the_descent(tmp_path, models):
    net = paper.network()
    names = [f"{i}.safetensors" for i in range(3)]
    for i, name in enumerate(names):
        for p in net.parameters():
            p.data = p.data * (0.5 + 0.1 * i) + 0.01 * i**2
        ma.save(net, name)
    model = ["--model", f"{models}/paper/weights.safetensors"]
    assert main(["draw", "landscape", *model, "--descent", *names]) == 0
    assert {"start", "descent", "principal direction 1"} <= {
        word for word in ("start", "descent", "principal direction 1") if word in text(tmp_path / "landscape.svg")
    }
    with_path = (tmp_path / "landscape.svg").read_bytes()
    pictures = {with_path}
    for seed in ("0", "1"):
        assert main(["draw", "landscape", *model, "--seed", seed]) == 0
        pictures.add((tmp_path / "landscape.svg").read_bytes())
    assert len(pictures) == 3


def test_the_sample_and_the_learning_rate_of_a_step(tmp_path, models):
    pictures = set()
    for options in ([], ["--sample", "5"], ["--sample", "5", "--lr", "0.5"]):
        assert main(["draw", "step", "--model", f"{models}/paper/weights.safetensors", *options]) == 0
        pictures.add((tmp_path / "step.svg").read_bytes())
    assert len(pictures) == 3


@pytest.fixture
def broken(models, tmp_path):
    """Files that cannot be drawn, in the working directory."""
    (tmp_path / "broken").mkdir()
    for name, content in {
        "half.safetensors": b"\x10\0\0",
        "text.csv": b"hello\nworld\n",
        "ragged.csv": b"epoch,loss\n1,0.5\n2\n",
        "wide.csv": b"epoch,loss\n1,0.5,3\n",
        "bytes.csv": b"\xff\xfe\x00",
        "empty.csv": b"",
    }.items():
        (tmp_path / "broken" / name).write_bytes(content)
    ma.save(ma.Sequential(ma.Linear(3, 3, seed=0)), tmp_path / "broken" / "sequential.safetensors")
    ma.save(ma.Autoencoder([5, 2, 5], seed=0), tmp_path / "broken" / "five.safetensors")
    return tmp_path


MISTAKES = [
    ([], "the following arguments are required: WHAT (see microae draw --help)"),
    (["cat"], "argument WHAT: invalid choice: 'cat'"),
    (["weights"], "the following arguments are required: --model (see microae draw weights --help)"),
    (["weights", "--model", "no.safetensors"], "no.safetensors: there is no such file"),
    (["weights", "--model", "broken"], "broken is a directory, not a file"),
    (["weights", "--model", "broken/half.safetensors"], "half.safetensors: not a complete safetensors file"),
    (["weights", "--model", "broken/sequential.safetensors"], "holds parameters but no configuration"),
    (["weights", "--model", "PAPER", "--data", "digits"], "unrecognized arguments: --data digits"),
    (["weights", "--model", "PAPER", "--out", "a.gif"], "a.gif: the picture weights is written as .svg, .png, .pdf"),
    (["weights", "--model", "PAPER", "--out", "a"], "a: the picture weights is written as .svg, .png, .pdf"),
    (["weights", "--model", "PAPER", "--out", "no/a.svg"], "no/a.svg: the directory no does not exist"),
    (["weights", "--model", "PAPER", "--out", "dir.svg"], "dir.svg is a directory"),
    (["network", "--model", "PAPER", "--out", "a.pdf"], "a.pdf: the picture network is written as .svg, .png"),
    (
        ["network", "--model", "DIGITS"],
        "a picture with 2,048 weights cannot be read, at most 100 are drawn; draw_weights shows more",
    ),
    (["step", "--model", "PAPER", "--out", "a.pdf"], "a.pdf: the picture step is written as"),
    (["step", "--model", "PAPER", "--sample", "8"], "--sample: the paper's 8 vectors: there is no row 8"),
    (["step", "--model", "PAPER", "--sample", "-1"], "--sample: must be a whole number of at least 0"),
    (["step", "--model", "PAPER", "--lr", "0"], "--lr: must be a number above 0"),
    (["losses"], "give --history FILE, or --model beside it"),
    (["losses", "--model", "broken/five.safetensors"], "history.csv: there is no such file"),
    (["losses", "--history", "no.csv"], "no.csv: there is no such file"),
    (["losses", "--history", "broken"], "broken is a directory, not a file"),
    (["losses", "--history", "broken/text.csv"], "broken/text.csv: not a history"),
    (["losses", "--history", "broken/ragged.csv"], "broken/ragged.csv: not a history"),
    (["losses", "--history", "broken/wide.csv"], "broken/wide.csv: not a history"),
    (["losses", "--history", "broken/bytes.csv"], "broken/bytes.csv: not a history"),
    (["losses", "--history", "broken/empty.csv"], "not a history as microae train writes it"),
    (["codes", "--model", "PAPER", "--data", "digits"], "digits: has 64 numbers a sample, the network has 3 inputs"),
    (["codes", "--model", "broken/five.safetensors"], "give the data: --data FILE, with 5 numbers a sample"),
    (["codes", "--model", "PAPER", "--data", "no.npy"], "no.npy: there is no such file"),
    (["codes", "--model", "PAPER", "--array", "x"], "--array chooses an array of an .npz file"),
    (["landscape", "--model", "PAPER", "--descent", "DIGITS"], "step 0 of the descent does not fit"),
    (["landscape", "--model", "PAPER", "--seed", "x"], "--seed: must be a whole number"),
]


@pytest.mark.parametrize(("arguments", "said"), MISTAKES)
def test_mistakes(capsys, models, broken, arguments, said):
    (broken / "dir.svg").mkdir()
    before = files(broken)
    known = {name.upper(): f"{models}/{name}/weights.safetensors" for name in MODELS}
    assert main(["draw", *(known.get(argument, argument) for argument in arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("microae: error: ")
    assert err.count("\n") == 1
    assert said in err
    assert files(broken) == before


def test_without_a_program_or_matplotlib(tmp_path, capsys, monkeypatch, models):
    model = ["--model", f"{models}/paper/weights.safetensors"]
    monkeypatch.setenv("MICROAE_DOT", "no-such-dot")
    assert main(["draw", "network", *model]) == 2
    assert "MICROAE_DOT names 'no-such-dot'" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main(["draw", "landscape", *model]) == 2
    assert capsys.readouterr().err == "microae: error: this picture needs matplotlib: pip install 'microae[plots]'\n"
    assert files(tmp_path) == []


def test_mistakes_are_found_before_the_work(capsys, monkeypatch, models):
    monkeypatch.setattr(command.checkpoint, "load", None)
    assert main(["draw", "landscape", "--model", f"{models}/paper/weights.safetensors", "--out", "a.txt"]) == 2
    assert "is written as" in capsys.readouterr().err


def test_help_names_every_picture_and_its_options():
    done = subprocess.run([sys.executable, "-m", "microae", "draw", "--help"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(what in done.stdout for what in pictures())
    done = subprocess.run([sys.executable, "-m", "microae", "draw", "step", "--help"], capture_output=True, text=True)
    assert all(option in done.stdout for option in ("--model", "--data", "--array", "--sample", "--lr", "--out"))
    assert "--history" not in done.stdout


def test_activations_that_are_no_function_of_one_number_are_left_out(tmp_path, capsys):
    ma.save(ma.Autoencoder([3, 2, 3], "tanh", "softmax", seed=0), "net.safetensors")
    assert main(["draw", "activations", "--model", "net.safetensors"]) == 0
    assert "Tanh" in text(tmp_path / "activations.svg")
    ma.save(ma.Autoencoder([3, 3], output="softmax", seed=0), "only.safetensors")
    assert main(["draw", "activations", "--model", "only.safetensors"]) == 2
    assert "Softmax(axis=-1) is not a function of one number" in capsys.readouterr().err
