"""Pictures of one epoch of a training: the weights, the loss until then, and the output for each sample.

Each picture is an SVG that the training player changes to another epoch: each part that changes has its index among
the numbers of an epoch, as ``data-number`` (a text or a line) or ``data-pixels`` (a small image).
"""
