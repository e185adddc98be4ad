"""The process around a command: standard streams that may be closed or full, and SIGTERM."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn


class Terminated(BaseException):
    """SIGTERM came: what is being written is cleaned up on the way out."""


@contextmanager
def terminable() -> Iterator[None]:
    """Turn SIGTERM into an exception, so that no partly written file is left."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def terminated(*_: Any) -> NoReturn:
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def streams() -> Iterator[bool]:
    """Have streams to write to, whatever the process was started with; yields whether the standard output is closed.

    Characters that a terminal does not know become ``?``. A stream that cannot be written any more is given up without
    a second error when Python ends.
    """
    closed = {name: getattr(sys, name) is None for name in ("stdout", "stderr")}
    for name, is_closed in closed.items():
        if is_closed:  # as by >&- in a shell; print would take the other stream then
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        elif hasattr(stream := getattr(sys, name), "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        yield closed["stdout"]
    finally:
        for name, is_closed in closed.items():
            if is_closed:
                getattr(sys, name).close()
                setattr(sys, name, None)
            else:
                _give_up(getattr(sys, name))


def _give_up(stream: Any) -> None:
    """Write what is left to nowhere, if it cannot be written to where it should."""
    try:
        stream.flush()
    except OSError:
        with suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except ValueError:
        pass  # somebody has closed it
