"""More digits are printed than the weights can tell."""

from __future__ import annotations

import numpy as np

from microae.paper.corrections.common import Correction, Evidence, half_units
from microae.paper.published import HYPERPARAMETERS, PRINTED, printed, weights
from microae.paper.walkthrough import GIVEN, walkthrough


def evidence() -> Evidence:
    rows = walkthrough()
    computed = [row for row in rows if row.step not in GIVEN]
    x, W2 = printed("input"), weights()[1]
    doubt1 = np.abs(x) @ half_units("W(1)") + half_units("b(1)")
    z1, slope = printed("z(1)"), HYPERPARAMETERS["alpha"]
    a1, doubt_a1 = np.where(z1 > 0, z1, slope * z1), np.where(z1 > 0, doubt1, slope * doubt1)
    doubt2 = np.abs(a1) @ half_units("W(2)") + doubt_a1 @ (np.abs(W2) + half_units("W(2)")) + half_units("b(2)")
    unit = [10.0 ** -len(text.split(".")[1]) for text in PRINTED["z(2)"]]
    return {
        "numbers": len(rows),
        "agree": sum(row.agrees for row in rows),
        "computed": len(computed),
        "doubt": doubt2.tolist(),
        "units": (doubt2 / unit).tolist(),
    }


CORRECTION = Correction(
    id="digits",
    position=400,
    paper="The example is printed with up to ten significant digits, from weights of at most six.",
    truth=(
        "{agree} of {numbers} printed numbers follow from the printed weights in every digit. But the weights are "
        "rounded to six significant digits, which leaves z(2) of the trained network in doubt by up to {doubt[0]:.0e}, "
        "{doubt[1]:.0e} and {doubt[2]:.0e}: {units[0]:.0f}, {units[1]:.0f} and {units[2]:.0f} units of its last "
        "printed digit. The last four digits say nothing about the network that was trained."
    ),
    evidence=evidence,
    shows=lambda e: (
        e["agree"] == e["numbers"] == 51 and e["computed"] == 17 and min(e["units"]) > 1e3 and max(e["units"]) < 1e5
    ),
)
