"""Files with mistakes in them: does each kind of reader raise only the errors that it documents, in little memory?

``python -m tests.benchmarks.mutated_files [COUNT]`` makes so many of each kind, 10,000 by default, and reports every
other error, every warning, and the largest amount of memory that one of them took.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tempfile
import tracemalloc
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import microae as ma
from microae import anomalies
from microae.history import read_history
from microae.training.checkpoint import load_states

DOCUMENTED = (OSError, ValueError)
"""What the readers say that they raise."""

TOKENS = [
    b"", b"0", b"-1", b"1e999", b"NaN", b"Infinity", b"null", b"true", b"99999999999", b"1" * 5000, b"[" * 3000, b"{}",
    b"'", b'"', b",", b";", b"\t", b"\n", b"(", b"\\", b"\x00", b"\xff", b"\xef\xbf\xbf", b"\xed\xa0\x80", b"O", b"<U9",
    b"<c16", b">f2", b"F8_E4M3", b"BF16", b"BOOL", b"I8", b"[0]", b"[[0]]", b'"tanh"', b"-0", b"1_0", b"1,5", b"0x1p3",
]  # fmt: skip
"""What is put in the place of a part of a file: what may trip a parser."""


Mutation = Callable[[bytes], bytes]


class Kind(NamedTuple):
    """A kind of file: the suffix, some whole ones, what reads one, and how to change what its frame protects.

    That is what stands behind lengths and checksums, which are made to fit again.
    """

    suffix: str
    whole: Callable[[Path], list[bytes]]
    read: Callable[[Path], Any]
    inside: Callable[[bytes, Mutation], bytes] | None = None


class Outcome(NamedTuple):
    """What came of reading mutated files: how many were read, were refused as documented, and the rest by its words."""

    read: int
    refused: int
    other: Counter[str]
    memory: int


def mutated(whole: bytes, rng: np.random.Generator) -> bytes:
    """A file with one to three mistakes: bytes that are changed, lost, doubled, moved, or replaced by a token."""
    content = bytearray(whole)
    for _ in range(rng.integers(1, 4)):
        # Headers are short and come first, tables of contents last: half of the mistakes are made there.
        end = int(rng.choice([len(content), min(len(content), 300)]))
        start = int(rng.integers(0, end + 1))
        start = len(content) - start if rng.random() < 0.2 else start
        stop = start + int(rng.integers(0, rng.choice([2, 9, 60])))
        part = bytes(content[start:stop])
        match rng.integers(0, 7):
            case 0:
                content[start:stop] = bytes(b ^ (1 << int(rng.integers(0, 8))) for b in part)
            case 1:
                content[start:stop] = b""
            case 2:
                content[start:stop] = part * int(rng.integers(2, 5))
            case 3:
                del content[start:]
            case 4:
                content[start:stop] = rng.bytes(len(part))
            case 5:
                content[start:stop] = TOKENS[rng.integers(len(TOKENS))]
            case 6:
                content = bytearray(_with_another_word(bytes(content), rng))
    return bytes(content)


def _with_another_word(content: bytes, rng: np.random.Generator) -> bytes:
    """One of the numbers or quoted words among the first 2,000 bytes replaced by a token."""
    words = [m.span() for m in re.finditer(rb"-?\d+(\.\d+)?(e-?\d+)?|\"[^\"]*\"|'[^']*'|true|null", content[:2000])]
    if not words:
        return content
    start, stop = words[rng.integers(len(words))]
    return content[:start] + TOKENS[rng.integers(len(TOKENS))] + content[stop:]


# --- the kinds of files ------------------------------------------------------------------------------------------


def _npy(_: Path) -> list[bytes]:
    rng = np.random.default_rng(0)
    arrays = [rng.random((9, 4)), rng.random((3, 2)).astype(">f4"), np.asfortranarray(rng.integers(0, 9, (5, 3)))]
    return [_bytes(lambda file, a=a: np.save(file, a)) for a in arrays]


def _npz(_: Path) -> list[bytes]:
    table, names = np.random.default_rng(0).random((9, 4)), np.array(["a", "b"])
    packed = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]

    def write(file: Any, method: int) -> None:
        with zipfile.ZipFile(file, "w", method) as archive:
            archive.writestr("x.npy", _bytes(lambda member: np.save(member, table)))
            archive.writestr("names.npy", _bytes(lambda member: np.save(member, names)))

    return [_bytes(lambda file, m=m: write(file, m)) for m in packed]


def _csv(_: Path) -> list[bytes]:
    rows = "\n".join(",".join(map(repr, row)) for row in np.random.default_rng(0).random((6, 3)).tolist())
    texts = [
        rows,
        "a,b,c\n" + rows,
        rows.replace(",", ";").replace(".", ","),
        rows.replace(",", "\t"),
        "0,1,2\n" + rows,
    ]
    return [*(text.encode() for text in texts), texts[1].encode("utf-8-sig"), texts[3].encode("utf-16")]


def _models(directory: Path) -> list[bytes]:
    nets = [
        ma.Autoencoder([3, 4, 3], seed=0),
        ma.Autoencoder([3, 2, 3], ma.ELU(0.5), "tanh", noise=0.1, sparsity=0.01, dropout=0.25, seed=0),
        ma.Autoencoder([4, 3, 4], ma.GELU("tanh"), noise=ma.MaskingNoise(0.3), seed=0, dtype="float32"),
    ]
    for net in nets:
        ma.save(net, directory / "whole", overwrite=True)
        yield (directory / "whole").read_bytes()


def _history(directory: Path) -> ma.History:
    net = ma.Autoencoder([3, 2, 3], seed=0)
    x = [[1, 0, 1], [0, 1, 0]]
    optimizer = ma.SGD(net.parameters(), lr=0.1)
    return ma.fit(net, x, optimizer, epochs=4, batch_size=1, validation=x, record=True, progress=False, seed=0)


def _trajectories(directory: Path) -> list[bytes]:
    _history(directory).trajectory.save(directory / "whole")
    return [(directory / "whole").read_bytes()]


def _detectors(directory: Path) -> list[bytes]:
    x = np.random.default_rng(0).normal(size=(20, 2))
    detector = ma.AnomalyDetector(members=2, updates=1, contamination=0.1, seed=0).fit(x, features=["a", "ü"])
    anomalies.save(detector, directory / "whole")
    return [(directory / "whole").read_bytes()]


def _scored(path: Path) -> None:
    """A detector that was loaded can be used."""
    detector = anomalies.load(path)
    with np.errstate(all="ignore"):
        detector.explain(np.full((2, len(detector.features)), 0.5))
        detector.predict(np.zeros((1, len(detector.features))))
    repr(detector)


def _histories(directory: Path) -> list[bytes]:
    plain = ma.History([0.5, 0.25, 0.125], seconds=[0.1, 0.1, 0.2])
    return [plain.csv().encode(), _history(directory).csv().encode()]


def _bytes(write: Callable[[Any], Any]) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def _used(path: Path) -> None:
    """A model that was loaded can be used."""
    net = ma.load(path)
    with np.errstate(all="ignore"):  # the numbers may have become large
        net.eval().reconstruct(np.full(net.layers[0], 0.5))
    repr(net)


def _in_header(whole: bytes, mutation: Mutation) -> bytes:
    """A .safetensors file with another header, whose length stands before it."""
    end = 8 + int.from_bytes(whole[:8], "little")
    header = mutation(whole[8:end])
    return len(header).to_bytes(8, "little") + header + whole[end:]


def _in_metadata(whole: bytes, mutation: Mutation) -> bytes:
    """A .safetensors file with another text in the metadata, which is JSON within the header's JSON."""

    def changed(header: bytes) -> bytes:
        entries = json.loads(header)
        entries["__metadata__"]["microae"] = mutation(entries["__metadata__"]["microae"].encode()).decode("latin-1")
        return json.dumps(entries).encode()

    return _in_header(whole, changed)


