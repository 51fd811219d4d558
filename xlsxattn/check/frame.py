"""What stands around the cells against what ``build`` would write: lists, charts, looks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from xlsxattn.a1 import Area, address, number_text, parse_area
from xlsxattn.check.looks import otherwise_looking, unseen
from xlsxattn.check.report import Problem, Report
from xlsxattn.check.written import normalised
from xlsxattn.layout import Layout
from xlsxattn.layout.sheet import Choice, PlacedChart, Range, Sheet
from xlsxattn.saved import Saved
from xlsxattn.saved_frame import Accepted, Frame, SavedChart
from xlsxattn.writer.properties import DIGEST
from xlsxattn.writer.workbook import EPOCH

#: The kinds of problems that tell what a group of parts has changed: see ``properties.GROUPS``.
TOLD = {
    "styles": {"format"},
    "workbook": {"name", "missing name", "calculation", "hidden"},
    "sheets": {"list", "hidden"},
    "charts": {"chart"},
}


def compare_frame(saved: Saved, frame: Frame, layouts: Sequence[Layout], report: Report) -> None:
    """Lists, charts and formats, and where no program has saved the file since, the rest too.

    Once a person had the file in a program, another colour or another decimal is a matter of
    taste: it is noted, and is no problem.
    """
    problems = report.problems
    for layout in layouts:
        for sheet in layout.sheets:
            if sheet.title in saved.sheets:
                problems += _lists(sheet, frame)
                problems += unseen(saved, sheet, frame)
                looks = list(otherwise_looking(saved, sheet, frame))
                if is_as_written(frame):
                    problems += looks
                elif looks:
                    place = f"{sheet.title}!{looks[0].cell}"
                    report.notes.append(f"formats were changed, as in {place}: {looks[0].message}")
    problems += _charts([c for one in layouts for sheet in one.sheets for c in sheet.charts], frame)
    if is_as_written(frame):
        problems += _stored_in_charts(saved, frame)


def require_live(frame: Frame, report: Report) -> None:
    """A workbook calculates by itself, with all its digits, and hides nothing."""
    mode = frame.calculation.get("calcMode", "auto")
    if mode != "auto":
        message = f"expected automatic calculation, got {mode!r}"
        report.problems.append(Problem("", "", "calculation", message))
    if frame.calculation.get("fullPrecision", "1") in ("0", "false"):
        message = "expected full precision, got precision as displayed"
        report.problems.append(Problem("", "", "calculation", message))
    for title in sorted(frame.hidden):
        message = "expected a sheet that shows all its rows and columns, got hidden ones"
        report.problems.append(Problem(title, "", "hidden", message))
    for title in sorted(frame.protected):
        report.notes.append(f"{title}: the sheet is protected, so that its inputs may be locked")


def is_as_written(frame: Frame) -> bool:
    """Whether no spreadsheet program has saved the file since xlsxattn wrote it."""
    return "Openpyxl" in frame.application and frame.modified.startswith(EPOCH.isoformat())


def compare_digest(saved: Saved, frame: Frame, report: Report) -> None:
    """What no comparison has told: a file that no program has saved is as it was written."""
    if not is_as_written(frame):
        return
    told = {problem.kind for problem in report.problems}
    written = dict(_groups(saved.properties.get(DIGEST, "")))
    for group, digest in _groups(frame.digest):
        if written.get(group) != digest and not told & TOLD[group]:
            message = f"expected the {group} as they were written, got others"
            report.problems.append(Problem("", "", "frame", message))


def _groups(text: str) -> Iterator[tuple[str, str]]:
    for one in text.split():
        group, _, digest = one.partition("=")
        yield group, digest


# --- what cells accept ----------------------------------------------------------------


def _lists(sheet: Sheet, frame: Frame) -> Iterator[Problem]:
    found = frame.lists.get(sheet.title, [])
    all_wanted: list[Choice | Range] = [*sheet.choices, *sheet.ranges]
    for wanted in all_wanted:
        area = wanted.area
        got = [one for one in found if any(_meet(area, other) for other in one.areas)]
        cells = sum(_common(area, other) for one in got for other in one.areas)
        kind, texts = _accepted(wanted)
        place = address(area.row, area.column)
        if cells < area.rows * area.columns:
            message = f"expected {area.relative} to take {_said(kind, texts)}, got anything"
            yield Problem(sheet.title, place, "list", message)
            continue
        for one in got:
            if not _takes(one, kind, texts, sheet.title):
                came = _said(one.kind, [one.first, one.second])
                came += "" if one.refuses else ", and does not refuse others"
                message = f"expected {area.relative} to take {_said(kind, texts)}, got {came}"
                yield Problem(sheet.title, place, "list", message)


def _meet(a: Area, b: Area) -> bool:
    return _common(a, b) > 0


def _common(a: Area, b: Area) -> int:
    """How many cells two areas of one sheet have in common."""
    rows = min(a.last_row, b.last_row) - max(a.row, b.row) + 1
    columns = min(a.last_column, b.last_column) - max(a.column, b.column) + 1
    return max(0, rows) * max(0, columns)


def _accepted(wanted: Choice | Range) -> tuple[str, list[str]]:
    if isinstance(wanted, Range):
        texts = [number_text(wanted.least), number_text(wanted.largest)]
        return "whole" if wanted.whole else "decimal", texts
    if isinstance(wanted.source, tuple):
        return "list", ['"' + ",".join(map(number_text, wanted.source)) + '"']
    return "list", [wanted.source.with_sheet]


def _takes(one: Accepted, kind: str, texts: list[str], title: str) -> bool:
    given = [one.first, one.second][: len(texts)]
    same = [_reference(a, title) == _reference(b, title) for a, b in zip(given, texts, strict=True)]
    return one.kind == kind and one.refuses and all(same)


def _reference(text: str, title: str) -> str:
    """A reference, a list or a number in one form."""
    if text.startswith('"'):
        return ",".join(part.strip() for part in text.strip('"').split(","))
    whole = text if "!" in text or not re.search("[A-Za-z]", text) else f"'{title}'!{text}"
    return normalised(whole.replace("$", ""))


def _said(kind: str, texts: Sequence[str]) -> str:
    between = " to ".join(text for text in texts if text)
    return f"a {kind} {between}" if kind == "list" else f"{kind or 'any'} numbers {between}"


# --- charts ---------------------------------------------------------------------------

#: Title, and of each series its name, its x and its numbers.
Drawn = tuple[str, tuple[tuple[str, str, str], ...]]


def _charts(placed: Sequence[PlacedChart], frame: Frame) -> Iterator[Problem]:
    """Every chart of the lesson is there, over the same cells."""
    left = [_drawn_of(chart) for chart in frame.charts]
    for one in placed:
        wanted = _wanted(one)
        if wanted in left:
            left.remove(wanted)
            continue
        same = [drawn for drawn in left if drawn[0] == wanted[0]]
        came = "others of that title" if same else "none of that title"
        place = address(one.over.row, one.over.column)
        cells = ", ".join(series[2] for series in wanted[1])
        message = f"expected a chart {one.title!r} over {cells}, got {came}"
        yield Problem(one.over.sheet, place, "chart", message)


def _wanted(chart: PlacedChart) -> Drawn:
    x = _of_chart(chart.x.area.with_sheet)
    series = (
        (_of_chart('"' + one.label if one.name is None else one.name.with_sheet), x,
         _of_chart(one.area.with_sheet))
        for one in chart.series
    )  # fmt: skip
    return chart.title, tuple(series)


def _drawn_of(chart: SavedChart) -> Drawn:
    series = ((_of_chart(s.name), _of_chart(s.x), _of_chart(s.numbers)) for s in chart.series)
    return chart.title, tuple(series)


def _of_chart(reference: str) -> str:
    if reference.startswith('"'):
        return reference
    area = reference.replace("$", "")
    first, mark, last = area.rpartition("!")[2].partition(":")
    one_cell = area.removesuffix(f":{last}") if mark and first == last else area
    return normalised(one_cell)


def _stored_in_charts(saved: Saved, frame: Frame) -> Iterator[Problem]:
    """What a chart shows before anything is drawn again is what stands in its cells."""
    for chart in frame.charts:
        for series in chart.series:
            try:
                area = parse_area(series.numbers)
            except ValueError:
                continue  # told where the charts are compared
            sheet = saved.sheets.get(area.sheet)
            cells = area.rows * area.columns
            if sheet is None or cells != len(series.shown):
                continue
            stored = sheet.values.numbers(area).ravel()
            drawn = np.array([np.nan if one is None else one for one in series.shown])
            if not np.allclose(stored, drawn, rtol=1e-12, atol=1e-12, equal_nan=True):
                message = (
                    f"expected the values of {series.numbers} stored in {chart.part}, got others"
                )
                place = address(area.row, area.column)
                yield Problem(area.sheet, place, "chart", message)
