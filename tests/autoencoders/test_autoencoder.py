"""The autoencoder family: topologies, code, variants, and a training step by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microae as ma
from microae import Autoencoder, Value, gradients
from microae.nn.activations import ACTIVATIONS
from tests import oracles

X = np.array([[a, b, c] for a in (0.0, 1.0) for b in (0.0, 1.0) for c in (0.0, 1.0)])


def sigma(z):
    return 1 / (1 + np.exp(-z))


# --- topology ---


@given(st.lists(st.integers(1, 6), max_size=4), st.integers(1, 6), st.sampled_from([(), (1,), (5,), (2, 3)]))
@settings(deadline=None, max_examples=50)
def test_any_topology(hidden, width, batch):
    net = Autoencoder([width, *hidden, width], seed=0)
    layers = [m for m in net.modules() if isinstance(m, ma.Linear)]
    assert [layer.weight.shape for layer in layers] == list(zip([width, *hidden], [*hidden, width], strict=True))
    assert net.layers == (width, *hidden, width)
    x = np.random.default_rng(0).uniform(size=(*batch, width))
    h = x
    for layer in layers[:-1]:
        z = h @ layer.weight.data + layer.bias.data
        h = np.where(z > 0, z, 0.01 * z)
    y = sigma(h @ layers[-1].weight.data + layers[-1].bias.data)
    np.testing.assert_allclose(net(x).data, y, rtol=1e-12)
    np.testing.assert_array_equal(net.reconstruct(x), net(x).data)
    np.testing.assert_array_equal(net.decode(net.encode(x)).data, net(x).data)
    assert np.shape(net.encode(x)) == (*batch, min(hidden, default=width))


@pytest.mark.parametrize(
    ("layers", "encoder", "code"),
    [
        ([3, 3], 0, 3),
        ([3, 4, 3], 1, 4),
        ([8, 4, 2, 4, 8], 2, 2),
        ([8, 2, 4, 8], 1, 2),
        ([8, 4, 2, 8], 2, 2),
        ([8, 2, 2, 8], 1, 2),
        ([8, 5, 3, 4, 3, 5, 8], 2, 3),
    ],
)
def test_the_code_is_the_narrowest_hidden_layer_the_first_of_equals(layers, encoder, code):
    net = Autoencoder(layers, seed=0)
    assert sum(isinstance(m, ma.Linear) for m in net.encoder.modules()) == encoder
    assert np.shape(net.encode(np.zeros(layers[0]))) == (code,)


@pytest.mark.parametrize(
    "layers", [[], [3], 3, [3, 0, 3], [3, -2, 3], [3, 2.5, 3], ["a", "b"], None, [3, None, 3], "343"]
)
def test_a_topology_is_two_or_more_positive_whole_numbers(layers):
    with pytest.raises(ValueError, match=r"two or more positive whole numbers such as \[3, 4, 3\], got"):
        Autoencoder(layers)


def test_a_topology_ends_as_wide_as_it_begins():
    with pytest.raises(ValueError, match="got 3 in and 2 out; for other networks use Sequential"):
        Autoencoder([3, 4, 2])
    assert Autoencoder((np.int64(3), 2.0, 3)).layers == (3, 2, 3)


# --- construction ---


def test_the_papers_network():
    net = Autoencoder([3, 4, 3], seed=0)
    assert repr(net).splitlines() == [
        "Autoencoder([3, 4, 3]  # 31 parameters",
        "  (encoder): Sequential(  # 16 parameters",
        "    (0): Linear(3, 4)  # 16 parameters",
        "    (1): LeakyReLU(negative_slope=0.01)",
        "  )",
        "  (decoder): Sequential(  # 15 parameters",
        "    (0): Linear(4, 3)  # 15 parameters",
        "    (1): Sigmoid()",
        "  )",
        ")",
    ]
    assert list(net.state_dict()) == ["encoder.0.weight", "encoder.0.bias", "decoder.0.weight", "decoder.0.bias"]


def test_the_seed_determines_everything():
    def states(seed):
        net = Autoencoder([4, 3, 4], noise=0.1, dropout=0.3, seed=seed)
        return [*net.state_dict().values(), *(net(np.ones(4)).data for _ in range(2))]

    for a, b in zip(states(5), states(5), strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(states(5), states(np.random.default_rng(5)), strict=True):
        np.testing.assert_array_equal(a, b)
    assert (states(5)[0] != states(6)[0]).any()
    first, _, third, _ = Autoencoder([4, 4, 4], seed=0).state_dict().values()
    assert (first != third).any()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_by_name_class_and_module(name):
    made = ACTIVATIONS[name]
    nets = [Autoencoder([3, 2, 3], given, "linear", seed=0) for given in (name, made, made())]
    for net in nets:
        np.testing.assert_array_equal(net(X).data, nets[0](X).data)
        assert type(net.encoder[1]) is made


def test_one_module_may_serve_every_layer():
    net = Autoencoder([3, 2, 2, 3], activation=ma.LeakyReLU(0.3), seed=0)
    assert net.encoder[1] is net.decoder[1]
    assert net.encode(X[1]).owner == "encoder.1"
    code = net.encode(X)
    assert net.decode(code).inputs[0].inputs[0].owner == "decoder.1"


def test_float32_throughout():
    net = Autoencoder([3, 2, 3], noise=0.1, dropout=0.2, sparsity=0.1, dtype=np.float32, seed=0)
    optimizer = ma.SGD(net.parameters(), lr=0.1, momentum=0.9)
    for x in (X, X.tolist(), X.astype(int), X.astype(np.float32), X[1].tolist()):
        loss = net.loss(x)
        assert loss.dtype == net(x).dtype == net.reconstruct(x).dtype == np.float32
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert all(p.dtype == p.grad.dtype == np.float32 for p in net.parameters())


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"activation": "swish"}, ValueError, "'swish' is not known"),
        ({"output": "probability"}, ValueError, "'probability' is not known"),
        ({"noise": -0.1}, ValueError, "Autoencoder: noise, .* must be a finite number, not negative, got -0.1"),
        ({"sparsity": -1.0}, ValueError, "sparsity must be a finite number, not negative, got -1.0"),
        ({"sparsity": np.nan}, ValueError, "sparsity must .* got nan"),
        ({"sparsity": "much"}, ValueError, "Autoencoder: sparsity must be a finite number.* got 'much'"),
        ({"seed": -1}, ValueError, "seed must not be negative, got -1"),
        ({"noise": {}}, ValueError, "Autoencoder: noise, if it is no module .* got {}"),
        ({"dropout": 1.0}, ValueError, "Autoencoder: dropout must be at least 0 and less than 1, got 1.0"),
        ({"dropout": None}, ValueError, "Autoencoder: dropout must .* got None"),
        ({"tied": "yes"}, ValueError, "Autoencoder: tied must be True or False, got 'yes'"),
        ({"sparsity": True}, ValueError, "Autoencoder: sparsity must be .* got True"),
        ({"loss": np.ones(2)}, ValueError, "Autoencoder: loss must be 'bce' or 'mse'"),
        ({"activation": ["relu"]}, ValueError, r"activation \['relu'\] is not known"),
        ({"initialiser": {}}, ValueError, "initialiser {} is not known"),
        ({"initialiser": "ones"}, ValueError, "'ones' is not known"),
        ({"seed": "lucky"}, TypeError, "seed must be an integer"),
        ({"dtype": int}, TypeError, "Autoencoder: dtype must be float64 or float32"),
        ({"dtype": 3}, TypeError, "Autoencoder: dtype must be float64 or float32, got 3"),
    ],
)
def test_options_are_checked(options, error, words):
    with pytest.raises(error, match=words):
        Autoencoder([3, 4, 3], **options)


# --- inputs ---


@pytest.mark.parametrize("bad", [[1, 0], np.zeros((3, 4)), 1.0, np.zeros((5, 0))])
@pytest.mark.parametrize("use", ["__call__", "encode", "reconstruct", "loss"])
def test_a_wrong_width_is_refused(bad, use):
    with pytest.raises(ValueError, match="must have 3 features in its last axis, its shape is"):
        getattr(Autoencoder([3, 4, 3], seed=0), use)(bad)


def test_other_wrong_inputs_are_refused():
    net = Autoencoder([3, 4, 3], seed=0)
    for bad, error in (([1j, 0, 1], TypeError), (["a", "b", "c"], TypeError), ([[1.0], [1.0, 2.0]], ValueError)):
        with pytest.raises(error, match="Autoencoder: the input"):
            net(bad)
    with pytest.raises(ValueError, match=r"did you mean|linear: .*shape \(3,\), weight: shape \(4, 3\)"):
        net.decode([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"the target must lie in \[0, 1\], it spans \[0, 2\]"):
        net.loss([0.0, 2.0, 1.0])
    with pytest.raises(ValueError, match=r"the target must lie in \[0, 1\]"):
        net.loss([0.0, np.nan, 1.0])
    with pytest.raises(ValueError, match="must be equal"):
        net.loss(X, X[:2])


def test_lists_whole_numbers_and_values_are_inputs():
    net = Autoencoder([3, 2, 3], seed=0)
    for x in ([1, 0, 1], (1.0, 0.0, 1.0), np.array([1, 0, 1]), np.array([True, False, True]), Value([1, 0, 1])):
        np.testing.assert_array_equal(net(x).data, net(X[5]).data)
        assert net.loss(x).item() == net.loss(X[5]).item()
    assert net.loss(X[5], Value([0.0, 1.0, 1.0])).item() == net.loss(X[5], [0, 1, 1]).item()


def test_the_input_may_be_differentiated():
    net = Autoencoder([3, 2, 3], activation="tanh", seed=0)
    x = Value([0.2, 0.5, 0.9])
    found = gradients(net.loss(x, [0, 1, 1]), [x])[0]
    W, b, V, c = net.state_dict().values()

    def loss(x):
        p = sigma(np.tanh(x @ W + b) @ V + c)
        return -(np.array([0, 1, 1]) * np.log(p) + np.array([1, 0, 0]) * np.log(1 - p)).mean()

    np.testing.assert_allclose(found, oracles.complex_step(loss, [x.numpy()]).values[0], rtol=1e-12)


# --- loss ---


def test_the_loss_follows_the_output():
    for output, formula in (
        ("sigmoid", lambda y: -(X * np.log(y) + (1 - X) * np.log(1 - y))),
        ("linear", lambda y: (y - X) ** 2),
        ("tanh", lambda y: (y - X) ** 2),
    ):
        net = Autoencoder([3, 2, 3], output=output, seed=0)
        losses = formula(net(X).data)
        np.testing.assert_allclose(net.loss(X).item(), losses.mean(), rtol=1e-12)
        np.testing.assert_allclose(net.loss(X, reduction="sum").item(), losses.sum(), rtol=1e-12)
        np.testing.assert_allclose(net.loss(X, reduction="none").data, losses, rtol=1e-12)


def test_the_loss_can_be_chosen():
    net = Autoencoder([3, 2, 3], loss="mse", seed=0)
    assert net.loss(X).item() == pytest.approx(((net(X).data - X) ** 2).mean(), rel=1e-14)
    assert "loss='mse'" in repr(net)
    with pytest.raises(ValueError, match="loss must be 'bce' or 'mse', got 'mae'"):
        Autoencoder([3, 2, 3], loss="mae")


def test_gradients_of_the_whole_loss_by_the_complex_step():
    net = Autoencoder([3, 2, 3], activation="tanh", sparsity=0.3, seed=0)
    net.encoder[0].bias.data = [0.7, -0.4]
    target = X[::-1]

    def loss(W, b, V, c):
        h = np.tanh(X @ W + b)
        p = sigma(h @ V + c)
        size = np.where(h.real >= 0, h, -h)  # |h| as an analytic function
        return -(target * np.log(p) + (1 - target) * np.log(1 - p)).mean() + 0.3 * size.mean()

    expected = oracles.complex_step(loss, list(net.state_dict().values())).values
    for found, slope in zip(gradients(net.loss(X, target), net.parameters()), expected, strict=True):
        np.testing.assert_allclose(found, slope, rtol=1e-11, atol=1e-14)


# --- variants ---


def test_denoising_has_a_corrupted_input_and_a_clean_target():
    net = Autoencoder([3, 4, 3], noise=ma.MaskingNoise(0.5, seed=1), seed=0)
    seen = []
    inner = net.encoder[0].forward
    object.__setattr__(net.encoder[0], "forward", lambda x: (seen.append(np.array(x)), inner(x))[1])
    loss = net.loss(X)
    (corrupted,) = seen
    assert (corrupted != X).any()
    assert set(np.unique(corrupted)) <= {0.0, 1.0}
    p = net.decode(net.encoder[1](inner(corrupted))).data
    assert loss.item() == pytest.approx(-(X * np.log(p) + (1 - X) * np.log(1 - p)).mean(), rel=1e-12)


def test_noise_as_a_number_is_gaussian_and_in_training_only():
    net = Autoencoder([3, 4, 3], noise=0.5, seed=0)
    assert isinstance(net.noise, ma.GaussianNoise)
    assert (net(X).data != net(X).data).any()
    np.testing.assert_array_equal(net.reconstruct(X), net.reconstruct(X))
    assert net.training
    net.eval()
    np.testing.assert_array_equal(net(X).data, net.reconstruct(X))
    clean = Autoencoder([3, 4, 3], seed=0)
    np.testing.assert_array_equal(clean(X).data, net(X).data)  # the noise takes nothing from the weights' draws


def test_dropout_acts_on_the_hidden_layers_in_training_only():
    net = Autoencoder([3, 200, 100, 3], dropout=0.4, seed=0)
    assert [type(m).__name__ for m in net.encoder][2::3] == ["Dropout", "Dropout"]
    assert [type(m).__name__ for m in net.decoder] == ["Linear", "Sigmoid"]
    codes = net.encode(np.ones((50, 3))).data
    assert (codes == 0).mean() == pytest.approx(0.4, abs=0.03)
    with_all = net.eval().encode(np.ones((50, 3))).data
    assert (with_all != 0).all()
    np.testing.assert_array_equal(with_all[0], with_all[1])


def test_sparsity_adds_the_codes_mean_activity_and_training_makes_it_sparse():
    plain, sparse = Autoencoder([3, 4, 3], seed=0), Autoencoder([3, 4, 3], sparsity=0.5, seed=0)
    penalty = 0.5 * np.abs(plain.encode(X).data).mean()
    assert sparse.loss(X).item() == pytest.approx(plain.loss(X).item() + penalty, rel=1e-14)
    assert "sparsity=0.5" in repr(sparse)
    for net in (plain, sparse):
        optimizer = ma.Adam(net.parameters(), lr=0.02)
        for _ in range(300):
            optimizer.zero_grad()
            net.loss(X).backward()
            optimizer.step()
    assert np.abs(sparse.reconstruct(X)).max() <= 1
    assert np.abs(sparse.encode(X).data).mean() < 0.5 * np.abs(plain.encode(X).data).mean()


def test_reconstruct_is_plain_and_puts_every_mode_back():
    net = Autoencoder([3, 4, 3], noise=0.3, dropout=0.3, seed=0)
    net.decoder.eval()
    modes = [m.training for m in net.modules()]
    y = net.reconstruct(X)
    assert type(y) is np.ndarray
    y[:] = 0.0  # one's own
    assert [m.training for m in net.modules()] == modes
    with pytest.raises(ValueError, match="3 features"):
        net.reconstruct([1.0])
    assert [m.training for m in net.modules()] == modes
    assert (net(X) * 1).operation is not None


def test_it_learns_the_eight_binary_vectors():
    net = Autoencoder([3, 4, 3], seed=1)
    optimizer = ma.Adam(net.parameters(), lr=0.05)
    for _ in range(400):
        optimizer.zero_grad()
        net.loss(X).backward()
        optimizer.step()
    assert (np.round(net.reconstruct(X)) == X).all()
    assert net.loss(X).item() < 0.1


def test_a_step_by_hand():
    """The paper's step: forward, backward, update, in hand-written NumPy."""
    net = Autoencoder([3, 4, 3], seed=3)
    W, b, V, c = net.state_dict().values()
    x = X[5]
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.01), x)
    z = x @ W + b
    h = np.where(z > 0, z, 0.01 * z)
    p = sigma(h @ V + c)
    delta = (p - x) / 3
    back = (V @ delta) * np.where(z > 0, 1.0, 0.01)
    expected = [W - 0.01 * np.outer(x, back), b - 0.01 * back, V - 0.01 * np.outer(h, delta), c - 0.01 * delta]
    for found, by_hand in zip(net.parameters(), expected, strict=True):
        np.testing.assert_allclose(found.data, by_hand, rtol=1e-12, atol=1e-16)
    assert step.loss_before == pytest.approx(-(x * np.log(p) + (1 - x) * np.log(1 - p)).mean(), rel=1e-12)
    assert step.loss_after < step.loss_before
