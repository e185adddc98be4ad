"""What ``backward()`` and ``gradients()`` promise, by the public face alone: dtypes, seeds, sums, ownership."""

from __future__ import annotations

import itertools
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microae as ma
from microae import Value, gradients

DTYPES = [np.float32, np.float64]


@contextmanager
def table_row(forward, *rules):
    """An operation of one's own for as long as the block runs."""
    made = ma.operation(name="of_ones_own")(forward)
    made.vjps = rules
    try:
        yield made
    finally:
        ma.operations.remove("of_ones_own")


@contextmanager
def spying():
    """The identity, and a list of all gradients that its rule is given."""
    seen = []

    def rule(g, out, x):
        seen.append(g)
        return g * 1.0

    with table_row(lambda x: x * 1.0, rule) as spy:
        yield spy, seen


# --- dtypes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (1,), (2, 3)])
@pytest.mark.parametrize("record", [False, True])
def test_gradients_on_the_way_have_the_dtype_of_their_values(dtype, shape, record):
    """From the seed on: were the first gradient wider than the output, all rules would compute in the wider dtype."""
    with spying() as (spy, seen):
        x = Value(np.ones(shape, dtype))
        loss = spy(spy(spy(x) * 2.0).sum())
        found = gradients(loss, [x], record=record)
        assert len(seen) == 3
        assert {g.dtype for g in seen} == {np.dtype(dtype)}
        assert np.asarray(found[0].data if record else found[0]).dtype == dtype


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "seed", [None, 1, 1.0, True, np.float32(1), np.float64(1), np.array(1.0), Value(1.0)], ids=repr
)
def test_every_seed_of_a_scalar_becomes_the_outputs_dtype(dtype, seed):
    for record in (False, True):
        with spying() as (spy, seen):
            x = Value(dtype(3.0))
            gradients(spy(x * x), [x], seed, record=record)
        assert [g.dtype for g in seen] == [dtype]
    x = Value(dtype(3.0))
    (x * x).backward(seed)
    assert np.asarray(x.grad).dtype == dtype
    assert x.grad == 6.0


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_leaf_is_its_own_gradient_of_one(dtype):
    for shape in ((), (2,)):
        x = Value(np.full(shape, 3.0, dtype))
        seed = None if shape == () else np.ones(shape)
        x.backward(seed)
        (found,) = gradients(x, [x], seed)
        (recorded,) = gradients(x, [x], seed, record=True)
        for g in (x.grad, found, recorded.data):
            assert np.asarray(g).dtype == dtype
            assert np.all(g == 1.0)


def test_operands_of_two_dtypes_each_get_a_gradient_of_their_own():
    narrow, wide = Value(np.ones(3, np.float32)), Value(np.ones((2, 3)))
    for f in (lambda a, b: a + b, lambda a, b: a * b, lambda a, b: b / a, lambda a, b: np.maximum(a, b)):
        for record in (False, True):
            found = gradients(f(narrow, wide).sum(), [narrow, wide], record=record)
            assert [(g.dtype, g.shape) for g in found] == [(np.float32, (3,)), (np.float64, (2, 3))]


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3)])
def test_backward_gives_each_of_two_dtypes_its_own(shape):
    """Of one shape too, where there is no broadcast to undo."""
    for f in (lambda a, b: a + b, lambda a, b: a * b, lambda a, b: b / a, lambda a, b: np.maximum(a, b)):
        for seed in (None, 1.0):
            narrow, wide = Value(np.ones(shape, np.float32)), Value(np.ones(shape))
            output = f(narrow * np.float32(1.0), wide)
            assert output.dtype == np.float64
            (output.sum() if seed is None else output).backward(None if seed is None else np.ones(shape))
            assert [np.asarray(v.grad).dtype for v in (narrow, wide)] == [np.float32, np.float64]
            assert [np.shape(v.grad) for v in (narrow, wide)] == [shape, shape]


def test_a_gradient_added_to_a_float32_one_stays_float32():
    for shape in ((), (2,)):
        x = Value(np.ones(shape, np.float32))
        x.grad = np.ones(shape)
        assert np.asarray(x.grad).dtype == np.float32
        (x * np.ones(shape)).sum().backward()
        (x * np.ones(shape, np.float32)).sum().backward()
        assert np.asarray(x.grad).dtype == np.float32
        assert np.all(x.grad == 3.0)


