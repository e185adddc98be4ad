"""Data to learn from: the packaged digits, and files of numbers."""

from microae.data.readers import as_table, digits, load, require_features, require_fractions

__all__ = ["as_table", "digits", "load", "require_features", "require_fractions"]
