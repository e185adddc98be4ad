"""``microae reconstruct``, ``encode``, ``export`` and ``info``: a saved model, files in, files out."""

import csv
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

import microae as ma
from microae.commands import main, models
from microae.data import tables

COMMAND = [sys.executable, "-m", "microae"]
SUFFIXES = (".npy", ".npz", ".csv", ".parquet")
X = np.random.default_rng(0).random((50, 4))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ma.save(ma.Autoencoder([4, 3, 2, 3, 4], "tanh", noise=0.5, dropout=0.5, seed=0), "net.safetensors")
    np.save("x.npy", X)


def read(path):
    """A table, without the readers of the library."""
    suffix = Path(path).suffix
    if suffix == ".npz":
        with np.load(path) as arrays:
            return arrays["data"]
    if suffix == ".csv":
        with open(path, newline="") as file:
            return np.array(list(csv.reader(file))[1:], float)
    if suffix == ".parquet":
        return np.stack([column.to_numpy() for column in pyarrow.parquet.read_table(path).columns], axis=1)
    return np.load(path)


def layers(x, net, half):
    """What half of the network does, by hand: tanh but at the end of the decoder."""
    state = {name: array for name, array in net.state_dict().items() if name.startswith(half)}
    names = sorted({name.rpartition(".")[0] for name in state}, key=lambda name: int(name.split(".")[1]))
    for name in names:
        z = x @ state[f"{name}.weight"] + state[f"{name}.bias"]
        x = 1 / (1 + np.exp(-z)) if half == "decoder" and name == names[-1] else np.tanh(z)
    return x


