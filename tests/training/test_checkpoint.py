"""Saving and loading models: what comes back is what was saved, and damaged files are refused."""

import importlib
import json
import os
import re
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

import microae as ma

ACTIVATIONS = ["relu", "leaky_relu", "elu", "selu", "gelu", "silu", "sigmoid", "tanh", "softplus", "hard_tanh"]


@st.composite
def autoencoders(draw):
    width = draw(st.integers(1, 5))
    hidden = draw(st.lists(st.integers(1, 5), max_size=3))
    output = draw(st.sampled_from(["sigmoid", "linear", "tanh", "softmax"]))
    noise = draw(st.sampled_from([0.0, 0.1, ma.MaskingNoise(0.3)]))
    return ma.Autoencoder(
        [width, *hidden, width],
        draw(st.sampled_from([*ACTIVATIONS, ma.LeakyReLU(0.2), ma.ELU(0.5), ma.GELU("tanh")])),
        output,
        noise=noise,
        sparsity=draw(st.sampled_from([0.0, 0.01])),
        dropout=draw(st.sampled_from([0.0, 0.25])),
        loss=draw(st.sampled_from([None, "mse"])),
        seed=draw(st.integers(0, 99)),
        dtype=draw(st.sampled_from(["float32", "float64"])),
    )


@pytest.mark.slow
@given(net=autoencoders(), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=80)
def test_an_autoencoder_comes_back_as_it_was(tmp_path_factory, net, seed):
    path = tmp_path_factory.mktemp("net") / "net.safetensors"
    ma.save(net, path)
    again = ma.load(path)
    assert repr(again) == repr(net)
    assert again.distance == net.distance
    assert again.dtype == net.dtype
    state, expected = again.state_dict(), net.state_dict()
    assert list(state) == list(expected)
    for name, array in expected.items():
        assert state[name].dtype == array.dtype
        np.testing.assert_array_equal(state[name], array)
    x = np.random.default_rng(seed).random((3, net.layers[0]))
    np.testing.assert_array_equal(again.reconstruct(x), net.reconstruct(x))
    assert again.eval().loss(x).item() == net.eval().loss(x).item()


@pytest.mark.parametrize("dropout", [0.25, 0.5])
def test_every_option_comes_back(tmp_path, dropout):
    """An autoencoder in which nothing is as usual, and its learning goes on in the same way."""
    net = ma.Autoencoder(
        [3, 2, 4, 3],
        ma.LeakyReLU(0.2),
        ma.ELU(0.5),
        noise=ma.MaskingNoise(0.3),
        sparsity=0.01,
        dropout=dropout,
        loss="mse",
        seed=0,
        dtype="float32",
    )
    ma.save(net, tmp_path / "net")
    again = ma.load(tmp_path / "net")
    assert repr(again) == repr(net)
    assert (again.distance, again.dtype, again.sparsity, again.layers) == ("mse", np.float32, 0.01, (3, 2, 4, 3))
    assert (type(again.noise), again.noise.amount) == (ma.MaskingNoise, 0.3)
    assert again.training
    bce = ma.Autoencoder([3, 2, 3], "tanh", loss="mse", seed=0)
    ma.save(bce, tmp_path / "other")
    assert ma.load(tmp_path / "other").loss([1.0, 0.0, 1.0]).item() == bce.loss([1.0, 0.0, 1.0]).item()


FAMILY = {
    "tied": ma.Autoencoder([6, 4, 2, 4, 6], "tanh", tied=True, seed=0),
    "gaussian": ma.DenoisingAutoencoder([6, 4, 6], "gaussian", 0.5, seed=0, loss="mse"),
    "masking": ma.DenoisingAutoencoder([6, 4, 6], "masking", 0.125, seed=0, dropout=0.25),
    "salt": ma.DenoisingAutoencoder([6, 4, 6], "salt_and_pepper", 0.5, seed=0, dtype="float32"),
    "sparse": ma.SparseAutoencoder([6, 8, 6], target=0.25, weight=0.75, seed=0),
    "l1": ma.SparseAutoencoder([6, 8, 6], "relu", penalty="l1", seed=0),
    "contractive": ma.ContractiveAutoencoder([6, 4, 6], weight=0.5, seed=0),
    "variational": ma.VariationalAutoencoder([6, 5, 2, 5, 6], "tanh", beta=0.5, loss="mse", output="linear", seed=0),
    "classifier": ma.Classifier([6, 5, 3], "tanh", seed=0, dtype="float32"),
}


