"""Pictures: the network with its weights, and curves.

Nothing here is imported by the rest of the library until a picture is asked for.
"""

from microae.drawing.curves import draw_curve
from microae.drawing.network import draw_network, network_source
from microae.drawing.rendering import render

__all__ = ["draw_curve", "draw_network", "network_source", "render"]
