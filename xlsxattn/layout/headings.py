"""What stands in bars and lines over bands: titles, headings, and links to other sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from xlsxattn.a1 import Area
from xlsxattn.layout.numbering import numbered
from xlsxattn.layout.origins import Origins
from xlsxattn.layout.sheet import Link, Neighbours
from xlsxattn.layout.surface import Surface
from xlsxattn.outline import Band
from xlsxattn.style import HEADING_HEIGHT, HEADING_SIZE, TITLE_HEIGHT, TITLE_SIZE, Role, wrapped
from xlsxattn.widths import characters

LEFT = 2  # the column after the margin
#: Between two links, and the least width of a cell that is easy to hit, in characters.
LINK_GAP, LINK_CELL = 2.0, 5.0


def put_title(surface: Surface, row: int, title: str, right: int) -> int:
    """The title of a sheet; in its first row, it is to keep clear of the columns from ``right``.

    It takes the same rows whatever stands there, and is smaller where it would run into that.
    """
    lines = wrapped(title, surface.width(LEFT), TITLE_SIZE) or [""]
    room = surface.width(LEFT) - surface.width(right)
    role = Role("title" if len(wrapped(lines[0], room, TITLE_SIZE)) < 2 else "long_title")
    for below, line in enumerate(lines):
        surface.text(row + below, LEFT, line, role)
        surface.end_row(row + below, TITLE_HEIGHT)
    return len(lines)


def put_way(surface: Surface, row: int, said: Mapping[str, str], around: Neighbours) -> int:
    """Links to the lesson before, the contents and the next lesson, at the right of a row.

    Returns the first column that they take, the one after the last where there are none. A
    text hangs out of its cell to the left, and each keeps clear of the one before it.
    """
    ways = (("next", around.next), ("back", around.contents), ("previous", around.previous))
    column, taken = surface.last_column + 1, 0.0
    for key, target in ways:
        if not target:
            continue
        column -= 1
        while taken > 0 or surface.width_of(column) < LINK_CELL:
            taken -= surface.width_of(column)
            column -= 1
        surface.text(row, column, said[key], Role("back"))
        surface.sheet.links.append(Link(surface.cell(row, column), Area(target, 1, 1, 1, 1)))
        taken = characters(said[key]) + LINK_GAP - surface.width_of(column)
    while taken > 0:
        column -= 1
        taken -= surface.width_of(column)
    return column


def put_heading(
    surface: Surface, row: int, title: str, mathematics: str | None, tone: str,
    columns: tuple[int, int] | None = None,
) -> int:  # fmt: skip
    """A bar with a title and at its right some mathematics, over the page or some columns.

    Where the mathematics is None, the last cell is left to something else.
    """
    first, last = columns or (LEFT, surface.last_column)
    surface.text(row, first, title, Role("heading", tone))
    if fill := ("",) * (last - first - 1):
        surface.texts(surface.cell(row, first + 1), fill, Role("heading_fill", tone))
    if last > first and mathematics is not None:
        surface.text(row, last, mathematics, Role("mathematics", tone))
    return surface.end_row(row, HEADING_HEIGHT)


def put_over(surface: Surface, row: int, band: Band, number: int, origins: Origins) -> int:
    """What stands over the lanes of a band: one heading with its sentence, or two."""
    second = band.second
    put_bars(surface, row, band, number, origins)
    if second is None:
        return 1 + surface.lines(row + 1, LEFT, band.note, Role("note"))
    before, at = surface.lanes_of(band)[second.lane - 1 : second.lane + 1]
    last, label = before.last, at.label
    return 1 + max(
        surface.lines(row + 1, LEFT, band.note, Role("note"), last=last),
        surface.lines(row + 1, label, second.note, Role("note")),
    )


def put_bars(
    surface: Surface, row: int, band: Band, number: int, origins: Origins | None = None,
    offset: int = 0,
) -> None:  # fmt: skip
    """The heading of a band, or both; those of a copy stand ``offset`` columns further right."""
    second, end = band.second, surface.last_column
    bars = [_Bar(number, band.title, band.mathematics, band.tone, LEFT, end)]
    if second is not None:
        before, at = surface.lanes_of(band)[second.lane - 1 : second.lane + 1]
        last, label = before.last, at.label
        after = number + 1 if number and second.numbered else 0
        other = _Bar(after, second.title, second.mathematics, second.tone, label, end)
        bars = [replace(bars[0], last=last), other]
    if band.aside is not None:
        bars[-1] = replace(bars[-1], mathematics=None)
    for bar in bars:
        title, right = numbered(bar.number, bar.title), bar.mathematics
        if right is not None:
            origin = origins.of(bar.number) if origins is not None and bar.number else ""
            room = surface.width(bar.first, bar.last)
            right = _longest_that_fits(title, (f"{right}   {origin}".strip(), right), room)
        columns = bar.first + offset, bar.last + offset
        put_heading(surface, row, title, right, bar.tone, columns)


def _longest_that_fits(title: str, choices: Sequence[str], room: float) -> str:
    """The first text that a bar has room for beside its title; none where it has for none."""
    for text in choices:
        if len(wrapped(f"{title}   {text}", room, HEADING_SIZE)) < 2:
            return text
    return ""


@dataclass(frozen=True)
class _Bar:
    """A heading over some columns, with its mathematics or None; its number is 0 if it has none."""

    number: int
    title: str
    mathematics: str | None
    tone: str
    first: int
    last: int


def put_links(surface: Surface, row: int, links: Sequence[tuple[str, str]]) -> int:
    """Texts that lead to other sheets, side by side; returns how many rows they take.

    Each hangs out of its cell to the right, and the next one keeps clear of it.
    """
    column, rows = LEFT, 0
    for text, target in links:
        needed = characters(text) + LINK_GAP
        if not rows or surface.width(column) < needed:
            column, rows = LEFT, rows + surface.end_row(row + rows)
        cell = surface.cell(row + rows - 1, column)
        surface.text(cell.row, column, text, Role("link"))
        surface.sheet.links.append(Link(cell, Area(target, 1, 1, 1, 1)))
        while needed > 0 and column <= surface.last_column:
            needed -= surface.width_of(column)
            column += 1
    return rows
