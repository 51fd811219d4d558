"""Which cells a formula reads, found in its text; and areas that can be asked who meets them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from xlsxattn.a1 import MAX_COLUMNS, MAX_ROWS, Area, column_number
from xlsxattn.saved import Saved

#: First and last row, first and last column.
Box = tuple[int, int, int, int]

_CELL = r"\$?[A-Za-z]{1,3}\$?[0-9]{1,7}"
# Nothing is tried twice (*+): a formula may be 8,192 letters that are none of these.
_TITLE = r"'[^'](?:[^']|''){0,100}+'|(?:\[[^\]]{0,300}+\])?[^\W\d][\w.]*+(?::[^\W\d][\w.]*+)?"
#: Texts, errors, numbers, functions and what is in brackets are taken whole and mean nothing,
#: nor does the number of an area's rows or columns, which no content of its cells changes.
_TOKEN = re.compile(
    rf"""
    "(?:[^"]|"")*"
    | (?:ROWS?|COLUMNS?)\((?:(?:{_TITLE})!)?[\w.$:]*\)
    | \#[\w/]+[!?]?
    | (?:(?P<sheet>{_TITLE})!)?
      (?: (?P<area>{_CELL}(?::{_CELL})?)(?![\w.(])
        | (?P<columns>\$?[A-Za-z]{{1,3}}:\$?[A-Za-z]{{1,3}})(?![\w.(])
        | (?P<rows>\$?[0-9]{{1,7}}:\$?[0-9]{{1,7}})(?![\w.(])
        | (?P<name>[^\W\d][\w.]*+)(?![(])
      )
    | [\w.]+\(?
    | \[[^\]]*\]
    """,
    re.VERBOSE,
)
_PLACE = re.compile(r"\$?([A-Za-z]*)\$?([0-9]*)")


class References:
    """What the formulas of a workbook read, each text resolved once."""

    def __init__(self, saved: Saved) -> None:
        self.titles = {title.lower(): title for title in saved.sheets}
        self.order = list(saved.sheets)
        self.names = {name.lower(): area for name, area in saved.names.items()}
        self.sheet_names = {
            sheet: {name.lower(): area for name, area in names.items()}
            for sheet, names in saved.sheet_names.items()
        }
        self.known: dict[tuple[str, str], list[tuple[str, Box]]] = {}

    def read_by(self, formula: str, sheet: str) -> Iterator[tuple[str, Box]]:
        """The sheet and the box of everything that a formula on a sheet reads.

        What is only known when it is computed (INDIRECT, OFFSET, names that hold formulas),
        other files and the columns of tables are left out.
        """
        for match in _TOKEN.finditer(formula):
            if match.lastgroup is None:
                continue
            key = sheet, match[0]
            if key not in self.known:
                self.known[key] = list(self.resolved(match, sheet))
            yield from self.known[key]

    def resolved(self, match: re.Match[str], sheet: str) -> Iterator[tuple[str, Box]]:
        if match["name"]:
            yield from self.named(match["name"], match["sheet"], sheet)
            return
        box = _box(match["area"] or match["columns"] or match["rows"])
        if box is None:  # FOO1 is no cell, but may be a name
            yield from self.named(match["area"] or "", match["sheet"], sheet)
            return
        for title in self.sheets(match["sheet"], sheet):
            yield title, box

    def named(self, name: str, prefix: str | None, sheet: str) -> Iterator[tuple[str, Box]]:
        for title in self.sheets(prefix, sheet):
            own = self.sheet_names.get(title, {})
            area = own.get(name.lower()) or self.names.get(name.lower())
            if area is not None:
                yield self.titles.get(area.sheet.lower(), area.sheet), box_of(area)

    def sheets(self, prefix: str | None, sheet: str) -> list[str]:
        """The sheets that stand before the ``!``: one, none of this file, or a row of them."""
        if prefix is None:
            return [sheet]
        text = prefix[1:-1].replace("''", "'") if prefix.startswith("'") else prefix
        if text.lower() in self.titles:
            return [self.titles[text.lower()]]
        first, _, last = (self.titles.get(part.lower()) for part in text.partition(":"))
        if first is None or last is None:
            return []
        start, end = sorted((self.order.index(first), self.order.index(last)))
        return self.order[start : end + 1]


def _box(text: str) -> Box | None:
    """The box of ``C5``, ``C5:F9``, ``C:F`` or ``5:9``; None where it is off the sheet."""
    first, _, last = text.partition(":")
    places = [_PLACE.fullmatch(part) for part in (first, last or first)]
    rows = sorted(int(place[2]) for place in places if place and place[2]) or [1, MAX_ROWS]
    columns = sorted(column_number(place[1]) for place in places if place and place[1])
    columns = columns or [1, MAX_COLUMNS]
    if rows[0] < 1 or rows[-1] > MAX_ROWS or columns[-1] > MAX_COLUMNS:
        return None
    return rows[0], rows[-1], columns[0], columns[-1]


def box_of(area: Area) -> Box:
    return area.row, area.last_row, area.column, area.last_column


class Places:
    """Boxes on one sheet, in tiles, so that a cell is compared with those near it only."""

    TILE = 16
    #: A box over more tiles than this is not put into them, but compared with everything.
    MOST_TILES = 4096

    def __init__(self, boxes: list[Box]) -> None:
        self.boxes = boxes
        self.large: list[int] = []
        self.tiles: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, box in enumerate(boxes):
            if self.count(box) > self.MOST_TILES:
                self.large.append(number)
                continue
            for tile in self.tiles_of(box):
                self.tiles[tile].append(number)
        self.bounds = (
            min((box[0] for box in boxes), default=1), max((box[1] for box in boxes), default=0),
            min((box[2] for box in boxes), default=1), max((box[3] for box in boxes), default=0),
        )  # fmt: skip

    def count(self, box: Box) -> int:
        top, bottom, left, right = (place // self.TILE for place in box)
        return (bottom - top + 1) * (right - left + 1)

    def tiles_of(self, box: Box) -> Iterator[tuple[int, int]]:
        top, bottom, left, right = (place // self.TILE for place in box)
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                yield row, column

    def first_meeting(self, box: Box) -> int | None:
        """The number of a box that has a cell in common with this one."""
        top, bottom, left, right = self.bounds
        box = max(box[0], top), min(box[1], bottom), max(box[2], left), min(box[3], right)
        if box[0] > box[1] or box[2] > box[3]:
            return None
        return next((n for n in self.near(box) if _meet(self.boxes[n], box)), None)

    def near(self, box: Box) -> Iterator[int]:
        if self.count(box) > min(len(self.boxes), self.MOST_TILES):
            yield from range(len(self.boxes))
            return
        yield from self.large
        for tile in self.tiles_of(box):
            yield from self.tiles.get(tile, ())


def _meet(a: Box, b: Box) -> bool:
    return a[0] <= b[1] and b[0] <= a[1] and a[2] <= b[3] and b[2] <= a[3]
