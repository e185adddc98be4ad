"""Callbacks: the learning rate that falls, and what is done after some of the epochs."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microae as ma
from microae.optim.schedules import SCHEDULES
from microae.training.callbacks import at_epochs, rebuilt, spread


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


def rates(schedule, optimizer, losses, **column):
    """The rates of the epochs, each of which the losses end with one more."""
    seen = [optimizer.lr]
    for epoch in range(1, len(losses) + 1):
        schedule(ma.History(loss=losses[:epoch], **{name: all_[:epoch] for name, all_ in column.items()}))
        seen.append(optimizer.lr)
    return seen


def test_the_rates_of_the_schedules():
    def of(make, losses=(1.0,) * 5, **column):
        optimizer = sgd(small_net(), 0.8)
        return rates(make(optimizer), optimizer, list(losses), **column)

    expected = [0.8 * 0.5**e for e in range(6)]
    np.testing.assert_allclose(of(lambda o: ma.exponential_decay(o, 0.5)), expected, rtol=1e-15)
    expected = [0.8, 0.8, 0.4, 0.4, 0.2, 0.2]
    np.testing.assert_allclose(of(lambda o: ma.step_decay(o, 2, 0.5)), expected, rtol=1e-15)
    falling, stuck = (5.0, 4.0, 3.0, 2.0, 1.0), (5.0, 4.0, 4.0, 4.5, 4.0)
    plateau = {"factor": 0.5, "patience": 2}
    assert of(lambda o: ma.reduce_on_plateau(o, **plateau), falling) == [0.8] * 6
    assert of(lambda o: ma.reduce_on_plateau(o, **plateau), stuck) == [0.8] * 5 + [0.4]
    held_out = {"validation_loss": list(stuck)}
    assert of(lambda o: ma.reduce_on_plateau(o, **plateau), falling, **held_out) == [0.8] * 5 + [0.4]
    waits = (1.0,) * 8  # the first is the least, then patience + 1 are borne, twice
    expected = [0.8] * 4 + [0.4] * 3 + [0.2] * 2
    assert of(lambda o: ma.reduce_on_plateau(o, **plateau), waits) == expected


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_counts_its_own_epochs(name):
    """As PyTorch's: a history that is continued does not make it leap."""
    options = {"cosine_decay": (9,), "exponential_decay": (0.5,), "step_decay": (1,), "reduce_on_plateau": (0.5, 1)}
    optimizer = sgd(small_net(), 0.8)
    getattr(ma, name)(optimizer, *options[name])(ma.History(loss=[1.0] * 9))
    first = {
        "cosine_decay": 0.4 * (1 + math.cos(math.pi / 9)), "exponential_decay": 0.4, "step_decay": 0.08,
        "reduce_on_plateau": 0.8,
    }  # fmt: skip
    assert optimizer.lr == pytest.approx(first[name], rel=1e-12)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("exponential_decay", (-1,), "gamma must be a finite number, not negative, got -1"),
        ("step_decay", (0,), "step_size must be a whole number of at least 1, got 0"),
        ("step_decay", (3, math.inf), "gamma must be a finite number, not negative, got inf"),
        ("reduce_on_plateau", (0.1, 0), "patience must be a whole number of at least 1, got 0"),
        ("reduce_on_plateau", (math.nan,), "factor must be at least 0 and less than 1, got nan"),
        ("reduce_on_plateau", (2.0,), "factor must be at least 0 and less than 1, got 2.0"),
    ],
)
def test_schedules_say_what_they_need(name, given, words):
    with pytest.raises(ValueError, match=f"{name}: {words}"):
        getattr(ma, name)(sgd(small_net(), 0.1), *given)
    with pytest.raises(TypeError, match=f"{name}: needs the optimiser whose lr it sets, as {name}"):
        getattr(ma, name)(0.1, 0.5 if name == "reduce_on_plateau" else 1)


@pytest.mark.parametrize("after", range(1, 8))
def test_a_plateau_goes_on_where_it_was(after):
    losses = [5.0, 4.0, 4.5, 4.0, 3.0, 3.5, 3.5, 3.5, 3.0]
    first, second = sgd(small_net(), 0.8), sgd(small_net(), 0.8)
    whole = rates(ma.reduce_on_plateau(first, 0.5, 1), first, losses)
    begun = ma.reduce_on_plateau(second, 0.5, 1)
    rates(begun, second, losses[:after])
    again = rebuilt(json.loads(json.dumps(begun.configuration())), second)
    seen = [second.lr]
    for epoch in range(after + 1, len(losses) + 1):
        again(ma.History(loss=losses[:epoch]))
        seen.append(second.lr)
    assert seen == whole[after:]
    assert whole[-1] == 0.1


def test_a_schedule_of_another_version_is_not_made_anew():
    known = ma.cosine_decay(sgd(small_net(), 0.1), 3).configuration()
    assert rebuilt(known, sgd(small_net(), 0.1)).configuration() == known
    del known["epoch"]
    with pytest.raises(ValueError, match=r"its cosine_decay was written by another version: .*'epoch'"):
        rebuilt(known, sgd(small_net(), 0.1))


def test_early_stopping_waits_for_less_than_the_least_not_for_as_little():
    stop = ma.early_stopping(2)
    losses = [0.5, 0.4, 0.4, 0.4, 0.3, 0.3]
    assert [stop(ma.History(losses[:n])) for n in range(1, 7)] == [False, False, False, True, False, False]


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
