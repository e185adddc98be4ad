"""``microae draw``: pictures of a saved model, of data and of the history of a training, from their files.

Each function of ``PICTURES`` draws one kind of picture into a file; its parameters are the options of its command.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

import numpy as np

from microae.autoencoders.autoencoder import Autoencoder
from microae.commands.common import (
    ARRAY,
    HISTORY,
    SHOWN,
    SUCCESS,
    TRAJECTORY,
    USAGE,
    data_option,
    failed,
    natural,
    positive,
    say,
)
from microae.data import DATASETS, Samples, read
from microae.drawing import (
    draw_activations,
    draw_codes,
    draw_gradient_flow,
    draw_landscape,
    draw_losses,
    draw_network,
    draw_reconstructions,
    draw_weights,
)
from microae.drawing.landscape import Descent, Directions
from microae.drawing.measuring import loss_name
from microae.history import read_history
from microae.nn.activations import Activation, LogSoftmax, Softmax
from microae.nn.layers import RandomModule
from microae.optim import SGD
from microae.recording.step import record_step
from microae.training import checkpoint

HELP = "draw a picture of a saved model"
DESCRIPTION = (
    "Draw a picture of a model that microae train, microae paper or microae.save has written. The same model and data "
    "give the same picture, byte by byte."
)

MEASURED = 400
"""The largest number of samples that the loss of a landscape is measured on."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add a command for each of the ``PICTURES`` to a parser, with the parameters of its function as options."""
    pictures = parser.add_subparsers(title="pictures", metavar="WHAT", required=True)
    known = _arguments()
    for what, function in PICTURES.items():
        about = str(function.__doc__)
        picture = pictures.add_parser(what, help=about[0].lower() + about[1:].rstrip("."), description=about)
        parameters = _parameters(function)
        for p in parameters:
            picture.add_argument(f"--{p.name}", required=p.annotation == "str", **known[p.name])
        out = what + formats(what)[0]
        picture.add_argument("--out", default=out, metavar="FILE", help=f"{', '.join(formats(what))} (default: {out})")
        picture.set_defaults(what=what, options=[p.name for p in parameters])


def _parameters(function: Callable[..., None]) -> list[Parameter]:
    return [p for p in signature(function).parameters.values() if p.name != "out"]


def _arguments() -> dict[str, dict[str, Any]]:
    """The options of ``add_argument`` for each parameter of a picture."""
    sizes = [f"{name} for {features}" for features, name in fitting().items()]
    return {
        "model": {"metavar": "FILE", "help": "the model, as .safetensors"},
        "data": data_option(", ".join([f"{sizes[0]} inputs", *sizes[1:]])),
        "array": ARRAY,
        "history": {
            "nargs": "+",
            "metavar": "FILE",
            "help": "history.csv of one run or several (default: the one beside the model)",
        },
        "descent": {
            "nargs": "+",
            "metavar": "FILE",
            "help": "the weights on the way, whose path is drawn: a trajectory.safetensors (default: the one beside "
            "the model), or weights saved during the training, from the first to the last",
        },
        "directions": {
            "choices": ["pca", "random"],
            "help": "that the plane of the picture lies in: those in which the descent moved most, or two random ones "
            "(default: pca if there is a descent)",
        },
        "seed": {"type": natural, "default": 0, "help": "of random directions (default: 0)"},
        "sample": {
            "type": natural,
            "default": 0,
            "metavar": "ROW",
            "help": "of the data, counted from 0 (default: 0)",
        },
        "lr": {"type": positive, "default": 0.01, "metavar": "RATE", "help": "learning rate (default: 0.01)"},
    }


def run(arguments: argparse.Namespace) -> int:
    """Draw, and print the name of the file; return the exit code."""
    options = {name: getattr(arguments, name) for name in arguments.options}
    try:
        file = draw(arguments.what, arguments.out, **options)
    except (OSError, ValueError, ImportError, RuntimeError) as error:
        return failed(error, USAGE)
    say(str(file))
    return SUCCESS


def draw(what: str, out: str | os.PathLike[str], **options: Any) -> Path:
    """Draw one of the ``PICTURES`` into a file; an error leaves no partly written file.

    Parameters
    ----------
    what : str
        The name of the picture.
    out : path
        The file; its suffix chooses the format.
    **options
        The parameters of the function of that name.

    Returns
    -------
    Path
        Of the file.

    Raises
    ------
    OSError, ValueError, ImportError, RuntimeError
        If a file cannot be read or written, the data do not fit the model, or no program to draw with is found.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from microae import paper, save
    >>> from microae.commands.draw import draw
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     model = pathlib.Path(directory, "net.safetensors")
    ...     save(paper.network(), model)
    ...     draw("weights", pathlib.Path(directory, "weights.svg"), model=model).name
    'weights.svg'
    """
    out = Path(out)
    check_picture(what, out)
    PICTURES[what](out, **options)
    return out


def check_picture(what: str, out: Path) -> None:
    """Raise if a picture cannot be written to ``out``, before anything is computed."""
    known = formats(what)
    if out.suffix.lower() not in known:
        raise ValueError(f"{out}: the picture {what} is written as {', '.join(known)}")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"{out}: the directory {out.parent} does not exist")


def formats(what: str) -> tuple[str, ...]:
    """The suffixes of the formats of a picture, the default one first."""
    return FORMATS.get(what, (".svg", ".png", ".pdf"))


