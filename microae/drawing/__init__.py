"""Pictures: a recorded step, and the usual figures of a training.

Each function takes a model or data, and then options by name: ``title=`` is written above the picture, ``path=`` is a
file to write. It returns a figure, which shows itself in a notebook and has ``save(path)``. The rest of the library
imports nothing of this until a picture is asked for.
"""

from microae.drawing.activations import draw_activations
from microae.drawing.codes import draw_codes
from microae.drawing.curves import draw_losses
from microae.drawing.gradient_flow import draw_gradient_flow
from microae.drawing.images import Group, draw_images, draw_reconstructions
from microae.drawing.landscape import draw_landscape
from microae.drawing.network import draw_network, network_source
from microae.drawing.rendering import render
from microae.drawing.step import draw
from microae.drawing.weights import draw_weights

__all__ = [
    "Group",
    "draw",
    "draw_activations",
    "draw_codes",
    "draw_gradient_flow",
    "draw_images",
    "draw_landscape",
    "draw_losses",
    "draw_network",
    "draw_reconstructions",
    "draw_weights",
    "network_source",
    "render",
]
