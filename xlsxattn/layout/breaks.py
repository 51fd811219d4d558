"""Where printed pages end: before a band that would be cut."""

from __future__ import annotations

from xlsxattn.layout.sheet import Sheet
from xlsxattn.style import ROW_HEIGHT, page_points


class PageBreaks:
    """The page breaks of a sheet while it is filled; one that breaks by itself has none."""

    def __init__(self, sheet: Sheet, by_hand: bool) -> None:
        self._sheet, self._by_hand = sheet, by_hand
        self._start = 1  # the first row of the page

    @property
    def room(self) -> float:
        """How many points of rows a page holds."""
        return page_points(self._sheet.scale, self._sheet.landscape)

    def before(self, row: int, height: float) -> None:
        """Start a new page at a row where what follows would be cut by the end of this one."""
        rows = range(self._start, row)
        used = sum(self._sheet.heights.get(each, ROW_HEIGHT) for each in rows)
        if self._by_hand and used + height > self.room and row > self._start:
            self._sheet.breaks.append(row - 1)
            self._start = row
