# Written by `python -m tests.stubs`: do not edit.

from microae.optim.base import Optimizer as Optimizer
from microae.optim.clipping import clip_grad_norm as clip_grad_norm
from microae.optim.clipping import clip_grad_value as clip_grad_value
from microae.optim.optimizers import Adam as Adam
from microae.optim.optimizers import AdamW as AdamW
from microae.optim.optimizers import SGD as SGD
from microae.optim.registry import OPTIMIZERS as OPTIMIZERS
from microae.optim.registry import optimizer as optimizer
from microae.optim.schedules import cosine_decay as cosine_decay
from microae.optim.schedules import exponential_decay as exponential_decay
from microae.optim.schedules import reduce_on_plateau as reduce_on_plateau
from microae.optim.schedules import step_decay as step_decay
