"""``AutoencoderOutlierDetector``: the samples that an anomaly detector around an autoencoder finds unusual."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import OutlierMixin
from sklearn.utils import check_scalar

from microae.anomalies import AnomalyDetector
from microae.core.arrays import Array
from microae.sklearn.estimator import ATTRIBUTES, PARAMETERS, AutoencoderEstimator

LEVEL = 0.05
"""About this share of new usual samples is called outliers with contamination="auto"."""


class AutoencoderOutlierDetector(OutlierMixin, AutoencoderEstimator):
    __doc__ = f"""Calls the samples outliers that are far from all others, as an autoencoder sees them.

    One network is trained, and :class:`microae.AnomalyDetector` scores by it: a sample is unusual if it is
    reconstructed badly or its code is like no other. A score depends on the fitted detector and the sample alone.

    Parameters
    ----------
    {PARAMETERS}
    contamination : "auto" or float
        A share of the samples of ``fit``, above 0 and up to 0.5: as many of them are outliers. By default no share has
        to be known: an outlier is more unusual than 95 % of the held-out samples, which the network has not learned;
        if ``validation_fraction`` holds none out, than 95 % of a fifth of all.

    Attributes
    ----------
    detector_ : AnomalyDetector
        What scores; it has p-values and explains, too.
    offset_ : float
        What ``score_samples`` is of the least usual inlier.
    {ATTRIBUTES}

    Raises
    ------
    ValueError
        By ``fit``, for a parameter out of range, and for what :class:`microae.Autoencoder` refuses.

    Examples
    --------
    >>> import numpy as np
    >>> from microae.sklearn import AutoencoderOutlierDetector
    >>> rng = np.random.default_rng(0)
    >>> celsius = rng.normal(15.0, 8.0, 500)
    >>> weather = np.column_stack([celsius, 32.0 + 1.8 * celsius + rng.normal(0.0, 1.0, 500)])
    >>> detector = AutoencoderOutlierDetector(random_state=0).fit(weather)
    >>> detector.predict([[20.0, 68.0], [20.0, 90.0], [1e6, 1.8e6]])
    array([ 1, -1, -1])
    """

    def __init__(
        self,
        n_components: int | None = None,
        hidden_layer_sizes: Any = None,
        *,
        activation: str = "tanh",
        variant: str = "plain",
        variant_options: dict[str, Any] | None = None,
        scaling: str = "column",
        solver: str = "adam",
        learning_rate_init: float | None = None,
        weight_decay: float = 0.0,
        batch_size: int = 64,
        max_iter: int = 200,
        early_stopping: bool = True,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        backend: str = "auto",
        verbose: bool = False,
        random_state: Any = None,
        contamination: float | str = "auto",
    ) -> None:
        super().__init__(
            n_components,
            hidden_layer_sizes,
            activation=activation,
            variant=variant,
            variant_options=variant_options,
            scaling=scaling,
            solver=solver,
            learning_rate_init=learning_rate_init,
            weight_decay=weight_decay,
            batch_size=batch_size,
            max_iter=max_iter,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            backend=backend,
            verbose=verbose,
            random_state=random_state,
        )
        self.contamination = contamination

    def fit(self, X: Any, y: Any = None) -> AutoencoderOutlierDetector:  # noqa: ARG002
        """Train a new network, and find the score from which on a sample is an outlier.

        Parameters
        ----------
        X : array_like (N, features)
            At least 10 samples.
        y : ignored

        Returns
        -------
        self
        """
        X = self._validated(X, reset=True, least=10)
        held = self._fit(X)
        calibration = X[held] if len(held) else None
        detector = AnomalyDetector(networks=[self._autoencoder], scale=self._scaling, seed=self._generator)
        self.detector_ = detector.fit(np.delete(X, held, axis=0), calibration=calibration)
        if self.contamination == "auto":
            share, scores = LEVEL, -self.detector_.calibration.scores
        else:
            share, scores = float(self.contamination), -self.detector_.score_samples(X)
        self.offset_ = float(np.quantile(scores, share))
        return self

    def score_samples(self, X: Any) -> Array:
        """Minus each sample's distance from the usual ones: the more, the more usual; -1 is usual.

        Parameters
        ----------
        X : array_like (N, features)

        Returns
        -------
        array (N,)
            float64.
        """
        X = self._validated(X)
        return -self.detector_.score_samples(X)

    def decision_function(self, X: Any) -> Array:
        """``score_samples`` less ``offset_``: below 0 for outliers.

        Parameters
        ----------
        X : array_like (N, features)

        Returns
        -------
        array (N,)
        """
        decision: Array = self.score_samples(X) - self.offset_
        return decision

    def predict(self, X: Any) -> Array:
        """1 for each inlier, -1 for each outlier.

        Parameters
        ----------
        X : array_like (N, features)

        Returns
        -------
        array of int (N,)
        """
        return np.where(self.decision_function(X) < 0, -1, 1)

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.contamination != "auto":
            check_scalar(self.contamination, "contamination", Real, min_val=0, max_val=0.5, include_boundaries="right")
