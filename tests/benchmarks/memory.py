"""How much the resident memory grows by a training of 784-128-784 with batch 8192: compiled beside eager.

    python -m tests.benchmarks.memory

Each in a process of its own: the peak after three steps, less what is resident before the first. For a compiled step
the numbers are those after it has been compiled, by one step of the same shapes.
"""

from __future__ import annotations

import subprocess
import sys

STEP = """
import sys, threading, time
import numpy as np
import microae as ma

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

net = ma.Autoencoder([784, 128, 784], seed=0, dtype="float32")
optimizer = ma.SGD(net.parameters(), lr=0.01)
x = np.random.default_rng(0).random((8192, 784), dtype=np.float32)

def step(x):
    optimizer.zero_grad()
    loss = net.loss(x)
    loss.backward()
    optimizer.step()
    return loss

backend = sys.argv[1]
if backend != "eager":
    compiled = ma.compile(step, backend=backend)
before, peak, done = resident(), 0, False

def watch():
    global peak
    while not done:
        peak = max(peak, resident())
        time.sleep(0.001)

if backend != "eager":
    compiled.trace(x[:8192])
watcher = threading.Thread(target=watch)
if backend == "eager":
    watcher.start()
    for _ in range(3):
        step(x)
else:
    compiled.run(x, epochs=1, batch_size=8192)
    watcher.start()
    compiled.run(x, epochs=3, batch_size=8192)
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
