"""What a traced array refuses: with the user's line, what was wrong, and what to write instead."""

from __future__ import annotations

import os
import sys
import sysconfig
from typing import Any

import numpy as np

from microae.core.arrays import UntraceableError
from microae.core.context import current
from microae.core.errors import NOT_THE_USERS, users_line
from microae.core.operation import Operation

_PACKAGES = tuple(
    {
        *(sysconfig.get_path(name) + os.sep for name in ("stdlib", "purelib", "platlib")),
        os.path.dirname(os.path.dirname(np.__file__)) + os.sep,
    }
)
"""Where other libraries are installed, whose lines nobody wants to read."""


def users_line_in_step() -> str:
    """``file:line in function`` of the step's innermost line that is of no library, or of no other than the step is."""
    frame: Any = sys._getframe(1)
    innermost = None
    while frame is not None and frame.f_code.co_name != "trace_step":
        file = frame.f_code.co_filename
        if not file.startswith(NOT_THE_USERS):
            innermost = innermost or frame
            if not file.startswith(_PACKAGES):
                innermost = frame
                break
        frame = frame.f_back
    if innermost is None:
        return users_line()
    return f"{innermost.f_code.co_filename}:{innermost.f_lineno} in {innermost.f_code.co_name}"


PLAIN = (
    "a plain array is made of a traced one, or indexed by it",
    "write ma.take(table, i, axis=0) for table[i], and use array functions on it as it is",
)
AFTERWARDS = "return the array from the step and ask there"
INSTEAD = {
    "fill": "write np.full_like(x, value)",
    "flat": "write x.ravel()",
    "partition": "write x = np.partition(x, k)",
    "put": "make a new one, as with np.where",
    "resize": "write x = np.resize(x, shape)",
    "sort": "write x = np.sort(x)",
    "view": "write x.astype(dtype), or x as it is",
}
"""What to write for what arrays have and traced ones do not."""
A_TEXT = ("a text is made of a traced array", "return it from the step and print it there")


def refused(what: str, fix: str) -> UntraceableError:
    refusal = UntraceableError(
        f"{users_line_in_step()}: {what}, so a program would keep the numbers of one step; {fix}"
    )
    trace = current().trace
    if trace is not None:
        trace.refusals.append((operations_call(), refusal))
    return refusal


def operations_call() -> int:
    """Which call of an operation runs; 0 if none does."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code is not Operation.__call__.__code__:
        frame = frame.f_back
    return id(frame) if frame is not None else 0
