"""Steps that a careless compiler would get wrong without a word: each equals the ordinary step, or is refused."""

import builtins
import ctypes
import io
import math
import mmap
import operator
import os
import random
import re
import sys
import weakref
from array import array
from collections import OrderedDict, UserDict, defaultdict, deque, namedtuple
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache, partialmethod, reduce, wraps
from io import StringIO
from itertools import chain
from types import FunctionType, MappingProxyType, ModuleType, SimpleNamespace

import numpy as np
import pytest
import scipy.special
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Bunch

import microae as ma
from microae.compiler import UnsupportedError

RNG = np.random.default_rng(0)
DATA = RNG.random((8, 6, 5))


class Bench:
    """A network twice, for an ordinary and a compiled step."""

    def __init__(self, make_step, backend="numpy", optimizer=lambda p: ma.SGD(p, lr=0.1), **options):
        self.nets = [ma.Autoencoder([5, 4, 5], seed=0, activation="tanh", **options) for _ in range(2)]
        self.optimizers = [optimizer(net.parameters()) for net in self.nets]
        self.ordinary, step = (make_step(n, o) for n, o in zip(self.nets, self.optimizers, strict=True))
        self.compiled = ma.compile(step, backend=backend)

    def both(self, change):
        for net, optimizer in zip(self.nets, self.optimizers, strict=True):
            change(net, optimizer)

    def step(self, *args):
        right, found = self.ordinary(*args), self.compiled(*args)
        assert found.data == pytest.approx(right.data, rel=1e-12)
        self.same()
        return found

    def same(self):
        for p, q in zip(self.nets[0].parameters(), self.nets[1].parameters(), strict=True):
            assert q.data == pytest.approx(p.data, rel=1e-12, abs=1e-15)
            assert (p.grad is None) == (q.grad is None)
            assert q.grad is None or q.grad == pytest.approx(p.grad, rel=1e-12, abs=1e-15)
        assert self.optimizers[0].steps == self.optimizers[1].steps


def usual(net, optimizer):
    def step(x):
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        optimizer.step()
        return loss

    return step


# --- what changes between steps is heeded ----------------------------------------------------------------------------


def freeze(net, optimizer):
    net.encoder[0].bias.data = np.zeros(4)


def decay(net, optimizer):
    optimizer.lr = optimizer.lr * 0.5


