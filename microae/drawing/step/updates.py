"""The update of an optimiser as formulas, from the small graph between a gradient and the new parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from microae.core.value import Value
from microae.drawing.step.notation import NAME, POWER, PRODUCT, SUM, Written, formula, number, numbers
from microae.recording.recorder import Update

_STATES = {1: ("v",), 2: ("m", "v")}


class Stage(NamedTuple):
    """A value on the way to the new parameter, the last one the new parameter itself."""

    name: str
    value: Value
    formula: str
    numbers: str
    uses: tuple[Value, ...]  # of those with a name: the parameter, its gradient, earlier stages


def stages(update: Update, parameter: Value, name: str, gradient: str) -> Iterator[Stage]:
    """The optimiser's new state, as ``v′`` or ``m′`` and ``v′``, and the new parameter, each in terms of the others."""
    known = {parameter: (name, update.before)}
    if isinstance(update.gradient, Value):
        known[update.gradient] = (gradient, update.gradient._data)
    given = update.state if isinstance(update.state, tuple) else (update.state,)
    states = [s for s in given if isinstance(s, Value) and s.operation is not None and s is not update.gradient]
    letters = _STATES.get(len(states), tuple(f"s{k}" for k in range(len(states))))
    for letter, state in zip(letters, states, strict=True):
        yield _stage(f"{letter}′({name})", state, known, update, f"{letter}({name})")
        known[state] = (f"{letter}′({name})", state._data)
    yield _stage(f"{name}′", update.after, known, update, "")


def digits_to_tell(before: Any, after: Any, most: int = 5) -> int:
    """How many digits numbers need so that each that an update has changed is seen to be another."""
    pairs = [(a, b) for a, b in zip(np.ravel(before).tolist(), np.ravel(after).tolist(), strict=True) if a != b]
    digits = 3
    while digits < most and len(pairs) <= 16 and any(number(a, digits) == number(b, digits) for a, b in pairs):
        digits += 1
    return digits


def _stage(name: str, value: Value, known: Mapping[Value, tuple[str, object]], update: Update, old: str) -> Stage:
    uses: dict[Value, None] = {}
    digits = digits_to_tell(update.before, value._data) if value is update.after else 3
    written = _folded(value, known, update, old, uses, False)
    plugged = _folded(value, known, update, old, uses, True)
    return Stage(
        name,
        value,
        f"{name} = {written.text}",
        f"{name} = {plugged.text} = {numbers(value._data, digits)}",
        tuple(uses),
    )


def _folded(
    value: object,
    known: Mapping[Value, tuple[str, object]],
    update: Update,
    old: str,
    uses: dict[Value, None],
    with_numbers: bool,
) -> Written:
    """A small graph as one expression, down to what has a name; ``old`` is that of a state before the step."""
    if not isinstance(value, Value):
        if np.size(value) > 1 and not with_numbers:  # type: ignore[arg-type]
            return Written(old or "c")
        return (None if with_numbers else _hyperparameter(value, update)) or _number(value)
    if value in known:
        uses[value] = None
        name, data = known[value]
        return _number(data) if with_numbers else Written(name)
    if value.operation is None:  # the state before the step
        return _number(value._data) if with_numbers else Written(old or "c")
    operands = [
        _folded(a if x is None else x, known, update, old, uses, with_numbers)
        for x, a in zip(value.inputs, value.arguments, strict=True)
    ]
    if value.operation.name == "multiply" and operands[0].text == "η":
        factor = operands[1].inside(PRODUCT)
        return Written(f"η{'' if factor[0] in '∇(' else ' '}{factor}", PRODUCT)
    return formula(value.operation, operands, value.parameters)


def _hyperparameter(value: object, update: Update) -> Written | None:
    """A number of the optimiser's by its letter: η, momentum μ, decay λ, and Adam's β₁, β₂, ε and corrections."""
    if _is_rate(value, update):
        return Written("η")
    o: Any = update.optimizer
    known: list[tuple[float, str, int]] = []
    if momentum := getattr(o, "momentum", 0.0):
        known.append((momentum, "μ", NAME))
    if betas := getattr(o, "betas", None):
        known += [(o.eps, "ε", NAME)]
        for letter, beta in zip("₁₂", betas, strict=True):
            known += [(beta, f"β{letter}", NAME), (1.0 - beta, f"1 − β{letter}", SUM)]
        for t in set(o.steps):
            known += [(o.lr / (1.0 - betas[0] ** t), "η/(1 − β₁ᵗ)", PRODUCT)] if t else []
            known += [((1.0 - betas[1] ** t) ** 0.5, "√(1 − β₂ᵗ)", POWER)] if t else []
    if decay := getattr(o, "weight_decay", 0.0):
        known += [(decay, "λ", NAME), (o.lr * decay, "ηλ", PRODUCT)]
    number = np.asarray(value)
    near = 1e-12 if number.dtype == np.float64 else 1e-6
    return next((Written(text, strength) for x, text, strength in known if abs(number - x) <= near * abs(x)), None)


def described(update: Update) -> str:
    """How far an update moves its parameter, and what its letters stand for, if it has other than η."""
    moved = float(np.abs(update.after._data - update.before).max(initial=0.0))
    o: Any = update.optimizer
    letters = []
    if betas := getattr(o, "betas", None):
        letters = [("t", max(o.steps)), ("β₁", betas[0]), ("β₂", betas[1]), ("ε", o.eps)]
    elif getattr(o, "momentum", 0.0):
        letters = [("μ", o.momentum)]
    if getattr(o, "weight_decay", 0.0):
        letters.append(("λ", o.weight_decay))
    return ", ".join([f"moves by at most {number(moved)}", *(f"{letter} = {number(x)}" for letter, x in letters)])


def _number(value: object) -> Written:
    text = numbers(value)
    return Written(text, 2 if text.startswith("−") else 4)


def is_plain(update: Update) -> bool:
    """Whether an update is exactly the paper's ``W − η∇W``."""
    after = update.after
    if after.operation is None or after.operation.name != "subtract":
        return False
    step = after.inputs[1]
    return bool(
        step is not None
        and step.operation is not None
        and step.operation.name == "multiply"
        and step.inputs[1] is update.gradient
        and _is_rate(step.arguments[0], update)
    )


def _is_rate(value: object, update: Update) -> bool:
    """Whether a number is the learning rate, in its own precision."""
    number = np.asarray(value)
    return number.size == 1 and bool(np.all(number == np.asarray(update.optimizer.lr).astype(number.dtype)))
