"""Loops of many steps: what they ask once for all samples, where they stop, and what they write over."""

from __future__ import annotations

import numpy as np
import pytest

import microae as ma
from microae.compiler.backends import loops
from microae.compiler.backends import numpy as numpy_backend
from microae.compiler.loop import Plan, conditions_met, without_conditions
from microae.compiler.program import Program

X = np.random.default_rng(0).random((12, 5))
BACKENDS = ["numpy", "python", "numba", "jax"]


def training(optimizer_of=lambda p: ma.SGD(p, lr=0.5), backend="numpy", **options):
    net = ma.Autoencoder([5, 4, 5], seed=0, **options)
    optimizer = optimizer_of(net.parameters())

    @ma.compile(backend=backend)
    def step(x):
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        optimizer.step()
        return loss

    return step, net


def traced(samples=3) -> tuple[Program, Plan]:
    step, _ = training()
    step(X[:samples])
    return step.program, Plan.of(step.program)


def test_a_condition_on_each_sample_is_asked_once_for_all():
    program, plan = traced()
    assert len(program.conditions) == 1
    assert conditions_met(program, plan, [X]) == set(program.conditions)
    assert conditions_met(program, plan, [X * 1.5]) == set()
    without = without_conditions(program, frozenset(program.conditions))
    assert not without.conditions
    assert len(without.calls) == len(program.calls) - 4  # x >= 0, x <= 1, both, of all


def test_a_condition_on_what_is_computed_is_asked_at_each_step():
    @ma.compile(backend="numpy")
    def of_a_parameter(x):
        w.grad = None
        loss = ma.binary_cross_entropy(x * w, x)
        loss.backward()
        return loss

    w = ma.Value(0.5)
    of_a_parameter(X[:3])
    program = of_a_parameter.program
    met = conditions_met(program, Plan.of(program), [X])
    assert len(met) == len(program.conditions) - 1  # the target lies in [0, 1]; whether the prediction does, w says


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_sample_out_of_range_is_refused_in_a_second_run_too(backend):
    step, net = training(backend=backend)
    data = X.copy()
    step.run(data, epochs=2, batch_size=3, seed=0)
    before = [p.numpy() for p in net.parameters()]
    data[7, 2] = 1.5
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        step.run(data, epochs=1, batch_size=12, seed=0)
    for p, old in zip(net.parameters(), before, strict=True):
        assert np.array_equal(p.data, old)


def growing(x, w, target=lambda x: x):
    return ma.binary_cross_entropy(0.1 * x + w, target(x))


def ends(objective, data, backend, optimizer_of=lambda p: ma.SGD(p, lr=0.5), start=0.05):
    """What a training of one parameter on sample after sample comes to: its parameter, and the message if it fails."""
    w = ma.Value([start])
    optimizer = optimizer_of([w])

    def step(x):
        optimizer.zero_grad()
        loss = objective(x, w)
        loss.backward()
        optimizer.step()
        return loss

    message = ""
    with np.errstate(all="ignore"):
        try:
            if backend is None:
                for i in range(len(data)):
                    step(data[i : i + 1])
            else:
                ma.compile(step, backend=backend).run(data, epochs=1, batch_size=1, shuffle=False)
        except ValueError as error:
            message = str(error)
    return w.item(), message


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_condition_on_a_parameter_stops_the_step_that_it_no_longer_holds_in(backend):
    """With what the steps before it have come to."""
    data = np.full((30, 1), 0.9)
    eager = ends(growing, data, None)
    assert "must lie in" in eager[1]
    assert ends(growing, data, backend) == (pytest.approx(eager[0], rel=1e-12), eager[1])


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_a_condition_on_a_batch_is_no_condition_on_all_samples(backend):
    """On the first of each."""
    data = np.array([[0.2, 0.2], [0.2, 0.2], [0.9, 0.1], [0.2, 0.2]])
    objective = lambda x, w: ma.binary_cross_entropy(0.1 * x[0] + w, 1.2 * x[0])
    slow = lambda p: ma.SGD(p, lr=0.01)
    eager = ends(objective, data, None, slow)
    assert "must lie in" in eager[1]
    assert ends(objective, data, backend, slow) == (pytest.approx(eager[0], rel=1e-12), eager[1])


