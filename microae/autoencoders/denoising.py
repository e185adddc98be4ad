"""The denoising autoencoder: the input is corrupted, the target stays clean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from microae.autoencoders.autoencoder import Autoencoder
from microae.nn.initialisers import Seed, generator
from microae.nn.layers import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from microae.nn.module import Module

CORRUPTIONS: dict[str, Callable[..., Module]] = {
    "gaussian": GaussianNoise,
    "masking": MaskingNoise,
    "salt_and_pepper": SaltAndPepperNoise,
}
"""The kinds of noise by their names."""


class DenoisingAutoencoder(Autoencoder):
    """Learns to undo noise: minimises ``d(decoder(encoder(x + noise)), x)`` (Vincent et al. 2010).

    Parameters
    ----------
    layers : sequence of int
        As of :class:`Autoencoder`.
    corruption : str
        "gaussian", "masking" or "salt_and_pepper".
    amount : float
        The standard deviation of Gaussian noise, or the share of elements that are lost.
    seed : int, numpy.random.Generator or None
        Source of all randomness.
    **options
        As of :class:`Autoencoder`, but for ``noise``.

    Raises
    ------
    ValueError
        If the corruption is not known, or for what :class:`Autoencoder` refuses.

    Examples
    --------
    >>> import microae as ma
    >>> net = ma.DenoisingAutoencoder([4, 2, 4], "masking", 0.5, seed=0)
    >>> net.noise, net.loss([1, 0, 1, 0]).shape
    (MaskingNoise(0.5), ())
    """

    def __init__(
        self,
        layers: Sequence[int],
        corruption: str = "gaussian",
        amount: float = 0.25,
        *,
        seed: Seed = None,
        **options: Any,
    ) -> None:
        if "noise" in options:
            raise ValueError(
                "DenoisingAutoencoder: has corruption and amount in place of noise, as in "
                "DenoisingAutoencoder([3, 4, 3], 'gaussian', 0.3)"
            )
        if not isinstance(corruption, str) or corruption not in CORRUPTIONS:
            raise ValueError(
                f"DenoisingAutoencoder: corruption must be one of {', '.join(CORRUPTIONS)}, got {corruption!r}"
            )
        rng = generator(seed)
        super().__init__(layers, noise=CORRUPTIONS[corruption](amount, seed=rng), seed=rng, **options)

    def configuration(self) -> dict[str, Any]:
        arguments = super().configuration()
        noise = arguments.pop("noise")
        corruption = next((name for name, kind in CORRUPTIONS.items() if kind is type(noise)), None)
        return arguments | {"corruption": corruption, "amount": noise.amount}
