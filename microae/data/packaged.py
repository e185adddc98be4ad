"""The data sets that come with the library, one function each."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from microae.data.registry import dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataset("digits", "the packaged 8 by 8 digits", features=64, title="{n} digits")
@cache
def digits() -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """The 8 × 8 handwritten digits of Alpaydin and Kaynak: images and labels, both read-only.

    Returns
    -------
    images : array (1797, 64) of float64
        From 0 (white) to 1 (black) in steps of 1/16, each image row by row.
    labels : array (1797,) of uint8
        The digit written, 0 to 9.

    Notes
    -----
    Source: E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository, doi:10.24432/C50P49, licensed under CC BY 4.0; the test part, 1,797 images by 13 writers.

    Examples
    --------
    >>> import microae as ma
    >>> images, labels = ma.data.digits()
    >>> images.shape, labels[:5].tolist()
    ((1797, 64), [0, 1, 2, 3, 4])
    """
    from importlib import resources

    packed = resources.files("microae.data").joinpath("datasets", "digits.npz").read_bytes()
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        images, labels = arrays["images"] / 16.0, arrays["labels"]
    images.flags.writeable = labels.flags.writeable = False
    return images, labels
