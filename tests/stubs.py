"""The stubs by which type checkers and editors know what is derived from the table of operations and the registries.

    python -m tests.stubs

writes ``__init__.pyi`` of ``microae``, ``nn``, ``optim`` and ``drawing`` (the public names),
``microae/core/methods.pyi`` (the methods of Values) and ``microae/nn/activations.pyi`` (the activation modules). A test
compares them with what this would write.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import microae as ma
from microae import drawing, nn, optim
from microae.core.methods import Methods
from microae.core.operation import FACTS, Operation
from microae.core.value import Value
from microae.nn.activations import ACTIVATIONS, Identity

ROOT = Path(ma.__file__).parent
WRITTEN = "# Written by `python -m tests.stubs`: do not edit.\n\n"
OPERATIONS = (
    "arithmetic",
    "elementwise",
    "indexing",
    "shape",
    "joining",
    "reductions",
    "linear_algebra",
    "activations",
    "parts",
)


ROOMS = {"drawing": drawing, "nn": nn, "optim": optim}


def stubs() -> dict[Path, str]:
    """What each file should hold."""
    return {
        ROOT / "__init__.pyi": WRITTEN + public_names(),
        **{ROOT / room / "__init__.pyi": WRITTEN + room_names(module) for room, module in ROOMS.items()},
        ROOT / "core" / "methods.pyi": WRITTEN + methods(),
        ROOT / "nn" / "activations.pyi": WRITTEN + activation_modules(),
    }


# --- the public names --------------------------------------------------------------------------------------------


def public_names() -> str:
    homes = _homes(ma)
    rooms = ("anomalies", "data", "drawing", "linalg", "nn", "operations")
    lines = [f"from microae import {room} as {room}" for room in rooms]
    for name in ma.__all__:
        if name in (*rooms, "__version__"):
            continue
        module, own = homes[name]
        lines.append(f"from {module} import {own} as {own}")
    aliases = [f"{name} = {own}" for name, (_, own) in sorted(homes.items()) if name != own]
    return "\n".join([*sorted(set(lines)), "", *aliases, "__version__: str", ""])


def room_names(room: ModuleType) -> str:
    homes = sorted(_homes(room).items())
    imports = {f"from {module} import {own} as {own}" for _, (module, own) in homes}
    aliases = [f"{name} = {own}" for name, (_, own) in homes if name != own]
    return "\n".join([*sorted(imports), *([""] if aliases else []), *aliases, ""])


def _homes(room: ModuleType) -> dict[str, tuple[str, str]]:
    """For each public name the module it is defined in, and its name there."""
    homes: dict[str, tuple[str, str]] = {}
    for name in room.__all__:
        value = getattr(room, name)
        if isinstance(value, type) and value in ACTIVATIONS.values():
            homes[name] = ("microae.nn.activations", name)
        elif isinstance(value, Operation):
            homes[name] = next(home for module in OPERATIONS if (home := _defined(module, value)))
        elif hasattr(value, "__qualname__"):
            homes[name] = (value.__module__, value.__name__)
        elif not isinstance(value, (str, ModuleType)):  # a registry
            homes[name] = next((home, name) for home in sorted(sys.modules) if _declares(home, room, name))
    return homes


def _declares(home: str, room: ModuleType, name: str) -> bool:
    return home.startswith(f"{room.__name__}.") and name in getattr(sys.modules[home], "__annotations__", {})


def _defined(module: str, row: Operation) -> tuple[str, str] | None:
    home = f"microae.operations.{module}"
    return next(((home, name) for name, value in vars(sys.modules[home]).items() if value is row), None)


# --- methods of Values -------------------------------------------------------------------------------------------


def methods() -> str:
    lines = ["from typing import Any", "", "from microae.core.value import Value", "", "class Methods:"]
    for name in sorted(vars(Methods)):
        if name.startswith("_"):
            continue
        if name in vars(Value):
            continue
        if isinstance(known := vars(Methods)[name], property):
            lines += ["    @property", f"    def {name}(self) -> {_result(name, known.fget)}: ..."]
            continue
        function = known.__wrapped__
        lines.append(f"    def {name}({', '.join(_parameters(function))}) -> {_result(name, function)}: ...")
    attach = "def attach(name: str, function: Any) -> None: ..."
    return "\n".join([*lines, "", attach, "def detach(name: str) -> None: ...", ""])


def _result(name: str, function: Callable[..., Any]) -> str:
    return {"split": "list[Value]", "slogdet": "Any"}.get(name, "Value" if function in FACTS else "Any")


def _parameters(function: Callable[..., Any]) -> Iterator[str]:
    """The parameters as a stub has them: without annotations, defaults as ``...``."""
    yield "self"
    star = False
    _, *others = inspect.signature(function).parameters.values()
    for p in others:
        if p.kind is p.VAR_POSITIONAL:
            star = True
            yield f"*{p.name}: Any"
        elif p.kind is p.VAR_KEYWORD:
            yield f"**{p.name}: Any"
        else:
            if p.kind is p.KEYWORD_ONLY and not star:
                star = True
                yield "*"
            yield f"{p.name}: Any" + ("" if p.default is p.empty else " = ...")


# --- activation modules ------------------------------------------------------------------------------------------


def activation_modules() -> str:
    lines = [
        "from collections.abc import Callable, Mapping",
        "from inspect import Parameter",
        "from typing import Any",
        "",
        "from microae.nn.module import Module",
        "",
        "class Activation(Module):",
        "    function: Callable[..., Any]",
        "    options: dict[str, Any]",
        "    def __init__(self, *given: Any, **options: Any) -> None: ...",
        "    def forward(self, x: Any) -> Any: ...",
        "",
    ]
    for kind in (*(made for made in ACTIVATIONS.values() if made is not Identity), Identity):
        parameters = ", ".join(_parameters(kind.function))
        lines += [f"class {kind.__name__}(Activation):", f"    def __init__({parameters}) -> None: ...", ""]
    lines += ["ACTIVATIONS: Mapping[str, type[Activation]]", ""]
    lines += [
        "def activation(given: str | Module | type[Module]) -> Module: ...",
        "def activation_rows() -> set[str]: ...",
        "def elementwise() -> tuple[str, ...]: ...",
        "def is_elementwise(kind: type[Activation]) -> bool: ...",
        "def options_of(function: Callable[..., Any]) -> dict[str, Parameter]: ...",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    for path, text in stubs().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT.parent))
