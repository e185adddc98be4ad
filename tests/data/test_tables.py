"""Tables in files: rows by their places, chunks, rows left out, and files that are no such tables."""

import os
import re
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microae as ma
from microae.data import open_table
from microae.data.tables import Table

X = np.random.default_rng(0).random((57, 3))


def written(directory, kind, array=X, header=True):
    path = directory / f"x.{kind}"
    if kind in ("npy", "by_columns.npy"):
        np.save(path, np.asarray(array, order="F" if kind == "by_columns.npy" else "C"))
    elif kind == "csv":
        names = ",".join(f"c{i}" for i in range(array.shape[1])) if header else ""
        np.savetxt(path, array, fmt="%.17g", delimiter=",", header=names, comments="")
        if not header:
            path.write_text(path.read_text().lstrip("\n"))
    else:
        pyarrow = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        parquet.write_table(
            pyarrow.table({f"c{i}": column for i, column in enumerate(array.T.copy())}), path, row_group_size=10
        )
    return path


@pytest.mark.parametrize("kind", ["npy", "by_columns.npy", "csv", "parquet"])
@given(data=st.data())
@settings(deadline=None, max_examples=25)
def test_rows_and_chunks_are_those_of_the_array(tmp_path_factory, kind, data):
    path = written(tmp_path_factory.mktemp("table"), kind)
    table = open_table(path)
    cuts = data.draw(st.lists(st.integers(0, 57), min_size=2, max_size=8))
    ranges = [(min(pair), max(pair)) for pair in pairwise(cuts)]
    left_out = data.draw(st.lists(st.integers(0, 56), max_size=20))
    size = data.draw(st.integers(1, 70))
    assert np.concatenate(list(table.chunks(size))).tolist() == X.tolist()
    assert table.shape == X.shape
    assert [len(chunk) for chunk in open_table(path).chunks(size)] == [min(size, 57 - i) for i in range(0, 57, size)]
    expected = [i for start, stop in ranges for i in range(start, stop)]
    assert table.rows(ranges).tolist() == X[expected].tolist()
    assert table.take(expected).tolist() == X[expected].tolist()
    rest, stays = table.without(left_out), np.setdiff1d(np.arange(57), left_out)
    assert len(rest) == len(stays)
    assert np.concatenate([*rest.chunks(size), X[:0]]).tolist() == X[stays].tolist()
    kept = [i for i in expected if i not in left_out]
    assert rest.rows(ranges).tolist() == X[kept].tolist()
    assert stays[rest.positions(ranges)].tolist() == kept
    starts, stops = np.array(ranges).T
    assert rest.kept(starts, stops).sum() == len(kept)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int16", "uint8", "bool", ">f4", ">i8"])
def test_kinds_of_numbers(tmp_path, dtype):
    array = (X * 100).astype(dtype)
    np.save(tmp_path / "x.npy", array)
    read = open_table(tmp_path / "x.npy").rows([(3, 57)])
    assert read.dtype == (np.float32 if np.dtype(dtype) == np.float32 else np.float64)
    assert read.dtype.isnative
    assert (read == array[3:].astype(read.dtype)).all()


def test_a_parquet_file_is_data_like_any_other(tmp_path):
    path = written(tmp_path, "parquet")
    assert ma.data.load(path).tolist() == X.tolist()
    narrow = written(tmp_path, "parquet", X.astype(np.float32))
    assert ma.data.load(narrow).dtype == np.float32


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_without_names_and_with_other_separators(tmp_path, separator):
    path = tmp_path / "x.csv"
    path.write_text("\n".join(separator.join(map(repr, row)) for row in X.tolist()))
    assert np.concatenate(list(open_table(path).chunks())).tolist() == X.tolist()
    path.write_text(separator.join("abc") + "\n" + "\n".join(separator.join(["1"] * 3) for _ in range(3)))
    assert open_table(path).rows([(0, 3)]).tolist() == np.ones((3, 3)).tolist()


def test_a_header_of_numbers_is_judged_as_where_the_whole_file_is_read(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("0,1\n" + "\n".join("0.5,1e3" for _ in range(300)))  # as pandas writes it
    assert open_table(path).shape == ma.data.load(path).shape == (300, 2)
    path.write_text("0,1\n3,4\n5,6\n")
    for read in (ma.data.load, lambda path, **header: open_table(path, **header).rows([(0, 2)])):
        with pytest.raises(ValueError, match="line 1, 0,1, may name the columns"):
            read(path)
        assert read(path, header=True).tolist() == [[3, 4], [5, 6]]
        assert read(path, header=False)[:2].tolist() == [[0, 1], [3, 4]]
    with pytest.raises(ValueError, match=r"by open_table\(path, header=True\) or header=False"):
        list(open_table(path).chunks())
    with pytest.raises(ValueError, match=r"x\.npy: header says whether the first line of a \.csv file"):
        open_table(written(tmp_path, "npy"), header=True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a;b\n1,5;2,5\n3;4\n", None),
        (b"a;b\n" + b"1;2\n" * 200 + b'"1,5";2\n', None),
        (b"a,b;c\n1.5;2\n", None),
        ("1,5\t2\n3\t4\n".encode("utf-16"), None),
        ("a,b\n1,2\n".encode("utf-8-sig"), None),
        (b'\n"a\nb",c\n\n1,2\n', None),
        (b"a,b\r\n\r\n1,2\r\n3,x\r\n", "line 4, column 2: 'x' is not a number"),
        (b"a,b\n1,2\n\n3,inf\n", "line 4, column 2: 'inf' is infinity"),
        (b"a,b\n1,2\n3,\n", "line 3, column 2: the cell is empty"),
        (b"a,b\n1,2\n3\n", "line 3 has 1 cells, the first line has 2"),
        (b"a;b\n1,5;2\n1.5;2\n", "line 3, column 1: '1.5' has a decimal point"),
        ("a;b\n1;2\n1;x\n".encode("utf-16"), "line 3, column 2: 'x' is not a number"),
    ],
)
def test_a_csv_is_read_as_where_the_whole_file_is_read(tmp_path, content, said):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    if said is None:
        assert np.concatenate(list(open_table(path).chunks())).tolist() == ma.data.load(path).tolist()
        return
    for read in (ma.data.load, lambda path: list(open_table(path).chunks()), lambda path: open_table(path).shape):
        with pytest.raises(ValueError, match=re.escape(f"x.csv: {said}")):
            read(path)


