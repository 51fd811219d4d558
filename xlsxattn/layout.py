"""Which step sits where: an outline becomes sheets of placed, printed content.

Every lane (a context) has a column for row labels and the columns of its matrices; the
same columns serve every band, so that a word stays in its column down the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from xlsxattn.a1 import Area, column_letters, quote_text, sheet_title
from xlsxattn.errors import LayoutError
from xlsxattn.expression import Input, Joined, Matrix, Step, Verdict, Words
from xlsxattn.formula import Formula, formulas
from xlsxattn.outline import Band, Block, Label, Lane, Outline, Setting, Settings, WordCell
from xlsxattn.style import (
    FORMULA_HEIGHT,
    GAP_WIDTH,
    HEADING_HEIGHT,
    LABEL_WIDTHS,
    MARGIN_WIDTH,
    ROW_HEIGHT,
    SPACE_HEIGHT,
    TITLE_HEIGHT,
    VALUE_WIDTH,
    Role,
    characters,
    page_points,
    print_scale,
    wrapped,
)

NUMBERS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
CHART_ROWS = 11
FORMULA_LENGTH = 68  # what fits under a lane, in the small type of formulas


@dataclass
class Run:
    """What stands in an area, in one role: values, and the formula that gives them.

    Without a formula the values are typed: numbers, or texts.
    """

    area: Area
    role: Role
    values: Any  # ndarray of the area's shape: float64, or object for text
    formula: Formula | None = None


@dataclass(frozen=True)
class Choice:
    """Cells that take their content from a list: an area's words, or some numbers."""

    area: Area
    source: Area | tuple[float, ...]


@dataclass(frozen=True)
class Heat:
    """A colour scale over an area."""

    area: Area
    tone: str


@dataclass(frozen=True)
class Strong:
    """Rows that are set in bold while their label is a certain word."""

    area: Area
    condition: str


@dataclass(frozen=True)
class PlacedChart:
    """A bar chart of some columns of an area, a series a row."""

    area: Area
    columns: tuple[int, ...]
    values: list[list[float]]
    labels: Area
    label_texts: list[str]
    headers: Area
    header_texts: list[str]
    over: Area
    title: str
    alternative: str


@dataclass
class Sheet:
    """One sheet, complete but for the file format."""

    title: str
    runs: list[Run] = field(default_factory=list)
    widths: dict[int, float] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    heats: list[Heat] = field(default_factory=list)
    strong: list[Strong] = field(default_factory=list)
    charts: list[PlacedChart] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)  # the last row of each page but the last
    frozen_rows: int = 0
    scale: int = 100
    footer: tuple[str, str] = ("", "")
    last_row: int = 0
    last_column: int = 0


@dataclass
class Layout:
    """Sheets, and where the named nodes are on them."""

    sheets: list[Sheet]
    names: dict[str, Area]


def lay_out(content: Outline) -> Layout:
    """Place an outline on sheets; FormulaError or LayoutError where it cannot be done."""
    return _Page(content).lay_out()


@dataclass
class _LaneColumns:
    """The columns of one lane."""

    label: int
    first: int
    count: int


