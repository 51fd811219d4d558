"""Words and labels: a word is typed where it first stands, every other cell refers to that one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from xlsxattn.a1 import Area, quote_sheet
from xlsxattn.errors import LayoutError
from xlsxattn.expression import TypedText, WordList, Words
from xlsxattn.formula import Formula, Reference
from xlsxattn.labels import Label, LiveText, WordCell, in_lines, label_text
from xlsxattn.layout.accepted import Accepted
from xlsxattn.layout.long_labels import height_of, lines_of
from xlsxattn.layout.places import Places
from xlsxattn.layout.sheet import Run
from xlsxattn.layout.surface import Surface
from xlsxattn.style import TEXT_SIZE, Role

#: The texts that keep to their own cell.
WRAPPED = ("label", "header", "word")


class Labelling:
    """Puts words and labels on a sheet; some wait until their words have a place."""

    def __init__(self, surface: Surface, places: Places, accepted: Accepted) -> None:
        self._surface, self._places, self._accepted = surface, places, accepted
        self._waiting: list[tuple[WordCell | LiveText, Area, Role]] = []
        self._chosen: list[tuple[Area, Words]] = []  # words, and what they are chosen from

    def put(self, labels: Sequence[Label], area: Area, role: Role) -> None:
        """Labels in a row or a column: those that are alike in one run, others one by one."""
        fixed = [label for label in labels if isinstance(label, str)]
        words = _sentence(labels) if area.columns == 1 else None
        if fixed and len(fixed) == len(labels):
            for first, part, own in self._parts(area, fixed, role):
                self._surface.texts(part, fixed[first : first + part.rows * part.columns], own)
        elif isinstance(words, Words) and words not in self._places.areas:
            self._type(words, area)
        elif words is not None and words in self._places.areas:
            self._repeat(words, area, role)
        else:
            for offset, label in enumerate(labels):
                cell = area.part(*((offset, 0) if area.columns == 1 else (0, offset)))
                self._put_one(label, cell, role)

    def repeat(self, label: Label, cell: Area, role: Role) -> None:
        """A label whose words are typed elsewhere, wherever on the page that is."""
        if isinstance(label, WordCell):
            self._waiting.append((label, cell, role))
        else:
            self.put((label,), cell, role)

    def put_words(self, words: Words, area: Area) -> None:
        """A block of words: typed here, or repeated where they have their place already."""
        if words not in self._places.areas:
            self._type(words, area)
        elif area.columns > 1:
            self._refer(words, area, Role("label", live=True), 0)
        else:
            self._repeat(words, area, Role("label"))

    def _type(self, words: Words, area: Area) -> None:
        """Typed words, with the list that they are chosen from."""
        self._places.take(words, area)
        if isinstance(words, TypedText):
            self._surface.sheet.runs.append(Run(area, Role("typed"), words.value))
            self._accepted.text(area, words.longest)
            return
        if area.columns > 1:  # a table, whose rows are sentences
            self._surface.sheet.runs.append(Run(area, Role("word"), words.value))
        else:
            shown = [str(word) for word in words.value[:, 0]]
            for first, part, own in self._parts(area, shown, Role("word")):
                values = words.value[first : first + part.rows]
                self._surface.sheet.runs.append(Run(part, own, values))
        if words.choices is not None:
            self._chosen.append((area, words.choices))

    def lines(
        self, row: int, column: int, label: Label, role: Role, last: int = 0,
        size: float = TEXT_SIZE,
    ) -> int:  # fmt: skip
        """A text over as many rows as it needs up to a last column, that of the page if 0."""
        lines = self._surface.wrapped(label_text(label), column, last, size)
        for below, line in enumerate(in_lines(label, lines)):
            self.put((line,), self._surface.cell(row + below, column), role)
            self._surface.end_row(row + below)
        return len(lines)

    def finish(self) -> None:
        """Labels and lists that had to wait until the words of all sheets have their place."""
        for label, cell, role in self._waiting:
            if isinstance(label, LiveText):
                formula = self._places.formula_in(cell, label.node)
                live = Run(cell, replace(role, live=True), label.node.value, formula)
                self._surface.sheet.runs.append(live)
                continue
            if label.words not in self._places.areas:
                raise LayoutError(f"{label.words.name}: expected a place on the page, got none")
            self._put_word(label, cell, role)
        for area, listed in self._chosen:
            self._accepted.words(area, self._places.areas[listed])

    def _put_one(self, label: Label, cell: Area, role: Role) -> None:
        """A fixed text, a typed word where it first stands, or a reference to that cell."""
        if isinstance(label, str):
            self._surface.texts(cell, [label], role)
            return
        if isinstance(label, LiveText):  # what it reads may stand further down
            self._waiting.append((label, cell, role))
            return
        words = label.words
        if words not in self._places.areas:
            if role.kind != "label" or not isinstance(words, Words):  # they stand further down
                self._waiting.append((label, cell, role))
                return
            self.put_words(words, cell.part(-label.index, 0, words.rows, 1))
        self._put_word(label, cell, role)

    def _put_word(self, label: WordCell, cell: Area, role: Role) -> None:
        """A reference to a word, unless this is the cell in which it is typed."""
        if self._places.areas[label.words].part(label.index, 0) != cell:
            self._repeat(label.words, cell, role, label.index)

    def _repeat(self, words: WordList, area: Area, role: Role, first: int = 0) -> None:
        """Words again by reference to where they are typed, from the ``first`` on (from 0)."""
        shown = [str(word) for word in words.value[first : first + area.rows].flat]
        for offset, part, own in self._parts(area, shown, role):
            self._refer(words, part, replace(own, live=True), first + offset)

    def _refer(self, words: WordList, area: Area, role: Role, first: int) -> None:
        """Formulas that give the words from the ``first`` on (from 0)."""
        source = self._places.areas[words].part(first, 0)
        sheet = "" if source.sheet == area.sheet else quote_sheet(source.sheet) + "!"
        pinned = bool(sheet) and area.sheet in self._places.filled  # it would move when filled
        reference = Reference(
            sheet, source.row, source.column, column_by="" if pinned else "column",
            column_sign="$" if pinned else "",
        )  # fmt: skip
        values = words.value[first : first + area.rows]
        formula = Formula(area, (reference,), each=words in self._places.arrays)
        if formula.each and not pinned and area.rows > 1:  # no formula reads a repeated word
            read = source.part(0, 0, *area.shape)
            formula = Formula(area, (sheet + read.relative,), array=True)
        self._surface.sheet.runs.append(Run(area, role, values, formula))

    def _parts(
        self, area: Area, shown: Sequence[str], role: Role
    ) -> Iterator[tuple[int, Area, Role]]:
        """Parts of a row or a column of cells whose texts are all too long for a line, or none.

        Each with the place of its first cell (from 0) and its role. Rows are made tall enough.
        """
        down = area.columns == 1
        lines = []
        for offset, text in enumerate(shown):
            column = area.column if down else area.column + offset
            own = role.kind in WRAPPED  # a sentence has the cells at its right
            lines.append(lines_of(text, self._surface.width_of(column), role) if own else 1)
            row = area.row + offset if down else area.row
            if lines[-1] > 1:
                self._surface.grow_row(row, height_of(lines[-1], role))
        first = 0
        for long, members in groupby(lines, lambda number: number > 1):
            count = len(list(members))
            shape = (count, 1) if down else (1, count)
            part = area.part(*((first, 0) if down else (0, first)), *shape)
            yield first, part, replace(role, lines=long)
            first += count


def _sentence(labels: Sequence[Label]) -> WordList | None:
    """The list of words that labels repeat from its first word to its last, if they do."""
    cells = [label for label in labels if isinstance(label, WordCell)]
    if not cells or len(cells) < len(labels):
        return None
    words = cells[0].words
    whole = cells == [WordCell(words, index) for index in range(len(words))]
    return words if whole else None
