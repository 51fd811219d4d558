"""Labels that are too long for their cells: over several lines, in rows that are taller."""

from __future__ import annotations

from math import ceil

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
    """The height of a row, in points and whole pixels, that holds so many lines."""
    return ROW_HEIGHT if lines < 2 else ceil((lines * look(role).size * 1.25 + 3) / 0.75) * 0.75
