"""Runs cut where a frame begins and ends: the same cells, each in its frame."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xlsxattn.a1 import Area
from xlsxattn.formula import Formula, Reference
from xlsxattn.layout import Run
from xlsxattn.layout.frames import framed
from xlsxattn.outline import Mark
from xlsxattn.style import Role


def run_of(rows: int, columns: int, array: bool = False) -> Run:
    """Numbers that say where they are, from formulas over a block at A1."""
    area = Area("S", 5, 3, rows, columns)
    numbers = np.add.outer(10.0 * np.arange(rows), np.arange(columns))
    return Run(area, Role("value"), numbers, Formula(area, (Reference("", 1, 1),), array))


def sides_of(run: Run, mark: Mark) -> dict[tuple[int, int], str]:
    """The framed sides of each cell that has some, by its row and column (from 0)."""
    found = {}
    for part in framed(run, run.area, mark, "key"):
        if part.role.frame:
            for row, column in part.area.cells():
                found[row - run.area.row, column - run.area.column] = part.role.frame
    return found


def test_one_cell() -> None:
    assert sides_of(run_of(3, 3), Mark(1, 2)) == {(1, 2): "lrtb"}


def test_a_row_and_a_column() -> None:
    """Closed at both ends, and without lines between its cells."""
    assert sides_of(run_of(3, 4), Mark(1, None)) == {
        (1, 0): "ltb", (1, 1): "tb", (1, 2): "tb", (1, 3): "rtb",
    }  # fmt: skip
    assert sides_of(run_of(3, 2), Mark(None, 0)) == {(0, 0): "lrt", (1, 0): "lr", (2, 0): "lrb"}
    assert sides_of(run_of(1, 1), Mark(0, None)) == {(0, 0): "lrtb"}


def test_arrays_are_not_cut() -> None:
    """An array formula is one run, and has no frame."""
    run = run_of(3, 3, array=True)
    assert list(framed(run, run.area, Mark(1, 1), "key")) == [run]


places = st.none() | st.integers(0, 5)


@given(st.integers(1, 6), st.integers(1, 6), places, places)
def test_any_mark(rows: int, columns: int, row: int | None, column: int | None) -> None:
    """Every cell once, with its own number and formula; framed are those of the mark."""
    run = run_of(rows, columns)
    assert run.formula is not None
    seen = {}
    for part in framed(run, run.area, Mark(row, column), "key"):
        assert part.formula is not None
        for at, number in np.ndenumerate(part.values):
            place = part.area.row - 5 + at[0], part.area.column - 3 + at[1]
            assert place not in seen
            seen[place] = number
            assert number == 10 * place[0] + place[1]
            assert part.formula.at(*at) == run.formula.at(*place)
        meets = row in (None, part.area.row - 5) and column in (None, part.area.column - 3)
        if row is not None or column is not None:
            assert bool(part.role.frame) <= meets
    assert len(seen) == rows * columns
