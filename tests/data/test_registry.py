"""The registry of data sets: one registered here is found by its name, and what is declared of each is true."""

import numpy as np
import pytest

import microae as ma
from microae import paper
from microae.data import DATASETS, dataset, read


def test_a_registered_data_set_is_read_by_its_name():
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    dataset("corners", "three corners", features=2, title="{n} corners")(lambda: (corners, ["a", "b", "c"]))
    try:
        x, labels, title = read("corners")
        assert x is corners
        assert (labels, title) == (["a", "b", "c"], "3 corners")
        with pytest.raises(ValueError, match="'corners' is registered already: three corners"):
            dataset("corners", "others", features=2)(lambda: (corners, None))
        with pytest.raises(ValueError, match=r"--array chooses an array of an \.npz file; corners has only one"):
            read("corners", "x")
    finally:
        del DATASETS["corners"]


def test_other_names_are_files(tmp_path):
    path = tmp_path / "two.npz"
    np.savez(path, small=np.eye(2), other=np.ones((1200, 1)))
    x, labels, title = read(str(path), "other")
    assert (x.shape, labels, title) == ((1200, 1), None, "1,200 samples of two.npz")
    with pytest.raises(FileNotFoundError, match="corners: there is no such file"):
        read("corners")


@pytest.mark.parametrize("name", DATASETS)
def test_what_is_declared_is_true(name):
    known = DATASETS[name]
    x, labels, title = known.samples()
    assert x.shape[1] == known.features
    assert x.dtype == np.float64
    assert labels is None or len(labels) == len(x)
    assert f"{len(x):,}" in title
    assert known.name == name


def test_the_registered_data_sets():
    assert {"digits", "paper"} <= set(DATASETS)
    assert read("digits").x is ma.data.digits()[0]
    x, labels, title = read("paper")
    assert x is paper.BINARY_VECTORS
    assert labels == ["000", "001", "010", "011", "100", "101", "110", "111"]
    assert title == "the paper's 8 vectors"
