"""Programs by JAX: compiled by XLA for processors, GPUs and TPUs, one or many; whole trainings in one call.

A program is evaluated with the functions of ``jax.numpy`` in the place of NumPy's while JAX traces it, once, so no text
is written; each result gets the dtype that NumPy gives it. Numbers of 64 bits are allowed within, not for the process.
On several devices the batch is divided among them, and XLA adds up what each has found: the program stays the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec, Sharding, SingleDeviceSharding

from microae.compiler.backends import UnsupportedError
from microae.compiler.loop import Loop, Plan, watched
from microae.compiler.passes import without_unused
from microae.compiler.program import WEAK, Call, Constant, Input, Program, Term, evaluate, numpy_function
from microae.operations import TABLE


def build(program: Program, devices: Sequence[Any] | None = None) -> Callable[..., list[Any]]:
    """A function of the program's inputs that returns its outputs, and further conditions."""
    placing = _Placing(devices, program.inputs)
    said = _Said(program)
    step = jax.jit(said, out_shardings=placing.whole)
    said.check()
    outputs = program.outputs()

    def run(*given: Any) -> list[Any]:
        with jax.enable_x64(True):
            found, checks = jax.device_get(step(*map(placing.part, given, program.inputs)))
        return [*map(_to_numpy, found, outputs), *checks]

    return run


def build_loop(program: Program, plan: Plan, devices: Sequence[Any] | None = None) -> Loop:
    """Many steps in a row, without Python between them."""
    program = without_unused(replace(program, gradients={}))
    said = _Said(program)
    said.check()
    return watched(program, lambda careful: _Training(said, plan, careful, _Placing(devices, program.inputs)))


def on(devices: Any) -> SimpleNamespace:
    """Both, for so many devices or for these."""
    known = devices_of(devices)
    return SimpleNamespace(
        devices=known, build=partial(build, devices=known), build_loop=partial(build_loop, devices=known)
    )


def devices_of(devices: Any) -> Sequence[Any]:
    """The devices that are meant by a number or a list of them.

    Raises
    ------
    TypeError
        If it is neither, or what is listed are no devices, such as their ids or names.
    ValueError
        If there are none, or not so many, or one is listed twice.
    """
    known = jax.devices()
    if isinstance(devices, (int, np.integer)) and not isinstance(devices, bool):
        chosen = known[:devices] if 0 < devices <= len(known) else []
    elif isinstance(devices, (list, tuple, np.ndarray)):
        chosen = list(devices.flat if isinstance(devices, np.ndarray) else devices)
    else:
        raise TypeError(f"devices={devices!r}: {_NO_DEVICES}")
    if not chosen:
        raise ValueError(f"devices={devices!r}, but JAX has {len(known)}: {', '.join(map(str, known[:8]))}")
    for device in chosen:
        if not isinstance(device, jax.Device):
            raise TypeError(f"devices={devices!r}: {device!r} is no jax.Device; {_NO_DEVICES}")
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"devices={devices!r}: a device is listed twice")
    return chosen


_NO_DEVICES = "say how many, as devices=2, or which, in a list such as jax.devices()[:2]"


