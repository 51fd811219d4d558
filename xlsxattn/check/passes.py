"""All that is checked of a workbook, in its order."""

from __future__ import annotations

from pathlib import Path

from xlsxattn import __version__
from xlsxattn.build import layouts_of
from xlsxattn.check.frame import compare_digest, compare_frame, require_live
from xlsxattn.check.office import edit_as_a_person
from xlsxattn.check.proof import prove_live, prove_values
from xlsxattn.check.report import Problem, Report, going_on
from xlsxattn.check.stored import compare_stored, report_stored, require_freshness
from xlsxattn.check.trial import Trial
from xlsxattn.check.written import compare_written
from xlsxattn.engines import engine
from xlsxattn.saved import Saved, read
from xlsxattn.saved_frame import Frame, read_frame
from xlsxattn.writer.properties import CARRYING, KIND, VERSION


def compare_with_build(saved: Saved, frame: Frame, trials: list[Trial], report: Report) -> None:
    """The file against the workbook that this version would write from its lessons."""
    if saved.carried is None:
        return
    version = saved.properties.get(VERSION, "")
    if version != __version__:
        by = f"xlsxattn {version}" if version else "an xlsxattn that does not say which"
        report.notes.append(
            f"written by {by}, not by {__version__}: texts, labels, lists, charts and formats were "
            "not compared with what it would write"
        )
        return
    layouts = layouts_of(saved.carried, [trial.outline for trial in trials])
    inputs = [trial.names[name] for trial in trials for name in trial.inputs if name in trial.names]
    compare_written(saved, layouts, inputs, report)
    compare_frame(saved, frame, layouts, report)


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
    trials = [Trial(saved, one, recalculate, report) for one in lessons]
    with going_on(report, "formulas that read arrays"):
        require_freshness(saved, report)
    with going_on(report, "stored values"):
        compare_stored(saved, values, trials, report)
    if saved.carried is None:
        with going_on(report, "stored values"):
            report_stored(saved, values, report)
    else:
        report.reference, report.lesson = "numpy", saved.carried.title
        verdicts = [prove_values(trial, values) for trial in trials]
        del values  # of a large lesson there are as many again after each change
        for trial, found in zip(trials, verdicts, strict=True):
            if found is not None:
                prove_live(trial, found)
    with going_on(report, "lists, charts and styles"):
        frame = read_frame(path)
        require_live(frame, report)
        with going_on(report, "what build would write"):
            compare_with_build(saved, frame, trials, report)
        if VERSION in saved.properties:
            compare_digest(saved, frame, report)
    if engine_name == "libreoffice":
        with going_on(report, "edits in LibreOffice"):
            edit_as_a_person(saved, report)
    return report
