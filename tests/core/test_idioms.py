"""What people write in the classroom, and what they get."""

import math
import pickle

import numpy as np
import pytest

import microae as ma
from microae import Value

AUGMENTED = {
    "+=": (lambda p, x: p.__iadd__(x), np.add),
    "-=": (lambda p, x: p.__isub__(x), np.subtract),
    "*=": (lambda p, x: p.__imul__(x), np.multiply),
    "/=": (lambda p, x: p.__itruediv__(x), np.divide),
    "**=": (lambda p, x: p.__ipow__(x), np.power),
    "%=": (lambda p, x: p.__imod__(x), np.remainder),
    "//=": (lambda p, x: p.__ifloordiv__(x), np.floor_divide),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("operator", AUGMENTED)
def test_augmented_assignment_to_a_leaf_in_no_grad_rebinds_its_data(operator, dtype):
    apply, plain = AUGMENTED[operator]
    p = Value(np.array([1.5, 2.0], dtype), label="p")
    graph = (p * 3.0).sum()
    kept = p._array
    with ma.no_grad():
        assert apply(p, np.array([0.5, 2.0])) is p
    assert p.dtype == dtype
    assert p.operation is None
    np.testing.assert_allclose(p.data, plain(np.array([1.5, 2.0], dtype), np.array([0.5, 2.0])))
    np.testing.assert_array_equal(kept, [1.5, 2.0])  # the graph of before keeps what it was made with
    graph.backward()
    np.testing.assert_array_equal(p.grad, [3.0, 3.0])


def test_a_matrix_product_in_place_keeps_the_shape():
    p = Value(np.eye(2))
    with ma.no_grad():
        p @= np.array([[0.0, 1.0], [1.0, 0.0]])
    np.testing.assert_array_equal(p.data, [[0.0, 1.0], [1.0, 0.0]])
    with ma.no_grad(), pytest.raises(ValueError, match="cannot be rebound"):
        p @= np.ones((2, 3))


def test_gradient_descent_as_one_writes_it_in_pytorch():
    net = ma.Autoencoder([3, 4, 3], seed=0)
    x = [1.0, 0.0, 1.0]
    before = net.loss(x).item()
    for _ in range(20):
        for p in net.parameters():
            p.grad = None
        net.loss(x).backward()
        with ma.no_grad():
            for p in net.parameters():
                p -= 0.5 * p.grad
    assert net.loss(x).item() < 0.5 * before


def test_outside_it_goes_on_building_the_graph():
    w = Value(2.0)
    total = start = Value(0.0)
    for x in (1.0, 2.0):
        total += x * w
    assert total is not start
    assert start.data == 0.0
    total.backward()
    assert w.grad == 3.0


@pytest.mark.parametrize("operator", AUGMENTED)
def test_what_was_computed_does_not_lose_its_graph_in_no_grad(operator):
    w = Value([1.0, 2.0])
    y = w * 2.0
    with ma.no_grad(), pytest.raises(TypeError, match=r"computed by 'multiply'; .* Make a new Value, v = v \+ a"):
        AUGMENTED[operator][0](y, 1.0)
    y.sum().backward()
    assert w.grad.tolist() == [2.0, 2.0]
    with ma.no_grad():
        constant = before = w * 2.0  # a leaf: it has no graph to lose
        constant += 1.0
    assert constant is before
    assert constant.data.tolist() == [3.0, 5.0]


@pytest.mark.parametrize("shape", [(), (3,)])
def test_data_minus_the_gradient(shape):
    p = Value(np.full(shape, 2.0))
    (p * p).sum().backward()
    p.data -= 0.5 * p.grad
    np.testing.assert_array_equal(p.data, np.zeros(shape))
    p.data += 1.0
    p.data *= 3.0
    np.testing.assert_array_equal(p.data, np.full(shape, 3.0))


def test_what_is_computed_from_data_is_a_plain_array():
    data = Value([[1.0, 2.0], [3.0, 4.0]]).data
    for found in (data + 1, np.exp(data), data.sum(axis=0), np.concatenate([data, data]), data @ data, data.copy(),
                  data.astype(np.float32), np.linalg.inv(data), np.stack([data, data]), data > 1):  # fmt: skip
        assert type(found) is np.ndarray
    assert repr(data) == "array([[1., 2.],\n       [3., 4.]])"
    assert type(pickle.loads(pickle.dumps(data))) is np.ndarray
    own = data.copy()
    own[0, 0] = 9.0
    assert data[0, 0] == 1.0
    other = np.ones((2, 2))
    other -= data  # an array of one's own is changed where it stands
    np.testing.assert_array_equal(other, [[0.0, -1.0], [-2.0, -3.0]])
    np.add(data, data, out=other)
    np.testing.assert_array_equal(other, 2 * data)


def test_the_grad_of_what_was_computed():
    x = Value(2.0)
    y = x * x
    z = y * 3.0
    y.retain_grad()
    z.backward()
    assert (x.grad, y.grad) == (12.0, 3.0)
    z.backward()
    assert (x.grad, y.grad) == (24.0, 6.0)
    with pytest.warns(UserWarning, match=r"retain_grad\(\)"):
        assert z.grad is None
    leaf = Value(1.0)
    leaf.retain_grad()
    assert leaf.grad is None


def test_all_gradients_can_be_kept():
    x = Value([1.0, 2.0])
    y = np.exp(x)
    z = (y * y).sum()
    z.backward(retain_grads=True)
    assert z.grad == 1.0
    np.testing.assert_allclose(y.grad, 2.0 * y.data)
    np.testing.assert_allclose(x.grad, 2.0 * y.data**2)


def test_masked_arrays_are_refused_on_either_side():
    masked, w = np.ma.array([1.0, 2.0], mask=[False, True]), Value([3.0, 4.0])
    for together in (lambda: masked + w, lambda: w + masked, lambda: masked * w, lambda: np.ma.add(masked, w),
                     lambda: np.ma.multiply(w, masked), lambda: masked / w):  # fmt: skip
        with pytest.raises(TypeError, match=r"[Mm]asked"):
            together()


def test_functions_of_masked_arrays_lose_no_graph():
    masked, w = np.ma.array([1.0, 2.0], mask=[False, True]), Value([3.0, 4.0])
    for of in (np.ma.getdata, np.ma.median, np.ma.sum, np.ma.exp, np.ma.filled, np.ma.masked_invalid,
               lambda w: np.ma.dot(masked, w), lambda w: np.ma.where(masked > 1, w, masked)):  # fmt: skip
        with pytest.raises(TypeError, match=r"lose (its|a Value's) graph"):
            of(w)


def test_lists_of_masked_arrays_are_refused_too():
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    for inside in ([masked, masked], [[3.0, 4.0], masked], ([masked],), [1.0, np.ma.masked]):
        with pytest.raises(TypeError, match="would lose their mask"):
            Value(inside)
        with pytest.raises(TypeError, match="would lose their mask"):
            Value([3.0, 4.0]) + inside


MASKS = [True, False], [1, 0], [0.5, 0.25]
CONDITION, PLACES, SHARES = (np.ma.array(numbers, mask=[False, True]) for numbers in MASKS)


@pytest.mark.parametrize(
    "use",
    [
        lambda v: v[PLACES],
        lambda v: v[CONDITION],
        lambda v: v[[PLACES]],
        lambda v: np.outer(v, v)[PLACES, 0],
        lambda v: ma.getitem(v, index=PLACES),
        lambda v: np.take(v, PLACES),
        lambda v: np.take_along_axis(v, PLACES, 0),
        lambda v: np.where(CONDITION, v, 0.0),
        lambda v: np.select([CONDITION], [v]),
        lambda v: np.piecewise(v, [CONDITION], [1.0]),
        lambda v: np.choose(PLACES, [v, v]),
        lambda v: np.compress(CONDITION, v),
        lambda v: np.extract(CONDITION, v),
        lambda v: np.delete(v, PLACES),
        lambda v: np.insert(v, PLACES, 0.0),
        lambda v: np.repeat(v, PLACES),
        lambda v: np.quantile(v, SHARES),
        lambda v: np.percentile(v, [SHARES, SHARES]),
        lambda v: np.cov(np.outer(v, v), aweights=SHARES),
        lambda v: ma.cross_entropy(np.outer(v, v), PLACES),
        lambda v: ma.cross_entropy(np.outer(v, v), [PLACES[0], np.ma.masked]),
        lambda v: ma.Dropout(0.5, seed=0)(SHARES) + v,
    ],
)
def test_masked_indices_conditions_and_classes_are_refused(use):
    with pytest.raises(TypeError, match="masked arrays would lose their mask; fill it first"):
        use(Value([3.0, 4.0]))


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_a_matrix_times_a_value_is_the_matrix_product_as_in_numpy():
    m = np.matrix([[1.0, 2.0, 3.0]])
    column = np.array([[1.0], [2.0], [3.0]])
    for product, expected in ((m * Value(column), m * column), (Value(column) * m, column * m),
                              (m * Value(2.0), m * 2.0), (Value(2.0) * m, 2.0 * m)):  # fmt: skip
        np.testing.assert_array_equal(product.data, np.asarray(expected))


def test_deleting_and_filling_are_refused_with_what_to_do():
    v = Value([3.0, 4.0])
    with pytest.raises(TypeError, match="never changed in place"):
        del v[0]
    with pytest.raises(TypeError, match=r"ma\.full"):
        np.full((2, 2), v)


# --- micrograd's face ------------------------------------------------------------------------------------------------


def test_micrograds_own_examples():
    from microae.micrograd import Value

    x = Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)

    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert g.data == pytest.approx(24.70408163265306)
    assert (a.grad, b.grad) == (pytest.approx(138.8338192419825), pytest.approx(645.5772594752186))
    assert isinstance(g, Value)


