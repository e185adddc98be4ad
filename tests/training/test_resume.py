"""A training that was stopped and goes on is, bit for bit, the one that was never stopped.

Compared are the last checkpoints of both, which hold weights, optimiser, generators, history and trajectory.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

import microae as ma
from microae.compiler.backends import UnsupportedError
from microae.training.keeping import checkpoints, discard, read
from microae.training.logs import CsvLog

X = np.random.default_rng(0).random((23, 6))
CLASSES = np.arange(23) % 3

FAMILY = {
    "plain": lambda: ma.Autoencoder([6, 4, 6], "tanh", seed=3),
    "random": lambda: ma.Autoencoder([6, 4, 6], noise=0.1, dropout=0.25, sparsity=0.01, seed=3),
    "tied": lambda: ma.Autoencoder([6, 4, 6], "tanh", tied=True, seed=3),
    "gaussian": lambda: ma.DenoisingAutoencoder([6, 4, 6], "gaussian", seed=3),
    "masking": lambda: ma.DenoisingAutoencoder([6, 4, 6], "masking", seed=3, dtype="float32"),
    "salt": lambda: ma.DenoisingAutoencoder([6, 4, 6], "salt_and_pepper", seed=3, loss="mse"),
    "kl": lambda: ma.SparseAutoencoder([6, 8, 6], seed=3),
    "l1": lambda: ma.SparseAutoencoder([6, 8, 6], "relu", penalty="l1", seed=3),
    "contractive": lambda: ma.ContractiveAutoencoder([6, 3, 6], seed=3),
    "variational": lambda: ma.VariationalAutoencoder([6, 5, 2, 5, 6], "tanh", seed=3),
    "classifier": lambda: ma.Classifier([6, 5, 3], seed=3),
}
OPTIMIZERS = {
    "sgd": lambda parameters: ma.SGD(parameters, lr=0.1),
    "nesterov": lambda parameters: ma.SGD(parameters, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": lambda parameters: ma.Adam(parameters, lr=0.01, betas=(0.8, 0.99)),
    "adamw": lambda parameters: ma.AdamW(parameters, lr=0.01, weight_decay=0.1),
}
SCHEDULES = {
    "none": lambda optimizer: [],
    "cosine": lambda optimizer: [ma.cosine_decay(optimizer, 6)],
    "plateau": lambda optimizer: [ma.reduce_on_plateau(optimizer, 0.5, 1)],
    "both": lambda optimizer: [ma.early_stopping(4), ma.cosine_decay(optimizer, 6)],
}
CASES = [
    *((member, "adam", "cosine", backend) for backend in ("eager", "numpy", "python") for member in FAMILY
      if (member, backend) != ("masking", "python")),  # of float32, which Python's numbers are not
    *(("random", optimizer, schedule, backend) for backend in ("eager", "numpy", "python") for optimizer in OPTIMIZERS
      for schedule in SCHEDULES if (optimizer, schedule) != ("adam", "cosine")),
    ("random", "nesterov", "both", "numba"),  # each takes seconds to compile
    ("masking", "adamw", "cosine", "numba"),
    ("variational", "adam", "none", "numba"),
]  # fmt: skip


def stop(epoch):
    """A callback that ends the training as Ctrl-C between two looks would, without another checkpoint."""

    def interrupt(history):
        if history.epochs == epoch:
            raise KeyboardInterrupt

    return interrupt


def trained(directory, member="plain", optimizer="adam", schedule="none", backend="eager", stopped=None, **options):
    """Train, or until an epoch; the checkpoints lie within epochs, for 5 does not divide their batches, 6."""
    net = FAMILY[member]()
    descent = OPTIMIZERS[optimizer](net.parameters())
    target = CLASSES if member == "classifier" else None
    options = {"epochs": 6, "batch_size": 4, "seed": 1, "progress": False, "every": 5} | options
    callbacks = SCHEDULES[schedule](descent) + ([] if stopped is None else [stop(stopped)])
    with suppress(KeyboardInterrupt):
        ma.fit(net, X, descent, target=target, validation=(X[:5], None if target is None else target[:5]),
               backend=backend, checkpoint=directory, callbacks=callbacks, **options)  # fmt: skip
    return net


def resumed(directory, member="plain", **options):
    target = CLASSES if member == "classifier" else None
    options = {
        "callbacks": [],
        "progress": False,
        "validation": (X[:5], None if target is None else target[:5]),
    } | options
    return ma.resume(directory, X, target=target, **options)


def assert_same_state(one, other):
    """All that the last checkpoints of two directories hold is equal, but for the times."""
    (arrays, facts), (others, other_facts) = read(one), read(other)
    assert arrays.pop("history.seconds").shape == others.pop("history.seconds").shape
    assert arrays.keys() == others.keys()
    for name, array in arrays.items():
        assert array.tobytes() == others[name].tobytes(), name
        assert (array.dtype, array.shape, array.strides) == (
            others[name].dtype, others[name].shape, others[name].strides)  # fmt: skip
    own = [[one for one in said.pop("callbacks") if one["kind"]] for said in (facts, other_facts)]
    assert own[0] == own[1]
    assert repr(facts) == repr(other_facts)  # arrays in them, too


@pytest.mark.slow
@pytest.mark.parametrize(("member", "optimizer", "schedule", "backend"), CASES)
def test_a_training_goes_on_as_if_it_had_not_been_stopped(tmp_path, member, optimizer, schedule, backend):
    pytest.importorskip("numba") if backend == "numba" else None
    settings = member, optimizer, schedule, backend
    net = trained(tmp_path / "whole", *settings)
    trained(tmp_path / "parts", *settings, stopped=3)
    assert read(tmp_path / "parts")[1]["batch"] == 3  # 15 updates, of 6 in an epoch
    again, history = resumed(tmp_path / "parts", member)
    assert_same_state(tmp_path / "whole", tmp_path / "parts")
    assert history.epochs == len(history.seconds) == 6
    assert history.backend == backend
    assert type(again) is type(net)
    for p, q in zip(net.parameters(), again.parameters(), strict=True):
        assert p.data.tobytes() == q.data.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["eager", "numpy"])
def test_clipped_gradients_are_clipped_after_it_too(tmp_path, backend):
    options = {"backend": backend, "max_grad_norm": 0.2}
    net = trained(tmp_path / "whole", **options)
    trained(tmp_path / "parts", **options, stopped=3)
    again, _ = resumed(tmp_path / "parts")
    assert_same_state(tmp_path / "whole", tmp_path / "parts")
    assert [p.data.tolist() for p in again.parameters()] == [p.data.tolist() for p in net.parameters()]
    free = trained(tmp_path / "free", backend=backend)
    assert [p.data.tolist() for p in again.parameters()] != [p.data.tolist() for p in free.parameters()]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["eager", "numpy", "python"])
def test_stopped_in_the_first_epoch(tmp_path, backend):
    trained(tmp_path / "whole", "random", backend=backend)
    trained(tmp_path / "parts", "random", backend=backend, every=1000, stopped=1)
    assert read(tmp_path / "parts")[0]["history.loss"].size == 0
    resumed(tmp_path / "parts", every=5)
    assert_same_state(tmp_path / "whole", tmp_path / "parts")


@pytest.mark.parametrize("updates", [1, 4, 5, 6, 7, 11, 12, 13])
def test_stopped_after_any_update(tmp_path, updates):
    """Of which 6 are an epoch."""

    class Stop:
        left = updates

        def __call__(self, history):
            return None

        def after_update(self, loss, samples):
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGINT)

    for directory, callbacks in (("whole", [stop(None)]), ("parts", [Stop()])):
        net = FAMILY["random"]()
        with suppress(KeyboardInterrupt):
            ma.fit(net, X, ma.Adam(net.parameters(), lr=0.01), epochs=3, batch_size=4, seed=1, progress=False,
                   checkpoint=tmp_path / directory, callbacks=callbacks)  # fmt: skip
    facts = read(tmp_path / "parts")[1]
    assert (read(tmp_path / "parts")[0]["history.loss"].size, facts["batch"]) == divmod(updates, 6)
    ma.resume(tmp_path / "parts", X, callbacks=[], progress=False)
    assert_same_state(tmp_path / "whole", tmp_path / "parts")


def test_a_training_that_cannot_begin_leaves_the_directory_as_it_was(tmp_path):
    net = ma.Autoencoder([6, 500, 6], seed=0)  # too large for plain numbers
    with pytest.raises(UnsupportedError, match=r"backend='python' cannot take this step: .*; 'auto' takes one"):
        ma.fit(net, X, ma.SGD(net.parameters(), lr=0.1), epochs=2, batch_size=4, progress=False, backend="python",
               checkpoint=tmp_path)  # fmt: skip
    assert checkpoints(tmp_path) == []


# --- processes that are stopped ----------------------------------------------------------------------------------

PROGRAM = """
import os, sys
import numpy as np
import microae as ma

