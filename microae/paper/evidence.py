"""The numbers behind ``CORRECTIONS``: each function computes what its correction quotes."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from microae.autoencoders.autoencoder import Autoencoder
from microae.core.engine import gradients
from microae.core.value import Value
from microae.nn.layers import Dropout
from microae.nn.losses import binary_cross_entropy, mean_squared_error
from microae.operations.activations import leaky_relu, sigmoid
from microae.paper.descents import compare_descents
from microae.paper.manual import (
    ACTIVATIONS,
    LOSSES,
    Floats,
    hidden_gradient,
    manual_forward,
    manual_gradients,
    manual_loss,
    manual_update,
    output_gradient,
)
from microae.paper.neurons import automatic_gradients
from microae.paper.published import (
    BACKPROPAGATION,
    BINARY_VECTORS,
    HYPERPARAMETERS,
    PRINTED,
    biases,
    layers_of,
    network,
    printed,
    weights,
)
from microae.paper.walkthrough import GIVEN, walkthrough

Evidence = dict[str, Any]
NET = ("leaky_relu", "sigmoid")
WRONG = np.array([0.0, 1.0, 1.0])  # a target far from the output, so that no gradient of the example is tiny


def _loss(W: list[Floats], b: list[Floats]) -> float:
    return manual_loss(W, b, BINARY_VECTORS, BINARY_VECTORS, NET)


def _error(a: Any, b: Any) -> float:
    return float(np.max(np.abs(np.asarray(a) - np.asarray(b))))


def _example(activations: tuple[str, str] = NET) -> tuple[list[Floats], list[Floats]]:
    return manual_forward(weights(), biases(), printed("input"), activations)


# --- forward ---------------------------------------------------------------------------------------------------


def product() -> Evidence:
    W, x, b = weights()[0], printed("input"), biases()[0]
    try:
        np.matmul(W, x) + b
        conforms = True
    except ValueError:
        conforms = False
    square = W[:, :3]
    return {
        "conforms": conforms,
        "error": _error(x @ W + b, printed("z(1)")),
        "square": _error(square @ x, x @ square),
    }


def alpha() -> Evidence:
    z = printed("z(1)")[0]
    return {"alpha": printed("a(1)")[0] / z, "other": 0.2 * z}


def kink() -> Evidence:
    h = 1e-6
    at_zero = Value(0.0)
    return {
        "right": (leaky_relu(h) - leaky_relu(0.0)) / h,
        "left": (leaky_relu(-h) - leaky_relu(0.0)) / -h,
        "taken": gradients(leaky_relu(at_zero), [at_zero])[0],
    }


def near_kink() -> Evidence:
    x = np.ones(3)
    zs, _ = manual_forward(weights(), biases(), x, NET)
    doubt = half_units("W(1)").sum(axis=0) + half_units("b(1)")
    leaky = manual_gradients(weights(), biases(), x, WRONG, NET)[0][0][0, 3]
    dead = manual_gradients(weights(), biases(), x, WRONG, ("relu", "sigmoid"))[0][0][0, 3]
    return {"z": float(zs[0][0, 3]), "doubt": float(doubt[3]), "leaky": float(leaky), "relu": float(dead)}


def sigmoid_range() -> Evidence:
    outputs = network().reconstruct(BINARY_VECTORS)
    return {
        "lowest": float(outputs.min()),
        "highest": float(outputs.max()),
        "sum": float(outputs[-1].sum()),
    }


def sigmoid_overflow() -> Evidence:
    try:
        with np.errstate(over="raise"):
            1.0 / (1.0 + np.exp(-np.float64(-1000.0)))
        overflows = False
    except FloatingPointError:
        overflows = True
    far, near = ACTIVATIONS["sigmoid"][0](np.array([-1000.0, -700.0])).tolist()
    return {"overflows": overflows, "far": far, "near": near}


def succeeding() -> Evidence:
    net, x = network(), printed("input")
    before = net.encode(x).numpy()
    output = net.decoder[0]
    output.weight.data = output.weight.data + 1.0  # type: ignore[attr-defined]
    return {"change": _error(net.encode(x).numpy(), before), "output": _error(net.reconstruct(x), printed("output"))}


# --- backward --------------------------------------------------------------------------------------------------


def delta() -> Evidence:
    zs, hs = _example()
    delta = LOSSES["binary_cross_entropy"][1](hs[-1], WRONG)
    product = delta * ACTIVATIONS["sigmoid"][1](zs[-1])
    return {
        "delta": delta[0].tolist(),
        "error": _error(product, hs[-1] - WRONG) / _error(hs[-1], WRONG),
        "wrong": _error((hs[-1] - WRONG) * ACTIVATIONS["sigmoid"][1](zs[-1]), hs[-1] - WRONG),
    }


def saturation() -> Evidence:
    def both(z: float) -> tuple[float, float]:
        arguments = np.array([[z]]), np.array([[1.0]]), "sigmoid", "binary_cross_entropy", "sum"
        return (
            float(output_gradient(*arguments, as_printed=True)[0, 0]),  # type: ignore[arg-type]
            float(output_gradient(*arguments)[0, 0]),  # type: ignore[arg-type]
        )

    return {"printed": both(40.0)[0], "simplified": both(40.0)[1], "moderate": _error(*both(5.0)) / abs(both(5.0)[1])}


def dot_product() -> Evidence:
    zs, hs = _example()
    delta = LOSSES["binary_cross_entropy"][1](hs[-1], WRONG)[0]
    slope = ACTIVATIONS["sigmoid"][1](zs[-1])[0]
    automatic = _by_z2(hs[1][0])
    return {
        "dot": float(np.dot(delta, slope)),
        "elementwise": (delta * slope).round(6).tolist(),
        "error": _error(delta * slope, automatic),
    }


def _by_z2(h: Floats) -> Any:
    """The automatic gradient by the output layer's z."""
    z = Value(h @ weights()[1] + biases()[1])
    loss = binary_cross_entropy(sigmoid(z), WRONG, "sum")
    return gradients(loss, [z])[0]


