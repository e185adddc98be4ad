"""``microae score``: how unlike normal samples each sample is, with p-values and the features that tell."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from microae import anomalies
from microae.anomalies import AnomalyDetector
from microae.anomalies.explanation import Explanation
from microae.autoencoders.evaluation import worst
from microae.commands.common import (
    ARRAY,
    FAILED,
    SHOWN,
    SUCCESS,
    USAGE,
    add_common,
    bar_shown,
    count,
    data_option,
    failed,
    fraction,
    require_other_file,
    say,
    say_files,
    say_json,
)
from microae.commands.models import chunks, names_of
from microae.commands.tables import markdown
from microae.core.arrays import Array
from microae.data import read
from microae.data.files import check_writable_directory, replacing
from microae.drawing.anomalies import draw_anomalies
from microae.drawing.sheet import require_matplotlib
from microae.training import checkpoint

HELP = "find anomalies: score samples by how unlike normal ones they are"
DESCRIPTION = (
    "Score samples by how unlike normal ones they are. The normal ones are those that the detector in --model was "
    "fitted to, or those of --normal: then a detector is fitted to them and written to detector.safetensors; with "
    "--model as well, weights of microae train, the detector uses this network. Writes scores.csv, with the score and "
    "p-value of each sample and the features that make up the scores of anomalies, and worst.png. Data are read in "
    "chunks."
)
EXAMPLES = (
    "microae score --normal good.csv --data new.csv --updates 200",
    "microae score --model microae-score/detector.safetensors --data newer.csv",
)

DETECTOR, SCORES, PICTURE = "detector.safetensors", "scores.csv", "worst.png"
"""The files that are written."""

CAUSES = 3
"""How many features are named."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command to a parser."""
    add_common(parser, out="microae-score")
    parser.add_argument("--data", required=True, **(data_option("") | {"help": "the samples to score"}))
    parser.add_argument("--array", **ARRAY)
    parser.add_argument("--model", metavar="FILE", help="a detector that this command wrote, or weights, with --normal")
    parser.add_argument("--normal", metavar="FILE", help="normal samples to fit a detector to, a data set or a file")
    parser.add_argument(
        "--contamination",
        type=_contamination,
        metavar="auto|SHARE",
        help="what is called an anomaly: auto keeps the false-discovery rate, a share takes what is rarer than that "
        "among normal samples (default: what the detector was fitted with, else auto)",
    )
    parser.add_argument(
        "--rate", type=fraction, metavar="SHARE", help="the false-discovery rate (default: the detector's, else 0.05)"
    )
    parser.add_argument(
        "--updates", type=count, default=2000, metavar="N", help="that train each network (default: 2000)"
    )


def _contamination(text: str) -> str | float:
    return text if text == "auto" else fraction(text)


def run(arguments: argparse.Namespace) -> int:
    """Score the data and write the files; return the exit code."""
    directory = Path(arguments.out)
    try:
        require_matplotlib()
        check_writable_directory(directory)
        for name in (SCORES, PICTURE) if arguments.normal is None else (SCORES, PICTURE, DETECTOR):
            require_other_file(directory / name, [arguments.data, arguments.normal, arguments.model])
        detector = _detector(arguments)
        scores = np.concatenate([detector.score_samples(chunk) for chunk in _samples(arguments, detector)])
    except (OSError, ValueError, ImportError) as error:
        return failed(error, USAGE)
    except FloatingPointError as error:
        return failed(error, FAILED)
    p_values = detector.calibration.p_values(scores)
    flagged, unlikest = detector.decide(p_values), worst(scores, SHOWN)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        files = [directory / name for name in (SCORES, PICTURE)]
        if arguments.normal is not None:  # first, for it took longest
            files.append(directory / DETECTOR)
            anomalies.save(detector, files[-1], overwrite=True)
        samples, explained = _write(
            files[0], detector, _samples(arguments, detector), scores, p_values, flagged, unlikest
        )
        draw_anomalies(detector, samples, [f"row {i}" for i in unlikest], title="The unlikest samples", path=files[1])
    except (OSError, ValueError) as error:
        return failed(error, FAILED)
    if arguments.json:
        say_json(
            {
                "samples": len(scores),
                "anomalies": np.flatnonzero(flagged),
                "unlikest": [
                    {
                        "row": row,
                        "score": scores[row],
                        "p-value": p_values[row],
                        "because of": [asdict(cause) for cause in explanation.causes],
                    }
                    for row, explanation in explained
                ],
                "files": files,
            }
        )
        return SUCCESS
    say(f"{detector!r}\n\n{_verdict(detector, flagged, detector.too_few(p_values))}\n\nThe unlikest:\n")
    rows = [
        [row, f"{scores[row]:.4g}", f"{p_values[row]:.2g}", "; ".join(map(str, explanation.causes))]
        for row, explanation in explained
    ]
    say(markdown(["row", "score", "p-value", "because of"], rows))
    say_files(files)
    return SUCCESS


