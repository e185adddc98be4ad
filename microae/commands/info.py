"""``microae info``: what is in a file: a model, a detector, weights on the way, a table; or in a run's directory."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from microae import anomalies
from microae.commands import configuration, models
from microae.commands.common import ARRAY, HISTORY, WEIGHTS, add_general
from microae.commands.tables import markdown
from microae.data import DATASETS
from microae.data.tensors import parsed, read_tensors
from microae.history import read_history
from microae.training import checkpoint, keeping
from microae.training.state import Arrays, unpacked_losses

HELP = "say what is in a file or a run"
DESCRIPTION = (
    "Say what is in a file: the layers and parameters of a model, the features of a detector, the shape and range of a "
    "table of samples; and of the directory of a run its settings and how far it has come, or of a search the best."
)
EXAMPLES = (
    "microae info microae-train",
    "microae info microae-train/weights.safetensors --json",
    "microae info samples.npy",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command to a parser."""
    add_general(parser)
    parser.add_argument("file", metavar="FILE|DIR", help="a .safetensors file, data, or a directory of a run or search")
    parser.add_argument("--array", **ARRAY)


def run(arguments: argparse.Namespace) -> int:
    """Print what is known; return the exit code."""

    def work() -> tuple[str, dict[str, Any]]:
        known = _known(arguments.file, arguments.array)
        return markdown([arguments.file, ""], [[name, _text(value)] for name, value in known.items()]), known

    return models.run(arguments, work)


def _known(file: str, array: str | None) -> dict[str, Any]:
    path = Path(file)
    if file not in DATASETS and path.is_dir():
        return _of_search(path) or _of_run(path)
    return dict(_of_tensors(path) if path.suffix.lower() == ".safetensors" else _of_table(file, array))


def _of_search(directory: Path) -> dict[str, Any]:
    """What a directory says of a search; nothing, if it is that of a run or another."""
    if (directory / configuration.SETTINGS).exists():
        return {}
    try:
        from microae.searching.result import BEST, TABLE
        from microae.searching.result import WEIGHTS as BEST_WEIGHTS
    except ImportError:  # without optuna there is no search
        return {}
    if not (directory / BEST).exists():
        return {}
    try:
        said = dict(json.loads((directory / BEST).read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(f"{directory / BEST}: not as microae search writes it; {error}") from error
    return {"kind": "search", **said, "trials": directory / TABLE, "weights": directory / BEST_WEIGHTS}


def _of_run(directory: Path) -> dict[str, Any]:
    """Its settings and how far it has come: by its last checkpoint, for results may be those of an earlier run.

    Where there is no checkpoint, which someone has removed then, the results are its own.
    """
    known: dict[str, Any] = {"kind": "run", **configuration.read(directory)}
    file, history = directory / WEIGHTS, None
    weights = file if file.exists() else "not yet"
    if keeping.checkpoints(directory):
        arrays, _ = keeping.read(directory)
        history = unpacked_losses(arrays)
        if file.exists() and not _are_of(file, arrays):
            weights = f"not yet; {WEIGHTS} there is of an earlier run"
    elif (directory / HISTORY).exists():
        history = read_history(directory / HISTORY)
    if history is not None:
        known["epochs done"] = history.epochs
        for name, losses in (("training loss", history.loss), ("held-out loss", history.validation_loss)):
            if losses:
                known[name] = losses[-1]
        known["seconds"] = sum(history.seconds)
    return known | {"weights": weights}


def _are_of(weights: Path, state: Arrays) -> bool:
    """Whether the weights in a file are those of the state of a training."""
    try:
        arrays, _ = read_tensors(weights, "reading weights")
    except ValueError:  # is damaged
        return False
    return all(np.array_equal(array, state.get(f"model.{name}", np.nan)) for name, array in arrays.items())


def _of_tensors(path: Path) -> Iterator[tuple[str, Any]]:
    arrays, entry = read_tensors(path, "reading a file")
    try:
        said = parsed(entry)
    except ValueError as error:
        raise ValueError(f"{path}: what it says of itself cannot be read; {error}") from error
    if "detector" in said:
        detector = anomalies.load(path)
        yield from (("kind", "AnomalyDetector"), ("features", detector.features))
        yield from (("contamination", detector.contamination), ("rate", detector.rate))
        yield "held-out samples", len(detector.calibration.scores)
    elif "model" in said or "autoencoder" in said:
        net = checkpoint.load(path)
        described = net.configuration()
        yield from (("kind", type(net).__name__), ("layers", list(net.layers)))
        yield "parameters", sum(p.size for p in net.parameters())
        yield from ((name, value) for name, value in described.items() if name != "layers")
    else:
        kinds = {"epochs": "weights on the way", "training": "checkpoint of a run"}
        yield "kind", next((kind for name, kind in kinds.items() if name in said), "arrays")
        if "epochs" in said:
            yield "epochs", said["epochs"]
        yield from ((name, list(array.shape)) for name, array in arrays.items())


def _of_table(source: str, array: str | None) -> Iterator[tuple[str, Any]]:
    rows, total, low, high = 0, 0.0, np.inf, -np.inf
    for chunk in models.chunks(source, array):
        rows, total = rows + len(chunk), total + float(chunk.sum(dtype=np.float64))
        low, high = min(low, float(chunk.min())), max(high, float(chunk.max()))
    yield from (("kind", "table"), ("samples", rows), ("features", chunk.shape[1]), ("dtype", chunk.dtype.name))
    yield from (("least", low), ("largest", high), ("mean", total / (rows * chunk.shape[1])))


def _text(value: Any) -> str:
    if isinstance(value, list):
        shown = value if len(value) <= LISTED else [*value[:LISTED], f"… {len(value)} in all"]
        return ", ".join(map(str, shown))
    return f"{value:.6g}" if isinstance(value, float) else " ".join(str(value).split())


LISTED = 10
"""How many things of a list are shown."""
