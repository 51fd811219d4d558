"""All that is checked of a workbook, in its order."""

from __future__ import annotations

from pathlib import Path

from xlsxattn.check.office import edit_as_a_person
from xlsxattn.check.proof import prove
from xlsxattn.check.report import Problem, Report, going_on
from xlsxattn.check.stored import compare_stored, report_stored, require_freshness
from xlsxattn.check.trial import Trial
from xlsxattn.engines import engine
from xlsxattn.saved import read
from xlsxattn.writer.properties import CARRYING, KIND


def check(path: Path, engine_name: str = "ironcalc") -> Report:
    """Check a workbook; errors of ours where it is no workbook or the engine is missing.

    What goes wrong in a pass is a problem of one line, and the passes after it are made.
    """
    recalculate = engine(engine_name)
    saved = read(path)
    report = Report(str(path), "", engine_name, "stored")
    values = recalculate(path, [])
    report.kind = saved.properties.get(KIND, "")
    if saved.carried is None and report.kind in CARRYING:
        message = "expected the lesson that a workbook of this kind carries, got none"
        report.problems.append(Problem("", "", "lesson", message))
    lessons = saved.carried.lessons if saved.carried else []
    trials = [Trial(saved, one, values, recalculate, report) for one in lessons]
    with going_on(report, "formulas that read arrays"):
        require_freshness(saved, report)
    with going_on(report, "stored values"):
        compare_stored(saved, values, trials, report)
    if saved.carried is None:
        with going_on(report, "stored values"):
            report_stored(saved, values, report)
    else:
        report.reference, report.lesson = "numpy", saved.carried.title
        for trial in trials:
            prove(trial)
    if engine_name == "libreoffice":
        with going_on(report, "edits in LibreOffice"):
            edit_as_a_person(saved, report)
    return report
