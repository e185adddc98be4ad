"""What a program means is kept by every pass, by its printed text, and by the memory that it uses."""

import linecache
import pickle
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest
import scipy.special

import microae as ma
from microae import Value
from microae.compiler.program import evaluate
from tests.compiler.test_steps import NETWORKS, OPTIMIZERS, train_step
from tests.compiler.test_table import CASES, functions


def bits(arrays):
    return [(np.shape(a), np.asarray(a).dtype, np.asarray(a).tobytes()) for a in arrays]


def outputs(program, given):
    """What a program means, for inputs by their terms; those that it reads without need are zeros."""
    values = evaluate(program, [given.get(term, np.zeros(term.shape, term.dtype)) for term in program.inputs])
    return bits(values[term] for term in program.outputs())


def text_run(compiled, given):
    """What the printed text computes, as it stands."""
    known = {}
    exec(compiled.source, known)
    return bits(known[compiled.function.__name__](*given))


def accepted(case):
    """Whether the function takes a sample."""

    def takes(sample):
        arrays, parameters = sample
        try:
            case.call(*arrays, **parameters)
        except ValueError:
            return False
        return True

    return takes


@pytest.mark.parametrize("what", ["forward", "first"])
@pytest.mark.parametrize(("name", "case"), CASES, ids=[name for name, _ in CASES])
def test_passes_and_the_printed_text_keep_what_a_row_computes(name, case, what):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        arrays, parameters = next(filter(accepted(case), map(case.sample, range(40))))
        compiled = ma.compile(functions(case, parameters)[what]).trace(*arrays)
        stages = compiled._entry().step.stages()
        traced, later = stages["traced"], [*stages.items(), ("all at once", compiled.program)]
        terms = compiled.program.inputs
        given = {term: np.asarray(a, term.dtype)[()] for a, term in zip(arrays, terms, strict=True)}
        right = outputs(traced, given)
        assert [name for name, program in later if outputs(program, given) != right] == []
        assert text_run(compiled, given.values()) == right


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_passes_and_the_printed_text_keep_what_a_step_computes(optimizer, network):
    net = ma.Autoencoder([5, 4, 5], seed=0, **NETWORKS[network])
    compiled = ma.compile(train_step(net, OPTIMIZERS[optimizer](net.parameters())))
    x = np.random.default_rng(0).random((7, 5))
    compiled(x)
    entry = compiled._entry()
    given = {term: entry.step.reads[term]([x]) for term in compiled.program.inputs}
    stages = entry.step.stages()
    traced, later = stages["traced"], [*stages.items(), ("all at once", compiled.program)]
    right = outputs(traced, given)
    assert [name for name, program in later if outputs(program, given) != right] == []
    assert text_run(compiled, given.values()) == right
    assert bits(entry.run(*given.values())) == right
    assert len(compiled.program) == len(stages["dead code"])  # one sweep leaves out as much as one pass after the other


def test_a_comparison_of_comparisons_is_printed_as_such():
    x = np.array([1.0, 2.0, 3.0])
    compiled = ma.compile(lambda x: ((x > 1) == (x > 2)) * 1.0).trace(x)
    assert "((x > 1) == (x > 2)) * 1.0" in compiled.source
    known = {"np": np}
    exec(compiled.source, known)
    assert known["step"](x)[0].tolist() == [1.0, 0.0, 1.0]


def test_a_rule_that_is_called_as_a_whole_is_printed_as_a_call():
    W = ma.Value([[0.5, 0.2], [-0.5, 1.0]], label="W")

    def step(x):
        return ma.gradients(np.sum(np.interp((x @ W)[0], np.arange(3.0), np.arange(3.0) ** 2)), [W])

    compiled = ma.compile(step).trace(np.array([[1.0, 2.0]]))
    assert "scatter(t4, index=0, shape=(1, 2))" in compiled.source
    assert list(compiled.passes)
    assert compiled.explain().rows


