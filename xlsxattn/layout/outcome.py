"""What comes out, in a lane: live sentences, bars in cells, and what to try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from xlsxattn.a1 import Area, column_letters, quote_sheet
from xlsxattn.formula import Formula, Reference
from xlsxattn.labels import Label, WordCell, in_lines, label_text, sentence
from xlsxattn.layout.claims import TryLinks
from xlsxattn.layout.columns import LaneColumns
from xlsxattn.layout.labels import Labelling
from xlsxattn.layout.places import Places
from xlsxattn.layout.sheet import Run
from xlsxattn.layout.surface import Surface
from xlsxattn.layout.values import Values
from xlsxattn.outline import TRIED_ROWS, Bar, Block, Outcome
from xlsxattn.style import SMALL_SIZE, Role, pixels

#: What bars are made of, so that those of a group differ in grey too.
BLOCKS = ("█", "▒", "▓", "░")
AXIS = "|"  # where bars begin, and all of the bar of a 0
AXIS_PIXELS = 5
BLOCK_PIXELS = 14.0  # as wide as one of them is at most, where a font of another script has it


class Outcomes:
    """Puts outcomes on a sheet; their bars wait until what they show has its place."""

    def __init__(
        self, surface: Surface, places: Places, labelling: Labelling, values: Values,
        links: TryLinks, interface: Mapping[str, str],
    ) -> None:  # fmt: skip
        self._surface, self._places, self._links = surface, places, links
        self._labelling, self._values, self._interface = labelling, values, interface
        self._waiting: list[tuple[Sequence[Bar], Area, Area]] = []

    def put(self, outcome: Outcome, columns: LaneColumns, top: int) -> int:
        """Sentences, bars, and what to try; returns how many rows they take."""
        row = top
        for said in outcome.sentences:
            cell = self._surface.cell(row, columns.label)
            self._values.take(Block(said), cell, Role("said", "output", live=True))
            row += 1
        row += self._put_bars(outcome.bars, columns, row)
        if outcome.tried is not None:
            tried = sentence(self._interface["try_this"], outcome.tried.how)
            self._labelling.lines(
                row, columns.label, tried, Role("try"), columns.last, SMALL_SIZE
            )  # fmt: skip
            self._links.put(outcome.tried, self._surface.cell(row, columns.label))
            row += TRIED_ROWS
        return row - top

    def _put_bars(self, bars: Sequence[Bar], columns: LaneColumns, top: int) -> int:
        """A row each: whose, of what, how much, and the bar."""
        if not bars:
            return 0
        for index, bar in enumerate(bars):
            if bar.label:
                others = [at for at, one in enumerate(bars) if at > index and one.label]
                rows = min([len(bars), *others]) - index
                self._put_label(
                    bar.label,
                    self._surface.cell(top + index, columns.label),
                    rows,
                    columns.first - 1,
                )
            if bar.of:
                of = self._surface.cell(top + index, columns.first)
                self._labelling.repeat(bar.of, of, Role("of"))
        numbers = Area(self._surface.sheet.title, top, columns.first + 1, len(bars), 1)
        drawn = Area(self._surface.sheet.title, top, columns.first + 2, len(bars), 1)
        last = max(columns.last, columns.first + 4)
        room = sum(pixels(self._surface.width_of(c)) for c in range(drawn.column, last + 1))
        self._waiting.append((bars, numbers, drawn))
        self._most = int((room - AXIS_PIXELS) / BLOCK_PIXELS)
        return len(bars)

    def _put_label(self, label: Label, cell: Area, rows: int, last: int) -> None:
        """Whose bars follow, in as many lines as it needs where those are free.

        Where it has more than one column, up to a last one, it begins where sentences do.
        """
        if last > cell.column:
            self._labelling.repeat(label, cell, Role("text"))
            return
        lines = self._surface.wrapped(label_text(label), cell.column, last)
        if isinstance(label, WordCell) or len(lines) > rows:
            self._labelling.repeat(label, cell, Role("label"))
            return
        for row, line in enumerate(in_lines(label, lines)):
            self._labelling.repeat(line, cell.part(row, 0), Role("label"))

    def finish(self) -> None:
        """The numbers of all bars by reference, and the bars from those."""
        for bars, numbers, drawn in self._waiting:
            largest = max([1e-9, *(_value(bar) for bar in bars)])
            for index, bar in enumerate(bars):
                self._put_number(bar, numbers.part(index, 0))
                self._put_bar(bar, numbers, drawn.part(index, 0), largest)

    def _put_number(self, bar: Bar, cell: Area) -> None:
        source = self._places.areas[bar.node].part(bar.row, bar.column)
        sheet = "" if source.sheet == cell.sheet else quote_sheet(source.sheet) + "!"
        value = bar.node.value[bar.row : bar.row + 1, bar.column : bar.column + 1]
        each = bar.node in self._places.arrays
        formula = Formula(cell, (Reference(sheet, source.row, source.column),), each=each)
        role = Role("value", decimals=bar.decimals)
        self._surface.sheet.runs.append(Run(cell, role, value, formula))

    def _put_bar(self, bar: Bar, numbers: Area, cell: Area, largest: float) -> None:
        """``REPT("█",…)``: the largest number of the bars fills the room."""
        column = column_letters(numbers.column)
        own = f"{column}{cell.row}"
        whole = f"MAX({column}${numbers.row}:{column}${numbers.last_row},1E-9)"
        block = BLOCKS[bar.shade % len(BLOCKS)]
        length = f"ROUND({self._most}*(MAX({own},0)/{whole}),0)"
        text = f'IF(ISNUMBER({own}),"{AXIS}"&REPT("{block}",{length}),"–")'
        each = any(one.node in self._places.arrays for bars, _, _ in self._waiting for one in bars)
        filled = int(self._most * (max(_value(bar), 0) / largest) + 0.5)
        said = AXIS + block * filled if np.isfinite(bar.node.value[bar.row, bar.column]) else "–"
        values = np.array([[said]], dtype=object)
        role = Role("bar", "output", live=True)
        self._surface.sheet.runs.append(Run(cell, role, values, Formula(cell, (text,), each=each)))


def _value(bar: Bar) -> float:
    """A bar's number, 0 for the dash of an absent word."""
    number = float(bar.node.value[bar.row, bar.column])
    return number if np.isfinite(number) else 0.0