CHANGES = {
    "lr": decay,
    "momentum": lambda net, optimizer: setattr(optimizer, "momentum", 0.5),
    "weight decay": lambda net, optimizer: setattr(optimizer, "weight_decay", 0.25),
    "evaluation": lambda net, optimizer: net.eval(),
    "noise": lambda net, optimizer: setattr(net.noise, "amount", 0.7),
    "sparsity": lambda net, optimizer: setattr(net, "sparsity", 0.3),
    "weights": freeze,
    "weights loaded": lambda net, optimizer: net.load_state_dict(ma.Autoencoder([5, 4, 5], seed=9).state_dict()),
    "another distance": lambda net, optimizer: setattr(net, "distance", "mse"),
    "no gradient": lambda net, optimizer: optimizer.zero_grad(),
    "a gradient set": lambda net, optimizer: setattr(net.encoder[0].bias, "grad", np.ones(4)),
    "an activation replaced": lambda net, optimizer: setattr(net.encoder[1], "function", ma.sigmoid),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_changed_between_steps_is_heeded(what):
    bench = Bench(usual, noise=0.1, optimizer=lambda p: ma.SGD(p, lr=0.1, momentum=0.9))
    for x in DATA[:3]:
        bench.step(x)
    bench.both(CHANGES[what])
    for x in DATA[3:]:
        bench.step(x)


def test_a_number_in_the_closure_is_heeded():
    weight = [1.0]

    def make(net, optimizer):
        def step(x):
            optimizer.zero_grad()
            loss = net.loss(x) * weight[0]
            loss.backward()
            optimizer.step()
            return loss

        return step

    bench = Bench(make)
    for i, x in enumerate(DATA):
        weight[0] = 1.0 if i < 4 else 0.5
        bench.step(x)


scale = 1.0


def test_a_global_number_is_heeded():
    global scale

    def make(net, optimizer):
        def step(x):
            optimizer.zero_grad()
            loss = net.loss(x) * scale
            loss.backward()
            optimizer.step()
            return loss

        return step

    bench = Bench(make)
    for i, x in enumerate(DATA):
        scale = 1.0 if i < 4 else 0.5
        bench.step(x)


def test_an_array_in_the_closure_that_is_written_into_is_heeded():
    weights = np.ones(5)

    def make(net, optimizer):
        def step(x):
            optimizer.zero_grad()
            loss = ((net(x) - x) ** 2 * weights).sum()
            loss.backward()
            optimizer.step()
            return loss

        return step

    bench = Bench(make)
    for i, x in enumerate(DATA):
        weights[2] = float(i)
        bench.step(x)


def test_other_shapes_and_dtypes_are_traced_anew():
    bench = Bench(usual)
    for x in (
        DATA[0],
        DATA[0, :2],
        DATA[0, 0],
        DATA[0].tolist(),
        DATA[0].astype(np.float32),
        DATA[1].round().astype(int),
    ):
        bench.step(x)
    bench.step(DATA[2])


def test_noise_and_dropout_draw_what_the_ordinary_step_draws():
    bench = Bench(usual, noise=0.1, dropout=0.5)
    for x in DATA:
        bench.step(x)
    for net in bench.nets:
        net.eval()
    bench.step(DATA[0])
    for net in bench.nets:
        net.train()
    bench.step(DATA[1])


def adding_up(net, optimizer):
    """A step that does not clear the gradients of the one before."""

    def step(x):
        loss = net.loss(x)
        loss.backward()
        optimizer.step()
        return loss

    return step


def test_gradients_that_add_up():
    bench = Bench(adding_up)
    for i, x in enumerate(DATA):
        if i == 5:
            bench.both(lambda net, optimizer: optimizer.zero_grad())
        bench.step(x)


def test_gradients_clipped_by_hand():
    def make(net, optimizer):
        def step(x):
            optimizer.zero_grad()
            loss = net.loss(x)
            loss.backward()
            for p in net.parameters():
                p.grad = np.clip(p.grad, -0.01, 0.01)
            optimizer.step()
            return loss

        return step

    bench = Bench(make)
    for x in DATA:
        bench.step(x)


def test_a_helper_that_holds_the_network_is_looked_into():
    class Trainer:
        def __init__(self, net, optimizer):
            self.net, self.optimizer, self.factor = net, optimizer, 2.0

        def step(self, x):
            self.optimizer.zero_grad()
            loss = self.net.loss(x) * self.factor
            loss.backward()
            self.optimizer.step()
            return loss

    trainers = []

    def make(net, optimizer):
        trainers.append(Trainer(net, optimizer))
        return trainers[-1].step

    bench = Bench(make)
    for i, x in enumerate(DATA):
        for trainer in trainers:
            trainer.factor = 2.0 if i < 4 else 0.5
        bench.step(x)


def test_what_hides_from_the_search_is_found_when_it_is_used():
    class Closed:
        __slots__ = ("_parts",)

        def __init__(self, *parts):
            self._parts = iter([parts])
            self._parts = lambda: parts

        def parts(self):
            return self._parts()

    def make(net, optimizer):
        closed = Closed(net, optimizer)

        def step(x):
            net, optimizer = closed.parts()
            optimizer.zero_grad()
            loss = net.loss(x)
            loss.backward()
            optimizer.step()
            return loss

        return step

    bench = Bench(make)
    for x in DATA:
        bench.step(x)


def test_an_infinite_derivative_that_is_not_selected():
    """The program's NaN is eager's 0: such a step is an ordinary one."""

    def make(net, optimizer):
        def step(x):
            optimizer.zero_grad()
            code = net.encode(x)
            positive = ma.where(code > 0, np.sqrt(code), 0.0)
            loss = net.loss(x) + positive.sum()
            loss.backward()
            optimizer.step()
            return loss

        return step

    bench = Bench(make)
    with np.errstate(invalid="ignore"):
        for x in DATA:
            bench.step(x)


def test_a_choice_by_shape_is_no_choice_by_numbers():
    def make(net, optimizer):
        def step(x):
            optimizer.zero_grad()
            loss = net.loss(x) * (2.0 if len(x) > 3 else 1.0)
            loss.backward()
            optimizer.step()
            return loss

        return step

    bench = Bench(make)
    bench.step(DATA[0])
    bench.step(DATA[0, :2])


def test_data_out_of_range_get_the_ordinary_message():
    bench = Bench(usual)
    bench.step(DATA[0])
    before = [p.numpy() for p in bench.nets[1].parameters()]
    with pytest.raises(ValueError, match="must lie in"):
        bench.compiled(DATA[0] + 1.0)
    for p, old in zip(bench.nets[1].parameters(), before, strict=True):
        assert np.array_equal(p.data, old)


def test_data_out_of_range_in_the_first_call_get_the_ordinary_message_too():
    bench = Bench(usual)
    with pytest.raises(ValueError, match="must lie in"):
        bench.compiled(DATA[0] + 1.0)
    with pytest.raises(ValueError, match="must lie in"):
        bench.compiled.trace(DATA[0] + 1.0)
    bench.step(DATA[0])


def test_where_numpy_is_to_raise_errors_the_step_raises_them():
    w = ma.Value(np.ones(5))
    compiled = ma.compile(lambda x: ma.exp(w * x).sum(), backend="numpy")
    with np.errstate(over="ignore"):
        assert compiled(1000.0 * DATA[0]).data == np.inf
        with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow"):
            compiled(1000.0 * DATA[0])


def test_a_global_with_the_name_of_an_attribute_is_not_the_attribute():
    """As in a loop in a notebook: ``loss = step(x)``, where the step calls ``net.loss``."""
    bench = Bench(usual)
    for i, x in enumerate((DATA[0], DATA[1, :2], DATA[2], DATA[3, :2], DATA[4], DATA[5, :2])):
        before = list(bench.compiled._entries.values())
        globals()["zero_grad"] = bench.step(x)
        assert i < 2 or list(bench.compiled._entries.values()) == before
    del globals()["zero_grad"]


def test_inside_a_recording_or_a_search_for_anomalies_the_step_is_an_ordinary_one():
    bench = Bench(usual)
    bench.step(DATA[0])
    with ma.detect_anomaly():
        bench.step(DATA[1])
    with ma.record() as recording:
        bench.compiled(DATA[2])
    assert recording.nodes


def test_threads_do_not_share_what_they_compute():
    net = ma.Autoencoder([5, 4, 5], seed=0)
    program = ma.compile(net.reconstruct)
    batches = [RNG.random((300, 5)) for _ in range(8)]
    expected = [net.reconstruct(x) for x in batches]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            for found, right in zip(pool.map(program, batches), expected, strict=True):
                np.testing.assert_allclose(found, right, rtol=1e-12)


class Settings:
    factor = 1.0


class Slotted:
    __slots__ = ("factor", "factors")


class Scaling:
    """What a step may read without naming it: a class's attribute, and globals of methods and properties."""

    factor = 1.0

    @property
    def of_a_property(self):
        return scale

    @staticmethod
    def of_a_static_method():
        return scale

    def of_a_method(self):
        return scale

    def __call__(self):
        return scale


def cached_scale():
    return scale


def of_a_later_import():
    import microae_settings

    return microae_settings.factor


def set_cached(x):
    set_scale(x)
    CACHED.cache_clear()


def set_later(x):
    sys.modules["microae_settings"] = LATER
    LATER.factor = x


def set_only(items, x):
    items.clear()
    getattr(items, "append" if isinstance(items, deque) else "add")(x)


LATER, CACHED, VARIABLE = ModuleType("microae_settings"), lru_cache(cached_scale), ContextVar("factor", default=1.0)
SET, DEQUE, NUMBERS = {1.0}, deque([1.0]), array("d", [1.0])
REFERENCE = weakref.ref(SCALING_INSTANCE := Scaling())
SLOTTED, SCALING, LARGE = Slotted(), Scaling(), np.ones(50_000)


class Inheriting(Settings):
    pass


class Hiding(Settings):
    pass


class Many(list):
    pass


class Named(dict):
    pass


def hide(x):
    if x == 1.0:
        if "factor" in vars(Hiding):
            del Hiding.factor
    else:
        Hiding.factor = x


def decorated(function):
    @wraps(function)
    def times():
        return function() * scale

    return times


@decorated
def one():
    return 1.0


def with_attribute():
    return with_attribute.factor


@lru_cache
def settings():
    return {"factor": 1.0}


@lru_cache
def of_a_file(unit):
    return float(FILE.getvalue()) * unit


def set_file(x):
    FILE.seek(0)
    FILE.write(str(x))
    of_a_file.cache_clear()


FILE = StringIO("1.0")
MANY, NAMED, VIEWED = Many([1.0]), Named(), {"factor": 1.0}
MANY.factor = NAMED.factor = 1.0
PROXY, BYTES = MappingProxyType(VIEWED), np.ones(3)
MEMORY = memoryview(BYTES)
OBJECTS = np.empty((2, 1), object)
OBJECTS[:, 0] = [1.0], [1.0]
MASKED = np.ma.array([1.0, 0.5], mask=[False, True])
ORDERED, LONG, LONG_DICT = {"factor": 1.0, "other": 0.5}, [1.0] * 20_000, dict.fromkeys(range(20_000), 1.0)
KEYED, HELD = {SLOTTED: 0}, {SCALING}
GOT, TAKEN = VIEWED.get, MANY.__getitem__


class OtherSettings:
    factor = 0.5


KINDS, CHANGING = {1.0: Settings, 0.5: OtherSettings}, Settings()


class Based(Settings):
    pass


class Partial:
    def of(self, factors):
        return factors[0]

    factor = partialmethod(of, [1.0])


def by_default(factor=1.0):
    return factor


def by_name(*, factor=1.0):
    return factor


def half():
    return 0.5


def whole():
    return 1.0


replaced = FunctionType(whole.__code__, globals())


def of_a_name_that_may_be_there():
    try:
        return late_global
    except NameError:
        return 1.0


class Config:
    """Of a module of the user's."""


def module_of_the_users(name, text):
    module = ModuleType(name)
    exec(text, vars(module))
    return module


CONFIG = module_of_the_users(
    "microae_config",
    "S, L = {'factor': 1.0}, [1.0]\ndef scale(): return S['factor']\ndef one(): return 1.0\ndef half(): return 0.5\n",
)
CONFIG.Config, CONFIG.config, CONFIG.other = Config, Config(), ModuleType("microae_other")
CONFIG.nets = {"a": ma.Sequential(ma.Dropout(0.5, seed=0))}
CONFIG.named = CONFIG.one


def of_a_network_in_a_module():
    return 0.5 if CONFIG.nets["a"].training else 1.0


class Fields(ctypes.Structure):
    _fields_ = (("factor", ctypes.c_double),)


TEXT, BYTES, MAPPED = io.StringIO(), io.BytesIO(b"abc"), mmap.mmap(-1, 3)
NUMBER_OF_C, FIELDS_OF_C = ctypes.c_double(), Fields()
POINTER = ctypes.pointer(FIELDS_OF_C)


def set_text(x):
    TEXT.seek(0)
    TEXT.write(str(x))


def set_attribute(x):
    vars(CONFIG).update(late=x) if x != 1.0 else vars(CONFIG).pop("late", None)


class Tagged(str):
    pass


class Rounded(float):
    __slots__ = ()

    def __repr__(self):
        return f"{float(self):.0f}"


class TaggedNumber(Rounded):
    pass


def tagged(factor, kind=Tagged, text="a"):
    made = kind(text)
    made.factor = factor
    return made


def set_tagged(x):
    global newly_tagged
    newly_tagged = tagged(x, TaggedNumber, 1.0)


def set_of_python(x):
    builtins.microae_factor = x


def set_arguments(x):
    sys.argv[1:] = ["one"] * int(2.0 / x)


def replace(owner, name, by):
    """What puts something else under a name, and what was there back."""
    before = getattr(owner, name)
    return lambda x: setattr(owner, name, before if x == 1.0 else by)


TAGGED, newly_tagged, ROUNDED = tagged(1.0), tagged(1.0, TaggedNumber, 1.0), SimpleNamespace(factor=Rounded(1.0))
VALUES, ITEMS, ORDERED_VALUES = VIEWED.values(), VIEWED.items(), (LAST := OrderedDict(factor=1.0)).values()
OF_A_USER_DICT = (USER_DICT := UserDict(factor=1.0)).values()
builtins.microae_factor = 1.0


KEYS = {"factor": 1.0}
LATE_KEYS = KEYS.keys()


def set_key(x):
    KEYS.update(late=1.0) if x != 1.0 else KEYS.pop("late", None)


def set_order(x):
    for name in ("factor", "other") if x == 1.0 else ("other", "factor"):
        ORDERED[name] = ORDERED.pop(name)


def set_late(x):
    globals().update(late_global=x) if x != 1.0 else globals().pop("late_global", None)


def set_mask(x):
    MASKED.mask = [x != 1.0, x == 1.0]


def set_slot(x):
    SLOTTED.factor = x


def set_environment(x):
    os.environ["MICROAE_FACTOR"] = str(x)


def set_scale(x):
    global scale
    scale = x


READ = {
    "a class": (lambda: Settings.factor, lambda x: setattr(Settings, "factor", x)),
    "an inherited attribute": (lambda: Inheriting.factor, lambda x: setattr(Settings, "factor", x)),
    "an instance's inherited": (lambda: Inheriting().factor, lambda x: setattr(Settings, "factor", x)),
    "an attribute that hides another": (lambda: Hiding.factor, hide),
    "a decorator": (lambda: one(), set_scale),
    "a function's attribute": (with_attribute, lambda x: setattr(with_attribute, "factor", x)),
    "what a cached function returned": (lambda: settings()["factor"], lambda x: settings().update(factor=x)),
    "a cleared cache": (lambda: of_a_file(1.0), set_file),
    "a list's attribute": (lambda: MANY.factor, lambda x: setattr(MANY, "factor", x)),
    "a dict's attribute": (lambda: NAMED.factor, lambda x: setattr(NAMED, "factor", x)),
    "a view of a dict": (lambda: PROXY["factor"], lambda x: VIEWED.update(factor=x)),
    "memory": (lambda: MEMORY[1], lambda x: MEMORY.__setitem__(1, x)),
    "a list in an array": (lambda: OBJECTS[1, 0][0], lambda x: OBJECTS[1, 0].__setitem__(0, x)),
    "a mask": (lambda: float(MASKED.sum()), set_mask),
    "the order of a dict": (lambda: next(iter(ORDERED.values())), set_order),
    "a long list": (lambda: LONG[12_345], lambda x: LONG.__setitem__(12_345, x)),
    "a long dict": (lambda: LONG_DICT[12_345], lambda x: LONG_DICT.__setitem__(12_345, x)),
    "a key": (lambda: next(iter(KEYED)).factor, lambda x: setattr(SLOTTED, "factor", x)),
    "an element": (lambda: next(iter(HELD)).number, lambda x: setattr(SCALING, "number", x)),
    "a method of a dict": (lambda: GOT("factor"), lambda x: VIEWED.update(factor=x)),
    "a method of a list": (lambda: TAKEN(0), lambda x: MANY.__setitem__(0, x)),
    "another class": (lambda: CHANGING.factor, lambda x: setattr(CHANGING, "__class__", KINDS[x])),
    "another base": (lambda: Based.factor, lambda x: setattr(Based, "__bases__", (KINDS[x],))),
    "what a method is given": (
        lambda: Partial().factor(),
        lambda x: vars(Partial)["factor"].args[0].__setitem__(0, x),
    ),
    "a default": (lambda: by_default(), lambda x: setattr(by_default, "__defaults__", (x,))),
    "a default of a name": (lambda: by_name(), lambda x: setattr(by_name, "__kwdefaults__", {"factor": x})),
    "a function's code": (
        lambda: replaced(),
        lambda x: setattr(replaced, "__code__", (whole if x == 1.0 else half).__code__),
    ),
    "a global that is not there": (of_a_name_that_may_be_there, set_late),
    "how errors are handled": (
        lambda: 1.0 if np.geterr()["under"] == "ignore" else 0.5,
        lambda x: np.seterr(under="ignore" if x == 1.0 else "warn"),
    ),
    "a slot": (lambda: SLOTTED.factor, set_slot),
    "an object's class": (lambda: SCALING.factor, lambda x: setattr(Scaling, "factor", x)),
    "a method's global": (lambda: SCALING.of_a_method(), set_scale),
    "a static method's": (lambda: SCALING.of_a_static_method(), set_scale),
    "a property's": (lambda: SCALING.of_a_property, set_scale),
    "an object's that is called": (lambda: SCALING(), set_scale),
    "one number of many": (lambda: LARGE.mean(), lambda x: LARGE.__setitem__(12_345, 1e5 * x)),
    "a set": (lambda: next(iter(SET)), lambda x: set_only(SET, x)),
    "a deque": (lambda: DEQUE[0], lambda x: set_only(DEQUE, x)),
    "an array of Python's": (lambda: NUMBERS[0], lambda x: NUMBERS.__setitem__(0, x)),
    "a weak reference": (lambda: REFERENCE().number, lambda x: setattr(SCALING_INSTANCE, "number", x)),
    "a function with a cache": (lambda: CACHED(), set_cached),
    "a context variable": (lambda: VARIABLE.get(), lambda x: VARIABLE.set(x)),
    "a module imported in the function": (of_a_later_import, set_later),
    "a dict of a module": (lambda: CONFIG.S["factor"], lambda x: CONFIG.S.update(factor=x)),
    "a list of a module": (lambda: CONFIG.L[0], lambda x: CONFIG.L.__setitem__(0, x)),
    "an object of a module": (lambda: CONFIG.config.factor, lambda x: setattr(CONFIG.config, "factor", x)),
    "a class of a module": (lambda: CONFIG.Config.number, lambda x: setattr(Config, "number", x)),
    "a module of a module": (lambda: CONFIG.other.factor, lambda x: setattr(CONFIG.other, "factor", x)),
    "what a module's function reads": (lambda: CONFIG.scale(), lambda x: CONFIG.S.update(factor=x)),
    "a module's function": (
        lambda: CONFIG.named(),
        lambda x: setattr(CONFIG, "named", CONFIG.one if x == 1.0 else CONFIG.half),
    ),
    "a module's network": (of_a_network_in_a_module, lambda x: CONFIG.nets["a"].train(x != 1.0)),
    "globals by their names": (lambda: globals()["sca" + "le"], set_scale),
    "a text": (lambda: float(TEXT.getvalue()), set_text),
    "where a text is read on": (lambda: 2.0 / (2 + BYTES.tell()), lambda x: BYTES.seek(0 if x == 1.0 else 2)),
    "a number of C": (lambda: NUMBER_OF_C.value, lambda x: setattr(NUMBER_OF_C, "value", x)),
    "a field of C": (lambda: FIELDS_OF_C.factor, lambda x: setattr(FIELDS_OF_C, "factor", x)),
    "what is pointed to": (lambda: POINTER.contents.factor, lambda x: setattr(FIELDS_OF_C, "factor", x)),
    "where it points to": (lambda: POINTER[0].factor, lambda x: setattr(POINTER, "contents", Fields(x))),
    "mapped memory": (lambda: float(MAPPED[:3]), lambda x: MAPPED.__setitem__(slice(3), str(x).encode())),
    "a new attribute of a module": (lambda: getattr(CONFIG, "la" + "te", 1.0), set_attribute),
    "the values of a dict": (lambda: sum(VALUES), lambda x: VIEWED.update(factor=x)),
    "the items of a dict": (lambda: dict(ITEMS)["factor"], lambda x: VIEWED.update(factor=x)),
    "the values of an ordered dict": (lambda: sum(ORDERED_VALUES), lambda x: LAST.update(factor=x)),
    "the values of a dict of a class": (lambda: sum(OF_A_USER_DICT), lambda x: USER_DICT.update(factor=x)),
    "the number of keys": (lambda: 1.0 / len(LATE_KEYS), lambda x: set_key(x)),
    "an attribute of a text": (lambda: TAGGED.factor, lambda x: setattr(TAGGED, "factor", x)),
    "an attribute of another number": (lambda: newly_tagged.factor, set_tagged),
    "a number that says little": (lambda: ROUNDED.factor, lambda x: setattr(ROUNDED, "factor", Rounded(0.9 + x / 10))),
    "a constant of NumPy": (lambda: np.pi, replace(np, "pi", 3.0)),
    "a function of NumPy": (lambda: np.linalg.norm([3.0, 4.0]), replace(np.linalg, "norm", np.sum)),
    "a function of a library": (lambda: math.sqrt(2.0), replace(math, "sqrt", math.exp)),
    "a name of the library": (lambda: ma.relu(0.5), replace(ma, "relu", ma.softplus)),
    "a name of Python's": (lambda: len(oct(8)), replace(builtins, "oct", bin)),
    "a new name of Python's": (lambda: microae_factor, set_of_python),  # noqa: F821
    "the arguments of the process": (lambda: float(len(sys.argv)), set_arguments),
    "the environment": (lambda: float(os.environ["MICROAE_FACTOR"]), set_environment),
}


@pytest.mark.parametrize("what", READ)
def test_what_is_read_by_detours_is_heeded(what, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["microae"])
    read, write = READ[what]

    def make(net, optimizer):
        def step(x):
            optimizer.zero_grad()
            loss = net.loss(x) * read()
            loss.backward()
            optimizer.step()
            return loss

        return step

    bench = Bench(make)
    for i, x in enumerate(DATA):
        write(1.0 if i < 4 else 0.5)
        bench.step(x)
    write(1.0)


@pytest.mark.parametrize("called", ["by name", "as a method", "for NumPy's"])
@pytest.mark.parametrize("read_by", ["forward", "rule", "variadic rule"])
def test_what_a_row_of_the_users_reads_is_heeded(called, read_by):
    k = 2.0

    def scaled(x):
        return x * (k if read_by == "forward" else 1.0)

    def rule(g, out, x):
        return g * (k if read_by != "forward" else 1.0)

    np_scaled = np.frompyfunc(scaled, 1, 1)
    row = ma.operation(np_scaled, symbol="k")(scaled)
    try:
        row.vjps = ma.Variadic(lambda i, *operands: rule(*operands)) if read_by == "variadic rule" else (rule,)
        calls = {"by name": row, "as a method": lambda v: v.scaled(), "for NumPy's": np_scaled}
        call = calls[called]
        w = ma.Value(np.ones(5))

        def step(x):
            loss = call(w * x).sum()
            return loss, ma.gradients(loss, [w])[0]

        compiled = ma.compile(step)
        for x in DATA[:4, 0]:
            for found, right in zip(compiled(x), step(x), strict=True):
                np.testing.assert_allclose(getattr(found, "data", found), getattr(right, "data", right), rtol=1e-13)
            k += 1.0
    finally:
        ma.operations.remove("scaled")


def test_what_a_compiled_function_that_is_called_inside_reads_is_heeded():
    k = 2.0
    inner = ma.compile(lambda x: x * k)
    outer = ma.compile(lambda x: inner(x) + 1.0)
    for k in (2.0, 2.0, 3.0, 4.0):
        np.testing.assert_array_equal(outer(DATA[0]), DATA[0] * k + 1.0)


class Equal(Settings):
    """Equal to every other one, whatever it holds."""

    def __eq__(self, other):
        return isinstance(other, Equal)

    def __hash__(self):
        return 0


def test_what_an_object_holds_that_is_an_argument_is_heeded():
    compiled = ma.compile(lambda x, settings: x * settings.factor)
    settings, other = Equal(), Equal()
    for i in range(4):
        settings.factor = float(i)
        for each in (settings, other):
            np.testing.assert_array_equal(compiled(DATA[0], each), DATA[0] * each.factor)


def test_what_a_function_reads_that_is_an_argument_is_heeded():
    k = 2.0
    compiled = ma.compile(lambda x, function: ma.Value(x) * function["of"]())
    function = {"of": lambda: k}
    for k in (2.0, 2.0, 3.0):
        np.testing.assert_array_equal(compiled(DATA[0], function).data, DATA[0] * k)


def test_a_network_that_is_an_argument_is_looked_into():
    net, other = (ma.Sequential(ma.Linear(5, 3, seed=0), ma.Dropout(0.5, seed=0)) for _ in range(2))
    compiled = ma.compile(lambda net, x: net(x))
    for i, x in enumerate(DATA):
        for each in (net, other):
            each.train(i not in (2, 3))
        np.testing.assert_array_equal(compiled(net, x).data, other(x).data)
    refused = ma.compile(lambda net, x: float(net(x).sum().data) * x)
    state = net[1].rng.bit_generator.state
    with pytest.raises(ma.CompileError):
        refused(net, DATA[0])
    assert net[1].rng.bit_generator.state == state


def test_an_optimiser_that_is_an_argument_is_looked_into():
    def make(net, optimizer):
        def step(optimizer, x):
            optimizer.zero_grad()
            loss = net.loss(x)
            loss.backward()
            optimizer.step()
            return loss

        return step

    bench = Bench(make, optimizer=ma.Adam)
    ordinary, compiled = bench.ordinary, bench.compiled
    bench.ordinary, bench.compiled = (
        lambda x: ordinary(bench.optimizers[0], x),
        lambda x: compiled(bench.optimizers[1], x),
    )
    for x in DATA[:3]:
        bench.step(x)


def test_named_tuples_of_one_name_are_told_apart():
    one, other = namedtuple("P", "a b"), namedtuple("P", "b a")
    compiled = ma.compile(lambda p: p.a - p.b)
    for kind in (one, other):
        np.testing.assert_array_equal(compiled(kind(DATA[0], DATA[1])), kind(DATA[0], DATA[1]).a - kind(*DATA[:2]).b)


@pytest.mark.parametrize("backend", ["numpy", "python", "numba", "jax"])
def test_constants_that_are_returned_are_the_callers(backend):
    compiled = ma.compile(
        lambda x: (x * 1.0, np.ones(3), ma.Value(np.ones(3)), {1.0}, array("d", [1.0])), backend=backend
    )
    for _ in range(2):
        _, constant, value, elements, numbers = compiled(DATA[0, 0])
        assert np.array_equal(constant, np.ones(3))
        assert np.array_equal(value.data, np.ones(3))
        assert (elements, list(numbers)) == ({1.0}, [1.0])
        if constant.flags.writeable:
            constant[:] = 5.0
        value.data *= 5.0
        elements.add(5.0)
        numbers[0] = 5.0


class Scaled:
    """With a step that is a method."""

    def __init__(self, k):
        self.k = k

    @ma.compile
    def step(self, x):
        return x * self.k

    @ma.compile(backend="numpy")
    def times(self, x, other):
        return x * self.k * other


def test_a_method_that_is_decorated_is_bound_to_its_object():
    one, other = Scaled(2.0), Scaled(3.0)
    for k in (2.0, 4.0):
        one.k = k
        for each in (one, other):
            np.testing.assert_array_equal(each.step(DATA[0]), DATA[0] * each.k)
            np.testing.assert_array_equal(Scaled.step(each, DATA[0]), DATA[0] * each.k)
            np.testing.assert_array_equal(each.times(DATA[0], other=DATA[1]), DATA[0] * each.k * DATA[1])
    assert one.step is one.step
    assert "x * 4.0" in one.step.source
    for k in range(100):
        np.testing.assert_array_equal(Scaled(k).step(DATA[0]), DATA[0] * k)
    assert len(Scaled.step._bound) <= 64


@pytest.mark.filterwarnings("ignore:.*no parameter has a gradient:UserWarning")
@pytest.mark.parametrize("kind", [ma.SGD, ma.Adam])
def test_a_gradient_that_was_not_there_when_the_program_was_made_is_used(kind):
    def make(net, optimizer):
        def step(x):
            optimizer.step()
            return (net(x) ** 2).mean()

        return step

    bench = Bench(make, optimizer=lambda p: kind(p, lr=0.1))
    for i, x in enumerate(DATA):
        if i % 4 == 3:
            bench.both(lambda net, optimizer: optimizer.zero_grad())
        elif i:
            bench.both(lambda net, optimizer, x=x: net.loss(x).backward())
        if i % 4:
            bench.step(x)


def test_a_choice_by_whether_there_is_a_gradient_is_heeded():
    w = ma.Value(np.ones(5))
    compiled = ma.compile(lambda x: x * w if w.grad is None else x * w * 2.0)
    told = ma.compile(lambda x: (x * w, w.grad is None))
    for i in range(6):
        w.grad = np.ones(5) if i % 3 else None
        assert np.array_equal(compiled(DATA[0]).data, DATA[0] * (2.0 if i % 3 else 1.0))
        assert told(DATA[0])[1] is (i % 3 == 0)
        assert (w.grad is None) is (i % 3 == 0)


def test_what_is_the_same_with_and_without_gradients_keeps_its_program():
    net = ma.Autoencoder([5, 4, 5], seed=0)
    compiled = ma.compile(net.reconstruct)
    compiled(DATA[0])
    (entry,) = compiled._entries.values()
    for i in range(6):
        for p in net.parameters():
            p.grad = np.ones(p.shape) if i % 2 else None
        compiled(DATA[i])
        assert all((p.grad is None) is (i % 2 == 0) for p in net.parameters())
    assert list(compiled._entries.values()) == [entry]


@pytest.mark.parametrize("kind", [ma.SGD, ma.Adam])
def test_parameters_that_were_updated_alone_between_steps_count_on_from_there(kind):
    bench = Bench(usual, optimizer=lambda p: kind(p, lr=0.01))

    def update_one(net, optimizer):
        kept = {p: p.grad for p in net.parameters()}
        optimizer.zero_grad()
        (net.encoder[0].weight ** 2).sum().backward()
        optimizer.step()
        for p, grad in kept.items():
            p.grad = grad

    for i, x in enumerate(DATA):
        if i in (2, 5):
            bench.both(update_one)
        bench.step(x)


def test_what_is_returned_besides_arrays_must_be_the_same_in_each_step():
    numbers = iter(range(10))
    hidden = np.poly1d([1.0])
    hidden.next = numbers.__next__
    with pytest.raises(ma.CompileError, match="what the step returns besides arrays"):
        ma.compile(lambda x: (x, hidden.next()))(DATA[0])


def test_the_generator_of_a_module_that_was_not_found_is_found_when_it_is_used():
    compiled, ordinary = ma.Dropout(0.5, seed=0), ma.Dropout(0.5, seed=0)
    hidden = np.poly1d([1.0])
    hidden.kept = compiled
    program = ma.compile(lambda x: hidden.kept(x))
    for x in DATA[:3]:
        np.testing.assert_array_equal(program(x), ordinary(x))


class Reader(ma.Module):
    """A user's module, whose methods read a global."""

    def __init__(self):
        super().__init__()
        self.layer = ma.Linear(5, 5, seed=0)

    def forward(self, x):
        return self.layer(x) * scale


def test_a_global_that_a_users_module_reads_is_heeded():
    nets = [Reader() for _ in range(2)]
    ordinary, compiled = (lambda x: (nets[0](x) ** 2).mean()), ma.compile(lambda x: (nets[1](x) ** 2).mean())
    for i, x in enumerate(DATA):
        set_scale(1.0 if i < 4 else 0.5)
        assert compiled(x).data == pytest.approx(ordinary(x).data, rel=1e-13)
    set_scale(1.0)


def test_what_the_step_asks_of_the_kind_of_its_argument_is_answered_as_in_an_ordinary_one():
    def make(net, optimizer):
        def step(x):
            optimizer.zero_grad()
            loss = net.loss(x) * (2.0 if isinstance(x, np.ndarray) else 1.0) * (x.nbytes / x.itemsize / x.size)
            loss.backward()
            optimizer.step()
            return loss

        return step

    bench = Bench(make)
    for x in DATA[:2]:
        bench.step(x)


KINDS_ASKED = {
    "the very class": lambda x: type(x) is np.ndarray,
    "a class by name": lambda x: type(x).__name__ == "ndarray",
    "the class of a number": lambda x: type(x.sum()) is np.float64,
    "a class in a dict": lambda x: {np.ndarray: True}.get(type(x)),
    "the class of each": lambda x: set(map(type, [x, 1.0])) == {np.ndarray, float},
    "a class that is asked itself": lambda x: x.__class__ is np.ndarray,
    "whether a class is one": lambda x: isinstance(type(x), type) and isinstance(np.ndarray, type),
    "the class of something else": lambda x: type(DATA).__name__ == "ndarray",
    "a class that is made": lambda x: type("Two", (), {"n": 2}).n == 2,
    "what arrays have": lambda x: hasattr(x, "sum") and not hasattr(x, "numpy"),
}


@pytest.mark.parametrize("what", KINDS_ASKED)
def test_a_choice_by_the_kind_of_an_array_is_that_of_an_ordinary_step(what):
    asked = KINDS_ASKED[what]
    compiled = ma.compile(lambda x: ma.tanh(x) * 2.0 if asked(x) else ma.tanh(x) * 3.0)
    np.testing.assert_array_equal(compiled(DATA[0]), 2.0 * np.tanh(DATA[0]))
    assert "type" not in globals()


class Stacked(ma.Module):
    def __init__(self):
        self.layers = [ma.Linear(5, 5, seed=0)]

    def forward(self, x):
        for layer in self.layers:
            x = ma.tanh(layer(x))
        return x


def test_a_layer_that_is_put_into_a_list_between_steps_is_heeded():
    def made():
        net = Stacked()

        def step(x):
            net.zero_grad()
            loss = ((net(x) - x) ** 2).mean()
            loss.backward()
            for p in net.parameters():
                p.data -= 0.1 * p.grad
            return loss

        return net, step

    (net, step), (plain, right) = made(), made()
    compiled = ma.compile(step)
    for i, x in enumerate(DATA[:4]):
        if i == 2:
            for each in (net, plain):
                each.layers.append(ma.Linear(5, 5, seed=1))
        assert compiled(x).item() == pytest.approx(right(x).item(), rel=1e-13)
    assert [p.label for p in net.parameters()] == [p.label for p in plain.parameters()]


def test_numbers_and_arrays_without_dimensions_are_of_two_kinds():
    compiled = ma.compile(lambda x: x * (2.0 if isinstance(x, np.ndarray) else 3.0))
    assert [float(compiled(x)) for x in (np.float64(1.0), np.array(1.0))] == [3.0, 2.0]


@pytest.mark.parametrize("backend", ["numpy", "python", "jax"])
def test_numbers_that_are_returned_are_of_the_kind_of_an_ordinary_step(backend):
    p = ma.Value(2.0, label="p")

    def step(x):
        loss = (p * p * x).sum()
        p.grad = 3.0
        of_numpy = x.sum(), x[0], x[1] * 2.0, np.exp(loss.data), np.float64(3.0)
        return of_numpy, (loss.data, p.data, p.grad, ma.gradients(loss, [p])[0], loss.data * 2.0 - p.data / 3, 3.0)

    found, right = ma.compile(step, backend=backend)(DATA[0, 0]), step(DATA[0, 0])
    assert [list(map(type, numbers)) for numbers in found] == [[np.float64] * 5, [float] * 6]
    for numbers, equal in zip(found, right, strict=True):
        assert numbers == pytest.approx(equal, rel=1e-14)


FACTORS = {
    "a parameter's": lambda p, x: p.data,
    "a result's": lambda p, x: (p * p).data ** 2,
    "that of a sum": lambda p, x: (p * x.sum()).data,
    "a gradient": lambda p, x: ma.gradients(p * p, [p])[0],
    "a grad": lambda p, x: p.grad,
    "a strong one": lambda p, x: (p * x.sum()).data * np.float64(1.0),
    "one made a Value": lambda p, x: ma.Value(p.data),
    "one set as data": lambda p, x: ma.Value(0.0).data + rebound(p),
}


def rebound(p):
    p.data -= 0.5 * p.data
    return p * 1.0


@pytest.mark.parametrize("backend", ["numpy", "jax"])
@pytest.mark.parametrize("what", FACTORS)
def test_a_number_of_a_value_widens_float32_no_more_than_in_an_ordinary_step(what, backend):
    x = np.linspace(0.25, 1.0, 3, dtype=np.float32)

    def made():
        p = ma.Value(2.0, label="p")
        p.grad = 3.0
        return lambda x: x * FACTORS[what](p, x), lambda x: ma.Value(x) * FACTORS[what](p, x)

    for step, same in zip(made(), made(), strict=True):
        compiled, right = ma.compile(same, backend=backend)(x), step(x)
        assert compiled.dtype == right.dtype
        np.testing.assert_allclose(np.asarray(compiled.data), np.asarray(right.data), rtol=1e-6)


def test_a_function_of_another_library_is_not_taken_for_numpys():
    special = scipy.special.expit

    def step(x):
        return ma.Value(x) + special(x)

    compiled = ma.compile(step, backend="numpy")
    for x in DATA[:2]:
        np.testing.assert_array_equal(compiled(x).data, step(x).data)


OF_SUBMODULES = {
    "fft.fft": lambda x: np.abs(np.fft.fft(x)),
    "fft.ifft": lambda x: np.real(np.fft.ifft(x * np.fft.fft(x), axis=0)),
    "fft.rfft": lambda x: np.abs(np.fft.rfft(x, 5)),
    "fft.fftshift": np.fft.fftshift,
    "lib.stride_tricks.sliding_window_view": lambda x: sliding_window_view(x, 2, axis=1).sum(-1),
    "lib.scimath.logn": lambda x: np.emath.logn(2, x + 0j),
}


@pytest.mark.parametrize("backend", ["numpy", "python", "numba", "jax", "auto"])
@pytest.mark.parametrize("name", OF_SUBMODULES)
def test_functions_of_numpys_submodules_are_numpys_or_refused_by_name(name, backend):
    function = OF_SUBMODULES[name]
    compiled = ma.compile(function, backend=backend)
    if backend == "python" or (backend == "jax" and "lib" in name):
        with pytest.raises(UnsupportedError, match=name.replace("ifft", "fft")):  # which is called first
            compiled(DATA[0])
        return
    compiled.trace(DATA[0])
    found, right = compiled(DATA[1]), function(DATA[1])
    np.testing.assert_allclose(found, right, rtol=1e-13, atol=1e-13)
    assert found.dtype == right.dtype


def test_gradients_flow_beside_a_function_of_a_submodule():
    W = ma.Value(np.arange(5.0))
    function = lambda x: ma.gradients((np.abs(np.fft.fft(x)) * W).sum(), [W])[0]
    compiled = ma.compile(function)
    compiled.trace(DATA[0])
    np.testing.assert_allclose(compiled(DATA[1]), np.abs(np.fft.fft(DATA[1])).sum(0), rtol=1e-14)


@pytest.mark.parametrize("module", [np, np.linalg, np.fft, np.lib.scimath, np.lib.stride_tricks])
def test_numpys_functions_stand_where_they_say(module):
    functions = [f for f in vars(module).values() if hasattr(f, "_implementation")]
    assert functions
    for f in functions:
        assert operator.attrgetter(f"{f.__module__}.{f.__name__}".removeprefix("numpy."))(np) is f


@pytest.mark.parametrize("numbers", [[1.0, 4.0], [-1.0, 4.0]])
def test_a_result_that_is_complex_for_some_numbers_is_refused(numbers):
    with pytest.raises(
        ma.CompileError, match=r"test_traps.py:\d+.* dtype of the result of np.lib.scimath.sqrt depends on"
    ):
        ma.compile(lambda x: np.emath.sqrt(x) + 1)(np.array(numbers))


@pytest.mark.parametrize(
    ("cleared", "backend"),
    [(c, b) for c in ("none", "decoder", "all") for b in ("numpy", "python", "numba")] + [("decoder", "jax")],
)
def test_a_training_leaves_gradients_and_adds_to_those_that_the_step_does_not_clear(cleared, backend):
    def make(net, optimizer):
        def step(x):
            if cleared != "none":
                (net if cleared == "all" else net.decoder).zero_grad()
            loss = net.loss(x)
            loss.backward()
            optimizer.step()
            return loss

        return step

    bench = Bench(make, backend, optimizer=lambda p: ma.Adam(p, lr=0.01), dropout=0.25)
    for epochs in (1, 3):
        for _ in range(epochs):
            for rows in ([0, 1], [2, 3], [4]):
                bench.ordinary(DATA[0][rows])
        bench.compiled.run(DATA[0][:5], epochs=epochs, batch_size=2, shuffle=False)
        bench.same()


def test_a_gradient_that_a_training_leaves_is_masked_as_after_an_ordinary_step():
    a, b = ma.Value(0.0), ma.Value(1.0)
    optimizer = ma.SGD([b], lr=0.1)

    @ma.compile(backend="numpy")
    def step(x):
        a.grad = b.grad = None
        loss = (b * x).sum() + 0.0 * np.sqrt(a)  # 0 / 0 to a, by which nothing is updated
        loss.backward()
        optimizer.step()
        return loss

    step.run(np.ones((2, 3)), epochs=2)
    assert (a.grad, b.grad) == (0.0, 3.0)


def test_gradients_that_only_some_parameters_have_are_added_to():
    bench = Bench(adding_up)
    bench.both(lambda net, optimizer: (net.encode(DATA[0]) ** 2).sum().backward())
    for x in DATA[:3]:
        bench.step(x)


def test_arrays_that_outlive_their_trace_are_of_no_use():
    kept = []
    hidden = np.poly1d([1.0])  # of another library, which is not looked into
    hidden.kept = kept
    w = ma.Value(np.ones(5))

    def step(x):
        hidden.kept.append(x)
        return (w * hidden.kept[0]).sum()

    with pytest.raises(ma.CompileError, match="of an earlier trace"):
        ma.compile(step)(DATA[0])
    with pytest.raises(TypeError, match="outside of the function"):
        kept[0] + 1.0


def test_a_step_may_evaluate_and_go_back_to_training():
    def make(net, optimizer):
        def step(x):
            net.eval()
            loss = net.loss(x)
            net.train()
            return loss

        return step

    bench = Bench(make, dropout=0.5)  # on whose modules no mode has been set yet
    for x in DATA[:2]:
        bench.step(x)
    bench.both(lambda net, optimizer: setattr(net.encoder, "training", False))
    bench.ordinary(DATA[0])
    with pytest.raises(ma.CompileError, match=r"the step changes net\.encoder"):
        bench.compiled(DATA[0])
    bench.both(lambda net, optimizer: net.train())
    bench.step(DATA[3])


@pytest.mark.parametrize("kind", [ma.SGD, ma.Adam])
def test_an_optimiser_that_updates_twice_in_a_step_counts_twice(kind):
    def make(net, optimizer):
        def step(x):
            for factor in (1.0, 0.5):
                optimizer.zero_grad()
                loss = net.loss(factor * x)
                loss.backward()
                optimizer.step()
            return loss

        return step

    bench = Bench(make, optimizer=lambda p: kind(p, lr=0.01))
    for x in DATA[:4]:
        bench.step(x)


def test_parameters_that_are_updated_more_often_than_others_are_refused():
    def make(net, optimizer):
        def step(x):
            optimizer.zero_grad()
            loss = net.loss(x)
            loss.backward()
            optimizer.step()
            net.decoder[0].bias.grad = None
            optimizer.step()
            return loss

        return step

    bench = Bench(make, optimizer=lambda p: ma.Adam(p, lr=0.01))
    with pytest.raises(ma.CompileError, match="more often than others"):
        bench.compiled(DATA[0])


def test_numbers_that_are_equal_but_not_the_same_have_programs_of_their_own():
    compiled = ma.compile(lambda x, k: ma.Value(x) * k, backend="numpy")
    for k in (0.0, -0.0, 1, True, 1.0, float("nan"), float("nan")):
        assert np.array_equal(np.signbit(compiled([1.0, 2.0], k).data), np.signbit(np.array([1.0, 2.0]) * k))
    assert len(compiled._entries) == 6


def test_data_are_changed_in_place_as_in_class():
    def make(net, optimizer):
        def step(x):
            optimizer.zero_grad()
            loss = net.loss(x)
            loss.backward()
            for p in net.parameters():
                p.data -= 0.1 * p.grad
            return loss

        return step

    bench = Bench(make)
    for x in DATA[:3]:
        bench.step(x)


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("backend", ["numpy", "python", "jax"])
def test_arrays_of_other_kinds_are_taken_as_arrays_or_refused(backend):
    w = ma.Value(np.ones(5))
    compiled = ma.compile(lambda x: (w * x).sum(), backend=backend)
    masked = np.ma.array(DATA[0], mask=DATA[0] > 0.5)
    with pytest.raises(TypeError, match="lose their mask"):
        compiled(masked)
    with pytest.raises(TypeError, match=r"np\.matrix"):
        compiled(np.matrix(DATA[0]))
    for dtype in (np.float16, np.longdouble, complex):  # as in an ordinary step
        with pytest.raises(TypeError, match="real numbers"):
            compiled(DATA[0].astype(dtype))
    for x in (DATA[0].astype(">f8"), np.asfortranarray(DATA[0]), DATA[0][::-1]):
        assert compiled(x).item() == pytest.approx(DATA[0].sum(), rel=1e-13)


# --- what no program says is refused, and nothing has changed ---------------------------------------------------------

DRAWN, OLD_DRAWN, PYTHON_DRAWN = np.random.default_rng(5), np.random.RandomState(5), random.Random(5)
GROWING = []
COUNTED = {"steps": 0}
ANNEALED = iter(np.linspace(1.0, 0.0, 1000))
IN_TWO_PARTS = chain([1.0] * 100, [0.5] * 100)


SLOTTED.factors = (1.0 for _ in range(100))


def float_of_the_loss(net, x):
    loss = net.loss(x)
    return loss * float(loss.data)


def item_of_the_loss(net, x):
    loss = net.loss(x)
    return loss * loss.item()


def branch(net, x):
    loss = net.loss(x)
    return loss * 2.0 if loss.data > 0.1 else loss


def branch_on_an_argument(net, x):
    return net.loss(x) * (2.0 if x[0, 0] > 0.5 else 1.0)


def as_an_array(net, x):
    return net.loss(np.asarray(x) * 1.0)


def in_place(net, x):
    x[0] = 0.0
    return net.loss(x)


def in_place_operator(net, x):
    x *= 0.5
    return net.loss(x)


def a_batch_drawn_inside(net, x):
    return net.loss(DATA[DRAWN.integers(0, 8)]) + 0.0 * x.sum()


def noise_drawn_inside(net, x):
    return net.loss(np.clip(x + 0.01 * DRAWN.standard_normal(x.shape), 0.0, 1.0))


def a_choice_by_pythons_generator(net, x):
    return net.loss(x) * (2.0 if random.random() < 2.0 else 1.0)


def a_choice_by_numpys_generator(net, x):
    return net.loss(x) * (2.0 if np.random.rand() < 2.0 else 1.0)


def a_choice_by_a_generator(net, x):
    return net.loss(x) * (2.0 if DRAWN.random() < 2.0 else 1.0)


def a_choice_by_the_generator_of_a_module(net, x):
    return net.loss(x) * (2.0 if net.noise.rng.random() < 2.0 else 1.0)


def a_choice_by_a_generator_of_an_older_kind(net, x):
    return net.loss(x) * (2.0 if OLD_DRAWN.random() < 2.0 and PYTHON_DRAWN.random() < 2.0 else 1.0)


def a_list_that_grows(net, x):
    loss = net.loss(x)
    GROWING.append(loss)
    return loss


def a_count_that_goes_up(net, x):
    COUNTED["steps"] += 1
    return net.loss(x)


def a_number_from_an_iterator(net, x):
    return net.loss(x) * float(next(ANNEALED))


def a_global_that_is_written(net, x):
    global written
    written = net.loss(x)
    return written


def an_attribute_that_is_written(net, x):
    SCALING.written = net.loss(x)
    return SCALING.written


def a_number_from_an_iterator_that_is_the_same_for_a_while(net, x):
    return net.loss(x) * next(IN_TWO_PARTS)


def a_generator_of_an_object(net, x):
    return net.loss(x) * next(SLOTTED.factors)


def errors_that_are_raised_inside(net, x):
    with np.errstate(over="raise"):
        return net.loss(x)


def a_mask(net, x):
    return net.loss(x) + x[x > 0.5].sum()


def a_loop_until(net, x):
    loss = net.loss(x)
    while loss > 0.5:
        loss = loss * 0.5
    return loss


def a_python_function_of_numbers(net, x):
    return net.loss(x) * max(x[0, 0], 0.5)


def a_format(net, x):
    loss = net.loss(x)
    return loss * len(f"{loss:.3f}")


def a_refusal_that_is_caught(net, x):
    loss = net.loss(x)
    try:
        factor = float(loss.data)
    except Exception:
        factor = 1.0
    return loss * factor


def an_attribute_that_may_be_there(net, x):
    return net.loss(x) * (2.0 if hasattr(x, "ctypes") else 1.0)


def the_memory_by_its_protocol(net, x):
    return net.loss(x) * (2.0 if hasattr(x, "__array_interface__") else 1.0)


def the_memory_of_the_argument(net, x):
    return net.loss(x) * np.asarray(x.data)[0, 0]


def a_text_of_the_argument(net, x):
    return net.loss(x) * len(str(x))


def a_representation_of_the_argument(net, x):
    return net.loss(x) * len(repr(x))


def a_format_of_the_argument(net, x):
    return net.loss(x) * len(f"{x}")


def a_text_of_the_loss(net, x):
    loss = net.loss(x)
    return loss * len(str(loss))


def a_text_by_numpy(net, x):
    return net.loss(x) * len(np.array2string(x))


def the_least_dtype(net, x):
    return net.loss(x) * (2.0 if np.min_scalar_type(x[0, 0]) == np.float16 else 1.0)


def the_order_in_memory(net, x):
    return net.loss(x) * (2.0 if x.flags.f_contiguous else 1.0)


def whether_it_may_be_written_into(net, x):
    return net.loss(x) * (2.0 if x.flags.writeable else 1.0)


def a_rounded_number(net, x):
    return net.loss(x) * round(x[0, 0])


def a_number_rounded_to_digits(net, x):
    return net.loss(x) * round(x[0, 0], 2)


def an_index_from_numbers(net, x):
    return net.loss(x) * DATA[0, 0, int(x[0, 0] * 4)]


REFUSED = [
    float_of_the_loss,
    item_of_the_loss,
    branch,
    branch_on_an_argument,
    as_an_array,
    in_place,
    in_place_operator,
    a_batch_drawn_inside,
    noise_drawn_inside,
    a_choice_by_pythons_generator,
    a_choice_by_numpys_generator,
    a_choice_by_a_generator,
    a_choice_by_the_generator_of_a_module,
    a_choice_by_a_generator_of_an_older_kind,
    a_list_that_grows,
    a_count_that_goes_up,
    a_number_from_an_iterator,
    a_global_that_is_written,
    an_attribute_that_is_written,
    a_number_from_an_iterator_that_is_the_same_for_a_while,
    a_generator_of_an_object,
    errors_that_are_raised_inside,
    a_mask,
    a_loop_until,
    a_python_function_of_numbers,
    a_format,
    an_index_from_numbers,
    a_text_of_the_argument,
    a_representation_of_the_argument,
    a_format_of_the_argument,
    a_text_of_the_loss,
    a_text_by_numpy,
    the_least_dtype,
    the_memory_by_its_protocol,
    the_order_in_memory,
    whether_it_may_be_written_into,
    a_rounded_number,
    a_number_rounded_to_digits,
    a_refusal_that_is_caught,
    an_attribute_that_may_be_there,
    the_memory_of_the_argument,
]


def random_states(net):
    numpys = [str(rng.get_state()) for rng in (np.random, OLD_DRAWN)]
    return (
        net.noise.rng.bit_generator.state,
        DRAWN.bit_generator.state,
        *numpys,
        random.getstate(),
        PYTHON_DRAWN.getstate(),
    )


def functional_adam(x, state):
    state["m"] = 0.9 * state["m"] + 0.1 * x
    return x - 0.1 * state["m"]


def counted(x, state):
    state["k"] = state.get("k", 0) + 1
    return x * state["k"]


def averaged(x, state):
    for i, old in enumerate(state["all"]):
        state["all"][i] = 0.9 * old + 0.1 * x
    return state["all"][0]


@pytest.mark.parametrize(
    "function",
    [
        functional_adam,
        counted,
        averaged,
        lambda x, state: state.pop("m") * x,
        lambda x, state: (state["all"].append(x.mean()), x.sum())[1],
    ],
)
def test_a_list_or_dict_that_is_given_and_changed_is_refused(function):
    state = {"m": np.zeros(2), "all": [np.zeros(2), np.ones(2)]}
    with pytest.raises(ma.CompileError, match="changes a list or dict that it is given"):
        ma.compile(function)(np.ones(2), state)
    assert set(state) == {"m", "all"}
    assert len(state["all"]) == 2
    assert not state["m"].any()


def test_lists_of_arrays_stay_lists_and_numbers_keep_their_kind():
    x, z = np.ones((2, 3)), np.zeros((2, 3))
    for function, given in [
        (lambda a, b: len(a + b), ([x, x], [z, z])),
        (lambda a, b: np.stack(a + b).sum(axis=0), ([x, x], [z, z])),
        (lambda x, y: ma.cross_entropy(x, y), (np.eye(3)[:2], [0, 2])),
        (lambda x, columns: np.take(x, columns, axis=1), (x, [0, 2])),
        (lambda x: x.sum(), ([[1, 2], [3, 4]],)),
    ]:
        found = ma.compile(function)(*given)
        right = function(*map(np.asarray, given)) if len(given) == 1 else function(*given)
        np.testing.assert_array_equal(found, right)
        assert np.asarray(found).dtype == np.asarray(right).dtype


@pytest.mark.parametrize("backend", ["numpy", "python", "numba", "jax"])
def test_parameters_and_gradients_that_are_returned_are_the_callers(backend):
    net = ma.Autoencoder([5, 2, 5], seed=0)
    optimizer = ma.SGD(net.parameters(), lr=0.1)
    first = next(iter(net.parameters()))

    def step(x):
        optimizer.zero_grad()
        net.loss(x).backward()
        optimizer.step()
        return first.data, first.grad, first.data.T

    compiled = ma.compile(step, backend=backend)
    for x in DATA[:3]:
        returned = compiled(x)
        before = first.data.copy(), first.grad.copy()
        for one in returned:
            if one.flags.writeable:
                one *= 0.0
        np.testing.assert_array_equal(first.data, before[0])
        np.testing.assert_array_equal(first.grad, before[1])


@dataclass
class Outcome:
    loss: object


class Slotted:
    __slots__ = ("loss",)

    def __init__(self, loss):
        self.loss = loss


@pytest.mark.parametrize(
    "made",
    [
        Outcome,
        Slotted,
        lambda loss: SimpleNamespace(parts=[loss]),
        lambda loss: deque([loss]),
        lambda loss: {"loss": loss}.values(),
        lambda loss: (part for part in [loss]),
        lambda loss: map(abs, [loss]),
        lambda loss: lambda: loss,
    ],
)
@pytest.mark.parametrize("kind", [ma.Value, np.asarray])
def test_results_hidden_in_objects_are_refused(made, kind):
    taken = (lambda x: ma.Value(x).sum()) if kind is ma.Value else (lambda x: x.sum())
    with pytest.raises(ma.CompileError, match="with arrays in it, which no program makes"):
        ma.compile(lambda x: made(taken(x)))(DATA[0])


def test_objects_without_results_are_returned_as_they_are():
    net = ma.Autoencoder([5, 2, 5], seed=0)
    kept = Outcome(1.0)

    def unbound():
        return later  # which is assigned below

    _, again, model, name, function = ma.compile(lambda x: (net(x), kept, net, "a", unbound))(DATA[0])
    assert function is unbound
    assert (again, model, name) == (kept, net, "a")
    later = 1.0
    assert function() == later


def test_a_compiled_result_has_no_gradients():
    net = ma.Autoencoder([5, 2, 5], seed=0)
    loss = ma.compile(net.loss)(DATA[0])
    for output in (loss, loss * 2.0, loss + net.loss(DATA[0])):
        for record in (False, True):
            with pytest.raises(
                RuntimeError, match=r"gradients: this Value comes from a compiled function.*gradients\(\)"
            ):
                ma.gradients(output, net.parameters(), record=record)


OF_OTHER_SHAPES = {
    "what a mask picks": lambda x, k: ma.Value(x)[x > 0.5].mean(),
    "what a mask picks that is true here": lambda x, k: ma.Value(x)[x < 1.5].mean(),
    "how many a mask picks": lambda x, k: (ma.Value(x) * 2.0).sum() / len(ma.Value(x)[x > 0.5]),
    "rows that a mask picks": lambda x, k: ma.Value(x)[x[:, 0] > 0.5].sum(),
    "elements of rows": lambda x, k: ma.Value(x)[x[:, 0] > 0.5, 1].sum(),
    "what a Value's own mask picks": lambda x, k: (lambda v: v[v > 0.5].mean())(ma.Value(x)),
    "where it holds": lambda x, k: x.sum() / len(np.where(x > 0.5)[0]),
    "nonzero": lambda x, k: x.sum() / len(np.nonzero(x > 0.5)[0]),
    "flatnonzero": lambda x, k: x.sum() / len(np.flatnonzero(x > 0.5)),
    "argwhere": lambda x, k: x.sum() / len(np.argwhere(x > 0.5)),
    "compress": lambda x, k: x.sum() / len(np.compress(x[0] > 0.5, x)),
    "extract": lambda x, k: x.sum() / len(np.extract(x > 0.5, x)),
    "trim_zeros": lambda x, k: x.sum() / len(np.trim_zeros(k)),
    "repeat": lambda x, k: x.sum() / len(np.repeat(k, k)),
    "bincount": lambda x, k: x.sum() / np.bincount(k).size,
    "intersect1d": lambda x, k: x.sum() / len(np.intersect1d(k, [0, 1])),
    "setdiff1d": lambda x, k: x.sum() / len(np.setdiff1d(np.arange(6), k)),
    "setxor1d": lambda x, k: x.sum() / len(np.setxor1d(np.arange(6), k)),
    "union1d": lambda x, k: x.sum() / len(np.union1d(k, [7])),
    "unique": lambda x, k: x.sum() / len(np.unique(k)),
    "unique_values": lambda x, k: x.sum() / len(np.unique_values(k)),
    "unique_inverse": lambda x, k: np.unique_inverse(k)[0],
    "delete": lambda x, k: x.sum() / len(np.delete(np.arange(6) + 0 * k[0], k)),
    "histogram_bin_edges": lambda x, k: x.sum() / len(np.histogram_bin_edges(x, "auto")),
}


@pytest.mark.parametrize("what", OF_OTHER_SHAPES)
def test_what_has_another_shape_for_other_numbers_is_refused(what):
    function = OF_OTHER_SHAPES[what]
    x, k = np.random.default_rng(0).random((4, 3)), np.array([0, 1, 2, 2])
    function(x, k)
    with pytest.raises(ma.CompileError, match=r"test_traps.py:\d+.* (shape|plain array)"):
        ma.compile(function)(x, k)


def test_what_has_one_shape_for_all_numbers_is_compiled():
    function = lambda x, k: (
        ma.Value(x)[np.argmax(x, axis=0)].sum() + ma.Value(x)[np.array([True, False, True, True])].mean(),
        np.repeat(k, 2),
        np.argsort(x, axis=0),
        np.digitize(x, [0.3, 0.6]),
        np.histogram(x, bins=4, range=(0.0, 1.0))[0],
        np.where(x > 0.5, x, 0.0),
    )
    compiled, rng = ma.compile(function), np.random.default_rng(0)
    for _ in range(3):
        x, k = rng.random((4, 3)), rng.integers(0, 3, 4)
        for found, right in zip(compiled(x, k), function(x, k), strict=True):
            np.testing.assert_allclose(getattr(found, "data", found), getattr(right, "data", right), rtol=1e-14)


class Mirrored(dict):
    def __init__(self, **items):
        super().__init__(**items)
        self.__dict__ = self


class Dotted(dict):
    __getattr__ = dict.__getitem__


class Described(dict):
    factor = 1.0


def described(x):
    made = Described(x=x)
    made.factor = 2.0 * x
    return made


DICTS = {
    "Bunch": (lambda x: Bunch(x=x), lambda d: d.x),
    "its own attributes": (lambda x: Mirrored(x=x), lambda d: d.x),
    "looked up": (lambda x: Dotted(x=x), lambda d: d.x),
    "with attributes": (described, lambda d: d["x"] * d.factor),
    "defaultdict": (lambda x: defaultdict(lambda: 2.0, x=x), lambda d: d["x"] * d.copy()["y"]),
    "ordered": (lambda x: OrderedDict(x=x, y=-x), lambda d: d["y"]),
}


@pytest.mark.parametrize(("make", "read"), DICTS.values(), ids=DICTS)
def test_dicts_of_other_kinds_stay_what_they_are_given_and_returned(make, read):
    step = lambda d: (read(d), make(read(d)), read(make(2.0 * read(d))))
    compiled = ma.compile(step)
    for x in DATA[:3]:
        given = make(x)
        (value, made, again), right = compiled(given), step(given)
        assert type(made) is type(right[1])
        assert list(made) == list(right[1])
        for found, other in ((value, right[0]), (again, right[2]), (read(made), read(right[1]))):
            assert np.array_equal(found, other)
        assert np.array_equal(read(given), read(make(x)))


def changing(function):
    """A function of the data and of a number that is another each time, in a place where nobody looks."""
    place = np.poly1d([1.0])
    place.numbers = iter(range(2, 100))
    return lambda x: function(x, next(place.numbers))


class Counting:
    def __init__(self):
        self.calls = 0

    def __call__(self, x):
        doubled = 2.0 * x
        self.calls += 1
        return doubled


LINES = {
    "an array of one number": (changing(lambda x, n: x @ np.full(5, float(n))), "an array is used with numbers that"),
    "longer": (changing(lambda x, n: reduce(lambda y, _: np.exp(y), range(n), x)), "np.exp is called in one step, but"),
    "besides arrays": (changing(lambda x, n: (x, n)), "what the step returns besides arrays"),
    "scipy": (lambda x: scipy.special.softmax(x), "traced"),
    "sklearn": (lambda x: StandardScaler().fit(DATA[0]).transform(x), "traced"),
}


@pytest.mark.parametrize(("step", "what"), LINES.values(), ids=LINES)
def test_a_refusal_has_a_line_of_the_step_also_where_another_library_is_called(step, what):
    with pytest.raises(ma.CompileError, match=rf"compiled: \S*test_traps.py:\d+ in <lambda>: .*{what}"):
        ma.compile(step)(DATA[0])


def test_a_refusal_has_the_line_that_changes_something():
    counting = Counting()
    line = Counting.__call__.__code__.co_firstlineno + 2
    with pytest.raises(ma.CompileError, match=rf"test_traps.py:{line} in __call__: the step changes self.calls"):
        ma.compile(counting.__call__)(DATA[0])


def test_what_can_be_no_argument_is_said_with_what_to_pass():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match=r"x: DataFrame can be .*; pass np.asarray\(x\)"):
        ma.compile(lambda x: x * 2.0)(pandas.DataFrame(DATA[0]))
    with pytest.raises(TypeError, match=r"x: set can be .*; pass the arrays in it"):
        ma.compile(lambda x: len(x))({1, 2})


