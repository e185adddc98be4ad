"""``fit`` and ``run`` by a compiled step: the orders, noise, losses and weights of the ordinary training."""

import numpy as np
import pytest

import microae as ma

X = np.random.default_rng(0).random((10, 5))
BACKENDS = ["numpy", "python", "numba", "jax"]


def network(**options):
    net = ma.Autoencoder([5, 4, 5], seed=0, activation="tanh", **options)
    return net, ma.Adam(net.parameters(), lr=0.01)


def fitted(backend, batch_size=3, epochs=6, target=None, **options):
    net, optimizer = network(**options)
    history = ma.fit(
        net, X, optimizer, epochs=epochs, batch_size=batch_size, seed=1, target=target, progress=False, backend=backend
    )
    return net, optimizer, history


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("batch_size", [1, 3, 5, 10, 64])
@pytest.mark.parametrize("options", [{}, {"noise": 0.1, "dropout": 0.25}], ids=["plain", "random"])
def test_a_compiled_training_is_the_ordinary_one(options, batch_size, backend):
    net, optimizer, history = fitted("eager", batch_size, **options)
    other, its_optimizer, its_history = fitted(backend, batch_size, **options)
    assert its_history.backend == backend
    assert history.backend == "eager"
    assert its_history.loss == pytest.approx(history.loss, rel=1e-12)
    for p, q in zip(net.parameters(), other.parameters(), strict=True):
        assert q.data == pytest.approx(p.data, rel=1e-12, abs=1e-13)
    assert its_optimizer.steps == optimizer.steps


@pytest.mark.parametrize("backend", BACKENDS)
def test_with_a_target_and_a_loss(backend):
    target = X[::-1].copy()
    histories = []
    for name in ("eager", backend):
        net, optimizer = network()
        histories.append(
            ma.fit(
                net, X, optimizer, epochs=5, batch_size=4, seed=1, target=target, loss=ma.mean_squared_error,
                progress=False, backend=name, validation=(X[:3], target[:3]),
            )
        )  # fmt: skip
    assert histories[1].loss == pytest.approx(histories[0].loss, rel=1e-12)
    assert histories[1].validation_loss == pytest.approx(histories[0].validation_loss, rel=1e-12)
    assert histories[1].trajectory.epochs == histories[0].trajectory.epochs


def test_the_paper_s_training_ends_in_the_same_weights():
    """16,000 steps on the eight vectors of the paper, smooth, so that nothing can flip."""
    vectors = np.array([[(i >> k) & 1 for k in range(3)] for i in range(8)], float)
    ends = []
    for backend in ("eager", *BACKENDS):
        net = ma.Autoencoder([3, 4, 3], seed=0, activation="sigmoid")
        ma.fit(net, vectors, ma.SGD(net.parameters(), lr=0.5), epochs=2000, batch_size=1, seed=0, progress=False,
               record=False, backend=backend)  # fmt: skip
        ends.append(np.concatenate([p.data.ravel() for p in net.parameters()]))
    for end in ends[1:]:
        assert end == pytest.approx(ends[0], rel=1e-12)


def test_auto_leaves_a_short_training_to_ordinary_steps_and_says_what_ran():
    assert fitted("auto")[2].backend == "eager"
    assert fitted("auto", 1, epochs=200)[2].backend == "python"


def test_auto_takes_ordinary_steps_where_nothing_can_be_compiled():
    net, optimizer = network()
    loss = lambda prediction, target: ma.mean_squared_error(prediction, target) * (1.0 + 0.0 * float(target[0, 0]))
    history = ma.fit(
        net, X, optimizer, epochs=200, batch_size=1, seed=1, loss=loss, progress=False, backend="auto", record=False
    )
    assert history.backend == "eager"
    with pytest.raises(ma.CompileError):
        ma.fit(net, X, optimizer, epochs=1, batch_size=1, loss=loss, progress=False, backend="numpy")


class Choosing(ma.Module):
    """Asks for a number, which no program does, where it is ``hard`` and a batch is ``small``."""

    def __init__(self, hard=False, small=10, factor=0.5):
        self.encode, self.decode, self.drop = ma.Linear(5, 4, seed=0), ma.Linear(4, 5, seed=1), ma.Dropout(0.1, seed=2)
        self.hard, self.small, self.factor = hard, small, factor

    def forward(self, x):
        hidden = self.drop(np.tanh(self.encode(x)))
        if self.hard and len(x) <= self.small and float(np.abs(hidden.data).max()) > 0.1:
            hidden = hidden * self.factor
        return self.decode(hidden)


def chosen(backend, net, batch_size, **options):
    optimizer = ma.Adam(net.parameters(), lr=0.01)
    history = ma.fit(
        net, X, optimizer, epochs=200, batch_size=batch_size, seed=1, progress=False, backend=backend,
        record=False, **{"loss": "mse"} | options,
    )  # fmt: skip
    return history, [*[p.numpy() for p in net.parameters()], *[p.grad for p in net.parameters()]]


def as_eager(trainings):
    (eager, its_arrays), (auto, arrays) = trainings
    assert auto.epochs == len(auto.seconds) == 200
    assert auto.backend == "eager"
    assert auto.loss == pytest.approx(eager.loss, rel=1e-12)
    for p, q in zip(arrays, its_arrays, strict=True):
        assert p == pytest.approx(q, rel=1e-9, abs=1e-13)
    assert auto.generator.bit_generator.state == eager.generator.bit_generator.state


