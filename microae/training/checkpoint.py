"""Saving a trained model to a file, and loading it.

The file is in the safetensors format: every parameter under its path, such as ``encoder.0.weight``. The configuration
of a model of the family is kept in the metadata, so that the file alone is enough to rebuild it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from microae.autoencoders.configuration import build, configuration, require_shapes
from microae.core.arrays import Array
from microae.data.files import replacing
from microae.extras import needed
from microae.nn.module import Module

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1


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
    import json
    from pathlib import Path

    path = Path(path)
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} is there already; pass overwrite=True to replace it")
    state = {name: np.asarray(array, order="C") for name, array in model.state_dict().items()}
    # One entry only: safetensors writes several in an order that changes from run to run.
    metadata = {"microae": json.dumps({"format": FORMAT, "model": configuration(model)})}
    with needed("safetensors", "saving a model"):
        from safetensors.numpy import save as serialized

    with replacing(path) as temporary:
        temporary.write_bytes(serialized(state, metadata))  # save_file would make the file readable to its owner only


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
    path = _existing(path)
    metadata, state = read_safetensors(path)
    model = _rebuilt(metadata, state, path) if model is None else model
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
    path = _existing(path)
    metadata, state = read_safetensors(path)
    try:
        epochs = _parsed(metadata).get("epochs")
        if epochs is None:
            return [state]
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


def _existing(path: str | os.PathLike[str]) -> Path:
    from pathlib import Path

    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory, not a file")
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file")
    return path


def read_safetensors(path: Path) -> tuple[dict[str, str], dict[str, Array]]:
    """The metadata and the arrays of a safetensors file; ``ValueError`` if it is not a complete one."""
    with needed("safetensors", "loading a model"):
        from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            unknown = sorted({str(a.dtype) for a in arrays.values() if a.dtype.isbuiltin != 1})
            if unknown:  # other packages add their own kinds of numbers to NumPy's
                raise TypeError(", ".join(unknown))
            return file.metadata() or {}, arrays
    except SafetensorError as error:
        raise ValueError(f"{path}: not a complete safetensors file ({error})") from error
    except (TypeError, AttributeError) as error:
        raise ValueError(f"{path}: holds numbers that NumPy does not know ({error})") from error


def _rebuilt(metadata: dict[str, str], state: dict[str, Array], path: Path) -> Any:
    try:
        entry = _parsed(metadata)
        if entry and entry["format"] != FORMAT:
            raise ValueError(f"it has format {entry['format']!r}, this version reads {FORMAT!r}")
        said = entry.get("model", entry.get("autoencoder"))  # its name in the files of earlier versions
        if said is not None:
            require_shapes(said, state)
            return build(said)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise ValueError(f"{path}: the configuration in it cannot be used; {error}") from error
    if "epochs" in entry:
        raise ValueError(f"{path}: holds the parameters of several epochs, not a model; load_states(path) reads them")
    raise ValueError(
        f"{path}: holds parameters but no configuration of a model; "
        "build the model and pass it, as in load(path, model)"
    )


def _parsed(metadata: dict[str, str]) -> Any:
    """Our entry of the metadata."""
    import json

    try:
        return json.loads(metadata.get("microae", "{}"))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
