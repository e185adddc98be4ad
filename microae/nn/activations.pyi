# Written by `python -m tests.stubs`: do not edit.

from collections.abc import Callable, Mapping
from typing import Any

from microae.nn.module import Module

class Activation(Module):
    function: Callable[..., Any]
    options: dict[str, Any]
    def __init__(self, *given: Any, **options: Any) -> None: ...
    def forward(self, x: Any) -> Any: ...

class Tanh(Activation):
    def __init__(self) -> None: ...

class ReLU(Activation):
    def __init__(self) -> None: ...

class LeakyReLU(Activation):
    def __init__(self, negative_slope: Any = ...) -> None: ...

class ELU(Activation):
    def __init__(self, alpha: Any = ...) -> None: ...

class SELU(Activation):
    def __init__(self) -> None: ...

class Sigmoid(Activation):
    def __init__(self) -> None: ...

class SiLU(Activation):
    def __init__(self) -> None: ...

class Softplus(Activation):
    def __init__(self) -> None: ...

class HardTanh(Activation):
    def __init__(self, min_val: Any = ..., max_val: Any = ...) -> None: ...

class GELU(Activation):
    def __init__(self, approximate: Any = ...) -> None: ...

class Softmax(Activation):
    def __init__(self, axis: Any = ...) -> None: ...

class LogSoftmax(Activation):
    def __init__(self, axis: Any = ...) -> None: ...

class Identity(Activation):
    def __init__(self) -> None: ...

ACTIVATIONS: Mapping[str, type[Activation]]

def activation(given: str | Module | type[Module]) -> Module: ...
