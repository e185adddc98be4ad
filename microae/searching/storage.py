"""Where a study is kept: in memory, in a SQLite or journal file, in a database, or on a Dask cluster's scheduler."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from microae.data.files import HeldError, held
from microae.data.writing import UnwrittenError
from microae.searching.space import optuna

NAME = "microae"
"""The name of the study in its storage, and of what it knows about the search that made it."""

JOURNALS = (".journal", ".log")
"""The suffixes of journal files; a path with another suffix is a SQLite file."""

PATIENCE = 60.0
"""Seconds that a process waits for another one that writes into the same SQLite file."""


def open_storage(place: str | os.PathLike[str] | None) -> Any:
    """optuna's storage at a place.

    Parameters
    ----------
    place : str, path or None
        A path: a journal file if it ends in ``.journal`` or ``.log``, else a SQLite file; the URL of a database; or
        None, for memory.

    Returns
    -------
    optuna.storages.BaseStorage

    Raises
    ------
    ValueError, OSError
        If there can be no study: the directory is missing or the file is something else.
    """
    if place is None:
        return optuna.storages.InMemoryStorage()
    text = os.fspath(place)
    if "://" in text and not text.startswith("sqlite:///"):
        return _opened(text, lambda: optuna.storages.RDBStorage(text))
    path = file_of(text)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: the directory {path.parent} does not exist")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory, not the file of a study")
    if path.suffix in JOURNALS:
        return _opened(path, lambda: _journal(path))
    options: dict[str, Any] = {"connect_args": {"timeout": PATIENCE}}
    return _opened(path, lambda: optuna.storages.RDBStorage(f"sqlite:///{path}", engine_kwargs=options))


def _journal(path: Path) -> Any:
    import json

    from optuna.storages.journal import JournalFileBackend

    if path.exists():
        with path.open(encoding="utf-8") as file:
            first = file.readline()
        if first.endswith("\n"):  # optuna itself bears a line that is not complete, at the end
            json.loads(first)  # of another file it would notice this when it has written into it
    return optuna.storages.JournalStorage(JournalFileBackend(str(path)))


def _without_a_torn_line(path: Path) -> None:
    """Cut off the line at the end of a journal that a full disk left incomplete: the next one would be joined to it."""
    text = path.read_bytes() if path.suffix in JOURNALS and path.is_file() else b""
    complete = text.rfind(b"\n") + 1
    if text.startswith(b'{"op_code"') and complete < len(text):
        os.truncate(path, complete)


def _opened(place: object, open_it: Callable[[], Any]) -> Any:
    try:
        return open_it()
    except Exception as error:  # SQLAlchemy has many, and only the first line of their words says something
        raise ValueError(f"{place}: no study can be kept there; {str(error).splitlines()[0]}") from error


def file_of(place: str | os.PathLike[str]) -> Path:
    """The file of a path or of a SQLite URL, absolute."""
    return Path(os.fspath(place).removeprefix("sqlite:///")).absolute()


@contextmanager
def alone(place: str | os.PathLike[str] | None) -> Iterator[None]:
    """Keep others from searching into the same file meanwhile; the lock ends with the process, however that ends.

    What a search that could not write to its end has left in a journal file is mended.

    Raises
    ------
    ValueError
        If another process holds it.
    """
    if place is None or ("://" in os.fspath(place) and not os.fspath(place).startswith("sqlite:///")):
        yield
        return
    path = file_of(place)
    try:
        with held(path.with_name(f".{path.name}.lock")):  # not where only a cluster's scheduler has the directory
            _without_a_torn_line(path)
            yield
    except HeldError as error:
        raise ValueError(
            f"{path}: another search, {error.holder}, is using this study; --workers makes one use several processes"
        ) from error


@contextmanager
def writing_into(place: str | os.PathLike[str] | None) -> Iterator[None]:
    """Raise ``UnwrittenError``, which names the place, if the study cannot be written there, as on a full disk."""
    try:
        yield
    except (OSError, optuna.exceptions.StorageInternalError) as error:
        cause = error.__cause__ or error
        if place is None or (isinstance(error, OSError) and (error.filename is not None or not error.errno)):
            raise
        said = str(getattr(cause, "strerror", None) or cause).partition("\n")[0]
        raise UnwrittenError(f"{place}: the study cannot be written; {said}") from error


def open_study(storage: Any, made_by: Mapping[str, Any], where: object) -> Any:
    """The study in a storage, made if there is none.

    Parameters
    ----------
    storage : optuna.storages.BaseStorage
    made_by : mapping of str to anything
        What the search depends on, as JSON has it; a study that is there must have been made by the same.
    where : str or path
        For the message.

    Returns
    -------
    optuna.Study
        Without sampler and pruner of its own.

    Raises
    ------
    ValueError
        If it was made by something else; the message says by what.
    """
    study = optuna.create_study(
        storage=storage, study_name=NAME, load_if_exists=True, sampler=optuna.samplers.RandomSampler()
    )
    before = study.user_attrs.get(NAME)
    if before is None:
        if study.get_trials(deepcopy=False):
            raise ValueError(f"{where}: the study {NAME!r} in it was not made by this search")
        study.set_user_attr(NAME, dict(made_by))
        return study
    for name, now in made_by.items():
        if before.get(name) != now:
            raise ValueError(
                f"{where}: the study there was made with another {name}: {before.get(name)!r}, now {now!r}; "
                "keep the new one elsewhere"
            )
    return study


@contextmanager
def quietly() -> Iterator[None]:
    """Without optuna's log lines, and its notes about what is experimental, in this block."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(level)
