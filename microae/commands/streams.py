"""The process around a command: streams that are closed or full, and the signal to end, make no traceback."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import Any


class OutputError(Exception):
    """Raised where the standard output cannot be written.

    Attributes
    ----------
    closed : bool
        Whether its reader, such as ``head``, has closed the pipe.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(f"cannot write to the standard output: {getattr(error, 'strerror', None) or error}")
        self.closed = isinstance(error, BrokenPipeError)


class Terminated(BaseException):
    """Raised when the process is told to end, so that what was begun is taken back."""


@contextmanager
def writing() -> Iterator[None]:
    """Raise :class:`OutputError` if what is printed in this block cannot be written; it is flushed at the end."""
    try:
        yield
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        _lead_nowhere(sys.stdout)
        raise OutputError(error) from error


@contextmanager
def usable() -> Iterator[None]:
    """Streams that can be written to without an error in this block, and SIGTERM as an exception in it.

    What cannot be written to the standard error is lost, for there is nowhere else to say so. The standard output is
    one that goes nowhere where there is none, and else as it is.
    """
    with ExitStack() as stack:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")  # a terminal without ✓ shows ? instead
        if sys.stdout is None:
            stack.enter_context(redirect_stdout(stack.enter_context(open(os.devnull, "w"))))
        if sys.stderr is None:
            stack.enter_context(redirect_stderr(stack.enter_context(open(os.devnull, "w"))))
        else:
            stack.enter_context(redirect_stderr(_Forgiving(sys.stderr)))
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, _terminate))
        yield


def _terminate(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would disturb the taking back
    raise Terminated


class _Forgiving:
    """A stream that loses, without an error, what cannot be written."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(ValueError):  # it was closed by someone
            try:
                self._stream.write(text)
            except OSError:
                _lead_nowhere(self._stream)
        return len(text)

    def flush(self) -> None:
        with suppress(ValueError):
            try:
                self._stream.flush()
            except OSError:
                _lead_nowhere(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _lead_nowhere(stream: Any) -> None:
    """Let what is left in a stream's buffer go nowhere, else Python tries once more to write it at its end."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
