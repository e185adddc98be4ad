"""Compiled trainings beside C++, hand-written NumPy, JAX and PyTorch by hand and matrix products alone, in one run.

    taskset -c 0 python tests/benchmarks/compiled.py              # all rows; or some:
    taskset -c 0 python tests/benchmarks/compiled.py paper 64-32-64-float32

What is timed is ``step.run`` with all that it does: orders, losses, history. Needs a C++ compiler (``CXX``) for the
first row, and numba, JAX and PyTorch for theirs; rows whose peer is missing say so.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np  # noqa: E402 (after the number of threads)

import microae as ma  # noqa: E402

HERE = Path(__file__).parent
ROUNDS = 9
BINARY = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], float)


def interleaved(forms: dict[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Microseconds a step of each form, taken in turns."""
    times: dict[str, list[float]] = {name: [] for name in forms}
    for _ in range(ROUNDS):
        for name, form in forms.items():
            times[name].append(form())
    return times


def say(what: str, times: dict[str, list[float]], ours: str, theirs: str, asked: str) -> None:
    """Print the ratio of two forms, or that one is missing."""
    if theirs not in times:
        print(f"{what}: {theirs} is not here")
        return
    ratios = sorted(a / b for a, b in zip(times[ours], times[theirs], strict=True))
    low, middle, high = ratios[len(ratios) // 4], statistics.median(ratios), ratios[-1 - len(ratios) // 4]
    ours_us, theirs_us = statistics.median(times[ours]), statistics.median(times[theirs])
    print(f"{what:52} {ours_us:10.3f} {theirs_us:10.3f}   {middle:5.2f} ({low:.2f} to {high:.2f})   asked {asked}")


def training(
    layers: list[int], data: np.ndarray, batch: int, backend: str, epochs: int, warm: int = 0
) -> Callable[[], float]:
    """Microseconds a step of ``run``, after so many epochs, by default an eighth of those that are timed."""
    net = ma.Autoencoder(layers, seed=0, dtype=data.dtype)
    optimizer = ma.SGD(net.parameters(), lr=0.01)

    @ma.compile(backend=backend)
    def train_step(x):  # type: ignore[no-untyped-def]
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        optimizer.step()
        return loss

    steps = epochs * -(-len(data) // batch)
    train_step.run(data, epochs=warm or max(1, epochs // 8), batch_size=batch, seed=0)

    def timed() -> float:
        start = time.perf_counter()
        train_step.run(data, epochs=epochs, batch_size=batch, seed=0)
        return (time.perf_counter() - start) / steps * 1e6

    return timed


def cpp(steps: int) -> Callable[[], float] | None:
    compiler = shutil.which(os.environ.get("CXX", "g++"))
    if compiler is None:
        return None
    program = Path(tempfile.mkdtemp()) / "paper"
    subprocess.run([compiler, "-O3", "-march=native", str(HERE / "paper.cpp"), "-o", str(program)], check=True)
    net = ma.Autoencoder([3, 4, 3], seed=0)
    numbers = np.concatenate([p.data.ravel() for p in net.parameters()] + [BINARY.ravel()])
    text = "\n".join(map(repr, map(float, numbers)))

    def timed() -> float:
        run = subprocess.run([program, str(steps), "0.2"], input=text, text=True, capture_output=True, check=True)
        return float(run.stdout.split()[0])

    return timed


def by_hand(layers: list[int], data: np.ndarray, batch: int, steps: int) -> Callable[[], float]:
    """The step in hand-written NumPy that computes in memory made beforehand."""
    n, m, _ = layers
    net = ma.Autoencoder(layers, seed=0, dtype=data.dtype)
    W1, b1, W2, b2 = (p.numpy() for p in net.parameters())
    dtype, dot = data.dtype, np.dot
    z, h, o, e, y = (np.empty((batch, k), dtype) for k in (m, m, n, n, n))
    g, s = np.empty((batch, m), dtype), np.empty((batch, m), dtype)
    dW1, dW2, ones = np.empty_like(W1), np.empty_like(W2), np.ones(batch, dtype)
    db1, db2, rate = np.empty_like(b1), np.empty_like(b2), dtype.type(0.01)

    def step(x: np.ndarray) -> float:
        dot(x, W1, z)
        np.add(z, b1, z)
        np.multiply(z, dtype.type(0.01), s)
        np.maximum(z, s, out=h)
        dot(h, W2, o)
        np.add(o, b2, o)
        np.abs(o, e)
        np.negative(e, e)
        np.exp(e, e)
        np.multiply(x, o, y)
        np.subtract(np.maximum(o, 0), y, y)
        loss = (y.sum() + np.log1p(e).sum()) / x.size
        np.divide(np.where(o >= 0, dtype.type(1.0), e), 1 + e, y)
        np.subtract(y, x, y)
        np.multiply(y, dtype.type(1.0 / x.size), y)
        dot(y, W2.T, g)
        dot(h.T, y, dW2)
        np.multiply(g, np.where(z > 0, dtype.type(1.0), dtype.type(0.01)), g)
        dot(x.T, g, dW1)
        dot(ones, y, db2)
        dot(ones, g, db1)
        for p, d in ((W1, dW1), (b1, db1), (W2, dW2), (b2, db2)):
            np.multiply(d, rate, d)
            np.subtract(p, d, p)
        return float(loss)

    rng = np.random.default_rng(0)

    def timed() -> float:
        start, done = time.perf_counter(), 0
        while done < steps:
            order = rng.permutation(len(data))
            for i in range(0, len(data), batch):
                step(data[order[i : i + batch]])
                done += 1
        return (time.perf_counter() - start) / done * 1e6

    return timed


def products(layers: list[int], data: np.ndarray, batch: int, steps: int) -> Callable[[], float]:
    """The five matrix products of a step, and nothing else."""
    n, m, _ = layers
    rng = np.random.default_rng(0)
    x, h, y, g, W1, W2 = (
        rng.random(shape).astype(data.dtype)
        for shape in ((batch, n), (batch, m), (batch, n), (batch, m), (n, m), (m, n))
    )
    a, b, c = np.empty_like(h), np.empty_like(y), np.empty_like(g)
    d, e = np.empty_like(W1), np.empty_like(W2)

    def timed() -> float:
        start = time.perf_counter()
        for _ in range(steps):
            np.dot(x, W1, a)
            np.dot(h, W2, b)
            np.dot(y, W2.T, c)
            np.dot(h.T, y, e)
            np.dot(x.T, g, d)
        return (time.perf_counter() - start) / steps * 1e6

    return timed


def jax_training(layers: list[int], data: np.ndarray) -> tuple[Callable[..., Any], Any]:
    """The training as one ``lax.scan``, as one writes it in JAX: a function of parameters and index; the parameters."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", data.dtype == np.float64)
    net = ma.Autoencoder(layers, seed=0, dtype=data.dtype)
    start_at = tuple(jnp.asarray(p.numpy()) for p in net.parameters())
    table = jnp.asarray(data)

    def loss_of(parameters, x):  # type: ignore[no-untyped-def]
        W1, b1, W2, b2 = parameters
        z = x @ W1 + b1
        o = jnp.where(z > 0, z, 0.01 * z) @ W2 + b2
        return jnp.mean(jnp.maximum(o, 0) - x * o + jnp.log1p(jnp.exp(-jnp.abs(o))))

    def step(parameters, rows):  # type: ignore[no-untyped-def]
        loss, slopes = jax.value_and_grad(loss_of)(parameters, table[rows])
        return tuple(p - 0.01 * g for p, g in zip(parameters, slopes, strict=True)), loss

    return jax.jit(lambda parameters, index: jax.lax.scan(step, parameters, index)), start_at


def jax_scan(layers: list[int], data: np.ndarray, batch: int, epochs: int) -> Callable[[], float] | None:
    """Microseconds a step of that."""
    try:
        import jax
    except ImportError:
        return None
    import jax.numpy as jnp

    train, start_at = jax_training(layers, data)
    rng = np.random.default_rng(0)
    index = rng.permuted(np.tile(np.arange(len(data)), (epochs, 1)), axis=1)
    index = jnp.asarray(index[:, : len(data) // batch * batch].reshape(-1, batch))
    jax.block_until_ready(train(start_at, index))

    def timed() -> float:
        start = time.perf_counter()
        jax.block_until_ready(train(start_at, index))
        return (time.perf_counter() - start) / len(index) * 1e6

    return timed


def torch_trainings(layers: list[int], data: np.ndarray, batch: int, steps: int) -> dict[str, Callable[[], float]]:
    """Microseconds a step of PyTorch's modules, loss and optimiser, and of the same by ``torch.compile``."""
    try:
        import torch
    except ImportError:
        return {}
    torch.set_num_threads(1)
    n, m, _ = layers
    table = torch.from_numpy(data)
    rng = np.random.default_rng(0)

    def training(compiled: bool) -> Callable[[], float]:
        parts = (torch.nn.Linear(n, m), torch.nn.LeakyReLU(0.01), torch.nn.Linear(m, n))
        net = torch.nn.Sequential(*parts).to(table.dtype)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
        loss_of = torch.nn.BCEWithLogitsLoss()

        def step(x):  # type: ignore[no-untyped-def]
            optimizer.zero_grad()
            loss = loss_of(net(x), x)
            loss.backward()
            optimizer.step()
            return loss.detach()

        taken = torch.compile(step) if compiled else step

        def timed() -> float:
            start, losses = time.perf_counter(), []
            while len(losses) < steps:
                for rows in torch.from_numpy(rng.permutation(len(data))).split(batch):
                    losses.append(taken(table[rows]))
            torch.stack(losses).tolist()
            return (time.perf_counter() - start) / len(losses) * 1e6

        timed()
        return timed

    return {"PyTorch": training(False), "torch.compile": training(True)}


def paper() -> None:
    """The paper's network, a sample a step."""
    forms = {
        "numba": training([3, 4, 3], BINARY, 1, "numba", 40_000),
        "python": training([3, 4, 3], BINARY, 1, "python", 1000),
        "numpy": training([3, 4, 3], BINARY, 1, "numpy", 200),
        "by hand": by_hand([3, 4, 3], BINARY, 1, 1600),
        "C++": cpp(320_000),
        "JAX": jax_scan([3, 4, 3], BINARY, 1, 4000),
    }
    times = interleaved({name: form for name, form in forms.items() if form})
    for ours, theirs, asked in (
        ("numba", "C++", "≤ 0.95"),
        ("numba", "JAX", "≤ 0.22"),
        ("python", "by hand", "≤ 0.25"),
        ("numpy", "by hand", "≤ 1.05"),
    ):
        say(f"paper's training, {ours} / {theirs}", times, ours, theirs, asked)


def batches(layers: list[int], batch: int, dtype: type, epochs: int, asked: dict[str, str]) -> None:
    """A network with batches of 1024 samples."""
    data = np.random.default_rng(0).random((1024, layers[0])).astype(dtype)
    steps = epochs * len(data) // batch
    forms = {
        "numba": training(layers, data, batch, "numba", epochs),
        "numpy": training(layers, data, batch, "numpy", epochs),
        "products": products(layers, data, batch, steps),
        "by hand": by_hand(layers, data, batch, steps),
        "JAX": jax_scan(layers, data, batch, epochs),
        **torch_trainings(layers, data, batch, steps),
    }
    times = interleaved({name: form for name, form in forms.items() if form})
    what = f"{'-'.join(map(str, layers))}, batch {batch}, {np.dtype(dtype)}"
    for theirs in ("products", "JAX", "PyTorch", "torch.compile"):
        say(f"{what}, numba / {theirs}", times, "numba", theirs, asked.get(theirs, "-"))
    say(f"{what}, numpy / by hand", times, "numpy", "by hand", "≤ 1.05")


LARGE = {"products": "≤ 1.25", "PyTorch": "≤ 0.80", "torch.compile": "≤ 0.80"}
ROWS: dict[str, Callable[[], None]] = {
    "paper": paper,
    "64-32-64-float32": lambda: batches([64, 32, 64], 64, np.float32, 240, {"products": "≤ 1.4", "JAX": "≤ 0.75"}),
    "784-128-784-float32": lambda: batches([784, 128, 784], 128, np.float32, 12, LARGE),
    "784-128-784-float64": lambda: batches([784, 128, 784], 128, np.float64, 12, LARGE),
}


def main(rows: list[str]) -> int:
    unknown = [name for name in rows if name not in ROWS]
    if unknown:
        print(f"no row is called {unknown[0]}; there are {', '.join(ROWS)}")
        return 2
    print(f"{'µs a step':52} {'ours':>10} {'theirs':>10}   ratio (quartiles)")
    for name in rows or ROWS:
        ROWS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
