"""What a PDF looks like on paper: how large its type is, and how full its pages are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: A number in a cell. Axes of charts show fewer decimals.
NUMBER = re.compile(r"[+−]?\d[\d,]*\.\d\d+")
#: How large indices and powers are set in a text, as shares of its size.
INDEX = (0.55, 0.61)
FOOTER = 0.62 * 72  # points from the lower edge of the paper


@dataclass(frozen=True)
class PrintedPage:
    """A page: the smallest type of its numbers and of anything, in points, and how full it is.

    ``filled`` is the share of the paper's height at which the ink ends, the footer apart;
    ``numbers`` says how many numbers stand on it.
    """

    cells: float
    smallest: float
    smallest_text: str
    filled: float
    numbers: int


def printed_pages(pdf: Path) -> list[PrintedPage]:
    """Every page of a PDF, measured."""
    from pdfminer.high_level import extract_pages

    return [_measured(page) for page in extract_pages(pdf)]


def _measured(page: Any) -> PrintedPage:
    lines = [line for line in _lines(page) if line.y0 > FOOTER]
    sized = [(_size(line), line.get_text().strip()) for line in lines if line.get_text().strip()]
    cells = [
        (size, word) for size, text in sized for word in text.split() if NUMBER.fullmatch(word)
    ]
    smallest, text = min(sized)
    ends = min(line.y0 for line in lines)
    return PrintedPage(
        min((size for size, _ in cells), default=99.0), smallest, text,
        1 - ends / page.height, len(cells),
    )  # fmt: skip


def _lines(part: Any) -> Iterator[Any]:
    from pdfminer.layout import LTTextLine

    if isinstance(part, LTTextLine):
        yield part
    elif hasattr(part, "__iter__"):
        for inner in part:
            yield from _lines(inner)


def _size(line: Any) -> float:
    """The smallest type of a line, in points to a tenth; upright texts only, no indices."""
    from pdfminer.layout import LTChar

    shown = [c for c in line if isinstance(c, LTChar) and c.get_text().strip()]
    sizes = [c.size for c in shown if c.upright]
    largest, (least, most) = max(sizes, default=0), INDEX
    return min(
        (round(s, 1) for s in sizes if not least * largest < s < most * largest), default=99.0
    )
