"""Second derivatives at kinks: a program that was traced at other numbers leaves them to an ordinary step."""

import numpy as np
import pytest

import microae as ma
from microae.core.errors import NoDerivativeError

FUNCTIONS = {
    "|w|² has 2 at 0": lambda w: np.sum(np.abs(w) ** 2),
    "max(w, -w)² is refused at 0": lambda w: np.sum(np.maximum(w, -w) ** 2),
    "max(w², 0) is refused at 0": lambda w: np.sum(np.maximum(w * w, 0.0)),
    "relu(w²) is refused at 0": lambda w: np.sum(ma.relu(w * w)),
    "clip(w²) is refused at 0": lambda w: np.sum(np.clip(w * w, 0.0, 4.0)),
    "ptp² is refused at ties": lambda w: np.ptp(w) ** 2,
    "norm² has 2 at 0": lambda w: np.linalg.norm(w) ** 2,
    "w^w is refused at 0": lambda w: np.sum(w**w),
}
POINTS = [np.zeros(2), np.array([0.0, 1.0]), np.ones(2), np.array([0.4, 0.2])]


def hessian_or_error(hessian, x):
    try:
        return np.asarray(hessian(x))
    except NoDerivativeError as error:
        return str(error)


@pytest.mark.parametrize("first", [np.array([0.3, 0.7]), np.zeros(2)], ids=["traced elsewhere", "traced at 0"])
@pytest.mark.parametrize("backend", ["numpy", "python", "numba", "jax"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_second_derivatives_at_kinks_are_those_of_an_ordinary_step(name, backend, first):
    f = FUNCTIONS[name]
    compiled = ma.compile(lambda x: ma.hessian(f, x), backend=backend)
    for x in (first, *POINTS):
        expected, found = (hessian_or_error(h, x) for h in (lambda x: ma.hessian(f, x), compiled))
        assert type(found) is type(expected)
        assert found == expected if isinstance(found, str) else found == pytest.approx(expected)


def test_a_penalty_on_a_gradient_trains_at_a_kink_as_an_ordinary_step_does():
    weights = []
    for form in (lambda step: step, lambda step: ma.compile(step, backend="numpy")):
        w = ma.Value([[0.5, -0.2], [0.1, 0.3]], label="w")
        optimizer = ma.SGD([w], lr=0.1)

        @form
        def step(x, w=w, optimizer=optimizer):
            optimizer.zero_grad()
            x = ma.Value(x)
            (g,) = ma.gradients(np.sum(np.abs(x @ w) ** 2), [x], record=True)
            loss = np.sum(g * g)
            loss.backward()
            optimizer.step()
            return loss

        for x in (np.ones((3, 2)), np.eye(3, 2), np.ones((3, 2))):
            step(x)
        weights.append(w.data)
    assert weights[1] == pytest.approx(weights[0], rel=1e-12)
