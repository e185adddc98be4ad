"""One planted fault: where it stands, what is written there instead, and which tests should notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A piece of source text and what replaces it.

    Attributes
    ----------
    file : str
        Path in the repository, such as ``"microae/nn/losses.py"``.
    old, new : str
        ``old`` stands in the file exactly once.
    tests : str
        What pytest is given to notice the fault: paths or node ids, separated by spaces.
    equivalent : str
        Why no test can notice it, if none can: the fault changes nothing that a user could see.
    """

    file: str
    old: str
    new: str
    tests: str
    equivalent: str = ""
