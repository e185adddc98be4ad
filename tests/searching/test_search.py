"""``ma.search``: what it tries, that a seed gives the same study, and that what was stopped or killed goes on."""

import csv
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import microae as ma
from microae.searching.task import Task
from microae.searching.workers import _interrupted_later
from tests.searching.trained import DATA, FIXED, GRID, SPACE, deadly, rows

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def serial():
    return ma.search(SPACE, DATA, score=deadly, **GRID)


def test_a_grid_has_each_combination_once(serial):
    tried = [(row["lr"], tuple(row["layers"])) for row in serial.trials]
    assert tried == list(itertools.product(SPACE["lr"], map(tuple, SPACE["layers"])))
    assert [row["trial"] for row in serial.trials] == list(range(6))
    assert {row["state"] for row in serial.trials} == {"complete"}


def test_a_grid_has_no_more_trials_than_points():
    small = {"lr": [0.001, 0.01], "layers": [[64, 4, 64]]}
    for trials, expected in ((1, [0.001]), (5, [0.001, 0.01])):
        found = ma.search(small, DATA[:40], trials=trials, **GRID)
        assert [row["lr"] for row in found.trials] == expected


def test_the_best_is_what_a_training_by_hand_finds(serial):
    order = np.random.default_rng(0).permutation(120)
    held_out, train = DATA[np.sort(order[:24])], DATA[np.sort(order[24:])]
    scores = []
    for lr, layers in itertools.product(SPACE["lr"], SPACE["layers"]):
        net = ma.Autoencoder(layers, seed=0)
        optimizer = ma.Adam(net.parameters(), lr=lr)
        decay = ma.cosine_decay(optimizer, 5)
        ma.fit(net, train, optimizer, epochs=5, batch_size=32, seed=0, callbacks=decay, progress=False)
        scores.append(np.square(net.reconstruct(held_out) - held_out).mean())
    assert [row["score"] for row in serial.trials] == pytest.approx(scores, rel=1e-12)
    assert serial.best_number == int(np.argmin(scores))
    assert serial.model_score == serial.best_score == min(row["score"] for row in serial.trials)


def test_the_loss_of_what_is_held_out_and_each_optimiser_s_usual_rate():
    fixed = {"layers": [64, 4, 64], "epochs": 2, "schedule": "constant", "batch_size": 16}
    found = ma.search({"optimizer": ["sgd", "adam"]}, DATA[:100], validation=DATA[100:], seed=3, fixed=fixed,
                      sampler="grid", progress=False)  # fmt: skip
    for row in found.trials:
        net = ma.Autoencoder([64, 4, 64], seed=3)
        options = {"epochs": 2, "batch_size": 16, "seed": 3, "progress": False}
        history = ma.fit(net, DATA[:100], row["optimizer"], validation=DATA[100:], **options)
        assert row["score"] == pytest.approx(history.validation_loss[-1], rel=1e-12)


def test_it_takes_the_schedules_and_their_options_by_the_names_of_a_training():
    fixed = {"layers": [64, 4, 64], "epochs": 3, "batch_size": 16, "step_size": 1}
    space = {"schedule": ["constant", "cosine", "cosine_decay", "step_decay"], "gamma": [0.1, 0.5]}
    found = ma.search(space, DATA, fixed=fixed, sampler="grid", progress=False)
    train, held_out = (DATA[np.sort(rows)] for rows in np.split(np.random.default_rng(0).permutation(120)[::-1], [96]))
    cosine = lambda optimizer: ma.cosine_decay(optimizer, 3)
    making = [
        lambda _: (), cosine, cosine,
        *(lambda optimizer, gamma=gamma: ma.step_decay(optimizer, 1, gamma) for gamma in (0.1, 0.5)),
    ]  # fmt: skip
    scores = []
    for make in making:
        net = ma.Autoencoder([64, 4, 64], seed=0)
        optimizer = ma.Adam(net.parameters(), lr=0.003)
        history = ma.fit(net, train, optimizer, epochs=3, batch_size=16, seed=0, progress=False, record=False,
                         validation=held_out, callbacks=make(optimizer))  # fmt: skip
        scores.append(history.validation_loss[-1])
    assert [row["score"] for row in found.trials] == pytest.approx(scores, rel=1e-12)
    assert [(row["schedule"], row.get("gamma")) for row in found.trials] == [
        ("constant", None), ("cosine", None), ("cosine_decay", None), ("step_decay", 0.1), ("step_decay", 0.5),
    ]  # fmt: skip


