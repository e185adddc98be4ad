"""``likely_cause``: a guess at why a gradient is wrong, from it and its numerical estimate at a few points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from microae.testing.reports import Finding

_NEAR = 1e-5
Pair = tuple[Any, Any]  # a gradient and its numerical estimate, or None where there is none


@dataclass(frozen=True)
class Evidence:
    """A wrong gradient by one input at one point, beside its numerical estimate.

    It is ``telling`` unless the inputs are 0 or all equal there, where many a mistake looks like another one.
    """

    order: int
    input: str
    gradient: Any
    numerical: Any
    telling: bool


def explained(finding: Finding, evidence: Sequence[Evidence]) -> Finding:
    """A finding with its likely cause, if it has none yet."""
    if finding.cause or finding.verdict != "disagrees":
        return finding
    own = [e for e in evidence if finding.order == e.order and finding.input.partition(", along")[0] == e.input]
    pairs = [(e.gradient, e.numerical) for e in own]
    return replace(finding, cause=likely_cause(pairs, finding.kind == "kink", any(e.telling for e in own)))


def likely_cause(pairs: Sequence[Pair], kink: bool = False, telling: bool = True) -> str:
    """The most likely mistake behind a wrong gradient, as a sentence.

    Parameters
    ----------
    pairs : sequence of pairs of arrays
        The gradient that is checked and its numerical estimate, of the same shape, at one point or several; ``None``
        in place of an estimate if there is none. What is guessed explains all of them.
    kink : bool
        Whether the function has a kink at this point.
    telling : bool
        Whether a mistake may be told from the pairs; otherwise only what is seen at once is said.

    Returns
    -------
    str
        Empty if no simple mistake turns one array into the other, or too few numbers say so.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.testing.diagnosis import likely_cause
    >>> likely_cause([(np.array([1.0, 2.0]), np.array([-1.0, -2.0]))])
    'the sign is wrong'
    """
    if any(not np.isfinite(g).all() for g, _ in pairs):
        return "the gradient is not finite"
    if kink:
        return "at a kink: a gradient there must lie between the slopes on the two sides"
    if not telling or not pairs:
        return ""
    if not any(np.any(g) for g, _ in pairs):
        return "the gradient is zero: is the input used through plain numbers or a function that cuts the graph?"
    if any(n is None or not np.isfinite(n).all() for _, n in pairs):
        return ""
    if not any(np.any(n) for _, n in pairs):
        return "the gradient should be zero: a term too many"
    factor = _factor(pairs)
    guesses: list[tuple[str, Callable[[Any, Any], Any]]] = [
        ("too few digits are right: is something large subtracted from its like?", lambda g, n: g),
        ("the sign is wrong", lambda g, n: -g),
        (f"off by a constant factor: multiply by {_as_fraction(factor)}", lambda g, n: factor * g),
        ("the gradient is transposed", lambda g, n: g.T),
        ("the elements are in reverse order", lambda g, n: np.flip(g)),
    ]
    for text, guess in guesses:
        if all(_near(guess(g, n), n) for g, n in pairs) and ("factor" not in text or _enough(factor, pairs)):
            return text
    return _cause_of_elements(pairs)


def _near(guess: Any, numerical: Any) -> bool:
    if guess.shape != numerical.shape:
        return False
    return bool(np.abs(guess - numerical).max() <= _NEAR * np.abs(numerical).max())


def _factor(pairs: Sequence[Pair]) -> float:
    g, n = (np.concatenate([np.ravel(p) / _size(pair) for pair, p in zip(pairs, part, strict=True)])
            for part in zip(*pairs, strict=True))  # fmt: skip
    return float(np.sum(n * g) / np.sum(g * g))


def _size(pair: Pair) -> float:
    return float(max(np.abs(pair[0]).max(), np.abs(pair[1]).max())) or 1.0


def _enough(factor: float, pairs: Sequence[Pair]) -> bool:
    """Whether a factor is more than chance: it explains the error, and is simple or fits numbers of different sizes."""
    if any(np.abs(factor * g - n).max() > 0.01 * np.abs(g - n).max() for g, n in pairs):
        return False
    sizes = np.concatenate([np.abs(np.ravel(g)) for g, _ in pairs])
    sizes = sizes[sizes > 0.0]
    different = sizes.max() > 1.001 * sizes.min()
    return bool(factor) and (different or len(_as_fraction(factor).replace("-", "")) <= 3)


def _cause_of_elements(pairs: Sequence[Pair]) -> str:
    wrong = [np.abs(g - n) > _NEAR * np.abs(n).max() for g, n in pairs]
    right = sum(int(np.sum(~w & (n != 0.0))) for w, (_, n) in zip(wrong, pairs, strict=True))
    if all(w.sum() == 1 for w in wrong) and right > 1:
        return "only this element is wrong"
    differences = np.concatenate([np.ravel(n - g) for g, n in pairs])
    size = max(float(np.abs(n).max()) for _, n in pairs)
    if differences.size > 2 and all(w.any() for w in wrong) and np.ptp(differences) <= _NEAR * size:
        return f"the same number is missing everywhere: {differences[0]:.6g}"
    return "a term is missing or wrong" if differences.size > 1 else ""


def _as_fraction(factor: float) -> str:
    for below in range(1, 13):
        above = round(factor * below)
        if above and abs(factor * below - above) <= 1e-5 * abs(above):
            return f"{above}" if below == 1 else f"{above}/{below}"
    return f"{factor:.6g}"
