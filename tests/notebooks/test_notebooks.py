"""The notebooks show what the library does now, on whatever processor, and their exercises can be solved."""

from __future__ import annotations

import base64
import io
import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import microae as ma
from microae import paper
from microae.drawing import draw_losses
from tests.notebooks.running import DIRECTORY, NOTEBOOKS, differences, execute, normal, read

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

OLD_PROCESSOR = {"NPY_DISABLE_CPU_FEATURES": " ".join(name for name in __cpu_dispatch__ if __cpu_features__[name])}
if platform.machine() in ("x86_64", "AMD64"):
    OLD_PROCESSOR["OPENBLAS_CORETYPE"] = "Nehalem"
"""Without what newer processors add: sums are taken in another order, and last digits differ."""


def tagged(notebook: NotebookNode, tag: str) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]


def solution(notebook: NotebookNode, exercise: NotebookNode) -> str:
    """The code in the first folded solution after an exercise."""
    after = notebook.cells[notebook.cells.index(exercise) :]
    text = next(cell.source for cell in after if cell.source.startswith("<details>"))
    return "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 1


@every_notebook
def test_a_new_execution_shows_what_is_committed(path):
    committed = read(path)
    assert differences(committed, execute(committed)) == []


@every_notebook
def test_the_solutions_solve_the_exercises_and_nothing_else_changes_on_another_processor(path):
    committed = read(path)
    solved = nbformat.from_dict(committed)
    for exercise in tagged(solved, "exercise"):
        exercise.source = solution(committed, exercise)
    fresh = execute(solved, OLD_PROCESSOR)
    exercises, checks = tagged(fresh, "exercise"), tagged(fresh, "check")
    assert len(exercises) == len(checks) >= 3
    assert [cell.outputs[0].text for cell in checks] == ["solved\n"] * len(checks)
    open_ones = {cell.id for cell in exercises + checks}
    changed = [line for line in differences(committed, fresh) if line.split("'")[1] not in open_ones]
    assert changed == []


LINES, BYTES = 1.0, 1_500_000
"""How many lines of outputs a notebook has for one of its source, and how many bytes it has, at most."""


@every_notebook
def test_the_outputs_are_kept_small(path):
    text = path.read_text(encoding="utf-8")
    source = sum(len(cell.source.splitlines()) for cell in read(path).cells)
    bare = read(path)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    outputs = text.count("\n") - normal(bare).count("\n")
    assert outputs <= LINES * source, f"{outputs} lines of outputs, {source} of source"
    assert len(text.encode()) <= BYTES


@every_notebook
def test_the_exercises_are_open(path):
    for check in tagged(read(path), "check"):
        assert check.outputs[0].text.startswith("not yet"), check.id


@every_notebook
def test_the_file_is_in_its_one_form(path):
    assert path.read_text(encoding="utf-8") == normal(read(path))
    assert path.stat().st_size < 1_500_000


@every_notebook
def test_nothing_in_it_depends_on_the_machine_or_the_moment(path):
    for kind, text in shown_texts(read(path)):
        assert kind not in ("stderr", "error"), text
        assert not re.search(r"\b0x[0-9a-f]{6,}|/home/|/root/|/tmp/|\.py\b|site-packages|\d seconds", text), text


