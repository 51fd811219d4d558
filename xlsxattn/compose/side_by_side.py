"""Bands that say the same of several contexts, or of several heads, as one band."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xlsxattn.compose.story import Story
from xlsxattn.outline import Band, Block

_HEAD = re.compile(r"_head(\d+)$")


def contexts_side_by_side(
    story: Story, groups: Sequence[list[Band]], tails: Sequence[str], titles: Sequence[str]
) -> list[Band]:
    """The bands of each context, a lane a context; ``tails`` are the ends of their names."""
    joined: dict[tuple[str, str], Band] = {}
    for bands, tail, title in zip(groups, tails, titles, strict=True):
        for band in bands:
            if band.key.endswith(tail):  # weights serve all contexts
                band.key = band.key.removesuffix(tail)
                _caption(band, title)
            _join(story, joined, (band.key, band.sheet), band)
    return list(joined.values())


def heads_side_by_side(story: Story, bands: Sequence[Band]) -> list[Band]:
    """The bands of each head of one context, a lane a head."""
    joined: dict[tuple[str, str], Band] = {}
    for band in bands:
        head = _HEAD.search(band.key)
        if head is not None and len(band.lanes) == 1:
            shown = story.interface["head"].format(head[1])
            band.key = band.key.removesuffix(head[0])
            band.title = band.title.removesuffix(f" · {shown}")
            band.mathematics = re.sub(r"_head\d+\b", "", band.mathematics)
            _caption(band, shown)
            block = band.lanes[0][0]
            if isinstance(block, Block):
                block.tone = f"head{(int(head[1]) - 1) % 4 + 1}"
        _join(story, joined, (band.key, band.sheet), band)
    return list(joined.values())


def _caption(band: Band, caption: str) -> None:
    """What stands at the left over the first block of each lane."""
    for lane in band.lanes:
        if lane and isinstance(lane[0], Block):
            lane[0].caption = caption


def _join(
    story: Story, joined: dict[tuple[str, str], Band], key: tuple[str, str], band: Band
) -> None:
    """Add the lanes of a band to the one that says the same, where there is such a one."""
    host = joined.setdefault(key, band)
    if host is not band:
        if band.mathematics != host.mathematics and not host.mathematics.endswith("…"):
            host.mathematics += ",  …"
        host.lanes += band.lanes
        story.move(band, host)
