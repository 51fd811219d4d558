"""Live claims are live: for each one an input is sought that turns it, and followed there.

NumPy finds the input, the engine must then show what NumPy says. A claim that no input was
found for, because it always holds or because none of those that were tried turns it, is named
in a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from xlsxattn import reference
from xlsxattn.a1 import address
from xlsxattn.check.candidates import Candidate, candidates
from xlsxattn.check.report import shown
from xlsxattn.check.trial import Trial
from xlsxattn.expression import Verdict
from xlsxattn.reference import Array, Table
from xlsxattn.saved import Change

#: Cells that are computed in the search, at the most; and inputs that are tried, at least and most.
MOST_CELLS, LEAST, MOST = 400_000, 3, 400
#: What two engines may be apart; a verdict that turns with it is no proof.
ROUNDING = 1e-9
MARKS = (Verdict.YES, Verdict.NO)


@dataclass
class Turn:
    """An input, the claims that it turns, and what NumPy says of them then."""

    what: str
    inputs: dict[str, Array]
    verdicts: dict[str, str]


def verdicts_of(trial: Trial, table: Table) -> dict[str, str]:
    """What NumPy says of each live claim, by its defined name."""
    names = (f"Claim_{claim.name}" for claim in trial.lesson.claims if claim.holds)
    return {name: str(table[name].values[0, 0]) for name in names}


def prove_turning(trial: Trial, now: dict[str, str]) -> None:
    """Every claim that some input turns from what it is now is seen to turn in the engine."""
    left = {name for name, verdict in now.items() if verdict in MARKS}
    for turn in _turns(trial, now, left):
        _follow(trial, turn)
    if left:
        listed = ", ".join(name.removeprefix("Claim_") for name in now if name in left)
        trial.report.notes.append(f"{trial.outline.title}: no input was found that turns {listed}")


def _turns(trial: Trial, now: dict[str, str], left: set[str]) -> Iterator[Turn]:
    """Inputs that turn claims; those that are turned are taken from ``left``."""
    cells = sum(node.rows * node.columns for node in trial.steps.values())
    most = min(MOST, max(LEAST, MOST_CELLS // max(1, cells)))
    for number, candidate in enumerate(candidates(trial.inputs, trial.typed)):
        if not left or number >= most:
            return
        verdicts = _turned(trial, candidate, now, left)
        if verdicts:
            left.difference_update(verdicts)
            yield Turn(*candidate, verdicts)


def _turned(
    trial: Trial, candidate: Candidate, now: dict[str, str], left: set[str]
) -> dict[str, str]:
    """The claims that an input turns from ✓ to ✗ or back, whatever the rounding."""
    found: dict[str, str] = {}
    for scale in (0.0, ROUNDING, -ROUNDING):
        inputs = {**trial.typed, **candidate[1]}
        changed = {name: _scaled(values, scale) for name, values in inputs.items()}
        try:
            verdicts = verdicts_of(trial, reference.recompute(trial.program, changed))
        except (ValueError, ArithmeticError):
            return {}  # a word that is nowhere, or numbers out of range
        turned = {n: v for n, v in verdicts.items() if n in left and v != now[n] and v in MARKS}
        found = turned if not scale else {n: v for n, v in found.items() if turned.get(n) == v}
        if not found:
            break
    return found


def _scaled(values: Array, scale: float) -> Array:
    """Numbers that are a little other ones, each in its own way."""
    if not scale or values.dtype == object:
        return values
    noise = np.random.RandomState(1).uniform(-1, 1, values.shape)
    whole = values == np.round(values)  # switches and counts stay what they are
    return np.where(whole & (np.abs(values) <= 2), values, values * (1 + scale * noise))


def _follow(trial: Trial, turn: Turn) -> None:
    changes: list[Change] = []
    for name, content in turn.inputs.items():
        area = trial.names[name]
        for (row, column), new in np.ndenumerate(content):
            if new != trial.typed[name][row, column]:
                typed = str(new) if content.dtype == object else float(new)
                cell = address(area.row + row, area.column + column)
                changes.append((area.sheet, cell, typed))
    values = trial.recalculated(changes)
    for name, want in turn.verdicts.items():
        area, (cell,) = trial.names[name], trial.addresses(name)
        got = values[area.sheet].get(cell)
        if got != want:
            message = f"expected {shown(want)} after a change of {turn.what}, got {shown(got)}"
            trial.problem(area, cell, "not live", f"{name}: {message}")