class Washing(ma.SGD):
    """Forgets a momentum that is NaN."""

    state_names = ("momentum",)

    def init_state(self, p):
        return (np.zeros_like(p),)

    def update(self, p, g, state, lr, step):
        m = np.where(np.isnan(state[0]), 7.0, 0.9 * state[0] + g)
        return p - lr * np.nan_to_num(m), (m,)


@pytest.mark.parametrize(
    ("backend", "kind"), [*((name, ma.SGD) for name in ("numpy", "numba", "jax")), ("numpy", Washing), ("jax", Washing)]
)
@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_nan_that_the_ordinary_step_masks_is_masked_in_a_loop(place, backend, kind):
    """Where the last step has it, and where the next forgets it."""
    optimizer_of = lambda p: kind(p, lr=0.1)
    data = np.full((4, 1), 0.5)
    data[place] = -0.5
    objective = lambda x, w: ma.where(x > 0, np.sqrt(np.maximum(x, 0.0) * w), 0.1 * w).sum()
    eager = ends(objective, data, None, optimizer_of, start=1.0)
    assert np.isfinite(eager[0])
    assert ends(objective, data, backend, optimizer_of, start=1.0) == (pytest.approx(eager[0], rel=1e-12), "")


def test_samples_that_someone_changes_between_epochs_are_looked_at_again():
    step, _ = training()
    data = X.copy()
    repeated = step.training([data], 2, 3, None)
    repeated.advance(1)
    data[7, 2] = 1.5
    with pytest.raises(ValueError, match="must lie in"):
        repeated.advance(1)


@pytest.mark.parametrize("backend", BACKENDS)
def test_training_stops_where_a_parameter_becomes_nan(backend):
    """Not at the end: weights that went to infinity in one step are NaN in the next."""
    data = np.full((8, 5), 0.5)
    ends = []
    for name in ("eager", backend):
        net = ma.Autoencoder([5, 4, 5], seed=0, activation="tanh", loss="mse", output="linear")
        with pytest.raises(FloatingPointError) as stopped, np.errstate(all="ignore"):
            ma.fit(net, data, ma.SGD(net.parameters(), lr=1e200), epochs=50, batch_size=4, seed=0, progress=False,
                   backend=name)  # fmt: skip
        ends.append((str(stopped.value), [p.numpy() for p in net.parameters()]))
    assert ends[0][0] == ends[1][0]
    for ours, theirs in zip(ends[1][1], ends[0][1], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10)


def test_the_loop_writes_over_nothing_that_somebody_else_holds():
    step, net = training()
    held = [p.data for p in net.parameters()]
    copies = [np.array(p) for p in held]
    step.run(X, epochs=3, batch_size=3, seed=0)
    for p, copy, now in zip(held, copies, net.parameters(), strict=True):
        assert np.array_equal(p, copy)
        assert not np.array_equal(now.data, copy)
    after = [np.array(p.data) for p in net.parameters()]
    kept = [p.data for p in net.parameters()]
    step.run(X, epochs=1, batch_size=3, seed=0)
    for p, copy in zip(kept, after, strict=True):
        assert np.array_equal(p, copy)


def test_memory_of_an_update_that_is_read_later_is_its_own():
    program, plan = traced()
    (W1, W2), text = [t for t in program.updates if t.ndim == 2], numpy_backend._Text(program, in_loop=True)
    name = {term: f"x{i}" for i, term in enumerate(program.inputs)}
    assert f"{name[W1]} = np.subtract({name[W1]}, " in text.loop(plan, careful=False)
    program.updates[W2] = program.updates[W1].args[0]  # W2 becomes the old W1
    text = numpy_backend._Text(program, in_loop=True)
    assert f"{name[W1]} = np.subtract(" not in text.loop(plan, careful=False)


def test_native_loops_hold_two_arrays_of_a_wide_batch():
    net = ma.Autoencoder([90, 8, 90], seed=0)
    optimizer = ma.SGD(net.parameters(), lr=0.5)

    @ma.compile(backend="numba")
    def step(x):
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        optimizer.step()
        return loss

    step(np.full((7, 90), 0.5))
    text, _ = loops.source(step.program, Plan.of(step.program), careful=False)
    assert text.count("np.empty((7, 90,)") == 2  # the samples; the outputs, over which their gradients are written


