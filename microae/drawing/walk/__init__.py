"""The interactive page of a step: a slider over its nodes, with the formulas, numbers and checks of each."""
