"""The columns of a sheet: every lane (a context) has one for row labels and those of its matrices.

The same columns serve every band, so that a word stays in its column down the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from xlsxattn.labels import label_text
from xlsxattn.layout.pagination import value_width
from xlsxattn.outline import Band, Block, Settings, columns_of
from xlsxattn.style import GAP_WIDTH, LABEL_WIDTHS, MARGIN_WIDTH, VALUE_WIDTH
from xlsxattn.widths import characters

#: A page is at least so many columns wide, for its sentences.
LEAST_COLUMNS = 12
LABEL_SIZE = 0.9  # characters of the default font in one of a label
SETTING_SIZE = 0.8  # likewise in one of the label of a setting, after its indent


@dataclass(frozen=True)
class LaneColumns:
    """The columns of one lane: that of the row labels, and those of its matrices."""

    label: int
    first: int
    count: int

    @property
    def last(self) -> int:
        return self.first + self.count - 1

    def shifted(self, offset: int) -> LaneColumns:
        """The columns of a copy of the lane, further right."""
        return LaneColumns(self.label + offset, self.first + offset, self.count)


def lane_columns(bands: Sequence[Band]) -> tuple[list[LaneColumns], dict[int, float]]:
    """The columns that the widest band of every lane needs, and how wide all of them are."""
    count = max((len(band.lanes) for band in bands), default=0) or 1
    label_width = _label_width(bands)
    lanes: list[LaneColumns] = []
    widths = {1: MARGIN_WIDTH}
    column = 2
    for index in range(count):
        members = [band.lanes[index] for band in bands if index < len(band.lanes)]
        columns = max([1, *map(columns_of, members)])
        if index == count - 1:
            columns = max(columns, LEAST_COLUMNS - column)
        place = LaneColumns(column, column + 1, columns)
        widths[place.label] = label_width
        width = max((value_width(lane, columns) for lane in members), default=VALUE_WIDTH)
        widths |= dict.fromkeys(range(place.first, place.last + 1), width)
        widths[place.last + 1] = GAP_WIDTH
        lanes.append(place)
        column = place.last + 2
    _make_room(bands, lanes, widths)
    return lanes, widths


def _make_room(bands: Sequence[Band], lanes: list[LaneColumns], widths: dict[int, float]) -> None:
    """Columns more for the last lane, until the labels of settings end on the page.

    A label has the whole row to its right: nothing stands beside a panel of settings.
    """
    for band in bands:
        for lane, columns in zip(band.lanes, lanes, strict=False):
            shown = [
                s.label for panel in lane if isinstance(panel, Settings) for s in panel.settings
            ]
            needed = max((1 + characters(label) * SETTING_SIZE for label in shown), default=0)
            while needed > sum(widths[c] for c in range(columns.first, lanes[-1].last + 1)):
                last = lanes[-1] = replace(lanes[-1], count=lanes[-1].count + 1)
                widths[last.last + 1], widths[last.last] = GAP_WIDTH, widths[last.first]


def _label_width(bands: Sequence[Band]) -> float:
    """Wide enough for the longest label of a row, within limits."""
    blocks = [b for band in bands for lane in band.lanes for b in lane if isinstance(b, Block)]
    shown = [label_text(label) for block in blocks for label in block.row_labels]
    shown += [label_text(block.caption) for block in blocks]
    widest = max((characters(text) * LABEL_SIZE for text in shown), default=0)
    return min(max(widest, LABEL_WIDTHS[0]), LABEL_WIDTHS[1])
