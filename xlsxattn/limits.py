"""What a workbook file may be, looked at before anything of it is read.

A few bytes of an archive may inflate to gigabytes, and its directory may say another size. So
each part is inflated once, a piece at a time, and nothing of it is kept: sizes, depth and
counts are known before a parser or an engine sees any of it. What this costs is a hundredth of
a check. The largest lessons that can be built inflate to 250 MB, in parts packed 20 to 1.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from xlsxattn.a1 import Area

MOST_PARTS = 4096
MOST_BYTES = 1 << 30
#: What inflates to no more than this may be packed as well as can be.
SMALL = 3 << 20
#: How many times its size a larger file may inflate to.
MOST_TIMES = 50
#: Elements within one another.
MOST_DEPTH = 1000
#: Of each element in a part; of styles and links as many as Excel takes.
MOST = {
    b"c": 20_000_000, b"sheet": 1000, b"definedName": 10_000, b"mergeCell": 20_000,
    b"dataValidation": 20_000, b"cfRule": 20_000, b"xf": 65_490, b"hyperlink": 65_530,
    b"Relationship": 20_000,
}  # fmt: skip
#: Cells of one array formula, of all that a workbook has, and of the names that are compared.
MOST_ARRAY, MOST_IN_ARRAYS, MOST_IN_NAMES = 1 << 22, 1 << 24, 1 << 22
MOST_ARRAYS = 200_000
#: Characters of a formula, as Excel takes it, and functions and parentheses within one another.
MOST_FORMULA, MOST_NESTING = 8192, 128
#: Characters of long formulas that other cells share, more than these, counted for each of them.
MOST_SHARED, LONG = 2_000_000, 64
#: Bytes of the lesson that a workbook carries; the whole course has 0.2 MB.
MOST_LESSON = 4 << 20


class LimitError(ValueError):
    """A file that is not read, with what is wrong with it."""


_PIECE = 1 << 16
_LOCAL = struct.Struct("<4s22xHH")
_STORED, _DEFLATED, _LOCKED = 0, 8, 1
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)")
#: How XML begins in UTF-16.
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
#: Encodings in which markup is ASCII.
_PLAIN = (b"utf-8", b"us-ascii", b"ascii", b"iso-8859-", b"windows-125")


def inflated_size(path: Path) -> int:
    """How many bytes the parts of an archive have together, as its directory says."""
    with zipfile.ZipFile(path) as archive:
        return sum(info.file_size for info in archive.infolist())


def require_fair(path: Path) -> None:
    """LimitError, in a few words, for an archive that is none, lies, or is too large to read."""
    with path.open("rb") as file, zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        _require_directory(infos, path.stat().st_size)
        end = 0
        for info in sorted(infos, key=lambda one: one.header_offset):
            if info.header_offset < end:
                raise LimitError(f"{info.filename}: a part that overlaps another")
            part = _Part(info, file)
            part.require_fair()
            end = part.start + info.compress_size


def _require_directory(infos: list[zipfile.ZipInfo], size: int) -> None:
    """Numbers, names and sizes as the archive's directory says them."""
    if len(infos) > MOST_PARTS:
        raise LimitError(f"{len(infos)} parts, more than {MOST_PARTS}")
    name, times = next(iter(Counter(one.filename for one in infos).most_common(1)), ("", 0))
    if times > 1:
        raise LimitError(f"{name}: {times} parts of one name")
    total = sum(one.file_size for one in infos)
    most = min(MOST_BYTES, max(SMALL, MOST_TIMES * size))
    if total > most:
        raise LimitError(f"{total} bytes packed into {size}, more than {most}")


