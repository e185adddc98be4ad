"""``microae paper``: what is checked, what is reported, what is written, and what it prints."""

import csv
import itertools
import os
import sys
from unittest import mock

import numpy as np
import pytest
from safetensors.numpy import load, load_file

import microae as ma
from microae import paper
from microae.commands import main
from microae.commands import paper as command
from microae.commands.paper import FILES, report, reproduce
from microae.paper import manual
from microae.training.checkpoint import load_states


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """The default seed and epochs, as the command line runs it."""
    return reproduce(out=tmp_path_factory.mktemp("out") / "made" / "here")


def test_everything_checks(result):
    assert result.passed
    assert [check.name for check in result.checks if not check.passed] == []
    assert len(result.checks) == 5
    assert result.checks[3].name == "manual = automatic gradients during training, after 25 of the epochs"


def test_the_loss_converges_and_all_vectors_come_back(result):
    assert result.losses.shape == (2000,)
    assert result.losses[-1] < 0.05 < 0.6 < result.losses[0]
    assert (result.reconstructions.round() == paper.BINARY_VECTORS).all()
    assert result.reconstructed == 8


def test_training_is_that_of_the_manual_formulas():
    result = reproduce(seed=5, epochs=40)
    W, b = paper.layers_of(ma.Autoencoder([3, 4, 3], seed=5))
    rng, losses, names = np.random.default_rng(5), [], ("leaky_relu", "sigmoid")
    for _ in range(40):
        epoch = []
        for i in rng.permutation(8):
            x = paper.BINARY_VECTORS[i]
            epoch.append(paper.manual_loss(W, b, x, x, names))
            W, b = paper.manual_update(W, b, *paper.manual_gradients(W, b, x, x, names), 0.01)
        losses.append(np.mean(epoch))
    np.testing.assert_allclose(result.losses, losses, rtol=1e-10)
    for ours, theirs in zip((W, b), paper.layers_of(result.net), strict=True):
        for m, a in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(m, a, rtol=1e-9, atol=1e-12)


def test_equal_seeds_give_equal_bits_and_others_do_not():
    first, second, other = (reproduce(seed=seed, epochs=3) for seed in (1, 1, 2))
    assert (first.losses == second.losses).all()
    assert (first.reconstructions == second.reconstructions).all()
    assert not (first.losses == other.losses).any()


def test_files(result):
    assert [path.name for path in result.files] == list(FILES)
    directory = result.files[0].parent
    assert sorted(path.name for path in directory.iterdir()) == sorted(FILES)
    assert all(path.stat().st_size > 500 for path in result.files)
    for name in ("loss.png", "network.png"):
        assert (directory / name).read_bytes().startswith(b"\x89PNG")


def test_the_weights_file_holds_the_trained_network(result):
    directory = result.files[0].parent
    state = load_file(directory / "weights.safetensors")
    for name, array in result.net.state_dict().items():
        assert (state[name] == array).all()
    again = ma.Autoencoder([3, 4, 3], seed=9)
    again.load_state_dict(state)
    assert (again.reconstruct(paper.BINARY_VECTORS) == result.reconstructions).all()


def test_the_network_figure_shows_all_true_weights_and_biases(result):
    text = (result.files[0].parent / "network.svg").read_text()
    for parameter in result.net.parameters():
        for number in parameter.numpy().flat:
            assert f">{number:+.6g}<".replace("-", "−") in text


def test_the_report_has_checks_facts_tables_and_corrections(result):
    text = (result.files[0].parent / "report.md").read_text()
    assert text == report(result)
    assert text.count("✓ ") >= 5
    assert "51 printed numbers, 51 agree" in text
    assert all(f"**{correction.id}**" in text for correction in paper.CORRECTIONS)
    assert "8 of the 8 vectors" in text


def test_a_second_run_replaces_the_files_with_the_same(tmp_path):
    first = {path.name: path.read_bytes() for path in reproduce(epochs=2, out=tmp_path).files}
    second = {path.name: path.read_bytes() for path in reproduce(epochs=2, out=tmp_path).files}
    state, again = load(first.pop("weights.safetensors")), load(second.pop("weights.safetensors"))
    assert all((state[name] == again[name]).all() for name in state)  # the format's header has no fixed order
    assert first == second


def test_few_epochs_are_no_failure_but_said(tmp_path):
    result = reproduce(epochs=1, out=tmp_path)
    assert result.passed
    assert result.reconstructed < 8
    assert f"{result.reconstructed} of the 8 vectors" in (tmp_path / "report.md").read_text()
    assert "✗" in result.table()


