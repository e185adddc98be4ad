"""What the estimators share: their parameters, the network that follows from them, and its training."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state, check_scalar, gen_batches
from sklearn.utils.validation import check_is_fitted, validate_data

from microae.anomalies.scaling import KINDS, Scaling
from microae.autoencoders import (
    Autoencoder,
    ContractiveAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
)
from microae.core.arrays import Array
from microae.core.context import no_grad
from microae.history import History
from microae.nn.module import Module
from microae.optim import OPTIMIZERS
from microae.training import early_stopping, fit

VARIANTS: dict[str, type[Autoencoder]] = {
    "plain": Autoencoder,
    "denoising": DenoisingAutoencoder,
    "sparse": SparseAutoencoder,
    "contractive": ContractiveAutoencoder,
    "variational": VariationalAutoencoder,
}
"""The family by the names that ``variant`` takes."""

FLOATS = (np.float64, np.float32)
ROWS = 4096
"""So many samples go through a fitted network at a time, which bounds the memory."""

PARAMETERS = """n_components : int or None
        Width of the code; None is half the number of features, rounded down, from 1 to 128.
    hidden_layer_sizes : sequence of int, optional
        Widths of the layers between input and code, all wider than the code; the decoder mirrors them. By default one,
        twice as wide as the input and of 64 to 256 units.
    activation : str
        Of the hidden layers and the code, by its name in ``microae.nn.ACTIVATIONS``. With one that saturates, as
        "tanh" does, what lies far outside the data is reconstructed badly.
    variant : str
        "plain", "denoising", "sparse" (which needs activation="sigmoid" for its "kl"), "contractive" or "variational".
    variant_options : dict, optional
        What the variant's class takes besides, such as ``{"corruption": "masking", "amount": 0.3}``, or
        ``{"tied": True}``; "initialiser" is by default "glorot_uniform", "output" is "linear".
    scaling : str
        Columns are centred, and divided by their standard deviations ("column") or all by one ("shared", for columns
        of one unit, such as pixels; "auto" finds out which); input and target alike, and the reconstruction is scaled
        back. "none" leaves them as they are.
    solver : str
        An optimiser by its name in ``microae.optim.OPTIMIZERS``, such as "adam" or "sgd".
    learning_rate_init : float, optional
        By default what is usual for the solver.
    weight_decay : float
        Of the solver (L2 regularisation).
    batch_size : int
        Samples in an update.
    max_iter : int
        Epochs of ``fit``.
    early_stopping : bool
        End where the loss of the held-out samples (without any, that of the training) has had no new least value for
        ``n_iter_no_change`` epochs, and take the weights of the epoch with the least.
    validation_fraction : float
        The share of the samples, from 0 to below 1 and rounded down, that ``fit`` holds out of the training.
    n_iter_no_change : int
        See ``early_stopping``.
    backend : str
        As of :func:`microae.fit`.
    verbose : bool
        Show a progress bar.
    random_state : int, numpy.random.RandomState or None
        Source of all randomness; an int gives the same bits each time."""
"""The part of the docstring that describes them, for each class that takes them."""

ATTRIBUTES = """n_features_in_ : int
        The number of columns.
    feature_names_in_ : array of str
        Their names, if they have names.
    network_ : Module
        The trained network, in evaluation mode; it takes scaled samples.
    loss_curve_ : list of float
        The mean training loss of each epoch.
    validation_loss_curve_ : list of float
        That of the held-out samples after each epoch; empty without any.
    n_components_ : int
        Width of the code.
    n_iter_ : int
        How many epochs were trained."""


class AutoencoderEstimator(BaseEstimator):
    __doc__ = f"""A table in, a trained autoencoder inside: the base of the estimators.

    Parameters
    ----------
    {PARAMETERS}

    Attributes
    ----------
    {ATTRIBUTES}
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
    ) -> None:
        self.n_components = n_components
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.variant = variant
        self.variant_options = variant_options
        self.scaling = scaling
        self.solver = solver
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.backend = backend
        self.verbose = verbose
        self.random_state = random_state

    # --- what a subclass may change ------------------------------------------------------------------------------

    def _network(self, autoencoder: Autoencoder) -> Module:
        """What is trained, given the autoencoder in it."""
        return autoencoder

    # --- training ------------------------------------------------------------------------------------------------

    def _fit(self, X: Array, target: Array | None = None) -> Array:
        """Train anew; return the numbers of the rows that were held out.

        ``target`` are classes (N,), which are held out in equal shares.
        """
        self._start(X)
        groups = np.zeros(len(X), int) if target is None else target
        held = _held_out(groups, self.validation_fraction, self._generator)
        taken = np.setdiff1d(np.arange(len(X)), held)
        self._scaling = Scaling.measured(X[taken], self.scaling)
        best = _Best(self.network_)
        callbacks = [best, early_stopping(self.n_iter_no_change)] if self.early_stopping else []
        validation = self._pair(X[held], None if target is None else target[held]) if len(held) else None
        self._train(X[taken], None if target is None else target[taken], self.max_iter, validation, callbacks)
        if self.early_stopping:
            best.restore()
        return held

    def _partial_fit(self, X: Array, target: Array | None = None) -> None:
        """Train on for one epoch of these samples, or begin with them."""
        if self.__sklearn_is_fitted__():
            self._scaling = self._scaling.updated(X)
        else:
            self._start(X)
            self._scaling = Scaling.measured(X, self.scaling)
        self._train(X, target, 1)

    def _start(self, X: Array) -> None:
        """A new network for such samples, and what trains it."""
        self._check_parameters()
        features = X.shape[1]
        code = min(max(1, features // 2), 128) if self.n_components is None else int(self.n_components)
        widths = self.hidden_layer_sizes
        hidden = [max(64, min(2 * features, 256))] if widths is None else np.atleast_1d(widths).tolist()
        if min(hidden, default=code + 1) <= code:
            raise ValueError(
                f"all hidden layers must be wider than the code of n_components={code}, hidden_layer_sizes are "
                f"{hidden}; pass wider ones, or () for none"
            )
        self._generator = np.random.default_rng(check_random_state(self.random_state).randint(2**31 - 1))
        options = {"activation": self.activation, "output": "linear", "initialiser": "glorot_uniform"}
        autoencoder = VARIANTS[self.variant](
            [features, *hidden, code, *hidden[::-1], features],
            seed=self._generator,
            dtype=X.dtype,
            **{**options, **(self.variant_options or {})},
        )
        self.n_components_, self._autoencoder = code, autoencoder
        self.network_ = self._network(autoencoder)
        solver = OPTIMIZERS[self.solver]
        rate = solver.usual_lr if self.learning_rate_init is None else self.learning_rate_init
        self._optimizer = solver(self.network_.parameters(), lr=rate, weight_decay=self.weight_decay)
        self.loss_curve_: list[float] = []
        self.validation_loss_curve_: list[float] = []

    def _train(self, X: Array, target: Array | None, epochs: int, validation: Any = None, callbacks: Any = ()) -> None:
        x, y = self._pair(X, target)
        history = History()
        try:
            fit(
                self.network_,
                x,
                self._optimizer,
                epochs=epochs,
                batch_size=self.batch_size,
                seed=self._generator,
                target=y,
                validation=validation,
                progress=bool(self.verbose),
                callbacks=callbacks,
                history=history,
                record=False,
                backend=self.backend,
            )
        finally:
            self.network_.eval()
        self.loss_curve_ += history.loss
        self.validation_loss_curve_ += history.validation_loss
        self.n_iter_ = len(self.loss_curve_)

    def _pair(self, X: Array, target: Array | None) -> tuple[Array, Array | None]:
        return self._scaling(X, self._autoencoder.dtype), target

    # --- what is given -------------------------------------------------------------------------------------------

    def _check_parameters(self) -> None:
        for name, least in (("batch_size", 1), ("max_iter", 1), ("n_iter_no_change", 1)):
            check_scalar(getattr(self, name), name, Integral, min_val=least)
        check_scalar(
            self.validation_fraction, "validation_fraction", Real, min_val=0, max_val=1, include_boundaries="left"
        )
        if self.n_components is not None:
            check_scalar(self.n_components, "n_components", Integral, min_val=1)
        for name, known in (("variant", VARIANTS), ("scaling", KINDS), ("solver", OPTIMIZERS)):
            if getattr(self, name) not in known:
                *names, last = map(repr, known)
                raise ValueError(f"{name} must be {', '.join(names)} or {last}, got {getattr(self, name)!r}")

    def _validated(self, X: Any, *, reset: bool = False, least: int = 1) -> Array:
        """A table of floats with the columns of the first one, which ``reset`` makes this one."""
        if not reset:
            check_is_fitted(self)
        x: Array = validate_data(self, X, dtype=FLOATS, reset=reset, ensure_min_samples=least)
        return x

    # --- what a fitted network says ------------------------------------------------------------------------------

    def _outputs(self, function: Callable[[Array], Any], x: Array) -> Array:
        """What a function of the network's input gives for all of it, some rows at a time and without a graph."""
        with no_grad():
            return np.concatenate([function(x[rows]).numpy() for rows in gen_batches(len(x), ROWS)])

    def _errors(self, X: Array) -> Array:
        """The mean squared error of the reconstruction of each sample, in scaled units, as float64."""
        z = self._scaling(X, self._autoencoder.dtype)
        differences = z - self._outputs(self._autoencoder, z) * self._scaling.varies
        errors: Array = np.square(differences, dtype=np.float64).mean(axis=1)
        return errors

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "n_iter_")


class _Best:
    """A callback that keeps the weights of the epoch with the least loss."""

    def __init__(self, network: Module) -> None:
        self.network, self.state = network, network.state_dict()

    def __call__(self, history: History) -> None:
        losses = history.validation_loss or history.loss
        if losses[-1] <= min(losses):
            self.state = self.network.state_dict()

    def restore(self) -> None:
        self.network.load_state_dict(self.state)


def _held_out(groups: Array, fraction: float, rng: np.random.Generator) -> Array:
    """The rows, ascending, of a random share of each group, rounded down."""
    order = rng.permutation(len(groups))
    of_each = [order[groups[order] == group] for group in np.unique(groups)]
    return np.sort(np.concatenate([rows[: int(fraction * len(rows))] for rows in of_each]))