class _Part:
    """A part of an archive, inflated without being kept."""

    def __init__(self, info: zipfile.ZipInfo, file: BinaryIO) -> None:
        self.info, self.file = info, file
        if info.compress_type not in (_STORED, _DEFLATED) or info.flag_bits & _LOCKED:
            raise LimitError(f"{info.filename}: a part that is locked or packed in another way")
        file.seek(info.header_offset)
        mark, name, extra = _LOCAL.unpack(file.read(_LOCAL.size))
        if mark != b"PK\x03\x04":
            raise LimitError(f"{info.filename}: no part where the directory says")
        self.start = info.header_offset + _LOCAL.size + name + extra

    def pieces(self) -> Iterator[bytes]:
        """All that it inflates to; LimitError as soon as that is more than the directory says."""
        self.file.seek(self.start)
        packed, left = self.info.compress_size, self.info.file_size
        inflate = zlib.decompressobj(-15)
        rest = b""
        checksum = 0
        while True:
            if not rest:
                rest = self.file.read(min(_PIECE, packed))
                packed -= len(rest)
            if self.info.compress_type == _STORED:
                piece, rest, ended = rest, b"", not packed
            else:
                piece = inflate.decompress(rest, _PIECE)
                rest, ended = inflate.unconsumed_tail, inflate.eof
            left -= len(piece)
            if left < 0 or (ended and left) or (not piece and not rest and not packed):
                break
            checksum = zlib.crc32(piece, checksum)
            yield piece
            if ended:
                break
        if left:
            raise LimitError(f"{self.info.filename}: not the {self.info.file_size} bytes that the "
                             "directory says")  # fmt: skip
        if checksum != self.info.CRC:
            raise LimitError(f"{self.info.filename}: a wrong checksum")

    def require_fair(self) -> None:
        """Its size is as said, and as XML it is neither deep nor full of one thing."""
        name = self.info.filename
        text: _Text | None = None
        for number, piece in enumerate(self.pieces()):
            if number == 0:
                if piece[:2] in _WIDE:
                    raise LimitError(f"{name}: no XML in UTF-8")
                is_text = piece.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"
                text = _Text(name, piece) if is_text else None
            if text is not None:
                text.add(piece)


class _Text:
    """What is counted of a part that is XML, a piece at a time."""

    def __init__(self, name: str, start: bytes) -> None:
        self.name, self.rest, self.depth = name, b"", 0
        self.counts: Counter[bytes] = Counter()
        said = _ENCODING.search(start[:1000])
        if said and not said[1].lower().startswith(_PLAIN):
            raise LimitError(f"{name}: no XML in UTF-8")

    def add(self, piece: bytes) -> None:
        """One more piece; LimitError where there is too much of something."""
        text = self.rest + piece
        cut = text.rfind(b">") + 1 or len(text)
        text, self.rest = text[:cut], text[cut:]
        declared = text.count(b"<!")
        if declared and b"<!DOCTYPE" in text:
            raise LimitError(f"{self.name}: a declaration of entities")
        opened = text.count(b"<") - text.count(b"<?") - declared
        self.depth += opened - 2 * text.count(b"</") - text.count(b"/>")
        if self.depth > MOST_DEPTH:
            raise LimitError(f"{self.name}: more than {MOST_DEPTH} elements within one another")
        for element, most in MOST.items():
            self.counts[element] += text.count(b"<" + element + b" ")
            if self.counts[element] > most:
                raise LimitError(f"{self.name}: more than {most} of {element.decode()}")


def require_formula(place: str, formula: str) -> None:
    """LimitError for a formula that is longer or deeper than any program takes."""
    if len(formula) > MOST_FORMULA:
        raise LimitError(f"{place}: a formula of {len(formula)} characters")
    if formula.count("(") <= MOST_NESTING:
        return
    depth = 0
    for sign in formula:
        depth += (sign == "(") - (sign == ")")
        if depth > MOST_NESTING:
            raise LimitError(f"{place}: a formula of more than {MOST_NESTING} parentheses")


class Counted:
    """What the cells of a workbook hold of which there may be too much; LimitError where it is."""

    def __init__(self) -> None:
        self.arrays = self.in_arrays = self.shared = 0

    def add_array(self, place: str, area: Area) -> None:
        """One more array formula."""
        cells = area.rows * area.columns
        if area.rows < 1 or area.columns < 1:
            raise LimitError(f"{place}: an array formula over no cell")
        self.arrays, self.in_arrays = self.arrays + 1, self.in_arrays + cells
        if cells > MOST_ARRAY or self.in_arrays > MOST_IN_ARRAYS or self.arrays > MOST_ARRAYS:
            raise LimitError(f"{place}: {self.arrays} array formulas over {self.in_arrays} cells")

    def add_shared(self, place: str, characters: int) -> None:
        """One more cell that shares a formula."""
        self.shared += max(0, characters - LONG)
        if self.shared > MOST_SHARED:
            raise LimitError(f"{place}: shared formulas of more than {MOST_SHARED} characters")
