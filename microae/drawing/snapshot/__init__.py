"""One epoch of a training, drawn: the weights, the loss so far, and what comes out for each sample.

Each picture is an SVG that can be moved to another epoch: what changes carries its place in the numbers of an epoch,
as ``data-number`` (a text and what it stands for) or ``data-pixels`` (a small image). The training player does so.
"""
