"""The same content written by this project, by openpyxl, by XlsxWriter and by jetxl.

Others get their numbers as Python floats (jetxl as an Arrow table) and their formulas as ready
texts, and the time that it takes to make those does not count; this project starts from arrays
and pieces.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from xlsxattn.a1 import Area, address
from xlsxattn.formula import Formula, Reference
from xlsxattn.layout import Layout, Run, Sheet
from xlsxattn.style import Role
from xlsxattn.writer import save

Action = Callable[[], dict[str, float] | None]
COLUMNS = 100


class RandomRows:
    """Random numbers that are made when they are asked for: (rows, columns)."""

    def __init__(self, rows: int, columns: int) -> None:
        self.shape = rows, columns

    def __getitem__(self, rows: slice) -> Any:
        count = len(range(*rows.indices(self.shape[0])))
        return np.random.RandomState(rows.start).standard_normal((count, self.shape[1]))


def random_numbers(cells: int) -> Any:
    return np.random.RandomState(0).standard_normal((cells // COLUMNS, COLUMNS))


def save_sheet(runs: list[Run], path: str) -> None:
    area = runs[-1].area
    sheet = Sheet("Sheet", runs, last_row=area.last_row, last_column=area.last_column)
    save([Layout([sheet], {})], Path(path), title="T", subject="S", language="en")


# --- numbers --------------------------------------------------------------------------


def numbers_ours(path: str, cells: int) -> Action:
    numbers = random_numbers(cells)
    run = Run(Area("Sheet", 1, 1, *numbers.shape), Role("value"), numbers)
    return lambda: save_sheet([run], path)


def lazy_numbers_ours(path: str, cells: int) -> Action:
    """Rows that are made while they are written, for memory."""
    rows = RandomRows(cells // COLUMNS, COLUMNS)
    run = Run(Area("Sheet", 1, 1, *rows.shape), Role("value"), rows)
    return lambda: save_sheet([run], path)


def numbers_openpyxl(path: str, cells: int, write_only: bool) -> Action:
    import openpyxl

    rows = random_numbers(cells).tolist()

    def action() -> None:
        workbook = openpyxl.Workbook(write_only=write_only)
        sheet = workbook.create_sheet() if write_only else workbook.active
        for row in rows:
            sheet.append(row)
        workbook.save(path)

    return action


def numbers_xlsxwriter(path: str, cells: int, constant_memory: bool) -> Action:
    import xlsxwriter

    rows = random_numbers(cells).tolist()

    def action() -> None:
        workbook = xlsxwriter.Workbook(path, {"constant_memory": constant_memory})
        sheet = workbook.add_worksheet()
        for row, numbers in enumerate(rows):
            for column, number in enumerate(numbers):
                sheet.write_number(row, column, number)
        workbook.close()

    return action


def arrow_table(numbers: Any) -> Any:
    """Numbers (rows, columns) as the Arrow table that jetxl reads, named by their columns."""
    from arro3.core import Array, Table

    columns = np.asfortranarray(numbers).T
    return Table.from_pydict({str(i): Array.from_numpy(one) for i, one in enumerate(columns)})


def numbers_jetxl(path: str, cells: int) -> Action:
    import jetxl

    table = arrow_table(random_numbers(cells))
    return lambda: jetxl.write_sheet_arrow(table, path, write_header_row=False)


# --- formulas: each cell is half the one before it, and the first of its row ----------


def halves(cells: int) -> tuple[Any, Any]:
    """Typed numbers (n, 1), and what the formulas beside them give (n, columns)."""
    first = np.random.RandomState(0).standard_normal((cells // COLUMNS, 1))
    columns = [first]
    for _ in range(COLUMNS):
        columns.append(columns[-1] * 0.5 + first)
    return first, np.hstack(columns[1:])


def formula_texts(rows: int) -> list[list[str]]:
    return [
        [f"={address(row, column)}*0.5+$A{row}" for column in range(1, COLUMNS + 1)]
        for row in range(1, rows + 1)
    ]


def formulas_ours(path: str, cells: int) -> Action:
    first, values = halves(cells)
    area = Area("Sheet", 1, 2, *values.shape)
    before = Reference("", 1, 1)
    anchor = Reference("", 1, 1, column_by="", column_sign="$")
    formula = Formula(area, (before, "*0.5+", anchor), array=False)
    typed = Run(Area("Sheet", 1, 1, len(first), 1), Role("input"), first)
    return lambda: save_sheet([typed, Run(area, Role("value"), values, formula)], path)


def formulas_openpyxl(path: str, cells: int, write_only: bool) -> Action:
    import openpyxl

    first, _ = halves(cells)
    texts = formula_texts(len(first))
    rows = [[number, *row] for number, row in zip(first[:, 0].tolist(), texts, strict=True)]

    def action() -> None:
        workbook = openpyxl.Workbook(write_only=write_only)
        sheet = workbook.create_sheet() if write_only else workbook.active
        for row in rows:
            sheet.append(row)
        workbook.save(path)

    return action


def formulas_xlsxwriter(path: str, cells: int, constant_memory: bool) -> Action:
    import xlsxwriter

    first, values = halves(cells)
    texts, results, typed = formula_texts(len(first)), values.tolist(), first[:, 0].tolist()

    def action() -> None:
        workbook = xlsxwriter.Workbook(path, {"constant_memory": constant_memory})
        sheet = workbook.add_worksheet()
        for row, formulas in enumerate(texts):
            sheet.write_number(row, 0, typed[row])
            for column, formula in enumerate(formulas):
                sheet.write_formula(row, column + 1, formula, None, results[row][column])
        workbook.close()

    return action


def formulas_jetxl(path: str, cells: int) -> Action:
    """The values of formulas are ready texts too: jetxl takes no others."""
    import jetxl

    first, values = halves(cells)
    results = values.tolist()
    formulas = [
        (row + 1, column + 1, text, repr(results[row][column]))
        for row, texts in enumerate(formula_texts(len(first)))
        for column, text in enumerate(texts)
    ]
    table = arrow_table(np.hstack([first, values]))
    return lambda: jetxl.write_sheet_arrow(table, path, write_header_row=False, formulas=formulas)


# --- deflating alone ------------------------------------------------------------------


def deflate(path: str, library: str) -> Action:
    """Deflate the sheet of a file, 128 KiB at a time as ``save`` does."""
    with zipfile.ZipFile(path) as archive:
        data = archive.read("xl/worksheets/sheet1.xml")

    def action() -> dict[str, float]:
        if library == "igzip":
            from isal import isal_zlib

            compressor: Any = isal_zlib.compressobj(wbits=-15)
        else:
            compressor = zlib.compressobj(6, wbits=-15)
        size = 0
        for start in range(0, len(data), 1 << 17):
            size += len(compressor.compress(data[start : start + (1 << 17)]))
        return {"bytes": size + len(compressor.flush()), "inflated": len(data)}

    return action
