"""With nothing but NumPy installed: what works, and what the rest says it needs."""

import json
import subprocess
import sys
import textwrap

ABSENT = (
    "graphviz",
    "tqdm",
    "safetensors",
    "hypothesis",
    "matplotlib",
    "IPython",
    "PIL",
    "pytest",
    "mpmath",
    "sklearn",
)

BARE = f"""
import os, sys, sysconfig

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {ABSENT!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
os.environ.pop("MICROAE_DOT", None)
os.environ["PATH"] = ""  # nor a program to lay graphs out
sysconfig.get_path = lambda *args: ""

import numpy as np
import microae as ma

def said(kind, do):
    try:
        do()
    except kind as error:
        return str(error)
    raise AssertionError("it worked")

net = ma.Autoencoder([3, 4, 3], seed=0)
data = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
"""


def run(code):
    """What a new process prints that runs this with nothing but NumPy."""
    program = BARE + textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_library_imports_numpy_alone():
    code = """
    import sys
    import numpy
    before = {name.partition(".")[0] for name in sys.modules}
    import microae
    new = {name.partition(".")[0] for name in sys.modules} - before - sys.stdlib_module_names
    assert new == {"microae"}, new
    rooms = {name.split(".")[1] for name in sys.modules if name.startswith("microae.")}
    later = {"anomalies", "compiler", "data", "drawing", "export", "history", "searching", "training"}
    assert not rooms & later, rooms & later
    for room in ("anomalies", "data", "drawing"):
        assert getattr(microae, room).__name__ == f"microae.{room}"
    for name in microae.__all__:
        assert getattr(microae, name) is not None
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_is_blocked_is_absent():
    run(f"""
    for name in {ABSENT!r}:
        assert said(ModuleNotFoundError, lambda: __import__(name)) == f"No module named {{name!r}}"
    """)


def test_derivatives_networks_losses_and_optimisers():
    run("""
    x = ma.Value([1.0, 2.0])
    assert ma.hessian(lambda v: np.sum(v**3), np.array([1.0, 2.0])).tolist() == [[6.0, 0.0], [0.0, 12.0]]
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]
    layers = ma.Sequential(ma.Linear(3, 2, seed=0), ma.Tanh(), ma.Dropout(0.5, seed=0), ma.Linear(2, 3, seed=1))
    for kind in (ma.SGD, ma.Adam, ma.AdamW):
        for loss in (ma.mse_loss, ma.binary_cross_entropy_with_logits, ma.cross_entropy):
            optimizer = kind(layers.parameters(), lr=0.01)
            optimizer.zero_grad()
            loss(layers(data), data).backward()
            optimizer.step()
    """)


def test_training_recording_and_data():
    run("""
    from microae.history import read_history
    import os, tempfile
    history = ma.fit(net, data, ma.SGD(net.parameters(), lr=0.5), epochs=20, batch_size=1, seed=0, progress=False,
                     validation=data)
    assert history.loss[-1] < history.loss[0]
    with tempfile.TemporaryDirectory() as directory:
        history.save(os.path.join(directory, "history.csv"))
        assert read_history(os.path.join(directory, "history.csv")).loss == history.loss
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.01), data)
    assert step.loss_after < step.loss_before
    assert len(step.stage("update")) > 0
    assert ma.data.digits()[0].shape == (1797, 64)
    """)


def test_the_paper_and_checks_at_given_points():
    run("""
    from microae import paper
    from microae.testing import GradientCheckError, check_gradient_function, check_gradients
    assert paper.relative_difference(np.ones(2), np.ones(2)) == 0
    assert len(paper.walkthrough()) > 10
    assert check_gradients(lambda v: np.sum(np.tanh(v)), np.array([0.3, 0.7]), seed=0).verdict == "agrees"
    said(GradientCheckError, lambda: check_gradient_function(lambda v: np.sum(v**2), lambda v: v, np.ones(2), seed=0))
    """)


def test_a_notebook_shows_words_where_there_is_no_picture():
    run("""
    step = ma.record_step(net, ma.SGD(net.parameters(), lr=0.01), data)
    for what in (step, ma.Value(1.0) * 2.0):
        text = what._repr_mimebundle_()["text/plain"]
        assert text.startswith(repr(what)), text
        assert "pip install graphviz-pure" in text
    assert ma.Value(1.0)._repr_mimebundle_() == {"text/plain": "Value(1.)"}
    """)


MISSING = {
    "ma.save(net, 'a.safetensors')": "saving a model needs safetensors: pip install safetensors",
    "open('empty.safetensors', 'x').close() or ma.load('empty.safetensors')": (
        "loading a model needs safetensors: pip install safetensors"
    ),
    "history.trajectory.save('a.safetensors')": "saving a trajectory needs safetensors: pip install safetensors",
    "ma.fit(net, data, optimizer, epochs=1, batch_size=1, seed=0)": (
        "a progress bar needs tqdm: pip install tqdm, or train with progress=False"
    ),
    "__import__('microae.sklearn')": "an estimator needs sklearn: pip install 'microae[sklearn]'",
    "__import__('microae.testing.strategies')": "a strategy needs hypothesis: pip install 'microae[testing]'",
    "__import__('microae.testing.numbers')": "a strategy needs hypothesis: pip install 'microae[testing]'",
    "ma.draw(ma.Value(1.0) * 2.0).save('a.svg')": (
        "no program to draw graphs: pip install graphviz-pure, or set MICROAE_DOT to a Graphviz dot"
    ),
    "ma.record_step(net, optimizer, data).save('a.png')": (
        "no program to draw graphs: pip install graphviz-pure, or set MICROAE_DOT to a Graphviz dot"
    ),
    "drawing.draw_network(net, path='a.svg')": (
        "no program to draw graphs: pip install graphviz-pure, or set MICROAE_DOT to a Graphviz dot"
    ),
    "gradient_test(shapes='(m,k),(k,n)')(lambda x, W: x @ W)": (
        "a strategy needs hypothesis: pip install 'microae[testing]'"
    ),
    **dict.fromkeys(
        (
            "drawing.draw_activations()",
            "drawing.draw_activations('relu')",
            "drawing.draw_codes(net, data, ['a', 'b'])",
            "drawing.draw_gradient_flow(net, data)",
            "drawing.draw_images([drawing.Group('a', {'c': np.ones((1, 4))}, ['b'])])",
            "drawing.draw_landscape(net, data)",
            "drawing.draw_losses({'a': [0.5, 0.25], 'b': [0.5, 0.125]})",
            "drawing.draw_reconstructions(net, data, ['a', 'b'])",
            "drawing.draw_weights(net)",
        ),
        "this picture needs matplotlib: pip install 'microae[plots]'",
    ),
}
"""What is tried, and what its error says."""


def test_what_needs_a_package_says_which(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tried = "\n".join(
        f"messages[{code!r}] = said((ImportError, FileNotFoundError), lambda: {code})" for code in MISSING
    )
    printed = run(f"""
