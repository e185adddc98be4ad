"""Models as ONNX files: onnxruntime computes what the model does, for any batch size."""

import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microae as ma
from microae.compiler import UnsupportedError
from microae.nn.activations import ACTIVATIONS

KINDS = sorted(set(ACTIVATIONS))


def outputs(path, x):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {"input": x})


def check(model, path, *batches, **options):
    """Write a model, and hold what onnxruntime makes of the file against the model for each batch."""
    ma.to_onnx(model, path, **options)
    model.eval()
    for x in batches:
        (found,) = outputs(path, x)
        right = model(x)
        right = np.asarray(right.data if isinstance(right, ma.Value) else right)
        assert found.dtype == right.dtype
        assert found.shape == right.shape
        tolerance = 1e-6 if right.dtype == np.float64 else 1e-5  # float32 numbers are added in another order
        assert found == pytest.approx(right, rel=tolerance, abs=tolerance)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", KINDS)
def test_each_activation(tmp_path, kind, dtype):
    rng = np.random.default_rng(0)
    special = [0.0, 1.0, -1.0, 50.0, -50.0, 1e-9, -1e-9, 8.0]
    x = np.concatenate([rng.normal(scale=4.0, size=(5, 8)), [special]]).astype(dtype)
    check(ACTIVATIONS[kind](), tmp_path / "one.onnx", x, x[:1], x=x[:3])


OPTIONS = [ma.LeakyReLU(0.3), ma.ELU(0.5), ma.HardTanh(-0.5, 0.25), ma.Softmax(axis=0), ma.GELU("tanh"), ma.Softmax(1)]


@pytest.mark.parametrize("module", OPTIONS, ids=repr)
def test_options_of_activations(tmp_path, module):
    x = np.random.default_rng(0).normal(size=(5, 4))
    check(module, tmp_path / "one.onnx", x, x[:1], x=x)


