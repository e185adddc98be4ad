"""Views: how a Value, a step and a history ask for pictures of themselves, which rooms above theirs make.

A room imports only what stands below it, so ``Step.save`` cannot import what draws it. It calls ``views.draw``, and the
face of the library, ``microae/__init__.py``, says here what that is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

draw: Callable[..., Any]
"""``draw(what, **options)``: the drawing of a Value's graph or of a step, as :func:`microae.draw`."""

display: Callable[[Any], dict[str, Any]]
"""``display(what)``: what a notebook shows of a Value or a step, by MIME type."""

player: Callable[..., Any]
"""``player(history, other, names=names)``: the page of :meth:`microae.History.player`."""
