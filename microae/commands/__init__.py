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
from microae.commands.common import CLOSED, INTERRUPTED, SUCCESS, TERMINATED, UNWRITTEN, USAGE, failed, say
from microae.commands.streams import OutputError, Terminated, usable, writing


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
        with one line on the standard error and no file written; 3 if ``check`` found too little that tells anything;
        4 if the standard output cannot be written; as usual 130 after Ctrl-C, 141 if the reader of the output has
        closed the pipe, 143 after SIGTERM.

    Examples
    --------
    >>> from microae.commands import main
    >>> main(["--version"])
    microae ...
    0
    """
    with usable():
        try:
            arguments = parser().parse_args(argv)
            code: int = arguments.run(arguments)
        except SystemExit as stop:  # argparse: 0 after --help and --version, 2 after a mistake
            return _said(int(stop.code or SUCCESS))
        except KeyboardInterrupt:
            return failed("interrupted", INTERRUPTED)
        except Terminated:
            return failed("terminated", TERMINATED)
        except OutputError as error:
            return CLOSED if error.closed else failed(error, UNWRITTEN)
        return _said(code)


def _said(code: int) -> int:
    """The exit code ``code``, if all that was printed could be written."""
    try:
        with writing():
            return code
    except OutputError as error:
        return CLOSED if error.closed else failed(error, UNWRITTEN)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is sys.stdout:  # argparse takes no notice of what cannot be written
            say(message.removesuffix("\n"))
        else:
            super()._print_message(message, file)

    def error(self, message: str) -> NoReturn:
        sys.exit(failed(f"{message} (see {self.prog} --help)", USAGE))


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
