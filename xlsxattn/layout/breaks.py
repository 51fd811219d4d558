"""Where printed pages end: between bands, so that pages are few, even, and full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, fsum

from xlsxattn.layout.sheet import Sheet
from xlsxattn.style import LEAST_SCALE, ROW_HEIGHT, SPACE_HEIGHT, page_points

#: The white between two bands where a page has room to spare, at the most, in points.
MOST_SPACE = 30.0
#: What it costs to part what belongs together, in shares of a page that is left white.
PARTED = 0.2

#: The cost of pages: those with claims alone, all of them, and how much is left white.
Cost = tuple[int, int, float]


@dataclass(frozen=True)
class Unit:
    """Rows that no page cuts, from the ``first`` one on to the next unit.

    One that is ``joined`` is better not parted from the unit before it.
    """

    first: int
    joined: bool = False
    claim: bool = False


class PageBreaks:
    """The units of a sheet, noted while it is filled, and the pages that they make."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._units: list[Unit] = []

    def start(self, row: int, *, joined: bool = False, claim: bool = False) -> None:
        """A unit starts at a row."""
        self._units.append(Unit(row, joined, claim))

    def finish(self) -> None:
        """Break the sheet into pages, and spread what is left white on each between its bands.

        The sheet is printed as large as it is wide, or a little smaller where that saves a page.
        """
        sheet, heights = self._sheet, self._heights()
        cost, starts = page_starts(self._units, heights, self._room(sheet.scale))
        for scale in range(sheet.scale - 1, LEAST_SCALE - 1, -1):
            smaller, fewer = page_starts(self._units, heights, self._room(scale))
            if smaller[:2] < cost[:2]:
                sheet.scale, cost, starts = scale, smaller, fewer
        firsts = [1, *(self._units[start].first for start in starts[1:])]
        sheet.breaks += [first - 1 for first in firsts[1:]]
        for first, after in pairwise([*firsts, sheet.last_row + 1]):
            self._spread(first, after)

    def _room(self, scale: int) -> float:
        return page_points(scale, self._sheet.landscape)

    def _heights(self) -> list[float]:
        """The points of each unit; what stands over the first one belongs to it."""
        firsts = [1, *(unit.first for unit in self._units[1:]), self._sheet.last_row + 1]
        return [fsum(map(self._height, range(first, after))) for first, after in pairwise(firsts)]

    def _height(self, row: int) -> float:
        return self._sheet.heights.get(row, ROW_HEIGHT)

    def _spread(self, first: int, after: int) -> None:
        """Let the white rows before the bands of a page grow, each by as much."""
        rows = [u.first - 1 for u in self._units if first < u.first < after and not u.joined]
        rows = [row for row in rows if self._height(row) == SPACE_HEIGHT]
        spare = self._room(self._sheet.scale) - fsum(map(self._height, range(first, after)))
        if rows and spare > 0:
            more = min(spare / len(rows), MOST_SPACE - SPACE_HEIGHT)
            for row in rows:
                self._sheet.heights[row] += more // 0.75 * 0.75


def page_starts(
    units: Sequence[Unit], heights: Sequence[float], room: float
) -> tuple[Cost, list[int]]:
    """The first unit (from 0) of each page, of pages of so many points, and what they cost.

    No page but one of a single unit is higher than that. Of all ways the best has the fewest
    pages with nothing but claims, then the fewest pages, then the most even ones.
    """
    best: list[tuple[Cost, list[int]]] = [((0, 0, 0.0), [])]
    for end in range(1, len(units) + 1):
        ways: list[tuple[Cost, list[int]]] = []
        height = 0.0
        for start in range(end - 1, -1, -1):
            height += heights[start]
            if height > room and start < end - 1:
                break
            (lonely, pages, white), starts = best[start]
            lonely += all(unit.claim for unit in units[start:end])
            white += max(0.0, 1 - height / room) ** 2 + PARTED * units[start].joined
            taken = max(1, ceil(height / room))  # one that is higher than a page takes more
            ways.append(((lonely, pages + taken, white), [*starts, start]))
        best.append(min(ways))
    return best[-1]
