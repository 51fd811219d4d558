"""What a saved workbook has around its cells: lists, charts, styles, how it calculates.

Read from the parts of the file, in whatever form a program has written them.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from xlsxattn.a1 import Area, parse_area
from xlsxattn.errors import WorkbookError
from xlsxattn.saved import sheet_parts
from xlsxattn.sheet_rows import MAIN, PIECE
from xlsxattn.writer.properties import frame_digest, part_digest

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_ROWS = re.compile(rb"<sheetData ?/>|<sheetData>.*</sheetData>", re.DOTALL)
_HIDDEN = re.compile(rb'<row [^>]*\b(?:hidden="(?:1|true)"|ht="0(?:\.0*)?")')
#: A column that is narrower than this, in characters, shows nothing.
NARROW = 0.5
Element = ElementTree.Element


@dataclass(frozen=True)
class Accepted:
    """What some cells accept: a list, or numbers between two."""

    areas: tuple[Area, ...]
    kind: str
    first: str
    second: str
    refuses: bool


@dataclass(frozen=True)
class SavedSeries:
    """A series of a chart: the references of its name, its x and its numbers, and what it shows."""

    name: str
    x: str
    numbers: str
    shown: tuple[float | None, ...]


@dataclass(frozen=True)
class SavedChart:
    part: str
    title: str
    series: tuple[SavedSeries, ...]


@dataclass(frozen=True)
class Format:
    """What a style number stands for, as far as it decides what one sees."""

    number_format: str
    colour: str
    fill: str
    bold: bool


@dataclass
class Frame:
    """Everything around the cells of a workbook."""

    lists: dict[str, list[Accepted]] = field(default_factory=dict)
    charts: list[SavedChart] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)  # sheets, and sheets with hidden rows or columns
    protected: set[str] = field(default_factory=set)
    calculation: dict[str, str] = field(default_factory=dict)
    formats: list[Format] = field(default_factory=list)
    digest: str = ""
    application: str = ""
    modified: str = ""


def read_frame(path: Path) -> Frame:
    """The frame of a workbook; WorkbookError where a part of it cannot be read."""
    frame = Frame()
    try:
        with zipfile.ZipFile(path) as archive:
            book = _root(archive, "xl/workbook.xml")
            _add_book(frame, book)
            digests = []
            for title, part in sheet_parts(archive).items():
                with archive.open(part) as source:
                    content, has_hidden = _without_rows(source)
                if has_hidden:
                    frame.hidden.add(title)
                digests.append((part, part_digest(part, content)))
                _add_sheet(frame, title, ElementTree.fromstring(_ROWS.sub(b"", content)))
            known = {name for name, _ in digests}
            for name in archive.namelist():
                if re.fullmatch(r"xl/charts/chart\d+\.xml", name):
                    frame.charts.append(_chart(name, _root(archive, name)))
                if name not in known and name.startswith("xl/") and name.endswith(".xml"):
                    digests.append((name, part_digest(name, archive.read(name))))
            frame.formats = list(_formats(_root(archive, "xl/styles.xml")))
            frame.digest = frame_digest(digests)
            frame.application = _said(archive, "docProps/app.xml", "Application")
            frame.modified = _said(archive, "docProps/core.xml", "modified")
    except (KeyError, ValueError, IndexError, ElementTree.ParseError) as error:
        reason = " ".join(str(error).split())[:80]
        raise WorkbookError(f"{path}: expected lists, charts and styles, got {reason}") from None
    return frame


def _without_rows(source: IO[bytes]) -> tuple[bytes, bool]:
    """A sheet's part without most of its rows, of which there may be many megabytes.

    The other value is whether a row is hidden.
    """
    head, mark, rest = source.read(PIECE).partition(b"<sheetData>")
    has_hidden = False
    while mark and b"</sheetData>" not in rest and (more := source.read(PIECE)):
        cut = max(0, rest.rfind(b"<"))  # no element is cut in two
        has_hidden = has_hidden or _HIDDEN.search(rest, 0, cut) is not None
        rest = rest[cut:] + more
    content = head + mark + rest + source.read()
    return content, has_hidden or _HIDDEN.search(content) is not None


def _root(archive: zipfile.ZipFile, name: str) -> Element:
    return ElementTree.fromstring(archive.read(name))


def _said(archive: zipfile.ZipFile, part: str, key: str) -> str:
    """What a part of the document's properties says under a key."""
    if part not in archive.namelist():
        return ""
    found = (one for one in _root(archive, part).iter() if one.tag.endswith(f"}}{key}"))
    return next((one.text or "" for one in found), "")


