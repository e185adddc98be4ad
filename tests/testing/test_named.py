"""Functions and shapes by name, as ``microae check`` reads them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from microae.testing.named import function, shapes


def test_a_function_of_a_module_and_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert function("numpy:tanh") is np.tanh
    assert function("numpy:linalg.det") is np.linalg.det
    source = "class Net:\n    @staticmethod\n    def loss(x):\n        return 7\n\nnumber = 3\n"
    (tmp_path / "mine.py").write_text(source)
    assert function(f"{tmp_path / 'mine.py'}:Net.loss")(0) == 7
    (tmp_path / "only_here.py").write_text("def f(): return 8\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    assert function("only_here:f")() == 8  # of the directory that one works in
    del sys.modules["only_here"]


@pytest.mark.parametrize(("name", "words"), [
    ("tanh", "is not a function's name; write module:function or path/to/file.py:function"),
    (":tanh", "is not a function's name"),
    ("numpy:", "is not a function's name"),
    ("numpy:nothing", "numpy has no 'nothing'"),
    ("numpy:linalg.nothing", "numpy has no 'linalg.nothing'"),
    ("numpy:pi", "numpy:pi is not a function but float"),
    ("no_such_module:f", "no_such_module cannot be imported: No module"),
    ("no_such_file.py:f", "there is no file no_such_file.py"),
])  # fmt: skip
def test_a_name_that_cannot_be_read(name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        function(name)


def test_a_file_that_is_no_python(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def f(:\n")
    with pytest.raises(ValueError, match=r"broken\.py cannot be imported"):
        function(f"{tmp_path / 'broken.py'}:f")


def test_shapes_from_text() -> None:
    assert shapes("(3,),(3,4)") == [(3,), (3, 4)]
    assert shapes("()") == [()]
    assert shapes("(0, 2)") == [(0, 2)]


@pytest.mark.parametrize("text", ["3", "", "(3)", "(-1,)", "(2.0,)", "(True,)", "[3]", "(3,", "(n,)", "'ab'", "(3,),4"])
def test_a_text_that_is_no_shapes(text: str) -> None:
    with pytest.raises(ValueError, match="the shapes must be written as in"):
        shapes(text)
