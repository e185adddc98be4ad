"""The command line: one module a command, each with its arguments (``add_arguments``) and what it does (``run``).

They are listed nowhere: each module of this room that has a ``HELP`` is a command.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NoReturn

import microae
from microae.commands.common import INTERRUPTED, PIPE, SUCCESS, TERMINATED, USAGE, failed
from microae.commands.streams import Terminated, streams, terminable


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, ``microae COMMAND ...``.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments, by default those of the process.

    Returns
    -------
    int
        The exit code: 0; 1 if a check failed or the training diverged; 2 for a mistake in the arguments or the data,
        or if the standard output cannot be written, with one line on the standard error and no file partly written;
        130 after Ctrl-C; 143 after SIGTERM; 141 if the reader of a pipe has left.

    Examples
    --------
    >>> from microae.commands import main
    >>> main(["--version"])
    microae ...
    0
    """
    with streams() as is_closed, terminable():
        try:
            code = _ran(argv)
            sys.stdout.flush()
        except KeyboardInterrupt:
            return failed("interrupted", INTERRUPTED)
        except Terminated:
            return failed("terminated", TERMINATED)
        except BrokenPipeError:  # the reader, such as head, has seen enough
            return PIPE
        except OSError as error:  # the disk of the standard output is full
            return failed(f"standard output: {error.strerror}", USAGE)
        if is_closed and code == SUCCESS:
            return failed("standard output: it is closed, so what was to be shown is lost", USAGE)
    return code


def _ran(argv: Sequence[str] | None) -> int:
    try:
        arguments = parser().parse_args(argv)
    except SystemExit as stop:  # 0 after --help and --version, 2 after a mistake
        return int(stop.code or SUCCESS)
    return int(arguments.run(arguments))


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and which does not hide that its help could not be written."""

    def error(self, message: str) -> NoReturn:
        sys.exit(failed(f"{message} (see {self.prog} --help)", USAGE))

    def _print_message(self, message: str, file: Any = None) -> None:
        (file or sys.stderr).write(message)


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; what it has parsed has ``run``, the function of the command."""
    whole = _Parser(prog="microae", description=str(microae.__doc__).partition("\n")[0])
    whole.add_argument("--version", action="version", version=f"microae {microae.__version__}")
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in sorted(module.name for module in iter_modules(__path__)):
        command = import_module(f"{__name__}.{name}")  # here, so that Ctrl-C while it loads ends well
        if not hasattr(command, "HELP"):
            continue  # what several commands share
        one = commands.add_parser(name, help=command.HELP, description=command.DESCRIPTION)
        one.set_defaults(run=command.run)
        command.add_arguments(one)
    return whole
