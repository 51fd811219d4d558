"""Guards: a dash instead of a result while a word that a formula reads is absent.

A guard rather than IFERROR wherever there are cells to guard, for SUM, MAX and SUMPRODUCT
pass over a dash without an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from xlsxattn.a1 import quote_text
from xlsxattn.expression import ABSENT, Entry, Lookup, Matrix, Product, Reduction
from xlsxattn.expression.operations import ATOM, COMPARISON
from xlsxattn.formula.text import Printed
from xlsxattn.formula.views import is_view

if TYPE_CHECKING:
    from xlsxattn.formula.cells import CellPrinter

DASH = Printed((quote_text(ABSENT),), ATOM)


def dash_if_absent(printer: CellPrinter, node: Matrix, printed: Printed) -> Printed:
    """The formula, or a dash where an operand shows one."""
    guards = list(dict.fromkeys(_guards(printer, node)))
    if not guards:
        return printer.call("IFERROR", printed, DASH)
    guard = guards[0] if len(guards) == 1 else printer.call("AND", *guards)
    return printer.call("IF", guard, printed, DASH)


def _guards(printer: CellPrinter, node: Matrix) -> Iterator[Printed]:
    """The conditions under which everything that a cell's formula reads is present."""
    if isinstance(node, Reduction) and not is_view(node.operands[0]):
        for operand in _ranges(node):
            yield from _guards(printer, Reduction(node.operation, node.axis, operand))
        return
    for index, operand in enumerate(node.operands):
        if not operand.optional:
            continue
        if isinstance(node, Reduction):
            whole = node.axis == "all" or node.shape == (1, 1)
            lines = {"row": operand.columns, "column": operand.rows}
            count = operand.rows * operand.columns if whole else lines[node.axis]
            yield _counted(printer, printer.along(node, operand), count)
        elif isinstance(node, Product):
            axis, count = ("column", operand.rows) if index else ("row", operand.columns)
            yield _counted(printer, printer.line(axis, printer.view(operand)), count)
        elif is_view(operand) or isinstance(operand, (Entry, Lookup)):
            yield _present(printer, operand, printer.print(operand))
        else:
            yield from _guards(printer, operand)


def _ranges(node: Reduction) -> list[Matrix]:
    """The optional ranges that the formula of a reduction reads."""
    found: list[Matrix] = []
    pending = list(node.operands)
    while pending:
        operand = pending.pop(0)
        if operand.optional and is_view(operand):
            found.append(operand)
        elif operand.optional:
            pending = [*operand.operands, *pending]
    return found


def _counted(printer: CellPrinter, cells: Printed, count: int) -> Printed:
    return Printed((*printer.call("COUNT", cells).pieces, f"={count}"), COMPARISON)


def _present(printer: CellPrinter, node: Matrix, cell: Printed) -> Printed:
    """Whether a cell holds a result, and not the dash of an absent word."""
    if node.is_text:
        return Printed((*cell.pieces, "<>", *DASH.pieces), COMPARISON)
    return printer.call("ISNUMBER", cell)


def presence(printer: CellPrinter, node: Matrix) -> Printed:
    """Whether an optional operand of a claim is there."""
    if node.placed:
        if node.shape == (1, 1):
            return _present(printer, node, printer.whole(node))
        if node.is_text:
            count = printer.call("COUNTIF", printer.whole(node), DASH)
            return Printed((*count.pieces, "=0"), COMPARISON)
        return _counted(printer, printer.whole(node), node.rows * node.columns)
    if isinstance(node, Entry):
        return _present(printer, node, printer.print(node))
    assert isinstance(node, Lookup)
    word = printer.print(node.words)
    return printer.call("ISNUMBER", printer.match(word, node.keys))