SHARING = {
    "read by a product later": lambda x, w, z: (
        (z * z).mean() + (z.T @ x).mean() + np.logaddexp(z, 0.3).mean() + ((z * z) * (z @ w.T @ w)).mean()
    ),
    "two of one array": lambda x, w, z: ((z + 1.0) * (z - 1.0)).mean() + (ma.tanh(z).T @ ma.exp(-z * z)).mean(),
    "a parameter read after its update is known": lambda x, w, z: (
        (w * 3.0).sum() + (w.detach() * 2.0).sum() + ((x @ np.ones((40, 7))) * w.detach()[:1, :]).mean()
    ),
    "elements that are moved": lambda x, w, z: (
        (ma.concatenate([z[:, ::2], z[:, [1, 1]]], axis=1).reshape(-1)[3:15] ** 2).sum()
        + ma.max(z, axis=1).mean()
        + np.transpose(z.reshape(3, 7, 1) * z.reshape(3, 1, 7), (2, 0, 1)).mean(axis=(0, 2)).sum() ** 2
        + (np.mean(x, axis=0, keepdims=True) @ w).sum() ** 3
        + ma.clip(z, -0.2, 0.5).sum(axis=0, keepdims=True).min()
    ),
    "a sum that scales what it is of": lambda x, w, z: (z * (z * z).mean()).mean(),
}


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("kind", SHARING)
def test_memory_is_used_again_only_when_nobody_reads_it(kind, backend):
    data = np.random.default_rng(1).random((9, 40))

    def weights(backend):
        w = ma.Value(np.linspace(-0.3, 0.3, 280).reshape(40, 7))
        optimizer = ma.SGD([w], lr=0.01)

        def step(x):
            optimizer.zero_grad()
            loss = SHARING[kind](x, w, x @ w)
            loss.backward()
            optimizer.step()
            return loss

        if backend is None:
            losses = [step(data[i : i + 3]).item() for i in (0, 3, 6)]
            return sum(losses) / 3, w.numpy()
        history = ma.compile(step, backend=backend).run(data, epochs=1, batch_size=3, shuffle=False)
        assert history.backend == backend
        return history.loss[0], w.numpy()

    (loss, w), (eager_loss, eager_w) = weights(backend), weights(None)
    assert loss == pytest.approx(eager_loss, rel=1e-12)
    np.testing.assert_allclose(w, eager_w, rtol=1e-12, atol=1e-14)


CHOICES = {
    **{f"slope {a:g}": lambda z, a=a: ma.where(z > 0, z, a * z) for a in (0.01, 1.0, 2.0, -0.5)},
    "of another": lambda z: ma.where(z > 0, 1.0 - z, 0.01 * z),
    "by another": lambda z: ma.where(1.0 - z > 0, z, 0.01 * z),
}


def trained(f, backend):
    """Three steps on the loss ``f`` of ``x w``: the weights."""
    w = ma.Value(np.linspace(-1.0, 1.0, 5))
    optimizer = ma.SGD([w], lr=0.1)

    def step(x):
        optimizer.zero_grad()
        z = x * w
        loss = (z * f(z)).mean()
        loss.backward()
        optimizer.step()
        return loss

    data = 3.0 * X[:3]
    if backend is None:
        for i in range(3):
            step(data[i : i + 1])
    else:
        ma.compile(step, backend=backend).run(data, epochs=1, batch_size=1, shuffle=False)
    return w.numpy()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("choice", CHOICES)
def test_a_leaky_choice_is_the_larger_of_two_only_where_it_is(choice, backend):
    np.testing.assert_allclose(trained(CHOICES[choice], backend), trained(CHOICES[choice], None), rtol=1e-12)


def test_log1p_of_no_fraction_is_an_ordinary_one():
    """Of exp(x) itself, which may be more than 1."""
    f = lambda z: np.log1p(np.exp(4.0 * z))
    np.testing.assert_allclose(trained(f, "numba"), trained(f, None), rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_gelu_trains_natively(dtype):
    data = np.random.default_rng(0).random((24, 20)).astype(dtype)
    losses = []
    for backend in ("eager", "numba"):
        net = ma.Autoencoder([20, 30, 20], "gelu", seed=0, dtype=dtype)
        history = ma.fit(net, data, ma.SGD(net.parameters(), lr=0.5), epochs=3, batch_size=7, seed=0, progress=False,
                         backend=backend)  # fmt: skip
        losses.append(history.loss)
    assert losses[1] == pytest.approx(losses[0], rel={np.float64: 1e-12, np.float32: 1e-5}[dtype])
