"""Faults of the gradient checker."""

from __future__ import annotations

from tests.mutants.fault import Fault

NUMERICAL = "microae/testing/numerical.py", "tests/testing/test_numerical.py"
ROUNDING = "microae/testing/rounding.py", "tests/testing/test_rounding.py"
CHECKING = "microae/testing/checking.py", "tests/testing/test_thresholds.py"
RUNNING = "microae/testing/running.py", "tests/testing/test_thresholds.py"
JUDGING = "microae/testing/judging.py", "tests/testing/test_thresholds.py"
PIECES = "microae/testing/pieces.py", "tests/testing/test_thresholds.py"
POINTS = "microae/testing/points.py", "tests/testing/test_thresholds.py"
REPORTS = "microae/testing/reports.py", "tests/testing/test_thresholds.py"
DECORATOR = "microae/testing/decorator.py", "tests/testing/test_decorator.py"
PLUGIN = "microae/testing/plugin.py", "tests/testing/test_plugin.py"
DIAGNOSIS = "microae/testing/diagnosis.py", "tests/testing/test_diagnosis.py"
NAMED = "microae/testing/named.py", "tests/testing/test_named.py"
NUMBERS = "microae/testing/numbers.py"
STRATEGIES = "microae/testing/strategies.py"
DRAWING = "tests/testing/test_drawing.py"


def _planted(file: str, tests: str, *pairs: tuple[str, str]) -> list[Fault]:
    return [Fault(file, old, new, tests) for old, new in pairs]


