"""What the file holds against the workbook that ``build`` would write from its lesson.

Formulas, names, labels and texts, cell by cell. What is typed into an input is anyone's own,
and what stands where nothing was written is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from xlsxattn.a1 import Area, address
from xlsxattn.check.report import Problem, Report, shown
from xlsxattn.layout import Layout
from xlsxattn.layout.sheet import Run, Sheet
from xlsxattn.saved import Saved
from xlsxattn.saved import Sheet as SavedSheet
from xlsxattn.writer.typeset import plain

#: Of the cells of one block that differ, so many are named, and the others counted.
MOST_NAMED = 3

_TOKEN = re.compile(
    r"""("(?:[^"]|"")*")|'((?:[^']|'')+)'!|\s+|\b(TRUE|FALSE)\(\)"""
    r"|(?<![\w.$])(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)(?![\w.:])",
    re.IGNORECASE,
)  # fmt: skip


@lru_cache(maxsize=1 << 16)
def normalised(formula: str) -> str:
    """A formula without what a program may write otherwise: spaces, quotes, capitals, digits."""
    parts, end = [], 0
    text = formula.removeprefix("=")
    for match in _TOKEN.finditer(text):
        parts.append(text[end : match.start()].upper())
        end = match.end()
        if match[1]:
            parts.append(match[1])
        elif match[2]:
            parts.append(match[2].upper() + "!")
        elif match[3]:
            parts.append(match[3].upper())
        elif match[4]:
            parts.append(repr(float(match[4])))
    parts.append(text[end:].upper())
    return "".join(parts).replace("_XLFN.", "")


def compare_written(
    saved: Saved, layouts: Sequence[Layout], inputs: Iterable[Area], report: Report
) -> None:
    """Names and cells against the layouts; ``inputs`` are the areas that are anyone's own."""
    _compare_names(saved, layouts, report)
    own: dict[str, list[Area]] = {}
    for area in inputs:
        own.setdefault(area.sheet, []).append(area)
    known = {(p.sheet, p.cell) for p in report.problems if p.cell}
    for sheet in (sheet for layout in layouts for sheet in layout.sheets):
        found = saved.sheets.get(sheet.title)
        if found is None:
            message = f"expected a sheet {sheet.title!r}, got none"
            report.problems.append(Problem(sheet.title, "", "sheet", message))
            continue
        for run in sheet.runs:
            _report(_differences(run, found, own.get(sheet.title, [])), sheet, known, report)


def _compare_names(saved: Saved, layouts: Sequence[Layout], report: Report) -> None:
    """Names that stand for other cells; those that are missing, or of another size, are known."""
    for layout in layouts:
        names = saved.names_for([sheet.title for sheet in layout.sheets])
        for name, area in layout.names.items():
            found = names.get(name)
            if found is None or found.shape != area.shape or found == area:
                continue
            message = f"expected {name} at {area.with_sheet}, got {found.with_sheet}"
            place = address(found.row, found.column)
            report.problems.append(Problem(found.sheet, place, "name", message))


#: A cell, the kind of its problem, and the message.
Difference = tuple[str, str, str]


def _report(
    differences: Iterator[Difference], sheet: Sheet, known: set[tuple[str, str]], report: Report
) -> None:
    """The first differences of a block; a cell that is known to be wrong is not named again."""
    found = [one for one in differences if (sheet.title, one[0]) not in known]
    for number, (cell, kind, message) in enumerate(found[:MOST_NAMED], start=1):
        if number == MOST_NAMED < len(found):
            message += f" ({len(found) - number} other cells too)"
        report.problems.append(Problem(sheet.title, cell, kind, message))


def _differences(run: Run, found: SavedSheet, own: list[Area]) -> Iterator[Difference]:
    if run.formula is not None:
        yield from _formulas(run, found)
    elif not any(_covers(area, run.area) for area in own):
        yield from _texts(run, found)


def _covers(outer: Area, inner: Area) -> bool:
    return (
        outer.row <= inner.row and inner.last_row <= outer.last_row
        and outer.column <= inner.column and inner.last_column <= outer.last_column
    )  # fmt: skip


def _formulas(run: Run, found: SavedSheet) -> Iterator[Difference]:
    assert run.formula is not None
    area = run.area
    rows, columns = (1, 1) if run.formula.array else area.shape
    for row in range(rows):
        texts = run.formula.row_texts(row)
        for column, text in zip(range(columns), texts, strict=False):
            cell = address(area.row + row, area.column + column)
            got = found.formulas.get(cell, "")
            if got != f"={text}" and normalised(got) != normalised(text):
                message = f"expected ={text}, got {got or 'no formula'}"
                yield cell, "formula", message
    if run.formula.array:
        cell = address(area.row, area.column)
        array = found.arrays.get(cell)
        if array is not None and array.shape != area.shape:
            message = f"expected an array over {area.relative}, got {array.relative}"
            yield cell, "formula", message


def _texts(run: Run, found: SavedSheet) -> Iterator[Difference]:
    """Labels, headings, notes: what is typed and not an input."""
    if not isinstance(getattr(run.values, "dtype", None), object):
        return
    for row in range(run.area.rows):
        for column, value in enumerate(run.values[row : row + 1][0].tolist()):
            place = run.area.row + row, run.area.column + column
            want = plain(value, run.role) if isinstance(value, str) else float(value)
            got = found.values.at(*place)
            if (got or "") != want and address(*place) not in found.formulas:
                yield address(*place), "text", f"expected {shown(want)}, got {shown(got)}"
            elif address(*place) in found.formulas:
                message = f"expected {shown(want)}, got {found.formulas[address(*place)]}"
                yield address(*place), "text", message
