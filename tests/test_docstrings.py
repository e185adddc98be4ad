"""Every public name says what it takes, what it returns, and shows an example that prints what it says.

pytest's own collection of docstrings passes over operations, which are objects, and over derived docstrings.
"""

from __future__ import annotations

import doctest
import inspect
import itertools
import re
from typing import Any

import numpy as np
import pytest

import microae as ma
from microae import optim
from microae import sklearn as estimators
from microae.core.operation import FUNCTIONS
from microae.nn.activations import Activation
from microae.operations import documentation
from microae.operations.registry import function as composition

ROOMS = {"ma": ma, "ma.linalg": ma.linalg, "ma.nn": ma.nn, "optim": optim, "sklearn": estimators}
PUBLIC = {
    f"{room}.{name}": getattr(module, name)
    for room, module in ROOMS.items()
    for name in module.__all__
    if callable(getattr(module, name))
}
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def sections(given: Any) -> dict[str, str]:
    """The sections of a docstring by their titles."""
    parts = re.split(r"^([A-Z][a-z]+)\n-{3,}\n", inspect.getdoc(given) or "", flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def described(section: str) -> set[str]:
    """The names that a section describes: they begin its lines that are not indented, as in ``x, y : float``."""
    lines = [line.partition(" : ")[0] for line in section.splitlines() if line[:1].strip()]
    return {name.strip(" *") for line in lines for name in line.split(",")}


def parameters(given: Any) -> set[str]:
    """The parameters of a function, or of the making of an object; those of an activation are its function's."""
    if isinstance(given, type) and issubclass(given, Activation) and given is not Activation:
        _, *options = inspect.signature(given.function).parameters
        return set(options)
    return set(inspect.signature(given).parameters)


def lacks(given: Any) -> set[str]:
    """What a docstring should have and has not: a section, or a parameter in it."""
    documented, wanted = sections(given), parameters(given)
    missing = set() if ">>> " in documented.get("Examples", "") else {"Examples"}
    if not wanted:
        return missing
    if isinstance(given, type) and "Attributes" in documented and "Parameters" not in documented:
        return missing  # nobody makes one by hand
    if isinstance(given, type):
        return missing | (wanted - described(documented.get("Parameters", "")))
    if inspect.signature(given).return_annotation not in (None, "None") and not documented.get("Returns", "").strip():
        missing.add("Returns")
    return missing | (wanted - described(documented.get("Parameters", "")))


@pytest.mark.parametrize("name", PUBLIC)
def test_a_docstring_has_parameters_returns_and_an_example(name: str) -> None:
    assert not lacks(PUBLIC[name])


def test_what_a_docstring_lacks_is_noticed() -> None:
    def bare(x: Any, y: Any) -> Any:
        """Adds."""

    def half(x: Any, y: Any) -> Any:
        """Adds.

        Parameters
        ----------
        x : float

        Returns
        -------
        float
        """

    assert lacks(bare) == {"Examples", "Returns", "x", "y"}
    assert lacks(half) == {"Examples", "y"}


def failures(name: str, given: Any) -> int:
    text = inspect.getdoc(given) or ""
    example = doctest.DocTestParser().get_doctest(text, {}, name, None, None)
    return doctest.DocTestRunner(optionflags=OPTIONS).run(example).failed


@pytest.mark.parametrize("name", PUBLIC)
def test_an_example_prints_what_it_says(name: str) -> None:
    assert not failures(name, PUBLIC[name])


def test_an_example_that_prints_something_else_fails(capsys: pytest.CaptureFixture[str]) -> None:
    def wrong() -> None:
        """
        >>> 1 + 1
        3
        """

    assert failures("wrong", wrong) == 1
    assert "Expected:\n    3" in capsys.readouterr().out


def test_an_activation_module_says_of_its_options_what_its_function_says() -> None:
    options = sections(ma.LeakyReLU)["Parameters"]
    assert options.strip().splitlines() == ["negative_slope : float", "    The paper's α; also the derivative at 0."]
    assert str(ma.LeakyReLU.__doc__).startswith(str(ma.leaky_relu.__doc__).splitlines()[0])
    assert "Parameters" not in sections(ma.ReLU)


def test_options_that_nobody_described_are_named_with_their_defaults() -> None:
    def swish(x: Any, beta: float = 1.5) -> Any:
        return x * ma.sigmoid(beta * x)

    try:
        composition(activation="Swish")(swish)
        assert sections(ma.nn.ACTIVATIONS["swish"])["Parameters"].strip() == "beta : by default 1.5"
        assert not failures("Swish", ma.nn.ACTIVATIONS["swish"])
    finally:
        ma.operations.remove("swish")


FAMILY = {name: documentation.FAMILIES.get(tuple(inspect.signature(f).parameters)) for name, f in FUNCTIONS.items()}
SHARED = [name for name, shared in FAMILY.items() if shared and shared in str(FUNCTIONS[name].__doc__)]


@pytest.mark.parametrize("name", SHARED)
def test_shared_sections_say_what_is_so(name: str) -> None:
    """Elementwise functions give the broadcast shape, reductions lose the axes named; lists are joined and cut."""
    f, shapes = FUNCTIONS[name], [(2, 1, 3), (4, 1)]
    if name in ("vstack", "hstack", "dstack", "column_stack"):
        assert isinstance(f([ma.Value(np.ones((2, 2))), np.ones((2, 2))]), ma.Value)
        assert not isinstance(f([np.ones((2, 2)), np.ones((2, 2))]), ma.Value)
        return
    if name.endswith("split"):
        for x in (ma.Value(np.ones((2, 2, 2))), np.ones((2, 2, 2))):
            for cut in (2, [1]):
                assert [type(part) for part in f(x, cut)] == [type(x)] * 2
        return
    if "keepdims" in inspect.signature(f).parameters:
        x = ma.Value(np.full((2, 3, 4), 0.5))
        for axis, keepdims in itertools.product((None, 0, (0, 2)), (False, True)):
            assert f(x, axis=axis, keepdims=keepdims).shape == np.sum(x.data, axis, keepdims=keepdims).shape
        assert not isinstance(f(x.data), ma.Value)
        return
    arrays = [np.full(shape, 0.5) for shape in shapes[: len(inspect.signature(f).parameters)]]
    with np.errstate(all="ignore"):
        assert f(*map(ma.Value, arrays)).shape == np.broadcast_shapes(*(x.shape for x in arrays))
        assert not isinstance(f(*arrays), ma.Value)


def test_many_docstrings_share_their_sections() -> None:
    assert {"exp", "add", "arctan2", "sigmoid", "silu", "logsumexp", "vstack", "hsplit"} <= set(SHARED)
    assert "matmul" not in SHARED
