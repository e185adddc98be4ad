"""What is in the way of pickle, and what to do: it takes functions by their names alone."""

from __future__ import annotations

import pickle
import sys
from types import FunctionType
from typing import Any

_COPIERS = ("copy", "cloudpickle", "loky", "dill")
"""Modules that take functions themselves, and ask objects as pickle does."""


def refuse_nameless(owner: str, /, **things: Any) -> None:
    """Refuse a lambda, or a function within another, where pickle asks the caller for its state.

    Parameters
    ----------
    owner : str
        Whose they are, for the message.
    **things
        By their names.

    Raises
    ------
    pickle.PicklingError
        With what to do.

    Examples
    --------
    >>> from microae.pickling import refuse_nameless
    >>> refuse_nameless("Net", activation=len)
    """
    asks = sys._getframe(2).f_globals.get("__name__", "")
    if not set(_COPIERS).isdisjoint(asks.split(".")):
        return
    for name, thing in things.items():
        if type(thing) is FunctionType and "<" in thing.__qualname__:
            raise pickle.PicklingError(
                f"{owner}: {name} is {thing.__qualname__}, and pickle takes functions by their names only: define it "
                "with def at the top of a module, or use cloudpickle, which takes these too"
            )
