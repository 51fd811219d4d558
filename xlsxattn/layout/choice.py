"""The row and the column of a product that are marked: fixed ones, or those of chosen words."""

from __future__ import annotations

import re

from xlsxattn.a1 import Area, column_letters, quote_text
from xlsxattn.expression import Words
from xlsxattn.layout.places import Places
from xlsxattn.layout.sheet import Marked
from xlsxattn.outline import Block, Mark

#: An address in a formula, in parts: a column and a row, each pinned or not.
_ADDRESS = re.compile(r"(?<![A-Za-z_.$])(\$?)([A-Z])(\$?)(\d+)(?![\w(.])")


#: The last column that has one letter.
LETTERS = 26


class Choice:
    """What formulas call the row of the left operand, the column of the right one above the
    product, and the cell where they meet.

    A chosen word is looked up in the labels of its sentence, so that the mark follows both;
    where a sentence does not have it, the row or the column that was marked at first is.
    """

    def __init__(self, left: Block, product: Block, places: Places) -> None:
        assert product.mark is not None and product.above is not None
        self._mark, self._places = product.mark, places
        self._blocks = left, product.above, product
        self._left = places.areas[left.node]
        self._above, self._product = places.areas[product.above.node], places.areas[product.node]
        self._rows = places.labels.get(left.node)
        area = self._above
        self._heads = Area(area.sheet, area.row - 1, area.column, 1, area.columns)
        self._row, self._column = self._found(self._mark)

    def _found(self, mark: Mark) -> tuple[str, str]:
        """The numbers of the row and the column, from 1, as formulas; empty for fixed ones."""
        row = column = ""
        if mark.query is not None and self._rows is not None:
            row = self._match(mark.query, self._rows, mark.row or 0)
        if mark.key is not None:
            column = self._match(mark.key, self._heads, mark.column or 0)
        return row, column

    def _match(self, words: Words, labels: Area, first: int) -> str:
        cell = self._places.areas[words].absolute
        return f"IFERROR(MATCH({cell},{labels.absolute},0),{first + 1})"

    def words(self) -> tuple[str, str]:
        """The word of the row and that of the column."""
        assert self._rows is not None
        row = self._rows.part(self._mark.row or 0, 0).relative
        column = self._heads.part(0, self._mark.column or 0).relative
        heads = self._label(self._heads, self._column, column)
        return self._label(self._rows, self._row, row), heads

    @staticmethod
    def _label(labels: Area, found: str, fixed: str = "") -> str:
        return f"INDEX({labels.absolute},{found})" if found else fixed

    def of_left(self, index: int) -> str:
        """A number of the row, from 0."""
        if not self._row:
            return self._left.part(self._mark.row or 0, index).relative
        return f"INDEX({self._left.part(0, index, self._left.rows, 1).absolute},{self._row})"

    def of_above(self, index: int) -> str:
        """A number of the column, from 0."""
        if not self._column:
            return self._above.part(index, self._mark.column or 0).relative
        row = self._above.part(index, 0, 1, self._above.columns)
        return f"INDEX({row.absolute},{self._column})"

    def of_product(self) -> str:
        """The number where they meet."""
        mark = self._mark
        if not (self._row or self._column):
            return self._product.part(mark.row or 0, mark.column or 0).relative
        row, column = self._row or (mark.row or 0) + 1, self._column or (mark.column or 0) + 1
        return f"INDEX({self._product.absolute},{row},{column})"

    def arrow(self, arrow: str, *, row: int = 0, column: int = 0) -> str:
        """A formula that gives an arrow where a row, or a column, is the marked one."""
        found, at = (self._row, row) if arrow == "→" else (self._column, column)
        return f'IF({found}={at + 1},"{arrow}","")' if found else ""

    def spelled(self, formula: str) -> str:
        """A formula that spells the formula of the marked cell, given that of the first one."""
        if not (self._row or self._column) or self._product.last_column > LETTERS:
            return ""
        product, pieces, end = self._product, list[str](), 0
        letters = "".join(map(column_letters, range(product.column, product.last_column + 1)))
        for found in _ADDRESS.finditer(formula):
            pinned, column, kept, row = found.groups()
            pieces.append(quote_text(formula[end : found.start()] + pinned))
            across, down = self._column, self._row
            shown = f"MID({quote_text(letters)},{across or (self._mark.column or 0) + 1},1)"
            pieces.append(quote_text(column) if pinned else shown)
            pieces += [quote_text("$")] * bool(kept)
            number = f"{row}-1+{down}" if down else str(int(row) + (self._mark.row or 0))
            pieces.append(quote_text(row) if kept else f"({number})")
            end = found.end()
        pieces.append(quote_text(formula[end:]))
        return "&".join(pieces)

    def marked(self) -> list[Marked]:
        """The cells that are marked while their words are the chosen ones."""
        (left, above, product), mark, found = self._blocks, self._mark, list[Marked]()
        area, row, column = self._product, "", ""
        if self._row and self._rows is not None:
            chosen = self._label(self._rows, self._row)
            label = f"${column_letters(self._rows.column)}{self._left.row}"
            found.append(Marked(self._left, f"{label}={chosen}", left.tone))
            own = self._places.labels[product.node]
            row = f"${column_letters(own.column)}{own.row}={chosen}"
        else:
            area = area.part(mark.row or 0, 0, 1, area.columns)
        if self._column:
            chosen = self._label(self._heads, self._column)
            column = f"{column_letters(area.column)}${self._heads.row}={chosen}"
            found.append(Marked(self._above, column, above.tone))
        else:
            area = area.part(0, mark.column or 0, area.rows, 1)
        both = f"AND({row},{column})" if row and column else row or column
        return [*found, Marked(area, both, product.tone)] if both else []
