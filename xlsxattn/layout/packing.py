"""Small bands side by side, where the page has room at the right of one for the next."""

from __future__ import annotations

from dataclasses import replace
from math import fsum

from xlsxattn.layout.columns import lane_columns
from xlsxattn.layout.numbering import numbered
from xlsxattn.outline import Band, Block, Heading
from xlsxattn.style import HEADING_SIZE, LEAST_SCALE, TEXT_SIZE, print_scale
from xlsxattn.widths import characters


def packed(bands: list[Band], landscape: bool) -> list[Band]:
    """The bands of a page, each with the next one at its right where both have room.

    The page grows no wider than cells are readable on paper, and every heading has room for
    its title and its mathematics.
    """
    done: list[Band] = []
    left = list(bands)
    while left:
        band = left.pop(0)
        if left and _small(band) and _small(left[0]) and not _goes_on(left[1:]):
            both = _side_by_side(band, left[0])
            if _has_room(both, [*done, both, *left[1:]], landscape):
                band = both
                left.pop(0)
        done.append(band)
    return done


def _small(band: Band) -> bool:
    """One matrix or a few in a lane, with a heading, and nothing that wants the whole width."""
    if band.sheet or not band.title or band.chart or band.links or band.second:
        return False
    blocks = band.lanes[0] if len(band.lanes) == 1 else []
    return bool(blocks) and all(isinstance(b, Block) and b.above is None for b in blocks)


def _goes_on(after: list[Band]) -> bool:
    """Whether what follows stands under the heading before it."""
    return bool(after) and not after[0].title


def _side_by_side(band: Band, after: Band) -> Band:
    second = Heading(
        1, after.title, after.note, after.mathematics, after.tone, numbered=True, key=after.key
    )
    return replace(band, lanes=[*band.lanes, *after.lanes], second=second)


def _has_room(both: Band, page: list[Band], landscape: bool) -> bool:
    lanes, widths = lane_columns([band for band in page if not band.sheet])
    if len(lanes) != 2:
        return False
    if print_scale([widths[c] for c in range(1, lanes[-1].last + 1)], landscape) < LEAST_SCALE:
        return False
    second = both.second
    assert second is not None
    for lane, title, written in (
        (lanes[0], both.title, both.mathematics),
        (lanes[1], second.title, second.mathematics),
    ):
        room = fsum(widths[column] for column in range(lane.label, lane.last + 1))
        text = f"{numbered(1, title)}   {written}"
        if characters(text) * HEADING_SIZE / TEXT_SIZE > room:
            return False
    return True
