"""``microae reconstruct``: what an autoencoder makes of samples, as a file."""

from __future__ import annotations

import argparse
from typing import Any

from microae.autoencoders.evaluation import reconstruction_errors
from microae.commands import models
from microae.core.arrays import Array

HELP = "reconstruct samples by a saved autoencoder"
DESCRIPTION = (
    "Write the reconstruction of each sample by an autoencoder that microae train, microae paper or microae.save has "
    "written, and print the mean squared error. Data are read and written in chunks."
)
EXAMPLES = (
    "microae reconstruct --model microae-train/weights.safetensors --data digits",
    "microae reconstruct --model microae-train/weights.safetensors --data samples.npy --out again.parquet --json",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command to a parser."""
    models.add_arguments(parser, out="reconstructions.npy")


def run(arguments: argparse.Namespace) -> int:
    """Write the reconstructions and print their error; return the exit code."""

    def work() -> tuple[str, dict[str, Any]]:
        sums = []

        def measure(x: Array, reconstruction: Array) -> None:
            sums.append(float(reconstruction_errors(x, reconstruction).sum()))

        samples = models.through(
            arguments,
            lambda net, x: net.reconstruct(x),
            lambda net: models.column_names_for(arguments.data, net),
            measure,
        )
        error = sum(sums) / samples
        return (
            f"{arguments.out}: {samples:,} samples, mean squared error {error:.6g}",
            {"samples": samples, "mean_squared_error": error, "file": arguments.out},
        )

    return models.run(arguments, work)