FAULTS = [
    *_planted(
        "microae/testing/functions.py",
        "tests/testing/test_difficult.py -k symmetric",
        ("if np.any(apart > 1e-3 *", "if np.any(apart > 1e3 *"),
        ("return bool(rows)", "return False"),
        ("if node.operation.facts.symmetric]", "]"),
    ),
    *_planted(
        *NUMERICAL,
        ("(14, 22, 32, 41, 59,", "(8, 22, 32, 41, 59,"),
        ("(14, 22, 32, 41, 59,", "(14, 22, 32, 59,"),
        ("_COARSE = 2.0**-5", "_COARSE = 2.0**-14"),
        ("ROUNDING = 16.0", "ROUNDING = 1600.0"),
        ("ROUNDING = 16.0", "ROUNDING = 1.0"),
        ("enough: float = 1e-8", "enough: float = 1e-6"),
        ("64.0 * EPSILON", "6400.0 * EPSILON"),
        ("best.error <= 1e-3 * abs(best.value)", "best.error <= 0.1 * abs(best.value)"),
        ("    error = min(4.0 * EPSILON * abs(exact)", "    error = min(400.0 * EPSILON * abs(exact)"),
        ("best.value - best.error <= exact <= best.value + best.error", "True"),
        ("max(least, 3.0 * min", "max(0.0, 3.0 * min"),
        ("max(least, 3.0 * min", "max(least, 300.0 * min"),
        ("3.0 * min((noise", "3.0 * max((noise"),
        (
            "error = 2.0 * max(abs(central - later), abs(later - earlier))",
            "error = 0.0 * max(abs(central - later), abs(later - earlier))",
        ),
        (
            "error = 2.0 * max(abs(central - later), abs(later - earlier))",
            "error = 200.0 * max(abs(central - later), abs(later - earlier))",
        ),
        (
            "abs(from_right - from_left) > 2.0 * one_sided_error",
            "abs(from_right - from_left) > 200.0 * one_sided_error",
        ),
        ("abs(from_right - from_left) > 2.0 * one_sided_error", "abs(from_right - from_left) > 0.2 * one_sided_error"),
        (
            "one_sided_error = 2.0 * max(right_change, left_change)",
            "one_sided_error = 0.0 * max(right_change, left_change)",
        ),
        ("error = max(error, abs(from_right - from_left))", "error = error"),
        ("2.0 * _rounding(sample, abs(sample.start), h * shift)", "200.0 * _rounding(sample, abs(sample.start), h)"),
        ("scale = max(scale, sample.rise(reach) / reach)", "sample.rise(reach)"),
        ("scale = sample.first_change(reach) / reach", "scale = sample.first_change(0.0)"),
        ("(reach / 2, reach, 2 * reach)", "(reach / 2, reach, reach)"),
        ("changes = [min(", "changes = [max("),
        ("(16 * later - earlier) / 15", "later"),
        ("enough * max(scale, abs(best.value))", "enough * abs(best.value)"),
        ("replace(best, scale=scale, evaluations=sample.evaluations)", "replace(best, scale=scale)"),
        (
            "return Slope(middle, one_sided_error, from_left, from_right",
            "return Slope(middle, one_sided_error, from_right, from_left",
        ),
        ("min(self.left, self.right) - self.error", "self.left - self.error"),
        ("best = (4 * later - earlier) / 3", "best = later"),
        (
            "except (ArithmeticError, ValueError, IndexError, np.linalg.LinAlgError)",
            "except (ArithmeticError, ValueError)",
        ),
        ("_at_step(sample, first * reach)", "_at_step(sample, first)"),
        ("STEPS[0] * shift", "STEPS[0]"),
        ("error=ROUNDING * EPSILON * max", "error=0.0 * max"),
        ("sample.grain * sample.steepest, sample.noise", "sample.noise"),
        ("min(ratios) > 0.95", "min(ratios) > 0.5"),
        ("min(ratios) > 0.52", "min(ratios) > 0.45"),
        ("for k in range(11)", "for k in range(1)"),
        ("if level.scale or not any(shown[:k])", ""),
        ("if level.scale or not any(shown[:k])", "if level.scale"),
        ("levels[-1], STEPS[1] * shift / 4)", "levels[-1], STEPS[0] * shift / 4)"),
        ("if not sample.still(first) and not", "if not"),
        ("<= 0.2 * away", "<= 20.0 * away"),
        ("(6, 10, 14, 22, 27, 32, 37, 41, 45)", "(22, 27)"),
    ),
    *_planted(
        *ROUNDING,
        ("kind.eps / 2.0", "0.0 * kind.eps"),
        ("kind.eps / 2.0", "4.0 * kind.eps"),
        (" + kind.smallest_subnormal", ""),
        ("results.get(x, a) for", "a for"),
        ("key=lambda node: node.serial", "key=lambda node: -node.serial"),
    ),
    *_planted(
        *CHECKING,
        ("range(1, order + 1)", "range(1, min(order, 2) + 1)"),
        ("range(1, order + 1)", "range(1, 3)"),
        ("order: int = 2,", "order: int = 1,"),
    ),
    *_planted(
        PIECES[0],
        "tests/testing/test_checking.py -k second_derivative",
        ("min(abs(there_along - along), abs(there_along - value))", "abs(there_along - along)"),
    ),
    *_planted(
        JUDGING[0],
        "tests/testing/test_checking.py -k second_derivative",
        ("measured.error * abs(unit)", "-measured.error * abs(unit)"),
    ),
    *_planted(
        RUNNING[0],
        "tests/testing/test_checking.py -k cause",
        ("if evidence and not any(e.telling for e in evidence):", "if False:"),
        ("replace(e, telling=True) for e in more", "e for e in more if not e.telling"),
    ),
    Fault(DIAGNOSIS[0], "if not telling or not pairs:", "if not pairs:", "tests/testing/test_checking.py -k cause"),
    *_planted(
        JUDGING[0],
        "tests/testing/test_checking.py -k slopes",
        ("differs or self.beyond_convex(direction, outcome.measured, outcome.along)", "differs"),
    ),
    *_planted(
        PIECES[0],
        "tests/testing/test_checking.py -k slopes",
        ("return min(bends) >= -least if measured.right", "return True if measured.right"),
        ("else max(bends) <= least", "else False"),
    ),
    *_planted(
        JUDGING[0],
        "tests/testing/test_checking.py -k kink",
        ('measured.kind in ("smooth", "kink")', 'measured.kind == "smooth"'),
        ('self._not_finite() if self.scalar.source == "automatic" else ""', '""'),
    ),
    *_planted(
        JUDGING[0],
        "tests/testing/test_checking.py -k random",
        (
            '            if outcome.verdict != "agrees":\n                again',
            "            if False:\n                again",
        ),
    ),
    *_planted(
        *RUNNING,
        ("ENOUGH_POINTS = 0.5", "ENOUGH_POINTS = 0.4"),
        ("ENOUGH_POINTS = 0.5", "ENOUGH_POINTS = 0.55"),
        ("_MOST_NAMED = 3", "_MOST_NAMED = 2"),
        ("evidence is None or in_hypothesis()", "evidence is None"),
        ("None if drawing else []", "None"),
        ("directions=2 if", "directions=1 if"),
        ("max_examples=examples", "max_examples=100"),
        ("@hypothesis.seed(seed)", "@hypothesis.seed(0)"),
        ("report = Report(seed=seed)", "report = Report(seed=0)"),
        ("Point(drawn), np.random.default_rng(seed)", "Point(drawn), np.random.default_rng(0)"),
        ("integers(2**32)) if seed is None", "integers(1)) if seed is None"),
        ("        if progress is not None:\n            progress()\n", ""),
        ("break  # where the gradient is not known", "pass  # where the gradient is not known"),
        ("report.findings, report.inputs = [], ()", "report.findings = []"),
        (
            ': not summed over a broadcast axis" if g.size > x.size',
            ': not summed over a broadcast axis" if g.size < x.size',
        ),
    ),
    *_planted(
        *JUDGING,
        ("_KNOWN_TO = 1e-3", "_KNOWN_TO = 1e-1"),
        ("_KNOWN_TO = 1e-3", "_KNOWN_TO = 1e-5"),
        ("2.0**-32", "100 * 2.0**-32"),
        ("2.0**-32", "2.0**-40"),
        ("2.0**-13", "100 * 2.0**-13"),
        ("2.0**-13", "2.0**-18"),
        ("2.0**-46", "100 * 2.0**-46"),
        ("2.0**-46", "0.0"),
        ("self.report.worst = max(self.report.worst, abs(along - measured.value) / max(size, measured.scale))", "pass"),
    ),
    *_planted(
        *PIECES,
        ("FAR = 10.0", "FAR = 0.1"),
        ("FAR = 10.0", "FAR = 1000.0"),
        ("FEW = 64", "FEW = 63"),
        ("FEW = 64", "FEW = 6400"),
    ),
    *_planted(
        "microae/testing/lines.py",
        JUDGING[1],
        ("rng.uniform(0.5, 1.0, shape)", "rng.uniform(0.0, 1.0, shape)"),
        ("rng.choice([-1.0, 1.0], shape)", "rng.choice([1.0, 1.0], shape)"),
        ("        if self.scalar.order == 1:", "        if self.scalar.order <= 2:"),
    ),
    *_planted(
        JUDGING[0],
        "tests/testing/test_difficult.py -k ties",
        ("self.bends(direction, measured.value, along, together)", "False"),
    ),
    *_planted(
        JUDGING[0],
        "tests/testing/test_thresholds.py -k cheap",
        ("not together and self._kinks_meet(direction, outcome)", "False"),
        ('(verdict == "agrees" or measured.kind == "kink")', '(verdict == "agrees")'),
    ),
    *_planted(
        PIECES[0],
        "tests/testing/test_thresholds.py -k scale",
        ("np.where(x != 0.0, np.abs(x), s)", "s"),
    ),
    *_planted(
        JUDGING[0],
        "tests/testing/test_thresholds.py -k scale",
        ("_NOT_LINEAR if missing > error else", "_NOT_LINEAR if True else"),
    ),
    *_planted(
        RUNNING[0],
        "tests/testing/test_thresholds.py -k cheap",
        ("if name in kinked and scalar.order > 1:", "if False:"),
    ),
    *_planted(
        PIECES[0],
        "tests/testing/test_checking.py -k no_wrong_shares",
        ("k % 2 and not together", "True"),
    ),
    *_planted(
        JUDGING[0],
        ROUNDING[1],
        ("away <= FAR * ROUNDING * number / measured.step:", "away < 0.0:"),
        ("nan=math.inf, posinf", "nan=0.0, posinf"),
    ),
    *_planted(
        JUDGING[0],
        "tests/testing/test_checking.py",
        (
            "self.slope(self.split(part), noisy=True) for part in parts",
            "self.slope(self.split(part)) for part in parts",
        ),
        ("for part in (sign * others, flat + sign * others)", "for part in (sign * others, flat)"),
    ),
    *_planted(
        JUDGING[0],
        "tests/testing/test_checking.py -k tie",
        ("            return self._together(i)", "            return Judgement(kinked=True)"),
    ),
    Fault(POINTS[0], "pair for i, x in enumerate(inputs)", "pair for i, x in enumerate(inputs[::-1])", POINTS[1]),
    *_planted(
        *REPORTS,
        ("size = max(abs(self.automatic), abs", "size = min(abs(self.automatic), abs"),
        ("known = self.error < max(", "known = self.error > max("),
        ("return 16 if not difference else", "return 17 if not difference else"),
        ("max(0, math.floor(-math.log10", "max(0, math.ceil(-math.log10"),
        ("± {self.error:.1g}", "± {self.low:.1g}"),
        ("{self.low!r} and {self.high!r}", "{self.high!r} and {self.low!r}"),
        ("precision=17", "precision=3"),
        (", {self.conclusive} conclusive", ", {self.points} conclusive"),
        ("order {self.order}: {self.kind}", "order 1: {self.kind}"),
    ),
    *_planted(
        CHECKING[0],
        "tests/testing/test_checking.py -k tell",
        ("if sum(w.size for w in level) > 1:", "if True:"),
        ('if k else "outputs"', 'if False else "outputs"'),
    ),
    Fault(RUNNING[0], "            report.conclusive += 1\n", "", "tests/testing/test_checking.py -k tell"),
    *_planted(
        PIECES[0],
        "tests/testing/test_pieces.py",
        ("for near in (_NEAR**2, _NEAR**3)", "for near in (_NEAR**2,)"),
        ("orders = [rank, rank[::-1], -rank, -rank[::-1]]", "orders = [rank]"),
        ("<= _ALIKE * size", "<= size"),
        ("((0.0, single[:, None]), (1.0", "((1.0"),
    ),
    *_planted(
        JUDGING[0],
        "tests/testing/test_pieces.py",
        ("[g / (quickest or 1.0) for g in", "[100.0 * g / (quickest or 1.0) for g in"),
        ("kinks and self.is_one_piece(i)", "False"),
        ("kinks and self.is_one_piece(i)", "self.is_one_piece(i)"),
        ("if not outcome.measured.constant:", "if True:"),
        ("<= rounding + measured.error", "<= 0.0"),
    ),
    *_planted(
        POINTS[0],
        "tests/testing/test_pieces.py",
        ("given._array, leaves[i] = leaves[i]._array, given", "pass"),
        ("                given._array = array", "                pass"),
        ("        if type(tree) is dict:", "        if True:"),
    ),
    *_planted(
        "microae/testing/numerical.py",
        "tests/testing/test_pieces.py",
        ("for h in (reach / 2, reach / 8)", "for h in ()"),
        (
            "best = _without_neighbours(sample, _jumped(sample, best, shift), first)",
            "best = _jumped(sample, best, shift)",
        ),
    ),
    *_planted(
        *DECORATOR,
        ('{"order": order, "examples"', '{"examples"'),
        ('"examples": examples, "seed"', '"seed"'),
        ('"seed": seed}', '"seed": 0}'),
        ("    order: int = 2,", "    order: int = 1,"),
        ("    examples: int = 100,", "    examples: int = 10,"),
        ("    seed: int = 0,", "    seed: int | None = None,"),
        ("strategies.gufunc(shapes, **options)", "strategies.gufunc(shapes)"),
        ("strategies.arrays(shape, **options)", "strategies.arrays(shape)"),
        ("if p.name not in names]", "]"),
        ("(shapes is None) == (inputs is None)", "shapes is None and inputs is None"),
    ),
    *_planted(
        PLUGIN[0],
        "tests/testing/test_plugin.py::test_the_options_of_the_command_line_and_of_a_call",
        ("check_gradients(f, *inputs, **{**self._usual, **options})", "check_gradients(f, *inputs, **self._usual)"),
        ("check_vjp(f, vjp, *inputs, **{**self._usual, **options})", "check_vjp(f, vjp, *inputs, **self._usual)"),
        (
            "check_gradient_function(f, grad, *inputs, **{**self._usual, **options})",
            "check_gradient_function(f, grad, *inputs, **{**options, **self._usual})",
        ),
        ('{"examples": examples, "seed": seed}', '{"examples": examples, "seed": 0}'),
        ('{"examples": examples, "seed": seed}', '{"examples": 100, "seed": seed}'),
    ),
    *_planted(
        PLUGIN[0],
        "tests/testing/test_plugin.py::test_the_plugin",
        ("GradCheck(options.gradcheck_examples, options.gradcheck_seed)", "GradCheck(options.gradcheck_examples, 0)"),
        ("GradCheck(options.gradcheck_examples, options.gradcheck_seed)", "GradCheck(100, options.gradcheck_seed)"),
        ("isinstance(error, GradientCheckError)", "isinstance(error, ValueError)"),
        ("entries[-1].lineno + 1", "entries[-1].lineno"),
        ("entries[-1].path", "entries[0].path"),
    ),
    Fault(PLUGIN[0], "type=int, default=100", "type=int, default=10", f"{PLUGIN[1]}::test_the_usual_options"),
    Fault(PLUGIN[0], "type=int, default=0", "type=int, default=1", f"{PLUGIN[1]}::test_the_usual_options"),
    *_planted(
        *DIAGNOSIS,
        ("_NEAR = 1e-5", "_NEAR = 1e-3"),
        ("_NEAR = 1e-5", "_NEAR = 1e-7"),
        ('("the sign is wrong", lambda g, n: -g)', '("the sign is wrong", lambda g, n: g + 1)'),
        ('and ("factor" not in text or _enough(factor, pairs))', ""),
        ("np.sum(g * g))", "np.sum(n * n))"),
        ("range(1, 13)", "range(1, 12)"),
        ("<= 1e-5 * abs(above)", "<= 1e-3 * abs(above)"),
        ("<= 1e-5 * abs(above)", "<= 1e-7 * abs(above)"),
        ("if guess.shape != numerical.shape:", "if False:"),
        ("lambda g, n: np.flip(g)", "lambda g, n: g[::-1]"),
        ("all(w.sum() == 1 for w in wrong) and right > 1", "all(w.sum() == 1 for w in wrong)"),
        ("all(w.sum() == 1 for w in wrong) and right > 1", "all(w.sum() <= 2 for w in wrong) and right > 1"),
        ("np.ptp(differences) <= _NEAR * size", "np.ptp(differences) <= 100 * _NEAR * size"),
        ("np.ravel(n - g)", "np.ravel(g - n)"),
        ("bool(factor) and (different or len", "bool(factor) and (True or len"),
    ),
    *_planted(
        *NAMED,
        ("type(n) is not int or n < 0", "type(n) is not int or n <= 0"),
        ("type(n) is not int", "not isinstance(n, int)"),
        ('path.split(".")', "[path]"),
        ("if not callable(target):", "if False:"),
        ("except (ImportError, SyntaxError)", "except ImportError"),
        ('sys.path.insert(0, "")', "pass"),
        ("if not module_name or not path", "if not module_name"),
        ("and not file.is_file():", "and False:"),
        ("if not parsed or any", "if any"),
    ),
    *_planted(
        NUMBERS,
        f"{DRAWING}::test_the_usual_numbers",
        ("3.0, 10.0, 100.0)", "3.0, 10.0, 10.0)"),
        ("3.0, 10.0, 100.0)", "3.0, 10.0, 1000.0)"),
        ("(3.0, 3.0, 3.0, 3.0, 3.0, 3.0, ", "(3.0, "),
        ("values: Any = VALUES", 'values: Any = "ties"'),
    ),
    *_planted(
        NUMBERS,
        f"{DRAWING}::test_by_default_a_tenth_away",
        ("by: float = 0.1", "by: float = 0.2"),
    ),
    *_planted(
        NUMBERS,
        f"{DRAWING}::test_layouts",
        ('layout: Any = "C"', 'layout: Any = "F"'),
        ("st.sampled_from(_several(layout)),", "st.just(_several(layout)[0]),"),
        (
            "np.full((*x.shape[:-1], 2 * x.shape[-1]), np.nan, x.dtype)",
            "np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)",
        ),
        ("x[:1] if x.ndim", "0 * x[:1] if x.ndim"),
    ),
    *_planted(
        NUMBERS,
        f"{DRAWING}::test_magnitudes_run_over_three_decades_on_both_sides",
        ('"magnitudes": 1e-3', '"magnitudes": 1e-2'),
        ("return sign * np.clip(np.exp", "return np.clip(np.exp"),
        ("rng.uniform(np.log(low), np.log(high))", "np.log(rng.uniform(low, high))"),
        ("sign * min(max(10.0**e, low), high)", "min(max(10.0**e, low), high)"),
    ),
    *_planted(
        NUMBERS,
        f"{DRAWING}::test_ties_are_multiples_of_a_half",
        ("(2.0 * x) / 2.0 if kind", "(2.0 * x) if kind"),
        ("math.ceil(2.0 * low)", "math.floor(2.0 * low)"),
    ),
    *_planted(
        NUMBERS,
        f"{DRAWING}::test_intervals_are_chosen_by_their_length",
        ("p=weights / weights.sum()", "p=None"),
    ),
    *_planted(
        NUMBERS,
        f"{DRAWING}::test_large_arrays_differ",
        ("default_rng(draw(st.integers(0, 2**32 - 1)))", "default_rng(0)"),
    ),
    *_planted(
        NUMBERS,
        f"{DRAWING}::test_options_that_cannot_be_met",
        ("not by > 0", "not by >= 0"),
        ("-math.inf < low < high < math.inf", "low < high"),
    ),
    *_planted(
        NUMBERS,
        f"{DRAWING}::test_types",
        ("st.sampled_from(_several(dtype)),", "st.just(_several(dtype)[0]),"),
    ),
    *_planted(
        NUMBERS,
        f"{DRAWING}::test_a_kind_may_be_one_of_several",
        ("st.sampled_from(_several(values)),", "st.just(_several(values)[0]),"),
    ),
    *_planted(
        NUMBERS,
        f"{DRAWING}::test_all_kinds_keep_away",
        ("min(b, kink - by)", "min(b, kink)"),
    ),
    *_planted(
        NUMBERS,
        f"{DRAWING}::test_a_layout_changes_no_number",
        ("np.flip(np.flip(x).copy())", "np.flip(x.copy())"),
    ),
    *_planted(
        NUMBERS,
        f"{DRAWING}::test_the_simplest_number_is_nearest_to_zero",
        ("(max(part[0], -part[1], 0.0), part[1] <= 0.0)", "part"),
    ),
    *_planted(
        STRATEGIES,
        f"{DRAWING}::test_shapes",
        (
            "min_side: int = 1, max_side: int = 4\n) -> SearchStrategy[tuple[int, ...]]",
            "min_side: int = 0, max_side: int = 4\n) -> SearchStrategy[tuple[int, ...]]",
        ),
        (
            "hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side)",
            "hnp.array_shapes(min_dims=0, max_dims=max_dims, min_side=min_side, max_side=max_side)",
        ),
        (
            "hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side)",
            "hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=1, max_side=max_side)",
        ),
    ),
    *_planted(
        STRATEGIES,
        f"{DRAWING}::test_spread_numbers_are_no_ties",
        ("elements = numbers(dtype, **options)\n", "elements = numbers(dtype)\n"),
    ),
    *_planted(
        STRATEGIES,
        f"{DRAWING}::test_positive_numbers",
        ("    min_value: float = 0.1,", "    min_value: float = 1.0,"),
        ("    max_value: float = 10.0,", "    max_value: float = 3.0,"),
    ),
    *_planted(
        STRATEGIES,
        f"{DRAWING}::test_types",
        (
            "arrays(shape, dtype, min_value=min_value, max_value=max_value, **options)",
            "arrays(shape, min_value=min_value, max_value=max_value, **options)",
        ),
    ),
    *_planted(
        STRATEGIES,
        f"{DRAWING}::test_broadcastable_shapes",
        ("num_shapes=number, min_dims=min_dims", "num_shapes=2, min_dims=min_dims"),
        (
            "num_shapes=number, min_dims=min_dims, max_dims=max_dims, min_side=min_side",
            "num_shapes=number, min_dims=min_dims, max_dims=max_dims, min_side=1",
        ),
    ),
    *_planted(
        STRATEGIES,
        f"{DRAWING}::test_signatures",
        (
            'signature=f"{inputs}->()", max_dims=max_batch_dims, min_side=min_side',
            'signature=f"{inputs}->()", max_dims=0, min_side=min_side',
        ),
        (
            'signature=f"{inputs}->()", max_dims=max_batch_dims, min_side=min_side, max_side=max_side',
            'signature=f"{inputs}->()", max_dims=max_batch_dims, min_side=min_side, max_side=4',
        ),
    ),
    *_planted(
        STRATEGIES,
        f"{DRAWING}::test_positive_definite_matrices",
        (
            "_matrix(_definite, _side(n), _batch(batch), _matrix_numbers(dtype, layout))",
            '_matrix(_definite, _side(n), _batch(batch), _matrix_numbers(dtype, "C"))',
        ),
        ("b @ b.swapaxes(-1, -2) / n + np.eye(n)", "b @ b.swapaxes(-1, -2) / n"),
    ),
    *_planted(
        STRATEGIES,
        f"{DRAWING}::test_well_conditioned_matrices",
        (
            "_matrix(_dominant, _side(n), _batch(batch), _matrix_numbers(dtype, layout))",
            "_matrix(_dominant, _side(n), _batch(()), _matrix_numbers(dtype, layout))",
        ),
        ("st.sampled_from([1.0, -1.0])", "st.sampled_from([1.0])"),
        ("b / (2.0 * n)", "b / n"),
    ),
    *_planted(
        STRATEGIES,
        f"{DRAWING}::test_networks",
        ("max_size=max_layers + 1", "max_size=max_layers"),
        ("numbers(min_value=0.0, max_value=1.0)", "numbers(min_value=0.0, max_value=1.5)"),
        ("numbers(min_value=-2.0, max_value=2.0)", "numbers(min_value=-1.0, max_value=1.0)"),
    ),
    *_planted(
        STRATEGIES,
        f"{DRAWING}::test_the_options_of_networks",
        ("st.integers(1, max_width)", "st.integers(1, 8)"),
        ("st.integers(1, max_batch)", "st.integers(1, 5)"),
        ("tuple(LOSSES) if losses is None else losses", "tuple(LOSSES)[:1] if losses is None else losses"),
    ),
    *_planted(
        STRATEGIES,
        f"{DRAWING}::test_a_network_called_is_its_loss",
        ("hidden(h) if i else h", "hidden(h)"),
        ("loss = LOSSES[self.loss]", 'loss = LOSSES["bce"]'),
    ),
    *_planted(
        STRATEGIES,
        f"{DRAWING}::test_a_shape_must_be_whole_numbers",
        ("n >= 0 for n in sides", "True for n in sides"),
    ),
]
