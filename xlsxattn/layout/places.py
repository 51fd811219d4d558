"""Where the named nodes are, on all sheets of a lesson, and the formulas that follow from it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator

from xlsxattn.a1 import Area
from xlsxattn.expression import Joined, Matrix, Step, postorder
from xlsxattn.formula import Formula, array_steps, formulas, loops
from xlsxattn.outline import Outline


class Places:
    """The areas of nodes; they are taken while sheets are filled, and never given up."""

    def __init__(self, content: Outline) -> None:
        self.areas: dict[Matrix, Area] = {}
        self.labels: dict[Matrix, Area] = {}  # the cells of row labels
        self.filled: set[str] = set()  # the sheets whose formulas are plain addresses
        steps = [node for node in content.nodes.values() if isinstance(node, Step)]
        #: The steps that are array formulas; what repeats one of them must be an array too.
        self.arrays = array_steps(steps, content.form)
        self._loops = {step: frozenset(loop) for loop in loops(steps) for step in loop}

    def take(self, node: Matrix, area: Area) -> None:
        """Remember where a node is, and the parts that a table of steps is made of."""
        self.areas[node] = area
        if isinstance(node, Step) and isinstance(node.expression, Joined):
            for part, row, column in node.expression.offsets():
                if isinstance(part, Step) and part not in self.areas:
                    self.take(part, area.part(row, column, *part.shape))

    def formulas(self, step: Step) -> Iterator[Formula]:
        """The formulas of a step, and of those that stand inside it where it is a table."""
        loop = self._loops.get(step, frozenset())
        yield from formulas(step, self.areas, self.filled, self.arrays, loop)
        if isinstance(step.expression, Joined):
            for part, row, column in step.expression.offsets():
                inside = self.areas[step].part(row, column, *part.shape)
                if isinstance(part, Step) and self.areas[part] == inside:
                    yield from self.formulas(part)

    def formula_in(self, cell: Area, expression: Matrix) -> Formula:
        """The formula of an expression that has one cell and no name."""
        step = Step("", expression)
        reads = postorder(expression, until=lambda node: node.placed)
        arrays = self.arrays
        if any(operand in arrays for node in reads for operand in node.operands):
            arrays = arrays | {step}
        places: ChainMap[Matrix, Area] = ChainMap({step: cell}, self.areas)
        return next(formulas(step, places, self.filled, arrays))
