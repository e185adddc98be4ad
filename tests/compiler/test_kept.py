"""Machine code that is kept from run to run: of another file, of a broken one and of a full disk no training dies."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from microae.compiler.backends import cached, native

TEXT = """from numba import njit


@njit("float64(float64)", cache=CACHE)
def loop(x):
    return 2.0 * x + 3.0
"""


def compiled():
    """A function that numba compiles, or reads back, as in a fresh process; and how often it was read."""
    for name in [name for name in sys.modules if name.startswith("microae_program_")]:
        del sys.modules[name]
    function = cached.function(TEXT, "loop")
    return function, sum(function.stats.cache_hits.values())


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The file of each kind that is kept of a compiled text, and nothing else."""
    monkeypatch.setenv("MICROAE_CACHE", str(tmp_path))
    assert compiled()[1] == 0
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert sorted(file.suffix for file in files) == [".nbc", ".nbi", ".py", ".sum"]
    return {file.suffix: file for file in files}


def test_what_is_whole_is_read_back(kept):
    times = {suffix: file.stat().st_mtime_ns for suffix, file in kept.items()}
    function, hits = compiled()
    assert function(2.0) == 7.0
    assert hits == 1
    assert {suffix: file.stat().st_mtime_ns for suffix, file in kept.items()} == times


@pytest.mark.parametrize("what", [".nbi", ".nbc", ".py", ".sum"])
@pytest.mark.parametrize("how", ["short", "empty", "another byte", "gone"])
def test_what_is_broken_is_made_anew(kept, what, how):
    whole = kept[what].read_bytes()
    middle = len(whole) // 2
    if how == "gone":
        kept[what].unlink()
    else:
        broken = {"short": whole[:middle], "empty": b"", "another byte": whole[:middle] + b"~" + whole[middle + 1 :]}
        kept[what].write_bytes(broken[how])
    function, hits = compiled()
    assert function(2.0) == 7.0
    assert hits == 0
    assert compiled()[1] == 1


FULL = """
import os, resource, signal, sys
import numpy as np
import microae as ma
from microae.compiler.backends import cached

sys.dont_write_bytecode = True  # no half of a .pyc
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
W = ma.Value(np.ones((9, 9)))
optimizer = ma.SGD([W], lr=0.01)
@ma.compile(backend="numba")
def step(x):
    optimizer.zero_grad(); loss = ((x @ W) ** 2).sum(); loss.backward(); optimizer.step(); return loss
step.run(np.full((32, 9), 0.5), epochs=2, batch_size=8, seed=0)
history = step.run(np.full((32, 9), 0.5), epochs=2, batch_size=8, seed=0)
print(history.backend, cached.function(sys.argv[2], "loop")(2.0))
"""


@pytest.mark.parametrize("size", [0, 400, 4000])
def test_a_full_disk_keeps_nobody_from_training(size, tmp_path):
    """No file may become longer than this: the first, numba's index and the machine code are cut off."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(size), TEXT],
        env=os.environ | {"MICROAE_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "numba 7.0\n"
    assert done.stderr == ""
    assert not list(tmp_path.glob("**/microae_program_*"))


def test_the_key_holds_the_texts_of_all_that_writes_machine_code():
    """What the emitter imports of the backends is part of the key, and so is the emitter."""
    to_read, read = ["microae.compiler.backends.native"], set()
    while to_read:
        spec = find_spec(to_read.pop())
        read.add(spec.origin)
        with open(spec.origin, encoding="utf-8") as file:
            for part in ast.walk(ast.parse(file.read())):
                if isinstance(part, ast.ImportFrom) and (part.module or "").startswith("microae.compiler.backends"):
                    names = [part.module, *(f"{part.module}.{alias.name}" for alias in part.names)]
                    to_read += [n for n in names if n.count(".") == 3 and find_spec(n).origin not in read]
    without = {
        cached.__file__,
        find_spec("microae.compiler.backends.generated").origin,
        find_spec("microae.compiler.backends.memory").origin,
    }  # which keep it, run numba's, and give it its memory
    assert read - without <= {str(path) for path in native.EMITTER}
