"""``microae search``: try settings from a space on data, as a file in TOML says."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from microae.commands.common import (
    ARRAY,
    FAILED,
    JSON,
    QUIET,
    SUCCESS,
    USAGE,
    bar_shown,
    count,
    data_option,
    failed,
    natural,
    require_other_file,
    say,
    say_files,
    say_json,
)
from microae.commands.configuration import parsed
from microae.commands.tables import markdown
from microae.data import read
from microae.data.files import check_writable_directory
from microae.data.writing import UnwrittenError

HELP = "find good settings by many trainings"
DESCRIPTION = (
    "Train a model with many settings and compare them on held-out samples. Writes trials.csv, best.json and "
    "best.safetensors; the study itself is kept in study.journal, so that the same command goes on where it was "
    "stopped. The space, and whatever else stays the same, stands in a file such as: "
    'data = "digits"; trials = 30; sampler = "tpe"; [fixed] layers = [64, 16, 64]; '
    "[space] lr = {low = 1e-4, high = 0.1, log = true}; batch_size = [16, 32, 64]."
)
EXAMPLES = (
    "microae search --config search.toml --trials 2",
    "microae search --config search.toml --trials 2 --sampler random --out microae-random --json",
)

STUDY = "study.journal"
"""The file with the study."""

SHOWN = 10
"""How many trials are listed."""

KEYS = (
    "data", "array", "space", "fixed", "model", "validation", "score", "trials", "sampler", "pruner", "seed",
    "storage", "workers", "dask", "out", "plots", "json", "quiet",
)  # fmt: skip
"""What the file may say; what the command line says too is taken from there."""

SWITCHES = ("plots", "json", "quiet")
"""Those that are true or false, and no options of the search itself."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command to a parser."""
    parser.add_argument("--config", required=True, metavar="FILE.toml", help="the space, and what else is the same")
    parser.add_argument("--data", **data_option("that of the file, or digits"))
    parser.add_argument("--array", **ARRAY)
    parser.add_argument("--trials", type=count, metavar="N", help="how many (default: 20, of a grid all)")
    parser.add_argument("--sampler", choices=["tpe", "random", "grid"], help="how settings are chosen (default: tpe)")
    parser.add_argument(
        "--pruner", choices=["none", "median", "halving"], help="which trials end early (default: none)"
    )
    parser.add_argument("--seed", type=natural, help="of everything random (default: 0)")
    parser.add_argument("--storage", metavar="FILE|URL", help=f"where the study is kept (default: {STUDY} in DIR)")
    parser.add_argument("--workers", type=count, metavar="N", help="processes of this machine (default: 1)")
    parser.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler, such as tcp://127.0.0.1:8786")
    parser.add_argument("--out", metavar="DIR", help="where the files go (default: microae-search)")
    parser.add_argument("--plots", action="store_true", help="draw optuna's plots into DIR too")
    parser.add_argument("--json", **JSON)
    parser.add_argument("--quiet", **QUIET)


def run(arguments: argparse.Namespace) -> int:
    """Search, print the best trials and write the files; return the exit code."""
    try:
        from microae.searching import search
        from microae.searching.result import BEST, TABLE, WEIGHTS
        from microae.searching.space import did_you_mean

        options = _configured(arguments, did_you_mean)
        source, array = options.pop("data", "digits"), options.pop("array", None)
        samples = read(source, array)
        out = Path(options.pop("out", "microae-search"))
        check_writable_directory(out)
        for name in (TABLE, BEST, WEIGHTS):
            require_other_file(out / name, [source, arguments.config])
        out.mkdir(parents=True, exist_ok=True)
        options.setdefault("storage", str(out / STUDY))
        target = samples.labels if options.get("model") == "Classifier" else None
        found = search(options.pop("space", {}), samples.x, target=target, progress=bar_shown(arguments), **options)
    except UnwrittenError as error:
        return failed(error, FAILED)
    except (OSError, ValueError, TypeError, ImportError) as error:
        return failed(error, USAGE)
    try:
        files = found.write(out)
        files += found.draw(out) if arguments.plots else []
    except (FloatingPointError, OSError, ImportError) as error:
        return failed(error, FAILED)
    if arguments.json:
        say_json(found.trials)
        return SUCCESS
    complete = sorted((row for row in found.trials if row["state"] == "complete"), key=lambda row: row["score"])
    names = [name for name in dict.fromkeys(key for row in complete for key in row) if name not in ("state", "epochs")]
    say(markdown(names, [[_cell(row.get(name)) for name in names] for row in complete[:SHOWN]]))
    others = {state: sum(row["state"] == state for row in found.trials) for state in ("pruned", "failed")}
    say(f"\n{len(found.trials)} trials, {others['pruned']} of them pruned and {others['failed']} failed.")
    say_files(files)
    return SUCCESS


def _configured(arguments: argparse.Namespace, did_you_mean: Any) -> dict[str, Any]:
    """The options of the file, and over them those of the command line."""
    path = arguments.config
    options = parsed(path)
    for name in options:
        if name not in KEYS:
            raise ValueError(f"{path}: nothing is called {name!r}; {did_you_mean(name, list(KEYS))}")
    if "space" not in options:
        raise ValueError(f"{path}: has no [space], the settings to vary with their choices or ranges")
    for name in ("space", "fixed"):
        if not isinstance(options.get(name, {}), dict):
            raise ValueError(f"{path}: {name} must be a table of settings, got {options[name]!r}")
    for name in SWITCHES:
        given = options.pop(name, False)
        if not isinstance(given, bool):
            raise ValueError(f"{path}: {name} must be true or false, got {given!r}")
        setattr(arguments, name, given or getattr(arguments, name))
    said = {name: given for name in KEYS if (given := getattr(arguments, name, None)) is not None}
    return options | {name: given for name, given in said.items() if name not in SWITCHES}


def _cell(given: Any) -> str:
    return f"{given:.6g}" if isinstance(given, float) else "" if given is None else str(given)
