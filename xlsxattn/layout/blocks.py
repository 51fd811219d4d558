"""The blocks of a lane: matrices side by side, with their labels, heat maps and bold rows."""

from __future__ import annotations

from xlsxattn.a1 import Area, column_letters, quote_text
from xlsxattn.expression import Words
from xlsxattn.labels import label_text
from xlsxattn.layout.columns import LaneColumns, caption_lines
from xlsxattn.layout.labels import Labelling
from xlsxattn.layout.sheet import Bars, Heat, Sheet, Strong
from xlsxattn.layout.surface import Surface
from xlsxattn.layout.values import Values
from xlsxattn.outline import Block, Lane
from xlsxattn.style import CAPTION_LINE, SHADE_HEIGHT, UPRIGHT_HEIGHT, Role


class Blocks:
    """Puts lanes of blocks on a sheet."""

    def __init__(self, surface: Surface, labelling: Labelling, values: Values, focus: str) -> None:
        self._surface, self._labelling = surface, labelling
        self._values, self._focus = values, focus

    @property
    def _sheet(self) -> Sheet:
        return self._surface.sheet

    def put(self, lane: Lane, columns: LaneColumns, top: int, head: int) -> int:
        """Put a lane's blocks, the first rows of matrices ``head`` rows under the top one.

        Returns how many rows they take, with the head.
        """
        rows, column = 0, columns.first
        for block in lane:
            if not isinstance(block, Block):
                continue
            column += block.gap
            row = top + head + block.row_offset
            label = column - 1 if block.attached and block.row_labels else columns.label
            if block.above is not None:
                over = block.above.node
                above = Area(self._sheet.title, row - 1 - over.rows, column, *over.shape)
                self._put_block(block.above, above, label)
            area = Area(self._sheet.title, row, column, *block.node.shape)
            self._put_block(block, area, label)
            column += block.node.columns
            rows = max(rows, head + block.row_offset + (block.lines or block.node.rows))
        return rows

    def _put_block(self, block: Block, area: Area, label_column: int) -> None:
        if block.lines:
            area = self._surface.cell(area.row, label_column)
            self._values.take(block, area, Role("prose", block.tone, live=True))
            self._surface.merge(area.row, label_column, block.lines, Role("prose", block.tone))
            return
        if isinstance(block.node, Words):
            self._labelling.put_words(block.node, area)
        else:
            self._values.take(block, area)
        if block.column_labels or block.caption:
            self._put_head(block, area, label_column)
        if block.row_labels:
            down = Area(area.sheet, area.row, label_column, area.rows, 1)
            self._values.take_labels(block, down)
            self._labelling.put(block.row_labels, down, Role("label"))
        if block.heat:
            numbers = block.node.value
            negative = numbers.dtype != object and bool((numbers < 0).any())
            self._sheet.heats.append(Heat(area, block.tone, negative))
        if block.bars:
            self._sheet.bars.append(Bars(area, block.tone))
        if self._focus and block.row_labels:
            self._sheet.strong += self._strong(area, label_column, block.heat)

    def _put_head(self, block: Block, area: Area, label_column: int) -> None:
        """The row over a matrix: its column labels, and at their left, or in a gap, its caption."""
        header = Area(area.sheet, area.row - 1, area.column, 1, area.columns)
        if block.caption and (block.row_labels or block.gap > 0 or not block.attached):
            role = Role("caption", block.tone)
            column = area.column - 1 if block.attached and block.gap > 0 else label_column
            self._labelling.put((block.caption,), self._surface.cell(header.row, column), role)
            lines = caption_lines(label_text(block.caption), self._surface.width_of(column))
            if len(lines) > 1:
                self._surface.grow_row(header.row, CAPTION_LINE * len(lines))
        self._values.take_head(block, header)
        role = Role("upright" if block.shades else "header")
        self._labelling.put(block.column_labels, header, role)
        if block.shades:
            self._surface.grow_row(header.row, UPRIGHT_HEIGHT)
            for row in range(area.row, area.last_row + 1):
                self._surface.end_row(row, SHADE_HEIGHT)

    def _strong(self, area: Area, label_column: int, heated: bool) -> list[Strong]:
        """The row of the word that the lesson is about is bold, whichever row that is.

        The cells of a heat map are an area of their own, that of its colours.
        """
        condition = f"${column_letters(label_column)}{area.row}={quote_text(self._focus)}"
        columns = area.column - label_column + (0 if heated else area.columns)
        left = Area(area.sheet, area.row, label_column, area.rows, columns)
        return [Strong(one, condition) for one in ([left, area] if heated else [left])]
