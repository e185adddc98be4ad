"""Hyperparameter search, the paper's hit and trial: many trainings, counted, kept and compared by optuna.

- ``search``: try settings from a space; in this process, in several, or on a Dask cluster
- ``Space``: what a search may choose from
- ``SearchResult``: the table of trials, the best settings and the model they give
"""

from microae.searching.result import SearchResult
from microae.searching.search import search
from microae.searching.space import Space

__all__ = ["SearchResult", "Space", "search"]
