"""What is found by its number in one cell's formula, and typed texts, character by character."""

from __future__ import annotations

from dataclasses import replace

from xlsxattn.expression import (
    CharacterCodes,
    CharacterCount,
    Concatenation,
    Elementwise,
    Largest,
    Matched,
    Matrix,
    Number,
    Picked,
)
from xlsxattn.expression.operations import ATOM, COMPARISON, SUM, TERM
from xlsxattn.expression.typed_texts import OTHER, PRINTABLE
from xlsxattn.formula.cells import ZERO, CellPrinter
from xlsxattn.formula.text import Printed


class FindingPrinter(CellPrinter):
    """Prints what one cell computes; these kinds of nodes are its own."""

    def print_Picked(self, node: Picked) -> Printed:
        """``INDEX(E$4:E$515,$B7+1)``: a row of the column that belongs to the cell."""
        table = self.view(node.table).area
        moves = "" if table.columns == 1 else "column"
        first = self.reference(table, table.row, table.column, "", moves)
        column = Printed((first, ":", replace(first, sheet="", row=table.last_row)), ATOM)
        return self.call("INDEX", column, self.counted_from_1(node.sought))

    def counted_from_1(self, numbers: Matrix) -> Printed:
        """A number that counts from 0 as one from 1: that of ``A − 1`` is A."""
        if isinstance(numbers, Elementwise) and numbers.operation == "subtract":
            left, right = numbers.operands
            if isinstance(right, Number) and right.number == 1:
                return self.print_number(left)
        printed = self.print_number(numbers)
        return Printed((*self.at_least(SUM, printed), "+1"), SUM)

    def print_Matched(self, node: Matched) -> Printed:
        x, keys, values = node.operands
        sought = self.call("MATCH", self.print_number(x), self.range(keys), ZERO)
        found = self.call("INDEX", self.range(values), sought)
        return self.call("IFERROR", found, self.print_Number(Number(node.otherwise)))

    def print_Largest(self, node: Largest) -> Printed:
        """``LARGE($C5:$H5,COLUMNS($J$1:J$1))``, or where that is; ``MAX`` where it is one."""
        row = self.line("row", self.view(node.operands[0]))
        if node.count == 1:
            largest = self.call("MAX", row)
        else:
            place = self.count("column", self.margin("column"), True)
            largest = self.call("LARGE", row, place)
        if not node.numbers:
            return largest
        return Printed((*self.call("MATCH", largest, row, ZERO).pieces, "-1"), SUM)

    def print_CharacterCodes(self, node: CharacterCodes) -> Printed:
        """The code of a character that CODE and CHAR agree on; programs differ in the others."""
        text = self.whole(node.operands[0])
        place = self.count("column", self.margin("column"), True)
        one = self.call("MID", text, place, Printed(("1",), ATOM))
        code = self.call("CODE", one)
        other = Printed((str(OTHER),), TERM)
        known = self.call(
            "AND",
            self.joined(code, "greater_equal", Printed((str(PRINTABLE.start),), ATOM)),
            self.joined(code, "less", Printed((str(PRINTABLE.stop),), ATOM)),
            self.call("EXACT", self.call("CHAR", code), one),
        )
        found = self.call("IFERROR", self.call("IF", known, code, other), other)
        behind = self.joined(place, "greater", self.call("LEN", text))
        return self.call("IF", behind, ZERO, found)

    def print_Concatenation(self, node: Concatenation) -> Printed:
        before, behind = (self.print(operand) for operand in node.operands)
        return Printed((*before.pieces, "&", *behind.pieces), COMPARISON)

    def print_CharacterCount(self, node: CharacterCount) -> Printed:
        return self.call("LEN", self.print(node.operands[0]))
