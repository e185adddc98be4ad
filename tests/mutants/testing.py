"""Faults of the gradient checker."""

from __future__ import annotations

from tests.mutants.fault import Fault

NUMERICAL = "microae/testing/numerical.py", "tests/testing/test_numerical.py"


def _planted(file: str, tests: str, *pairs: tuple[str, str]) -> list[Fault]:
    return [Fault(file, old, new, tests) for old, new in pairs]


FAULTS = [
    *_planted(
        *NUMERICAL,
        ("(8, 14, 20, 26, 32, 38, 44)", "(4, 14, 20, 26, 32, 38, 44)"),
        ("(8, 14, 20, 26, 32, 38, 44)", "(8, 14, 20)"),
        ("_ROUNDING = 16.0", "_ROUNDING = 1600.0"),
        ("_ROUNDING = 16.0", "_ROUNDING = 1.0"),
        ("enough: float = 1e-8", "enough: float = 1e-6"),
        ("64.0 * EPSILON", "6400.0 * EPSILON"),
        ("best.error <= 1e-3 * abs(best.value)", "best.error <= 0.1 * abs(best.value)"),
        ("error = 4.0 * EPSILON", "error = 400.0 * EPSILON"),
        ("best.value - best.error <= exact <= best.value + best.error", "True"),
        ("max(least, 3.0 * min", "max(0.0, 3.0 * min"),
        ("max(least, 3.0 * min", "max(least, 300.0 * min"),
        ("3.0 * min((noise", "3.0 * max((noise"),
        (
            "spread = 2.0 * max(abs(central - later), abs(later - earlier))",
            "spread = 0.0 * max(abs(central - later), abs(later - earlier))",
        ),
        (
            "spread = 2.0 * max(abs(central - later), abs(later - earlier))",
            "spread = 200.0 * max(abs(central - later), abs(later - earlier))",
        ),
        ("abs(from_right - from_left) > 2.0 * aside", "abs(from_right - from_left) > 200.0 * aside"),
        ("abs(from_right - from_left) > 2.0 * aside", "abs(from_right - from_left) > 0.2 * aside"),
        ("aside = 2.0 * max(right_spread, left_spread)", "aside = 0.0 * max(right_spread, left_spread)"),
        ("2.0 * _rounding(sample, abs(sample.start), h)", "200.0 * _rounding(sample, abs(sample.start), h)"),
        ("scale = max(scale, sample.rise(reach))", "sample.rise(reach)"),
        ("(reach / 2, reach, 2 * reach)", "(reach / 2, reach, reach)"),
        ("changes = [min(", "changes = [max("),
        ("and h == STEPS[0]  #", "#"),
        ("(16 * later - earlier) / 15", "later"),
        ("enough * max(scale, abs(best.value))", "enough * abs(best.value)"),
        ("replace(best, scale=scale, evaluations=sample.evaluations)", "replace(best, scale=scale)"),
        ("return Slope(middle, aside, from_left, from_right", "return Slope(middle, aside, from_right, from_left"),
        ("min(self.left, self.right) - self.error", "self.left - self.error"),
        ("best = (4 * later - earlier) / 3", "best = later"),
        (
            "except (ArithmeticError, ValueError, IndexError, np.linalg.LinAlgError)",
            "except (ArithmeticError, ValueError)",
        ),
    ),
]
