"""Training: epochs of mini-batches, and the files of trained models.

- ``fit``: train a model; ``early_stopping`` and others of ``microae.training.callbacks`` act between its epochs
- ``resume``: go on with one that was stopped, from the checkpoints that ``fit(..., checkpoint="run/")`` keeps
- ``save`` and ``load``: a trained model as a safetensors file
"""

from microae.training.callbacks import early_stopping
from microae.training.checkpoint import load, save
from microae.training.fit import fit
from microae.training.resuming import resume

__all__ = ["early_stopping", "fit", "load", "resume", "save"]