def test_a_grid_of_steps_has_both_ends():
    space = {"batch_size": {"low": 8, "high": 24, "step": 8}, "lr": {"low": 0.1, "high": 0.3, "step": 0.1}}
    found = ma.search(space, DATA, fixed={"layers": [64, 2, 64], "epochs": 1}, sampler="grid", progress=False)
    expected = list(itertools.product([8, 16, 24], [0.1, 0.2, 0.3]))
    np.testing.assert_allclose([(row["batch_size"], row["lr"]) for row in found.trials], expected, rtol=1e-12)


@pytest.mark.slow
def test_what_would_be_pruned_after_its_last_epoch_is_complete():
    task = Task((DATA, None), (DATA, None))
    settings = {"layers": [64, 2, 64], "epochs": 3}
    outcomes = [task.run(settings, lambda epoch, score, at=at: epoch == at)[2] for at in (2, 3)]
    assert [(outcome.pruned, outcome.epochs) for outcome in outcomes] == [(True, 2), (False, 3)]


def test_the_bar_shows_the_least_score(capsys):
    found = ma.search(SPACE, DATA, fixed={"epochs": 1}, sampler="grid")
    assert f"{found.best_score:.4g}" in capsys.readouterr().err.splitlines()[-1].split("\r")[-1]


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_a_seed_gives_the_same_study_also_in_two_parts(tmp_path, sampler):
    space = {"lr": {"low": 1e-4, "high": 0.1, "log": True}, "batch_size": {"low": 8, "high": 64}}
    options = {"fixed": {"layers": [64, 4, 64], "epochs": 1}, "sampler": sampler, "progress": False}
    whole = ma.search(space, DATA, trials=14, **options)
    assert rows(ma.search(space, DATA, trials=14, **options)) == rows(whole)
    assert len({(row["lr"], row["batch_size"]) for row in whole.trials}) == 14
    path = tmp_path / "study.journal"
    ma.search(space, DATA, trials=6, storage=path, **options)
    assert rows(ma.search(space, DATA, trials=14, storage=path, **options)) == rows(whole)
    assert rows(ma.search(space, DATA, trials=14, seed=1, **options)) != rows(whole)


@pytest.mark.slow
def test_a_sqlite_file_keeps_a_study(tmp_path, serial):
    path = tmp_path / "study.db"
    part = ma.search(SPACE, DATA, score=deadly, trials=2, storage=path, **GRID)
    assert path.read_bytes().startswith(b"SQLite")
    assert rows(part) == rows(serial)[:2]
    assert rows(ma.search(SPACE, DATA, score=deadly, storage=path, **GRID)) == rows(serial)


@pytest.mark.slow
def test_a_killed_search_goes_on(tmp_path, serial):
    program = (
        "import microae as ma\nfrom tests.searching.trained import *\n"
        "ma.search(SPACE, DATA, score=deadly, storage='study.journal', **GRID)\n"
    )
    (tmp_path / "marker").touch()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DEADLY": str(tmp_path / "marker")}
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with pytest.raises(ValueError, match="made with another seed: 0, now 1"):
        ma.search(SPACE, DATA, score=deadly, storage=tmp_path / "study.journal", seed=1, **GRID)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # optuna's, of an epoch that is reported twice
        again = ma.search(SPACE, DATA, score=deadly, storage=tmp_path / "study.journal", **GRID)
    assert rows(again) == rows(serial)


@pytest.mark.slow
def test_processes_find_the_same_though_one_is_killed(tmp_path, monkeypatch, serial):
    (tmp_path / "marker").touch()
    monkeypatch.setenv("DEADLY", str(tmp_path / "marker"))
    monkeypatch.setenv("SPARED", str(os.getpid()))
    found = ma.search(SPACE, DATA, score=deadly, workers=2, **GRID)
    assert not (tmp_path / "marker").exists()  # it did happen
    assert rows(found) == rows(serial)
    assert found.best_score == serial.best_score


@pytest.mark.slow
def test_a_pruner_ends_what_is_worse():
    space = {"lr": [0.05, 0.05001, 0.05002, 0.05003, 0.05004, 1e-6]}
    found = ma.search(space, DATA, fixed={"layers": [64, 8, 64], "epochs": 8}, sampler="grid", pruner="median",
                      progress=False)  # fmt: skip
    assert found.trials[-1]["state"] == "pruned"
    assert found.trials[-1]["epochs"] < 8
    assert found.trials[0]["state"] == "complete"


def test_what_diverges_has_failed_and_the_rest_counts():
    options = {"fixed": {"layers": [64, 4, 64], "optimizer": "sgd", "output": "linear"}, "sampler": "grid"}
    found = ma.search({"lr": [0.01, 1e9]}, DATA, progress=False, **options)
    assert [row["state"] for row in found.trials] == ["complete", "failed"]
    assert "epoch" in found.trials[1]["reason"]
    with pytest.raises(ValueError, match="none of 1 trials succeeded; trial 0: "):
        ma.search({"lr": [1e9]}, DATA, progress=False, **options)


