"""What stands in bars and lines over bands: titles, headings, and links to other sheets."""

from __future__ import annotations

from itertools import pairwise

from xlsxattn.layout.sheet import Link
from xlsxattn.layout.surface import Surface
from xlsxattn.style import HEADING_HEIGHT, TITLE_HEIGHT, TITLE_SIZE, Role, wrapped

NUMBERS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
LEFT = 2  # the column after the margin


def numbered(number: int, title: str) -> str:
    """A title with the number of its heading."""
    return f"{circled(number)} {title}"


def circled(number: int) -> str:
    """The number of a heading, from 1."""
    return NUMBERS[number - 1] if number <= len(NUMBERS) else f"({number})"


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
    second: tuple[int, str] | None = None, offset: int = 0,
) -> int:  # fmt: skip
    """A band's title, a second one over a later lane, and its mathematics at the right.

    That of a copy of the band stands ``offset`` columns further right.
    """
    texts, last = {LEFT + offset: title}, surface.last_column + offset
    if second is not None:
        texts[surface.lanes[second[0]].label + offset] = second[1]
    for column, after in pairwise([*texts, last]):
        surface.text(row, column, texts[column], Role("heading", tone))
        if fill := ("",) * (after - column - 1):
            surface.texts(surface.cell(row, column + 1), fill, Role("heading_fill", tone))
    surface.text(row, last, mathematics, Role("mathematics", tone))
    return surface.end_row(row, HEADING_HEIGHT)


def put_link(surface: Surface, row: int, text: str, target: str) -> int:
    """A line that leads to another sheet."""
    surface.text(row, LEFT, text, Role("link"))
    surface.sheet.links.append(Link(surface.cell(row, LEFT), target))
    return surface.end_row(row)