def _detector(arguments: argparse.Namespace) -> AnomalyDetector:
    """The detector of the file, or one that is fitted to normal samples."""
    if arguments.normal is None and arguments.model is None:
        raise ValueError("give --normal FILE, samples to fit a detector to, or --model FILE, a detector")
    if arguments.normal is None:
        try:
            detector = anomalies.load(arguments.model)
        except ValueError as error:
            raise ValueError(
                f"{error}; with the weights of microae train give normal samples too: --normal FILE"
            ) from error
    else:
        networks = None if arguments.model is None else [checkpoint.load(arguments.model)]
        normal, names = read(arguments.normal), names_of(arguments.normal)
        detector = AnomalyDetector(networks=networks, updates=arguments.updates, seed=arguments.seed)
        detector.fit(normal.x, features=names, progress=bar_shown(arguments))
    if arguments.contamination is not None:
        detector.contamination = arguments.contamination
    if arguments.rate is not None:
        detector.rate = arguments.rate
    return detector


def _samples(arguments: argparse.Namespace, detector: AnomalyDetector) -> Iterator[Array]:
    """The samples to score, some at a time, with the columns in the order of the detector's features."""
    names = names_of(arguments.data)
    columns = None if names is None else detector.columns(names)
    for chunk in chunks(arguments.data, arguments.array):
        yield chunk if columns is None else chunk[:, columns]


def _write(
    file: Path,
    detector: AnomalyDetector,
    samples: Iterator[Array],
    scores: NDArray[np.float64],
    p_values: NDArray[np.float64],
    flagged: NDArray[np.bool_],
    unlikest: NDArray[np.intp],
) -> tuple[Array, list[tuple[int, Explanation]]]:
    """Write the table of all samples; return the unlikest of them, and their rows with why they are unlike."""
    explained = flagged.copy()
    explained[unlikest] = True
    kept: dict[int, tuple[Array, Explanation]] = {}
    columns = [f"{what}_{i}" for i in range(1, 1 + CAUSES) for what in ("feature", "share", "value", "expected")]
    with replacing(file) as temporary, temporary.open("w", encoding="utf-8", newline="") as opened:
        table = csv.writer(opened, lineterminator="\n")
        table.writerow(["row", "score", "p_value", "anomaly", *columns])
        start = 0
        for chunk in samples:
            rows = np.flatnonzero(explained[start : start + len(chunk)]).tolist()
            explanations = dict(zip(rows, detector.explain(chunk[rows], CAUSES) if len(rows) else [], strict=True))
            for i in range(len(chunk)):
                row, explanation = start + i, explanations.get(i)
                causes = () if explanation is None else explanation.causes
                cells = [c for cause in causes for c in (cause.feature, f"{cause.share:.4g}", cause.value, cause.usual)]
                empty = [""] * (len(columns) - len(cells))  # readers want as many cells in each line
                table.writerow([row, scores[row], p_values[row], int(flagged[row]), *cells, *empty])
            for i in set((unlikest - start).tolist()) & set(explanations):
                kept[i + start] = chunk[i], explanations[i]
            start += len(chunk)
    rows_shown = unlikest.tolist()
    return np.array([kept[i][0] for i in rows_shown]), [(i, kept[i][1]) for i in rows_shown]


def _verdict(detector: AnomalyDetector, flagged: NDArray[np.bool_], too_few: str) -> str:
    how = (
        f"in the mean {detector.rate:.3g} of them by mistake"
        if detector.contamination == "auto"
        else f"as rare as {detector.contamination:.3g} of normal samples"
    )
    why = f"\n\nNote that {too_few.replace('contamination=', '--contamination ')}." if too_few else ""
    return f"{flagged.sum():,} of {len(flagged):,} samples are anomalies, {how}.{why}"
