"""Faults in the compiler: what a loop of steps may leave out, what it writes over, what the passes do in one sweep."""

from tests.mutants.fault import Fault

OF_KINKS = "tests/compiler/test_kinks.py"
MEMORY = "microae/compiler/backends/memory.py"
LOOP, RUNNING, PASSES = "microae/compiler/loop.py", "microae/compiler/running.py", "microae/compiler/passes.py"
NUMPY, NUMBA = "microae/compiler/backends/numpy.py", "microae/compiler/backends/numba.py"
LOOPS, MATH = "microae/compiler/backends/loops.py", "microae/compiler/backends/native_math.py"
COMPILED, TRACER = "microae/compiler/compiled.py", "microae/compiler/tracer.py"
OF_LOOPS, OF_TRAPS = "tests/compiler/test_loops.py", "tests/compiler/test_traps.py"
OF_PROGRAMS, OF_TRAINING = "tests/compiler/test_programs.py", "tests/training/test_backends.py"
OF_MATH = "tests/compiler/test_native.py"

OF_BLOCKS = "tests/compiler/test_blocks.py"
LLVM, NATIVE = "microae/compiler/backends/llvm.py", "microae/compiler/backends/native.py"
CAPTURED, STEP, EXPLAINING = (f"microae/compiler/{name}.py" for name in ("captured", "step", "explaining"))
STRUCTURE, ENTRY = "microae/compiler/structure.py", "microae/compiler/entry.py"
OF_CALLS = "tests/compiler/test_calls.py"
CACHED, OF_KEPT = "microae/compiler/backends/cached.py", "tests/compiler/test_kept.py"
OF_CODE, OF_LINES = "tests/compiler/test_machine_code.py", "tests/compiler/test_explaining.py"
SCALARS, OF_SCALARS = "microae/compiler/backends/scalars.py", "tests/compiler/test_scalars.py"
PRINTING, PYTHON = "microae/compiler/printing.py", "microae/compiler/backends/python.py"
JAX, OF_JAX = "microae/compiler/backends/jax.py", "tests/compiler/test_jax.py"

OF_FIXED = "tests/compiler/test_fixed.py"
CLOCKS, OF_CLOCKS = "microae/compiler/clocks.py", "tests/compiler/test_clocks.py"