directory, backend = sys.argv[1:]
x = np.random.default_rng(0).random((40, 6))
print("ready", flush=True)
if os.path.isdir(directory) and os.listdir(directory):
    ma.resume(directory, x, progress=False)
else:
    net = ma.Autoencoder([6, 5, 6], noise=0.1, dropout=0.25, seed=3)
    optimizer = ma.SGD(net.parameters(), lr=0.1, momentum=0.9)
    ma.fit(net, x, optimizer, epochs=60, batch_size=4, seed=1, progress=False, backend=backend,
           checkpoint=directory, every=3, callbacks=ma.cosine_decay(optimizer, 60))
"""


def code(directory, backend, seconds=None):
    """The exit code of a process that trains, or goes on; it is killed so long after it has come further."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    before = checkpoints(directory)
    command = [sys.executable, "-c", PROGRAM, str(directory), backend]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as running:
        assert running.stdout.readline().strip() == b"ready"
        while seconds is not None and running.poll() is None and checkpoints(directory)[-1:] == before[-1:]:
            time.sleep(0.001)
        try:
            return running.wait(seconds)
        except subprocess.TimeoutExpired:
            running.kill()
            return running.wait()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="has other signals")
@pytest.mark.parametrize("backend", ["eager", "numpy"])
def test_processes_that_are_killed_at_random_moments(tmp_path, backend):
    """By SIGKILL, which leaves no time for anything; in the end one goes on to the end."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert code(whole, backend) == 0
    rng, found = np.random.default_rng(), []
    for _ in range(4):
        assert code(parts, backend, rng.uniform(0.0, 0.05)) in (-signal.SIGKILL, 0)
        found.append(read(parts)[0]["history.loss"].size)
    assert found == sorted(found)
    assert code(parts, backend) == 0
    assert_same_state(whole, parts)


@pytest.mark.skipif(os.name == "nt", reason="has other signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_ends(tmp_path, number):
    whole, parts = tmp_path / "whole", tmp_path / "parts"

    def send(history):
        if history.epochs == 3:
            os.kill(os.getpid(), number)

    class Ended(BaseException):
        pass

    def end(*_):
        raise Ended

    before = signal.signal(signal.SIGTERM, end)
    try:
        net = FAMILY["random"]()
        options = {"epochs": 6, "batch_size": 4, "seed": 1, "progress": False, "checkpoint": parts}
        with pytest.raises(KeyboardInterrupt if number == signal.SIGINT else Ended):
            ma.fit(net, X, ma.Adam(net.parameters(), lr=0.01), callbacks=send, **options)
        assert signal.getsignal(signal.SIGTERM) is end
    finally:
        signal.signal(signal.SIGTERM, before)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert read(parts)[0]["history.loss"].size == 3
    ma.resume(parts, X, callbacks=[], progress=False)
    net = FAMILY["random"]()
    ma.fit(net, X, ma.Adam(net.parameters(), lr=0.01), **options | {"checkpoint": whole})
    assert_same_state(whole, parts)


def test_a_second_signal_ends_at_once(tmp_path):
    def send_twice(history):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("the training went on")

    net = FAMILY["plain"]()
    with pytest.raises(KeyboardInterrupt):
        ma.fit(net, X, "adam", epochs=2, batch_size=4, progress=False, checkpoint=tmp_path, callbacks=send_twice)
    assert len(checkpoints(tmp_path)) == 1


# --- files -------------------------------------------------------------------------------------------------------


def test_the_last_two_are_kept(tmp_path):
    trained(tmp_path, every=1)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        "checkpoint-00000036.safetensors",
        "checkpoint-00000037.safetensors",
    ]
    assert [path.stat().st_size > 1000 for path in checkpoints(tmp_path)] == [True, True]


def test_of_a_damaged_checkpoint_and_one_before_it_the_one_before_is_taken(tmp_path):
    trained(tmp_path / "whole")
    trained(tmp_path / "parts", stopped=3)
    last = checkpoints(tmp_path / "parts")[-1]
    last.write_bytes(last.read_bytes()[:-100])
    resumed(tmp_path / "parts")
    assert_same_state(tmp_path / "whole", tmp_path / "parts")
    for path in checkpoints(tmp_path / "parts"):
        path.write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"no checkpoint in it can be read.* not a complete safe") as said:
        resumed(tmp_path / "parts")
    assert all(path.name in str(said.value) for path in checkpoints(tmp_path / "parts"))


def test_another_number_in_a_checkpoint_is_noticed(tmp_path):
    def changed(path):
        content = bytearray(path.read_bytes())
        content[-9] ^= 64  # in the last array
        path.write_bytes(content)

    trained(tmp_path / "whole")
    trained(tmp_path / "parts", stopped=3)
    changed(checkpoints(tmp_path / "parts")[-1])
    resumed(tmp_path / "parts")
    assert_same_state(tmp_path / "whole", tmp_path / "parts")
    for path in checkpoints(tmp_path / "parts"):
        changed(path)
    with pytest.raises(ValueError, match="its numbers are not those that were written"):
        resumed(tmp_path / "parts")


def test_another_letter_in_a_checkpoint_is_noticed(tmp_path):
    def changed(path, old, new):
        content = path.read_bytes()
        assert content.count(old) == 1
        path.write_bytes(content.replace(old, new))

    trained(tmp_path / "whole", "random")
    trained(tmp_path / "parts", "random", stopped=3)
    changed(checkpoints(tmp_path / "parts")[-1], b"negative_slope", b"negativm_slope")
    resumed(tmp_path / "parts", "random")
    assert_same_state(tmp_path / "whole", tmp_path / "parts")
    for path in checkpoints(tmp_path / "parts"):
        changed(path, b"negative_slope", b"negativm_slope")
    with pytest.raises(ValueError, match="its settings are not those that were written"):
        resumed(tmp_path / "parts", "random")
    for path in checkpoints(tmp_path / "parts"):
        changed(path, b"crc32_of_words", b"none_of_words_")
    with pytest.raises(ValueError, match="the configuration in it cannot be used; LeakyReLU"):
        resumed(tmp_path / "parts", "random")


def test_a_checkpoint_is_no_model(tmp_path):
    trained(tmp_path)
    with pytest.raises(ValueError, match=r"is a checkpoint of a training; microae\.resume\(directory, data\)"):
        ma.load(checkpoints(tmp_path)[0])


def test_other_files_are_no_checkpoints(tmp_path):
    ma.save(ma.Autoencoder([6, 4, 6]), tmp_path / "checkpoint-00000001.safetensors")
    with pytest.raises(ValueError, match="is not a checkpoint of a training"):
        resumed(tmp_path)
    (tmp_path / "notes").mkdir()
    with pytest.raises(FileNotFoundError, match="there is no checkpoint"):
        resumed(tmp_path / "notes")
    with pytest.raises(FileNotFoundError, match="there is no checkpoint"):
        resumed(tmp_path / "nowhere")


def test_a_directory_of_another_training_is_refused_until_it_is_cleared(tmp_path):
    trained(tmp_path)
    (tmp_path / ".0123abcd.checkpoint-00000009.safetensors").write_bytes(b"of a process that was killed")
    (tmp_path / "mine.txt").write_text("stays")
    with pytest.raises(FileExistsError, match=r"checkpoints of another training; microae\.resume continues it"):
        trained(tmp_path)
    discard(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    trained(tmp_path)


def test_what_a_killed_process_left_unfinished_is_removed(tmp_path):
    trained(tmp_path, stopped=3)
    (tmp_path / ".0123abcd.checkpoint-00000009.safetensors").write_bytes(b"half of it")
    resumed(tmp_path)
    assert sorted(tmp_path.iterdir()) == checkpoints(tmp_path)


def test_a_finished_training_is_returned_as_it_is(tmp_path):
    net = trained(tmp_path, schedule="both")
    before = [path.read_bytes() for path in checkpoints(tmp_path)]
    again, history = resumed(tmp_path)
    assert history.epochs == 6
    assert (again.encoder[0].weight.data == net.encoder[0].weight.data).all()
    assert [path.read_bytes() for path in checkpoints(tmp_path)] == before


def test_a_training_that_stopped_early_has_reached_its_end(tmp_path):
    net = FAMILY["plain"]()
    still = ma.SGD(net.parameters(), lr=0.0)
    same = np.tile(X[:1], (len(X), 1))  # in any order the sum of the losses is the same
    stop = ma.early_stopping(2)
    ma.fit(net, same, still, epochs=50, batch_size=4, progress=False, checkpoint=tmp_path, callbacks=stop)
    assert ma.resume(tmp_path, same, progress=False)[1].epochs == 3


def test_a_history_goes_on_in_the_same_directory(tmp_path):
    """As two trainings in a row do without checkpoints."""
    ends = []
    for directory in (None, tmp_path):
        net = FAMILY["random"]()
        optimizer = ma.Adam(net.parameters(), lr=0.01)
        options = {"batch_size": 4, "seed": 1, "progress": False, "checkpoint": directory}
        history = ma.fit(net, X, optimizer, epochs=2, **options)
        ma.fit(net, X, optimizer, epochs=3, history=history, **options)
        ends.append(net.state_dict())
    model, history = ma.resume(tmp_path, X, progress=False)
    assert history.epochs == 5
    for name, array in model.state_dict().items():
        assert (array == ends[0][name]).all()
        assert (array == ends[1][name]).all()


@contextmanager
def full_disk(bytes=500):
    """No file may grow beyond so many bytes; the system says so as it does of a full disk, naming no file."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(os.name == "nt", reason="has no such limits")