@pytest.mark.parametrize("step", [lambda x: np.argmax(x, axis=0) * 2, lambda x: x[np.argmax(x[:, 0])]])
def test_what_python_has_no_word_for_is_said_with_its_line(step):
    with pytest.raises(UnsupportedError, match=r"test_traps.py:\d+ in <lambda>: .* (has no scalar form|computes)"):
        ma.compile(step, backend="python")(DATA[0])


PRINTED = {
    "format": lambda x, w: f"{x.mean():.2f}",
    "format method": lambda x, w: f"{x.mean():.3f}",
    "no format": lambda x, w: f"{w.data}",
    "repr": lambda x, w: repr((x * w).sum()),
    "str": lambda x, w: str(w),
}


@pytest.mark.parametrize("text", PRINTED.values(), ids=PRINTED)
def test_a_text_of_traced_numbers_is_refused_with_the_advice_to_return_them(text):
    w = ma.Value(np.ones(5), label="w")

    def step(x):
        assert text(x, w)
        return (x * w).sum()

    with pytest.raises(ma.CompileError, match=r"test_traps.py:\d+ in <lambda>: a text is made .* print it there"):
        ma.compile(step)(DATA[0])


@pytest.mark.parametrize("backend", ["numpy", "auto", "jax"])
def test_what_is_wrong_with_an_argument_is_said_as_by_an_ordinary_step(backend):
    table = ma.Value(np.ones((6, 3)), label="table")
    optimizer = ma.SGD([table], lr=0.1)

    @ma.compile(backend=backend)
    def step(x, i):
        optimizer.zero_grad()
        loss = ((table[i] - x) ** 2).sum()
        loss.backward()
        optimizer.step()
        return loss

    rows = np.array([[0, 1], [2, 3], [4, 9], [5, 0]])
    words = r"getitem\(table: shape \(6, 3\), index=array\(\[+4, 9\]"
    with pytest.raises(IndexError, match=words):  # there is no program yet
        step(0.5, rows[2])
    step(0.5, rows[0])
    with pytest.raises(IndexError, match=words):
        step(0.5, rows[2])
    with pytest.raises(IndexError, match=words):
        step.run(np.full((4, 1), 0.5), rows, epochs=2, shuffle=False)
    assert optimizer.steps == [3]  # until there, all steps are taken


