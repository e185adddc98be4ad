"""What is said when a function cannot be compiled."""

from __future__ import annotations

from traceback import extract_tb

from microae.core.errors import NOT_THE_USERS


class CompileError(TypeError):
    """A function cannot be compiled: the message says which line, why, and what to write instead.

    Parameters
    ----------
    message : str

    Examples
    --------
    >>> import microae as ma
    >>> total = ma.compile(lambda x: float(x.sum()))
    >>> try:
    ...     total([1.0, 2.0])
    ... except ma.CompileError as error:
    ...     print("a Python number is made of a traced array" in str(error))
    True
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)


class NotYetError(CompileError):
    """A function has a program only after an ordinary step, which makes what the program will read."""


class UnmetError(BaseException):
    """What is traced is no step to be repeated: the data do not meet one of its conditions, or, as its text says, it
    makes what others only read. An ordinary step is taken instead, which says what is wrong, or makes it.

    Nobody's ``except Exception`` may take it for a failure of the step.
    """


def line_of(error: BaseException) -> str:
    """``file:line in function`` of the user's innermost line that an error comes from."""
    frames = extract_tb(error.__traceback__)
    frame = next((f for f in reversed(frames) if not f.filename.startswith(NOT_THE_USERS)), frames[-1])
    return f"{frame.filename}:{frame.lineno} in {frame.name}"
