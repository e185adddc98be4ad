"""Faults in the engine, the table's mechanics, what records, the optimisers, the kernels and the facts of rows."""

from __future__ import annotations

from tests.mutants.fault import Fault

ARRAYS = "microae/core/arrays.py"
CONTEXT = "microae/core/context.py"
ENGINE = "microae/core/engine.py"
ERRORS = "microae/core/errors.py"
METHODS = "microae/core/methods.py"
NODE = "microae/core/node.py"
PROTOCOL = "microae/core/numpy_protocol.py"
OPERATION = "microae/core/operation.py"
VALUE = "microae/core/value.py"
TRANSFORMS = "microae/transforms.py"
REGISTRY = "microae/operations/registry.py"
RECORDER = "microae/recording/recorder.py"
BASE, OPTIMIZERS = "microae/optim/base.py", "microae/optim/optimizers.py"
KERNELS = "microae/operations/kernels.py"
ACTIVATIONS = "microae/nn/activations.py"
ROWS = "microae/operations/activations.py"
ARITHMETIC = "microae/operations/arithmetic.py"
LOSS_ROWS = "microae/operations/losses.py"
FACE = "microae/__init__.py"

T_CONTEXT = "tests/core/test_context.py"
T_ENGINE = "tests/core/test_engine.py"
T_GRADIENTS = "tests/core/test_gradients.py"
T_SUBCLASSES = "tests/core/test_subclasses.py"
T_VALUE = "tests/core/test_value.py"
T_STEP = "tests/recording/test_step.py"
T_OPTIMIZERS = "tests/optim/test_optimizers.py"
T_KERNELS = "tests/operations/test_kernels.py"
OF_KERNEL = f"{T_KERNELS}::test_a_kernel_computes_its_definition"
T_CONVENTIONS = "tests/operations/test_conventions.py"
T_PROTOCOLS = "tests/operations/test_numpy_protocols.py"
T_LAYERS = "tests/nn/test_layers.py"
T_LOSSES = "tests/nn/test_losses.py"


def _planted(file: str, *faults: tuple[str, str, str]) -> list[Fault]:
    return [Fault(file, old, new, tests) for old, new, tests in faults]


