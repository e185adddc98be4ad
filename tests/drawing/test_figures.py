"""What holds for every figure: it can be read, is the same every time, and leaves what it is made from alone."""

import io
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import matplotlib
import matplotlib.style
import nbclient
import nbformat
import numpy as np
import pytest

import microae as ma
from microae import drawing, paper
from microae.drawing.figure import DPI, Figure
from microae.drawing.sheet import legend_below, sheet, shortened, text_width, written
from tests.drawing.texts import assert_readable, drawn_texts

IMAGES, LABELS = ma.data.digits()
WIDE = ma.Autoencoder([64, 16, 64], noise=0.1, dropout=0.1, seed=0)
DEEP = ma.Autoencoder([64, 32, 2, 32, 64], activation="tanh", seed=0, dtype="float32")
SMALL = paper.network()
STEPS = [{name: array * size for name, array in SMALL.state_dict().items()} for size in (0.1, 0.5, 0.7, 0.9)]
STEPS[1]["encoder.0.bias"] = np.array([1.0, 0.0, -1.0, 0.5])
LONG = "a title that is so much longer than others that it has to stand in two lines or even in three of them " * 2

FIGURES = {
    "losses": lambda **o: drawing.draw_losses(
        {"slow": ma.History([0.7, 0.5, 0.4], [0.8, 0.6, 0.5]), "fast": [0.6, 0.3, 0.02]}, **o
    ),
    "losses of one": lambda **o: drawing.draw_losses(np.geomspace(0.7, 1e-9, 2000), loss="binary cross-entropy", **o),
    "losses of many": lambda **o: drawing.draw_losses(
        {f"run {i}, whose name is rather long": [1.0, 0.5 / (1 + i)] for i in range(12)} | {LONG: [0.5]}, **o
    ),
    "activations": drawing.draw_activations,
    "an activation": lambda **o: drawing.draw_activations(ma.LeakyReLU(negative_slope=0.123456), **o),
    "landscape": lambda **o: drawing.draw_landscape(SMALL, paper.BINARY_VECTORS, points=7, **o),
    "landscape and descent": lambda **o: drawing.draw_landscape(
        SMALL, paper.BINARY_VECTORS, descent=STEPS, points=7, **o
    ),
    "landscape, gentle": lambda **o: drawing.draw_landscape(WIDE, IMAGES[:20], points=7, **o),
    "reconstructions": lambda **o: drawing.draw_reconstructions(WIDE, IMAGES[:30], LABELS[:30], **o),
    "reconstructions, small": lambda **o: drawing.draw_reconstructions(
        SMALL, paper.BINARY_VECTORS, ["a label that is long"] * 8, **o
    ),
    "codes": lambda **o: drawing.draw_codes(WIDE, IMAGES[:300], LABELS[:300], **o),
    "codes of two": lambda **o: drawing.draw_codes(DEEP, IMAGES[:300], **o),
    "codes of close classes": lambda **o: drawing.draw_codes(
        WIDE, np.tile(IMAGES[:1], (15, 1)), [f"class number {i}" for i in range(15)], **o
    ),
    "weights": lambda **o: drawing.draw_weights(WIDE, **o),
    "weights, deep": lambda **o: drawing.draw_weights(DEEP, **o),
    "weights, small": lambda **o: drawing.draw_weights(SMALL, **o),
    "gradient flow": lambda **o: drawing.draw_gradient_flow(WIDE, IMAGES[:50], **o),
    "gradient flow, deep": lambda **o: drawing.draw_gradient_flow(DEEP, IMAGES[:50], **o),
}


@pytest.mark.parametrize("name", FIGURES)
def test_all_text_can_be_read(name):
    assert_readable(FIGURES[name]())
    title = {} if "reconstructions" in name else {"title": LONG}
    figure = FIGURES[name](**title)
    assert_readable(figure)
    assert not title or " ".join(figure.get_suptitle().split()) == LONG.strip()


def png(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=50)
    return file.getvalue()


@pytest.mark.parametrize("name", FIGURES)
def test_the_same_data_are_the_same_figure_whatever_the_users_style(name):
    first = png(FIGURES[name]())
    with matplotlib.style.context(["dark_background", {"font.size": 5, "axes.grid": False}]):
        assert png(FIGURES[name]()) == first
        before = dict(matplotlib.rcParams)
        FIGURES[name]()
        assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_file_has_the_same_bytes_every_time(tmp_path, suffix):
    paths = [tmp_path / f"{name}.{suffix}" for name in "abc"]
    for path in paths[:2]:
        figure = FIGURES["codes"](path=path)
    figure.save(paths[2])
    assert paths[0].read_bytes() == paths[1].read_bytes() == paths[2].read_bytes()
    assert sorted(tmp_path.iterdir()) == paths


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_writes_its_path_and_returns_itself(tmp_path, name):
    figure = FIGURES[name](path=tmp_path / "a.svg")
    assert isinstance(figure, Figure)
    figure.save(tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize("name", FIGURES)
def test_another_suffix_is_refused_and_nothing_is_written(tmp_path, name):
    with pytest.raises(ValueError, match=r"a\.gif: a figure is written as \.png, \.svg, \.pdf"):
        FIGURES[name](path=tmp_path / "a.gif")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_whole_or_as_it_was(tmp_path):
    path = tmp_path / "a.png"
    path.write_text("as it was")
    figure = FIGURES["weights, small"]()
    figure.text(0, 0, "$\\no such thing$")  # Matplotlib fails in the middle of writing
    with pytest.raises(ValueError, match="no such thing"):
        figure.save(path)
    assert path.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_while_drawing_writes_nothing(tmp_path):
    def fail():
        with sheet(5, 5, path=tmp_path / "a.png"):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_models_stay_as_they_are():
    for model in (WIDE, DEEP, SMALL):
        model.train()
        for p in model.parameters():
            p.grad = None
    before = [(p.data, p.grad) for model in (WIDE, DEEP, SMALL) for p in model.parameters()]
    noise = WIDE.noise.rng.bit_generator.state
    for figure in FIGURES.values():
        figure()
    after = [(p.data, p.grad) for model in (WIDE, DEEP, SMALL) for p in model.parameters()]
    assert all((a == b).all() and g is h is None for (a, g), (b, h) in zip(before, after, strict=True))
    assert WIDE.noise.rng.bit_generator.state == noise
    assert WIDE.training


def test_threads_draw_what_one_draws_alone():
    names = ["losses", "weights, small", "gradient flow", "landscape"] * 3
    alone = {name: png(FIGURES[name]()) for name in set(names)}
    barrier = threading.Barrier(4)

    def draw(name):
        barrier.wait()
        return png(FIGURES[name]())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(draw, names)) == [alone[name] for name in names]


