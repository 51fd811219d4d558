"""A sheet that is written on: texts in its cells, and rows of text over its width."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

import numpy as np

from xlsxattn.a1 import Area
from xlsxattn.layout.columns import LaneColumns, band_lanes
from xlsxattn.layout.sheet import Run, Sheet
from xlsxattn.outline import Band
from xlsxattn.style import ROW_HEIGHT, TEXT_SIZE, VALUE_WIDTH, Role, pixels, wrapped


class Surface:
    """A sheet with its lanes. What writes rows is told the first and gives their number."""

    def __init__(self, sheet: Sheet, lanes: list[LaneColumns]) -> None:
        self.sheet, self.lanes = sheet, lanes
        self.last_column = lanes[-1].last

    def lanes_of(self, band: Band) -> list[LaneColumns]:
        """The columns of the lanes of a band."""
        return band_lanes(band, self.lanes, self.sheet.widths)

    def cell(self, row: int, column: int) -> Area:
        return Area(self.sheet.title, row, column, 1, 1)

    def text(self, row: int, column: int, text: str, role: Role) -> None:
        self.texts(self.cell(row, column), [text], role)

    def texts(self, start: Area, texts: Sequence[str], role: Role) -> None:
        """Texts in the cells of an area, or in a row from one cell on."""
        shape = start.shape if len(texts) == start.rows * start.columns else (1, len(texts))
        area = Area(start.sheet, start.row, start.column, *shape)
        self.sheet.runs.append(Run(area, role, np.array(texts, dtype=object).reshape(shape)))

    def merge(self, row: int, column: int, rows: int, role: Role) -> None:
        """Some rows from a cell to the end of the page as one cell, whose content stands there."""
        area = Area(self.sheet.title, row, column, rows, self.last_column - column + 1)
        self.sheet.merges.append(area)
        if area.columns > 1:
            self.texts(self.cell(row, column + 1), ("",) * (area.columns - 1), role)
        for below in range(1, rows):
            self.texts(self.cell(row + below, column), ("",) * area.columns, role)

    def end_row(self, row: int, height: float = ROW_HEIGHT) -> int:
        """One row of a height that is not left to what stands in it."""
        self.sheet.heights[row] = height
        return 1

    def grow_row(self, row: int, height: float) -> None:
        """A row of at least a height."""
        self.sheet.heights[row] = max(self.sheet.heights.get(row, ROW_HEIGHT), height)

    def lines(
        self, row: int, column: int, text: str, role: Role, size: float = TEXT_SIZE,
        last: int = 0,
    ) -> int:  # fmt: skip
        """A text over as many rows as it needs, up to a last column, that of the page if 0."""
        lines = self.wrapped(text, column, last, size)
        for below, line in enumerate(lines):
            self.text(row + below, column, line, role)
            self.end_row(row + below)
        return len(lines)

    def wrapped(self, text: str, first: int, last: int = 0, size: float = TEXT_SIZE) -> list[str]:
        """A text in lines that fit from one column to another, the last of the page if 0."""
        return wrapped(text, self.width(first, last), size)

    def width(self, first: int, last: int = 0) -> float:
        """The width in characters from a column to another, the last of the page if 0."""
        after = (last or self.last_column) + 1
        return fsum(self.width_of(column) for column in range(first, after))

    def reach(self, first: int, width: float) -> int:
        """The last of the columns from one on that a width in pixels takes."""
        column = first
        while width > (room := pixels(self.width_of(column))):
            width, column = width - room, column + 1
        return column

    def width_of(self, column: int) -> float:
        return self.sheet.widths.get(column, VALUE_WIDTH)
