"""The cells of a sheet as XML: runs come in, rows go out, thousands of cells at a time.

The rows of a run differ in two things only: row numbers and contents. So the XML of a row
is made once for each run, with a mark for each row number and a hole for each content,
``<c r="C␁28␂" s="3"><f>EXP(A␁28␂)</f><v>␀</v></c>``, and cut there. A few thousand cells
are then a list of these pieces, with numbers that are formatted together put between them
by slices, so that there is no loop over cells in Python. Nothing is kept of a row that has
been given out: memory does not grow with the number of rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from xlsxattn.a1 import address, column_letters
from xlsxattn.errors import LayoutError, WorkbookError
from xlsxattn.expression import ABSENT
from xlsxattn.layout.sheet import Run, Sheet
from xlsxattn.style import ROW_HEIGHT, Role
from xlsxattn.writer import typeset

#: How many cells are made together: fewer cost more calls, more leave the processor's cache.
CELLS_AT_ONCE = 4_096

#: How many bytes a cell takes at most beside its addresses and formula: 24 of them its number.
MOST_MARKUP = 90

# Marks and holes are control characters, which XML cannot hold, so no content looks like one.
_SLOT = re.compile(rb"\x01([0-9]+)\x02|\x00")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# The three forms of a cell, from its style on. ``{}`` is the formula, if there is one.
#: A finite number, typed or computed: one hole, the number.
NUMBER = ">{}<v>\x00</v></c>"
#: A number or a text that a formula gives: two holes, the type and the value.
RESULT = "\x00>{}<v>\x00</v></c>"
#: A typed text: one hole, all of it.
TEXT = "\x00"

TEXT_RESULT = b' t="str"'


def rows(sheet: Sheet, style: Callable[[Role], int]) -> Iterator[bytes]:
    """The rows of a sheet as XML, from the first to the last, one at a time.

    ``style`` gives the number of a role's style. LayoutError where two runs have one cell,
    or a run does not fit its area; WorkbookError where a content cannot be in a file.
    """
    starting: dict[int, list[Run]] = {}
    for run in sorted(sheet.runs, key=lambda run: run.area.column):
        starting.setdefault(run.area.row, []).append(run)
    active: list[tuple[Run, Iterator[bytes]]] = []
    for first, after in pairwise(_edges(sheet)):
        active = [pair for pair in active if pair[0].area.last_row >= first]
        active += [(run, row_cells(run, style(run.role))) for run in starting.get(first, ())]
        active.sort(key=lambda pair: pair[0].area.column)
        _refuse_overlap([run for run, _ in active], first)
        for row, *cells in zip(range(first, after), *(cells for _, cells in active), strict=False):
            height = _spelled_height(sheet.heights.get(row, ROW_HEIGHT))
            yield b'<row r="%d" ht="%b" customHeight="1">%b</row>' % (row, height, b"".join(cells))


def _edges(sheet: Sheet) -> list[int]:
    """The rows from which on other runs stand side by side, and the row after the last."""
    edges = {1, sheet.last_row + 1}
    for run in sheet.runs:
        if run.area.last_row > sheet.last_row:
            raise LayoutError(
                f"{_place(run)}: expected a place in the sheet's {sheet.last_row} rows"
            )
        edges |= {run.area.row, run.area.last_row + 1}
    return sorted(edges)


@cache
def _spelled_height(points: float) -> bytes:
    return f"{points:g}".encode()


def _refuse_overlap(runs: list[Run], row: int) -> None:
    """LayoutError where two of the runs in a row, in order of their columns, have one cell."""
    for left, right in pairwise(runs):
        if left.area.last_column >= right.area.column:
            raise LayoutError(
                f"sheet {right.area.sheet!r}, {address(row, right.area.column)}: "
                "expected one content for each cell, got two"
            )


def most_bytes(sheet: Sheet) -> int:
    """How many bytes the rows of a sheet take at most, if no text is long."""
    total = 100 * sheet.last_row
    for run in sheet.runs:
        cells = run.area.rows * run.area.columns
        total += cells * (MOST_MARKUP + 2 * len(address(run.area.last_row, run.area.last_column)))
        if run.formula is not None:  # the last one is the longest
            last = run.formula.at(run.area.rows - 1, run.area.columns - 1)
            longest = len(escape(last, quote=False).encode())
            total += longest if run.formula.array else longest * cells
    return total


def row_cells(run: Run, style: int) -> Iterator[bytes]:
    """The cells of each row of a run as XML."""
    if tuple(run.values.shape) != run.area.shape:
        raise LayoutError(
            f"{_place(run)}: expected values of {_by(run.area.shape)}, got {_by(run.values.shape)}"
        )
    templates: dict[tuple[str, bool], _Template] = {}
    for start, stop in _spans(run):
        form, contents = _contents(run, _read(run, start, stop))
        if run.area.rows == 1 and form is NUMBER:  # as of a model, row by row
            yield _row_of_numbers(run, style, contents[0])
            continue
        kind = form, start == 0 and _is_array(run)
        if kind not in templates:
            templates[kind] = _template(run, style, *kind)
        yield from templates[kind].filled(range(start, stop), contents)


def _row_of_numbers(run: Run, style: int, numbers: list[bytes]) -> bytes:
    """The cells of a run that is one row of numbers: the same bytes without a template."""
    after = f'{run.area.row}" s="{style}">'
    columns = _letters(run.area.column, run.area.columns)
    cells = zip(columns, _formulas(run, True, str), strict=True)
    heads = [f'<c r="{letters}{after}{formula}<v>' for letters, formula in cells]
    pieces = [b"</v></c>"] * (2 * len(heads) + 1)
    cut = "\0</v></c>".join(heads).encode().split(b"\0")
    pieces[0:-1:2], pieces[1::2] = cut, numbers
    return b"".join(pieces)


@cache
def _letters(first: int, columns: int) -> list[str]:
    """The letters of neighbouring columns."""
    return [column_letters(column) for column in range(first, first + columns)]


def _read(run: Run, start: int, stop: int) -> NDArray[Any]:
    """Some rows of a run's values; LayoutError where they are not all there."""
    values = np.asarray(run.values[start:stop])
    expected = stop - start, run.area.columns
    if values.shape != expected:
        raise LayoutError(
            f"{_place(run)}: expected {_by(expected)} values from row {run.area.row + start} on, "
            f"got {_by(values.shape)}"
        )
    return values