def test_a_wrong_manual_gradient_fails_the_checks():
    right = manual.hidden_gradient
    with mock.patch.object(manual, "hidden_gradient", lambda *given: right(*given) * (1 + 1e-9)):
        result = reproduce(epochs=2)
    assert not result.passed
    assert [check.passed for check in result.checks] == [True, False, False, False, True]
    assert "✗ manual = automatic gradients" in report(result)


def test_a_wrong_digit_fails_the_checks():
    *rows, last = paper.walkthrough()
    rows.append(paper.Row(last.step, last.element, last.printed, last.computed + 1e-9))
    with mock.patch.object(paper, "walkthrough", return_value=rows):
        result = reproduce(epochs=1)
    assert not result.passed
    assert not result.checks[0].passed
    assert "50 of 51" in result.checks[0].detail


def test_a_nan_gradient_fails_the_checks():
    with mock.patch.object(manual, "hidden_gradient", lambda nabla, W, z, name: np.full(z.shape, np.nan)):
        assert not reproduce(epochs=1).passed


def test_progress_is_shown_if_asked_for(capsys):
    reproduce(epochs=4, progress=True)
    shown = capsys.readouterr().err
    assert "training" in shown
    assert "4/4" in shown
    reproduce(epochs=4)
    assert capsys.readouterr() == ("", "")


