"""Gradient checks for everyone: is this derivative right, and if not, where and why?"""

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
