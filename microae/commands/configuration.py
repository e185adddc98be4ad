"""The options of a command as a TOML file: one that a user writes, or that stands beside what a run has written.

``microae train`` writes such a file, from which it goes on, and any command takes one: ``--config FILE.toml``.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from microae.data.files import write_text
from microae.data.readers import existing

SETTINGS = "settings.toml"
"""The file with the options of a run."""


def write(directory: str | os.PathLike[str], options: Mapping[str, Any]) -> None:
    """Write options to the file in a directory, which is made if missing; those that are ``None`` are left out.

    Parameters
    ----------
    directory : path
    options : mapping of str to str, bool, int, float or list of them
    """
    Path(directory).mkdir(parents=True, exist_ok=True)
    lines = [f"{name} = {_toml(given)}\n" for name, given in options.items() if given is not None]
    write_text(Path(directory, SETTINGS), "".join(lines))


def _toml(given: Any) -> str:
    """A value as TOML has it; the name of a file that is no UTF-8 as ``{bytes = "..."}``, each byte a character."""
    try:
        text = json.dumps(given, ensure_ascii=False)
        text.encode()
    except UnicodeEncodeError:
        text = f"{{bytes = {json.dumps(os.fsencode(given).decode('latin-1'))}}}"
    return text.replace("\x7f", "\\u007f")


def read(directory: str | os.PathLike[str]) -> dict[str, Any]:
    """The options in the file in a directory.

    Parameters
    ----------
    directory : path

    Returns
    -------
    dict

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If it is no TOML.

    Examples
    --------
    >>> import tempfile
    >>> from microae.commands import configuration
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     configuration.write(directory, {"data": "digits", "lr": 0.5, "layers": [64, 8, 64], "array": None})
    ...     configuration.read(directory)
    {'data': 'digits', 'lr': 0.5, 'layers': [64, 8, 64]}
    """
    path = Path(directory, SETTINGS)
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file; microae train writes it")
    try:
        return parsed(path)
    except ValueError as error:
        raise ValueError(f"no settings as microae train writes them: {error}") from error


def parsed(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What a TOML file says; raises as :func:`read`."""
    import tomllib

    path = existing(path)
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: _given(value) for name, value in said.items()}
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        raise ValueError(f"{path}: not a TOML file; {error}") from error


def _given(value: Any) -> Any:
    """What :func:`_toml` has written."""
    if isinstance(value, dict) and list(value) == ["bytes"] and isinstance(value["bytes"], str):
        return os.fsdecode(value["bytes"].encode("latin-1"))
    return value


# --- a file among the arguments ----------------------------------------------------------------------------------


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--config`` to a parser; what the file says is put before the arguments by :func:`given`."""
    parser.add_argument(
        "--config",
        dest="configuration",
        default="",
        metavar="FILE.toml",
        help="options of this command from a file, such as json = true; those of the command line go before them",
    )


def given(parser: argparse.ArgumentParser, arguments: list[str]) -> tuple[str, list[str]]:
    """The file that arguments name by ``--config``, and what it says, as arguments.

    So its values are read and judged as those of the command line are.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        One without the option of :func:`add_option` takes no file.
    arguments : list of str

    Returns
    -------
    file : str
        "" for none.
    arguments : list of str

    Raises
    ------
    OSError, ValueError
        If the file cannot be read, is no TOML, or names an option that there is not.
    """
    if parser.get_default("configuration") is None:
        return "", []
    only = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    only.add_argument("--config", default="")
    try:
        file: str = only.parse_known_args(arguments)[0].config
    except argparse.ArgumentError:  # it has no value, as the whole parser will say
        return "", []
    if not file:
        return "", []
    known = options(parser)
    texts: list[str] = []
    for name, value in parsed(file).items():
        action = known.get("--" + name.replace("_", "-"))
        if action is None or name == "config":
            names = [option[2:].replace("-", "_") for option in known.keys() - {"--config"}]
            near = get_close_matches(name, sorted(names), 1)
            raise ValueError(
                f"{file}: {parser.prog} has no option {name!r}{f'; did you mean {near[0]!r}?' if near else ''}"
            )
        texts += _argument(action, value, f"{file}: {name}")
    return file, texts


def options(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """The options of a parser by their long names, such as "--seed"."""
    return {name: action for action in parser._actions for name in action.option_strings if name.startswith("--")}


def _argument(action: argparse.Action, value: Any, what: str) -> list[str]:
    """A value as it would be written on the command line."""
    option = action.option_strings[-1]
    if action.nargs == 0:
        if not isinstance(value, bool):
            raise ValueError(f"{what} must be true or false, got {value!r}")
        return [option] * value
    values = value if isinstance(value, list) else [value]
    if not values or any(isinstance(one, bool | dict | list) for one in values):
        raise ValueError(f"{what} must be a text or a number, got {value!r}")
    if action.nargs == "+":
        return [option, *map(str, values)]
    return [f"{option}={','.join(map(str, values))}"]
