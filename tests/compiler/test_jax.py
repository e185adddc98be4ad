"""The jax backend: the table, steps, what NumPy refuses and JAX does not, devices, and 64 bits only within."""

import os
import re
import socket
import subprocess
import sys
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import microae as ma
from microae.compiler import UnsupportedError
from microae.compiler.backends import jax as jax_backend
from tests.compiler.test_native import ulps
from tests.compiler.test_scalars import REFUSED, SAID
from tests.compiler.test_steps import NETWORKS, OPTIMIZERS, train_step
from tests.compiler.test_table import drawn, functions, plain
from tests.compiler.test_traps import CHANGES, DATA, Bench, usual
from tests.operations.cases import COMPOSITIONS, ROWS

X = np.random.default_rng(0).random((12, 5))


@pytest.fixture(autouse=True)
def _the_process_stays_at_32_bits():
    yield
    assert not jax.config.jax_enable_x64
    assert jnp.ones(1).dtype == np.float32


def never(*args):
    raise AssertionError("the program left this to an ordinary step")


# --- the table -------------------------------------------------------------------------------------------------------


ALL = ("forward", "first", "second")
SAYABLE = [  # compositions are made of rows, so their derivatives are those of the rows
    pytest.param(case, parts, id=f"{name}-{i}")
    for known, parts in ((ROWS, ALL), (COMPOSITIONS, ALL[:1]))
    for name, cases in known.items()
    for i, case in enumerate(cases)
    if name != "partition"  # whose order is NumPy's own
]


