"""Checkpoints of a training: files in a directory, written whole, of which the last two are kept."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from microae.arguments import count
from microae.core.arrays import Array
from microae.data.files import HeldError, held
from microae.data.tensors import parsed, read_tensors, write_tensors
from microae.training.run import Run
from microae.training.state import Arrays, Facts, packed

if TYPE_CHECKING:  # imported in the functions that need it, so that importing microae stays quick
    from pathlib import Path

KEPT = 2
"""How many checkpoints are kept."""

INTERVAL = 60.0
"""Seconds between two checkpoints, unless the number of updates between them is given."""

_NAME = re.compile(r"checkpoint-(\d{8})\.safetensors")
_UNFINISHED = re.compile(r"\.[0-9a-f]{8}\.checkpoint-\d{8}\.safetensors")
_LOCK = ".training"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Keeper:
    """Writes a checkpoint at the start, from time to time, when the process is told to end, and at the end.

    Parameters
    ----------
    directory : path
        Made if missing.
    every : int or None
        Updates between two checkpoints; by default a minute passes.
    """

    def __init__(self, directory: str | os.PathLike[str], every: int | None) -> None:
        from pathlib import Path

        self.directory = Path(directory)
        self.every = None if every is None else count("fit", "every", every)
        self._told: int | None = None
        self._handlers: dict[int, Any] = {}
        self._last = 0.0
        self._written: tuple[int, bool] | None = None

    def until(self, run: Run) -> int:
        """How many updates may pass until the next checkpoint."""
        return 1 << 62 if self.every is None else self.every - run.updates % self.every

    def look(self, run: Run) -> None:
        """Write a checkpoint if it is time, and end the training if the process was told to end."""
        if self._told is not None:
            self.write(run)
            told, self._told = self._told, None
            self.__exit__()
            _hand_on(told, None)
            self.__enter__()
        elif self.every is None:
            if time.monotonic() - self._last > INTERVAL:
                self.write(run)
        elif run.updates % self.every == 0:
            self.write(run)

    @contextmanager
    def first(self, run: Run) -> Iterator[None]:
        """Write a checkpoint at once, so that what cannot be written is known before an hour has passed.

        It is removed if the block fails before an update, as where a backend has no program for the step.
        """
        _discard(self.directory, _UNFINISHED)
        self.write(run)
        written, updates = checkpoints(self.directory)[-1], run.updates
        try:
            yield
        except Exception:
            if run.updates == updates:
                written.unlink(missing_ok=True)
            raise

    def write(self, run: Run) -> None:
        """Write a checkpoint, unless there is one of this state, and remove those before the last two."""
        now = run.updates, run.goal == run.history.epochs
        if self._written == now:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        files = checkpoints(self.directory)
        number = 1 + (_number(files[-1]) if files else 0)
        path = self.directory / f"checkpoint-{number:08}.safetensors"
        try:
            write(path, *packed(run))
        except OSError as error:
            kept = "; the one before it is kept, from which the training can go on" if files else ""
            raise OSError(f"{path}: this checkpoint cannot be written ({error.strerror or error}){kept}") from error
        for old in files[: 1 - KEPT]:
            old.unlink(missing_ok=True)
        self._written, self._last = now, time.monotonic()

    def __enter__(self) -> Keeper:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._handlers[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        while self._handlers:
            signal.signal(*self._handlers.popitem())

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._told is not None:  # told twice: at once, without a checkpoint
            self.__exit__()
            _hand_on(number, frame)
        self._told = number


def _hand_on(number: int, frame: FrameType | None) -> None:
    """Do with a signal what is done with it outside of a training: for Ctrl-C, raise ``KeyboardInterrupt``."""
    handler = signal.getsignal(number)
    if callable(handler):
        handler(number, frame)
    else:
        signal.raise_signal(number)


def checkpoints(directory: str | os.PathLike[str]) -> list[Path]:
    """The checkpoints in a directory, the oldest first."""
    from pathlib import Path

    paths = Path(directory).glob("checkpoint-*.safetensors")
    return sorted(path for path in paths if _NAME.fullmatch(path.name))


def discard(directory: str | os.PathLike[str]) -> None:
    """Remove the checkpoints in a directory, and what a killed process left unfinished.

    Raises
    ------
    BlockingIOError
        If a training is under way there.
    """
    if os.path.isdir(directory):
        with alone(directory):
            _discard(directory, _NAME)
            _discard(directory, _UNFINISHED)


def _discard(directory: str | os.PathLike[str], name: re.Pattern[str]) -> None:
    from pathlib import Path

    for path in Path(directory).iterdir():
        if name.fullmatch(path.name):
            path.unlink(missing_ok=True)


def _number(path: Path) -> int:
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match else 0


@contextmanager
def alone(directory: str | os.PathLike[str]) -> Iterator[None]:
    """Run a block while no other training has the directory.

    Parameters
    ----------
    directory : path

    Raises
    ------
    BlockingIOError
        If another training, of this process or another, has it; one that was killed has it no longer.
    """
    try:
        with held(os.path.join(directory, _LOCK)):
            yield
    except HeldError as error:
        raise BlockingIOError(
            f"{os.fspath(directory)}: {error.holder} is training there; wait for its end, or take another directory"
        ) from None


# --- the file ----------------------------------------------------------------------------------------------------


def write(path: Path, arrays: Arrays, facts: Facts) -> None:
    """Write a state to a safetensors file, whole or not at all.

    Parameters
    ----------
    path : Path
    arrays, facts : dict
        Of :func:`microae.training.state.packed`.

    Raises
    ------
    ValueError
        If something in it cannot be written.
    """
    by_columns = sorted(name for name, array in arrays.items() if _is_by_columns(array))
    straight = {name: array.T if name in by_columns else array for name, array in arrays.items()}
    facts = facts | {"by_columns": by_columns}
    sums = {"crc32": _crc32(straight)}
    with suppress(TypeError):  # of what cannot be written, as is said below
        sums["crc32_of_words"] = _crc32_of_words(facts)
    write_tensors(path, straight, {"training": facts | sums}, "a checkpoint of this training", _said)


def read(directory: str | os.PathLike[str]) -> tuple[Arrays, Facts]:
    """The state in the last good checkpoint of a directory.

    Parameters
    ----------
    directory : path

    Returns
    -------
    arrays, facts : dict

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If none can be read.
    """
    damaged = []
    for path in reversed(checkpoints(directory)):
        try:
            return _read(path)
        except ValueError as error:
            damaged.append(str(error))
    if not damaged:
        raise FileNotFoundError(f"{directory}: there is no checkpoint; fit(..., checkpoint=directory) writes them")
    raise ValueError(
        f"{directory}: no checkpoint in it can be read, so the training has to begin anew, in another directory or "
        f"after they are removed; {'; '.join(damaged)}"
    )


def _read(path: Path) -> tuple[Arrays, Facts]:
    arrays, entry = read_tensors(path, "a checkpoint")
    try:
        facts = parsed(entry, _array)["training"]
        numbers, words = facts.pop("crc32", None), facts.pop("crc32_of_words", None)
        if numbers not in (None, _crc32(arrays)):  # None: written before there was one
            raise ValueError("its numbers are not those that were written")
        if words not in (None, _crc32_of_words(facts)):
            raise ValueError("its settings are not those that were written")
        for name in facts["by_columns"]:
            arrays[name] = arrays[name].T
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{path}: is not a checkpoint of a training ({error})") from error
    return arrays, facts


def _crc32(arrays: Arrays) -> int:
    """A sum that another number in any of the arrays changes."""
    total = 0
    for name in sorted(arrays):
        total = zlib.crc32(np.asarray(arrays[name]).tobytes(), total)
    return total


def _crc32_of_words(facts: Facts) -> int:
    """The same of what is no array."""
    import json

    return zlib.crc32(json.dumps(facts, default=_said, sort_keys=True).encode())


def _is_by_columns(array: Array) -> bool:
    return bool(np.ndim(array)) and array.flags.f_contiguous and not array.flags.c_contiguous


def _said(thing: Any) -> Any:
    """Arrays, in the states of generators, and NumPy's numbers, as JSON has them."""
    if isinstance(thing, np.ndarray):
        return {"array": thing.tolist(), "dtype": str(thing.dtype)}
    if isinstance(thing, np.generic):
        return thing.item()
    raise TypeError(f"{thing!r} is no number and no word")


def _array(thing: dict[str, Any]) -> Any:
    if set(thing) != {"array", "dtype"}:
        return thing
    dtype = np.dtype(thing["dtype"])
    if dtype.kind not in "biuf":  # words could be as long as the file wants
        raise ValueError(f"an array of {str(dtype)[:80]}")
    return np.array(thing["array"], dtype)
