"""Whole trainings by the jax backend beside the same written in JAX, on whatever device JAX finds; ratios, in one run.

    python -m tests.benchmarks.accelerator

Ours is ``step.run`` with all that it does. Theirs is one jitted ``lax.scan`` with ``jax.value_and_grad``; it draws its
orders with NumPy and fetches its losses and parameters, as ours does. On a processor, which has one thread for it, the
largest network is left out; on a GPU float32 products are TF32 for both, as JAX has it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from tests.benchmarks.compiled import interleaved, jax_training, say, training


def by_hand(layers: list[int], data: np.ndarray, batch: int, epochs: int) -> Callable[[], float]:
    """Microseconds a step of a training written in JAX."""
    import jax

    train, start = jax_training(layers, data)
    rng = np.random.default_rng(0)
    kept = len(data) // batch * batch

    def timed() -> float:
        begin = time.perf_counter()
        index = rng.permuted(np.tile(np.arange(len(data)), (epochs, 1)), axis=1)[:, :kept].reshape(-1, batch)
        jax.device_get(train(start, index.astype(np.int32)))
        return (time.perf_counter() - begin) / len(index) * 1e6

    timed()
    return timed


def main() -> int:
    import jax

    device = jax.devices()[0]
    on_a_processor = device.platform == "cpu"
    print(f"JAX {jax.__version__} on {device.device_kind}")
    print(f"{'µs a step':52} {'ours':>10} {'theirs':>10}   ratio (quartiles)")
    rng = np.random.default_rng(0)
    for layers, batch, samples, asked in (
        ([784, 128, 784], 128, 1024, "≤ 1.03"),
        ([64, 32, 64], 64, 1024, "-"),
        ([4096, 1024, 4096], 8192, 16384, "-"),
    ):
        what = f"{'-'.join(map(str, layers))}, batch {batch}, float32"
        if on_a_processor and layers[0] == 4096:
            print(f"{what}: only on an accelerator")
            continue
        data = rng.random((samples, layers[0])).astype(np.float32)
        epochs = max(1, (400 if on_a_processor and layers[0] == 784 else 6400) * batch // samples)
        times = interleaved(
            {
                "ours": training(layers, data, batch, "jax", epochs, warm=epochs),
                "theirs": by_hand(layers, data, batch, epochs),
            }
        )
        say(what, times, "ours", "theirs", asked)
    return 0


if __name__ == "__main__":
    sys.exit(main())
