"""Calls of a compiled function: what is given to it, what is compared between two calls, what a refusal leaves."""

import copy
import logging
import pickle
import time
import warnings
from functools import cached_property
from operator import attrgetter
from time import perf_counter
from types import FunctionType, ModuleType

import numpy as np
import pytest

import microae as ma


def slow(*case):
    return pytest.param(*case, marks=pytest.mark.slow)


BACKENDS = ["numpy", slow("jax")]
DATA = np.random.default_rng(0).random((8, 6, 5))


# --- what is given ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_arguments_by_name_may_come_in_any_order(backend):
    function = lambda x, y, **others: x - y + 0.5 * next(iter(others.values()))
    compiled = ma.compile(function, backend=backend)
    one, other, third, fourth = DATA[:4]
    for given in (
        {"x": one, "y": other, "p": third, "q": fourth},
        {"y": other, "x": one, "p": third, "q": fourth},
        {"q": fourth, "p": third, "y": one, "x": other},
    ):
        np.testing.assert_allclose(compiled(**given), function(**given), rtol=1e-14)


def test_keys_of_a_dict_that_are_equal_but_not_the_same_have_programs_of_their_own():
    function = lambda parts: sum(k / 2 if isinstance(k, float) else k // 2 for k in parts) + parts[1]
    compiled = ma.compile(function)
    for key in (1, 1.0, True):
        np.testing.assert_array_equal(compiled({key: DATA[0]}), function({key: DATA[0]}))


# --- an optimiser's lr and steps, read in the step -------------------------------------------------------------------


def twice(make, optimizer=lambda p: ma.SGD(p, lr=0.1), **options):
    """A network, its optimiser and a step with them, two times."""
    nets = [ma.Autoencoder([5, 4, 5], seed=0, activation="tanh", **options) for _ in range(2)]
    optimizers = [optimizer(net.parameters()) for net in nets]
    return optimizers, nets, [make(net, o) for net, o in zip(nets, optimizers, strict=True)]


def usual(net, optimizer, besides=lambda net, optimizer: None):
    def step(x):
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        besides(net, optimizer)
        optimizer.step()
        return loss

    return step


def equal(nets):
    for p, q in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        assert q.dtype == p.dtype
        within = {"rtol": 1e-10} if p.dtype == np.float64 else {"rtol": 1e-5, "atol": 1e-6}
        np.testing.assert_allclose(q.data, p.data, **within)


def by_hand(net, optimizer, x):
    loss = net.loss(x)
    loss.backward()
    for p in net.parameters():
        p.data = p.data - optimizer.lr * p.grad
    return loss


def penalty_by_lr(net, optimizer, x):
    loss = net.loss(x) + optimizer.lr * (net.encoder[0].weight ** 2).sum()
    loss.backward()
    optimizer.step()
    return loss


def annealed(net, optimizer, x):
    loss = net.loss(x) * (1.0 / (1.0 + optimizer.steps[0] + optimizer.steps[1]))
    loss.backward()
    optimizer.step()
    for p in net.parameters():
        p.data = p.data * (1.0 - 0.1 / optimizer.steps[0])
    return loss


def weighted(net, optimizer, x):
    loss = net.loss(x) * (1.0 / (1 + optimizer.steps[0]))
    loss.backward()
    optimizer.step()
    return loss


def returned(net, optimizer, x):
    before = optimizer.lr, optimizer.steps[1]
    loss = net.loss(x)
    loss.backward()
    optimizer.step()
    return loss, *before, optimizer.steps[0], optimizer.rate(net.encoder[0].weight)


class Decayed(ma.Optimizer):
    """Reads both in its rule."""

    def update(self, p, g, state, lr, step):
        return p - self.lr / (1.0 + 0.1 * self.steps[0]) * g, state


class Dated(ma.Optimizer):
    """Keeps the count of its last update but one."""

    def init_state(self, p):
        return (0, 0)

    def update(self, p, g, state, lr, step):
        return p - lr * g * (1.0 + state[1]), (self.steps[0], state[0])


class Corrected(ma.Adam):
    """Has the counts as operands of its rule and reads them as well."""

    def step(self):
        super().step()
        for p in self.parameters:
            p.data = p.data * (1.0 - self.lr / (1 + self.steps[-1]))


STEPS = {
    "by hand": (by_hand, ma.SGD),
    "a penalty": (penalty_by_lr, ma.Adam),
    "weighted": (weighted, ma.SGD),
    "annealed": (annealed, ma.SGD),
    "annealed, with the count in the rule": (annealed, ma.Adam),
    "returned": (returned, ma.SGD),
    "in a rule": (penalty_by_lr, Decayed),
    "in a state": (penalty_by_lr, Dated),
    "in a step": (penalty_by_lr, Corrected),
}


@pytest.mark.parametrize(
    ("what", "backend", "dtype"),
    [
        *((what, *ran) for what in STEPS for ran in (("numpy", "f8"), ("python", "f8"))),
        *((what, "numpy", "f4") for what in STEPS),
        *(slow(what, *ran) for what in ("by hand", "returned") for ran in (("numba", "f4"), ("jax", "f4"))),
        *(slow("annealed, with the count in the rule", backend, "f8") for backend in ("numba", "jax")),
    ],
)
def test_lr_and_steps_that_are_read_in_the_step_are_the_present_ones(what, backend, dtype):
    body, kind = STEPS[what]

    def make(net, optimizer):
        def step(x):
            optimizer.zero_grad()
            return body(net, optimizer, x)

        return step

    optimizers, nets, (ordinary, step) = twice(make, lambda p: kind(p, lr=0.1), dtype=dtype)
    compiled = ma.compile(step, backend=backend)
    x = DATA[0, :2].astype(dtype)
    for lr in (0.1, 0.1, 0.1, 0.0, 0.02):
        for optimizer in optimizers:
            optimizer.lr = lr
        found, right = compiled(x), ordinary(x)
        if what == "returned":
            np.testing.assert_allclose(found[1:], right[1:], rtol=1e-7)
        equal(nets)
        assert optimizers[0].steps == optimizers[1].steps
        assert set(map(type, optimizers[1].steps)) == {int}
    assert len(compiled._entries) == 1
    if what != "returned":
        data = DATA[0].astype(dtype)
        compiled.run(data, epochs=3, batch_size=2, shuffle=False)
        for i in range(9):
            ordinary(data[2 * (i % 3) : 2 * (i % 3) + 2])
        equal(nets)
        assert optimizers[0].steps == optimizers[1].steps


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_choice_by_lr_or_steps_is_refused_by_its_line(backend):
    class Seldom(ma.SGD):
        def step(self):
            if self.steps[0] % 3 == 0:
                super().step()

    def clipped(net, optimizer):
        if optimizer.lr > 0.2:
            ma.clip_grad_norm(net.parameters(), 1.0)

    def scheduled(net, optimizer):
        decay(None)

    def reset(net, optimizer):
        optimizer.steps[0] = 0

    for kind, body, why in (
        (ma.SGD, clipped, r"test_calls.py:\d+ in clipped: Python asks for the truth"),
        (Seldom, lambda net, optimizer: None, r"test_calls.py:\d+ in step: Python asks for the truth"),
        (ma.Adam, lambda net, optimizer: max(optimizer.steps), r"test_calls.py:\d+ in <lambda>: Python asks"),
        (ma.SGD, scheduled, r"test_calls.py:\d+ in scheduled: the step changes an optimiser's lr"),
        (ma.SGD, reset, "changes an optimiser's steps"),
    ):
        net = ma.Autoencoder([5, 4, 5], seed=0)
        optimizer = kind(net.parameters(), lr=0.1)
        decay = ma.exponential_decay(optimizer, 0.5)
        with pytest.raises(ma.CompileError, match=why):
            ma.compile(usual(net, optimizer, body), backend=backend)(DATA[0])
        assert (optimizer.lr, optimizer.steps) == (0.1, [0] * 4)
        assert set(map(type, optimizer.steps)) == {int}


@pytest.mark.parametrize("backend", ["numpy", "python", "auto", slow("numba"), slow("jax")])
def test_a_schedule_is_heeded_by_an_optimiser_that_reads_its_own_lr(backend):
    nets = [ma.Autoencoder([5, 4, 5], seed=0) for _ in range(2)]
    for net, ran in zip(nets, ("eager", backend), strict=True):
        optimizer = Decayed(net.parameters(), lr=0.5)
        decay = ma.cosine_decay(optimizer, epochs=20)
        ma.fit(net, DATA[0], optimizer, epochs=20, batch_size=1, seed=0, callbacks=decay, backend=ran, progress=False)
    equal(nets)


# --- an optimiser's state that is made on the way --------------------------------------------------------------------


class Lazy(ma.Optimizer):
    """Makes its state in its first update."""

    start = ()

    def init_state(self, p):
        return self.start

    def update(self, p, g, state, lr, step):
        velocity = g if not state or state[0] is None else 0.9 * state[0] + g
        return p - lr * velocity, (velocity,)


class Replaced(Lazy):
    start = (None,)


class Grown(Lazy):
    start = (0.0,)


class Longer(ma.Optimizer):
    """Remembers all that there was: no program does."""

    def update(self, p, g, state, lr, step):
        return p - lr * sum(state, g), (*state, 0.5 * g)


@pytest.mark.parametrize("backend", ["numpy", "python", "auto", slow("numba"), slow("jax")])
@pytest.mark.parametrize("kind", [ma.SGD, Lazy, Replaced, Grown, Longer])
def test_a_state_that_is_made_on_the_way_is_made_by_an_ordinary_step(kind, backend):
    optimizers, nets, (ordinary, step) = twice(usual, lambda p: kind(p, lr=0.1))
    compiled = ma.compile(step, backend=backend)
    for i, x in enumerate(DATA[:, :2]):
        for optimizer in optimizers:
            if i == 3:
                optimizer.momentum = 0.9
            if i == 5:
                optimizer.state[1] = optimizer.init_state(optimizer.parameters[1].data)
            if i == 6 and kind is ma.SGD:
                optimizer.momentum, optimizer.state[:] = 0.0, [()] * 4
        found, right = compiled(x), ordinary(x)
        assert found.data == pytest.approx(right.data, rel=1e-12)
        equal(nets)
        for state, other in zip(*(o.state for o in optimizers), strict=True):
            np.testing.assert_allclose(state, other, rtol=1e-10)
        assert optimizers[0].steps == optimizers[1].steps
    compiled.run(DATA[0], epochs=2, batch_size=2, shuffle=False)
    for i in range(6):
        ordinary(DATA[0, 2 * (i % 3) : 2 * (i % 3) + 2])
    equal(nets)


@pytest.mark.parametrize("backend", ["numpy", "python", slow("jax")])
def test_momentum_that_begins_in_a_training_is_heeded(backend):
    nets = [ma.Autoencoder([5, 4, 5], seed=0) for _ in range(2)]
    for net, ran in zip(nets, ("eager", backend), strict=True):
        optimizer = ma.SGD(net.parameters(), lr=0.1)
        begin = lambda history, optimizer=optimizer: setattr(optimizer, "momentum", 0.9 * (2 < history.epochs < 6))
        ma.fit(net, DATA[0], optimizer, epochs=8, batch_size=1, seed=0, callbacks=begin, backend=ran, progress=False)
    equal(nets)


def test_a_program_that_waits_for_a_state_says_so_and_other_states_are_refused():
    _, nets, (_, step) = twice(usual, lambda p: Lazy(p, lr=0.1))
    before = nets[1].encoder[0].weight.numpy()
    with pytest.raises(ma.CompileError, match=r"step has no program yet: an optimiser's state .* call it once first"):
        ma.compile(step).trace(DATA[0])
    assert np.array_equal(nets[1].encoder[0].weight.data, before)
    optimizers, _, (_, step) = twice(usual, lambda p: Lazy(p, lr=0.1))
    optimizers[1].state[0] = ([1.0],)
    with pytest.raises(ma.CompileError, match="the state of Lazy holds 'list', which no program carries"):
        ma.compile(step)(DATA[0])


# --- what is compared between two calls ------------------------------------------------------------------------------

HISTORY, STOPPING = ma.History(), ma.early_stopping(1)
SCHEDULE = ma.exponential_decay(ma.SGD([ma.Value(1.0)], lr=1.0), 0.5)


def of_many():
    """Reads of what holds much, which is no global, for some read all globals."""
    holding, lists, arrays = [np.full(3, 0.5) for _ in range(10_001)], [[0.5] for _ in range(10_001)], {}
    arrays |= {i: [np.full(3, 0.5)] for i in range(10_001)}
    long, ordered, signed, elements = [1.0] * 10_001, dict.fromkeys(range(10_001), 1.0), [0.0], {1.0}
    keys = {ma.Module(): 1.0 for _ in range(10_001)}
    objects = np.array([*lists, None], dtype=object)

    def set_order(x):
        ordered[0 if x == 2.0 else 1] = ordered.pop(0 if x == 2.0 else 1)

    def set_only(x):
        elements.clear()
        elements.add(int(x) if x == 2.0 else x)

    return {
        "an array in a long list": (lambda: holding[5][0], lambda x: holding[5].__setitem__(0, x)),
        "a list in a long list": (lambda: lists[-1][0], lambda x: lists[-1].__setitem__(0, x)),
        "a list in a long array": (lambda: objects[3][0], lambda x: lists[3].__setitem__(0, x)),
        "an array in a long dict": (lambda: arrays[7][0][1], lambda x: arrays[7][0].__setitem__(1, x)),
        "a key of a long dict": (lambda: next(reversed(keys)).kept, lambda x: setattr(next(reversed(keys)), "kept", x)),
        "the kind of a number in a long list": (
            lambda: 2.0 if isinstance(long[77], int) else 1.0,
            lambda x: long.__setitem__(77, 1.0 if x < 2.0 else 1),
        ),
        "the order of a long dict": (lambda: next(reversed(ordered)), set_order),
        "the kind of an element": (lambda: 2.0 if isinstance(min(elements), int) else 1.0, set_only),
        "the sign of a zero": (
            lambda: np.copysign(1.0, signed[0]),
            lambda x: signed.__setitem__(0, 0.0 if x < 2.0 else -0.0),
        ),
    }


CONFIG = ModuleType("microae_named")
CONFIG.names, CONFIG.factors, CONFIG.scale = ["factors"], [1.0], {"by": 1.0}
CONFIG.scaled = FunctionType((lambda: FACTORS[0]).__code__, {"FACTORS": CONFIG.factors})
FACTORS = [1.0]

READ = {
    "a module's list by its name": (
        lambda: getattr(CONFIG, CONFIG.names[0])[0],
        lambda x: CONFIG.factors.__setitem__(0, x),
    ),
    "a module's dict among its variables": (lambda: vars(CONFIG)["scale"]["by"], lambda x: CONFIG.scale.update(by=x)),
    "a module's dict in its dict": (lambda: CONFIG.__dict__["scale"]["by"], lambda x: CONFIG.scale.update(by=x)),
    "a module's function by its name": (
        lambda: attrgetter("sca" + "led")(CONFIG)(),
        lambda x: CONFIG.factors.__setitem__(0, x),
    ),
    "a global list by its name": (lambda: globals()["FAC" + "TORS"][0], lambda x: FACTORS.__setitem__(0, x)),
    **of_many(),
    "a history": (lambda: len(HISTORY.loss), lambda x: HISTORY.loss.extend([0.5] * int(x))),
    "a schedule": (lambda: SCHEDULE.epoch * SCHEDULE.start, lambda x: setattr(SCHEDULE, "epoch", x)),
    "a callback": (lambda: STOPPING.patience, lambda x: setattr(STOPPING, "patience", x)),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("what", READ)
def test_what_is_read_is_heeded(what, backend):
    read, write = READ[what]
    function = lambda x: x * read()
    compiled = ma.compile(function, backend=backend)
    for number in (1.0, 1.0, 2.0, 3.0):
        write(number)
        np.testing.assert_allclose(compiled(DATA[0]), function(DATA[0]), rtol=1e-14)


@pytest.mark.parametrize("backend", BACKENDS)
def test_parameters_given_to_an_optimiser_or_taken_from_it_are_heeded(backend):
    optimizers, nets, (ordinary, step) = twice(usual)
    compiled = ma.compile(step, backend=backend)
    for i, x in enumerate(DATA):
        for net, optimizer in zip(nets, optimizers, strict=True):
            if i == 2:
                optimizer.parameters, optimizer.state, optimizer.steps = optimizer.parameters[:2], [()] * 2, [0] * 2
            if i == 4:
                optimizer.parameters.append(net.decoder[0].weight)
                optimizer.state.append(())
                optimizer.steps.append(0)
            if i == 6:
                optimizer.steps = [5, 5, 5]
            net.zero_grad()
        ordinary(x), compiled(x)
        equal(nets)
        assert optimizers[0].steps == optimizers[1].steps


# --- what a refusal leaves -------------------------------------------------------------------------------------------


def scaled(net, optimizer):
    VELOCITY[0] *= 0.9
    return VELOCITY[0] + net.encoder[0].weight.grad.sum()


def counted(net, optimizer):
    COUNTS[0] += 1


def counted_in_bytes(net, optimizer):
    BYTES[1] += 1


def counted_in_memory(net, optimizer):
    view = memoryview(MEMORY)
    view[0] = view[0] + 5.0


def masked(net, optimizer):
    MASKED[MASKED.count()] = np.ma.masked


def noted(net, optimizer):
    HISTORY.loss.append(0.5)


def scheduled(net, optimizer):
    SCHEDULE(None)


def large(net, optimizer):
    LARGE[1] += 1.0


def of_a_view(net, optimizer):
    OF_LARGE[7] = 1.0


VELOCITY, COUNTS, BYTES, MEMORY = [np.ones(3)], np.zeros(2, int), bytearray(3), np.ones(2)
MASKED, LARGE = np.ma.array(np.ones(4), mask=[True, False, False, False]), np.zeros(1 << 18)
OF_LARGE = LARGE[1:]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "body",
    [scaled, counted, counted_in_bytes, counted_in_memory, masked, noted, scheduled, large, of_a_view],
    ids=lambda body: body.__name__,
)
def test_a_refused_step_leaves_all_as_it_was(body, backend):
    net = ma.Autoencoder([5, 4, 5], seed=0)
    before = [VELOCITY[0].copy(), COUNTS.copy(), bytes(BYTES), MEMORY.copy(), MASKED.filled(-1.0), LARGE.copy()]
    known = list(HISTORY.loss), SCHEDULE.epoch, SCHEDULE.optimizer.lr
    with pytest.raises(ma.CompileError, match=r"changes|test_calls.py:\d+ in \w+: the step (changes|writes)"):
        ma.compile(usual(net, ma.SGD(net.parameters(), lr=0.1), body), backend=backend)(DATA[0])
    after = [VELOCITY[0], COUNTS, bytes(BYTES), MEMORY, MASKED.filled(-1.0), LARGE]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert (HISTORY.loss, SCHEDULE.epoch, SCHEDULE.optimizer.lr) == known
    assert LARGE.flags.writeable
    assert OF_LARGE.flags.writeable


STARTED, TIMER = time.time(), {"of": perf_counter}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * (1.0 if time.time() - STARTED < 60.0 else 0.1),
        lambda x: x * (1.0 if perf_counter() < 1e18 else 0.1),
        lambda x: x * (1.0 if TIMER["of"]() < 1e18 else 0.1),
    ],
)
def test_the_clock_is_refused_and_goes_on(function, backend):
    before = time, perf_counter, TIMER["of"]
    with pytest.raises(ma.CompileError, match=r"test_calls.py:\d+ in <lambda>: the clock is read"):
        ma.compile(function, backend=backend)(DATA[0])
    assert (time, perf_counter, TIMER["of"]) == before


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "made", [lambda x: (part for part in x), iter, lambda x: zip(x, x, strict=True), lambda x: {"all": [map(abs, x)]}]
)
def test_what_can_be_taken_from_only_once_is_refused_as_an_argument(made, backend):
    batches = made(list(DATA))
    with pytest.raises(ma.CompileError, match=r"batches.*take from it before, and pass what it gave"):
        ma.compile(lambda x, batches: x + next(batches), backend=backend)(DATA[0], batches)
    iterator = batches["all"][0] if isinstance(batches, dict) else batches
    assert len(list(iterator)) == len(DATA)


