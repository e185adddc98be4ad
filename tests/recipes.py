"""What each recipe of CONTRIBUTING must lead to, run where they have been followed: see ``test_contributing``.

``python -m tests.recipes DIRECTORY`` prints, as JSON, for each recipe what went wrong, or nothing.
"""

from __future__ import annotations

import contextlib
import io
import json
import pickle
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import find

import microae as ma
from microae import data, drawing, nn, optim, paper
from microae.commands import main
from microae.core.operation import FACTS, TABLE
from microae.testing import check_gradients, strategies

MODEL = ["--model", "net.safetensors"]
QUICK = ["--epochs", "1", "--layers", "64,4,64", "--quiet"]


def printed(*arguments: str) -> str:
    """What a command prints that must succeed, in one line."""
    with contextlib.redirect_stdout(io.StringIO()) as text, contextlib.redirect_stderr(text):
        code = main(arguments)
    assert code == 0, text.getvalue()
    return " ".join(text.getvalue().split())


def stub(name: str) -> str:
    return (Path(ma.__file__).parent / name).read_text(encoding="utf-8")


def an_operation() -> None:
    x, y = ma.Value([1.0, 2.0]), ma.Value([0.5, 3.0], label="y")
    expected = x.data * np.log(y.data)
    for out in (ma.xlogy(x, y), x.xlogy(y), ma.xlogy(x, y.data)):
        assert np.allclose(out.data, expected)
        assert out.operation is TABLE["xlogy"]
    assert check_gradients(ma.xlogy, x.data, y.data, order=2, seed=0).verdict == "agrees"
    assert "xlogy" in ma.__all__
    assert "def xlogy(self, y: Any) -> Value: ..." in stub("core/methods.pyi")
    assert "from microae.operations.elementwise import xlogy as xlogy" in stub("__init__.pyi")
    assert "ln y" in ma.draw(ma.xlogy(x, y)).svg()


def an_activation() -> None:
    x = ma.Value([-4.0, 0.0, 1.0, 5.0])
    module = ma.HardSigmoid()
    for out in (ma.hard_sigmoid(x), x.hard_sigmoid(), module(x), nn.HardSigmoid()(x), nn.activation("hard_sigmoid")(x)):
        assert np.allclose(out.data, [0.0, 0.5, 2 / 3, 1.0])
    assert type(pickle.loads(pickle.dumps(module))) is ma.HardSigmoid
    assert repr(module) == "HardSigmoid()"
    assert "class HardSigmoid(Activation):" in stub("nn/activations.pyi")
    kinks = FACTS[ma.hard_sigmoid].kinks
    assert [at.tolist() for at in kinks(np.array([-3.0, 3.0]))] == [[0.0, 6.0], [-6.0, 0.0]]
    assert find(strategies.networks(), lambda net: net.activation == "hard_sigmoid")
    assert "hard_sigmoid" in printed("train", "--help")
    printed("train", *QUICK, "--activation", "hard_sigmoid")
    assert "HardSigmoid" in repr(ma.load("microae-train/weights.safetensors"))
    assert "hard_sigmoid" in [axes.get_title() for axes in drawing.draw_activations().axes]


def a_loss() -> None:
    x, target = np.array([0.5, 2.0]), np.array([0.5, -1.0])
    assert np.allclose(ma.log_cosh(x, target, "none"), np.log(np.cosh(x - target)))
    assert nn.log_cosh is ma.log_cosh
    assert "from microae.nn.losses import log_cosh as log_cosh" in stub("__init__.pyi")
    assert check_gradients(lambda x: ma.log_cosh(x, target), x, seed=0).verdict == "agrees"
    net = ma.Autoencoder([3, 4, 3], loss="logcosh", seed=0)
    ma.save(net, "logcosh.safetensors")
    assert ma.load("logcosh.safetensors").loss([1, 0, 1]).item() == net.loss([1, 0, 1]).item()
    assert find(strategies.networks(), lambda net: net.loss == "logcosh")
    assert "log cosh of the differences" in printed("train", "--help")
    printed("train", *QUICK, "--loss", "logcosh")


def an_optimiser() -> None:
    w = ma.Value([1.0, -2.0])
    optimizer = ma.RMSprop([w], lr=0.1)
    (w * w).sum().backward()
    optimizer.step()
    assert np.allclose(w.data, [0.0, -1.0], atol=1e-6)  # 0.1 · g / √(0.01 g²) is 1
    assert optim.RMSprop is ma.RMSprop
    assert "from microae.optim.optimizers import RMSprop as RMSprop" in stub("__init__.pyi")
    net = ma.Autoencoder([3, 4, 3], seed=0)
    assert ma.record_step(net, ma.RMSprop(net.parameters(), lr=0.001), [1, 0, 1]).stage("update")
    assert "0.001 for rmsprop" in printed("train", "--help")
    printed("train", *QUICK, "--optimizer", "rmsprop")


def a_data_set() -> None:
    samples = data.read("xor")
    assert (samples.x.shape, samples.labels.tolist(), samples.title) == ((4, 2), [0, 1, 1, 0], "4 corners")
    assert "labelled by exclusive or" in printed("train", "--help")
    assert "xor for 2" in printed("draw", "codes", "--help")
    assert "xor: 4 samples of 2 numbers" in printed("train", "--data", "xor", "--epochs", "1", "--quiet")
    printed("draw", "codes", "--model", "microae-train/weights.safetensors")
    assert "4 corners" in Path("codes.svg").read_text(encoding="utf-8")


def a_figure() -> None:
    ma.save(ma.Autoencoder([3, 4, 3], seed=0), "net.safetensors")
    assert [bar.get_height() for bar in drawing.draw_sizes(ma.Linear(3, 2, seed=0)).axes[0].patches] == [6, 2]
    assert "draw_sizes" in drawing.__all__
    assert "from microae.drawing.sizes import draw_sizes as draw_sizes" in stub("drawing/__init__.pyi")
    assert "how many numbers each parameter has" in printed("draw", "--help")
    printed("draw", "sizes", *MODEL)
    assert "Sizes: autoencoder 3-4-3" in Path("sizes.svg").read_text(encoding="utf-8")


def a_correction() -> None:
    (correction,) = [known for known in paper.CORRECTIONS if known.id == "bias-count"]
    assert correction.holds()
    said = "There are 7, one for each neuron that is no input"
    assert f"✓ bias-count: {said}" in printed("paper", "--epochs", "1", "--quiet", "--out", "paper")
    report = Path("paper/report.md").read_text(encoding="utf-8")
    assert "**bias-count**. The paper: " in report
    assert said in report


def a_command() -> None:
    ma.save(ma.Autoencoder([3, 4, 3], seed=0), "small.safetensors")
    assert "parameters count the parameters of a saved model" in printed("--help")
    assert printed("parameters", "small.safetensors") == "31"


RECIPES: dict[str, Callable[[], None]] = {
    "An operation": an_operation,
    "An activation": an_activation,
    "A loss": a_loss,
    "An optimiser": an_optimiser,
    "A data set": a_data_set,
    "A figure": a_figure,
    "A correction": a_correction,
    "A command": a_command,
}


def wrong(check: Callable[[], None]) -> str:
    try:
        check()
    except Exception:
        return traceback.format_exc()
    return ""


if __name__ == "__main__":
    with contextlib.chdir(sys.argv[1]):
        result = {name: wrong(check) for name, check in RECIPES.items()}
    print(json.dumps(result))
