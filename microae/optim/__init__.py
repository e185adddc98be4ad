"""Optimisers: how parameters follow their gradients; and schedules of their learning rates."""

from typing import Any

from microae.optim.clipping import clip_grad_norm, clip_grad_value
from microae.optim.optimizers import OPTIMIZERS, SGD, Adam, AdamW, Optimizer, optimizer
from microae.optim.schedules import cosine_decay, exponential_decay, reduce_on_plateau, step_decay


def __getattr__(name: str) -> Any:
    """The optimisers that were registered since."""
    for kind in OPTIMIZERS.values():
        if kind.__name__ == name:
            return kind
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adam",
    "AdamW",
    "Optimizer",
    "clip_grad_norm",
    "clip_grad_value",
    "cosine_decay",
    "exponential_decay",
    "optimizer",
    "reduce_on_plateau",
    "step_decay",
]
