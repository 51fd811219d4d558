"""A product as on a blackboard: arrows to where row and column meet, and that sum worked out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import fsum

import numpy as np

from xlsxattn.a1 import Area, quote_text
from xlsxattn.expression import ABSENT, Step
from xlsxattn.formula import Formula
from xlsxattn.labels import label_text
from xlsxattn.layout.choice import Choice
from xlsxattn.layout.places import Places
from xlsxattn.layout.sheet import Run
from xlsxattn.layout.surface import Surface
from xlsxattn.outline import Band, Block, Mark
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
    across: int  # the column of the arrow from the left operand

    @property
    def mark(self) -> Mark:
        assert self.product.mark is not None
        return self.product.mark


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
        first = self._surface.lanes[0].label
        room = fsum(self._surface.width_of(column) for column in range(first, area.column - 1))
        lines = area.row - 1 - top
        self._boards.append(_Board(left, product, top, lines, first, room, across))

    def finish(self) -> None:
        """Arrows, marks, the sums and the formulas, once the chosen words have their place."""
        for board in self._boards:
            self._choice = Choice(board.left, board.product, self._places)
            self._put_arrows(board)
            self._surface.sheet.marked += self._choice.marked()
            row = board.top
            for items in self._lines(board):
                self._put_line(row, board, items)
                row += 1
            step, mark = board.product.node, board.mark
            assert isinstance(step, Step)
            formula = next(self._places.formulas(step))
            shown = f"={formula.at(mark.row or 0, mark.column or 0)}"
            spelled = self._choice.spelled(f"={formula.at()}")
            cell = self._surface.cell(row, board.column)
            self._put_text(cell, shown, spelled, Role("formula", live=bool(spelled)))

    def _put_arrows(self, board: _Board) -> None:
        """To where row and column meet, wherever that is."""
        left, product, mark = board.left, board.product, board.mark
        assert product.above is not None and mark.row is not None and mark.column is not None
        area, choice = self._places.areas[product.node], self._choice
        down = Role("arrow", left.tone, live=mark.query is not None)
        for row in range(product.node.rows) if mark.query else (mark.row,):
            cell = self._surface.cell(area.row + row, board.across)
            arrow = "→" if row == mark.row else ""
            self._put_text(cell, arrow, choice.arrow("→", row=row), down)
        over = Role("arrow", product.above.tone, live=mark.key is not None)
        for column in range(product.node.columns) if mark.key else (mark.column,):
            cell = self._surface.cell(area.row - 1, area.column + column)
            arrow = "↓" if column == mark.column else ""
            self._put_text(cell, arrow, choice.arrow("↓", column=column), over)

    def _put_text(self, cell: Area, text: str, formula: str, role: Role) -> None:
        """A text, or a formula that gives it at first."""
        values = np.array([[text]], dtype=object)
        run = Run(cell, role, values, Formula(cell, (formula,)) if formula else None)
        self._surface.sheet.runs.append(run)

    def _lines(self, board: _Board) -> list[_Line]:
        """The words that meet, where they have labels, and under them the sum of products."""
        left, product = board.left, board.product
        above, mark = product.above, product.mark
        assert above is not None and mark is not None
        assert mark.row is not None and mark.column is not None
        digits, choice = product.decimals, self._choice
        terms: list[_Line] = [
            [_Number(choice.of_left(i), float(left.node.value[mark.row, i]), digits), TIMES,
             _Number(choice.of_above(i), float(above.node.value[i, mark.column]), digits)]
            for i in range(left.node.columns)
        ]  # fmt: skip
        total = float(product.node.value[mark.row, mark.column])
        lines: list[_Line] = []
        if left.row_labels and above.column_labels:
            labels = left.row_labels[mark.row], above.column_labels[mark.column]
            named = [
                _Word(at, label_text(of)) for at, of in zip(choice.words(), labels, strict=True)
            ]
            lines.append([named[0], f" {TIMES} ", named[1]])
        sums = _broken(terms, board.room * SUM_TYPE, board.lines - 1 - len(lines))
        sums[-1] += [EQUALS, _Number(choice.of_product(), total, digits)]
        return lines + sums

    def _put_line(self, row: int, board: _Board, items: _Line) -> None:
        """A line of text that follows what its cells hold."""
        cell = self._surface.cell(row, board.column)
        pieces = [quote_text(item) if isinstance(item, str) else item.formula for item in items]
        summed = any(isinstance(item, _Number) for item in items)
        formula = "&".join(pieces)
        if summed:  # a dash for a word that is absent is no number, and a minus no hyphen
            formula = f'IFERROR(SUBSTITUTE({formula},"-","−"),{quote_text(ABSENT)})'
        text = "".join(map(str, items))
        role = Role("sum" if summed else "worked", live=True)
        read = board.left.node, board.product.node
        each = any(node in self._places.arrays for node in read)
        values = np.array([[text]], dtype=object)
        run = Run(cell, role, values, Formula(cell, (formula,), each=each))
        self._surface.sheet.runs.append(run)


@dataclass(frozen=True)
class _Word:
    """A word of a line, and the formula that gives it."""

    formula: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class _Number:
    """A number of a line, the formula that gives it, and how many decimals are written."""

    at: str
    value: float
    digits: int

    @property
    def formula(self) -> str:
        return f"FIXED({self.at},{self.digits},TRUE)"

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