def test_what_an_output_does_not_depend_on_has_zeros_of_its_dtype():
    x = Value(2.0)
    inputs = [Value(np.ones(shape, dtype)) for shape in ((), (2,)) for dtype in DTYPES]
    for record in (False, True):
        found = gradients(x * x, inputs, record=record)
        assert [(np.shape(g), g.dtype if record else np.asarray(g).dtype) for g in found] == [
            (v.shape, v.dtype) for v in inputs
        ]
        assert not any(np.any(g != 0) for g in found)
        assert gradients(x * x, inputs, record=record, zeros=False) == [None] * 4


# --- sums --------------------------------------------------------------------------------------------------------


def test_two_passes_through_one_node():
    """A node keeps nothing of a pass: the second is as the first would have been."""
    for node_of in (lambda w: w * w, lambda w: np.exp(w), lambda w: w + w):
        w = Value([0.5, 2.0])
        node = node_of(w)
        double, triple = (node * 2.0).sum(), (node * 3.0).sum()
        (slope,) = gradients(node.sum(), [w])
        double.backward()
        triple.backward()
        np.testing.assert_allclose(w.grad, 5.0 * slope, rtol=1e-15)
        double.backward()
        np.testing.assert_allclose(w.grad, 7.0 * slope, rtol=1e-15)
        assert gradients(triple, [node, w])[0].tolist() == [3.0, 3.0]
        np.testing.assert_allclose(gradients(double + triple, [w])[0], 5.0 * slope, rtol=1e-15)
        assert node._grad is None


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(-3, 3)), min_size=1, max_size=6), st.booleans())
@settings(max_examples=50)
def test_passes_add_up_in_whatever_order_they_come(passes, scalar):
    w = Value(2.0 if scalar else [2.0, 3.0])
    first = w * w
    nodes = [first, first * w, first + w]
    slopes = [lambda x: 2 * x, lambda x: 3 * x**2, lambda x: 2 * x + 1]
    for which, factor in passes:
        nodes[which].backward(np.full(w.shape, factor))
    expected = sum(factor * slopes[which](w.numpy()) for which, factor in passes)
    np.testing.assert_allclose(w.grad, expected, rtol=1e-12, atol=1e-12)


def test_a_pass_that_fails_leaves_every_grad_as_it_was():
    def broken(g, out, x):
        raise ValueError("broken")

    with table_row(lambda x: x * 1.0, broken) as row:
        a, b, c = (Value([1.0, 2.0], label=name) for name in "abc")
        b.grad = [1.0, 1.0]
        loss = (a * 2.0 + b * 3.0 + row(c)).sum()
        with pytest.raises(ValueError, match="of_ones_own"):
            loss.backward()
        assert a.grad is None
        assert b.grad.tolist() == [1.0, 1.0]
        assert c.grad is None


@pytest.mark.parametrize("consumers", [1, 2, 3, 5])
def test_a_node_waits_for_all_its_consumers(consumers):
    """Its rule runs once, with the whole gradient."""
    with spying() as (spy, seen):
        x = Value(2.0)
        node = spy(x)
        loss = node * 1.0
        for k in range(1, consumers):
            loss = loss + node * (k + 1.0)
        loss.backward()
        assert seen == [sum(range(1, consumers + 1))]
        assert x.grad == seen[0]


# --- ownership ---------------------------------------------------------------------------------------------------

UNCHANGING = {
    "sum": lambda x: x.sum(),
    "mean": lambda x: x.mean(),
    "sum of an axis": lambda x: x.sum(axis=0).sum(),
    "reshape": lambda x: x.reshape(4).sum(),
    "transpose": lambda x: x.T.sum(),
    "getitem": lambda x: x[:].sum(),
    "broadcast": lambda x: np.broadcast_to(x, (3, 2, 2)).sum(),
    "twice": lambda x: (x + x).sum(),
    "itself": lambda x: x,
    "copy": lambda x: +x,
}