# --- the pictures ------------------------------------------------------------------------------------------------


def network(out: Path, model: str) -> None:
    """The network with its true weights and biases; at most 100 weights."""
    net = _model(model)
    draw_network(net, title=_name(net), path=out)


def losses(out: Path, model: str | None, history: Sequence[str] | None) -> None:
    """The loss of each epoch, in training and validation, of one or several runs."""
    if model is None and not history:
        raise ValueError("the losses are in the history of a training: give --history FILE, or --model beside it")
    net = None if model is None else _model(model)
    files = history or [str(Path(str(model)).with_name(HISTORY))]
    runs = {file: read_history(file) for file in files}
    draw_losses(
        runs if len(runs) > 1 else next(iter(runs.values())),
        loss="loss" if net is None else loss_name(net),
        title="" if net is None else _name(net),
        path=out,
    )


def activations(out: Path, model: str | None) -> None:
    """The activation functions of a model, or all there are, with their derivatives."""
    if model is None:
        draw_activations(title="Activation functions", path=out)
        return
    net = _model(model)
    used = {repr(part): part for part in net.modules() if isinstance(part, Activation)}
    of_one_number = [part for part in used.values() if not isinstance(part, (Softmax, LogSoftmax))]
    draw_activations(of_one_number or list(used.values()), title=_name(net), path=out)


def landscape(
    out: Path,
    model: str,
    data: str | None,
    array: str | None,
    descent: Sequence[str] | None,
    directions: Directions | None,
    seed: int,
) -> None:
    """The loss around the trained weights, and the descent that led there."""
    net = _model(model)
    x, _, name = _samples(net, data, array)
    part = x[:: -(-len(x) // MEASURED)]
    of = name if len(part) == len(x) else f"{len(part):,} of {name}"
    draw_landscape(
        net,
        part,
        descent=_descent(model, descent),
        directions=directions,
        seed=seed,
        title=f"{_name(net)}, {of}",
        path=out,
    )


def reconstructions(out: Path, model: str, data: str | None, array: str | None) -> None:
    """The first samples above their reconstructions."""
    net = _model(model)
    x, labels, _ = _samples(net, data, array)
    draw_reconstructions(net, x[:SHOWN], None if labels is None else labels[:SHOWN], path=out)


def codes(out: Path, model: str, data: str | None, array: str | None) -> None:
    """The code of each sample as a point in the plane."""
    net = _model(model)
    x, labels, name = _samples(net, data, array)
    draw_codes(net, x, labels, title=f"Codes: {_name(net)}, {name}", path=out)


def weights(out: Path, model: str) -> None:
    """The weight matrices as images."""
    net = _model(model)
    draw_weights(net, title=_name(net), path=out)


def gradient_flow(out: Path, model: str, data: str | None, array: str | None) -> None:
    """How large the gradient of each parameter is."""
    net = _model(model)
    x, _, name = _samples(net, data, array)
    draw_gradient_flow(net, x, title=f"Gradients: {_name(net)}, {name}", path=out)


def step(out: Path, model: str, data: str | None, array: str | None, sample: int, lr: float) -> None:
    """One training step on one sample: forward, backward and update with their values."""
    net = _model(model)
    x, _, name = _samples(net, data, array)
    if sample >= len(x):
        raise ValueError(f"--sample: {name}: there is no row {sample}, the last is {len(x) - 1}")
    rng = np.random.default_rng(0)  # the same noise and dropout in every run
    for module in net.modules():
        if isinstance(module, RandomModule):
            module.rng = rng
    record_step(net, SGD(net.parameters(), lr=lr), x[sample]).save(out)


PICTURES: dict[str, Callable[..., None]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        network,
        losses,
        activations,
        landscape,
        reconstructions,
        codes,
        weights,
        gradient_flow,
        step,
    )
}
FORMATS = {"network": (".svg", ".png", ".dot"), "step": (".svg", ".png", ".dot", ".html")}
"""The formats of the pictures that are not written as .svg, .png or .pdf; the first is the default."""


# --- models and data -------------------------------------------------------------------------------------------


def _model(file: str) -> Autoencoder:
    net: Autoencoder = checkpoint.load(file)
    return net


def _descent(model: str, files: Sequence[str] | None) -> Descent:
    """The parameters during training, from one file or several; by default the file beside the model's."""
    if files is None:
        trajectory = Path(model).with_name(TRAJECTORY)
        files = [str(trajectory)] if trajectory.exists() else []
    return [state for file in files for state in checkpoint.load_states(file)]


def _name(net: Autoencoder) -> str:
    return f"autoencoder {'-'.join(map(str, net.layers))}"


def _samples(net: Autoencoder, source: str | None, array: str | None) -> Samples:
    """The samples of a data set or file; by default of the first data set that fits the network."""
    features = net.layers[0]
    if source is None:
        source = fitting().get(features)
        if source is None:
            raise ValueError(f"give the data: --data FILE, with {features} numbers a sample")
    samples = read(source, array)
    if samples.x.shape[1] != features:
        raise ValueError(f"{source}: has {samples.x.shape[1]} numbers a sample, the network has {features} inputs")
    return samples


def fitting() -> dict[int, str]:
    """For each number of features, the name of the first registered data set that has it."""
    names: dict[int, str] = {}
    for known in DATASETS.values():
        names.setdefault(known.features, known.name)
    return names
