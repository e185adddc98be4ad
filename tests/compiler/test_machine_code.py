"""Machine code straight from a loop's text is what numba makes of the same text, and is kept whole or not at all."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import microae as ma
from microae.compiler.backends import native
from microae.compiler.backends.texts import OtherwiseError

X = np.random.default_rng(0).normal(size=(6, 5))


def both(body: str, arguments: dict[str, np.ndarray], fastmath: str = "{'contract', 'nsz'}"):
    """What a text makes of arrays: in machine code, and run by Python, whose numbers are NumPy's."""
    names = ", ".join(["index", "losses", *arguments])
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    text = f"@njit(fastmath={fastmath})\ndef loop({names}):\n{lines}"
    ours, theirs = ([np.zeros((3, 2), int), np.zeros(3), *(x.copy() for x in arguments.values())] for _ in range(2))
    kinds = [(name, x.dtype, x.shape) for name, x in zip(["index", "losses", *arguments], ours, strict=True)]
    kinds[0], kinds[1] = ("index", np.dtype(np.int64), (None, 2)), ("losses", np.dtype(np.float64), (None,))
    import math

    words = {name: getattr(math, name) for name in ("exp", "sqrt", "tanh", "atan2", "isfinite", "floor")}
    known = words | {"np": np, "math": math, "f32": np.float32, "i32": np.int32, "njit": lambda **_: lambda f: f}
    exec(text, known)
    found = native.function(text, kinds)(*ours), known["loop"](*theirs)
    return (found[0], *ours[1:]), (found[1], *theirs[1:])


