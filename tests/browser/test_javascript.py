"""Programs as JavaScript, in a real browser: what NumPy computes, to twelve digits, or a refusal that says why."""

import json
import math
import re
import warnings

import numpy as np
import pytest
from playwright.sync_api import Error

import microae as ma
from microae.compiler import UnsupportedError
from microae.compiler.backends.javascript import WORDS
from microae.compiler.backends.scalars import ELEMENTWISE
from microae.compiler.program import evaluate
from tests.compiler.test_table import CASES, drawn, functions, plain

BLANK = "<!DOCTYPE html><title>a page that computes</title>"
CALL = """([text, name, given]) => {
    const run = new Function(text + "return " + name)();
    const out = run(JSON.parse(given, (key, x) => typeof x === "string" ? Number(x) : x));
    return JSON.stringify(out, (key, x) => typeof x === "number" && !Number.isFinite(x) ? String(x) : x);
}"""
TRAIN = """([text, name, given, samples]) => {
    const step = new Function(text + "return " + name)(), losses = [];
    let valid = true;
    for (const x of samples) {
        const out = step({ x, ...given });
        Object.assign(given, out.updates);
        losses.push(out.results[0]);
        valid = valid && out.valid;
    }
    return { losses, given, valid };
}"""


@pytest.fixture
def page(opened):
    return opened(BLANK)


def to_json(x):
    """JSON has no infinities and no NaN: they are words."""
    if isinstance(x, dict):
        return {name: to_json(part) for name, part in x.items()}
    if isinstance(x, list):
        return [to_json(part) for part in x]
    return x if np.isfinite(x) else str(x).replace("inf", "Infinity").replace("nan", "NaN")


def called(page, compiled, *arrays):
    """What the function that a compiled one becomes returns in a page."""
    text, program = compiled.javascript(), compiled.program
    name = text[text.index("function ") + 9 : text.index("({")]
    names = text[text.index("({") + 2 : text.index("})")].replace(",", " ").split()
    arguments = [name for name, term in zip(names, program.inputs, strict=True) if term.kind == "argument"]
    given = compiled.state() | {n: np.asarray(x).tolist() for n, x in zip(arguments, arrays, strict=True)}
    return json.loads(page.evaluate(CALL, [text, name, json.dumps(to_json(given))]))


def train_step(net, optimizer):
    def step(x):
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        optimizer.step()
        return loss

    return step


OPTIMIZERS = {
    "sgd": lambda p: ma.SGD(p, lr=0.1),
    "momentum": lambda p: ma.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-3),
    "adam": lambda p: ma.Adam(p, lr=0.01),
    "adamw": lambda p: ma.AdamW(p, lr=0.01, weight_decay=0.1),
}
NETWORKS = {
    "sigmoid": ({"activation": "sigmoid"}, (3, 4, 3), ()),
    "tanh, a batch": ({"activation": "tanh"}, (9, 4, 9), (5,)),
    "gelu, sparse": ({"activation": "gelu", "sparsity": 0.1}, (3, 4, 3), ()),
    "softplus, mean squared error": ({"activation": "softplus", "output": "linear"}, (3, 2, 3), (4,)),
}


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_thousand_steps_end_where_numpy_s_end(page, optimizer, network):
    options, layers, batch = NETWORKS[network]
    net = ma.Autoencoder(layers, seed=0, **options)
    of = OPTIMIZERS[optimizer](net.parameters())
    step = train_step(net, of)
    samples = np.random.default_rng(1).random((1000, *batch, layers[0]))
    compiled = ma.compile(step).trace(samples[0])
    found = page.evaluate(TRAIN, [compiled.javascript(), "step", compiled.state(), samples.tolist()])
    losses = [step(x).item() for x in samples]
    assert found["valid"]
    assert found["losses"] == pytest.approx(losses, rel=1e-12)
    for name, now in compiled.state().items():
        assert np.array(found["given"][name]) == pytest.approx(np.array(now), rel=1e-12, abs=1e-12), name


