"""Modules: what belongs to them, how it is named, saved, loaded, copied and shown."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import microae as ma
from microae import Module, Sequential, Value
from microae.nn.layers import RandomModule


class Block(Module):
    """Parameters and children in every place where they may be."""

    def __init__(self):
        self.scale = Value(2.0)
        self.layers = [ma.Linear(3, 3, seed=0), ma.Linear(3, 3, seed=1)]
        self.heads = {"a": ma.Linear(3, 1, seed=2), "b": ma.Dropout(0.5, seed=3)}
        self.offsets = (Value([1.0, 2.0]), [Value([3.0])])
        self.activation = ma.Tanh()
        self.note = "no parameter"

    def forward(self, x):
        for layer in self.layers:
            x = self.activation(layer(x))
        return self.heads["a"](x * self.scale)


NAMES = [
    "scale",
    "offsets.0",
    "offsets.1.0",
    "layers.0.weight",
    "layers.0.bias",
    "layers.1.weight",
    "layers.1.bias",
    "heads.a.weight",
    "heads.a.bias",
]


def test_parameters_are_found_everywhere_and_named_by_path():
    block = Block()
    assert [name for name, _ in block.named_parameters()] == NAMES
    assert block.parameters() == [value for _, value in block.named_parameters()]
    assert [name for name, _ in block.named_modules()] == [
        "",
        "layers.0",
        "layers.1",
        "heads.a",
        "heads.b",
        "activation",
    ]
    assert [name for name, _ in block.named_children()] == ["layers.0", "layers.1", "heads.a", "heads.b", "activation"]


def test_parameters_are_labelled_by_their_attribute_unless_they_have_a_label():
    block = Block()
    assert block.scale.label == "scale"
    assert block.offsets[0].label == "offsets.0"
    assert block.layers[0].weight.label == "weight"
    block.other = Value(1.0, label="mine")
    assert block.other.label == "mine"


def test_what_is_shared_comes_once():
    net = Block()
    net.again = net.layers[0]
    net.tied = net.layers[1].weight
    names = [name for name, _ in net.named_parameters()]
    assert len(names) == len(NAMES)
    assert len(net.parameters()) == len(set(net.parameters()))
    tied = Sequential(*[ma.Linear(2, 2, seed=0)] * 3)
    assert len(tied.parameters()) == 2
    assert tied([1.0, 2.0]).owner == "2"
    assert [name for name, _ in tied.named_modules()] == ["", "0"]
    assert len(list(net.modules())) == len(set(net.modules())) == 6


def test_a_result_kept_in_an_attribute_is_no_parameter():
    block = Block()
    block.last = block(np.ones(3))
    assert [name for name, _ in block.named_parameters()] == NAMES
    assert "last" not in block.state_dict()
    ma.SGD(block.parameters(), lr=0.1)


def test_a_computed_value_does_not_take_the_place_of_a_parameter():
    layer = ma.Linear(2, 3, seed=0)
    weight, before = layer.weight, layer.weight.numpy()
    with pytest.raises(TypeError, match=r"Linear\.weight is a parameter.* inside ma\.no_grad\(\).*weight\.data = "):
        layer.weight -= 0.1
    with pytest.raises(TypeError, match="a computed Value cannot take its place"):
        layer.weight = layer.weight - 0.1
    assert layer.weight is weight
    with ma.no_grad():
        layer.weight -= 0.1
    assert layer.weight is weight is layer.parameters()[0]
    np.testing.assert_array_equal(weight.data, before - 0.1)
    layer.weight = Value(before)  # another leaf
    assert layer.parameters()[0] is layer.weight is not weight
    layer.last = layer([1.0, 2.0])
    layer.last = layer.last + 1.0


def test_parts_put_into_a_list_later_are_parts():
    class Grown(Module):
        def __init__(self):
            self.layers = []
            for i in range(2):
                self.layers.append(ma.Linear(2, 2, seed=i))

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    net = Grown()
    assert [name for name, _ in net.named_parameters()][::2] == ["layers.0.weight", "layers.1.weight"]
    assert net([1.0, 2.0]).owner == "layers.1"


def test_train_and_eval_reach_everything():
    block = Sequential(Block(), Sequential(ma.Dropout(0.5, seed=0), ma.ReLU()))
    assert all(m.training for m in block.modules())
    assert block.eval() is block
    assert not any(m.training for m in block.modules())
    assert len(list(block.modules())) == 10
    block[1].train()
    assert [m.training for m in block[1].modules()] == [True] * 3
    assert not block[0].training
    block.train()
    assert all(m.training for m in block.modules())


def test_state_dict_is_a_copy_and_comes_back():
    a, b = Block(), Block()
    for p in b.parameters():
        p.data = np.zeros(p.shape)
    state = a.state_dict()
    assert list(state) == NAMES
    b.load_state_dict(state)
    for array in state.values():
        array[...] = 99.0
    x = np.array([0.1, 0.2, 0.3])
    np.testing.assert_array_equal(a(x).data, b(x).data)
    assert not any((p.data == 99.0).any() if p.ndim else p.data == 99.0 for p in (*a.parameters(), *b.parameters()))


def test_loading_rebinds_and_keeps_the_optimisers_parameters():
    net = ma.Linear(2, 1, seed=0)
    before, old = net.parameters(), net([1.0, 2.0])
    slope = ma.gradients(old.sum() ** 2, before)
    net.load_state_dict({"weight": [[5.0], [6.0]], "bias": [7.0]})
    assert net.parameters() == before
    for now, then in zip(ma.gradients(old.sum() ** 2, before), slope, strict=True):
        np.testing.assert_array_equal(now, then)
    assert net([1.0, 2.0]).data.tolist() == [24.0]


BAD = {
    "missing": ({"weight": np.ones((2, 1))}, KeyError, "missing .'bias'., not known nothing"),
    "unknown": (
        {"weight": np.ones((2, 1)), "bias": [1.0], "more": 1.0},
        KeyError,
        "missing nothing, not known .'more'.",
    ),
    "shape": ({"weight": np.ones((2, 1)), "bias": np.ones(3)}, ValueError, r"bias has shape \(1,\), got \(3,\)"),
    "nan": ({"weight": np.ones((2, 1)), "bias": [np.nan]}, ValueError, "NaN or infinity in bias"),
    "infinity": ({"weight": np.ones((2, 1)), "bias": [-np.inf]}, ValueError, "NaN or infinity in bias"),
    "complex": ({"weight": np.ones((2, 1)), "bias": np.array([1j])}, TypeError, "bias: needs real numbers"),
    "strings": ({"weight": np.ones((2, 1)), "bias": np.array(["1.0"])}, TypeError, "bias: needs real numbers"),
    "ragged": ({"weight": [[1.0], [1.0, 2.0]], "bias": [1.0]}, ValueError, "weight: the data is ragged"),
}


@pytest.mark.parametrize(("state", "error", "words"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("strict", [True, False])
def test_loading_changes_all_or_nothing(state, error, words, strict):
    net = ma.Linear(2, 1, seed=0)
    before = net.state_dict()
    if not strict and error is KeyError:
        net.load_state_dict(state, strict=False)
        assert net.weight.data.tolist() == [[1.0], [1.0]]
        assert net.bias.data.tolist() == ([1.0] if "bias" in state else [0.0])
        return
    with pytest.raises(error, match=words):
        net.load_state_dict(state, strict=strict)
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_float32_parameters_stay_float32_when_loaded():
    net = ma.Linear(2, 1, seed=0, dtype=np.float32)
    net.load_state_dict({"weight": np.ones((2, 1)), "bias": [0]})
    assert [p.dtype for p in net.parameters()] == [np.float32] * 2


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_copies_are_independent(copied):
    net = ma.Autoencoder([4, 3, 4], noise=0.1, dropout=0.2, sparsity=0.1, seed=0)
    net.tied = net.encoder[0].weight
    twin = copied(net)
    assert repr(twin) == repr(net)
    assert twin.tied is twin.encoder[0].weight
    assert not set(twin.parameters()) & set(net.parameters())
    x = np.array([[0.1, 0.2, 0.3, 0.4]])
    np.testing.assert_array_equal(net.loss(x).data, twin.loss(x).data)  # the same noise and dropout too
    before = net.state_dict()
    twin.loss(x).backward()
    ma.SGD(twin.parameters(), lr=0.5).step()
    assert all(p.grad is None for p in net.parameters())
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    twin.eval()
    assert net.training
    assert twin.encode(x).owner == "encoder.1"
    rngs, others = ({id(m.rng) for m in model.modules() if isinstance(m, RandomModule)} for model in (net, twin))
    assert len(rngs) == len(others) == 1
    assert rngs != others


def test_the_owner_of_a_node_is_the_modules_path():
    net = Sequential(Sequential(ma.Linear(2, 2, seed=0), ma.ReLU()), ma.Linear(2, 1, seed=0))
    y = net([1.0, 2.0])
    assert y.owner == "1"
    assert y.inputs[0].owner == "0.1"
    assert y.inputs[0].inputs[0].owner == "0.0"
    assert (y + 1).owner == ""


def test_the_owner_is_restored_after_an_exception():
    net = Sequential(Sequential(ma.Linear(2, 2, seed=0)))
    x = Value([1.0, 2.0, 3.0], label="x")
    with pytest.raises(ValueError, match=r"linear: .*x: shape \(3,\), weight: shape \(2, 2\)"):
        net(x)
    assert (x + 1).owner == ""


def test_repr_is_a_tree_with_counts():
    assert repr(ma.Linear(3, 4, seed=0)) == "Linear(3, 4)  # 16 parameters"
    assert repr(ma.Linear(1, 1, bias=False, seed=0)) == "Linear(1, 1, bias=False)  # 1 parameter"
    assert repr(ma.ReLU()) == "ReLU()"
    assert repr(Sequential()) == "Sequential()"
    net = Sequential(ma.Linear(100, 50, seed=0), Sequential(ma.LeakyReLU(0.2), ma.Dropout(0.25)))
    assert repr(net).splitlines() == [
        "Sequential(  # 5,050 parameters",
        "  (0): Linear(100, 50)  # 5,050 parameters",
        "  (1): Sequential(",
        "    (0): LeakyReLU(negative_slope=0.2)",
        "    (1): Dropout(0.25)",
        "  )",
        ")",
    ]
    assert "(layers.1): Linear(3, 3)" in repr(Block())


def test_sequential():
    layers = [ma.Linear(2, 3, seed=0), ma.Tanh(), ma.Linear(3, 1, seed=1)]
    net = Sequential(*layers)
    assert len(net) == 3
    assert net[1] is layers[1]
    x = np.array([[0.1, 0.2], [0.3, -0.4]])
    np.testing.assert_array_equal(net(x).data, layers[2](layers[1](layers[0](x))).data)
    with pytest.raises(TypeError, match="layer 1 must be a Module, got ufunc"):
        Sequential(ma.ReLU(), np.tanh)


def test_a_module_without_forward_says_so():
    class Empty(Module):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty has no forward\(self, x\)"):
        Empty()(1.0)


def test_sequential_honours_a_layer_with_a_call_of_its_own():
    class Doubled(ma.Linear):
        def __call__(self, x):
            return 2.0 * super().__call__(x)

    layer = Doubled(2, 2, seed=0)
    x = np.array([1.0, -1.0])
    assert (ma.Sequential(layer)(x).data == 2.0 * (x @ layer.weight.data + layer.bias.data)).all()


def test_children_and_zero_grad():
    net = ma.Autoencoder([3, 2, 3], seed=0)
    assert list(net.children()) == [net.encoder, net.decoder]
    net.loss([1, 0, 1]).backward()
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_a_state_must_be_a_mapping():
    with pytest.raises(TypeError, match="needs a mapping of names to arrays, got list"):
        ma.Autoencoder([3, 2, 3]).load_state_dict([1])
