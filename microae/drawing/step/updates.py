"""The update of an optimiser as formulas, from the small graph between a gradient and the new parameter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from microae.core.context import Provenance, changed
from microae.core.value import Value
from microae.drawing.step.notation import POWER, PRODUCT, SUM, Written, aligned, formula, number, numbers, read
from microae.recording.recorder import Update, as_leaf

_STATES = {1: ("v",), 2: ("m", "v")}


Known = tuple[str, object, int, Any]  # a name, the data, how many digits are written, and what else is written alike


class Stage(NamedTuple):
    """A value on the way to the new parameter, the last one the new parameter itself."""

    name: str
    value: Value
    formula: str
    numbers: str
    digits: int  # of each of its numbers
    beside: Any  # what is written like them, or None
    uses: tuple[Value, ...]  # of those with a name: the parameter, its gradient, earlier stages


def stages(update: Update, parameter: Value, name: str, gradient: str) -> Iterator[Stage]:
    """The optimiser's new state, as ``v′`` or ``m′`` and ``v′``, and the new parameter, each in terms of the others."""
    digits, before, after = told_apart(update)
    known: dict[Value, Known] = {parameter: (name, update.before, digits, after)}
    known[update.gradient] = (f"grad({name})" if update.is_changed else gradient, update.gradient._array, 3, None)
    states = [
        s for s in _parts(update.state) if isinstance(s, Value) and s.operation is not None and s is not update.gradient
    ]
    called = _letters(update)
    of_state = _STATES.get(len(states), tuple(f"s{k}" for k in range(len(states))))
    for letter, state in zip(of_state, states, strict=True):
        yield _stage(f"{letter}′({name})", state, known, called, f"{letter}({name})", 3)
        known[state] = (f"{letter}′({name})", state._array, 3, None)
    yield _stage(f"{name}′", update.after, known, called, "", digits, before)


def digits_to_tell(before: Any, after: Any, most: int = 5) -> int | None:
    """How many digits a few numbers need so that each that an update has changed is seen to be another.

    ``None`` if that is more than ``most``.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.drawing.step.updates import digits_to_tell
    >>> digits_to_tell(np.array([1.28098]), np.array([1.27842])), digits_to_tell(1.0, 1.0 + 1e-9)
    (4, None)
    """
    if np.size(before) > 16:
        return 3
    changed = np.ravel(np.not_equal(before, after)).tolist()
    flat, other = np.ravel(before).tolist(), np.ravel(after).tolist()
    for digits in range(3, most + 1):
        old, new = (aligned(a, digits, b) for a, b in ((flat, other), (other, flat)))
        if all(read(a) != read(b) for a, b, is_other in zip(old, new, changed, strict=True) if is_other):
            return digits
    return None


def told_apart(update: Update) -> tuple[int, Any, Any]:
    """How many digits show what an update changes, and the parameter before and after, which are written alike.

    3 digits and ``None`` where they do not show it.
    """
    digits = digits_to_tell(update.before, update.after._array)
    return (3, None, None) if digits is None else (digits, update.before, update.after._array)


def unseen(update: Update) -> Any:
    """What an update adds to its parameter, where the digits that are written do not show it; else ``None``."""
    after = update.after._array
    return after - update.before if digits_to_tell(update.before, after) is None else None


def _stage(
    name: str,
    value: Value,
    known: Mapping[Value, Known],
    letters: Mapping[tuple[Value, int], Written],
    old: str,
    digits: int,
    beside: Any = None,
) -> Stage:
    uses: dict[Value, None] = {}
    written = _folded(value, known, letters, old, uses, False)
    plugged = _folded(value, known, letters, old, uses, True)
    return Stage(
        name,
        value,
        f"{name} = {written.text}",
        f"{name} = {plugged.text} = {numbers(value._array, digits, beside=beside)}",
        digits,
        beside,
        tuple(uses),
    )


def _folded(
    value: object,
    known: Mapping[Value, Known],
    letters: Mapping[tuple[Value, int], Written],
    old: str,
    uses: dict[Value, None],
    with_numbers: bool,
) -> Written:
    """A small graph as one expression, down to what has a name; ``old`` is that of a state before the step."""
    if not isinstance(value, Value):
        if np.size(value) > 1 and not with_numbers:  # type: ignore[arg-type]
            return Written(old or "c")
        return _number(value)
    if value in known:
        uses[value] = None
        name, data, digits, beside = known[value]
        return _number(data, digits, beside) if with_numbers else Written(name)
    if value.operation is None:  # the state before the step
        return _number(value._array) if with_numbers else Written(old or "c")
    operands = [
        (None if with_numbers else letters.get((value, place)))
        or _folded(a if x is None else x, known, letters, old, uses, with_numbers)
        for place, (x, a) in enumerate(zip(value.inputs, value.arguments, strict=True))
    ]
    if value.operation.name == "multiply" and operands[0].text == "η":
        factor = operands[1].inside(PRODUCT)
        return Written(f"η{'' if factor[0] in '∇(' else ' '}{factor}", PRODUCT)
    return formula(value.operation, operands, value.parameters)


def _parts(state: Any) -> tuple[Any, ...]:
    return state if isinstance(state, tuple) else (state,)