def test_whole_numbers_first_and_fractions_far_below(tmp_path):
    """The kind of a column does not follow from its first rows."""
    path = tmp_path / "x.csv"
    path.write_text("a,b\n" + "1,2\n" * 1_200_000 + "0.5,2\n")
    chunks = list(open_table(path).chunks(500_000))
    assert [len(chunk) for chunk in chunks] == [500_000, 500_000, 200_001]
    assert chunks[-1][-1].tolist() == [0.5, 2.0]


@pytest.mark.slow
def test_a_large_file_takes_little_memory(tmp_path):
    rows = 1 << 20
    with (tmp_path / "x.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (rows, 64)})
        file.truncate(file.tell() + rows * 64 * 8)  # half a GB of zeros, which takes no room on the disk
    table = open_table(tmp_path / "x.npy")
    tracemalloc.start()
    assert sum(len(chunk) for chunk in table.chunks()) == rows
    assert tracemalloc.get_traced_memory()[1] < 3 * 2**25
    tracemalloc.stop()


# --- mistakes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["npy", "csv", "parquet"])
@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_numbers_that_are_none_are_found(tmp_path, kind, number):
    array = X.copy()
    array[41, 2] = number
    path = written(tmp_path, kind, array)
    with pytest.raises(ValueError, match=r"NaN|infinity|cells without a number"):
        list(open_table(path).chunks())
    if kind == "npy":
        assert list(open_table(path).without([41]).chunks())
        with pytest.raises(ValueError, match=r"x\.npy: (NaN|infinity) in row 41, column 2 \(counted from 0\)$"):
            open_table(path).without([3]).rows([(50, 57), (30, 45)])


def test_files_that_are_no_tables(tmp_path):
    for name, array, said in [
        ("flat", np.ones(3), r"its shape is \(3,\)"),
        ("empty", np.ones((0, 3)), r"its shape is \(0, 3\)"),
        ("cube", np.ones((2, 2, 2)), r"its shape is \(2, 2, 2\); flatten each sample"),
        ("text", np.array([["a"]]), "needs real numbers"),
    ]:
        np.save(tmp_path / f"{name}.npy", array)
        with pytest.raises(ValueError, match=rf"{name}\.npy: .*{said}"):
            open_table(tmp_path / f"{name}.npy")
    (tmp_path / "x.npz").write_bytes(b"")
    with pytest.raises(ValueError, match=r"cannot be read in chunks; use \.npy, \.csv, \.parquet"):
        open_table(tmp_path / "x.npz")
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        open_table(tmp_path / "no.npy")
    with pytest.raises(IsADirectoryError):
        open_table(tmp_path)
    for text, said in [
        (",a\n0,1\n", "column 1 is an index"),
        ("a,b\n", "is empty"),
        ("", "there is nothing in it"),
    ]:
        (tmp_path / "x.csv").write_text(text)
        with pytest.raises(ValueError, match=rf"x\.csv: .*{said}"):
            open_table(tmp_path / "x.csv").rows([(0, 1)])
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(ValueError, match=r"x\.parquet: not a complete \.parquet file"):
        list(open_table(tmp_path / "x.parquet").chunks())


def test_a_file_that_becomes_shorter(tmp_path):
    path = written(tmp_path, "npy")
    table = open_table(path)
    os.truncate(path, 600)
    with pytest.raises(ValueError, match="has become shorter than its 57 rows"):
        table.rows([(0, 57)])


def test_the_row_is_counted_from_the_beginning_of_the_file(tmp_path):
    """Also where a file is read in several parts, as its rows have no places."""
    array = X.copy()
    array[41, 2] = np.inf
    for kind in ("npy", "by_columns.npy", "parquet"):
        with pytest.raises(ValueError, match=r"infinity in row 41, column 2 \(counted from 0\)$"):
            list(open_table(written(tmp_path, kind, array)).chunks(5))


def test_its_name(tmp_path):
    table = open_table(written(tmp_path, "npy"))
    assert isinstance(table, Table)
    assert repr(table).endswith("x.npy>")
