# Written by `python -m tests.stubs`: do not edit.

from microae import data as data
from microae import drawing as drawing
from microae import linalg as linalg
from microae import nn as nn
from microae import operations as operations
from microae.autoencoders.autoencoder import Autoencoder as Autoencoder
from microae.compiler import compile as compile
from microae.compiler.errors import CompileError as CompileError
from microae.core.context import detect_anomaly as detect_anomaly
from microae.core.context import no_grad as no_grad
from microae.core.operation import Operation as Operation
from microae.core.operation import Variadic as Variadic
from microae.core.value import Value as Value
from microae.drawing.live import watch as watch
from microae.drawing.step.drawing import draw as draw
from microae.export.onnx import to_onnx as to_onnx
from microae.export.torch import to_torch as to_torch
from microae.history import History as History
from microae.nn.activations import ELU as ELU
from microae.nn.activations import GELU as GELU
from microae.nn.activations import HardTanh as HardTanh
from microae.nn.activations import Identity as Identity
from microae.nn.activations import LeakyReLU as LeakyReLU
from microae.nn.activations import LogSoftmax as LogSoftmax
from microae.nn.activations import ReLU as ReLU
from microae.nn.activations import SELU as SELU
from microae.nn.activations import SiLU as SiLU
from microae.nn.activations import Sigmoid as Sigmoid
from microae.nn.activations import Softmax as Softmax
from microae.nn.activations import Softplus as Softplus
from microae.nn.activations import Tanh as Tanh
from microae.nn.initialisers import glorot_normal as glorot_normal
from microae.nn.initialisers import glorot_uniform as glorot_uniform
from microae.nn.initialisers import he_normal as he_normal
from microae.nn.initialisers import he_uniform as he_uniform
from microae.nn.initialisers import uniform as uniform
from microae.nn.layers import Dropout as Dropout
from microae.nn.layers import GaussianNoise as GaussianNoise
from microae.nn.layers import Linear as Linear
from microae.nn.layers import MaskingNoise as MaskingNoise
from microae.nn.losses import binary_cross_entropy as binary_cross_entropy
from microae.nn.losses import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from microae.nn.losses import cross_entropy as cross_entropy
from microae.nn.losses import mean_squared_error as mean_squared_error
from microae.nn.module import Module as Module
from microae.nn.module import Sequential as Sequential
from microae.operations.activations import elu as elu
from microae.operations.activations import erfc as erfc
from microae.operations.activations import gelu as gelu
from microae.operations.activations import hard_tanh as hard_tanh
from microae.operations.activations import leaky_relu as leaky_relu
from microae.operations.activations import log_softmax as log_softmax
from microae.operations.activations import relu as relu
from microae.operations.activations import selu as selu
from microae.operations.activations import sigmoid as sigmoid
from microae.operations.activations import silu as silu
from microae.operations.activations import softmax as softmax
from microae.operations.activations import softplus as softplus
from microae.operations.arithmetic import absolute as absolute
from microae.operations.arithmetic import add as add
from microae.operations.arithmetic import astype as astype
from microae.operations.arithmetic import cbrt as cbrt
from microae.operations.arithmetic import clip as clip
from microae.operations.arithmetic import divide as divide
from microae.operations.arithmetic import hypot as hypot
from microae.operations.arithmetic import maximum as maximum
from microae.operations.arithmetic import minimum as minimum
from microae.operations.arithmetic import multiply as multiply
from microae.operations.arithmetic import negative as negative
from microae.operations.arithmetic import positive as positive
from microae.operations.arithmetic import power as power
from microae.operations.arithmetic import reciprocal as reciprocal
from microae.operations.arithmetic import sqrt as sqrt
from microae.operations.arithmetic import square as square
from microae.operations.arithmetic import subtract as subtract
from microae.operations.arranging import append as append
from microae.operations.arranging import array_split as array_split
from microae.operations.arranging import average as average
from microae.operations.arranging import column_stack as column_stack
from microae.operations.arranging import diff as diff
from microae.operations.arranging import dsplit as dsplit
from microae.operations.arranging import dstack as dstack
from microae.operations.arranging import fliplr as fliplr
from microae.operations.arranging import flipud as flipud
from microae.operations.arranging import full_like as full_like
from microae.operations.arranging import hsplit as hsplit
from microae.operations.arranging import rot90 as rot90
from microae.operations.arranging import trapezoid as trapezoid
from microae.operations.arranging import vsplit as vsplit
from microae.operations.elementwise import arccos as arccos
from microae.operations.elementwise import arccosh as arccosh
from microae.operations.elementwise import arcsin as arcsin
from microae.operations.elementwise import arcsinh as arcsinh
from microae.operations.elementwise import arctan as arctan
from microae.operations.elementwise import arctan2 as arctan2
from microae.operations.elementwise import arctanh as arctanh
from microae.operations.elementwise import cos as cos
from microae.operations.elementwise import cosh as cosh
from microae.operations.elementwise import exp as exp
from microae.operations.elementwise import exp2 as exp2
from microae.operations.elementwise import expm1 as expm1
from microae.operations.elementwise import log as log
from microae.operations.elementwise import log10 as log10
from microae.operations.elementwise import log1p as log1p
from microae.operations.elementwise import log2 as log2
from microae.operations.elementwise import logaddexp as logaddexp
from microae.operations.elementwise import logaddexp2 as logaddexp2
from microae.operations.elementwise import sin as sin
from microae.operations.elementwise import sinc as sinc
from microae.operations.elementwise import sinh as sinh
from microae.operations.elementwise import tan as tan
from microae.operations.elementwise import tanh as tanh
from microae.operations.indexing import diag as diag
from microae.operations.indexing import diagonal as diagonal
from microae.operations.indexing import getitem as getitem
from microae.operations.indexing import scatter as scatter
from microae.operations.indexing import sort as sort
from microae.operations.indexing import take as take
from microae.operations.indexing import take_along_axis as take_along_axis
from microae.operations.indexing import trace as trace
from microae.operations.indexing import where as where
from microae.operations.joining import concatenate as concatenate
from microae.operations.joining import hstack as hstack
from microae.operations.joining import pad as pad
from microae.operations.joining import repeat as repeat
from microae.operations.joining import split as split
from microae.operations.joining import stack as stack
from microae.operations.joining import tile as tile
from microae.operations.joining import vstack as vstack
from microae.operations.linear_algebra import dot as dot
from microae.operations.linear_algebra import einsum as einsum
from microae.operations.linear_algebra import inner as inner
from microae.operations.linear_algebra import linear as linear
from microae.operations.linear_algebra import matmul as matmul
from microae.operations.linear_algebra import outer as outer
from microae.operations.linear_algebra import tensordot as tensordot
from microae.operations.parts import conjugate as conjugate
from microae.operations.parts import copysign as copysign
from microae.operations.parts import deg2rad as deg2rad
from microae.operations.parts import divmod as divmod
from microae.operations.parts import float_power as float_power
from microae.operations.parts import fmax as fmax
from microae.operations.parts import fmin as fmin
from microae.operations.parts import fmod as fmod
from microae.operations.parts import modf as modf
from microae.operations.parts import nan_to_num as nan_to_num
from microae.operations.parts import rad2deg as rad2deg
from microae.operations.parts import real as real
from microae.operations.parts import remainder as remainder
from microae.operations.parts import unwrap as unwrap
from microae.operations.products import cross as cross
from microae.operations.products import kron as kron
from microae.operations.products import matvec as matvec
from microae.operations.products import vdot as vdot
from microae.operations.products import vecdot as vecdot
from microae.operations.products import vecmat as vecmat
from microae.operations.reductions import cumprod as cumprod
from microae.operations.reductions import cumsum as cumsum
from microae.operations.reductions import logsumexp as logsumexp
from microae.operations.reductions import max as max
from microae.operations.reductions import mean as mean
from microae.operations.reductions import min as min
from microae.operations.reductions import prod as prod
from microae.operations.reductions import std as std
from microae.operations.reductions import sum as sum
from microae.operations.reductions import var as var
from microae.operations.registry import operation as operation
from microae.operations.shape import atleast_1d as atleast_1d
from microae.operations.shape import atleast_2d as atleast_2d
from microae.operations.shape import atleast_3d as atleast_3d
from microae.operations.shape import broadcast_to as broadcast_to
from microae.operations.shape import expand_dims as expand_dims
from microae.operations.shape import flip as flip
from microae.operations.shape import moveaxis as moveaxis
from microae.operations.shape import ravel as ravel
from microae.operations.shape import reshape as reshape
from microae.operations.shape import roll as roll
from microae.operations.shape import squeeze as squeeze
from microae.operations.shape import swapaxes as swapaxes
from microae.operations.shape import transpose as transpose
from microae.operations.shape import tril as tril
from microae.operations.shape import triu as triu
from microae.optim.optimizers import Adam as Adam
from microae.optim.optimizers import AdamW as AdamW
from microae.optim.optimizers import Optimizer as Optimizer
from microae.optim.optimizers import SGD as SGD
from microae.recording.step import Step as Step
from microae.recording.step import record as record
from microae.recording.step import record_step as record_step
from microae.training.callbacks import cosine_decay as cosine_decay
from microae.training.checkpoint import load as load
from microae.training.checkpoint import save as save
from microae.training.fit import fit as fit
from microae.transforms import gradients as gradients
from microae.transforms import hessian as hessian
from microae.transforms import hvp as hvp
from microae.transforms import jacobian as jacobian
from microae.transforms import jvp as jvp
from microae.transforms import vjp as vjp

abs = absolute
acos = arccos
acosh = arccosh
amax = max
amin = min
asin = arcsin
asinh = arcsinh
atan = arctan
atan2 = arctan2
atanh = arctanh
concat = concatenate
conj = conjugate
degrees = rad2deg
fabs = absolute
mod = remainder
mse_loss = mean_squared_error
permute_dims = transpose
pow = power
radians = deg2rad
true_divide = divide
__version__: str