def _in_header_or_metadata(whole: bytes, mutation: Mutation) -> bytes:
    return (_in_header if len(mutation(whole)) % 2 else _in_metadata)(whole, mutation)


def _in_member(whole: bytes, mutation: Mutation) -> bytes:
    """A .npz file with another first array, stored with the checksum that it needs."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(file, "w") as new:
        for i, name in enumerate(old.namelist()):
            new.writestr(name, old.read(name) if i else mutation(old.read(name)))
    return file.getvalue()


def _in_numpy_header(whole: bytes, mutation: Mutation) -> bytes:
    """A .npy file with another header, whose length stands before it."""
    end = 10 + int.from_bytes(whole[8:10], "little")
    header = mutation(whole[10:end])[:60_000]
    return whole[:8] + len(header).to_bytes(2, "little") + header + whole[end:]


KINDS = {
    "npy": Kind(".npy", _npy, ma.data.load, _in_numpy_header),
    "npz": Kind(".npz", _npz, ma.data.load, _in_member),
    "csv": Kind(".csv", _csv, ma.data.load),
    "model": Kind(".safetensors", lambda directory: list(_models(directory)), _used, _in_header_or_metadata),
    "trajectory": Kind(".safetensors", _trajectories, load_states, _in_header_or_metadata),
    "detector": Kind(".safetensors", _detectors, _scored, _in_header_or_metadata),
    "history": Kind(".csv", _histories, read_history),
}
"""Every kind of file that the library reads."""


def outcome(kind: str, count: int, seed: int = 0) -> Outcome:
    """Read so many mutated files of a kind; the same ones each time."""
    rng, counts, other, most = np.random.default_rng(seed), Counter(), Counter(), 0
    with tempfile.TemporaryDirectory() as directory, warnings.catch_warnings():
        warnings.simplefilter("error")
        for content in _contents(kind, count, rng, Path(directory)):
            path = Path(directory, f"x{KINDS[kind].suffix}")
            path.write_bytes(content)
            tracemalloc.start()
            try:
                KINDS[kind].read(path)
                counts["read"] += 1
            except DOCUMENTED as error:
                counts["refused"] += 1
                if not str(error).startswith(str(path)):  # else it is said which file it was
                    other[f"{type(error).__name__} without the file's name: {str(error)[:200]}"] += 1
            except BaseException as error:
                other[f"{type(error).__module__}.{type(error).__name__}: {str(error)[:200]}"] += 1
            most = max(most, tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    return Outcome(counts["read"], counts["refused"], other, most)


def _contents(kind: str, count: int, rng: np.random.Generator, directory: Path) -> Iterator[bytes]:
    whole = KINDS[kind].whole(directory)
    inside = KINDS[kind].inside
    for i in range(count):
        content = whole[i % len(whole)]
        if inside and i // len(whole) % 2:
            yield inside(content, lambda part: mutated(part, rng))
        else:
            yield mutated(content, rng)


def main(words: list[str]) -> int:
    count, failed = int(words[0]) if words else 10_000, False
    for kind in KINDS:
        read, refused, other, memory = outcome(kind, count)
        print(
            f"{kind:10} {read:6,} read, {refused:6,} refused as documented, {sum(other.values()):4} otherwise, ", end=""
        )
        print(f"at most {memory / 2**20:.1f} MB")
        for words_of_error, times in other.most_common():
            print(f"    {times} × {words_of_error}")
        failed |= bool(other)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
