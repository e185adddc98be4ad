"""What an error says: which operation, which operands, what may have been meant, and where the user's line is."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import numpy as np

from microae.core.arrays import short

NOT_THE_USERS = tuple(
    directory + os.sep for directory in (os.path.dirname(os.path.dirname(__file__)), os.path.dirname(np.__file__))
)


def users_line() -> str:
    """``file:line in function`` of the innermost caller that is not part of this library, or of NumPy."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename.startswith(NOT_THE_USERS) and (caller := frame.f_back) is not None:
        frame = caller
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"


def nonfinite(data: Any) -> str:
    """How many NaNs an array has, or if none how many infinities."""
    nans, size = int(np.isnan(data).sum()), np.size(data)
    kind, count = ("a NaN", nans) if nans else ("an infinity", int(np.isinf(data).sum()))
    return f"{kind} ({count} of {size} elements)"


def described(inputs: Iterable[Any], arguments: Iterable[Any], parameters: dict[str, Any]) -> str:
    """Operands for a message: labels where there are any, shapes or values, and the parameters."""
    parts = []
    for value, data in zip(inputs, arguments, strict=True):
        name = f"{word(value)}: " if word(value) else ""
        what = f"shape {np.shape(data)}" if np.ndim(data) else f"{float(data):.6g}"
        parts.append(f"{name}{what}")
    parts += [f"{name}={short(given, 40)}" for name, given in parameters.items()]
    return ", ".join(parts)


def explained(
    error: Exception,
    operation: Any,
    inputs: Sequence[Any],
    arguments: Sequence[Any],
    parameters: dict[str, Any],
) -> Exception:
    """The same kind of error, saying which operation, which operands, and what may have been meant."""
    names = [word(value) for value in inputs]
    hint = operation.facts.hint(names, [np.shape(a) for a in arguments]) if operation.facts.hint is not None else ""
    operands = described(inputs, arguments, parameters)
    return same_kind(error, f"{operation.name}: {hint}{operation.name}({operands}): {error}")


class NoDerivativeError(np.linalg.LinAlgError):
    """A function has no derivative at this point, or its rule cannot tell it."""


_EXPLAINED = (ValueError, TypeError, IndexError, np.exceptions.AxisError, np.linalg.LinAlgError, FloatingPointError)


def same_kind(error: Exception, message: str) -> Exception:
    """An error with another message, of the same kind where that is one of the usual kinds."""
    return (type(error) if type(error) in _EXPLAINED else ValueError)(message)


def handle_rule_error(error: Exception, operation: Any, line: str = "") -> NoReturn:
    """Raise the error of a derivative rule again, saying whose rule it was, and where its node was made if known."""
    if isinstance(error, FloatingPointError) and line:
        raise FloatingPointError(f"in the derivative of {operation.name}, made at {line}: {error}") from None
    if isinstance(error, _EXPLAINED) and not isinstance(error, NoDerivativeError):
        raise same_kind(error, f"{operation.name}: its derivative rule failed: {error}") from error
    raise error


def word(value: Any) -> str:
    """How the user would write a Value: its label, or that of the Value it is the transpose of."""
    if value is None:
        return ""
    turned = value.operation is not None and value.operation.name == "transpose" and not value.parameters.get("axes")
    if turned and not value.label:
        original = word(value.inputs[0])
        return original and f"{original}.T"
    return value.label or ""
