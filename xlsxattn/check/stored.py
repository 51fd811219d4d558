"""What the file shows before anything is recalculated: the rule of arrays, and pass 1."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xlsxattn.a1 import Area, address, parse_address
from xlsxattn.check.freshness import readers_of_arrays
from xlsxattn.check.references import Places, box_of
from xlsxattn.check.report import STALE, Problem, Report, Step, shown
from xlsxattn.check.tolerance import LOOSE, TOLERANCE, differ, errors
from xlsxattn.check.trial import Trial
from xlsxattn.engines import Values
from xlsxattn.grid import Grid
from xlsxattn.limits import MOST_IN_NAMES
from xlsxattn.saved import ErrorValue, Saved, Sheet

#: Of the cells of one sheet with one kind of problem, so many are told.
MOST_TOLD = 200


def require_freshness(saved: Saved, report: Report) -> None:
    """No stored value stands behind an array formula."""
    for number, one in enumerate(readers_of_arrays(saved)):
        if number == MOST_TOLD:
            message = f"more than {MOST_TOLD} such cells, of which these are the first"
            report.problems.append(Problem(one.sheet, "", STALE, message))
            break
        others = f", and so do {one.more} other cells of this sheet" if one.more else ""
        message = (
            f"expected a formula that reads no array formula, got {one.formula}, which reads "
            f"the one of {one.array.with_sheet}{others}"
        )
        report.problems.append(Problem(one.sheet, one.cell, STALE, message))


def compare_stored(saved: Saved, values: Values, trials: list[Trial], report: Report) -> None:
    """Pass 1: what the file shows before it is opened is what an engine computes."""
    tolerances = {title: one.tolerance.everywhere for one in trials for title in one.sheets}
    loose = {place for one in trials for place in one.loose_places()}
    for title, sheet in saved.sheets.items():
        now, everywhere = values.get(title, Grid()), tolerances.get(title, TOLERANCE)
        first = len(report.problems)
        for cell in _suspects(sheet, now, everywhere):
            if len(report.problems) - first == MOST_TOLD:
                message = f"more than {MOST_TOLD} such cells, of which these are the first"
                report.problems.append(Problem(title, "", "stale value", message))
                break
            stored, computed = sheet.values.get(cell), now.get(cell)
            tolerance = LOOSE if (title, cell) in loose else everywhere
            if isinstance(computed, ErrorValue):
                message = f"{sheet.computed[cell]} gives {computed}"
                report.problems.append(Problem(title, cell, "error cell", message))
            elif differ(stored, computed, tolerance):
                message = f"stored {shown(stored)}, recalculated {shown(computed)}"
                report.problems.append(Problem(title, cell, "stale value", message))
        for place, value in sheet.values.others.items():
            if isinstance(value, ErrorValue) and address(*place) not in sheet.computed:
                problem = Problem(title, address(*place), "error cell", f"typed {value}")
                report.problems.append(problem)


def _suspects(sheet: Sheet, now: Grid, tolerance: float) -> Iterator[str]:
    """The ordinary formulas of a sheet, and of its arrays what is not the same number twice."""
    yield from (cell for cell in sheet.formulas if cell not in sheet.arrays)
    for area in sheet.arrays.values():
        stored, computed = sheet.values.numbers(area), now.numbers(area)
        near = errors(stored, computed) <= tolerance
        for row, column in np.argwhere(~near).tolist():
            yield address(area.row + row, area.column + column)


def report_stored(saved: Saved, values: Values, report: Report) -> None:
    """The named areas of a workbook without a lesson, engine against stored values.

    An area that is a large part of a sheet is noted and not compared, nor is one that holds no
    formula.
    """
    computed = {title: _computed_places(sheet) for title, sheet in saved.sheets.items()}
    left = MOST_IN_NAMES
    for name, area in saved.names.items():
        if area.sheet in computed and computed[area.sheet].first_meeting(box_of(area)) is not None:
            count = area.rows * area.columns
            left -= count
            if left < 0:
                report.notes.append(
                    f"{name} and the names after it: not compared, for it makes them more than "
                    f"{MOST_IN_NAMES} cells"
                )
                return
            largest = _largest_error(saved, values, area)
            report.steps.append(Step(name, area.sheet, area.relative, count, largest))


def _computed_places(sheet: Sheet) -> Places:
    """Every cell that a formula fills."""
    cells = (parse_address(cell) for cell in sheet.formulas if cell not in sheet.arrays)
    boxes = [(row, row, column, column) for row, column in cells]
    return Places(boxes + [box_of(area) for area in sheet.arrays.values()])


def _largest_error(saved: Saved, values: Values, area: Area) -> float:
    """How far the numbers of an area are from those that are stored."""
    now, stored = (
        values.get(area.sheet, Grid()).numbers(area),
        saved.sheets[area.sheet].values.numbers(area),
    )
    apart = errors(now, stored)
    return float(np.nanmax(apart)) if np.isfinite(apart).any() else 0.0
