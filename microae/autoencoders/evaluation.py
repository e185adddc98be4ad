"""How well an autoencoder reconstructs: errors, the worst samples, and PCA as the yardstick."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from microae.core.arrays import Array
from microae.data import as_table


def reconstruction_errors(x: Any, reconstruction: Any) -> NDArray[np.float64]:
    """The mean squared error of each sample.

    Parameters
    ----------
    x, reconstruction : array_like (N, features)

    Returns
    -------
    array (N,)

    Raises
    ------
    ValueError
        If the two are not tables of one shape.

    Examples
    --------
    >>> from microae.autoencoders.evaluation import reconstruction_errors
    >>> reconstruction_errors([[0.0, 1.0], [1.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]])
    array([0. , 0.5])
    """
    x, reconstruction = _checked_tables(x, reconstruction)
    errors: NDArray[np.float64] = np.square(x - reconstruction).mean(axis=1)
    return errors


def cross_entropies(x: Any, reconstruction: Any, margin: float = 1e-3) -> NDArray[np.float64]:
    """The mean binary cross-entropy of each sample; the reconstruction is first clipped to [margin, 1 - margin].

    PCA's reconstruction leaves [0, 1] and would have an infinite cross-entropy without the clipping.

    Parameters
    ----------
    x, reconstruction : array_like (N, features)
    margin : float

    Returns
    -------
    array (N,)

    Raises
    ------
    ValueError
        If the two are not tables of one shape.

    Examples
    --------
    >>> from microae.autoencoders.evaluation import cross_entropies
    >>> cross_entropies([[0.0, 1.0]], [[0.5, 0.5]])
    array([0.69314718])
    """
    y, reconstruction = _checked_tables(x, reconstruction)
    p = np.clip(reconstruction, margin, 1.0 - margin)
    errors: NDArray[np.float64] = (-y * np.log(p) - (1.0 - y) * np.log1p(-p)).mean(axis=1)
    return errors


def _checked_tables(x: Any, reconstruction: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, reconstruction = np.asarray(x, float), np.asarray(reconstruction, float)
    if x.ndim != 2 or x.shape != reconstruction.shape:
        raise ValueError(f"samples of shape {x.shape}, reconstructions of {reconstruction.shape}; both must be (N, n)")
    return x, reconstruction


def worst(errors: Any, n: int) -> NDArray[np.intp]:
    """The indices of the largest errors, the largest first; of equals the first first.

    These are the paper's anomalies: what a network that reconstructs the usual cannot reconstruct.

    Parameters
    ----------
    errors : array_like (N,)
    n : int
        How many indices; all if there are fewer.

    Returns
    -------
    array of int (n,)

    Examples
    --------
    >>> from microae.autoencoders.evaluation import worst
    >>> worst([0.1, 0.3, 0.2, 0.3], 3)
    array([1, 3, 2])
    """
    return np.argsort(-np.asarray(errors, float), kind="stable")[:n]


def pca_reconstruction(train: Any, test: Any, code_size: int) -> Array:
    """``test`` projected on the mean and the first principal components of ``train``: the best linear autoencoder.

    Parameters
    ----------
    train : array_like (N, features)
    test : array_like (M, features)
    code_size : int
        The number of components; no more are used than ``train`` has.

    Returns
    -------
    array (M, features)

    Notes
    -----
    No linear encoder and decoder have a smaller squared error on ``train`` (Eckart and Young 1936; for autoencoders
    Baldi and Hornik 1989).

    Examples
    --------
    >>> from microae.autoencoders.evaluation import pca_reconstruction
    >>> line = [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]
    >>> pca_reconstruction(line, [[3.0, 5.0]], code_size=1).round(6)
    array([[4., 4.]])
    """
    train, test = as_table(train, "train"), as_table(test, "test")
    if train.shape[1] != test.shape[1]:
        raise ValueError(f"pca: train has {train.shape[1]} features, test has {test.shape[1]}")
    if code_size < 0:
        raise ValueError(f"pca: code_size must not be negative, got {code_size}")
    mean = train.mean(axis=0)
    components = np.linalg.svd(train - mean, full_matrices=False)[2][:code_size]
    return mean + (test - mean) @ components.T @ components
