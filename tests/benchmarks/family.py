"""The family on held-out digits: what each variant is for, against its yardsticks. Prints a table.

python -m tests.benchmarks.family [seed ...]
"""

from __future__ import annotations

import sys
import warnings

import numpy as np
from scipy import ndimage
from sklearn.neural_network import MLPClassifier

import microae as ma

EPOCHS, BATCH, TRAIN = 60, 32, 1200


def trained(net: ma.Module, x: np.ndarray, seed: int, **options: object) -> ma.Module:
    optimizer = ma.Adam(net.parameters(), lr=0.003)
    settings = {"epochs": EPOCHS, "batch_size": BATCH, "seed": seed, "progress": False, "backend": "auto"}
    ma.fit(net, x, optimizer, **(settings | options))
    return net


def error(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.square(x - y).mean())


def corrupted(x: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    if kind == "gaussian":
        return x + 0.3 * rng.standard_normal(x.shape)
    u = rng.random(x.shape)
    lost = np.where(u < 0.15, 1.0, 0.0) if kind == "salt_and_pepper" else 0.0
    return np.where(u < 0.3, lost, x)


def denoising(train: np.ndarray, test: np.ndarray, seed: int) -> None:
    layers = [64, 128, 64]
    plain = trained(ma.Autoencoder(layers, "relu", loss="mse", seed=seed), train, seed)
    for kind in ("gaussian", "masking", "salt_and_pepper"):
        net = trained(ma.DenoisingAutoencoder(layers, kind, 0.3, activation="relu", loss="mse", seed=seed), train, seed)
        noisy = corrupted(test, kind, np.random.default_rng(seed + 1000))
        median = np.stack([ndimage.median_filter(image, 3) for image in noisy.reshape(-1, 8, 8)]).reshape(noisy.shape)
        figures = {
            "denoising": net.reconstruct(noisy),
            "identity": noisy,
            "median 3×3": median,
            "plain": plain.reconstruct(noisy),
        }
        said = ", ".join(f"{name} {error(test, y):.4f}" for name, y in figures.items())
        print(f"{seed:4}  denoising, {kind}: MSE {said}", flush=True)


def sparse(train: np.ndarray, test: np.ndarray, seed: int) -> None:
    for target in (0.05, 0.1):
        net = trained(ma.SparseAutoencoder([64, 64, 64], target=target, seed=seed), train, seed)
        activity = net.encode(test).numpy().mean()
        print(f"{seed:4}  sparse, KL: target {target}, mean activity {activity:.4f}", flush=True)


def contractive(train: np.ndarray, test: np.ndarray, seed: int) -> None:
    for weight in (0.0, 1e-4, 1e-3):
        net = ma.ContractiveAutoencoder([64, 16, 64], weight=weight, loss="mse", seed=seed)
        net = trained(net, train, seed)
        norm = net.jacobian_norm(test[:100]).item()
        one_by_one = np.mean([np.square(ma.jacobian(net.encode, x)).sum() for x in test[:100]])
        print(
            f"{seed:4}  contractive, weight {weight:g}: MSE {error(test, net.reconstruct(test)):.4f}, "
            f"‖∂h/∂x‖² {norm:.4f}, by jacobian {one_by_one:.4f}",
            flush=True,
        )


def variational(train: np.ndarray, test: np.ndarray, seed: int) -> None:
    net = ma.VariationalAutoencoder([64, 64, 8, 64, 64], "relu", seed=seed)
    trained(net, train, seed)
    net.eval()
    rows = [
        "".join(" .:*#"[min(4, int(5 * v))] for v in row) for row in np.hstack(net.sample(8, seed).reshape(8, 8, 8))
    ]
    print(f"{seed:4}  variational: -ELBO at the mean code {net.loss(test).item():.2f} nats a digit; eight samples:")
    print("\n".join(rows), flush=True)


def classifier(train: np.ndarray, test: np.ndarray, seed: int, labels: np.ndarray) -> None:
    known, asked = labels[:TRAIN], labels[TRAIN:]
    net = trained(ma.Classifier([64, 64, 10], seed=seed), train, seed, target=known)
    peer = MLPClassifier((64,), batch_size=BATCH, learning_rate_init=0.003, max_iter=EPOCHS, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged
        peer.fit(train, known)
    ours, theirs = (float((model.predict(test) == asked).mean()) for model in (net, peer))
    print(f"{seed:4}  classifier: accuracy {ours:.4f}, MLPClassifier {theirs:.4f}", flush=True)


def main(seeds: list[int]) -> None:
    images, labels = ma.data.digits()
    print("seed  on the 597 digits that were not trained on")
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(images))
        train, test = images[order[:TRAIN]], images[order[TRAIN:]]
        denoising(train, test, seed)
        sparse(train, test, seed)
        variational(train, test, seed)
        classifier(train, test, seed, labels[order].astype(int))
        contractive(train, test, seed)


if __name__ == "__main__":
    main([int(given) for given in sys.argv[1:]] or [0, 1, 2])
