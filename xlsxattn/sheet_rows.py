"""The rows of a sheet's part as XML elements, a megabyte at a time.

``iterparse`` makes an event of every element, and reads a million cells in 10 s; rows that are
cut out of the bytes and parsed together take 1 s. It is used where a part is not of the plain
form that every program writes: other prefixes, comments, another encoding.

Plain numbers side by side become no elements at all: one element stands for them in their row,
and the numbers are read from the bytes, a million in 0.6 s where elements take 9 s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import IO, Any
from xml.etree import ElementTree

from xlsxattn.a1 import MAX_COLUMNS, column_letters, column_number

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ROW = f"{MAIN}row"
#: What stands for numbers side by side; ``n`` counts them from 0.
RUN = f"{MAIN}run"
PIECE = 1 << 20
_END = b"</row>"
#: Cells of one row and style that hold a number and nothing else.
_CELLS = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9][0-9]*)"((?: s="[0-9]+")?(?: t="n")?)><v>[-+.0-9eE]+</v></c>'
    rb'(?:<c r="[A-Z]{1,3}\2"\3><v>[-+.0-9eE]+</v></c>)+'
)
_LETTERS = re.compile(rb' r="([A-Z]+)')
_NUMBER = re.compile(rb"<v>([^<]+)")
_STYLE = re.compile(rb' s="([0-9]+)')
#: A declaration, if any, and the root, up to the first row.
_HEAD = re.compile(
    rb"\s*(?:<\?xml [^>]*?encoding=[\"'][uU][tT][fF]-8[\"'][^>]*?\?>|<\?xml [^>e]*\?>)?\s*"
    rb"(<worksheet\b[^>]*>)(?:(?!<!|<row\b).)*?<sheetData>", re.DOTALL
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """Numbers in cells side by side, of one style: as the file has them, ``inf`` if too large."""

    row: int
    first: int
    style: int
    numbers: list[float]

    @property
    def last(self) -> int:
        """The column of its last number."""
        return self.first + len(self.numbers) - 1


#: A row, and the runs that its elements ``RUN`` stand for, by their number.
Row = tuple[ElementTree.Element, list[Run]]


def rows_of(source: IO[bytes]) -> Iterator[Row]:
    """The rows of a sheet, one at a time; each is good until the next one is asked for.

    ParseError where the part is no XML.
    """
    start = source.read(PIECE).removeprefix(b"\xef\xbb\xbf")
    head = _HEAD.match(start)
    if head is None:
        yield from _one_by_one(start, source)
        return
    rest = start[head.end() :]
    while True:
        piece, found, rest = rest.rpartition(_END)
        if b"<!" in piece or b"</sheetData" in piece:
            yield from _plain(head[1], piece + found + rest, source)
            return
        if found:
            yield from _parsed(head[1], piece + found)
        more = source.read(PIECE)
        if not more:
            return
        rest += more


def _parsed(root: bytes, rows: bytes) -> Iterator[Row]:
    runs: list[Run] = []

    def folded(cells: re.Match[bytes]) -> bytes:
        run = _run(cells)
        if run is None:
            return cells[0]
        runs.append(run)
        return b'<run n="%d"/>' % (len(runs) - 1)

    if b"<run" not in rows and b":run" not in rows:  # a name that is not taken
        rows = _CELLS.sub(folded, rows)
    tree = ElementTree.fromstring(root + rows + b"</worksheet>")
    yield from ((row, runs) for row in tree.iter(ROW))


def _run(cells: re.Match[bytes]) -> Run | None:
    """Cells as a run; None where they are not side by side."""
    letters, first = _LETTERS.findall(cells[0]), column_number(cells[1].decode())
    if letters != _all_letters()[first - 1 : first - 1 + len(letters)]:
        return None
    style = _STYLE.match(cells[3])
    numbers = [float(number) for number in _NUMBER.findall(cells[0])]
    return Run(int(cells[2]), first, int(style[1]) if style else 0, numbers)


@cache
def _all_letters() -> list[bytes]:
    return [column_letters(column).encode() for column in range(1, MAX_COLUMNS + 1)]


def _plain(root: bytes, rows: bytes, source: IO[bytes]) -> Iterator[Row]:
    """What is left, by events."""
    yield from _one_by_one(root + b"<sheetData>" + rows, source)


def _one_by_one(start: bytes, source: IO[bytes]) -> Iterator[Row]:
    parser: Any = ElementTree.XMLPullParser(["end"])
    piece = start
    while piece:
        parser.feed(piece)
        for event in parser.read_events():
            element: ElementTree.Element = event[1]
            if element.tag == ROW:
                yield element, []
                element.clear()
        piece = source.read(PIECE)
    parser.close()
