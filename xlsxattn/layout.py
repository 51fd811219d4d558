"""Which step sits where: an outline becomes sheets of placed, printed content.

Every lane (a context) has a column for row labels and the columns of its matrices; the
same columns serve every band, so that a word stays in its column down the page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from xlsxattn.a1 import (
    MAX_NUMBER,
    Area,
    column_letters,
    number_text,
    quote_sheet,
    quote_text,
    sheet_title,
)
from xlsxattn.errors import LayoutError
from xlsxattn.expression import Input, Joined, Matrix, Step, Verdict, Words, header_of
from xlsxattn.formula import Formula, Reference, array_steps, formulas
from xlsxattn.named_attention import MASKED
from xlsxattn.outline import (
    Band,
    Block,
    Chart,
    Copy,
    Label,
    Lane,
    Outline,
    Series,
    Setting,
    Settings,
    SheetPlan,
    WordCell,
    columns_of,
    has_formulas,
    head_rows,
    labels,
    rows_of,
)
from xlsxattn.pagination import paginate, value_width
from xlsxattn.style import (
    FORMULA_HEIGHT,
    GAP_WIDTH,
    HEADING_HEIGHT,
    LABEL_WIDTHS,
    MARGIN_WIDTH,
    ROW_HEIGHT,
    SPACE_HEIGHT,
    TITLE_HEIGHT,
    TITLE_SIZE,
    VALUE_WIDTH,
    Role,
    page_points,
    print_scale,
    wrapped,
)
from xlsxattn.widths import characters

NUMBERS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
MOST_CHART_ROWS = 20
LEAST_CHART_COLUMNS = 4
LEAST_COLUMNS = 12
FORMULA_TYPE = 1.25  # characters of the small type of formulas in one of the default font
FRACTIONS = ("Temperature", "t")  # settings that show decimals even where they are whole


class Rows(Protocol):
    """Values that are read some rows at a time: an ndarray, a memory-mapped file, or any
    object of one's own that makes rows when it is asked for them.

    ``values[3:5]`` are rows 3 and 4 (from 0) as an ndarray of all columns; slices are asked
    for from the first row to the last, each row once, and have no step.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """How many rows and columns there are."""

    def __getitem__(self, rows: slice, /) -> Any:
        """Some rows."""


@dataclass
class Run:
    """What stands in an area, in one role: values, and the formula that gives them.

    Without a formula the values are typed: numbers, or texts.
    """

    area: Area
    role: Role
    values: Rows  # of the area's shape: numbers, or objects for text
    formula: Formula | None = None


@dataclass(frozen=True)
class Refusal:
    """What a program says about a content that a cell does not take, under a short title."""

    title: str
    message: str


@dataclass(frozen=True)
class Choice:
    """Cells that take their content from a list: an area's words, or some numbers."""

    area: Area
    source: Area | tuple[float, ...]
    refusal: Refusal


@dataclass(frozen=True)
class Range:
    """Cells that take numbers from the least to the largest, ``whole`` ones or any."""

    area: Area
    least: float
    largest: float
    whole: bool
    refusal: Refusal


@dataclass(frozen=True)
class Heat:
    """A colour scale over an area: white at the least number, or at 0 where some are negative."""

    area: Area
    tone: str
    negative: bool = False


@dataclass(frozen=True)
class Strong:
    """Rows that are set in bold while their label is a certain word."""

    area: Area
    condition: str


@dataclass(frozen=True)
class PlacedSeries:
    """Cells of a chart, with their name and their present content."""

    label: str
    area: Area
    values: list[float | str]


@dataclass(frozen=True)
class PlacedChart:
    """A chart over some cells: bars over texts, or lines over numbers."""

    kind: str
    title: str
    alternative: str
    series: list[PlacedSeries]
    x: PlacedSeries
    over: Area


@dataclass(frozen=True)
class Link:
    """A cell that leads to another sheet."""

    cell: Area
    target: str


