"""A training step as a list of nodes, each with the stage and the module that made it."""

from microae.recording.step import Step, record, record_step

__all__ = ["Step", "record", "record_step"]
