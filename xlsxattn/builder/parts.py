"""An expression cut into parts that spreadsheets can hold, each to become a step.

Whoever writes ``softmax(scores / sqrt(2))`` need not know what fits into one cell's formula.
These parts of an expression become steps of their own, whatever they stand in:

* a product, or the sum, maximum or mean of rows, of columns or of all elements, that is smaller
  than what it stands in: placed once, and not computed again in every cell that reads it;
* what a product, a reduction, a transpose or a slice is taken of, unless it is a plain range
  of cells, and what is looked up in or numbered;
* matrices that are joined inside an expression, and the states of a recurrent cell.

Everything else stays in the formula of its step. A part that is used twice, in one
expression or in several, is placed once.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, MutableMapping

from xlsxattn.errors import FormulaError
from xlsxattn.expression import (
    Causal,
    Column,
    Continued,
    Joined,
    Matrix,
    Product,
    Recurrence,
    Reduction,
    RunningText,
    Shape,
    Step,
    postorder,
)
from xlsxattn.formula.forms import needs_cells

#: Formulas are printed by recursion, and Excel nests 64 levels of functions.
MAX_DEPTH = 60

#: Makes a step of a part: as it is with its own parts placed, and as it was written.
Place = Callable[[Matrix, Matrix], Matrix]


class Cutter:
    """Cuts expressions, and remembers what became of each node.

    Where each row is ``by_arrays``, a reduction of a row needs no cells in what is to be in one
    formula.
    """

    def __init__(self) -> None:
        self.made: MutableMapping[Matrix, Matrix] = {}

    def cut(self, name: str, expression: Matrix, place: Place, by_arrays: bool = False) -> Matrix:
        """The expression with its parts replaced by the steps that ``place`` makes of them.

        ``place`` is called for each part, operands before what uses them. FormulaError
        where operations are nested too deep for a formula, before anything is placed;
        ``name`` is whose they are.
        """
        trial = Cutter()
        trial.made = ChainMap({}, self.made)
        trial._cut(name, expression, lambda node, _: Step("", node), by_arrays)
        return self._cut(name, expression, place, by_arrays)

    def _cut(self, name: str, expression: Matrix, place: Place, by_arrays: bool) -> Matrix:
        depths: dict[Matrix, int] = {}
        nodes = list(self.unplaced(expression))
        whole = _in_one_formula(nodes) if by_arrays else frozenset()
        for node in nodes:
            own = node.standing_for([self.stands_for(operand) for operand in node.operands])
            parts = list(own.operands)
            for index, operand in enumerate(own.operands):
                inside = node in whole and _is_of_row(own, operand)
                if not (operand.placed or inside) and _is_part(own, operand, expression.shape):
                    before = node.operands[index]
                    if not self.stands_for(before).placed:  # as it may be both operands
                        self.made[before] = place(operand, before)
                    parts[index] = self.made[before]
            own = self.made[node] = own.standing_for(parts)
            depths[own] = 1 + max((depths.get(operand, 0) for operand in parts), default=0)
            if depths[own] > MAX_DEPTH:
                raise FormulaError(
                    f"{name}: expected at most {MAX_DEPTH} nested operations, got more; "
                    "name some of its parts as steps of their own"
                )
        return self.stands_for(expression)

    def stands_for(self, node: Matrix) -> Matrix:
        """What a node has become: itself with its parts replaced, or a step."""
        return self.made.get(node, node)

    def unplaced(self, expression: Matrix) -> Iterator[Matrix]:
        """Every node that has no cells yet, operands first, without recursion."""
        seen: set[Matrix] = set()
        pending = [(expression, False)]
        while pending:
            node, ready = pending.pop()
            if ready:
                yield node
            elif node not in seen and not self.stands_for(node).placed:
                seen.add(node)
                pending.append((node, True))
                pending.extend((o, False) for o in reversed(node.operands))


def _is_part(node: Matrix, operand: Matrix, shape: Shape) -> bool:
    """Whether an operand must be a step of its own; ``shape`` is that of the whole."""
    if isinstance(operand, (Column, Continued)):
        name = "continued" if isinstance(operand, Continued) else "one_column"
        raise FormulaError(f"{name}: expected a step of its own, got part of an expression")
    if operand.part or isinstance(operand, (Joined, Recurrence, RunningText)):
        return True
    if isinstance(node, Causal):  # what it ends at the diagonal must not be whole elsewhere
        return needs_cells(node, operand)
    if isinstance(node, Joined):  # each part of a table has formulas of its own
        return False
    return needs_cells(node, operand) or _is_read_often(operand, shape)


def _in_one_formula(nodes: Iterable[Matrix]) -> frozenset[Matrix]:
    """The nodes below those that are to be in one formula, and these themselves."""
    marked = (node for node in nodes if node.in_one_formula)
    return frozenset(postorder(*marked, until=lambda node: node.placed))


def _is_of_row(node: Matrix, operand: Matrix) -> bool:
    """Whether a reduction of rows is taken, or read."""
    return any(isinstance(one, Reduction) and one.axis == "row" for one in (node, operand))


def _is_read_often(node: Matrix, shape: Shape) -> bool:
    """Whether many cells would compute the same again."""
    return isinstance(node, (Product, Reduction)) and node.shape != shape
