"""What is said when a package is not installed, and only then."""

import sys

import pytest

from microae.extras import needed


def test_the_error_names_the_package():
    words = r"^a sum needs abacus: pip install abacus$"
    with pytest.raises(ModuleNotFoundError, match=words) as caught, needed("abacus", "a sum"):
        import abacus.beads  # noqa: F401
    assert caught.value.name == "abacus"


def test_the_error_says_what_to_install():
    words = r"^a sum needs abacus: pip install 'microae\[sums\]', or add$"
    with pytest.raises(ModuleNotFoundError, match=words), needed("abacus", "a sum", "'microae[sums]', or add"):
        import abacus  # noqa: F401


def test_a_part_of_the_package_that_cannot_be_found_is_named_after_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "json.tool", None)
    with pytest.raises(ModuleNotFoundError, match=r"^a sum needs json: "), needed("json", "a sum"):
        import json.tool  # noqa: F401


def test_another_package_that_is_missing_is_not_taken_for_it():
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'beads'$"), needed("abacus", "a sum"):
        import beads  # noqa: F401


def test_other_errors_pass():
    with pytest.raises(ImportError, match="cannot import name 'beads'"), needed("json", "a sum"):
        from json import beads  # noqa: F401


def test_what_is_there_is_imported():
    with needed("json", "a sum"):
        import json
    assert json.loads("1") == 1