def test_settings_without_a_meaning_are_left_out():
    space = {"momentum": [0.0, 0.9], "optimizer": ["adam", "sgd"]}
    found = ma.search(space, DATA, fixed={"layers": [64, 4, 64], "epochs": 1}, sampler="grid", progress=False)
    assert [(row["optimizer"], row.get("momentum")) for row in found.trials] == [
        ("adam", None), ("sgd", 0.0), ("sgd", 0.9),
    ]  # fmt: skip


@pytest.mark.slow
def test_files_and_pictures(tmp_path, serial):
    names = {path.name for path in serial.write(tmp_path / "out") + serial.draw(tmp_path / "out")}
    assert names == {path.name for path in (tmp_path / "out").iterdir()}
    assert {"trials.csv", "best.json", "best.safetensors", "optimization_history.png", "slice.png"} <= names
    table = list(csv.DictReader(io.StringIO((tmp_path / "out" / "trials.csv").read_text())))
    assert [float(row["score"]) for row in table] == [row["score"] for row in serial.trials]
    loaded = ma.load(tmp_path / "out" / "best.safetensors")
    assert (loaded.reconstruct(DATA) == serial.model.reconstruct(DATA)).all()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"space": {}}, "must name at least one setting"),
        ({"space": {"lr": 0.1}}, "lr must have a list of choices or a range"),
        ({"space": {"lr": []}}, "lr has no choices"),
        ({"space": {"lr": [0.1, 0.1]}}, "choice 0.1 twice"),
        ({"space": {"lr": {"low": 1, "hihg": 2}}}, "'hihg'; did you mean high"),
        ({"space": {"lr": {"low": 0.2, "high": 0.1}}}, "the range of lr: low=0.2 is above high=0.1"),
        ({"space": {"lr": {"low": 0.0, "high": 0.1, "log": True}}}, "the range of lr: "),
        ({"space": {"lr": {"low": 0.0, "high": 0.1}}, "sampler": "grid"}, "a grid needs choices or a step for lr"),
        ({"space": {"learning_rat": [0.1]}}, "no setting is called 'learning_rat'"),
        ({"space": {"layers": [[64, 8, 64], [64, 8, 63]]}}, r"layers = \[64, 8, 63\]: .*as wide as the input"),
        ({"space": {"layers": [[63, 8, 63]]}}, "has 64 features a sample"),
        ({"space": {"optimizer": ["adm"]}}, "no optimizer is called 'adm'; did you mean adam"),
        ({"space": {"sparsity": [0.0, 0.1]}}, "differ in sparsity have losses that mean different things"),
        ({"space": {"lr": [0.1]}, "fixed": {**FIXED, "lr": 0.1}}, "lr is in the space and fixed"),
        ({"model": "Autoencoda"}, "did you mean Autoencoder"),
        ({"sampler": "tpu"}, "no sampler is called 'tpu'; did you mean tpe"),
        ({"pruner": "medium"}, "no pruner is called 'medium'; did you mean median"),
        ({"score": "best"}, "score must be"),
        ({"model": "Autoencoder"}, "^search: layers must be in the space or fixed"),
        ({"storage": "mysqlx://a/b"}, "mysqlx://a/b: no study can be kept there"),
        ({"validation": 1.5}, "validation must be a share between 0 and 1"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"fixed": {**FIXED, "epochs": 0.5}}, "fit: epochs must be a whole number of at least 1, got 0.5"),
        ({"fixed": {**FIXED, "batch_size": 0}}, "batch_size must be a whole number of at least 1, got 0"),
        ({"fixed": {**FIXED, "backend": "nunpy"}}, "backend must be one of eager, auto, numpy, .*, got 'nunpy'"),
        ({"space": {"epochs": {"low": 0.5, "high": 9.5}}, "fixed": {}}, "epochs = 0.5: fit: epochs must be a whole"),
        ({"fixed": {**FIXED, "schedule": "cosin"}}, "schedule must be one of cosine_decay, .*, constant, got 'cosin'"),
        ({"fixed": {**FIXED, "schedule": "exponential_decay"}}, "the schedule exponential_decay needs gamma"),
        ({"fixed": {**FIXED, "gamma": 0.5}}, "no setting is called 'gamma'"),
        ({"workers": 0}, "workers must be a whole number"),
        ({"workers": 2, "score": lambda *_: 0.0}, "must reach by pickle"),
        ({"workers": 2, "dask": "tcp://127.0.0.1:1"}, "give one of the two"),
        ({"data": DATA * 2}, r"numbers in \[0, 1\]"),
    ],
)
def test_mistakes_are_said_before_anything_is_trained(changed, words):
    given = {"space": {"lr": [0.01, 0.1]}, "data": DATA, "fixed": FIXED, "progress": False} | changed
    if "layers" not in given["space"] and "layers" not in words:
        given["fixed"] = {"layers": [64, 8, 64], **given["fixed"]}
    with pytest.raises(ValueError, match=words):
        ma.search(given.pop("space"), given.pop("data"), **given)