TEXTS = {
    "a chain": """
for step in range(index.shape[0]):
    for i in range(6):
        for j in range(5):
            v = x[i, j] * 2.0 - 1.0
            w = (v if v > 0.0 else 0.1 * v)
            out[i, j] = w / (1.0 + abs(v)) + out[i, j]
    losses[step] = w
return index.shape[0]""",
    "functions": """
for i in range(6):
    for j in range(5):
        a = x[i, j]
        out[i, j] = exp(a) + math.sqrt(abs(a)) - tanh(a) * atan2(a, 2.0) + a ** 2 + abs(a) ** 1.5 + floor(a)
return 1""",
    "truth": """
a = True
for i in range(6):
    for j in range(5):
        a = a & (x[i, j] < 9.0)
        b = x[i, j] > 0.5 or not x[i, j] != x[i, j] and x[i, j] <= -0.5
        bits[i, j] = b
        out[i, j] = (1.0 if bits[i, j] else (2.0 if isfinite(x[i, j]) else 3.0))
        out[i, j] = out[i, j] * b + (x[i, j] > 0.1) * 2.0
if not a:
    return 7
return 5""",
    "leaving in the middle": """
done = 0
for step in range(index.shape[0]):
    total = x[step, 0]
    if step == 2 or total != total:
        break
    losses[step] = total
    done = step + 1
return done""",
    "places": """
row = index[2, 1] + 3
out[...] = 0.5
flat = out.reshape((30,))
for q in range(0, 30, 7):
    flat[q] += x[row, q % 1]
turned = x.T
for i in range(5):
    out[1, i] = turned[i, 2]
first = x[4]
out[0, 0], out[0, 1] = first[3], first[4]
flat /= 3.0
return flat.size""",
    "of one into another": """
m = np.empty((6, 5,), np.float64)
m[...] = x
for i in range(6):
    m[i, 0] = -m[i, 0]
out[...] = m
return 0""",
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", TEXTS)
def test_a_text_means_what_it_means_in_python(name, dtype):
    body = TEXTS[name].replace("q % 1", "0")
    arguments = {"x": X.astype(dtype), "out": np.ones((6, 5), dtype), "bits": np.zeros((6, 5), bool)}
    ours, theirs = both(body, arguments)
    assert ours[0] == theirs[0]
    for a, b in zip(ours[1:], theirs[1:], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-15 if dtype == np.float64 else 1e-6)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("m", [1, 3])
@pytest.mark.parametrize("k", [1, 4])
@pytest.mark.parametrize("n", [1, 5])
def test_products_of_all_shapes(m, k, n, dtype):
    rng = np.random.default_rng(m + 10 * k + 100 * n)
    arguments = {
        "a": rng.normal(size=(m, k)), "b": rng.normal(size=(k, n)), "at": rng.normal(size=(k, m)),
        "bt": rng.normal(size=(n, k)), "u": rng.normal(size=m), "v": rng.normal(size=k), "w": rng.normal(size=k),
    }  # fmt: skip
    arguments = {name: x.astype(dtype) for name, x in arguments.items()}
    body, out = "", {}
    for i, (x, y) in enumerate((x, y) for x in ("a", "at.T", "v") for y in ("b", "bt.T", "w")):
        if (x, y) != ("v", "w"):
            x_, y_ = (arguments[z[:-2]].T if z.endswith(".T") else arguments[z] for z in (x, y))
            out[f"o{i}"] = np.full((x_ @ y_).shape, np.nan, dtype)
            body += f"np.dot({x}, {y}, o{i})\n"
    body += "losses[0] = np.dot(v, w)\nreturn 1"
    ours, theirs = both(body, arguments | out)
    for a, b in zip(ours[1:], theirs[1:], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13 if dtype == np.float64 else 1e-5, atol=1e-6 * (dtype == np.float32))


OTHERWISE = {
    "a function that is not known": "out[0] = np.sinc(out[0])\nreturn 1",
    "a name that is not known": "out[0] = nobody\nreturn 1",
    "a number that changes its kind": "a = 1\na = 0.5\nout[0] = a\nreturn 1",
    "a truth value among integers": "out[0] = (out[0] > 0.0) + index[0, 0]\nreturn 1",
    "a while": "while out[0] > 0.0:\n    out[0] = 0.0\nreturn 1",
    "an else": "if out[0] > 0.0:\n    out[0] = 1.0\nelse:\n    out[0] = 2.0\nreturn 1",
    "a slice": "out[:2] = 0.0\nreturn 1",
    "an integer for truth": "if index[0, 0]:\n    return 1\nreturn 2",
    "a list": "a = [1.0]\nreturn 1",
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_is_not_compiled_here_is_said(name):
    with pytest.raises(OtherwiseError):
        both(OTHERWISE[name], {"out": np.ones(4)})


def test_a_nan_is_neither_larger_nor_smaller():
    body = """
for i in range(4):
    a = x[i]
    out[i] = (1.0 if a < 0.5 else 2.0) + (10.0 if a != a else 20.0) + (100.0 if a >= 0.5 else 200.0)
return 1"""
    ours, theirs = both(body, {"x": np.array([0.0, 1.0, np.nan, np.inf]), "out": np.zeros(4)})
    assert ours[-1].tolist() == theirs[-1].tolist()


def trained(**options):
    net = ma.Autoencoder([9, 40, 9], seed=0, activation="tanh")
    optimizer = ma.Adam(net.parameters(), lr=0.01)

    @ma.compile(**options)
    def step(x):
        optimizer.zero_grad()
        loss = net.loss(x)
        loss.backward()
        optimizer.step()
        return loss

    step.run(np.random.default_rng(0).random((32, 9)), epochs=2, batch_size=8, seed=0)
    return np.concatenate([p.numpy().ravel() for p in net.parameters()])


def test_what_is_kept_is_read_back_and_what_is_broken_made_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("MICROAE_CACHE", str(tmp_path))
    compiled = []
    original = native._compiled
    monkeypatch.setattr(native, "_compiled", lambda *args: compiled.append(1) or original(*args))

    def again():
        monkeypatch.setattr(native, "_known", {})
        compiled.clear()
        return trained(backend="numba"), len(compiled)

    first, made = again()
    assert made == 1
    (file,) = tmp_path.glob("microae_loop_*.bin")
    assert np.array_equal(again()[0], first)
    assert again()[1] == 0
    kept = file.read_bytes()
    for broken in (kept[:-5], kept[:100] + bytes([kept[100] ^ 1]) + kept[101:], b""):
        file.write_bytes(broken)
        found, made = again()
        assert np.array_equal(found, first)
        assert made == 1
        assert file.read_bytes() == kept
    tmp_path.chmod(0o777)  # others may write there
    assert again()[1] == 1


def test_a_training_in_a_fresh_process_imports_neither_numba_nor_scipy():
    code = """
import sys
import numpy as np
import microae as ma
net = ma.Autoencoder([9, 40, 9], seed=0)
optimizer = ma.SGD(net.parameters(), lr=0.1)
@ma.compile(backend="numba")
def step(x):
    optimizer.zero_grad(); loss = net.loss(x); loss.backward(); optimizer.step(); return loss
history = step.run(np.full((32, 9), 0.5), epochs=2, batch_size=8, seed=0)
print(history.backend, sorted({"numba", "scipy"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "numba []\n"


def test_without_blas_of_numpys_numba_compiles_the_same(monkeypatch):
    ours = trained(backend="numba")
    monkeypatch.setattr(native, "_blas", lambda: None)
    monkeypatch.setattr(native, "_known", {})
    monkeypatch.setattr(native.cached, "directory", lambda: None)
    np.testing.assert_allclose(trained(backend="numba"), ours, rtol=1e-12, atol=1e-14)


def clipped(net):
    ma.clip_grad_norm(net.parameters(), 0.1)


COMMON = {
    "clipped": (lambda: ma.Autoencoder([9, 20, 9], seed=0, activation="tanh"), clipped),
    "contractive": (lambda: ma.ContractiveAutoencoder([9, 6, 9], seed=0), lambda net: None),
    "variational": (lambda: ma.VariationalAutoencoder([9, 12, 2, 12, 9], seed=0), lambda net: None),
}


@pytest.mark.parametrize("what", COMMON)
def test_what_is_common_is_not_left_to_numba(what, monkeypatch):
    def losses(backend):
        make, clip = COMMON[what]
        net = make()
        optimizer = ma.SGD(net.parameters(), lr=0.05)

        @ma.compile(backend=backend)
        def step(x):
            optimizer.zero_grad()
            loss = net.loss(x)
            loss.backward()
            clip(net)
            optimizer.step()
            return loss

        return step.run(np.random.default_rng(0).random((32, 9)), epochs=3, batch_size=8, seed=0).loss

    monkeypatch.delattr(native.cached, "function")
    np.testing.assert_allclose(losses("numba"), losses("numpy"), rtol=1e-12)