def test_the_lectures_neuron_and_its_drawing():
    from microae.micrograd import Value

    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    x1w1 = x1 * w1
    x1w1.label = "x1*w1"
    n = x1w1 + x2 * w2 + b
    o = n.tanh()
    assert o.grad == 0.0
    o.backward()
    assert o.data == pytest.approx(math.sqrt(0.5))
    assert [round(v.grad, 6) for v in (x1, w1, x2, w2, n, o)] == [-1.5, 1.0, 0.5, 0.0, 0.5, 1.0]

    nodes, edges = set(), set()

    def build(v):
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(o)
    assert (len(nodes), len(edges)) == (10, 9)
    assert {v._op for v in nodes} == {"", "*", "+", "tanh"}
    assert (x1 * 2.0)._prev != {x1}
    assert (x1**3)._op == "**3"
    o.colour = "red"
    assert o.colour == "red"


def test_constants_have_gradients_and_exponents_are_no_nodes_in_micrograds_graphs():
    from microae.micrograd import Value

    x = Value(1.0)
    y = ((x * 2 + 7).relu() ** 2 - 3) / 4
    y += 5
    y.backward()
    grads, nodes = {}, [y]
    while nodes:
        node = nodes.pop()
        nodes += node._prev
        if not node._op:
            grads[node.data] = node.grad
    assert grads == {1.0: 9.0, 2.0: 4.5, 7.0: 4.5, 3.0: -0.25, 4.0: -78.0 / 16.0, 5.0: 1.0}
    a = Value(3.0)
    assert (a**2)._prev == {a}
    assert sorted(v.data for v in (1 - a)._prev) == sorted(v.data for v in (a - 1)._prev) == [1.0, 3.0]


