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
from microae.commands import common, configuration
from microae.commands.common import CLOSED, FAILED, INTERRUPTED, SUCCESS, TERMINATED, UNWRITTEN, USAGE, failed, say
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
        The exit code: 0; 1 if a check failed, the training diverged or the memory does not suffice; 2 for a mistake in
        the arguments or the data, with one line on the standard error and no file written; 3 if ``check`` found too
        little that tells anything; 4 if the standard output cannot be written; as usual 130 after Ctrl-C, 141 if the
        reader of the output has closed the pipe, 143 after SIGTERM.

    Examples
    --------
    >>> from microae.commands import main
    >>> main(["--version"])
    microae ...
    0
    """
    with usable():
        try:
            argv = sys.argv[1:] if argv is None else list(argv)
            arguments = parser(next(iter(argv), "")).parse_args(argv)
            code: int = arguments.run(arguments)
        except SystemExit as stop:  # argparse: 0 after --help and --version, 2 after a mistake
            return _said(int(stop.code or SUCCESS))
        except KeyboardInterrupt:
            return failed("interrupted", INTERRUPTED)
        except Terminated:
            return failed("terminated", TERMINATED)
        except OutputError as error:
            return CLOSED if error.closed else failed(error, UNWRITTEN)
        except MemoryError as error:
            return failed(f"there is not enough memory{f': {error}' if str(error) else ''}", FAILED)
        return _said(code)


def _said(code: int) -> int:
    """The exit code ``code``, if all that was printed could be written."""
    try:
        with writing():
            return code
    except OutputError as error:
        return CLOSED if error.closed else failed(error, UNWRITTEN)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and whose options may stand in a file too."""

    configured = ""  # the file

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        given = list(args)
        try:
            self.configured, more = configuration.given(self, given)
        except (OSError, ValueError) as error:
            sys.exit(failed(error, USAGE))
        return super().parse_known_args(more + given, namespace)

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is sys.stdout:  # argparse takes no notice of what cannot be written
            say(message.removesuffix("\n"))
        else:
            super()._print_message(message, file)

    def error(self, message: str) -> NoReturn:
        also = f", and {self.configured}" if self.configured else ""
        sys.exit(failed(f"{message} (see {self.prog} --help{also})", USAGE))


def parser(first: str = "") -> argparse.ArgumentParser:
    """The parser of the command line; what it has parsed has ``run``, the function of the command.

    Parameters
    ----------
    first : str
        The first argument. If it is a command, the others are not loaded, for that takes time.
    """
    whole = _Parser(prog="microae", description=str(microae.__doc__).partition("\n")[0])
    whole.add_argument("--version", action="version", version=f"microae {microae.__version__}")
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", required=True)
    names = sorted(module.name for module in iter_modules(__path__))
    for name in [first] if first in names and _command(first) else names:
        command = _command(name)
        if command is None:
            continue  # what several commands share
        one = commands.add_parser(
            name,
            help=command.HELP,
            description=command.DESCRIPTION,
            epilog=common.examples(getattr(command, "EXAMPLES", ())),
            formatter_class=common.Wrapped,
        )
        one.set_defaults(run=command.run)
        command.add_arguments(one)
    return whole


def _command(name: str) -> Any:
    """The module of a command, imported here, so that Ctrl-C while it loads ends well; ``None`` for another module."""
    module = import_module(f"{__name__}.{name}")
    return module if hasattr(module, "HELP") else None
