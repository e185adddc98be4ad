"""A step becomes a program: traced beneath the Values, simplified, printed, and run in another language.

- ``compile(step)``: a function of arrays, such as a training step, as a program that runs in its place
- ``step.source``, ``step.passes``, ``step.explain()``, ``step.program``: to be read
- ``step.run(data, epochs=…)``: a whole training
"""

from microae.compiler.backends import UnsupportedError
from microae.compiler.compiled import Compiled, CompileError, compile
from microae.compiler.program import Program

__all__ = ["CompileError", "Compiled", "Program", "UnsupportedError", "compile"]