@pytest.mark.parametrize("f", UNCHANGING.values(), ids=UNCHANGING)
def test_gradients_may_be_changed_in_place(f):
    x, y = (Value(np.ones((2, 2))) for _ in range(2))
    given = np.ones((2, 2))
    seed = given if f(x).ndim else None
    output = f(x) + f(y)
    output.backward(seed)
    kept = [x.grad, y.grad, *gradients(output, [x, y], seed)]
    expected = kept[0].copy()
    for g in kept:
        g += 5.0
    for g in kept:
        np.testing.assert_array_equal(g, expected + 5.0)
    assert (given == 1.0).all()
    np.testing.assert_array_equal(gradients(output, [x], seed)[0], expected)


def test_zeros_are_given_to_each_input_anew():
    x, inputs = Value(1.0), [Value([1.0, 2.0]) for _ in range(2)]
    first, second = gradients(x * x, inputs)
    first += 1.0
    assert second.tolist() == [0.0, 0.0]


def test_a_seed_may_be_changed_after_the_pass_and_grad_too():
    seed = np.array([1.0, 10.0])
    x = Value([1.0, 2.0])
    x.backward(seed)
    seed[:] = 99.0
    assert x.grad.tolist() == [1.0, 10.0]
    x.grad[:] = 7.0
    assert seed.tolist() == [99.0, 99.0]


# --- seeds -------------------------------------------------------------------------------------------------------


def test_a_scalar_takes_a_seed_of_no_dimensions_only():
    x = Value(3.0)
    for seed in (2, 2.0, np.float64(2.0), np.array(2.0), Value(2.0)):
        assert gradients(x * x, [x], seed) == [12.0]
        assert gradients(x * x, [x], seed, record=True)[0].item() == 12.0
    for seed in ([2.0], np.ones((1, 1)), Value([2.0])):
        with pytest.raises(ValueError, match=r"the seed has shape \(1,.*\), the output \(\); they must be equal"):
            gradients(x * x, [x], seed)


def test_what_is_no_seed():
    x = Value([1.0, 2.0])
    for seed, error in (([1j, 1.0], TypeError), (["a", "b"], TypeError), ([[1.0], [1.0, 2.0]], ValueError)):
        with pytest.raises(error, match="gradient"):
            (x * 2.0).backward(seed)
    assert x.grad is None


def test_a_recorded_gradient_depends_on_its_seed():
    for node_of in (lambda u: u, lambda u: u * 2.0):
        x, u = Value([1.0, 2.0]), Value([3.0, 5.0])
        seed = node_of(u)
        (g,) = gradients(x**2, [x], seed, record=True)
        np.testing.assert_array_equal(g.data, 2 * x.data * seed.data)
        np.testing.assert_array_equal(gradients(g.sum(), [u])[0], 2 * x.data * (seed.data / u.data))


# --- contexts ----------------------------------------------------------------------------------------------------


def surroundings():
    """What a block may change, as a user can see it: whether graphs are built, anomalies found, whose a node is."""
    probe = Value(1.0) * 2.0
    try:
        with np.errstate(all="ignore"):
            ma.log(Value(-1.0))
        anomalies = False
    except FloatingPointError:
        anomalies = True
    return probe.operation is not None, anomalies, probe.stage, probe.owner, np.geterr()


def test_the_surroundings_are_seen():
    plain = surroundings()
    assert plain[:4] == (True, False, "forward", "")
    with ma.no_grad():
        assert surroundings() == (False, *plain[1:])
    with ma.detect_anomaly():
        assert surroundings() == (True, True, *plain[2:])
    assert surroundings() == plain


def failing(f):
    def fails(x):
        f(x)
        raise KeyError

    return fails


