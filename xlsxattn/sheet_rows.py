"""The rows of a sheet's part as XML elements, a megabyte at a time.

``iterparse`` makes an event of every element, and reads a million cells in 10 s; rows that are
cut out of the bytes and parsed together take 1 s. It is used where a part is not of the plain
form that every program writes: other prefixes, comments, another encoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ROW = f"{MAIN}row"
PIECE = 1 << 20
_END = b"</row>"
#: A declaration, if any, and the root, up to the first row.
_HEAD = re.compile(
    rb"\s*(?:<\?xml [^>]*?encoding=[\"'][uU][tT][fF]-8[\"'][^>]*?\?>|<\?xml [^>e]*\?>)?\s*"
    rb"(<worksheet\b[^>]*>)(?:(?!<!|<row\b).)*?<sheetData>", re.DOTALL
)  # fmt: skip


def rows_of(source: IO[bytes]) -> Iterator[ElementTree.Element]:
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


def _parsed(root: bytes, rows: bytes) -> Iterator[ElementTree.Element]:
    tree = ElementTree.fromstring(root + rows + b"</worksheet>")
    yield from tree.iter(ROW)


def _plain(root: bytes, rows: bytes, source: IO[bytes]) -> Iterator[ElementTree.Element]:
    """What is left, by events."""
    yield from _one_by_one(root + b"<sheetData>" + rows, source)


def _one_by_one(start: bytes, source: IO[bytes]) -> Iterator[ElementTree.Element]:
    parser: Any = ElementTree.XMLPullParser(["end"])
    piece = start
    while piece:
        parser.feed(piece)
        for event in parser.read_events():
            element: ElementTree.Element = event[1]
            if element.tag == ROW:
                yield element
                element.clear()
        piece = source.read(PIECE)
    parser.close()
