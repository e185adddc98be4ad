"""Optimisers: how parameters follow their gradients."""

from microae.optim.optimizers import OPTIMIZERS, SGD, Adam, AdamW, Optimizer, optimizer

__all__ = ["OPTIMIZERS", "SGD", "Adam", "AdamW", "Optimizer", "optimizer"]