def differentiations():
    x = np.array([0.5, 2.0])
    v = Value(x)

    def cube(x):
        return (x**3).sum()

    yield "backward", lambda: cube(v).backward()
    yield "gradients", lambda: gradients(cube(v), [v])
    yield "recorded", lambda: gradients(cube(v), [v], record=True)
    yield "a failing recorded pass", lambda: gradients(v * 1.0, [v], record=True)
    for name, transform in {
        "vjp": lambda f: ma.vjp(f, x)[1](1.0),
        "jvp": lambda f: ma.jvp(f, (x,), (x,)),
        "jacobian": lambda f: ma.jacobian(f, x),
        "hessian": lambda f: ma.hessian(f, x),
        "hvp": lambda f: ma.hvp(f, x, x),
    }.items():
        yield name, lambda transform=transform: transform(cube)
        yield f"a failing {name}", lambda transform=transform: transform(failing(cube))
    net = ma.Sequential(ma.Sequential(ma.Linear(2, 2, seed=0)), ma.Tanh())
    yield "a network", lambda: net(v).sum().backward()
    yield "a failing network", lambda: net(Value([1.0, 2.0, 3.0]))
    auto = ma.Autoencoder([2, 1, 2], seed=0)
    yield "a step", lambda: ma.record_step(auto, ma.SGD(auto.parameters(), lr=0.1), [0.0, 1.0])
    yield "a failing step", lambda: ma.record_step(auto, ma.SGD(auto.parameters(), lr=0.1), [0.0, 1.0, 2.0])
    yield "reconstruction", lambda: auto.reconstruct([0.0, 1.0])
    yield "a failing reconstruction", lambda: auto.reconstruct([0.0])
    options = {"epochs": 1, "batch_size": 1, "progress": False}
    yield "a training", lambda: ma.fit(auto, [[0.0, 1.0]], ma.SGD(auto.parameters(), lr=0.1), **options)


@contextmanager
def inside(blocks):
    if not blocks:
        yield
        return
    with blocks[0](), inside(blocks[1:]):
        yield


DIFFERENTIATIONS = dict(differentiations())
BLOCKS = {
    "nothing": (),
    "no_grad": (ma.no_grad,),
    "anomaly": (ma.detect_anomaly,),
    "both": (ma.no_grad, ma.detect_anomaly),
}


@pytest.mark.filterwarnings("ignore:.*no parameter has a gradient")  # a step in no_grad() says that it has none
@pytest.mark.parametrize("around", BLOCKS)
@pytest.mark.parametrize("name", DIFFERENTIATIONS)
def test_what_is_called_leaves_the_surroundings_as_they_were(name, around):
    failed = False
    with inside(BLOCKS[around]):
        before = surroundings()
        try:
            DIFFERENTIATIONS[name]()
        except (KeyError, ValueError, RuntimeError):
            failed = True
        assert surroundings() == before
    if around == "nothing":
        assert failed == ("failing" in name)


@pytest.mark.parametrize("record", [False, True])
def test_a_rule_that_fails_leaves_the_surroundings_as_they_were(record):
    def broken(g, out, x):
        raise KeyError

    net = ma.Sequential(ma.Linear(2, 2, seed=0))
    before = surroundings()
    with table_row(lambda x: x * 1.0, broken) as row:
        x = Value([1.0, 2.0])
        with pytest.raises(KeyError):
            gradients(net(row(x)).sum(), [x], record=record)
        assert surroundings() == before


def test_rules_run_where_the_pass_was_asked_for():
    """In a recorded pass the nodes are of the stage "backward" and belong to the module whose node they derive."""
    net = ma.Sequential(ma.Linear(2, 2, seed=0), ma.Tanh())
    x = Value([1.0, 2.0])
    (slope,) = gradients(net(x).sum(), [x], record=True)
    owners, stages, todo = set(), set(), [slope]
    while todo:
        node = todo.pop()
        if node.operation is not None and node.stage == "backward":
            owners.add(node.owner)
            stages.add(node.stage)
            todo += [v for v in node.inputs if v is not None]
    assert owners >= {"0", "1"}
    assert stages == {"backward"}
    assert ((x * 1.0).stage, (x * 1.0).owner) == ("forward", "")


def test_orders_of_differentiation_do_not_disturb_each_other():
    """Recorded and plain passes through one graph, in all orders, give the same numbers."""
    x = Value([0.5, 1.5])
    y = (np.sin(x) * x).sum()
    first = np.cos(x.data) * x.data + np.sin(x.data)
    second = 2 * np.cos(x.data) - np.sin(x.data) * x.data

    def plain():
        np.testing.assert_allclose(gradients(y, [x])[0], first, rtol=1e-14)

    def recorded():
        (slope,) = gradients(y, [x], record=True)
        np.testing.assert_allclose(slope.data, first, rtol=1e-14)
        np.testing.assert_allclose(gradients(slope.sum(), [x])[0], second, rtol=1e-14)

    def accumulated():
        x.grad = None
        y.backward()
        np.testing.assert_allclose(x.grad, first, rtol=1e-14)

    for order in itertools.permutations([plain, recorded, accumulated]):
        for differentiate in order:
            differentiate()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("around", ["warn", "raise"])
