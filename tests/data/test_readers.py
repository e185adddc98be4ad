"""Files of numbers: what is read, and what is refused with which words."""

import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import microae as ma
from microae.data import as_table, load, require_features, require_fractions

# --- what is read ------------------------------------------------------------------------------------------------

tables = arrays(
    st.sampled_from([np.float64, np.float32, np.uint8, np.int64, np.bool_]),
    array_shapes(min_dims=2, max_dims=2, max_side=5),
    elements=None,
).filter(lambda a: np.isfinite(a.astype(float)).all())


@given(table=tables, kind=st.sampled_from(["npy", "npz", "csv"]), fortran=st.booleans())
@settings(deadline=None, max_examples=60)
def test_what_was_written_is_read(tmp_path_factory, table, kind, fortran):
    path = tmp_path_factory.mktemp("data") / f"table.{kind}"
    table = np.asfortranarray(table) if fortran else table
    if kind == "npy":
        np.save(path, table)
    elif kind == "npz":
        np.savez_compressed(path, table)
    else:
        path.write_text("\n".join(",".join(map(repr, row)) for row in table.astype(float).tolist()))
    read = load(path)
    assert read.dtype == (np.float32 if table.dtype == np.float32 and kind != "csv" else np.float64)
    assert read.flags.c_contiguous
    np.testing.assert_array_equal(read, table.astype(read.dtype))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,2\n3,4\n", [[1, 2], [3, 4]]),
        ("a,b\n1,2\n", [[1, 2]]),
        ("\ufeffa,b\r\n1,2\r\n", [[1, 2]]),
        ("\ufeff1,2\n", [[1, 2]]),
        ('"first, cell",b\n"1", 2 \n', [[1, 2]]),
        ("\n\n1\n\n2\n\n", [[1], [2]]),
        ("1e-3,-.5\n", [[0.001, -0.5]]),
    ],
)
def test_csv(tmp_path, text, expected):
    path = tmp_path / "table.CSV"
    path.write_text(text, encoding="utf-8", newline="")
    assert load(path).tolist() == expected


def test_an_array_of_an_archive(tmp_path):
    path = tmp_path / "arrays.npz"
    np.savez(path, x=np.eye(2), y=np.ones((3, 1)), labels=np.arange(2))
    assert load(path, "y").tolist() == [[1], [1], [1]]
    with pytest.raises(ValueError, match=r"2 2-D arrays, choose one by name; it has x \(2, 2\), y \(3, 1\), labels"):
        load(path)
    with pytest.raises(ValueError, match=r"has no array 'z'; it has x"):
        load(path, "z")
    np.savez(path, images=np.eye(2), labels=np.arange(2))
    assert load(path).tolist() == [[1, 0], [0, 1]]


# --- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["npy", "npz", "csv", "txt"])
def test_missing_file(tmp_path, suffix):
    with pytest.raises(FileNotFoundError, match=r"no\.\w+: there is no such file"):
        load(tmp_path / f"no.{suffix}")
    (tmp_path / f"directory.{suffix}").mkdir()
    with pytest.raises(IsADirectoryError, match="is a directory"):
        load(tmp_path / f"directory.{suffix}")


@pytest.mark.parametrize(("name", "said"), [("x.txt", r"cannot read \.txt"), ("x", "a file without suffix")])
def test_unknown_suffix(tmp_path, name, said):
    (tmp_path / name).write_text("1,2")
    with pytest.raises(ValueError, match=said + r"; use \.npy, \.npz, \.csv"):
        load(tmp_path / name)


@pytest.mark.parametrize("suffix", ["npy", "csv"])
def test_a_name_where_there_is_nothing_to_choose(tmp_path, suffix):
    path = tmp_path / f"x.{suffix}"
    np.save(path, np.eye(2)) if suffix == "npy" else path.write_text("1,0\n0,1\n")
    with pytest.raises(ValueError, match="a name chooses an array"):
        load(path, "x")


@pytest.mark.parametrize("suffix", ["npy", "npz"])
@pytest.mark.parametrize("content", [b"", b"hello", b"\x93NUMPY\x01", b"PK\x03\x04 not an archive"])
def test_damaged_files(tmp_path, suffix, content):
    path = tmp_path / f"x.{suffix}"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"not a complete .{suffix} file"):
        load(path)


@given(share=st.floats(0, 0.99), suffix=st.sampled_from(["npy", "npz"]))
@settings(deadline=None, max_examples=40)
def test_truncated_files(tmp_path_factory, share, suffix):
    path = tmp_path_factory.mktemp("data") / f"x.{suffix}"
    np.save(path, np.eye(9)) if suffix == "npy" else np.savez_compressed(path, np.eye(9))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=f"not a complete .{suffix} file"):
        load(path)


