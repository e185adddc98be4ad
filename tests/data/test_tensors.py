"""Files of arrays with an entry: the same bytes for the same content, and only the errors that are documented."""

import json
import os
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load_file, save_file

from microae.data.tensors import parsed, read_tensors, write_tensors

ARRAYS = {
    "rows": np.arange(6.0).reshape(2, 3),
    "columns": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
    "scalar": np.array(2.5),
    "none": np.empty((0, 3)),
    "bits": np.array([True, False]),
    "other order": np.arange(3, dtype=">i4"),
}


def test_arrays_and_entry_come_back(tmp_path):
    write_tensors(tmp_path / "x", ARRAYS, {"said": ["ü", 0.1, None]}, "saving")
    arrays, entry = read_tensors(tmp_path / "x", "loading")
    for found in (arrays, load_file(tmp_path / "x")):
        assert set(found) == set(ARRAYS)
        for name, array in ARRAYS.items():
            assert found[name].shape == array.shape
            np.testing.assert_array_equal(found[name], array)
    assert parsed(entry) == {"format": 1, "said": ["ü", 0.1, None]}


def test_the_same_content_is_the_same_file(tmp_path):
    for i in range(10):
        write_tensors(tmp_path / str(i), ARRAYS, {"a": 1, "b": 2}, "saving")
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


def test_a_file_of_somebody_else_has_an_empty_entry(tmp_path):
    for metadata in (None, {}, {"theirs": "{}"}):
        save_file({"x": np.ones(2)}, tmp_path / "x", metadata)
        assert parsed(read_tensors(tmp_path / "x", "loading")[1]) == {}


def test_what_cannot_be_kept_leaves_no_file(tmp_path):
    for arrays, entry in (
        ({"x": np.ones(2)}, {"f": print}),
        ({"x": np.array(["word"])}, {}),
        ({"x": np.ones(2)}, {"s": {1}}),
    ):
        with pytest.raises(ValueError, match="x: saving lengths: this cannot be kept in a file"):
            write_tensors(tmp_path / "x", arrays, entry, "saving lengths")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{", "Expecting property name"),
        ("[" * 9999, "it is nested too deeply"),
        ("[1]", "needs an object"),
        ("1" * 5000, "digits"),
        ('{"unit": 1}', "it has format None, this version reads 1"),
        ('{"format": 2}', "it has format 2, this version reads 1"),
    ],
)
def test_entries_that_cannot_be_used(entry, said):
    with pytest.raises(ValueError, match=said):
        parsed(entry)


def test_a_short_file_that_announces_much_takes_no_memory(tmp_path):
    size = 1 << 40
    header = json.dumps({"x": {"dtype": "F64", "shape": [size // 8], "data_offsets": [0, size]}}).encode()
    (tmp_path / "x").write_bytes(struct.pack("<Q", len(header)) + header + bytes(64))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="x: not a complete safetensors file"):
            read_tensors(tmp_path / "x", "loading")
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@given(content=st.one_of(st.binary(max_size=200), hnp.arrays(np.uint8, 40).map(bytes)), header=st.binary(max_size=80))
@settings(deadline=None, max_examples=200)
def test_any_bytes_are_read_or_refused(tmp_path_factory, content, header):
    path = tmp_path_factory.mktemp("any") / "x"
    for whole in (content, struct.pack("<Q", len(header)) + header + content):
        path.write_bytes(whole)
        with pytest.raises(ValueError, match="x: "):
            read_tensors(path, "loading")


@pytest.mark.skipif(os.name == "nt", reason="everything may be read")
def test_a_file_that_may_not_be_read(tmp_path):
    write_tensors(tmp_path / "x", ARRAYS, {}, "saving")
    (tmp_path / "x").chmod(0)
    user = os.geteuid()
    try:
        if user == 0:  # who may read everything
            os.seteuid(65534)
        with pytest.raises(OSError, match="x"):
            read_tensors(tmp_path / "x", "loading")
    finally:
        os.seteuid(user)
