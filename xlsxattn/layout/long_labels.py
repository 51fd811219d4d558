"""Labels that are too long for their cells: over several lines, in rows that are taller."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from xlsxattn.labels import label_text
from xlsxattn.layout.surface import Surface
from xlsxattn.outline import Block, Lane
from xlsxattn.style import ROW_HEIGHT, Role, look
from xlsxattn.widths import characters

#: How much too long a text may be, which is then set smaller in its one line.
SHRINKABLE = 1.5
MOST_LINES = 4
PADDING = 0.6  # of a cell, in characters


def lines_of(text: str, width: float, role: Role) -> int:
    """How many lines a text takes in a cell of a width in characters."""
    room = (width - PADDING) * 11 / look(role).size
    share = characters(text) / room
    return 1 if share <= SHRINKABLE else min(ceil(share), MOST_LINES)


def height_of(lines: int, role: Role) -> float:
    """The height of a row, in points, that holds so many lines."""
    return ROW_HEIGHT if lines < 2 else lines * look(role).size * 1.25 + 3


def extra_height(surface: Surface, lanes: Iterable[Lane]) -> float:
    """By how much, in points, the rows of a band are taller than usual, at the most."""
    extra = 0.0
    for lane, columns in zip(lanes, surface.lanes, strict=False):
        for block in lane:
            if isinstance(block, Block):
                head = [_extra(label_text(text), surface.width_of(columns.first), Role("header"))
                        for text in block.column_labels]  # fmt: skip
                rows = [_extra(label_text(text), surface.width_of(columns.label), Role("label"))
                        for text in block.row_labels]  # fmt: skip
                extra += max(head, default=0.0) + sum(rows)
    return extra


def _extra(text: str, width: float, role: Role) -> float:
    return height_of(lines_of(text, width, role), role) - ROW_HEIGHT
