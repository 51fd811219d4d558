"""The contents of a sheet's cells: numbers row by row as arrays, all else one by one.

A dict of a million numbers takes 150 MB and minutes to compare; rows of float64 take 8 MB, and
an area of them is compared at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, MutableMapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xlsxattn.a1 import Area, address, parse_address

Numbers = NDArray[np.float64]
#: A row whose cells are further apart on average keeps its numbers one by one.
SPARSE = 8
#: An array formula of more rows is compared with every cell that is looked for.
TALL = 4096


class Grid(MutableMapping[str, Any]):
    """Contents by address, ``C5``; cells without content are not there."""

    def __init__(self) -> None:
        #: By row: the first column, and numbers from there on; NaN where there is none.
        self.rows: dict[int, tuple[int, Numbers]] = {}
        #: What is no number in a row, by row and column.
        self.others: dict[tuple[int, int], Any] = {}

    def put_row(self, row: int, columns: list[int], numbers: list[float]) -> None:
        """The finite numbers of a row, in order of their columns."""
        if not columns:
            return
        first, width = columns[0], columns[-1] - columns[0] + 1
        if row in self.rows or width > SPARSE * len(columns) or min(columns) < first:
            self.others.update(zip(((row, c) for c in columns), numbers, strict=True))
            return
        if columns == [*range(first, first + width)]:
            self.rows[row] = first, np.array(numbers, dtype=np.float64)
            return
        dense = np.full(width, np.nan)
        dense[np.array(columns) - first] = numbers
        self.rows[row] = first, dense

    def at(self, row: int, column: int) -> Any:
        """The content of a cell, or None."""
        found = self.others.get((row, column))
        if found is None and row in self.rows:
            first, numbers = self.rows[row]
            if first <= column < first + len(numbers):
                number = float(numbers[column - first])
                return None if number != number else number
        return found

    def numbers(self, area: Area) -> Numbers:
        """The numbers of an area, in its shape; NaN where a cell has no finite one."""
        found = np.full(area.shape, np.nan)
        for index in range(area.rows):
            if (area.row + index) not in self.rows:
                continue
            first, numbers = self.rows[area.row + index]
            start, stop = max(first, area.column), min(first + len(numbers), area.last_column + 1)
            if start < stop:
                found[index, start - area.column : stop - area.column] = numbers[
                    start - first : stop - first
                ]
        if self.others:
            few = len(self.others) < area.rows * area.columns
            cells = list(self.others) if few else area.cells()
            for row, column in cells:
                value = self.others.get((row, column))
                inside = area.row <= row <= area.last_row
                inside = inside and area.column <= column <= area.last_column
                if inside and isinstance(value, float) and np.isfinite(value):
                    found[row - area.row, column - area.column] = value
        return found

    # --- a mapping ---

    def __getitem__(self, cell: str) -> Any:
        value = self.at(*parse_address(cell))
        if value is None:
            raise KeyError(cell)
        return value

    def get(self, cell: str, default: Any = None) -> Any:
        value = self.at(*parse_address(cell))
        return default if value is None else value

    def __setitem__(self, cell: str, value: Any) -> None:
        self.others[parse_address(cell)] = value

    def __delitem__(self, cell: str) -> None:
        row, column = parse_address(cell)
        if self.at(row, column) is None:
            raise KeyError(cell)
        self.others.pop((row, column), None)
        if row in self.rows:
            first, numbers = self.rows[row]
            if first <= column < first + len(numbers):
                numbers[column - first] = np.nan

    def __ior__(self, more: Mapping[str, Any]) -> Grid:
        self.update(more)
        return self

    def places(self) -> Iterator[tuple[int, int]]:
        """Row and column of every cell with a content."""
        yield from self.others
        for row, (first, numbers) in self.rows.items():
            for column in (np.flatnonzero(~np.isnan(numbers)) + first).tolist():
                if (row, column) not in self.others:
                    yield row, column

    def __iter__(self) -> Iterator[str]:
        return (address(row, column) for row, column in self.places())

    def __len__(self) -> int:
        return sum(1 for _ in self.places())


class Computed(Mapping[str, str]):
    """The formula behind each computed cell: its own, or that of the array it belongs to."""

    def __init__(self, formulas: Mapping[str, str], arrays: Mapping[str, Area]) -> None:
        self.formulas, self.arrays = formulas, arrays
        self.areas = [(area, first) for first, area in arrays.items()]

    @cached_property
    def _by_row(self) -> dict[int, list[tuple[Area, str]]]:
        """The arrays that each row of the sheet meets: there may be thousands of one row each."""
        found = defaultdict(list)
        for pair in self.areas:
            if pair[0].rows <= TALL:
                for row in range(pair[0].row, pair[0].last_row + 1):
                    found[row].append(pair)
        return found

    @cached_property
    def _tall(self) -> list[tuple[Area, str]]:
        """The arrays of so many rows that they are not listed at each."""
        return [pair for pair in self.areas if pair[0].rows > TALL]

    def __getitem__(self, cell: str) -> str:
        if cell in self.formulas:
            return self.formulas[cell]
        if self.areas:
            row, column = parse_address(cell)
            for area, first in (*self._by_row.get(row, ()), *self._tall):
                inside = area.row <= row <= area.last_row
                if inside and area.column <= column <= area.last_column:
                    return self.formulas[first]
        raise KeyError(cell)

    def __contains__(self, cell: object) -> bool:
        try:
            self[str(cell)]
        except KeyError:
            return False
        return True

    def covers(self, area: Area) -> bool:
        """Whether one array formula fills all of an area."""
        return any(
            one.row <= area.row and area.last_row <= one.last_row
            and one.column <= area.column and area.last_column <= one.last_column
            for one, _ in self.areas
        )  # fmt: skip

    def __iter__(self) -> Iterator[str]:
        yield from self.formulas
        for area, _ in self.areas:
            for cell in area.cells():
                if address(*cell) not in self.formulas:
                    yield address(*cell)

    def __len__(self) -> int:
        return sum(1 for _ in self)
