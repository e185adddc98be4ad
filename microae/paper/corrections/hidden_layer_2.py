"""The second hidden layer is the output layer."""

from __future__ import annotations

from microae.paper.corrections.common import Correction, Evidence, largest_difference
from microae.paper.published import network, printed


def evidence() -> Evidence:
    net, x = network(), printed("input")
    return {
        "difference": largest_difference(printed("a(2)"), printed("output")),
        "ours": largest_difference(net(x).data, printed("a(2)")),
    }


CORRECTION = Correction(
    id="hidden-layer-2",
    position=305,
    paper="Step 2: Hidden Layer 2.",
    truth=(
        "That is the output layer, the network has one hidden layer: the printed a(2) and the printed output differ by "
        "{difference:g}, and the network's output is a(2) to {ours:.0e}."
    ),
    evidence=evidence,
    shows=lambda e: e["difference"] == 0 and e["ours"] < 1e-8,
)
