"""Native code is kept from run to run: by its content, in a directory that only its owner can write to."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from microae.compiler.backends import generated


def directory() -> Path | None:
    """Where compiled programs are kept: ``$MICROAE_CACHE``, or in the user's cache; None if others may write there."""
    given = os.environ.get("MICROAE_CACHE")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path = Path(given) if given else home / "microae" / "programs"
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = path.stat()
    except (OSError, RuntimeError):
        return None
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o022):
        return None
    return path if os.access(path, os.W_OK) else None


@contextmanager
def _side_by_side() -> Iterator[None]:
    """Numba as it compiles best here: what is written number by number becomes operations on several at once."""
    from numba.core import config as numba_config

    config: Any = numba_config
    before = config.SLP_VECTORIZE
    config.SLP_VECTORIZE = 1
    try:
        yield
    finally:
        config.SLP_VECTORIZE = before


def function(source: str, name: str) -> Any:
    """The function ``name`` of a text; the text stands in a file, beside which numba keeps what it compiled.

    What was kept and is broken is thrown away and made anew; where nothing can be kept, it is compiled all the same.
    """
    import llvmlite
    import numba
    import numpy as np

    mathematics = hashlib.sha256((Path(__file__).parent / "native_math.py").read_bytes()).hexdigest()[:16]
    versions = (
        f"# numba {numba.__version__} with SLP, llvmlite {llvmlite.__version__}, NumPy {np.__version__}, "
        f"Python {sys.version_info[:2]}, {mathematics}\n"
    )
    where = directory()
    if where is not None:
        text = f"{versions}CACHE = True\n{source}"
        path = where / f"microae_program_{hashlib.sha256(text.encode()).hexdigest()[:32]}.py"
        try:
            return getattr(_kept(path, text), name)
        except numba.core.errors.NumbaError:
            raise
        except Exception:  # a full disk, or what numba says of a file that another process is changing
            _throw_away(path)
    with _side_by_side():
        return generated.function(f"{versions}CACHE = False\n{source}", name, {})


def _kept(path: Path, text: str) -> types.ModuleType:
    """The module of a text, which stands in a file, and beside it numba's files and the sum of all."""
    if path.stem in sys.modules:
        return sys.modules[path.stem]
    whole = _is_whole(path, text)
    if not whole:
        _throw_away(path)
        path.write_bytes(text.encode())
    module = sys.modules[path.stem] = types.ModuleType(path.stem)  # numba asks for it by its name
    try:
        with _side_by_side():
            exec(compile(text, str(path), "exec"), vars(module))
    except BaseException:
        del sys.modules[path.stem]
        raise
    if not whole:
        with suppress(OSError):
            path.with_suffix(".sum").write_text(_sum(path))
    return module


def _is_whole(path: Path, text: str) -> bool:
    """Whether all files of a text are as they were written."""
    try:
        return path.read_bytes() == text.encode() and path.with_suffix(".sum").read_text() == _sum(path)
    except (OSError, ValueError):
        return False


def _files(path: Path) -> list[Path]:
    """What numba keeps of a program."""
    return sorted(path.parent.glob(f"__pycache__/{path.stem}.*"))


def _sum(path: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in _files(path))).hexdigest()


def _throw_away(path: Path) -> None:
    """Remove a program's text and what numba keeps of it."""
    for file in (path, path.with_suffix(".sum"), *_files(path)):
        with suppress(OSError):
            file.unlink()
