"""The columns of a sheet: every lane (a context) has one for row labels and those of its matrices.

The same columns serve every band, so that a word stays in its column down the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from xlsxattn.labels import label_text
from xlsxattn.outline import Band, Block, Lane, Outcome, Settings, columns_of, is_said
from xlsxattn.style import (
    GAP_WIDTH,
    LABEL_WIDTHS,
    MANY_COLUMNS,
    MARGIN_WIDTH,
    NARROW_WIDTH,
    SMALL_SIZE,
    VALUE_WIDTH,
    pixels,
    wrapped,
)
from xlsxattn.widths import characters

#: A page is at least so many pixels wide, for its sentences.
LEAST_PIXELS = 640
#: How wide texts are at their sizes, in characters of the default font a character.
LABEL_SIZE, HEADER_SIZE, DIGIT_SIZE = 0.95, 0.88, 1.04
CAPITAL = 0.15  # what a capital needs beside that
PADDING = 1.0  # characters beside a text in its cell
INDENT = 1.3  # characters between a caption and the matrix at its right
MOST_HEADER = 10.0  # longer labels of columns shrink
CAPTION_LINES = 3


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
    lanes: list[LaneColumns] = []
    widths = {1: MARGIN_WIDTH}
    for index in range(count):
        members = [band.lanes[index] for band in bands if index < len(band.lanes)]
        values = value_widths(members) or [VALUE_WIDTH]
        if index == count - 1:
            used = sum(map(pixels, [*widths.values(), _label_width(members), *values]))
            values += [VALUE_WIDTH] * -(-(LEAST_PIXELS - used) // pixels(VALUE_WIDTH))
        label = max(widths) + 1
        lanes.append(LaneColumns(label, label + 1, len(values)))
        for column, width in enumerate([_label_width(members), *values, GAP_WIDTH], label):
            widths[column] = width
    _make_room(bands, lanes, widths)
    return lanes, widths


def _make_room(bands: Sequence[Band], lanes: list[LaneColumns], widths: dict[int, float]) -> None:
    """Columns more for the last lane, until the labels of settings end on the page.

    A label has the whole row to its right: nothing stands beside a panel of settings.
    """
    for band in bands:
        for lane, columns in zip(band.lanes, lanes, strict=False):
            panels = [panel for panel in lane if isinstance(panel, Settings)]
            needed = max(map(_panel_width, panels), default=0)
            while needed > sum(widths[c] for c in range(columns.first, lanes[-1].last + 1)):
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
            for one in [] if is_said(block) else stacked:  # a sentence hangs over other cells
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
    return min(width, most)


def caption_lines(caption: str, width: float) -> list[str]:
    """A caption as it is broken in a column of labels."""
    return wrapped(caption, width - PADDING / 2 - INDENT, SMALL_SIZE)