@pytest.mark.slow
@pytest.mark.parametrize(("case", "asked"), SAYABLE)
def test_a_program_of_other_data_gives_what_the_function_gives(case, asked):
    """A row and its derivatives, to the second, in one program, which leaves nothing to an ordinary step."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        samples = drawn(case)[-1]
        parts = functions(case, samples[0][1])
        function = lambda *arrays: [parts[what](*arrays) for what in asked]
        program = ma.compile(function, backend="jax")
        for arrays, _ in samples[:3]:
            try:
                expected = function(*arrays)
            except ValueError:  # a sample that the function refuses
                continue
            if program.function is not never:
                program.trace(*arrays)
                program.function = never
            for part, right_part in zip(program(*arrays), expected, strict=True):
                for found, right in zip(plain(part), plain(right_part), strict=True):
                    assert found.shape == right.shape
                    assert found.dtype == right.dtype
                    assert found == pytest.approx(right, rel=1e-9, abs=1e-9, nan_ok=True)


# --- steps -----------------------------------------------------------------------------------------------------------

CONFIGURATIONS = [
    *(("adam", network, np.float64) for network in NETWORKS),
    *((optimizer, "tanh", np.float64) for optimizer in OPTIMIZERS if optimizer != "adam"),
    ("adamw", "paper's", np.float32),
]


@pytest.mark.parametrize(("optimizer", "network", "dtype"), CONFIGURATIONS)
def test_each_of_fifty_steps_from_eager_s_own_state_equals_eager_s(optimizer, network, dtype):
    nets = [ma.Autoencoder([5, 4, 5], seed=0, dtype=dtype, **NETWORKS[network]) for _ in range(2)]
    one, other = (OPTIMIZERS[optimizer](net.parameters()) for net in nets)
    step, program = train_step(nets[0], one), ma.compile(train_step(nets[1], other), backend="jax")
    rng = np.random.default_rng(0)
    program.trace(X[:7].astype(dtype))
    program.function = never
    tolerance = {np.float64: 1e-12, np.float32: 1e-4}[dtype]
    for _ in range(50):
        nets[1].load_state_dict(nets[0].state_dict())
        other.state[:] = one.state
        x = rng.random((7, 5)).astype(dtype)
        assert program(x).data == pytest.approx(step(x).data, rel=tolerance)
        for p, q in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
            assert q._array.dtype == p._array.dtype
            assert q.data == pytest.approx(p.data, rel=tolerance, abs=tolerance)
            assert q.grad == pytest.approx(p.grad, rel=tolerance, abs=tolerance)
    assert one.steps == other.steps


def test_the_same_seed_gives_the_same_bits():
    ends = []
    for _ in range(2):
        net = ma.Autoencoder([5, 4, 5], seed=0, noise=0.1)
        ma.fit(net, X, "adam", epochs=20, batch_size=4, seed=0, progress=False, backend="jax", record=False)
        ends.append([p.data.tobytes() for p in net.parameters()])
    assert ends[0] == ends[1]


def test_another_number_of_steps_is_the_same_program():
    net = ma.Autoencoder([5, 4, 5], seed=0)
    step = ma.compile(train_step(net, ma.SGD(net.parameters(), lr=0.1)), backend="jax")
    compiled = []
    jax.monitoring.register_event_duration_secs_listener(
        lambda event, *_, **__: compiled.append(event) if event.endswith("backend_compile_duration") else None
    )
    try:
        step.run(X, epochs=3, batch_size=4, seed=0)
        first = len(compiled)
        step.run(X, epochs=7, batch_size=4, seed=0)
    finally:
        jax.monitoring.clear_event_listeners()
    assert 0 < first == len(compiled)


@pytest.mark.parametrize("bad", [None, 3, 70, 99])
def test_blocks_of_steps_as_accelerators_take_them(bad, monkeypatch):
    """A hundred steps: one block of 64, and then single ones; they end where a sample is bad."""
    monkeypatch.setitem(jax_backend._BLOCKS, "cpu", (64, 1))
    data = np.random.default_rng(1).random((100, 5))
    target = data.copy()
    if bad is not None:
        target[bad, 0] = 1.5
    ends = []
    for backend in ("numpy", "jax"):
        net = ma.Autoencoder([5, 4, 5], seed=0, activation="tanh", noise=0.1)
        optimizer = ma.Adam(net.parameters(), lr=0.01)

        def step(x, y, net=net, optimizer=optimizer):
            optimizer.zero_grad()
            loss = net.loss(x, y)
            loss.backward()
            optimizer.step()
            return loss

        said = ""
        try:
            ma.compile(step, backend=backend).run(data, target, epochs=1, shuffle=False)
        except ValueError as error:
            said = str(error)
        ends.append((said, optimizer.steps, np.concatenate([p.numpy().ravel() for p in net.parameters()])))
    assert ends[0][:2] == ends[1][:2]
    assert ends[1][1] == [100 if bad is None else bad] * 4
    assert ends[1][2] == pytest.approx(ends[0][2], rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("what", ["lr", "evaluation", "weights loaded", "a gradient set"])
def test_what_is_changed_between_steps_is_heeded(what):
    bench = Bench(usual, backend="jax", noise=0.1, optimizer=lambda p: ma.SGD(p, lr=0.1, momentum=0.9))
    bench.step(DATA[0])
    bench.both(CHANGES[what])
    for x in DATA[1:3]:
        bench.step(x)


def test_an_infinite_derivative_that_is_not_selected():
    """The program's NaN is eager's 0: such a step is an ordinary one."""

    def make(net, optimizer):
        def step(x):
            optimizer.zero_grad()
            code = net.encode(x)
            loss = net.loss(x) + ma.where(code > 0, np.sqrt(code), 0.0).sum()
            loss.backward()
            optimizer.step()
            return loss

        return step

    bench = Bench(make, backend="jax")
    with np.errstate(invalid="ignore"):
        for x in DATA[:3]:
            bench.step(x)


# --- numbers ---------------------------------------------------------------------------------------------------------

MIXED = {
    "float32 and float64": lambda x: x.astype(np.float32) * np.float64(0.1) + np.float32(0.1),
    "float32 and a Python number": lambda x: x.astype(np.float32) * 0.1 - 1,
    "integers and float32": lambda x: np.arange(4) * (0.1 * x).astype(np.float32),
    "small integers": lambda x: np.exp(np.arange(4, dtype=np.int16)) * x.astype(np.float32),
    "a sum of small integers": lambda x: (x > 0).astype(np.int8).sum(),
    "a mean of integers": lambda x: (x > 0).astype(int).mean(),
    "a choice of numbers": lambda x: np.where(x.astype(np.float32) > 0, 1.0, 0.5),
    "a triangle of a matrix": lambda x: np.linalg.eigvalsh(np.outer(x, np.arange(4.0))),
    "a matrix almost without a rank": lambda x: np.linalg.pinv(x[2] * np.diag([1.0, 5e-15, 1.0, 1.0])),
    "the largest of three": lambda x: np.maximum.reduce(np.stack([x, -x, x * x])),
    "elements by a place that is computed": lambda x: x[np.argsort(x)] + np.take(x, np.argmax(x)),
    "several results": lambda x: np.linalg.slogdet(np.outer(x, x) + np.eye(4)),
}


@pytest.mark.parametrize("what", [*SAID, *REFUSED, *MIXED])
def test_dtypes_and_conversions_are_numpy_s(what):
    function = (SAID | REFUSED | MIXED)[what]
    x = np.array([0.0, -2.0, 3.0, 0.5])
    program = ma.compile(function, backend="jax").trace(x)
    program.function = never
    found, right = (plain(f(x)) for f in (program, function))
    for one, other in zip(found, right, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=1e-6 if one.dtype == np.float32 else 1e-12, atol=1e-14)


MASKED = {
    "a product": lambda x: (x > 0) * x,
    "a product with a cast": lambda x: (x > 0).astype(float) * x,
    "a product with a choice": lambda x: np.where(x > 0, 1.0, 0.0) * x,
    "a product with a choice of arrays": lambda x: np.where(x > 0, np.ones(3), np.zeros(3)) * x,
    "an outer product": lambda x: np.outer(x > 0, x),
    "a matrix product": lambda x: ((x > 0) * 1.0) @ x,
    "a matrix product of truth values": lambda x: np.dot(x > 0, x),
    "a sum by letters": lambda x: np.einsum("i,i->", x > 0, x),
}


@pytest.mark.parametrize("what", MASKED)
def test_a_mask_does_not_hide_what_is_no_number(what):
    """XLA makes a choice of a product with a truth value, which would be 0 where NumPy's is NaN."""
    x = np.array([np.nan, -np.inf, 1.0])
    with np.errstate(invalid="ignore"):
        program = ma.compile(MASKED[what], backend="jax").trace(x)
        np.testing.assert_array_equal(program._entry().run(x)[0], MASKED[what](x))


