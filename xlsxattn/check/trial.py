"""One lesson of a workbook on trial: where its steps stand, and what is expected of them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

import numpy as np

from xlsxattn import reference
from xlsxattn.a1 import Area, address, parse_address
from xlsxattn.builder.expansion import expand
from xlsxattn.check.report import Problem, Report
from xlsxattn.check.tolerance import distance, errors, tolerance_of
from xlsxattn.compose import compose
from xlsxattn.engines import Recalculate, Values
from xlsxattn.errors import WorkbookError
from xlsxattn.expression import ABSENT, Input, Matrix, Words
from xlsxattn.grid import Grid
from xlsxattn.lesson import CarriedLesson, WeightSource, validate
from xlsxattn.lesson.counts import count_numbers, count_pairs
from xlsxattn.outline import Outline
from xlsxattn.reference import Array, Table
from xlsxattn.saved import Change, Saved, Value

#: Cells of a step that are compared at once.
BLOCK = 1 << 18
#: Sheet and address of a cell.
Place = tuple[str, str]


class Compared(NamedTuple):
    """A cell of a step: what an engine shows, what NumPy wants, and how far apart they are."""

    cell: str
    value: Value
    want: Value
    apart: float


class Trial:
    """What the passes know of a lesson; WorkbookError where it is none that can be composed."""

    def __init__(
        self,
        saved: Saved,
        carried: CarriedLesson,
        recalculate: Recalculate,
        report: Report,
    ) -> None:
        assert saved.carried is not None
        self.saved, self.report = saved, report
        self.lesson, self.sheets = carried.lesson, carried.sheets
        self.names = saved.names_for(carried.sheets)
        self._recalculate = recalculate
        self._addresses: dict[str, list[str]] = {}
        self._require_cells()
        self._read_weights()
        try:
            validate(self.lesson, saved.carried.language)
            self.outline: Outline = compose(self.lesson, saved.carried.language)
        except MemoryError:
            raise
        except Exception as problem:  # a carried lesson may say anything
            reason = " ".join(str(problem).split()) or type(problem).__name__
            raise WorkbookError(f"{saved.path}: expected the lesson it was built from, got "
                                f"{reason}") from None  # fmt: skip
        self.nodes = self.outline.nodes
        self.inputs = {n: v for n, v in self.nodes.items() if isinstance(v, (Input, Words))}
        self.steps = {n: v for n, v in self.nodes.items() if n not in self.inputs}
        self.program = expand(self.nodes.values())
        self.tolerance = tolerance_of(self.lesson, self.program)

    def _require_cells(self) -> None:
        """A lesson of more numbers than its sheets have cells is none of theirs."""
        cells = sum(self.saved.sheets[title].count for title in self.sheets
                    if title in self.saved.sheets)  # fmt: skip
        least = count_numbers(self.lesson)
        if self.lesson.attention is not None:
            least += count_pairs(self.lesson)
        if least > cells:
            raise WorkbookError(
                f"{self.saved.path}: expected the lesson it was built from, got one of {least} "
                f"numbers for {cells} cells"
            )

    def _read_weights(self) -> None:
        """Weights and texts of which the lesson carries the shape alone have the cells' content."""
        sources = {**self.lesson.weights, **{m.name: m.source for m in self.lesson.inputs}}
        for name, source in sources.items():
            if isinstance(source, WeightSource) and (cells := self._cells_of(name)) is not None:
                area, values = cells
                if area.shape == (source.rows, source.columns):
                    vars(source)["numbers"] = np.nan_to_num(values.numbers(area))
        for word in self.lesson.words:
            if word.file and (cells := self._cells_of(word.name)) is not None:
                area, values = cells
                if area.shape == (word.count, 1):
                    found = [values.get(address(*cell)) for cell in area.cells()]
                    vars(word)["texts"] = ["" if one is None else str(one) for one in found]

    def _cells_of(self, name: str) -> tuple[Area, Grid] | None:
        """Where a name stands, and the contents of its sheet."""
        area = self.names.get(name)
        sheet = self.saved.sheets.get(area.sheet) if area is not None else None
        return (area, sheet.values) if area is not None and sheet is not None else None

    def problem(self, area: Area, cell: str, kind: str, message: str) -> None:
        self.report.problems.append(Problem(area.sheet, cell, kind, message))

    # --- where things are ---

    def addresses(self, name: str) -> list[str]:
        """The cells of a named matrix, row by row."""
        if name not in self._addresses:
            self._addresses[name] = [address(*cell) for cell in self.names[name].cells()]
        return self._addresses[name]

    def loose_places(self) -> Iterable[Place]:
        """The cells of the steps that are allowed a larger error."""
        for name in self.tolerance.loose & self.names.keys():
            for cell in self.addresses(name):
                yield self.names[name].sheet, cell

    # --- what is in the cells ---

    @cached_property
    def typed(self) -> dict[str, Array]:
        """What is typed into the cells of every input; NaN, with a problem, for a wrong text."""
        return {name: self._typed(name, node) for name, node in self.inputs.items()}

    def _typed(self, name: str, node: Matrix) -> Array:
        area = self.names[name]
        cells = self.saved.sheets[area.sheet].values
        if isinstance(node, Words):
            found = [cells.at(*place) for place in area.cells()]
            texts = [f"{value:g}" if isinstance(value, float) else value for value in found]
            return np.array(texts, dtype=object).reshape(area.shape)
        numbers = cells.numbers(area)
        for row, column in np.argwhere(np.isnan(numbers)).tolist():
            place = area.row + row, area.column + column
            value = cells.at(*place)
            if value is not None:
                kind = "finite number" if isinstance(value, float) else "number"
                message = f"{name}: expected a {kind}, got {value!r}"
                self.problem(area, address(*place), "input", message)
        return numbers

    @cached_property
    def _inputs_by_row(self) -> dict[tuple[str, int], list[str]]:
        """The inputs that a row of a sheet meets."""
        found = defaultdict(list)
        for name in self.inputs:
            area = self.names[name]
            for row in range(area.row, area.last_row + 1):
                found[area.sheet, row].append(name)
        return found

    def changed(self, changes: list[Change]) -> dict[str, Array]:
        """What is typed, with some cells changed."""
        inputs = {name: values.copy() for name, values in self.typed.items()}
        for sheet, cell, new in changes:
            row, column = parse_address(cell)
            for name in self._inputs_by_row.get((sheet, row), ()):
                area = self.names[name]
                if area.column <= column <= area.last_column:
                    inputs[name][row - area.row, column - area.column] = new
        return inputs

    @cached_property
    def _wanted(self) -> dict[str, tuple[int, int]]:
        """The sheets on which names of the lesson stand, with the last row and column of any."""
        last: dict[str, tuple[int, int]] = {}
        for area in self.names.values():
            row, column = last.get(area.sheet, (0, 0))
            last[area.sheet] = max(row, area.last_row), max(column, area.last_column)
        return last

    def recalculated(self, changes: list[Change]) -> Values:
        """What the engine shows after some changes, where names of the lesson stand."""
        return self._recalculate(self.saved.path, changes, self._wanted)

    # --- what is expected ---

    def expected(self, inputs: dict[str, Array]) -> Table | None:
        """Every step by NumPy; None, with a problem, where the inputs do not fit."""
        try:
            return reference.recompute(self.program, inputs)
        except ValueError as problem:
            message = f"expected inputs that the lesson can use, got {problem}"
            self.report.problems.append(Problem("", "", "input", message))
            return None

    def compared(
        self, name: str, values: Values, table: Table, tolerance: float
    ) -> tuple[float, list[Compared]]:
        """A step, engine against NumPy: how far apart at the most, and the cells that are more.

        Numbers are compared all at once, what else there is cell by cell.
        """
        area, want = self.names[name], table[name].values
        grid = values.get(area.sheet, Grid())
        largest, found = 0.0, []
        high = max(1, BLOCK // area.columns)
        for top in range(0, area.rows, high):
            rows = area.part(top, 0, min(high, area.rows - top), area.columns)
            apart, far = self._block(rows, grid, want[top : top + high], tolerance)
            largest = max(largest, apart)
            found += far
        return largest, found

    def _block(
        self, area: Area, grid: Grid, want: Array, tolerance: float
    ) -> tuple[float, list[Compared]]:
        """Some rows of a step."""
        if want.dtype == object:
            apart = np.full(want.shape, np.nan)
        else:
            apart = errors(grid.numbers(area), want)
        largest = float(np.nanmax(apart)) if np.isfinite(apart).any() else 0.0
        found = []
        for row, column in np.argwhere(~(apart <= tolerance)).tolist():
            place = area.row + row, area.column + column
            value, element = grid.at(*place), want[row, column]
            wanted = shown_as(element.item() if isinstance(element, np.generic) else element)
            far = distance(value, wanted)
            largest = max(largest, far)
            if not far <= tolerance:
                found.append(Compared(address(*place), value, wanted, far))
        return largest, found


def shown_as(element: Value) -> Value:
    """An element of the reference; an absent word is the dash that is shown."""
    return ABSENT if isinstance(element, float) and math.isnan(element) else element
