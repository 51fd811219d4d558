"""Live charts, as openpyxl builds them: titles, axes, stored values, alternative texts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from openpyxl.chart import BarChart, LineChart, ScatterChart
from openpyxl.chart._chart import ChartBase
from openpyxl.chart.axis import NumericAxis
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
from openpyxl.drawing.colors import ColorChoice
from openpyxl.drawing.fill import PatternFillProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing, TwoCellAnchor
from openpyxl.drawing.text import (
    CharacterProperties,
    Paragraph,
    ParagraphProperties,
    RichTextProperties,
)

from xlsxattn.a1 import Area
from xlsxattn.layout.sheet import PlacedChart, PlacedSeries, Sheet
from xlsxattn.style import (
    INK,
    LINE,
    LINES,
    PATTERNS,
    SERIES,
    SMALL_SIZE,
    TEXT_SIZE,
    TONE_LINES,
    TONES,
)

#: The steps of an axis of whole numbers, of which at most so many.
TICKS, MOST_TICKS = (1, 2, 5, 10, 20, 50, 100), 12
MOST_MARKERS = 15  # on a line; more would hide it
#: The charts over labels; others are over numbers.
KINDS = {"bar": BarChart, "trend": LineChart}


def chart(placed: PlacedChart) -> ChartBase:
    """A live chart; the values are stored too, for programs that draw without computing."""
    drawn = KINDS.get(placed.kind, ScatterChart)()
    if placed.kind == "bar":
        drawn.type, drawn.grouping, drawn.gapWidth, drawn.overlap = "col", "clustered", 60, -5
    if placed.kind in KINDS:
        drawn.y_axis.number_format = "0.0"
        drawn.x_axis.tickLblPos = "low"  # below the bars, negative ones too
    else:
        drawn.scatterStyle = "lineMarker"
        drawn.x_axis.number_format = "#,##0"
        drawn.y_axis.number_format = "General"
        _end_with(drawn.x_axis, placed.x)
    if placed.kind == "log":
        drawn.x_axis.scaling.logBase = drawn.y_axis.scaling.logBase = 10
        drawn.y_axis.number_format = "0E+0"
    for index, one in enumerate(placed.series):
        drawn.series.append(_series(placed, one, index))
    drawn.title = placed.title
    drawn.title.tx.rich.p[0].pPr = ParagraphProperties(defRPr=_letters(TEXT_SIZE, bold=True))
    drawn.title.overlay = False
    drawn.anchor = _anchor(placed.over)
    drawn.x_axis.delete = drawn.y_axis.delete = False
    drawn.x_axis.majorGridlines = None
    drawn.y_axis.majorGridlines.spPr = GraphicalProperties(
        ln=LineProperties(solidFill=LINE, w=6350)
    )
    if len(placed.series) == 1:  # the title says what it is
        drawn.legend = None
    for part in filter(None, (drawn.x_axis, drawn.y_axis, drawn.legend)):
        paragraph = Paragraph(
            pPr=ParagraphProperties(defRPr=_letters(SMALL_SIZE)), endParaRPr=CharacterProperties()
        )
        part.txPr = RichText(bodyPr=RichTextProperties(), p=[paragraph])
    if drawn.legend is not None:
        drawn.legend.position = "b"
    return drawn


def _series(placed: PlacedChart, one: PlacedSeries, index: int) -> Any:
    """One series: bars or a line over the texts of x, or a line over its numbers."""
    if placed.kind in KINDS:
        series = SeriesFactory(one.area.with_sheet)
        series.val.numRef.numCache = _numbers(one)
        series.cat = AxDataSource(strRef=_texts(placed.x))
    else:
        series = SeriesFactory(one.area.with_sheet, placed.x.area.with_sheet)
        series.yVal.numRef.numCache = _numbers(one)
        series.xVal.numRef.numCache = _numbers(placed.x)
    if placed.kind == "bar":
        series.graphicalProperties = _bar(one, index)
        series.graphicalProperties.line = LineProperties(solidFill=INK, w=6350)
    else:
        _draw_line(series, one, index)
    series.tx = SeriesLabel(v=one.label)
    if one.name is not None:  # the name follows its cell
        cache = StrData(ptCount=1, pt=[StrVal(idx=0, v=one.label)])
        series.tx = SeriesLabel(strRef=StrRef(f=one.name.with_sheet, strCache=cache))
    return series


def _draw_line(series: Any, one: PlacedSeries, index: int) -> None:
    """A line, dashed and marked so that it differs from others without colour."""
    colour = TONES[one.tone][0] if one.tone else SERIES[(index + 2) % len(SERIES)]
    dash, symbol = TONE_LINES.get(one.tone, LINES[index % len(LINES)])
    series.smooth = False
    series.graphicalProperties = GraphicalProperties()
    series.graphicalProperties.line = LineProperties(solidFill=colour, w=22225, prstDash=dash)
    crowded = len(one.values) > MOST_MARKERS
    series.marker = Marker(symbol="none" if crowded else symbol, size=6)
    series.marker.graphicalProperties = GraphicalProperties(solidFill=colour)


def _bar(one: PlacedSeries, index: int) -> GraphicalProperties:
    """The fill of bars, hatched where a neighbour would look alike in grey."""
    colour = TONES[one.tone][2] if one.tone else SERIES[index % len(SERIES)]
    pattern = PATTERNS[index % len(PATTERNS)]
    if not pattern:
        return GraphicalProperties(solidFill=colour)
    hatch = PatternFillProperties(
        prst=pattern, fgClr=ColorChoice(srgbClr=INK), bgClr=ColorChoice(srgbClr=colour)
    )
    return GraphicalProperties(pattFill=hatch)


def _end_with(axis: NumericAxis, x: PlacedSeries) -> None:
    """An axis over whole numbers that count on ends with the last of them, if a tick does."""
    numbers = [value for value in x.values if isinstance(value, float) and value.is_integer()]
    if len(numbers) < len(x.values) or len(numbers) < 2 or set(np.diff(numbers)) != {1.0}:
        return
    first, last = numbers[0], numbers[-1]
    unit = next((u for u in TICKS if last % u == 0 and last / u <= MOST_TICKS), None)
    if unit is not None and 0 <= first <= unit:
        axis.scaling.min, axis.scaling.max, axis.majorUnit = 0, last, unit


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


def drawing(sheet: Sheet, charts: list[ChartBase]) -> SpreadsheetDrawing:
    """openpyxl's drawing of a sheet's charts, with an alternative text on each."""
    made = SpreadsheetDrawing()
    made.charts, made.images = charts, []
    frame_of = made._chart_frame

    def with_alternative(number: int) -> Any:
        frame = frame_of(number)
        frame.nvGraphicFramePr.cNvPr.descr = sheet.charts[number - 1].alternative
        return frame

    made._chart_frame = with_alternative
    return made
