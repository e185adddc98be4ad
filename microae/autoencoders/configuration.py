"""What it takes to build a model of the family anew, as JSON has it: its class and the arguments of its constructor.

Each class says its own arguments in ``configuration()``; here they are put together, checked and used.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from microae.autoencoders.autoencoder import Autoencoder
from microae.autoencoders.classifier import Classifier
from microae.autoencoders.contractive import ContractiveAutoencoder
from microae.autoencoders.denoising import DenoisingAutoencoder
from microae.autoencoders.sparse import SparseAutoencoder
from microae.autoencoders.variational import VariationalAutoencoder
from microae.core.arrays import Array
from microae.nn.activations import ACTIVATIONS, Activation
from microae.nn.layers import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from microae.nn.module import Module

FAMILY: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        Autoencoder,
        DenoisingAutoencoder,
        SparseAutoencoder,
        ContractiveAutoencoder,
        VariationalAutoencoder,
        Classifier,
    )
}
"""The classes that can be built from a configuration, by their names."""

_NOISES: dict[str, type[Any]] = {kind.__name__: kind for kind in (GaussianNoise, MaskingNoise, SaltAndPepperNoise)}


def configuration(model: Module) -> dict[str, Any] | None:
    """What :func:`build` needs to build the same network.

    Parameters
    ----------
    model : Module

    Returns
    -------
    dict or None
        Of what JSON can say; ``None`` for a model of another class, or with parts of one's own.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.autoencoders.configuration import build, configuration
    >>> said = configuration(ma.ContractiveAutoencoder([4, 2, 4], weight=0.5))
    >>> said["kind"], said["layers"], said["weight"]
    ('ContractiveAutoencoder', [4, 2, 4], 0.5)
    >>> build(said).weight
    0.5
    """
    import json

    kind = type(model).__name__
    if type(model) is not FAMILY.get(kind):
        return None
    of_family: Any = model
    try:
        said = json.loads(json.dumps({"kind": kind, **_named(of_family.configuration())}))
        rebuilt = build(said)
        same = _named(rebuilt.configuration()) == _named(of_family.configuration()) and repr(rebuilt) == repr(model)
    except (TypeError, ValueError, KeyError):
        return None
    return said if same else None


def build(configuration: dict[str, Any]) -> Any:
    """A new model, with weights of its own.

    Parameters
    ----------
    configuration : dict
        As :func:`configuration` returns it; without "kind" it is that of an :class:`Autoencoder`.

    Returns
    -------
    Module

    Raises
    ------
    ValueError, TypeError, KeyError, IndexError, AttributeError
        If it is none.
    """
    arguments = dict(configuration)
    kind = FAMILY[arguments.pop("kind", "Autoencoder")]
    for name in {"activation", "output"} & set(arguments):
        arguments[name] = _activation(*arguments[name])
    if arguments.get("noise") is not None:
        noise, amount = arguments["noise"]
        arguments["noise"] = _NOISES[noise](amount)
    elif "noise" in arguments:
        arguments["noise"] = 0.0
    return kind(**arguments)


def require_shapes(configuration: dict[str, Any], state: dict[str, Array]) -> None:
    """Refuse what would make a network of another size than that of some arrays, before it is made.

    Parameters
    ----------
    configuration : dict
        As :func:`configuration` returns it.
    state : dict of str to array
        The parameters.

    Raises
    ------
    ValueError
        If a layer has no weight among them, straight or transposed.
    """
    layers, shapes = configuration["layers"], {array.shape for array in state.values()}
    needed = [(n, m) for n, m in pairwise(layers)]
    if len(layers) > len(state) + 1 or any(pair not in shapes and pair[::-1] not in shapes for pair in needed):
        raise ValueError(f"layers {str(layers)[:80]} need arrays of other shapes than those in it")


def _named(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments with modules by their names and options."""
    return {name: _said(value) if isinstance(value, Module) else value for name, value in arguments.items()}


def _said(part: Module) -> list[Any]:
    kinds, setting = (ACTIVATIONS, "options") if isinstance(part, Activation) else (_NOISES, "amount")
    for name, kind in kinds.items():
        if kind is type(part):
            return [name, getattr(part, setting)]
    raise ValueError(f"{part!r} is a part of one's own")


def _activation(name: str, options: dict[str, Any]) -> Activation:
    activation = ACTIVATIONS[name](**options)
    activation(np.zeros((1, 2)))  # an option that is not known is noticed only when it is used
    return activation
