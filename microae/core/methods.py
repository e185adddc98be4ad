"""``Methods``: the functions that Values have as methods too, ``v.sin()`` for ``ma.sin(v)``.

Each is attached where its row is declared. So that type checkers and editors know them, ``methods.pyi`` lists them with
their signatures; ``python -m tests.stubs`` writes it anew, and a test compares.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Methods:
    """The base of :class:`microae.Value` that carries them."""

    __slots__ = ()


def attach(name: str, function: Callable[..., Any]) -> None:
    """Give Values a method that calls ``function``, microae's or NumPy's, with the Value first."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    method.__name__ = name
    method.__doc__ = f"``{(function.__module__ or 'microae').partition('.')[0]}.{name}`` of this Value."
    method.__wrapped__ = function  # type: ignore[attr-defined]  # whose signature it has
    setattr(Methods, name, method)


def detach(name: str) -> None:
    """Take a method away again, if there is one of that name."""
    if name in vars(Methods):
        delattr(Methods, name)