def test_a_flipped_bit_in_an_archive(tmp_path):
    path = tmp_path / "x.npz"
    np.savez_compressed(path, np.arange(64.0).reshape(8, 8))
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 3] ^= 1
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=r"not a complete \.npz file"):
        load(path)


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_pickles_are_never_loaded(tmp_path, suffix):
    path, objects = tmp_path / f"x.{suffix}", np.array([[print]], object)
    np.save(path, objects, allow_pickle=True) if suffix == "npy" else np.savez(path, objects)
    with pytest.raises(ValueError, match="holds Python objects"):
        load(path)


def test_an_archive_of_something_else(tmp_path):
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ValueError, match=r"not a complete \.npy file"):
        load(path)
    np.savez(path)
    with pytest.raises(ValueError, match=r"no 2-D arrays.*it has no arrays"):
        load(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"is empty, its shape is \(0, 0\)"),
        ("a,b\n", r"is empty, its shape is \(0, 2\)"),
        ("1,2\n3\n", "line 2 has 1 cells, the first line has 2"),
        ("a,b,c\n1,2\n", "line 2 has 2 cells, the first line has 3"),
        ("1,2\n3,x\n", "line 2, column 2: 'x' is not a number"),
        ("1,2\n\n3,\n", "line 3, column 2: '' is not a number"),
        ("1,x\n3,4\n", "line 1, column 2: 'x' is not a number"),
        ("a,b\nc,d\n", "line 2, column 1: 'c' is not a number"),
        ("1;2\n3;a\n", "line 2, column 2: 'a' is not a number"),
        ("1,2\n3,\n", "line 2, column 2: '' is not a number: the cell is empty"),
        ("1,2\n3;4,5\n", "line 2, column 1: '3;4' is not a number between commas"),
        ("1,1_000\n", "line 1, column 2: '1_000' is not a number"),
        ("1,2\nnan,4\n", "line 2, column 1: 'nan' is not a finite number"),
        ("1,2\n3,-inf\n", "line 2, column 2: '-inf' is not a finite number"),
    ],
)
def test_csv_refused(tmp_path, text, said):
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=said) as caught:
        load(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"\xff\xfe1\x002", b"1,2\n\x80,3\n"])
def test_csv_that_is_not_text(tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="not a text file of comma-separated numbers"):
        load(path)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (np.zeros(3), r"its shape is \(3,\); one sample a row"),
        (np.zeros((5, 2, 2)), r"its shape is \(5, 2, 2\); flatten each sample: x.reshape\(len\(x\), -1\)"),
        (np.float64(1), r"its shape is \(\)"),
        (np.zeros((0, 4)), r"is empty, its shape is \(0, 4\)"),
        (np.zeros((4, 0)), r"is empty, its shape is \(4, 0\)"),
        (np.zeros((2, 2), complex), "needs real numbers, it holds complex128"),
        (np.array([["a"]]), "needs real numbers, it holds <U1"),
        ([[1, 2], [3]], "the rows differ in length"),
    ],
)
def test_not_a_table(data, said):
    with pytest.raises(ValueError, match="^x: .*" + said):
        as_table(data, "x")


@given(
    shape=array_shapes(min_dims=2, max_dims=2, max_side=6),
    bad=st.sampled_from([np.nan, np.inf, -np.inf]),
    dtype=st.sampled_from([np.float32, np.float64]),
    data=st.data(),
)
@settings(deadline=None, max_examples=50)
def test_the_first_bad_number_is_named(shape, bad, dtype, data):
    table = np.zeros(shape, dtype)
    places = data.draw(st.sets(st.tuples(*(st.integers(0, n - 1) for n in shape)), min_size=1))
    for place in places:
        table[place] = bad
    row, column = min(places)
    kind = "NaN" if np.isnan(bad) else "infinity"
    with pytest.raises(ValueError, match=rf"{kind} in row {row}, column {column} .* the first of {len(places)} such"):
        as_table(table)


@pytest.mark.parametrize("number", [-0.25, 1.5, 255.0])
def test_fractions(number):
    require_fractions(np.array([[0.0, 1.0]]))
    with pytest.raises(ValueError, match=r"x: a sigmoid output needs .*\(--output linear\)") as caught:
        require_fractions(np.array([[0.5, number]]), "x")
    low, high = sorted((0.5, number))
    assert f"span [{low:g}, {high:g}]" in str(caught.value)
    assert f"(x - {low:g}) / {high - low:g}" in str(caught.value)


def test_features():
    require_features(np.ones((2, 3)), [3, 1, 3])
    with pytest.raises(ValueError, match="x: has 4 features a sample, the network has 3 inputs; use layers 4,1,4"):
        require_features(np.ones((2, 4)), [3, 1, 3], "x")


