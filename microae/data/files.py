"""Writing files atomically: on disk is the old file or the new one, never a partly written one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path to write to in a ``with`` block; it replaces ``path`` if the block raises nothing.

    Parameters
    ----------
    path : path
        The file to make or to replace; its directory must exist. A file that is replaced keeps its permissions, and a
        link goes on leading to it.

    Yields
    ------
    Path
        In the same directory and with the same suffix; removed if the block raises.

    Raises
    ------
    OSError
        As :func:`check_writable_file`.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from microae.data.files import replacing
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "a.txt")
    ...     with replacing(path) as temporary:
    ...         _ = temporary.write_text("whole")
    ...     path.read_text()
    'whole'
    """
    from pathlib import Path

    path = Path(path)
    check_writable_file(path)
    import secrets
    import shutil

    path = path.resolve() if path.is_symlink() else path
    temporary = path.with_name(f".{secrets.token_hex(4)}.{path.name}")  # the same suffix, which chooses the format
    try:
        yield temporary
        _to_disk(temporary, os.O_RDWR)  # else the name could stand there after a power failure, and no content
        if path.is_file():
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
        with suppress(OSError):  # not every system opens directories
            _to_disk(path.parent, os.O_RDONLY)
    except OSError as error:
        if error.filename is not None and os.fsdecode(error.filename) == str(temporary):
            error.filename = str(path)  # a user knows nothing of the other
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _to_disk(path: Path, mode: int) -> None:
    """Wait until a file, or the names in a directory, are on the disk."""
    file = os.open(path, mode)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file in UTF-8 with ``\\n`` line ends; an error leaves the old file as it was.

    What UTF-8 cannot say, as half a pair of surrogates from a file name in another encoding, becomes a "?".

    Parameters
    ----------
    path : path
    text : str

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        As :func:`replacing`.
    """
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="replace", newline="\n")


def check_writable_file(path: str | os.PathLike[str]) -> None:
    """Raise if a file cannot be made or replaced at ``path``; nothing is made.

    Parameters
    ----------
    path : path

    Raises
    ------
    FileNotFoundError
        If the directory does not exist.
    IsADirectoryError
        If ``path`` is a directory.
    PermissionError
        If nothing can be written in its directory.
    OSError
        If ``path`` is something else that is no file, such as a device, which would be lost.
    """
    from pathlib import Path

    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: the directory {path.parent} does not exist")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory")
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is no file that can be replaced")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise PermissionError(f"{path}: no permission to write in {path.parent}")


def check_writable_directory(path: str | os.PathLike[str]) -> None:
    """Raise if a directory cannot be made or written at ``path``; nothing is made.

    Parameters
    ----------
    path : path
        A directory that exists, or one that is to be made later.

    Raises
    ------
    NotADirectoryError, PermissionError
        If it, or the directory that it would be made in, cannot be written.
    """
    from pathlib import Path

    path = Path(path)
    existing = next(directory for directory in (path, *path.absolute().parents) if directory.exists())
    if not existing.is_dir():
        raise NotADirectoryError(f"{existing} is a file, not a directory")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise PermissionError(f"no permission to write in {existing}")
