"""Numbers of a lesson: rows of one length, samples, limits, choices, settings."""

from __future__ import annotations

import math

from xlsxattn.a1 import MAX_NUMBER, number_text
from xlsxattn.errors import LessonError
from xlsxattn.lesson.format import Matrix, Rows

MAX_CHOICES_TEXT = 255  # of a list that is written into a validation


def validate_rows(values: Rows, place: str) -> None:
    if not values or not values[0]:
        raise LessonError(f"{place}: expected at least one number, got none")
    for index, row in enumerate(values):
        if len(row) != len(values[0]):
            raise LessonError(
                f"{place}[{index}]: expected {len(values[0])} numbers, got {len(row)}"
            )
        for number in row:
            if not math.isfinite(number) or abs(number) > MAX_NUMBER:
                raise LessonError(f"{place}[{index}]: expected a finite number, got {number}")


def validate_matrix(matrix: Matrix, place: str, scalar: bool = False) -> None:
    given = [key for key in ("values", "sample", "source") if getattr(matrix, key)]
    if len(given) != 1:
        came = " and ".join(given) or "none"
        raise LessonError(f"{place}: expected values, a sample or a source, got {came}")
    if matrix.sample is not None:
        rows, columns = _sample_rows(matrix.sample.rows), matrix.sample.columns
        if matrix.sample.between:
            _validate_order(matrix.sample.between, f"{place}.sample.between")
    elif matrix.source is not None:
        rows, columns = matrix.source.rows, matrix.source.columns
    else:
        validate_rows(matrix.values, place)
        rows, columns = len(matrix.values), len(matrix.values[0])
    if scalar and (rows, columns) != (1, 1):
        raise LessonError(f"{place}: expected one number, got a matrix")
    for labels, length, what in ((matrix.rows, rows, "rows"), (matrix.columns, columns, "columns")):
        if labels and length and len(labels) != length:
            raise LessonError(f"{place}.{what}: expected {length} labels, got {len(labels)}")
    if matrix.choices:
        validate_rows([matrix.choices], f"{place}.choices")
    if len(",".join(map(number_text, matrix.choices))) > MAX_CHOICES_TEXT:
        raise LessonError(
            f"{place}.choices: expected a list of at most {MAX_CHOICES_TEXT} characters, got more"
        )
    if matrix.choices and matrix.values and matrix.values[0][0] not in matrix.choices:
        raise LessonError(f"{place}: expected one of its choices, got {matrix.values[0][0]:g}")
    if matrix.choices and (rows, columns) != (1, 1):
        raise LessonError(f"{place}.choices: expected one number, got a matrix")
    if matrix.limits:
        _validate_limits(matrix, (rows, columns), f"{place}.limits")


def _sample_rows(rows: int | str) -> int:
    """How many rows are drawn, 0 where that is notation."""
    return rows if isinstance(rows, int) else 0


def _validate_limits(matrix: Matrix, shape: tuple[int, int], place: str) -> None:
    """LessonError unless limits are two numbers in order, around the one number they are of."""
    _validate_order(matrix.limits, place)
    if shape != (1, 1) and matrix.values:
        raise LessonError(f"{place}: expected one number, got a matrix")
    if matrix.choices:
        raise LessonError(f"{place}: expected either choices or limits, got both")
    least, largest = matrix.limits
    value = matrix.values[0][0] if matrix.values else None
    if value is not None and not least <= value <= largest:
        raise LessonError(
            f"{place.removesuffix('.limits')}: expected a number from {number_text(least)} to "
            f"{number_text(largest)}, got {number_text(value)}"
        )


def _validate_order(limits: list[float], place: str) -> None:
    """LessonError unless there are two numbers in order."""
    validate_rows([limits], place)
    if len(limits) != 2 or not limits[0] < limits[1]:
        came = ", ".join(map(number_text, limits))
        raise LessonError(f"{place}: expected the least and the largest number, got {came}")


def validate_setting(place: str, value: float) -> None:
    """LessonError for what the format's own limits let through: no number at all."""
    if not math.isfinite(value):
        raise LessonError(f"{place}: expected a finite number, got {value:g}")
