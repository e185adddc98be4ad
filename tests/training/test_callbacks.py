"""Callbacks: the learning rate that falls, and what is done after some of the epochs."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microae as ma
from microae.training.callbacks import at_epochs, spread


def small_net():
    return ma.Autoencoder([3, 2, 3], seed=0)


def sgd(net, lr):
    return ma.SGD(net.parameters(), lr=lr)


@given(epochs=st.integers(1, 9), lr=st.floats(0.001, 10))
@settings(deadline=None, max_examples=20)
def test_cosine_decay(epochs, lr):
    net = small_net()
    optimizer, rates = sgd(net, lr), [lr]
    decay = ma.cosine_decay(optimizer, epochs)
    for epoch in range(1, epochs + 3):
        decay(ma.History(loss=[0.0] * epoch))
        rates.append(optimizer.lr)
    expected = [lr * math.cos(math.pi / 2 * min(1, i / epochs)) ** 2 for i in range(epochs + 3)]
    np.testing.assert_allclose(rates, expected, rtol=1e-9, atol=1e-15 * lr)


def test_cosine_decay_says_what_it_needs():
    with pytest.raises(ValueError, match="cosine_decay: epochs must be a whole number of at least 1, got 0"):
        ma.cosine_decay(sgd(small_net(), 0.1), 0)


def test_at_epochs():
    net, seen = small_net(), []
    look = at_epochs([2, 4, 9], lambda history: seen.append(history.epochs) or history.epochs == 4)
    history = ma.fit(net, np.eye(3), sgd(net, 0.1), epochs=8, batch_size=1, progress=False, callbacks=[look])
    assert seen == [2, 4]
    assert history.epochs == 4


@given(epochs=st.integers(1, 3000), times=st.integers(2, 40))
@settings(deadline=None, max_examples=100)
def test_epochs_spread_evenly(epochs, times):
    chosen = spread(epochs, times)
    assert (chosen[0], chosen[-1], len(chosen)) == (1, epochs, min(epochs, times))
    gaps = np.diff(chosen)
    assert not gaps.size or 1 <= gaps.min() <= gaps.max() <= gaps.min() + 1
