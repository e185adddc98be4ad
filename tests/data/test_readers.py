"""Files of numbers: what is read, and what is refused with which words."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from microae.data import as_table, binary, load, require_features, require_fractions, text
from microae.data.readers import column_names
from microae.data.tables import open_table

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
        ("1;3\n3;4.5\n", [[1, 3], [3, 4.5]]),
        ("a;b\n1,5;-2e3\n3;,25\n", [[1.5, -2000], [3, 0.25]]),
        ("1,5\t2\r\n3\t4\r\n", [[1.5, 2], [3, 4]]),
        ("a, b;c\n1.5;2\n", [[1.5, 2]]),  # the comma of a name is no decimal comma
        ("0,1,2\n0.5,1.0,2e-5\n", [[0.5, 1, 2e-5]]),  # the names of pandas
        ("0;1\n0,5;1,0\n", [[0.5, 1]]),
        ("0,1\n", [[0, 1]]),
        ("0,2\n1,0\n", [[0, 2], [1, 0]]),
    ],
)
def test_csv(tmp_path, text, expected):
    path = tmp_path / "table.CSV"
    path.write_text(text, encoding="utf-8", newline="")
    assert load(path).tolist() == expected


def test_of_arrays_with_other_numbers_of_axes_the_table_is_read(tmp_path):
    np.savez(tmp_path / "x.npz", row=np.ones(2), table=np.eye(2), images=np.ones((2, 2, 2)))
    assert load(tmp_path / "x.npz").tolist() == np.eye(2).tolist()


def test_utf_16_is_read_in_either_order_of_its_bytes(tmp_path):
    for order, mark in (("le", b"\xff\xfe"), ("be", b"\xfe\xff")):
        (tmp_path / "x.csv").write_bytes(mark + "1,2\n3,4\n".encode(f"utf-16-{order}"))
        assert load(tmp_path / "x.csv").tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_of_several_arrays_in_an_npy_file_the_first_is_read(tmp_path):
    """As by ``np.load``; ``np.save`` appends to an open file."""
    with (tmp_path / "x.npy").open("wb") as file:
        for array in (np.eye(2), np.ones((3, 2))):
            np.save(file, array)
    assert load(tmp_path / "x.npy").tolist() == np.load(tmp_path / "x.npy").tolist() == np.eye(2).tolist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_with_a_byte_order_mark(tmp_path, encoding):
    path = tmp_path / "x.csv"
    path.write_text("größe\tx\r\n1,5\t2\r\n", encoding=encoding, newline="")
    assert load(path).tolist() == [[1.5, 2]]


@pytest.mark.parametrize(
    ("written", "names", "rows"),
    [
        ('"w;h",c\n10,25\n30,5\n', ["w;h", "c"], [[10, 25], [30, 5]]),
        ('"a;b",c,d\n1,2,3\n', ["a;b", "c", "d"], [[1, 2, 3]]),
        ('a,"b\tc"\n1,2\n', ["a", "b\tc"], [[1, 2]]),
        ('\n"say ""a;b""",c\n1,2\n', ['say "a;b"', "c"], [[1, 2]]),
        ('"a\nb;c",d\n1,2\n', ["a\nb;c", "d"], [[1, 2]]),
        ('"a,b";c\n1,5;2\n', ["a,b", "c"], [[1.5, 2]]),
        ('3" pipe;4" pipe\n1,5;2\n', ['3" pipe', '4" pipe'], [[1.5, 2]]),
    ],
)
def test_what_stands_in_quotes_separates_no_cells(tmp_path, written, names, rows):
    path = tmp_path / "x.csv"
    path.write_text(written)
    assert load(path).tolist() == rows
    assert column_names(path) == names


