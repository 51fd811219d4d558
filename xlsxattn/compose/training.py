"""The training part of a story: epochs side by side, and the loss curve.

Attention's own steps, on a sheet of their own, are the forward pass of the first epoch. To
their right stand the gradients, each beside what it belongs to, so that one reads the
forward pass down the left half and the backward pass up the right half. The following
epochs are copies of the whole at the right, whose formulas are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from xlsxattn import lesson as files
from xlsxattn import training as notation_of
from xlsxattn.attention import Steps
from xlsxattn.compose.checker import GradientChecker
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
from xlsxattn.outline import (
    Band,
    Block,
    Chart,
    Copy,
    Lane,
    Series,
    SheetPlan,
    labels,
)

if TYPE_CHECKING:
    from xlsxattn.compose.attention import Context
    from xlsxattn.compose.story import Story

TRAINABLE = ("W_Q", "W_K", "W_V", "W_out")
#: The loss curve is cut at so many times the first loss, or one epoch would flatten all others.
HIGHEST_DRAWN = 10
#: How each gradient comes from the ones after it, for the right end of a heading. In braces
#: what depends on the lesson: what comes after attention, the divisor, Q, K, V and the source.
BACKWARD = {
    "Output": "2 (Output − X) / N",
    "Attended": "∂Output · W_outᵀ",
    "Attention": "∂{after} · {V}ᵀ",
    "Exponentials": "∂Attention / Σ + ∂Σ",
    "Masked": "∂Exponentials × Exponentials",
    "Scaled": "∂Exponentials × Exponentials",
    "Scores": "∂Scaled{divisor}",
    "V": "Attentionᵀ · ∂{after}",
    "K": "∂Scoresᵀ · {Q}",
    "Q": "∂Scores · {K}",
    "W_Q": "Xᵀ · ∂Q",
    "W_K": "{source}ᵀ · ∂K",
    "W_V": "{source}ᵀ · ∂V",
    "W_out": "Attendedᵀ · ∂Output",
}
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


class TrainingComposer:
    """Adds the epochs of training to a story."""

    def __init__(self, story: Story, choices: files.Training, attention: files.Attention) -> None:
        self.story, self.choices, self.nodes = story, choices, story.nodes
        require_trainable(story.lesson, attention)
        self.scores, self.masked = attention.scores, attention.mask != "off"
        self.interface = story.interface
        self.step = Steps(self.nodes)
        self.state = notation_of.State()
        self.weights: dict[str, Step] = {}  # of the first epoch, by the name of the start
        self.inputs: dict[Matrix, Step] = {}
        self.gradients: dict[Matrix, Step] = {}
        self.optimiser = self.settings()
        for name in TRAINABLE:
            if name in story.lesson.weights:
                self.weights[name] = self.step(f"{name}_epoch1", self.nodes[name])

    def settings(self) -> notation_of.Optimiser:
        """The optimiser, its settings as cells."""
        c, setting = self.choices, self.story.add_setting
        rate = setting("Learning_rate", c.learning_rate)
        if c.optimiser == "momentum":
            return notation_of.Momentum(rate, setting("Momentum", c.momentum))
        if c.optimiser == "adam":
            beta1, beta2 = setting("Beta1", c.beta1), setting("Beta2", c.beta2)
            return notation_of.Adam(rate, beta1, beta2, setting("Epsilon", c.epsilon))
        return notation_of.Optimiser(rate)

    def epoch_input(self, X: Matrix | None) -> Matrix | None:
        """A context's embeddings as they stand in each epoch, where all formulas read them."""
        if X is None or not X.name:
            return X
        if X not in self.inputs:
            self.inputs[X] = self.step(f"{X.name}_epoch1", X)
        return self.inputs[X]

    # --- the first epoch ---

    def compose(self, contexts: list[Context]) -> None:
        """Everything after the forward pass: loss, gradients, updates, epochs, checker."""
        self.contexts = contexts
        outputs = [self.nodes[f"Output{context.suffix}"] for context in contexts]
        targets = [context.X for context in contexts if context.X is not None]
        for output, target in zip(outputs, targets, strict=True):
            if output.shape != target.shape:
                raise LessonError(
                    f"training: expected an output of its target's shape, got {output!r} for "
                    f"{target!r}"
                )
        self.loss = self.step("Loss", notation_of.mean_squared_error(outputs, targets))
        gradients = gradient(
            self.loss,
            list(self.weights.values()),
            name=self.named_gradient,
            constant=notation_of.row_maxima(self.nodes),
        )
        self.optimiser.start(self.step, self.state)
        self.updated = {
            name: self.step(
                f"Updated_{name}",
                self.optimiser.update(name, weight, gradients[index], self.step, self.state),
            )
            for index, (name, weight) in enumerate(self.weights.items())
        }
        self.show_epoch()
        self.add_epochs()
        self.require_convergence()
        self.story.largest = notation_of.LARGEST_SHOWN
        self.show_losses()
        GradientChecker(self).compose()

    def named_gradient(self, step: Step, adjoint: Matrix) -> Matrix:
        """∂L/∂step under the name of the step with a d before it."""
        if step is self.loss:
            return adjoint
        weight = step in self.weights.values()
        name = step.name.removesuffix("_epoch1") if weight else step.name
        named = self.step(f"d{name}", adjoint)
        named.row_labels, named.column_labels = step.row_labels, step.column_labels
        self.gradients[step] = named
        return named

    def show_epoch(self) -> None:
        """The bands of an epoch: what it starts with, the two passes, the update."""
        sheet = self.choices.sheet
        forward = [band for band in self.story.bands if band.sheet == sheet]
        start = self.story.bands.index(forward[0])
        del self.story.bands[start : start + len(forward)]
        if isinstance(self.optimiser, notation_of.Adam):
            self.band("Epoch_number", [self.nodes["Epoch_number"]], "t", decimals=0)
        for group in self.groups(self.weights):
            self.band("W_epoch", group.values(), ", ".join(group), captions=list(group))
        self.show_inputs()
        self.story.bands += forward
        self.band("Loss", [self.loss], "mean (Output − X)²")
        for band in self.story.bands:
            if band.sheet == sheet:
                self.add_gradients(band)
        for kind, mathematics in KEPT.items():
            states = {
                n: self.nodes[f"{kind}_{n}"] for n in self.weights if f"{kind}_{n}" in self.nodes
            }
            for group in self.groups(states):
                self.band(kind, group.values(), mathematics, captions=list(group))
        for group in self.groups(self.updated):
            mathematics = UPDATED[self.choices.optimiser]
            self.band("Updated", group.values(), mathematics, captions=list(group))
        self.story.plans[sheet] = SheetPlan(
            printed=True,
            landscape=True,
            filled=True,
            heading=self.interface["epoch"].format(1),
            subtitle=self.story.texts["training"]["epochs"],
        )

    def show_inputs(self) -> None:
        """What each context reads, and in cross attention what it attends to, under its lane."""
        inputs = [context.X for context in self.contexts]
        sources = [None if c.source is c.X else c.source for c in self.contexts]
        self.band("X_epoch", inputs, "X", captions=self.captions())
        if any(sources):
            self.band(
                "X_source_epoch", sources, "X_source", captions=self.captions(),
                standard="X_source",
            )  # fmt: skip

    def groups(self, steps: Mapping[str, Matrix]) -> Iterator[dict[str, Matrix]]:
        """As many at a time as stand side by side: one for each context."""
        names, count = list(steps), len(self.contexts)
        for start in range(0, len(names), count):
            yield {name: steps[name] for name in names[start : start + count]}

    def captions(self) -> list[str]:
        return [context.title for context in self.contexts]

    def band(
        self, key: str, nodes: Iterable[Matrix | None], mathematics: str, *, sheet: str = "",
        captions: Iterable[str] = (), decimals: int | None = None, standard: str = "",
    ) -> Band:  # fmt: skip
        """A band of one block a lane, or none; the first of its key has a title and a sentence."""
        nodes, captions = list(nodes), list(captions)
        digits = self.choices.decimals if decimals is None else decimals
        lanes: list[Lane] = [
            []
            if node is None
            else [self.story.block(node, caption=captions[i] if captions else "", decimals=digits)]
            for i, node in enumerate(nodes)
        ]
        first = all(band.key != key for band in self.story.bands)
        band = self.story.band(
            key, mathematics, lanes, standard=standard, sheet=sheet or self.choices.sheet
        )
        if not first:
            band.title = band.note = ""
        return band

    def add_gradients(self, band: Band) -> None:
        """The gradients of a band's steps in lanes of their own, at its right."""
        lanes = [self.gradient_lane(lane) for lane in band.lanes]
        shown = [lane[0] for lane in lanes if lane]
        if not shown:
            return
        count = len(self.contexts)
        nodes = [block.node for block in shown if isinstance(block, Block)]
        names = list(dict.fromkeys(self.base_name(node).removeprefix("d") for node in nodes))
        band.second = (count, ", ".join(f"∂L/∂{name}" for name in names))
        band.title = f"{band.title}  {band.mathematics}".strip()
        band.mathematics = ",  ".join(self.backward(name) for name in names)
        band.lanes += [[] for _ in range(count - len(band.lanes))] + lanes

    def backward(self, name: str) -> str:
        """How the gradient of a step comes from those after it, in this lesson's notation."""
        crossed = any(context.source is not context.X for context in self.contexts)
        source = "X_source" if crossed else "X"
        scaled = {context.spec.scores or self.scores for context in self.contexts}
        letters = {"Q": "X", "K": source, "V": source}
        letters |= {letter: letter for letter in letters if f"W_{letter}" in self.weights}
        if name == "Scaled" and self.masked:
            return "∂Masked × Mask"
        return BACKWARD[name].format(
            after="Attended" if "W_out" in self.weights else "Output",
            divisor=" / √d_k" if scaled == {"scaled-dot"} else "",
            source=source,
            **letters,
        )

    def gradient_lane(self, lane: Lane) -> Lane:
        gradients: Lane = []
        for block in lane:
            if not isinstance(block, Block) or block.node not in self.gradients:
                continue
            if block.attached and not gradients:
                continue
            node = self.gradients[block.node]
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

    def base_name(self, node: Matrix) -> str:
        """A step's name without its context."""
        for context in self.contexts:
            if context.suffix and node.name.endswith(context.suffix):
                return node.name.removesuffix(context.suffix)
        return node.name

    # --- the following epochs ---

    def shown(self, sheet: str) -> list[Step]:
        return [
            block.node
            for band in self.story.bands
            if band.sheet == sheet
            for lane in band.lanes
            for block in lane
            if isinstance(block, Block) and isinstance(block.node, Step)
        ]

    def add_epochs(self) -> None:
        """Each epoch a copy of the first one, over the weights that the one before it left."""
        # What an epoch starts with, and where in the epoch before it that comes from.
        starts = {weight: self.updated[name] for name, weight in self.weights.items()}
        starts |= {X: X for X in self.inputs.values()}
        shown = self.shown(self.choices.sheet)
        steps = [step for step in shown if step not in starts]
        before: dict[Matrix, Matrix] = {step: step for step in shown}
        self.losses: list[Matrix] = [self.loss]
        for epoch in range(2, self.choices.epochs + 1):
            tail = f"_epoch{epoch}"
            replaced: dict[Matrix, Matrix] = {
                start: self.step(start.name.removesuffix("_epoch1") + tail, before[source])
                for start, source in starts.items()
            }
            replaced |= {zero: before[step] for zero, step in self.state.carry.items()}
            before = self.copy(steps, replaced, tail)
            self.losses.append(before[self.loss])
            heading = self.interface["epoch"].format(epoch)
            nodes: dict[Matrix, Matrix] = {step: before[step] for step in shown}
            self.story.plans[self.choices.sheet].copies.append(Copy(heading, nodes))

    def require_convergence(self) -> None:
        """LessonError where the steps of the lesson itself are so long that the loss diverges."""
        for epoch, loss in enumerate(self.losses, 1):
            if not (loss.value < notation_of.LARGEST_SHOWN).all():
                raise LessonError(
                    f"training.learning_rate: expected one with which the loss stays below "
                    f"{notation_of.LARGEST_SHOWN:.0f}, got {self.choices.learning_rate:g}, and a "
                    f"loss of {loss.value[0, 0]:g} in epoch {epoch}"
                )

    def copy(
        self, steps: list[Step], replaced: dict[Matrix, Matrix], tail: str
    ) -> dict[Matrix, Matrix]:
        twins = notation_of.copied(steps, replaced, lambda name: name + tail)
        for step in steps:
            self.story.keep(twins[step])
        return twins

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


def require_trainable(lesson: files.Lesson, attention: files.Attention) -> None:
    """LessonError where attention is not of the form that can be trained here."""
    sources = [
        getattr(where, letter) for where in (attention, *lesson.contexts) for letter in "QKV"
    ]
    for wrong, expected, came in (
        (attention.heads > 1, "one head", f"{attention.heads} heads"),
        (
            "additive" in (attention.scores, *(c.scores for c in lesson.contexts)),
            "dot-product scores",
            "additive ones",
        ),
        (
            any(sources),
            "Q, K and V from W_Q, W_K and W_V",
            f"a formula {next(filter(None, sources), '')!r}",
        ),
        (any(c.shares for c in lesson.contexts), "words in each context", "shares"),
        (not lesson.contexts, "contexts", "none"),
        (attention.inspector is not None, "no inspector", "one"),
        (attention.intersection, "no intersection", "one"),
        (
            bool(attention.sheet),
            "attention on the sheet of the epochs",
            f"sheet {attention.sheet!r}",
        ),
        (not set(lesson.weights) & set(TRAINABLE), f"some of {', '.join(TRAINABLE)}", "none"),
    ):
        if wrong:
            raise LessonError(f"training: expected {expected}, got {came}")
