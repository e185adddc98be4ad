"""The autoencoder family."""

from microae.autoencoders.autoencoder import Autoencoder

__all__ = ["Autoencoder"]
