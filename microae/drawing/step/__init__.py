"""The picture of a training step: forward, backward and update in one, with live values.

In the order in which they work:

- ``skeleton``, the graph as plain lists; ``scalars``, the same with every number a node;
- ``naming``, ``collapsing``; ``notation``, ``terms`` and ``updates``, the formulas; ``badges``;
- ``building``, which makes of these the ``scene``: boxes and edges, the contract of all that draws;
- ``face``, the inside of a box, and ``fonts``; ``columns``, which ``dot`` lays out; ``routing``, ``labels`` and
  ``lanes``; ``placing``, which makes of these the ``layout``: everything with its place;
- ``looks``, and with them ``svg``, ``painting`` (PNG and PDF) and ``dotfile``;
- ``drawing``, which is called.
"""

from microae.drawing.step.drawing import Drawing, display, draw
from microae.drawing.step.scene import Badge, Box, Edge, Scene

__all__ = ["Badge", "Box", "Drawing", "Edge", "Scene", "display", "draw"]
