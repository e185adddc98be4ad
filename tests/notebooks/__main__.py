"""Execute the notebooks, all or those named, each in a new kernel, and write them in place with their outputs."""

import sys
from pathlib import Path
from time import perf_counter

from microae.data.files import write_text
from tests.notebooks.running import NOTEBOOKS, execute, normal, read

for path in [Path(name) for name in sys.argv[1:]] or NOTEBOOKS:
    start = perf_counter()
    text = normal(execute(read(path)))
    write_text(path, text)
    print(f"{path.name}: {perf_counter() - start:.1f} s, {len(text.encode()) / 1e3:.0f} kB")
