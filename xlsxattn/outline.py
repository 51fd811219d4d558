"""A lesson as what a reader meets: bands of blocks, in reading order.

``compose`` makes an outline of a lesson: named steps, each with its heading, its
sentence and its place in the story. Where on a sheet that is, ``layout`` decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from xlsxattn.expression import Matrix, Step, Words
from xlsxattn.labels import Label

if TYPE_CHECKING:
    from xlsxattn.lesson import Lesson


@dataclass(frozen=True)
class Mark:
    """What is marked of a matrix, counted from 0: a row, a column, or the cell in both.

    Where an inspector chooses words, the row is that of its ``query`` and the column that of
    its ``key``, whatever these are changed to.
    """

    row: int | None = None
    column: int | None = None
    query: Words | None = None
    key: Words | None = None

    @property
    def live(self) -> bool:
        """Whether words are chosen of which it depends what is marked."""
        return self.query is not None or self.key is not None


@dataclass
class Block:
    """A placed node on the page, with its labels.

    An ``attached`` block stands right beside the one before it, ``gap`` columns further on,
    where its caption is, and ``row_offset`` rows further down; its row labels, if it has some,
    in the column before.
    ``above`` is a block that stands over this one, column over column, as the right operand
    over its product, whose left operand is the first block of the band. Of these three the
    ``mark`` tells which row and column make which cell.
    ``bars`` draws shares of 1 as bars in place of numbers.
    ``shades`` are a heat map of small cells without numbers, whose labels stand upright. A text
    is shown over so many ``lines``, as wide as the page.
    ``masked`` numbers may be as low as a mask sets them, too long to be shown in full.
    """

    node: Matrix
    row_labels: tuple[Label, ...] = ()
    column_labels: tuple[Label, ...] = ()
    caption: Label = ""
    tone: str = "neutral"
    decimals: int = 2
    heat: bool = False
    bars: bool = False
    signed: bool = False
    masked: bool = False
    shades: bool = False
    lines: int = 0
    attached: bool = False
    row_offset: int = 0
    gap: int = 0
    above: Block | None = None
    mark: Mark | None = None


@dataclass
class Setting:
    """A scalar with its label: an input or switch, or a small formula."""

    node: Matrix
    label: str
    decimals: int = 0


@dataclass
class Settings:
    """A small table of settings."""

    settings: list[Setting]


@dataclass(frozen=True)
class Bar:
    """One number of a step as a bar, from 0: whose it is, of what, and its decimals.

    ``shade`` tells the bars of a group apart, 0 for the first.
    """

    label: Label
    of: Label
    node: Matrix
    row: int
    column: int
    decimals: int
    shade: int


@dataclass
class Outcome:
    """What comes out: live sentences, the bars that matter, and a claim to try.

    ``tally`` says how many claims hold; it stands in the heading.
    """

    sentences: list[Step] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    tried: Claim | None = None
    tally: Step | None = None


Lane = list[Block | Settings | Outcome]


@dataclass
class Series:
    """One series of a chart: its name, and the places of its numbers."""

    label: Label
    node: Matrix
    row: int | None = None  # a row of the node, or the whole node, which is a column
    columns: tuple[int, int] = (0, 0)  # first and last column of that row
    tone: str = ""  # by itself that of its place among the others


@dataclass
class Chart:
    """A live chart: bars over labels, or lines over a column of numbers."""

    kind: str
    title: str
    alternative: str
    series: list[Series]
    x: Series
    rows: int = 12  # how tall it is at least


@dataclass(frozen=True)
class Heading:
    """Another heading in a band, over its lanes from one on (from 0).

    A ``numbered`` one is that of a step of its own, with its ``key`` and its sentence; any
    other shares the sentence of the band.
    """

    lane: int
    title: str
    note: str = ""
    mathematics: str = ""
    tone: str = "neutral"
    numbered: bool = False
    key: str = ""  # of that step


@dataclass
class Band:
    """One step of the story: a heading, a sentence, and a lane of blocks a context.

    The last lane of an ``inset`` band has no columns of its own in other bands: it stands in
    those that its first lane leaves free.
    """

    key: str
    title: str
    note: str
    mathematics: str
    lanes: list[Lane]
    tone: str = "neutral"
    chart: Chart | None = None
    sheet: str = ""  # the title of a sheet of its own; the page itself if empty
    second: Heading | None = None  # over its last lanes
    aside: Step | None = None  # a text at the right end of the heading, or of the second one
    links: list[str] = field(default_factory=list)  # sheets that its blocks have to themselves
    inset: bool = False


@dataclass
class Copy:
    """The blocks of a sheet once more at the right, under a heading: node → its counterpart."""

    heading: str
    nodes: dict[Matrix, Matrix]


@dataclass
class SheetPlan:
    """What a sheet other than the page is like; the usual one is not printed.

    On a ``filled`` sheet formulas refer to the sheet by plain addresses, as they do where
    one fills them to the right. ``heading`` stands over the first of several ``copies``.
    With ``labels``, it prints over as many pages as it takes at a ``scale`` in percent, its
    labels repeated on each. A ``repeated`` sheet shows what stands on the others, by reference.
    """

    printed: bool = False
    landscape: bool = False
    filled: bool = False
    labels: bool = False
    repeated: bool = False
    scale: int = 100
    subtitle: str = ""
    heading: str = ""
    copies: list[Copy] = field(default_factory=list)


@dataclass
class Claim:
    """A claim's sentence; a live one has a verdict, a what-if one says how to try it.

    ``then`` is what holds after a what-if, in notation over full names; ``change`` has the
    inputs that it changes, each with the row and the column (from 0) of the first cell, and
    ``originally`` says what stands there at first.
    """

    name: str
    text: Label
    how: Label
    verdict: Step | None
    then: str = ""
    change: list[tuple[Matrix, int, int]] = field(default_factory=list)
    originally: str = ""


@dataclass
class Outline:
    """A whole lesson, ready to be laid out; ``lesson`` is None where no file was read."""

    lesson: Lesson | None
    language: str
    title: str
    subtitle: str
    bands: list[Band]
    claims: list[Claim]
    nodes: dict[str, Matrix]
    texts: dict[str, dict[str, str]]
    focus: str = ""
    plans: dict[str, SheetPlan] = field(default_factory=dict)
    settings: list[Setting] = field(default_factory=list)
    form: str = "auto"  # ordinary formulas or arrays: one of ``formula.forms.FORMS``
    largest: float = math.inf  # results of this size and more are shown as a dash


# --- how large lanes are, in cells ----------------------------------------------------

#: A page with one lane of up to so many columns has room for the settings beside it.
NARROW_PAGE = 8
SETTING_COLUMNS = 4  # what the text of a setting needs
TRIED_ROWS = 2  # how a claim is tried, in an outcome
OUTCOME_COLUMNS = 5  # what a bar with its number needs


def columns_of(lane: Lane) -> int:
    """How many columns a lane takes beside that of its row labels."""
    for block in lane:
        if not isinstance(block, Block):
            return SETTING_COLUMNS if isinstance(block, Settings) else OUTCOME_COLUMNS
    return sum(b.gap + b.node.columns for b in lane if isinstance(b, Block))


def rows_of(lanes: Iterable[Lane], head: int | None = None) -> int:
    """How many rows lanes take side by side, with their head and the formulas under them."""
    lanes = list(lanes)
    head = head_rows(lanes) if head is None else head
    return max((body_rows(lane, head) + has_formulas(lane) for lane in lanes), default=0)


def body_rows(lane: Lane, head: int) -> int:
    """How many rows a lane takes under a head of so many rows, with it, without formulas."""
    rows = 0
    for block in lane:
        if isinstance(block, Settings):
            rows = max(rows, len(block.settings))
        elif isinstance(block, Outcome):
            tried = TRIED_ROWS if block.tried is not None else 0
            rows = max(rows, len(block.sentences) + len(block.bars) + tried)
        else:
            rows = max(rows, head + block.row_offset + (block.lines or block.node.rows))
    return rows


def is_said(block: Block) -> bool:
    """Whether a block is a sentence under a matrix."""
    return block.gap < 0 and block.node.is_text


def has_formulas(lane: Lane) -> bool:
    """Whether there is a row of formulas under a lane; a marked one stands beside its cell."""
    return any(
        isinstance(block, Block) and isinstance(block.node, Step) and block.mark is None
        for block in lane
    )


def head_rows(lanes: Iterable[Lane]) -> int:
    """The rows over the first matrices of lanes side by side, which are level.

    They hold column labels, captions, and what stands above a product, with a row for the
    arrow between them; the lane with the most of that decides for all.
    """
    return max(map(_head_rows, lanes), default=0)


def _head_rows(lane: Lane) -> int:
    blocks = [block for block in lane if isinstance(block, Block)]
    above = max((b.above.node.rows + 1 for b in blocks if b.above is not None), default=0)
    return above + any(b.column_labels or b.caption or b.above for b in blocks)


def is_prose(band: Band) -> bool:
    """Whether a band is a text over some lines."""
    return any(isinstance(block, Block) and block.lines > 0 for block in band.lanes[0])


def with_outcome(bands: list[Band], outcome: Outcome, title: str) -> list[Band]:
    """The outcome at the right of the page's first matrix; above it where a chart stands there.

    Under a text that is typed over the page; where its lanes have no room for one more, inset.
    """
    if not (outcome.sentences or outcome.bars or outcome.tally):
        return bands
    page = [band for band in bands if not band.sheet]
    first = page[0] if page else None
    if first is None or not first.lanes or first.chart is not None:
        return [Band("Outcome", title, "", "", [[outcome]], "output", aside=outcome.tally), *bands]
    if is_prose(first):
        lanes: list[Lane] = [[outcome]]
        if outcome.bars and any(len(band.lanes) > 1 for band in page):
            lanes = [[replace(outcome, bars=[])], [Outcome(bars=outcome.bars)]]
        own = Band("Outcome", title, "", "", lanes, "output", aside=outcome.tally)
        after = bands.index(first) + 1
        return [*bands[:after], own, *bands[after:]]
    widest = max(columns_of(band.lanes[0]) for band in page if band.lanes)
    room = any(len(band.lanes) > 1 for band in page) or widest <= NARROW_PAGE
    wider = replace(
        first, lanes=[first.lanes[0], [outcome]], second=Heading(1, title, tone="output"),
        aside=outcome.tally, inset=not room,
    )  # fmt: skip
    below = [replace(first, title="", note="", links=[], lanes=first.lanes[1:])]
    told = [wider, *(below if first.lanes[1:] else [])]
    return [part for band in bands for part in (told if band is first else [band])]
