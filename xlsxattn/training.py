"""Training in the notation of the papers: updates, and epochs as copies of the first one.

An epoch is a graph from the weights that it starts with to the weights that it leaves.
The next epoch is the same graph over those: ``copied`` replaces some nodes of an
expression and keeps everything that does not depend on them.

Gradient descent with momentum is Polyak, "Some methods of speeding up the convergence of
iteration methods" (1964), in the form that PyTorch uses; Adam is Kingma and Ba, "Adam: A
Method for Stochastic Optimization" (2015), algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from xlsxattn.expression import (
    ABSENT,
    ColumnCount,
    Elementwise,
    Matrix,
    Number,
    Numbering,
    Reduction,
    Step,
    Text,
    postorder,
)
from xlsxattn.functions.rows import softmax_in_parts
from xlsxattn.functions.tables import ln, row_sum, sqrt, total, where
from xlsxattn.named_attention import Steps

#: What the parts of the softmax over classes are called, beside those of attention.
CLASS_PARTS = {
    "RowMax": "ClassMax",
    "Exponentials": "ClassExponentials",
    "RowSum": "ClassSum",
}
Rename = Callable[[str], str]

#: An update leaves every weight between this and its negative. With steps that are too long
#: weights would square their size in each epoch and soon be no numbers, and no cell below
#: them either. Held here, everything that follows from them stays far below 10³⁰⁸: with
#: embeddings of up to a million a loss below 10⁴⁰, gradients below 10⁸⁰, and what Adam keeps,
#: their squares, below 10¹⁶⁰.
LARGEST_WEIGHT = 1e6
#: An epoch with a loss of this or more has diverged, and such results are shown as a dash.
LARGEST_SHOWN = 1e6


def mean_squared_error(outputs: Sequence[Matrix], targets: Sequence[Matrix]) -> Matrix:
    """The mean over all elements of all pairs (n, d) of the squared differences, a scalar."""
    elements = sum(output.rows * output.columns for output in outputs)
    squares: Matrix | None = None
    for output, target in zip(outputs, targets, strict=True):
        one = total((output - target) ** 2)
        squares = one if squares is None else squares + one
    assert squares is not None
    return squares / elements


def cross_entropies(logits: Matrix, targets: Matrix, step: Steps) -> Matrix:
    """What each row's class costs, −ln p = max + ln Σ − its logit: ``(n, m)`` both, ``(n, 1)``.

    Nothing overflows and no logarithm is of 0, however far apart the logits are. The shares p
    themselves are a step beside it, ``Probabilities``.
    """
    shares = softmax_in_parts(logits, lambda name, part: step(CLASS_PARTS[name], part))
    step("Probabilities", shares)
    largest, summed = (step.made[name + step.suffix] for name in ("ClassMax", "ClassSum"))
    return step("CrossEntropy", largest + ln(summed) - row_sum(targets * logits))


def divergence(losses: Matrix, epochs: Matrix) -> Matrix:
    """For each epoch its number where its loss has diverged, and else what shows as a dash."""
    return where(losses.less(LARGEST_SHOWN), LARGEST_SHOWN, epochs)


def first_divergence(divergence: Matrix) -> Matrix:
    """The number of the first epoch that diverged, or a dash: a scalar."""
    first = Reduction("min", "all", divergence)
    return where(first.less(LARGEST_SHOWN), first, Text(ABSENT))


# --- updates --------------------------------------------------------------------------


def held(weight: Matrix) -> Matrix:
    """The weight, or the nearest number that a weight may be."""
    return Elementwise("maximum", -LARGEST_WEIGHT, Elementwise("minimum", LARGEST_WEIGHT, weight))


@dataclass
class State:
    """What an optimiser hands from one epoch to the next: a placeholder, and what fills it."""

    carry: dict[Matrix, Step] = field(default_factory=dict)

    def before(self, shape: tuple[int, int]) -> Number:
        """A value that is 0 in the first epoch, and later what ``hand_on`` was given."""
        return Number(0.0, shape)

    def hand_on(self, placeholder: Number, value: Step) -> Step:
        self.carry[placeholder] = value
        return value


@dataclass
class Optimiser:
    """How a weight moves along its gradient, and where it is held; settings are scalars (1, 1)."""

    learning_rate: Matrix

    def start(self, step: Steps, state: State) -> None:
        """Make what all weights of an epoch share."""

    def update(
        self, name: str, weight: Matrix, gradient: Matrix, step: Steps, state: State
    ) -> Matrix:
        """The weight after the epoch, of its shape: W − η · ∂L/∂W."""
        return held(weight - self.learning_rate * gradient)


@dataclass
class Momentum(Optimiser):
    """The velocity u ← μ u + ∂L/∂W, which is 0 at first; W ← W − η u."""

    momentum: Matrix

    def update(
        self, name: str, weight: Matrix, gradient: Matrix, step: Steps, state: State
    ) -> Matrix:
        before = state.before(weight.shape)
        velocity = step(f"Velocity_{name}", self.momentum * before + gradient)
        return held(weight - self.learning_rate * state.hand_on(before, velocity))


@dataclass
class Adam(Optimiser):
    """Means of the gradient and of its square, each divided by 1 − βᵗ in epoch t."""

    beta1: Matrix
    beta2: Matrix
    epsilon: Matrix
    epoch: Matrix | None = None

    def start(self, step: Steps, state: State) -> None:
        before = state.before((1, 1))
        self.epoch = state.hand_on(before, step("Epoch_number", before + 1))

    def update(
        self, name: str, weight: Matrix, gradient: Matrix, step: Steps, state: State
    ) -> Matrix:
        assert self.epoch is not None
        first, second = state.before(weight.shape), state.before(weight.shape)
        mean = state.hand_on(
            first, step(f"Mean_{name}", self.beta1 * first + (1 - self.beta1) * gradient)
        )
        square = state.hand_on(
            second, step(f"Square_{name}", self.beta2 * second + (1 - self.beta2) * gradient**2)
        )
        unbiased = mean / (1 - self.beta1**self.epoch)
        spread = sqrt(square / (1 - self.beta2**self.epoch)) + self.epsilon
        return held(weight - self.learning_rate * unbiased / spread)


# --- copies ---------------------------------------------------------------------------


def copied(
    steps: Sequence[Step], replaced: Mapping[Matrix, Matrix], rename: Rename
) -> dict[Matrix, Matrix]:
    """The steps once more with some nodes replaced; the copy of each node that has one.

    Every one of ``steps`` gets a copy under a new name. A step outside of them is kept
    where it does not depend on what is replaced, and written out in full where it does.
    """
    twins: dict[Matrix, Matrix] = dict(replaced)
    chosen = set(steps)
    for node in postorder(*steps, until=lambda node: node in replaced):
        if isinstance(node, ColumnCount) or (isinstance(node, Numbering) and node.of not in chosen):
            continue  # a shape, which is the same in every copy
        operands = [twins.get(operand, operand) for operand in node.operands]
        changed = any(a is not b for a, b in zip(operands, node.operands, strict=True))
        if isinstance(node, Step) and node not in chosen:
            if changed:
                twins[node] = operands[0]
        elif isinstance(node, Step) or changed:
            twins[node] = twin = node.with_operands(operands)
            if isinstance(twin, Step):
                twin.name = rename(node.name)
    return twins


def row_maxima(steps: Mapping[str, Matrix]) -> list[Matrix]:
    """The steps through which no gradient need pass: a softmax is the same for any shift."""
    return [
        node
        for node in steps.values()
        if isinstance(node, Step)
        and isinstance(node.expression, Reduction)
        and (node.expression.operation, node.expression.axis) == ("max", "row")
    ]
