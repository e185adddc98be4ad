"""Faults in the search of hyperparameters: the space, the study, who trains the trials, what is written of them."""

from __future__ import annotations

from tests.mutants.fault import Fault

SPACE, TASK = "microae/searching/space.py", "microae/searching/task.py"
SEARCH, RESULT = "microae/searching/search.py", "microae/searching/result.py"
WORKERS, STORAGE = "microae/searching/workers.py", "microae/searching/storage.py"
T = "tests/searching/test_search.py"

FAULTS = [
    Fault(SPACE, "points.setdefault(repr(point), point)", "points[str(len(points))] = point", T + " -k meaning"),
    Fault(SPACE, "if not low <= high:", "if False:", T + " -k mistakes"),
    Fault(SPACE, "range(steps + 1))", "range(steps))", T),
    Fault(SPACE, 'raise ValueError(f"search: {name} has the choice {choice!r} twice")', "pass", T + " -k mistakes"),
    Fault(STORAGE, "            _without_a_torn_line(path)\n", "", T + " -k torn_line"),
    Fault(STORAGE, "text.startswith(b'{\"op_code\"') and ", "", T + " -k torn_line"),
    Fault(
        SEARCH,
        "        stack.enter_context(writing_into(place))\n",
        "",
        "tests/commands/test_search.py -k full_disk",
    ),
    Fault(
        "microae/commands/search.py",
        "require_other_file(out / name, [source, arguments.config])",
        "require_other_file(out / name, [source])",
        "tests/commands/test_search.py -k is_an_input",
    ),
    Fault(TASK, "load(data) if isinstance(data, (str, os.PathLike)) else data", "data", T + " -k file_of_data"),
    Fault(TASK, 'count("fit", name, known[name])', "known[name]", T + " -k mistakes"),
    Fault(TASK, "order[held:]), np.sort(order[:held])", "order[held:]), np.sort(order[held:])", T + " -k by_hand"),
    Fault(TASK, "np.random.default_rng(seed).permutation(len(x))", "np.arange(len(x))", T + " -k by_hand"),
    Fault(TASK, "return history.validation_loss[-1]", "return history.loss[-1]", T + " -k held_out"),
    Fault(TASK, "[] if schedule == CONSTANT else", "[] if True else", T + " -k by_hand"),
    Fault(TASK, 'return "cosine_decay" if name == "cosine" else name', "return name", T + " -k schedules"),
    Fault(TASK, "known.get(name, default) for name", "default or known[name] for name", T + " -k schedules"),
    Fault(TASK, "            or name in _options_of_schedule(settings)\n", "", T + " -k schedules"),
    Fault(TASK, "if self.applies(name, settings)}", "}", T + " -k schedules"),
    Fault(TASK, "maker.usual_lr if known", "0.1 if known", T + " -k usual_rate"),
    Fault(TASK, 'history.epochs < options["epochs"]', "True", T + " -k last_epoch"),
    Fault(SEARCH, "_mixed(seed, n))", "seed)", T + " -k two_parts"),
    Fault(SEARCH, "number = sum(t.state != state.WAITING for t in trials)", "number = 0", T + " -k two_parts"),
    Fault(SEARCH, "t.state == state.RUNNING]", "t.state == state.FAIL]", T + " -k goes_on"),
    Fault(SEARCH, "again.append(turn)", "pass", T + " -k processes"),
    Fault(SEARCH, "study.tell(trial, state=state.FAIL)", "study.tell(trial, 0.0)", T + " -k diverges"),
    Fault(SEARCH, 'if task.score == "loss" and differing:', "if False:", T + " -k mistakes"),
    Fault(SEARCH, "return min((trial.value", "return max((trial.value", T),
    Fault(RESULT, "{**self._fixed, **self.best})\n        return model", "{**self._fixed})\n        return model", T),
    Fault(RESULT, "self._space.value(name, shown) for", "shown for", T),
    Fault(WORKERS, "if epoch not in reported:", "if True:", T + " -k goes_on"),
    Fault(WORKERS, "return isinstance(error, BrokenExecutor)", "return False", T + " -k processes"),
    Fault(STORAGE, "if before.get(name) != now:", "if False:", T),
    Fault(STORAGE, "    except HeldError as error:\n", "    except KeyError as error:\n", T + " -k share"),
    Fault(
        "microae/searching/search.py",
        "min(trials or len(points), len(points))",
        "trials or len(points)",
        T + " -k grid",
    ),
    Fault(WORKERS, "with interruptible():", "if True:", T + " -k ctrl_c"),
]
