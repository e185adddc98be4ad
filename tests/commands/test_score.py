"""``microae score``: the files it reads and writes, and one line for every mistake."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import microae as ma
from microae import anomalies
from microae.commands import main

NAMES = ["width", "height", "sum", "weight"]


def table(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 2))
    return np.column_stack([z, z.sum(axis=1), 100 + 10 * z[:, 0]]) + 0.05 * rng.normal(size=(n, 4))


GOOD, NEW = table(120, 0), table(50, 1)
NEW[7, 2] += 30
NEW[31, 3] *= 50


def write(file, rows):
    np.savetxt(file, rows, delimiter=",", header=",".join(NAMES), comments="", fmt="%.17g")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The directory in which a detector was fitted and new samples were scored."""
    directory = tmp_path_factory.mktemp("score")
    write(directory / "good.csv", GOOD)
    write(directory / "new.csv", NEW)
    arguments = ["--normal", str(directory / "good.csv"), "--data", str(directory / "new.csv")]
    assert main(["score", *arguments, "--updates", "200", "--out", str(directory / "out"), "--quiet"]) == 0
    return directory


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def rows(file):
    with open(file, encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_scores_p_values_and_explanations_are_written(run):
    detector = anomalies.load(run / "out" / "detector.safetensors")
    assert detector.features == NAMES
    written = rows(run / "out" / "scores.csv")
    assert [int(row["row"]) for row in written] == list(range(50))
    for column, expected in (
        ("score", detector.score_samples(NEW)),
        ("p_value", detector.p_values(NEW)),
        ("anomaly", detector.predict(NEW)),
    ):
        np.testing.assert_array_equal([float(row[column]) for row in written], expected)
    flagged = {i for i, row in enumerate(written) if row["anomaly"] == "1"}
    assert {7, 31} <= flagged
    assert len(flagged) < 6
    assert (written[7]["feature_1"], written[31]["feature_1"]) == ("sum", "weight")
    assert float(written[7]["value_1"]) == NEW[7, 2]
    assert abs(float(written[7]["expected_1"])) < 10
    assert sum(row["feature_1"] not in (None, "") for row in written) == 10
    assert (run / "out" / "worst.png").read_bytes().startswith(b"\x89PNG")


def test_all_lines_of_the_scores_have_as_many_cells(run):
    pyarrow_csv = pytest.importorskip("pyarrow.csv")
    with open(run / "out" / "scores.csv", encoding="utf-8", newline="") as opened:
        header, *lines = csv.reader(opened)
    assert {len(line) for line in lines} == {len(header)} == {16}
    table = pyarrow_csv.read_csv(run / "out" / "scores.csv")
    assert (table.num_rows, table.column_names) == (50, header)
    assert table["score"].to_pylist() == [float(line[1]) for line in lines]
    assert table["share_1"].null_count == 40


def test_features_that_are_fewer_than_the_columns_for_them(capsys):
    for name, part in (("good", GOOD), ("new", NEW)):
        np.savetxt(f"{name}.csv", part[:, :2], delimiter=",", header="width,height", comments="")
    assert main(["score", "--normal", "good.csv", "--data", "new.csv", "--updates", "5", "--quiet"]) == 0
    with open("microae-score/scores.csv", encoding="utf-8", newline="") as opened:
        assert {len(line) for line in csv.reader(opened)} == {16}


def test_a_detector_is_used_again_and_says_the_same(run, tmp_path, capsys):
    detector = run / "out" / "detector.safetensors"
    np.save(tmp_path / "new.npy", NEW)
    assert main(["score", "--model", str(detector), "--data", "new.npy", "--out", "again"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert (tmp_path / "again" / "scores.csv").read_bytes() == (run / "out" / "scores.csv").read_bytes()
    assert sorted(path.name for path in (tmp_path / "again").iterdir()) == ["scores.csv", "worst.png"]
    assert "scaled by column (the columns differ in the range of their numbers)" in out
    assert "of 50 samples are anomalies, in the mean 0.05 of them by mistake." in out
    assert "weight (100%): " in out


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_columns_are_found_by_their_names(run, capsys, kind):
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(NEW, columns=NAMES)[["sum", "weight", "width", "height"]].assign(extra=1.0)
    write_file = {"csv": lambda t: t.to_csv("x.csv", index=False), "parquet": lambda t: t.to_parquet("x.parquet")}[kind]
    arguments = ["score", "--model", str(run / "out" / "detector.safetensors"), "--data", f"x.{kind}", "--json"]
    write_file(table)
    assert main(arguments) == 0
    written, expected = rows("microae-score/scores.csv"), rows(run / "out" / "scores.csv")
    assert written == expected
    capsys.readouterr()
    write_file(table.drop(columns="sum"))
    assert main(arguments) == 2
    assert "the samples have no column 'sum'" in capsys.readouterr().err


def test_a_parquet_file_of_normal_samples_names_the_features(capsys):
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(GOOD, columns=NAMES)
    table.to_parquet("good.parquet")
    table[NAMES[::-1]].to_parquet("turned.parquet")
    arguments = ["score", "--normal", "good.parquet", "--updates", "5", "--data"]
    assert main([*arguments, "turned.parquet", "--out", "a"]) == 0
    assert main([*arguments, "good.parquet", "--out", "b"]) == 0
    assert rows("a/scores.csv") == rows("b/scores.csv")
    assert anomalies.load("a/detector.safetensors").features == NAMES


def test_json_holds_numbers_and_causes(run, capsys):
    detector = run / "out" / "detector.safetensors"
    assert main(["score", "--model", str(detector), "--data", str(run / "new.csv"), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["unlikest"][0]
    written = rows("microae-score/scores.csv")[first["row"]]
    assert first["score"] == float(written["score"])
    assert first["p-value"] == float(written["p_value"])
    cause = first["because of"][0]
    assert cause["feature"] == written["feature_1"]
    assert cause["share"] == pytest.approx(float(written["share_1"]), abs=1e-3)
    assert (cause["value"], cause["usual"]) == (float(written["value_1"]), float(written["expected_1"]))


def test_a_picture_that_cannot_be_written_loses_no_detector(run, capsys):
    Path("out/worst.png").mkdir(parents=True)
    arguments = ["--normal", str(run / "good.csv"), "--data", str(run / "new.csv"), "--updates", "5"]
    assert main(["score", *arguments, "--out", "out"]) == 1
    assert "worst.png" in capsys.readouterr().err
    assert anomalies.load("out/detector.safetensors").features == NAMES


def test_what_is_called_an_anomaly_can_be_asked_for(run, tmp_path, capsys):
    detector = str(run / "out" / "detector.safetensors")
    arguments = ["score", "--model", detector, "--data", str(run / "new.csv"), "--out", "out"]
    assert main([*arguments, "--contamination", "0.3"]) == 0
    written = rows(tmp_path / "out" / "scores.csv")
    assert [row["anomaly"] == "1" for row in written] == [float(row["p_value"]) <= 0.3 for row in written]
    assert sum(row["anomaly"] == "1" for row in written) > 5
    assert "as rare as 0.3 of normal samples" in capsys.readouterr().out
    assert main([*arguments, "--rate", "1e-9"]) == 0
    out = capsys.readouterr().out
    assert "0 of 50 samples are anomalies" in out
    assert "Note that nothing is called an anomaly at a false-discovery rate of 1e-09, though 2 of 50 samples" in out
    assert "or choose a quantile, as --contamination 0.01." in out


def test_chunks_change_nothing(run, tmp_path, monkeypatch):
    np.save(tmp_path / "new.npy", NEW)
    monkeypatch.setattr(anomalies.streaming.chunks, "__defaults__", (None, 7))
    detector = str(run / "out" / "detector.safetensors")
    assert main(["score", "--model", detector, "--data", "new.npy", "--out", "out"]) == 0
    for file in ("scores.csv", "worst.png"):
        assert (tmp_path / "out" / file).read_bytes() == (run / "out" / file).read_bytes()


@pytest.mark.slow
def test_a_network_of_train_scores_images(tmp_path, capsys):
    images = ma.data.digits()[0]
    net = ma.Autoencoder([64, 32, 64], loss="mse", seed=0)
    ma.fit(net, images, "adam", epochs=3, batch_size=64, seed=0, progress=False)
    ma.save(net, tmp_path / "weights.safetensors")
    odd = images[:40].copy()
    odd[3] = 1.0 - odd[3]
    np.save(tmp_path / "x.npy", odd.astype(np.float32))
    arguments = ["score", "--model", "weights.safetensors", "--data", "x.npy"]
    assert main([*arguments, "--normal", "digits"]) == 0
    written = rows(tmp_path / "microae-score" / "scores.csv")
    assert max(written, key=lambda row: float(row["score"]))["row"] == "3"
    capsys.readouterr()
    assert main(arguments) == 2
    assert "with the weights of microae train give normal samples too: --normal FILE" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required: --data"),
        (["--data", "digits"], "give --normal FILE, samples to fit a detector to, or --model FILE, a detector"),
        (["--data", "no.npy", "--model", "d"], "no.npy: there is no such file"),
        (["--data", "digits", "--model", "no.safetensors"], "no.safetensors: there is no such file"),
        (["--data", "digits", "--model", "d"], "was fitted to samples of 4 features, these have 64"),
        (["--data", "nan.npy", "--model", "d"], "nan.npy: NaN in row 1, column 2"),
        (["--data", "digits", "--normal", "nan.npy"], "nan.npy: NaN in row 1, column 2"),
        (["--data", "nan.npy", "--model", "d", "--rate", "1"], "argument --rate: must be between 0 and 1, got '1'"),
        (["--data", "d", "--model", "d", "--contamination", "2"], "argument --contamination: must be between 0 and 1"),
        (["--data", "digits", "--model", "d", "--array", "x"], "--array chooses an array of an .npz file"),
        (["--data", "digits", "--model", "d", "--out", "nan.npy"], "nan.npy is a file, not a directory"),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_written(run, tmp_path, capsys, arguments, said):
    shutil.copy(run / "out" / "detector.safetensors", tmp_path / "d")
    np.save(tmp_path / "nan.npy", [[0.0, 1.0, 2.0, 3.0], [0.0, 1.0, np.nan, 3.0]])
    assert main(["score", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert said in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d", "nan.npy"]


@pytest.mark.parametrize("options", [["--data", "scores.csv"], ["--data", "new.csv", "--normal", "scores.csv"]])
def test_an_output_that_is_an_input(tmp_path, capsys, options):
    write(tmp_path / "scores.csv", GOOD)
    write(tmp_path / "new.csv", NEW)
    before = (tmp_path / "scores.csv").read_bytes()
    assert main(["score", "--normal", "new.csv", *options, "--updates", "5", "--out", "."]) == 2
    assert capsys.readouterr().err.startswith("microae: error: scores.csv: is an input, and would be replaced")
    assert (tmp_path / "scores.csv").read_bytes() == before
