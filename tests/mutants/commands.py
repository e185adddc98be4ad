"""Faults in the command line: its options and exit codes, the experiment, the pictures from files, the reproduction."""

from __future__ import annotations

from tests.mutants.fault import Fault

COMMANDS = "microae/commands/__init__.py"
STREAMS = "microae/commands/streams.py"
COMMON = "microae/commands/common.py"
CHECK = "microae/commands/check.py"
INFO = "microae/commands/info.py"
DRAW = "microae/commands/draw.py"
EXPERIMENT = "microae/commands/experiment.py"
CONFIGURATION = "microae/commands/configuration.py"
MODELS = "microae/commands/models.py"
COMPLETION = "microae/commands/completion.py"
WRITING = "microae/data/writing.py"
PAPER = "microae/commands/paper.py"
TABLES = "microae/commands/tables.py"
TRAIN = "microae/commands/train.py"
OPTIMIZERS = "microae/optim/optimizers.py"

T_COMMANDS = "tests/commands/test_commands.py"
T_CHECK = "tests/commands/test_check.py"
T_DRAW = "tests/commands/test_draw.py"
T_EXPERIMENT = "tests/commands/test_experiment.py"
T_PAPER = "tests/commands/test_paper.py"
T_CONFIGURATION = "tests/commands/test_configuration.py"
T_MODELS = "tests/commands/test_models.py"
T_COMPLETION = "tests/commands/test_completion.py"
T_TABLES = "tests/commands/test_tables.py"
T_TRAIN = "tests/commands/test_train.py"

