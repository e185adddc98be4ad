"""Planted faults: small changes of the library that the tests must notice. ``python -m tests.mutants`` plants each."""
