"""In the forward pass nothing comes from a succeeding layer."""

from __future__ import annotations

from microae.paper.corrections.common import Correction, Evidence, largest_difference
from microae.paper.published import network, printed


def evidence() -> Evidence:
    net, x = network(), printed("input")
    before = net.encode(x).numpy()
    output = net.decoder[0]
    output.weight.data = output.weight.data + 1.0  # type: ignore[attr-defined]
    return {
        "change": largest_difference(net.encode(x).numpy(), before),
        "output": largest_difference(net.reconstruct(x), printed("output")),
    }


CORRECTION = Correction(
    id="succeeding-layers",
    position=130,
    paper="A hidden layer processes signals received from adjacent layers, preceding or succeeding.",
    truth=(
        "In the forward pass only from the preceding one: adding 1 to every weight of the output layer changes the "
        "hidden layer by {change:g} and the output by {output:.2f}. From the succeeding layer come gradients."
    ),
    evidence=evidence,
    shows=lambda e: e["change"] == 0 and e["output"] > 0.1,
)
