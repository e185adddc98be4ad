"""A step becomes a program: traced beneath the Values, simplified, printed, and run in another language.

- ``compile(step)``: a function of arrays, such as a training step, as a program that runs in its place
- ``step.source``, ``step.passes``, ``step.explain()``, ``step.program``: to be read
- ``step.run(data, epochs=…)``: a whole training
- ``step.javascript()``: one JavaScript function, for a page that computes
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from microae.compiler.backends import BACKENDS, UnsupportedError
from microae.compiler.errors import CompileError

__all__ = ["CompileError", "UnsupportedError", "compile"]


def compile(function: Callable[..., Any] | None = None, *, backend: str = "auto", devices: Any = None) -> Any:
    """Make a program of a function of arrays: a training step, ``net.reconstruct``, ``lambda x: ma.gradients(…)``.

    The first call with arguments of new shapes or dtypes traces the function: it runs on arrays that note what is done
    with them. Later calls run the program. Parameters, optimisers, learning rates and generators of modules live on,
    so ordinary code sees them afterwards; so does the program see what ordinary code does to them. What else the
    function reads (numbers, training modes, hyperparameters, arrays) is compared before each run, and where it has
    changed the function is traced anew.

    What the function does besides computing, such as printing or writing to a file or a log, happens only when it is
    traced. What its first call makes once, such as a cache, an ordinary call makes, and the next one has a program. A
    program gives no warnings of NumPy's, such as of an overflow; called under ``np.errstate(all="raise")`` the function
    runs as it is written, and raises.

    Parameters
    ----------
    function : callable
        Takes arrays, also in tuples, lists and dicts; a list of numbers is taken as an array, and other arguments are
        fixed parts of a program, made anew where what they hold has changed. Returns Values or arrays, also in tuples,
        lists and dicts. Usable as a decorator, with or without ``backend``.
    backend : "auto", "numpy", "python", "numba" or "jax"
        What runs the program. "python" takes tiny float64 arrays, "numba" needs the extra ``fast``, "jax" the extra
        ``jax``; "auto" takes what pays of the first three, for single calls NumPy.
    devices : int or sequence of jax.Device, optional
        For "jax": the batch, the first axis of the first argument, is divided among so many devices, or these, and
        what they find is added up once a step. They may be other hosts': each runs the same script on the same data,
        after ``jax.distributed.initialize()``. One that their number does not divide is computed by one device.

    Returns
    -------
    Compiled
        Called like the function. ``source``, ``passes``, ``explain()`` and ``program`` show the program,
        ``run(data, epochs=…)`` repeats a training step over all samples, and ``javascript()`` writes the program for a
        page that computes.

    Raises
    ------
    CompileError
        When it is called, if no program says what the function does: it makes Python numbers of arrays, chooses by them
        in Python, or uses numbers that come from nowhere. The message has the line.
    ValueError
        For a backend that is not known; for ``devices`` and another than "jax"; when it is called, for more devices
        than there are.
    TypeError
        When it is called, for ``devices`` that are no number and no devices, such as their ids.

    Examples
    --------
    >>> import numpy as np, microae as ma
    >>> net = ma.Autoencoder([3, 4, 3], seed=0)
    >>> optimizer = ma.SGD(net.parameters(), lr=0.5)
    >>> @ma.compile
    ... def train_step(x):
    ...     optimizer.zero_grad()
    ...     loss = net.loss(x)
    ...     loss.backward()
    ...     optimizer.step()
    ...     return loss
    >>> first, second = train_step([1, 0, 1]), train_step([1, 0, 1])
    >>> bool(second < first)
    True
    >>> history = train_step.run([[1, 0, 1], [0, 1, 0]], epochs=100, seed=0)
    >>> history.loss[-1] < history.loss[0]
    True
    """
    from microae.compiler.compiled import Compiled

    if backend not in ("auto", *BACKENDS):
        raise ValueError(f"compile: backend {backend!r} is not known; use 'auto', {', '.join(map(repr, BACKENDS))}")
    if devices is not None and backend != "jax":
        raise ValueError(f"compile: devices= is for backend='jax', not {backend!r}")
    if function is None:
        return lambda f: Compiled(f, backend, devices)
    if not callable(function):
        raise TypeError(f"compile: needs a function of arrays, got {function!r}")
    return Compiled(function, backend, devices)
