"""The training part of a story: epochs side by side, and the loss curve.

Attention's own steps, on a sheet of their own, are the forward pass of the first epoch. To
their right stand the gradients, each beside what it belongs to, so that one reads the
forward pass down the left half and the backward pass up the right half. The following
epochs are copies of the whole at the right, whose formulas are the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xlsxattn import training as notation_of
from xlsxattn.builder.page import MAX_MATHEMATICS
from xlsxattn.compose.checker import GradientChecker
from xlsxattn.compose.epoch import Epoch
from xlsxattn.errors import LessonError
from xlsxattn.expression import (
    Elementwise,
    Entry,
    Joined,
    Matrix,
    Numbering,
    Step,
)
from xlsxattn.gradient import gradient
from xlsxattn.labels import labels
from xlsxattn.outline import (
    Band,
    Block,
    Chart,
    Copy,
    Heading,
    Lane,
    Series,
    SheetPlan,
)

#: The loss curve is cut at so many times the first loss, or one epoch would flatten all others.
HIGHEST_DRAWN = 10
#: What an optimiser keeps of earlier epochs, and how a weight W follows from it.
KEPT = {
    "Velocity": "u ← μ u + ∂L/∂W",
    "Mean": "m ← β₁ m + (1 − β₁) ∂L/∂W",
    "Square": "v ← β₂ v + (1 − β₂) (∂L/∂W)²",
}
UPDATED = {
    "gradient-descent": "W − η · ∂L/∂W",
    "momentum": "W − η u",
    "adam": "W − η m̂ / (√v̂ + ε)",
}


@dataclass
class Objective:
    """What training makes small: a scalar, its mathematics, and which standard step it is.

    The backward pass of a ``tall`` one stands under its forward pass, else beside it.
    """

    loss: Matrix
    mathematics: str
    standard: str
    tall: bool = False


def reconstruction(epoch: Epoch) -> Objective:
    """The mean squared error of the outputs, where the target is the input itself."""
    outputs = [epoch.nodes[f"Output{context.suffix}"] for context in epoch.contexts]
    targets = [context.X for context in epoch.contexts if context.X is not None]
    for output, target in zip(outputs, targets, strict=True):
        if output.shape != target.shape:
            raise LessonError(
                f"training: expected an output of its target's shape, got {output!r} for {target!r}"
            )
    loss = notation_of.mean_squared_error(outputs, targets)
    return Objective(loss, "mean (Output − X)²", "Loss")


class TrainingComposer:
    """Adds the epochs of training to a story."""

    def __init__(self, epoch: Epoch) -> None:
        self.epoch, self.story, self.choices = epoch, epoch.story, epoch.choices
        self.nodes, self.step = epoch.nodes, epoch.step
        self.last: dict[Matrix, Matrix] = {}  # a step of the first epoch → that of the last one

    # --- the first epoch ---

    def compose(self, objective: Objective) -> None:
        """Everything after the forward pass: loss, gradients, updates, epochs, checker."""
        epoch, self.objective = self.epoch, objective
        self.loss = epoch.loss = self.step("Loss", objective.loss)
        gradients = gradient(
            self.loss,
            list(epoch.weights.values()),
            name=self.named_gradient,
            constant=notation_of.row_maxima(self.nodes),
        )
        self.updated = {
            name: self.step(
                f"Updated_{name}",
                epoch.optimiser.update(name, weight, gradients[index], self.step, epoch.state),
            )
            for index, (name, weight) in enumerate(epoch.weights.items())
        }
        self.show_epoch()
        self.add_epochs()
        self.require_convergence()
        self.story.largest = notation_of.LARGEST_SHOWN
        self.show_losses()
        GradientChecker(epoch).compose()

    def named_gradient(self, step: Step, adjoint: Matrix) -> Matrix:
        """∂L/∂step under the name of the step with a d before it."""
        if step is self.loss:
            return adjoint
        weight = step in self.epoch.weights.values()
        name = step.name.removesuffix("_epoch1") if weight else step.name
        named = self.step(f"d{name}", adjoint)
        self.story.symbols[named] = f"∂{self.story.symbols[step]}"
        named.row_labels, named.column_labels = step.row_labels, step.column_labels
        self.epoch.gradients[step] = named
        return named

    def show_epoch(self) -> None:
        """The bands of an epoch after its forward pass: the loss, the way back, the update."""
        sheet, epoch = self.choices.sheet, self.epoch
        goal = self.objective
        epoch.band("Loss", [self.loss], goal.mathematics, standard=goal.standard)
        forward = [band for band in self.story.bands if band.sheet == sheet]
        if goal.tall:
            self.add_backward(forward)
        else:
            for band in forward:
                self.add_gradients(band)
        for kind, mathematics in KEPT.items():
            states = {
                n: self.nodes[f"{kind}_{n}"] for n in epoch.weights if f"{kind}_{n}" in self.nodes
            }
            for group in epoch.groups(states):
                epoch.band(kind, group.values(), mathematics, captions=list(group))
        for group in epoch.groups(self.updated):
            mathematics = UPDATED[self.choices.optimiser]
            epoch.band("Updated", group.values(), mathematics, captions=list(group))
        self.story.plans[sheet] = SheetPlan(
            printed=True,
            landscape=not goal.tall,
            filled=True,
            heading=self.story.interface["epoch"].format(1),
            subtitle=self.story.texts["training"]["tall" if goal.tall else "epochs"],
        )

    def add_backward(self, forward: list[Band]) -> None:
        """The gradients in bands of their own, from the loss back to the weights."""
        texts = self.story.texts["training"]
        note = texts["backward"]
        for band in reversed(forward):
            lanes = [lane for lane in map(self.gradient_lane, band.lanes) if lane]
            if not lanes:
                continue
            names = self.names_in(lanes)
            title = ", ".join(f"∂L/∂{name}" for name in names)
            written = ",  ".join(map(self.backward, names.values()))
            key, note = f"d{band.key}", note or texts.get(f"d{band.key}", "")
            self.story.bands.append(
                Band(key, title, note, written, lanes, band.tone, sheet=self.choices.sheet)
            )
            note = ""

    def names_in(self, lanes: Iterable[Lane]) -> dict[str, Matrix]:
        """What the gradients of some lanes are of, each once, with the first of them."""
        nodes = [block.node for lane in lanes for block in lane if isinstance(block, Block)]
        found: dict[str, Matrix] = {}
        for node in nodes:
            found.setdefault(self.epoch.base_name(node).removeprefix("d"), node)
        return found

    def add_gradients(self, band: Band) -> None:
        """The gradients of a band's steps in lanes of their own, at its right."""
        lanes = [self.gradient_lane(lane) for lane in band.lanes]
        shown = [lane[0] for lane in lanes if lane]
        if not shown:
            return
        count, names = self.epoch.lanes, self.names_in([shown])
        written = ",  ".join(map(self.backward, names.values()))
        title = ", ".join(f"∂L/∂{name}" for name in names)
        band.second = Heading(count, title, mathematics=written, tone=band.tone)
        band.lanes += [[] for _ in range(count - len(band.lanes))] + lanes

    def backward(self, gradient: Matrix) -> str:
        """How a gradient comes from those after it; of equal terms, a context each, the first."""
        assert isinstance(gradient, Step)
        terms = self.story.mathematics(gradient.expression, 200).split(" + ")
        written = terms[0] if len(set(terms)) == 1 else " + ".join(terms)
        return written if len(written) <= MAX_MATHEMATICS else ""

    def gradient_lane(self, lane: Lane) -> Lane:
        gradients: Lane = []
        for block in lane:
            if not isinstance(block, Block) or block.node not in self.epoch.gradients:
                continue
            if block.attached and not gradients:
                continue
            node = self.epoch.gradients[block.node]
            shown = labels(node.column_labels, node.columns)
            gradients.append(
                Block(
                    node, () if block.attached else block.row_labels,
                    block.column_labels if block.attached else shown,
                    "" if block.attached else block.caption,
                    decimals=self.choices.decimals, attached=block.attached,
                )
            )  # fmt: skip
        return gradients

    # --- the following epochs ---

    def add_epochs(self) -> None:
        """Each epoch a copy of the first one, over the weights that the one before it left."""
        # What an epoch starts with, and where in the epoch before it that comes from.
        starts = {weight: self.updated[name] for name, weight in self.epoch.weights.items()}
        starts |= {X: X for X in self.epoch.inputs.values()}
        shown = self.epoch.shown(self.choices.sheet)
        steps = [step for step in shown if step not in starts]
        before: dict[Matrix, Matrix] = {step: step for step in shown}
        self.losses: list[Matrix] = [self.loss]
        for epoch in range(2, self.choices.epochs + 1):
            tail = f"_epoch{epoch}"
            replaced: dict[Matrix, Matrix] = {
                start: self.step(start.name.removesuffix("_epoch1") + tail, before[source])
                for start, source in starts.items()
            }
            replaced |= {zero: before[step] for zero, step in self.epoch.state.carry.items()}
            before = self.epoch.copy(steps, replaced, tail)
            self.losses.append(before[self.loss])
            heading = self.story.interface["epoch"].format(epoch)
            nodes: dict[Matrix, Matrix] = {step: before[step] for step in shown}
            self.story.plans[self.choices.sheet].copies.append(Copy(heading, nodes))
        self.last = before

    def require_convergence(self) -> None:
        """LessonError where the steps of the lesson itself are so long that the loss diverges."""
        for epoch, loss in enumerate(self.losses, 1):
            if not (loss.value < notation_of.LARGEST_SHOWN).all():
                raise LessonError(
                    f"training.learning_rate: expected one with which the loss stays below "
                    f"{notation_of.LARGEST_SHOWN:.0f}, got {self.choices.learning_rate:g}, and a "
                    f"loss of {loss.value[0, 0]:g} in epoch {epoch}"
                )

    def show_losses(self) -> None:
        """The loss of some epochs on the page itself, and of all of them as a curve."""
        losses = self.step("Losses", Joined("rows", self.losses))
        numbers = self.step("Epochs", Numbering("row", losses))
        most = HIGHEST_DRAWN * Entry(losses, 0, 0)
        drawn = self.step("Drawn_losses", Elementwise("minimum", losses, most))
        diverging = self.step("Divergence", notation_of.divergence(losses, numbers))
        diverged = self.step("Diverged_from", notation_of.first_divergence(diverging))
        words = self.story.texts["training"]
        every: Lane = [
            Block(numbers, (), (words["epoch"],), decimals=0),
            self.story.beside(losses, words["loss"], decimals=6),
            self.story.beside(drawn, words["drawn"], decimals=6),
            self.story.beside(diverging, words["diverged"], decimals=0),
        ]
        self.story.band("Losses", "L", [every], sheet=self.choices.loss_sheet)
        chosen = milestones(self.choices.epochs)
        some: Lane = [
            self.milestones("Milestones", numbers, chosen, words["epoch"], 0),
            self.milestones("Milestone_losses", losses, chosen, words["loss"], 4, attached=True),
            self.story.beside(diverged, words["diverged"], decimals=0),
        ]
        band = self.story.band("Milestones", "L", [some], standard="Losses")
        band.chart = Chart(
            "line", words["curve"], words["curve_alternative"],
            [Series(words["loss"], drawn)], Series(words["epoch"], numbers), rows=10,
        )  # fmt: skip

    def milestones(
        self, name: str, of: Matrix, chosen: list[int], header: str, decimals: int,
        attached: bool = False,
    ) -> Block:  # fmt: skip
        """A column of some of a column's elements."""
        entries = [Entry(of, epoch - 1, 0) for epoch in chosen]
        return Block(
            self.step(name, Joined("rows", entries)), (), (header,), decimals=decimals,
            attached=attached,
        )  # fmt: skip


def milestones(epochs: int) -> list[int]:
    """The first epoch, the last one, and some at even steps between."""
    step = max(1, round(epochs / 6))
    return [1, *range(step, epochs, step)[step == 1 :], epochs]
