"""``microae train``: train an autoencoder on data; ``experiment`` does the training and the report."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import fields
from inspect import signature
from pathlib import Path
from typing import Any

from microae.commands import configuration
from microae.commands.common import (
    ARRAY,
    FAILED,
    INTERRUPTED,
    SUCCESS,
    TERMINATED,
    USAGE,
    add_common,
    amount,
    bar_shown,
    count,
    data_option,
    failed,
    fraction,
    listed,
    positive,
    require_other_file,
    same_file,
    say,
    say_files,
    say_json,
    share,
    widths,
)
from microae.commands.experiment import (
    OPTIONS,
    WRITTEN,
    Experiment,
    Settings,
    check_output,
    having,
)
from microae.commands.streams import Terminated
from microae.compiler.backends import BACKENDS, UnsupportedError
from microae.data import DATASETS, read
from microae.data.files import replacing
from microae.data.registry import LARGE
from microae.nn.activations import ACTIVATIONS
from microae.nn.registry import LOSSES
from microae.optim import OPTIMIZERS
from microae.optim.schedules import CONSTANT, SCHEDULES, schedule_options
from microae.training.keeping import checkpoints, discard
from microae.training.logs import CsvLog, TensorBoardLog

HELP = "train an autoencoder on data"
DESCRIPTION = (
    "Train an autoencoder by mini-batches and compare its reconstruction of held-out samples with that of PCA with the "
    "same code size. Writes weights.safetensors, history.csv, reconstructions.png, report.md and, unless the network "
    "is large, the weights on the way in trajectory.safetensors; microae draw makes pictures of them. The same seed "
    "gives the same weights. The state of the training is kept beside them, in settings.toml and checkpoints, every "
    "minute and after Ctrl-C: --resume goes on from there."
)
EXAMPLES = (
    "microae train --data digits --layers 64,16,64 --epochs 5",
    "microae train --data samples.npy --output linear --epochs 5 --max-grad-norm 1 --schedule step_decay --step-size 2 "
    "--out run",
    "microae train --config run/settings.toml --epochs 6 --out run2",
    "microae train --resume run",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command to a parser: the fields of ``Settings``, the data, the directory."""
    defaults = Settings()
    add_common(parser, out=OUT)
    parser.set_defaults(out=None)  # so that --resume knows whether it is given

    def option(name: str, type: Any, help: str, **more: Any) -> None:
        default = getattr(defaults, name[2:].replace("-", "_"))
        known = f" (default: {default})" if default is not None else ""
        parser.add_argument(name, type=type, default=default, help=help + known, **more)

    rates = ", ".join(f"{kind.usual_lr:g} for {name}" for name, kind in OPTIMIZERS.items())
    activations = sorted(ACTIVATIONS)
    parser.add_argument(
        "--resume",
        metavar="DIR",
        help="go on with the run that was stopped in this directory, with its data and settings; it ends as if it had "
        "not been stopped",
    )
    parser.add_argument("--data", default=_BESIDES["data"], **data_option("digits"))
    parser.add_argument("--array", **ARRAY)
    option("--layers", widths, "widths from input to output, such as 64,32,64 (default: n,n/2,n)", metavar="N,N,...")
    option("--epochs", count, "passes over the data", metavar="N")
    option("--batch-size", count, "samples an update", metavar="N")
    option("--optimizer", str, "how the weights follow the gradients", choices=list(OPTIMIZERS))
    option("--lr", positive, f"learning rate at the start (default: {rates})", metavar="RATE")
    option("--schedule", str, "how the learning rate goes on from epoch to epoch", choices=[*SCHEDULES, CONSTANT])
    for name, (kind, metavar, words) in SCHEDULED.items():
        option(f"--{name.replace('_', '-')}", kind, f"{words}, of {_scheduled(name)}", metavar=metavar)
    option(
        "--momentum",
        share,
        f"of {listed(having('momentum'))} (default: {OPTIONS['momentum']})",
        metavar="M",
    )
    option(
        "--weight-decay",
        amount,
        f"L2 regularisation; decoupled for adamw (default: {_weight_decays()})",
        metavar="RATE",
    )
    option(
        "--max-grad-norm",
        positive,
        "clip the gradients before each update, so that together they are no longer than this",
        metavar="NORM",
    )
    option("--activation", str, f"of the hidden layers: {', '.join(activations)}", choices=activations, metavar="NAME")
    option(
        "--output",
        str,
        "of the output layer: sigmoid for data in [0, 1], linear for others, or as above",
        choices=activations,
        metavar="NAME",
    )
    option("--loss", str, ", or ".join(loss.remark for loss in LOSSES.values()), choices=list(LOSSES))
    option("--noise", amount, "denoising: standard deviation of noise on the input, target clean", metavar="STD")
    option("--sparsity", amount, "sparse: weight of the penalty on the code's mean absolute value", metavar="WEIGHT")
    option("--dropout", share, "probability of dropping a hidden neuron in training", metavar="P")
    option("--dtype", str, "precision", choices=["float64", "float32"])
    option("--backend", str, "what trains", choices=["eager", "auto", *BACKENDS])
    parser.add_argument(
        "--log",
        metavar="FILE",
        help=f"write the losses to this .csv file after each epoch; {HERE} in it stands for the directory of the run, "
        "and a file that is there already is replaced only if the run before in that directory wrote it",
    )
    parser.add_argument(
        "--tensorboard",
        metavar="DIR",
        help=f"write losses and learning rate there for TensorBoard, if it is installed; {HERE} as above",
    )
    option("--test-fraction", fraction, "how much of the data is held out", metavar="SHARE")