def hidden_derivative() -> Evidence:
    zs, _ = _example()
    nabla = output_gradient(zs[1], WRONG[None], "sigmoid", "binary_cross_entropy", "mean")
    automatic = automatic_gradients(weights(), biases(), printed("input"), WRONG, NET)[1][0]
    scale = np.max(np.abs(automatic))
    return {
        "right": _error(hidden_gradient(nabla, weights()[1], zs[0], "leaky_relu")[0], automatic) / scale,
        "as_printed": _error(hidden_gradient(nabla, weights()[1], zs[0], "sigmoid")[0], automatic) / scale,
    }


def transposed() -> Evidence:
    nabla, W = np.ones(3), weights()[1]

    def conforms(*factors: Floats) -> bool:
        try:
            np.matmul(*factors)
        except ValueError:
            return False
        return True

    return {
        "in × out": conforms(nabla, W.T),  # z = h W, ∇ Wᵀ
        "out × in": conforms(nabla, W.T.T),  # z = W h stores Wᵀ; its transpose is W
        "column": conforms(W.T.T, nabla),  # there it must be Wᵀ ∇
    }


def weight_gradients() -> Evidence:
    x = printed("input")
    manual = manual_gradients(weights(), biases(), x, WRONG, NET)
    automatic = automatic_gradients(weights(), biases(), x, WRONG, NET)
    pairs = [(m, a) for k in (0, 1) for m, a in zip(manual[k], automatic[k], strict=True)]
    return {
        "error": max(_error(m, a) / float(np.max(np.abs(a))) for m, a in pairs),
        "nablas": sum(b.size for b in biases()),
        "needed": sum(array.size for array in (*weights(), *biases())),
    }


def backpropagation() -> Evidence:
    net = network()
    loss = net.loss([0.5, 0.2, 0.9])
    found = gradients(loss, net.parameters())
    again = gradients(loss, net.parameters())
    return {
        "same": all(np.array_equal(a, b) for a, b in zip(found, again, strict=True)),
        "moved": _error(net.encoder[0].weight.data, weights()[0]),  # type: ignore[attr-defined]
    }