def _add_book(frame: Frame, book: Element) -> None:
    for one in book.iter(f"{MAIN}calcPr"):
        frame.calculation = dict(one.attrib)
    for sheet in book.iter(f"{MAIN}sheet"):
        if sheet.get("state", "visible") != "visible":
            frame.hidden.add(sheet.get("name", ""))


def _add_sheet(frame: Frame, title: str, sheet: Element) -> None:
    for column in sheet.iter(f"{MAIN}col"):
        # LibreOffice hides the columns that come after all that are used.
        none = column.get("hidden") in ("1", "true") or float(column.get("width", 8)) < NARROW
        if none and int(column.get("max", 0)) < 1024:
            frame.hidden.add(title)
    for protection in sheet.iter(f"{MAIN}sheetProtection"):
        if protection.get("sheet") in ("1", "true"):
            frame.protected.add(title)
    found = frame.lists.setdefault(title, [])
    for one in sheet.iter(f"{MAIN}dataValidation"):
        areas = [parse_area(f"{title}!{part}") for part in (one.get("sqref") or "").split()]
        first, second = (one.findtext(f"{MAIN}formula{n}") or "" for n in (1, 2))
        refuses = one.get("showErrorMessage") in ("1", "true")
        stops = one.get("errorStyle", "stop") == "stop"
        found.append(Accepted(tuple(areas), one.get("type", ""), first, second, refuses and stops))


def _chart(part: str, root: Element) -> SavedChart:
    title = root.find(f"{_CHART}chart/{_CHART}title")
    texts = [] if title is None else [one.text or "" for one in title.iter(f"{_DRAWING}t")]
    return SavedChart(part, "".join(texts), tuple(map(_series, root.iter(f"{_CHART}ser"))))


def _series(one: Element) -> SavedSeries:
    def reference(*tags: str) -> str:
        found = (one.find(f"{_CHART}{tag}") for tag in tags)
        within = next((part for part in found if part is not None), None)
        texts = [] if within is None else [f.text or "" for f in within.iter(f"{_CHART}f")]
        if within is not None and not texts and tags == ("tx",):
            return '"' + "".join(within.itertext()).strip()
        return texts[0] if texts else ""

    shown: dict[int, float] = {}
    count = 0
    for cache in one.findall(f"{_CHART}val") + one.findall(f"{_CHART}yVal"):
        count = max(int(p.get("val", 0)) for p in [*cache.iter(f"{_CHART}ptCount"), Element("n")])
        for point in cache.iter(f"{_CHART}pt"):
            shown[int(point.get("idx", 0))] = float(point.findtext(f"{_CHART}v") or "nan")
    values = tuple(shown.get(index) for index in range(count)) if count < 1 << 20 else ()
    return SavedSeries(reference("tx"), reference("cat", "xVal"), reference("val", "yVal"), values)


#: The codes of the formats that every program knows by number.
_KNOWN = {0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%",
          11: "0.00E+00", 49: "@"}  # fmt: skip


def _formats(styles: Element) -> Iterator[Format]:
    """The formats of a workbook, by style number."""
    own = {int(n.get("numFmtId", 0)): n.get("formatCode", "")
           for n in styles.findall(f"{MAIN}numFmts/{MAIN}numFmt")}  # fmt: skip
    colours = [_colour(font.find(f"{MAIN}color")) for font in styles.iterfind(f"{MAIN}fonts/*")]
    bold = [_is_bold(font.find(f"{MAIN}b")) for font in styles.iterfind(f"{MAIN}fonts/*")]
    fills = [_fill(fill) for fill in styles.iterfind(f"{MAIN}fills/*")]
    for xf in styles.iterfind(f"{MAIN}cellXfs/{MAIN}xf"):
        number = int(xf.get("numFmtId", 0))
        code = own.get(number, _KNOWN.get(number, "General"))
        font, fill = int(xf.get("fontId", 0)), fills[int(xf.get("fillId", 0))]
        yield Format(code, colours[font], fill, bold[font])


def _is_bold(one: Element | None) -> bool:
    return one is not None and one.get("val", "1") not in ("0", "false")


def _colour(one: Element | None) -> str:
    return "" if one is None else one.get("rgb", "")[-6:]


def _fill(fill: Element) -> str:
    pattern = fill.find(f"{MAIN}patternFill")
    if pattern is None or pattern.get("patternType") != "solid":
        return ""
    return _colour(pattern.find(f"{MAIN}fgColor"))