# --- copies ----------------------------------------------------------------------------------------------------------


class Trainer:
    """With a compiled method, as an attribute and decorated."""

    def __init__(self, backend):
        self.net = ma.Autoencoder([5, 4, 5], seed=0)
        self.optimizer = ma.SGD(self.net.parameters(), lr=0.1)
        self.step = ma.compile(self._step, backend=backend)

    def _step(self, x):
        return usual(self.net, self.optimizer)(x)

    @ma.compile
    def decorated(self, x):
        return self._step(x)


@ma.compile
def doubled(x):
    return 2.0 * x


def tripled(x):
    return 3.0 * x


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_copy_of_an_object_with_a_compiled_method_trains_itself(copied, backend):
    trainer = Trainer(backend)
    trainer.step(DATA[0])
    before = trainer.net.encoder[0].weight.numpy()
    for method in ("step", "decorated"):
        for other in (copied(trainer), copied(getattr(trainer, method)).function.__self__):
            ordinary = copied(trainer)
            for x in DATA[1:4]:
                assert getattr(other, method)(x).data == pytest.approx(ordinary._step(x).data, rel=1e-12)
            equal([ordinary.net, other.net])
            assert other.step.backend == backend
        assert np.array_equal(trainer.net.encoder[0].weight.data, before)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))])
