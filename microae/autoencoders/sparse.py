"""The sparse autoencoder: few units of the code are active at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microae.arguments import is_real, not_negative
from microae.autoencoders.autoencoder import Autoencoder
from microae.core.context import no_grad
from microae.core.value import Value
from microae.nn.activations import Activation
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
        As of :class:`Autoencoder`, but for ``sparsity``.

    Raises
    ------
    ValueError
        If the penalty is not known or does not fit the activation, or a number is out of range.

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
        if not isinstance(penalty, str) or penalty not in ("kl", "l1"):
            raise ValueError(f"SparseAutoencoder: penalty must be 'kl' or 'l1', got {penalty!r}")
        if not is_real(target) or not 0.0 < target < 1.0:
            raise ValueError(f"SparseAutoencoder: target must be a number between 0 and 1, got {target!r}")
        if options.get("sparsity"):
            raise ValueError("SparseAutoencoder: sparsity cannot be used here; weight says what its penalty counts")
        super().__init__(layers, activation, **options)
        self.kind, self.target = penalty, float(target)
        if penalty == "kl":
            self._require_activities()
        self.weight = not_negative("SparseAutoencoder", "weight", weight)

    def penalty(self, x: Any, code: Any) -> Any:  # noqa: ARG002 - as in Autoencoder
        """``weight`` times the divergence from the target activity, or times the mean absolute code."""
        if self.kind == "l1":
            return self.weight * absolute(code).mean()
        rho, mean = self.target, code if code.ndim == 1 else code.mean(axis=0)
        constant = rho * np.log(rho) + (1.0 - rho) * np.log1p(-rho)
        each = constant - rho * np.log(mean) - (1.0 - rho) * np.log(1.0 - mean)
        return self.weight * each.sum()

    def _require_activities(self) -> None:
        """Refuse codes that leave [0, 1], of which there is no divergence."""
        activations = [part for part in self.encoder.modules() if isinstance(part, Activation)]
        if not activations:
            return
        z = np.multiply.outer(np.linspace(-20.0, 20.0, 41), (-1.0) ** np.arange(min(self.layers)))
        with no_grad(), np.errstate(all="ignore"):
            code = activations[-1](Value(z.astype(self.dtype))).numpy()
        if not (code.min() >= 0.0 and code.max() <= 1.0):
            raise ValueError(
                f"SparseAutoencoder: penalty='kl' compares the mean activity of a unit with {self.target}, so a code "
                f"must lie between 0 and 1; that of {type(activations[-1]).__name__} does not: take "
                "activation='sigmoid', or penalty='l1'"
            )

    def configuration(self) -> dict[str, Any]:
        return super().configuration() | {"penalty": self.kind, "target": self.target, "weight": self.weight}
