"""What the file shows before anything is recalculated: the rule of arrays, and pass 1."""

from __future__ import annotations

from collections.abc import Iterable

from xlsxattn.a1 import Area, address
from xlsxattn.check.freshness import readers_of_arrays
from xlsxattn.check.report import STALE, Problem, Report, Step, shown
from xlsxattn.check.tolerance import LOOSE, TOLERANCE, differ, error
from xlsxattn.check.trial import Trial
from xlsxattn.engines import Values
from xlsxattn.saved import ErrorValue, Saved


def require_freshness(saved: Saved, report: Report) -> None:
    """No stored value stands behind an array formula."""
    for one in readers_of_arrays(saved):
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
        now, everywhere = values.get(title, {}), tolerances.get(title, TOLERANCE)
        for cell, formula in sheet.computed.items():
            stored, computed = sheet.values.get(cell), now.get(cell)
            tolerance = LOOSE if (title, cell) in loose else everywhere
            if isinstance(computed, ErrorValue):
                message = f"{formula} gives {computed}"
                report.problems.append(Problem(title, cell, "error cell", message))
            elif differ(stored, computed, tolerance):
                message = f"stored {shown(stored)}, recalculated {shown(computed)}"
                report.problems.append(Problem(title, cell, "stale value", message))
        for cell, value in sheet.values.items():
            if isinstance(value, ErrorValue) and cell not in sheet.computed:
                report.problems.append(Problem(title, cell, "error cell", f"typed {value}"))


def report_stored(saved: Saved, values: Values, report: Report) -> None:
    """The named areas of a workbook without a lesson, engine against stored values."""
    for name, area in saved.names.items():
        sheet = saved.sheets.get(area.sheet)
        cells = [address(*cell) for cell in area.cells()] if sheet else []
        if sheet and any(cell in sheet.computed for cell in cells):
            largest = _largest_error(saved, values, area, cells)
            report.steps.append(Step(name, area.sheet, area.relative, len(cells), largest))


def _largest_error(saved: Saved, values: Values, area: Area, cells: Iterable[str]) -> float:
    """How far the numbers of an area are from those that are stored."""
    now, stored = values[area.sheet], saved.sheets[area.sheet].values
    pairs = ((now.get(cell), stored.get(cell)) for cell in cells)
    return max(
        (error(a, b) for a, b in pairs if isinstance(a, float) and isinstance(b, float)),
        default=0.0,
    )
