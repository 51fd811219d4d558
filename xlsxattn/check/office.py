"""The seventh pass: LibreOffice as a person uses it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from xlsxattn.check.edits import edits
from xlsxattn.check.report import STALE, Problem, Report, shown
from xlsxattn.engines.converter import prepared
from xlsxattn.engines.uno_session import Session, StaleCell, why_missing
from xlsxattn.saved import Saved

#: Of the cells that one edit leaves stale, so many are named, and the others counted.
MOST_STALE = 5


def edit_as_a_person(saved: Saved, report: Report) -> None:
    """One edit of each input, after which no cell shows an old result."""
    missing = why_missing()
    if missing:
        report.notes.append(
            f"edits as a person makes them were not tried: {missing}; LibreOffice recalculated "
            "by conversion, and formulas were searched for those that read array formulas"
        )
        return
    known = {(p.sheet, p.cell) for p in report.problems if p.kind == STALE}
    with tempfile.TemporaryDirectory() as folder, Session() as session:
        path = prepared(saved.path, [], Path(folder))
        for edit in edits(saved):
            stale = [
                one
                for one in session.stale(path, edit.changes)
                if (one.sheet, one.cell) not in known
            ]
            report.problems += _problems(stale, edit.what)
            known |= {(one.sheet, one.cell) for one in stale}


def _problems(stale: list[StaleCell], what: str) -> list[Problem]:
    """The first cells that an edit leaves stale; the last of them counts the others."""
    found = []
    for number, one in enumerate(stale[:MOST_STALE], start=1):
        message = (
            f"expected {shown(one.recalculated)} after an edit of {what}, got {shown(one.shown)}"
        )
        if number == MOST_STALE < len(stale):
            message += f" ({len(stale) - number} other cells too)"
        found.append(Problem(one.sheet, one.cell, STALE, message))
    return found
