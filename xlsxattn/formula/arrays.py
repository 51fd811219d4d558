"""One array formula over a whole block, ``{=MMULT(Q,TRANSPOSE(K))}``, for large workbooks.

Operands stand for all their cells. ``forms.has_block_form`` tells what can be printed so.
"""

from __future__ import annotations

from xlsxattn.a1 import Area
from xlsxattn.expression import (
    REDUCTIONS,
    ColumnCount,
    Lookup,
    Matrix,
    Product,
    Reduction,
    Slice,
    Transpose,
)
from xlsxattn.expression.operations import SIGN
from xlsxattn.formula.printer import Printer
from xlsxattn.formula.text import Printed


class ArrayPrinter(Printer):
    """Prints what a whole block computes at once."""

    def print_placed(self, node: Matrix) -> Printed:
        return self.whole(node)

    def print_Product(self, node: Product) -> Printed:
        return self.call("MMULT", *(self.print_number(operand) for operand in node.operands))

    def print_Transpose(self, node: Transpose) -> Printed:
        """A scalar as it is: transposed, IronCalc fills one cell alone with it."""
        printed = self.print_number(node.operands[0])
        return printed if node.shape == (1, 1) else self.call("TRANSPOSE", printed)

    def print_Slice(self, node: Slice) -> Printed:
        return self.address(self.area_of(node))

    def area_of(self, node: Matrix) -> Area:
        """The area of a placed node, or of a slice of one."""
        if isinstance(node, Slice):
            inner = self.area_of(node.operand)
            return inner.part(node.row_range.start, node.column_range.start, *node.shape)
        return self.place(node)

    def print_Reduction(self, node: Reduction) -> Printed:
        """Of all that its operand has: of one row, where it is a part of one."""
        return self.call(REDUCTIONS[node.operation].excel, self.print_number(node.operands[0]))

    def print_ColumnCount(self, node: ColumnCount) -> Printed:
        return self.call("COLUMNS", self.whole(node.of))

    def print_Lookup(self, node: Lookup) -> Printed:
        """One-hot rows, 1 where a word is the key, times the table."""
        keys = self.call("TRANSPOSE", self.print(node.keys))
        one_hot = ("--(", *self.print(node.words).pieces, "=", *keys.pieces, ")")
        return self.call("MMULT", Printed(one_hot, SIGN), self.print(node.table))