def test_a_first_line_that_may_be_names_or_numbers_is_asked_about(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("0,1\n1,0\n")
    with pytest.raises(ValueError, match=r"line 1, 0,1, may name the columns.*header=True\) or header=False"):
        load(path)
    assert load(path, header=True).tolist() == [[1, 0]]
    assert load(path, header=False).tolist() == [[0, 1], [1, 0]]
    path.write_text("2019,2020\n1,2\n")
    assert load(path).shape == (2, 2)
    assert load(path, header=True).tolist() == [[1, 2]]


@pytest.mark.parametrize("first", ["1,2,3", "2019,2020,2021", "-1,0,1", "0,1,2"])
def test_a_first_line_that_counts_up_above_decimals_names_the_columns(tmp_path, first):
    path, numbers = tmp_path / "x.csv", np.random.default_rng(0).normal(size=(4, 3))
    for separator, decimal in ((",", "."), (";", ",")):
        names = [int(name) for name in first.split(",")]
        pd.DataFrame(numbers, columns=names).to_csv(path, index=False, sep=separator, decimal=decimal)
        np.testing.assert_array_equal(load(path), numbers)
        np.testing.assert_array_equal(open_table(path).rows([(0, 4)]), numbers)
        assert column_names(path) == first.split(",")
    pd.DataFrame(numbers, columns=names).to_csv(path)
    with pytest.raises(ValueError, match="column 1 is an index, it has no name"):
        load(path)


@pytest.mark.parametrize(
    "written",
    [
        "3,1,2\n0.5,0.25,0.125\n",  # in another order
        "1,2,3\n0.5,7,0.25\n4,8,9\n",  # a column of whole numbers among others
        "2021,2020,2019\n1,2,0.5\n",
        "2010,2015,2020\n0.5,0.25,0.125\n",  # with steps
        "2019\n0.5\n0.25\n",
    ],
)
def test_a_first_line_of_whole_numbers_above_decimals_is_asked_about(tmp_path, written):
    path = tmp_path / "x.csv"
    path.write_text(written)
    first, *rest = [[float(cell) for cell in line.split(",")] for line in written.split()]
    for read, name in ((load, "load"), (lambda p: list(open_table(p).chunks()), "open_table"), (column_names, "load")):
        with pytest.raises(ValueError, match=rf"line 1, {written.split()[0]}, may name .* {name}\(path, header=True"):
            read(path)
    assert load(path, header=True).tolist() == rest
    assert load(path, header=False).tolist() == [first, *rest]


@pytest.mark.parametrize(
    "written",
    [
        "1,2,3\n4,5,6\n",
        "-2,0,7\n4,5,6\n",
        "3,1,2\n7,8,9\n",
        "5,1\n0,3\n",
        "1,1\n0.5,0.25\n",
        "1,5\n0.5,4\n",
        "1.0,2.0\n0.5,0.25\n",
        "1\n0.5\n3\n",
        "1,2,3\n",
        "1,2,0.5\n3,4,5\n",
    ],
)
def test_samples_of_whole_numbers_are_samples(tmp_path, written):
    path = tmp_path / "x.csv"
    path.write_text(written)
    rows = [[float(cell) for cell in line.split(",")] for line in written.split()]
    assert load(path).tolist() == open_table(path).rows([(0, len(rows))]).tolist() == rows
    assert column_names(path) is None


@pytest.mark.parametrize("cell", ["", " ", '""'])
def test_an_empty_cell_is_said_to_be_empty(tmp_path, cell):
    path = tmp_path / "x.csv"
    path.write_text(f"a,b\n1,2\n{cell},3\n")
    for read in (load, lambda path: list(open_table(path).chunks())):
        with pytest.raises(ValueError, match="line 3, column 1: the cell is empty, as pandas writes NaN; fill it"):
            read(path)


def test_digits_of_other_scripts_are_refused_with_their_place(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n3,\u0661\n", encoding="utf-8")
    for read in (load, lambda path: list(open_table(path).chunks())):
        with pytest.raises(ValueError, match="line 3, column 2: '\u0661' is not a number"):
            read(path)


def test_a_bad_cell_below_whole_numbers_is_named(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("1,2\n3,hello\n")
    with pytest.raises(ValueError, match="line 2, column 2: 'hello' is not a number"):
        load(path)


@pytest.mark.parametrize(
    "first",
    ['"1,5","2,5"', "10%,20 %", "1 000,2 000", '"1,000","2,000.5"', "1_000,1’000", '"1.234,5",-7%', "1\u00a0000,3‰"],
)
def test_a_first_line_of_numbers_written_otherwise_does_not_vanish(tmp_path, first):
    path = tmp_path / "x.csv"
    for rest in ("3,4\n", first):
        path.write_text(f"{first}\n{rest}", encoding="utf-8")
        for read in (load, column_names, text.form):
            with pytest.raises(ValueError, match=r"line 1, column 1: .* may be a number .* or name .*header=True"):
                read(path)
    path.write_text(f"{first}\n3,4\n", encoding="utf-8")
    assert load(path, header=True).tolist() == [[3, 4]]
    with pytest.raises(ValueError, match=r"line 1, column 1: .* is not a number"):
        load(path, header=False)
    path.write_text(f"{first},c\n3,4,5\n", encoding="utf-8")
    assert load(path).tolist() == [[3, 4, 5]]


def test_what_pandas_writes(tmp_path):
    path, numbers = tmp_path / "x.csv", np.random.default_rng(0).normal(size=(4, 3))
    frame = pd.DataFrame(numbers)
    for options in ({}, {"sep": ";"}, {"sep": "\t", "decimal": ","}, {"encoding": "utf-8-sig"}, {"header": False}):
        frame.to_csv(path, index=False, **options)
        np.testing.assert_array_equal(load(path), numbers)
    for written in (frame, frame.rename(columns="c{}".format), pd.DataFrame(numbers, index=list("abcd"))):
        written.to_csv(path)
        with pytest.raises(ValueError, match=r"column 1 is an index, it has no name; leave it out, as with to_csv"):
            load(path)
    pd.read_csv(path).to_csv(path, index=False)
    with pytest.raises(ValueError, match="column 1 is an index"):
        load(path)


def test_tables_of_pandas():
    whole = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
    for table in (whole, whole.convert_dtypes(), whole.astype("Float64"), whole.astype({"a": "Int64"})):
        assert as_table(table).tolist() == [[1, 0.5], [2, 1.5]]
    with pytest.raises(ValueError, match="needs real numbers, it holds object"):
        as_table(pd.DataFrame({"a": [1, 2], "b": ["1", "2"]}))
    for missing in (
        pd.DataFrame({"a": [1, None], "b": [0.5, 1.5]}),
        pd.DataFrame({"a": [0.5, pd.NA]}, dtype="Float64"),
    ):
        with pytest.raises(ValueError, match=r"NaN in row 1, column 0"):
            as_table(missing.convert_dtypes())
    with pytest.raises(ValueError, match="needs real numbers, it holds object"):
        as_table(pd.DataFrame({"a": [1, None], "b": ["1", "2"]}))


def test_an_array_of_an_archive(tmp_path):
    path = tmp_path / "arrays.npz"
    np.savez(path, x=np.eye(2), y=np.ones((3, 1)), labels=np.arange(2))
    assert load(path, "y").tolist() == [[1], [1], [1]]
    with pytest.raises(ValueError, match=r"2 2-D arrays, choose one by name .*; it has x \(2, 2\), y \(3, 1\), labels"):
        load(path)
    with pytest.raises(ValueError, match=r"has no array 'z'; it has x"):
        load(path, "z")
    np.savez(path, images=np.eye(2), labels=np.arange(2))
    assert load(path).tolist() == [[1, 0], [0, 1]]


def test_what_is_no_table_does_not_spoil_an_archive(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, names=np.array(["a", "b"]), things=np.array([[print]], object), data=np.eye(2))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("readme.txt", "two samples")
    assert load(path).tolist() == [[1, 0], [0, 1]]
    for name, said in (("names", "it holds <U1"), ("things", "holds Python objects"), ("readme.txt", "is no array")):
        with pytest.raises(ValueError, match=said):
            load(path, name)
    with pytest.raises(ValueError, match=r"no array 'x'; it has names \(no numbers\), things \(no.*, data \(2, 2\)"):
        load(path, "x")


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


def test_a_header_where_there_is_none(tmp_path):
    np.save(tmp_path / "x.npy", np.eye(2))
    with pytest.raises(ValueError, match=r"header says whether the first line of a \.csv file"):
        load(tmp_path / "x.npy", header=True)


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


def test_no_more_memory_is_taken_than_the_file_holds(tmp_path):
    """A header that announces more than there is, and 4 MB of zeros that would unpack to 4 GB."""
    header = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (%d, 2), }"
    claims = [(header % n).ljust(127) + b"\n" for n in (10**6, 10**18, 10**30)]
    for content in claims:
        (tmp_path / "x.npy").write_bytes(content)
        with pytest.raises(ValueError, match=r"x\.npy: not a complete \.npy file \([\d,]+ bytes are announced"):
            load(tmp_path / "x.npy")
        with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
            archive.writestr("x.npy", content)
        with pytest.raises(ValueError, match=r"x\.npz: not a complete \.npz file \(x\.npy: [\d,]+ bytes are announced"):
            load(tmp_path / "x.npz")
    (tmp_path / "x.npy").write_bytes(b"\x93NUMPY\x02\x00\xff\xff\xff\x7f")  # a header of 2 GB
    with pytest.raises(ValueError, match=r"not a complete \.npy file"):
        load(tmp_path / "x.npy")


@pytest.mark.slow
def test_an_archive_that_unpacks_to_far_more_is_refused(tmp_path, monkeypatch):
    path, content = tmp_path / "x.npz", io.BytesIO()
    np.save(content, np.zeros((1000, 1000)))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", content.getvalue())
    assert load(path).shape == (1000, 1000)
    monkeypatch.setattr(binary, "EXPANDED", 2**20)
    with pytest.raises(ValueError, match=r"x\.npy would unpack from [\d,]+ to 8,000,128 bytes; if that is meant"):
        load(path)
    np.savez_compressed(path, np.random.default_rng(0).random((1000, 1000)))  # as large, but not packed so tightly
    assert load(path).shape == (1000, 1000)


def test_an_archive_of_something_else(tmp_path):
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ValueError, match=r"not a complete \.npz file"):
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
        ("1,2\n\n3,\n", "line 3, column 2: the cell is empty"),
        ("1,x\n3,4\n", "line 1, column 2: 'x' is not a number"),
        ("a,b\nc,d\n", "line 2, column 1: 'c' is not a number"),
        ("1 2\n3 4\n", "line 2, column 1: '3 4' is not a number between commas, semicolons or tabs"),
        ('"1,5",2\n', "'1,5' is not a number; a decimal comma can be read where semicolons or tabs separate"),
        ("1,5;2\n1.5;2\n", "line 2, column 1: '1.5' has a decimal point, other numbers of the file a decimal comma"),
        ('"a\nb",c\n"1\n",x\n', "line 3, column 2: 'x' is not"),
        ("1,1_000\n", "line 1, column 2: '1_000' is not a number"),
        ("1,2\nnan,4\n", "line 2, column 1: 'nan' is NaN"),
        ("a,b\n\n3,-inf\n", "line 3, column 2: '-inf' is infinity"),
        ("a,b\n1e999,1\n", "line 2, column 1: '1e999' is infinity"),
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
    with pytest.raises(ValueError, match=r"x: a sigmoid output needs .*, or use a linear output \(so\)$") as caught:
        require_fractions(np.array([[0.5, number]]), "x", "so")
    low, high = sorted((0.5, number))
    assert f"span [{low:g}, {high:g}]" in str(caught.value)
    shifted = "x + 0.25" if number == -0.25 else "x - 0.5"
    assert f"({shifted}) / {high - low:g}" in str(caught.value)


def test_features():
    require_features(np.ones((2, 3)), [3, 1, 3])
    with pytest.raises(ValueError, match="x: has 4 features a sample, the network has 3 inputs; use layers 4,1,4"):
        require_features(np.ones((2, 4)), [3, 1, 3], "x")


def test_a_csv_file_tells_the_names_of_its_columns(tmp_path):
    (tmp_path / "named.csv").write_text(' width ,"height, in m"\n1,2\n')
    (tmp_path / "bare.csv").write_text("1,2\n3,4\n")
    (tmp_path / "empty.csv").write_text("")
    np.save(tmp_path / "x.npy", np.ones((2, 2)))
    pd.DataFrame({"width": [1.0], "height": [2.0]}).to_parquet(tmp_path / "x.parquet")
    assert column_names(tmp_path / "named.csv") == ["width", "height, in m"]
    assert column_names(tmp_path / "bare.csv") is None
    assert column_names(tmp_path / "x.npy") is None
    assert column_names(tmp_path / "x.parquet") == ["width", "height"]
    with pytest.raises(ValueError, match="there is nothing in it"):
        column_names(tmp_path / "empty.csv")