@dataclass
class Sheet:
    """One sheet, complete but for the file format."""

    title: str
    runs: list[Run] = field(default_factory=list)
    widths: dict[int, float] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    ranges: list[Range] = field(default_factory=list)
    results: list[Area] = field(default_factory=list)  # where ``largest`` is finite
    largest: float = math.inf  # of the results that are shown as numbers
    heats: list[Heat] = field(default_factory=list)
    strong: list[Strong] = field(default_factory=list)
    charts: list[PlacedChart] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)  # the last row of each page but the last
    frozen_rows: int = 0
    frozen_columns: int = 0
    repeated_row: int = 0  # on each of several printed pages, with the frozen columns
    printed: bool = True
    landscape: bool = False
    scale: int = 100
    footer: tuple[str, str] = ("", "")
    last_row: int = 0
    last_column: int = 0
    print_columns: int = 0  # what stands further right is not printed; 0 prints all


@dataclass
class Layout:
    """Sheets, and where the named nodes are on them."""

    sheets: list[Sheet]
    names: dict[str, Area]


def lay_out(content: Outline, number: int = 0, contents: str = "") -> Layout:
    """Place an outline on sheets; in a course, under its number and with a way back.

    ``contents`` is the sheet that the title row leads back to, where there is one.
    FormulaError or LayoutError where it cannot be done.
    """
    return _Paper(content, f"{number} " if number else "", contents).lay_out()


class _Paper:
    """The sheets of one lesson: the printed page, and sheets for what is not printed."""

    def __init__(self, content: Outline, prefix: str, contents: str) -> None:
        self.content, self.prefix, self.contents = paginate(content), prefix, contents
        self.places: dict[Matrix, Area] = {}
        self.filled: set[str] = set()  # the sheets whose formulas are plain addresses
        self.titles: dict[str, str] = {}  # of the sheets of the outline
        steps = [node for node in content.nodes.values() if isinstance(node, Step)]
        self.arrays = array_steps(steps, content.form)

    def lay_out(self) -> Layout:
        title = sheet_title(self.prefix + self.content.title)
        page = _Page(self, title, "", SheetPlan(printed=True))
        others = dict.fromkeys(band.sheet for band in self.content.bands if band.sheet)
        pages = [page]
        for name in others:
            title = sheet_title(self.prefix + name, tuple(each.sheet.title for each in pages))
            plan = self.content.plans.get(name, SheetPlan())
            pages.append(_Page(self, title, name, plan))
            self.titles[name] = title
            if plan.filled:
                self.filled.add(title)
        for each in pages:
            each.put()
        for each in pages:
            each.print_formulas()
        names = {node.name: area for node, area in self.places.items() if node.name}
        missing = [name for name in self.content.nodes if name not in names]
        if missing:
            raise LayoutError(f"{missing[0]}: expected a place on the page, got none")
        return Layout([each.sheet for each in pages], names)


@dataclass
class _LaneColumns:
    """The columns of one lane."""

    label: int
    first: int
    count: int