def test_a_masked_loss_that_is_no_number_is_noticed():
    w = ma.Value([1.0, 1.0], label="w")
    optimizer = ma.SGD([w], lr=0.1)

    def step(x):
        optimizer.zero_grad()
        z = -1.0 / x
        loss = (w * ((z > 0) * z)).sum()
        loss.backward()
        optimizer.step()
        return loss

    with pytest.raises(FloatingPointError, match="the loss is nan"), np.errstate(divide="ignore", invalid="ignore"):
        ma.compile(step, backend="jax").run([[-1.0, -0.5], [0.0, 1.0]], epochs=1, shuffle=False)
    assert w.data.tolist() == pytest.approx([0.9, 0.8])


AVERAGES = {
    "mean": lambda x: np.mean(x > 0),
    "variance": lambda x: np.var(x > 0, axis=0),
    "standard deviation": lambda x: np.std((x > 0).astype(np.int32)),
    "weighted": lambda x: np.average(x > 0, weights=np.arange(1.0, 4.0)),
    "integral": lambda x: np.trapezoid((x > 0).astype(np.int16)),
}


@pytest.mark.parametrize("what", AVERAGES)
def test_averages_of_truth_values_have_all_digits(what):
    x = np.array([1.0, 2.0, -3.0])
    program = ma.compile(AVERAGES[what], backend="jax").trace(x)
    program.function = never
    assert program(x) == pytest.approx(AVERAGES[what](x), rel=1e-15)


WIDER = {
    "a Python number": lambda x, p: (x @ p * 0.1).sum(),
    "a number of NumPy's": lambda x, p: np.float64(0.1) * (x @ p).sum(),
    "an array without dimensions": lambda x, p: (x @ p * np.array(0.1)).mean(),
    "an array": lambda x, p: (x * np.linspace(0.1, 0.9, 3) @ p).sum(),
    "weights of a loss": lambda x, p: ((x @ p) ** 2 * np.array([0.25, 0.75])[:, None]).mean(),
    "a cast": lambda x, p: (x.astype(np.float64) @ p).sum(),
    "a cast of a parameter": lambda x, p: (x @ p.astype(np.float64) * 0.1).sum(),
    "a choice": lambda x, p: np.where(x > 0.5, x @ p @ p.T, np.float64(0.1)).sum(),
    "a sum": lambda x, p: np.sum(x, dtype=np.float64) * p.sum(),
}


