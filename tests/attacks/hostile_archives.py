"""Archives that lie, burst or lack something."""

from __future__ import annotations

import random
import struct
import zlib

from attacks.hostile import BOOK, SHEET, Parts, Spoil, packed, replace


def _large(source: random.Random, megabytes: int, kind: int) -> bytes:
    """What packs to almost nothing."""
    piece = [
        b" " * 4096, b"<c/>" * 1024, b'<row r="6000"><c r="A6000"><v>1</v></c></row>' * 100,
        b"<si><t>a</t></si>" * 256, b"<!-- -->" * 512, b"<a>" * 1024,
    ][kind]  # fmt: skip
    return piece * (megabytes * (1 << 20) // len(piece))


def bomb_in_a_sheet(content: Parts, source: random.Random) -> bytes:
    large = _large(source, source.choice([20, 50, 150, 400]), source.randrange(6))
    content[SHEET] = content[SHEET].replace(b"</sheetData>", large + b"</sheetData>", 1)
    return packed(content, source.choice([1, 6, 9]))


def bomb_elsewhere(content: Parts, source: random.Random) -> bytes:
    names = ["xl/sharedStrings.xml", "xl/styles.xml", "xl/theme/theme1.xml", "docProps/custom.xml",
             "customXml/item1.xml", "[Content_Types].xml", BOOK, "xl/media/image1.png",
             "xl/_rels/workbook.xml.rels", "docProps/core.xml"]  # fmt: skip
    name = source.choice(names)
    large = _large(source, source.choice([20, 50, 150, 400]), source.randrange(6))
    head, mark, tail = content.get(name, b"<a></a>").rpartition(b"</")
    content[name] = head + large + mark + tail
    return packed(content, 9)


def bomb_of_bombs(content: Parts, source: random.Random) -> bytes:
    """Many parts, none of them large."""
    piece = _large(source, 3, source.randrange(6))
    for number in range(source.choice([50, 150])):
        content[f"xl/media/image{number}.bin"] = piece
    return packed(content, 9)


def _patched(file: bytes, name: str, offset: int, form: str, value: int, where: str) -> bytes:
    """A field of a part's entry in the directory, in its local header, or in both."""
    changed = bytearray(file)
    if "directory" in where:
        start = file.rindex(b"PK\x01\x02", 0, file.rindex(name.encode()))
        struct.pack_into(form, changed, start + offset, value)
    if "header" in where:
        start = file.rindex(b"PK\x03\x04", 0, file.index(name.encode()) + 1)
        struct.pack_into(form, changed, start + offset - 2, value)
    return bytes(changed)


def lying_size(content: Parts, source: random.Random) -> bytes:
    """The directory says another size than the part inflates to, and a checksum that fits it."""
    name = source.choice([SHEET, BOOK, "xl/styles.xml"])
    said = source.choice([10, 1000, len(content[name]) // 2, len(content[name]) + 5, 2**32 - 2])
    if source.random() < 0.5:
        content[name] += b" " * (source.choice([1, 100, 300]) << 20)
    file, where = packed(content), source.choice(["directory", "directory and header"])
    file = _patched(file, name, 24, "<I", said, where)
    return _patched(file, name, 16, "<I", zlib.crc32(content[name][:said]), where)


def lying_packed_size(content: Parts, source: random.Random) -> bytes:
    said = source.choice([0, 1, 50, 10**6, 2**32 - 2])
    return _patched(packed(content), SHEET, 20, "<I", said, "directory")


def wrong_checksum(content: Parts, source: random.Random) -> bytes:
    name = source.choice(list(content))
    return _patched(packed(content), name, 16, "<I", source.getrandbits(32), "directory and header")


def unknown_method(content: Parts, source: random.Random) -> bytes:
    method = source.choice([1, 9, 12, 14, 93, 99])
    return _patched(packed(content), SHEET, 10, "<H", method, "directory and header")


def locked(content: Parts, source: random.Random) -> bytes:
    return _patched(packed(content), SHEET, 8, "<H", 1, "directory and header")


def truncated(content: Parts, source: random.Random) -> bytes:
    file = packed(content)
    return file[: source.randrange(len(file))]


def _directory_of(file: bytes) -> int:
    return int(struct.unpack_from("<I", file, file.rindex(b"PK\x05\x06") + 16)[0])


def overlapping(content: Parts, source: random.Random) -> bytes:
    """One part packed once, and many entries that say that it is theirs."""
    content["xl/media/a.bin"] = b"\0" * (source.choice([1, 4]) << 20)
    file = packed(content, 9)
    start, end = _directory_of(file), file.rindex(b"PK\x05\x06")
    entry = file[file.rindex(b"PK\x01\x02", 0, file.rindex(b"xl/media/a.bin")) : end]
    count = source.choice([20, 300])
    more = b"".join(entry for _ in range(count))
    directory = file[start:end] + more
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, len(content) + count, len(content) + count,
                       len(directory), start, 0)  # fmt: skip
    return file[:start] + directory + tail


def twice_the_same_name(content: Parts, source: random.Random) -> bytes:
    """Which one is read depends on who reads."""
    other = b"xl/worksheets/sheetX.xml"
    content[other.decode()] = content[SHEET].replace(b"<v>1", b"<v>9")
    return packed(content).replace(other, SHEET.encode())


def thousands_of_parts(content: Parts, source: random.Random) -> bytes:
    for number in range(source.choice([5_000, 60_000])):
        content[f"xl/a{number}"] = b""
    return packed(content, 1)


def missing_part(content: Parts, source: random.Random) -> None:
    spare = ("docProps", "customXml", "xl/theme", "xl/dr", "xl/charts", "xl/worksheets/_rels")
    needed = [name for name in content if not name.startswith(spare)]
    del content[source.choice(needed)]


def wrong_content_types(content: Parts, source: random.Random) -> None:
    types = content["[Content_Types].xml"]
    content["[Content_Types].xml"] = source.choice([
        b"", b"<Types/>", types.replace(b"sheet.main+xml", b"template.main+xml", 1),
        types.replace(b"worksheet+xml", b"chartsheet+xml"), types[: len(types) // 2],
        types.replace(b"/xl/workbook.xml", b"/../../etc/passwd"),
    ])  # fmt: skip


def names_that_lead_out(content: Parts, source: random.Random) -> None:
    outside = source.choice(["../../etc/passwd", "/etc/passwd", "file:///etc/passwd",
                             "..\\..\\a.xml", "xl/../../../tmp/a.xml", "C:/a.xml"])  # fmt: skip
    content[outside] = b"<a/>"
    replace(content, "xl/_rels/workbook.xml.rels", "worksheets/sheet1.xml", outside)


def external_links(content: Parts, source: random.Random) -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLink"
    number = source.choice([1, 1000])
    rels = "".join(
        f'<Relationship Id="x{n}" Type="{kind}" Target="http://192.0.2.1/{n}.xlsx" '
        'TargetMode="External"/>' for n in range(number)
    )  # fmt: skip
    replace(content, "xl/_rels/workbook.xml.rels", "</Relationships>", rels + "</Relationships>")
    found = "".join(f'<externalReference r:id="x{n}"/>' for n in range(number))
    namespace = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    replace(content, BOOK, "</sheets>",
            f"</sheets><externalReferences {namespace}>{found}</externalReferences>")  # fmt: skip


def noise(content: Parts, source: random.Random) -> bytes:
    """Some bytes of a part are others."""
    name = source.choice(list(content))
    data = bytearray(content[name])
    for _ in range(source.choice([1, 5, 50])):
        data[source.randrange(len(data))] = source.randrange(256)
    content[name] = bytes(data)
    return packed(content)


def no_archive(content: Parts, source: random.Random) -> bytes:
    return source.choice([b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), source.randbytes(5000),
                          packed(content)[::-1], b"\xd0\xcf\x11\xe0" + bytes(5000)])  # fmt: skip


#: What a check must not pass, and what may be well in the end.
NEVER: list[Spoil] = [
    bomb_in_a_sheet, bomb_elsewhere, bomb_of_bombs, lying_size, lying_packed_size, wrong_checksum,
    unknown_method, locked, truncated, overlapping, twice_the_same_name, thousands_of_parts,
    missing_part, names_that_lead_out, no_archive,
]  # fmt: skip
PERHAPS: list[Spoil] = [wrong_content_types, external_links, noise]
