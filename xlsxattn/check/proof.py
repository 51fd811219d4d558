"""Passes 2, 3 and 6: every step is a formula, is what NumPy says, and follows its inputs."""

from __future__ import annotations

import math
from collections.abc import Iterator

from xlsxattn.check.claims import judge_claims, try_what_ifs
from xlsxattn.check.edits import other_content
from xlsxattn.check.report import Problem, Step, going_on, shown
from xlsxattn.check.tolerance import FOLLOWS, unstable
from xlsxattn.check.trial import Trial
from xlsxattn.check.turning import prove_turning, verdicts_of
from xlsxattn.engines import Values
from xlsxattn.expression import Input, Matrix, Verdict, Words
from xlsxattn.reference import Table
from xlsxattn.saved import Change

#: States of a switch that are tried, at the most; and the cells from which on it is one alone.
MOST_STATES, LARGE = 8, 100_000


def prove_values(trial: Trial, values: Values) -> dict[str, str] | None:
    """Passes 2 to 5: the file as it is, recalculated, as far as its names and inputs allow.

    What NumPy says of the live claims; None where it can say nothing.
    """
    if not _has_names(trial):
        return None
    with going_on(trial.report, "formulas"):
        _require_formulas(trial)
    table = None
    with going_on(trial.report, "steps"):
        table = trial.expected(trial.typed)
    if table is None:
        return None
    for name, node in trial.steps.items():
        if not _is_verdict(node):
            with going_on(trial.report, name):
                _compare_step(trial, name, values, table)
    with going_on(trial.report, "claims"):
        judge_claims(trial, values, table)
    with going_on(trial.report, "what-if claims"):
        try_what_ifs(trial, values, table)
    verdicts: dict[str, str] = {}
    with going_on(trial.report, "claims that turn"):
        verdicts = verdicts_of(trial, table)
    return verdicts


def prove_live(trial: Trial, verdicts: dict[str, str]) -> None:
    """Pass 6: other numbers, words and switches, and inputs that turn claims."""
    with going_on(trial.report, "changes of inputs"):
        _prove_liveness(trial)
    with going_on(trial.report, "claims that turn"):
        prove_turning(trial, verdicts)


def _is_verdict(node: Matrix) -> bool:
    return isinstance(getattr(node, "expression", None), Verdict)


# --- pass 2 ---------------------------------------------------------------------------


def _has_names(trial: Trial) -> bool:
    """Every input and step of the lesson has its defined name, of the right size."""
    complete = True
    for name, node in trial.nodes.items():
        area = trial.names.get(name)
        if area is None or area.sheet not in trial.saved.sheets:
            message = f"expected a defined name {name}, got none"
            trial.report.problems.append(Problem("", "", "missing name", message))
            complete = False
        elif area.shape != node.shape:
            message = f"{name}: expected {node.rows}×{node.columns} cells, got {area.relative}"
            trial.problem(area, "", "missing name", message)
            complete = False
    return complete


def _require_formulas(trial: Trial) -> None:
    """A typed number must not stand where a formula belongs."""
    for name in trial.steps:
        area = trial.names[name]
        sheet = trial.saved.sheets[area.sheet]
        if sheet.computed.covers(area):
            continue
        for cell in trial.addresses(name):
            if cell not in sheet.computed:
                typed = shown(sheet.values.get(cell))
                message = f"{name}: expected a formula, got {typed}"
                trial.problem(area, cell, "constant", message)


# --- pass 3 ---------------------------------------------------------------------------


def _compare_step(trial: Trial, name: str, values: Values, table: Table) -> None:
    """Every cell of a step is what NumPy says."""
    area, tolerance = trial.names[name], trial.tolerance.of(name)
    largest, wrong = trial.compared(name, values, table, tolerance)
    for cell, value, want, _ in wrong:
        message = f"{name}: expected {shown(want)}, got {shown(value)}"
        trial.problem(area, cell, "wrong value", message)
    error = None if math.isinf(largest) else largest
    step = Step(name, area.sheet, area.relative, area.rows * area.columns, error)
    trial.report.steps.append(step)


# --- pass 6 ---------------------------------------------------------------------------


def _prove_liveness(trial: Trial) -> None:
    """Change all numbers, then all words, then each switch to each state; find what is dead."""
    switches = [n for n, v in trial.inputs.items() if isinstance(v, Input) and v.choices]
    words = [n for n, v in trial.inputs.items() if isinstance(v, Words)]
    numbers = [n for n in trial.inputs if n not in switches and n not in words]
    tried = [
        ("all numbers", _others(trial, numbers)),
        ("all words", _others(trial, words)),
        *(state for name in switches for state in _states(trial, name)),
    ]
    dead: set[str] = set()
    for what, changes in tried:
        if changes:
            _require_follows(trial, what, changes, dead)


def _others(trial: Trial, names: list[str]) -> list[Change]:
    """Another content for all cells of some inputs."""
    return [
        change
        for name in names
        for change in other_content(trial.inputs[name], trial.names[name], trial.typed)
    ]


def _states(trial: Trial, name: str) -> Iterator[tuple[str, list[Change]]]:
    """Other states of a switch than the one that it is in: all of a few, one in a large lesson."""
    node, area = trial.inputs[name], trial.names[name]
    assert isinstance(node, Input)
    states = list(node.choices)
    computed = sum(step.rows * step.columns for step in trial.steps.values())
    most = MOST_STATES if computed <= LARGE else 1
    for further in range(1, min(len(states), most + 1)):
        changes: list[Change] = []
        cells = zip(trial.addresses(name), trial.typed[name].ravel().tolist(), strict=True)
        for cell, value in cells:
            position = states.index(value) if value in states else -1
            new = float(states[(position + further) % len(states)])
            changes.append((area.sheet, cell, new))
        yield (f"{name} to {changes[0][2]:g}" if len(changes) == 1 else name), changes


def _require_follows(trial: Trial, what: str, changes: list[Change], dead: set[str]) -> None:
    """Every step follows NumPy after some changes; the dead are reported once."""
    table = trial.expected(trial.changed(changes))
    if table is None:
        return
    values = trial.recalculated(changes)
    for name in trial.steps:
        if name in dead:
            continue
        tolerance = max(FOLLOWS, trial.tolerance.of(name))
        for cell, value, want, _ in trial.compared(name, values, table, tolerance)[1]:
            if unstable(want):
                continue
            dead.add(name)
            message = f"{name}: expected {shown(want)} after a change of {what}, got {shown(value)}"
            trial.problem(trial.names[name], cell, "not live", message)
            break