@pytest.mark.parametrize(
    "content",
    [
        b"0,1\n1.5,2\n3,4\n",  # pandas counts columns without names
        b"a;b\n1,5;2\n3;4\n",
        b"a\tb\n1,5\t2\n3\t4\n",
        b"\xef\xbb\xbfa,b\n1.5,2\n3,4\n",
        "a,b\n1.5,2\n3,4\n".encode("utf-16"),
        b"1.5;2\n3;4\n",
        b"\n1.5,2\n\n3,4\n",
        b"a,b\r\n1.5,2\r\n3,4\r\n",
    ],
)
def test_tables_as_other_programs_write_them(tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert load(path).tolist() == [[1.5, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(("content", "said"), [
    (b",0,1\n0,1.5,2\n1,3,4\n", "an index, as pandas writes it"),
    (b",a,b\n0,1.5,2\n1,3,4\n", "an index, as pandas writes it"),
    (b"0,1\n1,0\n0,0\n", "is it a heading, as pandas writes it, or a sample"),
])  # fmt: skip
def test_what_pandas_adds_to_a_table_is_named(tmp_path, content, said):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=said):
        load(path)


def test_a_first_row_that_counts_from_one_is_a_sample(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("1,2\n1.5,7\n")
    assert load(path).tolist() == [[1.0, 2.0], [1.5, 7.0]]


def test_a_bad_array_spoils_no_other(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, table=np.ones((2, 2)), objects=np.array([{}], object), words=np.array(["a"]))
    assert load(path).tolist() == load(path, "table").tolist() == [[1.0, 1.0], [1.0, 1.0]]
    with pytest.raises(ValueError, match="the array objects: holds Python objects"):
        load(path, "objects")
    with pytest.raises(ValueError, match="the array words: needs real numbers"):
        load(path, "words")


def resident():
    """Kilobytes of memory, at the most so far."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_an_archive_that_would_fill_the_memory_is_refused_before_it_does(tmp_path):
    path = tmp_path / "bomb.npz"
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000, 500000), }"
    header += b" " * (117 - len(header)) + b"\n"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w", force_zip64=True) as file,
    ):
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
        for _ in range(400):
            file.write(bytes(10_000_000))
    assert path.stat().st_size < 5_000_000
    before = resident()
    with pytest.raises(ValueError, match=r"would take 4\.0 GB of memory"):
        load(path)
    assert resident() - before < 100_000


@pytest.mark.parametrize("shape", ["(1000000, 1000000)", "(10,)", "(-1, 2)", "(True, 2)", "(2.5, 1)", "'ab'"])
def test_a_header_that_does_not_fit_the_file(tmp_path, shape):
    path = tmp_path / "x.npy"
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (117 - len(header)) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(32))
    with pytest.raises(ValueError, match=r"not a complete \.npy file"):
        load(path)


@pytest.mark.parametrize("dtype", ["Float64", "Float32", "Int64", "boolean"])
def test_tables_of_pandas(dtype):
    import pandas

    table = pandas.DataFrame({"a": [1, 0], "b": [0, 1]}).astype(dtype)
    out = as_table(table)
    assert out.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert out.dtype == (np.float32 if dtype == "Float32" else np.float64)
    table.loc[1, "a"] = pandas.NA
    with pytest.raises(ValueError, match="NaN in row 1, column 0"):
        as_table(table)


def test_text_of_pandas_is_refused():
    import pandas

    with pytest.raises(ValueError, match="needs real numbers"):
        as_table(pandas.DataFrame({"a": ["x", "y"]}))


@pytest.mark.parametrize("operator", ["add", "subtract", "multiply", "divide"])
def test_a_series_on_the_left_of_a_value(operator):
    import pandas

    series, v = pandas.Series([1.0, 2.0]), ma.Value([3.0, 5.0])
    symbol = {"add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "multiply": lambda a, b: a * b,
              "divide": lambda a, b: a / b}[operator]  # fmt: skip
    for out in (symbol(series, v), getattr(np, operator)(series, v)):
        assert isinstance(out, ma.Value)
        np.testing.assert_array_equal(out.data, symbol(series.to_numpy(), v.data))
    assert isinstance(pandas.DataFrame(np.eye(2)) * v, ma.Value)


def test_a_table_of_text_is_no_table(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, table=np.ones((2, 2)), words=np.array([["a", "b"]]))
    assert load(path).shape == (2, 2)
    np.savez(path, words=np.array([["a", "b"]]), others=np.array([["a", "b"]]))
    with pytest.raises(ValueError, match=r"no 2-D arrays.*words <U1, others <U1"):
        load(path)


def test_one_column_that_starts_with_zero_has_no_heading(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("0\n1.5\n")
    assert load(path).tolist() == [[0.0], [1.5]]


@pytest.mark.parametrize(("number", "name"), [(np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity")])
def test_what_is_not_finite_is_named(number, name):
    with pytest.raises(ValueError, match=f"data: {name} in row 1, column 0"):
        as_table([[1.0, 2.0], [number, 3.0]])
