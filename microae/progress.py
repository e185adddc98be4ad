"""A progress bar in the terminal or the notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
    with tqdm(total=epochs, unit="epoch", desc="training") as bar:

        def show(loss: float, done: int) -> None:
            bar.set_postfix_str(f"loss={loss:.4g}", refresh=False)
            bar.update(done)

        yield show
