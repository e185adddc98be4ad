"""Optimisers: how parameters follow their gradients; and schedules of their learning rates.

Both come from their registries. Type checkers and editors read ``__init__.pyi``, which ``python -m tests.stubs``
writes.
"""

from types import ModuleType as _ModuleType
from typing import Any as _Any

from microae.optim import optimizers as _optimizers  # registers them
from microae.optim.base import Optimizer
from microae.optim.clipping import clip_grad_norm, clip_grad_value
from microae.optim.registry import OPTIMIZERS, optimizer
from microae.optim.schedules import MAKERS as _SCHEDULES


def _registered() -> dict[str, _Any]:
    """By their names: the optimisers and the schedules, also those that were registered since."""
    return _SCHEDULES | {kind.__name__: kind for kind in OPTIMIZERS.values()}


globals().update(_registered())
__all__ = sorted(name for name, given in globals().items() if name[0] != "_" and not isinstance(given, _ModuleType))


def __getattr__(name: str) -> _Any:
    registered = _registered()
    if name in registered:
        return registered[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
