"""What a workbook says of itself in its custom properties, and the digest of its frame.

Every file says what it is (``KINDS``) and which version wrote it. A lesson is there once more,
packed, because LibreOffice keeps properties when it saves and drops parts that it does not know.
The frame is all that is not the content of a cell: styles, names, lists, charts. Its digest
tells whether a file is still as it was written.
"""

from __future__ import annotations

import base64
import bz2
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

from xlsxattn.limits import MOST_LESSON

#: What a workbook may be: a lesson file's, one written from Python, a model's.
KINDS = ("lesson", "python", "model")
#: The kinds that carry a lesson, for ``check``.
CARRYING = frozenset({"lesson"})

KIND, VERSION, DIGEST, LESSON = (
    f"xlsxattn {name}" for name in ("kind", "version", "digest", "lesson")
)
#: The longest text that Office takes as a property.
LONGEST = 255

#: The groups of parts that have a digest each, by what their names begin with.
GROUPS: dict[str, str | tuple[str, ...]] = {
    "styles": "xl/styles.xml",
    "workbook": "xl/workbook.xml",
    "sheets": "xl/worksheets/sheet",
    "charts": ("xl/charts/", "xl/drawings/drawing"),
}
# Stored values of charts are values, not frame.
_CACHED = re.compile(rb"<(\w+:)?v>[^<]*</(\w+:)?v>")
_ROWS = re.compile(rb"<sheetData ?/>|<sheetData>.*</sheetData>", re.DOTALL)


def packed(lesson: str) -> Iterator[tuple[str, str]]:
    """A lesson as properties; bz2 packs the same everywhere, which zlib does not."""
    text = base64.b64encode(bz2.compress(lesson.encode())).decode()
    for number, start in enumerate(range(0, len(text), LONGEST), start=1):
        yield f"{LESSON} {number}", text[start : start + LONGEST]


def unpacked(properties: Mapping[str, str]) -> str | None:
    """The lesson in some properties; None where there is none, ValueError where it is damaged."""
    pieces: list[str] = []
    while (name := f"{LESSON} {len(pieces) + 1}") in properties:
        pieces.append(properties[name])
    if not pieces:
        return None
    try:
        bytes_of = bz2.BZ2Decompressor()
        text = bytes_of.decompress(base64.b64decode("".join(pieces), validate=True), MOST_LESSON)
        if not bytes_of.eof:
            raise ValueError("more than a lesson, or less")
        return text.decode()
    except OSError as error:
        raise ValueError(str(error)) from None


def part_digest(name: str, content: bytes) -> bytes:
    """The digest of what a part has of the frame: all but the rows of a sheet, and values."""
    frame = _ROWS.sub(b"", content) if name.startswith(GROUPS["sheets"]) else content
    return hashlib.sha256(_CACHED.sub(b"", frame)).digest()


def frame_digest(parts: Iterable[tuple[str, bytes]]) -> str:
    """Names and digests of parts as one short text, by group: ``styles=… workbook=… …``."""
    known = sorted(parts)
    found = []
    for group, start in GROUPS.items():
        of_group = hashlib.sha256()
        for name, digest in known:
            if name.startswith(start):
                of_group.update(name.encode() + b"\0" + digest)
        found.append(f"{group}={of_group.hexdigest()[:16]}")
    return " ".join(found)
