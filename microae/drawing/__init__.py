"""Pictures: a recorded step, and the figures that people expect of a training.

Each function takes a model, or what it is made from, and then options by name: ``title=`` stands above, ``path=`` names
a file to write. It returns a figure, which shows itself in a notebook and has ``save(path)``. Nothing here is imported
by the rest of the library until a picture is asked for.
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