def loss_reduction() -> Evidence:
    x = printed("input")
    mean = manual_gradients(weights(), biases(), x, WRONG, NET, reduction="mean")[1][1]
    total = manual_gradients(weights(), biases(), x, WRONG, NET, reduction="sum")[1][1]
    half = np.full(3, 0.5)
    return {
        "ratio": float(np.mean(total / mean)),
        "spread": float(np.ptp(total / mean)),
        "floor": float(binary_cross_entropy(half, half)),
        "squared floor": float(mean_squared_error(half, half)),
    }


# --- training and results --------------------------------------------------------------------------------------


def layer_count() -> Evidence:
    return {
        "layers": len(HYPERPARAMETERS["layers"]),
        "matrices": len(weights()),
        "hidden": len(HYPERPARAMETERS["layers"]) - 2,
        "parameters": sum(p.size for p in network().parameters()),
    }


def output_called_hidden() -> Evidence:
    net, x = network(), printed("input")
    return {"difference": _error(printed("a(2)"), printed("output")), "ours": _error(net(x).data, printed("a(2)"))}


def digits() -> Evidence:
    rows = walkthrough()
    computed = [row for row in rows if row.step not in GIVEN]
    x, W2 = printed("input"), weights()[1]
    doubt1 = np.abs(x) @ half_units("W(1)") + half_units("b(1)")
    z1, slope = printed("z(1)"), HYPERPARAMETERS["alpha"]
    a1, doubt_a1 = np.where(z1 > 0, z1, slope * z1), np.where(z1 > 0, doubt1, slope * doubt1)
    doubt2 = np.abs(a1) @ half_units("W(2)") + doubt_a1 @ (np.abs(W2) + half_units("W(2)")) + half_units("b(2)")
    unit = [10.0 ** -len(text.split(".")[1]) for text in PRINTED["z(2)"]]
    return {
        "numbers": len(rows),
        "agree": sum(row.agrees for row in rows),
        "computed": len(computed),
        "doubt": doubt2.tolist(),
        "units": (doubt2 / unit).tolist(),
    }


def half_units(name: str) -> Floats:
    """How far the number before rounding may be from the printed one: half a unit of the sixth significant digit."""
    size = np.floor(np.log10(np.abs(printed(name))))
    return 0.5 * 10.0 ** (size - 5)


def reconstructions() -> Evidence:
    errors = np.abs(network().reconstruct(BINARY_VECTORS) - BINARY_VECTORS).max(axis=1)
    worst = int(errors.argmax())
    return {
        "worst": BINARY_VECTORS[worst].astype(int).tolist(),
        "error": float(errors[worst]),
        "next": float(np.sort(errors)[-2]),
        "example": float(errors[[*BINARY_VECTORS.tolist()].index(printed("input").tolist())]),
        "best": float(errors.min()),
        "rounded": bool((errors < 0.5).all()),
    }


def overcomplete() -> Evidence:
    """A hidden layer that is wide enough can pass its input on: nothing need be learnt about the data."""
    inputs, code, outputs = HYPERPARAMETERS["layers"]
    W, b = [np.eye(inputs, code), 20 * np.eye(code, outputs)], [np.zeros(code), np.full(outputs, -10.0)]
    copied = manual_forward(W, b, BINARY_VECTORS, NET)[1][-1]
    return {
        "input": inputs,
        "code": code,
        "error": _error(copied, BINARY_VECTORS),
    }


def held_out() -> Evidence:
    net = network()
    between = net.reconstruct([0.5, 0.5, 0.5])
    return {
        "possible": 2 ** HYPERPARAMETERS["layers"][0],
        "vectors": len(np.unique(BINARY_VECTORS, axis=0)),
        "error": _error(between, 0.5),
        "output": between.round(3).tolist(),
    }


def unstated() -> Evidence:
    def trained(seed: int, order: int) -> Floats:
        W, b = layers_of(Autoencoder(HYPERPARAMETERS["layers"], seed=seed))
        rng = np.random.default_rng(order)
        for x in BINARY_VECTORS[np.concatenate([rng.permutation(len(BINARY_VECTORS)) for _ in range(20)])]:
            W, b = manual_update(W, b, *manual_gradients(W, b, x, x, NET), HYPERPARAMETERS["learning rate"])
        return np.concatenate([array.ravel() for array in (*W, *b)])

    return {"order": _error(trained(0, 0), trained(0, 1)), "start": _error(trained(0, 0), trained(1, 0))}


