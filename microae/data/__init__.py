"""Data to learn from: registered data sets such as the packaged digits, and files of numbers."""

from microae.data.packaged import digits
from microae.data.readers import as_table, load, require_features, require_fractions
from microae.data.registry import DATASETS, DataSet, Samples, dataset, read

__all__ = [
    "DATASETS",
    "DataSet",
    "Samples",
    "as_table",
    "dataset",
    "digits",
    "load",
    "read",
    "require_features",
    "require_fractions",
]
