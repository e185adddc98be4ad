"""Text that a backend writes becomes functions; debuggers and tracebacks show its lines."""

from __future__ import annotations

import inspect
import itertools
import linecache
from collections.abc import Mapping
from typing import Any

_NAME = "<microae program"
_numbers = itertools.count(1)


def remark(run: Any) -> str:
    """A comment that says under which name the text of what runs is shown, if it has one."""
    file = getattr(getattr(inspect.unwrap(run), "__code__", None), "co_filename", "")
    if not file.startswith(_NAME):
        return "# What runs is made of this program without a text of its own.\n"
    return f"# What runs says the same with memory of its own; debuggers and tracebacks show its text as {file}\n"


def function(source: str, name: str, names: Mapping[str, Any]) -> Any:
    """The function ``name`` of a text, in which ``names`` are known."""
    file = f"{_NAME} {next(_numbers)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace = dict(names)
    exec(compile(source, file, "exec"), namespace)
    return namespace[name]
