"""What does not fit on a page: lanes wrapped, and large blocks on sheets of their own.

A page is one page wide, and no table on it is cut. Where a table is so wide that its numbers
would be small, the page is turned. Lanes that cannot stand side by side at a readable size go
under one another. A block that is larger than a page gets a sheet of
its own, which prints over several pages with its labels repeated on each, and whose labels
stay on the screen while one scrolls; the page keeps the heading, with a link.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil

import numpy as np

from xlsxattn.outline import Band, Block, Lane, Outline, SheetPlan, columns_of, rows_of
from xlsxattn.style import (
    GAP_WIDTH,
    LABEL_WIDTHS,
    MANY_COLUMNS,
    MARGIN_WIDTH,
    NARROW_WIDTH,
    ROW_HEIGHT,
    VALUE_WIDTH,
    page_points,
    page_width_points,
    pixels,
    print_scale,
)

#: The smallest scale, in percent, at which a page is still easy to read.
LEAST_SCALE = 55
#: The scale, in percent, below which a table that stands alone turns the page.
TURN_SCALE = 75
#: The scales, in percent, among which a large block finds the one of the fewest pages.
SCALES = range(50, 81)
HEAD_ROWS = 6  # over the labels on the first page: title, heading, sentence


def paginate(content: Outline) -> Outline:
    """The outline with every band in a shape that its pages can hold."""
    turned = _is_turned([band for band in content.bands if not band.sheet])
    plans = {**content.plans, "": SheetPlan(printed=True, landscape=turned)}
    bands: list[Band] = []
    for band in content.bands:
        bands += [band] if band.sheet else _on_sheets_of_their_own(band, plans)
    page = [band for band in bands if not band.sheet]
    beside = _lanes_beside(page, turned)
    wrapped = [part for band in bands for part in ([band] if band.sheet else _wrap(band, beside))]
    return replace(content, bands=wrapped, plans=plans)


def _is_turned(page: list[Band]) -> bool:
    """Whether some table is small on a page that stands upright, and fits one that lies."""
    lanes = [lane for band in page for lane in band.lanes if not _is_panel(lane)]
    return any(_scale([lane], False) < TURN_SCALE and _fits(lane, True) for lane in lanes)


def _on_sheets_of_their_own(band: Band, plans: dict[str, SheetPlan]) -> list[Band]:
    """A band as it is, or its heading on the page and a sheet for each of its lanes."""
    panels: list[Lane] = [lane for lane in band.lanes if _is_panel(lane)]
    lanes = [lane for lane in band.lanes if not _is_panel(lane)]
    if all(_fits(lane, plans[""].landscape) for lane in lanes):
        return [band]
    if band.second is not None and panels and lanes:
        outcome, rest = _apart(band)
        return [outcome, *_on_sheets_of_their_own(rest, plans)]
    sheets = []
    for lane in lanes:
        block = lane[0]
        assert isinstance(block, Block)
        name = block.node.name
        scale, landscape = _fewest_pages(lane)
        plans[name] = SheetPlan(printed=True, landscape=landscape, labels=True, scale=scale)
        sheets.append(replace(band, lanes=[lane], sheet=name, chart=None, links=[]))
    links = [*band.links, *(sheet.sheet for sheet in sheets)]
    return [replace(band, lanes=panels, links=links), *sheets]


def _apart(band: Band) -> tuple[Band, Band]:
    """What stands beside a band under a second heading, as a band above it; and the rest."""
    assert band.second is not None
    first = band.second[0]
    above = Band("Outcome", band.second[1], "", "", band.lanes[first:], "output", aside=band.aside)
    return above, replace(band, lanes=band.lanes[:first], second=None, aside=None)


def _is_panel(lane: Lane) -> bool:
    return any(not isinstance(block, Block) for block in lane)


def _fits(lane: Lane, turned: bool) -> bool:
    """Whether a lane by itself fits a page at a readable size."""
    scale = _scale([lane], turned)
    tall = rows_of([lane]) * ROW_HEIGHT
    return scale >= LEAST_SCALE and tall <= page_points(scale, turned) * 0.9


def _fewest_pages(lane: Lane) -> tuple[int, bool]:
    """The scale, and whether to turn the page, at which a lane takes the fewest pages."""
    label, value = (
        pixels(width) * 0.75 for width in (LABEL_WIDTHS[0] + MARGIN_WIDTH, value_width(lane))
    )
    best: tuple[int, int, int] | None = None
    for landscape in (False, True):
        for scale in SCALES:
            across = (page_width_points(scale, landscape) - label) // value
            down = page_points(scale, landscape) // ROW_HEIGHT - 1  # the header on each page
            pages = ceil(columns_of(lane) / across) * ceil((rows_of([lane]) + HEAD_ROWS) / down)
            if best is None or (pages, -scale) < best[:2]:
                best = pages, -scale, landscape
    assert best is not None
    return -best[1], bool(best[2])


def _scale(lanes: list[Lane], turned: bool) -> int:
    """The scale, in percent, at which lanes stand side by side on a page."""
    widths: list[float] = []
    for lane in lanes:
        widths += [LABEL_WIDTHS[0], *[value_width(lane)] * columns_of(lane), GAP_WIDTH]
    return print_scale(widths, turned)


def _lanes_beside(bands: list[Band], turned: bool) -> int:
    """How many lanes of the page can stand side by side, the same number in every band."""
    count = max((len(band.lanes) for band in bands), default=1)
    for beside in range(count, 1, -1):
        widest: list[Lane] = []
        for position in range(beside):
            lanes = [lane for band in bands for lane in band.lanes[position::beside]]
            widest.append(max(lanes, key=lambda lane: columns_of(lane) * value_width(lane)))
        if _scale(widest, turned) >= (TURN_SCALE if turned else LEAST_SCALE):
            return beside
    return 1


def _wrap(band: Band, beside: int) -> list[Band]:
    """A band in rows of so many lanes; only the first has the heading."""
    rows = [band.lanes[start : start + beside] for start in range(0, len(band.lanes), beside)]
    if len(rows) < 2:
        return [band]
    if band.second is not None and _is_panel(band.lanes[-1]):
        outcome, others = _apart(band)
        return [outcome, *_wrap(others, beside)]
    first = replace(band, lanes=rows[0], chart=None)
    rest = [replace(first, title="", note="", links=[], lanes=row) for row in rows[1:]]
    rest[-1] = replace(rest[-1], chart=band.chart)
    return [first, *rest]


def value_width(lane: Lane, columns: int = 0) -> float:
    """Wide enough for the longest number, at least the uniform width of so many columns.

    Without ``columns``, of those of the lane.
    """
    many = (columns or columns_of(lane)) > MANY_COLUMNS
    longest = NARROW_WIDTH if many else VALUE_WIDTH
    for block in lane:
        if isinstance(block, Block) and block.node.value.dtype != object:
            largest = float(np.nanmax(np.abs(block.node.value), initial=1.0))
            if largest < 1e15:
                digits = len(f"{largest:,.{block.decimals}f}")
                longest = max(longest, (digits + 1) * 0.85 + 0.8 if many else digits + 1.6)
    return longest
