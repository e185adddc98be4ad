"""Planted faults of the figures: thresholds, signs, colours, labels, what stands where."""
# ruff: noqa: E501 (a piece of source stands in one line)

from __future__ import annotations

from tests.mutants.fault import Fault

ROOM = "microae/drawing"
ROOT = "tests/drawing"
ACTIVATIONS = f"{ROOT}/test_activations.py"
CODES = f"{ROOT}/test_codes.py"
CURVES = f"{ROOT}/test_curves.py"
FACES = f"{ROOT}/step/test_faces.py"
FIGURES = f"{ROOT}/test_figures.py"
GRADIENT_FLOW = f"{ROOT}/test_gradient_flow.py"
IMAGES = f"{ROOT}/test_images.py"
LANDSCAPE = f"{ROOT}/test_landscape.py"
NETWORK = f"{ROOT}/test_network.py"
SNAPSHOT = f"{ROOT}/test_snapshot.py"
WEIGHTS = f"{ROOT}/test_weights.py"

FAULTS = [
    # gradient_flow.py
    Fault(
        f"{ROOM}/gradient_flow.py",
        "VANISHING, EXPLODING = 1e-7, 1e2",
        "VANISHING, EXPLODING = 1.01e-7, 1e2",
        f"{GRADIENT_FLOW}::test_the_words_at_their_thresholds",
    ),
    Fault(
        f"{ROOM}/gradient_flow.py",
        "VANISHING, EXPLODING = 1e-7, 1e2",
        "VANISHING, EXPLODING = 1e-7, 0.99e2",
        f"{GRADIENT_FLOW}::test_the_words_at_their_thresholds",
    ),
    Fault(
        f"{ROOM}/gradient_flow.py",
        "size.max() > EXPLODING",
        "size.mean() > EXPLODING",
        f"{GRADIENT_FLOW}::test_the_words_at_their_thresholds",
    ),
    Fault(
        f"{ROOM}/gradient_flow.py",
        "size.max() > EXPLODING",
        "size.max() >= EXPLODING",
        f"{GRADIENT_FLOW}::test_the_words_at_their_thresholds",
    ),
    Fault(
        f"{ROOM}/gradient_flow.py",
        "size.mean() < VANISHING",
        "size.max() < VANISHING",
        f"{GRADIENT_FLOW}::test_the_words_at_their_thresholds",
    ),
    Fault(
        f"{ROOM}/gradient_flow.py",
        "size.mean() < VANISHING",
        "np.median(size) < VANISHING",
        f"{GRADIENT_FLOW}::test_the_words_at_their_thresholds",
    ),
    Fault(
        f"{ROOM}/gradient_flow.py",
        "zeros >= 0.005",
        "zeros > 0.005",
        f"{GRADIENT_FLOW}::test_the_words_at_their_thresholds",
    ),
    Fault(
        f"{ROOM}/gradient_flow.py",
        "zeros >= 0.005",
        "zeros >= 0.05",
        f"{GRADIENT_FLOW}::test_the_words_at_their_thresholds",
    ),
    Fault(
        f"{ROOM}/gradient_flow.py",
        "np.mean(size == 0)",
        "np.mean(size != 0)",
        f"{GRADIENT_FLOW}::test_the_words_at_their_thresholds",
    ),
    Fault(
        f"{ROOM}/gradient_flow.py",
        "if not size.any():",
        "if not size.all():",
        f"{GRADIENT_FLOW}::test_the_words_at_their_thresholds",
    ),
    Fault(
        f"{ROOM}/gradient_flow.py",
        "float(size.mean()), float(size.max())",
        "float(np.median(size)), float(size.max())",
        f"{GRADIENT_FLOW}::test_mean_is_the_mean_and_largest_the_largest",
    ),
    Fault(
        f"{ROOM}/gradient_flow.py",
        "size = np.abs(np.asarray(",
        "size = (np.asarray(",
        f"{GRADIENT_FLOW}::test_mean_is_the_mean_and_largest_the_largest",
    ),
    Fault(
        f"{ROOM}/gradient_flow.py",
        'label="mean |gradient|", **_MEAN',
        'label="mean |gradient|", **_LARGEST',
        f"{GRADIENT_FLOW}::test_the_legend_says_which_mark_is_which",
    ),
    Fault(
        f"{ROOM}/gradient_flow.py",
        "sizes if complete else",
        "sizes if not complete else",
        f"{GRADIENT_FLOW}::test_the_legend_says_which_mark_is_which",
    ),
    Fault(
        f"{ROOM}/gradient_flow.py",
        "axes.plot([row.mean], [place], **_MEAN)",
        "axes.plot([row.largest], [place], **_MEAN)",
        f"{GRADIENT_FLOW}::test_the_sizes_are_those_of_backward {GRADIENT_FLOW}::test_all_sizes_are_inside",
    ),
    # landscape.py
    Fault(
        f"{ROOM}/landscape.py",
        "_MARGIN = 0.25",
        "_MARGIN = 0.2",
        f"{LANDSCAPE}::test_the_map_reaches_a_quarter_beyond_the_path_and_is_not_too_thin {LANDSCAPE}::test_random_directions_reach_a_quarter_beyond_the_path",
    ),
    Fault(
        f"{ROOM}/landscape.py",
        "_LEVELS = 16",
        "_LEVELS = 15",
        f"{LANDSCAPE}::test_contours_at_equal_ratios_where_the_largest_loss_is_ten_times_the_least",
    ),
    Fault(
        f"{ROOM}/landscape.py",
        "_STEEP = 10.0",
        "_STEEP = 10.1",
        f"{LANDSCAPE}::test_contours_at_equal_ratios_where_the_largest_loss_is_ten_times_the_least",
    ),
    Fault(
        f"{ROOM}/landscape.py",
        "_STEEP = 10.0",
        "_STEEP = 9.9",
        f"{LANDSCAPE}::test_contours_at_equal_ratios_where_the_largest_loss_is_ten_times_the_least",
    ),
    Fault(
        f"{ROOM}/landscape.py",
        '_mark(axes, way[-1], "*", 22',
        '_mark(axes, way[0], "*", 22',
        f"{LANDSCAPE}::test_the_star_stands_at_the_trained_weights_and_the_square_at_the_start",
    ),
    Fault(
        f"{ROOM}/landscape.py",
        '_mark(axes, way[0], "s", 12',
        '_mark(axes, way[-1], "s", 12',
        f"{LANDSCAPE}::test_the_star_stands_at_the_trained_weights_and_the_square_at_the_start",
    ),
    Fault(
        f"{ROOM}/landscape.py",
        "_different(steps) > 2",
        "_different(steps) > 3",
        f"{LANDSCAPE}::test_a_path_of_two_is_random_and_of_three_principal",
    ),
    Fault(
        f"{ROOM}/landscape.py",
        "_different(steps) > 2",
        "_different(steps) > 1",
        f"{LANDSCAPE}::test_a_path_of_two_is_random_and_of_three_principal",
    ),
    Fault(
        f"{ROOM}/landscape.py",
        'chosen = directions or ("pca" if _different(steps)',
        'chosen = directions or ("pca" if len(steps)',
        f"{LANDSCAPE}::test_a_path_of_two_is_random_and_of_three_principal",
    ),
    Fault(
        f"{ROOM}/landscape.py",
        "np.maximum(extent, 0.2 * extent.max())",
        "np.maximum(extent, 0.1 * extent.max())",
        f"{LANDSCAPE}::test_the_map_reaches_a_quarter_beyond_the_path_and_is_not_too_thin {LANDSCAPE}::test_random_directions_reach_a_quarter_beyond_the_path",
    ),
    Fault(
        f"{ROOM}/landscape.py",
        "shares**2\n",
        "shares\n",
        f"{LANDSCAPE}::test_contours_at_equal_ratios_where_the_largest_loss_is_ten_times_the_least",
    ),
    Fault(
        f"{ROOM}/landscape.py",
        "max(1.0, (1 + _MARGIN)",
        "max(1.0, (1 - _MARGIN)",
        f"{LANDSCAPE}::test_the_map_reaches_a_quarter_beyond_the_path_and_is_not_too_thin {LANDSCAPE}::test_random_directions_reach_a_quarter_beyond_the_path",
    ),
    Fault(
        f"{ROOM}/landscape.py",
        "centre + x[j] * plane[0] + y[i] * plane[1]",
        "centre + x[i] * plane[0] + y[j] * plane[1]",
        f"{LANDSCAPE}::test_the_losses_are_those_of_the_weights_there {LANDSCAPE}::test_saturated_losses_are_finite",
    ),
    Fault(
        f"{ROOM}/landscape.py",
        "{100 * share:.0f} % of the variance)",
        "{share:.0f} % of the variance)",
        f"{LANDSCAPE}::test_the_principal_directions",
    ),
    Fault(
        f"{ROOM}/landscape.py",
        "levels = low * (high / low) ** shares if steep",
        "levels = low + (high - low) * shares if steep",
        f"{LANDSCAPE}::test_contours_at_equal_ratios_where_the_largest_loss_is_ten_times_the_least",
    ),
    # network.py
    Fault(
        f"{ROOM}/network.py",
        'style = "dashed" if w < 0 else "solid"',
        'style = "dashed" if w > 0 else "solid"',
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        "VERMILLION if w < 0 else BLUE if w > 0 else GREY",
        "BLUE if w < 0 else VERMILLION if w > 0 else GREY",
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        "VERMILLION if w < 0 else BLUE if w > 0 else GREY",
        "VERMILLION if w < 0 else BLUE",
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        "biases[layer - 1][i]",
        "biases[layer - 1][-1 - i]",
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        "biases[layer - 1][i]), digits",
        "-biases[layer - 1][i]), digits",
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        "w = float(W[i, j])",
        "w = float(W[i, -1 - j])",
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        "n{layer}_{i} -- n{layer + 1}_{j} [",
        "n{layer}_{i} -- n{layer + 1}_0 [",
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        "penwidth={0.8 + 4.2 * abs(w) / largest:.3f}",
        "penwidth={0.8 + 4.2 * w * w / largest:.3f}",
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        "largest = max(float(np.abs(W).max()) for W in weights)",
        "largest = max(float(np.abs(W).max()) for W in weights[:1])",
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        'return f"{number:+.{digits}g}"',
        'return f"{number:.{digits}g}"',
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        'if letter == "h" and last > 2 else',
        'if letter == "h" else',
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        'letter = "x" if not layer else "y" if layer == last else "h"',
        'letter = "x" if not layer else "h"',
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        "activations[layer - 1]",
        "activations[-layer]",
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        '(("positive weight", 1.0), ("negative weight", -1.0))',
        '(("positive weight", -1.0), ("negative weight", 1.0))',
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        "_MOST = 100",
        "_MOST = 101",
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        "_MOST = 100",
        "_MOST = 99",
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        "((self.widths[layer] - 1) / 2 - i) * self.row",
        "(i - (self.widths[layer] - 1) / 2) * self.row",
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    Fault(
        f"{ROOM}/network.py",
        "self.source.count(' -- n')",
        "self.source.count(' -- ')",
        f"{NETWORK}::test_neurons_and_weights_do_not_overlap {NETWORK}::test_every_number_is_at_its_neuron_or_edge {NETWORK}::test_a_weight_of_0_is_grey_and_thin {NETWORK}::test_the_legend_tells_positive_from_negative {NETWORK}::test_a_hundred_weights_are_drawn_and_no_more",
    ),
    # chain.py
    Fault(
        f"{ROOM}/chain.py",
        "layers[-1].activation is None:",
        "True:",
        f"{NETWORK} {SNAPSHOT}::test_two_activations_are_no_layer",
    ),
    # weights.py
    Fault(
        f"{ROOM}/weights.py",
        'color="white" if weight < -0.2 * limit else "black"',
        'color="white" if weight > 0.2 * limit else "black"',
        f"{WEIGHTS}::test_sign_and_digits_of_a_written_weight {WEIGHTS}::test_words_are_white_on_dark_ground",
    ),
    Fault(
        f"{ROOM}/weights.py",
        "weight < -0.2 * limit",
        "weight < -0.3 * limit",
        f"{WEIGHTS}::test_words_are_white_on_dark_ground",
    ),
    Fault(
        f"{ROOM}/weights.py",
        '.rstrip(".").replace("-", "−")',
        '.rstrip("0.").replace("-", "−")',
        f"{WEIGHTS}::test_sign_and_digits_of_a_written_weight",
    ),
    Fault(f"{ROOM}/weights.py", "_NUMBERS = 100", "_NUMBERS = 99", f"{WEIGHTS}::test_a_hundred_numbers_are_written"),
    Fault(
        f"{ROOM}/weights.py",
        "_BESIDE = 16",
        "_BESIDE = 17",
        f"{WEIGHTS}::test_each_neuron_of_a_wide_layer_is_an_image {WEIGHTS}::test_more_than_64_neurons_are_said {WEIGHTS}::test_a_hundred_numbers_are_written",
    ),
    Fault(
        f"{ROOM}/weights.py",
        "axes.text(j, i, text",
        "axes.text(i, j, text",
        f"{WEIGHTS}::test_small_matrices_are_drawn_with_their_numbers",
    ),
    Fault(
        f"{ROOM}/weights.py",
        "vectors = matrix if is_last else matrix.T",
        "vectors = matrix.T",
        f"{WEIGHTS}::test_each_neuron_of_a_wide_layer_is_an_image {WEIGHTS}::test_more_than_64_neurons_are_said",
    ),
    Fault(
        f"{ROOM}/weights.py",
        '"#8F3F00", "#8A8A8A", "#B3DCF5"',
        '"#B3DCF5", "#8A8A8A", "#8F3F00"',
        f"{WEIGHTS}::test_lightness_tells_the_sign {WEIGHTS}::test_words_are_white_on_dark_ground {WEIGHTS}::test_dark_is_negative_and_light_is_positive",
    ),
    Fault(
        f"{ROOM}/weights.py",
        '"what each neuron sends to the output" if is_last',
        '"what each neuron sends to the output" if not is_last',
        f"{WEIGHTS}::test_each_neuron_of_a_wide_layer_is_an_image",
    ),
    Fault(
        f"{ROOM}/weights.py",
        "the first {_NEURONS} of {len(images)}",
        "the first {len(images)} of {len(images)}",
        f"{WEIGHTS}::test_more_than_64_neurons_are_said",
    ),
    Fault(
        f"{ROOM}/weights.py",
        "digits = 3 if columns <= _BESIDE // 2 else 2",
        "digits = 2",
        f"{WEIGHTS}::test_sign_and_digits_of_a_written_weight",
    ),
    Fault(
        f"{ROOM}/weights.py",
        "[str(place + 1) for place in places]",
        "[str(place) for place in places]",
        f"{WEIGHTS}::test_sign_and_digits_of_a_written_weight",
    ),
    Fault(
        f"{ROOM}/weights.py",
        "limit = float(np.abs(matrix).max())",
        "limit = float(matrix.max())",
        f"{WEIGHTS}::test_small_matrices_are_drawn_with_their_numbers",
    ),
    # codes.py
    Fault(
        f"{ROOM}/codes.py",
        "np.median(points[rows], axis=0)",
        "np.mean(points[rows], axis=0)",
        f"{CODES}::test_the_name_of_a_class_stands_at_the_median_of_its_points",
    ),
    Fault(
        f"{ROOM}/codes.py",
        '"edgecolor": SERIES[number % len(SERIES)]',
        '"edgecolor": SERIES[0]',
        f"{CODES}::test_classes_are_told_apart_without_colour {CODES}::test_the_colour_of_a_name_is_that_of_its_points",
    ),
    Fault(
        f"{ROOM}/codes.py",
        "if len(classes) > _CLASSES:",
        "if len(classes) >= _CLASSES:",
        f"{CODES}::test_up_to_fifteen_classes",
    ),
    Fault(
        f"{ROOM}/codes.py",
        "{100 * share:.0f} % of the variance",
        "{100 * shares[0]:.0f} % of the variance",
        f"{CODES}::test_the_share_of_the_second_direction_is_its_own",
    ),
    Fault(
        f"{ROOM}/codes.py",
        '("sample", "code")',
        '("code", "sample")',
        f"{CODES}::test_a_single_number_is_drawn_over_the_sample",
    ),
    Fault(
        f"{ROOM}/codes.py",
        "marker=MARKERS[number]",
        "marker=MARKERS[0]",
        f"{CODES}::test_classes_are_told_apart_without_colour",
    ),
    Fault(
        f"{ROOM}/codes.py",
        "{str(label): np.flatnonzero(given == label)",
        "{str(label): np.flatnonzero(given >= label)",
        f"{CODES}::test_two_numbers_are_drawn_as_they_are",
    ),
    # curves.py
    Fault(
        f"{ROOM}/curves.py",
        "_WIDE = 10.0",
        "_WIDE = 9.9",
        f"{CURVES}::test_a_logarithmic_scale_helps_from_ten_times_on",
    ),
    Fault(
        f"{ROOM}/curves.py",
        "_WIDE = 10.0",
        "_WIDE = 10.1",
        f"{CURVES}::test_a_logarithmic_scale_helps_from_ten_times_on",
    ),
    Fault(
        f"{ROOM}/curves.py",
        'linestyle="--" if validation else "-"',
        'linestyle="-" if validation else "--"',
        f"{CURVES}::test_training_is_solid_and_full_validation_dashed_and_open",
    ),
    Fault(
        f"{ROOM}/curves.py",
        '"validation": run.validation_loss',
        '"validation": run.loss',
        f"{CURVES}::test_every_loss_is_where_it_belongs",
    ),
    Fault(
        f"{ROOM}/curves.py",
        "np.arange(1, len(curve) + 1)",
        "np.arange(len(curve))",
        f"{CURVES}::test_every_loss_is_where_it_belongs",
    ),
    Fault(
        f"{ROOM}/curves.py",
        "_MARKED = 8",
        "_MARKED = 9",
        f"{CURVES}::test_training_is_solid_and_full_validation_dashed_and_open",
    ),
    Fault(
        f"{ROOM}/curves.py",
        "axes.set_ylim(bottom=0)",
        "axes.set_ylim(bottom=low)",
        f"{CURVES}::test_the_scale_that_helps {CURVES}::test_a_logarithmic_scale_helps_from_ten_times_on",
    ),
    # activations.py
    Fault(
        f"{ROOM}/activations.py",
        "axes.plot(x, y, color=BLUE)",
        "axes.plot(x, y, color=VERMILLION)",
        f"{ACTIVATIONS}::test_the_colours_and_the_legend_say_which_curve_is_the_derivative",
    ),
    Fault(
        f"{ROOM}/activations.py",
        'Line2D([], [], color=BLUE, label="f(x)")',
        'Line2D([], [], color=VERMILLION, label="f(x)")',
        f"{ACTIVATIONS}::test_the_colours_and_the_legend_say_which_curve_is_the_derivative",
    ),
    Fault(
        f"{ROOM}/activations.py",
        "np.array([place - near, place + near])",
        "np.array([place + near, place - near])",
        f"{ACTIVATIONS}::test_a_kink_is_marked_with_all_three_derivatives",
    ),
    Fault(
        f"{ROOM}/activations.py",
        "_JUMP = 1e-4",
        "_JUMP = 10.0",
        f"{ACTIVATIONS}::test_kinks {ACTIVATIONS}::test_kinks_wherever_they_are",
    ),
    Fault(
        f"{ROOM}/activations.py",
        "margin = 0.06 * (high - low)",
        "margin = 0.6 * (high - low)",
        f"{ACTIVATIONS}::test_what_the_y_axis_spans",
    ),
    # pixels.py
    Fault(f"{ROOM}/pixels.py", '_between(VERMILLION, "#FFFFFF", BLUE)', '_between(BLUE, "#FFFFFF", VERMILLION)', FACES),
    Fault(f"{ROOM}/pixels.py", "np.nan_to_num(share, nan=0.5)", "np.nan_to_num(share, nan=0.0)", FACES),
    Fault(
        f"{ROOM}/pixels.py",
        "np.add.reduceat(matrix, edges[:-1], axis=axis) / counts",
        "np.add.reduceat(matrix, edges[:-1], axis=axis)",
        FACES,
    ),
    Fault(
        f"{ROOM}/pixels.py",
        "np.add.reduceat(matrix, edges[:-1], axis=axis) / counts",
        "np.maximum.reduceat(matrix, edges[:-1], axis=axis)",
        FACES,
    ),
    Fault(f"{ROOM}/pixels.py", '_between("#FFFFFF", "#000000")', '_between("#000000", "#FFFFFF")', FACES),
    Fault(f"{ROOM}/pixels.py", "lines[:, 1:] = cells", "lines[:, 1:] = cells[::-1]", FACES),
    # images.py
    Fault(
        f"{ROOM}/images.py",
        "aligned(reconstruction_errors(x, reconstruction).tolist())",
        "aligned((2.0 * reconstruction_errors(x, reconstruction)).tolist())",
        f"{IMAGES}::test_reconstructions_stand_below_their_originals",
    ),
    Fault(
        f"{ROOM}/images.py",
        "reconstruction_errors(x, reconstruction)",
        "reconstruction_errors(x, x)",
        f"{IMAGES}::test_reconstructions_stand_below_their_originals",
    ),
    Fault(
        f"{ROOM}/images.py",
        "return min(0.0, float(first.min())), max(1.0",
        "return float(first.min()), max(1.0",
        f"{IMAGES}::test_a_column_has_one_scale",
    ),
    Fault(
        f"{ROOM}/images.py",
        '"original": x[start : start + _ROW], "reconstruction": reconstruction',
        '"original": reconstruction[start : start + _ROW], "reconstruction": reconstruction',
        f"{IMAGES}::test_reconstructions_stand_below_their_originals",
    ),
    Fault(f"{ROOM}/images.py", 'cmap="Greys"', 'cmap="gray"', f"{IMAGES}::test_ink_is_dark"),
    Fault(
        f"{ROOM}/images.py",
        "CELL * j, CELL * i, *_range",
        "CELL * i, CELL * j, *_range",
        f"{IMAGES}::test_pictures_stand_in_rows_and_columns_apart_from_each_other",
    ),
    # sheet.py
    Fault(
        f"{ROOM}/sheet.py",
        "if decades > 3.3 else",
        "if decades > 2.3 else",
        f"{SNAPSHOT}::test_ticks_of_a_logarithmic_axis_are_as_close_as_what_it_spans",
    ),
    Fault(
        f"{ROOM}/sheet.py",
        "if decades > 0.7 else",
        "if decades > 0.8 else",
        f"{SNAPSHOT}::test_ticks_of_a_logarithmic_axis_are_as_close_as_what_it_spans",
    ),
    Fault(
        f"{ROOM}/sheet.py",
        'return power if digit == 1 else f"{digit:g}·{power}"',
        "return power",
        f"{FIGURES}::test_numbers_of_a_logarithmic_axis",
    ),
    Fault(
        f"{ROOM}/sheet.py",
        'str.maketrans("-0123456789", "⁻⁰',
        'str.maketrans("-0123456789", "⁰⁰',
        f"{FIGURES}::test_numbers_of_a_logarithmic_axis",
    ),
    Fault(
        f"{ROOM}/sheet.py",
        "if 1e-3 <= number < 1e4:",
        "if 1e-2 <= number < 1e4:",
        f"{FIGURES}::test_numbers_of_a_logarithmic_axis",
    ),
    # measuring.py
    Fault(
        f"{ROOM}/measuring.py",
        "return LOSSES[model.distance].words if",
        "return next(iter(LOSSES.values())).words if",
        f"{SNAPSHOT}::test_what_a_loss_is_called",
    ),
    Fault(
        f"{ROOM}/measuring.py",
        "variances = spread**2",
        "variances = spread",
        f"{CODES}::test_wider_codes_are_drawn_by_principal_components {CODES}::test_principal_components",
    ),
    Fault(
        f"{ROOM}/measuring.py",
        "return directions * signs[:, None]",
        "return directions",
        f"{CODES}::test_wider_codes_are_drawn_by_principal_components {CODES}::test_principal_components",
    ),
    Fault(
        f"{ROOM}/measuring.py",
        "copy.deepcopy(model).eval()",
        "copy.deepcopy(model)",
        f"{LANDSCAPE}::test_noise_and_dropout_are_off",
    ),
    Fault("microae/drawing/curves.py", "high > _WIDE * low", "high >= _WIDE * low", CURVES + " -k scale_that_helps"),
    Fault(
        "microae/drawing/landscape.py",
        "low > 0 and high > _STEEP * low",
        "high > _STEEP * low",
        LANDSCAPE + " -k no_ratios",
    ),
    Fault(
        "microae/drawing/words.py",
        "line if len(line) <= most else",
        "line if len(line) < most else",
        "tests/drawing/test_words.py -k just_not_too_long",
    ),
]
