"""A share of ``tests/benchmarks/mutated_files.py``: damaged files raise documented errors, in a line with the path."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

import microae as ma
from tests.data.mutated import findings, originals


@pytest.mark.parametrize("kind", originals())
def test_damaged_files_raise_documented_errors(kind):
    assert [(type(error), str(error)) for _, error in findings(kind, 800)] == []


def changed(tmp_path, **configuration):
    """A model's file with another configuration in it."""
    whole, path = tmp_path / "whole.safetensors", tmp_path / "changed.safetensors"
    ma.save(ma.Autoencoder([3, 2, 3], seed=0), whole, overwrite=True)
    with safe_open(whole, "numpy") as file:
        metadata, state = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    entry = json.loads(metadata["microae"])
    entry["autoencoder"].update(configuration)
    save_file(state, path, {"microae": json.dumps(entry)})
    return path


@pytest.mark.parametrize(("configuration", "said"), [
    ({"layers": [10**6, 10**6, 10**6]}, r"have 2000002000000 parameters, the file holds 17"),
    ({"layers": [3] * 100_000}, "parameters, the file holds 17"),
    ({"activation": ["leaky_relu", {"negative_slope": float("nan")}]}, "negative_slope must be a finite number"),
    ({"activation": ["leaky_relu", {"negative_slope": "0.1"}]}, "negative_slope must be a finite number"),
    ({"sparsity": float("inf")}, "sparsity must be a finite number"),
])  # fmt: skip
def test_a_configuration_that_cannot_be_meant(tmp_path, configuration, said):
    with pytest.raises(ValueError, match=said):
        ma.load(changed(tmp_path, **configuration))


def test_the_file_itself_is_good(tmp_path):
    assert np.isfinite(ma.load(changed(tmp_path)).reconstruct([1, 0, 1])).all()