class _Page:
    def __init__(self, content: Outline) -> None:
        self.content = content
        self.sheet = Sheet(sheet_title(content.title))
        self.places: dict[Matrix, Area] = {}
        self.pending: list[tuple[Block, Area]] = []  # formulas wait until all is placed
        self.formula_texts: list[tuple[int, int, list[tuple[str, Step]]]] = []
        self.headers: dict[int, Area] = {}
        self.row = 1
        self.page_start = 1
        self.lanes = self.lane_columns()
        self.last_column = self.lanes[-1].first + self.lanes[-1].count - 1
        self.sheet.last_column = self.last_column
        self.sheet.scale = print_scale(
            [self.sheet.widths.get(c, VALUE_WIDTH) for c in range(1, self.last_column + 1)]
        )

    # --- columns ---

    def lane_columns(self) -> list[_LaneColumns]:
        """Give every lane the columns that its widest band needs, and set their widths."""
        bands = self.content.bands
        count = max(len(band.lanes) for band in bands)
        lanes, column = [], 2
        labels = [label for band in bands for lane in band.lanes for label in _row_labels(lane)]
        widest = max((characters(_label_text(label)) * 0.9 for label in labels), default=0)
        label_width = min(max(widest, LABEL_WIDTHS[0]), LABEL_WIDTHS[1])
        self.sheet.widths[1] = MARGIN_WIDTH
        for index in range(count):
            members = [band.lanes[index] for band in bands if index < len(band.lanes)]
            columns = max(_columns_of(lane) for lane in members)
            if index == count - 1:
                columns = max(columns, self.missing_columns(column + 1, columns))
            lanes.append(_LaneColumns(column, column + 1, columns))
            self.sheet.widths[column] = label_width
            value_width = max(_value_width(lane) for lane in members)
            for value_column in range(column + 1, column + 1 + columns):
                self.sheet.widths[value_column] = value_width
            self.sheet.widths[column + 1 + columns] = GAP_WIDTH
            column += columns + 2
        return lanes

    @staticmethod
    def missing_columns(first: int, columns: int) -> int:
        """A page is at least as wide as its sentences need, however small its matrices."""
        return max(columns, 12 - first)

    # --- writing into the sheet ---

    def text(self, column: int, text: str, role: Role) -> None:
        self.sheet.runs.append(
            Run(self.cell(self.row, column), role, np.array([[text]], dtype=object))
        )

    def cell(self, row: int, column: int) -> Area:
        return Area(self.sheet.title, row, column, 1, 1)

    def next_row(self, height: float = ROW_HEIGHT) -> None:
        self.sheet.heights[self.row] = height
        self.row += 1

    def lines(self, text: str, column: int, role: Role, size: float) -> None:
        """A text over as many rows as it needs."""
        width = sum(
            self.sheet.widths.get(c, VALUE_WIDTH) for c in range(column, self.last_column + 1)
        )
        for line in wrapped(text, width, size):
            self.text(column, line, role)
            self.next_row()

    # --- the page ---

    def lay_out(self) -> Layout:
        self.put_title()
        number = 0
        for band in self.content.bands:
            number += bool(band.title)
            self.put_band(band, number)
        self.put_claims(number + 1)
        self.sheet.last_row = self.row - 1
        self.print_formulas()
        names = {node.name: area for node, area in self.places.items() if node.name}
        missing = [name for name in self.content.nodes if name not in names]
        if missing:
            raise LayoutError(f"{missing[0]}: expected a place on the page, got none")
        interface = self.content.texts["interface"]
        self.sheet.footer = (self.content.title, interface["page"])
        return Layout([self.sheet], names)

    def put_title(self) -> None:
        self.text(2, self.content.title, Role("title"))
        self.next_row(TITLE_HEIGHT)
        self.sheet.frozen_rows = 1
        self.lines(self.content.subtitle, 2, Role("subtitle"), 9.5)
        self.next_row(SPACE_HEIGHT)

    def put_band(self, band: Band, number: int) -> None:
        rows = self.band_rows(band)
        self.break_before(sum(height for height in rows))
        if band.title:
            self.put_heading(f"{_numbered(number)} {band.title}", band.mathematics, band.tone)
            self.lines(band.note, 2, Role("note"), 9)
        top = self.row
        heights = [self.put_lane(lane, self.lanes[i], top) for i, lane in enumerate(band.lanes)]
        bottom = top + max(heights)
        if band.chart is not None:
            bottom = max(bottom, self.put_chart(band, top))
        for row in range(top, bottom):
            self.sheet.heights.setdefault(row, ROW_HEIGHT)
        self.row = bottom
        self.next_row(SPACE_HEIGHT)

    def put_heading(self, title: str, mathematics: str, tone: str) -> None:
        self.text(2, title, Role("heading", tone))
        for column in range(3, self.last_column):
            self.text(column, "", Role("heading_fill", tone))
        self.text(self.last_column, mathematics, Role("mathematics", tone))
        self.next_row(HEADING_HEIGHT)

    def band_rows(self, band: Band) -> list[float]:
        """The heights of the rows that a band will take."""
        body = max(_lane_rows(lane) for lane in band.lanes)
        if band.chart is not None:
            body = max(body, CHART_ROWS)
        width = sum(self.sheet.widths.values())
        notes = len(wrapped(band.note, width, 9)) if band.title else 0
        heading = [HEADING_HEIGHT] if band.title else []
        return [*heading, *[ROW_HEIGHT] * (notes + body), SPACE_HEIGHT]

    def break_before(self, height: float) -> None:
        """Start a new page where what follows would be cut by the end of this one."""
        used = sum(
            self.sheet.heights.get(row, ROW_HEIGHT) for row in range(self.page_start, self.row)
        )
        if used + height > page_points(self.sheet.scale) and self.row > self.page_start:
            self.sheet.breaks.append(self.row - 1)
            self.page_start = self.row

    def put_lane(self, lane: Lane, columns: _LaneColumns, top: int) -> int:
        """Put the blocks of a lane from row ``top`` on; returns how many rows they take."""
        rows, column = 0, columns.first
        for block in lane:
            if isinstance(block, Settings):
                rows = max(rows, self.put_settings(block, columns, top))
                continue
            header = _has_header(lane)
            area = Area(
                self.sheet.title, top + header + block.row_offset, column, *block.node.shape
            )
            self.put_block(block, area, columns.label, header)
            column += block.node.columns
            rows = max(rows, header + block.row_offset + block.node.rows)
        return rows + self.put_formula_text(lane, columns, top + rows)

    def put_block(self, block: Block, area: Area, label_column: int, header: int) -> None:
        self.place(block.node, area)
        self.pending.append((block, area))
        if header:
            self.row = area.row - 1
            if block.caption:
                self.text(label_column, block.caption, Role("caption", block.tone))
            for offset, label in enumerate(block.column_labels):
                self.put_label(label, self.cell(self.row, area.column + offset), Role("header"))
        for offset, label in enumerate(block.row_labels):
            self.put_label(label, self.cell(area.row + offset, label_column), Role("label"))
        if block.heat:
            self.sheet.heats.append(Heat(area, block.tone))
        if self.content.focus and block.row_labels:
            label = f"${column_letters(label_column)}{area.row}"
            condition = f"{label}={quote_text(self.content.focus)}"
            whole = Area(area.sheet, area.row, label_column, area.rows,
                         area.last_column - label_column + 1)  # fmt: skip
            self.sheet.strong.append(Strong(whole, condition))

    def place(self, node: Matrix, area: Area) -> None:
        """Remember where a node is, and the parts that a table of steps is made of."""
        self.places[node] = area
        if isinstance(node, Step) and isinstance(node.expression, Joined):
            for part, row, column in node.expression.offsets():
                if isinstance(part, Step) and part not in self.places:
                    self.place(part, area.part(row, column, *part.shape))

    def put_label(self, label: Label, cell: Area, role: Role) -> None:
        """A fixed text, a typed word where it first stands, or a reference to that cell."""
        if isinstance(label, str):
            self.sheet.runs.append(Run(cell, role, np.array([[label]], dtype=object)))
            return
        words = label.words
        if words not in self.places and role.kind == "label":
            self.place_words(words, cell, label.index)
            return
        if self.places.get(words, cell).part(label.index, 0) == cell:
            return
        source = self.places[words].part(label.index, 0)
        text = np.array([[words.words[label.index]]], dtype=object)
        sheet = "" if source.sheet == cell.sheet else source.with_sheet.rpartition("!")[0] + "!"
        formula = Formula(cell, (sheet + source.relative,), array=False)
        self.sheet.runs.append(Run(cell, role, text, formula))

    def place_words(self, words: Words, cell: Area, index: int) -> None:
        area = Area(cell.sheet, cell.row - index, cell.column, words.rows, 1)
        self.places[words] = area
        self.sheet.runs.append(Run(area, Role("word"), words.value))
        if words.choices is not None:
            self.sheet.choices.append(Choice(area, self.places[words.choices]))

    def put_settings(self, panel: Settings, columns: _LaneColumns, top: int) -> int:
        """Settings and legend: a cell each, and what it means at its right."""
        row = top
        for setting in panel.settings:
            self.put_setting(setting, columns, row)
            row += 1
        if panel.legend:
            row += bool(panel.settings)
            interface = self.content.texts["interface"]
            for role, sample, key in (
                (Role("input"), np.array([[1.0]]), "yours"),
                (Role("value"), np.array([[1.0]]), "formula"),
                (Role("verdict"), np.array([[Verdict.YES]], dtype=object), "claim"),
            ):
                sample = np.array([["1.00"]], dtype=object) if sample.dtype == float else sample
                self.sheet.runs.append(Run(self.cell(row, columns.label), role, sample))
                self.row = row
                self.text(columns.first, interface[key], Role("legend"))
                row += 1
        return row - top

    def put_setting(self, setting: Setting, columns: _LaneColumns, row: int) -> None:
        area = self.cell(row, columns.label)
        whole = float(setting.node.value[0, 0]).is_integer() and setting.node.name != "Temperature"
        block = Block(setting.node, decimals=0 if whole else 2)
        self.place(setting.node, area)
        self.pending.append((block, area))
        if isinstance(setting.node, Input) and setting.node.choices:
            self.sheet.choices.append(Choice(area, setting.node.choices))
        self.row = row
        self.text(columns.first, setting.label, Role("text"))

    def put_formula_text(self, lane: Lane, columns: _LaneColumns, row: int) -> bool:
        """The first formula of each block, small under it, so that paper shows it too."""
        shown: list[tuple[str, Step]] = []
        for block in lane:
            if isinstance(block, Block) and isinstance(block.node, Step):
                header = block.column_labels[0] if block.attached else ""
                shown.append((header if isinstance(header, str) else "", block.node))
        if shown:
            self.formula_texts.append((row, columns.first, shown))
            self.sheet.heights[row] = FORMULA_HEIGHT
        return bool(shown)

    def put_chart(self, band: Band, top: int) -> int:
        """The band's chart, at the right of its block, in the second lane where there is one."""
        chart = band.chart
        assert chart is not None
        area = self.places[chart.block.node]
        column = max(lane.label for lane in self.lanes if lane.label <= area.last_column + 3)
        if column <= area.last_column:
            column = area.last_column + 3
        columns = self.last_column - column + 1
        self.sheet.charts.append(
            PlacedChart(
                area,
                chart.columns,
                chart.block.node.value.tolist(),
                Area(area.sheet, area.row, self.lanes[0].label, area.rows, 1),
                [_label_text(label) for label in chart.block.row_labels],
                Area(area.sheet, area.row - 1, area.column, 1, area.columns),
                [_label_text(label) for label in chart.block.column_labels],
                Area(area.sheet, top, column, CHART_ROWS - 1, columns),
                chart.title,
                chart.alternative,
            )
        )
        return top + CHART_ROWS

    def put_claims(self, number: int) -> None:
        if not self.content.claims:
            return
        interface = self.content.texts["interface"]
        lane = self.lanes[0]
        rows = len(self.content.claims) + 1
        self.break_before(HEADING_HEIGHT + rows * ROW_HEIGHT + SPACE_HEIGHT)
        title = f"{_numbered(number)} {interface['claims_title']}"
        self.put_heading(title, "✓ ✗ –", "neutral")
        self.lines(interface["claims_note"], 2, Role("note"), 9)
        for claim in self.content.claims:
            if claim.verdict is None:
                self.text(lane.label, interface["what_if"], Role("tag"))
            else:
                area = self.cell(self.row, lane.label)
                self.place(claim.verdict, area)
                self.pending.append((Block(claim.verdict), area))
            self.lines(claim.text, lane.first, Role("text"), 9)

    # --- formulas, once everything has its place ---

    def print_formulas(self) -> None:
        for block, area in self.pending:
            self.sheet.runs += self.block_runs(block, area)
        for row, column, shown in self.formula_texts:
            self.row = row
            texts: list[str] = []
            for label, step in shown:
                printed = formulas(step, self.places) or _inner_formulas(step, self.places)
                text = f"{label}: {printed[0].shown}" if label else printed[0].shown
                if len("".join(texts)) + len(text) <= FORMULA_LENGTH:
                    texts.append(text)
            self.text(column, "   ".join(texts), Role("formula"))

    def block_runs(self, block: Block, area: Area) -> Iterable[Run]:
        node = block.node
        role = Role("value", "neutral", block.decimals, block.signed)
        if isinstance(node, Input):
            return [Run(area, Role("input", "neutral", block.decimals, block.signed), node.value)]
        assert isinstance(node, Step)
        if isinstance(node.expression, Verdict):
            role = Role("verdict")
        elif block.attached:
            role = Role("side", "neutral", block.decimals, block.signed)
        printed = formulas(node, self.places) + _inner_formulas(node, self.places)
        return [
            Run(formula.area, role, _part(node.value, area, formula.area), formula)
            for formula in printed
        ]


