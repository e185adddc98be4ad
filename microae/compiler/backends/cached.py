"""Native code is kept from run to run: by its content, in a directory that only its owner can write to."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
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
    """The function ``name`` of a text; the text stands in a file, beside which numba keeps what it compiled."""
    import numba
    import numpy as np

    mathematics = hashlib.sha256((Path(__file__).parent / "native_math.py").read_bytes()).hexdigest()[:16]
    versions = (
        f"# numba {numba.__version__} with SLP, NumPy {np.__version__}, Python {sys.version_info[:2]}, {mathematics}\n"
    )
    where = directory()
    text = versions + f"CACHE = {where is not None}\n" + source
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    if where is None:
        with _side_by_side():
            return generated.function(text, name, {})
    path = where / f"microae_program_{digest}.py"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    if path.stem in sys.modules:
        return getattr(sys.modules[path.stem], name)
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[path.stem] = module_from_spec(spec)  # numba asks for it by its name
    with _side_by_side():
        spec.loader.exec_module(module)
    return getattr(module, name)
