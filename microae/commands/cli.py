"""The command line: reproduce the paper, train an autoencoder on data, draw pictures of what was trained."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NoReturn

import microae
from microae.nn.layers import ACTIVATIONS

SUCCESS, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments, by default those of the process.

    Returns
    -------
    int
        The exit code: 0; 1 if a check failed or the training diverged; 2 for a mistake in the arguments or the data,
        with one line on the standard error and nothing written; 130 after Ctrl-C.

    Examples
    --------
    >>> from microae.commands.cli import main
    >>> main(["--version"])
    microae ...
    0
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without ✓ shows ? instead
    try:
        arguments = _parser().parse_args(argv)
        code: int = arguments.command(arguments)
        sys.stdout.flush()
    except SystemExit as stop:  # argparse: 0 after --help and --version, 2 after a mistake
        return int(stop.code or SUCCESS)
    except KeyboardInterrupt:
        return _failed("interrupted", INTERRUPTED)
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code


def _failed(error: object, code: int) -> int:
    print(f"microae: error: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
    return code


def _say(text: str) -> None:
    print(text, flush=True)


def _section(title: str) -> None:
    _say(f"\n{title}\n")


# --- microae paper -----------------------------------------------------------------------------------------------


def _paper(arguments: argparse.Namespace) -> int:
    from microae import paper
    from microae.commands.reproduction import reproduce

    try:
        result = reproduce(arguments.seed, arguments.epochs, arguments.out, partial(_bar(arguments), desc="training"))
    except (OSError, ValueError, ImportError) as error:
        return _failed(error, USAGE)
    _section("The worked example: input [1, 0, 1], a tick for each printed digit")
    _say(paper.walkthrough_table(result.walkthrough))
    _section(f"The 8 vectors, reconstructed after {result.epochs} epochs")
    _say("\n".join([result.table(), *result.facts]))
    _section("What was checked")
    _say("\n".join(map(str, result.checks)))
    _section("Where the paper is wrong or silent, in brief (with all the numbers in the report)")
    corrected = _corrections(paper.CORRECTIONS)
    _section("The three kinds of gradient descent, measured until the loss is 0.3")
    _say(paper.descent_table(paper.compare_descents(loss=0.3, seed=arguments.seed)))
    _files(result.files)
    return SUCCESS if result.passed and corrected else FAILED


def _corrections(corrections: Iterable[Any]) -> bool:
    """Print the first sentence of each, with a tick if its evidence holds; whether all do."""
    shown = [(correction, correction.holds()) for correction in corrections]
    for correction, holds in shown:
        _say(f"{'✓' if holds else '✗'} {correction.id}: {correction.statement().split('. ')[0].rstrip('.')}")
    return all(holds for _, holds in shown)


# --- microae train -----------------------------------------------------------------------------------------------


def _train(arguments: argparse.Namespace) -> int:
    from microae.commands.experiment import Experiment, check_output

    try:
        data, labels = _read(arguments.data, arguments.array)
        experiment = Experiment(data, labels, _settings(arguments), arguments.data)
        check_output(arguments.out)
    except (OSError, ValueError, ImportError) as error:
        return _failed(error, USAGE)
    _say(experiment.describe())
    try:
        result = experiment.run(progress=not arguments.quiet)
        files = result.write(arguments.out)
    except (FloatingPointError, OSError) as error:
        return _failed(error, FAILED)
    _say(f"\n{result.summary()}")
    _files(files)
    return SUCCESS


def _read(data: str, array: str | None) -> tuple[Any, Any]:
    if data != "digits":
        return microae.data.load(data, array), None
    if array is not None:
        raise ValueError("--array chooses an array of an .npz file; digits has only one")
    return microae.data.digits()


def _settings(arguments: argparse.Namespace) -> Any:
    from dataclasses import fields

    from microae.commands.experiment import Settings

    return Settings(**{field.name: getattr(arguments, field.name) for field in fields(Settings)})


def _files(files: Iterable[object]) -> None:
    _section("Files")
    for file in files:
        _say(str(file))


def _bar(arguments: argparse.Namespace, unit: str = "epoch") -> Callable[..., Any]:
    from tqdm import tqdm  # type: ignore[import-untyped]

    return partial(tqdm, disable=arguments.quiet, unit=unit)


# --- microae draw ------------------------------------------------------------------------------------------------


def _draw(arguments: argparse.Namespace) -> int:
    from microae.commands.gallery import draw

    options = {name: getattr(arguments, name) for name in arguments.options}
    try:
        file = draw(arguments.what, arguments.out, **options)
    except (OSError, ValueError, ImportError, RuntimeError) as error:
        return _failed(error, USAGE)
    _say(str(file))
    return SUCCESS


# --- microae check -----------------------------------------------------------------------------------------------


def _check(arguments: argparse.Namespace) -> int:
    try:
        from microae.testing import GradientCheckError, check_gradient_function, check_gradients, check_vjp, named
        from microae.testing.decorator import inputs_of

        f = named.function(arguments.function)
        pair = named.function(arguments.vjp or arguments.gradient) if arguments.vjp or arguments.gradient else None
        if (arguments.shapes is None) == (arguments.signature is None):
            raise ValueError('give the shapes of the inputs, by --shapes "(3,),(3,4)" or --signature "(m,k),(k,n)"')
        shapes = arguments.signature or named.shapes(arguments.shapes)
        inputs = inputs_of(shapes, min_value=0.1 if arguments.positive else -3.0)
    except ImportError as error:
        return _failed(f"{error}; gradient checks need: pip install 'microae[testing]'", USAGE)
    except ValueError as error:
        return _failed(error, USAGE)
    with _bar(arguments, "point")(total=arguments.examples, leave=False) as bar:
        options = {"examples": arguments.examples, "seed": arguments.seed, "progress": lambda: bar.update()}
        try:
            if pair is None:
                report = check_gradients(f, *inputs, order=arguments.order, **options)
            else:
                report = (check_vjp if arguments.vjp else check_gradient_function)(f, pair, *inputs, **options)
        except GradientCheckError as error:
            bar.close()
            _say(str(error.report))
            return FAILED
        except Exception as error:
            bar.close()
            return _failed(f"{arguments.function} raised {type(error).__name__}: {error}", USAGE)
    _say(str(report))
    return SUCCESS


# --- the arguments -----------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        sys.exit(_failed(f"{message} (see {self.prog} --help)", USAGE))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="microae", description=microae.__doc__)
    parser.add_argument("--version", action="version", version=f"microae {microae.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_paper(commands)
    _add_train(commands)
    _add_check(commands)
    _add_draw(commands)
    return parser


def _add_paper(commands: Any) -> None:
    parser = commands.add_parser(
        "paper",
        help="reproduce the paper",
        description="Reproduce the paper: walk through its worked example, train its network, compare manual with "
        "automatic gradients, and write figures, weights and a report. Exits with 1 if something does not check.",
    )
    _add_common(parser, out="microae-paper")
    parser.add_argument("--epochs", type=_count, default=2000, help="default: 2000, the paper's")
    parser.set_defaults(command=_paper)


def _add_train(commands: Any) -> None:
    from microae.commands.experiment import LEARNING_RATES, Settings

    usual = Settings()
    parser = commands.add_parser(
        "train",
        help="train an autoencoder on data",
        description="Train an autoencoder by mini-batches and compare its reconstruction of held-out samples with "
        "that of PCA with the same code size. Writes weights.safetensors, history.csv, reconstructions.png, report.md "
        "and, unless the network is large, the weights on the way in trajectory.safetensors; microae draw makes "
        "pictures of them. The same seed gives the same weights.",
    )
    _add_common(parser, out="microae-train")

    def option(name: str, type: Any, help: str, **more: Any) -> None:
        default = getattr(usual, name[2:].replace("-", "_"))
        known = f" (default: {default})" if default is not None else ""
        parser.add_argument(name, type=type, default=default, help=help + known, **more)

    rates = ", ".join(f"{rate:g} for {name}" for name, rate in LEARNING_RATES.items())
    names = sorted(ACTIVATIONS)
    parser.add_argument(
        "--data",
        default="digits",
        metavar="digits|FILE",
        help="the packaged 8 by 8 digits, or a table, one sample a row: .npy, .npz or .csv (default: digits)",
    )
    parser.add_argument("--array", metavar="NAME", help="which array of an .npz file, if it has several")
    option("--layers", _layers, "widths from input to output, such as 64,32,64 (default: n,n/2,n)", metavar="N,N,...")
    option("--epochs", _count, "passes over the data", metavar="N")
    option("--batch-size", _count, "samples an update", metavar="N")
    option("--optimizer", str, "how the weights follow the gradients", choices=list(LEARNING_RATES))
    option("--lr", _positive, f"learning rate, falling to 0 along half a cosine (default: {rates})", metavar="RATE")
    option("--momentum", _share, "of sgd (default: 0.9)", metavar="M")
    option(
        "--weight-decay",
        _amount,
        "L2 regularisation; decoupled for adamw (default: 0.01 for adamw, else 0)",
        metavar="RATE",
    )
    option("--activation", str, f"of the hidden layers: {', '.join(names)}", choices=names, metavar="NAME")
    option(
        "--output",
        str,
        "of the output layer: sigmoid for data in [0, 1], linear for others, or as above",
        choices=names,
        metavar="NAME",
    )
    option(
        "--loss",
        str,
        "mean squared error, in which PCA is the best linear code, or the paper's cross-entropy",
        choices=["mse", "bce"],
    )
    option("--noise", _amount, "denoising: standard deviation of noise on the input, target clean", metavar="STD")
    option("--sparsity", _amount, "sparse: weight of the penalty on the code's mean absolute value", metavar="WEIGHT")
    option("--dropout", _share, "probability of dropping a hidden neuron in training", metavar="P")
    option("--dtype", str, "precision", choices=["float64", "float32"])
    option("--test-fraction", _fraction, "how much of the data is held out", metavar="SHARE")
    parser.set_defaults(command=_train)


def _add_draw(commands: Any) -> None:
    from inspect import signature

    from microae.commands.gallery import FORMATS, PICTURES

    parser = commands.add_parser(
        "draw",
        help="draw a picture of a saved model",
        description="Draw a picture of a model that microae train, microae paper or microae.save has written. "
        "The same model and data give the same picture, byte by byte.",
    )
    pictures = parser.add_subparsers(title="pictures", metavar="WHAT", required=True)
    known: dict[str, dict[str, Any]] = {
        "model": {"metavar": "FILE", "help": "the model, as .safetensors"},
        "data": {
            "metavar": "digits|paper|FILE",
            "help": "the packaged digits, the paper's 8 vectors, or a table, one sample a row: .npy, .npz or .csv "
            "(default: digits for 64 inputs, paper for 3)",
        },
        "array": {"metavar": "NAME", "help": "which array of an .npz file, if it has several"},
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
        "seed": {"type": _seed, "default": 0, "help": "of random directions (default: 0)"},
        "sample": {
            "type": _seed,
            "default": 0,
            "metavar": "ROW",
            "help": "of the data, counted from 0 (default: 0)",
        },
        "lr": {"type": _positive, "default": 0.01, "metavar": "RATE", "help": "learning rate (default: 0.01)"},
    }
    for what, function in PICTURES.items():
        formats = FORMATS.get(what, (".svg", ".png", ".pdf"))
        about = str(function.__doc__)
        picture = pictures.add_parser(what, help=about[0].lower() + about[1:].rstrip("."), description=about)
        parameters = [p for p in signature(function).parameters.values() if p.name != "out"]
        for p in parameters:
            picture.add_argument(f"--{p.name}", required=p.annotation == "str", **known[p.name])
        out = what + formats[0]
        picture.add_argument("--out", default=out, metavar="FILE", help=f"{', '.join(formats)} (default: {out})")
        picture.set_defaults(command=_draw, what=what, options=[p.name for p in parameters])


def _add_check(commands: Any) -> None:
    parser = commands.add_parser(
        "check",
        help="check the gradients of a function",
        description="Check the automatic gradients of a function, or a gradient written by hand, against numerical "
        "derivatives at drawn points. Exits with 0 if they agree, 1 if they disagree or too few points tell anything.",
    )
    parser.add_argument("function", metavar="module:function", help="or path/to/file.py:function")
    parser.add_argument("--shapes", metavar="SHAPES", help='of the inputs, such as "(3,),(3,4)"')
    parser.add_argument("--signature", metavar="SIGNATURE", help='in place of shapes, such as "(m,k),(k,n)->(m,n)"')
    by_hand = parser.add_mutually_exclusive_group()
    by_hand.add_argument("--vjp", metavar="module:function", help="a vector-Jacobian product by hand: vjp(g, *inputs)")
    by_hand.add_argument("--gradient", metavar="module:function", help="a gradient by hand: gradient(*inputs)")
    parser.add_argument("--order", type=_count, default=2, help="2 checks second derivatives too (default: 2)")
    parser.add_argument("--examples", type=_count, default=100, metavar="N", help="points drawn (default: 100)")
    parser.add_argument("--seed", type=_seed, default=0, help="the same seed, the same points (default: 0)")
    parser.add_argument("--positive", action="store_true", help="draw positive numbers only")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    parser.set_defaults(command=_check)


def _add_common(parser: argparse.ArgumentParser, out: str) -> None:
    parser.add_argument("--seed", type=_seed, default=0, help="of everything random (default: 0)")
    parser.add_argument(
        "--out",
        default=out,
        metavar="DIR",
        help="where the files go; made if missing, and the files of an earlier run in it are replaced, each whole "
        f"(default: {out})",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def _whole(text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least {least}, got {text!r}")
    return number


_count: Callable[[str], int] = partial(_whole, least=1)
_seed: Callable[[str], int] = partial(_whole, least=0)


def _number(text: str, condition: Callable[[float], bool], words: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and condition(number)):
        raise argparse.ArgumentTypeError(f"must be {words}, got {text!r}")
    return number


_positive: Callable[[str], float] = partial(_number, condition=lambda x: x > 0, words="a number above 0")
_amount: Callable[[str], float] = partial(_number, condition=lambda x: x >= 0, words="a number of at least 0")
_share: Callable[[str], float] = partial(_number, condition=lambda x: 0 <= x < 1, words="at least 0 and less than 1")
_fraction: Callable[[str], float] = partial(_number, condition=lambda x: 0 < x < 1, words="between 0 and 1")


def _layers(text: str) -> list[int]:
    try:
        return [int(width) for width in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be whole numbers such as 64,32,64, got {text!r}") from None
