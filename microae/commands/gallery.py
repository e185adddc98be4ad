"""Pictures from files: what ``microae draw`` makes of a saved model, of data and of the history of a training.

Each function of ``PICTURES`` draws one kind of picture into a file; what it needs stands in its signature.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from microae import data, paper
from microae.autoencoders.autoencoder import Autoencoder
from microae.core.arrays import Array
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
from microae.history import History
from microae.nn.layers import Activation, LogSoftmax, RandomModule, Softmax
from microae.optim import SGD
from microae.recording.step import record_step
from microae.training import checkpoint

Samples = tuple[Array, Any, str]
"""A table, the labels of its rows if there are any, and what it is called."""

SHOWN = 12
"""How many samples are reconstructed."""

TRAJECTORY = "trajectory.safetensors"
"""What a file with the weights on the way is called, beside that of the model."""

MEASURED = 400
"""How many samples the loss of a landscape is measured on, at most."""


def draw(what: str, out: str | os.PathLike[str], **options: Any) -> Path:
    """Draw one of the ``PICTURES`` into a file, whole or not at all.

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
    >>> from microae.commands.gallery import draw
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
    """Raise what is wrong with the file to write before anything is computed."""
    known = FORMATS.get(what, (".svg", ".png", ".pdf"))
    if out.suffix.lower() not in known:
        raise ValueError(f"{out}: the picture {what} is written as {', '.join(known)}")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"{out}: the directory {out.parent} does not exist")


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
    files = history or [str(Path(str(model)).with_name("history.csv"))]
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
    rng = np.random.default_rng(0)  # noise and dropout: the same in every run
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
"""Where they are others than .svg, .png and .pdf; the first is the usual one."""


# --- what they are made from -------------------------------------------------------------------------------------


def _model(file: str) -> Autoencoder:
    net: Autoencoder = checkpoint.load(file)
    return net


def _descent(model: str, files: Sequence[str] | None) -> Descent:
    """The weights on the way, of one file or several; by default of the one beside the model."""
    if files is None:
        beside = Path(model).with_name(TRAJECTORY)
        files = [str(beside)] if beside.exists() else []
    return [state for file in files for state in checkpoint.load_states(file)]


def _name(net: Autoencoder) -> str:
    return f"autoencoder {'-'.join(map(str, net.layers))}"


def _samples(net: Autoencoder, source: str | None, array: str | None) -> Samples:
    """By default those that fit the network."""
    features = net.layers[0]
    if source is None:
        source = {64: "digits", 3: "paper"}.get(features)
        if source is None:
            raise ValueError(f"give the data: --data FILE, with {features} numbers a sample")
    if array is not None and source in _READERS:
        raise ValueError(f"--array chooses an array of an .npz file; {source} has only one")
    x, labels, name = _READERS[source]() if source in _READERS else _table(source, array)
    if x.shape[1] != features:
        raise ValueError(f"{source}: has {x.shape[1]} numbers a sample, the network has {features} inputs")
    return x, labels, name


def _digits() -> Samples:
    images, labels = data.digits()
    return images, labels, f"{len(images):,} digits"


def _paper() -> Samples:
    x = paper.BINARY_VECTORS
    return x, ["".join(f"{bit:.0f}" for bit in vector) for vector in x], f"the paper's {len(x)} vectors"


def _table(file: str, array: str | None) -> Samples:
    x = data.load(file, array)
    return x, None, f"{len(x):,} samples of {Path(file).name}"


_READERS: dict[str, Callable[[], Samples]] = {"digits": _digits, "paper": _paper}


def read_history(path: str | os.PathLike[str]) -> History:
    """The history that ``microae train`` or ``History.save`` wrote as a .csv file.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        If there is no such file.
    ValueError
        If it holds something else.

    Examples
    --------
    >>> import tempfile, pathlib, microae as ma
    >>> from microae.commands.gallery import read_history
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "history.csv")
    ...     ma.History([0.5, 0.25], seconds=[0.1, 0.1]).save(path)
    ...     read_history(path)
    <History of 2 epochs: loss 0.5 → 0.25>
    """
    import csv

    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory, not a file")
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file")
    with path.open(encoding="utf-8", newline="") as file:
        try:
            rows = list(csv.DictReader(file, strict=True))
            names = [name for name in (rows[0] if rows else ()) if name != "epoch"]
            return History(**{name: [float(row[name]) for row in rows] for name in names})
        except (csv.Error, UnicodeDecodeError, ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path}: not a history as microae train writes it, columns epoch and loss") from error
