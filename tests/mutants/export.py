"""Faults in what leaves the library: programs as JavaScript, number by number, ONNX files, PyTorch's modules."""

from tests.mutants.fault import Fault

SCALARS, SCRIPT = "microae/compiler/backends/scalars.py", "microae/compiler/backends/javascript.py"
ONNX, GRAPH, OPERATORS = "microae/export/onnx.py", "microae/export/graph.py", "microae/export/operators.py"
TORCH = "microae/export/torch.py"
OF_SCALARS, OF_ONNX, OF_TORCH = (
    "tests/compiler/test_scalars.py",
    "tests/export/test_onnx.py",
    "tests/export/test_torch.py",
)
OF_SCRIPT = "tests/browser/test_javascript.py"

FAULTS = [
    Fault(SCALARS, "    if n < 8:\n", "    if n < 1000:\n", OF_SCALARS),
    Fault(SCALARS, "half = n // 2 - n // 2 % 8", "half = n // 2", OF_SCALARS),
    Fault(SCALARS, "or x.shape[inner - 1] == 1", "", OF_SCALARS),
    Fault(SCALARS, "along = _sum if function", "along = _one_by_one if function", OF_SCALARS),
    Fault(SCALARS, "            args[i] = _truth(table, operand, args[i])\n", "            pass\n", OF_SCALARS),
    Fault(SCALARS, "call.dtype != np.int64 or ", "", OF_SCALARS),
    Fault(SCALARS, ' or call.function.startswith("bitwise")', "", OF_SCALARS),
    Fault(SCALARS, '    if after == "f" or (', '    if True or after == "f" or (', OF_SCALARS),
    Fault(SCALARS, "        if initial is not None:\n", "        if False:\n", OF_SCALARS),
    Fault(SCRIPT, '"+": 5, "-": 5', '"+": 6, "-": 6', f"{OF_SCRIPT} -k brackets"),
    Fault(SCRIPT, "strength + (i > 0 or strength == _UNARY)", "strength", f"{OF_SCRIPT} -k brackets"),
    Fault(SCRIPT, "(x === -1 && Math.abs(y) === Infinity)", "x === -1", f"{OF_SCRIPT} -k numbers_is"),
    Fault(SCRIPT, "if (x < 0) return 2 - erfc(-x);", "", f"{OF_SCRIPT} -k erfc"),
    Fault(SCRIPT, "for (let n = 60; n > 0; n--)", "for (let n = 9; n > 0; n--)", f"{OF_SCRIPT} -k erfc"),
    Fault(SCRIPT, "part.length !== shape[axis]", "part.length < shape[axis]", f"{OF_SCRIPT} -k shape"),
    Fault(SCRIPT, ".every((number) => number === number)", ".every((number) => true)", f"{OF_SCRIPT} -k out_of_range"),
    Fault(SCRIPT, "parts = [word(x) for term in program.conditions", "parts = [word(x) for term in []",
          f"{OF_SCRIPT} -k out_of_range"),
    Fault(SCRIPT, "set(_RESERVED)\n    terms", "set()\n    terms", f"{OF_SCRIPT} -k names"),
    Fault(SCRIPT, "_new_name(printed.function, set(_RESERVED))", "_new_name(printed.function, self._taken)",
          f"{OF_SCRIPT} -k thousand"),
    Fault(SCRIPT, "t.dtype == np.float32), None)", "False), None)", f"{OF_SCRIPT} -k cannot_be_said"),
    Fault("microae/compiler/printing.py", "*program.updates, *program.gradients)", "*program.updates)", OF_SCALARS),
    Fault("microae/autoencoders/autoencoder.py", "            if mode is None:", "            if False:",
          "tests/compiler/test_steps.py -k nobody"),
    Fault(ONNX, "with evaluating(model), no_grad():", "with no_grad():", f"{OF_ONNX} -k autoencoders"),
    Fault(ONNX, "    with replacing(path) as temporary:\n        temporary.write_bytes(",
          "    with open(path, 'wb') as temporary:\n        temporary.write(", f"{OF_ONNX} -k named"),
    Fault(ONNX, "(call.opaque is not None and call.function not in ROWS)", "False", f"{OF_ONNX} -k opaque"),
    Fault(ONNX, "x.astype(dtypes.pop(), copy=False) if", "x if", f"{OF_ONNX} -k dtype"),
    Fault(GRAPH, "in self.shapes or len(places) > 1:", "in self.shapes:", f"{OF_ONNX} -k alone"),
    Fault(GRAPH, "if name not in self.shapes or len", "if len", f"{OF_ONNX} -k alone"),
    Fault(GRAPH, "if self.nodes != other.nodes or ", "if ", f"{OF_ONNX} -k alone"),
    Fault(GRAPH, '"batch" if (size, larger) == (n, n + 1) else f"axis{i}"', '"batch"', f"{OF_ONNX} -k as_long_as"),
    Fault(GRAPH, "if dtype is None or operand.dtype == dtype", "if True", f"{OF_ONNX} -k any_batch"),
    Fault(OPERATORS, 'graph.read(1.0, call.dtype), _single("Erf")', 'graph.read(0.0, call.dtype), _single("Erf")',
          f"{OF_ONNX} -k activation"),
    Fault(OPERATORS, "slice(i, i + 1 or None)", "slice(i, i + 1)", f"{OF_ONNX} -k any_batch"),
    Fault(OPERATORS, "[n - 1 for n in moved.shape]", "sorted(n - 1 for n in moved.shape)", f"{OF_ONNX} -k any_batch"),
    Fault(TORCH, "np.ascontiguousarray(p.numpy().T)", "p.numpy()", OF_TORCH),
    Fault(TORCH, ".train(model.training)", "", OF_TORCH),
    Fault(TORCH, "type(model).forward is kind.forward and ", "", OF_TORCH),
    Fault(TORCH, "options | _MORE.get(kind, {})", "options", OF_TORCH),
    Fault(TORCH, '_OPTIONS = {"axis": "dim"}', "_OPTIONS: dict[str, str] = {}", OF_TORCH),
]  # fmt: skip
"""In the order of the files."""
