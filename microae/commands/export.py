"""``microae export``: a saved model for other programs: an ONNX file, a PyTorch module, or its plain arrays."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from microae.commands import models
from microae.commands.common import add_general, require_other_file
from microae.data.files import check_writable_file, replacing
from microae.data.writing import UnwrittenError
from microae.export import to_onnx, to_torch
from microae.extras import needed
from microae.nn.module import Module
from microae.training import checkpoint

HELP = "write a saved model for other programs"
DESCRIPTION = (
    "Write a model as an ONNX file (.onnx), as a PyTorch module (.pt, for torch.load with weights_only=False), or as "
    "its arrays alone (.npz)."
)
EXAMPLES = (
    "microae export --model microae-train/weights.safetensors --out net.onnx",
    "microae export --model microae-train/weights.safetensors --part encoder --out encoder.npz",
)

PARTS = ("whole", "encoder", "decoder")
"""What of a model is written."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command to a parser."""
    add_general(parser)
    parser.add_argument("--model", required=True, **models.MODEL)
    parser.add_argument(
        "--part", choices=PARTS, default=PARTS[0], help="of an autoencoder, what is written (default: whole)"
    )
    parser.add_argument(
        "--out",
        required=True,
        metavar="FILE",
        help=f"the file, which is replaced; its suffix says what it is: {', '.join(FORMATS)}",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the file; return the exit code."""

    def work() -> tuple[str, dict[str, Any]]:
        out = Path(arguments.out)
        write = FORMATS.get(out.suffix.lower())
        if write is None:
            raise ValueError(f"{out}: cannot write {out.suffix or 'a file without suffix'}; use {', '.join(FORMATS)}")
        check_writable_file(out)
        require_other_file(out, [arguments.model])
        model = _part(arguments.model, arguments.part)
        try:
            write(model, out)
        except OSError as error:
            raise UnwrittenError(f"{out}: cannot be written: {error.strerror or error}") from error
        size = out.stat().st_size
        return f"{out}: {size:,} bytes", {"file": out, "bytes": size, "part": arguments.part}

    return models.run(arguments, work)


def _part(file: str, part: str) -> Module:
    if part == PARTS[0]:
        model: Module = checkpoint.load(file)
        return model
    half: Module = getattr(models.autoencoder(file, f"it has no {part}"), part)
    return half


def _torch(model: Module, path: Path) -> None:
    module = to_torch(model)
    with needed("torch", "a PyTorch module"):
        import torch
    with replacing(path) as temporary:
        torch.save(module.eval(), temporary)


def _arrays(model: Module, path: Path) -> None:
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **model.state_dict())


FORMATS: dict[str, Callable[[Module, Path], None]] = {".onnx": to_onnx, ".pt": _torch, ".npz": _arrays}
"""What writes each kind of file."""
