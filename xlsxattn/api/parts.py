"""An expression cut into parts that spreadsheets can hold, each to become a step.

Whoever writes ``softmax(scores / sqrt(2))`` need not know what fits into one formula.
These parts of an expression become steps of their own, whatever they stand in:

* the sum, maximum or mean of each row or column, and in a matrix the sum, maximum or mean
  of all elements: placed once, and not computed again in every cell that reads it;
* what such a reduction of rows or columns is taken of, and what is sliced, looked up in or
  numbered, for those need cells;
* matrices that are joined inside an expression;
* inside an array formula, what some spreadsheet program computes differently there.

Everything else stays in the formula of its step. A part that is used twice, in one
expression or in several, is placed once.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence

from xlsxattn.errors import FormulaError
from xlsxattn.expression import (
    ColumnCount,
    Elementwise,
    Entry,
    Joined,
    LargestLabel,
    Lookup,
    Matrix,
    Numbering,
    Reduction,
    Shape,
    Slice,
    Text,
)
from xlsxattn.formula import has_array_form, is_elementwise

#: Formulas are printed by recursion, and Excel nests 64 levels of functions.
MAX_DEPTH = 60

#: Makes a step of a part: as it is with its own parts placed, and as it was written.
Place = Callable[[Matrix, Matrix], Matrix]


class Cutter:
    """Cuts expressions, and remembers what became of each node."""

    def __init__(self) -> None:
        self.made: dict[Matrix, Matrix] = {}

    def cut(self, name: str, expression: Matrix, place: Place) -> Matrix:
        """The expression with its parts replaced by the steps that ``place`` makes of them.

        ``place`` is called for each part, operands before what uses them. FormulaError
        where operations are nested too deep for a formula; ``name`` is whose they are.
        """
        order = list(self.unplaced(expression))
        needed = _needed(expression, order)
        self._require_shallow(name, order, needed)
        for node in order:
            own = _with_operands(node, [self.stands_for(o) for o in node.operands])
            if node in needed:
                own = place(_printable(own, place), node)
            self.made[node] = own
        return _printable(self.stands_for(expression), place)

    def stands_for(self, node: Matrix) -> Matrix:
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

    @staticmethod
    def _require_shallow(name: str, order: Sequence[Matrix], needed: set[Matrix]) -> None:
        depths: dict[Matrix, int] = {}
        for node in order:
            inner = max((depths.get(o, 0) for o in node.operands if o not in needed), default=0)
            depths[node] = inner + 1
            if depths[node] > MAX_DEPTH:
                raise FormulaError(
                    f"{name}: expected at most {MAX_DEPTH} nested operations, got more; "
                    "name some of its parts as steps of their own"
                )


def _needed(root: Matrix, order: Sequence[Matrix]) -> set[Matrix]:
    """The nodes below the root that must be steps of their own."""
    needed: set[Matrix] = set()
    for node in order:
        if isinstance(node, Joined):
            # Each part of a table has formulas of its own, but for a table in a table.
            needed.update(o for o in node.operands if isinstance(o, Joined))
            continue
        for operand in node.operands:
            if (
                isinstance(operand, Joined)
                or _is_placed_once(operand, root.shape)
                or _needs_cells(node, operand)
            ):
                needed.add(operand)
    return {node for node in needed if not node.placed and node is not root}


def _is_placed_once(node: Matrix, shape: Shape) -> bool:
    """Whether a part is a reduction that many cells read."""
    if not isinstance(node, Reduction):
        return False
    return node.shape != (1, 1) or shape != (1, 1)


def _needs_cells(node: Matrix, operand: Matrix) -> bool:
    """Whether a node reads the cells of an operand, and not only its value."""
    if isinstance(node, Slice):
        return not isinstance(operand, Slice)
    if isinstance(node, Reduction):
        # A part of a placed matrix has a range; a sum of products of such has SUMPRODUCT.
        has_range = isinstance(operand, Slice) and not isinstance(operand.operand, Slice)
        several = node.axis != "all" and operand.shape != (1, 1)
        return several and not has_range and not is_elementwise(node)
    readers = (Lookup, Entry, Numbering, ColumnCount, LargestLabel)
    return isinstance(node, readers) and not isinstance(operand, Text)


def _with_operands(node: Matrix, operands: Sequence[Matrix]) -> Matrix:
    """The same operation on other operands of the same shapes and values."""
    if all(new is old for new, old in zip(operands, node.operands, strict=True)):
        return node
    substitutes = dict(zip(node.operands, operands, strict=True))
    same = copy.copy(node)
    same.operands = tuple(operands)
    same._header = None
    for attribute, value in vars(node).items():
        if isinstance(value, Matrix) and value in substitutes:
            setattr(same, attribute, substitutes[value])
    return same


def _printable(root: Matrix, place: Place) -> Matrix:
    """The expression with those parts placed that its formula, if an array, must not hold."""
    if root.placed:
        return root
    if isinstance(root, Joined):
        return _with_operands(root, [_printable(part, place) for part in root.operands])
    if is_elementwise(root):
        return root
    if not _may_stand_in_array(root):
        operands = [
            o if is_elementwise(o) else place(_printable(o, place), o) for o in root.operands
        ]
        return _with_operands(root, operands)
    done: dict[Matrix, Matrix] = {}

    def replaced(node: Matrix) -> Matrix:
        if node.placed:
            return node
        if node not in done:
            if node is not root and not _may_stand_in_array(node):
                done[node] = place(_printable(node, place), node)
            else:
                done[node] = _with_operands(node, [replaced(o) for o in node.operands])
        return done[node]

    return replaced(root)


def _may_stand_in_array(node: Matrix) -> bool:
    if isinstance(node, Elementwise):
        return has_array_form(node)
    return not isinstance(node, (Numbering, Lookup, LargestLabel))