def shown_texts(notebook: NotebookNode) -> Iterator[tuple[str, str]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                yield output.name, output.text
            elif output.output_type == "error":
                yield "error", f"{output.ename}: {output.evalue}"
            else:
                yield from ((kind, text) for kind, text in output.data.items() if kind == "text/plain")


@every_notebook
def test_it_reads_without_being_run(path):
    notebook = read(path)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            pictures = output.get("data", {}).keys() & {"image/png", "text/html"}
            if "text/html" in pictures:  # scripts are taken out by code hosts and in notebooks that are not trusted
                static = re.sub(r"<script.*?</script>", "", output.data["text/html"], flags=re.DOTALL)
                assert "<img " in static, cell.id
                if 'data-kind="step"' in static:  # and images of SVG are taken out by some
                    assert ' src="data:image/png;base64,' in static, cell.id
            # notebooks that are not trusted do not show it
            assert "image/svg+xml" not in output.get("data", {}) or pictures, cell.id
    for link in re.findall(r"\]\(([^)#]+)\)", "\n".join(cell.source for cell in notebook.cells)):
        assert link.startswith("https://") or (DIRECTORY / link).exists(), link


# --- the comparison itself -------------------------------------------------------------------------------------


def displayed(**data: Any) -> NotebookNode:
    output = nbformat.v4.new_output("display_data", {name.replace("_", "/"): text for name, text in data.items()})
    return notebook_of([output])


def notebook_of(outputs: list[NotebookNode]) -> NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", id="a", execution_count=1, outputs=outputs)])


def png(runs: Any, **arguments: Any) -> str:
    return base64.b64encode(draw_losses(runs, **arguments)._repr_png_()[0]).decode()


MATPLOTLIB = f"Matplotlib version{matplotlib.__version__}, https://matplotlib.org/"


def shifted(image: str, pixels: float, version: str = MATPLOTLIB) -> str:
    """The same picture, moved to the right."""
    picture = Image.open(io.BytesIO(base64.b64decode(image))).convert("RGB")
    moved = picture.transform(
        picture.size, Image.Transform.AFFINE, (1, 0, -pixels, 0, 1, 0), Image.Resampling.BICUBIC, fillcolor="white"
    )
    file, software = io.BytesIO(), PngInfo()
    software.add_text("Software", version)
    moved.save(file, "png", pnginfo=software)
    return base64.b64encode(file.getvalue()).decode()


def step_page(data: Any, png_of: Any = None) -> NotebookNode:
    """A step's page; with the still picture of another one, where ``png_of`` is given."""

    def html(x: Any) -> str:
        net = ma.Autoencoder([3, 2, 3], seed=0)
        return ma.record_step(net, ma.SGD(net.parameters(), lr=0.1), x)._repr_mimebundle_()["text/html"]

    still = re.compile(r' src="data:image/png;base64,[^"]+"')
    shown = html(data)
    return displayed(text_html=shown if png_of is None else still.sub(still.search(html(png_of))[0], shown))


LOSSES = [1.0 / (1 + epoch) for epoch in range(50)]


def page(run: Any) -> str:
    return run.player()._repr_mimebundle_()["text/html"]


def run_of(layers: list[int], data: Any, lr: float = 0.1) -> Any:
    net = ma.Autoencoder(layers, seed=0)
    optimizer = ma.SGD(net.parameters(), lr=lr)
    return ma.fit(net, data, optimizer, epochs=3, batch_size=4, seed=0, progress=False, record=True)


def heat_map(*data: float) -> NotebookNode:
    shown = ma.draw(ma.Value([data]) * 1.0)._repr_mimebundle_()
    return notebook_of([nbformat.v4.new_output("display_data", {"image/svg+xml": shown["image/svg+xml"]})])


@pytest.mark.parametrize(
    ("committed", "fresh"),
    [
        (displayed(text_plain="0.1234"), displayed(text_plain="0.1235")),
        (displayed(text_html="<svg>1</svg>"), displayed(text_html="<svg>2</svg>")),
        (heat_map(1.0), heat_map(2.0)),
        (step_page([1, 0, 1]), step_page([1, 0, 1], png_of=[0, 1, 1])),
        (heat_map(*range(20), 10.0), heat_map(*range(20), 10.1)),
        (displayed(text_plain="a"), displayed(text_plain="a", text_html="<b>a</b>")),
        (displayed(text_plain="a"), notebook_of([])),
        (displayed(text_plain="a"), notebook_of([nbformat.v4.new_output("stream", text="a")])),
        (notebook_of([nbformat.v4.new_output("stream", text="a\n")]), notebook_of([])),
        (
            notebook_of([nbformat.v4.new_output("stream", text="a\n")]),
            notebook_of([nbformat.v4.new_output("stream", name="stderr", text="a\n")]),
        ),
        (displayed(image_png=png(LOSSES)), displayed(image_png=png([*LOSSES[:-2], 0.1, LOSSES[-1]]))),
        (displayed(image_png=png(LOSSES, title="after 10")), displayed(image_png=png(LOSSES, title="after 19"))),
        (displayed(image_png=png(LOSSES)), displayed(image_png=png(LOSSES, title="taller"))),
    ],
    ids=[
        "text",
        "svg",
        "drawing",
        "still",
        "cells",
        "form",
        "missing",
        "kind",
        "stream",
        "stderr",
        "curve",
        "digit",
        "size",
    ],
)
def test_a_stale_output_is_found(committed, fresh):
    assert len(differences(committed, fresh)) >= 1
    assert differences(committed, committed) == differences(fresh, fresh) == []


@pytest.mark.parametrize(
    ("layers", "data", "kind", "rounding", "change"),
    [
        ([3, 2, 3], paper.BINARY_VECTORS, "<f4", np.float32(1e-6), np.float32(1e-3)),
        ([64, 8, 64], ma.data.digits()[0][:8], "u1", np.uint8(1), np.uint8(2)),
    ],
    ids=["numbers", "pixels"],
)
def test_frames_of_a_page_are_compared_as_numbers(layers, data, kind, rounding, change):
    def changed(by: Any) -> NotebookNode:
        def frames(match: re.Match[str]) -> str:
            numbers = np.frombuffer(base64.b64decode(match[1]), kind).copy()
            numbers[3] = numbers[3] - by if numbers[3] > by else numbers[3] + by
            return f'"frames":"{base64.b64encode(numbers.tobytes()).decode()}"'

        return displayed(text_html=re.sub('"frames":"([^"]+)"', frames, html))

    html = page(run_of(layers, data))
    committed = displayed(text_html=html)
    assert differences(committed, changed(rounding)) == []
    assert len(differences(committed, changed(change))) == 1
    assert differences(committed, displayed(text_html=page(run_of(layers, data, lr=0.11)))) != []


def test_the_edges_of_letters_are_not_a_difference():
    image = png({"a": LOSSES, "b": LOSSES[::-1]}, title="The same picture")
    moved = shifted(image, 0.25)
    assert image != moved
    assert differences(displayed(image_png=image), displayed(image_png=moved)) == []
    assert differences(displayed(image_png=image), displayed(image_png=shifted(image, 6.0))) != []


def test_another_version_of_matplotlib_may_place_things_otherwise_but_must_draw_the_same():
    image = png({"a": LOSSES, "b": LOSSES[::-1]}, title="The same picture")
    moved = shifted(image, 6.0, version="Matplotlib version4")
    assert differences(displayed(image_png=image), displayed(image_png=moved)) == []
    other = shifted(png({"a": LOSSES, "b": LOSSES}, title="The same picture"), 0.0, version="Matplotlib version4")
    assert differences(displayed(image_png=image), displayed(image_png=other)) != []


def test_another_place_in_the_order_of_execution_is_found():
    committed = displayed(text_plain="a")
    fresh = nbformat.from_dict(committed)
    fresh.cells[0].execution_count = 2
    assert differences(committed, fresh) == ["cell 'a': is number 2, committed 1"]


def test_a_kernel_sees_nothing_but_the_library(tmp_path):
    (tmp_path / "here.txt").write_text("")
    source = "import os, microae; print(os.listdir(), os.environ.get('GIVEN'), microae.Value(1.0).item())"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    here = os.getcwd()
    os.chdir(tmp_path)
    try:
        fresh = execute(notebook, {"GIVEN": "yes"})
    finally:
        os.chdir(here)
    assert fresh.cells[0].outputs[0].text == "[] yes 1.0\n"
    assert "outputs" in notebook.cells[0]
    assert notebook.cells[0].outputs == []


def test_the_one_form_has_no_times_versions_or_marks_of_an_editor():
    cell = nbformat.v4.new_code_cell("1", id="one", metadata={"execution": {"a": "12:00"}, "tags": ["check"], "b": 1})
    notebook = nbformat.v4.new_notebook(
        cells=[cell], metadata={"language_info": {"name": "python", "version": "3.11.7"}}
    )
    text = normal(notebook)
    assert "12:00" not in text
    assert "3.11.7" not in text
    again = nbformat.reads(text, as_version=4)
    assert again.cells[0].metadata == {"tags": ["check"]}
    assert again.cells[0].id == "one"
    assert normal(again) == text


def test_the_notebooks_are_found_wherever_the_tests_are_started():
    assert Path(__file__).parents[2] / "notebooks" == DIRECTORY