def ran(capsys, *arguments):
    assert main(list(arguments)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_reconstructions_and_codes_in_every_kind_of_file(capsys, suffix):
    net = ma.load("net.safetensors")
    code = layers(X, net, "encoder")
    expected = layers(code, net, "decoder")
    about = ["--model", "net.safetensors", "--data", "x.npy", "--quiet", "--json"]
    said = json.loads(ran(capsys, "reconstruct", *about, "--out", f"again{suffix}"))
    np.testing.assert_allclose(read(f"again{suffix}"), expected, rtol=1e-12)
    assert said["samples"] == 50
    assert said["mean_squared_error"] == pytest.approx(((expected - X) ** 2).mean(), rel=1e-12)
    said = json.loads(ran(capsys, "encode", *about, "--out", f"codes{suffix}"))
    assert said == {"samples": 50, "code_size": 2, "file": f"codes{suffix}"}
    np.testing.assert_allclose(read(f"codes{suffix}"), code, rtol=1e-12)
    again = ran(capsys, "reconstruct", *about[:2], "--data", f"again{suffix}", "--quiet", "--out", "third.npy")
    assert again.startswith("third.npy: 50 samples, mean squared error ")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_chunks_and_a_whole_file_give_the_same_bytes(capsys, monkeypatch, suffix):
    about = ["--model", "net.safetensors", "--data", "x.npy", "--quiet"]
    ran(capsys, "encode", *about, "--out", f"whole{suffix}")
    monkeypatch.setattr(tables, "CHUNK", 7 * 4 * 8)
    lengths, through = [], models.require_inputs
    monkeypatch.setattr(models, "require_inputs", lambda *given: lengths.append(len(given[1])) or through(*given))
    ran(capsys, "encode", *about, "--out", f"parts{suffix}")
    assert lengths == [7] * 7 + [1]
    np.testing.assert_array_equal(read(f"whole{suffix}").shape, read(f"parts{suffix}").shape)
    np.testing.assert_allclose(read(f"whole{suffix}"), read(f"parts{suffix}"), rtol=1e-14)


def test_float32_stays_and_the_names_of_columns_too(capsys):
    ma.save(ma.Autoencoder([4, 2, 4], seed=0, dtype=np.float32), "small.safetensors")
    np.savetxt("x.csv", X, delimiter=",", header="a,b,c,d", comments="")
    about = ["--model", "small.safetensors", "--data", "x.csv", "--quiet"]
    ran(capsys, "reconstruct", *about, "--out", "again.npy")
    assert np.load("again.npy").dtype == np.float32
    ran(capsys, "reconstruct", *about, "--out", "again.csv")
    assert Path("again.csv").read_text().partition("\n")[0] == "a,b,c,d"
    ran(capsys, "encode", *about, "--out", "codes.parquet")
    assert pyarrow.parquet.read_table("codes.parquet").column_names == ["code0", "code1"]


def test_a_member_of_an_archive(capsys):
    np.savez("two.npz", a=X, b=X[:3])
    about = ["--model", "net.safetensors", "--data", "two.npz", "--quiet", "--json"]
    assert json.loads(ran(capsys, "encode", *about, "--array", "b"))["samples"] == 3
    assert main(["encode", *about]) == 2
    assert "has 2 2-D arrays, choose one by name" in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "said"), [
    (["--model", "no.safetensors"], "no.safetensors: there is no such file"),
    (["--model", "x.npy"], "x.npy: not a complete safetensors file"),
    (["--model", "classes.safetensors"], "classes.safetensors: holds a Classifier; an autoencoder is needed"),
    (["--data", "no.npy"], "no.npy: there is no such file"),
    (["--data", "no.csv"], "no.csv: there is no such file"),
    (["--data", "wide.npy"], "wide.npy: has 5 numbers a sample, the network has 4 inputs"),
    (["--data", "nan.npy"], "nan.npy: NaN in row 2, column 1"),
    (["--data", "digits"], "digits: has 64 numbers a sample, the network has 4 inputs"),
    (["--out", "codes.txt"], "codes.txt: cannot write .txt; use .npy, .npz, .csv, .parquet"),
    (["--out", "codes"], "codes: cannot write a file without suffix"),
    (["--out", "nowhere/codes.npy"], "nowhere/codes.npy: the directory nowhere does not exist"),
    (["--out", "folder.npy"], "folder.npy is a directory"),
    (["--out", "pipe.npy"], "pipe.npy is no file that can be replaced"),
])  # fmt: skip
@pytest.mark.parametrize("command", ["encode", "reconstruct"])
def test_mistakes(tmp_path, capsys, command, arguments, said):
    ma.save(ma.Classifier([4, 3, 2], seed=0), "classes.safetensors")
    np.save("wide.npy", np.ones((3, 5)))
    bad = X.copy()
    bad[2, 1] = np.nan
    np.save("nan.npy", bad)
    (tmp_path / "folder.npy").mkdir()
    os.mkfifo("pipe.npy")
    before = sorted(os.listdir())
    given = dict(zip(*[iter(["--model", "net.safetensors", "--data", "x.npy", *arguments])] * 2, strict=True))
    assert main([command, *(word for pair in given.items() for word in pair), "--quiet"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"microae: error: {said}")
    assert err.count("\n") == 1
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize("arguments", [
    ["reconstruct", "--data", "x.npy", "--model", "net.safetensors", "--out", "x.npy"],
    ["encode", "--data", "x.npy", "--model", "net.safetensors", "--out", "link.npy"],
    ["encode", "--data", "x.npy", "--model", "net.npz", "--out", "./net.npz"],
    ["export", "--model", "net.npz", "--out", "net.npz"],
])  # fmt: skip
def test_an_output_that_is_an_input(capsys, arguments):
    shutil.copy("net.safetensors", "net.npz")
    os.symlink("x.npy", "link.npy")
    before = {path: path.read_bytes() for path in Path().iterdir()}
    assert main(arguments) == 2
    said = f"microae: error: {arguments[-1].removeprefix('./')}: is an input, and would be replaced; choose another"
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.replace("./", "").startswith(said)
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


@pytest.mark.skipif(os.name == "nt", reason="has no limits of a process")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_leaves_the_old_file(tmp_path, suffix):
    """A file may not grow beyond 4 kB here, as on a disk that is full then."""
    np.save("large.npy", np.random.default_rng(0).random((5000, 4)))
    (tmp_path / f"out{suffix}").write_text("old")
    command = [*COMMAND, "encode", "--model", "net.safetensors", "--data", "large.npy", "--out", f"out{suffix}"]
    before = sorted(os.listdir())
    limited = f"export PYTHONDONTWRITEBYTECODE=1; ulimit -f 4; {shlex.join(command)} --quiet"  # no half of a .pyc
    done = subprocess.run(["bash", "-c", limited], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"microae: error: out{suffix}: cannot be written: File too large\n"
    assert (tmp_path / f"out{suffix}").read_text() == "old"
    assert sorted(os.listdir()) == before


@pytest.mark.skipif(not os.path.exists("/proc/self"), reason="needs a file system that takes no files")
@pytest.mark.parametrize(("command", "code", "said"), [
    ("encode --data x.npy --out /proc/x.npy --quiet", 1, "/proc/x.npy: cannot be written: No such file or directory"),
    ("export --out /proc/x.npz", 1, "/proc/x.npz: cannot be written: No such file or directory"),
    ("draw weights --out /proc/x.svg", 2, "/proc/x.svg: No such file or directory"),
])  # fmt: skip
def test_a_place_that_takes_no_files(capsys, command, code, said):
    assert main([*command.split(), "--model", "net.safetensors"]) == code
    assert capsys.readouterr() == ("", f"microae: error: {said}\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a file that is always full")
@pytest.mark.parametrize(("command", "code"), [
    ("encode --model net.safetensors --data x.npy --quiet >/dev/full", 4),
    ("info net.safetensors >/dev/full", 4),
    ("info net.safetensors --json >&-", 0),
    ("export --model net.safetensors --out net.npz 2>/dev/full >/dev/full", 4),
    ("completion bash >/dev/full", 4),
])  # fmt: skip
def test_streams_that_cannot_be_written(command, code):
    done = subprocess.run(["sh", "-c", f"{shlex.join(COMMAND)} {command}"], capture_output=True, text=True)
    assert done.returncode == code
    said = "microae: error: cannot write to the standard output: No space left on device\n"
    assert done.stderr == ("" if code == 0 or "2>" in command else said)


# --- export ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["whole", "encoder", "decoder"])
def test_an_onnx_file(capsys, part):
    import onnxruntime

    said = json.loads(ran(capsys, "export", "--model", "net.safetensors", "--part", part, "--out", "n.onnx", "--json"))
    assert said == {"file": "n.onnx", "bytes": os.path.getsize("n.onnx"), "part": part}
    net = ma.load("net.safetensors")
    x = X[:, :2] if part == "decoder" else X
    expected = x if part == "decoder" else layers(x, net, "encoder")
    expected = expected if part == "encoder" else layers(expected, net, "decoder")
    (got,) = onnxruntime.InferenceSession("n.onnx").run(["output"], {"input": x})
    np.testing.assert_allclose(got, expected, rtol=1e-10)


def test_plain_arrays(capsys):
    out = ran(capsys, "export", "--model", "net.safetensors", "--part", "encoder", "--out", "n.npz")
    assert out == f"n.npz: {os.path.getsize('n.npz'):,} bytes\n"
    state = ma.load("net.safetensors").encoder.state_dict()
    with np.load("n.npz") as arrays:
        assert sorted(arrays) == sorted(state)
        assert all((arrays[name] == state[name]).all() for name in state)
    assert zipfile.ZipFile("n.npz").testzip() is None


@pytest.mark.parametrize(("arguments", "said"), [
    (["--out", "n.h5"], "n.h5: cannot write .h5; use .onnx, .pt, .npz"),
    (["--out", "nowhere/n.npz"], "nowhere/n.npz: the directory nowhere does not exist"),
    (["--out", "pipe.npz"], "pipe.npz is no file that can be replaced"),
    (["--out", "n.npz", "--part", "head"], "argument --part: invalid choice: 'head'"),
    (["--out", "n.npz", "--model", "no.safetensors"], "no.safetensors: there is no such file"),
    (["--out", "n.npz", "--part", "encoder", "--model", "classes.safetensors"], "classes.safetensors: holds a Class"),
])  # fmt: skip
def test_mistakes_of_export(capsys, arguments, said):
    ma.save(ma.Classifier([4, 3, 2], seed=0), "classes.safetensors")
    os.mkfifo("pipe.npz")
    before = sorted(os.listdir())
    assert main(["export", "--model", "net.safetensors", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"microae: error: {said}")
    assert sorted(os.listdir()) == before


def test_a_pytorch_module_needs_pytorch(capsys):
    code = main(["export", "--model", "net.safetensors", "--out", "n.pt"])
    if importlib.util.find_spec("torch"):
        assert code == 0
    else:
        assert code == 2
        assert capsys.readouterr().err == "microae: error: a PyTorch module needs torch: pip install torch\n"
        assert not os.path.exists("n.pt")


# --- info --------------------------------------------------------------------------------------------------------


def test_info_of_models_and_tables(capsys):
    said = json.loads(ran(capsys, "info", "net.safetensors", "--json"))
    assert (said["kind"], said["layers"], said["parameters"]) == ("Autoencoder", [4, 3, 2, 3, 4], 15 + 8 + 9 + 16)
    assert "| parameters " in ran(capsys, "info", "net.safetensors")
    said = json.loads(ran(capsys, "info", "x.npy", "--json"))
    assert (said["samples"], said["features"], said["dtype"]) == (50, 4, "float64")
    assert (said["least"], said["largest"]) == (X.min(), X.max())
    assert said["mean"] == pytest.approx(X.mean(), rel=1e-12)
    detector = ma.AnomalyDetector(updates=5, seed=0).fit(X)
    ma.anomalies.save(detector, "detector.safetensors")
    assert json.loads(ran(capsys, "info", "detector.safetensors", "--json"))["kind"] == "AnomalyDetector"


def test_info_adds_numbers_in_double_precision(capsys):
    np.save("narrow.npy", np.array([[1e8], [1.0]], np.float32))
    assert json.loads(ran(capsys, "info", "narrow.npy", "--json"))["mean"] == 50_000_000.5


@pytest.mark.parametrize(("epochs", "said"), [(9, "6, 7, 8, 9 |"), (10, "6, 7, 8, 9, … 11 in all |")])
def test_info_lists_ten_things(capsys, epochs, said):
    ran(capsys, "train", "--data", "x.npy", "--epochs", str(epochs), "--quiet", "--out", "run")
    assert said in ran(capsys, "info", "run/trajectory.safetensors")


def test_info_of_a_run(capsys):
    ran(capsys, "train", "--data", "x.npy", "--epochs", "3", "--quiet", "--out", "run")
    said = json.loads(ran(capsys, "info", "run", "--json"))
    assert (said["kind"], said["epochs"], said["epochs done"]) == ("run", 3, 3)
    assert said["data"] == os.path.abspath("x.npy")
    said = json.loads(ran(capsys, "info", "run/trajectory.safetensors", "--json"))
    assert (said["kind"], said["epochs"]) == ("weights on the way", [0, 1, 2, 3])
    kind = json.loads(ran(capsys, "info", "run/checkpoint-00000002.safetensors", "--json"))["kind"]
    assert kind == "checkpoint of a run"


@pytest.mark.parametrize(("file", "said"), [
    ("no.npy", "no.npy: there is no such file"),
    ("no.safetensors", "no.safetensors: there is no such file"),
    (".", "settings.toml: there is no such file; microae train writes it"),
    ("x.txt", "x.txt: cannot read .txt"),
])  # fmt: skip
def test_mistakes_of_info(tmp_path, capsys, file, said):
    (tmp_path / "x.txt").write_text("1,2\n")
    assert main(["info", file]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"microae: error: {said}\n" or (err.startswith(f"microae: error: {said}") and err.count("\n") == 1)