FAULTS = [
    Fault(CONFIGURATION, 'return text.replace("\\x7f", "\\\\u007f")', "return text", f"{T_CONFIGURATION} -k utf_8"),
    Fault(
        CONFIGURATION, "    except UnicodeEncodeError:", "    except ZeroDivisionError:", f"{T_CONFIGURATION} -k utf_8"
    ),
    Fault(
        "microae/commands/score.py",
        "chunk if columns is None else chunk[:, columns]",
        "chunk",
        "tests/commands/test_score.py -k found_by_their_names",
    ),
    Fault(
        "microae/commands/score.py", ", *cells, *empty]", ", *cells]", "tests/commands/test_score.py -k as_many_cells"
    ),
    # exit codes and messages
    Fault(
        COMMON,
        "INTERRUPTED, CLOSED, TERMINATED = 130,",
        "INTERRUPTED, CLOSED, TERMINATED = 1,",
        T_COMMANDS + " -k ctrl_c",
    ),
    Fault(
        COMMON,
        "UNWRITTEN = 0, 1, 2,",
        "UNWRITTEN = 0, 1, 1,",
        T_TRAIN + " -k mistakes_in_the_data",
    ),
    Fault(COMMANDS, "_said(int(stop.code or SUCCESS))", "SUCCESS", T_COMMANDS + " -k mistakes_in_the_arguments"),
    Fault(STREAMS, "isinstance(error, BrokenPipeError)", "False", T_COMMANDS + " -k seen_enough"),
    Fault(STREAMS, "        _lead_nowhere(sys.stdout)\n", "", T_COMMANDS + " -k cannot_be_written"),
    Fault(
        STREAMS,
        "            except OSError:\n                _lead_nowhere(self._stream)\n        return",
        "            finally:\n                pass\n        return",
        T_COMMANDS + " -k cannot_be_written",
    ),
    Fault(STREAMS, "signal.signal(signal.SIGTERM, _terminate)", "signal.SIG_DFL", T_COMMANDS + " -k sigterm"),
    Fault(STREAMS, "        if sys.stdout is None:", "        if False:", T_COMMANDS + " -k cannot_be_written"),
    Fault(STREAMS, "        if sys.stderr is None:", "        if False:", T_COMMANDS + " -k cannot_be_written"),
    Fault(COMMON, "{' '.join(str(error).split())}", "{error}\\n", T_TRAIN + " -k mistakes_in_the_data"),
    Fault(
        COMMON,
        "file=sys.stderr, flush=True)\n    return code",
        "flush=True)\n    return code",
        T_TRAIN + " -k mistakes_in_the_data",
    ),
    Fault(
        STREAMS,
        'stream.reconfigure(errors="replace")',
        'stream.reconfigure(errors="strict")',
        T_COMMANDS + " -k without_ticks",
    ),
    Fault(
        PAPER,
        "return SUCCESS if result.passed and corrected else FAILED",
        "return SUCCESS if corrected else FAILED",
        T_PAPER + " -k paper_fails",
    ),
    Fault(
        PAPER,
        "return SUCCESS if result.passed and corrected else FAILED",
        "return SUCCESS if result.passed else FAILED",
        T_PAPER + " -k paper_fails",
    ),
    Fault(
        PAPER,
        "    return all(holds for _, holds in shown)",
        "    return any(holds for _, holds in shown)",
        T_PAPER + " -k paper_fails",
    ),
    Fault(
        PAPER,
        "correction.statement().split('. ')[0]",
        "correction.statement().split('. ')[-1]",
        T_PAPER + " -k paper_fails",
    ),
    # options from a file, files in and out, completion
    Fault(COMMANDS, "(more + given, namespace)", "(given + more, namespace)", T_CONFIGURATION),
    Fault(CONFIGURATION, "return [option] * value", "return [option]", T_CONFIGURATION),
    Fault(CONFIGURATION, "isinstance(one, bool | dict | list)", "isinstance(one, dict | list)", T_CONFIGURATION),
    Fault(CONFIGURATION, 'action is None or name == "config"', "action is None", T_CONFIGURATION),
    Fault(WRITING, "            rows += len(array)\n", "            rows = len(array)\n", T_MODELS + " -k chunks"),
    Fault("microae/data/files.py", "if path.exists() and not path.is_file():", "if False:", T_MODELS + " -k mistakes"),
    Fault(WRITING, "os.strerror(error.errno) if error.errno else error", "error", T_MODELS + " -k full_disk"),
    Fault(
        MODELS,
        "        return failed(error, FAILED)",
        "        return failed(error, USAGE)",
        T_MODELS + " -k full_disk",
    ),
    Fault(
        "microae/commands/encode.py", "with evaluating(net), no_grad():", "with no_grad():", T_MODELS + " -k every_kind"
    ),
    Fault(
        COMPLETION,
        "if option not in at.choices and option not in at.plain",
        "if option not in at.choices",
        T_COMPLETION,
    ),
    Fault(COMPLETION, "if [[ -z $chosen && $current", "if [[ $current", T_COMPLETION),
    Fault(
        TRAIN,
        "    except (FloatingPointError, OSError, ImportError) as error:\n        return failed(error, FAILED)",
        "    except (FloatingPointError, OSError, ImportError) as error:\n        return failed(error, USAGE)",
        T_TRAIN + " -k divergence",
    ),
    Fault(
        "microae/__main__.py",
        "getsignal(signal.SIGINT) is signal.default_int_handler",
        "getsignal(signal.SIGINT)",
        T_COMMANDS + " -k done_its_work",
    ),
    Fault("microae/__main__.py", "except KeyboardInterrupt", "except ValueError", T_COMMANDS + " -k is_loaded"),
    Fault(COMMON, "same_file(out, file) for file", "out == file for file", T_TRAIN + " -k should_not"),
    Fault(TRAIN, "        _check_files(arguments, out)\n", "", T_TRAIN + " -k should_not"),
    Fault(TRAIN, "given and _following(given, out)", "given and os.path.abspath(given)", T_TRAIN + " -k follows_it"),
    Fault(TRAIN, "        _check_logs(arguments, out)\n", "", T_TRAIN + " -k another_run"),
    Fault(TRAIN, "(before and same_file(log, before))", "before", T_TRAIN + " -k another_run"),
    Fault(TRAIN, '"events.out.tfevents.*"', '"*.csv"', T_TRAIN + " -k another_run"),
    Fault(TRAIN, "before is not None and not checkpoints(out)", "False", T_TRAIN + " -k info_shows"),
    Fault(INFO, "if file.exists() and not _are_of(file, arrays):", "if False:", T_TRAIN + " -k info_shows"),
    Fault(INFO, "    if keeping.checkpoints(directory):\n", "    if False:\n", T_TRAIN + " -k info_says"),
    Fault(
        MODELS,
        "    require_other_file(arguments.out, [arguments.data, arguments.model])\n",
        "    require_other_file(arguments.out, [arguments.data])\n",
        T_MODELS + " -k is_an_input",
    ),
    Fault(COMMON, "not arguments.quiet and sys.stderr.isatty()", "not arguments.quiet", T_TRAIN + " -k divergence"),
    Fault(COMMON, "not arguments.quiet and sys.stderr.isatty()", "False", T_TRAIN + " -k progress_bar"),
    Fault(
        COMMANDS, "except MemoryError as error", "except RecursionError as error", T_COMMANDS + " -k too_little_memory"
    ),
    Fault(TRAIN, "    if arguments.out is not None:\n", "    if False:\n", T_TRAIN + " -k takes_no_other"),
    Fault(CONFIGURATION, ' for option in known.keys() - {"--config"}]', " for option in known]", T_CONFIGURATION),
    Fault(TRAIN, "        check_output(out)\n", "", T_TRAIN + " -k matplotlib"),
    Fault(
        CHECK,
        "            _tell(error.report, arguments)\n            return FAILED",
        "            _tell(error.report, arguments)\n            return SUCCESS",
        T_CHECK + " -k wrong_gradient",
    ),
    Fault(
        CHECK,
        "{name} raised {type(error).__name__}: {error}",
        "{name} raised {error}",
        T_CHECK + " -k one_line",
    ),
    Fault(COMMANDS, "(see {self.prog} --help{also})", "(see --help)", T_COMMANDS + " -k mistakes_in_the_arguments"),
    # options
    Fault(TRAIN, "run(bar_shown(arguments), out,", "run(True, out,", T_TRAIN + " -k test_train"),
    Fault(
        CHECK,
        'tqdm(disable=not bar_shown(arguments), unit="point"',
        'tqdm(disable=True, unit="point"',
        T_CHECK + " -k in_a_terminal",
    ),
    Fault(
        PAPER,
        "            arguments.seed, arguments.epochs, arguments.out, progress",
        "            0, arguments.epochs, arguments.out, progress",
        T_PAPER + " -k seed_of_the_paper",
    ),
    Fault(
        PAPER,
        "compare_descents(loss=0.3, seed=arguments.seed)",
        "compare_descents(loss=0.3, seed=0)",
        T_PAPER + " -k seed_of_the_paper",
    ),
    Fault(
        PAPER,
        'type=count, default=2000, help="default: 2000',
        'type=count, default=200, help="default: 2000',
        T_PAPER + " -k defaults",
    ),
    Fault(
        PAPER,
        'add_common(parser, out="microae-paper")',
        'add_common(parser, out="microae-train")',
        T_PAPER + " -k defaults",
    ),
    Fault(
        TRAIN, "read(arguments.data, arguments.array, LARGE)", "read(arguments.data)", T_TRAIN + " -k data_from_a_file"
    ),
    Fault(
        CHECK,
        "pair is not None and _was_in(pair, error)",
        "pair is not None",
        T_CHECK + " -k names_the_function",
    ),
    Fault(CHECK, "frame.f_code is code", "False", T_CHECK + " -k names_the_function"),
    Fault(CHECK, "min_value=0.1 if arguments.positive else None", "min_value=None", T_CHECK + " -k right_functions"),
    Fault(CHECK, "order=arguments.order, **options)", "**options)", T_CHECK + " -k options"),
    Fault(CHECK, '"seed": arguments.seed, "progress"', '"seed": 0, "progress"', T_CHECK + " -k options"),
    Fault(
        CHECK, '{"examples": arguments.examples, "seed"', '{"examples": 100, "seed"', T_CHECK + " -k right_functions"
    ),
    Fault(
        CHECK,
        "check_vjp if arguments.vjp else check_gradient_function",
        "check_gradient_function if arguments.vjp else check_vjp",
        T_CHECK + " -k right_functions",
    ),
    Fault(
        CHECK,
        "(arguments.shapes is None) == (arguments.signature is None)",
        "arguments.shapes is None and arguments.signature is None",
        T_CHECK + " -k both",
    ),
    Fault(COMMON, "    if number < least:\n", "    if number < 0:\n", T_COMMANDS + " -k mistakes_in_the_arguments"),
    Fault(COMMON, "partial(_whole, least=0)", "partial(_whole, least=1)", T_TRAIN + " -k defaults"),
    Fault(COMMON, "condition=lambda x: x > 0, words", "condition=lambda x: x >= 0, words", T_DRAW + " -k mistakes"),
    Fault(COMMON, "condition=lambda x: x >= 0, words", "condition=lambda x: x > 0, words", T_TRAIN + " -k defaults"),
    Fault(
        COMMON,
        "condition=lambda x: 0 <= x < 1, words",
        "condition=lambda x: 0 <= x <= 1, words",
        T_COMMANDS + " -k mistakes_in_the_arguments",
    ),
    Fault(
        COMMON,
        "condition=lambda x: 0 < x < 1, words",
        "condition=lambda x: 0 < x <= 1, words",
        T_COMMANDS + " -k mistakes_in_the_arguments",
    ),
    Fault(
        COMMON,
        "if not (math.isfinite(number) and condition(number)):",
        "if not condition(number):",
        T_COMMANDS + " -k mistakes_in_the_arguments",
    ),
    Fault(DRAW, 'required=p.annotation == "str"', "required=False", T_DRAW + " -k mistakes"),
    Fault(DRAW, "out = what + formats(what)[0]", "out = what + formats(what)[-1]", T_DRAW + " -k usual_file"),
    # the experiment
    Fault(OPTIMIZERS, '@optimizer("sgd", lr=1.0)', '@optimizer("sgd", lr=0.1)', T_EXPERIMENT + " -k left_open"),
    Fault(
        EXPERIMENT,
        "{option: default if given is None else given}",
        "{option: given or default}",
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
        "callbacks=[*_schedule(settings, self.optimizer), *logs]",
        "callbacks=[*logs]",
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
        'reconstructions["PCA, from noisy input"] = pca_reconstruction(train, noisy, code)',
        'reconstructions["PCA, from noisy input"] = self.pca',
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
        EXPERIMENT,
        "'above' if difference > 0 else 'below'",
        "'below' if difference > 0 else 'above'",
        T_EXPERIMENT + " -k as_wide",
    ),
    Fault(
        EXPERIMENT,
        "abs(difference) / pca.squared_error:.1%",
        "abs(difference) / network.squared_error:.1%",
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
    Fault(EXPERIMENT, "trajectory.unlink(missing_ok=True)", "pass", T_TRAIN + " -k earlier_run"),
    Fault(EXPERIMENT, "weights, overwrite=True)", "weights)", T_TRAIN + " -k earlier_run"),
    Fault(EXPERIMENT, "min(200, fitting) if fitting >= 20 else 0", "min(200, fitting)", T_TRAIN + " -k earlier_run"),
    Fault(
        EXPERIMENT,
        'if LOSSES[settings.loss].fractions and settings.output != "sigmoid":',
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
    Fault(DRAW, "if sample >= len(x):", "if sample > len(x):", T_DRAW + " -k mistakes"),
    Fault(
        DRAW,
        "SGD(net.parameters(), lr=lr), x[sample])",
        "SGD(net.parameters(), lr=0.01), x[sample])",
        T_DRAW + " -k learning_rate",
    ),
    Fault(DRAW, "lr=lr), x[sample])", "lr=lr), x[0])", T_DRAW + " -k learning_rate"),
    Fault(
        DRAW,
        "            module.rng = rng\n",
        "            pass\n",
        T_DRAW + "::test_every_picture_of_a_saved_model[step-digits]",
    ),
    Fault(DRAW, "        seed=seed,\n", "        seed=0,\n", T_DRAW + " -k test_the_descent"),
    Fault(DRAW, "with_name(TRAJECTORY)", 'with_name("descent.safetensors")', T_DRAW + " -k can_be_drawn"),
    Fault(DRAW, "with_name(HISTORY)", 'with_name("losses.csv")', T_DRAW + " -k test_histories"),
    Fault(DRAW, "samples = read(source, array)", "samples = read(source)", T_DRAW + " -k ones_own"),
    Fault(
        DRAW, "source = fitting().get(features)", 'source = fitting().get(features, "digits")', T_DRAW + " -k mistakes"
    ),
    Fault(MODELS, "if x.shape[1] != net.layers[0]:", "if x.shape[1] < net.layers[0]:", T_DRAW + " -k mistakes"),
    Fault(
        "microae/history.py",
        "zip(names, map(list, columns), strict=True)",
        "zip(names[:-1], map(list, columns), strict=False)",
        "tests/test_history.py -k as_it_was_written",
    ),
    Fault(DRAW, "    if out.suffix.lower() not in known:", "    if False:", T_DRAW + " -k mistakes"),
    Fault(
        DRAW, "part = x[:: -(-len(x) // MEASURED)]", "part = x[: len(x) // MEASURED + 1]", T_DRAW + " -k part_of_many"
    ),
    # the reproduction
    Fault(PAPER, "        _prepare(out)\n", "        pass\n", T_PAPER + " -k before_training"),
    Fault(PAPER, "agreeing == len(rows)", "agreeing >= len(rows) - 1", T_PAPER + " -k wrong_digit"),
    Fault(PAPER, "TOLERANCE = 1e-12", "TOLERANCE = 1e-8", T_PAPER + " -k wrong_manual"),
    Fault(PAPER, "difference <= TOLERANCE", "not difference > TOLERANCE", T_PAPER + " -k nan_gradient"),
    Fault(
        PAPER,
        "return all(check.passed for check in self.checks)",
        "return any(check.passed for check in self.checks)",
        T_PAPER + " -k wrong_digit",
    ),
    Fault(
        PAPER,
        "== paper.BINARY_VECTORS).all(axis=1).sum())",
        "== paper.BINARY_VECTORS).any(axis=1).sum())",
        T_PAPER + " -k few_epochs",
    ),
    Fault(PAPER, 'lr=paper.HYPERPARAMETERS["learning rate"]', "lr=0.1", T_PAPER + " -k manual_formulas"),
    Fault(PAPER, 'batch_size=paper.HYPERPARAMETERS["batch size"]', "batch_size=2", T_PAPER + " -k manual_formulas"),
    Fault(PAPER, "        record=True,\n", "        record=2,\n", T_PAPER + " -k way_and_losses"),
    Fault(
        PAPER,
        "History(result.losses.tolist()).save(",
        "History(result.losses[1:].tolist()).save(",
        T_PAPER + " -k way_and_losses",
    ),
    Fault(PAPER, "backend=history.backend,", 'backend="eager",', T_PAPER + " -k facts"),
    Fault(PAPER, "{np.abs(a - x).max():.4f} |", "{(a - x).max():.4f} |", T_PAPER + " -k test_the_table"),
    Fault(
        PAPER,
        "first, last = result.losses[0], result.losses[-1]",
        "first, last = result.losses[-1], result.losses[0]",
        T_PAPER + " -k facts",
    ),
    Fault(
        PAPER,
        "in the first epoch to {last:.4f} in epoch {result.epochs}",
        "in the first epoch to {last:.4f} in epoch {result.epochs - 1}",
        T_PAPER + " -k facts",
    ),
    Fault(
        PAPER,
        "lambda _: during.append(_largest_difference(net))",
        "lambda _: during.__setitem__(slice(None), [_largest_difference(net)])",
        T_PAPER + " -k difference_on_the_way",
    ),
    Fault(PAPER, "seed {result.seed}.\\n\\n", "seed 0.\\n\\n", T_PAPER + " -k facts"),
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
    Fault(INFO, "value if len(value) <= LISTED else", "value if len(value) < LISTED else", T_MODELS + " -k lists_ten"),
    Fault(INFO, "float(chunk.sum(dtype=np.float64))", "float(chunk.sum())", T_MODELS + " -k double_precision"),
]
