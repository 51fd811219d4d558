"""What does not fit on a page: lanes wrapped, and large blocks on sheets of their own.

A page is one page wide, and no table on it is cut. Where a table is so wide that its numbers
would be small, the page is turned. Lanes that cannot stand side by side at a readable size go
under one another. A block that is larger than a page gets a sheet of its own, which prints
over several pages with its labels repeated on each, and whose labels stay on the screen while
one scrolls; the page keeps the heading, with a link.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from xlsxattn.layout.columns import lane_columns, value_widths
from xlsxattn.layout.packing import packed
from xlsxattn.outline import Band, Block, Lane, Outline, SheetPlan, columns_of, rows_of
from xlsxattn.style import (
    LABEL_WIDTHS,
    LEAST_SCALE,
    MARGIN_WIDTH,
    ROW_HEIGHT,
    page_points,
    page_width_points,
    pixels,
    print_scale,
)

#: The scales, in percent, among which a large block finds the one of the fewest pages.
SCALES = range(60, LEAST_SCALE + 1)
HEAD_ROWS = 6  # over the labels on the first page: title, heading, sentence


def paginate(content: Outline, pack: bool = True) -> Outline:
    """The outline with every band in a shape that its pages can hold.

    With ``pack``, small bands stand side by side.
    """
    plans = dict(content.plans)
    bands: list[Band] = []
    for band in content.bands:
        bands += [band] if band.sheet else _on_sheets_of_their_own(band, plans)
    wrapped, landscape = _shaped(bands)
    plans[""] = SheetPlan(printed=True, landscape=landscape)
    for name, plan in plans.items():
        own = [band for band in bands if band.sheet == name]
        if name and plan.printed and not plan.labels and not any(map(_is_shaded, own)):
            plans[name] = replace(plan, landscape=_scale(own, False) < LEAST_SCALE)
    return replace(content, bands=packed(wrapped, landscape) if pack else wrapped, plans=plans)


def _on_sheets_of_their_own(band: Band, plans: dict[str, SheetPlan]) -> list[Band]:
    """A band as it is, or its heading on the page and a sheet for each of its lanes."""
    panels: list[Lane] = [lane for lane in band.lanes if _is_panel(lane)]
    lanes = [lane for lane in band.lanes if not _is_panel(lane)]
    if all(fits(lane) for lane in lanes):
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


def _apart(band: Band) -> list[Band]:
    """What stands beside a band under a second heading, as a band above it; and the rest."""
    second = band.second
    assert second is not None
    lanes = band.lanes[second.lane :]
    above = Band("Outcome", second.title, "", "", lanes, second.tone, aside=band.aside)
    rest = replace(
        band, lanes=band.lanes[: second.lane], second=None, aside=None, inset=False
    )  # fmt: skip
    return [above, rest]


def _is_shaded(band: Band) -> bool:
    """Whether a band has cells without numbers, which may be small on paper."""
    blocks = [block for lane in band.lanes for block in lane if isinstance(block, Block)]
    return any(block.shades for block in blocks)


def _is_panel(lane: Lane) -> bool:
    return any(not isinstance(block, Block) for block in lane)


def fits(lane: Lane) -> bool:
    """Whether a page, upright or turned, holds a lane at a readable size."""
    bands, tall = [Band("", "", "", "", [lane])], rows_of([lane]) * ROW_HEIGHT
    scales = [(_scale(bands, turned), turned) for turned in (False, True)]
    return any(
        scale >= LEAST_SCALE and tall <= page_points(scale, turned) * 0.9
        for scale, turned in scales
    )


def _fewest_pages(lane: Lane) -> tuple[int, bool]:
    """The scale, and whether to turn the page, at which a lane takes the fewest pages."""
    label = pixels(LABEL_WIDTHS[0] + MARGIN_WIDTH) * 0.75
    value = max(map(pixels, value_widths([lane]))) * 0.75
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


def _scale(bands: list[Band], landscape: bool) -> int:
    """The scale, in percent, at which bands fill the width of a page."""
    lanes, widths = lane_columns(bands)
    return print_scale([widths[column] for column in range(1, lanes[-1].last + 1)], landscape)


def _shaped(bands: list[Band]) -> tuple[list[Band], bool]:
    """Bands with as many lanes side by side as the page can hold, and whether it is turned.

    The number is the same in every band; the page is turned only for that. Where what comes
    out finds no room beside the inputs, it stands above them.
    """
    count = max((len(band.lanes) for band in bands if not band.sheet), default=1)
    ways = [(beside, turned) for beside in range(count, 0, -1) for turned in (False, True)]
    tried = [(_wrapped(bands, beside), turned) for beside, turned in ways]
    # as many as there are, and then, with what comes out inset, those of an upright page
    plain = [(told, turned) for told, turned in tried if not any(band.inset for band in told)]
    upright = [(told, turned) for told, turned in tried if not turned]
    for told, turned in [*plain, *upright]:
        if _fits_across(told, turned):
            return told, turned
    parted = [part for band in bands for part in (_apart(band) if _is_told(band) else [band])]
    wrapped = _wrapped(parted, 1)
    return wrapped, not _fits_across(wrapped, False)


def _fits_across(bands: list[Band], landscape: bool) -> bool:
    return _scale([band for band in bands if not band.sheet], landscape) >= LEAST_SCALE


def _is_told(band: Band) -> bool:
    """Whether what comes out stands at the right of a band."""
    return band.second is not None and not band.sheet and _is_panel(band.lanes[-1])


def _wrapped(bands: list[Band], beside: int) -> list[Band]:
    return [part for band in bands for part in ([band] if band.sheet else _wrap(band, beside))]


def _wrap(band: Band, beside: int) -> list[Band]:
    """A band in rows of so many lanes; only the first has the heading.

    What comes out stays beside the first of them.
    """
    if band.inset or len(band.lanes) <= beside:
        return [band]
    if _is_told(band):
        return [replace(band, inset=True)]
    rows = [band.lanes[start : start + beside] for start in range(0, len(band.lanes), beside)]
    first = replace(band, lanes=rows[0], chart=None)
    rest = [replace(first, title="", note="", links=[], lanes=row) for row in rows[1:]]
    rest[-1] = replace(rest[-1], chart=band.chart)
    return [first, *rest]