@pytest.mark.parametrize("what", WIDER)
def test_float64_numbers_beside_float32_parameters_give_what_numpy_gives(what):
    p = ma.Value(np.linspace(-1, 1, 6, dtype=np.float32).reshape(3, 2), label="p")
    x = np.linspace(0, 1, 6, dtype=np.float32).reshape(2, 3)

    def step(x):
        out = WIDER[what](x, p)
        return out.data, *ma.gradients(out, [p])

    for found, right in zip(ma.compile(step, backend="jax")(x), step(x), strict=True):
        assert np.asarray(found).dtype == np.asarray(right).dtype
        np.testing.assert_allclose(found, right, rtol=1e-6 if np.asarray(right).dtype == np.float32 else 1e-14)


def test_a_function_that_jax_computes_with_fewer_digits_is_refused():
    with pytest.raises(UnsupportedError, match="JAX computes it in float32, NumPy in float64"):
        ma.compile(lambda x: np.sinc(x > 0), backend="jax")(X)


@pytest.mark.parametrize("name", ["exp", "log1p", "log"])
def test_functions_are_numpy_s_to_the_last_places(name):
    """Where neither the number nor the result is subnormal: XLA takes those for 0."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2**64, 200_000, dtype=np.uint64).view(np.float64)
    small = 10 ** rng.uniform(-20, 0, 100_000)
    x = np.concatenate([x, rng.uniform(-745, 715, 200_000), rng.uniform(-1, 1, 200_000), small])
    x = np.concatenate([x[np.abs(x) >= np.finfo(float).tiny], [0.0, np.inf, -np.inf, np.nan]])
    if name != "exp":
        x = x[~(x < -(name == "log1p"))]
    with np.errstate(all="ignore"):
        right = getattr(np, name)(x.astype(np.longdouble))
        program = ma.compile(getattr(np, name), backend="jax").trace(x)
        found = np.asarray(program._entry().run(x)[0])
        normal = ~(np.abs(right) < np.finfo(float).tiny)
        assert np.max(ulps(found, right)[normal]) <= 2.5
    assert np.array_equal(np.isnan(found), np.isnan(right))


# --- what NumPy refuses and JAX does not -----------------------------------------------------------------------------


def test_a_place_that_is_out_of_bounds_is_refused_as_by_numpy():
    w = ma.Value([1.0, 2.0, 3.0])
    table = ma.compile(lambda i: (w[i] * 2.0, np.take(w, i)), backend="jax")
    assert [y.data.tolist() for y in table(np.array([2, -3]))] == [[6.0, 2.0], [3.0, 1.0]]
    for places in ([0, 3], [-4, 0]):
        with pytest.raises(IndexError):
            table(np.array(places))


def test_a_matrix_without_an_inverse_is_refused_as_by_numpy():
    inverse = ma.compile(np.linalg.inv, backend="jax")
    np.testing.assert_allclose(inverse(np.diag([1.0, 2.0])), np.diag([1.0, 0.5]))
    with pytest.raises(np.linalg.LinAlgError):
        inverse(np.array([[1.0, 2.0], [2.0, 4.0]]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("matrix", [[[-0.6, 2.4], [3.6, -14.4]], [[-9.0, -4.5], [-1.8, -0.9]]])
@pytest.mark.parametrize("function", [np.linalg.inv, lambda a: np.linalg.solve(a, a @ np.ones((2, 1), a.dtype))])
def test_a_matrix_that_has_no_inverse_but_for_rounding_is_numpy_s_to_judge(function, matrix, dtype):
    ends, a = [], np.array(matrix, dtype)
    for judge in (function, ma.compile(function, backend="jax").trace(np.diag(a[0]))):
        try:
            ends.append(judge(a).tolist())
        except np.linalg.LinAlgError as error:
            ends.append(str(error))
    assert ends[0] == ends[1]


OF_INTEGERS = {
    "a quotient": lambda x, y: x // y,
    "a quotient of small integers": lambda x, y: x.astype(np.uint8) // abs(y).astype(np.uint8),
    "a quotient with a remainder": lambda x, y: np.stack(np.divmod(x, y)),
    "a remainder": lambda x, y: x % y,
    "a power": lambda x, y: x**y,
    "a power of a Python number": lambda x, y: 2**y,
    "a power of truth values": lambda x, y: (x > 5) ** y,
    "a reciprocal": lambda x, y: np.reciprocal(y),
}


@pytest.mark.parametrize("what", OF_INTEGERS)
@pytest.mark.parametrize("y", [[2, 3], [0, 3], [-1, 3]])
def test_integers_are_divided_and_raised_as_by_numpy(what, y):
    function, x = OF_INTEGERS[what], np.array([5, -6])
    compiled = ma.compile(function, backend="jax").trace(x, np.array([1, 2]))
    with np.errstate(all="ignore"):
        try:
            right = function(x, np.array(y))
        except ValueError as error:
            with pytest.raises(ValueError, match=re.escape(str(error))):
                compiled(x, np.array(y))
            return
        found = compiled(x, np.array(y))
    np.testing.assert_array_equal(found, right)
    assert found.dtype == right.dtype


@pytest.mark.parametrize("function", [
    lambda x: np.interp(ma.Value(x), [0.0, 0.5, 1.0], [1.0, 4.0, 9.0], period=1.25).data,
    lambda x: np.interp(x, [0.0, 0.5, 1.0], ma.Value([1.0, 4.0, 9.0])).data,
    lambda x: ma.getitem(np.arange(12.0).reshape(4, 3), index=(np.searchsorted([0.3, 0.6], x), 1)),
    lambda x: ma.jacobian(lambda v: np.interp(v, [0.0, 0.5, 1.0], [1.0, 4.0, 9.0]), x),
])  # fmt: skip
def test_a_table_of_plain_numbers_is_picked_from_at_places_that_the_program_computes(function):
    compiled = ma.compile(function, backend="jax")
    for x in (X[0] - 0.2, X[1] + 0.2):
        np.testing.assert_allclose(np.asarray(compiled(x)), np.asarray(function(x)), rtol=1e-14)


def test_the_order_of_a_partition_is_numpy_s_own():
    with pytest.raises(UnsupportedError, match="partition"):
        ma.compile(lambda x: np.partition(x, 2), backend="jax")(X[0])


def test_a_user_s_opaque_row_is_refused_by_name_and_nothing_has_changed():
    @ma.operation(symbol="erfc")
    def rounded(x):
        return np.array([round(number) for number in np.asarray(x).tolist()], float)

    rounded.vjps = (lambda g, out, x: g,)
    net = ma.Autoencoder([5, 4, 5], seed=0, noise=0.1)
    before = net.noise.rng.bit_generator.state
    try:
        with pytest.raises(UnsupportedError, match=r"test_jax.py:\d+.*rounded"):
            ma.compile(lambda x: net.loss(x) + rounded(ma.Value(x)).sum(), backend="jax")(X[0])
    finally:
        ma.operations.remove("rounded")
    assert net.noise.rng.bit_generator.state == before


def test_without_jax_the_error_says_what_to_install(monkeypatch):
    from microae.compiler import backends

    monkeypatch.setattr(backends, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"needs jax: pip install 'microae\[jax\]'"):
        ma.compile(np.exp, backend="jax")(X)


# --- devices ---------------------------------------------------------------------------------------------------------


def test_devices_are_jax_s():
    net = ma.Autoencoder([5, 4, 5], seed=0)
    with pytest.raises(ValueError, match="backend='jax', not 'numba'"):
        ma.compile(np.exp, backend="numba", devices=2)
    with pytest.raises(ValueError, match="backend='jax', not 'eager'"):
        ma.fit(net, X, "sgd", epochs=1, batch_size=4, devices=2, progress=False)
    for devices in (len(jax.devices()) + 1, 0, []):
        with pytest.raises(ValueError, match=rf"devices={re.escape(repr(devices))}, but JAX has {len(jax.devices())}"):
            ma.compile(np.exp, backend="jax", devices=devices)(X)


@pytest.mark.parametrize(
    "devices",
    [[0], [np.int64(0)], ["cpu:0"], "cpu", 1.0, True, [True], [None], {0}, range(1), np.zeros(1), ("0",)],
)
def test_what_is_no_device_is_refused_with_what_to_say(devices):
    net = ma.Autoencoder([5, 4, 5], seed=0)
    step = ma.compile(net.loss, backend="jax", devices=devices)
    options = {"epochs": 1, "batch_size": 1, "progress": False, "backend": "jax", "devices": devices}
    for call in (
        lambda: step(X),
        lambda: step.run(X, epochs=1),
        lambda: ma.fit(net, X, "sgd", **options),
    ):
        with pytest.raises(TypeError, match=rf"^devices={re.escape(repr(devices))}: .*say how many, as devices=2"):
            call()


def test_devices_are_counted_by_numpy_s_integers_and_told_from_each_other(tmp_path):
    options = {"epochs": 1, "batch_size": 4, "seed": 0, "progress": False, "backend": "jax"}
    losses = []
    for i, devices in enumerate((np.int64(1), np.array(jax.devices()[:1]))):
        net, directory = ma.Autoencoder([5, 4, 5], seed=0), tmp_path / str(i)
        losses.append(ma.fit(net, X, "sgd", devices=devices, checkpoint=directory, **options).loss)
        losses.append(ma.resume(directory, X, progress=False)[1].loss)
    assert losses == losses[:1] * 4
    with pytest.raises(ValueError, match="a device is listed twice"):
        ma.compile(np.exp, backend="jax", devices=jax.devices()[:1] * 2)(X)


TRAININGS = """
import numpy as np, microae as ma

