"""What stands in bars and lines over bands: titles, headings, and links to other sheets."""

from __future__ import annotations

from xlsxattn.layout.sheet import Link
from xlsxattn.layout.surface import Surface
from xlsxattn.outline import Band
from xlsxattn.style import HEADING_HEIGHT, TITLE_HEIGHT, TITLE_SIZE, Role, wrapped

NUMBERS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
LEFT = 2  # the column after the margin


def numbered(number: int, title: str) -> str:
    """A title with the number of its heading, which is 0 where headings are not counted."""
    if not number:
        return title
    return f"{NUMBERS[number - 1] if number <= len(NUMBERS) else f'({number})'} {title}"


def put_title(surface: Surface, row: int, title: str, back: str, target: str) -> int:
    """The title of a sheet, and in its first row a link back to a sheet, where there is one."""
    if target:
        surface.text(row, surface.last_column, back, Role("back"))
        surface.sheet.links.append(Link(surface.cell(row, surface.last_column), target))
    lines = wrapped(title, surface.width(LEFT), TITLE_SIZE) or [""]
    for below, line in enumerate(lines):
        surface.text(row + below, LEFT, line, Role("title"))
        surface.end_row(row + below, TITLE_HEIGHT)
    return len(lines)


def put_heading(
    surface: Surface, row: int, title: str, mathematics: str, tone: str,
    columns: tuple[int, int] | None = None,
) -> int:  # fmt: skip
    """A bar with a title and at its right some mathematics, over the page or some columns."""
    first, last = columns or (LEFT, surface.last_column)
    surface.text(row, first, title, Role("heading", tone))
    if fill := ("",) * (last - first - 1):
        surface.texts(surface.cell(row, first + 1), fill, Role("heading_fill", tone))
    if last > first:
        surface.text(row, last, mathematics, Role("mathematics", tone))
    return surface.end_row(row, HEADING_HEIGHT)


def put_over(surface: Surface, row: int, band: Band, number: int) -> int:
    """What stands over the lanes of a band: one heading with its sentence, or two."""
    second, title = band.second, numbered(number, band.title)
    if second is None:
        rows = put_heading(surface, row, title, band.mathematics, band.tone)
        return rows + surface.lines(row + rows, LEFT, band.note, Role("note"))
    label, end = surface.lanes[second.lane].label, surface.last_column
    if not second.numbered:  # one bar, with one sentence and one line of mathematics
        put_heading(surface, row, title, "", band.tone, (LEFT, label - 1))
        put_heading(surface, row, second.title, band.mathematics, band.tone, (label, end))
        return 1 + surface.lines(row + 1, LEFT, band.note, Role("note"))
    last = surface.lanes[second.lane - 1].last
    put_heading(surface, row, title, band.mathematics, band.tone, (LEFT, last))
    other = numbered(number and number + 1, second.title)
    put_heading(surface, row, other, second.mathematics, second.tone, (label, end))
    return 1 + max(
        surface.lines(row + 1, LEFT, band.note, Role("note"), last=last),
        surface.lines(row + 1, label, second.note, Role("note")),
    )


def put_link(surface: Surface, row: int, text: str, target: str) -> int:
    """A line that leads to another sheet."""
    surface.text(row, LEFT, text, Role("link"))
    surface.sheet.links.append(Link(surface.cell(row, LEFT), target))
    return surface.end_row(row)
