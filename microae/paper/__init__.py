"""The paper: its published numbers, its worked example, its formulas by hand, and its corrections.

Subedi and Dhungana, "A Peek Into Autoencoder Neural Networks". What one can do here:

- ``network()``: the trained network with the published weights; ``printed("z(1)")``: any printed vector
- ``walkthrough()``: the example [1, 0, 1] beside every printed digit
- ``manual_gradients(...)``: backpropagation by the paper's formulas in plain NumPy, for any network
- ``ScalarNetwork(...)``: the same network built neuron by neuron from scalar Values
- ``compare_descents()``: stochastic, mini-batch and batch gradient descent, measured
- ``CORRECTIONS``: where the paper is wrong or silent, each with numbers
"""

from microae.paper.checking import gradient_difference, relative_difference
from microae.paper.corrections import CORRECTIONS, Correction
from microae.paper.descents import METHODS, Descent, batches, compare_descents, descent_table, update
from microae.paper.manual import (
    hidden_gradient,
    manual_forward,
    manual_gradients,
    manual_loss,
    manual_update,
    output_gradient,
    parameter_gradients,
)
from microae.paper.neurons import Neuron, ScalarNetwork, automatic_gradients, sequential
from microae.paper.published import (
    BINARY_VECTORS,
    HYPERPARAMETERS,
    PRINTED,
    biases,
    layers_of,
    network,
    printed,
    weights,
)
from microae.paper.walkthrough import Row, walkthrough, walkthrough_table

__all__ = [
    "BINARY_VECTORS",
    "CORRECTIONS",
    "HYPERPARAMETERS",
    "METHODS",
    "PRINTED",
    "Correction",
    "Descent",
    "Neuron",
    "Row",
    "ScalarNetwork",
    "automatic_gradients",
    "batches",
    "biases",
    "compare_descents",
    "descent_table",
    "gradient_difference",
    "hidden_gradient",
    "layers_of",
    "manual_forward",
    "manual_gradients",
    "manual_loss",
    "manual_update",
    "network",
    "output_gradient",
    "parameter_gradients",
    "printed",
    "relative_difference",
    "sequential",
    "update",
    "walkthrough",
    "walkthrough_table",
    "weights",
]
