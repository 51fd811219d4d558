"""The first formula of each block, small under it, so that paper shows it too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import fsum

from xlsxattn.expression import ABSENT, Step
from xlsxattn.layout.columns import LaneColumns
from xlsxattn.layout.places import Places
from xlsxattn.layout.surface import Surface
from xlsxattn.outline import Block, Lane, is_said
from xlsxattn.style import FORMULA_HEIGHT, SPACE_HEIGHT, Role
from xlsxattn.widths import characters

FORMULA_TYPE = 0.97  # characters of the small type of formulas in one of the default font
#: Before what goes on in a second line.
INDENT = " "
#: So many characters go on there at least, or the line ends earlier.
LEAST_REST = 8
#: What stays whole: what is quoted, and numbers as 1E-05.
_WHOLE = re.compile(r"""'[^']*'|"[^"]*"|\d[.\d]*E[-+]\d+""")
#: After what a formula may be parted, and before what.
_AFTER, _BEFORE = ", ", "+-*/&"
#: How a formula writes a score that a mask takes away.
_MASKED = "-1E+30"
_CONSTANT = re.compile(r"=[\d.]+$")
_GUARD = re.compile(
    rf"(?<==)(?:IFERROR\(|IF\((?:AND\((?:ISNUMBER\([^()]*\),?)+\)|ISNUMBER\([^()]*\)"
    rf'|COUNT\([^()]*\)=\d+),)(.*),"{ABSENT}"\)(?=$| )'
)
_SHEET = re.compile(r"(?:'(?:[^']|'')+'|\w+)!")


@dataclass(frozen=True)
class _Line:
    """A row under a lane, and the steps whose formulas it shows, each with a name."""

    row: int
    columns: LaneColumns
    shown: list[tuple[str, Step]]


class FormulaLines:
    """The lines of small formulas on a sheet, written once all of it has its place."""

    def __init__(self, surface: Surface, places: Places, hidden: str) -> None:
        self._surface, self._places, self._hidden = surface, places, hidden
        self._lines: list[_Line] = []

    def put(self, lane: Lane, columns: LaneColumns, row: int) -> int:
        """Keep a row for the formulas of a lane; returns how many rows that takes."""
        shown: list[tuple[str, Step]] = []
        for block in lane:
            if not isinstance(block, Block) or block.mark is not None or is_said(block):
                continue
            if isinstance(block.node, Step):
                label = (*block.column_labels, *block.row_labels, "")[0] if block.attached else ""
                shown.append((label if isinstance(label, str) else "", block.node))
        if shown:
            self._lines.append(_Line(row, columns, shown))
        return int(bool(shown))

    def finish(self) -> None:
        """Write all lines; labels and charts must stand by then, for they limit the room.

        A line that is too long goes on in the row below, which is free. Where that is not
        enough it loses its guards against absent words, then the names of other sheets. If
        it is too long still it is left out: the cell shows it to whoever clicks it.
        """
        whole: set[int] = set()
        for line in self._lines:
            room = self._room(line, 0)
            text = self._text(line, room)
            shown = next(([f] for f in (text, unguarded(text)) if characters(f) <= room), [])
            if shown:
                whole.add(line.row)
            elif line.row in whole:  # another beside it reads alike
                continue
            else:
                shown = in_two_at_most(text, room, self._room(line, 1))
            for below, part in enumerate(shown):
                self._write(line.row + below, line.columns.first, part)

    def _write(self, row: int, column: int, text: str) -> None:
        """A line in its row; one that goes on there needs a row as high as its own."""
        self._surface.text(row, column, text, Role("formula"))
        heights = self._surface.sheet.heights
        if heights.get(row, FORMULA_HEIGHT) < FORMULA_HEIGHT:
            heights[row] = FORMULA_HEIGHT + SPACE_HEIGHT

    def _room(self, line: _Line, below: int) -> int:
        """How many characters of small type there are in a row before anything else."""
        first, row, sheet = line.columns.first, line.row + below, self._surface.sheet
        areas = [run.area for run in sheet.runs] + [chart.over for chart in sheet.charts]
        taken = [area.column for area in areas if area.row <= row <= area.last_row]
        if below and first in taken:
            return 0
        taken += [other.columns.first for other in self._lines if other.row == line.row]
        end = min((column for column in taken if column > first), default=0)
        columns = range(first, end or self._surface.last_column + 1)
        width = fsum(self._surface.width_of(column) for column in columns)
        return int(width * FORMULA_TYPE)

    def _telling(self, step: Step) -> str:
        """The first formula of a step that is more than a number, if there is one."""
        first = ""
        for formula in self._places.formulas(step):
            first = first or formula.shown
            if not _CONSTANT.match(formula.shown):
                return formula.shown
        return first

    def _text(self, line: _Line, room: float) -> str:
        """As many of the formulas as there is room for, and the first in any case."""
        joined = ""
        for label, step in line.shown:
            formula = self._telling(step).replace(_MASKED, self._hidden)
            text = f"{label}: {formula}" if label else formula
            longer = f"{joined}   {text}" if joined else text
            if not joined or characters(longer) <= room:
                joined = longer
        return joined


def unguarded(formula: str) -> str:
    """A formula, or some, without what shows a dash where a word is absent."""
    while (shorter := _GUARD.sub(r"\1", formula)) != formula:
        formula = shorter
    return formula


def in_two_at_most(formula: str, first: float, second: float) -> list[str]:
    """A formula in two lines of so much room, in the fullest of its forms that they hold."""
    plain = unguarded(formula)
    forms = (formula, plain, _SHEET.sub("", plain))
    return next((lines for form in forms if (lines := in_two(form, first, second))), [])


def in_two(text: str, first: float, second: float) -> list[str]:
    """A text in one or two lines of so much room, or none where that is not enough.

    It is parted after a comma or before a sign, and not right before its end.
    """
    if characters(text) <= first:
        return [text]
    plain = _WHOLE.sub(lambda found: "_" * len(found[0]), text)
    ends = [
        end
        for end in range(2, len(text))
        if plain[end - 1] in _AFTER or (plain[end] in _BEFORE and plain[end - 1] not in "=(,")
    ]
    fitting = [end for end in ends if characters(text[:end]) <= first]
    far = [end for end in fitting if len(text) - end >= LEAST_REST]
    for end in sorted(far or fitting, reverse=True):
        rest = INDENT + text[end:].strip()
        return [text[:end].rstrip(), rest] if characters(rest) <= second else []
    return []
