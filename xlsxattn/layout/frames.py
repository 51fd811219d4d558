"""Frames around the row, the column or the cell of a matrix that a page speaks of.

The cells of a run look alike, so a run is cut where a frame begins and ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from xlsxattn.a1 import Area
from xlsxattn.layout.sheet import Run
from xlsxattn.outline import Mark


def framed(run: Run, whole: Area, mark: Mark, tone: str) -> Iterator[Run]:
    """A run of a block in parts, those that are marked with a frame in the block's tone.

    An array formula is one run, and has no frame.
    """
    if run.formula is not None and run.formula.array:
        yield run
        return
    area = run.area
    down = _cuts(area.rows, None if mark.row is None else mark.row - (area.row - whole.row))
    across = _cuts(
        area.columns, None if mark.column is None else mark.column - (area.column - whole.column)
    )
    for row, row_end in pairwise(down):
        for column, column_end in pairwise(across):
            part = area.part(row, column, row_end - row, column_end - column)
            sides = _sides(part, whole, mark)
            yield Run(
                part,
                replace(run.role, tone=tone, frame=sides) if sides else run.role,
                np.asarray(run.values[row:row_end])[:, column:column_end],
                run.formula and run.formula.part(row, column, *part.shape),
            )


def _cuts(length: int, marked: int | None) -> list[int]:
    """Where a run is cut: every cell of a frame that is closed at its ends has sides of its own."""
    if marked is None:
        return list(dict.fromkeys((0, min(1, length), max(length - 1, 0), length)))
    inside = {edge for edge in (marked, marked + 1) if 0 <= edge <= length}
    return sorted({0, length, *inside})


def _sides(part: Area, whole: Area, mark: Mark) -> str:
    """The sides of a part that lie on the frame: some of left, right, top, bottom."""
    row = None if mark.row is None else whole.row + mark.row
    column = None if mark.column is None else whole.column + mark.column
    if row not in (None, part.row) or column not in (None, part.column):
        return ""
    left = column is not None or part.column == whole.column
    right = column is not None or part.last_column == whole.last_column
    top = row is not None or part.row == whole.row
    bottom = row is not None or part.last_row == whole.last_row
    return "l" * left + "r" * right + "t" * top + "b" * bottom