OUT = "microae-train"
"""Where the files go, unless --out says."""

_BESIDES = {"data": "digits", "array": None, "log": None, "tensorboard": None}
"""The options that are no settings of the training, with their defaults: they choose the data, and what is told."""


_LOGS: dict[str, Callable[[str], bool]] = {
    "log": os.path.isfile,
    "tensorboard": lambda directory: any(Path(directory).glob("events.out.tfevents.*")),
}
"""The options of the logs, with whether there is one where it says."""

HERE = "{out}"
"""In the path of a log, the directory of the run: so the log follows a run that is moved, or begun elsewhere."""


def _kept(arguments: argparse.Namespace, out: str) -> dict[str, Any]:
    """The options with which a run goes on; a file elsewhere by its full path, for it may be from elsewhere."""
    data = arguments.data if arguments.data in DATASETS else os.path.abspath(arguments.data)
    settings = {field.name: getattr(arguments, field.name) for field in fields(Settings)}
    logs = {name: given and _following(given, out) for name, given in vars(arguments).items() if name in _LOGS}
    return {"data": data, "array": arguments.array, **logs, **settings}


def _following(path: str, out: str) -> str:
    """A path as it is kept: from ``HERE`` if it is in the directory of the run, else the full one."""
    full, directory = Path(os.path.realpath(path)), os.path.realpath(out)
    return f"{HERE}/{full.relative_to(directory).as_posix()}" if full.is_relative_to(directory) else str(full)


def _take_over(arguments: argparse.Namespace) -> None:
    """Give the options the values that they had in the run that goes on."""
    defaults = _BESIDES | {field.name: field.default for field in fields(Settings)}
    given = [name for name, default in defaults.items() if getattr(arguments, name) != default]
    if arguments.out is not None:
        given.append("out")
    if given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise ValueError(f"--resume goes on in {arguments.resume} with its settings; leave out {options}")
    known = configuration.read(arguments.resume)
    if not known.keys() <= defaults.keys():
        raise ValueError(
            f"{arguments.resume}: its {configuration.SETTINGS} has {', '.join(known.keys() - defaults.keys())}, which "
            "is no option"
        )
    vars(arguments).update(known)


def _check_logs(arguments: argparse.Namespace, out: str) -> None:
    """Raise ``ValueError`` if another run wrote a log, which would be replaced, or mixed with that of this one."""
    try:
        known = configuration.read(out)
    except (OSError, ValueError):  # no run
        known = {}
    for name, is_there in _LOGS.items():
        log, before = getattr(arguments, name), str(known.get(name, "")).replace(HERE, out)
        if log and is_there(log) and not (before and same_file(log, before)):
            raise ValueError(
                f"{log}: is there already, and no run in {out} wrote it; choose another one for --{name}, or remove it"
            )


