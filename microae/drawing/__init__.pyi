# Written by `python -m tests.stubs`: do not edit.

from microae.drawing.activations import draw_activations as draw_activations
from microae.drawing.codes import draw_codes as draw_codes
from microae.drawing.curves import draw_losses as draw_losses
from microae.drawing.gradient_flow import draw_gradient_flow as draw_gradient_flow
from microae.drawing.images import Group as Group
from microae.drawing.images import draw_images as draw_images
from microae.drawing.images import draw_reconstructions as draw_reconstructions
from microae.drawing.landscape import draw_landscape as draw_landscape
from microae.drawing.network import draw_network as draw_network
from microae.drawing.network import network_source as network_source
from microae.drawing.rendering import render as render
from microae.drawing.step.drawing import draw as draw
from microae.drawing.weights import draw_weights as draw_weights
