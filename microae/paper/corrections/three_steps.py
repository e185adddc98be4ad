"""Three steps are announced and two are described."""

from __future__ import annotations

from microae.paper.corrections.common import Correction, Evidence
from microae.paper.published import BACKPROPAGATION


def evidence() -> Evidence:
    return {"announced": BACKPROPAGATION["announced"], "described": len(BACKPROPAGATION["steps"])}


CORRECTION = Correction(
    id="three-steps",
    position=230,
    paper='Back propagation "occurs in 3 steps".',
    truth=(
        "{announced} are announced and {described} are described, gradient computation and update; the one missing is "
        "the step from ∇ to ∇W and ∇b."
    ),
    evidence=evidence,
    shows=lambda e: e["announced"] > e["described"],
)
