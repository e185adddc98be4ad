"""Data to learn from: registered data sets, and files of numbers.

- ``digits()``: the packaged images; ``read("digits")``: any registered data set, or a file
- ``load(path)``: a table from a .npy, .npz, .csv or .parquet file
- ``open_table(path)``: one that need not fit into memory, read by rows or in chunks
- ``@dataset(...)``: register a data set of your own; ``DATASETS`` lists all
"""

from microae.data.packaged import digits
from microae.data.readers import as_table, load, require_features, require_fractions
from microae.data.registry import DATASETS, DataSet, Samples, dataset, read
from microae.data.tables import Table, open_table

__all__ = [
    "DATASETS",
    "DataSet",
    "Samples",
    "Table",
    "as_table",
    "dataset",
    "digits",
    "load",
    "open_table",
    "read",
    "require_features",
    "require_fractions",
]
