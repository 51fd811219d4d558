"""Matrices side by side, their sizes, their numbers."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxattn.errors import ShapeError
from xlsxattn.expression import (
    MASKED,
    Causal,
    Column,
    ColumnCount,
    Continued,
    Joined,
    Labels,
    Lstm,
    Matrix,
    Number,
    Numbering,
    Operand,
    Recurrence,
    Texts,
    require_matrix,
)
from xlsxattn.functions.registry import function, plain_number


@function
def beside(*parts: Matrix) -> Matrix:
    """Matrices of equally many rows, side by side.

    Labels that would stand there twice are left out, as are those that the parts disagree on.
    """
    return _joined("columns", parts)


@function
def stack(*parts: Matrix) -> Matrix:
    """Matrices of equally many columns, one under another; labels are as ``beside`` has them."""
    return _joined("rows", parts)


def _joined(direction: str, parts: Sequence[Matrix]) -> Matrix:
    wrong = [part for part in parts if not isinstance(part, Matrix)]
    if wrong or not parts:
        came = type(wrong[0]).__name__ if wrong else "none"
        raise ShapeError(f"join by {direction}: expected matrices, got {came}")
    joined = Joined(direction, parts)
    joined.row_labels = _unmistakable(joined, "rows", [part.row_labels for part in parts])
    joined.column_labels = _unmistakable(joined, "columns", [part.column_labels for part in parts])
    return joined


def _unmistakable(joined: Joined, what: str, given: Sequence[Labels | None]) -> Labels | None:
    """The labels of a table, but for those that occur twice or are of one part only."""
    labels = joined.row_labels if what == "rows" else joined.column_labels
    if joined.direction == what:
        repeat = isinstance(labels, Texts) and len(set(labels.texts)) < len(labels)
    else:
        repeat = any(other is not None and other != labels for other in given)
    return None if repeat else labels


@function
def columns(x: Matrix) -> Matrix:
    """How many columns a matrix has, a scalar: the d of √d."""
    require_matrix("columns", x)
    return ColumnCount(x)


@function
def row_numbers(x: Matrix) -> Matrix:
    """The number of each row from 1, ``(n, 1)``."""
    require_matrix("row_numbers", x)
    return Numbering("row", x)


@function
def column_numbers(x: Matrix) -> Matrix:
    """The number of each column from 1, ``(1, m)``."""
    require_matrix("column_numbers", x)
    return Numbering("column", x)


@function
def full(number: Operand, rows: Operand, columns: Operand) -> Matrix:
    """A matrix of one number, ``(rows, columns)``."""
    given = [plain_number("full", operand) for operand in (number, rows, columns)]
    return Number(given[0], (int(given[1]), int(given[2])))


@function
def causal(x: Matrix, beyond: Operand = MASKED) -> Matrix:
    """A square matrix up to its diagonal, another number beyond it: what a row sees.

    By itself that number is so low that its exponential is 0.
    """
    require_matrix("causal", x)
    return Causal(x, plain_number("causal", beyond))


@function
def continued(typed: Matrix, rows: Operand, blank: Operand | None = None) -> Matrix:
    """Words or numbers ``(k, m)`` that are written on: ``(rows, m)``, a step of its own.

    Row t + 1 is row t of the step that it follows, which reads this one; typed rows of the
    number ``blank`` are written too: see ``Continued``.
    """
    require_matrix("continued", typed)
    number = None if blank is None else plain_number("continued", blank)
    return Continued(typed, int(plain_number("continued", rows)), number)


@function
def one_column(table: Matrix) -> Matrix:
    """The rows of a table one after another, a step of its own: ``(n, m)`` → ``(n·m, 1)``."""
    require_matrix("one_column", table)
    return Column(table)


@function
def recurrent(X: Matrix, W: Matrix, U: Matrix) -> Matrix:
    """States of a recurrent cell, tanh(h W + x U), a row a word: see ``Recurrence``."""
    require_matrix("recurrent", X, W, U)
    return Recurrence(X, W, U)


@function
def lstm(X: Matrix, W: Matrix, U: Matrix, b: Matrix) -> Matrix:
    """Forget, input and output gate, candidate, cell and state of an LSTM: see ``Lstm``."""
    require_matrix("lstm", X, W, U, b)
    return Lstm(X, W, U, b)
