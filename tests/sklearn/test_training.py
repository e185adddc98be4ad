"""What fit and partial_fit train: loss curves, the best epoch, the same bits again."""

import io
import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError

from microae.sklearn import AutoencoderClassifier, AutoencoderOutlierDetector, AutoencoderTransformer
from microae.sklearn.estimator import VARIANTS

X, Y = load_iris(return_X_y=True)
ALL = (AutoencoderTransformer, AutoencoderOutlierDetector, AutoencoderClassifier)
NEEDED = {"sparse": {"activation": "sigmoid"}}


def fitted(kind=AutoencoderTransformer, **options):
    return kind(**{"max_iter": 15, "random_state": 0} | options).fit(X, Y)


def weights(model):
    return [p.numpy() for p in model.network_.parameters()]


def assert_same_bits(a, b):
    assert len(weights(a)) == len(weights(b)) > 3
    for p, q in zip(weights(a), weights(b), strict=True):
        np.testing.assert_array_equal(p, q)


def curves(model):
    return model.loss_curve_, model.validation_loss_curve_


def test_a_loss_for_each_epoch():
    model = fitted(early_stopping=False)
    assert model.n_iter_ == len(model.loss_curve_) == len(model.validation_loss_curve_) == 15
    assert model.loss_curve_[-1] < 0.7 * model.loss_curve_[0]
    assert model.validation_loss_curve_[-1] < 0.7 * model.validation_loss_curve_[0]
    assert fitted(validation_fraction=0.0).validation_loss_curve_ == []


