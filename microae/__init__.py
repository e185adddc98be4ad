"""microae: autodiff on NumPy in which one training step of a network can be seen, checked and run at full speed.

The functions of Values and the activation modules come from the table of operations, losses, optimisers and schedules
from their registries; what else is public is imported here by name. Type checkers and editors read ``__init__.pyi``,
which ``python -m tests.stubs`` writes.
"""

from importlib import import_module as _import_module
from types import ModuleType as _ModuleType
from typing import Any as _Any

from microae import linalg, nn, operations, views
from microae.autoencoders import (
    Autoencoder,
    Classifier,
    ContractiveAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
)
from microae.core.context import detect_anomaly, no_grad
from microae.core.operation import FACTS as _FACTS
from microae.core.operation import FUNCTIONS as _FUNCTIONS
from microae.core.operation import Operation, Variadic
from microae.core.value import Value
from microae.nn import (
    Dropout,
    GaussianNoise,
    Identity,
    Linear,
    MaskingNoise,
    Module,
    SaltAndPepperNoise,
    Sequential,
    TiedLinear,
    binary_cross_entropy_with_logits,
    cross_entropy,
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    mse_loss,
    uniform,
)
from microae.nn.activations import ACTIVATIONS as _ACTIVATIONS
from microae.nn.registry import LOSSES as _LOSSES
from microae.operations.registry import operation
from microae.optim import OPTIMIZERS as _OPTIMIZERS
from microae.optim import Optimizer, clip_grad_norm, clip_grad_value
from microae.optim.schedules import MAKERS as _SCHEDULES
from microae.recording import Step, record, record_step
from microae.transforms import gradients, hessian, hvp, jacobian, jvp, vjp

__version__ = "0.1.0"

_LATER = {
    "AnomalyDetector": "microae.anomalies",
    "CompileError": "microae.compiler",
    "History": "microae.history",
    "compile": "microae.compiler",
    "draw": "microae.drawing.step",
    "early_stopping": "microae.training",
    "fit": "microae.training",
    "load": "microae.training",
    "resume": "microae.training",
    "save": "microae.training",
    "search": "microae.searching",
    "to_onnx": "microae.export",
    "to_torch": "microae.export",
    "watch": "microae.drawing.live",
}
"""Where each public name is that is imported when it is first asked for: what trains, compiles, draws or exports."""

_ROOMS_LATER = ("anomalies", "data", "drawing")


def _registered() -> dict[str, _Any]:
    """By their names: the activation modules, losses, optimisers and schedules, also those registered since."""
    losses = {known.function.__name__: known.function for known in _LOSSES.values()}
    return losses | _SCHEDULES | {kind.__name__: kind for kind in (*_ACTIVATIONS.values(), *_OPTIMIZERS.values())}


globals().update(_registered())
globals().update({name: f for name, f in _FUNCTIONS.items() if _FACTS[f].public and name not in globals()})

_ROOMS = {name for name, given in globals().items() if isinstance(given, _ModuleType)}
__all__ = sorted(
    {name for name in globals() if not name.startswith("_") and name not in _ROOMS}
    | {"__version__", "anomalies", "data", "linalg", "nn", "operations", *_LATER}
)


# --- what is imported when it is first asked for -----------------------------------------------------------------


def _draw(what: _Any, **options: _Any) -> _Any:
    from microae.drawing.step import draw

    return draw(what, **options)


def _display(what: _Any) -> dict[str, _Any]:
    from microae.drawing.step import display

    return display(what)


def _player(history: _Any, other: _Any = None, **options: _Any) -> _Any:
    from microae.drawing.player import player

    return player(history, other, **options)


views.draw, views.display, views.player = _draw, _display, _player


def __getattr__(name: str) -> _Any:
    if name in _ROOMS_LATER:
        return _import_module(f"microae.{name}")
    if name in _LATER:
        return getattr(_import_module(_LATER[name]), name)
    if name in _FUNCTIONS:  # a function that was added to the table later
        return _FUNCTIONS[name]
    registered = _registered()
    if name in registered:
        return registered[name]
    raise AttributeError(f"module 'microae' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_registered(), *_FUNCTIONS})
