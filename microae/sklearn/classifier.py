"""``AutoencoderClassifier``: classes from the code of an autoencoder that is trained with them."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import check_scalar
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from microae.autoencoders import Autoencoder
from microae.core.arrays import Array
from microae.nn.layers import Linear
from microae.nn.losses import cross_entropy
from microae.nn.module import Module
from microae.operations.activations import softmax
from microae.sklearn.estimator import ATTRIBUTES, FLOATS, PARAMETERS, AutoencoderEstimator


class SupervisedAutoencoder(Module):
    """An autoencoder with one linear layer from its code to the logits of the classes.

    Minimises ``-ln softmax(z)[class] + reconstruction · (the autoencoder's loss)`` (Le, Patterson and White 2018).

    Parameters
    ----------
    autoencoder : Autoencoder
    code, classes : int
        Width of its code, and number of classes.
    reconstruction : float
        What the autoencoder's loss counts.
    seed : numpy.random.Generator
        Source of the randomness.

    Examples
    --------
    >>> import microae as ma
    >>> from microae.sklearn.classifier import SupervisedAutoencoder
    >>> net = SupervisedAutoencoder(ma.Autoencoder([3, 2, 3], seed=0), 2, 4, 0.5, seed=0)
    >>> net([[1, 0, 1]]).shape, net.loss([[1, 0, 1]], [3]).shape
    ((1, 4), ())
    """

    def __init__(self, autoencoder: Autoencoder, code: int, classes: int, reconstruction: float, seed: Any) -> None:
        self.autoencoder, self.reconstruction = autoencoder, reconstruction
        self.head = Linear(code, classes, initialiser="glorot_uniform", seed=seed, dtype=autoencoder.dtype)

    def forward(self, x: Any) -> Any:
        """The logits (N, classes) of ``x`` (N, features)."""
        return self.head(self.autoencoder.encode(x))

    def loss(self, x: Any, target: Any) -> Any:
        """The loss of samples (N, features) with classes (N,)."""
        loss = cross_entropy(self(x), target)
        return loss + self.reconstruction * self.autoencoder.loss(x) if self.reconstruction else loss


class AutoencoderClassifier(ClassifierMixin, AutoencoderEstimator):
    __doc__ = f"""Tells classes apart by a code that also reconstructs the samples.

    The loss is the cross-entropy of the classes plus ``reconstruction`` times that of the autoencoder, a supervised
    autoencoder (Le, Patterson and White 2018); with 0 it is a classifier as others are. Samples are held out in equal
    shares of each class.

    Parameters
    ----------
    {PARAMETERS}
    reconstruction : float
        What the autoencoder's loss counts beside the cross-entropy.

    Attributes
    ----------
    classes_ : array (classes,)
        The labels, ascending.
    {ATTRIBUTES}

    Raises
    ------
    ValueError
        By ``fit``, for a parameter out of range, and for what :class:`microae.Autoencoder` refuses.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.model_selection import train_test_split
    >>> from microae.sklearn import AutoencoderClassifier
    >>> X, X_test, y, y_test = train_test_split(*load_wine(return_X_y=True), random_state=0)
    >>> classifier = AutoencoderClassifier(random_state=0).fit(X, y)
    >>> classifier.score(X_test, y_test) > 0.9
    True
    """

    def __init__(
        self,
        n_components: int | None = 32,
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
        reconstruction: float = 0.1,
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
        self.reconstruction = reconstruction

    def fit(self, X: Any, y: Any) -> AutoencoderClassifier:
        """Train a new network.

        Parameters
        ----------
        X : array_like (N, features)
        y : array_like (N,)
            The class of each sample, of any type.

        Returns
        -------
        self
        """
        X, y = self._labelled(X, y, reset=True)
        self.classes_, classes = np.unique(y, return_inverse=True)
        self._fit(X, classes)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> AutoencoderClassifier:
        """Train on for one epoch of these samples; columns are scaled by the statistics of all samples so far.

        Parameters
        ----------
        X : array_like (N, features)
        y : array_like (N,)
        classes : array_like (classes,), optional
            All classes that there will be; needed in the first call.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the classes are not given in the first call, or ``y`` has others.
        """
        first = not self.__sklearn_is_fitted__()
        X, y = self._labelled(X, y, reset=first)
        if first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        if first:
            self.classes_ = np.unique(classes)
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(f"classes are {classes!r}, in the first call to partial_fit they were {self.classes_}")
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(f"y has classes {unknown}, which are not among the classes {self.classes_}")
        self._partial_fit(X, np.searchsorted(self.classes_, y))
        return self

    def decision_function(self, X: Any) -> Array:
        """The logit of each class; of two classes the second's less the first's.

        Parameters
        ----------
        X : array_like (N, features)

        Returns
        -------
        array (N, classes), or (N,) for two classes
        """
        logits = self._logits(X)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class.

        Parameters
        ----------
        X : array_like (N, features)

        Returns
        -------
        array (N, classes)
        """
        return softmax(self._logits(X), axis=-1)

    def predict(self, X: Any) -> Array:
        """The likeliest class of each sample.

        Parameters
        ----------
        X : array_like (N, features)

        Returns
        -------
        array (N,)
        """
        best = self._logits(X).argmax(axis=1)
        return self.classes_[best]

    def _logits(self, X: Any) -> Array:
        X = self._validated(X)
        return self._outputs(self.network_, self._scaling(X, self._autoencoder.dtype))

    def _labelled(self, X: Any, y: Any, *, reset: bool) -> tuple[Array, Array]:
        X, y = validate_data(self, X, y, dtype=FLOATS, reset=reset)
        check_classification_targets(y)
        return X, y

    def _network(self, autoencoder: Autoencoder) -> Module:
        return SupervisedAutoencoder(
            autoencoder, self.n_components_, len(self.classes_), self.reconstruction, self._generator
        )

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_scalar(self.reconstruction, "reconstruction", Real, min_val=0)
