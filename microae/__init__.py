"""microae: autodiff on NumPy in which one training step of a network can be seen, checked and run at full speed."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from microae import data, linalg, nn, operations, views
from microae.autoencoders.autoencoder import (
    Autoencoder,
)
from microae.core.context import (
    detect_anomaly,
    no_grad,
)
from microae.core.engine import (
    gradients,
)
from microae.core.operation import Operation, Variadic, operation
from microae.core.value import Value
from microae.history import (
    History,
)
from microae.nn import (
    ELU,
    GELU,
    SELU,
    Dropout,
    GaussianNoise,
    HardTanh,
    Identity,
    LeakyReLU,
    Linear,
    LogSoftmax,
    MaskingNoise,
    Module,
    ReLU,
    Sequential,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    mean_squared_error,
    mse_loss,
    uniform,
)
from microae.operations.activations import (
    elu,
    erfc,
    gelu,
    hard_tanh,
    leaky_relu,
    log_softmax,
    relu,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
)
from microae.operations.arithmetic import (
    absolute,
    add,
    astype,
    cbrt,
    clip,
    divide,
    hypot,
    maximum,
    minimum,
    multiply,
    negative,
    positive,
    power,
    reciprocal,
    sqrt,
    square,
    subtract,
)
from microae.operations.elementwise import (
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    cos,
    cosh,
    exp,
    exp2,
    expm1,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    sin,
    sinh,
    tan,
    tanh,
)
from microae.operations.indexing import (
    diag,
    diagonal,
    getitem,
    scatter,
    sort,
    take,
    take_along_axis,
    trace,
    where,
)
from microae.operations.linear_algebra import (
    dot,
    einsum,
    inner,
    linear,
    matmul,
    outer,
    tensordot,
)
from microae.operations.reductions import (
    amax,
    amin,
    cumprod,
    cumsum,
    logsumexp,
    max,
    mean,
    min,
    prod,
    std,
    sum,
    var,
)
from microae.operations.shape import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    broadcast_to,
    concatenate,
    expand_dims,
    flip,
    hstack,
    moveaxis,
    pad,
    ravel,
    repeat,
    reshape,
    roll,
    split,
    squeeze,
    stack,
    swapaxes,
    tile,
    transpose,
    tril,
    triu,
    vstack,
)
from microae.optim import (
    SGD,
    Adam,
    AdamW,
    Optimizer,
)
from microae.recording.step import (
    Step,
    record,
    record_step,
)
from microae.training.checkpoint import (
    load,
    save,
)
from microae.training.fit import (
    cosine_decay,
    fit,
)
from microae.transforms import (
    hessian,
    hvp,
    jacobian,
    jvp,
    vjp,
)

if TYPE_CHECKING:
    from microae.drawing.live import watch
    from microae.drawing.step import draw

__version__ = "0.1.0"


def _when_called(module: str, name: str) -> Callable[..., Any]:
    """A function whose module is imported when it is first called: importing microae loads nothing that draws."""
    return lambda *args, **options: getattr(import_module(module), name)(*args, **options)


_display = _when_called("microae.drawing.step", "display")
views.register(
    display=_display,
    draw=_when_called("microae.drawing.step", "draw"),
    player=_when_called("microae.drawing.player", "player"),
    walk=_when_called("microae.drawing.walk.page", "walk"),
    watch=_when_called("microae.drawing.live", "watch"),
)


def _mimebundle(value: Value, include: Any = None, exclude: Any = None) -> Any:  # noqa: ARG001 (IPython's)
    """What a notebook shows of a Value: the graph of a node, the words of a leaf."""
    return _display(value)


Value._repr_mimebundle_ = _mimebundle  # type: ignore[attr-defined]


def __getattr__(name: str) -> Any:
    """What draws is imported when it is first asked for."""
    where = {"draw": "microae.drawing.step", "watch": "microae.drawing.live"}
    if name == "drawing":
        return import_module("microae.drawing")
    if name in where:
        return getattr(import_module(where[name]), name)
    raise AttributeError(f"module 'microae' has no attribute {name!r}")


__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "SGD",
    "Adam",
    "AdamW",
    "Autoencoder",
    "Dropout",
    "GaussianNoise",
    "HardTanh",
    "History",
    "Identity",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MaskingNoise",
    "Module",
    "Operation",
    "Optimizer",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Step",
    "Tanh",
    "Value",
    "Variadic",
    "__version__",
    "absolute",
    "add",
    "amax",
    "amin",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "astype",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "broadcast_to",
    "cbrt",
    "clip",
    "concatenate",
    "cos",
    "cosh",
    "cosine_decay",
    "cross_entropy",
    "cumprod",
    "cumsum",
    "data",
    "detect_anomaly",
    "diag",
    "diagonal",
    "divide",
    "dot",
    "draw",
    "einsum",
    "elu",
    "erfc",
    "exp",
    "exp2",
    "expand_dims",
    "expm1",
    "fit",
    "flip",
    "gelu",
    "getitem",
    "glorot_normal",
    "glorot_uniform",
    "gradients",
    "hard_tanh",
    "he_normal",
    "he_uniform",
    "hessian",
    "hstack",
    "hvp",
    "hypot",
    "inner",
    "jacobian",
    "jvp",
    "leaky_relu",
    "linalg",
    "linear",
    "load",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_softmax",
    "logaddexp",
    "logsumexp",
    "matmul",
    "max",
    "maximum",
    "mean",
    "mean_squared_error",
    "min",
    "minimum",
    "moveaxis",
    "mse_loss",
    "multiply",
    "negative",
    "nn",
    "no_grad",
    "operation",
    "operations",
    "outer",
    "pad",
    "positive",
    "power",
    "prod",
    "ravel",
    "reciprocal",
    "record",
    "record_step",
    "relu",
    "repeat",
    "reshape",
    "roll",
    "save",
    "scatter",
    "selu",
    "sigmoid",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sort",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "subtract",
    "sum",
    "swapaxes",
    "take",
    "take_along_axis",
    "tan",
    "tanh",
    "tensordot",
    "tile",
    "trace",
    "transpose",
    "tril",
    "triu",
    "uniform",
    "var",
    "vjp",
    "vstack",
    "watch",
    "where",
]
