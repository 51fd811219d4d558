"""What stands in bars and lines over bands: titles, headings, and links to other sheets."""

from __future__ import annotations

from itertools import pairwise

from xlsxattn.a1 import Area
from xlsxattn.layout.sheet import Link
from xlsxattn.layout.surface import Surface
from xlsxattn.style import HEADING_HEIGHT, TITLE_HEIGHT, TITLE_SIZE, Role, wrapped

NUMBERS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
LEFT = 2  # the column after the margin


def numbered(number: int, title: str) -> str:
    """A title with the number of its heading."""
    return f"{NUMBERS[number - 1] if number <= len(NUMBERS) else f'({number})'} {title}"


def put_title(surface: Surface, row: int, title: str, back: str, target: str) -> int:
    """The title of a sheet, and in its first row a link back to a sheet, where there is one."""
    if target:
        surface.text(row, surface.last_column, back, Role("back"))
        cell = surface.cell(row, surface.last_column)
        surface.sheet.links.append(Link(cell, Area(target, 1, 1, 1, 1)))
    lines = wrapped(title, surface.width(LEFT), TITLE_SIZE) or [""]
    for below, line in enumerate(lines):
        surface.text(row + below, LEFT, line, Role("title"))
        surface.end_row(row + below, TITLE_HEIGHT)
    return len(lines)


def put_heading(
    surface: Surface, row: int, title: str, mathematics: str, tone: str,
    second: tuple[int, str] | None = None, aside: bool = False,
) -> int:  # fmt: skip
    """A band's title, a second one over a later lane, and its mathematics at the right.

    With something ``aside``, the last cell is left to that, and a second title has the tone
    of what comes out; the mathematics stands before it.
    """
    texts = {LEFT: (title, "heading", tone)}
    later = "output" if aside else tone
    if second is not None:
        column = surface.lanes[second[0]].label
        if aside:
            texts[column - 2] = (mathematics, "mathematics", tone)
        texts[column] = (second[1], "heading", later)
    if not aside:
        texts[surface.last_column] = (mathematics, "mathematics", tone)
    for column, after in pairwise([*texts, surface.last_column + (not aside)]):
        text, kind, colour = texts[column]
        surface.text(row, column, text, Role(kind, colour))
        if fill := ("",) * (after - column - 1):
            surface.texts(surface.cell(row, column + 1), fill, Role("heading_fill", colour))
    return surface.end_row(row, HEADING_HEIGHT)


def put_link(surface: Surface, row: int, text: str, target: str) -> int:
    """A line that leads to another sheet."""
    surface.text(row, LEFT, text, Role("link"))
    surface.sheet.links.append(Link(surface.cell(row, LEFT), Area(target, 1, 1, 1, 1)))
    return surface.end_row(row)
