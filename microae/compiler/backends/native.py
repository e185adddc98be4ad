"""Machine code from the text of a loop, through LLVM alone: what numba compiles in seconds, in tenths of them.

The text is plain: numbers of known kinds, arrays of known shapes, loops over ranges, matrix products. So all that numba
would have to find out about it is at hand, and numba and SciPy need not even be imported. What is not among that raises
:class:`~microae.compiler.backends.texts.OtherwiseError`, and is left to numba.
"""

from __future__ import annotations

import ast
import ctypes
import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import numpy as np
from llvmlite import binding

from microae.compiler.backends import cached, llvm, memory, texts
from microae.compiler.backends.llvm import BLAS, Code
from microae.compiler.backends.texts import Argument, OtherwiseError

EMITTER = (Path(__file__), Path(llvm.__file__), Path(texts.__file__), texts.MATHEMATICS)
"""The files that decide, with a loop's text, what its machine code is."""


def _target() -> Any:
    """One for each use, for what it is given to owns it."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    cpu, features = _processor()
    return binding.Target.from_default_triple().create_target_machine(
        cpu=cpu, features=features, opt=3, codemodel="jitdefault", jit=True
    )


@cache
def _processor() -> tuple[str, str]:
    return binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()


@cache
def _blas() -> Any:
    """The library by which NumPy multiplies matrices, if it came with NumPy."""
    home = Path(np.__file__).parent
    for folder in (home.with_name("numpy.libs"), home / ".dylibs"):
        for path in folder.glob("libscipy_openblas64_*"):
            return ctypes.CDLL(str(path))
    return None


def _address(name: str) -> int:
    """Where a function is that the code calls."""
    try:
        if name.startswith(BLAS):
            function = getattr(_blas(), f"scipy_cblas_{name.removeprefix(BLAS)}64_")
        else:
            function = getattr(ctypes.CDLL(None), name)
    except (AttributeError, TypeError, OSError):
        raise OtherwiseError(f"{name} is not here") from None
    return ctypes.cast(function, ctypes.c_void_p).value or 0


def _compiled(source: str, arguments: Sequence[Argument]) -> bytes:
    """What is needed to run a loop: a line of facts, and machine code."""
    (function,) = (part for part in ast.parse(source).body if isinstance(part, ast.FunctionDef))
    code = Code(function, arguments)
    for name in code.externals:
        _address(name)
    module = binding.parse_assembly(str(code.module))
    options = binding.create_pipeline_tuning_options(speed_level=3)
    options.slp_vectorization = options.loop_vectorization = True
    target = _target()
    builder = binding.create_pass_builder(target, options)
    builder.getModulePassManager().run(module, builder)
    facts = {"memory": code.memory, "externals": sorted(code.externals)}
    return json.dumps(facts).encode() + b"\n" + bytes(target.emit_object(module))


class Function:
    """A loop in machine code, called with arrays as numba's would be."""

    def __init__(self, kept: bytes) -> None:
        head, _, code = kept.partition(b"\n")
        facts = json.loads(head)
        for name in facts["externals"]:
            binding.add_symbol(name, _address(name))
        self._engine = binding.create_mcjit_compiler(binding.parse_assembly(""), _target())
        self._engine.add_object_file(binding.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        self._address = self._engine.get_function_address("loop")
        self._memory = [((size,), np.dtype(dtype.rstrip("_"))) for dtype, size in facts["memory"]]

    def __call__(self, index: Any, *arrays: Any) -> int:
        given = [index, *arrays, *memory.arrays(self._memory)]
        run = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, *[ctypes.c_void_p] * len(given))(self._address)
        return int(run(len(index), *(array.ctypes.data for array in given)))


_known: dict[str, Function] = {}


def function(source: str, arguments: Sequence[Argument]) -> Function:
    """The loop of a text.

    Parameters
    ----------
    source : str
        Of ``loop``, as it is written for numba.
    arguments : sequence of (str, dtype, shape)
        What it is given, in its order.

    Raises
    ------
    OtherwiseError
        If the text says something that is not compiled here.
    """
    own = [hashlib.sha256(path.read_bytes()).hexdigest() for path in EMITTER]
    versions = llvmlite.__version__, binding.llvm_version_info, np.__version__
    under = (versions, _processor(), own, [(n, str(d), s) for n, d, s in arguments])
    digest = hashlib.sha256(f"{source}{under}".encode()).hexdigest()[:32]
    if digest not in _known:
        where = cached.directory()
        kept = _read_back(where / f"microae_loop_{digest}.bin") if where is not None else None
        if kept is None:
            kept = _compiled(source, arguments)
            if where is not None:
                _keep(where / f"microae_loop_{digest}.bin", kept)
        _known[digest] = Function(kept)
    return _known[digest]


def _read_back(path: Path) -> bytes | None:
    """What was kept, if it is whole."""
    try:
        told, _, kept = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return kept if hashlib.sha256(kept).hexdigest().encode() == told else None


def _keep(path: Path, kept: bytes) -> None:
    with suppress(OSError):  # a full disk keeps nobody from training
        path.write_bytes(hashlib.sha256(kept).hexdigest().encode() + b"\n" + kept)
