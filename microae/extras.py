"""Packages that are imported only where they are used, and what is said when one is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def needed(package: str, what: str, install: str = "") -> Iterator[None]:
    """Import a package in this block; if it is not installed the error says in one line how to install it.

    Parameters
    ----------
    package : str
        What is imported, such as "tqdm".
    what : str
        What it is needed for, in the singular, such as "a progress bar".
    install : str
        What ``pip install`` takes, by default the package; and what else would help.

    Raises
    ------
    ModuleNotFoundError
        If the package is not there.

    Examples
    --------
    >>> from microae.extras import needed
    >>> with needed("abacus", "an exact sum", "abacus, or sum with math.fsum"):
    ...     import abacus
    Traceback (most recent call last):
        ...
    ModuleNotFoundError: an exact sum needs abacus: pip install abacus, or sum with math.fsum
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package:
            raise
        message = f"{what} needs {package}: pip install {install or package}"
        raise ModuleNotFoundError(message, name=package) from error
