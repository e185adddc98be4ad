"""A progress bar in the terminal or the notebook, and how many epochs are trained between two looks at it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from microae.extras import needed


@contextmanager
def epochs_bar(epochs: int, shown: bool) -> Iterator[Callable[[float, int], None]]:
    """A function that shows the loss and how many epochs more are done, or does nothing.

    Parameters
    ----------
    epochs : int
        How many there will be.
    shown : bool
        Whether to show a bar at all.

    Yields
    ------
    callable
        ``show(loss, epochs)``.

    Raises
    ------
    ImportError
        If the bar is to be shown and tqdm is not installed.
    """
    if not shown:
        yield lambda loss, done: None
        return
    with needed("tqdm", "a progress bar", "tqdm, or train with progress=False"):
        from tqdm import tqdm  # type: ignore[import-untyped]
    # With a delay nothing is written yet.
    bar = tqdm(total=epochs, unit="epoch", desc="training", disable=not _can_be_told(), delay=1e-9)
    bar.delay = 0
    with _unless_full(bar):
        bar.refresh()

    def show(loss: float, done: int) -> None:
        with _unless_full(bar):
            bar.set_postfix_str(f"loss={loss:.4g}", refresh=False)
            bar.update(done)

    try:
        yield show
    finally:
        with _unless_full(bar):
            bar.close()


def _can_be_told() -> bool:
    """Whether there is a standard error; a program without a console has none."""
    try:
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        return False
    return True


@contextmanager
def _unless_full(bar: Any) -> Iterator[None]:
    """Give up a bar that cannot be written."""
    try:
        yield
    except OSError:  # a training does not end because nobody can be told how far it is
        bar.disable = True


@contextmanager
def trials_bar(trials: int, done: int, shown: bool) -> Iterator[Callable[[float | None], None]]:
    """A function that shows that one more trial of a search is done, or does nothing.

    Parameters
    ----------
    trials, done : int
        How many there will be, and how many there were before.
    shown : bool
        Whether to show a bar at all.

    Yields
    ------
    callable
        ``show(best)``, with the best score until now, or None if there is none.

    Raises
    ------
    ImportError
        If the bar is to be shown and tqdm is not installed.
    """
    if not shown:
        yield lambda best: None
        return
    with needed("tqdm", "a progress bar", "tqdm, or search with progress=False"):
        from tqdm import tqdm
    bar = tqdm(total=trials, initial=done, unit="trial", desc="search", disable=not _can_be_told(), delay=1e-9)
    bar.delay = 0

    def show(best: float | None) -> None:
        with _unless_full(bar):
            bar.set_postfix_str("" if best is None else f"best={best:.4g}", refresh=False)
            bar.update()

    try:
        yield show
    finally:
        with _unless_full(bar):
            bar.close()


BLOCK = 0.2
"""Seconds of work that may pass before the next look at an interruption, and at the bar."""


def blocks(epochs: int, most: int) -> Iterator[int]:
    """How many epochs to train next, until all are done: more and more, as long as they take little time.

    Parameters
    ----------
    epochs, most : int
        All of them, and how many at a time at most.

    Yields
    ------
    int
    """
    size = 1
    while epochs:
        block, start = min(size, epochs), time.perf_counter()
        yield block
        epochs -= block
        room = BLOCK / 4 / max(time.perf_counter() - start, 1e-6)
        size = min(size * max(1, min(int(room), 64)), most)
