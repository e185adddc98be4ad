"""Plant every fault, run its tests, and say which survive.

``python -m tests.mutants`` takes all of them; ``python -m tests.mutants drawing losses.py`` those whose file's path
has one of the words in it. Each is planted in a copy of the working tree, so the tree itself is left alone.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from threading import local

from tests import mutants
from tests.mutants.fault import Fault

ROOT = Path(__file__).parents[2]
LIMIT = 300
"""Seconds after which the tests of a fault are taken to have noticed it: it made something endless."""

_mine = local()


def faults() -> Iterator[Fault]:
    """Those of every module beside this one, each of which has a list ``FAULTS``."""
    for module in sorted(info.name for info in iter_modules(mutants.__path__)):
        if module not in ("fault", "test_faults", "__main__"):
            yield from import_module(f"tests.mutants.{module}").FAULTS


def copied() -> Path:
    """A copy of the working tree that belongs to the calling thread."""
    if not hasattr(_mine, "tree"):
        _mine.tree = Path(tempfile.mkdtemp(prefix="microae-mutants-"))
        atexit.register(shutil.rmtree, _mine.tree, ignore_errors=True)
        files = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        for name in filter(None, files.stdout.decode().split("\0")):
            if (ROOT / name).exists():
                (_mine.tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, _mine.tree / name)
    return _mine.tree


def killed(fault: Fault) -> bool:
    """Whether the tests fail with the fault planted, or do not end."""
    tree = copied()
    file = tree / fault.file
    right = file.read_text(encoding="utf-8")
    if right.count(fault.old) != 1:
        raise ValueError(f"{fault.file}: {fault.old!r} stands there {right.count(fault.old)} times, not once")
    file.write_text(right.replace(fault.old, fault.new), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        run = subprocess.run(
            [*command, *fault.tests.split()], cwd=tree, env=environment, capture_output=True, timeout=LIMIT
        )
    except subprocess.TimeoutExpired:
        print(f"endless  {fault.file}: {fault.old!r} -> {fault.new!r}  ({fault.tests})", flush=True)
        return True
    finally:
        file.write_text(right, encoding="utf-8")
    if run.returncode not in (0, 1, 2):  # 2: not even collected, for the fault breaks the import
        raise RuntimeError(f"{fault.tests}: pytest ended with {run.returncode}\n{run.stdout.decode()[-2000:]}")
    return run.returncode != 0


def main(words: list[str]) -> int:
    chosen = [fault for fault in faults() if not words or any(word in fault.file for word in words)]
    planted = [fault for fault in chosen if not fault.equivalent]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        noticed = []
        for fault, dead in zip(planted, pool.map(killed, planted), strict=True):
            noticed.append(dead)
            if not dead:
                print(f"survives  {fault.file}: {fault.old!r} -> {fault.new!r}  ({fault.tests})", flush=True)
    for fault in chosen:
        if fault.equivalent:
            print(f"equivalent  {fault.file}: {fault.old!r} -> {fault.new!r}: {fault.equivalent}")
    print(f"{len(chosen)} faults: {sum(noticed)} killed, {len(planted) - sum(noticed)} survive, ", end="")
    print(f"{len(chosen) - len(planted)} equivalent")
    return int(not all(noticed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
