"""A fitted detector as one safetensors file: the scaling, the references, the networks, and the held-out scores."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from microae.anomalies.calibration import Calibration
from microae.anomalies.detector import AnomalyDetector
from microae.anomalies.scaling import Scaling
from microae.autoencoders.autoencoder import Autoencoder
from microae.core.arrays import Array
from microae.data.files import replacing
from microae.extras import needed
from microae.nn.activations import ACTIVATIONS, Activation

FORMAT = 1


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
    import json
    from pathlib import Path

    if not detector.features:
        raise ValueError("AnomalyDetector: is not fitted yet; call fit(normal samples) before it is saved")
    path = Path(path)
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} is there already; pass overwrite=True to replace it")
    scaling = detector.scaling
    arrays: dict[str, Array] = {
        "centre": scaling.centre,
        "unit": scaling.unit,
        "references": detector.references,
        "calibration": detector.calibration.scores,
        "usual": np.array([member.usual for member in detector.members]),
    }
    for i, member in enumerate(detector.members):
        arrays |= {f"networks.{i}.{name}": np.ascontiguousarray(a) for name, a in member.net.state_dict().items()}
    settings = _Settings(
        detector.features,
        scaling.kind,
        scaling.reason,
        [_described(member.net) for member in detector.members],
        detector.contamination,
        detector.rate,
    )
    entry = json.dumps({"format": FORMAT, "detector": asdict(settings)})
    with needed("safetensors", "saving a detector"):
        from safetensors.numpy import save as serialized
    with replacing(path) as temporary:
        temporary.write_bytes(serialized(arrays, {"microae": entry}))


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
    import json
    from pathlib import Path

    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory, not a file")
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file")
    with needed("safetensors", "loading a detector"):
        from safetensors import SafetensorError, safe_open
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            entry = json.loads((file.metadata() or {}).get("microae", "{}"))
    except (SafetensorError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not a complete safetensors file ({error})") from error
    if not isinstance(entry, dict) or "detector" not in entry:
        raise ValueError(f"{path}: holds no anomaly detector; microae.anomalies.save writes one")
    if entry.get("format") != FORMAT:
        raise ValueError(f"{path}: it has format {entry.get('format')!r}, this version reads {FORMAT!r}")
    try:
        return _restored(_Settings(**entry["detector"]), arrays)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise ValueError(f"{path}: the detector in it cannot be used; {error}") from error


def _restored(settings: _Settings, arrays: dict[str, Array]) -> AnomalyDetector:
    references, usual, n = arrays["references"], arrays["usual"], len(settings.features)
    wrong = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    shapes = (references.shape[1:], arrays["centre"].shape, arrays["unit"].shape, usual.shape)
    if wrong or shapes != ((n,), (n,), (n,), (len(settings.networks),)) or not len(arrays["calibration"]):
        raise ValueError(f"NaN or infinity in {', '.join(wrong)}" if wrong else "its arrays do not fit each other")
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
        Calibration(arrays["calibration"]),
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
