"""The family: each variant's loss against its formula, compiled against eager, recorded and drawn."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import microae as ma

X = np.random.default_rng(0).random((8, 6))
FAMILY = {
    "denoising": lambda: ma.DenoisingAutoencoder([6, 3, 6], "salt_and_pepper", 0.3, seed=0),
    "sparse": lambda: ma.SparseAutoencoder([6, 5, 6], seed=0),
    "sparse l1": lambda: ma.SparseAutoencoder([6, 5, 6], penalty="l1", seed=0),
    "contractive": lambda: ma.ContractiveAutoencoder([6, 2, 6], seed=0),
    "variational": lambda: ma.VariationalAutoencoder([6, 4, 2, 4, 6], seed=0),
    "tied": lambda: ma.Autoencoder([6, 4, 2, 4, 6], tied=True, seed=0),
    "classifier": lambda: ma.Classifier([6, 4, 3], seed=0),
}


def given_target(name):
    return {"target": np.arange(8) % 3} if name == "classifier" else {}


def trained(name, backend):
    net = FAMILY[name]()
    optimizer = ma.SGD(net.parameters(), lr=0.05)
    options = {"epochs": 2, "batch_size": 4, "seed": 0, "progress": False, "backend": backend}
    return net, ma.fit(net, X, optimizer, **options, **given_target(name))


@pytest.mark.parametrize("name", FAMILY)
def test_compiled_equals_eager(name):
    net, eager = trained(name, "eager")
    other, compiled = trained(name, "numpy")
    assert compiled.backend == "numpy"
    np.testing.assert_allclose(compiled.loss, eager.loss, rtol=1e-12)
    for p, q in zip(net.parameters(), other.parameters(), strict=True):
        np.testing.assert_allclose(p.numpy(), q.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "backend"),
    [
        ("denoising", "python"),
        ("sparse", "python"),
        ("variational", "python"),
        ("tied", "python"),
        ("denoising", "numba"),
        ("variational", "numba"),
        ("contractive", "jax"),
        ("variational", "jax"),
        ("classifier", "jax"),
    ],
)
def test_other_backends_equal_eager(name, backend):
    _, compiled = trained(name, backend)
    assert compiled.backend == backend
    np.testing.assert_allclose(compiled.loss, trained(name, "eager")[1].loss, rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILY)
def test_a_step_is_recorded_and_drawn(name, tmp_path):
    net = FAMILY[name]()
    target = [0, 1] if name == "classifier" else None
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.01), X[:2], target)
    assert step.loss_after < step.loss_before
    step.save(tmp_path / "step.svg")
    assert (tmp_path / "step.svg").stat().st_size > 1000


def test_salt_and_pepper_loses_its_share_half_to_each():
    noisy = ma.SaltAndPepperNoise(0.4, seed=0)(np.full(100_000, 0.5))
    assert [round(float((noisy == v).mean()), 2) for v in (0.0, 0.5, 1.0)] == [0.2, 0.6, 0.2]


def test_denoising_keeps_the_target_clean():
    net = ma.DenoisingAutoencoder([6, 3, 6], "masking", 0.5, seed=0, loss="mse")
    noisy = ma.MaskingNoise(0.5, seed=1)
    net.noise = noisy
    loss = net.loss(X).item()
    noisy.rng = np.random.default_rng(1)
    out = net.decode(net.encode(noisy(X))).numpy()
    assert loss == pytest.approx(np.square(out - X).mean(), rel=1e-12)


def test_sparse_penalties_are_their_formulas():
    net = ma.SparseAutoencoder([6, 5, 6], target=0.1, weight=2.0, seed=0)
    code = net.encode(X).numpy()
    mean = code.mean(0)
    expected = 2.0 * (0.1 * np.log(0.1 / mean) + 0.9 * np.log(0.9 / (1 - mean))).sum()
    assert net.penalty(X, net.encode(X)).item() == pytest.approx(expected, rel=1e-12)
    l1 = ma.SparseAutoencoder([6, 5, 6], "tanh", penalty="l1", weight=2.0, seed=0)
    expected = 2.0 * np.abs(l1.encode(X).numpy()).mean()
    assert l1.penalty(X, l1.encode(X)).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "leaky_relu"])
def test_contractive_penalty_equals_that_of_jacobian_at_any_depth(activation):
    net = ma.ContractiveAutoencoder([6, 5, 3, 5, 6], activation, seed=0)
    expected = np.mean([np.square(ma.jacobian(net.encode, x)).sum() for x in X])
    assert net.jacobian_norm(X).item() == pytest.approx(expected, rel=1e-12)
    with ma.no_grad():
        assert net.jacobian_norm(X).item() == pytest.approx(expected, rel=1e-12)


def test_elbo_equals_that_of_mpmath():
    for loss in ("bce", "mse"):
        net = ma.VariationalAutoencoder([6, 4, 2, 4, 6], beta=0.5, seed=0, loss=loss)
        mean, logs = (v.numpy() for v in net.posterior(X))
        net.draws.rng = np.random.default_rng(3)
        found = net.loss(X).item()
        z = mean + np.exp(0.5 * logs) * np.random.default_rng(3).standard_normal(mean.shape)
        out = net.decode(z).numpy()
        total = mpmath.mpf(0)
        for x, y in zip(X.ravel(), out.ravel(), strict=True):
            x, y = mpmath.mpf(float(x)), mpmath.mpf(float(y))
            if loss == "bce":
                total -= x * mpmath.log(y) + (1 - x) * mpmath.log(1 - y)
            else:
                total -= mpmath.log(mpmath.npdf(x, y, 1))
        for m, s in zip(mean.ravel(), logs.ravel(), strict=True):
            m, s = mpmath.mpf(float(m)), mpmath.mpf(float(s))
            total += mpmath.mpf(0.5) * (m * m + mpmath.exp(s) - 1 - s) / 2
        assert abs(found - float(total / len(X))) < 1e-10


def test_samples_follow_their_seed():
    net = ma.VariationalAutoencoder([6, 4, 2, 4, 6], seed=0)
    assert (net.sample(3, seed=1) == net.sample(3, seed=1)).all()
    assert (net.sample(3, seed=1) != net.sample(3, seed=2)).any()


def test_tied_weights_are_one_parameter_used_twice():
    net = ma.Autoencoder([6, 4, 2, 4, 6], tied=True, seed=0)
    assert net.decoder[0].weight is net.encoder[2].weight
    assert net.decoder[2].weight is net.encoder[0].weight
    assert [p.shape for p in net.parameters()] == [(6, 4), (4,), (4, 2), (2,), (4,), (6,)]
    w = net.encoder[0].weight
    (slope,) = ma.gradients(net.loss(X), [w])
    start, h = w.numpy().copy(), 1e-6
    direction = np.random.default_rng(0).standard_normal(start.shape)
    ends = []
    for sign in (1, -1):
        w.data = start + sign * h * direction
        ends.append(net.loss(X).item())
    assert (ends[0] - ends[1]) / (2 * h) == pytest.approx((slope * direction).sum(), rel=1e-6)


def test_classifier_takes_classes_or_one_hot_rows():
    net = ma.Classifier([6, 4, 3], seed=0)
    classes = np.arange(8) % 3
    assert net.loss(X, classes).item() == pytest.approx(net.loss(X, np.eye(3)[classes]).item(), rel=1e-12)
    np.testing.assert_allclose(net.predict_proba(X).sum(axis=1), 1.0)
    assert net.predict(X).shape == (8,)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: ma.DenoisingAutoencoder([6, 3, 6], "snow"), "corruption must be"),
        (lambda: ma.DenoisingAutoencoder([6, 3, 6], ["masking"]), "corruption must be"),
        (lambda: ma.DenoisingAutoencoder([6, 3, 6], noise=0.3), "has corruption and amount in place of noise"),
        (lambda: ma.SparseAutoencoder([6, 3, 6], penalty="l2"), "penalty must be"),
        (lambda: ma.SparseAutoencoder([6, 3, 6], target="a"), "target must be a number between 0 and 1, got 'a'"),
        (lambda: ma.SparseAutoencoder([6, 3, 6], sparsity=0.1), "sparsity cannot be used here; weight says"),
        (lambda: ma.SparseAutoencoder([6, 3, 6], "tanh"), r"that of Tanh does not: take .*'sigmoid', or penalty='l1'"),
        (lambda: ma.SparseAutoencoder([6, 3, 6], "relu", dropout=0.5), "that of ReLU does not"),
        (lambda: ma.ContractiveAutoencoder([6, 3, 6], sparsity=0.1), "sparsity cannot be used here"),
        (
            lambda: ma.VariationalAutoencoder([6, 4, 2, 4, 6]).sample(-1),
            "n must be a whole number of at least 0, got -1",
        ),
        (lambda: ma.VariationalAutoencoder([6, 4, 2, 4, 6]).sample("a"), "n must be a whole number"),
        (lambda: ma.Classifier(6), "Classifier: layers must be"),
        (lambda: ma.SparseAutoencoder([6, 3, 6], target=1.0), "between 0 and 1"),
        (lambda: ma.ContractiveAutoencoder([6, 3, 6], weight=-1.0), "weight"),
        (lambda: ma.VariationalAutoencoder([6, 3, 6]), "a hidden layer must stand"),
        (lambda: ma.VariationalAutoencoder([6, 4, 2, 4, 6], dropout=0.5), "dropout"),
        (lambda: ma.Autoencoder([6, 4, 2, 6], tied=True), "tied weights need"),
        (lambda: ma.Classifier([6]), "layers must be"),
    ],
)
def test_refusals_name_what_does_not_fit(make, match):
    with pytest.raises(ValueError, match=match):
        make()


def test_a_sparse_code_between_0_and_1_is_taken_whatever_makes_it():
    for activation in ("sigmoid", "softmax", ma.nn.Sigmoid()):
        net = ma.SparseAutoencoder([6, 3, 6], activation)
        assert np.isfinite(net.loss(X).item())


CLASSES = np.arange(8) % 3


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (None, r"got float64 of shape \(8, 6\); pass it, as in fit\(net, x, ..., target=classes\)"),
        (CLASSES * 1.0, r"a whole number from 0 to 2 for each sample, .* got float64 of shape \(8,\); .*astype\(int\)"),
        (CLASSES + 0.5, "return_inverse"),
        (np.array(["apple", "orange", "other"])[CLASSES], "return_inverse"),
        (CLASSES[:, None], r"ravel\(\)"),
        (np.eye(2)[CLASSES % 2], r"a row of 3 probabilities; got float64 of shape \(8, 2\)$"),
        (CLASSES + 1, r"cross_entropy: the classes must lie in 0\.\.2, they span 1\.\.3"),
    ],
)
def test_a_target_that_a_classifier_cannot_learn_is_named_before_the_training(target, words):
    net = ma.Classifier([6, 4, 3], seed=0)
    before = net.state_dict()
    for validation in (None, (X, target)):
        given = CLASSES if validation else target
        with pytest.raises(ValueError, match=words):
            ma.fit(net, X, "adam", target=given, validation=validation, epochs=1, batch_size=2, progress=False)
    assert all((array == before[name]).all() for name, array in net.state_dict().items())


@pytest.mark.parametrize("backend", ["eager", "numpy"])
def test_early_stopping_watches_the_validation_loss(backend):
    net = ma.DenoisingAutoencoder([6, 3, 6], seed=0)
    still = ma.SGD(net.parameters(), lr=0.0)
    options = {"epochs": 50, "batch_size": 4, "seed": 0, "progress": False, "backend": backend}
    history = ma.fit(net, X, still, validation=X, callbacks=ma.early_stopping(3), **options)
    assert history.epochs == 4  # noise moves the training loss; that of the validation stays
    for patience in (0, 1.5, True, "a"):
        with pytest.raises(ValueError, match="early_stopping: patience must be a whole number of at least 1"):
            ma.early_stopping(patience)
