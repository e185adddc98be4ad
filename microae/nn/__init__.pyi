# Written by `python -m tests.stubs`: do not edit.

from microae.nn.activations import ACTIVATIONS as ACTIVATIONS
from microae.nn.activations import Activation as Activation
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
from microae.nn.activations import activation as activation
from microae.nn.initialisers import glorot_normal as glorot_normal
from microae.nn.initialisers import glorot_uniform as glorot_uniform
from microae.nn.initialisers import he_normal as he_normal
from microae.nn.initialisers import he_uniform as he_uniform
from microae.nn.initialisers import uniform as uniform
from microae.nn.layers import Dropout as Dropout
from microae.nn.layers import GaussianNoise as GaussianNoise
from microae.nn.layers import Linear as Linear
from microae.nn.layers import MaskingNoise as MaskingNoise
from microae.nn.layers import SaltAndPepperNoise as SaltAndPepperNoise
from microae.nn.layers import TiedLinear as TiedLinear
from microae.nn.losses import binary_cross_entropy as binary_cross_entropy
from microae.nn.losses import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from microae.nn.losses import cross_entropy as cross_entropy
from microae.nn.losses import mean_squared_error as mean_squared_error
from microae.nn.module import Module as Module
from microae.nn.module import Sequential as Sequential

mse_loss = mean_squared_error
