"""Faults in the numerics outside the table: layers, losses, optimisers, autoencoders, histories, transforms."""

from __future__ import annotations

from tests.mutants.fault import Fault

ACTIVATIONS = "microae/nn/activations.py"
INITIALISERS = "microae/nn/initialisers.py"
LAYERS = "microae/nn/layers.py"
LOSSES = "microae/nn/losses.py"
MODULE = "microae/nn/module.py"
ROWS = "microae/operations/activations.py"
KERNELS = "microae/operations/kernels.py"
RECORDER = "microae/recording/recorder.py"
BASE, OPTIMIZERS = "microae/optim/base.py", "microae/optim/optimizers.py"
AUTOENCODER = "microae/autoencoders/autoencoder.py"
EVALUATION = "microae/autoencoders/evaluation.py"
HISTORY = "microae/history.py"
TRANSFORMS = "microae/transforms.py"

T_INITIALISERS = "tests/nn/test_initialisers.py"
T_LAYERS = "tests/nn/test_layers.py"
T_LOSSES = "tests/nn/test_losses.py"
T_MODULE = "tests/nn/test_module.py"
T_OPTIMIZERS = "tests/optim/test_optimizers.py"
T_AUTOENCODER = "tests/autoencoders/test_autoencoder.py"
T_EVALUATION = "tests/autoencoders/test_evaluation.py"
T_HISTORY = "tests/test_history.py"
T_TRANSFORMS = "tests/test_transforms.py"
T_STEP = "tests/recording/test_step.py"