@pytest.mark.parametrize("member", FAMILY)
def test_each_of_the_family_comes_back(tmp_path, member):
    net, x = FAMILY[member], np.random.default_rng(0).random((5, 6))
    ma.save(net, tmp_path / "net")
    again = ma.load(tmp_path / "net")
    assert type(again) is type(net)
    assert repr(again) == repr(net)
    settings = [
        {name: given for name, given in vars(model).items() if isinstance(given, int | float | str | tuple)}
        for model in (net, again)
    ]
    assert settings[0] == settings[1]
    losses = [
        model.eval().loss(x, [0, 1, 2, 0, 1] if member == "classifier" else None).item() for model in (net, again)
    ]
    net.train()
    assert losses[0] == losses[1]
    assert {name: array.dtype for name, array in again.state_dict().items()} == {
        name: array.dtype for name, array in net.state_dict().items()
    }


def test_a_model_that_was_changed_since_is_not_taken_for_what_it_was(tmp_path):
    net = ma.Classifier([6, 5, 3], seed=0)
    net.network = ma.Sequential(*net.network.children(), ma.Dropout(0.5))
    ma.save(net, tmp_path / "net")
    with pytest.raises(ValueError, match="no configuration of a model"):
        ma.load(tmp_path / "net")


def test_the_same_model_is_the_same_file(tmp_path):
    paths = [tmp_path / str(i) for i in range(20)]
    for path in paths:
        ma.save(ma.Autoencoder([3, 4, 2, 4, 3], seed=0), path)
    assert len({path.read_bytes() for path in paths}) == 1


def test_any_module_keeps_its_parameters(tmp_path):
    path = tmp_path / "net.safetensors"

    class Mixed(ma.Module):
        def __init__(self, seed):
            self.scale = ma.Value(float(seed))
            self.layer = ma.Linear(3, 2, seed=seed)

    net, other = Mixed(1), Mixed(2)
    net.layer.weight.data = np.asfortranarray(net.layer.weight.data)
    ma.save(net, path)
    assert ma.load(path, other) is other
    assert other.scale.data == 1.0
    np.testing.assert_array_equal(other.layer.weight.data, net.layer.weight.data)
    with pytest.raises(ValueError, match=r"no configuration of a model; .* load\(path, model\)"):
        ma.load(path)


def test_an_autoencoder_with_parts_of_ones_own_is_not_taken_for_another(tmp_path):
    class Swish(ma.Module):
        def forward(self, x):
            return x * ma.sigmoid(x)

    for i, net in enumerate([ma.Autoencoder([3, 2, 3], activation=Swish()), ma.Autoencoder([3, 2, 3], noise=Swish())]):
        ma.save(net, tmp_path / str(i))
        with pytest.raises(ValueError, match="no configuration of a model"):
            ma.load(tmp_path / str(i))
        ma.load(tmp_path / str(i), net)

    class Deeper(ma.Autoencoder):
        pass

    ma.save(Deeper([3, 2, 3]), tmp_path / "deeper")
    with pytest.raises(ValueError, match="no configuration of a model"):
        ma.load(tmp_path / "deeper")

    class Autoencoder(ma.Autoencoder):  # of the same name, which a repr does not tell apart
        def forward(self, x):
            return super().forward(x) * 2.0

    ma.save(Autoencoder([3, 2, 3]), tmp_path / "namesake")
    with pytest.raises(ValueError, match="no configuration of a model"):
        ma.load(tmp_path / "namesake")