def test_the_paper_s_network(page):
    net = ma.Autoencoder([3, 4, 3], seed=0)
    step = train_step(net, ma.SGD(net.parameters(), lr=0.5))
    vectors = np.array([[(i >> k) & 1 for k in range(3)] for i in range(8)], float)
    samples = vectors[np.random.default_rng(0).integers(0, 8, 1000)]
    compiled = ma.compile(step).trace(samples[0])
    found = page.evaluate(TRAIN, [compiled.javascript(), "step", compiled.state(), samples.tolist()])
    assert found["losses"] == pytest.approx([step(x).item() for x in samples], rel=1e-12)
    assert np.array(found["given"]["W1"]) == pytest.approx(net.encoder[0].weight.data, rel=1e-12, abs=1e-12)


SPECIAL = [0.0, 1.0, -1.0, 5e-324, -5e-324, 1e-300, 1e-17, 1e300, -1e300, np.inf, -np.inf, np.nan, 0.5, -0.5, 2.0, 3.0]


def points(name):
    rng = np.random.default_rng(0)
    sizes = 10.0 ** rng.uniform(-18, 3, 150)
    wide = np.concatenate([SPECIAL, sizes, -sizes, rng.uniform(-30, 30, 150), rng.uniform(-1.2, 1.2, 150)])
    if ELEMENTWISE[name] == 1:
        return [wide]
    x, y = rng.permutation(wide), rng.permutation(wide)
    specials = np.array([(a, b) for a in SPECIAL for b in SPECIAL]).T
    return [np.concatenate([x, specials[0]]), np.concatenate([y, specials[1]])]


def test_each_function_of_numbers_is_numpy_s(page):
    assert set(WORDS) == set(ELEMENTWISE)
    for name in set(ELEMENTWISE) - {"erfc", "where"}:
        arrays = points(name)
        if name.startswith(("bitwise", "logical")):
            arrays = [x > 0.5 for x in arrays]
        function = getattr(np, name)
        with np.errstate(all="ignore"):
            right = function(*arrays)
            compiled = ma.compile(lambda *x, f=function: f(*x)).trace(*arrays)
        found = np.array(called(page, compiled, *arrays)["results"][0], right.dtype)
        same = (found == right) | ((found != found) & (right != right))
        if right.dtype != bool:
            with np.errstate(all="ignore"):
                same |= np.isclose(found, right, rtol=1e-14, atol=0)
        assert same.all(), (name, [(*(x[i] for x in arrays), found[i], right[i]) for i in np.flatnonzero(~same)[:5]])


REFUSAL = re.compile(
    r"javascript: (\S+:\d+ in \S+: )?"
    r"(np\.[\w.]+ (has no scalar form|of \w+ has no scalar form( beyond 2\*\*53)?|with \w+.*)"
    r"|[\w.]+ cannot be looked into"
    r"|astype from \w+ to \w+ has no scalar form|an index that the program computes|the largest of no elements"
    r"|the program has more than 20000 scalar operations|numbers of \w+, where JavaScript's are float64)"
)