def test_on_a_full_disk_the_last_good_checkpoint_stays_and_the_message_names_the_file(tmp_path):
    trained(tmp_path / "whole")
    trained(tmp_path / "parts", stopped=3)
    expected = r"checkpoint-\d+\.safetensors: this checkpoint cannot be written \(.+\); the one before it is kept"
    with full_disk(), pytest.raises(OSError, match=expected):
        resumed(tmp_path / "parts")
    assert sorted((tmp_path / "parts").iterdir()) == checkpoints(tmp_path / "parts")
    resumed(tmp_path / "parts")
    assert_same_state(tmp_path / "whole", tmp_path / "parts")
    log = CsvLog(tmp_path / "log.csv")
    with full_disk(100), pytest.raises(OSError, match=r"log\.csv"):
        ma.fit(FAMILY["plain"](), X, "adam", epochs=20, batch_size=23, progress=False, callbacks=log)


# --- one training at a time --------------------------------------------------------------------------------------


def test_another_training_in_the_same_directory_is_refused_while_one_is_under_way(tmp_path):
    def others(history):
        here = rf"process {os.getpid()} is training there; wait for its end"
        for attempt in (lambda: resumed(tmp_path), lambda: discard(tmp_path)):
            with pytest.raises(BlockingIOError, match=here):
                attempt()
        with pytest.raises(BlockingIOError, match=here):
            ma.fit(FAMILY["plain"](), X, "adam", checkpoint=tmp_path, history=earlier, **options)
        with pytest.raises(FileExistsError, match="checkpoints of another training"):
            ma.fit(FAMILY["plain"](), X, "adam", checkpoint=tmp_path, **options)
        assert len(checkpoints(tmp_path)) == 1

    options = {"epochs": 1, "batch_size": 4, "progress": False}
    earlier = ma.fit(FAMILY["plain"](), X, "adam", **options)
    ma.fit(FAMILY["plain"](), X, "adam", checkpoint=tmp_path, callbacks=others, **options)
    assert sorted(tmp_path.iterdir()) == checkpoints(tmp_path)
    resumed(tmp_path, validation=None)