def test_ctrl_c_in_another_library_s_lock_ends_the_search():
    """optuna's lock of a journal, when it is interrupted, raises an error of its own, which would be a failed trial."""
    trained = []

    def score(model, x, target):
        trained.append(model)
        if len(trained) == 9:  # the first ones are checks
            error = RuntimeError("the lock was not held")
            error.__context__ = KeyboardInterrupt()
            raise error
        return 0.0

    with pytest.raises(KeyboardInterrupt):
        ma.search(SPACE, DATA, score=score, **GRID)
    assert len(trained) == 9


def test_a_model_of_one_s_own_needs_what_has_no_default():
    def made(width=4, *, seed=0):
        return ma.Autoencoder([64, width, 64], seed=seed)

    def needing(width, *, seed=0):
        return made(width, seed=seed)

    found = ma.search({"lr": [0.01, 0.1]}, DATA, model=made, fixed=FIXED, sampler="grid", progress=False)
    assert [row["state"] for row in found.trials] == ["complete"] * 2
    with pytest.raises(ValueError, match="search: width must be in the space or fixed, as in"):
        ma.search({"lr": [0.01, 0.1]}, DATA, model=needing, fixed=FIXED, sampler="grid", progress=False)


def test_a_score_that_a_model_does_not_have():
    options = {"fixed": {"layers": [64, 4, 10]}, "score": "mse", "progress": False, "target": ma.data.digits()[1][:120]}
    with pytest.raises(TypeError, match="score='mse' is of reconstructions, Classifier has none; take 'loss'"):
        ma.search({"lr": [0.01]}, DATA, model="Classifier", **options)


def test_a_file_of_data(tmp_path, serial):
    np.save(tmp_path / "x.npy", DATA)
    assert ma.search(SPACE, tmp_path / "x.npy", score=deadly, **GRID).best_score == serial.best_score
    with pytest.raises(FileNotFoundError, match=r"no\.csv: there is no such file"):
        ma.search(SPACE, "no.csv", **GRID)


def test_fixed_settings_are_named():
    with pytest.raises(TypeError, match=r"^search: fixed must be a mapping of settings, such as .*got \['epochs'\]"):
        ma.search({"lr": [0.1]}, DATA, fixed=["epochs"])


def test_a_file_that_is_no_journal(tmp_path):
    (tmp_path / "j.journal").write_text("hello\n")
    with pytest.raises(ValueError, match=r"j\.journal: no study can be kept there"):
        ma.search(SPACE, DATA, storage=tmp_path / "j.journal", **GRID)
    assert (tmp_path / "j.journal").read_text() == "hello\n"


def test_a_journal_with_a_torn_line_goes_on(tmp_path, serial):
    study = tmp_path / "s.journal"
    ma.search(SPACE, DATA, storage=study, **{**GRID, "trials": 2})
    whole = study.read_bytes()
    study.write_bytes(whole + b'{"op_code":4,"worker_i')  # as a full disk leaves it
    assert ma.search(SPACE, DATA, storage=study, **GRID).best == serial.best
    assert study.read_bytes().startswith(whole + b"{")
    assert all(json.loads(line) for line in study.read_text().splitlines())
    other = tmp_path / "other.log"
    other.write_text("a log\nof something els")
    with pytest.raises(ValueError, match="no study can be kept there"):
        ma.search(SPACE, DATA, storage=other, **GRID)
    assert other.read_text() == "a log\nof something els"


def test_two_searches_do_not_share_a_file(tmp_path):
    from microae.searching.storage import alone

    with (
        alone(tmp_path / "study.journal"),
        pytest.raises(ValueError, match=r"another search, process .*, is using this study"),
    ):
        ma.search(SPACE, DATA, storage=tmp_path / "study.journal", **GRID)


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="masks a signal")
def test_ctrl_c_waits_until_a_process_is_made_whichever_thread_takes_it():
    ended, begun, reached = threading.Event(), threading.Event(), []
    taker = threading.Thread(target=lambda: (begun.set(), ended.wait()))  # it takes signals, and the main thread none
    taker.start()
    assert begun.wait(10)

    def make():
        with _interrupted_later():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.5)  # the other thread may be a while in taking it
            reached.append("the end")

    try:
        with pytest.raises(KeyboardInterrupt):
            make()
    finally:
        ended.set()
        taker.join()
    assert reached == ["the end"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
