"""A training step as a list of nodes, each with the stage and the module that made it.

- ``record_step(model, optimizer, x)``: run one training step and keep all its nodes
- ``record()``: the same for a step that you write yourself, as a ``with`` block
- ``Step``: what was recorded; in a notebook it shows its own picture
"""

from microae.recording.step import Step, record, record_step

__all__ = ["Step", "record", "record_step"]
