"""One sheet, filled from the top down: its title, its bands one under another, its claims.

``put`` alone knows how far the page is; all that places something is told a row, and says
how many rows it took.
"""

from __future__ import annotations

from collections.abc import Mapping

from xlsxattn.layout.accepted import Accepted
from xlsxattn.layout.blocks import Blocks
from xlsxattn.layout.boards import Boards
from xlsxattn.layout.breaks import PageBreaks
from xlsxattn.layout.charts import Charts
from xlsxattn.layout.claims import Claims, TryLinks
from xlsxattn.layout.columns import LEAST_PIXELS, UNPRINTED_PIXELS, LaneColumns, lane_columns
from xlsxattn.layout.copies import copied, head_of
from xlsxattn.layout.formula_lines import FormulaLines
from xlsxattn.layout.headings import LEFT, put_bars, put_links, put_over, put_title, put_way
from xlsxattn.layout.labels import Labelling
from xlsxattn.layout.numbering import numbered
from xlsxattn.layout.one_page import Repeated
from xlsxattn.layout.origins import Origins
from xlsxattn.layout.outcome import Outcomes
from xlsxattn.layout.places import Places
from xlsxattn.layout.rail import Rail
from xlsxattn.layout.settings import Panels
from xlsxattn.layout.sheet import Neighbours, Sheet
from xlsxattn.layout.strip import Strip
from xlsxattn.layout.surface import Surface
from xlsxattn.layout.values import Values
from xlsxattn.outline import (
    Band,
    Block,
    Copy,
    Lane,
    Outcome,
    Outline,
    Settings,
    SheetPlan,
    body_rows,
)
from xlsxattn.style import (
    FORMULA_HEIGHT,
    HEADING_HEIGHT,
    ROW_HEIGHT,
    SPACE_HEIGHT,
    SUBTITLE_SIZE,
    Role,
    print_scale,
)