def _inner_formulas(step: Step, places: dict[Matrix, Area]) -> list[Formula]:
    """The formulas of the steps that stand inside a table of steps."""
    if not isinstance(step.expression, Joined):
        return []
    return [
        formula
        for part, row, column in step.expression.offsets()
        if isinstance(part, Step) and places[part] == places[step].part(row, column, *part.shape)
        for formula in formulas(part, places) + _inner_formulas(part, places)
    ]


def _part(values: Any, whole: Area, part: Area) -> Any:
    row, column = part.row - whole.row, part.column - whole.column
    return values[row : row + part.rows, column : column + part.columns]


def _numbered(number: int) -> str:
    return NUMBERS[number - 1] if number <= len(NUMBERS) else f"({number})"


def _has_header(lane: Lane) -> int:
    return int(any(isinstance(b, Block) and (b.column_labels or b.caption) for b in lane))


def _lane_rows(lane: Lane) -> int:
    rows = 0
    for block in lane:
        if isinstance(block, Settings):
            gap = bool(block.settings) and block.legend
            rows = max(rows, len(block.settings) + gap + 3 * block.legend)
        else:
            rows = max(rows, _has_header(lane) + block.row_offset + block.node.rows)
    return rows + any(isinstance(b, Block) and isinstance(b.node, Step) for b in lane)


def _columns_of(lane: Lane) -> int:
    return max(
        sum(block.node.columns for block in lane if isinstance(block, Block)),
        4 if any(isinstance(block, Settings) for block in lane) else 1,
    )


def _row_labels(lane: Lane) -> list[Label]:
    return [label for block in lane if isinstance(block, Block) for label in block.row_labels]


def _label_text(label: Label) -> str:
    return label.words.words[label.index] if isinstance(label, WordCell) else label


def _value_width(lane: Lane) -> float:
    """Wide enough for the longest number, at least the uniform width."""
    longest = VALUE_WIDTH
    for block in lane:
        if isinstance(block, Block) and block.node.value.dtype != object:
            largest = float(np.nanmax(np.abs(block.node.value), initial=1.0))
            if largest < 1e15:
                longest = max(longest, len(f"{largest:,.{block.decimals}f}") + 1.6)
    return longest
