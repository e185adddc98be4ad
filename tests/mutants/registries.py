"""Faults in the registries of losses, optimisers and data sets, in what reads them, and in the callbacks of ``fit``."""

from tests.mutants.fault import Fault

LOSSES, DATA, OPTIM = "microae/nn/losses.py", "microae/data/registry.py", "microae/optim/optimizers.py"
LOSS_REGISTRY, OPTIM_REGISTRY = "microae/nn/registry.py", "microae/optim/registry.py"
RUN, CALLBACKS, DESCENTS = "microae/training/run.py", "microae/training/callbacks.py", "microae/paper/descents.py"
COMMANDS = "microae/commands"
OF_LOSSES, OF_DATA, OF_OPTIM = "tests/nn/test_loss_registry.py", "tests/data/test_registry.py", "tests/optim"
OF_COMMANDS = "tests/commands/test_registries.py"
OF_FIT, OF_CALLBACKS, OF_DESCENTS = (
    "tests/training/test_fit.py",
    "tests/training/test_callbacks.py",
    "tests/paper/test_descents.py",
)

FAULTS = [
    # losses
    Fault(LOSS_REGISTRY, "    if name in LOSSES:\n        raise", "    if False:\n        raise", OF_LOSSES),
    Fault("microae/arguments.py", "known.get(name, known.get(name.lower()))", "known.get(name.lower())", OF_LOSSES),
    Fault("microae/arguments.py", "known.get(name, known.get(name.lower()))", "known.get(name)", OF_OPTIM),
    Fault(LOSS_REGISTRY, "words, remark or words,", "words, words,", OF_COMMANDS),
    Fault(LOSS_REGISTRY, "words, remark or words,", "words, remark,", OF_COMMANDS),
    Fault(LOSSES, "from_logits.__name__] = known.from_logits", "from_logits.__name__] = known.function", OF_LOSSES),
    Fault(LOSS_REGISTRY, "known.default_after == output)", "known.default_after)", OF_LOSSES),
    Fault(LOSS_REGISTRY, "function in (known.function, known.from_logits)", "function is known.function", OF_LOSSES),
    Fault(LOSSES, '    default_after="others",\n', '    default_after="sigmoid",\n', OF_LOSSES),
    Fault(LOSSES, "    fractions=True,\n", "", OF_LOSSES),
    Fault(LOSSES, '("binary_cross_entropy", "sigmoid_cross_entropy")', '("binary_cross_entropy",)', OF_LOSSES),
    Fault("microae/testing/strategies.py", "return loss.function(sigmoid(h), self.target)",
          "return loss.function(h, self.target)", OF_LOSSES),
    Fault("microae/testing/strategies.py", "tuple(LOSSES) if losses is None else losses", "tuple(LOSSES)", OF_LOSSES),
    Fault("microae/drawing/measuring.py", "return loss_words(distance)", 'return "loss"', OF_LOSSES),
    Fault("microae/drawing/walk/by_hand.py", "if row in loss.rows)", "if row == loss.rows[0])", "tests/drawing/walk"),
    Fault("microae/paper/neurons.py", "        function = loss_function(loss)\n",
          '        function = loss_function("mse")\n', "tests/paper/test_neurons.py " + OF_LOSSES),
    # optimisers
    Fault(OPTIM_REGISTRY, "        optimizer_class.usual_lr = lr\n", "        Optimizer.usual_lr = lr\n", OF_OPTIM),
    Fault(OPTIM_REGISTRY, "    if name in OPTIMIZERS:\n", "    if False:\n", OF_OPTIM),
    Fault(OPTIM, '@optimizer("adamw", lr=0.003)', '@optimizer("adamw", lr=0.03)', OF_OPTIM),
    # data sets
    Fault(DATA, "    if name in DATASETS:\n", "    if False:\n", OF_DATA),
    Fault(DATA, 'n=f"{len(x):,}"', 'n=f"{x.shape[1]:,}"', OF_DATA),
    Fault(DATA, "    if array is not None:\n        raise", "    if False:\n        raise", OF_DATA),
    Fault(DATA, "x = load(source, array)", "x = load(source)", OF_DATA),
    Fault("microae/data/packaged.py", "features=64", "features=63", OF_DATA),
    # training
    Fault(RUN, "            for call in before:\n                call()\n            optimizer.zero_grad()\n",
          "            optimizer.zero_grad()\n", OF_FIT),
    Fault(RUN, "call(value, len(chosen))", "call(value, self.batch_size)", OF_FIT),
    Fault(
        "microae/progress.py",
        "    if not shown:\n        yield lambda loss, updates, rate: None\n        return\n",
        "",
        OF_FIT,
    ),
    Fault(CALLBACKS, "in chosen else None", "not in chosen else None", OF_CALLBACKS),
    Fault(CALLBACKS, "np.linspace(1, epochs, times)", "np.linspace(0, epochs, times)", OF_CALLBACKS),
    Fault(DESCENTS, "0.0 if samples == len(self.data) else loss - self.whole", "loss - self.whole", OF_DESCENTS),
    Fault(DESCENTS, "self.rises.append(after > self.whole)", "self.rises.append(after < self.whole)", OF_DESCENTS),
    Fault(DESCENTS, "if self.reached is None and self.whole <= self.goal:", "if self.whole <= self.goal:", OF_DESCENTS),
    Fault(DESCENTS, "history.epochs >= self.noise_epochs and", "history.epochs > self.noise_epochs and", OF_DESCENTS),
    Fault(DESCENTS, "        self._first = len(self.times)\n", "", OF_DESCENTS),
    Fault(DESCENTS, "next(self.epochs, None)\n        return", "return", OF_DESCENTS),
    # commands
    Fault(f"{COMMANDS}/experiment.py", "{option: default if given is None else given}", "{option: default}",
          OF_COMMANDS),
    Fault(f"{COMMANDS}/experiment.py", "        elif given is not None:\n", "        elif False:\n", OF_COMMANDS),
    Fault(f"{COMMANDS}/experiment.py", "kind.usual_lr if settings.lr is None else settings.lr", "kind.usual_lr",
          OF_COMMANDS),
    Fault(f"{COMMANDS}/experiment.py", "if LOSSES[settings.loss].fractions and", 'if settings.loss == "bce" and',
          OF_COMMANDS),
    Fault(f"{COMMANDS}/draw.py", "names.setdefault(known.features, known.name)", "names[known.features] = known.name",
          OF_COMMANDS),
    Fault(f"{COMMANDS}/common.py", '"|".join([*DATASETS, "FILE"])', '"digits|paper|FILE"', OF_COMMANDS),
    Fault(f"{COMMANDS}/train.py", "choices=list(LOSSES))", 'choices=["mse", "bce"])', OF_COMMANDS),
    Fault(f"{COMMANDS}/train.py", "for name, decay in own.items() if decay)", "for name, decay in own.items())",
          OF_COMMANDS),
    Fault(f"{COMMANDS}/paper.py", "compared = spread(epochs, 25)", "compared = spread(epochs, 24)",
          "tests/commands/test_paper.py"),
    Fault(f"{COMMANDS}/paper.py", "seed=seed,\n        progress=progress,", "seed=0,\n        progress=progress,",
          "tests/commands/test_paper.py"),
]  # fmt: skip
