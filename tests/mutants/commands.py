"""Faults in the command line: its options and exit codes, the experiment, the pictures from files, the reproduction."""

from __future__ import annotations

from tests.mutants.fault import Fault

CLI = "microae/commands/cli.py"
EXPERIMENT = "microae/commands/experiment.py"
GALLERY = "microae/commands/gallery.py"
REPRODUCTION = "microae/commands/reproduction.py"
TABLES = "microae/commands/tables.py"

T_CLI = "tests/commands/test_cli.py"
T_CHECK = "tests/testing/test_check_command.py"
T_DRAW = "tests/commands/test_draw_command.py"
T_EXPERIMENT = "tests/commands/test_experiment.py"
T_REPRODUCTION = "tests/commands/test_reproduction.py"
T_TABLES = "tests/commands/test_tables.py"

FAULTS = [
    # exit codes and messages
    Fault(
        CLI,
        "FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130",
        "FAILED, USAGE, INTERRUPTED = 0, 1, 2, 1",
        T_CLI + " -k ctrl_c",
    ),
    Fault(
        CLI,
        "FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130",
        "FAILED, USAGE, INTERRUPTED = 0, 1, 1, 130",
        T_CLI + " -k mistakes_in_the_data",
    ),
    Fault(CLI, "return int(stop.code or SUCCESS)", "return SUCCESS", T_CLI + " -k mistakes_in_the_arguments"),
    Fault(
        CLI,
        "sys.stdout.fileno())\n        return FAILED",
        "sys.stdout.fileno())\n        return SUCCESS",
        T_CLI + " -k seen_enough",
    ),
    Fault(CLI, "    except BrokenPipeError:", "    except IsADirectoryError:", T_CLI + " -k seen_enough"),
    Fault(CLI, "{' '.join(str(error).split())}", "{error}\\n", T_CLI + " -k mistakes_in_the_data"),
    Fault(
        CLI,
        "file=sys.stderr, flush=True)\n    return code",
        "flush=True)\n    return code",
        T_CLI + " -k mistakes_in_the_data",
    ),
    Fault(
        CLI, 'stream.reconfigure(errors="replace")', 'stream.reconfigure(errors="strict")', T_CLI + " -k without_ticks"
    ),
    Fault(
        CLI,
        "return SUCCESS if result.passed and corrected else FAILED",
        "return SUCCESS if corrected else FAILED",
        T_CLI + " -k paper_fails",
    ),
    Fault(
        CLI,
        "return SUCCESS if result.passed and corrected else FAILED",
        "return SUCCESS if result.passed else FAILED",
        T_CLI + " -k paper_fails",
    ),
    Fault(
        CLI,
        "    return all(holds for _, holds in shown)",
        "    return any(holds for _, holds in shown)",
        T_CLI + " -k paper_fails",
    ),
    Fault(
        CLI,
        "correction.statement().split('. ')[0]",
        "correction.statement().split('. ')[-1]",
        T_CLI + " -k paper_fails",
    ),
    Fault(
        CLI,
        "    except (FloatingPointError, OSError) as error:\n        return _failed(error, FAILED)",
        "    except (FloatingPointError, OSError) as error:\n        return _failed(error, USAGE)",
        T_CLI + " -k divergence",
    ),
    Fault(CLI, "        check_output(arguments.out)\n", "", T_CLI + " -k matplotlib"),
    Fault(
        CLI,
        "            _say(str(error.report))\n            return FAILED",
        "            _say(str(error.report))\n            return SUCCESS",
        T_CHECK + " -k wrong_gradient",
    ),
    Fault(
        CLI,
        "{arguments.function} raised {type(error).__name__}: {error}",
        "{arguments.function} raised {error}",
        T_CHECK + " -k one_line",
    ),
    Fault(CLI, "(see {self.prog} --help)", "(see --help)", T_CLI + " -k mistakes_in_the_arguments"),
    # options
    Fault(CLI, "progress=not arguments.quiet)", "progress=True)", T_CLI + " -k test_train"),
    Fault(
        CLI,
        "partial(tqdm, disable=arguments.quiet, unit=unit)",
        "partial(tqdm, disable=True, unit=unit)",
        T_CLI + " -k test_paper",
    ),
    Fault(
        CLI,
        "reproduce(arguments.seed, arguments.epochs, arguments.out,",
        "reproduce(0, arguments.epochs, arguments.out,",
        T_CLI + " -k seed_of_the_paper",
    ),
    Fault(
        CLI,
        "compare_descents(loss=0.3, seed=arguments.seed)",
        "compare_descents(loss=0.3, seed=0)",
        T_CLI + " -k seed_of_the_paper",
    ),
    Fault(
        CLI,
        'type=_count, default=2000, help="default: 2000',
        'type=_count, default=200, help="default: 2000',
        T_CLI + " -k defaults",
    ),
    Fault(
        CLI,
        '_add_common(parser, out="microae-paper")',
        '_add_common(parser, out="microae-train")',
        T_CLI + " -k defaults",
    ),
    Fault(
        CLI,
        "return microae.data.load(data, array), None",
        "return microae.data.load(data), None",
        T_CLI + " -k data_from_a_file",
    ),
    Fault(CLI, "min_value=0.1 if arguments.positive else -3.0", "min_value=-3.0", T_CHECK + " -k right_functions"),
    Fault(CLI, "order=arguments.order, **options)", "**options)", T_CHECK + " -k options"),
    Fault(CLI, '"seed": arguments.seed, "progress"', '"seed": 0, "progress"', T_CHECK + " -k options"),
    Fault(CLI, '{"examples": arguments.examples, "seed"', '{"examples": 100, "seed"', T_CHECK + " -k right_functions"),
    Fault(
        CLI,
        "check_vjp if arguments.vjp else check_gradient_function",
        "check_gradient_function if arguments.vjp else check_vjp",
        T_CHECK + " -k right_functions",
    ),
    Fault(
        CLI,
        "(arguments.shapes is None) == (arguments.signature is None)",
        "arguments.shapes is None and arguments.signature is None",
        T_CHECK + " -k both",
    ),
    Fault(CLI, "    if number < least:\n", "    if number < 0:\n", T_CLI + " -k mistakes_in_the_arguments"),
    Fault(CLI, "partial(_whole, least=0)", "partial(_whole, least=1)", T_CLI + " -k defaults"),
    Fault(
        CLI,
        "condition=lambda x: x > 0, words",
        "condition=lambda x: x >= 0, words",
        T_DRAW + " -k mistakes",
    ),
    Fault(CLI, "condition=lambda x: x >= 0, words", "condition=lambda x: x > 0, words", T_CLI + " -k defaults"),
    Fault(
        CLI,
        "condition=lambda x: 0 <= x < 1, words",
        "condition=lambda x: 0 <= x <= 1, words",
        T_CLI + " -k mistakes_in_the_arguments",
    ),
    Fault(
        CLI,
        "condition=lambda x: 0 < x < 1, words",
        "condition=lambda x: 0 < x <= 1, words",
        T_CLI + " -k mistakes_in_the_arguments",
    ),
    Fault(
        CLI,
        "if not (math.isfinite(number) and condition(number)):",
        "if not condition(number):",
        T_CLI + " -k mistakes_in_the_arguments",
    ),
    Fault(CLI, 'required=p.annotation == "str"', "required=False", T_DRAW + " -k mistakes"),
    Fault(CLI, "out = what + formats[0]", "out = what + formats[-1]", T_DRAW + " -k usual_file"),
    # the experiment
    Fault(
        EXPERIMENT,
        'LEARNING_RATES = {"sgd": 1.0, "adam": 0.003',
        'LEARNING_RATES = {"sgd": 0.1, "adam": 0.003',
        T_EXPERIMENT + " -k left_open",
    ),
    Fault(
        EXPERIMENT,
        "0.9 if settings.momentum is None else settings.momentum",
        "settings.momentum or 0.9",
        T_EXPERIMENT + " -k left_open",
    ),
    Fault(
        EXPERIMENT,
        "split, weights, self.noise, self.shuffling = np.random.default_rng(settings.seed)",
        "split, weights, self.noise, self.shuffling = np.random.default_rng(0)",
        T_EXPERIMENT + " -k test_seeds",
    ),
    Fault(
        EXPERIMENT,
        "return np.sort(order[held_out:]), np.sort(order[:held_out])",
        "return np.sort(order[held_out:]), np.sort(order[: held_out + 1])",
        T_EXPERIMENT + " -k test_the_split",
    ),
    Fault(
        EXPERIMENT,
        "return np.sort(order[held_out:]), np.sort(order[:held_out])",
        "return np.sort(order[:held_out]), np.sort(order[held_out:])",
        T_EXPERIMENT + " -k test_the_split",
    ),
    Fault(
        EXPERIMENT,
        "held_out = min(n - 1, max(1, round(n * fraction)))",
        "held_out = min(n, max(1, round(n * fraction)))",
        T_EXPERIMENT + " -k test_the_split",
    ),
    Fault(EXPERIMENT, "max(1, features // 2)", "max(1, features // 3)", T_EXPERIMENT + " -k without_labels"),
    Fault(
        EXPERIMENT,
        "            validation=self.test,\n",
        "            validation=self.train,\n",
        T_EXPERIMENT + " -k validation",
    ),
    Fault(EXPERIMENT, "            seed=self.shuffling,\n", "", T_EXPERIMENT + " -k test_seeds"),
    Fault(
        EXPERIMENT,
        "callbacks=[cosine_decay(self.optimizer, settings.epochs)]",
        "callbacks=[]",
        T_EXPERIMENT + " -k falls_to_0",
    ),
    Fault(EXPERIMENT, '"lr": self._lr,', '"lr": self.optimizer.lr,', T_EXPERIMENT + " -k falls_to_0"),
    Fault(
        EXPERIMENT,
        "self.worst = experiment.test_rows[self._worst]",
        "self.worst = self._worst",
        T_EXPERIMENT + " -k test_scores",
    ),
    Fault(
        EXPERIMENT,
        'found["PCA, from noisy input"] = pca_reconstruction(train, noisy, code)',
        'found["PCA, from noisy input"] = self.pca',
        T_EXPERIMENT + " -k noise_is_scored",
    ),
    Fault(
        EXPERIMENT,
        "experiment.model.reconstruct(noisy)",
        "experiment.model.reconstruct(test)",
        T_EXPERIMENT + " -k noise_is_scored",
    ),
    Fault(
        EXPERIMENT,
        "np.broadcast_to(train.mean(axis=0), test.shape)",
        "np.broadcast_to(test.mean(axis=0), test.shape)",
        T_EXPERIMENT + " -k test_scores",
    ),
    Fault(
        EXPERIMENT, "'above' if away > 0 else 'below'", "'below' if away > 0 else 'above'", T_EXPERIMENT + " -k as_wide"
    ),
    Fault(
        EXPERIMENT,
        "abs(away) / pca.squared_error:.1%",
        "abs(away) / network.squared_error:.1%",
        T_EXPERIMENT + " -k verdict",
    ),
    Fault(
        EXPERIMENT,
        "self.scores[2:4] if settings.noise else self.scores[:2]",
        "self.scores[:2]",
        T_EXPERIMENT + " -k verdict",
    ),
    Fault(
        EXPERIMENT,
        "rows, labels = self.experiment.test_rows[chosen], self.experiment.labels",
        "rows, labels = chosen, self.experiment.labels",
        T_EXPERIMENT + " -k table_of_the_worst",
    ),
    Fault(
        EXPERIMENT,
        "str(label) for label in labels[rows]]",
        "str(label) for label in labels[chosen]]",
        T_EXPERIMENT + " -k table_of_the_worst",
    ),
    Fault(
        EXPERIMENT,
        'markdown(["row", "label", "error"], rows)',
        'markdown(["label", "row", "error"], rows)',
        T_EXPERIMENT + " -k table_of_the_worst",
    ),
    Fault(
        EXPERIMENT,
        "float(squared.mean()), float(entropy.mean())",
        "float(entropy.mean()), float(squared.mean())",
        T_EXPERIMENT + " -k test_scores",
    ),
    Fault(EXPERIMENT, "trajectory.unlink(missing_ok=True)", "pass", T_CLI + " -k earlier_run"),
    Fault(EXPERIMENT, "weights, overwrite=True)", "weights)", T_CLI + " -k earlier_run"),
    Fault(EXPERIMENT, "min(200, fitting) if fitting >= 20 else 0", "min(200, fitting)", T_CLI + " -k earlier_run"),
    Fault(
        EXPERIMENT,
        'if settings.loss == "bce" and settings.output != "sigmoid":',
        "if False:",
        T_EXPERIMENT + " -k refused",
    ),
    Fault(
        EXPERIMENT,
        "in {sum(history.seconds):.1f} s",
        "in {history.seconds[-1]:.1f} s",
        T_EXPERIMENT + " -k time_in_the_report",
    ),
    # pictures from files
    Fault(GALLERY, "if sample >= len(x):", "if sample > len(x):", T_DRAW + " -k mistakes"),
    Fault(
        GALLERY,
        "SGD(net.parameters(), lr=lr), x[sample])",
        "SGD(net.parameters(), lr=0.01), x[sample])",
        T_DRAW + " -k learning_rate",
    ),
    Fault(GALLERY, "lr=lr), x[sample])", "lr=lr), x[0])", T_DRAW + " -k learning_rate"),
    Fault(
        GALLERY,
        "            module.rng = rng\n",
        "            pass\n",
        T_DRAW + "::test_every_picture_of_a_saved_model[step-digits]",
    ),
    Fault(GALLERY, "        seed=seed,\n", "        seed=0,\n", T_DRAW + " -k test_the_descent"),
    Fault(
        GALLERY,
        'TRAJECTORY = "trajectory.safetensors"',
        'TRAJECTORY = "descent.safetensors"',
        T_DRAW + " -k can_be_drawn",
    ),
    Fault(GALLERY, 'with_name("history.csv")', 'with_name("losses.csv")', T_DRAW + " -k test_histories"),
    Fault(GALLERY, "x = data.load(file, array)", "x = data.load(file)", T_DRAW + " -k ones_own"),
    Fault(
        GALLERY,
        '{64: "digits", 3: "paper"}.get(features)',
        '{64: "digits", 8: "paper"}.get(features)',
        T_DRAW + " -k ones_own",
    ),
    Fault(GALLERY, "if x.shape[1] != features:", "if x.shape[1] < features:", T_DRAW + " -k mistakes"),
    Fault(GALLERY, 'if name != "epoch"]', 'if name not in ("epoch", "seconds")]', T_DRAW + " -k as_it_was_written"),
    Fault(GALLERY, "    if out.suffix.lower() not in known:", "    if False:", T_DRAW + " -k mistakes"),
    Fault(
        GALLERY,
        "part = x[:: -(-len(x) // MEASURED)]",
        "part = x[: len(x) // MEASURED + 1]",
        T_DRAW + " -k part_of_many",
    ),
    # the reproduction
    Fault(REPRODUCTION, "        _prepare(out)\n", "        pass\n", T_REPRODUCTION + " -k before_training"),
    Fault(REPRODUCTION, "agreeing == len(rows)", "agreeing >= len(rows) - 1", T_REPRODUCTION + " -k wrong_digit"),
    Fault(REPRODUCTION, "TOLERANCE = 1e-12", "TOLERANCE = 1e-8", T_REPRODUCTION + " -k wrong_manual"),
    Fault(REPRODUCTION, "difference <= TOLERANCE", "not difference > TOLERANCE", T_REPRODUCTION + " -k nan_gradient"),
    Fault(
        REPRODUCTION,
        "return all(check.passed for check in self.checks)",
        "return any(check.passed for check in self.checks)",
        T_REPRODUCTION + " -k wrong_digit",
    ),
    Fault(
        REPRODUCTION,
        "== paper.BINARY_VECTORS).all(axis=1).sum())",
        "== paper.BINARY_VECTORS).any(axis=1).sum())",
        T_REPRODUCTION + " -k few_epochs",
    ),
    Fault(REPRODUCTION, 'lr=paper.HYPERPARAMETERS["learning rate"]', "lr=0.1", T_REPRODUCTION + " -k manual_formulas"),
    Fault(
        REPRODUCTION,
        "paper.batches(data, 1, rng)]) / len(data)",
        "paper.batches(data, 1, rng)])",
        T_REPRODUCTION + " -k manual_formulas",
    ),
    Fault(REPRODUCTION, "        trajectory.add(epoch)\n", "", T_REPRODUCTION + " -k way_and_losses"),
    Fault(
        REPRODUCTION,
        "History(result.losses.tolist()).save(",
        "History(result.losses[1:].tolist()).save(",
        T_REPRODUCTION + " -k way_and_losses",
    ),
    Fault(REPRODUCTION, "{np.abs(a - x).max():.4f} |", "{(a - x).max():.4f} |", T_REPRODUCTION + " -k test_the_table"),
    Fault(
        REPRODUCTION,
        "first, last = result.losses[0], result.losses[-1]",
        "first, last = result.losses[-1], result.losses[0]",
        T_REPRODUCTION + " -k facts",
    ),
    Fault(
        REPRODUCTION,
        "in the first epoch to {last:.4f} in epoch {result.epochs}",
        "in the first epoch to {last:.4f} in epoch {result.epochs - 1}",
        T_REPRODUCTION + " -k facts",
    ),
    Fault(
        REPRODUCTION,
        "            during.append(_largest_difference(net))",
        "            during[-1] = _largest_difference(net)",
        T_REPRODUCTION + " -k difference_on_the_way",
    ),
    Fault(REPRODUCTION, "seed {result.seed}.\\n\\n", "seed 0.\\n\\n", T_REPRODUCTION + " -k facts"),
    # tables
    Fault(TABLES, "c.rjust(w) if r else c.ljust(w)", "c.ljust(w) if r else c.rjust(w)", T_TABLES),
    Fault(
        TABLES, "for column in zip(header, *cells, strict=True)]", "for column in zip(*cells, strict=True)]", T_TABLES
    ),
    Fault(TABLES, '(":" if r else "-")', '(":" if not r else "-")', T_TABLES),
    Fault(
        TABLES, "bool(cells) and all(map(_is_number, column))", "bool(cells) and any(map(_is_number, column))", T_TABLES
    ),
    Fault(TABLES, '        return cell == ""', "        return False", T_TABLES),
]
