"""Training: epochs of mini-batches, and the files in which a trained model is kept."""

from microae.training.callbacks import cosine_decay
from microae.training.checkpoint import load, save
from microae.training.fit import fit

__all__ = ["cosine_decay", "fit", "load", "save"]
