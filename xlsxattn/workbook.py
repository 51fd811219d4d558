"""A layout as an .xlsx file: the only writer, and the only user of openpyxl for writing.

openpyxl builds everything around the cells: styles, names, charts, validation, print
set-up. The cells themselves are written here, because openpyxl cannot store a value
beside a formula, and a file without values shows nothing in a preview, on a phone, or
in Excel's Protected View.

A file is reproducible: fixed dates, stable order, the same parts byte for byte.
"""

from __future__ import annotations

import datetime
import math
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from html import escape
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.chart import BarChart, ScatterChart
from openpyxl.chart._chart import ChartBase
from openpyxl.chart.data_source import (
    AxDataSource,
    NumData,
    NumVal,
    StrData,
    StrRef,
    StrVal,
)
from openpyxl.chart.marker import Marker
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.series_factory import SeriesFactory
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing, TwoCellAnchor
from openpyxl.drawing.text import (
    CharacterProperties,
    Paragraph,
    ParagraphProperties,
    RichTextProperties,
)
from openpyxl.formatting.rule import ColorScaleRule, FormulaRule
from openpyxl.packaging.extended import ExtendedProperties
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
    ARC_ROOT_RELS,
    ARC_STYLE,
    ARC_THEME,
    ARC_WORKBOOK,
    ARC_WORKBOOK_RELS,
)
from openpyxl.xml.functions import tostring

from xlsxattn.a1 import Area, address, column_letters, quote_sheet
from xlsxattn.errors import LayoutError, WorkbookError
from xlsxattn.expression import ABSENT
from xlsxattn.layout import Layout, PlacedChart, PlacedSeries, Run, Sheet
from xlsxattn.style import (
    INK,
    LINE,
    MUTED,
    ROW_HEIGHT,
    SERIES,
    TEXT_FONT,
    Look,
    Role,
    heat_colour,
    look,
)

#: Every date in a file: the lesson's content has no date, and its parts must not differ.
EPOCH = datetime.datetime(2000, 1, 1)
ZIP_EPOCH = (2000, 1, 1, 0, 0, 0)

LESSON_PART = "customXml/item1.xml"
LESSON_NAMESPACE = "urn:xlsxattn:lesson:1"
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
    lesson: str = "",
) -> None:
    """Write layouts to one file; ``lesson`` is the text that it carries for ``check``.

    Names are the workbook's where there is one layout, their sheet's where there are more.
    The file appears whole or not at all. WorkbookError where it cannot be written.
    """
    workbook = _Builder(layouts).build()
    properties = workbook.properties
    properties.title, properties.subject, properties.language = title, subject, language
    properties.creator = "xlsxattn"
    properties.created = properties.modified = EPOCH
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".xlsx")
    except OSError as error:
        raise WorkbookError(f"{path}: expected a place to write, got {error.strerror}") from None
    try:
        with (
            os.fdopen(handle, "wb") as file,
            _ReproducibleZip(file, "w", ZIP_DEFLATED, allowZip64=True) as archive,
        ):
            _Writer(workbook, archive, layouts, lesson).save()
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        raise WorkbookError(f"{path}: expected a place to write, got {error.strerror}") from None
    finally:
        Path(temporary).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class _ReproducibleZip(ZipFile):
    """A zip whose members all have the same date and permissions."""

    def writestr(self, *args: Any, **kwargs: Any) -> None:
        name, data = args
        super().writestr(_member(name), data, **kwargs)


def _member(name: str) -> ZipInfo:
    info = ZipInfo(name, ZIP_EPOCH)
    info.compress_type = ZIP_DEFLATED
    return info


# --- what openpyxl builds -------------------------------------------------------------


class _Builder:
    def __init__(self, layouts: Sequence[Layout]) -> None:
        self.layouts = layouts
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
        self.add_formats(worksheet, sheet)
        for chart in sheet.charts:
            worksheet.add_chart(_chart(chart))

    def set_up_print(self, worksheet: Worksheet, sheet: Sheet) -> None:
        # An explicit scale, not fit-to-page: Excel ignores manual breaks beside the latter.
        worksheet.page_setup.orientation = "landscape" if sheet.landscape else "portrait"
        worksheet.page_setup.paperSize = worksheet.PAPERSIZE_A4
        worksheet.page_setup.scale = sheet.scale
        margins = worksheet.page_margins
        margins.left = margins.right = 0.5
        margins.top, margins.bottom = 0.55, 0.75
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
                listed = '"' + ",".join(f"{number:g}" for number in choice.source) + '"'
            else:
                same = choice.source.sheet == sheet.title
                listed = choice.source.absolute if same else choice.source.with_sheet
            validation = DataValidation(type="list", formula1=listed, allow_blank=False)
            validation.showErrorMessage = True
            validation.add(choice.area.relative)
            worksheet.add_data_validation(validation)

    def add_formats(self, worksheet: Worksheet, sheet: Sheet) -> None:
        for heat in sheet.heats:
            worksheet.conditional_formatting.add(
                heat.area.relative,
                ColorScaleRule(
                    start_type="min", start_color="FFFFFF",
                    end_type="max", end_color=heat_colour(heat.tone),
                ),
            )  # fmt: skip
        for strong in sheet.strong:
            worksheet.conditional_formatting.add(
                strong.area.relative, FormulaRule(formula=[strong.condition], font=Font(b=True))
            )