class _Page:
    """One sheet while it is filled from the top down."""

    def __init__(self, paper: _Paper, title: str, name: str, plan: SheetPlan) -> None:
        self.paper, self.content, self.places = paper, paper.content, paper.places
        self.name, self.plan = name, plan
        self.bands = [band for band in self.content.bands if band.sheet == name]
        self.sheet = Sheet(
            title, printed=plan.printed, landscape=plan.landscape, largest=self.content.largest
        )
        self.pending: list[tuple[Block, Area]] = []  # formulas wait until all is placed
        self.pending_charts: list[tuple[Chart, Area]] = []
        self.pending_labels: list[tuple[Label, Area, Role]] = []
        self.formula_texts: list[tuple[int, _LaneColumns, list[tuple[str, Step]]]] = []
        self.labelled: set[tuple[int, int]] = set()  # cells that hold the label of a row
        self.word_choices: list[tuple[Area, Words]] = []
        self.row = 1
        self.page_start = 1
        self.lanes = self.lane_columns()
        self.last_column = self.lanes[-1].first + self.lanes[-1].count - 1
        self.sheet.last_column = self.sheet.print_columns = self.last_column
        self.sheet.scale = print_scale(
            [self.sheet.widths.get(c, VALUE_WIDTH) for c in range(1, self.last_column + 1)],
            plan.landscape,
        )
        if plan.labels:
            self.sheet.scale = plan.scale

    # --- columns ---

    def lane_columns(self) -> list[_LaneColumns]:
        """Give every lane the columns that its widest band needs, and set their widths."""
        count = max((len(band.lanes) for band in self.bands), default=0) or 1
        lanes, column = [], 2
        blocks = [b for band in self.bands for lane in band.lanes for b in lane]
        labels = [_label_text(n) for b in blocks if isinstance(b, Block) for n in b.row_labels]
        captions = [b.caption for b in blocks if isinstance(b, Block)]
        widest = max((characters(text) * 0.9 for text in (*labels, *captions)), default=0)
        label_width = min(max(widest, LABEL_WIDTHS[0]), LABEL_WIDTHS[1])
        self.sheet.widths[1] = MARGIN_WIDTH
        for index in range(count):
            members = [band.lanes[index] for band in self.bands if index < len(band.lanes)]
            columns = max([1, *map(columns_of, members)])
            if index == count - 1:  # a page is at least as wide as its sentences need
                columns = max(columns, LEAST_COLUMNS - column)
            lanes.append(_LaneColumns(column, column + 1, columns))
            self.sheet.widths[column] = label_width
            width = max(map(value_width, members), default=VALUE_WIDTH)
            for value_column in range(column + 1, column + 1 + columns):
                self.sheet.widths[value_column] = width
            self.sheet.widths[column + 1 + columns] = GAP_WIDTH
            column += columns + 2
        return lanes

    # --- writing into the sheet ---

    def text(self, column: int, text: str, role: Role) -> None:
        self.texts(self.cell(self.row, column), [text], role)

    def texts(self, start: Area, texts: Sequence[str], role: Role) -> None:
        """Texts in the cells of an area, or in a row from one cell on."""
        shape = start.shape if len(texts) == start.rows * start.columns else (1, len(texts))
        area = Area(start.sheet, start.row, start.column, *shape)
        self.sheet.runs.append(Run(area, role, np.array(texts, dtype=object).reshape(shape)))

    def cell(self, row: int, column: int) -> Area:
        return Area(self.sheet.title, row, column, 1, 1)

    def next_row(self, height: float = ROW_HEIGHT) -> None:
        self.sheet.heights[self.row] = height
        self.row += 1

    def width(self, first: int) -> float:
        """The width in characters from a column to the right edge of the page."""
        columns = range(first, self.last_column + 1)
        return sum(self.sheet.widths.get(column, VALUE_WIDTH) for column in columns)

    def lines(self, text: str, column: int, role: Role, size: float = 9) -> None:
        """A text over as many rows as it needs."""
        for line in wrapped(text, self.width(column), size):
            self.text(column, line, role)
            self.next_row()

    # --- the page ---

    def put(self) -> None:
        """Place everything, from the title to the claims."""
        self.put_title()
        number = 0
        tops = []
        for band in self.bands:
            number += bool(band.title)
            tops.append(self.put_band(band, number))
        if not self.name:
            self.put_claims(number + 1)
        self.sheet.last_row = self.row - 1
        for index, copy in enumerate(self.plan.copies, 1):
            self.put_copy(copy, index * self.last_column, tops)
        self.sheet.footer = (self.content.title, self.content.texts["interface"]["page"])

    def put_title(self) -> None:
        printed = self.name and self.plan.printed
        title = f"{self.content.title} · {self.name}" if printed else self.content.title
        first, *rest = wrapped(title, self.width(2), TITLE_SIZE) or [""]
        self.text(2, first, Role("title"))
        if self.paper.contents:
            self.text(self.last_column, self.content.texts["interface"]["back"], Role("back"))
            self.sheet.links.append(
                Link(self.cell(self.row, self.last_column), self.paper.contents)
            )
        self.next_row(TITLE_HEIGHT)
        self.sheet.frozen_rows = 1
        for line in rest:
            self.text(2, line, Role("title"))
            self.next_row(TITLE_HEIGHT)
        self.lines(self.plan.subtitle or self.content.subtitle, 2, Role("subtitle"), 9.5)
        if self.plan.heading:
            self.text(2, self.plan.heading, Role("heading"))
            self.next_row(HEADING_HEIGHT)
        self.next_row(SPACE_HEIGHT)

    def put_band(self, band: Band, number: int) -> int:
        """Put a band where the page is; returns the row from which its lanes stand."""
        self.break_before(self.height_together(band))
        if band.title:
            title = f"{_numbered(number)} {band.title}"
            self.put_heading(title, band.mathematics, band.tone, band.second)
            self.lines(band.note, 2, Role("note"))
        for name in band.links:
            self.put_link(f"→ {name}", self.paper.titles[name])
        top = self.row
        heights = [self.put_lane(lane, self.lanes[i], top) for i, lane in enumerate(band.lanes)]
        bottom = top + max(heights, default=0)
        below = top + max((rows_of(lane) - has_formulas(lane) for lane in band.lanes), default=0)
        if below < bottom:  # a row of nothing but the small formulas
            self.sheet.heights[below] = FORMULA_HEIGHT
        if self.plan.labels:
            self.keep_labels(top + head_rows(band.lanes[0]) - 1)
        if band.chart is not None:
            bottom = max(bottom, self.put_chart(band, band.chart, top, bottom))
        for row in range(top, bottom):
            self.sheet.heights.setdefault(row, ROW_HEIGHT)
        self.row = bottom
        self.next_row(SPACE_HEIGHT)
        return top

    def put_link(self, text: str, title: str) -> None:
        self.text(2, text, Role("link"))
        self.sheet.links.append(Link(self.cell(self.row, 2), title))
        self.next_row()

    def keep_labels(self, header: int) -> None:
        """Labels that stay on the screen, and on each page."""
        self.sheet.frozen_rows = self.sheet.repeated_row = header
        self.sheet.frozen_columns = self.lanes[0].label

    def put_copy(self, copy: Copy, offset: int, tops: list[int]) -> None:
        """The blocks of the sheet once more, further right in the same rows."""
        for column in range(2, self.last_column + 2):
            self.sheet.widths[column + offset] = self.sheet.widths.get(column, VALUE_WIDTH)
        self.sheet.last_column = self.last_column + offset
        self.row = 1
        self.text(2 + offset, copy.heading, Role("heading"))
        for band, top in zip(self.bands, tops, strict=True):
            for lane, columns in zip(band.lanes, self.lanes, strict=False):
                twins: Lane = [
                    _twin(block, copy.nodes[block.node])
                    for block in lane
                    if isinstance(block, Block) and block.node in copy.nodes
                ]
                shifted = _LaneColumns(
                    columns.label + offset, columns.first + offset, columns.count
                )
                self.put_lane(twins, shifted, top, formula_text=False)

    def put_heading(
        self, title: str, mathematics: str, tone: str, second: tuple[int, str] | None = None
    ) -> None:
        """A band's title, a second one over a later lane, and its mathematics at the right."""
        texts = {2: title}
        if second is not None:
            texts[self.lanes[second[0]].label] = second[1]
        for column, after in pairwise([*texts, self.last_column]):
            self.text(column, texts[column], Role("heading", tone))
            if fill := ("",) * (after - column - 1):
                self.texts(self.cell(self.row, column + 1), fill, Role("heading_fill", tone))
        self.text(self.last_column, mathematics, Role("mathematics", tone))
        self.next_row(HEADING_HEIGHT)

    def band_height(self, band: Band) -> float:
        """How many points of rows a band will take."""
        body = len(band.links) + max(map(rows_of, band.lanes), default=0)
        if band.chart is not None:
            rows = self.chart_rows(band, band.chart)
            body = body + rows if self.chart_below(band) else max(body, rows)
        notes = len(wrapped(band.note, self.width(2), 9)) if band.title else 0
        return HEADING_HEIGHT * bool(band.title) + ROW_HEIGHT * (notes + body) + SPACE_HEIGHT

    def height_together(self, band: Band) -> float:
        """The height of a band with those that go on under its heading, where a page holds it."""
        height = self.band_height(band)
        for following in self.bands[self.bands.index(band) + 1 :]:
            more = height + self.band_height(following)
            if following.title or more > page_points(self.sheet.scale, self.sheet.landscape):
                break
            height = more
        return height

    def break_before(self, height: float) -> None:
        """Start a new page where what follows would be cut by the end of this one."""
        rows = range(self.page_start, self.row)
        used = sum(self.sheet.heights.get(row, ROW_HEIGHT) for row in rows)
        full = used + height > page_points(self.sheet.scale, self.sheet.landscape)
        by_hand = self.sheet.printed and not self.plan.labels
        if by_hand and full and self.row > self.page_start:
            self.sheet.breaks.append(self.row - 1)
            self.page_start = self.row

    def put_lane(
        self, lane: Lane, columns: _LaneColumns, top: int, formula_text: bool = True
    ) -> int:
        """Put the blocks of a lane from row ``top`` on; returns how many rows they take."""
        rows, column = 0, columns.first
        head = head_rows(lane)
        for block in lane:
            if isinstance(block, Settings):
                rows = max(rows, self.put_settings(block, columns, top))
                continue
            column += block.gap
            area = Area(self.sheet.title, top + head + block.row_offset, column, *block.node.shape)
            if block.above is not None:
                over = block.above.node
                above = Area(self.sheet.title, area.row - over.rows, column, *over.shape)
                self.put_block(block.above, above, columns.label)
            self.put_block(block, area, columns.label)
            column += block.node.columns
            rows = max(rows, head + block.row_offset + block.node.rows)
        return rows + (formula_text and self.put_formula_text(lane, columns, top + rows))

    def put_block(self, block: Block, area: Area, label_column: int) -> None:
        self.place(block.node, area)
        self.pending.append((block, area))
        if block.column_labels or block.caption:
            self.row = area.row - 1
            if block.caption and not block.attached:
                self.text(label_column, block.caption, Role("caption", block.tone))
            header = Area(area.sheet, self.row, area.column, 1, area.columns)
            self.places[header_of(block.node)] = header
            self.put_labels(block.column_labels, header, Role("header"))
        if block.row_labels:
            down = Area(area.sheet, area.row, label_column, area.rows, 1)
            self.put_labels(block.row_labels, down, Role("label"))
        if block.heat:
            numbers = block.node.value
            negative = numbers.dtype != object and bool((numbers < 0).any())
            self.sheet.heats.append(Heat(area, block.tone, negative))
        if self.content.focus and block.row_labels:
            label_cell = f"${column_letters(label_column)}{area.row}"
            columns = area.last_column - label_column + 1
            whole = Area(area.sheet, area.row, label_column, area.rows, columns)
            condition = f"{label_cell}={quote_text(self.content.focus)}"
            self.sheet.strong.append(Strong(whole, condition))

    def place(self, node: Matrix, area: Area) -> None:
        """Remember where a node is, and the parts that a table of steps is made of."""
        self.places[node] = area
        if isinstance(node, Step) and isinstance(node.expression, Joined):
            for part, row, column in node.expression.offsets():
                if isinstance(part, Step) and part not in self.places:
                    self.place(part, area.part(row, column, *part.shape))

    def put_labels(self, labels: Sequence[Label], area: Area, role: Role) -> None:
        """Labels in a row or a column: those that are alike in one run, others one by one."""
        fixed = [label for label in labels if isinstance(label, str)]
        words = _sentence(labels) if area.columns == 1 else None
        if fixed and len(fixed) == len(labels):
            self.texts(area, fixed, role)
        elif words is not None and words not in self.places:
            self.place_words(words, area)
        elif words is not None:
            self.repeat_words(words, self.places[words], area, role)
        else:
            for offset, label in enumerate(labels):
                cell = area.part(*((offset, 0) if area.columns == 1 else (0, offset)))
                self.put_label(label, cell, role)

    def put_label(self, label: Label, cell: Area, role: Role) -> None:
        """A fixed text, a typed word where it first stands, or a reference to that cell."""
        if isinstance(label, str):
            self.texts(cell, [label], role)
            return
        words = label.words
        if words not in self.places:
            if role.kind != "label":  # typed further down, or on a later sheet
                self.pending_labels.append((label, cell, role))
                return
            self.place_words(words, cell.part(-label.index, 0, words.rows, 1))
        source = self.places[words].part(label.index, 0)
        if source != cell:
            self.repeat_words(words, source, cell, role, label.index)

    def repeat_words(
        self, words: Words, source: Area, area: Area, role: Role, first: int = 0
    ) -> None:
        """Words again by reference to where they are typed, from the ``first`` on (from 0)."""
        sheet = "" if source.sheet == area.sheet else quote_sheet(source.sheet) + "!"
        pinned = bool(sheet) and area.sheet in self.paper.filled  # or it would move when filled
        reference = Reference(
            sheet, source.row, source.column, column_by="" if pinned else "column",
            column_sign="$" if pinned else "",
        )  # fmt: skip
        values = words.value[first : first + area.rows]
        formula = Formula(area, (reference,))
        self.sheet.runs.append(Run(area, replace(role, live=True), values, formula))

    def place_words(self, words: Words, area: Area) -> None:
        """Typed words, with the list that they are chosen from."""
        self.places[words] = area
        self.sheet.runs.append(Run(area, Role("word"), words.value))
        if words.choices is not None:
            self.word_choices.append((area, words.choices))

    # --- settings and legend ---

    def put_settings(self, panel: Settings, columns: _LaneColumns, top: int) -> int:
        """Settings and legend: a cell each, and what it means at its right."""
        row = top
        for setting in panel.settings:
            self.put_setting(setting, self.cell(row, columns.label))
            row += 1
        if not panel.legend:
            return row - top
        row += bool(panel.settings)
        sample = np.array([["1.00"]], dtype=object)
        mark = np.array([[Verdict.YES]], dtype=object)
        for kind, content, key in (
            ("input", sample, "yours"),
            ("value", sample, "formula"),
            ("verdict", mark, "claim"),
        ):
            self.sheet.runs.append(Run(self.cell(row, columns.label), Role(kind), content))
            self.row = row
            self.text(columns.first, self.content.texts["interface"][key], Role("legend"))
            row += 1
        return row - top

    def put_setting(self, setting: Setting, cell: Area) -> None:
        node = setting.node
        if isinstance(node, Words):
            self.place_words(node, cell)
        else:
            self.place(node, cell)
            decimals = setting.decimals
            if decimals is None:
                decimals = _setting_decimals(node)
            self.pending.append((Block(node, decimals=decimals), cell))
        self.row = cell.row
        self.text(cell.column + 1, setting.label, Role("text"))

    # --- formulas, charts, claims ---

    def put_formula_text(self, lane: Lane, columns: _LaneColumns, row: int) -> bool:
        """The first formula of each block, small under it, so that paper shows it too."""
        shown: list[tuple[str, Step]] = []
        for block in lane:
            if isinstance(block, Block) and isinstance(block.node, Step):
                label = (*block.column_labels, *block.row_labels, "")[0] if block.attached else ""
                shown.append((label if isinstance(label, str) else "", block.node))
        if shown:
            self.formula_texts.append((row, columns, shown))
        return bool(shown)

    def chart_column(self, band: Band) -> int:
        """The first column that is free at the right of a band's blocks."""
        used = [
            columns.first + columns_of(lane)
            for lane, columns in zip(band.lanes, self.lanes, strict=False)
        ]
        free = used[-1] if used else 2
        lanes = [lane.label for lane in self.lanes[len(band.lanes) :] if lane.label >= free]
        return lanes[0] if lanes else free + 1

    def chart_below(self, band: Band) -> bool:
        return self.last_column - self.chart_column(band) < LEAST_CHART_COLUMNS

    def chart_rows(self, band: Band, chart: Chart) -> int:
        """As tall as the blocks beside it, within limits; below them, of the usual height."""
        if self.chart_below(band):
            return chart.rows
        return min(max([chart.rows, *map(rows_of, band.lanes)]), MOST_CHART_ROWS)

    def put_chart(self, band: Band, chart: Chart, top: int, bottom: int) -> int:
        """The band's chart, at the right of its blocks where there is room, else below."""
        column, rows = self.chart_column(band), self.chart_rows(band, chart)
        if self.chart_below(band):
            top, column = bottom, 3
        over = Area(self.sheet.title, top, column, rows - 1, self.last_column - column + 1)
        self.pending_charts.append((chart, over))
        return top + rows

    def placed_chart(self, chart: Chart, over: Area) -> PlacedChart:
        return PlacedChart(
            chart.kind, chart.title, chart.alternative,
            [self.placed_series(one) for one in chart.series], self.placed_series(chart.x), over,
        )  # fmt: skip

    def placed_series(self, series: Series) -> PlacedSeries:
        area, values = self.places[series.node], series.node.value
        if series.row is not None:
            first, last = series.columns
            area = area.part(series.row, first, 1, last - first + 1)
            values = values[series.row : series.row + 1, first : last + 1]
        return PlacedSeries(_label_text(series.label), area, values.ravel().tolist())

    def put_claims(self, number: int) -> None:
        if not self.content.claims:
            return
        interface = self.content.texts["interface"]
        lane = self.lanes[0]
        texts = [f"{claim.text} {claim.how}".strip() for claim in self.content.claims]
        rows = 1 + sum(len(wrapped(text, self.width(lane.first), 9)) for text in texts)
        self.break_before(HEADING_HEIGHT + rows * ROW_HEIGHT + SPACE_HEIGHT)
        title = f"{_numbered(number)} {interface['claims_title']}"
        self.put_heading(title, "✓ ✗ –", "neutral")
        self.lines(interface["claims_note"], 2, Role("note"))
        for claim, text in zip(self.content.claims, texts, strict=True):
            if claim.verdict is None:
                self.text(lane.label, interface["what_if"], Role("tag"))
            else:
                area = self.cell(self.row, lane.label)
                self.place(claim.verdict, area)
                self.pending.append((Block(claim.verdict), area))
            self.lines(text, lane.first, Role("text"))

    def print_formulas(self) -> None:
        """Formulas and lists of words, once everything on every sheet has its place."""
        for label, cell, role in self.pending_labels:
            self.put_label(label, cell, role)
        for area, listed in self.word_choices:
            self.sheet.choices.append(Choice(area, self.places[listed], self.refusal("word")))
        for block, area in self.pending:
            self.sheet.runs += self.block_runs(block, area)
        for chart, over in self.pending_charts:
            self.sheet.charts.append(self.placed_chart(chart, over))
        labels = [run.area for run in self.sheet.runs if run.role.kind in ("label", "word")]
        self.labelled = {cell for area in labels for cell in area.cells()}
        for row, columns, shown in self.formula_texts:
            self.row = row
            self.text(columns.first, self.formula_line(row, columns, shown), Role("formula"))

    def formula_line(self, row: int, columns: _LaneColumns, shown: list[tuple[str, Step]]) -> str:
        """The first formulas of a lane's blocks, as many as fit before the next lane."""
        after = [lane for lane in self.lanes if lane.first > columns.first]
        last = columns.first + columns.count
        if after:  # up to the labels of the next lane where it has one in this row
            taken = (row, after[0].label) in self.labelled
            last = after[0].label if taken else after[0].first
        for chart in self.sheet.charts:
            if chart.over.row <= row <= chart.over.last_row:
                last = min(last, chart.over.column)
        room = int(sum(self.sheet.widths[c] for c in range(columns.first, last)) * FORMULA_TYPE)
        texts = []
        for label, step in shown:
            printed = self.formulas(step)
            texts.append(f"{label}: {printed[0].shown}" if label else printed[0].shown)
        line = ""
        for text in texts:
            longer = f"{line}   {text}" if line else text
            if characters(longer) <= room:
                line = longer
        return line or _cut(texts[0], room)

    def block_runs(self, block: Block, area: Area) -> Iterable[Run]:
        node = block.node
        masked = node.value.dtype == float and bool((node.value <= MASKED).any())
        role = Role("value", "neutral", block.decimals, block.signed, masked)
        if isinstance(node, Input):
            self.accept(node, area)
            return [Run(area, Role("input", "neutral", block.decimals, block.signed), node.value)]
        assert isinstance(node, Step)
        if self.sheet.largest < math.inf:
            self.sheet.results.append(area)
        if not (node.is_text or node.optional or np.isfinite(node.value).all()):
            raise LayoutError(
                f"{node.name}: expected finite numbers, got {_first_infinite(node.value)} "
                f"in {area.relative}"
            )
        if isinstance(node.expression, Verdict):
            role = Role("verdict")
        elif block.attached and block.above is None:
            role = Role("side", "neutral", block.decimals, block.signed)
        return [
            Run(formula.area, role, _part(node.value, area, formula.area), formula)
            for formula in self.formulas(node)
        ]

    def accept(self, node: Input, area: Area) -> None:
        """What the cells of an input take: one of a list, or numbers of a range."""
        if node.choices:
            self.sheet.choices.append(Choice(area, node.choices, self.refusal("choice")))
            return
        if node.limits is None:
            least, largest, refusal = -MAX_NUMBER, MAX_NUMBER, self.refusal("number")
        else:
            (least, largest), key = node.limits, "whole" if node.whole else "range"
            refusal = self.refusal(key, number_text(least), number_text(largest))
        self.sheet.ranges.append(Range(area, least, largest, node.whole, refusal))

    def refusal(self, key: str, *numbers: str) -> Refusal:
        """What is said about a content that is refused, in the language of the page."""
        said = self.content.texts["refusals"]
        return Refusal(said["title"], said[key].format(*numbers))

    def formulas(self, step: Step) -> list[Formula]:
        """The formulas of a step, and of those that stand inside it where it is a table."""
        printed = formulas(step, self.places, self.paper.filled, self.paper.arrays)
        if isinstance(step.expression, Joined):
            for part, row, column in step.expression.offsets():
                inside = self.places[step].part(row, column, *part.shape)
                if isinstance(part, Step) and self.places[part] == inside:
                    printed += self.formulas(part)
        return printed