def test_a_file_is_not_overwritten_unless_told(tmp_path):
    path = tmp_path / "net.safetensors"
    first, second = ma.Autoencoder([3, 2, 3], seed=1), ma.Autoencoder([3, 2, 3], seed=2)
    ma.save(first, path)
    with pytest.raises(FileExistsError, match="is there already; pass overwrite=True"):
        ma.save(second, path)
    assert (ma.load(path).state_dict()["encoder.0.weight"] == first.state_dict()["encoder.0.weight"]).all()
    ma.save(second, path, overwrite=True)
    assert (ma.load(path).state_dict()["encoder.0.weight"] == second.state_dict()["encoder.0.weight"]).all()
    assert [p.name for p in tmp_path.iterdir()] == ["net.safetensors"]


def test_what_is_no_model_is_not_saved(tmp_path):
    for other in (3, ma.Autoencoder, {"w": np.ones(3)}):
        with pytest.raises(TypeError, match=r"^save: the model must be a Module, as ma.Autoencoder"):
            ma.save(other, tmp_path / "a.safetensors")
    assert os.listdir(tmp_path) == []


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    """Whoever looks while it is written sees the old one, and so does who was interrupted."""
    path = tmp_path / "net.safetensors"
    first, second = ma.Autoencoder([3, 2, 3], seed=1), ma.Autoencoder([3, 2, 3], seed=2)
    ma.save(first, path)
    old = path.read_bytes()

    def interrupted(source, target):
        assert path.read_bytes() == old
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ma.save(second, path, overwrite=True)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def test_missing_files_and_directories(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        ma.load(tmp_path / "no")
    with pytest.raises(IsADirectoryError, match="is a directory"):
        ma.load(tmp_path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        ma.save(ma.Linear(2, 2), tmp_path / "no" / "net")


@pytest.mark.slow
@given(share=st.floats(0, 0.999))
@settings(deadline=None, max_examples=30)
def test_truncated_files(tmp_path_factory, share):
    path = tmp_path_factory.mktemp("net") / "net"
    net = ma.Autoencoder([3, 2, 3], seed=0)
    ma.save(net, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    before = net.state_dict()
    for model in (None, net):
        with pytest.raises(ValueError, match="not a complete safetensors file"):
            ma.load(path, model)
    assert all((before[name] == array).all() for name, array in net.state_dict().items())


@pytest.mark.parametrize("content", [b"hello", b"PK\x03\x04", struct.pack("<Q", 2**60) + b"{}", bytes(64)])
def test_foreign_files(tmp_path, content):
    (tmp_path / "net").write_bytes(content)
    with pytest.raises(ValueError, match="not a complete safetensors file"):
        ma.load(tmp_path / "net")


@pytest.mark.parametrize("known_elsewhere", [False, True])
def test_numbers_that_numpy_does_not_know(known_elsewhere, tmp_path):
    if known_elsewhere:
        importlib.import_module("ml_dtypes")  # comes with onnx
    header = json.dumps({"w": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}).encode()
    (tmp_path / "net").write_bytes(struct.pack("<Q", len(header)) + header + bytes(2))
    with pytest.raises(ValueError, match="net: holds numbers that NumPy does not know"):
        ma.load(tmp_path / "net", ma.Linear(1, 1))


def test_complex_numbers(tmp_path):
    header = json.dumps({"weight": {"dtype": "C64", "shape": [1, 1], "data_offsets": [0, 8]}}).encode()
    (tmp_path / "net").write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
    with pytest.raises(ValueError, match="net: "):
        ma.load(tmp_path / "net", ma.Linear(1, 1, bias=False))


def test_files_that_do_not_fit_the_model(tmp_path):
    path, net = tmp_path / "net", ma.Linear(2, 2, seed=0)
    before = net.state_dict()
    good = {"weight": np.ones((2, 2)), "bias": np.ones(2)}
    for change, said in [
        ({"weight": np.ones((2, 3))}, r"weight has shape \(2, 2\), got \(2, 3\)"),
        ({"extra": np.ones(1)}, r"not known \['extra'\]"),
        ({"bias": np.array([np.nan, 1])}, "NaN or infinity in bias"),
    ]:
        save_file(good | change, path)
        with pytest.raises(ValueError, match=f"does not fit the model; .*{said}"):
            ma.load(path, net)
    assert all((before[name] == array).all() for name, array in net.state_dict().items())


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"microae": "{"}, "the configuration in it cannot be used"),
        ({"microae": "[" * 9999}, "it is nested too deeply"),
        ({"microae": "[1]"}, "the configuration in it cannot be used"),
        ({"microae": '{"autoencoder": {}}'}, "the configuration in it cannot be used"),
        ({"microae": '{"format": 1, "autoencoder": {}}'}, "the configuration in it cannot be used"),
        ({"microae": '{"format": 1, "autoencoder": []}'}, "the configuration in it cannot be used"),
        ({"microae": '{"format": 2}'}, "it has format 2, this version reads 1"),
        ({"microae": '{"format": 1, "autoencoder": null}'}, "no configuration of a model"),
        ({"other": "x"}, "no configuration of a model"),
        ({}, "no configuration of a model"),
        (None, "no configuration of a model"),
    ],
)
def test_configurations_that_cannot_be_used(tmp_path, metadata, said):
    save_file({"w": np.ones(1)}, tmp_path / "net", metadata)
    with pytest.raises(ValueError, match=said):
        ma.load(tmp_path / "net")


