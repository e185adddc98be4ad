"""What the table of gradient descents asserts, measured."""

from __future__ import annotations

from microae.paper.corrections.common import Correction, Evidence
from microae.paper.descents import compare_descents


def evidence() -> Evidence:
    stochastic, mini, batch = compare_descents(loss=0.68, epochs=200, noise_epochs=20)
    return {
        "updates": [row.updates_per_epoch for row in (stochastic, mini, batch)],
        "epochs": [row.epochs_to_loss for row in (stochastic, mini, batch)],
        "noise": [round(row.noise, 4) for row in (stochastic, mini, batch)],
        "rises": [round(row.rises, 4) for row in (stochastic, mini, batch)],
    }


CORRECTION = Correction(
    id="descents",
    position=450,
    paper="A table says that stochastic descent is fast per iteration, noisy and may oscillate, that batch descent is "
    "precise but slow; nothing is measured.",
    truth=(
        "Measured on the 8 vectors with η = 0.01 (stochastic, mini-batch of 4, batch): updates per epoch {updates}, "
        "epochs to the loss 0.68 {epochs}, standard deviation of the batch's loss around that of all data {noise}. "
        "That noise does not make it oscillate here: the share of updates that raise the loss is {rises}. Times and "
        "memory are in compare_descents()."
    ),
    evidence=evidence,
    shows=lambda e: (
        e["updates"] == [8, 2, 1]
        and e["epochs"][0] < e["epochs"][1] < e["epochs"][2]
        and e["noise"][0] > e["noise"][1] > e["noise"][2] == 0
        and max(e["rises"]) < 0.05
    ),
)
