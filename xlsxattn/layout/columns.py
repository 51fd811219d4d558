"""The columns of a sheet: every lane (a context) has one for row labels and those of its matrices.

The same columns serve every band, so that a word stays in its column down the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from math import fsum

import numpy as np

from xlsxattn.labels import label_text
from xlsxattn.layout.numbering import numbered
from xlsxattn.outline import (
    OUTCOME_COLUMNS,
    Band,
    Block,
    Lane,
    Outcome,
    Settings,
    columns_of,
    is_said,
)
from xlsxattn.style import (
    GAP_WIDTH,
    HEADING_SIZE,
    LABEL_WIDTHS,
    MANY_COLUMNS,
    MARGIN_WIDTH,
    NARROW_WIDTH,
    SMALL_SIZE,
    SUBTITLE_SIZE,
    TEXT_SIZE,
    VALUE_WIDTH,
    pixels,
    wrapped,
)
from xlsxattn.widths import characters

#: A page is at least so many pixels wide, for its sentences; what is not printed, for claims
#: over what their formulas need cells for.
LEAST_PIXELS, UNPRINTED_PIXELS = 640, 960
#: How wide texts are at their sizes, in characters of the default font a character.
LABEL_SIZE, HEADER_SIZE, DIGIT_SIZE = 0.95, 0.88, 1.04
CAPITAL = 0.15  # what a capital needs beside that
PADDING = 1.0  # characters beside a text in its cell
INDENT = 1.3  # characters between a caption and the matrix at its right
SHADE_WIDTH = 1.7  # of a cell that shows nothing but its colour
MOST_HEADER = 10.0  # longer labels of columns shrink
CAPTION_LINES = 2
CAPTION_WIDTH = 10.5  # up to this a caption makes its column wider, to stand in one line
BOLD = 1.1  # how much wider bold type is


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


def lane_columns(
    bands: Sequence[Band], least: int = LEAST_PIXELS
) -> tuple[list[LaneColumns], dict[int, float]]:
    """The columns that the widest band of every lane needs, and how wide all of them are.

    All together are ``least`` pixels wide, or wider.
    """
    count = max((len(_shared(band)) for band in bands), default=0) or 1
    lanes: list[LaneColumns] = []
    widths = {1: MARGIN_WIDTH}
    for index in range(count):
        members = [_shared(band)[index] for band in bands if index < len(_shared(band))]
        values = value_widths(members) or [VALUE_WIDTH]
        if index == count - 1:
            used = sum(map(pixels, [*widths.values(), _label_width(members), *values]))
            values += [VALUE_WIDTH] * -(-(least - used) // pixels(VALUE_WIDTH))
        label = max(widths) + 1
        lanes.append(LaneColumns(label, label + 1, len(values)))
        for column, width in enumerate([_label_width(members), *values, GAP_WIDTH], label):
            widths[column] = width
    _make_room(bands, lanes, widths)
    return lanes, widths


def band_lanes(
    band: Band, lanes: Sequence[LaneColumns], widths: Mapping[int, float]
) -> list[LaneColumns]:
    """The columns of the lanes of a band: those of the page, or what an inset one finds free."""
    if not band.inset:
        return list(lanes)
    last, heading = lanes[-1].last, _heading_width(band)
    own = replace(lanes[0], count=columns_of(band.lanes[0]))
    while own.last < last and _between(widths, own.label, own.last) < heading:
        own = replace(own, count=own.count + 1)
    start = own.last + 2  # a column stays free between them
    first = start + 1
    while first < last and (
        _between(widths, start, first) < _whose_width(_outcome(band))
        or widths[first + 1] < NARROW_WIDTH  # that of the number
    ):
        first += 1
    return [own, LaneColumns(start, first, max(last - first + 1, 1))]


def _has_room(band: Band, lanes: Sequence[LaneColumns], widths: Mapping[int, float]) -> bool:
    """Whether an inset outcome finds enough columns for its sentences and its bars."""
    inset, outcome = band_lanes(band, lanes, widths)[1], _outcome(band)
    return (
        inset.count >= OUTCOME_COLUMNS
        and _between(widths, inset.label, inset.first) >= _whose_width(outcome)
        and _between(widths, inset.label, inset.last) >= _said_width(outcome)
    )


def _heading_width(band: Band) -> float:
    """What the heading of a band needs, with its number."""
    return characters(numbered(1, band.title)) * BOLD * HEADING_SIZE / TEXT_SIZE


def _shared(band: Band) -> list[Lane]:
    """The lanes of a band that have columns of their own."""
    return band.lanes[:-1] if band.inset else band.lanes


def _outcome(band: Band) -> Outcome:
    """What is inset in a band."""
    (outcome,) = band.lanes[-1]
    assert isinstance(outcome, Outcome)
    return outcome


def _whose_width(outcome: Outcome) -> float:
    """What the labels of bars need in a row: whose they are, and of what."""
    whose = max((_text_width(label_text(bar.label)) for bar in outcome.bars), default=0)
    return whose + max((_text_width(label_text(bar.of)) for bar in outcome.bars), default=0)


def _said_width(outcome: Outcome) -> float:
    """What the longest sentence needs, and how many claims hold beside the heading."""
    said = max((characters(str(node.value[0, 0])) for node in outcome.sentences), default=0)
    return said * BOLD * SUBTITLE_SIZE / TEXT_SIZE


def _between(widths: Mapping[int, float], first: int, last: int) -> float:
    """The width in characters from one column to another."""
    return fsum(widths[column] for column in range(first, last + 1))


def _make_room(bands: Sequence[Band], lanes: list[LaneColumns], widths: dict[int, float]) -> None:
    """Columns more for the last lane, until settings and inset outcomes end on the page.

    A label has the whole row to its right: nothing stands beside a panel of settings.
    """
    for band in bands:
        while band.inset and not _has_room(band, lanes, widths):
            _add_column(lanes, widths)
        for lane, columns in zip(_shared(band), lanes, strict=False):
            panels = [panel for panel in lane if isinstance(panel, Settings)]
            needed = max(map(_panel_width, panels), default=0)
            while needed > fsum(widths[c] for c in range(columns.first, lanes[-1].last + 1)):
                _add_column(lanes, widths)


def _add_column(lanes: list[LaneColumns], widths: dict[int, float]) -> None:
    """One column more for the last lane."""
    last = lanes[-1] = replace(lanes[-1], count=lanes[-1].count + 1)
    widths[last.last + 1], widths[last.last] = GAP_WIDTH, VALUE_WIDTH


def value_widths(lanes: Sequence[Lane]) -> list[float]:
    """How wide the columns of lanes are that stand under one another, beside their labels.

    All are alike, but for those that hold longer numbers or labels.
    """
    count = max(map(columns_of, lanes), default=0)
    widths = [NARROW_WIDTH if count > MANY_COLUMNS else VALUE_WIDTH] * count
    for lane in lanes:
        column = 0
        for block in lane:
            if isinstance(block, Outcome) and block.bars:
                of = [label_text(bar.of) for bar in block.bars]
                widths[0] = max(widths[0], *(_text_width(text) for text in of))
            if not isinstance(block, Block):
                continue
            column += block.gap
            if _labels_beside(block):
                widths[column - 1] = max(widths[column - 1], _labels_width([block]))
            stacked = [block] if block.above is None else [block, block.above]
            if block.shades:
                widths[column : column + block.node.columns] = [SHADE_WIDTH] * block.node.columns
                stacked = []
            for one in (
                [] if is_said(block) or block.lines else stacked
            ):  # a sentence hangs over other cells
                for at, width in enumerate(_needed(one), column):
                    widths[at] = max(widths[at], width)
            column += block.node.columns
    return widths


def _panel_width(panel: Settings) -> float:
    """What the texts of settings need at the right of their cells."""
    return max((_text_width(setting.label) for setting in panel.settings), default=0)


def _needed(block: Block) -> Iterator[float]:
    """What each column of a block needs for its numbers and its label."""
    values, heads = block.node.value, block.column_labels
    for column in range(block.node.columns):
        label = label_text(heads[column]) if column < len(heads) else ""
        head = characters(label) * HEADER_SIZE
        longest = _longest(values[:, column], block)
        yield max(longest, min(head, MOST_HEADER)) + PADDING


def _longest(values: np.ndarray, block: Block) -> float:
    """How wide the longest content of a column is, in characters, a mask's own number apart."""
    if values.dtype == object:
        return max((min(characters(str(v)), MOST_HEADER) for v in values), default=0.0)
    shown = values[np.isfinite(values) & (np.abs(values) < 1e15)]
    separated = "," if block.decimals == 0 else ""
    ends = (shown.min(), shown.max()) if shown.size else ()
    signed = "+" if block.signed else ""
    texts = [f"{v:{signed}{separated}.{block.decimals}f}" for v in ends]
    return max(
        (len(text) * DIGIT_SIZE - sum(map(text.count, ".,")) / 2 for text in texts), default=0
    )


