"""Faults in the training loop, in saved models, in recordings, and in the reading and writing of data."""

from __future__ import annotations

from tests.mutants.fault import Fault

FIT = "microae/training/fit.py"
CALLBACKS = "microae/training/callbacks.py"
SCHEDULES = "microae/optim/schedules.py"
CHECKPOINT = "microae/training/checkpoint.py"
CONFIGURATION = "microae/autoencoders/configuration.py"
AUTOENCODER = "microae/autoencoders/autoencoder.py"
FILES = "microae/data/files.py"
TENSORS = "microae/data/tensors.py"
PACKAGED = "microae/data/packaged.py"
READERS, BINARY, TEXT = "microae/data/readers.py", "microae/data/binary.py", "microae/data/text.py"
STEP = "microae/recording/step.py"

RUN, SAMPLES = "microae/training/run.py", "microae/training/samples.py"
STATE, KEEPING = "microae/training/state.py", "microae/training/keeping.py"
RESUMING, TABLES = "microae/training/resuming.py", "microae/data/tables.py"

T_FIT, T_BACKENDS = "tests/training/test_fit.py", "tests/training/test_backends.py"
T_RESUME, T_STREAMS = "tests/training/test_resume.py", "tests/training/test_streams.py"
T_TABLES = "tests/data/test_tables.py"
T_CALLBACKS = "tests/training/test_callbacks.py"
T_CHECKPOINT = "tests/training/test_checkpoint.py"
T_FILES = "tests/data/test_files.py"
T_PACKAGED = "tests/data/test_packaged.py"
T_READERS = "tests/data/test_readers.py"
T_STEP = "tests/recording/test_step.py"
T_HISTORY = "tests/test_history.py"

