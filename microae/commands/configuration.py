"""The options of a run as a TOML file beside what it writes, from which it goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from microae.data.files import write_text

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
    lines = [
        f"{name} = {json.dumps(given, ensure_ascii=False)}\n" for name, given in options.items() if given is not None
    ]
    write_text(Path(directory, SETTINGS), "".join(lines))


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
    import tomllib

    path = Path(directory, SETTINGS)
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file; microae train writes it")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        raise ValueError(f"{path}: no settings as microae train writes them ({error})") from error
