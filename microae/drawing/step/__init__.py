"""The picture of a training step: forward, backward and update in one, with live values.

In the order in which they work: ``skeleton`` (the graph as plain lists), ``naming``, ``collapsing``, ``notation`` and
``badges``, ``building`` (the scene: boxes and edges, the contract of all that draws), ``face`` (the inside of a box),
``placing`` (where everything stands), ``svg``; and ``drawing``, which is called.
"""

from microae.drawing.step.drawing import Drawing, display, draw
from microae.drawing.step.scene import Badge, Box, Edge, Scene

__all__ = ["Badge", "Box", "Drawing", "Edge", "Scene", "display", "draw"]
