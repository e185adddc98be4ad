"""Faults in how rooms find each other: exports, figures, commands, views, and packages that are not installed."""

from tests.mutants.fault import Fault

FACE, EXTRAS, DRAW = "microae/__init__.py", "microae/extras.py", "microae/commands/draw.py"
FIGURES, COMMANDS = "microae/drawing/registry.py", "microae/commands/__init__.py"
OF_EXTRAS, OF_BARE, OF_STUBS, OF_HOUSE = (
    "tests/test_extras.py",
    "tests/test_bare.py",
    "tests/test_stubs.py",
    "tests/test_house.py",
)
OF_FIGURES, OF_DRAW = "tests/drawing/test_registry.py", "tests/commands/test_draw.py"

TENSORS = "microae/data/tensors.py"
NEEDED, ANYWAY = '    with needed("safetensors", what):\n        ', "    if True:\n        "
TO_READ, TO_WRITE = "from safetensors import SafetensorError, safe_open", "from safetensors import SafetensorError\n"

FAULTS = [
    Fault(EXTRAS, '(error.name or "").partition(".")[0] != package', "False", OF_EXTRAS),
    Fault(EXTRAS, '.partition(".")[0] != package', " != package", OF_EXTRAS),
    Fault(EXTRAS, "{install or package}", "{package}", OF_EXTRAS),
    Fault(EXTRAS, "except ModuleNotFoundError", "except ImportError", OF_EXTRAS),
    Fault("microae/progress.py", 'with needed("tqdm", "a progress bar", "tqdm, or train with progress=False"):',
          "if True:", OF_BARE),
    Fault(TENSORS, NEEDED + TO_READ, ANYWAY + TO_READ, OF_BARE),
    Fault(TENSORS, NEEDED + TO_WRITE, ANYWAY + TO_WRITE, OF_BARE),
    Fault("microae/history.py", "from microae import views\n", "import tqdm\nfrom microae import views\n", OF_BARE),
    Fault("microae/drawing/sheet.py", "    require_matplotlib()\n", "", OF_BARE),
    Fault("microae/testing/numbers.py", 'with needed("hypothesis", "a strategy", "\'microae[testing]\'"):', "if True:",
          OF_BARE),
    Fault(FACE, "    return losses | _SCHEDULES | {", "    return _SCHEDULES | {", OF_STUBS),
    Fault(FACE, "(*_ACTIVATIONS.values(), *_OPTIMIZERS.values())", "_ACTIVATIONS.values()", OF_STUBS),
    Fault(FACE, "views.display, views.player = _draw, _display, _player", "views.player, views.display = "
          "_draw, _display, _player", "tests/drawing/step/test_files.py"),
    Fault(FACE, "    return losses | _SCHEDULES | {", "    return losses | {", OF_STUBS),
    Fault("microae/nn/__init__.py", "{known.function.__name__: known", "{known.name: known",
          "tests/nn/test_loss_registry.py"),
    Fault("microae/optim/__init__.py", "    if name in registered:", "    if False:",
          "tests/optim/test_registry.py"),
    Fault("microae/core/engine.py", "from __future__ import annotations\n",
          "from __future__ import annotations\n\ndef _():\n    import microae.nn.module\n", OF_HOUSE),
    Fault("microae/nn/module.py", "from __future__ import annotations\n",
          "from __future__ import annotations\n\nimport microae.nn.layers\n", OF_HOUSE),
    Fault("microae/testing/strategies.py", "if not TYPE_CHECKING:", "if True:", OF_STUBS + " -k type_checker"),
    Fault("microae/testing/strategies.py", "elementwise() if activations is None else activations",
          "elementwise()", "tests/testing/test_drawing.py"),
    Fault("microae/testing/strategies.py", "elementwise() if activations is None else activations",
          '("tanh", "relu") if activations is None else activations', "tests/testing/test_drawing.py"),
    Fault("microae/nn/activations.py", '"axis" not in options_of', '"alpha" not in options_of',
          "tests/drawing/test_activations.py"),
    Fault(FIGURES, "    if name in FIGURES:\n", "    if False:\n", OF_FIGURES),
    Fault("microae/drawing/__init__.py", "if known.function.__name__ == name:", "if False:", OF_FIGURES),
    Fault(DRAW, 'given = {"labels": labels} if "labels" in takes else {}', "given = {}", OF_FIGURES),
    Fault(DRAW, "model=model, data=data)", "model=data, data=model)", OF_FIGURES),
    Fault(DRAW, '{"title": known.title.format(model=model, data=data)} if known.title else {}', "{}", OF_FIGURES),
    Fault(DRAW, "about = FIGURES[what].description if what in FIGURES else", "about =", OF_FIGURES),
    Fault(DRAW, "return FIGURES[what].suffixes if what in FIGURES else STEP", "return STEP", OF_FIGURES),
    Fault(DRAW, "    return dict(sorted(known.items()))\n", "    return known\n", OF_FIGURES),
    Fault(COMMANDS, '.partition("\\n")[0])', ")", "tests/commands/test_commands.py"),
]  # fmt: skip
