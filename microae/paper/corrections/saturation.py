"""Where the sigmoid saturates the printed product is 0/0."""

from __future__ import annotations

import numpy as np

from microae.paper.corrections.common import Correction, Evidence, largest_difference
from microae.paper.manual import output_gradient


def evidence() -> Evidence:
    def both(z: float) -> tuple[float, float]:
        arguments = np.array([[z]]), np.array([[1.0]]), "sigmoid", "binary_cross_entropy", "sum"
        return (
            float(output_gradient(*arguments, as_printed=True)[0, 0]),  # type: ignore[arg-type]
            float(output_gradient(*arguments)[0, 0]),  # type: ignore[arg-type]
        )

    return {
        "printed": both(40.0)[0],
        "simplified": both(40.0)[1],
        "moderate": largest_difference(*both(5.0)) / abs(both(5.0)[1]),
    }


CORRECTION = Correction(
    id="saturation",
    position=205,
    paper="∇ = δ · σ'(z) for the output layer.",
    truth=(
        "Right on paper, not in floating point: at z = 40 σ rounds to 1, and the product is 0/0 = {printed} where "
        "a - y gives {simplified:g}. At z = 5 they agree to {moderate:.0e}."
    ),
    evidence=evidence,
    shows=lambda e: np.isnan(e["printed"]) and e["simplified"] == 0 and e["moderate"] < 1e-12,
)
