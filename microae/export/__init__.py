"""Trained models elsewhere: ``to_onnx`` writes a file that onnxruntime runs, ``to_torch`` makes PyTorch's modules."""

from microae.export.onnx import to_onnx
from microae.export.torch import to_torch

__all__ = ["to_onnx", "to_torch"]
