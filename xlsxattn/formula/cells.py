"""The ordinary formula of one cell, to be filled over the block it belongs to.

Broadcasting is anchoring: a row vector prints as ``C$15``, a column vector as ``$G20``, a
scalar by its name. A reference has ``$`` where the block extends in a direction in which
the reference does not move.
"""

from __future__ import annotations

from dataclasses import replace

from xlsxattn.a1 import Area, quote_text
from xlsxattn.errors import FormulaError
from xlsxattn.expression import (
    ABSENT,
    REDUCTIONS,
    Causal,
    ColumnCount,
    Elementwise,
    Entry,
    LargestLabel,
    Lookup,
    Matrix,
    Number,
    Numbering,
    Product,
    Reduction,
    Slice,
    Transpose,
    WordList,
    folded,
)
from xlsxattn.expression.operations import ATOM, TERM
from xlsxattn.formula import forms
from xlsxattn.formula.printer import Printer
from xlsxattn.formula.text import Printed, Reference
from xlsxattn.formula.views import View, is_view, placed_of

#: What a cell shows when its word is absent from the sentence.
DASH = Printed((quote_text(ABSENT),), ATOM)
ZERO, ONE = Printed(("0",), ATOM), Printed(("1",), ATOM)


class CellPrinter(Printer):
    """Prints what one cell of a block computes."""

    # --- references ---

    def view(self, node: Matrix) -> View:
        """The cells of a placed node, or of a part of one, turned or not."""
        if isinstance(node, Slice):
            return self.view(node.operand).part(node.row_range, node.column_range)
        if isinstance(node, Transpose) and not node.placed:
            return self.view(node.operands[0]).transposed()
        return View(self.place(node), turned=False)

    def reference(
        self, area: Area, row: int, column: int, row_by: str, column_by: str
    ) -> Reference:
        """A reference to a cell of an area, with ``$`` where it stays while the block goes on."""
        plain = self.is_plain(area)
        return Reference(
            self.sheet(area), row, column, row_by, column_by,
            row_sign="$" if self.shape[0] > 1 and row_by != "row" and not plain else "",
            column_sign="$" if self.shape[1] > 1 and column_by != "column" and not plain else "",
        )  # fmt: skip

    def movement(self, view: View) -> tuple[str, str]:
        """Which way rows and columns of a view move along the block, where they do."""
        rows, columns = view.shape
        down = "" if rows == 1 and self.shape[0] > 1 else "row"
        right = "" if columns == 1 and self.shape[1] > 1 else "column"
        return down, right

    def element(self, view: View) -> Printed:
        """The element of a view that belongs to the cell."""
        down, right = self.movement(view)
        moves = (right, down) if view.turned else (down, right)
        area = view.area
        return Printed((self.reference(area, area.row, area.column, *moves),), ATOM)

    def line(self, axis: str, view: View) -> Printed:
        """The row, or the column, of a view that belongs to the cell."""
        down, right = self.movement(view)
        area = view.area
        moves_by = down if axis == "row" else right
        lies = (axis == "row") != view.turned
        moves = (moves_by, "") if lies else ("", moves_by)
        last = (area.row, area.last_column) if lies else (area.last_row, area.column)
        first = self.reference(area, area.row, area.column, *moves)
        end = replace(first, sheet="", row=last[0], column=last[1])
        return Printed((first, ":", end), ATOM)

    def range(self, node: Matrix) -> Printed:
        """All cells of a view, whatever their order."""
        if node.placed:
            return self.whole(node)
        if isinstance(node, Transpose):
            return self.range(node.operands[0])
        return self.address(self.view(node).area)

    # --- placed nodes, parts of them, operations ---

    def print_Elementwise(self, node: Elementwise) -> Printed:
        simple = folded(node)
        return super().print_Elementwise(node) if simple is node else self.print(simple)

    def print_placed(self, node: Matrix) -> Printed:
        if node.shape == (1, 1):
            return self.whole(node)
        return self.element(self.view(node))

    def print_Slice(self, node: Slice) -> Printed:
        return self.print_view(node)

    def print_Transpose(self, node: Transpose) -> Printed:
        return self.print_view(node)

    def print_view(self, node: Slice | Transpose) -> Printed:
        self.require_view(node, node.operands[0])
        return self.range(node) if node.shape == (1, 1) else self.element(self.view(node))

    def require_view(self, node: Matrix, *operands: Matrix) -> None:
        for operand in operands:
            if not is_view(operand):
                raise FormulaError(
                    f"{node!r} of {operand!r}: expected a named step, got an expression; name it "
                    "as a step of its own"
                )

    # --- products and reductions ---

    def print_Product(self, node: Product) -> Printed:
        """A row times a column, or the dot product of two lines that lie the same way."""
        self.require_view(node, *node.operands)
        left, right = (self.view(operand) for operand in node.operands)
        if left.shape[1] == 1:
            factors = self.element(left).pieces, self.element(right).pieces
            return Printed((*factors[0], "*", *factors[1]), TERM)
        row, column = self.line("row", left), self.line("column", right)
        if left.turned != right.turned:
            return self.call("SUMPRODUCT", row, column)
        return self.call("MMULT", *((column, row) if left.turned else (row, column)))

    def print_Reduction(self, node: Reduction) -> Printed:
        function = REDUCTIONS[node.operation].excel
        operand = node.operands[0]
        if is_view(operand):
            return self.call(function, self.along(node, operand))
        if (factors := forms.ranges_of_products(node)) is not None:
            products = (self.along(node, factor) for factor in factors)
            return self.shared(node, self.call("SUMPRODUCT", *products), factors[0])
        if (squares := forms.squared(node)) is not None:
            return self.shared(node, self.print_squares(node, squares), squares[0])
        if (comparison := forms.counted(node)) is not None:
            of, to = (
                self.along(node, o)
                if is_view(o) and o.shape == comparison.shape
                else self.print_number(o)
                for o in comparison.operands
            )
            truths = self.joined(of, comparison.operation, to)
            return self.call("SUMPRODUCT", Printed(("--(", *truths.pieces, ")"), ATOM))
        if (found := forms.distance(node)) is not None:
            return self.print_distance(self.along(node, found[0]), found[1])
        raise FormulaError(
            f"{node.operation} of {operand!r}: expected a named step, got an expression; name it "
            "as a step of its own"
        )

    def shared(self, node: Reduction, total: Printed, view: Matrix) -> Printed:
        """The sum itself, or for a mean its share of one element."""
        if node.operation == "sum":
            return total
        count = self.call("COUNT", self.along(node, view))
        return self.joined(total, "divide", count)

    def print_squares(self, node: Reduction, of: tuple[Matrix, ...]) -> Printed:
        """The sum of the squares of a range, or of the differences between two."""
        ranges = [self.along(node, one) for one in of]
        if not ranges[1:]:
            return self.call("SUMSQ", *ranges)
        views = [self.view(one) for one in of]
        several = {"row": views[0].shape[1], "column": views[0].shape[0]}.get(node.axis, 2)
        one_cell = views[0].shape == (1, 1) or several == 1
        if views[0].area.sheet == views[1].area.sheet and not one_cell:
            return self.call("SUMXMY2", *ranges)
        # IronCalc's SUMXMY2 is for ranges of several cells, on one sheet.
        apart = self.joined(ranges[0], "subtract", ranges[1])
        return self.call("SUMPRODUCT", Printed(("(", *apart.pieces, ")^2"), ATOM))

    def along(self, node: Reduction, view: Matrix) -> Printed:
        """What of a range a reduction reads in one cell: a row, a column, or all of it."""
        if node.axis == "all" or node.shape == (1, 1):
            return self.range(view)
        return self.line(node.axis, self.view(view))

    def print_distance(self, cells: Printed, origin: Matrix | None) -> Printed:
        """The largest distance of some cells from a number: that of the largest or the least."""
        largest, least = self.call("MAX", cells), self.call("MIN", cells)
        if origin is None:
            return self.call("MAX", largest, Printed(("-", *least.pieces), TERM))
        centre = self.print_number(origin)
        above = self.joined(largest, "subtract", centre)
        return self.call("MAX", above, self.joined(centre, "subtract", least))

    # --- words ---

    def match(self, word: Printed, words: WordList) -> Printed:
        whole = self.whole(words)
        if len(words) == 1:  # IronCalc finds nothing in a list of one cell
            return Printed(("IF(", *word.pieces, "=", *whole.pieces, ",1,NA())"), ATOM)
        return self.call("MATCH", word, whole, ZERO)

    def print_Lookup(self, node: Lookup) -> Printed:
        table = self.view(node.table).area
        moves = "" if table.columns == 1 and self.shape[1] > 1 else "column"
        first = self.reference(table, table.row, table.column, "", moves)
        last = replace(first, sheet="", row=table.last_row)
        word = self.print(node.words)
        if table.rows == 1:  # Gnumeric takes no entry from one cell
            found = self.only([(word, node.keys)], Printed((first,), ATOM))
        else:
            column = Printed((first, ":", last), ATOM)
            found = self.call("INDEX", column, self.match(word, node.keys))
        return found if node.strict else self.call("IFERROR", found, DASH)

    def only(self, sought: list[tuple[Printed, WordList]], cell: Printed) -> Printed:
        """The one cell of a table, if the words sought are those of its row and column."""
        pieces = [(*word.pieces, "=", *self.whole(words).pieces) for word, words in sought]
        conditions = [Printed(one, ATOM) for one in pieces]
        if not conditions:
            return cell
        condition = self.call("AND", *conditions) if conditions[1:] else conditions[0]
        return self.call("IF", condition, cell, Printed(("NA()",), ATOM))

    def print_Entry(self, node: Entry) -> Printed:
        indices, sought = [], []
        for key, labels in (
            (node.row, node.table.row_labels),
            (node.column, node.table.column_labels),
        ):
            if isinstance(key, int):
                indices.append(Printed((str(key + 1),), ATOM))
            else:
                assert isinstance(labels, WordList)
                word = Printed((quote_text(key),), ATOM)
                indices.append(self.match(word, labels))
                sought.append((word, labels))
        if node.table.shape == (1, 1):
            return self.only(sought, self.whole(node.table))
        return self.call("INDEX", self.whole(node.table), *indices)

    def print_LargestLabel(self, node: LargestLabel) -> Printed:
        of, header = node.operands
        labels = self.address(self.place(header))
        if of.columns == 1:  # no entry is taken from one cell: see print_Lookup
            return labels
        row = self.line("row", self.view(of))
        position = self.call("MATCH", self.call("MAX", row), row, ZERO)
        # One index into a row of cells is a column in Excel, and an error in Gnumeric.
        return self.call("INDEX", labels, ONE, position)

    def print_Causal(self, node: Causal) -> Printed:
        """The element, if its column is not beyond its row."""
        column, row = (self.count(axis, self.margin(axis), True) for axis in ("column", "row"))
        seen = self.joined(column, "less_equal", row)
        beyond = self.print(Number(node.beyond))
        return self.call("IF", seen, self.print_number(node.operands[0]), beyond)

    # --- counting ---

    def print_Numbering(self, node: Numbering) -> Printed:
        """``ROWS(C$5:C5)``: counts on as it is filled down, wherever the block stands."""
        axis, own = node.axis, 0 if node.axis == "row" else 1
        first = self.view(node.of).area
        if placed_of(node.of) in self.surroundings.arrays:
            first = self.margin(axis)
        return self.count(axis, first, not (node.shape[own] == 1 and self.shape[own] > 1))

    def margin(self, axis: str) -> Area:
        """A cell of the block's first row in the margin, or of its first column in the title.

        Neither is an array, nor the cell of the formula itself.
        """
        row, column = (self.area.row, 1) if axis == "row" else (1, self.area.column)
        return Area(self.area.sheet, row, column, 1, 1)

    def count(self, axis: str, first: Area, moves: bool) -> Printed:
        """How many rows, or columns, there are from the first cell of an area to this one."""
        sign = "" if self.is_plain(first) else "$"
        down, right = moves and axis == "row", moves and axis == "column"
        start = Reference(self.sheet(first), first.row, first.column, "", "", sign, sign)
        end = Reference(
            "", first.row, first.column, "row" if down else "", "column" if right else "",
            "" if down else sign, "" if right else sign,
        )  # fmt: skip
        cells = Printed((start, ":", end), ATOM)
        return self.call("ROWS" if axis == "row" else "COLUMNS", cells)

    def print_ColumnCount(self, node: ColumnCount) -> Printed:
        return self.call("COLUMNS", self.whole(node.of))
