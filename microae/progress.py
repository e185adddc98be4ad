"""A progress bar in the terminal or the notebook, and how many epochs are trained between two looks at it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from microae.extras import needed

Show = Callable[[float, int, float | None], None]
"""``show(loss, updates, rate)``: the loss, how many updates are done in all, and the learning rate, if it is known."""

LOOKS = 0.1
"""Seconds that pass at least between two changes of a bar."""


@contextmanager
def training_bar(epochs: int, batches: int, shown: bool, done: int = 0) -> Iterator[Show]:
    """A function that shows the loss, how far a training is, and the time left, or does nothing.

    Parameters
    ----------
    epochs, batches : int
        How many epochs there will be, and how many updates are one.
    shown : bool
        Whether to show a bar at all: in a notebook, where ipywidgets are installed, as one of these.
    done : int
        How many updates are done already.

    Yields
    ------
    callable
        See :data:`Show`.

    Raises
    ------
    ImportError
        If the bar is to be shown and tqdm is not installed.
    """
    if not shown:
        yield lambda loss, updates, rate: None
        return
    tqdm, in_terminal = _tqdm()
    # With a delay nothing is written yet.
    delay = {"delay": 1e-9} if in_terminal else {}
    total = epochs * batches
    bar = tqdm(
        total=total,
        initial=done,
        unit="update",
        desc=_epoch(done, epochs, batches),
        disable=not _can_be_told(),
        **delay,
    )
    bar.delay, last = 0, 0.0
    with _unless_full(bar):
        bar.refresh()

    def show(loss: float, updates: int, rate: float | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < LOOKS and updates < total:
            return
        last = now
        with _unless_full(bar):
            bar.set_description_str(_epoch(updates, epochs, batches), refresh=False)
            bar.set_postfix_str(f"loss={loss:.4g}" + ("" if rate is None else f", lr={rate:.3g}"), refresh=False)
            bar.update(updates - bar.n)

    try:
        yield show
    finally:
        with _unless_full(bar):
            bar.close()


def _epoch(updates: int, epochs: int, batches: int) -> str:
    return f"training, epoch {min(epochs, updates // batches + 1)}/{epochs}"


def _tqdm() -> tuple[Any, bool]:
    """What makes a bar, and whether it is one of a terminal."""
    with needed("tqdm", "a progress bar", "tqdm, or train with progress=False"):
        from tqdm import tqdm  # type: ignore[import-untyped]
    if "ipykernel" not in sys.modules:  # a notebook has imported it
        return tqdm, True
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a notebook without ipywidgets: its bar is that of a terminal
        from tqdm.auto import tqdm as of_notebook  # type: ignore[import-untyped]
    return of_notebook, of_notebook.status_printer is tqdm.status_printer


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
