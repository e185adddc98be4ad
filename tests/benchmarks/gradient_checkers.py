"""The famous functions, honest and wrong, given to every gradient checker: who passes the honest, who fails the wrong?

    python -m tests.benchmarks.gradient_checkers

Each checker runs with its own defaults, for the gradient of order 1. Peers that are not installed are left out.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from microae.testing import GradientCheckError, check_gradient_function
from tests.testing.famous import FAMOUS, Famous


def microae(case: Famous) -> bool:
    try:
        check_gradient_function(case.f, case.gradient, *case.inputs, seed=0)
    except GradientCheckError:
        return False
    return True


def pytorch(case: Famous) -> bool:
    import torch

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *inputs: Any) -> Any:
            ctx.save_for_backward(*inputs)
            return torch.tensor(case.f(*(x.detach().numpy() for x in inputs)), dtype=inputs[0].dtype)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            found = case.gradient(*(x.detach().numpy() for x in ctx.saved_tensors))
            return tuple(g * torch.tensor(np.asarray(part), dtype=g.dtype) for part in found)

    inputs = tuple(torch.tensor(x, requires_grad=True) for x in case.inputs)
    # The slow mode computes the whole Jacobian, element by element; for 10⁵ elements only the fast one is practical.
    fast = sum(x.numel() for x in inputs) > 1000
    return bool(torch.autograd.gradcheck(Function.apply, inputs, raise_exception=False, fast_mode=fast))


def jax(case: Famous) -> bool:
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    dtype = case.inputs[0].dtype

    @jax.custom_vjp
    def f(*inputs: Any) -> Any:
        def computed(*arrays: Any) -> Any:
            return np.asarray(case.f(*map(np.asarray, arrays)), dtype)

        return jax.pure_callback(computed, jax.ShapeDtypeStruct((), dtype), *inputs)

    def backward(inputs: Any, g: Any) -> Any:
        return tuple(g * np.asarray(part, dtype) for part in case.gradient(*map(np.asarray, inputs)))

    f.defvjp(lambda *inputs: (f(*inputs), inputs), backward)
    try:
        check_grads(f, case.inputs, order=1, modes=["rev"])
    except AssertionError:
        return False
    return True


def autograd(case: Famous) -> bool:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    f = primitive(case.f)
    defvjp(f, *(lambda ans, *xs, i=i: lambda g: g * case.gradient(*xs)[i] for i in range(len(case.inputs))))
    try:
        check_grads(f, modes=["rev"], order=1)(*case.inputs)
    except AssertionError:
        return False
    return True


def verdict(checker: Callable[[Famous], bool], case: Famous) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.random.seed(0)  # autograd's directions are drawn from NumPy's global state
        try:
            passed = checker(case)
        except Exception as error:
            return f"raises {type(error).__name__}"
    return ("right" if passed == case.right else "WRONG") + (", passes" if passed else ", fails")


def main() -> None:
    peers = {"microae": (microae, "microae"), "PyTorch": (pytorch, "torch"), "JAX": (jax, "jax"),
             "autograd": (autograd, "autograd")}  # fmt: skip
    known = {name: checker for name, (checker, module) in peers.items() if find_spec(module)}
    print("| function | should | " + " | ".join(known) + " |")
    print("| --- | --- |" + " --- |" * len(known))
    for case in FAMOUS:
        found = " | ".join(verdict(checker, case) for checker in known.values())
        print(f"| {case.name} | {'pass' if case.right else 'fail'} | {found} |", flush=True)


if __name__ == "__main__":
    main()
