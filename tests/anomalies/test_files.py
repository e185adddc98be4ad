"""A detector comes back from its file to the last bit; what is no such file is told."""

import json
import pickle

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import microae as ma
from microae import anomalies

TRAIN = np.random.default_rng(0).normal(size=(120, 3)) * [1.0, 10.0, 0.1]


@pytest.fixture(scope="module")
def detector():
    return ma.AnomalyDetector(updates=20, contamination=0.1, seed=0).fit(TRAIN, features=["a", "b", "ç"])


@pytest.fixture
def file(detector, tmp_path):
    anomalies.save(detector, tmp_path / "d.safetensors")
    return tmp_path / "d.safetensors"


@pytest.mark.slow
def test_a_loaded_detector_says_the_same(detector, file):
    loaded = anomalies.load(file)
    for question in ("score_samples", "score_features", "p_values", "predict", "explain"):
        np.testing.assert_array_equal(getattr(loaded, question)(TRAIN), getattr(detector, question)(TRAIN))
    assert repr(loaded) == repr(detector)
    assert loaded.features == ["a", "b", "ç"]


def test_the_same_detector_gives_the_same_file(detector, file, tmp_path):
    anomalies.save(anomalies.load(file), tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == file.read_bytes()


def test_a_detector_can_be_pickled(detector):
    again = pickle.loads(pickle.dumps(detector))
    np.testing.assert_array_equal(again.score_samples(TRAIN), detector.score_samples(TRAIN))


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["leaky_relu", "linear", ma.LeakyReLU(0.3)])
def test_activations_and_their_options_come_back(activation, tmp_path):
    detector = ma.AnomalyDetector(activation=activation, members=1, updates=1, seed=0).fit(TRAIN)
    anomalies.save(detector, tmp_path / "d.safetensors")
    loaded = anomalies.load(tmp_path / "d.safetensors")
    np.testing.assert_array_equal(loaded.score_samples(TRAIN), detector.score_samples(TRAIN))


def test_a_file_is_not_replaced_unasked(detector, file):
    with pytest.raises(FileExistsError, match="pass overwrite=True"):
        anomalies.save(detector, file)
    anomalies.save(detector, file, overwrite=True)


def test_what_cannot_be_saved_is_told(tmp_path):
    with pytest.raises(ValueError, match="is not fitted yet"):
        anomalies.save(ma.AnomalyDetector(), tmp_path / "d.safetensors")
    tied = ma.Autoencoder([3, 2, 3], tied=True, dtype=np.float32)
    detector = ma.AnomalyDetector(networks=[tied], seed=0).fit(TRAIN)
    with pytest.raises(ValueError, match="this network cannot be written to a file"):
        anomalies.save(detector, tmp_path / "d.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_detector_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        anomalies.load(tmp_path / "none.safetensors")
    with pytest.raises(IsADirectoryError, match="is a directory"):
        anomalies.load(tmp_path)
    ma.save(ma.Autoencoder([3, 2, 3]), tmp_path / "net.safetensors")
    with pytest.raises(ValueError, match=r"holds no anomaly detector; microae\.anomalies\.save writes one"):
        anomalies.load(tmp_path / "net.safetensors")


def test_damaged_files_are_told(file):
    whole = file.read_bytes()
    for length in (0, 7, 100, len(whole) - 1):
        file.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="not a complete safetensors file"):
            anomalies.load(file)


def without_references(arrays, settings):
    del arrays["references"]


def with_nan(arrays, settings):
    arrays["calibration"][0] = np.nan


def with_other_names(arrays, settings):
    settings["features"] = ["a"]


def with_wider_layers(arrays, settings):
    settings["networks"][0]["layers"] = [3, 10**9, 3]


def with_unknown_settings(arrays, settings):
    settings["more"] = 1


def with_unknown_scaling(arrays, settings):
    settings["scale"] = "rows"


def with_unknown_activation(arrays, settings):
    settings["networks"][0]["activation"] = ["magic", {}]


@pytest.mark.parametrize(
    "change",
    [
        without_references,
        with_nan,
        with_other_names,
        with_wider_layers,
        with_unknown_settings,
        with_unknown_scaling,
        with_unknown_activation,
    ],
)
def test_files_that_do_not_fit_together_are_told(file, change):
    from safetensors import safe_open

    with safe_open(file, framework="numpy") as opened:
        entry = json.loads(opened.metadata()["microae"])
    arrays = load_file(file)
    change(arrays, entry["detector"])
    save_file(arrays, file, {"microae": json.dumps(entry)})
    with pytest.raises(ValueError, match="the detector in it cannot be used"):
        anomalies.load(file)
    entry["format"] = 99
    save_file(arrays, file, {"microae": json.dumps(entry)})
    with pytest.raises(ValueError, match="it has format 99, this version reads 1"):
        anomalies.load(file)
