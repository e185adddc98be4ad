"""What can be pickled comes back as it was; what cannot says what to do."""

import copy
import pickle
import subprocess
import sys

import cloudpickle
import numpy as np
import pytest

import microae as ma
from microae.optim import OPTIMIZERS


def again(thing):
    return pickle.loads(pickle.dumps(thing))


class Net(ma.Module):
    """A module with functions among its attributes: NumPy's, rows of the table, and one of this file."""

    def __init__(self):
        self.layer, self.activation, self.squash, self.loss = ma.Linear(2, 2, seed=0), np.tanh, ma.relu, mean_error

    def forward(self, x):
        return self.squash(self.activation(self.layer(x)))


class Scaled(ma.Module):
    """A module with a function that has no name of its own."""

    def __init__(self):
        self.scale = ma.Value(3.0)
        self.last = lambda x: 2.0 * x

    def forward(self, x):
        return self.last(self.scale * x)


def test_a_module_with_a_lambda_goes_to_other_processes_with_cloudpickle():
    net = Scaled()
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(net)
    assert "cloudpickle" in ma.Module.__doc__
    for twin in (pickle.loads(cloudpickle.dumps(net)), copy.deepcopy(net)):
        assert twin(5.0).item() == 30.0
        assert twin.scale is not net.scale


def mean_error(prediction, target):
    return ma.mse_loss(prediction, target)


@ma.compile
def doubled(x):
    return (x * 2.0).sum()


def test_a_module_with_functions():
    net = Net()
    for twin in (again(net), copy.deepcopy(net)):
        assert (twin.activation, twin.squash, twin.loss) == (np.tanh, ma.relu, mean_error)
        assert (twin([1.0, 2.0]).data == net([1.0, 2.0]).data).all()
        assert [name for name, _ in twin.named_parameters()] == [name for name, _ in net.named_parameters()]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_training_goes_on_after_it_was_pickled(name):
    net = ma.Autoencoder([3, 2, 3], noise=0.1, dropout=0.2, seed=0)
    both = net, OPTIMIZERS[name](net.parameters(), lr=0.1)

    def step(net, optimizer):
        optimizer.zero_grad()
        net.loss([1.0, 0.0, 1.0]).backward()
        optimizer.step()

    step(*both)
    twins = again(both)
    for pair in (both, twins):
        step(*pair)
    for p, q in zip(net.parameters(), twins[0].parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)
    assert all(p is q for p, q in zip(twins[0].parameters(), twins[1].parameters, strict=True))


def test_a_history():
    net = ma.Autoencoder([3, 2, 3], seed=0)
    optimizer = ma.SGD(net.parameters(), lr=0.1)
    history = ma.fit(net, [[1, 0, 1]], optimizer, epochs=3, batch_size=1, progress=False, record=True, seed=0)
    twin = again(history)
    assert twin == history
    assert twin.trajectory.epochs == [0, 1, 2, 3]
    assert twin.orders(None).random() == history.orders(None).random()


def test_a_compiled_function_is_pickled_by_its_name():
    assert again(doubled) is doubled
    with pytest.raises((pickle.PicklingError, AttributeError), match=r"inner|local"):
        pickle.dumps(compiled_inside())


def compiled_inside():
    @ma.compile
    def inner(x):
        return x.sum()

    return inner


def test_what_cannot_be_pickled_says_what_to_do():
    net = ma.Autoencoder([3, 2, 3], seed=0)
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), [1.0, 0.0, 1.0])
    y = ma.Value([1.0, 2.0]) * 2.0
    for thing, said in (
        (y, r"only leaves can be copied or pickled, .* use v\.detach\(\) first"),
        (step, r'a recorded step is not copied or pickled; step\.save\("step\.html"\) keeps what it shows'),
        (ma.draw(y), r'a drawing is not copied or pickled; drawing\.save\("drawing\.html"\) keeps'),
    ):
        with pytest.raises(TypeError, match=said):
            pickle.dumps(thing)


@pytest.mark.slow
def test_a_row_that_is_not_there_says_what_to_import():
    content = pickle.dumps(ma.exp).replace(b"\x03exp", b"\x03far")
    read = f"import pickle, microae; pickle.loads({content!r})"
    done = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True)
    assert done.stderr.rstrip().endswith(
        "LookupError: the row 'far' that was pickled is not in the table; import what declares it first"
    )


class Doubled(ma.Module):
    def __init__(self):
        self.layer = ma.Linear(2, 2, seed=0)
        self.owner = self.act = lambda x: 2.0 * x

    def forward(self, x):
        return self.act(self.layer(x))


def test_what_pickle_does_not_take_is_said_with_what_to_do():
    net = Doubled()
    for holder in (net, [ma.Sequential(net)]):
        with pytest.raises(pickle.PicklingError, match=r"^Doubled: \w+ is Doubled.__init__.<locals>.<lambda>, .*cloud"):
            pickle.dumps(holder)
    with pytest.raises(
        pickle.PicklingError, match=r"^a compiled function: function is .*define it with def at the top"
    ):
        pickle.dumps(ma.compile(lambda x: 2.0 * x))
    for twin in (copy.copy(net), copy.deepcopy(net), cloudpickle.loads(cloudpickle.dumps(net))):
        np.testing.assert_array_equal(twin(np.ones(2)).data, net(np.ones(2)).data)
    assert cloudpickle.loads(cloudpickle.dumps(ma.compile(lambda x: 2.0 * x)))(1.0) == 2.0