X = np.random.default_rng(0).random((50, 6))

def trained(backend, devices=None, batch_size=8, **options):
    net = ma.Autoencoder([6, 4, 6], seed=0, activation="tanh", **options)
    optimizer = ma.Adam(net.parameters(), lr=0.01)
    history = ma.fit(net, X, optimizer, epochs=3, batch_size=batch_size, seed=0, progress=False, record=False,
                     backend=backend, devices=devices)
    step = lambda x: net.loss(x)
    net.eval()
    step = step if backend == "eager" else ma.compile(step, backend=backend, devices=devices)
    losses = [step(X[:n]).item() for n in (8, 7)] + [step(X[0]).item()]
    return np.concatenate([p.numpy().ravel() for p in net.parameters()] + [history.loss, losses])

def compare(devices, **options):
    difference = np.abs(trained("eager", **options) - trained("jax", devices, **options)).max()
    assert difference < 1e-12, difference
"""

FOUR = """
import jax
from microae.compiler.backends import jax as backend
assert len(jax.devices()) == 4
sums, init = [], backend._Training.__init__

def watched(self, *args):
    init(self, *args)
    train, place = self._train, len(sums)
    sums.append(None)

    def counted(*given):
        if sums[place] is None:
            sums[place] = train.lower(*given).compile().as_text().count(" all-reduce(")
        return train(*given)

    self._train = counted

