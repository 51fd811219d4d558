"""The settings of a page and the legend, in a strip under its title."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from xlsxattn.a1 import Area
from xlsxattn.expression import TypedText, Words
from xlsxattn.layout.headings import LEFT
from xlsxattn.layout.labels import Labelling
from xlsxattn.layout.sheet import Run
from xlsxattn.layout.surface import Surface
from xlsxattn.layout.values import Values
from xlsxattn.outline import Block, Setting
from xlsxattn.style import GAP_WIDTH, Role
from xlsxattn.widths import characters

#: The kinds of cells in the legend, what stands in them, and the key of what they mean.
LEGEND = (
    ("input", "1.00", "yours"),
    ("value", "1.00", "formula"),
)
TEXT_ROWS = 2  # of a typed text
LETTER = 6.6  # pixels of a character of the texts
BESIDE = 14  # pixels of their indent, and before the next cell


class Strip:
    """Puts cells with what they mean one after another, in as many rows as they take."""

    def __init__(
        self, surface: Surface, labelling: Labelling, values: Values, interface: Mapping[str, str]
    ) -> None:
        self._surface, self._labelling, self._values = surface, labelling, values
        self._interface = interface
        self._row, self._column = 0, LEFT

    def put(self, settings: Sequence[Setting], row: int) -> int:
        """Settings and the legend; returns how many rows they take."""
        self._row, self._column = row, LEFT
        for setting in settings:
            if isinstance(setting.node, TypedText):
                self._put_text(setting.node, setting.label)
                continue
            cell = self._next(setting.label, Role("text"))
            if isinstance(setting.node, Words):
                self._labelling.put_words(setting.node, cell)
            else:
                self._values.take(Block(setting.node, decimals=setting.decimals), cell)
        for kind, sample, key in LEGEND:
            cell = self._next(self._interface[key], Role("legend"))
            content = np.array([[sample]], dtype=object)
            self._surface.sheet.runs.append(Run(cell, Role(kind), content))
        for each in range(row, self._row + 1):
            self._surface.end_row(each)
        return self._row - row + 1

    def _put_text(self, node: TypedText, label: str) -> None:
        """A text over the width of the page, under what it is."""
        if self._column > LEFT:
            self._row += 1
        self._surface.text(self._row, LEFT, label, Role("legend"))
        first = self._row + 1
        self._labelling.put_words(node, self._surface.cell(first, LEFT))
        self._surface.merge(first, LEFT, TEXT_ROWS, Role("typed"))
        self._row, self._column = first + TEXT_ROWS, LEFT

    def _next(self, text: str, role: Role) -> Area:
        """The next cell, with a text at its right; in a new row where this one has no room."""
        if self._surface.width_of(self._column) <= GAP_WIDTH:
            self._column += 1
        last = self._surface.reach(self._column + 1, characters(text) * LETTER + BESIDE)
        if last > self._surface.last_column and self._column > LEFT:
            self._row, self._column = self._row + 1, LEFT
            last = self._surface.reach(self._column + 1, characters(text) * LETTER + BESIDE)
        cell = self._surface.cell(self._row, self._column)
        lines = [text]
        if last > self._surface.last_column:  # longer than the page is wide
            lines = self._surface.wrapped(text, self._column + 1)
        for below, line in enumerate(lines):
            self._surface.text(self._row + below, self._column + 1, line, role)
        self._row, self._column = self._row + len(lines) - 1, last + 1
        return cell
