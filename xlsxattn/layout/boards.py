"""A product as on a blackboard: arrows to where row and column meet, and that sum worked out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from xlsxattn.a1 import Area, quote_text
from xlsxattn.expression import ABSENT, Step
from xlsxattn.formula import Formula, Reference, merged
from xlsxattn.labels import label_text
from xlsxattn.layout.places import Places
from xlsxattn.layout.sheet import Run
from xlsxattn.layout.surface import Surface
from xlsxattn.outline import Band, Block
from xlsxattn.style import Role
from xlsxattn.widths import characters

#: Between numbers of a term, between terms, and before the sum.
TIMES, PLUS, EQUALS = "·", " + ", " = "
#: So many characters of the default font stand in a line of a sum for each of the room.
SUM_TYPE = 1.08


@dataclass(frozen=True)
class _Board:
    """The three blocks of a product, and where what is said about them may stand."""

    left: Block
    product: Block
    top: int  # the first free row
    lines: int  # how many rows are free
    column: int
    room: float  # characters of the default font


class Boards:
    """Says on a sheet how a cell of a product comes out of a row and a column."""

    def __init__(self, surface: Surface, places: Places) -> None:
        self._surface, self._places = surface, places
        self._boards: list[_Board] = []

    def put(self, band: Band, top: int) -> None:
        """Arrows in a band that shows a product; its blocks have their places by now."""
        blocks = [block for lane in band.lanes for block in lane if isinstance(block, Block)]
        product = next((block for block in blocks if block.above is not None), None)
        if product is None or product.mark is None or product.above is None:
            return
        if product is blocks[0]:  # the page is so narrow that the left operand stands over it
            return
        left, mark = blocks[0], product.mark
        area, from_left = self._places.areas[product.node], self._places.areas[left.node]
        assert mark.row is not None and mark.column is not None
        between = range(from_left.last_column + 1, area.column - 1)
        across = max(between, key=self._surface.width_of)  # the first of the widest
        self._surface.text(area.row + mark.row, across, "→", Role("arrow", left.tone))
        self._surface.text(
            area.row - 1, area.column + mark.column, "↓", Role("arrow", product.above.tone)
        )
        first = self._surface.lanes[0].label
        room = sum(self._surface.width_of(column) for column in range(first, area.column - 1))
        lines = area.row - 1 - top
        self._boards.append(_Board(left, product, top, lines, first, room))

    def finish(self) -> None:
        """The sums and the formulas, once these are known."""
        for board in self._boards:
            row = board.top
            for items in self._lines(board):
                self._put_line(row, board, items)
                row += 1
            step, mark = board.product.node, board.product.mark
            assert isinstance(step, Step) and mark is not None
            formula = next(self._places.formulas(step)).at(mark.row or 0, mark.column or 0)
            self._surface.text(row, board.column, f"={formula}", Role("formula"))

    def _lines(self, board: _Board) -> list[_Line]:
        """The words that meet, where they have labels, and under them the sum of products."""
        left, product = board.left, board.product
        above, mark = product.above, product.mark
        assert above is not None and mark is not None
        assert mark.row is not None and mark.column is not None
        areas, digits = self._places.areas, product.decimals
        row = areas[left.node].part(mark.row, 0, 1, left.node.columns)
        over = areas[above.node].part(0, mark.column, above.node.rows, 1)
        terms: list[_Line] = [
            [_Number(row.part(0, i), float(left.node.value[mark.row, i]), digits), TIMES,
             _Number(over.part(i, 0), float(above.node.value[i, mark.column]), digits)]
            for i in range(row.columns)
        ]  # fmt: skip
        total = float(product.node.value[mark.row, mark.column])
        cell = areas[product.node].part(mark.row, mark.column)
        lines: list[_Line] = []
        if left.row_labels and above.column_labels:
            labels = left.row_labels[mark.row], above.column_labels[mark.column]
            at = row.part(0, self._surface.lanes[0].label - row.column), over.part(-1, 0)
            named = [_Word(c, label_text(of)) for c, of in zip(at, labels, strict=True)]
            lines.append([named[0], f" {TIMES} ", named[1]])
        sums = _broken(terms, board.room * SUM_TYPE, board.lines - 1 - len(lines))
        sums[-1] += [EQUALS, _Number(cell, total, digits)]
        return lines + sums

    def _put_line(self, row: int, board: _Board, items: _Line) -> None:
        """A line of text that follows what its cells hold."""
        cell = self._surface.cell(row, board.column)
        pieces: list[str | Reference] = []
        for item in items:
            pieces.append("&" if pieces else "")
            pieces += [quote_text(item)] if isinstance(item, str) else item.pieces
        summed = any(isinstance(item, _Number) for item in items)
        if summed:  # a dash for a word that is absent is no number, and a minus no hyphen
            pieces = ["IFERROR(SUBSTITUTE(", *pieces, f',"-","−"),{quote_text(ABSENT)})']
        text = "".join(map(str, items))
        role = Role("sum" if summed else "worked", live=True)
        read = board.left.node, board.product.node
        each = any(node in self._places.arrays for node in read)
        formula = Formula(cell, merged(tuple(pieces)), each=each)
        run = Run(cell, role, np.array([[text]], dtype=object), formula)
        self._surface.sheet.runs.append(run)


@dataclass(frozen=True)
class _Word:
    """A word of a line, and the cell in which it stands."""

    cell: Area
    text: str

    @property
    def pieces(self) -> list[str | Reference]:
        return [Reference("", self.cell.row, self.cell.column)]

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class _Number:
    """A number of a line, the cell in which it stands, and how many decimals are written."""

    cell: Area
    value: float
    digits: int

    @property
    def pieces(self) -> list[str | Reference]:
        reference = Reference("", self.cell.row, self.cell.column)
        return ["FIXED(", reference, f",{self.digits},TRUE)"]

    def __str__(self) -> str:
        """As FIXED writes it: of the 15 digits of a cell, a half rounded away from zero."""
        digits = Decimal(f"{self.value:.15g}")
        shown = digits.quantize(Decimal(1).scaleb(-self.digits), ROUND_HALF_UP)
        return f"{shown:f}".replace("-", "−")


_Line = list[str | _Word | _Number]


def _broken(terms: list[_Line], room: float, most: int) -> list[_Line]:
    """Terms with a plus between them, in lines of so much room; what no line holds left out."""
    lines: list[_Line] = [[]]
    for index, term in enumerate(terms):
        line = lines[-1]
        longer = characters("".join(map(str, [*line, PLUS, *term])))
        if line and longer > room:
            if len(lines) >= most:
                line += [PLUS, "…"]
                break
            lines.append([])
        lines[-1] += [PLUS if lines[-1] else "+ ", *term] if index else term
    return lines