FAULTS = [
    # nn/initialisers
    Fault(
        INITIALISERS,
        "return rng.normal(0.0, math.sqrt(2.0 / shape[0]), shape)",
        "return rng.normal(0.0, math.sqrt(1.0 / shape[0]), shape)",
        T_INITIALISERS,
    ),
    Fault(INITIALISERS, "limit = math.sqrt(6.0 / shape[0])", "limit = math.sqrt(6.0 / shape[1])", T_INITIALISERS),
    Fault(
        INITIALISERS,
        "return rng.normal(0.0, math.sqrt(2.0 / sum(shape)), shape)",
        "return rng.normal(0.0, 2.0 / sum(shape), shape)",
        T_INITIALISERS,
    ),
    Fault(INITIALISERS, "limit = math.sqrt(6.0 / sum(shape))", "limit = math.sqrt(3.0 / sum(shape))", T_INITIALISERS),
    Fault(
        INITIALISERS,
        "limit = 1.0 / math.sqrt(shape[0])\n    return rng.uniform(-limit, limit, shape)",
        "limit = 1.0 / math.sqrt(shape[0])\n    return rng.uniform(0.0, limit, shape)",
        T_INITIALISERS,
    ),
    Fault(
        INITIALISERS,
        "return np.random.default_rng(seed)",
        "return np.random.default_rng(seed if isinstance(seed, np.random.Generator) else 0)",
        T_INITIALISERS,
    ),
    # nn/layers
    Fault(
        LAYERS,
        'initialiser: str | Initialiser = "he_uniform"',
        'initialiser: str | Initialiser = "uniform"',
        T_INITIALISERS + " -k same_seed",
    ),
    Fault(
        LAYERS,
        "np.zeros(self.out_features, dtype)) if bias",
        "np.ones(self.out_features, dtype)) if bias",
        T_LAYERS + " -k defaults",
    ),
    Fault(
        LAYERS,
        "np.zeros(self.out_features, dtype)) if bias",
        "np.zeros(self.out_features)) if bias",
        T_LAYERS + " -k takes_lists",
    ),
    Fault(
        LAYERS, "self.weight = Value(weight.astype(dtype))", "self.weight = Value(weight)", T_LAYERS + " -k takes_lists"
    ),
    Fault(
        LAYERS,
        "(self.in_features, self.out_features), seed)",
        "(self.in_features, self.out_features), 0)",
        T_INITIALISERS + " -k same_seed",
    ),
    Fault(
        KERNELS,
        "def leaky_relu(x: Any, negative_slope: float = 0.01)",
        "def leaky_relu(x: Any, negative_slope: float = 0.1)",
        T_LAYERS + " -k defaults",
    ),
    Fault(ACTIVATIONS, ".bind(*given, **options)", ".bind(**options)", T_LAYERS + " -k activation_options"),
    Fault(
        ROWS,
        "return clip(x, min_val, max_val)",
        "return clip(x, min_val, -min_val)",
        T_LAYERS + " -k activation_options",
    ),
    Fault(
        ACTIVATIONS,
        "return self.function(x, **self._non_default) if self._non_default else self.function(x)",
        "return self.function(x)",
        T_LAYERS + " -k activation_options",
    ),
    Fault(
        LAYERS,
        'super().__init__(share("Dropout", "p", p), seed)\n\n'
        "    def change(self, x: Any) -> Any:\n"
        "        return x * (self._mask(x, self.amount) / x.dtype.type(1.0 - self.amount))",
        'super().__init__(share("Dropout", "p", p), seed)\n\n'
        "    def change(self, x: Any) -> Any:\n        return x * self._mask(x, self.amount)",
        T_LAYERS + " -k dropout",
    ),
    Fault(LAYERS, "x.dtype.type(1.0 - self.amount)", "x.dtype.type(self.amount)", T_LAYERS + " -k dropout"),
    Fault(LAYERS, "/ x.dtype.type(1.0 - self.amount)", "/ np.float64(1.0 - self.amount)", T_LAYERS + " -k dropout"),
    Fault(LAYERS, "self._draws.random(x.shape) >= p", "self._draws.random(x.shape) <= p", T_LAYERS + " -k dropout"),
    Fault(
        LAYERS,
        "(self._draws.random(x.shape) >= p).astype(x.dtype)",
        "self.rng.random(x.shape[-1:]) >= p",
        T_LAYERS + " -k randomness",
    ),
    Fault(LAYERS, "if not self.training or not self.amount:", "if not self.amount:", T_LAYERS + " -k randomness"),
    Fault(
        LAYERS,
        "self._draws.standard_normal(x.shape)).astype(x.dtype)",
        "self._draws.standard_normal(x.shape))",
        T_LAYERS + " -k gaussian",
    ),
    Fault(
        LAYERS,
        "self.amount * self._draws.standard_normal(x.shape)",
        "self.amount**2 * self._draws.standard_normal(x.shape)",
        T_LAYERS + " -k gaussian",
    ),
    Fault(
        LAYERS, "def __init__(self, p: float = 0.25,", "def __init__(self, p: float = 0.5,", T_LAYERS + " -k defaults"
    ),
    Fault(
        LAYERS,
        "def __init__(self, std: float = 0.1,",
        "def __init__(self, std: float = 0.01,",
        T_LAYERS + " -k defaults",
    ),
    Fault(LAYERS, "            recorder.note_draws(self.rng)\n", "            pass\n", T_STEP + " -k same_noise"),
    Fault(
        "microae/arguments.py",
        "0 <= number < 1)",
        "0 <= number <= 1)",
        T_LAYERS + " -k amounts",
    ),
    # nn/losses
    Fault(LOSSES, "if not target.size and reduction ==", "if False and reduction ==", T_LOSSES + " -k no_elements"),
    Fault(
        LOSSES,
        "(shape := data.shape) != target.shape:",
        "len(shape := data.shape) != len(target.shape):",
        T_LOSSES + " -k shapes_must",
    ),
    Fault(
        LOSSES,
        "return data.astype(np.promote_types(data.dtype, dtype) if is_float else dtype)",
        "return data",
        T_LOSSES + " -k float32_is_kept",
    ),
    Fault(KERNELS, "return all([0.0 <= number <= 1.0", "return all([number <= 1.0", T_LOSSES + " -k unit_interval"),
    Fault(
        KERNELS, "x.min() >= 0.0 and x.max() <= 1.0", "x.min() >= 0.0 and x.max() < 1.0", T_LOSSES + " -k at_the_ends"
    ),
    Fault(KERNELS, "x.min() >= 0.0 and x.max() <= 1.0", "x.max() <= 1.0", T_LOSSES + " -k unit_interval"),
    Fault(
        LOSSES,
        "        if z._array is prediction.arguments[0]:  # unless z was rebound since\n",
        "        if True:\n",
        T_LOSSES + " -k rebound",
    ),
    Fault(
        LOSSES,
        "return rows._sigmoid_cross_entropy(z, prediction, target, reduction=reduction)",
        "return rows._sigmoid_cross_entropy(z, prediction, target)",
        T_LOSSES + " -k no_elements",
    ),
    Fault(
        LOSSES,
        "target * logs).sum(axis=-1)",
        "target * logs).sum(axis=0)",
        T_LOSSES + " -k entropy_by_hand",
    ),
    Fault(
        LOSSES,
        "logs = log_softmax(logits, axis=-1)",
        "logs = log_softmax(logits, axis=0)",
        T_LOSSES + " -k entropy_by_hand",
    ),
    Fault(
        LOSSES,
        "np.minimum(np.maximum(target, 0), n - 1)",
        "np.minimum(np.maximum(target, 0), n)",
        T_LOSSES + " -k entropy_refuses",
    ),
    Fault(LOSSES, "lie in 0..{n - 1}, they", "lie in 0..{n}, they", T_LOSSES + " -k entropy_refuses"),
    Fault(
        LOSSES,
        'loss.sum() if reduction == "sum" else loss.mean()',
        'loss.sum() if reduction == "sum" else loss.sum() / shape[-1]',
        T_LOSSES + " -k entropy_by_hand",
    ),
    # nn/module
    Fault(
        MODULE,
        "        finally:\n            enter(context)\n\n    def __setattr__",
        "        finally:\n            pass\n\n    def __setattr__",
        T_MODULE,
    ),
    Fault(
        MODULE,
        "        finally:\n            enter(context)\n        return x",
        "        finally:\n            pass\n        return x",
        T_MODULE,
    ),
    Fault(MODULE, "parameter.label = parameter.label or path", "parameter.label = path", T_MODULE),
    Fault(MODULE, "            if id(module) in seen:\n                return\n", "", T_MODULE),
    Fault(MODULE, "if value not in seen and value.operation is None:", "if value not in seen:", T_MODULE),
    Fault(MODULE, "            value.grad = None\n", "            value.grad = 0.0\n", T_MODULE),
    Fault(
        MODULE,
        'for module in self.modules():\n            object.__setattr__(module, "training", bool(mode))',
        'for module in (self, *self.children()):\n            object.__setattr__(module, "training", bool(mode))',
        T_MODULE,
    ),
    Fault(MODULE, "return {name: value.numpy() for", "return {name: value._array for", T_MODULE),
    Fault(MODULE, "if strict and (missing or unknown):", "if strict and missing:", T_MODULE),
    Fault(MODULE, "if not np.isfinite(new[name]).all()]", "if np.isnan(new[name]).any()]", T_MODULE),
    Fault(
        MODULE,
        'f"{name}.{i}": item for i, item in enumerate(value)}',
        'f"{name}.{i}": item for i, item in enumerate(value, 1)}',
        T_MODULE,
    ),
    Fault(MODULE, "self._ordinary = all(", "self._ordinary = True or all(", T_MODULE),
    # optim/optimizers
    Fault(BASE, "            p._grad = None\n", "            pass\n", T_OPTIMIZERS + " -k zero_grad"),
    Fault(
        RECORDER,
        "(p, p._array, p._grad.copy(), state, steps + 1)",
        "(p, p._array, p._grad, state, steps + 1)",
        T_STEP + " -k after_a_step",
    ),
    Fault(BASE, "return copy.copy(self)", "return self", T_STEP + " -k after_a_step"),
    Fault(RECORDER, 'f"{p.label}′" if p.label else None', "p.label", T_STEP + " -k stages_and_owners"),
    Fault(
        OPTIMIZERS,
        "velocity = self.momentum * velocity + g\n",
        "velocity = self.momentum * velocity + g if velocity.any() else g\n",
        T_OPTIMIZERS + " -k clearing",
    ),
    Fault(
        OPTIMIZERS,
        "velocity = self.momentum * velocity + g\n",
        "velocity = self.momentum * (velocity + g)\n",
        T_OPTIMIZERS + " -k pytorch",
    ),
    Fault(
        OPTIMIZERS,
        "(g + self.momentum * velocity if self.nesterov else velocity)",
        "velocity",
        T_OPTIMIZERS + " -k pytorch",
    ),
    Fault(
        KERNELS,
        "    if type(p) is not ndarray:\n        return p - lr * g",
        "    if type(p) is not ndarray:\n        return p + lr * g",
        T_OPTIMIZERS + " -k learning_rate",
    ),
    Fault(KERNELS, "    by = lr * g\n", "    by = lr / 2 * g\n", T_OPTIMIZERS + " -k pytorch"),
    Fault(
        BASE,
        "np.array(self._lr, dtype) for dtype",
        "np.array(self._lr) for dtype",
        T_OPTIMIZERS + " -k float32_stays",
    ),
    Fault(
        BASE,
        "            self._rates = {",
        '            self._rates = getattr(self, "_rates", None) or {',
        T_OPTIMIZERS + " -k learning_rate",
    ),
    Fault(OPTIMIZERS, "m = b1 * m + (1.0 - b1) * g", "m = b1 * m + g", T_OPTIMIZERS + " -k pytorch"),
    Fault(OPTIMIZERS, "(1.0 - b2) * (g * g)", "(1.0 - b2) * g", T_OPTIMIZERS + " -k pytorch"),
    Fault(BASE, "step = steps[i] = steps[i] + 1\n", "step = steps[i] = 1\n", T_OPTIMIZERS + " -k pytorch"),
    Fault(OPTIMIZERS, "rate = lr / (1.0 - b1**step)", "rate = lr", T_OPTIMIZERS + " -k pytorch"),
    Fault(
        OPTIMIZERS,
        "(np.sqrt(v) / (1.0 - b2**step) ** 0.5 + self.eps)",
        "(np.sqrt(v + self.eps) / (1.0 - b2**step) ** 0.5)",
        T_OPTIMIZERS + " -k pytorch",
    ),
    Fault(
        OPTIMIZERS,
        "p = p - (lr * self.weight_decay) * p",
        "p = p - self.weight_decay * p",
        T_OPTIMIZERS + " -k pytorch",
    ),
    Fault(OPTIMIZERS, "weight_decay: float = 0.01,", "weight_decay: float = 0.0,", T_OPTIMIZERS + " -k defaults"),
    Fault(OPTIMIZERS, '"momentum", momentum) < 1:', '"momentum", momentum) <= 1:', T_OPTIMIZERS + " -k refusals"),
    Fault(
        OPTIMIZERS,
        "all(0 <= beta < 1 for beta in betas)",
        "all(0 <= beta <= 1 for beta in betas)",
        T_OPTIMIZERS + " -k refusals",
    ),
    # autoencoders/autoencoder
    Fault(
        AUTOENCODER,
        "depth = 1 + hidden.index(min(hidden))",
        "depth = 1 + hidden.index(max(hidden))",
        T_AUTOENCODER + " -k narrowest",
    ),
    Fault(
        AUTOENCODER,
        "depth = 1 + hidden.index(min(hidden))",
        "depth = len(hidden) - hidden[::-1].index(min(hidden))",
        T_AUTOENCODER + " -k narrowest",
    ),
    Fault(AUTOENCODER, "if dropout and i != outermost:", "if dropout:", T_AUTOENCODER + " -k dropout_acts"),
    Fault(
        AUTOENCODER,
        "self.sparsity * absolute(code).mean()",
        "self.sparsity * absolute(code).sum()",
        T_AUTOENCODER + " -k sparsity_adds",
    ),
    Fault(
        AUTOENCODER,
        "self.sparsity * absolute(code).mean()",
        "self.sparsity * code.mean()",
        T_AUTOENCODER + " -k sparsity_adds",
    ),
    Fault(
        AUTOENCODER,
        "code = self.encoder(x if self.noise is None else self.noise(x))",
        "code = self.encoder(x)",
        T_AUTOENCODER + " -k denoising_has",
    ),
    Fault(
        AUTOENCODER,
        "        code = self.encoder(x if self.noise is None else self.noise(x))\n",
        "        x = target = x if self.noise is None else self.noise(x)\n        code = self.encoder(x)\n",
        T_AUTOENCODER + " -k denoising_has",
    ),
    Fault(
        AUTOENCODER,
        '"sigmoid" if isinstance(self.decoder[-1], Sigmoid) else "others"',
        '"sigmoid"',
        T_AUTOENCODER + " -k follows_the_output",
    ),
    Fault(
        AUTOENCODER,
        "self.decoder(code), target, reduction)",
        "self.decoder(code), target)",
        T_AUTOENCODER + " -k follows_the_output",
    ),
    Fault(
        AUTOENCODER,
        "        with evaluating(self), no_grad():\n",
        "        with no_grad():\n",
        T_AUTOENCODER + " -k noise_as_a_number",
    ),
    Fault(
        AUTOENCODER,
        'modes = [(module, vars(module).get("training")) for module in model.modules()]',
        "modes = [(module, True) for module in model.modules()]",
        T_AUTOENCODER + " -k puts_every_mode",
    ),
    Fault(
        AUTOENCODER,
        "    try:\n        yield\n    finally:\n        for module, mode in modes:",
        "    yield\n    if True:\n        for module, mode in modes:",
        T_AUTOENCODER + " -k puts_every_mode",
    ),
    Fault(
        AUTOENCODER,
        "or x.shape[-1] != self.layers[0]",
        "or x.shape[0] != self.layers[0]",
        T_AUTOENCODER + " -k wrong_width",
    ),
    Fault(
        AUTOENCODER,
        "GaussianNoise(std, seed=rng) if std",
        "GaussianNoise(std) if std",
        T_AUTOENCODER + " -k seed_determines",
    ),
    Fault(
        AUTOENCODER,
        "part.append(Dropout(dropout, seed=rng))",
        "part.append(Dropout(dropout))",
        T_AUTOENCODER + " -k seed_determines",
    ),
    # autoencoders/evaluation
    Fault(
        EVALUATION,
        "np.square(x - reconstruction).mean(axis=1)",
        "np.square(x - reconstruction).mean(axis=0)",
        T_EVALUATION + " -k errors_of_each",
    ),
    Fault(
        EVALUATION,
        "np.square(x - reconstruction).mean(axis=1)",
        "np.square(x - reconstruction).sum(axis=1)",
        T_EVALUATION + " -k errors_of_each",
    ),
    Fault(
        EVALUATION,
        "np.clip(reconstruction, margin, 1.0 - margin)",
        "np.clip(reconstruction, margin, 1.0)",
        T_EVALUATION + " -k clipped",
    ),
    Fault(EVALUATION, "(1.0 - y) * np.log1p(-p)", "(1.0 - y) * np.log(p)", T_EVALUATION + " -k clipped"),
    Fault(
        EVALUATION,
        'np.argsort(-np.asarray(errors, float), kind="stable")[:n]',
        'np.argsort(np.asarray(errors, float), kind="stable")[::-1][:n]',
        T_EVALUATION + " -k worst",
    ),
    Fault(EVALUATION, "mean = train.mean(axis=0)", "mean = test.mean(axis=0)", T_EVALUATION + " -k other_data"),
    Fault(EVALUATION, "[2][:code_size]", "[2][-code_size:]", T_EVALUATION + " -k other_data"),
    Fault(EVALUATION, "return mean + (test - mean)", "return mean + test", T_EVALUATION + " -k other_data"),
    # history
    Fault(
        HISTORY,
        "if self.epochs and self.epochs[-1] % self.stride:",
        "if self.epochs and self.epochs[-1] % 2:",
        T_HISTORY + " -k evenly",
    ),
    Fault(HISTORY, "if e % self.stride == 0 or e == epoch]", "if e % self.stride == 0]", T_HISTORY + " -k evenly"),
    Fault(
        HISTORY, "if len(self.epochs) > self.most:", "if len(self.epochs) > 2 * self.most:", T_HISTORY + " -k evenly"
    ),
    Fault(HISTORY, "key=lambda kept: abs(kept - epoch)", "key=lambda kept: kept - epoch", T_HISTORY + " -k nearest"),
    Fault(HISTORY, "self.states[self.epochs.index(epoch)]", "self.states[epoch]", T_HISTORY + " -k not_all_were_kept"),
    Fault(HISTORY, "SHOWN = 16", "SHOWN = 2", T_HISTORY + " -k different_samples"),
    Fault(
        HISTORY,
        "indices.setdefault(sample.tobytes(), i)",
        "indices[sample.tobytes()] = i",
        T_HISTORY + " -k different_samples",
    ),
    Fault(
        HISTORY,
        "data[chosen], target[chosen]",
        "data[chosen], target[: len(chosen)]",
        T_HISTORY + " -k different_samples",
    ),
    Fault(
        HISTORY,
        "def rewind(self, model: Module, epoch: int = 0)",
        "def rewind(self, model: Module, epoch: int = 1)",
        T_HISTORY + " -k same_training",
    ),
    Fault(
        HISTORY,
        "enumerate(rows, start=after + 1))",
        "enumerate(rows, start=after))",
        "tests/training/test_fit.py -k history_as_a_table",
    ),
    Fault(
        HISTORY,
        "present = {name: numbers for name, numbers in columns.items() if numbers}",
        "present = columns",
        "tests/training/test_fit.py -k history_as_a_table",
    ),
    Fault(
        HISTORY,
        "validation loss {self.validation_loss[-1]:.6g}",
        "validation loss {self.validation_loss[0]:.6g}",
        "tests/training/test_fit.py -k history_as_a_table",
    ),
    # transforms
    Fault(
        TRANSFORMS,
        "with changed(grad_enabled=True, anomaly=False), np.errstate",
        "with changed(grad_enabled=True), np.errstate",
        T_TRANSFORMS + " -k means_to_a_product",
    ),
    Fault(
        TRANSFORMS,
        'with changed(grad_enabled=True, anomaly=False), np.errstate(all="ignore"):',
        "with changed(grad_enabled=True, anomaly=False):",
        T_TRANSFORMS + " -k warn_of_nothing",
    ),
    Fault(
        TRANSFORMS,
        "    with changed(grad_enabled=True):\n        output: Value = checked_output(f(*leaves))",
        "    if True:\n        output: Value = checked_output(f(*leaves))",
        T_TRANSFORMS + " -k inside_no_grad",
    ),
    Fault(
        TRANSFORMS,
        "    with changed(grad_enabled=True):\n        return gradients(output, leaves, seed, record=True)",
        "    return gradients(output, leaves, seed, record=True)",
        T_TRANSFORMS + " -k inside_no_grad",
    ),
    Fault(
        TRANSFORMS,
        "np.ones(output.shape, output.dtype)",
        "np.zeros(output.shape, output.dtype)",
        T_TRANSFORMS + " -k infinite",
    ),
    Fault(TRANSFORMS, "np.ones(output.shape, output.dtype)", "np.ones(output.shape)", T_TRANSFORMS + " -k float32"),
    Fault(TRANSFORMS, "except NoDerivativeError:", "except KeyError:", T_TRANSFORMS + " -k without_second"),
    Fault(
        TRANSFORMS,
        "np.reshape(np.stack(rows), shape)",
        "np.reshape(np.stack(rows).astype(float), shape)",
        T_TRANSFORMS + " -k float32",
    ),
    Fault(
        TRANSFORMS,
        "_stacked(parts, output.shape + x.shape, x.dtype)",
        "_stacked(parts, x.shape + output.shape, x.dtype)",
        T_TRANSFORMS + " -k rows_of_a_jacobian",
    ),
    Fault(
        TRANSFORMS,
        "return value.numpy() if value.ndim else value.data",
        "return value.data",
        T_TRANSFORMS + " -k ones_own",
    ),
    Fault(TRANSFORMS, "return second if several else second[0][0]", "return second[0][0]", T_TRANSFORMS + " -k tuples"),
    Fault(
        TRANSFORMS,
        "return _plain(output), products if several else products[0]",
        "return _plain(output), products[0]",
        T_TRANSFORMS + " -k tuples",
    ),
    Fault(
        LOSSES,
        "data.astype(np.promote_types(data.dtype, dtype) if is_float else dtype)",
        "data.astype(dtype)",
        T_LOSSES + " -k double_precision",
    ),
    Fault(
        BASE,
        "step = steps[i] = steps[i] + 1",
        "step = steps[i] = max(steps) + 1 if i == 0 else max(steps)",
        T_OPTIMIZERS + " -k own_steps",
    ),
    Fault(HISTORY, "[seconds / len(losses)] * len(losses)", "[seconds] * len(losses)", T_HISTORY + " -k share"),
    Fault(
        HISTORY,
        "if len(self.epochs) > self.most:",
        "if len(self.epochs) >= self.most:",
        T_HISTORY + " -k as_may_be_kept",
    ),
    Fault(HISTORY, "samples[:1000]", "samples[:100]", T_HISTORY + " -k first_thousand"),
    Fault(HISTORY, 'encoding="utf-8-sig", newline=""', 'encoding="utf-8", newline=""', T_HISTORY + " -k spreadsheet"),
    Fault(
        "microae/optim/registry.py",
        "if not set(optimizer.parameters) & set(parameters):",
        "if not set(optimizer.parameters) <= set(parameters):",
        "tests/training/test_fit.py -k hold_more",
    ),
    Fault(
        TRANSFORMS,
        "unshared(by_input[x] if x in by_input else _zeros(x) if zeros else None, taken)",
        "(by_input[x] if x in by_input else _zeros(x) if zeros else None)",
        T_TRANSFORMS + " -k two_arrays",
    ),
    Fault(
        TRANSFORMS,
        "_plain(Value(np.asarray(tangent, output.dtype)))",
        "_plain(Value(np.asarray(tangent)))",
        T_TRANSFORMS + " -k single_precision",
    ),
]
