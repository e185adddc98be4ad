"""A model as an ONNX file: the program that :func:`microae.compile` makes of it, in evaluation."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from microae.autoencoders.autoencoder import evaluating
from microae.compiler import CompileError, UnsupportedError, compile
from microae.core.arrays import Array, as_data
from microae.core.context import no_grad
from microae.data.files import replacing
from microae.export.graph import Graph
from microae.export.operators import OPERATORS, ROWS
from microae.extras import needed
from microae.nn.layers import Linear
from microae.nn.module import Module


def to_onnx(model: Module, path: str | os.PathLike[str], x: Any = None) -> None:
    """Write a model, in evaluation, as an ONNX file: its input is called "input", its output "output".

    Parameters
    ----------
    model : Module
        A function of one array: a network, an autoencoder, or a part of one, such as ``net.encoder``.
    path : path
        The file; an error leaves an old one as it was.
    x : array_like, optional
        An input like those that the model will be given. By default two samples for the first ``Linear`` of the model.
        The first of several axes is the batch, whose size is left free; if the model's program depends on it, the file
        takes as many samples as ``x`` has.

    Raises
    ------
    ModuleNotFoundError
        If the package onnx is not installed.
    UnsupportedError
        If the model uses a function that has no ONNX operator here; the message has its name and line.
    CompileError
        If no program says what the model does.
    ValueError
        If ``x`` is needed and not given.

    Notes
    -----
    The dtype is the model's. Where onnxruntime has no float64 kernel, as for the error function in GELU, that function
    alone is computed in float32. Checks of data are not part of the file.

    Examples
    --------
    >>> import pathlib, tempfile, microae as ma
    >>> net = ma.Autoencoder([3, 4, 3], seed=0)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "net.onnx")
    ...     ma.to_onnx(net, path)
    ...     path.stat().st_size > 300
    True
    """
    with needed("onnx", "an ONNX file", "'microae[onnx]'"):
        import onnx
    if not isinstance(model, Module):
        raise TypeError(f"to_onnx: needs a Module, got {type(model).__name__}")
    given = x is not None
    x = _of_its_dtype(model, as_data(x, "to_onnx: x")) if given else _example(model)
    graph = _graph(model, x)
    free = x.ndim > 1 and len(x) > 0 and _is_free(graph, model, x)
    if not free and not given:
        raise ValueError("to_onnx: what the model does depends on the batch size; give x, a batch of that size")
    written = graph.model(onnx)
    onnx.checker.check_model(written, full_check=True)
    with replacing(path) as temporary:
        temporary.write_bytes(written.SerializeToString())


def _example(model: Module) -> Array:
    layer = next((module for module in model.modules() if isinstance(module, Linear)), None)
    if layer is None:
        raise ValueError("to_onnx: the model has no Linear that says how wide its input is; give x, such an input")
    return np.zeros((2, layer.in_features), layer.weight.dtype)


def _of_its_dtype(model: Module, x: Array) -> Array:
    dtypes = {p.dtype for p in model.parameters()}
    return x.astype(dtypes.pop(), copy=False) if len(dtypes) == 1 and x.dtype.kind == "f" else x


def _graph(model: Module, x: Array) -> Graph:
    with evaluating(model), no_grad():
        entry = compile(lambda x: model(x), backend="numpy").trace(x)._entry()
        graph = Graph(entry.step.program, entry.values(()))
    for call in entry.step.program.calls:
        say = OPERATORS.get(call.function)
        if say is None or (call.opaque is not None and call.function not in ROWS):
            raise UnsupportedError(f"to_onnx: {call.line}: {call.function} has no ONNX operator here")
        try:
            graph.names[call] = say(graph, call)
        except UnsupportedError as error:
            raise UnsupportedError(f"to_onnx: {call.line}: {call.function} {error}") from None
    graph.give(entry.step.program.results)
    return graph


def _is_free(graph: Graph, model: Module, x: Array) -> bool:
    """Whether the graph for one sample more is the same but for the batch size."""
    try:
        return graph.frees_batch(_graph(model, np.concatenate([x, x[:1]])), len(x))
    except CompileError:
        return False
