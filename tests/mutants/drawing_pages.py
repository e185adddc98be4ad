"""Planted faults of pages: the walk through a step, the player, a watched training, and their scripts."""
# ruff: noqa: E501 (a piece of source stands in one line)

from __future__ import annotations

from tests.mutants.fault import Fault

ROOM = "microae/drawing"
ROOT = "tests/drawing"
BROWSER = "tests/browser"
BROWSER_PLAYER = f"{BROWSER}/test_player.py"
COMPARISON = f"{ROOT}/walk/test_comparison.py"
FILES = f"{ROOT}/step/test_files.py"
LIVE = f"{ROOT}/test_live.py"
PAGE = f"{ROOT}/walk/test_page.py"
PLAYER = f"{ROOT}/test_player.py"
SCENE = f"{ROOT}/step/test_scene.py"
SNAPSHOT = f"{ROOT}/test_snapshot.py"
STEP = f"{BROWSER}/test_step.py"

FAULTS = [
    # words.py
    Fault(
        "microae/drawing/words.py",
        '_UNSEEN.sub("\\N{REPLACEMENT CHARACTER}", words)',
        "words",
        "tests/drawing/test_words.py",
    ),
    Fault("microae/drawing/words.py", "if len(line) <= most else", "if True else", "tests/drawing/test_words.py"),
    Fault("microae/drawing/page.py", "safe = printable(data)", "safe = data", "tests/drawing/test_words.py"),
    Fault("microae/drawing/sheet.py", "printable(title[:400])", "title", "tests/drawing/test_words.py"),
    Fault(
        "microae/drawing/step/columns.py",
        "cluster_{shown.index(path)}",
        "cluster_{path}",
        "tests/drawing/test_words.py",
    ),
    # walk/page.py
    Fault(
        f"{ROOM}/walk/page.py",
        "shown.insert(0, precise(element.by_hand))",
        "shown.insert(0, precise(element.automatic))",
        f"{PAGE}::test_the_columns_are_by_hand_automatic_and_measured",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        "shown.insert(0, precise(element.by_hand))",
        "shown.insert(1, precise(element.by_hand))",
        f"{PAGE}::test_the_columns_are_by_hand_automatic_and_measured",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        "shown = [precise(element.automatic), _measured(element.measured, precise)]",
        "shown = [precise(element.automatic), precise(element.automatic)]",
        f"{PAGE}::test_the_columns_are_by_hand_automatic_and_measured",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        'f"{precise(slope.left)} | {precise(slope.right)}"',
        'f"{precise(slope.right)} | {precise(slope.left)}"',
        f"{PAGE}::test_at_a_kink_the_left_slope_stands_left",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        'if slope.kind == "smooth" else "unclear"',
        'if slope.kind != "kink" else "unclear"',
        f"{PAGE}::test_at_a_kink_the_left_slope_stands_left",
    ),
    Fault(
        f"{ROOM}/walk/page.py", "MOST = 16", "MOST = 15", f"{PAGE}::test_many_numbers_are_told_by_how_they_are_spread"
    ),
    Fault(
        f"{ROOM}/walk/page.py", "MOST = 16", "MOST = 17", f"{PAGE}::test_many_numbers_are_told_by_how_they_are_spread"
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        "(np.min, np.mean, np.max)",
        "(np.min, np.median, np.max)",
        f"{PAGE}::test_many_numbers_are_told_by_how_they_are_spread",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        "numbers from {low} to {high}",
        "numbers from {high} to {low}",
        f"{PAGE}::test_many_numbers_are_told_by_how_they_are_spread",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        '{"from": edge.tail, "to": edge.head}',
        '{"from": edge.head, "to": edge.tail}',
        f"{PAGE}::test_each_edge_says_its_derivative_and_what_it_brings",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        '"label": edge.label, "equation": edge.equation',
        '"label": edge.equation, "equation": edge.label',
        f"{PAGE}::test_each_edge_says_its_derivative_and_what_it_brings",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        "{' → '.join(known)}",
        "{' → '.join(known[::-1])}",
        f"{PAGE}::test_the_title_tells_the_losses_in_order",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        'f"{len(scene.stage(stage))} {stage}"',
        'f"{len(scene.boxes)} {stage}"',
        f"{PAGE}::test_the_title_tells_the_losses_in_order",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        'f"{value:+#.6g}"',
        'f"{value:+#.4g}"',
        f"{PAGE}::test_numbers_of_the_check_have_six_digits_and_a_sign {PAGE}::test_in_single_precision_the_slack_is_that_of_its_digits",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        'f"{value:+#.6g}"',
        'f"{value:#.6g}"',
        f"{PAGE}::test_numbers_of_the_check_have_six_digits_and_a_sign {PAGE}::test_in_single_precision_the_slack_is_that_of_its_digits",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        "'equal up to rounding' if comparison.by_hand else difference",
        "'equal up to rounding'",
        f"{PAGE}::test_how_far_hand_and_engine_are_apart",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        "number(comparison.largest_difference, 2)",
        "number(comparison.size, 2)",
        f"{PAGE}::test_how_far_hand_and_engine_are_apart",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        "of {comparison.size:,}",
        "of {len(rows):,}",
        f"{PAGE}::test_of_many_numbers_the_largest_are_measured_and_it_is_said",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        'if has_formula or name != "by hand"',
        "if name",
        f"{PAGE}::test_without_a_formula_there_is_no_column_by_hand",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        '"badges": [{"glyph": badge.glyph, "words": badge.words}',
        '"badges": [{"glyph": badge.glyph, "words": badge.name}',
        f"{PAGE}::test_badges_and_shares_are_told",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        "known = scene.boxes[box.of] if box.of is not None else box",
        "known = box",
        f"{PAGE}::test_a_check_belongs_to_the_parameter_its_gradient_and_its_update",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        '"numbers": box.numbers,',
        '"numbers": box.formula,',
        f"{PAGE}::test_each_node_says_what_its_box_knows",
    ),
    Fault(
        f"{ROOM}/words.py",
        'if not path.rpartition(".")[2].isdigit():',
        'if path.rpartition(".")[2].isdigit():',
        f"{PAGE}::test_modules_have_their_kind_where_their_name_is_a_number",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        'form = "f" if all(',
        'form = "f" if any(',
        f"{PAGE}::test_one_number_that_needs_an_exponent_gives_all_of_a_check_one",
    ),
    Fault(
        f"{ROOM}/walk/page.py",
        '"" if box.change is None else _value(box.change)',
        '""',
        f"{SCENE}::test_where_digits_do_not_show_an_update_its_change_is_drawn",
    ),
    # walk/comparison.py
    Fault(
        f"{ROOM}/walk/comparison.py",
        "tolerance = 1e-9 if automatic.dtype == np.float64 else 1e-4",
        "tolerance = 1e-6 if automatic.dtype == np.float64 else 1e-4",
        f"{PAGE}::test_the_slack_of_the_measured_numbers {PAGE}::test_in_single_precision_the_slack_is_that_of_its_digits",
    ),
    Fault(
        f"{ROOM}/walk/comparison.py",
        "tolerance = 1e-9 if automatic.dtype == np.float64 else 1e-4",
        "tolerance = 1e-9 if automatic.dtype == np.float64 else 1e-1",
        f"{PAGE}::test_in_single_precision_the_slack_is_that_of_its_digits",
    ),
    Fault(
        f"{ROOM}/walk/comparison.py",
        "slack = 1e3 * tolerance",
        "slack = 1e6 * tolerance",
        f"{PAGE}::test_the_slack_of_the_measured_numbers {PAGE}::test_in_single_precision_the_slack_is_that_of_its_digits",
    ),
    Fault(
        f"{ROOM}/walk/comparison.py",
        "slack = 1e3 * tolerance",
        "slack = 1e2 * tolerance",
        f"{PAGE}::test_the_slack_of_the_measured_numbers {PAGE}::test_in_single_precision_the_slack_is_that_of_its_digits",
    ),
    Fault(
        f"{ROOM}/walk/comparison.py",
        "not abs(hand - value) <= tolerance * size",
        "not abs(hand - value) <= 1e6 * tolerance * size",
        f"{COMPARISON}::test_a_wrong_formula_is_found",
    ),
    Fault(
        f"{ROOM}/walk/comparison.py",
        "hand = None if by_hand is None else float(by_hand.gradient[place])",
        "hand = None if by_hand is None else float(automatic[place])",
        f"{PAGE}::test_the_columns_are_by_hand_automatic_and_measured",
    ),
    Fault(
        f"{ROOM}/walk/comparison.py",
        "measured.low - slack <= value <= measured.high + slack",
        "measured.low - slack <= value",
        f"{COMPARISON}::test_at_a_kink_either_side_is_right_and_nothing_else",
    ),
    Fault(f"{ROOM}/walk/comparison.py", "ALL = 16", "ALL = 15", f"{COMPARISON}::test_which_elements_are_measured"),
    Fault(
        f"{ROOM}/walk/comparison.py",
        "SOME = 2",
        "SOME = 3",
        f"{COMPARISON}::test_large_parameters_are_measured_where_the_gradient_is_largest",
    ),
    Fault(
        f"{ROOM}/walk/comparison.py",
        "np.argsort(-np.abs(gradient), axis=None",
        "np.argsort(np.abs(gradient), axis=None",
        f"{COMPARISON}::test_large_parameters_are_measured_where_the_gradient_is_largest",
    ),
    Fault(
        f"{ROOM}/walk/comparison.py",
        "getattr(measured, name) / step",
        "getattr(measured, name)",
        f"{COMPARISON}::test_all_three_agree_on_random_networks",
    ),
    Fault(
        f"{ROOM}/walk/comparison.py",
        "float(np.abs(by_hand.gradient - automatic).max(initial=0.0))",
        "float(np.abs(by_hand.gradient - automatic).min(initial=0.0))",
        f"{PAGE}::test_how_far_hand_and_engine_are_apart",
    ),
    Fault(
        f"{ROOM}/walk/comparison.py",
        "difference <= tolerance * size, by_hand.formula",
        "True, by_hand.formula",
        f"{COMPARISON}::test_a_wrong_formula_is_found",
    ),
    # walk/by_hand.py
    Fault(
        f"{ROOM}/walk/by_hand.py",
        '"δ · f′(z), δ = ∂L/∂f(z)" if linear is linears[-1] else',
        '"δ · f′(z), δ = ∂L/∂f(z)" if linear is linears[0] else',
        f"{PAGE}::test_the_columns_are_by_hand_automatic_and_measured",
    ),
    Fault(
        f"{ROOM}/walk/by_hand.py",
        'ByHand(b, f"∇b = Σ∇',
        'ByHand(b, f"∇W = hᵀ∇',
        f"{PAGE}::test_the_columns_are_by_hand_automatic_and_measured",
    ),
    # walk/replay.py
    Fault(
        f"{ROOM}/walk/replay.py",
        "np.sum(seed * known[output])",
        "np.sum(known[output])",
        f"{COMPARISON}::test_several_backward_passes_and_their_seeds_add_up",
    ),
    Fault(
        f"{ROOM}/walk/replay.py",
        "self.start = next(a for",
        "self.start = 0.0 * next(a for",
        f"{COMPARISON}::test_a_replay_gives_the_loss_that_the_model_would_have",
    ),
    # player.py
    Fault(
        f"{ROOM}/player.py",
        'f"{history.loss[epoch - 1]:.6g}" if epoch else "—"',
        'f"{history.loss[epoch - 1]:.6g}"',
        f"{PLAYER}::test_at_each_epoch_it_has_the_weights_the_outputs_the_errors_and_the_loss",
    ),
    Fault(
        f"{ROOM}/player.py",
        "history.loss[epoch - 1]",
        "history.loss[min(epoch, len(history.loss) - 1)]",
        f"{PLAYER}::test_at_each_epoch_it_has_the_weights_the_outputs_the_errors_and_the_loss",
    ),
    Fault(
        f"{ROOM}/player.py",
        "np.square(self.outputs - target).mean(axis=2)",
        "np.abs(self.outputs - target).mean(axis=2)",
        f"{PLAYER}::test_at_each_epoch_it_has_the_weights_the_outputs_the_errors_and_the_loss",
    ),
    Fault(
        f"{ROOM}/player.py",
        "np.square(self.outputs - target).mean(axis=2)",
        "np.square(self.outputs - target).sum(axis=2)",
        f"{PLAYER}::test_at_each_epoch_it_has_the_weights_the_outputs_the_errors_and_the_loss",
    ),
    Fault(
        f"{ROOM}/player.py",
        "with evaluating(model), no_grad():",
        "with no_grad():",
        f"{PLAYER}::test_at_each_epoch_it_has_the_weights_the_outputs_the_errors_and_the_loss",
    ),
    Fault(
        f"{ROOM}/player.py",
        "model.load_state_dict(self.trajectory.at(epoch))",
        "model.load_state_dict(self.trajectory.at(0))",
        f"{PLAYER}::test_at_each_epoch_it_has_the_weights_the_outputs_the_errors_and_the_loss",
    ),
    Fault(
        f"{ROOM}/player.py",
        "blocks[output] = self.outputs[-1]",
        "blocks[output] = self.outputs[0]",
        f"{PLAYER}::test_the_picture_without_a_script_is_that_of_the_last_epoch",
    ),
    Fault(
        f"{ROOM}/player.py",
        "None if self.errors is None else self.errors[-1]",
        "None if self.errors is None else self.errors[0]",
        f"{PLAYER}::test_the_picture_without_a_script_is_that_of_the_last_epoch",
    ),
    Fault(
        f"{ROOM}/player.py",
        "weights_picture(model, states[-1], scale)",
        "weights_picture(model, states[0], scale)",
        f"{PLAYER}::test_the_picture_without_a_script_is_that_of_the_last_epoch",
    ),
    Fault(
        f"{ROOM}/player.py",
        'shown = f"after epoch {self.epochs[-1]}"',
        'shown = f"after epoch {len(self.epochs)}"',
        f"{PLAYER}::test_the_picture_without_a_script_is_that_of_the_last_epoch",
    ),
    Fault(
        f"{ROOM}/player.py",
        "chart.marker(k, e) for e",
        "chart.marker(0, e) for e",
        f"{PLAYER}::test_the_marker_of_each_run_has_its_places",
    ),
    Fault(
        f"{ROOM}/player.py",
        "for run in runs for state in run.states]",
        "for run in runs[:1] for state in run.states]",
        f"{PLAYER}::test_both_runs_have_one_scale",
    ),
    Fault(
        f"{ROOM}/player.py",
        '{"ink": packed(INK), "signed": packed(SIGNED)}',
        '{"ink": packed(SIGNED), "signed": packed(INK)}',
        f"{PLAYER}::test_palettes_are_those_of_the_pictures",
    ),
    Fault(
        f"{ROOM}/player.py",
        "max(2, min(number, BUDGET // each))",
        "max(2, min(number, BUDGET // each - 1))",
        f"{PLAYER}::test_of_a_long_training_evenly_many_epochs_with_the_first_and_the_last",
    ),
    Fault(
        f"{ROOM}/player.py",
        "np.linspace(0, number - 1,",
        "np.linspace(0, number - 2,",
        f"{PLAYER}::test_of_a_long_training_evenly_many_epochs_with_the_first_and_the_last",
    ),
    Fault(
        f"{ROOM}/player.py",
        "low = min(0.0, *(",
        "low = max(0.0, *(",
        f"{PLAYER}::test_outside_of_0_and_1_the_grey_is_that_of_the_data",
    ),
    Fault(
        f"{ROOM}/player.py",
        "high = max(1.0, *(",
        "high = min(1.0, *(",
        f"{PLAYER}::test_outside_of_0_and_1_the_grey_is_that_of_the_data",
    ),
    Fault(
        f"{ROOM}/player.py",
        'numbers.astype("<f4")',
        'numbers.astype(">f4")',
        f"{PLAYER}::test_at_each_epoch_it_has_the_weights_the_outputs_the_errors_and_the_loss",
    ),
    Fault(
        f"{ROOM}/player.py",
        '["first run", "second run"]',
        '["second run", "first run"]',
        f"{PLAYER}::test_the_marker_of_each_run_has_its_places",
    ),
    Fault(
        f"{ROOM}/player.py",
        "levels(self.outputs, low, high)",
        "levels(self.outputs, high, low)",
        f"{PLAYER}::test_a_large_network_is_given_as_levels",
    ),
    # snapshot/loss.py
    Fault(
        f"{ROOM}/snapshot/loss.py",
        "int(top / step * (1 + 1e-9))",
        "int(top / step * (1 + 1e-6))",
        f"{SNAPSHOT}::test_a_tick_at_the_top_and_none_above_it",
    ),
    Fault(
        f"{ROOM}/snapshot/loss.py",
        "int(top / step * (1 + 1e-9))",
        "int(top / step * (1 - 1e-9))",
        f"{SNAPSHOT}::test_ticks_are_round_and_reach_the_top {SNAPSHOT}::test_a_tick_at_the_top_and_none_above_it {SNAPSHOT}::test_ticks_of_a_logarithmic_axis_are_as_close_as_what_it_spans",
    ),
    Fault(
        f"{ROOM}/snapshot/loss.py",
        "for k in (1, 2, 5, 10, 20)",
        "for k in (1, 2, 4, 10, 20)",
        f"{SNAPSHOT}::test_ticks_are_round_and_reach_the_top {SNAPSHOT}::test_a_tick_at_the_top_and_none_above_it {SNAPSHOT}::test_ticks_of_a_logarithmic_axis_are_as_close_as_what_it_spans",
    ),
    Fault(
        f"{ROOM}/snapshot/loss.py",
        "if top / (power * k) <= most",
        "if top / (power * k) < most",
        f"{SNAPSHOT}::test_ticks_are_round_and_reach_the_top {SNAPSHOT}::test_a_tick_at_the_top_and_none_above_it {SNAPSHOT}::test_ticks_of_a_logarithmic_axis_are_as_close_as_what_it_spans",
    ),
    Fault(
        f"{ROOM}/snapshot/loss.py",
        "min(loss, self.top) if math.isfinite(loss) else self.top",
        "min(loss, self.top) if math.isfinite(loss) else 0.0",
        f"{SNAPSHOT}::test_before_the_first_epoch_the_marker_is_on_the_axis_at_the_first_loss",
    ),
    Fault(
        f"{ROOM}/snapshot/loss.py",
        "loss[max(epoch, 1) - 1]",
        "loss[max(epoch, 1) - 2]",
        f"{SNAPSHOT}::test_before_the_first_epoch_the_marker_is_on_the_axis_at_the_first_loss",
    ),
    Fault(
        f"{ROOM}/snapshot/loss.py",
        "yield start + i + 1, part[i]",
        "yield start + i, part[i]",
        f"{SNAPSHOT}::test_losses_stand_where_the_axes_say",
    ),
    Fault(
        f"{ROOM}/snapshot/loss.py",
        "max(range(len(part)), key=part.__getitem__)}",
        "0}",
        f"{SNAPSHOT}::test_a_long_training_keeps_its_least_and_greatest",
    ),
    Fault(
        f"{ROOM}/snapshot/loss.py",
        "self.marker(run, min(epoch, len(loss)))",
        "self.marker(run, min(epoch, len(self.losses[-1])))",
        f"{SNAPSHOT}::test_losses_stand_where_the_axes_say",
    ),
    Fault(
        f"{ROOM}/snapshot/loss.py",
        "RUN_COLOURS = (GREEN, PURPLE)",
        "RUN_COLOURS = (PURPLE, GREEN)",
        f"{SNAPSHOT}::test_losses_stand_where_the_axes_say",
    ),
    Fault(
        f"{ROOM}/snapshot/loss.py",
        'f"{loss:g}", 15, "end")',
        'f"{loss:.1g}", 15, "end")',
        f"{SNAPSHOT}::test_the_numbers_along_the_axes_have_all_their_digits",
    ),
    # snapshot/weights.py
    Fault(
        f"{ROOM}/snapshot/weights.py",
        'if number < 0:\n            path.set("stroke-dasharray", "5,2")',
        'if number > 0:\n            path.set("stroke-dasharray", "5,2")',
        f"{SNAPSHOT}::test_every_weight_and_bias_stands_at_its_edge_or_neuron",
    ),
    Fault(
        f"{ROOM}/snapshot/weights.py",
        "colour = VERMILLION if number < 0 else BLUE",
        "colour = BLUE if number < 0 else VERMILLION",
        f"{SNAPSHOT}::test_every_weight_and_bias_stands_at_its_edge_or_neuron",
    ),
    Fault(
        f"{ROOM}/snapshot/weights.py",
        "k = start + i * columns + j",
        "k = start + j * rows + i",
        f"{SNAPSHOT}::test_every_weight_and_bias_stands_at_its_edge_or_neuron",
    ),
    Fault(
        f"{ROOM}/snapshot/weights.py",
        '{f"n{layer + 1}_{j}": start + j for',
        '{f"n{layer + 1}_{j}": start for',
        f"{SNAPSHOT}::test_every_weight_and_bias_stands_at_its_edge_or_neuron",
    ),
    Fault(
        f"{ROOM}/snapshot/weights.py",
        "THINNEST, THICKER = 0.8, 4.2",
        "THINNEST, THICKER = 0.8, 4.0",
        f"{SNAPSHOT}::test_the_width_of_a_line_is_the_share_of_the_largest",
    ),
    Fault(
        f"{ROOM}/snapshot/weights.py",
        "min(1.0, abs(float(np.nan_to_num(number))) / self.largest)",
        "min(1.0, float(np.nan_to_num(number)) / self.largest)",
        f"{SNAPSHOT}::test_the_width_of_a_line_is_the_share_of_the_largest",
    ),
    Fault(
        f"{ROOM}/snapshot/weights.py",
        "max(0, 3 - math.floor(math.log10(largest)))",
        "max(0, 2 - math.floor(math.log10(largest)))",
        f"{SNAPSHOT}::test_numbers_have_four_digits_of_the_largest",
    ),
    Fault(
        f"{ROOM}/snapshot/weights.py",
        "if 1e-4 <= largest < 1e6 else -1",
        "if 1e-4 < largest < 1e6 else -1",
        f"{SNAPSHOT}::test_numbers_have_four_digits_of_the_largest",
    ),
    Fault(
        f"{ROOM}/snapshot/weights.py",
        "if 1e-4 <= largest < 1e6 else -1",
        "if 1e-4 <= largest <= 1e6 else -1",
        f"{SNAPSHOT}::test_numbers_have_four_digits_of_the_largest",
    ),
    Fault(
        f"{ROOM}/snapshot/weights.py",
        '"+∞" if number > 0 else "−∞"',
        '"−∞" if number > 0 else "+∞"',
        f"{SNAPSHOT}::test_numbers_have_four_digits_of_the_largest",
    ),
    Fault(
        f"{ROOM}/snapshot/weights.py",
        '(0, f"−{largest:.3g}", "start")',
        '(0, f"{largest:.3g}", "start")',
        f"{SNAPSHOT}::test_heat_maps_say_their_shapes_and_their_scale",
    ),
    Fault(
        f"{ROOM}/snapshot/weights.py",
        "levels(shrunk(np.atleast_2d(array), MOST), -largest, largest)",
        "levels(shrunk(np.atleast_2d(array), MOST), largest, -largest)",
        f"{PLAYER}::test_a_large_network_is_given_as_levels",
    ),
    # snapshot/samples.py
    Fault(
        f"{ROOM}/snapshot/samples.py",
        'ink="#FFFFFF" if level > 137',
        'ink="#FFFFFF" if level < 137',
        f"{SNAPSHOT}::test_samples_show_their_numbers_their_grey_and_their_error",
    ),
    Fault(
        f"{ROOM}/snapshot/samples.py",
        "if error >= 0.00005 else",
        "if error >= 0.0005 else",
        f"{SNAPSHOT}::test_samples_show_their_numbers_their_grey_and_their_error",
    ),
    Fault(
        f"{ROOM}/snapshot/samples.py",
        "if abs(number) < 10 else",
        "if abs(number) <= 10 else",
        f"{SNAPSHOT}::test_samples_show_their_numbers_their_grey_and_their_error",
    ),
    Fault(
        f"{ROOM}/snapshot/samples.py",
        '"{i * block.shape[1] + j}"',
        '"{j * block.shape[0] + i}"',
        f"{SNAPSHOT}::test_samples_show_their_numbers_their_grey_and_their_error",
    ),
    Fault(
        f"{ROOM}/snapshot/samples.py",
        "WRITTEN = 8",
        "WRITTEN = 9",
        f"{PLAYER}::test_at_each_epoch_it_has_the_weights_the_outputs_the_errors_and_the_loss {PLAYER}::test_up_to_eight_features_are_numbers",
    ),
    Fault(
        f"{ROOM}/snapshot/samples.py",
        "WRITTEN = 8",
        "WRITTEN = 7",
        f"{PLAYER}::test_at_each_epoch_it_has_the_weights_the_outputs_the_errors_and_the_loss {PLAYER}::test_up_to_eight_features_are_numbers",
    ),
    # snapshot/svg.py
    Fault(
        f"{ROOM}/snapshot/svg.py",
        "words[: most - 1].rstrip()",
        "words[:most].rstrip()",
        f"{SNAPSHOT}::test_samples_show_their_numbers_their_grey_and_their_error",
    ),
    # live.py
    Fault(f"{ROOM}/live.py", "if len(self.losses) % self.every == 0:", "if len(self.losses) % self.every == 1:", LIVE),
    Fault(f"{ROOM}/live.py", "if self._shown != len(self.losses):", "if True:", LIVE),
    Fault(f"{ROOM}/live.py", "self._state = [p.data for p in self.model.parameters()]\n        if", "if", LIVE),
    Fault(
        f"{ROOM}/live.py",
        'f"epoch {epoch}, loss {self.losses[-1]:.6g}" if epoch',
        'f"epoch {epoch}, loss {self.losses[0]:.6g}" if epoch',
        LIVE,
    ),
    Fault(f"{ROOM}/live.py", "isinstance(every, bool) or ", "", LIVE),
    # page.py
    Fault(f"{ROOM}/page.py", '.replace("<", "\\\\u003c")', "", f"{PLAYER}::test_names_with_markup_stay_words"),
    Fault(
        f"{ROOM}/page.py",
        '<img alt="{escape(printable(self.words))}"',
        '<img alt="{escape(self.name)}"',
        f"{BROWSER_PLAYER}::test_without_scripts_the_pictures_are_shown",
    ),
    Fault(
        f"{ROOM}/page.py",
        'endswith((".html", ".htm"))',
        'endswith((".html", ".htm", ".svg"))',
        f"{PLAYER}::test_another_suffix_is_refused_and_nothing_is_written",
    ),
    # rendering.py
    Fault(
        f"{ROOM}/rendering.py",
        'if form == "pdf":',
        'if form == "svg":',
        f"{FILES}::test_pdf_is_painted_by_dot_and_the_rest_by_graphviz_pure",
    ),
    Fault(
        f"{ROOM}/rendering.py",
        'shutil.which("graphviz-pure", path=scripts) or ',
        "",
        f"{FILES}::test_pdf_is_painted_by_dot_and_the_rest_by_graphviz_pure",
    ),
    Fault(
        f"{ROOM}/rendering.py",
        'positions = ["-n2"] if engine == "neato" else []',
        "positions = []",
        f"{FILES}::test_the_program_of_ones_choice",
    ),
    # assets/player.js
    Fault(
        f"{ROOM}/assets/player.js",
        'number > 0 ? "positive" : number < 0 ? "negative"',
        'number < 0 ? "positive" : number > 0 ? "negative"',
        f"{BROWSER_PLAYER}::test_an_epoch_shows_its_weights_by_number_thickness_colour_and_dashes {BROWSER_PLAYER}::test_an_epoch_shows_its_reconstructions_errors_and_loss",
    ),
    Fault(
        f"{ROOM}/assets/player.js",
        "kept <= epoch)",
        "kept < epoch)",
        f"{BROWSER_PLAYER}::test_two_trainings_stand_side_by_side_and_the_shorter_one_waits_at_its_end",
    ),
    Fault(
        f"{ROOM}/assets/player.js",
        "frame * moves.size + Number",
        "(frame + 1) * moves.size + Number",
        f"{BROWSER_PLAYER}::test_two_trainings_stand_side_by_side_and_the_shorter_one_waits_at_its_end",
    ),
    Fault(
        f"{ROOM}/assets/player.js",
        "thinnest + thicker * Math.min",
        "thicker * Math.min",
        f"{BROWSER_PLAYER}::test_an_epoch_shows_its_weights_by_number_thickness_colour_and_dashes {BROWSER_PLAYER}::test_an_epoch_shows_its_reconstructions_errors_and_loss",
    ),
    Fault(
        f"{ROOM}/assets/player.js",
        "start = frame * size",
        "start = 0",
        f"{BROWSER_PLAYER}::test_a_large_network_is_shown_as_heat_maps_and_images",
    ),
    Fault(
        f"{ROOM}/assets/player.js",
        "error.toFixed(4)",
        "error.toFixed(2)",
        f"{BROWSER_PLAYER}::test_an_epoch_shows_its_weights_by_number_thickness_colour_and_dashes {BROWSER_PLAYER}::test_an_epoch_shows_its_reconstructions_errors_and_loss",
    ),
    Fault(
        f"{ROOM}/assets/player.js",
        "translate(${run.places[frame].join",
        "translate(${run.places[0].join",
        f"{BROWSER_PLAYER}::test_the_marker_stands_on_the_loss_curve",
    ),
    # assets/page.js
    Fault(
        f"{ROOM}/assets/page.js",
        '(number < 0 || Object.is(number, -0) ? "" : "+") + size',
        "size",
        f"{BROWSER_PLAYER}::test_very_large_and_very_small_numbers_are_written_as_in_the_first_picture",
    ),
    Fault(
        f"{ROOM}/assets/page.js",
        "PageUp: () => jump(place + Math.ceil(count / 10))",
        "PageUp: () => jump(place - Math.ceil(count / 10))",
        f"{BROWSER_PLAYER}::test_the_keys_move_the_slider",
    ),
    Fault(
        f"{ROOM}/assets/page.js",
        "ArrowUp: () => jump(place + 1)",
        "ArrowUp: () => jump(place - 1)",
        f"{BROWSER_PLAYER}::test_the_keys_move_the_slider",
    ),
    Fault(
        f"{ROOM}/assets/page.js",
        'replaceAll("-", "−")',
        'replaceAll("-", "-")',
        f"{BROWSER_PLAYER}::test_very_large_and_very_small_numbers_are_written_as_in_the_first_picture",
    ),
    # assets/step.js
    Fault(
        f"{ROOM}/assets/step.js",
        'true: ["✓", "agrees", "good"], false: ["✗", "differs", "bad"]',
        'false: ["✓", "agrees", "good"], true: ["✗", "differs", "bad"]',
        f"{STEP}::test_a_gradient_that_is_wrong_gets_a_cross",
    ),
    Fault(
        f"{ROOM}/assets/step.js",
        "data.edges.filter((edge) => edge.to === place).map((edge) => edge.from)",
        "data.edges.filter((edge) => edge.from === place).map((edge) => edge.to)",
        f"{STEP}::test_what_a_node_receives_and_sends_is_brought_out_and_the_rest_is_dimmed",
    ),
    Fault(
        f"{ROOM}/assets/step.js",
        "const several = parts.length > 1;",
        "const several = false;",
        f"{STEP}::test_the_chain_rule_is_the_sum_over_the_consumers",
    ),
    Fault(
        f"{ROOM}/assets/step.js",
        "count.textContent = `${place + 1} of",
        "count.textContent = `${place} of",
        f"{STEP}::test_nodes_are_counted_from_one",
    ),
    Fault(
        f"{ROOM}/assets/step.js",
        'cell("td", written(node.value))',
        'cell("td", written(parts[0].part))',
        f"{STEP}::test_the_chain_rule_is_the_sum_over_the_consumers",
    ),
    Fault(
        f"{ROOM}/assets/step.js",
        "const isForward = data.nodes[place].of === undefined;",
        "const isForward = true;",
        f"{STEP}::test_links_lead_to_neighbours_and_between_a_node_and_its_gradient",
    ),
    Fault(
        "microae/drawing/walk/comparison.py",
        "np.argsort(-np.abs(gradient)",
        "np.argsort(-gradient",
        COMPARISON + " -k largest",
    ),
]