def no_minimum() -> Evidence:
    W, b = weights(), biases()
    return {
        "loss": _loss(W, b),
        "doubled": _loss([W[0], 2 * W[1]], [b[0], 2 * b[1]]),
        "four times": _loss([W[0], 4 * W[1]], [b[0], 4 * b[1]]),
    }


def many_optima() -> Evidence:
    W, b = weights(), biases()
    permuted = [
        ([W[0][:, order], W[1][list(order)]], [b[0][list(order)], b[1]])
        for order in map(list, itertools.permutations(range(len(b[0]))))
    ]
    losses = [_loss(*each) for each in permuted]
    other = permuted[-1]
    middle = [[(p + q) / 2 for p, q in zip(*pair, strict=True)] for pair in ((W, other[0]), (b, other[1]))]
    return {
        "networks": len(permuted),
        "loss": losses[0],
        "spread": float(np.ptp(losses)),
        "middle": _loss(middle[0], middle[1]),
    }


def weight_size() -> Evidence:
    W, b = weights(), biases()
    scale = np.where(np.arange(len(b[0])) == 0, 10.0, 1.0)
    scaled = [W[0] * scale, W[1] / scale[:, None]], [b[0] * scale, b[1]]
    before = manual_forward(W, b, BINARY_VECTORS, NET)[1][-1]
    return {
        "change": _error(manual_forward(*scaled, BINARY_VECTORS, NET)[1][-1], before),
        "before": float(np.abs(W[0][:, 0]).max()),
        "after": float(np.abs(scaled[0][0][:, 0]).max()),
    }


def dropout() -> Evidence:
    h = np.ones(100_000)
    layer = Dropout(0.5, seed=0)
    kept = np.asarray(layer(h))
    return {
        "plain": float((kept > 0).mean()),
        "scaled": float(kept.mean()),
        "evaluation": float(np.asarray(layer.eval()(h)).mean()),
        "weights": sum(W.size for W in weights()),
    }


def sparse_and_denoising() -> Evidence:
    """L2 regularisation cannot tell a quiet code from a loud one; a denoising net must be given noise."""
    W, b = weights(), biases()
    squares = [float((w**2).sum()) for w in W]
    c = np.sqrt(squares[1] / squares[0])
    quiet, loud = (W, b), ([W[0] * c, W[1] / c], [b[0] * c, b[1]])
    outputs, codes, penalties = [], [], []
    for Ws, bs in (quiet, loud):
        _, hs = manual_forward(Ws, bs, BINARY_VECTORS, NET)
        outputs.append(hs[-1])
        codes.append(float(np.abs(hs[1]).mean()))
        penalties.append(sum(float((w**2).sum()) for w in Ws))
    plain, noisy = (Autoencoder(HYPERPARAMETERS["layers"], seed=0, noise=noise) for noise in (0.0, 0.5))
    x = printed("input")
    return {
        "penalties": _error(penalties[0], penalties[1]) / penalties[0],
        "outputs": _error(outputs[0], outputs[1]),
        "activity": codes[1] / codes[0],
        "noise": abs(noisy.loss(x).item() - plain.loss(x).item()),
    }


def descents() -> Evidence:
    stochastic, mini, batch = compare_descents(loss=0.68, epochs=200, noise_epochs=20)
    return {
        "updates": [row.updates_per_epoch for row in (stochastic, mini, batch)],
        "epochs": [row.epochs_to_loss for row in (stochastic, mini, batch)],
        "noise": [round(row.noise, 4) for row in (stochastic, mini, batch)],
        "rises": [round(row.rises, 4) for row in (stochastic, mini, batch)],
    }


def steps() -> Evidence:
    return {"announced": BACKPROPAGATION["announced"], "described": len(BACKPROPAGATION["steps"])}


def labels() -> Evidence:
    net, x = network(), printed("input")
    return {"difference": abs(net.loss(x).item() - binary_cross_entropy(net(x), x).item())}
