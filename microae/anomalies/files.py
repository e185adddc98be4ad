"""A fitted detector as one safetensors file: the scaling, the references, the networks, and the held-out scores."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from microae.anomalies.calibration import Calibration
from microae.anomalies.detector import AnomalyDetector
from microae.anomalies.member import SAME
from microae.anomalies.scaling import KINDS, Scaling
from microae.autoencoders.autoencoder import Autoencoder
from microae.core.arrays import Array
from microae.data.tensors import parsed, read_tensors, write_tensors
from microae.nn.activations import ACTIVATIONS, Activation


@dataclass(frozen=True)
class _Settings:
    """What of a detector is no array."""

    features: list[str]
    scale: str
    reason: str
    networks: list[dict[str, Any]]
    contamination: str | float
    rate: float


def save(detector: AnomalyDetector, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a fitted detector to a file; an error leaves no partly written one.

    Parameters
    ----------
    detector : AnomalyDetector
    path : path
        Usually ending in ``.safetensors``; its directory must exist.
    overwrite : bool
        Replace an existing file.

    Raises
    ------
    ValueError
        If the detector is not fitted, or has a network that is not of Linear layers and registered activations.
    FileExistsError
        If the file exists and ``overwrite`` is false.

    Examples
    --------
    >>> import pathlib, tempfile, numpy as np, microae as ma
    >>> from microae import anomalies
    >>> normal = np.random.default_rng(0).normal(size=(100, 2))
    >>> detector = ma.AnomalyDetector(updates=50, seed=0).fit(normal)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "detector.safetensors")
    ...     anomalies.save(detector, path)
    ...     loaded = anomalies.load(path)
    >>> bool((loaded.score_samples(normal) == detector.score_samples(normal)).all())
    True
    """
    if not detector.features:
        raise ValueError("AnomalyDetector: is not fitted yet; call fit(normal samples) before it is saved")
    scaling = detector.scaling
    arrays: dict[str, Array] = {
        "centre": scaling.centre,
        "unit": scaling.unit,
        "references": detector.references,
        "calibration": detector.calibration.scores,
        "usual": np.array([member.usual for member in detector.members]),
    }
    for i, member in enumerate(detector.members):
        arrays |= {f"networks.{i}.{name}": array for name, array in member.net.state_dict().items()}
    settings = _Settings(
        detector.features,
        scaling.kind,
        scaling.reason,
        [_described(member.net) for member in detector.members],
        detector.contamination,
        detector.rate,
    )
    write_tensors(path, arrays, {"detector": asdict(settings)}, "saving a detector", overwrite=overwrite)


def load(path: str | os.PathLike[str]) -> AnomalyDetector:
    """Read a fitted detector from a file that :func:`save` wrote.

    Parameters
    ----------
    path : path

    Returns
    -------
    AnomalyDetector
        Scores are those of the detector that was saved, to the last bit.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        If there is no such file.
    ValueError
        If it is damaged or holds no detector.

    Examples
    --------
    See :func:`save`.
    """
    arrays, entry = read_tensors(path, "loading a detector")
    try:
        said = parsed(entry).get("detector")
    except ValueError as error:
        raise ValueError(f"{path}: holds no anomaly detector that can be read; {error}") from error
    if said is None:
        raise ValueError(f"{path}: holds no anomaly detector; microae.anomalies.save writes one")
    try:
        return _restored(_Settings(**said), arrays)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise ValueError(f"{path}: the detector in it cannot be used; {error}") from error


def _restored(settings: _Settings, arrays: dict[str, Array]) -> AnomalyDetector:
    references, usual, n = arrays["references"], arrays["usual"], len(settings.features)
    wrong = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    shapes = (references.shape[1:], arrays["centre"].shape, arrays["unit"].shape, usual.shape)
    if wrong or shapes != ((n,), (n,), (n,), (len(settings.networks),)) or not len(arrays["calibration"]):
        raise ValueError(f"NaN or infinity in {', '.join(wrong)}" if wrong else "its arrays do not fit each other")
    if settings.scale not in KINDS:
        raise ValueError(f"a scaling {str(settings.scale)[:80]!r} is not known")
    networks = []
    for i, described in enumerate(settings.networks):
        prefix = f"networks.{i}."
        state = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
        if sum(array.size for array in state.values()) != _size(described["layers"]) or described["layers"][0] != n:
            raise ValueError(f"the layers of network {i} do not fit its arrays")
        networks.append(_network(described))
        networks[-1].load_state_dict(state)
    return AnomalyDetector.restored(
        Scaling(settings.scale, settings.reason, arrays["centre"], arrays["unit"]),
        settings.features,
        networks,
        references,
        usual.tolist(),
        Calibration(arrays["calibration"], SAME),
        contamination=settings.contamination,
        rate=settings.rate,
    )


# --- a network in words ------------------------------------------------------------------------------------------


def _described(net: Autoencoder) -> dict[str, Any]:
    """What the same network is built from; its noise plays no part in scores."""
    import json

    names = {kind: name for name, kind in ACTIVATIONS.items()}
    used = [part for half in (net.encoder, net.decoder) for part in half.modules() if isinstance(part, Activation)]
    inside, output = ([names.get(type(part)), part.options] for part in (used[0], used[-1]))
    described = {"layers": list(net.layers), "activation": inside, "output": output}
    try:
        same = _network(json.loads(json.dumps(described)))
    except (TypeError, ValueError, KeyError):
        same = None
    if same is None or repr((same.encoder, same.decoder)) != repr((net.encoder, net.decoder)):
        raise ValueError(f"AnomalyDetector: this network cannot be written to a file: {' '.join(repr(net).split())}")
    return described


def _network(described: dict[str, Any]) -> Autoencoder:
    inside, output = (ACTIVATIONS[name](**options) for name, options in (described["activation"], described["output"]))
    return Autoencoder(described["layers"], inside, output, dtype=np.float32)


def _size(layers: list[int]) -> int:
    """How many parameters a network has; asked before one of a size that a damaged file tells is made."""
    return sum(n * m + m for n, m in pairwise(layers))