def _letters(update: Update) -> dict[tuple[Value, int], Written]:
    """The optimiser's numbers by their letter, for each operand that is one: by its operation and its place.

    A number is not known by its value, which several may have: the update is run again with hyperparameters of which
    no two are alike, and what then stands at the same place tells. Where it must not be run twice, a number has a
    letter only if it is the only one of that value.
    """
    o: Any = update.optimizer
    again = _run_again(update) if o.replayable else None
    known = _known(o, update.step) if again is None else _known(again.optimizer, again.step)
    pairs: list[tuple[Any, Any]] = [(update.after, update.after if again is None else again.after)]
    pairs += zip(_parts(update.state), _parts((again or update).state), strict=False)
    letters: dict[tuple[Value, int], Written] = {}
    seen: set[Value] = set()
    while pairs:
        node, like = pairs.pop()
        if not isinstance(node, Value) or node in seen or node is update.gradient or node.operation is None:
            continue
        seen.add(node)
        if not isinstance(like, Value) or like.operation is not node.operation or len(like.inputs) != len(node.inputs):
            continue  # it went another way: nothing is known about it
        for place, (x, y, a) in enumerate(zip(node.inputs, like.inputs, like.arguments, strict=True)):
            if x is not None:
                pairs.append((x, y))
            elif y is None and np.size(a) == 1 and (letter := _only(a, known)):
                letters[node, place] = letter
    return letters


_TELLING = {"lr": 0.3141592, "weight_decay": 0.2718281, "momentum": 0.5772156, "eps": 0.1618033}
_TELLING_BETAS, _TELLING_STEP = (0.6931471, 0.8346268), 3


def _run_again(update: Update) -> Update | None:
    """The update with other hyperparameters, of which no two are alike; ``None`` if that does not work."""
    o: Any = update.optimizer.frozen()
    for name, other in _TELLING.items():
        if getattr(o, name, 0.0) or name in ("lr", "eps"):  # without momentum or decay the update is another one
            setattr(o, name, other)
    if hasattr(o, "betas"):
        o.betas = _TELLING_BETAS
    p = Value(update.before)
    g = Value(update.gradient._array)
    with np.errstate(all="ignore"), changed(recorder=None, grad_enabled=True, anomaly=False, provenance=Provenance()):
        try:
            state = tuple(map(as_leaf, o.init_state(p._array)))
            after, state = o.update(p, g, state, o.rate(p), _TELLING_STEP)
        except Exception:  # a user's update may do anything; its numbers then have no letters
            return None
    return Update(o, update.before, g, after, state, _TELLING_STEP)


def _known(o: Any, t: int) -> list[tuple[float, Written]]:
    """What an optimiser's numbers are called: η, momentum μ, decay λ, and Adam's β₁, β₂, ε and corrections."""
    known = [(o.lr, Written("η"))]
    if momentum := getattr(o, "momentum", 0.0):
        known.append((momentum, Written("μ")))
    if betas := getattr(o, "betas", None):
        known.append((o.eps, Written("ε")))
        for letter, beta in zip("₁₂", betas, strict=True):
            known += [(beta, Written(f"β{letter}")), (1.0 - beta, Written(f"1 − β{letter}", SUM))]
        known.append((o.lr / (1.0 - betas[0] ** t), Written("η/(1 − β₁ᵗ)", PRODUCT)))
        known.append(((1.0 - betas[1] ** t) ** 0.5, Written("√(1 − β₂ᵗ)", POWER)))
    if decay := getattr(o, "weight_decay", 0.0):
        known += [(decay, Written("λ")), (o.lr * decay, Written("ηλ", PRODUCT))]
    return known


def _only(value: object, known: Iterable[tuple[float, Written]]) -> Written | None:
    """The only letter that a number can have, in its own precision."""
    number = np.asarray(value)
    near = 1e-12 if number.dtype == np.float64 else 1e-6
    letters = [written for x, written in known if np.all(abs(number - x) <= near * abs(x))]
    return letters[0] if len(letters) == 1 else None


def described(update: Update, with_rate: bool, is_changed: str) -> str:
    """How far an update moves its parameter, if it is seen to, and what its letters stand for, η only if asked."""
    moved = float(np.abs(update.after._array - update.before).max(initial=0.0))
    far = [] if unseen(update) is not None else [f"largest change {number(moved)}"]
    o: Any = update.optimizer
    letters = [("η", o.lr)] if with_rate else []
    if betas := getattr(o, "betas", None):
        letters += [("t", update.step), ("β₁", betas[0]), ("β₂", betas[1]), ("ε", o.eps)]
    elif getattr(o, "momentum", 0.0):
        letters.append(("μ", o.momentum))
    if getattr(o, "weight_decay", 0.0):
        letters.append(("λ", o.weight_decay))
    changed = [is_changed] if update.is_changed else []
    return ", ".join([*far, *changed, *(f"{letter} = {number(x)}" for letter, x in letters)])


def _number(value: object, digits: int = 3, beside: Any = None) -> Written:
    text = numbers(value, digits, beside=beside)
    return Written(text, 2 if text.startswith("−") else 4)


def is_plain(update: Update) -> bool:
    """Whether an update is exactly the paper's ``W − η∇W``."""
    after = update.after
    if update.is_changed or after.operation is None or after.operation.name != "subtract":
        return False
    step = after.inputs[1]
    return bool(
        step is not None
        and step.operation is not None
        and step.operation.name == "multiply"
        and step.inputs[1] is update.gradient
        and _letters(update).get((step, 0)) == Written("η")
    )