def test_a_copy_of_a_compiled_function(copied):
    assert copied(doubled) is doubled
    np.testing.assert_array_equal(copied(ma.compile(tripled, backend="numpy"))(DATA[0]), 3.0 * DATA[0])
    np.testing.assert_array_equal(copy.deepcopy(ma.compile(lambda x: 4.0 * x))(DATA[0]), 4.0 * DATA[0])


# --- where a number of NumPy is more than an array to Python ---------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "function",
    [
        lambda x, k: np.stack([x] * k),
        lambda x, k: np.stack((k // 1) * (x,)),
        lambda x, k: x * len("a" * k),
        lambda x, k: x * (2.0 if k in {1, 2, 3} else 1.0),
        lambda x, k: x * {3: 2.0}.get(k, 1.0),
        lambda x, k: x * {k: 2.0}.get(3, 1.0),
        lambda x, k: x * hash(k),
    ],
)
def test_what_python_does_with_a_traced_number_is_refused_by_its_line(function, backend):
    with pytest.raises(ma.CompileError, match=r"test_calls.py:\d+ in <lambda>: (Python repeats|a traced number is)"):
        ma.compile(function, backend=backend)(DATA[0], np.int64(3))
    assert np.array_equal(ma.compile(lambda x, k: x * k * 2, backend=backend)(DATA[0], np.int64(3)), DATA[0] * 3 * 2)


# --- what is warned of -----------------------------------------------------------------------------------------------


def without_backward(net, optimizer):
    optimizer.step()


def clipped_without_backward(net, optimizer):
    ma.clip_grad_norm(net.parameters(), 1.0)


def warned_by_the_user(net, optimizer):
    warnings.warn("mind the step", UserWarning, stacklevel=1)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("body", [without_backward, clipped_without_backward, warned_by_the_user])
def test_what_a_step_warns_of_each_program_warns_of(body, backend):
    def make(net, optimizer):
        def step(x):
            optimizer.zero_grad()
            body(net, optimizer)
            return net.loss(x)

        return step

    _, _, (ordinary, step) = twice(make)
    compiled = ma.compile(step, backend=backend)
    for x in DATA[:3]:
        said = []
        for function in (ordinary, compiled):
            with warnings.catch_warnings(record=True, action="always") as caught:
                function(x)
            said.append([(str(each.message), each.category, each.filename, each.lineno) for each in caught])
        assert said[0] == said[1]
        assert len(said[0]) == 1
        assert said[0][0][2] == __file__
    with pytest.warns(UserWarning, match="gradient|mind"):
        compiled.run(DATA[0], epochs=2, batch_size=2)


@pytest.mark.parametrize("backend", BACKENDS)
def test_numpy_s_own_warnings_are_left_out_unless_they_are_to_raise(backend):
    function = ma.compile(lambda x: np.exp(x * 2000.0), backend=backend)
    with warnings.catch_warnings(action="error"):
        assert np.isinf(function(DATA[0])).any()
    with np.errstate(all="raise"), pytest.raises(FloatingPointError, match="overflow"):
        function(DATA[0])


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_printed_is_printed_only_when_the_step_is_traced(backend, capsys):
    function = ma.compile(lambda x: (print("hi"), x * 2.0)[1], backend=backend)
    function(DATA[0])
    assert "hi" in capsys.readouterr().out
    for x in DATA[1:4]:
        np.testing.assert_array_equal(function(x), x * 2.0)
    assert not capsys.readouterr().out


# --- what the first step makes ---------------------------------------------------------------------------------------

LOG = logging.getLogger("a step's own")


class Making(ma.Module):
    def __init__(self):
        self.encode, self.decode = ma.Linear(5, 4, seed=0), ma.Linear(4, 5, seed=1)
        self.made, self.first, self.kept, self.cache = None, True, [], {}

    @cached_property
    def scale(self):
        return np.linspace(0.5, 1.0, 4)

    def loss(self, x, target=None):
        return ma.mean_squared_error(self.decode(self.hidden(x)), x)


def lazily(net, x):
    if net.made is None:
        net.made = np.tril(np.ones((4, 4)))
    return np.tanh(net.encode(x)) @ net.made


def lazily_of_the_data(net, x):
    hidden = net.encode(x)
    if net.made is None:
        net.made = hidden.data.mean(axis=0)
    return hidden - net.made


def lazily_a_parameter(net, x):
    if net.made is None:
        net.made = ma.Value(np.full(4, 0.5))
    return net.encode(x) * net.made


def by_the_shape(net, x):
    if len(x) not in net.cache:
        net.cache[len(x)] = np.linspace(0.5, 1.0, len(x))[:, None]
    return net.encode(x) * net.cache[len(x)]


def otherwise_at_first(net, x):
    hidden = net.encode(x) * (10.0 if net.first else 1.0)
    net.first = False
    return hidden


def the_same_each_time(net, x):
    net.made = 1.0
    return net.encode(x)


def keeping_the_first(net, x):
    hidden = net.encode(x)
    if not net.kept:
        net.kept.append(hidden)
    return hidden


def by_a_cached_property(net, x):
    return net.encode(x) * net.scale


def telling_a_log_that_is_off(net, x):
    LOG.debug("a step")
    return np.tanh(net.encode(x))


MAKING = [
    lazily, lazily_of_the_data, lazily_a_parameter, by_the_shape, otherwise_at_first, the_same_each_time,
    keeping_the_first, by_a_cached_property, telling_a_log_that_is_off,
]  # fmt: skip


def making(hidden):
    LOG.__dict__["_cache"].clear()
    net = Making()
    net.hidden = lambda x: hidden(net, x) if net.training else net.encode(x)  # which fit asks for beforehand
    return net


@pytest.mark.parametrize("hidden", MAKING)
def test_what_only_the_first_step_makes_an_ordinary_one_makes_and_the_next_has_a_program(hidden):
    nets, losses = [making(hidden) for _ in range(2)], []
    for net, compiled in zip(nets, (False, True), strict=True):
        step = usual(net, ma.Adam(net.parameters(), lr=0.1))
        made = ma.compile(step, backend="numpy") if compiled else step
        losses.append([made(x).item() for x in (*DATA[:3], DATA[3, :2], DATA[4, :2], DATA[5], DATA[6, :2])])
        if compiled:
            assert made._entries
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-12)
    equal(nets)


