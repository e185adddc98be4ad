"""Networks that are a chain of affine maps and activations, which the network figure can show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from microae.autoencoders.autoencoder import Autoencoder
from microae.nn.activations import Activation
from microae.nn.layers import Linear, RandomModule
from microae.nn.module import Module, Sequential


class Layer(NamedTuple):
    """An affine map and the activation after it, if there is one."""

    linear: Linear
    activation: Activation | None


def layers_of(model: Module) -> list[Layer] | None:
    """The layers of an autoencoder or a ``Sequential``, in order; ``None`` if it is not a chain of different layers.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.drawing.chain import layers_of
    >>> [layer.activation for layer in layers_of(ma.Autoencoder([3, 4, 3]))]
    [LeakyReLU(negative_slope=0.01), Sigmoid()]
    """
    layers: list[Layer] = []
    for module in _in_order(model):
        if isinstance(module, Linear) and module.bias is not None:
            layers.append(Layer(module, None))
        elif isinstance(module, Activation) and layers and layers[-1].activation is None:
            layers[-1] = Layer(layers[-1].linear, module)
        elif not isinstance(module, RandomModule):
            return None
    return layers if len({layer.linear for layer in layers}) == len(layers) > 0 else None


def _in_order(model: Module) -> Iterator[Module]:
    """The innermost modules in the order in which they run."""
    if type(model) is Autoencoder:
        parts: tuple[Module, ...] = (model.encoder, model.decoder)
    elif type(model) is Sequential:
        parts = tuple(module for _, module in model.named_children())
    else:
        yield model
        return
    for part in parts:
        yield from _in_order(part)