def _first_infinite(values: Any) -> str:
    return next(str(value) for value in values.ravel() if not np.isfinite(value))


def _part(values: Any, whole: Area, part: Area) -> Any:
    row, column = part.row - whole.row, part.column - whole.column
    return values[row : row + part.rows, column : column + part.columns]


def _numbered(number: int) -> str:
    return NUMBERS[number - 1] if number <= len(NUMBERS) else f"({number})"


def _cut(text: str, room: float) -> str:
    """As much of a text as there is room for, with a sign that it goes on."""
    while text and characters(text) > room - 1:
        text = text[:-1]
    return text + "…"


def _setting_decimals(node: Matrix) -> int:
    """None for a whole number, two for most, as many as it takes for a small one."""
    value = float(node.value[0, 0])
    if value.is_integer() and node.name not in FRACTIONS:
        return 0
    return next((d for d in range(2, 8) if round(value, d) == value), 2)


def _sentence(labels: Sequence[Label]) -> Words | None:
    """The list of words that labels repeat from its first word to its last, if they do."""
    cells = [label for label in labels if isinstance(label, WordCell)]
    if not cells or len(cells) < len(labels):
        return None
    words = cells[0].words
    whole = cells == [WordCell(words, index) for index in range(len(words))]
    return words if whole else None


def _twin(block: Block, node: Matrix) -> Block:
    """A block for another node, with that node's own labels where its shape differs."""
    if node.shape == block.node.shape:
        return replace(block, node=node)
    rows, columns = labels(node.row_labels, node.rows), labels(node.column_labels, node.columns)
    return replace(block, node=node, row_labels=rows, column_labels=columns)


def _label_text(label: Label) -> str:
    return label.words.words[label.index] if isinstance(label, WordCell) else label
