"""The weights of a use of a block: each from where the lesson says, the most special first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from xlsxattn import lesson as files
from xlsxattn import notation
from xlsxattn.compose.inputs import TONES, add_weight
from xlsxattn.compose.story import Story
from xlsxattn.errors import LessonError, NotationError, within
from xlsxattn.expression import Matrix, Shape
from xlsxattn.lesson.blocks import Use, uses
from xlsxattn.lesson.weights import Numbers, drawn
from xlsxattn.naming import tail_of
from xlsxattn.outline import Lane

#: Two weights stand side by side while neither has more columns than this.
MOST_COLUMNS = 10
#: How many numbers a weight may have, as many as one in a file.
MAX_NUMBERS = 4096 * 4096

Resolve = Callable[[str], Matrix | None]


class UseWeights:
    """Finds or makes the weights of one use, which all contexts have in common."""

    def __init__(self, story: Story, use: Use, place: str, resolve: Resolve) -> None:
        self.story, self.use, self.place, self.resolve = story, use, place, resolve
        self.own: list[Matrix] = []  # those of this use
        self.common: list[Matrix] = []  # those of all uses of the block, where this is the first

    def find(self) -> dict[str, Matrix]:
        """Every weight of the block by its name there; LessonError for one that is not there."""
        return {name: self._found(name) for name in self.use.block.weights}

    def _found(self, weight: str) -> Matrix:
        shape = self._shape(weight)
        if self.use.steps[0].weights is not None and self.use.steps[0].weights.of:
            return self._of_other(weight, shape, self.use.steps[0].weights.of)
        full, *general = self.use.weight_names(weight)
        shared = self.use.shared_name(weight)
        own, common = self.use.steps[0].weights, self.use.block.shared
        given, is_drawn = self.story.lesson.weights, self._fill(weight) is None
        if full in given:
            name = full
        elif own is not None and is_drawn:
            name = self._make(full, weight, shape, own, self._number(weight))
        elif shared in self.story.nodes:
            name = shared
        elif common is not None and is_drawn:
            number = list(self.use.block.weights).index(weight)
            name = self._make(shared, weight, shape, common, number)
        else:
            made = shared if own is None and common is not None else full
            name = next((one for one in general if one in given), made)
            if name not in given:
                self._make(made, weight, shape, files.UseWeights(), 0)
        node = self.story.nodes[name]
        if node.shape != shape:
            raise LessonError(
                f"{self.place}.weights: expected {name} of {shape[0]}×{shape[1]}, got "
                f"{node.rows}×{node.columns}"
            )
        self.story.symbols[node] = weight
        if name != weight and self.story.spot(node) is None:
            (self.common if name == shared else self.own).append(node)
        return node

    def _of_other(self, weight: str, shape: Shape, other: str) -> Matrix:
        """The weight of another use; LessonError where it has none of this shape."""
        inner = "".join(tail_of(step.name) for step in self.use.steps[1:])
        name = weight + tail_of(other) + inner
        node = self.story.nodes.get(name)
        if node is None or node.shape != shape:
            came = "none" if node is None else f"{node.rows}×{node.columns}"
            raise LessonError(
                f"{self.place}.weights.of: expected an earlier use with {name} of "
                f"{shape[0]}×{shape[1]}, got {came}"
            )
        return node

    def _make(
        self, name: str, weight: str, shape: Shape, source: files.UseWeights, number: int
    ) -> str:
        """A weight that is filled or drawn; its name."""
        fill = self._fill(weight)
        if fill is not None:
            numbers: Numbers = np.full(shape, float(fill))
        elif source.seed is not None:
            numbers = drawn([source.seed, number], *shape, shape[0] ** -0.5)
        else:
            raise LessonError(
                f"{self.place}.weights: expected {name} from a file or a seed, or {weight} in "
                "[weights], got none"
            )
        add_weight(self.story, name, weight, numbers)
        return name

    def _fill(self, weight: str) -> float | None:
        """What fills a weight that is not drawn."""
        declared = self.use.block.weights[weight]
        return None if isinstance(declared, list) else declared.fill

    def _number(self, weight: str) -> int:
        """The number of a weight among all of the outermost use, from 0."""
        before = 0
        for use in uses(self.story.lesson):
            if use == self.use:
                break
            if use.steps[0] is self.use.steps[0]:
                before += len(use.block.weights)
        return before + list(self.use.block.weights).index(weight)

    def _shape(self, weight: str) -> Shape:
        declared = self.use.block.weights[weight]
        sides = declared if isinstance(declared, list) else [declared.rows, declared.columns]
        with within(f"blocks.{self.use.step.use}.weights.{weight}"):
            rows, columns = self._side(sides[0]), self._side(sides[1])
            if rows * columns > MAX_NUMBERS:
                raise NotationError(
                    f"expected at most {MAX_NUMBERS} numbers, got {rows}×{columns} of them"
                )
            return rows, columns

    def _side(self, given: int | str) -> int:
        """How many rows or columns, from a number or notation over parameters and numbers."""
        side = plain_value(str(given), self.resolve)
        if side != int(side) or side < 1:
            raise NotationError(f"{given!r}: expected a whole number above 0, got {side:g}")
        return int(side)

    def show(self, title: str, sheet: str) -> None:
        """The weights that nobody has shown before, those of the block first."""
        name = self.use.step.use
        of_block = self.story.text(self.use.block.title) or name
        self._show(self.common, self.use.shared_name("W"), of_block, sheet)
        self._show(self.own, f"W{self.use.tail}", title, sheet)

    def _show(self, nodes: Sequence[Matrix], key: str, title: str, sheet: str) -> None:
        """Weights under one heading, one or two a band."""
        for number, row in enumerate(_side_by_side(nodes)):
            symbols = [self.story.symbols[node] for node in row]
            lanes: list[Lane] = [
                [self.story.block(node, caption=name, tone=TONES.get(name[:3], "neutral"))]
                for node, name in zip(row, symbols, strict=True)
            ]
            band = self.story.band(
                key, "", lanes, standard="W", tail=f" · {title}",
                sheet=self.story.lesson.weight_sheet or sheet,
            )  # fmt: skip
            if number:
                band.key, band.title, band.note = f"{key}_{number}", "", ""


def _side_by_side(nodes: Sequence[Matrix]) -> list[list[Matrix]]:
    """One or two matrices a row, such as a weight and its bias."""
    rows: list[list[Matrix]] = []
    for node in nodes:
        last = rows[-1] if rows else []
        if len(last) == 1 and max(last[0].columns, node.columns) <= MOST_COLUMNS:
            last.append(node)
        else:
            rows.append([node])
    return rows


def plain_value(formula: str, resolve: Resolve) -> float:
    """The number that notation stands for; NotationError where it is no number."""
    node = notation.read(formula, resolve)
    if node.shape != (1, 1) or node.is_text:
        came = "a word" if node.is_text else f"{node.rows}×{node.columns} of them"
        raise NotationError(f"{formula!r}: expected one number, got {came}")
    value = float(node.value[0, 0])
    if not np.isfinite(value):
        raise NotationError(f"{formula!r}: expected a finite number, got {value:g}")
    return value
