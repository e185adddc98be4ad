"""Files that were damaged: bytes changed, cut off, repeated or exchanged, numbers in headers made large."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import microae as ma
from microae.history import read_history
from microae.training.checkpoint import load_states

INTERESTING = [
    b"\x00", b"\xff", b"\xff\xff\xff\xff", b"\x80", b"\n", b"'", b"(", b"{", b"[", b"-1", b"999999999999999999999",
    b"nan", b"NaN", b"1e999", b"Infinity", b"|O", b"<U9", b"<f2", b">f8", b"True", b"\xf0\x9f\xa4\x96", b"\xed\xa0\x80",
]  # fmt: skip


def mutated(whole: bytes, rng: np.random.Generator) -> bytes:
    """The bytes with one to four changes, most of them near the start, where the headers are."""
    data = bytearray(whole)
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(0, len(data) + 1) if rng.random() < 0.5 else rng.integers(0, min(len(data), 160) + 1))
        kind = rng.integers(0, 7)
        if kind == 0 and data:
            data[min(at, len(data) - 1)] = int(rng.integers(0, 256))
        elif kind == 1:
            del data[at:]
        elif kind == 2:
            del data[at : at + int(rng.integers(1, 30))]
        elif kind == 3:
            data[at:at] = INTERESTING[rng.integers(0, len(INTERESTING))]
        elif kind == 4:
            new = INTERESTING[rng.integers(0, len(INTERESTING))]
            data[at : at + len(new)] = new
        elif kind == 5:
            data[at:at] = bytes(rng.integers(0, 256, int(rng.integers(1, 20))).astype(np.uint8))
        else:
            data[at:at] = data[at : at + int(rng.integers(1, 60))]
    return bytes(data)


def _saved(save: Callable[[Path], Any], name: str) -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, name)
        save(path)
        return path.read_bytes()


def _npy(**options: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.linspace(0.0, 1.0, 12).reshape(4, 3), **options)
    return stream.getvalue()


def _npz(save: Callable[..., Any]) -> bytes:
    stream = io.BytesIO()
    save(stream, table=np.ones((4, 3)), other=np.arange(3))
    return stream.getvalue()


def originals() -> dict[str, tuple[str, list[bytes], Callable[[Path], Any]]]:
    """For each kind of file: its suffix, whole ones, and what reads them."""
    net = ma.Autoencoder([3, 2, 3], seed=0)
    history = ma.fit(net, np.eye(3), ma.SGD(net.parameters(), lr=0.1), epochs=4, batch_size=1, seed=0, progress=False)
    csv = b"a,b,c\n1,2,3\n4.5,-6e-3,7\n8,9,10\n"
    return {
        "npy": (".npy", [_npy()], ma.data.load),
        "npz": (".npz", [_npz(np.savez), _npz(np.savez_compressed)], ma.data.load),
        "csv": (".csv", [csv, csv.replace(b",", b";"), "1\t2\n3,5\t4\n".encode("utf-16")], ma.data.load),
        "model": (".safetensors", [_saved(lambda path: ma.save(net, path), "net.safetensors")], ma.load),
        "trajectory": (".safetensors", [_saved(history.recorded().save, "t.safetensors")], load_states),
        "history": (".csv", [_saved(history.save, "history.csv")], read_history),
    }


def findings(kind: str, count: int, seed: int = 0) -> Iterator[tuple[bytes, BaseException]]:
    """What reading so many damaged files raises that is not documented."""
    suffix, wholes, read = originals()[kind]
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, f"damaged{suffix}")
        for i in range(count):
            damaged = mutated(wholes[i % len(wholes)], rng)
            path.write_bytes(damaged)
            try:
                read(path)
            except ValueError as error:
                if str(path) not in str(error) or "\n" in str(error):
                    yield damaged, error
            except BaseException as error:
                yield damaged, error
