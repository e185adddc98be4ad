"""What several commands do with a saved model: load it, and take a file through it in chunks."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from microae import anomalies
from microae.autoencoders.autoencoder import Autoencoder
from microae.commands.common import (
    ARRAY,
    FAILED,
    QUIET,
    SUCCESS,
    USAGE,
    add_general,
    bar_shown,
    data_option,
    failed,
    require_other_file,
    say,
    say_json,
)
from microae.core.arrays import Array
from microae.data import DATASETS, read
from microae.data.readers import column_names
from microae.data.writing import UnwrittenError, check_table_file, writing_table
from microae.extras import needed
from microae.training import checkpoint

MODEL: dict[str, Any] = {"metavar": "FILE", "help": "the model, as .safetensors"}
"""The options of ``add_argument`` for ``--model``."""


def autoencoder(file: str, what: str) -> Autoencoder:
    """The autoencoder in a file; ``ValueError`` for another model, of which ``what`` says why it will not do."""
    net = checkpoint.load(file)
    if not isinstance(net, Autoencoder):
        raise ValueError(f"{file}: holds a {type(net).__name__}; {what}")
    return net


def require_inputs(source: str, x: Array, net: Autoencoder) -> None:
    """Raise ``ValueError`` unless samples are as wide as the input of a network."""
    if x.shape[1] != net.layers[0]:
        raise ValueError(f"{source}: has {x.shape[1]} numbers a sample, the network has {net.layers[0]} inputs")


def chunks(source: str, array: str | None) -> Iterator[Array]:
    """The samples of a registered data set or a file, some at a time."""
    if source in DATASETS:
        return iter([read(source, array).x])
    return anomalies.chunks(source, array)


# --- a file through a network ------------------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser, out: str) -> None:
    """Add the arguments of a command that takes a file through a network to a parser."""
    add_general(parser)
    parser.add_argument("--model", required=True, **MODEL)
    parser.add_argument("--data", required=True, **(data_option("") | {"help": "the samples"}))
    parser.add_argument("--array", **ARRAY)
    parser.add_argument(
        "--out",
        default=out,
        metavar="FILE",
        help=f"where the rows go, a .npy, .npz, .csv or .parquet file, which is replaced (default: {out})",
    )
    parser.add_argument("--quiet", **QUIET)


def through(
    arguments: argparse.Namespace,
    function: Callable[[Autoencoder, Array], Array],
    names: Callable[[Autoencoder], Sequence[str]],
    measure: Callable[[Array, Array], None] = lambda *_: None,
) -> int:
    """Write a function of a network and each chunk of the samples to a file.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of :func:`add_arguments`.
    function : callable
        From the network and samples (N, n) to (N, columns).
    names : callable
        From the network to the names of the columns.
    measure : callable
        Called with each chunk and what the function made of it.

    Returns
    -------
    int
        How many samples there were.
    """
    check_table_file(arguments.out)
    require_other_file(arguments.out, [arguments.data, arguments.model])
    net = autoencoder(arguments.model, "an autoencoder is needed")
    with needed("tqdm", "a progress bar"):
        from tqdm import tqdm  # type: ignore[import-untyped]
    samples = 0
    with (
        writing_table(arguments.out, names(net)) as write,
        tqdm(disable=not bar_shown(arguments), unit="sample", unit_scale=True, leave=False) as bar,
    ):
        for chunk in chunks(arguments.data, arguments.array):
            require_inputs(arguments.data, chunk, net)
            result = function(net, chunk)
            measure(chunk, result)
            write(result)
            samples += len(chunk)
            bar.update(len(chunk))
    return samples


def run(arguments: argparse.Namespace, work: Callable[[], tuple[str, dict[str, Any]]]) -> int:
    """Do the work, which returns what is said of it as text and for JSON; return the exit code."""
    try:
        text, results = work()
    except UnwrittenError as error:
        return failed(error, FAILED)
    except (OSError, ValueError, ImportError) as error:
        return failed(error, USAGE)
    if arguments.json:
        say_json(results)
    else:
        say(text)
    return SUCCESS


def names_of(source: str) -> list[str] | None:
    """The names of the columns of a file, if it has some; ``None`` for a registered data set."""
    return None if source in DATASETS else column_names(source)


def column_names_for(source: str, net: Autoencoder) -> list[str]:
    """Those of a file that names as many columns as a network has inputs, else ``x0``, ``x1``, ..."""
    names, inputs = names_of(source), net.layers[0]
    return names if names is not None and len(names) == inputs else [f"x{i}" for i in range(inputs)]
