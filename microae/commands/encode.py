"""``microae encode``: the codes of samples, as a file."""

from __future__ import annotations

import argparse
from typing import Any

from microae.autoencoders.autoencoder import Autoencoder, evaluating
from microae.commands import models
from microae.core.arrays import Array
from microae.core.context import no_grad

HELP = "encode samples by a saved autoencoder"
DESCRIPTION = (
    "Write the code of each sample, the output of the narrowest layer of an autoencoder that microae train, microae "
    "paper or microae.save has written. Data are read and written in chunks."
)
EXAMPLES = (
    "microae encode --model microae-train/weights.safetensors --data digits",
    "microae encode --model microae-train/weights.safetensors --data samples.npy --out codes.csv",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command to a parser."""
    models.add_arguments(parser, out="codes.npy")


def run(arguments: argparse.Namespace) -> int:
    """Write the codes; return the exit code."""

    def work() -> tuple[str, dict[str, Any]]:
        width = 0

        def names(net: Autoencoder) -> list[str]:
            nonlocal width
            width = codes(net, [[0.0] * net.layers[0]]).shape[1]
            return [f"code{i}" for i in range(width)]

        samples = models.through(arguments, codes, names)
        return (
            f"{arguments.out}: {samples:,} codes of {width} numbers",
            {"samples": samples, "code_size": width, "file": arguments.out},
        )

    return models.run(arguments, work)


def codes(net: Autoencoder, x: Any) -> Array:
    """The codes (N, code) of samples (N, n) as a plain array."""
    with evaluating(net), no_grad():
        plain: Array = net.encode(x).numpy()
    return plain