CONFIGURATION = {
    "layers": [3, 2, 3], "activation": ["leaky_relu", {"negative_slope": 0.01}], "output": ["sigmoid", {}],
    "noise": None, "sparsity": 0.0, "dropout": 0.0, "loss": "bce", "dtype": "float64",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, None),
        ({"layers": [10**9, 10**9, 10**9]}, r"layers \[1000000000, .* need arrays of other shapes than those in it"),
        ({"layers": [1] * 10**5}, "need arrays of other shapes"),
        ({"layers": [4, 3, 4]}, "need arrays of other shapes"),
        ({"layers": "323"}, "need arrays of other shapes"),
        ({"layers": [3, None, 3]}, "cannot be used"),
        ({"activation": ["leaky_relu", {"negative_slope": np.nan}]}, "negative_slope must be a finite number, got nan"),
        ({"activation": ["leaky_relu", {"negative_slope": np.inf}]}, "negative_slope must be a finite number, got inf"),
        ({"activation": ["elu", {"alpha": 10**400}]}, "alpha must be a finite number"),
        ({"activation": ["elu", {"alpha": "one"}]}, "alpha must be a finite number, got 'one'"),
        ({"activation": ["gelu", {"approximate": "so"}]}, "cannot be used"),
        ({"activation": ["gelu"]}, "cannot be used"),
        ({"noise": []}, "cannot be used"),
        ({"noise": ["GaussianNoise", np.nan]}, "cannot be used"),
        ({"sparsity": np.nan}, "cannot be used"),
        ({"dropout": np.nan}, "cannot be used"),
        ({"dtype": "object"}, "cannot be used"),
    ],
)
def test_configurations_that_were_changed(tmp_path, change, said):
    metadata = {"microae": json.dumps({"format": 1, "autoencoder": CONFIGURATION | change})}
    save_file(ma.Autoencoder([3, 2, 3], seed=0).state_dict(), tmp_path / "net", metadata)
    if said is None:
        assert ma.load(tmp_path / "net").layers == (3, 2, 3)
    else:
        with pytest.raises(ValueError, match="net: the configuration in it cannot be used; ") as caught:
            ma.load(tmp_path / "net")
        assert said == "cannot be used" or re.search(said, str(caught.value))


@pytest.mark.skipif(os.name == "nt", reason="has other permissions")
def test_a_file_has_the_permissions_of_any_other(tmp_path):
    net = ma.Autoencoder([3, 2, 3], seed=0)
    history = ma.fit(net, [[1, 0, 1]], ma.SGD(net.parameters(), lr=0.1), epochs=2, batch_size=1, progress=False)
    ma.save(net, tmp_path / "a.safetensors")
    history.trajectory.save(tmp_path / "b.safetensors")
    (tmp_path / "c.txt").write_text("any other")
    assert len({path.stat().st_mode for path in tmp_path.iterdir()}) == 1
