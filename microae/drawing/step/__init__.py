"""The picture of a training step: forward pass, backward pass and update in one, with their values.

The modules in the order of the work:

- ``skeleton``: the graph view, plain lists; ``scalars``: the same with a node for every number
- ``naming``, ``collapsing`` and ``results``, what comes out of a box; ``notation``, ``terms`` and ``updates``: the
  formulas; ``badges``: the warnings
- ``building`` makes the ``scene`` from these: boxes and edges, which all that follows reads
- ``face``: the inside of a box; ``fonts``; ``columns``, which ``dot`` lays out; ``routing``, ``labels`` and ``lanes``;
  ``placing`` makes the ``layout`` from these: the scene with all positions
- ``looks``: the style; ``svg``, ``painting`` (PNG and PDF) and ``dotfile``: the files
- ``drawing``: the function ``draw`` and the class ``Drawing``
"""

from microae.drawing.step.drawing import Drawing, display, draw
from microae.drawing.step.scene import Badge, Box, Edge, Scene

__all__ = ["Badge", "Box", "Drawing", "Edge", "Scene", "display", "draw"]