def _spans(run: Run) -> Iterator[tuple[int, int]]:
    """The rows of a run, from 0, in spans of few cells; the row of an array's anchor alone."""
    start = 0
    if _is_array(run):
        yield 0, 1
        start = 1
    at_once = max(1, CELLS_AT_ONCE // run.area.columns)
    for row in range(start, run.area.rows, at_once):
        yield row, min(row + at_once, run.area.rows)


def _is_array(run: Run) -> bool:
    return run.formula is not None and run.formula.array


# --- templates ------------------------------------------------------------------------


@dataclass(slots=True)
class _Template:
    """The cells of a row in pieces: text, slot, text, slot, … text, again for each cell.

    ``slots`` are those of one cell, for all have the same: for a mark its row number in the
    first row of the run, for a hole None.
    """

    pieces: list[bytes]
    slots: list[int | None]

    def filled(self, rows: range, contents: list[list[bytes]]) -> list[bytes]:
        """The cells of some rows (from 0); ``contents`` has a list for each hole of a cell."""
        stride = 2 * len(self.slots) + 1
        pieces = self.pieces * len(rows)
        holes = iter(contents)
        for index, number in enumerate(self.slots):
            fill = next(holes) if number is None else self.row_numbers(rows, number)
            pieces[2 * index + 1 :: stride] = fill
        width = len(self.pieces)
        return [b"".join(pieces[start : start + width]) for start in range(0, len(pieces), width)]

    def row_numbers(self, rows: range, first: int) -> list[bytes]:
        """The row number for each cell of some rows, where it is ``first`` in row 0."""
        columns = len(self.pieces) // (2 * len(self.slots) + 1)
        numbers: list[bytes] = []
        for row in rows:
            numbers += [b"%d" % (first + row)] * columns
        return numbers


def _template(run: Run, style: int, form: str, anchored: bool) -> _Template:
    """The template of a run's rows; ``anchored`` for the one that has an array's formula."""
    spell = str if run.area.rows == 1 else _mark  # a single row needs no marks
    number = spell(run.area.row)
    pieces: list[bytes] = []
    for column, formula in enumerate(_formulas(run, anchored, spell), run.area.column):
        cell = f'<c r="{column_letters(column)}{number}" s="{style}"' + form.format(formula)
        cut = _SLOT.split(cell.encode())  # text, what is in the slot, text, …
        cut[1::2], slots = [b""] * (len(cut) // 2), cut[1::2]
        pieces += cut
    return _Template(pieces, [None if slot is None else int(slot) for slot in slots])


def _mark(row: int) -> str:
    """The mark of a row number that is ``row`` in a run's first row and moves with the row."""
    return f"\x01{row}\x02"


def _formulas(run: Run, anchored: bool, spell: Callable[[int], str]) -> list[str]:
    """The formula elements of a row of a run, empty where a cell has none.

    ``spell`` writes, or marks, row numbers that move from row to row.
    """
    area, formula = run.area, run.formula
    if formula is None:
        return [""] * area.columns
    if formula.array:
        anchor = f'<f t="array" ref="{area.relative}">{_escaped(formula.at(), run)}</f>'
        return [anchor if anchored else ""] + [""] * (area.columns - 1)
    for piece in formula.pieces:  # before marks come in
        if isinstance(piece, str):
            _require_xml(piece, run)
    texts = [escape(text, quote=False) for text in formula.row_texts(0, spell)]
    if not formula.each:
        return [f"<f>{text}</f>" for text in texts]
    cells = (f"{column_letters(area.column + i)}{spell(area.row)}" for i in range(len(texts)))
    return [
        f'<f t="array" ref="{cell}">{text}</f>' for cell, text in zip(cells, texts, strict=True)
    ]


# --- contents -------------------------------------------------------------------------


def _contents(run: Run, values: NDArray[Any]) -> tuple[str, list[list[bytes]]]:
    """The form of a run's cells for some rows of its values, and what fills each hole."""
    if values.dtype.kind in "fiub":
        return _numbers(run, values.astype(np.float64, copy=False))
    if run.formula is None:
        return TEXT, [[_typed(value, run) for value in values.ravel().tolist()]]
    results = [_result(value, run) for value in values.ravel().tolist()]
    return RESULT, [list(hole) for hole in zip(*results, strict=True)]


def _numbers(run: Run, values: NDArray[np.float64]) -> tuple[str, list[list[bytes]]]:
    """Form and contents of numbers; NaN in a result is a dash, for an absent word."""
    text = spelled(values)
    numbers = text.split(b",")
    if NOT_FINITE not in text:
        return NUMBER, [numbers]
    if run.formula is None or np.isinf(values).any():
        raise _not_finite(run, values)
    types = [b""] * len(numbers)
    for index in np.flatnonzero(np.isnan(values)).tolist():
        types[index], numbers[index] = TEXT_RESULT, ABSENT.encode()
    return RESULT, [types, numbers]


_encode = msgspec.json.Encoder().encode
NOT_FINITE = b"null"


def spelled(values: NDArray[np.float64]) -> bytes:
    """Numbers, row by row, each as the shortest text that reads back the same float64.

    They are parted by commas, and are as ``repr`` writes them, but for ``1e22`` without a
    plus and ``0.00001`` in full; NaN and infinity are ``null``.
    """
    return _encode(values.ravel().tolist())[1:-1]


def _typed(value: Any, run: Run) -> bytes:
    """The rest of the cell of a typed text or number; an empty text is style alone."""
    if not isinstance(value, str):
        _, ((number,),) = _numbers(run, np.array([float(value)]))
        return b"><v>%b</v></c>" % number
    if not value:
        return b"/>"
    if typeset.is_marked(value, run.role):
        content = typeset.runs(value, run.role, lambda text: _escaped(text, run))
    else:
        content = f'<t xml:space="preserve">{_escaped(value, run)}</t>'
    return f' t="inlineStr"><is>{content}</is></c>'.encode()


def _result(value: Any, run: Run) -> tuple[bytes, bytes]:
    """Type and value of a text or number that a formula gives."""
    if isinstance(value, str):
        return TEXT_RESULT, _escaped(value, run).encode()
    form, contents = _numbers(run, np.array([float(value)]))
    return (b"", contents[0][0]) if form is NUMBER else (contents[0][0], contents[1][0])


def _escaped(text: str, run: Run) -> str:
    """A text as XML; WorkbookError for a character that XML cannot hold."""
    _require_xml(text, run)
    return escape(text, quote=False)


def _require_xml(text: str, run: Run) -> None:
    if _NOT_IN_XML.search(text):
        raise WorkbookError(
            f"{_place(run)}: expected text without control characters, got {text!r}"
        )


def _not_finite(run: Run, values: NDArray[np.float64]) -> WorkbookError:
    got = f"{values[~np.isfinite(values)][0]}"
    if run.formula is not None:
        got = "a result beyond the range of numbers"
    return WorkbookError(f"{_place(run)}: expected finite numbers, got {got}")


def _place(run: Run) -> str:
    return f"sheet {run.area.sheet!r}, {run.area.relative}"


def _by(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
