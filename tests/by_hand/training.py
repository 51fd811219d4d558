"""Training again in plain NumPy, its backward pass written out by hand.

The chain rule for softmax attention and the mean squared error, matrix by matrix, as one
would derive it on paper: no expressions, no rules of ``gradient``.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from by_hand.tables import Array, Labels, Named, Table
from xlsxattn.lesson import Context, Lesson, Training

#: Runs attention over a table of inputs and adds its steps.
Forward = Callable[[Table], None]

TRAINABLE = ("W_Q", "W_K", "W_V", "W_out")
#: No update takes a weight further from 0 than this, and a loss as large has diverged.
MILLION = 1e6
STEPS = (
    "Q", "K", "V", "Scores", "Scaled", "Mask", "Masked", "RowMax", "Exponentials", "RowSum",
    "Attention", "Attention_sum", "Attended", "Output",
)  # fmt: skip


def train(lesson: Lesson, training: Training, table: Table, forward: Forward) -> None:
    """Add every step of training to a table that has the inputs and the first forward pass."""
    Epochs(lesson, training, table, forward).train()


class Epochs:
    """The mean squared error, epoch by epoch; another loss has passes of its own."""

    def __init__(self, lesson: Lesson, training: Training, table: Table, forward: Forward) -> None:
        self.lesson, self.training, self.table, self.forward = lesson, training, table, forward
        self.contexts = lesson.contexts
        self.names = [name for name in TRAINABLE if name in lesson.weights]
        #: What an optimiser keeps of earlier epochs, by kind and weight.
        self.memory: dict[str, Array] = {}

    def suffix(self, context: Context) -> str:
        return f"_{context.id}" if len(self.contexts) > 1 else ""

    def number(self, name: str) -> float:
        return float(self.table[name].values[0, 0])

    def keep(self, name: str, values: Array, like: Named | None = None) -> None:
        rows, columns = (like.rows, like.columns) if like else (None, None)
        self.table[name] = Named(np.atleast_2d(np.asarray(values)), rows, columns)

    def train(self) -> None:
        weights = {name: self.table[name].values for name in self.names}
        losses = []
        for epoch in range(1, self.training.epochs + 1):
            tail = "" if epoch == 1 else f"_epoch{epoch}"
            for name, values in weights.items():
                self.keep(f"{name}_epoch{epoch}", values, self.table[name])
            self.repeat_inputs(epoch)
            steps = self.pass_forward(weights)
            loss = self.loss(steps)
            gradients = self.pass_backward(steps, weights)
            for name, named in {**steps, **gradients}.items():
                self.table[name + tail] = named
            self.keep(f"Loss{tail}", loss)
            losses.append(float(loss[0, 0]))
            weights = {
                name: self.updated(name, values, gradients[f"d{name}"].values, epoch, tail)
                for name, values in weights.items()
            }
        self.keep("Losses", np.array(losses)[:, None])
        self.keep("Epochs", np.arange(1.0, len(losses) + 1)[:, None])
        self.keep_divergence(losses)
        self.keep_milestones(losses)
        self.check_gradients()
        self.alias_last()

    def keep_divergence(self, losses: list[float]) -> None:
        """The curve, cut at ten times its first number; which epochs diverged, and the first."""
        numbered = list(enumerate(losses, 1))
        self.keep("Drawn_losses", np.array([[min(loss, 10 * losses[0])] for loss in losses]))
        self.keep("Divergence", np.array([[n if x >= MILLION else MILLION] for n, x in numbered]))
        first = next((float(number) for number, loss in numbered if loss >= MILLION), "–")
        self.keep("Diverged_from", np.array([[first]], dtype=object))

    def keep_milestones(self, losses: list[float]) -> None:
        """The first epoch, the last, and about every sixth part of the way between them."""
        stride = max(1, round(len(losses) / 6))
        between = [e for e in range(2, len(losses)) if e % stride == 0]
        chosen = [1, *between, len(losses)]
        self.keep("Milestones", np.array(chosen, dtype=float)[:, None])
        self.keep("Milestone_losses", np.array([losses[e - 1] for e in chosen])[:, None])

    def repeat_inputs(self, epoch: int) -> None:
        for context in self.contexts:
            for tail in ("", "_source"):
                X = self.table.get(f"X{tail}{self.suffix(context)}")
                if X is not None:
                    self.table[f"X{tail}{self.suffix(context)}_epoch{epoch}"] = X

    def pass_forward(self, weights: dict[str, Array]) -> Table:
        """Attention with some weights: its steps by name."""
        local = dict(self.table)
        for name, values in weights.items():
            local[name] = Named(values, self.table[name].rows, self.table[name].columns)
        self.forward(local)
        names = (name + self.suffix(context) for name in STEPS for context in self.contexts)
        return {name: local[name] for name in names if name in local}

    def loss(self, steps: Table) -> Array:
        errors = [
            (steps[f"Output{s}"].values - self.table[f"X{s}"].values) ** 2
            for s in map(self.suffix, self.contexts)
        ]
        elements = sum(error.size for error in errors)
        return np.array([[sum(float(error.sum()) for error in errors) / elements]])

    # --- backwards ---

    def pass_backward(self, steps: Table, weights: dict[str, Array]) -> Table:
        """The gradient of every step and weight, named with a d before it."""
        elements = sum(steps[f"Output{self.suffix(c)}"].values.size for c in self.contexts)
        found: Table = {}
        sums = {name: np.zeros_like(values) for name, values in weights.items()}
        for context in self.contexts:
            self.through(context, steps, weights, elements, found, sums)
        for name, values in sums.items():
            like = self.table[name]
            found[f"d{name}"] = Named(values, like.rows, like.columns)
        return found

    def through(
        self,
        context: Context,
        steps: Table,
        weights: dict[str, Array],
        elements: int,
        found: Table,
        sums: dict[str, Array],
    ) -> None:
        """From ∂L/∂Output of one context back to the weights, to whose sums it adds."""
        suffix = self.suffix(context)

        def value(name: str) -> Array:
            return steps[name + suffix].values

        def give(name: str, gradient: Array) -> Array:
            like = steps[name + suffix]
            found[f"d{name}{suffix}"] = Named(gradient, like.rows, like.columns)
            return gradient

        X = self.table[f"X{suffix}"].values
        source = self.table.get(f"X_source{suffix}", self.table[f"X{suffix}"]).values
        Q = value("Q") if "W_Q" in weights else X
        K = value("K") if "W_K" in weights else source
        V = value("V") if "W_V" in weights else source
        attention, exponentials = value("Attention"), value("Exponentials")
        row_sum = value("RowSum")

        d_output = give("Output", 2 * (value("Output") - X) / elements)
        if "W_out" in weights:
            sums["W_out"] += value("Attended").T @ d_output
            d_output = give("Attended", d_output @ weights["W_out"].T)
        d_attention = give("Attention", d_output @ V.T)
        d_sum = -(d_attention * exponentials).sum(axis=1, keepdims=True) / row_sum**2
        give("RowSum", d_sum)
        d_exponentials = give("Exponentials", d_attention / row_sum + d_sum)
        d_scaled = d_exponentials * exponentials
        if f"Masked{suffix}" in steps:
            give("Masked", d_scaled)
            d_scaled = np.where(value("Mask") == 1, d_scaled, 0.0)
        give("Scaled", d_scaled)
        scale = self.number("Temperature")
        if self.scores(context) == "scaled-dot":
            scale *= math.sqrt(K.shape[1])
        d_scores = give("Scores", d_scaled / scale)
        if "W_V" in weights:
            sums["W_V"] += source.T @ give("V", attention.T @ d_output)
        if "W_K" in weights:
            sums["W_K"] += source.T @ give("K", d_scores.T @ Q)
        if "W_Q" in weights:
            sums["W_Q"] += X.T @ give("Q", d_scores @ K)

    def scores(self, context: Context) -> str:
        assert self.lesson.attention is not None
        return context.scores or self.lesson.attention.scores

    # --- updates ---

    def updated(self, name: str, weight: Array, gradient: Array, epoch: int, tail: str) -> Array:
        direction = gradient
        if self.training.optimiser == "momentum":
            before = self.memory.get(name, np.zeros_like(weight))
            direction = self.memory[name] = self.number("Momentum") * before + gradient
            self.keep(f"Velocity_{name}{tail}", direction)
        elif self.training.optimiser == "adam":
            direction = self.adam(name, gradient, epoch, tail)
        result = np.clip(weight - self.number("Learning_rate") * direction, -MILLION, MILLION)
        self.keep(f"Updated_{name}{tail}", result, self.table[name])
        return result

    def adam(self, name: str, gradient: Array, epoch: int, tail: str) -> Array:
        beta1, beta2 = self.number("Beta1"), self.number("Beta2")
        zero = np.zeros_like(gradient)
        mean = beta1 * self.memory.get(f"mean {name}", zero) + (1 - beta1) * gradient
        square = beta2 * self.memory.get(f"square {name}", zero) + (1 - beta2) * gradient**2
        self.memory[f"mean {name}"], self.memory[f"square {name}"] = mean, square
        self.keep(f"Mean_{name}{tail}", mean)
        self.keep(f"Square_{name}{tail}", square)
        self.keep(f"Epoch_number{tail}", np.array([[float(epoch)]]))
        unbiased, spread = mean / (1 - beta1**epoch), np.sqrt(square / (1 - beta2**epoch))
        return np.asarray(unbiased / (spread + self.number("Epsilon")))

    # --- the gradient checker ---

    def check_gradients(self) -> None:
        """A central difference for the chosen weight of each matrix, beside its gradient."""
        row, column = int(self.number("Checked_row")) - 1, int(self.number("Checked_column")) - 1
        h = self.number("Step_size")
        starts = {name: self.table[name].values for name in self.names}
        lines = []
        for name, start in starts.items():
            direction = np.zeros_like(start)
            if row < start.shape[0] and column < start.shape[1]:
                direction[row, column] = 1
            self.keep(f"Direction_{name}", direction, self.table[name])
            losses = []
            for sign, shift in (("plus", h), ("minus", -h)):
                shifted = start + shift * direction
                self.keep(f"{name}_{sign}", shifted, self.table[name])
                steps = self.pass_forward({**starts, name: shifted})
                for step, named in steps.items():
                    self.table[f"{step}_{sign}_{name}"] = named
                losses.append(float(self.loss(steps)[0, 0]))
                self.keep(f"Loss_{sign}_{name}", np.array([[losses[-1]]]))
            quotient = (losses[0] - losses[1]) / (2 * h)
            gradient = float((self.table[f"d{name}"].values * direction).sum())
            lines.append([float((start * direction).sum()), *losses, quotient, gradient])
        self.keep_check(np.array(lines))

    def keep_check(self, lines: Array) -> None:
        columns = [
            "Checked_weight", "Loss_plus", "Loss_minus", "Finite_difference", "Checked_gradient",
        ]  # fmt: skip
        for index, name in enumerate(columns):
            self.keep(name, lines[:, index : index + 1])
        rows: Labels = list(self.names)
        self.table["Gradient_check"] = Named(lines, rows, list(columns))
        self.table["Check_difference"] = Named(lines[:, 3:4] - lines[:, 4:5], rows)

    def alias_last(self) -> None:
        """What notation calls ``Attention_last`` is the step of the last epoch."""
        tail = f"_epoch{self.training.epochs}"
        for name in [name for name in self.table if name.endswith(tail)]:
            self.table[f"{name.removesuffix(tail)}_last"] = self.table[name]
