"""Where the paper is wrong or silent: each correction is one file here, with numbers computed when they are asked for.

To add one, add a file beside the others, named after its id, whose ``CORRECTION`` tells the claim, computes the
evidence and says what evidence shows it; there is no list to extend. ``common`` holds what several share.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from microae.paper.corrections.common import Correction

__all__ = ["CORRECTIONS", "Correction"]


def _collected() -> tuple[Correction, ...]:
    """Those of all modules beside this one, by their position, and by their id where two have the same."""
    names = sorted(module.name for module in iter_modules(__path__) if module.name != "common")
    corrections: list[Correction] = [import_module(f"{__name__}.{name}").CORRECTION for name in names]
    return tuple(sorted(corrections, key=lambda correction: (correction.position, correction.id)))


CORRECTIONS: tuple[Correction, ...] = _collected()
"""Every error and silence of the paper that was found, in the order of its text."""
