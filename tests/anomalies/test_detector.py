"""The detector: what a score is, what it depends on, who is flagged, and what is said."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import roc_auc_score

import microae as ma
from microae import anomalies
from microae.anomalies import Calibration
from microae.anomalies.member import BLOCK

N = 6


def normal(n: int, seed: int) -> np.ndarray:
    """Samples on a bent surface of three dimensions, with a little noise; the columns differ in their units."""
    rng = np.random.default_rng(seed)
    z = rng.uniform(-2, 2, size=(n, 3))
    x = np.column_stack([z, np.sin(2 * z[:, 0]), z[:, 1] * z[:, 2], z.sum(axis=1)])
    return (x + 0.05 * rng.normal(size=x.shape)) * [1, 10, 100, 1, 0.1, 1] + [0, 5, 0, 100, 0, 0]


def others(n: int, seed: int) -> np.ndarray:
    """Samples whose columns are like the normal ones, but do not belong together."""
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.permutation(column) for column in normal(n, seed).T])


TRAIN, TEST, ANOMALIES = normal(600, 0), normal(400, 1), others(200, 2)


def fitted(**options) -> ma.AnomalyDetector:
    return ma.AnomalyDetector(**({"seed": 0, "updates": 300} | options)).fit(TRAIN)


@pytest.fixture(scope="module")
def detector():
    return fitted()


# --- the score ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["column", "shared", "none"])
def test_a_score_is_the_distance_as_the_networks_see_it(kind):
    def through(layers, h):
        for layer in layers.children():
            h = h @ layer.weight.numpy() + layer.bias.numpy() if isinstance(layer, ma.Linear) else layer(h)
        return np.asarray(h)

    def placed(net, x):
        code = through(net.encoder, x)
        reconstruction = through(net.decoder, code)
        parts = [x - reconstruction, reconstruction, 2 * code] if kind == "shared" else [x - reconstruction, code]
        return np.hstack(parts)

    detector = fitted(scale=kind, members=2, updates=50)
    x = np.concatenate([TEST[:20], ANOMALIES[:20]])
    centre, unit = detector.scaling.centre, detector.scaling.unit
    scaled, references = ((a - centre) / unit for a in (x, detector.references))
    distances = []
    for member in detector.members:
        net = member.net
        distances.append(cdist(placed(net, scaled), placed(net, references)).min(axis=1) / member.usual)
    np.testing.assert_allclose(detector.score_samples(x), np.mean(distances, axis=0), rtol=1e-4)


@pytest.mark.slow
def test_a_fitted_sample_is_compared_with_the_others(detector):
    scores = detector.score_samples(TRAIN)
    assert (scores > 0.05).all()
    assert np.median(scores) == pytest.approx(1.0, abs=0.4)
    twice = ma.AnomalyDetector(updates=1, seed=0).fit(np.repeat(TRAIN[:20], 2, axis=0))
    assert (twice.score_samples(TRAIN[:20]) == 0).all()
    once = ma.AnomalyDetector(updates=300, seed=0).fit(np.concatenate([TRAIN, 1000 + TRAIN[:1]]))
    assert once.predict(np.concatenate([TRAIN, 1000 + TRAIN[:1]]))[-1]


@pytest.mark.slow
def test_the_networks_are_varied_and_wide(detector):
    nets = [member.net for member in detector.members]
    assert [net.layers for net in nets] == [(N, 64, code, 64, N) for code in (2, 3, 4, 5, 6)]
    assert [0.0 if net.noise is None else net.noise.amount for net in nets] == [0.0, 0.125, 0.25, 0.375, 0.5]


def test_the_unit_is_the_usual_distance_of_a_normal_sample(detector):
    assert np.median(detector.score_samples(normal(2000, 9))) == pytest.approx(1.0, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_score_depends_on_the_sample_alone_to_the_last_bit(detector, dtype):
    x = np.concatenate([TEST, ANOMALIES]).astype(dtype)
    scores = detector.score_samples(x)
    order = np.random.default_rng(0).permutation(len(x))
    np.testing.assert_array_equal(detector.score_samples(x[order]), scores[order])
    for n in (1, 2, 63, BLOCK - 1, BLOCK + 1):
        np.testing.assert_array_equal(detector.score_samples(x[:n]), scores[:n])
    np.testing.assert_array_equal([detector.score_samples(x[i : i + 1])[0] for i in range(0, 600, 60)], scores[::60])
    np.testing.assert_array_equal(detector.score_features(x[5:8]), detector.score_features(x)[5:8])


def test_a_score_of_wide_samples_depends_on_the_sample_alone_but_for_rounding():
    """Where a row stands in a wide product may change in which order BLAS adds it up."""
    images = ma.data.digits()[0][:600]
    detector = ma.AnomalyDetector(updates=30, members=2, seed=0).fit(images[:300])
    scores, order = detector.score_samples(images), np.random.default_rng(0).permutation(600)
    np.testing.assert_allclose(detector.score_samples(images[order]), scores[order], rtol=2e-5)  # 64 float32 roundings
    np.testing.assert_allclose(detector.score_samples(images[599:]), scores[599:], rtol=2e-5)


def test_scoring_leaves_the_networks_in_their_mode(detector):
    net = detector.members[0].net
    mode = net.training
    detector.score_samples(TEST[:3])
    assert net.training == mode


@pytest.mark.slow
def test_seeds_give_the_same_bits():
    once, again, other = (fitted(seed=seed, updates=30).score_samples(TEST) for seed in (3, 3, 4))
    np.testing.assert_array_equal(once, again)
    assert (once != other).any()


# --- how well it tells them apart --------------------------------------------------------------------------------


def tells_apart(scores: np.ndarray) -> bool:
    """Whether anomalies have larger scores than normal samples, as surely as this detector should."""
    truth = np.r_[np.zeros(len(TEST)), np.ones(len(ANOMALIES))]
    return bool(roc_auc_score(truth, scores) > 0.85)


def test_anomalies_have_larger_scores_and_constant_or_shuffled_scores_would_not_do(detector):
    scores = detector.score_samples(np.concatenate([TEST, ANOMALIES]))
    assert tells_apart(scores)
    assert not tells_apart(np.full(scores.shape, scores[0]))
    assert not tells_apart(np.random.default_rng(0).permutation(scores))
    assert not tells_apart(-scores)


@pytest.mark.slow
def test_p_values_of_normal_samples_are_as_rare_as_they_say(detector):
    p = detector.p_values(normal(2000, 5))
    held_out = len(detector.calibration.scores)
    assert held_out == 120
    for alpha in (0.05, 0.2, 0.5):  # given the held-out samples the share is a Beta variable, here near a normal one
        spread = np.sqrt(alpha * (1 - alpha) * (1 / held_out + 1 / len(p)))
        assert 0.2 * alpha < np.mean(p <= alpha) < alpha + 3 * spread
    assert np.median(detector.p_values(ANOMALIES)) < 0.1


@pytest.mark.slow
def test_over_many_fits_p_values_are_as_rare_as_they_say():
    nets = [ma.Autoencoder([2, code, 2], "tanh", "linear", seed=code, dtype=np.float32) for code in (1, 3)]
    rng, found = np.random.default_rng(0), []
    for seed in range(300):
        x = np.exp(rng.normal(size=(70, 2)))
        detector = ma.AnomalyDetector(networks=nets, held_out=0.48, seed=seed).fit(x[:50])
        assert len(detector.calibration.scores) == 24
        found.append(detector.p_values(x[50:]))
    for alpha in (0.04, 0.2, 0.52):
        rates = np.mean(np.array(found) <= alpha + 1e-9, axis=1)
        error = rates.std() / np.sqrt(len(rates))
        assert 0.4 * alpha < rates.mean() < alpha + 3 * error


@pytest.mark.slow
def test_false_discoveries_are_few(detector):
    x = np.concatenate([normal(900, 6), TRAIN[:100] + 8 * TRAIN.std(axis=0)])
    flagged = detector.predict(x)
    assert flagged[900:].all()
    assert flagged[:900].sum() / flagged.sum() < 0.25  # 0.05 in the mean; here 100 are true


@pytest.mark.slow
def test_it_is_said_when_too_few_samples_were_held_out_for_a_decision():
    """As many as it names are enough for scores that lie just beyond all of them."""
    detector = ma.AnomalyDetector(rate=0.1)
    for held_out in (9, 49, 99, 100, 101):
        detector.calibration = Calibration(np.linspace(0.0, 1.0, held_out))
        p = np.r_[np.full(3, 1.0 / (held_out + 1)), np.full(27, 0.5)]
        assert detector.decide(p).any() == (held_out >= 99)
        said = detector.too_few(p)
        assert bool(said) == (held_out < 99)
        if said:
            assert f"3 of 30 samples have larger scores than all {held_out} that were held out" in said
            assert "take 99 held-out samples" in said
    detector.calibration = Calibration(np.linspace(0.0, 1.0, 9))
    assert not detector.too_few(np.full(30, 0.2))  # nothing lies beyond them
    detector.contamination = 0.01
    assert not detector.too_few(p)
    fitted = ma.AnomalyDetector(updates=1, members=1, seed=0).fit(np.random.default_rng(0).normal(size=(20, 2)))
    beyond = fitted.calibration.scores[-1] * 1.001
    p = fitted.calibration.p_values([beyond, 0.0])
    with pytest.warns(UserWarning, match=r"nothing is called an anomaly .* 1 of 2 samples .* take 39 held-out"):
        assert not fitted.predict(_with_score(fitted, beyond)).any()


def _with_score(detector, score):
    """Two samples, one of which has a little more than a score, the other less."""
    low, high = 0.0, 1e3
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if detector.score_samples([[middle, middle]])[0] > score else (middle, high)
    return [[high, high], [0.0, 0.0]]


def test_a_quantile_on_request():
    from scipy.stats import binom  # takes a second

    x = normal(2000, 7)
    detector = fitted(contamination=0.2)
    np.testing.assert_array_equal(detector.predict(x), detector.p_values(x) <= 0.2)
    assert binom.cdf(detector.predict(x).sum(), 2000, 0.35) < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["tanh", "leaky_relu", "linear"])
def test_what_is_far_outside_is_flagged_though_a_network_reconstructs_it(activation):
    detector = fitted(activation=activation)
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(20, N))
    directions[:N] = np.eye(N)
    far = TRAIN.mean(axis=0) + 1e3 * TRAIN.std(axis=0) * directions
    assert detector.predict(far).all()
    assert detector.predict(np.concatenate([normal(5000, 8), far]))[5000:].all()
    assert all(detector.predict(one[None])[0] for one in far)
    for size in (1e8, 1e30, 1e300):
        assert detector.predict(size * directions).all()
    if activation != "tanh":  # such networks carry on outside
        widest = detector.members[-1].net
        scaled = detector.scaling(far)
        missed = np.linalg.norm(scaled - widest.reconstruct(scaled), axis=1) / np.linalg.norm(scaled, axis=1)
        assert np.median(missed) < 1


def test_a_linear_network_that_reconstructs_everything_is_no_way_out():
    identity = ma.Autoencoder([N, N, N], "linear", "linear", seed=0, dtype=np.float32)
    for layer in (identity.encoder[0], identity.decoder[0]):
        layer.weight.data = np.eye(N, dtype=np.float32)
    far = np.full((1, N), 1e6)
    np.testing.assert_allclose(identity.reconstruct(far), far)
    detector = ma.AnomalyDetector(networks=[identity], scale="column", seed=0).fit(TRAIN)
    assert detector.predict(far)[0]
    assert roc_auc_score(np.r_[np.zeros(400), np.ones(200)], detector.score_samples([*TEST, *ANOMALIES])) > 0.8


def test_a_network_that_is_given_stays_as_it_is():
    net = ma.Autoencoder([N, 4, N], "tanh", "linear", seed=0)
    before = net.state_dict()
    detector = ma.AnomalyDetector(networks=[net], seed=0).fit(TRAIN)
    assert detector.scaling.kind == "none"
    assert net.dtype == np.float64
    for name, array in net.state_dict().items():
        assert array.dtype == np.float64
        np.testing.assert_array_equal(array, before[name])
    np.testing.assert_array_equal(
        detector.members[0].net.encoder[0].weight.data, before["encoder.0.weight"].astype("f")
    )


def test_other_samples_can_calibrate():
    x, other = TRAIN, TEST[:50]
    nets = [ma.Autoencoder([N, 3, N], "tanh", "linear", seed=0, dtype=np.float32)]
    detector = ma.AnomalyDetector(networks=nets, scale="column", seed=0).fit(x, calibration=other)
    assert len(detector.calibration.scores) == 50
    assert len(detector.references) == 650
    np.testing.assert_allclose(detector.scaling.centre, x.mean(axis=0))
    alone = detector.score_samples(other)  # each is a reference by now, and left out; distances can only be shorter
    assert (np.sort(alone) <= detector.calibration.scores * (1 + 1e-6)).all()
    scaled = ma.AnomalyDetector(networks=nets, scale=detector.scaling, seed=0).fit(x, calibration=other)
    np.testing.assert_array_equal(scaled.score_samples(ANOMALIES), detector.score_samples(ANOMALIES))
    with pytest.raises(ValueError, match="the normal samples have 6 features, those for calibration 5"):
        detector.fit(x, calibration=other[:, :5])
    with pytest.raises(ValueError, match="the samples for calibration: is empty"):
        detector.fit(x, calibration=other[:0])
    with pytest.raises(ValueError, match="the samples have 3 features, the scaling has 6"):
        ma.AnomalyDetector(scale=detector.scaling, seed=0).fit(x[:, :3])


# --- features ----------------------------------------------------------------------------------------------------


def test_features_add_up_to_the_score(detector):
    x = np.concatenate([TEST[:50], ANOMALIES[:50], np.full((1, N), 1e300)])
    features = detector.score_features(x)
    assert (features >= 0).all()
    np.testing.assert_allclose(features.sum(axis=1), detector.score_samples(x))


@pytest.mark.slow
@pytest.mark.parametrize("size", [8.0, 1e6])
def test_the_feature_that_was_changed_is_named(detector, size):
    rng = np.random.default_rng(0)
    x, changed = TEST[:100].copy(), rng.integers(N, size=100)
    x[np.arange(100), changed] += size * TRAIN.std(axis=0)[changed] * rng.choice([-1, 1], size=100)
    causes = [explanation.causes for explanation in detector.explain(x, most=1)]
    assert np.mean([int(cause[0].feature) == j for cause, j in zip(causes, changed, strict=True)]) > 0.9
    for (cause,), sample, j in zip(causes, x, changed, strict=True):
        assert cause.value == sample[int(cause.feature)]
        assert TRAIN[:, j].min() <= detector.explain(sample[None], N)[0].causes[0].usual or cause.feature != str(j)


def test_an_explanation_says_score_p_value_and_causes(detector):
    (explained,) = detector.explain(ANOMALIES[:1], most=2)
    assert explained.score == pytest.approx(detector.score_samples(ANOMALIES[:1])[0])
    assert explained.p_value == pytest.approx(detector.p_values(ANOMALIES[:1])[0])
    first, second = explained.causes
    assert first.share >= second.share > 0
    assert str(explained).startswith(f"score {explained.score:.3g}, p = ")
    assert f"{first.feature} ({first.share:.0%}): {first.value:.4g}, usual {first.usual:.4g}" in str(explained)


@pytest.mark.slow
def test_names_come_from_a_table_or_are_given():
    pandas = pytest.importorskip("pandas")
    names = list("abcdef")
    table = pandas.DataFrame(TRAIN, columns=names)
    detector = ma.AnomalyDetector(updates=10, seed=0).fit(table)
    assert detector.features == names
    np.testing.assert_array_equal(detector.score_samples(table), detector.score_samples(TRAIN))
    named = ma.AnomalyDetector(updates=10, seed=0).fit(TRAIN, features=names)
    np.testing.assert_array_equal(named.score_samples(TRAIN), detector.score_samples(TRAIN))
    assert ma.AnomalyDetector(updates=10, seed=0).fit(TRAIN).features == list("012345")


def test_columns_are_found_by_their_names_even_if_these_are_numbers():
    pandas = pytest.importorskip("pandas")
    x = TRAIN[:50, :2]
    detector = ma.AnomalyDetector(updates=1, members=1, seed=0).fit(pandas.DataFrame(x))
    scores = detector.score_samples(x)
    np.testing.assert_array_equal(detector.score_samples(pandas.DataFrame(x)[[1, 0]]), scores)
    np.testing.assert_array_equal(detector.score_samples(pandas.DataFrame(x, columns=["b", "a"])), scores)
    with pytest.raises(ValueError, match="was fitted to samples of 2 features, these have 3"):
        detector.score_samples(pandas.DataFrame(TRAIN[:, :3]))
    detector.features = ["a", "b"]
    assert detector.columns(["b", "x", "a"]) == [2, 0]
    with pytest.raises(ValueError, match="the samples have no column 'b'"):
        detector.columns(["a", "x"])
    with pytest.raises(ValueError, match="the samples have several columns 'a'"):
        detector.columns(["a", "b", "a"])
    detector.features = ["a", "a"]
    assert detector.columns(["a", "a"]) == [0, 1]


# --- odd data ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "x",
    [
        np.zeros((30, 4)),
        np.repeat([[1.0, 2.0]], 20, axis=0),
        np.random.default_rng(0).normal(size=(10, 1)),
        np.random.default_rng(0).integers(0, 2, size=(40, 3)),
        1e-20 * np.random.default_rng(0).normal(size=(40, 3)),
        1e20 * np.random.default_rng(0).normal(size=(40, 3)),
    ],
    ids=["zeros", "one sample", "few", "bits", "tiny", "huge"],
)
def test_odd_tables_give_finite_scores_and_flag_what_is_far(x):
    detector = ma.AnomalyDetector(updates=20, seed=0).fit(x)
    assert np.isfinite(detector.score_samples(x)).all()
    far = x[:1] + 1e6 * np.maximum(np.abs(x).max(), 1.0)
    assert detector.predict(far).all()
    assert not detector.predict(x[:1]).any()


@pytest.mark.slow
def test_where_most_samples_have_a_twin_rounding_makes_no_anomaly(tmp_path):
    rows = np.eye(5) * [0.1, 0.1, 0.3, 0.7, 0.9]
    for x in (rows[np.random.default_rng(0).integers(0, 5, 300)], np.tile([0.1, 0.2, 0.3], (200, 1))):
        fitted = ma.AnomalyDetector(updates=200, seed=0).fit(x)
        anomalies.save(fitted, tmp_path / "d.safetensors", overwrite=True)
        for detector in (fitted, anomalies.load(tmp_path / "d.safetensors")):
            for same in (x, x.astype(np.float32), x + 1e-12, x * (1 + 1e-6)):
                assert (detector.p_values(same[:50]) > 0.05).all()
                assert not detector.predict(same[:50]).any()
            assert detector.predict(x[:50] + 0.01).all()


# --- errors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"members": 0}, "members must be a whole number of at least 1, got 0"),
        ({"updates": 1.5}, "updates must be a whole number of at least 1, got 1.5"),
        ({"contamination": "none"}, "contamination must be \"auto\" or a number between 0 and 1, got 'none'"),
        ({"contamination": 1.0}, 'contamination must be "auto" or a number between 0 and 1, got 1.0'),
        ({"rate": 0}, "rate must be a number between 0 and 1, got 0"),
        ({"held_out": 2}, "held_out must be a number between 0 and 1, got 2"),
        ({"contamination": np.ones(2)}, 'contamination must be "auto" or a number between 0 and 1'),
        ({"networks": []}, "networks must hold at least one trained Autoencoder"),
        ({"networks": [3]}, r"networks must hold at least one trained Autoencoder, got \[3\]"),
    ],
)
def test_wrong_arguments_are_named(options, said):
    with pytest.raises(ValueError, match=said):
        ma.AnomalyDetector(**options)


def test_what_cannot_be_fitted_is_told():
    detector = ma.AnomalyDetector(updates=1)
    for method in (detector.score_samples, detector.p_values, detector.predict, detector.explain):
        with pytest.raises(ValueError, match="is not fitted yet; call fit"):
            method(TEST)
    with pytest.raises(ValueError, match="needs at least 10 normal samples, got 9"):
        detector.fit(TRAIN[:9])
    with pytest.raises(ValueError, match="the normal samples: NaN in row 1, column 0"):
        detector.fit([[1.0], [np.nan]])
    with pytest.raises(ValueError, match=r"held_out=0.999 of 300 normal samples leaves none to train on; hold fewer"):
        ma.AnomalyDetector(held_out=0.999).fit(TRAIN[:300])
    with pytest.raises(ValueError, match="6 columns have 2 names"):
        detector.fit(TRAIN, features=["a", "b"])
    with pytest.raises(ValueError, match="the samples have 6 features, a network has 5 inputs"):
        ma.AnomalyDetector(networks=[ma.Autoencoder([5, 2, 5])]).fit(TRAIN)
    assert "not fitted" in repr(detector)


def test_a_network_with_numbers_out_of_bounds_is_told():
    net = ma.Autoencoder([N, N, N], "linear", "linear", seed=0, dtype=np.float32)
    net.decoder[0].weight.data = np.full((N, N), 1e30, np.float32)
    with pytest.raises(ValueError, match="a network makes of the normal samples numbers that are too large"):
        ma.AnomalyDetector(networks=[net], scale="column", seed=0).fit(TRAIN)


def test_what_cannot_be_scored_is_told(detector):
    with pytest.raises(ValueError, match="was fitted to samples of 6 features, these have 5"):
        detector.score_samples(TEST[:, :5])
    with pytest.raises(ValueError, match="the samples: infinity in row 0, column 1"):
        detector.predict([[0.0, np.inf, 0, 0, 0, 0]])
    with pytest.raises(ValueError, match="most must be a whole number of at least 1"):
        detector.explain(TEST, most=0)
    assert "600 references, 120 held out" in repr(detector)
