"""What a model becomes in PyTorch, which is no dependency: classes, options, and the names and shapes of numbers."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

import microae as ma
from microae.compiler import UnsupportedError
from microae.export.torch import plan, state
from microae.nn.activations import ACTIVATIONS


def linear(n, m, bias=True, dtype="float64"):
    return "Linear", {"in_features": n, "out_features": m, "bias": bias, "dtype": dtype}


LAYERS = [
    (ma.Linear(3, 2, seed=0), linear(3, 2)),
    (ma.Linear(3, 2, False, seed=0, dtype=np.float32), linear(3, 2, False, "float32")),
    (ma.LeakyReLU(0.3), ("LeakyReLU", {"negative_slope": 0.3})),
    (ma.HardTanh(-0.5, 0.5), ("Hardtanh", {"min_val": -0.5, "max_val": 0.5})),
    (ma.ELU(0.5), ("ELU", {"alpha": 0.5})),
    (ma.GELU("tanh"), ("GELU", {"approximate": "tanh"})),
    (ma.Softmax(), ("Softmax", {"dim": -1})),
    (ma.LogSoftmax(0), ("LogSoftmax", {"dim": 0})),
    (ma.Softplus(), ("Softplus", {"threshold": 40.0})),
    (ma.Sigmoid(), ("Sigmoid", {})),
    (ma.Dropout(0.25), ("Dropout", {"p": 0.25})),
    (ma.GaussianNoise(0.1), ("Identity", {})),
    (ma.MaskingNoise(0.1), ("Identity", {})),
]


@pytest.mark.parametrize(("layer", "planned"), LAYERS, ids=lambda given: repr(given)[:20])
def test_each_layer_has_its_equal(layer, planned):
    assert plan(layer) == planned


@pytest.mark.parametrize("kind", sorted(ACTIVATIONS))
def test_every_activation_is_known(kind):
    assert plan(ACTIVATIONS[kind]())[0].lower() == ACTIVATIONS[kind].__name__.lower()


def test_the_numbers_have_pytorch_s_names_order_and_shapes():
    net = ma.Autoencoder([6, 4, 6], seed=0, dropout=0.5, noise=0.1)
    numbers = state(net)
    assert list(numbers) == ["encoder.0.weight", "encoder.0.bias", "decoder.0.weight", "decoder.0.bias"]
    assert [array.shape for array in numbers.values()] == [(4, 6), (4,), (6, 4), (6,)]
    assert list(numbers) == list(net.state_dict())
    assert np.array_equal(numbers["encoder.0.weight"], net.encoder[0].weight.data.T)
    assert numbers["encoder.0.weight"].flags.c_contiguous
    encoder = {"0": linear(6, 4), "1": ("LeakyReLU", {"negative_slope": 0.01}), "2": ("Dropout", {"p": 0.5})}
    decoder = {"0": linear(4, 6), "1": ("Sigmoid", {})}
    assert plan(net) == ("Sequential", {"encoder": ("Sequential", encoder), "decoder": ("Sequential", decoder)})


def test_a_layer_in_two_places_has_its_numbers_twice():
    layer = ma.Linear(4, 4, seed=0)
    assert list(state(ma.Sequential(layer, ma.Tanh(), layer))) == ["0.weight", "0.bias", "2.weight", "2.bias"]


class Twice(ma.Linear):
    def forward(self, x):
        return 2.0 * super().forward(x)


@pytest.mark.parametrize("module", [Twice(3, 2), ma.Module()], ids=["Twice", "Module"])
def test_a_module_of_another_s_is_refused_by_name(module):
    with pytest.raises(UnsupportedError, match=f"to_torch: {type(module).__name__} has no equal in torch.nn"):
        ma.to_torch(ma.Sequential(ma.Linear(3, 3), module))


def test_without_pytorch_one_line_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModuleNotFoundError, match=r"^a PyTorch module needs torch: pip install torch$"):
        ma.to_torch(ma.Linear(3, 2))


class Part:
    """Stands in for a module of PyTorch's, and remembers what is done with it."""

    def __init__(self, **options):
        self.options, self.parts, self.training, self.state = options, {}, True, None

    def add_module(self, name, part):
        self.parts[name] = part

    def train(self, mode):
        self.training = mode
        return self

    def load_state_dict(self, state):
        self.state = state


def test_modules_are_made_and_given_their_numbers(monkeypatch):
    kinds = {name: type(name, (Part,), {}) for name in ("Sequential", "Linear", "Tanh")}
    torch = SimpleNamespace(nn=SimpleNamespace(**kinds), tensor=np.array, float64="double")
    monkeypatch.setitem(sys.modules, "torch", torch)
    net = ma.Sequential(ma.Linear(3, 2, seed=0), ma.Tanh()).eval()
    built = ma.to_torch(net)
    assert [(name, type(part).__name__) for name, part in built.parts.items()] == [("0", "Linear"), ("1", "Tanh")]
    assert built.parts["0"].options == {"in_features": 3, "out_features": 2, "bias": True, "dtype": "double"}
    assert not built.training
    assert np.array_equal(built.state["0.weight"], net[0].weight.data.T)
