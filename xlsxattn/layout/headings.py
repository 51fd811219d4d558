"""What stands in bars and lines over bands: titles, headings, and links to other sheets."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from xlsxattn.a1 import Area
from xlsxattn.layout.sheet import Link, Neighbours
from xlsxattn.layout.surface import Surface
from xlsxattn.style import HEADING_HEIGHT, TITLE_HEIGHT, TITLE_SIZE, Role, wrapped
from xlsxattn.widths import characters

NUMBERS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
LEFT = 2  # the column after the margin
#: Between two links, and the least width of a cell that is easy to hit, in characters.
LINK_GAP, LINK_CELL = 2.0, 5.0


def numbered(number: int, title: str) -> str:
    """A title with the number of its heading."""
    return f"{circled(number)} {title}"


def circled(number: int) -> str:
    """The number of a heading, from 1."""
    return NUMBERS[number - 1] if number <= len(NUMBERS) else f"({number})"


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
    surface: Surface, row: int, title: str, mathematics: str, tone: str,
    second: tuple[int, str] | None = None, offset: int = 0, aside: bool = False,
) -> int:  # fmt: skip
    """A band's title, a second one over a later lane, and its mathematics at the right.

    That of a copy of the band stands ``offset`` columns further right. With something
    ``aside``, the last cell is left to that, and a second title has the tone of what comes out;
    the mathematics stands before it.
    """
    last = surface.last_column + offset
    texts = {LEFT + offset: (title, "heading", tone)}
    later = "output" if aside else tone
    if second is not None:
        column = surface.lanes[second[0]].label + offset
        if aside:
            texts[column - 2] = (mathematics, "mathematics", tone)
        texts[column] = (second[1], "heading", later)
    if not aside:
        texts[last] = (mathematics, "mathematics", tone)
    for column, after in pairwise([*texts, last + (not aside)]):
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