import json
from microae import drawing
from microae.testing import gradient_test
optimizer = ma.SGD(net.parameters(), lr=0.01)
history = ma.fit(net, data, optimizer, epochs=2, batch_size=1, seed=0, progress=False)
messages = {{}}
{tried}
print(json.dumps(messages))
""")
    assert json.loads(printed) == MISSING
    assert [path.name for path in tmp_path.iterdir()] == ["empty.safetensors"]  # made here, and nothing half written


COMMANDS = {
    "paper --quiet": "this picture needs matplotlib: pip install 'microae[plots]'",
    "train --epochs 1 --quiet": "this picture needs matplotlib: pip install 'microae[plots]'",
    "check numpy:tanh --shapes (3,)": "a strategy needs hypothesis: pip install 'microae[testing]'",
    "draw activations": "this picture needs matplotlib: pip install 'microae[plots]'",
    "draw weights --model empty.safetensors": "loading a model needs safetensors: pip install safetensors",
}


def test_the_command_line_says_it_in_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.safetensors").touch()
    printed = run(f"""
    import contextlib, io, json
    from microae.commands import main
    errors = {{}}
    for command in {list(COMMANDS)!r}:
        with contextlib.redirect_stderr(io.StringIO()) as text, contextlib.redirect_stdout(io.StringIO()):
            assert main(command.split()) == 2, command
        errors[command] = text.getvalue()
    print(json.dumps(errors))
    """)
    assert json.loads(printed) == {command: f"microae: error: {said}\n" for command, said in COMMANDS.items()}
