"""A matrix as Python shows it: a table of text for ``print``, and of HTML for notebooks.

Numbers have as many decimals as they need, at most four, and all of a table the same.
A matrix of more than 20 rows or 12 columns shows its first and its last ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

from xlsxattn.expression.labels import Texts
from xlsxattn.expression.mathematics import mathematics
from xlsxattn.expression.matrix import Labels, Matrix, WordList
from xlsxattn.expression.operations import ABSENT
from xlsxattn.widths import characters

MAX_ROWS, MAX_COLUMNS = 20, 12
MAX_DECIMALS = 4
LEFT_OUT = "…"

Table = list[list[str]]


def table(matrix: Matrix) -> str:
    """The name and the shape of a matrix, and its labels and elements in columns."""
    rows = _cells(matrix)
    widths = [max(characters(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            _padded(text, width, left=column == 0)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    if matrix.row_labels is None:
        lines = [line[2:] for line in lines]  # a column of nothing, and the space after it
    return "\n".join([caption(matrix), *(line for line in lines if line)])


def html(matrix: Matrix) -> str:
    """The same as a table of HTML, everything in it escaped."""
    head, *body = ([escape(text) for text in row] for row in _cells(matrix))
    lines = [f"<table><caption>{escape(caption(matrix))}</caption>"]
    if any(head):
        lines.append("<tr>" + "".join(f"<th>{text}</th>" for text in head) + "</tr>")
    for label, *numbers in body:
        cells = "".join(f'<td style="text-align: right">{number}</td>' for number in numbers)
        lines.append(f"<tr><th>{label}</th>{cells}</tr>")
    return "\n".join([*lines, "</table>"])


def caption(matrix: Matrix) -> str:
    """``Output (3×2)``: the name, or else the mathematics, and the shape."""
    name = matrix.name or mathematics(matrix) or type(matrix).__name__
    return f"{name} ({matrix.rows}×{matrix.columns})"


def _padded(text: str, width: float, left: bool) -> str:
    space = " " * round(width - characters(text))
    return text + space if left else space + text


def _cells(matrix: Matrix) -> Table:
    """The table with a row of column labels and a column of row labels, however empty."""
    rows, columns = _shown(matrix.rows, MAX_ROWS), _shown(matrix.columns, MAX_COLUMNS)
    across, down = _texts(matrix.column_labels), _texts(matrix.row_labels)
    values = matrix.value[[row for row in rows if row is not None], :]
    values = values[:, [column for column in columns if column is not None]]
    written = iter(_written(values))
    table = [["", *(_picked(across, column) for column in columns)]]
    for row in rows:
        if row is None:
            table.append([LEFT_OUT if down else "", *(LEFT_OUT for _ in columns)])
            continue
        numbers = iter(next(written))
        cells = [LEFT_OUT if column is None else next(numbers) for column in columns]
        table.append([_picked(down, row), *cells])
    return table


def _shown(length: int, most: int) -> list[int | None]:
    """The positions that are shown, None for those that are left out."""
    if length <= most:
        return list(range(length))
    return [*range(most // 2), None, *range(length - most // 2 + 1, length)]


def _texts(labels: Labels | None) -> Sequence[str]:
    if isinstance(labels, WordList):
        return labels.words
    return labels.texts if isinstance(labels, Texts) else ()


def _picked(labels: Sequence[str], position: int | None) -> str:
    if not labels:
        return ""
    return LEFT_OUT if position is None else labels[position]


def _written(values: Any) -> Table:
    """Elements as texts, all numbers with equally many decimals."""
    if values.dtype == object:
        return [[str(text) for text in row] for row in values.tolist()]
    numbers = [abs(number) for number in values.ravel().tolist() if math.isfinite(number)]
    smallest = min((number for number in numbers if number), default=1.0)
    largest = max(numbers, default=1.0)
    if largest >= 1e9 or (largest < 1e-2 and smallest < 10**-MAX_DECIMALS):
        return [[_number(number, f".{MAX_DECIMALS}g") for number in row] for row in values.tolist()]
    decimals = max((_decimals(number) for number in numbers), default=0)
    return [[_number(number, f".{decimals}f") for number in row] for row in values.tolist()]


def _decimals(number: float) -> int:
    """How many decimals a number needs, up to the most that are shown."""
    for decimals in range(MAX_DECIMALS):
        if math.isclose(round(number, decimals), number, rel_tol=1e-12, abs_tol=1e-15):
            return decimals
    return MAX_DECIMALS


def _number(number: float, form: str) -> str:
    if math.isnan(number):
        return ABSENT
    text = format(number, form)
    return text.removeprefix("-") if not float(text) else text  # never −0