@pytest.mark.slow
@given(
    widths=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    kinds=st.lists(st.sampled_from(KINDS), min_size=4, max_size=4),
    biases=st.lists(st.booleans(), min_size=4, max_size=4),
    dtype=st.sampled_from([np.float64, np.float32]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60, derandomize=True)
def test_random_networks(tmp_path_factory, widths, kinds, biases, dtype, seed):
    layers = []
    for n, m, kind, bias in zip(widths, widths[1:], kinds, biases, strict=False):
        layers += [ma.Linear(n, m, bias, seed=seed, dtype=dtype), ACTIVATIONS[kind](), ma.Dropout(0.5, seed=0)]
    rng = np.random.default_rng(seed)
    batches = [rng.normal(size=(n, widths[0])).astype(dtype) for n in (1, 2, 7)]
    check(ma.Sequential(*layers), tmp_path_factory.mktemp("net") / "net.onnx", *batches)


AUTOENCODERS = {
    "paper's": {},
    "denoising": {"noise": 0.2},
    "masking": {"noise": ma.MaskingNoise(0.3, seed=0)},
    "sparse, with dropout": {"sparsity": 0.1, "dropout": 0.5},
    "linear": {"output": "linear", "activation": "gelu"},
}


@pytest.mark.parametrize("what", AUTOENCODERS)
def test_autoencoders_and_their_parts(tmp_path, what):
    net = ma.Autoencoder([6, 5, 2, 5, 6], seed=0, **AUTOENCODERS[what])
    x = np.random.default_rng(0).random((9, 6))
    check(net, tmp_path / "net.onnx", x, x[:1])
    check(net.encoder, tmp_path / "encoder.onnx", x, x[:1])
    check(net.decoder, tmp_path / "decoder.onnx", net.encode(x).data)


def test_the_mode_of_the_model_stays(tmp_path):
    net = ma.Autoencoder([6, 5, 6], seed=0, noise=0.2, dropout=0.5)
    net.decoder.eval()
    before = {name: module.training for name, module in net.named_modules()}
    ma.to_onnx(net, tmp_path / "net.onnx")
    assert {name: module.training for name, module in net.named_modules()} == before


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_trained_digits_model(tmp_path, dtype):
    digits = ma.data.digits()[0]
    net = ma.Autoencoder([64, 32, 64], seed=0, dtype=dtype)
    ma.fit(net, digits[:500], ma.Adam(net.parameters(), lr=0.003), epochs=5, batch_size=50, seed=0, progress=False)
    ma.to_onnx(net, tmp_path / "digits.onnx")
    (found,) = outputs(tmp_path / "digits.onnx", digits.astype(dtype))
    assert np.abs(found - net.reconstruct(digits)).max() < 1e-6


# --- what else a module may do ---------------------------------------------------------------------------------------


class Does(ma.Module):
    """A module of a function."""

    def __init__(self, function):
        self.function = function
        self.scale = ma.Value([[0.5, -1.0, 2.0]])

    def forward(self, x):
        return self.function(x, self.scale)


FREE = {
    "columns and a number": lambda x, w: x[:, 1:] * w[0, 2],
    "a new axis": lambda x, w: x[:, None, ::-1] * w,
    "the last column": lambda x, w: x[..., -1],
    "a flattened batch": lambda x, w: (x * w).reshape(-1),
    "a sum of rows": lambda x, w: np.sum(x * w, axis=1),
    "sums, kept": lambda x, w: x / np.sum(np.exp(w * x), axis=-1, keepdims=True),
    "a product of rows": lambda x, w: np.prod(x + w, axis=1),
    "the sum of all": lambda x, w: np.sum(x * w),
    "transposed": lambda x, w: np.transpose(x * w),
    "moved": lambda x, w: np.swapaxes(x[:, :, None] * w, 0, 2),
    "a mean over the batch": lambda x, w: x - np.mean(x, axis=0),
    "joined": lambda x, w: np.concatenate([x, x * w], axis=1),
    "one above the other": lambda x, w: np.concatenate([x, w * x], axis=0),
    "broadcast to the batch": lambda x, w: np.broadcast_to(w, x.shape) + x,
    "only broadcast": lambda x, w: np.broadcast_to(np.tanh(w), x.shape),
    "logarithms": lambda x, w: np.log1p(x * x) + np.log2(x * x + 1) - np.log10(x * x + w * w) + np.expm1(-x * x),
    "powers": lambda x, w: np.sqrt(x * x + 1) ** w + np.exp2(x) + (x * x + 1) ** 1.5,
    "circles": lambda x, w: np.sin(x) + np.cos(x) * np.tan(x / 9) + np.arctan(w),
    "hyperbolas": lambda x, w: np.sinh(x / 3) + np.cosh(x / 3) + np.arcsinh(x),
    "choices": lambda x, w: np.where(x > 0, x, w),
    "conditions": lambda x, w: np.where(np.logical_or(x > 1, np.logical_not(x < w)), x, 2.0 * w),
    "truth as a number": lambda x, w: (x > 0) * w,
    "bounds": lambda x, w: np.clip(x, -0.5, None) + np.maximum(x, w) - np.minimum(x, 0.1) + np.abs(x) + np.sign(x),
}


@pytest.mark.parametrize("what", FREE)
def test_other_functions_for_any_batch(tmp_path, what):
    x = np.random.default_rng(0).normal(size=(7, 3))
    check(Does(FREE[what]), tmp_path / "does.onnx", x, x[:1], x[:4], x=x[:5])
    shape = onnx.load(tmp_path / "does.onnx").graph.input[0].type.tensor_type.shape
    assert [d.dim_param or d.dim_value for d in shape.dim] == ["batch", 3]


def test_only_what_is_as_long_as_the_batch_is_called_so(tmp_path):
    for function, axes in ((FREE["a flattened batch"], ["axis0"]), (FREE["transposed"], [3, "batch"])):
        ma.to_onnx(Does(function), tmp_path / "does.onnx", np.ones((5, 3)))
        shape = onnx.load(tmp_path / "does.onnx").graph.output[0].type.tensor_type.shape
        assert [d.dim_param or d.dim_value for d in shape.dim] == axes


ONE_BATCH = {
    "a number": lambda x, w: x / len(x),
    "a part": lambda x, w: x[: len(x) // 2],
    "a square": lambda x, w: np.broadcast_to(x[:, None, 0], (len(x), len(x))) * w[0, 0],
    "as many steps": lambda x, w: sum([x * w] * len(x)),
}


@pytest.mark.parametrize("what", ONE_BATCH)
def test_what_the_batch_size_decides_holds_for_that_size_alone(tmp_path, what):
    x = np.random.default_rng(0).normal(size=(7, 3))
    check(Does(ONE_BATCH[what]), tmp_path / "does.onnx", x, x=x)
    with pytest.raises(Exception, match="Got: 4 Expected: 7"):
        outputs(tmp_path / "does.onnx", x[:4])


def test_a_single_sample_has_no_batch(tmp_path):
    net = ma.Autoencoder([3, 2, 3], seed=0)
    check(net, tmp_path / "net.onnx", np.array([1.0, 0.0, 1.0]), x=[1.0, 0.0, 1.0])


def test_an_example_is_of_the_model_s_dtype(tmp_path):
    net = ma.Autoencoder([3, 2, 3], seed=0, dtype=np.float32)
    check(net, tmp_path / "net.onnx", np.eye(3, dtype=np.float32), x=[[1.0, 0.0, 1.0]])


REFUSED = {
    "np.linalg.inv": (lambda x, w: np.linalg.inv(x), UnsupportedError, r"test_onnx.py:\d+.*linalg.inv has no ONNX"),
    "an array as index": (lambda x, w: x[np.array([0, 2])], UnsupportedError, "getitem with an array as index"),
    "a choice by numbers": (lambda x, w: x if x[0, 0] > 0 else w, ma.CompileError, "cannot be compiled"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_said_is_refused_and_the_old_file_stays(tmp_path, what):
    function, error, words = REFUSED[what]
    path = tmp_path / "does.onnx"
    path.write_bytes(b"old")
    with pytest.raises(error, match=words):
        ma.to_onnx(Does(function), path, np.eye(3))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_opaque_row_is_not_taken_for_numpy_s_function_of_its_name(tmp_path):
    @ma.operation(symbol="rint")
    def rint(x):
        return np.array([-round(number) for number in np.asarray(x).tolist()], float)

    rint.vjps = (lambda g, out, x: 0.0 * g,)
    try:
        with pytest.raises(UnsupportedError, match="rint has no ONNX operator"):
            ma.to_onnx(Does(lambda x, w: rint(w[0] * x)), tmp_path / "does.onnx", np.ones(3))
    finally:
        ma.operations.remove("rint")


def test_random_numbers_in_evaluation_are_refused(tmp_path):
    class Always(ma.Dropout):
        def forward(self, x):
            return self.change(x)

    with pytest.raises(UnsupportedError, match="random numbers in evaluation"):
        ma.to_onnx(ma.Sequential(ma.Linear(3, 2, seed=0), Always(0.5, seed=0)), tmp_path / "net.onnx")


def test_what_lacks_is_named(tmp_path):
    with pytest.raises(ValueError, match="give x"):
        ma.to_onnx(ma.ReLU(), tmp_path / "net.onnx")
    with pytest.raises(ValueError, match="depends on the batch size; give x"):
        ma.to_onnx(ma.Sequential(ma.Linear(3, 2, seed=0), ma.Softmax(0), Does(lambda x, w: x - x.mean())),
                   tmp_path / "net.onnx")  # fmt: skip
    with pytest.raises(TypeError, match="needs a Module, got function"):
        ma.to_onnx(lambda x: x, tmp_path / "net.onnx")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        ma.to_onnx(ma.Linear(3, 2, seed=0), tmp_path / "nowhere" / "net.onnx")


def test_without_onnx_one_line_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ModuleNotFoundError, match=r"^an ONNX file needs onnx: pip install 'microae\[onnx\]'$"):
        ma.to_onnx(ma.Linear(3, 2, seed=0), tmp_path / "net.onnx")
