"""``microae draw``: pictures from files, of a saved model, of data and of the history of a training.

Each registered figure of :mod:`microae.drawing` is drawn from the model, and from data if its function takes them. A
picture that is made from more than these has a function of its own here, whose signature says what it needs.
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
    SEED,
    SHOWN,
    SUCCESS,
    TRAJECTORY,
    USAGE,
    add_general,
    data_option,
    failed,
    natural,
    positive,
    say,
    say_json,
)
from microae.commands.models import MODEL, autoencoder, require_inputs
from microae.data import DATASETS, Samples, read
from microae.drawing.activations import draw_activations
from microae.drawing.curves import draw_losses
from microae.drawing.images import draw_reconstructions
from microae.drawing.landscape import Descent, Directions, draw_landscape
from microae.drawing.measuring import loss_name
from microae.drawing.registry import FIGURES, KnownFigure
from microae.history import read_history
from microae.nn.activations import Activation, is_elementwise
from microae.nn.layers import RandomModule
from microae.optim import SGD
from microae.recording.step import record_step
from microae.training import checkpoint

HELP = "draw a picture of a saved model"
DESCRIPTION = (
    "Draw a picture of a model that microae train, microae paper or microae.save has written. The same model and data "
    "give the same picture, byte by byte."
)
EXAMPLES = (
    "microae draw activations",
    "microae draw reconstructions --model microae-train/weights.safetensors --out digits.png",
    "microae draw landscape --help",
)

MEASURED = 400
"""How many samples the loss of a landscape is measured on, at most."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give a parser one command for each of the ``pictures``, with the arguments that stand in its signature."""
    commands = parser.add_subparsers(title="pictures", metavar="WHAT", required=True)
    known = _arguments()
    for what, function in pictures().items():
        about = FIGURES[what].description if what in FIGURES else str(function.__doc__)
        picture = commands.add_parser(what, help=about[0].lower() + about[1:].rstrip("."), description=about)
        parameters = _parameters(function)
        for p in parameters:
            picture.add_argument(f"--{p.name}", required=p.annotation == "str", **known[p.name])
        out = what + formats(what)[0]
        picture.add_argument("--out", default=out, metavar="FILE", help=f"{', '.join(formats(what))} (default: {out})")
        add_general(picture)
        picture.set_defaults(what=what, options=[p.name for p in parameters])


def _parameters(function: Callable[..., None]) -> list[Parameter]:
    return [p for p in signature(function).parameters.values() if p.name != "out"]


def _arguments() -> dict[str, dict[str, Any]]:
    """What ``add_argument`` takes for each parameter of a picture."""
    sizes = [f"{name} for {features}" for features, name in fitting().items()]
    return {
        "model": MODEL,
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
        "seed": SEED | {"help": "of random directions (default: 0)"},
        "sample": {
            "type": natural,
            "default": 0,
            "metavar": "ROW",
            "help": "of the data, counted from 0 (default: 0)",
        },
        "lr": {"type": positive, "default": 0.01, "metavar": "RATE", "help": "learning rate (default: 0.01)"},
    }


def run(arguments: argparse.Namespace) -> int:
    """Draw, and print the name of the file; the exit code."""
    options = {name: getattr(arguments, name) for name in arguments.options}
    try:
        file = draw(arguments.what, arguments.out, **options)
    except (OSError, ValueError, ImportError, RuntimeError) as error:
        return failed(error, USAGE)
    if arguments.json:
        say_json({"file": file})
    else:
        say(str(file))
    return SUCCESS