class _Training:
    """A loop for any number of steps: what is compiled has room for some, and takes as many of them as it is told.

    Each block of steps is a ``lax.scan``; whether there is another block is asked on the device.
    """

    def __init__(self, said: _Said, plan: Plan, careful: bool, placing: _Placing) -> None:
        self.said = said
        self.plan = plan
        self.careful = careful
        self.placing = placing
        self._train = jax.jit(self._steps, out_shardings=placing.whole)
        self._tables: tuple[list[Any], list[Any]] = ([], [])

    def __call__(
        self, tables: Sequence[Any], index: Any, draws: Sequence[Any], carried: Sequence[Any], fixed: Sequence[Any]
    ) -> tuple[Any, list[Any]]:
        plan, placing, steps = self.plan, self.placing, len(index)
        index = index.astype(np.int32)
        room = _room(steps, sum(x[0].nbytes for x in (index, *draws)))
        with jax.enable_x64(True):
            given = [
                placing.part(_padded(x, room), term, axis=1)
                for x, term in zip((index, *draws), (plan.tables[0], *plan.draws), strict=True)
            ]
            found = self._train(steps, self._placed(tables), given[0], given[1:], carried, fixed)
            done, losses, now = jax.device_get(found)
        return losses[:done].astype(np.float64), list(map(_to_numpy, now, plan.carried))

    def _placed(self, tables: Sequence[Any]) -> list[Any]:
        """The tables on the devices, where they stay until others are given."""
        known, placed = self._tables
        if len(known) != len(tables) or any(a is not b for a, b in zip(known, tables, strict=True)):
            placed = [self.placing.everywhere(table) for table in tables]
            self._tables = (list(tables), placed)
        return placed

    def _steps(self, steps: Any, tables: Any, index: Any, draws: Any, carried: Any, fixed: Any) -> Any:
        plan, program = self.plan, self.said.program
        n, m = len(program.results), len(program.updates)

        def step(state: Any, _: Any = None) -> Any:
            i, done, losses, now = state
            rows = index[i]
            values = dict(zip(plan.tables, (_rows(table, rows) for table in tables), strict=True))
            drawn = [_rows(draw, i) for draw in draws]
            values |= dict(zip((*plan.draws, *plan.carried, *plan.fixed), (*drawn, *now, *fixed), strict=True))
            outputs, checks = self.said(*(values[term] for term in program.inputs))
            seen = [outputs[0], *(outputs[n : n + m] if self.careful else [])]
            good = jnp.stack([done == i, *outputs[n + m :], *checks, *(~jnp.isnan(x).any() for x in seen)]).all()
            return (i + 1, done + good, losses.at[i].set(outputs[0]), outputs[n : n + m]), None

        def blocks(size: int, state: Any) -> Any:
            return jax.lax.while_loop(
                lambda state: (state[0] + size <= steps) & (state[0] == state[1]),
                lambda state: step(state)[0] if size == 1 else jax.lax.scan(step, state, length=size)[0],
                state,
            )

        state = (0, 0, jnp.empty(len(index), program.results[0].dtype), list(carried))
        for size in _BLOCKS.get(jax.default_backend(), (64, 1)):
            state = blocks(size, state)
        return state[1:]


_BLOCKS = {"cpu": (1,)}
"""How many steps in a row: more on accelerators, where each question whether there are more makes them wait."""

_LEAST = 1 << 18
"""Bytes of indices and draws for which there is room at least."""


