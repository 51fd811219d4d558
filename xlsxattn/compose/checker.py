"""The gradient checker: each gradient beside a finite difference of the loss.

A row and a column choose one weight of every matrix. For each, two forward passes of the
first epoch, with the weight a little larger and a little smaller, give the quotient that the
gradient of the backward pass must equal.
"""

from __future__ import annotations

from xlsxattn.compose.epoch import Epoch
from xlsxattn.expression import Joined, Matrix, Numbering, Step, Texts
from xlsxattn.functions.tables import total
from xlsxattn.outline import Copy, Lane, Settings, SheetPlan

#: The steps of a forward pass, each of which needs cells.
FORWARD = (
    "Q", "K", "V", "Scores", "Scaled", "Masked", "RowMax", "Exponentials", "RowSum", "Attention",
    "Attended", "Output", "Logits", "ClassMax", "ClassExponentials", "ClassSum", "CrossEntropy",
    "Loss",
)  # fmt: skip
STEP_SIZE = 1e-3  # of a finite difference: its own error and that of rounding are both small

Passes = dict[str, dict[Matrix, Matrix]]  # by the weight that is changed: step → its copy


class GradientChecker:
    """Adds the page of the gradient checker, and the forward passes that it needs."""

    def __init__(self, epoch: Epoch) -> None:
        self.epoch, self.story, self.choices = epoch, epoch.story, epoch.choices
        self.step, self.weights = epoch.step, epoch.weights
        assert epoch.loss is not None
        self.loss = epoch.loss

    def compose(self) -> None:
        """One weight of each matrix, chosen by row and column: its gradient in two ways."""
        sheet = self.choices.check_sheet
        rows = max(weight.rows for weight in self.weights.values())
        columns = max(weight.columns for weight in self.weights.values())
        settings = [
            self.story.setting("Checked_row", 1, range(1, rows + 1)),
            self.story.setting("Checked_column", 1, range(1, columns + 1)),
            self.story.setting("Step_size", STEP_SIZE),
        ]
        row, column, size = (setting.node for setting in settings)
        self.story.band("Check_settings", "", [[Settings(settings)]], sheet=sheet)
        self.directions = {
            name: self.step(
                f"Direction_{name}",
                Numbering("row", start).equal(row) * Numbering("column", start).equal(column),
                start.row_labels,
                start.column_labels,
            )
            for name, start in self.weights.items()
        }
        for group in self.epoch.groups(self.directions):
            self.epoch.band("Direction", group.values(), "1, 0", sheet=sheet,
                      captions=list(group), decimals=0)  # fmt: skip
        up = {name: self.forward_pass(name, "plus", size) for name in self.weights}
        down = {name: self.forward_pass(name, "minus", -size) for name in self.weights}
        self.show_differences(up, down)
        self.show_check(up, down, size)
        subtitle = self.story.texts["training"]["check"]
        self.story.plans[sheet] = SheetPlan(printed=True, subtitle=subtitle)

    def forward_pass(self, name: str, sign: str, shift: Matrix) -> dict[Matrix, Matrix]:
        """The first epoch's forward pass with one weight of a matrix shifted."""
        weight = self.weights[name]
        shifted = self.step(
            f"{name}_{sign}",
            weight + shift * self.directions[name],
            weight.row_labels,
            weight.column_labels,
        )
        return self.epoch.copy(self.forward(), {weight: shifted}, f"_{sign}_{name}")

    def show_differences(self, up: Passes, down: Passes) -> None:
        """The forward passes side by side, on a sheet that is not printed."""
        sheet = self.choices.difference_sheet
        passes: list[tuple[str, dict[Matrix, Matrix]]] = [
            (
                f"{name} {sign} h",
                {s: twins[s] for s in (self.weights[name], *self.forward())},
            )
            for name in self.weights
            for sign, twins in (("+", up[name]), ("−", down[name]))
        ]
        heading, first = passes[0]
        self.epoch.band("Shifted", [next(iter(first.values()))], "W ± h", sheet=sheet, decimals=6)
        for group in self.forward_groups():
            nodes = [first[step] for step in group]
            self.epoch.band(
                self.epoch.base_name(group[0]), nodes, "", sheet=sheet,
                captions=self.epoch.captions(), decimals=6,
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
        shown = self.epoch.shown(self.choices.sheet)
        groups = ([s for s in shown if self.epoch.base_name(s) == name] for name in FORWARD)
        return [group for group in groups if group]

    def show_check(self, up: Passes, down: Passes, size: Matrix) -> None:
        """A row for each matrix: the weight, two losses, their quotient, the gradient."""
        chosen = self.directions.items()
        weights = [total(self.weights[name] * direction) for name, direction in chosen]
        gradients = [
            total(self.epoch.gradients[self.weights[name]] * direction)
            for name, direction in chosen
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
