"""Guards: a dash instead of a result while a word that a formula reads is absent.

A guard rather than IFERROR wherever there are cells to guard, for SUM, MAX and SUMPRODUCT
pass over a dash without an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from xlsxattn.a1 import quote_text
from xlsxattn.expression import (
    ABSENT,
    ColumnCount,
    Entry,
    LargestLabel,
    Lookup,
    Matrix,
    Numbering,
    Product,
    Reduction,
)
from xlsxattn.expression.operations import ATOM, COMPARISON
from xlsxattn.formula.text import Printed
from xlsxattn.formula.views import is_view

if TYPE_CHECKING:
    from xlsxattn.formula.cells import CellPrinter

DASH = Printed((quote_text(ABSENT),), ATOM)


def dash_if_absent(printer: CellPrinter, node: Matrix, printed: Printed) -> Printed:
    """The formula, or a dash where an operand shows one."""
    if is_view(node):  # a copy of a dash is a dash
        return printed
    guards = [] if isinstance(node, Entry) else list(dict.fromkeys(_guards(printer, node)))
    if not guards:
        return printer.call("IFERROR", printed, DASH)
    guard = guards[0] if len(guards) == 1 else printer.call("AND", *guards)
    return printer.call("IF", guard, printed, DASH)


def _guards(printer: CellPrinter, node: Matrix) -> Iterator[Printed]:
    """The conditions under which everything that a cell's formula reads is present."""
    if not node.optional or isinstance(node, (Numbering, ColumnCount)):
        return  # which cells there are is known, whatever they show
    if is_view(node) or isinstance(node, (Entry, Lookup)):
        yield _present(printer, node, printer.print(node))
    elif isinstance(node, Reduction):
        yield from _reduced(printer, node, node.operands[0])
    elif isinstance(node, (Product, LargestLabel)):
        for index, operand in enumerate(node.operands):
            if operand.optional:
                axis, count = ("column", operand.rows) if index else ("row", operand.columns)
                line = printer.line(axis, printer.view(operand))
                yield _counted(printer, operand, line, count)
    else:
        for operand in node.operands:
            yield from _guards(printer, operand)


def _reduced(printer: CellPrinter, node: Reduction, part: Matrix) -> Iterator[Printed]:
    """The same for what a reduction is taken of: ranges, and scalars beside them."""
    if not part.optional:
        return
    of = node.operands[0]
    if is_view(part) and part.shape == of.shape:
        whole = node.axis == "all" or node.shape == (1, 1)
        lines = {"row": part.columns, "column": part.rows}
        count = part.rows * part.columns if whole else lines[node.axis]
        yield _counted(printer, part, printer.along(node, part), count)
    elif part.shape == of.shape and not isinstance(part, (Entry, Lookup)):
        for operand in part.operands:
            yield from _reduced(printer, node, operand)
    else:
        yield from _guards(printer, part)


def _counted(printer: CellPrinter, node: Matrix, cells: Printed, count: int) -> Printed:
    """Whether a range of so many cells has no dash."""
    if node.is_text:
        dashes = printer.call("COUNTIF", cells, DASH)
        return Printed((*dashes.pieces, "=0"), COMPARISON)
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
        return _counted(printer, node, printer.whole(node), node.rows * node.columns)
    if isinstance(node, Entry):
        return _present(printer, node, printer.print(node))
    assert isinstance(node, Lookup)
    word = printer.print(node.words)
    return printer.call("ISNUMBER", printer.match(word, node.keys))
