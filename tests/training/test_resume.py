"""A training that was stopped and goes on is, bit for bit, the one that was never stopped.

Compared are the last checkpoints of both, which hold weights, optimiser, generators, history and trajectory.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import microae as ma
from microae.compiler.backends import UnsupportedError
from microae.training.keeping import checkpoints, discard, read

X = np.random.default_rng(0).random((23, 6))
CLASSES = np.arange(23) % 3

FAMILY = {
    "plain": lambda: ma.Autoencoder([6, 4, 6], "tanh", seed=3),
    "random": lambda: ma.Autoencoder([6, 4, 6], noise=0.1, dropout=0.25, sparsity=0.01, seed=3),
    "tied": lambda: ma.Autoencoder([6, 4, 6], "tanh", tied=True, seed=3),
    "gaussian": lambda: ma.DenoisingAutoencoder([6, 4, 6], "gaussian", seed=3),
    "masking": lambda: ma.DenoisingAutoencoder([6, 4, 6], "masking", seed=3, dtype="float32"),
    "salt": lambda: ma.DenoisingAutoencoder([6, 4, 6], "salt_and_pepper", seed=3, loss="mse"),
    "kl": lambda: ma.SparseAutoencoder([6, 8, 6], seed=3),
    "l1": lambda: ma.SparseAutoencoder([6, 8, 6], "relu", penalty="l1", seed=3),
    "contractive": lambda: ma.ContractiveAutoencoder([6, 3, 6], seed=3),
    "variational": lambda: ma.VariationalAutoencoder([6, 5, 2, 5, 6], "tanh", seed=3),
    "classifier": lambda: ma.Classifier([6, 5, 3], seed=3),
}
OPTIMIZERS = {
    "sgd": lambda parameters: ma.SGD(parameters, lr=0.1),
    "nesterov": lambda parameters: ma.SGD(parameters, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": lambda parameters: ma.Adam(parameters, lr=0.01, betas=(0.8, 0.99)),
    "adamw": lambda parameters: ma.AdamW(parameters, lr=0.01, weight_decay=0.1),
}
SCHEDULES = {
    "none": lambda optimizer: [],
    "cosine": lambda optimizer: [ma.cosine_decay(optimizer, 6)],
    "both": lambda optimizer: [ma.early_stopping(4), ma.cosine_decay(optimizer, 6)],
}
WITHOUT_LOOP = {"tied", "masking", "kl", "classifier"}
"""Members of which "python" has no program, and says so."""

CASES = [
    *((member, "adam", "cosine", backend) for backend in ("eager", "numpy", "python") for member in FAMILY
      if backend != "python" or member not in WITHOUT_LOOP),
    *(("random", optimizer, schedule, backend) for backend in ("eager", "numpy", "python") for optimizer in OPTIMIZERS
      for schedule in SCHEDULES if (optimizer, schedule) != ("adam", "cosine")),
    ("random", "nesterov", "both", "numba"),  # each takes seconds to compile
    ("masking", "adamw", "cosine", "numba"),
    ("variational", "adam", "none", "numba"),
]  # fmt: skip


def stop(epoch):
    """A callback that ends the training as Ctrl-C between two looks would, without another checkpoint."""

    def interrupt(history):
        if history.epochs == epoch:
            raise KeyboardInterrupt

    return interrupt


def trained(directory, member="plain", optimizer="adam", schedule="none", backend="eager", stopped=None, **options):
    """Train, or until an epoch; the checkpoints lie within epochs, for 5 does not divide their batches, 6."""
    net = FAMILY[member]()
    descent = OPTIMIZERS[optimizer](net.parameters())
    target = CLASSES if member == "classifier" else None
    options = {"epochs": 6, "batch_size": 4, "seed": 1, "progress": False, "every": 5} | options
    callbacks = SCHEDULES[schedule](descent) + ([] if stopped is None else [stop(stopped)])
    with suppress(KeyboardInterrupt):
        ma.fit(net, X, descent, target=target, validation=(X[:5], None if target is None else target[:5]),
               backend=backend, checkpoint=directory, callbacks=callbacks, **options)  # fmt: skip
    return net


def resumed(directory, member="plain", **options):
    target = CLASSES if member == "classifier" else None
    options = {
        "callbacks": [],
        "progress": False,
        "validation": (X[:5], None if target is None else target[:5]),
    } | options
    return ma.resume(directory, X, target=target, **options)


def assert_same_state(one, other):
    """All that the last checkpoints of two directories hold is equal, but for the times."""
    (arrays, facts), (others, other_facts) = read(one), read(other)
    assert arrays.pop("history.seconds").shape == others.pop("history.seconds").shape
    assert arrays.keys() == others.keys()
    for name, array in arrays.items():
        assert array.tobytes() == others[name].tobytes(), name
        assert (array.dtype, array.shape, array.strides) == (
            others[name].dtype, others[name].shape, others[name].strides)  # fmt: skip
    own = [[one for one in said.pop("callbacks") if one["kind"]] for said in (facts, other_facts)]
    assert own[0] == own[1]
    assert facts == other_facts


@pytest.mark.parametrize(("member", "optimizer", "schedule", "backend"), CASES)
def test_a_training_goes_on_as_if_it_had_not_been_stopped(tmp_path, member, optimizer, schedule, backend):
    pytest.importorskip("numba") if backend == "numba" else None
    settings = member, optimizer, schedule, backend
    net = trained(tmp_path / "whole", *settings)
    trained(tmp_path / "parts", *settings, stopped=3)
    assert read(tmp_path / "parts")[1]["batch"] == 3  # 15 updates, of 6 in an epoch
    again, history = resumed(tmp_path / "parts", member)
    assert_same_state(tmp_path / "whole", tmp_path / "parts")
    assert history.epochs == len(history.seconds) == 6
    assert history.backend == backend
    assert type(again) is type(net)
    for p, q in zip(net.parameters(), again.parameters(), strict=True):
        assert p.data.tobytes() == q.data.tobytes()


def test_a_training_that_cannot_begin_leaves_the_directory_as_it_was(tmp_path):
    for member in WITHOUT_LOOP:
        with pytest.raises(UnsupportedError):
            trained(tmp_path, member, backend="python")
        assert checkpoints(tmp_path) == []