backend._Training.__init__ = watched
compare(4)
compare(4, noise=0.1, dropout=0.25)
# Each eight samples by four devices; the last two of 50, and the gradients that they leave, by one.
assert sums == [1, 0, 0, 1, 0, 0], sums
compare(jax.devices()[3:])
try:
    trained("jax", 4, batch_size=6)
except ValueError as error:
    assert "fit: batches of 6 samples cannot be divided among 4 devices" in str(error)
else:
    raise AssertionError("not refused")
"""

HOSTS = """
import sys, jax
jax.distributed.initialize(f"localhost:{sys.argv[1]}", num_processes=2, process_id=int(sys.argv[2]))
assert len(jax.devices()) == 4 and len(jax.local_devices()) == 2
compare(jax.devices(), noise=0.1)
"""


def started(text, devices, *arguments):
    environment = os.environ | {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"}
    command = [sys.executable, "-c", TRAININGS + text, *arguments]
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.mark.slow
def test_four_devices_train_as_one_with_one_sum_a_step():
    process = started(FOUR, 4)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="JAX has no way to add up over processes there")
def test_two_hosts_train_as_one():
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    hosts = [started(HOSTS, 2, port, str(i)) for i in range(2)]
    said = [host.communicate(timeout=300)[0] for host in hosts]
    assert [host.returncode for host in hosts] == [0, 0], said
