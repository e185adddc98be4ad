"""Where the paper is wrong or silent: each correction with numbers that are computed when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from microae.paper import evidence as found
from microae.paper.evidence import Evidence


@dataclass(frozen=True)
class Correction:
    """One error or silence of the paper.

    Attributes
    ----------
    id : str
        A short name.
    paper : str
        What the paper says.
    truth : str
        What is so, with ``{fields}`` that :meth:`statement` fills with the evidence.
    evidence : callable
        Computes the numbers, by name.
    shows : callable
        Whether such numbers show the truth.

    Examples
    --------
    >>> from microae import paper
    >>> first = paper.CORRECTIONS[0]
    >>> first.id, first.holds()
    ('product', True)
    """

    id: str
    paper: str
    truth: str
    evidence: Callable[[], Evidence]
    shows: Callable[[Evidence], bool]

    def holds(self) -> bool:
        """Whether the evidence, computed now, shows the truth."""
        return bool(self.shows(self.evidence()))

    def statement(self) -> str:
        """The truth with its numbers, computed now."""
        numbers = {name.replace(" ", "_"): value for name, value in self.evidence().items()}
        return self.truth.format(**numbers)


CORRECTIONS: tuple[Correction, ...] = (
    # the forward pass
    Correction(
        "product",
        "z(l) = W(l) h(l-1) + b(l), printed with W(1) of 3 × 4 times a vector of 3.",
        "The product as printed does not exist: the weights are stored in × out, so it is Wᵀ h, or h W for a row h. "
        "That gives the printed z(1) to {error:.0e}. With a layer as wide as its input the printed order would run "
        "and be wrong without a word: on the first three columns of W(1) by {square:.2f}.",
        found.product,
        lambda e: not e["conforms"] and e["error"] < 1e-12 and e["square"] > 0.1,
    ),
    Correction(
        "alpha",
        "Leaky ReLU with a slope α that is in no list of hyperparameters.",
        "α is {alpha:.2f}: it stands only in the worked example, and a(1) of the first neuron confirms it. α = 0.2, "
        "another common choice, would give {other:.4f} there.",
        found.alpha,
        lambda e: abs(e["alpha"] - 0.01) < 1e-12 and abs(e["other"] + 0.0887) < 1e-4,
    ),
    Correction(
        "kink",
        "Leaky ReLU is defined for x = 0, its derivative is not mentioned.",
        "At 0 it has none: the slope is {right:g} to the right and {left:g} to the left. The branch x ≤ 0 of the "
        "definition suggests the left one, and that is what is taken here: {taken:g}.",
        found.kink,
        lambda e: abs(e["right"] - 1) < 1e-9 and abs(e["left"] - 0.01) < 1e-9 and e["taken"] == 0.01,
    ),
    Correction(
        "near-kink",
        "Leaky ReLU is used to fix the dying ReLU problem; no example shows it.",
        "The published weights have one: at [1, 1, 1] the fourth hidden neuron's z is {z:.5f}, less than the kink by "
        "more than the rounding of the printed weights could hide ({doubt:.1e}). With ReLU the gradient of its first "
        "weight, for the target [0, 1, 1], would be {relu:g}; with Leaky ReLU it is {leaky:.4f}.",
        found.near_kink,
        lambda e: -3e-4 < e["z"] < -10 * e["doubt"] and e["relu"] == 0 and abs(e["leaky"]) > 1e-4,
    ),
    Correction(
        "sigmoid-range",
        'The sigmoid outputs values between 0 and 1, good for "binary encoding"; and [1 0 0], [0 1 0], [0 0 1] are '
        "given as outputs for exclusive classes.",
        "It never reaches 0 or 1: over the 8 binary vectors the outputs of the published network span {lowest:.1e} to "
        "{highest:.6f}; to have bits one must round. Nor are sigmoid outputs exclusive, at [1, 1, 1] they add up to "
        "{sum:.3f}; for classes that exclude each other softmax is meant.",
        found.sigmoid_range,
        lambda e: e["lowest"] > 0 and e["highest"] < 1 and e["sum"] > 2.9,
    ),
    Correction(
        "sigmoid-overflow",
        "σ(x) = 1 / (1 + e^(-x)).",
        "Computed as printed it overflows in e^(-x) for x below about -709. Written with e^(-|x|) it does not: "
        "σ(-1000) = {far:g}, σ(-700) = {near:.2e}.",
        found.sigmoid_overflow,
        lambda e: e["overflows"] and e["far"] == 0 and 0 < e["near"] < 1e-300,
    ),
    Correction(
        "succeeding-layers",
        "A hidden layer processes signals received from adjacent layers, preceding or succeeding.",
        "In the forward pass only from the preceding one: adding 1 to every weight of the output layer changes the "
        "hidden layer by {change:g} and the output by {output:.2f}. From the succeeding layer come gradients.",
        found.succeeding,
        lambda e: e["change"] == 0 and e["output"] > 0.1,
    ),
    # the backward pass
    Correction(
        "delta",
        'δ is the "error derivative".',
        "It is not defined. It must be the derivative of the loss by the output, for binary cross-entropy "
        "(a - y) / (a (1 - a)); then δ σ'(z) = a - y (they differ by {error:.0e} relative). Reading δ as the error "
        "a - y and multiplying by σ'(z), the gradient of the squared error, is off by up to {wrong:.3f}.",
        found.delta,
        lambda e: e["error"] < 1e-12 and e["wrong"] > 0.9,
    ),
    Correction(
        "saturation",
        "∇ = δ · σ'(z) for the output layer.",
        "Right on paper, not in floating point: at z = 40 σ rounds to 1, and the product is 0/0 = {printed} where "
        "a - y gives {simplified:g}. At z = 5 they agree to {moderate:.0e}.",
        found.saturation,
        lambda e: np.isnan(e["printed"]) and e["simplified"] == 0 and e["moderate"] < 1e-12,
    ),
    Correction(
        "dot",
        "One dot stands for both products, in ∇ = δ · σ'(z) and in ∇_next · Wᵀ.",
        "The first is elementwise, the second a matrix product. Read as a dot product, δ · σ'(z) runs and gives one "
        "number, {dot:.4f}, instead of three: {elementwise}.",
        found.dot_product,
        lambda e: abs(e["dot"] - sum(e["elementwise"])) < 1e-5 and e["error"] < 1e-12 and len(e["elementwise"]) == 3,
    ),
    Correction(
        "hidden-derivative",
        "∇ = (∇_next · Wᵀ) · σ'(z) for hidden layers.",
        "The derivative must be that of the layer's own activation, Leaky ReLU. With it manual and automatic "
        "gradients of the example differ by {right:.0e} relative; with σ' as printed, by {as_printed:.2f}.",
        found.hidden_derivative,
        lambda e: e["right"] < 1e-12 and e["as_printed"] > 0.5,
    ),
    Correction(
        "transpose",
        "z = W h forward and ∇_next · Wᵀ backward.",
        "The two belong to different conventions. With weights in × out it is h W and ∇ Wᵀ; with out × in it is W h "
        "and Wᵀ ∇, and ∇ · Wᵀ of the paper's second layer does not conform.",
        found.transposed,
        lambda e: e["in × out"] and not e["out × in"] and e["column"],
    ),
    Correction(
        "weight-gradients",
        "∇W and ∇b are used in the update and never given; ∇ is called the gradient of each neuron.",
        "∇ is the derivative by z, {nablas} numbers, and {needed} are needed: ∇W = hᵀ ∇ with the layer's input h, and "
        "∇b = ∇ summed over the batch. So computed they equal the automatic ones to {error:.0e} relative.",
        found.weight_gradients,
        lambda e: e["error"] < 1e-12 and (e["nablas"], e["needed"]) == (7, 31),
    ),
    Correction(
        "three-steps",
        'Back propagation "occurs in 3 steps".',
        "{announced} are announced and {described} are described, gradient computation and update; the one missing is "
        "the step from ∇ to ∇W and ∇b.",
        found.steps,
        lambda e: e["announced"] > e["described"],
    ),
    Correction(
        "backpropagation",
        "Back propagation uses an optimisation algorithm like gradient descent; gradient descent is used to "
        "calculate the impact of each weight on the loss.",
        "It is the other way round: back propagation calculates the gradients, and gradient descent uses them. "
        "Calculating them moves the weights by {moved:g} and needs no learning rate.",
        found.backpropagation,
        lambda e: e["same"] and e["moved"] == 0,
    ),
    Correction(
        "loss",
        "The loss is binary cross-entropy; neither its formula nor its reduction over outputs and batch is given.",
        "It is -y ln a - (1 - y) ln(1 - a). Whether the outputs are averaged or added makes every gradient, and so "
        "the effective learning rate, {ratio:g} times as large; here the mean is taken. And it is only 0 for targets "
        "0 and 1: a perfect reconstruction of 0.5 costs {floor:.4f}, where the squared error is {squared_floor:g}.",
        found.loss_reduction,
        lambda e: (
            abs(e["ratio"] - 3) < 1e-12
            and e["spread"] < 1e-12
            and abs(e["floor"] - np.log(2)) < 1e-12
            and not e["squared floor"]
        ),
    ),
    # names and counts
    Correction(
        "layer-count",
        "No. of Layers: 3.",
        "The input is counted, which computes nothing: {layers} widths are {matrices} weight matrices, {hidden} hidden "
        "layer, {parameters} parameters.",
        found.layer_count,
        lambda e: (e["layers"], e["matrices"], e["hidden"], e["parameters"]) == (3, 2, 1, 31),
    ),
    Correction(
        "hidden-layer-2",
        "Step 2: Hidden Layer 2.",
        "That is the output layer, the network has one hidden layer: the printed a(2) and the printed output differ by "
        "{difference:g}, and the network's output is a(2) to {ours:.0e}.",
        found.output_called_hidden,
        lambda e: e["difference"] == 0 and e["ours"] < 1e-8,
    ),
    Correction(
        "labels",
        "The input values represent the classification or label that the network aims to identify.",
        "Inputs are features. An autoencoder has no labels, its target is its input: the network's loss and the "
        "cross-entropy against its own input differ by {difference:g}.",
        found.labels,
        lambda e: e["difference"] == 0,
    ),
    # training and its results
    Correction(
        "digits",
        "The example is printed with up to ten significant digits, from weights of at most six.",
        "{agree} of {numbers} printed numbers follow from the printed weights in every digit. But the weights are "
        "rounded to six significant digits, which leaves z(2) of the trained network in doubt by up to {doubt[0]:.0e}, "
        "{doubt[1]:.0e} and {doubt[2]:.0e}: {units[0]:.0f}, {units[1]:.0f} and {units[2]:.0f} units of its last "
        "printed digit. The last four digits say nothing about the network that was trained.",
        found.digits,
        lambda e: (
            e["agree"] == e["numbers"] == 51 and e["computed"] == 17 and min(e["units"]) > 1e3 and max(e["units"]) < 1e5
        ),
    ),
    Correction(
        "one-example",
        "The result is shown for [1, 0, 1] only.",
        "It is the best of the 8: its largest error is {example:.4f}. At {worst} it is {error:.4f}, and at the "
        "next worst {next:.4f}. (All 8 are right when rounded.)",
        found.reconstructions,
        lambda e: e["worst"] == [0, 0, 0] and 0.101 < e["error"] < 0.102 and e["example"] == e["best"] and e["rounded"],
    ),
    Correction(
        "overcomplete",
        "Autoencoders learn a compressed representation of higher dimensional data.",
        "This one does not: its code has {code} numbers and its input {input}. It can simply pass the input on: with "
        "unit matrices as weights, the second times 20 with bias -10, all 8 vectors come back to {error:.0e}.",
        found.overcomplete,
        lambda e: e["code"] > e["input"] and e["error"] < 1e-4,
    ),
    Correction(
        "held-out",
        "Reconstruction is successfully implemented; autoencoders can spot anomalies.",
        "Neither is tested. There are only {possible} vectors of three bits; after training on all {vectors} none is "
        "left to test on, and none is an anomaly. Between them the network does not reconstruct: [0.5, 0.5, 0.5] "
        "becomes {output}, off by up to {error:.2f}.",
        found.held_out,
        lambda e: e["possible"] == e["vectors"] == 8 and e["error"] > 0.3,
    ),
    Correction(
        "unstated",
        'Trained on "some combinations of 0 and 1"; which ones, in which order, from which weights is not said.',
        "The published weights cannot be trained again. After 20 epochs another order of the samples has moved a "
        "parameter by up to {order:.0e}, another start by {start:.2f}. Here all 8 are used, shuffled in each epoch "
        "from the seed, starting from He-uniform weights and biases of 0.",
        found.unstated,
        lambda e: 1e-5 < e["order"] < e["start"],
    ),
    Correction(
        "no-minimum",
        "Gradient descent finally obtains the minimum of the loss.",
        "Here there is none to obtain: once all vectors are right when rounded, larger output weights are always "
        "better. The published network's loss is {loss:.5f}; with its output layer doubled {doubled:.5f}, with four "
        "times {four_times:.6f}.",
        found.no_minimum,
        lambda e: e["loss"] > e["doubled"] > e["four times"] > 0,
    ),
    Correction(
        "many-optima",
        "The objective is to find the most optimal value of the weights.",
        "There is not one such value: renumbering the hidden neurons gives {networks} networks with the same loss "
        "{loss:.5f}. Nor is the loss convex: half way between two of them it is {middle:.3f}.",
        found.many_optima,
        lambda e: e["networks"] == 24 and e["spread"] < 1e-12 and e["middle"] > 10 * e["loss"],
    ),
    Correction(
        "weight-size",
        "A weight tells how significant a neuron's output is as input to another neuron.",
        "Its size does not: the weights into the first hidden neuron times 10 and those out of it divided by 10 "
        "raise the largest of them from {before:.1f} to {after:.1f} and change the outputs by {change:.0e}.",
        found.weight_size,
        lambda e: e["change"] < 1e-12 and e["after"] > 9 * e["before"],
    ),
    Correction(
        "dropout",
        "Autoencoders employ sparse connections through dropout, where neurons are dropped (output set to 0).",
        "Dropout leaves all {weights} connections in place: it silences neurons at random, in training only. Those "
        "kept must be scaled by 1 / (1 - p), or the layer is weaker in training than in use: with p = 0.5 ones have "
        "the mean {plain:.3f} without scaling, {scaled:.3f} with it, and {evaluation:g} in use.",
        found.dropout,
        lambda e: abs(e["plain"] - 0.5) < 0.01 and abs(e["scaled"] - 1) < 0.02 and e["evaluation"] == 1,
    ),
    Correction(
        "sparse-denoising",
        "Dropout or L2 regularisation is what a denoising or a sparse autoencoder needs.",
        "A sparse one needs a penalty on the code, which L2 on the weights is not: the published network can be scaled "
        "so that outputs and L2 penalty stay (to {outputs:.0e} and {penalties:.0e}) while the code's activity grows "
        "{activity:.2f} times. A denoising one needs corrupted inputs with clean targets: noise 0.5 changes the loss "
        "of an untrained network by {noise:.3f}.",
        found.sparse_and_denoising,
        lambda e: (
            e["outputs"] < 1e-12 and e["penalties"] < 1e-12 and abs(e["activity"] - 1) > 0.1 and e["noise"] > 1e-3
        ),
    ),
    Correction(
        "descents",
        "A table says that stochastic descent is fast per iteration, noisy and may oscillate, that batch descent is "
        "precise but slow; nothing is measured.",
        "Measured on the 8 vectors with η = 0.01 (stochastic, mini-batch of 4, batch): updates per epoch {updates}, "
        "epochs to the loss 0.68 {epochs}, standard deviation of the batch's loss around that of all data {noise}. "
        "That noise does not make it oscillate here: the share of updates that raise the loss is {rises}. Times and "
        "memory are in compare_descents().",
        found.descents,
        lambda e: (
            e["updates"] == [8, 2, 1]
            and e["epochs"][0] < e["epochs"][1] < e["epochs"][2]
            and e["noise"][0] > e["noise"][1] > e["noise"][2] == 0
            and max(e["rises"]) < 0.05
        ),
    ),
)
"""Every error and silence of the paper that was found, in the order of its text."""