def _chart(placed: PlacedChart) -> ChartBase:
    """A live chart; the values are stored too, for programs that draw without computing."""
    chart = BarChart() if placed.kind == "bar" else ScatterChart()
    if placed.kind == "bar":
        chart.type, chart.grouping, chart.gapWidth, chart.overlap = "col", "clustered", 60, -5
        chart.y_axis.number_format = "0.0"
    else:
        chart.scatterStyle = "lineMarker"
        chart.x_axis.number_format = "#,##0"
        chart.y_axis.number_format = "General"
    if placed.kind == "log":
        chart.x_axis.scaling.logBase = chart.y_axis.scaling.logBase = 10
        chart.y_axis.number_format = "0E+0"
    for index, one in enumerate(placed.series):
        chart.series.append(_series(placed, one, index))
    chart.title = placed.title
    chart.title.tx.rich.p[0].pPr = ParagraphProperties(defRPr=_letters(10, bold=True))
    chart.title.overlay = False
    chart.anchor = _anchor(placed.over)
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.x_axis.majorGridlines = None
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(
        ln=LineProperties(solidFill=LINE, w=6350)
    )
    for part in (chart.x_axis, chart.y_axis, chart.legend):
        paragraph = Paragraph(
            pPr=ParagraphProperties(defRPr=_letters(8)), endParaRPr=CharacterProperties()
        )
        part.txPr = RichText(bodyPr=RichTextProperties(), p=[paragraph])
    chart.legend.position = "b"
    return chart


def _series(placed: PlacedChart, one: PlacedSeries, index: int) -> Any:
    """One series: bars over the texts of x, or a line with marks over its numbers."""
    colour = SERIES[index % len(SERIES)]
    if placed.kind == "bar":
        series = SeriesFactory(one.area.with_sheet)
        series.val.numRef.numCache = _numbers(one)
        series.cat = AxDataSource(strRef=_texts(placed.x))
        series.graphicalProperties = GraphicalProperties(solidFill=colour)
        series.graphicalProperties.line = LineProperties(solidFill=INK, w=6350)
    else:
        colour = SERIES[(index + 2) % len(SERIES)]
        series = SeriesFactory(one.area.with_sheet, placed.x.area.with_sheet)
        series.yVal.numRef.numCache = _numbers(one)
        series.xVal.numRef.numCache = _numbers(placed.x)
        series.smooth = False
        series.graphicalProperties = GraphicalProperties()
        series.graphicalProperties.line = LineProperties(
            solidFill=colour, w=22225, prstDash="solid" if index == 0 else "dash"
        )
        series.marker = Marker(symbol="circle" if index == 0 else "square", size=6)
        series.marker.graphicalProperties = GraphicalProperties(solidFill=colour)
    series.tx = SeriesLabel(v=one.label)
    return series


def _numbers(one: PlacedSeries) -> NumData:
    points = [
        NumVal(idx=index, v=repr(value))
        for index, value in enumerate(one.values)
        if isinstance(value, float) and math.isfinite(value)
    ]
    return NumData(ptCount=len(one.values), pt=points)


def _texts(one: PlacedSeries) -> StrRef:
    points = [StrVal(idx=index, v=str(text)) for index, text in enumerate(one.values)]
    return StrRef(f=one.area.with_sheet, strCache=StrData(ptCount=len(points), pt=points))


