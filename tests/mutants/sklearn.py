"""Faults in scikit-learn's estimators: scaling, training, what a fitted network says."""

from tests.mutants.fault import Fault

SCALING, ESTIMATOR = "microae/anomalies/scaling.py", "microae/sklearn/estimator.py"
TRANSFORMER, OUTLIERS = "microae/sklearn/transformer.py", "microae/sklearn/outliers.py"
CLASSIFIER = "microae/sklearn/classifier.py"
OF_TABLES, OF_TRAINING = "tests/sklearn/test_tables.py", "tests/sklearn/test_training.py"
AMONG, CHECKED = "tests/sklearn/test_composition.py", "tests/sklearn/test_estimator_checks.py"

FAULTS = [
    Fault(SCALING, "(self.varies * self.unit)", "self.unit", f"{OF_TABLES} -k survive"),
    Fault(SCALING, "scaled = np.clip(scaled, -FARTHEST, FARTHEST, out=scaled)", "pass", f"{OF_TABLES} -k as_large"),
    Fault(SCALING, "np.sqrt(moments.variance.mean())", "np.sqrt(moments.variance).mean()", f"{OF_TABLES} -k apart"),
    Fault(SCALING, "        if not np.isfinite(moments.variance).all():", "        if False:",
          f"{OF_TABLES} -k variance"),
    Fault(SCALING, "self.moments.merged(Moments.of(np.asarray(x)))", "Moments.of(np.asarray(x))",
          f"{OF_TRAINING} -k scales_by_all"),
    Fault(ESTIMATOR, "            best.restore()\n", "            pass\n", f"{OF_TRAINING} -k best_epoch"),
    Fault(ESTIMATOR, "losses[-1] <= min(losses)", "losses[-1] >= min(losses)", f"{OF_TRAINING} -k best_epoch"),
    Fault(ESTIMATOR, "Scaling.measured(X[taken], self", "Scaling.measured(X[held], self", f"{OF_TABLES} -k apart"),
    Fault(ESTIMATOR, "check_random_state(self.random_state).randint(2**31 - 1)", "None", f"{OF_TRAINING} -k same_bits"),
    Fault(ESTIMATOR, "                seed=self._generator,\n                target=y,",
          "                target=y,", f"{OF_TRAINING} -k same_bits"),
    Fault(ESTIMATOR, "            self.network_.eval()\n", "            pass\n", f"{OF_TRAINING} -k draws_no_noise"),
    Fault(ESTIMATOR, "            dtype=X.dtype,\n", "", f"{OF_TABLES} -k float32"),
    Fault(ESTIMATOR, " * self._scaling.varies\n", "\n", f"{OF_TABLES} -k errs_by_nothing"),
    Fault(ESTIMATOR, "order[groups[order] == group]", "order", f"{AMONG} -k held_out"),
    Fault(ESTIMATOR, "weight_decay=self.weight_decay", "weight_decay=0.0", f"{OF_TRAINING} -k solver"),
    Fault(ESTIMATOR, "        if self.__sklearn_is_fitted__():\n            self._scaling",
          "        if False:\n            self._scaling", f"{OF_TRAINING} -k goes_on_after"),
    Fault(ESTIMATOR, 'return hasattr(self, "n_iter_")', "return True", f"{OF_TRAINING} -k nothing_fitted"),
    Fault(ESTIMATOR, "min(hidden, default=code + 1) <= code", "min(hidden, default=code + 1) < code",
          f"{OF_TRAINING} -k out_of_range"),
    Fault(TRANSFORMER, "if codes.shape[1] != self.n_components_:", "if False:", f"{AMONG} -k another_width"),
    Fault(TRANSFORMER, "return self._scaling.restored(self._outputs(self._autoencoder.decode, codes))",
          "return self._outputs(self._autoencoder.decode, codes)", f"{OF_TABLES} -k any_unit"),
    Fault(OUTLIERS, "scores = LEVEL, ", "scores = 10 * LEVEL, ", f"{AMONG} -k no_share"),
    Fault(OUTLIERS, "float(self.contamination)", "float(self.contamination) / 2", f"{AMONG} -k a_share"),
    Fault(OUTLIERS, "X[held] if len(held) else None", "X[held]", f"{AMONG} -k few_samples"),
    Fault(CLASSIFIER, "logits[:, 1] - logits[:, 0]", "logits[:, 0] - logits[:, 1]", f"{AMONG} -k log_odds"),
    Fault(CLASSIFIER, "if self.reconstruction else loss", "if False else loss", f"{AMONG} -k counts"),
    Fault(CLASSIFIER, "        if len(unknown):", "        if False:", f"{OF_TRAINING} -k all_classes"),
    Fault(CLASSIFIER, "        check_classification_targets(y)\n", "",
          f"{CHECKED}::test_scikit_learn_finds_nothing[AutoencoderClassifier-check_classifiers_regression_target]"),
]  # fmt: skip
"""In the order of the files."""