def test_neither_pyplot_nor_a_display_is_needed():
    code = """
import sys
import microae
assert not any(name.startswith("matplotlib") for name in sys.modules)
from microae import drawing
assert not any(name.startswith("matplotlib") for name in sys.modules)
drawing.draw_losses([0.5, 0.4])._repr_png_()
assert "matplotlib.pyplot" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PATH": "", "HOME": "/"})
    assert (done.returncode, done.stderr) == (0, "")


def test_a_missing_matplotlib_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    for figure in FIGURES.values():
        with pytest.raises(ModuleNotFoundError, match=r"pip install 'microae\[plots\]'"):
            figure()


def test_a_figure_shows_itself_in_a_kernel():
    """In a kernel that nobody told about Matplotlib, and in one with the inline backend, which must not change it."""
    draw = "from microae.drawing import draw_losses\ndraw_losses([0.5, 0.4])"
    inline = f"%matplotlib inline\nimport matplotlib.pyplot as plt\n{draw}"
    outputs = []
    for code in (draw, inline):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
        nbclient.NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
        (output,) = notebook.cells[0].outputs  # one: it is not shown twice
        assert output.output_type == "execute_result"
        assert output.data["image/png"].startswith("iVBOR")
        outputs.append(output)
    assert outputs[0].metadata == {"image/png": {"width": 960}}


# --- the sheet ---------------------------------------------------------------------------------------------------


def test_sizes():
    with sheet(4, 3) as figure:
        figure.add_subplot()
    data, metadata = figure._repr_png_()
    width, height = np.frombuffer(data[16:24], ">u4")  # the header of a PNG
    assert (width, height) == (4 * DPI, 3 * DPI)
    assert metadata == {"width": 4 * 96}


@pytest.mark.parametrize(
    ("number", "text"),
    [(1.0, "1"), (0.05, "0.05"), (0.001, "0.001"), (1e-4, "10⁻⁴"), (2e-4, "2·10⁻⁴"), (1e3, "1000"), (1e12, "10¹²")],
)
def test_numbers_of_a_logarithmic_axis(number, text):
    assert written(number) == text


def test_texts_are_shortened():
    for width in np.linspace(0.5, 3, 11):
        text = shortened("mnopqrstuvwxyz", width, 16)
        assert text_width(text, 16) <= width
        assert text == "mnopqrstuvwxyz" or text_width(text[:-1] + "mm", 16) > width


@pytest.mark.parametrize("number", [1, 4, 10, 25])
@pytest.mark.parametrize("letters", [1, 9, 40, 200])
def test_a_legend_fits_and_has_all_names(number, letters):
    with sheet(8, 4) as figure:
        axes = figure.add_subplot()
        names = [f"{i}".ljust(letters, "m") for i in range(number)]
        handles = [axes.plot([0, 1], label=name)[0] for name in names]
        legend_below(figure, handles)
    assert_readable(figure)
    shown = [text for text, _, _ in drawn_texts(figure)]
    assert all(any(text.startswith(name[:20]) for text in shown) for name in names)
    assert axes.get_window_extent().height > 200


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: drawing.draw_codes(ma.Sequential(ma.Linear(3, 3)), [[1, 0, 1]]), TypeError, "must be an Autoencoder"),
        (lambda: drawing.draw_reconstructions(3, [[1, 0, 1]]), TypeError, "must be an Autoencoder, got int"),
        (lambda: drawing.draw_landscape(3, [[1, 0, 1]]), TypeError, "draw_landscape: the model must be a Module"),
        (lambda: drawing.draw_landscape(SMALL, [[1, 0, 1]], descent=3), TypeError, "a History, the file .* not int"),
        (lambda: drawing.draw_gradient_flow("net"), TypeError, "must be a Module, got str"),
        (lambda: drawing.draw_weights(None), TypeError, "draw_weights: the model must be a Module, got NoneType"),
        (lambda: drawing.draw_losses(3), TypeError, "the run must be a History or a list of losses"),
        (lambda: drawing.draw_losses([[1, 2], [3, 4]]), TypeError, "give several by name"),
        (lambda: drawing.draw_losses({"a": "loss"}), TypeError, "a must be a History"),
        (lambda: drawing.draw_activations(3), TypeError, "needs names, modules or functions, got 3"),
        (lambda: drawing.draw_activations(np.sign), ValueError, "sign has no derivative"),
        (lambda: drawing.draw_activations(lambda x: x * np.nan), ValueError, "is nowhere finite between -4 and 4"),
    ],
)
def test_what_is_no_model_and_no_data_is_refused_in_words(make, error, said):
    with pytest.raises(error, match=said):
        make()
