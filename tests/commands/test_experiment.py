"""The experiment: its split, its scores against ones computed here, its files."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microae as ma
from microae.commands.experiment import Experiment, Settings
from microae.training.checkpoint import load_states

IMAGES, LABELS = ma.data.digits()
QUICK = {"layers": [64, 8, 64], "epochs": 3}


def run(**options):
    return Experiment(IMAGES[:200], LABELS[:200], Settings(**(QUICK | options)), "digits").run(progress=False)


def weights(result):
    return np.concatenate([p.data.ravel() for p in result.experiment.model.parameters()])


@given(n=st.integers(2, 60), fraction=st.floats(0.001, 0.999), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_the_split(n, fraction, seed):
    data = np.arange(n)[:, None] / n
    experiment = Experiment(data, None, Settings(seed=seed, test_fraction=fraction))
    train, test = experiment.train_rows, experiment.test_rows
    assert sorted([*train, *test]) == list(range(n))
    assert len(train) >= 1
    assert len(test) >= 1
    assert abs(len(test) - n * fraction) <= 1
    assert (experiment.train == data[train]).all()
    assert (experiment.test == data[test]).all()


def test_scores():
    result = run()
    experiment = result.experiment
    test = experiment.test
    mean, out = experiment.train.mean(0), experiment.model.reconstruct(test)
    components = np.linalg.eigh(np.cov(experiment.train.T))[1][:, -8:]
    pca = mean + (test - mean) @ components @ components.T
    by_name = {score.name: score.squared_error for score in result.scores}
    assert by_name == pytest.approx(
        {
            "autoencoder, code of 8": np.mean((out - test) ** 2),
            "PCA, code of 8": np.mean((pca - test) ** 2),
            "mean sample": np.mean((mean - test) ** 2),
            "perfect": 0.0,
        },
        rel=1e-9,
    )
    errors = np.mean((out - test) ** 2, axis=1)
    assert (result.worst == experiment.test_rows[np.argsort(-errors)[:10]]).all()


def test_the_default_network_learns_the_digits_about_as_well_as_pca():
    result = Experiment(IMAGES, LABELS, Settings(epochs=150)).run(progress=False)
    network, pca = result.scores[:2]
    assert result.experiment.model.layers == (64, 32, 64)
    assert network.squared_error < 1.1 * pca.squared_error


def test_the_learning_rate_falls_to_0():
    result = run(lr=0.5)
    assert result.experiment.optimizer.lr < 1e-12
    assert "| lr            | 0.5 " in result.report()


def test_seeds():
    assert (weights(run(seed=1)) == weights(run(seed=1))).all()
    one, two = run(seed=1), run(seed=2)
    assert (one.experiment.test_rows != two.experiment.test_rows).any()


@pytest.mark.parametrize(
    "options",
    [
        {"noise": 0.3},
        {"sparsity": 0.1},
        {"dropout": 0.3},
        {"weight_decay": 0.5},
        {"optimizer": "sgd"},
        {"optimizer": "adam"},
        {"optimizer": "sgd", "momentum": 0.0},
        {"lr": 0.01},
        {"loss": "bce"},
        {"activation": "tanh"},
        {"output": "linear"},
        {"batch_size": 16},
        {"dtype": "float32"},
    ],
    ids=str,
)
def test_each_setting_changes_the_result(options):
    changed, plain = run(**options), run()
    assert (changed.experiment.test_rows == plain.experiment.test_rows).all()
    assert (weights(changed) != weights(plain)).any()
    assert np.isfinite(changed.history.loss).all()


def test_noise_is_scored():
    result = Experiment(IMAGES, None, Settings(noise=0.3, epochs=40)).run(progress=False)
    noisy = {score.name: score.squared_error for score in result.scores}
    assert noisy["autoencoder, from noisy input"] > noisy["autoencoder, code of 32"]
    assert noisy["autoencoder, from noisy input"] < noisy["PCA, from noisy input"]
    assert "The squared error of the autoencoder, from noisy input, is " in result.summary()


def test_files(tmp_path):
    result = run()
    files = result.write(tmp_path / "a" / "b")
    assert [file.name for file in files] == [
        "weights.safetensors",
        "history.csv",
        "trajectory.safetensors",
        "reconstructions.png",
        "report.md",
    ]
    assert sorted(files) == sorted((tmp_path / "a" / "b").iterdir())
    again = ma.load(files[0])
    assert (again.reconstruct(IMAGES) == result.experiment.model.reconstruct(IMAGES)).all()
    assert files[1].read_text().count("\n") == 1 + 3
    states = load_states(files[2])
    assert len(states) == 1 + 3
    assert all((states[-1][name] == array).all() for name, array in again.state_dict().items())
    assert files[3].read_bytes().startswith(b"\x89PNG")
    report = files[4].read_text(encoding="utf-8")
    assert result.summary() in report
    assert "| lr            | 0.003" in report
    first = [file.read_bytes() for file in files]
    run().write(tmp_path / "a" / "b")
    second = [file.read_bytes() for file in files]
    assert first[0] == second[0]
    assert first[2] == second[2]


def test_data_without_labels_and_beyond_fractions():
    data = np.random.default_rng(0).normal(size=(30, 5)) * 4
    result = Experiment(data, None, Settings(output="linear", epochs=2), "mine").run(progress=False)
    assert result.experiment.model.layers == (5, 2, 5)
    assert "cross-entropy" not in result.summary()
    assert "nan" not in result.report()
    assert "label" not in result.summary()


def test_a_code_as_wide_as_the_data():
    result = run(layers=[64, 64])
    assert result.scores[1].squared_error < 1e-20
    assert " is above that of PCA" in result.summary()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"layers": [64, 8, 64], "lr": 0.003, "weight_decay": 0.01}),
        ({"optimizer": "adam"}, {"layers": [64, 8, 64], "lr": 0.003, "weight_decay": 0.0}),
        ({"optimizer": "sgd"}, {"layers": [64, 8, 64], "lr": 1.0, "weight_decay": 0.0, "momentum": 0.9}),
        (
            {"optimizer": "sgd", "momentum": 0.0, "lr": 0.5, "weight_decay": 0.25},
            {"layers": [64, 8, 64], "lr": 0.5, "weight_decay": 0.25, "momentum": 0.0},
        ),
        ({"layers": None}, {"layers": [64, 32, 64], "lr": 0.003, "weight_decay": 0.01}),
    ],
)
def test_what_was_left_open_is_chosen(options, expected):
    assert Experiment(IMAGES[:10], None, Settings(**(QUICK | options))).chosen == expected


def test_the_validation_loss_is_of_the_held_out_samples():
    result = run(noise=0.2)
    model, experiment = result.experiment.model.eval(), result.experiment
    assert result.history.validation_loss[-1] == pytest.approx(model.loss(experiment.test).item(), rel=1e-12)
    assert len(result.history.validation_loss) == 3


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_the_verdict_compares_with_pca(noise):
    result = run(noise=noise)
    errors = {score.name: score.squared_error for score in result.scores}
    network, pca = (errors[f"{who}, {'from noisy input' if noise else 'code of 8'}"] for who in ("autoencoder", "PCA"))
    words = f"is {abs(network - pca) / pca:.1%} {'above' if network > pca else 'below'} that of PCA"
    assert words in result.summary()


def test_the_table_of_the_worst_has_rows_and_labels_of_the_data():
    result = run()
    table = result.summary().split("Reconstructed worst:")[1].strip().splitlines()
    assert table[0].replace(" ", "") == "|row|label|error|"
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]
    out = result.experiment.model.reconstruct(IMAGES)
    errors = {int(row): float(error) for row, _, error in rows}
    assert len(rows) == 10
    assert set(errors) <= set(result.experiment.test_rows.tolist())
    for row, label, error in rows:
        assert int(label) == LABELS[int(row)]
        assert float(error) == pytest.approx(np.mean((out[int(row)] - IMAGES[int(row)]) ** 2), abs=1e-5)
    assert list(errors.values()) == sorted(errors.values(), reverse=True)


def test_the_time_in_the_report_is_of_all_epochs():
    result = run()
    result.history.seconds[:] = [1.0, 2.0, 4.0]
    assert "Trained for 3 epochs in 7.0 s" in result.report()


@pytest.mark.parametrize(
    ("data", "options", "said"),
    [
        (IMAGES, {"layers": [32, 8, 32]}, "x: has 64 features a sample, .* use layers 64,8,64"),
        (IMAGES, {"layers": [64, 8]}, "the output must be as wide as the input"),
        (IMAGES, {"layers": [64]}, "layers must be two or more"),
        (IMAGES * 16, {}, r"x: a sigmoid output needs numbers in \[0, 1\], these span \[0, 16\]"),
        (IMAGES, {"loss": "bce", "output": "linear"}, "the loss bce needs a sigmoid output, not linear"),
        (IMAGES, {"loss": "mae"}, "loss must be 'bce' or 'mse', got 'mae'"),
        (IMAGES, {"optimizer": "adam", "momentum": 0.9}, "momentum is an option of sgd, not of adam"),
        (IMAGES, {"optimizer": "lbfgs"}, "optimizer must be one of sgd, adam, adamw, got 'lbfgs'"),
        (IMAGES, {"activation": "x"}, "activation 'x' is not known"),
        (IMAGES, {"dropout": 1.0}, "dropout must be at least 0 and less than 1"),
        (IMAGES, {"test_fraction": 1.0}, "must lie between 0 and 1, got 1"),
        (IMAGES[:1], {}, "x: has only 1 sample"),
        (IMAGES[0], {}, "x: needs a table"),
    ],
)
def test_refused(data, options, said):
    with pytest.raises(ValueError, match=said):
        Experiment(data, None, Settings(**options), "x")