@pytest.mark.slow
@pytest.mark.parametrize("hidden", MAKING)
def test_so_it_is_in_whole_trainings(hidden):
    losses = []
    for backend in ("eager", "numpy", "auto"):
        net = making(hidden)
        history = ma.fit(net, DATA[0], ma.Adam(net.parameters(), lr=0.1), epochs=260, batch_size=4, seed=0,
                         progress=False, backend=backend, record=False)  # fmt: skip
        losses.append(history.loss)
    assert history.backend != "eager"
    for found in losses[1:]:
        np.testing.assert_allclose(found, losses[0], rtol=1e-9)


def test_before_such_a_step_there_is_no_program_to_be_shown():
    net = making(lazily)
    step = ma.compile(net.loss)
    with pytest.raises(ma.CompileError, match=r"no program yet: its first step makes self\.made; call it once first"):
        step.trace(DATA[0])
    assert net.made is None
    step(DATA[0])
    assert step.trace(DATA[0]).program.results


CHANGING = {
    "a counter": lambda net: setattr(net, "made", (net.made or 0) + 1),
    "a counter with an end": lambda net: setattr(net, "made", min((net.made or 0) + 1, 3)),
    "to and fro": lambda net: setattr(net, "first", not net.first),
    "a list that is used up": lambda net: net.kept and net.kept.pop(),
}


@pytest.mark.parametrize("what", CHANGING)
def test_what_later_steps_change_too_is_refused(what):
    net = making(lambda net, x: (CHANGING[what](net), net.encode(x))[1])
    net.kept = [1, 2, 3]
    before = {name: copy.copy(thing) for name, thing in vars(net).items()}
    with pytest.raises(ma.CompileError, match=r"the step changes (self|net)"):
        ma.compile(usual(net, ma.SGD(net.parameters(), lr=0.1)))(DATA[0])
    assert (net.made, net.first, net.kept) == (before["made"], before["first"], before["kept"])


def test_what_each_step_makes_of_its_data_is_refused_by_the_second():
    net = making(lambda net, x: (setattr(net, "made", x), net.encode(x))[1])
    step = ma.compile(net.loss)
    step(DATA[0])
    with pytest.raises(ma.CompileError, match=r"the step changes self\.made"):
        step(DATA[1])