def test_a_choice_that_is_none_is_left_out():
    W = ma.Value([[0.5, 0.2], [-0.5, 1.0]], label="W")
    x = np.array([[1.0, 2.0]])
    slope = ma.compile(lambda x: ma.gradients(((x @ W) ** 2).sum(), [W])).trace(x)
    assert "np.where" not in slope.source
    assert "False" not in slope.source
    assert "**" not in slope.source
    chosen = {
        "no choice": lambda x: np.where(np.logical_and(x > 0, 0.0 * x == 0), 2.0, 2.0) * x,
        "zeros of two signs": lambda x: np.where(x > 1.5, 0.0, -0.0) * x,
        "a fixed condition": lambda x: np.where((x > 0) & False, x, x + 1.0),
        "numbers of two types": lambda x: np.where(x > 1.5, 1, True) * x,
        "of an array": lambda x: np.where(x > 1.5, np.full(2, 3.0), np.full(2, 3.0)),
    }
    for what, function in chosen.items():
        compiled = ma.compile(function)
        assert bits([compiled(x)]) == bits([function(x)]), what
        assert ("np.where" in compiled.source) == (what in ("zeros of two signs", "numbers of two types")), what


def test_a_negative_of_a_negative_number_has_no_double_minus():
    def step(x):
        return -(-0.285 / x)

    compiled = ma.compile(step).trace(np.ones(2))
    assert "-(-0.285 / x)" in compiled.source
    assert text_run(compiled, [np.array([2.0, -3.0])]) == bits([np.array([0.285 / 2.0, -0.285 / 3.0])])


def test_the_text_says_from_where_it_has_what_is_not_numpy_s():
    W = ma.Value(np.arange(12.0).reshape(4, 3), label="scatter")

    def erfc(i):
        return ma.gradients(ma.gelu(W[i]).sum(), [W])[0]

    compiled, i = ma.compile(erfc).trace(np.array([1, 2])), np.array([3, 3])
    head = compiled.source.partition("def ")[0]
    assert 'erfc_2 = TABLE["erfc"].forward\nscatter = TABLE["scatter"].forward\n' in head
    assert text_run(compiled, [i, W.numpy()]) == bits([erfc(i)])


def test_the_text_asks_for_functions_of_others():
    def expit(x):
        return scipy.special.expit(x)

    compiled, x = ma.compile(expit).trace(np.zeros(2)), np.array([0.5, -1.0])
    assert re.search(r"\n# It needs expit_2: what \S*test_programs.py:\d+ in expit calls.\n", compiled.source)
    known = {"np": np, "expit_2": scipy.special.expit}
    exec(compiled.source, known)
    assert bits(known["expit"](x)) == bits([expit(x)])


def test_labels_that_are_no_names_become_names():
    labels = ["W₁", "W1", "x²", "α", "½ of ①", "7", "np", "a·"]
    values = [Value(float(2**i), label=label) for i, label in enumerate(labels)]
    compiled = ma.compile(lambda x: sum(v * x for v in values)).trace(np.float64(1.0))
    known = {"np": np}
    exec(compiled.source, known)
    names = known["step"].__code__.co_varnames[: known["step"].__code__.co_argcount]
    assert names == ("x", "W1", "W1_2", "x2", "α", "_1_2_of_1", "_7", "np_2", "a·")
    assert known["step"](np.float64(1.0), *(v.data for v in values)) == (255.0,)
    assert all(f" {name}" in compiled.javascript() for name in ("W1_2", "x2", "_1_2_of_1"))


@pytest.mark.parametrize("backend", ["numpy", "python", "numba", "jax"])
def test_the_source_says_where_the_text_of_what_runs_is_shown(backend):
    compiled = ma.compile(lambda x: np.exp(x) + 1.0, backend=backend).trace(np.ones(2))
    first = compiled.source.splitlines()[0]
    if backend == "jax":
        assert first == "# What runs is made of this program without a text of its own."
    else:
        text = linecache.getlines(re.search("<microae program .*>", first)[0])
        assert any("exp(" in line for line in text)


def test_an_integer_that_a_function_wants_stays_one():
    x = np.array([1.0, 3.0])
    for backend in ("numpy", "jax"):
        assert ma.compile(lambda x: np.ldexp(x, 2), backend=backend)(x).tolist() == [4.0, 12.0]