def _letters(points: float, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(sz=int(points * 100), b=bold, solidFill=INK)


def _anchor(area: Area) -> TwoCellAnchor:
    """From the first cell of an area to the end of its last one."""
    anchor = TwoCellAnchor(editAs="oneCell")
    anchor._from.row, anchor._from.col = area.row - 1, area.column - 1
    anchor.to.row, anchor.to.col = area.last_row, area.last_column
    return anchor


def _drawing(sheet: Sheet, charts: list[ChartBase]) -> SpreadsheetDrawing:
    """openpyxl's drawing of a sheet's charts, with an alternative text on each."""
    drawing = SpreadsheetDrawing()
    drawing.charts, drawing.images = charts, []
    frame_of = drawing._chart_frame

    def with_alternative(number: int) -> Any:
        frame = frame_of(number)
        frame.nvGraphicFramePr.cNvPr.descr = sheet.charts[number - 1].alternative
        return frame

    drawing._chart_frame = with_alternative
    return drawing


# --- what is written here: the cells, and the lesson ----------------------------------


class _Styles:
    """Style numbers for roles, each registered with openpyxl once."""

    def __init__(self, workbook: openpyxl.Workbook) -> None:
        self.worksheet = workbook.worksheets[0]
        self.numbers: dict[Role, int] = {}

    def __getitem__(self, role: Role) -> int:
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
            side = Side("thin", color=LINE)
            cell.border = Border(left=side, right=side, top=side, bottom=side)
        cell.alignment = Alignment(
            horizontal=look.align or None,
            vertical="center",
            shrinkToFit=look.shrink or None,
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
        archive: ZipFile,
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
        archive.writestr(ARC_THEME, theme_xml)
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
        self.manifest._write(archive, self.workbook)

    def write_worksheet(self, ws: Worksheet) -> None:
        sheet = self.sheets[ws.title]
        ws._drawing = _drawing(sheet, ws._charts)
        head, tail, ws._rels = _around_rows(ws, sheet)
        with self._archive.open(_member(ws.path[1:]), "w") as part:
            part.write(head)
            for row in _rows(sheet, self.styles):
                part.write(row.encode())
            part.write(tail)
        self.manifest.append(ws)

    def write_lesson(self) -> None:
        """The lesson as a custom XML part of the workbook, which Excel keeps when it saves."""
        head = '<?xml version="1.0" encoding="UTF-8"?>\n'
        lesson = f'<lesson xmlns="{LESSON_NAMESPACE}">{escape(self.lesson, quote=False)}</lesson>'
        self._archive.writestr(LESSON_PART, head + lesson)


def _around_rows(ws: Worksheet, sheet: Sheet) -> tuple[bytes, bytes, Any]:
    """What openpyxl writes before and after a sheet's rows, and the sheet's relationships."""
    ws.calculate_dimension = lambda: f"A1:{address(sheet.last_row, sheet.last_column)}"
    out = BytesIO()
    writer = WorksheetWriter(ws, out)
    ws._hyperlinks = [
        Hyperlink(ref=link.cell.relative, location=f"{quote_sheet(link.target)}!A1")
        for link in sheet.links
    ]
    writer.write_top()
    writer.write_rows()
    writer.write_tail()
    writer.close()
    # How an empty element is written depends on whether lxml is installed.
    head, tail = re.split(rb"<sheetData ?/>|<sheetData></sheetData>", out.getvalue())
    return head + b"<sheetData>", b"</sheetData>" + tail, writer._rels


def _rows(sheet: Sheet, styles: _Styles) -> Iterator[str]:
    """The rows of a sheet as XML, one at a time, so that memory does not grow with them."""
    starting: dict[int, list[Run]] = {}
    for run in sheet.runs:
        starting.setdefault(run.area.row, []).append(run)
    active: list[Run] = []
    for row in range(1, sheet.last_row + 1):
        active = [run for run in active if run.area.last_row >= row] + starting.get(row, [])
        active.sort(key=lambda run: run.area.column)
        for left, right in pairwise(active):
            if left.area.last_column >= right.area.column:
                raise LayoutError(
                    f"sheet {sheet.title!r}, {address(row, right.area.column)}: "
                    "expected one content for each cell, got two"
                )
        height = sheet.heights.get(row, ROW_HEIGHT)
        cells = "".join(_cells(run, row - run.area.row, styles[run.role]) for run in active)
        yield f'<row r="{row}" ht="{height:g}" customHeight="1">{cells}</row>'


def _cells(run: Run, row: int, style: int) -> str:
    """The cells of one row of a run as XML."""
    area, formula = run.area, run.formula
    values = run.values[row].tolist()
    tags = [
        f'<c r="{column_letters(column)}{area.row + row}" s="{style}"'
        for column in range(area.column, area.last_column + 1)
    ]
    if formula is None:
        cells = [tag + _typed(value) for tag, value in zip(tags, values, strict=True)]
    elif formula.array:
        texts = [""] * len(values)
        if row == 0:
            texts[0] = f'<f t="array" ref="{area.relative}">{escape(formula.at(), quote=False)}</f>'
        cells = [
            tag + _computed(text, value, run)
            for tag, text, value in zip(tags, texts, values, strict=True)
        ]
    else:
        cells = [
            tag + _computed(f"<f>{escape(text, quote=False)}</f>", value, run)
            for tag, text, value in zip(tags, formula.row_texts(row), values, strict=True)
        ]
    return "".join(cells)


def _typed(value: Any) -> str:
    """The rest of the cell of a typed number or text; an empty text is style alone."""
    if isinstance(value, str):
        if not value:
            return "/>"
        return (
            f' t="inlineStr"><is><t xml:space="preserve">{escape(value, quote=False)}</t></is></c>'
        )
    return f"><v>{value!r}</v></c>"


def _computed(formula: str, value: Any, run: Run) -> str:
    """The rest of the cell of a formula with its value; NaN is a dash, for an absent word."""
    if isinstance(value, str):
        return f' t="str">{formula}<v>{escape(value, quote=False)}</v></c>'
    if math.isnan(value):
        return f' t="str">{formula}<v>{ABSENT}</v></c>'
    if math.isinf(value):
        raise WorkbookError(
            f"sheet {run.area.sheet!r}, {run.area.relative}: expected finite numbers, "
            f"got a result beyond the range of numbers"
        )
    return f">{formula}<v>{value!r}</v></c>"
