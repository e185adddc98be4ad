"""The registry of data sets: ``microae train --data NAME`` and ``microae draw --data NAME`` find them here."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from microae.core.arrays import Array
from microae.data.readers import load
from microae.data.tables import open_table


class Samples(NamedTuple):
    """Samples to learn from or to draw.

    Attributes
    ----------
    x : array (N, features)
        One sample a row.
    labels : sequence of length N, or None
        The class of each sample.
    title : str
        What the samples are called in a picture, such as "1,797 digits".

    Examples
    --------
    >>> from microae.data import read
    >>> x, labels, title = read("digits")
    >>> x.shape, int(labels[0]), title
    ((1797, 64), 0, '1,797 digits')
    """

    x: Array
    labels: Any
    title: str


@dataclass(frozen=True)
class DataSet:
    """A registered data set; made by the decorator :func:`dataset`.

    Attributes
    ----------
    name : str
        Such as "digits".
    description : str
        For the help of the command line, such as "the packaged 8 by 8 digits".
    features : int
        How many numbers a sample has; ``microae draw`` uses the first data set that fits a network.
    title : str
        What its samples are called in a picture, with ``{n}`` for their number.
    function : callable
        Takes nothing and returns samples (N, features) and labels (N,), or ``None`` for the labels.

    Examples
    --------
    >>> from microae.data import DATASETS
    >>> DATASETS["digits"].description, DATASETS["digits"].features
    ('the packaged 8 by 8 digits', 64)
    """

    name: str
    description: str
    features: int
    title: str
    function: Callable[[], tuple[Array, Any]]

    def samples(self) -> Samples:
        """The samples with their labels and title.

        Returns
        -------
        Samples
        """
        x, labels = self.function()
        return Samples(x, labels, self.title.format(n=f"{len(x):,}"))


DATASETS: dict[str, DataSet] = {}
"""Every registered data set by its name."""

Function = TypeVar("Function", bound=Callable[[], tuple[Any, Any]])


def dataset(
    name: str, description: str, *, features: int, title: str = "{n} samples"
) -> Callable[[Function], Function]:
    """Register a function as a data set.

    Parameters
    ----------
    name, description, features, title
        See :class:`DataSet`.

    Returns
    -------
    callable
        A decorator, which returns the function unchanged.

    Raises
    ------
    ValueError
        If the name is registered already.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.data import DATASETS, dataset, read
    >>> @dataset("corners", "the corners of a square", features=2, title="{n} corners")
    ... def corners():
    ...     return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), None
    >>> read("corners").title
    '4 corners'
    >>> del DATASETS["corners"]
    """
    if name in DATASETS:
        raise ValueError(f"a data set {name!r} is registered already: {DATASETS[name].description}")

    def register(function: Function) -> Function:
        DATASETS[name] = DataSet(name, description, features, title, function)
        return function

    return register


LARGE = 1 << 28
"""Bytes of a file from which on ``microae train`` and ``microae score`` do not read it into memory."""


def read(source: str, array: str | None = None, most: int | None = None) -> Samples:
    """Read a registered data set, or a file.

    Parameters
    ----------
    source : str
        A name of ``DATASETS``, or the path of a file for :func:`microae.data.load`.
    array : str, optional
        Which array of an ``.npz`` file.
    most : int, optional
        A file of more bytes is not read: ``x`` is its ``Table`` then.

    Returns
    -------
    Samples
        From a file without labels.

    Raises
    ------
    OSError, ValueError
        As :func:`microae.data.load`; also if ``array`` is given for a registered data set, which has only one.

    Examples
    --------
    >>> from microae import data
    >>> samples = data.read("digits")
    >>> samples.x.shape, samples.title
    ((1797, 64), '1,797 digits')
    """
    if source not in DATASETS:
        large = most is not None and os.path.isfile(source) and os.path.getsize(source) > most
        x = load(source, array) if array is not None or not large else open_table(source)
        return Samples(x, None, f"{len(x):,} samples of {os.path.basename(source)}")
    if array is not None:
        raise ValueError(f"--array chooses an array of an .npz file; {source} has only one")
    return DATASETS[source].samples()