@pytest.mark.skipif(os.name == "nt", reason="has other signals")
def test_a_process_that_was_killed_holds_a_directory_no_longer(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", PROGRAM.replace("epochs=60", "epochs=10**6"), str(tmp_path), "eager"]
    x = np.random.default_rng(0).random((40, 6))
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as running:
        while len(checkpoints(tmp_path)) < 2:
            time.sleep(0.01)
        try:
            with pytest.raises(BlockingIOError, match=f"process {running.pid} is training there"):
                ma.resume(tmp_path, x, progress=False)
        finally:
            running.kill()
    epoch = read(tmp_path)[0]["history.loss"].size
    with pytest.raises(RuntimeError, match="enough"):
        ma.resume(tmp_path, x, progress=False, callbacks=enough)
    assert read(tmp_path)[0]["history.loss"].size >= epoch


def enough(history):
    raise RuntimeError("enough")


# --- what is one's own -------------------------------------------------------------------------------------------


class Own(ma.Module):
    """With a generator in two places, which draws the orders too, and a weight by columns that is not trained."""

    def __init__(self, rng):
        self.first, self.second = ma.Dropout(0.25, seed=rng), ma.GaussianNoise(0.1, seed=rng)
        self.layer = ma.Linear(6, 6, seed=rng)
        self.fixed = ma.Value(np.asfortranarray(rng.random((6, 6))))

    def forward(self, x):
        return self.second(self.layer(self.first(x)) @ self.fixed)


class Signs(ma.Optimizer):
    state_names = ("count",)

    def init_state(self, p):
        return (np.zeros(()),)

    def update(self, p, g, state, lr, step):
        return p - lr * np.sign(g) / (1.0 + state[0]), (state[0] + 1.0,)


def distance(prediction, target):
    return abs(prediction - target).mean()


KINDS = [np.random.PCG64, np.random.MT19937, np.random.SFC64, np.random.Philox, np.random.PCG64DXSM]


@pytest.mark.parametrize("bits", KINDS)
def test_a_model_an_optimiser_a_loss_and_callbacks_of_ones_own(tmp_path, bits):
    def run(directory, stopped):
        rng = np.random.Generator(bits(5))
        net = Own(rng)
        optimizer = Signs(net.layer.parameters(), lr=0.01)
        callbacks = [ma.cosine_decay(optimizer, 6), stop(stopped)]
        with suppress(KeyboardInterrupt):
            ma.fit(net, X, optimizer, epochs=6, batch_size=4, seed=rng, loss=distance, progress=False,
                   checkpoint=directory, every=5, callbacks=callbacks)  # fmt: skip

    whole, parts = tmp_path / "whole", tmp_path / "parts"
    run(whole, None)
    run(parts, 3)
    with pytest.raises(ValueError, match="its model is not of the family"):
        ma.resume(parts, X)
    net = Own(np.random.default_rng())
    with pytest.raises(ValueError, match="its optimiser Signs is not registered"):
        ma.resume(parts, X, model=net)
    own = {"model": net, "optimizer": Signs(net.layer.parameters(), lr=9.0)}
    with pytest.raises(ValueError, match="its loss is not registered"):
        ma.resume(parts, X, **own)
    with pytest.raises(ValueError, match=r"callbacks of one's own, stop\..*interrupt, took part"):
        ma.resume(parts, X, loss=distance, **own)
    seen = []
    again, _ = ma.resume(
        parts, X, loss=distance, callbacks=lambda history: seen.append(history.epochs), progress=False, **own
    )
    assert again is net
    assert net.first.rng is net.second.rng
    assert net.fixed.data.flags.f_contiguous
    assert seen == [3, 4, 5, 6]
    assert_same_state(whole, parts)


def test_other_data_are_refused(tmp_path):
    trained(tmp_path, stopped=3)
    with pytest.raises(ValueError, match=r"resume: .*the data are not those of the training"):
        ma.resume(tmp_path, X + 0.001, validation=X[:5], callbacks=[])
    changed = X.copy()
    changed[11, 3] += 1e-12
    with pytest.raises(ValueError, match="the data are not those of the training"):
        ma.resume(tmp_path, changed, validation=X[:5], callbacks=[])
    with pytest.raises(ValueError, match=r"\(22, 6\) .* here, x \(23, 6\)"):
        ma.resume(tmp_path, X[1:], validation=X[:5], callbacks=[])
    with pytest.raises(ValueError, match="the data are not those of the training"):
        ma.resume(tmp_path, X, target=X + 0.0, validation=X[:5], callbacks=[])
    with pytest.raises(ValueError, match="with validation data if it began with them"):
        ma.resume(tmp_path, X, callbacks=[])
    with pytest.raises(ValueError, match="the validation are not those"):
        ma.resume(tmp_path, X, validation=X[:4], callbacks=[])


def test_what_no_checkpoint_can_hold_is_said_before_the_training(tmp_path):
    net, stranger = FAMILY["plain"](), ma.Value(1.0)
    with pytest.raises(ValueError, match="an optimiser of nothing but the model's parameters"):
        ma.fit(net, X, ma.SGD([*net.parameters(), stranger], lr=0.1), epochs=1, batch_size=4, checkpoint=tmp_path)
    optimizer = ma.SGD(net.parameters(), lr=0.1)
    optimizer.note = object()
    with pytest.raises(ValueError, match="cannot be kept in a file"):
        ma.fit(net, X, optimizer, epochs=1, batch_size=4, checkpoint=tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        ma.fit(net, X, "adam", epochs=1, batch_size=4, checkpoint=tmp_path / "file")
    for nowhere in ("", 3):
        with pytest.raises(TypeError, match="checkpoint must be the path of a directory"):
            ma.fit(net, X, "adam", epochs=1, batch_size=4, checkpoint=nowhere)
    with pytest.raises(ValueError, match="every= says how often a checkpoint is written; say where"):
        ma.fit(net, X, "adam", epochs=1, batch_size=4, every=5)
    with pytest.raises(ValueError, match="every must be a whole number of at least 1"):
        ma.fit(net, X, "adam", epochs=1, batch_size=4, checkpoint=tmp_path, every=0)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