@pytest.mark.slow
@pytest.mark.parametrize("batch_size", [1, 3])
def test_auto_goes_over_to_ordinary_steps_where_a_callback_makes_the_step_one_that_cannot_be_compiled(batch_size):
    trainings = []
    for backend in ("eager", "auto"):
        net, ran = Choosing(), []

        def harder(history, net=net, ran=ran):
            net.hard = history.epochs >= 50
            ran.append(history.backend)

        trainings.append(chosen(backend, net, batch_size, callbacks=harder))
    assert "eager" not in ran[:50]
    assert ran[50:] == ["eager"] * 150
    as_eager(trainings)


@pytest.mark.slow
def test_auto_goes_over_to_ordinary_steps_at_an_uneven_last_batch_that_cannot_be_compiled():
    as_eager([chosen(backend, Choosing(hard=True, small=3), 4) for backend in ("eager", "auto")])
    with pytest.raises(ma.CompileError, match="a Python number is made"):
        chosen("numpy", Choosing(hard=True, small=3), 4)


@pytest.mark.slow
@pytest.mark.parametrize("calls", [60, 301])
def test_auto_goes_over_to_ordinary_steps_within_epochs_that_nobody_looks_at(calls, tmp_path):
    def training(backend):
        net, log = Choosing(small=3, factor=1.0), tmp_path / backend
        log.touch()

        @ma.operation(symbol="counted")
        def counted(x):
            """The program calls it as a whole, for it chooses by numbers; a file is not compared."""
            if float(x.flat[0]) > -1.0:
                with log.open("a") as file:
                    file.write("x")
                    net.hard = file.tell() >= calls
            return x * 1.0

        counted.vjps = (lambda g, out, x: g,)
        try:
            return chosen(backend, net, 4, loss=lambda y, target: ma.mean_squared_error(counted(y), target))
        finally:
            ma.operations.remove("counted")

    as_eager([training("eager"), training("auto")])


@pytest.mark.slow
def test_auto_leaves_a_loss_that_no_step_computes_to_ordinary_steps():
    losses = []
    for backend in ("eager", "auto"):
        with pytest.warns(UserWarning, match="no parameter has a gradient"):
            history, _ = chosen(backend, Choosing(), 1, loss=lambda prediction, target: ma.Value(2.0))
        losses.append(history.loss)
    assert history.backend == "eager"
    assert losses[0] == losses[1]


@pytest.mark.parametrize("backend", ["eager", *BACKENDS])
def test_a_training_that_diverges_says_so_and_keeps_its_epochs(backend):
    net = ma.Autoencoder([5, 4, 5], seed=0, output="linear", activation="linear")
    optimizer = ma.SGD(net.parameters(), lr=1e3)
    history = ma.History()
    with pytest.raises(FloatingPointError, match=r"fit: .* epoch \d+"):
        ma.fit(net, X, optimizer, epochs=500, batch_size=5, seed=0, progress=False, history=history, backend=backend)
    assert 0 < history.epochs < 500
    assert len(history.seconds) == history.epochs


@pytest.mark.parametrize("backend", [*BACKENDS, "auto"])
@pytest.mark.parametrize("frozen", [True, False])
def test_callbacks_find_the_gradients_of_an_epoch_s_last_step_also_of_parameters_that_are_not_trained(frozen, backend):
    found = []
    for name in ("eager", backend):
        net, _ = network()
        optimizer = ma.Adam((net.decoder if frozen else net).parameters(), lr=0.01)
        norms = []
        note = lambda history, net=net, norms=norms: norms.append([np.linalg.norm(p.grad) for p in net.parameters()])
        options = {"epochs": 60, "batch_size": 1, "seed": 1, "progress": False, "record": False, "backend": name}
        ma.fit(net, X, optimizer, callbacks=note, **options)
        ma.fit(net, X, optimizer, **options)
        found.append((norms, [p.grad for p in net.parameters()]))
    for norms, gradients in found[1:]:
        assert np.array(norms) == pytest.approx(np.array(found[0][0]), rel=1e-9)
        for p, q in zip(gradients, found[0][1], strict=True):
            assert p == pytest.approx(q, rel=1e-9, abs=1e-15)


def test_callbacks_that_look_at_updates_need_ordinary_steps():
    class Watching:
        def __call__(self, history):
            return None

        def before_update(self):
            return None

    net, optimizer = network()
    options = {"epochs": 100, "batch_size": 1, "callbacks": [Watching()], "progress": False}
    with pytest.raises(ValueError, match="backend='eager'"):
        ma.fit(net, X, optimizer, **options, backend="numpy")
    assert ma.fit(net, X, optimizer, **options, backend="auto").backend == "eager"


def test_an_unknown_backend_is_refused():
    net, optimizer = network()
    with pytest.raises(ValueError, match="'fortran' is not known"):
        ma.fit(net, X, optimizer, epochs=1, batch_size=1, progress=False, backend="fortran")


@pytest.mark.parametrize("shuffle", [True, False])
def test_run_takes_the_samples_in_their_order_or_in_that_of_fit(shuffle):
    net, optimizer = network()

    @ma.compile
    def step(x):
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        optimizer.step()
        return loss

    other, its_optimizer = network()
    losses = []
    rng = np.random.default_rng(7)
    for _ in range(4):
        order = rng.permutation(10) if shuffle else np.arange(10)
        total = 0.0
        for start in range(0, 10, 3):
            batch = X[order[start : start + 3]]
            its_optimizer.zero_grad()
            loss = other.loss(batch)
            loss.backward()
            its_optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / 10)
    history = step.run(X, epochs=4, batch_size=3, seed=7, shuffle=shuffle)
    assert history.loss == pytest.approx(losses, rel=1e-12)
    assert step(X[0]).data == pytest.approx(other.loss(X[0]).data, rel=1e-12)
