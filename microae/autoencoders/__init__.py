"""The autoencoder family."""

from microae.autoencoders.autoencoder import Autoencoder
from microae.autoencoders.classifier import Classifier
from microae.autoencoders.contractive import ContractiveAutoencoder
from microae.autoencoders.denoising import DenoisingAutoencoder
from microae.autoencoders.sparse import SparseAutoencoder
from microae.autoencoders.variational import VariationalAutoencoder

__all__ = [
    "Autoencoder",
    "Classifier",
    "ContractiveAutoencoder",
    "DenoisingAutoencoder",
    "SparseAutoencoder",
    "VariationalAutoencoder",
]