def test_only_gradients_themselves_overflow_and_underflow(dtype, around):
    """Squares of gradients may, and sums of gradients of different leaves: no pass shows that it computes them."""
    large, small = dtype(np.finfo(dtype).max / 1.1), np.finfo(dtype).tiny
    for shape in ((), (3,)):
        a, b = (Value(np.full(shape, 0.1, dtype)) for _ in range(2))
        losses = {factor: a * factor + b * factor for factor in (large, small)}
        for factor, loss in losses.items():
            a.grad = b.grad = None
            with np.errstate(over=around, under=around):
                loss.backward(np.ones(shape))
            assert np.all(a.grad == factor)
            assert np.all(b.grad == factor)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("place", [0, 3, 5])
def test_a_nan_beside_infinities_is_noticed_wherever_it_stands(place, dtype):
    """The logarithms that are not selected have derivatives 0 · ∞; a leaf without elements is no obstacle."""
    x, nothing = Value(np.full((2, 3), 1e-300 if dtype is np.float64 else 1e-38, dtype)), Value(np.ones((0, 2)))
    chosen = np.zeros((2, 3), bool)
    chosen.flat[place] = True
    data = x.numpy()
    data.flat[place] = 0.0
    x.data = data
    with np.errstate(divide="ignore"):
        (np.where(chosen, 0.0, np.log(x)).sum() * np.inf + nothing.sum()).backward()
    assert np.all(x.grad == np.where(chosen, 0.0, np.inf))
    assert nothing.grad.shape == (0, 2)


# --- what stops a pass says where ----------------------------------------------------------------------------------

STOPPED = {
    "over": (lambda x: x * 1e-300, lambda x: x**-1.0, 1.0, "power", "overflow"),
    "divide": (lambda x: x * 0.0, lambda x: np.sqrt(x), 1.0, "sqrt", "divide by zero"),
    "under": (lambda x: x * 1e-200, lambda x: x * 1e-200, 1.0, "multiply", "underflow"),
}


@pytest.mark.parametrize("shape", [(), (3,)])
@pytest.mark.parametrize("how", ["backward", "gradients", "recorded"])
@pytest.mark.parametrize("flag", STOPPED)
def test_a_floating_point_error_names_the_row(flag, how, shape):
    """Also where the array functions are told to raise, as in a search for the place of an overflow."""
    before, f, at, name, words = STOPPED[flag]
    x = Value(np.full(shape, at), label="x")
    with np.errstate(all="ignore"):
        output = (f(before(x) * 1.0) * 1.0).sum()
    passes = {
        "backward": output.backward,
        "gradients": lambda: gradients(output, [x]),
        "recorded": lambda: gradients(output, [x], record=True),
    }
    with np.errstate(**{flag: "raise"}), pytest.raises(FloatingPointError, match=rf"^{name}: .*{words}"):
        passes[how]()
    assert x.grad is None
    with np.errstate(all="ignore"):
        output.backward()
    assert x.grad is not None


def test_an_overflow_of_a_sum_of_gradients_names_a_row():
    x = Value(0.1, label="x")
    output = x * 1e308 + x * 1e308
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match=r"^multiply: .*overflow"):
        output.backward()
    with np.errstate(over="ignore"):
        output.backward()
    assert x.grad == np.inf


def test_an_invalid_number_is_masked_or_given_but_never_raised():
    """A NaN on the way may be of a branch that nothing flows to, so that the pass goes on, whatever NumPy is told."""
    x = Value([0.0, 4.0], label="x")
    with np.errstate(all="ignore"):
        output = ma.where(np.array([False, True]), x * (1.0 / x), 0.0).sum()
    for around in ("raise", "warn", "ignore"):
        with np.errstate(invalid=around):
            x.grad = None
            output.backward()
            assert x.grad.tolist() == [0.0, 0.0]
            assert gradients(output, [x])[0].tolist() == [0.0, 0.0]
            assert gradients(output, [x], record=True)[0].data.tolist() == [0.0, 0.0]


def test_a_leaf_as_output_has_no_row_to_name():
    for data in (2.0, [1.0, 2.0]):
        x = Value(data)
        with np.errstate(all="raise"):
            x.backward(np.ones(x.shape))
        assert np.all(x.grad == 1.0)