def test_equal_constants_are_printed_once():
    tables = [np.arange(3.0), np.arange(3.0), np.arange(3), np.arange(3.0)[None], np.arange(3.0)]
    compiled = ma.compile(lambda x: [np.outer(table, x * i) for i, table in enumerate(tables)]).trace(np.ones(2))
    assert compiled.source.count("np.array(") == 3
    known = {"np": np}
    exec(compiled.source, known)
    for i, (found, table) in enumerate(zip(known["step"](np.ones(2)), tables, strict=True)):
        assert np.array_equal(found, np.outer(table, np.ones(2) * i))


# --- memory ----------------------------------------------------------------------------------------------------------


VIEWS = {
    "rot90": lambda x: np.rot90(np.exp(x)),
    "flip": lambda x: np.flip(np.exp(x)),
    "split": lambda x: np.split(np.exp(x), 2)[1],
    "transpose": lambda x: np.exp(x).T,
    "diagonal": lambda x: np.diagonal(np.exp(x)),
    "moveaxis": lambda x: np.moveaxis(np.exp(x), 0, 1),
    "swapaxes": lambda x: np.swapaxes(np.exp(x), 0, 1),
    "getitem": lambda x: np.exp(x)[::-1],
    "broadcast_to": lambda x: np.broadcast_to(np.exp(x), (2, 4, 4))[1],
    "atleast_3d": lambda x: np.atleast_3d(np.exp(x))[:, :, 0],
    "ravel": lambda x: np.ravel(np.exp(x)).reshape(4, 4),
}


@pytest.mark.parametrize("name", VIEWS)
def test_memory_that_a_view_shows_is_not_used_again(name):
    def function(x):
        part = VIEWS[name](x)
        later = [np.sin(x + float(i)) for i in range(4)]
        return (part * 2.0 + sum(later).sum()).sum() if part.ndim == 1 else part + sum(later).sum()

    x = np.random.default_rng(0).random((4, 4))
    compiled = ma.compile(lambda x: function(Value(x)), backend="numpy")
    for scale in (1.0, 2.0):
        assert np.array_equal(compiled(x * scale).data, function(Value(x * scale)).data)


def test_what_leaves_a_program_is_not_written_over_by_the_next_run():
    compiled = ma.compile(lambda x: (np.exp(Value(x)).T, np.sin(Value(x))), backend="numpy")
    first = [y.data.copy() for y in compiled(np.ones((2, 3)))]
    kept = compiled(np.ones((2, 3)))
    compiled(np.zeros((2, 3)))
    assert [np.array_equal(a.data, b) for a, b in zip(kept, first, strict=True)] == [True, True]


def test_gradients_are_arrays_of_their_own():
    v, w = Value([1.0, 2.0]), Value([3.0, 4.0])

    @ma.compile
    def step(x):
        v.grad = w.grad = None
        loss = ((v + w) * x).sum()
        loss.backward()
        return loss

    step(np.ones(2))
    v.grad += 5.0
    assert w.grad.tolist() == [1.0, 1.0]


def test_a_parameter_set_to_an_argument_does_not_follow_the_argument():
    p = Value([1.0, 2.0])

    @ma.compile
    def step(x):
        p.data = x
        return (p * p).sum()

    x = np.array([3.0, 4.0])
    step(x)
    x[0] = 100.0
    assert p.data.tolist() == [3.0, 4.0]


def test_a_refused_call_puts_everything_back():
    kept = {"last": 0.5, "all": []}
    state = type("State", (), {})()
    state.number = 1.0
    count = 3

    def step(x):
        nonlocal count
        loss = Value(x).sum()
        kept["last"], count, state.number = loss, count + 1, loss
        kept["all"].append(loss)
        return loss

    with pytest.raises(ma.CompileError):
        ma.compile(step)(np.ones(2))
    assert kept == {"last": 0.5, "all": []}
    assert count == 3
    assert vars(state) == {"number": 1.0}


# --- what cannot be said natively ------------------------------------------------------------------------------------


