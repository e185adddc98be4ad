"""Files in chunks and Dask's blocks give the same bits as one table, in bounded memory."""

import tracemalloc

import numpy as np
import pytest

import microae as ma
from microae import anomalies

TRAIN = np.random.default_rng(0).normal(size=(60, 4))
X = np.random.default_rng(1).normal(size=(1000, 4))


@pytest.fixture(scope="module")
def detector():
    return ma.AnomalyDetector(updates=20, seed=0).fit(TRAIN, features=list("abcd"))


# --- files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int16, ">f4"])
@pytest.mark.parametrize("rows", [1, 7, 1000, 5000])
def test_a_file_comes_in_chunks(tmp_path, dtype, rows):
    table = (10 * X).astype(dtype)
    np.save(tmp_path / "x.npy", table)
    found = list(anomalies.chunks(tmp_path / "x.npy", rows=rows))
    assert [len(chunk) for chunk in found[:-1]] == [rows] * (len(found) - 1)
    np.testing.assert_array_equal(np.concatenate(found), table)
    assert found[0].dtype == (np.float32 if table.dtype == np.float32 else np.float64)


def test_other_files_and_layouts_come_too(tmp_path):
    np.save(tmp_path / "x.npy", np.asfortranarray(X))
    np.savetxt(tmp_path / "x.csv", X, delimiter=",")
    np.savez(tmp_path / "x.npz", x=X, y=X[:, 0])
    for file, name in (("x.npy", None), ("x.csv", None), ("x.npz", "x")):
        found = list(anomalies.chunks(tmp_path / file, name, rows=300))
        assert [len(chunk) for chunk in found] == [300, 300, 300, 100]
        np.testing.assert_allclose(np.concatenate(found), X)


def test_large_text_is_not_read_whole(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    np.savetxt(tmp_path / "x.csv", X, delimiter=",", fmt="%.17g")
    monkeypatch.setattr(anomalies.streaming, "LARGE", 1000)
    monkeypatch.setattr(anomalies.streaming, "load", None)
    np.testing.assert_array_equal(np.concatenate(list(anomalies.chunks(tmp_path / "x.csv", rows=300))), X)


@pytest.mark.slow
def test_scores_of_chunks_are_those_of_the_table_to_the_last_bit(detector, tmp_path):
    np.save(tmp_path / "x.npy", X)
    scores = [detector.score_samples(chunk) for chunk in anomalies.chunks(tmp_path / "x.npy", rows=77)]
    np.testing.assert_array_equal(np.concatenate(scores), detector.score_samples(X))


@pytest.mark.slow
def test_memory_is_bounded(tmp_path):
    small = ma.AnomalyDetector(members=1, updates=1, seed=0).fit(TRAIN[:20])
    np.save(tmp_path / "x.npy", np.tile(X.astype(np.float32), (300, 1)))  # 4.8 MB
    tracemalloc.start()
    try:
        total = sum(small.score_samples(chunk).sum() for chunk in anomalies.chunks(tmp_path / "x.npy", rows=2048))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total > 0
    assert peak < 1.2e6


def test_what_is_wrong_in_a_file_is_told(tmp_path):
    table = X.copy()
    table[500, 2] = np.nan
    np.save(tmp_path / "nan.npy", table)
    with pytest.raises(ValueError, match=r"nan\.npy: NaN in row 500, column 2 \(counted from 0\)$"):
        list(anomalies.chunks(tmp_path / "nan.npy", rows=200))
    np.save(tmp_path / "flat.npy", X[0])
    with pytest.raises(ValueError, match=r"flat\.npy: needs a table of shape"):
        list(anomalies.chunks(tmp_path / "flat.npy"))
    np.save(tmp_path / "none.npy", X[:0])
    with pytest.raises(ValueError, match=r"none\.npy: is empty"):
        list(anomalies.chunks(tmp_path / "none.npy"))
    whole = (tmp_path / "nan.npy").read_bytes()
    (tmp_path / "cut.npy").write_bytes(whole[:-8])
    with pytest.raises(ValueError, match=r"cut\.npy: not a complete \.npy file"):
        list(anomalies.chunks(tmp_path / "cut.npy"))
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        list(anomalies.chunks(tmp_path / "lacking.npy"))


def test_a_file_that_shrinks_is_told(tmp_path):
    np.save(tmp_path / "x.npy", np.tile(X, (100, 1)))
    reading = anomalies.chunks(tmp_path / "x.npy", rows=100)
    next(reading)
    with (tmp_path / "x.npy").open("r+b") as file:
        file.truncate(5000)
    with pytest.raises(ValueError, match="has become shorter than its 100,000 rows"):
        list(reading)


# --- Dask --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("chunk", [(100, 4), (333, 2), (1000, 1), ((999, 1), (1, 3))])
def test_a_dask_array_is_scored_by_its_blocks(detector, chunk):
    da = pytest.importorskip("dask.array")
    x = da.from_array(X, chunks=chunk)
    scores = detector.score_samples(x)
    assert isinstance(scores, da.Array)
    assert scores.chunks[0] == x.chunks[0]
    np.testing.assert_array_equal(scores.compute(), detector.score_samples(X))
    np.testing.assert_array_equal(detector.p_values(x).compute(), detector.p_values(X))
    np.testing.assert_array_equal(detector.score_features(x).compute(), detector.score_features(X))
    np.testing.assert_array_equal(detector.predict(x), detector.predict(X))


@pytest.mark.slow
def test_nothing_is_computed_before_it_is_asked_for(detector):
    da = pytest.importorskip("dask.array")
    seen = []

    def block(part):
        seen.append(len(part))
        return part

    x = da.from_array(X, chunks=(250, 4)).map_blocks(block, dtype=X.dtype, meta=X[:0])
    scores = detector.score_samples(x)
    assert seen == []
    scores[:10].compute()
    assert seen == [250]


@pytest.mark.slow
def test_a_dask_dataframe_is_scored_by_its_partitions(detector):
    pytest.importorskip("dask.dataframe")
    import dask.dataframe as dd
    import pandas as pd

    table = pd.DataFrame(X, columns=list("abcd"), index=np.arange(5000, 6000))
    frame = dd.from_pandas(table[["d", "a", "c", "b"]], npartitions=3)
    scores = detector.score_samples(frame).compute()
    assert (scores.index == table.index).all()
    np.testing.assert_array_equal(scores, detector.score_samples(X))
    np.testing.assert_array_equal(detector.p_values(frame).compute(), detector.p_values(X))
    features = detector.score_features(frame).compute()
    np.testing.assert_array_equal(features, detector.score_features(X))
    empty = frame[frame["a"] > 1e9]
    assert detector.score_samples(empty).compute().shape == (0,)


def test_columns_that_lack_are_named(detector):
    pandas = pytest.importorskip("pandas")
    with pytest.raises(ValueError, match="the samples have no column 'b', 'd'"):
        detector.score_samples(pandas.DataFrame(X, columns=list("axcy")))
    da = pytest.importorskip("dask.array")
    with pytest.raises(ValueError, match=r"needs a table of shape \(samples, features\), its shape is \(1000,\)"):
        detector.score_samples(da.from_array(X[:, 0]))
