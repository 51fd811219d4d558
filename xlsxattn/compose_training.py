"""The training part of a story: epochs side by side, the loss curve, the gradient checker.

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
from xlsxattn.errors import LessonError
from xlsxattn.expression import (
    Entry,
    Input,
    Joined,
    Matrix,
    Numbering,
    Step,
    Texts,
    total,
)
from xlsxattn.gradient import gradient
from xlsxattn.outline import (
    Band,
    Block,
    Chart,
    Copy,
    Lane,
    Series,
    Setting,
    Settings,
    SheetPlan,
    labels,
)

if TYPE_CHECKING:
    from xlsxattn.compose import Composer
    from xlsxattn.compose_attention import Context

TRAINABLE = ("W_Q", "W_K", "W_V", "W_out")
#: How each gradient comes from the ones after it, for the right end of a heading.
BACKWARD = {
    "Output": "2 (Output − X) / N",
    "Attended": "∂Output · W_outᵀ",
    "Attention": "∂Attended · Vᵀ",
    "Exponentials": "∂Attention / Σ + ∂Σ",
    "Masked": "∂Exponentials × Exponentials",
    "Scaled": "∂Exponentials × Exponentials",
    "Scores": "∂Scaled / √d_k",
    "V": "Attentionᵀ · ∂Attended",
    "K": "∂Scoresᵀ · Q",
    "Q": "∂Scores · K",
    "W_Q": "Xᵀ · ∂Q",
    "W_K": "Xᵀ · ∂K",
    "W_V": "Xᵀ · ∂V",
    "W_out": "Attendedᵀ · ∂Output",
}
#: The steps of the forward passes that the gradient checker needs cells for.
FORWARD = ("Scaled", "Masked", "RowMax", "Exponentials", "RowSum", "Output", "Loss")
STATES = ("Velocity", "Mean", "Square")
STEP_SIZE = 1e-3  # of a finite difference: its own error and that of rounding are both small


class TrainingComposer:
    """Adds the epochs of training to a story."""

    def __init__(
        self, story: Composer, choices: files.Training, attention: files.Attention
    ) -> None:
        self.story, self.choices, self.nodes = story, choices, story.nodes
        require_trainable(story.lesson, attention)
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
        c = self.choices
        rate = self.setting("Learning_rate", c.learning_rate)
        if c.optimiser == "momentum":
            return notation_of.Momentum(rate, self.setting("Momentum", c.momentum))
        if c.optimiser == "adam":
            beta1, beta2 = self.setting("Beta1", c.beta1), self.setting("Beta2", c.beta2)
            return notation_of.Adam(rate, beta1, beta2, self.setting("Epsilon", c.epsilon))
        return notation_of.Optimiser(rate)

    def setting(self, name: str, value: float) -> Input:
        node = Input(name, [[value]])
        self.story.keep(node)
        self.story.settings.append(Setting(node, self.story.texts["settings"][name]))
        return node

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
        self.show_losses()
        self.add_checker()

    def named_gradient(self, step: Step, adjoint: Matrix) -> Matrix:
        """∂L/∂step under the name of the step with a d before it."""
        if step is self.loss:
            return adjoint
        named = self.step(f"d{step.name.removesuffix('_epoch1')}", adjoint)
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
            self.band("Epoch_number", [self.nodes["Epoch_number"]], "t")
        for group in self.groups(self.weights):
            self.band("W_epoch", group.values(), ", ".join(group), captions=list(group))
        self.band("X_epoch", self.inputs.values(), "X", captions=self.captions())
        self.story.bands += forward
        self.band("Loss", [self.loss], "mean (Output − X)²")
        for band in self.story.bands:
            if band.sheet == sheet:
                self.add_gradients(band)
        for kind in STATES:
            states = {
                n: self.nodes[f"{kind}_{n}"] for n in self.weights if f"{kind}_{n}" in self.nodes
            }
            for group in self.groups(states):
                self.band(kind, group.values(), "", captions=list(group))
        for group in self.groups(self.updated):
            self.band("Updated", group.values(), "W − η · ∂L/∂W", captions=list(group))
        self.story.plans[sheet] = SheetPlan(
            printed=True,
            landscape=True,
            filled=True,
            heading=self.interface["epoch"].format(1),
            subtitle=self.story.texts["training"]["epochs"],
        )

    def groups(self, steps: Mapping[str, Matrix]) -> Iterator[dict[str, Matrix]]:
        """As many at a time as stand side by side: one for each context."""
        names, count = list(steps), len(self.contexts)
        for start in range(0, len(names), count):
            yield {name: steps[name] for name in names[start : start + count]}

    def captions(self) -> list[str]:
        return [context.title for context in self.contexts]

    def band(
        self, key: str, nodes: Iterable[Matrix], mathematics: str, *, sheet: str = "",
        captions: Iterable[str] = (), decimals: int | None = None,
    ) -> Band:  # fmt: skip
        """A band of one block a lane; only the first of its key has a title and a sentence."""
        nodes, captions = list(nodes), list(captions)
        digits = self.choices.decimals if decimals is None else decimals
        lanes: list[Lane] = [
            [self.story.block(node, caption=captions[i] if captions else "", decimals=digits)]
            for i, node in enumerate(nodes)
        ]
        first = all(band.key != key for band in self.story.bands)
        band = self.story.band(key, mathematics, lanes, sheet=sheet or self.choices.sheet)
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
        band.mathematics = ",  ".join(BACKWARD[name] for name in names)
        band.lanes += [[] for _ in range(count - len(band.lanes))] + lanes

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
        words = self.story.texts["training"]
        every: Lane = [
            Block(numbers, (), (words["epoch"],), decimals=0),
            self.story.beside(losses, words["loss"], decimals=6),
        ]
        self.story.band("Losses", "L", [every], sheet=self.choices.loss_sheet)
        chosen = milestones(self.choices.epochs)
        some = [
            self.milestones("Milestones", numbers, chosen, words["epoch"], 0),
            self.milestones("Milestone_losses", losses, chosen, words["loss"], 4),
        ]
        some[1].attached = True
        band = self.story.band("Milestones", "L", [[*some]], standard="Losses")
        band.chart = Chart(
            "line", words["curve"], words["curve_alternative"],
            [Series(words["loss"], losses)], Series(words["epoch"], numbers), rows=10,
        )  # fmt: skip

    def milestones(
        self, name: str, of: Matrix, chosen: list[int], header: str, decimals: int
    ) -> Block:
        """A column of some of a column's elements."""
        entries = [Entry(of, epoch - 1, 0) for epoch in chosen]
        return Block(self.step(name, Joined("rows", entries)), (), (header,), decimals=decimals)

    # --- the gradient checker ---

    def add_checker(self) -> None:
        """One weight of each matrix, chosen by row and column: its gradient in two ways."""
        sheet = self.choices.check_sheet
        rows = max(weight.rows for weight in self.weights.values())
        columns = max(weight.columns for weight in self.weights.values())
        row = self.check_setting("Checked_row", 1, range(1, rows + 1))
        column = self.check_setting("Checked_column", 1, range(1, columns + 1))
        size = self.check_setting("Step_size", STEP_SIZE)
        labelled = [Setting(n, self.story.texts["settings"][n.name]) for n in (row, column, size)]
        self.story.band("Check_settings", "", [[Settings(labelled, legend=False)]], sheet=sheet)
        self.directions = {
            name: self.step(
                f"Direction_{name}",
                Numbering("row", start).equal(row) * Numbering("column", start).equal(column),
                start.row_labels,
                start.column_labels,
            )
            for name, start in self.weights.items()
        }
        for group in self.groups(self.directions):
            self.band("Direction", group.values(), "1, 0", sheet=sheet,
                      captions=list(group), decimals=0)  # fmt: skip
        up = {name: self.forward_pass(name, "plus", size) for name in self.weights}
        down = {name: self.forward_pass(name, "minus", -size) for name in self.weights}
        self.show_differences(up, down)
        self.show_check(up, down, size)
        subtitle = self.story.texts["training"]["check"]
        self.story.plans[sheet] = SheetPlan(printed=True, subtitle=subtitle)

    def check_setting(self, name: str, value: float, choices: Iterable[int] = ()) -> Input:
        node = Input(name, [[value]], choices=tuple(float(choice) for choice in choices))
        self.story.keep(node)
        return node

    def forward_pass(self, name: str, sign: str, shift: Matrix) -> dict[Matrix, Matrix]:
        """The first epoch's forward pass with one weight of a matrix shifted."""
        steps = [s for s in self.shown(self.choices.sheet) if self.base_name(s) in FORWARD]
        weight = self.weights[name]
        shifted = self.step(
            f"{name}_{sign}",
            weight + shift * self.directions[name],
            weight.row_labels,
            weight.column_labels,
        )
        return self.copy(steps, {weight: shifted}, f"_{sign}_{name}")

    def show_differences(
        self, up: dict[str, dict[Matrix, Matrix]], down: dict[str, dict[Matrix, Matrix]]
    ) -> None:
        """The forward passes side by side, on a sheet that is not printed."""
        sheet = self.choices.difference_sheet
        passes: list[tuple[str, dict[Matrix, Matrix]]] = [
            (f"{name} {sign} h", {s: twins[s] for s in (self.weights[name], *self.forward())})
            for name in self.weights
            for sign, twins in (("+", up[name]), ("−", down[name]))
        ]
        heading, first = passes[0]
        self.band("Shifted", [next(iter(first.values()))], "W ± h", sheet=sheet, decimals=6)
        for group in self.forward_groups():
            nodes = [first[step] for step in group]
            self.band(
                self.base_name(group[0]), nodes, "", sheet=sheet, captions=self.captions(),
                decimals=6,
            )  # fmt: skip
        # Another pass shifts another weight: blocks answer to one another by their order.
        copies = [
            Copy(title, dict(zip(first.values(), nodes.values(), strict=True)))
            for title, nodes in passes[1:]
        ]
        self.story.plans[sheet] = SheetPlan(heading=heading, copies=copies)

    def forward(self) -> list[Step]:
        return [step for group in self.forward_groups() for step in group]

    def forward_groups(self) -> list[list[Step]]:
        """The steps of a forward pass that have cells, those of one name together."""
        shown = self.shown(self.choices.sheet)
        groups = ([s for s in shown if self.base_name(s) == name] for name in FORWARD)
        return [group for group in groups if group]

    def show_check(
        self,
        up: dict[str, dict[Matrix, Matrix]],
        down: dict[str, dict[Matrix, Matrix]],
        size: Matrix,
    ) -> None:
        """A row for each matrix: the weight, two losses, their quotient, the gradient."""
        chosen = self.directions.items()
        weights = [total(self.weights[name] * direction) for name, direction in chosen]
        gradients = [
            total(self.gradients[self.weights[name]] * direction) for name, direction in chosen
        ]
        plus = self.step("Loss_plus", Joined("rows", [twins[self.loss] for twins in up.values()]))
        minus = self.step(
            "Loss_minus", Joined("rows", [twins[self.loss] for twins in down.values()])
        )
        columns = [
            self.step("Checked_weight", Joined("rows", weights)),
            plus,
            minus,
            self.step("Finite_difference", (plus - minus) / (2 * size)),
            self.step("Checked_gradient", Joined("rows", gradients)),
        ]
        shown = tuple(self.story.texts["training"][column.name] for column in columns)
        names = Texts.of(self.weights)
        table = self.step(
            "Gradient_check",
            Joined("columns", columns),
            names,
            Texts(tuple(column.name for column in columns), shown),
        )
        apart = self.step("Check_difference", columns[3] - columns[4], names)
        lane: Lane = [
            self.story.block(table, decimals=6),
            self.story.beside(apart, self.story.texts["training"]["apart"], decimals=6),
        ]
        self.story.band("Gradient_check", "(L(w + h) − L(w − h)) / 2h", [lane],
                        sheet=self.choices.check_sheet)  # fmt: skip


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
