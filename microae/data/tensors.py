"""Files of arrays with what else is to be known of them: safetensors, with an entry of ours among its metadata."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from microae.core.arrays import Array
from microae.data.files import replacing
from microae.data.readers import existing
from microae.extras import needed

FORMAT = 1
"""Of the entries that this version writes and reads."""


def write_tensors(
    path: str | os.PathLike[str],
    arrays: dict[str, Array],
    entry: dict[str, Any],
    what: str,
    default: Callable[[Any], Any] | None = None,
    overwrite: bool = True,
) -> None:
    """Write arrays and an entry to a safetensors file, whole or not at all; the same ones give the same bytes.

    Parameters
    ----------
    path : path
        Its directory must exist.
    arrays : dict of str to array
    entry : dict
        What JSON can say.
    what : str
        What is done, in messages, such as "saving a model".
    default : callable, optional
        As of ``json.dumps``, for what JSON cannot say.
    overwrite : bool
        Replace an existing file.

    Raises
    ------
    FileExistsError
        If the file exists and ``overwrite`` is false.
    FileNotFoundError, IsADirectoryError
        If the directory does not exist, or ``path`` is one.
    ValueError
        If something cannot be kept in such a file.

    Examples
    --------
    >>> import pathlib, tempfile, numpy as np
    >>> from microae.data.tensors import read_tensors, write_tensors
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "x.safetensors")
    ...     write_tensors(path, {"x": np.array([1.0, 2.0])}, {"unit": "cm"}, "saving lengths")
    ...     read_tensors(path, "loading lengths")
    ({'x': array([1., 2.])}, '{"format": 1, "unit": "cm"}')
    """
    import json

    if os.path.exists(path) and not overwrite:
        raise FileExistsError(f"{path} is there already; pass overwrite=True to replace it")
    with needed("safetensors", what):
        from safetensors import SafetensorError
        from safetensors.numpy import save

    try:
        # One entry only: safetensors writes several in an order that changes from run to run.
        metadata = {"microae": json.dumps({"format": FORMAT, **entry}, default=default)}
        content = save({name: np.asarray(array, order="C") for name, array in arrays.items()}, metadata)
    except (TypeError, KeyError, SafetensorError) as error:
        raise ValueError(f"{path}: {what}: this cannot be kept in a file ({error})") from error
    with replacing(path) as temporary:
        temporary.write_bytes(content)  # save_file would make the file readable to its owner only


def read_tensors(path: str | os.PathLike[str], what: str) -> tuple[dict[str, Array], str]:
    """The arrays of a safetensors file, and our entry among its metadata.

    Of a file that is shorter than its header says nothing is read, so no more memory is taken than the file is long.

    Parameters
    ----------
    path : path
    what : str
        What is done, in messages, such as "loading a model".

    Returns
    -------
    arrays : dict of str to array
    entry : str
        For :func:`parsed`; "{}" if there is none.

    Raises
    ------
    OSError
        If there is no such file (``FileNotFoundError``, ``IsADirectoryError``) or it cannot be read.
    ValueError
        If it is not a complete safetensors file, or holds numbers that NumPy does not know.
    """
    path = existing(path)
    with needed("safetensors", what):
        from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            unknown = sorted({str(a.dtype) for a in arrays.values() if a.dtype.isbuiltin != 1})
            if unknown:  # other packages add their own kinds of numbers to NumPy's
                raise TypeError(", ".join(unknown))
            return arrays, (file.metadata() or {}).get("microae", "{}")
    except SafetensorError as error:
        raise ValueError(f"{path}: not a complete safetensors file ({error})") from error
    except (TypeError, AttributeError) as error:
        raise ValueError(f"{path}: holds numbers that NumPy does not know ({error})") from error


def parsed(entry: str, object_hook: Callable[[dict[str, Any]], Any] | None = None) -> dict[str, Any]:
    """What an entry says.

    Parameters
    ----------
    entry : str
        Of :func:`read_tensors`.
    object_hook : callable, optional
        As of ``json.loads``.

    Returns
    -------
    dict
        Empty if there was no entry.

    Raises
    ------
    ValueError
        If it is no JSON, no object, or of another format.

    Examples
    --------
    >>> from microae.data.tensors import parsed
    >>> parsed('{"format": 1, "unit": "cm"}')
    {'format': 1, 'unit': 'cm'}
    >>> parsed('{"format": 2}')
    Traceback (most recent call last):
        ...
    ValueError: it has format 2, this version reads 1
    """
    import json

    try:
        said = json.loads(entry, object_hook=object_hook)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(said, dict):
        raise ValueError(f"needs an object, it is {str(said)[:80]}")
    if said and said.get("format") != FORMAT:
        raise ValueError(f"it has format {said.get('format')!r}, this version reads {FORMAT!r}")
    return said
