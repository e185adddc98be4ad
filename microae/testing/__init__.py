"""Gradient checks: is a derivative right, and if not, where and why?

- ``check_gradients(f, *inputs)``: microae's own gradients of ``f``, also the second ones
- ``check_vjp(f, vjp, *inputs)``: a vector-Jacobian product written by hand
- ``check_gradient_function(f, grad, *inputs)``: a gradient from any framework, of a function with one number
- ``@gradient_test(shapes=...)``: a function of arrays becomes a test; in pytest there is the fixture ``gradcheck``
- ``strategies``: Hypothesis strategies of arrays, matrices and networks to check at

Inputs are arrays, or strategies from which Hypothesis draws points. Each check returns a ``Report`` or raises a
``GradientCheckError`` that carries it.
"""

from microae.testing.checking import check_gradient_function, check_gradients, check_vjp
from microae.testing.decorator import gradient_test
from microae.testing.reports import Finding, GradientCheckError, Report, Verdict

__all__ = [
    "Finding",
    "GradientCheckError",
    "Report",
    "Verdict",
    "check_gradient_function",
    "check_gradients",
    "check_vjp",
    "gradient_test",
]
