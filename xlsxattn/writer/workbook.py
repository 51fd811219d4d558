"""A layout as an .xlsx file: the only writer, and the only user of openpyxl for writing.

openpyxl builds everything around the cells: styles, names, charts, validation, print
set-up. The cells themselves come from ``cells``, because openpyxl cannot store a value
beside a formula, and a file without values shows nothing in a preview, on a phone, or
in Excel's Protected View.

A file is reproducible: fixed dates, stable order; on one machine, with one NumPy, the same parts
byte for byte, elsewhere the same but for stored values, and those to 1e-12.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.packaging.custom import StringProperty
from openpyxl.packaging.extended import ExtendedProperties
from openpyxl.packaging.manifest import Override
from openpyxl.packaging.relationship import Relationship
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.stylesheet import write_stylesheet
from openpyxl.workbook._writer import WorkbookWriter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter
from openpyxl.writer.theme import theme_xml
from openpyxl.xml.constants import (
    ARC_APP,
    ARC_CORE,
    ARC_CUSTOM,
    ARC_ROOT_RELS,
    ARC_STYLE,
    ARC_THEME,
    ARC_WORKBOOK,
    ARC_WORKBOOK_RELS,
    CPROPS_TYPE,
)
from openpyxl.xml.functions import tostring

from xlsxattn import __version__
from xlsxattn.a1 import Area, address, column_letters, number_text, quote_sheet
from xlsxattn.errors import WorkbookError
from xlsxattn.layout.sheet import Layout, Range, Refusal, Sheet
from xlsxattn.style import (
    BOTTOM_MARGIN,
    MUTED,
    PAPER,
    PAPERS,
    SIDE_MARGIN,
    TEXT_FONT,
    TOP_MARGIN,
    Look,
    Role,
    look,
)
from xlsxattn.whole import whole_file
from xlsxattn.writer import cells, charts, formats
from xlsxattn.writer.archive import LARGE, LARGE_LESSON, ReproducibleZip
from xlsxattn.writer.formats import batched, together
from xlsxattn.writer.properties import (
    DIGEST,
    KIND,
    VERSION,
    frame_digest,
    packed,
    part_digest,
)
from xlsxattn.writer.spelling import plain

#: Every date in a file: the lesson's content has no date, and its parts must not differ.
EPOCH = datetime.datetime(2000, 1, 1)

LESSON_PART = "customXml/item1.xml"
LESSON_NAMESPACE = "urn:xlsxattn:lesson:1"
#: Of the theme: the fonts of some thirty scripts, for texts that name no font; all of ours do.
_SCRIPT_FONTS = re.compile(r"\s*<a:font script=[^>]*/>")
#: How many bytes of a sheet are deflated together.
PIECE = 1 << 17
# The validator wants a font's children in the schema's order, which puts the name late.
Font.__elements__ = (
    "b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign",
    "sz", "color", "name", "family", "charset", "scheme",
)  # fmt: skip


def save(
    layouts: Sequence[Layout],
    path: Path,
    *,
    title: str,
    subject: str,
    language: str,
    kind: str = "python",
    lesson: str = "",
    paper: str = PAPER,
) -> None:
    """Write layouts to one file; ``lesson`` is the text that it carries for ``check``.

    It says that it is of a ``kind``, one of ``properties.KINDS``.

    ``paper`` is one of ``style.PAPERS``, for which it is set up to be printed.
    Names are the workbook's where there is one layout, their sheet's where there are more.
    The file appears whole or not at all. WorkbookError where it cannot be written.
    """
    workbook = _Builder(layouts, paper).build()
    properties = workbook.properties
    properties.title, properties.subject, properties.language = title, subject, language
    properties.creator = "xlsxattn"
    properties.created = properties.modified = EPOCH
    said = {KIND: kind, VERSION: __version__, **dict(packed(lesson) if lesson else ())}
    for name, text in said.items():
        workbook.custom_doc_props.append(StringProperty(name=name, value=text))
    large = LARGE_LESSON if kind == "lesson" else LARGE
    with whole_file(path, WorkbookError) as file, ReproducibleZip(file, large) as archive:
        _Writer(workbook, archive, layouts, lesson).save()


# --- what openpyxl builds -------------------------------------------------------------


class _Builder:
    def __init__(self, layouts: Sequence[Layout], paper: str) -> None:
        self.layouts, self.paper = layouts, paper
        self.workbook = openpyxl.Workbook()
        self.workbook.remove(self.workbook.active)
        # The default font is the unit of column widths. Arial, or a font of the same widths,
        # is on every system; Calibri is not, and its stand-ins are wider.
        self.workbook._fonts[0] = Font(name=TEXT_FONT, sz=10, family=2)
        self.workbook._named_styles["Normal"].font = self.workbook._fonts[0]

    def build(self) -> openpyxl.Workbook:
        for layout in self.layouts:
            for sheet in layout.sheets:
                self.add_sheet(sheet)
            for name, area in layout.names.items():
                scope = self.workbook if len(self.layouts) == 1 else self.workbook[area.sheet]
                scope.defined_names[name] = DefinedName(name, attr_text=area.with_sheet)
        return self.workbook

    def add_sheet(self, sheet: Sheet) -> None:
        worksheet = self.workbook.create_sheet(sheet.title)
        worksheet.sheet_view.showGridLines = False
        for column, width in sheet.widths.items():
            worksheet.column_dimensions[column_letters(column)].width = width
        if sheet.frozen_rows:
            worksheet.freeze_panes = address(sheet.frozen_rows + 1, sheet.frozen_columns + 1)
        self.set_up_print(worksheet, sheet)
        self.add_choices(worksheet, sheet)
        self.add_ranges(worksheet, sheet)
        self.add_lengths(worksheet, sheet)
        for area in sheet.merges:
            worksheet.merged_cells.add(area.relative)
        formats.add_formats(worksheet, sheet)
        for placed in sheet.charts:
            worksheet.add_chart(charts.chart(placed))

    def set_up_print(self, worksheet: Worksheet, sheet: Sheet) -> None:
        # An explicit scale, not fit-to-page: Excel ignores manual breaks beside the latter.
        worksheet.page_setup.orientation = "landscape" if sheet.landscape else "portrait"
        worksheet.page_setup.paperSize = PAPERS[self.paper]
        worksheet.page_setup.scale = sheet.scale
        margins = worksheet.page_margins
        margins.left = margins.right = SIDE_MARGIN
        margins.top, margins.bottom = TOP_MARGIN, BOTTOM_MARGIN
        margins.header = margins.footer = 0.35
        worksheet.print_options.horizontalCentered = True
        # A sheet that is not printed has one empty cell for its print area.
        columns = sheet.print_columns or sheet.last_column
        last = address(sheet.last_row, columns) if sheet.printed else "A1"
        worksheet.print_area = f"A1:{last}"
        if sheet.repeated_row:
            worksheet.print_title_rows = f"{sheet.repeated_row}:{sheet.repeated_row}"
            worksheet.print_title_cols = f"A:{column_letters(sheet.frozen_columns)}"
        for row in sheet.breaks:
            worksheet.row_breaks.append(Break(row))
        left, right = sheet.footer
        worksheet.oddFooter.left.text = left[:80].replace("&", "&&")  # 255 for all of it
        worksheet.oddFooter.right.text = right
        for part in (worksheet.oddFooter.left, worksheet.oddFooter.right):
            part.size, part.font, part.color = 8, f"{TEXT_FONT},Regular", MUTED

    def add_choices(self, worksheet: Worksheet, sheet: Sheet) -> None:
        for choice in sheet.choices:
            if isinstance(choice.source, tuple):
                listed = '"' + ",".join(map(number_text, choice.source)) + '"'
            else:
                same = choice.source.sheet == sheet.title
                listed = choice.source.absolute if same else choice.source.with_sheet
            validation = _validation([choice.area], choice.refusal, type="list", formula1=listed)
            worksheet.add_data_validation(validation)

    def add_ranges(self, worksheet: Worksheet, sheet: Sheet) -> None:
        """One validation for all cells that take the same numbers."""
        alike: dict[Range, list[Area]] = {}
        for one in sheet.ranges:
            alike.setdefault(replace(one, area=sheet.ranges[0].area), []).append(one.area)
        for one, areas in alike.items():
            for some in batched(areas):
                validation = _validation(
                    some, one.refusal, type="whole" if one.whole else "decimal",
                    operator="between", formula1=number_text(one.least),
                    formula2=number_text(one.largest),
                )  # fmt: skip
                worksheet.add_data_validation(validation)

    def add_lengths(self, worksheet: Worksheet, sheet: Sheet) -> None:
        for one in sheet.lengths:
            validation = _validation(
                [one.area], one.refusal, type="textLength", operator="lessThanOrEqual",
                formula1=str(one.most),
            )  # fmt: skip
            validation.allow_blank = True
            worksheet.add_data_validation(validation)


# --- what is written here: the parts, cells among them, and the lesson ----------------


def _validation(areas: Sequence[Area], refusal: Refusal, **accepted: str) -> DataValidation:
    """What some cells accept, and what is said about anything else."""
    return DataValidation(
        sqref=together(areas), allow_blank=False, showErrorMessage=True,
        errorTitle=refusal.title, error=refusal.message, **accepted,
    )  # fmt: skip


class _Styles:
    """The style number of a role, registered with openpyxl when it is first asked for."""

    def __init__(self, workbook: openpyxl.Workbook) -> None:
        self.worksheet = workbook.worksheets[0]
        self.numbers: dict[Role, int] = {}

    def __call__(self, role: Role) -> int:
        if role not in self.numbers:
            self.numbers[role] = self.register(look(role))
        return self.numbers[role]

    def register(self, look: Look) -> int:
        cell = WriteOnlyCell(self.worksheet)
        cell.font = Font(name=look.font, sz=look.size, b=look.bold or None,
                         i=look.italic or None, color=look.colour,
                         u="single" if look.underline else None)  # fmt: skip
        if look.fill:
            cell.fill = PatternFill("solid", fgColor=look.fill)
        if look.border:
            thin, thick = Side("thin", color=look.border), Side("medium", color=look.frame_colour)
            sides = {
                name: thick if name[0] in look.frame else thin
                for name in ("left", "right", "top", "bottom")
            }
            cell.border = Border(**sides)
        cell.alignment = Alignment(
            horizontal=look.align or None,
            vertical=look.vertical,
            shrinkToFit=look.shrink or None,
            wrapText=look.wrap or None,
            textRotation=90 if look.upright else 0,
            indent=look.indent,
        )
        cell.number_format = "@" if look.text_only else look.number_format
        cell.quotePrefix = look.text_only
        return int(cell.style_id)


class _Writer(ExcelWriter):
    """openpyxl's writer, with cells, alternative texts and the lesson of our own."""

    def __init__(
        self,
        workbook: openpyxl.Workbook,
        archive: ReproducibleZip,
        layouts: Sequence[Layout],
        lesson: str,
    ) -> None:
        super().__init__(workbook, archive)
        self.sheets = {sheet.title: sheet for layout in layouts for sheet in layout.sheets}
        self.styles = _Styles(workbook)
        self.lesson = lesson

    def write_data(self) -> None:
        """All parts of the package; those that a workbook of ours never has are left out."""
        archive = self._archive
        archive.writestr(ARC_APP, tostring(ExtendedProperties().to_tree()))
        archive.writestr(ARC_CORE, tostring(self.workbook.properties.to_tree()))
        archive.writestr(ARC_THEME, _SCRIPT_FONTS.sub("", theme_xml))
        self._write_worksheets()
        self._write_charts()
        archive.writestr(ARC_STYLE, tostring(write_stylesheet(self.workbook)))
        writer = WorkbookWriter(self.workbook)
        archive.writestr(ARC_ROOT_RELS, writer.write_root_rels())
        archive.writestr(ARC_WORKBOOK, writer.write())
        if self.lesson:
            writer.rels.append(Relationship(type="customXml", Target=f"/{LESSON_PART}"))
            self.write_lesson()
        archive.writestr(ARC_WORKBOOK_RELS, writer.write_rels())
        self.write_properties()
        self.manifest._write(archive, self.workbook)

    def write_worksheet(self, ws: Worksheet) -> None:
        sheet = self.sheets[ws.title]
        ws._drawing = charts.drawing(sheet, ws._charts)
        head, tail, ws._rels = _around_rows(ws, sheet)
        size = len(head) + len(tail) + cells.most_bytes(sheet)
        with self._archive.open_member(ws.path[1:], size) as part:
            part.write(head)
            for piece in _joined(cells.rows(sheet, self.styles)):
                part.write(piece)
            part.write(tail)
        rowless = head.removesuffix(b"<sheetData>") + tail.removeprefix(b"</sheetData>")
        self._archive.digests[ws.path[1:]] = part_digest(ws.path[1:], rowless)
        self.manifest.append(ws)

    def write_properties(self) -> None:
        """What the workbook says of itself, with the digest of what has been written."""
        said = self.workbook.custom_doc_props
        said.append(StringProperty(name=DIGEST, value=frame_digest(self._archive.digests.items())))
        self._archive.writestr(ARC_CUSTOM, tostring(said.to_tree()))
        self.manifest.Override.append(Override(f"/{ARC_CUSTOM}", CPROPS_TYPE))

    def write_lesson(self) -> None:
        """The lesson as a custom XML part of the workbook, which Excel keeps when it saves."""
        head = '<?xml version="1.0" encoding="UTF-8"?>\n'
        lesson = f'<lesson xmlns="{LESSON_NAMESPACE}">{escape(self.lesson, quote=False)}</lesson>'
        self._archive.writestr(LESSON_PART, head + lesson)


def _joined(rows: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of at least ``PIECE``, for each costs a call of the compressor."""
    piece = bytearray()
    for row in rows:
        piece += row
        if len(piece) >= PIECE:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


def _location(target: Area) -> str:
    """Cells as the target of a link."""
    return f"{quote_sheet(target.sheet)}!{target.relative}"


def _around_rows(ws: Worksheet, sheet: Sheet) -> tuple[bytes, bytes, Any]:
    """What openpyxl writes before and after a sheet's rows, and the sheet's relationships."""
    ws.calculate_dimension = lambda: f"A1:{address(sheet.last_row, sheet.last_column)}"
    out = BytesIO()
    writer = WorksheetWriter(ws, out)
    ws._hyperlinks = [
        Hyperlink(ref=link.cell.relative, location=_location(link.target)) for link in sheet.links
    ]
    writer.write_top()
    writer.write_rows()
    writer.write_tail()
    writer.close()
    head, tail = plain(out.getvalue()).split(b"<sheetData />")
    return head + b"<sheetData>", b"</sheetData>" + tail, writer._rels