def test_the_way_and_losses_that_are_written_are_those_of_the_training(tmp_path):
    result = reproduce(seed=2, epochs=4, out=tmp_path)
    assert result.trajectory.epochs == [0, 1, 2, 3, 4]
    start, *_, end = load_states(tmp_path / "trajectory.safetensors")
    for name, array in ma.Autoencoder([3, 4, 3], seed=2).state_dict().items():
        np.testing.assert_array_equal(start[name], array)
    for name, array in result.net.state_dict().items():
        np.testing.assert_array_equal(end[name], array)
    with (tmp_path / "history.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["epoch", "loss"]
    assert [(int(epoch), float(loss)) for epoch, loss in rows] == list(enumerate(result.losses.tolist(), start=1))


def test_the_table_of_reconstructions():
    result = reproduce(epochs=2)
    lines = result.table().splitlines()[2:]
    assert len(lines) == 8
    for line, x, out in zip(lines, paper.BINARY_VECTORS, result.reconstructions, strict=True):
        given, shown, rounded, error = (cell.strip() for cell in line.strip("|").split("|"))
        assert [float(number) for number in given.split()] == x.tolist()
        np.testing.assert_allclose([float(number) for number in shown.split()], out, atol=5e-5)
        assert [float(number) for number in rounded.split()[:3]] == np.round(out).tolist()
        assert rounded.endswith("✓" if (np.round(out) == x).all() else "✗")
        assert float(error) == pytest.approx(max(abs(out - x)), abs=5e-5)


@pytest.mark.parametrize("backend", ["eager", "python"])
def test_the_facts(backend):
    result = reproduce(seed=5, epochs=3, backend=backend)
    first, last = result.losses[[0, -1]]
    assert first != last
    error = np.abs(result.reconstructions - paper.BINARY_VECTORS).max()
    assert result.facts == [
        f"trained for 3 epochs ({backend})",
        f"the loss went from {first:.4f} in the first epoch to {last:.4f} in epoch 3",
        f"{result.reconstructed} of the 8 vectors are reconstructed when rounded; "
        f"the largest error of an output is {error:.4f}",
    ]
    assert command._numbers_of(result)["backend"] == backend
    text = report(result)
    assert all(fact in text for fact in result.facts)
    assert "seed 5." in text
    assert " 3 epochs " in text


def test_a_difference_on_the_way_fails_the_checks(monkeypatch):
    """Whenever it was: at the published weights, before the training, or after one of its epochs."""
    for wrong in (4, 13, 20, 29, 40):
        calls = itertools.count()
        monkeypatch.setattr(
            paper, "gradient_difference", lambda net, x, calls=calls, wrong=wrong: float(next(calls) == wrong)
        )
        result = reproduce(epochs=3)
        assert next(calls) == 5 * 9
        assert not result.passed
        assert sum(not check.passed for check in result.checks) == 1


@pytest.mark.parametrize("epochs", [0, -1, 2.5])
def test_epochs_must_be_a_number_of_epochs(epochs):
    with pytest.raises(ValueError, match="epochs must be a whole number, at least 1"):
        reproduce(epochs=epochs)


def test_a_directory_that_cannot_be_is_said_before_training(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        mock.patch.object(command, "_train", side_effect=AssertionError("trained")),
        pytest.raises(OSError, match="file"),
    ):
        reproduce(out=tmp_path / "file" / "out")


def test_without_matplotlib_the_extra_is_named_before_training(tmp_path):
    with (
        mock.patch.dict(sys.modules, {"matplotlib": None}),
        mock.patch.object(command, "_train", side_effect=AssertionError("trained")),
        pytest.raises(ModuleNotFoundError, match=r"microae\[plots\]") as caught,
    ):
        reproduce(out=tmp_path)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_without_a_program_to_draw_it_is_said_before_training(tmp_path, monkeypatch):
    monkeypatch.setenv("MICROAE_DOT", "no-such-dot")
    monkeypatch.setattr(command, "_train", mock.Mock(side_effect=AssertionError("trained")))
    with pytest.raises(FileNotFoundError, match="no-such-dot"):
        reproduce(out=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_out_neither_matplotlib_nor_graphviz_is_needed():
    with mock.patch.dict(sys.modules, {"matplotlib": None}), mock.patch.dict("os.environ", MICROAE_DOT="no-such-dot"):
        assert reproduce(epochs=1).passed


# --- the command ---------------------------------------------------------------------------------------------------


@pytest.fixture
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def written(directory):
    return sorted(path.name for path in directory.iterdir())


@pytest.mark.usefixtures("_elsewhere")
def test_paper(tmp_path, capsys):
    assert main(["paper", "--epochs", "5", "--out", "p"]) == 0
    out, err = capsys.readouterr()
    assert not err  # no terminal, so no progress bar
    assert paper.walkthrough_table(paper.walkthrough()) in out
    assert all(f"\n✓ {correction.id}: " in out for correction in paper.CORRECTIONS)
    assert all(f"| {method}" in out for method in paper.METHODS)
    assert out.count("| rounded |") == 1
    assert "✗ walk" not in out
    assert {"report.md", "weights.safetensors"} < set(written(tmp_path / "p"))
    assert all(os.path.join("p", name) in out for name in written(tmp_path / "p"))


@pytest.mark.usefixtures("_elsewhere")
def test_paper_fails_if_a_digit_is_wrong(tmp_path, capsys, monkeypatch):
    rows = paper.walkthrough()
    rows[-1] = paper.Row(rows[-1].step, rows[-1].element, "0.998743829", rows[-1].computed)
    monkeypatch.setattr(paper, "walkthrough", lambda: rows)
    assert main(["paper", "--epochs", "2", "--quiet"]) == 1
    assert "✗ walk-through: 50 of 51" in capsys.readouterr().out


@pytest.mark.usefixtures("_elsewhere")
def test_paper_fails_if_a_correction_does_not_hold(tmp_path, capsys, monkeypatch):
    wrong = paper.Correction(
        "wrong", "2 + 2 = 5", "It is {sum}. Not more.", lambda: {"sum": 4}, lambda e: e["sum"] == 5
    )
    monkeypatch.setattr(paper, "CORRECTIONS", (*paper.CORRECTIONS, wrong))
    assert main(["paper", "--epochs", "2", "--quiet"]) == 1
    assert "\n✗ wrong: It is 4\n" in capsys.readouterr().out


@pytest.mark.usefixtures("_elsewhere")
def test_the_seed_of_the_paper(monkeypatch):
    seeds = []
    compare = paper.compare_descents

    def reproducing(seed, *arguments, **options):
        seeds.append(seed)
        return reproduce(seed, *arguments, **options)

    def comparing(seed, **options):
        seeds.append(seed)
        return compare(seed=seed, **options)

    monkeypatch.setattr(command, "reproduce", reproducing)
    monkeypatch.setattr(paper, "compare_descents", comparing)
    assert main(["paper", "--epochs", "1", "--quiet", "--seed", "3"]) == 0
    assert seeds == [3, 3]


def test_the_defaults_of_paper(monkeypatch):
    given = []

    def reproducing(*arguments, **options):
        given.append(arguments)
        raise ValueError("seen")

    monkeypatch.setattr(command, "reproduce", reproducing)
    assert main(["paper"]) == 2
    assert given == [(0, 2000, "microae-paper")]