@pytest.mark.parametrize("fraction", [0.0, 0.2])
def test_early_stopping_ends_and_takes_the_best_epoch(fraction):
    options = {
        "validation_fraction": fraction,
        "learning_rate_init": 0.05,
        "backend": "eager",
    }  # so large that the loss rises at times
    model = fitted(max_iter=300, n_iter_no_change=3, **options)
    losses = model.validation_loss_curve_ if fraction else model.loss_curve_
    best = int(np.argmin(losses)) + 1
    assert model.n_iter_ == best + 3 < 300
    assert_same_bits(model, fitted(max_iter=best, early_stopping=False, **options))
    last = fitted(max_iter=model.n_iter_, early_stopping=False, **options)
    assert any((p != q).any() for p, q in zip(weights(model), weights(last), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ALL)
def test_random_state_gives_the_same_bits(kind):
    first, second, other = fitted(kind), fitted(kind), fitted(kind, random_state=1)
    assert_same_bits(first, second)
    assert curves(first) == curves(second) != curves(other)
    assert_same_bits(first, clone(first).fit(X, Y))
    assert_same_bits(first, first.fit(X, Y))  # a second fit starts anew
    by_generator = [fitted(kind, random_state=np.random.RandomState(3)) for _ in range(2)]
    assert_same_bits(*by_generator)


def test_without_a_random_state_each_fit_differs():
    assert curves(fitted(random_state=None)) != curves(fitted(random_state=None))


def pickled(model):
    return pickle.loads(pickle.dumps(model))


def dumped(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file)


@pytest.mark.slow
@pytest.mark.parametrize("again", [pickled, dumped])
@pytest.mark.parametrize("kind", ALL)
def test_what_was_pickled_says_the_same_and_goes_on_alike(kind, again):
    model = fitted(kind, variant="denoising", max_iter=170, n_iter_no_change=170)  # so long that it is compiled
    twin = again(model)
    for method in ("transform", "score_samples", "decision_function", "predict", "predict_proba"):
        if hasattr(model, method):
            np.testing.assert_array_equal(getattr(twin, method)(X), getattr(model, method)(X))
    if hasattr(model, "partial_fit"):
        assert_same_bits(model.partial_fit(X, Y), twin.partial_fit(X, Y))


@pytest.mark.slow
def test_partial_fit_learns_and_scales_by_all_that_it_saw():
    parts = np.array_split(np.random.default_rng(0).permutation(len(X)), 5)
    model = AutoencoderTransformer(2, batch_size=10, random_state=0)
    for _ in range(20):
        for part in parts:
            model.partial_fit(X[part])
    assert model.n_iter_ == len(model.loss_curve_) == 100
    back = model.inverse_transform(model.transform(X))
    assert (np.mean((back - X) ** 2, axis=0) < 0.1 * X.var(axis=0)).all()
    np.testing.assert_allclose(model._scaling.centre, X.mean(axis=0), rtol=1e-9)
    np.testing.assert_allclose(model._scaling.unit, X.std(axis=0), rtol=1e-9)


def test_partial_fit_goes_on_after_fit():
    model = fitted()
    before = model.n_iter_
    assert model.partial_fit(X).n_iter_ == before + 1
    assert fitted().loss_curve_ == model.loss_curve_[:-1]


def test_partial_fit_of_a_classifier_needs_all_classes_at_first():
    model = AutoencoderClassifier(random_state=0)
    with pytest.raises(ValueError, match="classes must be passed on the first call to partial_fit"):
        model.partial_fit(X, Y)
    model.partial_fit(X[:100], Y[:100], classes=[2, 1, 0])
    for _ in range(30):
        model.partial_fit(X, Y)
    assert model.score(X, Y) > 0.9
    with pytest.raises(ValueError, match=r"y has classes \[7\], which are not among the classes \[0 1 2\]"):
        model.partial_fit(X[:2], [0, 7])
    with pytest.raises(ValueError, match=r"classes are \[0, 1\], in the first call to partial_fit they were \[0 1 2\]"):
        model.partial_fit(X[:2], [0, 1], classes=[0, 1])


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_each_variant_is_trained(variant):
    model = fitted(variant=variant, n_components=2, max_iter=40, **NEEDED.get(variant, {}))
    assert type(model.network_) is VARIANTS[variant]
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    assert model.transform(X).shape == (150, 2)


def test_a_variant_takes_its_options():
    noisy = fitted(variant="denoising", variant_options={"corruption": "masking", "amount": 0.7})
    assert repr(noisy.network_.noise) == "MaskingNoise(0.7)"
    tied = fitted(variant_options={"tied": True})
    assert len(weights(tied)) < len(weights(fitted()))
    assert curves(noisy) != curves(tied)


def test_a_fitted_network_draws_no_noise():
    model = fitted(variant="denoising", variant_options={"dropout": 0.5})
    for says in (model.transform, model.score_samples):
        np.testing.assert_array_equal(says(X), says(X))
    model.partial_fit(X)
    np.testing.assert_array_equal(model.score_samples(X), model.score_samples(X))


@pytest.mark.slow
def test_the_solver_is_as_it_is_set():
    adam, sgd = fitted(), fitted(solver="sgd", learning_rate_init=0.01)
    assert type(adam._optimizer).__name__ == "Adam"
    assert (type(sgd._optimizer).__name__, sgd._optimizer.lr) == ("SGD", 0.01)
    small, large = (fitted(weight_decay=decay, max_iter=100) for decay in (0.0, 1.0))
    assert np.abs(weights(large)[0]).mean() < 0.7 * np.abs(weights(small)[0]).mean()


def test_backends_train_the_same():
    options = {"max_iter": 5, "early_stopping": False}
    eager, compiled = (fitted(backend=backend, **options) for backend in ("eager", "numpy"))
    np.testing.assert_allclose(compiled.loss_curve_, eager.loss_curve_, rtol=1e-12)


def test_a_progress_bar_if_asked_for(capsys):
    fitted(max_iter=2)
    assert capsys.readouterr().err == ""
    fitted(max_iter=2, verbose=True)
    assert "2/2" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"max_iter": 0}, "max_iter == 0, must be >= 1"),
        ({"batch_size": 0}, "batch_size == 0, must be >= 1"),
        ({"n_components": 0}, "n_components == 0, must be >= 1"),
        ({"n_iter_no_change": 0}, "n_iter_no_change == 0, must be >= 1"),
        ({"validation_fraction": 1.0}, "validation_fraction == 1.0, must be < 1"),
        ({"scaling": "rows"}, "scaling must be 'auto', 'column', 'shared' or 'none', got 'rows'"),
        ({"solver": "adan"}, "solver must be 'sgd', 'adam' or 'adamw', got 'adan'"),
        ({"variant": "vae"}, "variant must be 'plain', .* or 'variational', got 'vae'"),
        ({"activation": "tan"}, "tan"),
        ({"n_components": 8, "hidden_layer_sizes": (9, 8)}, r"all hidden layers must be wider than the code of n_comp"),
    ],
)
def test_a_parameter_out_of_range_is_named(kind, options, said):
    with pytest.raises(ValueError, match=said):
        fitted(kind, **options)


def test_parameters_that_only_one_has():
    for contamination in (0, 0.6):
        with pytest.raises(ValueError, match="contamination == "):
            fitted(AutoencoderOutlierDetector, contamination=contamination)
    with pytest.raises(ValueError, match="reconstruction == -1, must be >= 0"):
        fitted(AutoencoderClassifier, reconstruction=-1)


def test_a_fit_that_fails_leaves_nothing_fitted():
    model = AutoencoderTransformer(max_iter=0)
    with pytest.raises(ValueError, match="max_iter"):
        model.fit(X)
    with pytest.raises(NotFittedError):
        model.transform(X)