def draw(what: str, out: str | os.PathLike[str], **options: Any) -> Path:
    """Draw one of the ``pictures`` into a file, whole or not at all.

    Parameters
    ----------
    what : str
        The name of the picture.
    out : path
        The file; its suffix names the format.
    **options
        What the function of that name takes.

    Raises
    ------
    OSError, ValueError, ImportError, RuntimeError
        If a file cannot be read or written, does not fit, or there is nothing to draw with.

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
    pictures()[what](out, **options)
    return out


def check_picture(what: str, out: Path) -> None:
    """Raise what is wrong with the file to write before anything is computed."""
    known = formats(what)
    if out.suffix.lower() not in known:
        raise ValueError(f"{out}: the picture {what} is written as {', '.join(known)}")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"{out}: the directory {out.parent} does not exist")


def formats(what: str) -> tuple[str, ...]:
    """The suffixes of the files that a picture is written as, the usual one first."""
    return FIGURES[what].suffixes if what in FIGURES else STEP


def pictures() -> dict[str, Callable[..., None]]:
    """By its name: what draws each registered figure, and a step, into a file."""
    known = {name: OWN.get(name) or _drawn_from_files(figure) for name, figure in FIGURES.items()} | {"step": step}
    return dict(sorted(known.items()))


def _drawn_from_files(known: KnownFigure) -> Callable[..., None]:
    """What draws a figure of a model, or of a model and data, from their files."""
    takes = signature(known.function).parameters

    def of_model(out: Path, model: str) -> None:
        net = _model(model)
        known.function(net, **_title(known, _name(net)), path=out)

    def of_model_and_data(out: Path, model: str, data: str | None, array: str | None) -> None:
        net = _model(model)
        x, labels, name = _samples(net, data, array)
        given = {"labels": labels} if "labels" in takes else {}
        known.function(net, x, **given, **_title(known, _name(net), name), path=out)

    return of_model_and_data if "data" in takes else of_model


def _title(known: KnownFigure, model: str, data: str = "") -> dict[str, str]:
    return {"title": known.title.format(model=model, data=data)} if known.title else {}


# --- pictures that are made from more ----------------------------------------------------------------------------


def losses(out: Path, model: str | None, history: Sequence[str] | None) -> None:
    """From the histories."""
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
    """From the model, or from none."""
    if model is None:
        draw_activations(title="Activation functions", path=out)
        return
    net = _model(model)
    used = {repr(part): part for part in net.modules() if isinstance(part, Activation)}
    of_one_number = [part for part in used.values() if is_elementwise(type(part))]
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
    """From the model, part of the data, and the weights on the way."""
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
    """From the model and the first of the data."""
    net = _model(model)
    x, labels, _ = _samples(net, data, array)
    draw_reconstructions(net, x[:SHOWN], None if labels is None else labels[:SHOWN], path=out)


def step(out: Path, model: str, data: str | None, array: str | None, sample: int, lr: float) -> None:
    """One training step on one sample: forward, backward and update with their values."""
    net = _model(model)
    x, _, name = _samples(net, data, array)
    if sample >= len(x):
        raise ValueError(f"--sample: {name}: there is no row {sample}, the last is {len(x) - 1}")
    rng = np.random.default_rng(0)  # noise and dropout: the same in every run
    for module in net.modules():
        if isinstance(module, RandomModule):
            module.rng = rng
    record_step(net, SGD(net.parameters(), lr=lr), x[sample]).save(out)


OWN: dict[str, Callable[..., None]] = {
    function.__name__: function for function in (losses, activations, landscape, reconstructions)
}
"""What draws the figures that need more than a model and data, by their names."""
STEP = (".svg", ".png", ".dot", ".html")
"""The files that a step is written as, the usual one first."""


# --- what they are made from -------------------------------------------------------------------------------------


def _model(file: str) -> Autoencoder:
    return autoencoder(file, "the figures are those of autoencoders")


def _descent(model: str, files: Sequence[str] | None) -> Descent:
    """The weights on the way, of one file or several; by default of the one beside the model."""
    if files is None:
        beside = Path(model).with_name(TRAJECTORY)
        files = [str(beside)] if beside.exists() else []
    return [state for file in files for state in checkpoint.load_states(file)]


def _name(net: Autoencoder) -> str:
    return f"autoencoder {'-'.join(map(str, net.layers))}"


def _samples(net: Autoencoder, source: str | None, array: str | None) -> Samples:
    """By default those of the first data set that fits the network."""
    features = net.layers[0]
    if source is None:
        source = fitting().get(features)
        if source is None:
            raise ValueError(f"give the data: --data FILE, with {features} numbers a sample")
    samples = read(source, array)
    require_inputs(source, samples.x, net)
    return samples


def fitting() -> dict[int, str]:
    """By the number of inputs: the name of the first registered data set that has as many numbers a sample."""
    names: dict[int, str] = {}
    for known in DATASETS.values():
        names.setdefault(known.features, known.name)
    return names
