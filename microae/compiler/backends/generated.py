"""Text that a backend writes becomes functions; debuggers and tracebacks show its lines."""

from __future__ import annotations

import itertools
import linecache
from collections.abc import Mapping
from typing import Any

_numbers = itertools.count(1)


def function(source: str, name: str, names: Mapping[str, Any]) -> Any:
    """The function ``name`` of a text, in which ``names`` are known."""
    file = f"<microae program {next(_numbers)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace = dict(names)
    exec(compile(source, file, "exec"), namespace)
    return namespace[name]