def test_auto_falls_back_where_native_code_cannot_be_made(monkeypatch):
    from microae.compiler import running

    monkeypatch.setattr(running, "NATIVE", 0.0)  # every training would be native
    w = Value(np.linspace(0.5, 1.0, 40))
    optimizer = ma.SGD([w], lr=1e-4)

    @ma.compile
    def step(x):
        optimizer.zero_grad()
        loss = (np.sinc(w * x) ** 2).sum()
        loss.backward()
        optimizer.step()
        return loss

    history = step.run(np.random.default_rng(0).random((300, 40)) + 0.5, epochs=3, batch_size=20, seed=0)
    assert history.backend == "numpy"
    assert history.loss[-1] < history.loss[0]


def test_run_needs_a_step_that_returns_its_loss():
    p = Value([1.0, 2.0])

    @ma.compile
    def step(x):
        return p * x, (p + x).sum()

    with pytest.raises(TypeError, match="loss"):
        step.run(np.ones((4, 2)), epochs=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_choice_between_many_numbers_is_that_of_where_bit_for_bit(dtype):
    x = np.random.default_rng(0).normal(size=(40, 30)).astype(dtype)
    x[0, :4] = np.inf, -np.inf, -0.0, 0.0  # and no NaN, for that is left to an ordinary step

    def choices(x):
        pairs = (2.0 * x, x), (x, 2.0 * x), (1.0, x), (x, 0.0), (x[:1], 3.0 * x)
        return [-np.where(x > 0.0, a, b) for a, b in pairs]

    assert bits(ma.compile(choices, backend="numpy")(x)) == bits(choices(x))


def test_what_has_no_name_is_numbered_whatever_others_are_called():
    x = Value([1.0, 2.0])

    def step(k):
        for _ in range(2):
            k = ma.tanh(x * k)
            k.label = "turned"
        k = ma.exp(k)
        return k * (k + 1.0)

    text = ma.compile(step).trace([1.0, 2.0]).source
    assert re.findall(r"^ +(t\w*) = ", text, re.MULTILINE) == ["turned", "turned_2", "t1"]


def adam_with_clipping(net):
    optimizer = ma.Adam(net.parameters(), lr=0.01)

    def clipped(x):
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        ma.optim.clip_grad_norm(net.parameters(), 0.1)
        optimizer.step()
        return loss

    return clipped


def dropout():
    net = ma.Sequential(ma.Linear(3, 4, seed=0), ma.Dropout(0.25, seed=1), ma.Linear(4, 3, seed=2))
    return lambda x: ma.gradients(((net(x) - x) ** 2).mean(), net.parameters())


def paper():
    return ma.Autoencoder([3, 4, 3], seed=0)


ALONE = {
    "the paper's step": lambda: train_step(net := paper(), ma.SGD(net.parameters(), lr=0.01)),
    "Adam with clipping": lambda: adam_with_clipping(paper()),
    "dropout": dropout,
    "a Hessian": lambda: lambda x: ma.hessian(lambda v: (ma.tanh(v) ** 3).sum(), x[0]),
    "a reconstruction": lambda: paper().reconstruct,
}

RUN = """
import pickle, runpy, sys
given = pickle.load(sys.stdin.buffer)
found = [runpy.run_path(path)[name](*arrays) for path, name, arrays in given]
assert "microae" not in sys.modules
pickle.dump(found, sys.stdout.buffer)
"""


@pytest.mark.slow
def test_the_text_is_a_file_that_needs_numpy_only(tmp_path):
    x = np.random.default_rng(0).random((4, 3))
    given, right = [], []
    for i, make in enumerate(ALONE.values()):
        compiled = ma.compile(make()).trace(x)
        step = compiled._entry().step
        (tmp_path / f"{i}.py").write_text(compiled.source, encoding="utf-8")
        (name,) = re.findall(r"^def (\w+)", compiled.source, re.MULTILINE)
        given.append((str(tmp_path / f"{i}.py"), name, [step.reads[term]([x]) for term in compiled.program.inputs]))
        right.append(outputs(step.traced, dict(zip(compiled.program.inputs, given[-1][2], strict=True))))
    done = subprocess.run([sys.executable, "-c", RUN], input=pickle.dumps(given), capture_output=True, check=True)
    assert [bits(found) for found in pickle.loads(done.stdout)] == right
