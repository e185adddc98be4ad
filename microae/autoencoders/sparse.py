"""The sparse autoencoder: few units of the code are active at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microae.arguments import not_negative
from microae.autoencoders.autoencoder import Autoencoder
from microae.operations.arithmetic import absolute


class SparseAutoencoder(Autoencoder):
    """Adds to the distance a penalty on the code's activity.

    "kl": ``weight Σⱼ KL(ρ ‖ ρ̂ⱼ)`` with ``KL = ρ ln(ρ/ρ̂ⱼ) + (1-ρ) ln((1-ρ)/(1-ρ̂ⱼ))``, ρ̂ⱼ the mean of unit j over the
    batch (Ng 2011, CS294A lecture notes); "l1": ``weight · mean |h|``.

    Parameters
    ----------
    layers : sequence of int
        As of :class:`Autoencoder`.
    activation : str or Module
        Of the hidden layers; "kl" needs codes between 0 and 1, as of "sigmoid".
    penalty : str
        "kl" or "l1".
    target : float
        The mean activity ρ that "kl" aims at, between 0 and 1.
    weight : float
        What the penalty counts.
    **options
        As of :class:`Autoencoder`.

    Raises
    ------
    ValueError
        If the penalty is not known or a number is out of range.

    Examples
    --------
    >>> import microae as ma
    >>> net = ma.SparseAutoencoder([4, 8, 4], target=0.1, seed=0)
    >>> net.loss([[1, 0, 1, 0], [0, 1, 0, 1]]).shape
    ()
    """

    def __init__(
        self,
        layers: Sequence[int],
        activation: Any = "sigmoid",
        *,
        penalty: str = "kl",
        target: float = 0.05,
        weight: float = 0.3,
        **options: Any,
    ) -> None:
        if penalty not in ("kl", "l1"):
            raise ValueError(f"SparseAutoencoder: penalty must be 'kl' or 'l1', got {penalty!r}")
        if not 0.0 < target < 1.0:
            raise ValueError(f"SparseAutoencoder: target must lie between 0 and 1, got {target!r}")
        super().__init__(layers, activation, **options)
        self.kind, self.target = penalty, float(target)
        self.weight = not_negative("SparseAutoencoder", "weight", weight)

    def penalty(self, x: Any, code: Any) -> Any:  # noqa: ARG002 - as in Autoencoder
        """``weight`` times the divergence from the target activity, or times the mean absolute code."""
        if self.kind == "l1":
            return self.weight * absolute(code).mean()
        rho, mean = self.target, code if code.ndim == 1 else code.mean(axis=0)
        constant = rho * np.log(rho) + (1.0 - rho) * np.log1p(-rho)
        each = constant - rho * np.log(mean) - (1.0 - rho) * np.log(1.0 - mean)
        return self.weight * each.sum()

    def configuration(self) -> dict[str, Any]:
        return super().configuration() | {"penalty": self.kind, "target": self.target, "weight": self.weight}
