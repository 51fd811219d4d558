"""Passes 4 and 5: what the claims of a lesson say of its numbers holds, now and after a change."""

from __future__ import annotations

from xlsxattn import reference
from xlsxattn.a1 import address
from xlsxattn.check.report import ClaimResult, Problem, shown
from xlsxattn.check.trial import Trial, shown_as
from xlsxattn.engines import Values
from xlsxattn.errors import NotationError
from xlsxattn.expression import ABSENT, Verdict, Words
from xlsxattn.lesson import Claim
from xlsxattn.reference import Named, Table
from xlsxattn.saved import Change, Value
from xlsxattn.what_if import Content, changed_cells


def judge_claims(trial: Trial, values: Values, table: Table) -> None:
    """Every live claim shows the verdict that NumPy gives, and that is not ✗."""
    for claim in trial.lesson.claims:
        if claim.holds:
            ok = _judge_claim(trial, claim, values, table)
            name = f"Claim_{claim.name}"
            sheet, (cell,) = trial.names[name].sheet, trial.addresses(name)
            trial.report.claims.append(ClaimResult(claim.name, sheet, cell, "live", ok))


def _judge_claim(trial: Trial, claim: Claim, values: Values, table: Table) -> bool | None:
    name = f"Claim_{claim.name}"
    area, (cell,) = trial.names[name], trial.addresses(name)
    value = values[area.sheet].get(cell)
    want = shown_as(table[name].values[0, 0])
    marks: dict[Value, bool | None] = {Verdict.YES: True, ABSENT: None}
    ok = marks.get(value, False)
    if value != want:
        message = f"{name}: expected {shown(want)}, got {shown(value)}"
        trial.problem(area, cell, "wrong value", message)
    if ok is False:
        trial.problem(area, cell, "claim", f"{claim.name} does not hold")
    return ok


def try_what_ifs(trial: Trial, values: Values, table: Table) -> None:
    """Every what-if claim holds after its change."""
    for claim in trial.lesson.claims:
        if claim.change:
            ok = _try_what_if(trial, claim, values, table)
            trial.report.claims.append(ClaimResult(claim.name, "", "", "what-if", ok))


def _try_what_if(trial: Trial, claim: Claim, values: Values, table: Table) -> bool | None:
    try:
        changes = [
            change
            for place, content in claim.change.items()
            for change in _changes(trial, place, content)
        ]
    except NotationError:
        return None  # its word has been replaced: there is nothing to change
    after = trial.expected(trial.changed(changes))
    if after is None:
        return False
    computed = _as_computed(trial, after, trial.recalculated(changes))
    before = _as_computed(trial, table, values)
    then = next(told.then for told in trial.outline.claims if told.name == claim.name)
    ok = bool(reference.evaluate(then, computed, before=before).values.all())
    if not ok:
        message = f"{claim.name} does not hold after its change"
        trial.report.problems.append(Problem("", "", "claim", message))
    return ok


def _as_computed(trial: Trial, table: Table, values: Values) -> Table:
    """The engine's numbers under the names and labels of the reference's table."""
    computed = dict(table)
    for name, named in table.items():
        if name in trial.names and named.values.dtype != object:
            area = trial.names[name]
            computed[name] = Named(values[area.sheet].numbers(area), named.rows, named.columns)
    return computed


def _changes(trial: Trial, place: str, content: Content) -> list[Change]:
    """The cells on the sheet that a claim changes."""
    words = {
        name: [str(word) for word in trial.typed[name][:, 0]]
        for name, node in trial.inputs.items()
        if isinstance(node, Words)
    }
    name, cells = changed_cells(place, content, trial.nodes, words)
    area = trial.names[name]
    return [
        (area.sheet, address(area.row + row, area.column + column), new)
        for row, column, new in cells
    ]