def test_what_goes_wrong_only_with_traced_numbers_is_said_with_its_line():
    def step(x):
        return x * memoryview(x).nbytes

    with pytest.raises(ma.CompileError, match=r"test_traps.py:\d+ in step: TypeError: memoryview"):
        ma.compile(step)(DATA[0])


@pytest.mark.parametrize("objective", REFUSED, ids=lambda f: f.__name__)
def test_what_no_program_says_is_refused(objective):
    def make(net, optimizer):
        def step(x):
            optimizer.zero_grad()
            loss = objective(net, x)
            loss.backward()
            optimizer.step()
            return loss

        return step

    bench = Bench(make, noise=0.1)
    net, optimizer = bench.nets[1], bench.optimizers[1]
    before = [p.numpy() for p in net.parameters()]
    states = random_states(net)
    x = DATA[0].copy()
    with pytest.raises(
        ma.CompileError, match=r"test_traps.py:\d+|step changes|differs|step draws from|numbers that differ"
    ):
        bench.compiled(x)
    assert np.array_equal(x, DATA[0])
    for p, old in zip(net.parameters(), before, strict=True):
        assert np.array_equal(p.data, old)
        assert p.grad is None
    assert random_states(net) == states
    assert optimizer.steps == [0] * 4
    assert GROWING == []
    assert "written" not in globals()
    bench.nets[1].loss(x).backward()  # and all is in order