def _check_files(arguments: argparse.Namespace, out: str) -> None:
    """Raise ``ValueError`` if a file that is written would replace the data, or the log something else than a log."""
    written = [os.path.join(out, name) for name in (*WRITTEN, configuration.SETTINGS)]
    for file in written:
        require_other_file(file, [arguments.data])
    log = arguments.log
    if log is None:
        return
    if os.path.splitext(log)[1].lower() != ".csv":
        raise ValueError(f"{log}: the losses are written to a .csv file; choose such a name for --log")
    require_other_file(log, [arguments.data])
    if any(same_file(log, file) for file in written):
        raise ValueError(f"{log}: is a file that the run itself writes; choose another one for --log")


@contextmanager
def _settings(out: str, options: dict[str, Any]) -> Iterator[None]:
    """The settings of a new run, in its directory in place of those and of the checkpoints of an earlier one.

    If it ends without a checkpoint, those before are put back, for what is there is the earlier one's.
    """
    discard(out)
    file = Path(out, configuration.SETTINGS)
    before = file.read_bytes() if file.is_file() else None
    configuration.write(out, options)
    try:
        yield
    finally:
        if before is not None and not checkpoints(out):
            with replacing(file) as temporary:
                temporary.write_bytes(before)


SCHEDULED: dict[str, tuple[Any, str, str]] = {
    "gamma": (amount, "FACTOR", "what the learning rate is multiplied by"),
    "step_size": (count, "N", "epochs with the same rate"),
    "factor": (amount, "FACTOR", "what the learning rate is multiplied by where the loss no longer falls"),
    "patience": (count, "N", "epochs without a new least loss before that"),
}
"""The options of schedules: their type, their name in a help, and what they are."""


def _scheduled(option: str) -> str:
    """The schedules that have an option, and its default."""
    defaults = {name: schedule_options(name)[option] for name in SCHEDULES if option in schedule_options(name)}
    known = [f"{default:g} for {name}" for name, default in defaults.items() if default is not None]
    return listed(list(defaults)) + (f" (default: {', '.join(known)})" if known else "")


def _weight_decays() -> str:
    """The default weight decay of each optimiser, as text."""
    own = {name: signature(OPTIMIZERS[name]).parameters["weight_decay"].default for name in having("weight_decay")}
    return ", ".join([*(f"{decay:g} for {name}" for name, decay in own.items() if decay), "else 0"])


def run(arguments: argparse.Namespace) -> int:
    """Train, print the scores and write the files; return the exit code."""
    go_on = arguments.resume is not None
    out = arguments.resume if go_on else arguments.out or OUT
    try:
        if go_on:
            _take_over(arguments)
        for name in _LOGS:
            vars(arguments)[name] = (given := getattr(arguments, name)) and given.replace(HERE, out)
        _check_files(arguments, out)
        _check_logs(arguments, out)
        samples = read(arguments.data, arguments.array, LARGE)
        settings = Settings(**{field.name: getattr(arguments, field.name) for field in fields(Settings)})
        experiment = Experiment(samples.x, samples.labels, settings, arguments.data)
        check_output(out)
        logs: list[Any] = [] if arguments.log is None else [CsvLog(arguments.log)]
        if arguments.tensorboard is not None:
            logs.append(TensorBoardLog(arguments.tensorboard, experiment.optimizer))
    except (OSError, ValueError, ImportError) as error:
        return failed(error, USAGE)
    if not arguments.json:
        say(experiment.describe())
    try:
        with nullcontext() if go_on else _settings(out, _kept(arguments, out)):
            result = experiment.run(bar_shown(arguments), out, go_on, logs)
        files = result.write(out)
    except (ValueError, UnsupportedError) as error:
        return failed(error, USAGE)
    except (FloatingPointError, OSError, ImportError) as error:
        return failed(error, FAILED)
    except (KeyboardInterrupt, Terminated) as stop:
        how, code = ("interrupted", INTERRUPTED) if isinstance(stop, KeyboardInterrupt) else ("terminated", TERMINATED)
        return failed(f"{how}; microae train --resume {out} goes on", code)
    if arguments.json:
        say_json(result.numbers() | {"files": files})
        return SUCCESS
    say(f"\n{result.summary()}")
    say_files(files)
    return SUCCESS
