"""Saving a trained model to a file, and loading it.

The file is in the safetensors format: every parameter under its path, such as ``encoder.0.weight``. The configuration
of a model of the family is kept in the metadata, so that the file alone is enough to rebuild it.
"""

from __future__ import annotations

import os
from typing import Any

from microae.autoencoders.configuration import build, configuration, require_shapes
from microae.core.arrays import Array
from microae.data.tensors import parsed, read_tensors, write_tensors
from microae.nn.module import Module


def save(model: Module, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a model's parameters, and the configuration of one of the family, to a safetensors file.

    An error leaves no partly written file. The state of random generators and optimisers is not saved.

    Parameters
    ----------
    model : Module
    path : path
        Usually ending in ``.safetensors``; its directory must exist.
    overwrite : bool
        Replace an existing file.

    Raises
    ------
    FileExistsError
        If the file exists and ``overwrite`` is false.
    FileNotFoundError, IsADirectoryError
        If the directory does not exist, or ``path`` is one.
    TypeError
        If ``model`` is no Module.

    Examples
    --------
    >>> import tempfile, pathlib, microae as ma
    >>> net = ma.Autoencoder([3, 2, 3], seed=0)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "net.safetensors")
    ...     ma.save(net, path)
    ...     loaded = ma.load(path)
    >>> bool((loaded.reconstruct([1, 0, 1]) == net.reconstruct([1, 0, 1])).all())
    True
    """
    if not isinstance(model, Module):
        raise TypeError(f"save: the model must be a Module, as ma.Autoencoder([3, 4, 3]), got {model!r}")
    write_tensors(path, model.state_dict(), {"model": configuration(model)}, "saving a model", overwrite=overwrite)


def load(path: str | os.PathLike[str], model: Module | None = None) -> Any:
    """Read a model from a safetensors file.

    Parameters
    ----------
    path : path
    model : Module, optional
        The model to fill with the parameters; any safetensors file whose names and shapes fit will do. May be left
        out if the file was saved from a model of the family made of the library's own parts.

    Returns
    -------
    Module
        ``model``, or a new one of the class that was saved, in training mode, as after its construction.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        If there is no such file.
    ValueError
        If the file is not a complete safetensors file, has no configuration of a model (and no ``model`` was given),
        or its arrays do not fit the model; ``model`` is unchanged then.

    Examples
    --------
    >>> import tempfile, pathlib, microae as ma
    >>> net = ma.Sequential(ma.Linear(3, 2, seed=0), ma.ReLU())
    >>> other = ma.Sequential(ma.Linear(3, 2, seed=1), ma.ReLU())
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "net.safetensors")
    ...     ma.save(net, path)
    ...     _ = ma.load(path, other)
    >>> bool((other[0].weight.data == net[0].weight.data).all())
    True
    """
    state, entry = read_tensors(path, "loading a model")
    model = _rebuilt(entry, state, path) if model is None else model
    try:
        model.load_state_dict(state)
    except (KeyError, ValueError, TypeError) as error:
        raise ValueError(f"{path}: does not fit the model; {error.args[0]}") from error
    return model


def load_states(path: str | os.PathLike[str]) -> list[dict[str, Array]]:
    """Read the parameters that a model had at several epochs, as ``Trajectory.save`` wrote them.

    Parameters
    ----------
    path : path
        A .safetensors file; one that :func:`save` wrote counts as a single epoch.

    Returns
    -------
    list of dict of str to array
        A ``state_dict`` for each epoch in the file, from the first to the last.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        If there is no such file.
    ValueError
        If it is not a complete safetensors file, or holds another number of entries than of epochs.

    Examples
    --------
    >>> import tempfile, pathlib, microae as ma
    >>> from microae.training.checkpoint import load_states
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "net.safetensors")
    ...     ma.save(ma.Autoencoder([3, 2, 3], seed=0), path)
    ...     states = load_states(path)
    >>> len(states), states[0]["encoder.0.weight"].shape
    (1, (3, 2))
    """
    state, entry = read_tensors(path, "loading a model")
    try:
        said = parsed(entry)
        if "epochs" not in said:
            return [state]
        epochs = said["epochs"]
        fits = (
            bool(epochs)
            and epochs == sorted({int(epoch) for epoch in epochs})
            and all(len(array) == len(epochs) for array in state.values())
        )
    except (ValueError, TypeError, AttributeError, OverflowError):
        fits = False
    if not fits:
        raise ValueError(f"{path}: is not as history.trajectory.save(path) writes it, one entry an epoch")
    return [{name: array[i] for name, array in state.items()} for i in range(len(epochs))]


def _rebuilt(entry: str, state: dict[str, Array], path: str | os.PathLike[str]) -> Any:
    try:
        known = parsed(entry)
        said = known.get("model", known.get("autoencoder"))  # its name in the files of earlier versions
        if said is not None:
            require_shapes(said, state)
            return build(said)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise ValueError(f"{path}: the configuration in it cannot be used; {error}") from error
    if "training" in known:
        raise ValueError(
            f"{path}: is a checkpoint of a training; microae.resume(directory, data) goes on with its model"
        )
    if "epochs" in known:
        raise ValueError(f"{path}: holds the parameters of several epochs, not a model; load_states(path) reads them")
    raise ValueError(
        f"{path}: holds parameters but no configuration of a model; "
        "build the model and pass it, as in load(path, model)"
    )
