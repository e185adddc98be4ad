"""Networks: modules, layers, activations, initialisers and losses."""

from typing import Any

from microae.nn import activations, losses
from microae.nn.activations import ACTIVATIONS, Activation, Identity, activation
from microae.nn.initialisers import glorot_normal, glorot_uniform, he_normal, he_uniform, uniform
from microae.nn.layers import Dropout, GaussianNoise, Linear, MaskingNoise, SaltAndPepperNoise, TiedLinear
from microae.nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    mean_squared_error,
    mse_loss,
)
from microae.nn.module import Module, Sequential


def __getattr__(name: str) -> Any:
    """The activation modules, such as ``ReLU``, each made from its row of the table; and the registered losses."""
    for known in losses.LOSSES.values():
        if known.function.__name__ == name:
            return known.function
    return getattr(activations, name)


__all__ = [
    "ACTIVATIONS",
    "Activation",
    "Dropout",
    "GaussianNoise",
    "Identity",
    "Linear",
    "MaskingNoise",
    "Module",
    "SaltAndPepperNoise",
    "Sequential",
    "TiedLinear",
    "activation",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "mean_squared_error",
    "mse_loss",
    "uniform",
    *(module.__name__ for module in ACTIVATIONS.values() if module is not Identity),
]
