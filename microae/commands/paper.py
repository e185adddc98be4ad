"""``microae paper``: reproduce the paper: its worked example, its training, figures, checks and a report."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microae import paper
from microae.autoencoders.autoencoder import Autoencoder
from microae.commands.common import (
    FAILED,
    HISTORY,
    REPORT,
    SUCCESS,
    TRAJECTORY,
    USAGE,
    WEIGHTS,
    add_common,
    bar_shown,
    count,
    failed,
    say,
    say_files,
    say_json,
    section,
)
from microae.compiler.backends import BACKENDS
from microae.data.files import check_writable_directory, write_text
from microae.drawing.measuring import loss_name
from microae.history import History, Trajectory
from microae.optim import SGD
from microae.recording.step import Step, record_step
from microae.training.callbacks import at_epochs, spread
from microae.training.checkpoint import save
from microae.training.fit import fit

Floats = NDArray[np.float64]

HELP = "reproduce the paper"
DESCRIPTION = (
    "Reproduce the paper: walk through its worked example, train its network, compare manual with automatic gradients, "
    "and write the drawn step of the example with its page, figures, weights and a report. Exits with 1 if something "
    "does not check."
)
EXAMPLES = ("microae paper --epochs 5", "microae paper --epochs 5 --json --out brief")

TOLERANCE = 1e-12
"""The largest relative difference allowed between manual and automatic gradients."""

CURVES, NETWORKS = ("loss.svg", "loss.png"), ("network.svg", "network.png")
STEP, PAGE = "step.svg", "step.html"
FILES = (STEP, PAGE, *CURVES, *NETWORKS, WEIGHTS, TRAJECTORY, HISTORY, REPORT)
"""What :func:`reproduce` writes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command to a parser."""
    add_common(parser, out="microae-paper")
    parser.add_argument("--epochs", type=count, default=2000, help="default: 2000, the paper's")
    parser.add_argument("--backend", choices=["eager", "auto", *BACKENDS], default="eager", help="what trains")


def run(arguments: argparse.Namespace) -> int:
    """Reproduce the paper and print the results; return the exit code."""
    try:
        result = reproduce(
            arguments.seed, arguments.epochs, arguments.out, progress=bar_shown(arguments), backend=arguments.backend
        )
    except (OSError, ValueError, ImportError) as error:
        return failed(error, USAGE)
    except FloatingPointError as error:
        return failed(error, FAILED)
    if arguments.json:
        holding = {correction.id: correction.holds() for correction in paper.CORRECTIONS}
        checks = {check.name: check.passed for check in result.checks}
        say_json({"checks": checks, "corrections": holding, **_numbers_of(result)})
        return SUCCESS if all([*checks.values(), *holding.values()]) else FAILED
    section("The worked example: input [1, 0, 1], a tick for each printed digit")
    say(paper.walkthrough_table(result.walkthrough))
    section(f"The 8 vectors, reconstructed after {result.epochs} epochs")
    say("\n".join([result.table(), *result.facts]))
    section("What was checked")
    say("\n".join(map(str, result.checks)))
    section("Where the paper is wrong or silent, in brief (with all the numbers in the report)")
    corrected = _corrections(paper.CORRECTIONS)
    section("The three kinds of gradient descent, measured until the loss is 0.3")
    say(paper.descent_table(paper.compare_descents(loss=0.3, seed=arguments.seed)))
    say_files(result.files)
    return SUCCESS if result.passed and corrected else FAILED


def _corrections(corrections: Iterable[Any]) -> bool:
    """Print the first sentence of each correction, with a tick if its evidence holds; return whether all hold."""
    shown = [(correction, correction.holds()) for correction in corrections]
    for correction, holds in shown:
        say(f"{'✓' if holds else '✗'} {correction.id}: {correction.statement().split('. ')[0].rstrip('.')}")
    return all(holds for _, holds in shown)


# --- the reproduction ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Check:
    """A condition that the reproduction must meet, and whether it does; printed as one line with a tick or a cross."""

    name: str
    passed: bool
    detail: str

    def __str__(self) -> str:
        return f"{'✓' if self.passed else '✗'} {self.name}: {self.detail}"


@dataclass(frozen=True)
class Reproduction:
    """The results of :func:`reproduce`.

    Attributes
    ----------
    seed, epochs : int
        As given.
    backend : str
        What trained: "eager", or the backend that ran.
    walkthrough : list of paper.Row
        The worked example beside every printed digit.
    losses : array (epochs,)
        For each epoch the mean of the 8 samples' losses, each before its update.
    net : Autoencoder
        The trained network.
    trajectory : Trajectory
        Its parameters during training.
    reconstructions : array (8, 3)
        Of ``paper.BINARY_VECTORS``.
    gradient_differences : dict of str to float
        The largest relative difference of manual and automatic gradients at the published weights, before and during
        training.
    checks : list of Check
        The conditions that the reproduction must meet.
    facts : list of str
        Results without a condition, because they depend on seed and epochs.
    files : list of Path
        The files that were written.
    """

    seed: int
    epochs: int
    backend: str
    walkthrough: list[paper.Row]
    losses: Floats
    net: Autoencoder
    trajectory: Trajectory
    reconstructions: Floats
    gradient_differences: dict[str, float]
    checks: list[Check] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    @property
    def reconstructed(self) -> int:
        """How many of the 8 vectors are reconstructed exactly when the output is rounded."""
        return int((self.reconstructions.round() == paper.BINARY_VECTORS).all(axis=1).sum())

    def table(self) -> str:
        """The 8 reconstructions as a text table (Markdown)."""
        lines = ["| input | reconstruction | rounded | largest error |", "| --- | --- | --- | ---: |"]
        for x, a in zip(paper.BINARY_VECTORS, self.reconstructions, strict=True):
            tick = "✓" if (a.round() == x).all() else "✗"
            lines.append(f"| {_bits(x)} | {_numbers(a)} | {_bits(a.round())} {tick} | {np.abs(a - x).max():.4f} |")
        return "\n".join(lines)


def _numbers_of(result: Reproduction) -> dict[str, Any]:
    """What JSON says of a reproduction besides its checks."""
    known = ("seed", "epochs", "backend", "reconstructions", "reconstructed", "gradient_differences", "files")
    return {"loss": result.losses[-1], **{name: getattr(result, name) for name in known}}


def _bits(x: Floats) -> str:
    return " ".join(f"{number:.0f}" for number in x)


def _numbers(x: Floats) -> str:
    return " ".join(f"{number:.4f}" for number in x)


def reproduce(
    seed: int = 0,
    epochs: int = paper.HYPERPARAMETERS["epochs"],
    out: str | os.PathLike[str] | None = None,
    progress: bool = False,
    backend: str = "eager",
) -> Reproduction:
    """Train the paper's network as the paper does, and check what can be checked.

    A 3-4-3 network with LeakyReLU (α = 0.01) and sigmoid, binary cross-entropy (the mean over the outputs), stochastic
    gradient descent with η = 0.01, batch 1, over the 8 binary vectors. What the paper leaves open: the samples come in
    a new random order in each epoch and the weights start He-uniform, both from ``seed``; the biases start at 0.

    Parameters
    ----------
    seed : int
        Of the first weights and of the order of the samples.
    epochs : int
        At least 1; the paper's 2000 by default.
    out : path, optional
        Directory for loss curve, network figure, weights and report (``FILES``); made if missing. Without it nothing
        is written.
    progress : bool
        Show a progress bar with the loss.
    backend : str
        What trains: "eager", or a backend of :func:`microae.compile`.

    Returns
    -------
    Reproduction
        A check that fails is not raised; see ``passed``.

    Raises
    ------
    ValueError
        If ``epochs`` is less than 1.
    OSError
        If ``out`` cannot be written to, or there is no program to draw the network; before training starts.
    ModuleNotFoundError
        If Matplotlib is missing and ``out`` is given: install ``microae[plots]``.
    FloatingPointError
        If the loss or a parameter becomes NaN or infinite.

    Examples
    --------
    >>> from microae.commands.paper import reproduce
    >>> result = reproduce(epochs=3)
    >>> result.passed, result.losses.shape, result.reconstructions.shape
    (True, (3,), (8, 3))
    >>> print(result.checks[0])
    ✓ walk-through: 51 of 51 printed numbers agree in every digit
    """
    if not isinstance(epochs, (int, np.integer)) or epochs < 1:
        raise ValueError(f"epochs must be a whole number, at least 1, got {epochs!r}")
    if out is not None:
        _prepare(out)
    rows = paper.walkthrough()
    net, history, differences = _train(seed, epochs, progress, backend)
    result = Reproduction(
        seed=seed,
        epochs=epochs,
        backend=history.backend,
        walkthrough=rows,
        losses=np.array(history.loss),
        net=net,
        trajectory=history.recorded(),
        reconstructions=net.reconstruct(paper.BINARY_VECTORS),
        gradient_differences=differences,
    )
    result.checks.extend(_checks(result))
    result.facts.extend(_facts(result))
    if out is not None:
        result.files.extend(_write(result, Path(out)))
    return result


def _prepare(out: str | os.PathLike[str]) -> None:
    """Raise before training what would otherwise fail after it."""
    from microae.drawing.rendering import program
    from microae.drawing.sheet import require_matplotlib

    check_writable_directory(out)
    require_matplotlib()
    program()


def _train(seed: int, epochs: int, progress: bool, backend: str) -> tuple[Autoencoder, History, dict[str, float]]:
    net = Autoencoder(paper.HYPERPARAMETERS["layers"], seed=seed)
    differences = {
        "at the published weights": _largest_difference(paper.network()),
        "before training": _largest_difference(net),
    }
    compared = spread(epochs, 25)
    during: list[float] = []
    history = fit(
        net,
        paper.BINARY_VECTORS,
        SGD(net.parameters(), lr=paper.HYPERPARAMETERS["learning rate"]),
        epochs=epochs,
        batch_size=paper.HYPERPARAMETERS["batch size"],
        seed=seed,
        progress=progress,
        callbacks=[at_epochs(compared, lambda _: during.append(_largest_difference(net)))],
        record=True,
        backend=backend,
    )
    differences[f"during training, after {len(compared)} of the epochs"] = float(np.max(during))
    return net, history, differences


def _largest_difference(net: Autoencoder) -> float:
    """The largest difference of manual and automatic gradients, for each of the 8 vectors and for all as one batch."""
    batches = (*paper.BINARY_VECTORS, paper.BINARY_VECTORS)
    return float(np.max([paper.gradient_difference(net, x) for x in batches]))


def _checks(result: Reproduction) -> Iterator[Check]:
    rows = result.walkthrough
    agreeing = sum(row.agrees for row in rows)
    yield Check(
        "walk-through",
        agreeing == len(rows),
        f"{agreeing} of {len(rows)} printed numbers agree in every digit",
    )
    for when, difference in result.gradient_differences.items():
        yield Check(
            f"manual = automatic gradients {when}",
            difference <= TOLERANCE,
            f"largest relative difference {difference:.1e} (at most {TOLERANCE:.0e})",
        )
    finite = bool(np.isfinite(result.losses).all() and np.isfinite(result.reconstructions).all())
    yield Check("numbers", finite, "all losses and outputs are finite" if finite else "a loss or output is not finite")


def _facts(result: Reproduction) -> Iterator[str]:
    yield f"trained for {result.epochs} epochs ({result.backend})"
    first, last = result.losses[0], result.losses[-1]
    yield f"the loss went from {first:.4f} in the first epoch to {last:.4f} in epoch {result.epochs}"
    right, worst = result.reconstructed, np.abs(result.reconstructions - paper.BINARY_VECTORS).max()
    yield f"{right} of the 8 vectors are reconstructed when rounded; the largest error of an output is {worst:.4f}"


def _write(result: Reproduction, out: Path) -> list[Path]:
    from microae.drawing import draw_losses, draw_network

    out.mkdir(parents=True, exist_ok=True)
    titles = f"3-4-3 network, seed {result.seed}, {result.epochs} epochs"
    curve = draw_losses(result.losses.tolist(), loss=loss_name(result.net), title=f"Loss: {titles}")
    for name in CURVES:
        curve.save(out / name)
    step = _example_step()
    for name in (STEP, PAGE):
        step.save(out / name)
    picture = draw_network(result.net, title=f"The trained {titles}")
    for name in NETWORKS:
        picture.save(out / name)
    save(result.net, out / WEIGHTS, overwrite=True)
    result.trajectory.save(out / TRAJECTORY)
    History(result.losses.tolist()).save(out / HISTORY)
    write_text(out / REPORT, report(result))
    return [out / name for name in FILES]


def _example_step() -> Step:
    """One step of training from the published weights, on the paper's worked example."""
    net = paper.network()
    rate = paper.HYPERPARAMETERS["learning rate"]
    return record_step(net, SGD(net.parameters(), lr=rate), paper.printed("input"))