def _room(steps: int, size: int) -> int:
    """For how many steps of some bytes there is room, so that other numbers of steps need no other program."""
    room = max(1, _LEAST // size)
    while room < steps:
        room *= 4
    return room


def _padded(x: Any, room: int) -> Any:
    out = np.empty((room, *x.shape[1:]), x.dtype)
    out[: len(x)] = x
    return out


def _rows(table: Any, rows: Any) -> Any:
    return table.at[rows].get(mode="promise_in_bounds")


class _Placing:
    """Where arrays are: on JAX's first device, or, the batch divided among them, on several.

    Parameters
    ----------
    devices : sequence of jax.Device or None
    inputs : sequence of Input
        The batch is the first axis of the first argument, if that has two or more; other arguments, and draws, with an
        axis of that length in its place are divided too. Which are is a matter of time only: XLA brings together what
        belongs together. A batch that the number of devices does not divide stays, as a whole, with one of this host's.

    Attributes
    ----------
    whole : jax.sharding.Sharding or None
        Of what each device has all of; None for JAX's first device.
    """

    def __init__(self, devices: Sequence[Any] | None, inputs: Sequence[Input]) -> None:
        first = next((term for term in inputs if term.kind == "argument" and term.ndim > 1), None)
        self._batch = first.shape[0] if first is not None else 0
        self._mesh: Mesh | None = None
        self.whole: Sharding | None = None
        if devices is not None and self._batch and self._batch % len(devices) == 0:
            self._mesh = Mesh(np.array(devices), ("batch",))
            self.whole = NamedSharding(self._mesh, _axes())
        elif devices is not None:
            here = [device for device in devices if device.process_index == jax.process_index()]
            self.whole = SingleDeviceSharding(here[0])

    def part(self, x: Any, term: Input, axis: int = 0) -> Any:
        """An argument or draw, its batch, which is that axis, divided among the devices; other inputs as they are."""
        is_data = term.kind in ("argument", "draw") and term.shape[:1] == (self._batch,)
        if self._mesh is None or not is_data:
            return x
        return _put(x, NamedSharding(self._mesh, _axes(*[None] * axis, "batch")))

    def everywhere(self, x: Any) -> Any:
        """An array on each device."""
        return jnp.asarray(x) if self.whole is None else _put(x, self.whole)


def _axes(*names: str | None) -> PartitionSpec:
    return PartitionSpec(*names)  # type: ignore[no-untyped-call]


def _put(x: Any, sharding: Sharding) -> Any:
    """An array on devices that may be other hosts'; each host has it, and gives its devices their parts."""
    return jax.make_array_from_callback(x.shape, sharding, lambda place: x[place])


def _to_numpy(x: Any, term: Any) -> Any:
    """A result as NumPy has it, in memory that may be written to."""
    return x.item() if term.weak else np.array(x, term.dtype)[()]


# --- a program, said by jax.numpy ----------------------------------------------------------------------------------


class _Said:
    """A program as a function that JAX can trace: of its inputs, to its outputs and to further conditions.

    NumPy raises where an index is out of bounds, a matrix has no inverse, or an integer's exponent is negative; JAX
    does not. So these are conditions.
    """

    def __init__(self, program: Program) -> None:
        self.program = program

    def __call__(self, *given: Any) -> tuple[list[Any], list[Any]]:
        checks: list[Any] = []
        values = evaluate(self.program, given, lambda call, args, kwargs: _apply(call, args, kwargs, checks))
        return [values[term] for term in self.program.outputs()], checks

    def check(self) -> None:
        """Trace it once.

        Raises
        ------
        UnsupportedError
            If JAX has no word for a call.
        """
        with jax.enable_x64(True):
            jax.eval_shape(self, *map(_like, self.program.inputs))


def _like(term: Input) -> Any:
    return jax.ShapeDtypeStruct(term.shape, term.dtype, weak_type=term.weak)  # type: ignore[no-untyped-call]


def _apply(call: Call, args: Sequence[Any], kwargs: Any, checks: list[Any]) -> Any:
    """The result of a call, as NumPy has it."""
    try:
        result = _result(call, args, kwargs, checks)
        if call.weak or isinstance(result, (tuple, list)):
            return result
        if _is_narrower(result, call):
            raise NotImplementedError(f"JAX computes it in {result.dtype}, NumPy in {call.dtype}")
        result = _cast(result, call.dtype)
        if result.shape != call.shape:
            raise ValueError(f"its result has shape {result.shape}, where NumPy's has {call.shape}")
    except (TypeError, ValueError, AttributeError, NotImplementedError, IndexError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnsupportedError(f"jax: {call.line}: {call.function} cannot be said: {reason}") from error
    if call.function.startswith("linalg."):
        checks.append(jnp.isfinite(result).all())
    if call.function in ("linalg.inv", "linalg.solve"):
        checks.append(_has_inverse(jnp.asarray(args[0], call.dtype)))
    return result


def _has_inverse(x: Any) -> Any:
    """Whether matrices are further from having none than rounding goes; for others NumPy may raise."""
    pivots = jnp.abs(jnp.diagonal(jax.lax.linalg.lu(x)[0], axis1=-2, axis2=-1))
    return (pivots > 100 * np.finfo(x.dtype).eps * pivots.max(-1, keepdims=True, initial=0)).all()


def _result(call: Call, args: Sequence[Any], kwargs: Any, checks: list[Any]) -> Any:
    name = call.function
    if call.opaque is not None:
        if call.opaque not in _ROWS:
            raise NotImplementedError("it cannot be looked into")
        return _ROWS[call.opaque](*args, **kwargs, checks=checks)
    if call.weak:
        return args[0] if name == "astype" else WEAK[name](*args)
    if name == "part":
        return args[0][args[1]]
    if name == "astype":
        return _cast(args[0], call.dtype)
    if name == "where" and len(args) == 3 and all(map(_is_fixed, call.args[1:])):
        return _unseen(jnp.where(*args))
    if name in _PICKING:
        return _picked(name, args, kwargs, checks)
    if name in _REDUCING:
        return _REDUCING[name](args[0], **{"axis": args[1] if len(args) > 1 else 0, **kwargs})
    if name in _OF_FLOATS or name.startswith("linalg."):
        args = [_cast(x, call.dtype) if _kind_of(x) in set("biu") else x for x in args]
    if name in _OTHERWISE:
        return _OTHERWISE[name](*args, **kwargs)
    if name == "multiply" and call.dtype.kind == "f" and "b" in map(_kind_of, args):
        x, mask = args if _kind_of(args[1]) == "b" else args[::-1]
        x = jnp.asarray(x, call.dtype)
        return jnp.where(mask, x, x * 0)  # as a product XLA would take it for a choice, which loses NaN
    args = _in_common(call, args)
    _check_integers(name, args, checks)
    if name == "log1p" and not (isinstance(call.args[0], Call) and call.args[0].function == "exp"):
        return _log1p(args[0])
    function: Any = jnp
    for part in name.split("."):
        function = getattr(function, part)
    try:
        return function(*args, **kwargs)
    except TypeError:  # of a list of numbers, of which NumPy makes an array
        return function(*[jnp.asarray(x) if isinstance(x, (list, tuple)) else x for x in args], **kwargs)


_OF_INTEGERS: dict[str, Callable[..., Any]] = {
    "power": lambda x, y: y >= 0,
    "floor_divide": lambda x, y: y != 0,
    "divmod": lambda x, y: y != 0,
    "reciprocal": lambda x: x != 0,
}
"""Where JAX computes of integers what NumPy does."""


def _check_integers(name: str, args: Sequence[Any], checks: list[Any]) -> None:
    if name in _OF_INTEGERS and all(jnp.asarray(x).dtype.kind in "biu" for x in args):
        checks.append(jnp.asarray(_OF_INTEGERS[name](*args)).all())


def _in_common(call: Call, args: Sequence[Any]) -> Sequence[Any]:
    """The arguments of an elementwise function or product, in the dtypes that NumPy computes with."""
    function = numpy_function(call.function)
    if not isinstance(function, np.ufunc):
        return args
    kinds = [_kind(operand) for operand in call.args[: function.nin]]
    dtypes = function.resolve_dtypes((*kinds, *[None] * function.nout))
    return [_cast(x, dtype) for x, dtype in zip(args, dtypes, strict=False)]


def _cast(x: Any, dtype: Any) -> Any:
    """An array of another dtype; truth values as numbers are hidden from XLA."""
    cast = jnp.asarray(x, dtype)
    return _unseen(cast) if _kind_of(x) == "b" and cast.dtype.kind == "f" else cast


def _unseen(x: Any) -> Any:
    """What XLA takes for any number: of a product with what is 0 or 1 it would make a choice, which loses NaN."""
    return jax.lax.optimization_barrier(x)  # type: ignore[no-untyped-call]


def _is_fixed(operand: Any) -> bool:
    """Whether it is the same numbers each time."""
    if isinstance(operand, Call) and operand.function == "broadcast_to":
        operand = operand.args[0]
    return isinstance(operand, Constant) or not isinstance(operand, Term)


def _kind_of(x: Any) -> str:
    """The letter of an array's dtype; empty for what is no array."""
    return str(x.dtype.kind) if isinstance(x, (jax.Array, np.ndarray, np.generic)) else ""


def _is_narrower(result: Any, call: Call) -> bool:
    """Whether it has fewer digits than NumPy's result."""
    return call.dtype.kind == _kind_of(result) == "f" and bool(result.dtype.itemsize < call.dtype.itemsize)


def _log1p(x: Any) -> Any:
    """XLA's is away by up to 128 units in the last place between -0.42 and -0.34; left of that ``log`` is as good."""
    return jnp.where(x < -0.34, jnp.log(1 + x), jnp.log1p(x))


def _kind(operand: Any) -> Any:
    """What NumPy goes by: a dtype, or the type of a Python number."""
    if isinstance(operand, (Input, Call)) and operand.weak:
        return int if operand.dtype.kind in "iu" else float
    if isinstance(operand, (Input, Call, Constant)):
        return operand.dtype
    return type(operand) if type(operand) in (int, float) else np.asarray(operand).dtype


_REDUCING: dict[str, Callable[..., Any]] = {
    "add.reduce": jnp.sum,
    "multiply.reduce": jnp.prod,
    "maximum.reduce": jnp.max,
    "minimum.reduce": jnp.min,
    "logical_and.reduce": jnp.all,
    "logical_or.reduce": jnp.any,
    "add.accumulate": jnp.cumsum,
    "multiply.accumulate": jnp.cumprod,
}


_OF_FLOATS = {
    "mean", "var", "std", "average", "median", "quantile", "percentile", "nanmean", "nanvar", "nanstd", "nanmedian",
    "nanquantile", "nanpercentile", "trapezoid", "interp", "dot", "inner", "outer", "vdot", "tensordot", "kron",
    "einsum", "cross", "convolve", "correlate",
}  # fmt: skip
"""Functions that make floats of integers and truth values first: here of NumPy's dtype."""


def _refused(*_args: Any, **_kwargs: Any) -> Any:
    raise NotImplementedError("the order that it leaves is NumPy's own")


_OTHERWISE: dict[str, Callable[..., Any]] = {
    "linalg.cholesky": partial(jnp.linalg.cholesky, symmetrize_input=False),
    "linalg.eigh": partial(jnp.linalg.eigh, symmetrize_input=False),
    "linalg.eigvalsh": partial(jnp.linalg.eigvalsh, symmetrize_input=False),
    "linalg.pinv": lambda a, rcond=1e-15, **how: jnp.linalg.pinv(a, **({"rtol": rcond} | how)),
    "partition": _refused,
    "argpartition": _refused,
}
"""Functions that mean something else in JAX by default: NumPy reads one triangle of a symmetric matrix."""


_PICKING: dict[str, Callable[..., Any]] = {
    "getitem": lambda x, index, **how: x.at[index].get(**how),
    "take": jnp.take,
    "take_along_axis": jnp.take_along_axis,
}


def _picked(name: str, args: Sequence[Any], kwargs: Any, checks: list[Any]) -> Any:
    """Elements of an array; whether there are all that are asked for is asked where the program computes which."""
    x, *index = args
    picked = _PICKING[name](jnp.asarray(x), *index, **kwargs)
    computed = any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves((index, kwargs)))
    if computed and "mode" not in kwargs:
        there = jnp.ones(x.shape, bool)
        checks.append(_PICKING[name](there, *index, **kwargs, mode="fill", fill_value=False).all())
    return picked


def _scatter(x: Any, index: Any, shape: Any, checks: list[Any]) -> Any:
    zeros = jnp.zeros(shape, x.dtype)
    _picked("getitem", (zeros, index), {}, checks)
    return zeros.at[index].add(x)


def _diagonal_embed(x: Any, offset: int, axis1: int, axis2: int, shape: Any, checks: list[Any]) -> Any:  # noqa: ARG001
    rows = np.arange(x.shape[-1]) + max(-offset, 0)
    out = jnp.moveaxis(jnp.zeros(shape, x.dtype), (axis1, axis2), (-2, -1))
    return jnp.moveaxis(out.at[..., rows, rows + offset].set(x), (-2, -1), (axis1, axis2))


_ROWS: dict[Any, Callable[..., Any]] = {
    TABLE["erfc"].forward: lambda x, checks: jax.scipy.special.erfc(x),
    TABLE["scatter"].forward: _scatter,
    TABLE["scatter"].vjps[0]: lambda g, out, x, index, shape, checks: _picked("getitem", (g, index), {}, checks),
    TABLE["diagonal_embed"].forward: _diagonal_embed,
}
"""Forward functions and a rule that a program calls as a whole, because they write into arrays or call C."""
