"""``AutoencoderTransformer``: the code of each sample, and back."""

from __future__ import annotations

from typing import Any

from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted

from microae.core.arrays import Array
from microae.sklearn.estimator import ATTRIBUTES, FLOATS, PARAMETERS, AutoencoderEstimator


class AutoencoderTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, AutoencoderEstimator):
    __doc__ = f"""Reduces samples to the code of an autoencoder, a nonlinear PCA.

    Parameters
    ----------
    {PARAMETERS}

    Attributes
    ----------
    {ATTRIBUTES}

    Raises
    ------
    ValueError
        By ``fit``, for a parameter out of range, and for what :class:`microae.Autoencoder` refuses.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from microae.sklearn import AutoencoderTransformer
    >>> X = load_wine(as_frame=True).data
    >>> reducer = AutoencoderTransformer(n_components=3, random_state=0).set_output(transform="pandas")
    >>> codes = reducer.fit_transform(X)
    >>> codes.shape, list(codes.columns)[0]
    ((178, 3), 'autoencodertransformer0')
    >>> reducer.inverse_transform(codes).shape
    (178, 13)
    """

    def fit(self, X: Any, y: Any = None) -> AutoencoderTransformer:  # noqa: ARG002 - as everywhere in scikit-learn
        """Train a new network.

        Parameters
        ----------
        X : array_like (N, features)
        y : ignored

        Returns
        -------
        self
        """
        self._fit(self._validated(X, reset=True))
        return self

    def partial_fit(self, X: Any, y: Any = None) -> AutoencoderTransformer:  # noqa: ARG002
        """Train on for one epoch of these samples; columns are scaled by the statistics of all samples so far.

        Parameters
        ----------
        X : array_like (N, features)
        y : ignored

        Returns
        -------
        self
        """
        self._partial_fit(self._validated(X, reset=not self.__sklearn_is_fitted__()))
        return self

    def transform(self, X: Any) -> Array:
        """The code of each sample.

        Parameters
        ----------
        X : array_like (N, features)

        Returns
        -------
        array (N, n_components_)
            float32 if the network was fitted to float32, else float64.
        """
        X = self._validated(X)
        return self._outputs(self._autoencoder.encode, self._scaling(X, self._autoencoder.dtype))

    def inverse_transform(self, X: Any) -> Array:
        """The samples that codes stand for, in the units of the columns.

        Parameters
        ----------
        X : array_like (N, n_components_)
            Codes, of whatever origin.

        Returns
        -------
        array (N, features)

        Raises
        ------
        ValueError
            If the codes have another width.
        """
        check_is_fitted(self)
        codes = check_array(X, dtype=FLOATS)
        if codes.shape[1] != self.n_components_:
            raise ValueError(f"the codes have {codes.shape[1]} columns, this code has {self.n_components_}")
        return self._scaling.restored(self._outputs(self._autoencoder.decode, codes))

    def score_samples(self, X: Any) -> Array:
        """Minus the mean squared error of each sample's reconstruction, in scaled units: the more, the more usual.

        Parameters
        ----------
        X : array_like (N, features)

        Returns
        -------
        array (N,)
            float64.
        """
        return -self._errors(self._validated(X))

    def score(self, X: Any, y: Any = None) -> float:  # noqa: ARG002
        """The mean of :meth:`score_samples`, so that a search without ``y`` chooses the least error.

        Parameters
        ----------
        X : array_like (N, features)
        y : ignored

        Returns
        -------
        float
        """
        return float(self.score_samples(X).mean())

    @property
    def _n_features_out(self) -> int:
        return self.n_components_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
