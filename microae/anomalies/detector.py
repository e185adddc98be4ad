"""``AnomalyDetector``: varied autoencoders that learn what is normal, and how unlike it a sample is."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microae.anomalies.calibration import Calibration, benjamini_hochberg
from microae.anomalies.explanation import Cause, Explanation
from microae.anomalies.member import SAME, Member, blocks, filled, plain
from microae.anomalies.scaling import FARTHEST, Scaling
from microae.anomalies.streaming import by_blocks, is_dask
from microae.arguments import count
from microae.autoencoders.autoencoder import Autoencoder
from microae.core.arrays import Array
from microae.data import as_table
from microae.nn.initialisers import Seed, generator
from microae.optim import Adam, cosine_decay
from microae.training.fit import fit

BATCH, LEARNING_RATE = 64, 0.003
TRAINED, REFERENCES, CALIBRATED = 100_000, 4096, 10_000
"""At most so many samples train the networks, are references, and are held out; chosen at random of more."""


class AnomalyDetector:
    """Finds samples that are unlike those that it was fitted to; no share of outliers has to be known.

    Five autoencoders ``[n, w, c, w, n]``, w = max(64, min(2n, 256)), with tanh, different codes c from n/4 to n and
    noise from 0 to 0.5 are trained on most of the samples. A sample's score is its distance in [residual, code] from
    the nearest normal sample other than itself, averaged over the five, as a multiple of what is usual for samples that
    were held out. So it is large where a sample cannot be reconstructed and also where its code is unusual: a
    point far outside is far from all references even for a network that reconstructs it. Where the columns share a
    unit, as pixels do, the distance is that in [residual, reconstruction, 2 code].

    The held-out samples make p-values of scores, and are references only after that. More references make distances
    shorter, never longer, so the p-values of normal samples stay at least as large as they should be.

    Parameters
    ----------
    activation : str
        Of the hidden layers.
    members : int
        How many networks.
    scale : str or Scaling, optional
        "column": each column is divided by its standard deviation; "shared": all by one unit, as pixels of an image
        need it; "none"; "auto", the default, decides by the ranges of the columns. Or a :class:`Scaling` that was
        measured before. ``scaling`` says what was done.
    contamination : "auto" or float
        "auto": :meth:`predict` keeps the false-discovery rate at ``rate``; a number between 0 and 1: it takes as
        anomalies what lies above this quantile from the top of the held-out scores.
    rate : float
        The false-discovery rate: the share of inliers among what is called an anomaly, in the mean.
    held_out : float
        The share of the samples that calibrates, between 0 and 1.
    updates : int
        About how many updates train each network; at least one pass over the samples.
    networks : sequence of Autoencoder, optional
        Trained networks to use in place of the five, in float32; the columns are then not scaled unless it is said.
    seed : int, numpy.random.Generator or None
        Source of all randomness; the same gives the same bits.

    Attributes
    ----------
    scaling : Scaling
        How the columns were scaled, and why.
    features : list of str
        Their names.
    calibration : Calibration
        The held-out scores.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Scores are larger for what is more unusual (scikit-learn's ``score_samples`` are smaller). A score depends on the
    fitted detector and the sample alone. Samples are computed in blocks of one size: where BLAS gives each row of a
    product the same bits, so does this; where it does not, a score differs by rounding with its place in a block.

    Reconstruction errors and neighbours as scores, and why a network may reconstruct an anomaly: Ruff et al. 2021, "A
    unifying review of deep and shallow anomaly detection". P-values: :class:`Calibration`.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> rng = np.random.default_rng(0)
    >>> normal = rng.normal(size=(300, 1)) * [1.0, 1.0, 50.0] + [0.0, 5.0, 0.0]
    >>> detector = ma.AnomalyDetector(updates=100, seed=0).fit(normal, features=["a", "b", "c"])
    >>> detector.predict([[0.0, 5.0, 0.0], [0.0, 9.0, 0.0]])
    array([False,  True])
    >>> [cause.feature for cause in detector.explain([[0.0, 9.0, 0.0]])[0].causes][0]
    'b'
    >>> detector.scaling
    scaled by column (the columns differ in the range of their numbers)
    """

    def __init__(
        self,
        *,
        activation: str = "tanh",
        members: int = 5,
        scale: str | Scaling | None = None,
        contamination: str | float = "auto",
        rate: float = 0.05,
        held_out: float = 0.2,
        updates: int = 2000,
        networks: Sequence[Autoencoder] | None = None,
        seed: Seed = None,
    ) -> None:
        self.activation, self.scale, self.seed = activation, scale, seed
        self.networks = None if networks is None else list(networks)
        self.size = count("AnomalyDetector", "members", members) if self.networks is None else len(self.networks)
        self.updates = count("AnomalyDetector", "updates", updates)
        quantile = not isinstance(contamination, str) or contamination != "auto"
        self.contamination = _share("contamination", contamination) if quantile else contamination
        self.rate, self.held_out = _share("rate", rate), _share("held_out", held_out)
        if self.networks is not None and not (self.networks and all(isinstance(n, Autoencoder) for n in self.networks)):
            raise ValueError(f"AnomalyDetector: networks must hold at least one trained Autoencoder, got {networks!r}")
        self.features: list[str] = []

    def fit(
        self,
        x: Any,
        *,
        calibration: Any = None,
        features: Sequence[str] | None = None,
        progress: bool = False,
    ) -> AnomalyDetector:
        """Learn what is normal.

        Parameters
        ----------
        x : array_like or DataFrame (N, n)
            Normal samples, at least 10 with those of ``calibration``; their numbers are scaled inside.
        calibration : array_like (M, n), optional
            Other normal samples, which calibrate in place of a share of these, as where given ``networks`` have seen
            these already.
        features : sequence of str, optional
            Names of the columns, by default those of a DataFrame, else "0", "1", ...
        progress : bool
            Show a progress bar for each network.

        Returns
        -------
        AnomalyDetector
            Itself.

        Raises
        ------
        ValueError
            If the samples are no tables of finite numbers or too few, or names, networks or a scaling do not fit them.
        """
        names = [str(name) for name in getattr(x, "columns", []) if features is None] or features
        x = as_table(x, "the normal samples")
        if names is not None and len(names) != x.shape[1]:
            raise ValueError(f"AnomalyDetector: {x.shape[1]} columns have {len(names)} names")
        split, *seeds = generator(self.seed).spawn(1 + self.size)
        trained, held_out = self._divided(x, calibration, split)
        if len(trained) + len(held_out) < 10:
            raise ValueError(f"AnomalyDetector: needs at least 10 normal samples, got {len(trained) + len(held_out)}")
        scale = self.scale or ("auto" if self.networks is None else "none")
        self.scaling = scale if isinstance(scale, Scaling) else Scaling.measured(trained, scale)
        if len(self.scaling.unit) != x.shape[1]:
            raise ValueError(
                f"AnomalyDetector: the samples have {x.shape[1]} features, the scaling has {len(self.scaling.unit)}"
            )
        samples = self.scaling(trained)
        networks = [self._network(i, samples, rng, progress) for i, rng in enumerate(seeds)]
        # So many that those held out fit in beside them.
        most = REFERENCES * len(trained) // (len(trained) + len(held_out))
        self._surround(networks, _some(trained, most, split))
        # What weighs the members must not know the held-out samples; what they share may, for it changes no rank.
        least = 0.0 if self.scaling.kind == "none" else SAME
        weights = _medians(self._distances(self.references), least)
        scores = (self._distances(held_out) / weights).mean(axis=1)
        usual = float(_medians(scores, least))
        self.calibration = Calibration(scores / usual, SAME)
        more = _some(held_out, REFERENCES - most, split)
        self._surround(networks, np.concatenate([self.references, more]), (weights * usual).tolist())
        self.features = _numbered(x.shape[1]) if names is None else list(names)
        return self

    def _divided(self, x: Array, calibration: Any, rng: np.random.Generator) -> tuple[Array, Array]:
        """The samples that train, and those that calibrate."""
        if calibration is None:
            order = rng.permutation(len(x))
            size = max(2, min(CALIBRATED, round(self.held_out * len(x))))
            if size >= len(x) >= 10:
                raise ValueError(
                    f"AnomalyDetector: held_out={self.held_out:.6g} of {len(x):,} normal samples leaves none to train "
                    "on; hold fewer out"
                )
            return x[np.sort(order[size:][:TRAINED])], x[np.sort(order[:size])]
        held_out = as_table(calibration, "the samples for calibration")
        if held_out.shape[1] != x.shape[1]:
            raise ValueError(
                f"AnomalyDetector: the normal samples have {x.shape[1]} features, those for calibration "
                f"{held_out.shape[1]}"
            )
        return _some(x, TRAINED, rng), _some(held_out, CALIBRATED, rng)

    def _surround(self, networks: list[Autoencoder], references: Array, usual: Sequence[float] | None = None) -> None:
        """Take references, in the units of the data, and how far from them each network has a normal sample."""
        self.references = references
        scaled, distances = self.scaling(references), usual or [1.0] * len(networks)
        shared = self.scaling.kind == "shared"
        self.members = [Member(net, scaled, unit, shared) for net, unit in zip(networks, distances, strict=True)]

    @classmethod
    def restored(
        cls,
        scaling: Scaling,
        features: list[str],
        networks: list[Autoencoder],
        references: Array,
        usual: list[float],
        calibration: Calibration,
        **options: Any,
    ) -> AnomalyDetector:
        """A fitted detector from its parts, as :func:`microae.anomalies.load` reads them."""
        detector = cls(members=len(networks), **options)
        detector.scaling, detector.features, detector.calibration = scaling, features, calibration
        detector._surround(networks, references, usual)
        return detector

    def _network(self, i: int, x: Array, rng: np.random.Generator, progress: bool) -> Autoencoder:
        if self.networks is not None:
            return _in_float32(self.networks[i], x.shape[1])
        n = x.shape[1]
        width, place = max(64, min(2 * n, 256)), i / max(1, self.size - 1)
        code = max(1, round(n * (0.25 + 0.75 * place)))
        layers = [n, width, code, width, n]
        weights, orders = rng.spawn(2)
        net = Autoencoder(
            layers, self.activation, "linear", noise=0.5 * place, loss="mse", seed=weights, dtype=np.float32
        )
        optimizer = Adam(net.parameters(), lr=LEARNING_RATE)
        epochs = max(1, round(self.updates * BATCH / len(x)))
        fit(
            net,
            x,
            optimizer,
            epochs=epochs,
            batch_size=BATCH,
            seed=orders,
            progress=progress,
            callbacks=cosine_decay(optimizer, epochs),
            record=False,
            backend="numpy",
        )
        return net

    def columns(self, names: Iterable[str]) -> list[int]:
        """Where the features stand among the named columns of a table, counted from 0.

        Parameters
        ----------
        names : iterable of str

        Returns
        -------
        list of int
            All columns as they stand, if the features have no names but "0", "1", ... and these are others.

        Raises
        ------
        ValueError
            If a feature is missing, or several columns have its name.
        """
        names, numbered = list(names), self.features == _numbered(len(self.features))
        if names == self.features or (numbered and set(names) != set(self.features)):
            return list(range(len(names)))
        lacking = [repr(feature) for feature in self.features if feature not in names]
        if lacking:
            raise ValueError(f"AnomalyDetector: the samples have no column {', '.join(lacking)}")
        twice = [repr(feature) for feature in self.features if names.count(feature) > 1]
        if twice:
            raise ValueError(f"AnomalyDetector: the samples have several columns {', '.join(twice)}")
        return [names.index(feature) for feature in self.features]

    # --- what a fitted detector says of samples ------------------------------------------------------------------

    def score_samples(self, x: Any) -> Any:
        """How unusual each sample is: its distance from the normal ones; 1 is usual for a normal sample.

        Parameters
        ----------
        x : array_like, DataFrame, or Dask's array or dataframe (N, n)
            The columns of a table with names are found by these, if the detector was fitted with names.

        Returns
        -------
        array (N,)
            Of Dask where the samples are: each block is scored when it is computed.

        Raises
        ------
        ValueError
            If the detector is not fitted, or the samples are no table of finite numbers with as many columns.
        """
        if is_dask(x):
            return by_blocks(self.score_samples, x)
        return self._distances(self._checked(x)).mean(axis=1)

    def score_features(self, x: Any) -> Any:
        """How much of each sample's score each feature makes up.

        In proportion to the squared scaled difference from what is :meth:`expected`.

        Parameters
        ----------
        x : array_like (N, n)
            As of :meth:`score_samples`.

        Returns
        -------
        array (N, n)
            Not negative; each row adds up to the score.

        Raises
        ------
        ValueError
            As :meth:`score_samples`.
        """
        if is_dask(x):
            return by_blocks(self.score_features, x, len(self.features))
        return self._features(self._checked(x))[0]

    def expected(self, x: Any) -> NDArray[np.float64]:
        """What a normal sample that is like each sample would have: the mean reconstruction, within the normal range.

        Parameters
        ----------
        x : array_like (N, n)
            As of :meth:`score_samples`, but not of Dask.

        Returns
        -------
        array (N, n)
            In the units of the data.

        Raises
        ------
        ValueError
            As :meth:`score_samples`.
        """
        x = self._checked(x)
        reconstructions = np.zeros(x.shape)
        with plain(self.members):
            for rows in blocks(len(x)):
                block = filled(self.scaling(x[rows]))
                for member in self.members:
                    reconstructions[rows] += member.reconstruct(block)[1][: rows.stop - rows.start]
        usual = self.scaling.centre + self.scaling.unit * reconstructions / len(self.members)
        expected: NDArray[np.float64] = np.clip(usual, self.references.min(axis=0), self.references.max(axis=0))
        return expected

    def p_values(self, x: Any) -> Any:
        """How often a normal sample has such a score or a larger one; see :class:`Calibration`.

        Parameters
        ----------
        x : array_like (N, n)
            As of :meth:`score_samples`.

        Returns
        -------
        array (N,)

        Raises
        ------
        ValueError
            As :meth:`score_samples`.
        """
        if is_dask(x):
            return by_blocks(self.p_values, x)
        scores = self.score_samples(x)
        return self.calibration.p_values(scores)

    def predict(self, x: Any) -> NDArray[np.bool_]:
        """Which samples are anomalies; ``contamination`` says how it is decided.

        Parameters
        ----------
        x : array_like (N, n)
            As of :meth:`score_samples`; the p-values of Dask's are computed. With ``contamination="auto"`` the
            decision, though not the score, depends on how many others there are: a false-discovery rate is one of
            many samples.

        Returns
        -------
        array of bool (N,)

        Raises
        ------
        ValueError
            As :meth:`score_samples`.

        Warns
        -----
        UserWarning
            If nothing is called an anomaly because too few samples were held out; see :meth:`too_few`.
        """
        p_values = np.asarray(self.p_values(x))
        too_few = self.too_few(p_values)
        if too_few:
            warnings.warn(f"AnomalyDetector: {too_few}", UserWarning, stacklevel=2)
        return self.decide(p_values)

    def decide(self, p_values: Any) -> NDArray[np.bool_]:
        """Which samples :meth:`predict` calls anomalies, by their p-values (N,)."""
        if self.contamination == "auto":
            return benjamini_hochberg(p_values, self.rate)
        flagged: NDArray[np.bool_] = np.asarray(p_values) <= self.contamination
        return flagged

    def too_few(self, p_values: Any) -> str:
        """Why ``contamination="auto"`` calls nothing an anomaly though samples lie beyond all that were held out.

        Of n held-out samples a p-value is hardly smaller than 1 / (n + 1), and of N samples k are called anomalies if
        each has at most ``rate · k / N``.

        Parameters
        ----------
        p_values : array_like (N,)

        Returns
        -------
        str
            With how many held-out samples it would take; empty where that is not so.
        """
        p, held_out = np.asarray(p_values), len(self.calibration.scores)
        beyond = int((p <= 1.0 / (held_out + 1.0)).sum())
        if self.contamination != "auto" or not beyond or self.decide(p).any():
            return ""
        needed = math.ceil(len(p) / (self.rate * beyond)) - 1
        return (
            f"nothing is called an anomaly at a false-discovery rate of {self.rate:.3g}, though {beyond:,} of "
            f"{len(p):,} samples have larger scores than all {held_out:,} that were held out: so few of so many take "
            f"{needed:,} held-out samples; fit more normal samples, or choose a quantile, as contamination=0.01"
        )

    def explain(self, x: Any, most: int = 3) -> list[Explanation]:
        """Why each sample has its score: the features that differ most from what is expected of a normal sample.

        Parameters
        ----------
        x : array_like (N, n)
        most : int
            How many features to name.

        Returns
        -------
        list of Explanation

        Raises
        ------
        ValueError
            As :meth:`score_samples`, or if ``most`` is below 1.
        """
        most, x = count("explain", "most", most), self._checked(x)
        contributions, expected = self._features(x)
        scores = contributions.sum(axis=1)
        explanations = []
        for sample, given, usual, score, p in zip(
            x, contributions, expected, scores, self.calibration.p_values(scores), strict=True
        ):
            chosen = np.argsort(-given, kind="stable")[:most]
            shares = given / (score or 1.0)
            causes = (Cause(self.features[j], float(shares[j]), float(sample[j]), float(usual[j])) for j in chosen)
            explanations.append(Explanation(float(score), float(p), tuple(causes)))
        return explanations

    # --- how it is computed --------------------------------------------------------------------------------------

    def _checked(self, x: Any) -> Array:
        if not self.features:
            raise ValueError("AnomalyDetector: is not fitted yet; call fit(normal samples) first")
        names = list(getattr(x, "columns", ()))
        columns = self.columns(map(str, names)) if names else []
        if columns != list(range(len(names))):
            x = x[[names[i] for i in columns]]
        x = as_table(x, "the samples")
        if x.shape[1] != len(self.features):
            raise ValueError(
                f"AnomalyDetector: was fitted to samples of {len(self.features)} features, these have {x.shape[1]}"
            )
        return x

    def _distances(self, x: Array) -> NDArray[np.float64]:
        """The distance of each sample from the references, for each member, (N, members)."""
        distances = np.empty((len(x), len(self.members)))
        with plain(self.members):
            for rows in blocks(len(x)):
                block = filled(self.scaling(x[rows]))
                for i, member in enumerate(self.members):
                    distances[rows, i] = member.distances(block)[: rows.stop - rows.start]
        return distances

    def _features(self, x: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The contribution of each feature to the score, and what was expected of it; both (N, n)."""
        expected = self.expected(x)
        squares = np.square(np.clip((x - expected) / self.scaling.unit, -FARTHEST, FARTHEST))
        total = squares.sum(axis=1, keepdims=True)
        shares = np.divide(squares, total, out=np.full(squares.shape, 1.0 / squares.shape[1]), where=total > 0)
        return shares * self._distances(x).mean(axis=1, keepdims=True), expected

    def __repr__(self) -> str:
        if not self.features:
            return f"AnomalyDetector(members={self.size}, not fitted)"
        layers = ", ".join("-".join(map(str, member.net.layers)) for member in self.members)
        return (
            f"AnomalyDetector({layers}; {self.scaling!r}; {len(self.references):,} references, "
            f"{len(self.calibration.scores):,} held out)"
        )


def _in_float32(net: Autoencoder, features: int) -> Autoencoder:
    """A copy of a network that somebody trained."""
    if net.layers[0] != features:
        raise ValueError(f"AnomalyDetector: the samples have {features} features, a network has {net.layers[0]} inputs")
    net = deepcopy(net)
    net.dtype = np.dtype(np.float32)
    for parameter in net.parameters():
        parameter.data = parameter.data.astype(np.float32)
    return net


def _some(x: Array, most: int, rng: np.random.Generator) -> Array:
    """At most so many of some samples, chosen at random, in their order."""
    return x[np.sort(rng.permutation(len(x))[:most])]


def _medians(distances: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """The median of each column; 1 where it is no more than the least that is no rounding: half have a twin."""
    medians = np.median(distances, axis=0)
    return np.where(medians > least, medians, 1.0)


def _numbered(n: int) -> list[str]:
    return [str(i) for i in range(n)]


def _share(what: str, given: Any) -> float:
    if isinstance(given, (int, float)) and 0.0 < given < 1.0:
        return float(given)
    words = '"auto" or a number' if what == "contamination" else "a number"
    raise ValueError(f"AnomalyDetector: {what} must be {words} between 0 and 1, got {given!r}")
