"""The contents page of the course: every lesson with what it shows, and a link to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlsxattn.a1 import Area
from xlsxattn.layout.sheet import Layout, Link, Run, Sheet
from xlsxattn.style import (
    MARGIN_WIDTH,
    ROW_HEIGHT,
    SPACE_HEIGHT,
    SUBTITLE_SIZE,
    TITLE_HEIGHT,
    Role,
    print_scale,
    wrapped,
)
from xlsxattn.texts import texts
from xlsxattn.widths import characters

NUMBER, TITLE, SUMMARY = 2, 3, 4  # columns
NUMBER_WIDTH, SUMMARY_WIDTH = 4.0, 66.0


@dataclass(frozen=True)
class Entry:
    """One lesson of the course, and the sheet that its title leads to."""

    number: int
    title: str
    summary: str
    sheet: str


def contents_page(
    name: str, title: str, subtitle: str, entries: list[Entry], language: str
) -> Layout:
    """A sheet of that name with the course's title and a line for each lesson."""
    title_width = max(characters(entry.title) for entry in entries) * 0.9 + 1
    widths = {1: MARGIN_WIDTH, NUMBER: NUMBER_WIDTH, TITLE: title_width, SUMMARY: SUMMARY_WIDTH}
    sheet = Sheet(name, widths=widths, frozen_rows=1, last_column=SUMMARY, print_columns=SUMMARY)
    sheet.scale = print_scale(list(widths.values()))
    sheet.footer = (title, texts(language)["interface"]["page"])
    row = _put(sheet, 1, NUMBER, title, Role("title"), TITLE_HEIGHT)
    for line in wrapped(subtitle, sum(widths.values()), SUBTITLE_SIZE):
        row = _put(sheet, row, NUMBER, line, Role("subtitle"), ROW_HEIGHT)
    row += 1
    for entry in entries:
        _put(sheet, row, NUMBER, str(entry.number), Role("label"), ROW_HEIGHT)
        _put(sheet, row, TITLE, entry.title, Role("link"), ROW_HEIGHT)
        sheet.links.append(Link(Area(name, row, TITLE, 1, 1), entry.sheet))
        for line in wrapped(entry.summary, SUMMARY_WIDTH):
            row = _put(sheet, row, SUMMARY, line, Role("text"), ROW_HEIGHT)
        sheet.heights[row] = SPACE_HEIGHT
        row += 1
    sheet.last_row = row - 1
    return Layout([sheet], {})


def _put(sheet: Sheet, row: int, column: int, text: str, role: Role, height: float) -> int:
    """Write one cell and give the row after it."""
    content = np.array([[text]], dtype=object)
    sheet.runs.append(Run(Area(sheet.title, row, column, 1, 1), role, content))
    sheet.heights[row] = height
    return row + 1