def _label_width(lanes: Sequence[Lane]) -> float:
    """How wide the column of labels is that lanes have in common, with those of bars."""
    blocks = [block for lane in lanes for block in lane if isinstance(block, Block)]
    width = _labels_width([block for block in blocks if not _labels_beside(block)])
    outcomes = [one for lane in lanes for one in lane if isinstance(one, Outcome)]
    shown = [text for outcome in outcomes for text in _bar_labels(outcome)]
    return min(max([width, *map(_text_width, shown)]), LABEL_WIDTHS[1])


def _bar_labels(outcome: Outcome) -> Iterator[str]:
    """The labels of bars; of one that several bars share, which may break, its words."""
    for bar, after in zip_longest(outcome.bars, outcome.bars[1:]):
        text = label_text(bar.label)
        yield from text.split() if after is not None and not after.label else [text]


def _text_width(text: str) -> float:
    """What a label needs in its cell."""
    capitals = sum(character.isupper() for character in text)
    return characters(text) * LABEL_SIZE + capitals * CAPITAL + PADDING


def _labels_beside(block: Block) -> bool:
    """Whether the labels of a block's rows stand right beside it, after another block."""
    return block.attached and bool(block.row_labels)


def _labels_width(blocks: Sequence[Block]) -> float:
    """Wide enough for the longest label of a row, and for captions in a few lines, in limits."""
    blocks = [*blocks, *(block.above for block in blocks if block.above is not None)]
    shown = [label_text(label) for block in blocks for label in block.row_labels]
    least, most = LABEL_WIDTHS
    width = max(map(_text_width, shown), default=least)
    headed = [block for block in blocks if block.row_labels or not block.attached]
    captions = [label_text(block.caption) for block in headed]
    words = [word for caption in captions for word in caption.split()]
    beside = PADDING / 2 + INDENT
    width = max(width, *(characters(word) * HEADER_SIZE + beside for word in words), least)
    while width < most and any(len(caption_lines(c, width)) > CAPTION_LINES for c in captions):
        width += 0.5
    in_one = max((characters(c) * HEADER_SIZE + beside for c in captions), default=0.0)
    if in_one <= CAPTION_WIDTH:
        width = max(width, in_one)
    return min(width, most)


def caption_lines(caption: str, width: float) -> list[str]:
    """A caption as it is broken in a column of labels."""
    return wrapped(caption, width - PADDING / 2 - INDENT, SMALL_SIZE)
