"""The contractive autoencoder: the code changes little where the input does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microae.arguments import not_negative
from microae.autoencoders.autoencoder import Autoencoder
from microae.core.context import changed
from microae.core.value import Value
from microae.transforms import gradients


class ContractiveAutoencoder(Autoencoder):
    """Adds ``weight · ‖∂h/∂x‖²`` to the distance, the squared Frobenius norm of the code's Jacobian.

    Source: Rifai et al. 2011.

    The Jacobian comes from recorded gradients, one backward pass for each unit of the code, so any activation and
    depth will do; its squared norm is averaged over the batch.

    Parameters
    ----------
    layers : sequence of int
        As of :class:`Autoencoder`.
    activation : str or Module
        Of the hidden layers.
    weight : float
        What the penalty counts.
    **options
        As of :class:`Autoencoder`, but for ``sparsity``.

    Raises
    ------
    ValueError
        If the weight is negative, or for what :class:`Autoencoder` refuses.

    Examples
    --------
    >>> import microae as ma
    >>> net = ma.ContractiveAutoencoder([4, 2, 4], weight=0.1, seed=0)
    >>> net.loss([1, 0, 1, 0]).shape
    ()
    """

    def __init__(
        self, layers: Sequence[int], activation: Any = "sigmoid", *, weight: float = 0.1, **options: Any
    ) -> None:
        if options.get("sparsity"):
            raise ValueError("ContractiveAutoencoder: sparsity cannot be used here; its penalty is weight · ‖∂h/∂x‖²")
        super().__init__(layers, activation, **options)
        self.weight = not_negative("ContractiveAutoencoder", "weight", weight)

    def penalty(self, x: Any, code: Any) -> Any:  # noqa: ARG002 - as in Autoencoder
        """``weight`` times :meth:`jacobian_norm`, at the clean input."""
        return self.weight * self.jacobian_norm(x) if self.weight else None

    def configuration(self) -> dict[str, Any]:
        return super().configuration() | {"weight": self.weight}

    def jacobian_norm(self, x: Any) -> Any:
        """The mean over samples of ``‖∂h/∂x‖²``.

        Parameters
        ----------
        x : array_like or Value
            A sample (n,) or a batch (N, n).

        Returns
        -------
        Value
            Of shape ().
        """
        x = self._checked(x)
        x = x if isinstance(x, Value) else Value(x)
        with changed(grad_enabled=True):  # also where a loss is only measured
            code = self.encoder(x)
            total: Any = 0.0
            for j in range(code.shape[-1]):
                (row,) = gradients(code[..., j].sum(), [x], record=True)
                total = total + (row * row).sum()
        return total / (x.shape[0] if x.ndim == 2 else 1)