# --- the walk ------------------------------------------------------------------------------------------------------


def test_a_gradient_is_never_changed_on_the_way():
    """The rule of a sum hands on the very array that it was given: adding to it would reach the others too."""
    x, y, z = (Value(np.ones(3), label=name) for name in "xyz")
    total = x + y  # one array for both
    output = (total + x * 2.0 + z + x + y * 3.0).sum()
    for record in (False, True):
        found = gradients(output, [x, y, z, total], record=record)
        assert [np.asarray(g.data if record else g).tolist() for g in found] == [
            [4.0] * 3,
            [4.0] * 3,
            [1.0] * 3,
            [1.0] * 3,
        ]
    output.backward()
    assert [v.grad.tolist() for v in (x, y, z)] == [[4.0] * 3, [4.0] * 3, [1.0] * 3]


@pytest.mark.parametrize("how", ["backward", "gradients", "recorded"])
@pytest.mark.parametrize(
    ("shape", "full"),
    [((), (3,)), ((), (2, 3)), ((1,), (3,)), ((3,), (2, 3)), ((1, 3), (2, 3)), ((2, 1), (2, 3)), ((1, 1), (2, 3)),
     ((1,), (2, 1)), ((3, 1), (2, 3, 4)), ((1, 3, 1), (2, 3, 4)), ((2, 1, 4), (2, 3, 4)), ((1,), (1, 1)),
     ((4, 1, 1), (2, 4, 1, 1)), ((1, 0), (2, 0)), ((2,), (0, 2))],
)  # fmt: skip
def test_the_broadcast_of_every_shape_is_undone(shape, full, how):
    """By sums over the axes that were stretched or added, and over no others."""
    rng = np.random.default_rng(0)
    x, weights = Value(rng.normal(size=shape)), rng.normal(size=full)
    output = (x + np.zeros(full)) * weights
    if how == "backward":
        output.sum().backward()
        found = x.grad
    else:
        (found,) = gradients(output.sum(), [x], record=how == "recorded")
        found = found.data if how == "recorded" else found
    expected = np.zeros(shape)
    for index in np.ndindex(full):
        own = tuple(0 if n == 1 else i for i, n in zip(index[len(full) - len(shape) :], shape, strict=True))
        expected[own] += weights[index]
    assert np.shape(found) == shape
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-15)


def test_the_order_of_the_walk_is_from_the_newest_to_the_oldest():
    """Whichever way the inputs of a node are ordered: a rule runs when all its consumers' have."""
    for swapped in (False, True):
        with spying() as (spy, seen):
            x = Value(3.0)
            near = spy(x)
            far = near * 2.0
            for _ in range(5):
                far = far * 1.0
            output = near * far if swapped else far * near
            output.backward()
            assert seen == [12.0]  # the whole gradient of near · 2 near
            assert x.grad == 12.0


def test_a_scalar_masks_an_array():
    """Where the gradient that arrives is one 0 for all elements, none of them gets NaN."""
    x = Value([0.0, 1.0])
    with np.errstate(all="ignore"):
        bad = np.log(x).sum() * 0.0
    for record in (False, True):
        (g,) = gradients(bad, [x], record=record)
        assert np.asarray(g.data if record else g).tolist() == [0.0, 0.0]
    with table_row(lambda x: x.sum(), lambda g, out, x: g * np.array([np.nan, 1.0])) as total:
        y = Value([1.0, 2.0])
        (total(y) * 0.0).backward()
        assert y.grad.tolist() == [0.0, 0.0]
        y.grad = None
        (total(y) * 2.0).backward()
        np.testing.assert_array_equal(y.grad, [np.nan, 2.0])


def test_a_recorded_pass_inside_no_grad_is_refused():
    """It would record nothing, silently."""
    x = Value([1.0, 2.0])
    output = (x * x).sum()
    with ma.no_grad():
        assert gradients(output, [x])[0].tolist() == [2.0, 4.0]
        with pytest.raises(RuntimeError, match=r"inside no_grad\(\) would record nothing"):
            gradients(output, [x], record=True)
    assert gradients(output, [x], record=True)[0].data.tolist() == [2.0, 4.0]
