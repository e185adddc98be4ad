"""Planted faults of drawn steps: formulas, numbers, names, badges, folding, and the files they are written to."""
# ruff: noqa: E501 (a piece of source stands in one line)

from __future__ import annotations

from tests.mutants.fault import Fault

ROOM = "microae/drawing/step"
STEP = "tests/drawing/step"
BADGES = f"{STEP}/test_badges.py"
RESULTS, SUMS = f"{STEP}/test_results.py", f"{STEP}/test_sums.py"
EDGES = f"{STEP}/test_edges.py"
FACES = f"{STEP}/test_faces.py"
FILES = f"{STEP}/test_files.py"
FOLDING = f"{STEP}/test_folding.py"
CALLS = f"{STEP}/test_calls.py"
NOTATION = f"{STEP}/test_notation.py"
PICTURES = f"{STEP}/test_pictures.py"
NAMES = f"{STEP}/test_names.py"
SCENE = f"{STEP}/test_scene.py"

FAULTS = [
    # several passes, several optimisers
    Fault(
        f"{ROOM}/skeleton.py",
        "_add(graph.gradients, place[value], g)",
        "graph.gradients[place[value]] = g",
        f"{EDGES}::test_gradients_of_a_node_that_two_losses_use_are_those_of_their_sum",
    ),
    Fault(
        f"{ROOM}/scalars.py",
        "for root, seed in graph.seeds.items():",
        "for root, seed in graph.gradients.items():",
        f"{EDGES}::test_a_loss_inside_another_one_counts_once_and_by_it",
    ),
    Fault(
        f"{ROOM}/skeleton.py",
        "if len({optimizer.lr for optimizer in optimizers}) == 1:",
        "if optimizers:",
        f"{EDGES}::test_two_optimisers_each_have_their_rate",
    ),
    Fault(
        f"{ROOM}/skeleton.py",
        "(x.operation is not None or self._nodes[self._places[x]].data is a)",
        "True",
        f"{EDGES}::test_a_parameter_that_was_updated_between_has_another_name",
    ),
    Fault(
        f"{ROOM}/skeleton.py",
        "        graph.added_up = {place[leaf]: grad for leaf, grad in kept.items()}\n",
        "        graph.gradients = {place[leaf]: grad for leaf, grad in kept.items()}\n",
        f"{EDGES}::test_the_grad_of_leaves_is_called_a_gradient_of_a_number_only",
    ),
    # calls of modules, and constants
    Fault(
        f"{ROOM}/collapsing.py",
        "        alone = alone and hidden.isdisjoint(j for i in cell.members for j in graph.nodes[i].inputs)\n",
        "",
        f"{CALLS}::test_a_layer_that_is_called_again_is_that_layer_again",
    ),
    Fault(
        f"{ROOM}/building.py",
        "            for i in parameters\n",
        "            for i in parameters[:0]\n",
        f"{CALLS}::test_what_an_update_adds_is_the_sum_of_what_its_arrows_say",
    ),
    Fault(
        f"{ROOM}/building.py",
        "            if self.results.is_hidden(i):\n                continue\n",
        "",
        f"{CALLS}::test_what_enters_a_gradient_is_a_term_of_it",
    ),
    Fault(
        f"{ROOM}/results.py",
        "            and not self.is_hidden(i)\n",
        "",
        f"{CALLS}::test_a_layer_whose_first_result_is_thrown_away_has_its_gradient_from_the_second",
    ),
    Fault(
        f"{ROOM}/results.py",
        "made = [i for i in cell.members if self.graph.nodes[i].operation is not None] or cell.members",
        "made = cell.members",
        f"{CALLS}::test_of_several_numbers_a_module_is_given_what_is_not_its_own",
    ),
    Fault(
        f"{ROOM}/building.py",
        "*([] if within is None else [within])",
        "",
        f"{RESULTS}::test_a_result_that_goes_into_another_one_has_that_term_too",
    ),
    Fault(
        f"{ROOM}/results.py",
        "return [] if any(i in self._within(k, j) for j in behind for i in first) else sorted(first)",
        "return sorted(first)",
        f"{RESULTS}::test_where_a_slope_could_be_read_in_two_ways_there_is_none",
    ),
    Fault(
        f"{ROOM}/results.py",
        "first = self._reached(k, starts)",
        "first = set(results)",
        f"{RESULTS}::test_of_two_results_only_those_that_depend_on_an_input_lead_to_it",
    ),
    Fault(
        f"{ROOM}/results.py",
        "for i in self.cells[k].members if i in needed for j",
        "for i in self.cells[k].members for j",
        f"{RESULTS}::test_a_part_of_the_loss_is_a_function_of_what_its_result_depends_on",
    ),
    Fault(
        f"{ROOM}/building.py",
        '            incoming.append("θ")  # of other modules\n',
        "            pass\n",
        f"{RESULTS}::test_a_loss_of_the_parameters_says_so",
    ),
    Fault(
        f"{ROOM}/collapsing.py",
        "depth[i] = min(depth[k] for k in users[i])",
        "depth[i] = max(0, min(depth[k] for k in users[i]) - 1)",
        f"{RESULTS}::test_a_stretch_shows_a_result_and_its_gradient_and_no_parameter",
    ),
    Fault(
        f"{ROOM}/placing.py",
        "                if self._is_across(edge):\n",
        "                if False:\n",
        f"{CALLS}::test_arrows_to_updates_go_around_all_boxes_and_have_their_labels_where_they_are_alone",
    ),
    Fault(
        f"{ROOM}/labels.py",
        "lines[n].points[: lines[n].own]",
        "lines[n].points",
        f"{CALLS}::test_arrows_to_updates_go_around_all_boxes_and_have_their_labels_where_they_are_alone",
    ),
    Fault(
        f"{ROOM}/building.py",
        "if any(self._is_loss_alone(j) for j in through):\n            one_module",
        "if False:\n            one_module",
        f"{CALLS}::test_no_gradient_is_a_sum_with_itself_in_it",
    ),
    Fault(
        f"{ROOM}/results.py",
        "operation is None and self.cells[self.cell_of[i]].is_collapsed",
        "operation is None and False",
        f"{CALLS}::test_each_call_of_a_module_has_a_box_and_says_what_it_is_given",
    ),
    Fault(
        f"{ROOM}/collapsing.py",
        "call = path, graph.call(i, path), node.provenance.stage",
        "call = path, 0, node.provenance.stage",
        f"{CALLS}::test_each_call_of_a_module_has_a_box_and_says_what_it_is_given",
    ),
    Fault(
        f"{ROOM}/collapsing.py",
        "call = path, graph.call(i, path), node.provenance.stage",
        "call = path, graph.call(i, path), 0",
        f"{CALLS}::test_a_graph_that_was_not_recorded_has_its_derivatives",
    ),
    Fault(
        f"{ROOM}/skeleton.py",
        "    given += _weighing(order, inside, trained)\n",
        "",
        f"{CALLS}::test_what_a_model_does_itself_is_not_in_the_loss_of_a_loop",
    ),
    Fault(
        f"{ROOM}/skeleton.py",
        "run(1.0) - run(0.0)",
        "run(1.0)",
        f"{CALLS}::test_as_many_are_masked_as_the_picture_says",
    ),
    Fault(
        f"{ROOM}/skeleton.py",
        "was_before = first is not None and newest < first.serial",
        "was_before = first is not None",
        f"{CALLS}::test_what_only_looks_like_something_rounded_is_not_called_so",
    ),
    Fault(
        "microae/readonly.py",
        "if tell is not None and not options and",
        "if tell is not None and",
        f"{CALLS}::test_what_only_looks_like_something_rounded_is_not_called_so",
    ),
    # notation.py
    Fault(
        f"{ROOM}/notation.py",
        "(low >= 1e-3 or among_larger) and high < 10 ** (digits + 1)",
        "(low > 1e-3 or among_larger) and high < 10 ** (digits + 1)",
        f"{NOTATION}::test_a_number_in_few_letters",
    ),
    Fault(
        f"{ROOM}/notation.py",
        "(low >= 1e-3 or among_larger) and high < 10 ** (digits + 1)",
        "(low >= 1e-3 or among_larger) and high < 10**digits",
        f"{NOTATION}::test_a_number_in_few_letters",
    ),
    Fault(
        f"{ROOM}/notation.py",
        "(low >= 1e-3 or among_larger) and high < 10 ** (digits + 1)",
        "(low >= 1e-4 or among_larger) and high < 10 ** (digits + 1)",
        f"{NOTATION}::test_a_number_in_few_letters",
    ),
    Fault(
        f"{ROOM}/notation.py",
        "low >= 1e-5 and high >= 1e-2",
        "low >= 1e-5 and high < 1e-2",
        f"{NOTATION}::test_numbers_that_stand_together_have_as_many_digits",
    ),
    Fault(
        f"{ROOM}/notation.py",
        "if plain and len(set(texts)) == len(set(finest)):",
        "if plain:",
        f"{NOTATION}::test_numbers_that_stand_together_have_as_many_digits",
    ),
    Fault(
        f"{ROOM}/notation.py",
        "if plain and len(set(texts)) == len(set(finest)):",
        "if len(set(texts)) == len(set(finest)):",
        f"{NOTATION}::test_numbers_of_a_row_are_in_one_format_told_apart_and_never_0_or_1_that_they_are_not",
    ),
    Fault(
        f"{ROOM}/notation.py",
        "return _in_full(together, form, digits)[: len(known)] or _told_apart",
        "return _told_apart",
        f"{NOTATION}::test_numbers_that_stand_together_have_as_many_digits",
    ),
    Fault(
        f"{ROOM}/notation.py",
        "written == x or is_near or float(np.float32(text)) == x",
        "written == x or is_near",
        f"{NOTATION}::test_numbers_that_stand_together_have_as_many_digits",
    ),
    Fault(
        f"{ROOM}/notation.py",
        'return "∞" if x > 0 else "−∞"',
        'return "∞"',
        f"{NOTATION}::test_a_number_in_few_letters",
    ),
    Fault(
        f"{ROOM}/notation.py",
        "precision = digits - 2 if form",
        "precision = digits - 3 if form",
        f"{NOTATION}::test_a_number_in_few_letters",
    ),
    Fault(
        f"{ROOM}/notation.py",
        "e{int(exponent)}",
        "e{abs(int(exponent))}",
        f"{NOTATION}::test_a_number_in_few_letters",
    ),
    Fault(
        f"{ROOM}/notation.py",
        'return text.replace("-", "−")',
        "return text",
        f"{NOTATION}::test_a_number_in_few_letters",
    ),
    Fault(
        f"{ROOM}/notation.py",
        "array.size > most or array.ndim > 2",
        "array.size >= most or array.ndim > 2",
        f"{NOTATION}::test_arrays_in_a_formula",
    ),
    Fault(
        f"{ROOM}/notation.py",
        "array.size > most or array.ndim > 2",
        "array.size > most or array.ndim > 3",
        f"{NOTATION}::test_arrays_in_a_formula",
    ),
    Fault(
        f"{ROOM}/notation.py",
        'return "×".join(map(str, shape))',
        'return "×".join(map(str, shape[::-1]))',
        f"{NOTATION}::test_arrays_in_a_formula",
    ),
    Fault(
        f"{ROOM}/notation.py",
        'return f"{symbol}′({operands[0].text})"',
        'return f"{symbol}({operands[0].text})"',
        f"{NOTATION}::test_derivatives_that_say_no_more_than_that_they_are",
    ),
    Fault(
        f"{ROOM}/notation.py",
        'return f"∂{out.text}/∂{operands[i].text}"',
        'return f"∂{out.text}/∂{operands[0].text}"',
        f"{NOTATION}::test_derivatives_that_say_no_more_than_that_they_are",
    ),
    Fault(
        f"{ROOM}/labels.py",
        "                cost += _OTHERS\n",
        "                pass\n",
        f"{RESULTS}::test_a_label_is_not_read_as_that_of_another_arrow",
    ),
    # terms.py
    Fault(
        f"{ROOM}/terms.py",
        "{_listed(kept)}, keepdims=True]",
        "{_listed(kept)}]",
        f"{SUMS}::test_a_sum_is_over_the_axes_that_it_names",
    ),
    Fault(
        f"{ROOM}/terms.py",
        'in (*_PRODUCTS, "broadcast_to"):',
        "in _PRODUCTS:",
        f"{SUMS}::test_a_sum_is_over_the_axes_that_it_names",
    ),
    Fault(
        f"{ROOM}/building.py",
        "{plugged.text}{chosen} = {numbers(node.data)}",
        "{plugged.text} = {numbers(node.data)}",
        f"{SUMS}::test_a_reduction_says_along_which_axis_in_numbers_too_and_back",
    ),
    Fault(
        f"{ROOM}/skeleton.py",
        "np.isin(data, (0.0, 1.0)).all() and (data == 0).any()",
        "(data == 0).any()",
        f"{SUMS}::test_only_zeros_and_ones_are_a_mask",
    ),
    Fault(
        f"{ROOM}/badges.py",
        "if is_product and called.startswith",
        "if called.startswith",
        f"{SUMS}::test_what_is_called_a_mask_but_multiplies_nothing_masks_nothing",
    ),
    Fault(
        f"{ROOM}/notation.py",
        'return "…" if plain is Ellipsis else',
        "return",
        f"{SUMS}::test_parameters_are_written_without_pythons_words",
    ),
    Fault(
        f"{ROOM}/terms.py",
        "in _PRODUCTS and place == 1\n",
        "in _PRODUCTS and place == 0\n",
        f"{SCENE}::test_every_formula_says_what_its_box_shows",
    ),
    Fault(
        f"{ROOM}/terms.py",
        'return f"{len(texts)}" if texts[0] == "1" else',
        "return texts[0] if len(texts) == 2 else",
        f"{FOLDING}::test_a_folded_module_that_is_used_twice_by_one_operation",
    ),
    Fault(
        f"{ROOM}/terms.py",
        'if upstream == "1":\n        return local',
        'if upstream == "1":\n        return upstream',
        f"{SCENE}::test_the_papers_step",
    ),
    Fault(
        f"{ROOM}/terms.py",
        "np.size(node.arguments[0]) // max(1, np.size(node.data))",
        "np.size(node.arguments[0])",
        f"{NOTATION}::test_a_mean_divides_by_how_many_it_is_taken_over",
    ),
    Fault(
        f"{ROOM}/terms.py",
        'if strength(local) < SIGN or local.startswith("−")',
        "if False",
        f"{SCENE}::test_every_formula_says_what_its_box_shows",
    ),
    Fault(
        f"{ROOM}/terms.py",
        "None if np.shape(slope) != shape or np.any(apart) else slope",
        "slope",
        f"{NOTATION}::test_what_is_no_function_of_each_number_alone_has_no_slopes",
    ),
    Fault(
        f"{ROOM}/terms.py",
        "        first = first + other",
        "        first = other",
        f"{FOLDING}::test_the_gradient_of_a_folded_module_has_all_its_parts {FOLDING}::test_the_parts_of_one_sender_add_up",
    ),
    Fault(
        f"{ROOM}/terms.py",
        'if k and text.startswith("−")',
        "if False",
        f"{NOTATION}::test_a_minus_within_a_sum_stands_in_parentheses",
    ),
    Fault(
        f"{ROOM}/terms.py",
        'if over and "∂" not in local:',
        "if False:",
        f"{EDGES}::test_the_gradient_of_what_is_broadcast_is_a_sum",
    ),
    # skeleton.py
    Fault(
        f"{ROOM}/skeleton.py",
        'f"{optimizers[0].lr:g}"',
        '"0.01"',
        f"{FACES}::test_the_learning_rate_is_that_of_the_step",
    ),
    Fault(
        f"{ROOM}/skeleton.py",
        '"loss before": _written(f"{before:{form}}")',
        '"loss before": _written(f"{after:{form}}")',
        f"{FACES}::test_losses_before_and_after_stand_in_their_lanes",
    ),
    # updates.py
    Fault(
        f"{ROOM}/updates.py",
        '_STATES = {1: ("v",), 2: ("m", "v")}',
        '_STATES = {1: ("v",), 2: ("v", "m")}',
        f"{SCENE}::test_adam",
    ),
    Fault(
        f"{ROOM}/updates.py",
        "f\"η{'' if factor[0]",
        "f\"{'' if factor[0]",
        f"{SCENE}::test_every_formula_says_what_its_box_shows",
    ),
    Fault(
        f"{ROOM}/updates.py",
        "    return letters[0] if len(letters) == 1 else None",
        "    return letters[0] if letters else None",
        f"{NAMES}::test_a_number_that_may_be_two_of_an_optimisers_has_no_letter",
    ),
    Fault(
        f"{ROOM}/updates.py",
        "again = _run_again(update) if o.replayable else None",
        "again = None",
        f"{NAMES}::test_numbers_of_an_optimiser_are_named_by_what_they_are",
    ),
    Fault(
        f"{ROOM}/updates.py",
        "near = 1e-12 if number.dtype == np.float64 else 1e-6",
        "near = 1e-12",
        f"{NAMES}::test_numbers_are_named_in_single_precision",
    ),
    Fault(
        f"{ROOM}/updates.py",
        '        and _letters(update).get((step, 0)) == Written("η")\n',
        "",
        f"{SCENE}::test_another_update_is_not_the_papers",
    ),
    Fault(
        f"{ROOM}/updates.py",
        "return _number(data, digits, beside) if with_numbers else Written(name)",
        "return _number(value._array) if with_numbers else Written(name)",
        f"{SCENE}::test_every_formula_says_what_its_box_shows",
    ),
    Fault(
        f"{ROOM}/updates.py",
        "known: dict[Value, Known] = {parameter: (name, update.before, digits, after)}",
        "known: dict[Value, Known] = {parameter: (name, update.before, 3, after)}",
        f"{SCENE}::test_an_update_shows_the_digits_that_it_changes",
    ),
    Fault(
        f"{ROOM}/updates.py",
        "known: dict[Value, Known] = {parameter: (name, update.before, digits, after)}",
        "known: dict[Value, Known] = {parameter: (name, update.before, digits, None)}",
        f"{SCENE}::test_what_an_update_leaves_is_written_as_it_was",
    ),
    Fault(
        f"{ROOM}/face.py",
        "self._value(np.asarray(box.value), box.digits, box.beside)",
        "self._value(np.asarray(box.value), box.digits)",
        f"{SCENE}::test_what_an_update_leaves_is_written_as_it_was",
    ),
    Fault(
        f"{ROOM}/notation.py",
        "for group in (values, beside))",
        "for group in (values,))",
        f"{SCENE}::test_what_an_update_leaves_is_written_as_it_was",
    ),
    Fault(
        f"{ROOM}/notation.py",
        "together = known + others",
        "together = known",
        f"{SCENE}::test_what_an_update_leaves_is_written_as_it_was",
    ),
    Fault(
        f"{ROOM}/updates.py",
        "return after - update.before if digits_to_tell",
        "return update.before - after if digits_to_tell",
        f"{SCENE}::test_where_digits_do_not_show_an_update_its_change_is_drawn",
    ),
    Fault(
        f"{ROOM}/updates.py",
        'f"grad({name})" if update.is_changed else gradient',
        "gradient",
        f"{SCENE}::test_a_clipped_gradient_is_not_called_the_gradient_of_the_loss",
    ),
    Fault(
        f"{ROOM}/scalars.py",
        "g = None if update.is_changed else",
        "g =",
        f"{SCENE}::test_a_clipped_gradient_is_not_called_the_gradient_of_the_loss",
    ),
    Fault(
        f"{ROOM}/skeleton.py",
        "in range(5, 8) if",
        "in range(5, 5) if",
        f"{SCENE}::test_two_losses_have_as_many_digits_as_tell_them_apart",
    ),
    Fault(
        f"{ROOM}/collapsing.py",
        "for i in members if graph.is_weight(i))",
        "for i in members if graph.nodes[i].operation is None)",
        f"{RESULTS}::test_a_stretch_shows_a_result_and_its_gradient_and_no_parameter",
    ),
    # building.py
    Fault(
        f"{ROOM}/building.py",
        'here, "update", "−η" if is_gradient and plain else "")',
        'here, "update", "−η" if plain else "")',
        f"{FACES}::test_minus_eta_stands_on_the_edges_from_gradients_to_parameters_only",
    ),
    Fault(
        f"{ROOM}/building.py",
        'here, "update", "−η" if is_gradient and plain else "")',
        'here, "update", "−η" if is_gradient else "")',
        f"{FACES}::test_minus_eta_stands_on_the_edges_from_gradients_to_parameters_only",
    ),
    Fault(
        f"{ROOM}/building.py",
        'f"−η · {slope}" if plain and slope else slope',
        'f"−η · {slope}" if slope else slope',
        f"{FACES}::test_minus_eta_stands_on_the_edges_from_gradients_to_parameters_only",
    ),
    Fault(
        f"{ROOM}/building.py",
        "for i in self.cells[k].members if self.cells[k].is_collapsed else (self.reached[k],):",
        "for i in (self.reached[k],):",
        f"{FOLDING}::test_what_an_inner_number_of_a_folded_module_is_sent_arrives_at_the_module",
    ),
    Fault(
        f"{ROOM}/building.py",
        "part = None if k in self.numbers or to != self.reached[k] else total(sent)",
        "part = None if k in self.numbers or to != self.reached[k] else sent[0].value",
        f"{FOLDING}::test_the_gradient_of_a_folded_module_has_all_its_parts {FOLDING}::test_the_parts_of_one_sender_add_up",
    ),
    Fault(
        f"{ROOM}/building.py",
        "            terms[to].append(arrived)\n",
        "            terms[to] = terms[to] or [arrived]\n",
        f"{SCENE}::test_a_gradient_is_the_sum_of_what_arrives",
    ),
    Fault(
        f"{ROOM}/building.py",
        '"∇ = δ·σ′(z), meant δ = ∂L/∂a" if is_output else "∇ = (∇next·Wᵀ)·σ′(z), meant f′"',
        '"∇ = (∇next·Wᵀ)·σ′(z)"',
        f"{SCENE}::test_the_papers_step",
    ),
    Fault(
        f"{ROOM}/building.py",
        'return f"∂{self.results.name(through)}/∂{self.results.called(to)}" if through else ""',
        'return f"∂{self.results.called(to)}/∂{self.results.name(through)}" if through else ""',
        f"{SCENE}::test_the_papers_step",
    ),
    Fault(
        f"{ROOM}/building.py",
        'f"∇{self.names[i]}" if is_parameter else f"∂{self.loss}/∂{self.names[i]}"',
        'f"∇{self.names[i]}"',
        f"{SCENE}::test_the_papers_step",
    ),
    Fault(
        f"{ROOM}/building.py",
        "size = sum(np.size(change.update.before) for change in changes)",
        "size = len(changes)",
        f"{FOLDING}::test_an_updated_module_says_how_far_its_parameters_moved",
    ),
    Fault(
        f"{ROOM}/building.py",
        "moved = max(float(np.abs(c.update.after.data - c.update.before).max(initial=0.0))",
        "moved = min(float(np.abs(c.update.after.data - c.update.before).max(initial=0.0))",
        f"{FOLDING}::test_an_updated_module_says_how_far_its_parameters_moved",
    ),
    Fault(
        f"{ROOM}/building.py",
        '"θ′ = θ − η∇θ" if plain else',
        '"θ′ = θ − η∇θ" if not plain else',
        f"{FOLDING}::test_an_updated_module_says_how_far_its_parameters_moved",
    ),
    Fault(
        f"{ROOM}/building.py",
        'self._papers(f"{letter} ← {letter} − η∇{letter}"',
        'self._papers(f"{letter} ← {letter} + η∇{letter}"',
        f"{SCENE}::test_the_papers_step",
    ),
    Fault(
        f"{ROOM}/building.py",
        '{"weight": "W", "bias": "b"}.get(node.label or "", "") if plain else ""',
        '{"weight": "W", "bias": "b"}.get(node.label or "", "")',
        f"{SCENE}::test_another_update_is_not_the_papers",
    ),
    Fault(
        f"{ROOM}/building.py",
        '_PAPER_FORWARD = {"z": "z = W h + b, meant Wᵀ h + b", "h": "h = f(z)"',
        '_PAPER_FORWARD = {"z": "h = f(z)", "h": "z = W h + b"',
        f"{SCENE}::test_the_papers_step",
    ),
    Fault(
        f"{ROOM}/building.py",
        "if again and np.ndim(node.data) and self._is_input(node.data):",
        "if again and np.ndim(node.data):",
        f"{CALLS}::test_layers_of_a_sequence_are_called_by_index_and_class",
    ),
    Fault(
        f"{ROOM}/badges.py",
        "known[0] += int(number)",
        "known[0] = 1",
        f"{BADGES}::test_dropout_and_a_collapsed_module",
    ),
    Fault(
        f"{ROOM}/building.py",
        'numbers=f"{name} = {plugged.text}{chosen} = {numbers(node.data)}"',
        'numbers=f"{name} = {plugged.text}{chosen} = {plugged.text}"',
        f"{SCENE}::test_an_operation_shows_its_numbers_and_its_result",
    ),
    Fault(
        f"{ROOM}/building.py",
        "place = seen[t] = seen.get(t, -1) + 1",
        "place = seen[t] = 0",
        f"{SCENE}::test_a_value_used_twice_is_one_node_with_two_edges",
    ),
    Fault(
        f"{ROOM}/building.py",
        "gradient=self._gradient_data(k),\n            tells_gradient=bool(self.graph.gradients) and not self.graph.lanes",
        "gradient=None,\n            tells_gradient=bool(self.graph.gradients) and not self.graph.lanes",
        f"{SCENE}::test_its_values_are_those_of_the_step {EDGES}::test_a_graph_shows_itself_with_gradients_once_there_are_some",
    ),
    # naming.py
    Fault(
        f"{ROOM}/skeleton.py",
        "known = self._inputs.get(name, len(self._nodes))",
        "known = len(self._nodes)",
        f"{NAMES}::test_a_connection_that_skips_layers_comes_from_the_input",
    ),
    Fault(
        f"{ROOM}/skeleton.py",
        " and not factor",
        "",
        f"{NAMES}::test_what_may_equal_the_input_by_chance_is_not_the_input_but_said_to_equal_it",
    ),
    Fault(
        f"{ROOM}/skeleton.py",
        "    if np.all(data == data.flat[0]):\n",
        "    if False:\n",
        f"{NAMES}::test_what_may_equal_the_input_by_chance_is_not_the_input_but_said_to_equal_it",
    ),
    Fault(
        f"{ROOM}/naming.py",
        'if "x" in equal and node.path != "loss":',
        "if False:",
        f"{NAMES}::test_what_may_equal_the_input_by_chance_is_not_the_input_but_said_to_equal_it",
    ),
    Fault(
        f"{ROOM}/building.py",
        'not (node.label or name == "x" or name.startswith("mask"))',
        'not (node.label or name == "x")',
        f"{NAMES}::test_what_may_equal_the_input_by_chance_is_not_the_input_but_said_to_equal_it",
    ),
    Fault(
        f"{ROOM}/naming.py",
        "            if name in seen:",
        "            if False:",
        f"{NAMES}::test_no_two_nodes_have_one_name",
    ),
    Fault(
        f"{ROOM}/naming.py",
        "if goes_in and (self.has_noise or not self.graph.given):",
        "if goes_in:",
        f"{NAMES}::test_what_a_network_is_given_is_not_the_input_with_noise_unless_there_is_noise",
    ),
    Fault(
        f"{ROOM}/naming.py",
        "self.layer[i] = behind + affine[i]",
        "self.layer[i] = behind + 1",
        f"{SCENE}::test_the_papers_step",
    ),
    Fault(
        f"{ROOM}/naming.py",
        'self.names[i] = f"a{self.names[i][1:]}"',
        'self.names[i] = f"h{self.names[i][1:]}"',
        f"{SCENE}::test_the_papers_step",
    ),
    Fault(
        f"{ROOM}/naming.py",
        '_LETTERS = {"weight": "W", "bias": "b"}',
        '_LETTERS = {"weight": "b", "bias": "W"}',
        f"{SCENE}::test_the_papers_step",
    ),
    Fault(
        f"{ROOM}/naming.py",
        "in self._taken:  # by a label",
        "in ():  # by a label",
        f"{SCENE}::test_every_formula_says_what_its_box_shows",
    ),
    # scalars.py
    Fault(
        f"{ROOM}/scalars.py",
        'lowered(1234567890) else f"{name},"',
        "lowered(1234567890) else name",
        f"{SCENE}::test_names_of_elements",
    ),
    Fault(
        f"{ROOM}/scalars.py",
        "lowered(k + 1) for k in index",
        "lowered(k) for k in index",
        f"{SCENE}::test_on_scalars_every_number_is_a_node_and_the_numbers_agree {SCENE}::test_what_does_not_work_on_scalars_stays_whole",
    ),
    Fault(
        f"{ROOM}/scalars.py",
        "total = total / float(parts.size)",
        "total = total / float(parts.size + 1)",
        f"{SCENE}::test_every_formula_says_what_its_box_shows",
    ),
    Fault(
        f"{ROOM}/scalars.py",
        "elements = 2 * np.size(node.data) * np.shape(node.arguments[0])[-1]",
        "elements = np.size(node.data)",
        f"{EDGES}::test_products_count_their_scalar_operations",
    ),
    # badges.py
    Fault(f"{ROOM}/badges.py", "_CLOSE = 1e-3", "_CLOSE = 1.1e-3", BADGES),
    Fault(f"{ROOM}/badges.py", "_FEW = 64", "_FEW = 63", BADGES),
    Fault(f"{ROOM}/badges.py", "_FEW = 64", "_FEW = 65", BADGES),
    Fault(f"{ROOM}/badges.py", "_FLAT = 0.01", "_FLAT = 0.0101", BADGES),
    Fault(
        f"{ROOM}/badges.py",
        "return slopes[-2], slopes[-1], np.fmax.reduce(np.abs(slopes[:-2]))",
        "return slopes[-2], slopes[-1], np.ones_like(slopes[0])",
        BADGES,
    ),
    Fault("microae/operations/arithmetic.py", 'symbol="|·|", kinks=lambda x: x,', 'symbol="|·|",', BADGES),
    Fault("microae/operations/activations.py", "() if negative_slope == 1.0 else x", "()", BADGES),
    Fault(f"{ROOM}/badges.py", "    elif any(sides):\n", "    elif all(sides):\n", BADGES),
    Fault(f"{ROOM}/badges.py", "(units == 0).all(axis=0)", "(units == 0).all(axis=1)", BADGES),
    Fault(f"{ROOM}/badges.py", "_count(number, units[0])", "_count(number, units)", BADGES),
    Fault(
        f"{ROOM}/badges.py",
        "np.isnan(data).sum()), int(np.isinf(data).sum())",
        "np.isnan(data).sum()), int(np.isposinf(data).sum())",
        BADGES,
    ),
    Fault(f"{ROOM}/badges.py", "int((distance == 0).sum())", "int((x > 0).sum())", BADGES),
    Fault(
        f"{ROOM}/badges.py",
        "np.abs(x[np.isfinite(x)]).max(initial=0.0)",
        "np.abs(x[np.isfinite(x)]).min(initial=0.0)",
        BADGES,
    ),
    Fault(f"{ROOM}/badges.py", "(np.asarray(mask) == 0).sum()", "(np.asarray(mask) != 0).sum()", BADGES),
    Fault(f"{ROOM}/badges.py", "if data.size > 1 else", "if data.size > 2 else", BADGES),
    # collapsing.py
    Fault(
        f"{ROOM}/collapsing.py",
        "sum(np.size(graph.nodes[i].data) for i in",
        "sum(1 for i in",
        FOLDING,
    ),
    Fault(
        f"{ROOM}/collapsing.py",
        "operations = sum(graph.nodes[i].operation is not None for i in members)",
        "operations = len(members)",
        FOLDING,
    ),
    Fault(f"{ROOM}/collapsing.py", '{word if number == 1 else plural}"', '{plural}"', FOLDING),
    Fault(
        f"{ROOM}/collapsing.py",
        "modules = sum(cell.is_collapsed for cell in grouping.cells)",
        "modules = len(found.cells)",
        FOLDING,
    ),
    Fault(
        f"{ROOM}/collapsing.py",
        'f"{number:,} nodes would be more than max_nodes={max_nodes}: {modules}',
        'f"{len(found.cells):,} nodes would be more than max_nodes={max_nodes}: {modules}',
        FOLDING,
    ),
    Fault(
        f"{ROOM}/collapsing.py",
        "    if number <= max_nodes:\n        return grouping",
        "    if number < max_nodes:\n        return grouping",
        FOLDING,
    ),
    Fault(
        f"{ROOM}/collapsing.py",
        "operations = sum(graph.nodes[i].operation is not None for i in cell.members)",
        "operations = len(cell.members)",
        FOLDING,
    ),
    Fault(f"{ROOM}/collapsing.py", "_STRETCHES = 16", "_STRETCHES = 17", f"{EDGES}::test_a_hundred_thousand_nodes"),
    # face.py
    Fault(f"{ROOM}/face.py", "levels(small / limit, -1.0, 1.0)", "levels(-small / limit, -1.0, 1.0)", FACES),
    Fault(f"{ROOM}/face.py", "levels(small / limit, -1.0, 1.0)", "levels(small / limit, 0.0, 1.0)", FACES),
    Fault(f"{ROOM}/face.py", '("mean", finite.mean())', '("mean", np.median(finite))', FACES),
    Fault(f"{ROOM}/face.py", '("min", finite.min())', '("min", np.abs(finite).min())', FACES),
    Fault(f"{ROOM}/face.py", "WRITTEN = 4", "WRITTEN = 5", FACES),
    Fault(f"{ROOM}/face.py", "PIXELS = 32", "PIXELS = 31", FACES),
    Fault(
        f"{ROOM}/face.py",
        'words = "—" if box.gradient is None else number(float(box.gradient))',
        'words = "—" if box.gradient is None else number(abs(float(box.gradient)))',
        FACES,
    ),
    Fault(f"{ROOM}/face.py", '("= " if not k else "+ ") + term', '("= " if not k else "− ") + term', FACES),
    Fault(
        f"{ROOM}/face.py",
        'if box.kind == "update" and box.paper:\n        return box.paper',
        'if box.kind == "update" and box.paper:\n        return box.formula',
        FACES,
    ),
    Fault(f"{ROOM}/face.py", 'by = more if text.look == "shape" else', 'by = 0.0 if text.look == "shape" else', FACES),
    # looks.py
    Fault(
        f"{ROOM}/looks.py",
        'INK: dict[Stage, str] = {"forward": BLUE, "backward": VERMILLION',
        'INK: dict[Stage, str] = {"forward": VERMILLION, "backward": BLUE',
        FACES,
    ),
    Fault(
        f"{ROOM}/looks.py",
        'works = box.kind in ("operation", "module")',
        'works = box.kind in ("operation", "parameter")',
        FACES,
    ),
    Fault(f"{ROOM}/looks.py", "lines += [f\"η = {known['η']}\"]", 'lines += [f"η = {0.01}"]', FACES),
    Fault(
        f"{ROOM}/looks.py",
        'lines = ["loss before", known["loss before"]]',
        'lines = ["loss before", known.get("loss after", "")]',
        FACES,
    ),
    Fault(f"{ROOM}/looks.py", '"backward": "← backward"', '"backward": "→ backward"', FACES),
    # drawing.py
    Fault(
        f"{ROOM}/drawing.py",
        'SUFFIXES = (".svg", ".png", ".pdf", ".dot", ".html")',
        'SUFFIXES = (".svg", ".png", ".pdf", ".dot", ".html", ".gif")',
        f"{FILES}::test_another_suffix_is_refused",
    ),
    Fault(
        f"{ROOM}/drawing.py",
        'self.svg() if suffix == ".svg" else self.dot() if suffix == ".dot"',
        'self.dot() if suffix == ".svg" else self.svg() if suffix == ".dot"',
        f"{FILES}::test_every_format {FILES}::test_the_dot_file_holds_the_graph {FILES}::test_a_file_holds_what_the_drawing_says",
    ),
    Fault(f"{ROOM}/drawing.py", "suffix = path.suffix.lower()", "suffix = path.suffix", f"{FILES}::test_every_format"),
    Fault(
        f"{ROOM}/drawing.py",
        'self.png() if suffix == ".png" else self.pdf()',
        "self.png()",
        f"{FILES}::test_the_dot_file_holds_the_graph {FILES}::test_a_file_holds_what_the_drawing_says",
    ),
    Fault(
        f"{ROOM}/drawing.py",
        "_PIXELS = 8000",
        "_PIXELS = 4000",
        f"{FILES}::test_the_png_is_twice_as_fine_as_the_picture",
    ),
    Fault(
        f"{ROOM}/drawing.py",
        "_SMALL, _WIDE = 72.0, 1300",
        "_SMALL, _WIDE = 72.0, 1400",
        f"{FILES}::test_in_a_notebook_a_step_is_a_page_and_a_value_a_picture",
    ),
    Fault(
        f"{ROOM}/drawing.py",
        "dpi: float = 144.0",
        "dpi: float = 72.0",
        f"{FILES}::test_the_png_is_twice_as_fine_as_the_picture",
    ),
    Fault(
        f"{ROOM}/drawing.py",
        'MOST = {"tensor": 150',
        'MOST = {"tensor": 160',
        f"{EDGES}::test_a_hundred_thousand_nodes",
    ),
    # dotfile.py
    Fault(
        f"{ROOM}/dotfile.py",
        'free = "" if edge.stage == "forward" else',
        'free = "" if edge.stage != "forward" else',
        f"{FILES}::test_the_dot_file_holds_the_graph {FILES}::test_the_dot_file_says_of_each_box_and_edge_what_the_picture_says",
    ),
    Fault(
        f"{ROOM}/dotfile.py",
        "n{edge.tail} -> n{edge.head} [color=",
        "n{edge.head} -> n{edge.tail} [color=",
        f"{FILES}::test_the_dot_file_holds_the_graph {FILES}::test_the_dot_file_says_of_each_box_and_edge_what_the_picture_says",
    ),
    Fault(
        f"{ROOM}/dotfile.py",
        "{{ rank=same; n{box.of}; n{box.number} }}",
        "{{ rank=same; n{box.number}; n{box.number} }}",
        f"{FILES}::test_the_dot_file_holds_the_graph {FILES}::test_the_dot_file_says_of_each_box_and_edge_what_the_picture_says",
    ),
    Fault(
        f"{ROOM}/dotfile.py",
        "value.size <= 16 and value.ndim <= 2",
        "value.size <= 6 and value.ndim <= 2",
        f"{FILES}::test_the_dot_file_holds_the_graph {FILES}::test_the_dot_file_says_of_each_box_and_edge_what_the_picture_says",
    ),
    Fault(
        f"{ROOM}/dotfile.py",
        'words += [f"{badge.glyph} {badge.words}" for badge in box.badges]',
        "words += []",
        f"{FILES}::test_the_dot_file_holds_the_graph {FILES}::test_the_dot_file_says_of_each_box_and_edge_what_the_picture_says",
    ),
    # svg.py
    Fault(
        f"{ROOM}/svg.py",
        'data-edge="{edge.tail}-{edge.head}"',
        'data-edge="{edge.head}-{edge.tail}"',
        f"{FILES}::test_each_arrow_of_the_svg_goes_from_its_tail_to_its_head",
    ),
    Fault(
        f"{ROOM}/svg.py",
        "ink = INK[edge.stage]\n",
        'ink = INK["forward"]\n',
        f"{FILES}::test_each_arrow_of_the_svg_goes_from_its_tail_to_its_head",
    ),
    Fault(
        f"{ROOM}/svg.py",
        'data-label="{line.edge.tail}-{line.edge.head}"',
        'data-label="{line.edge.head}-{line.edge.tail}"',
        f"{FILES}::test_each_arrow_of_the_svg_goes_from_its_tail_to_its_head",
    ),
    Fault(
        f"{ROOM}/svg.py",
        'title = f"<title>{escape(edge.equation)}</title>" if edge.equation',
        'title = f"<title>{escape(edge.label)}</title>" if edge.equation',
        f"{FILES}::test_each_arrow_of_the_svg_goes_from_its_tail_to_its_head",
    ),
    Fault(
        f"{ROOM}/svg.py",
        "(x1, y1) = points[-1]\n",
        "(x1, y1) = points[0]\n",
        f"{FILES}::test_each_arrow_of_the_svg_goes_from_its_tail_to_its_head",
    ),
    # painting.py
    Fault(
        f"{ROOM}/painting.py",
        '{x:.2f},{self.height - y:.2f}" {attributes}',
        '{x:.2f},{y:.2f}" {attributes}',
        f"{FILES}::test_pdf_is_painted_by_dot_and_the_rest_by_graphviz_pure {FILES}::test_what_is_painted_stands_where_the_svg_has_it {FILES}::test_a_heat_map_is_painted_row_by_row",
    ),
    Fault(
        f"{ROOM}/painting.py",
        '"#{:02x}{:02x}{:02x}".format(*PALETTE[level])',
        '"#{:02x}{:02x}{:02x}".format(*PALETTE[255 - level])',
        f"{FILES}::test_a_heat_map_is_painted_row_by_row",
    ),
    Fault(
        f"{ROOM}/painting.py",
        "share * text.width",
        "(1 - share) * text.width",
        f"{FILES}::test_pdf_is_painted_by_dot_and_the_rest_by_graphviz_pure {FILES}::test_what_is_painted_stands_where_the_svg_has_it {FILES}::test_a_heat_map_is_painted_row_by_row",
    ),
    Fault(
        f"{ROOM}/painting.py",
        "if n:\n            yield _NABLA",
        "if not n:\n            yield _NABLA",
        f"{FILES}::test_pdf_is_painted_by_dot_and_the_rest_by_graphviz_pure {FILES}::test_what_is_painted_stands_where_the_svg_has_it {FILES}::test_a_heat_map_is_painted_row_by_row",
    ),
    # routing.py
    Fault(
        f"{ROOM}/routing.py",
        "for x, y in reversed(points)]",
        "for x, y in points]",
        f"{FILES}::test_each_arrow_of_the_svg_goes_from_its_tail_to_its_head",
    ),
    # placing.py
    Fault(
        f"{ROOM}/placing.py",
        'name = f"∂{self.loss}/∂{by}  —"',
        'name = f"∂{by}/∂{self.loss}  —"',
        f"{FILES}::test_no_gradient_is_drawn_where_none_flows",
    ),
    Fault(
        f"{ROOM}/placing.py",
        "if box.number not in self.gradients and box.kind in",
        "if box.number in self.gradients and box.kind in",
        f"{FILES}::test_no_gradient_is_drawn_where_none_flows",
    ),
    # layout.py
    Fault(
        f"{ROOM}/layout.py",
        "Area(self.x, round(at - self.bottom, 1)",
        "Area(self.x, round(at - self.y, 1)",
        f"{SCENE}::test_the_backward_lane_is_the_mirror_of_the_forward_lane",
    ),
    # columns.py
    Fault(
        f"{ROOM}/columns.py",
        'box.kind not in ("parameter", "input") or not box.shape:',
        'box.kind != "parameter" or not box.shape:',
        f"{PICTURES}::test_the_papers_step_fits_a_slide",
    ),
    # lanes.py
    Fault(
        f"{ROOM}/lanes.py",
        "y += faces[u].height + STACKED",
        "y += faces[u].height - STACKED",
        f"{PICTURES}::test_nothing_overlaps",
    ),
    # labels.py
    Fault(
        f"{ROOM}/labels.py",
        "_BOX, _WORDS, _LINE = 100.0, 100.0, 6.0",
        "_BOX, _WORDS, _LINE = 0.0, 100.0, 6.0",
        f"{PICTURES}::test_nothing_overlaps",
    ),
    Fault(
        "microae/drawing/step/badges.py",
        "(np.abs(derivative) < _FLAT * steepest)",
        "(derivative < _FLAT * steepest)",
        BADGES + " -k falls",
    ),
    Fault(
        "microae/drawing/step/notation.py",
        "abs(x) >= 1e-3 else max(2",
        "abs(x) >= 1e-2 else max(2",
        NOTATION + " -k few_letters",
    ),
    Fault(
        "microae/drawing/step/updates.py",
        "np.abs(update.after._array - update.before).max",
        "(update.after._array - update.before).max",
        SCENE + " -k digits_that_it_changes",
    ),
]
