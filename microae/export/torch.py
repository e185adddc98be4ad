"""A model as PyTorch's modules: which they are, and the numbers they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from microae.autoencoders import Autoencoder
from microae.compiler import UnsupportedError
from microae.core.arrays import Array
from microae.extras import needed
from microae.nn.activations import Activation, Identity
from microae.nn.layers import Dropout, GaussianNoise, Linear, MaskingNoise
from microae.nn.module import Module, Sequential

_ACTIVATIONS = {
    **{name: name for name in ("Tanh", "ReLU", "LeakyReLU", "ELU", "SELU", "Sigmoid", "SiLU", "Softplus", "GELU")},
    **{name: name for name in ("Softmax", "LogSoftmax")},
    "HardTanh": "Hardtanh",
}
_OPTIONS = {"axis": "dim"}
_MORE: dict[str, dict[str, Any]] = {"Softplus": {"threshold": 40.0}}
"""PyTorch's softplus is x itself from 20 on, which is seen in float64."""


def to_torch(model: Module) -> Any:
    """The equal ``torch.nn.Sequential``, with copies of the parameters; PyTorch is needed for it.

    Parameters
    ----------
    model : Sequential, Autoencoder, or a layer or activation of ``microae.nn``
        An autoencoder becomes a Sequential of its encoder and decoder.

    Returns
    -------
    torch.nn.Module
        Of the same dtype and mode, training or evaluation. The names in its ``state_dict()`` are those in the model's;
        a weight is transposed, for PyTorch keeps it out × in. Noise modules, which corrupt inputs in training, become
        Identity, and an autoencoder's noise is left out.

    Raises
    ------
    ModuleNotFoundError
        If PyTorch is not installed.
    UnsupportedError
        For a module that PyTorch has not; the message has its name.

    Examples
    --------
    >>> import microae as ma
    >>> net = ma.Sequential(ma.Linear(3, 2, seed=0), ma.Tanh())
    >>> list(net.state_dict())
    ['0.weight', '0.bias']
    >>> def outputs(x):  # where PyTorch is installed, those of net
    ...     import torch
    ...     return ma.to_torch(net)(torch.tensor(x)).detach().numpy()
    """
    planned = plan(model)
    with needed("torch", "a PyTorch module"):
        import torch
    built = _built(torch, planned).train(model.training)
    built.load_state_dict({name: torch.tensor(array) for name, array in state(model).items()})
    return built


Plan = tuple[str, dict[str, Any]]


def plan(model: Module) -> Plan:
    """The name of the class in ``torch.nn``, and its options; of a Sequential the plans of its parts by their names.

    Raises
    ------
    UnsupportedError
        For a module that PyTorch has not.
    """
    kind = type(model).__name__
    if _does_as(model, Sequential):
        return "Sequential", {name: plan(part) for name, part in model.named_children()}
    if isinstance(model, Autoencoder) and _does_as(model, Autoencoder):
        return "Sequential", {"encoder": plan(model.encoder), "decoder": plan(model.decoder)}
    if isinstance(model, Linear) and _does_as(model, Linear):
        sizes = {"in_features": model.in_features, "out_features": model.out_features}
        return "Linear", sizes | {"bias": model.bias is not None, "dtype": model.weight.dtype.name}
    if isinstance(model, Dropout) and _does_as(model, Dropout):
        return "Dropout", {"p": model.amount}
    if isinstance(model, (Identity, GaussianNoise, MaskingNoise)):
        return "Identity", {}
    if isinstance(model, Activation) and kind in _ACTIVATIONS and _does_as(model, Activation):
        options = {_OPTIONS.get(name, name): given for name, given in model.options.items()}
        return _ACTIVATIONS[kind], options | _MORE.get(kind, {})
    raise UnsupportedError(f"to_torch: {kind} has no equal in torch.nn")


def _does_as(model: Module, kind: type[Module]) -> bool:
    """Whether a module computes what a class of the library does, and not something of its own."""
    return isinstance(model, kind) and type(model).forward is kind.forward and type(model).__call__ is Module.__call__


def state(model: Module) -> dict[str, Array]:
    """The parameters as PyTorch's ``state_dict`` has them: weights of linear layers are out × in."""
    return {
        name: np.ascontiguousarray(p.numpy().T) if isinstance(layer, Linear) else p.numpy()
        for path, layer in _layers(model, "")
        for name, p in ((f"{path}{name}", p) for name, p in layer.named_parameters())
    }


def _layers(model: Module, path: str) -> Iterator[tuple[str, Module]]:
    """All layers with their paths; one in several places comes as often, as PyTorch has it."""
    children = list(model.named_children())
    if isinstance(model, Linear) or not children:
        yield path, model
    for name, child in children:
        yield from _layers(child, f"{path}{name}.")


def _built(torch: Any, planned: Plan) -> Any:
    kind, given = planned
    if kind == "Sequential":
        built = torch.nn.Sequential()
        for name, part in given.items():
            built.add_module(name, _built(torch, part))
        return built
    dtype = {"dtype": getattr(torch, given["dtype"])} if "dtype" in given else {}
    return getattr(torch.nn, kind)(**given | dtype)
