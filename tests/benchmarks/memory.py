"""How much the resident memory grows by a training of 784-128-784 with batch 8192: compiled beside eager.

    python -m tests.benchmarks.memory

Each in a process of its own, by ``ma.fit``: the peak of three epochs of one step, less what is resident before the
first step of this size. Steps of another size come before, so that imports do not count; of a compiled training its
program's memory does, but not the tracing.
"""

from __future__ import annotations

import subprocess
import sys

STEP = """
import ctypes, sys, threading, time
import numpy as np
import microae as ma

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

backend = sys.argv[1]
net = ma.Autoencoder([784, 128, 784], seed=0, dtype="float32")
optimizer = ma.SGD(net.parameters(), lr=0.01)
x = np.random.default_rng(0).random((8192, 784), dtype=np.float32)

@ma.compile(backend="numpy" if backend == "eager" else backend)
def step(x):
    optimizer.zero_grad()
    loss = net.loss(x)
    loss.backward()
    optimizer.step()
    return loss

def train(x, batch_size, epochs):
    if backend == "eager":
        ma.fit(net, x, optimizer, epochs=epochs, batch_size=batch_size, seed=0, progress=False)
    else:
        step.run(x, epochs=epochs, batch_size=batch_size, seed=0)

train(x[:8], 8, 1)
before, peak, done = resident(), 0, False

def watch():
    global peak
    while not done:
        peak = max(peak, resident())
        time.sleep(0.001)

if backend != "eager":
    optimizer.zero_grad()  # so that what is traced begins, as every block of epochs but the first, without gradients
    step.trace(x)
    ctypes.CDLL(None).malloc_trim(0)
watcher = threading.Thread(target=watch)
watcher.start()
train(x, 8192, 3)
done = True
watcher.join()
print(peak - before)
"""


def grown(backend: str) -> float:
    """Megabytes."""
    done = subprocess.run([sys.executable, "-c", STEP, backend], capture_output=True, text=True, check=True)
    return int(done.stdout) / 1e6


def main() -> None:
    eager = grown("eager")
    print(f"eager     {eager:8.1f} MB")
    for backend in ("numpy", "numba"):
        compiled = grown(backend)
        print(f"{backend:9} {compiled:8.1f} MB   {compiled / eager:.2f} times eager   asked ≤ 0.75")


if __name__ == "__main__":
    main()
