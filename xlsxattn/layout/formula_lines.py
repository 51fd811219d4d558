"""The first formula of each block, small under it, so that paper shows it too."""

from __future__ import annotations

from dataclasses import dataclass

from xlsxattn.expression import Step
from xlsxattn.layout.columns import LaneColumns
from xlsxattn.layout.places import Places
from xlsxattn.layout.surface import Surface
from xlsxattn.outline import Block, Lane
from xlsxattn.style import Role
from xlsxattn.widths import characters

FORMULA_TYPE = 0.97  # characters of the small type of formulas in one of the default font


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
            if isinstance(block, Block) and isinstance(block.node, Step):
                label = (*block.column_labels, *block.row_labels, "")[0] if block.attached else ""
                shown.append((label if isinstance(label, str) else "", block.node))
        if shown:
            self._lines.append(_Line(row, columns, shown))
        return int(bool(shown))

    def finish(self) -> None:
        """Write all lines; labels and charts must stand by then, for they limit the room."""
        runs = self._surface.sheet.runs
        labels = [run.area for run in runs if run.role.kind in ("label", "word")]
        labelled = {cell for area in labels for cell in area.cells()}
        for line in self._lines:
            text = self._text(line, self._room(line, labelled))
            self._surface.text(line.row, line.columns.first, text, Role("formula"))

    def _room(self, line: _Line, labelled: set[tuple[int, int]]) -> int:
        """How many characters of small type there are before the next lane, or a chart."""
        columns = line.columns
        after = [lane for lane in self._surface.lanes if lane.first > columns.first]
        end = columns.last + 1
        if after:  # up to the labels of the next lane where it has one in this row
            taken = (line.row, after[0].label) in labelled
            end = after[0].label if taken else after[0].first
        for chart in self._surface.sheet.charts:
            if chart.over.row <= line.row <= chart.over.last_row:
                end = min(end, chart.over.column)
        width = sum(self._surface.sheet.widths[column] for column in range(columns.first, end))
        return int(width * FORMULA_TYPE)

    def _text(self, line: _Line, room: int) -> str:
        """As many of the formulas as there is room for, at least the start of the first."""
        texts = []
        for label, step in line.shown:
            formula = next(self._places.formulas(step)).shown
            texts.append(f"{label}: {formula}" if label else formula)
        joined = ""
        for text in texts:
            longer = f"{joined}   {text}" if joined else text
            if characters(longer) <= room:
                joined = longer
        return joined or _cut(texts[0], room)


def _cut(text: str, room: float) -> str:
    """As much of a text as there is room for, with a sign that it goes on."""
    while text and characters(text) > room - 1:
        text = text[:-1]
    return text + "…"
