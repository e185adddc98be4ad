"""What the commands share: exit codes, printing, names of files, and the types of their arguments."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import microae.paper  # noqa: F401 (registers the data set "paper")
from microae.commands import configuration
from microae.commands.streams import writing
from microae.data import DATASETS

SUCCESS, FAILED, USAGE, INCONCLUSIVE, UNWRITTEN = 0, 1, 2, 3, 4
INTERRUPTED, CLOSED, TERMINATED = 130, 141, 143
"""Exit codes; the last three are 128 and the number of the signal, as shells have it."""

WEIGHTS, TRAJECTORY = "weights.safetensors", "trajectory.safetensors"
HISTORY, REPORT = "history.csv", "report.md"
"""The files of a trained model: its parameters, the parameters during training, its losses, and the report."""

SHOWN = 10
"""How many samples a group of reconstructions shows, and how many the list of the worst has."""


# --- printing ----------------------------------------------------------------------------------------------------


def failed(error: object, code: int) -> int:
    """Print an error as one line on the standard error; return the exit code ``code``."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:  # without the number of the error
        error = f"{os.fsdecode(error.filename)}: {error.strerror}"
    print(f"microae: error: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
    return code


def say(text: str) -> None:
    """Print a text and flush; raise ``OutputError`` if it cannot be written."""
    with writing():
        print(text)


def say_json(results: object) -> None:
    """Print results as one JSON document, with ``null`` for NaN and infinity."""
    import json

    say(json.dumps(_plain(results), ensure_ascii=False))


def _plain(given: Any) -> Any:
    """What JSON can say: of arrays lists, of paths text."""
    if isinstance(given, dict):
        return {str(name): _plain(value) for name, value in given.items()}
    if isinstance(given, list | tuple):
        return [_plain(value) for value in given]
    if hasattr(given, "tolist"):
        return _plain(given.tolist())
    if isinstance(given, float):
        return given if math.isfinite(given) else None
    return given if isinstance(given, int | str | None) else str(given)


def section(title: str) -> None:
    """Print the title of a section."""
    say(f"\n{title}\n")


def say_files(files: Iterable[object]) -> None:
    """Print the names of the files that were written."""
    section("Files")
    for file in files:
        say(str(file))


def listed(names: Sequence[str]) -> str:
    """Names as a list in a sentence.

    Examples
    --------
    >>> from microae.commands.common import listed
    >>> listed(["sgd"]), listed(["sgd", "adam", "adamw"])
    ('sgd', 'sgd, adam and adamw')
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


# --- arguments that several commands take ------------------------------------------------------------------------


def add_common(parser: argparse.ArgumentParser, out: str) -> None:
    """Add ``--seed``, ``--out`` (a directory, by default ``out``), ``--quiet``, ``--config`` and ``--json``."""
    add_general(parser)
    parser.add_argument("--seed", **SEED)
    parser.add_argument("--quiet", **QUIET)
    parser.add_argument(
        "--out",
        default=out,
        metavar="DIR",
        help="where the files go; made if missing, and the files of an earlier run in it are replaced, each whole "
        f"(default: {out})",
    )


def add_general(parser: argparse.ArgumentParser) -> None:
    """Add what every command takes to a parser: ``--config`` and ``--json``."""
    configuration.add_option(parser)
    parser.add_argument("--json", **JSON)


class Wrapped(argparse.HelpFormatter):
    """Help whose text is wrapped, but for the examples at its end."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith(EXAMPLES) else super()._fill_text(text, width, indent)


EXAMPLES = "examples:"
"""The title of the examples in a help."""


def examples(commands: Sequence[str]) -> str | None:
    """Commands as the end of a help."""
    return "\n  ".join([EXAMPLES, *commands]) if commands else None


def data_option(default: str) -> dict[str, Any]:
    """The options of ``add_argument`` for ``--data``, a registered data set or a file."""
    known = ", ".join(known.description for known in DATASETS.values())
    return {
        "metavar": "|".join([*DATASETS, "FILE"]),
        "help": f"{known}, or a table, one sample a row: .npy, .npz, .csv or .parquet (default: {default})",
    }


QUIET: dict[str, Any] = {"action": "store_true", "help": "no progress bar; where there is no terminal, there is none"}
"""The options of ``add_argument`` for ``--quiet``."""
JSON: dict[str, Any] = {"action": "store_true", "help": "print the results as one JSON document"}
"""The options of ``add_argument`` for ``--json``."""
ARRAY: dict[str, Any] = {"metavar": "NAME", "help": "which array of an .npz file, if it has several"}
"""The options of ``add_argument`` for ``--array``."""


def bar_shown(arguments: argparse.Namespace) -> bool:
    """Whether to show a progress bar: in a terminal, and unless ``--quiet`` is given."""
    return not arguments.quiet and sys.stderr.isatty()


# --- files that are written --------------------------------------------------------------------------------------


def require_other_file(out: str | os.PathLike[str], inputs: Iterable[str | os.PathLike[str] | None]) -> None:
    """Raise ``ValueError`` if a file to write is one of the inputs, which it would replace.

    Parameters
    ----------
    out : path
    inputs : iterable of path or None
        Files, or names of registered data sets.

    Examples
    --------
    >>> from microae.commands.common import require_other_file
    >>> require_other_file("codes.npy", ["digits", "x.npy", None])
    >>> require_other_file("x.npy", ["./x.npy"])
    Traceback (most recent call last):
        ...
    ValueError: x.npy: is an input, and would be replaced; choose another file to write
    """
    if any(file is not None and file not in DATASETS and same_file(out, file) for file in inputs):
        raise ValueError(f"{os.fspath(out)}: is an input, and would be replaced; choose another file to write")


def same_file(a: str | os.PathLike[str], b: str | os.PathLike[str]) -> bool:
    """Whether two names are those of one file, be it there or not."""
    try:
        return os.path.samefile(a, b)
    except OSError:  # one is missing
        return os.path.realpath(a) == os.path.realpath(b)


# --- types of arguments ------------------------------------------------------------------------------------------


def _whole(text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least {least}, got {text!r}")
    return number


count: Callable[[str], int] = partial(_whole, least=1)
natural: Callable[[str], int] = partial(_whole, least=0)
SEED: dict[str, Any] = {"type": natural, "default": 0, "help": "of everything random (default: 0)"}
"""The options of ``add_argument`` for ``--seed``."""


def _number(text: str, condition: Callable[[float], bool], words: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and condition(number)):
        raise argparse.ArgumentTypeError(f"must be {words}, got {text!r}")
    return number


positive: Callable[[str], float] = partial(_number, condition=lambda x: x > 0, words="a number above 0")
amount: Callable[[str], float] = partial(_number, condition=lambda x: x >= 0, words="a number of at least 0")
share: Callable[[str], float] = partial(_number, condition=lambda x: 0 <= x < 1, words="at least 0 and less than 1")
fraction: Callable[[str], float] = partial(_number, condition=lambda x: 0 < x < 1, words="between 0 and 1")


def widths(text: str) -> list[int]:
    """The widths of layers from text such as "64,32,64"."""
    try:
        return [int(width) for width in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be whole numbers such as 64,32,64, got {text!r}") from None