def report(result: Reproduction) -> str:
    """The reproduction as Markdown text.

    Parameters
    ----------
    result : Reproduction

    Returns
    -------
    str

    Examples
    --------
    >>> from microae.commands.paper import report, reproduce
    >>> print(report(reproduce(epochs=1)).splitlines()[0])
    # The paper, reproduced
    """
    sections = [
        ("# The paper, reproduced", _settings(result)),
        ("## Checks", _list(map(str, result.checks))),
        ("## What came out", _list(result.facts) + "\n\n" + result.table()),
        ("## The worked example", f"```text\n{paper.walkthrough_table(result.walkthrough)}\n```"),
        ("## Where the paper is wrong or silent", "\n".join(map(_correction, paper.CORRECTIONS))),
    ]
    return "\n\n".join(f"{title}\n\n{text}" for title, text in sections) + "\n"


def _correction(correction: Any) -> str:
    """A correction behind the claim that it corrects."""
    return f"- **{correction.id}**. The paper: {correction.paper}\n\n  {correction.statement()}\n"


def _settings(result: Reproduction) -> str:
    return (
        f"Topology 3-4-3, LeakyReLU (α = 0.01) and sigmoid, binary cross-entropy (mean over the outputs), stochastic "
        f"gradient descent with η = 0.01 and batch 1, {result.epochs} epochs over the 8 binary vectors in an order "
        f"shuffled in each epoch; weights start He-uniform, biases at 0; seed {result.seed}.\n\n"
        "![the step of the worked example](step.svg)\n\nThe same to be walked through: [step.html](step.html).\n\n"
        "![loss](loss.svg)\n\n![network](network.svg)"
    )


def _list(items: Iterable[str] | Sequence[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
