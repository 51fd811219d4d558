"""The first formula of each block, small under it, so that paper shows it too."""

from __future__ import annotations

import re
from dataclasses import dataclass

from xlsxattn.expression import ABSENT, Step
from xlsxattn.layout.columns import LaneColumns
from xlsxattn.layout.places import Places
from xlsxattn.layout.surface import Surface
from xlsxattn.outline import Block, Lane, is_said
from xlsxattn.style import Role
from xlsxattn.widths import characters

FORMULA_TYPE = 0.97  # characters of the small type of formulas in one of the default font
_CONSTANT = re.compile(r"=[\d.]+$")
_GUARD = re.compile(rf'(?<==)IFERROR\((.*),"{ABSENT}"\)$')


@dataclass(frozen=True)
class _Line:
    """A row under a lane, and the steps whose formulas it shows, each with a name."""

    row: int
    columns: LaneColumns
    shown: list[tuple[str, Step]]


class FormulaLines:
    """The lines of small formulas on a sheet, written once all of it has its place."""

    def __init__(self, surface: Surface, places: Places) -> None:
        self._surface, self._places = surface, places
        self._lines: list[_Line] = []

    def put(self, lane: Lane, columns: LaneColumns, row: int) -> int:
        """Keep a row for the formulas of a lane; returns how many rows that takes."""
        shown: list[tuple[str, Step]] = []
        for block in lane:
            if not isinstance(block, Block) or block.mark is not None or is_said(block):
                continue
            if isinstance(block.node, Step):
                label = (*block.column_labels, *block.row_labels, "")[0] if block.attached else ""
                shown.append((label if isinstance(label, str) else "", block.node))
        if shown:
            self._lines.append(_Line(row, columns, shown))
        return int(bool(shown))

    def finish(self) -> None:
        """Write all lines; labels and charts must stand by then, for they limit the room.

        One that is too long loses its guard against absent words first; then it is left out
        beside another that is whole, for it reads alike.
        """
        whole: set[int] = set()
        for line in self._lines:
            room = self._room(line)
            text = self._text(line, room)
            if characters(text) > room:
                text = _GUARD.sub(r"\1", text)
            if characters(text) > room:
                if line.row in whole:
                    continue
                text = _cut(text, room)
            else:
                whole.add(line.row)
            self._surface.text(line.row, line.columns.first, text, Role("formula"))

    def _room(self, line: _Line) -> int:
        """How many characters of small type there are before anything else in the row."""
        first, row, sheet = line.columns.first, line.row, self._surface.sheet
        areas = [run.area for run in sheet.runs] + [chart.over for chart in sheet.charts]
        taken = [area.column for area in areas if area.row <= row <= area.last_row]
        taken += [other.columns.first for other in self._lines if other.row == row]
        end = min((column for column in taken if column > first), default=0)
        columns = range(first, end or self._surface.last_column + 1)
        width = sum(self._surface.width_of(column) for column in columns)
        return int(width * FORMULA_TYPE)

    def _telling(self, step: Step) -> str:
        """The first formula of a step that is more than a number, if there is one."""
        first = ""
        for formula in self._places.formulas(step):
            first = first or formula.shown
            if not _CONSTANT.match(formula.shown):
                return formula.shown
        return first

    def _text(self, line: _Line, room: float) -> str:
        """As many of the formulas as there is room for, and the first in any case."""
        joined = ""
        for label, step in line.shown:
            formula = self._telling(step)
            text = f"{label}: {formula}" if label else formula
            longer = f"{joined}   {text}" if joined else text
            if not joined or characters(longer) <= room:
                joined = longer
        return joined


def _cut(text: str, room: float) -> str:
    """As much of a text as there is room for, with a sign that it goes on."""
    while text and characters(text) > room - 1:
        text = text[:-1]
    return text + "…"
