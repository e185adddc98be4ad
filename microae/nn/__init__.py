"""Networks: modules, layers, activations, initialisers and losses.

The activation modules come from the table of operations, the losses from their registry. Type checkers and editors read
``__init__.pyi``, which ``python -m tests.stubs`` writes.
"""

from types import ModuleType as _ModuleType
from typing import Any as _Any

from microae.nn.activations import ACTIVATIONS, Activation, activation
from microae.nn.initialisers import glorot_normal, glorot_uniform, he_normal, he_uniform, uniform
from microae.nn.layers import Dropout, GaussianNoise, Linear, MaskingNoise, SaltAndPepperNoise, TiedLinear
from microae.nn.losses import binary_cross_entropy_with_logits, cross_entropy, mse_loss
from microae.nn.module import Module, Sequential
from microae.nn.registry import LOSSES as _LOSSES


def _registered() -> dict[str, _Any]:
    """By their names: the losses and the activation modules, also those that were registered since."""
    losses = {known.function.__name__: known.function for known in _LOSSES.values()}
    return losses | {module.__name__: module for module in ACTIVATIONS.values()}


globals().update(_registered())
__all__ = sorted(name for name, given in globals().items() if name[0] != "_" and not isinstance(given, _ModuleType))


def __getattr__(name: str) -> _Any:
    registered = _registered()
    if name in registered:
        return registered[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