def test_the_lectures_steps_by_hand():
    from microae.micrograd import Value

    a, b, c = Value(2.0), Value(-3.0), Value(10.0)
    e = a * b
    e.data += 0.5  # the lecture's nudge of a value on the way
    d = e + c
    assert (e.data, d.data) == (-5.5, 4.5)
    o = (d * d * a + 1).tanh() / 2
    topo, seen = [], set()

    def build(v):
        if v not in seen:
            seen.add(v)
            for child in v._prev:
                build(child)
            topo.append(v)

    build(o)
    o.grad = 1.0
    for node in reversed(topo):
        node._backward()
    by_hand = [v.grad for v in topo]
    for v in topo:
        v.grad = 0.0
    o.backward()
    assert by_hand == pytest.approx([v.grad for v in topo], rel=1e-14)


def test_the_lectures_training_loop():
    from microae.micrograd import Value

    rng = np.random.default_rng(0)
    w = [Value(float(x)) for x in rng.uniform(-1, 1, 3)]
    b = Value(0.0)
    xs, ys = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0]], [1.0, -1.0, 1.0]
    losses = []
    for _ in range(30):
        outputs = [sum((wi * xi for wi, xi in zip(w, x, strict=True)), b).tanh() for x in xs]
        loss = sum((o - y) ** 2 for o, y in zip(outputs, ys, strict=True))
        for p in [*w, b]:
            p.grad = 0.0
        loss.backward()
        for p in [*w, b]:
            p.data += -0.1 * p.grad
        losses.append(loss.data)
    assert losses[-1] < 0.1 * losses[0]


def test_nothing_is_made_of_others_by_hand_without_a_rule():
    from microae.micrograd import Value

    a = Value(2.0, label="a")
    for children, op in (((a,), "+"), ((a,), ""), ((), "tanh")):
        with pytest.raises(TypeError, match="by hand would lose its graph"):
            Value(4.0, children, op)
    assert Value(4.0, (), "", "b").label == "b"
    assert pickle.loads(pickle.dumps(a)).label == "a"