@pytest.mark.parametrize("what", ["forward", "first", "second"])
def test_each_function_of_the_table_is_numpy_s_or_refused_by_name(page, what):
    said, refused = 0, {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name, case in CASES:
            samples = drawn(case)[-1]
            function = functions(case, samples[0][1])[what]
            compiled = ma.compile(function, backend="numpy")
            try:
                compiled.trace(*samples[0][0])
                arrays, right = next((a, plain(function(*a))) for a, _ in samples[::-1])
            except (ValueError, ma.CompileError):  # a sample that the function refuses, or that is at a kink
                continue
            try:
                found = called(page, compiled, *arrays)
            except UnsupportedError as error:
                refused[name] = str(error)
                continue
            if not found["valid"] and what == "second":  # at a kink
                continue
            assert found["valid"], name
            said += 1
            build, terms = compiled._last.step.structure.build, compiled.program.results
            found = build([np.array(x, t.dtype).reshape(t.shape) for x, t in zip(found["results"], terms, strict=True)])
            for x, y in zip(plain(found), right, strict=True):
                assert x == pytest.approx(y, rel=1e-10, abs=1e-12), name
    assert said > 140
    assert [error for error in refused.values() if not REFUSAL.fullmatch(error)] == []


# --- what is given and what cannot be said ---------------------------------------------------------------------------


def test_data_out_of_range_and_numbers_that_are_none_are_not_valid(page):
    net = ma.Autoencoder([3, 4, 3], seed=0)
    compiled = ma.compile(train_step(net, ma.SGD(net.parameters(), lr=0.5))).trace([1.0, 0.0, 1.0])
    assert called(page, compiled, [0.0, 1.0, 1.0])["valid"]
    assert not called(page, compiled, [0.0, 1.5, 1.0])["valid"]
    root = ma.compile(lambda x: np.sqrt(x)).trace([1.0])
    assert called(page, root, [4.0]) == {"results": [[2]], "updates": {}, "gradients": {}, "valid": True}
    assert not called(page, root, [-4.0])["valid"]


@pytest.mark.parametrize(
    "x", [[1.0, 2.0], [1.0, 2.0, 3.0, 4.0], [[1.0, 2.0, 3.0]], 1.0, [1.0, 2.0, None], [1.0, 2.0, [3.0]], None]
)
def test_another_shape_is_refused(page, x):
    text = ma.compile(lambda x: x * 2.0).trace([1.0, 2.0, 3.0]).javascript()
    with pytest.raises(Error, match="RangeError: step: x must be an array of shape 3"):
        page.evaluate("([text, x]) => new Function(text + 'return step')()({ x })", [text, x])


def test_gradients_that_add_up_are_given_to_the_next_call(page):
    w = ma.Value([1.0, 2.0], label="w")

    def step(x):
        loss = (w * x).sum()
        loss.backward()
        return loss

    w.grad = np.array([10.0, 20.0])
    compiled = ma.compile(step).trace([1.0, 1.0])
    assert called(page, compiled, [3.0, 4.0])["gradients"] == {"d_w": [13, 24]}
    assert compiled.state() == {"w": [1.0, 2.0], "d_w": [10.0, 20.0]}


def test_random_draws_are_given_by_the_page(page):
    net = ma.Autoencoder([3, 4, 3], seed=0, noise=0.1, dropout=0.5)
    compiled = ma.compile(train_step(net, ma.SGD(net.parameters(), lr=0.5))).trace([1.0, 0.0, 1.0])
    draws = [term for term in compiled.program.inputs if term.kind == "draw"]
    numbers = [np.full(term.shape, 0.75) for term in draws]
    given = compiled.state() | {term.name: x.tolist() for term, x in zip(draws, numbers, strict=True)}
    values = dict(zip(compiled.program.inputs, [np.array([1.0, 0.0, 1.0]), *numbers], strict=False))
    values |= compiled._last.values(())
    right = evaluate(compiled.program, [values[term] for term in compiled.program.inputs])
    found = page.evaluate(TRAIN, [compiled.javascript(), "step", given, [[1.0, 0.0, 1.0]]])
    assert len(draws) == 2
    assert found["valid"]
    assert found["losses"] == pytest.approx([right[compiled.program.results[0]]], rel=1e-14)


def test_names_that_mean_something_in_javascript(page):
    a, b, c = (ma.Value([2.0], label=label) for label in ("new", "Math", "valid"))
    compiled = ma.compile(lambda function: np.exp(a * function) + b + c).trace([1.0])
    assert called(page, compiled, [1.0])["results"] == [[pytest.approx(np.exp(2.0) + 4.0, rel=1e-15)]]


def test_brackets_stand_where_they_are_needed(page):
    def function(x):
        a, b, c = x[0], x[1], x[2]
        return (
            a - (b - c),
            a / (b * c),
            np.negative(-a),
            (a + b) * c,
            a - (b + c),
            1 / (1 / a),
            (a > b) == (b < c),
            -(a - b) * c,
        )

    compiled = ma.compile(function).trace(np.ones(3))
    found = called(page, compiled, [2.0, 3.0, 5.0])["results"]
    assert found == [pytest.approx(right, rel=1e-15) for right in function(np.array([2.0, 3.0, 5.0]))]


def test_erfc_is_the_library_s_to_twelve_digits(page):
    x = np.concatenate([np.linspace(-6.0, 26.0, 1601), [-np.inf, np.inf, 0.0]])
    (found,) = called(page, ma.compile(lambda x: ma.erfc(x)).trace(x), x)["results"]
    assert found == pytest.approx([math.erfc(number) for number in x], rel=1e-12, abs=0)


MIXED = {
    "comparisons compared": lambda x: ((x > 1) == (x > 2)) * 1.0,
    "a choice": lambda x: np.where(x > 1, x > 2, x),
    "an inversion": lambda x: ~(x > 1),
    "one or the other": lambda x: np.bitwise_xor(x > 1, x > 2),
    "parts": lambda x: np.concatenate([x > 1, x]),
    "a product": lambda x: (x > 1) @ np.array([1.0, 0.0, 0.0]),
    "a power": lambda x: np.power(x > 1, x),
    "is it finite": lambda x: np.isfinite(x > 1) * 2.0,
    "integers": lambda x: (x > 1).astype(int) * 3 - np.sum(x > 2),
}


def test_truth_values_are_numbers_where_numpy_s_are(page):
    x = np.array([1.0, 2.0, 3.0])
    compiled = ma.compile(lambda x: [function(x) for function in MIXED.values()]).trace(x)
    for found, function in zip(called(page, compiled, x)["results"], MIXED.values(), strict=True):
        right = function(x)
        assert found == right.tolist()
        assert {type(y) is bool for y in np.ravel(np.array(found, object))} == {right.dtype == bool}


@pytest.mark.parametrize("function", [lambda i: i * i, lambda i: i + i, np.sum, lambda i: i @ i, np.prod])
def test_integers_that_may_be_no_floats_are_refused(function):
    with pytest.raises(UnsupportedError, match=r"javascript: .*: np\.\S+ of int64 has no scalar form beyond 2\*\*53"):
        ma.compile(function).trace(np.array([2**40, 1])).javascript()


def test_a_classifier_s_step(page):
    net = ma.Classifier([3, 4, 2], seed=0)
    optimizer = ma.SGD(net.parameters(), lr=0.5)

    def step(x, y):
        optimizer.zero_grad()
        loss = net.loss(x, y)
        loss.backward()
        optimizer.step()
        return loss

    x, y = np.random.default_rng(0).random((5, 3)), np.array([0, 1, 1, 0, 1])
    compiled = ma.compile(step).trace(x, y)
    found = called(page, compiled, x, y)
    assert found["valid"]
    assert found["results"] == [pytest.approx(step(x, y).item(), rel=1e-12)]


REFUSED = {
    "numbers of float32": (lambda x: x.astype(np.float32) * np.float32(2.0), np.ones(3)),
    "np.linalg.inv": (lambda x: np.linalg.inv(x), np.eye(2)),
    "np.sort": (lambda x: np.sort(x), np.ones(3)),
    "more than 20000 scalar operations": (lambda x: x @ x, np.ones((40, 40))),
    "astype from float64 to int64": (lambda x: x.astype(int), np.ones(3)),
    "np.add of uint8": (lambda x: x + x, np.ones(3, np.uint8)),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_said_is_refused_by_name(what):
    function, x = REFUSED[what]
    with pytest.raises(UnsupportedError, match=f"javascript: .*{what}"):
        ma.compile(function).trace(x).javascript()


def test_a_program_needs_shapes():
    with pytest.raises(RuntimeError, match=r"call it once, or .trace\(x\)"):
        ma.compile(lambda x: x).javascript()


def test_a_notebook_shows_it_as_javascript():
    assert ma.compile(lambda x: x + 1).trace([1.0]).javascript()._repr_markdown_().startswith("```javascript\n/**")
