"""A progress bar in the terminal or the notebook, and how many epochs are trained between two looks at it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from microae.extras import needed


@contextmanager
def epochs_bar(epochs: int, shown: bool, done: int = 0) -> Iterator[Callable[[float, float | None, int], None]]:
    """A function that shows the loss, the learning rate and how many epochs more are done, or does nothing.

    Parameters
    ----------
    epochs : int
        How many there will be.
    shown : bool
        Whether to show a bar at all.
    done : int
        How many of them are done already.

    Yields
    ------
    callable
        ``show(loss, rate, epochs)``; the rate may be None.

    Raises
    ------
    ImportError
        If the bar is to be shown and tqdm is not installed.
    """
    if not shown:
        yield lambda loss, rate, epochs: None
        return
    with needed("tqdm", "a progress bar", "tqdm, or train with progress=False"):
        from tqdm import tqdm  # type: ignore[import-untyped]
    # With a delay nothing is written yet.
    bar = tqdm(total=epochs, initial=done, unit="epoch", desc="training", disable=not _can_be_told(), delay=1e-9)
    bar.delay = 0
    with _unless_full(bar):
        bar.refresh()

    def show(loss: float, rate: float | None, epochs: int) -> None:
        with _unless_full(bar):
            bar.set_postfix_str(f"loss={loss:.4g}" + ("" if rate is None else f", lr={rate:.3g}"), refresh=False)
            bar.update(epochs)

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


BLOCK = 0.2
"""Seconds of work that may pass before the next look at an interruption, and at the bar."""


def blocks(epochs: int, most: Callable[[], int]) -> Iterator[int]:
    """How many epochs to train next, until all are done: more and more, as long as they take little time.

    Parameters
    ----------
    epochs : int
        All of them.
    most : callable
        ``most()`` says how many may come next.

    Yields
    ------
    int
    """
    size = 1
    while epochs:
        block, start = min(size, epochs, most()), time.perf_counter()
        yield block
        epochs -= block
        room = BLOCK / 4 / max(time.perf_counter() - start, 1e-6)
        size = block * max(1, min(int(room), 64))
