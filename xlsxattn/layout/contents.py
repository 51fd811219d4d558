"""The contents page of the course: chapters, and every lesson with what it shows and a link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import fsum

import numpy as np

from xlsxattn.a1 import Area
from xlsxattn.layout.sheet import Layout, Link, Run, Sheet
from xlsxattn.style import (
    HEADING_HEIGHT,
    MARGIN_WIDTH,
    ROW_HEIGHT,
    SPACE_HEIGHT,
    SUBTITLE_SIZE,
    TITLE_HEIGHT,
    Role,
    page_points,
    print_scale,
    wrapped,
)
from xlsxattn.texts import texts
from xlsxattn.widths import characters

NUMBER, TITLE, SUMMARY, MINUTES, PAGE = 2, 3, 4, 5, 6  # columns
NUMBER_WIDTH, SUMMARY_WIDTH, MINUTES_WIDTH = 3.0, 43.0, 7.0


@dataclass(frozen=True)
class Entry:
    """One lesson of the course, and the sheet that its title leads to.

    ``minutes`` is how long it takes, 0 where that is not said; ``pages`` how many it fills. One
    that stands in another workbook has no number and no ``sheet``.
    """

    number: int
    title: str
    summary: str
    sheet: str
    chapter: str
    minutes: int
    pages: int


def contents_page(
    name: str, entries: list[Entry], language: str, others: Sequence[Entry] = ()
) -> Layout:
    """A sheet of that name with the course's title and a line for each lesson.

    The pages are those of the whole course, printed after this one; ``others`` are lessons that
    stand in workbooks of their own.
    """
    course, chapters = texts(language)["course"], texts(language)["chapters"]
    sheet = _sheet(name, course["title"], entries, language)
    row = _put(sheet, 1, NUMBER, course["title"], Role("title"), TITLE_HEIGHT)
    for line in wrapped(course["subtitle"], fsum(sheet.widths.values()), SUBTITLE_SIZE):
        row = _put(sheet, row, NUMBER, line, Role("subtitle"), ROW_HEIGHT)
    row = _put_header(sheet, row + 1, course)
    page = 2
    for chapter, members in groupby(entries, lambda entry: entry.chapter):
        if chapter:
            row = _put_chapter(sheet, row, chapters[chapter])
        for entry in members:
            row = _put_entry(sheet, row, entry, page)
            page += entry.pages
    if others:
        row = _put_chapter(sheet, row, course["alone"])
    for entry in others:
        row = _put_entry(sheet, row, entry, 0)
    sheet.last_row = row - 1
    while fsum(sheet.heights.values()) > page_points(sheet.scale):  # its pages are counted as one
        sheet.scale -= 1
    return Layout([sheet], {})


def _sheet(name: str, title: str, entries: list[Entry], language: str) -> Sheet:
    """The sheet with its columns, and nothing on it."""
    title_width = max(characters(entry.title) for entry in entries) * 0.9 + 1
    widths = {
        1: MARGIN_WIDTH, NUMBER: NUMBER_WIDTH, TITLE: title_width, SUMMARY: SUMMARY_WIDTH,
        MINUTES: MINUTES_WIDTH, PAGE: MINUTES_WIDTH,
    }  # fmt: skip
    sheet = Sheet(name, widths=widths, frozen_rows=1, last_column=PAGE, print_columns=PAGE)
    sheet.scale = print_scale(list(widths.values()))
    sheet.footer = (title, texts(language)["interface"]["page"])
    return sheet


def _put_header(sheet: Sheet, row: int, course: Mapping[str, str]) -> int:
    """What each column holds."""
    for column, key in ((TITLE, "lesson"), (SUMMARY, "shows")):
        role = Role("note") if column == TITLE else Role("legend")
        _put(sheet, row, column, course[key], role, ROW_HEIGHT)
    for column, key in ((MINUTES, "minutes"), (PAGE, "page")):
        _put(sheet, row, column, course[key], Role("header"), ROW_HEIGHT)
    return row + 1


def _put_chapter(sheet: Sheet, row: int, title: str) -> int:
    """The band of a chapter over its lessons."""
    _put(sheet, row, NUMBER, title, Role("heading"), HEADING_HEIGHT)
    for column in (TITLE, SUMMARY, MINUTES, PAGE):
        _put(sheet, row, column, "", Role("heading_fill"), HEADING_HEIGHT)
    sheet.heights[row + 1] = SPACE_HEIGHT
    return row + 2


def _put_entry(sheet: Sheet, row: int, entry: Entry, page: int) -> int:
    """A lesson: number, title, what it shows over as many rows as it needs, minutes, page."""
    role = Role("link") if entry.sheet else Role("text")
    _put(sheet, row, TITLE, entry.title, role, ROW_HEIGHT)
    if entry.sheet:
        _put(sheet, row, NUMBER, str(entry.number), Role("label"), ROW_HEIGHT)
        target = Area(entry.sheet, 1, 1, 1, 1)
        sheet.links.append(Link(Area(sheet.title, row, TITLE, 1, 1), target))
        _put(sheet, row, PAGE, str(page), Role("header"), ROW_HEIGHT)
    if entry.minutes:
        _put(sheet, row, MINUTES, str(entry.minutes), Role("header"), ROW_HEIGHT)
    for line in wrapped(entry.summary, SUMMARY_WIDTH):
        row = _put(sheet, row, SUMMARY, line, Role("text"), ROW_HEIGHT)
    sheet.heights[row] = SPACE_HEIGHT
    return row + 1


def _put(sheet: Sheet, row: int, column: int, text: str, role: Role, height: float) -> int:
    """Write one cell and give the row after it."""
    content = np.array([[text]], dtype=object)
    sheet.runs.append(Run(Area(sheet.title, row, column, 1, 1), role, content))
    sheet.heights[row] = height
    return row + 1
