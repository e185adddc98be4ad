"""Writing files atomically: on disk is the old file or the new one, never a partly written one; and locks on files."""

from __future__ import annotations

import os
import sys
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
        As :func:`check_writable_file`; or if the block cannot write, as on a full disk: the message names ``path``.

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
        with naming(path, temporary):
            yield temporary
            _to_disk(temporary, os.O_RDWR)  # else the name could stand there after a power failure, and no content
            if path.is_file():
                shutil.copymode(path, temporary)
            os.replace(temporary, path)
        with suppress(OSError):  # not every system opens directories
            _to_disk(path.parent, os.O_RDONLY)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def naming(path: str | os.PathLike[str], temporary: Path | None = None) -> Iterator[None]:
    """Run a block whose errors of the system name a file where they name none, or a temporary one.

    What the system says of a full disk names no file.

    Parameters
    ----------
    path : path
        The name.
    temporary : Path, optional

    Examples
    --------
    >>> import errno, os
    >>> from microae.data.files import naming
    >>> with naming("a.txt"):
    ...     raise OSError(errno.ENOSPC, "No space left on device")
    Traceback (most recent call last):
        ...
    OSError: [Errno 28] No space left on device: 'a.txt'
    """
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename in (None, str(temporary)):
            error.filename = os.fspath(path)
        raise


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


# --- locks -------------------------------------------------------------------------------------------------------


class HeldError(OSError):
    """Another process, or another place in this one, has a lock; ``holder`` says who."""

    def __init__(self, path: str, holder: str) -> None:
        super().__init__(f"{path}: {holder} has this lock")
        self.holder = holder


@contextmanager
def held(path: str | os.PathLike[str]) -> Iterator[None]:
    """Have a lock while a ``with`` block runs.

    The lock is the system's, on a file that is made for it and removed after it. It ends with the process, however that
    ends: a file that a killed one left holds nobody up. Where no such file can be made or locked, as in a directory
    that may only be read, the block runs without.

    Parameters
    ----------
    path : path
        The file.

    Raises
    ------
    HeldError
        If another has it.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from microae.data.files import HeldError, held
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "lock")
    ...     with held(path):
    ...         try:
    ...             with held(path):
    ...                 pass
    ...         except HeldError as error:
    ...             print(error.holder)
    ...     path.exists()
    process ...
    False
    """
    path = os.fspath(path)
    file = _locked(path)
    try:
        yield
    finally:
        if file is not None:
            with suppress(OSError):  # Windows removes no file that is open
                os.unlink(path)
            os.close(file)


def _locked(path: str) -> int | None:
    """The file, locked; None where there are no locks."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        return None
    try:
        _lock(file)
    except (BlockingIOError, PermissionError):
        holder = "another process"
        with suppress(OSError), os.fdopen(file) as known:  # Windows does not let it be read
            holder = f"process {known.read()}"
        raise HeldError(path, holder) from None
    except OSError:
        os.close(file)
        return None
    if not (os.path.exists(path) and os.path.samestat(os.fstat(file), os.stat(path))):
        os.close(file)  # its holder has just removed it
        return _locked(path)
    with suppress(OSError):
        os.ftruncate(file, 0)
        os.write(file, str(os.getpid()).encode())
    return file


def _lock(file: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
