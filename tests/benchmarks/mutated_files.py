"""Damaged files of each kind, and what reading them raises that is not documented.

python -m tests.benchmarks.mutated_files [FILES of each kind, 10,000 by default]
"""

from __future__ import annotations

import sys
from collections import Counter

from tests.data.mutated import findings, originals


def main(count: int = 10_000) -> None:
    for kind in originals():
        kinds = Counter(type(error).__name__ for _, error in findings(kind, count))
        print(f"{kind:12} {count:,} files: {dict(kinds) or 'documented errors only'}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
