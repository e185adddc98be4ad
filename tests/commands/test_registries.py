"""What is registered at run time is offered by the command line: a loss, an optimiser, a data set."""

import re

import numpy as np
import pytest

import microae as ma
from microae.commands import main
from microae.data import DATASETS, dataset
from microae.nn.registry import LOSSES, loss
from microae.optim import OPTIMIZERS, Optimizer, optimizer

WIDTHS = r"\(default: digits for 64 inputs, (\w+ for \d+, )*paper for 3, (\w+ for \d+, )*noise for 5\)"
QUICK = ["--layers", "64,8,64", "--epochs", "1", "--quiet"]


def smoothed(prediction, target, reduction="mean"):
    """√(1 + (p − y)²) − 1: a square near 0, an absolute value far from it."""
    each = np.sqrt(1.0 + (prediction - target) ** 2) - 1.0
    return {"mean": lambda: each.mean(), "sum": lambda: each.sum(), "none": lambda: each}[reduction]()


class Signs(Optimizer):
    """Steps of one size, with a momentum that is kept and not used; it has no weight decay."""

    def __init__(self, parameters, lr, momentum=0.0):
        super().__init__(parameters, lr)
        self.momentum = momentum

    def update(self, p, g, state, lr, step):
        return p - lr * np.sign(g), state


@pytest.fixture(autouse=True)
def _registered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loss("smoothed", "smoothed distance", remark="one that forgives outliers")(smoothed)
    loss("bounded", "bounded distance", fractions=True)(smoothed)
    optimizer("signs", lr=0.125)(Signs)
    rows = np.random.default_rng(0).random((24, 5))
    dataset("noise", "numbers that mean nothing", features=5, title="{n} rows of noise")(lambda: (rows, None))
    yield
    del LOSSES["smoothed"], LOSSES["bounded"], OPTIMIZERS["signs"], DATASETS["noise"]


def helped(*command, capsys):
    assert main([*command, "--help"]) == 0
    return " ".join(capsys.readouterr().out.split())


def reported():
    """The settings that the report of the run lists."""
    with open("microae-train/report.md", encoding="utf-8") as report:
        return dict(cells[1:4:2] for line in report if len(cells := line.split()) == 5 and cells[0] == "|")


def test_the_help_of_train_names_them(capsys):
    text = helped("train", capsys=capsys)
    assert re.search(r"--loss \{mse,bce,(\w+,)*smoothed,bounded\}", text)
    assert "the paper's cross-entropy, or " in text
    assert "or one that forgives outliers, or bounded distance (default: mse)" in text
    assert re.search(r"--optimizer \{sgd,adam,adamw,(\w+,)*signs\}", text)
    assert "1 for sgd, 0.003 for adam, 0.003 for adamw, " in text
    assert ", 0.125 for signs)" in text
    assert re.search(r"of sgd(, \w+)* and signs \(default: 0\.9\)", text)
    assert "decoupled for adamw (default: 0.01 for adamw, else 0)" in text
    assert re.search(r"--data digits\|(\w+\|)*paper\|(\w+\|)*noise\|FILE", text)
    assert "the paper's 8 vectors, " in text
    assert ", numbers that mean nothing, or a table, one sample a row" in text


def test_the_help_of_draw_names_the_data_set(capsys):
    text = helped("draw", "codes", capsys=capsys)
    assert re.search(r"--data digits\|(\w+\|)*paper\|(\w+\|)*noise\|FILE", text)
    assert re.search(WIDTHS, text)


def test_of_data_sets_equally_wide_draw_takes_the_first(capsys):
    dataset("second", "as wide as noise", features=5)(lambda: (np.ones((3, 5)), None))
    try:
        assert re.search(WIDTHS, helped("draw", "codes", capsys=capsys))
    finally:
        del DATASETS["second"]


def test_train_takes_a_registered_loss(capsys):
    assert main(["train", *QUICK, "--loss", "smoothed"]) == 0
    assert "it was trained for the loss smoothed." in capsys.readouterr().out
    net = ma.load("microae-train/weights.safetensors")
    assert net.distance == "smoothed"
    assert main(["draw", "losses", "--model", "microae-train/weights.safetensors"]) == 0
    with open("losses.svg", encoding="utf-8") as picture:
        assert "smoothed distance" in picture.read()


def test_a_registered_loss_of_numbers_in_0_1_needs_a_sigmoid(capsys):
    assert main(["train", *QUICK, "--loss", "bounded", "--output", "linear"]) == 2
    said = r"microae: error: the loss bounded needs a sigmoid output, not linear; use mse( or \w+)* or smoothed\n"
    assert re.fullmatch(said, capsys.readouterr().err)
    assert main(["train", *QUICK, "--loss", "smoothed", "--output", "linear"]) == 0


def test_train_takes_a_registered_optimiser(capsys):
    assert main(["train", *QUICK, "--optimizer", "signs"]) == 0
    assert reported().items() >= {"optimizer": "signs", "lr": "0.125", "momentum": "0.9"}.items()
    assert main(["train", *QUICK, "--optimizer", "signs", "--lr", "0.5", "--momentum", "0.25"]) == 0
    assert reported().items() >= {"lr": "0.5", "momentum": "0.25"}.items()
    capsys.readouterr()
    assert main(["train", *QUICK, "--optimizer", "signs", "--weight-decay", "0.1"]) == 2
    said = r"microae: error: weight_decay is an option of sgd, adam(, \w+)* and \w+, not of signs\n"
    assert re.fullmatch(said, capsys.readouterr().err)
    assert main(["train", *QUICK, "--optimizer", "adam", "--momentum", "0.1"]) == 2
    said = r"microae: error: momentum is an option of sgd(, \w+)* and signs, not of adam\n"
    assert re.fullmatch(said, capsys.readouterr().err)


def test_train_and_draw_take_a_registered_data_set(capsys):
    assert main(["train", "--data", "noise", "--epochs", "1", "--quiet"]) == 0
    assert "noise: 24 samples of 5 numbers" in capsys.readouterr().out
    assert main(["draw", "codes", "--model", "microae-train/weights.safetensors"]) == 0
    with open("codes.svg", encoding="utf-8") as picture:
        assert "24 rows of noise" in picture.read()


def test_train_takes_the_papers_vectors(capsys):
    assert main(["train", "--data", "paper", "--epochs", "1", "--layers", "3,4,3", "--quiet"]) == 0
    assert "paper: 8 samples of 3 numbers, 6 to train on, 2 held out." in capsys.readouterr().out