def test_what_is_first_assigned_inside_is_refused():
    def make(net, optimizer):
        def step(x):
            nonlocal last
            last = net.loss(x)
            return last

        if not net:
            last = None
        return step

    bench = Bench(make)
    with pytest.raises(ma.CompileError, match="changes last"):
        bench.compiled(DATA[0])
    (cell,) = (c for c, n in zip(bench.compiled.function.__closure__, ("last", "net"), strict=True) if n == "last")
    with pytest.raises(ValueError, match="empty"):
        assert cell.cell_contents


def test_a_learning_rate_changed_inside_is_refused():
    def make(net, optimizer):
        def step(x):
            optimizer.zero_grad()
            loss = net.loss(x)
            loss.backward()
            optimizer.step()
            optimizer.lr = optimizer.lr * 0.9
            return loss

        return step

    bench = Bench(make)
    with pytest.raises(ma.CompileError, match="changes an optimiser's lr"):
        bench.compiled(DATA[0])
    assert bench.optimizers[1].lr == 0.1


METHODS = {
    "flatten": lambda x, y: x.flatten() * 2,
    "flatten by columns": lambda x, y: x.flatten("F"),
    "mT": lambda x, y: x.mT @ x,
    "trace": lambda x, y: x.trace(offset=1),
    "real": lambda x, y: x.real + x.imag,
    "conj": lambda x, y: x.conj() @ x.conjugate(),
    "of complex numbers": lambda x, y: (np.fft.fft(x).conj().imag, np.fft.fft(x).conjugate().real),
    "searchsorted": lambda x, y: y.searchsorted(x, side="right"),
    "compress": lambda x, y: x.compress(np.array([True, False, True]), axis=1),
    "choose": lambda x, y: y.choose([x[0], x[1], -x[2]]),
    "argpartition": lambda x, y: np.take_along_axis(x, x.argpartition(1), 1)[:, 1],
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_of_arrays_are_those_of_traced_ones(name):
    function, x, y = METHODS[name], RNG.random((3, 3)), np.arange(3)
    compiled = ma.compile(function, backend="numpy")
    for given in (x, x[::-1].copy()):
        found, right = np.asarray(compiled(given, y)), np.asarray(function(given, y))
        np.testing.assert_array_equal(found, right)
        assert found.dtype == right.dtype
    assert len(compiled._entries) == 1


TABLES = [
    lambda x, y: np.eye(3)[y] * x,
    lambda x, y: np.eye(3)[:, y] * x,
    lambda x, y: np.arange(3.0)[y[0]] * x,
    lambda x, y: [1.0, 2.0, 4.0][y[0]] * x,
]


@pytest.mark.parametrize("function", TABLES)
def test_a_plain_table_that_is_indexed_by_an_argument_is_refused_with_what_works(function):
    said = r"test_traps.py:\d+ in <lambda>: .*; write ma\.take\(table, i, axis=0\) for table\[i\]"
    with pytest.raises(ma.CompileError, match=said):
        ma.compile(function)(np.ones((3, 3)), np.arange(3))
    with pytest.raises(ma.CompileError, match=said):  # made plain, which is refused alike
        ma.compile(lambda x: np.asarray(x) * 2)(np.ones(3))


def test_such_a_table_as_the_refusal_would_have_it():
    table, y = RNG.random((3, 2)), np.array([2, 0, 2])
    for function in (lambda y: ma.take(table, y, axis=0), lambda y: ma.take(table.tolist(), y[0], axis=0)):
        np.testing.assert_array_equal(ma.compile(function)(y), function(y))


INSTEAD = {
    "x.ravel()": lambda x: x.flat[0],
    "x = np.sort(x)": lambda x: x.sort(),
    "x = np.partition(x, k)": lambda x: x.partition(1),
    "np.full_like(x, value)": lambda x: x.fill(0.0),
    "x = np.resize(x, shape)": lambda x: x.resize((1, 2)),
    "x.astype(dtype)": lambda x: x.view(np.int64),
    "return the array from the step": lambda x: x.strides,
}


@pytest.mark.parametrize("instead", INSTEAD)
def test_what_traced_arrays_have_not_is_refused_with_what_to_write(instead):
    with pytest.raises(ma.CompileError, match=rf"test_traps.py:\d+ in <lambda>: .*; .*{re.escape(instead)}"):
        ma.compile(INSTEAD[instead])(np.ones(3))