FAULTS = [
    Fault(CAPTURED, "isinstance(thing, _FIXED) and not _has_attributes(thing)", "isinstance(thing, _FIXED)", OF_TRAPS),
    Fault(CAPTURED, "(MappingView, Captured._view)", "((), Captured._view)", f"{OF_TRAPS} -k detours"),
    Fault(CAPTURED, "elif callable(thing) or isinstance", "elif isinstance", f"{OF_TRAPS} -k detours"),
    Fault(CAPTURED, "return _text(now) == _text(before)", "return repr(now) == repr(before)", f"{OF_TRAPS} -k detours"),
    Fault(CLOCKS, "if args and _class_of(cls) is _DATETIME64", "if False", f"{OF_CLOCKS} -k clock"),
    Fault(CLOCKS, "if asks is None or is_own(asks) else module", "", f"{OF_CLOCKS} -k librarys"),
    Fault(CLOCKS, "or args[-1] is None", "", f"{OF_CLOCKS} -k clock"),
    Fault(TRACER, "return STAND_INS.get(kind, kind)", "return kind", f"{OF_CLOCKS} -k asks"),
    Fault(TRACER, "return plain(operand)\n", "return operand\n", f"{OF_FIXED} -k number"),
    Fault(TRACER, "(np.signbit(array) == np.signbit(first)).all()", "True", f"{OF_FIXED} -k zeros"),
    Fault(STRUCTURE, "isinstance(thing, (Awaitable, AsyncIterator))", "False", f"{OF_FIXED} -k awaited"),
    Fault(STRUCTURE, "        return repr(thing)  # 0.0", "        return 0  # 0.0", OF_TRAPS),
    Fault(PRINTING, "c if c.isprintable() else", "c if c != chr(10) else", f"{OF_FIXED} -k label"),
    Fault(TRACER, "if not _asked_by_the_user():", "if True:", f"{OF_TRAPS} -k no_program_says"),
    Fault(TRACER, "if current().trace is not None and _asked", "if False and _asked", f"{OF_TRAPS} -k no_program_says"),
    Fault(SCALARS, "if sizes[call] > _EXACT:", "if False:", f"{OF_SCALARS} -k another_number"),
    Fault(SCALARS, '"invert": "logical_not", ', "", f"{OF_SCALARS} -k truth"),
    Fault(SCALARS, "args[i] = _counted(table, call, operand, args[i])", "pass", "tests/browser/test_javascript.py"),
    Fault(PASSES, "np.array(x).tobytes() == np.array(y).tobytes()", "x == y", f"{OF_PROGRAMS} -k choice_that_is_none"),
    Fault(PRINTING, 'yield "import numpy as np"', 'yield ""', f"{OF_PROGRAMS} -k needs_numpy"),
    Fault(PRINTING, "self._taken.add(self.function)", "pass", f"{OF_PROGRAMS} -k asks_for"),
    Fault(PRINTING, " or strength == _COMPARES", "", f"{OF_PROGRAMS} -k comparison"),
    Fault(PRINTING, 'unicodedata.normalize("NFKC", wanted)', "wanted", f"{OF_PROGRAMS} -k labels"),
    Fault(PRINTING, "_bits(known) == _bits(constant)", "known is constant", f"{OF_PROGRAMS} -k constants"),
    Fault(PYTHON, '"pow({0}, {1})"', '"{0} ** {1}"', f"{OF_SCALARS} -k root"),
    Fault(JAX, "return jax.lax.optimization_barrier(x)", "return x", f"{OF_JAX} -k mask"),
    Fault(JAX, "return jnp.where(mask, x, x * 0)", "return mask * x", f"{OF_JAX} -k mask"),
    Fault(JAX, "return (pivots > 100", "return (pivots > 0", f"{OF_JAX} -k but_for_rounding"),
    Fault(JAX, '"power": lambda x, y: y >= 0', '"power": lambda x, y: y == y', f"{OF_JAX} -k raised_as"),
    Fault(JAX, "if _is_narrower(result, call):", "if False:", f"{OF_JAX} -k fewer"),
    Fault(COMPILED, "if self._makes_once(captured, arguments, data):", "if True:", f"{OF_CALLS} -k later_steps"),
    Fault(COMPILED, "is not None and next(after.changes(), None) is None", "is None", f"{OF_CALLS} -k first_step"),
    Fault(JAX, "if not isinstance(device, jax.Device):", "if False:", f"{OF_JAX} -k no_device"),
    Fault(TRACER, 'if function is TABLE["getitem"].forward:', "if False:", f"{OF_JAX} -k table_of_plain"),
    Fault(TRACER, 'if name.startswith("__array_"):', "if False:", f"{OF_TRAPS} -k plain_table"),
    Fault(NUMBA, "lowered(program, MOST, fused=True)", "lowered(program, MOST)", "tests/compiler/test_scalars.py"),
    Fault(LLVM, 'self.builder.fcmp_unordered if sign == "!=" else', "self.builder.fcmp_ordered if sign else", OF_CODE),
    Fault(LLVM, "return self.builder.fmul(x, x,", "return self.builder.fadd(x, x,", OF_CODE),
    Fault(NATIVE, "        if kept is None:", "        if True:", OF_CODE),
    Fault(NATIVE, "EMITTER = (Path(__file__), ", "EMITTER = (", OF_KEPT),
    Fault(CACHED, "return path.read_bytes() == text.encode() and", "return", OF_KEPT),
    Fault(CACHED, 'path.with_suffix(".sum").read_text() == _sum(path)\n', "True\n", OF_KEPT),
    Fault(CACHED, "except Exception:  # a full", "except ValueError:  # a full", OF_KEPT),
    Fault(LOOPS, '        if not name.endswith(".T"):\n', "        if True:\n", OF_CODE),
    Fault(STRUCTURE, "(key, _) in named.items()))", "(key, _) in sorted(named.items())))", f"{OF_CALLS} -k any_order"),
    Fault(
        STEP,
        "optimizer._lr, optimizer._rates = lr, rates\n        for path",
        "pass\n        for path",
        f"{OF_CALLS} -k lr",
    ),
    Fault(STEP, "states, self._counts[optimizer]", "states, list(optimizer.steps)", f"{OF_CALLS} -k lr"),
    Fault(
        STEP, "for i in counted.members):\n                read |=", "for i in ()):\n                read |=", OF_CALLS
    ),
    Fault(STEP, "read |= {part.term for part in kept if isinstance(part, Tracer)}", "pass", OF_CALLS),
    Fault(
        STEP, "            if kinds(optimizer.state) != kinds(before):", "            if False:", f"{OF_CALLS} -k state"
    ),
    Fault(ENTRY, "if any(kinds(optimizer.state) != before", "if any(False", f"{OF_CALLS} -k state"),
    Fault(STEP, "            array[...] = before\n", "            pass\n", f"{OF_CALLS} -k leaves"),
    Fault(STEP, "            array.flags.writeable = False\n", "            pass\n", f"{OF_CALLS} -k leaves"),
    Fault(CAPTURED, 'elif type(thing).__module__.startswith("microae.") and', "elif False and", OF_CALLS),
    Fault(CAPTURED, "vars(optimizer), name, vars(optimizer)[name]))", "{0: 0}, 0, 0))", f"{OF_CALLS} -k given_to"),
    Fault(STRUCTURE, "if isinstance(thing, Iterator) and not is_own(type(thing)):", "if False:", f"{OF_CALLS} -k once"),
    Fault(COMPILED, "return object.__new__, (type(self),), (self.f", "return name or (self.f", f"{OF_CALLS} -k copy"),
    Fault(
        TRACER,
        "if not self.ndim and isinstance(other, (list,",
        "if False and (other, (list,",
        f"{OF_CALLS} -k python_does",
    ),
    Fault(
        CAPTURED, "            if not isinstance(item, _FIXED):", "            if False:", f"{OF_CALLS} -k what_is_read"
    ),
    Fault(CAPTURED, "not all(map(_is_same, items, things))", "False", f"{OF_CALLS} -k what_is_read"),
    Fault(CAPTURED, "return _text(now) == _text(before) if", "return now == before if", f"{OF_CALLS} -k what_is_read"),
    Fault(CAPTURED, "self._by_text or not _BY_TEXT.isdisjoint(names)", "False", f"{OF_CALLS} -k what_is_read"),
    Fault(CAPTURED, "function.__globals__, _CONTAINERS)", "function.__globals__)", f"{OF_CALLS} -k what_is_read"),
    Fault(ENTRY, "for said in self.step.warnings:", "for said in ():", f"{OF_CALLS} -k warns"),
    Fault(STEP, "            optimizer.warn_idle(4)\n", "            pass\n", f"{OF_CALLS} -k warns"),
    Fault(STEP, "put(container, key, stand_in(clock))", "pass", f"{OF_CALLS} -k clock"),
    Fault(CAPTURED, "            if is_own(kind):\n", "            if False:\n", OF_TRAPS),
    Fault(
        CAPTURED,
        "vars(module).keys() if self._by_text and is_own(module) else self._attributes & vars(module).keys()",
        "()",
        f"{OF_TRAPS} -k detours",
    ),
    Fault(CAPTURED, 'elif "__wrapped__" in', 'elif "" in', f"{OF_TRAPS} -k called_inside"),
    Fault(CAPTURED, "if not is_a_librarys(row.forward):", "if False:", f"{OF_TRAPS} -k row_of_the_users"),
    Fault(CAPTURED, "            if not _same(things, copy):", "            if False:", OF_TRAPS),
    Fault(CAPTURED, "for each in kind.__mro__:", "for each in (kind,):", OF_TRAPS),
    Fault(CAPTURED, "    return sum(not (name[:2]", "    return 0 * sum(not (name[:2]", OF_TRAPS),
    Fault(CAPTURED, "for ask in () if stream.closed else", "for ask in () if stream else", f"{OF_TRAPS} -k detours"),
    Fault(CAPTURED, "if _bytes(thing) is not None:", "if False:", f"{OF_TRAPS} -k detours"),
    Fault(COMPILED, "        captured.look_into_caches()\n", "", OF_TRAPS),
    Fault(CAPTURED, "            if not _same(list(items), keys):", "            if False:", OF_TRAPS),
    Fault(
        CAPTURED,
        'if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "DELETE_GLOBAL"):',
        "if instruction.argval in code.co_names:",
        OF_TRAPS,
    ),
    Fault(STEP, "put(container, key, Taken(path))", "pass", OF_TRAPS),
    Fault(TRACER, "if type(self.numbers) is not np.float64:", "if True:", f"{OF_TRAPS} -k widens"),
    Fault(TRACER, "if self.term.weak or (isinstance", "if (isinstance", f"{OF_TRAPS} -k widens"),
    Fault(PASSES, "call.opaque is not None or call.weak:", "call.opaque is not None:", f"{OF_TRAPS} -k widens"),
    Fault(CAPTURED, "        list(module.children())", "        ()", f"{OF_TRAPS} -k into_a_list"),
    Fault(STEP, '            names["type"] = Kind\n', "            pass\n", f"{OF_TRAPS} -k kind"),
    Fault(STRUCTURE, "return (type(thing), thing.shape", "return (thing.shape", f"{OF_TRAPS} -k kinds"),
    Fault(ENTRY, "isinstance(term, Constant) or", "False or", f"{OF_TRAPS} -k callers"),
    Fault(ENTRY, "or not roots.isdisjoint(owners.get(term, {term}))", "", f"{OF_TRAPS} -k callers"),
    Fault(STRUCTURE, "if _hides_results(thing):", "if False:", f"{OF_TRAPS} -k hidden_in"),
    Fault(STRUCTURE, "isinstance(x, _NUMBERS) for x", "True for x", f"{OF_TRAPS} -k stay_lists"),
    Fault(
        STEP,
        "if not all(_same_items(now, before) for now, before in given_before):",
        "if False:",
        f"{OF_TRAPS} -k given_and",
    ),
    Fault(COMPILED, "self._bound[id(instance)]\n", "self\n", f"{OF_TRAPS} -k bound_to"),
    Fault(ENTRY, " or self._with_gradients() not in self.cleared", "", f"{OF_TRAPS} -k there"),
    Fault(ENTRY, "any(len(together) > 1 for together in counts)", "False", f"{OF_TRAPS} -k alone"),
    Fault(
        "microae/compiler/differences.py",
        "if one.structure.key != other.structure.key:",
        "if False:",
        f"{OF_TRAPS} -k besides",
    ),
    Fault(STEP, "if not same_state(state, after[rng])", "if False", f"{OF_TRAPS} -k refused"),
    Fault(STEP, "            self.hidden[rng] = state_of(rng)\n", "", f"{OF_TRAPS} -k generator"),
    Fault(STRUCTURE, "    fixed.append((name, thing))\n", "", f"{OF_TRAPS} -k argument"),
    Fault(STRUCTURE, "thing if type(thing) in _BY_VALUE else id(thing)", "thing", f"{OF_TRAPS} -k argument"),
    Fault(STRUCTURE, "thing.dtype not in FLOATS", "False", OF_TRAPS),
    Fault(TRACER, "if self.handles_errors and", "if False and", OF_TRAPS),
    Fault(STEP, "if trace.refusals:", "if False:", OF_TRAPS),
    Fault(STEP, "return counted.counts[times]", "return counted.counts[1]", OF_TRAPS),
    Fault(EXPLAINING, "numbers.get(t[0], t[0])", "t[0]", f"{OF_LINES} -k optimiser"),
    Fault(EXPLAINING, '_provenance(line).stage != "backward"', "False", f"{OF_LINES} -k changed"),
    Fault(EXPLAINING, r'(r"d_W\d+ = \w+(\.T @ d_z\d+|\[:, None\] @ d_z\d+\[None\])",', '("d_W.*",', OF_LINES),
    Fault(EXPLAINING, 'letters[last] = "a" + letters[last][1:]', "pass", OF_LINES),
    Fault(RUNNING, "            if entry.is_first:\n", "            if False:\n", f"{OF_TRAPS} -k not_clear"),
    Fault(RUNNING, "if len(gradients) < len(entry.step.grads):", "if False:", f"{OF_TRAPS} -k masked_as"),
    Fault(CAPTURED, "member is not getattr(type(thing), name, GONE)  #", "True  #", f"{OF_TRAPS} -k go_back"),
    Fault(STRUCTURE, "_attributes(made).update(attributes(arrays))", "pass", f"{OF_TRAPS} -k other_kinds"),
    Fault(
        "microae/compiler/refusals.py", "if not file.startswith(_PACKAGES):", "if True:", f"{OF_TRAPS} -k a_refusal_has"
    ),
    Fault(COMPILED, "argval == name:", "argval is None:", f"{OF_TRAPS} -k a_refusal_has"),
    Fault(SCALARS, 'f"{call.line}: {error}"', 'f"{error}"', f"{OF_TRAPS} -k no_word"),
    Fault("microae/training/fit.py", "(looked_at or epochs", "(epochs", f"{OF_TRAINING} -k look_at"),
    Fault(TRACER, "    def __format__(self", "    def _format(self", f"{OF_TRAPS} -k advice"),
    Fault(TRACER, 'f_code.co_name == "__repr__":', 'f_code.co_name == "":', f"{OF_TRAPS} -k advice"),
    Fault(COMPILED, "self._take_back_ordinary(captured, arguments, data)  #", "#", f"{OF_TRAPS} -k what_is_wrong"),
    Fault(ENTRY, "if self.step.given.get(value) not in updates:", "if True:", f"{OF_TRAPS} -k not_clear"),
    Fault(COMPILED, "if again.uses_gradients != step.uses_gradients:", "if not adds_up:", f"{OF_TRAPS} -k only_some"),
    Fault(ENTRY, "value._grad = unshared(new, taken)", "value._grad = new", f"{OF_PROGRAMS} -k arrays_of_their_own"),
    Fault(TRACER, "if operand.start != self.start:", "if False:", OF_TRAPS),
    Fault(TRACER, "_of_each(np.shape, other) != _of_each(np.shape, result)", "False", f"{OF_TRAPS} -k other_numbers"),
    Fault(TRACER, "_of_each(np.result_type, other) != _of_each", "False and _of_each", f"{OF_TRAPS} -k complex"),
    Fault(TRACER, '.removeprefix("numpy.")', '.rpartition(".")[-1]', f"{OF_TRAPS} -k submodule"),
    Fault(
        TRACER,
        "for alter in (np.zeros_like, _all_different, _negative):",
        "for alter in (_all_different, _negative):",
        f"{OF_TRAPS} -k other_numbers",
    ),
    Fault(PYTHON, "(term in returned or not _is_exact(term))", "not _is_exact(term)", f"{OF_SCALARS} -k refused_with"),
    Fault(
        PYTHON,
        'return bool(given.kind in "biu" and given.itemsize <= 2)',
        "return True",
        f"{OF_SCALARS} -k refused_with",
    ),
    Fault(NUMPY, "old is not None and old not in shown and", "old is not None and", OF_BLOCKS),
    Fault(NUMPY, "term in self._buffers and term not in shown", "term in self._buffers", OF_BLOCKS),
    Fault(NUMPY, "if kept or not self._is_large(term)", "if not self._is_large(term)", OF_BLOCKS),
    Fault("microae/operations/kinks.py", "return not holds(np.logical_not(anywhere))", "return False", OF_KINKS),
    Fault(MEMORY, "places.append(end)", "places.append(_LINE)", OF_BLOCKS),
    Fault(NUMPY, "(n - n % rows, n, n % rows)", "(n, n, n % rows)", OF_BLOCKS),
    Fault(LOOP, "and bool(values[c]))", "and True)", OF_LOOPS),
    Fault(LOOP, "c for c in program.conditions if c not in met", "c for c in []", OF_LOOPS),
    Fault(LOOP, "elementwise or (call.function", "True or (call.function", OF_LOOPS),
    Fault(LOOP, "if 0 < len(losses) < len(index):", "if False:", OF_LOOPS),
    Fault(LOOP, "lasts and any(map(has_nan, now))", "False", OF_LOOPS),
    Fault(LOOP, "all(_nan_lasts(old, new)", "True or all(_nan_lasts(old, new)", OF_LOOPS),
    Fault(
        RUNNING,
        "self.tables, self._met, self._ready = list(tables), {}, {}",
        "self.tables, self._ready = list(tables), {}",
        OF_LOOPS,
    ),
    Fault(RUNNING, "            before.restore()\n", "            pass\n", OF_LOOPS),
    Fault(
        RUNNING,
        "except UnmetError:\n                self._note",
        "except KeyError:\n                self._note",
        OF_LOOPS,
    ),
    Fault(
        RUNNING, "if done > per_epoch else", "if done < per_epoch else", OF_TRAINING, equivalent="both add in one order"
    ),
    Fault(COMPILED, "except UnmetError:\n                return", "except KeyError:\n                return", OF_TRAPS),
    Fault(NUMPY, "np.array(x) if isinstance(x, np.ndarray) else x for x in carried", "x for x in carried", OF_LOOPS),
    Fault(NUMPY, "self._last.get(old, -1) <= self._place[call]", "True", OF_LOOPS),
    Fault(NUMPY, "fits and positive.args[0] is x and", "fits and", OF_LOOPS),
    Fault(NUMPY, "0 < numbers[1] <= 1", "0 < numbers[1]", OF_LOOPS),
    Fault(NUMPY, "if self.in_loop and of_rows", "if of_rows", OF_PROGRAMS),
    Fault(NUMBA, 'names == ["log1p", "exp", "negative", "absolute"]', 'names[:2] == ["log1p", "exp"]', OF_LOOPS),
    Fault(MATH, "1 / 479001600", "1 / 47900160", OF_MATH),
    Fault(MATH, "p8 = (1 / 40320 +", "p8 = (1 / 40321 +", OF_MATH),
    Fault(MATH, "p19 = (1 / 19 + q", "p19 = (1 / 18 + q", OF_MATH),
    Fault(MATH, "p4 = (f32(1 / 24) +", "p4 = (f32(1 / 25) +", OF_MATH),
    Fault(MATH, "f32(0.1303336424)", "f32(0.1303436424)", OF_MATH),
    Fault(MATH, "n + 1023 + 128", "n + 1023 + 127", OF_MATH),
    Fault(NUMPY, "t is call.args[1] and t is not call.args[2]", "t is call.args[2]", OF_PROGRAMS),
    Fault(NUMPY, "np.bitwise_and(into, mask, into)", "pass", OF_PROGRAMS),
    Fault(PASSES, "        became = _simplify(became) if isinstance(became, Call) else became\n", "", OF_PROGRAMS),
    Fault(
        "microae/compiler/backends/loops.py",
        "2, 'C', readonly=True",
        "2, 'C'",
        "tests/training/test_fit.py -k written_into",
    ),
]
