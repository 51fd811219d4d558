"""Where charts stand: at the right of their band's blocks where there is room, else below."""

from __future__ import annotations

from xlsxattn.a1 import Area
from xlsxattn.expression import header_of
from xlsxattn.labels import label_text
from xlsxattn.layout.places import Places
from xlsxattn.layout.sheet import PlacedChart, PlacedSeries
from xlsxattn.layout.surface import Surface
from xlsxattn.outline import Band, Chart, Series, columns_of

MOST_ROWS = 20
LEAST_COLUMNS = 4


class Charts:
    """Puts charts on a sheet; what they show is known once everything has its place."""

    def __init__(self, surface: Surface, places: Places) -> None:
        self._surface, self._places = surface, places
        self._waiting: list[tuple[Chart, Area]] = []

    def put(self, band: Band, chart: Chart, top: int, rows: int) -> int:
        """Put the chart of a band whose blocks take so many rows from the top one on.

        Returns how many rows blocks and chart take together.
        """
        column, height = self._column(band), self._height(band, chart, rows)
        first = top
        if self._below(band):
            first, column = top + rows, self._surface.lanes[0].first
        columns = self._surface.last_column - column + 1
        over = Area(self._surface.sheet.title, first, column, height - 1, columns)
        self._waiting.append((chart, over))
        return max(rows, first + height - top)

    def finish(self) -> None:
        """The charts over the cells of their series, wherever those are."""
        for chart, over in self._waiting:
            self._surface.sheet.charts.append(
                PlacedChart(
                    chart.kind, chart.title, chart.alternative,
                    [self._series(one) for one in chart.series], self._series(chart.x), over,
                )
            )  # fmt: skip

    def _column(self, band: Band) -> int:
        """The first column that is free at the right of a band's blocks."""
        lanes = self._surface.lanes
        used = [
            columns.first + columns_of(lane)
            for lane, columns in zip(band.lanes, lanes, strict=False)
        ]
        free = used[-1] if used else 2
        labels = [lane.label for lane in lanes[len(band.lanes) :] if lane.label >= free]
        return labels[0] if labels else free + 1

    def _below(self, band: Band) -> bool:
        return self._surface.last_column - self._column(band) < LEAST_COLUMNS

    def _height(self, band: Band, chart: Chart, rows: int) -> int:
        """As tall as the blocks beside it, within limits; below them, of the usual height."""
        return chart.rows if self._below(band) else min(max(chart.rows, rows), MOST_ROWS)

    def _series(self, series: Series) -> PlacedSeries:
        area, values = self._places.areas[series.node], series.node.value
        name = self._places.areas.get(header_of(series.node))
        if series.row is not None:
            labels = self._places.labels.get(series.node)
            name = None if labels is None else labels.part(series.row, 0)
            first, last = series.columns
            area = area.part(series.row, first, 1, last - first + 1)
            values = values[series.row : series.row + 1, first : last + 1]
        shown = label_text(series.label)
        return PlacedSeries(shown, area, values.ravel().tolist(), series.tone, name)