FAULTS = [
    *_planted(
        TRANSFORMS,
        (
            "return list(map(as_number, results))",
            "return results",
            f"{T_ENGINE} -k scalar_is_a_number",
        ),
    ),
    *_planted(
        TRANSFORMS,
        (
            "by_input = general_pass(output, seed_array(seed), set(inputs))",
            "by_input = general_pass(output, seed_array(seed))",
            f"{T_GRADIENTS} -k two_passes",
        ),
        (
            "return np.zeros(x._array.shape, x._array.dtype)[()]",
            "return np.zeros(x._array.shape)[()]",
            f"{T_GRADIENTS} -k depend",
        ),
        (
            "    if not current().grad_enabled:\n        raise RuntimeError",
            "    if False:\n        raise RuntimeError",
            f"{T_GRADIENTS} -k no_grad",
        ),
        (
            "seed if isinstance(seed, Node) else new_node(type(output), seed, _LEAF)",
            "seed if isinstance(seed, Node) else new_node(type(output).__mro__[-5], seed, _LEAF)",
            f"{T_SUBCLASSES} -k outputs_kind",
        ),
        (
            "new_node(type(x), _zeros(x)",
            "new_node(type(x).__mro__[-5], _zeros(x)",
            f"{T_SUBCLASSES} -k outputs_kind",
        ),
        (
            '    with changed(provenance=Provenance("backward")):\n        results',
            "    with changed(provenance=Provenance()):\n        results",
            f"{T_STEP} -k stages_and_owners",
        ),
        ("    record.gradients |= record.results\n", "", f"{T_STEP} -k is_a_value"),
        (
            "g if isinstance(g, Node) else new_node(type(output), as_data(g), _LEAF) for x",
            "g for x",
            f"{T_STEP} -k is_a_value",
        ),
    ),
    *_planted(
        REGISTRY,
        (
            "        if own in TABLE:\n            raise",
            "        if False:\n            raise",
            f"{T_ENGINE} -k given_once",
        ),
        (
            "    for numpy_function in [key for key, f in NUMPY.items() if f in gone]:\n"
            "        del NUMPY[numpy_function]\n",
            "",
            f"{T_ENGINE} -k removed",
        ),
        ("    if facts.method:\n", "    if True:\n", f"{T_PROTOCOLS} -k no_method"),
    ),
    *_planted(
        ARRAYS,
        ("array.astype(float32 if size == 4 else float64)  #", "array.astype(float64)  #", f"{T_VALUE} -k float32"),
        (
            "array.astype(float32 if size == 4 else float64)  #",
            "array.astype(float32 if size == 4 else float64, copy=False)  #",
            f"{T_VALUE} -k changed_afterwards",
        ),
        (
            '        refuse_masked("an index or a condition", index)\n',
            "",
            "tests/core/test_idioms.py -k masked_indices",
        ),
        ('    if letter in "biu":', '    if letter in "bi":', f"{T_VALUE} -k numbers_become_floats"),
        (
            'operand if is_private(operand) else operand.copy("K")',
            "operand",
            f"{T_VALUE} -k changed_after_its_use",
        ),
        (
            "return array.base is None and not array.flags.writeable",
            "return not array.flags.writeable",
            f"{T_VALUE} -k changed_after_its_use",
        ),
        ('        array = array.copy("K")\n        array.flags', "        array.flags", f"{T_VALUE} -k stays_ones_own"),
        ("x.dtype.itemsize <= 2", "x.dtype.itemsize <= 4", f"{T_VALUE} -k promoted"),
        ("x.dtype.itemsize <= 2", "x.dtype.itemsize <= 1", f"{T_VALUE} -k promoted"),
        ("        index = np.array(index)\n", "        index = np.asarray(index)\n", f"{T_VALUE} -k index"),
        (
            "return np.zeros(0, int)  #",
            "return np.zeros(0)  #",
            f"{T_VALUE} -k indexing_is",
        ),
        ("return tuple(map(frozen, index))", "return index", f"{T_VALUE} -k index"),
    ),
    *_planted(
        CONTEXT,
        (
            "    try:\n        yield context\n    finally:\n        leave(token)",
            "    yield context\n    leave(token)",
            f"{T_CONTEXT} -k restored",
        ),
        ('f"{owner}.{name}" if owner else name, line)', "name, line)", f"{T_CONTEXT} -k modules_work"),
        (
            "self._inside[name] = self.replaced(provenance=provenance)",
            "self._inside[name] = Context(provenance, True, self.anomaly, self.recorder)",
            f"{T_CONTEXT} -k modules_work",
        ),
        (
            "self.plain = grad_enabled and not anomaly and recorder is None",
            "self.plain = grad_enabled and recorder is None",
            f"{T_CONTEXT} -k first_nan",
        ),
        (
            "self.plain = grad_enabled and not anomaly and recorder is None",
            "self.plain = grad_enabled and not anomaly",
            f"{T_STEP} -k stages_and_owners",
        ),
        ("    with changed(grad_enabled=False):", "    with changed(grad_enabled=True):", f"{T_CONTEXT} -k no_grad"),
        (
            "current().provenance.owner if owner is None else owner",
            "current().provenance.owner",
            f"{T_STEP} -k stages_and_owners",
        ),
    ),
    *_planted(
        ENGINE,
        (
            "note_backward(output, seed, [x for x in gradients if x.operation is None])",
            "nodes",
            f"{T_STEP} -k two_recorded",
        ),
        ("if x._grad is None or x._grad is RETAINED else x._grad + g", "", f"{T_GRADIENTS} -k two_passes"),
        ("x._grad = unshared(g, taken) if", "x._grad = g if", f"{T_GRADIENTS} -k changed_in_place"),
        ("g.base is not None or id(g) in taken:", "id(g) in taken:", f"{T_GRADIENTS} -k changed_in_place"),
        ("g.base is not None or id(g) in taken:", "g.base is not None:", f"{T_GRADIENTS} -k changed_in_place"),
        (
            "    seed = seed if seed.dtype == data.dtype else seed.astype(data.dtype)\n",
            "",
            f"{T_GRADIENTS} -k every_seed",
        ),
        ("    if seed.shape != data.shape:", "    if seed.size != data.size:", f"{T_ENGINE} -k seed"),
        (
            "return seed._array.copy() if isinstance(seed, Node) else seed",
            "return seed._array if isinstance(seed, Node) else seed",
            f"{T_ENGINE} -k alias",
        ),
        (
            '@errstate(invalid="ignore")\ndef backpropagate',
            "def backpropagate",
            f"{T_GRADIENTS} -k invalid_number",
        ),
        ("    if context.anomaly or context.trace is not None:", "    if False:", f"{T_CONTEXT} -k anomaly"),
        (
            "                    c = unbroadcast(c, a)\n"
            "                gradients[x] = gradients[x] + c if x in gradients else c\n",
            "                    c = unbroadcast(c, a)\n                gradients[x] = c\n",
            f"{T_GRADIENTS} -k waits",
        ),
        (
            "                    c = unbroadcast(c, a)\n"
            "                gradients[x] = gradients[x] + c if x in gradients else c\n",
            "                    c = unbroadcast(c, a)\n                if x in gradients and type(c) is ndarray:\n"
            "                    gradients[x] += c\n                else:\n"
            "                    gradients[x] = gradients[x] + c if x in gradients else c\n",
            f"{T_GRADIENTS} -k never_changed_on_the_way",
        ),
        ("(c.dtype is not a.dtype or c.shape != a.shape)", "c.shape != a.shape", f"{T_GRADIENTS} -k dtype"),
        (
            "c.dtype is not a.dtype or c.shape != a.shape",
            "c.dtype is not a.dtype",
            f"{T_GRADIENTS} -k broadcast_of_every",
        ),
        ("    nodes.sort(key=_serial, reverse=True)\n", "", f"{T_GRADIENTS} -k order_of"),
        (
            "        handle_rule_error(error, row)\n",
            "        handle_rule_error(error, output.operation)\n",
            f"{T_GRADIENTS} -k names_the_row",
        ),
        (
            "return general_pass(output, seed) if _has_nan(gradients.values()) else gradients",
            "return gradients",
            f"{T_GRADIENTS} -k invalid_number",
        ),
        ("g.item(g.argmax()) if g.size else 0.0", "g.item(g.argmax())", f"{T_GRADIENTS} -k noticed"),
        ("g.item(g.argmax()) if g.size else 0.0", "g.sum()", f"{T_GRADIENTS} -k only_gradients_themselves"),
        (
            "            c = add_up(c, tuple(range(c.ndim - len(shape))))\n",
            "            c = add_up(c, tuple(range(len(shape), c.ndim)))\n",
            f"{T_GRADIENTS} -k broadcast_of_every",
        ),
        ("if n == 1 != m)", "if n == 1)[-1:]", f"{T_GRADIENTS} -k broadcast_of_every"),
        (
            "        if c.shape != shape:\n            raise ValueError",
            "        if c.ndim != len(shape):\n            raise ValueError",
            f"{T_ENGINE} -k wrong_rule",
        ),
        ('of shape {shape}")\n    if c.dtype', 'of shape {c.shape}")\n    if c.dtype', f"{T_ENGINE} -k wrong_rule"),
        ('if c.dtype.kind not in "fiub":', 'if c.dtype.kind in "OSU":', f"{T_ENGINE} -k wrong_rule"),
        (
            "gradients[node] if record is not None or is_wanted(node) else gradients.pop(node)",
            "gradients.pop(node)",
            f"{T_GRADIENTS} -k two_passes",
        ),
        (
            "unbroadcast(_masked(_as_numbers(apply_rule(rule, g, node)), g, seed, node), node.arguments[i])",
            "unbroadcast(_as_numbers(apply_rule(rule, g, node)), node.arguments[i])",
            f"{T_GRADIENTS} -k invalid_number",
        ),
        (
            "unbroadcast(_masked(_as_numbers(apply_rule(rule, g, node)), g, seed, node), node.arguments[i])",
            "_masked(unbroadcast(_as_numbers(apply_rule(rule, g, node)), node.arguments[i]), g, seed, node)",
            f"{T_CONVENTIONS} -k missing_observations",
        ),
        (
            'FUNCTIONS["where"](absent, 0.0, c)',
            'FUNCTIONS["where"](np.isnan(data), 0.0, c)',
            f"{T_CONVENTIONS} -k not_hidden",
        ),
        (
            'FUNCTIONS["where"](absent, 0.0, c)',
            'FUNCTIONS["where"](np.isclose(g, 0), 0.0, c)',
            f"{T_CONVENTIONS} -k not_hidden",
        ),
        ("np.shape(g) not in ((), np.shape(data))", "np.shape(g) != np.shape(data)", f"{T_GRADIENTS} -k scalar_masks"),
        (
            "if differs_nearby(g, lost, seed)",
            "if isinstance(g, Node)",
            f"{T_CONVENTIONS} -k branch_that_is",
        ),
        ("(a == 0) - a)", "-a)", f"{T_CONVENTIONS} -k only_at_a_point"),
        (
            "    except ValueError:  # outside of the domain of an operation nobody can say\n        return None",
            "    except KeyError:\n        return None",
            f"{T_CONVENTIONS} -k nobody_can_say",
        ),
        ("            if context.anomaly:\n                _check_finite(c, node)\n", "", f"{T_CONTEXT} -k anomaly"),
        (
            "record.parts.setdefault(x, []).append((node, i, c))",
            "record.parts.setdefault(x, []).append((node, 0, c))",
            f"{T_STEP} -k parts",
        ),
        (
            "handle_rule_error(error, node.operation, node.provenance.line)",
            "handle_rule_error(error, node.operation)",
            f"{T_ENGINE} -k names_the_node_and_its_line",
        ),
        (
            "if x is not None and rule is not None and (edges.get(x) or is_wanted(x))",
            "if x is not None and rule is not None",
            f"{T_ENGINE} -k pruning",
        ),
        (
            "row.shared_input_vjps is not None and node.inputs[row.shared_input_vjps[0]] in wanted",
            "False",
            f"{T_LOSSES} -k prediction_itself",
        ),
        ("    if wanted and row.shared", "    if row.shared", f"{T_CONTEXT} -k sigmoid"),
        (
            "        if x is not None and x._array is not a:\n            raise",
            "        if False:\n            raise",
            f"{T_ENGINE} -k rebound",
        ),
        (
            'Provenance("backward", node.provenance.owner)):\n        return rule(g, node, ',
            'Provenance("backward")):\n        return rule(g, node, ',
            f"{T_STEP} -k stages_and_owners",
        ),
        (
            "    if not np.isfinite(data).all():\n        where =",
            "    if np.isnan(data).any():\n        where =",
            f"{T_CONTEXT} -k anomaly_backward",
        ),
    ),
    *_planted(
        ERRORS,
        (" os.path.dirname(np.__file__))", ")", f"{T_CONTEXT} -k users_line"),
        (
            "nans, size = int(np.isnan(data).sum())",
            "nans, size = int((~np.isfinite(data)).sum())",
            f"{T_CONTEXT} -k counted_apart",
        ),
        ('name = f"{word(value)}: " if word(value) else ""', 'name = ""', f"{T_VALUE} -k errors_name"),
        (
            "return (type(error) if type(error) in _EXPLAINED else ValueError)(message)",
            "return ValueError(message)",
            f"{T_VALUE} -k index_is_not",
        ),
        (
            'f"{operation.name}: its derivative rule failed: {error}"',
            'f"a derivative rule failed: {error}"',
            f"{T_GRADIENTS} -k names_the_row",
        ),
        (
            "    if isinstance(error, FloatingPointError) and line:",
            "    if False:",
            f"{T_ENGINE} -k names_the_node_and_its_line",
        ),
        ('return original and f"{original}.T"', "return original", f"{T_VALUE} -k errors_name"),
    ),
    *_planted(
        METHODS,
        (
            "return function(self, *args, **kwargs)",
            "return function(self, *args)",
            f"{T_VALUE} {T_PROTOCOLS} -k methods",
        ),
        ("        delattr(Methods, name)\n", "        pass\n", f"{T_ENGINE} -k removed"),
    ),
    *_planted(
        NODE,
        ('return f"Value {self.label!r}" if self.label else "a Value"', 'return "a Value"', T_VALUE),
    ),
    *_planted(
        PROTOCOL,
        ('== "_inplace_method":', '== "":', "tests/core/test_pandas.py -k in_place"),
        ("    def _data(self) -> Any:", "    def _numbers(self) -> Any:", "tests/core/test_idioms.py -k masked"),
        (
            "return known(*inputs, **parameters)",
            "return known(*sorted(inputs, key=lambda x: not isinstance(x, Node)), **parameters)",
            f"{T_PROTOCOLS} -k either_order",
        ),
        (
            '            if any(isinstance(out, Node) for out in parameters.get("out", ())):\n'
            '                raise unsupported_argument(ufunc, "out")\n',
            "",
            f"{T_PROTOCOLS} -k plain_result",
        ),
        (
            "if parameters and (unknown",
            "if () and (unknown",
            f"{T_PROTOCOLS} -k refused",
        ),
        ("return type(data)(map(plain, data))", "return data", f"{T_PROTOCOLS} -k plain_results"),
        ("**{name: plain(given) for name, given in kwargs.items()})", "**kwargs)", f"{T_PROTOCOLS} -k by_name"),
        (
            "        data.flags.writeable = False  # as the base of what is seen\n        data = data.view(ReadOnly)\n",
            "        data = data.view(ReadOnly)\n        data.flags.writeable = False\n",
            f"{T_VALUE} -k read_only",
        ),
        (
            "names[len(required) :], args[len(required) :]",
            "names[len(required) :], args[len(required) + 1 :]",
            f"{T_PROTOCOLS} -k numpy_reads",
        ),
        (
            "(value is None or value is default or _is_word(value, default))",
            "(value is None)",
            f"{T_PROTOCOLS} -k numpy_reads",
        ),
        ('("minimum", "reduce"): "np.min"', '("minimum", "reduce"): "np.max"', f"{T_PROTOCOLS} -k refused"),
    ),
    *_planted(
        OPERATION,
        (
            "if type(x) is not kind and (kind is None or issubclass(type(x), kind)):",
            "if kind is None:",
            f"{T_SUBCLASSES} -k narrowest",
        ),
        (
            "if type(x) is not kind and (kind is None or issubclass(type(x), kind)):",
            "if type(x) is not kind:",
            f"{T_SUBCLASSES} -k narrowest",
        ),
        ("and not is_private(parameter)", "and parameter.flags.writeable", f"{T_VALUE} -k parameter"),
        ("{name: _kept(given) for name, given in parameters.items()}", "dict(parameters)", f"{T_VALUE} -k parameter"),
        (
            "[as_data(x, user) if fits_float32(x) else a for x, a in zip(operands, arguments, strict=True)]",
            "list(arguments)",
            "tests/operations/test_plain_numbers.py",
        ),
        (
            "            raise explained(error, self, inputs, arguments, parameters) from error",
            "            raise",
            f"{T_VALUE} -k errors_name",
        ),
        ('or data.dtype.kind != "f":', "or False:", f"{T_ENGINE} -k floats"),
        ("isinstance(data, Node) or data.dtype", "data.dtype", f"{T_ENGINE} -k without_rules"),
        ("provenance._replace(line=users_line())", "provenance", f"{T_CONTEXT} -k users_line"),
        (
            "    if context.grad_enabled:\n        node = new_node(kind",
            "    if True:\n        node = new_node(kind",
            f"{T_CONTEXT} -k no_grad",
        ),
        (
            "        if not np.isfinite(data).all():\n            raise FloatingPointError(\n",
            "        if np.isnan(data).any():\n            raise FloatingPointError(\n",
            f"{T_CONTEXT} -k first_nan",
        ),
        (
            "            if name in bound:\n                raise",
            "            if False:\n                raise",
            f"{T_CONVENTIONS} -k error_says",
        ),
        ("return _row, (self.name,)", "return TABLE.__getitem__, (self.name,)", f"{T_ENGINE} -k pickled"),
    ),
    *_planted(
        VALUE,
        (
            "        if current().grad_enabled:\n            return result",
            "        if current().grad_enabled or self.operation is not None:\n            return result",
            "tests/core/test_idioms.py -k lose_its_graph",
        ),
        (
            "if new.dtype is self._array.dtype else new.astype(self.dtype)",
            "",
            f"{T_VALUE} -k rebinding",
        ),
        (
            "        if new.shape != self._array.shape:",
            "        if new.size != self._array.size:",
            f"{T_VALUE} -k rebinding",
        ),
        (
            'if self.operation is not None:\n            raise TypeError(\n                f"{self._name} was computed',
            'if False:\n            raise TypeError(\n                f"{self._name} was computed',
            f"{T_VALUE} -k data_of_a_node",
        ),
        ("grad = np.full(self.shape, grad, self.dtype)[()]", "pass", f"{T_VALUE} -k grad"),
        (
            "else np.array(self._array)\n\n    def detach",
            "else self._array\n\n    def detach",
            f"{T_VALUE} -k ones_own",
        ),
        (
            "new_node(type(self), as_data(self._array), _LEAF)",
            "new_node(Value, as_data(self._array), _LEAF)",
            f"{T_SUBCLASSES} -k copies",
        ),
        ("        node.label = self.label\n", "", f"{T_SUBCLASSES} -k copies"),
        (
            "return type(self), (np.asarray(self._array), self.label), (",
            "return Value, (np.asarray(self._array), self.label), (",
            f"{T_SUBCLASSES} -k copies",
        ),
        (
            "return type(self), (np.asarray(self._array), self.label), (",
            "return type(self), (np.asarray(self._array),), (",
            f"{T_SUBCLASSES} -k copies",
        ),
        ('{"_grad": self._grad}', '{"_grad": None}', f"{T_VALUE} -k copied"),
        ('TABLE["subtract"](other, self)', 'TABLE["subtract"](self, other)', f"{T_PROTOCOLS} -k either_order"),
        ('TABLE["matmul"](other, self)', 'TABLE["matmul"](self, other)', f"{T_PROTOCOLS} -k either_order"),
        ('TABLE["power"](other, self)', 'TABLE["power"](self, other)', f"{T_PROTOCOLS} -k either_order"),
        (
            "return np.less_equal(plain(self), plain(other))",
            "return np.less(plain(self), plain(other))",
            f"{T_VALUE} -k comparisons",
        ),
        (
            "        if current().grad_enabled:\n            raise self._leaves_the_graph(\n",
            "        if False:\n            raise self._leaves_the_graph(\n",
            f"{T_VALUE} -k graph",
        ),
    ),
    *_planted(
        RECORDER,
        (
            "self.generators.setdefault(id(generator), (generator, generator.bit_generator.state))",
            "self.generators[id(generator)] = (generator, generator.bit_generator.state)",
            f"{T_STEP} -k same_noise",
        ),
        (
            "{leaf: _copy(leaf._grad) for leaf in leaves}",
            "{leaf: leaf._grad for leaf in leaves}",
            f"{T_STEP} -k kept_as_it_was",
        ),
        ("seeds = {seed: seed._array} if isinstance(seed, Value) else {}", "seeds: Any = {}", f"{T_STEP} -k seed"),
        ("rebound(seen_by(output) | seeds)", "rebound(seeds)", f"{T_STEP} -k after_a_step"),
        (
            "p._array, p._grad.copy(), state, steps + 1)",
            "p._array, p._grad.copy(), state, steps)",
            f"{T_STEP} -k two_steps",
        ),
        ('            quiet = np.errstate(all="ignore")', "            quiet = np.errstate()", f"{T_STEP} -k warn"),
        (
            "changed(recorder=self, grad_enabled=True, anomaly=False,",
            "changed(recorder=self, anomaly=False,",
            f"{T_STEP} -k wherever",
        ),
        (
            "changed(recorder=self, grad_enabled=True, anomaly=False,",
            "changed(recorder=self, grad_enabled=True,",
            f"{T_STEP} -k wherever",
        ),
        ("anomaly=False, provenance=Provenance()):", "anomaly=False):", f"{T_STEP} -k wherever"),
        ("entries, self.nodes = self.nodes, []", "entries = list(self.nodes)", f"{T_STEP} -k on_the_way"),
        (
            "self.gradients[leaf] = g if grad is None else self.gradient(leaf, grad) + g",
            "self.gradients[leaf] = g",
            T_STEP,
        ),
        (
            "self.gradients[leaf] = g if grad is None else self.gradient(leaf, grad) + g",
            "self.gradients[leaf] = g if grad is None else grad + g",
            T_STEP,
        ),
        ("tuple(map(as_leaf, state)), number)", "state, number)", f"{T_STEP} -k state_before"),
        ("        with rebound({p: data}), at(", "        with at(", f"{T_STEP} -k after_a_step"),
        ('at("update", owner=type(optimizer).__name__)', 'at("update")', f"{T_STEP} -k stages_and_owners"),
        ("known is not None and (known._array == grad).all()", "known is not None", f"{T_STEP} -k by_hand"),
        (
            "        if x is not None and x.operation is None\n    }",
            "        if x is not None and x.label\n    }",
            f"{T_STEP} -k two_recorded",
        ),
        (
            "            leaf._array = array\n        yield\n    finally:\n        for leaf",
            "            leaf._array = array\n        yield\n    except ZeroDivisionError:\n        for leaf",
            f"{T_STEP} -k put_back",
        ),
    ),
    *_planted(
        BASE,
        (
            '        if "update" in vars(cls) and "replayable" not in vars(cls):\n            cls.replayable = False',
            "        if False:\n            cls.replayable = False",
            f"{T_STEP} -k updates_once",
        ),
        ("if len(set(self.parameters)) != len(self.parameters):", "if False:", f"{T_OPTIMIZERS} -k refusals"),
        (
            "if not isinstance(p, Value) or p.operation is not None:",
            "if not isinstance(p, Value):",
            f"{T_OPTIMIZERS} -k refusals",
        ),
        ("            recorder.note_updates(self)\n", "            pass\n", f"{T_STEP} -k stages_and_owners"),
        (
            "            if g is not None:\n                idle",
            "            if True:\n                idle",
            f"{T_OPTIMIZERS} -k without_gradient",
        ),
        (
            "tuple(part._array if isinstance(part, Value) else part for part in update.state)",
            "update.state",
            f"{T_STEP} -k updates_once",
        ),
        ("            if p._grad is None:\n                continue\n", "", f"{T_STEP} -k idle"),
        ("return np.zeros(p.shape, p.dtype)[()]", "return np.zeros(p.shape)[()]", f"{T_OPTIMIZERS} -k float32"),
        (
            '        with np.errstate(over="ignore"):\n            self._rates',
            "        if True:\n            self._rates",
            f"{T_OPTIMIZERS} -k learning_rate",
        ),
    ),
    *_planted(
        OPTIMIZERS,
        (
            "return zeros_like(p), zeros_like(p)",
            "return zeros_like(p) + 1e-3, zeros_like(p)",
            f"{T_OPTIMIZERS} -k pytorch",
        ),
    ),
    *_planted(
        KERNELS,
        ("return x if condition else y", "return y if condition else x", f"{OF_KERNEL}[select]"),
        (
            "x.ndim in (1, 2) and y.ndim in (1, 2)",
            "x.ndim in (1, 2, 3) and y.ndim in (1, 2, 3)",
            f"{OF_KERNEL}[product]",
        ),
        ("out.dtype is not b.dtype or b.ndim != 1", "b.ndim != 1", f"{OF_KERNEL}[affine]"),
        ("out.dtype is not b.dtype or b.ndim != 1", "out.dtype is not b.dtype", f"{OF_KERNEL}[affine]"),
        ("        x *= np.asarray(g)", "        x += np.asarray(g)", f"{OF_KERNEL}[scaled]"),
        ("return subtract(p, by, by)", "return subtract(p, by, p)", f"{OF_KERNEL}[descended]"),
        ('errstate(over="ignore")(exp)', "exp", f"{T_KERNELS} -k large"),
        ("one + _exp_that_overflows(-x)", "one + exp(np.minimum(-x, 709.0))", f"{T_KERNELS} -k large"),
        ("    _exp_that_overflows(out, out)\n", "    exp(np.minimum(out, 88.0), out)\n", f"{T_KERNELS} -k large"),
        ("and 0 < negative_slope <= 1:", "and 0 <= negative_slope <= 1:", f"{OF_KERNEL}[leaky_relu]"),
        ("and 0 < negative_slope <= 1:", "and 0 < negative_slope:", f"{OF_KERNEL}[leaky_relu]"),
        (
            "fmax(slope, negative_slope, out=slope)",
            "maximum(slope, negative_slope, out=slope)",
            f"{OF_KERNEL}[leaky_slope]",
        ),
        ("or not 0 <= negative_slope <= 1:", "or not negative_slope <= 1:", f"{OF_KERNEL}[leaky_slope]"),
        (
            "    if z.size <= 64:\n        return logaddexp(left, -taken)",
            "    if z.size <= 64:\n        return logaddexp(left, taken)",
            f"{OF_KERNEL}[logistic_losses]",
        ),
        (
            "    np.maximum(left, np.negative(taken, taken), out=left)\n",
            "    np.negative(taken, taken)\n",
            f"{OF_KERNEL}[logistic_losses]",
        ),
        (
            "    tail = np.absolute(z, taken)\n",
            "    tail = np.absolute(left, taken)\n",
            f"{OF_KERNEL}[logistic_losses]",
        ),
        ("math.isfinite(x.item(x.argmax())) and ", "", f"{T_KERNELS} -k infinite_logit"),
        (" and math.isfinite(x.item(x.argmin()))", "", f"{T_KERNELS} -k infinite_logit"),
        ("np.exp(np.negative(tail, tail), tail)", "np.exp(tail, tail)", f"{OF_KERNEL}[logistic_losses]"),
        ("    except (OverflowError, ValueError):", "    except OverflowError:", f"{OF_KERNEL}[total]"),
        ("return loss.dtype.type(math.fsum(", "return float64(math.fsum(", f"{OF_KERNEL}[total]"),
        ("x.min() >= 0.0 and x.max() <= 1.0", "not (x.min() < 0.0 or x.max() > 1.0)", f"{OF_KERNEL}[are_fractions]"),
    ),
    *_planted(
        ACTIVATIONS,
        (
            "if value != defaults[name].default}",
            "if value == defaults[name].default}",
            f"{T_LAYERS} -k activation_options",
        ),
        ("        bound.apply_defaults()\n", "", f"{T_LAYERS} -k activation"),
        ('raise TypeError(f"{type(self).__name__}: {error}") from None', "raise", f"{T_LAYERS} -k own_activation"),
        ('        yield "linear"\n', "", f"{T_LAYERS} -k every_activation"),
        (
            "        if class_name is None:\n            raise KeyError(name)\n",
            "        class_name = class_name or name\n",
            f"{T_LAYERS} -k own_activation",
        ),
        ("        if function not in self._classes:\n", "        if True:\n", f"{T_LAYERS} -k activation"),
        ("return sum(1 for _ in self)", "return len(self._classes)", f"{T_LAYERS} -k own_activation"),
        (
            "        if module.__name__ == name:\n",
            "        if module.__name__.lower() == name.lower():\n",
            f"{T_LAYERS} -k own_activation",
        ),
    ),
    *_planted(
        ROWS,
        ("touching(select(x <= 0.0, 0.0, g)", "touching(select(x < 0.0, 0.0, g)", f"{T_CONVENTIONS} -k at_a_kink"),
        ("touching(select(x <= 0.0, 0.0, g)", "touching(select(x > 0.0, g, 0.0)", f"{T_CONVENTIONS} -k of_nan"),
        (
            'activation="ReLU", kinks=lambda x: x)',
            'activation="ReLU", kinks=lambda x: x - 1.0)',
            "tests/operations/test_kinks_along_lines.py",
        ),
        (
            "() if negative_slope == 1.0 else x",
            "() if negative_slope else x",
            "tests/operations/test_kinks_along_lines.py",
        ),
        (
            "kinks=lambda x, alpha=1.0: () if alpha == 1.0 else x",
            "kinks=lambda x, alpha=1.0: ()",
            "tests/operations/test_kinks_along_lines.py",
        ),
        ("(x - min_val, x - max_val)", "(x - min_val, x + max_val)", "tests/operations/test_kinks_along_lines.py"),
        ("(x - min_val, x - max_val)", "x - min_val", "tests/operations/test_kinks_along_lines.py"),
    ),
    *_planted(
        LOSS_ROWS,
        (
            "    return _reduced(kernels.logistic_losses_definition(z, target), reduction)",
            "    return _reduced(kernels.logistic_losses_definition(z, p), reduction)",
            f"{T_KERNELS} -k definition_of",
        ),
        (
            "return g / like.size if reduction",
            "return g / len(like) if reduction",
            "tests/operations/test_table.py::test_first_order[mean_squared_error-row]",
        ),
    ),
]