FAULTS = [
    # training/fit, training/run, training/samples
    Fault(RUN, "                self.model.train()\n", "", T_FIT + " -k mode"),
    Fault(
        RUN,
        "            for block in blocks(self.goal - history.epochs, self._most):\n"
        "                self.model.train()\n",
        "            self.model.train()\n            for block in blocks(self.goal - history.epochs, self._most):\n",
        T_FIT + " -k evaluates",
    ),
    Fault(
        RUN,
        "self.seconds + time.perf_counter() - start, backend)",
        "sum(self.history.seconds) + time.perf_counter() - start, backend)",
        T_FIT + " -k seconds",
    ),
    Fault(SAMPLES, "return rng.permutation(self.n)", "return np.arange(self.n)", T_FIT + " -k order_changes"),
    Fault(
        RUN,
        "for start in range(0, len(rows), self.batch_size):",
        "for start in range(0, len(rows) - self.batch_size + 1, self.batch_size):",
        T_FIT + " -k by_hand",
    ),
    Fault(RUN, "self._note(losses[len(losses)", "(losses[len(losses)", f"{T_BACKENDS} -k nobody"),
    Fault(RUN, "self.begun = rng.bit_generator.state\n            self", "self", f"{T_BACKENDS} -k nobody"),
    Fault(RUN, "            optimizer.zero_grad()\n", "", T_FIT + " -k by_hand"),
    Fault(
        RUN,
        "self.total += value * len(chosen)",
        "self.total += value * self.batch_size",
        T_FIT + " -k by_hand",
    ),
    Fault(RUN, "self.total / self.samples.n]", "self.total / self.batches]", T_FIT + " -k by_hand"),
    Fault(
        RUN, "            if not math.isfinite(value):", "            if math.isnan(value):", T_FIT + " -k divergence"
    ),
    Fault(
        RUN,
        "where = self.history.epochs, self.batch, [",
        "where = self.history.epochs, start, [",
        T_FIT + " -k divergence",
    ),
    Fault(RUN, "        if not finite:", "        if False:", T_FIT + " -k divergence"),
    Fault("microae/history.py", "(it is {known})", "(it is {what})", T_FIT + " -k divergence"),
    Fault(
        SAMPLES,
        "    part = x[chosen]\n    part.flags.writeable = False\n",
        "    part = x[chosen]\n",
        T_FIT + " -k every_sample_once",
    ),
    Fault(SAMPLES, "    target = y[chosen]\n", "    target = y[np.sort(chosen)]\n", T_FIT + " -k targets_of_its_batch"),
    Fault(FIT, "return lambda x, y: loss(model(x), y)", "return lambda x, y: loss(model(x), x)", T_FIT + " -k targets"),
    Fault(
        FIT, "    return lambda x, y: model.loss(x, y)", "    return lambda x, y: model.loss(x)", T_FIT + " -k targets"
    ),
    Fault(RUN, "    with evaluating(model), np.errstate(", "    with np.errstate(", T_FIT + " -k without_noise"),
    Fault(RUN, "objective(x, y).item() * len(x)", "objective(x, y).item() * 4096", T_FIT + " -k by_hand"),
    Fault(
        SAMPLES,
        "batch(self.pair, slice(start, start + rows))",
        "batch(self.pair, slice(start, min(start + rows, self.n - 1)))",
        T_FIT + " -k by_hand",
    ),
    Fault(
        FIT,
        "    with evaluating(model), np.errstate(over",
        "    with np.errstate(over",
        T_FIT + " -k without_noise",
    ),
    Fault(
        FIT,
        "in samples.parts(4096) if isinstance(samples, InMemory) else",
        "in [samples.head(1)] if isinstance(samples, InMemory) else",
        T_FIT + " -k refused_before",
    ),
    Fault(SAMPLES, "range(len(pair[0]), self.n, len(pair[0])):", "range(0):", T_STREAMS + " -k class_that"),
    Fault(CALLBACKS, " or isinstance(callbacks, str)", "", "tests/training/test_fit.py -k no_loss_optimiser"),
    Fault(CALLBACKS, 'count("early_stopping", "patience", patience)', "patience", "tests/autoencoders -k early"),
    Fault(
        FIT,
        'for what, part in (("", samples), ("validation: ", held_out)):',
        'for what, part in (("", samples),):',
        T_FIT + " -k refused_before",
    ),
    Fault(
        "microae/optim/registry.py",
        "if not set(optimizer.parameters) & set(parameters):",
        "if not optimizer.parameters:",
        T_FIT + " -k other_mistakes",
    ),
    Fault("microae/arguments.py", "number < least:", "number < 0:", T_FIT + " -k refused_before"),
    Fault(
        "microae/arguments.py",
        "math.isfinite(number) and number >= 0)",
        "math.isfinite(number) and number > 0)",
        "tests/optim/test_optimizers.py -k sgd",
    ),
    Fault(
        "microae/arguments.py",
        "math.isfinite(number) and number >= 0)",
        "number >= 0)",
        "tests/optim/test_optimizers.py -k refusals",
    ),
    Fault(
        FIT, "    dtype = model.parameters()[0].dtype\n", "    dtype = np.dtype(float)\n", T_FIT + " -k keeps_its_dtype"
    ),
    Fault(
        FIT,
        "isinstance(validation, tuple) else (validation, None)",
        "False else (validation, None)",
        T_FIT + " -k validation_data_with",
    ),
    Fault(FIT, "history = History() if history is None else history", "history = History()", T_FIT + " -k continued"),
    Fault(
        FIT, "bool(history.validation_loss) != (held_out is not None)", "held_out is not None", T_FIT + " -k continued"
    ),
    Fault(FIT, "        history.trajectory.add(0)\n", "", T_HISTORY),
    Fault(
        RUN,
        "                    history.trajectory.add(history.epochs)\n",
        "                    history.trajectory.add(history.epochs - 1)\n",
        T_HISTORY,
    ),
    Fault(
        FIT,
        'max(2, count("fit", "record", record))',
        'max(4, count("fit", "record", record))',
        T_HISTORY + " -k as_said",
    ),
    Fault(FIT, "<= RECORDED", "<= 10 * RECORDED", T_HISTORY + " -k small_networks"),
    Fault(
        RUN,
        "said = [callback(history) for callback in self.callbacks]",
        "said = [bool(np.size(callback(history))) for callback in self.callbacks]",
        T_FIT + " -k only_true",
    ),
    Fault(
        RUN,
        "said = [callback(history) for callback in self.callbacks]",
        "said = (callback(history) for callback in self.callbacks)",
        T_FIT + " -k callbacks",
    ),
    Fault(
        RUN,
        "    try:\n        yield\n    finally:\n        for close in",
        "    yield\n    if True:\n        for close in",
        T_FIT + " -k callbacks",
    ),
    Fault(SCHEDULES, "0.5 * (1.0 + math", "0.5 * (1.0 - math", T_FIT + " -k cosine"),
    Fault(SCHEDULES, "min(1.0, self.epoch / self.epochs)", "self.epoch / self.epochs", T_CALLBACKS),
    Fault(SCHEDULES, "= self.start * self.fraction", "= self.optimizer.lr * self.fraction", T_FIT + " -k cosine"),
    Fault(SCHEDULES, "self.epoch += 1", "self.epoch = history.epochs", T_CALLBACKS),
    Fault(SCHEDULES, "self.gamma**self.epoch", "self.gamma*self.epoch", T_CALLBACKS),
    Fault(SCHEDULES, "self.epoch // self.step_size", "self.epoch / self.step_size", T_CALLBACKS),
    Fault(SCHEDULES, "self.waited > self.patience", "self.waited >= self.patience", T_CALLBACKS),
    Fault(SCHEDULES, "history.validation_loss or history.loss", "history.loss", T_CALLBACKS),
    Fault(SCHEDULES, 'count("cosine_decay", "epochs", epochs)', "epochs", T_CALLBACKS),
    Fault(KEEPING, "not in (None, _crc32(arrays)):", "in ():", T_RESUME + " -k another_number"),
    Fault(KEEPING, "not in (None, _crc32_of_words(facts)):", "in ():", T_RESUME + " -k another_letter"),
    Fault(SCHEDULES, 'if name != "optimizer"}', 'if name not in ("optimizer", "least")}', T_CALLBACKS),
    Fault(RUN, "clip_grad_norm(optimizer.parameters, self.max_grad_norm)", "pass", T_FIT + " -k clipped"),
    Fault(FIT, "clip_grad_norm(optimizer.parameters, max_grad_norm)", "pass", T_FIT + " -k clipped"),
    Fault(
        "microae/progress.py",
        "    if not shown:\n        yield lambda loss, updates, rate: None",
        "    if False:\n        yield lambda loss, updates, rate: None",
        T_FIT + " -k progress_bar",
    ),
    Fault("microae/progress.py", "loss={loss:.4g}", "{loss:.4g}", T_FIT + " -k progress_bar"),
    # training/state, keeping, resuming: what a training that was stopped goes on from
    Fault(STATE, 'setattr(module, name, distinct[said["places"][path]])', "pass", T_RESUME + " -k goes_on"),
    Fault(STATE, "next(i for i, known in enumerate(distinct) if known is rng)", "0", T_RESUME + " -k goes_on"),
    Fault(STATE, "    return distinct[0]\n", "    return np.random.default_rng(1)\n", T_RESUME + " -k goes_on"),
    Fault(STATE, "state[int(i)][key] = part", "state[int(i)][key] = 0.0 * part", T_RESUME + " -k goes_on"),
    Fault(STATE, 'enumerate(said["steps"])', 'enumerate([0] * len(said["steps"]))', T_RESUME + " -k goes_on"),
    Fault(STATE, 'kept.stride = said["epochs"], said["stride"]', 'kept.stride = said["epochs"][:1], 1', T_RESUME),
    Fault(RUN, "            rng.bit_generator.state = now\n", "", T_RESUME + " -k ones_own"),
    Fault(RUN, "            rng.bit_generator.state = self.begun\n", "", T_RESUME + " -k goes_on"),
    Fault(RESUMING, 'facts["batch"], facts["total"]', 'facts["batch"], 0.0', T_RESUME + " -k goes_on"),
    Fault(RESUMING, "history.generator = unpacked_generators", "_ = unpacked_generators", T_RESUME + " -k first_epoch"),
    Fault(RESUMING, "rebuilt(one, optimizer) for", "None for", T_RESUME + " -k goes_on"),
    Fault(KEEPING, "array.T if name in by_columns else array", "array", T_RESUME + " -k ones_own"),
    Fault(KEEPING, "files[: 1 - KEPT]", "files[:-KEPT]", T_RESUME + " -k two_are_kept"),
    Fault(KEEPING, "            self.write(run)\n            told,", "            told,", T_RESUME + " -k signal"),
    Fault(KEEPING, "        if self._told is not None:  # told", "        if False:  # told", T_RESUME + " -k second"),
    Fault(
        KEEPING,
        "        except ValueError as error:\n",
        "        except KeyError as error:\n",
        T_RESUME + " -k damaged",
    ),
    Fault(KEEPING, "            if run.updates == updates:", "            if False:", T_RESUME + " -k cannot_begin"),
    Fault(FILES, "        _lock(file)\n    except", "        pass\n    except", T_RESUME + " -k another_training"),
    Fault(KEEPING, "damaged.append(str(error))", "damaged = [str(error)]", T_RESUME + " -k damaged"),
    Fault(KEEPING, "; the one before it is kept, from", "; from", T_RESUME + " -k full_disk"),
    Fault(SAMPLES, '"x": _fingerprint(x)', '"x": _fingerprint(x[:10])', T_RESUME + " -k other_data"),
    # samples in files
    Fault(SAMPLES, "_crc32(self.table.chunks())", "_crc32([self.table.take([0, -1])])", T_STREAMS + " -k midst"),
    Fault(SAMPLES, "rng.permutation(np.arange(0, ", "(np.arange(0, ", T_STREAMS + " -k mix"),
    Fault(SAMPLES, "mixed if y is x else y[order]", "mixed if y is x else y", T_STREAMS + " -k once"),
    Fault(SAMPLES, "skipped = max(0, skipped - size)", "skipped = 0", T_STREAMS + " -k once"),
    Fault(
        SAMPLES,
        "            if left is not None:\n                yield",
        "            if False:\n                yield",
        T_STREAMS + " -k once",
    ),
    Fault(TABLES, "read = read[self._stays(ranges)]", "pass", T_TABLES + " -k chunks"),
    Fault(TABLES, "numbers - np.searchsorted(self.left_out, numbers)", "numbers", T_TABLES + " -k chunks"),
    Fault(TABLES, "header.by_columns and", "False and", T_TABLES + " -k chunks"),
    Fault(TABLES, "range(start, start + len(chunk))", "range(len(chunk))", T_TABLES + " -k beginning"),
    Fault(TABLES, "waiting, held = [whole[size:]], held - size", "waiting, held = [], 0", T_TABLES + " -k chunks"),
    Fault(FILES, "        _to_disk(temporary, os.O_RDWR)", "        pass", T_FILES + " -k before_the_name"),
    # training/checkpoint
    Fault(TENSORS, "if os.path.exists(path) and not overwrite:", "if False:", T_CHECKPOINT + " -k overwritten"),
    Fault(
        TENSORS,
        "    with replacing(path) as temporary:\n        temporary.write_bytes(content)",
        "    with replacing(path):\n        path.write_bytes(content)",
        T_CHECKPOINT + " -k whole",
    ),
    Fault(TENSORS, 'np.asarray(array, order="C") for', "np.asarray(array) for", T_CHECKPOINT + " -k any_module"),
    Fault(AUTOENCODER, '"output": activations[-1],', '"output": activations[0],', T_CHECKPOINT + " -k every_option"),
    Fault(AUTOENCODER, "next((part.amount for", "next((part.amount / 2 for", T_CHECKPOINT + " -k every_option"),
    Fault(AUTOENCODER, '"dtype": self.dtype.name,', '"dtype": "float64",', T_CHECKPOINT + " -k every_option"),
    Fault(AUTOENCODER, '"sparsity": self.sparsity,', '"sparsity": 0.0,', T_CHECKPOINT + " -k every_option"),
    Fault(AUTOENCODER, '"loss": self.distance,', '"loss": None,', T_CHECKPOINT + " -k every_option"),
    Fault(AUTOENCODER, '"tied": any(', '"tied": all(', T_CHECKPOINT + " -k family"),
    Fault("microae/autoencoders/sparse.py", '"weight": self.weight}', '"weight": 1.0}', T_CHECKPOINT + " -k family"),
    Fault(CONFIGURATION, "_NOISES[noise](amount)", "GaussianNoise(amount)", T_CHECKPOINT + " -k every_option"),
    Fault(
        CONFIGURATION,
        "activation = ACTIVATIONS[name](**options)",
        "activation = ACTIVATIONS[name]()",
        T_CHECKPOINT + " -k every_option",
    ),
    Fault(
        CONFIGURATION,
        "if type(model) is not FAMILY.get(kind):",
        "if kind not in FAMILY:",
        T_CHECKPOINT + " -k own_is_not",
    ),
    Fault(
        CONFIGURATION,
        "return said if same else None",
        "return said",
        T_CHECKPOINT + " -k changed_since",
    ),
    Fault(
        TENSORS,
        'if said and said.get("format") != FORMAT:',
        'if said and said.get("format", 0) < FORMAT:',
        T_CHECKPOINT + " -k cannot_be_used",
    ),
    Fault(
        CHECKPOINT,
        "and all(len(array) == len(epochs)",
        "and any(len(array) == len(epochs)",
        T_HISTORY + " -k other_files",
    ),
    Fault(
        CHECKPOINT,
        "name: array[i] for name, array in state.items()} for i in range(len(epochs))",
        "name: array[-1 - i] for name, array in state.items()} for i in range(len(epochs))",
        T_HISTORY + " -k as_it_was_written",
    ),
    Fault(
        CHECKPOINT,
        'f"{path}: does not fit the model; {error.args[0]}"',
        'f"{path}: does not fit the model"',
        T_CHECKPOINT + " -k do_not_fit",
    ),
    Fault(CHECKPOINT, "            require_shapes(said, state)\n", "", T_CHECKPOINT + " -k were_changed"),
    Fault(TENSORS, "    except RecursionError as error:", "    except OSError as error:", T_CHECKPOINT + " -k used"),
    Fault(CONFIGURATION, "    activation(np.zeros((1, 2)))", "    # ", T_CHECKPOINT + " -k were_changed"),
    # data/files
    Fault(FILES, "            shutil.copymode(path, temporary)", "            pass", T_FILES),
    Fault(FILES, "path.resolve() if path.is_symlink() else path", "path", T_FILES),
    Fault(FILES, 'errors="replace", ', "", T_FILES),
    Fault(
        FILES,
        "            yield temporary\n            _to_disk",
        "            try:\n                yield temporary\n            except BaseException:\n"
        "                os.replace(temporary, path)\n            _to_disk",
        T_FILES,
    ),
    Fault(FILES, "    finally:\n        temporary.unlink(missing_ok=True)", "    finally:\n        pass", T_FILES),
    Fault(FILES, 'f".{secrets.token_hex(4)}.{path.name}"', 'f".{path.name}.{secrets.token_hex(4)}"', T_FILES),
    Fault(FILES, "            error.filename = os.fspath(path)\n", "            pass\n", T_RESUME + " -k full_disk"),
    Fault(FILES, 'encoding="utf-8", errors', 'encoding="latin-1", errors', T_FILES),
    Fault(FILES, 'newline="\\n"', 'newline="\\r\\n"', T_FILES),
    Fault(FILES, "    if not existing.is_dir():", "    if False:", T_FILES),
    Fault(
        FILES,
        "    if not os.access(existing, os.W_OK | os.X_OK):",
        "    path.mkdir(parents=True, exist_ok=True)\n    if not os.access(existing, os.W_OK | os.X_OK):",
        T_FILES,
    ),
    # data/readers
    Fault(PACKAGED, 'arrays["images"] / 16.0', 'arrays["images"] / 15.0', T_PACKAGED),
    Fault(
        PACKAGED,
        "images.flags.writeable = labels.flags.writeable = False",
        "images.flags.writeable = False",
        T_PACKAGED,
    ),
    Fault(READERS, "suffix = path.suffix.lower()", "suffix = path.suffix", T_READERS + " -k test_csv"),
    Fault(
        READERS,
        "np.float32 if array.dtype == np.float32 else np.float64",
        "np.float64",
        T_READERS + " -k what_was_written",
    ),
    Fault(
        READERS, "row, column = np.argwhere(bad)[0]", "row, column = np.argwhere(bad)[-1]", T_READERS + " -k first_bad"
    ),
    Fault(
        READERS, "row, column = np.argwhere(bad)[0]", "column, row = np.argwhere(bad)[0]", T_READERS + " -k first_bad"
    ),
    Fault(
        READERS,
        'kind = "NaN" if np.isnan(array[row, column]) else "infinity"',
        'kind = "NaN"',
        T_READERS + " -k first_bad",
    ),
    Fault(READERS, "    if low < 0 or high > 1:", "    if low < -1 or high > 1:", T_READERS + " -k test_fractions"),
    Fault(READERS, "({shifted}) / {length}", "x / {last}", T_READERS + " -k test_fractions"),
    Fault(READERS, 'f"x + {first[1:]}" if low < 0 else', "", T_READERS + " -k test_fractions"),
    Fault(READERS, "[features, *layers[1:-1], features]", "[features, *layers[1:]]", T_READERS + " -k test_features"),
    # data/binary
    Fault(BINARY, "len(header.shape) == 2]", "len(header.shape) >= 1]", T_READERS + " -k array_of_an_archive"),
    Fault(
        BINARY, "    return members[name]\n", "    return next(iter(members.values()))\n", T_READERS + " -k an_archive"
    ),
    Fault(BINARY, "if header.size > size:", "if False:", T_READERS + " -k no_more_memory"),
    Fault(BINARY, "if header.size != member.file_size:", "if False:", T_READERS + " -k no_more_memory"),
    Fault(BINARY, "if header.size > EXPANDED and", "if False and", T_READERS + " -k unpacks_to_far_more"),
    Fault(BINARY, "and header.size > RATIO * member.compress_size", "", T_READERS + " -k unpacks_to_far_more"),
    Fault(
        BINARY,
        "        except NotNumbersError:\n            yield",
        "        except OSError:\n            yield",
        T_READERS,
    ),
    Fault(
        BINARY, "            file.seek(0)\n            return", "            return", T_READERS + " -k what_was_written"
    ),
    # data/text
    Fault(TEXT, 'QUOTED.sub("", first[0])', "first[0]", T_READERS + " -k quotes"),
    Fault(
        "microae/data/arrow.py", "skip_rows=known.lines", "skip_rows=bool(known.lines)", T_TABLES + " -k csv_is_read"
    ),
    Fault("microae/data/arrow.py", '"," if comma else "."', '"."', T_TABLES + " -k csv_is_read"),
    Fault("microae/data/arrow.py", "if not np.isfinite(array).all():", "if False:", T_TABLES + " -k csv_is_read"),
    Fault(TEXT, "if number > known.lines:", "if True:", T_TABLES + " -k csv_is_read"),
    Fault(TEXT, '"utf-8-sig"', '"utf-8"', T_READERS + " -k test_csv"),
    Fault(TEXT, '"utf-16" if', '"utf-8" if', T_READERS + " -k byte_order"),
    Fault(
        TEXT,
        "if any(is_number(cell, lines.comma)",
        "if all(is_number(cell, lines.comma)",
        T_READERS + " -k test_csv",
    ),
    Fault(TEXT, "enumerate(cells, start=1) if not", "enumerate(cells) if not", T_READERS + " -k test_csv"),
    Fault(
        TEXT,
        "has {len(cells)} cells, the first line has {columns}",
        "has {columns} cells, the first line has {len(cells)}",
        T_READERS + " -k test_csv",
    ),
    Fault(TEXT, 'return "_" not in cell', "return True", T_READERS + " -k test_csv"),
    Fault(TEXT, "number = reader.line_num + 1", "number += 1", T_READERS + " -k test_csv"),
    Fault(TEXT, 'if comma and "." in cell:', "if False:", T_READERS + " -k test_csv_refused"),
    Fault(TEXT, "if not all(map(WHOLE.fullmatch, first)) or", "if True or", T_READERS + " -k asked_about"),
    Fault(TEXT, "if names[0].lower() in INDEX and", "if False and", T_READERS + " -k pandas_writes"),
    # recording/step
    Fault(STEP, "        optimizer.step()\n    for rng", "    for rng", T_STEP + " -k ones_own"),
    Fault(
        STEP,
        "    optimizer.zero_grad()\n    with record() as step:",
        "    with record() as step:",
        T_STEP + " -k stale",
    ),
    Fault(STEP, "        rng.bit_generator.state = state", "        pass", T_STEP + " -k same_noise"),
    Fault(STEP, "return model.loss(x, target)", "return model.loss(x)", T_STEP + " -k target"),
    Fault(
        STEP,
        "return distance(prediction, x if target is None else target)",
        "return distance(prediction, x)",
        T_STEP + " -k target",
    ),
    Fault(STEP, '{"x": x, "y": x if target is None else target}', '{"x": x, "y": x}', T_STEP + " -k target"),
    Fault(
        STEP,
        "    with changed(recorder=None) if current().recorder is not None else nullcontext():",
        "    with nullcontext():",
        T_STEP + " -k inside",
    ),
    Fault(
        STEP,
        "step.loss_before, step._model = before.item(), model",
        "step.loss_before, step._model = objective().item(), model",
        T_STEP + " -k losses",
    ),
    Fault(STEP, "for record in reversed(self.passes) if", "for record in self.passes if", T_STEP + " -k two_recorded"),
    Fault(STEP, "if node.stage == name]", "if node.stage != name]", T_STEP + " -k stages"),
    Fault(
        STEP,
        "with changed(recorder=recorder), noted(",
        "with changed(recorder=recorder, grad_enabled=True, anomaly=False), noted(",
        T_STEP + " -k surroundings",
    ),
    Fault(
        STEP,
        "path: type(module).__name__ for path, module",
        "path: type(module).__qualname__.lower() for path, module",
        T_STEP + " -k modules",
    ),
    Fault(
        RUN,
        "self.history.waiting = self.samples.waiting",
        "self.history.waiting += self.samples.waiting",
        T_STREAMS + " -k waiting",
    ),
    Fault(
        RUN,
        "show(self.total / (self.batch * self.batch_size)",
        "show(self.total / self.batch",
        "tests/training/test_progress.py -k loss_of_a_bar",
    ),
    Fault(
        CALLBACKS,
        "len(losses) - 1 - losses.index(min(losses))",
        "losses[::-1].index(min(losses))",
        T_CALLBACKS + " -k not_for_as_little",
    ),
    Fault(
        CHECKPOINT,
        "sorted({int(epoch) for epoch in epochs})",
        "sorted(int(epoch) for epoch in epochs)",
        T_HISTORY + " -k whose_epochs",
    ),
    Fault(
        CHECKPOINT,
        "            and all(len(array) == len(epochs) for array in state.values())\n",
        "",
        T_HISTORY + " -k whose_epochs",
    ),
    Fault(TEXT, "(codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)", "(codecs.BOM_UTF16_LE,)", T_READERS + " -k utf_16"),
    Fault(BINARY, "if header.size > size:", "if header.size != size:", T_READERS + " -k of_several_arrays"),
    Fault(BINARY, "len(header.shape) == 2]", "len(header.shape) >= 2]", T_READERS + " -k other_numbers_of_axes"),
]