class Page:
    """One sheet of an outline: ``put`` gives everything its place, ``finish`` fills that."""

    def __init__(
        self, content: Outline, places: Places, title: str, name: str, plan: SheetPlan
    ) -> None:
        self._content, self._name, self._plan = content, name, plan
        self._interface: dict[str, str] = content.texts["interface"]
        self._bands = [band for band in content.bands if band.sheet == name]
        self._heads = [head_of(band, plan.copies) for band in self._bands]
        least = LEAST_PIXELS if plan.printed or plan.copies else UNPRINTED_PIXELS
        lanes, widths = lane_columns(self._bands, least)
        self.sheet = Sheet(
            title, widths=widths, printed=plan.printed, landscape=plan.landscape,
            largest=content.largest,
        )  # fmt: skip
        self._surface = Surface(self.sheet, lanes)
        self._set_up_print()
        accepted = Accepted(self.sheet, content.texts["refusals"])
        self._labelling = Labelling(self._surface, places, accepted)
        cells = Repeated if plan.repeated else Values
        self._values = cells(self.sheet, places, accepted)
        self._blocks = Blocks(self._surface, self._labelling, self._values, content.focus)
        placing = self._surface, self._labelling, self._values
        self._panels = Panels(*placing)
        self._strip = Strip(*placing, self._interface)
        self._links = TryLinks(self.sheet, places)
        self._claims = Claims(*placing, self._links, self._interface)
        self._outcomes = Outcomes(
            self._surface, places, self._labelling, self._values, self._links, self._interface
        )
        stations = self._bands if not name else []
        self._rail = Rail(self._surface, places, stations, content.texts["rail"])
        self._headings: dict[str, int] = {}  # the rows of headings by the keys of their bands
        self._breaks = PageBreaks(self.sheet)
        self._charts = Charts(self._surface, places)
        self._formula_lines = FormulaLines(self._surface, places, self._interface["hidden"])
        self._boards = Boards(self._surface, places)

    def _set_up_print(self) -> None:
        """As large as the page is wide; the columns of copies are not printed."""
        last = self._surface.last_column
        self.sheet.last_column = self.sheet.print_columns = last
        widths = [self._surface.width_of(column) for column in range(1, last + 1)]
        scale = print_scale(widths, self._plan.landscape)
        self.sheet.scale = self._plan.scale if self._plan.labels else scale
        self.sheet.footer = (self._content.title, self._interface["page"])

    def put(self, titles: Mapping[str, str], around: Neighbours) -> None:
        """Place everything, from the title to the claims, and copies at its right.

        ``titles`` are those of the sheets of the outline, ``around`` those that the title row
        leads to.
        """
        breaks, origins = self._breaks, Origins(self._bands)
        number, overs, tops, counted = 0, [], [], not self._plan.repeated
        row = 1 + self._put_top(1, around)
        for band, head in zip(self._bands, self._heads, strict=True):
            breaks.start(row, joined=not band.title)
            number += bool(band.title) and counted
            overs.append(row)
            for key in (band.key, band.second.key if band.second is not None else ""):
                self._headings.setdefault(key, row)
            row += self._put_over(band, number, row, titles, origins)
            number += band.second is not None and band.second.numbered and counted
            tops.append(row)
            row += self._put_lanes(band, row, head, min(overs[-1] + 1, row))
            row += self._surface.end_row(row, SPACE_HEIGHT)
        if self._content.claims and not self._name:
            row += self._claims.put(
                self._content.claims, row,
                numbered(number + counted, self._interface["claims_title"]),
                self._interface["claims_note" if counted else "claims_repeated"], breaks,
            )  # fmt: skip
        self.sheet.last_row = row - 1
        if self._plan.repeated:  # how many pages it takes decides what stands there
            breaks.finish()
        for index, copy in enumerate(self._plan.copies, 1):
            self._put_copy(copy, index * self._surface.last_column, overs, tops)

    def finish(self) -> None:
        """Formulas and lists of words, once everything on every sheet has its place."""
        self._labelling.finish()
        self._values.fill()
        self._outcomes.finish()
        self._links.finish()
        self._rail.finish(self._headings)
        self._charts.finish()
        self._boards.finish()
        self._formula_lines.finish()
        if self.sheet.printed and not (self._plan.labels or self._plan.repeated):
            self._breaks.finish()

    # --- rows ---

    def _put_top(self, top: int, around: Neighbours) -> int:
        """What stands over the bands; the first row stays on the screen."""
        surface, plan, row = self._surface, self._plan, top
        title = self._content.title
        if self._name and plan.printed:
            title = f"{title} · {self._name}"
        row += put_title(surface, row, title, put_way(surface, row, self._interface, around))
        self.sheet.frozen_rows = 1
        if not plan.printed:  # what stands behind is scrolled through
            self.sheet.frozen_columns = surface.lanes[0].label
        subtitle = plan.subtitle or self._content.subtitle
        for paragraph in subtitle.splitlines():
            row += surface.lines(row, LEFT, paragraph, Role("subtitle"), SUBTITLE_SIZE)
        if not self._name and not plan.repeated:
            row += self._rail.put(row)
            row += self._strip.put(self._content.settings, row)
        if plan.heading:
            surface.text(row, LEFT, plan.heading, Role("heading"))
            row += surface.end_row(row, HEADING_HEIGHT)
        row += surface.end_row(row, SPACE_HEIGHT)
        return row - top

    def _put_over(
        self, band: Band, number: int, top: int, titles: Mapping[str, str], origins: Origins
    ) -> int:
        """What stands over the lanes of a band: heading, where it comes from, sentence, links."""
        surface, row = self._surface, top
        if band.title:
            if band.aside is not None:
                cell = surface.cell(row, surface.last_column)
                self._values.take(Block(band.aside), cell, Role("tally", "output", live=True))
            row += put_over(surface, row, band, number, origins)
        row += put_links(surface, row, [(f"→ {name}", titles[name]) for name in band.links])
        return row - top

    def _put_lanes(self, band: Band, top: int, head: int, heading: int) -> int:
        """The lanes of a band side by side, and its chart; ``heading`` is the row under its own."""
        taken = [
            self._put_lane(lane, columns, top, head, heading)
            for lane, columns in zip(band.lanes, self._surface.lanes_of(band), strict=False)
        ]
        rows = max(taken, default=0)
        body = max((body_rows(lane, head) for lane in band.lanes), default=0)
        if body < rows:  # a row of nothing but the small formulas
            self.sheet.heights[top + body] = FORMULA_HEIGHT
        if self._plan.labels:
            self._keep_labels(top + head - 1)
        if not self._plan.repeated:
            self._boards.put(band, top)
        if band.chart is not None:
            rows = self._charts.put(band, band.chart, top, rows)
        for row in range(top, top + rows):
            self.sheet.heights.setdefault(row, ROW_HEIGHT)
        return rows

    def _put_lane(self, lane: Lane, columns: LaneColumns, top: int, head: int, heading: int) -> int:
        """The blocks or the panel of a lane, and the formulas under it.

        What comes out has no sentence between its heading and itself.
        """
        rows = self._blocks.put(lane, columns, top, head)
        for panel in lane:
            if isinstance(panel, Settings):
                rows = max(rows, self._panels.put(panel, columns, top))
            elif isinstance(panel, Outcome):
                rows = max(rows, heading + self._outcomes.put(panel, columns, heading) - top)
        if self._plan.repeated:
            return rows
        return rows + self._formula_lines.put(lane, columns, top + rows)

    def _keep_labels(self, header: int) -> None:
        """Labels that stay on the screen, and on each page."""
        self.sheet.frozen_rows = self.sheet.repeated_row = header
        self.sheet.frozen_columns = self._surface.lanes[0].label

    def _put_copy(self, copy: Copy, offset: int, overs: list[int], tops: list[int]) -> None:
        """The blocks of the sheet once more, with their headings, further right."""
        last = self._surface.last_column
        for column in range(2, last + 2):
            self.sheet.widths[column + offset] = self._surface.width_of(column)
        self.sheet.last_column = last + offset
        self._surface.text(1, LEFT + offset, copy.heading, Role("heading"))
        number = 0
        for band, head, over, top in zip(self._bands, self._heads, overs, tops, strict=True):
            if band.title:
                number += 1
                put_bars(self._surface, over, band, number, offset=offset)
                number += band.second is not None and band.second.numbered
            for lane, columns in zip(band.lanes, self._surface.lanes, strict=False):
                self._blocks.put(copied(lane, copy), columns.shifted(offset), top, head)
