"""Charts as openpyxl builds them: what is drawn, from which cells, on which axes."""

from __future__ import annotations

import math
from typing import Any

import pytest

from xlsxattn.a1 import Area
from xlsxattn.layout.sheet import PlacedChart, PlacedSeries
from xlsxattn.style import LINES, PATTERNS, TONE_LINES, TONES
from xlsxattn.writer.charts import MOST_MARKERS, chart

OVER = Area("S", 3, 5, 11, 7)


def series(label: str, values: list[Any], **options: Any) -> PlacedSeries:
    return PlacedSeries(label, Area("S", 1, 1, 1, len(values)), values, **options)


def drawn(kind: str, *rows: list[Any], x: list[Any], **options: Any) -> Any:
    shown = [series(f"row {number}", row, **options) for number, row in enumerate(rows)]
    return chart(PlacedChart(kind, "A title", "What is seen", shown, series("x", x), OVER))


def test_bars() -> None:
    """Bars beside one another over their texts, whose labels stand under negative bars too."""
    made = drawn("bar", [1.0, -2.0], [0.5, 3.0], x=["a", "b"])
    assert (made.type, made.grouping) == ("col", "clustered")
    assert made.x_axis.tickLblPos == "low"
    assert not made.x_axis.delete and not made.y_axis.delete
    for one, values in zip(made.series, ([1.0, -2.0], [0.5, 3.0]), strict=True):
        assert one.val.numRef.f == "'S'!$A$1:$B$1"
        assert [float(point.v) for point in one.val.numRef.numCache.pt] == values
        assert [point.v for point in one.cat.strRef.strCache.pt] == ["a", "b"]
    patterns = [one.graphicalProperties.pattFill for one in made.series]
    assert [p.prst if p else "" for p in patterns] == list(PATTERNS[:2])


def test_trends() -> None:
    """Lines over texts, which keep their marks and their stored values."""
    made = drawn("trend", [1.0, 2.0], [3.0, 4.0], x=["a", "b"])
    for one, (dash, symbol) in zip(made.series, LINES, strict=False):
        assert [point.v for point in one.cat.strRef.strCache.pt] == ["a", "b"]
        assert one.val.numRef.numCache.ptCount == 2
        assert (one.graphicalProperties.line.prstDash, one.marker.symbol) == (dash, symbol)


def test_legends() -> None:
    """What has one series is named by its title alone."""
    assert drawn("bar", [1.0], x=["a"]).legend is None
    assert drawn("line", [1.0], [2.0], x=[0.5]).legend.position == "b"


def test_lines() -> None:
    """Straight lines, told apart by dashes and marks; an idea has its own ones."""
    made = drawn("line", [1.0, 2.0], [3.0, 4.0], x=[1.5, 2.5])
    for one, (dash, symbol) in zip(made.series, LINES, strict=False):
        assert one.smooth is False
        assert one.graphicalProperties.line.prstDash == dash
        assert one.marker.symbol == symbol
    (one,) = drawn("line", [1.0, 2.0], x=[1.5, 2.5], tone="value").series
    line = one.graphicalProperties.line
    assert (line.prstDash, one.marker.symbol) == TONE_LINES["value"]
    assert line.solidFill.srgbClr == TONES["value"][0]


@pytest.mark.parametrize(("count", "marks"), [(MOST_MARKERS, True), (MOST_MARKERS + 1, False)])
def test_marks(count: int, marks: bool) -> None:
    """Many marks would hide their line."""
    (one,) = drawn("line", [1.0] * count, x=[0.5] * count).series
    assert (one.marker.symbol is not None) is marks


def test_absent_numbers() -> None:
    """What is absent or no number has no point, and the others keep their places."""
    (one,) = drawn("bar", [1.0, math.nan, "–", 2.0, math.inf], x=list("abcde")).series
    cache = one.val.numRef.numCache
    assert cache.ptCount == 5
    assert [(point.idx, point.v) for point in cache.pt] == [(0, 1.0), (3, 2.0)]


def test_logarithms() -> None:
    """Both axes count in powers of ten, and only there."""
    axes = [drawn("log", [1.0, 10.0], x=[1.0, 10.0]), drawn("line", [1.0, 9.0], x=[1.0, 9.0])]
    bases = [(made.x_axis.scaling.logBase, made.y_axis.scaling.logBase) for made in axes]
    assert bases == [(10, 10), (None, None)]


@pytest.mark.parametrize(
    ("x", "ends"),
    [
        ([1.0, 2.0, 3.0], (0, 3, 1)),
        ([float(n) for n in range(31)], (0, 30, 5)),
        ([float(n) for n in range(1, 13)], (0, 12, 1)),
        ([float(n) for n in range(1, 14)], (None, None, None)),  # no step has a tick at 13
        ([1.0, 3.0, 5.0], (None, None, None)),
        ([0.5, 1.5], (None, None, None)),
        ([5.0, 6.0], (None, None, None)),  # from 0 on, half of it would be empty
        ([1.0], (None, None, None)),
    ],
)
def test_axis_of_whole_numbers(x: list[float], ends: tuple[float | None, ...]) -> None:
    """Numbers that count on from the first step go from 0 to the last of them."""
    axis = drawn("line", [1.0] * len(x), x=x).x_axis
    assert (axis.scaling.min, axis.scaling.max, axis.majorUnit) == ends


def test_place() -> None:
    """From the first cell that it covers to the end of the last one."""
    anchor = drawn("bar", [1.0], x=["a"]).anchor
    assert (anchor._from.row, anchor._from.col) == (OVER.row - 1, OVER.column - 1)
    assert (anchor.to.row, anchor.to.col) == (OVER.last_row, OVER.last_column)
